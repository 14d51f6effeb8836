"""Arithmetic on two tensors that broadcast, and bias_add.

Floats follow IEEE 754 and NaN gives NaN, unless the op's docstring says otherwise; integers wrap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import IntegerAttr, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from ..tl.index import Index
from . import arithmetic_compute as compute
from .base import I64_ATTR, RelayOp, normalize_axis, operand_shape, same_dtype
from .broadcast import BILINEAR, LINEAR, BinaryOp, Layouts, binary_rows
from .compute import Pointwise
from .kernel_builder import Point
from .layout_rules import keep_original, whole_axis
from .rows import Array, LayoutInference, Pattern, Rows, ScaleBackward, ScaleForward, ScaleRule
from .scalar import Scalar
from .shape import ExpandDimsOp, extents_text
from .types import DYNAMIC, FLOATS, NUMERIC, TENSOR, Shape, dtype_of, shape_of, tensor


@irdl_op_definition
class AddOp(BinaryOp):
    """lhs + rhs."""

    name = "relay.add"
    ROWS: ClassVar = binary_rows(
        np.add, keeps_finite=True, scale=LINEAR, compute=lambda x, y: x + y
    )


@irdl_op_definition
class SubtractOp(BinaryOp):
    """lhs - rhs."""

    name = "relay.subtract"
    ROWS: ClassVar = binary_rows(
        np.subtract, keeps_finite=True, scale=LINEAR, compute=lambda x, y: x - y
    )


@irdl_op_definition
class MultiplyOp(BinaryOp):
    """lhs * rhs."""

    name = "relay.multiply"
    ROWS: ClassVar = binary_rows(
        np.multiply, keeps_finite=True, scale=BILINEAR, compute=lambda x, y: x * y
    )


def _is_integer(array: Array) -> bool:
    return np.issubdtype(array.dtype, np.integer)


def divide(lhs: Array, rhs: Array) -> Array:
    """The quotient as ``DivideOp`` defines it."""
    if not _is_integer(lhs):
        return np.divide(lhs, rhs)
    floor = np.floor_divide(lhs, rhs)
    inexact = (floor * rhs != lhs) & (rhs != 0)
    return floor + (inexact & ((lhs < 0) != (rhs < 0)))


@irdl_op_definition
class DivideOp(BinaryOp):
    """lhs / rhs. Integers: truncates towards zero like C; by 0 gives 0; the lowest by -1 wraps."""

    name = "relay.divide"
    ROWS: ClassVar = binary_rows(divide, compute=compute.divide)


def _floor_divide(lhs: Array, rhs: Array) -> Array:
    return np.floor_divide(lhs, rhs) if _is_integer(lhs) else np.floor(np.divide(lhs, rhs))


@irdl_op_definition
class FloorDivideOp(BinaryOp):
    """floor(lhs / rhs). Integers: by 0 gives 0; the lowest by -1 wraps."""

    name = "relay.floor_divide"
    ROWS: ClassVar = binary_rows(_floor_divide, compute=compute.floor_divide)


@irdl_op_definition
class ModOp(BinaryOp):
    """The exact remainder of the truncated division, of lhs's sign, like C's % and fmod.

    By 0 gives NaN, for integers 0.
    """

    name = "relay.mod"
    ROWS: ClassVar = binary_rows(np.fmod, compute=compute.mod)


@irdl_op_definition
class FloorModOp(BinaryOp):
    """The remainder of the floored division, of rhs's sign, like Python's %.

    For floats it is lhs's exact mod, plus rhs where their signs differ. By 0 gives NaN, for
    integers 0.
    """

    name = "relay.floor_mod"
    ROWS: ClassVar = binary_rows(np.remainder, compute=compute.floor_mod)


def _power(lhs: Array, rhs: Array) -> Array:
    if not _is_integer(lhs):
        return np.power(lhs, rhs)
    whole = np.power(lhs, np.maximum(rhs, 0))
    sign = np.where(rhs & 1, lhs, 1)
    reciprocal = np.where(np.abs(lhs) == 1, sign, 0).astype(lhs.dtype)
    return np.where(rhs < 0, reciprocal, whole)


@irdl_op_definition
class PowerOp(BinaryOp):
    """lhs to the power rhs, like C's pow: x^0 and 1^y are 1 even for NaN.

    Integers: 1 / lhs^-rhs, truncated, for a negative rhs, and 0 where lhs is 0.
    """

    name = "relay.power"
    ROWS: ClassVar = binary_rows(_power, compute=compute.power)


@irdl_op_definition
class MaximumOp(BinaryOp):
    """The larger of lhs and rhs. NaN in either gives NaN; of zeros of both signs, either."""

    name = "relay.maximum"
    ROWS: ClassVar = binary_rows(np.maximum, keeps_finite=True, compute=lambda x, y: x.max(y))


@irdl_op_definition
class MinimumOp(BinaryOp):
    """The smaller of lhs and rhs. NaN in either gives NaN; of zeros of both signs, either."""

    name = "relay.minimum"
    ROWS: ClassVar = binary_rows(np.minimum, keeps_finite=True, compute=lambda x, y: x.min(y))


def _bias_axis(op: BiasAddOp) -> int:
    """The bias's axis, counted from the left."""
    return normalize_axis(op, op.axis.value.data, len(operand_shape(op, 0)))


def _infer_bias_add(op: BiasAddOp) -> Sequence[Attribute]:
    shape, (units,) = operand_shape(op, 0), operand_shape(op, 1, rank=1)
    axis = _bias_axis(op)
    if DYNAMIC not in (shape[axis], units) and shape[axis] != units:
        raise VerifyException(
            f"{op.name}: operand 'bias' has {units} elements, "
            f"expected {shape[axis]} (axis {axis} of data {extents_text(shape)})"
        )
    extent = units if shape[axis] == DYNAMIC else shape[axis]
    return [tensor(same_dtype(op), (*shape[:axis], extent, *shape[axis + 1 :]))]


def _bias_add(op: BiasAddOp, data: Array, bias: Array) -> Array:
    return data + bias.reshape(-1, *(1,) * (data.ndim - 1 - _bias_axis(op)))


def _bias_add_shape(op: BiasAddOp, data: Array, bias: Array) -> Sequence[Shape]:
    return [data.shape]


def _bias_add_layout(op: BiasAddOp, new: Layouts | None, old: Layouts) -> LayoutInference:
    if old[0] is None:
        return keep_original(old)
    axis = _bias_axis(op)
    bias = Layout.parse(old[0].primal_axis_of(axis))
    moved = None if new is None or new[0] is None else whole_axis(old[0], new[0], axis)
    if new is None or moved is None:
        return LayoutInference((old[0], bias), (old[0],))
    return LayoutInference((new[0], bias), (new[0],), {"axis": moved})


def _bias_add_to_add(op: BiasAddOp, builder: Builder) -> Sequence[SSAValue]:
    bias: SSAValue = op.bias
    inner = len(shape_of(op.data.type)) - 1 - _bias_axis(op)
    if inner:
        expand = ExpandDimsOp.make([bias], {"axis": 1, "num_newaxis": inner}, location=op.location)
        bias = builder.insert(expand).result
    return [builder.insert(AddOp.make([op.data, bias], location=op.location)).result]


def _is_bias_axis(op: BiasAddOp, axis: int) -> bool:
    rank = len(shape_of(op.data.type))
    return dtype_of(op.data.type) in FLOATS and axis + rank == _bias_axis(op)


def _bias_add_backward(op: BiasAddOp, axis: int) -> ScaleBackward | None:
    return ScaleBackward(((0, axis), (1, -1))) if _is_bias_axis(op, axis) else None


def _bias_add_forward(op: BiasAddOp, operand: int, axis: int) -> ScaleForward | None:
    if operand != 0 or not _is_bias_axis(op, axis):
        return None
    return ScaleForward(divide=((1, -1),), carries=axis)


def _bias_add_element(op: BiasAddOp, point: Point, at: Sequence[Index]) -> Scalar:
    return point.read(op.data, at) + point.read(op.bias, [at[_bias_axis(op)]])


@irdl_op_definition
class BiasAddOp(RelayOp):
    """data plus bias, a vector with an element per index of data's dimension ``axis``."""

    name = "relay.nn.bias_add"
    data = operand_def(TENSOR)
    bias = operand_def(TENSOR)
    output = result_def(TENSOR)
    axis = prop_def(I64_ATTR, default_value=IntegerAttr(1, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_bias_add,
        evaluate=_bias_add,
        pattern=Pattern.BROADCAST,
        dtypes=NUMERIC,
        layout=_bias_add_layout,
        keeps_finite=True,
        scale=ScaleRule(_bias_add_backward, _bias_add_forward),
        canonical=_bias_add_to_add,
        shape=_bias_add_shape,
        compute=Pointwise(_bias_add_element),
    )


OPS: tuple[type[RelayOp], ...] = (
    AddOp,
    SubtractOp,
    MultiplyOp,
    DivideOp,
    FloorDivideOp,
    ModOp,
    FloorModOp,
    PowerOp,
    MaximumOp,
    MinimumOp,
    BiasAddOp,
)

"""Elementwise ops with several operands, under numpy's broadcasting rules.

Shapes align at their innermost dimensions; an extent of 1 stretches to the others' extent, and a
missing dimension counts as 1. Floats follow IEEE 754 and NaN gives NaN, unless the op's docstring
says otherwise; integers wrap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeAlias, TypeVar

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import I64, IntegerAttr, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from .base import RelayOp, normalize_axis, operand_name, operand_shape, same_dtype
from .layout_rules import keep_original, whole_axis
from .rows import (
    NO_SCALE,
    Array,
    LayoutInference,
    Pattern,
    Rows,
    ScaleBackward,
    ScaleForward,
    ScaleRule,
)
from .shape import ExpandDimsOp, extents_text
from .types import (
    ALL,
    BOOL,
    DYNAMIC,
    FLOATS,
    INTS,
    NUMERIC,
    Shape,
    Tensor,
    dtype_of,
    shape_of,
    tensor,
)

Layouts: TypeAlias = Sequence[Layout | None]
OpT = TypeVar("OpT", bound=RelayOp, contravariant=True)


class BinaryOp(RelayOp):
    """An op on corresponding elements of two tensors."""

    lhs = operand_def(Tensor)
    rhs = operand_def(Tensor)
    output = result_def(Tensor)


# Type inference.


def broadcast_shape(op: RelayOp, operands: Sequence[int]) -> Shape:
    """The shape that the operands with these indices broadcast to.

    A `?` gives way to an extent other than 1; else it makes the result's extent `?`.

    Raises:
        VerifyException: naming the operand that does not fit those before it.
    """
    shape: Shape = ()
    for index in operands:
        shape = _broadcast(op, index, operand_shape(op, index), shape)
    return shape


def _broadcast(op: RelayOp, index: int, found: Shape, sofar: Shape) -> Shape:
    """``sofar`` stretched by operand ``index``, whose shape is ``found``."""
    rank = max(len(found), len(sofar))
    have, want = ((1,) * (rank - len(shape)) + shape for shape in (found, sofar))
    result: list[int] = []
    for axis, (a, b) in enumerate(zip(have, want, strict=True)):
        sized = {extent for extent in (a, b) if extent not in (1, DYNAMIC)}
        if len(sized) > 1:
            raise VerifyException(
                f"{op.name}: operand {operand_name(op, index)} has shape {extents_text(found)}, "
                f"which does not broadcast with {extents_text(sofar)}: found {a} in dimension "
                f"{axis - rank}, expected 1 or {b}"
            )
        result.append(sized.pop() if sized else DYNAMIC if DYNAMIC in (a, b) else 1)
    return tuple(result)


def _infer_same(op: BinaryOp) -> Sequence[Attribute]:
    return [tensor(same_dtype(op), broadcast_shape(op, (0, 1)))]


def _infer_bool(op: BinaryOp) -> Sequence[Attribute]:
    same_dtype(op)
    return [tensor("i1", broadcast_shape(op, (0, 1)))]


def _run_time_shape(op: RelayOp, *operands: Array) -> Sequence[Shape]:
    return [np.broadcast_shapes(*(operand.shape for operand in operands))]


# Layouts.


def broadcast_layout(op: RelayOp, new: Layouts | None, old: Layouts) -> LayoutInference:
    """Lay all operands out as the one with the most primal axes, the first of them on a tie.

    An operand of lower rank is written for the innermost axes of that layout (CHW beside NCHW).
    In new layouts it is asked for in the full layout, with a block of 1 where its extent is 1 or
    it lacks the axis: [C, 1, 1] beside NCHW16c is to be expanded to [1, C, 1, 1], then transformed
    to NCHW16c. Operands of rank 0 have no layout and are left as they are.
    """
    shapes = [shape_of(operand.type) for operand in op.operands]
    rank = max(map(len, shapes))
    full = _widest(old, shapes, rank)
    if full is None:
        return LayoutInference(tuple(old), (None,))
    written = [_suffix(full, shape) for shape in shapes]
    original = LayoutInference(tuple(written), (full,))
    if any(had not in (None, want) for had, want in zip(old, written, strict=True)):
        return LayoutInference(tuple(old), (full,))
    if new is None:
        return original
    arriving = [had if came is None else came for came, had in zip(new, written, strict=True)]
    wanted = _widest(arriving, shapes, rank)
    if wanted is None:
        return original
    asked = [
        _stretch(shape, had, full, wanted) if shape else None
        for shape, had in zip(shapes, written, strict=True)
    ]
    if any(shape and layout is None for shape, layout in zip(shapes, asked, strict=True)):
        return original
    return LayoutInference(tuple(asked), (wanted,))


def _widest(layouts: Layouts, shapes: Sequence[Shape], rank: int) -> Layout | None:
    """The layout with the most primal axes among those of the operands with full rank."""
    full = [
        layout
        for layout, shape in zip(layouts, shapes, strict=True)
        if layout is not None and len(shape) == rank
    ]
    return max(full, key=lambda layout: len(layout.letters), default=None)


def _suffix(layout: Layout, shape: Shape) -> Layout | None:
    """The layout's innermost axes, as an operand of ``shape`` has them.

    A dimension that the operand stretches has blocks of 1. None at rank 0, and where the shape
    has blocks that are not the layout's.
    """
    split = layout.rank - len(shape)
    outer, axes = layout.axes[:split], layout.axes[split:]
    if not axes or {axis.primal for axis in axes} & {axis.primal for axis in outer}:
        return None
    suffix = Layout.parse("".join(map(str, axes)))
    extents = {
        letter: {shape[position] for position in suffix.positions(letter)}
        for letter in suffix.letters
    }
    stretched = suffix.with_unit_blocks([a for a in suffix.letters if extents[a] == {1}])
    fits = all(axis.size in (0, extent) for axis, extent in zip(stretched.axes, shape, strict=True))
    return stretched if fits else None


def _stretch(shape: Shape, had: Layout | None, full: Layout, wanted: Layout) -> Layout | None:
    """``wanted`` for an operand of ``shape`` laid out as ``had`` beside operands in ``full``.

    None where it cannot be known that the operand fits.
    """
    if had is None or not full.bijective_to(wanted):
        return None
    extents = dict.fromkeys(full.letters, 1)
    for letter in had.letters:
        extents[letter] = shape[had.index(letter)] * had.block(letter)
    blocked = [letter for letter in wanted.letters if wanted.block(letter) != 1]
    if any(had.has(letter) and shape[had.index(letter)] == DYNAMIC for letter in blocked):
        return None
    return wanted.with_unit_blocks([letter for letter in blocked if extents[letter] == 1])


# Scales.


def _extent(op: RelayOp, operand: int, axis: int) -> int:
    """The extent of an operand along an axis counted from the right, 1 where it has none."""
    shape = shape_of(op.operands[operand].type)
    return shape[axis] if -axis <= len(shape) else 1


def _spans(op: BinaryOp, operand: int, axis: int) -> bool:
    """Whether the operand is known to have the result's extent along the axis."""
    extent = _extent(op, operand, axis)
    return extent != DYNAMIC and extent == _result_extent(op, axis)


def _result_extent(op: BinaryOp, axis: int) -> int:
    shape = broadcast_shape(op, (0, 1))
    return shape[axis] if -axis <= len(shape) else 1


def _folds(op: BinaryOp) -> bool:
    """Whether a scale of one operand can be told apart from one of the other."""
    return dtype_of(op.lhs.type) in FLOATS and op.lhs is not op.rhs


def _sum_backward(op: BinaryOp, axis: int) -> ScaleBackward | None:
    if dtype_of(op.lhs.type) not in FLOATS:
        return None
    return ScaleBackward(((0, axis), (1, axis)))


def _sum_forward(op: BinaryOp, operand: int, axis: int) -> ScaleForward | None:
    if not _folds(op) or not _spans(op, operand, axis):
        return None
    return ScaleForward(divide=((1 - operand, axis),), carries=axis)


def _product_backward(op: BinaryOp, axis: int) -> ScaleBackward | None:
    if not _folds(op):
        return None
    operand = 0 if _spans(op, 0, axis) else 1
    return ScaleBackward(((operand, axis),)) if _spans(op, operand, axis) else None


def _product_forward(op: BinaryOp, operand: int, axis: int) -> ScaleForward | None:
    if not _folds(op) or not _spans(op, operand, axis):
        return None
    return ScaleForward(carries=axis)


LINEAR: ScaleRule[BinaryOp] = ScaleRule(_sum_backward, _sum_forward)
"""s*(x + y) = s*x + s*y. An operand of extent 1 along the axis grows when it is scaled."""

BILINEAR: ScaleRule[BinaryOp] = ScaleRule(_product_backward, _product_forward)
"""s*(x * y) = (s*x) * y: the scale goes to the operand that is not stretched along the axis."""


# Rows.


def binary_rows(
    function: Callable[[Array, Array], Array],
    dtypes: frozenset[str] = NUMERIC,
    *,
    infer: Callable[[BinaryOp], Sequence[Attribute]] = _infer_same,
    keeps_finite: bool = False,
    scale: ScaleRule[BinaryOp] = NO_SCALE,
) -> Rows[BinaryOp]:
    """The rows of an op that applies ``function``, which broadcasts, to its operands."""

    def evaluate(op: BinaryOp, lhs: Array, rhs: Array) -> Array:
        return function(lhs, rhs)

    return Rows(
        infer=infer,
        evaluate=evaluate,
        pattern=Pattern.BROADCAST,
        dtypes=dtypes,
        layout=broadcast_layout,
        keeps_finite=keeps_finite,
        scale=scale,
        shape=_run_time_shape,
    )


# Arithmetic.


@irdl_op_definition
class AddOp(BinaryOp):
    """lhs + rhs."""

    name = "relay.add"
    ROWS: ClassVar = binary_rows(np.add, keeps_finite=True, scale=LINEAR)


@irdl_op_definition
class SubtractOp(BinaryOp):
    """lhs - rhs."""

    name = "relay.subtract"
    ROWS: ClassVar = binary_rows(np.subtract, keeps_finite=True, scale=LINEAR)


@irdl_op_definition
class MultiplyOp(BinaryOp):
    """lhs * rhs."""

    name = "relay.multiply"
    ROWS: ClassVar = binary_rows(np.multiply, keeps_finite=True, scale=BILINEAR)


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
    ROWS: ClassVar = binary_rows(divide)


def _floor_divide(lhs: Array, rhs: Array) -> Array:
    return np.floor_divide(lhs, rhs) if _is_integer(lhs) else np.floor(np.divide(lhs, rhs))


@irdl_op_definition
class FloorDivideOp(BinaryOp):
    """floor(lhs / rhs). Integers: by 0 gives 0; the lowest by -1 wraps."""

    name = "relay.floor_divide"
    ROWS: ClassVar = binary_rows(_floor_divide)


@irdl_op_definition
class ModOp(BinaryOp):
    """The exact remainder of the truncated division, of lhs's sign, like C's % and fmod.

    By 0 gives NaN, for integers 0.
    """

    name = "relay.mod"
    ROWS: ClassVar = binary_rows(np.fmod)


@irdl_op_definition
class FloorModOp(BinaryOp):
    """The remainder of the floored division, of rhs's sign, like Python's %.

    For floats it is lhs's exact mod, plus rhs where their signs differ. By 0 gives NaN, for
    integers 0.
    """

    name = "relay.floor_mod"
    ROWS: ClassVar = binary_rows(np.remainder)


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
    ROWS: ClassVar = binary_rows(_power)


@irdl_op_definition
class MaximumOp(BinaryOp):
    """The larger of lhs and rhs. NaN in either gives NaN; of zeros of both signs, either."""

    name = "relay.maximum"
    ROWS: ClassVar = binary_rows(np.maximum, keeps_finite=True)


@irdl_op_definition
class MinimumOp(BinaryOp):
    """The smaller of lhs and rhs. NaN in either gives NaN; of zeros of both signs, either."""

    name = "relay.minimum"
    ROWS: ClassVar = binary_rows(np.minimum, keeps_finite=True)


# Comparisons. Those with NaN are false, but for not_equal; zeros of both signs are equal.


@irdl_op_definition
class EqualOp(BinaryOp):
    """Whether lhs equals rhs, as i1; false if one is NaN."""

    name = "relay.equal"
    ROWS: ClassVar = binary_rows(np.equal, ALL, infer=_infer_bool, keeps_finite=True)


@irdl_op_definition
class NotEqualOp(BinaryOp):
    """Whether lhs differs from rhs, as i1; true if one is NaN."""

    name = "relay.not_equal"
    ROWS: ClassVar = binary_rows(np.not_equal, ALL, infer=_infer_bool, keeps_finite=True)


@irdl_op_definition
class LessOp(BinaryOp):
    """Whether lhs is less than rhs, as i1; false if one is NaN."""

    name = "relay.less"
    ROWS: ClassVar = binary_rows(np.less, infer=_infer_bool, keeps_finite=True)


@irdl_op_definition
class LessEqualOp(BinaryOp):
    """Whether lhs is at most rhs, as i1; false if one is NaN."""

    name = "relay.less_equal"
    ROWS: ClassVar = binary_rows(np.less_equal, infer=_infer_bool, keeps_finite=True)


@irdl_op_definition
class GreaterOp(BinaryOp):
    """Whether lhs is greater than rhs, as i1; false if one is NaN."""

    name = "relay.greater"
    ROWS: ClassVar = binary_rows(np.greater, infer=_infer_bool, keeps_finite=True)


@irdl_op_definition
class GreaterEqualOp(BinaryOp):
    """Whether lhs is at least rhs, as i1; false if one is NaN."""

    name = "relay.greater_equal"
    ROWS: ClassVar = binary_rows(np.greater_equal, infer=_infer_bool, keeps_finite=True)


# Truth values and bits.


@irdl_op_definition
class LogicalAndOp(BinaryOp):
    """Whether both are true."""

    name = "relay.logical_and"
    ROWS: ClassVar = binary_rows(np.logical_and, BOOL, keeps_finite=True)


@irdl_op_definition
class LogicalOrOp(BinaryOp):
    """Whether either is true."""

    name = "relay.logical_or"
    ROWS: ClassVar = binary_rows(np.logical_or, BOOL, keeps_finite=True)


@irdl_op_definition
class LogicalXorOp(BinaryOp):
    """Whether exactly one is true."""

    name = "relay.logical_xor"
    ROWS: ClassVar = binary_rows(np.logical_xor, BOOL, keeps_finite=True)


@irdl_op_definition
class BitwiseAndOp(BinaryOp):
    """The bits set in both."""

    name = "relay.bitwise_and"
    ROWS: ClassVar = binary_rows(np.bitwise_and, INTS | BOOL, keeps_finite=True)


@irdl_op_definition
class BitwiseOrOp(BinaryOp):
    """The bits set in either."""

    name = "relay.bitwise_or"
    ROWS: ClassVar = binary_rows(np.bitwise_or, INTS | BOOL, keeps_finite=True)


@irdl_op_definition
class BitwiseXorOp(BinaryOp):
    """The bits set in exactly one."""

    name = "relay.bitwise_xor"
    ROWS: ClassVar = binary_rows(np.bitwise_xor, INTS | BOOL, keeps_finite=True)


@irdl_op_definition
class LeftShiftOp(BinaryOp):
    """lhs shifted left by rhs bits; 0 where rhs is negative or not below lhs's width."""

    name = "relay.left_shift"
    ROWS: ClassVar = binary_rows(np.left_shift, INTS, keeps_finite=True)


@irdl_op_definition
class RightShiftOp(BinaryOp):
    """lhs shifted right by rhs bits, keeping the sign of signed integers.

    Where rhs is negative or not below lhs's width, every bit is a copy of the sign.
    """

    name = "relay.right_shift"
    ROWS: ClassVar = binary_rows(np.right_shift, INTS, keeps_finite=True)


# Selection and bias.


def _infer_where(op: WhereOp) -> Sequence[Attribute]:
    if dtype_of(op.condition.type) != "i1":
        raise VerifyException(
            f"{op.name}: operand 'condition' has element type {dtype_of(op.condition.type)}, "
            "expected i1"
        )
    shape = broadcast_shape(op, (0, 1, 2))
    x, y = dtype_of(op.x.type), dtype_of(op.y.type)
    if x != y:
        raise VerifyException(
            f"{op.name}: operand 'y' has element type {y}, expected {x} as in operand 'x'"
        )
    return [tensor(x, shape)]


def _where(op: WhereOp, condition: Array, x: Array, y: Array) -> Array:
    return np.where(condition, x, y)


@irdl_op_definition
class WhereOp(RelayOp):
    """x where the condition is true, else y; all three broadcast together."""

    name = "relay.where"
    condition = operand_def(Tensor)
    x = operand_def(Tensor)
    y = operand_def(Tensor)
    output = result_def(Tensor)
    ROWS: ClassVar = Rows(
        infer=_infer_where,
        evaluate=_where,
        pattern=Pattern.BROADCAST,
        dtypes=ALL,
        layout=broadcast_layout,
        keeps_finite=True,
        shape=_run_time_shape,
    )


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


@irdl_op_definition
class BiasAddOp(RelayOp):
    """data plus bias, a vector with an element per index of data's dimension ``axis``."""

    name = "relay.nn.bias_add"
    data = operand_def(Tensor)
    bias = operand_def(Tensor)
    output = result_def(Tensor)
    axis = prop_def(IntegerAttr[I64], default_value=IntegerAttr(1, i64))
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
    EqualOp,
    NotEqualOp,
    LessOp,
    LessEqualOp,
    GreaterOp,
    GreaterEqualOp,
    LogicalAndOp,
    LogicalOrOp,
    LogicalXorOp,
    BitwiseAndOp,
    BitwiseOrOp,
    BitwiseXorOp,
    LeftShiftOp,
    RightShiftOp,
    WhereOp,
    BiasAddOp,
)

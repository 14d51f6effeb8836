"""Ops that go along one axis in order: sorts, top-k and running sums and products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import BoolAttr, IntegerAttr, StringAttr, i32, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, var_result_def
from xdsl.utils.exceptions import VerifyException

from ..tl.attributes import Reduction
from . import order_compute as compute
from .base import BOOL_ATTR, I64_ATTR, RelayOp, normalize_axis, operand_shape
from .compute import Nests
from .create import element_of
from .kernel_builder import KernelBuilder
from .rows import Array, Pattern, Rows
from .shape import ShapeOp, check_choice, product
from .types import (
    ALL,
    DYNAMIC,
    FLOATS,
    INTS,
    NUMERIC,
    TENSOR,
    dtype_of,
    numpy_dtype,
    shape_of,
    tensor,
)

_LAST = IntegerAttr(-1, i64)
_YES = BoolAttr.from_bool(True)
_NO = BoolAttr.from_bool(False)


# sort, argsort, topk


def order_of(data: Array, axis: int, ascending: bool) -> Array:
    """The stable order of the elements along ``axis``; NaN counts as the largest."""
    if ascending:
        return np.argsort(data, axis=axis, kind="stable")
    # Backwards twice, so that equal elements keep their order.
    backwards = np.argsort(np.flip(data, axis), axis=axis, kind="stable")
    return data.shape[axis] - 1 - np.flip(backwards, axis)


def _infer_sort(op: SortOp) -> Sequence[Attribute]:
    normalize_axis(op, op.axis.value.data, len(operand_shape(op, 0)))
    return [op.data.type]


def _evaluate_sort(op: SortOp, data: Array) -> Array:
    axis = op.axis.value.data
    return np.take_along_axis(data, order_of(data, axis, bool(op.is_ascend)), axis)


def sorting(
    op: SortOp | ArgsortOp | TopkBase,
    count: int,
    values: SSAValue | None = None,
    places: SSAValue | None = None,
) -> compute.Sorted:
    """What is computed for an op along its axis."""
    data = op.operands[0]
    axis = normalize_axis(op, op.axis.value.data, len(shape_of(data.type)))
    return compute.Sorted(data, axis, bool(op.is_ascend), count, values, places)


def _write_sort(op: SortOp, kernel: KernelBuilder) -> None:
    extent = shape_of(op.data.type)[op.axis.value.data]
    compute.sort(sorting(op, extent, values=op.output), kernel)


@irdl_op_definition
class SortOp(ShapeOp):
    """The elements along ``axis`` in order, equal ones as they stood.

    NaN counts as the largest: last when ascending, first when descending. -0 equals +0.
    """

    name = "relay.sort"
    axis = prop_def(I64_ATTR, default_value=_LAST)
    is_ascend = prop_def(BOOL_ATTR, default_value=_YES)
    ROWS: ClassVar = Rows(
        infer=_infer_sort,
        evaluate=_evaluate_sort,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Nests(_write_sort),
    )


def _infer_argsort(op: ArgsortOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    normalize_axis(op, op.axis.value.data, len(shape))
    return [tensor(element_of(op, op.dtype, NUMERIC), shape)]


def _evaluate_argsort(op: ArgsortOp, data: Array) -> Array:
    return order_of(data, op.axis.value.data, bool(op.is_ascend))


def _write_argsort(op: ArgsortOp, kernel: KernelBuilder) -> None:
    extent = shape_of(op.data.type)[op.axis.value.data]
    compute.sort(sorting(op, extent, places=op.output), kernel)


@irdl_op_definition
class ArgsortOp(ShapeOp):
    """The places along ``axis`` from which ``sort`` takes its elements, as ``dtype``."""

    name = "relay.argsort"
    axis = prop_def(I64_ATTR, default_value=_LAST)
    is_ascend = prop_def(BOOL_ATTR, default_value=_YES)
    dtype = prop_def(Attribute, default_value=i32)
    ROWS: ClassVar = Rows(
        infer=_infer_argsort,
        evaluate=_evaluate_argsort,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Nests(_write_argsort),
    )


RETURN_TYPES = ("both", "values", "indices")


class TopkBase(RelayOp):
    """What ``topk`` and ``dyn.topk`` share."""

    axis = prop_def(I64_ATTR, default_value=_LAST)
    ret_type = prop_def(StringAttr, default_value=StringAttr("both"))
    is_ascend = prop_def(BOOL_ATTR, default_value=_NO)
    dtype = prop_def(Attribute, default_value=i32)


def topk_types(op: TopkBase, count: int) -> Sequence[Attribute]:
    """The result types for ``count`` elements (DYNAMIC if unknown).

    Raises:
        VerifyException: when operand and properties do not fit together.
    """
    shape, kind = list(operand_shape(op, 0)), op.ret_type.data
    axis = normalize_axis(op, op.axis.value.data, len(shape))
    check_choice(op, "ret_type", kind, RETURN_TYPES)
    shape[axis] = count
    values = tensor(dtype_of(op.operands[0].type), shape)
    indices = tensor(element_of(op, op.dtype, NUMERIC), shape)
    return {"both": [values, indices], "values": [values], "indices": [indices]}[kind]


def topk(op: TopkBase, data: Array, count: int) -> Sequence[Array]:
    """The first ``count`` in order along the axis: values, places, or both."""
    axis = op.axis.value.data
    order = order_of(data, axis, bool(op.is_ascend))
    chosen = np.take(order, np.arange(count), axis)
    kind = op.ret_type.data
    if kind == "indices":
        return [chosen]
    values = np.take_along_axis(data, chosen, axis)
    return [values] if kind == "values" else [values, chosen]


def topk_count(op: TopkBase, extent: int, k: int) -> int:
    """How many elements ``k`` asks for of a dimension.

    Raises:
        VerifyException: when there are fewer.
    """
    if k < 1:
        return extent
    if extent != DYNAMIC and k > extent:
        raise VerifyException(f"{op.name}: k is {k}, expected {extent} at most, the extent")
    return k


def _infer_topk(op: TopkOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    axis = normalize_axis(op, op.axis.value.data, len(shape))
    return topk_types(op, topk_count(op, shape[axis], op.k.value.data))


def _evaluate_topk(op: TopkOp, data: Array) -> Sequence[Array]:
    extent = data.shape[op.axis.value.data]
    return topk(op, data, topk_count(op, extent, op.k.value.data))


def write_topk(op: TopkBase, kernel: KernelBuilder) -> None:
    """Append what computes a top-k whose result types are known."""
    kind = op.ret_type.data
    values = None if kind == "indices" else op.results[0]
    places = None if kind == "values" else op.results[-1]
    count = shape_of(op.results[0].type)[op.axis.value.data]
    compute.sort(sorting(op, count, values, places), kernel)


@irdl_op_definition
class TopkOp(TopkBase):
    """The ``k`` largest elements along ``axis`` (smallest if ``is_ascend``), in order.

    Ordered as ``sort`` and ``argsort`` are. ``ret_type`` chooses values, indices (as ``dtype``)
    or both, as results of the op, where Relay gives a tuple; k < 1 takes all.
    """

    name = "relay.topk"
    data = operand_def(TENSOR)
    outputs = var_result_def(TENSOR)
    k = prop_def(I64_ATTR, default_value=IntegerAttr(1, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_topk,
        evaluate=_evaluate_topk,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Nests(write_topk),
    )


# cumsum and cumprod


class ScanOp(ShapeOp):
    """A running reduction along ``axis``, over the flat data without an axis."""

    axis = opt_prop_def(I64_ATTR)
    dtype = opt_prop_def(Attribute)
    exclusive = prop_def(BOOL_ATTR, default_value=_NO)


def _infer_scan(op: ScanOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    element = dtype_of(op.data.type) if op.dtype is None else element_of(op, op.dtype, NUMERIC)
    if element in INTS and dtype_of(op.data.type) in FLOATS:
        raise VerifyException(
            f"{op.name}: dtype is {element}, expected a float type as operand 'data'"
        )
    if op.axis is None:
        return [tensor(element, (product(shape),))]
    normalize_axis(op, op.axis.value.data, len(shape))
    return [tensor(element, shape)]


def _evaluate_scan(scan: Callable[..., Array], identity: int) -> Callable[[ScanOp, Array], Array]:
    def evaluate(op: ScanOp, data: Array) -> Array:
        target = numpy_dtype(op.output.type)
        if dtype_of(op.data.type) in FLOATS:
            data = data.astype(np.promote_types(data.dtype, target), copy=False)
        else:
            data = data.astype(np.float64 if dtype_of(op.output.type) in FLOATS else target)
        axis = 0 if op.axis is None else op.axis.value.data
        lanes = np.moveaxis(data.reshape(-1) if op.axis is None else data, axis, 0)
        if op.exclusive and len(lanes):
            lanes = np.concatenate((np.full_like(lanes[:1], identity), lanes[:-1]))
        return np.moveaxis(scan(lanes, axis=0, dtype=lanes.dtype), 0, axis)

    return evaluate


def _write_scan(kind: Reduction) -> Nests[ScanOp]:
    def write(op: ScanOp, kernel: KernelBuilder) -> None:
        rank = len(shape_of(op.data.type))
        axis = None if op.axis is None else normalize_axis(op, op.axis.value.data, rank)
        compute.scan(op.data, op.output, axis, kernel, kind, exclusive=bool(op.exclusive))

    return Nests(write)


@irdl_op_definition
class CumsumOp(ScanOp):
    """Running sums along ``axis``, in order; the flat data's without an axis.

    ``exclusive`` leaves each element out of its own sum. ``dtype`` is the type of the result
    and of the sums; integers wrap.
    """

    name = "relay.cumsum"
    ROWS: ClassVar = Rows(
        infer=_infer_scan,
        evaluate=_evaluate_scan(np.cumsum, 0),
        pattern=Pattern.OPAQUE,
        dtypes=NUMERIC,
        compute=_write_scan(Reduction.ADD),
    )


@irdl_op_definition
class CumprodOp(ScanOp):
    """Running products along ``axis``; properties and wrapping as in cumsum."""

    name = "relay.cumprod"
    ROWS: ClassVar = Rows(
        infer=_infer_scan,
        evaluate=_evaluate_scan(np.cumprod, 1),
        pattern=Pattern.OPAQUE,
        dtypes=NUMERIC,
        compute=_write_scan(Reduction.MUL),
    )


OPS: tuple[type[RelayOp], ...] = (SortOp, ArgsortOp, TopkOp, CumsumOp, CumprodOp)
"""The ops of this family."""

"""Reductions of a tensor along some of its axes.

``axis`` lists the reduced axes, in any order; empty means all of them. With ``exclude`` it lists
those that are kept. A reduced axis leaves the result's shape, or with ``keepdims`` becomes 1.
Floats are summed and multiplied in any order; NaN in a reduced element gives NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import ClassVar, Protocol, TypeAlias, TypeVar

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import BoolAttr, DenseArrayBase, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from . import reduce_compute as compute
from .arithmetic import AddOp, SubtractOp, divide
from .base import BOOL_ATTR, I64_ARRAY, RelayOp, ints, operand_shape, same_dtype
from .comparison import WhereOp
from .compute import Nests
from .elementwise import ExpOp, IsFiniteOp, LogOp, ZerosLikeOp
from .kernel_builder import KernelBuilder
from .layout_rules import whole_axes
from .rows import Array, LayoutInference, Pattern, Rows
from .shape import SqueezeOp, extents_text, normalize_axes
from .types import BOOL, DYNAMIC, FLOATS, NUMERIC, TENSOR, Shape, dtype_of, tensor

Layouts: TypeAlias = Sequence[Layout | None]

_NO = BoolAttr.from_bool(False)


class ReduceOp(RelayOp):
    """An op that reduces its first operand along ``axis``."""

    data = operand_def(TENSOR)
    output = result_def(TENSOR)
    axis = prop_def(I64_ARRAY, default_value=DenseArrayBase.from_list(i64, ()))
    keepdims = prop_def(BOOL_ATTR, default_value=_NO)
    exclude = prop_def(BOOL_ATTR, default_value=_NO)


ReduceT = TypeVar("ReduceT", bound=ReduceOp, contravariant=True)


class Reduction(Protocol):
    """numpy's form of a reduction."""

    def __call__(self, data: Array, axis: tuple[int, ...], *, keepdims: bool) -> Array:
        """Reduce ``data`` along ``axis``."""
        ...


def reduced_axes(op: ReduceOp) -> tuple[int, ...]:
    """The axes an op reduces, counted from the left, in ascending order.

    Raises:
        VerifyException: when ``axis`` does not fit the operand's rank.
    """
    rank = len(operand_shape(op, 0))
    listed = normalize_axes(op, ints(op.axis), rank)
    if not op.exclude:
        return tuple(sorted(listed)) or tuple(range(rank))
    if not listed:
        raise VerifyException(f"{op.name}: found exclude without axis, expected the axes to keep")
    return tuple(axis for axis in range(rank) if axis not in listed)


def _keeps(op: ReduceOp) -> bool:
    return bool(op.keepdims)


def _reduced(shape: Shape, axes: Sequence[int], keepdims: bool) -> Shape:
    """``shape`` reduced along ``axes``."""
    return tuple(
        1 if axis in axes else extent
        for axis, extent in enumerate(shape)
        if keepdims or axis not in axes
    )


def _infer_shape(op: ReduceOp) -> Shape:
    return _reduced(operand_shape(op, 0), reduced_axes(op), _keeps(op))


def _infer_same(op: ReduceOp) -> Sequence[Attribute]:
    return [tensor(dtype_of(op.data.type), _infer_shape(op))]


def _infer_index(op: ReduceOp) -> Sequence[Attribute]:
    return [tensor("i32", _infer_shape(op))]


def _run_time_shape(op: ReduceOp, data: Array, *others: Array) -> Sequence[Shape]:
    return [_reduced(data.shape, reduced_axes(op), _keeps(op))]


def _split_axes(op: ReduceOp, layout: Layout) -> str | None:
    """The letters of the reduced axes; None if one is reduced but for a block of it."""
    axes = reduced_axes(op)
    letters = {layout.primal_axis_of(axis) for axis in axes}
    if any(set(layout.positions(letter)) - set(axes) for letter in letters):
        return None
    return "".join(letter for letter in layout.letters if letter in letters)


def _result_layout(op: ReduceOp, layout: Layout, letters: str) -> Layout | None:
    """The layout of the result when data arrives in ``layout``; None at rank 0."""
    if _keeps(op):
        return layout.with_unit_blocks(letters)
    kept = [letter for letter in layout.letters if letter not in letters]
    return layout.project(kept) if kept else None


def reduce_layout(op: ReduceOp, new: Layouts | None, old: Layouts) -> LayoutInference:
    """Take whatever layout data arrives in: a reduced axis is reduced along its blocks too.

    The result has blocks of 1 along reduced axes it keeps, as have operands shaped like it.
    """
    written = old[0]
    letters = None if written is None else _split_axes(op, written)
    if written is None or not letters:
        return LayoutInference(tuple(old), (None,))
    arriving = written if new is None or new[0] is None else new[0]
    if not written.bijective_to(arriving):
        arriving = written
    beside = (arriving.with_unit_blocks(letters),) * (len(old) - 1)
    axes = [position for letter in letters for position in arriving.positions(letter)]
    attributes = {} if arriving == written else {"axis": sorted(axes), "exclude": False}
    result = _result_layout(op, arriving, letters)
    return LayoutInference((arriving, *beside), (result,), attributes)


def _index_layout(op: ReduceOp, new: Layouts | None, old: Layouts) -> LayoutInference:
    """As ``reduce_layout``, while the reduced axes are whole and in the same order."""
    if new is None or new[0] is None or old[0] is None or not old[0].bijective_to(new[0]):
        return reduce_layout(op, None, old)
    axes = whole_axes(old[0], new[0], reduced_axes(op))
    same_order = axes is not None and list(axes) == sorted(axes)
    return reduce_layout(op, new if same_order else None, old)


def _sum(data: Array, axis: tuple[int, ...], *, keepdims: bool) -> Array:
    return np.sum(data, axis, dtype=_accumulator(data), keepdims=keepdims).astype(data.dtype)


def _accumulator(data: Array) -> np.dtype[np.generic]:
    """Double precision for floats; the element type for integers, which wrap."""
    return np.dtype(np.float64) if np.issubdtype(data.dtype, np.inexact) else data.dtype


def _prod(data: Array, axis: tuple[int, ...], *, keepdims: bool) -> Array:
    return np.prod(data, axis, dtype=_accumulator(data), keepdims=keepdims).astype(data.dtype)


def _count(data: Array, axes: Sequence[int]) -> int:
    return prod(data.shape[axis] for axis in axes)


def _mean(data: Array, axis: tuple[int, ...], *, keepdims: bool) -> Array:
    count = _count(data, axis)
    if np.issubdtype(data.dtype, np.inexact):
        total = np.sum(data, axis, dtype=np.float64, keepdims=keepdims)
        return np.divide(total, count).astype(data.dtype)
    total = np.sum(data, axis, keepdims=keepdims)
    return divide(total, np.asarray(count, total.dtype)).astype(data.dtype)


def _max(data: Array, axis: tuple[int, ...], *, keepdims: bool) -> Array:
    return np.max(data, axis, keepdims=keepdims, initial=_limits(data)[0])


def _min(data: Array, axis: tuple[int, ...], *, keepdims: bool) -> Array:
    return np.min(data, axis, keepdims=keepdims, initial=_limits(data)[1])


def _limits(data: Array) -> tuple[float, float]:
    """The least and the greatest value of the array's dtype."""
    if np.issubdtype(data.dtype, np.inexact):
        return -np.inf, np.inf
    limits = np.iinfo(data.dtype)
    return int(limits.min), int(limits.max)


def _all(data: Array, axis: tuple[int, ...], *, keepdims: bool) -> Array:
    return np.all(data, axis, keepdims=keepdims)


def _any(data: Array, axis: tuple[int, ...], *, keepdims: bool) -> Array:
    return np.any(data, axis, keepdims=keepdims)


def _reduction(op: ReduceOp) -> compute.Reduced:
    return compute.Reduced(op.data, op.output, reduced_axes(op), _keeps(op))


def reduce_rows(
    function: Reduction, how: compute.Fold, dtypes: frozenset[str] = NUMERIC
) -> Rows[ReduceOp]:
    """The rows of a reduction with results of the operand's element type."""

    def evaluate(op: ReduceOp, data: Array) -> Array:
        return function(data, reduced_axes(op), keepdims=_keeps(op))

    def write(op: ReduceOp, kernel: KernelBuilder) -> None:
        compute.fold(_reduction(op), kernel, how)

    return Rows(
        infer=_infer_same,
        evaluate=evaluate,
        pattern=Pattern.COMM_REDUCE,
        dtypes=dtypes,
        layout=reduce_layout,
        shape=_run_time_shape,
        compute=Nests(write),
    )


@irdl_op_definition
class SumOp(ReduceOp):
    """The sum; 0 over nothing. Integers wrap."""

    name = "relay.sum"
    ROWS: ClassVar = reduce_rows(_sum, compute.SUM)


@irdl_op_definition
class MeanOp(ReduceOp):
    """The sum over the number of elements; NaN over nothing.

    Integers are summed in 64 bits and the quotient truncates towards zero; 0 over nothing.
    """

    name = "relay.mean"
    ROWS: ClassVar = reduce_rows(_mean, compute.MEAN)


@irdl_op_definition
class MaxOp(ReduceOp):
    """The greatest element; over nothing -inf, or the lowest integer."""

    name = "relay.max"
    ROWS: ClassVar = reduce_rows(_max, compute.MAX)


@irdl_op_definition
class MinOp(ReduceOp):
    """The least element; over nothing inf, or the greatest integer."""

    name = "relay.min"
    ROWS: ClassVar = reduce_rows(_min, compute.MIN)


@irdl_op_definition
class ProdOp(ReduceOp):
    """The product; 1 over nothing. Integers wrap."""

    name = "relay.prod"
    ROWS: ClassVar = reduce_rows(_prod, compute.PROD)


@irdl_op_definition
class AllOp(ReduceOp):
    """Whether every element is true; true over nothing."""

    name = "relay.all"
    ROWS: ClassVar = reduce_rows(_all, compute.ALL_TRUE, BOOL)


@irdl_op_definition
class AnyOp(ReduceOp):
    """Whether an element is true; false over nothing."""

    name = "relay.any"
    ROWS: ClassVar = reduce_rows(_any, compute.ANY_TRUE, BOOL)


# Positions of extrema.


class ArgReduceOp(ReduceOp):
    """A reduction to the i32 position of an element, row-major among the reduced axes."""

    select_last_index = prop_def(BOOL_ATTR, default_value=_NO)


def arg_reduce_rows(
    function: Callable[[Array, int], Array], *, greatest: bool
) -> Rows[ArgReduceOp]:
    """The rows of an op that applies ``function`` to data and its last axis."""

    def evaluate(op: ArgReduceOp, data: Array) -> Array:
        axes = reduced_axes(op)
        kept = [axis for axis in range(data.ndim) if axis not in axes]
        count = _count(data, axes)
        shape = _reduced(data.shape, axes, _keeps(op))
        if count == 0:
            return np.full(shape, -1, np.int32)
        rows = data.transpose([*kept, *axes]).reshape(*(data.shape[axis] for axis in kept), count)
        if op.select_last_index:
            found = count - 1 - function(rows[..., ::-1], -1)
        else:
            found = function(rows, -1)
        return np.asarray(found, np.int32).reshape(shape)

    def write(op: ArgReduceOp, kernel: KernelBuilder) -> None:
        last = bool(op.select_last_index)
        compute.find(_reduction(op), kernel, greatest=greatest, last=last)

    return Rows(
        infer=_infer_index,
        evaluate=evaluate,
        pattern=Pattern.COMM_REDUCE,
        dtypes=NUMERIC,
        layout=_index_layout,
        shape=_run_time_shape,
        compute=Nests(write),
    )


@irdl_op_definition
class ArgmaxOp(ArgReduceOp):
    """The position of the greatest element, NaN being greater than all; -1 over nothing.

    The first such position, or with ``select_last_index`` the last.
    """

    name = "relay.argmax"
    ROWS: ClassVar = arg_reduce_rows(np.argmax, greatest=True)


@irdl_op_definition
class ArgminOp(ArgReduceOp):
    """The position of the least element, NaN being less than all; -1 over nothing.

    The first such position, or with ``select_last_index`` the last.
    """

    name = "relay.argmin"
    ROWS: ClassVar = arg_reduce_rows(np.argmin, greatest=False)


# Variance and logsumexp.


def _infer_variance(op: VarianceOp) -> Sequence[Attribute]:
    element = same_dtype(op)
    mean, data = operand_shape(op, 1), operand_shape(op, 0)
    expected = _reduced(data, reduced_axes(op), keepdims=True)
    if len(mean) != len(expected) or any(
        DYNAMIC not in pair and pair[0] != pair[1] for pair in zip(mean, expected, strict=True)
    ):
        raise VerifyException(
            f"{op.name}: operand 'mean' has shape {extents_text(mean)}, expected "
            f"{extents_text(expected)} (data {extents_text(data)} reduced with keepdims)"
        )
    return [tensor(element, _infer_shape(op))]


def _variance(op: VarianceOp, data: Array, mean: Array) -> Array:
    axes = reduced_axes(op)
    squares = np.square(data - mean)
    total = np.sum(squares, axes, dtype=np.float64, keepdims=_keeps(op))
    return np.divide(total, _count(data, axes) - bool(op.unbiased)).astype(data.dtype)


def _write_variance(op: VarianceOp, kernel: KernelBuilder) -> None:
    reduced = _reduction(op)
    compute.variance(reduced, kernel, op.mean, reduced.count - bool(op.unbiased))


@irdl_op_definition
class VarianceOp(ReduceOp):
    """The mean square of data - mean; with ``unbiased``, the sum over one element less.

    ``mean`` has data's shape reduced with ``keepdims``. A sum over zero elements divides as IEEE
    754 says: NaN over nothing and, if unbiased, over one element that is its mean.
    """

    name = "relay.variance"
    data = operand_def(TENSOR)  # Again: a class's own operands precede those it inherits.
    mean = operand_def(TENSOR)
    unbiased = prop_def(BOOL_ATTR, default_value=_NO)
    ROWS: ClassVar = Rows(
        infer=_infer_variance,
        evaluate=_variance,
        pattern=Pattern.COMM_REDUCE,
        dtypes=FLOATS,
        layout=reduce_layout,
        shape=_run_time_shape,
        compute=Nests(_write_variance),
    )


def _logsumexp(op: LogSumExpOp, data: Array) -> Array:
    axes = reduced_axes(op)
    greatest = _max(data, axes, keepdims=True)
    shift = np.where(np.isfinite(greatest), greatest, 0)
    result = np.log(_sum(np.exp(data - shift), axes, keepdims=True)) + shift
    return result if _keeps(op) else result.reshape(_reduced(data.shape, axes, keepdims=False))


def _decompose_logsumexp(op: LogSumExpOp, builder: Builder) -> Sequence[SSAValue]:
    reduced = {"axis": op.axis, "exclude": op.exclude, "keepdims": True}

    def insert(form: type[RelayOp], *operands: SSAValue) -> SSAValue:
        properties = reduced if issubclass(form, ReduceOp) else {}
        return builder.insert(form.make(operands, properties, location=op.location)).result

    greatest = insert(MaxOp, op.data)
    finite = insert(IsFiniteOp, greatest)
    shift = insert(WhereOp, finite, greatest, insert(ZerosLikeOp, greatest))
    total = insert(SumOp, insert(ExpOp, insert(SubtractOp, op.data, shift)))
    result = insert(AddOp, insert(LogOp, total), shift)
    axes = reduced_axes(op)
    if _keeps(op) or not axes:
        return [result]
    squeeze = SqueezeOp.make([result], {"axis": axes}, location=op.location)
    return [builder.insert(squeeze).result]


def _write_logsumexp(op: LogSumExpOp, kernel: KernelBuilder) -> None:
    compute.log_sum_exp(_reduction(op), kernel)


@irdl_op_definition
class LogSumExpOp(ReduceOp):
    """log of the sum of exp(x), without overflow; -inf over nothing and over -inf alone."""

    name = "relay.logsumexp"
    ROWS: ClassVar = Rows(
        infer=_infer_same,
        evaluate=_logsumexp,
        pattern=Pattern.COMM_REDUCE,
        dtypes=FLOATS,
        layout=reduce_layout,
        canonical=_decompose_logsumexp,
        shape=_run_time_shape,
        compute=Nests(_write_logsumexp),
    )


OPS: tuple[type[RelayOp], ...] = (
    SumOp,
    MeanOp,
    MaxOp,
    MinOp,
    ProdOp,
    AllOp,
    AnyOp,
    ArgmaxOp,
    ArgminOp,
    VarianceOp,
    LogSumExpOp,
)

"""Ops that read or write a tensor at computed places: slices, takes, gathers, scatters.

Indices are integers of any width. Gathering and scattering ops clip an index into the tensor
unless they say otherwise: no index reads or writes outside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import I64, DenseArrayBase, IntegerAttr, StringAttr, f32, i64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from .base import (
    I64Array,
    RelayOp,
    ints,
    normalize_axis,
    operand_name,
    operand_shape,
)
from .create import element_of
from .layout_rules import keep_original, whole_axes
from .rows import Array, LayoutInference, Pattern, Rows
from .shape import ShapeOp, extents_text, normalize_axes
from .types import ALL, DYNAMIC, INTS, Shape, Tensor, dtype_of, tensor

_NO_INTS = DenseArrayBase[I64].from_list(i64, [])


def require_indices(op: RelayOp, index: int) -> Shape:
    """The shape of an operand that must hold integers.

    Raises:
        VerifyException: when it does not.
    """
    shape, element = operand_shape(op, index), dtype_of(op.operands[index].type)
    if element not in INTS:
        raise VerifyException(
            f"{op.name}: operand {operand_name(op, index)} has element type {element}, "
            "expected an integer type"
        )
    return shape


def _require_same_dtype(op: RelayOp, index: int) -> None:
    expected, found = dtype_of(op.operands[0].type), dtype_of(op.operands[index].type)
    if found != expected:
        raise VerifyException(
            f"{op.name}: operand {operand_name(op, index)} has element type {found}, "
            f"expected {expected} as in operand {operand_name(op, 0)}"
        )


def _require_nonempty(op: RelayOp, extent: int, indices: Sequence[int]) -> None:
    """Check that there is something to index."""
    if extent == 0 and 0 not in indices and DYNAMIC not in indices:
        raise VerifyException(
            f"{op.name}: operand 'data' is empty along the indexed dimension, expected elements"
        )


def _check_choice(op: RelayOp, what: str, found: str, choices: Sequence[str]) -> None:
    if found not in choices:
        known = ", ".join(f"'{choice}'" for choice in choices)
        raise VerifyException(f"{op.name}: {what} is '{found}', expected one of {known}")


def _clip(indices: Array, extent: int) -> Array:
    """The indices as i64, each the nearest in [0, extent)."""
    last = max(extent - 1, 0)
    if indices.dtype == np.uint64:
        indices = np.minimum(indices, np.uint64(last))
    return np.clip(indices.astype(np.int64, copy=False), 0, last)


# strided_slice and slice_like


class Slicing:
    """A strided slice: Python's slices of some axes, the others whole."""

    def __init__(
        self,
        op: RelayOp,
        begin: Sequence[int],
        end: Sequence[int],
        strides: Sequence[int],
        slice_mode: str,
        axes: Sequence[int],
    ):
        if len(begin) != len(axes) or len(end) != len(axes) or len(strides) > len(axes):
            raise VerifyException(
                f"{op.name}: found {len(begin)} begins, {len(end)} ends and {len(strides)} "
                f"strides, expected {len(axes)} of each (strides may be fewer)"
            )
        self.op = op
        self.axes = axes
        self.begin, self.end = begin, end
        self.strides = (*strides, *(1,) * (len(axes) - len(strides)))
        self.by_size = slice_mode == "size"
        if 0 in self.strides or (self.by_size and any(s != 1 for s in self.strides)):
            expected = "1 in slice_mode 'size'" if self.by_size else "none of them 0"
            raise VerifyException(f"{op.name}: strides are {self.strides}, expected {expected}")

    def slices(self, shape: Shape) -> list[slice]:
        """A slice of each dimension of a static shape, with bounds inside it."""
        found: dict[int, slice] = {}
        for axis, begin, end, stride in zip(
            self.axes, self.begin, self.end, self.strides, strict=True
        ):
            found[axis] = self._slice(shape[axis], begin, end, stride)
        return [found.get(axis, slice(extent)) for axis, extent in enumerate(shape)]

    def _slice(self, extent: int, begin: int, end: int, stride: int) -> slice:
        if self.by_size:
            first = slice(begin, None).indices(extent)[0]
            return slice(first, None if end < 0 else first + end)
        first, last, _ = slice(begin, end, stride).indices(extent)
        if first < 0:  # Backwards from before the first element: nothing.
            return slice(0)
        return slice(first, None if last < 0 else last, stride)

    def shape(self, shape: Shape) -> Shape:
        """The extents of the slice; `?` along sliced dimensions of unknown extent."""
        known = tuple(0 if extent == DYNAMIC else extent for extent in shape)
        extents = [
            len(range(*s.indices(e))) for s, e in zip(self.slices(known), known, strict=True)
        ]
        return tuple(
            DYNAMIC if before == DYNAMIC else after
            for before, after in zip(shape, extents, strict=True)
        )


def _slicing(op: StridedSliceOp, rank: int) -> Slicing:
    _check_choice(op, "slice_mode", op.slice_mode.data, ("end", "size"))
    begin, end = ints(op.begin), ints(op.end)
    if op.axes is None:
        axes = normalize_axes(op, range(len(begin)), rank)
    else:
        axes = normalize_axes(op, ints(op.axes), rank)
    return Slicing(op, begin, end, ints(op.strides), op.slice_mode.data, axes)


def _infer_strided_slice(op: StridedSliceOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    return [tensor(dtype_of(op.data.type), _slicing(op, len(shape)).shape(shape))]


def _evaluate_strided_slice(op: StridedSliceOp, data: Array) -> Array:
    return data[tuple(_slicing(op, data.ndim).slices(data.shape))]


def _strided_slice_layout(
    op: StridedSliceOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    """Follow the input while the sliced dimensions are whole."""
    source, target = old[0], new[0] if new else None
    if source is None:
        return keep_original(old)
    sliced = _slicing(op, source.rank).axes
    if not all(source.axes[axis].is_primal for axis in sliced):
        return LayoutInference((source,), (None,))
    axes = whole_axes(source, target, sliced) if target else None
    if axes is None:
        return keep_original(old)
    return LayoutInference((target,), (target,), {"axes": axes})


@irdl_op_definition
class StridedSliceOp(ShapeOp):
    """Python's ``data[begin:end:stride]`` along each of ``axes``, or the leading ones without.

    As in Python negative bounds count from the right and bounds are clipped to the extent.
    Missing strides are 1. In ``slice_mode`` "size", ``end`` holds sizes, -1 for all that
    follow, and strides must be 1.
    """

    name = "relay.strided_slice"
    begin = prop_def(I64Array)
    end = prop_def(I64Array)
    strides = prop_def(I64Array, default_value=_NO_INTS)
    slice_mode = prop_def(StringAttr, default_value=StringAttr("end"))
    axes = opt_prop_def(I64Array)
    ROWS: ClassVar = Rows(
        infer=_infer_strided_slice,
        evaluate=_evaluate_strided_slice,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        layout=_strided_slice_layout,
        keeps_finite=True,
    )


def _slice_like_shape(op: SliceLikeOp, shape: Shape, like: Shape) -> Shape:
    axes = normalize_axes(op, ints(op.axes), len(shape)) or tuple(range(len(shape)))
    if max(axes, default=-1) >= len(like):
        raise VerifyException(
            f"{op.name}: operand 'shape_like' has rank {len(like)}, "
            f"expected more than {max(axes)}, the last sliced axis"
        )
    extents = list(shape)
    for axis in axes:
        if DYNAMIC not in (shape[axis], like[axis]) and like[axis] > shape[axis]:
            raise VerifyException(
                f"{op.name}: operand 'shape_like' has extent {like[axis]} in dimension {axis}, "
                f"expected {shape[axis]} at most as in operand 'data'"
            )
        extents[axis] = like[axis]
    return tuple(extents)


def _infer_slice_like(op: SliceLikeOp) -> Sequence[Attribute]:
    shape = _slice_like_shape(op, operand_shape(op, 0), operand_shape(op, 1))
    return [tensor(dtype_of(op.data.type), shape)]


def _evaluate_slice_like(op: SliceLikeOp, data: Array, shape_like: Array) -> Array:
    shape = _slice_like_shape(op, data.shape, shape_like.shape)
    return data[tuple(slice(extent) for extent in shape)]


@irdl_op_definition
class SliceLikeOp(RelayOp):
    """The first elements of ``data`` along ``axes`` (all when empty), as many as ``shape_like``."""

    name = "relay.slice_like"
    data = operand_def(Tensor)
    shape_like = operand_def(Tensor)
    output = result_def(Tensor)
    axes = prop_def(I64Array, default_value=_NO_INTS)
    ROWS: ClassVar = Rows(
        infer=_infer_slice_like,
        evaluate=_evaluate_slice_like,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
    )


# take


_TAKE_MODES = ("clip", "wrap", "fast")


def _infer_take(op: TakeOp) -> Sequence[Attribute]:
    shape, indices = operand_shape(op, 0), require_indices(op, 1)
    _check_choice(op, "mode", op.mode.data, _TAKE_MODES)
    element, batch = dtype_of(op.data.type), op.batch_dims.value.data
    if op.axis is None:
        if batch:
            raise VerifyException(f"{op.name}: batch_dims is {batch}, expected 0 without an axis")
        _require_nonempty(op, 0 if 0 in shape else 1, indices)
        return [tensor(element, indices)]
    axis = normalize_axis(op, op.axis.value.data, len(shape))
    if not 0 <= batch <= min(axis, len(indices)):
        raise VerifyException(
            f"{op.name}: batch_dims is {batch}, expected 0 to {min(axis, len(indices))}"
        )
    for have, want in zip(indices[:batch], shape[:batch], strict=True):
        if have != want and DYNAMIC not in (have, want):
            raise VerifyException(
                f"{op.name}: operand 'indices' has shape {extents_text(indices)}, expected it to "
                f"start with {extents_text(shape[:batch])}"
            )
    _require_nonempty(op, shape[axis], indices)
    return [tensor(element, (*shape[:axis], *indices[batch:], *shape[axis + 1 :]))]


def _evaluate_take(op: TakeOp, data: Array, indices: Array) -> Array:
    if op.axis is None:
        return data.reshape(-1)[_bounded(op, indices, data.size)]
    axis, batch = op.axis.value.data % data.ndim, op.batch_dims.value.data
    bounded = _bounded(op, indices, data.shape[axis])
    if batch == 0:
        return np.take(data, bounded, axis)
    # One flat batch, whose index broadcasts against the taken ones; data's other axes follow it.
    outer = data.shape[:batch]
    flat = data.reshape(-1, *data.shape[batch:])
    taken = np.moveaxis(flat, axis - batch + 1, 1)
    bounded = bounded.reshape(len(flat), -1)
    picked = taken[np.arange(len(flat))[:, None], bounded]
    picked = np.moveaxis(picked, 1, axis - batch + 1)
    middle = data.shape[batch:axis]
    return picked.reshape(*outer, *middle, *indices.shape[batch:], *data.shape[axis + 1 :])


def _bounded(op: TakeOp, indices: Array, extent: int) -> Array:
    if op.mode.data == "wrap":
        wide = indices if indices.dtype == np.uint64 else indices.astype(np.int64)
        return np.mod(wide, wide.dtype.type(max(extent, 1))).astype(np.int64)
    return _clip(indices, extent)


@irdl_op_definition
class TakeOp(RelayOp):
    """The slices of ``data`` at ``indices`` along ``axis``; of the flat data without an axis.

    The indices' dimensions stand in place of ``axis``. The first ``batch_dims`` dimensions are
    shared by data and indices. An index outside the data is clipped to it (mode "clip", and
    "fast", which promises that there is none) or taken modulo the extent ("wrap").
    """

    name = "relay.take"
    data = operand_def(Tensor)
    indices = operand_def(Tensor)
    output = result_def(Tensor)
    axis = opt_prop_def(IntegerAttr[I64])
    batch_dims = prop_def(IntegerAttr[I64], default_value=IntegerAttr(0, i64))
    mode = prop_def(StringAttr, default_value=StringAttr("clip"))
    ROWS: ClassVar = Rows(
        infer=_infer_take,
        evaluate=_evaluate_take,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
    )


# gather and gather_nd


def _check_within(op: RelayOp, index: int, axis: int, shape: Shape) -> Shape:
    """Check that an operand has the rank of ``shape`` and, but for ``axis``, fits into it."""
    indices = operand_shape(op, index, len(shape))
    for at, (have, limit) in enumerate(zip(indices, shape, strict=True)):
        if at != axis and DYNAMIC not in (have, limit) and have > limit:
            raise VerifyException(
                f"{op.name}: operand {operand_name(op, index)} has extent {have} in dimension "
                f"{at}, expected {limit} at most as in operand 'data'"
            )
    return indices


def _infer_gather(op: GatherOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    axis = normalize_axis(op, op.axis.value.data, len(shape))
    require_indices(op, 1)
    indices = _check_within(op, 1, axis, shape)
    _require_nonempty(op, shape[axis], indices)
    return [tensor(dtype_of(op.data.type), indices)]


def _grid(shape: Shape) -> list[Array]:
    """For each dimension its coordinates, shaped to broadcast over ``shape``."""
    return list(np.indices(shape, sparse=True))


def _along_axis(indices: Array, axis: int, extent: int) -> tuple[Array, ...]:
    """The places that ``indices`` name along ``axis``, each other coordinate its own."""
    places = _grid(indices.shape)
    places[axis] = _clip(indices, extent)
    return tuple(places)


def _evaluate_gather(op: GatherOp, data: Array, indices: Array) -> Array:
    axis = op.axis.value.data % data.ndim
    return data[_along_axis(indices, axis, data.shape[axis])]


@irdl_op_definition
class GatherOp(RelayOp):
    """``data[i, ..., indices[i, ..., k], ...]``, the index standing at ``axis``.

    ``indices`` has the rank of ``data`` and no larger extent but along ``axis``.
    """

    name = "relay.gather"
    data = operand_def(Tensor)
    indices = operand_def(Tensor)
    output = result_def(Tensor)
    axis = prop_def(IntegerAttr[I64])
    ROWS: ClassVar = Rows(
        infer=_infer_gather,
        evaluate=_evaluate_gather,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
    )


def _index_depth(op: RelayOp, indices: Shape, rank: int, batch: int) -> int:
    """How many dimensions of data an index tuple names: the first extent of ``indices``."""
    if not indices or indices[0] == DYNAMIC or not 0 <= batch < len(indices):
        raise VerifyException(
            f"{op.name}: operand 'indices' has shape {extents_text(indices)}, expected a known "
            f"first extent and {batch} batch dimensions after it"
        )
    if indices[0] + batch > rank:
        raise VerifyException(
            f"{op.name}: operand 'indices' names {indices[0]} dimensions after {batch} batch "
            f"dimensions, expected {rank} at most in all, the rank of operand 'data'"
        )
    return indices[0]


def _infer_gather_nd(op: GatherNdOp) -> Sequence[Attribute]:
    shape, indices, batch = operand_shape(op, 0), require_indices(op, 1), op.batch_dims.value.data
    depth = _index_depth(op, indices, len(shape), batch)
    for have, want in zip(indices[1 : batch + 1], shape[:batch], strict=True):
        if have != want and DYNAMIC not in (have, want):
            raise VerifyException(
                f"{op.name}: operand 'indices' has batch extent {have}, expected {want} "
                "as in operand 'data'"
            )
    _require_nonempty(op, 0 if 0 in shape[batch : batch + depth] else 1, indices[1:])
    return [tensor(dtype_of(op.data.type), (*indices[1:], *shape[batch + depth :]))]


def _nd_places(indices: Array, shape: Shape, batch: int) -> tuple[Array, ...]:
    """The places in a tensor of ``shape`` that the index tuples name."""
    outer = indices.shape[1:]
    own = _grid(outer)[:batch]
    limits = shape[batch : batch + len(indices)]
    named = [_clip(index, extent) for index, extent in zip(indices, limits, strict=True)]
    return (*own, *named)


def _evaluate_gather_nd(op: GatherNdOp, data: Array, indices: Array) -> Array:
    places = _nd_places(indices, data.shape, op.batch_dims.value.data)
    if not places:
        return np.broadcast_to(data, (*indices.shape[1:], *data.shape))
    return data[places]


@irdl_op_definition
class GatherNdOp(RelayOp):
    """The slices of ``data`` at the index tuples that stand along the first axis of ``indices``.

    With indices of shape (M, Y...), result y is ``data[indices[0, y], ..., indices[M-1, y]]``;
    the first ``batch_dims`` dimensions of Y and of data are shared.
    """

    name = "relay.gather_nd"
    data = operand_def(Tensor)
    indices = operand_def(Tensor)
    output = result_def(Tensor)
    batch_dims = prop_def(IntegerAttr[I64], default_value=IntegerAttr(0, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_gather_nd,
        evaluate=_evaluate_gather_nd,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
    )


# scatter_elements and scatter_nd


_REDUCTIONS: dict[str, np.ufunc | None] = {
    "update": None,
    "add": np.add,
    "mul": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
}


def _scatter(data: Array, places: tuple[Array, ...], updates: Array, reduction: str) -> Array:
    result = data.copy()
    ufunc = _REDUCTIONS[reduction]
    if ufunc is None:
        result[places] = updates
    else:
        ufunc.at(result, places, updates)
    return result


def _infer_scatter_elements(op: ScatterElementsOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    axis = normalize_axis(op, op.axis.value.data, len(shape))
    _check_choice(op, "reduction", op.reduction.data, tuple(_REDUCTIONS))
    require_indices(op, 1)
    indices = _check_within(op, 1, axis, shape)
    _require_same_dtype(op, 2)
    _require_updates(op, indices)
    _require_nonempty(op, shape[axis], indices)
    return [op.data.type]


def _require_updates(op: RelayOp, expected: Shape) -> None:
    updates = operand_shape(op, 2, len(expected))
    if any(
        have != want and DYNAMIC not in (have, want)
        for have, want in zip(updates, expected, strict=True)
    ):
        raise VerifyException(
            f"{op.name}: operand 'updates' has shape {extents_text(updates)}, "
            f"expected {extents_text(expected)}"
        )


def _evaluate_scatter_elements(
    op: ScatterElementsOp, data: Array, indices: Array, updates: Array
) -> Array:
    axis = op.axis.value.data % data.ndim
    places = _along_axis(indices, axis, data.shape[axis])
    return _scatter(data, places, updates, op.reduction.data)


@irdl_op_definition
class ScatterElementsOp(RelayOp):
    """``data`` with ``updates`` written where ``gather`` with these indices would read.

    ``reduction`` combines an update with what is there: "update" (the last in row-major order
    stays), "add" (integers wrap), "mul", "min" or "max" (NaN wins).
    """

    name = "relay.scatter_elements"
    data = operand_def(Tensor)
    indices = operand_def(Tensor)
    updates = operand_def(Tensor)
    output = result_def(Tensor)
    axis = prop_def(IntegerAttr[I64], default_value=IntegerAttr(0, i64))
    reduction = prop_def(StringAttr, default_value=StringAttr("update"))
    ROWS: ClassVar = Rows(
        infer=_infer_scatter_elements,
        evaluate=_evaluate_scatter_elements,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
    )


def _infer_scatter_nd(op: ScatterNdOp) -> Sequence[Attribute]:
    shape, indices = operand_shape(op, 0), require_indices(op, 1)
    _check_choice(op, "mode", op.mode.data, tuple(_REDUCTIONS))
    depth = _index_depth(op, indices, len(shape), 0)
    _require_same_dtype(op, 2)
    _require_updates(op, (*indices[1:], *shape[depth:]))
    _require_nonempty(op, 0 if 0 in shape[:depth] else 1, indices[1:])
    return [op.data.type]


def _evaluate_scatter_nd(op: ScatterNdOp, data: Array, indices: Array, updates: Array) -> Array:
    # A leading unit dimension, so that even an index of no dimensions has a place.
    shape, outer = (1, *data.shape), (1, *indices.shape[1:])
    zero = np.zeros(outer, np.int64)
    places = (zero, *(place[None] for place in _nd_places(indices, data.shape, 0)))
    return _scatter(data.reshape(shape), places, updates[None], op.mode.data).reshape(data.shape)


@irdl_op_definition
class ScatterNdOp(RelayOp):
    """``data`` with ``updates`` written where ``gather_nd`` with these indices would read.

    ``mode`` combines an update with what is there, as scatter_elements' ``reduction``.
    """

    name = "relay.scatter_nd"
    data = operand_def(Tensor)
    indices = operand_def(Tensor)
    updates = operand_def(Tensor)
    output = result_def(Tensor)
    mode = prop_def(StringAttr, default_value=StringAttr("update"))
    ROWS: ClassVar = Rows(
        infer=_infer_scatter_nd,
        evaluate=_evaluate_scatter_nd,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
    )


# one_hot


def one_hot(indices: Array, on: Array, off: Array, depth: int, axis: int) -> Array:
    """See ``OneHotOp``; ``axis`` counts from the left of the result."""
    hot = np.expand_dims(indices, axis) == np.arange(depth).reshape(
        [-1 if index == axis else 1 for index in range(indices.ndim + 1)]
    )
    return np.where(hot, on, off)


def one_hot_type(op: RelayOp, depth: int, axis: int, dtype: Attribute) -> Tensor:
    """The result type of a one_hot of ``depth`` (DYNAMIC if unknown).

    Raises:
        VerifyException: when operands and properties do not fit together.
    """
    indices, element = require_indices(op, 0), element_of(op, dtype, ALL)
    for index in (1, 2):
        operand_shape(op, index, 0)
        if dtype_of(op.operands[index].type) != element:
            raise VerifyException(
                f"{op.name}: operand {operand_name(op, index)} has element type "
                f"{dtype_of(op.operands[index].type)}, expected {element}, the dtype"
            )
    at = normalize_axis(op, axis, len(indices) + 1)
    return tensor(element, (*indices[:at], depth, *indices[at:]))


def _infer_one_hot(op: OneHotOp) -> Sequence[Attribute]:
    depth = op.depth.value.data
    if depth < 0:
        raise VerifyException(f"{op.name}: depth is {depth}, expected 0 or more")
    return [one_hot_type(op, depth, op.axis.value.data, op.dtype)]


def _evaluate_one_hot(op: OneHotOp, indices: Array, on_value: Array, off_value: Array) -> Array:
    axis = op.axis.value.data % (indices.ndim + 1)
    return one_hot(indices, on_value, off_value, op.depth.value.data, axis)


@irdl_op_definition
class OneHotOp(RelayOp):
    """``on_value`` where the position along the new ``axis`` is the index, else ``off_value``.

    An index outside [0, depth) is nowhere on.
    """

    name = "relay.one_hot"
    indices = operand_def(Tensor)
    on_value = operand_def(Tensor)
    off_value = operand_def(Tensor)
    output = result_def(Tensor)
    depth = prop_def(IntegerAttr[I64])
    axis = prop_def(IntegerAttr[I64], default_value=IntegerAttr(-1, i64))
    dtype = prop_def(Attribute, default_value=f32)
    ROWS: ClassVar = Rows(
        infer=_infer_one_hot,
        evaluate=_evaluate_one_hot,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=ALL,
        keeps_finite=True,
    )


OPS: tuple[type[RelayOp], ...] = (
    StridedSliceOp,
    SliceLikeOp,
    TakeOp,
    GatherOp,
    GatherNdOp,
    ScatterElementsOp,
    ScatterNdOp,
    OneHotOp,
)
"""The ops of this family."""

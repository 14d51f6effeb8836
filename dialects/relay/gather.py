"""Ops that read a tensor at computed places: takes and gathers; and one_hot.

Indices are integers of any width. But for one_hot, an index is clipped into the tensor unless the
op says otherwise: none reads outside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import IntegerAttr, StringAttr, f32, i64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..tl.index import Index
from .base import I64_ATTR, RelayOp, normalize_axis, operand_name, operand_shape
from .compute import Pointwise
from .create import element_of
from .gather_compute import gathered_element, gathered_nd_element, taken_element
from .kernel_builder import Point
from .rows import Array, Pattern, Rows
from .scalar import INDEX, Scalar
from .shape import check_choice, extents_text
from .types import ALL, DYNAMIC, INTS, TENSOR, Shape, Tensor, dtype_of, tensor


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


def require_nonempty(op: RelayOp, extent: int, indices: Sequence[int]) -> None:
    """Check that there is something to index.

    Raises:
        VerifyException: when ``extent`` is 0 and there are indices.
    """
    if extent == 0 and 0 not in indices and DYNAMIC not in indices:
        raise VerifyException(
            f"{op.name}: operand 'data' is empty along the indexed dimension, expected elements"
        )


def _clip(indices: Array, extent: int) -> Array:
    """The indices as i64, each the nearest in [0, extent)."""
    last = max(extent - 1, 0)
    if indices.dtype == np.uint64:
        indices = np.minimum(indices, np.uint64(last))
    return np.clip(indices.astype(np.int64, copy=False), 0, last)


# take


_TAKE_MODES = ("clip", "wrap", "fast")


def _infer_take(op: TakeOp) -> Sequence[Attribute]:
    shape, indices = operand_shape(op, 0), require_indices(op, 1)
    check_choice(op, "mode", op.mode.data, _TAKE_MODES)
    element, batch = dtype_of(op.data.type), op.batch_dims.value.data
    if op.axis is None:
        if batch:
            raise VerifyException(f"{op.name}: batch_dims is {batch}, expected 0 without an axis")
        require_nonempty(op, 0 if 0 in shape else 1, indices)
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
    require_nonempty(op, shape[axis], indices)
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
    data = operand_def(TENSOR)
    indices = operand_def(TENSOR)
    output = result_def(TENSOR)
    axis = opt_prop_def(I64_ATTR)
    batch_dims = prop_def(I64_ATTR, default_value=IntegerAttr(0, i64))
    mode = prop_def(StringAttr, default_value=StringAttr("clip"))
    ROWS: ClassVar = Rows(
        infer=_infer_take,
        evaluate=_evaluate_take,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(taken_element),
    )


# gather and gather_nd


def check_within(op: RelayOp, index: int, axis: int, shape: Shape) -> Shape:
    """The shape of an operand that has the rank of ``shape`` and, but for ``axis``, fits into it.

    Raises:
        VerifyException: when it does not.
    """
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
    indices = check_within(op, 1, axis, shape)
    require_nonempty(op, shape[axis], indices)
    return [tensor(dtype_of(op.data.type), indices)]


def _grid(shape: Shape) -> list[Array]:
    """For each dimension its coordinates, shaped to broadcast over ``shape``."""
    return list(np.indices(shape, sparse=True))


def along_axis(indices: Array, axis: int, extent: int) -> tuple[Array, ...]:
    """The places that ``indices`` name along ``axis``, each other coordinate its own."""
    places = _grid(indices.shape)
    places[axis] = _clip(indices, extent)
    return tuple(places)


def _evaluate_gather(op: GatherOp, data: Array, indices: Array) -> Array:
    axis = op.axis.value.data % data.ndim
    return data[along_axis(indices, axis, data.shape[axis])]


@irdl_op_definition
class GatherOp(RelayOp):
    """``data[i, ..., indices[i, ..., k], ...]``, the index standing at ``axis``.

    ``indices`` has the rank of ``data`` and no larger extent but along ``axis``.
    """

    name = "relay.gather"
    data = operand_def(TENSOR)
    indices = operand_def(TENSOR)
    output = result_def(TENSOR)
    axis = prop_def(I64_ATTR)
    ROWS: ClassVar = Rows(
        infer=_infer_gather,
        evaluate=_evaluate_gather,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(gathered_element),
    )


def index_depth(op: RelayOp, indices: Shape, rank: int, batch: int) -> int:
    """How many dimensions of data an index tuple names: the first extent of ``indices``.

    Raises:
        VerifyException: when it is unknown or too large, or ``batch`` is.
    """
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
    depth = index_depth(op, indices, len(shape), batch)
    for have, want in zip(indices[1 : batch + 1], shape[:batch], strict=True):
        if have != want and DYNAMIC not in (have, want):
            raise VerifyException(
                f"{op.name}: operand 'indices' has batch extent {have}, expected {want} "
                "as in operand 'data'"
            )
    require_nonempty(op, 0 if 0 in shape[batch : batch + depth] else 1, indices[1:])
    return [tensor(dtype_of(op.data.type), (*indices[1:], *shape[batch + depth :]))]


def nd_places(indices: Array, shape: Shape, batch: int) -> tuple[Array, ...]:
    """The places in a tensor of ``shape`` that the index tuples name."""
    outer = indices.shape[1:]
    own = _grid(outer)[:batch]
    limits = shape[batch : batch + len(indices)]
    named = [_clip(index, extent) for index, extent in zip(indices, limits, strict=True)]
    return (*own, *named)


def _evaluate_gather_nd(op: GatherNdOp, data: Array, indices: Array) -> Array:
    places = nd_places(indices, data.shape, op.batch_dims.value.data)
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
    data = operand_def(TENSOR)
    indices = operand_def(TENSOR)
    output = result_def(TENSOR)
    batch_dims = prop_def(I64_ATTR, default_value=IntegerAttr(0, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_gather_nd,
        evaluate=_evaluate_gather_nd,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(gathered_nd_element),
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


def _one_hot_element(op: OneHotOp, point: Point, at: Sequence[Index]) -> Scalar:
    axis = op.axis.value.data % len(at)
    index = point.read(op.indices, [*at[:axis], *at[axis + 1 :]])
    hot = index.cast(INDEX).eq(point.index(at[axis]))
    return hot.select(point.read(op.on_value, ()), point.read(op.off_value, ()))


@irdl_op_definition
class OneHotOp(RelayOp):
    """``on_value`` where the position along the new ``axis`` is the index, else ``off_value``.

    An index outside [0, depth) is nowhere on.
    """

    name = "relay.one_hot"
    indices = operand_def(TENSOR)
    on_value = operand_def(TENSOR)
    off_value = operand_def(TENSOR)
    output = result_def(TENSOR)
    depth = prop_def(I64_ATTR)
    axis = prop_def(I64_ATTR, default_value=IntegerAttr(-1, i64))
    dtype = prop_def(Attribute, default_value=f32)
    ROWS: ClassVar = Rows(
        infer=_infer_one_hot,
        evaluate=_evaluate_one_hot,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(_one_hot_element),
    )


OPS: tuple[type[RelayOp], ...] = (
    TakeOp,
    GatherOp,
    GatherNdOp,
    OneHotOp,
)
"""The ops of this family."""

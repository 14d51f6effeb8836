"""What computes the ops of gather.py and dyn's: reads at places that are data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.ir import SSAValue

from ..tl.index import Index
from .kernel_builder import Point
from .reshape import unraveled
from .scalar import INDEX, Scalar
from .shape import product
from .types import shape_of

if TYPE_CHECKING:
    from .gather import GatherNdOp, GatherOp, TakeOp


def clipped(point: Point, index: Scalar, extent: int) -> Index:
    """An integer as the nearest place in [0, extent)."""
    last = max(extent - 1, 0)
    if index.dtype == "ui64":  # As an index, the large ones would be negative.
        index = index.min(last)
    return point.place(index.cast(INDEX).max(0).min(last))


def _wrapped(point: Point, index: Scalar, extent: int) -> Index:
    """An integer modulo an extent."""
    if index.dtype == "ui64":
        return point.place(index.remainder(extent).cast(INDEX).max(0).min(extent - 1))
    rest = index.cast(INDEX).remainder(extent)
    return point.place(rest.lt(0).select(rest + extent, rest).max(0).min(extent - 1))


def taken_element(op: TakeOp, point: Point, at: Sequence[Index]) -> Scalar:
    """The element at an index along an axis, or of the flat data."""
    shape, rank = shape_of(op.data.type), len(shape_of(op.indices.type))
    bounded = _wrapped if op.mode.data == "wrap" else clipped
    if op.axis is None:
        number = bounded(point, point.read(op.indices, at), product(shape))
        return point.read(op.data, unraveled(number, shape))
    axis, batch = op.axis.value.data % len(shape), op.batch_dims.value.data
    end = axis + rank - batch
    index = point.read(op.indices, [*at[:batch], *at[axis:end]])
    return point.read(op.data, [*at[:axis], bounded(point, index, shape[axis]), *at[end:]])


def along_axis(
    point: Point, indices: SSAValue, at: Sequence[Index], axis: int, extent: int
) -> list[Index]:
    """The place that an element of ``indices`` names along an axis."""
    named = clipped(point, point.read(indices, at), extent)
    return [*at[:axis], named, *at[axis + 1 :]]


def gathered_element(op: GatherOp, point: Point, at: Sequence[Index]) -> Scalar:
    """The element that an index names along an axis."""
    axis = op.axis.value.data % len(at)
    extent = shape_of(op.data.type)[axis]
    return point.read(op.data, along_axis(point, op.indices, at, axis, extent))


def named_places(
    point: Point, indices: SSAValue, at: Sequence[Index], extents: Sequence[int]
) -> list[Index]:
    """The places that the tuple of indices at ``at`` names."""
    return [
        clipped(point, point.read(indices, [number, *at]), extent)
        for number, extent in enumerate(extents)
    ]


def gathered_nd_element(op: GatherNdOp, point: Point, at: Sequence[Index]) -> Scalar:
    """The element of a slice that a tuple of indices names."""
    depth, *outer = shape_of(op.indices.type)
    batch = op.batch_dims.value.data
    own, rest = at[: len(outer)], at[len(outer) :]
    extents = shape_of(op.data.type)[batch : batch + depth]
    return point.read(
        op.data, [*own[:batch], *named_places(point, op.indices, own, extents), *rest]
    )

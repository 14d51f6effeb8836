"""What computes the ops of image.py.

The nearest pixel of an image stands at an index with a quotient. To interpolate, each axis first
writes tables for its pixels: which two it reads, and how far it lies beyond the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..layout import Layout
from ..tl.affine import Interval, linear_form
from ..tl.index import Index
from ..tl.ranges import interval_of_form
from .base import RelayOp
from .compute import Compute, Nests, Pointwise
from .image_coordinates import Coordinates
from .kernel_builder import KernelBuilder, Point, Scratch, simplified
from .scalar import INDEX, Scalar, computed
from .types import dtype_of, shape_of

if TYPE_CHECKING:
    from .image import DepthToSpaceOp, SpaceToDepthOp

_NCHW = Layout.parse("NCHW")


def resampling(axes: Sequence[int], method: str, transform: str, rounding: str) -> Compute[RelayOp]:
    """What resamples an op's first operand along ``axes`` to the shape of its result."""

    def coordinates(op: RelayOp) -> dict[int, Coordinates]:
        shape, out = shape_of(op.operands[0].type), shape_of(op.results[0].type)
        return {axis: Coordinates.of(transform, shape[axis], out[axis]) for axis in axes}

    def element(op: RelayOp, point: Point, at: Sequence[Index]) -> Scalar:
        place, shape = list(at), shape_of(op.operands[0].type)
        for axis, of in coordinates(op).items():
            place[axis] = _inside(point, of.nearest(at[axis], rounding), shape[axis])
        return point.read(op.operands[0], place)

    def write(op: RelayOp, kernel: KernelBuilder) -> None:
        _interpolate(op, kernel, coordinates(op))

    return Pointwise(element) if method == "nearest_neighbor" else Nests(write)


def _inside(point: Point, index: Index, extent: int) -> Index:
    """The place in [0, extent) that is nearest to an index."""
    index = simplified(index)
    interval = interval_of_form(linear_form(index.expr, index.operands))
    if interval.within(Interval(0, extent - 1)):
        return index
    return point.place(point.index(index).max(0).min(extent - 1))


@dataclass(frozen=True)
class _Table:
    """For each pixel along an axis: the two pixels it lies between, and the weight of the second.

    ``extent`` is that of the axis they are read from.
    """

    low: Scratch
    high: Scratch
    weight: Scratch
    extent: int

    def read(self, point: Point, x: Index) -> tuple[Index, Index, Scalar]:
        """The pixels as places, and the weight."""
        low, high = (
            point.place(point.load(table, (x,)).cast(INDEX).max(0).min(self.extent - 1))
            for table in (self.low, self.high)
        )
        return low, high, point.load(self.weight, (x,))


def _interpolate(
    op: RelayOp, kernel: KernelBuilder, coordinates: Mapping[int, Coordinates]
) -> None:
    """Append nests that interpolate linearly along axes, the first innermost."""
    data, result = op.operands[0], op.results[0]
    shape, out = shape_of(data.type), shape_of(result.type)
    if 0 in out:
        return
    if data not in kernel.buffers:  # Else it would be computed for each of several neighbours.
        kernel.keep(data)
        kernel.elements([data])
    weights = computed(dtype_of(data.type))
    tables = {
        axis: _write_table(kernel, of, shape[axis], out[axis], weights)
        for axis, of in coordinates.items()
    }

    with kernel.points(out) as (point, at):
        found = {axis: table.read(point, at[axis]) for axis, table in tables.items()}

        def value(axes: Sequence[int], place: Mapping[int, Index]) -> Scalar:
            if not axes:
                return point.read(data, [place.get(axis, i) for axis, i in enumerate(at)])
            *inner, axis = axes
            low, high, weight = found[axis]
            left, right = (value(inner, {**place, axis: pixel}) for pixel in (low, high))
            return left * (1.0 - weight) + right * weight

        point.store(result, at, value(list(tables), {}))


def _write_table(
    kernel: KernelBuilder, coordinates: Coordinates, size: int, out: int, weights: str
) -> _Table:
    """Append the tables of an axis of ``size`` that is resampled to ``out`` pixels."""
    low, high = (kernel.scratch("i32", (out,), name) for name in ("low", "high"))
    table = _Table(low, high, kernel.scratch(weights, (out,), "weight"), size)
    with kernel.points((out,)) as (point, (x,)):
        below = coordinates.below(x)
        for memory, pixel in ((low, below), (high, below + 1)):
            point.put(point.index(_inside(point, pixel, size)).cast("i32"), memory, (x,))
        beyond = point.index(coordinates.beyond(x)).cast("f64")
        point.put((beyond / coordinates.denominator).cast(weights), table.weight, (x,))
    return table


def depth_to_space_element(op: DepthToSpaceOp, point: Point, at: Sequence[Index]) -> Scalar:
    """A pixel, from the channel that its place in its block names."""
    layout, block = op.layout.data, op.block_size.value.data
    place = layout.elements(at)
    depth = layout.convert_shape(shape_of(op.output.type), _NCHW)[1]
    row, column = place["H"] % block, place["W"] % block
    if op.mode.data == "DCR":
        channel = (row * block + column) * depth + place["C"]
    else:
        channel = (place["C"] * block + row) * block + column
    moved = {"C": channel, "H": place["H"] // block, "W": place["W"] // block}
    return point.read(op.data, layout.place(place | moved))


def space_to_depth_element(op: SpaceToDepthOp, point: Point, at: Sequence[Index]) -> Scalar:
    """A pixel, at the place in its block that its channel names."""
    layout, block = op.layout.data, op.block_size.value.data
    place = layout.elements(at)
    depth = max(layout.convert_shape(shape_of(op.data.type), _NCHW)[1], 1)
    number = place["C"] // depth
    moved = {
        "C": place["C"] % depth,
        "H": place["H"] * block + number // block,
        "W": place["W"] * block + number % block,
    }
    return point.read(op.data, layout.place(place | moved))

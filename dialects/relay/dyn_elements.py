"""What computes dyn ops: elements at indices that operands and run-time extents decide.

The result's extents are the caller's, who has them from the op's ``shape`` row; where operands
contradict them, indices are moved into the operand and the call's status says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

from xdsl.ir import SSAValue

from ..tl.index import Index
from .base import RelayOp
from .compute import Pointwise
from .image_coordinates import Coordinates
from .kernel_builder import Point
from .scalar import INDEX, Scalar
from .types import FLOATS, dtype_of, shape_of

if TYPE_CHECKING:
    from .dyn_compute import DynArangeOp, DynFullOp, DynOneHotOp
    from .dyn_shape import DynPadOp, DynStridedSliceOp

Resampled: TypeAlias = Pointwise[RelayOp]


def read_at(point: Point, value: SSAValue, places: Sequence[Scalar]) -> Scalar:
    """The element of an operand at computed indices."""
    return point.read(value, [point.place(place) for place in places], checked=True)


def extents(point: Point, value: SSAValue) -> list[Scalar]:
    """The extents of a value, also those known only at run time."""
    return [point.extent(number) for number in shape_of(value.type)]


def item(point: Point, value: SSAValue, *at: int) -> Scalar:
    """An element of an operand that stands for integers."""
    return point.read(value, at).cast(INDEX)


def full_element(op: DynFullOp, point: Point, at: Sequence[Index]) -> Scalar:
    """The fill value."""
    return point.read(op.fill_value, ())


def arange_element(op: DynArangeOp, point: Point, at: Sequence[Index]) -> Scalar:
    """The start plus a multiple of the step; floats are computed in f64."""
    dtype = dtype_of(op.output.type)
    wide = "f64" if dtype in FLOATS else dtype
    start, step = (point.read(bound, ()).cast(wide) for bound in (op.start, op.step))
    return (step * point.index(at[0]).cast(wide) + start).cast(dtype)


def one_hot_element(op: DynOneHotOp, point: Point, at: Sequence[Index]) -> Scalar:
    """The on value where the index along the new axis is the one asked for."""
    axis = op.axis.value.data % len(at)
    wanted = point.read(op.indices, [*at[:axis], *at[axis + 1 :]])
    dtype = dtype_of(op.output.type)
    on, off = (point.read(value, ()).cast(dtype) for value in (op.on_value, op.off_value))
    return wanted.cast("i64").eq(point.index(at[axis]).cast("i64")).select(on, off)


def reshaped_element(op: RelayOp, point: Point, at: Sequence[Index]) -> Scalar:
    """The element at the same place in row-major order."""
    data, result = op.operands[0], op.results[0]
    place = point.constant(0, INDEX)
    for index, extent in zip(at, extents(point, result), strict=True):
        place = place * extent + point.index(index)
    places: list[Scalar] = []
    for extent in reversed(extents(point, data)):
        places.insert(0, place.remainder(extent))
        place = place / extent
    return read_at(point, data, places)


def stretched_element(op: RelayOp, point: Point, at: Sequence[Index]) -> Scalar:
    """The element of an operand that is stretched where its extent is 1."""
    data = op.operands[0]
    own = at[len(at) - len(shape_of(data.type)) :]
    places = [
        point.index(index).min(extent - 1)
        for index, extent in zip(own, extents(point, data), strict=True)
    ]
    return read_at(point, data, places)


def tiled_element(op: RelayOp, point: Point, at: Sequence[Index]) -> Scalar:
    """The element of the copy that an index falls into."""
    data = op.operands[0]
    own = at[len(at) - len(shape_of(data.type)) :]
    places = [
        point.index(index).remainder(extent)
        for index, extent in zip(own, extents(point, data), strict=True)
    ]
    return read_at(point, data, places)


def sliced_element(op: DynStridedSliceOp, point: Point, at: Sequence[Index]) -> Scalar:
    """The element ``begin + stride * index``, the begin moved into the data as Python does."""
    (given,) = shape_of(op.strides.type)
    (count,) = shape_of(op.begin.type)
    places: list[Scalar] = []
    for axis, (index, extent) in enumerate(zip(at, extents(point, op.data), strict=True)):
        if axis >= count:
            places.append(point.index(index))
            continue
        step = item(point, op.strides, axis) if axis < given else point.constant(1, INDEX)
        begin = item(point, op.begin, axis)
        begin = begin.lt(0).select(begin + extent, begin).max(0)
        last = step.lt(0).select(extent - 1, extent)
        places.append(begin.min(last) + point.index(index) * step)
    return read_at(point, op.data, places)


def padded_element(op: DynPadOp, point: Point, at: Sequence[Index]) -> Scalar:
    """The element of the data, or what the mode puts around it."""
    mode = op.pad_mode.data
    places: list[Scalar] = []
    is_inside = point.constant(1, "i1")
    for axis, (index, extent) in enumerate(zip(at, extents(point, op.data), strict=True)):
        place = point.index(index) - item(point, op.pad_width, axis, 0)
        if mode == "constant":
            is_inside &= place.ge(0) & place.lt(extent)
        else:
            if mode == "reflect":
                place = place.max(-place)
                place = place.min((extent - 1) * 2 - place)
            place = place.max(0).min(extent - 1)
        places.append(place)
    if mode != "constant" or not places:
        return read_at(point, op.data, places)
    # Data without elements may be padded too: nothing is read then.
    element = point.read(op.data, [point.place(place) for place in places], otherwise=0)
    return is_inside.select(element, point.read(op.pad_value, ()))


def resampling(axes: Sequence[int], method: str, transform: str, rounding: str) -> Resampled:
    """What resamples an op's first operand along ``axes`` to the extents of its result."""

    def element(op: RelayOp, point: Point, at: Sequence[Index]) -> Scalar:
        data = op.operands[0]
        sizes, out = extents(point, data), extents(point, op.results[0])
        places = [point.index(index) for index in at]
        coordinates = {
            axis: _coordinates(point, transform, sizes[axis], out[axis]) for axis in axes
        }
        if method == "nearest_neighbor":
            for axis, found in coordinates.items():
                nearest = found.nearest(places[axis], rounding)
                places[axis] = nearest.max(0).min(sizes[axis] - 1)
            return read_at(point, data, places)
        return _interpolated(point, data, places, sizes, coordinates)

    return Pointwise(element)


def _interpolated(
    point: Point,
    data: SSAValue,
    places: list[Scalar],
    sizes: Sequence[Scalar],
    coordinates: dict[int, Coordinates],
) -> Scalar:
    """The linear interpolation along the axes of ``coordinates``, the first innermost."""
    if not coordinates:
        return read_at(point, data, places)
    *_, axis = coordinates
    found, x = coordinates[axis], places[axis]
    rest = {at: each for at, each in coordinates.items() if at != axis}
    below = found.below(x)
    ends: list[Scalar] = []
    for pixel in (below, below + 1):
        place = pixel.max(0).min(sizes[axis] - 1)
        moved = [*places[:axis], place, *places[axis + 1 :]]
        ends.append(_interpolated(point, data, moved, sizes, rest))
    beyond = found.beyond(x).cast("f64") / cast(Scalar, found.denominator).cast("f64")
    weight = beyond.cast(ends[0].dtype)
    return ends[0] * (1.0 - weight) + ends[1] * weight


def _coordinates(point: Point, transform: str, size: Scalar, out: Scalar) -> Coordinates:
    """``Coordinates.of`` for extents known at run time; their numbers then are scalars."""
    zero = point.constant(0, INDEX)
    if transform == "half_pixel":
        numbers = size * 2, size - out, out * 2
    elif transform == "align_corners":
        numbers = size - 1, zero, (out - 1).max(1)
    else:
        numbers = size, zero, out.max(1)
    return Coordinates(*cast("tuple[int, int, int]", numbers))

"""What computes the ops of assemble.py: reads and stores at places that are affine in the index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..tl.index import Index
from .base import ints
from .kernel_builder import KernelBuilder, Point
from .scalar import Scalar
from .shape import normalize_axes
from .types import shape_of

if TYPE_CHECKING:
    from .assemble import ConcatenateOp, RepeatOp, ReverseOp, SplitOp, StackOp, TileOp


def concatenation(op: ConcatenateOp, kernel: KernelBuilder) -> None:
    """Append a nest for each operand, which stores its elements where they belong."""
    axis = op.axis.value.data % len(shape_of(op.output.type))
    start = 0
    for value in op.data:
        shape = shape_of(value.type)
        if 0 not in shape:
            with kernel.points(shape) as (point, at):
                place = [*at[:axis], at[axis] + start, *at[axis + 1 :]]
                point.store(op.output, place, point.read(value, at))
        start += shape[axis]


def stack(op: StackOp, kernel: KernelBuilder) -> None:
    """Append a nest for each operand, as ``concatenation`` does."""
    axis = op.axis.value.data % len(shape_of(op.output.type))
    for number, value in enumerate(op.data):
        shape = shape_of(value.type)
        if 0 not in shape:
            with kernel.points(shape) as (point, at):
                place = [*at[:axis], Index.of(number), *at[axis:]]
                point.store(op.output, place, point.read(value, at))


def split_element(op: SplitOp, point: Point, at: Sequence[Index], number: int) -> Scalar:
    """An element of a piece: it stands behind all pieces before."""
    axis = op.axis.value.data % len(at)
    start = sum(shape_of(piece.type)[axis] for piece in op.pieces[:number])
    return point.read(op.data, [*at[:axis], at[axis] + start, *at[axis + 1 :]])


def tiled_element(op: TileOp, point: Point, at: Sequence[Index]) -> Scalar:
    """An element of a tile: that at the remainder of its index."""
    shape = shape_of(op.data.type)
    inner = at[len(at) - len(shape) :]
    place = [i % extent if extent else i for i, extent in zip(inner, shape, strict=True)]
    return point.read(op.data, place)


def repeated_element(op: RepeatOp, point: Point, at: Sequence[Index]) -> Scalar:
    """An element that is repeated: that at the quotient of its index."""
    axis = op.axis.value.data % len(at)
    quotient = at[axis] // max(op.repeats.value.data, 1)
    return point.read(op.data, [*at[:axis], quotient, *at[axis + 1 :]])


def reversed_element(op: ReverseOp, point: Point, at: Sequence[Index]) -> Scalar:
    """An element as far from the end as its index is from the start."""
    shape = shape_of(op.data.type)
    turned = normalize_axes(op, ints(op.axis), len(shape))
    place = [shape[axis] - 1 - index if axis in turned else index for axis, index in enumerate(at)]
    return point.read(op.data, place)

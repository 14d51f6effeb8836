"""What computes the softmaxes: per slice its maximum, the sum of exponentials, then the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects import math

from ..tl.attributes import Reduction
from .base import normalize_axis
from .kernel_builder import KernelBuilder, Point
from .scalar import Scalar
from .slices import Memory, Slices, slices
from .types import dtype_of, shape_of

if TYPE_CHECKING:
    from .softmax import LogSoftmaxOp, SoftmaxBase


def softmax(op: SoftmaxBase, kernel: KernelBuilder) -> None:
    """Append the nests of a softmax, which keep a slice's exponentials in scratch memory."""
    dtype = dtype_of(op.data.type)
    with slices(kernel, shape_of(op.data.type), [_axis(op)]) as each:
        maximum = _maximum(op, each)
        kept = each.memory("exponentials", dtype)

        def exponential(point: Point) -> Scalar:
            found = _shifted(op, each, point, maximum).apply(math.ExpOp)
            kept.put(point, found)
            return found

        inverse = each.reduce("inverse", dtype, Reduction.ADD, exponential, lambda sum: 1.0 / sum)
        with each.elements() as point:
            point.store(op.result, each.at(point), kept.at(point) * inverse.at(point))


def log_softmax(op: LogSoftmaxOp, kernel: KernelBuilder) -> None:
    """Append the nests of the logarithm of a softmax."""
    dtype = dtype_of(op.data.type)
    with slices(kernel, shape_of(op.data.type), [_axis(op)]) as each:
        maximum = _maximum(op, each)

        def exponential(point: Point) -> Scalar:
            return _shifted(op, each, point, maximum).apply(math.ExpOp)

        total = each.reduce(
            "logarithm", dtype, Reduction.ADD, exponential, lambda sum: sum.apply(math.LogOp)
        )
        with each.elements() as point:
            shifted = _shifted(op, each, point, maximum)
            point.store(op.result, each.at(point), shifted - total.at(point))


def _axis(op: SoftmaxBase) -> int:
    return normalize_axis(op, op.axis.value.data, len(shape_of(op.data.type)))


def _maximum(op: SoftmaxBase, each: Slices) -> Memory:
    def term(point: Point) -> Scalar:
        return point.read(op.data, each.at(point))

    return each.reduce("maximum", dtype_of(op.data.type), Reduction.MAX, term)


def _shifted(op: SoftmaxBase, each: Slices, point: Point, maximum: Memory) -> Scalar:
    """An element less its slice's maximum, so that exp cannot overflow."""
    return point.read(op.data, each.at(point)) - maximum.at(point)

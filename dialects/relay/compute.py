"""What computes a relay op: the row type ``compute``, and what such a row writes tl with.

An op is computed in one of three ways. ``Elementwise``: an element of the result is an expression
of the operands' elements at the same index, shapes stretched as numpy does:

    compute=Elementwise(_sum), where _sum(op, point, x, y) is x + y

``Pointwise``: it is one of elements at any indices. Either is computed where a consumer needs it:

    compute=Pointwise(lambda op, point, at: point.read(op.data, at[::-1]))

``Nests``: loop nests compute the results, element by element with ``point.store``; elementwise ops
fused behind are applied there, before anything goes to memory:

    def _row_sums(op, kernel):
        rows, columns = shape_of(op.data.type)
        nest = kernel.nest({"i": rows}, {"j": columns}, {"a": ("f32", Reduction.ADD)})
        with nest.update() as point:
            x = point.read(op.data, (point["i"], point["j"]))
            point.yields(point.accumulator("a") + x)
        with nest.finish() as point:
            point.store(op.output, (point["i"],), point.accumulator("a"))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Concatenate, Generic, TypeAlias, TypeVar

from xdsl.ir import Operation

if TYPE_CHECKING:
    from ..tl.index import Index
    from .kernel_builder import KernelBuilder, Point
    from .scalar import Scalar

OpT = TypeVar("OpT", bound=Operation, contravariant=True)


@dataclass(frozen=True)
class Elementwise(Generic[OpT]):
    """``function(op, point, *elements)`` computes an element from those of the operands."""

    function: Callable[Concatenate[OpT, Point, ...], Scalar]


@dataclass(frozen=True)
class Pointwise(Generic[OpT]):
    """``element(op, point, at)`` computes the element of the only result at an index."""

    element: Callable[[OpT, Point, Sequence[Index]], Scalar]


@dataclass(frozen=True)
class PointwiseResults(Generic[OpT]):
    """As ``Pointwise`` for several results: ``element(op, point, at, number)``."""

    element: Callable[[OpT, Point, Sequence[Index], int], Scalar]


@dataclass(frozen=True)
class Nests(Generic[OpT]):
    """``write(op, kernel)`` appends what computes all results to the kernel."""

    write: Callable[[OpT, KernelBuilder], None]


Compute: TypeAlias = Elementwise[OpT] | Pointwise[OpT] | PointwiseResults[OpT] | Nests[OpT]


@dataclass(frozen=True)
class ByProperties(Generic[OpT]):
    """``choose(op)``: the op's properties decide in which way it is computed."""

    choose: Callable[[OpT], Compute[OpT]]

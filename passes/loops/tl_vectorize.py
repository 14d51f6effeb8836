"""tl-vectorize: make an axis of nests a vector, as `tl-vectorize{axis=j}` says.

Before:

    tl.nest (%i = 8, %j = 60) schedule [i, j] finish { ... }

After, where a vector of the target has 16 lanes of the nest's elements:

    tl.nest (%i = 8, %j = 60) schedule [i, j by 16, j vector] finish { ... }

Here the last vector has 12 lanes. Where all pieces that the axis's last entry divides fit a vector,
they become vectors as they are. The last vector of a length known only at run time is cut into
points: `j by (*x16, *x1), j vector`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...dialects.tl.access import AccessOp
from ...dialects.tl.nest import NestOp
from ...dialects.tl.schedule import Entry, LoopKind
from ...target.description import Target
from ..lower.llvm_handlers.types import byte_size
from .entries import (
    EditError,
    entry_of,
    is_points,
    lengths_at,
    pieces_before,
    with_vector_as_points,
)
from .selection import NestPass


def vectorize(nest: NestOp, axis: str, lanes: int) -> None:
    """Make an axis the vector of a nest, in pieces of at most ``lanes``.

    A vector that the nest has already along the axis is divided anew.

    Raises:
        EditError: when there is no such axis, another one is the vector, or the axis's last entry
            has several pieces.
    """
    position = entry_of(nest, axis)
    last = nest.schedule[len(nest.schedule) - 1]
    if last.kind is LoopKind.VECTOR and last.axis != axis:
        raise EditError(nest, f"axis {last.axis} is the vector already: {nest.schedule}")
    schedule = with_vector_as_points(nest.schedule)
    entry = schedule[position]
    if not is_points(entry):
        raise EditError(nest, f"entry '{entry}' has several pieces and cannot become a vector")
    lengths = lengths_at(nest, position)
    whole = lengths is not None and max(lengths, default=0) <= lanes
    outer = [] if whole else [replace(entry, pieces=pieces_before(nest, position, lanes))]
    rest = schedule.replace(position, *outer)
    nest.schedule = rest.insert(len(rest), Entry.vector(axis))


def element_bits(nest: NestOp) -> int:
    """The bits of the widest element that a nest loads, stores or accumulates."""
    types = [accumulator.type for accumulator in nest.accumulators]
    types += [
        op.memory_type.element_type
        for block in nest.blocks
        for op in block.ops
        if isinstance(op, AccessOp)
    ]
    return 8 * max(map(byte_size, types), default=1)


@dataclass(frozen=True, kw_only=True)
class TlVectorize(NestPass):
    """Make an axis of nests a vector."""

    name = "tl-vectorize"

    axis: str = field(metadata={"doc": "the axis along which vectors lie"})
    lanes: int | None = field(
        default=None,
        metadata={"doc": "the most lanes; none: what the target holds of the widest elements"},
    )

    def __post_init__(self) -> None:
        if self.lanes is not None and self.lanes < 1:
            raise ValueError(f"lanes is {self.lanes}, expected at least 1")

    @property
    def axes_named(self) -> tuple[str, ...]:
        return (self.axis,)

    def edit(self, nest: NestOp, target: Target) -> None:
        vectorize(nest, self.axis, self.lanes or target.lanes(element_bits(nest)))

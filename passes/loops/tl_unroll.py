"""tl-unroll: unroll a loop of nests, as `tl-unroll{axis=k factor=4}` says.

Before:

    tl.nest (%i = 8) reduce (%k = 32) ... schedule [i, k]

After:

    tl.nest (%i = 8) reduce (%k = 32) ... schedule [i, k by 4, k unroll]

Without `factor` all pieces of the entry are unrolled: `[i, k unroll]`. With `chain` the pieces of a
reduction get partial accumulators of their own, which are combined at the end:
`[i, k by 4, k chain]`. The entry is the axis's innermost that is no vector, or the one that `level`
counts from the outermost, 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ...dialects.tl.nest import NestOp
from ...dialects.tl.schedule import Entry, LoopKind
from ...target.description import Target
from .entries import EditError, axis_named, entry_of, pieces_before
from .selection import NestPass


def unroll(
    nest: NestOp,
    axis: str,
    factor: int | None = None,
    *,
    chain: bool = False,
    level: int | None = None,
) -> None:
    """Unroll an entry of an axis, ``factor`` pieces at a time.

    Args:
        nest: edited in place.
        axis: its name.
        factor: how many pieces are unrolled; all by default.
        chain: each with a partial accumulator.
        level: which entry of the axis, 0 the outermost; by default the innermost but a vector.

    Raises:
        EditError: when there is no such axis or entry, or it is a vector, or has fixed pieces to
            unroll in part.
    """
    position = _position(nest, axis, level)
    kind = LoopKind.CHAIN if chain else LoopKind.UNROLL
    entry = nest.schedule[position]
    schedule = nest.schedule.with_kind(position, kind)
    if factor is not None:
        if entry.pieces[0].count is not None:
            raise EditError(nest, f"entry '{entry}' has fixed pieces, unrolled only as a whole")
        pieces = pieces_before(nest, position, factor * entry.pieces[0].size)
        schedule = schedule.insert(position, Entry(axis, pieces))
    nest.schedule = schedule


def _position(nest: NestOp, axis: str, level: int | None) -> int:
    """The position of the entry to unroll."""
    axis_named(nest, axis)
    if level is None:
        entries = nest.schedule.of_axis(axis)
        level = len(entries) - 1
        if level > 0 and entries[level].kind is LoopKind.VECTOR:
            level -= 1
    position = entry_of(nest, axis, level)
    if nest.schedule[position].kind is LoopKind.VECTOR:
        raise EditError(
            nest, f"entry '{nest.schedule[position]}' is a vector; divide the axis, then unroll"
        )
    return position


@dataclass(frozen=True, kw_only=True)
class TlUnroll(NestPass):
    """Unroll a loop of nests."""

    name = "tl-unroll"

    axis: str = field(metadata={"doc": "the axis whose loop is unrolled"})
    factor: int | None = field(
        default=None, metadata={"doc": "how many pieces are unrolled; none: all"}
    )
    chain: bool = field(
        default=False, metadata={"doc": "give the pieces of a reduction partial accumulators"}
    )
    level: int | None = field(
        default=None,
        metadata={"doc": "the entry of the axis, from the outermost; none: the innermost"},
    )

    def __post_init__(self) -> None:
        if self.factor is not None and self.factor < 1:
            raise ValueError(f"factor is {self.factor}, expected at least 1")
        if self.level is not None and self.level < 0:
            raise ValueError(f"level is {self.level}, expected at least 0")

    @property
    def axes_named(self) -> tuple[str, ...]:
        return (self.axis,)

    def edit(self, nest: NestOp, target: Target) -> None:
        unroll(nest, self.axis, self.factor, chain=self.chain, level=self.level)

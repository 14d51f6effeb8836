"""tl-tile: divide an axis of nests into larger pieces first, as `tl-tile{axis=j by=16}` says.

Before:

    tl.nest (%i = 8, %j = 64) schedule [i, j] finish { ... }

After:

    tl.nest (%i = 8, %j = 64) schedule [i, j by 16, j] finish { ... }

The new entry divides what the axis's innermost one did, which then divides the new pieces. It
stands right before that one, or at the position `at`: `at=0` gives `[j by 16, i, j]`. It is
parallel where that one is. Pieces may be listed: `by=1x1,*x16,1x1`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...dialects.tl.nest import NestOp
from ...dialects.tl.schedule import Entry, LoopKind, Piece
from ...target.description import Target
from .entries import EditError, entry_of, lengths_at, parse_pieces, pieces_for
from .selection import NestPass


def tile(nest: NestOp, axis: str, pieces: Sequence[Piece] | int, at: int | None = None) -> None:
    """Put an entry that divides an axis into ``pieces`` before the axis's innermost one.

    Args:
        nest: edited in place.
        axis: its name.
        pieces: their sizes and counts; a number is ``by`` that number, with single points after it
            where the length is known only at run time.
        at: the position of the new entry, by default that of the innermost one.

    Raises:
        EditError: when there is no such axis, or the position is after the innermost entry or
            before another of the axis.
    """
    innermost = entry_of(nest, axis)
    if isinstance(pieces, int):
        pieces = pieces_for(lengths_at(nest, innermost), pieces)
    outer = nest.schedule.indices(axis)[:-1]
    first = outer[-1] + 1 if outer else 0
    position = innermost if at is None else at
    if not first <= position <= innermost:
        raise EditError(
            nest,
            f"position {position} does not lie before the last entry of axis {axis} and after its "
            f"others in {nest.schedule}, expected {first} to {innermost}",
        )
    parallel = nest.schedule[innermost].kind is LoopKind.PARALLEL
    kind = LoopKind.PARALLEL if parallel else LoopKind.SERIAL
    nest.schedule = nest.schedule.insert(position, Entry(axis, tuple(pieces), kind))


@dataclass(frozen=True, kw_only=True)
class TlTile(NestPass):
    """Divide an axis of nests into larger pieces first."""

    name = "tl-tile"

    axis: str = field(metadata={"doc": "the axis to divide"})
    by: tuple[str, ...] = field(metadata={"doc": "the pieces: a size, or such as 1x1,*x4"})
    at: int | None = field(
        default=None, metadata={"doc": "the new entry's position; none: before the axis's last"}
    )

    def __post_init__(self) -> None:
        parse_pieces(self.by)

    @property
    def axes_named(self) -> tuple[str, ...]:
        return (self.axis,)

    def edit(self, nest: NestOp, target: Target) -> None:
        only = self.by[0] if len(self.by) == 1 else ""
        tile(nest, self.axis, int(only) if only.isdecimal() else parse_pieces(self.by), self.at)

"""tl-tile: divide an axis of nests into larger pieces first, as `tl-tile{axis=j by=16}` says.

Before:

    tl.nest (%i = 8, %j = 64) schedule [i, j] finish { ... }

After:

    tl.nest (%i = 8, %j = 64) schedule [i, j by 16, j] finish { ... }

The new entry stands right before the axis's innermost one, which then divides the new pieces, or at
the position `at`: `at=0` gives `[j by 16, i, j]`. It is parallel where the entry that it precedes
is. Pieces may be listed: `by=1x1,*x16,1x1`. Under an extent known only at run time, `by=16` is
`*x16` and then the pieces of the next entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...dialects.tl.nest import NestOp
from ...dialects.tl.schedule import Entry, LoopKind, Piece
from ...target.description import Target
from .entries import EditError, entry_of, parse_pieces, pieces_before
from .selection import NestPass


def tile(nest: NestOp, axis: str, pieces: Sequence[Piece] | int, at: int | None = None) -> None:
    """Put an entry that divides an axis into ``pieces`` before another one of the axis.

    Args:
        nest: edited in place.
        axis: its name.
        pieces: their sizes and counts; a number is ``by`` that number.
        at: the position of the new entry; by default that of the axis's innermost one.

    Raises:
        EditError: when there is no such axis, or no entry of the axis at the position or after.
    """
    innermost = entry_of(nest, axis)
    position = innermost if at is None else at
    if not 0 <= position <= innermost:
        raise EditError(
            nest,
            f"position {position} in {nest.schedule} does not lie before the last entry of axis "
            f"{axis}, expected 0 to {innermost}",
        )
    divided = next(place for place in nest.schedule.indices(axis) if place >= position)
    if isinstance(pieces, int):
        pieces = pieces_before(nest, divided, pieces)
    parallel = nest.schedule[divided].kind is LoopKind.PARALLEL
    kind = LoopKind.PARALLEL if parallel else LoopKind.SERIAL
    nest.schedule = nest.schedule.insert(position, Entry(axis, tuple(pieces), kind))


@dataclass(frozen=True, kw_only=True)
class TlTile(NestPass):
    """Divide an axis of nests into larger pieces first."""

    name = "tl-tile"

    axis: str = field(metadata={"doc": "the axis to divide"})
    by: tuple[str, ...] = field(metadata={"doc": "the pieces: a size, or such as 1x1,*x4"})
    at: int | None = field(
        default=None, metadata={"doc": "the new entry's position; none: the axis's last"}
    )

    def __post_init__(self) -> None:
        parse_pieces(self.by)

    @property
    def axes_named(self) -> tuple[str, ...]:
        return (self.axis,)

    def edit(self, nest: NestOp, target: Target) -> None:
        only = self.by[0] if len(self.by) == 1 else ""
        tile(nest, self.axis, int(only) if only.isdecimal() else parse_pieces(self.by), self.at)

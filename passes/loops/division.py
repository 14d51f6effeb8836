"""How an axis is divided into tiles: which pieces, and how often each size occurs."""

from __future__ import annotations

from dataclasses import dataclass

from ...dialects.tl.schedule import POINTS, Entry, LoopKind, Piece


@dataclass(frozen=True)
class Division:
    """An axis in pieces; no pieces where the axis is one tile.

    ``sizes`` has (count, size) of what they come to, in points.
    """

    pieces: tuple[Piece, ...]
    sizes: tuple[tuple[int, int], ...]

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return sum(count for count, _ in self.sizes)

    def outer(self, axis: str, kind: LoopKind = LoopKind.SERIAL) -> list[Entry]:
        """The entry that makes the pieces, if there are several."""
        return [Entry(axis, self.pieces, kind)] if self.pieces else []


def divide(
    extent: int,
    most: int,
    unit: int = 1,
    edges: tuple[int, int] = (0, 0),
    dynamic: bool = False,
    even: bool = True,
) -> Division:
    """An extent in pieces of at most ``most`` units of ``unit`` points.

    They are as ``even`` as can be, or all full but the last.

    ``edges`` points at the start and the end get small pieces of their own, so that guards are
    decided in all others. An extent known only at run time has full pieces, units and points.
    """
    if dynamic:
        steps = dict.fromkeys((most * unit, unit, 1))
        return Division(
            tuple(Piece(None, size) for size in steps),
            ((max(1, extent // (most * unit)), most * unit),),
        )
    first, last = edges
    inner = extent - first - last
    pieces, sizes = (_even if even else _full)(inner, most, unit)
    if first or last:
        pieces = (*_points(first), *pieces, *_points(last))
        sizes = (*sizes, (first + last, 1))
    if len(sizes) == 1 and sizes[0][0] == 1:
        pieces = ()
    return Division(pieces, sizes)


def peeled(extent: int, edges: tuple[int, int]) -> tuple[Piece, ...]:
    """Single points, those near the edges in pieces of their own."""
    first, last = edges
    if not (first or last) or first + last >= extent:
        return POINTS
    return (*_points(first), Piece(None, 1), *_points(last))


def _points(count: int) -> tuple[Piece, ...]:
    return (Piece(count, 1),) if count else ()


_Pieces = tuple[tuple[Piece, ...], tuple[tuple[int, int], ...]]


def _full(extent: int, most: int, unit: int) -> _Pieces:
    """Full pieces and a rest."""
    count, rest = divmod(extent, most * unit)
    sizes = ((count, most * unit), (1, rest))
    return (Piece(None, most * unit),), tuple(each for each in sizes if all(each))


def _even(extent: int, most: int, unit: int) -> _Pieces:
    """Pieces of two neighbouring numbers of units, the larger first; a rest is one more piece."""
    units, rest = divmod(extent, unit)
    if not units:
        return (Piece(1, rest),), ((1, rest),)
    count = -(-units // most)
    small, larger = divmod(units, count)
    smaller = count - larger
    sizes = [(larger, (small + 1) * unit), (smaller, small * unit), (1, rest)]
    sizes = tuple((number, size) for number, size in sizes if number and size)
    if larger and smaller:
        pieces = (Piece(larger, (small + 1) * unit), Piece(None, small * unit))
    else:
        pieces = (Piece(None, (small + 1 if larger else small) * unit),)
    return pieces, sizes

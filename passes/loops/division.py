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
    extent: int, most: int, unit: int = 1, edges: tuple[int, int] = (0, 0), dynamic: bool = False
) -> Division:
    """An extent in pieces of at most ``most`` units of ``unit`` points, as even as can be.

    ``edges`` points at the start and the end get small pieces of their own, so that guards are
    decided in all others. An extent known only at run time has full pieces, units and points.
    """
    if dynamic:
        steps = dict.fromkeys((most * unit, unit, 1))
        return Division(tuple(Piece(None, size) for size in steps), _full(extent, most * unit))
    first, last = edges
    inner = extent - first - last
    pieces, sizes = _even(inner, most, unit)
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


def _full(extent: int, size: int) -> tuple[tuple[int, int], ...]:
    return ((max(1, extent // size), size),)


def _even(
    extent: int, most: int, unit: int
) -> tuple[tuple[Piece, ...], tuple[tuple[int, int], ...]]:
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


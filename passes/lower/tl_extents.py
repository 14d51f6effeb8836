"""Lengths that are known only at run time: the extents of buffers, and how pieces divide them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects import arith
from xdsl.dialects.builtin import DYNAMIC_INDEX
from xdsl.ir import BlockArgument

from ...dialects.tl.affine import Extent, Linear
from ...dialects.tl.ranges import dimension_form
from ...dialects.tl.schedule import Entry
from ...dialects.tl.syntax import as_memref
from .tl_emit import Emitter

Location = tuple[int, int]
"""The number of a buffer of a kernel, and of one of its dimensions."""


def run_time_extents(buffers: Sequence[BlockArgument]) -> dict[Extent, list[Location]]:
    """The distinct extents of a kernel's buffers that are known only at run time, in order.

    Each with all places that have it: equal names are one extent.
    """
    found: dict[Extent, list[Location]] = {}
    for number, buffer in enumerate(buffers):
        for dimension, extent in enumerate(as_memref(buffer.type).get_shape()):
            if extent == DYNAMIC_INDEX:
                (term,) = dimension_form(buffer, dimension).terms
                assert isinstance(term, Extent), "that of a kernel's argument"
                found.setdefault(term, []).append((number, dimension))
    return found


@dataclass(frozen=True)
class Pieces:
    """The pieces of one kind that an entry divides a length into: where the first starts, how many
    there are, and how many pieces of other kinds come before."""

    start: Linear
    count: Linear
    ordinal: Linear


def divide_at_run_time(entry: Entry, length: Linear, to: Emitter) -> list[Pieces]:
    """Emit what divides a length, at least 0, as an entry says; agrees with ``Entry.segments``.

    Where the fixed pieces do not all fit, the first of them that do are taken and the last piece,
    of one point, takes what is left: whatever the length, every point is covered once.
    """
    found: list[Pieces] = []
    rest, start, ordinal = length, Linear(), Linear()
    for index, piece in enumerate(entry.pieces):
        if piece.count is None:
            after = sum((p.count or 0) * p.size for p in entry.pieces[index + 1 :])
            free = not_negative(rest - after, to) if after else rest
            count = _quotient(free, piece.size, to)
        else:
            fitting = to.index(_quotient(rest, piece.size, to))
            limit = to.function.index(piece.count)
            count = Linear.of(to.add(arith.MinSIOp(fitting, limit)))
        found.append(Pieces(start, count, ordinal))
        rest = rest - count * piece.size
        start = start + count * piece.size
        ordinal = ordinal + count
    return found


def _quotient(form: Linear, divisor: int, to: Emitter) -> Linear:
    """How often a positive number goes into what is not negative."""
    if divisor == 1:
        return form
    return Linear.of(to.add(arith.DivUIOp(to.index(form), to.function.index(divisor))))


def not_negative(form: Linear, to: Emitter) -> Linear:
    """A form over emitted values as it is, or 0 where that is negative."""
    return Linear.of(to.add(arith.MaxSIOp(to.index(form), to.function.index(0))))


def total_of(pieces: Sequence[Pieces]) -> Linear:
    """How many pieces there are of all kinds."""
    return pieces[-1].ordinal + pieces[-1].count

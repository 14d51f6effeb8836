"""The points of a nest in the order its schedule visits them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .affine import Interval
from .nest import NestOp
from .ranges import lengths_of
from .schedule import Entry, LoopKind, Schedule, ScheduleError

Point = dict[str, int]
"""The index of each axis."""

Part = tuple[int, ...]
"""Which partial result a point belongs to: its places in the chains and vectors of the schedule."""


def walk_visits(schedule: Schedule, extents: Mapping[str, int]) -> Iterator[tuple[Point, Part]]:
    """Every point of the box ``extents`` once, in scheduled order, with its partial result.

    Chains, vectors and parallel loops are visited from first to last.

    Raises:
        ScheduleError: when pieces do not fit, or do not divide an axis down to points.
    """
    pieces = {axis: (0, extent) for axis, extent in extents.items()}
    if all(pieces[axis][1] for axis in pieces):
        yield from _walk(schedule.entries, pieces, ())


def walk_points(nest: NestOp, extents: Mapping[str, int] | None = None) -> Iterator[Point]:
    """Every point of a nest once, in scheduled order; ``extents`` gives those not constant.

    Raises:
        ScheduleError: when an extent is not known, or as for ``walk_visits``.
    """
    for point, _ in walk_visits(nest.schedule, extents_of(nest, extents or {})):
        yield point


def extents_of(nest: NestOp, extents: Mapping[str, int]) -> dict[str, int]:
    """The extent of each axis: its constant, else that in ``extents``.

    Raises:
        ScheduleError: naming an axis without either.
    """
    found: dict[str, int] = {}
    for axis in nest.axes:
        if isinstance(axis.extent, int):
            found[axis.name] = axis.extent
        elif axis.name in extents:
            found[axis.name] = extents[axis.name]
        else:
            raise ScheduleError(f"axis {axis.name}: the extent is known only at run time")
    return found


def _walk(
    entries: Sequence[Entry], pieces: Mapping[str, tuple[int, int]], part: Part
) -> Iterator[tuple[Point, Part]]:
    """The points of the current pieces, given as start and length."""
    if not entries:
        for axis, (_, length) in pieces.items():
            if length != 1:
                raise ScheduleError(f"axis {axis}: a piece of {length} points is left undivided")
        yield {axis: start for axis, (start, _) in pieces.items()}, part
        return
    first, rest = entries[0], entries[1:]
    if first.axis not in pieces:
        raise ScheduleError(f"entry '{first}': there is no axis {first.axis}")
    start, length = pieces[first.axis]
    is_vector = first.kind is LoopKind.VECTOR
    splits = is_vector or first.kind is LoopKind.CHAIN
    place = 0
    for segment in first.segments(length):
        size = 1 if is_vector else segment.size
        for offset in range(segment.offset, segment.end, size):
            inner = (*part, place) if splits else part
            yield from _walk(rest, {**pieces, first.axis: (start + offset, size)}, inner)
            place += 1


def vectors_of(nest: NestOp, axis: str) -> list[Interval]:
    """The points that each vector of an axis takes; one unbounded interval when not known."""
    lengths = lengths_of(nest.axis(axis).extent)
    if lengths is None:
        return [Interval()]
    pieces = {(0, length) for length in lengths}
    for entry in nest.schedule.of_axis(axis):
        pieces = {
            (start + offset, segment.size)
            for start, length in pieces
            for segment in entry.segments(length)
            for offset in segment.starts
        }
    return [Interval(start, start + length - 1) for start, length in sorted(pieces)]

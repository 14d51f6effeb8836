"""What edits of schedules share: entries of an axis by place, and pieces as text."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import Operation

from ... import InlayError
from ...dialects.tl.nest import Axis, NestOp
from ...dialects.tl.ranges import Lengths, lengths_of
from ...dialects.tl.schedule import Entry, LoopKind, Piece, Schedule
from ...dialects.tl.verify import divide


class EditError(InlayError):
    """An edit that names what an op does not have, or that it does not allow."""

    def __init__(self, op: Operation, message: str):
        self.op = op
        super().__init__(f"{op.name}: {message}")


def axis_named(nest: NestOp, name: str) -> Axis:
    """The axis of that name.

    Raises:
        EditError: when there is none.
    """
    try:
        return nest.axis(name)
    except KeyError:
        known = ", ".join(axis.name for axis in nest.axes) or "none"
        raise EditError(nest, f"there is no axis {name}; its axes: {known}") from None


def entry_of(nest: NestOp, axis: str, level: int = -1) -> int:
    """The position of an axis's entry; ``level`` counts them from the outermost.

    Raises:
        EditError: when the axis or the entry does not exist.
    """
    axis_named(nest, axis)
    positions = nest.schedule.indices(axis)
    if not -len(positions) <= level < len(positions):
        raise EditError(
            nest, f"axis {axis} has {len(positions)} entries in {nest.schedule}, found no {level}"
        )
    return positions[level]


def lengths_at(nest: NestOp, position: int) -> Lengths:
    """The lengths that the entry at ``position`` divides.

    Raises:
        LegalityError: when the entries before it do not fit.
    """
    axis = nest.schedule[position].axis
    lengths = lengths_of(nest.axis(axis).extent)
    for entry in nest.schedule.entries[:position]:
        if entry.axis == axis:
            lengths = divide(nest, entry, lengths)
    return lengths


def pieces_before(nest: NestOp, position: int, size: int) -> tuple[Piece, ...]:
    """``*x size``, for an entry to be put before the one at ``position``.

    Under a length known only at run time, that entry's pieces take what is left.
    """
    pieces = nest.schedule[position].pieces if lengths_at(nest, position) is None else ()
    return tuple(dict.fromkeys((Piece(None, size), *pieces)))


def parse_pieces(texts: Sequence[str]) -> tuple[Piece, ...]:
    """The pieces written ``4``, or ``1x1``, ``*x4``, ….

    Raises:
        ScheduleError: when they are malformed.
    """
    joined = ", ".join(texts)
    by = joined if joined.isdecimal() else f"({joined})"
    return Schedule.parse(f"[axis by {by}]")[0].pieces


def with_vector_as_points(schedule: Schedule) -> Schedule:
    """The schedule with points in place of its vector, if it ends in one."""
    if len(schedule) and schedule[len(schedule) - 1].kind is LoopKind.VECTOR:
        return schedule.with_kind(len(schedule) - 1, LoopKind.SERIAL)
    return schedule


def is_points(entry: Entry) -> bool:
    """Whether an entry is one loop over points, as nests have before they are scheduled."""
    return entry.is_points and len(entry.pieces) == 1

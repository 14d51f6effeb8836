"""Schedules: how a nest's points are ordered, divided and executed, as data.

A schedule is a list of entries ``axis [by pieces] [kind]``. An entry divides the axis's *current
piece* into smaller ones, which the axis's next entry divides further; the first entry of an axis
starts from its whole extent. Pieces are ``n x size`` or ``*x size`` (as many as fit)::

    [oh by (1x1, *x1, 1x1) parallel, oc, ow by 28, ic by 2, ic unroll, ow unroll, l vector]

The index of an axis is the sum of the offsets of its entries' pieces, so every edit of the list
that keeps it legal visits the same points. All editing here is by pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from xdsl.context import Context
from xdsl.ir import Data
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import ParseError

from ... import InlayError


class ScheduleError(InlayError):
    """A schedule, entry or piece that is malformed or does not fit a length."""


class LoopKind(StrEnum):
    """How the pieces of an entry are executed."""

    SERIAL = "serial"
    """One after the other."""
    PARALLEL = "parallel"
    """In any order, by any thread: leading entries of a top-level nest."""
    UNROLL = "unroll"
    """One after the other, unrolled."""
    VECTOR = "vector"
    """The whole current piece is one vector: an axis's last entry, without pieces."""
    CHAIN = "chain"
    """A reduction, unrolled, with one partial accumulator for each piece."""


@dataclass(frozen=True)
class Piece:
    """``count`` pieces of ``size`` points; ``count`` None is ``*``: as many as fit."""

    count: int | None
    size: int

    def __post_init__(self) -> None:
        if self.size < 1 or (self.count is not None and self.count < 1):
            raise ScheduleError(f"piece {self}: counts and sizes are at least 1")

    def __str__(self) -> str:
        return f"{'*' if self.count is None else self.count}x{self.size}"


@dataclass(frozen=True)
class Segment:
    """``count`` consecutive pieces of ``size`` points, from ``offset`` in the divided piece."""

    offset: int
    count: int
    size: int

    @property
    def end(self) -> int:
        """The offset after the last point."""
        return self.offset + self.count * self.size

    @property
    def starts(self) -> range:
        """The offset of each piece."""
        return range(self.offset, self.end, self.size)


POINTS = (Piece(None, 1),)
"""``by 1``: every point is a piece."""


@dataclass(frozen=True)
class Entry:
    """One entry of a schedule. A vector entry has no pieces: it takes the whole current piece."""

    axis: str
    pieces: tuple[Piece, ...] = POINTS
    kind: LoopKind = LoopKind.SERIAL

    def __post_init__(self) -> None:
        if self.kind is LoopKind.VECTOR and self.pieces == POINTS:
            object.__setattr__(self, "pieces", ())
        if self.kind is LoopKind.VECTOR and self.pieces:
            raise ScheduleError(f"entry {self}: a vector entry takes the whole current piece")
        if self.kind is not LoopKind.VECTOR and not self.pieces:
            raise ScheduleError(f"entry {self.axis} {self.kind}: no pieces")

    @classmethod
    def by(cls, axis: str, size: int = 1, kind: LoopKind = LoopKind.SERIAL) -> Entry:
        """``axis by size kind``: pieces of ``size`` and a shorter last one where needed."""
        return cls(axis, (Piece(None, size),), kind)

    @classmethod
    def vector(cls, axis: str) -> Entry:
        """``axis vector``."""
        return cls(axis, (), LoopKind.VECTOR)

    def __str__(self) -> str:
        kind = "" if self.kind is LoopKind.SERIAL else f" {self.kind}"
        return f"{self.axis}{_pieces_text(self.pieces)}{kind}"

    @property
    def is_points(self) -> bool:
        """Whether every piece is one point, whatever the length."""
        return bool(self.pieces) and all(piece.size == 1 for piece in self.pieces)

    def segments(self, length: int) -> list[Segment]:
        """How a piece of ``length`` points is divided, in order, covering it exactly.

        Fixed pieces are set aside first; stars fill in order with what those leave, and a
        remainder is one shorter piece after the last star. Empty segments are left out.

        Raises:
            ScheduleError: when the fixed pieces do not fit, or no star takes what they leave.
        """
        if self.kind is LoopKind.VECTOR:
            return [Segment(0, 1, length)] if length else []
        free = length - sum(piece.count * piece.size for piece in self.pieces if piece.count)
        stars = [index for index, piece in enumerate(self.pieces) if piece.count is None]
        if free < 0 or (free and not stars):
            raise ScheduleError(
                f"entry '{self}': fixed pieces take {length - free} points of a piece of {length}"
            )
        segments: list[Segment] = []
        offset = 0
        for index, piece in enumerate(self.pieces):
            count = free // piece.size if piece.count is None else piece.count
            if count:
                segments.append(Segment(offset, count, piece.size))
                offset = segments[-1].end
            if piece.count is None:
                free -= count * piece.size
                if free and index == stars[-1]:
                    segments.append(Segment(offset, 1, free))
                    offset += free
        return segments

    def sizes(self, lengths: Iterable[int]) -> frozenset[int]:
        """The sizes of the pieces that pieces of these lengths are divided into."""
        return frozenset(segment.size for length in lengths for segment in self.segments(length))


@dataclass(frozen=True)
class Schedule:
    """The entries of a nest, outermost first."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, *entries: Entry) -> Schedule:
        """The schedule of these entries."""
        return cls(entries)

    @classmethod
    def points(cls, axes: Iterable[str]) -> Schedule:
        """One serial loop for each axis, in order: the schedule of a nest that has none yet."""
        return cls(tuple(Entry(axis) for axis in axes))

    @classmethod
    def parse(cls, text: str) -> Schedule:
        """The schedule that ``str`` printed: ``[oh by 4 parallel, oh, l vector]``.

        Raises:
            ScheduleError: when the text is malformed.
        """
        parser = Parser(Context(), text)
        try:
            schedule = parse_schedule(parser)
            if parser.pos < len(text.rstrip()):
                parser.raise_error("expected the end of the schedule")
        except ParseError as error:
            raise ScheduleError(f"schedule {text!r}: {error.msg}") from error
        return schedule

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.entries))}]"

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __getitem__(self, index: int) -> Entry:
        return self.entries[index]

    def indices(self, axis: str) -> tuple[int, ...]:
        """The positions of an axis's entries."""
        return tuple(index for index, entry in enumerate(self.entries) if entry.axis == axis)

    def of_axis(self, axis: str) -> tuple[Entry, ...]:
        """The entries of an axis, outermost first."""
        return tuple(entry for entry in self.entries if entry.axis == axis)

    def replace(self, index: int, *entries: Entry) -> Schedule:
        """Entry ``index`` replaced by ``entries``, which may be none: ``a, b, c -> a, x, y, c``."""
        index = self._position(index)
        return Schedule((*self.entries[:index], *entries, *self.entries[index + 1 :]))

    def insert(self, index: int, *entries: Entry) -> Schedule:
        """``entries`` put before entry ``index``; at the end when ``index`` is the length."""
        if not 0 <= index <= len(self.entries):
            raise ScheduleError(f"position {index} is outside schedule {self}")
        return Schedule((*self.entries[:index], *entries, *self.entries[index:]))

    def split(
        self, index: int, pieces: Sequence[Piece], kind: LoopKind = LoopKind.SERIAL
    ) -> Schedule:
        """An outer loop over ``pieces`` put before entry ``index`` of the same axis.

        ``ow -> ow by 28, ow``.
        """
        index = self._position(index)
        return self.insert(index, Entry(self.entries[index].axis, tuple(pieces), kind))

    def with_kind(self, index: int, kind: LoopKind) -> Schedule:
        """Entry ``index`` executed as ``kind``: ``ow -> ow unroll``.

        Raises:
            ScheduleError: when a vector entry is asked for and the entry has pieces.
        """
        entry = self.entries[self._position(index)]
        pieces = POINTS if entry.kind is LoopKind.VECTOR else entry.pieces
        return self.replace(index, replace(entry, pieces=pieces, kind=kind))

    def with_pieces(self, index: int, pieces: Sequence[Piece]) -> Schedule:
        """Entry ``index`` divided into ``pieces``: ``ow by 28 -> ow by (1x13, *x12)``."""
        entry = self.entries[self._position(index)]
        return self.replace(index, replace(entry, pieces=tuple(pieces)))

    def move(self, index: int, to: int) -> Schedule:
        """Entry ``index`` taken out, then put at position ``to`` of what is left."""
        entry = self.entries[self._position(index)]
        return self.replace(index).insert(to, entry)

    def reorder(self, order: Sequence[int]) -> Schedule:
        """The entries at the positions ``order``, a permutation of all positions.

        Raises:
            ScheduleError: when it is not one.
        """
        if sorted(order) != list(range(len(self.entries))):
            raise ScheduleError(f"{list(order)} is no permutation of the entries of {self}")
        return Schedule(tuple(self.entries[index] for index in order))

    def rename(self, names: dict[str, str]) -> Schedule:
        """Axes renamed, where ``names`` has them."""
        return Schedule(
            tuple(replace(entry, axis=names.get(entry.axis, entry.axis)) for entry in self.entries)
        )

    def _position(self, index: int) -> int:
        if not 0 <= index < len(self.entries):
            raise ScheduleError(f"position {index} is outside schedule {self}")
        return index


def _pieces_text(pieces: tuple[Piece, ...]) -> str:
    if not pieces or pieces == POINTS:
        return ""
    if len(pieces) == 1 and pieces[0].count is None:
        return f" by {pieces[0].size}"
    return f" by ({', '.join(map(str, pieces))})"


def parse_schedule(parser: AttrParser) -> Schedule:
    """Parse ``[entry, …]``."""
    entries = parser.parse_comma_separated_list(
        parser.Delimiter.SQUARE, lambda: _parse_entry(parser)
    )
    return Schedule(tuple(entries))


def parse_entry_tail(parser: AttrParser, axis: str) -> Entry:
    """Parse ``[by pieces] [kind]``, what follows the axis in an entry."""
    position = parser.pos
    pieces = POINTS
    if parser.parse_optional_keyword("by") is not None:
        several = parser.parse_optional_comma_separated_list(
            parser.Delimiter.PAREN, lambda: _parse_piece(parser)
        )
        pieces = (Piece(None, _parse_count(parser)),) if several is None else tuple(several)
    kind = LoopKind(parser.parse_optional_keyword_in(list(LoopKind)) or LoopKind.SERIAL)
    try:
        return Entry(axis, pieces, kind)
    except ScheduleError as error:
        parser.raise_error(str(error), position, parser.pos)


def _parse_entry(parser: AttrParser) -> Entry:
    return parse_entry_tail(parser, parser.parse_identifier(": the name of an axis"))


def _parse_piece(parser: AttrParser) -> Piece:
    """Parse ``3x12`` or ``*x12``, which lex as a number or a star and an identifier."""
    count = None if parser.parse_optional_punctuation("*") else _parse_count(parser)
    position = parser.pos
    size = parser.parse_identifier(": x and the size of the piece")
    if size[0] != "x" or not size[1:].isdecimal() or int(size[1:]) == 0:
        parser.raise_error(f"found {size}, expected x and the size of the piece", position)
    return Piece(count, int(size[1:]))


def _parse_count(parser: AttrParser) -> int:
    position = parser.pos
    count = parser.parse_integer(allow_boolean=False, allow_negative=False)
    if count < 1:
        parser.raise_error("counts and sizes of pieces are at least 1", position, parser.pos)
    return count


class ScheduleAttr(Data[Schedule]):
    """A schedule in the IR: ``#tl.schedule<[oh by 4, oh, l vector]>``."""

    name = "tl.schedule"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Schedule:
        """Parse ``<[…]>``."""
        with parser.in_angle_brackets():
            return parse_schedule(parser)

    def print_parameter(self, printer: Printer) -> None:
        """Print ``<[…]>``."""
        printer.print_string(f"<{self.data}>")

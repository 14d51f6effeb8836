"""Attributes of tl: accumulators of a nest, buffers of a kernel, constant matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from xdsl.ir import Attribute, Data
from xdsl.parser import AttrParser
from xdsl.printer import Printer

Matrix = tuple[tuple[Fraction, ...], ...]
"""Rows of exact rationals, all of one length."""


ALIGNMENTS = tuple(2**power for power in range(33))
"""What a buffer may be aligned to, in bytes: LLVM takes no more."""


class Reduction(StrEnum):
    """How an accumulator combines partial results."""

    ADD = "add"
    MUL = "mul"
    MIN = "min"
    MAX = "max"
    AND = "and"
    OR = "or"
    XOR = "xor"
    CUSTOM = "custom"
    """By the nest's `combine` region."""


@dataclass(frozen=True)
class Accumulator:
    """A value that the points of a reduction update: its name, type and kind."""

    name: str
    type: Attribute
    kind: Reduction = Reduction.ADD


class AccumulatorAttr(Data[Accumulator]):
    """An accumulator in the IR: ``#tl.acc<a : f32 add>``."""

    name = "tl.acc"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Accumulator:
        """Parse ``<a : f32 add>``."""
        with parser.in_angle_brackets():
            name = parser.parse_identifier(": the accumulator's name")
            return Accumulator(name, *parse_accumulator_tail(parser))

    def print_parameter(self, printer: Printer) -> None:
        """Print ``<a : f32 add>``."""
        with printer.in_angle_brackets():
            printer.print_string(self.data.name)
            print_accumulator_tail(printer, self.data)


def parse_accumulator_tail(parser: AttrParser) -> tuple[Attribute, Reduction]:
    """Parse ``: type kind``."""
    parser.parse_punctuation(":")
    type_ = parser.parse_type()
    return type_, Reduction(parser.parse_keyword_in(list(Reduction)))


def print_accumulator_tail(printer: Printer, accumulator: Accumulator) -> None:
    """Print `` : type kind``."""
    printer.print_string(" : ")
    printer.print_attribute(accumulator.type)
    printer.print_string(f" {accumulator.kind}")


class Direction(StrEnum):
    """What a kernel does with a buffer."""

    IN = "in"
    OUT = "out"
    INOUT = "inout"


@dataclass(frozen=True)
class Buffer:
    """What a kernel may assume of a buffer, beside its type.

    ``alignment`` is in bytes; None is that of the element type. ``noalias``: no other buffer
    overlaps it. ``sizes`` names the `?` extents in order; equal names in a kernel are equal
    extents, an empty name is an extent of its own.
    """

    direction: Direction = Direction.IN
    alignment: int | None = None
    noalias: bool = True
    sizes: tuple[str, ...] = ()

    def __str__(self) -> str:
        words: list[str] = [] if self.direction is Direction.IN else [self.direction]
        if self.alignment is not None:
            words.append(f"align {self.alignment}")
        if not self.noalias:
            words.append("mayalias")
        if self.sizes:
            words.append(f"sizes ({', '.join(name or '_' for name in self.sizes)})")
        return " ".join(words)


def parse_buffer(parser: AttrParser) -> Buffer:
    """Parse ``[out | inout] [align N] [mayalias] [sizes (n, _)]``."""
    direction = Direction(parser.parse_optional_keyword_in(list(Direction)) or Direction.IN)
    alignment = None
    if parser.parse_optional_keyword("align"):
        alignment = parser.parse_integer(allow_boolean=False, allow_negative=False)
    noalias = parser.parse_optional_keyword("mayalias") is None
    sizes: Sequence[str] = ()
    if parser.parse_optional_keyword("sizes"):
        sizes = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, lambda: parser.parse_identifier(": the name of an extent")
        )
    names = tuple("" if name == "_" else name for name in sizes)
    return Buffer(direction, alignment, noalias, names)


class BufferAttr(Data[Buffer]):
    """A buffer's contract in the IR: ``#tl.buffer<out align 64>``."""

    name = "tl.buffer"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Buffer:
        """Parse ``<out align 64>``."""
        with parser.in_angle_brackets():
            return parse_buffer(parser)

    def print_parameter(self, printer: Printer) -> None:
        """Print ``<out align 64>``."""
        printer.print_string(f"<{self.data}>")


class MatrixAttr(Data[Matrix]):
    """A constant matrix in the IR: ``#tl.matrix<[[1, 0, -1/2], [0, 1, 2]]>``."""

    name = "tl.matrix"

    @classmethod
    def of(cls, rows: Sequence[Sequence[Fraction | int]]) -> MatrixAttr:
        """The matrix with these rows."""
        return cls(tuple(tuple(map(Fraction, row)) for row in rows))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.data), len(self.data[0]) if self.data else 0

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Matrix:
        """Parse ``<[[…], …]>``; an error points at a row of another length."""
        with parser.in_angle_brackets():
            rows = parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, lambda: _parse_row(parser)
            )
            if not rows or any(len(row) != len(rows[0]) for row in rows):
                parser.raise_error("expected one row or more, all of one length")
            return tuple(rows)

    def print_parameter(self, printer: Printer) -> None:
        """Print ``<[[…], …]>``."""
        rows = (f"[{', '.join(map(str, row))}]" for row in self.data)
        printer.print_string(f"<[{', '.join(rows)}]>")


def _parse_row(parser: AttrParser) -> tuple[Fraction, ...]:
    return tuple(
        parser.parse_comma_separated_list(parser.Delimiter.SQUARE, lambda: _parse_fraction(parser))
    )


def _parse_fraction(parser: AttrParser) -> Fraction:
    numerator = parser.parse_integer(allow_boolean=False)
    if parser.parse_optional_punctuation("/") is None:
        return Fraction(numerator)
    position = parser.pos
    denominator = parser.parse_integer(allow_boolean=False, allow_negative=False)
    if denominator == 0:
        parser.raise_error("a fraction over 0", position, parser.pos)
    return Fraction(numerator, denominator)

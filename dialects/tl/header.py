"""The header of a nest in text: ``(%i = 64, %l = 16) reduce (%k = 32) acc (%a : f32 add)``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import IndexType
from xdsl.ir import SSAValue
from xdsl.parser import Parser
from xdsl.printer import Printer

from .attributes import Accumulator, parse_accumulator_tail, print_accumulator_tail
from .syntax import parse_extent, parse_named_argument, print_extent, print_named


@dataclass(frozen=True)
class ParsedAxis:
    """An axis as written: its name, extent and the block argument that regions get for it."""

    name: str
    extent: int | SSAValue
    argument: Parser.Argument


@dataclass(frozen=True)
class Header:
    """The axes and accumulators of a nest as written."""

    spatial: Sequence[ParsedAxis]
    reduction: Sequence[ParsedAxis]
    accumulators: Sequence[tuple[Accumulator, Parser.Argument]]

    def arguments(self, region: str, parser: Parser) -> list[Parser.Argument]:
        """The block arguments of a region; those of `combine` are parsed: ``(%a), (%b)``."""
        if region == "combine":
            first = self._parse_set(parser)
            parser.parse_punctuation(",")
            return [*first, *self._parse_set(parser)]
        axes = [*self.spatial, *(self.reduction if region == "update" else ())]
        arguments = [axis.argument for axis in axes]
        if region != "init":
            arguments += [argument for _, argument in self.accumulators]
        return arguments

    def _parse_set(self, parser: Parser) -> list[Parser.Argument]:
        position = parser.pos
        arguments = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, lambda: parser.parse_argument(expect_type=False)
        )
        if len(arguments) != len(self.accumulators):
            parser.raise_error(
                f"combine has sets of {len(arguments)} accumulators, "
                f"expected {len(self.accumulators)}",
                position,
                parser.pos,
            )
        types = [accumulator.type for accumulator, _ in self.accumulators]
        return [argument.resolve(type_) for argument, type_ in zip(arguments, types, strict=True)]


def parse_header(parser: Parser) -> Header:
    """Parse ``(axes) [reduce (axes)] [acc (accumulators)]``."""
    position = parser.pos
    spatial = _parse_axes(parser)
    reduction = _parse_axes(parser) if parser.parse_optional_keyword("reduce") else []
    names = [axis.name for axis in (*spatial, *reduction)]
    if len(set(names)) < len(names):
        parser.raise_error(
            f"found axes {', '.join(names)}, expected names that differ", position, parser.pos
        )
    accumulators = (
        parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, lambda: _parse_accumulator(parser)
        )
        if parser.parse_optional_keyword("acc")
        else []
    )
    return Header(spatial, reduction, accumulators)


def _parse_axes(parser: Parser) -> list[ParsedAxis]:
    return parser.parse_comma_separated_list(parser.Delimiter.PAREN, lambda: _parse_axis(parser))


def _parse_axis(parser: Parser) -> ParsedAxis:
    argument, name = parse_named_argument(parser)
    return ParsedAxis(name, parse_extent(parser), argument.resolve(IndexType()))


def _parse_accumulator(parser: Parser) -> tuple[Accumulator, Parser.Argument]:
    argument, name = parse_named_argument(parser)
    type_, kind = parse_accumulator_tail(parser)
    return Accumulator(name, type_, kind), argument.resolve(type_)


def print_axes(printer: Printer, axes: Sequence[tuple[str, str, int | SSAValue]]) -> None:
    """Print ``(%i = 64, %l_1 as l = 16)`` from printed names, names and extents."""

    def print_axis(axis: tuple[str, str, int | SSAValue]) -> None:
        printed, name, extent = axis
        print_named(printer, printed, name)
        print_extent(printer, extent)

    with printer.in_parens():
        printer.print_list(axes, print_axis)


def print_accumulators(
    printer: Printer, printed: Sequence[str], accumulators: Sequence[Accumulator]
) -> None:
    """Print ``(%a : f32 add)``."""

    def print_one(pair: tuple[str, Accumulator]) -> None:
        print_named(printer, pair[0], pair[1].name)
        print_accumulator_tail(printer, pair[1])

    with printer.in_parens():
        printer.print_list(list(zip(printed, accumulators, strict=True)), print_one)

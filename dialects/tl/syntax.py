"""What the custom syntax of several tl ops shares: values by name, indices, constants, scopes."""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TypeAlias, cast

from xdsl.dialects.builtin import (
    AnyFloat,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue
from xdsl.ir.affine import AffineConstantExpr, AffineExpr
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from .index import print_expr

MemRef: TypeAlias = MemRefType[Attribute]

Constant: TypeAlias = FloatAttr | IntegerAttr
"""A scalar constant of a float or integer type."""

MOST_ELEMENTS = 2**60
"""Of memory: each may have 8 bytes."""

OPERATORS = ("floordiv", "mod")

_NAME = re.compile(r"(?!.*_\d+$)[A-Za-z_]\w*")


def is_name(text: str) -> bool:
    """Whether an axis, accumulator or loop can be called so: as values are, without a number."""
    return _NAME.fullmatch(text) is not None


def parse_value(parser: Parser) -> SSAValue:
    """Parse ``%name`` or ``%name#2``; the value must be defined before, so no type is written."""
    values = resolve(parser, parser.parse_unresolved_operand())
    if len(values) != 1:
        parser.raise_error(f"found {len(values)} values, expected one")
    return values[0]


def parse_values(parser: Parser) -> list[SSAValue]:
    """Parse ``%a, %b#1, %c``, where a name without a number stands for all its values."""
    groups = parser.parse_comma_separated_list(
        parser.Delimiter.NONE, lambda: resolve(parser, parser.parse_unresolved_operand())
    )
    return [value for group in groups for value in group]


def resolve(parser: Parser, operand: UnresolvedOperand) -> Sequence[SSAValue]:
    """The values that a name stands for."""
    values = parser.ssa_values.get(operand.operand_name)
    if values is None:
        parser.raise_error(f"%{operand.operand_name} is not defined before its use", operand.span)
    end = operand.span.end
    if operand.span.input.content[end : end + 1] != "#":
        return values
    if operand.index >= len(values):
        parser.raise_error(
            f"%{operand.operand_name} has {len(values)} values, found #{operand.index}",
            operand.span,
        )
    return values[operand.index : operand.index + 1]


def parse_index_value(parser: Parser) -> SSAValue | None:
    """Parse ``%name``, a value of type index, if present."""
    operand = parser.parse_optional_unresolved_operand()
    if operand is None:
        return None
    values = resolve(parser, operand)
    if len(values) != 1 or not isinstance(values[0].type, IndexType):
        types = ", ".join(str(value.type) for value in values)
        parser.raise_error(
            f"%{operand.operand_name} has type {types}, expected index", operand.span
        )
    return values[0]


def parse_extent(parser: Parser) -> int | SSAValue:
    """Parse ``= 56`` or ``= %rows``."""
    parser.parse_punctuation("=")
    value = parse_index_value(parser)
    if value is not None:
        return value
    return parser.parse_integer(allow_boolean=False, allow_negative=False)


def parse_named_argument(parser: Parser) -> tuple[Parser.UnresolvedArgument, str]:
    """Parse ``%oh`` or ``%oh_1 as oh``: an argument and the name it stands for."""
    argument = parser.parse_argument(expect_type=False)
    name = argument.name.text[1:]
    if parser.parse_optional_keyword("as"):
        name = parser.parse_identifier(": a name")
    return argument, name


def print_named(printer: Printer, printed: str, name: str) -> None:
    """Print ``%oh``, or ``%oh_1 as oh`` where the printed name is not the name itself."""
    printer.print_string(f"%{printed}" if printed == name else f"%{printed} as {name}")


def print_extent(printer: Printer, extent: int | SSAValue) -> None:
    """Print `` = 56`` or `` = %rows``."""
    printer.print_string(" = ")
    if isinstance(extent, int):
        printer.print_string(str(extent))
    else:
        printer.print_ssa_value(extent)


class IndexParser:
    """Parses the indices of an access; gathers their operands and the literal range."""

    def __init__(self, parser: Parser):
        self._parser = parser
        self.operands: list[SSAValue] = []
        self.span: range | None = None

    def parse(self) -> tuple[AffineExpr, ...]:
        """Parse ``[expression, …]``."""
        return tuple(
            self._parser.parse_comma_separated_list(self._parser.Delimiter.SQUARE, self._sum)
        )

    def _sum(self) -> AffineExpr:
        expr = self._product()
        while True:
            if self._parser.parse_optional_punctuation("+"):
                expr = expr + self._product()
            elif self._parser.parse_optional_punctuation("-"):
                expr = expr - self._product()
            else:
                return expr

    def _product(self) -> AffineExpr:
        parser = self._parser
        expr = self._factor()
        while True:
            position = parser.pos
            if parser.parse_optional_punctuation("*"):
                other = self._factor()
                if not isinstance(expr, AffineConstantExpr):
                    expr, other = other, expr
                if not isinstance(expr, AffineConstantExpr):
                    parser.raise_error("one factor must be a constant", position)
                expr = other * expr
            elif operator := parser.parse_optional_keyword_in(OPERATORS):
                divisor = parser.parse_integer(allow_boolean=False, allow_negative=False)
                if divisor == 0:
                    parser.raise_error(f"{operator} by 0", position, parser.pos)
                expr = expr // divisor if operator == "floordiv" else expr % divisor
            else:
                return expr

    def _factor(self) -> AffineExpr:
        parser = self._parser
        if parser.parse_optional_punctuation("-"):
            return -self._factor()
        if parser.parse_optional_punctuation("("):
            expr = self._sum()
            parser.parse_punctuation(")")
            return expr
        position = parser.pos
        value = parse_index_value(parser)
        if value is not None:
            if value not in self.operands:
                self.operands.append(value)
            return AffineExpr.dimension(self.operands.index(value))
        number = parser.parse_optional_integer(allow_boolean=False, allow_negative=False)
        if number is None:
            parser.raise_error("expected an index: a value, a number or a range")
        if parser.parse_optional_punctuation(":") is None:
            return AffineExpr.constant(number)
        if self.span is not None:
            parser.raise_error("an access has at most one literal range", position, parser.pos)
        self.span = range(number, parser.parse_integer(allow_boolean=False, allow_negative=False))
        return AffineExpr.symbol(0)


def print_indices(
    printer: Printer, exprs: Sequence[AffineExpr], operands: Sequence[SSAValue], span: range | None
) -> None:
    """Print ``[expression, …]``."""

    def name_of(position: int) -> None:
        printer.print_ssa_value(operands[position])

    text = "" if span is None else f"{span.start}:{span.stop}"
    with printer.in_square_brackets():
        printer.print_list(
            exprs, lambda expr: print_expr(expr, printer.print_string, name_of, text)
        )


def parse_constant(parser: Parser, type_: Attribute) -> Constant:
    """Parse a number of the given type; in hexadecimal, the bits of a float."""
    start = parser.pos
    in_bits = parser.lexer.input.content[start : start + 2].lower() == "0x"
    value = parser.parse_number(allow_boolean=True)
    if isinstance(type_, AnyFloat):
        if in_bits and isinstance(value, int) and value.bit_length() <= type_.bitwidth:
            (value,) = type_.unpack(value.to_bytes(type_.size, "little"), 1)
        return FloatAttr(float(value), type_)
    if not isinstance(type_, IntegerType) or not isinstance(value, int):
        parser.raise_error(f"found {value}, expected a constant of {type_}", start, parser.pos)
    return IntegerAttr(value, cast(IntegerType, type_))


def print_constant(printer: Printer, constant: Constant) -> None:
    """Print a constant without its type."""
    if isinstance(constant, FloatAttr):
        printer.print_float(constant.value.data, constant.type)
    else:
        printer.print_int(constant.value.data, constant.type)


def require_addressable(op: Operation, name: str, type_: MemRef) -> None:
    """Raise VerifyException if offsets into memory of a type do not fit 64 bits."""
    if math.prod(size for size in type_.get_shape() if size > 0) > MOST_ELEMENTS:
        raise VerifyException(
            f"{op.name}: {name} of type {type_} has more than {MOST_ELEMENTS} elements"
        )


def as_memref(type_: Attribute) -> MemRef:
    """The type as a memref type, which the definition of an op says it is."""
    assert isinstance(type_, MemRefType), f"expected a memref, found {type_}"
    return cast(MemRef, type_)


@contextmanager
def scope(printer: Printer) -> Generator[None]:
    """Names taken inside are free again afterwards, as they are to the parser."""
    printer.enter_scope()
    yield
    printer.exit_scope()


def claim(printer: Printer, hint: str) -> str:
    """A name free in the printer's scope: ``hint``, or with a number."""
    taken = printer.ssa_names.get(hint, 0)
    printer.ssa_names[hint] = taken + 1
    return f"{hint}_{taken}" if taken else hint


def bind(printer: Printer, values: Sequence[SSAValue], names: Sequence[str]) -> None:
    """Make the printer print ``values`` by these names."""
    for value, name in zip(values, names, strict=True):
        printer._ssa_values[value] = name  # pyright: ignore[reportPrivateUsage]


def hint_names(args: Sequence[BlockArgument], names: Sequence[str]) -> None:
    """Give block arguments their names in text."""
    for arg, name in zip(args, names, strict=True):
        arg.name_hint = name


def named_block(types: Sequence[Attribute], names: Sequence[str]) -> Block:
    """A block with named arguments."""
    block = Block(arg_types=types)
    hint_names(block.args, names)
    return block

"""Text to IR: modules with source locations, constant values and errors of one line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialect_interfaces.op_asm import OpAsmDialectInterface
from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    AnyFloat,
    ComplexType,
    FileLineColLoc,
    IndexType,
    IntAttr,
    IntegerType,
    LocationAttr,
    ModuleOp,
    StringAttr,
)
from xdsl.ir import AttributeInvT, Operation, SSAValue
from xdsl.parser import AttrParser, Parser, UnresolvedOperand
from xdsl.parser.generic_parser import ParserState
from xdsl.utils import exceptions
from xdsl.utils.lexer import Input
from xdsl.utils.mlir_lexer import MLIRLexer, MLIRTokenKind

from .. import InlayError
from .registry import ResourceTexts
from .relay.resources import ResourceError, attach
from .relay.rows import Array


class HexElement(AttrParser._TensorLiteralElement):  # pyright: ignore[reportPrivateUsage]
    """A hexadecimal element of ``dense<...>``: in a float tensor, MLIR means the float's bits.

    So it writes infinities and NaNs; xDSL prints them thus, but reads the bits as an integer.
    """

    def to_type(
        self, parser: AttrParser, type: AnyFloat | IntegerType | IndexType | ComplexType
    ) -> int | float | tuple[int, int] | tuple[float, float]:
        """The element's value in a tensor of this element type."""
        if not isinstance(type, AnyFloat) or not isinstance(self.value, int):
            return super().to_type(parser, type)
        if self.is_negative or self.value.bit_length() > type.bitwidth:
            parser.raise_error(f"expected the {type.bitwidth} bits of a float", self.span)
        (value,) = type.unpack(self.value.to_bytes(type.size, "little"), 1)
        return value


@dataclass(frozen=True)
class Diagnostic:
    """A message about a place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: error: {self.message}"


class ParseError(InlayError):
    """Text that is not valid IR."""

    def __init__(self, diagnostic: Diagnostic):
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


class _Lexer(MLIRLexer):
    """xDSL's lexer, but no open string takes it exponential time: its pattern never backtracks."""

    _unescaped_characters_regex = re.compile(r'"(?:[^"\\\n\v\f]++|\\(?:["nt\\]|[0-9A-Fa-f]{2}))*+"')


class LocatingParser(Parser):
    """A parser that gives each op without a written location its place in the file.

    Raises:
        ParseError: when the text does not start with a token.
    """

    def __init__(self, context: Context, text: str, name: str, first_line: int = 1):
        super().__init__(context, "", name)
        self._file = StringAttr(name)
        self._first_line = first_line
        self._first_use: dict[str, int] = {}
        self.op_start = 0
        self._line_starts = [0, *(i + 1 for i, char in enumerate(text) if char == "\n")]
        try:
            self._parser_state = ParserState(_Lexer(Input(text, name)))
        except exceptions.ParseError as error:
            line, column = self.place(error.span.start)
            raise ParseError(Diagnostic(name, line, column, _one_line(error.msg))) from error

    @property
    def at_end(self) -> bool:
        """Whether nothing but space and comments is left."""
        return self._current_token.kind == MLIRTokenKind.EOF

    def place(self, position: int) -> tuple[int, int]:
        """The line and column of a position in the text, from 1."""
        line = bisect_right(self._line_starts, position)
        return line - 1 + self._first_line, position - self._line_starts[line - 1] + 1

    def parse_operation(self) -> Operation:
        """Parse an op and set its location."""
        self.op_start = start = self._current_token.span.start
        op = super().parse_operation()
        if op.location == UNKNOWN_LOC:
            line, column = self.place(start)
            op.location = FileLineColLoc(self._file, IntAttr(line), IntAttr(column))
        return op

    def resolve_operand(
        self, operand: UnresolvedOperand, type: AttributeInvT
    ) -> SSAValue[AttributeInvT]:
        """Resolve an operand, and note where its name was first used."""
        self._first_use.setdefault(operand.operand_name, operand.span.start)
        return super().resolve_operand(operand, type)

    def diagnose(self, error: exceptions.ParseError) -> Diagnostic:
        """What is wrong and where; for values that are never defined, where one is used."""
        position, message = error.span.start, _one_line(error.msg)
        if message.startswith("values used but not defined") and self.forward_ssa_references:
            name = min(self.forward_ssa_references, key=self._first_use.__getitem__)
            position, message = self._first_use[name], f"use of undefined value '%{name}'"
        elif message.startswith("in "):  # xDSL says where in the grammar, and no more
            found = "end of input" if self.at_end else f"'{error.span.text}'"
            message = f"unexpected {found} {message}"
        line, column = self.place(position)
        return Diagnostic(self._file.data, line, column, message)

    def _parse_tensor_literal_element(self) -> AttrParser._TensorLiteralElement:
        element = super()._parse_tensor_literal_element()
        if not element.span.text.lstrip("-").startswith("0x"):
            return element
        return HexElement(element.is_negative, element.value, element.span)


def parse_module(
    context: Context,
    text: str,
    name: str = "<string>",
    resources: Mapping[str, Array] | None = None,
    first_line: int = 1,
) -> ModuleOp:
    """Parse a module, implicit or written out.

    Constants take their values from the text's own resource section, else from ``resources``,
    else stay elided. ``first_line`` is the number of the text's first line in the file ``name``.
    The module is not verified.

    Raises:
        ParseError: when the text is not valid IR.
    """
    parser = LocatingParser(context, text, name, first_line)
    texts = context.get_dialect("builtin").get_interface(OpAsmDialectInterface)
    assert isinstance(texts, ResourceTexts), "make_context gives the builtin dialect its texts"
    texts.take()
    try:
        module = ModuleOp([]) if parser.at_end else parser.parse_module()
        attach(module, {**(resources or {}), **texts.take()})
    except exceptions.ParseError as error:
        raise ParseError(parser.diagnose(error)) from error
    except (
        exceptions.VerifyException,
        exceptions.UnregisteredConstructException,
        NotImplementedError,
        OverflowError,
        RecursionError,
        ResourceError,
        ValueError,
    ) as error:
        # xDSL raises these from attribute verifiers and lexing, without a place of their own.
        line, column = parser.place(parser.op_start)
        message = _one_line(str(error) or type(error).__name__)
        if isinstance(error, RecursionError):
            message = "regions or attributes nest too deeply"
        raise ParseError(Diagnostic(name, line, column, message)) from error
    return module


def location_of(op: Operation) -> tuple[str, int, int] | None:
    """The file, line and column an op was read from, if it was."""
    location: LocationAttr = op.location
    if not isinstance(location, FileLineColLoc):
        return None
    return location.filename.data, location.line.data, location.column.data


def _one_line(message: str) -> str:
    """The first line of a message that says something."""
    lines = (line.strip() for line in message.splitlines())
    return next((line for line in lines if line), "invalid IR")

"""Text to IR: modules with source locations, constant values and errors of one line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialect_interfaces.op_asm import OpAsmDialectInterface
from xdsl.dialects.builtin import (
    UNKNOWN_LOC,
    FileLineColLoc,
    IntAttr,
    LocationAttr,
    ModuleOp,
    StringAttr,
)
from xdsl.ir import Operation
from xdsl.parser import Parser
from xdsl.utils import exceptions

from .. import InlayError
from .registry import ResourceTexts
from .relay.resources import ResourceError, attach
from .relay.rows import Array


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


class LocatingParser(Parser):
    """A parser that gives each op without a written location its place in the file."""

    def __init__(self, context: Context, text: str, name: str, first_line: int = 1):
        super().__init__(context, text, name)
        self._file = StringAttr(name)
        self._first_line = first_line
        self._line_starts = [0, *(i + 1 for i, char in enumerate(text) if char == "\n")]

    def place(self, position: int) -> tuple[int, int]:
        """The line and column of a position in the text, from 1."""
        line = bisect_right(self._line_starts, position)
        return line - 1 + self._first_line, position - self._line_starts[line - 1] + 1

    def parse_operation(self) -> Operation:
        """Parse an op and set its location."""
        start = self._current_token.span.start
        op = super().parse_operation()
        if op.location == UNKNOWN_LOC:
            line, column = self.place(start)
            op.location = FileLineColLoc(self._file, IntAttr(line), IntAttr(column))
        return op


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
        module = parser.parse_module()
        attach(module, {**(resources or {}), **texts.take()})
    except exceptions.ParseError as error:
        line, column = parser.place(error.span.start)
        raise ParseError(Diagnostic(name, line, column, _one_line(error.msg))) from error
    except (
        exceptions.VerifyException,
        exceptions.UnregisteredConstructException,
        NotImplementedError,
        RecursionError,
        ResourceError,
        ValueError,
    ) as error:
        # xDSL raises these from attribute verifiers and lexing, without a place of their own.
        line, column = parser.place(parser.pos)
        message = _one_line(str(error) or type(error).__name__)
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

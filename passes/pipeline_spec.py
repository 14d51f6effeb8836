"""The syntax of textual pipelines: MLIR's.

::

    pipeline ::= [element ("," element)*]
    element  ::= pass-name ["{" option* "}"]  |  op-name "(" pipeline ")"
    option   ::= option-name ["=" value ("," value)*]
    value    ::= word | "'" text "'" | '"' text '"'

An outermost ``builtin.module(...)`` may be written or left out. ``parse_pipeline`` knows syntax
only: what passes and options exist is for `options` and `manager` to say.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .. import InlayError

MODULE = "builtin.module"

# Bounds the parser's recursion; far beyond any real nest.
_MAX_NESTING = 32

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_WORD = re.compile(r"""[^\s,=(){}"']+""")
_QUOTED = re.compile(r"""(["'])((?:(?!\1)[^\\]|\\.)*)\1""", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SPACE = re.compile(r"\s*")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/+*-]*")

_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}

KEYWORDS = frozenset({"true", "false", "none", "inf", "nan"})
"""Words that are not strings unless quoted."""


class Position(NamedTuple):
    """A place in a pipeline text; ``line`` and ``column`` count from 1."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


class PipelineError(InlayError):
    """A pipeline does not parse, or asks for what its passes do not have."""

    def __init__(self, message: str, position: Position | None = None):
        self.position = position
        super().__init__(message if position is None else f"{position}: {message}")


@dataclass(frozen=True)
class Value:
    """One value of an option, as written; ``quoted`` values are always text."""

    text: str
    quoted: bool
    position: Position


@dataclass(frozen=True)
class Option:
    """``name=values``; no values for a bare ``name``."""

    name: str
    values: tuple[Value, ...]
    position: Position


@dataclass(frozen=True)
class PassSpec:
    """``name{options}``."""

    name: str
    options: tuple[Option, ...]
    position: Position


@dataclass(frozen=True)
class NestSpec:
    """``anchor(elements)``: a pipeline for the operations named ``anchor``."""

    anchor: str
    elements: tuple["PassSpec | NestSpec", ...]
    position: Position


def parse_pipeline(text: str, source: str = "pipeline") -> tuple[PassSpec | NestSpec, ...]:
    """Parse ``text``, whose name in error positions is ``source``.

    Raises:
        PipelineError: with the position of the first thing that is not a pipeline.
    """
    parser = _Parser(text, source)
    elements = parser.pipeline(depth=0)
    if parser.offset != len(text):
        raise parser.error(f"expected ',' or the end of the pipeline, found {parser.found()}")
    match elements:
        case (NestSpec(anchor=anchor, elements=inner),) if anchor == MODULE:
            return inner
        case _:
            return elements


def format_nest(anchor: str, elements: Sequence[str]) -> str:
    """The text of a pipeline for ``anchor`` from the texts of its elements."""
    return f"{anchor}({','.join(elements)})"


def quote(text: str) -> str:
    """``text`` as a value that reads back as the same string: bare where that is unambiguous."""
    if _PLAIN.fullmatch(text) and text not in KEYWORDS:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


class _Parser:
    """Recursive descent over ``text``; after each step ``offset`` stands on the next token."""

    def __init__(self, text: str, source: str):
        self.text = text
        self.source = source
        self.offset = 0
        self._skip_to(0)

    def pipeline(self, depth: int) -> tuple[PassSpec | NestSpec, ...]:
        if self.peek() in ("", ")"):
            return ()
        elements = [self._element(depth)]
        while self._accept(","):
            elements.append(self._element(depth))
        return tuple(elements)

    def _element(self, depth: int) -> PassSpec | NestSpec:
        position = self._position(self.offset)
        name = self._name("a pass name")
        if self.peek() == "(":
            if "." not in name:
                raise PipelineError(
                    f"expected the name of an operation such as relay.func before '(', "
                    f"found '{name}'",
                    position,
                )
            if depth == _MAX_NESTING:
                raise PipelineError(f"pipelines nest deeper than {_MAX_NESTING}", position)
            self._accept("(")
            elements = self.pipeline(depth + 1)
            self._expect(")", "',' or ')'")
            return NestSpec(name, elements, position)
        options = self._options() if self._accept("{") else ()
        return PassSpec(name, options, position)

    def _options(self) -> tuple[Option, ...]:
        options: dict[str, Option] = {}
        while not self._accept("}"):
            position = self._position(self.offset)
            name = self._name("an option name or '}'")
            if name in options:
                raise PipelineError(f"option '{name}' is given twice", position)
            options[name] = Option(name, self._values() if self._accept("=") else (), position)
        return tuple(options.values())

    def _values(self) -> tuple[Value, ...]:
        values = [self._value()]
        while self._accept(","):
            values.append(self._value())
        return tuple(values)

    def _value(self) -> Value:
        position = self._position(self.offset)
        if self.peek() in ('"', "'"):
            match = _QUOTED.match(self.text, self.offset)
            if match is None:
                raise PipelineError("this string has no end", position)
            self._skip_to(match.end())
            return Value(_ESCAPE.sub(self._unescape(position), match[2]), True, position)
        return Value(self._token(_WORD, "a value"), False, position)

    @staticmethod
    def _unescape(position: Position) -> Callable[[re.Match[str]], str]:
        def replace(match: re.Match[str]) -> str:
            if match[1] not in _ESCAPED:
                raise PipelineError(f"unknown escape '\\{match[1]}' in this string", position)
            return _ESCAPED[match[1]]

        return replace

    def peek(self) -> str:
        """The next character, or nothing at the end."""
        return self.text[self.offset : self.offset + 1]

    def found(self) -> str:
        """The next character, for an error message."""
        return f"'{self.peek()}'" if self.peek() else "the end of the pipeline"

    def error(self, message: str) -> PipelineError:
        return PipelineError(message, self._position(self.offset))

    def _name(self, expected: str) -> str:
        return self._token(_NAME, expected)

    def _token(self, pattern: re.Pattern[str], expected: str) -> str:
        match = pattern.match(self.text, self.offset)
        if match is None:
            raise self.error(f"expected {expected}, found {self.found()}")
        self._skip_to(match.end())
        return match[0]

    def _expect(self, character: str, expected: str) -> None:
        if not self._accept(character):
            raise self.error(f"expected {expected}, found {self.found()}")

    def _accept(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self._skip_to(self.offset + 1)
        return True

    def _skip_to(self, offset: int) -> None:
        """Move to the first token at or after ``offset``."""
        match = _SPACE.match(self.text, offset)
        self.offset = offset if match is None else match.end()

    def _position(self, offset: int) -> Position:
        before = self.text[:offset]
        return Position(self.source, before.count("\n") + 1, offset - before.rfind("\n"))

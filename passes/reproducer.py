"""Reproducers: the IR before a failure with the pipeline that fails on it, in one ``.mlir`` file.

The pipeline stands in the file's metadata, as in MLIR's own reproducers::

    // inlay-opt --run-reproducer crash.mlir
    "builtin.module"() ({ ... }) : () -> ()

    {-#
      external_resources: {
        mlir_reproducer: {
          pipeline: "builtin.module(fold-constant)",
          verify_each: true
        }
      }
    #-}

xDSL's parser refuses ``external_resources``, so `read_reproducer` takes them out of the text.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from .. import InlayError

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(rf"{_STRING}|//[^\n]*|\{{-#|#-\}}|[{{}},]", re.DOTALL)
_ENTRY = re.compile(rf"\s*([A-Za-z_][\w.$-]*|{_STRING})\s*:\s*(.*?)\s*", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"t": b"\t"}


class ReproducerError(InlayError):
    """A reproducer cannot be written, or a text is not one."""


class Reproducer(NamedTuple):
    """What a reproducer holds."""

    ir: str
    """The IR as a file to parse; its other resources are kept."""
    pipeline: str
    verify_each: bool


class _Span(NamedTuple):
    """A piece of a text: from the offset ``start`` to before the offset ``end``."""

    start: int
    end: int


def write_reproducer(path: Path, ir: str, pipeline: str, verify_each: bool) -> None:
    """Write a reproducer that runs ``pipeline`` on ``ir``.

    Raises:
        ReproducerError: if the file cannot be written.
    """
    text = (
        f"// inlay-opt --run-reproducer {quote(str(path))}\n"
        f"{ir.rstrip()}\n\n"
        "{-#\n"
        "  external_resources: {\n"
        "    mlir_reproducer: {\n"
        f"      pipeline: {_quote(pipeline)},\n"
        f"      verify_each: {str(verify_each).lower()}\n"
        "    }\n"
        "  }\n"
        "#-}\n"
    )
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReproducerError(f"cannot write reproducer {path}: {error.strerror}") from error


def read_reproducer(text: str) -> Reproducer:
    """Split a reproducer, ours or MLIR's, into IR and pipeline.

    Raises:
        ReproducerError: if ``text`` holds no ``mlir_reproducer`` with a pipeline.
    """
    for section in _sections(text):
        entries = dict(_entries(text, section))
        external = entries.pop("external_resources", None)
        options = _lookup(text, external, "mlir_reproducer")
        if options is None:
            continue
        values = {key: text[span.start : span.end] for key, span in _entries(text, options)}
        pipeline = values.get("pipeline", "")
        if not re.fullmatch(_STRING, pipeline, re.DOTALL):
            raise ReproducerError("expected mlir_reproducer to have a string 'pipeline'")
        others = [f"{key}: {text[span.start : span.end]}" for key, span in entries.items()]
        kept = f"{{-#\n  {', '.join(others)}\n#-}}" if others else ""
        ir = text[: section.start - len("{-#")] + kept + text[section.end + len("#-}") :]
        return Reproducer(ir, _unquote(pipeline), values.get("verify_each") != "false")
    raise ReproducerError("expected a reproducer: found no mlir_reproducer in '{-# ... #-}'")


def _sections(text: str) -> Iterator[_Span]:
    """The insides of the metadata sections ``{-# ... #-}``."""
    start = None
    for token in _TOKEN.finditer(text):
        if token[0] == "{-#" and start is None:
            start = token.end()
        elif token[0] == "#-}" and start is not None:
            yield _Span(start, token.start())
            start = None


def _entries(text: str, span: _Span) -> Iterator[tuple[str, _Span]]:
    """The ``key: value`` pairs of a comma-separated list, with the spans of the values."""
    depth, start = 0, span.start
    for token in _TOKEN.finditer(text, span.start, span.end):
        if token[0] in ("{", "}"):
            depth += 1 if token[0] == "{" else -1
        elif token[0] == "," and depth == 0:
            yield from _entry(text, _Span(start, token.start()))
            start = token.end()
    yield from _entry(text, _Span(start, span.end))


def _entry(text: str, span: _Span) -> Iterator[tuple[str, _Span]]:
    match = _ENTRY.fullmatch(text, span.start, span.end)
    if match is not None:
        yield match[1], _Span(match.start(2), match.end(2))


def _lookup(text: str, dictionary: _Span | None, key: str) -> _Span | None:
    """The inside of the dictionary that ``dictionary`` holds for ``key``."""
    if dictionary is None:
        return None
    inside = _inside(text, dictionary)
    value = None if inside is None else dict(_entries(text, inside)).get(key)
    return None if value is None else _inside(text, value)


def _inside(text: str, span: _Span) -> _Span | None:
    if text[span.start] == "{" and text[span.end - 1] == "}":
        return _Span(span.start + 1, span.end - 1)
    return None


def _quote(text: str) -> str:
    """``text`` as an MLIR string literal."""
    plain = text.replace("\\", "\\\\")
    return '"' + "".join(c if c.isprintable() and c != '"' else _hex(c) for c in plain) + '"'


def _hex(character: str) -> str:
    return "".join(f"\\{byte:02X}" for byte in character.encode())


def _unquote(literal: str) -> str:
    def replace(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes.fromhex(code.decode()) if len(code) == 2 else _ESCAPED.get(code, code)

    return _ESCAPE.sub(replace, literal[1:-1].encode()).decode(errors="replace")

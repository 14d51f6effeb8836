"""What the tools read and write: standard streams, input files, errors as one line."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from .. import InlayError
from ..dialects.relay.resources import load
from ..dialects.relay.rows import Array

STDIN = "-"
"""The input that is standard input."""


@dataclass(frozen=True)
class Streams:
    """Where IR comes from and goes to, and where everything else goes."""

    input: TextIO
    output: TextIO
    errors: TextIO


def input_name(path: str) -> str:
    """What errors call an input."""
    return "<stdin>" if path == STDIN else path


def read_input(path: str, stdin: TextIO) -> str:
    """The text of a file, or of standard input. Raises InlayError where it cannot be read."""
    name = "<stdin>" if path == STDIN else f"'{path}'"
    try:
        if path != STDIN:
            return Path(path).read_text(encoding="utf-8")
        if hasattr(stdin, "buffer"):
            return stdin.buffer.read().decode("utf-8")
        return stdin.read()
    except OSError as error:
        raise InlayError(f"cannot read {name}: {error.strerror}") from error
    except ValueError as error:
        raise InlayError(f"cannot read {name}: {error}") from error


def read_resources(path: str, given: Path | None = None) -> dict[str, Array]:
    """The constants given, or those in the file beside the input, if there is one."""
    if given is not None:
        return load(given)
    beside = Path(path).with_suffix(".safetensors") if path != STDIN else None
    return load(beside) if beside is not None and beside.is_file() else {}


def discard(stream: TextIO) -> None:
    """Let what is still buffered for a reader that has gone vanish, also at exit."""
    if stream is sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

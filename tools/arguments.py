"""Command lines whose errors are raised and whose help goes where the caller says."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from .. import InlayError
from .streams import Streams


class UsageError(InlayError):
    """The command line makes no sense."""


class Parser(argparse.ArgumentParser):
    """Raises UsageError instead of printing the usage and leaving the process."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(message)


@dataclass(frozen=True)
class Command:
    """A command of ``inlay``: a line of help, and what runs it on its arguments.

    ``run`` gives the exit status.
    """

    doc: str
    run: Callable[[Sequence[str], Streams], int]

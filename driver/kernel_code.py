"""A kernel's machine code, and what a caller must know of its entry points.

It has a form in bytes, which caches keep and worker processes send.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TypeAlias

from .. import InlayError


class KernelCodeError(InlayError):
    """A module is not one kernel's, or bytes are not a kernel's code."""


class Role(StrEnum):
    """What an argument of an entry point is."""

    BUFFER = "buffer"
    """The next of the kernel's buffers."""
    EXTENT = "extent"
    """The next of the extents that are known only at run time."""
    SHARED = "shared"
    """Workspace of the call."""
    PRIVATE = "private"
    """Workspace of the thread."""
    STATUS = "status"
    """A number that is set to 1 when a checked index is out of bounds."""
    CHUNK = "chunk"
    """The number of the chunk to run, always last."""


Place: TypeAlias = tuple[int, int]
"""The numbers of a buffer and of a dimension of it."""


@dataclass(frozen=True)
class Entry:
    """The function of one phase.

    arguments: their roles, in order; chunks: how often to call it, or the symbol of the function
    of the extents that says; extents: where each extent known only at run time stands.
    """

    symbol: str
    arguments: tuple[Role, ...]
    chunks: int | str = 1
    extents: tuple[tuple[Place, ...], ...] = ()


@dataclass(frozen=True)
class KernelCode:
    """Object code and the kernel's phases in order; workspaces are in bytes."""

    entries: tuple[Entry, ...]
    workspace_shared: int
    workspace_private: int
    object_code: bytes

    def to_bytes(self) -> bytes:
        """A line of JSON, then the object."""
        header = {
            "entries": [
                [entry.symbol, entry.arguments, entry.chunks, entry.extents]
                for entry in self.entries
            ],
            "workspace": [self.workspace_shared, self.workspace_private],
        }
        return json.dumps(header).encode() + b"\n" + self.object_code

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What ``to_bytes`` was called on. Raises KernelCodeError."""
        line, _, object_code = data.partition(b"\n")
        try:
            header = json.loads(line)
            shared, private = map(int, header["workspace"])
            entries = tuple(
                Entry(
                    str(symbol),
                    tuple(map(Role, roles)),
                    chunks if isinstance(chunks, str) else int(chunks),
                    tuple(
                        tuple((int(buffer), int(dimension)) for buffer, dimension in places)
                        for places in extents
                    ),
                )
                for symbol, roles, chunks, extents in header["entries"]
            )
        except (ValueError, KeyError, TypeError) as error:
            raise KernelCodeError(f"not a kernel's code: {error!r}") from error
        return cls(entries, shared, private, object_code)

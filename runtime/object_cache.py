"""Object code on disk, by what it was made from.

An entry is one file: the digest of the object, then the object. It is written aside and renamed, so
that other processes see all of it or nothing; one that does not match its digest is as good as
absent, and is removed. A cache that cannot be read or written only costs time.

Loading an object runs it: the folder belongs to the user and nobody else can get into it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from platformdirs import user_cache_path

from .. import InlayError
from ..target.description import Target
from .jit import code_generation_flags, emit_object, versions

MIB = 1 << 20
DEFAULT_LIMIT = 512 * MIB
"""Bytes on disk beyond which the entries unused for longest are removed."""

_SUFFIX = ".o"
_FORMAT = "inlay object cache 1"
_DIGEST_SIZE = 32
# What a process adds before it measures the whole folder, as a part of the limit.
_SLACK = 16
# An unfinished file this old, in seconds, was left by a process that died.
_STALE = 3600


class CacheError(InlayError):
    """The folder of the cache is not private to the user."""


class _Entry(NamedTuple):
    """A file in the folder."""

    path: Path
    size: int
    used: float


class ObjectCache:
    """Objects in a folder, by default the user's cache folder.

    folder: made when it is missing; limit: bytes, which the folder may exceed by a sixteenth and
    what other processes add meanwhile. Raises CacheError if others may write to the folder.
    """

    def __init__(self, folder: Path | None = None, limit: int = DEFAULT_LIMIT):
        self.folder = (
            user_cache_path("inlay", appauthor=False) / "objects" if folder is None else folder
        )
        self.limit = limit
        self._unmeasured = limit  # so that the first object makes it measure
        _make_private(self.folder)

    @staticmethod
    def key(ir_text: str, target: Target, *more: str) -> str:
        """What an object is kept under: all that determines its bytes.

        ``more`` is what else does where the text is not yet LLVM's.
        """
        parts = (
            _FORMAT,
            *more,
            ir_text,
            repr(target.to_dict()),
            *code_generation_flags(target),
            *versions(),
        )
        digest = hashlib.blake2b(digest_size=_DIGEST_SIZE)
        for part in parts:
            data = part.encode()
            digest.update(len(data).to_bytes(8, "little"))
            digest.update(data)
        return digest.hexdigest()

    def get(self, key: str) -> bytes | None:
        """The object kept under a key, if it is there and whole."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        digest, content = data[:_DIGEST_SIZE], data[_DIGEST_SIZE:]
        if digest != _digest(key, content):
            _remove(path)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # its time of last use
        return content

    def put(self, key: str, content: bytes) -> None:
        """Keep an object; where that is impossible, do nothing."""
        data = _digest(key, content) + content
        if len(data) > self.limit:
            return
        with contextlib.suppress(OSError):
            _write(self._path(key), data)
            self._unmeasured += len(data)
            if self._unmeasured * _SLACK > self.limit:
                self._unmeasured = 0
                self._evict()

    def emit_object(
        self,
        ir_text: str,
        target: Target,
        emit: Callable[[str, Target], bytes] = emit_object,
    ) -> bytes:
        """The object code for LLVM IR text, from the cache or newly made by ``emit``."""
        key = self.key(ir_text, target)
        content = self.get(key)
        if content is None:
            content = emit(ir_text, target)
            self.put(key, content)
        return content

    def clear(self) -> None:
        """Remove all entries."""
        for entry in self._entries():
            _remove(entry.path)

    def size(self) -> int:
        """Bytes of all entries."""
        return sum(entry.size for entry in self._entries())

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _entries(self) -> Iterator[_Entry]:
        """All files of the folder that still exist; others may be removing them."""
        for path in self.folder.iterdir():
            with contextlib.suppress(OSError):
                found = path.stat()
                if stat.S_ISREG(found.st_mode):
                    yield _Entry(path, found.st_size, found.st_mtime)

    def _evict(self) -> None:
        """Remove what was unused for longest until the limit holds, and what was left behind."""
        stale = time.time() - _STALE
        kept: list[_Entry] = []
        for entry in self._entries():
            if entry.path.suffix == _SUFFIX:
                kept.append(entry)
            elif entry.used < stale:
                _remove(entry.path)
        total = sum(entry.size for entry in kept)
        for entry in sorted(kept, key=lambda entry: entry.used):
            if total <= self.limit:
                return
            _remove(entry.path)
            total -= entry.size


def _digest(key: str, content: bytes) -> bytes:
    """Of the key too, so that a file under another's name is no entry."""
    return hashlib.blake2b(key.encode() + content, digest_size=_DIGEST_SIZE).digest()


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _write(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except OSError:
        _remove(Path(name))
        raise


def _make_private(folder: Path) -> None:
    """Make the folder, readable for the user alone. Raises CacheError where it is not."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.stat()
    except OSError as error:
        raise CacheError(f"object cache {folder}: {error.strerror}") from error
    if os.name != "posix":
        return
    if found.st_uid != os.getuid():
        raise CacheError(f"object cache {folder}: it belongs to another user")
    if found.st_mode & 0o077:
        raise CacheError(
            f"object cache {folder}: its mode is {stat.S_IMODE(found.st_mode):04o}, expected 0700"
        )

"""Kernels compiled by several processes at once: LLVM compiles one module at a time in each.

Workers are fresh interpreters that read texts from their standard input and write code to their
standard output. So they need nothing of the program that asks: its main module is not imported
again, as `multiprocessing` would, and none of its threads and locks is forked. This process works
on the same queue, and alone where there is little to do or no interpreter to start.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, TypeAlias

from .. import InlayError

Result: TypeAlias = bytes | str
"""A kernel's code as bytes, or what went wrong."""

PER_PROCESS = 6
"""A worker is started for so many kernels: what compiles while it imports inlay, and as many."""

_SIZE = 8
_DONE, _FAILED = b"+", b"-"


def compile_texts(texts: Sequence[str], processes: int | None = None) -> list[Result]:
    """The code, or the error, of each text of a module of one kernel.

    processes: how many compile at once; by default as many as this one may run on, if there is
    enough to do.
    """
    if not texts:
        return []
    # Not at start-up: what the cache holds is loaded without all that compiles.
    from ..passes.manager import garbage_kept  # noqa: PLC0415

    if processes is None:
        processes = min(_processors(), 1 + len(texts) // PER_PROCESS)
    queue = _Queue(texts)
    helpers = [
        helper
        for _ in range(min(processes, len(texts)) - 1)
        if (helper := _Helper.start(queue)) is not None
    ]
    try:
        with garbage_kept():
            while (job := queue.take()) is not None:
                queue.results[job] = compile_text(texts[job])
        for helper in helpers:
            helper.thread.join()
        # What a worker that died had taken.
        for job in [job for job, result in enumerate(queue.results) if result is None]:
            queue.results[job] = compile_text(texts[job])
    finally:
        for helper in helpers:
            helper.stop()
    return [result for result in queue.results if result is not None]


def compile_text(text: str) -> Result:
    """The code, or the error, of a text in this process."""
    # Not at start-up: what the cache holds is loaded without all that compiles.
    from ..dialects.parsing import parse_module  # noqa: PLC0415
    from ..dialects.registry import make_context  # noqa: PLC0415
    from .kernel_compiler import compile_code  # noqa: PLC0415

    try:
        return compile_code(parse_module(make_context(), text), verify=False).to_bytes()
    except InlayError as error:
        return str(error)


class _Queue:
    """Which texts nobody has taken, the longest first, and the results by place."""

    def __init__(self, texts: Sequence[str]):
        self.texts = texts
        self.results: list[Result | None] = [None] * len(texts)
        self._jobs = deque(sorted(range(len(texts)), key=lambda job: -len(texts[job])))

    def take(self) -> int | None:
        """The place of the next text; None when all are taken."""
        try:
            return self._jobs.popleft()
        except IndexError:
            return None


class _Helper:
    """A worker process and the thread that feeds it."""

    def __init__(self, queue: _Queue, process: subprocess.Popen[bytes]):
        self._queue = queue
        self._process = process
        self.thread = threading.Thread(target=self._feed, daemon=True)
        self.thread.start()

    @classmethod
    def start(cls, queue: _Queue) -> _Helper | None:
        """Start a worker, where there is an interpreter to start."""
        if not sys.executable:
            return None
        path = os.pathsep.join(entry for entry in sys.path if entry)
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
        except OSError:
            return None
        return cls(queue, process)

    def _feed(self) -> None:
        """Have the worker compile until nothing is left, or it dies."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with suppress(OSError, EOFError):
            while (job := self._queue.take()) is not None:
                _send(stdin, self._queue.texts[job].encode())
                reply = _receive(stdout)
                content = reply[len(_DONE) :]
                done = reply.startswith(_DONE)
                self._queue.results[job] = content if done else content.decode()

    def stop(self) -> None:
        """End the worker."""
        with suppress(OSError):
            self._process.kill()
        self.thread.join()
        self._process.communicate()


def _send(stream: IO[bytes], data: bytes) -> None:
    stream.write(len(data).to_bytes(_SIZE, "little") + data)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    """What was sent. Raises EOFError where the other side has gone."""
    size = int.from_bytes(_exactly(stream, _SIZE), "little")
    return _exactly(stream, size)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _processors() -> int:
    """How many this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _work() -> None:
    """The worker: compile what comes until the other side goes."""
    gc.disable()  # it would take half of the time, and the process does not last
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what anything prints is no reply
    with suppress(OSError, EOFError):
        while True:
            result = compile_text(_receive(sys.stdin.buffer).decode())
            _send(
                replies, _DONE + result if isinstance(result, bytes) else _FAILED + result.encode()
            )


if __name__ == "__main__":
    _work()

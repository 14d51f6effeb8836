"""``--timing``: where the wall time of a pipeline went, printed as MLIR's tree."""

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from typing import Self, TextIO

from xdsl.context import Context
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from .hooks import Pipeline, ReportingInstrument, report_header

VERIFIER = "(V) DominanceAndVerify"


@dataclass
class _Timer:
    """Seconds spent in something, which may start and stop many times, and in its parts.

    Parts are keyed by the identity of their ``subject``: a pass that runs on many functions is one
    row, two equal passes of a pipeline are two.
    """

    name: str
    subject: object = None
    seconds: float = 0.0
    started: float = 0.0
    parts: dict[int, "_Timer"] = field(default_factory=dict[int, "_Timer"])

    def part(self, name: str, subject: object) -> "_Timer":
        return self.parts.setdefault(id(subject), _Timer(name, subject))

    def start(self) -> None:
        self.started = perf_counter()

    def stop(self) -> None:
        self.seconds += perf_counter() - self.started


@dataclass
class Timing(ReportingInstrument):
    """Wall time per pass, nested pipeline and verification.

    Inside a ``with`` block the total is the time of the block, and ``scope`` adds rows for the
    work around the pipeline; otherwise it is the time of the pipeline.
    """

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _root: _Timer = field(default_factory=lambda: _Timer("Total"), init=False)
    _running: list[_Timer] = field(default_factory=list[_Timer], init=False)

    @contextmanager
    def scope(self, name: str) -> Generator[None]:
        """Count the time inside the ``with`` block as a row called ``name``."""
        self._start(name, name)
        try:
            yield
        finally:
            self._stop()

    def report(self) -> None:
        """Print the tree of all rows so far."""
        total = self._root.seconds
        lines = [
            report_header("Execution time report"),
            f"  Total Execution Time: {total:.4f} seconds\n\n",
            "  ----Wall Time----  ----Name----\n",
        ]
        parts = self._root.parts.values()
        for part in parts:
            lines.extend(_rows(part, total, indent=0))
        lines.append(_row("Rest", total - sum(part.seconds for part in parts), total))
        lines.append(_row("Total", total, total))
        self.stream.write("".join(lines))

    def __enter__(self) -> Self:
        self._start_root()
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()
        super().__exit__(kind, error, traceback)

    def before_pipeline(self, ctx: Context, op: Operation, pm: Pipeline) -> None:
        super().before_pipeline(ctx, op, pm)
        if self._depth > 1:
            self._start(f"'{pm.anchor}' Pipeline", pm)
        elif not self._entered:
            self._start_root()

    def after_pipeline(self, ctx: Context, op: Operation, pm: Pipeline) -> None:
        if self._depth > 1 or not self._entered:
            self._stop()
        super().after_pipeline(ctx, op, pm)

    def before_pass(self, ctx: Context, pass_: ModulePass, op: Operation) -> None:
        self._start(pass_.name, pass_)

    def after_pass(self, ctx: Context, pass_: ModulePass, op: Operation) -> None:
        self._stop()

    def after_pass_failed(
        self, ctx: Context, pass_: ModulePass, op: Operation, error: Exception
    ) -> None:
        self._stop()

    def before_verify(self, ctx: Context, op: Operation) -> None:
        self._start(VERIFIER, VERIFIER)

    def after_verify(self, ctx: Context, op: Operation) -> None:
        self._stop()

    def _start_root(self) -> None:
        self._running.append(self._root)
        self._root.start()

    def _start(self, name: str, subject: object) -> None:
        timer = (self._running[-1] if self._running else self._root).part(name, subject)
        self._running.append(timer)
        timer.start()

    def _stop(self) -> None:
        self._running.pop().stop()


def _rows(timer: _Timer, total: float, indent: int) -> Iterator[str]:
    yield _row(" " * indent + timer.name, timer.seconds, total)
    for part in timer.parts.values():
        yield from _rows(part, total, indent + 2)


def _row(name: str, seconds: float, total: float) -> str:
    percent = 100 * seconds / total if total else 0.0
    return f"  {seconds:8.4f} ({percent:5.1f}%)  {name}\n"

"""Counters that passes report while they run.

A pass is a frozen dataclass, so what it counts lives outside it::

    class FoldConstant(FunctionPass):
        statistics: ClassVar[Mapping[str, str]] = {"folded": "operations replaced by constants"}

        def run_on(self, ctx: Context, op: Operation) -> None:
            ...
            count("folded")

``count`` costs next to nothing when nobody collects. ``--pass-statistics`` prints the counters.
"""

import sys
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol, TextIO, runtime_checkable

from xdsl.context import Context
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from .hooks import Pipeline, ReportingInstrument, report_header

_collecting: ContextVar[tuple[Counter[str], ...]] = ContextVar("collecting", default=())


def count(name: str, n: int = 1) -> None:
    """Add ``n`` to the counter ``name`` of the running pass."""
    for counter in _collecting.get():
        counter[name] += n


@contextmanager
def collect() -> Generator[Counter[str]]:
    """The counts reported inside the ``with`` block; blocks may nest, each sees all of its own."""
    counter = Counter[str]()
    token = _collecting.set((*_collecting.get(), counter))
    try:
        yield counter
    finally:
        _collecting.reset(token)


@runtime_checkable
class DeclaresStatistics(Protocol):
    """A pass that says what its counters count."""

    statistics: Mapping[str, str]


_OPS = {"ops-before": "operations before the pass", "ops-after": "operations after the pass"}


@dataclass
class _Row:
    """A pass or a nested pipeline of the report."""

    name: str
    subject: object
    indent: int
    counter: Counter[str] = field(default_factory=Counter[str])


@dataclass
class Statistics(ReportingInstrument):
    """Sums the counters of each pass, and the operations before and after it; prints MLIR's report.

    A pass that runs on several operations is one row; counters a pass declares show even at zero.
    """

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _rows: dict[tuple[int, int], _Row] = field(
        default_factory=dict[tuple[int, int], _Row], init=False
    )
    _open: list[tuple[ExitStack, Counter[str]]] = field(
        default_factory=list[tuple[ExitStack, Counter[str]]], init=False
    )

    def report(self) -> None:
        """Print the counters so far."""
        lines = [report_header("Pass statistics report")]
        for row in self._rows.values():
            lines.append(" " * row.indent + row.name + "\n")
            lines.extend(_counter_lines(row))
        self.stream.write("".join(lines) + "\n")

    def before_pipeline(self, ctx: Context, op: Operation, pm: Pipeline) -> None:
        if self._depth > 0:
            self._row(f"'{pm.anchor}' Pipeline", pm)
        super().before_pipeline(ctx, op, pm)

    def before_pass(self, ctx: Context, pass_: ModulePass, op: Operation) -> None:
        stack = ExitStack()
        counter = stack.enter_context(collect())
        counter["ops-before"] = _count_ops(op)
        self._open.append((stack, counter))

    def after_pass(self, ctx: Context, pass_: ModulePass, op: Operation) -> None:
        self._close(pass_, op)

    def after_pass_failed(
        self, ctx: Context, pass_: ModulePass, op: Operation, error: Exception
    ) -> None:
        self._close(pass_, op)

    def _close(self, pass_: ModulePass, op: Operation) -> None:
        stack, counter = self._open.pop()
        stack.close()
        counter["ops-after"] = _count_ops(op)
        self._row(pass_.name, pass_).counter.update(counter)

    def _row(self, name: str, subject: object) -> _Row:
        indent = 2 * max(self._depth - 1, 0)
        return self._rows.setdefault((id(subject), indent), _Row(name, subject, indent))


def _count_ops(op: Operation) -> int:
    """The number of operations inside ``op``."""
    return sum(1 for _ in op.walk()) - 1


def _counter_lines(row: _Row) -> Iterator[str]:
    declared: Mapping[str, str] = {}
    if isinstance(row.subject, DeclaresStatistics):
        declared = row.subject.statistics
    counters = {name: row.counter[name] for name in sorted({*row.counter, *declared})}
    if not counters:
        return
    docs = {**_OPS, **declared}
    name_width = max(map(len, counters))
    value_width = max(len(str(value)) for value in counters.values())
    for name, value in counters.items():
        doc = f"{name:{name_width}} - {docs[name]}" if name in docs else name
        yield f"{' ' * row.indent}  (S) {value:{value_width}} {doc}\n"

"""The hooks of instruments: what a `PassManager` calls around pipelines, passes, verification.

Instruments nest: the ``before`` hooks run in the order given and the ``after`` hooks in reverse, so
an instrument placed last sees the passes without the cost of those before it.
"""

from types import TracebackType
from typing import Protocol, Self

from xdsl.context import Context
from xdsl.ir import Operation
from xdsl.passes import ModulePass


class Pipeline(Protocol):
    """What instruments know of a pass manager."""

    anchor: str
    """The name of the operations it runs on."""


class Instrument:
    """Hooks that do nothing; instruments override those they need.

    A pass that fails gets ``after_pass_failed`` instead of ``after_pass``; every other ``before``
    hook is followed by its ``after`` hook even on failure. Verification of a pass's result happens
    inside its ``before_pass`` and ``after_pass``. ``pm`` may be a nested pipeline.
    """

    def before_pipeline(self, ctx: Context, op: Operation, pm: Pipeline) -> None:
        """Called before the pipeline ``pm`` runs on ``op``."""

    def after_pipeline(self, ctx: Context, op: Operation, pm: Pipeline) -> None:
        """Called when the pipeline ``pm`` has run on ``op``, or has failed."""

    def before_pass(self, ctx: Context, pass_: ModulePass, op: Operation) -> None:
        """Called before ``pass_`` runs on ``op``."""

    def after_pass(self, ctx: Context, pass_: ModulePass, op: Operation) -> None:
        """Called when ``pass_`` has run on ``op`` and the result has been verified."""

    def after_pass_failed(
        self, ctx: Context, pass_: ModulePass, op: Operation, error: Exception
    ) -> None:
        """Called when ``pass_`` has raised ``error``, or has left ``op`` invalid."""

    def before_verify(self, ctx: Context, op: Operation) -> None:
        """Called before ``op`` is verified."""

    def after_verify(self, ctx: Context, op: Operation) -> None:
        """Called when ``op`` has been verified, or found invalid."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leaves exceptions alone."""


class ReportingInstrument(Instrument):
    """An instrument that collects, and reports at the end.

    As a context manager it reports once, on leaving the ``with`` block; otherwise it reports after
    each run of an outermost pipeline.
    """

    _depth = 0
    _entered = False

    def report(self) -> None:
        """Print what has been collected so far."""
        raise NotImplementedError

    def before_pipeline(self, ctx: Context, op: Operation, pm: Pipeline) -> None:
        self._depth += 1

    def after_pipeline(self, ctx: Context, op: Operation, pm: Pipeline) -> None:
        self._depth -= 1
        if self._depth == 0 and not self._entered:
            self.report()

    def __enter__(self) -> Self:
        self._entered = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._entered = False
        self.report()


def report_header(title: str) -> str:
    """The banner MLIR prints above its reports."""
    rule = "===" + "-" * 73 + "==="
    text = f"... {title} ..."
    return f"{rule}\n{' ' * ((80 - len(text)) // 2)}{text}\n{rule}\n"

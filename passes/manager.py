"""The pass manager: every pass of inlay runs through it.

A pipeline runs on ``builtin.module``; nested in it, as in MLIR, are pipelines for the operations of
one name that stand directly below::

    fold-constant,relay.func(simplify-expr,fuse-ops{max-depth=8})

A nested pipeline runs all of its passes on one operation, then on the next.
"""

import gc
import traceback
from abc import abstractmethod
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, field
from pathlib import Path
from typing import ClassVar, Self

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.traits import IsolatedFromAbove
from xdsl.utils.exceptions import DiagnosticException

from .. import InlayError
from ..dialects.dominance import verify_dominance
from ..dialects.printing import print_module
from .hooks import Instrument
from .options import build_pass, format_pass
from .pipeline_spec import (
    MODULE,
    NestSpec,
    PassSpec,
    PipelineError,
    Position,
    format_nest,
    parse_pipeline,
)
from .registry import PIPELINES, RegistryError, get_pass
from .reproducer import write_reproducer


class FunctionPass(ModulePass):
    """A pass over one operation at a time, which may stand in a pipeline nested on ``anchor``.

    ``run_on`` must look at and change nothing outside the operation it is given. Functions without
    a body are passed too.
    """

    anchor: ClassVar[str] = "relay.func"
    """The name of the operations it runs on."""

    @abstractmethod
    def run_on(self, ctx: Context, op: Operation) -> None:
        """Run on one ``anchor`` operation."""

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Run on every ``anchor`` operation of the module, in order."""
        for anchored in [inner for inner in op.walk() if inner.name == self.anchor]:
            self.run_on(ctx, anchored)


class PassError(InlayError):
    """A pass failed or left invalid IR, or the IR was invalid before the first pass.

    ``pass_name`` is None in the last case, and the text of a nested pipeline where the whole of it
    left its surroundings invalid; ``reproducer`` is the file written, if any.
    """

    def __init__(self, message: str, pass_name: str | None, reproducer: Path | None = None):
        super().__init__(message)
        self.pass_name = pass_name
        self.reproducer = reproducer


def verify_ir(op: Operation) -> None:
    """Verify ``op`` and all below: xDSL's checks, then SSA dominance.

    Raises:
        VerifyException: naming the first operation that is wrong.
    """
    op.verify()
    verify_dominance(op)


@dataclass
class PassManager:
    """A pipeline of passes on operations named ``anchor``, with the conditions it runs under.

    ``passes`` holds passes, nested pass managers, and pipeline texts (so also names) in any mix.
    The fields after ``anchor`` belong to the outermost pass manager: they hold for nested ones.
    Two pass managers are equal if they run the same pipeline.
    """

    passes: InitVar["Sequence[ModulePass | PassManager | str]"]
    anchor: str = MODULE
    instruments: Sequence[Instrument] = field(default=(), compare=False, kw_only=True)
    verify: bool = field(default=True, compare=False, kw_only=True)
    """Verify the input, and what each pass leaves."""
    reproducer_path: Path | None = field(default=None, compare=False, kw_only=True)
    """Where a failure leaves a reproducer."""
    reproducer_local: bool = field(default=False, compare=False, kw_only=True)
    """Reproduce from before the failing pass rather than from the start; costs a copy per pass."""
    elements: "tuple[ModulePass | PassManager, ...]" = field(init=False)

    def __post_init__(self, passes: "Sequence[ModulePass | PassManager | str]") -> None:
        elements: list[ModulePass | PassManager] = []
        for entry in passes:
            if isinstance(entry, str):
                elements.extend(_build(parse_pipeline(entry), self.anchor))
            else:
                _check_fits(entry, self.anchor)
                elements.append(entry)
        self.elements = tuple(elements)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The pass manager for a textual pipeline.

        Raises:
            PipelineError: with the position in ``text`` of what is wrong.
        """
        return cls([text])

    def spec(self, *, defaults: bool = False) -> str:
        """The text of this pipeline; options at their defaults only if ``defaults``."""
        return format_nest(
            self.anchor,
            [
                element.spec(defaults=defaults)
                if isinstance(element, PassManager)
                else format_pass(element, defaults=defaults)
                for element in self.elements
            ],
        )

    def __str__(self) -> str:
        return self.spec()

    def run(self, ctx: Context, op: Operation) -> None:
        """Run the pipeline on ``op``, in place.

        Raises:
            PassError: if a pass fails, or IR is found invalid.
        """
        if op.name != self.anchor:
            raise PassError(f"cannot run the pipeline {self} on '{op.name}'", None)
        with garbage_kept():
            _Run(self, ctx, op).pipeline(self, op)


@contextmanager
def garbage_kept() -> Generator[None]:
    """Without garbage collection, which would take half of the time that making IR takes."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Run:
    """One run of an outermost pass manager."""

    def __init__(self, manager: PassManager, ctx: Context, top: Operation):
        self.manager = manager
        self.ctx = ctx
        self.top = top
        # What a reproducer written now would hold; no operation stands for ``top`` as it is.
        self.snapshot: tuple[Operation | None, str] = (None, manager.spec())

    def pipeline(self, pm: PassManager, op: Operation) -> None:
        instruments = self.manager.instruments
        for instrument in instruments:
            instrument.before_pipeline(self.ctx, op, pm)
        try:
            if op is self.top:
                self._verify_input()
            for element in pm.elements:
                if isinstance(element, PassManager):
                    self._nest(element, op)
                else:
                    self._pass(element, op)
        finally:
            for instrument in reversed(instruments):
                instrument.after_pipeline(self.ctx, op, pm)

    def _verify_input(self) -> None:
        with self._failing_as("the input is invalid", None):
            self._verify(self.top)
        if self.manager.reproducer_path is not None:
            self.snapshot = (self.top.clone(), self.manager.spec())

    def _take_local_snapshot(self, text: str, op: Operation) -> None:
        """Have reproducers run the pipeline element ``text`` alone, from here."""
        if self.manager.reproducer_path is not None and self.manager.reproducer_local:
            self.snapshot = (self.top.clone(), _pipeline_to(op, text))

    def _nest(self, pm: PassManager, parent: Operation) -> None:
        anchored = [
            op
            for region in parent.regions
            for block in region.blocks
            for op in block.ops
            if op.name == pm.anchor
        ]
        if not anchored:
            return
        self._take_local_snapshot(pm.spec(), parent)
        before = self.snapshot
        for op in anchored:
            if not op.has_trait(IsolatedFromAbove, value_if_unregistered=False):
                raise PassError(
                    f"cannot nest a pipeline on '{op.name}': it is not isolated from above", None
                )
            self.pipeline(pm, op)
        # They can have broken their surroundings: a callee's type, a symbol's name.
        self.snapshot = before
        with self._failing_as(f"pipeline '{pm}' left invalid IR", str(pm)):
            self._verify(parent)

    def _pass(self, pass_: ModulePass, op: Operation) -> None:
        instruments = self.manager.instruments
        for instrument in instruments:
            instrument.before_pass(self.ctx, pass_, op)
        self._take_local_snapshot(format_pass(pass_), op)
        try:
            with self._failing_as(f"pass '{pass_.name}' failed", pass_.name):
                _apply(pass_, self.ctx, op)
            with self._failing_as(f"pass '{pass_.name}' left invalid IR", pass_.name):
                self._verify(op)
        except PassError as error:
            for instrument in reversed(instruments):
                instrument.after_pass_failed(self.ctx, pass_, op, error)
            raise
        for instrument in reversed(instruments):
            instrument.after_pass(self.ctx, pass_, op)

    def _verify(self, op: Operation) -> None:
        if not self.manager.verify:
            return
        instruments = self.manager.instruments
        for instrument in instruments:
            instrument.before_verify(self.ctx, op)
        try:
            verify_ir(op)
        finally:
            for instrument in reversed(instruments):
                instrument.after_verify(self.ctx, op)

    @contextmanager
    def _failing_as(self, what: str, pass_name: str | None) -> Generator[None]:
        """Turn any exception into a `PassError` that starts with ``what``."""
        try:
            yield
        except Exception as error:
            failure = PassError(f"{what}: {_one_line(error)}", pass_name)
            try:
                failure.reproducer = self._write_reproducer()
            except Exception as unwritten:  # noqa: BLE001 - must not hide the failure itself
                failure = PassError(f"{failure}; no reproducer: {_one_line(unwritten)}", pass_name)
            raise failure from error

    def _write_reproducer(self) -> Path | None:
        path = self.manager.reproducer_path
        if path is not None:
            # The generic form prints and parses even where an op's own syntax is at fault.
            op, pipeline = self.snapshot
            ir = print_module(self.top if op is None else op, generic=True, resources=True)
            write_reproducer(path, ir, pipeline, self.manager.verify)
        return path


def _apply(pass_: ModulePass, ctx: Context, op: Operation) -> None:
    if isinstance(op, ModuleOp):
        pass_.apply(ctx, op)
    else:
        assert isinstance(pass_, FunctionPass), "checked when the pipeline was built"
        pass_.run_on(ctx, op)


def _pipeline_to(op: Operation, text: str) -> str:
    """The pipeline from the outermost operation that runs ``text`` on operations like ``op``."""
    text = format_nest(op.name, [text])
    while (parent := op.parent_op()) is not None:
        op = parent
        text = format_nest(op.name, [text])
    return text


def _one_line(error: Exception) -> str:
    """What went wrong; for errors that nobody meant to raise, with their kind and place."""
    message = " ".join(str(error).split("\n"))
    if isinstance(error, InlayError | DiagnosticException):
        return message
    frame = traceback.extract_tb(error.__traceback__)[-1]
    kind = type(error).__name__
    return f"{kind}{': ' if message else ''}{message} ({Path(frame.filename).name}:{frame.lineno})"


def _build(
    specs: Sequence[PassSpec | NestSpec], anchor: str, expanding: tuple[str, ...] = ()
) -> list[ModulePass | PassManager]:
    """The elements for ``specs`` in a pipeline on ``anchor``, named pipelines expanded."""
    elements: list[ModulePass | PassManager] = []
    for spec in specs:
        if isinstance(spec, PassSpec) and spec.name in PIPELINES:
            elements.extend(_expand(spec, anchor, expanding))
            continue
        if isinstance(spec, NestSpec):
            element = PassManager(_build(spec.elements, spec.anchor, expanding), spec.anchor)
        else:
            try:
                element = build_pass(get_pass(spec.name), spec)
            except RegistryError as error:
                raise PipelineError(str(error), spec.position) from error
        _check_fits(element, anchor, spec.position)
        elements.append(element)
    return elements


def _expand(
    spec: PassSpec, anchor: str, expanding: tuple[str, ...]
) -> list[ModulePass | PassManager]:
    name = spec.name
    if spec.options:
        raise PipelineError(f"pipeline '{name}' takes no options", spec.options[0].position)
    if name in expanding:
        raise PipelineError(f"pipeline '{name}' contains itself", spec.position)
    return _build(
        parse_pipeline(PIPELINES[name].text, f"pipeline '{name}'"), anchor, (*expanding, name)
    )


def _check_fits(
    element: ModulePass | PassManager, anchor: str, position: Position | None = None
) -> None:
    """Check that ``element`` can stand in a pipeline on ``anchor``."""
    if isinstance(element, PassManager):
        if element.instruments or element.reproducer_path is not None:
            raise PipelineError(
                "instruments and reproducers belong to the outermost pass manager, not to the one "
                f"nested on {element.anchor}",
                position,
            )
        return
    wanted = element.anchor if isinstance(element, FunctionPass) else MODULE
    if anchor not in (MODULE, wanted):
        raise PipelineError(
            f"pass '{element.name}' runs on {wanted}, it cannot be nested on {anchor}", position
        )

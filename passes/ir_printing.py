"""IR dumps between passes: ``--print-ir-before``, ``--print-ir-after`` and ``--dump-ir-dir``."""

import sys
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TextIO

from xdsl.context import Context
from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from .. import InlayError
from ..dialects.printing import print_module
from .hooks import Instrument, Pipeline

IRPrinter = Callable[[Operation], str]


class _All(Container[str]):
    def __contains__(self, name: object) -> bool:
        return True


ALL: Container[str] = _All()
"""All pass names."""


@dataclass
class PrintIR(Instrument):
    """Prints the IR around passes under MLIR's banners.

    ``before`` and ``after`` hold pass names; IR after a failed pass is marked as such.
    ``only_if_changed`` leaves out passes that changed nothing, ``only_on_failure`` all that
    succeed; it takes every pass, whatever ``after`` holds. ``module_scope`` prints the outermost
    operation around the one a pass ran on.
    """

    before: Container[str] = ()
    after: Container[str] = ()
    only_if_changed: bool = False
    only_on_failure: bool = False
    module_scope: bool = False
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    printer: IRPrinter = print_module
    _digests: list[bytes] = field(default_factory=list[bytes], init=False)

    def before_pass(self, ctx: Context, pass_: ModulePass, op: Operation) -> None:
        if self._watches_change(pass_):
            self._digests.append(_digest(op))
        if pass_.name in self.before:
            self._print(f"Before {pass_.name}", pass_, op, self.printer)

    def after_pass(self, ctx: Context, pass_: ModulePass, op: Operation) -> None:
        unchanged = self._watches_change(pass_) and self._digests.pop() == _digest(op)
        if pass_.name in self.after and not unchanged and not self.only_on_failure:
            self._print(f"After {pass_.name}", pass_, op, self.printer)

    def after_pass_failed(
        self, ctx: Context, pass_: ModulePass, op: Operation, error: Exception
    ) -> None:
        if self._watches_change(pass_):
            self._digests.pop()
        if pass_.name in self.after or self.only_on_failure:
            title = f"After {pass_.name} Failed"
            self._print(title, pass_, op, lambda op: print_broken(op, self.printer))

    def _watches_change(self, pass_: ModulePass) -> bool:
        return self.only_if_changed and pass_.name in self.after

    def _print(self, title: str, pass_: ModulePass, op: Operation, printer: IRPrinter) -> None:
        scope = ""
        if self.module_scope:
            symbol = _symbol(op)
            scope = f" ('{op.name}' operation{'' if symbol is None else f': @{symbol}'})"
            while (parent := op.parent_op()) is not None:
                op = parent
        text = printer(op).rstrip("\n")
        self.stream.write(
            f"// -----// IR Dump {title} ({pass_.name}){scope} //----- //\n{text}\n\n\n"
        )


def _digest(op: Operation) -> bytes:
    return blake2b(print_module(op, generic=True).encode(), digest_size=16).digest()


@dataclass
class DumpIRDir(Instrument):
    """Writes ``000_input.mlir``, then ``NNN_pass.mlir`` after each pass, into ``directory``.

    A pass of a nested pipeline dumps the operation it ran on, as ``NNN_pass_symbol.mlir``; IR after
    a failed pass is marked ``_failed``. Numbers run on when several pipelines share the instrument.

    Raises:
        InlayError: where a file cannot be written.
    """

    directory: Path
    printer: IRPrinter = print_module
    _number: int = field(default=0, init=False)
    _depth: int = field(default=0, init=False)

    def before_pipeline(self, ctx: Context, op: Operation, pm: Pipeline) -> None:
        if self._depth == 0:
            self._write("input", print_broken(op, self.printer))
        self._depth += 1

    def after_pipeline(self, ctx: Context, op: Operation, pm: Pipeline) -> None:
        self._depth -= 1

    def after_pass(self, ctx: Context, pass_: ModulePass, op: Operation) -> None:
        self._write(self._stem(pass_, op), self.printer(op))

    def after_pass_failed(
        self, ctx: Context, pass_: ModulePass, op: Operation, error: Exception
    ) -> None:
        self._write(self._stem(pass_, op) + "_failed", print_broken(op, self.printer))

    @staticmethod
    def _stem(pass_: ModulePass, op: Operation) -> str:
        symbol = _symbol(op)
        if op.parent is None or symbol is None:
            return pass_.name
        return pass_.name + "_" + "".join(c if c.isalnum() or c in "-._" else "_" for c in symbol)

    def _write(self, stem: str, text: str) -> None:
        path = Path(self.directory) / f"{self._number:03}_{stem}.mlir"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        except OSError as error:
            raise InlayError(f"cannot write IR to {path}: {error.strerror}") from error
        self._number += 1


def print_broken(op: Operation, printer: IRPrinter) -> str:
    """The text of IR that a failed pass left behind, which may be beyond printing."""
    try:
        return printer(op)
    except Exception as error:  # noqa: BLE001 - printers of invalid IR fail in any way
        return f"// cannot print '{op.name}': {type(error).__name__}: {error}".replace("\n", " ")


def _symbol(op: Operation) -> str | None:
    name = op.get_attr_or_prop("sym_name")
    return name.data if isinstance(name, StringAttr) else None

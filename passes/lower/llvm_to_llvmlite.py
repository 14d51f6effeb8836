"""The llvm dialect as LLVM IR text, which ``runtime.jit`` takes.

One translator for each op, in the table of ``llvm_instructions``; an op without one, and a property
that it does not know, are errors.
"""

from __future__ import annotations

from xdsl.dialects import llvm
from xdsl.dialects.builtin import ModuleOp

from ..target_attribute import target_of
from .llvm_instructions import TRANSLATORS
from .llvm_text import TranslationError, global_text
from .llvm_writer import FunctionWriter, ModuleWriter


def translate_module(module: ModuleOp) -> str:
    """The LLVM IR text of a module of the llvm dialect, for the target of the module.

    Raises TranslationError for an op or property that has no translation.
    """
    writer = ModuleWriter()
    bodies: list[str] = []
    for op in module.ops:
        try:
            if isinstance(op, llvm.GlobalOp):
                writer.globals.append(global_text(op))
            elif isinstance(op, llvm.FuncOp):
                bodies.append(FunctionWriter(writer, op, TRANSLATORS).text())
            else:
                raise TranslationError("expected llvm.func or llvm.mlir.global in a module")
        except TranslationError as error:
            if error.op is None:
                error.op = op
                error.args = (f"{op.name}: {error}",)
            raise
    return writer.text(target_of(module).triple, bodies)

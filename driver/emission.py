"""What a module of the llvm dialect is written as: LLVM IR text, assembly, an object file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xdsl.dialects.builtin import ModuleOp

from .. import InlayError
from ..passes.lower.llvm_to_llvmlite import translate_module
from ..passes.pipeline import CODE_PHASE
from ..passes.target_attribute import TARGET, target_of
from ..runtime.jit import emit_assembly, emit_object
from ..target.description import Target


class EmissionError(InlayError):
    """A module names no machine, or is not of the llvm phase."""


@dataclass(frozen=True)
class Form:
    """A form that machine code, or what leads to it, is written in.

    emit: makes it of LLVM IR text for a target; ``doc`` is one line for ``--help``.
    """

    name: str
    doc: str
    emit: Callable[[str, Target], str | bytes]


def _as_it_is(ir_text: str, target: Target) -> str:
    return ir_text


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form("llvm-ir", "LLVM IR text, as LLVM is given it", _as_it_is),
        Form("asm", "assembly", emit_assembly),
        Form("obj", "an object file", emit_object),
    )
}
"""The forms by name."""


def emit(module: ModuleOp, form: Form) -> str | bytes:
    """A module of the llvm phase in another form, for the machine it names.

    Raises:
        EmissionError: when it names none, or holds ops of an earlier phase.
        TranslationError: when an op or property has no translation to LLVM.
        JitError: when LLVM refuses the module.
    """
    for op in module.ops:
        if op.dialect_name() != "llvm":
            raise EmissionError(
                f"{form.name} is made of a module at the {CODE_PHASE} phase, found {op.name}"
            )
    if TARGET not in module.attributes:
        raise EmissionError(f"the module names no machine to make {form.name} for ({TARGET})")
    target = target_of(module)
    return form.emit(translate_module(module), target)

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# (llvmlite has no types)
"""LLVM IR text to machine code, for any target, and object code into this process.

The text comes scheduled and vectorised: LLVM only unrolls the loops that say so, makes registers
of small allocas, and generates code. Its full pipelines bring nothing more and cost seconds.
"""

from __future__ import annotations

import struct
from functools import cache
from itertools import count
from threading import RLock

import llvmlite
import llvmlite.binding as llvm

from .. import InlayError
from ..target.description import Target

OPTIMIZATION_LEVEL = 2
"""LLVM's level for code generation; the third gives no faster kernels."""

# Measured to save 40 % of code generation at no loss: what they do, the schedule has done.
_OPTIONS = ("-disable-lsr", "-disable-cgp", "-disable-post-ra")
# With many registers LLVM's scheduler moves so many loads ahead that accumulators spill.
_MANY_REGISTERS = 32

_ELF_MACHINES = {"x86_64": 62, "aarch64": 183}
_ELF_MACHINE_OFFSET = 18
_ELF_HEADER = 64

# LLVM's options belong to the process, and one of them depends on the target.
_lock = RLock()
_library_numbers = count()


class JitError(InlayError):
    """LLVM refuses the text or the target, or object code is not for this process."""


def code_generation_flags(target: Target) -> tuple[str, ...]:
    """What changes the code besides text and target: part of the key of cached objects."""
    many = target.triple.startswith("x86_64") and target.vector_registers >= _MANY_REGISTERS
    scheduler = "false" if many else "true"
    return (f"-O{OPTIMIZATION_LEVEL}", *_OPTIONS, f"-enable-misched={scheduler}")


def versions() -> tuple[str, ...]:
    """The versions of what generates the code, for keys of cached objects."""
    return (
        f"llvmlite {llvmlite.__version__}",
        f"LLVM {'.'.join(map(str, llvm.llvm_version_info))}",
    )


# ---------------------------------------------------------------- compilation


def emit_object(ir_text: str, target: Target) -> bytes:
    """Object code, position-independent, for a module of LLVM IR text. Raises JitError."""
    with _lock:
        machine, module = _optimized(ir_text, target)
        return machine.emit_object(module)


def emit_assembly(ir_text: str, target: Target) -> str:
    """Assembly for a module of LLVM IR text. Raises JitError."""
    with _lock:
        machine, module = _optimized(ir_text, target)
        return machine.emit_assembly(module)


def optimize(ir_text: str, target: Target) -> str:
    """The LLVM IR text that code is generated from. Raises JitError."""
    with _lock:
        _, module = _optimized(ir_text, target)
        return str(module)


def _optimized(ir_text: str, target: Target) -> tuple[llvm.TargetMachine, llvm.ModuleRef]:
    """A machine with the target's options in force, and the module after LLVM's passes."""
    machine = _machine(target)
    try:
        module = llvm.parse_assembly(ir_text, llvm.create_context())
        module.verify()
    except RuntimeError as error:
        raise JitError(f"LLVM refuses the module: {str(error).strip()}") from error
    module.triple = target.triple
    module.data_layout = str(machine.target_data)
    for flag in code_generation_flags(target)[1:]:
        llvm.set_option("inlay", flag)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options())
    passes = llvm.create_new_function_pass_manager()
    passes.add_loop_unroll_pass()  # innermost first, all that are marked
    passes.add_instruction_combine_pass()
    passes.add_sroa_pass()
    passes.add_simplify_cfg_pass()
    for function in module.functions:
        if not function.is_declaration:
            passes.run(function, builder)
    return machine, module


def _machine(target: Target) -> llvm.TargetMachine:
    _initialize()
    try:
        found = llvm.Target.from_triple(target.triple)
    except RuntimeError as error:
        raise JitError(
            f"target '{target.name}': this LLVM has no code generator for {target.triple}"
        ) from error
    return found.create_target_machine(
        cpu=target.cpu,
        features=",".join(f"+{feature}" for feature in target.features),
        opt=OPTIMIZATION_LEVEL,
        reloc="pic",
        codemodel="default",
    )


@cache
def _initialize() -> None:
    """Make all code generators known, once."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


# ---------------------------------------------------------------- loading


class Library:
    """Object code in this process. Addresses are good as long as this lives."""

    def __init__(self, linker: llvm.LLJIT, name: str, linked: llvm.ResourceTracker):
        self._linker = linker
        self._name = name
        # Each of these keeps the code, and what it refers to, in memory.
        self._kept = [linked]

    def address(self, symbol: str) -> int:
        """The address of a function or global that the object defines.

        Raises JitError where there is none, or it needs a symbol that this process lacks.
        """
        with _lock:
            try:
                found = self._linker.lookup(self._name, symbol)
            except RuntimeError as error:
                raise JitError(f"symbol '{symbol}': {error}") from error
            self._kept.append(found)
            return found[symbol]


def load_object(*objects: bytes) -> Library:
    """Load object code for this machine into this process; several objects become one library.

    Raises JitError for what is not object code for this machine.
    """
    for data in objects:
        _require_native(data)
    with _lock:
        linker, name = _linker(), f"library {next(_library_numbers)}"
        builder = llvm.JITLibraryBuilder().add_current_process()
        for data in objects:
            builder.add_object_img(data)
        try:
            return Library(linker, name, builder.link(linker, name))
        except RuntimeError as error:
            raise JitError(f"object code cannot be loaded: {error}") from error


@cache
def _linker() -> llvm.LLJIT:
    """One for the process; it puts all sections of an object into one piece of memory."""
    machine = _machine(Target.native())
    return llvm.create_lljit_compiler(machine, use_jit_link=True, suppress_errors=True)


@cache
def _architecture() -> str:
    """This machine's, as triples begin."""
    return Target.native().triple.split("-")[0]


def _require_native(data: bytes) -> None:
    """LLVM would load code of another architecture without a word."""
    if not data.startswith(b"\x7fELF") or len(data) < _ELF_HEADER:
        return  # LLVM says what is wrong with it, if anything
    (found,) = struct.unpack_from("<H", data, _ELF_MACHINE_OFFSET)
    architecture = _architecture()
    if found != _ELF_MACHINES[architecture]:
        names = {number: name for name, number in _ELF_MACHINES.items()}
        raise JitError(
            f"the object is for {names.get(found, f'ELF machine {found}')}, "
            f"expected {architecture}, which this machine is"
        )

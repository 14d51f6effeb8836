"""Kernels that run many times in a row without coming back to Python, for timing them.

What repeats a kernel is compiled as kernels are. For one of two phases, the first with chunks:

    func.func private @gemm_0(!llvm.ptr, index)
    func.func private @gemm_1(!llvm.ptr, !llvm.ptr)
    func.func @repeat(%p0_0: !llvm.ptr, %n0: index, %p1_0: !llvm.ptr, %p1_1: !llvm.ptr,
                      %times: index) {
      scf.for %time = %c0 to %times step %c1 {
        scf.for %chunk = %c0 to %n0 step %c1 {
          func.call @gemm_0(%p0_0, %chunk)
        }
        func.call @gemm_1(%p1_0, %p1_1)
      }
    }
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from ..dialects.parsing import parse_module
from ..dialects.registry import make_context
from ..passes.lower.llvm_to_llvmlite import translate_module
from ..passes.manager import PassManager
from ..passes.pipeline import CODE_PHASE, pipeline_to
from ..passes.target_attribute import set_target
from ..runtime.jit import emit_object, load_object
from ..target.description import Target
from .compiled_kernel import Array, BufferSpec, CompiledKernel
from .kernel_code import Entry, KernelCode, Role

_SYMBOL = "inlay_repeat"


@dataclass(frozen=True)
class RepeatedKernel:
    """A kernel, and the address of what repeats it."""

    kernel: CompiledKernel
    address: int

    @classmethod
    def load(
        cls, name: str, buffers: Sequence[BufferSpec], code: KernelCode, target: Target
    ) -> Self:
        """Load a kernel together with what repeats it. Raises JitError."""
        module = parse_module(make_context(), _text(code.entries))
        set_target(module, target)
        PassManager([pipeline_to(CODE_PHASE, after="loops")]).run(make_context(), module)
        repeat = emit_object(translate_module(module), target)
        library = load_object(code.object_code, repeat)
        kernel = CompiledKernel.load(name, buffers, code, library)
        return cls(kernel, library.address(_SYMBOL))

    def bind(self, arrays: Sequence[Array]) -> Callable[[int], None]:
        """A function that runs the kernel on these arrays so often in a row.

        Raises KernelCallError as ``CompiledKernel.bind`` does.
        """
        arguments = self.kernel.arguments(arrays)
        passed: list[ctypes.c_int64 | ctypes.c_void_p] = []
        for phase in arguments.phases:
            passed += phase.passed
            if phase.chunks is not None:
                passed.append(ctypes.c_int64(phase.chunks))
        types = [type(argument) for argument in passed]
        function = ctypes.CFUNCTYPE(None, *types, ctypes.c_int64)(self.address)

        def run(times: int, _kept: object = (self, arguments)) -> None:
            arguments.status[0] = 0
            function(*passed, times)
            self.kernel.check_status(arguments)

        return run


def _text(entries: Sequence[Entry]) -> str:
    """What repeats a kernel, as loops."""
    declarations: list[str] = []
    parameters: list[str] = []
    calls: list[str] = []
    for number, entry in enumerate(entries):
        symbol = f'@"{entry.symbol}"'
        types = [_TYPES.get(role, "!llvm.ptr") for role in entry.arguments]
        declarations.append(f"func.func private {symbol}({', '.join(types)}) -> ()")
        passed: list[str] = []
        for position, (role, type_) in enumerate(zip(entry.arguments, types, strict=True)):
            if role is Role.CHUNK:
                passed.append("%chunk")
                parameters.append(f"%n{number}: index")
            else:
                passed.append(f"%p{number}_{position}")
                parameters.append(f"{passed[-1]}: {type_}")
        call = f"func.call {symbol}({', '.join(passed)}) : ({', '.join(types)}) -> ()"
        if Role.CHUNK in entry.arguments:
            call = f"scf.for %chunk = %c0 to %n{number} step %c1 {{ {call} }}"
        calls.append(call)
    lines = "\n    ".join(calls)
    return f"""
{" ".join(declarations)}
func.func @{_SYMBOL}({", ".join([*parameters, "%times: index"])}) {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %time = %c0 to %times step %c1 {{
    {lines}
  }}
  func.return
}}"""


_TYPES = {Role.CHUNK: "index", Role.EXTENT: "index"}

"""Runs functions of the loop level, compiled, on numpy arrays."""

import ctypes
from collections.abc import Mapping
from typing import Any, TypeAlias

import ml_dtypes
import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp

from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.passes.lower.llvm_to_llvmlite import translate_module
from inlay.passes.manager import PassManager
from inlay.passes.target_attribute import set_target
from inlay.runtime.jit import Library, emit_object, load_object
from inlay.target.description import Target

Array: TypeAlias = NDArray[Any]

_SCALARS: Mapping[type, type] = {
    np.float32: ctypes.c_float,
    np.float64: ctypes.c_double,
    np.int64: ctypes.c_int64,
    np.int32: ctypes.c_int32,
}

DTYPES: Mapping[str, np.dtype[Any]] = {
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "f32": np.dtype(np.float32),
    "f64": np.dtype(np.float64),
    "i1": np.dtype(np.bool_),
    "i8": np.dtype(np.int8),
    "i16": np.dtype(np.int16),
    "i32": np.dtype(np.int32),
    "i64": np.dtype(np.int64),
}

LOWERING = "loops-to-llvm"
"""The passes from the loop level to the llvm dialect."""


RNG = np.random.default_rng(0)

CONSTANTS = "\n".join(
    f"%c{n} = arith.constant {n} : index" for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 17, 28, 64)
)


def function(signature: str, body: str) -> str:
    """The text of a function, with %c0 and other index constants."""
    return f"func.func {signature} {{\n{CONSTANTS}\n{body}\nfunc.return\n}}"


def floats(*shape: int) -> Array:
    return RNG.standard_normal(shape).astype(np.float32)


def parse(text: str) -> ModuleOp:
    """A verified module of the loop or llvm level."""
    module = parse_module(make_context(), text)
    module.verify()
    return module


def to_llvm(text: str, target: Target, pipeline: str = LOWERING) -> ModuleOp:
    """Lower to the llvm dialect; the manager verifies the result."""
    module = parse(text)
    set_target(module, target)
    PassManager.parse(pipeline).run(make_context(), module)
    return module


def to_ir(text: str, target: Target, pipeline: str = LOWERING) -> str:
    """Lower to LLVM IR text."""
    return translate_module(to_llvm(text, target, pipeline))


class Kernel:
    """The compiled functions of a module; call one by its name."""

    def __init__(self, text: str, target: Target | None = None, pipeline: str = LOWERING):
        target = target or Target.native()
        ir = to_ir(text, target, pipeline)
        self.library: Library = load_object(emit_object(ir, target))

    def __call__(self, name: str, *arguments: Array | np.generic | int) -> None:
        """Pass arrays as pointers, numbers by value (int: index)."""
        types: list[type] = []
        values: list[object] = []
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                types.append(ctypes.c_void_p)
                values.append(argument.ctypes.data)
            else:
                number = np.int64(argument) if isinstance(argument, int) else argument
                types.append(_SCALARS[type(number)])
                values.append(number.item())
        ctypes.CFUNCTYPE(None, *types)(self.library.address(name))(*values)


def aligned(array: Array, alignment: int = 64) -> Array:
    """A copy whose data are aligned as planned storage is."""
    memory = np.empty(array.nbytes + alignment, np.uint8)
    start = -memory.ctypes.data % alignment
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def tile(rows: int, columns: int, lanes: int, depth: int, unroll: int) -> str:
    """C = A B for a tile of registers, as a scheduled nest is materialised."""
    vector = f"vector<{lanes}xf32>"
    width = columns * lanes
    accumulators = f"memref<{rows * columns}x{vector}>"
    a, b, c = (
        f"memref<{shape}xf32>"
        for shape in (f"{rows}x{depth}", f"{depth}x{width}", f"{rows}x{width}")
    )
    row = f"memref<{columns}x{vector}>"
    return f"""
func.func @tile(%A: {a}, %B: {b} {{llvm.align = 64 : i64}}, %C: {c}) {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = arith.constant {rows} : index
  %columns = arith.constant {columns} : index
  %lanes = arith.constant {lanes} : index
  %all = arith.constant {rows * columns} : index
  %depth = arith.constant {depth} : index
  %unroll = arith.constant {unroll} : index
  %zero = arith.constant dense<0.0> : {vector}
  %acc = memref.alloca() {{alignment = 64 : i64}} : {accumulators}
  %bs = memref.alloca() {{alignment = 64 : i64}} : {row}
  scf.for %q = %c0 to %all step %c1 {{
    memref.store %zero, %acc[%q] : {accumulators}
  }} {{tl.unroll}}
  scf.for %k0 = %c0 to %depth step %unroll {{
    scf.for %u = %c0 to %unroll step %c1 {{
      %k = arith.addi %k0, %u : index
      scf.for %j = %c0 to %columns step %c1 {{
        %column = arith.muli %j, %lanes : index
        %v = vector.load %B[%k, %column] : {b}, {vector}
        memref.store %v, %bs[%j] : {row}
      }} {{tl.unroll}}
      scf.for %i = %c0 to %rows step %c1 {{
        %x = memref.load %A[%i, %k] : {a}
        %xs = vector.broadcast %x : f32 to {vector}
        scf.for %j = %c0 to %columns step %c1 {{
          %start = arith.muli %i, %columns : index
          %q = arith.addi %start, %j : index
          %v = memref.load %bs[%j] : {row}
          %old = memref.load %acc[%q] : {accumulators}
          %new = vector.fma %xs, %v, %old : {vector}
          memref.store %new, %acc[%q] : {accumulators}
        }} {{tl.unroll}}
      }} {{tl.unroll}}
    }} {{tl.unroll}}
  }}
  scf.for %i = %c0 to %rows step %c1 {{
    scf.for %j = %c0 to %columns step %c1 {{
      %start = arith.muli %i, %columns : index
      %q = arith.addi %start, %j : index
      %column = arith.muli %j, %lanes : index
      %v = memref.load %acc[%q] : {accumulators}
      vector.store %v, %C[%i, %column] : {c}, {vector}
    }} {{tl.unroll}}
  }} {{tl.unroll}}
  func.return
}}"""

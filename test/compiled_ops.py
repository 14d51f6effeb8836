"""Compiles relay functions as kernels, many in one module, and runs them on numpy arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, StringAttr, UnitAttr

from inlay.dialects.registry import make_context
from inlay.dialects.relay.module import PRIMITIVE, FuncOp
from inlay.dialects.relay.types import numpy_dtype, shape_of
from inlay.dialects.tl.syntax import as_memref
from inlay.passes.lower.llvm_to_llvmlite import translate_module
from inlay.passes.lower.tl_to_loops import CHUNKS, WORKSPACE
from inlay.passes.manager import PassManager
from inlay.passes.target_attribute import set_target
from inlay.runtime.jit import Library, emit_object, load_object
from inlay.target.description import Target

Array: TypeAlias = NDArray[Any]

PIPELINE = "relay-to-tl,tl-to-loops,loops-to-llvm"


@dataclass(frozen=True)
class Phase:
    """An entry point: its workspaces' sizes in bytes, and its chunks if it is parallel."""

    symbol: str
    workspaces: Sequence[int]
    chunks: int | None


class CompiledFunctions:
    """Relay functions, each compiled as one kernel."""

    def __init__(self, functions: Sequence[FuncOp], target: Target | None = None):
        target = target or Target.native()
        self.functions: list[FuncOp] = []
        module = ModuleOp([])
        set_target(module, target)
        for number, function in enumerate(functions):
            function.detach()
            self.functions.append(function.clone())
            function.sym_name = StringAttr(f"k{number}")
            function.sym_visibility = StringAttr("private")
            function.attributes[PRIMITIVE] = UnitAttr()
            module.body.block.add_op(function)
        before, lowering = PIPELINE.rsplit(",", 1)
        PassManager.parse(before).run(make_context(), module)
        self.phases: dict[str, list[Phase]] = {}
        for op in module.ops:
            assert isinstance(op, func.FuncOp)
            name = op.sym_name.data
            self.phases.setdefault(name.split("_")[0], []).append(_phase(op))
        PassManager.parse(lowering).run(make_context(), module)
        self.library: Library = load_object(emit_object(translate_module(module), target))

    def __call__(self, number: int, inputs: Sequence[Array]) -> list[Array]:
        """The results of a function on arrays of its parameters' types."""
        types = self.functions[number].function_type.outputs.data
        results = [np.zeros(shape_of(type_), numpy_dtype(type_)) for type_ in types]
        buffers = [*map(np.ascontiguousarray, inputs), *results]
        for phase in self.phases.get(f"k{number}", ()):
            spaces = [np.empty(size + 64, np.uint8) for size in phase.workspaces]
            places = [buffer.ctypes.data for buffer in buffers]
            places += [space.ctypes.data + -space.ctypes.data % 64 for space in spaces]
            pointers = [ctypes.c_void_p] * len(places)
            address = self.library.address(phase.symbol)
            if phase.chunks is None:
                ctypes.CFUNCTYPE(None, *pointers)(address)(*places)
            else:
                call = ctypes.CFUNCTYPE(None, *pointers, ctypes.c_int64)(address)
                for chunk in range(phase.chunks):
                    call(*places, chunk)
        return results


def _phase(op: func.FuncOp) -> Phase:
    workspaces: list[int] = []
    attributes = op.arg_attrs.data if op.arg_attrs else ()
    for argument, attrs in zip(op.body.block.args, attributes, strict=True):
        if WORKSPACE in attrs.data:
            (size,) = as_memref(argument.type).get_shape()
            workspaces.append(size)
    chunks = op.attributes.get(CHUNKS)
    return Phase(
        op.sym_name.data,
        workspaces,
        chunks.value.data if isinstance(chunks, IntegerAttr) else None,
    )

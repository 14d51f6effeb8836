"""Compiles relay functions as kernels, many in one module, and runs them on numpy arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
    UnitAttr,
)
from xdsl.ir import Attribute

from inlay.dialects.registry import make_context
from inlay.dialects.relay.base import I64Array
from inlay.dialects.relay.module import PRIMITIVE, FuncOp
from inlay.dialects.relay.types import numpy_dtype
from inlay.dialects.tl.syntax import as_memref
from inlay.passes.lower.llvm_to_llvmlite import translate_module
from inlay.passes.lower.tl_to_loops import CHUNKS, EXTENT, STATUS, WORKSPACE
from inlay.passes.manager import PassManager
from inlay.passes.target_attribute import set_target
from inlay.runtime.jit import Library, emit_object, load_object
from inlay.target.description import Target

Array: TypeAlias = NDArray[Any]

TO_LOOPS = "relay-to-tl,tl-schedule,tl-to-loops"
TO_LLVM = "math-to-polynomials,loops-to-llvm"

_ALIGNMENT = 64


@dataclass(frozen=True)
class Phase:
    """An entry point: what it takes after the buffers.

    ``extents`` are places (buffer, dimension), ``workspaces`` kinds and sizes in bytes;
    ``chunks`` is a number, or the function that gives it from the extents.
    """

    symbol: str
    extents: Sequence[tuple[int, int]]
    workspaces: Sequence[tuple[str, int]]
    has_status: bool
    chunks: int | str | None

    @classmethod
    def of(cls, op: func.FuncOp) -> Phase:
        """The phase that a function of the loop level is."""
        attributes = op.arg_attrs or ArrayAttr([DictionaryAttr({})] * len(op.body.block.args))
        extents: list[tuple[int, int]] = []
        workspaces: list[tuple[str, int]] = []
        has_status = False
        for argument, attrs in zip(op.body.block.args, attributes, strict=True):
            if EXTENT in attrs.data:
                first, *_ = cast("ArrayAttr[I64Array]", attrs.data[EXTENT])
                buffer, dimension = first.get_values()
                extents.append((buffer, dimension))
            if isinstance(kind := attrs.data.get(WORKSPACE), StringAttr):
                (size,) = as_memref(argument.type).get_shape()
                workspaces.append((kind.data, size))
            has_status |= STATUS in attrs.data
        chunks: int | str | None = None
        match op.attributes.get(CHUNKS):
            case IntegerAttr() as number:
                chunks = number.value.data
            case SymbolRefAttr() as name:
                chunks = name.root_reference.data
            case _:
                pass
        return cls(op.sym_name.data, extents, workspaces, has_status, chunks)


class CompiledFunctions:
    """Relay functions, each compiled as one kernel."""

    def __init__(self, functions: Sequence[FuncOp], target: Target | None = None):
        target = target or Target.native()
        self.types: list[Sequence[Attribute]] = []
        module = ModuleOp([])
        set_target(module, target)
        for number, function in enumerate(functions):
            function.detach()
            self.types.append(function.function_type.outputs.data)
            function.sym_name = StringAttr(f"k{number}")
            function.sym_visibility = StringAttr("private")
            function.attributes[PRIMITIVE] = UnitAttr()
            module.body.block.add_op(function)
        PassManager.parse(TO_LOOPS).run(make_context(), module)
        self.phases: dict[str, list[Phase]] = {}
        for op in module.ops:
            assert isinstance(op, func.FuncOp)
            name = op.sym_name.data
            if not name.endswith(".chunks"):
                self.phases.setdefault(name.split(".")[0], []).append(Phase.of(op))
        PassManager.parse(TO_LLVM).run(make_context(), module)
        self.library: Library = load_object(emit_object(translate_module(module), target))

    def __call__(
        self, number: int, inputs: Sequence[Array], shapes: Sequence[Sequence[int]]
    ) -> list[Array]:
        """The results, of these shapes, of a function on arrays of its parameters' types."""
        results = [
            np.full(shape, 7, numpy_dtype(type_))
            for shape, type_ in zip(shapes, self.types[number], strict=True)
        ]
        buffers = [*map(np.ascontiguousarray, inputs), *results]
        phases = self.phases.get(f"k{number}", ())
        sizes = [size for phase in phases for kind, size in phase.workspaces if kind == "shared"]
        shared = _space(max(sizes, default=0))
        for phase in phases:
            self._run(phase, buffers, shared)
        return results

    def _run(self, phase: Phase, buffers: Sequence[Array], shared: Array) -> None:
        extents = [buffers[buffer].shape[dimension] for buffer, dimension in phase.extents]
        spaces = [shared if kind == "shared" else _space(size) for kind, size in phase.workspaces]
        places = [space.ctypes.data + -space.ctypes.data % _ALIGNMENT for space in spaces]
        status = np.zeros(1, np.int32)
        if phase.has_status:
            places.append(status.ctypes.data)
        arguments = [*(buffer.ctypes.data for buffer in buffers), *extents, *places]
        types: list[type] = [ctypes.c_int64] * len(arguments)
        address = self.library.address(phase.symbol)
        if phase.chunks is None:
            ctypes.CFUNCTYPE(None, *types)(address)(*arguments)
        else:
            call = ctypes.CFUNCTYPE(None, *types, ctypes.c_int64)(address)
            for chunk in range(self._chunks(phase, extents)):
                call(*arguments, chunk)
        assert not status.any(), "an index was out of bounds"

    def _chunks(self, phase: Phase, extents: Sequence[int]) -> int:
        if not isinstance(phase.chunks, str):
            return phase.chunks or 0
        types = [ctypes.c_int64] * len(extents)
        function = ctypes.CFUNCTYPE(ctypes.c_int64, *types)(self.library.address(phase.chunks))
        return int(function(*extents))


def _space(size: int) -> Array:
    """Memory in which that many bytes are aligned."""
    return np.empty(size + _ALIGNMENT, np.uint8)

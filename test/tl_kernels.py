"""Runs tl kernels compiled, as their functions' attributes say they are called."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import func
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    I64,
    ArrayAttr,
    DenseArrayBase,
    IntegerAttr,
    ModuleOp,
    SymbolRefAttr,
)
from xdsl.ir import Attribute
from xdsl.parser import Parser

from inlay.dialects.registry import make_context
from inlay.dialects.tl.evaluate import evaluate_kernel
from inlay.dialects.tl.kernel import KernelOp
from inlay.dialects.tl.scalars import dtype_of
from inlay.dialects.tl.syntax import as_memref
from inlay.passes.lower.llvm_to_llvmlite import translate_module
from inlay.passes.lower.loops_to_llvm import LoopsToLLVM
from inlay.passes.lower.tl_to_loops import CHUNKS, EXTENT, STATUS, WORKSPACE, TlToLoops
from inlay.passes.manager import verify_ir
from inlay.passes.target_attribute import set_target
from inlay.runtime.jit import Library, emit_object, load_object
from inlay.target.description import Target

Array = NDArray[np.generic]

ALIGNMENT = 64


def parse(text: str) -> tuple[ModuleOp, KernelOp]:
    """A module that holds a legal kernel, and the kernel."""
    module = Parser(make_context(), text).parse_module()
    kernel = module.body.block.first_op
    assert isinstance(kernel, KernelOp)
    return module, kernel


def lower(module: ModuleOp) -> list[func.FuncOp]:
    """The functions that a module's kernels become, verified."""
    TlToLoops().apply(make_context(), module)
    verify_ir(module)
    functions = list(module.ops)
    assert not any(op.name.startswith("tl.") for op in module.walk())
    return [op for op in functions if isinstance(op, func.FuncOp)]


def random_buffers(kernel: KernelOp, sizes: Mapping[str, int] | None = None) -> list[Array]:
    """Small random numbers for each buffer; ``sizes`` are its named extents."""
    rng = np.random.default_rng(0)
    buffers: list[Array] = []
    for argument, buffer in zip(kernel.args, kernel.buffers, strict=True):
        type_ = as_memref(argument.type)
        names = iter(buffer.sizes)
        shape = [
            (sizes or {})[next(names)] if size == DYNAMIC_INDEX else size
            for size in type_.get_shape()
        ]
        dtype = dtype_of(type_.element_type)
        numbers = rng.integers(-4, 5, shape)
        if dtype.kind == "b":
            numbers = numbers > 0
        elif dtype.kind != "i":
            numbers = numbers / 4
        buffers.append(np.array(numbers, dtype, order="C"))
    return buffers


@dataclass(frozen=True)
class Phase:
    """How a function is called: what its arguments after the buffers are, and its chunks.

    Extents are places of buffers' dimensions, workspaces sizes in bytes; chunks may be the name of
    a function that gives their number.
    """

    name: str
    extents: Sequence[Sequence[tuple[int, int]]]
    workspaces: Sequence[tuple[str, int]]
    has_status: bool
    chunks: int | str | None

    @classmethod
    def of(cls, op: func.FuncOp) -> Phase:
        """That of a function at the loop level."""
        attributes = [own.data for own in op.arg_attrs or ()]
        workspaces = [
            (str(own[WORKSPACE]), as_memref(type_).get_shape()[0])
            for type_, own in zip(op.function_type.inputs, attributes, strict=True)
            if WORKSPACE in own
        ]
        chunks = op.attributes.get(CHUNKS)
        return cls(
            op.sym_name.data,
            [_places(own[EXTENT]) for own in attributes if EXTENT in own],
            workspaces,
            any(STATUS in own for own in attributes),
            chunks.value.data
            if isinstance(chunks, IntegerAttr)
            else chunks.root_reference.data
            if isinstance(chunks, SymbolRefAttr)
            else None,
        )


def _places(attribute: Attribute) -> list[tuple[int, int]]:
    assert isinstance(attribute, ArrayAttr)
    places: list[tuple[int, int]] = []
    for place in cast("ArrayAttr[DenseArrayBase[I64]]", attribute):
        buffer, dimension = place.get_values()
        places.append((buffer, dimension))
    return places


class Compiled:
    """A kernel, or functions of the loop level and the module they stand in, as machine code."""

    def __init__(self, text: str = "", functions: Sequence[func.FuncOp] = ()):
        if text:
            module, _ = parse(text)
            verify_ir(module)
            functions = lower(module)
        else:
            module = functions[0].parent_op()
            assert isinstance(module, ModuleOp)
        self.phases = [Phase.of(op) for op in functions if not op.function_type.outputs.data]
        set_target(module, Target.native())
        LoopsToLLVM().apply(make_context(), module)
        self.library = load_object(emit_object(translate_module(module), Target.native()))

    def __call__(self, buffers: Sequence[Array]) -> bool:
        """Run all phases; whether all checked indices were in bounds."""
        return run_phases(self.library, self.phases, buffers)


def run_phases(library: Library, phases: Sequence[Phase], buffers: Sequence[Array]) -> bool:
    """Run the phases of a kernel in order, each for all of its chunks, the last chunk first.

    Returns:
        Whether all checked indices were in bounds.
    """
    status = np.zeros(1, np.int32)
    shared: dict[int, Array] = {}
    for phase in phases:
        extents: list[int] = []
        for places in phase.extents:
            (extent,) = {buffers[buffer].shape[dimension] for buffer, dimension in places}
            extents.append(extent)
        scratch = [
            shared.setdefault(n, _scratch(n)) if kind == '"shared"' else _scratch(n)
            for kind, n in phase.workspaces
        ]
        arguments: list[int] = [buffer.ctypes.data for buffer in buffers]
        arguments += extents
        arguments += [-(-memory.ctypes.data // ALIGNMENT) * ALIGNMENT for memory in scratch]
        arguments += [status.ctypes.data] if phase.has_status else []
        function = _function(library.address(phase.name), len(arguments) + 1, None)
        chunks = phase.chunks
        if isinstance(chunks, str):
            count = _function(library.address(chunks), len(extents), ctypes.c_int64)
            chunks = int(count(*extents))
        for chunk in reversed(range(1 if chunks is None else chunks)):
            function(*arguments, chunk)
        for memory, (_, size) in zip(scratch, phase.workspaces, strict=True):
            start = -memory.ctypes.data % ALIGNMENT
            assert np.all(memory[start + size :] == 255), "wrote past a workspace"
    return bool(status[0] == 0)


def _scratch(size: int) -> Array:
    return np.full(size + 2 * ALIGNMENT, 255, np.uint8)


def _function(address: int, arguments: int, result: type | None) -> Callable[..., int]:
    """A function of so many numbers or pointers; one more than it has does no harm."""
    return ctypes.CFUNCTYPE(result, *[ctypes.c_int64] * arguments)(address)


def check(
    text: str,
    inputs: Mapping[str, Array] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> list[Array]:
    """Compiled and evaluated, a kernel leaves the same in its buffers, and the same status.

    Returns:
        The buffers.
    """
    module, kernel = parse(text)
    verify_ir(module)
    buffers = random_buffers(kernel, sizes)
    names = [argument.name_hint or "" for argument in kernel.args]
    for name, array in (inputs or {}).items():
        buffers[names.index(name)] = array
    expected = [buffer.copy() for buffer in buffers]
    in_bounds = evaluate_kernel(kernel, expected)
    assert Compiled(functions=lower(module))(buffers) == in_bounds
    for name, found, wanted in zip(names, buffers, expected, strict=True):
        if found.dtype.kind in "ib":
            np.testing.assert_array_equal(found, wanted, err_msg=name)
        else:
            # bf16 has no comparison in numpy
            left, right = (np.asarray(each, np.float64) for each in (found, wanted))
            tolerance = 2e-5 if found.dtype.itemsize > 2 else 2e-2
            np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance, err_msg=name)
    return buffers

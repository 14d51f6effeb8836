"""Kernels of a module of any level, timed on random inputs and held against the machine's roof."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, takewhile
from statistics import median

import numpy as np
from xdsl.dialects import func, llvm
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.ir import Operation

from .. import InlayError
from ..dialects.registry import make_context
from ..dialects.relay.module import FuncOp
from ..dialects.tl.attributes import Buffer, Direction
from ..dialects.tl.flops import Flops, count_flops
from ..dialects.tl.kernel import KernelOp
from ..dialects.tl.syntax import as_memref
from ..passes.lower.loops_to_llvm import FUNCTION_TYPE, MAY_ALIAS
from ..passes.lower.tl_extents import run_time_extents
from ..passes.manager import PassManager
from ..passes.pipeline import CODE_PHASE, pipeline_to
from ..passes.target_attribute import target_of
from ..runtime.object_cache import ObjectCache
from .compiled_kernel import UNKNOWN, Array, BufferSpec, CompiledKernel, aligned_array, buffers_of
from .emission import FORMS, emit
from .kernel_code import KernelCode, Place, Role
from .kernel_compiler import (
    arguments_of,
    code_of_lowered,
    compile_code,
    entry_functions,
    lowered_functions,
    role_of,
)
from .kernels import compile_contents, content_text, require_native
from .repetition import RepeatedKernel
from .roof import FLOAT_BITS, Bound, Roof
from .timing import times

DEFAULT_SIZE = 64
"""An extent known only at run time, unless it is given."""

_LARGEST_INTEGER = 100  # of inputs; it fits every integer type


class BenchmarkError(InlayError):
    """A module holds no kernel that can be timed, or a size is of no kernel's."""


@dataclass(frozen=True)
class Result:
    """Of one kernel: the least and the median seconds of a call, what it did, what bounds it.

    ``flops`` and ``bound`` are None where that is unknown; ``touched`` is the bytes of all buffers.
    """

    name: str
    least: float
    median: float
    flops: int | None
    touched: int
    bound: Bound | None


@dataclass(frozen=True)
class Candidate:
    """A kernel that can be timed.

    module: it alone, at the level `tl` or `loops`, with its target; op: it at the level `tl`, if it
    came so; places: where each extent stands that is known only at run time, by its name.
    """

    repeated: RepeatedKernel
    module: ModuleOp
    op: KernelOp | None
    places: Mapping[str, Sequence[Place]]

    @property
    def kernel(self) -> CompiledKernel:
        """The kernel."""
        return self.repeated.kernel

    def time(
        self,
        roof: Roof,
        *,
        sizes: Mapping[str, int] | None = None,
        flops: int | None = None,
        seconds: float = 0.2,
    ) -> Result:
        """Time it on one thread, its buffers warm, for so long.

        ``flops``: of a call, in place of those counted.

        Raises:
            KernelCallError: when an index is out of bounds, or there is no memory for scratch.
            BenchmarkError: when its buffers are larger than this machine's memory.
        """
        arrays = self.inputs(sizes or {})
        done = self._flops(arrays) if flops is None else {FLOAT_BITS: flops}
        touched = sum(array.nbytes for array in arrays)
        taken = times(self.repeated.bind(arrays), seconds)
        result = Result(self.kernel.name, min(taken), median(taken), None, touched, None)
        if done is None:
            return result
        # Vectors hold half as many numbers of twice the bits.
        work = sum(bits / FLOAT_BITS * count for bits, count in done.items())
        return replace(result, flops=sum(done.values()), bound=roof.bound(work, touched))

    def inputs(self, sizes: Mapping[str, int], seed: int = 0) -> list[Array]:
        """Random arrays for its buffers: floats in [-1, 1), integers that are good as indices.

        Raises:
            BenchmarkError: when they are too large for this machine.
        """
        rng = np.random.default_rng(seed)
        buffers = self._buffers(sizes)
        self._check_memory(sum(b.dtype.itemsize * math.prod(b.shape) for b in buffers))
        try:
            arrays = list(map(aligned_array, buffers))
            # No zeros, which something may be divided by.
            least = min((n for a in arrays for n in a.shape if n > 1), default=2)
            for array in arrays:
                if array.dtype.kind == "b":
                    array[...] = rng.integers(0, 2, array.shape)
                elif array.dtype.kind in "iu":
                    array[...] = rng.integers(1, min(least, _LARGEST_INTEGER), array.shape)
                else:
                    array[...] = rng.uniform(-1, 1, array.shape)
        except (MemoryError, ValueError) as error:
            raise BenchmarkError(f"kernel {self.kernel.name}: its buffers are too large") from error
        return arrays

    def _buffers(self, sizes: Mapping[str, int]) -> list[BufferSpec]:
        """The buffers with all extents known."""
        extents = {
            place: sizes.get(name, DEFAULT_SIZE)
            for name, places in self.places.items()
            for place in places
        }
        return [
            replace(
                buffer,
                shape=tuple(
                    extents[number, dimension] if size == UNKNOWN else size
                    for dimension, size in enumerate(buffer.shape)
                ),
            )
            for number, buffer in enumerate(self.kernel.buffers)
        ]

    def _check_memory(self, needed: int) -> None:
        """Raise BenchmarkError if its buffers do not fit: Linux would end the process later."""
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        if needed > memory:
            raise BenchmarkError(
                f"kernel {self.kernel.name}: its buffers take {needed} bytes, "
                f"expected at most the {memory} of this machine's memory"
            )

    def assembly(self) -> str:
        """Its assembly for the target it names."""
        module = self.module.clone()
        PassManager([pipeline_to(CODE_PHASE, after="kernels")]).run(make_context(), module)
        text = emit(module, FORMS["asm"])
        assert isinstance(text, str)
        return text

    def _flops(self, arrays: Sequence[Array]) -> Flops | None:
        return None if self.op is None else count_flops(self.op, [a.shape for a in arrays])


def load_candidates(module: ModuleOp, cache: ObjectCache | None = None) -> list[Candidate]:
    """Compile a module's kernels for the target it names, of any level from relay to llvm.

    The module is changed: functions of the graph become kernels.

    Raises:
        BenchmarkError: when there is no kernel, or its level tells too little.
        KernelError: when a kernel does not compile, or the target is not this machine.
        PassError: when a pass fails.
    """
    functions = [op for op in module.ops if isinstance(op, FuncOp)]
    if functions:
        for function in functions:
            if function.is_primitive:
                function.sym_visibility = None  # it is timed, though nothing calls it
        PassManager([pipeline_to("tl")]).run(make_context(), module)
    target = target_of(module)
    require_native(target)
    if kernels := [op for op in module.ops if isinstance(op, KernelOp)]:
        names = [op.sym_name.data for op in kernels]
        texts = [content_text(op, target) for op in kernels]
        codes = compile_contents(texts, target, cache, names=names)
        pairs = zip(kernels, texts, strict=True)
        return [_of_nests(op, module, codes[text]) for op, text in pairs]
    if groups := list(_kernels_of_loops(entry_functions(module))):
        return [_of_loops(name, functions, module) for name, functions in groups]
    if groups := list(_kernels_of_loops(lowered_functions(module))):
        return [_of_lowered(name, functions, module) for name, functions in groups]
    if any(isinstance(op, llvm.FuncOp) for op in module.ops):
        raise BenchmarkError(
            f"no llvm.func tells the shapes of its buffers, expected an attribute {FUNCTION_TYPE}, "
            "as loops-to-llvm writes it"
        )
    if functions:
        raise BenchmarkError("found no kernel: no relay.func that is public computes anything")
    raise BenchmarkError("found no kernel, expected a relay.func, tl.kernel or func.func")


def check_sizes(candidates: Sequence[Candidate], sizes: Mapping[str, int]) -> None:
    """Raise BenchmarkError for a size that is of no kernel's."""
    known = sorted({name for candidate in candidates for name in candidate.places})
    for name in sizes:
        if name not in known:
            expected = f"expected {', '.join(known)}" if known else "all extents are constants"
            raise BenchmarkError(f"no kernel has a size '{name}'; {expected}")


# ---------------------------------------------------------------- levels


def _of_nests(op: KernelOp, module: ModuleOp, code: KernelCode) -> Candidate:
    buffers = buffers_of(op)
    kernel = RepeatedKernel.load(op.sym_name.data, buffers, code, target_of(module))
    places: dict[str, Sequence[Place]] = {}
    for extent, own in run_time_extents(op.args).items():
        name = extent.owner if isinstance(extent.owner, str) else _place_name(buffers, own)
        places[name] = own
    return Candidate(kernel, _alone(module, [op]), op, places)


def _of_loops(name: str, functions: Sequence[func.FuncOp], module: ModuleOp) -> Candidate:
    others = [op for op in module.ops if op not in entry_functions(module)]
    alone = _alone(module, [*functions, *others])
    return _of_functions(name, functions, alone, compile_code(alone.clone()))


def _of_lowered(name: str, functions: Sequence[func.FuncOp], module: ModuleOp) -> Candidate:
    return _of_functions(name, functions, module, code_of_lowered(module, functions))


def _of_functions(
    name: str, functions: Sequence[func.FuncOp], module: ModuleOp, code: KernelCode
) -> Candidate:
    buffers = _buffers(functions[0])
    kernel = RepeatedKernel.load(name, buffers, code, target_of(module))
    places: dict[str, Sequence[Place]] = {}
    for function, entry in zip(functions, code.entries, strict=True):
        extents = iter(entry.extents)
        for argument, role in zip(function.args, entry.arguments, strict=True):
            if role is Role.EXTENT:
                own = next(extents)
                places[argument.name_hint or _place_name(buffers, own)] = own
    return Candidate(kernel, module, None, places)


def _alone(module: ModuleOp, ops: Iterable[Operation]) -> ModuleOp:
    """A module of copies of some of a module's ops, for the same target."""
    return ModuleOp([op.clone() for op in ops], dict(module.attributes))


def _place_name(buffers: Sequence[BufferSpec], places: Sequence[Place]) -> str:
    """What an extent without a name is called: where it stands first."""
    number, dimension = places[0]
    return f"{buffers[number].name}.{dimension}"


def _kernels_of_loops(
    entries: Sequence[func.FuncOp],
) -> Iterator[tuple[str, list[func.FuncOp]]]:
    """The functions of each kernel: `@name.0`, `@name.1` … are the phases of one."""
    functions = {function.sym_name.data: function for function in entries}
    taken: set[str] = set()
    for name, function in functions.items():
        if name in taken:
            continue
        kernel = name.removesuffix(".0")
        phases = list(takewhile(functions.__contains__, (f"{kernel}.{n}" for n in count())))
        if kernel != name and len(phases) > 1:
            taken.update(phases)
            yield kernel, [functions[phase] for phase in phases]
        else:
            yield name, [function]


def _buffers(function: func.FuncOp) -> list[BufferSpec]:
    """The buffers of a function of the loop level, any of which it may write."""
    found: list[BufferSpec] = []
    pairs = zip(function.args, arguments_of(function), strict=True)
    for index, (argument, (type_, attributes)) in enumerate(pairs):
        if role_of(function, type_, attributes) is Role.BUFFER:
            align = attributes.get("llvm.align")
            alignment = align.value.data if isinstance(align, IntegerAttr) else None
            buffer = Buffer(Direction.INOUT, alignment, MAY_ALIAS not in attributes)
            name = argument.name_hint or str(index)
            found.append(BufferSpec.of(name, as_memref(type_), buffer))
    return found

"""A kernel in this process's memory, which can be called on numpy arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import DYNAMIC_INDEX

from .. import InlayError
from ..dialects.tl.attributes import Buffer, Direction
from ..dialects.tl.kernel import KernelOp
from ..dialects.tl.scalars import dtype_of
from ..dialects.tl.syntax import MemRef, as_memref
from ..runtime.jit import Library, load_object
from .kernel_code import KernelCode, Role

Array: TypeAlias = NDArray[Any]
Call: TypeAlias = Callable[[], None]

WORKSPACE_ALIGNMENT = 64
"""Of workspaces, in bytes."""


class KernelCallError(InlayError):
    """An array does not fit the buffer it is passed for."""


@dataclass(frozen=True)
class BufferSpec:
    """What a kernel takes as one of its buffers; ``alignment`` is in bytes."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    direction: Direction = Direction.IN
    alignment: int = 1
    noalias: bool = True

    @classmethod
    def of(cls, name: str, type_: MemRef, buffer: Buffer) -> Self:
        """The buffer of this type and contract. Raises KernelCallError for unknown extents."""
        shape = type_.get_shape()
        if DYNAMIC_INDEX in shape:
            raise KernelCallError(f"buffer {name} is a {type_}, expected constant extents")
        dtype = dtype_of(type_.element_type)
        alignment = max(dtype.alignment, buffer.alignment or 1)
        return cls(name, dtype, shape, buffer.direction, alignment, buffer.noalias)

    @property
    def nbytes(self) -> int:
        """Its size in bytes."""
        return self.dtype.itemsize * int(np.prod(self.shape, dtype=np.int64))

    def check(self, array: Array) -> None:
        """Raise KernelCallError if the kernel cannot take the array."""
        if array.dtype != self.dtype or array.shape != self.shape:
            raise KernelCallError(
                f"buffer {self.name}: found {array.dtype}{list(array.shape)}, "
                f"expected {self.dtype}{list(self.shape)}"
            )
        if not array.flags.c_contiguous:
            raise KernelCallError(f"buffer {self.name}: the array is not contiguous in C order")
        if array.nbytes and array.ctypes.data % self.alignment:
            raise KernelCallError(
                f"buffer {self.name}: the array starts at address {array.ctypes.data:#x}, "
                f"expected a multiple of {self.alignment}"
            )
        if self.direction is not Direction.IN and not array.flags.writeable:
            raise KernelCallError(f"buffer {self.name}: the array is read-only")


@dataclass(frozen=True)
class LoadedEntry:
    """The entry point of a phase, in memory."""

    symbol: str
    address: int
    chunks: int
    arguments: tuple[Role, ...]


@dataclass(frozen=True)
class CompiledKernel:
    """A kernel's entry points in order, what they take, and the scratch memory they need (bytes).

    Calling it runs all chunks of all phases on the caller's thread.
    """

    name: str
    buffers: tuple[BufferSpec, ...]
    phases: tuple[LoadedEntry, ...]
    workspace_shared: int
    workspace_private: int
    # The addresses are good as long as this lives.
    _library: Library = field(repr=False)

    @classmethod
    def load(
        cls,
        name: str,
        buffers: Sequence[BufferSpec],
        code: KernelCode,
        library: Library | None = None,
    ) -> Self:
        """Load a kernel, unless its code is in ``library`` already. Raises JitError."""
        library = library or load_object(code.object_code)
        phases = tuple(
            LoadedEntry(entry.symbol, library.address(entry.symbol), entry.chunks, entry.arguments)
            for entry in code.entries
        )
        return cls(
            *(name, tuple(buffers), phases),
            *(code.workspace_shared, code.workspace_private, library),
        )

    def __call__(self, *arrays: Array) -> None:
        """Run on one array for each buffer, in order. Raises KernelCallError."""
        self.bind(arrays)()

    def bind(self, arrays: Sequence[Array]) -> Call:
        """A function that runs the kernel on these arrays again and again.

        Raises:
            KernelCallError: naming the buffer that an array does not fit.
        """
        if len(arrays) != len(self.buffers):
            raise KernelCallError(
                f"kernel {self.name} takes {len(self.buffers)} arrays, found {len(arrays)}"
            )
        for buffer, array in zip(self.buffers, arrays, strict=True):
            buffer.check(array)
        self._check_overlap(arrays)
        workspaces = {
            Role.SHARED: aligned_bytes(self.workspace_shared, WORKSPACE_ALIGNMENT),
            Role.PRIVATE: aligned_bytes(self.workspace_private, WORKSPACE_ALIGNMENT),
        }
        addresses = {role: array.ctypes.data for role, array in workspaces.items()}
        data = [array.ctypes.data for array in arrays]
        calls = [_bind_phase(phase, data, addresses) for phase in self.phases]

        def call(_kept: object = (self._library, arrays, workspaces)) -> None:
            for run in calls:
                run()

        return call

    def _check_overlap(self, arrays: Sequence[Array]) -> None:
        for at, (written, array) in enumerate(zip(self.buffers, arrays, strict=True)):
            if written.direction is Direction.IN or not written.noalias:
                continue
            for other_at, (other, other_array) in enumerate(zip(self.buffers, arrays, strict=True)):
                if other_at != at and np.may_share_memory(array, other_array):
                    raise KernelCallError(
                        f"buffer {written.name}: the array overlaps that of {other.name}"
                    )


def buffers_of(kernel: KernelOp) -> tuple[BufferSpec, ...]:
    """The buffers of a kernel at the tl level. Raises KernelCallError for unknown extents."""
    return tuple(
        BufferSpec.of(argument.name_hint or str(index), as_memref(argument.type), buffer)
        for index, (argument, buffer) in enumerate(zip(kernel.args, kernel.buffers, strict=True))
    )


def aligned_bytes(size: int, alignment: int) -> NDArray[np.uint8]:
    """Bytes that start at a multiple of ``alignment``."""
    memory = np.zeros(size + alignment, np.uint8)
    start = -memory.ctypes.data % alignment
    return memory[start : start + size]


def aligned_array(buffer: BufferSpec) -> Array:
    """An array of zeros that fits a buffer."""
    data = aligned_bytes(buffer.nbytes, max(buffer.alignment, WORKSPACE_ALIGNMENT))
    return data.view(buffer.dtype).reshape(buffer.shape)


def _bind_phase(
    phase: LoadedEntry, data: Sequence[int], addresses: dict[Role, int]
) -> Callable[[], object]:
    """A function that runs all chunks of a phase."""
    pointers = iter(data)
    arguments = [
        ctypes.c_void_p(next(pointers) if role is Role.BUFFER else addresses[role])
        for role in phase.arguments
        if role is not Role.CHUNK
    ]
    types: list[type] = [ctypes.c_void_p] * len(arguments)
    if Role.CHUNK not in phase.arguments:
        serial = ctypes.CFUNCTYPE(None, *types)(phase.address)
        return lambda: serial(*arguments)
    function = ctypes.CFUNCTYPE(None, *types, ctypes.c_int64)(phase.address)
    chunks = range(phase.chunks)

    def run() -> None:
        for chunk in chunks:
            function(*arguments, chunk)

    return run

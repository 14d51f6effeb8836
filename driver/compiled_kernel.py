"""A kernel in this process's memory, which can be called on numpy arrays."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import DYNAMIC_INDEX, NoneAttr

from .. import InlayError
from ..dialects.tl.attributes import Buffer, Direction
from ..dialects.tl.kernel import KernelOp
from ..dialects.tl.scalars import dtype_of
from ..dialects.tl.syntax import MemRef, as_memref
from ..runtime.jit import Library, load_object
from .kernel_code import Entry, KernelCode, Role

Array: TypeAlias = NDArray[Any]
Call: TypeAlias = Callable[[], None]

WORKSPACE_ALIGNMENT = 64
"""Of workspaces, in bytes."""


UNKNOWN = -1
"""An extent that is known only at run time."""


class KernelCallError(InlayError):
    """An array does not fit the buffer it is passed for, or holds an index out of bounds.

    Or no array would: the buffer has a layout.
    """


@dataclass(frozen=True)
class BufferSpec:
    """What a kernel takes as one of its buffers.

    ``shape`` has -1 for each extent known only at run time; ``alignment`` is in bytes.
    """

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    direction: Direction = Direction.IN
    alignment: int = 1
    noalias: bool = True

    @classmethod
    def of(cls, name: str, type_: MemRef, buffer: Buffer) -> Self:
        """The buffer of this type and contract.

        Raises:
            KernelCallError: when it has a layout, which no array is checked for.
        """
        if not isinstance(type_.layout, NoneAttr):
            raise KernelCallError(f"buffer {name}: found {type_}, expected one without a layout")
        shape = tuple(UNKNOWN if size == DYNAMIC_INDEX else size for size in type_.get_shape())
        dtype = dtype_of(type_.element_type)
        alignment = max(dtype.alignment, buffer.alignment or 1)
        return cls(name, dtype, shape, buffer.direction, alignment, buffer.noalias)

    def check(self, array: Array) -> None:
        """Raise KernelCallError if the kernel cannot take the array."""
        if not isinstance(array, np.ndarray):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise KernelCallError(
                f"buffer {self.name}: found a {type(array).__name__}, expected an array {self}"
            )
        if array.dtype != self.dtype or not self._takes(array.shape):
            raise KernelCallError(
                f"buffer {self.name}: found {array.dtype}{list(array.shape)}, expected {self}"
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

    def _takes(self, shape: tuple[int, ...]) -> bool:
        return len(shape) == len(self.shape) and all(
            expected in (UNKNOWN, found) for found, expected in zip(shape, self.shape, strict=True)
        )

    def __str__(self) -> str:
        sizes = ", ".join("?" if size == UNKNOWN else str(size) for size in self.shape)
        return f"{self.dtype}[{sizes}]"


class PhaseArguments(NamedTuple):
    """What a phase is called with, before the chunk's number; how many chunks, None without one."""

    passed: tuple[ctypes.c_int64 | ctypes.c_void_p, ...]
    chunks: int | None


@dataclass(frozen=True)
class Arguments:
    """What the phases of a kernel are called with.

    status: set to 1 by a call in which an index is out of bounds; kept: the memory that the
    arguments point to.
    """

    phases: tuple[PhaseArguments, ...]
    status: NDArray[np.int32]
    kept: object


@dataclass(frozen=True)
class LoadedEntry:
    """The entry point of a phase, in memory; ``counter`` is the function that counts chunks."""

    entry: Entry
    address: int
    counter: int | None

    @classmethod
    def find(cls, entry: Entry, library: Library) -> Self:
        """The entry point in a library. Raises JitError."""
        counter = library.address(entry.chunks) if isinstance(entry.chunks, str) else None
        return cls(entry, library.address(entry.symbol), counter)

    def arguments(self, values: Mapping[Role, Sequence[int]]) -> PhaseArguments:
        """What to pass, from arguments given by their roles."""
        streams = {role: iter(own) for role, own in values.items()}
        roles = [role for role in self.entry.arguments if role is not Role.CHUNK]
        passed = tuple(
            (ctypes.c_int64 if role is Role.EXTENT else ctypes.c_void_p)(next(streams[role]))
            for role in roles
        )
        chunked = Role.CHUNK in self.entry.arguments
        return PhaseArguments(passed, self._count(values[Role.EXTENT]) if chunked else None)

    def bind(self, arguments: PhaseArguments) -> Callable[[], object]:
        """A function that runs all chunks."""
        passed, chunks = arguments
        types = [type(argument) for argument in passed]
        if chunks is None:
            serial = ctypes.CFUNCTYPE(None, *types)(self.address)
            return lambda: serial(*passed)
        function = ctypes.CFUNCTYPE(None, *types, ctypes.c_int64)(self.address)
        numbers = range(chunks)

        def run() -> None:
            for chunk in numbers:
                function(*passed, chunk)

        return run

    def _count(self, extents: Sequence[int]) -> int:
        """How many chunks there are."""
        if self.counter is None:
            assert isinstance(self.entry.chunks, int), "without a counter it is a number"
            return self.entry.chunks
        types = [ctypes.c_int64] * len(extents)
        return ctypes.CFUNCTYPE(ctypes.c_int64, *types)(self.counter)(*extents)


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
        phases = tuple(LoadedEntry.find(entry, library) for entry in code.entries)
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
        arguments = self.arguments(arrays)
        calls = [phase.bind(own) for phase, own in zip(self.phases, arguments.phases, strict=True)]

        def call(_kept: object = (self._library, arguments)) -> None:
            arguments.status[0] = 0
            for run in calls:
                run()
            self.check_status(arguments)

        return call

    def check_status(self, arguments: Arguments) -> None:
        """Raise KernelCallError if an index was out of bounds in a call on these arguments."""
        if arguments.status[0]:
            raise KernelCallError(f"kernel {self.name}: an index is out of bounds")

    def arguments(self, arrays: Sequence[Array]) -> Arguments:
        """What to call the phases with to run on these arrays.

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
        shared = aligned_bytes(self.workspace_shared, WORKSPACE_ALIGNMENT)
        private = aligned_bytes(self.workspace_private, WORKSPACE_ALIGNMENT)
        status = np.zeros(1, np.int32)
        memory = [
            array if array.size else _touchable(buffer, array)
            for buffer, array in zip(self.buffers, arrays, strict=True)
        ]
        values = {
            Role.BUFFER: [array.ctypes.data for array in memory],
            Role.SHARED: [shared.ctypes.data],
            Role.PRIVATE: [private.ctypes.data],
            Role.STATUS: [status.ctypes.data],
        }
        phases = tuple(
            phase.arguments({**values, Role.EXTENT: self._extents(phase.entry, arrays)})
            for phase in self.phases
        )
        return Arguments(phases, status, (memory, shared, private))

    def _extents(self, entry: Entry, arrays: Sequence[Array]) -> list[int]:
        """The extents that are known only at run time."""
        extents: list[int] = []
        for places in entry.extents:
            found = {arrays[buffer].shape[dimension] for buffer, dimension in places}
            if len(found) > 1:
                where = ", ".join(
                    f"dimension {dimension} of {self.buffers[buffer].name}"
                    for buffer, dimension in places
                )
                raise KernelCallError(
                    f"kernel {self.name}: found extents {sorted(found)}, expected one for {where}"
                )
            extents += found
        return extents

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
    """The buffers of a kernel at the tl level."""
    return tuple(
        BufferSpec.of(argument.name_hint or str(index), as_memref(argument.type), buffer)
        for index, (argument, buffer) in enumerate(zip(kernel.args, kernel.buffers, strict=True))
    )


def _touchable(buffer: BufferSpec, array: Array) -> Array:
    """What stands in for an array without elements: a checked index is moved to 0 even there."""
    size = array.itemsize * math.prod(max(extent, 1) for extent in array.shape)
    return aligned_bytes(size, max(buffer.alignment, WORKSPACE_ALIGNMENT))


def aligned_bytes(size: int, alignment: int) -> NDArray[np.uint8]:
    """Bytes that start at a multiple of ``alignment``.

    Raises KernelCallError where there is not so much memory.
    """
    try:
        memory = np.zeros(size + alignment, np.uint8)
    except (MemoryError, ValueError) as error:
        raise KernelCallError(f"there is no memory for {size} bytes") from error
    start = -memory.ctypes.data % alignment
    return memory[start : start + size]


def aligned_array(buffer: BufferSpec, unknown: int = 1) -> Array:
    """An array of zeros that fits a buffer; ``unknown`` is the extent of what is not known."""
    shape = [unknown if size == UNKNOWN else size for size in buffer.shape]
    size = buffer.dtype.itemsize * math.prod(shape)
    data = aligned_bytes(size, max(buffer.alignment, WORKSPACE_ALIGNMENT))
    return data.view(buffer.dtype).reshape(shape)

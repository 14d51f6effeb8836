"""Values kept in scratch, one for each piece of some loops: accumulators, and what is staged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple

from xdsl.dialects.builtin import MemRefType
from xdsl.ir import Attribute, SSAValue

from ...dialects.tl.affine import Linear
from . import tl_build
from .tl_build import vector_of
from .tl_emit import Emitter, Function


class Dimension(NamedTuple):
    """The pieces of the entry at ``depth`` of a schedule, at most ``size`` of them."""

    depth: int
    size: int
    is_unrolled: bool = True


@dataclass
class Bank:
    """A scalar of ``type``, or a vector of each length met, for each piece of each dimension.

    ``is_vector``: whether values vary along the vector axis of where they are used.
    LLVM makes registers of it where all loops over it are unrolled.
    """

    function: Function
    type: Attribute
    name: str | None
    dimensions: Sequence[Dimension]
    is_vector: bool = False
    _memory: dict[int, SSAValue] = field(default_factory=dict[int, SSAValue])

    def load(self, ordinals: Mapping[int, Linear], lanes: int, to: Emitter) -> SSAValue:
        """The value for the pieces with these numbers, by depth."""
        memory = self._of(lanes)
        return to.add(tl_build.load(memory, self._indices(ordinals, to)))

    def store(
        self, value: SSAValue, ordinals: Mapping[int, Linear], lanes: int, to: Emitter
    ) -> None:
        """Set the value for the pieces with these numbers, by depth."""
        memory = self._of(lanes)
        to.do(tl_build.store(value, memory, self._indices(ordinals, to)))

    def fill(self, value: SSAValue, lanes: int, to: Emitter) -> None:
        """Set all values."""
        ordinals: dict[int, Linear] = {}
        with ExitStack() as loops:
            for depth, size, is_unrolled in self.dimensions:
                if size == 1:
                    ordinals[depth] = Linear()
                    continue
                to, counter = loops.enter_context(to.loop(0, size, unroll=is_unrolled))
                ordinals[depth] = Linear.of(counter)
            self.store(value, ordinals, lanes, to)

    def _indices(self, ordinals: Mapping[int, Linear], to: Emitter) -> list[SSAValue]:
        return [to.index(ordinals[dimension.depth]) for dimension in self.dimensions]

    def _of(self, lanes: int) -> SSAValue:
        if lanes not in self._memory:
            shape = [dimension.size for dimension in self.dimensions]
            type_ = MemRefType(vector_of(self.type, lanes), shape)
            self._memory[lanes] = self.function.scratch(type_, self.name)
        return self._memory[lanes]

"""Slices of a tensor that are reduced and then computed with: what norms and softmaxes share.

    with slices(kernel, shape, reduced=[2]) as each:
        total = each.reduce("total", "f32", Reduction.ADD, lambda point: ...)
        with each.elements() as point:
            point.store(result, each.at(point), ... each.of(point, total) ...)

The axes before the first that is reduced become loops around all nests, so that a slice stays in
the cache from one nest to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ..tl.attributes import Reduction
from ..tl.index import Index
from .kernel_builder import Extents, KernelBuilder, Point, Scratch, axis_name
from .scalar import Scalar

_ENOUGH = 64
"""Iterations that any number of threads can share."""

Term = Callable[[Point], Scalar]


@dataclass(frozen=True)
class _Axis:
    """A dimension of the tensor or, where that is in groups, a part of it."""

    name: str
    dimension: int
    extent: int
    step: int
    is_reduced: bool


@dataclass(frozen=True)
class Slices:
    """The slices at one index of the loops around them; ``loops`` has these axes' indices."""

    kernel: KernelBuilder
    axes: Sequence[_Axis]
    rank: int
    loops: Mapping[str, Index]

    @property
    def kept(self) -> Extents:
        """The axes that number slices, beside those of loops."""
        return {a.name: a.extent for a in self._own if not a.is_reduced}

    @property
    def reduced(self) -> Extents:
        """The axes of a slice."""
        return {a.name: a.extent for a in self._own if a.is_reduced}

    @property
    def _own(self) -> list[_Axis]:
        return [axis for axis in self.axes if axis.name not in self.loops]

    def at(self, point: Point) -> list[Index]:
        """The index in the tensor."""
        indices = [Index.of(0)] * self.rank
        for axis in self.axes:
            index = self.loops[axis.name] if axis.name in self.loops else point[axis.name]
            indices[axis.dimension] = index * axis.step + indices[axis.dimension]
        return indices

    def reduce(
        self,
        name: str,
        dtype: str,
        kind: Reduction,
        term: Term,
        result: Callable[[Scalar], Scalar] = lambda total: total,
    ) -> Memory:
        """Append the nest that combines a term over each slice; what comes of it is kept."""
        memory = self.memory(name, dtype, self.kept)
        # A slice of one element has no axes.
        reduced = self.reduced or {"one": 1}
        nest = self.kernel.nest(self.kept, reduced, {"a": (dtype, kind)})
        with nest.update() as point:
            total, found = point.accumulator("a"), term(point)
            point.yields(total.max(found) if kind is Reduction.MAX else total + found)
        with nest.finish() as point:
            memory.put(point, result(point.accumulator("a")))
        return memory

    def memory(self, name: str, dtype: str, axes: Extents | None = None) -> Memory:
        """Memory for one number per point of these axes; by default one per element."""
        axes = {axis.name: axis.extent for axis in self._own} if axes is None else axes
        return Memory(self.kernel.scratch(dtype, [*axes.values()], name), tuple(axes))

    @contextmanager
    def elements(self) -> Generator[Point]:
        """Append a nest over all elements."""
        with self.kernel.nest({a.name: a.extent for a in self._own}).finish() as point:
            yield point


@dataclass(frozen=True)
class Memory:
    """Numbers of slices, by the axes that they depend on."""

    scratch: Scratch
    axes: Sequence[str]

    def put(self, point: Point, number: Scalar) -> None:
        """Write the number of a point."""
        point.put(number, self.scratch, [point[name] for name in self.axes])

    def at(self, point: Point) -> Scalar:
        """Read the number of a point."""
        return point.load(self.scratch, [point[name] for name in self.axes])


@contextmanager
def slices(
    kernel: KernelBuilder,
    shape: Sequence[int],
    reduced: Collection[int],
    groups: Mapping[int, int] | None = None,
) -> Generator[Slices]:
    """The slices along dimensions of a tensor.

    Of a dimension in groups, groups are kept and what is in one is reduced.
    """
    axes = _axes(shape, reduced, groups or {})
    first = next((at for at, axis in enumerate(axes) if axis.is_reduced), len(axes))
    outer = [axis for axis in axes[:first] if axis.extent != 1]
    # Threads divide the outermost loop.
    outer.sort(key=lambda axis: -min(axis.extent, _ENOUGH))
    with ExitStack() as stack:
        loops = {axis.name: Index.of(0) for axis in axes[:first]}
        for axis in outer:
            loops[axis.name] = stack.enter_context(kernel.loop(axis.name, axis.extent))
        yield Slices(kernel, axes, len(shape), loops)


def _axes(shape: Sequence[int], reduced: Collection[int], groups: Mapping[int, int]) -> list[_Axis]:
    axes: list[_Axis] = []
    for dimension, extent in enumerate(shape):
        name = axis_name(dimension)
        if dimension in groups:
            inner = extent // groups[dimension]
            axes.append(_Axis(f"{name}g", dimension, groups[dimension], inner, False))
            axes.append(_Axis(name, dimension, inner, 1, True))
        else:
            axes.append(_Axis(name, dimension, extent, 1, dimension in reduced))
    return axes

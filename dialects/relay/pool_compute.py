"""What computes pools: one nest over the result, in its layout, that reduces over windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ..tl.attributes import Reduction
from ..tl.index import Index
from .kernel_builder import KernelBuilder, Place, Point, axis_name
from .scalar import Scalar, computed
from .types import FLOATS, UNSIGNED_INTS, dtype_of, shape_of
from .window_compute import elements, leaves, tap
from .windows import Window

if TYPE_CHECKING:
    from .pool import (
        AdaptiveAvgPool2dOp,
        AdaptiveMaxPool2dOp,
        AvgPool2dOp,
        GlobalAvgPool2dOp,
        GlobalMaxPool2dOp,
        MaxPool2dOp,
    )

    PoolOp: TypeAlias = (
        MaxPool2dOp
        | AvgPool2dOp
        | GlobalMaxPool2dOp
        | GlobalAvgPool2dOp
        | AdaptiveMaxPool2dOp
        | AdaptiveAvgPool2dOp
    )


@dataclass(frozen=True)
class Sliding:
    """Windows along an axis of ``extent``; ``padding`` says whether they count their padding."""

    window: Window
    extent: int
    padding: bool = False

    @property
    def taps(self) -> int:
        """How many taps the longest window has."""
        return self.window.taps

    @property
    def leaves(self) -> bool:
        """Whether taps of some window lie outside the data."""
        return leaves(self.window, self.extent)

    def element(self, output: Index, number: Index) -> Index:
        """Where a tap meets the data."""
        return tap(output, number, self.window)

    def holds(self, point: Point, output: Index, number: Index) -> Scalar | None:
        """Whether a tap is one of this window's; None where all have the same."""
        return None

    def count(self, point: Point, output: Index) -> Scalar | int:
        """How many elements are averaged over."""
        return elements(point, output, self.window, self.extent, padding=self.padding)


@dataclass(frozen=True)
class Uneven:
    """Window i of n that divide an axis holds ``i*extent//n`` up to ``ceil((i+1)*extent/n)``."""

    extent: int
    windows: int

    @property
    def _counts(self) -> list[int]:
        extent, n = self.extent, self.windows
        return [-((i + 1) * extent // -n) - i * extent // n for i in range(n)]

    @property
    def taps(self) -> int:
        """How many taps the longest window has."""
        return max(self._counts)

    @property
    def leaves(self) -> bool:
        """Whether the taps that the last window lacks lie outside the data."""
        return self._counts[-1] < self.taps

    def element(self, output: Index, number: Index) -> Index:
        """Where a tap meets the data."""
        return output * self.extent // self.windows + number

    def holds(self, point: Point, output: Index, number: Index) -> Scalar | None:
        """Whether a tap is one of this window's; None where all have the same."""
        counts = self._counts
        if min(counts) == max(counts):
            return None
        return point.index(number).lt(self.count(point, output))

    def count(self, point: Point, output: Index) -> Scalar | int:
        """How many elements are averaged over."""
        counts = self._counts
        if min(counts) == max(counts):
            return counts[0]
        first = point.index(output * self.extent) / self.windows
        end = point.index((output + 1) * self.extent + (self.windows - 1)) / self.windows
        return end - first


Span: TypeAlias = Sliding | Uneven
Spans: TypeAlias = tuple[Span, Span]


def sliding(windows: tuple[Window, Window], size: tuple[int, int], *, padding: bool) -> Spans:
    """The windows of a pool that slides over data of a height and width."""
    height, width = map(Sliding, windows, size, (padding, padding))
    return height, width


def whole(size: tuple[int, int]) -> Spans:
    """One window that is all the data."""
    height, width = (Sliding(Window(extent, 1, 1, 0, 0), extent) for extent in size)
    return height, width


def adaptive(size: tuple[int, int], windows: tuple[int, int]) -> Spans:
    """Windows that divide the data, evenly or not."""

    def span(extent: int, count: int) -> Span:
        if extent % count:
            return Uneven(extent, count)
        length = extent // count
        return Sliding(Window(length, length, 1, 0, 0), extent)

    height, width = map(span, size, windows)
    return height, width


def max_pool(op: PoolOp, kernel: KernelBuilder, spans: Spans) -> None:
    """Append the nest of a maximum over windows."""
    dtype = computed(dtype_of(op.output.type))
    # Accumulators compare as signed: unsigned integers are moved to the signed ones' order.
    signed = dtype.removeprefix("u") if dtype in UNSIGNED_INTS else dtype
    lowest = 0 if signed == dtype else -(1 << (int(signed[1:]) - 1))

    def update(total: Scalar, x: Scalar) -> Scalar:
        return total.max(x.cast(signed) ^ lowest if lowest else x)

    def result(point: Point, total: Scalar) -> Scalar:
        return (total ^ lowest).cast(dtype) if lowest else total

    _pool(op, kernel, spans, (signed, Reduction.MAX), update, result)


def avg_pool(op: PoolOp, kernel: KernelBuilder, spans: Spans) -> None:
    """Append the nest of an average over windows: floats as they are, integers in 64 bits."""
    dtype = computed(dtype_of(op.output.type))
    wide = dtype if dtype in FLOATS else "ui64" if dtype in UNSIGNED_INTS else "i64"
    height, width = spans

    def update(total: Scalar, x: Scalar) -> Scalar:
        return total + x.cast(wide)

    def result(point: Point, total: Scalar) -> Scalar:
        count = height.count(point, point["oh"]) * width.count(point, point["ow"])
        average = total / (count.cast(wide) if isinstance(count, Scalar) else count)
        return average.cast(dtype)

    _pool(op, kernel, spans, (wide, Reduction.ADD), update, result)


def _pool(
    op: PoolOp,
    kernel: KernelBuilder,
    spans: Spans,
    accumulator: tuple[str, Reduction],
    update: Callable[[Scalar, Scalar], Scalar],
    result: Callable[[Point, Scalar], Scalar],
) -> None:
    """Append the nest of a pool: what an element does to the accumulator, and what comes of it."""
    height, width = spans
    rows, columns = op.axes
    names = {rows: "oh", columns: "ow"}
    shape = shape_of(op.output.type)
    axes = [names.get(axis, axis_name(axis)) for axis in range(len(shape))]
    taps = {"kh": height.taps, "kw": width.taps}
    nest = kernel.nest(dict(zip(axes, shape, strict=True)), taps, {"a": accumulator})
    with nest.update() as point:
        places = ((height, point["oh"], point["kh"]), (width, point["ow"], point["kw"]))
        at: list[Place] = [point[name] for name in axes]
        at[rows], at[columns] = (span.element(output, number) for span, output, number in places)
        x = point.read(op.data, at, skip=height.leaves or width.leaves)
        total = point.accumulator("a")
        updated = update(total, x)
        for span, output, number in places:
            if (holds := span.holds(point, output, number)) is not None:
                updated = holds.select(updated, total)
        point.yields(updated)
    with nest.finish() as point:
        at = [point[name] for name in axes]
        point.store(op.output, at, result(point, point.accumulator("a")))

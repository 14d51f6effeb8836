"""What computes reductions: one nest over the axes that stay, which reduces over the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, prod

import numpy as np
from xdsl.dialects import math
from xdsl.ir import SSAValue

from ..tl.attributes import Reduction
from ..tl.index import Index
from .kernel_builder import KernelBuilder, NestBuilder, Point, axis_name
from .scalar import Scalar, computed, integer_bits
from .types import FLOATS, UNSIGNED_INTS, dtype_of, numpy_dtype, shape_of


@dataclass(frozen=True)
class Reduced:
    """A value reduced along some of its axes to a result, which keeps them with an extent of 1."""

    data: SSAValue
    output: SSAValue
    axes: Sequence[int]
    keepdims: bool

    @property
    def dtype(self) -> str:
        """The element type of the data."""
        return dtype_of(self.data.type)

    @property
    def count(self) -> int:
        """How many elements one of the result comes from."""
        return prod(self._extents[axis] for axis in self.axes)

    @property
    def kept(self) -> Mapping[str, int]:
        """The axes that stay."""
        return {axis_name(axis): self._extents[axis] for axis in self._kept}

    @property
    def reduced(self) -> Mapping[str, int]:
        """The axes that are reduced; one of a single point if there are none."""
        return {axis_name(axis): self._extents[axis] for axis in self.axes} or {"point": 1}

    def place(self, point: Point) -> list[Index]:
        """The index of an element of the data."""
        return [point[axis_name(axis)] for axis in range(len(self._extents))]

    def kept_place(self, point: Point) -> list[Index]:
        """The index among the axes that stay."""
        return [point[axis_name(axis)] for axis in self._kept]

    def stretched_place(self, point: Point) -> list[Index]:
        """The index among all axes, 0 in those that are reduced."""
        return [
            point[axis_name(axis)] if axis in self._kept else Index.of(0)
            for axis in range(len(self._extents))
        ]

    def number(self, point: Point) -> Scalar:
        """Which of the elements that are reduced to one this is, row-major, as an i32."""
        total = Index.of(0)
        for axis in self.axes:
            total = total * self._extents[axis] + point[axis_name(axis)]
        return point.index(total).cast("i32")

    def store(self, point: Point, element: Scalar) -> None:
        """Give an element of the result."""
        place = self.stretched_place(point) if self.keepdims else self.kept_place(point)
        point.store(self.output, place, element.cast(computed(dtype_of(self.output.type))))

    @property
    def _extents(self) -> Sequence[int]:
        return shape_of(self.data.type)

    @property
    def _kept(self) -> list[int]:
        return [axis for axis in range(len(self._extents)) if axis not in self.axes]


# Reductions by one accumulator.


@dataclass(frozen=True)
class Fold:
    """How elements are reduced: by a kind of accumulator, of an element type that theirs decides.

    ``enter`` is applied to each element first, ``leave`` to the total.
    """

    kind: Reduction
    accumulated: Callable[[str], str]
    enter: Callable[[Scalar], Scalar] = lambda x: x
    leave: Callable[[Scalar, Reduced], Scalar] = lambda total, reduced: total


_STEPS: Mapping[Reduction, Callable[[Scalar, Scalar], Scalar]] = {
    Reduction.ADD: lambda total, x: total + x,
    Reduction.MUL: lambda total, x: total * x,
    Reduction.MAX: lambda total, x: total.max(x),
    Reduction.MIN: lambda total, x: total.min(x),
    Reduction.AND: lambda total, x: total & x,
    Reduction.OR: lambda total, x: total | x,
}


def _wide(dtype: str) -> str:
    """Integers in 64 bits."""
    if dtype in FLOATS:
        return computed(dtype)
    return "ui64" if dtype in UNSIGNED_INTS else "i64"


def _double(dtype: str) -> str:
    """Floats in f64, so that no partial product leaves the range of the others."""
    return "f64" if dtype in FLOATS else dtype


def _signed(dtype: str) -> str:
    """Unsigned integers as signed ones: accumulators compare numbers with signs."""
    return dtype.removeprefix("u")


def _ordered(x: Scalar) -> Scalar:
    """An unsigned integer as the signed one of the same rank: its first bit flipped."""
    return _flipped(x).cast(_signed(x.dtype)) if x.dtype in UNSIGNED_INTS else x


def _unordered(total: Scalar, reduced: Reduced) -> Scalar:
    return _flipped(total.cast(reduced.dtype)) if reduced.dtype in UNSIGNED_INTS else total


def _flipped(x: Scalar) -> Scalar:
    return x ^ (1 << (integer_bits(x.dtype) - 1))


def _mean(total: Scalar, reduced: Reduced) -> Scalar:
    return total / reduced.count if total.is_float or reduced.count else total


def _is_true(total: Scalar, reduced: Reduced) -> Scalar:
    return total.ne(0)


SUM = Fold(Reduction.ADD, computed)
MEAN = Fold(Reduction.ADD, _wide, leave=_mean)
MAX = Fold(Reduction.MAX, _signed, _ordered, _unordered)
MIN = Fold(Reduction.MIN, _signed, _ordered, _unordered)
PROD = Fold(Reduction.MUL, _double)
ALL_TRUE = Fold(Reduction.AND, lambda dtype: "i8", leave=_is_true)
ANY_TRUE = Fold(Reduction.OR, lambda dtype: "i8", leave=_is_true)


def fold(reduced: Reduced, kernel: KernelBuilder, how: Fold) -> None:
    """Append the nest of a reduction by one accumulator."""
    nest = _nest(reduced, kernel, how)
    with nest.update() as point:
        total = point.accumulator("a")
        x = how.enter(point.read(reduced.data, reduced.place(point))).cast(total.dtype)
        point.yields(_STEPS[how.kind](total, x))
    with nest.finish() as point:
        reduced.store(point, how.leave(point.accumulator("a"), reduced))


def _nest(reduced: Reduced, kernel: KernelBuilder, how: Fold) -> NestBuilder:
    dtype = how.accumulated(reduced.dtype)
    return kernel.nest(reduced.kept, reduced.reduced, {"a": (dtype, how.kind)})


# Positions of extrema.


@dataclass(frozen=True)
class Found:
    """An element and its number among those reduced."""

    element: Scalar
    number: Scalar


def find(reduced: Reduced, kernel: KernelBuilder, *, greatest: bool, last: bool) -> None:
    """Append the nest of an argmax or argmin; of equal elements the first or last is found."""
    accumulators = {
        "best": (reduced.dtype, Reduction.CUSTOM),
        "number": ("i32", Reduction.CUSTOM),
    }
    nest = kernel.nest(reduced.kept, reduced.reduced, accumulators)

    def better(new: Found, old: Found) -> list[Scalar]:
        """The one of two to find, in whatever order they come."""
        a, b = new.element, old.element
        wins = a.gt(b) if greatest else a.lt(b)
        ties = a.eq(b)
        if a.is_float:
            wins = wins | (a.ne(a) & b.eq(b))
            ties = ties | (a.ne(a) & b.ne(b))
        nearer = new.number.gt(old.number) if last else new.number.lt(old.number)
        take = wins | (ties & nearer)
        return [take.select(a, b), take.select(new.number, old.number)]

    # The number that loses every tie.
    none = -1 if last else np.iinfo(np.int32).max
    with nest.init() as point:
        number = point.constant(none, "i32")
        point.yields(point.constant(_extreme(reduced, greatest), reduced.dtype), number)
    with nest.update() as point:
        new = Found(point.read(reduced.data, reduced.place(point)), reduced.number(point))
        point.yields(*better(new, Found(point.accumulator("best"), point.accumulator("number"))))
    with nest.combine() as (point, left, right):
        point.yields(*better(Found(*right), Found(*left)))
    with nest.finish() as point:
        number = point.accumulator("number")
        if not reduced.count:
            number = number.like(-1)
        elif kernel.symbols.keys() & reduced.reduced.values():
            # There may turn out to be no elements.
            number = number.eq(none).select(number.like(-1), number)
        reduced.store(point, number)


def _extreme(reduced: Reduced, greatest: bool) -> float:
    """The number that is greater than none, or less than none."""
    if reduced.dtype in FLOATS:
        return -inf if greatest else inf
    limits = np.iinfo(numpy_dtype(reduced.data.type))
    return int(limits.min if greatest else limits.max)


# Variance and logsumexp.


def variance(reduced: Reduced, kernel: KernelBuilder, mean: SSAValue, divisor: int) -> None:
    """Append the nest of the sum of squares of differences from a mean, over a divisor."""
    nest = _nest(reduced, kernel, SUM)
    with nest.update() as point:
        x = point.read(reduced.data, reduced.place(point))
        difference = x - point.read(mean, reduced.stretched_place(point))
        point.yields(difference.times_plus(difference, point.accumulator("a")))
    with nest.finish() as point:
        reduced.store(point, point.accumulator("a") / divisor)


def log_sum_exp(reduced: Reduced, kernel: KernelBuilder) -> None:
    """Append the nests of a maximum, and of the logarithm of the sum of exp(x - maximum)."""
    shifts = kernel.scratch(reduced.dtype, list(reduced.kept.values()), "shifts")
    nest = _nest(reduced, kernel, MAX)
    with nest.update() as point:
        x = point.read(reduced.data, reduced.place(point))
        point.yields(point.accumulator("a").max(x))
    with nest.finish() as point:
        greatest = point.accumulator("a")
        shift = greatest.abs().lt(inf).select(greatest, 0.0)
        point.put(shift, shifts, reduced.kept_place(point))
    nest = _nest(reduced, kernel, SUM)
    with nest.update() as point:
        x = point.read(reduced.data, reduced.place(point))
        shift = point.load(shifts, reduced.kept_place(point))
        point.yields(point.accumulator("a") + (x - shift).apply(math.ExpOp))
    with nest.finish() as point:
        shift = point.load(shifts, reduced.kept_place(point))
        reduced.store(point, point.accumulator("a").apply(math.LogOp) + shift)

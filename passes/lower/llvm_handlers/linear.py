"""Index values as sums, and where the elements of a memref lie."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from xdsl.ir import SSAValue


class Linear(NamedTuple):
    """``constant`` plus the sum of value * factor over ``terms``; values are i64, factors not 0."""

    terms: tuple[tuple[SSAValue, int], ...]
    constant: int

    def plus(self, other: Linear, factor: int = 1) -> Linear:
        """This plus ``other`` times ``factor``."""
        constant = self.constant + other.constant * factor
        if factor == 0 or not other.terms:
            return Linear(self.terms, constant)
        factors = dict(self.terms)
        for value, coefficient in other.terms:
            factors[value] = factors.get(value, 0) + coefficient * factor
        return Linear(tuple((v, f) for v, f in factors.items() if f), constant)

    def times(self, factor: int) -> Linear:
        """This times ``factor``."""
        return ZERO.plus(self, factor)


ZERO = Linear((), 0)
NO_SIZES: Mapping[int, Linear] = MappingProxyType({})


class View(NamedTuple):
    """Where a memref's elements lie: ``base`` plus ``offset`` plus index times stride, in bytes.

    ``sizes`` are the extents known only at run time, by dimension, as far as an argument says.
    """

    base: SSAValue
    offset: Linear
    strides: tuple[int | Linear, ...]
    sizes: Mapping[int, Linear] = NO_SIZES

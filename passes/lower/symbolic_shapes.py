"""Extents known only at run time, as numbers that stand for them while a kernel is written.

Rows compute with extents as numbers. Where a function has `?`, each becomes a large prime of its
own, so that type inference tells which extents are equal: two that meet where equal ones are
expected become one, which calls of the kernel must keep to. What is written then has a run-time
extent wherever the prime stands. A number that was computed from a prime is not noticed so; hence
the kernel is written twice, with other primes, and must come out the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from math import isqrt

from xdsl.rewriter import Rewriter
from xdsl.utils.exceptions import VerifyException

from ...dialects.relay.base import RelayOp
from ...dialects.relay.module import FuncOp
from ...dialects.relay.types import (
    DYNAMIC,
    Shape,
    dtype_of,
    is_static,
    is_tensor,
    shape_of,
    tensor,
)

STARTS = (1_000_000, 3_000_000)
"""Where the two series of primes begin: beyond any extent of a dimension that is known."""


def has_symbols(function: FuncOp) -> bool:
    """Whether the type of any value in a function has `?`."""
    values = [*function.args, *(result for op in function.block.ops for result in op.results)]
    return any(is_tensor(v.type) and not is_static(shape_of(v.type)) for v in values)


def with_symbols(function: FuncOp, start: int) -> tuple[FuncOp, dict[int, str]]:
    """A copy of a function in which numbers stand for `?`, and the names of these numbers.

    Raises:
        VerifyException: when the ops do not fit together, whatever the extents.
    """
    equal: dict[int, int] = {}
    while True:
        copy, numbers = function.clone(), _Numbers(start, equal)
        meeting = _settle(copy, numbers)
        if meeting is None:
            return copy, {number: f"n{at}" for at, number in enumerate(numbers.used)}
        symbol, extent = meeting
        equal[symbol] = extent


class _Numbers:
    """Hands out primes in order; ``equal`` says which extent takes the place of a prime."""

    def __init__(self, start: int, equal: Mapping[int, int]):
        self.equal = equal
        self.used: dict[int, None] = {}
        self._primes = _primes(start)

    def next(self) -> int:
        """The extent for one more `?`."""
        extent = next(self._primes)
        while extent in self.equal:
            extent = self.equal[extent]
        if is_symbol(extent):
            self.used[extent] = None
        return extent


def is_symbol(extent: int) -> bool:
    """Whether an extent is a number that stands for a `?`."""
    return extent > STARTS[0]


def _primes(start: int) -> Iterator[int]:
    candidate = start
    while True:
        candidate += 1
        if all(candidate % divisor for divisor in range(2, isqrt(candidate) + 1)):
            yield candidate


def _settle(function: FuncOp, numbers: _Numbers) -> tuple[int, int] | None:
    """Give every value a type without `?`; or else a symbol, and the extent it must be equal to."""
    for argument in function.args:
        if is_tensor(argument.type):
            shape = _numbered(shape_of(argument.type), numbers)
            type_ = tensor(dtype_of(argument.type), shape)
            Rewriter.replace_value_with_new_type(argument, type_)
    for op in function.block.ops:
        if not isinstance(op, RelayOp):
            continue
        try:
            inferred = op.infer()
        except VerifyException:
            meeting = _meeting([shape_of(v.type) for v in op.operands if is_tensor(v.type)])
            if meeting is None:
                raise
            return meeting
        # Results of one op that look alike are alike: a top-k's values and indices.
        extents: dict[Shape, Shape] = {}
        for result, found in zip([*op.results], inferred, strict=True):
            if not is_tensor(found):
                Rewriter.replace_value_with_new_type(result, found)
                continue
            meeting = _meeting([shape_of(found), shape_of(result.type)])
            if meeting is not None:
                return meeting
            shape = _refined(shape_of(found), shape_of(result.type))
            if shape not in extents:
                extents[shape] = _numbered(shape, numbers)
            Rewriter.replace_value_with_new_type(result, tensor(dtype_of(found), extents[shape]))
    function.update_type()
    return None


def _numbered(shape: Shape, numbers: _Numbers) -> Shape:
    return tuple(numbers.next() if extent == DYNAMIC else extent for extent in shape)


def _refined(found: Shape, declared: Shape) -> Shape:
    """The inferred extents, those of the declared type where only that has them."""
    return tuple(d if f == DYNAMIC else f for f, d in zip(found, declared, strict=True))


def _meeting(shapes: Sequence[Sequence[int]]) -> tuple[int, int] | None:
    """A symbol, and an extent that stands in the same dimension, counted from the right."""
    for extents in zip_longest(*map(reversed, shapes), fillvalue=1):
        *known, last = sorted({extent for extent in extents if extent not in (1, DYNAMIC)}) or [0]
        if known and is_symbol(last):
            return last, known[0]
    return None

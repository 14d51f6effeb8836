"""Squares of memory loaded as rows and transposed in registers. (L10 of the specification.)

Where the lanes of a load lie apart but the pieces of an unrolled loop are neighbours, one vector is
loaded for each lane, along the loop, and shuffled into one for each piece: n loads and n·log2(n)
shuffles in place of n² loads. The steps within 128 bits interleave, those across take every other
128 bits of two vectors: each is one instruction on x86 (unpck, shufps, perm2f128, shuf32x4).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from xdsl.dialects.builtin import i1
from xdsl.ir import Attribute, SSAValue

from ...dialects.tl.access import LoadOp
from ...dialects.tl.affine import Quasi
from ...dialects.tl.ranges import strides_of
from . import tl_build
from .llvm_handlers.types import byte_size, element_type
from .tl_emit import Emitter

_LARGEST = 16
"""The most rows: a square of 32 would not stay in registers anywhere."""

_BLOCK_BYTES = 16
"""What instructions that interleave work within."""


class Shuffle(NamedTuple):
    """Two vectors, by their numbers, and the elements of both that make a new one."""

    first: int
    second: int
    lanes: tuple[int, ...]


class Steps(NamedTuple):
    """Rounds of shuffles, each of which replaces all vectors; ``columns`` says which vector is
    which column in the end."""

    rounds: tuple[tuple[Shuffle, ...], ...]
    columns: tuple[int, ...]


def is_square(lanes: int, count: int, type_: Attribute) -> bool:
    """Whether as many pieces as there are can be made of squares of as many rows as lanes."""
    is_power = lanes > 1 and lanes & (lanes - 1) == 0
    return is_power and lanes <= _LARGEST and count % lanes == 0 and type_ != i1


def neighbour_step(op: LoadOp, memory: Attribute, axis: SSAValue) -> int | None:
    """How far apart a load's elements lie along an axis; None where that is not one distance."""
    step = 0
    for form, stride in zip(op.forms, strides_of(memory), strict=True):
        if any(isinstance(term, Quasi) and axis in term.inner.values() for term in form.terms):
            return None
        if form[axis]:
            if stride is None:
                return None
            step += form[axis] * stride
    return step


def transpose(rows: Sequence[SSAValue], to: Emitter) -> list[SSAValue]:
    """The columns of a square of as many rows as each has lanes, a power of two."""
    type_ = element_type(rows[0].type)
    steps = steps_of(len(rows), min(len(rows), _BLOCK_BYTES // byte_size(type_)))
    vectors = list(rows)
    for each in steps.rounds:
        vectors = [
            to.add(tl_build.shuffle(vectors[s.first], vectors[s.second], s.lanes, type_))
            for s in each
        ]
    return [vectors[number] for number in steps.columns]


@cache
def steps_of(size: int, block: int) -> Steps:
    """How a square of ``size`` rows is transposed, where ``block`` elements are 128 bits."""
    places = [tuple((row, column) for column in range(size)) for row in range(size)]
    rounds: list[tuple[Shuffle, ...]] = []
    distance = 1
    while distance < size:
        lanes = (
            _interleaved(size, block, distance) if distance < block else _every_other(size, block)
        )
        shuffles: list[Shuffle] = []
        for number in range(size):
            low = number & ~distance
            shuffles.append(Shuffle(low, low | distance, lanes[number != low]))
        places = [
            tuple((places[s.first] + places[s.second])[lane] for lane in s.lanes) for s in shuffles
        ]
        rounds.append(tuple(shuffles))
        distance *= 2
    columns = {place[0][1]: number for number, place in enumerate(places)}
    return Steps(tuple(rounds), tuple(columns[column] for column in range(size)))


def _interleaved(size: int, block: int, unit: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Units of two vectors in turn: of the lower halves of their blocks, and of the upper ones."""

    def half(start: int) -> tuple[int, ...]:
        return tuple(
            vector * size + base + start + place + element
            for base in range(0, size, block)
            for place in range(0, block // 2, unit)
            for vector in range(2)
            for element in range(unit)
        )

    return half(0), half(block // 2)


def _every_other(size: int, block: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The even blocks of two vectors, and the odd ones."""

    def blocks(first: int) -> tuple[int, ...]:
        return tuple(
            base + element
            for base in range(first * block, 2 * size, 2 * block)
            for element in range(block)
        )

    return blocks(0), blocks(1)

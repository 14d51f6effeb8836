"""Register tiles: which points of a nest are computed at once, and those worth considering.

A tile is a vector axis and, around it, unrolled axes whose accumulators all stay in registers
during the reduction. What makes a tile good is reuse: a value that does not move along an axis is
loaded once for all of the tile's points there. Axes are therefore grouped by what they reuse: a
matrix product has rows (which reuse the right operand) and columns (which reuse the left one), a
convolution has pixels and output channels, a depthwise convolution only pixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from math import prod

from ...target.description import Target
from .nest_facts import Access, Facts

_CHAINS = (2, 4, 8)
"""Numbers of partial accumulators that are tried."""

_MOST_TAPS = 16
"""The longest reduction that is unrolled whole."""

_LONG = 3
"""An axis this many times longer than a tile is not tiled together with another."""


_MOST_COPIED = 32
"""The most operations of a nest without reduction that are written out."""

_MOST_OPERATIONS = 300
"""The most operations on vectors in an unrolled tile: beyond that compiling takes seconds."""


@dataclass(frozen=True)
class Tile:
    """A register tile.

    ``vector`` is the axis of the vectors, of ``lanes`` points; None is a scalar nest. ``counts``
    are how many vectors or points the tile has at most along unrolled axes, outermost first.
    ``chains``: partial accumulators of the innermost reduction axis. ``taps``: the reduction is
    unrolled whole.
    """

    vector: str | None
    lanes: int = 1
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    chains: int = 1
    taps: bool = False

    @property
    def size(self) -> int:
        """How many vectors (or scalars) it has."""
        return prod(self.counts.values())

    def points(self, axis: str) -> int:
        """How many points it has along an axis."""
        count = self.counts.get(axis, 1)
        return count * self.lanes if axis == self.vector else count

    def is_vector(self, access: Access) -> bool:
        """Whether the access is one of vectors."""
        return self.vector is not None and access.moves_along(self.vector)


def candidates(facts: Facts, target: Target) -> Iterator[Tile]:
    """The tiles worth costing; the scalar one first."""
    yield Tile(None)
    lanes = target.lanes(facts.element_bits)
    if lanes == 1:
        return
    for axis in vector_axes(facts):
        extent = facts.extents[axis]
        own = lanes if axis in facts.dynamic else min(lanes, extent)
        if facts.is_reduction:
            yield from _reducing(facts, target, axis, own)
        else:
            yield from _elementwise(facts, axis, own)


def vector_axes(facts: Facts) -> list[str]:
    """The axes along which a vector is legal and some access is one of neighbours in memory."""
    found: list[str] = []
    for axis in (*facts.spatial, *facts.reduction):
        if axis in facts.ordered or facts.extents[axis] < 2:
            continue
        if not all(store.is_contiguous(axis) for store in facts.update.stores):
            continue
        if axis in facts.reduction:
            legal = facts.is_combinable
        else:
            legal = all(store.is_contiguous(axis) for store in facts.finish.stores)
        if legal and any(access.is_contiguous(axis) for access in facts.accesses):
            found.append(axis)
    return found


def registers(facts: Facts, tile: Tile) -> int:
    """How many vector registers the innermost loop keeps busy.

    Those of accumulators, of values that are loaded before loops that do not need them, and one
    more for every load.
    """
    busy = tile.size * tile.chains * facts.accumulators
    counts = [(axis, count) for axis, count in tile.counts.items() if count > 1]
    for load in facts.hot.loads:
        staged, gap = 1, False
        for axis, count in counts:
            if axis not in load.steps:
                gap = True
            elif gap:
                staged *= count
        busy += staged
    return busy


def is_hoisted(facts: Facts, target: Target, tile: Tile, load: Access) -> bool:
    """Whether an operand of an unrolled reduction stays in registers from tile to tile."""
    if not tile.taps or any(load.moves_along(axis) for axis in tile.counts if axis != tile.vector):
        return False
    vectors = tile.counts.get(tile.vector or "", 1) if tile.is_vector(load) else 1
    return registers(facts, tile) + vectors * facts.points - 1 < target.vector_registers


def _reducing(facts: Facts, target: Target, vector: str, lanes: int) -> Iterator[Tile]:
    """Tiles of a reduction: as many vectors as the registers take, in each proportion."""
    # Of 32 registers LLVM keeps one for broadcasts that it then finds no use for.
    most = min(target.vector_registers, 31)
    columns, rows = axis_groups(facts, vector)
    shapes = [
        (row | column)
        for number in range(1, most)
        for column in _fillings(facts, columns, vector, lanes, number)
        for times in range(1, most // number + 1)
        for row in _fillings(facts, rows, vector, lanes, times)
    ]
    largest = min(most, max((prod(counts.values()) for counts in shapes), default=0))
    for counts in shapes:
        for tile in _variants(facts, target, vector, lanes, counts, largest):
            operations = tile.size * tile.chains * (facts.points if tile.taps else 1)
            operations *= max(1, facts.update.cost)
            if operations <= _MOST_OPERATIONS and registers(facts, tile) <= most:
                yield tile


def _variants(
    facts: Facts,
    target: Target,
    vector: str,
    lanes: int,
    counts: Mapping[str, int],
    largest: int,
) -> Iterator[Tile]:
    """A shape in its best order; with chains; with the reduction unrolled.

    Shapes of less than half of the ``largest`` size load more for the same work, unless they keep
    other things instead.
    """
    size = prod(counts.values())
    axes = {axis: count for axis, count in counts.items() if count > 1 or axis == vector}
    is_free = facts.is_combinable and not facts.ordered.intersection(facts.reduction)
    # Unrolled, a tile needs the other half of the registers for operands that are used again.
    short = 1 < facts.points <= _MOST_TAPS and 2 * size <= target.vector_registers
    short &= vector not in facts.reduction and not facts.dynamic.intersection(facts.reduction)
    chains = [n for n in _CHAINS if is_free and largest <= 2 * size * n <= 16]
    if not (short or chains or 2 * size >= largest):
        return
    ordered = _in_order(facts, vector, axes)
    if 2 * size >= largest:
        yield Tile(vector, lanes, ordered)
    if short:
        yield Tile(vector, lanes, ordered, 1, True)
    inner = vector if vector in facts.reduction else facts.reduction[-1]
    length = facts.extents[inner] // (lanes if inner == vector else 1)
    yield from (Tile(vector, lanes, ordered, n) for n in chains if length >= 2 * n)


def _in_order(facts: Facts, vector: str, counts: Mapping[str, int]) -> Mapping[str, int]:
    """Unrolled axes in the order in which the fewest values wait in registers.

    Vectors that lie side by side come last.
    """
    if len(counts) < 2:
        return counts
    orders = [
        {axis: counts[axis] for axis in order}
        for order in permutations(counts)
        if order[-1] == vector or counts.get(vector, 1) == 1
    ]
    return min(orders, key=lambda each: registers(facts, Tile(vector, 1, each)))


def axis_groups(facts: Facts, vector: str) -> tuple[list[str], list[str]]:
    """The axes to fill columns from, the vector axis first if spatial, and those for rows.

    Each group reuses the same loads, innermost axes first.
    """
    groups: dict[frozenset[int], list[str]] = {}
    for axis in reversed(facts.spatial):
        if axis in facts.ordered or (facts.extents[axis] == 1 and axis != vector):
            continue
        reused = frozenset(
            number for number, load in enumerate(facts.update.loads) if not load.moves_along(axis)
        )
        groups.setdefault(reused, []).append(axis)
    columns: list[str] = []
    for reused, axes in groups.items():
        if vector in axes:
            columns = groups.pop(reused)
            columns = [vector, *(axis for axis in columns if axis != vector)]
            if not reused and any(groups):  # nothing is gained along these
                columns = [vector]
            break

    def worth(reused: frozenset[int]) -> tuple[int, int]:
        vectors = [n for n in reused if facts.update.loads[n].moves_along(vector)]
        return len(vectors), len(reused)

    ranked = sorted((reused for reused in groups if reused), key=worth, reverse=True)
    if not columns:
        ranked, columns = ranked[1:], groups[ranked[0]] if ranked else []
    return columns, groups[ranked[0]] if ranked else []


def _fillings(
    facts: Facts, axes: Sequence[str], vector: str, lanes: int, count: int
) -> list[dict[str, int]]:
    """Ways to have ``count`` vectors or points over the axes of a group."""
    if count == 1:
        return [dict.fromkeys(axes[:1], 1)]
    if not axes:
        return []
    lengths = {
        axis: -(-facts.extents[axis] // lanes) if axis == vector else facts.extents[axis]
        for axis in axes
    }
    first, others = axes[0], axes[1:2]
    found: list[dict[str, int]] = [{first: count}] if count <= lengths[first] else []
    # Where the first axis is long, its last tile is small waste.
    for second in others if lengths[first] < _LONG * count else ():
        sizes = range(1, count)
        for inner in reversed(sizes) if first == vector else sizes:
            outer, rest = divmod(count, inner)
            if not rest and inner <= lengths[first] and outer <= lengths[second]:
                found.append({second: outer, first: inner})
    return found


def _elementwise(facts: Facts, vector: str, lanes: int) -> Iterator[Tile]:
    """Tiles of a nest without reduction: a few copies, or a square that is transposed."""
    most = min(facts.extents[vector] // lanes, int(_MOST_COPIED / max(1, facts.finish.cost)))
    yield from (Tile(vector, lanes, {vector: n}) for n in (1, 2, 4) if n <= max(1, most))
    for load in facts.finish.loads:
        if not load.moves_along(vector) or load.is_contiguous(vector):
            continue
        for axis in facts.spatial:
            if load.is_contiguous(axis) and axis not in facts.ordered and axis != vector:
                rows = lanes if axis in facts.dynamic else min(lanes, facts.extents[axis])
                yield Tile(vector, lanes, {axis: rows, vector: 1})

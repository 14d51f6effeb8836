"""What a nest costs under a register tile, in cycles of one core.

The innermost loop takes as long as the busiest of what it uses: arithmetic, loads, the latency of
its accumulators, the cache it streams from. Figures are those of current x86 cores; they rank
tiles, and tell small kernels from large ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log2, prod

from ...target.description import Target
from .division import Division, divide
from .nest_facts import Access, Body, Facts
from .register_tile import Tile, is_hoisted, registers

ARITHMETIC = 0.5
"""Cycles of an addition or fused multiply-add of vectors: two start each cycle."""

LOAD = 0.5
"""Cycles of a load of a vector, or of one number into all lanes."""

STORE = 1.0

LANE = 1.5
"""Cycles of moving one lane to or from memory where lanes are not neighbours."""

TRANSPOSE = 3.0
"""Cycles of a vector's part in a transpose of a square of vectors in registers."""

HALVE = 1.5
"""Cycles of adding the upper half of a vector to the lower one."""

LATENCY = 4.2
"""Cycles until an accumulator can be used again."""

LOOP = 0.75
"""Cycles that an iteration of a loop costs beside its body."""

TILE = 10.0
"""Cycles to start and end the loops of a tile's reduction."""

UNROLLED = 4.0
"""The same where the reduction is unrolled whole."""

NESTED = 3.0
"""Cycles to start and end the innermost loop once more."""

CODE = 0.0075
"""The part by which a kernel takes longer for each further copy of a tile's code, that starts cold.

Tiles of two sizes have code of their own, and so have those at the ends of an axis with guards.
"""

FULL = 1.02
"""How much longer a tile takes that leaves no register to load ahead."""

USABLE = 0.8
"""The part of a cache that holds what is counted here."""

OVERLAP = 0.2
"""The part of waiting for data that work does not hide, or the other way round."""

STREAMS = (("l1d", 128.0), ("l2", 24.0), ("l3", 10.0))
"""Bytes in a cycle from each cache."""

MEMORY = 6.0
"""Bytes in a cycle from memory."""


@dataclass
class CostModel:
    """Costs tiles of one nest.

    A tile's cost is that of one of average size, times how many there are: divisions are even.
    """

    facts: Facts
    target: Target

    def cycles(self, tile: Tile) -> float:
        """Of the whole nest."""
        facts = self.facts
        counts: dict[str, float] = {}
        tiles = copies = 1
        for axis in facts.spatial:
            extent = facts.extents[axis]
            if axis == tile.vector:
                extent = -(-extent // tile.lanes)
            pieces = -(-extent // tile.counts.get(axis, 1))
            tiles *= pieces
            sizes = 2 if extent % max(1, pieces) else 1
            copies *= min(pieces, sizes + 2) if facts.edges(axis) != (0, 0) else sizes
            if axis in tile.counts:
                counts[axis] = extent / max(1, pieces)
        cycles = tiles * self._tile_cycles(tile, counts, tiles) * (1 + CODE * (copies - 1))
        if registers(facts, tile) >= self.target.vector_registers:
            cycles *= FULL
        return cycles

    def division(self, tile: Tile, axis: str) -> Division:
        """How a tile divides an axis."""
        is_vector = axis == tile.vector
        count = tile.chains if axis in self.facts.reduction else tile.counts.get(axis, 1)
        return divide(
            self.facts.extents[axis],
            count,
            tile.lanes if is_vector else 1,
            self.facts.edges(axis) if is_vector else (0, 0),
            axis in self.facts.dynamic,
            self.facts.is_reduction and axis in self.facts.spatial,
        )

    def unrolled(self, tile: Tile) -> int:
        """By how much the innermost loop of the reduction is unrolled, chains apart.

        More hides the loop's own cost; once there are as many operations as registers it brings
        nothing but code. A column of single vectors would keep more than one of them.
        """
        facts, registers = self.facts, self.target.vector_registers
        if tile.taps or not facts.reduction or tile.vector in facts.reduction:
            return 1
        alone = any(_copies(load, tile.counts) == 1 for load in facts.update.loads)
        if alone and tile.size > registers // 2:
            return 1
        extent = facts.extents[facts.reduction[-1]]
        most = min(8, (2 * registers - 8) // (tile.size * tile.chains))
        return max((by for by in (2, 3, 4, 8) if by <= most and extent % by == 0), default=1)

    def _tile_cycles(self, tile: Tile, counts: Mapping[str, float], tiles: int) -> float:
        """Of one of so many tiles with these numbers of vectors."""
        facts, size = self.facts, prod(counts.values())
        if not facts.is_reduction:
            cycles = LOOP + self._body_cycles(facts.finish, tile, counts, size)
            return overlapped(cycles, self._stream_cycles(tile, size / tile.size, tiles))
        points, inner = facts.points, facts.extents[facts.reduction[-1]] if facts.reduction else 1
        steps = points / tile.chains
        if tile.vector in facts.reduction:
            extent = facts.extents[tile.vector]
            steps *= -(-extent // tile.lanes) / extent
        cycles = steps * self._step_cycles(tile, counts, size)
        cycles = overlapped(cycles, self._stream_cycles(tile, size / tile.size, tiles))
        cycles += UNROLLED if tile.taps else TILE + NESTED * points / max(1, inner)
        cycles += size * (tile.chains - 1) * ARITHMETIC * 2
        cycles += self._body_cycles(facts.finish, tile, counts, size)
        cycles += self._body_cycles(facts.init, tile, counts, size)
        if tile.vector in facts.reduction:
            cycles += size * HALVE * log2(tile.lanes)
        return cycles

    def _step_cycles(self, tile: Tile, counts: Mapping[str, float], size: float) -> float:
        """Of one point of the reduction (of each chain), for all vectors of a tile."""
        facts = self.facts
        arithmetic = facts.update.cost * ARITHMETIC * size * tile.chains
        accesses = self._load_cycles(facts.update, tile, counts) * tile.chains
        accesses += len(facts.update.stores) * STORE * size * tile.chains
        busy = max(arithmetic, accesses)
        if tile.taps:
            return busy + LATENCY / facts.points
        waits = LATENCY if facts.nest.accumulators else 0
        return max(busy, waits) + LOOP / self.unrolled(tile)

    def _load_cycles(self, body: Body, tile: Tile, counts: Mapping[str, float]) -> float:
        stays = tile.taps and body is self.facts.update
        return sum(
            self._access_cycles(load, tile) * _copies(load, counts)
            for load in body.loads
            if not (stays and is_hoisted(self.facts, self.target, tile, load))
        )

    def _access_cycles(self, access: Access, tile: Tile) -> float:
        """Of one vector (or what takes its place)."""
        own = STORE if access.is_store else LOAD
        if tile.vector is None or not tile.is_vector(access) or access.is_contiguous(tile.vector):
            return own * access.count
        if any(
            count >= tile.lanes and access.is_contiguous(axis)
            for axis, count in tile.counts.items()
        ):
            return TRANSPOSE * access.count
        return LANE * tile.lanes * access.count

    def _body_cycles(
        self, body: Body, tile: Tile, counts: Mapping[str, float], size: float
    ) -> float:
        """Of `init` or `finish` for all vectors of a tile."""
        stores = sum(self._access_cycles(store, tile) for store in body.stores) * size
        return body.cost * ARITHMETIC * size + self._load_cycles(body, tile, counts) + stores

    def _stream_cycles(self, tile: Tile, part: float, tiles: int) -> float:
        """Of bringing what this part of a whole tile reads from the cache its operands fit.

        Or of its share of bringing all there is from the cache that holds that.
        """
        facts, lengths = self.facts, tile_lengths(self.facts, tile)
        near = sum(self.touched(load, lengths) for load in facts.hot.loads) * part
        # The rest of a line is there for the next tile, unless this one takes too much.
        whole = facts.extents if near <= self.target.l1d else lengths
        far = sum(
            size * self._waste(load, whole)
            for load, size in zip(facts.hot.loads, self._sizes, strict=True)
        )
        return max(near / self._bandwidth(near), far / self._bandwidth(far) / tiles)

    @cached_property
    def _sizes(self) -> list[int]:
        """How many bytes each load of the innermost body reads in all."""
        return [load.footprint(self.facts.extents) for load in self.facts.hot.loads]

    def touched(self, access: Access, lengths: Mapping[str, int]) -> float:
        """How many bytes are brought while each axis passes over that many points."""
        return access.footprint(lengths) * self._waste(access, lengths)

    def _waste(self, access: Access, lengths: Mapping[str, int]) -> float:
        """Bytes brought for each that is used: lines come whole, be it for a part of a block."""
        line = self.target.cache_line
        for axis, step in access.steps.items():
            if step == 1 and lengths[axis] != self.facts.extents[axis]:
                run = lengths[axis] * access.size
                return -(-run // line) * line / run
        return 1.0

    def _bandwidth(self, size: float) -> float:
        """Bytes in a cycle from the cache that so many bytes fit."""
        for level, bandwidth in STREAMS:
            if size <= USABLE * getattr(self.target, level):
                return bandwidth
        return MEMORY


def overlapped(busy: float, waiting: float) -> float:
    """Of work and of moving data for it, most of which happens at the same time."""
    return max(busy, waiting) + OVERLAP * min(busy, waiting)


def tile_lengths(facts: Facts, tile: Tile) -> dict[str, int]:
    """How many points a tile has along each axis, those of the whole reduction included."""
    lengths = dict(facts.extents)
    for axis in facts.spatial:
        lengths[axis] = min(lengths[axis], tile.points(axis))
    return lengths


def _copies(access: Access, counts: Mapping[str, float]) -> float:
    """How many different vectors or numbers a tile accesses."""
    return prod(count for axis, count in counts.items() if axis in access.steps)

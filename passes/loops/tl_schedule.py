"""Chooses a schedule for every nest that has none: the policy beside the mechanism of its peers.

A nest is left alone once its schedule is anything but one serial loop for each axis, in order. The
choice looks at axes, accesses and accumulators, never at names, and follows from the module's
target. For each nest:

1. facts: how accesses move along each axis, which axes are ordered (`nest_facts`);
2. candidates: vector axis and register tile (`register_tile`);
3. the cheapest of them (`cost_model`), its tiles in the order that moves least (`loop_order`);
4. leading loops parallel where there is work for it (`chunks`).

Before, for a machine with 16 registers of 8 lanes:

    tl.nest (%m = 12, %n = 32) reduce (%k = 64) acc (%a : f32 add)
      schedule [m, n, k] update {
        %x = tl.load %X[%m, %k]
        %w = tl.load %W[%k, %n]
        %s = math.fma %x, %w, %a : f32
        tl.yield %s
      } finish { tl.store %a, %Y[%m, %n] }

After:

    tl.nest (%m = 12, %n = 32) reduce (%k = 64) acc (%a : f32 add)
      schedule [m by 6, n by 16, k by 2, k unroll, m unroll, n by 8 unroll, n vector] update {
        ...
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import VerifyException

from ...dialects.tl.access import AccessOp
from ...dialects.tl.kernel import KernelOp
from ...dialects.tl.loops import ForOp
from ...dialects.tl.nest import NestOp
from ...dialects.tl.schedule import Entry, LoopKind, Schedule
from ...dialects.tl.verify import verify_access, verify_loop, verify_nest
from ...target.description import Target
from ..target_attribute import target_of
from .chunks import Loop, group_size, parallel_entries, wanted_chunks
from .cost_model import CostModel
from .division import divide, peeled
from .loop_order import tile_order
from .nest_facts import ASSUMED_EXTENT, Facts
from .register_tile import Tile, candidates
from .shared_loops import group, is_groupable

_MOST_ENUMERATED = 64
"""Longer loops have their guarded edges peeled; of shorter ones tl-to-loops finds the runs."""


@dataclass(frozen=True)
class TlSchedule(ModulePass):
    """Choose schedules of nests that have none."""

    name = "tl-schedule"

    parallel: bool = field(default=True, metadata={"doc": "whether loops may become parallel"})
    cores: int | None = field(
        default=None, metadata={"doc": "how many cores to cut work for; none: the target's"}
    )

    def __post_init__(self) -> None:
        if self.cores is not None and self.cores < 1:
            raise ValueError(f"cores is {self.cores}, expected at least 1")

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        target = target_of(op)
        for kernel in op.ops:
            if isinstance(kernel, KernelOp):
                self._schedule(kernel, target)

    def _schedule(self, kernel: KernelOp, target: Target) -> None:
        cores = self.cores if self.parallel else 1
        for phase in kernel.phases:
            for nest in [each for each in phase.walk() if isinstance(each, NestOp)]:
                if nest.schedule == Schedule.points(axis.name for axis in nest.axes):
                    nest.schedule = choose(nest, target, cores)
            if isinstance(phase, ForOp) and phase.entry.kind is LoopKind.SERIAL:
                _parallelize(phase, target, cores)


def choose(nest: NestOp, target: Target, cores: int | None = None) -> Schedule:
    """A legal schedule that should be fast; the nest's own where none is found.

    Loops are parallel only in a nest at the top level of its kernel, and not for one core.
    """
    if any(axis.extent == 0 for axis in nest.axes):
        return nest.schedule
    kernel = nest.parent_op()
    if not isinstance(kernel, KernelOp):
        cores = 1
    model = CostModel(Facts(nest), target)
    best: dict[str | None, Tile] = {}
    for tile in sorted(candidates(model.facts, target), key=model.cycles):
        best.setdefault(tile.vector, tile)
    for tile in best.values():
        for each in dict.fromkeys((cores, 1)):
            schedule = schedule_of(model, tile, each)
            if is_legal(nest, schedule):
                return schedule
    return nest.schedule


def is_legal(nest: NestOp, schedule: Schedule) -> bool:
    """Whether a nest may have a schedule."""
    kernel = nest.parent_op()
    while kernel is not None and not isinstance(kernel, KernelOp):
        kernel = kernel.parent_op()
    assert kernel is not None, "nests stand in kernels"
    before = nest.schedule
    nest.schedule = schedule
    try:
        verify_nest(nest, kernel)
        for op in nest.walk():
            if isinstance(op, AccessOp):
                verify_access(op)
    except VerifyException:
        return False
    finally:
        nest.schedule = before
    return True


def schedule_of(model: CostModel, tile: Tile, cores: int | None) -> Schedule:
    """The schedule of a tile: loops over tiles, the reduction, the tile's own loops."""
    wanted = wanted_chunks(model.cycles(tile), model.target, cores)
    entries = parallel_entries(list(_tile_loops(model, tile)), wanted)
    entries += _reduction_loops(model, tile)
    for axis, count in tile.counts.items():
        if count > 1:
            size = tile.lanes if axis == tile.vector else 1
            entries.append(Entry.by(axis, size, LoopKind.UNROLL))
    if tile.vector is not None:
        entries.append(Entry.vector(tile.vector))
    return Schedule(tuple(entries))


def _tile_loops(model: CostModel, tile: Tile) -> Iterator[Loop]:
    """The loops over tiles, outermost first."""
    facts = model.facts
    for axis in tile_order(model, tile):
        division = model.division(tile, axis)
        if tile.counts.get(axis, 1) == 1 and axis != tile.vector:
            yield Loop(_points(facts, axis), facts.extents[axis])
        else:
            yield from (Loop(entry, division.count) for entry in division.outer(axis))


def _points(facts: Facts, axis: str) -> Entry:
    """One loop over all points of an axis."""
    if facts.extents[axis] <= _MOST_ENUMERATED:
        return Entry(axis)
    return Entry(axis, peeled(facts.extents[axis], facts.edges(axis)))


def _reduction_loops(model: CostModel, tile: Tile) -> list[Entry]:
    """The loops of the reduction up to those of the tile."""
    facts = model.facts
    entries: list[Entry] = []
    for axis in facts.reduction:
        if axis != tile.vector:
            entries += _reduction_entries(model, tile, axis)
    if tile.vector in facts.reduction:
        entries += model.division(tile, tile.vector).outer(tile.vector)
        if tile.chains > 1:
            entries.append(Entry.by(tile.vector, tile.lanes, LoopKind.CHAIN))
    return entries


def _reduction_entries(model: CostModel, tile: Tile, axis: str) -> list[Entry]:
    """The entries of a reduction axis that is no vector."""
    facts = model.facts
    if tile.taps:
        return [Entry.by(axis, 1, LoopKind.UNROLL)]
    if axis == facts.reduction[-1]:
        by, kind = model.unrolled(tile), LoopKind.UNROLL
        if tile.chains > 1:
            by, kind = tile.chains, LoopKind.CHAIN
        if by > 1:
            dynamic = axis in facts.dynamic
            division = divide(facts.extents[axis], by, dynamic=dynamic)
            even = [Entry.by(axis, by)] if division.pieces and not dynamic else []
            return [*(even or division.outer(axis)), Entry.by(axis, 1, kind)]
    return [_points(facts, axis)]


def _parallelize(loop: ForOp, target: Target, cores: int | None) -> None:
    """Make a top-level loop parallel where it may be and has work for it."""
    extent = loop.extent if isinstance(loop.extent, int) else ASSUMED_EXTENT
    wanted = wanted_chunks(_cycles(loop, target), target, cores)
    kernel = loop.parent_op()
    assert kernel is not None
    if extent < 2 or wanted < 2:
        return
    before = loop.entry
    loop.entry = replace(before, kind=LoopKind.PARALLEL)
    try:
        verify_loop(loop, kernel)
    except VerifyException:
        loop.entry = before
        return
    size = group_size(extent, wanted)
    if size > 1 and is_groupable(loop):
        group(loop, size)


def _cycles(loop: ForOp, target: Target) -> float:
    """About how long a loop takes with all that is in it."""
    total = 0.0
    for op in loop.block.ops:
        if isinstance(op, NestOp):
            model = CostModel(Facts(op), target)
            total += min(map(model.cycles, candidates(model.facts, target)))
        elif isinstance(op, ForOp):
            total += _cycles(op, target)
    extent = loop.extent if isinstance(loop.extent, int) else ASSUMED_EXTENT
    return total * extent

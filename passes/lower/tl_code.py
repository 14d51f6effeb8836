"""What is known of a region of a nest before its loops are written.

Each op has a *level*, the depth in the schedule at which all it depends on is known. A load that
depends on loops with others in between is *staged*: made for all of their pieces before the first
of those in between, so that weights are loaded outside the pixel loop. (L5 of the specification.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from xdsl.dialects.builtin import DYNAMIC_INDEX
from xdsl.ir import Block, Operation, SSAValue
from xdsl.utils.exceptions import VerifyException

from ...dialects.tl.access import AccessOp, LoadOp, StoreOp
from ...dialects.tl.affine import Box, Interval, Linear, Term
from ...dialects.tl.nest import NestOp, YieldOp
from ...dialects.tl.ranges import (
    buffer_of,
    dimension_form,
    is_nonnegative,
    lengths_of,
    storage_of,
)
from ...dialects.tl.schedule import Entry, LoopKind
from .tl_access import forms_of
from .tl_clip import Clip, clipping_depth
from .tl_plan import Demand, Places, is_bent
from .tl_point import Key
from .tl_transpose import neighbour_step

At = tuple[int, Entry]
"""An entry and its depth in the schedule."""


def ordered_entries(nest: NestOp) -> list[At]:
    """The schedule, with the vector entry as far outside as it can stand: it makes no loop.

    What divides a length that is known only at run time cannot be unrolled.

    Raises:
        VerifyException: when such an entry is a chain.
    """
    entries = list(nest.schedule)
    for axis in nest.axes:
        if lengths_of(axis.extent) is None:
            place = nest.schedule.indices(axis.name)[0]
            entries[place] = _at_run_time(entries[place])
    if entries and entries[-1].kind is LoopKind.VECTOR:
        vector = entries.pop()
        reduced = {axis.name for axis in nest.reduction}
        place = sum(entry.kind is LoopKind.PARALLEL for entry in entries)
        for depth, entry in enumerate(entries):
            if entry.axis == vector.axis:
                place = max(place, depth + 1)
        if vector.axis in reduced:
            place = max(place, _first(entries, reduced))
        entries.insert(place, vector)
    return list(enumerate(entries))


def _at_run_time(entry: Entry) -> Entry:
    if entry.kind is LoopKind.CHAIN:
        raise VerifyException(
            f"tl.nest: entry '{entry}' divides a length known only at run time, so that the number "
            f"of accumulators is not known; expected an entry of {entry.axis} around it"
        )
    return replace(entry, kind=LoopKind.SERIAL) if entry.kind is LoopKind.UNROLL else entry


def _first(entries: Sequence[Entry], axes: set[str]) -> int:
    """The depth of the first entry of one of the axes."""
    depths = (depth for depth, entry in enumerate(entries) if entry.axis in axes)
    return next(depths, len(entries))


def first_reduction(nest: NestOp, entries: Sequence[At]) -> int:
    """The depth at which the reduction starts, that of the leaves where there is none."""
    return _first([entry for _, entry in entries], {axis.name for axis in nest.reduction})


def _proved(op: AccessOp, forms: Sequence[Linear], shape: Sequence[int | None]) -> frozenset[int]:
    """The dimensions of extents known only at run time in which an index is in bounds for sure."""
    return frozenset(
        dimension
        for dimension, (form, extent) in enumerate(zip(forms, shape, strict=True))
        if extent is None
        and is_nonnegative(form)
        and is_nonnegative(dimension_form(op.memory, dimension) - form - 1)
    )


def _may_overlap(a: SSAValue, b: SSAValue) -> bool:
    """Whether two buffers may share memory."""
    a, b = storage_of(a), storage_of(b)
    if a is b:
        return True
    contracts = (buffer_of(a), buffer_of(b))
    return all(contract is not None and not contract.noalias for contract in contracts)


@dataclass
class Stage:
    """Ops that are emitted at ``depth`` for all pieces of the ``entries`` further inside.

    ``along`` is the one of them whose pieces are neighbours in memory where the lanes are not:
    rows along it are loaded and transposed.
    """

    depth: int
    entries: list[At]
    ops: list[Operation] = field(default_factory=list[Operation])
    along: At | None = None

    @property
    def results(self) -> list[SSAValue]:
        """The values that other ops use."""
        return [
            result
            for op in self.ops
            for result in op.results
            if any(use.operation not in self.ops for use in result.uses)
        ]


class Code:
    """A region's ops, each with its level.

    ``entries`` are those of the axes the region has, from depth ``start`` on inside of what is
    written for it; at depth ``leaf`` all loops are open. ``box`` bounds enclosing indices.
    """

    def __init__(self, nest: NestOp, block: Block, entries: Sequence[At], start: int, box: Box):
        self.block = block
        self.arguments = nest.arguments_of(block)
        self.accumulators = nest.accumulators_of(block)
        self.entries = [(depth, entry) for depth, entry in entries if entry.axis in self.arguments]
        self.start, self.leaf = start, len(entries)
        self.box = box
        self.clips: dict[int, list[Clip]] = {}
        self.demands = self._find_demands(nest, box)
        self.mixed: set[SSAValue] = set()
        self.levels: dict[Operation, int] = {}
        self.stages: list[Stage] = []
        self._stored = {
            op.memory for each in nest.blocks for op in each.ops if isinstance(op, StoreOp)
        }
        self._level_ops()
        self._find_mixed()

    @property
    def yielded(self) -> Sequence[SSAValue]:
        """What the region's terminator yields."""
        last = self.block.last_op
        return last.operands if isinstance(last, YieldOp) else ()

    @property
    def skips(self) -> list[LoadOp]:
        """The loads outside of whose buffers a point does nothing."""
        return [op for op in self.block.ops if isinstance(op, LoadOp) and op.skip is not None]

    def interval(self, form: Linear, places: Places) -> Interval:
        """The values of a form over axes when these stand at places."""
        inner: dict[Term, Interval] = {
            value: places[name].points for name, value in self.arguments.items()
        }
        return form.interval({**self.box, **inner})

    def _find_clips(
        self, nest: NestOp, forms: Sequence[Linear], shape: Sequence[int | None]
    ) -> frozenset[int]:
        """The dimensions in which the bounds of a loop keep an index inside; note these."""
        found: set[int] = set()
        for dimension, (form, extent) in enumerate(zip(forms, shape, strict=True)):
            depth = clipping_depth(nest, form, self.arguments, self.entries)
            if depth is not None and extent is not None:
                found.add(dimension)
                self.clips.setdefault(depth, []).append(Clip(form, extent))
        return frozenset(found)

    def _find_demands(self, nest: NestOp, box: Box) -> dict[Key, Demand]:
        axes: dict[Term, str] = {value: name for name, value in self.arguments.items()}
        rolled = (LoopKind.SERIAL, LoopKind.PARALLEL)
        straight = frozenset(entry.axis for _, entry in self.entries if entry.kind not in rolled)
        demands: dict[Key, Demand] = {}
        for op in self.block.ops:
            if not isinstance(op, AccessOp):
                continue
            skips = isinstance(op, LoadOp) and op.skip is not None
            shape = tuple(
                None if size == DYNAMIC_INDEX else size for size in op.memory_type.get_shape()
            )
            for place, forms in enumerate(forms_of(op)):
                bent = any(is_bent(form, axes, straight) for form in forms)
                proved = _proved(op, forms, shape)
                if skips:
                    proved |= self._find_clips(nest, forms, shape)
                if op.is_guarded or bent:
                    demands[op, place] = Demand(
                        *(forms, shape, axes, box, op.is_guarded),
                        skips=skips,
                        is_straight=bent,
                        proved=proved,
                    )
        return demands

    def _level_ops(self) -> None:
        """Find levels and stages."""
        reach: dict[SSAValue, frozenset[int] | None] = dict.fromkeys(self.accumulators)
        for name, value in self.arguments.items():
            reach[value] = frozenset(d for d, entry in self.entries if entry.axis == name)
        stage_of: dict[SSAValue, Stage] = {}
        for op in self.block.ops:
            depths = self._depths(op, reach)
            reach |= dict.fromkeys(op.results, depths)
            if depths is None:
                self.levels[op] = self.leaf
                continue
            self.levels[op] = max(self.start, max(depths, default=-1) + 1)
            staged = [stage_of[value] for value in op.operands if value in stage_of]
            square = self._square(op, depths)
            if square is not None:
                self.stages.append(square)
            elif (isinstance(op, LoadOp) and (op, 0) not in self.demands) or staged:
                stage = self._stage(depths)
                if stage is not None and all(other is stage for other in staged):
                    stage.ops.append(op)
                    stage_of |= dict.fromkeys(op.results, stage)

    def _depths(
        self, op: Operation, reach: dict[SSAValue, frozenset[int] | None]
    ) -> frozenset[int] | None:
        """The entries an op depends on; None for one that has to stay among its neighbours."""
        if isinstance(op, StoreOp | YieldOp):
            return None
        if isinstance(op, LoadOp) and any(_may_overlap(op.memory, each) for each in self._stored):
            return None
        found: frozenset[int] = frozenset()
        for operand in op.operands:
            depths = reach.get(operand, frozenset[int]())
            if depths is None:
                return None
            found |= depths
        return found

    def _stage(self, depths: frozenset[int]) -> Stage | None:
        """The stage of ops that depend on these entries, if loops stand between them."""
        rolled = (LoopKind.SERIAL, LoopKind.PARALLEL)
        base = self.start
        for depth, entry in self.entries:
            if depth in depths and entry.kind in rolled:
                base = max(base, depth + 1)
        loops = [at for at in self.entries if at[0] >= base]
        between = (d for d, e in loops if d not in depths and e.kind is not LoopKind.VECTOR)
        gap = next(between, self.leaf)
        inside = [at for at in loops if at[0] > gap and at[0] in depths]
        if not inside:
            return None
        for stage in self.stages:
            if stage.depth == gap and stage.entries == inside and stage.along is None:
                return stage
        self.stages.append(Stage(gap, inside))
        return self.stages[-1]

    def _square(self, op: Operation, depths: frozenset[int]) -> Stage | None:
        """The stage of a load that is of neighbours along an unrolled loop, and not along lanes."""
        if not isinstance(op, LoadOp) or op.span is not None or op.checked is not None:
            return None
        vectors = [at for at in self.entries if at[1].kind is LoopKind.VECTOR and at[0] in depths]
        if (op, 0) in self.demands or not vectors:
            return None
        if any(value.owner in self.levels for value in op.index_operands):
            return None
        lanes = self.arguments[vectors[0][1].axis]
        if neighbour_step(op, op.memory.type, lanes) in (0, 1):
            return None
        for at in self.entries:
            depth, entry = at
            if entry.kind is not LoopKind.UNROLL or not entry.is_points or depth < vectors[0][0]:
                continue
            inside = [each for each in self.entries if each[0] >= depth and each[0] in depths]
            is_step = neighbour_step(op, op.memory.type, self.arguments[entry.axis]) == 1
            if is_step and all(each.kind is LoopKind.UNROLL for _, each in inside):
                return Stage(depth, inside, [op], at)
        return None

    def _find_mixed(self) -> None:
        """Find scalars that meet vectors, to broadcast them where they are defined."""
        vectors = [e.axis for _, e in self.entries if e.kind is LoopKind.VECTOR]
        varying = {self.arguments[axis] for axis in vectors} | set(self.accumulators)
        if not vectors:
            return
        for op in self.block.ops:
            if varying.intersection(op.operands):
                varying |= set(op.results)
                mixes = op.operands if not isinstance(op, AccessOp) else ()
                self.mixed |= {value for value in mixes if value not in varying}

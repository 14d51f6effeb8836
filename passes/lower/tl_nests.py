"""Writes a nest as loops, by walking the plans of its regions. (L1 to L7 of the specification.)

The loops outside the reduction stand around all regions: at their end a reduction is written by
`ReductionWriter`. A nest without `update` is one walk of `finish`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from xdsl.ir import Operation, SSAValue

from ...dialects.tl.access import LoadOp
from ...dialects.tl.affine import Interval, Linear
from ...dialects.tl.nest import NestOp, YieldOp
from ...dialects.tl.schedule import LoopKind
from . import tl_build
from .tl_clip import bounds_of_run
from .tl_code import At, Code, first_reduction, ordered_entries
from .tl_emit import Emitter, Function
from .tl_extents import Pieces, divide_at_run_time
from .tl_ops import emit_op
from .tl_plan import Place, Plan, Planner, Run
from .tl_point import Known, Point, Scope, State
from .tl_reduce import ReductionWriter
from .tl_stages import StageWriter

Leaf = Callable[[Plan, State, Known, Emitter], None]


class Chunk(NamedTuple):
    """The piece of a parallel entry that is to run: its number, and how many there are."""

    number: Linear
    pieces: Linear


@dataclass
class NestWriter:
    """Writes one nest.

    ``extents`` are those of its axes, by name, over emitted values; ``chunks`` belong to the
    leading parallel entries, by depth.
    """

    nest: NestOp
    scope: Scope
    function: Function
    extents: Mapping[str, Linear]
    chunks: Mapping[int, Chunk]

    def __post_init__(self) -> None:
        nest, box = self.nest, self.scope.box
        self.divided: dict[int, list[Pieces]] = {}
        self.entries = ordered_entries(nest)
        self.first_reduction = first_reduction(nest, self.entries)
        self.leaf = len(self.entries)
        self.reduced = {axis.name for axis in nest.reduction}
        inner = self.first_reduction if nest.update.blocks else 0
        self.init, self.update, self.combine, self.finish = (
            Code(nest, region.block, self.entries, start, box) if region.blocks else None
            for region, start in zip(nest.regions, (inner, 0, 0, inner), strict=True)
        )

    def write(self, to: Emitter) -> None:
        """Append the loops."""
        places = {name: _whole(extent) for name, extent in self.extents.items()}
        self.divided = self._divide(to)
        state = State(dict.fromkeys(places, Linear()), places)
        if self.update is not None:
            prefix = self.entries[: self.first_reduction]
            plan = self._prefix_plan(state)
            self.walk(self.update, prefix, self.first_reduction, plan, state, self._reduce, to)
        else:
            assert self.finish is not None, "verified: a nest has update or finish"
            plan = planner(self.finish, self.entries).plan(places)
            self.walk(self.finish, self.entries, self.leaf, plan, state, self._finish, to)

    def _divide(self, to: Emitter) -> dict[int, list[Pieces]]:
        """How entries divide lengths known only at run time, by depth."""
        divided: dict[int, list[Pieces]] = {}
        seen: set[str] = set()
        for depth, entry in self.entries:
            extent = self.extents[entry.axis]
            if entry.axis not in seen and not extent.is_constant:
                divided[depth] = divide_at_run_time(entry, extent, to)
            seen.add(entry.axis)
        return divided

    def _prefix_plan(self, state: State) -> Plan | None:
        """The plan of the loops outside the reduction, with those of the regions at its leaves."""
        codes = (self.init, self.update, self.finish)
        planners = [
            None if code is None else planner(code, inside(code, self.first_reduction))
            for code in codes
        ]
        demands = [d for code in codes if code is not None for d in code.demands.values()]
        prefix = [entry for _, entry in self.entries[: self.first_reduction]]
        return Planner(
            prefix,
            demands,
            lambda places: tuple(None if p is None else p.plan(places) for p in planners),
        ).plan(state.places)

    def _reduce(self, plan: Plan, state: State, known: Known, to: Emitter) -> None:
        ReductionWriter(self, state, plan.regions).write(known, to)

    def _finish(self, plan: Plan, state: State, known: Known, to: Emitter) -> None:
        assert self.finish is not None
        self.emit(self.finish, self.leaf, state, known, to)

    # ------------------------------------------------------------ loops

    def walk(
        self,
        code: Code,
        entries: Sequence[At],
        end: int,
        plan: Plan | None,
        state: State,
        leaf: Leaf,
        to: Emitter,
        known: Known | None = None,
    ) -> None:
        """Write the loops of a plan of ``entries``, and a region's ops as far outside as can be.

        ``leaf`` writes what is inside of all of them, at depth ``end``.
        """
        known = known or Known()
        if plan is None:
            return
        if not entries:
            if end < self.leaf:
                self.emit(code, end, state, known, to)
            leaf(plan, state, known, to)
            return
        depth, entry = entries[0]
        self.emit(code, depth, state, known, to)
        for run in plan.runs:
            clips = self._clips(code, (depth, entry), state, known, to)
            with self._loop((depth, entry), run, state, to, clips) as (inner, body):
                self.walk(code, entries[1:], end, run.body, inner, leaf, body, known.copy())

    @contextmanager
    def _loop(
        self,
        at: At,
        run: Run,
        state: State,
        to: Emitter,
        clips: Sequence[tuple[Linear, Interval, int]] = (),
    ) -> Generator[tuple[State, Emitter]]:
        """The code of one run: a loop, or no loop where there is one piece.

        The loop leaves out points at which the indices ``clips`` are out of bounds.
        """
        depth, entry = at
        pieces = self.divided[depth][run.piece] if depth in self.divided else None
        if entry.kind is LoopKind.PARALLEL:
            with in_chunk(self.chunks[depth], run, pieces, to) as (index, body):
                yield state.inside(depth, entry, run, index, self.chunks[depth].number), body
        elif pieces is not None:
            with run_time_loop(run, pieces, to) as (body, counter):
                counter.name_hint = entry.axis
                yield state.inside(depth, entry, run, Linear.of(counter), Linear()), body
        elif clips:
            start, end = bounds_of_run(run, clips, to)
            with to.loop(start, end) as (body, counter):
                counter.name_hint = entry.axis
                value = Linear.of(counter)
                number = value + (run.ordinal - run.offset)
                yield state.inside(depth, entry, run, value, number), body
        elif run.count == 1:
            index, number = Linear({}, run.offset), Linear({}, run.ordinal)
            yield state.inside(depth, entry, run, index, number), to
        else:
            assert run.count is not None, "of a constant length"
            # Where pieces are numbered to find their accumulators, the loop counts pieces.
            unroll = entry.kind in (LoopKind.UNROLL, LoopKind.CHAIN)
            in_tile = depth >= self.first_reduction and entry.axis not in self.reduced
            counts = run.size > 1 and (unroll or in_tile)
            first, step = (0, 1) if counts else (run.offset, run.size)
            with to.loop(first, first + run.count * step, step, unroll=unroll) as (body, counter):
                counter.name_hint = entry.axis
                value = Linear.of(counter)
                index = value * run.size + run.offset if counts else value
                number = value + (run.ordinal if counts else run.ordinal - run.offset)
                yield state.inside(depth, entry, run, index, number), body

    def _clips(
        self, code: Code, at: At, state: State, known: Known, to: Emitter
    ) -> list[tuple[Linear, Interval, int]]:
        """What a loop's bounds must hold: the rest of each index, its interval, the extent."""
        depth, entry = at
        if depth not in code.clips:
            return []
        point = self.point(code, state, known)
        own = Linear.of(code.arguments[entry.axis])
        rests = [(clip.form - own, clip.extent) for clip in code.clips[depth]]
        return [
            (point.locate(rest, to), code.interval(rest, state.places), extent)
            for rest, extent in rests
        ]

    def each(
        self,
        entries: Sequence[At],
        plan: Plan,
        state: State,
        to: Emitter,
        leaf: Callable[[State, Emitter], None],
    ) -> None:
        """Write the loops of a plan with nothing but what ``leaf`` writes inside."""
        if not entries:
            leaf(state, to)
            return
        for run in plan.runs:
            with self._loop(entries[0], run, state, to) as (inner, body):
                self.each(entries[1:], run.body, inner, body, leaf)

    # ------------------------------------------------------------ ops

    def point(self, code: Code, state: State, known: Known) -> Point:
        """Where a region's ops are emitted."""
        return Point(code.arguments, self.scope, state, known, code.demands)

    def emit(self, code: Code, depth: int, state: State, known: Known, to: Emitter) -> None:
        """Emit the ops that can be at this depth and have not been, then what is staged here."""
        self.emit_ops(code, depth, self.point(code, state, known), to)
        for stage in code.stages:
            if stage.depth == depth:
                StageWriter(self, code, state, known, to).fill(stage)

    def emit_ops(self, code: Code, depth: int, point: Point, to: Emitter) -> None:
        """Emit the ops that can be at this depth and have not been."""
        known = point.known
        for op in code.block.ops:
            if code.levels[op] > depth or isinstance(op, YieldOp) or _is_done(op, known):
                continue
            if depth < self.leaf and not self._may_move(code, op, point):
                continue
            self._emit(code, op, point, to)

    def _may_move(self, code: Code, op: Operation, point: Point) -> bool:
        """Whether an op can be emitted outside of a leaf: all it needs is, and nothing skips it."""
        if isinstance(op, LoadOp) and op.skip is not None:
            places = range(len(op.values))
            if not all(point.verdict(op, place).inside for place in places):
                return False
        return all(
            operand.owner not in code.levels
            or operand in point.known.values
            or operand in point.known.banks
            for operand in op.operands
        )

    def _emit(self, code: Code, op: Operation, point: Point, to: Emitter) -> None:
        emit_op(point, op, to)
        for result in op.results:
            if result in code.mixed:
                point.as_vector(point.known.values[result], to)

    def require(self, code: Code, values: Sequence[SSAValue], point: Point, to: Emitter) -> None:
        """Emit the ops that values are computed by, where that has not been done."""
        for value in values:
            op = value.owner
            if op not in code.levels or not isinstance(op, Operation) or _is_done(op, point.known):
                continue
            self.require(code, op.operands, point, to)
            self._emit(code, op, point, to)


def _is_done(op: Operation, known: Known) -> bool:
    """Whether an op has been emitted; stores are once, at the leaf."""
    return bool(op.results) and all(r in known.values or r in known.banks for r in op.results)


def planner(code: Code, entries: Sequence[At]) -> Planner:
    """The planner of a region."""
    return Planner([entry for _, entry in entries], list(code.demands.values()))


def inside(code: Code, depth: int) -> list[At]:
    """The entries of a region's axes from a depth on."""
    return [at for at in code.entries if at[0] >= depth]


def _whole(extent: Linear) -> Place:
    return Place.whole(extent.constant if extent.is_constant else None)


@contextmanager
def in_chunk(
    chunk: Chunk, run: Run, pieces: Pieces | None, to: Emitter
) -> Generator[tuple[Linear, Emitter]]:
    """The code of a run of a parallel entry: runs if the chunk is one of its pieces.

    ``pieces`` are the run's where its length is known only at run time. Gives where the piece
    starts.
    """
    if pieces is None:
        assert run.count is not None, "of a constant length"
        pieces = Pieces(*(Linear({}, n) for n in (run.offset, run.count, run.ordinal)))
    number = chunk.number - pieces.ordinal
    is_one = pieces.count == Linear({}, 1)
    index = pieces.start if is_one else number * run.size + pieces.start
    if pieces.count == chunk.pieces:
        yield index, to
        return
    condition = to.add(tl_build.is_below(to.index(number), to.index(pieces.count)))
    with to.branch(condition) as body:
        yield index, body


@contextmanager
def run_time_loop(run: Run, pieces: Pieces, to: Emitter) -> Generator[tuple[Emitter, SSAValue]]:
    """A loop over pieces of a run of which there are as many as is known only at run time."""
    end = pieces.start + pieces.count * run.size
    with to.loop(pieces.start, end, run.size) as (body, counter):
        yield body, counter

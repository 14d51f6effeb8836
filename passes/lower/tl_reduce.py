"""Writes the reduction of a nest: accumulators set up, updated, combined and finished.

(L6 to L8 of the specification.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith
from xdsl.dialects.builtin import FloatAttr, IntegerAttr
from xdsl.ir import SSAValue
from xdsl.utils.exceptions import VerifyException

from ...dialects.arith import VectorSelectOp
from ...dialects.tl.affine import Linear
from ...dialects.tl.attributes import Accumulator, Reduction
from ...dialects.tl.schedule import LoopKind
from . import tl_build
from .llvm_handlers.types import as_vector
from .tl_access import bounds_of
from .tl_bank import Bank, Dimension
from .tl_build import vector_of
from .tl_code import At
from .tl_emit import Emitter
from .tl_plan import Plan, Planner, most_ordinals, paths
from .tl_point import Known, Point, State
from .tl_reductions import combined, identity, over_lanes

if TYPE_CHECKING:
    from .tl_nests import NestWriter

Part = tuple[int, tuple[int, ...]]
"""A set of partial accumulators: its lanes, and its piece of each chain."""


class ReductionWriter:
    """Writes the reduction at one place of the loops around it; ``regions`` are their plans."""

    def __init__(self, writer: NestWriter, state: State, regions: Sequence[Plan | None]):
        self.writer = writer
        self.state = state
        self.nest = writer.nest
        self.init_plan, self.update_plan, self.finish_plan = regions
        names = {axis.name for axis in self.nest.reduction}
        entries = writer.entries[writer.first_reduction :]
        self.spatial = [at for at in entries if at[1].axis not in names]
        self.chains = [at for at in entries if at[1].kind is LoopKind.CHAIN]
        self.is_over_lanes = any(
            entry.kind is LoopKind.VECTOR and entry.axis in names for _, entry in entries
        )
        self.is_partial = self.is_over_lanes or bool(self.chains)
        self.entries = [at for at in entries if at in self.spatial or at in self.chains]
        self.parts = self._find_parts(entries)
        self.lanes = self._find_lanes()
        dimensions = self._find_dimensions()
        self.banks = [
            Bank(writer.function, accumulator.type, accumulator.name, dimensions)
            for accumulator in self.nest.accumulators
        ]

    def write(self, known: Known, to: Emitter) -> None:
        """Append all of it; ``known`` is what is known of `update`."""
        writer, update = self.writer, self.writer.update
        assert update is not None
        self._start(to)
        entries = writer.entries[writer.first_reduction :]
        writer.walk(
            update, entries, writer.leaf, self.update_plan, self.state, self._step, to, known
        )
        if writer.finish is not None:
            finish = writer.finish
            writer.walk(
                finish, self.spatial, writer.leaf, self.finish_plan, self.state, self._end, to
            )

    # ------------------------------------------------------------ what there is

    def _find_parts(self, entries: Sequence[At]) -> list[Part]:
        """The sets of partial accumulators that the update has."""
        if self.update_plan is None:
            return []
        parts: set[Part] = set()
        for path in paths(self.update_plan, [entry for _, entry in entries]):
            lanes, places = 0, [()]
            for (_, entry), run in zip(entries, path, strict=True):
                if entry.kind is LoopKind.VECTOR and self.is_over_lanes:
                    lanes = run.size if run.size > 1 else 0
                if entry.kind is LoopKind.CHAIN:
                    assert run.count is not None, "a chain's length is constant"
                    numbers = range(run.ordinal, run.ordinal + run.count)
                    places = [(*place, number) for place in places for number in numbers]
            parts |= {(lanes, place) for place in places}
        return sorted(parts, reverse=True)

    def _find_lanes(self) -> list[int]:
        """The lengths of the vectors that accumulators are, 0 for scalars."""
        if self.is_over_lanes:
            return sorted({lanes for lanes, _ in self.parts})
        vectors = [at for at in self.spatial if at[1].kind is LoopKind.VECTOR]
        plan = self._plan(self.spatial)
        if not vectors or plan is None:
            return [self.state.lanes]
        place = self.spatial.index(vectors[0])
        sizes = {path[place].size for path in paths(plan, [e for _, e in self.spatial])}
        return sorted(size if size > 1 else 0 for size in sizes)

    def _find_dimensions(self) -> list[Dimension]:
        counts: dict[int, int] = {}
        plan = self._plan(self.spatial)
        if plan is not None:
            ordinals = most_ordinals(plan, [entry for _, entry in self.spatial])
            counts |= {at[0]: n for at, n in zip(self.spatial, ordinals, strict=True)}
        for index, (depth, _) in enumerate(self.chains):
            counts[depth] = max((place[index] + 1 for _, place in self.parts), default=1)
        rolled = (LoopKind.SERIAL, LoopKind.PARALLEL)
        return [
            Dimension(depth, counts[depth], entry.kind not in rolled)
            for depth, entry in self.entries
            if depth in counts and entry.kind is not LoopKind.VECTOR
        ]

    def _plan(self, entries: Sequence[At]) -> Plan | None:
        """All pieces of these entries."""
        return Planner([entry for _, entry in entries], ()).plan(self.state.places)

    # ------------------------------------------------------------ start

    def _start(self, to: Emitter) -> None:
        """Set the accumulators: to what `init` yields, or to the identities."""
        init = self.writer.init
        if init is not None and not self.is_partial:
            self.writer.walk(
                init,
                self.spatial,
                self.writer.leaf,
                self.init_plan,
                self.state,
                self._store_init,
                to,
            )
            return
        for lanes in self.lanes:
            for accumulator, bank in zip(self.nest.accumulators, self.banks, strict=True):
                bank.fill(self._identity(accumulator, lanes, to), lanes, to)

    def _identity(self, accumulator: Accumulator, lanes: int, to: Emitter) -> SSAValue:
        type_ = vector_of(accumulator.type, lanes)
        if accumulator.kind is not Reduction.CUSTOM:
            value = identity(accumulator.kind, accumulator.type)
        else:
            assert self.writer.init is not None, "verified: custom kinds have init"
            value = _constant(self.writer.init.yielded[self.nest.accumulators.index(accumulator)])
        return to.function.number(value, type_)

    def _store_init(self, plan: Plan, state: State, known: Known, to: Emitter) -> None:
        for value, bank in zip(self._init_values(state, known, to), self.banks, strict=True):
            bank.store(value, state.ordinals, state.lanes, to)

    def _init_values(self, state: State, known: Known, to: Emitter) -> list[SSAValue]:
        writer, init = self.writer, self.writer.init
        assert init is not None
        writer.emit(init, writer.leaf, state, known, to)
        point = writer.point(init, state, known)
        return [point.as_vector(point.value(value, to), to) for value in init.yielded]

    # ------------------------------------------------------------ update

    def _step(self, plan: Plan, state: State, known: Known, to: Emitter) -> None:
        """One point, or one vector of points, of the update."""
        writer, update = self.writer, self.writer.update
        assert update is not None
        point = writer.point(update, state, known)
        skips = update.skips
        undecided = [op for op in skips if bounds_of(point, op)]
        for op in undecided:
            writer.require(update, op.index_operands, point, to)
        bounds = [each for op in undecided for each in bounds_of(point, op)]
        point.masks = [each for each in bounds if point.differs(each)]
        conditions = [point.in_bounds(each, to) for each in bounds if not point.differs(each)]
        if not conditions:
            self._update(point, to)
            return
        condition = conditions[0]
        for other in conditions[1:]:
            condition = to.add(tl_build.both(condition, other))
        with to.branch(condition) as body:
            self._update(point, body)

    def _update(self, point: Point, to: Emitter) -> None:
        writer, update = self.writer, self.writer.update
        assert update is not None
        state, values = point.state, point.known.values
        for argument, bank in zip(update.accumulators, self.banks, strict=True):
            if argument.first_use is not None or point.masks:
                values[argument] = bank.load(state.ordinals, state.lanes, to)
        writer.emit_ops(update, writer.leaf, point, to)
        mask = point.mask(to) if self.banks else None
        for argument, yielded, bank in zip(
            update.accumulators, update.yielded, self.banks, strict=True
        ):
            if yielded is argument:
                continue
            new = point.as_vector(point.value(yielded, to), to)
            if mask is not None:
                new = to.add(
                    VectorSelectOp.create(
                        operands=[mask, new, values[argument]], result_types=[new.type]
                    )
                )
            bank.store(new, state.ordinals, state.lanes, to)

    # ------------------------------------------------------------ finish

    def _end(self, plan: Plan, state: State, known: Known, to: Emitter) -> None:
        """The final accumulators, and what `finish` does with them."""
        writer, finish = self.writer, self.writer.finish
        assert finish is not None
        for argument, value in zip(finish.accumulators, self._totals(state, to), strict=True):
            known.values[argument] = value
        writer.emit(finish, writer.leaf, state, known, to)

    def _totals(self, state: State, to: Emitter) -> list[SSAValue]:
        if not self.is_partial:
            return [bank.load(state.ordinals, state.lanes, to) for bank in self.banks]
        sets: dict[int, list[SSAValue]] = {}
        for lanes, places in self.parts:
            numbers = {
                depth: Linear({}, place)
                for (depth, _), place in zip(self.chains, places, strict=True)
            }
            lanes = lanes if self.is_over_lanes else state.lanes
            part = self._load({**state.ordinals, **numbers}, lanes, to)
            sets[lanes] = self._combine(sets[lanes], part, to) if lanes in sets else part
        totals: list[SSAValue] | None = None
        for lanes, part in sets.items():
            if self.is_over_lanes and lanes:
                part = self._over_lanes(part, lanes, to)
            totals = part if totals is None else self._combine(totals, part, to)
        if totals is None:
            totals = [self._identity(each, state.lanes, to) for each in self.nest.accumulators]
        init = self.writer.init
        if init is None or self.writer.combine is not None:
            return totals
        starts = self._init_values(state, Known(), to)
        return self._combine(starts, totals, to)

    def _load(self, ordinals: Mapping[int, Linear], lanes: int, to: Emitter) -> list[SSAValue]:
        return [bank.load(ordinals, lanes, to) for bank in self.banks]

    def _combine(
        self, left: Sequence[SSAValue], right: Sequence[SSAValue], to: Emitter
    ) -> list[SSAValue]:
        """Two sets of accumulators as one."""
        custom = self._combine_custom(left, right, to)
        return [
            own if each.kind is Reduction.CUSTOM else to.add(combined(each.kind, a, b))
            for each, own, a, b in zip(self.nest.accumulators, custom, left, right, strict=True)
        ]

    def _combine_custom(
        self, left: Sequence[SSAValue], right: Sequence[SSAValue], to: Emitter
    ) -> Sequence[SSAValue]:
        code = self.writer.combine
        if code is None:
            return left
        known = Known(dict(zip(code.accumulators, (*left, *right), strict=True)))
        type_ = as_vector(left[0].type)
        state = State({}, {}, {}, None, 0 if type_ is None else type_.get_shape()[0])
        point = Point({}, self.writer.scope, state, known)
        self.writer.emit_ops(code, self.writer.leaf, point, to)
        return [point.as_vector(point.value(value, to), to) for value in code.yielded]

    def _over_lanes(self, part: Sequence[SSAValue], lanes: int, to: Emitter) -> list[SSAValue]:
        """One set of scalars from one of vectors."""
        if self.writer.combine is None:
            return [
                to.add(over_lanes(each.kind, value, each.type))
                for each, value in zip(self.nest.accumulators, part, strict=True)
            ]
        while lanes % 2 == 0:
            lanes //= 2
            low, high = range(lanes), range(lanes, 2 * lanes)
            part = self._combine(_pick(part, low, to), _pick(part, high, to), to)
        scalars = [_lane(part, 0, to)]
        for lane in range(1, lanes):
            scalars = [self._combine(scalars[0], _lane(part, lane, to), to)]
        return scalars[0]


def _pick(part: Sequence[SSAValue], lanes: range, to: Emitter) -> list[SSAValue]:
    """Some lanes of vectors."""
    picked: list[SSAValue] = []
    for value in part:
        type_ = as_vector(value.type)
        assert type_ is not None
        picked.append(to.add(tl_build.shuffle(value, value, lanes, type_.element_type)))
    return picked


def _lane(part: Sequence[SSAValue], lane: int, to: Emitter) -> list[SSAValue]:
    """One lane of vectors."""
    types = [as_vector(value.type) for value in part]
    return [
        to.add(tl_build.extract(value, lane, type_.element_type)) if type_ is not None else value
        for value, type_ in zip(part, types, strict=True)
    ]


def _constant(value: SSAValue) -> float:
    """The number that a value is."""
    op = value.owner
    if not isinstance(op, arith.ConstantOp) or not isinstance(op.value, IntegerAttr | FloatAttr):
        raise VerifyException("tl.nest: an accumulator of kind custom needs a constant identity")
    return op.value.value.data

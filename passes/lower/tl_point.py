"""Where the ops of a region are emitted: what its axes and values are at one place in the loops.

A value is a scalar while nothing it depends on varies along the vector axis, else a vector of the
piece's length; scalars are broadcast where they first meet a vector. (L9 of the specification.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, VectorType
from xdsl.ir import Operation, SSAValue

from ...dialects.tl.affine import Box, Interval, Linear, Quasi, Term
from ...dialects.tl.schedule import Entry, LoopKind
from . import tl_build
from .llvm_handlers.types import as_vector
from .tl_bank import Bank
from .tl_emit import INDEX, Emitter
from .tl_plan import Demand, Place, Run, Verdict


@dataclass(frozen=True)
class Scope:
    """What stands around a nest: buffers and scalars by their values in tl, and indices as forms.

    ``box`` bounds the indices. ``extents`` are those known only at run time.
    """

    values: Mapping[SSAValue, SSAValue]
    forms: Mapping[Term, Linear] = field(default_factory=dict[Term, Linear])
    box: Box = field(default_factory=dict[Term, Interval])
    extents: Mapping[Term, Linear] = field(default_factory=dict[Term, Linear])

    def form(self, value: SSAValue) -> Linear:
        """An index that stands around the nest, over emitted values."""
        return self.forms.get(value, Linear.of(self.values.get(value, value)))

    def resolve(self, form: Linear) -> Linear:
        """A form over what stands around the nest as one over emitted values."""
        known: dict[Term, Linear] = {value: self.form(value) for value in form.values()}
        return form.substitute({**self.extents, **known})

    def value(self, value: SSAValue, to: Emitter) -> SSAValue:
        """What a value that is defined around the nest has become."""
        return to.index(self.form(value)) if value.type == INDEX else self.values[value]


@dataclass(frozen=True)
class State:
    """Where a walk of a schedule stands.

    Each axis's index and place, by name; the number of the current piece, by depth; the vector
    axis and its lanes, 0 where there is no vector.
    """

    axes: Mapping[str, Linear]
    places: Mapping[str, Place]
    ordinals: Mapping[int, Linear] = field(default_factory=dict[int, Linear])
    lane_axis: str | None = None
    lanes: int = 0

    def inside(self, depth: int, entry: Entry, run: Run, index: Linear, number: Linear) -> State:
        """In a piece of a run: it starts at ``index`` of its axis's piece, as the ``number``th."""
        axis = entry.axis
        state = replace(
            self,
            axes={**self.axes, axis: self.axes[axis] + index},
            places={**self.places, axis: self.places[axis].within(run.offset, run.count, run.size)},
            ordinals={**self.ordinals, depth: number},
        )
        if entry.kind is LoopKind.VECTOR and run.size > 1:
            return replace(state, lane_axis=axis, lanes=run.size)
        return state


@dataclass
class Known:
    """What has been emitted of a region so far.

    ``values`` by the region's values, ``wide`` the broadcasts of scalars, ``banks`` what is staged,
    ``zeros`` the region's values that are constants of value 0.
    """

    values: dict[SSAValue, SSAValue] = field(default_factory=dict[SSAValue, SSAValue])
    wide: dict[SSAValue, SSAValue] = field(default_factory=dict[SSAValue, SSAValue])
    banks: dict[SSAValue, Bank] = field(default_factory=dict[SSAValue, Bank])
    zeros: set[SSAValue] = field(default_factory=set[SSAValue])

    def copy(self) -> Known:
        """The same, for code whose values must not be seen after it."""
        return Known(dict(self.values), dict(self.wide), dict(self.banks), set(self.zeros))


Key = tuple[Operation, int]
"""One value of an access."""

_PLAIN = Verdict()
"""Of an access that asks nothing of the plan."""

Bounds = tuple[tuple[Linear, ...], tuple[Linear, ...]]
"""Indices that may be out of bounds, and the extents they must fit, over the region's values."""


@dataclass
class Point:
    """One place in the loops, for the ops of one region.

    ``arguments`` are the region's arguments for axes, by name; ``demands`` what is asked of the
    plan; ``masks`` the bounds that each lane must fit for anything to happen there.
    """

    arguments: Mapping[str, SSAValue]
    scope: Scope
    state: State
    known: Known
    demands: Mapping[Key, Demand] = field(default_factory=dict[Key, Demand])
    masks: Sequence[Bounds] = ()

    def __post_init__(self) -> None:
        self.axes = {value: self.state.axes[name] for name, value in self.arguments.items()}
        self.lane_axis = None
        if self.state.lane_axis is not None:
            self.lane_axis = self.arguments.get(self.state.lane_axis)

    @property
    def lanes(self) -> int:
        """The vector's length; 0 where there is none."""
        return self.state.lanes

    def verdict(self, op: Operation, place: int) -> Verdict:
        """What the plan says of the access's value number ``place``."""
        demand = self.demands.get((op, place))
        return _PLAIN if demand is None else demand.judge(self.state.places)

    def value(self, value: SSAValue, to: Emitter) -> SSAValue:
        """The emitted value of one that the region's ops use."""
        values = self.known.values
        if value in values:
            return values[value]
        if value in self.known.banks:
            bank = self.known.banks[value]
            values[value] = bank.load(self.state.ordinals, self.lanes if bank.is_vector else 0, to)
            return values[value]
        if value in self.axes:
            return self._axis_value(value, to)
        return self.scope.value(value, to)

    def _axis_value(self, axis: SSAValue, to: Emitter) -> SSAValue:
        """An axis's index; on the vector axis those of all lanes."""
        first = to.index(self.axes[axis])
        if axis is not self.lane_axis:
            return first
        type_ = VectorType(INDEX, [self.lanes])
        counts = DenseIntOrFPElementsAttr.from_list(type_, list(range(self.lanes)))
        steps = to.function.dense(counts, type_)
        return to.add(tl_build.add(to.add(tl_build.broadcast(first, self.lanes)), steps))

    def as_vector(self, value: SSAValue, to: Emitter) -> SSAValue:
        """An emitted value, broadcast if it is a scalar and there is a vector axis."""
        if not self.lanes or as_vector(value.type) is not None:
            return value
        wide = self.known.wide
        if value not in wide:
            wide[value] = to.add(tl_build.broadcast(value, self.lanes))
        return wide[value]

    def varies(self, value: SSAValue) -> bool:
        """Whether a value that an index ranges over differs from lane to lane."""
        if value is self.lane_axis:
            return True
        emitted = self.known.values.get(value)
        return emitted is not None and as_vector(emitted.type) is not None

    def bends(self, form: Linear) -> bool:
        """Whether `floordiv` or `mod` applies to what differs from lane to lane."""
        return any(
            isinstance(term, Quasi) and any(map(self.varies, term.inner.values()))
            for term in form.terms
        )

    def locate(self, form: Linear, to: Emitter, lane: int | None = None) -> Linear:
        """A form over the region's values as one over emitted values, in a lane, else the first."""
        emitted: dict[Term, Linear] = dict(self.scope.extents)
        for value in form.values():
            if value in self.axes:
                shift = lane or 0 if value is self.lane_axis else 0
                emitted[value] = self.axes[value] + shift
            elif value in self.known.values or value in self.known.banks:
                scalar = self.value(value, to)
                if as_vector(scalar.type) is not None:
                    scalar = to.add(tl_build.extract(scalar, lane or 0, INDEX))
                emitted[value] = Linear.of(scalar)
            else:
                emitted[value] = self.scope.form(value)
        return form.substitute(emitted)

    def in_bounds(self, bounds: Bounds, to: Emitter, lane: int | None = None) -> SSAValue:
        """Whether indices fit their extents, in a lane."""
        forms, extents = ([self.locate(form, to, lane) for form in each] for each in bounds)
        return to.in_bounds(forms, extents)

    def differs(self, bounds: Bounds) -> bool:
        """Whether bounds may hold in some lanes and not in others."""
        return any(self.varies(value) for form in bounds[0] for value in form.values())

    def mask(self, to: Emitter) -> SSAValue | None:
        """In which lanes something happens, as a vector of i1; None for in all."""
        if not self.masks:
            return None
        bits = [self.is_masked_in(lane, to) for lane in range(self.lanes)]
        return from_lanes(bits, to)

    def is_masked_in(self, lane: int, to: Emitter) -> SSAValue:
        """Whether something happens in a lane."""
        first, *rest = (self.in_bounds(bounds, to, lane) for bounds in self.masks)
        for bit in rest:
            first = to.add(tl_build.both(first, bit))
        return first


def from_lanes(scalars: Sequence[SSAValue], to: Emitter) -> SSAValue:
    """The vector of these scalars."""
    result = to.add(tl_build.broadcast(scalars[0], len(scalars)))
    for lane, scalar in enumerate(scalars[1:], 1):
        result = to.add(tl_build.insert(scalar, result, lane))
    return result

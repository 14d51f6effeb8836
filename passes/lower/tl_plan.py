"""The plan of a region of a nest: which loops run, over which points, and what each guard says.

A plan is a tree that follows the schedule, one level per entry. Where an access is not settled
over a segment of a short loop (its guard is undecided, or its `floordiv` and `mod` leave it no
linear address), every iteration is planned on its own, and neighbours with equal plans are merged
into one run again; iterations that do nothing vanish. Edges so become separate runs of the same
code, without padding or masks. (L3 and L4 of the specification.)

The pieces of a length that is known only at run time are planned as if there were many of each:
how many there are, `tl_extents` computes where the loops are written.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...dialects.tl.affine import Box, Interval, Linear, Quasi, Term
from ...dialects.tl.schedule import Entry, LoopKind, Segment

MOST_ENUMERATED = 64
"""The longest loop whose iterations are planned one by one."""


@dataclass(frozen=True)
class Place:
    """Where an axis stands: the interval of its current piece's start, and the piece's length.

    ``length`` is None where it is known only at run time, ``hi`` where that makes it unbounded.
    """

    lo: int
    hi: int | None
    length: int | None

    @classmethod
    def whole(cls, extent: int | None) -> Place:
        """A whole axis."""
        return cls(0, 0, extent)

    @property
    def points(self) -> Interval:
        """The points that the piece may hold."""
        if self.hi is None or self.length is None:
            return Interval(self.lo, None)
        return Interval(self.lo, self.hi + self.length - 1)

    def within(self, offset: int, count: int | None, size: int) -> Place:
        """Anywhere in ``count`` pieces of ``size`` from ``offset``, or from there on if None."""
        if self.hi is None or count is None:
            return Place(self.lo + offset, None, size)
        return Place(self.lo + offset, self.hi + offset + (count - 1) * size, size)


Places = Mapping[str, Place]
"""Where each axis stands, by name."""


@dataclass(frozen=True)
class Verdict:
    """What is known of an access at a leaf.

    ``open`` are the dimensions whose bounds are undecided. ``forms`` are its indices without
    `floordiv` and `mod`, where the plan had to find them, else nothing.
    """

    outside: bool = False
    open: tuple[int, ...] = ()
    forms: tuple[Linear, ...] = ()

    @property
    def inside(self) -> bool | None:
        """In bounds at every point (True), at none (False), or undecided (None)."""
        return None if self.open else not self.outside


@dataclass(frozen=True)
class Demand:
    """What one value of an access asks of the plan.

    ``forms`` are its indices over block arguments, ``axes`` the names of those that are axes,
    ``outer`` the intervals of enclosing indices. ``shape`` has None for an extent that needs no
    check or is known only at run time; indices in the dimensions ``proved`` are in bounds.
    ``is_guarded``: whether bounds must be decided; ``skips``: where they do not hold, the whole
    point does nothing. ``is_straight``: whether indices must become linear.
    """

    forms: tuple[Linear, ...]
    shape: tuple[int | None, ...]
    axes: Mapping[Term, str]
    outer: Box
    is_guarded: bool
    skips: bool = False
    is_straight: bool = False
    proved: frozenset[int] = frozenset()

    def concerns(self, axis: str) -> bool:
        """Whether an index ranges over the axis."""
        return any(self.axes.get(v) == axis for form in self.forms for v in form.values())

    def judge(self, places: Places) -> Verdict:
        """What holds at all points of these places."""
        forms = self._straightened(places) if self.is_straight else self.forms
        known = forms if self.is_straight else ()
        if not self.is_guarded:
            return Verdict(forms=known)
        undecided: list[int] = []
        for dimension, extent in enumerate(self.shape):
            if dimension in self.proved:
                continue
            interval = self._interval(forms[dimension], places)
            bounds = Interval(0, None if extent is None else extent - 1)
            if interval.misses(bounds):
                return Verdict(outside=True, forms=known)
            if extent is None or not interval.within(bounds):
                undecided.append(dimension)
        return Verdict(open=tuple(undecided), forms=known)

    def is_settled(self, places: Places) -> bool:
        """Whether nothing is left to find out by looking at single points of these places."""
        verdict = self.judge(places)
        return verdict.inside is False or (
            not verdict.open and all(form.is_linear for form in verdict.forms)
        )

    def state(self, places: Places) -> Hashable:
        """All that what is found out further inside can depend on, beside the pieces' lengths."""
        verdict = self.judge(places)
        if verdict.outside and not verdict.forms:
            return verdict
        forms = verdict.forms or self.forms
        parts: list[Hashable] = [verdict]
        for dimension, form in enumerate(forms):
            if not form.is_linear:
                names = sorted(self.axes[v] for v in form.values() if v in self.axes)
                parts.append(tuple(places[name] for name in names))
            elif dimension in verdict.open:
                parts.append(self._interval(form, places))
        return tuple(parts)

    def _interval(self, form: Linear, places: Places) -> Interval:
        """As ``Linear.interval``; the terms of most forms are axes of known lengths."""
        lo = hi = form.constant
        for term, coefficient in form.terms.items():
            place = places.get(self.axes.get(term, ""))
            if place is None or place.hi is None or place.length is None:
                return form.interval(self._box(form, places))
            last = place.hi + place.length - 1
            lo += coefficient * (place.lo if coefficient > 0 else last)
            hi += coefficient * (last if coefficient > 0 else place.lo)
        return Interval(lo, hi)

    def _straightened(self, places: Places) -> tuple[Linear, ...]:
        return tuple(
            form if form.is_linear else form.resolve(self._box(form, places)) for form in self.forms
        )

    def _box(self, form: Linear, places: Places) -> Box:
        inner = {v: places[self.axes[v]].points for v in form.values() if v in self.axes}
        return {**self.outer, **inner}


@dataclass(frozen=True)
class Run:
    """``count`` iterations over pieces of ``size`` points, from ``offset`` in the divided piece.

    ``ordinal`` numbers the first of them among the pieces that all of the entry's runs have.
    Where the divided length is known only at run time, ``count`` is None, and ``piece`` says which
    of the entry's pieces these are; ``offset`` is where they start at least.
    """

    offset: int
    count: int | None
    size: int
    ordinal: int
    body: Plan
    piece: int = 0


@dataclass(frozen=True)
class Plan:
    """The runs of one entry in order; at a leaf none, but verdicts in the order of the demands.

    The plan of loops that stand around several regions has at its leaves the plans of those, in
    ``regions``; None is one in which nothing runs.
    """

    runs: tuple[Run, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    regions: tuple[Plan | None, ...] = ()


@dataclass
class Planner:
    """Plans entries, outermost first, for accesses that stand inside all of them.

    ``regions`` gives what the leaves hold instead of verdicts; then no iteration vanishes.
    """

    entries: Sequence[Entry]
    demands: Sequence[Demand]
    regions: Callable[[Places], tuple[Plan | None, ...]] | None = None
    _known: dict[Hashable, Plan | None] = field(default_factory=dict[Hashable, "Plan | None"])

    def plan(self, places: Places) -> Plan | None:
        """The plan over axes that stand at these places; None if nothing runs."""
        return self._at(0, places)

    def _at(self, depth: int, places: Places) -> Plan | None:
        # Most iterations are alike in all that matters further inside.
        lengths = tuple(place.length for place in places.values())
        key = (depth, lengths, tuple(demand.state(places) for demand in self.demands))
        if key not in self._known:
            self._known[key] = self._make(depth, places)
        return self._known[key]

    def _make(self, depth: int, places: Places) -> Plan | None:
        if self.regions is None and any(
            demand.skips and demand.judge(places).outside for demand in self.demands
        ):
            return None
        if depth == len(self.entries):
            if self.regions is not None:
                return Plan(regions=self.regions(places))
            return Plan(verdicts=tuple(demand.judge(places) for demand in self.demands))
        entry = self.entries[depth]
        length = places[entry.axis].length
        if length is None:
            return self._at_run_time(depth, places)
        runs: list[Run] = []
        ordinal = 0
        for segment in entry.segments(length):
            for offset, count in self._parts(entry, segment, places):
                inner = places[entry.axis].within(offset, count, segment.size)
                body = self._at(depth + 1, {**places, entry.axis: inner})
                if body is not None:
                    number = ordinal + (offset - segment.offset) // segment.size
                    _append(runs, Run(offset, count, segment.size, number, body))
            ordinal += segment.count
        return Plan(tuple(runs)) if runs else None

    def _at_run_time(self, depth: int, places: Places) -> Plan | None:
        """The plan of an entry that divides a length known only at run time."""
        entry = self.entries[depth]
        runs: list[Run] = []
        for piece, place in enumerate(places_at_run_time(entry)):
            body = self._at(depth + 1, {**places, entry.axis: place})
            if body is not None:
                assert place.length is not None, "pieces have sizes"
                runs.append(Run(place.lo, None, place.length, 0, body, piece))
        return Plan(tuple(runs)) if runs else None

    def _parts(self, entry: Entry, segment: Segment, places: Places) -> list[tuple[int, int]]:
        """(offset, count) of what is planned as one: the segment, or each of its iterations."""
        whole = [(segment.offset, segment.count)]
        if entry.kind is LoopKind.VECTOR or segment.count == 1:
            return whole
        if segment.count > MOST_ENUMERATED and entry.kind is not LoopKind.UNROLL:
            return whole
        inner = places[entry.axis].within(segment.offset, segment.count, segment.size)
        inside = {**places, entry.axis: inner}
        settled = all(
            demand.is_settled(inside) for demand in self.demands if demand.concerns(entry.axis)
        )
        return whole if settled else [(offset, 1) for offset in segment.starts]


def places_at_run_time(entry: Entry) -> list[Place]:
    """Where each of an entry's pieces may lie, in a length that is known only at run time."""
    places: list[Place] = []
    lo, hi = 0, 0
    exact = True
    for count, size in ((piece.count, piece.size) for piece in entry.pieces):
        places.append(
            Place(lo, None if count is None or hi is None else hi + (count - 1) * size, size)
        )
        hi = None if count is None or hi is None else hi + count * size
        # Fixed pieces that find no place leave theirs to what follows; those of one point, none.
        exact = exact and size == 1
        lo += count if count is not None and exact else 0
    return places


def _append(runs: list[Run], run: Run) -> None:
    """Add a run, as part of the last one where it continues that."""
    if runs:
        last = runs[-1]
        assert last.count is not None, "of a constant length"
        assert run.count is not None, "of a constant length"
        continues = (
            last.size == run.size
            and last.offset + last.count * last.size == run.offset
            and last.ordinal + last.count == run.ordinal
            and last.body == run.body
        )
        if continues:
            runs[-1] = Run(last.offset, last.count + run.count, run.size, last.ordinal, run.body)
            return
    runs.append(run)


def is_bent(form: Linear, axes: Mapping[Term, str], straight: frozenset[str]) -> bool:
    """Whether `floordiv` or `mod` applies to an axis whose addresses must be linear."""
    return any(
        isinstance(term, Quasi) and any(axes.get(v) in straight for v in term.inner.values())
        for term in form.terms
    )


def paths(plan: Plan, entries: Sequence[Entry]) -> Iterator[tuple[Run, ...]]:
    """The runs on the way to each leaf of a plan of these entries."""
    if not entries:
        yield ()
        return
    for run in plan.runs:
        for rest in paths(run.body, entries[1:]):
            yield (run, *rest)


def most_ordinals(plan: Plan, entries: Sequence[Entry]) -> list[int]:
    """For each entry, how many pieces it has where it has most; lengths are constants."""
    counts = [0] * len(entries)
    for path in paths(plan, entries):
        for index, run in enumerate(path):
            assert run.count is not None, "of a constant length"
            counts[index] = max(counts[index], run.ordinal + run.count)
    return counts

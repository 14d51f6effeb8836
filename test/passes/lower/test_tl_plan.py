"""Plans of nests: every valid point runs exactly once, and edges leave no guard undecided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xdsl.parser import Parser

from inlay.dialects.registry import make_context
from inlay.dialects.tl.affine import Linear
from inlay.dialects.tl.kernel import KernelOp
from inlay.dialects.tl.nest import NestOp
from inlay.dialects.tl.schedule import Entry
from inlay.passes.lower.tl_code import Code, ordered_entries
from inlay.passes.lower.tl_nests import planner
from inlay.passes.lower.tl_plan import Place, Plan

Point = tuple[int, ...]


@dataclass
class Planned:
    """The update of a nest, and its plan."""

    code: Code
    entries: list[Entry]
    extents: Mapping[str, int]
    plan: Plan | None

    @property
    def leaves(self) -> list[Plan]:
        """The copies of the region that would be written."""
        return [] if self.plan is None else list(_leaves(self.plan))

    def points(self) -> Counter[Point]:
        """How often each point runs."""
        if self.plan is None:
            return Counter()
        starts = dict.fromkeys(self.extents, 0)
        points = _points(self.plan, self.entries, starts)
        return Counter(point for point in points if self._is_visited(point))

    def _is_visited(self, point: Point) -> bool:
        """Whether the bounds of loops hold at a point."""
        places = dict(zip(self.extents, point, strict=True))
        indices = {self.code.arguments[name]: Linear({}, n) for name, n in places.items()}
        return all(
            0 <= clip.form.substitute({**indices}).constant < clip.extent
            for clips in self.code.clips.values()
            for clip in clips
        )


def _leaves(plan: Plan) -> Iterator[Plan]:
    if not plan.runs:
        yield plan
    for run in plan.runs:
        yield from _leaves(run.body)


def _points(plan: Plan, entries: Sequence[Entry], at: Mapping[str, int]) -> Iterator[Point]:
    if not entries:
        yield tuple(at.values())
        return
    axis = entries[0].axis
    for run in plan.runs:
        assert run.count is not None
        for number in range(run.count):
            start = at[axis] + run.offset + number * run.size
            yield from _points(run.body, entries[1:], {**at, axis: start})


def plan_of(text: str) -> Planned:
    """The plan of the only nest of a kernel."""
    kernel = Parser(make_context(), text).parse_module().body.block.first_op
    assert isinstance(kernel, KernelOp)
    (nest,) = kernel.phases
    assert isinstance(nest, NestOp)
    at = ordered_entries(nest)
    code = Code(nest, nest.update.block, at, 0, {})
    extents = {axis.name: axis.extent for axis in nest.axes if isinstance(axis.extent, int)}
    places = {name: Place.whole(extent) for name, extent in extents.items()}
    plan = planner(code, at).plan(places)
    return Planned(code, [entry for _, entry in at], extents, plan)


def conv(size: int, stride: int, schedule: str, kernel: int = 3, pad: int = 1) -> Planned:
    """A convolution of a square map with padding; ``size`` is that of its result."""
    inside = (size - 1) * stride + kernel - 2 * pad
    return plan_of(
        f"""tl.kernel @conv(%X: memref<{inside}x{inside}x4xf32>,
                            %Y: memref<{size}x{size}xf32> out) {{
          tl.nest (%oh = {size}, %ow = {size})
            reduce (%kh = {kernel}, %kw = {kernel}, %ic = 4) acc (%a : f32 add)
            schedule [{schedule}]
          update {{
            %x = tl.load %X[{stride}*%oh + %kh - {pad}, {stride}*%ow + %kw - {pad}, %ic] else skip
            %n = arith.addf %x, %a : f32
            tl.yield %n
          }} finish {{ tl.store %a, %Y[%oh, %ow] }} }}"""
    )


def conv_is_valid(size: int, stride: int, kernel: int = 3, pad: int = 1) -> Callable[[Point], bool]:
    """Whether a point of ``conv`` reads what is inside."""
    inside = (size - 1) * stride + kernel - 2 * pad

    def valid(point: Point) -> bool:
        oh, ow, kh, kw, _ = point
        return all(0 <= stride * o + k - pad < inside for o, k in ((oh, kh), (ow, kw)))

    return valid


def assert_covers(planned: Planned, is_valid: Callable[[Point], bool]) -> None:
    """Every valid point runs exactly once, no other where guards are decided."""
    box = product(*(range(extent) for extent in planned.extents.values()))
    assert planned.points() == Counter(point for point in box if is_valid(point))


TAPS = "kh, kw, ic by 2, ic unroll"


@pytest.mark.parametrize(
    ("size", "stride", "schedule", "copies"),
    [
        (56, 1, f"oh, ow by 28, {TAPS}, oh unroll, ow unroll", 12),
        (28, 1, f"oh, ow by 28, {TAPS}, oh unroll, ow unroll", 9),
        (14, 1, f"oh by 2, ow by 14, {TAPS}, oh unroll, ow unroll", 15),
        (14, 2, f"oh by 2, ow by 14, {TAPS}, oh unroll, ow unroll", None),
        (13, 1, f"oh by 2, ow by 5, {TAPS}, oh unroll, ow unroll", None),
        (56, 1, f"oh by (1x1, *x1, 1x1), ow by 28, {TAPS}, oh unroll, ow unroll", 12),
    ],
)
def test_edges_are_decided(size: int, stride: int, schedule: str, copies: int | None) -> None:
    planned = conv(size, stride, schedule)
    assert all(verdict.inside for leaf in planned.leaves for verdict in leaf.verdicts)
    assert_covers(planned, conv_is_valid(size, stride))
    if copies is not None:
        assert len(planned.leaves) == copies


@pytest.mark.parametrize("pieces", ["(1x13, *x12)", "25", "14"])
def test_flat_tiles(pieces: str) -> None:
    """Addresses are linear in every copy, although indices divide the flat axis."""
    planned = plan_of(
        f"""tl.kernel @flat(%X: memref<7x7x4xf32>, %Y: memref<49xf32> out) {{
          tl.nest (%p = 49) reduce (%kh = 3, %kw = 3, %ic = 4) acc (%a : f32 add)
            schedule [p by {pieces}, {TAPS}, p unroll]
          update {{
            %x = tl.load %X[%p floordiv 7 + %kh - 1, %p mod 7 + %kw - 1, %ic] else skip
            %n = arith.addf %x, %a : f32
            tl.yield %n
          }} finish {{ tl.store %a, %Y[%p] }} }}"""
    )
    for leaf in planned.leaves:
        (verdict,) = leaf.verdicts
        assert verdict.inside
        assert all(form.is_linear for form in verdict.forms)

    def is_valid(point: Point) -> bool:
        p, kh, kw, _ = point
        return 0 <= p // 7 + kh - 1 < 7 and 0 <= p % 7 + kw - 1 < 7

    assert_covers(planned, is_valid)


def test_iterations_with_equal_plans_are_one_run() -> None:
    planned = conv(100, 1, "oh, ow, kh, kw, ic", kernel=1, pad=0)
    assert len(planned.leaves) == 1
    assert planned.plan is not None
    assert [run.count for run in planned.plan.runs] == [100]


def test_a_long_loop_is_not_looked_at_point_by_point() -> None:
    planned = conv(100, 1, "oh, ow by 50, kh unroll, kw, ic, ow unroll")
    assert any(verdict.inside is None for leaf in planned.leaves for verdict in leaf.verdicts)
    valid = conv_is_valid(100, 1)
    points = planned.points()
    assert set(points.values()) == {1}
    box = product(*(range(extent) for extent in planned.extents.values()))
    assert all(point in points for point in box if valid(point))


def test_nothing_runs_outside_of_the_buffer() -> None:
    planned = plan_of(
        """tl.kernel @none(%X: memref<4xf32>, %Y: memref<3xf32> out) {
          tl.nest (%i = 3) reduce (%k = 2) acc (%a : f32 add) schedule [i, k unroll]
          update {
            %x = tl.load %X[%i + %k + 4] else skip
            %n = arith.addf %x, %a : f32
            tl.yield %n
          } finish { tl.store %a, %Y[%i] } }"""
    )
    assert planned.plan is None


@st.composite
def axis_entries(draw: st.DrawFn, axis: str, extent: int) -> list[str]:
    """The entries of an axis: pieces, then points."""
    entries: list[str] = []
    length = extent
    for level in range(draw(st.integers(0, 2))):
        size = draw(st.integers(1, length))
        # Further inside, fixed pieces may not fit the shorter pieces at the ends.
        first = draw(st.integers(0, min(2, length))) if level == 0 else 0
        pieces = f"({first}x1, *x{size})" if first else str(size)
        kind = draw(st.sampled_from(["", " unroll"]))
        entries.append(f"{axis} by {pieces}{kind}")
        length = size
    return [*entries, f"{axis}{draw(st.sampled_from(['', ' unroll']))}"]


@st.composite
def schedules(draw: st.DrawFn, extents: Mapping[str, int]) -> str:
    """A legal schedule: the entries of each axis in order, interleaved."""
    queues = [draw(axis_entries(axis, extent)) for axis, extent in extents.items()]
    order = draw(st.permutations([n for n, queue in enumerate(queues) for _ in queue]))
    return ", ".join(queues[n].pop(0) for n in order)


@given(st.data())
def test_every_schedule_covers_exactly(data: st.DataObject) -> None:
    size, stride = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 2))
    kernel = data.draw(st.integers(1, 3))
    pad = data.draw(st.integers(0, kernel - 1))
    if (size - 1) * stride + kernel - 2 * pad < 1:
        return
    extents = {"oh": size, "ow": size, "kh": kernel, "kw": kernel, "ic": 4}
    planned = conv(size, stride, data.draw(schedules(extents)), kernel, pad)
    assert all(verdict.inside for leaf in planned.leaves for verdict in leaf.verdicts)
    assert_covers(planned, conv_is_valid(size, stride, kernel, pad))

"""What the verifier proves holds, by brute force: bounds, distinct places, disjoint iterations."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.ir.affine import AffineExpr

from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.dialects.tl import ForOp, KernelOp, Linear, NestOp, StoreOp
from inlay.dialects.tl.footprint import (
    conflict,
    is_written_alike,
    meet_elsewhere,
    undetermined_axes,
)
from inlay.dialects.tl.ranges import index_forms, interval_of_form, is_nonnegative

CONTEXT = make_context()

terms = st.sampled_from(
    [
        "{v}",
        "2*{v}",
        "3*{v}",
        "-1*{v}",
        "{v} floordiv 2",
        "{v} mod 2",
        "{v} floordiv 3",
        "{v} mod 3",
    ]
)


@st.composite
def index_texts(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    """An index over some of the values, such as ``2*(%i floordiv 3) + %j mod 2 + 1``."""
    parts = [
        draw(terms).format(v=f"%{name}")
        for name in draw(st.lists(st.sampled_from(names), max_size=3, unique=True))
    ]
    scaled = [f"{draw(st.sampled_from([1, 1, 2, 4]))}*({part})" for part in parts]
    return " + ".join([*scaled, str(draw(st.integers(0, 3)))])


def parse(text: str) -> KernelOp:
    op = parse_module(CONTEXT, text).body.block.first_op
    assert isinstance(op, KernelOp)
    return op


def evaluate(expr: AffineExpr, store: StoreOp, point: dict[str, int], place: int = 0) -> int:
    return expr.eval([point[operand.name_hint or ""] for operand in store.indices], [place])


@settings(max_examples=200)
@given(st.data())
def test_points_shown_to_write_different_places_do(data: st.DataObject):
    extents = {axis: data.draw(st.integers(1, 6)) for axis in ("i", "j")}
    first, second = (data.draw(index_texts(("i", "j"))) for _ in range(2))
    kernel = parse(f"""
      tl.kernel @k(%Y: memref<9x9xf32> out) {{
        tl.nest (%i = {extents["i"]}, %j = {extents["j"]}) schedule [i, j] finish {{
          %x = arith.constant 0.0 : f32
          tl.store %x, %Y[{first}, {second}] else skip
        }} }}""")
    (nest,) = (op for op in kernel.walk() if isinstance(op, NestOp))
    (store,) = (op for op in kernel.walk() if isinstance(op, StoreOp))
    points = [
        dict(zip(extents, p, strict=True)) for p in itertools.product(*map(range, extents.values()))
    ]
    places = [tuple(evaluate(expr, store, point) for expr in store.exprs) for point in points]
    open_axes = {axis.name for axis in undetermined_axes(nest, store, nest.axes)}
    # Points that share a place differ in undetermined axes only.
    for (p, at), (q, there) in itertools.combinations(zip(points, places, strict=True), 2):
        if at == there:
            assert {axis for axis in extents if p[axis] != q[axis]} <= open_axes
    for form, expr in zip(index_forms(store), store.exprs, strict=True):
        values = [evaluate(expr, store, point) for point in points]
        interval = interval_of_form(form)
        assert interval.lo is not None
        assert interval.hi is not None
        assert interval.lo <= min(values)
        assert max(values) <= interval.hi


@settings(max_examples=200)
@given(st.data())
def test_stores_shown_not_to_meet_do_not(data: st.DataObject):
    extents = {axis: data.draw(st.integers(1, 5)) for axis in ("i", "j")}
    a, b, c = (data.draw(index_texts(("i", "j"))) for _ in range(3))
    kernel = parse(f"""
      tl.kernel @k(%Y: memref<9x9xf32> out) {{
        tl.nest (%i = {extents["i"]}, %j = {extents["j"]}) schedule [i, j] finish {{
          %x = arith.constant 0.0 : f32
          tl.store %x, %Y[{a}, {b}] else skip
          tl.store %x, %Y[{a}, {c}] else skip
        }} }}""")
    (nest,) = (op for op in kernel.walk() if isinstance(op, NestOp))
    stores = [op for op in kernel.walk() if isinstance(op, StoreOp)]
    if is_written_alike(nest, *stores) or meet_elsewhere(nest, *stores):
        return
    points = [
        dict(zip(extents, p, strict=True)) for p in itertools.product(*map(range, extents.values()))
    ]
    places = [
        {tuple(evaluate(expr, store, point) for expr in store.exprs) for point in points}
        for store in stores
    ]
    assert places[0].isdisjoint(places[1])


@settings(max_examples=200)
@given(st.data())
def test_iterations_shown_to_be_apart_are(data: st.DataObject):
    extent = data.draw(st.integers(1, 9))
    pieces = data.draw(st.sampled_from(["*x1", "*x2", "*x3", "1x1, *x1", "1x1, *x3", "*x4, *x2"]))
    inner = data.draw(st.sampled_from(["%n", "1", "2", "3"]))
    first, second = (data.draw(index_texts(("y", "t"))) for _ in range(2))
    kernel = parse(f"""
      tl.kernel @k(%Y: memref<9x9xf32> out) {{
        tl.for %y, %n = {extent} by ({pieces}) {{
          tl.nest (%t = {inner}, %u = %n) schedule [t, u] finish {{
            %x = arith.constant 0.0 : f32
            tl.store %x, %Y[{first}, {second}] else skip
          }} }} }}""")
    (loop,) = (op for op in kernel.walk() if isinstance(op, ForOp))
    (store,) = (op for op in kernel.walk() if isinstance(op, StoreOp))
    windows: list[set[tuple[int, ...]]] = []
    for segment in loop.entry.segments(extent):
        for start in segment.starts:
            steps = range(segment.size if inner == "%n" else int(inner))
            points = [{"y": start, "t": step} for step in steps]
            windows.append(
                {tuple(evaluate(expr, store, point) for expr in store.exprs) for point in points}
            )
            for point, (form, expr) in itertools.product(
                points, zip(index_forms(store), store.exprs, strict=True)
            ):
                value = evaluate(expr, store, point)
                for bound in range(value - 2, value + 3):
                    assert value >= bound or not is_nonnegative(form - bound)
                    assert value <= bound or not is_nonnegative(Linear({}, bound) - form)
    if conflict(loop) is None:
        assert all(a.isdisjoint(b) for a, b in itertools.combinations(windows, 2))


@pytest.mark.parametrize(
    ("first", "second"), [("0, %i", "1, %i"), ("0, 2*%i", "0, 2*%i + 1"), ("0, %i", "0, %i + 4")]
)
def test_stores_apart_may_be_scheduled_freely(first: str, second: str):
    parse(f"""
      tl.kernel @k(%Y: memref<9x9xf32> out) {{
        tl.nest (%i = 4) schedule [i parallel] finish {{
          %x = arith.constant 0.0 : f32
          tl.store %x, %Y[{first}]
          tl.store %x, %Y[{second}]
        }} }}""").verify()


def test_the_prover_is_not_idle():
    """The first and third of the properties above hold trivially if nothing is ever shown."""
    kernel = parse("""
      tl.kernel @k(%Y: memref<9x9xf32> out) {
        tl.for %y, %n = 9 by (1x1, *x4) parallel {
          tl.nest (%t = %n, %u = 9) schedule [t, u] finish {
            %x = arith.constant 0.0 : f32
            tl.store %x, %Y[%y + %t, 3*(%u floordiv 3) + %u mod 3]
          } } }""")
    kernel.verify()
    (nest,) = (op for op in kernel.walk() if isinstance(op, NestOp))
    (store,) = (op for op in kernel.walk() if isinstance(op, StoreOp))
    (loop,) = (op for op in kernel.walk() if isinstance(op, ForOp))
    assert conflict(loop) is None
    # 3*(u floordiv 3) + u mod 3 is u; the mixed-radix test finds both digits, then u.
    assert undetermined_axes(nest, store, nest.axes) == []
    row = index_forms(store)[0]
    assert is_nonnegative(Linear({}, 8) - row)
    assert not is_nonnegative(Linear({}, 7) - row)

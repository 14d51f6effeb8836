"""Linear forms and intervals of index expressions, against their values point by point."""

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xdsl.dialects.builtin import IndexType
from xdsl.ir import SSAValue
from xdsl.utils.test_value import create_ssa_value

from inlay.dialects.tl import SPAN, Index, Interval, Linear, Quasi, QuasiKind, Term, linear_form
from inlay.dialects.tl.index import make_access

X, Y, Z = (create_ssa_value(IndexType()) for _ in range(3))


def form(index: Index) -> Linear:
    return linear_form(index.expr, index.operands)


def value_at(linear: Linear, point: Mapping[Term, int]) -> int:
    total = linear.constant
    for term, coefficient in linear.terms.items():
        if isinstance(term, Quasi):
            inner = value_at(term.inner, point)
            at = inner // term.divisor if term.kind is QuasiKind.FLOORDIV else inner % term.divisor
        else:
            at = point[term]
        total += coefficient * at
    return total


@st.composite
def indices(draw: st.DrawFn, depth: int = 3) -> Index:
    if depth == 0 or draw(st.booleans()):
        return Index.of(draw(st.sampled_from([X, Y, Z, 0, 1, -3, 7])))
    left = draw(indices(depth=depth - 1))
    match draw(st.sampled_from(["+", "-", "*", "//", "%"])):
        case "+":
            return left + draw(indices(depth=depth - 1))
        case "-":
            return left - draw(indices(depth=depth - 1))
        case "*":
            return left * draw(st.integers(-4, 4))
        case "//":
            return left // draw(st.integers(1, 5))
        case _:
            return left % draw(st.integers(1, 5))


def box(los: tuple[int, int, int], sizes: tuple[int, int, int]) -> dict[Term, Interval]:
    return {
        term: Interval(lo, lo + size - 1)
        for term, lo, size in zip((X, Y, Z), los, sizes, strict=True)
    }


boxes = st.builds(box, st.tuples(*[st.integers(-4, 9)] * 3), st.tuples(*[st.integers(1, 4)] * 3))


def points(bounds: Mapping[Term, Interval]) -> list[dict[Term, int]]:
    ranges = [range(interval.lo or 0, (interval.hi or 0) + 1) for interval in bounds.values()]
    return [dict(zip(bounds, point, strict=True)) for point in itertools.product(*ranges)]


def direct(index: Index, point: Mapping[Term, int]) -> int:
    return index.expr.eval([point[operand] for operand in index.operands], [])


@given(indices(), boxes)
def test_forms_equal_their_expressions(index: Index, bounds: dict[Term, Interval]):
    linear = form(index)
    resolved = linear.resolve(bounds)
    interval = linear.interval(bounds)
    for point in points(bounds):
        value = direct(index, point)
        assert value_at(linear, point) == value
        assert value_at(resolved, point) == value
        assert Interval.point(value).within(interval)


@given(indices(), indices(), st.sampled_from([X, Y, Z]), boxes)
def test_substitution_is_composition(
    index: Index, other: Index, term: SSAValue, bounds: dict[Term, Interval]
):
    substituted = form(index).substitute({term: form(other)})
    for point in points(bounds)[:8]:
        assert value_at(substituted, point) == direct(index, {**point, term: direct(other, point)})


def test_linear_forms():
    index = Index.of(X) * 2 + Y - 1 - X
    assert form(index) == Linear({X: 1, Y: 1}, -1)
    assert form(index)[X] == 1
    assert form(index)[Z] == 0
    assert form(index - Y + 1 - X) == Linear()
    assert form(Index.of(X) * 0) == Linear()


def test_quotients_split_off_what_divides_evenly():
    index = (Index.of(X) * 14 + Y + 7) // 7
    expected = Linear.of(X, 2) + Linear({Quasi(QuasiKind.FLOORDIV, Linear({Y: 1}, 7), 7): 1})
    assert form(index) == expected
    assert form((Index.of(X) * 14 + 3) % 7) == Linear({}, 3)
    assert form((Index.of(X) * 14 + 15) // 7) == Linear({X: 2}, 2)


def test_resolution_needs_one_quotient():
    row = form(Index.of(X) // 7)
    column = form(Index.of(X) % 7)
    assert row.resolve({X: Interval(7, 13)}) == Linear({}, 1)
    assert column.resolve({X: Interval(7, 13)}) == Linear({X: 1}, -7)
    assert not column.resolve({X: Interval(7, 14)}).is_linear
    assert column.interval({X: Interval(8, 10)}) == Interval(1, 3)
    assert column.interval({X: Interval(5, 8)}) == Interval(0, 6)


def test_unbounded_intervals():
    assert form(Index.of(X) + 1).interval({}) == Interval()
    assert form(Index.of(X) * -2).interval({X: Interval(3)}) == Interval(None, -6)
    assert form(Index.of(X) % 4).interval({}) == Interval(0, 3)
    assert Interval(0).within(Interval(0))
    assert not Interval(0).within(Interval(0, 5))
    assert Interval(None, -1).misses(Interval(0))
    assert not Interval(-1).misses(Interval(0))


def test_accesses_number_their_operands_once():
    map_, operands, span = make_access([Index.of(Y) + X, 3, Index.range(0, 6) * 4 + Y])
    assert operands == (Y, X)
    assert str(map_) == "(d0, d1)[s0] -> ((d0 + d1), 3, ((s0 * 4) + d0))"
    assert span == range(6)
    assert linear_form(map_.results[2], operands) == Linear({SPAN: 4, Y: 1})


def test_accesses_without_operands():
    map_, operands, span = make_access([])
    assert (len(map_.results), operands, span) == (0, (), None)


@pytest.mark.parametrize("divisor", [1, 2, 7])
def test_intervals_divide_downwards(divisor: int):
    assert Interval(-1, 6).floordiv(divisor) == Interval(-1 // divisor, 6 // divisor)

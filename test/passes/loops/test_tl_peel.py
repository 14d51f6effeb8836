"""Where tl-peel cuts axes: between two cuts a guard says the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inlay.dialects.tl import NestOp
from inlay.passes.loops.tl_peel import boundaries, peel
from tl_kernels import parse


def nest_of(text: str) -> NestOp:
    """The nest of a kernel that has one."""
    _, kernel = parse(text)
    (nest,) = kernel.block.ops
    assert isinstance(nest, NestOp)
    return nest


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_guard_is_the_same_between_boundaries(data: st.DataObject) -> None:
    """Where no boundary lies between two points, a guard that holds for all taps at one does."""
    n, taps, extent = (data.draw(st.integers(1, high)) for high in (30, 4, 30))
    stride, shift = data.draw(st.sampled_from([-3, -1, 1, 2, 3])), data.draw(st.integers(-9, 9))
    offset = shift if stride > 0 else shift - stride * n
    nest = nest_of(
        f"""
        tl.kernel @k(%X: memref<{extent}xi32>, %Y: memref<{n}xi32> out) {{
          tl.nest (%i = {n}) reduce (%k = {taps}) acc (%a : i32 add) schedule [i, k] update {{
            %x = tl.load %X[{stride}*%i + %k + {offset}] else skip
            %m = arith.addi %a, %x : i32
            tl.yield %m
          }} finish {{ tl.store %a, %Y[%i] }} }}"""
    )

    def says(point: int) -> bool | None:
        inside = {0 <= stride * point + tap + offset < extent for tap in range(taps)}
        return inside.pop() if len(inside) == 1 else None

    cuts = boundaries(nest, "i")
    for point in range(1, n):
        if point not in cuts and None not in (says(point - 1), says(point)):
            assert says(point - 1) == says(point)
        if point not in cuts:
            assert (says(point - 1) is True) == (says(point) is True)


@pytest.mark.parametrize(
    ("schedule", "exact", "expected"),
    [
        ("[i, k]", False, "[i by (1x1, *x1, 1x1), k]"),
        ("[i by 6, k, i]", False, "[i by (1x6, *x6, 1x2), k, i]"),
        ("[i by (2x13, *x6), i, k]", False, "[i by (1x13, 1x13, *x6, 1x6), i, k]"),
        ("[i by 28, i, k]", False, "[i by (*x28, 1x28), i, k]"),
        ("[i by 8, i, k]", True, "[i by (1x1, *x8, 1x6, 1x1), i, k]"),
        ("[i by 56, i, k]", False, "[i by 56, i, k]"),
    ],
)
def test_tiles_stay_whole_unless_cuts_are_exact(schedule: str, exact: bool, expected: str) -> None:
    nest = nest_of(
        f"""
        tl.kernel @k(%X: memref<56xi32>, %Y: memref<56xi32> out) {{
          tl.nest (%i = 56) reduce (%k = 3) acc (%a : i32 add) schedule {schedule} update {{
            %x = tl.load %X[%i + %k - 1] else skip
            %m = arith.addi %a, %x : i32
            tl.yield %m
          }} finish {{ tl.store %a, %Y[%i] }} }}"""
    )
    peel(nest, "i", exact=exact)
    assert str(nest.schedule) == expected

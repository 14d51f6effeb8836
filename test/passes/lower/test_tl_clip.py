"""Loops whose bounds keep indices inside, where a load says `else skip`."""

from __future__ import annotations

import pytest

from tl_kernels import check, lower, parse


def copies(text: str) -> int:
    """How many copies of the update there are."""
    module, _ = parse(text)
    lower(module)
    return [op.name for op in module.walk()].count("math.fma")


def correlation(schedule: str, shift: int, width: int) -> str:
    """Two loads that skip, each with bounds of its own on the same loop."""
    return f"""tl.kernel @correlate(%X: memref<9xf32>, %Z: memref<{width}xf32>,
                                    %Y: memref<7x2xf32> out) {{
      tl.nest (%i = 7, %j = 2) reduce (%k = 5) acc (%a : f32 add) schedule [{schedule}] update {{
        %x = tl.load %X[2*%i + %k - 3] else skip
        %z = tl.load %Z[%k + 3*%j - {shift}] else skip
        %n = math.fma %x, %z, %a : f32
        tl.yield %n
      }} finish {{ tl.store %a, %Y[%i, %j] }} }}"""


@pytest.mark.parametrize("schedule", ["i, j, k", "j parallel, i parallel, k", "i by 3, j, i, k"])
@pytest.mark.parametrize(("shift", "width"), [(0, 4), (2, 6), (9, 3), (20, 2)])
def test_two_loads(schedule: str, shift: int, width: int) -> None:
    text = correlation(schedule, shift, width)
    assert copies(text) <= 2  # of the pieces of 3 and of 1
    check(text)


@pytest.mark.parametrize(
    "schedule", ["k, i, j", "i, j, k by 2, k", "i, j, k unroll", "j, k, i unroll"]
)
def test_loops_that_are_not_clipped(schedule: str) -> None:
    """Where the bounds depend on what is further inside, or the loop is no plain one."""
    check(correlation(schedule, 2, 4))


@pytest.mark.parametrize("pieces", ["oh", "oh by (1x1, *x1, 1x1)"])
def test_rows_of_an_image(pieces: str) -> None:
    """One copy for all rows, also where the schedule peels them."""
    text = f"""tl.kernel @pool(%X: memref<6x6xf32>, %Y: memref<6x6xf32> out) {{
      tl.nest (%oh = 6, %ow = 6) reduce (%kh = 3, %kw = 3) acc (%a : f32 add)
        schedule [{pieces}, ow, kh, kw] update {{
        %x = tl.load %X[%oh + %kh - 1, %ow + %kw - 1] else skip
        %n = math.fma %x, %x, %a : f32
        tl.yield %n
      }} finish {{ tl.store %a, %Y[%oh, %ow] }} }}"""
    assert copies(text) == 1
    module, _ = parse(text)
    lower(module)
    names = [op.name for op in module.walk()]
    assert names.count("scf.if") == 0
    check(text)


@pytest.mark.parametrize("n", [1, 4, 11])
def test_a_reduction_of_unknown_length_keeps_its_guard(n: int) -> None:
    check(
        """tl.kernel @window(%X: memref<6xf32>, %Z: memref<?xf32> sizes (n),
                             %Y: memref<4xf32> out) {
          %c0 = arith.constant 0 : index
          %n = memref.dim %Z, %c0 : memref<?xf32>
          tl.nest (%i = 4) reduce (%k = %n) acc (%a : f32 add) schedule [i, k] update {
            %x = tl.load %X[%i + %k - 2] else skip
            %z = tl.load %Z[%k]
            %m = math.fma %x, %z, %a : f32
            tl.yield %m
          } finish { tl.store %a, %Y[%i] } }""",
        sizes={"n": n},
    )

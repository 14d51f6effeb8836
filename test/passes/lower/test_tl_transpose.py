"""Squares transposed in registers: the shuffles, and kernels that read across their lanes."""

from __future__ import annotations

import numpy as np
import pytest

from inlay.passes.lower.tl_transpose import steps_of
from tl_kernels import check, lower, parse


@pytest.mark.parametrize("size", [2, 4, 8, 16])
@pytest.mark.parametrize("block", [1, 2, 4, 8, 16])
def test_steps(size: int, block: int) -> None:
    """All shuffles of a square of numbers."""
    if block > size:
        return
    square = np.arange(size * size).reshape(size, size)
    steps = steps_of(size, block)
    vectors = list(square)
    for each in steps.rounds:
        vectors = [
            np.concatenate([vectors[s.first], vectors[s.second]])[list(s.lanes)] for s in each
        ]
    np.testing.assert_array_equal([vectors[n] for n in steps.columns], square.T)
    assert len(steps.rounds) == size.bit_length() - 1


def count(text: str, name: str) -> int:
    """How many ops of a name the kernel's functions have."""
    module, _ = parse(text)
    lower(module)
    return [op.name for op in module.walk()].count(name)


@pytest.mark.parametrize("type_", ["f32", "f64", "i8", "i16", "bf16"])
@pytest.mark.parametrize(
    ("lanes", "schedule"),
    [
        (8, "i by 8, j by 8, i unroll, j vector"),
        (8, "j by 8, i by 16, i unroll, j vector"),
        (4, "i by 4 parallel, j by 4, i unroll, j vector"),
        (16, "j by 16, i by 16, i unroll, j vector"),
    ],
)
def test_transpose(type_: str, lanes: int, schedule: str) -> None:
    """Ragged edges are loaded lane by lane."""
    text = f"""tl.kernel @transpose(%X: memref<38x44x{type_}>, %Y: memref<44x38x{type_}> out) {{
      tl.nest (%i = 44, %j = 38) schedule [{schedule}] finish {{
        %x = tl.load %X[%j, %i]
        tl.store %x, %Y[%i, %j] }} }}"""
    assert count(text, "vector.shuffle") >= lanes * (lanes.bit_length() - 1)
    check(text)


def test_image_to_blocks_of_channels() -> None:
    text = """tl.kernel @block(%X: memref<16x3x24xf32>, %Y: memref<2x3x24x8xf32> out) {
      tl.nest (%c = 2, %h = 3, %w = 24, %l = 8) schedule [c, h, w by 8, w unroll, l vector] finish {
        %x = tl.load %X[8*%c + %l, %h, %w]
        tl.store %x, %Y[%c, %h, %w, %l] } }"""
    assert count(text, "vector.shuffle") == 24
    check(text)


def test_blocks_of_channels_to_image() -> None:
    text = """tl.kernel @unblock(%X: memref<2x3x24x8xf32>, %Y: memref<16x3x24xf32> out) {
      tl.nest (%c = 2, %h = 3, %l = 8, %w = 24)
        schedule [c parallel, h, w by 8, l unroll, w vector] finish {
        %x = tl.load %X[%c, %h, %w, %l]
        %y = arith.addf %x, %x : f32
        tl.store %y, %Y[8*%c + %l, %h, %w] } }"""
    assert count(text, "vector.shuffle") == 24
    check(text)


def test_weights_that_lie_along_the_reduction() -> None:
    """A product with a transposed matrix: squares of it are loaded for 8 terms at once."""
    text = """tl.kernel @matmul(%X: memref<4x24xf32>, %W: memref<16x24xf32>,
                                %Y: memref<4x16xf32> out) {
      tl.nest (%i = 4, %j = 16) reduce (%k = 24) acc (%a : f32 add)
        schedule [j by 8, k by 8, k unroll, i unroll, j vector] update {
        %x = tl.load %X[%i, %k]
        %w = tl.load %W[%j, %k]
        %n = math.fma %x, %w, %a : f32
        tl.yield %n
      } finish { tl.store %a, %Y[%i, %j] } }"""
    assert count(text, "vector.shuffle") == 24
    check(text)


@pytest.mark.parametrize("access", ["%X[%j, %i] else 0.0", "%X[%j, 2*%i]"])
def test_what_is_no_square(access: str) -> None:
    """Guarded loads, and loops along which elements do not touch, go lane by lane."""
    text = f"""tl.kernel @strided(%X: memref<8x16xf32>, %Y: memref<8x8xf32> out) {{
      tl.nest (%i = 8, %j = 8) schedule [i by 8, i unroll, j vector] finish {{
        %x = tl.load {access}
        tl.store %x, %Y[%i, %j] }} }}"""
    assert count(text, "vector.shuffle") == 0
    check(text)

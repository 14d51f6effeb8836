"""Floating-point operations counted from nests, against counts by hand."""

from collections.abc import Sequence

import pytest

from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.dialects.tl.flops import count_flops
from inlay.dialects.tl.kernel import KernelOp
from inlay.dialects.tl.syntax import as_memref
from kernel_zoo import KERNELS


def kernel(text: str) -> KernelOp:
    module = parse_module(make_context(), text)
    module.verify()
    (op,) = (op for op in module.ops if isinstance(op, KernelOp))
    return op


def count(text: str, *shapes: Sequence[int]) -> object:
    op = kernel(text)
    return count_flops(op, shapes or [as_memref(arg.type).get_shape() for arg in op.args])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # An FMA for each of 2·3·3·8 points of the reduction, and one maximum.
        ("conv", {32: 8 * 2 * 8 * 8 * (2 * 2 * 3 * 3 * 8 + 1)}),
        # A maximum; a difference, a square and a sum; a product; for each row a quotient.
        ("softmax", {32: 5 * (100 * (1 + 3 + 1) + 1)}),
        ("gemm", {32: 2 * 6 * 16 * 20}),
        # One sum for each of 4 rows of the matrix, for 4 columns of 8 lanes, in both directions.
        ("winograd", {32: 4 * 4 * 2 * 4 * 8 * 4}),
        ("integers", {}),
        ("gather", {}),
    ],
)
def test_the_zoo(name: str, expected: dict[int, int]):
    assert count(KERNELS[name]) == expected


SCALE = """
tl.kernel @scale(%X: memref<?x16x{type}> sizes (n), %Y: memref<?x16x{type}> out sizes (n)) {{
  %c0 = arith.constant 0 : index
  %n = memref.dim %X, %c0 : memref<?x16x{type}>
  tl.for %r, %rows = %n by ({pieces}) {{
    tl.nest (%i = %rows, %l = 16) schedule [i, l] finish {{
      %x = tl.load %X[%r + %i, %l]
      %y = arith.mulf %x, %x : {type}
      tl.store %y, %Y[%r + %i, %l]
    }} }} }}
"""


@pytest.mark.parametrize("rows", [1, 4, 7, 64])
@pytest.mark.parametrize("pieces", ["*x1", "*x4, *x1", "*x3, 1x1, *x1"])
@pytest.mark.parametrize(("type_", "bits"), [("f16", 32), ("f32", 32), ("f64", 64)])
def test_pieces_of_any_size_are_all_of_the_extent(rows: int, pieces: str, type_: str, bits: int):
    found = count(SCALE.format(type=type_, pieces=pieces), (rows, 16), (rows, 16))
    assert found == {bits: 16 * rows}


def test_extents_may_depend_on_where_a_piece_starts():
    triangle = """
tl.kernel @triangle(%X: memref<8x8xf32>, %Y: memref<8x8xf32> out) {
  tl.for %r = 8 {
    %c1 = arith.constant 1 : index
    %n = arith.addi %r, %c1 : index
    tl.nest (%i = %n) schedule [i] finish {
      %x = tl.load %X[%r, %i] else 0.0
      %y = arith.addf %x, %x : f32
      tl.store %y, %Y[%r, %i] else skip
    } } }
"""
    assert count(triangle) == {32: 8 * 9 // 2}


def test_what_no_nest_says_is_unknown():
    text = """
tl.kernel @loop(%X: memref<8xf32>, %Y: memref<8xf32> out) {
  %c0 = arith.constant 0 : index
  tl.nest (%i = 8) schedule [i] finish {
    %x = tl.load %X[%i]
    %c1 = arith.constant 1 : index
    %c9 = arith.constant 9 : index
    %y = scf.for %k = %c1 to %c9 step %c1 iter_args(%z = %x) -> (f32) {
      %m = arith.mulf %z, %z : f32
      scf.yield %m : f32
    }
    tl.store %y, %Y[%i]
  } }
"""
    assert count(text) is None


def test_pieces_that_do_not_fit_are_unknown():
    text = SCALE.format(type="f32", pieces="2x3, *x1")
    assert count(text, (6, 16), (6, 16)) == {32: 96}
    assert count(text, (5, 16), (5, 16)) is None
    assert count(text.replace("2x3, *x1", "*x1"), (0, 16), (0, 16)) == {}

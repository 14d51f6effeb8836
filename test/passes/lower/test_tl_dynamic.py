"""Kernels with extents known only at run time, compiled and evaluated for many lengths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.utils.exceptions import VerifyException

from inlay.dialects.registry import make_context
from inlay.passes.lower.tl_to_loops import CHUNKS, TlToLoops
from tl_kernels import Compiled, check, lower, parse

# By 13 and 4: one chunk, a few, many; below, at and above every size.
LENGTHS = (0, 1, 2, 3, 4, 5, 12, 13, 14, 17, 18, 30, 31, 70)

PIECES = (
    "i",
    "i parallel",
    "i by (*x13, *x4, *x1), i",
    "i by (*x13, *x4, *x1), i vector",
    "i by (*x13, *x4, *x1) parallel, i unroll",
    "i by (1x1, *x4, 1x1, *x1) parallel, i vector",
    "i by (1x4, *x8, 2x3, *x1), i by 4 unroll, i vector",
    "i unroll",
)


@pytest.mark.parametrize("pieces", PIECES)
def test_pieces(pieces: str) -> None:
    """Every point once, whatever the length; also where fixed pieces do not fit."""
    kernel = Compiled(
        f"""tl.kernel @add(%X: memref<?xi32> sizes (n), %Y: memref<?xi32> inout sizes (n)) {{
          %c0 = arith.constant 0 : index
          %n = memref.dim %X, %c0 : memref<?xi32>
          tl.nest (%i = %n) schedule [{pieces}] finish {{
            %x = tl.load %X[%i]
            %y = tl.load %Y[%i]
            %z = arith.addi %x, %y : i32
            tl.store %z, %Y[%i] }} }}"""
    )
    for n in LENGTHS:
        x = np.arange(n, dtype=np.int32)
        y = np.full(n, 1000, np.int32)
        kernel([x, y])
        np.testing.assert_array_equal(y, x + 1000)


@pytest.mark.parametrize(
    "schedule",
    [
        "i parallel, j parallel, k",
        "i by (*x4, *x1) parallel, j by (*x8, *x1) parallel, k, i unroll, j vector",
        "k, j by (1x1, *x4, *x1), i by (*x2, *x1), i unroll, j vector",
        "i parallel, j by (*x16, *x4, *x1), j by 4 unroll, k, j vector",
    ],
)
def test_two_lengths_of_a_transpose(schedule: str) -> None:
    """Strides that are products of extents; unnamed extents have an argument each."""
    kernel = Compiled(
        f"""tl.kernel @transpose(%X: memref<?x3x?xf32> sizes (m, n),
                                 %Y: memref<3x?x?xf32> out sizes (n, m)) {{
          %c0 = arith.constant 0 : index
          %c2 = arith.constant 2 : index
          %m = memref.dim %X, %c0 : memref<?x3x?xf32>
          %n = memref.dim %X, %c2 : memref<?x3x?xf32>
          tl.nest (%i = %n, %j = %m, %k = 3) schedule [{schedule}] finish {{
            %x = tl.load %X[%j, %k, %i]
            tl.store %x, %Y[%k, %i, %j] }} }}"""
    )
    for m, n in ((1, 1), (3, 5), (9, 4), (0, 3), (17, 19), (5, 0)):
        x = np.random.default_rng(0).random((m, 3, n), np.float32)
        y = np.zeros((3, n, m), np.float32)
        kernel([x, y])
        np.testing.assert_array_equal(y, x.transpose(1, 2, 0))


@pytest.mark.parametrize("rows", [1, 5])
def test_softmax(rows: int) -> None:
    """104 = 64 + 2x16 + 8; arithmetic in place of exp, which is another pass's matter."""
    text = """tl.kernel @softmax(%X: memref<?x104xf32> sizes (rows),
                                 %Y: memref<?x104xf32> out sizes (rows)) {
      %c0 = arith.constant 0 : index
      %rows = memref.dim %X, %c0 : memref<?x104xf32>
      tl.for %r = %rows parallel {
        %m = tl.alloc : memref<f32>
        %s = tl.alloc : memref<f32>
        tl.nest () reduce (%j = 104) acc (%a : f32 max)
          schedule [j by 64, j by 16 chain, j vector]
        update {
          %x = tl.load %X[%r, %j]
          %n = arith.maximumf %a, %x : f32
          tl.yield %n
        } finish { tl.store %a, %m[] }
        tl.nest () reduce (%j = 104) acc (%a : f32 add)
          schedule [j by 64, j by 16 chain, j vector]
        update {
          %x = tl.load %X[%r, %j]
          %mx = tl.load %m[]
          %d = arith.subf %x, %mx : f32
          %e = arith.mulf %d, %d : f32
          tl.store %e, %Y[%r, %j]
          %n = arith.addf %a, %e : f32
          tl.yield %n
        } finish {
          %one = arith.constant 1.0 : f32
          %i = arith.divf %one, %a : f32
          tl.store %i, %s[] }
        tl.nest (%j = 104) schedule [j by 64, j by 16 unroll, j vector] finish {
          %y = tl.load %Y[%r, %j]
          %i = tl.load %s[]
          %p = arith.mulf %y, %i : f32
          tl.store %p, %Y[%r, %j] } } }"""
    check(text, sizes={"rows": rows})
    module, _ = parse(text)
    phase, counter = lower(module)
    assert phase.attributes[CHUNKS] == SymbolRefAttr("softmax.chunks")
    assert counter.sym_name.data == "softmax.chunks"


REDUCTIONS = (
    "k",
    "k by (*x16, *x4, *x1), k by 8 chain, k vector",
    "k by (*x8, *x1), k chain",
    "k by (2x3, *x16, *x1), k vector",
)


@pytest.mark.parametrize("schedule", REDUCTIONS)
def test_a_reduction_of_any_length(schedule: str) -> None:
    kernel = Compiled(
        f"""tl.kernel @dot(%X: memref<2x?xf32> sizes (n), %Z: memref<?x2xf32> sizes (n),
                           %Y: memref<2xf32> out) {{
          %c1 = arith.constant 1 : index
          %n = memref.dim %X, %c1 : memref<2x?xf32>
          tl.nest (%i = 2) reduce (%k = %n) acc (%a : f32 add) schedule [i, {schedule}]
          init {{
            %one = arith.constant 1.0 : f32
            tl.yield %one
          }} update {{
            %x = tl.load %X[%i, %k]
            %z = tl.load %Z[%k, %i]
            %m = math.fma %x, %z, %a : f32
            tl.yield %m
          }} finish {{ tl.store %a, %Y[%i] }} }}"""
    )
    for n in LENGTHS:
        x = np.random.default_rng(n).integers(-3, 4, (2, n)).astype(np.float32)
        z = np.random.default_rng(n + 1).integers(-3, 4, (n, 2)).astype(np.float32)
        y = np.zeros(2, np.float32)
        kernel([x, z, y])
        np.testing.assert_array_equal(y, np.einsum("ik,ki->i", x, z) + 1)


@pytest.mark.parametrize(
    "schedule",
    [
        "oh, ow, kh, kw",
        "oh by (1x1, *x4, *x1) parallel, ow by (1x1, *x4, *x1), kh, kw, oh, ow unroll",
    ],
)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 5), (6, 3), (11, 12)])
def test_undecided_guards(schedule: str, height: int, width: int) -> None:
    check(
        f"""tl.kernel @pool(%X: memref<?x?xf32> sizes (h, w),
                             %Y: memref<?x?xf32> out sizes (h, w)) {{
          %c0 = arith.constant 0 : index
          %c1 = arith.constant 1 : index
          %h = memref.dim %X, %c0 : memref<?x?xf32>
          %w = memref.dim %X, %c1 : memref<?x?xf32>
          tl.nest (%oh = %h, %ow = %w) reduce (%kh = 3, %kw = 3) acc (%a : f32 add)
            schedule [{schedule}]
          update {{
            %x = tl.load %X[%oh + %kh - 1, %ow + %kw - 1] else skip
            %n = arith.addf %x, %a : f32
            tl.yield %n
          }} finish {{ tl.store %a, %Y[%oh, %ow] }} }}""",
        sizes={"h": height, "w": width},
    )


@pytest.mark.parametrize("n", [1, 3, 9, 26])
def test_extents_that_are_computed(n: int) -> None:
    """An extent that may be negative: then nothing runs."""
    check(
        """tl.kernel @half(%X: memref<?xf32> sizes (n), %Y: memref<?xf32> inout sizes (n)) {
          %c0 = arith.constant 0 : index
          %c3 = arith.constant 3 : index
          %n = memref.dim %X, %c0 : memref<?xf32>
          %m = arith.subi %n, %c3 : index
          tl.nest (%i = %m) schedule [i by (*x8, *x1) parallel, i vector] finish {
            %x = tl.load %X[%i + 1] else 0.0
            tl.store %x, %Y[%i] else skip } }""",
        sizes={"n": n},
    )


@pytest.mark.parametrize("n", [0, 1, 5, 11, 16])
@pytest.mark.parametrize("kind", ["", "parallel"])
def test_scratch_for_a_piece(n: int, kind: str) -> None:
    """A piece's length bounds scratch, though the loop's extent is known only at run time."""
    check(
        f"""tl.kernel @scratch(%X: memref<?x7xf32> sizes (n), %Y: memref<?x7xf32> out sizes (n)) {{
          %c0 = arith.constant 0 : index
          %n = memref.dim %X, %c0 : memref<?x7xf32>
          tl.for %i, %m = %n by (*x4, *x1) {kind} {{
            %S = tl.alloc(%m) : memref<7x?xf32>
            tl.nest (%r = %m, %j = 7) schedule [r, j] finish {{
              %x = tl.load %X[%i + %r, %j]
              tl.store %x, %S[%j, %r] }}
            tl.nest (%r = %m, %j = 7) schedule [j, r] finish {{
              %x = tl.load %S[6 - %j, %r]
              tl.store %x, %Y[%i + %r, %j] }} }} }}""",
        sizes={"n": n},
    )


def test_scratch_without_a_bound_is_refused() -> None:
    module, _ = parse(
        """tl.kernel @scratch(%X: memref<?xf32> sizes (n), %Y: memref<?xf32> out sizes (n)) {
          %c0 = arith.constant 0 : index
          %n = memref.dim %X, %c0 : memref<?xf32>
          %S = tl.alloc(%n) : memref<?xf32>
          tl.nest (%i = %n) schedule [i] finish {
            %x = tl.load %X[%i]
            tl.store %x, %S[%i] }
          tl.nest (%i = %n) schedule [i] finish {
            %x = tl.load %S[%i]
            tl.store %x, %Y[%i] } }"""
    )
    with pytest.raises(VerifyException, match=r"%n of memref<\?xf32> is known only at run time"):
        TlToLoops().apply(make_context(), module)


def test_chains_of_unknown_number_are_refused() -> None:
    module, _ = parse(
        """tl.kernel @sum(%X: memref<?xf32>, %Y: memref<f32> out) {
          %c0 = arith.constant 0 : index
          %n = memref.dim %X, %c0 : memref<?xf32>
          tl.nest () reduce (%k = %n) acc (%a : f32 add) schedule [k by (*x8, *x1) chain, k vector]
          update {
            %x = tl.load %X[%k]
            %m = arith.addf %a, %x : f32
            tl.yield %m
          } finish { tl.store %a, %Y[] } }"""
    )
    with pytest.raises(VerifyException, match="an entry of k around it"):
        TlToLoops().apply(make_context(), module)


def test_unnamed_extents_are_arguments_of_their_own() -> None:
    check(
        """tl.kernel @copy(%X: memref<?x?xf32> sizes (m, n),
                            %Y: memref<?x?xf32> inout sizes (p, q)) {
          %c0 = arith.constant 0 : index
          %c1 = arith.constant 1 : index
          %m = memref.dim %Y, %c0 : memref<?x?xf32>
          %n = memref.dim %Y, %c1 : memref<?x?xf32>
          tl.nest (%i = %m, %j = %n) schedule [i parallel, j by (*x8, *x1), j vector] finish {
            %x = tl.load %X[%i - 1, %j - 1] else -1.0
            tl.store %x, %Y[%i, %j] } }""",
        sizes={"m": 3, "n": 9, "p": 5, "q": 20},
    )


@pytest.mark.parametrize(("rows", "columns"), [(3, 1), (2, 43), (4, 107)])
def test_rows_of_unknown_length(rows: int, columns: int) -> None:
    """Nests of run-time extents inside of a loop over another."""
    check(
        """tl.kernel @shift(%X: memref<?x?xf32> sizes (m, n),
                             %Y: memref<?x?xf32> out sizes (m, n)) {
          %c0 = arith.constant 0 : index
          %c1 = arith.constant 1 : index
          %m = memref.dim %X, %c0 : memref<?x?xf32>
          %n = memref.dim %X, %c1 : memref<?x?xf32>
          tl.for %r = %m parallel {
            %s = tl.alloc : memref<f32>
            tl.nest () reduce (%j = %n) acc (%a : f32 max)
              schedule [j by (*x32, *x8, *x1), j by 8 chain, j vector] update {
              %x = tl.load %X[%r, %j]
              %b = arith.maximumf %a, %x : f32
              tl.yield %b
            } finish { tl.store %a, %s[] }
            tl.nest (%j = %n) schedule [j by (*x32, *x8, *x1), j by 8 unroll, j vector] finish {
              %x = tl.load %X[%r, %j]
              %t = tl.load %s[]
              %y = arith.subf %x, %t : f32
              tl.store %y, %Y[%r, %j] } } }""",
        sizes={"m": rows, "n": columns},
    )


@settings(max_examples=6)
@given(
    st.lists(st.tuples(st.sampled_from(["*", "1", "2", "3"]), st.integers(1, 9)), max_size=4),
    st.sampled_from(["", "parallel"]),
)
def test_any_pieces(pieces: list[tuple[str, int]], kind: str) -> None:
    """Every point once, for pieces drawn at random."""
    text = ", ".join(f"{count}x{size}" for count, size in [*pieces, ("*", 1)])
    kernel = Compiled(
        f"""tl.kernel @count(%X: memref<?xi32> inout sizes (n)) {{
          %c0 = arith.constant 0 : index
          %n = memref.dim %X, %c0 : memref<?xi32>
          tl.nest (%i = %n) schedule [i by ({text}) {kind}, i] finish {{
            %x = tl.load %X[%i]
            %k = arith.index_cast %i : index to i32
            %one = arith.constant 1 : i32
            %y = arith.addi %x, %one : i32
            %z = arith.addi %y, %k : i32
            tl.store %z, %X[%i] }} }}"""
    )
    for n in range(40):
        x = np.zeros(n, np.int32)
        kernel([x])
        np.testing.assert_array_equal(x, np.arange(1, n + 1))

"""Legal edits of nests, drawn at random, leave what a kernel computes as it is, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.exceptions import VerifyException

from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.dialects.tl import ForOp, KernelOp, LoopKind, NestOp, Piece, Schedule, ScheduleError
from inlay.dialects.tl.evaluate import evaluate_kernel
from inlay.dialects.tl.scalars import dtype_of
from inlay.dialects.tl.syntax import as_memref
from inlay.passes.loops.entries import EditError, parse_pieces
from inlay.passes.loops.tl_fuse_axes import fuse_axes
from inlay.passes.loops.tl_fuse_nests import fuse_nests
from inlay.passes.loops.tl_interchange import interchange
from inlay.passes.loops.tl_parallelize import parallelize
from inlay.passes.loops.tl_peel import peel, peel_loop
from inlay.passes.loops.tl_rfactor import rfactor
from inlay.passes.loops.tl_tile import tile
from inlay.passes.loops.tl_unroll import unroll
from inlay.passes.loops.tl_vectorize import vectorize
from tl_kernels import Compiled, lower

Array = NDArray[np.generic]


def parse(text: str) -> KernelOp:
    """The legal kernel that a text holds."""
    module = parse_module(make_context(), text)
    module.verify()
    kernel = module.body.block.first_op
    assert isinstance(kernel, KernelOp)
    return kernel


def nests_of(kernel: KernelOp) -> list[NestOp]:
    """The nests of a kernel."""
    return [op for op in kernel.walk() if isinstance(op, NestOp)]


# ---------------------------------------------------------------- kernels


@st.composite
def convolutions(draw: st.DrawFn) -> str:
    """Guards along two axes, two accumulators, a start that is loaded."""
    i, j, taps, stride = (draw(st.integers(1, high)) for high in (7, 6, 3, 2))
    shift, height, width = (
        draw(st.integers(-2, 2)),
        draw(st.integers(1, 9)),
        draw(st.integers(1, 8)),
    )
    return f"""
    tl.kernel @conv(%X: memref<{height}x{width}xi32>, %B: memref<{j}xi32>,
                    %Y: memref<{i}x{j}xi32> out, %Z: memref<{i * j}xi32> out) {{
      tl.nest (%i = {i}, %j = {j}) reduce (%k = {taps}, %c = 2) acc (%a : i32 add, %m : i32 max)
        schedule [i, j, k, c]
      init {{
        %b = tl.load %B[%j]
        tl.yield %b, %b
      }} update {{
        %x = tl.load %X[{stride}*%i + %k + {shift}, %j - %k + %c] else skip
        %n = arith.addi %a, %x : i32
        %o = arith.maxsi %m, %x : i32
        tl.yield %n, %o
      }} finish {{
        %p = arith.index_cast %i : index to i32
        %q = arith.muli %a, %p : i32
        %y = arith.xori %q, %m : i32
        tl.store %y, %Y[%i, %j]
        tl.store %a, %Z[{j}*%i + %j]
      }} }}"""


@st.composite
def paddings(draw: st.DrawFn) -> str:
    """No reduction; rows of a flat axis, a constant outside, a store that is guarded."""
    rows, columns, depth = draw(st.integers(1, 6)), draw(st.integers(1, 5)), draw(st.integers(1, 9))
    before, shift = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    return f"""
    tl.kernel @pad(%X: memref<4x{depth}xi32>, %Y: memref<{rows}x{columns}x{depth}xi32> inout) {{
      tl.nest (%p = {rows * columns}, %l = {depth}) schedule [p, l] finish {{
        %x = tl.load %X[%p floordiv {columns} - {before}, %l - {shift}] else -7
        tl.store %x, %Y[%p floordiv {columns} - {shift}, %p mod {columns}, %l] else skip
      }} }}"""


@st.composite
def searches(draw: st.DrawFn) -> str:
    """Accumulators of kind custom, beside one of another kind; what is found is an index."""
    rows, n = draw(st.integers(1, 3)), draw(st.integers(1, 24))
    return f"""
    tl.kernel @argmax(%X: memref<{rows}x{n}xi32>, %Y: memref<{rows}xi32> out,
                      %Z: memref<{rows}xi32> out) {{
      tl.nest (%r = {rows}) reduce (%k = {n}) acc (%v : i32 custom, %p : i32 custom, %x : i32 xor)
        schedule [r, k]
      init {{
        %low = arith.constant -99999 : i32
        %none = arith.constant -1 : i32
        %zero = arith.constant 0 : i32
        tl.yield %low, %none, %zero
      }} update {{
        %e = tl.load %X[%r, %k]
        %i = arith.index_cast %k : index to i32
        %c = arith.cmpi sgt, %e, %v : i32
        %n = arith.select %c, %e, %v : i32
        %m = arith.select %c, %i, %p : i32
        %o = arith.xori %x, %e : i32
        tl.yield %n, %m, %o
      }} combine (%v, %p, %x), (%v_1, %p_1, %x_1) {{
        %d = arith.subi %v, %v_1 : i32
        %zero = arith.constant 0 : i32
        %more = arith.cmpi sgt, %v, %v_1 : i32
        %same = arith.cmpi eq, %d, %zero : i32
        %first = arith.cmpi ult, %p, %p_1 : i32
        %tie = arith.andi %same, %first : i1
        %c = arith.ori %more, %tie : i1
        %n = arith.select %c, %v, %v_1 : i32
        %m = arith.select %c, %p, %p_1 : i32
        tl.yield %n, %m, %x
      }} finish {{
        tl.store %p, %Y[%r]
        tl.store %x, %Z[%r]
      }} }}"""


@st.composite
def shared_loops(draw: st.DrawFn) -> str:
    """Two nests that share a loop in pieces, and scratch; the second reads the first's rows."""
    n, size, width = draw(st.integers(1, 9)), draw(st.integers(1, 4)), draw(st.integers(1, 9))
    shift = draw(st.integers(0, 3))
    return f"""
    tl.kernel @twice(%X: memref<7x{width}xi32>, %Y: memref<{n}x{width}xi32> out) {{
      tl.for %t, %n = {n} by {size} {{
        %S = tl.alloc : memref<{size}x{width}xi32>
        tl.nest (%r = %n, %j = {width}) schedule [r, j] finish {{
          %x = tl.load %X[%t + %r - {shift}, %j] else 3
          tl.store %x, %S[%r, %j] }}
        tl.nest (%r = %n, %j = {width}) reduce (%k = {width}) acc (%a : i32 mul)
          schedule [r, j, k]
        update {{
          %x = tl.load %S[%r, %j + %k - 1] else skip
          %u = arith.muli %a, %x : i32
          tl.yield %u
        }} finish {{
          tl.store %a, %Y[%t + %r, {width - 1} - %j] }} }} }}"""


@st.composite
def phases(draw: st.DrawFn) -> str:
    """Three nests over the rows of a matrix; the second may read other rows than its own."""
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    shift = draw(st.sampled_from([0, 0, 0, 1]))
    return f"""
    tl.kernel @phases(%X: memref<{rows}x{columns}xi32>, %Y: memref<{rows}x{columns}xi32> out) {{
      %S = tl.alloc : memref<{rows}xi32>
      tl.nest (%i = {rows}) reduce (%k = {columns}) acc (%a : i32 max) schedule [i, k] update {{
        %x = tl.load %X[%i, %k]
        %n = arith.maxsi %a, %x : i32
        tl.yield %n
      }} finish {{ tl.store %a, %S[%i] }}
      tl.nest (%i = {rows}, %j = {columns}) schedule [i, j] finish {{
        %x = tl.load %X[%i, %j]
        %s = tl.load %S[%i + {shift}] else 5
        %y = arith.muli %x, %s : i32
        tl.store %y, %Y[%i, %j] }}
      tl.nest (%r = {rows}, %j = {columns}) schedule [r, j] finish {{
        %y = tl.load %Y[%r, %j]
        %s = tl.load %S[%r]
        %z = arith.subi %y, %s : i32
        tl.store %z, %Y[%r, %j] }} }}"""


KERNELS = st.one_of(convolutions(), paddings(), searches(), shared_loops(), phases())

# ---------------------------------------------------------------- edits


Edit = Callable[[st.DrawFn, KernelOp, NestOp], None]


def random_axis(draw: st.DrawFn, nest: NestOp) -> str:
    return draw(st.sampled_from([axis.name for axis in nest.axes]))


def random_tile(draw: st.DrawFn, kernel: KernelOp, nest: NestOp) -> None:
    axis = random_axis(draw, nest)
    piece = st.builds(Piece, st.sampled_from([None, None, 1, 2]), st.integers(1, 5))
    several = st.lists(piece, min_size=1, max_size=3)
    at = draw(st.none() | st.integers(0, len(nest.schedule)))
    tile(nest, axis, draw(st.integers(1, 6) | several), at)


def random_interchange(draw: st.DrawFn, kernel: KernelOp, nest: NestOp) -> None:
    interchange(nest, draw(st.permutations([entry.axis for entry in nest.schedule])))


def random_vectorize(draw: st.DrawFn, kernel: KernelOp, nest: NestOp) -> None:
    vectorize(nest, random_axis(draw, nest), draw(st.integers(1, 8)))


def random_unroll(draw: st.DrawFn, kernel: KernelOp, nest: NestOp) -> None:
    factor = draw(st.none() | st.integers(1, 4))
    level = draw(st.none() | st.integers(0, 2))
    unroll(nest, random_axis(draw, nest), factor, chain=draw(st.booleans()), level=level)


def random_parallelize(draw: st.DrawFn, kernel: KernelOp, nest: NestOp) -> None:
    phase = draw(st.sampled_from([p for p in kernel.phases if isinstance(p, NestOp | ForOp)]))
    parallelize(phase, draw(st.integers(1, 2)))


def random_peel(draw: st.DrawFn, kernel: KernelOp, nest: NestOp) -> None:
    exact = draw(st.booleans())
    loops = [op for op in kernel.walk() if isinstance(op, ForOp)]
    if loops and draw(st.booleans()):
        peel_loop(loops[0], exact=exact)
    else:
        peel(nest, random_axis(draw, nest), exact=exact)


def random_fuse(draw: st.DrawFn, kernel: KernelOp, nest: NestOp) -> None:
    kinds = [kind for kind in (nest.spatial, nest.reduction) if len(kind) > 1]
    names = [axis.name for axis in draw(st.sampled_from(kinds or [nest.axes]))]
    first = draw(st.integers(0, max(0, len(names) - 2)))
    fuse_axes(nest, names[first : first + draw(st.integers(2, 3))])


def random_rfactor(draw: st.DrawFn, kernel: KernelOp, nest: NestOp) -> None:
    axis = draw(st.sampled_from(nest.reduction or nest.axes))
    extent = axis.extent if isinstance(axis.extent, int) else 1
    rfactor(nest, axis.name, draw(st.sampled_from([n for n in range(1, 9) if extent % n == 0])))


def random_fuse_nests(draw: st.DrawFn, kernel: KernelOp, nest: NestOp) -> None:
    found = [phase for phase in kernel.phases if isinstance(phase, NestOp)]
    first = draw(st.integers(0, len(found)))
    fuse_nests(found[first : first + draw(st.integers(2, 3))] or nests_of(kernel)[:1])


BODIES: Sequence[Edit] = (random_fuse, random_rfactor, random_fuse_nests)
SCHEDULES: Sequence[Edit] = (
    random_tile,
    random_interchange,
    random_vectorize,
    random_unroll,
    random_parallelize,
    random_peel,
)


@st.composite
def edited(draw: st.DrawFn, kernel: KernelOp) -> KernelOp:
    """A copy of the kernel after those of some random edits that keep it legal."""
    bodies = draw(st.lists(st.sampled_from(BODIES), max_size=2))
    schedules = draw(st.lists(st.sampled_from(SCHEDULES), min_size=1, max_size=6))
    for edit in [*bodies, *schedules]:
        copy = kernel.clone()
        try:
            edit(draw, copy, draw(st.sampled_from(nests_of(copy))))
            copy.verify()
        except (EditError, ScheduleError, VerifyException):
            event(f"{edit.__name__} refused")
            continue
        event(f"{edit.__name__} done")
        kernel = copy
    return kernel


def random_buffers(kernel: KernelOp) -> list[Array]:
    """Small random integers for each buffer."""
    rng = np.random.default_rng(0)
    types = [as_memref(argument.type) for argument in kernel.args]
    return [
        rng.integers(-9, 10, type_.get_shape()).astype(dtype_of(type_.element_type))
        for type_ in types
    ]


MOST_COMPILED = 256
UNROLLED = (LoopKind.UNROLL, LoopKind.CHAIN, LoopKind.VECTOR)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_legal_edits_change_no_result(data: st.DataObject) -> None:
    original = parse(data.draw(KERNELS))
    kernel = data.draw(edited(original))
    wanted = random_buffers(original)
    evaluate_kernel(original, wanted)
    for scheduled in (False, True):
        found = random_buffers(original)
        evaluate_kernel(kernel, found, scheduled=scheduled)
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(one, other, err_msg=str(kernel))


def unrolled(nest: NestOp) -> int:
    """How many points are unrolled or in a vector, at most."""
    axes = {entry.axis for entry in nest.schedule if entry.kind in UNROLLED}
    return prod(extent for axis in axes if isinstance(extent := nest.axis(axis).extent, int))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_edited_kernels_compile_to_the_same(data: st.DataObject) -> None:
    """Chunks run backwards. What LLVM would unroll for long is left to the evaluator."""
    original = parse(data.draw(KERNELS))
    kernel = data.draw(edited(original))
    assume(all(unrolled(nest) <= MOST_COMPILED for nest in nests_of(kernel)))
    wanted, found = random_buffers(original), random_buffers(original)
    evaluate_kernel(original, wanted)
    assert Compiled(functions=lower(ModuleOp([kernel.clone()])))(found)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=str(kernel))


@pytest.mark.parametrize("shift", ["%i", "%i + 1", "%i - 1"])
@pytest.mark.parametrize("target", ["X", "Y"])
def test_nests_are_fused_where_rows_stay_apart(shift: str, target: str) -> None:
    """Rows of the first nest are read by the second, or overwritten after another one is read."""
    kernel = parse(f"""
    tl.kernel @k(%X: memref<6x4xi32> inout, %Y: memref<6x4xi32> inout) {{
      tl.nest (%i = 6, %j = 4) schedule [i, j] finish {{
        %x = tl.load %X[{shift}, %j] else 5
        tl.store %x, %Y[%i, %j] }}
      tl.nest (%i = 6, %j = 4) schedule [i, j] finish {{
        %y = tl.load %Y[{shift if target == "X" else "%i"}, 3 - %j] else 7
        tl.store %y, %X[%i, %j] }} }}""")
    wanted, found = random_buffers(kernel), random_buffers(kernel)
    evaluate_kernel(kernel, wanted)
    if shift != "%i":
        with pytest.raises(EditError, match="touch what others write"):
            fuse_nests(nests_of(kernel))
    else:
        fuse_nests(nests_of(kernel))
        assert isinstance(kernel.block.first_op, ForOp)
    kernel.verify()
    evaluate_kernel(kernel, found)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("axes", ["i,j", "j,l", "i,j,l", "u,v"])
def test_fused_axes_are_digits_of_the_new_one(axes: str) -> None:
    """As indices, below `floordiv`, and as values."""
    kernel = parse("""
    tl.kernel @k(%X: memref<5x4x6xi32>, %Y: memref<5x12xi32> out, %Z: memref<60xi32> out) {
      tl.nest (%i = 5, %j = 4, %l = 3) reduce (%u = 2, %v = 3) acc (%a : i32 add)
        schedule [i, j, l, u, v] update {
        %x = tl.load %X[%i, %j, %l + %v floordiv 2 + 2*%u]
        %n = arith.index_cast %v : index to i32
        %m = arith.muli %n, %x : i32
        %o = arith.index_cast %u : index to i32
        %s = arith.addi %m, %o : i32
        %t = arith.addi %s, %a : i32
        tl.yield %t
      } finish {
        tl.store %a, %Y[%i, 3*%j + %l]
        %p = arith.index_cast %i : index to i32
        %q = arith.index_cast %j : index to i32
        %r = arith.index_cast %l : index to i32
        %c = arith.constant 100 : i32
        %d = arith.muli %p, %c : i32
        %e = arith.addi %d, %q : i32
        %f = arith.muli %e, %c : i32
        %g = arith.addi %f, %r : i32
        tl.store %g, %Z[12*%i + 3*%j + %l]
      } }""")
    wanted, found = random_buffers(kernel), random_buffers(kernel)
    evaluate_kernel(kernel, wanted)
    fuse_axes(nests_of(kernel)[0], axes.split(","), "p")
    kernel.verify()
    evaluate_kernel(kernel, found)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("parts", [1, 2, 5, 10])
def test_parts_know_where_they_start(parts: int) -> None:
    """The index is used in an access and as a value."""
    kernel = parse("""
    tl.kernel @k(%X: memref<10xi32>, %Y: memref<i32> out) {
      tl.nest () reduce (%k = 10) acc (%a : i32 add) schedule [k] update {
        %x = tl.load %X[%k]
        %i = arith.index_cast %k : index to i32
        %m = arith.muli %x, %i : i32
        %n = arith.addi %a, %m : i32
        tl.yield %n
      } finish { tl.store %a, %Y[] } }""")
    first, second = rfactor(nests_of(kernel)[0], "k", parts)
    kernel.verify()
    assert [axis.extent for axis in (*first.axes, *second.axes)] == [parts, 10 // parts, parts]
    x, y = np.arange(3, 13, dtype=np.int32), np.zeros((), np.int32)
    evaluate_kernel(kernel, [x, y])
    assert y == x @ np.arange(10)


def test_pieces_are_written_as_in_schedules() -> None:
    assert parse_pieces(["8"]) == (Piece(None, 8),)
    assert parse_pieces(["1x1", "*x4"]) == (Piece(1, 1), Piece(None, 4))
    for texts in (["0"], ["4", "4"], ["4 unroll"], [""]):
        with pytest.raises(ScheduleError):
            parse_pieces(texts)


def test_edits_from_python() -> None:
    """The register tile of a convolution, step by step."""
    kernel = parse("""
    tl.kernel @conv(%X: memref<16x16x16xf32>, %W: memref<3x3x16x16xf32>,
                    %Y: memref<16x16x16xf32> out) {
      tl.nest (%oh = 16, %ow = 16, %l = 16) reduce (%kh = 3, %kw = 3, %ic = 16) acc (%a : f32 add)
      update {
        %x = tl.load %X[%oh + %kh - 1, %ow + %kw - 1, %ic] else skip
        %w = tl.load %W[%kh, %kw, %ic, %l]
        %n = math.fma %x, %w, %a : f32
        tl.yield %n
      } finish {
        tl.store %a, %Y[%oh, %ow, %l]
      } }""")
    (nest,) = nests_of(kernel)
    tile(nest, "ow", 6)
    tile(nest, "ic", 2)
    vectorize(nest, "l", 8)
    interchange(nest, ["oh", "ow", "kh", "kw", "ic", "ic", "ow", "l", "l"])
    for axis in ("ic", "ow", "l"):
        unroll(nest, axis)
    parallelize(nest)
    kernel.verify()
    assert nest.schedule == Schedule.parse(
        "[oh parallel, ow by 6, kh, kw, ic by 2, ic unroll, ow unroll, l by 8 unroll, l vector]"
    )
    assert nest.schedule[0].kind is LoopKind.PARALLEL


def test_edits_of_a_dynamic_axis_are_legal() -> None:
    kernel = parse("""
    tl.kernel @add(%X: memref<?xi32> sizes (n), %Y: memref<?xi32> out sizes (n)) {
      %c0 = arith.constant 0 : index
      %n = memref.dim %X, %c0 : memref<?xi32>
      tl.nest (%i = %n) schedule [i] finish {
        %x = tl.load %X[%i]
        tl.store %x, %Y[%i]
      } }""")
    (nest,) = nests_of(kernel)
    vectorize(nest, "i", 8)
    unroll(nest, "i", 4)
    tile(nest, "i", 64, at=0)
    parallelize(nest)
    kernel.verify()
    for size in (0, 7, 100):
        x = np.arange(size, dtype=np.int32)
        y = np.zeros_like(x)
        evaluate_kernel(kernel, [x, y], scheduled=True)
        np.testing.assert_array_equal(y, x)

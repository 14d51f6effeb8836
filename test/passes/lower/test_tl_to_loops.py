"""Nests compiled through loops and LLVM compute what their definition says, however scheduled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tl_kernels import check, lower, parse

EXAMPLES = settings(max_examples=12, deadline=None)


# ---------------------------------------------------------------- schedules


@st.composite
def schedules(
    draw: st.DrawFn,
    spatial: Mapping[str, int],
    reduction: Mapping[str, int] | None = None,
    vectors: Sequence[str] = (),
) -> str:
    """A legal schedule; one of ``vectors`` may be the vector axis."""
    reduction = reduction or {}
    vector = draw(st.sampled_from([None, *vectors]))
    unrolled = draw(st.sampled_from([*spatial, *reduction]))  # of many LLVM would take long
    queues: list[list[tuple[str, str]]] = []
    for axis, extent in {**spatial, **reduction}.items():
        kinds = ["", " unroll"] if axis == unrolled else [""]
        kinds += [] if axis in spatial else [" chain"]
        queue: list[tuple[str, str]] = []
        length = extent
        for level in range(draw(st.integers(0, 2))):
            size = draw(st.integers(1, max(1, length)))
            first = draw(st.integers(0, min(2, length))) if level == 0 else 0
            pieces = f"({first}x1, *x{size})" if first else str(size)
            queue.append((f"{axis} by {pieces}", draw(st.sampled_from(kinds))))
            length = size
        if axis != vector:
            queue.append((axis, draw(st.sampled_from(kinds))))
        queues.append(queue)
    order = draw(st.permutations([n for n, queue in enumerate(queues) for _ in queue]))
    entries = [queues[n].pop(0) for n in order]
    for index in range(draw(st.integers(0, 2))):
        if index >= len(entries) or entries[index][0].split(" ")[0] not in spatial:
            break
        entries[index] = (entries[index][0], " parallel")
    texts = [text + kind for text, kind in entries]
    return ", ".join(texts if vector is None else [*texts, f"{vector} vector"])


def extents(*names: str, least: int = 1, most: int = 7) -> st.SearchStrategy[dict[str, int]]:
    """Extents for axes."""
    sizes = st.tuples(*(st.integers(least, most) for _ in names))
    return sizes.map(lambda each: dict(zip(names, each, strict=True)))


# ---------------------------------------------------------------- scheduled at random


@EXAMPLES
@given(st.data())
def test_convolution(data: st.DataObject) -> None:
    kernel, stride = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    pad = data.draw(st.integers(0, kernel - 1))
    sizes = data.draw(extents("oh", "ow"))
    height, width = ((n - 1) * stride + kernel - 2 * pad for n in sizes.values())
    assume(height > 0 and width > 0)
    spatial = {"oc": 2, **sizes, "l": 8}
    reduction = {"kh": kernel, "kw": kernel, "ic": 4}
    schedule = data.draw(schedules(spatial, reduction, ["l", "ic", "kw"]))
    oh, ow = sizes.values()
    check(
        f"""tl.kernel @conv(%X: memref<{height}x{width}x4xf32>, %B: memref<2x8xf32>,
            %W: memref<2x{kernel}x{kernel}x4x8xf32>, %Y: memref<2x{oh}x{ow}x8xf32> out) {{
          tl.nest (%oc = 2, %oh = {oh}, %ow = {ow}, %l = 8)
            reduce (%kh = {kernel}, %kw = {kernel}, %ic = 4) acc (%a : f32 add)
            schedule [{schedule}]
          init {{
            %b = tl.load %B[%oc, %l]
            tl.yield %b
          }} update {{
            %x = tl.load %X[{stride}*%oh + %kh - {pad}, {stride}*%ow + %kw - {pad}, %ic] else skip
            %w = tl.load %W[%oc, %kh, %kw, %ic, %l]
            %n = math.fma %x, %w, %a : f32
            tl.yield %n
          }} finish {{
            %zero = arith.constant 0.0 : f32
            %t = arith.maximumf %a, %zero : f32
            tl.store %t, %Y[%oc, %oh, %ow, %l]
          }} }}"""
    )


@EXAMPLES
@given(st.data())
def test_matmul_with_two_results(data: st.DataObject) -> None:
    sizes = data.draw(extents("i", "j"))
    k = data.draw(st.integers(1, 20))
    schedule = data.draw(schedules(sizes, {"k": k}, ["j", "k"]))
    i, j = sizes.values()
    check(
        f"""tl.kernel @matmul(%A: memref<{i}x{k}xf32>, %B: memref<{k}x{j}xf32>,
            %Y: memref<{i}x{j}xf32> out, %M: memref<{i}x{j}xf32> out) {{
          tl.nest (%i = {i}, %j = {j}) reduce (%k = {k}) acc (%s : f32 add, %m : f32 max)
            schedule [{schedule}]
          update {{
            %a = tl.load %A[%i, %k]
            %b = tl.load %B[%k, %j]
            %n = math.fma %a, %b, %s : f32
            %p = arith.mulf %a, %b : f32
            %o = arith.maximumf %m, %p : f32
            tl.yield %n, %o
          }} finish {{
            tl.store %s, %Y[%i, %j]
            tl.store %m, %M[%i, %j]
          }} }}"""
    )


@EXAMPLES
@given(st.data())
def test_padding_with_a_constant(data: st.DataObject) -> None:
    """Guards of loads and of stores, also along the vector axis."""
    sizes = data.draw(extents("i", "j", most=9))
    i, j = sizes.values()
    before, shift = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
    schedule = data.draw(schedules(sizes, {}, ["j"]))
    height, width = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))
    check(
        f"""tl.kernel @pad(%X: memref<{height}x{width}xf32>, %Y: memref<{i}x{j}xf32> inout) {{
          tl.nest (%i = {i}, %j = {j}) schedule [{schedule}] finish {{
            %x = tl.load %X[%i - {before}, %j - {before}] else -2.5
            tl.store %x, %Y[%i - {shift}, %j - {shift}] else skip
          }} }}"""
    )


@EXAMPLES
@given(st.data())
def test_average_pool_that_counts_its_points(data: st.DataObject) -> None:
    """Two accumulators, one without a load; undecided guards in lanes."""
    n = data.draw(st.integers(1, 12))
    schedule = data.draw(schedules({"i": n}, {"k": 3}, ["i", "k"]))
    check(
        f"""tl.kernel @pool(%X: memref<{n}xf32>, %Y: memref<{n}xf32> out) {{
          tl.nest (%i = {n}) reduce (%k = 3) acc (%a : f32 add, %c : f32 add)
            schedule [{schedule}]
          update {{
            %x = tl.load %X[%i + %k - 1] else skip
            %one = arith.constant 1.0 : f32
            %n = arith.addf %a, %x : f32
            %m = arith.addf %c, %one : f32
            tl.yield %n, %m
          }} finish {{
            %q = arith.divf %a, %c : f32
            tl.store %q, %Y[%i]
          }} }}"""
    )


@EXAMPLES
@given(st.data())
def test_argmax(data: st.DataObject) -> None:
    """Accumulators of kind custom, combined over chains and lanes."""
    n = data.draw(st.integers(1, 40))
    schedule = data.draw(schedules({"r": 2}, {"k": n}, ["k"]))
    numbers = np.random.default_rng(n).permutation(2 * n).reshape(2, n).astype(np.float32)
    check(
        f"""tl.kernel @argmax(%X: memref<2x{n}xf32>, %Y: memref<2xi32> out) {{
          tl.nest (%r = 2) reduce (%k = {n}) acc (%v : f32 custom, %p : i32 custom)
            schedule [{schedule}]
          init {{
            %low = arith.constant -1.0e9 : f32
            %none = arith.constant -1 : i32
            tl.yield %low, %none
          }} update {{
            %x = tl.load %X[%r, %k]
            %i = arith.index_cast %k : index to i32
            %c = arith.cmpf ogt, %x, %v : f32
            %n = arith.select %c, %x, %v : f32
            %m = arith.select %c, %i, %p : i32
            tl.yield %n, %m
          }} combine (%v, %p), (%v_1, %p_1) {{
            %c = arith.cmpf ogt, %v, %v_1 : f32
            %n = arith.select %c, %v, %v_1 : f32
            %m = arith.select %c, %p, %p_1 : i32
            tl.yield %n, %m
          }} finish {{
            tl.store %p, %Y[%r]
          }} }}""",
        {"X": numbers},
    )


@EXAMPLES
@given(st.data())
def test_flattened_axis(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    n = height * width
    schedule = data.draw(schedules({"p": n, "l": 4}, {"kh": 3, "kw": 3}, ["l"]))
    check(
        f"""tl.kernel @flat(%X: memref<{height}x{width}x4xf32>, %Y: memref<{n}x4xf32> out) {{
          tl.nest (%p = {n}, %l = 4) reduce (%kh = 3, %kw = 3) acc (%a : f32 add)
            schedule [{schedule}]
          update {{
            %x = tl.load %X[%p floordiv {width} + %kh - 1, %p mod {width} + %kw - 1, %l] else skip
            %n = arith.addf %x, %a : f32
            tl.yield %n
          }} finish {{ tl.store %a, %Y[%p, %l] }} }}"""
    )


KINDS = {
    "add": ("arith.addf", "arith.addi"),
    "mul": ("arith.mulf", "arith.muli"),
    "min": ("arith.minimumf", "arith.minsi"),
    "max": ("arith.maximumf", "arith.maxsi"),
    "and": (None, "arith.andi"),
    "or": (None, "arith.ori"),
    "xor": (None, "arith.xori"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("type_", ["f32", "i32"])
@pytest.mark.parametrize("start", [False, True])
def test_kinds_over_chains_and_lanes(kind: str, type_: str, start: bool) -> None:
    """60 = 3x16 + 8 + 4: vectors of three lengths, with and without `init`."""
    on_float, on_int = KINDS[kind]
    op = on_int if type_ == "i32" else on_float
    if op is None:
        return
    init = "init { %b = tl.load %B[] tl.yield %b }" if start else ""
    check(
        f"""tl.kernel @reduce(%X: memref<60x{type_}>, %B: memref<{type_}>,
                              %Y: memref<{type_}> out) {{
          tl.nest () reduce (%k = 60) acc (%a : {type_} {kind})
            schedule [k by 32, k by (*x16, *x8, *x4) chain, k vector]
          {init} update {{
            %x = tl.load %X[%k]
            %n = {op} %a, %x : {type_}
            tl.yield %n
          }} finish {{ tl.store %a, %Y[] }} }}"""
    )


# ---------------------------------------------------------------- one of each kind


def test_linear_with_operands_known_to_be_zero() -> None:
    """Winograd's input transform: rows in pairs, and peeled edges that load zeros."""
    check(
        """tl.kernel @transform(%X: memref<12x6x8xf32>, %Y: memref<3x6x6x8xf32> out) {
          tl.for %ty = 3 by (1x1, *x1, 1x1) parallel {
            tl.nest (%j = 6, %l = 8) schedule [j unroll, l vector] finish {
              %d:6 = tl.load %X[4*%ty + (0:6) - 1, %j, %l] else 0.0
              %t:6 = tl.linear #tl.matrix<[[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0],
                [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0],
                [0, 4, 0, -5, 0, 1/2]]>, %d
              tl.store %t, %Y[%ty, 0:6, %j, %l] } } }"""
    )


def test_linear_of_integers() -> None:
    check(
        """tl.kernel @linear(%X: memref<3x5xi32>, %Y: memref<2x5xi32> out) {
          tl.nest (%i = 5) schedule [i] finish {
            %d:3 = tl.load %X[0:3, %i]
            %t:2 = tl.linear #tl.matrix<[[1, -2, 3], [0, 0, 0]]>, %d
            tl.store %t, %Y[0:2, %i] } }"""
    )


@pytest.mark.parametrize("size", [7, 5000])
def test_loops_around_nests(size: int) -> None:
    """Pieces of two lengths share scratch, which lies in the workspace where it is large."""
    check(
        f"""tl.kernel @twice(%X: memref<11x7xf32>, %Y: memref<11x7xf32> out) {{
          tl.for %i, %n = 11 by 4 {{
            %S = tl.alloc : memref<4x{size}xf32>
            tl.nest (%r = %n, %j = 7) schedule [r, j by 4, j vector] finish {{
              %x = tl.load %X[%i + %r, %j]
              %y = arith.addf %x, %x : f32
              tl.store %y, %S[%r, %j] }}
            tl.nest (%r = %n, %j = 7) schedule [r unroll, j by 4, j vector] finish {{
              %x = tl.load %S[%r, 6 - %j]
              tl.store %x, %Y[%i + %r, %j] }} }} }}"""
    )


def test_phases_share_scratch_of_the_kernel() -> None:
    text = """tl.kernel @phases(%X: memref<6x4xf32>, %Y: memref<6x4xf32> out) {
          %S = tl.alloc : memref<6x4xf32, strided<[5, 1]>>
          tl.nest (%i = 6, %j = 4) schedule [i parallel, j vector] finish {
            %x = tl.load %X[%i, %j]
            tl.store %x, %S[%i, %j] }
          tl.nest (%i = 6, %j = 4) schedule [i, j vector] finish {
            %x = tl.load %S[5 - %i, %j]
            tl.store %x, %Y[%i, %j] } }"""
    module, _ = parse(text)
    assert [op.sym_name.data for op in lower(module)] == ["phases.0", "phases.1"]
    check(text)


@pytest.mark.parametrize("schedule", ["i, j", "i, j vector", "i parallel, j unroll"])
def test_gather(schedule: str) -> None:
    """Computed indices; those outside are moved into the buffer."""
    indices = np.array([3, -1, 0, 9, 4], np.int32)
    check(
        f"""tl.kernel @gather(%I: memref<5xi32>, %X: memref<5x3xf32>, %Y: memref<3x5xf32> out) {{
          tl.nest (%i = 3, %j = 5) schedule [{schedule}] finish {{
            %k = tl.load %I[%j]
            %r = arith.index_cast %k : i32 to index
            %x = tl.load %X[%r, %i] checked
            tl.store %x, %Y[%i, %j] }} }}""",
        {"I": indices},
    )


@pytest.mark.parametrize("schedule", ["i, k", "i unroll, k unroll"])
def test_running_sum(schedule: str) -> None:
    """A store in update of a value that depends on the accumulator."""
    check(
        f"""tl.kernel @cumsum(%X: memref<3x9xf32>, %Y: memref<3x9xf32> out) {{
          tl.nest (%i = 3) reduce (%k = 9) acc (%a : f32 add) schedule [{schedule}]
          update {{
            %x = tl.load %X[%i, %k]
            %n = arith.addf %a, %x : f32
            tl.store %n, %Y[%i, %k]
            tl.yield %n }} }}"""
    )


def test_softmax_row() -> None:
    """Values stored by `update` while it reduces over chains and lanes: 43 = 2x16 + 8 + 2 + 1."""
    check(
        """tl.kernel @rows(%X: memref<3x43xf32>, %Y: memref<3x43xf32> out) {
          tl.for %r = 3 parallel {
            %s = tl.alloc : memref<f32>
            tl.nest () reduce (%j = 43) acc (%a : f32 add)
              schedule [j by 32, j by (*x16, *x8, *x2, *x1) chain, j vector]
            update {
              %x = tl.load %X[%r, %j]
              %e = arith.mulf %x, %x : f32
              tl.store %e, %Y[%r, %j]
              %n = arith.addf %a, %e : f32
              tl.yield %n } finish { tl.store %a, %s[] }
            tl.nest (%j = 43) schedule [j by 32, j by (*x16, *x8, *x1) unroll, j vector] finish {
              %y = tl.load %Y[%r, %j]
              %t = tl.load %s[]
              %p = arith.divf %y, %t : f32
              tl.store %p, %Y[%r, %j] } } }"""
    )


def test_weights_are_loaded_outside_of_the_pixel_loops() -> None:
    """Depthwise: the loads that depend on taps alone stand before the loops over pixels."""
    text = """tl.kernel @depthwise(%X: memref<2x9x9x8xf32>, %W: memref<2x3x3x8xf32>,
                               %Y: memref<2x7x7x8xf32> out) {
          tl.nest (%c = 2, %oh = 7, %ow = 7, %l = 8) reduce (%kh = 3, %kw = 3) acc (%a : f32 add)
            schedule [c, oh, ow by 4, kh unroll, kw unroll, ow unroll, l vector]
          update {
            %x = tl.load %X[%c, %oh + %kh, %ow + %kw, %l]
            %w = tl.load %W[%c, %kh, %kw, %l]
            %n = math.fma %x, %w, %a : f32
            tl.yield %n
          } finish { tl.store %a, %Y[%c, %oh, %ow, %l] } }"""
    module, _ = parse(text)
    (function,) = lower(module)
    weights = [
        op
        for op in function.walk()
        if op.name == "vector.load" and op.operands[0] is function.body.block.args[1]
    ]
    depths: list[int] = []
    for op in weights:
        depth, parent = 0, op.parent_op()
        while parent is not function and parent is not None:
            depth, parent = depth + 1, parent.parent_op()
        depths.append(depth)
    assert depths == [3]  # in the loops over c, kh and kw, that fill scratch
    check(text)


def test_staged_vectors_of_several_lengths() -> None:
    """A vector of two lanes between scalars: 4 = 1 + 2 + 1."""
    check(
        """tl.kernel @staged(%X: memref<4xf32>, %Y: memref<3xf32> out) {
          tl.nest (%i = 3) reduce (%k = 4) acc (%a : f32 add)
            schedule [i, k by (1x1, *x2) chain, k vector]
          update {
            %x = tl.load %X[%k]
            %n = arith.addf %x, %a : f32
            tl.yield %n
          } finish { tl.store %a, %Y[%i] } }"""
    )


@pytest.mark.parametrize(("n", "k"), [(0, 3), (3, 0), (0, 0)])
@pytest.mark.parametrize("schedule", ["i, k", "i parallel, k by 2 chain, k vector", "k, i unroll"])
def test_empty_axes(n: int, k: int, schedule: str) -> None:
    """Nothing is stored without points; without terms, what `init` yields is."""
    if "parallel" in schedule and k == 0:
        schedule = "i parallel, k"
    check(
        f"""tl.kernel @empty(%X: memref<3x3xf32>, %Y: memref<3xf32> inout) {{
          tl.nest (%i = {n}) reduce (%k = {k}) acc (%a : f32 add) schedule [{schedule}]
          init {{
            %s = arith.constant 2.5 : f32
            tl.yield %s
          }} update {{
            %x = tl.load %X[%i, %k]
            %n = arith.addf %a, %x : f32
            tl.yield %n
          }} finish {{ tl.store %a, %Y[%i] }} }}"""
    )


def test_a_reduction_of_nothing_inside_leaves_the_start() -> None:
    check(
        """tl.kernel @outside(%X: memref<4xf32>, %Y: memref<3xf32> out) {
          tl.nest (%i = 3) reduce (%k = 4) acc (%a : f32 max) schedule [i, k by 2 chain, k vector]
          init {
            %s = arith.constant 1.5 : f32
            tl.yield %s
          } update {
            %x = tl.load %X[%i + %k + 9] else skip
            %n = arith.maximumf %a, %x : f32
            tl.yield %n
          } finish { tl.store %a, %Y[%i] } }"""
    )


def test_axes_as_values() -> None:
    check(
        """tl.kernel @iota(%Y: memref<3x8xi32> out) {
          tl.nest (%i = 3, %j = 8) schedule [i, j by 4, j vector] finish {
            %a = arith.index_cast %i : index to i32
            %b = arith.index_cast %j : index to i32
            %c = arith.muli %a, %b : i32
            tl.store %c, %Y[%i, %j] } }"""
    )


def test_accumulators_too_large_for_the_stack_lie_in_the_workspace() -> None:
    text = """tl.kernel @large(%X: memref<4x50000xf32>, %Y: memref<50000xf32> out) {
          tl.nest (%i = 50000) reduce (%k = 4) acc (%a : f32 add)
            schedule [k, i by 8, i vector]
          update {
            %x = tl.load %X[%k, %i]
            %n = arith.addf %a, %x : f32
            tl.yield %n
          } finish { tl.store %a, %Y[%i] } }"""
    module, _ = parse(text)
    (function,) = lower(module)
    assert "memref<200000xi8>" in str(function.function_type)
    check(text)


@pytest.mark.parametrize("contract", ["", "mayalias"])
def test_loads_stay_behind_stores_they_may_see(contract: str) -> None:
    """Only of a buffer that overlaps no other a load is made outside of the loop that stores."""
    module, _ = parse(
        f"""tl.kernel @alias(%X: memref<4xf32> {contract}, %Y: memref<4xf32> out {contract}) {{
          tl.nest (%i = 4) schedule [i] finish {{
            %x = tl.load %X[0]
            tl.store %x, %Y[%i] }} }}"""
    )
    (function,) = lower(module)
    (load,) = (op for op in function.walk() if op.name == "memref.load")
    assert (load.parent_op() is function) == (contract == "")

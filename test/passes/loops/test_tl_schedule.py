"""Schedules that tl-schedule chooses are legal on every target and leave results as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from xdsl.dialects.builtin import ModuleOp

from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.dialects.tl import Entry, ForOp, KernelOp, LoopKind, NestOp, Schedule
from inlay.dialects.tl.evaluate import evaluate_kernel
from inlay.passes.loops.shared_loops import group
from inlay.passes.loops.tl_schedule import TlSchedule, choose
from inlay.passes.target_attribute import set_target
from inlay.target.description import TARGETS, Target
from tl_kernels import Compiled, lower, random_buffers

Array = NDArray[np.generic]

Kernels = Callable[[], st.SearchStrategy[str]]

SIZES = st.sampled_from([1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33])
FEW = st.sampled_from([1, 2, 3, 4, 5, 7, 8])
TARGET_NAMES = st.sampled_from(sorted(TARGETS))


def parse(text: str, target: Target) -> tuple[ModuleOp, KernelOp]:
    """A verified module for a target, and its kernel."""
    module = parse_module(make_context(), text)
    module.verify()
    set_target(module, target)
    kernel = module.body.block.first_op
    assert isinstance(kernel, KernelOp)
    return module, kernel


def nests_of(kernel: KernelOp) -> list[NestOp]:
    """The nests of a kernel."""
    return [op for op in kernel.walk() if isinstance(op, NestOp)]


def buffers_of(kernel: KernelOp, sizes: Mapping[str, int]) -> list[Array]:
    """Small whole numbers, whose sums are exact in any order."""
    rng = np.random.default_rng(0)
    return [
        rng.integers(-4, 5, buffer.shape).astype(buffer.dtype)
        for buffer in random_buffers(kernel, sizes)
    ]


# ---------------------------------------------------------------- a zoo of kernels


@st.composite
def convolutions(draw: st.DrawFn) -> str:
    """Blocked convolutions, grouped ones and such of one tap among them."""
    lanes = draw(st.sampled_from([4, 8, 16]))
    taps, stride = draw(st.sampled_from([(1, 1), (1, 2), (3, 1), (3, 2), (5, 1)]))
    size = draw(st.sampled_from([5, 7, 9, 13]))
    blocks, inputs = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    result = (size + 2 * (taps // 2) - taps) // stride + 1
    rows, columns = (f"{stride}*%o{x} + %k{x} - {taps // 2}" for x in "hw")
    return f"""
    tl.kernel @conv(%X: memref<{inputs}x{size}x{size}x{lanes}xf32>,
                    %W: memref<{blocks}x{inputs}x{taps}x{taps}x{lanes}x{lanes}xf32>,
                    %B: memref<{blocks}x{lanes}xf32>,
                    %Y: memref<{blocks}x{result}x{result}x{lanes}xf32> out) {{
      tl.nest (%n = 1, %oc = {blocks}, %oh = {result}, %ow = {result}, %l = {lanes})
        reduce (%cb = {inputs}, %kh = {taps}, %kw = {taps}, %ic = {lanes}) acc (%a : f32 add)
      init {{
        %b = tl.load %B[%oc, %l]
        tl.yield %b
      }} update {{
        %x = tl.load %X[%cb, {rows}, {columns}, %ic] else skip
        %w = tl.load %W[%oc, %cb, %kh, %kw, %ic, %l]
        %s = math.fma %x, %w, %a : f32
        tl.yield %s
      }} finish {{
        tl.store %a, %Y[%oc, %oh, %ow, %l]
      }}
    }}"""


@st.composite
def plain_convolutions(draw: st.DrawFn) -> str:
    """Convolutions whose neighbours in memory are pixels of a row, with guarded ends."""
    size, taps = draw(SIZES), draw(st.sampled_from([1, 3, 7]))
    inputs, outputs = draw(st.integers(1, 3)), draw(FEW)
    rows, columns = (f"%o{x} + %k{x} - {taps // 2}" for x in "hw")
    return f"""
    tl.kernel @conv(%X: memref<{inputs}x4x{size}xf32>,
                    %W: memref<{outputs}x{inputs}x{taps}x{taps}xf32>,
                    %Y: memref<{outputs}x4x{size}xf32> out) {{
      tl.nest (%oc = {outputs}, %oh = 4, %ow = {size})
        reduce (%ic = {inputs}, %kh = {taps}, %kw = {taps}) acc (%a : f32 add)
      update {{
        %x = tl.load %X[%ic, {rows}, {columns}] else skip
        %w = tl.load %W[%oc, %ic, %kh, %kw]
        %s = math.fma %x, %w, %a : f32
        tl.yield %s
      }} finish {{
        tl.store %a, %Y[%oc, %oh, %ow]
      }}
    }}"""


@st.composite
def windows(draw: st.DrawFn) -> str:
    """Depthwise convolutions and pooling."""
    lanes, size = draw(st.sampled_from([4, 8, 16])), draw(st.sampled_from([3, 7, 9, 14]))
    stride, blocks = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["add", "max"]))
    step = (
        "%w = tl.load %W[%c, %kh, %kw, %l]\n        %s = math.fma %x, %w, %a : f32"
        if kind == "add"
        else "%s = arith.maximumf %x, %a : f32"
    )
    result = (size - 1) // stride + 1
    rows, columns = (f"{stride}*%o{x} + %k{x} - 1" for x in "hw")
    return f"""
    tl.kernel @window(%X: memref<{blocks}x{size}x{size}x{lanes}xf32>,
                      %W: memref<{blocks}x3x3x{lanes}xf32>,
                      %Y: memref<{blocks}x{result}x{result}x{lanes}xf32> out) {{
      tl.nest (%c = {blocks}, %oh = {result}, %ow = {result}, %l = {lanes})
        reduce (%kh = 3, %kw = 3) acc (%a : f32 {kind})
      update {{
        %x = tl.load %X[%c, {rows}, {columns}, %l] else skip
        {step}
        tl.yield %s
      }} finish {{
        tl.store %a, %Y[%c, %oh, %ow, %l]
      }}
    }}"""


@st.composite
def products(draw: st.DrawFn) -> str:
    """Matrix products, batches of them, and of vectors; the operands lie either way."""
    b, m, n, k = draw(FEW), draw(SIZES), draw(SIZES), draw(SIZES)
    x, xs = draw(st.sampled_from([("%m, %k", (m, k)), ("%k, %m", (k, m))]))
    w, ws = draw(st.sampled_from([("%n, %k", (n, k)), ("%k, %n", (k, n))]))
    return f"""
    tl.kernel @product(%X: memref<{b}x{xs[0]}x{xs[1]}xf32>, %W: memref<{b}x{ws[0]}x{ws[1]}xf32>,
                       %Y: memref<{b}x{m}x{n}xf32> out) {{
      tl.nest (%b = {b}, %m = {m}, %n = {n}) reduce (%k = {k}) acc (%a : f32 add)
      update {{
        %x = tl.load %X[%b, {x}]
        %w = tl.load %W[%b, {w}]
        %s = math.fma %x, %w, %a : f32
        tl.yield %s
      }} finish {{
        tl.store %a, %Y[%b, %m, %n]
      }}
    }}"""


@st.composite
def reductions(draw: st.DrawFn) -> str:
    """Sums and extremes over some axes of three, in memory order or not."""
    extents = dict(zip("ijk", (draw(SIZES) for _ in range(3)), strict=True))
    reduced = draw(st.lists(st.sampled_from("ijk"), min_size=1, unique=True))
    kept = [axis for axis in "ijk" if axis not in reduced]
    kind = draw(st.sampled_from(["add", "max", "min"]))
    type_ = draw(st.sampled_from(["f32", "f64", "i32"]))
    ops = {"add": "add{}", "max": "max{}", "min": "min{}"}
    suffix = {"add": ("f", "i"), "max": ("imumf", "si"), "min": ("imumf", "si")}[kind]
    op = ops[kind].format(suffix[type_.startswith("i")])
    order = draw(st.permutations("ijk"))

    def axes(names: list[str]) -> str:
        return ", ".join(f"%{axis} = {extents[axis]}" for axis in names)

    shape = "".join(f"{extents[axis]}x" for axis in order)
    result = "".join(f"{extents[axis]}x" for axis in kept)
    return f"""
    tl.kernel @reduction(%X: memref<{shape}{type_}>, %Y: memref<{result}{type_}> out) {{
      tl.nest ({axes(kept)}) reduce ({axes(reduced)}) acc (%a : {type_} {kind})
      update {{
        %x = tl.load %X[{", ".join(f"%{axis}" for axis in order)}]
        %s = arith.{op} %x, %a : {type_}
        tl.yield %s
      }} finish {{
        tl.store %a, %Y[{", ".join(f"%{axis}" for axis in kept)}]
      }}
    }}"""


@st.composite
def pointwise(draw: st.DrawFn) -> str:
    """Elementwise with broadcasts and transposes, of rank 0 to 4."""
    rank = draw(st.integers(0, 4))
    names = "ijkl"[:rank]
    extents = {axis: draw(SIZES if rank < 4 else FEW) for axis in names}
    type_ = draw(st.sampled_from(["f32", "f64", "i32", "i8"]))
    order = draw(st.permutations(names)) if rank else []
    some = [axis for axis in names if draw(st.booleans())]
    op = "arith.addi" if type_.startswith("i") else "arith.addf"

    def memref(axes: list[str] | str) -> str:
        return f"memref<{''.join(f'{extents[axis]}x' for axis in axes)}{type_}>"

    def index(axes: list[str] | str) -> str:
        return ", ".join(f"%{axis}" for axis in axes)

    return f"""
    tl.kernel @pointwise(%X: {memref(order)}, %B: {memref(some)}, %Y: {memref(names)} out) {{
      tl.nest ({", ".join(f"%{axis} = {extents[axis]}" for axis in names)}) finish {{
        %x = tl.load %X[{index(order)}]
        %b = tl.load %B[{index(some)}]
        %s = {op} %x, %b : {type_}
        tl.store %s, %Y[{index(names)}]
      }}
    }}"""


@st.composite
def rows(draw: st.DrawFn) -> str:
    """Nests that share a loop and scratch, as in a softmax, with an ordered one."""
    m, n = draw(SIZES), draw(SIZES)
    return f"""
    tl.kernel @rows(%X: memref<{m}x{n}xf32>, %Y: memref<{m}x{n}xf32> out,
                    %Z: memref<{m}x{n}xf32> out) {{
      tl.for %r = {m} {{
        %t = tl.alloc : memref<f32>
        tl.nest () reduce (%j = {n}) acc (%a : f32 max)
        update {{
          %x = tl.load %X[%r, %j]
          %s = arith.maximumf %x, %a : f32
          tl.yield %s
        }} finish {{
          tl.store %a, %t[]
        }}
        tl.nest (%j = {n}) finish {{
          %x = tl.load %X[%r, %j]
          %m = tl.load %t[]
          %d = arith.subf %x, %m : f32
          tl.store %d, %Y[%r, %j]
        }}
        tl.nest () reduce (%j = {n}) acc (%a : f32 add)
        update {{
          %x = tl.load %X[%r, %j]
          %s = arith.addf %x, %a : f32
          tl.store %s, %Z[%r, %j]
          tl.yield %s
        }}
      }}
    }}"""


@st.composite
def selections(draw: st.DrawFn) -> str:
    """Rows picked by an index, then the place of the greatest of each row."""
    m, n, k = draw(FEW), draw(SIZES), draw(FEW)
    return f"""
    tl.kernel @select(%X: memref<{k}x{n}xf32>, %I: memref<{m}xi32>, %G: memref<{m}x{n}xf32> out,
                      %P: memref<{k}xi32> out) {{
      tl.nest (%i = {m}, %j = {n}) finish {{
        %p = tl.load %I[%i]
        %q = arith.index_cast %p : i32 to index
        %x = tl.load %X[%q, %j] checked
        tl.store %x, %G[%i, %j]
      }}
      tl.nest (%i = {k}) reduce (%j = {n}) acc (%v : f32 custom, %p : i32 custom)
      init {{
        %least = arith.constant -1000.0 : f32
        %none = arith.constant 0 : i32
        tl.yield %least, %none
      }} update {{
        %x = tl.load %X[%i, %j]
        %q = arith.index_cast %j : index to i32
        %c = arith.cmpf ogt, %x, %v : f32
        %a = arith.select %c, %x, %v : f32
        %b = arith.select %c, %q, %p : i32
        tl.yield %a, %b
      }} finish {{
        tl.store %p, %P[%i]
      }}
    }}"""


def dynamic() -> st.SearchStrategy[str]:
    """A matrix product and a map, of extents known at run time."""
    return st.just("""
    tl.kernel @dynamic(%X: memref<?x?xf32> sizes (m, k), %W: memref<?x?xf32> sizes (k, n),
                       %Y: memref<?x?xf32> out sizes (m, n),
                       %Z: memref<?x?xf32> out sizes (m, n)) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %m = memref.dim %X, %c0 : memref<?x?xf32>
      %k = memref.dim %X, %c1 : memref<?x?xf32>
      %n = memref.dim %W, %c1 : memref<?x?xf32>
      tl.nest (%i = %m, %j = %n) reduce (%q = %k) acc (%a : f32 add)
      update {
        %x = tl.load %X[%i, %q]
        %w = tl.load %W[%q, %j]
        %s = math.fma %x, %w, %a : f32
        tl.yield %s
      } finish {
        tl.store %a, %Y[%i, %j]
      }
      tl.nest (%i = %m, %j = %n) finish {
        %y = tl.load %Y[%i, %j]
        %z = arith.addf %y, %y : f32
        tl.store %z, %Z[%i, %j]
      }
    }""")


KERNELS = [
    dynamic,
    convolutions,
    plain_convolutions,
    windows,
    products,
    reductions,
    pointwise,
    rows,
    selections,
]


@pytest.mark.parametrize("kernels", KERNELS, ids=lambda each: each.__name__)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_chosen_schedules_are_legal(kernels: Kernels, data: st.DataObject):
    """On every target, for one core and for many."""
    text = data.draw(kernels())
    name, cores = data.draw(TARGET_NAMES), data.draw(st.sampled_from([None, 1, 4, 64]))
    module, kernel = parse(text, TARGETS[name])
    before = [nest.schedule for nest in nests_of(kernel)]
    TlSchedule(cores=cores).apply(make_context(), module)
    module.verify()
    if cores == 1:
        assert not any(LoopKind.PARALLEL in (e.kind for e in n.schedule) for n in nests_of(kernel))
    for nest, old in zip(nests_of(kernel), before, strict=True):
        assert not nest.axes or len(nest.schedule) >= len(old)


@pytest.mark.parametrize("kernels", KERNELS, ids=lambda each: each.__name__)
@given(data=st.data())
@settings(max_examples=4, deadline=None)
def test_compiled_code_agrees(kernels: Kernels, data: st.DataObject):
    """Scheduled for any machine and compiled for this one, a kernel computes the same."""
    text, name = data.draw(kernels()), data.draw(TARGET_NAMES)
    module, kernel = parse(text, TARGETS[name])
    buffers = buffers_of(kernel, {name: data.draw(SIZES) for name in "mnk"})
    expected = [buffer.copy() for buffer in buffers]
    evaluate_kernel(kernel, expected)
    TlSchedule(cores=4).apply(make_context(), module)
    Compiled(functions=lower(module))(buffers)
    for found, wanted in zip(buffers, expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_schedules_that_are_there_stay():
    text = """
    tl.kernel @k(%X: memref<64xf32>, %Y: memref<64xf32> out) {
      tl.nest (%i = 64) schedule [i by 4, i] finish {
        %x = tl.load %X[%i]
        tl.store %x, %Y[%i]
      }
    }"""
    module, kernel = parse(text, TARGETS["x86-64-v3"])
    TlSchedule().apply(make_context(), module)
    assert nests_of(kernel)[0].schedule == Schedule.parse("[i by 4, i]")


def test_choice_is_a_function_of_nest_and_target():
    """It changes nothing, and a second look gives the same."""
    text = """
    tl.kernel @k(%X: memref<64x64xf32>, %Y: memref<64xf32> out) {
      tl.nest (%i = 64) reduce (%j = 64) acc (%a : f32 add) update {
        %x = tl.load %X[%i, %j]
        %s = arith.addf %x, %a : f32
        tl.yield %s
      } finish {
        tl.store %a, %Y[%i]
      }
    }"""
    _, kernel = parse(text, TARGETS["x86-64-v4"])
    nest = nests_of(kernel)[0]
    before = nest.schedule
    chosen = choose(nest, TARGETS["x86-64-v4"])
    assert nest.schedule == before
    assert choose(nest, TARGETS["x86-64-v4"]) == chosen != before


@pytest.mark.parametrize(("size", "parallel"), [(4, False), (1 << 16, True)])
def test_only_work_that_is_worth_it_is_parallel(size: int, parallel: bool):
    text = f"""
    tl.kernel @k(%X: memref<{size}x64xf32>, %Y: memref<{size}x64xf32> out) {{
      tl.for %i = {size} {{
        tl.nest (%j = 64) finish {{
          %x = tl.load %X[%i, %j]
          tl.store %x, %Y[%i, %j]
        }}
      }}
    }}"""
    module, kernel = parse(text, TARGETS["x86-64-v3"])
    TlSchedule(cores=4).apply(make_context(), module)
    loop = kernel.phases[0]
    assert isinstance(loop, ForOp)
    assert (loop.entry.kind is LoopKind.PARALLEL) == parallel


@given(text=rows(), size=st.integers(1, 9))
@settings(max_examples=8, deadline=None)
def test_groups_of_iterations_compute_the_same(text: str, size: int):
    module, kernel = parse(text, TARGETS["x86-64-v3"])
    buffers = buffers_of(kernel, {})
    expected = [buffer.copy() for buffer in buffers]
    evaluate_kernel(kernel, expected)
    loop = kernel.phases[0]
    assert isinstance(loop, ForOp)
    loop.entry = Entry(loop.entry.axis, kind=LoopKind.PARALLEL)
    group(loop, size)
    module.verify()
    Compiled(functions=lower(module))(buffers)
    for found, wanted in zip(buffers, expected, strict=True):
        np.testing.assert_array_equal(found, wanted)

"""`loops-to-llvm` and what follows it: whole kernels, compiled and run, against numpy."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from compiled_kernel import DTYPES, Array, Kernel, aligned, tile, to_ir, to_llvm
from inlay.passes.manager import PassError
from inlay.runtime.jit import emit_assembly
from inlay.target.description import TARGETS, Target

RNG = np.random.default_rng(0)

CONSTANTS = "\n".join(
    f"%c{n} = arith.constant {n} : index" for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 17, 28, 64)
)


def function(signature: str, body: str) -> str:
    """The text of a function, with %c0 and other index constants."""
    return f"func.func {signature} {{\n{CONSTANTS}\n{body}\nfunc.return\n}}"


def floats(*shape: int) -> Array:
    return RNG.standard_normal(shape).astype(np.float32)


def hot_loop(assembly: str, instruction: str) -> list[str]:
    """The lines of the innermost loop with most of the instruction."""
    lines = assembly.splitlines()
    labels = {line.rstrip(":"): n for n, line in enumerate(lines) if re.match(r"\.?\w+:", line)}
    loops: list[list[str]] = []
    for end, line in enumerate(lines):
        target = re.match(r"\s+(?:j\w+|b\.?\w*)\s+(\.?\w+)$", line)
        if target and labels.get(target[1], end) < end:
            loops.append(lines[labels[target[1]] : end])
    return max(loops, key=lambda loop: sum(instruction in each for each in loop))


# ---------------------------------------------------------------- register tiles


@pytest.mark.parametrize(
    ("name", "rows", "columns", "lanes", "unroll", "instruction"),
    [
        ("x86-64-v3", 6, 2, 8, 2, "vfmadd"),
        ("x86-64-v3", 4, 3, 8, 4, "vfmadd"),
        ("x86-64-v3", 12, 1, 8, 1, "vfmadd"),
        ("x86-64-v4", 28, 1, 16, 2, "vfmadd"),
        ("x86-64-v4", 14, 2, 16, 8, "vfmadd"),
        ("x86-64-v4", 9, 3, 16, 2, "vfmadd"),
        ("aarch64", 12, 2, 4, 4, "fmla"),
    ],
)
def test_accumulators_live_in_registers(
    name: str, rows: int, columns: int, lanes: int, unroll: int, instruction: str
):
    """The hot loop has one fused multiply-add for each accumulator and touches no stack."""
    target = TARGETS[name]
    assembly = emit_assembly(to_ir(tile(rows, columns, lanes, 64, unroll), target), target)
    loop = hot_loop(assembly, instruction)
    assert sum(instruction in line for line in loop) == rows * columns * unroll
    assert [line for line in loop if re.search(r"%rsp|\[sp", line)] == []


@pytest.mark.parametrize(("rows", "columns", "lanes", "unroll"), [(6, 2, 8, 2), (5, 1, 4, 1)])
def test_tile_is_right(rows: int, columns: int, lanes: int, unroll: int):
    depth = 40
    a, b = floats(rows, depth), aligned(floats(depth, columns * lanes))
    c = np.zeros((rows, columns * lanes), np.float32)
    Kernel(tile(rows, columns, lanes, depth, unroll))("tile", a, b, c)
    exact = a.astype(np.float64) @ b
    assert np.abs(c - exact).max() <= 1e-6 * np.abs(exact).max()


# ---------------------------------------------------------------- buffers


def test_strided_views_and_casts_share_their_buffer():
    kernel = Kernel(
        function(
            "@copy(%x: memref<6x8xf32>, %y: memref<4x3xf32, strided<[10, 2]>>)",
            """
  %inner = memref.subview %x[1, 2] [4, 3] [1, 2]
    : memref<6x8xf32> to memref<4x3xf32, strided<[8, 2], offset: 10>>
  %flat = memref.reinterpret_cast %x to offset: [%c4], sizes: [2], strides: [8]
    : memref<6x8xf32> to memref<2xf32, strided<[8], offset: ?>>
  %loose = "memref.cast"(%inner)
    : (memref<4x3xf32, strided<[8, 2], offset: 10>>) -> memref<?x3xf32, strided<[8, 2], offset: ?>>
  scf.for %i = %c0 to %c4 step %c1 {
    scf.for %j = %c0 to %c3 step %c1 {
      %v = memref.load %loose[%i, %j] : memref<?x3xf32, strided<[8, 2], offset: ?>>
      memref.store %v, %y[%i, %j] : memref<4x3xf32, strided<[10, 2]>>
    }
  }
  %w = memref.load %flat[%c1] : memref<2xf32, strided<[8], offset: ?>>
  memref.store %w, %y[%c0, %c0] : memref<4x3xf32, strided<[10, 2]>>""",
        )
    )
    x, y = floats(6, 8), np.zeros((4, 10), np.float32)
    kernel("copy", x, y)
    expected = x[1:5, 2:8:2].copy()
    expected[0, 0] = x[1, 4]
    np.testing.assert_array_equal(y[:, :6:2], expected)
    assert not y[:, 1::2].any()


def test_a_part_of_a_byte_buffer_is_a_buffer():
    kernel = Kernel(
        function(
            "@put(%bytes: memref<64xi8>, %at: index)",
            """
  %part = memref.view %bytes[%at][] : memref<64xi8> to memref<2x2xf32>
  %one = arith.constant 1.5 : f32
  memref.store %one, %part[%c1, %c0] : memref<2x2xf32>""",
        )
    )
    data = np.zeros(64, np.uint8)
    kernel("put", data, 16)
    assert data.view(np.float32).nonzero()[0] == [(16 + 8) // 4]
    assert data.view(np.float32)[6] == 1.5


def global_(name: str, type_: str, values: str, *flags: str) -> str:
    properties = [
        f'sym_name = "{name}", sym_visibility = "private", type = memref<{type_}>',
        f"initial_value = dense<{values}> : tensor<{type_}>",
        *flags,
    ]
    return f'"memref.global"() <{{{", ".join(properties)}}}> : () -> ()\n'


def test_globals_hold_their_values():
    kernel = Kernel(
        global_("weights", "2x2xf32", "[[1.0, 2.0], [3.0, 4.5]]", "constant")
        + global_("flags", "3xi1", "[true, false, true]", "constant")
        + global_("count", "i32", "7")
        + function(
            "@read(%w: memref<2x2xf32>, %f: memref<3xi1>, %n: memref<i32>)",
            """
  %gw = memref.get_global @weights : memref<2x2xf32>
  %gf = memref.get_global @flags : memref<3xi1>
  %gn = memref.get_global @count : memref<i32>
  scf.for %i = %c0 to %c2 step %c1 {
    scf.for %j = %c0 to %c2 step %c1 {
      %v = memref.load %gw[%i, %j] : memref<2x2xf32>
      memref.store %v, %w[%i, %j] : memref<2x2xf32>
    }
  }
  scf.for %i = %c0 to %c3 step %c1 {
    %v = memref.load %gf[%i] : memref<3xi1>
    memref.store %v, %f[%i] : memref<3xi1>
  }
  %v = memref.load %gn[] : memref<i32>
  memref.store %v, %n[] : memref<i32>
  %one = arith.constant 1 : i32
  %more = arith.addi %v, %one : i32
  memref.store %more, %gn[] : memref<i32>""",
        )
    )
    w, f, n = np.zeros((2, 2), np.float32), np.zeros(3, np.bool_), np.zeros((), np.int32)
    for expected in (7, 8):
        kernel("read", w, f, n)
        assert n == expected
    np.testing.assert_array_equal(w, [[1, 2], [3, 4.5]])
    np.testing.assert_array_equal(f, [True, False, True])


def test_scratch_of_odd_vectors_keeps_its_elements():
    """An element of 7 lanes takes the room of 8; one of i1 takes bytes."""
    kernel = Kernel(
        function(
            "@shift(%x: memref<3x7xf32>, %y: memref<3x7xf32>, %m: memref<3x7xi1>)",
            """
  %s = memref.alloca() : memref<3xvector<7xf32>>
  %t = memref.alloca() : memref<3xvector<7xi1>>
  %zero = arith.constant dense<0.0> : vector<7xf32>
  scf.for %i = %c0 to %c3 step %c1 {
    %v = vector.load %x[%i, %c0] : memref<3x7xf32>, vector<7xf32>
    %p = arith.cmpf ogt, %v, %zero : vector<7xf32>
    memref.store %v, %s[%i] : memref<3xvector<7xf32>>
    memref.store %p, %t[%i] : memref<3xvector<7xi1>>
  }
  scf.for %i = %c0 to %c3 step %c1 {
    %next = arith.addi %i, %c1 : index
    %k = arith.remui %next, %c3 : index
    %v = memref.load %s[%k] : memref<3xvector<7xf32>>
    %p = memref.load %t[%k] : memref<3xvector<7xi1>>
    vector.store %v, %y[%i, %c0] : memref<3x7xf32>, vector<7xf32>
    vector.store %p, %m[%i, %c0] : memref<3x7xi1>, vector<7xi1>
  }""",
        )
    )
    x, y, m = floats(3, 7), np.zeros((3, 7), np.float32), np.zeros((3, 7), np.bool_)
    kernel("shift", x, y, m)
    np.testing.assert_array_equal(y, np.roll(x, -1, 0))
    np.testing.assert_array_equal(m, np.roll(x > 0, -1, 0))


def test_any_byte_but_0_is_true():
    kernel = Kernel(
        function(
            "@count(%x: memref<16xi1>, %n: memref<i32>)",
            """
  %v = vector.load %x[%c0] : memref<16xi1>, vector<16xi1>
  %w = arith.extui %v : vector<16xi1> to vector<16xi32>
  %s = vector.reduction <add>, %w : vector<16xi32> into i32
  memref.store %s, %n[] : memref<i32>""",
        )
    )
    x, n = np.array([0, 1, 2, 255] * 4, np.uint8), np.zeros((), np.int32)
    kernel("count", x, n)
    assert n == 12


def test_addresses_beyond_two_gibibytes():
    """Offsets that no 32-bit constant holds; the memory between is never touched."""
    row, buffer = 600_000_000, "memref<2x1xf32, strided<[600000000, 1]>>"
    kernel = Kernel(
        function(
            f"@far(%x: {buffer})",
            f"""
  %v = memref.load %x[%c1, %c0] : {buffer}
  memref.store %v, %x[%c0, %c0] : {buffer}""",
        )
    )
    x = np.zeros(row + 1, np.float32)
    x[row] = 3
    kernel("far", x)
    assert x[0] == 3


# ---------------------------------------------------------------- control flow


def test_guards_and_results_of_if():
    """A 1-d convolution with taps outside skipped, and with constants in their place."""
    kernel = Kernel(
        function(
            "@taps(%x: memref<8xf32>, %y: memref<8xf32>, %z: memref<8xf32>)",
            """
  %zero = arith.constant 0.0 : f32
  %far = arith.constant 100.0 : f32
  scf.for %i = %c0 to %c8 step %c1 {
    %s:2 = scf.for %k = %c0 to %c3 step %c1 iter_args(%a = %zero, %b = %zero) -> (f32, f32) {
      %sum = arith.addi %i, %k : index
      %j = arith.subi %sum, %c1 : index
      %inside = arith.cmpi ult, %j, %c8 : index
      %n = scf.if %inside -> (f32) {
        %v = memref.load %x[%j] : memref<8xf32>
        %w = arith.addf %a, %v : f32
        scf.yield %w : f32
      } else {
        scf.yield %a : f32
      }
      %v = scf.if %inside -> (f32) {
        %u = memref.load %x[%j] : memref<8xf32>
        scf.yield %u : f32
      } else {
        scf.yield %far : f32
      }
      %m = arith.addf %b, %v : f32
      scf.yield %n, %m : f32, f32
    }
    memref.store %s#0, %y[%i] : memref<8xf32>
    %big = arith.cmpf ogt, %s#1, %far : f32
    scf.if %big {
      memref.store %s#1, %z[%i] : memref<8xf32>
    }
  }""",
        )
    )
    x, y, z = floats(8), np.zeros(8, np.float32), np.zeros(8, np.float32)
    kernel("taps", x, y, z)
    for pad, found in ((0, y), (100, z)):
        padded = np.pad(x, 1, constant_values=pad)
        expected = padded[:-2] + padded[1:-1] + padded[2:]
        if pad:
            expected = np.where(expected > 100, expected, 0)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "bounds", [(0, 0, 1), (3, 3, 1), (5, 2, 1), (0, 7, 3), (2, 9, 2), (-4, 3, 1)]
)
@pytest.mark.parametrize("constant", [True, False])
def test_loops_run_as_often_as_they_should(bounds: tuple[int, int, int], constant: bool):
    parts = ", ".join(f"%p{n}: index" for n in range(3))
    own = [f"%b{n} = arith.constant {value} : index" for n, value in enumerate(bounds)]
    alias = "" if constant else "bounds are arguments"
    names = [f"%b{n}" if constant else f"%p{n}" for n in range(3)]
    kernel = Kernel(
        function(
            f"@run({parts}, %y: memref<2xi64>)",
            f"""
  // {alias}
  {chr(10).join(own)}
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %s:2 = scf.for %i = {names[0]} to {names[1]} step {names[2]}
      iter_args(%n = %zero, %t = %zero) -> (i64, i64) {{
    %m = arith.addi %n, %one : i64
    %j = arith.index_cast %i : index to i64
    %u = arith.addi %t, %j : i64
    scf.yield %m, %u : i64, i64
  }}
  memref.store %s#0, %y[%c0] : memref<2xi64>
  memref.store %s#1, %y[%c1] : memref<2xi64>""",
        )
    )
    y = np.full(2, -1, np.int64)
    kernel("run", *bounds, y)
    steps = range(*bounds)
    assert y.tolist() == [len(steps), sum(steps)]


def test_while_and_switch():
    """Steps of the Collatz sequence; a number for each case."""
    kernel = Kernel(
        function(
            "@collatz(%n: i64, %steps: memref<i64>)",
            """
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %two = arith.constant 2 : i64
  %three = arith.constant 3 : i64
  %r:2 = scf.while (%x = %n, %s = %zero) : (i64, i64) -> (i64, i64) {
    %go = arith.cmpi sgt, %x, %one : i64
    scf.condition(%go) %x, %s : i64, i64
  } do {
  ^bb0(%x: i64, %s: i64):
    %half = arith.shrsi %x, %one : i64
    %odd = arith.andi %x, %one : i64
    %is_odd = arith.cmpi eq, %odd, %one : i64
    %thrice = arith.muli %x, %three : i64
    %up = arith.addi %thrice, %one : i64
    %next = arith.select %is_odd, %up, %half : i64
    %t = arith.addi %s, %one : i64
    scf.yield %next, %t : i64, i64
  }
  memref.store %r#1, %steps[] : memref<i64>""",
        )
        + function(
            "@switch(%n: index, %y: memref<i64>)",
            """
  %v = scf.index_switch %n -> i64
  case 2 { %a = arith.constant 20 : i64
    scf.yield %a : i64 }
  case 5 { %a = arith.constant 50 : i64
    scf.yield %a : i64 }
  default { %a = arith.constant -1 : i64
    scf.yield %a : i64 }
  memref.store %v, %y[] : memref<i64>""",
        )
    )
    y = np.zeros((), np.int64)
    kernel("collatz", np.int64(27), y)
    assert y == 111
    for number, expected in ((2, 20), (5, 50), (0, -1), (7, -1)):
        kernel("switch", number, y)
        assert y == expected


def test_branches_and_calls():
    """A loop of cf branches, one with both edges to one block; a call with a part of a buffer."""
    kernel = Kernel(
        """
func.func private @double(%x: memref<4xf32>, %i: index) -> f32 {
  %v = memref.load %x[%i] : memref<4xf32>
  %w = arith.addf %v, %v : f32
  func.return %w : f32
}"""
        + function(
            "@run(%x: memref<3x4xf32>, %n: index, %y: memref<8xf32>)",
            """
  %row = memref.subview %x[2, 0] [1, 4] [1, 1]
    : memref<3x4xf32> to memref<4xf32, strided<[1], offset: 8>>
  %whole = "memref.cast"(%row) : (memref<4xf32, strided<[1], offset: 8>>) -> memref<4xf32>
  cf.br ^head(%c0 : index)
^head(%i: index):
  %more = arith.cmpi slt, %i, %n : index
  cf.cond_br %more, ^body, ^done
^body:
  %even = arith.remui %i, %c2 : index
  %is_even = arith.cmpi eq, %even, %c0 : index
  %a = func.call @double(%whole, %i) : (memref<4xf32>, index) -> f32
  %b = arith.negf %a : f32
  cf.cond_br %is_even, ^next(%a : f32), ^next(%b : f32)
^next(%v: f32):
  memref.store %v, %y[%i] : memref<8xf32>
  %j = arith.addi %i, %c1 : index
  cf.br ^head(%j : index)
^done:""",
        )
    )
    x, y = floats(3, 4), np.zeros(8, np.float32)
    kernel("run", x, 4, y)
    np.testing.assert_array_equal(y[:4], 2 * x[2] * [1, -1, 1, -1])
    assert not y[4:].any()


# ---------------------------------------------------------------- vectors


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_tails_are_masked(lanes: int):
    """y = 2 x for any length, without a scalar loop."""
    vector = f"vector<{lanes}xf32>"
    kernel = Kernel(
        function(
            "@twice(%x: memref<64xf32>, %y: memref<64xf32>, %n: index)",
            f"""
  %lanes = arith.constant {lanes} : index
  %none = arith.constant dense<0.0> : {vector}
  scf.for %i = %c0 to %n step %lanes {{
    %left = arith.subi %n, %i : index
    %m = vector.create_mask %left : vector<{lanes}xi1>
    %v = vector.maskedload %x[%i], %m, %none
      : memref<64xf32>, vector<{lanes}xi1>, {vector} into {vector}
    %w = arith.addf %v, %v : {vector}
    vector.maskedstore %y[%i], %m, %w : memref<64xf32>, vector<{lanes}xi1>, {vector}
  }}""",
        )
    )
    for length in (0, 1, lanes - 1, lanes, lanes + 1, 63, 64):
        x, y = floats(64), np.zeros(64, np.float32)
        kernel("twice", x, y, length)
        np.testing.assert_array_equal(y[:length], 2 * x[:length])
        assert not y[length:].any()


REDUCTIONS: dict[tuple[str, str], Callable[[Array], Any]] = {
    ("add", "i32"): np.add.reduce,
    ("mul", "i32"): np.multiply.reduce,
    ("and", "i32"): np.bitwise_and.reduce,
    ("or", "i32"): np.bitwise_or.reduce,
    ("xor", "i32"): np.bitwise_xor.reduce,
    ("minsi", "i32"): np.min,
    ("maxsi", "i32"): np.max,
    ("minui", "i32"): lambda x: np.min(x.view(np.uint32)).view(np.int32),
    ("maxui", "i32"): lambda x: np.max(x.view(np.uint32)).view(np.int32),
    ("add", "f32"): np.add.accumulate,
    ("mul", "f32"): np.multiply.accumulate,
    ("minimumf", "f32"): np.min,
    ("maximumf", "f32"): np.max,
    ("minnumf", "f32"): np.nanmin,
    ("maxnumf", "f32"): np.nanmax,
}


@pytest.mark.parametrize(("kind", "type_"), REDUCTIONS)
@pytest.mark.parametrize("start", [True, False])
def test_reductions(kind: str, type_: str, start: bool):
    operand = ", %first" if start else ""
    kernel = Kernel(
        function(
            f"@reduce(%x: memref<9x{type_}>, %y: memref<{type_}>)",
            f"""
  %first = memref.load %x[%c8] : memref<9x{type_}>
  %v = vector.load %x[%c0] : memref<9x{type_}>, vector<8x{type_}>
  %r = vector.reduction <{kind}>, %v{operand} : vector<8x{type_}> into {type_}
  memref.store %r, %y[] : memref<{type_}>""",
        )
    )
    dtype = DTYPES[type_]
    x = (RNG.integers(-9, 9, 9) if type_ == "i32" else RNG.standard_normal(9)).astype(dtype)
    if "num" in kind:
        x[3] = np.nan
    y = np.zeros((), dtype)
    kernel("reduce", x, y)
    # In order, the start first: what rounding gives then is the only right result.
    values = np.concatenate([x[8:], x[:8]]) if start else x[:8]
    expected = np.asarray(REDUCTIONS[kind, type_](values))
    np.testing.assert_array_equal(y, expected[-1] if expected.ndim else expected)


def test_declared_reductions_may_be_reassociated():
    ir = {
        flags: to_ir(
            function(
                "@sum(%x: memref<8xf32>, %y: memref<f32>)",
                f"""
  %v = vector.load %x[%c0] : memref<8xf32>, vector<8xf32>
  %r = vector.reduction <add>, %v {flags} : vector<8xf32> into f32
  memref.store %r, %y[] : memref<f32>""",
            ),
            TARGETS["x86-64-v3"],
        )
        for flags in ("", "fastmath<reassoc>")
    }
    assert "call reassoc float @llvm.vector.reduce.fadd" in ir["fastmath<reassoc>"]
    assert "call float @llvm.vector.reduce.fadd" in ir[""]


def test_elements_and_shuffles():
    """Transposes 4x4 by shuffles; moves elements by static and dynamic positions."""
    rows = "\n".join(
        f"%r{n} = vector.load %x[%c{n}, %c0] : memref<4x4xf32>, vector<4xf32>" for n in range(4)
    )
    stores = "\n".join(
        f"vector.store %o{n}, %y[%c{n}, %c0] : memref<4x4xf32>, vector<4xf32>" for n in range(4)
    )
    kernel = Kernel(
        function(
            "@transpose(%x: memref<4x4xf32>, %y: memref<4x4xf32>)",
            f"""
  {rows}
  %a = vector.shuffle %r0, %r1 [0, 4, 1, 5] : vector<4xf32>, vector<4xf32>
  %b = vector.shuffle %r0, %r1 [2, 6, 3, 7] : vector<4xf32>, vector<4xf32>
  %c = vector.shuffle %r2, %r3 [0, 4, 1, 5] : vector<4xf32>, vector<4xf32>
  %d = vector.shuffle %r2, %r3 [2, 6, 3, 7] : vector<4xf32>, vector<4xf32>
  %o0 = vector.shuffle %a, %c [0, 1, 4, 5] : vector<4xf32>, vector<4xf32>
  %o1 = vector.shuffle %a, %c [2, 3, 6, 7] : vector<4xf32>, vector<4xf32>
  %o2 = vector.shuffle %b, %d [0, 1, 4, 5] : vector<4xf32>, vector<4xf32>
  %o3 = vector.shuffle %b, %d [2, 3, 6, 7] : vector<4xf32>, vector<4xf32>
  {stores}""",
        )
        + function(
            "@elements(%x: memref<8xf32>, %y: memref<6xf32>, %i: index)",
            """
  %v = vector.load %x[%c0] : memref<8xf32>, vector<4xf32>
  %w = vector.load %x[%c4] : memref<8xf32>, vector<2xf32>
  %s = vector.shuffle %v, %w [5, 0, 3, 4, 1, 2] : vector<4xf32>, vector<2xf32>
  %first = vector.extract %v[0] : f32 from vector<4xf32>
  %some = vector.extract %v[%i] : f32 from vector<4xf32>
  %t = vector.insert %some, %s[2] : f32 into vector<6xf32>
  %u = vector.insert %first, %t[%i] : f32 into vector<6xf32>
  vector.store %u, %y[%c0] : memref<6xf32>, vector<6xf32>""",
        )
    )
    x, y = floats(4, 4), np.zeros((4, 4), np.float32)
    kernel("transpose", x, y)
    np.testing.assert_array_equal(y, x.T)
    x, y = floats(8), np.zeros(6, np.float32)
    kernel("elements", x, y, 3)
    np.testing.assert_array_equal(y, x[[5, 0, 3, 0, 1, 2]])


# ---------------------------------------------------------------- what is emitted


def test_accesses_are_as_aligned_as_is_known():
    """By attribute, by the buffer and the strides, else by the element."""
    ir = to_ir(
        function(
            "@f(%x: memref<4x16xf32> {llvm.align = 64 : i64}, %u: memref<4x16xf32>,"
            " %y: memref<16xf32>)",
            """
  scf.for %i = %c0 to %c4 step %c1 {
    scf.for %j = %c0 to %c16 step %c8 {
      %a = vector.load %x[%i, %j] : memref<4x16xf32>, vector<8xf32>
      %b = vector.load %u[%i, %j] : memref<4x16xf32>, vector<8xf32>
      %c = vector.load %u[%i, %j] {alignment = 16 : i64} : memref<4x16xf32>, vector<8xf32>
      %s = arith.addf %a, %b : vector<8xf32>
      %t = arith.addf %s, %c fastmath<contract> : vector<8xf32>
      vector.store %t, %y[%j] : memref<16xf32>, vector<8xf32>
    }
  }""",
        ),
        TARGETS["x86-64-v3"],
    )
    assert re.findall(r"load <8 x float>, .* align (\d+)", ir) == ["32", "4", "16"]
    assert "ptr align 64 noalias dereferenceable(256) %v" in ir
    assert "fadd contract <8 x float>" in ir
    assert "fadd <8 x float>" in ir


def test_loops_are_unrolled_only_where_they_say_so():
    ir = to_ir(
        function(
            "@f(%x: memref<64xf32>)",
            """
  %v = arith.constant 1.0 : f32
  scf.for %i = %c0 to %c64 step %c1 {
    memref.store %v, %x[%i] : memref<64xf32>
  }
  scf.for %i = %c0 to %c64 step %c1 {
    memref.store %v, %x[%i] : memref<64xf32>
  } {tl.unroll}""",
        ),
        TARGETS["x86-64-v3"],
    )
    hints = dict(re.findall(r'^(!\d+) = !\{!"llvm.loop.unroll.(\w+)"\}', ir, re.MULTILINE))
    loops = dict(re.findall(r"^(!\d+) = distinct !\{!\d+, (!\d+)\}", ir, re.MULTILINE))
    assert [hints[loops[node]] for node in re.findall(r"!llvm.loop (!\d+)", ir)] == [
        "disable",
        "full",
    ]


def test_prefetches_and_nontemporal_stores():
    ir = to_ir(
        function(
            "@f(%x: memref<64xf32>, %y: memref<64xf32>)",
            """
  memref.prefetch %x[%c8], read, locality<2>, data : memref<64xf32>
  %v = vector.load %x[%c0] : memref<64xf32>, vector<8xf32>
  vector.store %v, %y[%c0] {nontemporal = true} : memref<64xf32>, vector<8xf32>""",
        ),
        TARGETS["x86-64-v3"],
    )
    assert re.search(r"call void @llvm.prefetch.p0\(ptr %\w+, i32 0, i32 2, i32 1\)", ir)
    assert re.search(r"store <8 x float> .*, !nontemporal !\d+", ir)
    assert "prefetcht1" in emit_assembly(ir, TARGETS["x86-64-v3"])


def test_ops_of_the_llvm_dialect_pass_through():
    """The packed entry of a kernel: its buffers come as pointers in memory."""
    kernel = Kernel(
        function(
            "@packed(%arguments: !llvm.ptr, %i: index)",
            """
  %second = llvm.getelementptr %arguments[1] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
  %p = llvm.load %arguments : !llvm.ptr -> !llvm.ptr
  %q = llvm.load %second : !llvm.ptr -> !llvm.ptr
  %x = builtin.unrealized_conversion_cast %p : !llvm.ptr to memref<4xf32>
  %y = builtin.unrealized_conversion_cast %q : !llvm.ptr to memref<4xf32>
  %v = memref.load %x[%i] : memref<4xf32>
  memref.store %v, %y[%i] : memref<4xf32>""",
        )
    )
    x, y = floats(4), np.zeros(4, np.float32)
    kernel("packed", np.array([x.ctypes.data, y.ctypes.data]), 2)
    assert y.tolist() == [0, 0, x[2], 0]


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("signature", "body", "message"),
    [
        ("@f()", "%x = memref.alloc() : memref<4xf32>", "memref.alloc has no lowering.*alloca"),
        ("@f(%x: f32)", "%y = math.exp %x : f32", "math.exp has no lowering to the llvm dialect"),
        ("@f(%x: memref<4xf32, strided<[1], offset: 3>>)", "", "expected offset 0"),
        ("@f(%x: memref<4x?xf32>, %i: index)", "", "expected static strides"),
        (
            "@f(%x: memref<?x4xf32>)",
            "%n = memref.dim %x, %c0 : memref<?x4xf32>",
            "dimension 0 of .* is not static",
        ),
        (
            "@f(%n: index)",
            "%x = memref.alloca(%n) : memref<?xf32>",
            "expected a static shape",
        ),
        ("@f(%x: memref<4xi4>)", "%v = memref.load %x[%c0] : memref<4xi4>", "expected 8, 16, 32"),
        (
            "@f(%x: vector<2x4xf32>)",
            "%y = arith.addf %x, %x : vector<2x4xf32>",
            "expected a vector of one fixed dimension",
        ),
        (
            "@f(%x: memref<4xf32>)",
            "scf.for %i = %c4 to %c0 step %c0 {\n}",
            "has step 0, expected at least 1",
        ),
    ],
)
def test_what_cannot_be_lowered_is_named(signature: str, body: str, message: str):
    with pytest.raises(PassError, match=message):
        to_llvm(function(signature, body), TARGETS["x86-64-v3"])


def test_two_results_are_refused():
    text = "func.func @f(%x: f32) -> (f32, f32) {\nfunc.return %x, %x : f32, f32\n}"
    with pytest.raises(PassError, match="@f returns f32, f32, expected at most one number"):
        to_llvm(text, TARGETS["x86-64-v3"])


def test_errors_name_the_place():
    with pytest.raises(PassError) as caught:
        to_llvm(function("@f()", "%x = memref.alloc() : memref<4xf32>"), Target.native())
    op = getattr(caught.value.__cause__, "op", None)
    assert op is not None
    assert op.name == "memref.alloc"

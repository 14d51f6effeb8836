"""`loops-to-llvm`: control flow and vectors, compiled and run, against numpy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from compiled_kernel import DTYPES, RNG, Array, Kernel, floats, function, to_ir
from inlay.target.description import TARGETS

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

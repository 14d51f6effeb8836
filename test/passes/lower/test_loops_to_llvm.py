"""`loops-to-llvm` and what follows it: whole kernels, compiled and run, against numpy."""

import re

import numpy as np
import pytest

from compiled_kernel import (
    Kernel,
    aligned,
    floats,
    function,
    tile,
    to_ir,
    to_llvm,
)
from inlay.driver.hot_loop import hot_loop
from inlay.passes.manager import PassError
from inlay.runtime.jit import emit_assembly
from inlay.target.description import TARGETS, Target

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
    loop = hot_loop(assembly)
    assert loop is not None
    assert sum(instruction in line for line in loop.lines) == rows * columns * unroll
    assert [line for line in loop.lines if re.search(r"%rsp|\[sp", line)] == []


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

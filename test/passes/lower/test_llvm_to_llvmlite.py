"""The llvm dialect as LLVM IR text: ops, attributes, constants, and what has no translation."""

import re

import numpy as np
import pytest
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, f32, f64, i1, i8

from compiled_kernel import Kernel, parse, tile, to_ir, to_llvm
from inlay.dialects.printing import print_module
from inlay.passes.lower.llvm_text import TranslationError, constant_text, quoted
from inlay.passes.lower.llvm_to_llvmlite import translate_module
from inlay.runtime.jit import emit_object, optimize
from inlay.target.description import TARGETS

TARGET = TARGETS["x86-64-v3"]
ZERO = "0x0000000000000000"

ATOMICS = """
llvm.func @atomics(%p: !llvm.ptr, %n: i64) -> i64 {
  %a = llvm.load volatile %p atomic acquire {alignment = 8 : i64} : !llvm.ptr -> i64
  "llvm.store"(%a, %p) <{alignment = 8 : i64, ordering = 5 : i64}> : (i64, !llvm.ptr) -> ()
  %b = llvm.atomicrmw add %p, %n seq_cst : !llvm.ptr, i64
  %c = llvm.cmpxchg %p, %b, %n acq_rel monotonic : !llvm.ptr, i64
  %old = llvm.extractvalue %c[0] : !llvm.struct<(i64, i1)>
  llvm.fence release
  llvm.return %old : i64
}
"""

VECTORS = """
llvm.func @vectors(%x: vector<4xf32>, %y: vector<4xf32>, %i: i64, %p: !llvm.ptr {llvm.readonly})
    -> vector<4xf32> {
  %poison = llvm.mlir.poison : vector<4xf32>
  %m = llvm.fcmp "olt" %x, %y : vector<4xf32>
  %s = llvm.select %m, %x, %y {fastmathFlags = #llvm.fastmath<nnan>} : vector<4xi1>, vector<4xf32>
  %e = llvm.extractelement %s[%i : i64] : vector<4xf32>
  %f = llvm.insertelement %e, %poison[%i : i64] : vector<4xf32>
  %g = llvm.shufflevector %f, %x [0, 5, -1, 3] : vector<4xf32>
  %h = llvm.intr.fma(%g, %x, %y) : (vector<4xf32>, vector<4xf32>, vector<4xf32>) -> vector<4xf32>
  %k = llvm.fptosi %h : vector<4xf32> to vector<4xi32>
  %l = llvm.uitofp %k : vector<4xi32> to vector<4xf32>
  %n = llvm.intr.masked.load %p, %m, %l {alignment = 4 : i32}
    : (!llvm.ptr, vector<4xi1>, vector<4xf32>) -> vector<4xf32>
  llvm.return %n : vector<4xf32>
}
"""


SCALARS = """
llvm.func @callee(%x: f64) -> f64 {
  llvm.return %x : f64
}
llvm.func @scalars(%x: f64, %y: f64, %p: !llvm.ptr, %i: i32, %v: vector<4xf32>) -> f64 {
  %zero = llvm.mlir.zero : !llvm.ptr
  %undefined = llvm.mlir.undef : !llvm.struct<(f64, i32)>
  %s = llvm.insertvalue %x, %undefined[0] : !llvm.struct<(f64, i32)>
  %e = llvm.extractvalue %s[0] : !llvm.struct<(f64, i32)>
  %a = llvm.intr.fabs(%e) : (f64) -> f64
  %b = llvm.intr.copysign(%a, %y) : (f64, f64) -> f64
  %c = llvm.call @callee(%b) : (f64) -> f64
  %f = llvm.mlir.addressof @callee : !llvm.ptr
  %d = llvm.call %f(%c) : !llvm.ptr, (f64) -> f64
  %n = llvm.ptrtoint %p : !llvm.ptr to i64
  %q = llvm.inttoptr %n : i64 to !llvm.ptr
  %w = llvm.zext nneg %i : i32 to i64
  %t = llvm.trunc %w overflow<nsw> : i64 to i16
  %u = llvm.udiv exact %t, %t : i16
  %o = llvm.or disjoint %u, %t : i16
  %g = llvm.getelementptr inbounds %q[0, 1] : (!llvm.ptr) -> !llvm.ptr, !llvm.struct<(f64, i32)>
  llvm.store volatile %o, %g {alignment = 2 : i64, nontemporal} : i16, !llvm.ptr
  %first = llvm.mlir.constant(0.0 : f32) : f32
  %r = "llvm.intr.vector.reduce.fadd"(%first, %v) <{fastmathFlags = #llvm.fastmath<reassoc>}>
    : (f32, vector<4xf32>) -> f32
  llvm.store %r, %zero : f32, !llvm.ptr
  llvm.unreachable
}
"""


def body(text: str) -> list[str]:
    """The instructions of a module of one function, without the names of their results."""
    lines = translate_module(parse(text)).splitlines()
    inside = [line.strip() for line in lines if line.startswith("  ")]
    return [re.sub(r"^%\w+ = ", "", line) for line in inside]


def test_atomics_and_volatile_accesses_keep_their_ordering():
    texts = [re.sub(r"%\w+", "%", line) for line in body(ATOMICS)]
    assert texts == [
        "load atomic volatile i64, ptr % acquire, align 8",
        "store atomic i64 %, ptr % release, align 8",
        "atomicrmw add ptr %, i64 % seq_cst",
        "cmpxchg ptr %, i64 %, i64 % acq_rel monotonic",
        "extractvalue { i64, i1 } %, 0",
        "fence release",
        "ret i64 %",
    ]


def test_vector_ops():
    texts = [re.sub(r"%\w+", "%", line) for line in body(VECTORS)]
    assert texts == [
        "fcmp olt <4 x float> %, %",
        "select nnan <4 x i1> %, <4 x float> %, <4 x float> %",
        "extractelement <4 x float> %, i64 %",
        "insertelement <4 x float> poison, float %, i64 %",
        "shufflevector <4 x float> %, <4 x float> %, <4 x i32> <i32 0, i32 5, i32 poison, i32 3>",
        "call <4 x float> @llvm.fma.v4f32(<4 x float> %, <4 x float> %, <4 x float> %)",
        "fptosi <4 x float> % to <4 x i32>",
        "uitofp <4 x i32> % to <4 x float>",
        "call <4 x float> @llvm.masked.load.v4f32.p0(ptr align 4 %, <4 x i1> %, <4 x float> %)",
        "ret <4 x float> %",
    ]


def test_scalar_ops_keep_their_flags():
    texts = [re.sub(r"%\w+", "%", line) for line in body(SCALARS)]
    assert texts[1:] == [
        "insertvalue { double, i32 } undef, double %, 0",
        "extractvalue { double, i32 } %, 0",
        "call double @llvm.fabs.f64(double %)",
        "call double @llvm.copysign.f64(double %, double %)",
        'call double @"callee"(double %)',
        'call double @"callee"(double %)',
        "ptrtoint ptr % to i64",
        "inttoptr i64 % to ptr",
        "zext nneg i32 % to i64",
        "trunc nsw i64 % to i16",
        "udiv exact i16 %, %",
        "or disjoint i16 %, %",
        "getelementptr inbounds { double, i32 }, ptr %, i32 0, i32 1",
        "store volatile i16 %, ptr %, align 2, !nontemporal !0",
        f"call reassoc float @llvm.vector.reduce.fadd.v4f32(float {ZERO}, <4 x float> %)",
        "store float %, ptr null",
        "unreachable",
    ]


@pytest.mark.parametrize("text", [ATOMICS, VECTORS, SCALARS], ids=["atomics", "vectors", "scalars"])
def test_llvm_takes_it_and_it_reads_back(text: str):
    module = parse(text)
    again = parse(print_module(module))
    assert print_module(again) == print_module(module)
    assert translate_module(again) == translate_module(module)
    emit_object(translate_module(module), TARGET)


def test_text_of_each_level_compiles_to_the_same_object():
    """The printed llvm level, read back, is the same kernel."""
    lowered = to_llvm(tile(6, 2, 8, 64, 2), TARGET)
    again = parse(print_module(lowered))
    texts = [translate_module(each) for each in (lowered, again)]
    assert emit_object(texts[0], TARGET) == emit_object(texts[1], TARGET)


def test_the_target_and_function_attributes_are_written():
    text = """
llvm.func @f(%x: !llvm.ptr {llvm.nocapture, llvm.noundef}) attributes {
  passthrough = ["noinline", ["frame-pointer", "all"]], target_cpu = "znver3",
  target_features = #llvm.target_features<["+avx2", "+fma"]>
} {
  llvm.return
}
llvm.func @g(!llvm.ptr) -> f32
"""
    ir = translate_module(parse(text))
    assert f'target triple = "{TARGET.triple}"' in ir
    assert (
        'define void @"f"(ptr captures(none) noundef %v0) nounwind "target-cpu"="znver3" '
        '"target-features"="+avx2,+fma" noinline "frame-pointer"="all" {'
    ) in ir
    assert 'declare float @"g"(ptr)' in ir
    optimize(ir, TARGET)


def test_globals_are_bytes():
    text = """
llvm.mlir.global internal constant @c(dense<[1.0, -2.0]> : tensor<2xf32>)
  {addr_space = 0 : i32, alignment = 64 : i64} : !llvm.array<2 x f32>
llvm.mlir.global internal @z(dense<0> : tensor<3xi16>)
  {addr_space = 0 : i32} : !llvm.array<3 x i16>
"""
    ir = translate_module(parse(text))
    assert r'@"c" = internal constant [8 x i8] c"\00\00\80?\00\00\00\C0", align 64' in ir
    assert '@"z" = internal global [6 x i8] zeroinitializer' in ir
    optimize(ir, TARGET)


@pytest.mark.parametrize(
    ("attribute", "type_", "text"),
    [
        (IntegerAttr(-3, i8), i8, "-3"),
        (IntegerAttr.from_bool(True), i1, "true"),
        (FloatAttr(1.0, f32), f32, "0x3FF0000000000000"),
        (FloatAttr(float("-inf"), f64), f64, "0xFFF0000000000000"),
        (FloatAttr(-0.0, f32), f32, "0x8000000000000000"),
    ],
)
def test_constants_are_exact(attribute: IntegerAttr | FloatAttr, type_: object, text: str):
    assert constant_text(attribute, attribute.type) == text
    assert attribute.type == type_


def test_names_are_escaped():
    assert quoted('a"\\\n') == '"a\\22\\5C\\0A"'


def test_special_numbers_survive():
    """NaN, infinities and -0 as constants, scalar and in vectors."""
    kernel = Kernel("""
func.func @f(%x: memref<8xf32>, %y: memref<4xf64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant
    dense<[0x7FC00000, 0x7F800000, 0xFF800000, -0.0, 0.1, 1.0, 3.0, -1.5]> : vector<8xf32>
  vector.store %v, %x[%c0] : memref<8xf32>, vector<8xf32>
  %n = arith.constant 0x7FF8000000000000 : f64
  memref.store %n, %y[%c0] : memref<4xf64>
  %t = arith.constant 0.1 : f64
  memref.store %t, %y[%c1] : memref<4xf64>
  func.return
}""")
    x, y = np.zeros(8, np.float32), np.zeros(4)
    kernel("f", x, y)
    expected = np.array([np.nan, np.inf, -np.inf, -0.0, 0.1, 1, 3, -1.5], np.float32)
    assert x.tobytes() == expected.tobytes()
    assert np.isnan(y[0])
    assert y[1] == 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "llvm.func @f() { %0 = llvm.intr.stacksave : !llvm.ptr\nllvm.return }",
            "stacksave has no",
        ),
        ("llvm.func @f(%x: !llvm.ptr {llvm.byval = i32}) { llvm.return }", "llvm.byval has no"),
        ("func.func @f() { func.return }", "expected llvm.func or llvm.mlir.global"),
        ("llvm.func weak_odr @f() { llvm.return }", "linkage weak_odr has no"),
        (
            """llvm.func @f(%c: i1, %x: i64, %y: i64) {
              llvm.cond_br %c, ^a(%x : i64), ^a(%y : i64)
            ^a(%z: i64):
              llvm.return
            }""",
            "both edges pass values to one block",
        ),
    ],
)
def test_what_has_no_translation_is_named(text: str, message: str):
    with pytest.raises(TranslationError, match=message) as caught:
        translate_module(parse(text))
    assert caught.value.op is not None


def test_deterministic():
    text = tile(6, 2, 8, 64, 2)
    assert to_ir(text, TARGET) == to_ir(text, TARGET)

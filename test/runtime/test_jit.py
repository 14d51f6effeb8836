"""LLVM IR text to object code and assembly, for every target; object code into this process."""

import ctypes
import gc
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from inlay.runtime.jit import (
    JitError,
    code_generation_flags,
    emit_assembly,
    emit_object,
    load_object,
    optimize,
)
from inlay.target.description import TARGETS, Target

NATIVE = Target.native()
OTHER = TARGETS["aarch64" if NATIVE.triple.startswith("x86_64") else "x86-64-v2"]

ADD = """
define i64 @add(i64 %a, i64 %b) {
  %c = add i64 %a, %b
  ret i64 %c
}
"""
# A constant, a call of the process's own function, a zeroed array.
USES = """
@numbers = private constant [2 x float] [float 1.5, float 2.5], align 64
@scratch = internal global [1000 x i64] zeroinitializer
declare float @fmodf(float, float)
define float @mod(float %x, i64 %i) {
  %p = getelementptr float, ptr @numbers, i64 %i
  %n = load float, ptr %p
  %r = call float @fmodf(float %x, float %n)
  ret float %r
}
define i64 @count() {
  %n = load i64, ptr @scratch
  %m = add i64 %n, 1
  store i64 %m, ptr @scratch
  ret i64 %m
}
"""
UNROLLED = """
define void @fill(ptr %p) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %n, %loop ]
  %q = getelementptr [8 x i8], ptr %p, i64 %i
  store i64 %i, ptr %q
  %n = add nsw nuw i64 %i, 1
  %c = icmp slt i64 %n, 5
  br i1 %c, label %loop, label %done, !llvm.loop !1
done:
  ret void
}
!0 = !{!"llvm.loop.unroll.HINT"}
!1 = distinct !{!1, !0}
"""


def binary(address: int) -> Callable[[int, int], int]:
    return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(address)


def test_loaded_code_runs():
    library = load_object(emit_object(ADD, NATIVE))
    assert binary(library.address("add"))(40, 2) == 42


def test_loaded_code_reaches_constants_globals_and_the_process():
    library = load_object(emit_object(USES, NATIVE))
    mod = ctypes.CFUNCTYPE(ctypes.c_float, ctypes.c_float, ctypes.c_int64)(library.address("mod"))
    assert mod(7, 0) == 1.0
    assert mod(7, 1) == 2.0
    count = ctypes.CFUNCTYPE(ctypes.c_int64)(library.address("count"))
    assert [count(), count()] == [1, 2]


def test_several_objects_are_one_library():
    other = ADD.replace("@add", "@sub").replace("add i64", "sub i64")
    library = load_object(emit_object(ADD, NATIVE), emit_object(other, NATIVE))
    assert binary(library.address("add"))(5, 3) == 8
    assert binary(library.address("sub"))(5, 3) == 2


def test_libraries_do_not_share_names():
    other = ADD.replace("add i64", "mul i64")
    first, second = (load_object(emit_object(text, NATIVE)) for text in (ADD, other))
    del first
    gc.collect()
    third = load_object(emit_object(ADD, NATIVE))
    assert binary(second.address("add"))(5, 3) == 15
    assert binary(third.address("add"))(5, 3) == 8


def test_a_missing_symbol_is_named():
    library = load_object(emit_object(ADD, NATIVE))
    with pytest.raises(JitError, match="symbol 'nope'"):
        library.address("nope")


def test_what_the_process_lacks_is_an_error():
    text = ADD.replace("ret", "call void @no_such()\n  ret") + "declare void @no_such()\n"
    library = load_object(emit_object(text, NATIVE))
    with pytest.raises(JitError, match="symbol 'add'"):
        library.address("add")


@pytest.mark.parametrize("cut", [0, 3, 17, 100, -1])
def test_what_is_not_object_code_is_refused(cut: int):
    data = emit_object(ADD, NATIVE)
    with pytest.raises(JitError):
        load_object(data[:cut] if cut >= 0 else b"not object code at all, but long enough")


def test_code_for_another_architecture_is_refused():
    with pytest.raises(JitError, match=f"expected {NATIVE.triple.split('-')[0]}"):
        load_object(emit_object(ADD, OTHER))


@pytest.mark.parametrize("text", ["define i32 @f( {", "define i32 @f() {\n  ret i64 0\n}"])
def test_what_llvm_refuses_is_an_error(text: str):
    with pytest.raises(JitError, match="LLVM refuses the module"):
        emit_object(text, NATIVE)


def test_an_unknown_triple_is_an_error():
    target = Target("toy", "toaster-unknown-none", "generic", (), 128, 16, 0, 0, 0)
    with pytest.raises(JitError, match="target 'toy': this LLVM has no code generator"):
        emit_object(ADD, target)


# ---------------------------------------------------------------- what LLVM does


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_compiles(name: str):
    target = TARGETS[name]
    assert emit_object(USES, target).startswith(b"\x7fELF")
    assert re.search(r"^count:", emit_assembly(USES, target), re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "register"), [("x86-64-v2", "xmm"), ("x86-64-v3", "ymm"), ("x86-64-v4", "zmm")]
)
def test_vectors_are_as_wide_as_the_targets_registers(name: str, register: str):
    text = """
define void @f(ptr %p) {
  %v = load <16 x float>, ptr %p, align 64
  %w = fadd <16 x float> %v, %v
  store <16 x float> %w, ptr %p, align 64
  ret void
}"""
    adds = re.findall(r"v?addps.*%(\w)mm\d+$", emit_assembly(text, TARGETS[name]), re.MULTILINE)
    assert adds == [register[0]] * (512 // TARGETS[name].vector_bits)


@pytest.mark.parametrize(("hint", "branches"), [("full", 0), ("disable", 1)])
def test_loops_are_unrolled_where_they_say_so(hint: str, branches: int):
    text = optimize(UNROLLED.replace("HINT", hint), NATIVE)
    assert len(re.findall(r"br i1", text)) == branches


def test_small_arrays_become_registers():
    text = """
define i64 @f(i64 %x) {
  %a = alloca [4 x i64], align 64
  %p = getelementptr i8, ptr %a, i64 16
  store i64 %x, ptr %p
  %y = load i64, ptr %p
  ret i64 %y
}"""
    assert "alloca" not in optimize(text, NATIVE)


# LLVM ignores an option it does not know: each must change some code.
_PROBE = """
import sys
import llvmlite.binding as llvm
llvm.initialize_all_targets(); llvm.initialize_all_asmprinters()
for option in sys.argv[1:]:
    llvm.set_option("probe", option)
machine = llvm.Target.from_triple("x86_64-unknown-linux-gnu").create_target_machine(
    cpu="znver3", opt=2, reloc="pic", codemodel="default")
sys.stdout.write(machine.emit_assembly(llvm.parse_assembly(sys.stdin.read())))
"""
# Addresses made before a loop and strides in it; then more values alive than there are registers.
_BUSY = """
define void @walk(ptr %p, ptr %q, i64 %n) {
entry:
  %s = add i64 %n, 5
  %a = getelementptr [12 x i8], ptr %p, i64 %s
  %b = getelementptr i8, ptr %a, i64 100
  %t = icmp eq i64 %n, 7
  br i1 %t, label %done, label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %j, %loop ]
  %k = mul i64 %i, 12
  %c = getelementptr i8, ptr %q, i64 %k
  %v = load float, ptr %c
  %d = getelementptr i8, ptr %p, i64 %k
  %w = load float, ptr %d
  %x = fmul float %v, %w
  %e = getelementptr i8, ptr %c, i64 1000
  %y = load float, ptr %b
  %z = fadd float %x, %y
  store float %z, ptr %e
  store float %x, ptr %d
  %j = add nsw nuw i64 %i, 1
  %m = icmp slt i64 %j, %n
  br i1 %m, label %loop, label %done
done:
  ret void
}
define i64 @many(ptr %p) {
""" + "".join(
    (
        *(f"  %p{k} = getelementptr i8, ptr %p, i64 {k * 40}\n" for k in range(24)),
        *(f"  %v{k} = load i64, ptr %p{k}\n" for k in range(24)),
        "  %s0 = add i64 %v0, 1\n",
        *(f"  %s{k} = mul i64 %s{k - 1}, %v{k}\n" for k in range(1, 24)),
        *(f"  store i64 %s{k}, ptr %p{k * 7 % 24}\n" for k in range(24)),
        "  ret i64 %s23\n}\n",
    )
)


def probe(*options: str) -> str:
    process = subprocess.run(
        [sys.executable, "-c", _PROBE, *options],
        input=_BUSY,
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout


def test_llvm_knows_the_options_that_are_set():
    plain = probe()
    options = {flag for name in TARGETS for flag in code_generation_flags(TARGETS[name])[1:]}
    assert {"-enable-misched=false", "-disable-lsr"} < options
    unknown = [
        option for option in sorted(options - {"-enable-misched=true"}) if probe(option) == plain
    ]
    assert unknown == []
    assert probe("-enable-misched=false", "-enable-misched=true") == plain


def test_the_scheduler_is_off_where_there_are_many_registers():
    assert "-enable-misched=true" in code_generation_flags(TARGETS["x86-64-v3"])
    assert "-enable-misched=false" in code_generation_flags(TARGETS["x86-64-v4"])


def test_options_of_one_target_do_not_change_the_code_of_another():
    first = emit_assembly(_BUSY, TARGETS["x86-64-v3"])
    emit_assembly(_BUSY, TARGETS["x86-64-v4"])
    assert emit_assembly(_BUSY, TARGETS["x86-64-v3"]) == first


def test_threads_may_compile():
    targets = list(TARGETS.values()) * 3
    with ThreadPoolExecutor(4) as pool:
        objects = list(pool.map(emit_object, [USES] * len(targets), targets))
    assert objects == [emit_object(USES, target) for target in targets]

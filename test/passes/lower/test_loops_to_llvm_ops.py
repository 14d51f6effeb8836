"""Each op of arith, math and vector that `loops-to-llvm` lowers, compiled, against numpy.

Each case is a function over arrays of 45 elements: 40 as vectors of 8, the others as scalars.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from compiled_kernel import DTYPES, Kernel, to_ir
from inlay.passes.lower.llvm_handlers import HANDLERS
from inlay.runtime.jit import emit_assembly, emit_object
from inlay.target.description import TARGETS, Target

Array: TypeAlias = NDArray[Any]

LANES = 8
LENGTH = 45

FLOATS = ("f16", "bf16", "f32", "f64")
INTEGERS = ("i8", "i16", "i32", "i64")


class Case(NamedTuple):
    """A function: operands ``%a``, ``%b``, ``%c``, result ``%r``; ``{f32}`` is f32 or a vector."""

    name: str
    operands: Sequence[str]
    result: str
    body: str
    meaning: Callable[..., Array]
    signed_zeros: bool = True
    second: str = ""
    """What the second operand is: a divisor is not 0, an amount (of a shift) small."""


def on_one_type(
    op: str,
    arity: int,
    types: Sequence[str],
    meaning: Callable[..., Array],
    *,
    signed_zeros: bool = True,
    second: str = "",
) -> list[Case]:
    """An op whose operands and result have one type, for each of several."""
    names = ", ".join(("%a", "%b", "%c")[:arity])
    return [
        Case(
            f"{op}-{t}",
            [t] * arity,
            t,
            f"%r = {op} {names} : {{{t}}}",
            meaning,
            signed_zeros,
            second,
        )
        for t in types
    ]


def cast(op: str, source: str, result: str, meaning: Callable[[Array], Array]) -> Case:
    body = f"%r = {op} %a : {{{source}}} to {{{result}}}"
    return Case(f"{op}-{source}-{result}", [source], result, body, meaning)


def unsigned(array: Array) -> Array:
    return array.view(f"u{array.dtype.itemsize}")


def on_unsigned(function: Callable[..., Array]) -> Callable[..., Array]:
    return lambda *operands: function(*map(unsigned, operands)).view(operands[0].dtype)


def truncated_quotient(lhs: Array, rhs: Array) -> Array:
    quotients = [
        abs(int(a)) // abs(int(b)) * (1 if (a < 0) == (b < 0) else -1)
        for a, b in zip(lhs, rhs, strict=True)
    ]
    return np.array(quotients, object).astype(lhs.dtype)


def truncated_remainder(lhs: Array, rhs: Array) -> Array:
    return lhs - truncated_quotient(lhs, rhs) * rhs


def fused(a: Array, b: Array, c: Array) -> Array:
    return (a.astype(np.longdouble) * b + c).astype(np.float32)


def on_bits(function: Callable[[str], int]) -> Callable[[Array], Array]:
    """On the 32 digits of each number."""
    return lambda array: np.array([function(f"{x:032b}") for x in unsigned(array)], array.dtype)


def ceil_divide(lhs: Array, rhs: Array) -> Array:
    quotients = [-(-int(a) // int(b)) for a, b in zip(lhs, rhs, strict=True)]
    return np.array(quotients, object).astype(lhs.dtype)


def saturating(name: str, *, signed: bool = True) -> Callable[[Array], Array]:
    dtype = DTYPES[name] if signed else np.dtype(f"u{DTYPES[name].itemsize}")
    limits = np.iinfo(dtype)

    def meaning(array: Array) -> Array:
        wide = array.astype(np.float64)
        numbers = [
            0
            if np.isnan(x)
            else limits.max
            if x >= limits.max
            else limits.min
            if x <= limits.min
            else int(x)
            for x in wide
        ]
        return np.array(numbers, dtype).view(DTYPES[name])

    return meaning


def through_f32(dtype: np.dtype[np.generic]) -> Callable[[Array], Array]:
    return lambda array: array.astype(np.float32).astype(dtype)


def to(name: str) -> Callable[[Array], Array]:
    return lambda array: array.astype(DTYPES[name])


def half_away(array: Array) -> Array:
    return np.where(array < 0, -np.floor(0.5 - array), np.floor(array + 0.5)).astype(array.dtype)


CMPI: dict[str, Callable[[Array, Array], Array]] = {
    "eq": np.equal,
    "ne": np.not_equal,
    "slt": np.less,
    "sle": np.less_equal,
    "sgt": np.greater,
    "sge": np.greater_equal,
    "ult": lambda a, b: np.less(unsigned(a), unsigned(b)),
    "ule": lambda a, b: np.less_equal(unsigned(a), unsigned(b)),
    "ugt": lambda a, b: np.greater(unsigned(a), unsigned(b)),
    "uge": lambda a, b: np.greater_equal(unsigned(a), unsigned(b)),
}
ORDERED: dict[str, Callable[[Array, Array], Array]] = {
    "oeq": np.equal,
    "ogt": np.greater,
    "oge": np.greater_equal,
    "olt": np.less,
    "ole": np.less_equal,
    "one": lambda a, b: (a < b) | (a > b),
    "ord": lambda a, b: ~(np.isnan(a) | np.isnan(b)),
}


def or_nan(function: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    return lambda a, b: function(a, b) | np.isnan(a) | np.isnan(b)


UNORDERED: dict[str, Callable[[Array, Array], Array]] = {
    "ueq": or_nan(np.equal),
    "ugt": or_nan(np.greater),
    "uge": or_nan(np.greater_equal),
    "ult": or_nan(np.less),
    "ule": or_nan(np.less_equal),
    "une": np.not_equal,
    "uno": lambda a, b: np.isnan(a) | np.isnan(b),
}

CASES = [
    *on_one_type("arith.addf", 2, FLOATS, np.add),
    *on_one_type("arith.subf", 2, FLOATS, np.subtract),
    *on_one_type("arith.mulf", 2, FLOATS, np.multiply),
    *on_one_type("arith.divf", 2, FLOATS, np.divide),
    *on_one_type("arith.negf", 1, FLOATS, np.negative),
    *on_one_type("arith.maximumf", 2, FLOATS, np.maximum, signed_zeros=False),
    *on_one_type("arith.minimumf", 2, FLOATS, np.minimum, signed_zeros=False),
    *on_one_type("arith.maxnumf", 2, FLOATS, np.fmax, signed_zeros=False),
    *on_one_type("arith.minnumf", 2, FLOATS, np.fmin, signed_zeros=False),
    *on_one_type("math.absf", 1, FLOATS, np.abs),
    *on_one_type("math.ceil", 1, FLOATS, np.ceil),
    *on_one_type("math.floor", 1, FLOATS, np.floor),
    *on_one_type("math.trunc", 1, FLOATS, np.trunc),
    *on_one_type("math.roundeven", 1, FLOATS, np.rint),
    *on_one_type("math.round", 1, ("f32", "f64"), half_away, signed_zeros=False),
    *on_one_type("math.sqrt", 1, FLOATS, np.sqrt),
    *on_one_type("math.copysign", 2, FLOATS, np.copysign),
    *on_one_type("math.fma", 3, ("f32",), fused),
    *on_one_type("arith.addi", 2, INTEGERS, np.add),
    *on_one_type("arith.subi", 2, INTEGERS, np.subtract),
    *on_one_type("arith.muli", 2, INTEGERS, np.multiply),
    *on_one_type("arith.andi", 2, (*INTEGERS, "i1"), np.bitwise_and),
    *on_one_type("arith.ori", 2, (*INTEGERS, "i1"), np.bitwise_or),
    *on_one_type("arith.xori", 2, (*INTEGERS, "i1"), np.bitwise_xor),
    *on_one_type("arith.minsi", 2, INTEGERS, np.minimum),
    *on_one_type("arith.maxsi", 2, INTEGERS, np.maximum),
    *on_one_type("arith.minui", 2, INTEGERS, on_unsigned(np.minimum)),
    *on_one_type("arith.maxui", 2, INTEGERS, on_unsigned(np.maximum)),
    *on_one_type("math.absi", 1, INTEGERS, np.abs),
    *on_one_type("math.ctpop", 1, ("i32",), on_bits(lambda bits: bits.count("1"))),
    *on_one_type("math.ctlz", 1, ("i32",), on_bits(lambda bits: (bits + "1").index("1"))),
    *on_one_type("math.cttz", 1, ("i32",), on_bits(lambda bits: (bits[::-1] + "1").index("1"))),
    *on_one_type("arith.divsi", 2, INTEGERS, truncated_quotient, second="divisor"),
    *on_one_type("arith.remsi", 2, INTEGERS, truncated_remainder, second="divisor"),
    *on_one_type("arith.divui", 2, INTEGERS, on_unsigned(np.floor_divide), second="divisor"),
    *on_one_type("arith.remui", 2, INTEGERS, on_unsigned(np.remainder), second="divisor"),
    *on_one_type("arith.floordivsi", 2, INTEGERS, np.floor_divide, second="divisor"),
    *on_one_type("arith.ceildivsi", 2, INTEGERS, ceil_divide, second="divisor"),
    *on_one_type("arith.ceildivui", 2, INTEGERS, on_unsigned(ceil_divide), second="divisor"),
    *on_one_type("arith.shli", 2, INTEGERS, np.left_shift, second="amount"),
    *on_one_type("arith.shrsi", 2, INTEGERS, np.right_shift, second="amount"),
    *on_one_type("arith.shrui", 2, INTEGERS, on_unsigned(np.right_shift), second="amount"),
    *(
        Case(f"cmpi-{p}-{t}", [t, t], "i1", f"%r = arith.cmpi {p}, %a, %b : {{{t}}}", meaning)
        for p, meaning in CMPI.items()
        for t in ("i8", "i64")
    ),
    *(
        Case(f"cmpf-{p}-{t}", [t, t], "i1", f"%r = arith.cmpf {p}, %a, %b : {{{t}}}", meaning)
        for p, meaning in {**ORDERED, **UNORDERED}.items()
        for t in ("bf16", "f32")
    ),
    *(
        Case(
            f"select-{t}",
            ["i1", t, t],
            t,
            f"%r = arith.select %a, %b, %c : {{mask}}{{{t}}}",
            np.where,
        )
        for t in (*FLOATS, *INTEGERS, "i1")
    ),
    *(
        cast("arith.extf", source, result, to(result))
        for source, result in (("f16", "f32"), ("f16", "f64"), ("bf16", "f32"), ("f32", "f64"))
    ),
    cast("arith.extf", "bf16", "f64", through_f32(DTYPES["f64"])),
    *(
        cast("arith.truncf", source, result, to(result))
        for source, result in (("f32", "f16"), ("f64", "f16"), ("f32", "bf16"), ("f64", "f32"))
    ),
    cast("arith.truncf", "f64", "bf16", through_f32(DTYPES["bf16"])),
    *(cast("arith.fptosi", t, r, saturating(r)) for t in FLOATS for r in ("i8", "i32", "i64")),
    *(
        cast("arith.fptoui", t, r, saturating(r, signed=False))
        for t in ("f32", "f64")
        for r in ("i8", "i32")
    ),
    *(cast("arith.sitofp", t, r, to(r)) for t in ("i8", "i32") for r in ("f16", "f32", "f64")),
    *(cast("arith.sitofp", t, "bf16", through_f32(DTYPES["bf16"])) for t in ("i8", "i32")),
    *(
        cast("arith.uitofp", t, r, lambda a, r=r: unsigned(a).astype(DTYPES[r]))
        for t in ("i8", "i32")
        for r in ("f32", "f64")
    ),
    cast("arith.uitofp", "i1", "f32", to("f32")),
    *(cast("arith.extsi", t, r, to(r)) for t, r in (("i8", "i16"), ("i8", "i64"), ("i32", "i64"))),
    cast("arith.extsi", "i1", "i8", lambda a: -a.astype(np.int8)),
    cast("arith.extui", "i8", "i32", lambda a: unsigned(a).astype(np.int32)),
    cast("arith.extui", "i1", "i64", to("i64")),
    *(cast("arith.trunci", t, r, to(r)) for t, r in (("i64", "i32"), ("i32", "i8"))),
    cast("arith.trunci", "i8", "i1", lambda a: (a & 1).astype(np.bool_)),
    cast("arith.bitcast", "f32", "i32", lambda a: a.view(np.int32)),
    cast("arith.bitcast", "i16", "bf16", lambda a: a.view(DTYPES["bf16"])),
]


def converted(template: str, lanes: int) -> str:
    """The body with its types for vectors of some lanes, or for scalars (1)."""
    mask = f"vector<{lanes}xi1>, " if lanes > 1 else ""
    vector = f"vector<{lanes}x%s>" if lanes > 1 else "%s"
    return re.sub(
        r"\{(\w+)\}", lambda match: mask if match[1] == "mask" else vector % match[1], template
    )


def function(case: Case, lanes: int = LANES) -> str:
    """The text of a case's function."""
    names = "abc"[: len(case.operands)]
    buffers = [f"%m{n}: memref<{LENGTH}x{t}>" for n, t in zip(names, case.operands, strict=True)]
    vectors: list[str] = []
    scalars: list[str] = []
    for name, type_ in zip(names, case.operands, strict=True):
        memref = f"memref<{LENGTH}x{type_}>"
        vectors.append(f"%{name} = vector.load %m{name}[%i] : {memref}, vector<{lanes}x{type_}>")
        scalars.append(f"%{name} = memref.load %m{name}[%i] : {memref}")
    result = f"memref<{LENGTH}x{case.result}>"
    whole = LENGTH // lanes * lanes
    return f"""
func.func @"{case.name}"({", ".join(buffers)}, %mr: {result}) {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %lanes = arith.constant {lanes} : index
  %whole = arith.constant {whole} : index
  %length = arith.constant {LENGTH} : index
  scf.for %i = %c0 to %whole step %lanes {{
    {chr(10).join(vectors)}
    {converted(case.body, lanes)}
    vector.store %r, %mr[%i] : {result}, vector<{lanes}x{case.result}>
  }}
  scf.for %i = %whole to %length step %c1 {{
    {chr(10).join(scalars)}
    {converted(case.body, 1)}
    memref.store %r, %mr[%i] : {result}
  }}
  func.return
}}"""


def module(lanes: int = LANES) -> str:
    return "\n".join(function(case, lanes) for case in CASES)


def sample(type_: str, seed: int, use: str = "") -> Array:
    """Numbers of a type: its special ones first, then random ones, in random order."""
    rng, dtype = np.random.default_rng(seed), DTYPES[type_]
    if type_ == "i1":
        return rng.integers(0, 2, LENGTH).astype(dtype)
    if type_ in FLOATS:
        special = [0, -0.0, np.nan, np.inf, -np.inf, 0.5, 2.5, -3.5, 1e-6, -1e-7, 65519, 65520, 3e9]
        numbers = np.concatenate([special, rng.standard_normal(LENGTH - len(special)) * 50])
    else:
        limits = np.iinfo(dtype)
        special = [0, 1, -1, limits.min, limits.max]
        numbers = np.concatenate(
            [special, rng.integers(limits.min, limits.max, LENGTH - 5, dtype, endpoint=True)]
        )
        if use == "divisor":
            numbers = np.where(numbers >= 0, numbers // 2 + 1, numbers // 2 - 1)
        elif use == "amount":
            numbers = numbers & 7
    return rng.permutation(numbers).astype(dtype)


def same(found: Array, expected: Array, *, signed_zeros: bool) -> Array:
    """Which elements are the same number; NaNs are, and zeros of other sign are not if asked."""
    equal = found == expected
    if found.dtype.kind not in "biu":
        equal |= np.isnan(found) & np.isnan(expected)
        if signed_zeros:
            equal &= (np.signbit(found) == np.signbit(expected)) | np.isnan(found)
    return equal


def failures(kernel: Kernel, case: Case) -> list[Array]:
    """The operands, results and expected results that differ; empty if none do."""
    uses = ("", case.second, "")
    with np.errstate(all="ignore"):
        operands = [
            sample(type_, seed, use)
            for seed, (type_, use) in enumerate(zip(case.operands, uses, strict=False))
        ]
        result = np.zeros(LENGTH, DTYPES[case.result])
        kernel(case.name, *operands, result)
        expected = case.meaning(*operands)
        assert expected.dtype == result.dtype
        wrong = ~same(result, expected, signed_zeros=case.signed_zeros)
    return [each[wrong] for each in (*operands, result, expected)] if wrong.any() else []


@pytest.fixture(scope="module")
def native() -> Kernel:
    return Kernel(module())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_op(native: Kernel, case: Case):
    assert failures(native, case) == []


# What differs between targets: conversions of 16-bit floats, saturation, rounding, comparisons.
TARGET_CASES = [
    case
    for case in CASES
    if any(word in case.name for word in ("f16", "fpto", "round", "m-f32", "mumf-f32", "cmpf"))
]


@pytest.mark.parametrize(
    ("name", "lanes"), [("x86-64-v2", 4), ("x86-64-v3", 4), ("x86-64-v3", 16), ("x86-64-v4", 16)]
)
def test_ops_on_other_targets(name: str, lanes: int):
    """Code for an older machine is right too; for a newer one there is code."""
    target = TARGETS[name]
    text = "\n".join(function(case, lanes) for case in TARGET_CASES)
    if not set(target.features) <= set(Target.native().features):
        emit_object(to_ir(text, target), target)
        return
    kernel = Kernel(text, target)
    assert [case.name for case in TARGET_CASES if failures(kernel, case)] == []


@pytest.mark.parametrize("name", ["x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"])
def test_code_needs_no_library(name: str):
    """But for what the C library has: fused multiply-add, where the machine has none."""
    target = TARGETS[name]
    text = "\n".join(function(case) for case in TARGET_CASES)
    assembly = emit_assembly(to_ir(text, target), target)
    called = set(re.findall(r"\s(?:callq?|bl|jmp)\s+\*?([A-Za-z_]\w+)", assembly))
    assert called <= {"fmaf"}
    assert "__trunc" not in assembly
    assert "__extend" not in assembly


def test_casts_known_to_fit_are_plain():
    text = """
func.func @f(%x: f32) -> i32 {
  %y = arith.fptosi %x {tl.in_range} : f32 to i32
  func.return %y : i32
}"""
    ir = to_ir(text, TARGETS["x86-64-v3"])
    assert "fptosi float" in ir
    assert "fptosi.sat" not in ir


def test_every_lowered_op_of_arith_and_math_has_a_case():
    tested = {op for case in CASES for op in re.findall(r"(?:arith|math)\.\w+", case.body)}
    elsewhere = {"arith.constant", "arith.index_cast"}
    assert {name for name in HANDLERS if name.startswith(("arith.", "math."))} == tested | elsewhere

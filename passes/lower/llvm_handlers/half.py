"""Conversions to and from 16-bit floats, as integer arithmetic where the machine has none.

LLVM calls a library's functions for those that the machine lacks, and a kernel has no library.
Arithmetic on 16-bit floats is done in f32, and each result rounded.
"""

from __future__ import annotations

from xdsl.dialects import llvm
from xdsl.dialects.builtin import BFloat16Type, Float16Type, Float64Type, f32, i16, i32
from xdsl.ir import Attribute, SSAValue

from ....target.description import Target
from .builder import FunctionBuilder
from .emit import binary, cast, elementwise, fcmp, icmp, select
from .types import bits, element_type, with_element

_EQ, _ULT, _UGT, _UGE = 0, 6, 8, 9
_ONE, _OGT, _UNO = 6, 2, 14


def has_f16_conversions(target: Target) -> bool:
    """Whether the machine converts between f16 and f32."""
    return target.has("f16c") or target.triple.startswith("aarch64")


def needs_f32(type_: Attribute) -> bool:
    """Whether ops on a float type are computed in f32: on 16 bits, where few machines do better."""
    return isinstance(element_type(type_), BFloat16Type | Float16Type)


def as_words(b: FunctionBuilder, value: SSAValue) -> SSAValue:
    """16-bit floats as their bits, to be moved: LLVM would move them as f32, and convert."""
    if not needs_f32(value.type):
        return value
    return cast(b, llvm.BitcastOp, value, with_element(value.type, i16))


def from_words(b: FunctionBuilder, value: SSAValue, type_: Attribute) -> SSAValue:
    """What ``as_words`` made bits of, in its type again."""
    return value if value.type == type_ else cast(b, llvm.BitcastOp, value, type_)


def convert_float(b: FunctionBuilder, value: SSAValue, type_: Attribute) -> SSAValue:
    """A float, or a vector of floats, in another float type, rounded to nearest even."""
    source, result = element_type(value.type), element_type(type_)
    if source == result:
        return value
    if isinstance(source, BFloat16Type | Float16Type) and bits(result) == 16:
        return convert_float(b, convert_float(b, value, with_element(type_, f32)), type_)
    if bits(source) < bits(result):
        return _extend(b, value, type_)
    if isinstance(result, BFloat16Type):
        return _to_bfloat16(b, convert_float(b, value, with_element(type_, f32)), type_)
    if isinstance(result, Float16Type):
        return _to_float16(b, value, type_)
    return cast(b, llvm.FPTruncOp, value, type_)


def _extend(b: FunctionBuilder, value: SSAValue, type_: Attribute) -> SSAValue:
    if isinstance(element_type(value.type), BFloat16Type):
        return convert_float(b, _from_bfloat16(b, value), type_)
    if isinstance(element_type(value.type), Float16Type) and not has_f16_conversions(b.target):
        wide = _from_float16(b, value, with_element(type_, f32))
        return convert_float(b, wide, type_)
    return cast(b, llvm.FPExtOp, value, type_)


def _from_bfloat16(b: FunctionBuilder, value: SSAValue) -> SSAValue:
    """A bf16 in f32, by its bits: LLVM would undo an extension before some ops."""
    words = with_element(value.type, i32)
    half = cast(b, llvm.BitcastOp, value, with_element(value.type, i16))
    word = binary(b, llvm.ShlOp, cast(b, llvm.ZExtOp, half, words), b.splat(16, words))
    return cast(b, llvm.BitcastOp, word, with_element(value.type, f32))


def _to_bfloat16(b: FunctionBuilder, value: SSAValue, type_: Attribute) -> SSAValue:
    """Round an f32: add half of the last place kept, less one where that place is even."""
    words = with_element(type_, i32)
    word = cast(b, llvm.BitcastOp, value, words)
    high = binary(b, llvm.LShrOp, word, b.splat(16, words))
    odd = binary(b, llvm.AndOp, high, b.splat(1, words))
    bias = binary(b, llvm.AddOp, odd, b.splat(0x7FFF, words))
    rounded = binary(b, llvm.LShrOp, binary(b, llvm.AddOp, word, bias), b.splat(16, words))
    quiet = binary(b, llvm.OrOp, high, b.splat(0x40, words))
    chosen = select(b, fcmp(b, _UNO, value, value), quiet, rounded)
    half = cast(b, llvm.TruncOp, chosen, with_element(type_, i16))
    return cast(b, llvm.BitcastOp, half, type_)


def _to_float16(b: FunctionBuilder, value: SSAValue, type_: Attribute) -> SSAValue:
    native = has_f16_conversions(b.target)
    if isinstance(element_type(value.type), Float64Type):
        if b.target.triple.startswith("aarch64"):
            return cast(b, llvm.FPTruncOp, value, type_)
        value = _round_to_odd(b, value)
    return cast(b, llvm.FPTruncOp, value, type_) if native else _round_to_float16(b, value)


def _round_to_odd(b: FunctionBuilder, value: SSAValue) -> SSAValue:
    """An f64 in f32, made odd where it is inexact, so that rounding again is right."""
    singles, words = with_element(value.type, f32), with_element(value.type, i32)
    nearest = cast(b, llvm.FPTruncOp, value, singles)
    back = cast(b, llvm.FPExtOp, nearest, value.type)
    word = cast(b, llvm.BitcastOp, nearest, words)
    one = b.splat(1, words)
    even = icmp(b, _EQ, binary(b, llvm.AndOp, word, one), b.splat(0, words))
    inexact = binary(b, llvm.AndOp, even, fcmp(b, _ONE, back, value))
    too_large = fcmp(b, _OGT, elementwise(b, "fabs", [back]), elementwise(b, "fabs", [value]))
    towards = select(
        b, too_large, binary(b, llvm.SubOp, word, one), binary(b, llvm.AddOp, word, one)
    )
    return cast(b, llvm.BitcastOp, select(b, inexact, towards, word), singles)


def _round_to_float16(b: FunctionBuilder, value: SSAValue) -> SSAValue:
    """An f32 in f16, by integer arithmetic; tiny results are rounded by a float addition."""
    words = with_element(value.type, i32)
    word = cast(b, llvm.BitcastOp, value, words)
    magnitude = binary(b, llvm.AndOp, word, b.splat(0x7FFFFFFF, words))
    sign = binary(b, llvm.XOrOp, word, magnitude)
    # From 2^16 on infinity; a NaN stays one.
    nan = icmp(b, _UGT, magnitude, b.splat(0x7F800000, words))
    special = select(b, nan, b.splat(0x7E00, words), b.splat(0x7C00, words))
    # Below 2^-14: adding 0.5 leaves the subnormal's bits at the end of the sum.
    magic = b.splat(0x3F000000, words)
    shifted = binary(
        *(b, llvm.FAddOp),
        cast(b, llvm.BitcastOp, magnitude, value.type),
        cast(b, llvm.BitcastOp, magic, value.type),
        {"fastmathFlags": llvm.FastMathAttr(None)},
    )
    subnormal = binary(b, llvm.SubOp, cast(b, llvm.BitcastOp, shifted, words), magic)
    # Between: rebias the exponent, and round as for bf16.
    odd = binary(
        b, llvm.AndOp, binary(b, llvm.LShrOp, magnitude, b.splat(13, words)), b.splat(1, words)
    )
    biased = binary(b, llvm.AddOp, magnitude, b.splat(0xFFF - (112 << 23), words))
    normal = binary(b, llvm.LShrOp, binary(b, llvm.AddOp, biased, odd), b.splat(13, words))
    finite = select(b, icmp(b, _ULT, magnitude, b.splat(113 << 23, words)), subnormal, normal)
    chosen = select(b, icmp(b, _UGE, magnitude, b.splat(143 << 23, words)), special, finite)
    signed = binary(b, llvm.OrOp, chosen, binary(b, llvm.LShrOp, sign, b.splat(16, words)))
    half = cast(b, llvm.TruncOp, signed, with_element(value.type, i16))
    return cast(b, llvm.BitcastOp, half, with_element(value.type, _F16))


def _from_float16(b: FunctionBuilder, value: SSAValue, type_: Attribute) -> SSAValue:
    """An f16 in f32: its bits in place, times 2^112; exact, subnormals too."""
    words = with_element(type_, i32)
    word = cast(
        *(b, llvm.ZExtOp),
        cast(b, llvm.BitcastOp, value, with_element(type_, i16)),
        words,
    )
    magnitude = binary(b, llvm.AndOp, word, b.splat(0x7FFF, words))
    placed = binary(b, llvm.ShlOp, magnitude, b.splat(13, words))
    scaled = binary(
        *(b, llvm.FMulOp),
        cast(b, llvm.BitcastOp, placed, type_),
        b.splat(2.0**112, type_),
        {"fastmathFlags": llvm.FastMathAttr(None)},
    )
    special = icmp(b, _UGE, magnitude, b.splat(0x7C00, words))
    infinite = binary(b, llvm.OrOp, placed, b.splat(0x7F800000, words))
    number = select(b, special, infinite, cast(b, llvm.BitcastOp, scaled, words))
    sign = binary(b, llvm.ShlOp, binary(b, llvm.XOrOp, word, magnitude), b.splat(16, words))
    return cast(b, llvm.BitcastOp, binary(b, llvm.OrOp, number, sign), type_)


_F16 = Float16Type()

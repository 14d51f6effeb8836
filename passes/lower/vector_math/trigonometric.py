"""sin, cos and tan of any finite number.

x is divided by pi/2 with remainder. Where |x| is moderate, pi/2 is subtracted k times in parts,
of which k-fold multiples are exact (Cody and Waite). Where any lane is larger, those lanes multiply
by as many bits of 2/pi as matter (Payne and Hanek), in a branch. Polynomials, minimax for the
relative error by Remez's algorithm in 40 digits, give sine and cosine of the remainder.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan

from xdsl.dialects.builtin import f32, f64

from .emitter import DOUBLE, SINGLE, Coefficients, Emitter, Value

_TWO_OVER_PI = 0.6366197723675814

# (sin(r) - r) / r^3 and (cos(r) - 1 + r^2/2) / r^4, in r^2
_SIN = Coefficients(
    single=(-1.95149579e-4, 8.33215841e-3, -0.166666546),
    double=(
        *(1.5896067767499578e-10, -2.5050745043289052e-8, 2.7557313604570334e-6),
        *(-1.9841269829542773e-4, 8.3333333333220625e-3, -0.16666666666666631),
    ),
)
_COS = Coefficients(
    single=(2.44327845e-5, -1.38873131e-3, 4.16666456e-2),
    double=(
        *(-1.1358423562499328e-11, 2.0875698709198907e-9, -2.7557314163979361e-7),
        *(2.4801587288800026e-5, -1.3888888888872976e-3, 4.1666666666666592e-2),
    ),
)

# pi/2 in parts. Of f32 all 24 bits are used: the multiples are exact in a fused multiply-add.
_PI_OVER_2_SINGLE = (1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15)
# The first three have 33 bits (as in fdlibm).
_PI_OVER_2_DOUBLE = (
    *(1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21),
    8.4784276603689e-32,
)
_PI_OVER_2 = (1.5707963267948966, 6.123233995736766e-17)
_LARGEST_SINGLE = 1e5
_LARGEST_DOUBLE = 8e5


def sin(e: Emitter, x: Value) -> Value:
    """The sine of x radians."""
    quadrant, r = _remainder(e, x)
    sine, cosine = _sin_cos(e, r)
    result = e.select((quadrant & 1).differs(0), cosine, sine)
    return _with_sign(e, result, e.bits(x) ^ _sign_of(x, quadrant))


def cos(e: Emitter, x: Value) -> Value:
    """The cosine of x radians."""
    quadrant, r = _remainder(e, x)
    sine, cosine = _sin_cos(e, r)
    result = e.select((quadrant & 1).differs(0), sine, cosine)
    return _with_sign(e, result, _sign_of(x, quadrant + 1))


def tan(e: Emitter, x: Value) -> Value:
    """The tangent of x radians: sine by cosine, or in odd quadrants cosine by sine, negative."""
    quadrant, r = _remainder(e, x)
    sine, cosine = _sin_cos(e, r)
    odd = (quadrant & 1).differs(0)
    result = e.select(odd, cosine, sine) / e.select(odd, sine, cosine)
    return _with_sign(e, result, e.bits(x) ^ _sign_of(x, quadrant << 1))


def _sin_cos(e: Emitter, r: Value) -> tuple[Value, Value]:
    z = r * r
    sine = e.fma(z * r, e.horner(z, _SIN.of(r)), r)
    cosine = e.fma(z * z, e.horner(z, _COS.of(r)), e.fma(z, -0.5, 1.0))
    return sine, cosine


def _sign_of(x: Value, quadrant: Value) -> Value:
    """Bit 1 of the quadrant, as the sign in a word like x's."""
    return quadrant << (x.format.bits.bitwidth - 2)


def _with_sign(e: Emitter, x: Value, word: Value) -> Value:
    """x, negated where the word is negative."""
    return e.from_bits(e.bits(x) ^ word & -1 << (x.format.bits.bitwidth - 1))


def _remainder(e: Emitter, x: Value) -> tuple[Value, Value]:
    """|x| by pi/2: the quotient's last bits and the remainder, NaN for infinities."""
    magnitude = e.abs(x)
    usual = _by_subtraction(e, magnitude)
    large = magnitude > (_LARGEST_DOUBLE if x.format is DOUBLE else _LARGEST_SINGLE)
    quadrant, r = e.where_any(large, lambda: _by_many_bits(e, magnitude), usual)
    return quadrant, e.select(magnitude < inf, r, nan)


def _by_subtraction(e: Emitter, x: Value) -> tuple[Value, Value]:
    if x.format is SINGLE and not e.fuses:
        quadrant, r = _by_subtraction(e, e.extend(x, f64))
        return e.narrow(quadrant, x.format.bits), e.truncate(r, f32)
    k, quadrant = e.round_to_int(x, _TWO_OVER_PI)
    r = x
    for part in _PI_OVER_2_DOUBLE if x.format is DOUBLE else _PI_OVER_2_SINGLE:
        r = e.fma(k, -part, r)
    return quadrant, r


# ---------------------------------------------------------------- large numbers

# 2/pi times 2^1168
_TWO_OVER_PI_BITS = int(
    "a2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a42"
    "4dd2e006492eea09d1921cfe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991"
    "d639835339f49c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09"
    "b74f463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d085603",
    16,
)
_WORDS = 19
_LEADING_ZEROS = 48
_LOW = (1 << 32) - 1


def _by_many_bits(e: Emitter, x: Value) -> tuple[Value, Value]:
    """The same for numbers of at least 2^16, in f64 and its 64-bit words."""
    if x.format is SINGLE:
        quadrant, r = _by_many_bits(e, e.extend(x, f64))
        return e.narrow(quadrant, x.format.bits), e.truncate(r, f32)
    word = e.bits(x)
    significand = word & (1 << 52) - 1 | 1 << 52
    # x = significand * 2^exponent; bits of 2/pi worth 4 and more in the product do not matter.
    exponent = (word.shift_right_unsigned(52) & 0x7FF) - (DOUBLE.bias + 52)
    window = _window(e, x, exponent + (_LEADING_ZEROS - 2))
    high, middle = _product(significand, window)
    # The product's fraction, as a signed number between -1/2 and 1/2 in 128 bits.
    fraction = high << 2 | middle.shift_right_unsigned(62)
    rest = middle << 2
    quadrant = high.shift_right_unsigned(62) + fraction.shift_right_unsigned(63)
    upper = e.fma(e.float_of_int(fraction >> 32), 2.0**32, e.float_of_int(fraction & _LOW))
    lower = e.fma(
        *(e.float_of_int(rest & _LOW), 2.0**-64),
        e.float_of_int(rest.shift_right_unsigned(32)) * 2.0**-32,
    )
    # Times pi/2, each in two parts.
    total = upper + lower
    total_low = (upper - total) + lower
    high, low = (2.0**-64 * part for part in _PI_OVER_2)
    return quadrant, e.fma(total, high, e.fma(total, low, total_low * high))


def _window(e: Emitter, x: Value, start: Value) -> Sequence[Value]:
    """192 bits of 2/pi from a bit on, after leading zeros: three words, the highest first."""
    shift = 64 * _WORDS - _LEADING_ZEROS - 1168
    bits = _TWO_OVER_PI_BITS << shift
    like = e.bits(x)
    words = [like.like(_signed(bits >> 64 * n)) for n in reversed(range(_WORDS))]
    # Move the words down by the digits of the first one's number.
    for digit in (8, 4, 2, 1):
        moved = (start & 64 * digit).differs(0)
        count = 3 + digit
        words = [e.select(moved, words[n + digit], words[n]) for n in range(count)]
    offset = start & 63
    return [
        words[n] << offset | words[n + 1].shift_right_unsigned(1).shift_right_unsigned(offset ^ 63)
        for n in range(3)
    ]


def _product(factor: Value, words: Sequence[Value]) -> tuple[Value, Value]:
    """The product of a 53-bit factor and 192 bits modulo 2^192: its two higher words."""
    digits = [
        digit for word in reversed(words) for digit in (word & _LOW, word.shift_right_unsigned(32))
    ]
    result = [factor.like(0)] * len(digits)
    for start, multiplier in enumerate((factor & _LOW, factor.shift_right_unsigned(32))):
        carry = factor.like(0)
        for n, digit in enumerate(digits[: len(digits) - start], start):
            total = digit * multiplier + result[n] + carry
            result[n], carry = total & _LOW, total.shift_right_unsigned(32)
    return result[5] << 32 | result[4], result[3] << 32 | result[2]


def _signed(word: int) -> int:
    """The low 64 bits as a signed number."""
    low = word & (1 << 64) - 1
    return low - (low >> 63 << 64)

"""powf, fpowi, ipowi, cbrt and rsqrt.

x^y = e^(y log|x|). For f32 this is computed in f64. For f64 the logarithm has two parts, its series
in s = f / (2 + f) with products whose rounding errors are kept (Dekker), so that the product with y
is right to the last place; fdlibm's pow does likewise.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan

from xdsl.dialects.builtin import f32, f64

from .emitter import SINGLE, Emitter, Value
from .exponential import LN2_HIGH, LN2_LOW, exp
from .logarithm import log, split

# log((1 + s) / (1 - s)) = 2s + s^3 (2/3 + s^2 q), q in s^2; 2/3 in two parts
_SERIES = (
    *(0.1319948248270774, 0.13256487592160315, 0.15386771065255895, 0.18181784079366078),
    *(0.22222222523083153, 0.2857142857008265, 0.4000000000000229),
)
_TWO_THIRDS = (0.6666666666666666, 3.700743415417188e-17)

# From here on any power but those of 1 is 0 or infinite.
_LARGEST_EXPONENT = 2.0**65

# cbrt(m) for m from 1 to 2
_CBRT = (
    *(-1.0603905194682185e-2, 8.6091406308566963e-2, -0.30061170627512201),
    *(0.71815409424194959, 0.50697931842614042),
)
_CBRT_2, _CBRT_4 = 1.2599210498948732, 1.5874010519681994


def powf(e: Emitter, x: Value, y: Value) -> Value:
    """x to the power y, with the special cases of C's pow."""
    if x.format is SINGLE:
        return e.truncate(_powf(e, e.extend(x, f64), e.extend(y, f64), precise=False), f32)
    return _powf(e, x, y, precise=True)


def _powf(e: Emitter, x: Value, y: Value, *, precise: bool) -> Value:
    half = y * 0.5
    whole = e.trunc(y).equals(y)
    odd = whole & e.trunc(half).differs(half)
    result = _signed_power(e, x, y, odd, precise=precise)
    # A negative number has no other powers; -0 and -inf have.
    result = e.select((x < 0.0) & (x > -inf) & ~whole, nan, result)
    return e.select(x.equals(1.0) | y.equals(0.0), 1.0, result)


def fpowi(e: Emitter, x: Value, n: Value) -> Value:
    """x to an integer power."""
    odd = (n & 1).differs(0)
    wide = e.extend(x, f64) if x.format is SINGLE else x
    result = _signed_power(e, wide, e.int_to_float(n, f64), odd, precise=wide is x)
    result = e.select(n.equals(0), 1.0, result)
    return result if wide is x else e.truncate(result, f32)


def _signed_power(e: Emitter, x: Value, y: Value, odd: Value, *, precise: bool) -> Value:
    """|x|^y, with x's sign where y is odd; f64."""
    magnitude = e.abs(x)
    y = e.clamp(y, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)
    result = _precise_power(e, magnitude, y) if precise else exp(e, log(e, magnitude) * y)
    return e.select(odd, e.copysign(result, x), result)


def _precise_power(e: Emitter, x: Value, y: Value) -> Value:
    high, low = _precise_log(e, x)
    product, rest = e.two_product(y, high)
    rest = e.fma(y, low, rest)
    # Where e^product is 0 or infinite the rest may be anything.
    result = exp(e, product, low=e.select(e.abs(product) < 800.0, rest, 0.0))
    grows = e.select(y > 0.0, x, 1.0 / x)
    result = e.select(x.equals(0.0) | x.equals(inf), grows, result)
    return e.select(x.is_nan() | y.is_nan(), x + y, result)


def _precise_log(e: Emitter, x: Value) -> tuple[Value, Value]:
    """log(x) of a positive finite number in two parts, together right to about 2^-65."""
    k, f = split(e, x)
    # s = f / (2 + f) in two parts
    total = f + 2.0
    total_low = f - (total - 2.0)
    s = f / total
    product, rest = e.two_product(s, total)
    s_low = (((f - product) - rest) - s * total_low) / total
    # c = 2/3 + s^2 q, cubic = s^3 c
    z, z_low = e.two_product(s, s)
    z_low = e.fma(s * 2.0, s_low, z_low)
    tail = z * e.horner(z, _SERIES)
    c = tail + _TWO_THIRDS[0]
    c_low = (_TWO_THIRDS[0] - c) + tail + _TWO_THIRDS[1]
    cube, cube_low = e.two_product(s, z)
    cube_low = cube_low + e.fma(s, z_low, s_low * z)
    cubic, cubic_low = e.two_product(cube, c)
    cubic_low = cubic_low + e.fma(cube, c_low, cube_low * c)
    # k ln 2 + 2s + cubic, each sum with what it rounds off
    whole = k * LN2_HIGH[True]
    first = e.fma(s, 2.0, whole)
    second = first + cubic
    low = ((whole - first) + s * 2.0) + ((first - second) + cubic)
    low = low + e.fma(k, LN2_LOW[True], e.fma(s_low, 2.0, cubic_low))
    high = second + low
    return high, (second - high) + low


def ipowi(e: Emitter, x: Value, n: Value) -> Value:
    """x to an integer power, by squaring; negative powers truncate, and those of 0 are 0."""

    def square_and_multiply(now: Sequence[Value]) -> Sequence[Value]:
        result, square, bits = now
        result = e.select((bits & 1).equals(0), result, result * square)
        return result, square * square, bits.shift_right_unsigned(1)

    start = (x.like(1), x, e.select(n < 0, n & 1, n))
    result, _, _ = e.while_any(lambda now: now[2].differs(0), square_and_multiply, start)
    is_unit = x.equals(1) | x.equals(-1)
    return e.select((n < 0) & ~is_unit, 0, result)


def cbrt(e: Emitter, x: Value) -> Value:
    """The cube root: a polynomial for the significand, then Halley's iteration."""
    fraction, bias = x.format.fraction, x.format.bias
    magnitude = e.abs(x)
    subnormal = magnitude < x.format.smallest_normal
    # A multiple of 3, so that the result's exponent is an integer.
    lift = 3 * (fraction // 3 + 1)
    word = e.bits(e.select(subnormal, magnitude * 2.0**lift, magnitude))
    exponent = word.shift_right_unsigned(fraction)
    m = e.from_bits(word - ((exponent - bias) << fraction))
    # third = floor((exponent - bias) / 3) and the remainder
    k = e.float_of_int(exponent - bias)
    third = e.floor(e.fma(k, 1.0 / 3.0, 1.0 / 6.0))
    remainder = k - third * 3.0
    one, two = remainder.equals(1.0), remainder.equals(2.0)
    target = e.select(two, m * 4.0, e.select(one, m * 2.0, m))
    factor = e.select(two, m.like(_CBRT_4), e.select(one, m.like(_CBRT_2), 1.0))
    root = e.horner(m, _CBRT) * factor
    for _ in range(1 if x.format is SINGLE else 2):
        cube = root * root * root
        root = root - root * ((cube - target) / e.fma(cube, 2.0, target))
    _, third_int = e.round_to_int(e.select(subnormal, third - float(lift // 3), third))
    result = root * e.power_of_two(third_int)
    result = e.select((magnitude < inf) & (magnitude > 0.0), result, magnitude)
    return e.copysign(result, x)


def rsqrt(e: Emitter, x: Value) -> Value:
    """1 / sqrt(x)."""
    return 1.0 / e.sqrt(x)

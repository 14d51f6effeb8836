"""log, log2, log10 and log1p.

x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), and log(1 + f) = f + y. In f32, y is a
polynomial in f (as in Cephes); in f64, one in s = f / (2 + f) (as in fdlibm). log2 and log10 take
the products with the constants in parts, small ones first (Cephes). The polynomials are minimax for
the relative error, by Remez's algorithm in 40 digits.
"""

from __future__ import annotations

from math import inf, nan

from .emitter import DOUBLE, Emitter, Value
from .exponential import LN2_HIGH, LN2_LOW

_SQRT_HALF = 0.7071067811865476

# The quotient of log(1 + f) - f + f^2/2 by f^3.
_SINGLE = (
    *(-7.63448625e-2, 0.127615643, -0.131601809, 0.142017602, -0.166233578),
    *(0.200012268, -0.25000821, 0.333333317),
)
# The quotient of log((1 + s) / (1 - s)) - 2s by s^3, in s^2.
_DOUBLE = (
    *(0.14799271139064817, 0.15313736383343912, 0.18183575876550121, 0.22222198365750467),
    *(0.28571428744255297, 0.39999999999407026, 0.66666666666667354),
)

_LOG2_E_LESS_1 = 0.44269504088896340736
# log10(2) and log10(e) in two parts, for f32 (False) and f64; integers times the first are exact.
_LOG10_2 = {
    False: (0.301025390625, 4.605038981195214e-06),
    True: (0.30102999566361177, 3.694239077158931e-13),
}
_LOG10_E = {
    False: (0.4342041015625, 9.038034075182765e-05),
    True: (0.4342944771051407, 4.798111141615973e-09),
}


def log(e: Emitter, x: Value) -> Value:
    """The natural logarithm."""
    k, f = split(e, x)
    return limits(e, x, _sum(e, k, f, _tail(e, f)))


def log2(e: Emitter, x: Value) -> Value:
    """The binary logarithm."""
    k, f = split(e, x)
    y = _tail(e, f)
    result = e.fma(f, _LOG2_E_LESS_1, y * _LOG2_E_LESS_1) + y + f + k
    return limits(e, x, result)


def log10(e: Emitter, x: Value) -> Value:
    """The decimal logarithm."""
    k, f = split(e, x)
    y = _tail(e, f)
    double = x.format is DOUBLE
    (e_high, e_low), (two_high, two_low) = _LOG10_E[double], _LOG10_2[double]
    result = e.fma(f, e_low, e.fma(y, e_low, k * two_low))
    result = e.fma(f, e_high, e.fma(y, e_high, result))
    return limits(e, x, e.fma(k, two_high, result))


def log1p(e: Emitter, x: Value) -> Value:
    """log(1 + x), by the logarithm of the rounded sum and the rest."""
    total = x + 1.0
    return e.select(x.equals(0.0), x, log_of_sum(e, total, x - (total - 1.0)))


def log_of_sum(e: Emitter, x: Value, rest: Value, twice: Value | None = None) -> Value:
    """log(x + rest) for a rest below the last place of x; ``twice``: where to take log(2x)."""
    k, f = split(e, x)
    if twice is not None:
        k = e.select(twice, k + 1.0, k)
    correction = rest / x
    return limits(e, x, _sum(e, k, f, _tail(e, f) + correction))


def split(e: Emitter, x: Value) -> tuple[Value, Value]:
    """k and f for which a positive number is 2^k (1 + f)."""
    fraction, smallest = x.format.fraction, x.format.smallest_normal
    subnormal = x < smallest
    word = e.bits(e.select(subnormal, x * 2.0**fraction, x))
    exponent = (word - x.format.word(_SQRT_HALF)) >> fraction
    f = e.from_bits(word - (exponent << fraction)) - 1.0
    k = e.float_of_int(exponent)
    return e.select(subnormal, k - float(fraction), k), f


def limits(e: Emitter, x: Value, result: Value) -> Value:
    """A logarithm of x; right for zeros, infinities, negative numbers and NaN."""
    result = e.select(x < inf, result, x)
    return e.select(x <= 0.0, e.select(x < 0.0, x.like(nan), -inf), result)


def _sum(e: Emitter, k: Value, f: Value, y: Value) -> Value:
    """k ln 2 + f + y, small terms first."""
    double = f.format is DOUBLE
    return e.fma(k, LN2_HIGH[double], f + e.fma(k, LN2_LOW[double], y))


def _tail(e: Emitter, f: Value) -> Value:
    """log(1 + f) - f."""
    square = f * f
    if f.format is not DOUBLE:
        return e.fma(square * f, e.horner(f, _SINGLE), square * -0.5)
    s = f / (f + 2.0)
    z, half = s * s, square * 0.5
    return s * e.fma(e.horner(z, _DOUBLE), z, half) - half

"""tanh, sinh, cosh and their inverses, by exponentials and logarithms.

tanh in f32 is Eigen's rational function, its coefficients times 2^8 so that subnormal numbers keep
their bits. The others follow fdlibm; the polynomial of sinh is minimax
for the relative error, by Remez's algorithm in 40 digits.
"""

from __future__ import annotations

from math import nan

from .emitter import DOUBLE, Coefficients, Emitter, Value
from .exponential import exp, expm1
from .logarithm import log_of_sum

# Further out the rational function exceeds 1.
_TANH_LIMIT = 8.04
_TANH_SCALE = 256.0
_TANH_NUMERATOR = (
    *(-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08),
    *(1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03),
)
_TANH_DENOMINATOR = (
    *(1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03),
    4.89352518554385e-03,
)

# (sinh(x) - x) / x^3, in x^2
_SINH = Coefficients(
    single=(2.81750189e-6, 1.98360558e-4, 8.33335065e-3, 0.166666665),
    double=(
        *(7.7594251296779131e-13, 1.6057236715796562e-10, 2.5052123443795408e-8),
        *(2.7557319155061115e-6, 1.9841269841438524e-4, 8.3333333333331376e-3),
        0.16666666666666667,
    ),
)


def tanh(e: Emitter, x: Value) -> Value:
    """The hyperbolic tangent."""
    if x.format is not DOUBLE:
        square = x * x
        numerator = e.horner(square, [c * _TANH_SCALE for c in _TANH_NUMERATOR])
        denominator = e.horner(square, [c * _TANH_SCALE for c in _TANH_DENOMINATOR])
        saturated = e.abs(x) >= _TANH_LIMIT
        return e.select(saturated, e.copysign(x.like(1.0), x), x * numerator / denominator)
    grown = expm1(e, e.clamp(e.abs(x) * 2.0, None, 44.0))
    return e.copysign(grown / (grown + 2.0), x)


def sinh(e: Emitter, x: Value) -> Value:
    """The hyperbolic sine: below 1 a polynomial, else h - 1 / 4h with h = e^|x| / 2."""
    square, magnitude = x * x, e.abs(x)
    small = e.fma(square * magnitude, e.horner(square, _SINH.of(x)), magnitude)
    half = exp(e, magnitude, halvings=1)
    return e.copysign(e.select(magnitude < 1.0, small, half - 0.25 / half), x)


def cosh(e: Emitter, x: Value) -> Value:
    """The hyperbolic cosine."""
    half = exp(e, e.abs(x), halvings=1)
    return half + 0.25 / half


def asinh(e: Emitter, x: Value) -> Value:
    """log(|x| + sqrt(x^2 + 1)), as log1p(|x| + x^2 / (1 + sqrt(x^2 + 1))); log(2|x|) if large."""
    magnitude, square = e.abs(x), x * x
    less_1 = magnitude + square / (e.sqrt(square + 1.0) + 1.0)
    total = less_1 + 1.0
    result = _log_of_sum_or_double(e, total, less_1 - (total - 1.0), magnitude)
    return e.copysign(result, x)


def acosh(e: Emitter, x: Value) -> Value:
    """log(x + sqrt(x^2 - 1)), as log1p(t + sqrt(2t + t^2)) with t = x - 1; log(2x) if large."""
    t = x - 1.0
    less_1 = t + e.sqrt(e.fma(t, t, t * 2.0))
    total = less_1 + 1.0
    result = _log_of_sum_or_double(e, total, less_1 - (total - 1.0), x)
    return e.select(x < 1.0, nan, result)


def atanh(e: Emitter, x: Value) -> Value:
    """log((1 + |x|) / (1 - |x|)) / 2, as log1p(2|x| / (1 - |x|)) / 2."""
    magnitude = e.abs(x)
    less_1 = magnitude * 2.0 / (1.0 - magnitude)
    total = less_1 + 1.0
    result = log_of_sum(e, total, less_1 - (total - 1.0)) * 0.5
    return e.copysign(result, x)


def _log_of_sum_or_double(e: Emitter, total: Value, rest: Value, x: Value) -> Value:
    """log(total + rest), or log(2x) where x is so large that its square is all that counts."""
    large = x > 2.0 ** (x.format.fraction // 2 + 2)
    return log_of_sum(e, e.select(large, x, total), e.select(large, 0.0, rest), large)

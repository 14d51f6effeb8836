"""asin, acos, atan and atan2.

Arguments are brought to where a polynomial in x^2 converges, by half-angle and addition formulas
(as in Cephes). The polynomials are minimax for the relative error, by Remez's algorithm in 40
digits.
"""

from __future__ import annotations

from math import inf, nan

from .emitter import DOUBLE, Coefficients, Emitter, Value

# (asin(x) - x) / x^3, in x^2 to 1/4
_ASIN = Coefficients(
    single=(4.22306031e-2, 2.41409577e-2, 4.54783491e-2, 7.49523262e-2, 0.166667541),
    double=(
        *(3.270231846492144e-2, -2.1117011324636396e-2, 2.1790886740079235e-2),
        *(3.6720711643056012e-3, 1.0789355960112501e-2, 1.1397285892430362e-2),
        *(1.3981019541573927e-2, 1.7351595403793553e-2, 2.2372215912044882e-2),
        *(3.0381942675029352e-2, 4.4642857175292143e-2, 7.4999999999700908e-2),
        0.16666666666666763,
    ),
)
# (atan(x) - x) / x^3, in x^2 to tan(pi/8)^2
_ATAN = Coefficients(
    single=(-6.08115467e-2, 0.105951396, -0.142437388, 0.19998484, -0.333333154),
    double=(
        *(-1.7907361850235117e-2, 3.8064971244205174e-2, -5.0393314670655361e-2),
        *(5.8478975344500808e-2, -6.6631054758661242e-2, 7.6920603637145809e-2),
        *(-9.0908977672061144e-2, 0.11111110783820126, -0.1428571428020418),
        *(0.19999999999953665, -0.33333333333333198),
    ),
)

_TAN_PI_8 = 0.41421356237309503
# pi/4 in two parts, for f32 (False) and f64; doubling and quadrupling are exact.
_PI_4 = {
    False: (0.7853981852531433, -2.1855694143368964e-08),
    True: (0.7853981633974483, 3.061616997868383e-17),
}


def asin(e: Emitter, x: Value) -> Value:
    """The arc sine; above 1/2, pi/2 - 2 asin(sqrt((1 - x) / 2))."""
    magnitude = e.abs(x)
    outer = magnitude > 0.5
    angle = _half_angle(e, magnitude, outer)
    high, low = _PI_4[x.format is DOUBLE]
    far = 2.0 * high - (angle * 2.0 - 2.0 * low)
    return e.copysign(e.select(outer, far, angle), x)


def acos(e: Emitter, x: Value) -> Value:
    """The arc cosine: pi/2 - asin(x), or towards the ends from 2 asin(sqrt((1 - |x|) / 2))."""
    magnitude = e.abs(x)
    outer, negative = magnitude > 0.5, x < 0.0
    angle = _half_angle(e, magnitude, outer)
    angle = e.select(negative, -angle, angle)
    high, low = _PI_4[x.format is DOUBLE]
    inner = 2.0 * high - (angle - 2.0 * low)
    twice = angle * 2.0
    far = e.select(negative, twice + 4.0 * low + 4.0 * high, twice)
    return e.select(outer, far, inner)


def _half_angle(e: Emitter, magnitude: Value, outer: Value) -> Value:
    """asin(|x|), or asin(sqrt((1 - |x|) / 2)) in the outer lanes; NaN beyond 1."""
    z = e.select(outer, e.fma(magnitude, -0.5, 0.5), magnitude * magnitude)
    root = e.select(outer, e.sqrt(z), magnitude)
    return e.fma(z * root, e.horner(z, _ASIN.of(z)), root)


def atan(e: Emitter, x: Value) -> Value:
    """The arc tangent."""
    return e.copysign(_angle(e, e.abs(x), None), x)


def atan2(e: Emitter, y: Value, x: Value) -> Value:
    """The angle of the point (x, y), between -pi and pi; zeros and infinities have signs."""
    height, width = e.abs(y), e.abs(x)
    infinite = (height.equals(inf)) & (width.equals(inf))
    height, width = e.select(infinite, 1.0, height), e.select(infinite, 1.0, width)
    # Neither must their sum overflow, nor parts of them vanish.
    format_ = x.format
    limit, least = 2.0 ** (format_.bias - 1), format_.smallest_normal * 4.0
    huge = (height > limit) | (width > limit)
    tiny = (height < least) & (width < least)
    factor = e.select(huge, x.like(0.25), e.select(tiny, x.like(2.0**format_.fraction), 1.0))
    height, width = height * factor, width * factor
    angle = _angle(e, height, width)
    high, low = _PI_4[x.format is DOUBLE]
    left = e.bits(x) < 0
    angle = e.select(left, 4.0 * high - (angle - 4.0 * low), angle)
    angle = e.copysign(angle, y)
    return e.select(x.is_nan() | y.is_nan(), nan, angle)


def _angle(e: Emitter, height: Value, width: Value | None) -> Value:
    """atan(height / width), of positive numbers; no width is 1. Of zeros it is 0.

    The quotient q is replaced by -1/q beyond tan(3 pi/8), by (q - 1) / (q + 1) beyond tan(pi/8).
    """
    one = height.like(1.0) if width is None else width
    steep, middle = _compare(height, width)
    numerator = e.select(steep, -one, e.select(middle, height - one, height))
    denominator = e.select(steep, height, e.select(middle, height + one, one))
    quotient = numerator / denominator
    if width is not None:
        quotient = e.select(denominator.equals(0.0), 0.0, quotient)
    z = quotient * quotient
    high, low = _PI_4[height.format is DOUBLE]
    angle = e.fma(z * quotient, e.horner(z, _ATAN.of(z)), quotient)
    offset_low = e.select(steep, height.like(2.0 * low), e.select(middle, height.like(low), 0.0))
    offset = e.select(steep, height.like(2.0 * high), e.select(middle, height.like(high), 0.0))
    return offset + (angle + offset_low)


def _compare(height: Value, width: Value | None) -> tuple[Value, Value]:
    """Whether the quotient is beyond tan(3 pi/8), and beyond tan(pi/8)."""
    tan_3_pi_8 = 2.0 + _TAN_PI_8
    if width is None:
        return height > tan_3_pi_8, height > _TAN_PI_8
    return height * _TAN_PI_8 > width, height > width * _TAN_PI_8

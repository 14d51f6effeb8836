"""exp, exp2 and expm1.

x is divided by ln 2 with remainder: e^x = 2^k e^r with |r| <= ln(2) / 2 (Cody and Waite; Cephes
has the constants). A polynomial gives e^r, and exponents are added as integers. The polynomials
are minimax for the relative error, by Remez's algorithm in 40 digits.
"""

from __future__ import annotations

from .emitter import DOUBLE, Coefficients, Emitter, Value

_LOG2_E = 1.4426950408889634

LN2_HIGH = {False: 0.693359375, True: 6.93147180369123816490e-01}
LN2_LOW = {False: -2.12194440e-4, True: 1.90821492927058770002e-10}
"""ln 2 in two parts, for f32 (False) and f64; small integers times the first are exact."""

# The quotient of e^r - 1 - r by r^2.
_EXP = Coefficients(
    single=(1.3814325e-3, 8.36885134e-3, 4.1668401e-2, 0.166665195, 0.499999934),
    double=(
        *(2.4999852868185494e-8, 2.7630523070764085e-7, 2.7557588437438058e-6),
        *(2.4801492389487459e-5, 1.9841269502726355e-4, 1.3888888944247982e-3),
        *(8.3333333334969269e-3, 4.1666666666528108e-2, 0.16666666666666408),
        0.50000000000000108,
    ),
)
# The quotient of 2^r - 1 by r.
_EXP2 = Coefficients(
    single=(
        *(1.53531411e-4, 1.33991324e-3, 9.6184399e-3, 5.55033185e-2, 0.240226479),
        0.693147203,
    ),
    double=(
        *(4.4347267424661236e-10, 7.0738586262617023e-9, 1.0178200492053041e-7),
        *(1.3215434870411604e-6, 1.5252733489360151e-5, 1.5403530457877419e-4),
        *(1.3333558146780207e-3, 9.6181291075935694e-3, 5.5504108664820053e-2),
        *(0.24022650695910132, 0.69314718055994533),
    ),
)


def reduce(e: Emitter, x: Value) -> tuple[Value, Value]:
    """The integer k nearest to x / ln 2, and x - k ln 2."""
    double = x.format is DOUBLE
    k, exponent = e.round_to_int(x, _LOG2_E)
    return exponent, e.fma(k, -LN2_LOW[double], e.fma(k, -LN2_HIGH[double], x))


def exp(e: Emitter, x: Value, *, low: Value | None = None, halvings: int = 0) -> Value:
    """e^(x + low) / 2^halvings, for a low part below the last place of x."""
    x_in_range = e.clamp(x, *((-746.0, 711.0) if x.format is DOUBLE else (-105.0, 90.0)))
    exponent, r = reduce(e, x_in_range)
    if low is not None:
        r = r + low
    result = e.fma(e.horner(r, _EXP.of(x)), r * r, r) + 1.0
    return e.scale(result, exponent - halvings if halvings else exponent)


def exp2(e: Emitter, x: Value) -> Value:
    """2^x."""
    x_in_range = e.clamp(x, *((-1076.0, 1025.0) if x.format is DOUBLE else (-151.0, 129.0)))
    k, exponent = e.round_to_int(x_in_range)
    r = x_in_range - k
    return e.scale(e.fma(e.horner(r, _EXP2.of(x)), r, 1.0), exponent)


def expm1(e: Emitter, x: Value) -> Value:
    """e^x - 1, as 2^k (e^r - 1) + (2^k - 1): where k is 0 the first factor alone."""
    # Above, the factor 2^(k - 1) would have no exponent.
    low, high = (-40.0, 710.0) if x.format is DOUBLE else (-20.0, 89.0)
    exponent, r = reduce(e, e.clamp(x, low, high))
    small = e.fma(e.horner(r, _EXP.of(x)), r * r, r)
    # By 2^(k - 1) first, which is finite where 2^k is not.
    factor = e.power_of_two(exponent - 1)
    large = e.fma(factor, small, factor - 0.5) * 2.0
    return e.copysign(e.select(exponent.equals(0), small, large), x)

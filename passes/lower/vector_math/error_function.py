"""erf.

In f32 Eigen's rational function, its coefficients times 2^6 so that subnormal numbers keep their
bits. In f64 a polynomial below 1; above, 1 - e^q(|x|) with a
polynomial q for log(erfc(x)), as in Juffa's erff. The polynomials are minimax, the first for the
relative, the second for the resulting absolute error, by Remez's algorithm in 40 digits.
"""

from __future__ import annotations

from .emitter import DOUBLE, Emitter, Value
from .exponential import exp

_LIMIT_SINGLE = 4.0
_SCALE = 64.0
_NUMERATOR = (
    *(-2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06),
    *(-5.69250639462346e-05, -7.34990630326855e-04, -2.95459980854025e-03),
    -1.60960333262415e-02,
)
_DENOMINATOR = (
    *(-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03),
    *(-7.37332916720468e-03, -1.42647390514189e-02),
)

_LIMIT_DOUBLE = 5.95
# erf(x) / x, in x^2 to 1
_SMALL = (
    *(-7.7976861020855057e-10, 1.3721137598180279e-8, -1.6208760106525676e-7),
    *(1.644746467616595e-6, -1.4924740480313005e-5, 1.2055295109102652e-4),
    *(-8.5483259828610264e-4, 5.2239776072862315e-3, -2.6866170643260221e-2),
    *(0.11283791670945158, -0.37612638903183544, 1.1283791670955126),
)
# log(erfc(x)), in x - 1 to 4.95
_LOG_ERFC = (
    *(9.7155947792081521e-13, -2.7620278436932972e-11, 3.5989392768840368e-10),
    *(-2.8391264507153149e-9, 1.4925331522606623e-8, -5.2430178213229721e-8),
    *(9.9133900371355928e-8, 1.392175602348243e-7, -2.0541839951111528e-6),
    *(9.602972546848314e-6, -2.7154684001306239e-5, 2.627555294512621e-5),
    *(2.3732332219227303e-4, -1.9779027716733577e-3, 1.0033825405860646e-2),
    *(-4.1561098044663889e-2, -0.8431072563585438, -2.6389675142347907),
    -1.8496055099332482,
)


def erf(e: Emitter, x: Value) -> Value:
    """The error function."""
    if x.format is not DOUBLE:
        x = e.clamp(x, -_LIMIT_SINGLE, _LIMIT_SINGLE)
        square = x * x
        numerator = e.horner(square, [c * _SCALE for c in _NUMERATOR])
        denominator = e.horner(square, [c * _SCALE for c in _DENOMINATOR])
        return e.clamp(x * numerator / denominator, -1.0, 1.0)
    magnitude = e.clamp(e.abs(x), None, _LIMIT_DOUBLE)
    small = magnitude * e.horner(magnitude * magnitude, _SMALL)
    large = 1.0 - exp(e, e.horner(magnitude - 1.0, _LOG_ERFC))
    return e.copysign(e.select(magnitude < 1.0, small, large), x)

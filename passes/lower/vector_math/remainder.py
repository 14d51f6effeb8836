"""remf: the exact remainder of the division truncated to an integer, like C's fmod.

While any |r| is at least |y|, r loses q times y 2^n, with n such that q has at most 25 bits: then
all products and differences are exact. f32 is computed in f64.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan

from xdsl.dialects.builtin import f32, f64

from .emitter import DOUBLE, SINGLE, Emitter, Value

_QUOTIENT_BITS = 24
_LIFT = 54
"""Powers of two by which subnormal numbers become normal."""


def remf(e: Emitter, x: Value, y: Value) -> Value:
    """The remainder, of x's sign; NaN for an infinite x or a y of 0."""
    if x.format is SINGLE:
        return e.truncate(remf(e, e.extend(x, f64), e.extend(y, f64)), f32)
    dividend, divisor = e.abs(x), e.abs(y)
    valid = (dividend < inf) & (divisor > 0.0)
    dividend, divisor = e.select(valid, dividend, 0.0), e.select(valid, divisor, 1.0)
    subnormal = divisor < DOUBLE.smallest_normal
    lifted = e.select(subnormal, divisor * 2.0**_LIFT, divisor)
    lift = e.select(subnormal, e.bits(lifted).like(_LIFT), 0)
    exponent = _exponent(e, lifted) - lift

    def subtract(now: Sequence[Value]) -> Sequence[Value]:
        (r,) = now
        shift = _exponent(e, r) - exponent - _QUOTIENT_BITS
        shift = e.select(shift > 0, shift, 0)
        multiple = e.scale(lifted, shift - lift)
        quotient = e.trunc(r / multiple)
        # The quotient may be one too large.
        high = e.from_bits(e.bits(multiple) & -1 << 27)
        r = r - quotient * high - quotient * (multiple - high)
        return [e.select(r < 0.0, r + multiple, r)]

    (result,) = e.while_any(lambda now: now[0] >= divisor, subtract, [dividend])
    # Other lanes may go on where y is infinite, and find NaN.
    return e.select(valid, e.select(e.abs(y) < inf, e.copysign(result, x), x), nan)


def _exponent(e: Emitter, x: Value) -> Value:
    """The biased exponent of a positive number."""
    return e.bits(x).shift_right_unsigned(x.format.fraction)

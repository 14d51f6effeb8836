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
    exponent, lifted, lift = _normalized(e, divisor)

    def unfinished(now: Sequence[Value]) -> Value:
        return now[0] >= divisor

    def subtract(now: Sequence[Value]) -> Sequence[Value]:
        (r,) = now
        shift = _normalized(e, r)[0] - exponent - _QUOTIENT_BITS
        shift = e.select(shift > 0, shift, 0)
        multiple = e.scale(lifted, shift - lift)
        quotient = e.trunc(r / multiple)
        # The quotient may be one too large.
        high = e.from_bits(e.bits(multiple) & -1 << 27)
        r = r - quotient * high - quotient * (multiple - high)
        r = e.select(r < 0.0, r + multiple, r)
        return [e.select(unfinished(now), r, now[0])]

    (result,) = e.while_any(unfinished, subtract, [dividend])
    return e.select(valid, e.copysign(result, x), nan)


def _normalized(e: Emitter, x: Value) -> tuple[Value, Value, Value]:
    """A positive number's biased exponent; the number times 2^lift, which is normal; the lift."""
    subnormal = x < DOUBLE.smallest_normal
    lifted = e.select(subnormal, x * 2.0**_LIFT, x)
    word = e.bits(lifted)
    lift = e.select(subnormal, word.like(_LIFT), 0)
    return word.shift_right_unsigned(DOUBLE.fraction) - lift, lifted, lift

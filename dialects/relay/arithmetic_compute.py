"""What computes quotients, remainders and powers of two scalars, integers as the ops define them.

The machine's integer division is undefined by 0 and where the lowest number is divided by -1:
there 1 takes the divisor's place, and the results are put right.
"""

from __future__ import annotations

from xdsl.dialects import math

from .scalar import Scalar, integer_bits


def divide(lhs: Scalar, rhs: Scalar) -> Scalar:
    """The quotient, truncated for integers."""
    if lhs.is_float:
        return lhs / rhs
    return _quotient(lhs, rhs, lhs / _harmless(rhs))


def floor_divide(lhs: Scalar, rhs: Scalar) -> Scalar:
    """The quotient, rounded down."""
    if lhs.is_float:
        return (lhs / rhs).apply(math.FloorOp)
    divisor = _harmless(rhs)
    quotient = lhs / divisor
    if not lhs.is_unsigned:
        remainder = lhs - quotient * divisor
        quotient = _leans_back(remainder, divisor).select(quotient - 1, quotient)
    return _quotient(lhs, rhs, quotient)


def mod(lhs: Scalar, rhs: Scalar) -> Scalar:
    """The remainder of lhs's sign; 0 by the integer 0."""
    return lhs.remainder(rhs if lhs.is_float else _harmless(rhs))


def floor_mod(lhs: Scalar, rhs: Scalar) -> Scalar:
    """The remainder of rhs's sign; 0 by the integer 0."""
    remainder = mod(lhs, rhs)
    if lhs.is_unsigned:
        return remainder
    if not lhs.is_float:
        return _leans_back(remainder, rhs).select(remainder + rhs, remainder)
    # A remainder of 0 takes rhs's sign; what is not less or greater is 0 or NaN.
    zero = remainder.eq(0) & rhs.ne(0)
    signed = zero.select(remainder.like(0.0).apply(math.CopySignOp, rhs), remainder)
    opposite = (remainder.lt(0) & rhs.gt(0)) | (remainder.gt(0) & rhs.lt(0))
    return opposite.select(remainder + rhs, signed)


def power(lhs: Scalar, rhs: Scalar) -> Scalar:
    """lhs to the power rhs, for integers by repeated squaring."""
    if lhs.is_float:
        return lhs.apply(math.PowFOp, rhs)
    result, square = lhs.like(1), lhs
    digits = integer_bits(lhs.dtype) - (not lhs.is_unsigned)
    for digit in range(digits):
        result = (rhs & (1 << digit)).ne(0).select(result * square, result)
        if digit + 1 < digits:
            square = square * square
    if lhs.is_unsigned:
        return result
    sign = (rhs & 1).ne(0).select(lhs, 1)
    reciprocal = lhs.abs().eq(1).select(sign, 0)
    return rhs.lt(0).select(reciprocal, result)


def _harmless(divisor: Scalar) -> Scalar:
    """The divisor, 1 where dividing by it may be undefined."""
    undefined = divisor.eq(0)
    if not divisor.is_unsigned:
        undefined = undefined | divisor.eq(-1)
    return undefined.select(divisor.like(1), divisor)


def _quotient(lhs: Scalar, rhs: Scalar, by_harmless: Scalar) -> Scalar:
    """The quotient, given that by the harmless divisor."""
    found = by_harmless if lhs.is_unsigned else rhs.eq(-1).select(-lhs, by_harmless)
    return rhs.eq(0).select(found.like(0), found)


def _leans_back(remainder: Scalar, divisor: Scalar) -> Scalar:
    """Whether an integer's remainder is not 0 and has another sign than the divisor."""
    return remainder.ne(0) & (remainder ^ divisor).lt(0)

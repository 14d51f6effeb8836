"""Where an output pixel of a resized image reads the input, in each coordinate transformation.

Coordinates are kept exact, as (numerator, denominator), so that no rounding moves a pixel. Both
the evaluator, on arrays, and kernels, on indices, compute with these.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Protocol, Self, TypeVar


class _Affine(Protocol):
    """What pixels are counted with: arrays of integers, or indices."""

    def __add__(self, other: int, /) -> Self: ...

    def __mul__(self, factor: int, /) -> Self: ...

    def __floordiv__(self, divisor: int, /) -> Self: ...

    def __mod__(self, divisor: int, /) -> Self: ...


_Pixel = TypeVar("_Pixel", bound=_Affine)


@dataclass(frozen=True)
class Coordinates:
    """Output pixel x reads the input at ``(scale * x + offset) / denominator``."""

    scale: int
    offset: int
    denominator: int

    @classmethod
    def of(cls, transform: str, size: int, out: int) -> Coordinates:
        """Those of ``out`` pixels over an input of ``size``."""
        if transform == "half_pixel":
            scale, offset, denominator = 2 * size, size - out, 2 * out
        elif transform == "align_corners":
            scale, offset, denominator = size - 1, 0, max(out - 1, 1)
        else:
            scale, offset, denominator = size, 0, max(out, 1)
        common = gcd(scale, offset, denominator)
        return cls(scale // common, offset // common, denominator // common)

    def nearest(self, x: _Pixel, rounding: str) -> _Pixel:
        """The coordinate rounded; ``round`` takes ties away from zero."""
        numerator, denominator = x * self.scale + self.offset, self.denominator
        if rounding == "floor":
            return numerator // denominator
        if rounding == "ceil":
            return (numerator + (denominator - 1)) // denominator
        if rounding == "round_prefer_floor":
            return (numerator * 2 + (denominator - 1)) // (2 * denominator)
        return (numerator * 2 + denominator) // (2 * denominator)

    def below(self, x: _Pixel) -> _Pixel:
        """The input pixel at the coordinate or before it."""
        return (x * self.scale + self.offset) // self.denominator

    def beyond(self, x: _Pixel) -> _Pixel:
        """How far the coordinate lies beyond that pixel, times ``denominator``."""
        return (x * self.scale + self.offset) % self.denominator

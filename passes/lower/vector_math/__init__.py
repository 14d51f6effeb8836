"""Mathematical functions as arithmetic: how each is computed and how exact it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from . import (
    error_function,
    exponential,
    hyperbolic,
    inverse_trigonometric,
    logarithm,
    power,
    remainder,
    trigonometric,
)
from .emitter import Value


class Function(NamedTuple):
    """One op's computation.

    emit: from an emitter and the operands, in f32 or f64 (or integers), to the result
    ulp_single, ulp_double: the largest error in units in the last place of the result, for f32 and
    f64, measured over all ranges on a machine with fused multiply-add; without, up to 2 ulp more
    source: where the algorithm is from
    """

    emit: Callable[..., Value]
    ulp_single: float
    ulp_double: float
    source: str


FUNCTIONS: dict[str, Function] = {
    "arith.remf": Function(remainder.remf, 0, 0, "long division"),
    "math.acos": Function(inverse_trigonometric.acos, 2, 2, "Cephes"),
    "math.acosh": Function(hyperbolic.acosh, 3, 3, "fdlibm"),
    "math.asin": Function(inverse_trigonometric.asin, 3, 3, "Cephes"),
    "math.asinh": Function(hyperbolic.asinh, 3, 3, "fdlibm"),
    "math.atan": Function(inverse_trigonometric.atan, 3, 3, "Cephes"),
    "math.atan2": Function(inverse_trigonometric.atan2, 3, 3, "Cephes"),
    "math.atanh": Function(hyperbolic.atanh, 3, 3, "fdlibm"),
    "math.cbrt": Function(power.cbrt, 1, 1, "Halley"),
    "math.cos": Function(trigonometric.cos, 2, 3, "Cody and Waite; Payne and Hanek"),
    "math.cosh": Function(hyperbolic.cosh, 2, 2, "fdlibm"),
    "math.erf": Function(error_function.erf, 6, 2, "Eigen; Juffa"),
    "math.exp": Function(exponential.exp, 2, 2, "Cody and Waite"),
    "math.exp2": Function(exponential.exp2, 1, 1, "Cody and Waite"),
    "math.expm1": Function(exponential.expm1, 2, 2, "Cody and Waite"),
    "math.fpowi": Function(power.fpowi, 1, 2, "Dekker; fdlibm"),
    "math.ipowi": Function(power.ipowi, 0, 0, "squaring"),
    "math.log": Function(logarithm.log, 1, 1, "Cephes; fdlibm"),
    "math.log10": Function(logarithm.log10, 2, 2, "Cephes"),
    "math.log1p": Function(logarithm.log1p, 2, 2, "fdlibm"),
    "math.log2": Function(logarithm.log2, 2, 2, "Cephes"),
    "math.powf": Function(power.powf, 1, 2, "Dekker; fdlibm"),
    "math.rsqrt": Function(power.rsqrt, 2, 2, "by definition"),
    "math.sin": Function(trigonometric.sin, 2, 3, "Cody and Waite; Payne and Hanek"),
    "math.sinh": Function(hyperbolic.sinh, 2, 2, "fdlibm"),
    "math.tan": Function(trigonometric.tan, 4, 4, "Cody and Waite; Payne and Hanek"),
    "math.tanh": Function(hyperbolic.tanh, 5, 3, "Eigen; fdlibm"),
}
"""By the name of the op."""

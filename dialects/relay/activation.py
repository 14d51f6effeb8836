"""Activations: the functions between the layers of a network.

NaN gives NaN and infinities give the function's limit, unless the op's docstring says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects import math
from xdsl.dialects.builtin import FloatAttr, StringAttr, f64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, prop_def
from xdsl.utils.exceptions import VerifyException

from .base import F64_ATTR, RelayOp
from .compute import Elementwise
from .elementwise import UnaryOp, applied, fast_form, pointwise, same_type, unary_rows
from .kernel_builder import Point
from .rows import Array, ScaleBackward, ScaleForward, ScaleRule
from .scalar import Scalar
from .special import erf
from .types import FLOATS, NUMERIC, dtype_of, numpy_dtype

_SQRT_HALF = 0.7071067811865476
_SQRT_TWO_OVER_PI = 0.7978845608028654


def _backward(op: UnaryOp, axis: int) -> ScaleBackward | None:
    if dtype_of(op.data.type) not in FLOATS:
        return None
    return ScaleBackward(((0, axis),), positive_only=True)


def _forward(op: UnaryOp, operand: int, axis: int) -> ScaleForward | None:
    if dtype_of(op.data.type) not in FLOATS:
        return None
    return ScaleForward(carries=axis, positive_only=True)


POSITIVELY_HOMOGENEOUS: ScaleRule[UnaryOp] = ScaleRule(_backward, _forward)
"""f(s*x) = s*f(x) for s > 0: a positive scale passes through. Not so where integers wrap."""


def _relu(data: Array) -> Array:
    return np.maximum(data, 0) + 0  # The sum makes a -0 that maximum let through +0.


@irdl_op_definition
class ReluOp(UnaryOp):
    """max(x, 0). -0 gives +0."""

    name = "relay.nn.relu"
    ROWS: ClassVar = unary_rows(
        pointwise(_relu),
        NUMERIC,
        keeps_finite=True,
        scale=POSITIVELY_HOMOGENEOUS,
        compute=lambda x: x.max(0),
    )


def _leaky_relu(op: LeakyReluOp, data: Array) -> Array:
    return np.where(data > 0, data, data * op.alpha.value.data)


def _leaky_relu_element(op: LeakyReluOp, point: Point, x: Scalar) -> Scalar:
    return x.gt(0).select(x, x * op.alpha.value.data)


@irdl_op_definition
class LeakyReluOp(UnaryOp):
    """x where x > 0, else alpha * x; -inf with an alpha of 0 gives NaN."""

    name = "relay.nn.leaky_relu"
    alpha = prop_def(F64_ATTR, default_value=FloatAttr(0.25, f64))
    ROWS: ClassVar = unary_rows(
        _leaky_relu,
        keeps_finite=True,
        scale=POSITIVELY_HOMOGENEOUS,
        compute=Elementwise(_leaky_relu_element),
    )


def _infer_clip(op: ClipOp) -> Sequence[Attribute]:
    for name, bound in (("a_min", op.a_min), ("a_max", op.a_max)):
        if np.isnan(bound.value.data):
            raise VerifyException(f"{op.name}: {name} is NaN, expected a number")
    return same_type(op)


def _clip(op: ClipOp, data: Array) -> Array:
    low, high = _bounds(op)
    return np.minimum(np.maximum(data, low), high)


def _bounds(op: ClipOp) -> tuple[float, float]:
    """The bounds as numbers of the element type."""
    low, high = op.a_min.value.data, op.a_max.value.data
    if dtype_of(op.data.type) in FLOATS:
        return low, high
    limits = np.iinfo(numpy_dtype(op.data.type))
    return _to_int(low, limits), _to_int(high, limits)


def _clip_element(op: ClipOp, point: Point, x: Scalar) -> Scalar:
    low, high = _bounds(op)
    return x.max(low).min(high)


def _to_int(bound: float, limits: np.iinfo[np.integer]) -> int:
    """A bound truncated to an integer, saturating."""
    return int(limits.max if bound >= limits.max else max(bound, limits.min))


@irdl_op_definition
class ClipOp(UnaryOp):
    """min(max(x, a_min), a_max), so a_max wins where the bounds cross.

    A zero equal to a bound may change its sign. For integers the bounds are truncated to the
    element type, saturating.
    """

    name = "relay.clip"
    a_min = prop_def(F64_ATTR)
    a_max = prop_def(F64_ATTR)
    ROWS: ClassVar = unary_rows(
        _clip, NUMERIC, infer=_infer_clip, keeps_finite=True, compute=Elementwise(_clip_element)
    )


def _sigmoid(data: Array) -> Array:
    return 1 / (1 + np.exp(-data))


@irdl_op_definition
class SigmoidOp(UnaryOp):
    """1 / (1 + exp(-x))."""

    name = "relay.sigmoid"
    ROWS: ClassVar = unary_rows(
        pointwise(_sigmoid),
        keeps_finite=True,
        compute=lambda x: 1.0 / (1.0 + (-x).apply(math.ExpOp)),
    )


@irdl_op_definition
class FastTanhOp(UnaryOp):
    """tanh(x), of which a kernel may return an approximation."""

    name = "relay.fast_tanh"
    ROWS: ClassVar = unary_rows(pointwise(np.tanh), keeps_finite=True, compute=applied(math.TanhOp))


@irdl_op_definition
class TanhOp(UnaryOp):
    """tanh(x)."""

    name = "relay.tanh"
    ROWS: ClassVar = unary_rows(
        pointwise(np.tanh),
        keeps_finite=True,
        fast=fast_form(FastTanhOp),
        compute=applied(math.TanhOp),
    )


def _infer_gelu(op: GeluOp) -> Sequence[Attribute]:
    if op.approximate.data not in ("none", "tanh"):
        raise VerifyException(
            f"{op.name}: approximate is '{op.approximate.data}', expected 'none' or 'tanh'"
        )
    return same_type(op)


def _gelu(op: GeluOp, data: Array) -> Array:
    if op.approximate.data == "tanh":
        inner = np.tanh(_SQRT_TWO_OVER_PI * (data + 0.044715 * data**3))
    else:
        inner = erf(data * _SQRT_HALF)
    return 0.5 * data * (1 + inner)


def _gelu_element(op: GeluOp, point: Point, x: Scalar) -> Scalar:
    if op.approximate.data == "tanh":
        # (1 + tanh u) / 2 = 1 / (1 + exp(-2u)), where nothing cancels.
        inner = _SQRT_TWO_OVER_PI * (x + 0.044715 * (x * x * x))
        return x / (1.0 + (-2.0 * inner).apply(math.ExpOp))
    inner = (x * _SQRT_HALF).apply(math.ErfOp)
    return 0.5 * x * (1.0 + inner)


@irdl_op_definition
class GeluOp(UnaryOp):
    """The Gaussian error linear unit, x/2 * (1 + erf(x / sqrt(2))).

    With ``approximate = "tanh"``, erf(x / sqrt(2)) is tanh(sqrt(2/pi) * (x + 0.044715 x^3))
    instead. -inf gives NaN, as the formula does. Relay spells this as a group of ops.
    """

    name = "relay.nn.gelu"
    approximate = prop_def(StringAttr, default_value=StringAttr("none"))
    ROWS: ClassVar = unary_rows(
        _gelu, infer=_infer_gelu, keeps_finite=True, compute=Elementwise(_gelu_element)
    )


OPS: tuple[type[RelayOp], ...] = (
    ReluOp,
    LeakyReluOp,
    ClipOp,
    SigmoidOp,
    FastTanhOp,
    TanhOp,
    GeluOp,
)

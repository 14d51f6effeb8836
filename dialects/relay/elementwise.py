"""Elementwise ops with one operand: activations, math functions, tests and cast.

Each follows IEEE 754 per element, NaN gives NaN and infinities give the function's limit, unless
its docstring says otherwise; integers wrap. The result has the operand's shape and, but for cast
and the tests, its element type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import Float64Type, FloatAttr, StringAttr, f64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from .base import RelayOp, operand_shape
from .rows import (
    NO_SCALE,
    Array,
    LayoutInference,
    Pattern,
    Rows,
    ScaleBackward,
    ScaleForward,
    ScaleRule,
)
from .special import erf
from .types import (
    ALL,
    BOOL,
    ELEMENT_TYPES,
    FLOATS,
    INTS,
    NUMERIC,
    Shape,
    Tensor,
    dtype_of,
    numpy_dtype,
    tensor,
)

_SQRT_HALF = 0.7071067811865476
_SQRT_TWO_OVER_PI = 0.7978845608028654

UnaryT = TypeVar("UnaryT", bound="UnaryOp", contravariant=True)
FastForm = Callable[["UnaryOp", Builder], Sequence[SSAValue]]


class UnaryOp(RelayOp):
    """An op that maps one tensor to another of the same shape."""

    data = operand_def(Tensor)
    output = result_def(Tensor)


def same_type(op: UnaryOp) -> Sequence[Attribute]:
    """The operand's type."""
    operand_shape(op, 0)
    return [op.data.type]


def _bool_type(op: UnaryOp) -> Sequence[Attribute]:
    return [tensor("i1", operand_shape(op, 0))]


def same_shape(op: UnaryOp, data: Array) -> Sequence[Shape]:
    """The operand's shape at run time."""
    return [data.shape]


def follow_layout(
    op: RelayOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    """Take whatever layout arrives, and give it on."""
    layout = old[0] if new is None or new[0] is None else new[0]
    return LayoutInference((layout,), (layout,))


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


def unary_rows(
    evaluate: Callable[[UnaryT, Array], Array],
    dtypes: frozenset[str] = FLOATS,
    *,
    infer: Callable[[UnaryT], Sequence[Attribute]] = same_type,
    keeps_finite: bool = False,
    scale: ScaleRule[UnaryT] = NO_SCALE,
    fast: FastForm | None = None,
) -> Rows[UnaryT]:
    """The rows of an elementwise op; ``evaluate`` works at any shape."""
    return Rows(
        infer=infer,
        evaluate=evaluate,
        pattern=Pattern.ELEMWISE,
        dtypes=dtypes,
        layout=follow_layout,
        keeps_finite=keeps_finite,
        scale=scale,
        fast=fast,
        shape=same_shape,
    )


def _pointwise(function: Callable[[Array], Array]) -> Callable[[UnaryOp, Array], Array]:
    """The evaluation of an op without properties."""

    def evaluate(op: UnaryOp, data: Array) -> Array:
        return function(data)

    return evaluate


def _fast(form: type[UnaryOp]) -> FastForm:
    """The replacement by a faster op with the same operand."""

    def replace(op: UnaryOp, builder: Builder) -> Sequence[SSAValue]:
        return [builder.insert(form.make([op.data], location=op.location)).output]

    return replace


# Activations.


def _relu(data: Array) -> Array:
    return np.maximum(data, 0) + 0  # The sum makes a -0 that maximum let through +0.


@irdl_op_definition
class ReluOp(UnaryOp):
    """max(x, 0). -0 gives +0."""

    name = "relay.nn.relu"
    ROWS: ClassVar = unary_rows(
        _pointwise(_relu), NUMERIC, keeps_finite=True, scale=POSITIVELY_HOMOGENEOUS
    )


def _leaky_relu(op: LeakyReluOp, data: Array) -> Array:
    return np.where(data > 0, data, data * op.alpha.value.data)


@irdl_op_definition
class LeakyReluOp(UnaryOp):
    """x where x > 0, else alpha * x; -inf with an alpha of 0 gives NaN."""

    name = "relay.nn.leaky_relu"
    alpha = prop_def(FloatAttr[Float64Type], default_value=FloatAttr(0.25, f64))
    ROWS: ClassVar = unary_rows(_leaky_relu, keeps_finite=True, scale=POSITIVELY_HOMOGENEOUS)


def _infer_clip(op: ClipOp) -> Sequence[Attribute]:
    for name, bound in (("a_min", op.a_min), ("a_max", op.a_max)):
        if np.isnan(bound.value.data):
            raise VerifyException(f"{op.name}: {name} is NaN, expected a number")
    return same_type(op)


def _clip(op: ClipOp, data: Array) -> Array:
    low, high = op.a_min.value.data, op.a_max.value.data
    if dtype_of(op.data.type) in INTS:
        limits = np.iinfo(data.dtype)
        low, high = (_to_int(bound, limits) for bound in (low, high))
    return np.minimum(np.maximum(data, low), high)


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
    a_min = prop_def(FloatAttr[Float64Type])
    a_max = prop_def(FloatAttr[Float64Type])
    ROWS: ClassVar = unary_rows(_clip, NUMERIC, infer=_infer_clip, keeps_finite=True)


def _sigmoid(data: Array) -> Array:
    return 1 / (1 + np.exp(-data))


@irdl_op_definition
class SigmoidOp(UnaryOp):
    """1 / (1 + exp(-x))."""

    name = "relay.sigmoid"
    ROWS: ClassVar = unary_rows(_pointwise(_sigmoid), keeps_finite=True)


@irdl_op_definition
class FastTanhOp(UnaryOp):
    """tanh(x), of which a kernel may return an approximation."""

    name = "relay.fast_tanh"
    ROWS: ClassVar = unary_rows(_pointwise(np.tanh), keeps_finite=True)


@irdl_op_definition
class TanhOp(UnaryOp):
    """tanh(x)."""

    name = "relay.tanh"
    ROWS: ClassVar = unary_rows(_pointwise(np.tanh), keeps_finite=True, fast=_fast(FastTanhOp))


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


@irdl_op_definition
class GeluOp(UnaryOp):
    """The Gaussian error linear unit, x/2 * (1 + erf(x / sqrt(2))).

    With ``approximate = "tanh"``, erf(x / sqrt(2)) is tanh(sqrt(2/pi) * (x + 0.044715 x^3))
    instead. -inf gives NaN, as the formula does. Relay spells this as a group of ops.
    """

    name = "relay.nn.gelu"
    approximate = prop_def(StringAttr, default_value=StringAttr("none"))
    ROWS: ClassVar = unary_rows(_gelu, infer=_infer_gelu, keeps_finite=True)


# Exponentials, roots and other functions of a real number.


@irdl_op_definition
class FastExpOp(UnaryOp):
    """exp(x), of which a kernel may return an approximation."""

    name = "relay.fast_exp"
    ROWS: ClassVar = unary_rows(_pointwise(np.exp))


@irdl_op_definition
class ExpOp(UnaryOp):
    """exp(x)."""

    name = "relay.exp"
    ROWS: ClassVar = unary_rows(_pointwise(np.exp), fast=_fast(FastExpOp))


@irdl_op_definition
class FastErfOp(UnaryOp):
    """erf(x), of which a kernel may return an approximation."""

    name = "relay.fast_erf"
    ROWS: ClassVar = unary_rows(_pointwise(erf), keeps_finite=True)


@irdl_op_definition
class ErfOp(UnaryOp):
    """The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""

    name = "relay.erf"
    ROWS: ClassVar = unary_rows(_pointwise(erf), keeps_finite=True, fast=_fast(FastErfOp))


@irdl_op_definition
class LogOp(UnaryOp):
    """The natural logarithm. Zeros of either sign give -inf, negative numbers NaN."""

    name = "relay.log"
    ROWS: ClassVar = unary_rows(_pointwise(np.log))


@irdl_op_definition
class Log2Op(UnaryOp):
    """The binary logarithm. Zeros of either sign give -inf, negative numbers NaN."""

    name = "relay.log2"
    ROWS: ClassVar = unary_rows(_pointwise(np.log2))


@irdl_op_definition
class SqrtOp(UnaryOp):
    """The square root. -0 gives -0, negative numbers NaN."""

    name = "relay.sqrt"
    ROWS: ClassVar = unary_rows(_pointwise(np.sqrt))


def _rsqrt(data: Array) -> Array:
    return 1 / np.sqrt(data)


@irdl_op_definition
class RsqrtOp(UnaryOp):
    """1 / sqrt(x). A zero gives the infinity of its sign, negative numbers NaN."""

    name = "relay.rsqrt"
    ROWS: ClassVar = unary_rows(_pointwise(_rsqrt))


@irdl_op_definition
class SinOp(UnaryOp):
    """The sine of x radians. Infinities give NaN."""

    name = "relay.sin"
    ROWS: ClassVar = unary_rows(_pointwise(np.sin), keeps_finite=True)


@irdl_op_definition
class CosOp(UnaryOp):
    """The cosine of x radians. Infinities give NaN."""

    name = "relay.cos"
    ROWS: ClassVar = unary_rows(_pointwise(np.cos), keeps_finite=True)


@irdl_op_definition
class TanOp(UnaryOp):
    """The tangent of x radians. Infinities give NaN."""

    name = "relay.tan"
    ROWS: ClassVar = unary_rows(_pointwise(np.tan))


# Rounding and signs.


@irdl_op_definition
class CeilOp(UnaryOp):
    """The nearest integer not below x. Keeps the sign: -0.5 gives -0."""

    name = "relay.ceil"
    ROWS: ClassVar = unary_rows(_pointwise(np.ceil), keeps_finite=True)


@irdl_op_definition
class FloorOp(UnaryOp):
    """The nearest integer not above x."""

    name = "relay.floor"
    ROWS: ClassVar = unary_rows(_pointwise(np.floor), keeps_finite=True)


def _round(data: Array) -> Array:
    truncated = np.trunc(data)
    return np.where(np.abs(data - truncated) >= 0.5, truncated + np.sign(data), truncated)


@irdl_op_definition
class RoundOp(UnaryOp):
    """The nearest integer, halves away from zero like C's round. Keeps the sign of a zero."""

    name = "relay.round"
    ROWS: ClassVar = unary_rows(_pointwise(_round), keeps_finite=True)


@irdl_op_definition
class TruncOp(UnaryOp):
    """The integer part of x. Keeps the sign: -0.5 gives -0."""

    name = "relay.trunc"
    ROWS: ClassVar = unary_rows(_pointwise(np.trunc), keeps_finite=True)


@irdl_op_definition
class SignOp(UnaryOp):
    """-1, 0 or 1. Zeros of either sign give +0."""

    name = "relay.sign"
    ROWS: ClassVar = unary_rows(_pointwise(np.sign), NUMERIC, keeps_finite=True)


@irdl_op_definition
class NegativeOp(UnaryOp):
    """-x. Flips the sign of zeros and NaNs; integers wrap."""

    name = "relay.negative"
    ROWS: ClassVar = unary_rows(_pointwise(np.negative), NUMERIC, keeps_finite=True)


@irdl_op_definition
class AbsOp(UnaryOp):
    """|x|. The most negative integer gives itself."""

    name = "relay.abs"
    ROWS: ClassVar = unary_rows(_pointwise(np.abs), NUMERIC, keeps_finite=True)


# Bits and tests.


@irdl_op_definition
class LogicalNotOp(UnaryOp):
    """Whether x is false."""

    name = "relay.logical_not"
    ROWS: ClassVar = unary_rows(_pointwise(np.logical_not), BOOL, keeps_finite=True)


@irdl_op_definition
class BitwiseNotOp(UnaryOp):
    """x with each bit flipped."""

    name = "relay.bitwise_not"
    ROWS: ClassVar = unary_rows(_pointwise(np.bitwise_not), INTS | BOOL, keeps_finite=True)


@irdl_op_definition
class IsNanOp(UnaryOp):
    """Whether x is NaN, as i1."""

    name = "relay.isnan"
    ROWS: ClassVar = unary_rows(_pointwise(np.isnan), infer=_bool_type, keeps_finite=True)


@irdl_op_definition
class IsInfOp(UnaryOp):
    """Whether x is an infinity of either sign, as i1."""

    name = "relay.isinf"
    ROWS: ClassVar = unary_rows(_pointwise(np.isinf), infer=_bool_type, keeps_finite=True)


@irdl_op_definition
class IsFiniteOp(UnaryOp):
    """Whether x is neither NaN nor an infinity, as i1."""

    name = "relay.isfinite"
    ROWS: ClassVar = unary_rows(_pointwise(np.isfinite), infer=_bool_type, keeps_finite=True)


# Conversion and copies.


def _infer_cast(op: CastOp) -> Sequence[Attribute]:
    for name, (attribute, _) in ELEMENT_TYPES.items():
        if op.dtype == attribute:
            return [tensor(name, operand_shape(op, 0))]
    raise VerifyException(
        f"{op.name}: dtype is {op.dtype}, expected one of {', '.join(ELEMENT_TYPES)}"
    )


def _cast(op: CastOp, data: Array) -> Array:
    target = numpy_dtype(op.output.type)
    if target == np.bool_:
        return data != 0
    if dtype_of(op.output.type) in FLOATS:
        return data  # The evaluator rounds to the declared type, once.
    if dtype_of(op.data.type) not in FLOATS:
        return data.astype(target)
    limits = np.iinfo(target)
    whole = np.trunc(data)
    # As powers of two, the limits are exact in any float type.
    below, above = whole < float(limits.min), whole >= 2.0 ** int(limits.max).bit_length()
    inside = np.where(below | above | np.isnan(whole), 0, whole).astype(target)
    return np.where(below, limits.min, np.where(above, limits.max, inside)).astype(target)


@irdl_op_definition
class CastOp(UnaryOp):
    """Convert each element to the element type ``dtype``.

    To a float type: rounds to nearest, even on ties; past the largest finite number, gives an
    infinity. From float to integer: truncates towards zero and saturates; NaN gives 0. From
    integer to integer: wraps. From i1: false is 0, true is 1. To i1: whether x is not 0; NaN is
    true.
    """

    name = "relay.cast"
    dtype = prop_def(Attribute)
    ROWS: ClassVar = unary_rows(_cast, ALL, infer=_infer_cast)


@irdl_op_definition
class CopyOp(UnaryOp):
    """x itself."""

    name = "relay.copy"
    ROWS: ClassVar = unary_rows(_pointwise(np.copy), ALL, keeps_finite=True)


@irdl_op_definition
class ZerosLikeOp(UnaryOp):
    """0 in the operand's shape, NaN or not."""

    name = "relay.zeros_like"
    ROWS: ClassVar = unary_rows(_pointwise(np.zeros_like), ALL, keeps_finite=True)


@irdl_op_definition
class OnesLikeOp(UnaryOp):
    """1 in the operand's shape, NaN or not."""

    name = "relay.ones_like"
    ROWS: ClassVar = unary_rows(_pointwise(np.ones_like), ALL, keeps_finite=True)


OPS: tuple[type[RelayOp], ...] = (
    ReluOp,
    LeakyReluOp,
    ClipOp,
    SigmoidOp,
    FastTanhOp,
    TanhOp,
    GeluOp,
    FastExpOp,
    ExpOp,
    FastErfOp,
    ErfOp,
    LogOp,
    Log2Op,
    SqrtOp,
    RsqrtOp,
    SinOp,
    CosOp,
    TanOp,
    CeilOp,
    FloorOp,
    RoundOp,
    TruncOp,
    SignOp,
    NegativeOp,
    AbsOp,
    LogicalNotOp,
    BitwiseNotOp,
    IsNanOp,
    IsInfOp,
    IsFiniteOp,
    CastOp,
    CopyOp,
    ZerosLikeOp,
    OnesLikeOp,
)

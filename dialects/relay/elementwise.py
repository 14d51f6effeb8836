"""Elementwise ops with one operand: their rules; math functions, tests and cast.

Each follows IEEE 754 per element, NaN gives NaN and infinities give the function's limit, unless
its docstring says otherwise; integers wrap. The result has the operand's shape and, but for cast
and the tests, its element type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import ClassVar, TypeVar

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects import math
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from ..tl.index import Index
from .base import RelayOp, operand_shape
from .compute import Elementwise, Pointwise
from .kernel_builder import Point
from .rows import NO_SCALE, Array, LayoutInference, Pattern, Rows, ScaleRule
from .scalar import Scalar
from .special import erf
from .types import (
    ALL,
    BOOL,
    ELEMENT_TYPES,
    FLOATS,
    INTS,
    TENSOR,
    Shape,
    dtype_of,
    numpy_dtype,
    tensor,
)

UnaryT = TypeVar("UnaryT", bound="UnaryOp", contravariant=True)
FastForm = Callable[["UnaryOp", Builder], Sequence[SSAValue]]
Element = Callable[[Scalar], Scalar]


class UnaryOp(RelayOp):
    """An op that maps one tensor to another of the same shape."""

    data = operand_def(TENSOR)
    output = result_def(TENSOR)


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


def unary_rows(
    evaluate: Callable[[UnaryT, Array], Array],
    dtypes: frozenset[str] = FLOATS,
    *,
    infer: Callable[[UnaryT], Sequence[Attribute]] = same_type,
    keeps_finite: bool = False,
    scale: ScaleRule[UnaryT] = NO_SCALE,
    fast: FastForm | None = None,
    compute: Element | Elementwise[UnaryT] | Pointwise[UnaryT] | None = None,
) -> Rows[UnaryT]:
    """The rows of an elementwise op; ``evaluate`` works at any shape.

    ``compute`` is what its elements are computed by: a function of one, if the op has no
    properties.
    """
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
        compute=on_elements(compute) if callable(compute) else compute,
    )


def on_elements(function: Element) -> Elementwise[UnaryOp]:
    """The computation of an op without properties that its elements decide."""

    def apply(op: UnaryOp, point: Point, x: Scalar) -> Scalar:
        return function(x)

    return Elementwise(apply)


def filled(value: float) -> Pointwise[RelayOp]:
    """The computation of an op whose elements all are a number."""

    def element(op: RelayOp, point: Point, at: Sequence[Index]) -> Scalar:
        return point.constant(value, dtype_of(op.results[0].type))

    return Pointwise(element)


def applied(op: type[IRDLOperation]) -> Element:
    """A function of math, applied to an element."""
    return lambda x: x.apply(op)


def pointwise(function: Callable[[Array], Array]) -> Callable[[UnaryOp, Array], Array]:
    """The evaluation of an op without properties."""

    def evaluate(op: UnaryOp, data: Array) -> Array:
        return function(data)

    return evaluate


def fast_form(form: type[UnaryOp]) -> FastForm:
    """The replacement by a faster op with the same operand."""

    def replace(op: UnaryOp, builder: Builder) -> Sequence[SSAValue]:
        return [builder.insert(form.make([op.data], location=op.location)).output]

    return replace


# Exponentials, roots and other functions of a real number.


@irdl_op_definition
class FastExpOp(UnaryOp):
    """exp(x), of which a kernel may return an approximation."""

    name = "relay.fast_exp"
    ROWS: ClassVar = unary_rows(pointwise(np.exp), compute=applied(math.ExpOp))


@irdl_op_definition
class ExpOp(UnaryOp):
    """exp(x)."""

    name = "relay.exp"
    ROWS: ClassVar = unary_rows(
        pointwise(np.exp), fast=fast_form(FastExpOp), compute=applied(math.ExpOp)
    )


@irdl_op_definition
class FastErfOp(UnaryOp):
    """erf(x), of which a kernel may return an approximation."""

    name = "relay.fast_erf"
    ROWS: ClassVar = unary_rows(pointwise(erf), keeps_finite=True, compute=applied(math.ErfOp))


@irdl_op_definition
class ErfOp(UnaryOp):
    """The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x."""

    name = "relay.erf"
    ROWS: ClassVar = unary_rows(
        pointwise(erf),
        keeps_finite=True,
        fast=fast_form(FastErfOp),
        compute=applied(math.ErfOp),
    )


@irdl_op_definition
class LogOp(UnaryOp):
    """The natural logarithm. Zeros of either sign give -inf, negative numbers NaN."""

    name = "relay.log"
    ROWS: ClassVar = unary_rows(pointwise(np.log), compute=applied(math.LogOp))


@irdl_op_definition
class Log2Op(UnaryOp):
    """The binary logarithm. Zeros of either sign give -inf, negative numbers NaN."""

    name = "relay.log2"
    ROWS: ClassVar = unary_rows(pointwise(np.log2), compute=applied(math.Log2Op))


@irdl_op_definition
class SqrtOp(UnaryOp):
    """The square root. -0 gives -0, negative numbers NaN."""

    name = "relay.sqrt"
    ROWS: ClassVar = unary_rows(pointwise(np.sqrt), compute=applied(math.SqrtOp))


def _rsqrt(data: Array) -> Array:
    return 1 / np.sqrt(data)


@irdl_op_definition
class RsqrtOp(UnaryOp):
    """1 / sqrt(x). A zero gives the infinity of its sign, negative numbers NaN."""

    name = "relay.rsqrt"
    ROWS: ClassVar = unary_rows(pointwise(_rsqrt), compute=lambda x: 1.0 / x.apply(math.SqrtOp))


@irdl_op_definition
class SinOp(UnaryOp):
    """The sine of x radians. Infinities give NaN."""

    name = "relay.sin"
    ROWS: ClassVar = unary_rows(pointwise(np.sin), keeps_finite=True, compute=applied(math.SinOp))


@irdl_op_definition
class CosOp(UnaryOp):
    """The cosine of x radians. Infinities give NaN."""

    name = "relay.cos"
    ROWS: ClassVar = unary_rows(pointwise(np.cos), keeps_finite=True, compute=applied(math.CosOp))


@irdl_op_definition
class TanOp(UnaryOp):
    """The tangent of x radians. Infinities give NaN."""

    name = "relay.tan"
    ROWS: ClassVar = unary_rows(pointwise(np.tan), compute=applied(math.TanOp))


# Bits and tests.


@irdl_op_definition
class LogicalNotOp(UnaryOp):
    """Whether x is false."""

    name = "relay.logical_not"
    ROWS: ClassVar = unary_rows(
        pointwise(np.logical_not), BOOL, keeps_finite=True, compute=lambda x: ~x
    )


@irdl_op_definition
class BitwiseNotOp(UnaryOp):
    """x with each bit flipped."""

    name = "relay.bitwise_not"
    ROWS: ClassVar = unary_rows(
        pointwise(np.bitwise_not), INTS | BOOL, keeps_finite=True, compute=lambda x: ~x
    )


@irdl_op_definition
class IsNanOp(UnaryOp):
    """Whether x is NaN, as i1."""

    name = "relay.isnan"
    ROWS: ClassVar = unary_rows(
        pointwise(np.isnan), infer=_bool_type, keeps_finite=True, compute=lambda x: x.ne(x)
    )


@irdl_op_definition
class IsInfOp(UnaryOp):
    """Whether x is an infinity of either sign, as i1."""

    name = "relay.isinf"
    ROWS: ClassVar = unary_rows(
        pointwise(np.isinf), infer=_bool_type, keeps_finite=True, compute=lambda x: x.abs().eq(inf)
    )


@irdl_op_definition
class IsFiniteOp(UnaryOp):
    """Whether x is neither NaN nor an infinity, as i1."""

    name = "relay.isfinite"
    ROWS: ClassVar = unary_rows(
        pointwise(np.isfinite),
        infer=_bool_type,
        keeps_finite=True,
        compute=lambda x: x.abs().lt(inf),
    )


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


def _cast_element(op: CastOp, point: Point, x: Scalar) -> Scalar:
    return x.cast(dtype_of(op.output.type))


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
    ROWS: ClassVar = unary_rows(_cast, ALL, infer=_infer_cast, compute=Elementwise(_cast_element))


@irdl_op_definition
class CopyOp(UnaryOp):
    """x itself."""

    name = "relay.copy"
    ROWS: ClassVar = unary_rows(pointwise(np.copy), ALL, keeps_finite=True, compute=lambda x: x)


@irdl_op_definition
class ZerosLikeOp(UnaryOp):
    """0 in the operand's shape, NaN or not."""

    name = "relay.zeros_like"
    ROWS: ClassVar = unary_rows(pointwise(np.zeros_like), ALL, keeps_finite=True, compute=filled(0))


@irdl_op_definition
class OnesLikeOp(UnaryOp):
    """1 in the operand's shape, NaN or not."""

    name = "relay.ones_like"
    ROWS: ClassVar = unary_rows(pointwise(np.ones_like), ALL, keeps_finite=True, compute=filled(1))


OPS: tuple[type[RelayOp], ...] = (
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

"""The softmaxes. They compute on floats; NaN in a slice makes that whole slice NaN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import IntegerAttr, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, prop_def

from ..layout import Layout
from .base import I64_ATTR, RelayOp, normalize_axis, operand_shape
from .compute import Nests
from .elementwise import UnaryOp, same_type
from .layout_rules import follow_axis
from .rows import Array, LayoutInference, Pattern, Rows
from .softmax_compute import log_softmax, softmax
from .types import FLOATS


class SoftmaxBase(UnaryOp):
    """An op that normalises along one axis."""

    axis = prop_def(I64_ATTR, default_value=IntegerAttr(-1, i64))


def _infer_softmax(op: SoftmaxBase) -> Sequence[Attribute]:
    normalize_axis(op, op.axis.value.data, len(operand_shape(op, 0)))
    return same_type(op)


def _shifted(op: SoftmaxBase, data: Array) -> Array:
    """``data`` less its maximum along the axis, so that exp cannot overflow."""
    return data - np.max(data, axis=op.axis.value.data, keepdims=True, initial=-np.inf)


def _evaluate_softmax(op: SoftmaxBase, data: Array) -> Array:
    exponentials = np.exp(_shifted(op, data))
    return exponentials / np.sum(exponentials, axis=op.axis.value.data, keepdims=True)


def _evaluate_log_softmax(op: LogSoftmaxOp, data: Array) -> Array:
    shifted = _shifted(op, data)
    return shifted - np.log(np.sum(np.exp(shifted), axis=op.axis.value.data, keepdims=True))


def _softmax_layout(
    op: SoftmaxBase, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    rank = len(operand_shape(op, 0))
    return follow_axis(normalize_axis(op, op.axis.value.data, rank), new, old)


def _fast_softmax(op: SoftmaxOp, builder: Builder) -> Sequence[SSAValue]:
    return [builder.insert(FastSoftmaxOp.make([op.data], {"axis": op.axis})).result]


@irdl_op_definition
class SoftmaxOp(SoftmaxBase):
    """exp(x - max(x)) / sum(exp(x - max(x))) along ``axis``.

    -inf gives 0 beside a finite maximum; a slice whose maximum is +inf or -inf gives NaN.
    """

    name = "relay.nn.softmax"
    ROWS: ClassVar = Rows(
        infer=_infer_softmax,
        evaluate=_evaluate_softmax,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=FLOATS,
        layout=_softmax_layout,
        keeps_finite=True,
        compute=Nests(softmax),
        fast=_fast_softmax,
    )


@irdl_op_definition
class FastSoftmaxOp(SoftmaxBase):
    """softmax with a polynomial exp: the same function, less exact in generated code."""

    name = "relay.nn.fast_softmax"
    ROWS: ClassVar = Rows(
        infer=_infer_softmax,
        evaluate=_evaluate_softmax,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=FLOATS,
        layout=_softmax_layout,
        keeps_finite=True,
        compute=Nests(softmax),
    )


@irdl_op_definition
class LogSoftmaxOp(SoftmaxBase):
    """log(softmax(x)) along ``axis``, computed as x - max(x) - log(sum(exp(x - max(x)))).

    -inf gives -inf beside a finite maximum; a slice whose maximum is +inf or -inf gives NaN.
    """

    name = "relay.nn.log_softmax"
    ROWS: ClassVar = Rows(
        infer=_infer_softmax,
        evaluate=_evaluate_log_softmax,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=FLOATS,
        layout=_softmax_layout,
        keeps_finite=True,
        compute=Nests(log_softmax),
    )


OPS: tuple[type[RelayOp], ...] = (
    SoftmaxOp,
    FastSoftmaxOp,
    LogSoftmaxOp,
)
"""The ops of this family."""

"""Normalisation: batch, layer, instance, group, RMS and L2 norms, and dropout.

All compute on floats; NaN in a normalised slice makes that whole slice NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import (
    BoolAttr,
    DenseArrayBase,
    Float64Type,
    FloatAttr,
    IntegerAttr,
    f64,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from .arithmetic import AddOp, DivideOp, MultiplyOp
from .base import (
    BOOL_ATTR,
    F64_ATTR,
    I64_ARRAY,
    I64_ATTR,
    RelayOp,
    ints,
    normalize_axis,
    operand_name,
    operand_shape,
    same_dtype,
)
from .compute import Nests, Pointwise
from .constant import ConstantOp
from .elementwise import SqrtOp, UnaryOp, follow_layout, on_elements, same_type
from .layout_rules import follow_axis
from .norm_compute import batch_norm, group_norm, instance_norm, l2_normalize, layer_norm, rms_norm
from .rounding import NegativeOp
from .rows import Array, LayoutInference, Pattern, Rows
from .shape import ExpandDimsOp, extents_text, normalize_axes
from .types import DYNAMIC, FLOATS, TENSOR, dtype_of

_YES = BoolAttr.from_bool(True)


def _epsilon(value: float) -> FloatAttr[Float64Type]:
    return FloatAttr(value, f64)


# What the norms with parameters share.


class ScaledNormOp(RelayOp):
    """A normalisation followed by ``* gamma`` (if ``scale``) and ``+ beta`` (if ``center``)."""

    epsilon = prop_def(F64_ATTR, default_value=_epsilon(1e-5))
    center = prop_def(BOOL_ATTR, default_value=_YES)
    scale = prop_def(BOOL_ATTR, default_value=_YES)


class AffineNormOp(ScaledNormOp):
    """A norm whose statistics come from ``data``; its parameters are vectors along ``axis``."""

    data = operand_def(TENSOR)
    gamma = operand_def(TENSOR)
    beta = operand_def(TENSOR)
    output = result_def(TENSOR)


def _check_vectors(op: RelayOp, axis: int) -> int:
    """Check the parameters after ``data`` to be vectors along ``axis``; give it from the left."""
    shape = operand_shape(op, 0)
    axis = normalize_axis(op, axis, len(shape))
    same_dtype(op)
    for index in range(1, len(op.operands)):
        (extent,) = operand_shape(op, index, 1)
        if extent != shape[axis] and DYNAMIC not in (extent, shape[axis]):
            raise VerifyException(
                f"{op.name}: operand {operand_name(op, index)} has {extent} elements, "
                f"expected {shape[axis]} as in dimension {axis} of operand 'data'"
            )
    return axis


def _along(vector: Array, axis: int, rank: int) -> Array:
    """A vector shaped to broadcast along ``axis`` of a tensor of ``rank``."""
    return vector.reshape([vector.size if index == axis else 1 for index in range(rank)])


def _mean(data: Array, axes: tuple[int, ...]) -> Array:
    count = prod(data.shape[axis] for axis in axes)
    return np.sum(data, axis=axes, keepdims=True) / count


def _standardize(data: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    """``data`` less its mean, over the root of its variance plus epsilon, along ``axes``."""
    centered = data - _mean(data, axes)
    return centered / np.sqrt(_mean(centered * centered, axes) + epsilon)


def _affine(op: AffineNormOp, data: Array, gamma: Array, beta: Array, axis: int) -> Array:
    if op.scale:
        data = data * _along(gamma, axis, data.ndim)
    return data + _along(beta, axis, data.ndim) if op.center else data


# batch_norm


def _infer_batch_norm(op: BatchNormOp) -> Sequence[Attribute]:
    _check_vectors(op, op.axis.value.data)
    return [op.data.type]


def _evaluate_batch_norm(
    op: BatchNormOp, data: Array, gamma: Array, beta: Array, mean: Array, var: Array
) -> Array:
    axis = op.axis.value.data % data.ndim
    scale = 1 / np.sqrt(var + op.epsilon.value.data)
    scale = scale * gamma if op.scale else scale
    shift = beta - mean * scale if op.center else -mean * scale
    return data * _along(scale, axis, data.ndim) + _along(shift, axis, data.ndim)


def _batch_norm_layout(
    op: BatchNormOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    rank = len(operand_shape(op, 0))
    return follow_axis(normalize_axis(op, op.axis.value.data, rank), new, old)


def _unpack_batch_norm(op: BatchNormOp, builder: Builder) -> Sequence[SSAValue]:
    """Relay's BatchNormToInferUnpack: a scale and a shift per channel, which constants fold."""
    dtype = dtype_of(op.data.type)
    rank = len(operand_shape(op, 0))
    trailing = rank - 1 - normalize_axis(op, op.axis.value.data, rank)

    def emit(kind: type[RelayOp], *operands: SSAValue | Operation) -> RelayOp:
        return builder.insert(kind.make(operands))

    def expand(vector: RelayOp) -> RelayOp:
        if trailing == 0:
            return vector
        return builder.insert(ExpandDimsOp.make([vector], {"axis": 1, "num_newaxis": trailing}))

    epsilon = builder.insert(ConstantOp.scalar(op.epsilon.value.data, dtype))
    one = builder.insert(ConstantOp.scalar(1.0, dtype))
    deviation = emit(SqrtOp, emit(AddOp, op.moving_var, epsilon))
    scale = emit(DivideOp, one, deviation)
    if op.scale:
        scale = emit(MultiplyOp, scale, op.gamma)
    shift = emit(MultiplyOp, emit(NegativeOp, op.moving_mean), scale)
    if op.center:
        shift = emit(AddOp, shift, op.beta)
    return [emit(AddOp, emit(MultiplyOp, op.data, expand(scale)), expand(shift)).result]


@irdl_op_definition
class BatchNormOp(ScaledNormOp):
    """(x - moving_mean) / sqrt(moving_var + epsilon) * gamma + beta, per channel of ``axis``.

    Inference only: it has one result, the normalised data, where Relay gives a tuple of
    that and the statistics. Computed as x * scale + shift. A negative variance gives NaN.
    """

    name = "relay.nn.batch_norm"
    data = operand_def(TENSOR)
    gamma = operand_def(TENSOR)
    beta = operand_def(TENSOR)
    moving_mean = operand_def(TENSOR)
    moving_var = operand_def(TENSOR)
    output = result_def(TENSOR)
    axis = prop_def(I64_ATTR, default_value=IntegerAttr(1, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_batch_norm,
        evaluate=_evaluate_batch_norm,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=FLOATS,
        layout=_batch_norm_layout,
        inference=_unpack_batch_norm,
        compute=Pointwise(batch_norm),
    )


# layer_norm, instance_norm, group_norm, rms_norm, l2_normalize


def _infer_affine_norm(op: LayerNormOp | InstanceNormOp | GroupNormOp) -> Sequence[Attribute]:
    _check_vectors(op, op.axis.value.data)
    return [op.data.type]


def _evaluate_layer_norm(op: LayerNormOp, data: Array, gamma: Array, beta: Array) -> Array:
    axis = op.axis.value.data % data.ndim
    return _affine(op, _standardize(data, (axis,), op.epsilon.value.data), gamma, beta, axis)


def _layer_norm_layout(
    op: LayerNormOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    rank = len(operand_shape(op, 0))
    return follow_axis(normalize_axis(op, op.axis.value.data, rank), new, old)


@irdl_op_definition
class LayerNormOp(AffineNormOp):
    """(x - mean) / sqrt(var + epsilon) * gamma + beta, with mean and variance along ``axis``.

    Kept whole as one kernel that may fuse what follows, where Relay decomposes it.
    """

    name = "relay.nn.layer_norm"
    axis = prop_def(I64_ATTR, default_value=IntegerAttr(-1, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_affine_norm,
        evaluate=_evaluate_layer_norm,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=FLOATS,
        layout=_layer_norm_layout,
        keeps_finite=True,
        compute=Nests(layer_norm),
    )


def _evaluate_instance_norm(op: InstanceNormOp, data: Array, gamma: Array, beta: Array) -> Array:
    axis = op.axis.value.data % data.ndim
    axes = tuple(index for index in range(1, data.ndim) if index != axis)
    return _affine(op, _standardize(data, axes, op.epsilon.value.data), gamma, beta, axis)


@irdl_op_definition
class InstanceNormOp(AffineNormOp):
    """As layer_norm, with mean and variance over all dimensions but the first and ``axis``."""

    name = "relay.nn.instance_norm"
    axis = prop_def(I64_ATTR, default_value=IntegerAttr(1, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_affine_norm,
        evaluate=_evaluate_instance_norm,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=FLOATS,
        keeps_finite=True,
        compute=Nests(instance_norm),
    )


def _infer_group_norm(op: GroupNormOp) -> Sequence[Attribute]:
    axis = _check_vectors(op, op.axis.value.data)
    channels, groups = operand_shape(op, 0)[axis], op.num_groups.value.data
    if axis == 0:
        raise VerifyException(f"{op.name}: axis is the batch dimension 0, expected another")
    if groups < 1 or (channels != DYNAMIC and channels % groups):
        raise VerifyException(
            f"{op.name}: num_groups is {groups}, expected a divisor of the "
            f"{extents_text([channels])} channels in dimension {axis} of operand 'data'"
        )
    return [op.data.type]


def _evaluate_group_norm(op: GroupNormOp, data: Array, gamma: Array, beta: Array) -> Array:
    axis, groups = op.axis.value.data % data.ndim, op.num_groups.value.data
    shape = data.shape
    grouped = data.reshape(*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :])
    axes = tuple(index for index in range(1, grouped.ndim) if index != axis)
    normal = _standardize(grouped, axes, op.epsilon.value.data).reshape(shape)
    return _affine(op, normal, gamma, beta, axis)


@irdl_op_definition
class GroupNormOp(AffineNormOp):
    """As instance_norm, with the channels of ``axis`` in ``num_groups`` groups that share."""

    name = "relay.nn.group_norm"
    num_groups = prop_def(I64_ATTR)
    axis = prop_def(I64_ATTR, default_value=IntegerAttr(1, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_group_norm,
        evaluate=_evaluate_group_norm,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=FLOATS,
        keeps_finite=True,
        compute=Nests(group_norm),
    )


def _infer_rms_norm(op: RmsNormOp) -> Sequence[Attribute]:
    _check_vectors(op, op.axis.value.data)
    return [op.data.type]


def _evaluate_rms_norm(op: RmsNormOp, data: Array, weight: Array) -> Array:
    axis = op.axis.value.data % data.ndim
    root = np.sqrt(_mean(data * data, (axis,)) + op.epsilon.value.data)
    return data / root * _along(weight, axis, data.ndim)


@irdl_op_definition
class RmsNormOp(RelayOp):
    """x / sqrt(mean(x * x) + epsilon) * weight, with the mean along ``axis``."""

    name = "relay.nn.rms_norm"
    data = operand_def(TENSOR)
    weight = operand_def(TENSOR)
    output = result_def(TENSOR)
    axis = prop_def(I64_ATTR, default_value=IntegerAttr(-1, i64))
    epsilon = prop_def(F64_ATTR, default_value=_epsilon(1e-5))
    ROWS: ClassVar = Rows(
        infer=_infer_rms_norm,
        evaluate=_evaluate_rms_norm,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=FLOATS,
        keeps_finite=True,
        compute=Nests(rms_norm),
    )


def _infer_l2_normalize(op: L2NormalizeOp) -> Sequence[Attribute]:
    normalize_axes(op, ints(op.axis), len(operand_shape(op, 0)))
    return same_type(op)


def _evaluate_l2_normalize(op: L2NormalizeOp, data: Array) -> Array:
    axes = ints(op.axis) or tuple(range(data.ndim))
    total = np.sum(data * data, axis=axes, keepdims=True)
    return data / np.sqrt(np.maximum(total, op.eps.value.data))


@irdl_op_definition
class L2NormalizeOp(UnaryOp):
    """x / sqrt(max(sum(x * x), eps)), with the sum along the axes ``axis``; all when empty."""

    name = "relay.nn.l2_normalize"
    eps = prop_def(F64_ATTR)
    axis = prop_def(I64_ARRAY, default_value=DenseArrayBase.from_list(i64, []))
    ROWS: ClassVar = Rows(
        infer=_infer_l2_normalize,
        evaluate=_evaluate_l2_normalize,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=FLOATS,
        compute=Nests(l2_normalize),
    )


# dropout


def _evaluate_dropout(op: DropoutOp, data: Array) -> Array:
    return data


def _drop_dropout(op: DropoutOp, builder: Builder) -> Sequence[SSAValue]:
    return [op.data]


def _infer_dropout(op: DropoutOp) -> Sequence[Attribute]:
    if not 0 <= op.rate.value.data < 1:
        raise VerifyException(f"{op.name}: rate is {op.rate.value.data}, expected 0 <= rate < 1")
    return same_type(op)


@irdl_op_definition
class DropoutOp(UnaryOp):
    """The identity: inlay runs inference, where dropout drops nothing.

    It has one result, where Relay gives a tuple of that and the mask.
    """

    name = "relay.nn.dropout"
    rate = prop_def(F64_ATTR, default_value=FloatAttr(0.5, f64))
    ROWS: ClassVar = Rows(
        infer=_infer_dropout,
        evaluate=_evaluate_dropout,
        pattern=Pattern.OPAQUE,
        dtypes=FLOATS,
        layout=follow_layout,
        keeps_finite=True,
        inference=_drop_dropout,
        compute=on_elements(lambda x: x),
    )


OPS: tuple[type[RelayOp], ...] = (
    BatchNormOp,
    LayerNormOp,
    InstanceNormOp,
    GroupNormOp,
    RmsNormOp,
    L2NormalizeOp,
    DropoutOp,
)
"""The ops of this family."""

"""The dyn ops that compute elements: fills, topk, one_hot, resizing.

dyn_base.py says what dyn means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import IntegerAttr, f32, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, var_result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from . import create, gather, image, order
from .base import I64_ATTR, RelayOp, normalize_axis, same_dtype
from .compute import ByProperties, Nests, Pointwise
from .constant import constant_array
from .dyn_base import (
    Shapes,
    check_scalar,
    read_extents,
    read_float,
    read_int,
    read_ints,
    static_form,
    unknown_type,
    vector_length,
)
from .dyn_elements import arange_element, full_element, one_hot_element, resampling
from .elementwise import filled
from .rows import Array, Pattern, Rows
from .types import (
    ALL,
    DYNAMIC,
    ELEMENT_TYPES,
    FLOATS,
    NUMERIC,
    TENSOR,
    Shape,
    dtype_of,
    numpy_dtype,
)

# dyn.full, dyn.zeros, dyn.ones, dyn.arange


def _infer_full(op: DynFullOp) -> Sequence[Attribute]:
    check_scalar(op, 0, ALL)
    return unknown_type(dtype_of(op.fill_value.type), vector_length(op, 1))


def _full_shape(op: DynFullOp, fill_value: Array, target: Array) -> Shapes:
    return [read_extents(op, target)]


def _evaluate_full(op: DynFullOp, fill_value: Array, target: Array) -> Array:
    return np.full(read_extents(op, target), fill_value)


@irdl_op_definition
class DynFullOp(RelayOp):
    """full."""

    name = "relay.dyn.full"
    fill_value = operand_def(TENSOR)
    shape = operand_def(TENSOR)
    output = result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_full,
        evaluate=_evaluate_full,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_full_shape,
        compute=Pointwise(full_element),
        static=static_form(create.FullOp, shape=(1, read_ints)),
    )


class _DynFilledOp(RelayOp):
    """A tensor of one value, in a shape that arrives as an operand."""

    shape = operand_def(TENSOR)
    output = result_def(TENSOR)
    dtype = prop_def(Attribute)


def _infer_filled(op: _DynFilledOp) -> Sequence[Attribute]:
    return unknown_type(create.element_of(op, op.dtype, ALL), vector_length(op, 0))


def _filled_shape(op: _DynFilledOp, target: Array) -> Shapes:
    return [read_extents(op, target)]


def _evaluate_zeros(op: DynZerosOp, target: Array) -> Array:
    return np.zeros(read_extents(op, target), numpy_dtype(op.output.type))


def _evaluate_ones(op: DynOnesOp, target: Array) -> Array:
    return np.ones(read_extents(op, target), numpy_dtype(op.output.type))


@irdl_op_definition
class DynZerosOp(_DynFilledOp):
    """zeros."""

    name = "relay.dyn.zeros"
    ROWS: ClassVar = Rows(
        infer=_infer_filled,
        evaluate=_evaluate_zeros,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_filled_shape,
        compute=filled(0),
        static=static_form(create.ZerosOp, shape=(0, read_ints)),
    )


@irdl_op_definition
class DynOnesOp(_DynFilledOp):
    """ones."""

    name = "relay.dyn.ones"
    ROWS: ClassVar = Rows(
        infer=_infer_filled,
        evaluate=_evaluate_ones,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_filled_shape,
        compute=filled(1),
        static=static_form(create.OnesOp, shape=(0, read_ints)),
    )


def _infer_arange(op: DynArangeOp) -> Sequence[Attribute]:
    for at in range(3):
        check_scalar(op, at, NUMERIC)
    return unknown_type(same_dtype(op), 1)


def _arange_shape(op: DynArangeOp, start: Array, stop: Array, step: Array) -> Shapes:
    return [(create.arange_length(op, start.item(), stop.item(), step.item()),)]


def _evaluate_arange(op: DynArangeOp, start: Array, stop: Array, step: Array) -> Array:
    ((length,),) = _arange_shape(op, start, stop, step)
    wide = np.float64 if dtype_of(op.start.type) in FLOATS else start.dtype
    return start.astype(wide) + step.astype(wide) * np.arange(length).astype(wide)


def _static_arange(op: DynArangeOp, builder: Builder) -> Sequence[SSAValue] | None:
    arrays = [constant_array(operand) for operand in op.operands]
    bounds = [float(array) for array in arrays if array is not None]
    if len(bounds) != len(arrays):
        return None
    properties = dict(zip(("start", "stop", "step"), bounds, strict=True))
    dtype, _ = ELEMENT_TYPES[dtype_of(op.start.type)]
    return builder.insert(create.ArangeOp.make([], {**properties, "dtype": dtype})).results


@irdl_op_definition
class DynArangeOp(RelayOp):
    """arange in the element type of its bounds; floats are computed in f64, integers wrap."""

    name = "relay.dyn.arange"
    start = operand_def(TENSOR)
    stop = operand_def(TENSOR)
    step = operand_def(TENSOR)
    output = result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_arange,
        evaluate=_evaluate_arange,
        pattern=Pattern.OPAQUE,
        dtypes=NUMERIC,
        keeps_finite=True,
        shape=_arange_shape,
        compute=Pointwise(arange_element),
        static=_static_arange,
    )


# dyn.topk and dyn.one_hot


def _infer_topk(op: DynTopkOp) -> Sequence[Attribute]:
    check_scalar(op, 1)
    return order.topk_types(op, DYNAMIC)


def _topk_count(op: DynTopkOp, data: Array, k: Array) -> int:
    return order.topk_count(op, data.shape[op.axis.value.data], read_int(k))


def _topk_shape(op: DynTopkOp, data: Array, k: Array) -> Shapes:
    extents, axis = list(data.shape), normalize_axis(op, op.axis.value.data, data.ndim)
    extents[axis] = _topk_count(op, data, k)
    return [tuple(extents)] * len(op.outputs)


def _evaluate_topk(op: DynTopkOp, data: Array, k: Array) -> Sequence[Array]:
    return order.topk(op, data, _topk_count(op, data, k))


@irdl_op_definition
class DynTopkOp(order.TopkBase):
    """topk; ``k`` is a scalar."""

    name = "relay.dyn.topk"
    data = operand_def(TENSOR)
    k = operand_def(TENSOR)
    outputs = var_result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_topk,
        evaluate=_evaluate_topk,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_topk_shape,
        compute=Nests(order.write_topk),
        static=static_form(order.TopkOp, k=(1, read_int)),
    )


def _infer_one_hot(op: DynOneHotOp) -> Sequence[Attribute]:
    check_scalar(op, 3)
    return [gather.one_hot_type(op, DYNAMIC, op.axis.value.data, op.dtype)]


def _one_hot_shape(
    op: DynOneHotOp, indices: Array, on_value: Array, off_value: Array, depth: Array
) -> Shapes:
    at = normalize_axis(op, op.axis.value.data, indices.ndim + 1)
    (extent,) = read_extents(op, depth)
    return [(*indices.shape[:at], extent, *indices.shape[at:])]


def _evaluate_one_hot(
    op: DynOneHotOp, indices: Array, on_value: Array, off_value: Array, depth: Array
) -> Array:
    at = normalize_axis(op, op.axis.value.data, indices.ndim + 1)
    (extent,) = read_extents(op, depth)
    return gather.one_hot(indices, on_value, off_value, extent, at)


@irdl_op_definition
class DynOneHotOp(RelayOp):
    """one_hot; ``depth`` is a scalar."""

    name = "relay.dyn.one_hot"
    indices = operand_def(TENSOR)
    on_value = operand_def(TENSOR)
    off_value = operand_def(TENSOR)
    depth = operand_def(TENSOR)
    output = result_def(TENSOR)
    axis = prop_def(I64_ATTR, default_value=IntegerAttr(-1, i64))
    dtype = prop_def(Attribute, default_value=f32)
    ROWS: ClassVar = Rows(
        infer=_infer_one_hot,
        evaluate=_evaluate_one_hot,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_one_hot_shape,
        compute=Pointwise(one_hot_element),
        static=static_form(gather.OneHotOp, depth=(3, read_int)),
    )


# dyn.image.resize2d and dyn.nn.upsampling


def _with_size(layout: Layout, extents: Shape, size: Sequence[int]) -> Shape:
    """A shape with the extents of H and W replaced."""
    sizes = {layout.index("H"): size[0], layout.index("W"): size[1]}
    return tuple(sizes.get(axis, extent) for axis, extent in enumerate(extents))


def _infer_resize2d(op: DynResize2dOp) -> Sequence[Attribute]:
    length = vector_length(op, 1)
    if length != 2:
        raise VerifyException(
            f"{op.name}: operand 'size' has length {length}, expected 2: height and width"
        )
    return image.resize2d_type(op, (DYNAMIC, DYNAMIC))


def _resize2d_shape(op: DynResize2dOp, data: Array, size: Array) -> Shapes:
    return [_with_size(op.layout.data, data.shape, read_extents(op, size))]


def _evaluate_resize2d(op: DynResize2dOp, data: Array, size: Array) -> Array:
    return image.resize2d(op, data, read_extents(op, size))


@irdl_op_definition
class DynResize2dOp(image.ResizeBase):
    """resize2d; ``size`` is a vector of height and width."""

    name = "relay.dyn.image.resize2d"
    data = operand_def(TENSOR)
    size = operand_def(TENSOR)
    output = result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_resize2d,
        evaluate=_evaluate_resize2d,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_resize2d_shape,
        compute=ByProperties(lambda op: resampling(*image.how_resized(op))),
        static=static_form(image.Resize2dOp, size=(1, read_ints)),
    )


def _infer_upsampling(op: DynUpsamplingOp) -> Sequence[Attribute]:
    check_scalar(op, 1, FLOATS)
    check_scalar(op, 2, FLOATS)
    return image.upsampling_type(op, (DYNAMIC, DYNAMIC))


def _upsampled(op: DynUpsamplingOp, data: Array, scale_h: Array, scale_w: Array) -> Shape:
    return image.upsampled_size(op, data.shape, (float(scale_h), float(scale_w)))


def _upsampling_shape(op: DynUpsamplingOp, data: Array, scale_h: Array, scale_w: Array) -> Shapes:
    return [_with_size(op.layout.data, data.shape, _upsampled(op, data, scale_h, scale_w))]


def _evaluate_upsampling(op: DynUpsamplingOp, data: Array, scale_h: Array, scale_w: Array) -> Array:
    return image.upsampling(op, data, _upsampled(op, data, scale_h, scale_w))


@irdl_op_definition
class DynUpsamplingOp(image.UpsamplingBase):
    """upsampling; the scales are float scalars."""

    name = "relay.dyn.nn.upsampling"
    data = operand_def(TENSOR)
    scale_h = operand_def(TENSOR)
    scale_w = operand_def(TENSOR)
    output = result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_upsampling,
        evaluate=_evaluate_upsampling,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_upsampling_shape,
        compute=ByProperties(lambda op: resampling(*image.how_enlarged(op))),
        static=static_form(image.UpsamplingOp, scale_h=(1, read_float), scale_w=(2, read_float)),
    )


OPS: tuple[type[RelayOp], ...] = (
    DynFullOp,
    DynZerosOp,
    DynOnesOp,
    DynArangeOp,
    DynTopkOp,
    DynOneHotOp,
    DynResize2dOp,
    DynUpsamplingOp,
)
"""The ops of this family."""

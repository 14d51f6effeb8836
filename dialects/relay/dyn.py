"""Ops whose shapes, axes or counts arrive as tensors.

Each means what the op of the same name without ``dyn.`` does; integer operands stand for the
properties. Ranks are static, extents that depend on those operands are `?`, and the ``shape``
row gives them at run time. Where all those operands are constants, the ``static`` row gives
the op without ``dyn.``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeAlias

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import I64, BoolAttr, IntegerAttr, StringAttr, f32, i64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, var_result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from . import assemble, create, image, index, order
from .base import RelayOp, normalize_axis, operand_name, operand_shape, same_dtype
from .module import constant_array
from .rows import Array, AttrValue, Pattern, Rows
from .shape import (
    BroadcastToOp,
    ExpandDimsOp,
    ReshapeOp,
    SqueezeOp,
    check_broadcast,
    expanded,
    extents_text,
    resolve_newshape,
    squeezed,
)
from .types import (
    ALL,
    DYNAMIC,
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

_NO = BoolAttr.from_bool(False)

Shapes: TypeAlias = Sequence[Shape]


# Operands that stand for properties.


def _vector(op: RelayOp, at: int) -> int:
    """The static length of an operand that must be a vector of integers."""
    (length,) = operand_shape(op, at, 1)
    index.require_indices(op, at)
    if length == DYNAMIC:
        raise VerifyException(
            f"{op.name}: operand {operand_name(op, at)} has a length of ?, expected a static one"
        )
    return length


def _scalar(op: RelayOp, at: int, allowed: frozenset[str] = INTS) -> None:
    """Check that an operand is a scalar of an allowed element type."""
    operand_shape(op, at, 0)
    if dtype_of(op.operands[at].type) not in allowed:
        raise VerifyException(
            f"{op.name}: operand {operand_name(op, at)} has element type "
            f"{dtype_of(op.operands[at].type)}, expected one of {', '.join(sorted(allowed))}"
        )


def _unknown(element: str, rank: int) -> list[Attribute]:
    return [tensor(element, (DYNAMIC,) * rank)]


def _ints(array: Array) -> list[int]:
    return [int(value) for value in array.reshape(-1)]


def _extents(op: RelayOp, array: Array) -> Shape:
    """A shape that arrived as a tensor."""
    extents = tuple(_ints(array))
    if min(extents, default=0) < 0:
        raise VerifyException(f"{op.name}: found shape {extents}, expected extents of 0 or more")
    return extents


def _int(array: Array) -> int:
    return int(array)


def _float(array: Array) -> float:
    return float(array)


def _static(
    target: type[RelayOp], **properties: tuple[int, Callable[[Array], AttrValue]]
) -> Callable[[RelayOp, Builder], Sequence[SSAValue] | None]:
    """The ``static`` row that turns constant operands into ``properties`` of ``target``.

    A property is given by the operand's index and how to read its array.
    """

    def rewrite(op: RelayOp, builder: Builder) -> Sequence[SSAValue] | None:
        found: dict[str, AttrValue] = dict(op.properties)
        for name, (at, read) in properties.items():
            array = constant_array(op.operands[at])
            if array is None:
                return None
            found[name] = read(array)
        moved = {at for at, _ in properties.values()}
        operands = [operand for at, operand in enumerate(op.operands) if at not in moved]
        return builder.insert(target.make(operands, found)).results

    return rewrite


# dyn.reshape


def _reshape_shape(op: DynReshapeOp, data: Array, newshape: Array) -> Shapes:
    codes = _ints(newshape)
    if min(codes, default=0) < -1:
        raise VerifyException(f"{op.name}: found newshape {codes}, expected extents, 0 or -1")
    return [resolve_newshape(op, data.shape, codes, bool(op.allowzero))]


def _infer_reshape(op: DynReshapeOp) -> Sequence[Attribute]:
    operand_shape(op, 0)
    return _unknown(dtype_of(op.data.type), _vector(op, 1))


def _evaluate_reshape(op: DynReshapeOp, data: Array, newshape: Array) -> Array:
    return data.reshape(_reshape_shape(op, data, newshape)[0])


@irdl_op_definition
class DynReshapeOp(RelayOp):
    """reshape; of Relay's codes only 0 and -1, which leave the rank known."""

    name = "relay.dyn.reshape"
    data = operand_def(Tensor)
    newshape = operand_def(Tensor)
    output = result_def(Tensor)
    allowzero = prop_def(BoolAttr, default_value=_NO)
    ROWS: ClassVar = Rows(
        infer=_infer_reshape,
        evaluate=_evaluate_reshape,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_reshape_shape,
        static=_static(ReshapeOp, newshape=(1, _ints)),
    )


# dyn.strided_slice


def _slicing(
    op: DynStridedSliceOp, begin: Sequence[int], end: Sequence[int], strides: Sequence[int]
) -> index.Slicing:
    return index.Slicing(op, begin, end, strides, op.slice_mode.data, range(len(begin)))


def _infer_strided_slice(op: DynStridedSliceOp) -> Sequence[Attribute]:
    extents = operand_shape(op, 0)
    count, ends, strides = _vector(op, 1), _vector(op, 2), _vector(op, 3)
    if op.slice_mode.data not in ("end", "size"):
        raise VerifyException(
            f"{op.name}: slice_mode is '{op.slice_mode.data}', expected one of 'end', 'size'"
        )
    if count != ends or strides > count or count > len(extents):
        raise VerifyException(
            f"{op.name}: found {count} begins, {ends} ends and {strides} strides, expected the "
            f"same number of each, {len(extents)} at most (strides may be fewer)"
        )
    return [tensor(dtype_of(op.data.type), ((DYNAMIC,) * count + extents[count:]))]


def _strided_slice_shape(
    op: DynStridedSliceOp, data: Array, begin: Array, end: Array, strides: Array
) -> Shapes:
    return [_slicing(op, _ints(begin), _ints(end), _ints(strides)).shape(data.shape)]


def _evaluate_strided_slice(
    op: DynStridedSliceOp, data: Array, begin: Array, end: Array, strides: Array
) -> Array:
    slicing = _slicing(op, _ints(begin), _ints(end), _ints(strides))
    return data[tuple(slicing.slices(data.shape))]


@irdl_op_definition
class DynStridedSliceOp(RelayOp):
    """strided_slice of the leading dimensions, as many as there are begins."""

    name = "relay.dyn.strided_slice"
    data = operand_def(Tensor)
    begin = operand_def(Tensor)
    end = operand_def(Tensor)
    strides = operand_def(Tensor)
    output = result_def(Tensor)
    slice_mode = prop_def(StringAttr, default_value=StringAttr("end"))
    ROWS: ClassVar = Rows(
        infer=_infer_strided_slice,
        evaluate=_evaluate_strided_slice,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_strided_slice_shape,
        static=_static(index.StridedSliceOp, begin=(1, _ints), end=(2, _ints), strides=(3, _ints)),
    )


# dyn.broadcast_to


def _infer_broadcast_to(op: DynBroadcastToOp) -> Sequence[Attribute]:
    have, want = len(operand_shape(op, 0)), _vector(op, 1)
    if have > want:
        raise VerifyException(
            f"{op.name}: operand 'shape' has length {want}, "
            f"expected {have} or more, the rank of operand 'data'"
        )
    return _unknown(dtype_of(op.data.type), want)


def _broadcast_to_shape(op: DynBroadcastToOp, data: Array, target: Array) -> Shapes:
    return [check_broadcast(op, data.shape, _extents(op, target))]


def _evaluate_broadcast_to(op: DynBroadcastToOp, data: Array, target: Array) -> Array:
    return np.broadcast_to(data, _broadcast_to_shape(op, data, target)[0])


@irdl_op_definition
class DynBroadcastToOp(RelayOp):
    """broadcast_to."""

    name = "relay.dyn.broadcast_to"
    data = operand_def(Tensor)
    shape = operand_def(Tensor)
    output = result_def(Tensor)
    ROWS: ClassVar = Rows(
        infer=_infer_broadcast_to,
        evaluate=_evaluate_broadcast_to,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_broadcast_to_shape,
        static=_static(BroadcastToOp, shape=(1, _ints)),
    )


# dyn.nn.pad


def _infer_pad(op: DynPadOp) -> Sequence[Attribute]:
    rank, widths = len(operand_shape(op, 0)), index.require_indices(op, 1)
    if widths != (rank, 2):
        raise VerifyException(
            f"{op.name}: operand 'pad_width' has shape {extents_text(widths)}, "
            f"expected {rank}x2, the rank of operand 'data' by 2"
        )
    _scalar(op, 2, frozenset({dtype_of(op.data.type)}))
    assemble.check_pad_mode(op, op.pad_mode.data)
    return _unknown(dtype_of(op.data.type), rank)


def _pad_shape(op: DynPadOp, data: Array, pad_width: Array, pad_value: Array) -> Shapes:
    pairs = assemble.pad_pairs(op, _ints(pad_width), data.ndim)
    return [
        tuple(
            assemble.padded_extent(op, extent, *pair, op.pad_mode.data)
            for extent, pair in zip(data.shape, pairs, strict=True)
        )
    ]


def _evaluate_pad(op: DynPadOp, data: Array, pad_width: Array, pad_value: Array) -> Array:
    _pad_shape(op, data, pad_width, pad_value)
    pairs = assemble.pad_pairs(op, _ints(pad_width), data.ndim)
    return assemble.pad(data, pairs, pad_value, op.pad_mode.data)


@irdl_op_definition
class DynPadOp(RelayOp):
    """pad; ``pad_width`` has shape (rank, 2), ``pad_value`` is a scalar."""

    name = "relay.dyn.nn.pad"
    data = operand_def(Tensor)
    pad_width = operand_def(Tensor)
    pad_value = operand_def(Tensor)
    output = result_def(Tensor)
    pad_mode = prop_def(StringAttr, default_value=StringAttr("constant"))
    ROWS: ClassVar = Rows(
        infer=_infer_pad,
        evaluate=_evaluate_pad,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        shape=_pad_shape,
        static=_static(assemble.PadOp, pad_width=(1, _ints), pad_value=(2, _float)),
    )


# dyn.tile


def _infer_tile(op: DynTileOp) -> Sequence[Attribute]:
    rank = max(len(operand_shape(op, 0)), _vector(op, 1))
    return _unknown(dtype_of(op.data.type), rank)


def _tile_shape(op: DynTileOp, data: Array, reps: Array) -> Shapes:
    return [assemble.tiled(op, data.shape, _ints(reps))]


def _evaluate_tile(op: DynTileOp, data: Array, reps: Array) -> Array:
    _tile_shape(op, data, reps)
    return np.tile(data, _ints(reps))


@irdl_op_definition
class DynTileOp(RelayOp):
    """tile."""

    name = "relay.dyn.tile"
    data = operand_def(Tensor)
    reps = operand_def(Tensor)
    output = result_def(Tensor)
    ROWS: ClassVar = Rows(
        infer=_infer_tile,
        evaluate=_evaluate_tile,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_tile_shape,
        static=_static(assemble.TileOp, reps=(1, _ints)),
    )


# dyn.full, dyn.zeros, dyn.ones, dyn.arange


def _infer_full(op: DynFullOp) -> Sequence[Attribute]:
    _scalar(op, 0, ALL)
    return _unknown(dtype_of(op.fill_value.type), _vector(op, 1))


def _full_shape(op: DynFullOp, fill_value: Array, target: Array) -> Shapes:
    return [_extents(op, target)]


def _evaluate_full(op: DynFullOp, fill_value: Array, target: Array) -> Array:
    return np.full(_extents(op, target), fill_value)


@irdl_op_definition
class DynFullOp(RelayOp):
    """full."""

    name = "relay.dyn.full"
    fill_value = operand_def(Tensor)
    shape = operand_def(Tensor)
    output = result_def(Tensor)
    ROWS: ClassVar = Rows(
        infer=_infer_full,
        evaluate=_evaluate_full,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_full_shape,
        static=_static(create.FullOp, shape=(1, _ints)),
    )


class _DynFilledOp(RelayOp):
    """A tensor of one value, in a shape that arrives as an operand."""

    shape = operand_def(Tensor)
    output = result_def(Tensor)
    dtype = prop_def(Attribute)


def _infer_filled(op: _DynFilledOp) -> Sequence[Attribute]:
    return _unknown(create.element_of(op, op.dtype, ALL), _vector(op, 0))


def _filled_shape(op: _DynFilledOp, target: Array) -> Shapes:
    return [_extents(op, target)]


def _evaluate_zeros(op: DynZerosOp, target: Array) -> Array:
    return np.zeros(_extents(op, target), numpy_dtype(op.output.type))


def _evaluate_ones(op: DynOnesOp, target: Array) -> Array:
    return np.ones(_extents(op, target), numpy_dtype(op.output.type))


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
        static=_static(create.ZerosOp, shape=(0, _ints)),
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
        static=_static(create.OnesOp, shape=(0, _ints)),
    )


def _infer_arange(op: DynArangeOp) -> Sequence[Attribute]:
    for at in range(3):
        _scalar(op, at, NUMERIC)
    return _unknown(same_dtype(op), 1)


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
    start = operand_def(Tensor)
    stop = operand_def(Tensor)
    step = operand_def(Tensor)
    output = result_def(Tensor)
    ROWS: ClassVar = Rows(
        infer=_infer_arange,
        evaluate=_evaluate_arange,
        pattern=Pattern.OPAQUE,
        dtypes=NUMERIC,
        keeps_finite=True,
        shape=_arange_shape,
        static=_static_arange,
    )


# dyn.expand_dims and dyn.squeeze


def _infer_expand_dims(op: DynExpandDimsOp) -> Sequence[Attribute]:
    _scalar(op, 1)
    count = op.num_newaxis.value.data
    if count < 0:
        raise VerifyException(f"{op.name}: num_newaxis is {count}, expected 0 or more")
    return _unknown(dtype_of(op.data.type), len(operand_shape(op, 0)) + count)


def _expand_dims_shape(op: DynExpandDimsOp, data: Array, axis: Array) -> Shapes:
    return [expanded(op, data.shape, _int(axis), op.num_newaxis.value.data)]


def _evaluate_expand_dims(op: DynExpandDimsOp, data: Array, axis: Array) -> Array:
    return data.reshape(_expand_dims_shape(op, data, axis)[0])


@irdl_op_definition
class DynExpandDimsOp(RelayOp):
    """expand_dims; ``axis`` is a scalar."""

    name = "relay.dyn.expand_dims"
    data = operand_def(Tensor)
    axis = operand_def(Tensor)
    output = result_def(Tensor)
    num_newaxis = prop_def(IntegerAttr[I64], default_value=IntegerAttr(1, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_expand_dims,
        evaluate=_evaluate_expand_dims,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_expand_dims_shape,
        static=_static(ExpandDimsOp, axis=(1, _int)),
    )


def _infer_squeeze(op: DynSqueezeOp) -> Sequence[Attribute]:
    rank, dropped = len(operand_shape(op, 0)), _vector(op, 1)
    if dropped > rank:
        raise VerifyException(
            f"{op.name}: operand 'axis' has length {dropped}, "
            f"expected {rank} at most, the rank of operand 'data'"
        )
    return _unknown(dtype_of(op.data.type), rank - dropped)


def _squeeze_shape(op: DynSqueezeOp, data: Array, axis: Array) -> Shapes:
    dropped = squeezed(op, data.shape, _ints(axis))
    return [tuple(extent for at, extent in enumerate(data.shape) if at not in dropped)]


def _evaluate_squeeze(op: DynSqueezeOp, data: Array, axis: Array) -> Array:
    return data.reshape(_squeeze_shape(op, data, axis)[0])


@irdl_op_definition
class DynSqueezeOp(RelayOp):
    """squeeze; ``axis`` is a vector."""

    name = "relay.dyn.squeeze"
    data = operand_def(Tensor)
    axis = operand_def(Tensor)
    output = result_def(Tensor)
    ROWS: ClassVar = Rows(
        infer=_infer_squeeze,
        evaluate=_evaluate_squeeze,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_squeeze_shape,
        static=_static(SqueezeOp, axis=(1, _ints)),
    )


# dyn.topk and dyn.one_hot


def _infer_topk(op: DynTopkOp) -> Sequence[Attribute]:
    _scalar(op, 1)
    return order.topk_types(op, DYNAMIC)


def _topk_count(op: DynTopkOp, data: Array, k: Array) -> int:
    return order.topk_count(op, data.shape[op.axis.value.data], _int(k))


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
    data = operand_def(Tensor)
    k = operand_def(Tensor)
    outputs = var_result_def(Tensor)
    ROWS: ClassVar = Rows(
        infer=_infer_topk,
        evaluate=_evaluate_topk,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_topk_shape,
        static=_static(order.TopkOp, k=(1, _int)),
    )


def _infer_one_hot(op: DynOneHotOp) -> Sequence[Attribute]:
    _scalar(op, 3)
    return [index.one_hot_type(op, DYNAMIC, op.axis.value.data, op.dtype)]


def _one_hot_shape(
    op: DynOneHotOp, indices: Array, on_value: Array, off_value: Array, depth: Array
) -> Shapes:
    at = normalize_axis(op, op.axis.value.data, indices.ndim + 1)
    (extent,) = _extents(op, depth)
    return [(*indices.shape[:at], extent, *indices.shape[at:])]


def _evaluate_one_hot(
    op: DynOneHotOp, indices: Array, on_value: Array, off_value: Array, depth: Array
) -> Array:
    at = normalize_axis(op, op.axis.value.data, indices.ndim + 1)
    (extent,) = _extents(op, depth)
    return index.one_hot(indices, on_value, off_value, extent, at)


@irdl_op_definition
class DynOneHotOp(RelayOp):
    """one_hot; ``depth`` is a scalar."""

    name = "relay.dyn.one_hot"
    indices = operand_def(Tensor)
    on_value = operand_def(Tensor)
    off_value = operand_def(Tensor)
    depth = operand_def(Tensor)
    output = result_def(Tensor)
    axis = prop_def(IntegerAttr[I64], default_value=IntegerAttr(-1, i64))
    dtype = prop_def(Attribute, default_value=f32)
    ROWS: ClassVar = Rows(
        infer=_infer_one_hot,
        evaluate=_evaluate_one_hot,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_one_hot_shape,
        static=_static(index.OneHotOp, depth=(3, _int)),
    )


# dyn.image.resize2d and dyn.nn.upsampling


def _with_size(layout: Layout, extents: Shape, size: Sequence[int]) -> Shape:
    """A shape with the extents of H and W replaced."""
    sizes = {layout.index("H"): size[0], layout.index("W"): size[1]}
    return tuple(sizes.get(axis, extent) for axis, extent in enumerate(extents))


def _infer_resize2d(op: DynResize2dOp) -> Sequence[Attribute]:
    if _vector(op, 1) != 2:
        raise VerifyException(
            f"{op.name}: operand 'size' has length {_vector(op, 1)}, expected 2: height and width"
        )
    return image.resize2d_type(op, (DYNAMIC, DYNAMIC))


def _resize2d_shape(op: DynResize2dOp, data: Array, size: Array) -> Shapes:
    return [_with_size(op.layout.data, data.shape, _extents(op, size))]


def _evaluate_resize2d(op: DynResize2dOp, data: Array, size: Array) -> Array:
    return image.resize2d(op, data, _extents(op, size))


@irdl_op_definition
class DynResize2dOp(image.ResizeBase):
    """resize2d; ``size`` is a vector of height and width."""

    name = "relay.dyn.image.resize2d"
    data = operand_def(Tensor)
    size = operand_def(Tensor)
    output = result_def(Tensor)
    ROWS: ClassVar = Rows(
        infer=_infer_resize2d,
        evaluate=_evaluate_resize2d,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_resize2d_shape,
        static=_static(image.Resize2dOp, size=(1, _ints)),
    )


def _infer_upsampling(op: DynUpsamplingOp) -> Sequence[Attribute]:
    _scalar(op, 1, FLOATS)
    _scalar(op, 2, FLOATS)
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
    data = operand_def(Tensor)
    scale_h = operand_def(Tensor)
    scale_w = operand_def(Tensor)
    output = result_def(Tensor)
    ROWS: ClassVar = Rows(
        infer=_infer_upsampling,
        evaluate=_evaluate_upsampling,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_upsampling_shape,
        static=_static(image.UpsamplingOp, scale_h=(1, _float), scale_w=(2, _float)),
    )


OPS: tuple[type[RelayOp], ...] = (
    DynReshapeOp,
    DynStridedSliceOp,
    DynBroadcastToOp,
    DynPadOp,
    DynTileOp,
    DynFullOp,
    DynZerosOp,
    DynOnesOp,
    DynArangeOp,
    DynExpandDimsOp,
    DynSqueezeOp,
    DynTopkOp,
    DynOneHotOp,
    DynResize2dOp,
    DynUpsamplingOp,
)
"""The ops of this family."""

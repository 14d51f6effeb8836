"""The dyn ops that move elements (dyn_base.py says what dyn means)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import BoolAttr, IntegerAttr, StringAttr, i64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from . import assemble, gather, pad
from .base import BOOL_ATTR, I64_ATTR, RelayOp, operand_shape
from .compute import Pointwise
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
from .dyn_elements import (
    padded_element,
    reshaped_element,
    sliced_element,
    stretched_element,
    tiled_element,
)
from .reshape import ReshapeOp, resolve_newshape
from .rows import Array, Pattern, Rows
from .shape import (
    MOST_NEW_AXES,
    BroadcastToOp,
    ExpandDimsOp,
    SqueezeOp,
    check_broadcast,
    check_choice,
    expanded,
    extents_text,
    squeezed,
)
from .slice import SLICE_MODES, Slicing, StridedSliceOp
from .types import ALL, DYNAMIC, TENSOR, dtype_of, tensor

_NO = BoolAttr.from_bool(False)


# dyn.reshape


def _reshape_shape(op: DynReshapeOp, data: Array, newshape: Array) -> Shapes:
    codes = read_ints(newshape)
    if min(codes, default=0) < -1:
        raise VerifyException(f"{op.name}: found newshape {codes}, expected extents, 0 or -1")
    return [resolve_newshape(op, data.shape, codes, bool(op.allowzero))]


def _infer_reshape(op: DynReshapeOp) -> Sequence[Attribute]:
    operand_shape(op, 0)
    return unknown_type(dtype_of(op.data.type), vector_length(op, 1))


def _evaluate_reshape(op: DynReshapeOp, data: Array, newshape: Array) -> Array:
    return data.reshape(_reshape_shape(op, data, newshape)[0])


@irdl_op_definition
class DynReshapeOp(RelayOp):
    """reshape; of Relay's codes only 0 and -1, which leave the rank known."""

    name = "relay.dyn.reshape"
    data = operand_def(TENSOR)
    newshape = operand_def(TENSOR)
    output = result_def(TENSOR)
    allowzero = prop_def(BOOL_ATTR, default_value=_NO)
    ROWS: ClassVar = Rows(
        infer=_infer_reshape,
        evaluate=_evaluate_reshape,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_reshape_shape,
        compute=Pointwise(reshaped_element),
        static=static_form(ReshapeOp, newshape=(1, read_ints)),
    )


# dyn.strided_slice


def _slicing(
    op: DynStridedSliceOp, begin: Sequence[int], end: Sequence[int], strides: Sequence[int]
) -> Slicing:
    return Slicing(op, begin, end, strides, op.slice_mode.data, range(len(begin)))


def _infer_strided_slice(op: DynStridedSliceOp) -> Sequence[Attribute]:
    extents = operand_shape(op, 0)
    count, ends, strides = vector_length(op, 1), vector_length(op, 2), vector_length(op, 3)
    check_choice(op, "slice_mode", op.slice_mode.data, SLICE_MODES)
    if count != ends or strides > count or count > len(extents):
        raise VerifyException(
            f"{op.name}: found {count} begins, {ends} ends and {strides} strides, expected the "
            f"same number of each, {len(extents)} at most (strides may be fewer)"
        )
    return [tensor(dtype_of(op.data.type), ((DYNAMIC,) * count + extents[count:]))]


def _strided_slice_shape(
    op: DynStridedSliceOp, data: Array, begin: Array, end: Array, strides: Array
) -> Shapes:
    return [_slicing(op, read_ints(begin), read_ints(end), read_ints(strides)).shape(data.shape)]


def _evaluate_strided_slice(
    op: DynStridedSliceOp, data: Array, begin: Array, end: Array, strides: Array
) -> Array:
    slicing = _slicing(op, read_ints(begin), read_ints(end), read_ints(strides))
    return data[tuple(slicing.slices(data.shape))]


@irdl_op_definition
class DynStridedSliceOp(RelayOp):
    """strided_slice of the leading dimensions, as many as there are begins."""

    name = "relay.dyn.strided_slice"
    data = operand_def(TENSOR)
    begin = operand_def(TENSOR)
    end = operand_def(TENSOR)
    strides = operand_def(TENSOR)
    output = result_def(TENSOR)
    slice_mode = prop_def(StringAttr, default_value=StringAttr("end"))
    ROWS: ClassVar = Rows(
        infer=_infer_strided_slice,
        evaluate=_evaluate_strided_slice,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_strided_slice_shape,
        compute=Pointwise(sliced_element),
        static=static_form(
            StridedSliceOp, begin=(1, read_ints), end=(2, read_ints), strides=(3, read_ints)
        ),
    )


# dyn.broadcast_to


def _infer_broadcast_to(op: DynBroadcastToOp) -> Sequence[Attribute]:
    have, want = len(operand_shape(op, 0)), vector_length(op, 1)
    if have > want:
        raise VerifyException(
            f"{op.name}: operand 'shape' has length {want}, "
            f"expected {have} or more, the rank of operand 'data'"
        )
    return unknown_type(dtype_of(op.data.type), want)


def _broadcast_to_shape(op: DynBroadcastToOp, data: Array, target: Array) -> Shapes:
    return [check_broadcast(op, data.shape, read_extents(op, target))]


def _evaluate_broadcast_to(op: DynBroadcastToOp, data: Array, target: Array) -> Array:
    return np.broadcast_to(data, _broadcast_to_shape(op, data, target)[0])


@irdl_op_definition
class DynBroadcastToOp(RelayOp):
    """broadcast_to."""

    name = "relay.dyn.broadcast_to"
    data = operand_def(TENSOR)
    shape = operand_def(TENSOR)
    output = result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_broadcast_to,
        evaluate=_evaluate_broadcast_to,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_broadcast_to_shape,
        compute=Pointwise(stretched_element),
        static=static_form(BroadcastToOp, shape=(1, read_ints)),
    )


# dyn.nn.pad


def _infer_pad(op: DynPadOp) -> Sequence[Attribute]:
    rank, widths = len(operand_shape(op, 0)), gather.require_indices(op, 1)
    if widths != (rank, 2):
        raise VerifyException(
            f"{op.name}: operand 'pad_width' has shape {extents_text(widths)}, "
            f"expected {rank}x2, the rank of operand 'data' by 2"
        )
    check_scalar(op, 2, frozenset({dtype_of(op.data.type)}))
    check_choice(op, "pad_mode", op.pad_mode.data, pad.PAD_MODES)
    return unknown_type(dtype_of(op.data.type), rank)


def _pad_shape(op: DynPadOp, data: Array, pad_width: Array, pad_value: Array) -> Shapes:
    pairs = pad.pad_pairs(op, read_ints(pad_width), data.ndim)
    return [
        tuple(
            pad.padded_extent(op, extent, *pair, op.pad_mode.data)
            for extent, pair in zip(data.shape, pairs, strict=True)
        )
    ]


def _evaluate_pad(op: DynPadOp, data: Array, pad_width: Array, pad_value: Array) -> Array:
    _pad_shape(op, data, pad_width, pad_value)
    pairs = pad.pad_pairs(op, read_ints(pad_width), data.ndim)
    return pad.pad(data, pairs, pad_value, op.pad_mode.data)


@irdl_op_definition
class DynPadOp(RelayOp):
    """pad; ``pad_width`` has shape (rank, 2), ``pad_value`` is a scalar."""

    name = "relay.dyn.nn.pad"
    data = operand_def(TENSOR)
    pad_width = operand_def(TENSOR)
    pad_value = operand_def(TENSOR)
    output = result_def(TENSOR)
    pad_mode = prop_def(StringAttr, default_value=StringAttr("constant"))
    ROWS: ClassVar = Rows(
        infer=_infer_pad,
        evaluate=_evaluate_pad,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        shape=_pad_shape,
        compute=Pointwise(padded_element),
        static=static_form(pad.PadOp, pad_width=(1, read_ints), pad_value=(2, read_float)),
    )


# dyn.tile


def _infer_tile(op: DynTileOp) -> Sequence[Attribute]:
    rank = max(len(operand_shape(op, 0)), vector_length(op, 1))
    return unknown_type(dtype_of(op.data.type), rank)


def _tile_shape(op: DynTileOp, data: Array, reps: Array) -> Shapes:
    return [assemble.tiled(op, data.shape, read_ints(reps))]


def _evaluate_tile(op: DynTileOp, data: Array, reps: Array) -> Array:
    _tile_shape(op, data, reps)
    return np.tile(data, read_ints(reps))


@irdl_op_definition
class DynTileOp(RelayOp):
    """tile."""

    name = "relay.dyn.tile"
    data = operand_def(TENSOR)
    reps = operand_def(TENSOR)
    output = result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_tile,
        evaluate=_evaluate_tile,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_tile_shape,
        compute=Pointwise(tiled_element),
        static=static_form(assemble.TileOp, reps=(1, read_ints)),
    )


# dyn.expand_dims and dyn.squeeze


def _infer_expand_dims(op: DynExpandDimsOp) -> Sequence[Attribute]:
    check_scalar(op, 1)
    count = op.num_newaxis.value.data
    if not 0 <= count <= MOST_NEW_AXES:
        raise VerifyException(f"{op.name}: num_newaxis is {count}, expected 0 to {MOST_NEW_AXES}")
    return unknown_type(dtype_of(op.data.type), len(operand_shape(op, 0)) + count)


def _expand_dims_shape(op: DynExpandDimsOp, data: Array, axis: Array) -> Shapes:
    return [expanded(op, data.shape, read_int(axis), op.num_newaxis.value.data)]


def _evaluate_expand_dims(op: DynExpandDimsOp, data: Array, axis: Array) -> Array:
    return data.reshape(_expand_dims_shape(op, data, axis)[0])


@irdl_op_definition
class DynExpandDimsOp(RelayOp):
    """expand_dims; ``axis`` is a scalar."""

    name = "relay.dyn.expand_dims"
    data = operand_def(TENSOR)
    axis = operand_def(TENSOR)
    output = result_def(TENSOR)
    num_newaxis = prop_def(I64_ATTR, default_value=IntegerAttr(1, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_expand_dims,
        evaluate=_evaluate_expand_dims,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_expand_dims_shape,
        compute=Pointwise(reshaped_element),
        static=static_form(ExpandDimsOp, axis=(1, read_int)),
    )


def _infer_squeeze(op: DynSqueezeOp) -> Sequence[Attribute]:
    rank, dropped = len(operand_shape(op, 0)), vector_length(op, 1)
    if dropped > rank:
        raise VerifyException(
            f"{op.name}: operand 'axis' has length {dropped}, "
            f"expected {rank} at most, the rank of operand 'data'"
        )
    return unknown_type(dtype_of(op.data.type), rank - dropped)


def _squeeze_shape(op: DynSqueezeOp, data: Array, axis: Array) -> Shapes:
    dropped = squeezed(op, data.shape, read_ints(axis))
    return [tuple(extent for at, extent in enumerate(data.shape) if at not in dropped)]


def _evaluate_squeeze(op: DynSqueezeOp, data: Array, axis: Array) -> Array:
    return data.reshape(_squeeze_shape(op, data, axis)[0])


@irdl_op_definition
class DynSqueezeOp(RelayOp):
    """squeeze; ``axis`` is a vector."""

    name = "relay.dyn.squeeze"
    data = operand_def(TENSOR)
    axis = operand_def(TENSOR)
    output = result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_squeeze,
        evaluate=_evaluate_squeeze,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        shape=_squeeze_shape,
        compute=Pointwise(reshaped_element),
        static=static_form(SqueezeOp, axis=(1, read_ints)),
    )


OPS: tuple[type[RelayOp], ...] = (
    DynReshapeOp,
    DynStridedSliceOp,
    DynBroadcastToOp,
    DynPadOp,
    DynTileOp,
    DynExpandDimsOp,
    DynSqueezeOp,
)
"""The ops of this family."""

"""Ops on images: resizing, and moving blocks of pixels to channels and back."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import ClassVar, NamedTuple

import numpy as np
from xdsl.dialects.builtin import (
    BoolAttr,
    FloatAttr,
    StringAttr,
    f64,
)
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout, LayoutAttr, LayoutError
from .base import BOOL_ATTR, F64_ATTR, I64_ARRAY, I64_ATTR, RelayOp, ints, operand_shape
from .compute import ByProperties, Compute, Pointwise
from .image_compute import depth_to_space_element, resampling, space_to_depth_element
from .image_coordinates import Coordinates
from .rows import Array, LayoutInference, Pattern, Rows
from .shape import ShapeOp, check_choice, extents_text
from .types import ALL, DYNAMIC, FLOATS, TENSOR, Shape, dtype_of, tensor

_NCHW = LayoutAttr(Layout.parse("NCHW"))

METHODS = ("nearest_neighbor", "linear")
TRANSFORMS = ("asymmetric", "half_pixel", "align_corners")
ROUNDINGS = ("", "floor", "ceil", "round", "round_prefer_floor", "round_prefer_ceil")


def spatial_axes(op: RelayOp, layout: Layout) -> tuple[int, int]:
    """Where ``layout`` holds H and W, which it must not split.

    Raises:
        VerifyException: when it lacks or splits one, or does not fit the operand's rank.
    """
    rank = len(operand_shape(op, 0))
    if layout.rank != rank:
        raise VerifyException(
            f"{op.name}: operand 'data' has rank {rank}, expected {layout.rank} as in {layout}"
        )
    if not (layout.has("H") and layout.has("W")) or layout.block("H") * layout.block("W") != 1:
        raise VerifyException(f"{op.name}: layout is {layout}, expected undivided H and W")
    return layout.index("H"), layout.index("W")


def _resize_axis(
    data: Array, axis: int, out: int, method: str, transform: str, rounding: str
) -> Array:
    """``data`` resampled to ``out`` elements along one axis."""
    last, x = data.shape[axis] - 1, np.arange(out, dtype=np.int64)
    coordinates = Coordinates.of(transform, data.shape[axis], out)
    if method == "nearest_neighbor":
        return np.take(data, np.clip(coordinates.nearest(x, rounding), 0, last), axis)
    low = coordinates.below(x)
    fraction = (coordinates.beyond(x) / coordinates.denominator).astype(data.dtype)
    fraction = fraction.reshape([-1 if index == axis else 1 for index in range(data.ndim)])
    left = np.take(data, np.clip(low, 0, last), axis)
    right = np.take(data, np.clip(low + 1, 0, last), axis)
    return left * (1 - fraction) + right * fraction


def _resized(op: RelayOp, layout: Layout, size: Sequence[int]) -> Sequence[Attribute]:
    """The type of ``data`` with H and W of ``size``."""
    shape = list(operand_shape(op, 0))
    for axis, extent in zip(spatial_axes(op, layout), size, strict=True):
        if shape[axis] == 0 and extent != 0:
            raise VerifyException(
                f"{op.name}: operand 'data' has shape {extents_text(shape)}, expected pixels"
            )
        shape[axis] = extent
    return [tensor(dtype_of(op.operands[0].type), shape)]


def _check_linear(op: RelayOp, method: str) -> None:
    element = dtype_of(op.operands[0].type)
    if method != "nearest_neighbor" and element not in FLOATS:
        raise VerifyException(
            f"{op.name}: operand 'data' has element type {element}, "
            f"expected a float type for method '{method}'"
        )


class Resampling(NamedTuple):
    """How an image is resampled, and along which axes."""

    axes: tuple[int, int]
    method: str
    transform: str
    rounding: str


def _resample(data: Array, size: Sequence[int], how: Resampling) -> Array:
    """``data`` resampled to ``size``."""
    for axis, extent in zip(how.axes, size, strict=True):
        data = _resize_axis(data, axis, extent, how.method, how.transform, how.rounding)
    return data


class ResizeBase(RelayOp):
    """What ``image.resize2d`` and ``dyn.image.resize2d`` share."""

    layout = prop_def(LayoutAttr, default_value=_NCHW)
    method = prop_def(StringAttr, default_value=StringAttr("linear"))
    coordinate_transformation_mode = prop_def(StringAttr, default_value=StringAttr("half_pixel"))
    rounding_method = prop_def(StringAttr, default_value=StringAttr(""))


def check_size(op: RelayOp, size: Sequence[int]) -> None:
    """Check that ``size`` is a height and a width.

    Raises:
        VerifyException: when it is not.
    """
    if len(size) != 2 or min(size) < 0:
        raise VerifyException(f"{op.name}: size is {list(size)}, expected two extents of 0 or more")


def resize2d_type(op: ResizeBase, size: Sequence[int]) -> Sequence[Attribute]:
    """The result type of a resize to ``size`` (DYNAMIC where unknown).

    Raises:
        VerifyException: when operand and properties do not fit together.
    """
    check_choice(op, "method", op.method.data, METHODS)
    transform = op.coordinate_transformation_mode.data
    check_choice(op, "coordinate_transformation_mode", transform, TRANSFORMS)
    check_choice(op, "rounding_method", op.rounding_method.data, ROUNDINGS)
    _check_linear(op, op.method.data)
    return _resized(op, op.layout.data, size)


def resize2d(op: ResizeBase, data: Array, size: Sequence[int]) -> Array:
    """``data`` resampled to ``size``; see ``Resize2dOp``."""
    return _resample(data, size, how_resized(op))


def how_resized(op: ResizeBase) -> Resampling:
    """How a resize resamples."""
    transform = op.coordinate_transformation_mode.data
    rounding = op.rounding_method.data or ("round" if transform == "align_corners" else "floor")
    return Resampling(spatial_axes(op, op.layout.data), op.method.data, transform, rounding)


def resizing(op: ResizeBase) -> Compute[RelayOp]:
    """What computes a resize."""
    return resampling(*how_resized(op))


def _infer_resize2d(op: Resize2dOp) -> Sequence[Attribute]:
    check_size(op, ints(op.size))
    return resize2d_type(op, ints(op.size))


def _evaluate_resize2d(op: Resize2dOp, data: Array) -> Array:
    return resize2d(op, data, ints(op.size))


def _resize_layout(
    op: Resize2dOp | UpsamplingOp,
    new: Sequence[Layout | None] | None,
    old: Sequence[Layout | None],
) -> LayoutInference:
    """Follow the input unless it splits H or W."""
    written = op.layout.data
    target = new[0] if new else None
    if target is None or not written.bijective_to(target):
        return LayoutInference((written,), (written,))
    if target.block("H") * target.block("W") != 1:
        return LayoutInference((written,), (written,))
    return LayoutInference((target,), (target,), {"layout": target})


@irdl_op_definition
class Resize2dOp(ResizeBase):
    """The image resampled to ``size`` (height, width).

    Output index x reads the input at x * in / out ("asymmetric"), (x + 0.5) * in / out - 0.5
    ("half_pixel") or x * (in - 1) / (out - 1) ("align_corners"), clamped to the image.
    "nearest_neighbor" rounds that by ``rounding_method``: floor, ceil, round (ties away from
    zero), round_prefer_floor or round_prefer_ceil; by default round for align_corners and floor
    else. "linear" interpolates between the two neighbours in each direction, floats only.
    """

    name = "relay.image.resize2d"
    data = operand_def(TENSOR)
    output = result_def(TENSOR)
    size = prop_def(I64_ARRAY)
    ROWS: ClassVar = Rows(
        infer=_infer_resize2d,
        evaluate=_evaluate_resize2d,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        layout=_resize_layout,
        keeps_finite=True,
        compute=ByProperties(resizing),
    )


_UPSAMPLING_METHODS = {"nearest_neighbor": "nearest_neighbor", "bilinear": "linear"}


class UpsamplingBase(RelayOp):
    """What ``nn.upsampling`` and ``dyn.nn.upsampling`` share."""

    layout = prop_def(LayoutAttr, default_value=_NCHW)
    method = prop_def(StringAttr, default_value=StringAttr("nearest_neighbor"))
    align_corners = prop_def(BOOL_ATTR, default_value=BoolAttr.from_bool(False))


def upsampled_size(op: UpsamplingBase, shape: Shape, scales: Sequence[float]) -> tuple[int, ...]:
    """The height and width of an image of ``shape`` scaled by ``scales``, to the nearest whole.

    Raises:
        VerifyException: when a scale is not positive.
    """
    if not all(0 < scale < float("inf") for scale in scales):
        raise VerifyException(f"{op.name}: found scales {list(scales)}, expected positive ones")
    return tuple(
        DYNAMIC if shape[axis] == DYNAMIC else floor(shape[axis] * scale + 0.5)
        for axis, scale in zip(spatial_axes(op, op.layout.data), scales, strict=True)
    )


def upsampling_type(op: UpsamplingBase, size: Sequence[int]) -> Sequence[Attribute]:
    """The result type of an upsampling to ``size`` (DYNAMIC where unknown).

    Raises:
        VerifyException: when operand and properties do not fit together.
    """
    check_choice(op, "method", op.method.data, tuple(_UPSAMPLING_METHODS))
    _check_linear(op, op.method.data)
    return _resized(op, op.layout.data, size)


def upsampling(op: UpsamplingBase, data: Array, size: Sequence[int]) -> Array:
    """``data`` resampled to ``size``; see ``UpsamplingOp``."""
    return _resample(data, size, how_enlarged(op))


def how_enlarged(op: UpsamplingBase) -> Resampling:
    """How an upsampling resamples."""
    method = _UPSAMPLING_METHODS[op.method.data]
    transform, rounding = (
        ("align_corners", "round") if op.align_corners else ("asymmetric", "floor")
    )
    return Resampling(spatial_axes(op, op.layout.data), method, transform, rounding)


def enlarging(op: UpsamplingBase) -> Compute[RelayOp]:
    """What computes an upsampling."""
    return resampling(*how_enlarged(op))


def _scales(op: UpsamplingOp) -> tuple[float, float]:
    return op.scale_h.value.data, op.scale_w.value.data


def _infer_upsampling(op: UpsamplingOp) -> Sequence[Attribute]:
    return upsampling_type(op, upsampled_size(op, operand_shape(op, 0), _scales(op)))


def _evaluate_upsampling(op: UpsamplingOp, data: Array) -> Array:
    return upsampling(op, data, upsampled_size(op, data.shape, _scales(op)))


@irdl_op_definition
class UpsamplingOp(UpsamplingBase):
    """The image scaled by ``scale_h`` and ``scale_w``, its size rounded to the nearest whole.

    As resize2d with "asymmetric" coordinates, or "align_corners" if that is set; ``method``
    is "nearest_neighbor" or "bilinear".
    """

    name = "relay.nn.upsampling"
    data = operand_def(TENSOR)
    output = result_def(TENSOR)
    scale_h = prop_def(F64_ATTR, default_value=FloatAttr(1.0, f64))
    scale_w = prop_def(F64_ATTR, default_value=FloatAttr(1.0, f64))
    ROWS: ClassVar = Rows(
        infer=_infer_upsampling,
        evaluate=_evaluate_upsampling,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        layout=_resize_layout,
        keeps_finite=True,
        compute=ByProperties(enlarging),
    )


# depth_to_space and space_to_depth


class _BlockOp(ShapeOp):
    """An op that moves square blocks of pixels between space and channels."""

    block_size = prop_def(I64_ATTR)
    layout = prop_def(LayoutAttr, default_value=_NCHW)


def _to_nchw(op: _BlockOp) -> Shape:
    """The operand's shape in NCHW."""
    try:
        shape = op.layout.data.convert_shape(operand_shape(op, 0), _NCHW.data)
    except LayoutError as error:
        raise VerifyException(f"{op.name}: operand 'data': {error}") from error
    if op.block_size.value.data < 1:
        raise VerifyException(
            f"{op.name}: block_size is {op.block_size.value.data}, expected 1 or more"
        )
    return shape


def _moved_type(op: _BlockOp, nchw: Shape) -> Sequence[Attribute]:
    try:
        shape = _NCHW.data.convert_shape(nchw, op.layout.data)
    except LayoutError as error:
        raise VerifyException(f"{op.name}: result: {error}") from error
    return [tensor(dtype_of(op.data.type), shape)]


def _divided(op: RelayOp, what: str, extent: int, divisor: int) -> int:
    if extent != DYNAMIC and extent % divisor:
        raise VerifyException(
            f"{op.name}: operand 'data' has {extent} {what}, expected a multiple of {divisor}"
        )
    return extent if extent == DYNAMIC else extent // divisor


def _times(extent: int, factor: int) -> int:
    return DYNAMIC if extent == DYNAMIC else extent * factor


def _infer_depth_to_space(op: DepthToSpaceOp) -> Sequence[Attribute]:
    n, c, h, w = _to_nchw(op)
    check_choice(op, "mode", op.mode.data, ("DCR", "CRD"))
    block = op.block_size.value.data
    depth = _divided(op, "channels", c, block * block)
    return _moved_type(op, (n, depth, _times(h, block), _times(w, block)))


def _evaluate_depth_to_space(op: DepthToSpaceOp, data: Array) -> Array:
    layout, block = op.layout.data, op.block_size.value.data
    images = layout.convert_array(data, _NCHW.data)
    n, c, h, w = images.shape
    depth = c // (block * block)
    if op.mode.data == "DCR":
        pixels = images.reshape(n, block, block, depth, h, w).transpose(0, 3, 4, 1, 5, 2)
    else:
        pixels = images.reshape(n, depth, block, block, h, w).transpose(0, 1, 4, 2, 5, 3)
    return _NCHW.data.convert_array(pixels.reshape(n, depth, h * block, w * block), layout)


@irdl_op_definition
class DepthToSpaceOp(_BlockOp):
    """Channels rearranged into blocks of ``block_size`` x ``block_size`` pixels.

    ``mode`` "DCR" reads the channels as (row, column, depth), "CRD" as (depth, row, column).
    """

    name = "relay.nn.depth_to_space"
    mode = prop_def(StringAttr, default_value=StringAttr("DCR"))
    ROWS: ClassVar = Rows(
        infer=_infer_depth_to_space,
        evaluate=_evaluate_depth_to_space,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(depth_to_space_element),
    )


def _infer_space_to_depth(op: SpaceToDepthOp) -> Sequence[Attribute]:
    n, c, h, w = _to_nchw(op)
    block = op.block_size.value.data
    rows, columns = _divided(op, "rows", h, block), _divided(op, "columns", w, block)
    return _moved_type(op, (n, _times(c, block * block), rows, columns))


def _evaluate_space_to_depth(op: SpaceToDepthOp, data: Array) -> Array:
    layout, block = op.layout.data, op.block_size.value.data
    images = layout.convert_array(data, _NCHW.data)
    n, c, h, w = images.shape
    rows, columns = h // block, w // block
    pixels = images.reshape(n, c, rows, block, columns, block).transpose(0, 3, 5, 1, 2, 4)
    return _NCHW.data.convert_array(pixels.reshape(n, c * block * block, rows, columns), layout)


@irdl_op_definition
class SpaceToDepthOp(_BlockOp):
    """Blocks of ``block_size`` x ``block_size`` pixels rearranged into channels.

    The inverse of depth_to_space in mode "DCR".
    """

    name = "relay.nn.space_to_depth"
    ROWS: ClassVar = Rows(
        infer=_infer_space_to_depth,
        evaluate=_evaluate_space_to_depth,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(space_to_depth_element),
    )


OPS: tuple[type[RelayOp], ...] = (
    Resize2dOp,
    UpsamplingOp,
    DepthToSpaceOp,
    SpaceToDepthOp,
)
"""The ops of this family."""

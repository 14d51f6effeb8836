"""The transposed convolution, which spreads each element of its data over a window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, i64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, prop_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout, LayoutAttr
from .base import I64_ARRAY
from .compute import Nests
from .conv_base import (
    NCHW,
    PlainConvOp,
    check_groups,
    check_plain,
    extents_of,
    own_layouts,
    result_of,
)
from .conv_transpose_compute import transposed_convolution
from .dense import multiply_matrices, static_product
from .rows import Array, Pattern, Rows
from .types import DYNAMIC, NUMERIC
from .windows import Window, int_pair

_IOHW = Layout.parse("IOHW")


def _output_padding(op: Conv2dTransposeOp) -> tuple[int, int]:
    """The rows and columns to add at the bottom and the right."""
    padding = int_pair(op, "output_padding", op.output_padding, least=0)
    strides = int_pair(op, "strides", op.strides)
    dilation = int_pair(op, "dilation", op.dilation)
    limits = [max(pair) for pair in zip(strides, dilation, strict=True)]
    if any(extra >= limit for extra, limit in zip(padding, limits, strict=True)):
        raise VerifyException(
            f"{op.name}: output_padding is {list(padding)}, expected less than {limits} "
            "(the greater of stride and dilation)"
        )
    return padding


def _spread(window: Window, extent: int, extra: int) -> int:
    """The inverse of ``Window.positions``: what an input of ``extent`` spreads to."""
    if DYNAMIC in (extent, window.taps):
        return DYNAMIC
    return (extent - 1) * window.stride + window.span + extra - window.before - window.after


def _infer_transpose(op: Conv2dTransposeOp) -> Sequence[Attribute]:
    check_plain(op)
    found = extents_of(op)
    groups = op.groups.value.data
    check_groups(op, "data", found.in_channels)
    if DYNAMIC not in (found.weight_inputs, found.in_channels) and (
        found.weight_inputs != found.in_channels
    ):
        raise VerifyException(
            f"{op.name}: operand 'weight' has {found.weight_inputs} input channels, "
            f"expected {found.in_channels} as the data"
        )
    windows = op.windows(found.kernel)
    height, width = map(_spread, windows, found.in_size, _output_padding(op))
    if any(extent < 1 and extent != DYNAMIC for extent in (height, width)):
        raise VerifyException(
            f"{op.name}: result would be {height} high and {width} wide, expected at least 1; "
            "padding cuts away too much"
        )
    outputs = found.weight_outputs
    channels = DYNAMIC if outputs == DYNAMIC else outputs * groups
    return result_of(op, (found.batch, channels, height, width))


def _evaluate_transpose(op: Conv2dTransposeOp, data: Array, weight: Array) -> Array:
    """One matrix product per image and group; then each tap adds to the places it reaches."""
    data_layout, kernel_layout, out_layout = op.layouts
    x = data_layout.convert_array(data, NCHW)
    filters = kernel_layout.convert_array(weight, _IOHW)
    batch, channels, height, width = x.shape
    _, outputs, rows, columns = filters.shape
    groups = op.groups.value.data
    inner = channels // groups
    spread = filters.reshape(groups, inner, outputs * rows * columns).swapaxes(-1, -2)
    product = multiply_matrices(op, spread, x.reshape(batch, groups, inner, height * width))
    taps = product.reshape(batch, groups * outputs, rows, columns, height, width)
    result = _scatter(taps, op.windows((rows, columns)), _output_padding(op))
    return NCHW.convert_array(result, out_layout)


def _scatter(taps: Array, windows: tuple[Window, Window], extra: tuple[int, int]) -> Array:
    """Add taps [N, O, KH, KW, H, W] up where they fall; give what padding leaves of it."""
    batch, channels, rows, columns, *size = taps.shape
    vertical, horizontal = windows
    visible = list(map(_spread, windows, size, extra))
    whole = [v + w.before + w.after for v, w in zip(visible, windows, strict=True)]
    result = np.zeros((batch, channels, *whole), taps.dtype)
    for i in range(rows):
        for j in range(columns):
            places = (_places(vertical, i, size[0]), _places(horizontal, j, size[1]))
            result[:, :, *places] += taps[:, :, i, j]
    top, left = vertical.before, horizontal.before
    return result[:, :, top : top + visible[0], left : left + visible[1]]


def _places(window: Window, tap: int, extent: int) -> slice:
    """Where one tap of each of ``extent`` windows falls."""
    start = tap * window.dilation
    return slice(start, start + extent * window.stride, window.stride)


def _transpose_macs(op: Conv2dTransposeOp) -> int:
    """Each element of the data is multiplied with every tap of its group's outputs."""
    found = extents_of(op)
    factors = (
        found.batch,
        found.in_channels,
        *found.in_size,
        found.weight_outputs,
        *found.kernel,
    )
    return static_product(op, factors)


@irdl_op_definition
class Conv2dTransposeOp(PlainConvOp):
    """The transpose of a convolution: data [N, C, H, W], weight [C, O/groups, KH, KW].

    The result is [N, O, OH, OW], OH = (H - 1) * stride + (KH - 1) * dilation + 1
    - top - bottom + output_padding, and OW likewise. Each element of the data, times the
    kernel, is added to the result at ``stride`` times its place; padding cuts off the rim.
    """

    name = "relay.nn.conv2d_transpose"
    kernel_layout = prop_def(LayoutAttr, default_value=LayoutAttr.get(_IOHW))
    output_padding = prop_def(I64_ARRAY, default_value=DenseArrayBase.from_list(i64, [0, 0]))
    ROWS: ClassVar = Rows(
        infer=_infer_transpose,
        evaluate=_evaluate_transpose,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=own_layouts,
        keeps_finite=True,
        macs=_transpose_macs,
        compute=Nests(transposed_convolution),
    )

"""Two-dimensional convolutions: plain, blocked, depthwise and transposed.

Padding is with zeros. Floats accumulate in at least the operands' precision, in any order;
integers wrap at the width of the result. NaN and infinities follow IEEE 754: 0 * inf is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from .base import RelayOp
from .compute import Nests
from .conv_base import (
    NCHW,
    OIHW,
    BlockedConvOp,
    ConvOp,
    GroupedConvOp,
    PlainConvOp,
    check_groups,
    check_plain,
    extents_of,
    own_layouts,
    result_of,
)
from .conv_compute import convolution
from .conv_transpose import Conv2dTransposeOp
from .dense import has_one_dtype, multiply_matrices, static_product
from .kernel_builder import KernelBuilder
from .rows import (
    Altered,
    Array,
    AttrValue,
    BlockChooser,
    ConvWorkload,
    Pattern,
    Rows,
    ScaleBackward,
    ScaleForward,
    ScaleRule,
)
from .types import DYNAMIC, NUMERIC, shape_of
from .windows import Window, int_pair, slid_extents, slide

# The kernel layouts, of ordinary and of depthwise convolutions, that suit a data layout.
_KERNEL_LAYOUTS = {
    NCHW: (OIHW, OIHW),
    Layout.parse("NHWC"): (Layout.parse("HWIO"), Layout.parse("HWOI")),
}


def _convolve(
    op: ConvOp, data: Array, weight: Array, windows: tuple[Window, Window], groups: int
) -> Array:
    """im2col and one matrix product per image and group; arrays in the op's layouts."""
    data_layout, kernel_layout, out_layout = op.layouts
    filters = kernel_layout.convert_array(weight, OIHW)
    view = slide(data_layout.convert_array(data, NCHW), (2, 3), windows, 0)
    batch, _, height, width, _, _ = view.shape
    outputs, *receptive = filters.shape
    terms = math.prod(receptive)
    columns = view.transpose(0, 1, 4, 5, 2, 3).reshape(batch, groups, terms, height * width)
    product = multiply_matrices(op, filters.reshape(groups, outputs // groups, terms), columns)
    return NCHW.convert_array(product.reshape(batch, outputs, height, width), out_layout)


def _macs(op: ConvOp) -> int:
    found = extents_of(op)
    return static_product(op, (*shape_of(op.output.type), found.weight_inputs, *found.kernel))


def _axis(layout: Layout, letter: str) -> int:
    """The axis of a letter, counted from the right."""
    return layout.index(letter) - layout.rank


# nn.conv2d.


def _infer_conv2d(op: Conv2dOp) -> Sequence[Attribute]:
    check_plain(op)
    return _infer_grouped(op)


def _check_weight_inputs(op: GroupedConvOp, found: int, channels: int) -> None:
    """Check the weight's input channels against those of a group of the data, where known."""
    groups = op.groups.value.data
    if DYNAMIC not in (found, channels) and found * groups != channels:
        raise VerifyException(
            f"{op.name}: operand 'weight' has {found} input channels, expected "
            f"{channels // groups} (data channels {channels} / groups {groups})"
        )


def _infer_grouped(op: Conv2dOp | ContribConv2dNCHWcOp) -> Sequence[Attribute]:
    found = extents_of(op)
    check_groups(op, "data", found.in_channels)
    check_groups(op, "output", found.weight_outputs)
    _check_weight_inputs(op, found.weight_inputs, found.in_channels)
    height, width = slid_extents(op, op.windows(found.kernel), found.in_size)
    return result_of(op, (found.batch, found.weight_outputs, height, width))


def _evaluate_grouped(op: Conv2dOp | ContribConv2dNCHWcOp, data: Array, weight: Array) -> Array:
    windows = op.windows(_kernel_of(op, weight))
    return _convolve(op, data, weight, windows, op.groups.value.data)


def _compute_grouped(op: Conv2dOp | ContribConv2dNCHWcOp, kernel: KernelBuilder) -> None:
    convolution(op, kernel, op.groups.value.data)


def _kernel_of(op: ConvOp, weight: Array) -> tuple[int, int]:
    kernel_layout = op.layouts[1]
    return weight.shape[kernel_layout.index("H")], weight.shape[kernel_layout.index("W")]


def _is_depthwise(op: Conv2dOp) -> bool:
    """Whether each channel is convolved alone, and none is repeated."""
    found = extents_of(op)
    return found.weight_inputs == 1 and found.weight_outputs == op.groups.value.data > 1


def _scale_backward(op: Conv2dOp, axis: int) -> ScaleBackward | None:
    _, kernel, out = op.layouts
    if not has_one_dtype(op) or axis != _axis(out, "C"):
        return None
    return ScaleBackward(((1, _axis(kernel, "O")),))


def _scale_forward(op: Conv2dOp, operand: int, axis: int) -> ScaleForward | None:
    data, kernel, _ = op.layouts
    if not has_one_dtype(op) or (operand, axis) != (0, _axis(data, "C")):
        return None
    if op.groups.value.data == 1:
        return ScaleForward(multiply=((1, _axis(kernel, "I")),))
    if _is_depthwise(op):
        return ScaleForward(multiply=((1, _axis(kernel, "O")),))
    return None


def _kept(op: Conv2dOp, *names: str) -> Mapping[str, AttrValue]:
    """The op's properties of these names that are set."""
    return {name: op.properties[name] for name in names if name in op.properties}


def _alter_conv2d(op: Conv2dOp, chooser: BlockChooser, data: Layout | None) -> Altered | None:
    found = extents_of(op)
    outputs, inputs = found.weight_outputs, found.weight_inputs
    is_blocked = any(layout.is_blocked for layout in op.layouts)
    if is_blocked or DYNAMIC in (outputs, inputs, *found.kernel):
        return None
    groups = op.groups.value.data
    strides = int_pair(op, "strides", op.strides)
    workload = ConvWorkload(inputs * groups, outputs, found.kernel, strides, found.in_size, groups)
    blocks = chooser.conv_blocks(workload, data)
    if blocks is None or (found.in_channels == DYNAMIC and inputs * groups % blocks[0]):
        return None  # channels of unknown number cannot be padded to a block
    if _is_depthwise(op):
        return _blocked_depthwise(op, blocks[1])
    return _blocked(op, blocks, inputs, outputs // groups)


def _blocked_depthwise(op: Conv2dOp, block: int) -> Altered:
    layouts = {
        "data_layout": Layout.parse(f"NCHW{block}c"),
        "kernel_layout": Layout.parse(f"OIHW1i{block}o"),
        "out_layout": Layout.parse(f"NCHW{block}c"),
    }
    kept = _kept(op, "strides", "padding", "dilation", "out_dtype")
    return Altered(ContribDepthwiseConv2dNCHWcOp, {**kept, **layouts})


def _blocked(op: Conv2dOp, blocks: tuple[int, int], inputs: int, outputs: int) -> Altered | None:
    """In blocks that, when there are groups of (inputs, outputs) channels, divide a group."""
    in_block, out_block = blocks
    if op.groups.value.data > 1 and (inputs % in_block or outputs % out_block):
        return None
    layouts = {
        "data_layout": Layout.parse(f"NCHW{in_block}c"),
        "kernel_layout": Layout.parse(f"OIHW{in_block}i{out_block}o"),
        "out_layout": Layout.parse(f"NCHW{out_block}c"),
    }
    kept = _kept(op, "strides", "padding", "dilation", "groups", "out_dtype")
    return Altered(ContribConv2dNCHWcOp, {**kept, **layouts})


def _convert_conv2d(op: Conv2dOp, wanted: Layout) -> Altered | None:
    kernels = _KERNEL_LAYOUTS.get(wanted)
    if kernels is None:
        return None
    kept = _kept(op, "strides", "padding", "dilation", "groups", "out_dtype")
    layouts = {"data_layout": wanted, "kernel_layout": kernels[_is_depthwise(op)]}
    return Altered(Conv2dOp, {**kept, **layouts})


@irdl_op_definition
class Conv2dOp(PlainConvOp):
    """Convolution of data [N, C, H, W] with weight [O, C/groups, KH, KW]: [N, O, OH, OW].

    OH = (H + top + bottom - ((KH - 1) * dilation + 1)) // stride + 1, and OW likewise.
    ``data_layout`` and ``out_layout`` are any order of NCHW, ``kernel_layout`` any of OIHW.
    """

    name = "relay.nn.conv2d"
    ROWS: ClassVar = Rows(
        infer=_infer_conv2d,
        evaluate=_evaluate_grouped,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=own_layouts,
        keeps_finite=True,
        scale=ScaleRule(_scale_backward, _scale_forward),
        alter=_alter_conv2d,
        convert=_convert_conv2d,
        macs=_macs,
        compute=Nests(_compute_grouped),
    )


# nn.contrib_conv2d_NCHWc and nn.contrib_depthwise_conv2d_NCHWc.


def _check_blocks(op: BlockedConvOp, kernel: str, example: str) -> None:
    """Check the layouts of the operands and the result, the kernel's given its blocks."""
    data_layout, kernel_layout, out_layout = op.layouts
    for name, layout, expected, shown in (
        ("data_layout", data_layout, f"NCHW{data_layout.axes[-1].size}c", "one such as NCHW16c"),
        ("out_layout", out_layout, f"NCHW{out_layout.axes[-1].size}c", "one such as NCHW16c"),
        ("kernel_layout", kernel_layout, kernel, example),
    ):
        if str(layout) != expected:
            raise VerifyException(f"{op.name}: {name} is {layout}, expected {shown}")


def _infer_blocked(op: ContribConv2dNCHWcOp) -> Sequence[Attribute]:
    in_block, out_block = (layout.axes[-1].size for layout in op.layouts[::2])
    kernel = f"OIHW{in_block}i{out_block}o"
    _check_blocks(op, kernel, f"{kernel} to fit the data and the result")
    _check_group_blocks(op, in_block, out_block)
    return _infer_grouped(op)


def _check_group_blocks(op: ContribConv2dNCHWcOp, in_block: int, out_block: int) -> None:
    """Check that no block straddles two groups of channels."""
    found = extents_of(op)
    groups = op.groups.value.data
    for what, channels, block in (
        ("data", found.in_channels, in_block),
        ("output", found.weight_outputs, out_block),
    ):
        check_groups(op, what, channels)
        if channels != DYNAMIC and channels // groups % block:
            raise VerifyException(
                f"{op.name}: found {channels // groups} {what} channels in a group, "
                f"expected a multiple of the block {block}"
            )


@irdl_op_definition
class ContribConv2dNCHWcOp(BlockedConvOp, GroupedConvOp):
    """nn.conv2d in blocked layouts: data NCHW{x}c, weight OIHW{x}i{y}o, result NCHW{y}c.

    data [N, C/x, H, W, x], weight [O/y, C/groups/x, KH, KW, x, y]: [N, O/y, OH, OW, y].
    """

    name = "relay.nn.contrib_conv2d_NCHWc"
    ROWS: ClassVar = Rows(
        infer=_infer_blocked,
        evaluate=_evaluate_grouped,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=own_layouts,
        keeps_finite=True,
        macs=_macs,
        compute=Nests(_compute_grouped),
    )


def _infer_blocked_depthwise(op: ContribDepthwiseConv2dNCHWcOp) -> Sequence[Attribute]:
    data_layout, _, out_layout = op.layouts
    kernel = f"OIHW1i{data_layout.axes[-1].size}o"
    _check_blocks(op, kernel, f"{kernel} to fit the data")
    if out_layout != data_layout:
        raise VerifyException(
            f"{op.name}: out_layout is {out_layout}, expected {data_layout} as the data's"
        )
    found = extents_of(op)
    channels, outputs = found.in_channels, found.weight_outputs
    if DYNAMIC not in (channels, outputs) and channels != outputs:
        raise VerifyException(
            f"{op.name}: operand 'weight' has {outputs} channels, expected {channels} as the data"
        )
    if found.weight_inputs not in (1, DYNAMIC):
        raise VerifyException(
            f"{op.name}: operand 'weight' has {found.weight_inputs} input channels per output "
            "channel, expected 1"
        )
    height, width = slid_extents(op, op.windows(found.kernel), found.in_size)
    known = outputs if channels == DYNAMIC else channels
    return result_of(op, (found.batch, known, height, width))


def _evaluate_blocked_depthwise(
    op: ContribDepthwiseConv2dNCHWcOp, data: Array, weight: Array
) -> Array:
    chunks, *_, block = weight.shape
    return _convolve(op, data, weight, op.windows(_kernel_of(op, weight)), chunks * block)


def _compute_depthwise(op: ContribDepthwiseConv2dNCHWcOp, kernel: KernelBuilder) -> None:
    convolution(op, kernel, groups=extents_of(op).weight_outputs)


@irdl_op_definition
class ContribDepthwiseConv2dNCHWcOp(BlockedConvOp):
    """One convolution per channel: data NCHW{x}c, weight OIHW1i{x}o, result NCHW{x}c.

    data [N, C/x, H, W, x], weight [C/x, 1, KH, KW, 1, x]: [N, C/x, OH, OW, x].
    """

    name = "relay.nn.contrib_depthwise_conv2d_NCHWc"
    ROWS: ClassVar = Rows(
        infer=_infer_blocked_depthwise,
        evaluate=_evaluate_blocked_depthwise,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=own_layouts,
        keeps_finite=True,
        macs=_macs,
        compute=Nests(_compute_depthwise),
    )


OPS: tuple[type[RelayOp], ...] = (
    Conv2dOp,
    Conv2dTransposeOp,
    ContribConv2dNCHWcOp,
    ContribDepthwiseConv2dNCHWcOp,
)

"""What computes a convolution: one nest over the result, in its layout, that reduces over taps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ..layout import Layout
from ..tl.index import Index
from .conv_base import ConvOp, extents_of
from .dense_compute import sum_products
from .kernel_builder import KernelBuilder, Point
from .scalar import Scalar
from .types import shape_of
from .window_compute import leaves, tap

Digits: TypeAlias = Mapping[str, tuple[int, int]]
"""An index as a sum over axes: the extent of each and the step that it takes."""


def convolution(op: ConvOp, kernel: KernelBuilder, groups: int) -> None:
    """Append the nest of a convolution in any layouts.

    Its axes are those of the result, the channels split into groups, blocks of the result's layout
    and lanes in a block, and reduction axes for the blocks and channels of the data and the taps.
    """
    data_layout, kernel_layout, out_layout = op.layouts
    found = extents_of(op)
    height, width = op.windows(found.kernel)
    outputs = output_channels(found.weight_outputs, groups, out_layout.block("C"))
    inputs = _input_channels(found.weight_inputs, data_layout.block("C"))
    sizes = dict(zip(out_layout.primal.letters, _primal_shape(op, out_layout), strict=True))
    spatial = spatial_axes(out_layout, sizes, outputs)
    taps = {"kh": found.kernel[0], "kw": found.kernel[1]}
    blocks = {name: extent for name, (extent, _) in inputs.items()}
    innermost = blocks.popitem()
    is_padded = any(map(leaves, (height, width), found.in_size))

    def factors(point: Point) -> tuple[Scalar, Scalar]:
        channel = channel_at(point, inputs)
        place = {
            "N": point["n"],
            "C": channel + channel_at(point, _groups(outputs)) * found.weight_inputs,
            "H": tap(point["oh"], point["kh"], height),
            "W": tap(point["ow"], point["kw"], width),
        }
        x = point.read(op.data, data_layout.place(place), skip=is_padded)
        place = {"O": channel_at(point, outputs), "I": channel, "H": point["kh"], "W": point["kw"]}
        return x, point.read(op.weight, kernel_layout.place(place))

    def finish(point: Point, total: Scalar) -> None:
        place = {
            "N": point["n"],
            "C": channel_at(point, outputs),
            "H": point["oh"],
            "W": point["ow"],
        }
        point.store(op.output, out_layout.place(place), total)

    reduction = {**blocks, **taps, innermost[0]: innermost[1]}
    sum_products(op, kernel, (spatial, reduction), factors, finish)


def output_channels(channels: int, groups: int, block: int) -> Digits:
    """Output channels as group, block and lane; of one channel each, groups fall into blocks."""
    inner = channels // groups
    if inner == 1:
        return {"g": (channels // block, block), "l": (block, 1)}
    return {"g": (groups, inner), "oc": (inner // block, block), "l": (block, 1)}


def _groups(outputs: Digits) -> Digits:
    """The group of an output channel."""
    if "oc" in outputs:
        return {"g": (outputs["g"][0], 1)}
    return outputs


def _input_channels(channels: int, block: int) -> Digits:
    """The input channels of a group as block and channel in it."""
    if channels % block:
        return {"ic": (channels, 1)}
    return {"cb": (channels // block, block), "ic": (block, 1)}


def spatial_axes(layout: Layout, sizes: Mapping[str, int], outputs: Digits) -> dict[str, int]:
    """The axes of the result, in the order of its layout."""
    axes: dict[str, int] = {}
    for axis in layout.axes:
        if axis.primal == "C" and axis.is_primal:
            axes |= {name: extent for name, (extent, _) in outputs.items() if name != "l"}
        elif axis.primal == "C":
            axes["l"] = outputs["l"][0]
        else:
            axes[{"N": "n", "H": "oh", "W": "ow"}[axis.primal]] = sizes[axis.primal]
    return axes if "l" in axes else {**axes, "l": 1}


def _primal_shape(op: ConvOp, layout: Layout) -> tuple[int, ...]:
    return layout.convert_shape(shape_of(op.output.type), layout.primal)


def channel_at(point: Point, digits: Digits) -> Index:
    """The index that digits stand for."""
    total = Index.of(0)
    for name, (_, step) in digits.items():
        total = point[name] * step + total
    return total

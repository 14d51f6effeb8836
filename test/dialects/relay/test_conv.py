"""Convolutions against plain loops, in every layout, and the rows that passes read."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from xdsl.dialects.builtin import i32
from xdsl.utils.test_value import create_ssa_value

from inlay import InlayError
from inlay.dialects.layout import Layout
from inlay.dialects.relay.base import RelayOp, rows
from inlay.dialects.relay.conv import (
    ContribConv2dNCHWcOp,
    ContribDepthwiseConv2dNCHWcOp,
    Conv2dOp,
    Conv2dTransposeOp,
)
from inlay.dialects.relay.evaluate import evaluate_op
from inlay.dialects.relay.rows import Altered, AttrValue, ConvWorkload, LayoutInference
from inlay.dialects.relay.types import DYNAMIC, dtype_of, shape_of, tensor, tensor_of

Array = NDArray[Any]
Pair = tuple[int, int]

NCHW, NHWC, OIHW = Layout.parse("NCHW"), Layout.parse("NHWC"), Layout.parse("OIHW")


@dataclass(frozen=True)
class Conv:
    """A convolution to try: shapes as NCHW and OIHW (of the transposed one, IOHW)."""

    data: tuple[int, int, int, int]
    weight: tuple[int, int, int, int]
    strides: Pair = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def properties(self) -> dict[str, AttrValue]:
        return {
            "strides": self.strides,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }


CONVS = [
    Conv((1, 3, 5, 7), (4, 3, 3, 3)),
    Conv((2, 3, 5, 7), (4, 3, 1, 1)),
    Conv((2, 4, 9, 8), (6, 4, 3, 2), strides=(2, 3), padding=(1, 0, 2, 1)),
    Conv((1, 4, 9, 9), (2, 4, 3, 3), dilation=(2, 3), padding=(0, 3, 1, 0)),
    Conv((2, 4, 5, 6), (6, 2, 3, 3), groups=2, padding=(1, 1, 1, 1)),
    Conv((1, 4, 7, 7), (4, 1, 3, 3), groups=4, strides=(2, 2), padding=(1, 1, 1, 1)),
    Conv((1, 2, 5, 5), (6, 1, 2, 2), groups=2),
    Conv((1, 1, 1, 1), (1, 1, 3, 3), padding=(1, 1, 1, 1)),
    Conv((0, 3, 5, 5), (4, 3, 3, 3)),
    Conv((1, 0, 5, 5), (4, 0, 3, 3)),
    Conv((1, 3, 5, 5), (0, 3, 3, 3)),
    Conv((1, 2, 0, 4), (1, 2, 3, 3), padding=(2, 0, 1, 0)),
]


def make(
    cls: type[RelayOp], operands: Sequence[Array], properties: Mapping[str, AttrValue]
) -> RelayOp:
    op = cls.make([create_ssa_value(tensor_of(array)) for array in operands], properties)
    op.verify()
    return op


def run(cls: type[RelayOp], *operands: Array, **properties: AttrValue) -> Array:
    """The op's result, checked to have the inferred shape."""
    op = make(cls, operands, properties)
    (result,) = evaluate_op(op, operands)
    assert result.shape == shape_of(op.result.type)
    return result


def random(*shape: int, dtype: str = "float64") -> Array:
    return np.random.default_rng(math.prod(shape)).standard_normal(shape).astype(dtype)


def taps(conv: Conv) -> Iterator[tuple[int, int, int, int, int]]:
    """(output, input, input within its group, row, column) of every weight of a convolution."""
    outputs, inputs, height, width = conv.weight
    for o, i, row, column in product(*map(range, (outputs, inputs, height, width))):
        yield o, o // (outputs // conv.groups) * inputs + i, i, row, column


def loops(conv: Conv, data: Array, weight: Array, size: Pair) -> Array:
    """A convolution with results of ``size``, one multiply-accumulate at a time."""
    result = np.zeros((conv.data[0], conv.weight[0], *size))
    for n, y, x in product(*map(range, (conv.data[0], *size))):
        for o, c, i, row, column in taps(conv):
            h = y * conv.strides[0] + row * conv.dilation[0] - conv.padding[0]
            w = x * conv.strides[1] + column * conv.dilation[1] - conv.padding[1]
            if 0 <= h < conv.data[2] and 0 <= w < conv.data[3]:
                result[n, o, y, x] += data[n, c, h, w] * weight[o, i, row, column]
    return result


@pytest.mark.parametrize("conv", CONVS, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_conv2d_equals_loops(conv: Conv, dtype: str):
    data, weight = random(*conv.data, dtype=dtype), random(*conv.weight, dtype=dtype)
    result = run(Conv2dOp, data, weight, **conv.properties())
    assert result.dtype == dtype
    expected = loops(conv, data, weight, (result.shape[2], result.shape[3]))
    np.testing.assert_allclose(result, expected, atol=1e-5 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("conv", [CONVS[2], CONVS[4], CONVS[5]], ids=str)
@pytest.mark.parametrize("data_layout", ["NHWC", "HWCN", "NCWH"])
@pytest.mark.parametrize("kernel_layout", ["HWIO", "OHWI", "HWOI"])
@pytest.mark.parametrize("out_layout", [None, "NCHW", "CWNH"])
def test_conv2d_layouts_only_move_elements(
    conv: Conv, data_layout: str, kernel_layout: str, out_layout: str | None
):
    data, weight = random(*conv.data), random(*conv.weight)
    given, kernel = Layout.parse(data_layout), Layout.parse(kernel_layout)
    out = Layout.parse(out_layout) if out_layout else given
    properties = conv.properties() | {"data_layout": given, "kernel_layout": kernel}
    if out_layout:
        properties["out_layout"] = out
    result = run(
        Conv2dOp, NCHW.convert_array(data, given), OIHW.convert_array(weight, kernel), **properties
    )
    expected = NCHW.convert_array(run(Conv2dOp, data, weight, **conv.properties()), out)
    np.testing.assert_allclose(result, expected, atol=1e-12)


@pytest.mark.parametrize(
    "conv",
    [
        Conv((2, 6, 5, 7), (8, 6, 3, 2), strides=(2, 1), padding=(1, 0, 0, 1)),
        Conv((1, 12, 5, 5), (8, 6, 3, 3), groups=2, dilation=(2, 1)),
    ],
    ids=str,
)
@pytest.mark.parametrize("blocks", [(3, 4), (6, 2), (1, 1)])
def test_blocked_conv2d_equals_plain(conv: Conv, blocks: Pair):
    data, weight = random(*conv.data), random(*conv.weight)
    x, y = blocks
    given, kernel, out = map(Layout.parse, (f"NCHW{x}c", f"OIHW{x}i{y}o", f"NCHW{y}c"))
    result = run(
        ContribConv2dNCHWcOp,
        NCHW.convert_array(data, given),
        OIHW.convert_array(weight, kernel),
        **conv.properties(),
        data_layout=given,
        kernel_layout=kernel,
        out_layout=out,
    )
    expected = run(Conv2dOp, data, weight, **conv.properties())
    np.testing.assert_allclose(out.convert_array(result, NCHW), expected, atol=1e-12)


def test_blocked_depthwise_equals_plain():
    conv = Conv((2, 6, 5, 7), (6, 1, 3, 2), strides=(2, 1), padding=(1, 0, 0, 1), groups=6)
    data, weight = random(*conv.data), random(*conv.weight)
    blocked, kernel = Layout.parse("NCHW3c"), Layout.parse("OIHW1i3o")
    result = run(
        ContribDepthwiseConv2dNCHWcOp,
        NCHW.convert_array(data, blocked),
        OIHW.convert_array(weight, kernel),
        strides=conv.strides,
        padding=conv.padding,
        data_layout=blocked,
        kernel_layout=kernel,
        out_layout=blocked,
    )
    expected = run(Conv2dOp, data, weight, **conv.properties())
    np.testing.assert_allclose(blocked.convert_array(result, NCHW), expected, atol=1e-12)


TRANSPOSES = [
    (Conv((1, 3, 5, 7), (3, 4, 3, 3)), (0, 0)),
    (Conv((2, 4, 3, 4), (4, 2, 3, 2), strides=(2, 3), padding=(1, 0, 0, 2)), (1, 2)),
    (Conv((1, 4, 3, 3), (4, 3, 3, 3), dilation=(2, 3), groups=2, padding=(2, 2, 2, 2)), (1, 0)),
    (Conv((1, 4, 2, 2), (4, 1, 2, 2), strides=(3, 3), groups=4), (0, 0)),
    (Conv((0, 3, 5, 5), (3, 4, 3, 3)), (0, 0)),
]


def loops_transposed(conv: Conv, data: Array, weight: Array, size: Pair) -> Array:
    """A transposed convolution, one multiply-accumulate at a time."""
    result = np.zeros((conv.data[0], conv.weight[1] * conv.groups, *size))
    for n, y, x in product(range(conv.data[0]), range(conv.data[2]), range(conv.data[3])):
        for i, o, within, row, column in taps(conv):
            h = y * conv.strides[0] + row * conv.dilation[0] - conv.padding[0]
            w = x * conv.strides[1] + column * conv.dilation[1] - conv.padding[1]
            if 0 <= h < size[0] and 0 <= w < size[1]:
                result[n, o, h, w] += data[n, i, y, x] * weight[i, within, row, column]
    return result


@pytest.mark.parametrize(("conv", "extra"), TRANSPOSES, ids=str)
@pytest.mark.parametrize("layouts", [("NCHW", "IOHW", "NCHW"), ("NHWC", "HWOI", "CNHW")])
def test_conv2d_transpose_equals_loops(conv: Conv, extra: Pair, layouts: tuple[str, str, str]):
    data, weight = random(*conv.data), random(*conv.weight)
    given, kernel, out = map(Layout.parse, layouts)
    result = run(
        Conv2dTransposeOp,
        NCHW.convert_array(data, given),
        Layout.parse("IOHW").convert_array(weight, kernel),
        **conv.properties(),
        output_padding=extra,
        data_layout=given,
        kernel_layout=kernel,
        out_layout=out,
    )
    result = out.convert_array(result, NCHW)
    top, left, bottom, right = conv.padding
    height, width = (
        (conv.data[2 + i] - 1) * conv.strides[i]
        + (conv.weight[2 + i] - 1) * conv.dilation[i]
        + (1 + extra[i] - (top + bottom, left + right)[i])
        for i in range(2)
    )
    assert result.shape[2:] == (height, width)
    expected = loops_transposed(conv, data, weight, (height, width))
    np.testing.assert_allclose(result, expected, atol=1e-12)


# Element types and special values.


@pytest.mark.parametrize("types", [("int8", "int8"), ("uint8", "int8"), ("int32", "int32")])
def test_integers_are_exact_and_wrap(types: tuple[str, str]):
    rng = np.random.default_rng(0)
    data, weight = (
        rng.integers(np.iinfo(t).min, np.iinfo(t).max, shape, dtype=t, endpoint=True)
        for t, shape in zip(types, [(1, 40, 3, 3), (2, 40, 3, 3)], strict=True)
    )
    exact = np.einsum("nchw,ochw->no", data.astype(object), weight.astype(object))
    wide = run(Conv2dOp, data, weight, out_dtype=i32)[:, :, 0, 0]
    assert wide.dtype == np.int32
    assert wide.astype(object).tolist() == wrapped(exact, 32)
    same = run(Conv2dOp, data, weight)[:, :, 0, 0]
    bits = 8 * same.itemsize
    assert same.astype(np.int64).tolist() == wrapped(exact, bits, signed=same.dtype.kind == "i")


def wrapped(values: Array, bits: int, *, signed: bool = True) -> list[list[int]]:
    low = -(1 << bits - 1) if signed else 0
    return [[(int(value) - low) % (1 << bits) + low for value in row] for row in values]


def test_special_values_spread_only_where_they_are_used():
    data = np.zeros((1, 1, 1, 4), np.float32)
    data[0, 0, 0] = [np.inf, 1, np.nan, 2]
    weight = np.zeros((1, 1, 1, 1), np.float32)
    result = run(Conv2dOp, data, weight, padding=(0, 1, 0, 0))
    np.testing.assert_array_equal(result.ravel(), [0, np.nan, 0, np.nan, 0])


def test_half_precision_accumulates_in_single():
    data = np.full((1, 4096, 1, 1), 1, np.float16)
    weight = np.full((1, 4096, 1, 1), 2.0**-4, np.float16)
    weight[0, 0] = 2048
    assert run(Conv2dOp, data, weight).ravel() == np.float16(2048 + 4095 / 16)


# Inference.


def infer(
    cls: type[RelayOp], shapes: Sequence[Sequence[int]], **properties: AttrValue
) -> tuple[int, ...]:
    values = [create_ssa_value(tensor("f32", shape)) for shape in shapes]
    return shape_of(cls.make(values, properties).result.type)


@pytest.mark.parametrize("conv", [CONVS[2], CONVS[4]], ids=str)
@pytest.mark.parametrize("hidden", range(8))
def test_unknown_extents_stay_unknown_or_follow_from_known_ones(conv: Conv, hidden: int):
    known = infer(Conv2dOp, [conv.data, conv.weight], **conv.properties())
    extents = [*conv.data, *conv.weight]
    extents[hidden] = DYNAMIC
    found = infer(Conv2dOp, [extents[:4], extents[4:]], **conv.properties())
    depends = {0: {0}, 1: set[int](), 2: {2}, 3: {3}, 4: {1}, 5: set[int](), 6: {2}, 7: {3}}
    expected = [DYNAMIC if i in depends[hidden] else extent for i, extent in enumerate(known)]
    assert list(found) == expected


def test_blocked_conv2d_with_unknown_size_and_batch():
    shape = infer(
        ContribConv2dNCHWcOp,
        [(DYNAMIC, 2, DYNAMIC, 8, 16), (4, 2, 3, 3, 16, 8)],
        data_layout=Layout.parse("NCHW16c"),
        kernel_layout=Layout.parse("OIHW16i8o"),
        out_layout=Layout.parse("NCHW8c"),
    )
    assert shape == (DYNAMIC, 4, DYNAMIC, 6, 8)


def test_transpose_with_unknown_extents():
    assert infer(Conv2dTransposeOp, [(1, DYNAMIC, DYNAMIC, 4), (8, DYNAMIC, 3, 3)]) == (
        (1, DYNAMIC, DYNAMIC, 6)
    )


# The rows that passes read.


@dataclass
class Chooser:
    """Gives the same blocks to all, and remembers what it was asked."""

    blocks: Pair | None
    asked: ConvWorkload | None = None

    def conv_blocks(self, workload: ConvWorkload, data: Layout | None) -> Pair | None:
        self.asked = workload
        return self.blocks

    def dense_block(self, units: int, inner: int) -> int | None:
        return None


def alter(op: RelayOp, blocks: Pair | None) -> Altered | None:
    row = rows(op).alter
    assert row is not None
    return row(op, Chooser(blocks), None)


@pytest.mark.parametrize(
    ("conv", "blocks", "cls", "kernel"),
    [
        (Conv((1, 6, 5, 5), (8, 6, 3, 3)), (3, 4), ContribConv2dNCHWcOp, "OIHW3i4o"),
        (Conv((1, 12, 5, 5), (8, 6, 3, 3), groups=2), (3, 4), ContribConv2dNCHWcOp, "OIHW3i4o"),
        (Conv((1, 6, 5, 5), (6, 1, 3, 3), groups=6), (3, 3), ContribDepthwiseConv2dNCHWcOp, None),
    ],
)
def test_altered_conv2d_computes_the_same(
    conv: Conv, blocks: Pair, cls: type[RelayOp], kernel: str | None
):
    data, weight = random(*conv.data), random(*conv.weight)
    properties = conv.properties() | {"strides": (2, 1), "padding": (1, 0, 1, 2)}
    op = make(Conv2dOp, [data, weight], properties)
    altered = alter(op, blocks)
    assert altered is not None
    assert altered.op is cls
    layouts = [altered.properties[f"{name}_layout"] for name in ("data", "kernel", "out")]
    given, weights, out = (layout for layout in layouts if isinstance(layout, Layout))
    assert str(weights) == (kernel or "OIHW1i3o")
    result = run(
        altered.op,
        NCHW.convert_array(data, given),
        OIHW.convert_array(weight, weights),
        **altered.properties,
    )
    expected = run(Conv2dOp, data, weight, **properties)
    np.testing.assert_allclose(out.convert_array(result, NCHW), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("conv", "blocks"),
    [
        (Conv((1, 6, 5, 5), (8, 6, 3, 3)), None),
        (Conv((1, 12, 5, 5), (8, 6, 3, 3), groups=2), (4, 4)),
        (Conv((1, 12, 5, 5), (8, 6, 3, 3), groups=2), (3, 8)),
    ],
)
def test_conv2d_is_left_without_fitting_blocks(conv: Conv, blocks: Pair | None):
    op = make(Conv2dOp, [random(*conv.data), random(*conv.weight)], conv.properties())
    assert alter(op, blocks) is None


def test_conv2d_is_blocked_from_any_order():
    data, weight = random(1, 5, 5, 6), random(8, 6, 3, 3)
    altered = alter(make(Conv2dOp, [data, weight], {"data_layout": NHWC}), (3, 4))
    assert altered is not None
    assert altered.properties["data_layout"] == Layout.parse("NCHW3c")


def test_conv2d_of_unknown_channels_is_left():
    values = [create_ssa_value(tensor("f32", (1, DYNAMIC, 5, 5))) for _ in range(2)]
    assert alter(Conv2dOp.make(values), (3, 4)) is None


def test_chooser_is_asked_about_the_workload():
    conv = Conv((1, 12, 5, 7), (8, 6, 3, 2), strides=(2, 1), groups=2)
    op = make(Conv2dOp, [random(*conv.data), random(*conv.weight)], conv.properties())
    chooser = Chooser(None)
    row = rows(op).alter
    assert row is not None
    row(op, chooser, None)
    assert chooser.asked == ConvWorkload(12, 8, (3, 2), (2, 1), (5, 7), 2)


@pytest.mark.parametrize(("wanted", "groups", "kernel"), [("NHWC", 1, "HWIO"), ("NHWC", 4, "HWOI")])
def test_converted_conv2d_keeps_what_it_does(wanted: str, groups: int, kernel: str):
    conv = Conv((1, 4, 5, 5), (4, 4 // groups, 3, 3), strides=(2, 1), groups=groups)
    op = make(Conv2dOp, [random(*conv.data), random(*conv.weight)], conv.properties())
    row = rows(op).convert
    assert row is not None
    converted = row(op, Layout.parse(wanted))
    assert converted is not None
    assert converted.op is Conv2dOp
    assert converted.properties["data_layout"] == Layout.parse(wanted)
    assert converted.properties["kernel_layout"] == Layout.parse(kernel)
    assert converted.properties["strides"] == op.properties["strides"]
    assert converted.properties["groups"] == op.properties["groups"]
    assert row(op, Layout.parse("NCHW16c")) is None


def scaled(array: Array, axis: int, scale: Array) -> Array:
    return array * scale.reshape([-1] + [1] * (-1 - axis))


SCALED: list[tuple[dict[str, AttrValue], int, int]] = [
    ({}, 4, 1),
    ({"data_layout": NHWC, "kernel_layout": Layout.parse("HWIO")}, 4, 1),
    ({"groups": 4}, 1, 4),
    ({"groups": 4, "data_layout": NHWC, "kernel_layout": Layout.parse("HWOI")}, 1, 4),
]


@pytest.mark.parametrize(("properties", "inputs", "groups"), SCALED)
def test_scales_pass_through_conv2d(properties: Mapping[str, AttrValue], inputs: int, groups: int):
    data_layout, kernel_layout = (
        layout if isinstance(layout := properties.get(name), Layout) else default
        for name, default in (("data_layout", NCHW), ("kernel_layout", OIHW))
    )
    data = NCHW.convert_array(random(1, 4, 5, 5), data_layout)
    weight = OIHW.convert_array(random(4, inputs, 3, 3), kernel_layout)
    channel = data_layout.index("C") - 4
    scale = np.array([2.0, -1.0, 0.0, 0.5])
    op = make(Conv2dOp, [data, weight], {**properties, "padding": (1, 1, 1, 1)})
    rule = rows(op).scale
    assert rule.backward is not None
    assert rule.forward is not None

    (plain,) = evaluate_op(op, [data, weight])
    backward = rule.backward(op, channel)
    assert backward is not None
    ((operand, axis),) = backward.operands
    assert operand == 1
    (result,) = evaluate_op(op, [data, scaled(weight, axis, scale)])
    np.testing.assert_allclose(result, scaled(plain, channel, scale), atol=1e-12)

    forward = rule.forward(op, 0, channel)
    assert forward is not None
    assert forward.carries is None
    ((operand, axis),) = forward.multiply
    assert operand == 1
    (result,) = evaluate_op(op, [data, scaled(weight, axis, scale)])
    (expected,) = evaluate_op(op, [scaled(data, channel, scale), weight])
    np.testing.assert_allclose(result, expected, atol=1e-12)

    assert rule.backward(op, channel + (1 if channel < -1 else -1)) is None
    assert rule.forward(op, 1, channel) is None


def test_no_scale_passes_forward_into_groups():
    op = make(Conv2dOp, [random(1, 4, 5, 5), random(4, 2, 3, 3)], {"groups": 2})
    rule = rows(op).scale
    assert rule.forward is not None
    assert rule.forward(op, 0, -3) is None


def test_conv2d_dictates_its_layouts():
    op = make(Conv2dOp, [random(1, 4, 5, 5), random(4, 4, 3, 3)], {"out_layout": NHWC})
    row = rows(op).layout
    assert row is not None
    expected = LayoutInference((NCHW, OIHW), (NHWC,))
    assert row(op, None, (None, None)) == expected
    assert row(op, (Layout.parse("NCHW4c"), None), (NCHW, OIHW)) == expected


@pytest.mark.parametrize(
    ("conv", "macs"),
    [
        (Conv((2, 3, 8, 8), (4, 3, 3, 3)), 2 * 4 * 36 * 27),
        (Conv((1, 4, 8, 8), (4, 1, 3, 3), groups=4, padding=(1, 1, 1, 1)), 4 * 64 * 9),
    ],
)
def test_macs_count_padding(conv: Conv, macs: int):
    op = make(Conv2dOp, [random(*conv.data), random(*conv.weight)], conv.properties())
    row = rows(op).macs
    assert row is not None
    assert row(op) == macs


def test_macs_of_transpose_count_each_product_once():
    op = make(Conv2dTransposeOp, [random(1, 4, 3, 3), random(4, 2, 2, 2)], {"groups": 2})
    row = rows(op).macs
    assert row is not None
    assert row(op) == 4 * 9 * 2 * 4


def test_macs_of_unknown_extents_are_an_error():
    values = [
        create_ssa_value(tensor("f32", shape)) for shape in ((DYNAMIC, 3, 8, 8), (4, 3, 3, 3))
    ]
    op = Conv2dOp.make(values)
    assert dtype_of(op.result.type) == "f32"
    row = rows(op).macs
    assert row is not None
    with pytest.raises(InlayError, match=r"relay\.nn\.conv2d.*unknown"):
        row(op)

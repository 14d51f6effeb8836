"""Pools against plain loops, in plain and blocked layouts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from xdsl.dialects.builtin import BoolAttr
from xdsl.utils.test_value import create_ssa_value

from inlay.dialects.layout import Layout
from inlay.dialects.relay.base import RelayOp, rows
from inlay.dialects.relay.evaluate import evaluate_op
from inlay.dialects.relay.pool import (
    AdaptiveAvgPool2dOp,
    AdaptiveMaxPool2dOp,
    AvgPool2dOp,
    GlobalAvgPool2dOp,
    GlobalMaxPool2dOp,
    MaxPool2dOp,
)
from inlay.dialects.relay.rows import AttrValue, LayoutInference
from inlay.dialects.relay.types import DYNAMIC, shape_of, tensor, tensor_of

Array = NDArray[Any]

NCHW, NHWC = Layout.parse("NCHW"), Layout.parse("NHWC")
LAYOUTS = [NCHW, NHWC, Layout.parse("NCHW3c"), Layout.parse("NC3cHW"), Layout.parse("HWCN2n")]


@dataclass(frozen=True)
class Pool:
    """Windows to try."""

    size: tuple[int, int]
    pool_size: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    ceil_mode: bool = False

    def properties(self) -> dict[str, AttrValue]:
        return {
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
            "dilation": self.dilation,
            "ceil_mode": self.ceil_mode,
        }


POOLS = [
    Pool((7, 5), (2, 2)),
    Pool((7, 6), (3, 2), strides=(2, 3)),
    Pool((8, 8), (3, 3), strides=(2, 2), padding=(1, 1, 1, 1)),
    Pool((7, 6), (3, 4), strides=(2, 1), padding=(0, 3, 2, 1)),
    Pool((9, 9), (3, 2), dilation=(2, 3), padding=(1, 0, 0, 1)),
    Pool((8, 6), (3, 3), strides=(2, 2), ceil_mode=True),
    Pool((6, 8), (2, 3), strides=(3, 4), padding=(1, 1, 1, 1), ceil_mode=True),
    Pool((2, 2), (3, 3), strides=(2, 2), ceil_mode=True),
]


def run(cls: type[RelayOp], data: Array, **properties: AttrValue) -> Array:
    """The op's result, checked to have the inferred shape."""
    op = cls.make([create_ssa_value(tensor_of(data))], properties)
    op.verify()
    (result,) = evaluate_op(op, [data])
    assert result.shape == shape_of(op.result.type)
    return result


def infer(cls: type[RelayOp], shape: Sequence[int], **properties: AttrValue) -> tuple[int, ...]:
    value = create_ssa_value(tensor("f32", shape))
    return shape_of(cls.make([value], properties).result.type)


def random(*shape: int) -> Array:
    return np.random.default_rng(math.prod(shape)).standard_normal(shape)


def loops(pool: Pool, data: Array, reduce: Callable[[list[Array], int], Array]) -> Array:
    """``reduce(elements, with_padding)`` of each window; the second counts padding too."""
    top, left, bottom, right = pool.padding
    height, width = pool.size
    rounded = math.ceil if pool.ceil_mode else math.floor
    rooms = (
        height + top + bottom - (pool.pool_size[0] - 1) * pool.dilation[0] - 1,
        width + left + right - (pool.pool_size[1] - 1) * pool.dilation[1] - 1,
    )
    size = [rounded(room / s) + 1 for room, s in zip(rooms, pool.strides, strict=True)]
    result = np.zeros((*data.shape[:2], *size), data.dtype)
    for y, x in product(*map(range, size)):
        elements: list[Array] = []
        with_padding = 0
        for row, column in product(*map(range, pool.pool_size)):
            h = y * pool.strides[0] + row * pool.dilation[0] - top
            w = x * pool.strides[1] + column * pool.dilation[1] - left
            with_padding += h < height + bottom and w < width + right
            if 0 <= h < height and 0 <= w < width:
                elements.append(data[:, :, h, w])
        result[:, :, y, x] = reduce(elements, with_padding)
    return result


@pytest.mark.parametrize("pool", POOLS, ids=str)
def test_sliding_pools_equal_loops(pool: Pool):
    data = random(2, 3, *pool.size)
    np.testing.assert_array_equal(
        run(MaxPool2dOp, data, **pool.properties()),
        loops(pool, data, lambda elements, _: np.max(elements, axis=0)),
    )
    np.testing.assert_allclose(
        run(AvgPool2dOp, data, **pool.properties()),
        loops(pool, data, lambda elements, _: np.mean(elements, axis=0)),
        atol=1e-12,
    )
    np.testing.assert_allclose(
        run(AvgPool2dOp, data, **pool.properties(), count_include_pad=True),
        loops(pool, data, lambda elements, count: np.sum(elements, axis=0) / count),
        atol=1e-12,
    )


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize(
    ("cls", "properties"),
    [
        (MaxPool2dOp, POOLS[6].properties()),
        (AvgPool2dOp, POOLS[6].properties()),
        (GlobalMaxPool2dOp, {}),
        (GlobalAvgPool2dOp, {}),
        (AdaptiveMaxPool2dOp, {"output_size": (4, 3)}),
        (AdaptiveAvgPool2dOp, {"output_size": (4, 3)}),
    ],
)
def test_layouts_only_move_elements(
    cls: type[RelayOp], properties: dict[str, AttrValue], layout: Layout
):
    data = random(2, 6, 6, 8)
    result = run(cls, NCHW.convert_array(data, layout), **properties, layout=layout)
    expected = NCHW.convert_array(run(cls, data, **properties), layout)
    np.testing.assert_allclose(result, expected, atol=1e-12)


def test_global_pools():
    data = random(2, 3, 4, 5)
    np.testing.assert_array_equal(
        run(GlobalMaxPool2dOp, data), data.max(axis=(2, 3), keepdims=True)
    )
    np.testing.assert_allclose(run(GlobalAvgPool2dOp, data), data.mean(axis=(2, 3), keepdims=True))


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (3, 2), (4, 4), (14, 10)])
def test_adaptive_pools_equal_loops(size: tuple[int, int]):
    data = random(2, 3, 7, 5)
    largest, average = np.zeros((2, 2, 3, *size))
    for y, x in product(*map(range, size)):
        top, left = math.floor(y * 7 / size[0]), math.floor(x * 5 / size[1])
        bottom, right = math.ceil((y + 1) * 7 / size[0]), math.ceil((x + 1) * 5 / size[1])
        window = data[:, :, top:bottom, left:right]
        largest[:, :, y, x] = window.max(axis=(2, 3))
        average[:, :, y, x] = window.mean(axis=(2, 3))
    np.testing.assert_array_equal(run(AdaptiveMaxPool2dOp, data, output_size=size), largest)
    np.testing.assert_allclose(
        run(AdaptiveAvgPool2dOp, data, output_size=size), average, atol=1e-12
    )


EACH_WINDOW_WHOLE: list[tuple[type[RelayOp], type[RelayOp], dict[str, AttrValue]]] = [
    (MaxPool2dOp, AvgPool2dOp, {"pool_size": (2, 2)}),
    (GlobalMaxPool2dOp, GlobalAvgPool2dOp, {}),
    (AdaptiveMaxPool2dOp, AdaptiveAvgPool2dOp, {"output_size": (1, 1)}),
]


@pytest.mark.parametrize(("largest", "average", "properties"), EACH_WINDOW_WHOLE)
@pytest.mark.parametrize(
    ("dtype", "values", "maximum", "mean"),
    [
        ("float32", [1, np.nan, 2, 3], np.nan, np.nan),
        ("float32", [-np.inf] * 4, -np.inf, -np.inf),
        ("float32", [np.inf, -np.inf, 0, 0], np.inf, np.nan),
        ("float16", [2048, 2048, 2048, 2050], 2050, 2048),
        ("int8", [127, 127, 127, 126], 127, 126),
        ("int8", [-128, -128, -128, -127], -127, -127),
        ("int8", [-1, -1, -1, 0], 0, 0),
        ("uint8", [255, 255, 255, 254], 255, 254),
        ("uint64", [2**63, 0, 0, 0], 2**63, 2**61),
    ],
)
def test_special_values_and_integers(
    largest: type[RelayOp],
    average: type[RelayOp],
    properties: dict[str, AttrValue],
    dtype: str,
    values: list[float],
    maximum: float,
    mean: float,
):
    data = np.array(values, dtype).reshape(1, 1, 2, 2)
    for cls, expected in ((largest, maximum), (average, mean)):
        result = run(cls, data, **properties)
        assert result.dtype == dtype
        np.testing.assert_array_equal(result.ravel(), np.array([expected], dtype))


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_padding_never_wins_a_maximum(dtype: str):
    data = np.full((1, 1, 1, 1), -5, dtype)
    result = run(MaxPool2dOp, data, pool_size=(3, 3), padding=(1, 1, 1, 1))
    assert result.item() == -5


@pytest.mark.parametrize("shape", [(0, 3, 4, 4), (2, 0, 4, 4)])
def test_empty_batch_and_channels(shape: tuple[int, ...]):
    for largest, average, properties in EACH_WINDOW_WHOLE:
        for cls in (largest, average):
            assert run(cls, np.zeros(shape, np.float32), **properties).size == 0


def test_windows_that_turn_out_empty():
    value = create_ssa_value(tensor("f32", (1, 1, DYNAMIC, 2)))
    properties = Pool((0, 2), (1, 1), strides=(1, 2), padding=(0, 0, 1, 0)).properties()
    data = np.ones((1, 1, 1, 2), np.float32)
    for cls, expected in ((MaxPool2dOp, [1, -np.inf]), (AvgPool2dOp, [1, 0])):
        (result,) = evaluate_op(cls.make([value], properties), [data])
        assert result.ravel().tolist() == expected


@pytest.mark.parametrize(
    ("cls", "properties", "expected"),
    [
        (MaxPool2dOp, {"pool_size": (3, 3), "strides": (2, 2)}, (DYNAMIC, 3, DYNAMIC, 3)),
        (GlobalAvgPool2dOp, {}, (DYNAMIC, 3, 1, 1)),
        (AdaptiveAvgPool2dOp, {"output_size": (2, 5)}, (DYNAMIC, 3, 2, 5)),
    ],
)
def test_unknown_extents(
    cls: type[RelayOp], properties: dict[str, AttrValue], expected: tuple[int, ...]
):
    assert infer(cls, (DYNAMIC, 3, DYNAMIC, 8), **properties) == expected


@pytest.mark.parametrize(
    ("arriving", "taken"),
    [
        ("NCHW16c", "NCHW16c"),
        ("NHWC", "NHWC"),
        ("NCHW2h", "NCHW"),
        ("NC", "NCHW"),
        (None, "NCHW"),
    ],
)
def test_pools_follow_the_layout_that_arrives(arriving: str | None, taken: str):
    value = create_ssa_value(tensor("f32", (1, 32, 8, 8)))
    op = MaxPool2dOp.make([value], {"pool_size": (2, 2), "ceil_mode": BoolAttr.from_bool(True)})
    row = rows(op).layout
    assert row is not None
    layout = Layout.parse(taken)
    expected = LayoutInference((layout,), (layout,), {"layout": layout})
    assert row(op, (Layout.parse(arriving) if arriving else None,), (NCHW,)) == expected


def test_pools_start_from_their_own_layout():
    value = create_ssa_value(tensor("f32", (1, 8, 8, 32)))
    op = GlobalAvgPool2dOp.make([value], {"layout": NHWC})
    row = rows(op).layout
    assert row is not None
    assert row(op, None, (None,)) == LayoutInference((NHWC,), (NHWC,), {"layout": NHWC})

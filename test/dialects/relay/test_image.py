"""Image ops: sampling against a loop, sizes, blocks, layouts."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from any_op import moved, result
from inlay.dialects.layout import Layout
from inlay.dialects.relay.image import DepthToSpaceOp, Resize2dOp, SpaceToDepthOp, UpsamplingOp
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import DYNAMIC, tensor
from single_op import array, make, same

NCHW, NHWC = Layout.parse("NCHW"), Layout.parse("NHWC")


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float64).reshape(shape) ** 2


def coordinate(transform: str, x: int, size: int, out: int) -> Fraction:
    if transform == "half_pixel":
        return (x + HALF) * Fraction(size, out) - HALF
    if transform == "align_corners":
        return x * Fraction(size - 1, out - 1) if out > 1 else Fraction(0)
    return x * Fraction(size, out)


HALF = Fraction(1, 2)
ROUND: dict[str, Callable[[Fraction], int]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "round": lambda x: math.floor(x + HALF) if x >= 0 else math.ceil(x - HALF),
    "round_prefer_floor": lambda x: math.ceil(x - HALF),
    "round_prefer_ceil": lambda x: math.floor(x + HALF),
}


def clamp(at: int, size: int) -> int:
    return min(max(at, 0), size - 1)


TRANSFORMS = ["asymmetric", "half_pixel", "align_corners"]


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("rounding", ["", *ROUND])
@pytest.mark.parametrize(("size", "out"), [(4, 8), (5, 3), (3, 7), (4, 1), (1, 3), (3, 0)])
def test_nearest(transform: str, rounding: str, size: int, out: int):
    data = counted(1, 1, 2, size)
    default = "round" if transform == "align_corners" else "floor"
    places = [
        clamp(ROUND[rounding or default](coordinate(transform, x, size, out)), size)
        for x in range(out)
    ]
    found = result(
        Resize2dOp,
        data,
        size=(2, out),
        method="nearest_neighbor",
        coordinate_transformation_mode=transform,
        rounding_method=rounding,
    )
    same(found, data[..., places])


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("size", [(6, 8), (2, 2), (3, 4), (1, 5), (7, 1)])
def test_linear(transform: str, size: tuple[int, int]):
    data = counted(2, 3, 3, 4)
    expected = np.empty((2, 3, *size))
    for i, j in np.ndindex(size):
        y, x = coordinate(transform, i, 3, size[0]), coordinate(transform, j, 4, size[1])
        top, left = math.floor(y), math.floor(x)
        pixel = {
            (row, column): data[:, :, clamp(top + row, 3), clamp(left + column, 4)]
            for row in (0, 1)
            for column in (0, 1)
        }
        down, right = float(y - top), float(x - left)
        upper = pixel[0, 0] * (1 - right) + pixel[0, 1] * right
        lower = pixel[1, 0] * (1 - right) + pixel[1, 1] * right
        expected[:, :, i, j] = upper * (1 - down) + lower * down
    found = result(Resize2dOp, data, size=size, coordinate_transformation_mode=transform)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_resize_in_other_layouts_and_types():
    data = array("ui8", [[[[1, 2], [3, 4]]]])
    found = result(
        Resize2dOp,
        data,
        size=(4, 2),
        method="nearest_neighbor",
        coordinate_transformation_mode="asymmetric",
    )
    assert found[0, 0].tolist() == [[1, 2], [1, 2], [3, 4], [3, 4]]
    images = counted(1, 3, 4, 2)
    found = result(Resize2dOp, images, size=(5, 3), layout=NHWC)
    expected = result(Resize2dOp, NHWC.convert_array(images, NCHW), size=(5, 3))
    same(found, NCHW.convert_array(expected, NHWC))


@pytest.mark.parametrize(
    ("scales", "size"), [((2.0, 3.0), (4, 9)), ((1.0, 0.5), (2, 2)), ((1.5, 1.25), (3, 4))]
)
@pytest.mark.parametrize("align_corners", [False, True])
def test_upsampling(scales: tuple[float, float], size: tuple[int, int], align_corners: bool):
    data = counted(1, 2, 2, 3)
    transform = "align_corners" if align_corners else "asymmetric"
    for method, plain in [("nearest_neighbor", "nearest_neighbor"), ("bilinear", "linear")]:
        found = result(
            UpsamplingOp,
            data,
            scale_h=scales[0],
            scale_w=scales[1],
            method=method,
            align_corners=align_corners,
        )
        expected = result(
            Resize2dOp, data, size=size, method=plain, coordinate_transformation_mode=transform
        )
        same(found, expected)


def test_upsampling_of_unknown_extents():
    op = make(UpsamplingOp, [tensor("f32", (1, 3, DYNAMIC, 5))], scale_h=2.0, scale_w=2.0)
    assert op.result.type == tensor("f32", (1, 3, DYNAMIC, 10))


# ---------------------------------------------------------------- depth and space


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
@pytest.mark.parametrize("block", [1, 2, 3])
def test_depth_to_space(mode: str, block: int):
    depth = 2
    data = counted(2, depth * block * block, 3, 2)
    found = result(DepthToSpaceOp, data, block_size=block, mode=mode)
    assert found.shape == (2, depth, 3 * block, 2 * block)
    for d, row, column in np.ndindex(depth, block, block):
        if mode == "DCR":
            channel = (row * block + column) * depth + d
        else:
            channel = (d * block + row) * block + column
        same(found[:, d, row::block, column::block], data[:, channel])


@pytest.mark.parametrize("layout", [NCHW, NHWC])
def test_space_to_depth_undoes_depth_to_space(layout: Layout):
    data = NCHW.convert_array(counted(2, 8, 3, 5), layout)
    space = result(DepthToSpaceOp, data, known={0}, block_size=2, layout=layout)
    assert space.shape == NCHW.convert_shape((2, 2, 6, 10), layout)
    same(result(SpaceToDepthOp, space, known={0}, block_size=2, layout=layout), data)


def test_blocks_of_nothing():
    assert result(SpaceToDepthOp, counted(0, 1, 4, 4), block_size=2).shape == (0, 4, 2, 2)
    assert result(DepthToSpaceOp, counted(1, 4, 0, 2), block_size=2).shape == (1, 1, 0, 4)


# ---------------------------------------------------------------- layouts


@pytest.mark.parametrize(
    ("arrives", "taken"),
    [("NCHW4c", "NCHW4c"), ("NHWC", "NHWC"), ("NCHW2w", "NCHW"), ("OIHW", "NCHW"), (None, "NCHW")],
)
def test_resizing_follows_layouts_that_keep_rows_whole(arrives: str | None, taken: str):
    data = counted(1, 4, 2, 2)
    assert moved(UpsamplingOp, data, scale_h=2.0, old=["NCHW"], new=[arrives]) == [taken]
    assert moved(Resize2dOp, data, size=(3, 5), old=[None], new=[arrives]) == [taken]

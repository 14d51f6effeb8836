"""Ops that rearrange dimensions: results, unknown extents, layouts."""

import itertools

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException

from any_op import moved, result
from inlay.dialects.layout import Layout
from inlay.dialects.relay.reshape import ReshapeOp
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.shape import (
    BroadcastToOp,
    ExpandDimsOp,
    LayoutTransformOp,
    SqueezeOp,
    TransposeOp,
)
from inlay.dialects.relay.types import ALL, DYNAMIC, tensor
from single_op import array, make, same


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@pytest.mark.parametrize("axes", [(), *itertools.permutations(range(3)), (-1, 0, 1)])
def test_transpose(axes: tuple[int, ...]):
    data = counted(2, 3, 4)
    same(result(TransposeOp, data, axes=axes), np.transpose(data, axes or None))


def test_transpose_of_a_scalar():
    assert result(TransposeOp, np.array(2.0)).shape == ()


@pytest.mark.parametrize(
    ("shape", "axis", "expected"),
    [
        ((1, 2, 1), (0,), (2, 1)),
        ((1, 2, 1), (-1, 0), (2,)),
        ((1, 2, 1), (), (1, 2, 1)),
        ((1, 0), (0,), (0,)),
        ((1,), (0,), ()),
    ],
)
def test_squeeze(shape: tuple[int, ...], axis: tuple[int, ...], expected: tuple[int, ...]):
    data = counted(*shape)
    same(result(SqueezeOp, data, axis=axis), data.reshape(expected))


def test_squeeze_of_all_unit_extents():
    same(result(SqueezeOp, counted(1, 2, 1, 3), known={0}), counted(2, 3))
    assert result(SqueezeOp, np.array(1.0), known={0}).shape == ()
    with pytest.raises(VerifyException, match="shape 1x\\?, expected 'axis' to say"):
        make(SqueezeOp, [tensor("f32", (1, DYNAMIC))])


@pytest.mark.parametrize(
    ("shape", "axis", "count", "expected"),
    [
        ((2, 3), 0, 1, (1, 2, 3)),
        ((2, 3), -1, 2, (2, 3, 1, 1)),
        ((2, 3), -3, 1, (1, 2, 3)),
        ((2, 3), 1, 2, (2, 1, 1, 3)),
        ((2, 3), 2, 0, (2, 3)),
        ((), 0, 1, (1,)),
        ((0,), -1, 1, (0, 1)),
    ],
)
def test_expand_dims(shape: tuple[int, ...], axis: int, count: int, expected: tuple[int, ...]):
    data = counted(*shape)
    found = result(ExpandDimsOp, data, axis=axis, num_newaxis=count)
    same(found, data.reshape(expected))


@pytest.mark.parametrize(
    ("shape", "target"),
    [((3,), (2, 3)), ((2, 1), (2, 4)), ((), (2, 2)), ((1,), (0,)), ((0, 1), (0, 3)), ((), ())],
)
def test_broadcast_to(shape: tuple[int, ...], target: tuple[int, ...]):
    data = counted(*shape)
    same(result(BroadcastToOp, data, shape=target), np.broadcast_to(data, target))


@pytest.mark.parametrize(
    ("source", "target"),
    [("NCHW", "NHWC"), ("NCHW", "NCHW4c"), ("NCHW4c", "NHWC"), ("NCHW4c", "NCHW2c")],
)
def test_layout_transform(source: str, target: str):
    src, dst = Layout.parse(source), Layout.parse(target)
    shape = src.primal.convert_shape((2, 8, 3, 5), src)
    data = counted(*shape)
    static = make(LayoutTransformOp, [tensor("f32", shape)], src_layout=src, dst_layout=dst)
    found = result(LayoutTransformOp, data, known={0}, src_layout=src, dst_layout=dst)
    assert static.result.type == tensor("f32", found.shape)
    for place in np.ndindex(shape):
        assert found[src.convert_index(place, shape, dst)] == data[place]
    dynamic = tensor("f32", (DYNAMIC, *shape[1:]))
    op = make(LayoutTransformOp, [dynamic], src_layout=src, dst_layout=dst)
    assert op.result.type == tensor("f32", (DYNAMIC, *found.shape[1:]))


def test_every_element_type_passes_unchanged():
    for name in ALL:
        data = array(name, [[0, 1]])
        same(result(ReshapeOp, data, newshape=(2,)), data.reshape(2))
        same(result(TransposeOp, data), data.T)
    special = array("f32", [np.nan, -0.0, np.inf])
    same(result(BroadcastToOp, special, shape=(1, 3)), special[None])


# ---------------------------------------------------------------- layouts


@pytest.mark.parametrize(
    ("axis", "arrives", "taken"),
    [
        ((2, 3), "NHWC", "NHWC"),
        ((2, 3), "NCHW4c", "NCHW4c"),
        ((2, 3), "NCHW1h", "NCHW"),
        ((0, 2, 3), "NCHW2c2c", "NCHW2c2c"),
        ((2, 3), None, "NCHW"),
    ],
)
def test_squeeze_follows_layouts(axis: tuple[int, ...], arrives: str | None, taken: str):
    data = counted(1, 8, 1, 1)
    assert moved(SqueezeOp, data, axis=axis, old=["NCHW"], new=[arrives]) == [taken]


def test_squeeze_of_all_dimensions_has_no_layout():
    assert moved(SqueezeOp, counted(1, 1), axis=(0, 1), old=["NC"], new=["CN"]) == ["CN"]
    assert moved(SqueezeOp, counted(2, 3, 1), axis=(2,), old=["NC1c"], new=["NC"]) == ["NC1c"]

"""Ops that rearrange elements: results, reshape's codes, unknown extents, layouts."""

import itertools

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException

from any_op import moved, result
from inlay.dialects.layout import Layout
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.shape import (
    BatchFlattenOp,
    BroadcastToOp,
    ExpandDimsOp,
    LayoutTransformOp,
    ReshapeLikeOp,
    ReshapeOp,
    SqueezeOp,
    TransposeOp,
)
from inlay.dialects.relay.types import ALL, DYNAMIC, tensor
from single_op import array, make, same


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


# ---------------------------------------------------------------- reshape


@pytest.mark.parametrize(
    ("shape", "newshape", "expected"),
    [
        # The examples in Relay's documentation.
        ((2, 3, 4), (4, 0, 2), (4, 3, 2)),
        ((2, 3, 4), (2, 0, 0), (2, 3, 4)),
        ((2, 3, 4), (6, 1, -1), (6, 1, 4)),
        ((2, 3, 4), (3, -1, 8), (3, 1, 8)),
        ((2, 3, 4), (-1,), (24,)),
        ((2, 3, 4), (-2,), (2, 3, 4)),
        ((2, 3, 4), (2, -2), (2, 3, 4)),
        ((2, 3, 4), (-2, 1, 1), (2, 3, 4, 1, 1)),
        ((2, 3, 4), (-3, 4), (6, 4)),
        ((2, 3, 4, 5), (-3, -3), (6, 20)),
        ((2, 3, 4), (0, -3), (2, 12)),
        ((2, 3, 4), (-3, -2), (6, 4)),
        ((2, 3, 4), (-4, 1, 2, -2), (1, 2, 3, 4)),
        ((2, 3, 4), (2, -4, -1, 3, -2), (2, 1, 3, 4)),
        # The edges.
        ((), (), ()),
        ((), (1, 1), (1, 1)),
        ((), (-1,), (1,)),
        ((1,), (), ()),
        ((0, 3), (0, -1), (0, 3)),
        ((0, 3), (-1, 3), (0, 3)),
        ((2, 0), (-2,), (2, 0)),
        ((2, 0), (-3,), (0,)),
        ((0, 4), (0, -4, 2, -1), (0, 2, 2)),
        ((6,), (-4, -1, 2), (3, 2)),
    ],
)
def test_reshape(shape: tuple[int, ...], newshape: tuple[int, ...], expected: tuple[int, ...]):
    data = counted(*shape)
    same(result(ReshapeOp, data, newshape=newshape), data.reshape(expected))


def test_reshape_to_zero_extents():
    assert result(ReshapeOp, counted(2, 0), newshape=(0, 5), allowzero=True).shape == (0, 5)


@pytest.mark.parametrize(
    ("shape", "newshape", "expected"),
    [
        ((DYNAMIC, 3, 4), (0, -1), (DYNAMIC, 12)),
        ((DYNAMIC, 3, 4), (-1, 12), (DYNAMIC, 12)),
        ((DYNAMIC, 3, 4), (-3, 0), (DYNAMIC, 4)),
        ((2, DYNAMIC, 4), (0, -4, -1, 3, 0), (2, DYNAMIC, 3, 4)),
        ((2, DYNAMIC, 4), (-2, 1), (2, DYNAMIC, 4, 1)),
        ((DYNAMIC,), (2, 3), (2, 3)),
    ],
)
def test_reshape_of_unknown_extents(
    shape: tuple[int, ...], newshape: tuple[int, ...], expected: tuple[int, ...]
):
    op = make(ReshapeOp, [tensor("f32", shape)], newshape=newshape)
    assert op.result.type == tensor("f32", expected)


@pytest.mark.parametrize(
    ("begins", "shape", "like", "expected"),
    [
        ((0, None, 0, None), (1, 2, 3), (6,), (6,)),
        ((1, 3, 0, 1), (4, 2, 3), (6, 7), (4, 6)),
        ((-2, None, -1, None), (4, 2, 3), (7, 6), (4, 6)),
        ((1, 1, 0, 0), (4, 2), (5,), (4, 2)),
    ],
)
def test_reshape_like(
    begins: tuple[int, int | None, int, int | None],
    shape: tuple[int, ...],
    like: tuple[int, ...],
    expected: tuple[int, ...],
):
    names = ("lhs_begin", "lhs_end", "rhs_begin", "rhs_end")
    properties = {name: at for name, at in zip(names, begins, strict=True) if at is not None}
    data = counted(*shape)
    op = make(ReshapeLikeOp, [tensor("f32", shape), tensor("f32", like)], **properties)
    assert op.result.type == tensor("f32", expected)
    if begins[1] is None:
        found = result(
            ReshapeLikeOp, data, counted(*like), lhs_begin=begins[0], rhs_begin=begins[2]
        )
        same(found, data.reshape(expected))


# ---------------------------------------------------------------- the others


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


@pytest.mark.parametrize("shape", [(2,), (2, 3), (2, 3, 4), (0, 3), (2, 0, 5)])
def test_batch_flatten(shape: tuple[int, ...]):
    flat = (shape[0], int(np.prod(shape[1:])))
    same(result(BatchFlattenOp, counted(*shape)), counted(*shape).reshape(flat))


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

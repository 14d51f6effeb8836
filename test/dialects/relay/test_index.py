"""Slices, takes, gathers and scatters: against Python's own indexing, out of bounds, layouts."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xdsl.utils.exceptions import VerifyException

from any_op import moved, result
from inlay.dialects.relay.index import (
    GatherNdOp,
    GatherOp,
    OneHotOp,
    ScatterElementsOp,
    ScatterNdOp,
    SliceLikeOp,
    StridedSliceOp,
    TakeOp,
)
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import ALL, DYNAMIC, ELEMENT_TYPES, INTS, tensor
from single_op import array, make, same


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


# ---------------------------------------------------------------- slices

BOUND = st.integers(-8, 8)


@given(st.integers(0, 5), BOUND, BOUND, st.sampled_from([1, 2, 3, -1, -2, -3]))
def test_strided_slice_slices_as_python_does(extent: int, begin: int, end: int, stride: int):
    data = np.arange(extent)
    found = result(StridedSliceOp, data, begin=(begin,), end=(end,), strides=(stride,))
    assert found.tolist() == list(range(extent))[begin:end:stride]


@given(st.integers(0, 5), BOUND, st.integers(-1, 6))
def test_strided_slice_by_size(extent: int, begin: int, size: int):
    found = result(
        StridedSliceOp, np.arange(extent), begin=(begin,), end=(size,), slice_mode="size"
    )
    rest = list(range(extent))[begin:]
    assert found.tolist() == (rest if size < 0 else rest[:size])


def test_strided_slice_of_axes():
    data = counted(3, 4, 5)
    same(result(StridedSliceOp, data, begin=(1,), end=(3,)), data[1:3])
    same(result(StridedSliceOp, data, begin=(1, 0), end=(9, 2), axes=(-1, 0)), data[:2, :, 1:])
    same(result(StridedSliceOp, data, begin=(0, 3), end=(3, 0), strides=(2,)), data[0:3:2, 3:0])
    same(result(StridedSliceOp, np.array(1.0), begin=(), end=()), np.array(1.0))


def test_only_whole_dimensions_of_unknown_extent_are_known_unknown():
    op = make(StridedSliceOp, [tensor("f32", (DYNAMIC, 6, 4))], begin=(0, 1), end=(2, 3))
    assert op.result.type == tensor("f32", (DYNAMIC, 2, 4))


def test_slice_like():
    data, like = counted(3, 4, 5), np.empty((2, 1, 5, 7))
    same(result(SliceLikeOp, data, like), data[:2, :1, :5])
    same(result(SliceLikeOp, data, like, axes=(-2,)), data[:, :1])


# ---------------------------------------------------------------- take


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("places", [1, [2, 0], [[0, 1], [1, 1]], []])
def test_take(axis: int, places: object):
    data = counted(3, 4, 3)
    for name in INTS:
        found = result(TakeOp, data, array(name, places), axis=axis)
        same(found, np.take(data, np.array(places, int), axis))


def test_take_of_flat_data():
    same(result(TakeOp, counted(2, 3), array("i32", [[5], [0]])), array("f32", [[5], [0]]))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("clip", [2, 0, 0, 2, 1]), ("wrap", [0, 2, 0, 2, 1]), ("fast", [2, 0, 0, 2, 1])],
)
def test_take_out_of_bounds(mode: str, expected: list[int]):
    found = result(TakeOp, np.arange(3), array("i64", [3, -1, 0, 2, -2 + 3]), axis=0, mode=mode)
    assert found.tolist() == expected


def test_take_at_the_largest_indices():
    largest = array("ui64", [2**64 - 1])
    assert result(TakeOp, np.arange(3), largest, axis=0).tolist() == [2]
    assert result(TakeOp, np.arange(5), largest, axis=0, mode="wrap").tolist() == [0]
    assert result(TakeOp, np.arange(1000), array("i8", [-128, 127]), axis=0).tolist() == [0, 127]


@pytest.mark.parametrize("axis", [1, 2, -1])
def test_take_of_batches(axis: int):
    data, places = counted(2, 3, 4), array("i32", [[[0, 2]], [[1, 1]]])
    found = result(TakeOp, data, places, axis=axis, batch_dims=1)
    same(found, np.stack([np.take(d, p, axis % 3 - 1) for d, p in zip(data, places, strict=True)]))


def test_take_of_two_batch_dimensions():
    data, places = counted(2, 3, 4), array("i32", [[3, 2, 1], [0, 1, 2]])
    found = result(TakeOp, data, places, axis=2, batch_dims=2)
    assert found.tolist() == [[float(data[i, j, places[i, j]]) for j in range(3)] for i in range(2)]


# ---------------------------------------------------------------- gather and scatter


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_gather(axis: int):
    data = counted(3, 4, 2)
    shape = [2, 2, 2]
    shape[axis] = 5
    places = np.random.default_rng(0).integers(0, data.shape[axis], shape)
    found = result(GatherOp, data, places, axis=axis)
    for at in np.ndindex(*shape):
        source = list(at)
        source[axis] = int(places[at])
        assert found[at] == data[tuple(source)]


def test_gather_clips():
    places = array("i32", [[-5], [9]])
    assert result(GatherOp, counted(2, 3), places, axis=1).tolist() == [[0], [5]]


@pytest.mark.parametrize(
    ("batch", "shape", "outer"),
    [(0, (1,), (3,)), (0, (2,), (2, 2)), (0, (3,), ()), (1, (1,), (2, 3)), (1, (2,), (2,))],
)
def test_gather_nd(batch: int, shape: tuple[int], outer: tuple[int, ...]):
    data = counted(2, 3, 4)
    (depth,) = shape
    limits = np.array(data.shape[batch : batch + depth]).reshape(-1, *[1] * len(outer))
    places = np.random.default_rng(1).integers(0, limits, (depth, *outer))
    found = result(GatherNdOp, data, places, known={1}, batch_dims=batch)
    assert found.shape == (*outer, *data.shape[batch + depth :])
    for at in np.ndindex(*outer):
        source = (*at[:batch], *(int(index) for index in places[(slice(None), *at)]))
        same(found[at], data[source])


def test_gather_nd_of_no_dimensions_and_out_of_bounds():
    data = counted(2, 2)
    found = result(GatherNdOp, data, np.empty((0, 3), np.int32), known={1})
    same(found, np.stack([data] * 3))
    found = result(GatherNdOp, data, array("i32", [[-1, 7], [9, 0]]), known={1})
    assert found.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [
        ("update", [1, 7, 3]),
        ("add", [1, 14, 3]),
        ("mul", [1, 70, 3]),
        ("min", [1, 2, 3]),
        ("max", [1, 7, 3]),
    ],
)
def test_scatter(reduction: str, expected: list[int]):
    data, updates = array("i32", [1, 2, 3]), array("i32", [5, 7])
    places = array("i64", [1, 1])
    found = result(ScatterElementsOp, data, places, updates, reduction=reduction)
    assert found.tolist() == expected
    assert result(ScatterNdOp, data, places[None], updates, known={1}, mode=reduction).tolist() == (
        expected
    )
    assert data.tolist() == [1, 2, 3]


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_scatter_writes_where_gather_reads(axis: int):
    data = counted(3, 4)
    places = np.argsort(np.random.default_rng(2).random((3, 4)), axis)[:2, :2]
    updates = -counted(2, 2) - 1
    found = result(ScatterElementsOp, data, places, updates, axis=axis)
    same(result(GatherOp, found, places, axis=axis), updates)
    assert np.count_nonzero(found != data) == 4


def test_scatter_nd_of_slices():
    data, updates = counted(3, 2), array("f32", [[8, 9]])
    found = result(ScatterNdOp, data, array("i32", [[2]]), updates, known={1})
    assert found.tolist() == [[0, 1], [2, 3], [8, 9]]
    nowhere = np.empty((0, 1), np.int32)
    found = result(ScatterNdOp, data, nowhere, -data[None], known={1})
    same(found, -data)


def test_scatter_keeps_nan():
    data, updates = array("f32", [np.nan, 1]), array("f32", [1, np.nan])
    for reduction in ("min", "max", "add"):
        places = array("i32", [0, 1])
        found = result(ScatterElementsOp, data, places, updates, reduction=reduction)
        assert np.isnan(found).all()


# ---------------------------------------------------------------- one_hot


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_one_hot(axis: int):
    places = array("i32", [[0, 2], [-1, 3]])
    for name in ALL:
        on, off = array(name, 1), array(name, 0)
        found = result(OneHotOp, places, on, off, depth=3, axis=axis, dtype=ELEMENT_TYPES[name][0])
        expected = np.zeros((2, 2, 3), on.dtype)
        expected[0, 0, 0] = expected[0, 1, 2] = on
        same(found, np.moveaxis(expected, -1, axis))


def test_one_hot_of_nothing():
    on, off = array("f32", 2), array("f32", np.nan)
    assert result(OneHotOp, array("i32", []), on, off, depth=2).shape == (0, 2)
    assert result(OneHotOp, array("i32", [1]), on, off, depth=0).shape == (1, 0)
    same(result(OneHotOp, array("ui64", 1), on, off, depth=2), array("f32", [np.nan, 2]))


@pytest.mark.parametrize("form", [TakeOp, GatherOp])
def test_nothing_to_index(form: type[TakeOp] | type[GatherOp]):
    empty, some, none = np.empty((0,)), np.zeros(1, np.int32), np.zeros(0, np.int32)
    assert result(form, empty, none, axis=0).shape == (0,)
    with pytest.raises(VerifyException, match="operand 'data' is empty"):
        result(form, empty, some, axis=0)


# ---------------------------------------------------------------- layouts


@pytest.mark.parametrize(
    ("arrives", "taken"),
    [("NCHW4c", "NCHW4c"), ("NHWC", "NHWC"), ("NCHW2w", "NCHW"), (None, "NCHW")],
)
def test_strided_slice_follows_layouts(arrives: str | None, taken: str):
    data = counted(1, 8, 6, 4)
    for axes, strides in itertools.product([None, (2, 3)], [(), (2, -1)]):
        begin, end = ((1, 3), (5, 0)) if axes else ((0, 0, 1, 3), (1, 8, 5, 0))
        properties = {"axes": axes} if axes else {}
        padded = strides if axes else (1, 1, *strides)
        found = moved(
            StridedSliceOp,
            data,
            begin=begin,
            end=end,
            strides=padded,
            old=["NCHW"],
            new=[arrives],
            **properties,
        )
        # Without axes it slices the channels too.
        assert found == [taken if axes or arrives == "NHWC" else "NCHW"]


def test_slicing_a_block_leaves_no_layout():
    data = counted(2, 3, 4)
    found = moved(StridedSliceOp, data, begin=(1,), end=(3,), axes=(2,), old=["NC4c"], new=["NC2c"])
    assert found == ["NC4c"]

"""Takes, gathers and one_hot: against Python's own indexing, out of bounds."""

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException

from any_op import result
from inlay.dialects.relay.gather import GatherNdOp, GatherOp, OneHotOp, TakeOp
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import ALL, ELEMENT_TYPES, INTS
from single_op import array, same


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


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

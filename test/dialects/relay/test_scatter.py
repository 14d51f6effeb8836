"""Scatters: every reduction, against gather, NaN."""

import numpy as np
import pytest

from any_op import result
from inlay.dialects.relay.gather import GatherOp
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.scatter import ScatterElementsOp, ScatterNdOp
from single_op import array, same


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


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

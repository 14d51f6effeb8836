"""Sorts, top-k and running sums: order, stability, NaN, types, nothing to order."""

import itertools
import math

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException

from any_op import result, results
from inlay.dialects.relay.order import ArgsortOp, CumprodOp, CumsumOp, SortOp, TopkOp
from inlay.dialects.relay.types import ALL, DYNAMIC, ELEMENT_TYPES, NUMERIC, tensor
from single_op import array, make, same

NAN = math.nan


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("ascending", [False, True])
def test_sort(axis: int, ascending: bool):
    data = np.random.default_rng(0).integers(0, 4, (3, 4, 5)).astype(np.float32)
    values = result(SortOp, data, axis=axis, is_ascend=ascending)
    order = result(ArgsortOp, data, axis=axis, is_ascend=ascending)
    lanes = [np.moveaxis(a, axis, -1).reshape(-1, data.shape[axis]) for a in (data, values, order)]
    for lane, found, places in zip(*lanes, strict=True):
        # Python's sort is stable, also in reverse.
        expected = sorted(range(len(lane)), key=lambda at: lane[at], reverse=not ascending)
        assert places.tolist() == expected
        same(found, lane[expected])


def test_nan_is_the_largest_and_zeros_are_equal():
    data = array("f32", [NAN, 0.0, -math.inf, -0.0, NAN, math.inf])
    assert result(ArgsortOp, data).tolist() == [2, 1, 3, 5, 0, 4]
    assert result(ArgsortOp, data, is_ascend=False).tolist() == [0, 4, 5, 1, 3, 2]
    same(result(SortOp, data), data[[2, 1, 3, 5, 0, 4]])


def test_every_type_and_nothing():
    for name in ALL:
        data = array(name, [1, 0, 1])
        assert result(ArgsortOp, data).tolist() == [1, 0, 2]
        same(result(SortOp, data, is_ascend=False), array(name, [1, 1, 0]))
    assert result(SortOp, np.empty((2, 0))).shape == (2, 0)
    wide = result(ArgsortOp, np.empty((0, 2)), axis=0, dtype=ELEMENT_TYPES["i64"][0])
    assert (wide.shape, wide.dtype) == ((0, 2), np.int64)


@pytest.mark.parametrize("k", [-1, 0, 1, 2, 5])
@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("ascending", [False, True])
def test_topk(k: int, axis: int, ascending: bool):
    data = np.random.default_rng(1).permuted(np.arange(25.0).reshape(5, 5), axis=None)
    order = result(ArgsortOp, data, axis=axis, is_ascend=ascending)
    chosen = np.take(order, np.arange(k if k > 0 else 5), axis)
    values, places = results(TopkOp, data, known={0}, k=k, axis=axis, is_ascend=ascending)
    same(places, chosen)
    same(values, np.take_along_axis(data, chosen, axis))


@pytest.mark.parametrize("kind", ["values", "indices"])
def test_topk_of_one_kind(kind: str):
    found = result(TopkOp, array("f32", [3, NAN, 7]), k=2, ret_type=kind)
    same(found, array("f32", [NAN, 7]) if kind == "values" else array("i32", [1, 2]))


def test_topk_of_an_unknown_extent():
    op = make(TopkOp, [tensor("f32", (DYNAMIC, 2))], k=3, axis=0)
    assert op.results[0].type == tensor("f32", (3, 2))
    with pytest.raises(VerifyException, match="k is 3, expected 2 at most"):
        make(TopkOp, [tensor("f32", (DYNAMIC, 2))], k=3)


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_scans(exclusive: bool, axis: int):
    data = np.random.default_rng(2).standard_normal((2, 3, 4))
    for form, step, start in ((CumsumOp, np.add, 0.0), (CumprodOp, np.multiply, 1.0)):
        found = result(form, data, axis=axis, exclusive=exclusive)
        lanes, sums = (
            np.moveaxis(a, axis, -1).reshape(-1, data.shape[axis]) for a in (data, found)
        )
        for lane, running in zip(lanes, sums, strict=True):
            steps = [start, *itertools.accumulate(lane.tolist(), step)]
            np.testing.assert_allclose(running, steps[:-1] if exclusive else steps[1:], rtol=1e-14)


def test_scans_of_every_type():
    for name in NUMERIC:
        data = array(name, [[1, 2], [3, 4]])
        same(result(CumsumOp, data), array(name, [1, 3, 6, 10]))
        same(result(CumprodOp, data, axis=0), array(name, [[1, 2], [3, 8]]))


def test_scans_at_the_edges():
    assert result(CumsumOp, array("i8", [100, 100])).tolist() == [100, -56]
    wide = result(CumsumOp, array("i8", [100, 100]), dtype=ELEMENT_TYPES["i32"][0])
    same(wide, array("i32", [100, 200]))
    real = result(CumprodOp, array("i32", [2, 3]), dtype=ELEMENT_TYPES["f32"][0])
    same(real, array("f32", [2, 6]))
    same(result(CumsumOp, array("f32", [1, NAN, 2])), array("f32", [1, NAN, NAN]))
    assert result(CumsumOp, np.empty((2, 0)), axis=1, exclusive=True).shape == (2, 0)
    assert result(CumsumOp, np.array(3.0)).tolist() == [3]

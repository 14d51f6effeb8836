"""Softmaxes: against loops, at the edges, their replacement and layouts."""

import itertools
import math

import numpy as np
import pytest

from any_op import moved, replaced, result
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.softmax import FastSoftmaxOp, LogSoftmaxOp, SoftmaxBase, SoftmaxOp
from inlay.dialects.relay.types import FLOATS
from single_op import array, same

INF, NAN = math.inf, math.nan


def normal(*shape: int) -> Array:
    return np.random.default_rng(0).standard_normal(shape)


def lanes(shape: tuple[int, ...], axis: int) -> list[tuple[int | slice, ...]]:
    """The places of the vectors along an axis."""
    ranges = [[slice(None)] if at == axis else range(n) for at, n in enumerate(shape)]
    return list(itertools.product(*ranges))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_softmax_agrees_with_a_loop(axis: int):
    data = normal(3, 5, 2) * 4
    expected, logs = np.empty_like(data), np.empty_like(data)
    for lane in lanes(data.shape, axis % 3):
        powers = [math.exp(x) for x in data[lane].tolist()]
        expected[lane] = [power / math.fsum(powers) for power in powers]
        logs[lane] = [math.log(power / math.fsum(powers)) for power in powers]
    np.testing.assert_allclose(result(SoftmaxOp, data, axis=axis), expected, rtol=1e-13)
    np.testing.assert_allclose(result(FastSoftmaxOp, data, axis=axis), expected, rtol=1e-13)
    np.testing.assert_allclose(result(LogSoftmaxOp, data, axis=axis), logs, rtol=1e-12)


@pytest.mark.parametrize(
    ("form", "values", "expected"),
    [
        (SoftmaxOp, [1000, 1000], [0.5, 0.5]),
        (SoftmaxOp, [-1e9, -1e9], [0.5, 0.5]),
        (SoftmaxOp, [-INF, 3], [0, 1]),
        (SoftmaxOp, [NAN, 3], [NAN, NAN]),
        (SoftmaxOp, [INF, 3], [NAN, NAN]),
        (SoftmaxOp, [-INF, -INF], [NAN, NAN]),
        (LogSoftmaxOp, [-INF, 3], [-INF, 0]),
        (LogSoftmaxOp, [1000, 0], [0, -1000]),
        (LogSoftmaxOp, [NAN, 3], [NAN, NAN]),
    ],
)
def test_softmax_at_the_edges(form: type[SoftmaxBase], values: list[float], expected: list[float]):
    same(result(form, array("f32", values)), array("f32", expected))


@pytest.mark.parametrize("form", [SoftmaxOp, FastSoftmaxOp, LogSoftmaxOp])
@pytest.mark.parametrize("shape", [(1,), (0,), (2, 0), (0, 2), (3, 1)])
def test_softmax_of_every_type_and_of_nothing(form: type[SoftmaxBase], shape: tuple[int, ...]):
    for name in FLOATS:
        found = result(form, array(name, np.ones(shape)))
        expected = np.ones(shape) if form is not LogSoftmaxOp else np.zeros(shape)
        same(found.astype(np.float64), expected / (shape[-1] if found.size else 1))


def test_fast_math_takes_fast_softmax():
    data = normal(2, 3)
    replacement = replaced("fast", SoftmaxOp, data, axis=0)
    assert replacement is not None
    names, (value,) = replacement
    assert names == ["relay.nn.fast_softmax"]
    same(value, result(SoftmaxOp, data, axis=0))


@pytest.mark.parametrize(
    ("arrives", "taken"),
    [("NHWC", "NHWC"), ("NCHW4h", "NCHW4h"), ("NCHW2c", "NCHW"), (None, "NCHW")],
)
def test_softmax_follows_layouts_while_its_axis_is_whole(arrives: str | None, taken: str):
    data = normal(2, 6, 4, 3)
    assert moved(SoftmaxOp, data, axis=1, old=["NCHW"], new=[arrives]) == [taken]
    assert moved(LogSoftmaxOp, data, axis=-3, old=["NCHW"], new=[arrives]) == [taken]


def test_softmax_of_an_unknown_layout():
    assert moved(SoftmaxOp, normal(2, 3), old=[None], new=["NC"]) == [None]

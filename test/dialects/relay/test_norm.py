"""Norms: against loops, at the edges, their replacements and layouts."""

import itertools
import math

import numpy as np
import pytest

from any_op import moved, replaced, result
from inlay.dialects.relay.norm import (
    BatchNormOp,
    DropoutOp,
    GroupNormOp,
    InstanceNormOp,
    L2NormalizeOp,
    LayerNormOp,
    RmsNormOp,
)
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import FLOATS
from single_op import array, same

INF, NAN = math.inf, math.nan


def normal(*shape: int) -> Array:
    return np.random.default_rng(0).standard_normal(shape)


def lanes(shape: tuple[int, ...], axis: int) -> list[tuple[int | slice, ...]]:
    """The places of the vectors along an axis."""
    ranges = [[slice(None)] if at == axis else range(n) for at, n in enumerate(shape)]
    return list(itertools.product(*ranges))


# ---------------------------------------------------------------- batch_norm


def parameters(channels: int) -> list[Array]:
    gamma, beta, mean = np.random.default_rng(1).standard_normal((3, channels))
    var = np.random.default_rng(2).uniform(0.1, 2, channels)
    return [gamma, beta, mean, var]


@pytest.mark.parametrize(("shape", "axis"), [((2, 3, 5, 4), 1), ((2, 5, 3), -1), ((3, 4), 0)])
@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("scale", [False, True])
def test_batch_norm(shape: tuple[int, ...], axis: int, center: bool, scale: bool):
    data, (gamma, beta, mean, var) = normal(*shape), parameters(3)
    expected = np.empty_like(data)
    for place in np.ndindex(shape):
        c = place[axis]
        value = (data[place] - mean[c]) / math.sqrt(var[c] + 1e-3)
        expected[place] = value * (gamma[c] if scale else 1) + (beta[c] if center else 0)
    operands = (data, gamma, beta, mean, var)
    found = result(BatchNormOp, *operands, axis=axis, epsilon=1e-3, center=center, scale=scale)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)

    replacement = replaced(
        "inference", BatchNormOp, *operands, axis=axis, epsilon=1e-3, center=center, scale=scale
    )
    assert replacement is not None
    names, (value,) = replacement
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-14)
    trailing = len(shape) - 1 - axis % len(shape)
    assert names.count("relay.expand_dims") == (2 if trailing else 0)
    assert names[-1] == "relay.add"


def test_batch_norm_in_every_type_and_at_the_edges():
    for name in FLOATS:
        operands = [array(name, values) for values in ([[6.0]], [3.0], [1.0], [2.0], [4.0])]
        assert float(result(BatchNormOp, *operands, epsilon=0.0)[0, 0]) == 7.0
    one = array("f32", [1.0])
    assert np.isnan(result(BatchNormOp, array("f32", [[1.0]]), one, one, one, -one))
    assert result(BatchNormOp, np.empty((0, 1, 2)), *[np.ones(1)] * 4).shape == (0, 1, 2)
    assert result(BatchNormOp, np.empty((2, 0)), *[np.ones(0)] * 4).shape == (2, 0)


# ---------------------------------------------------------------- the other norms


def standardized(values: Array, epsilon: float) -> Array:
    mean = math.fsum(values.ravel()) / values.size
    var = math.fsum((values.ravel() - mean) ** 2) / values.size
    return (values - mean) / math.sqrt(var + epsilon)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_layer_norm(axis: int):
    data = normal(2, 3, 5) + 10
    gamma, beta = normal(2, data.shape[axis])
    expected = np.empty_like(data)
    for lane in lanes(data.shape, axis % 3):
        expected[lane] = standardized(data[lane], 1e-5) * gamma + beta
    np.testing.assert_allclose(
        result(LayerNormOp, data, gamma, beta, axis=axis), expected, rtol=1e-10
    )
    plain = result(LayerNormOp, data, gamma, beta, axis=axis, scale=False, center=False)
    assert abs(float(plain.mean())) < 1e-12


@pytest.mark.parametrize(("shape", "axis"), [((2, 3, 4, 5), 1), ((2, 4, 3), 2)])
def test_instance_norm(shape: tuple[int, ...], axis: int):
    data, (gamma, beta, _, _) = normal(*shape), parameters(3)
    expected = np.empty_like(data)
    for n, c in np.ndindex(shape[0], 3):
        place = tuple({0: n, axis: c}.get(at, slice(None)) for at in range(len(shape)))
        expected[place] = standardized(data[place], 1e-5) * gamma[c] + beta[c]
    found = result(InstanceNormOp, data, gamma, beta, axis=axis)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_group_norm(groups: int):
    data, (gamma, beta, _, _) = normal(2, 6, 5), parameters(6)
    expected = np.empty_like(data)
    for n, g in np.ndindex(2, groups):
        part = slice(g * 6 // groups, (g + 1) * 6 // groups)
        expected[n, part] = standardized(data[n, part], 1e-5)
    expected = expected * gamma[:, None] + beta[:, None]
    found = result(GroupNormOp, data, gamma, beta, num_groups=groups)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    last = result(
        GroupNormOp, np.moveaxis(data, 1, 2).copy(), gamma, beta, num_groups=groups, axis=-1
    )
    np.testing.assert_allclose(np.moveaxis(last, 2, 1), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("axis", [0, -1])
def test_rms_norm(axis: int):
    data = normal(3, 5)
    weight = normal(data.shape[axis])
    expected = np.empty_like(data)
    for lane in lanes(data.shape, axis % 2):
        root = math.sqrt(math.fsum(data[lane] ** 2) / len(data[lane]) + 1e-5)
        expected[lane] = data[lane] / root * weight
    np.testing.assert_allclose(result(RmsNormOp, data, weight, axis=axis), expected, rtol=1e-12)


def test_l2_normalize():
    data = array("f64", [[3, 4], [0, 0]])
    same(result(L2NormalizeOp, data, eps=1e-6, axis=[1]), array("f64", [[0.6, 0.8], [0, 0]]))
    same(result(L2NormalizeOp, data, eps=25.0), array("f64", [[0.6, 0.8], [0, 0]]))
    same(result(L2NormalizeOp, data, eps=100.0, axis=[0]), data / 10)
    assert float(result(L2NormalizeOp, np.array(-2.0), eps=0.0)) == -1


@pytest.mark.parametrize("form", [LayerNormOp, InstanceNormOp])
def test_norms_of_nothing(form: type[LayerNormOp] | type[InstanceNormOp]):
    for shape, axis in [((0, 3), 1), ((2, 0), 1), ((2, 3, 0), 1)]:
        vector = np.ones(shape[axis])
        assert result(form, np.empty(shape), vector, vector, axis=axis).shape == shape


def test_dropout_is_the_identity():
    data = array("f16", [[1, NAN, -0.0]])
    same(result(DropoutOp, data, rate=0.3), data)
    replacement = replaced("inference", DropoutOp, data)
    assert replacement is not None
    assert replacement[0] == []
    same(replacement[1][0], data)


# ---------------------------------------------------------------- layouts


@pytest.mark.parametrize(
    ("arrives", "taken"),
    [("NHWC", "NHWC"), ("NCHW4h", "NCHW4h"), ("NCHW2c", "NCHW"), (None, "NCHW")],
)
def test_layouts_follow_while_the_axis_is_whole(arrives: str | None, taken: str):
    data, vector = normal(2, 6, 4, 3), np.ones(6)
    old, new = ["NCHW", *["C"] * 4], [arrives, *["C"] * 4]
    assert moved(BatchNormOp, data, *[vector] * 4, old=old, new=new) == [taken, *["C"] * 4]
    old, new = ["NCHW", None, None], [arrives, None, None]
    found = moved(LayerNormOp, data, vector, vector, axis=1, old=old, new=new)
    assert found == [taken, None, None]


def test_dropout_follows_layouts():
    assert moved(DropoutOp, normal(2, 4), old=["NC"], new=["NC2c"]) == ["NC2c"]

"""Activations: numerics at the edges, shapes, replacements, scales."""

import math

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException

from inlay.dialects.relay.activation import (
    OPS,
    ClipOp,
    FastTanhOp,
    GeluOp,
    LeakyReluOp,
    ReluOp,
    SigmoidOp,
    TanhOp,
)
from inlay.dialects.relay.base import rows
from inlay.dialects.relay.elementwise import UnaryOp
from inlay.dialects.relay.rows import AttrValue, ScaleBackward, ScaleForward
from inlay.dialects.relay.types import ELEMENT_TYPES, tensor
from single_op import array, make, run, run_replacement, same

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("form", "values", "expected"),
    [
        (ReluOp, [-2, -0.0, 3, NAN, INF, -INF], [0.0, 0.0, 3, NAN, INF, 0.0]),
        (SigmoidOp, [0, INF, -INF, NAN, -1000], [0.5, 1, 0.0, NAN, 0.0]),
        (TanhOp, [-0.0, INF, -INF, NAN], [-0.0, 1, -1, NAN]),
        (GeluOp, [-0.0, INF, -INF, NAN], [-0.0, INF, NAN, NAN]),
    ],
)
def test_special_values(form: type[UnaryOp], values: list[float], expected: list[float]):
    same(run(form, array("f32", values)), array("f32", expected))


def test_tanh_sigmoid_and_gelu_follow_their_formulas():
    data = np.linspace(-5, 5, 101)
    np.testing.assert_allclose(run(TanhOp, data), [math.tanh(x) for x in data], rtol=1e-12)
    logistic = [1 / (1 + math.exp(-x)) for x in data]
    np.testing.assert_allclose(run(SigmoidOp, data), logistic, rtol=1e-12)
    gaussian = [x * (1 + math.erf(x / math.sqrt(2))) / 2 for x in data]
    np.testing.assert_allclose(run(GeluOp, data), gaussian, rtol=1e-9)


def test_tanh_gelu_stays_near_the_exact_one():
    data = np.linspace(-6, 6, 101)
    approximation = run(GeluOp, data, approximate="tanh")
    inner = math.sqrt(2 / math.pi) * (data + 0.044715 * data**3)
    np.testing.assert_allclose(approximation, data / 2 * (1 + np.tanh(inner)), rtol=1e-12)
    assert 0 < np.max(np.abs(approximation - run(GeluOp, data))) < 1e-3


def test_leaky_relu():
    data = array("f32", [-2, -0.0, 3, NAN, -INF])
    same(run(LeakyReluOp, data), array("f32", [-0.5, -0.0, 3, NAN, -INF]))
    same(run(LeakyReluOp, data, alpha=0.0), array("f32", [-0.0, -0.0, 3, NAN, NAN]))


def test_clip():
    data = array("f32", [-INF, -1, 0.5, 7, INF, NAN])
    same(run(ClipOp, data, a_min=0.25, a_max=6.0), array("f32", [0.25, 0.25, 0.5, 6, 6, NAN]))
    crossed = run(ClipOp, array("f32", [-9, 2, 9]), a_min=3.0, a_max=1.0)
    np.testing.assert_array_equal(crossed, [1, 1, 1])


@pytest.mark.parametrize(
    ("name", "bounds", "expected"),
    [
        ("i8", (-2.7, 5.9), [-2, -2, 5, 5]),
        ("i8", (-1e30, 1e30), [-128, -3, 7, 127]),
        ("i64", (-INF, 3.0), [-128, -3, 3, 3]),
        ("ui8", (-4.0, 300.0), [128, 253, 7, 127]),
    ],
)
def test_clip_saturates_the_bounds_of_integers(
    name: str, bounds: tuple[float, float], expected: list[int]
):
    data = array(name, [-128, -3, 7, 127])
    result = run(ClipOp, data, a_min=bounds[0], a_max=bounds[1])
    np.testing.assert_array_equal(result, expected)


def test_relu_of_integers():
    np.testing.assert_array_equal(run(ReluOp, array("i8", [-128, 127])), [0, 127])


ACTIVATIONS: list[tuple[type[UnaryOp], dict[str, AttrValue]]] = [
    *((form, {}) for form in OPS if issubclass(form, UnaryOp) and form is not ClipOp),
    (ClipOp, {"a_min": 0.0, "a_max": 6.0}),
]


@pytest.mark.parametrize(("form", "properties"), ACTIVATIONS)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1,), (3, 5)])
def test_every_op_at_every_shape_and_type(
    form: type[UnaryOp], properties: dict[str, AttrValue], shape: tuple[int, ...]
):
    for name in form.ROWS.dtypes:
        data = np.ones(shape, ELEMENT_TYPES[name][1])
        assert run(form, data, **properties).shape == shape


def test_fast_tanh_computes_the_same_function():
    data = array("f32", [-1, 0, 2])
    names, result = run_replacement("fast", TanhOp, data)
    assert names == [FastTanhOp.name]
    same(result, run(TanhOp, data))


def test_wrong_properties_are_refused():
    data = [tensor("f32", (2,))]
    with pytest.raises(VerifyException, match=r"relay.nn.gelu: approximate is 'sigmoid', expected"):
        make(GeluOp, data, approximate="sigmoid")
    with pytest.raises(VerifyException, match=r"relay.clip: a_max is NaN, expected a number"):
        make(ClipOp, data, a_min=0.0, a_max=NAN)


@pytest.mark.parametrize("form", [ReluOp, LeakyReluOp])
def test_only_positive_scales_pass_a_relu(form: type[UnaryOp]):
    op = make(form, [tensor("f32", (1, 3, 4, 4))])
    scale = rows(op).scale
    assert scale.backward is not None
    assert scale.backward(op, -3) == ScaleBackward(((0, -3),), positive_only=True)
    assert scale.forward is not None
    assert scale.forward(op, 0, -3) == ScaleForward(carries=-3, positive_only=True)


def test_no_scale_passes_the_relu_of_integers():
    op = make(ReluOp, [tensor("i8", (1, 3))])
    scale = rows(op).scale
    assert scale.backward is not None
    assert scale.backward(op, -1) is None
    assert scale.forward is not None
    assert scale.forward(op, 0, -1) is None

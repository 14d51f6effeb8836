"""Rounding and signs: numerics at the edges, shapes."""

import math

import numpy as np
import pytest

from inlay.dialects.relay.elementwise import UnaryOp
from inlay.dialects.relay.rounding import (
    OPS,
    AbsOp,
    CeilOp,
    FloorOp,
    NegativeOp,
    RoundOp,
    SignOp,
    TruncOp,
)
from inlay.dialects.relay.types import ELEMENT_TYPES
from single_op import array, run, same

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("form", "values", "expected"),
    [
        (CeilOp, [-0.5, 1.2, INF, NAN], [-0.0, 2, INF, NAN]),
        (FloorOp, [-0.5, -0.0, 1.8, -INF], [-1, -0.0, 1, -INF]),
        (TruncOp, [-0.5, 1.8, -1.8, INF], [-0.0, 1, -1, INF]),
        (SignOp, [-3, -0.0, 0, 2, NAN, -INF], [-1, 0.0, 0.0, 1, NAN, -1]),
        (NegativeOp, [0, -0.0, INF, 2], [-0.0, 0.0, -INF, -2]),
        (AbsOp, [-0.0, -INF, -2, NAN], [0.0, INF, 2, NAN]),
    ],
)
def test_special_values(form: type[UnaryOp], values: list[float], expected: list[float]):
    same(run(form, array("f32", values)), array("f32", expected))


def test_round_takes_halves_away_from_zero():
    # The second is the float just below a half: adding a half to it would round up to 1.
    values = [0.5, 0.49999997, 1.5, 2.5, -2.5, -0.3, -0.0, 8388609, INF, NAN]
    expected = [1, 0.0, 2, 3, -3, -0.0, -0.0, 8388609, INF, NAN]
    same(run(RoundOp, array("f32", values)), array("f32", expected))


def test_integers_wrap():
    np.testing.assert_array_equal(run(NegativeOp, array("i8", [-128, 5])), [-128, -5])
    np.testing.assert_array_equal(run(AbsOp, array("i8", [-128, -5])), [-128, 5])
    np.testing.assert_array_equal(run(NegativeOp, array("ui8", [0, 1])), [0, 255])
    np.testing.assert_array_equal(run(SignOp, array("ui8", [0, 200])), [0, 1])


@pytest.mark.parametrize("form", OPS)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1,), (3, 5)])
def test_every_op_at_every_shape_and_type(form: type[UnaryOp], shape: tuple[int, ...]):
    for name in form.ROWS.dtypes:
        data = np.ones(shape, ELEMENT_TYPES[name][1])
        assert run(form, data).shape == shape

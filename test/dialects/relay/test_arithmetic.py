"""Arithmetic: numerics at the edges, bias_add's replacement, layouts and scales."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException

from inlay.dialects.layout import Layout
from inlay.dialects.relay.arithmetic import (
    AddOp,
    BiasAddOp,
    DivideOp,
    FloorDivideOp,
    FloorModOp,
    MaximumOp,
    MinimumOp,
    ModOp,
    MultiplyOp,
    PowerOp,
    SubtractOp,
)
from inlay.dialects.relay.base import rows
from inlay.dialects.relay.broadcast import BinaryOp
from inlay.dialects.relay.rows import ScaleBackward, ScaleForward
from inlay.dialects.relay.types import DYNAMIC, ELEMENT_TYPES, SIGNED_INTS, UNSIGNED_INTS, tensor
from single_op import array, make, run, run_replacement, same

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("form", "lhs", "rhs", "expected"),
    [
        (AddOp, [INF, -0.0, 1], [-INF, -0.0, NAN], [NAN, -0.0, NAN]),
        (SubtractOp, [INF, 0, 1], [INF, 0, NAN], [NAN, 0, NAN]),
        (MultiplyOp, [INF, -1, 2], [0, 0, 3], [NAN, -0.0, 6]),
        (DivideOp, [1, -1, 0, 7], [0, 0, 0, 2], [INF, -INF, NAN, 3.5]),
        (FloorDivideOp, [7, -7, 1, 0], [2, 2, 0, 0], [3, -4, INF, NAN]),
        (ModOp, [7, -7, 7, 1, -0.0, 5], [3, 3, -3, 0, 3, INF], [1, -1, 1, NAN, -0.0, 5]),
        (FloorModOp, [7, -7, 7, 1, 5], [3, 3, -3, 0, INF], [1, 2, -2, NAN, 5]),
        (PowerOp, [NAN, 1, 0, -8, -2], [0, NAN, -1, 1 / 3, 3], [1, 1, INF, NAN, -8]),
        (MaximumOp, [1, NAN, 2, -INF], [NAN, 1, 3, INF], [NAN, NAN, 3, INF]),
        (MinimumOp, [1, NAN, 2, -INF], [NAN, 1, 3, INF], [NAN, NAN, 2, -INF]),
    ],
)
def test_special_values(
    form: type[BinaryOp], lhs: list[float], rhs: list[float], expected: list[float]
):
    same(run(form, array("f32", lhs), array("f32", rhs)), array("f32", expected))


def c_divide(a: int, b: int) -> int:
    return 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def python_floor_divide(a: int, b: int) -> int:
    return 0 if b == 0 else a // b


def c_mod(a: int, b: int) -> int:
    return 0 if b == 0 else a - c_divide(a, b) * b


def python_mod(a: int, b: int) -> int:
    return 0 if b == 0 else a % b


def c_power(a: int, b: int) -> int:
    if b >= 0:
        return a**b
    return 0 if a == 0 else c_divide(1, a**-b)


def larger(a: int, b: int) -> int:
    return max(a, b)


def smaller(a: int, b: int) -> int:
    return min(a, b)


@pytest.mark.parametrize(
    ("form", "function"),
    [
        (AddOp, int.__add__),
        (SubtractOp, int.__sub__),
        (MultiplyOp, int.__mul__),
        (DivideOp, c_divide),
        (FloorDivideOp, python_floor_divide),
        (ModOp, c_mod),
        (FloorModOp, python_mod),
        (PowerOp, c_power),
        (MaximumOp, larger),
        (MinimumOp, smaller),
    ],
)
@pytest.mark.parametrize("name", ["i8", "ui8"])
def test_integers_wrap_and_divide_like_c(
    form: type[BinaryOp], function: Callable[[int, int], int], name: str
):
    values = [-128, -127, -9, -8, -3, -2, -1, 0, 1, 2, 3, 7, 8, 9, 126, 127]
    if name == "ui8":
        values = [value + 128 for value in values]
    result = run(form, array(name, values)[:, None], array(name, values))
    expected = [[function(a, b) & 0xFF for b in values] for a in values]
    np.testing.assert_array_equal(result.view(np.uint8), expected)


@pytest.mark.parametrize("name", sorted(SIGNED_INTS | UNSIGNED_INTS))
def test_division_at_the_limits_of_each_width(name: str):
    limits = np.iinfo(ELEMENT_TYPES[name][1])
    low, high = int(limits.min), int(limits.max)
    lhs, rhs = array(name, high), array(name, [1, 0])
    assert run(DivideOp, lhs, rhs).tolist() == [high, 0]
    if low:
        lowest, minus_one = array(name, [low]), array(name, [-1])
        assert run(DivideOp, lowest, minus_one).tolist() == [low]
        assert run(FloorDivideOp, lowest, minus_one).tolist() == [low]
        assert run(ModOp, lowest, minus_one).tolist() == [0]
        assert run(FloorModOp, lowest, minus_one).tolist() == [0]


@pytest.mark.parametrize(
    ("axis", "expands"), [(0, True), (1, True), (2, False), (-1, False), (-2, True)]
)
def test_bias_add_is_an_add_along_its_axis(axis: int, expands: bool):
    data = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    bias = np.arange(1, data.shape[axis] + 1, dtype=np.float32) * 100
    expected = np.moveaxis(np.moveaxis(data, axis, -1) + bias, -1, axis)
    np.testing.assert_array_equal(run(BiasAddOp, data, bias, axis=axis), expected)
    names, replaced = run_replacement("canonical", BiasAddOp, data, bias, axis=axis)
    assert names == ["relay.expand_dims"] * expands + ["relay.add"]
    np.testing.assert_array_equal(replaced, expected)


def test_bias_add_infers_an_unknown_extent_from_its_bias():
    types = [tensor("f32", (DYNAMIC, DYNAMIC)), tensor("f32", (7,))]
    assert make(BiasAddOp, types).result.type == tensor("f32", (DYNAMIC, 7))


@pytest.mark.parametrize(
    ("data", "bias", "axis", "message"),
    [
        ((2, 3), (2,), 1, r"'bias' has 2 elements, expected 3 \(axis 1 of data 2x3\)"),
        ((2, 3), (1, 3), 1, "operand 'bias' has rank 2, expected 1"),
        ((2, 3), (3,), 2, "axis 2 is out of range for rank 2"),
        ((), (3,), 0, "axis 0 is out of range for rank 0"),
    ],
)
def test_bias_that_does_not_fit_is_refused(
    data: tuple[int, ...], bias: tuple[int, ...], axis: int, message: str
):
    with pytest.raises(VerifyException, match="relay.nn.bias_add: .*" + message):
        make(BiasAddOp, [tensor("f32", data), tensor("f32", bias)], axis=axis)


# Layouts.


def layouts(*texts: str | None) -> list[Layout | None]:
    return [None if text is None else Layout.parse(text) for text in texts]


@pytest.mark.parametrize(
    ("new", "operands", "axis"),
    [(None, "NCHW", None), ("NHWC", "NHWC", 3), ("NCHW16c", "NCHW", None)],
)
def test_bias_add_layout_follows_while_its_axis_is_whole(
    new: str | None, operands: str, axis: int | None
):
    op = make(BiasAddOp, [tensor("f32", (1, 32, 4, 4)), tensor("f32", (32,))])
    rule = rows(op).layout
    assert rule is not None
    inferred = rule(op, None if new is None else layouts(new, "C"), layouts("NCHW", None))
    assert list(inferred.operands) == layouts(operands, "C")
    assert list(inferred.results) == layouts(operands)
    assert inferred.attributes == ({} if axis is None else {"axis": axis})


# Scales.

DATA, VECTOR = tensor("f32", (2, 3, 4, 4)), tensor("f32", (3, 1, 1))


def test_scale_of_a_bias_add():
    scale = rows(op := make(BiasAddOp, [DATA, tensor("f32", (3,))])).scale
    assert scale.backward is not None
    assert scale.backward(op, -3) == ScaleBackward(((0, -3), (1, -1)))
    assert scale.backward(op, -1) is None
    assert scale.forward is not None
    assert scale.forward(op, 0, -3) == ScaleForward(divide=((1, -1),), carries=-3)
    assert scale.forward(op, 0, -1) is None
    assert scale.forward(op, 1, -1) is None

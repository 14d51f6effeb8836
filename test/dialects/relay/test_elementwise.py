"""Elementwise ops: numerics at the edges, element types, shapes, replacements, layouts."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from xdsl.dialects.builtin import IntegerType, f32
from xdsl.utils.exceptions import VerifyException

from inlay.dialects.layout import Layout
from inlay.dialects.relay.base import rows
from inlay.dialects.relay.elementwise import (
    OPS,
    BitwiseNotOp,
    CastOp,
    CopyOp,
    CosOp,
    ErfOp,
    ExpOp,
    FastErfOp,
    FastExpOp,
    IsFiniteOp,
    IsInfOp,
    IsNanOp,
    Log2Op,
    LogicalNotOp,
    LogOp,
    OnesLikeOp,
    RsqrtOp,
    SinOp,
    SqrtOp,
    TanOp,
    UnaryOp,
    ZerosLikeOp,
)
from inlay.dialects.relay.rows import Array, AttrValue
from inlay.dialects.relay.special import erf
from inlay.dialects.relay.types import ELEMENT_TYPES, tensor
from single_op import array, make, run, run_replacement, same

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("form", "values", "expected"),
    [
        (ErfOp, [-0.0, INF, -INF, NAN, 7], [-0.0, 1, -1, NAN, 1]),
        (ExpOp, [0, INF, -INF, NAN, 1000], [1, INF, 0.0, NAN, INF]),
        (LogOp, [1, 0, -0.0, -1, INF, NAN], [0.0, -INF, -INF, NAN, INF, NAN]),
        (Log2Op, [8, 0, -0.0, -1, INF, NAN], [3, -INF, -INF, NAN, INF, NAN]),
        (SqrtOp, [4, -0.0, -1, INF, NAN], [2, -0.0, NAN, INF, NAN]),
        (RsqrtOp, [4, 0, -0.0, -1, INF], [0.5, INF, -INF, NAN, 0.0]),
        (SinOp, [-0.0, INF, NAN], [-0.0, NAN, NAN]),
        (CosOp, [0, INF, NAN], [1, NAN, NAN]),
        (TanOp, [-0.0, INF, NAN], [-0.0, NAN, NAN]),
        (CopyOp, [-0.0, NAN], [-0.0, NAN]),
        (ZerosLikeOp, [NAN, 3], [0.0, 0.0]),
        (OnesLikeOp, [NAN, 3], [1, 1]),
    ],
)
def test_special_values(form: type[UnaryOp], values: list[float], expected: list[float]):
    same(run(form, array("f32", values)), array("f32", expected))


@pytest.mark.parametrize(
    ("form", "function"),
    [
        (ErfOp, math.erf),
        (ExpOp, math.exp),
        (SinOp, math.sin),
        (CosOp, math.cos),
        (TanOp, math.tan),
    ],
)
def test_agrees_with_math(form: type[UnaryOp], function: Callable[[float], float]):
    data = np.linspace(-5, 5, 101)
    expected = np.array([function(x) for x in data])
    np.testing.assert_allclose(run(form, data), expected, rtol=1e-12, atol=1e-15)


def test_erf_is_accurate_in_double_precision():
    data = np.concatenate([np.linspace(-7, 7, 9001), [1e-300, 0.46875, 4.0]])
    expected = np.array([math.erf(x) for x in data])
    assert np.max(np.abs(erf(data) - expected) / np.maximum(np.abs(expected), 1e-300)) < 1e-15


def test_bits_and_truth():
    np.testing.assert_array_equal(run(BitwiseNotOp, array("ui8", [0, 255, 1])), [255, 0, 254])
    np.testing.assert_array_equal(run(BitwiseNotOp, array("i1", [True, False])), [False, True])
    np.testing.assert_array_equal(run(LogicalNotOp, array("i1", [True, False])), [False, True])
    data = array("bf16", [1, NAN, INF, -INF])
    np.testing.assert_array_equal(run(IsNanOp, data), [False, True, False, False])
    np.testing.assert_array_equal(run(IsInfOp, data), [False, False, True, True])
    np.testing.assert_array_equal(run(IsFiniteOp, data), [True, False, False, False])


FLOAT_EDGES = [NAN, INF, -INF, -0.0, 1.9, -1.9, 300.0, -300.0, 3e9, 2.0**63, -(2.0**63)]


@pytest.mark.parametrize("source", ["f16", "bf16", "f32", "f64"])
@pytest.mark.parametrize("target", sorted(name for name in ELEMENT_TYPES if "i" in name))
def test_cast_from_float_truncates_and_saturates(source: str, target: str):
    with np.errstate(over="ignore"):
        data = array(source, FLOAT_EDGES)
    result = run(CastOp, data, dtype=ELEMENT_TYPES[target][0])
    if target == "i1":
        expected = [float(x) != 0 for x in data]
    else:
        limits = np.iinfo(ELEMENT_TYPES[target][1])
        numbers = [0.0 if math.isnan(x) else max(min(float(x), 1e30), -1e30) for x in data]
        expected = [max(min(int(x), int(limits.max)), int(limits.min)) for x in numbers]
    assert result.tolist() == expected


def test_cast_between_other_types():
    def cast(data: Array, target: str) -> Array:
        return run(CastOp, data, dtype=ELEMENT_TYPES[target][0])

    assert cast(array("i32", [300, -1, -129]), "i8").tolist() == [44, -1, 127]
    assert cast(array("i32", [-1]), "ui16").tolist() == [65535]
    assert cast(array("i1", [True, False]), "i64").tolist() == [1, 0]
    assert cast(array("i1", [True, False]), "bf16").tolist() == [1.0, 0.0]
    assert cast(array("i8", [-128, 0]), "i1").tolist() == [True, False]
    assert cast(array("f32", [1e30, 1 + 2**-11, -0.0]), "f16").tolist() == [INF, 1.0, -0.0]
    # Rounded once: by way of f64 this would be a tie, and lose its last bit.
    assert cast(np.array([2**62 + 2**38 + 1]), "f32").tolist() == [2.0**62 + 2.0**39]


SAMPLES: list[tuple[type[UnaryOp], dict[str, AttrValue]]] = [
    *((form, {}) for form in OPS if issubclass(form, UnaryOp) and form is not CastOp),
    (CastOp, {"dtype": f32}),
]


@pytest.mark.parametrize(("form", "properties"), SAMPLES)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (1,), (3, 5)])
def test_every_op_at_every_shape_and_type(
    form: type[UnaryOp], properties: dict[str, AttrValue], shape: tuple[int, ...]
):
    for name in form.ROWS.dtypes:
        data = np.ones(shape, ELEMENT_TYPES[name][1])
        assert run(form, data, **properties).shape == shape


@pytest.mark.parametrize(("form", "fast"), [(ExpOp, FastExpOp), (ErfOp, FastErfOp)])
def test_fast_forms_compute_the_same_function(form: type[UnaryOp], fast: type[UnaryOp]):
    data = array("f32", [-1, 0, 2])
    names, result = run_replacement("fast", form, data)
    assert names == [fast.name]
    same(result, run(form, data))


def test_cast_to_an_unknown_type_is_refused():
    data = [tensor("f32", (2,))]
    with pytest.raises(VerifyException, match=r"relay.cast: dtype is i7, expected one of f16, "):
        make(CastOp, data, dtype=IntegerType(7))


def test_layout_follows_the_operand():
    op = make(ExpOp, [tensor("f32", (1, 32, 4, 4))])
    nchw, blocked = Layout.parse("NCHW"), Layout.parse("NCHW16c")
    layout = rows(op).layout
    assert layout is not None
    for new, expected in [(None, nchw), ([blocked], blocked), ([None], nchw)]:
        inferred = layout(op, new, [nchw])
        assert (inferred.operands, inferred.results) == ((expected,), (expected,))
    assert layout(op, None, [None]).results == (None,)

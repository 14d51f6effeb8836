"""Reductions: axes, numerics at the edges, nothing to reduce, layouts, logsumexp's replacement."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException

from inlay.dialects.layout import Layout
from inlay.dialects.relay.base import rows
from inlay.dialects.relay.reduce import (
    OPS,
    AllOp,
    AnyOp,
    ArgmaxOp,
    ArgminOp,
    LogSumExpOp,
    MaxOp,
    MeanOp,
    MinOp,
    ProdOp,
    ReduceOp,
    SumOp,
    VarianceOp,
)
from inlay.dialects.relay.rows import Array, AttrValue
from inlay.dialects.relay.types import DYNAMIC, ELEMENT_TYPES, tensor
from single_op import array, make, run, run_replacement, same

INF, NAN = math.inf, math.nan
PLAIN = [form for form in OPS if issubclass(form, ReduceOp) and form is not VarianceOp]


def log_sum_exp(values: list[float]) -> float:
    return math.log(sum(map(math.exp, values)))


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def position_of_max(values: list[float]) -> int:
    return values.index(max(values))


def position_of_min(values: list[float]) -> int:
    return values.index(min(values))


@pytest.mark.parametrize(
    ("form", "function"),
    [
        (SumOp, math.fsum),
        (ProdOp, math.prod),
        (MeanOp, mean),
        (MaxOp, max),
        (MinOp, min),
        (LogSumExpOp, log_sum_exp),
        (ArgmaxOp, position_of_max),
        (ArgminOp, position_of_min),
    ],
)
@pytest.mark.parametrize(
    ("axis", "exclude", "reduced"),
    [
        ((), False, {0, 1, 2}),
        ((0,), False, {0}),
        ((-1,), False, {2}),
        ((2, 0), False, {0, 2}),
        ((0, 1, 2), False, {0, 1, 2}),
        ((1,), True, {0, 2}),
        ((0, -1), True, {1}),
        ((0, 1, 2), True, set[int]()),
    ],
)
def test_agrees_with_a_loop(
    form: type[ReduceOp],
    function: Callable[[list[float]], float],
    axis: tuple[int, ...],
    exclude: bool,
    reduced: set[int],
):
    data = np.random.default_rng(0).standard_normal((2, 3, 5))
    kept = [range(n) if i not in reduced else [slice(None)] for i, n in enumerate(data.shape)]
    expected = [function(data[index].ravel().tolist()) for index in itertools.product(*kept)]
    shape = [n for i, n in enumerate(data.shape) if i not in reduced]
    result = run(form, data, axis=axis, exclude=exclude)
    np.testing.assert_allclose(result, np.reshape(expected, shape), rtol=1e-12)
    kept_shape = [1 if i in reduced else n for i, n in enumerate(data.shape)]
    with_ones = run(form, data, axis=axis, exclude=exclude, keepdims=True)
    np.testing.assert_array_equal(with_ones, result.reshape(kept_shape))


@pytest.mark.parametrize("form", PLAIN)
@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 0, 3), (3, 4)])
def test_every_op_at_every_shape_and_type(form: type[ReduceOp], shape: tuple[int, ...]):
    for name in form.ROWS.dtypes:
        data = np.ones(shape, ELEMENT_TYPES[name][1])
        assert run(form, data).shape == ()
        assert run(form, data, keepdims=True).shape == (1,) * len(shape)
        if shape:
            assert run(form, data, axis=(-1,)).shape == shape[:-1]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (SumOp, 0.0),
        (ProdOp, 1),
        (MeanOp, NAN),
        (MaxOp, -INF),
        (MinOp, INF),
        (LogSumExpOp, -INF),
        (ArgmaxOp, -1),
        (ArgminOp, -1),
    ],
)
def test_over_nothing(form: type[ReduceOp], expected: float):
    np.testing.assert_array_equal(
        run(form, np.empty((2, 0), np.float32), axis=(1,)), [expected] * 2
    )


def test_integers_over_nothing():
    nothing = np.empty((0,), np.int8)
    assert [int(run(form, nothing)) for form in (SumOp, ProdOp, MeanOp)] == [0, 1, 0]
    assert [int(run(form, nothing)) for form in (MaxOp, MinOp)] == [-128, 127]


@pytest.mark.parametrize(
    ("form", "values", "expected"),
    [
        (SumOp, [INF, -INF], NAN),
        (MeanOp, [1, NAN], NAN),
        (MaxOp, [NAN, 1], NAN),
        (MaxOp, [-INF, -INF], -INF),
        (MinOp, [1, NAN], NAN),
        (ProdOp, [0, INF], NAN),
        (LogSumExpOp, [1000, 1000], 1000 + math.log(2)),
        (LogSumExpOp, [-INF, -INF], -INF),
        (LogSumExpOp, [1, INF], INF),
        (LogSumExpOp, [1, NAN], NAN),
        (LogSumExpOp, [3, -INF], 3),
    ],
)
def test_special_values(form: type[ReduceOp], values: list[float], expected: float):
    np.testing.assert_allclose(run(form, array("f64", values)), expected, rtol=1e-15)


def test_integers():
    data = array("i8", [100, 100, -1])
    assert int(run(SumOp, data)) == 199 - 256
    assert int(run(ProdOp, data)) == (-10000 + 128) % 256 - 128
    assert int(run(MeanOp, data)) == 66
    assert int(run(MeanOp, array("i8", [-3, -4]))) == -3
    assert int(run(MeanOp, array("ui8", [255, 255, 254]))) == 254
    assert int(run(MeanOp, array("i64", [-(2**63)]))) == -(2**63)


def test_truth_values():
    data = array("i1", [[True, False], [True, True]])
    assert run(AllOp, data, axis=(1,)).tolist() == [False, True]
    assert run(AnyOp, data, axis=(0,)).tolist() == [True, True]
    nothing = np.empty((1, 0), np.bool_)
    assert run(AllOp, nothing, axis=(1,)).tolist() == [True]
    assert run(AnyOp, nothing, axis=(1,)).tolist() == [False]


def test_long_sums_of_floats_stay_accurate():
    data = np.full((100_000, 2), 0.1, np.float32)
    np.testing.assert_allclose(run(SumOp, data, axis=(0,)), np.float64(data[0, 0]) * 1e5, rtol=1e-7)


@pytest.mark.parametrize(
    ("values", "first_max", "last_max", "first_min", "last_min"),
    [
        ([1, 3, 1, 3], 1, 3, 0, 2),
        ([1, NAN, 5, NAN], 1, 3, 1, 3),
        ([0.0, -0.0], 0, 1, 0, 1),
        ([-INF, -INF], 0, 1, 0, 1),
    ],
)
def test_positions_of_extrema(
    values: list[float], first_max: int, last_max: int, first_min: int, last_min: int
):
    data = array("f32", values)
    assert int(run(ArgmaxOp, data)) == first_max
    assert int(run(ArgmaxOp, data, select_last_index=True)) == last_max
    assert int(run(ArgminOp, data)) == first_min
    assert int(run(ArgminOp, data, select_last_index=True)) == last_min
    assert run(ArgmaxOp, data).dtype == np.int32


@pytest.mark.parametrize("unbiased", [False, True])
@pytest.mark.parametrize("axis", [(), (1,), (0, 2)])
def test_variance(axis: tuple[int, ...], unbiased: bool):
    data = np.random.default_rng(1).standard_normal((2, 3, 5)) + 10
    axes = axis or (0, 1, 2)
    average = run(MeanOp, data, axis=axis, keepdims=True)
    result = run(VarianceOp, data, average, axis=axis, unbiased=unbiased)
    np.testing.assert_allclose(result, np.var(data, axes, ddof=int(unbiased)), rtol=1e-12)


def test_variance_of_one_or_no_element():
    one = array("f32", [[4]])
    assert run(VarianceOp, one, one, axis=(1,)).tolist() == [0]
    same(run(VarianceOp, one, one, axis=(1,), unbiased=True), array("f32", [NAN]))
    none = np.empty((1, 0), np.float32)
    same(run(VarianceOp, none, one, axis=(1,)), array("f32", [NAN]))


@pytest.mark.parametrize(
    "properties", [{}, {"axis": (1,)}, {"axis": (1,), "exclude": True}, {"keepdims": True}]
)
def test_logsumexp_in_smaller_steps(properties: dict[str, AttrValue]):
    data = np.random.default_rng(2).standard_normal((2, 3, 5)) * 300
    data[0] = -INF
    names, replaced = run_replacement("canonical", LogSumExpOp, data, **properties)
    assert ("relay.squeeze" in names) == ("keepdims" not in properties)
    np.testing.assert_allclose(replaced, run(LogSumExpOp, data, **properties), rtol=1e-14)


def test_logsumexp_in_smaller_steps_without_axes_to_drop():
    for data, properties in [
        (array("f64", 3), {}),
        (array("f64", [3, 4]), {"axis": (0,), "exclude": True}),
    ]:
        names, replaced = run_replacement("canonical", LogSumExpOp, data, **properties)
        assert "relay.squeeze" not in names
        np.testing.assert_array_equal(replaced, data)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"axis": (2,)}, "axis 2 is out of range for rank 2"),
        ({"axis": (-3,)}, "axis -3 is out of range for rank 2"),
        ({"axis": (1, -1)}, r"found axes \[1, -1\], expected distinct ones"),
        ({"exclude": True}, "found exclude without axis"),
    ],
)
def test_wrong_axes_are_refused(properties: dict[str, AttrValue], message: str):
    with pytest.raises(VerifyException, match="relay.sum: " + message):
        make(SumOp, [tensor("f32", (2, 3))], **properties)


def test_wrong_mean_is_refused():
    data = tensor("f32", (2, DYNAMIC))
    make(VarianceOp, [data, tensor("f32", (DYNAMIC, 1))], axis=(1,))
    for shape in [(2,), (1, 1), (2, 3)]:
        with pytest.raises(VerifyException, match=r"'mean' has shape .*, expected 2x1 \(data 2x\?"):
            make(VarianceOp, [data, tensor("f32", shape)], axis=(1,))


# Layouts.


@pytest.mark.parametrize(
    ("form", "properties", "new", "operand", "result", "attributes"),
    [
        (SumOp, {"axis": (2, 3)}, None, "NCHW", "NC", {}),
        (SumOp, {}, None, "NCHW", None, {}),
        (SumOp, {"axis": (1,), "keepdims": True}, None, "NCHW", "NCHW", {}),
        (SumOp, {"axis": (2, 3)}, "NCHW8c", "NCHW8c", "NC8c", {"axis": [2, 3]}),
        (SumOp, {"axis": (1,)}, "NCHW8c", "NCHW8c", "NHW", {"axis": [1, 4]}),
        (SumOp, {"axis": (1,), "keepdims": True}, "NCHW8c", "NCHW8c", "NCHW1c", {"axis": [1, 4]}),
        (SumOp, {"axis": (1,), "exclude": True}, "NHWC", "NHWC", "C", {"axis": [0, 1, 2]}),
        (SumOp, {}, "NCHW8c", "NCHW8c", None, {"axis": [0, 1, 2, 3, 4]}),
        (ArgmaxOp, {"axis": (1,)}, "NHWC", "NHWC", "NHW", {"axis": [3]}),
        (ArgmaxOp, {"axis": (2,)}, "NCHW8c", "NCHW8c", "NCW8c", {"axis": [2]}),
        (ArgmaxOp, {"axis": (1,)}, "NCHW8c", "NCHW", "NHW", {}),
        (ArgmaxOp, {"axis": (1, 2)}, "NHWC", "NCHW", "NW", {}),
    ],
)
def test_layouts(
    form: type[ReduceOp],
    properties: dict[str, AttrValue],
    new: str | None,
    operand: str,
    result: str | None,
    attributes: dict[str, list[int]],
):
    nchw = Layout.parse("NCHW")
    data = np.random.default_rng(3).standard_normal((2, 16, 3, 4))
    op = make(form, [tensor("f64", data.shape)], **properties)
    rule = rows(op).layout
    assert rule is not None
    written = rule(op, None, [nchw]).results[0]
    inferred = rule(op, None if new is None else [Layout.parse(new)], [nchw])
    assert inferred.operands == (Layout.parse(operand),)
    assert inferred.results == (None if result is None else Layout.parse(result),)
    assert inferred.attributes.get("axis") == attributes.get("axis")

    def laid(values: Array, source: Layout | None, to: Layout | None) -> Array:
        return values if source is None or to is None else source.convert_array(values, to)

    found = run(
        form, laid(data, nchw, inferred.operands[0]), **{**properties, **inferred.attributes}
    )
    expected = laid(run(form, data, **properties), written, inferred.results[0])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_layout_of_variance_asks_for_a_mean_of_the_same_layout():
    op = make(VarianceOp, [tensor("f32", (2, 16, 3, 4)), tensor("f32", (2, 1, 3, 4))], axis=(1,))
    rule = rows(op).layout
    assert rule is not None
    nchw, blocked, unit = map(Layout.parse, ("NCHW", "NCHW8c", "NCHW1c"))
    inferred = rule(op, [blocked, nchw], [nchw, nchw])
    assert inferred.operands == (blocked, unit)
    assert inferred.results == (Layout.parse("NHW"),)


def test_layout_is_unknown_where_an_axis_is_reduced_without_its_blocks():
    op = make(SumOp, [tensor("f32", (2, 2, 3, 4, 8))], axis=(1,))
    rule = rows(op).layout
    assert rule is not None
    old = Layout.parse("NCHW8c")
    inferred = rule(op, [Layout.parse("NCHW4c")], [old])
    assert (inferred.operands, inferred.results) == ((old,), (None,))

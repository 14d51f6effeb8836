"""The evaluator: calls, regions, tuples, precisions, and the inputs it refuses."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay.evaluate import EvaluationError, Precision, evaluate, evaluate_op
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import ELEMENT_TYPES
from inlay.passes.manager import verify_ir
from op_samples import SAMPLES


def run(
    text: str,
    *inputs: Array,
    function: str = "main",
    precision: Precision = "declared",
    resources: dict[str, Array] | None = None,
) -> list[Array]:
    """The results of a function of a verified module."""
    module = parse_module(make_context(), text, resources=resources)
    verify_ir(module)
    return evaluate(module, inputs, function=function, precision=precision)


def f32(*values: float) -> Array:
    return np.array(values, np.float32)


def assert_all_equal(found: list[Array], *expected: Array) -> None:
    assert [value.dtype for value in found] == [value.dtype for value in expected]
    for value, want in zip(found, expected, strict=True):
        np.testing.assert_array_equal(value, want)


# Structure.


def test_no_results() -> None:
    assert run("relay.func @main() { relay.return }") == []


def test_a_parameter_may_be_returned_twice() -> None:
    text = """relay.func @main(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
      relay.return %x, %x : tensor<2xf32>, tensor<2xf32>
    }"""
    assert_all_equal(run(text, f32(1, 2)), f32(1, 2), f32(1, 2))


def test_the_inputs_stay_as_they_are() -> None:
    text = """relay.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %0 = relay.nn.relu %x : (tensor<2xf32>)
      relay.return %0 : tensor<2xf32>
    }"""
    x = f32(-1, 2)
    (found,) = run(text, x)
    assert not np.shares_memory(found, x)
    np.testing.assert_array_equal(x, f32(-1, 2))


CALLS = """
relay.func @main(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
  %0, %1 = relay.call @swap(%x, %y)
    : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
  %2 = relay.call @minus(%0, %1) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  relay.return %2 : tensor<2xf32>
}
relay.func private @swap(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  relay.return %y, %x : tensor<2xf32>, tensor<2xf32>
}
relay.func private @minus(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32>
    attributes {primitive} {
  %0 = relay.subtract %x, %y : (tensor<2xf32>, tensor<2xf32>)
  relay.return %0 : tensor<2xf32>
}
"""


def test_calls() -> None:
    assert_all_equal(run(CALLS, f32(1, 2), f32(10, 20)), f32(9, 18))
    assert_all_equal(run(CALLS, f32(1, 2), f32(10, 20), function="minus"), f32(-9, -18))


RECURSION = """
relay.func @main(%x: tensor<i32>) -> tensor<i32> {
  %zero = relay.constant dense<0> : tensor<i32>
  %one = relay.constant dense<1> : tensor<i32>
  %done = relay.equal %x, %zero : (tensor<i32>, tensor<i32>)
  %0 = relay.if %done -> tensor<i32> {
    relay.yield %one : tensor<i32>
  } else {
    %1 = relay.subtract %x, %one : (tensor<i32>, tensor<i32>)
    %2 = relay.call @main(%1) : (tensor<i32>) -> tensor<i32>
    %3 = relay.multiply %x, %2 : (tensor<i32>, tensor<i32>)
    relay.yield %3 : tensor<i32>
  }
  relay.return %0 : tensor<i32>
}
"""


def test_only_the_chosen_branch_is_evaluated() -> None:
    # The other branch would call without end.
    assert_all_equal(run(RECURSION, np.array(5, np.int32)), np.array(120, np.int32))


def test_calls_without_end_are_an_error() -> None:
    with pytest.raises(EvaluationError, match="@main: calls are nested too deeply"):
        run(RECURSION, np.array(-1, np.int32))


@pytest.mark.parametrize("condition", [False, True])
def test_an_if_gives_several_values(condition: bool) -> None:
    text = """relay.func @main(%c: tensor<i1>, %x: tensor<2xf32>) -> (tensor<2xf32>, tensor<i1>) {
      %0, %1 = relay.if %c -> (tensor<2xf32>, tensor<i1>) {
        relay.yield %x, %c : tensor<2xf32>, tensor<i1>
      } else {
        %2 = relay.negative %x : (tensor<2xf32>)
        %3 = relay.logical_not %c : (tensor<i1>)
        relay.yield %2, %3 : tensor<2xf32>, tensor<i1>
      }
      relay.return %0, %1 : tensor<2xf32>, tensor<i1>
    }"""
    expected = f32(1, -2) if condition else f32(-1, 2)
    assert_all_equal(run(text, np.array(condition), f32(1, -2)), expected, np.array(True))


def test_regions_see_the_values_around_them() -> None:
    text = """relay.func @main(%c: tensor<i1>, %x: tensor<2xf32>) -> tensor<2xf32> {
      %a = relay.add %x, %x : (tensor<2xf32>, tensor<2xf32>)
      %b = relay.add %a, %x : (tensor<2xf32>, tensor<2xf32>)
      %0 = relay.if %c -> tensor<2xf32> {
        %1 = relay.if %c -> tensor<2xf32> {
          %2 = relay.group -> tensor<2xf32> {
            %d = relay.multiply %b, %a : (tensor<2xf32>, tensor<2xf32>)
            relay.yield %d : tensor<2xf32>
          }
          relay.yield %2 : tensor<2xf32>
        } else {
          relay.yield %a : tensor<2xf32>
        }
        relay.yield %1 : tensor<2xf32>
      } else {
        relay.yield %a : tensor<2xf32>
      }
      %3 = relay.add %0, %a : (tensor<2xf32>, tensor<2xf32>)
      relay.return %3 : tensor<2xf32>
    }"""
    assert_all_equal(run(text, np.array(True), f32(1, 3)), f32(8, 60))
    assert_all_equal(run(text, np.array(False), f32(1, 3)), f32(4, 12))


def test_tuples_pass_through_calls_and_branches() -> None:
    text = """
    relay.func @main(%c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<i8>)
        -> (tensor<i8>, tensor<2xf32>) {
      %0 = relay.tuple %x, %y : (tensor<2xf32>, tensor<i8>)
      %1 = relay.if %c -> tuple<tensor<2xf32>, tensor<i8>> {
        %2 = relay.call @id(%0)
          : (tuple<tensor<2xf32>, tensor<i8>>) -> tuple<tensor<2xf32>, tensor<i8>>
        relay.yield %2 : tuple<tensor<2xf32>, tensor<i8>>
      } else {
        relay.yield %0 : tuple<tensor<2xf32>, tensor<i8>>
      }
      %3 = relay.tuple %1 : (tuple<tensor<2xf32>, tensor<i8>>)
      %4 = relay.tuple_get_item %3 {index = 0} : (tuple<tuple<tensor<2xf32>, tensor<i8>>>)
      %5 = relay.tuple_get_item %4 {index = 1} : (tuple<tensor<2xf32>, tensor<i8>>)
      %6 = relay.tuple_get_item %4 {index = 0} : (tuple<tensor<2xf32>, tensor<i8>>)
      relay.return %5, %6 : tensor<i8>, tensor<2xf32>
    }
    relay.func private @id(%x: tuple<tensor<2xf32>, tensor<i8>>)
        -> tuple<tensor<2xf32>, tensor<i8>> {
      relay.return %x : tuple<tensor<2xf32>, tensor<i8>>
    }"""
    y = np.array(7, np.int8)
    for condition in (False, True):
        assert_all_equal(run(text, np.array(condition), f32(1, 2), y), y, f32(1, 2))


def test_unknown_extents_are_known_at_run_time() -> None:
    text = """relay.func @main(%x: tensor<?xf32>, %y: tensor<?x1xf32>) -> tensor<?x?xf32> {
      %0 = relay.add %x, %y : (tensor<?xf32>, tensor<?x1xf32>)
      relay.return %0 : tensor<?x?xf32>
    }"""
    for n in (0, 1, 3):
        (found,) = run(text, np.ones(n, np.float32), np.ones((2, 1), np.float32))
        assert found.shape == (2, n)


# Precision.

SQUARE_ROOT_SQUARED = """relay.func @main(%x: tensor<{0}>) -> tensor<{0}> {{
  %0 = relay.sqrt %x : (tensor<{0}>)
  %1 = relay.multiply %0, %0 : (tensor<{0}>, tensor<{0}>)
  relay.return %1 : tensor<{0}>
}}"""


@pytest.mark.parametrize("element", ["f16", "bf16", "f32", "f64"])
def test_every_op_rounds_to_its_element_type(element: str) -> None:
    dtype = ELEMENT_TYPES[element][1]
    wide = np.float64 if element == "f64" else np.float32
    x = np.array(3, dtype)
    root = np.sqrt(x.astype(wide)).astype(dtype).astype(wide)
    expected = (root * root).astype(dtype)
    (found,) = run(SQUARE_ROOT_SQUARED.format(element), x)
    assert found.dtype == dtype
    assert found == expected
    assert found != 3 or element == "f32"  # In f32 the rounding errors happen to cancel.


@pytest.mark.parametrize("element", ["f16", "bf16", "f32", "f64"])
def test_float64_rounds_nowhere(element: str) -> None:
    x = np.array(3, ELEMENT_TYPES[element][1])
    (found,) = run(SQUARE_ROOT_SQUARED.format(element), x, precision="float64")
    assert found.dtype == np.float64
    assert found == np.sqrt(3.0) ** 2


def test_float64_leaves_integers_alone() -> None:
    text = """relay.func @main(%x: tensor<2xi8>) -> (tensor<2xi8>, tensor<2xf32>) {
      %0 = relay.add %x, %x : (tensor<2xi8>, tensor<2xi8>)
      %1 = relay.cast %0 {dtype = f32} : (tensor<2xi8>)
      relay.return %0, %1 : tensor<2xi8>, tensor<2xf32>
    }"""
    found = run(text, np.array([100, 1], np.int8), precision="float64")
    assert_all_equal(found, np.array([-56, 2], np.int8), np.array([-56.0, 2.0]))


def test_float64_widens_constants() -> None:
    text = """relay.func @main() -> tensor<f16> {
      %0 = relay.constant dense<0.1> : tensor<f16>
      %1 = relay.constant dense<3.0> : tensor<f16>
      %2 = relay.multiply %0, %1 : (tensor<f16>, tensor<f16>)
      relay.return %2 : tensor<f16>
    }"""
    assert_all_equal(run(text, precision="float64"), np.array(np.float64(np.float16(0.1)) * 3))


def test_overflow_is_silent_and_infinite() -> None:
    text = """relay.func @main(%x: tensor<f16>) -> tensor<f16> {
      %0 = relay.multiply %x, %x : (tensor<f16>, tensor<f16>)
      relay.return %0 : tensor<f16>
    }"""
    assert_all_equal(run(text, np.array(300, np.float16)), np.array(np.inf, np.float16))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1 + 2**-8, 1.0),  # a tie goes to even
        (1 + 2**-8 + 2**-40, 1 + 2**-7),
        (-1 - 2**-8 - 2**-40, -1 - 2**-7),
        (1 + 3 * 2**-8 - 2**-40, 1 + 2**-7),
        (1e300, np.inf),
        (-np.inf, -np.inf),
        (np.nan, np.nan),
        (-0.0, -0.0),
        (2.0**-133, 2.0**-133),
        (2.0**-134 + 2.0**-180, 2.0**-133),
    ],
)
def test_f64_rounds_to_bf16_once(value: float, expected: float) -> None:
    text = """relay.func @main(%x: tensor<f64>) -> tensor<bf16> {
      %0 = relay.cast %x {dtype = bf16} : (tensor<f64>)
      relay.return %0 : tensor<bf16>
    }"""
    (found,) = run(text, np.array(value))
    np.testing.assert_array_equal(found.astype(np.float64), expected)
    assert np.signbit(found.astype(np.float64)) == np.signbit(expected)


def test_integers_round_to_bf16_once() -> None:
    text = """relay.func @main(%x: tensor<i64>) -> tensor<bf16> {
      %0 = relay.cast %x {dtype = bf16} : (tensor<i64>)
      relay.return %0 : tensor<bf16>
    }"""
    (found,) = run(text, np.array(2**24 + 2**16 + 1))
    assert int(found) == 2**24 + 2**17


def test_evaluate_op_takes_and_gives_declared_types() -> None:
    sample = SAMPLES["relay.exp"][0]
    op = sample.op_in(sample.build("bf16", 2))
    (found,) = evaluate_op(op, [np.ones((3, 2), ml_dtypes.bfloat16)])
    assert found.dtype == ml_dtypes.bfloat16
    assert (found == np.full((3, 2), np.e).astype(ml_dtypes.bfloat16)).all()


# What it refuses.

RELU = """relay.func @main(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %0 = relay.nn.relu %x : (tensor<2x?xf32>)
  relay.return %0 : tensor<2x?xf32>
}"""


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "@main: found 0 inputs, expected 1"),
        ([f32(1), f32(1)], "@main: found 2 inputs, expected 1"),
        ([f32(1)], r"@main: input 0: found float32\[1\], expected tensor<2x\?xf32>"),
        ([np.zeros((3, 4), np.float32)], r"input 0: found float32\[3, 4\], expected"),
        ([np.zeros((2, 4))], r"input 0: found float64\[2, 4\], expected tensor<2x\?xf32>"),
        ([np.zeros((2, 4), np.complex64)], "input 0: found complex64"),
    ],
)
def test_inputs_that_do_not_fit(inputs: list[Array], message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        run(RELU, *inputs)


def test_a_function_that_is_not_there() -> None:
    with pytest.raises(EvaluationError, match="@f: no such function; the module has @main"):
        run(RELU, function="f")
    with pytest.raises(EvaluationError, match="@main: no such function; the module has none"):
        run("")


def test_tuples_do_not_cross_the_border() -> None:
    text = """relay.func @main(%x: tuple<tensor<f32>>) -> tuple<tensor<f32>> {
      relay.return %x : tuple<tensor<f32>>
    }"""
    with pytest.raises(EvaluationError, match="expected a ranked tensor"):
        run(text, f32(1))
    text = """relay.func @main(%x: tensor<f32>) -> tuple<tensor<f32>> {
      %0 = relay.tuple %x : (tensor<f32>)
      relay.return %0 : tuple<tensor<f32>>
    }"""
    with pytest.raises(EvaluationError, match="a result has type tuple<tensor<f32>>"):
        run(text, np.array(1, np.float32))


ELIDED = """relay.func @main() -> tensor<20xf32> {
  %0 = relay.constant dense_resource<weight> : tensor<20xf32>
  relay.return %0 : tensor<20xf32>
}"""


def test_elided_constants() -> None:
    with pytest.raises(EvaluationError, match=r"dense_resource<weight>.* is elided"):
        run(ELIDED)
    weight = np.arange(20, dtype=np.float32)
    assert_all_equal(run(ELIDED, resources={"weight": weight}), weight)


def test_extents_that_do_not_fit_at_run_time() -> None:
    text = """relay.func @main(%x: tensor<6xf32>, %s: tensor<1xi64>) -> tensor<?xf32> {
      %0 = relay.dyn.reshape %x, %s : (tensor<6xf32>, tensor<1xi64>)
      relay.return %0 : tensor<?xf32>
    }"""
    with pytest.raises(EvaluationError, match=r"relay\.dyn\.reshape: .* expected 6"):
        run(text, np.zeros(6, np.float32), np.array([5]))


def test_a_result_that_contradicts_its_type() -> None:
    text = """relay.func @main(%x: tensor<?xf32>) -> tensor<3xf32> {
      %0 = relay.nn.relu %x : (tensor<?xf32>) -> tensor<3xf32>
      relay.return %0 : tensor<3xf32>
    }"""
    with pytest.raises(EvaluationError, match=r"relay\.nn\.relu: gave shape \[2\] for tensor<3xf3"):
        run(text, f32(1, 2))


def test_ops_of_other_dialects() -> None:
    text = """relay.func @main(%x: tensor<2xf32>) {
      "test.op"(%x) : (tensor<2xf32>) -> ()
      relay.return
    }"""
    with pytest.raises(EvaluationError, match=r"test\.op: not an op of the relay dialect"):
        run(text, f32(1, 2))

"""The op table: no op lacks a row, a sample or a test, and every row says what the op does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Attribute
from xdsl.printer import Printer

from inlay.dialects.parsing import parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay import OPS
from inlay.dialects.relay.base import RelayOp, refines, result_shapes, rows
from inlay.dialects.relay.evaluate import evaluate, evaluate_op
from inlay.dialects.relay.module import FuncOp
from inlay.dialects.relay.reduce import ArgReduceOp, ReduceOp, reduced_axes
from inlay.dialects.relay.rows import Array, Pattern
from inlay.dialects.relay.types import (
    ALL,
    FLOATS,
    dtype_of,
    is_static,
    is_tensor,
    numpy_dtype,
    shape_of,
    tensor_of,
)
from inlay.passes.manager import verify_ir
from op_checks import TOLERANCES, assert_close, assert_same, differing, naming, rng
from op_samples import SAMPLES
from op_sampling import Sample

HERE = Path(__file__).parent

each_op = pytest.mark.parametrize("name", OPS)
each_finite_op = pytest.mark.parametrize(
    "name", [n for n, op in OPS.items() if op.ROWS.keeps_finite]
)


def runs(name: str) -> Iterator[tuple[Sample, str, int]]:
    """Every element type at one odd size, one type at every other size."""
    for sample in SAMPLES[name]:
        for element in sample.elements:
            yield sample, element, 17
        for n in sample.sizes[::3]:
            yield sample, sample.exact_element, n


def result_types(module: ModuleOp) -> Sequence[Attribute]:
    """What the module's function returns."""
    (function,) = (op for op in module.ops if isinstance(op, FuncOp))
    return function.function_type.outputs.data


# No holes.


def test_every_op_has_samples_and_every_sample_an_op() -> None:
    assert set(SAMPLES) == set(OPS)


@each_op
def test_no_hole_in_the_table(name: str) -> None:
    op = OPS[name]
    assert op.name == name
    assert op.ROWS.dtypes
    assert op.ROWS.dtypes <= ALL
    assert isinstance(op.ROWS.pattern, Pattern)
    assert callable(op.ROWS.infer)
    assert callable(op.ROWS.evaluate)
    assert {element for sample in SAMPLES[name] for element in sample.elements} == op.ROWS.dtypes
    text = op.__doc__ or ""
    bases = [base for base in op.__mro__ if getattr(base, "name", None) != name]
    assert text.strip().endswith(".")
    assert text not in {base.__doc__ for base in bases}


@each_op
def test_lit_tests_show_the_op(name: str) -> None:
    pattern = re.compile(rf"^\s*(%\S+ = |%\S+, .* = )?{re.escape(name)}(?![\w.])", re.MULTILINE)
    assert any(pattern.search(path.read_text()) for path in HERE.glob("*/ops.mlir"))


# Inference, evaluation and shapes agree.


@each_op
def test_inference_and_evaluation(name: str) -> None:
    for sample, element, n in runs(name):
        with naming(sample, element, n):
            module = sample.build(element, n)
            verify_ir(module)
            inputs = sample.inputs(element, n, rng(n))
            results = evaluate(module, inputs)
            for found, type_ in zip(results, result_types(module), strict=True):
                assert refines(tensor_of(found), type_)
                assert is_static(shape_of(type_)) or rows(sample.op_in(module)).shape
            if element in FLOATS:
                check_precision(module, inputs, results)
            if n == 17 and element == sample.exact_element:
                check_unknown_extents(sample, inputs, results)


def check_precision(module: ModuleOp, inputs: Sequence[Array], results: Sequence[Array]) -> None:
    """Check that results of a declared type are those of float64, but for rounding."""
    exact = evaluate(module, inputs, precision="float64")
    for found, wide, type_ in zip(results, exact, result_types(module), strict=True):
        with np.errstate(over="ignore"):
            expected = wide.astype(numpy_dtype(type_))
        assert_close(found, expected, TOLERANCES.get(dtype_of(type_), 0))


def check_unknown_extents(
    sample: Sample, inputs: Sequence[Array], results: Sequence[Array]
) -> None:
    """Check that an op on operands with `?` infers no more and computes the same."""
    module = sample.build(sample.exact_element, 17, dynamic=True)
    verify_ir(module)
    op = sample.op_in(module)
    for found, type_ in zip(results, result_types(module), strict=True):
        assert refines(tensor_of(found), type_)
    if all(map(is_tensor, (*op.operand_types, *op.result_types))):
        assert result_shapes(op, *inputs) == [value.shape for value in results]
    for found, again in zip(results, evaluate(module, inputs), strict=True):
        assert_same(again, found)


@each_op
def test_integers_are_computed_in_integers(name: str) -> None:
    for sample in SAMPLES[name]:
        for element in {"i1", "i8", "i64", "ui64"} & set(sample.elements):
            n = max(sample.least, 7)
            with naming(sample, element, n):
                op = sample.op_in(sample.build(element, n))
                if not all(map(is_tensor, (*op.operand_types, *op.result_types))):
                    continue
                with np.errstate(all="ignore"):
                    values = rows(op).evaluate(op, *sample.inputs(element, n, rng()))
                results = [values] if isinstance(values, np.ndarray | np.generic) else values
                for value, type_ in zip(results, op.result_types, strict=True):
                    if dtype_of(type_) not in FLOATS:
                        assert np.asarray(value).dtype.kind in "iub"


@each_finite_op
def test_finite_operands_give_finite_results(name: str) -> None:
    for sample in SAMPLES[name]:
        element, n = sample.exact_element, 17
        module = sample.build(element, n)
        for seed in range(4):
            inputs = sample.inputs(element, n, rng(seed), special=False)
            if seed == 3:  # zeros, which is what padded channels hold
                operands = sample.case(element, n).operands
                inputs = [
                    array if operand.known else np.zeros_like(array)
                    for array, operand in zip(inputs, operands, strict=True)
                ]
            with naming(sample, element, n, seed):
                for value in evaluate(module, inputs):
                    assert np.isfinite(value).all()


# Text.


@each_op
def test_round_trip(name: str) -> None:
    context = make_context()
    for number, sample in enumerate(SAMPLES[name]):
        for element in sample.elements if number == 0 else [sample.exact_element]:
            with naming(sample, element):
                module = sample.build(element, max(3, sample.least))
                text = print_module(module, resources=True)
                again = parse_module(context, text)
                assert print_module(again, resources=True) == text
                assert sample.op_in(again).properties == sample.op_in(module).properties


@each_op
def test_round_trip_of_generic_form(name: str) -> None:
    sample = SAMPLES[name][-1]
    module = sample.build(sample.exact_element, max(3, sample.least))
    text = print_module(module, generic=True, resources=True)
    again = parse_module(make_context(), text)
    verify_ir(again)
    assert print_module(again, generic=True, resources=True) == text
    assert sample.op_in(again).properties == sample.op_in(module).properties


def test_a_result_type_may_be_left_out() -> None:
    context = make_context()
    for samples in SAMPLES.values():
        module = samples[0].build(samples[0].exact_element, 3)
        op = samples[0].op_in(module)
        stream = StringIO()
        Printer(stream).print_op(op)
        whole = stream.getvalue()
        short = re.sub(r" -> [^{}]*$", "", whole)
        if short != whole:
            text = print_module(module)
            again = parse_module(context, text.replace(whole, short))
            assert print_module(again) == text


# Patterns.


@each_op
def test_pattern(name: str) -> None:
    checks = {
        Pattern.ELEMWISE: check_elementwise,
        Pattern.BROADCAST: check_one_to_many,
        Pattern.INJECTIVE: check_injective,
        Pattern.COMM_REDUCE: check_reduction,
    }
    check = checks.get(OPS[name].ROWS.pattern)
    if check is None:
        return
    for sample in SAMPLES[name]:
        with naming(sample):
            element, n = sample.exact_element, 7
            op = sample.op_in(sample.build(element, n))
            if all(map(is_tensor, op.operand_types)):
                check(sample, op, sample.inputs(element, n, rng(), special=False))


def check_elementwise(sample: Sample, op: RelayOp, inputs: Sequence[Array]) -> None:
    """Permuting the operands' elements permutes the results'."""
    (expected,) = evaluate_op(op, inputs)
    order = rng(1).permutation(expected.size)

    def permuted(array: Array) -> Array:
        return array.reshape(-1)[order].reshape(array.shape)

    moved = [permuted(array) if array.shape == expected.shape else array for array in inputs]
    assert all(array.shape in (expected.shape, ()) for array in inputs)
    assert_same(evaluate_op(op, moved)[0], permuted(expected))


def check_one_to_many(sample: Sample, op: RelayOp, inputs: Sequence[Array]) -> None:
    """No element of a result depends on two elements of one operand."""
    expected = evaluate_op(op, inputs)
    operands = sample.case(sample.exact_element, 7).operands
    for at, (operand, array) in enumerate(zip(operands, inputs, strict=True)):
        if operand.element is not None:  # indices and shapes
            continue
        reached = np.zeros(sum(value.size for value in expected), np.int64)
        for place in rng(at).permutation(array.size)[:30]:
            changed = array.copy()
            flat = changed.reshape(-1)
            flat[place] = not flat[place] if array.dtype == np.bool_ else flat[place] + 1
            results = evaluate_op(op, [*inputs[:at], changed, *inputs[at + 1 :]])
            differ = [differing(new, old) for new, old in zip(results, expected, strict=True)]
            reached += np.concatenate([mask.reshape(-1) for mask in differ])
        assert reached.max(initial=0) <= 1


# They interpolate between elements, and are injective for fusion all the same, as in Relay.
INTERPOLATING = {"linear", "asymmetric", "bilinear"}


def check_injective(sample: Sample, op: RelayOp, inputs: Sequence[Array]) -> None:
    """Elements are moved, or are constants."""
    if sample.name in INTERPOLATING or not inputs:
        return
    check_one_to_many(sample, op, inputs)
    known = np.concatenate([array.reshape(-1) for array in inputs] + [np.array([0, 1])])
    for value in evaluate_op(op, inputs):
        assert np.isin(value, known).all()


def check_reduction(sample: Sample, op: RelayOp, inputs: Sequence[Array]) -> None:
    """The order of the elements along a reduced axis does not matter."""
    assert isinstance(op, ReduceOp)
    if isinstance(op, ArgReduceOp):
        return
    data, *others = inputs
    (expected,) = evaluate_op(op, inputs)
    for axis in reduced_axes(op):
        (found,) = evaluate_op(op, [np.flip(data, axis), *others])
        assert_close(found, expected, 1e-12)

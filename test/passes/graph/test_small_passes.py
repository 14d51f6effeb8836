"""The small graph passes: their documented examples, and what they compute before and after."""

import importlib
import re
from collections import Counter
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from xdsl.dialects.builtin import ArrayAttr, ModuleOp, SymbolRefAttr

from inlay.dialects.parsing import parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay.arithmetic import AddOp
from inlay.dialects.relay.constant import ConstantOp
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import FuncOp
from inlay.dialects.relay.resources import Resource, ResourceAttr
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import DYNAMIC, numpy_dtype, shape_of, tensor_of
from inlay.frontends.builder import GraphBuilder
from inlay.passes.manager import PassManager
from inlay.passes.statistics import collect


def parse(text: str) -> ModuleOp:
    return parse_module(make_context(), text, "test.mlir")


def run(pipeline: str, module: ModuleOp) -> Counter[str]:
    """Run a pipeline and give what its passes counted."""
    with collect() as counts:
        PassManager.parse(pipeline).run(make_context(), module)
    return counts


# ---------------------------------------------------------------- documented examples

PASSES = {
    "simplify-inference": "",
    "canonicalize-ops": "",
    "fast-math": "",
    "dead-code-elimination": "",
    "eliminate-common-subexpr": "",
    "simplify-expr": "",
    "combine-parallel-conv2d": "{min-num-branches=2}",
    "combine-parallel-dense": "{min-num-branches=2}",
    "convert-layout": "{desired-layout=NHWC}",
}


def documented(name: str) -> tuple[str, str]:
    """The IR before and after in the docstring of a pass's file."""
    module = importlib.import_module(f"inlay.passes.graph.{name.replace('-', '_')}")
    before, after = re.split(r"^After:$", module.__doc__ or "", flags=re.MULTILINE)
    _, before = re.split(r"^Before.*:$", before, flags=re.MULTILINE)
    return dedent(before), dedent(after)


@pytest.mark.parametrize("name", PASSES)
def test_the_example_in_the_docstring_is_real(name: str):
    before, after = documented(name)
    module = parse(before)
    run(name + PASSES[name], module)
    assert print_module(module) == print_module(parse(after))


@pytest.mark.parametrize("name", PASSES)
def test_running_twice_changes_nothing_more(name: str):
    module = parse(documented(name)[0])
    run(name + PASSES[name], module)
    once = print_module(module)
    run(name + PASSES[name], module)
    assert print_module(module) == once


# ---------------------------------------------------------------- values are preserved

NETWORK = """
relay.func private @scale(%x: tensor<2x8x5x5xf32>) -> tensor<2x8x5x5xf32> {
  %two = relay.constant dense<2.0> : tensor<f32>
  %0 = relay.multiply %x, %two : (tensor<2x8x5x5xf32>, tensor<f32>)
  relay.return %0 : tensor<2x8x5x5xf32>
}
relay.func @main(%x: tensor<2x4x5x5xf32>, %c: tensor<i1>, %p: tensor<8x4x3x3xf32>,
    %q: tensor<8x4x3x3xf32>, %r: tensor<3x4x3x3xf32>, %g: tensor<8xf32>, %b: tensor<8xf32>,
    %d: tensor<3xf32>, %k: tensor<6x200xf32>)
    -> (tensor<2x8x5x5xf32>, tensor<2x3x5x5xf32>, tensor<2x8x5x5xf32>, tensor<2x18xf32>) {
  %var = relay.constant dense<[1.0, 2.0, 0.5, 0.25, 3.0, 1.5, 0.1, 1.0]> : tensor<8xf32>
  %p0 = relay.nn.conv2d %x, %p {padding = array<i64: 1, 1, 1, 1>}
      : (tensor<2x4x5x5xf32>, tensor<8x4x3x3xf32>)
  %p1 = relay.nn.batch_norm %p0, %g, %b, %b, %var
      : (tensor<2x8x5x5xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
  %p2 = relay.nn.relu %p1 : (tensor<2x8x5x5xf32>)
  %q0 = relay.nn.conv2d %x, %q {padding = array<i64: 1, 1, 1, 1>}
      : (tensor<2x4x5x5xf32>, tensor<8x4x3x3xf32>)
  %q1 = relay.nn.bias_add %q0, %b : (tensor<2x8x5x5xf32>, tensor<8xf32>)
  %q2 = relay.nn.relu %q1 : (tensor<2x8x5x5xf32>)
  %r0 = relay.nn.conv2d %x, %r {padding = array<i64: 1, 1, 1, 1>}
      : (tensor<2x4x5x5xf32>, tensor<3x4x3x3xf32>)
  %r1 = relay.nn.bias_add %r0, %d : (tensor<2x3x5x5xf32>, tensor<3xf32>)
  %r2 = relay.tanh %r1 : (tensor<2x3x5x5xf32>)
  %again = relay.nn.relu %p1 : (tensor<2x8x5x5xf32>)
  %picked, %unused = relay.if %c -> (tensor<2x8x5x5xf32>, tensor<2x8x5x5xf32>) {
    %0 = relay.nn.relu %q2 : (tensor<2x8x5x5xf32>)
    %1 = relay.add %0, %again : (tensor<2x8x5x5xf32>, tensor<2x8x5x5xf32>)
    relay.yield %1, %0 : tensor<2x8x5x5xf32>, tensor<2x8x5x5xf32>
  } else {
    %2 = relay.call @scale(%p2) : (tensor<2x8x5x5xf32>) -> tensor<2x8x5x5xf32>
    relay.yield %2, %2 : tensor<2x8x5x5xf32>, tensor<2x8x5x5xf32>
  }
  %flat = relay.nn.batch_flatten %p2 : (tensor<2x8x5x5xf32>)
  %row = relay.reshape %flat {newshape = array<i64: 0, -1>} : (tensor<2x200xf32>)
  %f0 = relay.nn.dense %row, %k : (tensor<2x200xf32>, tensor<6x200xf32>)
  %f1 = relay.nn.dense %row, %k : (tensor<2x200xf32>, tensor<6x200xf32>)
  %f2 = relay.nn.dense %row, %k : (tensor<2x200xf32>, tensor<6x200xf32>)
  %e1 = relay.exp %f1 : (tensor<2x6xf32>)
  %f = relay.concatenate %f0, %e1, %f2 {axis = 1 : i64}
      : (tensor<2x6xf32>, tensor<2x6xf32>, tensor<2x6xf32>)
  relay.return %p2, %r2, %picked, %f
      : tensor<2x8x5x5xf32>, tensor<2x3x5x5xf32>, tensor<2x8x5x5xf32>, tensor<2x18xf32>
}
"""

ALL_PASSES = ",".join(name + options for name, options in PASSES.items())


def network_inputs(condition: bool) -> list[Array]:
    rng = np.random.default_rng(1)
    shapes = [(2, 4, 5, 5), (8, 4, 3, 3), (8, 4, 3, 3), (3, 4, 3, 3), (8,), (8,), (3,), (6, 200)]
    arrays = [(rng.standard_normal(shape) * 0.3).astype(np.float32) for shape in shapes]
    return [arrays[0], np.array(condition), *arrays[1:]]


@pytest.mark.parametrize("condition", [False, True])
@pytest.mark.parametrize("pipeline", [*(n + o for n, o in PASSES.items()), ALL_PASSES])
def test_a_network_computes_the_same(pipeline: str, condition: bool):
    inputs = network_inputs(condition)
    expected = evaluate(parse(NETWORK), inputs)
    module = parse(NETWORK)
    counts = run(pipeline, module)
    assert counts.total() > 0
    for found, wanted in zip(evaluate(module, inputs), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def lit_cases() -> list[tuple[str, str]]:
    """The pipeline and the IR of each part of the passes' lit tests."""
    folder = Path(__file__).parent
    return [
        (name + options, part)
        for name, options in PASSES.items()
        for part in (folder / f"{name}.mlir").read_text(encoding="utf-8").split("// -----")
    ]


@pytest.mark.parametrize(("pipeline", "text"), lit_cases())
def test_the_functions_of_the_lit_tests_compute_the_same(pipeline: str, text: str):
    before, after = parse(text), parse(text)
    run(pipeline, after)
    public = [op for op in before.ops if isinstance(op, FuncOp) and op.sym_visibility is None]
    assert public
    for func in public:
        name, inputs = func.sym_name.data, random_inputs(func)
        for found, wanted in zip(
            evaluate(after, inputs, function=name),
            evaluate(before, inputs, function=name),
            strict=True,
        ):
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def random_inputs(func: FuncOp) -> list[Array]:
    """Random arrays for a function's parameters; `?` is 3."""
    rng = np.random.default_rng(0)
    shapes = [
        [3 if extent == DYNAMIC else extent for extent in shape_of(argument.type)]
        for argument in func.args
    ]
    return [
        np.asarray(rng.standard_normal(shape) * 3).astype(numpy_dtype(argument.type))
        for shape, argument in zip(shapes, func.args, strict=True)
    ]


def test_what_the_passes_count():
    module = parse(NETWORK)
    assert run("simplify-inference", module) == {"simplified": 1}
    assert run("canonicalize-ops", module) == {"canonicalized": 2}
    assert run("fast-math", module) == {"replaced": 2}
    assert run("eliminate-common-subexpr", module)["merged"] == 3
    # relu(relu(x)), and the reshape of a flattened tensor to the same shape
    assert run("simplify-expr", module) == {"simplified": 2}
    assert run("dead-code-elimination", module) == {"results-dropped": 1}


# ---------------------------------------------------------------- eliminate-common-subexpr


def test_constants_are_merged_by_their_arrays_not_by_their_keys():
    values = np.arange(32, dtype=np.float32)
    builder = GraphBuilder()
    same = [builder.constant(values, name) for name in ("a", "b", "c")]
    for value, array in zip(same, (values, values, values + 1), strict=True):
        assert isinstance(value.owner, ConstantOp)
        value.owner.value = ResourceAttr(Resource("key", tensor_of(array), array))
    module = builder.finish(*(builder.emit(AddOp, value, value) for value in same))
    expected = evaluate(module, [])
    assert run("eliminate-common-subexpr", module) == {"merged": 2}
    np.testing.assert_array_equal(evaluate(module, []), expected)


# ---------------------------------------------------------------- dead-code-elimination


def test_a_function_that_an_attribute_names_stays():
    module = parse("""
    relay.func private @kept() { relay.return }
    relay.func private @gone() { relay.return }
    """)
    module.attributes["entry"] = ArrayAttr([SymbolRefAttr("kept")])
    assert run("dead-code-elimination", module) == {"functions": 1}
    assert [op.sym_name.data for op in module.ops if isinstance(op, FuncOp)] == ["kept"]

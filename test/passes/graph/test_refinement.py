"""Types that come to be known better: what follows from them, and where they must stay."""

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp, TupleType
from xdsl.ir import Attribute

from inlay.dialects.parsing import parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay.evaluate import EvaluationError, evaluate
from inlay.dialects.relay.module import FuncOp
from inlay.dialects.relay.types import DYNAMIC, tensor
from inlay.passes.graph.refinement import meet
from inlay.passes.manager import PassManager


def parse(text: str) -> ModuleOp:
    return parse_module(make_context(), text, "test.mlir")


def run(pipeline: str, module: ModuleOp) -> ModuleOp:
    PassManager.parse(pipeline).run(make_context(), module)
    return module


def result_types(module: ModuleOp) -> tuple[Attribute, ...]:
    (main,) = [op for op in module.ops if isinstance(op, FuncOp) and op.sym_name.data == "main"]
    return main.function_type.outputs.data


# ---------------------------------------------------------------- meet


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((), (), ()),
        ((DYNAMIC, 3), (2, DYNAMIC), (2, 3)),
        ((DYNAMIC, 0), (DYNAMIC, 0), (DYNAMIC, 0)),
        ((2,), (3,), None),
        ((2,), (2, 1), None),
    ],
)
def test_the_meet_of_two_types_has_the_extents_of_both(
    left: tuple[int, ...], right: tuple[int, ...], expected: tuple[int, ...] | None
):
    a, b = tensor("f32", left), tensor("f32", right)
    wanted = None if expected is None else tensor("f32", expected)
    assert meet(a, b) == meet(b, a) == wanted
    assert meet(TupleType((a, b)), TupleType((b, a))) == (
        None if wanted is None else TupleType((wanted, wanted))
    )


def test_other_types_meet_themselves_only():
    assert meet(tensor("f32", (2,)), tensor("i32", (2,))) is None
    assert meet(tensor("f32", (2,)), TupleType((tensor("f32", (2,)),))) is None
    assert meet(TupleType(()), TupleType((tensor("f32", (2,)),))) is None


# ---------------------------------------------------------------- computed shapes

# As ONNX writes x.view(x.shape[0], -1), then the same of its result.
COMPUTED = """
relay.func @main(%x: tensor<2x3x4xf32>) -> (tensor<?x?xf32>, tensor<?x?x?xf32>) {
  %zero = relay.constant dense<[0]> : tensor<1xi64>
  %rest = relay.constant dense<[-1]> : tensor<1xi64>
  %s = relay.shape_of %x {dtype = i64} : (tensor<2x3x4xf32>)
  %n = relay.take %s, %zero {axis = 0 : i64} : (tensor<3xi64>, tensor<1xi64>)
  %to = relay.concatenate %n, %rest {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>)
  %flat = relay.dyn.reshape %x, %to : (tensor<2x3x4xf32>, tensor<2xi64>)
  %y = relay.exp %flat : (tensor<?x?xf32>)
  %s1 = relay.shape_of %y {dtype = i64} : (tensor<?x?xf32>)
  %to1 = relay.concatenate %rest, %s1 {axis = 0 : i64} : (tensor<1xi64>, tensor<2xi64>)
  %z = relay.dyn.reshape %y, %to1 : (tensor<?x?xf32>, tensor<3xi64>)
  relay.return %y, %z : tensor<?x?xf32>, tensor<?x?x?xf32>
}
"""


@pytest.mark.parametrize(
    "pipeline", [",".join(["simplify-expr,fold-constant"] * 3), "fold-constant"]
)
def test_computed_shapes_become_static(pipeline: str):
    inputs = [np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4)]
    expected = evaluate(parse(COMPUTED), inputs)
    module = run(pipeline, parse(COMPUTED))
    assert result_types(module) == (tensor("f32", (2, 12)), tensor("f32", (1, 2, 12)))
    assert [op.name for op in module.body.walk() if "dyn" in op.name or "shape_of" in op.name] == []
    for found, wanted in zip(evaluate(module, inputs), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_an_op_of_constants_folds_whatever_its_type_leaves_open():
    module = run(
        "fold-constant",
        parse("""
        relay.func @main() -> (tensor<?xi32>, tensor<?x?xf32>) {
          %a = relay.constant dense<0> : tensor<i32>
          %b = relay.constant dense<3> : tensor<i32>
          %c = relay.constant dense<1> : tensor<i32>
          %0 = relay.dyn.arange %a, %b, %c : (tensor<i32>, tensor<i32>, tensor<i32>)
          %shape = relay.constant dense<[0, 2]> : tensor<2xi64>
          %one = relay.constant dense<1.0> : tensor<f32>
          %1 = relay.dyn.broadcast_to %one, %shape : (tensor<f32>, tensor<2xi64>)
          relay.return %0, %1 : tensor<?xi32>, tensor<?x?xf32>
        }
        """),
    )
    assert [op.name for op in module.body.walk()][1:] == ["relay.constant"] * 2 + ["relay.return"]
    arange, empty = evaluate(module, [])
    np.testing.assert_array_equal(arange, [0, 1, 2])
    assert empty.shape == (0, 2)


def test_what_would_grow_too_large_only_becomes_static():
    module = run(
        "fold-constant{max-growth=16}",
        parse("""
        relay.func @main() -> tensor<?x?xf32> {
          %shape = relay.constant dense<[64, 64]> : tensor<2xi64>
          %one = relay.constant dense<1.0> : tensor<f32>
          %0 = relay.dyn.broadcast_to %one, %shape : (tensor<f32>, tensor<2xi64>)
          relay.return %0 : tensor<?x?xf32>
        }
        """),
    )
    assert "relay.broadcast_to" in [op.name for op in module.body.walk()]
    assert result_types(module) == (tensor("f32", (64, 64)),)


# ---------------------------------------------------------------- where types must stay

STAYING = {
    "a called function's result": """
relay.func private @f(%x: tensor<6xf32>) -> tensor<?xf32> {
  %to = relay.constant dense<[6]> : tensor<1xi64>
  %0 = relay.dyn.reshape %x, %to : (tensor<6xf32>, tensor<1xi64>)
  relay.return %0 : tensor<?xf32>
}
relay.func @main(%x: tensor<6xf32>) -> tensor<?xf32> {
  %0 = relay.call @f(%x) : (tensor<6xf32>) -> tensor<?xf32>
  relay.return %0 : tensor<?xf32>
}
""",
    "the argument of a call, far below": """
relay.func private @f(%x: tuple<tensor<?xf32>, tensor<?xf32>>) -> tensor<?xf32> {
  %0 = relay.tuple_get_item %x {index = 0 : i64} : (tuple<tensor<?xf32>, tensor<?xf32>>)
  relay.return %0 : tensor<?xf32>
}
relay.func @main(%x: tensor<6xf32>) -> tensor<?xf32> {
  %to = relay.constant dense<[6]> : tensor<1xi64>
  %0 = relay.dyn.reshape %x, %to : (tensor<6xf32>, tensor<1xi64>)
  %1 = relay.exp %0 : (tensor<?xf32>)
  %2 = relay.tuple %1, %0 : (tensor<?xf32>, tensor<?xf32>)
  %3 = relay.call @f(%2) : (tuple<tensor<?xf32>, tensor<?xf32>>) -> tensor<?xf32>
  relay.return %3 : tensor<?xf32>
}
""",
    "what an if yields": """
relay.func @main(%x: tensor<6xf32>, %c: tensor<i1>) -> tensor<?xf32> {
  %to = relay.constant dense<[6]> : tensor<1xi64>
  %0 = relay.dyn.reshape %x, %to : (tensor<6xf32>, tensor<1xi64>)
  %1 = relay.if %c -> tensor<?xf32> {
    %2 = relay.exp %0 : (tensor<?xf32>)
    relay.yield %2 : tensor<?xf32>
  } else {
    relay.yield %0 : tensor<?xf32>
  }
  relay.return %1 : tensor<?xf32>
}
""",
    "an operand that would contradict another": """
relay.func @main(%x: tensor<6xf32>, %y: tensor<5xf32>) -> tensor<5xf32> {
  %to = relay.constant dense<[6]> : tensor<1xi64>
  %0 = relay.dyn.reshape %x, %to : (tensor<6xf32>, tensor<1xi64>)
  %1 = relay.exp %0 : (tensor<?xf32>)
  %2 = relay.add %1, %y : (tensor<?xf32>, tensor<5xf32>)
  relay.return %2 : tensor<5xf32>
}
""",
    "a shape that does not fit the data": """
relay.func @main(%x: tensor<6xf32>, %c: tensor<i1>) -> tensor<?xf32> {
  %to = relay.constant dense<[7]> : tensor<1xi64>
  %two = relay.constant dense<1.0> : tensor<2xf32>
  %0 = relay.if %c -> tensor<?xf32> {
    %1 = relay.dyn.reshape %x, %to : (tensor<6xf32>, tensor<1xi64>)
    relay.yield %1 : tensor<?xf32>
  } else {
    %2 = relay.dyn.reshape %two, %to : (tensor<2xf32>, tensor<1xi64>)
    relay.yield %2 : tensor<?xf32>
  }
  relay.return %0 : tensor<?xf32>
}
""",
    "a constant's written type that its shape contradicts": """
relay.func @main(%c: tensor<i1>) -> tensor<3xf32> {
  %to = relay.constant dense<[2]> : tensor<1xi64>
  %two = relay.constant dense<1.0> : tensor<2xf32>
  %three = relay.constant dense<1.0> : tensor<3xf32>
  %0 = relay.if %c -> tensor<3xf32> {
    %1 = relay.dyn.reshape %two, %to : (tensor<2xf32>, tensor<1xi64>) -> tensor<3xf32>
    relay.yield %1 : tensor<3xf32>
  } else {
    relay.yield %three : tensor<3xf32>
  }
  relay.return %0 : tensor<3xf32>
}
""",
}


@pytest.mark.parametrize("name", STAYING)
@pytest.mark.parametrize("pipeline", ["simplify-expr", "fold-constant"])
def test_nothing_changes_where_a_type_must_stay(name: str, pipeline: str):
    before = print_module(parse(STAYING[name]))
    assert print_module(run(pipeline, parse(STAYING[name]))) == before


def test_a_contradiction_is_left_to_whoever_runs_it():
    text = STAYING["a constant's written type that its shape contradicts"]
    module = run("simplify-expr,fold-constant", parse(text))
    np.testing.assert_array_equal(evaluate(module, [np.array(False)])[0], [1, 1, 1])
    with pytest.raises(EvaluationError, match="gave shape"):
        evaluate(module, [np.array(True)])


def test_tuples_of_refined_values_follow():
    module = run(
        "fold-constant",
        parse("""
        relay.func @main(%x: tensor<6xf32>, %y: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
          %to = relay.constant dense<[2, 3]> : tensor<2xi64>
          %0 = relay.dyn.reshape %x, %to : (tensor<6xf32>, tensor<2xi64>)
          %1 = relay.tuple %0, %y : (tensor<?x?xf32>, tensor<?xf32>)
          %2 = relay.tuple_get_item %1 {index = 0 : i64} : (tuple<tensor<?x?xf32>, tensor<?xf32>>)
          %3 = relay.tuple_get_item %1 {index = 1 : i64} : (tuple<tensor<?x?xf32>, tensor<?xf32>>)
          %4 = relay.sum %2 {axis = array<i64: 0>} : (tensor<?x?xf32>)
          relay.return %4, %3 : tensor<?xf32>, tensor<?xf32>
        }
        """),
    )
    assert result_types(module) == (tensor("f32", (3,)), tensor("f32", (DYNAMIC,)))

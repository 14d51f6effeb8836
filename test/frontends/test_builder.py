"""GraphBuilder: the modules it makes, the names it gives, and its errors."""

import numpy as np
import pytest
from xdsl.dialects.builtin import NameLoc
from xdsl.ir import OpResult
from xdsl.utils.exceptions import VerifyException

from inlay.dialects.relay.activation import ReluOp
from inlay.dialects.relay.arithmetic import AddOp
from inlay.dialects.relay.constant import ConstantOp, constant_array
from inlay.dialects.relay.conv import Conv2dOp
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import FuncOp
from inlay.dialects.relay.types import DYNAMIC, tensor
from inlay.frontends.builder import BuilderError, GraphBuilder


def test_a_graph_runs():
    b = GraphBuilder()
    x = b.input("data", (1, 2, 3, 3))
    weight = b.constant(np.ones((4, 2, 3, 3), np.float32), "weight")
    y = b.emit(Conv2dOp, x, weight, padding=(1, 1, 1, 1), name="conv")
    module = b.finish(b.emit(AddOp, b.emit(ReluOp, y), b.scalar(0.5)))
    module.verify()
    (result,) = evaluate(module, [np.ones((1, 2, 3, 3), np.float32)])
    window = np.array([[4, 6, 4], [6, 9, 6], [4, 6, 4]])
    np.testing.assert_array_equal(result, np.broadcast_to(2 * window + 0.5, (1, 4, 3, 3)))


def test_names_become_ssa_names_and_locations():
    b = GraphBuilder("f")
    x = b.input("the data", (2,))
    weight = b.constant(np.ones(2, np.float32), "fc.weight")
    y = b.emit(AddOp, x, weight, name="fc.add")
    assert (x.name_hint, weight.name_hint, y.name_hint) == ("the_data", "fc.weight", "fc.add")
    assert isinstance(y, OpResult)
    assert isinstance(y.op.location, NameLoc)
    assert y.op.location.desc.data == "fc.add"
    assert "relay.func @f(%the_data: tensor<2xf32>) -> tensor<2xf32>" in str(b.finish(y))


def test_the_function_has_the_inputs_and_results_given():
    b = GraphBuilder()
    x = b.input("x", (DYNAMIC, 3), "f16")
    flag = b.input("flag", (), "i1")
    module = b.finish(flag, x, x)
    module.verify()
    (function,) = module.ops
    assert isinstance(function, FuncOp)
    x_type, flag_type = tensor("f16", (DYNAMIC, 3)), tensor("i1", ())
    assert function.function_type.inputs.data == (x_type, flag_type)
    assert function.function_type.outputs.data == (flag_type, x_type, x_type)


def test_an_input_may_come_after_ops():
    b = GraphBuilder()
    y = b.emit(ReluOp, b.input("x", (2,)))
    b.finish(b.emit(AddOp, y, b.input("z", (2,)))).verify()


def test_no_results():
    module = GraphBuilder().finish()
    module.verify()
    assert evaluate(module, []) == []


def test_constants_are_kept_and_read_only():
    b = GraphBuilder()
    array = np.arange(32, dtype=np.float32)
    assert constant_array(b.constant(array, "w")) is array
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


@pytest.mark.parametrize("size", [0, 1, 16, 17])
def test_constants_of_any_size(size: int):
    b = GraphBuilder()
    array = np.arange(size, dtype=np.int64)
    (result,) = evaluate(b.finish(b.constant(array)), [])
    np.testing.assert_array_equal(result, array)
    assert result.dtype == np.int64


def test_a_scalar_has_rank_0_and_its_element_type():
    b = GraphBuilder()
    value = b.scalar(2, "i32")
    assert value.type == tensor("i32", ())
    assert isinstance(value.owner, ConstantOp)


def test_a_constants_name_is_taken_once():
    b = GraphBuilder()
    b.constant(np.zeros(2, np.float32), "w")
    with pytest.raises(BuilderError, match="constant w: the key w is taken"):
        b.constant(np.zeros(2, np.float32), "w")


def test_finish_twice():
    b = GraphBuilder("f")
    b.finish()
    with pytest.raises(BuilderError, match="@f: finish was called twice"):
        b.finish()


def test_operands_that_do_not_fit():
    b = GraphBuilder()
    x = b.input("x", (2, 3))
    with pytest.raises(VerifyException, match=r"relay\.add"):
        b.emit(AddOp, x, b.input("y", (4,)))

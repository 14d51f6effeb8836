"""Kernels of relay functions with extents known only at run time, called with several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from xdsl.parser import Parser

from compiled_ops import CompiledFunctions
from inlay.dialects.registry import make_context
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import FuncOp
from inlay.dialects.relay.types import DYNAMIC, numpy_dtype, shape_of

FUNCTIONS = {
    "the first of the greatest elements, or none": """
relay.func @f(%x: tensor<3x?xf32>) -> tensor<3xi32> {
  %0 = relay.argmax %x {axis = array<i64: 1>} : (tensor<3x?xf32>) -> tensor<3xi32>
  relay.return %0 : tensor<3xi32>
}""",
    "the last of the least elements, or none": """
relay.func @f(%x: tensor<?x5xf32>) -> tensor<5xi32> {
  %0 = relay.argmin %x {axis = array<i64: 0>, select_last_index = true}
    : (tensor<?x5xf32>) -> tensor<5xi32>
  relay.return %0 : tensor<5xi32>
}""",
}

EXTENTS = (0, 1, 2, 7, 33)


def _filled(shape: Sequence[int], extent: int) -> list[int]:
    return [extent if each == DYNAMIC else each for each in shape]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_computes_what_the_evaluator_does(name: str) -> None:
    module = Parser(make_context(), FUNCTIONS[name]).parse_module()
    function = module.clone().body.block.first_op
    assert isinstance(function, FuncOp)
    types = [argument.type for argument in function.args]
    compiled = CompiledFunctions([function])
    for extent in EXTENTS:
        rng = np.random.default_rng(extent)
        inputs = [
            rng.integers(-3, 4, _filled(shape_of(type_), extent)).astype(numpy_dtype(type_))
            for type_ in types
        ]
        wanted = evaluate(module, inputs, function="f")
        found = compiled(0, inputs, [array.shape for array in wanted])
        for actual, expected in zip(found, wanted, strict=True):
            np.testing.assert_allclose(
                actual, expected, rtol=1e-5, atol=1e-5, err_msg=f"extent {extent}"
            )

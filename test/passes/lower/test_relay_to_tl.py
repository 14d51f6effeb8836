"""Groups of fused ops, compiled as kernels, give what the evaluator gives.

Each function here asks something of how relay-to-tl places values: in the finish of a nest, in
memory of the kernel, or nowhere.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.parser import Parser

from compiled_ops import CompiledFunctions
from inlay.dialects.registry import make_context
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import FuncOp
from inlay.dialects.relay.types import numpy_dtype, shape_of

_IMAGE = "tensor<1x4x5x6xf32>"
_CONV = "relay.nn.conv2d %x, %w {padding = array<i64: 1, 1, 1, 1>}"
_CONVOLVE = f"{_CONV} : ({_IMAGE}, tensor<4x4x3x3xf32>) -> {_IMAGE}"

FUNCTIONS = {
    "two outputs of one convolution": f"""
relay.func @f(%x: {_IMAGE}, %w: tensor<4x4x3x3xf32>, %b: tensor<4xf32>, %r: {_IMAGE})
    -> ({_IMAGE}, {_IMAGE}) {{
  %0 = {_CONVOLVE}
  %1 = relay.nn.bias_add %0, %b : ({_IMAGE}, tensor<4xf32>) -> {_IMAGE}
  %2 = relay.add %1, %r : ({_IMAGE}, {_IMAGE}) -> {_IMAGE}
  %3 = relay.nn.relu %2 : ({_IMAGE}) -> {_IMAGE}
  relay.return %2, %3 : {_IMAGE}, {_IMAGE}
}}""",
    "an anchor's result and what follows": f"""
relay.func @f(%x: {_IMAGE}, %w: tensor<4x4x3x3xf32>) -> ({_IMAGE}, {_IMAGE}) {{
  %0 = {_CONVOLVE}
  %1 = relay.nn.relu %0 : ({_IMAGE}) -> {_IMAGE}
  relay.return %0, %1 : {_IMAGE}, {_IMAGE}
}}""",
    "a pool and elementwise ops": f"""
relay.func @f(%x: {_IMAGE}, %s: tensor<4x1x1xf32>) -> tensor<1x4x3x3xf32> {{
  %0 = relay.nn.avg_pool2d %x {{pool_size = array<i64: 3, 3>, strides = array<i64: 2, 2>,
                                padding = array<i64: 1, 1, 1, 1>}}
    : ({_IMAGE}) -> tensor<1x4x3x3xf32>
  %1 = relay.multiply %0, %s : (tensor<1x4x3x3xf32>, tensor<4x1x1xf32>) -> tensor<1x4x3x3xf32>
  %2 = relay.nn.relu %1 : (tensor<1x4x3x3xf32>) -> tensor<1x4x3x3xf32>
  relay.return %2 : tensor<1x4x3x3xf32>
}}""",
    "two nests, the second in loops of its own": """
relay.func @f(%x: tensor<3x5xf32>, %w: tensor<7x5xf32>, %g: tensor<7xf32>) -> tensor<3x7xf32> {
  %0 = relay.nn.dense %x, %w : (tensor<3x5xf32>, tensor<7x5xf32>) -> tensor<3x7xf32>
  %1 = relay.nn.rms_norm %0, %g : (tensor<3x7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  %2 = relay.add %1, %0 : (tensor<3x7xf32>, tensor<3x7xf32>) -> tensor<3x7xf32>
  relay.return %2 : tensor<3x7xf32>
}""",
    "a softmax of a dense layer with a bias": """
relay.func @f(%x: tensor<3x5xf32>, %w: tensor<7x5xf32>, %b: tensor<7xf32>) -> tensor<3x7xf32> {
  %0 = relay.nn.dense %x, %w : (tensor<3x5xf32>, tensor<7x5xf32>) -> tensor<3x7xf32>
  %1 = relay.add %0, %b : (tensor<3x7xf32>, tensor<7xf32>) -> tensor<3x7xf32>
  %2 = relay.nn.softmax %1 : (tensor<3x7xf32>) -> tensor<3x7xf32>
  relay.return %2 : tensor<3x7xf32>
}""",
    "a reduction of what an elementwise op makes of a convolution": f"""
relay.func @f(%x: {_IMAGE}, %w: tensor<4x4x3x3xf32>) -> tensor<1x4x1x1xf32> {{
  %0 = {_CONVOLVE}
  %1 = relay.nn.relu %0 : ({_IMAGE}) -> {_IMAGE}
  %2 = relay.nn.global_avg_pool2d %1 : ({_IMAGE}) -> tensor<1x4x1x1xf32>
  relay.return %2 : tensor<1x4x1x1xf32>
}}""",
    "an injective op behind a convolution": f"""
relay.func @f(%x: {_IMAGE}, %w: tensor<4x4x3x3xf32>) -> (tensor<1x6x5x4xf32>, {_IMAGE}) {{
  %0 = {_CONVOLVE}
  %1 = relay.nn.relu %0 : ({_IMAGE}) -> {_IMAGE}
  %2 = relay.transpose %1 {{axes = array<i64: 0, 3, 2, 1>}} : ({_IMAGE}) -> tensor<1x6x5x4xf32>
  %3 = relay.nn.relu %2 : (tensor<1x6x5x4xf32>) -> tensor<1x6x5x4xf32>
  %4 = relay.add %1, %x : ({_IMAGE}, {_IMAGE}) -> {_IMAGE}
  relay.return %3, %4 : tensor<1x6x5x4xf32>, {_IMAGE}
}}""",
    "a sum of a convolution and its transpose": """
relay.func @f(%x: tensor<1x3x4x4xf32>, %w: tensor<3x3x1x1xf32>) -> tensor<1x3x4x4xf32> {
  %0 = relay.nn.conv2d %x, %w
    : (tensor<1x3x4x4xf32>, tensor<3x3x1x1xf32>) -> tensor<1x3x4x4xf32>
  %1 = relay.nn.relu %0 : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  %2 = relay.transpose %1 {axes = array<i64: 0, 1, 3, 2>}
    : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  %3 = relay.add %2, %0 : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  relay.return %3 : tensor<1x3x4x4xf32>
}""",
    "a diamond": """
relay.func @f(%x: tensor<3x5xf32>, %y: tensor<5xf32>) -> (tensor<3x5xf32>, tensor<3x5xf32>) {
  %0 = relay.add %x, %y : (tensor<3x5xf32>, tensor<5xf32>) -> tensor<3x5xf32>
  %1 = relay.nn.relu %0 : (tensor<3x5xf32>) -> tensor<3x5xf32>
  %2 = relay.multiply %0, %y : (tensor<3x5xf32>, tensor<5xf32>) -> tensor<3x5xf32>
  %3 = relay.subtract %1, %2 : (tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<3x5xf32>
  relay.return %3, %1 : tensor<3x5xf32>, tensor<3x5xf32>
}""",
    "one value twice, and a parameter": """
relay.func @f(%x: tensor<3x5xf32>)
    -> (tensor<3x5xf32>, tensor<3x5xf32>, tensor<3x5xf32>, tensor<3x5xf32>) {
  %0 = relay.nn.relu %x : (tensor<3x5xf32>) -> tensor<3x5xf32>
  relay.return %0, %x, %0, %x
    : tensor<3x5xf32>, tensor<3x5xf32>, tensor<3x5xf32>, tensor<3x5xf32>
}""",
    "an anchor's result twice": """
relay.func @f(%x: tensor<3x5xf32>, %w: tensor<7x5xf32>) -> (tensor<3x7xf32>, tensor<3x7xf32>) {
  %0 = relay.nn.dense %x, %w : (tensor<3x5xf32>, tensor<7x5xf32>) -> tensor<3x7xf32>
  relay.return %0, %0 : tensor<3x7xf32>, tensor<3x7xf32>
}""",
    "an epilogue that stretches the result": """
relay.func @f(%x: tensor<1x5xf32>, %w: tensor<7x5xf32>, %y: tensor<4x7xf32>)
    -> (tensor<4x7xf32>, tensor<1x7xf32>) {
  %0 = relay.nn.dense %x, %w : (tensor<1x5xf32>, tensor<7x5xf32>) -> tensor<1x7xf32>
  %1 = relay.nn.relu %0 : (tensor<1x7xf32>) -> tensor<1x7xf32>
  %2 = relay.add %1, %y : (tensor<1x7xf32>, tensor<4x7xf32>) -> tensor<4x7xf32>
  relay.return %2, %1 : tensor<4x7xf32>, tensor<1x7xf32>
}""",
    "a guarded read of an elementwise op": f"""
relay.func @f(%x: {_IMAGE}, %w: tensor<4x4x3x3xf32>, %s: tensor<4x1x1xf32>) -> {_IMAGE} {{
  %0 = relay.add %x, %s : ({_IMAGE}, tensor<4x1x1xf32>) -> {_IMAGE}
  %1 = relay.nn.conv2d %0, %w {{padding = array<i64: 1, 1, 1, 1>}}
    : ({_IMAGE}, tensor<4x4x3x3xf32>) -> {_IMAGE}
  relay.return %1 : {_IMAGE}
}}""",
    "guarded reads in two nests of one value": f"""
relay.func @f(%x: {_IMAGE}, %w: tensor<4x4x3x3xf32>, %v: tensor<4x4x3x3xf32>) -> {_IMAGE} {{
  %0 = relay.nn.relu %x : ({_IMAGE}) -> {_IMAGE}
  %1 = relay.nn.conv2d %0, %w {{padding = array<i64: 1, 1, 1, 1>}}
    : ({_IMAGE}, tensor<4x4x3x3xf32>) -> {_IMAGE}
  %2 = relay.nn.conv2d %0, %v {{padding = array<i64: 1, 1, 1, 1>}}
    : ({_IMAGE}, tensor<4x4x3x3xf32>) -> {_IMAGE}
  %3 = relay.add %1, %2 : ({_IMAGE}, {_IMAGE}) -> {_IMAGE}
  %4 = relay.subtract %3, %0 : ({_IMAGE}, {_IMAGE}) -> {_IMAGE}
  relay.return %4 : {_IMAGE}
}}""",
    "two convolutions, one behind the other": f"""
relay.func @f(%x: {_IMAGE}, %w: tensor<4x4x3x3xf32>, %v: tensor<4x4x3x3xf32>)
    -> ({_IMAGE}, {_IMAGE}) {{
  %0 = {_CONVOLVE}
  %1 = relay.nn.relu %0 : ({_IMAGE}) -> {_IMAGE}
  %2 = relay.nn.conv2d %1, %v {{padding = array<i64: 1, 1, 1, 1>}}
    : ({_IMAGE}, tensor<4x4x3x3xf32>) -> {_IMAGE}
  %3 = relay.add %2, %1 : ({_IMAGE}, {_IMAGE}) -> {_IMAGE}
  %4 = relay.add %0, %2 : ({_IMAGE}, {_IMAGE}) -> {_IMAGE}
  relay.return %3, %4 : {_IMAGE}, {_IMAGE}
}}""",
    "outputs of different shapes": """
relay.func @f(%x: tensor<3x5xf32>, %y: tensor<5xf32>)
    -> (tensor<5xf32>, tensor<3x5xf32>, tensor<5x3xf32>) {
  %0 = relay.nn.relu %y : (tensor<5xf32>) -> tensor<5xf32>
  %1 = relay.add %x, %0 : (tensor<3x5xf32>, tensor<5xf32>) -> tensor<3x5xf32>
  %2 = relay.transpose %1 {axes = array<i64: 1, 0>} : (tensor<3x5xf32>) -> tensor<5x3xf32>
  relay.return %0, %1, %2 : tensor<5xf32>, tensor<3x5xf32>, tensor<5x3xf32>
}""",
    "a transposed convolution in phases and elementwise ops": """
relay.func @f(%x: tensor<1x4x3x5xf32>, %w: tensor<4x2x3x3xf32>, %r: tensor<1x2x7x11xf32>)
    -> (tensor<1x2x7x11xf32>, tensor<1x2x7x11xf32>) {
  %0 = relay.nn.conv2d_transpose %x, %w {strides = array<i64: 2, 2>}
    : (tensor<1x4x3x5xf32>, tensor<4x2x3x3xf32>) -> tensor<1x2x7x11xf32>
  %1 = relay.add %0, %r
    : (tensor<1x2x7x11xf32>, tensor<1x2x7x11xf32>) -> tensor<1x2x7x11xf32>
  %2 = relay.nn.relu %1 : (tensor<1x2x7x11xf32>) -> tensor<1x2x7x11xf32>
  relay.return %1, %2 : tensor<1x2x7x11xf32>, tensor<1x2x7x11xf32>
}""",
    "a value of an anchor and another anchor in one epilogue": """
relay.func @f(%x: tensor<3x5xf32>, %w: tensor<7x5xf32>, %v: tensor<3x7xf32>)
    -> (tensor<3x7xf32>, tensor<3x3xf32>) {
  %0 = relay.nn.dense %x, %w : (tensor<3x5xf32>, tensor<7x5xf32>) -> tensor<3x7xf32>
  %1 = relay.nn.relu %0 : (tensor<3x7xf32>) -> tensor<3x7xf32>
  %2 = relay.nn.dense %1, %v : (tensor<3x7xf32>, tensor<3x7xf32>) -> tensor<3x3xf32>
  %3 = relay.nn.matmul %2, %1 : (tensor<3x3xf32>, tensor<3x7xf32>) -> tensor<3x7xf32>
  %4 = relay.multiply %3, %1 : (tensor<3x7xf32>, tensor<3x7xf32>) -> tensor<3x7xf32>
  relay.return %4, %2 : tensor<3x7xf32>, tensor<3x3xf32>
}""",
}


def _parse(text: str) -> ModuleOp:
    return Parser(make_context(), text).parse_module()


def _function(module: ModuleOp) -> FuncOp:
    return next(op for op in module.ops if isinstance(op, FuncOp))


@cache
def _compiled() -> CompiledFunctions:
    return CompiledFunctions([_function(_parse(text)) for text in FUNCTIONS.values()])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_fused_group(name: str) -> None:
    module = _parse(FUNCTIONS[name])
    rng = np.random.default_rng(0)
    inputs = [
        rng.normal(size=shape_of(argument.type)).astype(numpy_dtype(argument.type))
        for argument in _function(module).args
    ]
    wanted = evaluate(module, inputs, function="f", precision="float64")
    found = _compiled()([*FUNCTIONS].index(name), inputs, [array.shape for array in wanted])
    for actual, expected in zip(found, wanted, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5 * np.abs(expected).max())

"""fold-scale-axis: where a scale may go, where it must stay, and that the numbers agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue

from inlay.dialects.layout import Layout
from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay import OPS
from inlay.dialects.relay.base import RelayOp
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import FuncOp
from inlay.dialects.relay.rows import Array, AttrValue
from inlay.dialects.relay.types import shape_of
from inlay.frontends.builder import GraphBuilder
from inlay.passes.manager import PassManager

CONTEXT = make_context()
CHANNELS = 6

SCALES = {
    "positive": np.array([0.5, 1.5, 2.0, 0.25, 3.0, 1.0]),
    "negative": np.array([0.5, -1.5, 2.0, -0.25, 3.0, 1.0]),
    "zero": np.array([0.5, 1.5, 0.0, 0.25, 3.0, 1.0]),
    "infinite": np.array([0.5, 1.5, np.inf, 0.25, 3.0, 1.0]),
}
FINITE = ("positive", "negative", "zero")


class Graph(GraphBuilder):
    """A builder of small graphs in f64, with ops by name."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng(0)
        self.count = 0

    def add(self, name: str, *operands: SSAValue, **properties: AttrValue) -> SSAValue:
        return self.emit(OPS[f"relay.{name}"], *operands, name=None, **properties)

    def held(self, array: Array) -> SSAValue:
        self.count += 1
        return self.constant(array, f"c{self.count}")

    def random(self, *shape: int) -> SSAValue:
        return self.held(self.rng.standard_normal(shape))

    def image(self, name: str = "x", channels: int = CHANNELS) -> SSAValue:
        return self.input(name, (1, channels, 5, 5), "f64")

    def conv(self, data: SSAValue, groups: int = 1, **properties: AttrValue) -> SSAValue:
        """A convolution to ``CHANNELS`` channels."""
        inputs = shape_of(data.type)[1] // groups
        weight = self.random(CHANNELS, inputs, 3, 3)
        return self.add("nn.conv2d", data, weight, groups=groups, **properties)

    def scaled(
        self, data: SSAValue, scale: str, shape: Sequence[int] = (CHANNELS, 1, 1)
    ) -> SSAValue:
        return self.add("multiply", data, self.held(SCALES[scale].reshape(shape)))


def is_constant(value: SSAValue) -> bool:
    owner = value.owner
    return isinstance(owner, RelayOp) and all(map(is_constant, owner.operands))


def scalings(module: ModuleOp) -> int:
    """How many products with a constant remain to be computed at run time."""
    products = [op for op in module.walk() if isinstance(op, OPS["relay.multiply"])]
    return sum(1 for op in products if not all(map(is_constant, op.operands)))


def fold(module: ModuleOp, direction: str) -> ModuleOp:
    after = module.clone()
    PassManager.parse(f"fold-scale-axis{{direction={direction}}}").run(CONTEXT, after)
    return after


def inputs_of(module: ModuleOp) -> list[Array]:
    rng = np.random.default_rng(1)
    main = module.body.block.first_op
    assert isinstance(main, FuncOp)
    return [rng.standard_normal(shape_of(argument.type)) for argument in main.args]


def check(module: ModuleOp, direction: str, left: int) -> None:
    """The pass leaves so many products, and the same function."""
    after = fold(module, direction)
    assert scalings(after) == left
    arrays = inputs_of(module)
    for found, wanted in zip(evaluate(after, arrays), evaluate(module, arrays), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


# ---------------------------------------------------------------- backward

Step = Callable[[Graph, SSAValue], SSAValue]
"""What stands between the convolution and the scale."""


def nothing(graph: Graph, value: SSAValue) -> SSAValue:
    return value


def relu(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("nn.relu", value)


def leaky_relu(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("nn.leaky_relu", value, alpha=-0.5)


def clip(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("clip", value, a_min=-0.5, a_max=0.5)


def tanh(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("tanh", value)


def shift(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("add", value, graph.random(CHANNELS, 1, 1))


def bias(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("nn.bias_add", value, graph.random(CHANNELS))


def offset(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("add", value, graph.scalar(0.5, "f64"))


def row(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("subtract", graph.random(shape_of(value.type)[3]), value)


def product(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("multiply", graph.random(CHANNELS, 1, 1), value)


def shift_by_parameter(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("add", value, graph.input("shift", (CHANNELS, 1, 1), "f64"))


def sum_with_convolution(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("add", value, graph.conv(graph.image("z")))


def doubled(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("add", value, value)


ALWAYS: tuple[Step, ...] = (nothing, shift, bias, offset, row, sum_with_convolution)
POSITIVE: tuple[Step, ...] = (relu, leaky_relu)
NEVER: tuple[Step, ...] = (clip, tanh, shift_by_parameter, doubled)


@pytest.mark.parametrize("scale", FINITE)
@pytest.mark.parametrize("step", ALWAYS + POSITIVE + NEVER)
def test_backward_through(step: Step, scale: str) -> None:
    graph = Graph()
    value = graph.scaled(step(graph, graph.conv(graph.image())), scale)
    folds = step in ALWAYS or (step in POSITIVE and scale == "positive")
    check(graph.finish(value), "backward", left=0 if folds else 1)


def test_backward_through_a_product_folds_both() -> None:
    graph = Graph()
    value = graph.scaled(product(graph, graph.conv(graph.image())), "negative")
    check(graph.finish(value), "backward", left=0)


@pytest.mark.parametrize("scale", FINITE)
@pytest.mark.parametrize("groups", [1, 2, 3, CHANNELS])
def test_backward_into_groups(groups: int, scale: str) -> None:
    graph = Graph()
    check(graph.finish(graph.scaled(graph.conv(graph.image(), groups), scale)), "backward", left=0)


@pytest.mark.parametrize("out_layout", ["NHWC", "NCHW"])
def test_backward_into_other_layouts(out_layout: str) -> None:
    graph = Graph()
    layouts: dict[str, AttrValue] = {
        "data_layout": Layout.parse("NHWC"),
        "kernel_layout": Layout.parse("HWOI"),
        "out_layout": Layout.parse(out_layout),
    }
    weight = graph.random(3, 3, CHANNELS, 4)
    value = graph.add("nn.conv2d", graph.input("x", (1, 5, 5, 4), "f64"), weight, **layouts)
    shape = (CHANNELS, 1, 1) if out_layout == "NCHW" else (CHANNELS,)
    check(graph.finish(graph.scaled(value, "negative", shape)), "backward", left=0)


@pytest.mark.parametrize("scale", FINITE)
def test_backward_into_dense(scale: str) -> None:
    graph = Graph()
    value = graph.add("nn.dense", graph.input("x", (2, 4), "f64"), graph.random(CHANNELS, 4))
    check(graph.finish(graph.scaled(value, scale, (CHANNELS,))), "backward", left=0)


def test_backward_stops_at_a_value_with_other_uses() -> None:
    graph = Graph()
    value = graph.conv(graph.image())
    module = graph.finish(graph.scaled(value, "positive"), value)
    check(module, "backward", left=1)


def test_backward_leaves_a_scale_along_another_axis() -> None:
    graph = Graph()
    value = graph.conv(graph.input("x", (1, 4, CHANNELS + 2, 3), "f64"))
    check(graph.finish(graph.scaled(value, "positive", (CHANNELS, 1))), "backward", left=1)


def test_backward_stops_at_a_weight_that_is_a_parameter() -> None:
    graph = Graph()
    weight = graph.input("w", (CHANNELS, CHANNELS, 3, 3), "f64")
    value = graph.add("nn.conv2d", graph.image(), weight)
    check(graph.finish(graph.scaled(value, "positive")), "backward", left=1)


def test_infinite_scale_stops_at_relu() -> None:
    graph = Graph()
    value = graph.scaled(relu(graph, graph.conv(graph.image())), "infinite")
    assert scalings(fold(graph.finish(value), "backward")) == 1


# ---------------------------------------------------------------- forward


@pytest.mark.parametrize("scale", FINITE)
@pytest.mark.parametrize("step", [nothing, relu, leaky_relu, shift, bias, row, clip, tanh, doubled])
def test_forward_through(step: Step, scale: str) -> None:
    graph = Graph()
    value = graph.conv(step(graph, graph.scaled(graph.image(), scale)))
    folds = step is nothing or scale == "positive" or (scale == "negative" and step in ALWAYS)
    check(graph.finish(value), "forward", left=0 if folds and step not in NEVER else 1)


@pytest.mark.parametrize("scale", FINITE)
@pytest.mark.parametrize(("groups", "folds"), [(1, True), (CHANNELS, True), (2, False)])
def test_forward_into_groups(groups: int, folds: bool, scale: str) -> None:
    graph = Graph()
    value = graph.conv(graph.scaled(graph.image(), scale), groups)
    check(graph.finish(value), "forward", left=0 if folds else 1)


def test_forward_into_dense() -> None:
    graph = Graph()
    scaled = graph.scaled(graph.input("x", (2, CHANNELS), "f64"), "negative", (CHANNELS,))
    value = graph.add("nn.dense", scaled, graph.random(3, CHANNELS))
    check(graph.finish(value), "forward", left=0)


def test_forward_into_all_consumers() -> None:
    graph = Graph()
    scaled = graph.scaled(graph.image(), "positive")
    results = graph.conv(scaled), graph.conv(relu(graph, scaled)), graph.conv(scaled, CHANNELS)
    check(graph.finish(*results), "forward", left=0)


@pytest.mark.parametrize("other", [nothing, tanh, relu])
def test_forward_needs_every_consumer(other: Step) -> None:
    graph = Graph()
    scaled = graph.scaled(graph.image(), "negative")
    check(graph.finish(graph.conv(scaled), other(graph, scaled)), "forward", left=1)


def test_forward_twice_into_one_product() -> None:
    """The product of the two is left, and takes the square of the scale to the weight."""
    graph = Graph()
    scaled = graph.scaled(graph.image(), "positive")
    squares = graph.add("multiply", scaled, relu(graph, scaled))
    check(graph.finish(graph.conv(squares)), "forward", left=1)


def test_forward_through_a_product_that_stretches_rows() -> None:
    """The product with the image is left."""
    graph = Graph()
    column = graph.scaled(graph.input("column", (1, CHANNELS, 1, 1), "f64"), "negative")
    value = graph.conv(graph.add("multiply", column, graph.image()))
    check(graph.finish(value), "forward", left=1)


# ---------------------------------------------------------------- unknown scales

ELIDED = """
relay.func @main(%x: tensor<1x8x4x4xf32>, %w: tensor<8x8x1x1xf32>) -> tensor<1x8x4x4xf32> {
  %weight = relay.constant dense_resource<weight> : tensor<8x8x1x1xf32>
  %gamma = relay.constant dense_resource<gamma> : tensor<8x1x1xf32>
  %0 = relay.nn.conv2d %x, %weight : (tensor<1x8x4x4xf32>, tensor<8x8x1x1xf32>)
  %1 = relay.ACTIVATION %0 : (tensor<1x8x4x4xf32>)
  %2 = relay.multiply %1, %gamma : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>)
  %3 = relay.ACTIVATION %2 : (tensor<1x8x4x4xf32>)
  %4 = relay.nn.conv2d %3, %weight : (tensor<1x8x4x4xf32>, tensor<8x8x1x1xf32>)
  relay.return %4 : tensor<1x8x4x4xf32>
}
"""


@pytest.mark.parametrize("direction", ["backward", "forward", "both"])
@pytest.mark.parametrize("activation", ["nn.relu", "nn.leaky_relu"])
def test_elided_scale_never_passes_relu(activation: str, direction: str) -> None:
    module = parse_module(CONTEXT, ELIDED.replace("ACTIVATION", activation))
    assert scalings(fold(module, direction)) == 1


@pytest.mark.parametrize("direction", ["backward", "forward"])
def test_elided_scale_folds_into_a_convolution(direction: str) -> None:
    text = "\n".join(line for line in ELIDED.splitlines() if "ACTIVATION" not in line)
    text = text.replace("multiply %1", "multiply %0").replace("conv2d %3", "conv2d %2")
    assert scalings(fold(parse_module(CONTEXT, text), direction)) == 0


# ---------------------------------------------------------------- chains

STEPS = (*ALWAYS, *POSITIVE, product)


@given(
    st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(["", *FINITE])), max_size=5),
    st.sampled_from(["backward", "forward", "both"]),
)
@settings(max_examples=60)
def test_any_chain_keeps_its_numbers(chain: list[tuple[Step, str]], direction: str) -> None:
    graph = Graph()
    value = graph.conv(graph.image())
    for step, scale in chain:
        value = step(graph, graph.scaled(value, scale) if scale else value)
    module = graph.finish(graph.conv(value))
    after = fold(module, direction)
    assert scalings(after) <= scalings(module)
    arrays = inputs_of(module)
    (found,), (wanted,) = evaluate(after, arrays), evaluate(module, arrays)
    np.testing.assert_allclose(found, wanted, atol=1e-9 * max(1.0, float(np.abs(wanted).max())))

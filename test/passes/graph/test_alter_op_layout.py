"""alter-op-layout: blocks for any channels, padding that stays harmless, no transforms between."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue

from inlay.dialects.layout import Layout
from inlay.dialects.registry import make_context
from inlay.dialects.relay import OPS
from inlay.dialects.relay.base import RelayOp
from inlay.dialects.relay.constant import ConstantOp
from inlay.dialects.relay.conv import Conv2dOp
from inlay.dialects.relay.conv_base import ConvOp
from inlay.dialects.relay.dense import ContribDensePackOp
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import CallOp, FuncOp, IfOp, ReturnOp, YieldOp
from inlay.dialects.relay.rows import Array, AttrValue
from inlay.dialects.relay.shape import LayoutTransformOp
from inlay.dialects.relay.types import shape_of, tensor
from inlay.frontends import zoo
from inlay.frontends.builder import GraphBuilder
from inlay.passes.graph.alter_op_layout import AlterOpLayout, BlocksError, read_blocks
from inlay.passes.manager import PassError, PassManager
from inlay.passes.pipeline import pipeline_to
from inlay.passes.target_attribute import set_target
from inlay.target.description import TARGETS

CONTEXT = make_context()
ODD_CHANNELS = (17, 21, 3, 1, 24, 1000)


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

    def image(self, channels: int, name: str = "x") -> SSAValue:
        return self.input(name, (1, channels, 4, 4), "f64")

    def conv(self, data: SSAValue, outputs: int, groups: int = 1, **more: AttrValue) -> SSAValue:
        inputs = shape_of(data.type)[1] // groups
        weight = self.rng.standard_normal((outputs, inputs, 3, 3)) / np.sqrt(9 * inputs)
        padding = (1, 1, 1, 1)
        return self.add(
            "nn.conv2d", data, self.held(weight), groups=groups, padding=padding, **more
        )

    def per_channel(self, data: SSAValue, low: float = 0.5) -> SSAValue:
        """A constant above ``low`` for each channel."""
        return self.held(self.rng.uniform(low, low + 1, (shape_of(data.type)[1], 1, 1)))


def alter(
    module: ModuleOp,
    target: str = "x86-64-v4",
    *,
    blocks: Path | None = None,
    dense_block: int = 0,
) -> ModuleOp:
    after = module.clone()
    machine = TARGETS[target]
    # The graphs are in f64: let a vector hold as many of them as of f32.
    set_target(after, replace(machine, vector_bits=2 * machine.vector_bits))
    PassManager([AlterOpLayout(blocks, dense_block)]).run(CONTEXT, after)
    return after


def run(module: ModuleOp) -> list[Array]:
    rng = np.random.default_rng(1)
    main = module.body.block.first_op
    assert isinstance(main, FuncOp)
    drawn = [np.asarray(rng.standard_normal(shape_of(argument.type))) for argument in main.args]
    arrays = [
        array > 0 if argument.type == tensor("i1", ()) else array
        for argument, array in zip(main.args, drawn, strict=True)
    ]
    return evaluate(module, arrays)


def check_same(after: ModuleOp, before: ModuleOp) -> None:
    for found, wanted in zip(run(after), run(before), strict=True):
        assert np.isfinite(wanted).all()
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def convolutions(module: ModuleOp) -> list[ConvOp]:
    return [op for op in module.walk() if isinstance(op, ConvOp)]


def layouts(module: ModuleOp) -> list[str]:
    """The layouts of the data and of the result of each convolution."""
    return [f"{op.layouts[0]} {op.layouts[2]}" for op in convolutions(module)]


def is_constant(value: SSAValue) -> bool:
    owner = value.owner
    return isinstance(owner, RelayOp) and all(map(is_constant, owner.operands))


def moves(module: ModuleOp) -> list[str]:
    """What is done to values at run time to change their layouts, in program order."""
    kinds = {OPS[f"relay.{name}"]: name for name in ("layout_transform", "nn.pad", "strided_slice")}
    return [
        kinds[type(op)]
        for op in module.walk()
        if isinstance(op, RelayOp) and type(op) in kinds and not is_constant(op.operands[0])
    ]


# ---------------------------------------------------------------- odd channels


@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4"])
@pytest.mark.parametrize("channels", ODD_CHANNELS)
def test_channels_between_convolutions(channels: int, target: str) -> None:
    """The middle value is padded, whatever stands there, and never moved."""
    graph = Graph()
    value = graph.conv(graph.image(16), channels)
    value = graph.add("add", value, graph.per_channel(value))
    value = graph.add("sigmoid", graph.add("nn.relu", value))
    value = graph.add("nn.max_pool2d", value, pool_size=(3, 3), padding=(1, 1, 1, 1))
    module = graph.finish(graph.conv(value, 16))
    after = alter(module, target)
    assert moves(after) == ["layout_transform", "layout_transform"]
    assert not any(isinstance(op, Conv2dOp) for op in convolutions(after))
    check_same(after, module)


@pytest.mark.parametrize("channels", ODD_CHANNELS)
def test_channels_at_the_rim(channels: int) -> None:
    """Inputs are padded and results are cut where no block divides their channels."""
    graph = Graph()
    module = graph.finish(graph.conv(graph.conv(graph.image(channels), 8), channels))
    after = alter(module)
    padded = channels not in (24, 1000)
    # An input that does not fill a vector is one block.
    rim = ["nn.pad"] if padded and channels > 3 else []
    cut = ["strided_slice"] if padded else []
    assert moves(after) == [*rim, "layout_transform", "layout_transform", *cut]
    check_same(after, module)


@pytest.mark.parametrize("channels", [17, 21, 24])
def test_depthwise(channels: int) -> None:
    graph = Graph()
    value = graph.conv(graph.conv(graph.image(8), channels), channels, groups=channels)
    module = graph.finish(graph.conv(graph.add("clip", value, a_min=0.0, a_max=6.0), 16))
    after = alter(module)
    assert moves(after) == ["layout_transform", "layout_transform"]
    names = [op.name.removeprefix("relay.nn.contrib_") for op in convolutions(after)]
    assert names == ["conv2d_NCHWc", "depthwise_conv2d_NCHWc", "conv2d_NCHWc"]
    check_same(after, module)


@pytest.mark.parametrize(("channels", "groups"), [(24, 2), (21, 3), (34, 2), (32, 16), (18, 18)])
def test_groups(channels: int, groups: int) -> None:
    """A group's channels are never padded; where they are too few, the convolution stays."""
    graph = Graph()
    value = graph.conv(graph.image(channels), 2 * channels, groups)
    module = graph.finish(graph.conv(value, channels))
    after = alter(module)
    stays = channels // groups in (1, 2, 17)
    assert [isinstance(op, Conv2dOp) for op in convolutions(after)] == [stays, False]
    check_same(after, module)


# ---------------------------------------------------------------- padding stays harmless

Step = Callable[[Graph, SSAValue], SSAValue]


def divide(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("divide", value, graph.per_channel(value))


def divide_by(graph: Graph, value: SSAValue) -> SSAValue:
    above = graph.add("add", graph.add("abs", value), graph.per_channel(value))
    return graph.add("divide", graph.add("nn.relu", value), above)


def logarithm(graph: Graph, value: SSAValue) -> SSAValue:
    above = graph.add("add", graph.add("abs", value), graph.per_channel(value))
    return graph.add("log", above)


def inverse_root(graph: Graph, value: SSAValue) -> SSAValue:
    above = graph.add("add", graph.add("abs", value), graph.per_channel(value))
    return graph.add("rsqrt", above)


def power(graph: Graph, value: SSAValue) -> SSAValue:
    above = graph.add("add", graph.add("abs", value), graph.per_channel(value))
    return graph.add("power", above, graph.held(-np.ones((1,))))


def remainder(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("mod", value, graph.per_channel(value))


def batch_norm(graph: Graph, value: SSAValue) -> SSAValue:
    channels = shape_of(value.type)[1]
    vectors = [graph.held(graph.rng.uniform(0.5, 2, channels)) for _ in range(4)]
    return graph.add("nn.batch_norm", value, *vectors, epsilon=0.0)


def softmax(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("nn.softmax", value, axis=1)


def softmax_of_rows(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("nn.softmax", value, axis=3)


def layer_norm(graph: Graph, value: SSAValue) -> SSAValue:
    vectors = [graph.held(graph.rng.standard_normal(shape_of(value.type)[1])) for _ in range(2)]
    return graph.add("nn.layer_norm", value, *vectors, axis=1)


def mean_of_channels(graph: Graph, value: SSAValue) -> SSAValue:
    mean = graph.add("mean", graph.add("exp", value), axis=(1,), keepdims=True)
    return graph.add("subtract", value, mean)


def mean_of_rows(graph: Graph, value: SSAValue) -> SSAValue:
    mean = graph.add("mean", value, axis=(2, 3), keepdims=True)
    return graph.add("multiply", graph.add("sigmoid", mean), value)


def greatest_channel(graph: Graph, value: SSAValue) -> SSAValue:
    largest = graph.add("max", graph.add("negative", graph.add("exp", value)), axis=(1,))
    return graph.add("add", value, largest)


def concatenation(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("concatenate", graph.add("sigmoid", value), value, axis=1)


def halves(graph: Graph, value: SSAValue) -> SSAValue:
    channels = shape_of(value.type)[1]
    points = (channels // 2,)
    first, second = graph.emit_all(
        OPS["relay.split"], graph.add("cos", value), indices_or_sections=points, axis=1
    )
    return graph.add("concatenate", second, first, axis=1)


def reversal(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("reverse", graph.add("cos", value), axis=(1,))


def padding(graph: Graph, value: SSAValue) -> SSAValue:
    return graph.add("nn.pad", value, pad_width=(0, 0, 0, 3, 1, 1, 0, 0), pad_value=1.0)


def nothing(graph: Graph, value: SSAValue) -> SSAValue:
    return value


SINGULAR = (divide, divide_by, logarithm, inverse_root, power, remainder, batch_norm)
MIXING = (
    softmax,
    layer_norm,
    mean_of_channels,
    greatest_channel,
    concatenation,
    halves,
    reversal,
    padding,
)
HARMLESS = (softmax_of_rows, mean_of_rows, nothing)


@pytest.mark.parametrize("channels", [17, 21, 24])
@pytest.mark.parametrize("step", SINGULAR + MIXING + HARMLESS)
def test_padding_is_harmless(step: Step, channels: int) -> None:
    """Padded channels neither spread NaN nor enter sums, maxima or neighbours."""
    graph = Graph()
    value = step(graph, graph.conv(graph.image(8), channels))
    module = graph.finish(graph.conv(value, 8), value)
    check_same(alter(module), module)


def test_residual_of_padded_values() -> None:
    graph = Graph()
    value = graph.conv(graph.image(8), 17)
    other = graph.conv(graph.add("nn.relu", value), 17)
    total = graph.add("add", graph.add("exp", other), value)
    module = graph.finish(graph.conv(total, 8))
    check_same(alter(module), module)


# ---------------------------------------------------------------- other layouts, regions, calls


def test_convolution_in_nhwc() -> None:
    graph = Graph()
    weight = graph.held(graph.rng.standard_normal((1, 1, 16, 16)))
    nhwc = {"data_layout": Layout.parse("NHWC"), "kernel_layout": Layout.parse("HWIO")}
    first = graph.add("nn.conv2d", graph.input("x", (1, 4, 4, 16), "f64"), weight, **nhwc)
    turned = graph.add("transpose", first, axes=(0, 3, 1, 2))
    module = graph.finish(graph.conv(turned, 16), first)
    after = alter(module)
    assert layouts(after) == ["NCHW16c NCHW16c", "NCHW16c NCHW16c"]
    check_same(after, module)


@pytest.mark.parametrize("channels", [16, 17])
def test_result_in_another_layout(channels: int) -> None:
    graph = Graph()
    value = graph.conv(graph.image(16), channels, out_layout=Layout.parse("NHWC"))
    value = graph.add("add", value, graph.held(graph.rng.standard_normal(channels)))
    module = graph.finish(graph.add("nn.relu", value))
    after = alter(module)
    assert len(convolutions(after)) == 1
    assert not isinstance(convolutions(after)[0], Conv2dOp)
    check_same(after, module)


def branching(channels: int) -> ModuleOp:
    """conv, an `if` whose branches convolve the value around them, conv."""
    main = FuncOp.of("main", [tensor("f64", (1, 8, 4, 4)), tensor("i1", ())])
    data, condition = main.args
    rng = np.random.default_rng(2)

    def conv(block: Block, value: SSAValue, outputs: int) -> SSAValue:
        weight = rng.standard_normal((outputs, shape_of(value.type)[1], 1, 1))
        block.add_op(constant := ConstantOp.of(weight, f"w{len(main.block.ops)}"))
        block.add_op(op := Conv2dOp.make([value, constant.result]))
        return op.result

    before = conv(main.block, data, channels)
    sides = [Block(), Block()]
    for side in sides:
        side.add_op(YieldOp.of([conv(side, before, channels)]))
    branch = IfOp.create(
        operands=[condition], result_types=[before.type], regions=[Region(side) for side in sides]
    )
    main.block.add_op(branch)
    main.block.add_op(ReturnOp.of([conv(main.block, branch.results[0], 8), before]))
    main.update_type()
    return ModuleOp([main])


@pytest.mark.parametrize("channels", [16, 17])
def test_branches_see_plain_values(channels: int) -> None:
    module = branching(channels)
    after = alter(module)
    assert not any(isinstance(op, Conv2dOp) for op in convolutions(after))
    check_same(after, module)


# ---------------------------------------------------------------- the choice of blocks


@pytest.mark.parametrize(
    ("target", "expected"),
    [("x86-64-v4", "NCHW3c NCHW16c"), ("x86-64-v3", "NCHW3c NCHW8c")],
)
def test_blocks_follow_the_target(target: str, expected: str) -> None:
    graph = Graph()
    assert layouts(alter(graph.finish(graph.conv(graph.image(3), 32)), target)) == [expected]


ENTRY = {"in_channels": 16, "out_channels": 24, "kernel": 3, "stride": 1, "in_size": 4}


def write_blocks(folder: Path, *entries: object) -> Path:
    path = folder / "blocks.json"
    path.write_text(json.dumps(entries))
    return path


def test_listed_blocks_come_first(tmp_path: Path) -> None:
    path = write_blocks(tmp_path, {**ENTRY, "ic_block": 2, "oc_block": 12})
    graph = Graph()
    module = graph.finish(graph.conv(graph.conv(graph.image(16), 24), 16))
    after = alter(module, blocks=path)
    assert layouts(after) == ["NCHW2c NCHW12c", "NCHW12c NCHW16c"]
    assert moves(after) == ["layout_transform", "layout_transform"]
    check_same(after, module)


def test_listed_blocks_may_ask_for_transforms_between(tmp_path: Path) -> None:
    other = {**ENTRY, "in_channels": 24, "out_channels": 16}
    path = write_blocks(
        tmp_path,
        {**ENTRY, "ic_block": 16, "oc_block": 12},
        {**other, "ic_block": 8, "oc_block": 4},
    )
    graph = Graph()
    module = graph.finish(graph.conv(graph.conv(graph.image(16), 24), 16))
    after = alter(module, blocks=path)
    assert layouts(after) == ["NCHW16c NCHW12c", "NCHW8c NCHW4c"]
    assert moves(after) == ["layout_transform"] * 3
    check_same(after, module)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected a JSON file of blocks"),
        ("{}", "found dict, expected a list"),
        ("[1]", "found 1, expected positive integers"),
        (json.dumps([ENTRY]), "expected positive integers"),
        (json.dumps([{**ENTRY, "ic_block": 0, "oc_block": 1}]), "expected positive integers"),
        (json.dumps([{**ENTRY, "ic_block": 4, "oc_block": 7}]), "blocks 4, 7 do not divide 16, 24"),
    ],
)
def test_malformed_blocks(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "blocks.json"
    path.write_text(text)
    with pytest.raises(BlocksError, match=message):
        read_blocks(path)


def test_missing_blocks(tmp_path: Path) -> None:
    graph = Graph()
    module = graph.finish(graph.conv(graph.image(16), 24))
    with pytest.raises(PassError, match=r"none\.json: expected a JSON file of blocks"):
        alter(module, blocks=tmp_path / "none.json")


@pytest.mark.parametrize(
    ("units", "option", "expected"),
    [(1000, 0, "NC8n"), (32, 0, "NC16n"), (32, 4, "NC4n"), (30, 4, None), (7, 0, None)],
)
def test_dense_blocks(units: int, option: int, expected: str | None) -> None:
    graph = Graph()
    weight = graph.held(graph.rng.standard_normal((units, 9)))
    module = graph.finish(graph.add("nn.dense", graph.input("x", (2, 9), "f64"), weight))
    after = alter(module, dense_block=option)
    packed = [op for op in after.walk() if isinstance(op, ContribDensePackOp)]
    assert [str(op.weight_layout.data) for op in packed] == ([expected] if expected else [])
    check_same(after, module)


# ---------------------------------------------------------------- networks


class Flow(NamedTuple):
    """An op that runs, and the numbers of the values it takes and gives."""

    op: Operation
    operands: list[int]
    results: list[int]


def flatten(
    block: Block, functions: dict[str, FuncOp], values: dict[SSAValue, int], numbers: Iterator[int]
) -> Iterator[Flow]:
    """The ops of a block, calls replaced by what they run; adds the results to ``values``."""
    for op in block.ops:
        operands = [values[operand] for operand in op.operands]
        if isinstance(op, CallOp):
            callee = functions[op.callee.root_reference.data]
            inner: dict[SSAValue, int] = dict(zip(callee.args, operands, strict=True))
            yield from flatten(callee.block, functions, inner, numbers)
            results = [inner[value] for value in callee.return_op.operands]
        else:
            results = [next(numbers) for _ in op.results]
            yield Flow(op, operands, results)
        values.update(zip(op.results, results, strict=True))


def transforms_between_convolutions(module: ModuleOp) -> int:
    """How many layout transforms depend on a convolution and have another depend on them."""
    functions = {op.sym_name.data: op for op in module.ops if isinstance(op, FuncOp)}
    main, numbers = functions["main"], itertools.count()
    values: dict[SSAValue, int] = dict(zip(main.args, numbers, strict=False))
    flows = list(flatten(main.block, functions, values, numbers))
    below: set[int] = set()
    for flow in flows:
        if isinstance(flow.op, ConvOp) or below.intersection(flow.operands):
            below.update(flow.results)
    above: set[int] = set()
    for flow in reversed(flows):
        if isinstance(flow.op, ConvOp) or above.intersection(flow.results):
            above.update(flow.operands)
    return sum(
        1
        for flow in flows
        if isinstance(flow.op, LayoutTransformOp)
        and below.intersection(flow.operands)
        and above.intersection(flow.results)
    )


NETWORKS: dict[str, dict[str, int]] = {
    "resnet18": {},
    "preact_resnet18": {},
    "vgg16": {"hidden": 16},
    "mobilenet_v2": {},
    "squeezenet1_1": {},
}


@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4"])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_transform_between_the_convolutions_of(name: str, target: str) -> None:
    module = zoo.build(name, image=(32, 32), **NETWORKS[name])
    set_target(module, TARGETS[target])
    PassManager.parse(pipeline_to("kernels")).run(CONTEXT, module)
    assert not any(isinstance(op, Conv2dOp) for op in module.walk())
    assert transforms_between_convolutions(module) == 0


@pytest.mark.parametrize(("block", "expected"), [(24, 0), (12, 1)])
def test_a_transform_between_convolutions_is_found(
    tmp_path: Path, block: int, expected: int
) -> None:
    """The check above sees transforms, also where they are parts of kernels."""
    entry = {**ENTRY, "in_channels": 24, "ic_block": block, "oc_block": 24}
    first = {**ENTRY, "ic_block": 16, "oc_block": 24}
    graph = Graph()
    middle = graph.add("nn.relu", graph.conv(graph.image(16), 24))
    module = alter(
        graph.finish(graph.conv(graph.conv(middle, 24), 16)),
        blocks=write_blocks(tmp_path, first, entry),
    )
    PassManager.parse("fold-constant,fuse-ops,lambda-lift").run(CONTEXT, module)
    assert transforms_between_convolutions(module) == expected

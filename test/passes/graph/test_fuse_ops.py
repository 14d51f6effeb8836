"""fuse-ops: the rules as properties of random graphs, and Relay's own cases by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue

from inlay.dialects.registry import make_context
from inlay.dialects.relay.activation import ReluOp, SigmoidOp, TanhOp
from inlay.dialects.relay.arithmetic import AddOp, MultiplyOp
from inlay.dialects.relay.assemble import ConcatenateOp, SplitOp
from inlay.dialects.relay.base import RelayOp
from inlay.dialects.relay.comparison import LeftShiftOp, LessOp
from inlay.dialects.relay.constant import ConstantOp
from inlay.dialects.relay.conv import Conv2dOp
from inlay.dialects.relay.dense import DenseOp
from inlay.dialects.relay.elementwise import ExpOp
from inlay.dialects.relay.gather import TakeOp
from inlay.dialects.relay.image import UpsamplingOp
from inlay.dialects.relay.module import GroupOp, YieldOp
from inlay.dialects.relay.norm import DropoutOp
from inlay.dialects.relay.pool import MaxPool2dOp
from inlay.dialects.relay.reduce import AllOp, SumOp
from inlay.dialects.relay.reshape import BatchFlattenOp
from inlay.dialects.relay.rows import Pattern
from inlay.dialects.relay.shape import SqueezeOp, TransposeOp
from inlay.dialects.relay.softmax import LogSoftmaxOp
from inlay.dialects.relay.tuple import TupleGetItemOp, TupleOp
from inlay.dialects.relay.types import shape_of
from inlay.frontends.builder import GraphBuilder
from inlay.passes.graph.fuse_ops import FuseOps
from inlay.passes.manager import PassManager
from random_graphs import Program, programs

CONTEXT = make_context()


def fuse(module: ModuleOp, max_depth: int = 256) -> None:
    PassManager([FuseOps(max_depth)]).run(CONTEXT, module)


def groups_of(module: ModuleOp) -> list[GroupOp]:
    return [op for op in module.walk() if isinstance(op, GroupOp)]


# ---------------------------------------------------------------- the rules


def members(group: GroupOp) -> list[RelayOp]:
    """The ops of a group, the copies of scalar constants left out."""
    ops = [op for op in group.body.block.ops if isinstance(op, RelayOp)]
    return [op for op in ops if not isinstance(op, ConstantOp)]


def anchors(group: GroupOp) -> list[RelayOp]:
    return [op for op in members(group) if op.ROWS.pattern is Pattern.OUT_ELEMWISE_FUSABLE]


def producers(op: RelayOp) -> list[RelayOp]:
    """The ops of the same group whose results an op takes."""
    owners = (value.owner for value in op.operands)
    return [
        owner
        for owner in owners
        if isinstance(owner, RelayOp)
        and owner.parent is op.parent
        and not isinstance(owner, ConstantOp)
    ]


def after(anchor: RelayOp, group: GroupOp) -> list[RelayOp]:
    """The ops of the group that depend on the anchor."""
    below: list[RelayOp] = []
    for op in members(group):
        if any(owner is anchor or owner in below for owner in producers(op)):
            below.append(op)
    return below


def check_root(group: GroupOp) -> None:
    """The results of one op leave the group, all of them, and every other op leads to it."""
    *_, root = members(group)
    yielded = group.body.block.last_op
    assert isinstance(yielded, YieldOp)
    assert list(yielded.operands) == list(root.results)
    reached: set[Operation] = set()
    pending = [root]
    while pending:
        op = pending.pop()
        if op not in reached:
            reached.add(op)
            pending.extend(producers(op))
    assert reached == set(members(group))


def check_patterns(group: GroupOp) -> None:
    """What may share a kernel, by the patterns of its ops."""
    ops = members(group)
    patterns = [op.ROWS.pattern for op in ops]
    if len(ops) == 1:
        return
    assert Pattern.OPAQUE not in patterns
    assert len(anchors(group)) <= 1
    assert patterns[-1] is not Pattern.TUPLE, "nothing fuses into a tuple that is the root"
    if Pattern.COMM_REDUCE in patterns:
        assert patterns.index(Pattern.COMM_REDUCE) == len(ops) - 1, "a reduction starts nothing"
        assert max(patterns[:-1]) <= Pattern.INJECTIVE
    if Pattern.TUPLE in patterns:
        assert set(patterns) <= {*list(Pattern)[:3], Pattern.TUPLE}


def check_anchor(group: GroupOp) -> None:
    """An anchor takes nothing of its group, and elementwise ops alone follow it."""
    for anchor in anchors(group):
        assert producers(anchor) == []
        extents = shape_of(anchor.results[0].type)
        followers = after(anchor, group)
        for op in followers:
            assert op.ROWS.pattern <= Pattern.BROADCAST
            assert shape_of(op.result.type) == extents
            for value in op.operands:
                if value.owner is anchor or value.owner in followers:
                    assert shape_of(value.type) == extents


def check_scalars(group: GroupOp) -> None:
    """Scalar constants are copied into the groups, and no other constants are."""
    for op in group.body.block.ops:
        if isinstance(op, ConstantOp):
            assert shape_of(op.result.type) == ()
        for value in op.operands:
            if isinstance(value.owner, ConstantOp) and shape_of(value.type) == ():
                assert value.owner.parent is group.body.block


def blocks_of(module: ModuleOp) -> Iterator[Block]:
    for op in module.walk():
        if not isinstance(op, GroupOp):
            yield from (block for region in op.regions for block in region.blocks)


def check_all_in_groups(module: ModuleOp) -> None:
    """Every op that computes is in a group; tuples may stay between them."""
    for block in blocks_of(module):
        for op in block.ops:
            assert not isinstance(op, RelayOp) or isinstance(
                op, ConstantOp | TupleOp | TupleGetItemOp
            )


@dataclass
class Chain:
    """A unary elementwise op and the op that computes its operand, for it alone."""

    producer: RelayOp
    consumer: RelayOp


def elementwise_chains(module: ModuleOp) -> list[Chain]:
    """The pairs that any fusion worth its name joins."""
    fusable = (Pattern.ELEMWISE, Pattern.BROADCAST, Pattern.OUT_ELEMWISE_FUSABLE)
    found: list[Chain] = []
    for op in module.walk():
        if not (isinstance(op, RelayOp) and op.ROWS.pattern is Pattern.ELEMWISE):
            continue
        if len(op.operands) != 1:
            continue
        owner = op.operands[0].owner
        if (
            isinstance(owner, RelayOp)
            and owner.parent is op.parent
            and owner.ROWS.pattern in fusable
            and sum(1 for result in owner.results for _ in result.uses) == 1
        ):
            found.append(Chain(owner, op))
    return found


@given(program=programs(most=14), max_depth=st.sampled_from((256, 1, 2, 3, 5)))
@settings(max_examples=150)
def test_groups_obey_the_rules(program: Program, max_depth: int) -> None:
    chains = elementwise_chains(program.module)
    fuse(program.module, max_depth)
    check_all_in_groups(program.module)
    for group in groups_of(program.module):
        assert 1 <= len(members(group)) <= max_depth
        check_root(group)
        check_patterns(group)
        check_anchor(group)
        check_scalars(group)
    if max_depth == 256:
        for chain in chains:
            assert chain.producer.parent is chain.consumer.parent


# ---------------------------------------------------------------- Relay's cases

Build = Callable[[GraphBuilder], Sequence[SSAValue]]
CASES: dict[str, tuple[Build, int, list[str]]] = {}


def expect(*groups: str, max_depth: int = 256) -> Callable[[Build], Build]:
    """Names the groups that a graph is to become, each as its ops in post-DFS order."""

    def add(build: Build) -> Build:
        CASES[build.__name__] = (build, max_depth, list(groups))
        return build

    return add


def image(b: GraphBuilder, name: str = "x") -> SSAValue:
    return b.input(name, (1, 16, 8, 8))


def conv(b: GraphBuilder, data: SSAValue) -> SSAValue:
    """A 1x1 convolution to 16 channels, with a weight that is a parameter."""
    channels = shape_of(data.type)[1]
    return b.emit(Conv2dOp, data, b.input("w", (16, channels, 1, 1)))


def plus_one(b: GraphBuilder, data: SSAValue) -> SSAValue:
    return b.emit(AddOp, data, b.scalar(1.0))


@expect("add exp squeeze")
def elementwise_into_injective(b: GraphBuilder) -> Sequence[SSAValue]:
    x = b.input("x", (10, 20))
    return [b.emit(SqueezeOp, b.emit(ExpOp, plus_one(b, x)))]


@expect("add", "conv2d add add", "conv2d", "conv2d add")
def convolutions_and_what_follows(b: GraphBuilder) -> Sequence[SSAValue]:
    y = conv(b, plus_one(b, image(b)))
    y = b.emit(AddOp, y, plus_one(b, y))
    # The first of the two is the anchor of the sum, the other stays alone.
    return [b.emit(AddOp, conv(b, y), conv(b, y))]


@expect("conv2d add relu")
def shift_per_channel_and_relu(b: GraphBuilder) -> Sequence[SSAValue]:
    shift = b.constant(np.ones((16, 1, 1), np.float32))
    return [b.emit(ReluOp, b.emit(AddOp, conv(b, image(b)), shift))]


@expect("conv2d exp add")
def elementwise_beside_a_convolution(b: GraphBuilder) -> Sequence[SSAValue]:
    x, y = image(b), image(b, "y")
    return [b.emit(AddOp, conv(b, x), b.emit(ExpOp, y))]


@expect("conv2d", "add")
def convolution_that_is_broadcast(b: GraphBuilder) -> Sequence[SSAValue]:
    small = b.input("small", (1, 16, 1, 1))
    return [b.emit(AddOp, conv(b, small), image(b))]


@expect("conv2d relu sigmoid multiply")
def diamond_below_a_convolution(b: GraphBuilder) -> Sequence[SSAValue]:
    y = conv(b, image(b))
    return [b.emit(MultiplyOp, b.emit(ReluOp, y), b.emit(SigmoidOp, y))]


@expect("conv2d", "relu", "exp")
def two_results_from_a_convolution(b: GraphBuilder) -> Sequence[SSAValue]:
    y = conv(b, image(b))
    return [b.emit(ReluOp, y), b.emit(ExpOp, y)]


@expect("conv2d relu", "exp")
def result_in_the_middle(b: GraphBuilder) -> Sequence[SSAValue]:
    y = b.emit(ReluOp, conv(b, image(b)))
    return [y, b.emit(ExpOp, y)]


@expect("conv2d", "transpose")
def injective_below_a_convolution(b: GraphBuilder) -> Sequence[SSAValue]:
    return [b.emit(TransposeOp, conv(b, image(b)))]


@expect("exp", "conv2d")
def nothing_fuses_into_an_anchor(b: GraphBuilder) -> Sequence[SSAValue]:
    return [conv(b, b.emit(ExpOp, image(b)))]


@expect("exp", "log_softmax relu")
def softmax_takes_an_epilogue(b: GraphBuilder) -> Sequence[SSAValue]:
    x = b.input("x", (10, 20))
    return [b.emit(ReluOp, b.emit(LogSoftmaxOp, b.emit(ExpOp, x)))]


@expect("max_pool2d", "upsampling concatenate add")
def concatenate(b: GraphBuilder) -> Sequence[SSAValue]:
    x = image(b)
    pooled = b.emit(MaxPool2dOp, x, pool_size=(2, 2), strides=(2, 2))
    upsampled = b.emit(UpsamplingOp, pooled, scale_h=2.0, scale_w=2.0)
    return [plus_one(b, b.emit(ConcatenateOp, upsampled, x, axis=1))]


@expect("max_pool2d", "upsampling")
def results_of_two_kernels(b: GraphBuilder) -> Sequence[SSAValue]:
    x = image(b)
    pooled = b.emit(MaxPool2dOp, x, pool_size=(2, 2), strides=(2, 2))
    return [b.emit(UpsamplingOp, pooled, scale_h=2.0, scale_w=2.0), x]


@expect("dense", "split sigmoid tanh exp multiply add")
def elementwise_on_parts(b: GraphBuilder) -> Sequence[SSAValue]:
    hidden = b.emit(DenseOp, b.input("x", (1, 8)), b.input("w", (24, 8)))
    i, g, f = b.emit_all(SplitOp, hidden, indices_or_sections=3, axis=1)
    product = b.emit(MultiplyOp, b.emit(TanhOp, g), b.emit(ExpOp, f))
    return [b.emit(AddOp, b.emit(SigmoidOp, i), product)]


@expect("dense", "split", "dense")
def part_into_an_anchor(b: GraphBuilder) -> Sequence[SSAValue]:
    hidden = b.emit(DenseOp, b.input("x", (1, 8)), b.input("w", (24, 8)))
    part, *_ = b.emit_all(SplitOp, hidden, indices_or_sections=3, axis=1)
    return [b.emit(DenseOp, part, b.input("v", (8, 8)))]


@expect("squeeze add squeeze add add add concatenate squeeze add")
def injective_in_the_middle(b: GraphBuilder) -> Sequence[SSAValue]:
    inner = b.emit(SqueezeOp, image(b), axis=())
    second = plus_one(b, plus_one(b, b.emit(SqueezeOp, inner, axis=())))
    branches = plus_one(b, inner), second, plus_one(b, inner)
    joined = b.emit(ConcatenateOp, *branches, axis=1)
    return [plus_one(b, b.emit(SqueezeOp, joined, axis=()))]


@expect(
    " ".join(["add add add concatenate add"] * 3) + " concatenate",
    "max_pool2d add",
    "add",
)
def concatenations_in_a_row(b: GraphBuilder) -> Sequence[SSAValue]:
    x = image(b)

    def join() -> SSAValue:
        branches = [plus_one(b, x) for _ in range(3)]
        return plus_one(b, b.emit(ConcatenateOp, *branches, axis=1))

    joined = b.emit(ConcatenateOp, join(), join(), join(), axis=1)
    first = plus_one(b, b.emit(MaxPool2dOp, joined, pool_size=(2, 2)))
    return [first, plus_one(b, first)]


@expect(*["conv2d relu", "conv2d relu", "concatenate"] * 2)
def inception(b: GraphBuilder) -> Sequence[SSAValue]:
    x = image(b)
    for _ in range(2):
        branches = [b.emit(ReluOp, conv(b, x)) for _ in range(2)]
        x = b.emit(ConcatenateOp, *branches, axis=1)
    return [x]


@expect("add squeeze transpose left_shift")
def injective_in_parallel(b: GraphBuilder) -> Sequence[SSAValue]:
    y = b.emit(AddOp, b.input("x", (10, 20), "i32"), b.scalar(1, "i32"))
    left = b.emit(SqueezeOp, y)
    return [b.emit(LeftShiftOp, left, b.emit(TransposeOp, y, axes=(0, 1)))]


@expect("conv2d", "batch_flatten relu")
def elementwise_below_an_injective(b: GraphBuilder) -> Sequence[SSAValue]:
    return [b.emit(ReluOp, b.emit(BatchFlattenOp, conv(b, image(b))))]


@expect("conv2d exp relu transpose add multiply")
def injective_in_a_diamond_beside_a_convolution(b: GraphBuilder) -> Sequence[SSAValue]:
    y = b.emit(ExpOp, image(b, "y"))
    turned = b.emit(TransposeOp, y, axes=(0, 1, 3, 2))
    return [b.emit(MultiplyOp, conv(b, image(b)), b.emit(AddOp, b.emit(ReluOp, y), turned))]


@expect("squeeze take")
def take(b: GraphBuilder) -> Sequence[SSAValue]:
    x, indices = b.input("x", (10, 1)), b.input("i", (3,), "i32")
    return [b.emit(TakeOp, b.emit(SqueezeOp, x), indices, axis=-1)]


@expect("less all")
def comparison_into_a_reduction(b: GraphBuilder) -> Sequence[SSAValue]:
    x = b.input("x", (4,), "i32")
    return [b.emit(AllOp, b.emit(LessOp, x, b.scalar(10, "i32")))]


@expect("exp add sum", "relu")
def reduction_ends_a_group(b: GraphBuilder) -> Sequence[SSAValue]:
    x, row = b.input("x", (10, 20)), b.input("row", (20,))
    total = b.emit(SumOp, b.emit(AddOp, b.emit(ExpOp, x), row), axis=(1,))
    return [b.emit(ReluOp, total)]


@expect("exp transpose", "sum")
def injective_before_a_reduction(b: GraphBuilder) -> Sequence[SSAValue]:
    x = b.input("x", (10, 20))
    return [b.emit(SumOp, b.emit(TransposeOp, b.emit(ExpOp, x)), axis=(1,))]


@expect("add", "dropout", "exp")
def opaque_op(b: GraphBuilder) -> Sequence[SSAValue]:
    x = plus_one(b, b.input("x", (10, 20)))
    return [b.emit(ExpOp, b.emit(DropoutOp, x))]


@expect("exp tuple tuple_get_item relu")
def tuple_in_the_middle(b: GraphBuilder) -> Sequence[SSAValue]:
    x = b.input("x", (10, 20))
    packed = b.emit(TupleOp, b.emit(ExpOp, x), x)
    return [b.emit(ReluOp, b.emit(TupleGetItemOp, packed, index=0))]


@expect("exp")
def tuple_at_the_end(b: GraphBuilder) -> Sequence[SSAValue]:
    x = b.input("x", (10, 20))
    return [b.emit(TupleOp, b.emit(ExpOp, x), x)]


@expect("exp")
def unused_op(b: GraphBuilder) -> Sequence[SSAValue]:
    x = b.input("x", (10, 20))
    b.emit(ExpOp, x)
    return [x]


@expect()
def nothing_to_compute(b: GraphBuilder) -> Sequence[SSAValue]:
    return [b.input("x", (10, 20)), b.scalar(1.0)]


@expect(" ".join(["exp"] * 256), " ".join(["exp"] * 44))
def more_than_the_most(b: GraphBuilder) -> Sequence[SSAValue]:
    x: SSAValue = b.input("x", (10, 20))
    for _ in range(300):
        x = b.emit(ExpOp, x)
    return [x]


@expect(*[" ".join(["exp"] * 10 + ["add"])] * 3, max_depth=11)
def diamonds_as_large_as_the_most(b: GraphBuilder) -> Sequence[SSAValue]:
    x: SSAValue = b.input("x", (10, 20))
    for _ in range(3):
        left = right = x
        for _ in range(5):
            left, right = b.emit(ExpOp, left), b.emit(ExpOp, right)
        x = b.emit(AddOp, left, right)
    return [x]


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    build, max_depth, expected = CASES[name]
    builder = GraphBuilder()
    module = builder.finish(*build(builder))
    fuse(module, max_depth)
    found = [" ".join(_short(op) for op in members(group)) for group in groups_of(module)]
    assert found == expected


def _short(op: RelayOp) -> str:
    return op.name.removeprefix("relay.").removeprefix("nn.")

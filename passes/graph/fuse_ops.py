"""fuse-ops: gather ops into groups that become one kernel each.

Relay's algorithm (TVM src/relay/transforms/fuse_ops.cc): every op starts as a group of its own,
and may be merged, with all that lies between, into its immediate post-dominator when the
patterns on the paths allow. Three phases: first the ops that take elementwise epilogues
(convolutions, pools) fuse; then injective ops among themselves; last injective ops into tuples
that were fused already.

Before:

    %0 = relay.nn.conv2d %x, %w : (...) -> tensor<1x8x4x4xf32>
    %1 = relay.add %0, %b : (...) -> tensor<1x8x4x4xf32>
    %2 = relay.nn.relu %1 : (...) -> tensor<1x8x4x4xf32>
    relay.return %2 : tensor<1x8x4x4xf32>

After:

    %0 = relay.group -> tensor<1x8x4x4xf32> {
      %1 = relay.nn.conv2d %x, %w : (...) -> tensor<1x8x4x4xf32>
      %2 = relay.add %1, %b : (...) -> tensor<1x8x4x4xf32>
      %3 = relay.nn.relu %2 : (...) -> tensor<1x8x4x4xf32>
      relay.yield %3 : tensor<1x8x4x4xf32>
    }
    relay.return %0 : tensor<1x8x4x4xf32>

Rank-0 constants are copied into the groups that use them; other constants stay outside. The
ops of the block end in the order that a depth-first walk from its terminator finishes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import UNKNOWN_LOC, ArrayAttr, FusedLoc, NoneAttr
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ...dialects.relay.base import RelayOp
from ...dialects.relay.constant import ConstantOp
from ...dialects.relay.module import FuncOp, GroupOp, IfOp
from ...dialects.relay.rows import Pattern
from ...dialects.relay.tuple import TupleGetItemOp, TupleOp
from ...dialects.relay.types import shape_of
from ..manager import FunctionPass
from ..statistics import count
from .dataflow import Node, PostDominator, dataflow_graph, post_dominators, post_order, values_used


@dataclass(eq=False)
class Group:
    """A set of nodes in a union-find forest; ``root`` is the node whose results leave it."""

    root: Node
    pattern: Pattern
    anchor: Node | None
    size: int = 1
    parent: Group | None = None

    def find(self) -> Group:
        """The representative of the set; paths to it are halved on the way."""
        group = self
        while group.parent is not None:
            if group.parent.parent is not None:
                group.parent = group.parent.parent
            group = group.parent
        return group


Allowed = Callable[[Pattern, bool], bool]
"""Whether a group of a pattern may lie on a path; the flag says that it is the sink's."""


class Partitioner:
    """Merges the nodes of one dataflow graph into groups."""

    def __init__(self, nodes: Sequence[Node], max_depth: int):
        self.nodes = nodes
        self.dominators = post_dominators(nodes)
        self.max_depth = max_depth
        self.groups = [
            Group(node, node.pattern, node if _is_anchor(node) else None) for node in nodes
        ]

    def run(self) -> list[Group]:
        """The group of each node, after all three phases."""
        for phase in (self.fuse_anchors, self.fuse_injective, self.fuse_into_tuples):
            for dominator in self.dominators:
                if self._may_fuse(dominator):
                    phase(dominator)
        return [group.find() for group in self.groups]

    def _may_fuse(self, dominator: PostDominator) -> bool:
        is_opaque = self.groups[dominator.node.index].pattern is Pattern.OPAQUE
        return not is_opaque and dominator.parent is not None

    def fuse_anchors(self, dominator: PostDominator) -> None:
        """Phase 0: convolutions and the like, and what is at most broadcast."""
        group = self.groups[dominator.node.index]
        if group.pattern is not Pattern.OUT_ELEMWISE_FUSABLE:
            self._fuse_broadcast(dominator)
        elif not self._is_settled(dominator) and dominator.pattern is Pattern.ELEMWISE:
            self._fuse_if(dominator, lambda kind, _: kind <= Pattern.BROADCAST)

    def fuse_injective(self, dominator: PostDominator) -> None:
        """Phase 1: injective ops and tuples, now that the anchors have their epilogues."""
        group = self.groups[dominator.node.index]
        if group.pattern not in (Pattern.INJECTIVE, Pattern.TUPLE):
            self._fuse_broadcast(dominator)
        elif not self._is_settled(dominator):
            self._fuse_if(dominator, lambda kind, _: kind <= Pattern.INJECTIVE)

    def fuse_into_tuples(self, dominator: PostDominator) -> None:
        """Phase 2: injective ops into tuples that are part of a later injective group."""
        assert dominator.parent is not None
        if self.groups[dominator.node.index].pattern > Pattern.INJECTIVE:
            return
        target = self.groups[dominator.parent.node.index]
        is_fused_tuple = (
            target.pattern is Pattern.TUPLE and target.find().pattern <= Pattern.INJECTIVE
        )
        if is_fused_tuple:
            self._fuse_if(dominator, lambda kind, _: kind <= Pattern.INJECTIVE)

    def _fuse_broadcast(self, dominator: PostDominator) -> None:
        """Fuse a group that is at most broadcast into injective or reducing ops."""
        group = self.groups[dominator.node.index]
        if group.pattern > Pattern.BROADCAST or self._is_settled(dominator):
            return
        if dominator.pattern <= Pattern.INJECTIVE or dominator.pattern is Pattern.COMM_REDUCE:
            # The sink may have become part of a convolution's group already.
            self._fuse_if(
                dominator,
                lambda kind, is_sink: (
                    kind <= (Pattern.OUT_ELEMWISE_FUSABLE if is_sink else Pattern.INJECTIVE)
                ),
            )

    def _is_settled(self, dominator: PostDominator) -> bool:
        """Whether source and sink are in one group, or the sink is a tuple (left to phase 2)."""
        assert dominator.parent is not None
        source = self.groups[dominator.node.index]
        sink = self.groups[dominator.parent.node.index]
        return source.find() is sink.find() or sink.pattern is Pattern.TUPLE

    def _fuse_if(self, dominator: PostDominator, allowed: Allowed) -> None:
        """Commit when every group on every path to the sink, itself included, is allowed."""
        assert dominator.parent is not None
        source, sink = dominator.node, dominator.parent.node
        between = self._paths(source, sink, allowed)
        if between is None:
            return
        target = self.groups[sink.index].find()
        merged = {self.groups[node.index].find() for node in (source, *between)} | {target}
        if sum(group.size for group in merged) <= self.max_depth:
            for node in (source, *between):
                self._merge(self.groups[node.index], target)

    def _paths(self, source: Node, sink: Node, allowed: Allowed) -> list[Node] | None:
        """The nodes on the paths from source (left out) to its post-dominator sink (included).

        None once one of them is not allowed, or there are more than a group may have.
        """
        found: dict[Node, None] = {}
        stack = [source]
        while stack:
            for consumer, _ in stack.pop().outputs:
                if consumer in found:
                    continue
                pattern = self.groups[consumer.index].find().pattern
                if not allowed(pattern, consumer is sink) or len(found) > self.max_depth:
                    return None
                found[consumer] = None
                if consumer is not sink:
                    stack.append(consumer)
        return list(found)

    def _merge(self, child: Group, parent: Group) -> None:
        child, parent = child.find(), parent.find()
        if child is parent:
            return
        parent.size += child.size
        child.parent = parent
        if child.anchor is not None:
            assert parent.anchor is None, "a group has at most one anchor"
            parent.anchor = child.anchor
            parent.pattern = max(child.pattern, parent.pattern)


def _is_anchor(node: Node) -> bool:
    return node.pattern is Pattern.OUT_ELEMWISE_FUSABLE


def _is_scalar_constant(op: Operation) -> bool:
    return isinstance(op, ConstantOp) and shape_of(op.result.type) == ()


def _is_kernel(op: Operation) -> bool:
    """Whether an op computes anything: constants and bare tuples stay as they are."""
    return isinstance(op, RelayOp) and not isinstance(op, ConstantOp)


def _groups_of(nodes: Sequence[Node], groups: Sequence[Group]) -> list[list[Operation]]:
    """The members of each group that is to become a kernel, its root last."""
    members: dict[Group, list[Operation]] = {}
    for node, group in zip(nodes, groups, strict=True):
        if _is_kernel(node.op):
            members.setdefault(group, []).append(node.op)
    return [
        ops
        for ops in members.values()
        if not all(isinstance(op, TupleOp | TupleGetItemOp) for op in ops)
    ]


def _outline(block: Block, ops: Sequence[Operation]) -> None:
    """Move the ops into a relay.group at the place of the last one."""
    root = ops[-1]
    inside = set(ops)
    members = post_order([root], lambda op: op.operands if op in inside else (), block)
    members = [op for op in members if op in inside]
    marker = root.next_op
    assert marker is not None, "a group never holds the terminator"
    results = list(root.results)
    for op in members:
        op.detach()
    group = GroupOp.of([*_copied_scalars(members), *members], results)
    block.insert_op_before(group, marker)
    group.location = _fused_location(members)
    for inner, outer in zip(results, group.results, strict=True):
        outer.name_hint = inner.name_hint
        inner.replace_uses_with_if(outer, lambda use: use.operation.parent is not group.body.block)


def _copied_scalars(members: Sequence[Operation]) -> list[Operation]:
    """Copies of the rank-0 constants the members use, which then use the copies."""
    copies: dict[SSAValue, Operation] = {}
    for op in members:
        for index, value in enumerate(op.operands):
            if isinstance(value.owner, ConstantOp) and _is_scalar_constant(value.owner):
                if value not in copies:
                    copies[value] = value.owner.clone()
                op.operands[index] = copies[value].results[0]
    return list(copies.values())


def _fused_location(ops: Sequence[Operation]) -> FusedLoc:
    known = dict.fromkeys(op.location for op in ops if op.location != UNKNOWN_LOC)
    return FusedLoc(ArrayAttr[Attribute](known), NoneAttr())


def _erase_unused_constants(block: Block) -> None:
    for op in list(block.ops):
        if isinstance(op, ConstantOp) and not op.result.uses:
            op.detach()
            op.erase()


def sort_depth_first(block: Block) -> None:
    """Put the block's ops in the order a depth-first walk from the terminator finishes them."""
    terminator = block.last_op
    assert terminator is not None
    roots = [terminator, *(op for op in block.ops if op is not terminator)]
    ordered = post_order(roots, values_used, block)
    ordered.remove(terminator)
    for op in ordered:
        op.detach()
        block.insert_op_before(op, terminator)


@dataclass(frozen=True)
class FuseOps(FunctionPass):
    """Gather ops into relay.group, by Relay's post-dominator rules."""

    name = "fuse-ops"
    statistics: ClassVar[dict[str, str]] = {
        "groups": "groups made",
        "fused": "operations that share a group with another",
    }

    max_depth: int = field(default=256, metadata={"doc": "the most ops that one group may have"})

    def __post_init__(self) -> None:
        if self.max_depth < 1:
            raise ValueError(f"max-depth is {self.max_depth}, expected 1 or more")

    def run_on(self, ctx: Context, op: Operation) -> None:
        """Fuse in the function's body and, apart from it, in every region of its ifs."""
        assert isinstance(op, FuncOp)
        if op.is_primitive:
            return
        blocks = [
            op.block,
            *(b for inner in op.body.walk() for r in inner.regions for b in r.blocks),
        ]
        for block in blocks:
            if isinstance(block.parent_op(), FuncOp | IfOp):
                self._fuse_block(block)

    def _fuse_block(self, block: Block) -> None:
        nodes = dataflow_graph(block)
        groups = Partitioner(nodes, self.max_depth).run()
        for ops in _groups_of(nodes, groups):
            _outline(block, ops)
            count("groups")
            count("fused", len(ops) if len(ops) > 1 else 0)
        _erase_unused_constants(block)
        sort_depth_first(block)

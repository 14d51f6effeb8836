"""The dataflow graph of a block, as fusion sees it, and its post-dominator tree.

After TVM's IndexedForwardGraph and DominatorTree (src/relay/analysis/graph_partitioner.cc).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from xdsl.ir import Block, Operation, SSAValue

from ...dialects.relay.base import RelayOp
from ...dialects.relay.constant import ConstantOp
from ...dialects.relay.rows import Pattern
from ...dialects.relay.types import DYNAMIC, is_tensor, shape_of


@dataclass(eq=False)
class Node:
    """An op of the block, with the patterns of the edges to its consumers.

    ``escapes``: a result is used by the terminator, inside a region, or by what cannot be
    fused, so that nothing post-dominates the node.
    """

    op: Operation
    index: int
    pattern: Pattern
    outputs: list[tuple[Node, Pattern]] = field(default_factory=list["tuple[Node, Pattern]"])
    escapes: bool = False


@dataclass(eq=False)
class PostDominator:
    """A node's immediate post-dominator and the aggregated pattern of the paths to it."""

    node: Node
    parent: PostDominator | None
    depth: int
    pattern: Pattern


def post_order(
    roots: Iterable[Operation],
    operands: Callable[[Operation], Sequence[SSAValue]],
    block: Block | None = None,
) -> list[Operation]:
    """Ops that the roots are computed by, and the roots, each after its operands, depth first.

    With ``block``, only the ops that stand in it.
    """
    order: list[Operation] = []
    seen: set[Operation] = set()
    for root in roots:
        stack: list[tuple[Operation, bool]] = [(root, False)]
        while stack:
            op, done = stack.pop()
            if done:
                order.append(op)
            elif op not in seen:
                seen.add(op)
                stack.append((op, True))
                owners = [value.owner for value in operands(op)]
                stack.extend(
                    (owner, False)
                    for owner in reversed(owners)
                    if isinstance(owner, Operation) and (block is None or owner.parent is block)
                )
    return order


def values_used(op: Operation) -> list[SSAValue]:
    """The values an op takes from around it: its operands, then what its regions capture."""
    used = list(op.operands)
    for region in op.regions:
        inside = set(region.walk())
        for inner in region.walk():
            used.extend(v for v in inner.operands if v.owner not in inside)
    return used


def dataflow_graph(block: Block) -> list[Node]:
    """The nodes of the block in post-DFS order from its terminator, then from unused ops."""
    terminator = block.last_op
    assert terminator is not None, "a block of relay ends in a terminator"
    roots = [terminator, *(op for op in block.ops if op is not terminator)]
    nodes: dict[Operation, Node] = {}
    for op in post_order(roots, values_used, block):
        nodes[op] = Node(op, len(nodes), _pattern(op))
    for node in nodes.values():
        _link(node, nodes)
    return list(nodes.values())


def post_dominators(nodes: Sequence[Node]) -> list[PostDominator]:
    """The post-dominator tree, one entry per node in the order of ``nodes``."""
    tree: list[PostDominator | None] = [None] * len(nodes)
    for node in reversed(nodes):
        tree[node.index] = _immediate(node, tree)
    return [entry for entry in tree if entry is not None]


def _pattern(op: Operation) -> Pattern:
    return op.ROWS.pattern if isinstance(op, RelayOp) else Pattern.OPAQUE


def _link(node: Node, nodes: dict[Operation, Node]) -> None:
    """Add the edges from the producers of what ``node`` uses."""
    fusable = isinstance(node.op, RelayOp) and not isinstance(node.op, ConstantOp)
    for value in values_used(node.op):
        producer = nodes.get(value.owner) if isinstance(value.owner, Operation) else None
        if producer is None:
            continue
        if fusable:
            producer.outputs.append((node, _edge_pattern(node, value)))
        else:
            producer.escapes = True


def _edge_pattern(node: Node, value: SSAValue) -> Pattern:
    if node.pattern is Pattern.TUPLE:
        return Pattern.INJECTIVE
    if node.pattern is Pattern.BROADCAST and _has_shape_of_result(node.op, value):
        return Pattern.ELEMWISE
    return node.pattern


def _has_shape_of_result(op: Operation, value: SSAValue) -> bool:
    """Whether the operand surely has the result's shape, so that it is not broadcast.

    Two `?` extents may differ at run time, unless no other operand can widen that dimension.
    """
    if len(op.results) != 1 or not (is_tensor(value.type) and is_tensor(op.results[0].type)):
        return False
    shape, result = shape_of(value.type), shape_of(op.results[0].type)
    if shape != result:
        return False
    others = [shape_of(v.type) for v in op.operands if v is not value and is_tensor(v.type)]
    from_right = [axis - len(shape) for axis, extent in enumerate(shape) if extent == DYNAMIC]
    return all(len(other) < -axis or other[axis] == 1 for axis in from_right for other in others)


def _immediate(node: Node, tree: Sequence[PostDominator | None]) -> PostDominator:
    if node.escapes or not node.outputs:
        return PostDominator(node, None, 1, Pattern.OPAQUE)
    parent: PostDominator | None = None
    pattern = Pattern.ELEMWISE
    for position, (consumer, edge) in enumerate(node.outputs):
        entry = tree[consumer.index]
        if position == 0:
            parent = entry
        else:
            parent, climbed = _common_ancestor(parent, entry)
            pattern = max(pattern, climbed)
        pattern = max(pattern, edge)
    return PostDominator(node, parent, parent.depth + 1 if parent else 1, pattern)


def _common_ancestor(
    left: PostDominator | None, right: PostDominator | None
) -> tuple[PostDominator | None, Pattern]:
    """The lowest common ancestor and the maximum pattern of the tree nodes climbed to it."""
    pattern = Pattern.ELEMWISE
    while left is not right:
        if left is None or right is None:
            return None, pattern
        depth = max(left.depth, right.depth)
        if right.depth == depth:
            pattern = max(pattern, right.pattern)
            right_up = right.parent
        else:
            right_up = right
        if left.depth == depth:
            pattern = max(pattern, left.pattern)
            left = left.parent
        right = right_up
    return left, pattern

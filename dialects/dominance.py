"""SSA dominance verification, which xDSL's ``Operation.verify`` does not do.

A use is legal where the definition of its operand *dominates* it: every path from the region's
entry to the use passes the definition first. As in MLIR,

- a nested region sees what dominates the operation that holds it, unless that operation is
  ``IsolatedFromAbove``;
- a block that the entry cannot reach may use any value of its region;
- edges out of unreachable blocks do not count.

Every region is an SSACFG region: inlay has no graph regions.
"""

from collections.abc import Iterator

from xdsl.ir import Block, Operation, OpResult, Region, SSAValue
from xdsl.traits import IsolatedFromAbove
from xdsl.utils.exceptions import VerifyException


class DominanceError(VerifyException):
    """Operand ``operand_index`` of ``op`` is used where its definition does not dominate."""

    def __init__(self, op: Operation, operand_index: int):
        self.op = op
        self.operand_index = operand_index
        value = op.operands[operand_index]
        super().__init__(
            f"'{op.name}' op operand #{operand_index} ({_describe(value)}) "
            "does not dominate this use"
        )


def verify_dominance(op: Operation) -> None:
    """Check dominance of every use in the regions of ``op``, at every depth.

    ``op`` must pass ``op.verify()``. The operands of ``op`` itself are not checked, and values from
    outside it are taken as defined.

    Raises:
        DominanceError: naming the first use, in program order, before its definition.
    """
    isolated = _is_isolated(op)
    for region in op.regions:
        _verify_region(region, set() if isolated else _values_from_outside(op))


def _verify_region(region: Region, visible: set[SSAValue]) -> None:
    """Check ``region``, where the values ``visible`` are defined; leaves the set as it was."""
    first = region.blocks.first
    if first is None:
        return
    if first.next_block is None:
        visible.difference_update(_verify_block(first, visible))
        return
    children = _dominator_tree(region)
    # Depth first over the dominator tree; a block's definitions leave with it.
    pending: list[Block | list[SSAValue]] = [first]
    while pending:
        entry = pending.pop()
        if isinstance(entry, list):
            visible.difference_update(entry)
            continue
        pending.append(_verify_block(entry, visible))
        pending.extend(reversed(children[entry]))
    unreachable = [block for block in region.blocks if block not in children]
    if unreachable:
        everything = visible | set(_definitions(region))
        for block in unreachable:
            for op in block.ops:
                _verify_nested(op, everything)


def _verify_block(block: Block, visible: set[SSAValue]) -> list[SSAValue]:
    """Check ``block``; returns the values it defines, which are now in ``visible``."""
    defined: list[SSAValue] = list(block.args)
    visible.update(defined)
    for op in block.ops:
        for index, operand in enumerate(op.operands):
            if operand not in visible:
                raise DominanceError(op, index)
        if op.regions:
            _verify_nested(op, visible)
        defined.extend(op.results)
        visible.update(op.results)
    return defined


def _verify_nested(op: Operation, visible: set[SSAValue]) -> None:
    for region in op.regions:
        _verify_region(region, set() if _is_isolated(op) else visible)


def _is_isolated(op: Operation) -> bool:
    # xDSL answers yes for operations it does not know; they do see the values around them.
    return op.has_trait(IsolatedFromAbove, value_if_unregistered=False)


def _definitions(region: Region) -> Iterator[SSAValue]:
    """The values that the blocks of ``region`` define, not counting nested regions."""
    for block in region.blocks:
        yield from block.args
        for op in block.ops:
            yield from op.results


def _values_from_outside(op: Operation) -> set[SSAValue]:
    """Operands used below ``op`` whose definition lies outside it."""
    return {
        operand
        for inner in op.walk()
        if inner is not op
        for operand in inner.operands
        if operand.owner is not op and not op.is_ancestor(operand.owner)
    }


def _dominator_tree(region: Region) -> dict[Block, list[Block]]:
    """Children in the dominator tree for each block that the entry reaches.

    Cooper, Harvey, Kennedy: *A Simple, Fast Dominance Algorithm*. xDSL's ``DominanceInfo`` counts
    edges out of unreachable blocks and keeps a set of blocks for each block.
    """
    order = _reverse_postorder(region)
    rank = {block: index for index, block in enumerate(order)}
    predecessors: list[list[int]] = [[] for _ in order]
    for index, block in enumerate(order):
        for successor in _successors(block):
            predecessors[rank[successor]].append(index)

    # Ranks of immediate dominators; the entry is its own, -1 is "not known yet".
    idom = [0] + [-1] * (len(order) - 1)
    changed = True
    while changed:
        changed = False
        for index in range(1, len(order)):
            known = [p for p in predecessors[index] if idom[p] >= 0]
            new = known[0]
            for other in known[1:]:
                new = _common_dominator(new, other, idom)
            if idom[index] != new:
                idom[index] = new
                changed = True

    children: dict[Block, list[Block]] = {block: [] for block in order}
    for index in range(1, len(order)):
        children[order[idom[index]]].append(order[index])
    return children


def _common_dominator(a: int, b: int, idom: list[int]) -> int:
    while a != b:
        if a > b:
            a = idom[a]
        else:
            b = idom[b]
    return a


def _reverse_postorder(region: Region) -> list[Block]:
    """The blocks reachable from the entry, each before its successors where no cycle forbids."""
    entry = region.blocks[0]
    postorder: list[Block] = []
    seen = {entry}
    stack = [(entry, iter(_successors(entry)))]
    while stack:
        block, successors = stack[-1]
        for successor in successors:
            if successor not in seen:
                seen.add(successor)
                stack.append((successor, iter(_successors(successor))))
                break
        else:
            postorder.append(block)
            stack.pop()
    return postorder[::-1]


def _successors(block: Block) -> tuple[Block, ...]:
    return () if block.last_op is None else tuple(block.last_op.successors)


def _describe(value: SSAValue) -> str:
    name = "" if value.name_hint is None else f"%{value.name_hint}, "
    if isinstance(value, OpResult):
        return f"{name}result #{value.index} of '{value.op.name}'"
    return f"{name}a block argument"

"""Erases what no result of a public function depends on.

That is: ops without used results, at any depth; results of `relay.group` and `relay.if` that
nobody uses, with what computes them; and private functions that nothing reaches.

Before:

    relay.func private @unused(%x: tensor<2xf32>) -> tensor<2xf32> {
      relay.return %x : tensor<2xf32>
    }
    relay.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %0 = relay.exp %x : (tensor<2xf32>) -> tensor<2xf32>
      %1 = relay.call @unused(%0) : (tensor<2xf32>) -> tensor<2xf32>
      relay.return %x : tensor<2xf32>
    }

After:

    relay.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      relay.return %x : tensor<2xf32>
    }
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, ModuleOp, SymbolRefAttr
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter
from xdsl.transforms.dead_code_elimination import is_trivially_dead

from ...dialects.relay.module import FuncOp, GroupOp, IfOp
from ..statistics import count


def sweep(block: Block) -> None:
    """Erase the dead ops of a block and of the regions in it."""
    # Users stand below what they use, so that one sweep from the bottom finds all.
    for op in reversed(list(block.ops)):
        if is_trivially_dead(op):
            erase(op)
            continue
        if isinstance(op, GroupOp | IfOp):
            op = _without_unused_results(op)
        for region in op.regions:
            for inner in region.blocks:
                sweep(inner)


def erase(op: Operation) -> None:
    """Erase an op, and count it."""
    Rewriter.erase_op(op)
    count("erased")


def erase_dead(values: list[SSAValue]) -> None:
    """Erase the ops that define the values, and those that they use, as far as they are dead."""
    while values:
        op = values.pop().owner
        if isinstance(op, Operation) and op.parent is not None and is_trivially_dead(op):
            values.extend(op.operands)
            erase(op)


def _without_unused_results(op: GroupOp | IfOp) -> Operation:
    """The op, rebuilt if need be, with its used results only."""
    used = [index for index, result in enumerate(op.results) if result.first_use is not None]
    if len(used) == len(op.results):
        return op
    count("results-dropped", len(op.results) - len(used))
    results = [op.results[index] for index in used]
    for region in op.regions:
        terminator = region.block.last_op
        assert terminator is not None, "verified: a region ends in relay.yield"
        terminator.operands = [terminator.operands[index] for index in used]
    slim = type(op).create(
        operands=op.operands,
        result_types=[result.type for result in results],
        attributes=op.attributes,
        regions=[op.detach_region(region) for region in list(op.regions)],
        location=op.location,
    )
    for old, new in zip(results, slim.results, strict=True):
        new.name_hint = old.name_hint
        old.replace_all_uses_with(new)
    Rewriter.replace_op(op, slim, [None] * len(op.results))
    return slim


def unreachable_functions(module: ModuleOp) -> list[FuncOp]:
    """The private functions that no other op of the module refers to, directly or indirectly."""
    private = {
        op.sym_name.data: op
        for op in module.ops
        if isinstance(op, FuncOp)
        and op.sym_visibility is not None
        and op.sym_visibility.data == "private"
    }
    names = list(_own_references(module))
    for op in module.ops:
        if op not in private.values():
            names.extend(_references(op))
    while names:
        reached = private.pop(names.pop(), None)
        if reached is not None:
            names.extend(_references(reached))
    return list(private.values())


def _references(op: Operation) -> Iterator[str]:
    """The symbols that an op and the ops in it refer to."""
    for inner in op.walk():
        yield from _own_references(inner)


def _own_references(op: Operation) -> Iterator[str]:
    for attribute in (*op.properties.values(), *op.attributes.values()):
        yield from _symbols(attribute)


def _symbols(attribute: Attribute) -> Iterator[str]:
    """The symbols an attribute refers to."""
    match attribute:
        case SymbolRefAttr():
            yield attribute.root_reference.data
        case ArrayAttr():
            for item in attribute:
                yield from _symbols(item)
        case DictionaryAttr():
            for item in attribute.data.values():
                yield from _symbols(item)
        case _:
            pass


@dataclass(frozen=True)
class DeadCodeElimination(ModulePass):
    """Erase unused ops, unused results of regions, and private functions nothing reaches."""

    name = "dead-code-elimination"
    statistics: ClassVar[Mapping[str, str]] = {
        "erased": "ops erased",
        "functions": "private functions erased",
        "results-dropped": "unused results of relay.group and relay.if dropped",
    }

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        # First the bodies: a dead call keeps no function alive.
        for function in [inner for inner in op.walk() if isinstance(inner, FuncOp)]:
            for block in function.body.blocks:
                sweep(block)
        for function in unreachable_functions(op):
            Rewriter.erase_op(function)
            count("functions")

"""Computes equal expressions once.

Two ops are equal when they have the same name, operands, properties and result types, no regions
and no effects; so are two constants with the same value attribute. The later gives way to the
earlier, which must dominate it: an op in one branch of a `relay.if` never serves the other. Ops
whose operands are equal but in another order are left apart.

Before:

    relay.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %0 = relay.exp %x : (tensor<2xf32>) -> tensor<2xf32>
      %1 = relay.exp %x : (tensor<2xf32>) -> tensor<2xf32>
      %2 = relay.add %0, %1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      relay.return %2 : tensor<2xf32>
    }

After:

    relay.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %0 = relay.exp %x : (tensor<2xf32>) -> tensor<2xf32>
      %1 = relay.add %0, %0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      relay.return %1 : tensor<2xf32>
    }
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.ir import Attribute, Block, Operation
from xdsl.rewriter import Rewriter
from xdsl.traits import IsTerminator, is_side_effect_free

from ...dialects.relay.resources import ResourceAttr
from ..manager import FunctionPass
from ..statistics import count


def number(block: Block, known: dict[Hashable, Operation]) -> None:
    """Replace the ops of a block by equal ones of it or of ``known``, which dominate it."""
    added: list[Hashable] = []
    for op in list(block.ops):
        for region in op.regions:
            for inner in region.blocks:
                number(inner, known)
        if not _can_be_shared(op):
            continue
        key = _key(op)
        first = known.setdefault(key, op)
        if first is op:
            added.append(key)
        else:
            _merge(first, op)
    for key in added:
        del known[key]


def _can_be_shared(op: Operation) -> bool:
    return not op.regions and is_side_effect_free(op) and not op.has_trait(IsTerminator)


def _key(op: Operation) -> Hashable:
    """What equal ops have in common. Attributes besides properties are notes, and do not count."""
    properties = frozenset((name, _value(value)) for name, value in op.properties.items())
    return op.name, tuple(op.operands), properties, tuple(op.result_types)


def _value(attribute: Attribute) -> Hashable:
    """The attribute; with its array for a resource, as keys alone need not be unique."""
    return (
        (attribute, id(attribute.data.array)) if isinstance(attribute, ResourceAttr) else attribute
    )


def _merge(first: Operation, op: Operation) -> None:
    """Let ``first`` stand for ``op``."""
    for old, new in zip(op.results, first.results, strict=True):
        new.name_hint = new.name_hint or old.name_hint
        old.replace_all_uses_with(new)
    Rewriter.erase_op(op)
    count("merged")


@dataclass(frozen=True)
class EliminateCommonSubexpr(FunctionPass):
    """Merge ops that compute the same value."""

    name = "eliminate-common-subexpr"
    statistics: ClassVar[Mapping[str, str]] = {"merged": "ops replaced by an equal one"}

    def run_on(self, ctx: Context, op: Operation) -> None:
        for region in op.regions:
            for block in region.blocks:
                number(block, {})

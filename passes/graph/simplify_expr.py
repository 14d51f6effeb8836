"""Applies small algebraic rewrites until none applies.

The rules stand in a table, ``simplify_rules.RULES``. All are exact, bit by bit: `x + 0` stays, as
it turns -0 into 0, and sums of constants are not regrouped. An op also takes part through the row
``static`` of the op table, by which a `dyn` op whose shape operand is constant becomes its static
counterpart; where a rewrite finds an extent that was `?`, the types of all that depends on it
follow. What the rewrites leave unused is erased.

Before:

    relay.func @main(%x: tensor<2x3xf32>) -> tensor<6xf32> {
      %0 = relay.constant dense<1.0> : tensor<f32>
      %1 = relay.multiply %x, %0 : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
      %2 = relay.reshape %1 {newshape = array<i64: 3, 2>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
      %3 = relay.reshape %2 {newshape = array<i64: -1>} : (tensor<3x2xf32>) -> tensor<6xf32>
      relay.return %3 : tensor<6xf32>
    }

After:

    relay.func @main(%x: tensor<2x3xf32>) -> tensor<6xf32> {
      %0 = relay.reshape %x {newshape = array<i64: 6>} : (tensor<2x3xf32>) -> tensor<6xf32>
      relay.return %0 : tensor<6xf32>
    }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.ir import Operation

from ...dialects.relay.base import RelayOp
from ..manager import FunctionPass
from ..statistics import count
from .dead_code_elimination import erase_dead
from .replacement import replace
from .simplify_rules import rules_for


def simplify(root: Operation) -> None:
    """Apply the rules to the ops below ``root``; when one fires, again to what it touched."""
    pending = list(root.walk(reverse=True, region_first=True))
    while pending:
        op = pending.pop()
        if isinstance(op, RelayOp) and op.parent is not None:
            pending.extend(_simplify(op))


def _simplify(op: RelayOp) -> list[Operation]:
    """Apply the first rule that fits; give the ops that may now fit another, in reverse order."""
    operands = list(op.operands)
    users = [use.operation for result in op.results for use in result.uses]
    for rule in rules_for(op):
        replaced = replace(op, rule)
        if replaced is not None:
            count("simplified")
            erase_dead(operands)
            touched = dict.fromkeys([*replaced.added, *users, *replaced.refined])
            return list(reversed(touched))
    return []


@dataclass(frozen=True)
class SimplifyExpr(FunctionPass):
    """Apply exact algebraic rewrites: identities, inverse pairs, chains of one kind of op."""

    name = "simplify-expr"
    statistics: ClassVar[Mapping[str, str]] = {
        "simplified": "ops rewritten",
        "erased": "ops that this left unused",
    }

    def run_on(self, ctx: Context, op: Operation) -> None:
        simplify(op)

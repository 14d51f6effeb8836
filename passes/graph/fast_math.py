"""Rewrites ops into faster ones whose generated code is less exact.

exp, tanh, erf and softmax become fast_exp, fast_tanh, fast_erf and fast_softmax. An op takes part
through the row ``fast`` of the op table.

Before:

    relay.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
      %0 = relay.nn.softmax %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
      relay.return %0 : tensor<2x3xf32>
    }

After:

    relay.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
      %0 = relay.nn.fast_softmax %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
      relay.return %0 : tensor<2x3xf32>
    }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.ir import Operation

from ..manager import FunctionPass
from ..statistics import count
from .replacement import apply_row


@dataclass(frozen=True)
class FastMath(FunctionPass):
    """Replace ops by faster, less exact ones: exp, tanh, erf, softmax by their fast forms."""

    name = "fast-math"
    statistics: ClassVar[Mapping[str, str]] = {"replaced": "ops replaced by their fast form"}

    def run_on(self, ctx: Context, op: Operation) -> None:
        count("replaced", apply_row(op, lambda row: row.fast))

"""Rewrites ops into fewer kinds of op, so that later passes see one form of each thing.

bias_add becomes expand_dims and add. An op takes part through the row ``canonical`` of the op
table.

Before:

    relay.func @main(%x: tensor<1x2x4x4xf32>, %b: tensor<2xf32>) -> tensor<1x2x4x4xf32> {
      %0 = relay.nn.bias_add %x, %b : (tensor<1x2x4x4xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
      relay.return %0 : tensor<1x2x4x4xf32>
    }

After:

    relay.func @main(%x: tensor<1x2x4x4xf32>, %b: tensor<2xf32>) -> tensor<1x2x4x4xf32> {
      %0 = relay.expand_dims %b {axis = 1 : i64, num_newaxis = 2 : i64}
          : (tensor<2xf32>) -> tensor<2x1x1xf32>
      %1 = relay.add %x, %0 : (tensor<1x2x4x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4x4xf32>
      relay.return %1 : tensor<1x2x4x4xf32>
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
class CanonicalizeOps(FunctionPass):
    """Replace ops by more general ones: bias_add by expand_dims and add."""

    name = "canonicalize-ops"
    statistics: ClassVar[Mapping[str, str]] = {
        "canonicalized": "ops replaced by their general form"
    }

    def run_on(self, ctx: Context, op: Operation) -> None:
        count("canonicalized", apply_row(op, lambda row: row.canonical))

"""Rewrites ops that differ between training and inference into plain arithmetic.

Batch normalisation becomes a scale and a shift per channel, which fold-constant computes and
fold-scale-axis moves into convolutions; dropout disappears. An op takes part through the row
``inference`` of the op table.

Before:

    relay.func @main(%x: tensor<4x2xf32>, %gamma: tensor<2xf32>, %beta: tensor<2xf32>,
                     %mean: tensor<2xf32>, %var: tensor<2xf32>) -> tensor<4x2xf32> {
      %0 = relay.nn.batch_norm %x, %gamma, %beta, %mean, %var : (tensor<4x2xf32>, tensor<2xf32>,
          tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
      %1 = relay.nn.dropout %0 : (tensor<4x2xf32>) -> tensor<4x2xf32>
      relay.return %1 : tensor<4x2xf32>
    }

After:

    relay.func @main(%x: tensor<4x2xf32>, %gamma: tensor<2xf32>, %beta: tensor<2xf32>,
                     %mean: tensor<2xf32>, %var: tensor<2xf32>) -> tensor<4x2xf32> {
      %0 = relay.constant dense<1.000000e-05> : tensor<f32>
      %1 = relay.constant dense<1.000000e+00> : tensor<f32>
      %2 = relay.add %var, %0 : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
      %3 = relay.sqrt %2 : (tensor<2xf32>) -> tensor<2xf32>
      %4 = relay.divide %1, %3 : (tensor<f32>, tensor<2xf32>) -> tensor<2xf32>
      %5 = relay.multiply %4, %gamma : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      %6 = relay.negative %mean : (tensor<2xf32>) -> tensor<2xf32>
      %7 = relay.multiply %6, %5 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      %8 = relay.add %7, %beta : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      %9 = relay.multiply %x, %5 : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
      %10 = relay.add %9, %8 : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
      relay.return %10 : tensor<4x2xf32>
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
class SimplifyInference(FunctionPass):
    """Replace ops by their inference form: batch_norm by arithmetic, dropout by nothing."""

    name = "simplify-inference"
    statistics: ClassVar[Mapping[str, str]] = {"simplified": "ops replaced by their inference form"}

    def run_on(self, ctx: Context, op: Operation) -> None:
        count("simplified", apply_row(op, lambda row: row.inference))

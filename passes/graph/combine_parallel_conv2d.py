"""Combines convolutions of the same data into one with all their output channels.

Three branches of an Inception block each read the data once; one wide convolution reads it once
for all, and has more channels to block. The branches must agree in everything but the number of
output channels, and have no groups; elementwise ops that all branches go on with are combined
too.

Before, with ``min-num-branches=2``:

    relay.func @main(%x: tensor<1x2x5x5xf32>, %u: tensor<4x2x1x1xf32>, %v: tensor<3x2x1x1xf32>)
        -> (tensor<1x4x5x5xf32>, tensor<1x3x5x5xf32>) {
      %0 = relay.nn.conv2d %x, %u
          : (tensor<1x2x5x5xf32>, tensor<4x2x1x1xf32>) -> tensor<1x4x5x5xf32>
      %1 = relay.nn.conv2d %x, %v
          : (tensor<1x2x5x5xf32>, tensor<3x2x1x1xf32>) -> tensor<1x3x5x5xf32>
      %2 = relay.nn.relu %0 : (tensor<1x4x5x5xf32>) -> tensor<1x4x5x5xf32>
      %3 = relay.nn.relu %1 : (tensor<1x3x5x5xf32>) -> tensor<1x3x5x5xf32>
      relay.return %2, %3 : tensor<1x4x5x5xf32>, tensor<1x3x5x5xf32>
    }

After:

    relay.func @main(%x: tensor<1x2x5x5xf32>, %u: tensor<4x2x1x1xf32>, %v: tensor<3x2x1x1xf32>)
        -> (tensor<1x4x5x5xf32>, tensor<1x3x5x5xf32>) {
      %0 = relay.concatenate %u, %v {axis = 0 : i64}
          : (tensor<4x2x1x1xf32>, tensor<3x2x1x1xf32>) -> tensor<7x2x1x1xf32>
      %1 = relay.nn.conv2d %x, %0
          : (tensor<1x2x5x5xf32>, tensor<7x2x1x1xf32>) -> tensor<1x7x5x5xf32>
      %2 = relay.nn.relu %1 : (tensor<1x7x5x5xf32>) -> tensor<1x7x5x5xf32>
      %3 = relay.strided_slice %2 {begin = array<i64: 0>, end = array<i64: 4>, axes = array<i64: 1>}
          : (tensor<1x7x5x5xf32>) -> tensor<1x4x5x5xf32>
      %4 = relay.strided_slice %2 {begin = array<i64: 4>, end = array<i64: 7>, axes = array<i64: 1>}
          : (tensor<1x7x5x5xf32>) -> tensor<1x3x5x5xf32>
      relay.return %3, %4 : tensor<1x4x5x5xf32>, tensor<1x3x5x5xf32>
    }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.ir import Operation

from ...dialects.relay.conv import Conv2dOp
from ...dialects.relay.types import DYNAMIC, shape_of
from ..manager import FunctionPass
from .combine_parallel import Combinable, combine_parallel


def _channels(op: Conv2dOp) -> tuple[int, int] | None:
    _, kernel, out = op.layouts
    axis = kernel.index("O")
    if op.groups.value.data != 1 or shape_of(op.weight.type)[axis] == DYNAMIC:
        return None
    return axis, out.index("C")


CONV2D = Combinable(Conv2dOp, _channels)


@dataclass(frozen=True)
class CombineParallelConv2d(FunctionPass):
    """Combine convolutions of the same data, and the elementwise ops after them."""

    name = "combine-parallel-conv2d"
    statistics: ClassVar[Mapping[str, str]] = {"combined": "convolutions combined with siblings"}

    min_num_branches: int = 3

    def __post_init__(self) -> None:
        if self.min_num_branches < 2:
            raise ValueError(f"min-num-branches is {self.min_num_branches}, expected 2 or more")

    """How many branches are worth it."""

    def run_on(self, ctx: Context, op: Operation) -> None:
        for region in op.regions:
            for block in region.blocks:
                combine_parallel(block, CONV2D, self.min_num_branches)

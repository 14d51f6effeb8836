"""Combines dense layers of the same data into one with all their units.

The query, key and value projections of attention become one matrix product. Elementwise ops that
all branches go on with, such as bias_add, are combined too. (Relay by default makes a batch_matmul
instead, which reads a copy of the data for each branch.)

Before, with ``min-num-branches=2``:

    relay.func @main(%x: tensor<5x6xf32>, %q: tensor<4x6xf32>, %k: tensor<4x6xf32>)
        -> (tensor<5x4xf32>, tensor<5x4xf32>) {
      %0 = relay.nn.dense %x, %q : (tensor<5x6xf32>, tensor<4x6xf32>) -> tensor<5x4xf32>
      %1 = relay.nn.dense %x, %k : (tensor<5x6xf32>, tensor<4x6xf32>) -> tensor<5x4xf32>
      relay.return %0, %1 : tensor<5x4xf32>, tensor<5x4xf32>
    }

After:

    relay.func @main(%x: tensor<5x6xf32>, %q: tensor<4x6xf32>, %k: tensor<4x6xf32>)
        -> (tensor<5x4xf32>, tensor<5x4xf32>) {
      %0 = relay.concatenate %q, %k {axis = 0 : i64}
          : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<8x6xf32>
      %1 = relay.nn.dense %x, %0 : (tensor<5x6xf32>, tensor<8x6xf32>) -> tensor<5x8xf32>
      %2 = relay.strided_slice %1 {begin = array<i64: 0>, end = array<i64: 4>, axes = array<i64: 1>}
          : (tensor<5x8xf32>) -> tensor<5x4xf32>
      %3 = relay.strided_slice %1 {begin = array<i64: 4>, end = array<i64: 8>, axes = array<i64: 1>}
          : (tensor<5x8xf32>) -> tensor<5x4xf32>
      relay.return %2, %3 : tensor<5x4xf32>, tensor<5x4xf32>
    }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from xdsl.context import Context
from xdsl.ir import Operation

from ...dialects.relay.dense import DenseOp
from ...dialects.relay.types import DYNAMIC, shape_of
from ..manager import FunctionPass
from .combine_parallel import Combinable, combine_parallel


def _units(op: DenseOp) -> tuple[int, int] | None:
    if shape_of(op.weight.type)[0] == DYNAMIC:
        return None
    return 0, len(shape_of(op.output.type)) - 1


DENSE = Combinable(DenseOp, _units)


@dataclass(frozen=True)
class CombineParallelDense(FunctionPass):
    """Combine dense layers of the same data, and the elementwise ops after them."""

    name = "combine-parallel-dense"
    statistics: ClassVar[Mapping[str, str]] = {"combined": "dense layers combined with siblings"}

    min_num_branches: int = 3

    def __post_init__(self) -> None:
        if self.min_num_branches < 2:
            raise ValueError(f"min-num-branches is {self.min_num_branches}, expected 2 or more")

    """How many branches are worth it."""

    def run_on(self, ctx: Context, op: Operation) -> None:
        for region in op.regions:
            for block in region.blocks:
                combine_parallel(block, DENSE, self.min_num_branches)

"""Combines convolutions of the same data into one with all their output channels.

Three branches of an Inception block each read the data once; one wide convolution reads it once
for all, and has more channels to block. The branches must agree in everything but the number of
output channels, and have no groups; elementwise ops that all branches go on with are combined
too. Before:

    func
After:

    func
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
    """How many branches are worth it."""

    def run_on(self, ctx: Context, op: Operation) -> None:
        for region in op.regions:
            for block in region.blocks:
                combine_parallel(block, CONV2D, self.min_num_branches)

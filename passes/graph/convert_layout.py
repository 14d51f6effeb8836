"""Runs convolutions, and what surrounds them, in another layout of images.

An op takes part through the row ``convert`` of the op table. The layouts then travel through the
graph as in alter-op-layout: transforms stand only where a value meets an op that keeps to its own
layout, and at the function's inputs and results.

Before:

    relay.func @main(%x: tensor<1x2x4x4xf32>, %w: tensor<8x2x1x1xf32>) -> tensor<1x8x4x4xf32> {
      %0 = relay.nn.conv2d %x, %w
          : (tensor<1x2x4x4xf32>, tensor<8x2x1x1xf32>) -> tensor<1x8x4x4xf32>
      %1 = relay.nn.relu %0 : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
      relay.return %1 : tensor<1x8x4x4xf32>
    }

After:

    relay.func @main(%x: tensor<1x2x4x4xf32>, %w: tensor<8x2x1x1xf32>) -> tensor<1x8x4x4xf32> {
      %0 = relay.layout_transform %x
          {src_layout = #relay.layout<NCHW>, dst_layout = #relay.layout<NHWC>}
          : (tensor<1x2x4x4xf32>) -> tensor<1x4x4x2xf32>
      %1 = relay.layout_transform %w
          {src_layout = #relay.layout<OIHW>, dst_layout = #relay.layout<HWIO>}
          : (tensor<8x2x1x1xf32>) -> tensor<1x1x2x8xf32>
      %2 = relay.nn.conv2d %0, %1
          {data_layout = #relay.layout<NHWC>, kernel_layout = #relay.layout<HWIO>}
          : (tensor<1x4x4x2xf32>, tensor<1x1x2x8xf32>) -> tensor<1x4x4x8xf32>
      %3 = relay.nn.relu %2 : (tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
      %4 = relay.layout_transform %3
          {src_layout = #relay.layout<NHWC>, dst_layout = #relay.layout<NCHW>}
          : (tensor<1x4x4x8xf32>) -> tensor<1x8x4x4xf32>
      relay.return %4 : tensor<1x8x4x4xf32>
    }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from xdsl.context import Context
from xdsl.ir import Operation

from ...dialects.layout import Layout
from ...dialects.relay.base import RelayOp, rows
from ...dialects.relay.module import FuncOp
from ...dialects.relay.rows import Altered
from ..manager import FunctionPass
from .layout_rewriter import LayoutRewriter


@dataclass(frozen=True)
class ConvertLayout(FunctionPass):
    """Run convolutions and what surrounds them in another unblocked layout, such as NHWC."""

    name = "convert-layout"
    statistics: ClassVar[Mapping[str, str]] = {
        "transforms": "layout transforms made, those of constants included",
    }

    desired_layout: Literal["NCHW", "NHWC"] = field(metadata={"doc": "the layout of images"})

    def run_on(self, ctx: Context, op: Operation) -> None:
        desired = Layout.parse(self.desired_layout)

        def convert(op: RelayOp, data: Layout | None) -> Altered | None:
            row = rows(op).convert
            return None if row is None else row(op, desired)

        if isinstance(op, FuncOp) and not op.is_primitive:
            LayoutRewriter(op.block, convert).run()

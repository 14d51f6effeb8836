"""alter-op-layout: run convolutions and dense layers in blocked layouts.

An op's ``alter`` row gives its blocked form for the channel blocks chosen here; LayoutRewriter
carries the layouts through the rest of the graph and puts layout transforms where they are
needed. The transforms of weights are left to fold-constant.

Before:

    %0 = relay.nn.conv2d %x, %w : (tensor<1x32x8x8xf32>, tensor<32x32x1x1xf32>) -> ...
    %1 = relay.nn.relu %0 : ...

After (blocks of 16):

    %0 = relay.layout_transform %x {src_layout = NCHW, dst_layout = NCHW16c} : ...
    %1 = relay.layout_transform %w {src_layout = OIHW, dst_layout = OIHW16i16o} : ...
    %2 = relay.nn.contrib_conv2d_NCHWc %0, %1 {...} : (tensor<1x2x8x8x16xf32>, ...) -> ...
    %3 = relay.nn.relu %2 : (tensor<1x2x8x8x16xf32>) -> tensor<1x2x8x8x16xf32>
    %4 = relay.layout_transform %3 {src_layout = NCHW16c, dst_layout = NCHW} : ...

By default a convolution takes its input in the blocks it arrives in (channels that do not fill a
vector are one block), and gives blocks of a vector's lanes, or half of it where that pads fewer
channels. Within groups a block must divide the channels. ``blocks`` names a JSON file
with a list of {in_channels, out_channels, kernel, stride, in_size, ic_block, oc_block}, which
decides for the convolutions it lists.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, cast

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ... import InlayError
from ...dialects.layout import Layout
from ...dialects.relay.base import RelayOp, rows
from ...dialects.relay.module import FuncOp
from ...dialects.relay.rows import Altered, ConvWorkload
from ...dialects.relay.types import numpy_dtype
from ..target_attribute import target_of
from .layout_rewriter import LayoutRewriter

Blocks = dict[ConvWorkload, tuple[int, int]]

_FEW = 4
"""Blocks of fewer elements than this use too little of a vector to be worth having."""

_FIELDS = ("in_channels", "out_channels", "kernel", "stride", "in_size", "ic_block", "oc_block")


class BlocksError(InlayError):
    """A file of blocks cannot be read."""


def read_blocks(path: Path) -> Blocks:
    """The (input, output) blocks of a JSON file by workload; see the module's docstring.

    Raises:
        BlocksError: when the file is missing, is not such JSON, or a block does not divide its
            channels.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BlocksError(f"{path}: expected a JSON file of blocks: {error}") from error
    if not isinstance(entries, list):
        raise BlocksError(f"{path}: found {type(entries).__name__}, expected a list of objects")
    return dict(_entry(path, entry) for entry in cast("list[object]", entries))


def _entry(path: Path, entry: object) -> tuple[ConvWorkload, tuple[int, int]]:
    fields = cast("dict[str, object]", entry) if isinstance(entry, dict) else {}
    values = [fields.get(name) for name in _FIELDS]
    if not all(type(value) is int and value > 0 for value in values):
        raise BlocksError(f"{path}: found {entry}, expected positive integers {_FIELDS}")
    ic, oc, kernel, stride, size, ic_block, oc_block = cast("list[int]", values)
    if ic % ic_block or oc % oc_block:
        raise BlocksError(f"{path}: blocks {ic_block}, {oc_block} do not divide {ic}, {oc}")
    workload = ConvWorkload(ic, oc, (kernel, kernel), (stride, stride), (size, size), 1)
    return workload, (ic_block, oc_block)


@dataclass(frozen=True)
class LaneBlocks:
    """Chooses blocks by the lanes of a vector register; listed workloads come first."""

    lanes: int
    listed: Blocks
    dense: int

    def conv_blocks(self, workload: ConvWorkload, data: Layout | None) -> tuple[int, int] | None:
        """The listed blocks; else the block that data arrives in, and a vector's for the output."""
        if workload in self.listed:
            return self.listed[workload]
        if 0 in (workload.in_channels, workload.out_channels):
            return None
        group = workload.in_channels // workload.groups
        if data is not None and data.is_blocked and data.primal == Layout.parse("NCHW"):
            ic_block = data.block("C")
        else:
            ic_block = self._input_block(workload.in_channels)
        if workload.groups == workload.in_channels == workload.out_channels:
            return ic_block, ic_block
        if workload.groups > 1:
            outputs = workload.out_channels // workload.groups
            blocks = self._divisor(group), self._divisor(outputs)
            return blocks if min(blocks) >= min(self.lanes, _FEW) else None
        return ic_block, self._block(workload.out_channels)

    def dense_block(self, units: int, inner: int) -> int | None:
        """The asked-for block, a vector's lanes or half of it, if it divides the units."""
        candidates = (self.dense,) if self.dense else (self.lanes, self.lanes // 2)
        return next((b for b in candidates if b > 1 and units % b == 0), None)

    def _input_block(self, channels: int) -> int:
        """All channels where they do not fill a vector: they are broadcast one by one."""
        return channels if channels < self.lanes else self._block(channels)

    def _block(self, channels: int) -> int:
        """Lanes, or half of them if not too few, whichever pads to fewer channels."""
        candidates = [b for b in (self.lanes, self.lanes // 2) if b >= min(self.lanes, _FEW)]
        return min(candidates, key=lambda block: (-(-channels // block) * block, -block))

    def _divisor(self, channels: int) -> int:
        """The largest divisor of at most a vector's lanes: a group's channels cannot be padded."""
        return next(b for b in range(min(self.lanes, channels), 0, -1) if channels % b == 0)


@dataclass(frozen=True)
class AlterOpLayout(ModulePass):
    """Run convolutions and dense layers in blocked layouts chosen for the target."""

    name = "alter-op-layout"
    statistics: ClassVar[dict[str, str]] = {
        "altered": "operations put in a blocked form",
        "transforms": "layout transforms made, those of constants included",
    }

    blocks: Path | None = field(
        default=None, metadata={"doc": "JSON file of per-workload channel blocks"}
    )
    dense_block: int = field(
        default=0, metadata={"doc": "units per block of a packed dense; 0: by the target"}
    )

    def __post_init__(self) -> None:
        if self.dense_block < 0:
            raise ValueError(f"dense-block is {self.dense_block}, expected 0 or more")

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Rewrite every function that is not a kernel."""
        listed = {} if self.blocks is None else read_blocks(self.blocks)
        target = target_of(op)

        def alter(op: RelayOp, data: Layout | None) -> Altered | None:
            row = rows(op).alter
            if row is None:
                return None
            bits = 8 * numpy_dtype(op.operands[0].type).itemsize
            return row(op, LaneBlocks(target.lanes(bits), listed, self.dense_block), data)

        for function in op.ops:
            if isinstance(function, FuncOp) and not function.is_primitive:
                LayoutRewriter(function.block, alter).run()

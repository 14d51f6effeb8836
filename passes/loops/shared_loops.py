"""Parallel loops that several nests share: how many iterations make a chunk."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects.tl.loops import ForOp
from ...dialects.tl.schedule import POINTS, Entry


def group(loop: ForOp, size: int) -> None:
    """Run ``size`` iterations of a loop over points as one of a loop around them.

    tl.for %r = 128 { … %r … }

    becomes

    tl.for %r_group, %n = 128 by 4 {
      tl.for %r_1 = %n {
        %r = arith.addi %r_group, %r_1 : index
        … %r … } }
    """
    axis = loop.entry.axis
    inner = ForOp.of(loop.length, Entry(axis))
    for op in list(loop.block.ops):
        op.detach()
        inner.block.add_op(op)
    loop.length.replace_uses_with_if(inner.length, lambda use: use.operation is not inner)
    index = arith.AddiOp(loop.index, inner.index)
    index.result.name_hint = loop.index.name_hint
    loop.index.replace_uses_with_if(index.result, lambda use: use.operation is not index)
    Rewriter.insert_op(index, InsertPoint.at_start(inner.block))
    loop.block.add_op(inner)
    loop.entry = Entry.by(f"{axis}_group", size, loop.entry.kind)


def is_groupable(loop: ForOp) -> bool:
    """Whether a loop is over single points of a constant extent."""
    return isinstance(loop.extent, int) and loop.entry.pieces == POINTS

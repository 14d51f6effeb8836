"""The tl dialect: tensor loops. A loop nest is one op and its schedule is data on it."""

from __future__ import annotations

from xdsl.ir import Dialect, Operation

from .access import AccessOp, LoadOp, StoreOp
from .affine import SPAN, Box, Extent, Interval, Linear, Quasi, QuasiKind, Term, linear_form
from .attributes import (
    Accumulator,
    AccumulatorAttr,
    Buffer,
    BufferAttr,
    Direction,
    MatrixAttr,
    Reduction,
)
from .index import Index
from .kernel import KernelOp
from .linear import LinearOp
from .loops import AllocOp, ForOp
from .nest import Axis, NestOp, YieldOp
from .schedule import Entry, LoopKind, Piece, Schedule, ScheduleAttr, ScheduleError, Segment

OPS: tuple[type[Operation], ...] = (
    KernelOp,
    ForOp,
    AllocOp,
    NestOp,
    LoadOp,
    StoreOp,
    LinearOp,
    YieldOp,
)
"""Every op of the dialect."""

Tl = Dialect("tl", list(OPS), [ScheduleAttr, AccumulatorAttr, BufferAttr, MatrixAttr])

__all__ = [
    "OPS",
    "SPAN",
    "AccessOp",
    "Accumulator",
    "AllocOp",
    "Axis",
    "Box",
    "Buffer",
    "Direction",
    "Entry",
    "Extent",
    "ForOp",
    "Index",
    "Interval",
    "KernelOp",
    "Linear",
    "LinearOp",
    "LoadOp",
    "LoopKind",
    "MatrixAttr",
    "NestOp",
    "Piece",
    "Quasi",
    "QuasiKind",
    "Reduction",
    "Schedule",
    "ScheduleError",
    "Segment",
    "StoreOp",
    "Term",
    "Tl",
    "YieldOp",
    "linear_form",
]

"""Rewrites ops that differ between training and inference into plain arithmetic.

Batch normalisation becomes a scale and a shift per channel, which fold-constant computes and
fold-scale-axis moves into convolutions; dropout disappears. An op takes part through the row
``inference`` of the op table. Before:

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

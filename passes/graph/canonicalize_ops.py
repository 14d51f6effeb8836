"""Rewrites ops into fewer kinds of op, so that later passes see one form of each thing.

bias_add becomes expand_dims and add. An op takes part through the row ``canonical`` of the op
table. Before:

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
class CanonicalizeOps(FunctionPass):
    """Replace ops by more general ones: bias_add by expand_dims and add."""

    name = "canonicalize-ops"
    statistics: ClassVar[Mapping[str, str]] = {
        "canonicalized": "ops replaced by their general form"
    }

    def run_on(self, ctx: Context, op: Operation) -> None:
        count("canonicalized", apply_row(op, lambda row: row.canonical))

"""Fills stages: values loaded for all pieces of some loops before these. (L5 and L10.)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from xdsl.ir import SSAValue

from ...dialects.tl.access import LoadOp
from ...dialects.tl.affine import Linear
from ...dialects.tl.schedule import LoopKind
from .llvm_handlers.types import as_vector
from .tl_access import read_row
from .tl_bank import Bank, Dimension
from .tl_code import At, Code, Stage
from .tl_emit import Emitter
from .tl_plan import Plan, Planner, Run, most_ordinals
from .tl_point import Known, State
from .tl_transpose import is_square, transpose

if TYPE_CHECKING:
    from .tl_nests import NestWriter

_MOST_STAGED = 64
"""The most values that a stage holds; beyond that they would not stay in registers."""


@dataclass(frozen=True)
class StageWriter:
    """Fills the stages of a region at one place in the loops."""

    writer: NestWriter
    code: Code
    state: State
    known: Known
    to: Emitter

    def fill(self, stage: Stage) -> None:
        """Emit a stage: its ops for all pieces of its entries; nothing where they are too many."""
        entries = [entry for _, entry in stage.entries]
        plan = Planner(entries, ()).plan(self.state.places)
        if plan is None:
            return
        counts = most_ordinals(plan, entries)
        if prod(counts) > _MOST_STAGED:
            return
        dimensions = [
            Dimension(depth, count)
            for (depth, entry), count in zip(stage.entries, counts, strict=True)
            if entry.kind is not LoopKind.VECTOR
        ]
        banks = {
            result: Bank(self.writer.function, result.type, result.name_hint, dimensions)
            for result in stage.results
        }
        if stage.along is None:
            self._fill_each(stage, plan, banks)
        else:
            count = counts[stage.entries.index(stage.along)]
            if not self._fill_squares(stage, stage.along, count, banks):
                return
        self.known.banks.update(banks)

    def _fill_each(self, stage: Stage, plan: Plan, banks: Mapping[SSAValue, Bank]) -> None:
        """The ops as they are, in loops over the pieces."""

        def fill_piece(inner: State, body: Emitter) -> None:
            point = self.writer.point(self.code, inner, self.known.copy())
            for op in stage.ops:
                self.writer.require(self.code, op.results, point, body)
            for result, bank in banks.items():
                value = point.value(result, body)
                is_vector = as_vector(value.type) is not None
                bank.is_vector |= is_vector  # what varies is a scalar in a piece of one point
                bank.store(value, inner.ordinals, inner.lanes if is_vector else 0, body)

        self.writer.each(stage.entries, plan, self.state, self.to, fill_piece)

    def _fill_squares(
        self, stage: Stage, along: At, count: int, banks: Mapping[SSAValue, Bank]
    ) -> bool:
        """Rows along ``count`` points of an entry, one for each lane, transposed.

        Returns:
            False, and nothing is emitted, where they make no squares.
        """
        ((op, bank),) = ((result.owner, bank) for result, bank in banks.items())
        assert isinstance(op, LoadOp), "what is transposed is loaded"
        if not is_square(self.state.lanes, count, op.memory_type.element_type):
            return False
        bank.is_vector = True
        rest = [at for at in stage.entries if at is not along]
        plan = Planner([entry for _, entry in rest], ()).plan(self.state.places)
        assert plan is not None, "there are pieces of all entries"

        def fill_rows(inner: State, body: Emitter) -> None:
            for start in range(0, count, inner.lanes):
                self._fill_square(op, along, start, inner, body, bank)

        self.writer.each(rest, plan, self.state, self.to, fill_rows)
        return True

    def _fill_square(
        self, op: LoadOp, along: At, start: int, state: State, to: Emitter, bank: Bank
    ) -> None:
        depth, entry = along
        number = Linear({}, start)
        first = state.inside(depth, entry, Run(start, 1, 1, start, Plan()), number, number)
        point = self.writer.point(self.code, first, self.known.copy())
        rows = [read_row(point, op, lane, to) for lane in range(state.lanes)]
        for column, value in enumerate(transpose(rows, to), start):
            ordinals = {**state.ordinals, depth: Linear({}, column)}
            bank.store(value, ordinals, state.lanes, to)

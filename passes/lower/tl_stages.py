"""Fills stages: values loaded for all pieces of some loops before these. (L5 and L10.)"""

from __future__ import annotations

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


def fill(
    writer: NestWriter, code: Code, stage: Stage, state: State, known: Known, to: Emitter
) -> None:
    """Emit a stage: its ops for all pieces of its entries; nothing where they are too many."""
    entries = [entry for _, entry in stage.entries]
    plan = Planner(entries, ()).plan(state.places)
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
    banks = {r: Bank(writer.function, r.type, r.name_hint, dimensions) for r in stage.results}
    if stage.along is None:
        _fill_each(writer, code, stage, state, known, to, banks)
    else:
        (op,), count = stage.ops, counts[stage.entries.index(stage.along)]
        assert isinstance(op, LoadOp), "what is transposed is loaded"
        if not is_square(state.lanes, count, op.memory_type.element_type):
            return
        (bank,) = banks.values()
        bank.is_vector = True
        rest = [at for at in stage.entries if at is not stage.along]
        plan = Planner([entry for _, entry in rest], ()).plan(state.places)
        assert plan is not None, "there are pieces of all entries"

        def fill_row(inner: State, body: Emitter) -> None:
            _fill_squares(writer, code, op, stage.along, count, inner, known, body, bank)

        writer.each(rest, plan, state, to, fill_row)
    known.banks |= banks


def _fill_each(
    writer: NestWriter,
    code: Code,
    stage: Stage,
    state: State,
    known: Known,
    to: Emitter,
    banks: dict[SSAValue, Bank],
) -> None:
    """Emit the ops as they are, in loops over the pieces."""
    plan = Planner([entry for _, entry in stage.entries], ()).plan(state.places)
    assert plan is not None, "there are pieces"

    def fill_piece(inner: State, body: Emitter) -> None:
        point = writer.point(code, inner, known.copy())
        for op in stage.ops:
            writer.require(code, op.results, point, body)
        for result, bank in banks.items():
            value = point.known.values[result]
            is_vector = as_vector(value.type) is not None
            bank.is_vector |= is_vector  # what varies is a scalar in a piece of one point
            bank.store(value, inner.ordinals, inner.lanes if is_vector else 0, body)

    writer.each(stage.entries, plan, state, to, fill_piece)


def _fill_squares(
    writer: NestWriter,
    code: Code,
    op: LoadOp,
    along: At | None,
    count: int,
    state: State,
    known: Known,
    to: Emitter,
    bank: Bank,
) -> None:
    """Load rows along ``count`` points of an entry, one for each lane, and transpose them."""
    assert along is not None
    depth, entry = along
    for start in range(0, count, state.lanes):
        run = Run(start, 1, 1, start, Plan())
        first = state.inside(depth, entry, run, Linear({}, start), Linear({}, start))
        point = writer.point(code, first, known.copy())
        rows = [read_row(point, op, lane, to) for lane in range(state.lanes)]
        for column, value in enumerate(transpose(rows, to), start):
            ordinals = {**state.ordinals, depth: Linear({}, column)}
            bank.store(value, ordinals, state.lanes, to)

"""Replacing one relay op by new ones: what the rows and rules that rewrite single ops share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from xdsl.builder import Builder
from xdsl.dialects.builtin import UnknownLoc
from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects.relay.base import RelayOp, refines, rows
from ...dialects.relay.rows import Rows

Replacement: TypeAlias = Callable[[RelayOp, Builder], Sequence[SSAValue] | None]
"""Builds what replaces an op before it and gives the values of its results, or None."""


def apply_row(root: Operation, row: Callable[[Rows[RelayOp]], Replacement | None]) -> int:
    """Replace each op below ``root`` that has the row, and in turn what it is replaced by.

    Returns:
        How many ops were replaced.
    """
    replaced = 0
    pending = list(root.walk(reverse=True, region_first=True))
    while pending:
        op = pending.pop()
        if isinstance(op, RelayOp) and (replacement := row(rows(op))) is not None:
            added = replace(op, replacement)
            if added is not None:
                replaced += 1
                pending.extend(reversed(added))
    return replaced


def replace(op: RelayOp, replacement: Replacement) -> Sequence[Operation] | None:
    """Replace one op, unless its replacement says no.

    The new ops take over its location, and the new results its results' types and names.

    Returns:
        The new ops, or None if nothing changed.
    """
    added: list[Operation] = []
    builder = Builder(InsertPoint.before(op), operation_insertion_handler=[added.append])
    values = replacement(op, builder)
    if values is None or not _fit(values, op, added):
        for new in reversed(added):
            Rewriter.erase_op(new)
        return None
    for new in added:
        if isinstance(new.location, UnknownLoc):
            new.location = op.location
    for value, result in zip(values, op.results, strict=True):
        if value.owner in added:
            value = take_over(value, result)
        result.replace_all_uses_with(value)
    Rewriter.erase_op(op)
    return added


def _fit(values: Sequence[SSAValue], op: RelayOp, added: Sequence[Operation]) -> bool:
    """Whether the values have the types of the op's results, or are new and may be given them.

    The op's results may be written with extents that inference leaves `?`.
    """
    return all(
        value.type == result.type or (value.owner in added and refines(result.type, value.type))
        for value, result in zip(values, op.results, strict=True)
    )


def take_over(value: SSAValue, result: SSAValue) -> SSAValue:
    """Give a new value the name and the type of the result it stands for."""
    value.name_hint = result.name_hint or value.name_hint
    if value.type == result.type:
        return value
    return Rewriter.replace_value_with_new_type(value, result.type)

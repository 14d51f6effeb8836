"""Replacing one relay op by new ones: what the rows and rules that rewrite single ops share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from xdsl.builder import Builder
from xdsl.dialects.builtin import UnknownLoc
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import VerifyException

from ...dialects.relay.base import RelayOp, rows
from ...dialects.relay.rows import Rows
from .refinement import apply, meet, refinement

Replacement: TypeAlias = Callable[[RelayOp, Builder], Sequence[SSAValue] | None]
"""Builds what replaces an op before it and gives the values of its results, or None."""


class Replaced(NamedTuple):
    """What came of a replacement: the new ops, and the ops that now see more precise operands."""

    added: Sequence[Operation]
    refined: Sequence[Operation]


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
            result = replace(op, replacement)
            if result is not None:
                replaced += 1
                pending.extend(reversed(result.added))
    return replaced


def replace(op: RelayOp, replacement: Replacement) -> Replaced | None:
    """Replace one op, unless its replacement says no, or raises a VerifyException.

    The new ops take over its location, and the new results its results' names. Where the types
    of the new values and of the op's results differ in what is `?`, both become what is known of
    either, and the users' types follow.

    Returns:
        None if nothing changed: also where a type that would follow must stay (see refinement.py).
    """
    added: list[Operation] = []
    builder = Builder(InsertPoint.before(op), operation_insertion_handler=[added.append])
    try:
        values = replacement(op, builder)
    except VerifyException:  # Such as a shape that contradicts the data, where nothing ever runs.
        values = None
    types = None if values is None else _types(values, op, added)
    refined = None if types is None else refinement(types)
    if values is None or refined is None:
        for new in reversed(added):
            Rewriter.erase_op(new)
        return None
    for new in added:
        if isinstance(new.location, UnknownLoc):
            new.location = op.location
    retyped = apply(refined)
    for value, result in zip(values, op.results, strict=True):
        value = retyped.get(value, value)
        if value.owner in added:
            value.name_hint = result.name_hint or value.name_hint
        result.replace_all_uses_with(value)
    Rewriter.erase_op(op)
    return Replaced(added, refined.users)


def _types(
    values: Sequence[SSAValue], op: RelayOp, added: Sequence[Operation]
) -> dict[SSAValue, Attribute] | None:
    """The types of the values and of the op's results from now on; None if they do not fit.

    Only a new value may be given another type.
    """
    types: dict[SSAValue, Attribute] = {}
    for value, result in zip(values, op.results, strict=True):
        type_ = meet(types.get(value, value.type), result.type)
        if type_ is None or (type_ != value.type and value.owner not in added):
            return None
        types[value] = type_
    return types | {result: types[value] for value, result in zip(values, op.results, strict=True)}


def take_over(value: SSAValue, result: SSAValue) -> SSAValue:
    """Give a new value the name and the type of the result it stands for."""
    value.name_hint = result.name_hint or value.name_hint
    if value.type == result.type:
        return value
    return Rewriter.replace_value_with_new_type(value, result.type)

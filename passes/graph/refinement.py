"""What follows when the types of values come to be known better: their users' types, all the way.

A result typed `?` may turn out to have a static extent. Then inference knows more of its users'
results too, and so on, down to the type of the function that returns them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from xdsl.dialects.builtin import TupleType
from xdsl.ir import Attribute, Block, Operation, SSAValue, TypeAttribute
from xdsl.rewriter import Rewriter
from xdsl.utils.exceptions import VerifyException

from ...dialects.relay.base import RelayOp
from ...dialects.relay.module import CallOp, FuncOp, ReturnOp
from ...dialects.relay.types import DYNAMIC, dtype_of, is_tensor, shape_of, tensor


class Refinement(NamedTuple):
    """The values that get other types, with these, and the ops that use one of the values."""

    types: Mapping[SSAValue, Attribute]
    users: Sequence[Operation]


def meet(left: Attribute, right: Attribute) -> Attribute | None:
    """The type that has the static extents of both; None where they contradict each other."""
    if left == right:
        return left
    if isinstance(left, TupleType) and isinstance(right, TupleType):
        return _meet_tuples(left, right)
    if not (is_tensor(left) and is_tensor(right)) or dtype_of(left) != dtype_of(right):
        return None
    pairs = list(zip(shape_of(left), shape_of(right), strict=False))
    same_rank = len(shape_of(left)) == len(shape_of(right))
    if not same_rank or any(a != b and DYNAMIC not in (a, b) for a, b in pairs):
        return None
    return tensor(dtype_of(left), [b if a == DYNAMIC else a for a, b in pairs])


def _meet_tuples(left: TupleType, right: TupleType) -> Attribute | None:
    if len(left.types) != len(right.types):
        return None
    fields = [meet(a, b) for a, b in zip(left.types, right.types, strict=True)]
    if None in fields:
        return None
    return TupleType(tuple(cast("TypeAttribute", field) for field in fields))


def refinement(known: Mapping[SSAValue, Attribute]) -> Refinement | None:
    """What follows from the given values having the given types; changes nothing.

    Returns:
        None where the users would contradict a type, or a type must stay: that of a called
        function, of a call, of what a region yields.
    """
    types = {value: type_ for value, type_ in known.items() if type_ != value.type}
    users: dict[Operation, None] = {}
    pending = deque(types)
    while pending:
        for use in pending.popleft().uses:
            user = use.operation
            users[user] = None
            found = _result_types(user, types)
            if found is None:
                return None
            for result, type_ in zip(user.results, found, strict=True):
                if type_ == types.get(result, result.type):
                    continue
                if result in known:
                    return None
                types[result] = type_
                pending.append(result)
    return Refinement(types, list(users))


def _result_types(user: Operation, types: Mapping[SSAValue, Attribute]) -> list[Attribute] | None:
    """The types of an op's results, given those of its operands; None where it cannot be."""
    if isinstance(user, ReturnOp):
        return None if _is_called(cast(FuncOp, user.parent_op())) else []
    if not isinstance(user, RelayOp):
        return None
    operands = [types.get(operand, operand.type) for operand in user.operands]
    try:
        inferred = type(user).make(Block(arg_types=operands).args, user.properties).result_types
    except VerifyException:
        return None
    found = [
        meet(types.get(result, result.type), type_)
        for result, type_ in zip(user.results, inferred, strict=True)
    ]
    return None if None in found else [type_ for type_ in found if type_ is not None]


def _is_called(function: FuncOp) -> bool:
    module = function.parent_op()
    return module is not None and any(
        isinstance(op, CallOp) and op.callee.root_reference == function.sym_name
        for op in module.walk()
    )


def apply(refined: Refinement) -> dict[SSAValue, SSAValue]:
    """Give the values their types, and functions the types of what they return.

    Returns:
        For each value the one that takes its place: xDSL's values keep their types.
    """
    replaced = {
        value: Rewriter.replace_value_with_new_type(value, type_)
        for value, type_ in refined.types.items()
    }
    for user in refined.users:
        if isinstance(user, ReturnOp):
            cast(FuncOp, user.parent_op()).update_type()
    return replaced

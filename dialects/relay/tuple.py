"""Tuples: values packed into one, and taken out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self, cast

from xdsl.dialects.builtin import IntegerAttr, TupleType, i64
from xdsl.ir import Attribute, Block, SSAValue, TypeAttribute
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, var_operand_def
from xdsl.utils.exceptions import VerifyException

from .base import RelayOp
from .rows import Pattern, Rows, Value
from .types import ALL, text


def _tuple_type(op: TupleOp) -> Sequence[Attribute]:
    return [TupleType(tuple(cast("TypeAttribute", operand.type) for operand in op.operands))]


def _item_type(op: TupleGetItemOp) -> Sequence[Attribute]:
    type_, index = op.data.type, op.index.value.data
    if not isinstance(type_, TupleType):
        raise VerifyException(f"{op.name}: operand 'data' has type {text(type_)}, expected a tuple")
    if not 0 <= index < len(type_.types.data):
        raise VerifyException(
            f"{op.name}: index {index} is out of range for {len(type_.types.data)} fields"
        )
    return [type_.types.data[index]]


def _pack(op: TupleOp, *fields: Value) -> Sequence[Value]:
    return [fields]


def _item(op: TupleGetItemOp, data: tuple[Value, ...]) -> Sequence[Value]:
    return [data[op.index.value.data]]


@irdl_op_definition
class TupleOp(RelayOp):
    """Packs values into a tuple."""

    name = "relay.tuple"
    fields = var_operand_def()
    output = result_def(TupleType)
    ROWS: ClassVar = Rows(
        infer=_tuple_type,
        evaluate=_pack,
        pattern=Pattern.TUPLE,
        dtypes=ALL,
    )


@irdl_op_definition
class TupleGetItemOp(RelayOp):
    """Takes one field out of a tuple."""

    name = "relay.tuple_get_item"
    data = operand_def()
    index = prop_def(IntegerAttr)
    output = result_def()
    ROWS: ClassVar = Rows(
        infer=_item_type,
        evaluate=_item,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
    )

    @classmethod
    def of(cls, data: SSAValue, index: int) -> Self:
        """Field ``index`` of ``data``."""
        return cls.make([data], {"index": IntegerAttr(index, i64)})


def forward_fields(block: Block) -> None:
    """Put the values that went into tuples in place of the fields that are taken out of them."""
    for op in list(block.ops):
        if isinstance(op, TupleGetItemOp) and isinstance(op.data.owner, TupleOp):
            op.output.replace_all_uses_with(op.data.owner.fields[op.index.value.data])
    for op in reversed(list(block.ops)):
        if isinstance(op, TupleOp | TupleGetItemOp) and not op.output.uses:
            op.detach()
            op.erase()


OPS: tuple[type[RelayOp], ...] = (
    TupleOp,
    TupleGetItemOp,
)

"""Emits the ops of a nest's regions at one place in the loops."""

from __future__ import annotations

from xdsl.ir import Attribute, Operation

from ...dialects.arith import ARITH
from ...dialects.tl.access import LoadOp, StoreOp
from ...dialects.tl.linear import LinearOp
from ...dialects.tl.nest import YieldOp
from .llvm_handlers.types import as_vector
from .tl_access import emit_load, emit_store
from .tl_build import vector_of
from .tl_emit import Emitter
from .tl_linear import emit_linear
from .tl_point import Point

_ON_VECTORS: dict[str, type[Operation]] = {op.name: op for op in ARITH.operations}
"""The classes of arith's ops that also take vectors."""


def emit_op(point: Point, op: Operation, to: Emitter) -> None:
    """Emit one op of a region; its results become known."""
    match op:
        case LoadOp():
            emit_load(point, op, to)
        case StoreOp():
            emit_store(point, op, to)
        case LinearOp():
            emit_linear(point, op, to)
        case YieldOp():
            pass
        case _:
            _emit_scalar_op(point, op, to)


def _emit_scalar_op(point: Point, op: Operation, to: Emitter) -> None:
    """An op on scalars; on vectors where an operand is one."""
    operands = [point.value(value, to) for value in op.operands]
    types: list[Attribute] = list(op.result_types)
    class_ = type(op)
    if any(as_vector(value.type) is not None for value in operands):
        operands = [point.as_vector(value, to) for value in operands]
        types = [vector_of(type_, point.lanes) for type_ in types]
        class_ = _ON_VECTORS.get(op.name, class_)
    copy = class_.create(
        operands=operands,
        result_types=types,
        properties=op.properties,
        attributes=op.attributes,
    )
    to.do(copy)
    for old, new in zip(op.results, copy.results, strict=True):
        new.name_hint = old.name_hint
        point.known.values[old] = new

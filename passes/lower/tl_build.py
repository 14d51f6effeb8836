"""Ops of the loop level, created from their parts.

The constructors of op classes look up how each argument is defined, which takes several times as
long; a kernel has a thousand of these ops.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from xdsl.dialects import arith, memref, scf, vector
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, VectorType, i1, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from .llvm_handlers.types import as_memref

_NO_OVERFLOW = {"overflowFlags": arith.IntegerOverflowAttr("none")}
_BELOW = {"predicate": IntegerAttr(6, i64)}
"""The number of `ult`."""


@cache
def vector_of(type_: Attribute, lanes: int) -> Attribute:
    """A vector of ``lanes`` elements, or the scalar where there are none."""
    return VectorType(type_, [lanes]) if lanes else type_


def add(lhs: SSAValue, rhs: SSAValue) -> Operation:
    """`arith.addi`."""
    return _integer(arith.AddiOp, lhs, rhs)


def subtract(lhs: SSAValue, rhs: SSAValue) -> Operation:
    """`arith.subi`."""
    return _integer(arith.SubiOp, lhs, rhs)


def multiply(lhs: SSAValue, rhs: SSAValue) -> Operation:
    """`arith.muli`."""
    return _integer(arith.MuliOp, lhs, rhs)


def _integer(class_: type[Operation], lhs: SSAValue, rhs: SSAValue) -> Operation:
    return class_.create(operands=[lhs, rhs], result_types=[lhs.type], properties=_NO_OVERFLOW)


def is_below(lhs: SSAValue, rhs: SSAValue) -> Operation:
    """`arith.cmpi ult`: whether an index is neither negative nor past its limit."""
    return arith.CmpiOp.create(operands=[lhs, rhs], result_types=[i1], properties=_BELOW)


def both(lhs: SSAValue, rhs: SSAValue) -> Operation:
    """`arith.andi`."""
    return arith.AndIOp.create(operands=[lhs, rhs], result_types=[lhs.type])


def load(memory: SSAValue, indices: Sequence[SSAValue]) -> Operation:
    """`memref.load`."""
    type_ = as_memref(memory.type)
    assert type_ is not None, "a buffer"
    return memref.LoadOp.create(operands=[memory, *indices], result_types=[type_.element_type])


def store(value: SSAValue, memory: SSAValue, indices: Sequence[SSAValue]) -> Operation:
    """`memref.store`."""
    return memref.StoreOp.create(operands=[value, memory, *indices])


def load_vector(memory: SSAValue, indices: Sequence[SSAValue], lanes: int) -> Operation:
    """`vector.load`."""
    type_ = as_memref(memory.type)
    assert type_ is not None, "a buffer"
    result = vector_of(type_.element_type, lanes)
    return vector.LoadOp.create(operands=[memory, *indices], result_types=[result])


def store_vector(value: SSAValue, memory: SSAValue, indices: Sequence[SSAValue]) -> Operation:
    """`vector.store`."""
    return vector.StoreOp.create(operands=[value, memory, *indices])


def broadcast(value: SSAValue, lanes: int) -> Operation:
    """`vector.broadcast` of a scalar."""
    return vector.BroadcastOp.create(operands=[value], result_types=[vector_of(value.type, lanes)])


def insert(value: SSAValue, into: SSAValue, lane: int) -> Operation:
    """`vector.insert` of a scalar."""
    return vector.InsertOp.create(
        operands=[value, into], result_types=[into.type], properties=_position(lane)
    )


def extract(value: SSAValue, lane: int, type_: Attribute) -> Operation:
    """`vector.extract` of a scalar of a type."""
    return vector.ExtractOp.create(
        operands=[value], result_types=[type_], properties=_position(lane)
    )


@cache
def _position(lane: int) -> dict[str, Attribute]:
    return {"static_position": DenseArrayBase.from_list(i64, [lane])}


def shuffle(first: SSAValue, second: SSAValue, lanes: Sequence[int], type_: Attribute) -> Operation:
    """`vector.shuffle`: elements of two vectors of a type by their numbers."""
    mask = DenseArrayBase.from_list(i64, list(lanes))
    return vector.ShuffleOp.create(
        operands=[first, second],
        result_types=[vector_of(type_, len(lanes))],
        properties={"mask": mask},
    )


def end(values: Sequence[SSAValue] = ()) -> Operation:
    """`scf.yield`."""
    return scf.YieldOp.create(operands=values)


def loop(lo: SSAValue, hi: SSAValue, step: SSAValue, body: Block) -> Operation:
    """`scf.for` that carries no values."""
    return scf.ForOp.create(operands=[lo, hi, step], regions=[Region(body)])


def choice(
    condition: SSAValue, types: Sequence[Attribute], then: Block, otherwise: Block | None = None
) -> Operation:
    """`scf.if`."""
    other = Region() if otherwise is None else Region(otherwise)
    return scf.IfOp.create(operands=[condition], result_types=types, regions=[Region(then), other])

"""Ops that several handlers emit, and what they read from old ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from xdsl.dialects import arith, llvm
from xdsl.dialects.builtin import (
    AnyFloat,
    BFloat16Type,
    DenseArrayBase,
    IntegerAttr,
    IntegerType,
    StringAttr,
    VectorType,
    bf16,
    i1,
    i16,
    i32,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ....dialects.llvm import FCmpOp, SelectOp
from .builder import NO_FASTMATH, FunctionBuilder
from .types import as_vector, lanes, with_element

_FASTMATH: dict[Attribute, llvm.FastMathAttr] = {}
_PREDICATES = tuple(IntegerAttr(number, i64) for number in range(16))


@cache
def segments(*sizes: int) -> DenseArrayBase:
    """The property of ops with several lists of operands: the lengths of these."""
    return DenseArrayBase.from_list(i32, sizes)


def fastmath(op: Operation) -> llvm.FastMathAttr:
    """The fast-math flags of an op of arith, math or vector."""
    flags = op.properties.get("fastmath")
    if not isinstance(flags, arith.FastMathFlagsAttr):
        return NO_FASTMATH
    found = _FASTMATH.get(flags)
    if found is None:
        found = _FASTMATH[flags] = llvm.FastMathAttr(flags.data)
    return found


_name = cache(StringAttr)


@cache
def suffix(type_: Attribute) -> str:
    """How LLVM names a type at the end of an intrinsic's name, such as ``v8f32``."""
    vector = as_vector(type_)
    if vector is not None:
        return f"v{lanes(type_)}{suffix(vector.element_type)}"
    match type_:
        case IntegerType():
            return f"i{type_.bitwidth}"
        case llvm.LLVMPointerType():
            return "p0"
        case BFloat16Type():
            return "bf16"
        case _:
            assert isinstance(type_, AnyFloat)
            return f"f{type_.bitwidth}"


def intrinsic(
    b: FunctionBuilder,
    name: str,
    operands: Sequence[SSAValue],
    result: Attribute | None,
    flags: llvm.FastMathAttr = NO_FASTMATH,
) -> Operation:
    """Call LLVM's intrinsic; ``name`` is whole, with the types it is overloaded on."""
    op = llvm.CallIntrinsicOp.create(
        operands=operands,
        result_types=[] if result is None else [result],
        properties={
            "intrin": _name(name),
            "fastmathFlags": flags,
            "op_bundle_sizes": segments(),
            "operandSegmentSizes": segments(len(operands), 0),
        },
    )
    b.do(op)
    return op


def elementwise(
    b: FunctionBuilder,
    name: str,
    operands: Sequence[SSAValue],
    flags: llvm.FastMathAttr = NO_FASTMATH,
) -> SSAValue:
    """Call an intrinsic overloaded on its result, which has the first operand's type."""
    type_ = operands[0].type
    return intrinsic(b, f"llvm.{name}.{suffix(type_)}", operands, type_, flags).results[0]


def binary(
    b: FunctionBuilder,
    op: type[Operation],
    lhs: SSAValue,
    rhs: SSAValue,
    properties: dict[str, Attribute] | None = None,
) -> SSAValue:
    """An op of two operands and a result of one type."""
    return b.emit(
        op.create(operands=[lhs, rhs], result_types=[lhs.type], properties=properties or {})
    )


def cast(b: FunctionBuilder, op: type[Operation], value: SSAValue, type_: Attribute) -> SSAValue:
    """A conversion; the value itself where it has the type."""
    if value.type == type_:
        return value
    return b.emit(op.create(operands=[value], result_types=[type_]))


def icmp(b: FunctionBuilder, predicate: int, lhs: SSAValue, rhs: SSAValue) -> SSAValue:
    """Compare integers; the predicates' numbers are those of ``arith.cmpi``."""
    op = llvm.ICmpOp.create(
        operands=[lhs, rhs],
        result_types=[with_element(lhs.type, i1)],
        properties={"predicate": _PREDICATES[predicate]},
    )
    return b.emit(op)


def fcmp(
    b: FunctionBuilder,
    predicate: int,
    lhs: SSAValue,
    rhs: SSAValue,
    flags: llvm.FastMathAttr = NO_FASTMATH,
) -> SSAValue:
    """Compare floats; the predicates' numbers are those of ``arith.cmpf``."""
    op = FCmpOp.create(
        operands=[lhs, rhs],
        result_types=[with_element(lhs.type, i1)],
        properties={"predicate": _PREDICATES[predicate], "fastmathFlags": flags},
    )
    return b.emit(op)


def select(b: FunctionBuilder, cond: SSAValue, lhs: SSAValue, rhs: SSAValue) -> SSAValue:
    """``lhs`` where the condition holds, else ``rhs``."""
    op = SelectOp.create(
        operands=[cond, lhs, rhs],
        result_types=[lhs.type],
        properties={"fastmathFlags": NO_FASTMATH},
    )
    return b.emit(op)


def shuffle(b: FunctionBuilder, v1: SSAValue, v2: SSAValue, mask: Sequence[int]) -> SSAValue:
    """Elements of two vectors by their numbers, those of ``v2`` after those of ``v1``."""
    vector = as_vector(v1.type)
    assert vector is not None
    result = v1.type
    if len(mask) != lanes(result):
        result = VectorType(vector.element_type, [len(mask)])
    op = llvm.ShuffleVectorOp.create(
        operands=[v1, v2], result_types=[result], properties={"mask": segments(*mask)}
    )
    return b.emit(op)


def _broadcast_in_pairs(b: FunctionBuilder, scalar: SSAValue, type_: Attribute) -> SSAValue:
    """A vector of a bf16: one by one, LLVM would round each element again, by calling a library."""
    half = cast(b, llvm.ZExtOp, cast(b, llvm.BitcastOp, scalar, i16), i32)
    pair = binary(b, llvm.OrOp, half, binary(b, llvm.ShlOp, half, b.splat(16, i32)))
    count = lanes(type_)
    pairs = broadcast(b, pair, VectorType(i32, [-(-count // 2)]))
    whole = cast(b, llvm.BitcastOp, pairs, VectorType(bf16, [count + count % 2]))
    return whole if whole.type == type_ else shuffle(b, whole, b.poison(whole.type), range(count))


def broadcast(b: FunctionBuilder, scalar: SSAValue, type_: Attribute) -> SSAValue:
    """A vector of a scalar's value."""
    if scalar.type == bf16:
        return _broadcast_in_pairs(b, scalar, type_)
    poison = b.poison(type_)
    first = b.emit(
        llvm.InsertElementOp.create(operands=[poison, scalar, b.integer(0)], result_types=[type_])
    )
    return shuffle(b, first, poison, [0] * lanes(type_))

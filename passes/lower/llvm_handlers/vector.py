"""Lowering of vector, but for loads and stores; vectors have one dimension."""

from __future__ import annotations

from typing import NamedTuple

from xdsl.dialects import llvm, vector
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseIntOrFPElementsAttr,
    VectorType,
    f32,
    i1,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ....dialects.llvm import ExtractElementOp
from .builder import FunctionBuilder, Handler
from .emit import binary, broadcast, cast, elementwise, fastmath, icmp, intrinsic, shuffle, suffix
from .half import as_words, convert_float, from_words, needs_f32
from .types import as_vector, convert, element_type, is_float, lanes, with_element

_SLT = 2


def _broadcast(b: FunctionBuilder, op: Operation) -> None:
    (source,), (result,) = op.operands, op.results
    value, type_ = as_words(b, b.value(source)), convert(result.type)
    if as_vector(source.type) is None:
        value = broadcast(b, value, with_element(type_, value.type))
    elif lanes(source.type) != lanes(type_):
        value = shuffle(b, value, value, [0] * lanes(type_))
    b.define(result, from_words(b, value, type_))


def _position(
    b: FunctionBuilder, op: vector.ExtractOp | vector.InsertOp, type_: Attribute
) -> SSAValue:
    """The number of the element that is meant, in a vector of ``type_``."""
    lanes(type_)
    (number,) = op.static_position.get_values()
    if number != DYNAMIC_INDEX:
        return b.integer(number)
    return b.value(op.dynamic_position[0])


def _extract(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, vector.ExtractOp)
    position = _position(b, op, op.vector.type)
    words = as_words(b, b.value(op.vector))
    new = ExtractElementOp.create(
        operands=[words, position], result_types=[element_type(words.type)]
    )
    b.define(op.result, from_words(b, b.emit(new), convert(op.result.type)))


def _insert(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, vector.InsertOp)
    position = _position(b, op, op.dest.type)
    words = as_words(b, b.value(op.dest))
    new = llvm.InsertElementOp.create(
        operands=[words, as_words(b, b.value(op.source)), position], result_types=[words.type]
    )
    b.define(op.result, from_words(b, b.emit(new), convert(op.result.type)))


def _shuffle(b: FunctionBuilder, op: Operation) -> None:
    """LLVM's takes vectors of one length: the shorter is made as long as the other first."""
    assert isinstance(op, vector.ShuffleOp)
    first, second = as_words(b, b.value(op.v1)), as_words(b, b.value(op.v2))
    ours, theirs = lanes(first.type), lanes(second.type)
    width = max(ours, theirs)
    mask = [n if n < ours else n - ours + width for n in op.mask.get_values()]
    first, second = (
        value
        if lanes(value.type) == width
        else shuffle(b, value, value, [n if n < lanes(value.type) else -1 for n in range(width)])
        for value in (first, second)
    )
    b.define(op.result, from_words(b, shuffle(b, first, second, mask), convert(op.result.type)))


def _create_mask(b: FunctionBuilder, op: Operation) -> None:
    """The lanes whose number is below the operand."""
    assert isinstance(op, vector.CreateMaskOp)
    length = lanes(op.mask_vector.type)
    known = b.constant_of(op.mask_dim_sizes[0])
    if known is not None:
        flags = [n < known for n in range(length)]
        mask = VectorType(i1, [length])
        b.define(op.mask_vector, b.constant(DenseIntOrFPElementsAttr.from_list(mask, flags), mask))
        return
    type_ = VectorType(i64, [length])
    numbers = b.constant(DenseIntOrFPElementsAttr.from_list(type_, list(range(length))), type_)
    limit = broadcast(b, b.value(op.mask_dim_sizes[0]), type_)
    b.define(op.mask_vector, icmp(b, _SLT, numbers, limit))


def _bitcast(b: FunctionBuilder, op: Operation) -> None:
    (source,), (result,) = op.operands, op.results
    b.define(result, cast(b, llvm.BitcastOp, b.value(source), convert(result.type)))


# ---------------------------------------------------------------- reductions


class _Kind(NamedTuple):
    """A reduction: its intrinsic, and the op or intrinsic that combines two numbers.

    ``neutral`` is what one with an ordered start begins with.
    """

    reduce: str
    combine: type[Operation] | str
    neutral: float | None = None


_KINDS = {
    "and": _Kind("and", llvm.AndOp),
    "or": _Kind("or", llvm.OrOp),
    "xor": _Kind("xor", llvm.XOrOp),
    "minsi": _Kind("smin", "smin"),
    "maxsi": _Kind("smax", "smax"),
    "minui": _Kind("umin", "umin"),
    "maxui": _Kind("umax", "umax"),
    "minnumf": _Kind("fmin", "minnum"),
    "maxnumf": _Kind("fmax", "maxnum"),
    "minimumf": _Kind("fminimum", "minimum"),
    "maximumf": _Kind("fmaximum", "maximum"),
}
_INTEGER_KINDS = {"add": _Kind("add", llvm.AddOp), "mul": _Kind("mul", llvm.MulOp)}
_FLOAT_KINDS = {
    "add": _Kind("fadd", llvm.FAddOp, -0.0),
    "mul": _Kind("fmul", llvm.FMulOp, 1.0),
}


def _reduction(b: FunctionBuilder, op: Operation) -> None:
    """Floats are added in order unless the op's flags say ``reassoc``."""
    assert isinstance(op, vector.ReductionOp)
    operand, start = b.value(op.vector), None if op.acc is None else b.value(op.acc)
    type_ = element_type(operand.type)
    if not needs_f32(type_):
        b.define(op.dest, _reduce(b, op, operand, start))
        return
    wide = convert_float(b, operand, VectorType(f32, [lanes(operand.type)]))
    result = _reduce(b, op, wide, None if start is None else convert_float(b, start, f32))
    b.define(op.dest, convert_float(b, result, type_))


def _reduce(
    b: FunctionBuilder, op: vector.ReductionOp, operand: SSAValue, start: SSAValue | None
) -> SSAValue:
    type_, flags = element_type(operand.type), fastmath(op)
    numeric = _FLOAT_KINDS if is_float(type_) else _INTEGER_KINDS
    kind = {**_KINDS, **numeric}[op.kind.data.value]
    name = f"llvm.vector.reduce.{kind.reduce}.{suffix(operand.type)}"
    if kind.neutral is not None:
        first = b.splat(kind.neutral, type_) if start is None else start
        return intrinsic(b, name, [first, operand], type_, flags).results[0]
    result = intrinsic(b, name, [operand], type_, flags).results[0]
    if start is None:
        return result
    if isinstance(kind.combine, str):
        return elementwise(b, kind.combine, [start, result], flags)
    return binary(b, kind.combine, start, result)


HANDLERS: dict[str, Handler] = {
    "vector.bitcast": _bitcast,
    "vector.broadcast": _broadcast,
    "vector.create_mask": _create_mask,
    "vector.extract": _extract,
    "vector.insert": _insert,
    "vector.reduction": _reduction,
    "vector.shuffle": _shuffle,
}

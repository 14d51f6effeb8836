"""Lowering of arith and math.

Integer division by zero is undefined; a float too large for an integer type saturates and NaN
gives 0, unless the cast has the attribute ``tl.in_range``, which promises that the value fits.
"""

from __future__ import annotations

import typing
from collections.abc import Callable

from xdsl.dialects import arith, llvm
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    VectorType,
    f32,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ....dialects.llvm import FPToSIOp, FPToUIOp, UIToFPOp
from .builder import OVERFLOW, FunctionBuilder, Handler
from .emit import binary, cast, elementwise, fastmath, fcmp, icmp, intrinsic, select, suffix
from .half import as_words, convert_float, from_words, needs_f32
from .linear import Linear
from .types import LoweringError, as_vector, bits, convert, element_type, with_element

IN_RANGE = "tl.in_range"
"""The attribute of casts from float to integer whose operand is known to fit."""

_OVERFLOW_BITS = {arith.IntegerOverflowFlag.NSW: 1, arith.IntegerOverflowFlag.NUW: 2}
_NE, _SLT = 1, 2
_OGT, _OLT, _UNO = 2, 4, 14


def _operands(b: FunctionBuilder, op: Operation) -> list[SSAValue]:
    return [b.value(operand) for operand in op.operands]


# ---------------------------------------------------------------- constants and index


def _constant(b: FunctionBuilder, op: Operation) -> None:
    value, result = op.properties["value"], op.results[0]
    if isinstance(result.type, IndexType):
        assert isinstance(value, IntegerAttr)
        b.define_index(result, Linear((), value.value.data))
        return
    type_ = convert(result.type)
    if as_vector(type_) is not None and type_ != result.type:
        assert isinstance(value, DenseIntOrFPElementsAttr)
        value = DenseIntOrFPElementsAttr(typing.cast("VectorType[IntegerType]", type_), value.data)
    b.define(result, b.constant(value, type_))


def _linear(combine: Callable[[Linear, Linear], Linear | None], otherwise: Handler) -> Handler:
    """On index, combine sums where that gives one; else, and on other types, ``otherwise``."""

    def handler(b: FunctionBuilder, op: Operation) -> None:
        result = op.results[0]
        if isinstance(result.type, IndexType):
            found = combine(b.linear(op.operands[0]), b.linear(op.operands[1]))
            if found is not None:
                b.define_index(result, found)
                return
        otherwise(b, op)

    return handler


def _product(lhs: Linear, rhs: Linear) -> Linear | None:
    if not lhs.terms:
        return rhs.times(lhs.constant)
    return None if rhs.terms else lhs.times(rhs.constant)


def _folded(compute: Callable[[int, int], int]) -> Callable[[Linear, Linear], Linear | None]:
    """Combine two constants; ``compute`` raises ZeroDivisionError where it is undefined."""

    def combine(lhs: Linear, rhs: Linear) -> Linear | None:
        if lhs.terms or rhs.terms or rhs.constant == 0:
            return None
        return Linear((), compute(lhs.constant, rhs.constant))

    return combine


def _truncated_quotient(lhs: int, rhs: int) -> int:
    quotient = abs(lhs) // abs(rhs)
    return quotient if (lhs < 0) == (rhs < 0) else -quotient


def _unsigned(value: int) -> int:
    return value & ((1 << 64) - 1)


def _index_cast(b: FunctionBuilder, op: Operation) -> None:
    (source,), (result,) = op.operands, op.results
    value, type_ = b.value(source), convert(result.type)
    wider = bits(element_type(type_)) > bits(element_type(value.type))
    b.define(result, cast(b, llvm.SExtOp if wider else llvm.TruncOp, value, type_))


# ---------------------------------------------------------------- integers


def _overflow(op: Operation) -> dict[str, Attribute]:
    flags = op.properties.get("overflowFlags")
    if not isinstance(flags, arith.IntegerOverflowAttr) or not flags.data:
        return {}
    return {"overflowFlags": OVERFLOW[sum(_OVERFLOW_BITS[flag] for flag in flags.data)]}


def _integer(op_class: type[Operation]) -> Handler:
    def handler(b: FunctionBuilder, op: Operation) -> None:
        lhs, rhs = _operands(b, op)
        b.define(op.results[0], binary(b, op_class, lhs, rhs, _overflow(op)))

    return handler


def _division(*, signed: bool, up: bool) -> Handler:
    """A quotient rounded up or down: the truncated one, corrected where there is a remainder."""

    def handler(b: FunctionBuilder, op: Operation) -> None:
        lhs, rhs = _operands(b, op)
        type_ = lhs.type
        quotient = binary(b, llvm.SDivOp if signed else llvm.UDivOp, lhs, rhs)
        remainder = binary(b, llvm.SRemOp if signed else llvm.URemOp, lhs, rhs)
        zero = b.splat(0, type_)
        inexact = icmp(b, _NE, remainder, zero)
        if signed:
            differ = icmp(b, _SLT, binary(b, llvm.XOrOp, lhs, rhs), zero)
            if up:
                differ = binary(b, llvm.XOrOp, differ, b.splat(1, differ.type))
            inexact = binary(b, llvm.AndOp, inexact, differ)
        correction = cast(b, llvm.ZExtOp, inexact, type_)
        b.define(op.results[0], binary(b, llvm.AddOp if up else llvm.SubOp, quotient, correction))

    return handler


def _integer_intrinsic(name: str, *flags: bool) -> Handler:
    """An intrinsic overloaded on its result, with boolean arguments after the operands."""

    def handler(b: FunctionBuilder, op: Operation) -> None:
        operands = [*_operands(b, op), *(b.boolean(flag) for flag in flags)]
        b.define(op.results[0], elementwise(b, name, operands))

    return handler


def _extension(op_class: type[Operation]) -> Handler:
    def handler(b: FunctionBuilder, op: Operation) -> None:
        (value,) = _operands(b, op)
        b.define(op.results[0], cast(b, op_class, value, convert(op.results[0].type)))

    return handler


def _cmpi(b: FunctionBuilder, op: Operation) -> None:
    predicate = op.properties["predicate"]
    assert isinstance(predicate, IntegerAttr)
    number = predicate.value.data
    constants = [b.constant_of(operand) for operand in op.operands]
    if None not in constants:
        lhs, rhs = (value or 0 for value in constants)
        b.define(op.results[0], b.boolean(_COMPARISONS[number](lhs, rhs)))
        return
    lhs, rhs = _operands(b, op)
    b.define(op.results[0], icmp(b, number, lhs, rhs))


_COMPARISONS: tuple[Callable[[int, int], bool], ...] = (
    lambda lhs, rhs: lhs == rhs,
    lambda lhs, rhs: lhs != rhs,
    lambda lhs, rhs: lhs < rhs,
    lambda lhs, rhs: lhs <= rhs,
    lambda lhs, rhs: lhs > rhs,
    lambda lhs, rhs: lhs >= rhs,
    lambda lhs, rhs: _unsigned(lhs) < _unsigned(rhs),
    lambda lhs, rhs: _unsigned(lhs) <= _unsigned(rhs),
    lambda lhs, rhs: _unsigned(lhs) > _unsigned(rhs),
    lambda lhs, rhs: _unsigned(lhs) >= _unsigned(rhs),
)


def _select(b: FunctionBuilder, op: Operation) -> None:
    cond, lhs, rhs = op.operands
    (result,) = op.results
    if lhs in b.views:
        raise LoweringError(f"selects a {lhs.type}, expected numbers or vectors")
    known = b.constant_of(cond)
    if known is not None:
        b.alias(result, lhs if known else rhs)
        return
    first, second = (as_words(b, b.value(value)) for value in (lhs, rhs))
    chosen = select(b, b.value(cond), first, second)
    b.define(result, from_words(b, chosen, convert(result.type)))


# ---------------------------------------------------------------- floats


def _float(compute: Callable[[FunctionBuilder, list[SSAValue], Operation], SSAValue]) -> Handler:
    """An op on floats of one type, computed in f32 where the type has no arithmetic."""

    def handler(b: FunctionBuilder, op: Operation) -> None:
        operands = _operands(b, op)
        type_ = operands[0].type
        if not needs_f32(type_):
            b.define(op.results[0], compute(b, operands, op))
            return
        wide = with_element(type_, f32)
        result = compute(b, [convert_float(b, each, wide) for each in operands], op)
        b.define(op.results[0], convert_float(b, result, type_))

    return handler


def _float_op(op_class: type[Operation]) -> Handler:
    def compute(b: FunctionBuilder, operands: list[SSAValue], op: Operation) -> SSAValue:
        new = op_class.create(
            operands=operands,
            result_types=[operands[0].type],
            properties={"fastmathFlags": fastmath(op)},
        )
        return b.emit(new)

    return _float(compute)


def _float_intrinsic(name: str) -> Handler:
    return _float(lambda b, operands, op: elementwise(b, name, operands, fastmath(op)))


def _number_extreme(name: str, predicate: int) -> Handler:
    """The larger or smaller operand, the other where one is NaN.

    LLVM would compute it in 16 bits if it stood between conversions, by calling a library.
    """

    def compute(b: FunctionBuilder, operands: list[SSAValue], op: Operation) -> SSAValue:
        if not needs_f32(convert(op.results[0].type)):
            return elementwise(b, name, operands, fastmath(op))
        lhs, rhs = operands
        chosen = select(b, fcmp(b, predicate, lhs, rhs), lhs, rhs)
        return select(b, fcmp(b, _UNO, rhs, rhs), lhs, chosen)

    return _float(compute)


def _cmpf(b: FunctionBuilder, op: Operation) -> None:
    predicate = op.properties["predicate"]
    assert isinstance(predicate, IntegerAttr)
    lhs, rhs = _operands(b, op)
    if needs_f32(lhs.type):
        wide = with_element(lhs.type, f32)
        lhs, rhs = convert_float(b, lhs, wide), convert_float(b, rhs, wide)
    b.define(op.results[0], fcmp(b, predicate.value.data, lhs, rhs, fastmath(op)))


def _float_cast(b: FunctionBuilder, op: Operation) -> None:
    (value,) = _operands(b, op)
    b.define(op.results[0], convert_float(b, value, convert(op.results[0].type)))


def _float_to_int(exact: type[Operation], saturating: str) -> Handler:
    def handler(b: FunctionBuilder, op: Operation) -> None:
        (value,) = _operands(b, op)
        type_ = convert(op.results[0].type)
        if needs_f32(value.type):
            value = convert_float(b, value, with_element(value.type, f32))
        if IN_RANGE in op.attributes:
            b.define(op.results[0], cast(b, exact, value, type_))
            return
        name = f"llvm.{saturating}.sat.{suffix(type_)}.{suffix(value.type)}"
        b.define(op.results[0], intrinsic(b, name, [value], type_).results[0])

    return handler


def _int_to_float(op_class: type[Operation]) -> Handler:
    def handler(b: FunctionBuilder, op: Operation) -> None:
        (value,) = _operands(b, op)
        type_ = convert(op.results[0].type)
        computed = with_element(type_, f32) if needs_f32(type_) else type_
        b.define(op.results[0], convert_float(b, cast(b, op_class, value, computed), type_))

    return handler


def _bitcast(b: FunctionBuilder, op: Operation) -> None:
    (source,), (result,) = op.operands, op.results
    if source in b.views:
        b.alias(result, source)
        return
    b.define(result, cast(b, llvm.BitcastOp, b.value(source), convert(result.type)))


HANDLERS: dict[str, Handler] = {
    "arith.constant": _constant,
    "arith.addi": _linear(lambda lhs, rhs: lhs.plus(rhs), _integer(llvm.AddOp)),
    "arith.subi": _linear(lambda lhs, rhs: lhs.plus(rhs, -1), _integer(llvm.SubOp)),
    "arith.muli": _linear(_product, _integer(llvm.MulOp)),
    "arith.divsi": _linear(_folded(_truncated_quotient), _integer(llvm.SDivOp)),
    "arith.remsi": _linear(
        _folded(lambda lhs, rhs: lhs - rhs * _truncated_quotient(lhs, rhs)), _integer(llvm.SRemOp)
    ),
    "arith.divui": _linear(
        _folded(lambda lhs, rhs: _unsigned(lhs) // _unsigned(rhs)), _integer(llvm.UDivOp)
    ),
    "arith.remui": _linear(
        _folded(lambda lhs, rhs: _unsigned(lhs) % _unsigned(rhs)), _integer(llvm.URemOp)
    ),
    "arith.floordivsi": _linear(
        _folded(lambda lhs, rhs: lhs // rhs), _division(signed=True, up=False)
    ),
    "arith.ceildivsi": _linear(
        _folded(lambda lhs, rhs: -(-lhs // rhs)), _division(signed=True, up=True)
    ),
    "arith.ceildivui": _division(signed=False, up=True),
    "arith.minsi": _integer_intrinsic("smin"),
    "arith.maxsi": _integer_intrinsic("smax"),
    "arith.minui": _integer_intrinsic("umin"),
    "arith.maxui": _integer_intrinsic("umax"),
    "arith.andi": _integer(llvm.AndOp),
    "arith.ori": _integer(llvm.OrOp),
    "arith.xori": _integer(llvm.XOrOp),
    "arith.shli": _integer(llvm.ShlOp),
    "arith.shrsi": _integer(llvm.AShrOp),
    "arith.shrui": _integer(llvm.LShrOp),
    "arith.cmpi": _cmpi,
    "arith.select": _select,
    "arith.index_cast": _index_cast,
    "arith.extsi": _extension(llvm.SExtOp),
    "arith.extui": _extension(llvm.ZExtOp),
    "arith.trunci": _extension(llvm.TruncOp),
    "arith.bitcast": _bitcast,
    "arith.addf": _float_op(llvm.FAddOp),
    "arith.subf": _float_op(llvm.FSubOp),
    "arith.mulf": _float_op(llvm.FMulOp),
    "arith.divf": _float_op(llvm.FDivOp),
    "arith.negf": _float_op(llvm.FNegOp),
    "arith.maximumf": _float_intrinsic("maximum"),
    "arith.minimumf": _float_intrinsic("minimum"),
    "arith.maxnumf": _number_extreme("maxnum", _OGT),
    "arith.minnumf": _number_extreme("minnum", _OLT),
    "arith.cmpf": _cmpf,
    "arith.extf": _float_cast,
    "arith.truncf": _float_cast,
    "arith.fptosi": _float_to_int(FPToSIOp, "fptosi"),
    "arith.fptoui": _float_to_int(FPToUIOp, "fptoui"),
    "arith.sitofp": _int_to_float(llvm.SIToFPOp),
    "arith.uitofp": _int_to_float(UIToFPOp),
    "math.absi": _integer_intrinsic("abs", False),
    "math.ctlz": _integer_intrinsic("ctlz", False),
    "math.cttz": _integer_intrinsic("cttz", False),
    "math.ctpop": _integer_intrinsic("ctpop"),
    "math.absf": _float_intrinsic("fabs"),
    "math.ceil": _float_intrinsic("ceil"),
    "math.copysign": _float_intrinsic("copysign"),
    "math.floor": _float_intrinsic("floor"),
    "math.fma": _float_intrinsic("fma"),
    "math.round": _float_intrinsic("round"),
    "math.roundeven": _float_intrinsic("roundeven"),
    "math.sqrt": _float_intrinsic("sqrt"),
    "math.trunc": _float_intrinsic("trunc"),
    "vector.fma": _float_intrinsic("fma"),
}

"""The meaning of scalar arith and math ops on numpy arrays, elementwise: the evaluator's table.

Floats are computed in float64 and rounded once to the type of the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import ml_dtypes
import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import arith, builtin
from xdsl.dialects.builtin import FloatAttr, IndexType, IntegerAttr
from xdsl.ir import Attribute, Operation
from xdsl.irdl import IRDLOperation

from ... import InlayError
from .attributes import Reduction

Array: TypeAlias = NDArray[Any]
"""A numpy array of any dtype."""

DTYPES: dict[Attribute, np.dtype[Any]] = {
    builtin.f16: np.dtype(np.float16),
    builtin.bf16: np.dtype(ml_dtypes.bfloat16),
    builtin.f32: np.dtype(np.float32),
    builtin.f64: np.dtype(np.float64),
    builtin.i1: np.dtype(np.bool_),
    builtin.i8: np.dtype(np.int8),
    builtin.i16: np.dtype(np.int16),
    builtin.i32: np.dtype(np.int32),
    builtin.i64: np.dtype(np.int64),
    IndexType(): np.dtype(np.int64),
}
"""The dtype of each scalar type; signless integers are held as signed ones."""

_UNSIGNED = {1: np.bool_, 8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}


class EvaluationError(InlayError):
    """A kernel that the evaluator cannot run, or that leaves its buffers."""


def dtype_of(type_: Attribute) -> np.dtype[Any]:
    """The dtype of a scalar type.

    Raises:
        EvaluationError: when there is none.
    """
    if type_ not in DTYPES:
        raise EvaluationError(f"type {type_}: expected one of {', '.join(map(str, DTYPES))}")
    return DTYPES[type_]


def evaluate_scalar(op: Operation, operands: Sequence[Array]) -> Array:
    """The op's result on arrays that broadcast.

    Raises:
        EvaluationError: when the table has no row for the op.
    """
    if isinstance(op, arith.ConstantOp):
        return np.array(_constant(op), dtype_of(op.result.type))
    rule = _RULES.get(op.name)
    if rule is None:
        raise EvaluationError(f"{op.name}: the evaluator has no rule for it")
    (dtype,) = map(dtype_of, op.result_types)
    with np.errstate(all="ignore"):
        values = [_to_float(x) if x.dtype.kind in "fV" else x for x in operands]
        return np.asarray(rule(op, *values)).astype(dtype)


def identity(kind: Reduction, type_: Attribute) -> Array:
    """What leaves every value of the type as it is under a reduction of the kind."""
    dtype = dtype_of(type_)
    match kind:
        case Reduction.ADD | Reduction.OR | Reduction.XOR:
            return np.zeros((), dtype)
        case Reduction.MUL:
            return np.ones((), dtype)
        case Reduction.AND:
            return np.array(-1).astype(dtype)
        case Reduction.MIN | Reduction.MAX:
            return _extreme(dtype, 1 if kind is Reduction.MIN else -1)
        case Reduction.CUSTOM:
            raise EvaluationError("an accumulator of kind custom has no identity")


def combine(kind: Reduction, a: Array, b: Array) -> Array:
    """Two partial results of a reduction as one."""
    function = _COMBINE.get(kind)
    if function is None:
        raise EvaluationError(f"kind {kind}: combined by the nest's combine region")
    with np.errstate(all="ignore"):
        return np.asarray(function(a, b)).astype(a.dtype)


def _extreme(dtype: np.dtype[Any], sign: int) -> Array:
    if dtype.kind == "b":
        return np.array(sign > 0)
    if dtype.kind == "i":
        info = np.iinfo(dtype)
        return np.array(info.max if sign > 0 else info.min, dtype)
    return np.array(sign * math.inf).astype(dtype)


def _constant(op: arith.ConstantOp) -> float | int:
    match op.value:
        case FloatAttr() | IntegerAttr():
            return op.value.value.data
        case value:
            raise EvaluationError(f"{op.name}: found {value}, expected a scalar")


_Rule: TypeAlias = Callable[..., Array]


def _plain(function: Callable[..., Array]) -> _Rule:
    """A rule that does not look at the op."""

    def rule(_: Operation, *operands: Array) -> Array:
        return function(*operands)

    return rule


def _unsigned(function: Callable[..., Array]) -> _Rule:
    """A rule on the operands' bits as unsigned integers."""

    def rule(_: Operation, *operands: Array) -> Array:
        return function(*map(as_unsigned, operands))

    return rule


def as_unsigned(value: Array) -> Array:
    """The bits of an integer as an unsigned one."""
    return value.view(_UNSIGNED[1 if value.dtype.kind == "b" else 8 * value.dtype.itemsize])


def _divide(a: Array, b: Array) -> Array:
    """The quotient rounded to 0."""
    quotient = np.floor_divide(a, b)
    return quotient + ((quotient < 0) & (quotient * b != a))


def _divide_up(a: Array, b: Array) -> Array:
    return -np.floor_divide(-a, b)


def _same(value: Array) -> Array:
    return value


def _to_float(value: Array) -> Array:
    return value.astype(np.float64)


def _to_unsigned(value: Array) -> Array:
    return np.trunc(value).astype(np.uint64)


def _extend(value: Array) -> Array:
    """A signed integer in 64 bits; the sign of an i1 is its only bit."""
    return -value.astype(np.int64) if value.dtype.kind == "b" else value


def _fma(a: Array, b: Array, c: Array) -> Array:
    return a * b + c


def _rsqrt(value: Array) -> Array:
    return 1 / np.sqrt(value)


def _compare_ints(op: IRDLOperation, a: Array, b: Array) -> Array:
    predicate = arith.CMPI_COMPARISON_OPERATIONS[_predicate(op)]
    if predicate[0] == "u":
        a, b = as_unsigned(a), as_unsigned(b)
    return _COMPARE[predicate.lstrip("su")](a, b)


def _compare_floats(op: IRDLOperation, a: Array, b: Array) -> Array:
    predicate = arith.CMPF_COMPARISON_OPERATIONS[_predicate(op)]
    unordered = np.isnan(a) | np.isnan(b)
    match predicate:
        case "false" | "true":
            return np.full_like(unordered, predicate == "true")
        case "ord" | "uno":
            return unordered if predicate == "uno" else ~unordered
        case _:
            holds = _COMPARE[predicate[1:]](a, b)
            return holds | unordered if predicate[0] == "u" else holds & ~unordered


def _predicate(op: IRDLOperation) -> int:
    predicate = op.properties["predicate"]
    assert isinstance(predicate, IntegerAttr), "the definition says so"
    return predicate.value.data


def _cast_bits(op: IRDLOperation, value: Array) -> Array:
    source = value.astype(dtype_of(op.operand_types[0]))
    return source.view(dtype_of(op.result_types[0]))


def _round(value: Array) -> Array:
    """To the nearest integer, halves away from 0."""
    return np.copysign(np.floor(np.abs(value) + 0.5), value)


_COMPARE: dict[str, Callable[[Array, Array], Array]] = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}

_COMBINE: dict[Reduction, Callable[[Array, Array], Any]] = {
    Reduction.ADD: np.add,
    Reduction.MUL: np.multiply,
    Reduction.MIN: np.minimum,
    Reduction.MAX: np.maximum,
    Reduction.AND: np.bitwise_and,
    Reduction.OR: np.bitwise_or,
    Reduction.XOR: np.bitwise_xor,
}

_RULES: dict[str, _Rule] = {
    "arith.addf": _plain(np.add),
    "arith.subf": _plain(np.subtract),
    "arith.mulf": _plain(np.multiply),
    "arith.divf": _plain(np.divide),
    "arith.remf": _plain(np.fmod),
    "arith.negf": _plain(np.negative),
    "arith.maximumf": _plain(np.maximum),
    "arith.minimumf": _plain(np.minimum),
    "arith.maxnumf": _plain(np.fmax),
    "arith.minnumf": _plain(np.fmin),
    "arith.cmpf": _compare_floats,
    "arith.addi": _plain(np.add),
    "arith.subi": _plain(np.subtract),
    "arith.muli": _plain(np.multiply),
    "arith.divsi": _plain(_divide),
    "arith.divui": _unsigned(np.floor_divide),
    "arith.floordivsi": _plain(np.floor_divide),
    "arith.ceildivsi": _plain(_divide_up),
    "arith.remsi": _plain(np.fmod),
    "arith.remui": _unsigned(np.remainder),
    "arith.minsi": _plain(np.minimum),
    "arith.maxsi": _plain(np.maximum),
    "arith.minui": _unsigned(np.minimum),
    "arith.maxui": _unsigned(np.maximum),
    "arith.andi": _plain(np.bitwise_and),
    "arith.ori": _plain(np.bitwise_or),
    "arith.xori": _plain(np.bitwise_xor),
    "arith.shli": _plain(np.left_shift),
    "arith.shrsi": _plain(np.right_shift),
    "arith.shrui": _unsigned(np.right_shift),
    "arith.cmpi": _compare_ints,
    "arith.select": _plain(np.where),
    "arith.bitcast": _cast_bits,
    "arith.index_cast": _plain(_same),
    "arith.extf": _plain(_same),
    "arith.truncf": _plain(_same),
    "arith.sitofp": _plain(_to_float),
    "arith.uitofp": _unsigned(_to_float),
    "arith.fptosi": _plain(np.trunc),
    "arith.fptoui": _plain(_to_unsigned),
    "arith.extsi": _plain(_extend),
    "arith.extui": _unsigned(_same),
    "arith.trunci": _plain(_same),
    "math.absf": _plain(np.abs),
    "math.absi": _plain(np.abs),
    "math.acos": _plain(np.arccos),
    "math.acosh": _plain(np.arccosh),
    "math.asin": _plain(np.arcsin),
    "math.asinh": _plain(np.arcsinh),
    "math.atan": _plain(np.arctan),
    "math.atan2": _plain(np.arctan2),
    "math.atanh": _plain(np.arctanh),
    "math.cbrt": _plain(np.cbrt),
    "math.ceil": _plain(np.ceil),
    "math.copysign": _plain(np.copysign),
    "math.cos": _plain(np.cos),
    "math.cosh": _plain(np.cosh),
    "math.erf": _plain(np.vectorize(math.erf, otypes=[np.float64])),
    "math.exp": _plain(np.exp),
    "math.exp2": _plain(np.exp2),
    "math.expm1": _plain(np.expm1),
    "math.floor": _plain(np.floor),
    "math.fma": _plain(_fma),
    "math.fpowi": _plain(np.power),
    "math.log": _plain(np.log),
    "math.log10": _plain(np.log10),
    "math.log1p": _plain(np.log1p),
    "math.log2": _plain(np.log2),
    "math.powf": _plain(np.power),
    "math.round": _plain(_round),
    "math.roundeven": _plain(np.rint),
    "math.rsqrt": _plain(_rsqrt),
    "math.sin": _plain(np.sin),
    "math.sinh": _plain(np.sinh),
    "math.sqrt": _plain(np.sqrt),
    "math.tan": _plain(np.tan),
    "math.tanh": _plain(np.tanh),
    "math.trunc": _plain(np.trunc),
}
"""How each op is computed, by name: the op and its operands to the result before rounding."""

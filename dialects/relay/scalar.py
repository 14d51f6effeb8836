"""Scalars of relay's element types under construction: arithmetic on them emits arith and math.

    (x * y + 1.0).max(0.0)

Floats of 16 bits are loaded as f32, and rounded when they are stored. Python numbers are taken as
constants of the other operand's type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeAlias, cast

from xdsl.dialects import arith, builtin, math
from xdsl.dialects.builtin import (
    AnyFloat,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.irdl import IRDLOperation

from ..arith import RemFOp
from ..tl.syntax import as_memref
from .types import DYNAMIC, FLOATS, UNSIGNED_INTS, dtype_of, is_tensor, shape_of

INDEX = "index"
"""The element type of an index, beside those of relay."""

FLOAT_TYPES: Mapping[str, AnyFloat] = {
    "f16": builtin.f16,
    "bf16": builtin.bf16,
    "f32": builtin.f32,
    "f64": builtin.f64,
}
_BITS = (8, 16, 32, 64)
INTEGER_TYPES: Mapping[str, IntegerType] = {
    "i1": builtin.i8,
    **{f"i{bits}": IntegerType(bits) for bits in _BITS},
    **{f"ui{bits}": IntegerType(bits) for bits in _BITS},
}
STORED: Mapping[str, AnyFloat | IntegerType] = {**FLOAT_TYPES, **INTEGER_TYPES}
"""How each element type lies in memory: an i1 takes a byte, and signs are the ops' matter."""


def memory_type(tensor: Attribute) -> MemRefType[Attribute]:
    """The type of memory that holds a tensor."""
    return MemRefType(STORED[dtype_of(tensor)], shape_of(tensor))


def fits_memory(type_: Attribute, memory: Attribute) -> bool:
    """Whether memory can hold a tensor, where an extent that is `?` is as it must be."""
    if not is_tensor(type_) or not isinstance(memory, MemRefType):
        return False
    buffer = as_memref(cast(Attribute, memory))
    extents = zip_longest(shape_of(type_), buffer.get_shape())
    return buffer.element_type == STORED[dtype_of(type_)] and all(
        DYNAMIC in pair or pair[0] == pair[1] for pair in extents
    )


_WIDENED = {"f16": "f32", "bf16": "f32"}
_FLOAT_BITS = {"f32": 32, "f64": 64}

Number: TypeAlias = "Scalar | float | int | bool"


def computed(dtype: str) -> str:
    """The element type that elements of ``dtype`` are computed in."""
    return _WIDENED.get(dtype, dtype)


def register_type(dtype: str) -> AnyFloat | IntegerType | IndexType:
    """The type of the value that holds a scalar of ``dtype``."""
    if dtype == "i1":
        return builtin.i1
    return IndexType() if dtype == INDEX else STORED[dtype]


def constant(value: float, dtype: str, to: Block) -> Scalar:
    """A constant of an element type."""
    type_ = register_type(dtype)
    if dtype in FLOATS:
        attribute: Attribute = FloatAttr(float(value), FLOAT_TYPES[dtype])
    else:
        integer = IndexType() if dtype == INDEX else IntegerType(integer_bits(dtype))
        attribute = IntegerAttr(_wrapped(int(value), dtype), integer)
    op = arith.ConstantOp.create(result_types=[type_], properties={"value": attribute})
    to.add_op(op)
    return Scalar(op.result, dtype, to)


def integer_bits(dtype: str) -> int:
    """The width of an integer type."""
    return int(dtype.lstrip("ui"))


def _wrapped(value: int, dtype: str) -> int:
    """An unsigned integer as the signless one of the same bits."""
    if dtype not in UNSIGNED_INTS:
        return value
    bits = integer_bits(dtype)
    return value - (1 << bits) if value >= 1 << (bits - 1) else value


def loaded(value: SSAValue, dtype: str, to: Block) -> Scalar:
    """The scalar that lies in memory as ``value``, of the element type ``dtype``."""
    if dtype == "i1":
        stored = Scalar(value, "i8", to)
        return stored.ne(0)
    if dtype in _WIDENED:
        return Scalar(_append(to, arith.ExtFOp(value, builtin.f32)), "f32", to)
    return Scalar(value, dtype, to)


@dataclass(frozen=True, eq=False)
class Scalar:
    """A value of an element type, and the block that what is computed from it goes to."""

    value: SSAValue
    dtype: str
    to: Block

    @property
    def is_float(self) -> bool:
        """Whether the scalar is a floating-point number."""
        return self.dtype in FLOATS

    @property
    def is_unsigned(self) -> bool:
        """Whether the scalar is an unsigned integer."""
        return self.dtype in UNSIGNED_INTS or self.dtype == "i1"

    # ------------------------------------------------------------ arithmetic

    def __add__(self, other: Number) -> Scalar:
        return self._binary(other, arith.AddfOp, arith.AddiOp)

    def __radd__(self, other: Number) -> Scalar:
        return self.like(other) + self

    def __sub__(self, other: Number) -> Scalar:
        return self._binary(other, arith.SubfOp, arith.SubiOp)

    def __rsub__(self, other: Number) -> Scalar:
        return self.like(other) - self

    def __mul__(self, other: Number) -> Scalar:
        return self._binary(other, arith.MulfOp, arith.MuliOp)

    def __rmul__(self, other: Number) -> Scalar:
        return self.like(other) * self

    def __neg__(self) -> Scalar:
        if self.is_float:
            return self._emit(arith.NegfOp(self.value))
        return self.like(0) - self

    def __truediv__(self, other: Number) -> Scalar:
        """The quotient; of integers truncated, and undefined by 0 and where it overflows."""
        signed = arith.DivUIOp if self.is_unsigned else arith.DivSIOp
        return self._binary(other, arith.DivfOp, signed)

    def __rtruediv__(self, other: Number) -> Scalar:
        return self.like(other) / self

    def remainder(self, other: Number) -> Scalar:
        """The exact remainder of the truncated division; of integers undefined where that is."""
        signed = arith.RemUIOp if self.is_unsigned else arith.RemSIOp
        return self._binary(other, RemFOp, signed)

    def __floordiv__(self, divisor: Number) -> Scalar:
        """The quotient of a signed integer or an index, rounded down."""
        return self._emit(arith.FloorDivSIOp(self.value, self.like(divisor).value))

    def __mod__(self, divisor: Number) -> Scalar:
        """The remainder of that division."""
        return self - self // divisor * divisor

    def __and__(self, other: Number) -> Scalar:
        return self._emit(arith.AndIOp(self.value, self.like(other).value))

    def __or__(self, other: Number) -> Scalar:
        return self._emit(arith.OrIOp(self.value, self.like(other).value))

    def __xor__(self, other: Number) -> Scalar:
        return self._emit(arith.XOrIOp(self.value, self.like(other).value))

    def __invert__(self) -> Scalar:
        """Every bit of an integer flipped."""
        return self ^ (1 if self.dtype == "i1" else -1)

    def __lshift__(self, other: Number) -> Scalar:
        """Shifted left, by less than the width."""
        return self._emit(arith.ShLIOp(self.value, self.like(other).value))

    def __rshift__(self, other: Number) -> Scalar:
        """Shifted right, keeping the sign, by less than the width."""
        shift = arith.ShRUIOp if self.is_unsigned else arith.ShRSIOp
        return self._emit(shift(self.value, self.like(other).value))

    def max(self, other: Number) -> Scalar:
        """The larger; NaN if either is."""
        signed = arith.MaxUIOp if self.is_unsigned else arith.MaxSIOp
        return self._binary(other, arith.MaximumfOp, signed)

    def min(self, other: Number) -> Scalar:
        """The smaller; NaN if either is."""
        signed = arith.MinUIOp if self.is_unsigned else arith.MinSIOp
        return self._binary(other, arith.MinimumfOp, signed)

    def times_plus(self, factor: Number, term: Number) -> Scalar:
        """``self * factor + term``, for floats rounded once."""
        if not self.is_float:
            return self * factor + term
        return self._emit(math.FmaOp(self.value, self.like(factor).value, self.like(term).value))

    # ------------------------------------------------------------ functions

    def apply(self, op: type[IRDLOperation], *others: Number) -> Scalar:
        """A function of math, such as ``math.ExpOp``, of a float and further ones."""
        operands = [self.value, *(self.like(other).value for other in others)]
        return self._emit(op.build(operands=operands, result_types=[self.value.type]))

    def abs(self) -> Scalar:
        """The magnitude; of the lowest integer that integer."""
        if self.is_float:
            return self.apply(math.AbsFOp)
        return self if self.is_unsigned else self.lt(0).select(-self, self)

    # ------------------------------------------------------------ comparisons

    def lt(self, other: Number) -> Scalar:
        """Whether it is less; false for NaN."""
        return self._compare(other, "olt", "slt", "ult")

    def le(self, other: Number) -> Scalar:
        """Whether it is less or equal; false for NaN."""
        return self._compare(other, "ole", "sle", "ule")

    def gt(self, other: Number) -> Scalar:
        """Whether it is greater; false for NaN."""
        return self._compare(other, "ogt", "sgt", "ugt")

    def ge(self, other: Number) -> Scalar:
        """Whether it is greater or equal; false for NaN."""
        return self._compare(other, "oge", "sge", "uge")

    def eq(self, other: Number) -> Scalar:
        """Whether they are equal; false for NaN."""
        return self._compare(other, "oeq", "eq", "eq")

    def ne(self, other: Number) -> Scalar:
        """Whether they differ; true for NaN."""
        return self._compare(other, "une", "ne", "ne")

    def select(self, then: Scalar, otherwise: Number) -> Scalar:
        """``then`` where this i1 holds, else ``otherwise``."""
        op = arith.SelectOp(self.value, then.value, then.like(otherwise).value)
        return Scalar(_append(self.to, op), then.dtype, self.to)

    # ------------------------------------------------------------ conversions

    def like(self, value: Number) -> Scalar:
        """A number as a constant of this scalar's type; a scalar as it is."""
        return value if isinstance(value, Scalar) else constant(value, self.dtype, self.to)

    def cast(self, dtype: str) -> Scalar:
        """Converted to an element type as `relay.cast` says; to 16 bits rounded, then widened."""
        if dtype in _WIDENED:
            # By way of f32 what is wider would be rounded twice.
            exact = self if self.dtype == "f64" else self.cast("f64" if self._is_wide else "f32")
            rounded = arith.TruncFOp(exact.value, FLOAT_TYPES[dtype])
            return loaded(_append(self.to, rounded), dtype, self.to)
        if dtype == self.dtype:
            return self
        if dtype == "i1":
            return self.ne(0)
        if self.is_float:
            return self._float_to(dtype)
        return self._integer_to(dtype)

    @property
    def bits(self) -> Scalar:
        """The bits of an f32 or f64, as a signed integer."""
        dtype = f"i{_FLOAT_BITS[self.dtype]}"
        return self._emit_as(arith.BitcastOp(self.value, INTEGER_TYPES[dtype]), dtype)

    @property
    def _is_wide(self) -> bool:
        """Whether it is an integer with more digits than an f32."""
        return self.dtype == INDEX or (not self.is_float and integer_bits(self.dtype) > 16)

    def stored(self, dtype: str) -> SSAValue:
        """The value that lies in memory for an element type the scalar is computed in."""
        if dtype in _WIDENED:
            return _append(self.to, arith.TruncFOp(self.value, FLOAT_TYPES[dtype]))
        if dtype == "i1":
            return _append(self.to, arith.ExtUIOp(self.value, builtin.i8))
        return self.value

    def _float_to(self, dtype: str) -> Scalar:
        if dtype in FLOATS:
            wider = _FLOAT_BITS[dtype] > _FLOAT_BITS[self.dtype]
            convert = arith.ExtFOp if wider else arith.TruncFOp
            return self._emit_as(convert(self.value, FLOAT_TYPES[dtype]), dtype)
        return self._saturated(dtype)

    def _saturated(self, dtype: str) -> Scalar:
        """Truncated to an integer type; beyond it its nearest limit, and 0 for NaN."""
        bits = integer_bits(dtype)
        unsigned = dtype in UNSIGNED_INTS
        lowest, beyond = (0, 2.0**bits) if unsigned else (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1))
        highest = int(beyond) - 1
        whole = self.apply(math.TruncOp)
        below, above = whole.lt(float(lowest)), whole.ge(beyond)
        outside = below | above | self.ne(self)
        inside = outside.select(whole.like(0.0), whole)
        convert = arith.FPToUIOp if unsigned else arith.FPToSIOp
        found = inside._emit_as(convert(inside.value, INTEGER_TYPES[dtype]), dtype)
        return above.select(found.like(highest), below.select(found.like(int(lowest)), found))

    def _integer_to(self, dtype: str) -> Scalar:
        if self.dtype == INDEX:
            wide = self._emit_as(arith.IndexCastOp(self.value, builtin.i64), "i64")
            return wide.cast(dtype)
        if dtype == INDEX:
            # An index is a signed word: what is not is widened first.
            wide = self.cast("i64")
            return wide._emit_as(arith.IndexCastOp(wide.value, IndexType()), INDEX)
        if dtype in FLOATS:
            to_float = arith.UIToFPOp if self.is_unsigned else arith.SIToFPOp
            return self._emit_as(to_float(self.value, FLOAT_TYPES[dtype]), dtype)
        have, want = integer_bits(self.dtype), integer_bits(dtype)
        if have == want:
            return Scalar(self.value, dtype, self.to)
        if have > want:
            return self._emit_as(arith.TruncIOp(self.value, INTEGER_TYPES[dtype]), dtype)
        extend = arith.ExtUIOp if self.is_unsigned else arith.ExtSIOp
        return self._emit_as(extend(self.value, INTEGER_TYPES[dtype]), dtype)

    # ------------------------------------------------------------ emission

    def _binary(
        self,
        other: Number,
        on_floats: Callable[[SSAValue, SSAValue], Operation],
        on_integers: Callable[[SSAValue, SSAValue], Operation],
    ) -> Scalar:
        make = on_floats if self.is_float else on_integers
        return self._emit(make(self.value, self.like(other).value))

    def _compare(self, other: Number, on_floats: str, signed: str, unsigned: str) -> Scalar:
        rhs = self.like(other).value
        if self.is_float:
            op: Operation = arith.CmpfOp(self.value, rhs, on_floats)
        else:
            op = arith.CmpiOp(self.value, rhs, unsigned if self.is_unsigned else signed)
        return self._emit_as(op, "i1")

    def _emit(self, op: Operation) -> Scalar:
        return self._emit_as(op, self.dtype)

    def _emit_as(self, op: Operation, dtype: str) -> Scalar:
        return Scalar(_append(self.to, op), dtype, self.to)


def _append(to: Block, op: Operation) -> SSAValue:
    to.add_op(op)
    return op.results[0]

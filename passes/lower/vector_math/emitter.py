"""Formulas over scalars or vectors, written as mathematics: each operator emits an op.

``Value`` is a number or vector under construction. ``x * y + 1.0`` emits ``arith.mulf`` and
``arith.addf``; Python numbers become constants, one per function, at its start. Integers are
signless: ``>>`` keeps the sign. Comparisons give masks for ``select``; those of floats are ordered:
with NaN they do not hold.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple, TypeAlias, cast

from xdsl.dialects import arith, math, scf, vector
from xdsl.dialects.builtin import (
    AnyFloat,
    DenseIntOrFPElementsAttr,
    Float64Type,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    VectorType,
    f32,
    f64,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ....dialects import arith as vector_arith
from ....target.description import Target
from ..llvm_handlers.types import as_vector, element_type, with_element


@dataclass(frozen=True)
class Format:
    """An IEEE 754 binary format: its type, that of its bits, and its parameters."""

    type: Attribute
    bits: IntegerType
    fraction: int
    """Bits of the significand after the point."""
    bias: int
    smallest_normal: float
    code: str
    """In the language of ``struct``."""

    @property
    def magic(self) -> float:
        """1.5 * 2^fraction: added to a number it rounds it to an integer, in the sum's low bits."""
        return 1.5 * 2.0**self.fraction

    def word(self, x: float) -> int:
        """The bits of a number, as an integer."""
        return int.from_bytes(struct.pack(self.code, x), "little")


SINGLE = Format(f32, i32, 23, 127, 2.0**-126, "<f")
DOUBLE = Format(f64, i64, 52, 1023, 2.0**-1022, "<d")

Operand: TypeAlias = "Value | float | int"


class Coefficients(NamedTuple):
    """Of a polynomial, for each format; of the highest power first."""

    single: Sequence[float]
    double: Sequence[float]

    def of(self, x: Value) -> Sequence[float]:
        """Those for numbers like x."""
        return self.double if x.format is DOUBLE else self.single


def has_fma(target: Target) -> bool:
    """Whether the machine multiplies and adds with one rounding."""
    return target.has("fma") or target.triple.startswith("aarch64")


@dataclass
class Constants:
    """The constants of a function, each made once."""

    _made: dict[Attribute, arith.ConstantOp] = field(
        default_factory=dict[Attribute, arith.ConstantOp]
    )

    def get(self, value: float, type_: Attribute) -> SSAValue:
        """A number of a type, or a vector of equal ones."""
        attribute = _constant(value, type_, str(value))
        if attribute not in self._made:
            self._made[attribute] = arith.ConstantOp.create(
                result_types=[type_], properties={"value": attribute}
            )
        return self._made[attribute].result

    def insert(self, block: Block) -> None:
        """Put them at the start of a function's entry block, which has a terminator."""
        assert block.first_op is not None, "a terminator"
        block.insert_ops_before(list(self._made.values()), block.first_op)


@cache
def _constant(value: float, type_: Attribute, text: str) -> Attribute:
    """The attribute of a constant; ``text`` tells 0.0 and -0.0 apart."""
    element = element_type(type_)
    if as_vector(type_) is not None:
        vector_type = cast("VectorType[AnyFloat]", type_)
        whole = isinstance(element, IntegerType)
        return DenseIntOrFPElementsAttr.from_list(vector_type, [int(value) if whole else value])
    if isinstance(element, IntegerType):
        return IntegerAttr(int(value), element.bitwidth)
    return FloatAttr(value, cast("AnyFloat", element))


@dataclass
class Emitter:
    """Collects the ops of one formula for a target, in ``ops``."""

    target: Target
    constants: Constants
    ops: list[Operation] = field(default_factory=list[Operation])

    def emit(
        self,
        op_class: type[Operation],
        operands: Sequence[SSAValue],
        type_: Attribute,
        **properties: Attribute,
    ) -> Value:
        """Append an op with one result."""
        op = op_class.create(operands=operands, result_types=[type_], properties=properties)
        self.ops.append(op)
        return Value(self, op.results[0])

    def value(self, ssa: SSAValue) -> Value:
        """An existing value, for formulas."""
        return Value(self, ssa)

    @property
    def fuses(self) -> bool:
        """Whether ``fma`` rounds once."""
        return has_fma(self.target)

    # ------------------------------------------------------------ numbers

    def fma(self, a: Value, b: Operand, c: Operand) -> Value:
        """a*b + c, rounded once where the machine can."""
        if not self.fuses:
            return a * b + c
        return self.emit(math.FmaOp, [a.ssa, a.like(b).ssa, a.like(c).ssa], a.type)

    def horner(self, x: Value, coefficients: Sequence[float]) -> Value:
        """The polynomial in x with these coefficients, of the highest power first."""
        first, *others = coefficients
        result = x.like(first)
        for coefficient in others:
            result = self.fma(result, x, coefficient)
        return result

    def sqrt(self, x: Value) -> Value:
        """The square root."""
        return self.emit(math.SqrtOp, [x.ssa], x.type)

    def trunc(self, x: Value) -> Value:
        """The integer part, as a float."""
        return self.emit(math.TruncOp, [x.ssa], x.type)

    def floor(self, x: Value) -> Value:
        """The nearest integer not above, as a float."""
        return self.emit(math.FloorOp, [x.ssa], x.type)

    def abs(self, x: Value) -> Value:
        """The magnitude."""
        return self.emit(math.AbsFOp, [x.ssa], x.type)

    def copysign(self, magnitude: Value, sign: Value) -> Value:
        """The magnitude of one number with the sign of another."""
        return self.emit(math.CopySignOp, [magnitude.ssa, sign.ssa], magnitude.type)

    def select(self, mask: Value, yes: Operand, no: Operand) -> Value:
        """Where the mask is set the first, elsewhere the second; one of them is a ``Value``."""
        like = yes if isinstance(yes, Value) else no
        assert isinstance(like, Value)
        is_vector = as_vector(mask.type) is not None
        op_class = vector_arith.VectorSelectOp if is_vector else arith.SelectOp
        return self.emit(op_class, [mask.ssa, like.like(yes).ssa, like.like(no).ssa], like.type)

    def clamp(self, x: Value, low: float | None, high: float | None) -> Value:
        """x between two bounds; NaN stays."""
        if high is not None:
            x = self.select(x.like(high) < x, high, x)
        if low is not None:
            x = self.select(x.like(low) > x, low, x)
        return x

    def two_product(self, a: Value, b: Value) -> tuple[Value, Value]:
        """a*b exactly, as a rounded product and what was rounded off (Dekker, Veltkamp)."""
        product = a * b
        if self.fuses:
            return product, self.fma(a, b, -product)
        (a1, a2), (b1, b2) = self._halves(a), self._halves(b)
        return product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2

    def _halves(self, a: Value) -> tuple[Value, Value]:
        scaled = a * (2.0 ** ((a.format.fraction + 2) // 2) + 1)
        high = scaled - (scaled - a)
        return high, a - high

    # ------------------------------------------------------------ bits

    def bits(self, x: Value) -> Value:
        """A float's bits as an integer."""
        return self.emit(arith.BitcastOp, [x.ssa], with_element(x.type, x.format.bits))

    def from_bits(self, word: Value) -> Value:
        """The float that has these bits."""
        type_ = f32 if word.element == i32 else f64
        return self.emit(arith.BitcastOp, [word.ssa], with_element(word.type, type_))

    def round_to_int(self, x: Value, factor: float = 1.0) -> tuple[Value, Value]:
        """The integer nearest to x * factor, as a float and as an integer.

        It must have less than ``fraction`` bits. There is no conversion: see ``Format.magic``.
        """
        magic = x.format.magic
        shifted = x + magic if factor == 1.0 else self.fma(x, factor, magic)
        return shifted - magic, self.bits(shifted) - x.format.word(magic)

    def float_of_int(self, word: Value) -> Value:
        """A small integer as a float: the inverse of ``round_to_int``."""
        format_ = SINGLE if word.element == i32 else DOUBLE
        return self.from_bits(word + format_.word(format_.magic)) - format_.magic

    def power_of_two(self, exponent: Value) -> Value:
        """2^exponent for an integer in the range of normal numbers."""
        format_ = SINGLE if exponent.element == i32 else DOUBLE
        return self.from_bits((exponent + format_.bias) << format_.fraction)

    def scale(self, x: Value, exponent: Value) -> Value:
        """x * 2^exponent, right where the result is subnormal or too large.

        In two steps, the first exact; the exponent may be twice that of any normal number.
        """
        half = exponent >> 1
        return x * self.power_of_two(half) * self.power_of_two(exponent - half)

    # ------------------------------------------------------------ conversions and control

    def extend(self, x: Value, element: Attribute) -> Value:
        """A float, or a vector of floats, in a wider type."""
        return self.emit(arith.ExtFOp, [x.ssa], with_element(x.type, element))

    def truncate(self, x: Value, element: Attribute) -> Value:
        """A float, or a vector of floats, rounded to a narrower type."""
        return self.emit(arith.TruncFOp, [x.ssa], with_element(x.type, element))

    def narrow(self, word: Value, element: Attribute) -> Value:
        """The low bits of an integer."""
        if word.element == element:
            return word
        is_vector = as_vector(word.type) is not None
        op_class = vector_arith.VectorTruncIOp if is_vector else arith.TruncIOp
        return self.emit(op_class, [word.ssa], with_element(word.type, element))

    def int_to_float(self, word: Value, element: Attribute) -> Value:
        """A signed integer as a float."""
        is_vector = as_vector(word.type) is not None
        op_class = vector_arith.VectorSIToFPOp if is_vector else arith.SIToFPOp
        return self.emit(op_class, [word.ssa], with_element(word.type, element))

    def any(self, mask: Value) -> Value:
        """Whether the mask is set in any lane."""
        if as_vector(mask.type) is None:
            return mask
        kind = vector.CombiningKindAttr(vector.CombiningKindFlag.OR)
        return self.emit(vector.ReductionOp, [mask.ssa], i1, kind=kind)

    def where_any(
        self, mask: Value, rare: Callable[[], Sequence[Value]], usual: Sequence[Value]
    ) -> list[Value]:
        """``rare()`` in the lanes that are set, computed only if there are any; else ``usual``."""
        condition = self.any(mask)
        outer, self.ops = self.ops, []
        results = [self.select(mask, x, y) for x, y in zip(rare(), usual, strict=True)]
        then = _yielding(self.ops, results)
        self.ops = outer
        types = [each.type for each in usual]
        op = scf.IfOp(condition.ssa, types, then, _yielding([], usual))
        self.ops.append(op)
        return [self.value(result) for result in op.results]

    def while_any(
        self,
        condition: Callable[[Sequence[Value]], Value],
        body: Callable[[Sequence[Value]], Sequence[Value]],
        start: Sequence[Value],
    ) -> Sequence[Value]:
        """The values after ``body`` was applied as long as ``condition`` holds in any lane."""
        types = [each.type for each in start]
        outer = self.ops
        regions: list[Region] = []
        for part in (condition, body):
            block = Block(arg_types=types)
            self.ops = []
            found = part([self.value(argument) for argument in block.args])
            if isinstance(found, Value):
                end: Operation = scf.ConditionOp(self.any(found).ssa, *block.args)
            else:
                end = scf.YieldOp(*(each.ssa for each in found))
            block.add_ops([*self.ops, end])
            regions.append(Region(block))
        self.ops = outer
        op = scf.WhileOp([each.ssa for each in start], types, *regions)
        self.ops.append(op)
        return [self.value(result) for result in op.results]


def _yielding(ops: Sequence[Operation], results: Sequence[Value]) -> Region:
    return Region(Block([*ops, scf.YieldOp(*(result.ssa for result in results))]))


@dataclass(frozen=True, eq=False)
class Value:
    """A number, a mask, or a vector of such, whose operators emit ops."""

    emitter: Emitter
    ssa: SSAValue

    @property
    def type(self) -> Attribute:
        """The type of the whole."""
        return self.ssa.type

    @property
    def element(self) -> Attribute:
        """The type of one element."""
        return element_type(self.ssa.type)

    @property
    def format(self) -> Format:
        """The format of a float's elements."""
        return DOUBLE if isinstance(self.element, Float64Type) else SINGLE

    @property
    def _is_int(self) -> bool:
        return isinstance(self.element, IntegerType)

    def like(self, operand: Operand) -> Value:
        """A number as a constant of this value's type."""
        if isinstance(operand, Value):
            return operand
        return Value(self.emitter, self.emitter.constants.get(operand, self.type))

    def _binary(
        self,
        on_floats: type[Operation] | None,
        on_ints: type[Operation] | None,
        lhs: Operand,
        rhs: Operand,
    ) -> Value:
        op_class = on_ints if self._is_int else on_floats
        assert op_class is not None, self.type
        return self.emitter.emit(op_class, [self.like(lhs).ssa, self.like(rhs).ssa], self.type)

    def __add__(self, other: Operand) -> Value:
        return self._binary(arith.AddfOp, arith.AddiOp, self, other)

    def __sub__(self, other: Operand) -> Value:
        return self._binary(arith.SubfOp, arith.SubiOp, self, other)

    def __rsub__(self, other: float) -> Value:
        return self._binary(arith.SubfOp, arith.SubiOp, other, self)

    def __mul__(self, other: Operand) -> Value:
        return self._binary(arith.MulfOp, arith.MuliOp, self, other)

    def __truediv__(self, other: Operand) -> Value:
        return self._binary(arith.DivfOp, None, self, other)

    def __rtruediv__(self, other: float) -> Value:
        return self._binary(arith.DivfOp, None, other, self)

    def __neg__(self) -> Value:
        if self._is_int:
            return 0 - self
        return self.emitter.emit(arith.NegfOp, [self.ssa], self.type)

    def __and__(self, other: Operand) -> Value:
        return self._binary(None, arith.AndIOp, self, other)

    def __or__(self, other: Operand) -> Value:
        return self._binary(None, arith.OrIOp, self, other)

    def __xor__(self, other: Operand) -> Value:
        return self._binary(None, arith.XOrIOp, self, other)

    def __invert__(self) -> Value:
        return self ^ -1

    def __lshift__(self, other: Operand) -> Value:
        return self._binary(None, arith.ShLIOp, self, other)

    def __rshift__(self, other: Operand) -> Value:
        return self._binary(None, arith.ShRSIOp, self, other)

    def shift_right_unsigned(self, other: Operand) -> Value:
        """Bits moved to the right, zeros before them."""
        return self._binary(None, arith.ShRUIOp, self, other)

    def __lt__(self, other: Operand) -> Value:
        return self._compare("olt", "slt", other)

    def __le__(self, other: Operand) -> Value:
        return self._compare("ole", "sle", other)

    def __gt__(self, other: Operand) -> Value:
        return self._compare("ogt", "sgt", other)

    def __ge__(self, other: Operand) -> Value:
        return self._compare("oge", "sge", other)

    def equals(self, other: Operand) -> Value:
        """Where both are the same number."""
        return self._compare("oeq", "eq", other)

    def differs(self, other: Operand) -> Value:
        """Where they are not the same number, or either is NaN."""
        return self._compare("une", "ne", other)

    def is_nan(self) -> Value:
        """Where it is not a number."""
        return self._compare("uno", "ne", self)

    def _compare(self, on_floats: str, on_ints: str, other: Operand) -> Value:
        is_vector = as_vector(self.type) is not None
        if self._is_int:
            predicates: Sequence[str] = arith.CMPI_COMPARISON_OPERATIONS
            op_class = vector_arith.VectorCmpiOp if is_vector else arith.CmpiOp
            predicate = on_ints
        else:
            predicates = arith.CMPF_COMPARISON_OPERATIONS
            op_class = vector_arith.VectorCmpfOp if is_vector else arith.CmpfOp
            predicate = on_floats
        return self.emitter.emit(
            op_class,
            [self.ssa, self.like(other).ssa],
            with_element(self.type, i1),
            predicate=IntegerAttr(predicates.index(predicate), i64),
        )

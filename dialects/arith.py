"""The arith dialect: xDSL's, with ``remf``, and vectors in comparisons, ``select`` and casts.

The other classes here are for vectors, as in upstream MLIR; their parsers give xDSL's own class
where the operands are scalars, so that there is one class for each case.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    IndexType,
    IntegerAttr,
    IntegerType,
    VectorType,
    i1,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    VarConstraint,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa
from xdsl.utils.type import get_element_type_or_self, have_compatible_shape

from .extending import with_ops

# ---------------------------------------------------------------- casts


class VectorCast(IRDLOperation, ABC):
    """Casts each element of a vector."""

    SCALAR: ClassVar[type[Operation]]

    input = operand_def()
    result = result_def()
    traits = traits_def(Pure())

    def __init__(self, operand: SSAValue | Operation, result_type: Attribute):
        super().__init__(operands=[operand], result_types=[result_type])

    @classmethod
    def parse(cls, parser: Parser) -> Operation:
        operand = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        source = parser.parse_type()
        parser.parse_keyword("to")
        result = parser.parse_type()
        op_class = cls if isa(source, VectorType) else cls.SCALAR
        return op_class.create(
            operands=[parser.resolve_operand(operand, source)],
            result_types=[result],
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.input)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.input.type)
        printer.print_string(" to ")
        printer.print_attribute(self.result.type)

    def verify_(self) -> None:
        source, result = self.input.type, self.result.type
        if not have_compatible_shape(source, result):
            raise VerifyException(f"casts {source} to {result}, expected the same shape")
        self._verify_elements(get_element_type_or_self(source), get_element_type_or_self(result))

    def _verify_elements(self, source: Attribute, result: Attribute) -> None:
        """Raise VerifyException unless elements of ``source`` cast to ``result``."""


def _is_index_or_int(type_: Attribute) -> bool:
    return isinstance(type_, IndexType | IntegerType)


class _FloatToInt(VectorCast, ABC):
    def _verify_elements(self, source: Attribute, result: Attribute) -> None:
        if _is_index_or_int(source) or not isinstance(result, IntegerType):
            raise VerifyException(f"casts {source} to {result}, expected a float to an integer")


class _IntToFloat(VectorCast, ABC):
    def _verify_elements(self, source: Attribute, result: Attribute) -> None:
        if not isinstance(source, IntegerType) or _is_index_or_int(result):
            raise VerifyException(f"casts {source} to {result}, expected an integer to a float")


def _width(type_: Attribute) -> int:
    if not isinstance(type_, IntegerType):
        raise VerifyException(f"casts to or from {type_}, expected an integer")
    return type_.bitwidth


class _Extension(VectorCast, ABC):
    def _verify_elements(self, source: Attribute, result: Attribute) -> None:
        if _width(source) >= _width(result):
            raise VerifyException(f"casts {source} to {result}, expected a wider integer")


@irdl_op_definition
class VectorFPToSIOp(_FloatToInt):
    """Floats to signed integers."""

    name = "arith.fptosi"
    SCALAR: ClassVar = arith.FPToSIOp


@irdl_op_definition
class VectorFPToUIOp(_FloatToInt):
    """Floats to unsigned integers."""

    name = "arith.fptoui"
    SCALAR: ClassVar = arith.FPToUIOp


@irdl_op_definition
class VectorSIToFPOp(_IntToFloat):
    """Signed integers to floats."""

    name = "arith.sitofp"
    SCALAR: ClassVar = arith.SIToFPOp


@irdl_op_definition
class VectorUIToFPOp(_IntToFloat):
    """Unsigned integers to floats."""

    name = "arith.uitofp"
    SCALAR: ClassVar = arith.UIToFPOp


@irdl_op_definition
class VectorExtSIOp(_Extension):
    """Integers to wider ones, the sign extended."""

    name = "arith.extsi"
    SCALAR: ClassVar = arith.ExtSIOp


@irdl_op_definition
class VectorExtUIOp(_Extension):
    """Integers to wider ones, zeros before them."""

    name = "arith.extui"
    SCALAR: ClassVar = arith.ExtUIOp


@irdl_op_definition
class VectorTruncIOp(VectorCast):
    """Integers to narrower ones."""

    name = "arith.trunci"
    SCALAR: ClassVar = arith.TruncIOp

    def _verify_elements(self, source: Attribute, result: Attribute) -> None:
        if _width(source) <= _width(result):
            raise VerifyException(f"casts {source} to {result}, expected a narrower integer")


@irdl_op_definition
class VectorIndexCastOp(VectorCast):
    """Index to integer or integer to index, as signed numbers."""

    name = "arith.index_cast"
    SCALAR: ClassVar = arith.IndexCastOp

    def _verify_elements(self, source: Attribute, result: Attribute) -> None:
        if isinstance(source, IndexType) == isinstance(result, IndexType):
            raise VerifyException(f"casts {source} to {result}, expected one of them to be index")


# ---------------------------------------------------------------- comparisons and select


class VectorCompare(IRDLOperation, ABC):
    """Compares two vectors element by element."""

    SCALAR: ClassVar[type[arith.CmpiOp | arith.CmpfOp]]
    PREDICATES: ClassVar[Sequence[str]]

    T: ClassVar = VarConstraint("T", AnyAttr())
    lhs = operand_def(T)
    rhs = operand_def(T)
    result = result_def()
    predicate = prop_def(IntegerAttr[IntegerType])
    traits = traits_def(Pure())

    def __init__(self, lhs: SSAValue | Operation, rhs: SSAValue | Operation, predicate: str):
        type_ = SSAValue.get(lhs).type
        shape = type_.get_shape() if isa(type_, VectorType) else None
        super().__init__(
            operands=[lhs, rhs],
            result_types=[i1 if shape is None else VectorType(i1, shape)],
            properties={"predicate": IntegerAttr(self.PREDICATES.index(predicate), i64)},
        )

    @classmethod
    def parse(cls, parser: Parser) -> Operation:
        predicate = parser.parse_identifier()
        if predicate not in cls.PREDICATES:
            parser.raise_error(
                f"unknown predicate '{predicate}', expected one of {', '.join(cls.PREDICATES)}"
            )
        parser.parse_punctuation(",")
        lhs = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        rhs = parser.parse_unresolved_operand()
        fastmath = None
        if parser.parse_optional_keyword("fastmath"):
            fastmath = arith.FastMathFlagsAttr(arith.FastMathFlagsAttr.parse_parameter(parser))
        parser.parse_punctuation(":")
        type_ = parser.parse_type()
        left, right = parser.resolve_operands([lhs, rhs], [type_, type_], parser.pos)
        op_class = cls if isinstance(type_, VectorType) else cls.SCALAR
        op = op_class(left, right, predicate)
        if fastmath is not None:
            op.properties["fastmath"] = fastmath
        return op

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {self.PREDICATES[self.predicate.value.data]}, ")
        printer.print_list(self.operands, printer.print_ssa_value)
        fastmath = self.properties.get("fastmath")
        if isinstance(fastmath, arith.FastMathFlagsAttr) and fastmath.data:
            printer.print_string(" fastmath")
            fastmath.print_parameter(printer)
        printer.print_string(" : ")
        printer.print_attribute(self.lhs.type)

    def verify_(self) -> None:
        if not have_compatible_shape(self.lhs.type, self.result.type) or (
            get_element_type_or_self(self.result.type) != i1
        ):
            raise VerifyException(
                f"compares {self.lhs.type} into {self.result.type}, expected i1 for each element"
            )


@irdl_op_definition
class VectorCmpiOp(VectorCompare):
    """Compares integers."""

    name = "arith.cmpi"
    SCALAR: ClassVar = arith.CmpiOp
    PREDICATES: ClassVar = arith.CMPI_COMPARISON_OPERATIONS


@irdl_op_definition
class VectorCmpfOp(VectorCompare):
    """Compares floats."""

    name = "arith.cmpf"
    SCALAR: ClassVar = arith.CmpfOp
    PREDICATES: ClassVar = arith.CMPF_COMPARISON_OPERATIONS
    fastmath = prop_def(arith.FastMathFlagsAttr, default_value=arith.FastMathFlagsAttr("none"))


@irdl_op_definition
class VectorSelectOp(IRDLOperation):
    """Each element of the second operand where the mask is set, of the third elsewhere."""

    name = "arith.select"
    T: ClassVar = VarConstraint("T", AnyAttr())
    cond = operand_def()
    lhs = operand_def(T)
    rhs = operand_def(T)
    result = result_def(T)
    traits = traits_def(Pure())

    def __init__(
        self, cond: SSAValue | Operation, lhs: SSAValue | Operation, rhs: SSAValue | Operation
    ):
        super().__init__(operands=[cond, lhs, rhs], result_types=[SSAValue.get(lhs).type])

    @classmethod
    def parse(cls, parser: Parser) -> Operation:
        operands = [parser.parse_unresolved_operand()]
        for _ in range(2):
            parser.parse_punctuation(",")
            operands.append(parser.parse_unresolved_operand())
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        mask, type_ = i1, parser.parse_type()
        if parser.parse_optional_punctuation(","):
            mask, type_ = type_, parser.parse_type()
        resolved = parser.resolve_operands(operands, [mask, type_, type_], parser.pos)
        op_class = cls if isa(mask, VectorType) else arith.SelectOp
        return op_class.create(operands=resolved, result_types=[type_], attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        if isa(self.cond.type, VectorType):
            printer.print_attribute(self.cond.type)
            printer.print_string(", ")
        printer.print_attribute(self.result.type)

    def verify_(self) -> None:
        mask, type_ = self.cond.type, self.result.type
        if get_element_type_or_self(mask) != i1:
            raise VerifyException(f"condition is {mask}, expected i1 or a vector of i1")
        if isa(mask, VectorType) and not have_compatible_shape(mask, type_):
            raise VerifyException(f"condition is {mask}, expected the shape of {type_}")


# ---------------------------------------------------------------- remainder


@irdl_op_definition
class RemFOp(arith.FloatingPointLikeBinaryOperation):
    """The exact remainder of floats' division, truncated to an integer, like C's fmod."""

    name = "arith.remf"
    traits = traits_def(Pure())


ARITH = with_ops(
    arith.Arith,
    [
        *(VectorFPToSIOp, VectorFPToUIOp, VectorSIToFPOp, VectorUIToFPOp, VectorExtSIOp),
        *(VectorExtUIOp, VectorTruncIOp, VectorIndexCastOp),
        *(VectorCmpiOp, VectorCmpfOp, VectorSelectOp, RemFOp),
    ],
)
"""The whole dialect."""

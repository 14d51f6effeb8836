"""Ops of the llvm dialect that xDSL lacks, or that it allows on scalars only.

``LLVM`` is the whole dialect: xDSL's ops, with these in place of those of the same name. Syntax and
attribute numbering are MLIR's, so that ``mlir-opt`` reads what is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects import llvm
from xdsl.dialects.builtin import (
    I1,
    AnyFloatConstr,
    IntegerAttr,
    IntegerType,
    SignlessIntegerConstraint,
    UnitAttr,
    VectorType,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Dialect, Operation, SSAValue
from xdsl.irdl import (
    AnyAttr,
    IRDLOperation,
    ParsePropInAttrDict,
    VarConstraint,
    base,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.hints import isa

FLOAT_LIKE = AnyFloatConstr | VectorType.constr(AnyFloatConstr)
INT_LIKE = SignlessIntegerConstraint | VectorType.constr(SignlessIntegerConstraint)
MASK_LIKE = base(I1) | VectorType.constr(base(I1))

ORDERINGS = {
    0: "not_atomic",
    1: "unordered",
    2: "monotonic",
    4: "acquire",
    5: "release",
    6: "acq_rel",
    7: "seq_cst",
}
"""MLIR's numbers of LLVM's atomic orderings."""

ATOMIC_OPERATIONS = (
    *("xchg", "add", "sub", "_and", "nand", "_or", "_xor", "max", "min", "umax", "umin"),
    *("fadd", "fsub", "fmax", "fmin"),
)
"""Names of atomic read-modify-write operations, by MLIR's numbers."""

_NO_FASTMATH = llvm.FastMathAttr(None)


def mask_type(type_: Attribute) -> Attribute:
    """The type of a comparison's result: one i1 for each element."""
    return VectorType(i1, type_.get_shape()) if isa(type_, VectorType) else i1


@irdl_op_definition
class PoisonOp(IRDLOperation):
    """A value of any bits, which must not matter."""

    name = "llvm.mlir.poison"
    res = result_def()
    traits = traits_def(Pure())
    assembly_format = "attr-dict `:` type($res)"

    def __init__(self, result_type: Attribute):
        super().__init__(result_types=[result_type])


@irdl_op_definition
class ExtractElementOp(IRDLOperation):
    """One element of a vector."""

    name = "llvm.extractelement"
    T: ClassVar = VarConstraint("T", AnyAttr())
    vector = operand_def(VectorType.constr(T))
    index = operand_def(SignlessIntegerConstraint)
    res = result_def(T)
    traits = traits_def(Pure())
    assembly_format = "$vector `[` $index `:` type($index) `]` attr-dict `:` type($vector)"

    def __init__(self, vector: SSAValue, index: SSAValue):
        assert isa(vector.type, VectorType)
        super().__init__(operands=[vector, index], result_types=[vector.type.get_element_type()])


@irdl_op_definition
class FCmpOp(IRDLOperation):
    """Comparison of floats, scalars or vectors."""

    name = "llvm.fcmp"
    T: ClassVar = VarConstraint("T", FLOAT_LIKE)
    lhs = operand_def(T)
    rhs = operand_def(T)
    res = result_def(MASK_LIKE)
    predicate = prop_def(IntegerAttr[IntegerType])
    fastmathFlags = prop_def(llvm.FastMathAttr, default_value=_NO_FASTMATH)
    traits = traits_def(Pure())

    def __init__(self, lhs: SSAValue, rhs: SSAValue, predicate: str):
        number = llvm.FCmpPredicateFlag(predicate).to_int()
        super().__init__(
            operands=[lhs, rhs],
            result_types=[mask_type(lhs.type)],
            properties={"predicate": IntegerAttr(number, i64)},
        )

    @classmethod
    def parse(cls, parser: Parser) -> FCmpOp:
        predicate = parser.parse_str_literal()
        lhs = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        rhs = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        type_ = parser.parse_type()
        left, right = parser.resolve_operands([lhs, rhs], [type_, type_], parser.pos)
        op = cls(left, right, predicate)
        if "fastmathFlags" in attributes:
            op.properties["fastmathFlags"] = attributes.pop("fastmathFlags")
        op.attributes |= attributes
        return op

    def print(self, printer: Printer) -> None:
        predicate = llvm.FCmpPredicateFlag.from_int(self.predicate.value.data)
        printer.print_string(f' "{predicate}" ')
        printer.print_ssa_value(self.lhs)
        printer.print_string(", ")
        printer.print_ssa_value(self.rhs)
        attributes = dict(self.attributes)
        if self.fastmathFlags != _NO_FASTMATH:
            attributes["fastmathFlags"] = self.fastmathFlags
        printer.print_op_attributes(attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.lhs.type)

    def verify_(self) -> None:
        if self.res.type != mask_type(self.lhs.type):
            raise VerifyException(
                f"result is {self.res.type}, expected {mask_type(self.lhs.type)} "
                f"for operands of type {self.lhs.type}"
            )


@irdl_op_definition
class SelectOp(IRDLOperation):
    """The second operand where the first is true, else the third; elementwise for a mask."""

    name = "llvm.select"
    T: ClassVar = VarConstraint("T", AnyAttr())
    cond = operand_def(MASK_LIKE)
    lhs = operand_def(T)
    rhs = operand_def(T)
    res = result_def(T)
    fastmathFlags = prop_def(llvm.FastMathAttr, default_value=_NO_FASTMATH)
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$cond `,` $lhs `,` $rhs attr-dict `:` type($cond) `,` type($res)"

    def __init__(self, cond: SSAValue, lhs: SSAValue, rhs: SSAValue):
        super().__init__(operands=[cond, lhs, rhs], result_types=[lhs.type])


@irdl_op_definition
class FPToSIOp(llvm.GenericCastOp):
    """Float to signed integer; poison where it does not fit."""

    name = "llvm.fptosi"


@irdl_op_definition
class FPToUIOp(llvm.GenericCastOp):
    """Float to unsigned integer; poison where it does not fit."""

    name = "llvm.fptoui"


@irdl_op_definition
class UIToFPOp(llvm.GenericCastOp):
    """Unsigned integer to float."""

    name = "llvm.uitofp"


_ACCESS_ATTRIBUTES = ("alignment", "nontemporal", "invariant")


def _print_access(printer: Printer, op: IRDLOperation) -> None:
    """A load or store from its name to its types: ``volatile %p atomic acquire {...} :``."""
    printer.print_string(" volatile " if "volatile_" in op.properties else " ")
    printer.print_list(op.operands, printer.print_ssa_value)
    ordering = op.properties.get("ordering")
    if isinstance(ordering, IntegerAttr) and ordering.value.data:
        printer.print_string(f" atomic {ORDERINGS[ordering.value.data]}")
    attributes = dict(op.attributes)
    for name in _ACCESS_ATTRIBUTES:
        if name in op.properties:
            attributes[name] = op.properties[name]
    printer.print_op_attributes(attributes)
    printer.print_string(" : ")


def _parse_access(
    parser: Parser, count: int
) -> tuple[list[UnresolvedOperand], dict[str, Attribute], dict[str, Attribute]]:
    """What `_print_access` prints: operands, properties, attributes."""
    properties: dict[str, Attribute] = {}
    if parser.parse_optional_keyword("volatile"):
        properties["volatile_"] = UnitAttr()
    operands = _parse_operands(parser, count)
    atomic = parser.parse_optional_keyword("atomic") is not None
    properties["ordering"] = IntegerAttr(_parse_ordering(parser) if atomic else 0, i64)
    attributes = parser.parse_optional_attr_dict()
    for name in _ACCESS_ATTRIBUTES:
        if name in attributes:
            properties[name] = attributes.pop(name)
    parser.parse_punctuation(":")
    return operands, properties, attributes


@irdl_op_definition
class LoadOp(IRDLOperation):
    """A load, which may be volatile, non-temporal or atomic."""

    name = "llvm.load"
    ptr = operand_def(llvm.LLVMPointerType)
    dereferenced_value = result_def()
    alignment = opt_prop_def(IntegerAttr[IntegerType])
    ordering = prop_def(IntegerAttr[IntegerType], default_value=IntegerAttr(0, i64))
    volatile_ = opt_prop_def(UnitAttr)
    nontemporal = opt_prop_def(UnitAttr)
    invariant = opt_prop_def(UnitAttr)

    @classmethod
    def parse(cls, parser: Parser) -> LoadOp:
        (pointer,), properties, attributes = _parse_access(parser, 1)
        operand = parser.resolve_operand(pointer, parser.parse_type())
        parser.parse_punctuation("->")
        return cls.create(
            operands=[operand],
            result_types=[parser.parse_type()],
            properties=properties,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        _print_access(printer, self)
        printer.print_attribute(self.ptr.type)
        printer.print_string(" -> ")
        printer.print_attribute(self.dereferenced_value.type)


@irdl_op_definition
class StoreOp(IRDLOperation):
    """A store, which may be volatile, non-temporal or atomic."""

    name = "llvm.store"
    value = operand_def()
    ptr = operand_def(llvm.LLVMPointerType)
    alignment = opt_prop_def(IntegerAttr[IntegerType])
    ordering = prop_def(IntegerAttr[IntegerType], default_value=IntegerAttr(0, i64))
    volatile_ = opt_prop_def(UnitAttr)
    nontemporal = opt_prop_def(UnitAttr)

    @classmethod
    def parse(cls, parser: Parser) -> StoreOp:
        operands, properties, attributes = _parse_access(parser, 2)
        types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        return cls.create(
            operands=parser.resolve_operands(operands, types, parser.pos),
            properties=properties,
            attributes=attributes,
        )

    def print(self, printer: Printer) -> None:
        _print_access(printer, self)
        printer.print_list(self.operand_types, printer.print_attribute)


@irdl_op_definition
class MaskedLoadOp(IRDLOperation):
    """Loads the elements whose mask is set; the others are those of ``pass_thru``."""

    name = "llvm.intr.masked.load"
    data = operand_def(llvm.LLVMPointerType)
    mask = operand_def(VectorType[I1])
    pass_thru = operand_def(VectorType)
    res = result_def(VectorType)
    alignment = prop_def(IntegerAttr[IntegerType])
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$data `,` $mask `,` $pass_thru attr-dict `:` functional-type(operands, results)"
    )

    def __init__(self, data: SSAValue, mask: SSAValue, pass_thru: SSAValue, alignment: int):
        super().__init__(
            operands=[data, mask, pass_thru],
            result_types=[pass_thru.type],
            properties={"alignment": IntegerAttr(alignment, i32)},
        )


@irdl_op_definition
class MaskedStoreOp(IRDLOperation):
    """Stores the elements whose mask is set."""

    name = "llvm.intr.masked.store"
    value = operand_def(VectorType)
    data = operand_def(llvm.LLVMPointerType)
    mask = operand_def(VectorType[I1])
    alignment = prop_def(IntegerAttr[IntegerType])
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$value `,` $data `,` $mask attr-dict `:` type($value) `,` type($mask) `into` type($data)"
    )

    def __init__(self, value: SSAValue, data: SSAValue, mask: SSAValue, alignment: int):
        super().__init__(
            operands=[value, data, mask],
            properties={"alignment": IntegerAttr(alignment, i32)},
        )


# ---------------------------------------------------------------- atomics


@irdl_op_definition
class AtomicRMWOp(IRDLOperation):
    """Reads memory, writes what the operation makes of it, gives what was read."""

    name = "llvm.atomicrmw"
    T: ClassVar = VarConstraint("T", INT_LIKE | FLOAT_LIKE | base(llvm.LLVMPointerType))
    ptr = operand_def(llvm.LLVMPointerType)
    val = operand_def(T)
    res = result_def(T)
    bin_op = prop_def(IntegerAttr[IntegerType])
    ordering = prop_def(IntegerAttr[IntegerType])

    def __init__(self, operation: str, ptr: SSAValue, val: SSAValue, ordering: str):
        super().__init__(
            operands=[ptr, val],
            result_types=[val.type],
            properties={
                "bin_op": IntegerAttr(ATOMIC_OPERATIONS.index(operation), i64),
                "ordering": IntegerAttr(_ordering_number(ordering), i64),
            },
        )

    @classmethod
    def parse(cls, parser: Parser) -> AtomicRMWOp:
        operation = _parse_keyword(parser, ATOMIC_OPERATIONS, "atomic operation")
        ptr, val = _parse_operands(parser, 2)
        ordering = _parse_ordering(parser)
        parser.parse_punctuation(":")
        types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        pointer, value = parser.resolve_operands([ptr, val], types, parser.pos)
        return cls(operation, pointer, value, ORDERINGS[ordering])

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {ATOMIC_OPERATIONS[self.bin_op.value.data]} ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_string(f" {ORDERINGS[self.ordering.value.data]} : ")
        printer.print_list(self.operand_types, printer.print_attribute)


@irdl_op_definition
class AtomicCmpXchgOp(IRDLOperation):
    """Writes ``val`` where memory holds ``cmp``; gives what was read, and whether it wrote."""

    name = "llvm.cmpxchg"
    T: ClassVar = VarConstraint("T", SignlessIntegerConstraint | base(llvm.LLVMPointerType))
    ptr = operand_def(llvm.LLVMPointerType)
    cmp = operand_def(T)
    val = operand_def(T)
    res = result_def(llvm.LLVMStructType)
    success_ordering = prop_def(IntegerAttr[IntegerType])
    failure_ordering = prop_def(IntegerAttr[IntegerType])

    def __init__(self, ptr: SSAValue, cmp: SSAValue, val: SSAValue, success: str, failure: str):
        super().__init__(
            operands=[ptr, cmp, val],
            result_types=[llvm.LLVMStructType.from_type_list([val.type, i1])],
            properties={
                "success_ordering": IntegerAttr(_ordering_number(success), i64),
                "failure_ordering": IntegerAttr(_ordering_number(failure), i64),
            },
        )

    @classmethod
    def parse(cls, parser: Parser) -> AtomicCmpXchgOp:
        ptr, cmp, val = _parse_operands(parser, 3)
        success, failure = _parse_ordering(parser), _parse_ordering(parser)
        parser.parse_punctuation(":")
        pointer_type = parser.parse_type()
        parser.parse_punctuation(",")
        type_ = parser.parse_type()
        pointer, old, new = parser.resolve_operands(
            [ptr, cmp, val], [pointer_type, type_, type_], parser.pos
        )
        return cls(pointer, old, new, ORDERINGS[success], ORDERINGS[failure])

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        success, failure = self.success_ordering.value.data, self.failure_ordering.value.data
        printer.print_string(f" {ORDERINGS[success]} {ORDERINGS[failure]} : ")
        printer.print_list(self.operand_types[:2], printer.print_attribute)


@irdl_op_definition
class FenceOp(IRDLOperation):
    """Orders memory accesses."""

    name = "llvm.fence"
    ordering = prop_def(IntegerAttr[IntegerType])

    def __init__(self, ordering: str):
        super().__init__(properties={"ordering": IntegerAttr(_ordering_number(ordering), i64)})

    @classmethod
    def parse(cls, parser: Parser) -> FenceOp:
        return cls(ORDERINGS[_parse_ordering(parser)])

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {ORDERINGS[self.ordering.value.data]}")


def _ordering_number(keyword: str) -> int:
    return next(number for number, name in ORDERINGS.items() if name == keyword)


def _parse_ordering(parser: Parser) -> int:
    return _ordering_number(_parse_keyword(parser, tuple(ORDERINGS.values()), "atomic ordering"))


def _parse_keyword(parser: Parser, known: Sequence[str], what: str) -> str:
    keyword = parser.parse_identifier()
    if keyword not in known:
        parser.raise_error(f"unknown {what} '{keyword}', expected one of {', '.join(known)}")
    return keyword


def _parse_operands(parser: Parser, count: int) -> list[UnresolvedOperand]:
    operands = [parser.parse_unresolved_operand()]
    while len(operands) < count:
        parser.parse_punctuation(",")
        operands.append(parser.parse_unresolved_operand())
    return operands


_OPS: list[type[Operation]] = [
    *(PoisonOp, ExtractElementOp, FCmpOp, SelectOp, FPToSIOp, FPToUIOp, UIToFPOp),
    *(LoadOp, StoreOp, MaskedLoadOp, MaskedStoreOp, AtomicRMWOp, AtomicCmpXchgOp, FenceOp),
]
_NAMES = {op.name for op in _OPS}

LLVM = Dialect(
    "llvm",
    [*(op for op in llvm.LLVM.operations if op.name not in _NAMES), *_OPS],
    list(llvm.LLVM.attributes),
)

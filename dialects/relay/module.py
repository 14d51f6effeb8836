"""What a relay program is made of: functions, calls, groups and `if`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, cast

from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FunctionType,
    LocationAttr,
    StringAttr,
    SymbolNameConstraint,
    SymbolRefAttr,
    TupleType,
    UnitAttr,
)
from xdsl.dialects.utils import parse_func_op_like, print_func_op_like
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import (
    HasParent,
    IsolatedFromAbove,
    IsTerminator,
    NoMemoryEffect,
    RecursiveMemoryEffect,
    SymbolOpInterface,
)
from xdsl.utils.exceptions import VerifyException

from ..tl.kernel import KernelOp
from .scalar import fits_memory
from .types import TENSOR, is_tensor, tensor, text

PRIMITIVE = "primitive"
"""The attribute of a function that is one kernel: an outlined fused group."""


class CallError(VerifyException):
    """``op`` calls what is not there, or calls it wrongly."""

    def __init__(self, op: CallOp, message: str):
        self.op = op
        super().__init__(f"{op.name}: {message}")


def _verify_kernel_call(call: CallOp, kernel: KernelOp) -> None:
    """Check that a kernel's buffers can hold the operands of a call, then its results."""
    found = (*call.operand_types, *call.result_types)
    buffers = tuple(argument.type for argument in kernel.args)
    if len(found) != len(buffers) or not all(map(fits_memory, found, buffers)):
        raise CallError(
            call, f"{call.callee} is called with {_texts(found)}, its buffers are {_texts(buffers)}"
        )


def _is_value_type(type_: Attribute) -> bool:
    if isinstance(type_, TupleType):
        return all(map(_is_value_type, type_.types.data))
    return is_tensor(type_)


@irdl_op_definition
class FuncOp(IRDLOperation):
    """A function of immutable tensors. With the attribute ``primitive`` it is one kernel."""

    name = "relay.func"
    body = region_def("single_block")
    sym_name = prop_def(SymbolNameConstraint())
    function_type = prop_def(FunctionType)
    sym_visibility = opt_prop_def(StringAttr)
    arg_attrs = opt_prop_def(ArrayAttr[DictionaryAttr])
    res_attrs = opt_prop_def(ArrayAttr[DictionaryAttr])
    traits = traits_def(IsolatedFromAbove(), SymbolOpInterface())

    @classmethod
    def of(cls, name: str, inputs: Sequence[Attribute], *, visibility: str | None = None) -> Self:
        """A function with an empty body block; call ``set_results`` once it returns."""
        properties: dict[str, Attribute] = {
            "sym_name": StringAttr(name),
            "function_type": FunctionType.from_lists(inputs, []),
        }
        if visibility is not None:
            properties["sym_visibility"] = StringAttr(visibility)
        return cls.create(properties=properties, regions=[Region(Block(arg_types=inputs))])

    @property
    def block(self) -> Block:
        """The function's only block."""
        return self.body.block

    @property
    def args(self) -> tuple[BlockArgument, ...]:
        """The function's parameters."""
        return self.body.block.args

    @property
    def return_op(self) -> ReturnOp:
        """The function's terminator."""
        return cast(ReturnOp, self.body.block.last_op)

    @property
    def is_primitive(self) -> bool:
        """Whether the function is one kernel."""
        return isinstance(self.attributes.get(PRIMITIVE), UnitAttr)

    def update_type(self) -> None:
        """Make the function's type follow its parameters and what it returns."""
        inputs = [argument.type for argument in self.args]
        self.function_type = FunctionType.from_lists(inputs, self.return_op.operand_types)

    def verify_(self) -> None:
        types = tuple(argument.type for argument in self.args)
        if types != self.function_type.inputs.data:
            raise VerifyException(
                f"{self.name}: @{self.sym_name.data} has parameters {_texts(types)}, expected "
                f"{_texts(self.function_type.inputs.data)} as in its type"
            )
        for type_ in types:
            if not _is_value_type(type_):
                raise VerifyException(
                    f"{self.name}: @{self.sym_name.data} has a parameter of type {type_}, expected "
                    "a ranked tensor of a relay element type, or a tuple of such"
                )
        if not isinstance(self.body.block.last_op, ReturnOp):
            raise VerifyException(f"{self.name}: @{self.sym_name.data} must end in relay.return")
        self._verify_calls()

    def _verify_calls(self) -> None:
        """Check every call in the body; here, so that the symbols are gathered once."""
        calls = [op for op in self.body.walk() if isinstance(op, CallOp)]
        if not calls or self.parent is None:
            return
        callees = {
            op.sym_name.data: op for op in self.parent.ops if isinstance(op, FuncOp | KernelOp)
        }
        for call in calls:
            callee = callees.get(call.callee.root_reference.data)
            if callee is None:
                raise CallError(call, f"no relay.func or tl.kernel named {call.callee}")
            if isinstance(callee, KernelOp):
                _verify_kernel_call(call, callee)
                continue
            found = FunctionType.from_lists(call.operand_types, call.result_types)
            if found != callee.function_type:
                raise CallError(
                    call, f"{call.callee} is called as {found}, expected {callee.function_type}"
                )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        visibility = parser.parse_optional_visibility_keyword()
        reserved = ("sym_name", "function_type", "sym_visibility")
        name, inputs, results, region, extra, arg_attrs, res_attrs = parse_func_op_like(
            parser, reserved_attr_names=reserved
        )
        properties: dict[str, Attribute | None] = {
            "sym_name": StringAttr(name),
            "function_type": FunctionType.from_lists(inputs, results),
            "sym_visibility": visibility,
            "arg_attrs": arg_attrs,
            "res_attrs": res_attrs,
        }
        return cls.create(
            properties={key: value for key, value in properties.items() if value is not None},
            attributes=extra.data if extra else {},
            regions=[region],
        )

    def print(self, printer: Printer) -> None:
        if self.sym_visibility is not None:
            printer.print_string(f" {self.sym_visibility.data}")
        print_func_op_like(
            printer,
            self.sym_name,
            self.function_type,
            self.body,
            self.attributes,
            arg_attrs=self.arg_attrs,
            res_attrs=self.res_attrs,
            reserved_attr_names=("sym_name", "function_type", "sym_visibility"),
        )


class _Terminator(IRDLOperation):
    """Ends a block and hands values to the op around it: `name %a, %b : T, U`."""

    arguments = var_operand_def()

    @classmethod
    def of(cls, values: Sequence[SSAValue]) -> Self:
        """The terminator that hands out ``values``."""
        return cls.create(operands=values)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        attributes = parser.parse_optional_attr_dict()
        operands = parser.parse_optional_undelimited_comma_separated_list(
            parser.parse_optional_unresolved_operand, parser.parse_unresolved_operand
        )
        if not operands:
            return cls.create(attributes=attributes)
        parser.parse_punctuation(":")
        position = parser.pos
        types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        return cls.create(
            operands=parser.resolve_operands(operands, types, position), attributes=attributes
        )

    def print(self, printer: Printer) -> None:
        if self.attributes:
            printer.print_string(" ")
            printer.print_attr_dict(self.attributes)
        if self.operands:
            printer.print_string(" ")
            printer.print_list(self.operands, printer.print_ssa_value)
            printer.print_string(" : ")
            printer.print_list(self.operand_types, printer.print_attribute)


@irdl_op_definition
class ReturnOp(_Terminator):
    """Returns from a function."""

    name = "relay.return"
    traits = traits_def(IsTerminator(), HasParent(FuncOp))

    def verify_(self) -> None:
        function = cast(FuncOp, self.parent_op())
        expected = function.function_type.outputs.data
        if tuple(self.operand_types) != expected:
            raise VerifyException(
                f"{self.name}: found {_texts(self.operand_types)}, expected {_texts(expected)} "
                f"as @{function.sym_name.data} returns"
            )


@irdl_op_definition
class CallOp(IRDLOperation):
    """Calls another function of the module by name."""

    name = "relay.call"
    arguments = var_operand_def()
    callee = prop_def(SymbolRefAttr)
    outputs = var_result_def()
    traits = traits_def(NoMemoryEffect())

    @classmethod
    def of(
        cls,
        callee: str,
        arguments: Sequence[SSAValue],
        results: Sequence[Attribute],
        location: LocationAttr | None = None,
    ) -> Self:
        """A call of ``@callee`` with the given result types."""
        return cls.create(
            operands=arguments,
            properties={"callee": SymbolRefAttr(callee)},
            result_types=results,
            location=location,
        )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        callee = parser.parse_symbol_name()
        operands = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        type_ = parser.parse_function_type()
        return cls.create(
            operands=parser.resolve_operands(operands, type_.inputs.data, position),
            properties={"callee": SymbolRefAttr(callee)},
            attributes=attributes,
            result_types=type_.outputs.data,
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.callee.root_reference.data)
        with printer.in_parens():
            printer.print_list(self.operands, printer.print_ssa_value)
        if self.attributes:
            printer.print_string(" ")
            printer.print_attr_dict(self.attributes)
        printer.print_string(" : ")
        printer.print_function_type(self.operand_types, self.result_types)


@irdl_op_definition
class YieldOp(_Terminator):
    """Hands the values of a region to the relay.group or relay.if around it."""

    name = "relay.yield"
    traits = traits_def(IsTerminator(), NoMemoryEffect())

    def verify_(self) -> None:
        parent = self.parent_op()
        if not isinstance(parent, GroupOp | IfOp):
            raise VerifyException(f"{self.name}: expected to stand in relay.group or relay.if")
        if tuple(self.operand_types) != tuple(parent.result_types):
            raise VerifyException(
                f"{self.name}: found {_texts(self.operand_types)}, expected "
                f"{_texts(parent.result_types)} as {parent.name} gives"
            )


class _RegionOp(IRDLOperation):
    """An op whose results its regions yield, and whose regions see the values around it."""

    outputs = var_result_def()

    def verify_(self) -> None:
        for region in self.regions:
            if not isinstance(region.block.last_op, YieldOp):
                raise VerifyException(f"{self.name}: a region must end in relay.yield")
            if region.block.args:
                raise VerifyException(f"{self.name}: a region takes no arguments")


@irdl_op_definition
class GroupOp(_RegionOp):
    """Ops to be fused into one kernel: fuse-ops makes groups, lambda-lift outlines them."""

    name = "relay.group"
    body = region_def("single_block")
    traits = traits_def(RecursiveMemoryEffect())

    def verify_(self) -> None:
        super().verify_()
        for op in self.body.block.ops:
            if op.regions:
                raise VerifyException(f"{self.name}: found {op.name} inside, expected no regions")

    @classmethod
    def of(cls, ops: Sequence[Operation], results: Sequence[SSAValue]) -> Self:
        """A group of detached ops that yields ``results``."""
        block = Block([*ops, YieldOp.of(results)])
        return cls.create(result_types=[value.type for value in results], regions=[Region(block)])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        results = _parse_results(parser)
        attributes = parser.parse_optional_attr_dict_with_keyword()
        region = parser.parse_region()
        return cls.create(
            result_types=results,
            regions=[region],
            attributes=attributes.data if attributes else {},
        )

    def print(self, printer: Printer) -> None:
        _print_results(printer, self)
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)


@irdl_op_definition
class IfOp(_RegionOp):
    """Runs the first region when the rank-0 i1 condition holds, else the second.

    Only the chosen region is evaluated.
    """

    name = "relay.if"
    condition = operand_def(TENSOR)
    then_region = region_def("single_block")
    else_region = region_def("single_block")
    traits = traits_def(RecursiveMemoryEffect())

    def verify_(self) -> None:
        if self.condition.type != tensor("i1", ()):
            raise VerifyException(
                f"{self.name}: operand 'condition' has type {text(self.condition.type)}, "
                f"expected tensor<i1>"
            )
        super().verify_()

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        condition = parser.parse_unresolved_operand()
        results = _parse_results(parser)
        attributes = parser.parse_optional_attr_dict_with_keyword()
        then_region = parser.parse_region()
        parser.parse_keyword("else")
        else_region = parser.parse_region()
        return cls.create(
            operands=[parser.resolve_operand(condition, tensor("i1", ()))],
            result_types=results,
            regions=[then_region, else_region],
            attributes=attributes.data if attributes else {},
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.condition)
        _print_results(printer, self)
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.then_region, print_entry_block_args=False)
        printer.print_string(" else ")
        printer.print_region(self.else_region, print_entry_block_args=False)


def _parse_results(parser: Parser) -> Sequence[Attribute]:
    parser.parse_punctuation("->")
    several = parser.parse_optional_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
    return [parser.parse_type()] if several is None else several


def _print_results(printer: Printer, op: Operation) -> None:
    printer.print_string(" -> ")
    if len(op.results) == 1:
        printer.print_attribute(op.results[0].type)
    else:
        with printer.in_parens():
            printer.print_list(op.result_types, printer.print_attribute)


def _texts(types: Sequence[Attribute]) -> str:
    return f"({', '.join(text(type_) for type_ in types)})"


STRUCTURE: tuple[type[IRDLOperation], ...] = (FuncOp, ReturnOp, CallOp, GroupOp, YieldOp, IfOp)
"""The ops without rows: passes and the evaluator treat them by their regions and symbols."""

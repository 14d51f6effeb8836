"""`tl.linear`: a constant matrix times a column of scalars, as in Winograd's transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from xdsl.ir import SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    prop_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import NoMemoryEffect
from xdsl.utils.exceptions import VerifyException

from .attributes import MatrixAttr
from .syntax import parse_values


@irdl_op_definition
class LinearOp(IRDLOperation):
    """The product of a constant matrix of rationals with a column of scalars.

    %t:2 = tl.linear #tl.matrix<[[1, 0, -1/2], [0, 1, 2]]>, %a, %b, %c
    """

    name = "tl.linear"
    matrix = prop_def(MatrixAttr)
    inputs = var_operand_def()
    outputs = var_result_def()
    traits = traits_def(NoMemoryEffect())

    @classmethod
    def of(cls, matrix: MatrixAttr, inputs: Sequence[SSAValue]) -> Self:
        """The product of ``matrix`` with ``inputs``, all of one type."""
        return cls.create(
            operands=inputs,
            result_types=[inputs[0].type] * matrix.shape[0],
            properties={"matrix": matrix},
        )

    def verify_(self) -> None:
        rows, columns = self.matrix.shape
        if (len(self.outputs), len(self.inputs)) != (rows, columns):
            raise VerifyException(
                f"{self.name}: found {len(self.inputs)} operands and {len(self.outputs)} results, "
                f"expected {columns} and {rows} as in the matrix"
            )
        types = {value.type for value in (*self.inputs, *self.outputs)}
        if len(types) != 1:
            found = ", ".join(sorted(map(str, types)))
            raise VerifyException(f"{self.name}: found types {found}, expected one for all")

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        position = parser.pos
        matrix = parser.parse_attribute()
        if not isinstance(matrix, MatrixAttr):
            parser.raise_error("expected #tl.matrix<…>", position, parser.pos)
        parser.parse_punctuation(",")
        op = cls.of(matrix, parse_values(parser))
        op.attributes = parser.parse_optional_attr_dict()
        return op

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.matrix)
        printer.print_string(", ")
        printer.print_list(self.inputs, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)

"""What all relay ops share: syntax, type inference, verification and construction.

Every op prints as MLIR does, with its properties in the attribute dictionary:

    %0 = relay.nn.conv2d %data, %weight {strides = array<i64: 2, 2>} : (T, T) -> T

The ``-> T`` may be left out in text: result types are inferred, and verified when written.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import ClassVar, Never, Self, cast

import numpy as np
from xdsl.dialects.builtin import (
    I64,
    BoolAttr,
    DenseArrayBase,
    Float64Type,
    FloatAttr,
    IntegerAttr,
    LocationAttr,
    StringAttr,
    f64,
    i64,
)
from xdsl.ir import Attribute, Block, ErasedSSAValue, Operation, OpResult, SSAValue, SSAValues
from xdsl.irdl import (
    AttrConstraint,
    IRDLOperation,
    OptPropertyDef,
    PropertyDef,
    VarIRConstruct,
    VerificationContext,
    irdl_op_verify_arg_list,
    irdl_to_attr_constraint,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import NoMemoryEffect
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout, LayoutAttr, LayoutError
from .rows import Array, AttrValue, Rows
from .types import DYNAMIC, Shape, as_tensor, dtype_of, is_tensor, shape_of, tensor, text

I64Array = DenseArrayBase[I64]
"""The type of properties such as strides, padding, axes: ``array<i64: 1, 1>``."""

# Constraints on properties, made once for all op definitions: making one costs 0.1 ms.
I64_ARRAY: AttrConstraint[I64Array] = irdl_to_attr_constraint(I64Array)
I64_ATTR: AttrConstraint[IntegerAttr[I64]] = irdl_to_attr_constraint(IntegerAttr[I64])
F64_ATTR: AttrConstraint[FloatAttr[Float64Type]] = irdl_to_attr_constraint(FloatAttr[Float64Type])
BOOL_ATTR: AttrConstraint[BoolAttr] = irdl_to_attr_constraint(BoolAttr)


def to_attribute(value: AttrValue) -> Attribute:
    """The attribute that stands for a Python value: bool, i64, f64, string, i64s, layout."""
    if isinstance(value, Attribute):
        return value
    if isinstance(value, bool):
        return BoolAttr.from_bool(value)
    if isinstance(value, int | np.integer):
        return IntegerAttr(int(value), i64)
    if isinstance(value, float | np.floating):
        return FloatAttr(float(value), f64)
    if isinstance(value, str):
        return StringAttr(value)
    if isinstance(value, Layout):
        return LayoutAttr(value)
    return DenseArrayBase.from_list(i64, [int(item) for item in value])


def ints(array: I64Array) -> tuple[int, ...]:
    """The values of an integer array property."""
    return array.get_values()


class RelayOp(IRDLOperation):
    """A pure operation on immutable tensors, described by its row ``ROWS``."""

    ROWS: ClassVar[Rows[Never]]

    traits = traits_def(NoMemoryEffect())

    @classmethod
    def make(
        cls,
        operands: Sequence[SSAValue | Operation],
        properties: Mapping[str, AttrValue] | None = None,
        *,
        location: LocationAttr | None = None,
    ) -> Self:
        """Create the op with inferred result types.

        Raises:
            VerifyException: when operands and properties do not fit together.
        """
        op = cls.create(
            operands=[SSAValue.get(operand) for operand in operands],
            properties={key: to_attribute(value) for key, value in (properties or {}).items()},
            location=location,
        )
        op.infer_results()
        return op

    @property
    def result(self) -> OpResult:
        """The op's only result."""
        (result,) = self.results
        return result

    def infer(self) -> Sequence[Attribute]:
        """The result types the op's row infers.

        Raises:
            VerifyException: when operands and properties do not fit together.
        """
        return rows(self).infer(self)

    def infer_results(self) -> None:
        """Give a result-less op the results its row infers.

        Raises:
            VerifyException: when operands and properties do not fit the definition, or together.
        """
        self._verify_definition()
        self.verify_operands()
        self.results = SSAValues(
            OpResult(type_, self, index) for index, type_ in enumerate(self.infer())
        )

    def _verify_definition(self) -> None:
        """Check operands and properties against the definition, as far as it says anything."""
        definition = self.get_irdl_definition()
        context = VerificationContext()
        try:
            irdl_op_verify_arg_list(self, definition, VarIRConstruct.OPERAND, context)
            self._verify_names()
            for name, field in definition.properties.items():
                if name in self.properties:
                    _verify_property(name, field, self.properties[name], context)
                elif not isinstance(field, OptPropertyDef):
                    raise VerifyException(f"property '{name}' is missing")
        except VerifyException as error:
            raise VerifyException(f"{self.name}: {' '.join(str(error).split())}") from error

    def _verify_names(self) -> None:
        """Check for misspelt properties: what is not the op's own carries a dialect's prefix."""
        known = self.get_irdl_definition().properties
        for name in (*self.properties, *self.attributes):
            if name not in known and "." not in name:
                close = get_close_matches(name, known, 1)
                hint = f"; did you mean '{close[0]}'?" if close else ""
                expected = ", ".join(known) or "none"
                raise VerifyException(f"unknown property '{name}', expected {expected}{hint}")

    def verify_operands(self) -> None:
        """Check that tensor operands have element types the op's row allows."""
        allowed = self.ROWS.dtypes
        for index, operand in enumerate(self.operands):
            if is_tensor(operand.type) and dtype_of(operand.type) not in allowed:
                raise VerifyException(
                    f"{self.name}: operand {operand_name(self, index)} has element type "
                    f"{dtype_of(operand.type)}, expected one of {', '.join(sorted(allowed))}"
                )

    def __post_init__(self) -> None:
        super().__post_init__()
        self._verified: tuple[Attribute, ...] | None = None

    def verify(self, verify_nested_ops: bool = True) -> None:
        """Verify, unless all that the op's validity depends on is what it was last time.

        Passes are verified one by one, and most ops outlive most of them unchanged.
        """
        state = (*self.operand_types, *self.result_types, *self.properties.values())
        last = self._verified
        if (
            last is not None
            and len(last) == len(state)
            and all(map(operator.is_, last, state))
            and self.next_op is not None
            and not any(isinstance(operand, ErasedSSAValue) for operand in self.operands)
        ):
            return
        super().verify(verify_nested_ops)
        self._verified = state

    def verify_(self) -> None:
        try:
            self._verify_names()
        except VerifyException as error:
            raise VerifyException(f"{self.name}: {error}") from error
        self.verify_operands()
        inferred = self.infer()
        if len(inferred) != len(self.results):
            raise VerifyException(
                f"{self.name}: found {len(self.results)} results, expected {len(inferred)}"
            )
        for index, (found, expected) in enumerate(zip(self.results, inferred, strict=True)):
            if not refines(found.type, expected):
                raise VerifyException(
                    f"{self.name}: result {index} has type {text(found.type)}, "
                    f"inferred {text(expected)}"
                )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        operands = (
            parser.parse_optional_undelimited_comma_separated_list(
                parser.parse_optional_unresolved_operand, parser.parse_unresolved_operand
            )
            or []
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        position = parser.pos
        types = parser.parse_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
        results = _parse_optional_results(parser)
        known = cls.get_irdl_definition().properties
        op = cls.create(
            operands=parser.resolve_operands(operands, types, position),
            result_types=results or (),
            properties={key: value for key, value in attributes.items() if key in known},
            attributes={key: value for key, value in attributes.items() if key not in known},
        )
        if results is None:
            try:
                op.infer_results()
            except VerifyException as error:
                parser.raise_error(str(error), position, parser.pos)
        return op

    def print(self, printer: Printer) -> None:
        if self.operands:
            printer.print_string(" ")
            printer.print_list(self.operands, printer.print_ssa_value)
        attributes = {**self._written_properties(), **self.attributes}
        if attributes:
            printer.print_string(" ")
            printer.print_attr_dict(attributes)
        printer.print_string(" : ")
        printer.print_function_type(self.operand_types, self.result_types)

    def _written_properties(self) -> dict[str, Attribute]:
        """The properties that differ from their defaults, in the order of the definition."""
        definition = self.get_irdl_definition().properties
        return {
            name: self.properties[name]
            for name, field in definition.items()
            if name in self.properties and self.properties[name] != field.default_value
        }


def rows(op: RelayOp) -> Rows[RelayOp]:
    """The row of an op, typed so that its functions take the op itself."""
    return cast("Rows[RelayOp]", op.ROWS)


def result_shapes(op: RelayOp, *operands: Array) -> list[Shape]:
    """The shapes of the results on these operands, whatever the op's types leave `?`.

    They come from the op's ``shape`` row or, without one, from inference on the operands'
    own shapes.

    Raises:
        VerifyException: when the operands do not fit together.
    """
    shape = rows(op).shape
    if shape is not None:
        return list(shape(op, *operands))
    types = [
        tensor(dtype_of(operand.type), array.shape)
        for operand, array in zip(op.operands, operands, strict=True)
    ]
    known = type(op).make(Block(arg_types=types).args, op.properties)
    return [shape_of(result.type) for result in known.results]


def operand_name(op: Operation, index: int) -> str:
    """The name the op's definition gives to an operand, for messages."""
    if not isinstance(op, IRDLOperation):
        return str(index)
    names = [name for name, _ in op.get_irdl_definition().operands]
    return f"'{names[min(index, len(names) - 1)]}'" if names else str(index)


def refines(found: Attribute, expected: Attribute) -> bool:
    """Whether a written type is the inferred one, or knows extents that inference left `?`."""
    if found == expected:
        return True
    if not (is_tensor(found) and is_tensor(expected)) or dtype_of(found) != dtype_of(expected):
        return False
    have, want = shape_of(found), shape_of(expected)
    return len(have) == len(want) and all(
        w in (DYNAMIC, h) for h, w in zip(have, want, strict=True)
    )


def operand_shape(op: RelayOp, index: int, rank: int | None = None) -> tuple[int, ...]:
    """The shape of a tensor operand, checked to have ``rank`` dimensions if given.

    Raises:
        VerifyException: naming the op and the operand.
    """
    type_ = op.operands[index].type
    if not is_tensor(type_):
        raise VerifyException(
            f"{op.name}: operand {operand_name(op, index)} has type {type_}, expected a tensor"
        )
    shape = as_tensor(type_).get_shape()
    if rank is not None and len(shape) != rank:
        raise VerifyException(
            f"{op.name}: operand {operand_name(op, index)} has rank {len(shape)}, expected {rank}"
        )
    return shape


def operand_extents(op: RelayOp, index: int, layout: Layout, letters: str) -> tuple[int, ...]:
    """The extents of an operand stored in ``layout``, in the order of its primal ``letters``.

    Raises:
        VerifyException: naming the op and the operand, when the shape does not fit the layout.
    """
    try:
        return layout.convert_shape(operand_shape(op, index), Layout.parse(letters))
    except LayoutError as error:
        raise VerifyException(f"{op.name}: operand {operand_name(op, index)}: {error}") from error


def same_dtype(op: RelayOp) -> str:
    """The element type that all operands share.

    Raises:
        VerifyException: naming the op and the first operand that differs.
    """
    first = dtype_of(op.operands[0].type)
    for index, operand in enumerate(op.operands):
        if dtype_of(operand.type) != first:
            raise VerifyException(
                f"{op.name}: operand {operand_name(op, index)} has element type "
                f"{dtype_of(operand.type)}, expected {first} as in operand {operand_name(op, 0)}"
            )
    return first


def normalize_axis(op: RelayOp, axis: int, rank: int) -> int:
    """An axis in [-rank, rank) counted from the left.

    Raises:
        VerifyException: when it lies outside.
    """
    if not -rank <= axis < rank:
        raise VerifyException(f"{op.name}: axis {axis} is out of range for rank {rank}")
    return axis % rank if rank else 0


def _verify_property(
    name: str, field: PropertyDef, value: Attribute, context: VerificationContext
) -> None:
    try:
        field.constr.verify(value, context)
    except VerifyException as error:
        raise VerifyException(f"property '{name}': {error}") from error


def _parse_optional_results(parser: Parser) -> Sequence[Attribute] | None:
    if parser.parse_optional_punctuation("->") is None:
        return None
    several = parser.parse_optional_comma_separated_list(parser.Delimiter.PAREN, parser.parse_type)
    return [parser.parse_type()] if several is None else several

"""What stands around nests: `tl.for`, a loop that several nests share, and `tl.alloc`, scratch.

tl.for %y, %n = 56 by 4 parallel {
  %row = tl.alloc : memref<58x64xf32>
  ...
}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    IndexType,
    IntegerAttr,
    MemRefType,
    i64,
)
from xdsl.ir import Attribute, Block, BlockArgument, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    opt_operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import NoTerminator
from xdsl.utils.exceptions import VerifyException

from .schedule import Entry, LoopKind, Schedule, ScheduleAttr, parse_entry_tail
from .syntax import (
    MemRef,
    as_memref,
    bind,
    claim,
    hint_names,
    is_name,
    named_block,
    parse_extent,
    parse_index_value,
    parse_named_argument,
    print_extent,
    print_named,
    require_addressable,
    scope,
)

_INDEX = IndexType()


@irdl_op_definition
class ForOp(IRDLOperation):
    """Runs its body once for each piece of an extent.

    The body's arguments are the start of the piece and its length, named in text only if used.
    The loop is an entry of its own: ``tl.for %y, %n = 56 by (1x1, *x4) parallel``.
    """

    name = "tl.for"
    dynamic_extent = opt_operand_def(IndexType)
    static_extent = opt_prop_def(IntegerAttr, prop_name="extent")
    schedule_attr = prop_def(ScheduleAttr, prop_name="schedule")
    body = region_def("single_block")
    traits = traits_def(NoTerminator())

    @classmethod
    def of(cls, extent: int | SSAValue, entry: Entry) -> Self:
        """A loop with an empty body; ``entry`` names it and divides ``extent``."""
        block = named_block([_INDEX, _INDEX], [entry.axis, f"{entry.axis}_length"])
        return cls._create(extent, entry, Region(block))

    @classmethod
    def _create(cls, extent: int | SSAValue, entry: Entry, body: Region) -> Self:
        properties: dict[str, Attribute] = {"schedule": ScheduleAttr(Schedule.of(entry))}
        if isinstance(extent, int):
            properties["extent"] = IntegerAttr(extent, i64)
        operands = [] if isinstance(extent, int) else [extent]
        return cls.create(operands=operands, properties=properties, regions=[body])

    @property
    def extent(self) -> int | SSAValue:
        """How many points the pieces cover."""
        if self.static_extent is not None:
            return self.static_extent.value.data
        assert self.dynamic_extent is not None, "verified: one of both"
        return self.dynamic_extent

    @property
    def entry(self) -> Entry:
        """The loop's name, pieces and kind."""
        return self.schedule_attr.data[0]

    @entry.setter
    def entry(self, entry: Entry) -> None:
        self.schedule_attr = ScheduleAttr(Schedule.of(entry))

    @property
    def block(self) -> Block:
        """The body."""
        return self.body.block

    @property
    def index(self) -> BlockArgument:
        """The start of the piece."""
        return self.block.args[0]

    @property
    def length(self) -> BlockArgument:
        """The length of the piece."""
        return self.block.args[1]

    def verify_(self) -> None:
        if (self.static_extent is None) == (self.dynamic_extent is None):
            raise VerifyException(f"{self.name}: expected one extent, a constant or an operand")
        if isinstance(self.extent, int) and self.extent < 0:
            raise VerifyException(f"{self.name}: found extent {self.extent}")
        if len(self.schedule_attr.data) != 1:
            raise VerifyException(
                f"{self.name}: found schedule {self.schedule_attr.data}, expected one entry"
            )
        if not is_name(self.entry.axis):
            raise VerifyException(f"{self.name}: {self.entry.axis!r} is no name for an axis")
        if self.entry.kind not in (LoopKind.SERIAL, LoopKind.PARALLEL):
            raise VerifyException(
                f"{self.name}: entry '{self.entry}' is {self.entry.kind}, "
                "expected serial or parallel"
            )
        if list(self.block.arg_types) != [_INDEX, _INDEX]:
            raise VerifyException(
                f"{self.name}: the body must have two arguments of type index, start and length"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        argument, name = parse_named_argument(parser)
        arguments = [argument]
        if parser.parse_optional_punctuation(","):
            arguments.append(parser.parse_argument(expect_type=False))
        extent = parse_extent(parser)
        entry = parse_entry_tail(parser, name)
        attributes = parser.parse_optional_attr_dict_with_keyword()
        body = parser.parse_region([argument.resolve(_INDEX) for argument in arguments])
        if len(arguments) == 1:
            length = body.block.insert_arg(_INDEX, 1)
            length.name_hint = f"{name}_length"
        hint_names(body.block.args[:1], [name])
        op = cls._create(extent, entry, body)
        op.attributes = dict(attributes.data) if attributes else {}
        return op

    def print(self, printer: Printer) -> None:
        with scope(printer):
            name = self.entry.axis
            names = [claim(printer, name)]
            printer.print_string(" ")
            print_named(printer, names[0], name)
            if self.length.first_use is not None:
                names.append(claim(printer, self.length.name_hint or f"{name}_length"))
                printer.print_string(f", %{names[1]}")
            print_extent(printer, self.extent)
            printer.print_string(str(self.entry).removeprefix(name))
            printer.print_op_attributes(self.attributes, print_keyword=True)
            printer.print_string(" ")
            bind(printer, self.block.args[: len(names)], names)
            printer.print_region(self.body, print_entry_block_args=False, print_empty_block=False)


@irdl_op_definition
class AllocOp(IRDLOperation):
    """Scratch memory, uninitialised, private to an iteration of the loop it stands in.

    %a = tl.alloc : memref<6x6x16xf32>
    %b = tl.alloc(%n) : memref<?x16xf32>
    """

    name = "tl.alloc"
    sizes = var_operand_def(IndexType)
    memref = result_def(MemRefType)

    @classmethod
    def of(cls, type_: MemRef, sizes: Sequence[SSAValue] = ()) -> Self:
        """Scratch of a type; ``sizes`` are its `?` extents in order."""
        return cls.create(operands=sizes, result_types=[type_])

    @property
    def type(self) -> MemRef:
        """The type of the scratch."""
        return as_memref(self.memref.type)

    def verify_(self) -> None:
        require_addressable(self, "scratch", self.type)
        expected = self.type.get_shape().count(DYNAMIC_INDEX)
        if len(self.sizes) != expected:
            raise VerifyException(
                f"{self.name}: found {len(self.sizes)} sizes, expected {expected} for {self.type}"
            )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        sizes = parser.parse_optional_comma_separated_list(
            parser.Delimiter.PAREN,
            lambda: parser.expect(lambda: parse_index_value(parser), "expected an index"),
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        return cls.create(
            operands=sizes or [], result_types=[parser.parse_type()], attributes=attributes
        )

    def print(self, printer: Printer) -> None:
        if self.sizes:
            with printer.in_parens():
                printer.print_list(self.sizes, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.type)

"""`tl.kernel`: a function of buffers, made of phases with a barrier between them.

tl.kernel @scale(%X: memref<64xf32> align 64, %Y: memref<64xf32> out) {
  tl.nest (%i = 64) schedule [i by 16, i vector] finish {
    ...
  }
}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    I64,
    ArrayAttr,
    DenseArrayBase,
    MemRefType,
    StringAttr,
    SymbolNameConstraint,
    i64,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, Region
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    region_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsolatedFromAbove, NoTerminator, SymbolOpInterface
from xdsl.utils.exceptions import VerifyException

from .attributes import ALIGNMENTS, Buffer, BufferAttr, parse_buffer
from .syntax import MemRef, as_memref, hint_names, require_addressable
from .verify import verify_kernel


@irdl_op_definition
class KernelOp(IRDLOperation):
    """A kernel: its top-level nests and loops are phases, in order, with barriers between them.

    ``workspace`` is the scratch memory it needs, in bytes: what all threads of a call share, and
    what each thread has for itself.
    """

    name = "tl.kernel"
    sym_name = prop_def(SymbolNameConstraint())
    buffer_attrs = prop_def(ArrayAttr[BufferAttr], prop_name="buffers")
    workspace = opt_prop_def(DenseArrayBase[I64])
    body = region_def("single_block")
    traits = traits_def(IsolatedFromAbove(), SymbolOpInterface(), NoTerminator())

    @classmethod
    def of(
        cls,
        name: str,
        types: Sequence[MemRef],
        buffers: Sequence[Buffer],
        names: Sequence[str] | None = None,
    ) -> Self:
        """A kernel with an empty body; ``names`` are those of its arguments in text."""
        op = cls._create(name, buffers, Region(Block(arg_types=types)))
        if names is not None:
            hint_names(op.block.args, names)
        return op

    @classmethod
    def _create(cls, name: str, buffers: Sequence[Buffer], body: Region) -> Self:
        return cls.create(
            properties={
                "sym_name": StringAttr(name),
                "buffers": ArrayAttr(map(BufferAttr, buffers)),
            },
            regions=[body],
        )

    @property
    def block(self) -> Block:
        """The body."""
        return self.body.block

    @property
    def args(self) -> Sequence[BlockArgument]:
        """The buffers as values."""
        return self.block.args

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """What may be assumed of each buffer."""
        return tuple(attr.data for attr in self.buffer_attrs)

    @property
    def phases(self) -> tuple[Operation, ...]:
        """The top-level ops that are loops or hold some, each one entry point, in order."""
        return tuple(op for op in self.block.ops if op.regions)

    def verify_(self) -> None:
        if len(self.buffer_attrs) != len(self.args):
            raise VerifyException(
                f"{self.name}: @{self.sym_name.data} has {len(self.args)} arguments and "
                f"{len(self.buffer_attrs)} buffers"
            )
        for index, (argument, buffer) in enumerate(zip(self.args, self.buffers, strict=True)):
            type_: Attribute = argument.type
            if not isinstance(type_, MemRefType):
                raise VerifyException(
                    f"{self.name}: argument {index} of @{self.sym_name.data} has type "
                    f"{type_}, expected a memref"
                )
            require_addressable(
                self, f"argument {index} of @{self.sym_name.data}", as_memref(argument.type)
            )
            if buffer.alignment is not None and buffer.alignment not in ALIGNMENTS:
                raise VerifyException(
                    f"{self.name}: argument {index} of @{self.sym_name.data} has alignment "
                    f"{buffer.alignment}, expected a power of two up to {ALIGNMENTS[-1]}"
                )
            dynamic = as_memref(argument.type).get_shape().count(DYNAMIC_INDEX)
            if buffer.sizes and len(buffer.sizes) != dynamic:
                raise VerifyException(
                    f"{self.name}: argument {index} of @{self.sym_name.data} has "
                    f"{len(buffer.sizes)} named sizes for {dynamic} unknown extents"
                )
        if self.workspace is not None and len(self.workspace) != 2:
            raise VerifyException(
                f"{self.name}: found workspace of {len(self.workspace)} sizes, "
                "expected two: shared and of each thread"
            )
        verify_kernel(self)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        name = parser.parse_symbol_name()
        parsed = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, lambda: (parser.parse_argument(), parse_buffer(parser))
        )
        workspace = None
        if parser.parse_optional_keyword("workspace"):
            workspace = parser.parse_comma_separated_list(
                parser.Delimiter.PAREN, lambda: parser.parse_integer(allow_boolean=False)
            )
        attributes = parser.parse_optional_attr_dict_with_keyword()
        body = parser.parse_region([argument for argument, _ in parsed])
        op = cls._create(name.data, [buffer for _, buffer in parsed], body)
        if workspace is not None:
            op.workspace = DenseArrayBase.from_list(i64, workspace)
        op.attributes = dict(attributes.data) if attributes else {}
        return op

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        with printer.in_parens():
            printer.print_list(
                list(zip(self.args, self.buffers, strict=True)),
                lambda pair: _print_buffer(printer, *pair),
            )
        if self.workspace is not None:
            shared, private = self.workspace.get_values()
            printer.print_string(f" workspace ({shared}, {private})")
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False, print_empty_block=False)


def _print_buffer(printer: Printer, argument: BlockArgument, buffer: Buffer) -> None:
    printer.print_block_argument(argument)
    if text := str(buffer):
        printer.print_string(f" {text}")

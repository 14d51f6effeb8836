"""The arguments of the functions that a kernel becomes: how a phase is called.

In order: the kernel's buffers; its extents that are known only at run time; workspaces; the status;
the number of the chunk. Attributes say which is which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xdsl.dialects import memref
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    IntegerAttr,
    MemRefType,
    NoneAttr,
    StridedLayoutAttr,
    StringAttr,
    UnitAttr,
    i8,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, BlockArgument, SSAValue
from xdsl.rewriter import Rewriter

from ...dialects.tl.affine import Linear, Term
from ...dialects.tl.attributes import Buffer
from ...dialects.tl.kernel import KernelOp
from .llvm_handlers.types import byte_size, extent, strides
from .loops_to_llvm import EXTENT, MAY_ALIAS
from .tl_emit import INDEX, Function
from .tl_extents import run_time_extents

WORKSPACE = "tl.workspace"
"""The attribute of an argument that is scratch memory: ``"shared"`` or ``"private"``."""

STATUS = "tl.status"
"""The attribute of the argument that is set to 1 when a checked index is out of bounds."""

_ALIGNMENT = 64
"""Of workspace, and of each piece of scratch in it, in bytes."""


@dataclass
class Signature:
    """The arguments of a function under construction, added in order."""

    block: Block = field(default_factory=Block)
    attributes: list[dict[str, Attribute]] = field(default_factory=list[dict[str, Attribute]])

    def add(
        self, type_: Attribute, name: str | None, attributes: Mapping[str, Attribute] | None = None
    ) -> BlockArgument:
        """One more argument."""
        argument = self.block.insert_arg(type_, len(self.block.args))
        argument.name_hint = name
        self.attributes.append(dict(attributes or {}))
        return argument

    def add_buffers(self, kernel: KernelOp) -> dict[SSAValue, SSAValue]:
        """The kernel's buffers: its arguments' replacements."""
        return {
            old: self.add(old.type, old.name_hint, _buffer_attributes(buffer))
            for old, buffer in zip(kernel.args, kernel.buffers, strict=True)
        }

    def add_extents(self, kernel: KernelOp) -> dict[Term, Linear]:
        """The extents of buffers that are known only at run time, each once."""
        extents: dict[Term, Linear] = {}
        for term, locations in run_time_extents(kernel.args).items():
            places = [DenseArrayBase.from_list(i64, location) for location in locations]
            name = term.owner if isinstance(term.owner, str) else term.owner.name_hint
            argument = self.add(INDEX, name, {EXTENT: ArrayAttr(places)})
            extents[term] = Linear.of(argument)
        return extents

    def add_status(self) -> SSAValue:
        """Where the call says that a checked index was out of bounds."""
        return self.add(MemRefType(i32, []), "status", {STATUS: UnitAttr()})

    @property
    def argument_attributes(self) -> ArrayAttr[DictionaryAttr]:
        """The attributes of all arguments."""
        return ArrayAttr(map(DictionaryAttr, self.attributes))

    def drop(self, argument: BlockArgument) -> None:
        """Remove an argument that nothing uses."""
        del self.attributes[argument.index]
        self.block.erase_arg(argument)


def _buffer_attributes(buffer: Buffer) -> dict[str, Attribute]:
    """A buffer's contract, as attributes of an argument."""
    attributes: dict[str, Attribute] = {}
    if buffer.alignment is not None:
        attributes["llvm.align"] = IntegerAttr(buffer.alignment, i64)
    if not buffer.noalias:
        attributes[MAY_ALIAS] = UnitAttr()
    return attributes


class Workspace:
    """A function's argument that scratch memory is parts of.

    ``kind`` is ``"shared"`` by all threads of a call or ``"private"`` to one.
    """

    def __init__(self, kind: str, signature: Signature, function: Function):
        self._signature, self._function = signature, function
        self._size = 0
        attributes: dict[str, Attribute] = {
            "llvm.align": IntegerAttr(_ALIGNMENT, i64),
            WORKSPACE: StringAttr(kind),
        }
        self._argument = signature.add(MemRefType(i8, [0]), kind, attributes)

    def reserve(self, type_: MemRefType[Attribute]) -> int:
        """Make room for scratch of a type with constant extents: its offset in bytes."""
        size = extent(type_)
        assert size is not None, "constant extents"
        offset = self._size
        self._size += -(-size // _ALIGNMENT) * _ALIGNMENT
        return offset

    def part(self, offset: int, type_: MemRefType[Attribute], name: str | None) -> SSAValue:
        """The scratch that lies at an offset."""
        shift = self._function.index(offset)
        if isinstance(type_.layout, NoneAttr):
            part = self._function.at_start(memref.ViewOp(self._argument, shift, [], type_))
        else:
            part = self._strided(type_, shift)
        part.name_hint = name
        return part

    def _strided(self, type_: MemRefType[Attribute], shift: SSAValue) -> SSAValue:
        element, steps, size = type_.element_type, strides(type_), extent(type_) or 0
        flat = MemRefType(element, [size // byte_size(element)])
        whole = self._function.at_start(memref.ViewOp(self._argument, shift, [], flat))
        result = MemRefType(element, type_.shape, StridedLayoutAttr(steps, 0))
        cast = memref.ReinterpretCastOp.from_dynamic(whole, [0], type_.get_shape(), steps, result)
        return self._function.at_start(cast)

    def finish(self) -> None:
        """Give the argument its type, once all scratch is known."""
        if self._size:
            type_ = MemRefType(i8, [self._size])
            Rewriter.replace_value_with_new_type(self._argument, type_)
        else:
            self._signature.drop(self._argument)

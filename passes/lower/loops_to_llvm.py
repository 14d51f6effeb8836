"""Lowers scf, cf, memref, vector, arith, math and func to the llvm dialect, in one step.

Each function is rebuilt: its old ops are read once, in order, and the new ones are in their final
form. Nothing of the old dialects is left; an op that cannot be lowered is an error.

A memref argument becomes one pointer: ``noalias``, unless it has the attribute ``tl.may_alias``;
aligned as its attribute ``llvm.align`` says; dereferenceable as far as its type reaches. An extent
``?`` is an argument of type index of its own; its attribute ``tl.extent = [array<i64: 0, 1>]`` has
the places where it stands, here dimension 1 of argument 0. Attributes of arguments that start with
``llvm.`` or ``tl.`` are kept, and the function's type in its attribute ``tl.function_type``.

Before:

    func.func @scale(%x: memref<64xf32> {llvm.align = 64 : i64}, %f: f32) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c64 = arith.constant 64 : index
      scf.for %i = %c0 to %c64 step %c1 {
        %v = memref.load %x[%i] : memref<64xf32>
        %w = arith.mulf %v, %f : f32
        memref.store %w, %x[%i] : memref<64xf32>
      }
      func.return
    }

After:

    llvm.func @scale(%0: !llvm.ptr {llvm.align = 64 : i64, llvm.noalias, ...}, %1: f32) {
      %2 = llvm.mlir.constant(0 : i64) : i64
      %3 = llvm.mlir.constant(64 : i64) : i64
      %4 = llvm.mlir.constant(1 : i64) : i64
      llvm.br ^bb1(%2 : i64)
    ^bb1(%5: i64):
      %6 = llvm.getelementptr inbounds %0[%5] : (!llvm.ptr, i64) -> !llvm.ptr, !llvm.array<4 x i8>
      %7 = llvm.load %6 {alignment = 4 : i64} : !llvm.ptr -> f32
      %8 = llvm.fmul %7, %1 : f32
      llvm.store %8, %6 {alignment = 4 : i64} : f32, !llvm.ptr
      %9 = llvm.add %5, %4 overflow<nsw, nuw> : i64
      %10 = llvm.icmp "slt" %9, %3 : i64
      llvm.cond_br %10, ^bb1(%9 : i64), ^bb2
    ^bb2:
      llvm.return
    }
"""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func, llvm, memref
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    IntegerAttr,
    ModuleOp,
    NoneAttr,
    StridedLayoutAttr,
    UnitAttr,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass

from ...target.description import Target
from ..target_attribute import target_of
from .llvm_handlers import HANDLERS
from .llvm_handlers.builder import FunctionBuilder
from .llvm_handlers.linear import Linear
from .llvm_handlers.memory import GLOBAL_ALIGNMENT, view_with_sizes
from .llvm_handlers.types import LoweringError, as_memref, convert, extent, in_memory

MAY_ALIAS = "tl.may_alias"
"""The attribute of memref arguments whose memory another argument may share."""

FUNCTION_TYPE = "tl.function_type"
"""The attribute of a lowered function: the type it had, which tells the shapes of its buffers."""

EXTENT = "tl.extent"
"""The attribute of index arguments that are extents of memref arguments."""

Sizes = Mapping[int, Mapping[int, SSAValue]]
"""Arguments that are extents, by the numbers of the argument and of the dimension they are of."""

_ALIGN, _DEREFERENCEABLE, _NOALIAS = "llvm.align", "llvm.dereferenceable", "llvm.noalias"


@dataclass(frozen=True)
class LoopsToLLVM(ModulePass):
    """Lower the loop level to the llvm dialect."""

    name = "loops-to-llvm"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        alignments = {
            each.sym_name.data: _global_alignment(each)
            for each in op.ops
            if isinstance(each, memref.GlobalOp)
        }
        target = target_of(op)
        lowered = [_lower(each, target, alignments) for each in op.ops]
        block = op.body.block
        for old in list(block.ops):
            old.detach()
            old.erase(safe_erase=False)
        block.add_ops(lowered)


def _lower(op: Operation, target: Target, alignments: Mapping[str, int]) -> Operation:
    """An op of the module. Raises LoweringError for one that is not of the loop level."""
    try:
        if isinstance(op, func.FuncOp):
            return _lower_function(op, target, alignments)
        if isinstance(op, memref.GlobalOp):
            return _lower_global(op)
    except LoweringError as error:
        if error.op is None:
            error.op = op
        raise
    if op.dialect_name() == "llvm":
        return op.clone()
    raise LoweringError(f"{op.name} has no lowering to the llvm dialect", op)


# ---------------------------------------------------------------- functions


def _lower_function(op: func.FuncOp, target: Target, alignments: Mapping[str, int]) -> llvm.FuncOp:
    inputs, outputs = list(op.function_type.inputs), list(op.function_type.outputs)
    if len(outputs) > 1 or any(as_memref(output) is not None for output in outputs):
        found = ", ".join(map(str, outputs))
        raise LoweringError(f"@{op.sym_name.data} returns {found}, expected at most one number")
    result = convert(outputs[0]) if outputs else llvm.LLVMVoidType()
    types = [convert(input_) for input_ in inputs]
    is_private = op.sym_visibility is not None and op.sym_visibility.data == "private"
    has_body = bool(op.body.blocks)
    attributes: list[dict[str, Attribute]] = [{} for _ in types]
    for own, each in zip(attributes, op.arg_attrs or (), strict=False):
        own.update(each.data)
    return llvm.FuncOp(
        op.sym_name,
        llvm.LLVMFunctionType(types, result),
        linkage=llvm.LinkageAttr("internal" if is_private and has_body else "external"),
        body=_lower_body(op, attributes, target, alignments) if has_body else Region(),
        other_props={
            "arg_attrs": ArrayAttr(
                _argument_attributes(type_, own)
                for type_, own in zip(inputs, attributes, strict=True)
            )
        },
        extra_attrs={**op.attributes, FUNCTION_TYPE: op.function_type},
    )


def _argument_attributes(type_: Attribute, own: Mapping[str, Attribute]) -> DictionaryAttr:
    kept = {name: value for name, value in own.items() if name.startswith(("llvm.", "tl."))}
    buffer = as_memref(type_)
    if buffer is not None:
        size = extent(buffer)
        if MAY_ALIAS not in own:
            kept.setdefault(_NOALIAS, UnitAttr())
        if size:
            kept.setdefault(_DEREFERENCEABLE, IntegerAttr(size, i64))
    return DictionaryAttr(kept)


def _lower_body(
    op: func.FuncOp,
    attributes: list[dict[str, Attribute]],
    target: Target,
    alignments: Mapping[str, int],
) -> Region:
    old_entry = op.body.blocks.first
    assert old_entry is not None
    blocks = [Block(arg_types=[convert(t) for t in old.arg_types]) for old in op.body.blocks]
    entry = blocks[0]
    b = FunctionBuilder(target, Region(entry), HANDLERS, alignments)
    sizes = _sizes(entry.args, attributes)
    arguments = list(zip(old_entry.args, entry.args, strict=True))
    for old, new in arguments:
        new.name_hint = old.name_hint
        if as_memref(old.type) is None:
            b.define(old, new)
    for each in sizes.values():
        for size in each.values():
            b.describe(size, natural=True)
    for index, (old, new) in enumerate(arguments):
        if as_memref(old.type) is not None:
            _define_buffer(b, old, new, attributes[index], sizes.get(index, {}))
    for old_block, block in zip(op.body.blocks, blocks, strict=True):
        b.blocks[old_block] = block
    for old_block, block in b.blocks.items():
        if block is not entry:
            b.start_block(block)
            for old, new in zip(old_block.args, block.args, strict=True):
                b.define(old, new)
        b.lower_ops(old_block)
    b.finish()
    return b.region


def _sizes(
    arguments: Sequence[SSAValue], attributes: Sequence[Mapping[str, Attribute]]
) -> dict[int, dict[int, SSAValue]]:
    """The arguments that are extents."""
    sizes: dict[int, dict[int, SSAValue]] = {}
    for argument, own in zip(arguments, attributes, strict=True):
        places = own.get(EXTENT, ArrayAttr[Attribute](()))
        pairs = (
            typing.cast("ArrayAttr[Attribute]", places)
            if isinstance(places, ArrayAttr)
            else [places]
        )
        for place in pairs:
            numbers = place.get_values() if isinstance(place, DenseArrayBase) else ()
            if len(numbers) != 2 or argument.type != i64:
                raise LoweringError(
                    f"{EXTENT} = {places} of an argument: expected pairs of the numbers of an "
                    "argument and a dimension, on an index"
                )
            buffer, dimension = (int(number) for number in numbers)
            sizes.setdefault(buffer, {})[dimension] = argument
    return sizes


def _define_buffer(
    b: FunctionBuilder,
    old: SSAValue,
    new: SSAValue,
    own: Mapping[str, Attribute],
    sizes: Mapping[int, SSAValue],
) -> None:
    buffer = as_memref(old.type)
    assert buffer is not None
    if isinstance(buffer.layout, StridedLayoutAttr) and buffer.layout.get_offset() != 0:
        raise LoweringError(f"argument of type {buffer}: expected offset 0")
    align = own.get(_ALIGN)
    if isinstance(align, IntegerAttr):
        b.describe(new, divisor=align.value.data)
    extents = {dimension: Linear(((size, 1),), 0) for dimension, size in sizes.items()}
    b.views[old] = view_with_sizes(b, new, buffer, extents)


# ---------------------------------------------------------------- globals


def _global_alignment(op: memref.GlobalOp) -> int:
    """What the op says, else that of a cache line."""
    return GLOBAL_ALIGNMENT if op.alignment is None else op.alignment.value.data


def _lower_global(op: memref.GlobalOp) -> llvm.GlobalOp:
    buffer = as_memref(op.type)
    assert buffer is not None
    if not isinstance(buffer.layout, NoneAttr) or not buffer.has_static_shape():
        raise LoweringError(
            f"@{op.sym_name.data} is a {buffer}, expected a static shape, no layout"
        )
    value = op.initial_value
    if not isinstance(value, DenseIntOrFPElementsAttr):
        raise LoweringError(f"@{op.sym_name.data} has no values")
    type_ = in_memory(buffer.element_type)
    for size in reversed(buffer.get_shape()):
        type_ = llvm.LLVMArrayType(size, type_)
    return llvm.GlobalOp(
        type_,
        op.sym_name,
        "internal",
        constant=op.constant is not None,
        value=value,
        alignment=_global_alignment(op),
    )

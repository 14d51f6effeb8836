"""Lowering of memref, of loads and stores of vectors, and of prefetches.

A memref is a bare pointer and strides; extents known only at run time are arguments that say so,
which an attribute `tl.extent` does. What only changes how a buffer is seen (subview,
casts, view) emits nothing. An access is as aligned as its attribute ``alignment`` says, or as
follows from the buffer and the strides, and at least as a scalar is. An i1 takes a byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from xdsl.dialects import llvm, memref
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    IntegerAttr,
    NoneAttr,
    SymbolRefAttr,
    UnitAttr,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ....dialects.llvm import LoadOp, MaskedLoadOp, MaskedStoreOp, StoreOp
from .builder import FunctionBuilder, Handler
from .emit import cast, icmp, intrinsic
from .half import as_words, from_words
from .linear import ZERO, Linear, View
from .types import (
    POINTER,
    LoweringError,
    alignment,
    as_memref,
    byte_size,
    convert,
    element_type,
    extent,
    in_memory,
    strides,
)

GLOBAL_ALIGNMENT = 64
"""Bytes that constants are aligned to where they do not say: a cache line."""

_NE = 1
_NOT_ATOMIC = IntegerAttr(0, i64)
_ALIGNMENTS = {1 << power: IntegerAttr(1 << power, i64) for power in range(13)}
_NONTEMPORAL = "nontemporal"


def view_of(base: SSAValue, type_: Attribute) -> View:
    """A buffer of static strides whose first element is at ``base``."""
    buffer = as_memref(type_)
    assert buffer is not None
    size = byte_size(buffer.element_type)
    return View(base, ZERO, tuple(stride * size for stride in strides(buffer)))


def view_with_sizes(
    b: FunctionBuilder, base: SSAValue, type_: Attribute, sizes: Mapping[int, Linear]
) -> View:
    """A buffer whose extents known only at run time are ``sizes``, by dimension.

    Without a layout its strides are products of the extents further inside.
    """
    buffer = as_memref(type_)
    assert buffer is not None
    if not isinstance(buffer.layout, NoneAttr) or DYNAMIC_INDEX not in buffer.get_shape()[1:]:
        return view_of(base, type_)._replace(sizes=sizes)
    step = Linear((), byte_size(buffer.element_type))
    steps: list[int | Linear] = []
    for dimension, size in reversed(list(enumerate(buffer.get_shape()))):
        steps.append(step if step.terms else step.constant)
        if size != DYNAMIC_INDEX:
            step = step.times(size)
        elif dimension in sizes:
            step = b.product(step, sizes[dimension])
        elif dimension:
            raise LoweringError(
                f"found {type_}, expected static strides, or arguments that give its extents as "
                "tl.extent"
            )
    return View(base, ZERO, tuple(reversed(steps)), sizes)


def _offset(b: FunctionBuilder, view: View, indices: Iterable[SSAValue]) -> Linear:
    """Bytes from a view's first element to the one at these indices."""
    factors: dict[SSAValue, int] = {}
    constant = 0
    for index, stride in zip(indices, view.strides, strict=True):
        linear = b.linear(index)
        if not isinstance(stride, int):
            linear, stride = b.product(linear, stride), 1
        constant += linear.constant * stride
        for value, factor in linear.terms:
            factors[value] = factors.get(value, 0) + factor * stride
    return Linear(tuple((v, f) for v, f in factors.items() if f), constant)


def _access(
    b: FunctionBuilder, op: Operation, buffer: SSAValue, indices: Sequence[SSAValue]
) -> tuple[SSAValue, int]:
    """The address of an access, and its alignment."""
    view = b.view(buffer)
    offset = _offset(b, view, indices)
    type_ = as_memref(buffer.type)
    assert type_ is not None
    known = max(b.alignment(view, offset) or 4096, alignment(type_.element_type))
    stated = op.properties.get("alignment") or op.attributes.get("alignment")
    if isinstance(stated, IntegerAttr):
        known = max(known, stated.value.data)
    return b.address(view, offset), min(known, 4096)


def _is_nontemporal(op: Operation) -> bool:
    flag = op.properties.get(_NONTEMPORAL)
    return isinstance(flag, IntegerAttr) and flag.value.data != 0


# ---------------------------------------------------------------- accesses


def _load(b: FunctionBuilder, op: Operation) -> None:
    buffer, *indices = op.operands
    pointer, align = _access(b, op, buffer, indices)
    (result,) = op.results
    properties: dict[str, Attribute] = {
        "ordering": _NOT_ATOMIC,
        "alignment": _ALIGNMENTS[align],
    }
    stored = in_memory(result.type)
    new = b.emit(LoadOp.create(operands=[pointer], result_types=[stored], properties=properties))
    b.define(result, _from_memory(b, new, result.type))


def _from_memory(b: FunctionBuilder, value: SSAValue, type_: Attribute) -> SSAValue:
    """A value as it was loaded, in its own type: a byte that is not 0 is true."""
    if element_type(type_) != i1:
        return from_words(b, value, convert(type_))
    return icmp(b, _NE, value, b.splat(0, value.type))


def _to_memory(b: FunctionBuilder, value: SSAValue) -> SSAValue:
    """A value as it is stored."""
    words = as_words(b, b.value(value))
    return (
        words
        if element_type(value.type) != i1
        else cast(b, llvm.ZExtOp, words, in_memory(value.type))
    )


def _store(b: FunctionBuilder, op: Operation) -> None:
    value, buffer, *indices = op.operands
    pointer, align = _access(b, op, buffer, indices)
    new = _to_memory(b, value)
    properties: dict[str, Attribute] = {
        "ordering": _NOT_ATOMIC,
        "alignment": _ALIGNMENTS[align],
    }
    if _is_nontemporal(op):
        properties[_NONTEMPORAL] = UnitAttr()
    b.do(StoreOp.create(operands=[new, pointer], properties=properties))


def _masked_load(b: FunctionBuilder, op: Operation) -> None:
    buffer, *indices, mask, pass_thru = op.operands
    pointer, align = _access(b, op, buffer, indices)
    (result,) = op.results
    other = _to_memory(b, pass_thru)
    new = b.emit(MaskedLoadOp(pointer, b.value(mask), other, align))
    b.define(result, _from_memory(b, new, result.type))


def _masked_store(b: FunctionBuilder, op: Operation) -> None:
    buffer, *indices, mask, value = op.operands
    pointer, align = _access(b, op, buffer, indices)
    new = _to_memory(b, value)
    b.do(MaskedStoreOp(new, pointer, b.value(mask), align))


def _prefetch(b: FunctionBuilder, op: Operation) -> None:
    buffer, *indices = op.operands
    pointer, _ = _access(b, op, buffer, indices)
    numbers: list[SSAValue] = []
    for name in ("isWrite", "localityHint", "isDataCache"):
        attribute = op.properties[name]
        assert isinstance(attribute, IntegerAttr)
        numbers.append(b.constant(IntegerAttr(abs(attribute.value.data), i32), i32))
    intrinsic(b, "llvm.prefetch.p0", [pointer, *numbers], None)


# ---------------------------------------------------------------- buffers


def _alloca(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, memref.AllocaOp)
    type_ = as_memref(op.memref.type)
    assert type_ is not None
    size = extent(type_)
    if size is None:
        raise LoweringError(f"allocates a {type_}, expected a static shape")
    stored = in_memory(type_.element_type)
    count = max(1, -(-size // byte_size(type_.element_type)))
    natural = byte_size(type_.element_type)
    align = max(natural, op.alignment.value.data if op.alignment is not None else 1)
    new = llvm.AllocaOp.create(
        operands=[b.integer(1)],
        result_types=[POINTER],
        properties={
            "elem_type": llvm.LLVMArrayType(count, stored),
            "alignment": IntegerAttr(align, i64),
        },
    )
    # At the function's start its size is known: it is part of the frame.
    pointer = b.in_prologue(new)
    b.describe(pointer, divisor=align)
    b.views[op.memref] = view_of(pointer, type_)


def _get_global(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, memref.GetGlobalOp)
    name = op.name_.root_reference.data
    pointer = b.in_prologue(
        llvm.AddressOfOp.create(
            result_types=[POINTER], properties={"global_name": SymbolRefAttr(name)}
        )
    )
    b.describe(pointer, divisor=b.global_alignments.get(name, 1))
    b.views[op.memref] = view_of(pointer, op.memref.type)


def _dim(b: FunctionBuilder, op: Operation) -> None:
    source, index = op.operands
    type_, number = as_memref(source.type), b.constant_of(index)
    if type_ is None or number is None or not 0 <= number < type_.get_num_dims():
        raise LoweringError(f"dimension {number} of {source.type}, expected one it has")
    size = type_.get_shape()[number]
    known = b.view(source).sizes.get(number)
    if size == DYNAMIC_INDEX and known is None:
        raise LoweringError(
            f"dimension {number} of {type_} is not static, and no argument gives it as tl.extent"
        )
    b.define_index(op.results[0], Linear((), size) if known is None else known)


def _rank(b: FunctionBuilder, op: Operation) -> None:
    type_ = as_memref(op.operands[0].type)
    assert type_ is not None
    b.define_index(op.results[0], Linear((), type_.get_num_dims()))


def _same(b: FunctionBuilder, op: Operation) -> None:
    """Another type for the same elements."""
    source, result = op.operands[0], op.results[0]
    before, after = as_memref(source.type), as_memref(result.type)
    if before is None or after is None or before.get_num_dims() != after.get_num_dims():
        raise LoweringError(f"casts {source.type} to {result.type}, expected the same rank")
    b.views[result] = b.view(source)


def _assume_alignment(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, memref.AssumeAlignmentOp)
    view = b.view(op.memref)
    if not view.offset.terms and not view.offset.constant:
        b.describe(view.base, divisor=max(b.alignment(view), op.alignment.value.data))
    b.views[op.result] = view


def _mixed(b: FunctionBuilder, static: Iterable[int], dynamic: Iterable[SSAValue]) -> list[Linear]:
    """Numbers that are attributes or, where those say so, operands."""
    values = iter(dynamic)
    return [
        b.linear(next(values)) if number == DYNAMIC_INDEX else Linear((), number)
        for number in static
    ]


def _subview(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, memref.SubviewOp)
    view = b.view(op.source)
    offset = view.offset
    for linear, stride in zip(
        _mixed(b, op.static_offsets.get_values(), op.offsets), view.strides, strict=True
    ):
        offset = b.plus_product(offset, linear, stride)
    b.views[op.result] = view_of(view.base, op.result.type)._replace(offset=offset)


def _reinterpret_cast(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, memref.ReinterpretCastOp)
    view, type_ = b.view(op.source), as_memref(op.result.type)
    assert type_ is not None
    (start,) = _mixed(b, op.static_offsets.get_values(), op.offsets)
    # The offset counts from the buffer, not from the part of it that the source shows.
    offset = start.times(byte_size(type_.element_type))
    b.views[op.result] = view_of(view.base, type_)._replace(offset=offset)


def _collapse_shape(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, memref.CollapseShapeOp)
    view = b.view(op.src)
    b.views[op.result] = view_of(view.base, op.result.type)._replace(offset=view.offset)


def _view(b: FunctionBuilder, op: Operation) -> None:
    assert isinstance(op, memref.ViewOp)
    view, shift = b.view(op.source), b.linear(op.byte_shift)
    # A new buffer: what casts it counts from its own start.
    base = b.address(view, shift)
    if base is not view.base:
        b.describe(base, divisor=b.alignment(view, shift))
    b.views[op.result] = view_of(base, op.result.type)


def _conversion(b: FunctionBuilder, op: Operation) -> None:
    """A pointer as a buffer, or a buffer as a pointer."""
    if len(op.operands) == len(op.results) == 1:
        (source,), (result,) = op.operands, op.results
        if source.type == POINTER and as_memref(result.type) is not None:
            b.views[result] = view_of(b.value(source), result.type)
            return
        if source in b.views and result.type == POINTER:
            b.define(result, b.value(source))
            return
    raise LoweringError("expected a cast of a !llvm.ptr to a memref, or the reverse")


def _keep(b: FunctionBuilder, op: Operation) -> None:
    """An op that is of the llvm dialect already."""
    if op.regions or op.successors:
        raise LoweringError(f"{op.name} cannot stand among ops of other dialects")
    new = op.clone({operand: b.value(operand) for operand in op.operands})
    b.do(new)
    for old, result in zip(op.results, new.results, strict=True):
        b.define(old, result)


def _pointer_as_index(b: FunctionBuilder, op: Operation) -> None:
    pointer = b.view(op.operands[0]).base
    b.define(op.results[0], cast(b, llvm.PtrToIntOp, pointer, i64))


def _refused(advice: str) -> Handler:
    def handler(b: FunctionBuilder, op: Operation) -> None:
        raise LoweringError(f"{op.name} has no lowering to the llvm dialect; {advice}")

    return handler


_SCRATCH = "scratch is a memref.alloca or a part of an argument"

HANDLERS: dict[str, Handler] = {
    "builtin.unrealized_conversion_cast": _conversion,
    "llvm": _keep,
    "memref.alloc": _refused(_SCRATCH),
    "memref.alloca": _alloca,
    "memref.assume_alignment": _assume_alignment,
    "memref.cast": _same,
    "memref.collapse_shape": _collapse_shape,
    "memref.dealloc": _refused(_SCRATCH),
    "memref.dim": _dim,
    "memref.extract_aligned_pointer_as_index": _pointer_as_index,
    "memref.get_global": _get_global,
    "memref.load": _load,
    "memref.memory_space_cast": _same,
    "memref.prefetch": _prefetch,
    "memref.rank": _rank,
    "memref.reinterpret_cast": _reinterpret_cast,
    "memref.store": _store,
    "memref.subview": _subview,
    "memref.view": _view,
    "vector.load": _load,
    "vector.maskedload": _masked_load,
    "vector.maskedstore": _masked_store,
    "vector.store": _store,
}

"""Types of the loop level as types of the llvm dialect, and their sizes in memory."""

from __future__ import annotations

from functools import cache
from typing import cast

from xdsl.dialects import llvm
from xdsl.dialects.builtin import (
    AnyFloat,
    BFloat16Type,
    Float16Type,
    Float32Type,
    Float64Type,
    IndexType,
    IntegerType,
    MemRefType,
    NoneAttr,
    StridedLayoutAttr,
    VectorType,
    i1,
    i8,
    i16,
    i64,
)
from xdsl.ir import Attribute, Operation

from .... import InlayError

POINTER = llvm.LLVMPointerType()
_FLOATS = Float16Type | BFloat16Type | Float32Type | Float64Type
_CONVERTED: dict[Attribute, Attribute] = {}


class LoweringError(InlayError):
    """An op of the loop level cannot become llvm: it is left over, or its types are not static.

    ``op`` is the op, where it is known.
    """

    def __init__(self, message: str, op: Operation | None = None):
        super().__init__(message)
        self.op = op


def as_vector(type_: Attribute) -> VectorType[Attribute] | None:
    """The type if it is a vector; several times faster than ``isa``."""
    return cast("VectorType[Attribute]", type_) if isinstance(type_, VectorType) else None


def as_memref(type_: Attribute) -> MemRefType[Attribute] | None:
    """The type if it is a memref."""
    return cast("MemRefType[Attribute]", type_) if isinstance(type_, MemRefType) else None


def element_type(type_: Attribute) -> Attribute:
    """A vector's element type; a scalar type itself."""
    vector = as_vector(type_)
    return type_ if vector is None else vector.element_type


@cache
def with_element(type_: Attribute, element: Attribute) -> Attribute:
    """The type with another element type: a vector of the same length, or the element itself."""
    vector = as_vector(type_)
    return element if vector is None else VectorType(element, vector.get_shape())


MOST_LANES = 2**14
"""Of a vector: LLVM takes seconds for those, and ends the process for some that are longer."""


def lanes(type_: Attribute) -> int:
    """The length of a vector type.

    Raises LoweringError unless it has one static dimension, which LLVM can generate code for.
    """
    vector = as_vector(type_)
    if vector is None or len(vector.shape) != 1 or any(vector.get_scalable_dims()):
        raise LoweringError(f"found {type_}, expected a vector of one fixed dimension")
    (length,) = vector.get_shape()
    if not 1 <= length <= MOST_LANES:
        raise LoweringError(
            f"{type_} has {length} lanes, expected at least 1 and at most {MOST_LANES}"
        )
    return length


def bits(type_: Attribute) -> int:
    """Bits of a scalar type as a value."""
    if isinstance(type_, IndexType):
        return 64
    if isinstance(type_, IntegerType | AnyFloat):
        return type_.bitwidth
    raise LoweringError(f"found {type_}, expected an integer, a float or index")


def convert(type_: Attribute) -> Attribute:
    """The llvm type of values of a type: i64 for index, a bare pointer for a memref.

    Raises LoweringError for a type that no value of ours has there.
    """
    converted = _CONVERTED.get(type_)
    if converted is None:
        converted = _CONVERTED[type_] = _convert(type_)
    return converted


def _convert(type_: Attribute) -> Attribute:
    match type_:
        case IndexType():
            return i64
        case MemRefType():
            return POINTER
        case VectorType():
            lanes(type_)
            return with_element(type_, _convert(element_type(type_)))
        case IntegerType():
            return IntegerType(type_.bitwidth)
        case Float16Type() | BFloat16Type() | Float32Type() | Float64Type():
            return type_
        case _ if type_.name.startswith("llvm."):
            return type_
        case _:
            raise LoweringError(f"no value can have type {type_} in the llvm dialect")


def in_memory(type_: Attribute) -> Attribute:
    """The llvm type under which a value lies in memory, in vectors too: i1 takes a byte.

    A 16-bit float is its bits: as a float LLVM would move it through f32.
    """
    converted = convert(type_)
    if element_type(converted) == i1:
        return with_element(converted, i8)
    if isinstance(element_type(converted), BFloat16Type | Float16Type):
        return with_element(converted, i16)
    return converted


def byte_size(type_: Attribute) -> int:
    """Bytes from one element of a memref to the next; a vector takes a power of two."""
    vector = as_vector(type_)
    if vector is not None:
        size = lanes(type_) * byte_size(vector.element_type)
        return 1 << (size - 1).bit_length()
    width = bits(type_)
    if width == 1:
        return 1
    if width % 8 or width & (width - 1):
        raise LoweringError(f"memory of {type_}: expected 8, 16, 32 or 64 bits, or i1")
    return width // 8


def alignment(type_: Attribute) -> int:
    """The alignment, in bytes, that a value's address may be assumed to have: its scalar's."""
    return byte_size(element_type(type_))


def strides(type_: MemRefType[Attribute]) -> tuple[int, ...]:
    """A memref's strides in elements. Raises LoweringError unless they are static."""
    layout = type_.layout
    found = (
        type_.strides_for_shape(type_.get_shape())
        if isinstance(layout, NoneAttr)
        else layout.get_strides()
        if isinstance(layout, StridedLayoutAttr)
        else None
    )
    if found is None or None in found:
        raise LoweringError(f"found {type_}, expected static strides")
    return tuple(stride for stride in found if stride is not None)


def extent(type_: MemRefType[Attribute]) -> int | None:
    """Bytes from a memref's first element to the end of its last; None where that is dynamic."""
    if not type_.has_static_shape():
        return None
    shape = type_.get_shape()
    if 0 in shape:
        return 0
    steps = zip(shape, strides(type_), strict=True)
    last = sum((size - 1) * stride for size, stride in steps)
    return (last + 1) * byte_size(type_.element_type)


def is_float(type_: Attribute) -> bool:
    """Whether it is a float type that code can be generated for, or a vector of such."""
    return isinstance(element_type(type_), _FLOATS)

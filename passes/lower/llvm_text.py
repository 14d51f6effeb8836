"""Types, constants and globals of the llvm dialect as LLVM IR text."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import cast

from xdsl.dialects import llvm
from xdsl.dialects.builtin import (
    AnyFloat,
    BFloat16Type,
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
)
from xdsl.ir import Attribute, Operation

from ... import InlayError
from .llvm_handlers.types import as_vector

_FLOATS: dict[type[Attribute], str] = {
    Float16Type: "half",
    BFloat16Type: "bfloat",
    Float32Type: "float",
    Float64Type: "double",
}
_TYPES: dict[Attribute, str] = {}


class TranslationError(InlayError):
    """An op of the llvm dialect, or something about it, has no translation; ``op`` is that op."""

    def __init__(self, message: str, op: Operation | None = None):
        super().__init__(message)
        self.op = op


def quoted(name: str) -> str:
    """A name or string between quotes, as LLVM escapes it."""
    return f'"{_escaped(name.encode())}"'


def _escaped(data: bytes) -> str:
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:02X}" for byte in data
    )


# ---------------------------------------------------------------- types


def type_text(type_: Attribute) -> str:
    """An llvm type. Raises TranslationError for a type of another dialect."""
    text = _TYPES.get(type_)
    if text is None:
        text = _TYPES[type_] = _type_text(type_)
    return text


def _type_text(type_: Attribute) -> str:
    vector = as_vector(type_)
    if vector is not None and len(vector.shape) == 1:
        return f"<{vector.get_shape()[0]} x {type_text(vector.element_type)}>"
    match type_:
        case IntegerType():
            return f"i{type_.bitwidth}"
        case llvm.LLVMPointerType():
            return "ptr"
        case llvm.LLVMVoidType():
            return "void"
        case llvm.LLVMArrayType():
            return f"[{type_.size.data} x {type_text(type_.type)}]"
        case llvm.LLVMStructType() if not type_.struct_name.data:
            return f"{{ {', '.join(type_text(each) for each in type_.types)} }}"
        case _ if type(type_) in _FLOATS:
            return _FLOATS[type(type_)]
        case _:
            raise TranslationError(f"type {type_} has no translation to LLVM")


# ---------------------------------------------------------------- constants


def constant_text(value: Attribute, type_: Attribute) -> str:
    """A constant of an llvm type, without the type."""
    match value:
        case IntegerAttr():
            return _integer_text(value.value.data, type_)
        case FloatAttr():
            return _float_text(value.value.data, type_)
        case DenseIntOrFPElementsAttr():
            return _dense_text(value, type_)
        case _:
            raise TranslationError(f"constant {value} has no translation to LLVM")


def _integer_text(value: int, type_: Attribute) -> str:
    if isinstance(type_, IntegerType) and type_.bitwidth == 1:
        return "true" if value else "false"
    return str(value)


def _float_text(value: float, type_: Attribute) -> str:
    """The bits: f32 in those of a double, as LLVM writes it, the others in their own."""
    match type_:
        case Float32Type() | Float64Type():
            return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
        case Float16Type() | BFloat16Type():
            (bits,) = struct.unpack("<H", type_.pack([value]))
            return f"0x{'H' if isinstance(type_, Float16Type) else 'R'}{bits:04X}"
        case _:
            raise TranslationError(f"type {type_} has no constants in LLVM")


def _dense_text(value: DenseIntOrFPElementsAttr, type_: Attribute) -> str:
    vector = as_vector(type_)
    if vector is None:
        raise TranslationError(f"a {type_} cannot hold {value}")
    element = vector.element_type
    numbers = cast("Sequence[int | float]", value.get_values())
    texts = [_number_text(number, element) for number in numbers]
    name = type_text(element)
    if len(set(texts)) == 1:
        return f"splat ({name} {texts[0]})"
    return f"<{', '.join(f'{name} {text}' for text in texts)}>"


def _number_text(number: int | float, type_: Attribute) -> str:
    if isinstance(type_, AnyFloat):
        return _float_text(float(number), type_)
    return _integer_text(int(number), type_)


# ---------------------------------------------------------------- globals

_LINKAGES = {"external": "", "internal": "internal ", "private": "private ", "weak": "weak "}
_GLOBAL_PROPERTIES = frozenset(
    (
        *("global_type", "constant", "sym_name", "linkage", "visibility_", "value", "alignment"),
        *("addr_space", "dso_local", "thread_local_", "unnamed_addr"),
    )
)


def linkage_text(op: llvm.GlobalOp | llvm.FuncOp) -> str:
    """The keyword for an op's linkage and a space; empty for external."""
    linkage = op.linkage.linkage.data
    if linkage not in _LINKAGES:
        raise TranslationError(f"linkage {linkage} has no translation to LLVM")
    return _LINKAGES[linkage]


def refuse_others(op: Operation, known: Iterable[str]) -> None:
    """Raise TranslationError for a property that is not among those known."""
    for name in op.properties:
        if name not in known:
            raise TranslationError(f"property {name} has no translation to LLVM", op)


def global_text(op: llvm.GlobalOp) -> str:
    """The definition of a global, its data as bytes in the order that all our targets have."""
    refuse_others(op, _GLOBAL_PROPERTIES)
    if op.body.blocks or op.addr_space.value.data:
        raise TranslationError("expected no initializer region and address space 0")
    kind = "constant" if op.constant is not None else "global"
    local = "thread_local " if op.thread_local_ is not None else ""
    align = "" if op.alignment is None else f", align {op.alignment.value.data}"
    start = f"@{quoted(op.sym_name.data)} = "
    if op.value is None:
        return f"{start}external {local}{kind} {type_text(op.global_type)}{align}"
    data = _bytes(op.value)
    text = f'c"{_escaped(data)}"' if any(data) else "zeroinitializer"
    return f"{start}{linkage_text(op)}{local}{kind} [{len(data)} x i8] {text}{align}"


def _bytes(value: Attribute) -> bytes:
    match value:
        case StringAttr():
            return value.data.encode()
        case DenseIntOrFPElementsAttr():
            element = value.get_element_type()
            if isinstance(element, IntegerType) and element.bitwidth == 1:
                return bytes(bool(number) for number in value.get_values())
            return value.data.data
        case _:
            raise TranslationError(f"a global cannot hold {value}")

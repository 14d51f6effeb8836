"""Constant values beside the IR: numpy arrays by key, on disk as safetensors.

In IR a weight is an attribute ``dense_resource<conv0_weight> : tensor<64x3x7x7xf32>``; its
array hangs on the attribute object, so it lives exactly as long as some op refers to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import cast

import numpy as np
from xdsl.dialects.builtin import DenseResourceAttr
from xdsl.ir import Attribute, BuiltinAttribute, Data, Operation
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from ... import InlayError
from .rows import Array
from .types import Tensor, is_static, numpy_dtype, shape_of, text

_BLOB_ALIGNMENT = 64
_BLOB_HEADER = 4
"""The bytes that hold the alignment, in front of the data."""


class ResourceError(InlayError):
    """A constant's value is missing, malformed or of the wrong type."""


@dataclass(frozen=True)
class Resource:
    """A key, a static tensor type and, unless elided, the array of that type."""

    key: str
    type: Tensor
    array: Array | None = field(compare=False, repr=False, hash=False, default=None)

    def __post_init__(self) -> None:
        if self.array is not None:
            self.array.flags.writeable = False


@irdl_attr_definition
class ResourceAttr(Data[Resource], BuiltinAttribute):
    """``dense_resource<key> : type`` together with its value."""

    name = "relay.resource"

    def print_builtin(self, printer: Printer) -> None:
        """Print as MLIR's dense_resource."""
        printer.print_string(f"dense_resource<{self.data.key}> : ")
        printer.print_attribute(self.data.type)

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Resource:
        parser.raise_error("relay.resource is written dense_resource<key> : type")

    def print_parameter(self, printer: Printer) -> None:
        self.print_builtin(printer)


def resource_key(hint: str) -> str:
    """The hint made a bare identifier of MLIR, the form resource keys take."""
    key = "".join(
        char if (char.isalnum() and char.isascii()) or char in "_$." else "_" for char in hint
    )
    return key if key[:1].isalpha() or key[:1] == "_" else f"_{key}"


def encode_blob(array: Array) -> str:
    """The array as MLIR's resource text: hexadecimal alignment, then little-endian data."""
    header = _BLOB_ALIGNMENT.to_bytes(_BLOB_HEADER, "little")
    return f"0x{(header + np.ascontiguousarray(array).tobytes()).hex().upper()}"


def decode_blob(key: str, blob: str, type_: Tensor) -> Array:
    """The array of a resource text.

    Raises:
        ResourceError: when the text is not hexadecimal, not of the type's size, or not of i1.
    """
    dtype, shape = numpy_dtype(type_), shape_of(type_)
    if not is_static(shape):
        raise ResourceError(f"resource {key}: found {text(type_)}, expected a static type")
    try:
        data = bytes.fromhex(blob.removeprefix("0x"))
    except ValueError as error:
        raise ResourceError(f"resource {key}: expected hexadecimal data, found {error}") from error
    if len(data) < _BLOB_HEADER:
        raise ResourceError(f"resource {key}: found {len(data)} bytes, expected an alignment of 4")
    expected = dtype.itemsize * prod(shape)
    if len(data) - _BLOB_HEADER != expected:
        raise ResourceError(
            f"resource {key}: found {len(data) - _BLOB_HEADER} bytes, expected {expected} "
            f"for {text(type_)}"
        )
    array = np.frombuffer(data[_BLOB_HEADER:], dtype).reshape(shape)
    if dtype == np.bool_ and array.view(np.uint8).max(initial=0) > 1:
        raise ResourceError(f"resource {key}: found a byte above 1, expected 0 or 1 for i1")
    return array


def checked(key: str, array: Array, type_: Tensor) -> Array:
    """The array, if it has the type.

    Raises:
        ResourceError: when its dtype or shape is another.
    """
    if array.dtype != numpy_dtype(type_) or array.shape != shape_of(type_):
        raise ResourceError(
            f"resource {key}: found {array.dtype}{list(array.shape)}, expected {text(type_)}"
        )
    return array


def resources(root: Operation) -> list[Resource]:
    """The resources that the ops under ``root`` refer to, one a key, in order of appearance.

    Raises:
        ResourceError: when a key stands for two values.
    """
    found: dict[str, Resource] = {}
    for op in root.walk():
        for attribute in (*op.properties.values(), *op.attributes.values()):
            if isinstance(attribute, ResourceAttr):
                key = attribute.data.key
                found[key] = _merged(found.get(key), attribute.data)
    return list(found.values())


def _merged(known: Resource | None, other: Resource) -> Resource:
    """Of two resources with one key, that which is not elided."""
    if known is None or known.array is None:
        return other
    if other.array is None or other.array is known.array:
        return known
    if known.array.tobytes() != other.array.tobytes():
        raise ResourceError(f"resource {known.key}: found two values, expected one a key")
    return known


def attach(root: Operation, arrays: Mapping[str, Array | str]) -> None:
    """Give the resource attributes under ``root`` their values: arrays or resource texts.

    Keys without a value stay as they are.

    Raises:
        ResourceError: when a value does not have its attribute's type.
    """
    attached: dict[tuple[str, Tensor], ResourceAttr] = {}
    for op in root.walk():
        for table in (op.properties, op.attributes):
            for name, attribute in table.items():
                handle = _handle(attribute)
                if handle is None:
                    continue
                key, type_ = handle
                if isinstance(attribute, ResourceAttr) and key not in arrays:
                    continue
                if handle not in attached:
                    attached[handle] = _attach(key, type_, arrays)
                table[name] = attached[handle]


def _handle(attribute: Attribute) -> tuple[str, Tensor] | None:
    """The key and the type of a resource."""
    match attribute:
        case ResourceAttr():
            return attribute.data.key, attribute.data.type
        case DenseResourceAttr():
            return attribute.resource_handle.data, cast("Tensor", attribute.type)
        case _:
            return None


def _attach(key: str, type_: Tensor, arrays: Mapping[str, Array | str]) -> ResourceAttr:
    value = arrays.get(key)
    if isinstance(value, str):
        value = decode_blob(key, value, type_)
    elif value is not None:
        value = checked(key, value, type_)
    return ResourceAttr(Resource(key, type_, value))


def save(root: Operation, path: Path) -> None:
    """Write every resource under ``root`` to a safetensors file.

    Raises:
        ResourceError: when a value is elided, or the file cannot be written.
    """
    # Imported here: 20 ms of start-up that most runs never need.
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.numpy import save as to_bytes  # noqa: PLC0415

    arrays: dict[str, Array] = {}
    for resource in resources(root):
        if resource.array is None:
            raise ResourceError(f"{path}: resource {resource.key} is elided, expected its value")
        arrays[resource.key] = np.asarray(resource.array, order="C")
    try:
        # Not safetensors' own writer, which renames a new file over links and devices.
        path.write_bytes(to_bytes(arrays))
    except (OSError, SafetensorError) as error:
        raise ResourceError(f"{path}: cannot be written: {error}") from error


def load(path: Path) -> dict[str, Array]:
    """The arrays of a safetensors file by key.

    Raises:
        ResourceError: when the file cannot be read as one.
    """
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.numpy import load_file  # noqa: PLC0415  # pyright: ignore[reportUnknownVariableType]

    try:
        return load_file(path)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise ResourceError(f"{path}: expected a safetensors file: {error}") from error
    except AttributeError as error:
        # safetensors looks an element type up in numpy, which may lack it (8-bit floats).
        raise ResourceError(f"{path}: found an element type that is unknown: {error}") from error

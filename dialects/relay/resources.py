"""Constant values beside the IR: numpy arrays by key, on disk as safetensors.

In IR a weight is an attribute ``dense_resource<conv0_weight> : tensor<64x3x7x7xf32>``; its
array hangs on the attribute object, so it lives exactly as long as some op refers to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
from xdsl.dialects.builtin import DenseResourceAttr
from xdsl.ir import BuiltinAttribute, Data, Operation
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from ... import InlayError
from .rows import Array
from .types import Tensor, numpy_dtype, shape_of, text

_BLOB_ALIGNMENT = 64


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
    header = _BLOB_ALIGNMENT.to_bytes(4, "little")
    return f"0x{(header + np.ascontiguousarray(array).tobytes()).hex().upper()}"


def decode_blob(key: str, blob: str, type_: Tensor) -> Array:
    """The array of a resource text.

    Raises:
        ResourceError: when the text is not hexadecimal or not of the type's size.
    """
    try:
        data = bytes.fromhex(blob.removeprefix("0x"))[4:]
    except ValueError as error:
        raise ResourceError(f"resource {key}: expected hexadecimal data, found {error}") from error
    dtype, shape = numpy_dtype(type_), shape_of(type_)
    expected = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    if len(data) != expected:
        raise ResourceError(
            f"resource {key}: found {len(data)} bytes, expected {expected} for {text(type_)}"
        )
    return np.frombuffer(data, dtype).reshape(shape)


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


def resources(root: Operation) -> Iterator[Resource]:
    """Every distinct resource the ops under ``root`` refer to, in order of appearance."""
    seen: set[str] = set()
    for op in root.walk():
        for attribute in op.properties.values():
            if isinstance(attribute, ResourceAttr) and attribute.data.key not in seen:
                seen.add(attribute.data.key)
                yield attribute.data


def attach(root: Operation, arrays: Mapping[str, Array | str]) -> None:
    """Give the resource attributes under ``root`` their values: arrays or resource texts.

    Keys without a value stay elided.

    Raises:
        ResourceError: when a value does not have its attribute's type.
    """
    attached: dict[DenseResourceAttr, ResourceAttr] = {}
    for op in root.walk():
        for name, attribute in op.properties.items():
            if isinstance(attribute, ResourceAttr):
                attribute = DenseResourceAttr.from_params(attribute.data.key, attribute.data.type)
            if isinstance(attribute, DenseResourceAttr):
                if attribute not in attached:
                    attached[attribute] = _attach(attribute, arrays)
                op.properties[name] = attached[attribute]


def _attach(attribute: DenseResourceAttr, arrays: Mapping[str, Array | str]) -> ResourceAttr:
    key, type_ = attribute.resource_handle.data, cast("Tensor", attribute.type)
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
    from safetensors.numpy import save_file  # noqa: PLC0415  # pyright: ignore[reportUnknownVariableType]

    arrays: dict[str, Array] = {}
    for resource in resources(root):
        if resource.array is None:
            raise ResourceError(f"{path}: resource {resource.key} is elided, expected its value")
        arrays[resource.key] = np.ascontiguousarray(resource.array)
    try:
        save_file(arrays, path)
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

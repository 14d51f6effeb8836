"""Constant tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self, TypeAlias, cast

import numpy as np
from xdsl.dialects.builtin import (
    AnyFloat,
    DenseIntOrFPElementsAttr,
    DenseResourceAttr,
    IntegerType,
    LocationAttr,
    TensorType,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, prop_def, result_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import ConstantLike
from xdsl.utils.exceptions import VerifyException

from ..tl.index import Index
from .base import RelayOp
from .compute import Pointwise
from .kernel_builder import Point
from .resources import Resource, ResourceAttr, resource_key
from .rows import Array, Pattern, Rows
from .scalar import Scalar
from .types import (
    ALL,
    TENSOR,
    Tensor,
    as_tensor,
    dtype_of,
    is_static,
    is_tensor,
    numpy_dtype,
    shape_of,
    tensor,
    tensor_of,
    text,
)

_INLINE_ELEMENTS = 16

Dense: TypeAlias = DenseIntOrFPElementsAttr[IntegerType | AnyFloat]


def _constant_type(op: ConstantOp) -> Sequence[Attribute]:
    value = op.value
    type_ = value.data.type if isinstance(value, ResourceAttr) else value.get_type()
    if not is_tensor(type_) or not is_static(shape_of(type_)):
        raise VerifyException(
            f"{op.name}: the value has type {type_}, expected a static ranked tensor of a relay "
            "element type"
        )
    return [type_]


def _constant_value(op: ConstantOp) -> Array:
    array = op.array
    if array is None:
        raise VerifyException(f"{op.name}: the value of {op.value} is elided")
    return array


def _dense(array: Array, type_: Tensor) -> Dense:
    values = cast("Sequence[float]", array.reshape(-1).tolist())
    return DenseIntOrFPElementsAttr.from_list(cast("TensorType[AnyFloat]", type_), values)


def _dense_array(value: Dense) -> Array:
    type_ = as_tensor(value.get_type())
    array = np.array(value.get_values()).astype(numpy_dtype(type_)).reshape(shape_of(type_))
    array.flags.writeable = False
    return array


def _constant_element(op: ConstantOp, point: Point, at: Sequence[Index]) -> Scalar:
    array = _constant_value(op)
    # As bits, so that a -0 is not taken for a 0, nor one NaN for two numbers.
    bits = array.reshape(-1).view(f"u{array.itemsize}")
    if bits.size and (bits != bits[0]).any():
        raise VerifyException(
            f"{op.name}: found {text(op.output.type)} of several values in a kernel, expected one "
            "value: others are parameters of the function"
        )
    return point.constant(array.flat[0] if bits.size else 0, dtype_of(op.output.type))


@irdl_op_definition
class ConstantOp(RelayOp):
    """A constant tensor: `dense<...>` when small, else `dense_resource<key>` (see resources.py)."""

    name = "relay.constant"
    value = prop_def(ResourceAttr | DenseResourceAttr | Dense)
    output = result_def(TENSOR)
    traits = traits_def(ConstantLike())
    ROWS: ClassVar = Rows(
        infer=_constant_type,
        evaluate=_constant_value,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        compute=Pointwise(_constant_element),
    )

    @classmethod
    def of(cls, array: Array, key: str = "constant", location: LocationAttr | None = None) -> Self:
        """A constant with the array's value: inline up to 16 elements, else a resource.

        The array is kept, not copied, and made read-only. ``key`` names the resource and the
        SSA value; keys should differ within a module.
        """
        type_ = tensor_of(array)
        inline = array.size <= _INLINE_ELEMENTS and array.dtype.kind in "fiub"
        if inline:
            value = _dense(array, type_)
        else:
            value = ResourceAttr(Resource(resource_key(key), type_, array))
        op = cls.create(properties={"value": value}, result_types=[type_], location=location)
        op.result.name_hint = resource_key(key)
        return op

    @classmethod
    def scalar(cls, value: float, element: str) -> Self:
        """A rank-0 constant of the named element type."""
        type_ = tensor(element, ())
        attribute = _dense(np.array(value).astype(numpy_dtype(type_)), type_)
        return cls.create(properties={"value": attribute}, result_types=[type_])

    @property
    def array(self) -> Array | None:
        """The value, read-only, or None when it is elided."""
        match self.value:
            case ResourceAttr():
                return self.value.data.array
            case DenseResourceAttr():
                return None
            case dense:
                return _dense_array(dense)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        attributes = parser.parse_optional_attr_dict()
        position = parser.pos
        value = parser.parse_attribute()
        if not isinstance(value, DenseResourceAttr | DenseIntOrFPElementsAttr):
            parser.raise_error("expected dense<...> or dense_resource<...>", position, parser.pos)
        value = cast("DenseResourceAttr | Dense", value)
        return cls.create(
            properties={"value": value}, result_types=[value.get_type()], attributes=attributes
        )

    def print(self, printer: Printer) -> None:
        if self.attributes:
            printer.print_string(" ")
            printer.print_attr_dict(self.attributes)
        printer.print_string(" ")
        printer.print_attribute(self.value)


def constant_array(value: SSAValue) -> Array | None:
    """The value's array if it is a constant with a known value, else None."""
    return value.owner.array if isinstance(value.owner, ConstantOp) else None


OPS: tuple[type[RelayOp], ...] = (ConstantOp,)

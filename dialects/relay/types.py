"""Tensor types of relay: element types by name, shapes, and their numpy counterparts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias, cast

import ml_dtypes
import numpy as np
from xdsl.dialects import builtin
from xdsl.dialects.builtin import DYNAMIC_INDEX, NoneAttr, TensorType
from xdsl.ir import Attribute
from xdsl.irdl import AttrConstraint, irdl_to_attr_constraint
from xdsl.utils.exceptions import VerifyException

from .rows import Array

DYNAMIC = DYNAMIC_INDEX
"""The extent of a `?` dimension."""

Tensor: TypeAlias = TensorType[Attribute]
Shape: TypeAlias = tuple[int, ...]

TENSOR: AttrConstraint[Tensor] = irdl_to_attr_constraint(Tensor)
"""The constraint "a tensor type", made once: 150 op definitions name it."""

ELEMENT_TYPES: dict[str, tuple[Attribute, np.dtype[Any]]] = {
    "f16": (builtin.f16, np.dtype(np.float16)),
    "bf16": (builtin.bf16, np.dtype(ml_dtypes.bfloat16)),
    "f32": (builtin.f32, np.dtype(np.float32)),
    "f64": (builtin.f64, np.dtype(np.float64)),
    "i1": (builtin.i1, np.dtype(np.bool_)),
    "i8": (builtin.i8, np.dtype(np.int8)),
    "i16": (builtin.i16, np.dtype(np.int16)),
    "i32": (builtin.i32, np.dtype(np.int32)),
    "i64": (builtin.i64, np.dtype(np.int64)),
    "ui8": (builtin.IntegerType(8, builtin.Signedness.UNSIGNED), np.dtype(np.uint8)),
    "ui16": (builtin.IntegerType(16, builtin.Signedness.UNSIGNED), np.dtype(np.uint16)),
    "ui32": (builtin.IntegerType(32, builtin.Signedness.UNSIGNED), np.dtype(np.uint32)),
    "ui64": (builtin.IntegerType(64, builtin.Signedness.UNSIGNED), np.dtype(np.uint64)),
}
"""Element types by name: the IR type (signless integers count as signed) and numpy's."""

_NAMES: dict[Attribute, str] = {ir: name for name, (ir, _) in ELEMENT_TYPES.items()}
_NAMES_OF_NUMPY: dict[np.dtype[Any], str] = {dt: name for name, (_, dt) in ELEMENT_TYPES.items()}

BOOL = frozenset({"i1"})
FLOATS = frozenset({"f16", "bf16", "f32", "f64"})
SIGNED_INTS = frozenset({"i8", "i16", "i32", "i64"})
UNSIGNED_INTS = frozenset({"ui8", "ui16", "ui32", "ui64"})
INTS = SIGNED_INTS | UNSIGNED_INTS
NUMERIC = FLOATS | INTS
ALL = NUMERIC | BOOL

# Relay's spelling in reports: "float32[1, 3, 224, 224]".
_RELAY_NAMES = {"f16": "float16", "bf16": "bfloat16", "f32": "float32", "f64": "float64"} | {
    "i1": "bool"
}


def element_name(element: Attribute) -> str:
    """The name of an element type, as in ``ELEMENT_TYPES``.

    Raises:
        VerifyException: when relay lacks it.
    """
    if element not in _NAMES:
        raise VerifyException(
            f"found element type {element}, expected one of {', '.join(ELEMENT_TYPES)}"
        )
    return _NAMES[element]


@cache
def _tensor(element: str, shape: Shape) -> Tensor:
    return TensorType(ELEMENT_TYPES[element][0], shape)


def tensor(element: str, shape: Sequence[int]) -> Tensor:
    """The type ``tensor<shape x element>``; ``DYNAMIC`` extents print as `?`.

    Raises:
        VerifyException: when no element type has that name.
    """
    if element not in ELEMENT_TYPES:
        raise VerifyException(
            f"no element type '{element}', expected one of {', '.join(ELEMENT_TYPES)}"
        )
    return _tensor(element, tuple(shape))


class _Facts(NamedTuple):
    """What is read off a type again and again; keeps the type alive, and so its id."""

    type: Attribute
    element: str
    shape: Shape


# By identity: hashing a type costs more than all that is done with it.
_facts: dict[int, _Facts] = {}
_MOST_FACTS = 1 << 16


def _facts_of(type_: Attribute) -> _Facts | None:
    """The facts of a ranked tensor type of relay, None for any other type."""
    facts = _facts.get(id(type_))
    if facts is None:
        if not isinstance(type_, TensorType):
            return None
        ranked = cast("Tensor", type_)
        element = _NAMES.get(ranked.element_type)
        if element is None or not isinstance(ranked.encoding, NoneAttr):
            return None
        if len(_facts) >= _MOST_FACTS:
            _facts.clear()
        facts = _facts[id(ranked)] = _Facts(ranked, element, ranked.get_shape())
    return facts


def is_tensor(type_: Attribute) -> bool:
    """Whether the type is a ranked tensor of one of relay's element types, unencoded."""
    return _facts_of(type_) is not None


def _require(type_: Attribute) -> _Facts:
    facts = _facts_of(type_)
    if facts is None:
        raise VerifyException(f"expected a ranked tensor of a relay element type, found {type_}")
    return facts


def as_tensor(type_: Attribute) -> Tensor:
    """The type as a tensor type.

    Raises:
        VerifyException: when it is anything else.
    """
    return cast(Tensor, _require(type_).type)


def dtype_of(type_: Attribute) -> str:
    """The name of a tensor type's element type, as in ``ELEMENT_TYPES``."""
    return _require(type_).element


def shape_of(type_: Attribute) -> Shape:
    """The extents of a tensor type, ``DYNAMIC`` where unknown."""
    return _require(type_).shape


def is_static(shape: Sequence[int]) -> bool:
    """Whether no extent is `?`."""
    return DYNAMIC not in shape


def numpy_dtype(type_: Attribute) -> np.dtype[Any]:
    """The numpy dtype that holds a tensor of this type (i1 is bool, bf16 is ml_dtypes')."""
    return ELEMENT_TYPES[dtype_of(type_)][1]


def tensor_of(array: Array) -> Tensor:
    """The static tensor type of an array.

    Raises:
        VerifyException: for a dtype relay lacks.
    """
    name = _NAMES_OF_NUMPY.get(array.dtype)
    if name is None:
        known = ", ".join(str(dtype) for dtype in _NAMES_OF_NUMPY)
        raise VerifyException(f"no relay element type for numpy {array.dtype}; known: {known}")
    return tensor(name, array.shape)


def relay_text(type_: Attribute) -> str:
    """The type as Relay's reports spell it: ``float32[1, 3, 224, 224]``."""
    name = dtype_of(type_)
    relay = _RELAY_NAMES.get(
        name, name.replace("ui", "uint") if name[0] == "u" else f"int{name[1:]}"
    )
    extents = ("?" if extent == DYNAMIC else str(extent) for extent in shape_of(type_))
    return f"{relay}[{', '.join(extents)}]"


def text(type_: Attribute) -> str:
    """A tensor type as it prints in IR, for messages."""
    if not is_tensor(type_):
        return str(type_)
    extents = ("?" if extent == DYNAMIC else str(extent) for extent in shape_of(type_))
    return f"tensor<{'x'.join((*extents, dtype_of(type_)))}>"

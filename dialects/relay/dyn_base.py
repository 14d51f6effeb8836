"""What the dyn ops share: operands in place of properties.

A dyn op's shapes, axes or counts arrive as tensors. It means what the op of the same name without
``dyn.`` does; integer operands stand for the properties. Ranks are static, extents that depend on
those operands are `?`, and the ``shape`` row gives them at run time. Where all those operands are
constants, the ``static`` row gives the op without ``dyn.``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from xdsl.builder import Builder
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.exceptions import VerifyException

from .base import RelayOp, operand_name, operand_shape
from .constant import constant_array
from .gather import require_indices
from .rows import Array, AttrValue
from .types import DYNAMIC, INTS, Shape, dtype_of, tensor

Shapes: TypeAlias = Sequence[Shape]


def vector_length(op: RelayOp, at: int) -> int:
    """The static length of an operand that must be a vector of integers.

    Raises:
        VerifyException: when it is not, or the length is `?`.
    """
    (length,) = operand_shape(op, at, 1)
    require_indices(op, at)
    if length == DYNAMIC:
        raise VerifyException(
            f"{op.name}: operand {operand_name(op, at)} has a length of ?, expected a static one"
        )
    return length


def check_scalar(op: RelayOp, at: int, allowed: frozenset[str] = INTS) -> None:
    """Check that an operand is a scalar of an allowed element type.

    Raises:
        VerifyException: when it is not.
    """
    operand_shape(op, at, 0)
    if dtype_of(op.operands[at].type) not in allowed:
        raise VerifyException(
            f"{op.name}: operand {operand_name(op, at)} has element type "
            f"{dtype_of(op.operands[at].type)}, expected one of {', '.join(sorted(allowed))}"
        )


def unknown_type(element: str, rank: int) -> list[Attribute]:
    """The type of a result of which only the rank is known."""
    return [tensor(element, (DYNAMIC,) * rank)]


def read_ints(array: Array) -> list[int]:
    """The elements of an operand that stands for a list of integers."""
    return [int(value) for value in array.reshape(-1)]


def read_extents(op: RelayOp, array: Array) -> Shape:
    """A shape that arrived as a tensor.

    Raises:
        VerifyException: when an extent is negative.
    """
    extents = tuple(read_ints(array))
    if min(extents, default=0) < 0:
        raise VerifyException(f"{op.name}: found shape {extents}, expected extents of 0 or more")
    return extents


def read_int(array: Array) -> int:
    """The value of an operand that stands for an integer."""
    return int(array)


def read_float(array: Array) -> float:
    """The value of an operand that stands for a float."""
    return float(array)


def static_form(
    target: type[RelayOp], **properties: tuple[int, Callable[[Array], AttrValue]]
) -> Callable[[RelayOp, Builder], Sequence[SSAValue] | None]:
    """The ``static`` row that turns constant operands into ``properties`` of ``target``.

    A property is given by the operand's index and how to read its array.
    """

    def rewrite(op: RelayOp, builder: Builder) -> Sequence[SSAValue] | None:
        found: dict[str, AttrValue] = dict(op.properties)
        for name, (at, read) in properties.items():
            array = constant_array(op.operands[at])
            if array is None:
                return None
            found[name] = read(array)
        moved = {at for at, _ in properties.values()}
        operands = [operand for at, operand in enumerate(op.operands) if at not in moved]
        return builder.insert(target.make(operands, found)).results

    return rewrite

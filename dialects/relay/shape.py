"""Ops that permute, drop, add, repeat or lay out a tensor's dimensions.

They move elements: NaN, infinities and -0 pass unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from math import prod
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, i64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout, LayoutAttr, LayoutError
from ..tl.index import Index
from .base import I64_ARRAY, I64_ATTR, I64Array, RelayOp, ints, normalize_axis, operand_shape
from .compute import Elementwise, Pointwise
from .kernel_builder import Point
from .layout_rules import whole_axes
from .rows import Array, LayoutInference, Pattern, Rows
from .scalar import Scalar
from .types import ALL, DYNAMIC, TENSOR, Shape, dtype_of, is_static, shape_of, tensor


class ShapeOp(RelayOp):
    """An op that gives the elements of one tensor another shape or order."""

    data = operand_def(TENSOR)
    output = result_def(TENSOR)


def product(extents: Sequence[int]) -> int:
    """The product of extents, DYNAMIC if one of them is."""
    return prod(extents) if is_static(extents) else DYNAMIC


def extents_text(extents: Sequence[int]) -> str:
    """Extents as types spell them, for messages: ``2x?x3``; ``()`` at rank 0."""
    return "x".join("?" if extent == DYNAMIC else str(extent) for extent in extents) or "()"


def normalize_axes(op: RelayOp, axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Axes counted from the left, in the order given.

    Raises:
        VerifyException: when one lies outside [-rank, rank) or appears twice.
    """
    found = tuple(normalize_axis(op, axis, rank) for axis in axes)
    if len(set(found)) != len(found):
        raise VerifyException(f"{op.name}: found axes {list(axes)}, expected distinct ones")
    return found


def check_choice(op: RelayOp, what: str, found: str, choices: Sequence[str]) -> None:
    """Check that a string property is one of ``choices``.

    Raises:
        VerifyException: when it is not.
    """
    if found not in choices:
        known = ", ".join(f"'{choice}'" for choice in choices)
        raise VerifyException(f"{op.name}: {what} is '{found}', expected one of {known}")


# transpose


def _permutation(op: TransposeOp, rank: int) -> tuple[int, ...]:
    axes = normalize_axes(op, ints(op.axes), rank)
    if axes and len(axes) != rank:
        raise VerifyException(
            f"{op.name}: found {len(axes)} axes, expected {rank}, the rank of operand 'data'"
        )
    return axes or tuple(reversed(range(rank)))


def _infer_transpose(op: TransposeOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    order = _permutation(op, len(shape))
    return [tensor(dtype_of(op.data.type), [shape[axis] for axis in order])]


def _evaluate_transpose(op: TransposeOp, data: Array) -> Array:
    return data.transpose(_permutation(op, data.ndim))


def _transposed_element(op: TransposeOp, point: Point, at: Sequence[Index]) -> Scalar:
    order = _permutation(op, len(at))
    return point.read(op.data, [at[order.index(axis)] for axis in range(len(at))])


@irdl_op_definition
class TransposeOp(ShapeOp):
    """The dimensions in the order ``axes``; reversed when ``axes`` is empty."""

    name = "relay.transpose"
    axes = prop_def(I64_ARRAY, default_value=DenseArrayBase.from_list(i64, []))
    ROWS: ClassVar = Rows(
        infer=_infer_transpose,
        evaluate=_evaluate_transpose,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(_transposed_element),
    )


# squeeze and expand_dims


def squeezed(op: RelayOp, shape: Shape, axis: Sequence[int] | None) -> tuple[int, ...]:
    """The axes, from the left, that a squeeze along ``axis`` drops.

    Raises:
        VerifyException: when one has not extent 1, or ``axis`` is None and an extent unknown.
    """
    if axis is None:
        if not is_static(shape):
            raise VerifyException(
                f"{op.name}: operand 'data' has shape {extents_text(shape)}, "
                "expected 'axis' to say which dimensions to drop"
            )
        return tuple(at for at, extent in enumerate(shape) if extent == 1)
    axes = normalize_axes(op, axis, len(shape))
    for at in axes:
        if shape[at] not in (1, DYNAMIC):
            raise VerifyException(
                f"{op.name}: dimension {at} of operand 'data' has extent {shape[at]}, expected 1"
            )
    return axes


def _squeezed(op: SqueezeOp, shape: Shape) -> tuple[int, ...]:
    return squeezed(op, shape, None if op.axis is None else ints(op.axis))


def _infer_squeeze(op: SqueezeOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    dropped = _squeezed(op, shape)
    kept = [extent for axis, extent in enumerate(shape) if axis not in dropped]
    return [tensor(dtype_of(op.data.type), kept)]


def _evaluate_squeeze(op: SqueezeOp, data: Array) -> Array:
    return data.squeeze(_squeezed(op, data.shape))


def _squeezed_element(op: SqueezeOp, point: Point, at: Sequence[Index]) -> Scalar:
    shape = shape_of(op.data.type)
    kept, dropped = iter(at), _squeezed(op, shape)
    places = [Index.of(0) if axis in dropped else next(kept) for axis in range(len(shape))]
    return point.read(op.data, places)


def _squeeze_layout(
    op: SqueezeOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    if old[0] is None:
        return LayoutInference((None,), (None,))
    source = old[0]
    dropped = _squeezed(op, operand_shape(op, 0))
    target = source if new is None or new[0] is None else new[0]
    moved = whole_axes(source, target, dropped)
    if moved is None:
        target, moved = source, whole_axes(source, source, dropped)
    if moved is None:  # It drops a block, and what is left of the axis has no layout.
        return LayoutInference((source,), (None,))
    gone = {source.primal_axis_of(axis) for axis in dropped}
    kept = [letter for letter in target.letters if letter not in gone]
    result = target.project(kept) if kept else None
    return LayoutInference((target,), (result,), {"axis": moved})


@irdl_op_definition
class SqueezeOp(ShapeOp):
    """Without the dimensions ``axis``, which must have extent 1.

    Without ``axis`` all dimensions of extent 1 are dropped, and `?` is not allowed.
    """

    name = "relay.squeeze"
    axis = opt_prop_def(I64_ARRAY)
    ROWS: ClassVar = Rows(
        infer=_infer_squeeze,
        evaluate=_evaluate_squeeze,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        layout=_squeeze_layout,
        keeps_finite=True,
        compute=Pointwise(_squeezed_element),
    )


MOST_NEW_AXES = 64
"""As many dimensions as numpy has."""


def expanded(op: RelayOp, shape: Shape, axis: int, count: int) -> Shape:
    """``shape`` with ``count`` extents of 1 before ``axis``.

    Raises:
        VerifyException: when ``axis`` is out of range or ``count`` not in [0, 64].
    """
    if not 0 <= count <= MOST_NEW_AXES:
        raise VerifyException(f"{op.name}: num_newaxis is {count}, expected 0 to {MOST_NEW_AXES}")
    at = normalize_axis(op, axis, len(shape) + 1)
    return (*shape[:at], *(1,) * count, *shape[at:])


def _expanded(op: ExpandDimsOp, shape: Shape) -> Shape:
    return expanded(op, shape, op.axis.value.data, op.num_newaxis.value.data)


def _infer_expand_dims(op: ExpandDimsOp) -> Sequence[Attribute]:
    return [tensor(dtype_of(op.data.type), _expanded(op, operand_shape(op, 0)))]


def _evaluate_expand_dims(op: ExpandDimsOp, data: Array) -> Array:
    return data.reshape(_expanded(op, data.shape))


def _expanded_element(op: ExpandDimsOp, point: Point, at: Sequence[Index]) -> Scalar:
    start = normalize_axis(op, op.axis.value.data, len(shape_of(op.data.type)) + 1)
    return point.read(op.data, [*at[:start], *at[start + op.num_newaxis.value.data :]])


@irdl_op_definition
class ExpandDimsOp(ShapeOp):
    """With ``num_newaxis`` dimensions of extent 1 inserted before ``axis``.

    ``axis`` is in [-rank - 1, rank]: -1 appends.
    """

    name = "relay.expand_dims"
    axis = prop_def(I64_ATTR)
    num_newaxis = prop_def(I64_ATTR, default_value=IntegerAttr(1, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_expand_dims,
        evaluate=_evaluate_expand_dims,
        pattern=Pattern.BROADCAST,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(_expanded_element),
    )


# broadcast_to


def check_broadcast(op: RelayOp, shape: Shape, target: Shape) -> Shape:
    """``target``, if a tensor of ``shape`` broadcasts to it.

    Raises:
        VerifyException: when it does not.
    """
    pairs = zip_longest(reversed(shape), reversed(target))
    if len(shape) > len(target) or any(
        have not in (None, 1, DYNAMIC, want) and want != DYNAMIC for have, want in pairs
    ):
        raise VerifyException(
            f"{op.name}: operand 'data' has shape {extents_text(shape)}, "
            f"expected one that broadcasts to {extents_text(target)}"
        )
    return target


def static_shape(op: RelayOp, attribute: I64Array) -> Shape:
    """The extents an integer array property holds.

    Raises:
        VerifyException: when one is negative.
    """
    shape = ints(attribute)
    if any(extent < 0 for extent in shape):
        raise VerifyException(
            f"{op.name}: found shape {list(shape)}, expected extents of 0 or more"
        )
    return shape


def _stretched_element(op: BroadcastToOp, point: Point, x: Scalar) -> Scalar:
    return x


def _infer_broadcast_to(op: BroadcastToOp) -> Sequence[Attribute]:
    target = check_broadcast(op, operand_shape(op, 0), static_shape(op, op.shape))
    return [tensor(dtype_of(op.data.type), target)]


def _evaluate_broadcast_to(op: BroadcastToOp, data: Array) -> Array:
    return np.broadcast_to(data, ints(op.shape))


@irdl_op_definition
class BroadcastToOp(ShapeOp):
    """``data`` repeated along dimensions of extent 1, and new leading ones, up to ``shape``."""

    name = "relay.broadcast_to"
    shape = prop_def(I64_ARRAY)
    ROWS: ClassVar = Rows(
        infer=_infer_broadcast_to,
        evaluate=_evaluate_broadcast_to,
        pattern=Pattern.BROADCAST,
        dtypes=ALL,
        keeps_finite=True,
        compute=Elementwise(_stretched_element),
    )


# layout_transform


def _infer_layout_transform(op: LayoutTransformOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    try:
        moved = op.src_layout.data.convert_shape(shape, op.dst_layout.data)
    except LayoutError as error:
        raise VerifyException(f"{op.name}: operand 'data': {error}") from error
    return [tensor(dtype_of(op.data.type), moved)]


def _evaluate_layout_transform(op: LayoutTransformOp, data: Array) -> Array:
    return op.src_layout.data.convert_array(data, op.dst_layout.data)


def _moved_element(op: LayoutTransformOp, point: Point, at: Sequence[Index]) -> Scalar:
    return point.read(op.data, op.src_layout.data.place(op.dst_layout.data.elements(at)))


@irdl_op_definition
class LayoutTransformOp(ShapeOp):
    """The same elements, moved from layout ``src_layout`` to ``dst_layout``.

    A block must divide its dimension.
    """

    name = "relay.layout_transform"
    src_layout = prop_def(LayoutAttr)
    dst_layout = prop_def(LayoutAttr)
    ROWS: ClassVar = Rows(
        infer=_infer_layout_transform,
        evaluate=_evaluate_layout_transform,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(_moved_element),
    )


OPS: tuple[type[RelayOp], ...] = (
    TransposeOp,
    SqueezeOp,
    ExpandDimsOp,
    BroadcastToOp,
    LayoutTransformOp,
)
"""The ops of this family."""

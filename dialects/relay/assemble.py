"""Ops that put tensors together, take them apart, and repeat or reverse them.

They move elements: NaN, infinities and -0 pass unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import I64, IntegerAttr, i64
from xdsl.ir import Attribute
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    var_operand_def,
    var_result_def,
)
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from . import assemble_compute as computed
from .base import (
    I64_ARRAY,
    I64_ATTR,
    I64Array,
    RelayOp,
    ints,
    normalize_axis,
    operand_name,
    operand_shape,
    same_dtype,
)
from .compute import Nests, Pointwise, PointwiseResults
from .layout_rules import keep_original
from .rows import Array, LayoutInference, Pattern, Rows
from .shape import ShapeOp, extents_text, normalize_axes
from .types import ALL, DYNAMIC, TENSOR, Shape, dtype_of, is_static, tensor


def _common_extents(op: RelayOp, skip: int | None) -> list[int]:
    """The extents all operands share, but for axis ``skip``, which is the first operand's.

    Raises:
        VerifyException: naming the first operand that differs.
    """
    common = list(operand_shape(op, 0))
    for index in range(1, len(op.operands)):
        shape = operand_shape(op, index, len(common))
        for axis, extent in enumerate(shape):
            if axis == skip or extent == DYNAMIC or extent == common[axis]:
                continue
            if common[axis] != DYNAMIC:
                raise VerifyException(
                    f"{op.name}: operand {operand_name(op, index)}[{index}] has shape "
                    f"{extents_text(shape)}, expected extent {common[axis]} in dimension {axis}"
                )
            common[axis] = extent
    return common


def _require_operands(op: RelayOp) -> None:
    if not op.operands:
        raise VerifyException(f"{op.name}: found no operands, expected one or more")


def pieces_fit(extents: Sequence[int], old: int, new: int) -> bool:
    """Whether extents counted in blocks of ``old`` are whole numbers of blocks of ``new``."""
    return old == new or (is_static(extents) and all(extent * old % new == 0 for extent in extents))


# concatenate and stack


def _infer_concatenate(op: ConcatenateOp) -> Sequence[Attribute]:
    _require_operands(op)
    axis = normalize_axis(op, op.axis.value.data, len(operand_shape(op, 0)))
    shape = _common_extents(op, axis)
    extents = [operand_shape(op, index)[axis] for index in range(len(op.operands))]
    shape[axis] = sum(extents) if is_static(extents) else DYNAMIC
    return [tensor(same_dtype(op), shape)]


def _evaluate_concatenate(op: ConcatenateOp, *data: Array) -> Array:
    return np.concatenate(data, axis=op.axis.value.data)


def _concatenate_layout(
    op: ConcatenateOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    """The first known layout for all, if the concatenated extents are whole blocks of it."""
    count = len(op.operands)
    source = next((layout for layout in old if layout), None)
    if source is None or any(layout not in (None, source) for layout in old):
        return keep_original(old)
    axis = normalize_axis(op, op.axis.value.data, source.rank)
    if not source.axes[axis].is_primal:
        return LayoutInference((source,) * count, (None,))
    original = LayoutInference((source,) * count, (source,))
    target = next((layout for layout in new or () if layout), None)
    if target is None or not source.bijective_to(target):
        return original
    letter = source.primal_axis_of(axis)
    extents = [operand_shape(op, index)[axis] for index in range(count)]
    if not pieces_fit(extents, source.block(letter), target.block(letter)):
        return original
    return LayoutInference((target,) * count, (target,), {"axis": target.index(letter)})


@irdl_op_definition
class ConcatenateOp(RelayOp):
    """The operands one after another along ``axis``; their other extents agree.

    The tensors are the operands themselves, where Relay takes a tuple.
    """

    name = "relay.concatenate"
    data = var_operand_def(TENSOR)
    output = result_def(TENSOR)
    axis = prop_def(I64_ATTR)
    ROWS: ClassVar = Rows(
        infer=_infer_concatenate,
        evaluate=_evaluate_concatenate,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        layout=_concatenate_layout,
        keeps_finite=True,
        compute=Nests(computed.concatenation),
    )


def _infer_stack(op: StackOp) -> Sequence[Attribute]:
    _require_operands(op)
    shape = _common_extents(op, None)
    at = normalize_axis(op, op.axis.value.data, len(shape) + 1)
    return [tensor(same_dtype(op), (*shape[:at], len(op.operands), *shape[at:]))]


def _evaluate_stack(op: StackOp, *data: Array) -> Array:
    return np.stack(data, axis=op.axis.value.data)


@irdl_op_definition
class StackOp(RelayOp):
    """The operands, all of one shape, along a new dimension before ``axis``.

    ``axis`` is in [-rank - 1, rank]. The tensors are the operands, where Relay takes a tuple.
    """

    name = "relay.stack"
    data = var_operand_def(TENSOR)
    output = result_def(TENSOR)
    axis = prop_def(I64_ATTR, default_value=IntegerAttr(0, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_stack,
        evaluate=_evaluate_stack,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Nests(computed.stack),
    )


# split


def _split_extents(op: SplitOp, extent: int) -> list[int]:
    """The extents of the pieces of a dimension."""
    how = op.indices_or_sections
    if isinstance(how, IntegerAttr):
        sections = how.value.data
        if sections < 1 or (extent != DYNAMIC and extent % sections):
            raise VerifyException(
                f"{op.name}: found {sections} sections, expected a divisor of "
                f"extent {extents_text([extent])}"
            )
        return [extent if extent == DYNAMIC else extent // sections] * sections
    points = ints(how)
    ascending = all(low <= high for low, high in pairwise((0, *points)))
    if not ascending or (extent != DYNAMIC and points and points[-1] > extent):
        raise VerifyException(
            f"{op.name}: found split points {list(points)}, "
            f"expected them ascending from 0 to the extent {extents_text([extent])}"
        )
    last = DYNAMIC if extent == DYNAMIC else extent - (0, *points)[-1]
    return [*(high - low for low, high in pairwise((0, *points))), last]


def _infer_split(op: SplitOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    axis = normalize_axis(op, op.axis.value.data, len(shape))
    element = dtype_of(op.data.type)
    return [
        tensor(element, (*shape[:axis], extent, *shape[axis + 1 :]))
        for extent in _split_extents(op, shape[axis])
    ]


def _evaluate_split(op: SplitOp, data: Array) -> Sequence[Array]:
    axis = op.axis.value.data
    extents = _split_extents(op, data.shape[axis])
    return np.split(data, np.cumsum(extents)[:-1], axis)


def _split_layout(
    op: SplitOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    shape, source = operand_shape(op, 0), old[0]
    axis = normalize_axis(op, op.axis.value.data, len(shape))
    extents = _split_extents(op, shape[axis])
    if source is not None and not source.axes[axis].is_primal:
        return LayoutInference((source,), (None,) * len(extents))
    original = keep_original(old, len(extents))
    target = new[0] if new else None
    if source is None or target is None or not source.bijective_to(target):
        return original
    letter = source.primal_axis_of(axis)
    have, want = source.block(letter), target.block(letter)
    if not pieces_fit(extents, have, want):
        return original
    how = op.indices_or_sections
    scaled = how if isinstance(how, IntegerAttr) else [p * have // want for p in ints(how)]
    return LayoutInference(
        (target,),
        (target,) * len(extents),
        {"axis": target.index(letter), "indices_or_sections": scaled},
    )


@irdl_op_definition
class SplitOp(RelayOp):
    """``data`` cut along ``axis``, into equal sections or at split points; one result a piece.

    ``indices_or_sections`` is a number of sections, which must divide the extent, or an array
    of ascending points. The pieces are the results themselves, where Relay gives a tuple.
    """

    name = "relay.split"
    data = operand_def(TENSOR)
    pieces = var_result_def(TENSOR)
    indices_or_sections = prop_def(I64Array | IntegerAttr[I64])
    axis = prop_def(I64_ATTR, default_value=IntegerAttr(0, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_split,
        evaluate=_evaluate_split,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        layout=_split_layout,
        keeps_finite=True,
        compute=PointwiseResults(computed.split_element),
    )


# tile, repeat, reverse


def tiled(op: RelayOp, shape: Shape, reps: Sequence[int]) -> Shape:
    """The shape of a tensor of ``shape`` tiled ``reps`` times (DYNAMIC where unknown).

    Raises:
        VerifyException: when a count is negative.
    """
    if any(count < 0 and count != DYNAMIC for count in reps):
        raise VerifyException(f"{op.name}: found reps {list(reps)}, expected 0 or more")
    rank = max(len(shape), len(reps))
    extents = (*(1,) * (rank - len(shape)), *shape)
    counts = (*(1,) * (rank - len(reps)), *reps)
    return tuple(
        DYNAMIC if DYNAMIC in pair else pair[0] * pair[1]
        for pair in zip(extents, counts, strict=True)
    )


def _infer_tile(op: TileOp) -> Sequence[Attribute]:
    reps = ints(op.reps)
    if any(count < 0 for count in reps):
        raise VerifyException(f"{op.name}: found reps {list(reps)}, expected 0 or more")
    return [tensor(dtype_of(op.data.type), tiled(op, operand_shape(op, 0), reps))]


def _evaluate_tile(op: TileOp, data: Array) -> Array:
    return np.tile(data, ints(op.reps))


@irdl_op_definition
class TileOp(ShapeOp):
    """``data`` repeated ``reps`` times per dimension, as numpy's tile.

    The shorter of shape and ``reps`` is extended with ones on the left.
    """

    name = "relay.tile"
    reps = prop_def(I64_ARRAY)
    ROWS: ClassVar = Rows(
        infer=_infer_tile,
        evaluate=_evaluate_tile,
        pattern=Pattern.BROADCAST,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(computed.tiled_element),
    )


def _infer_repeat(op: RepeatOp) -> Sequence[Attribute]:
    shape, repeats = list(operand_shape(op, 0)), op.repeats.value.data
    axis = normalize_axis(op, op.axis.value.data, len(shape))
    if repeats < 0:
        raise VerifyException(f"{op.name}: repeats is {repeats}, expected 0 or more")
    shape[axis] = DYNAMIC if shape[axis] == DYNAMIC else shape[axis] * repeats
    return [tensor(dtype_of(op.data.type), shape)]


def _evaluate_repeat(op: RepeatOp, data: Array) -> Array:
    return np.repeat(data, op.repeats.value.data, op.axis.value.data)


@irdl_op_definition
class RepeatOp(ShapeOp):
    """Each slice along ``axis`` repeated ``repeats`` times in place: a b becomes a a b b."""

    name = "relay.repeat"
    repeats = prop_def(I64_ATTR)
    axis = prop_def(I64_ATTR)
    ROWS: ClassVar = Rows(
        infer=_infer_repeat,
        evaluate=_evaluate_repeat,
        pattern=Pattern.BROADCAST,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(computed.repeated_element),
    )


def _infer_reverse(op: ReverseOp) -> Sequence[Attribute]:
    normalize_axes(op, ints(op.axis), len(operand_shape(op, 0)))
    return [op.data.type]


def _evaluate_reverse(op: ReverseOp, data: Array) -> Array:
    return np.flip(data, ints(op.axis))


@irdl_op_definition
class ReverseOp(ShapeOp):
    """``data`` with the order of its slices along each axis in ``axis`` reversed."""

    name = "relay.reverse"
    axis = prop_def(I64_ARRAY)
    ROWS: ClassVar = Rows(
        infer=_infer_reverse,
        evaluate=_evaluate_reverse,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(computed.reversed_element),
    )


OPS: tuple[type[RelayOp], ...] = (
    ConcatenateOp,
    StackOp,
    SplitOp,
    TileOp,
    RepeatOp,
    ReverseOp,
)
"""The ops of this family."""

"""Padding of a tensor's dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, cast

import numpy as np
from xdsl.dialects.builtin import FloatAttr, StringAttr, f64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, prop_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from ..tl.index import Index
from .assemble import pieces_fit
from .base import F64_ATTR, I64_ARRAY, RelayOp, ints, operand_shape
from .compute import ByProperties, Compute, Nests, Pointwise
from .kernel_builder import KernelBuilder, Point
from .layout_rules import keep_original
from .rows import Array, LayoutInference, Pattern, Rows
from .scalar import Scalar
from .shape import ShapeOp, check_choice
from .types import ALL, DYNAMIC, FLOATS, dtype_of, numpy_dtype, shape_of, tensor

_PadMode = Literal["constant", "edge", "reflect"]
PAD_MODES: tuple[_PadMode, ...] = ("constant", "edge", "reflect")


def padded_extent(op: RelayOp, extent: int, before: int, after: int, mode: str) -> int:
    """An extent with padding on both sides.

    Raises:
        VerifyException: when the padding is negative or ``mode`` has nothing to pad from.
    """
    if min(before, after) < 0:
        raise VerifyException(f"{op.name}: found padding ({before}, {after}), expected 0 or more")
    if extent == DYNAMIC:
        return DYNAMIC
    limit = {"edge": 1, "reflect": max(before, after) + 1}.get(mode, 0)
    if max(before, after) > 0 and extent < limit:
        raise VerifyException(
            f"{op.name}: found extent {extent} under padding ({before}, {after}), "
            f"expected {limit} or more in pad_mode {mode}"
        )
    return extent + before + after


def pad_pairs(op: RelayOp, widths: Sequence[int], rank: int) -> list[tuple[int, int]]:
    """The (before, after) padding of each dimension.

    Raises:
        VerifyException: when there are not two widths for each.
    """
    if len(widths) != 2 * rank:
        raise VerifyException(
            f"{op.name}: found {len(widths)} pad widths, expected 2 for each of {rank} dimensions"
        )
    return list(zip(widths[::2], widths[1::2], strict=True))


def _check_pad_value(op: PadOp) -> None:
    """Check that an integer or i1 tensor can hold ``pad_value``."""
    element, value = dtype_of(op.data.type), op.pad_value.value.data
    if element in FLOATS:
        return
    low, high = (0, 1)
    if element != "i1":
        info = np.iinfo(numpy_dtype(op.data.type))
        low, high = int(info.min), int(info.max)
    if not value.is_integer() or not low <= int(value) <= high:
        raise VerifyException(
            f"{op.name}: pad_value is {value}, expected a value of type {element}"
        )


def pad(data: Array, pairs: Sequence[tuple[int, int]], value: Array, mode: str) -> Array:
    """``data`` padded as ``PadOp`` does."""
    if not pairs:
        return data
    if mode == "constant":
        return np.pad(data, pairs, constant_values=value)
    return np.pad(data, pairs, mode=cast(_PadMode, mode))


def _infer_pad(op: PadOp) -> Sequence[Attribute]:
    shape, mode = operand_shape(op, 0), op.pad_mode.data
    check_choice(op, "pad_mode", mode, PAD_MODES)
    _check_pad_value(op)
    pairs = pad_pairs(op, ints(op.pad_width), len(shape))
    extents = [
        padded_extent(op, extent, *pair, mode) for extent, pair in zip(shape, pairs, strict=True)
    ]
    return [tensor(dtype_of(op.data.type), extents)]


def _evaluate_pad(op: PadOp, data: Array) -> Array:
    pairs = pad_pairs(op, ints(op.pad_width), data.ndim)
    value = np.asarray(op.pad_value.value.data).astype(data.dtype)
    return pad(data, pairs, value, op.pad_mode.data)


def _computation(op: PadOp) -> Compute[PadOp]:
    is_constant = op.pad_mode.data == "constant" or not shape_of(op.data.type)
    return Pointwise(_padded_element) if is_constant else Nests(_write_padded)


def _padded_element(op: PadOp, point: Point, at: Sequence[Index]) -> Scalar:
    pairs = pad_pairs(op, ints(op.pad_width), len(at))
    places = [index - before for index, (before, _) in zip(at, pairs, strict=True)]
    otherwise = op.pad_value.value.data if any(map(any, pairs)) else None
    return point.read(op.data, places, otherwise=otherwise)


def _write_padded(op: PadOp, kernel: KernelBuilder) -> None:
    """Append a nest each for what lies before, in and after the data along its last dimension.

    Along the others an index is moved into the data, once for a row.
    """
    shape, out = shape_of(op.data.type), shape_of(op.output.type)
    if 0 in out:
        return
    *outer, (before, after) = pad_pairs(op, ints(op.pad_width), len(shape))
    extent, is_mirrored = shape[-1], op.pad_mode.data == "reflect"
    step = -1 if is_mirrored else 0
    parts = (  # Where they stand, how many they are, and what they are filled from.
        (0, before, before if is_mirrored else 0, step),
        (before, extent, 0, 1),
        (before + extent, after, extent - 2 if is_mirrored else extent - 1, step),
    )
    for start, count, first, stride in parts:
        if count == 0:
            continue
        with kernel.points((*out[:-1], count)) as (point, (*rows, last)):
            places = [
                _moved_inside(point, index - pair[0], limit, is_mirrored) if any(pair) else index
                for index, pair, limit in zip(rows, outer, shape, strict=False)
            ]
            element = point.read(op.data, [*places, last * stride + first])
            point.store(op.output, [*rows, last + start], element)


def _moved_inside(point: Point, place: Index, extent: int, is_mirrored: bool) -> Index:
    """The place in a dimension that fills an index outside it."""
    index = point.index(place)
    if is_mirrored:
        index = index.max(-index)
        index = index.min(2 * (extent - 1) - index)
    return point.place(index.max(0).min(extent - 1))


def _pad_layout(
    op: PadOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    """Follow the input while padded dimensions are not split (or gain whole blocks of zeros)."""
    source, target = old[0], new[0] if new else None
    if source is None:
        return keep_original(old)
    pairs = pad_pairs(op, ints(op.pad_width), source.rank)
    padded = [(axis, pair) for axis, pair in zip(source.axes, pairs, strict=True) if any(pair)]
    if not all(axis.is_primal for axis, _ in padded):
        return LayoutInference((source,), (None,))
    if target is None or not source.bijective_to(target):
        return keep_original(old)
    widths = {axis.primal: (0, 0) for axis in source.axes}
    for axis, pair in padded:
        have, want = source.block(axis.name), target.block(axis.name)
        in_blocks = op.pad_mode.data == "constant" and pieces_fit(pair, have, want)
        if not in_blocks and have * want != 1:
            return keep_original(old)
        widths[axis.name] = (pair[0] * have // want, pair[1] * have // want)
    moved = [widths[axis.name] if axis.is_primal else (0, 0) for axis in target.axes]
    return LayoutInference(
        (target,), (target,), {"pad_width": [width for pair in moved for width in pair]}
    )


@irdl_op_definition
class PadOp(ShapeOp):
    """``data`` with ``pad_width`` (before, after) elements added to each dimension in turn.

    ``pad_mode`` fills them with ``pad_value`` ("constant"), the nearest element ("edge") or
    the elements mirrored at the edge ("reflect"). ``pad_value`` is a property, where Relay
    takes an operand.
    """

    name = "relay.nn.pad"
    pad_width = prop_def(I64_ARRAY)
    pad_value = prop_def(F64_ATTR, default_value=FloatAttr(0.0, f64))
    pad_mode = prop_def(StringAttr, default_value=StringAttr("constant"))
    ROWS: ClassVar = Rows(
        infer=_infer_pad,
        evaluate=_evaluate_pad,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        layout=_pad_layout,
        compute=ByProperties(_computation),
    )


OPS: tuple[type[RelayOp], ...] = (PadOp,)
"""The ops of this family."""

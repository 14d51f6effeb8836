"""Slices of a tensor: by bounds and strides, or as large as another tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import I64, DenseArrayBase, StringAttr, i64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from ..tl.index import Index
from .base import I64_ARRAY, RelayOp, ints, operand_shape
from .compute import Pointwise
from .kernel_builder import Point
from .layout_rules import keep_original, whole_axes
from .rows import Array, LayoutInference, Pattern, Rows
from .scalar import Scalar
from .shape import ShapeOp, check_choice, normalize_axes
from .types import ALL, DYNAMIC, TENSOR, Shape, dtype_of, is_static, shape_of, tensor

_NO_INTS = DenseArrayBase[I64].from_list(i64, [])


SLICE_MODES = ("end", "size")


class Slicing:
    """A strided slice: Python's slices of some axes, the others whole."""

    def __init__(
        self,
        op: RelayOp,
        begin: Sequence[int],
        end: Sequence[int],
        strides: Sequence[int],
        slice_mode: str,
        axes: Sequence[int],
    ):
        if len(begin) != len(axes) or len(end) != len(axes) or len(strides) > len(axes):
            raise VerifyException(
                f"{op.name}: found {len(begin)} begins, {len(end)} ends and {len(strides)} "
                f"strides, expected {len(axes)} of each (strides may be fewer)"
            )
        self.op = op
        self.axes = axes
        self.begin, self.end = begin, end
        self.strides = (*strides, *(1,) * (len(axes) - len(strides)))
        self.by_size = slice_mode == "size"
        if 0 in self.strides or (self.by_size and any(s != 1 for s in self.strides)):
            expected = "1 in slice_mode 'size'" if self.by_size else "none of them 0"
            raise VerifyException(f"{op.name}: strides are {self.strides}, expected {expected}")

    def slices(self, shape: Shape) -> list[slice]:
        """A slice of each dimension of a static shape, with bounds inside it."""
        found: dict[int, slice] = {}
        for axis, begin, end, stride in zip(
            self.axes, self.begin, self.end, self.strides, strict=True
        ):
            found[axis] = self._slice(shape[axis], begin, end, stride)
        return [found.get(axis, slice(extent)) for axis, extent in enumerate(shape)]

    def _slice(self, extent: int, begin: int, end: int, stride: int) -> slice:
        if self.by_size:
            first = slice(begin, None).indices(extent)[0]
            return slice(first, None if end < 0 else first + end)
        first, last, _ = slice(begin, end, stride).indices(extent)
        if first < 0:  # Backwards from before the first element: nothing.
            return slice(0)
        return slice(first, None if last < 0 else last, stride)

    def shape(self, shape: Shape) -> Shape:
        """The extents of the slice; `?` along sliced dimensions of unknown extent."""
        known = tuple(0 if extent == DYNAMIC else extent for extent in shape)
        extents = [
            len(range(*s.indices(e))) for s, e in zip(self.slices(known), known, strict=True)
        ]
        return tuple(
            DYNAMIC if before == DYNAMIC else after
            for before, after in zip(shape, extents, strict=True)
        )


def _slicing(op: StridedSliceOp, rank: int) -> Slicing:
    check_choice(op, "slice_mode", op.slice_mode.data, SLICE_MODES)
    begin, end = ints(op.begin), ints(op.end)
    if op.axes is None:
        axes = normalize_axes(op, range(len(begin)), rank)
    else:
        axes = normalize_axes(op, ints(op.axes), rank)
    return Slicing(op, begin, end, ints(op.strides), op.slice_mode.data, axes)


def _infer_strided_slice(op: StridedSliceOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    return [tensor(dtype_of(op.data.type), _slicing(op, len(shape)).shape(shape))]


def _evaluate_strided_slice(op: StridedSliceOp, data: Array) -> Array:
    return data[tuple(_slicing(op, data.ndim).slices(data.shape))]


def _sliced_element(op: StridedSliceOp, point: Point, at: Sequence[Index]) -> Scalar:
    shape = shape_of(op.data.type)
    slices = _slicing(op, len(shape)).slices(shape)
    ranges = [range(*s.indices(extent)) for s, extent in zip(slices, shape, strict=True)]
    return point.read(op.data, [i * r.step + r.start for i, r in zip(at, ranges, strict=True)])


def _strided_slice_layout(
    op: StridedSliceOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    """Follow the input while every slice takes whole blocks, whose bounds then count blocks."""
    source, target = old[0], new[0] if new else None
    if source is None:
        return keep_original(old)
    slicing = _slicing(op, source.rank)
    if not all(source.axes[axis].is_primal for axis in slicing.axes):
        return LayoutInference((source,), (None,))
    if target is None or not source.bijective_to(target):
        return keep_original(old)
    axes = whole_axes(source, target, slicing.axes)
    if axes is not None:
        return LayoutInference((target,), (target,), {"axes": axes})
    bounds = _block_bounds(slicing, operand_shape(op, 0), source, target)
    if bounds is None:
        return keep_original(old)
    begin, end = bounds
    moved = [target.index(source.primal_axis_of(axis)) for axis in slicing.axes]
    properties = {"axes": moved, "begin": begin, "end": end, "strides": [], "slice_mode": "end"}
    return LayoutInference((target,), (target,), properties)


def _block_bounds(
    slicing: Slicing, shape: Shape, source: Layout, target: Layout
) -> tuple[list[int], list[int]] | None:
    """The bounds in blocks of ``target``; None where a slice has a stride or cuts a block."""
    if any(stride != 1 for stride in slicing.strides) or not is_static(shape):
        return None
    begin: list[int] = []
    end: list[int] = []
    slices = slicing.slices(shape)
    for axis in slicing.axes:
        letter = source.primal_axis_of(axis)
        have, want = source.block(letter), target.block(letter)
        first, last, _ = slices[axis].indices(shape[axis])
        if first * have % want or last * have % want:
            return None
        begin.append(first * have // want)
        end.append(max(first, last) * have // want)
    return begin, end


@irdl_op_definition
class StridedSliceOp(ShapeOp):
    """Python's ``data[begin:end:stride]`` along each of ``axes``, or the leading ones without.

    As in Python negative bounds count from the right and bounds are clipped to the extent.
    Missing strides are 1. In ``slice_mode`` "size", ``end`` holds sizes, -1 for all that
    follow, and strides must be 1.
    """

    name = "relay.strided_slice"
    begin = prop_def(I64_ARRAY)
    end = prop_def(I64_ARRAY)
    strides = prop_def(I64_ARRAY, default_value=_NO_INTS)
    slice_mode = prop_def(StringAttr, default_value=StringAttr("end"))
    axes = opt_prop_def(I64_ARRAY)
    ROWS: ClassVar = Rows(
        infer=_infer_strided_slice,
        evaluate=_evaluate_strided_slice,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        layout=_strided_slice_layout,
        keeps_finite=True,
        compute=Pointwise(_sliced_element),
    )


def _slice_like_shape(op: SliceLikeOp, shape: Shape, like: Shape) -> Shape:
    axes = normalize_axes(op, ints(op.axes), len(shape)) or tuple(range(len(shape)))
    if max(axes, default=-1) >= len(like):
        raise VerifyException(
            f"{op.name}: operand 'shape_like' has rank {len(like)}, "
            f"expected more than {max(axes)}, the last sliced axis"
        )
    extents = list(shape)
    for axis in axes:
        if DYNAMIC not in (shape[axis], like[axis]) and like[axis] > shape[axis]:
            raise VerifyException(
                f"{op.name}: operand 'shape_like' has extent {like[axis]} in dimension {axis}, "
                f"expected {shape[axis]} at most as in operand 'data'"
            )
        extents[axis] = like[axis]
    return tuple(extents)


def _infer_slice_like(op: SliceLikeOp) -> Sequence[Attribute]:
    shape = _slice_like_shape(op, operand_shape(op, 0), operand_shape(op, 1))
    return [tensor(dtype_of(op.data.type), shape)]


def _evaluate_slice_like(op: SliceLikeOp, data: Array, shape_like: Array) -> Array:
    shape = _slice_like_shape(op, data.shape, shape_like.shape)
    return data[tuple(slice(extent) for extent in shape)]


def _first_element(op: SliceLikeOp, point: Point, at: Sequence[Index]) -> Scalar:
    return point.read(op.data, at)


@irdl_op_definition
class SliceLikeOp(RelayOp):
    """The first elements of ``data`` along ``axes`` (all when empty), as many as ``shape_like``."""

    name = "relay.slice_like"
    data = operand_def(TENSOR)
    shape_like = operand_def(TENSOR)
    output = result_def(TENSOR)
    axes = prop_def(I64_ARRAY, default_value=_NO_INTS)
    ROWS: ClassVar = Rows(
        infer=_infer_slice_like,
        evaluate=_evaluate_slice_like,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(_first_element),
    )


OPS: tuple[type[RelayOp], ...] = (
    StridedSliceOp,
    SliceLikeOp,
)
"""The ops of this family."""

"""What elementwise ops with several operands share: numpy's broadcasting rules.

Shapes align at their innermost dimensions; an extent of 1 stretches to the others' extent, and a
missing dimension counts as 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from xdsl.ir import Attribute
from xdsl.irdl import operand_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout
from .base import RelayOp, operand_name, operand_shape, same_dtype
from .compute import Elementwise
from .kernel_builder import Point
from .rows import (
    NO_SCALE,
    Array,
    LayoutInference,
    Pattern,
    Rows,
    ScaleBackward,
    ScaleForward,
    ScaleRule,
)
from .scalar import Scalar
from .shape import extents_text
from .types import DYNAMIC, FLOATS, NUMERIC, TENSOR, Shape, dtype_of, shape_of, tensor

Layouts: TypeAlias = Sequence[Layout | None]


class BinaryOp(RelayOp):
    """An op on corresponding elements of two tensors."""

    lhs = operand_def(TENSOR)
    rhs = operand_def(TENSOR)
    output = result_def(TENSOR)


# Type inference.


def broadcast_shape(op: RelayOp, operands: Sequence[int]) -> Shape:
    """The shape that the operands with these indices broadcast to.

    A `?` gives way to an extent other than 1; else it makes the result's extent `?`.

    Raises:
        VerifyException: naming the operand that does not fit those before it.
    """
    shape: Shape = ()
    for index in operands:
        shape = _broadcast(op, index, operand_shape(op, index), shape)
    return shape


def _broadcast(op: RelayOp, index: int, found: Shape, sofar: Shape) -> Shape:
    """``sofar`` stretched by operand ``index``, whose shape is ``found``."""
    rank = max(len(found), len(sofar))
    have, want = ((1,) * (rank - len(shape)) + shape for shape in (found, sofar))
    result: list[int] = []
    for axis, (a, b) in enumerate(zip(have, want, strict=True)):
        sized = {extent for extent in (a, b) if extent not in (1, DYNAMIC)}
        if len(sized) > 1:
            raise VerifyException(
                f"{op.name}: operand {operand_name(op, index)} has shape {extents_text(found)}, "
                f"which does not broadcast with {extents_text(sofar)}: found {a} in dimension "
                f"{axis - rank}, expected 1 or {b}"
            )
        result.append(sized.pop() if sized else DYNAMIC if DYNAMIC in (a, b) else 1)
    return tuple(result)


def _infer_same(op: BinaryOp) -> Sequence[Attribute]:
    return [tensor(same_dtype(op), broadcast_shape(op, (0, 1)))]


def run_time_shape(op: RelayOp, *operands: Array) -> Sequence[Shape]:
    """The shape that arrays broadcast to."""
    return [np.broadcast_shapes(*(operand.shape for operand in operands))]


# Layouts.


def broadcast_layout(op: RelayOp, new: Layouts | None, old: Layouts) -> LayoutInference:
    """Lay all operands out as the one with the most primal axes, the first of them on a tie.

    An operand of lower rank is written for the innermost axes of that layout (CHW beside NCHW).
    In new layouts it is asked for in the full layout, with a block of 1 where it is stretched:
    [C, 1, 1] beside NCHW16c is to be expanded to [1, C, 1, 1], then transformed to NCHW16c. On a
    tie an operand counts less whose blocks are those of stretched dimensions. Operands of rank 0
    have no layout and are left as they are.
    """
    shapes = [shape_of(operand.type) for operand in op.operands]
    result = broadcast_shape(op, range(len(shapes)))
    full = _widest(_of_rank(old, shapes, len(result)), lambda _, had: _suffix(had, result) == had)
    if full is None or _suffix(full, result) != full:
        return LayoutInference(tuple(old), (None,))
    written = [_suffix(full, shape) for shape in shapes]
    original = LayoutInference(tuple(written), (full,))
    if any(had not in (None, want) for had, want in zip(old, written, strict=True)):
        return LayoutInference(tuple(old), (full,))
    if new is None:
        return original
    arriving = [had if came is None else came for came, had in zip(new, written, strict=True)]
    extents = [_extents(had, shape, full) for had, shape in zip(written, shapes, strict=True)]
    reached = _extents(full, result, full)
    wanted = _widest(
        _of_rank(arriving, shapes, len(result)),
        lambda index, came: all(extents[index][a] == reached[a] for a in _blocked(came)),
    )
    if wanted is None or not full.bijective_to(wanted):
        return original
    asked = [
        None if had is None else _stretch(wanted, own, reached)
        for had, own in zip(written, extents, strict=True)
    ]
    if any(shape and layout is None for shape, layout in zip(shapes, asked, strict=True)):
        return original
    return LayoutInference(tuple(asked), (wanted,))


def _of_rank(layouts: Layouts, shapes: Sequence[Shape], rank: int) -> list[Layout | None]:
    """The layouts of the operands of this rank, None for the others."""
    return [
        layout if len(shape) == rank else None
        for layout, shape in zip(layouts, shapes, strict=True)
    ]


def _widest(layouts: Layouts, prefer: Callable[[int, Layout], bool]) -> Layout | None:
    """The layout with the most primal axes; a preferred one if there are several, then the first.

    ``prefer`` takes the index of an operand and its layout.
    """
    known = [(index, layout) for index, layout in enumerate(layouts) if layout is not None]
    return max(known, key=lambda entry: (len(entry[1].letters), prefer(*entry)), default=(0, None))[
        1
    ]


def _extents(layout: Layout | None, shape: Shape, full: Layout) -> dict[str, int]:
    """The extent of each dimension of ``full`` in a tensor: 1 where its layout lacks it."""
    extents = dict.fromkeys(full.letters, 1)
    if layout is not None:
        for letter in layout.letters:
            extent = shape[layout.index(letter)]
            extents[letter] = extent if extent == DYNAMIC else extent * layout.block(letter)
    return extents


def _blocked(layout: Layout) -> list[str]:
    """The letters of the dimensions that have blocks, also of 1."""
    return [letter for letter in layout.letters if len(layout.positions(letter)) > 1]


def _suffix(layout: Layout, shape: Shape) -> Layout | None:
    """The layout's innermost axes, as an operand of ``shape`` has them.

    A dimension that the operand stretches has blocks of 1. None at rank 0, and where the shape
    has blocks that are not the layout's.
    """
    split = layout.rank - len(shape)
    outer, axes = layout.axes[:split], layout.axes[split:]
    if not axes or {axis.primal for axis in axes} & {axis.primal for axis in outer}:
        return None
    suffix = Layout.parse("".join(map(str, axes)))
    extents = {
        letter: {shape[position] for position in suffix.positions(letter)}
        for letter in suffix.letters
    }
    stretched = suffix.with_unit_blocks([a for a in suffix.letters if extents[a] == {1}])
    fits = all(axis.size in (0, extent) for axis, extent in zip(stretched.axes, shape, strict=True))
    return stretched if fits else None


def _stretch(
    wanted: Layout, extents: Mapping[str, int], reached: Mapping[str, int]
) -> Layout | None:
    """``wanted`` for an operand of these extents, with blocks of 1 where it is stretched.

    None where it cannot be known that the operand fits.
    """
    blocked = [letter for letter in wanted.letters if wanted.block(letter) != 1]
    if any(extents[letter] == DYNAMIC for letter in blocked):
        return None
    stretched = [a for a in blocked if extents[a] == 1 and reached[a] != 1]
    return wanted.with_unit_blocks(stretched)


# Scales.


def _extent(op: RelayOp, operand: int, axis: int) -> int:
    """The extent of an operand along an axis counted from the right, 1 where it has none."""
    shape = shape_of(op.operands[operand].type)
    return shape[axis] if -axis <= len(shape) else 1


def _spans(op: BinaryOp, operand: int, axis: int) -> bool:
    """Whether the operand is known to have the result's extent along the axis."""
    extent = _extent(op, operand, axis)
    return extent != DYNAMIC and extent == _result_extent(op, axis)


def _result_extent(op: BinaryOp, axis: int) -> int:
    shape = broadcast_shape(op, (0, 1))
    return shape[axis] if -axis <= len(shape) else 1


def _folds(op: BinaryOp) -> bool:
    """Whether a scale of one operand can be told apart from one of the other."""
    return dtype_of(op.lhs.type) in FLOATS and op.lhs is not op.rhs


def _sum_backward(op: BinaryOp, axis: int) -> ScaleBackward | None:
    if dtype_of(op.lhs.type) not in FLOATS:
        return None
    return ScaleBackward(((0, axis), (1, axis)))


def _sum_forward(op: BinaryOp, operand: int, axis: int) -> ScaleForward | None:
    if not _folds(op) or not _spans(op, operand, axis):
        return None
    return ScaleForward(divide=((1 - operand, axis),), carries=axis)


def _product_backward(op: BinaryOp, axis: int) -> ScaleBackward | None:
    if not _folds(op):
        return None
    operand = 0 if _spans(op, 0, axis) else 1
    return ScaleBackward(((operand, axis),)) if _spans(op, operand, axis) else None


def _product_forward(op: BinaryOp, operand: int, axis: int) -> ScaleForward | None:
    if not _folds(op) or not _spans(op, operand, axis):
        return None
    return ScaleForward(carries=axis)


LINEAR: ScaleRule[BinaryOp] = ScaleRule(_sum_backward, _sum_forward)
"""s*(x + y) = s*x + s*y. An operand of extent 1 along the axis grows when it is scaled."""

BILINEAR: ScaleRule[BinaryOp] = ScaleRule(_product_backward, _product_forward)
"""s*(x * y) = (s*x) * y: the scale goes to the operand that is not stretched along the axis."""


# Rows.


def binary_rows(
    function: Callable[[Array, Array], Array],
    dtypes: frozenset[str] = NUMERIC,
    *,
    infer: Callable[[BinaryOp], Sequence[Attribute]] = _infer_same,
    keeps_finite: bool = False,
    scale: ScaleRule[BinaryOp] = NO_SCALE,
    compute: Callable[[Scalar, Scalar], Scalar] | None = None,
) -> Rows[BinaryOp]:
    """The rows of an op that applies ``function``, which broadcasts, to its operands.

    ``compute`` applies it to two elements.
    """

    def evaluate(op: BinaryOp, lhs: Array, rhs: Array) -> Array:
        return function(lhs, rhs)

    return Rows(
        infer=infer,
        evaluate=evaluate,
        pattern=Pattern.BROADCAST,
        dtypes=dtypes,
        layout=broadcast_layout,
        keeps_finite=keeps_finite,
        scale=scale,
        shape=run_time_shape,
        compute=None if compute is None else on_elements(compute),
    )


def on_elements(function: Callable[[Scalar, Scalar], Scalar]) -> Elementwise[BinaryOp]:
    """The computation of an op on corresponding elements."""

    def apply(op: BinaryOp, point: Point, x: Scalar, y: Scalar) -> Scalar:
        return function(x, y)

    return Elementwise(apply)

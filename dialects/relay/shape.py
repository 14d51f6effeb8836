"""Ops that rearrange a tensor's elements without computing with them.

They are injective: NaN, infinities and -0 pass unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from math import prod
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import (
    I64,
    BoolAttr,
    DenseArrayBase,
    IntegerAttr,
    i64,
)
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout, LayoutAttr, LayoutError
from .base import I64Array, RelayOp, ints, normalize_axis, operand_shape
from .layout_rules import whole_axes
from .rows import Array, LayoutInference, Pattern, Rows
from .types import ALL, DYNAMIC, Shape, Tensor, dtype_of, is_static, tensor


class ShapeOp(RelayOp):
    """An op that gives the elements of one tensor another shape or order."""

    data = operand_def(Tensor)
    output = result_def(Tensor)


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


# reshape


class _Reshape:
    """Reads ``newshape`` from left to right, as Relay's InferNewShape does.

    An input extent that an output extent takes over leaves the account from which -1 is
    inferred, so that a `?` that is merely copied does not make the -1 unknown.
    """

    def __init__(self, op: RelayOp, shape: Shape, newshape: Sequence[int], allowzero: bool):
        self.op = op
        self.codes = list(newshape)
        self.allowzero = allowzero
        self.left = list(shape)
        self.unclaimed: list[int] = []
        self.out: list[int] = []
        self.new: list[int] = []
        self.inferred: int | None = None

    def run(self) -> Shape:
        """The resolved shape."""
        while self.codes:
            self._step(self.codes.pop(0))
        if self.inferred is not None:
            self.out[self.inferred] = self._infer()
        return tuple(self.out)

    def _step(self, code: int) -> None:
        if code > 0 or (code == 0 and self.allowzero):
            self._skip()
            self.new.append(code)
            self.out.append(code)
        elif code == 0:
            self.out.append(self._take(code))
        elif code == -1:
            if self.inferred is not None:
                raise self._error("found a second -1 in newshape, expected one at most")
            self._skip()
            self.inferred = len(self.out)
            self.out.append(DYNAMIC)
        elif code == -2:
            self.out += self.left
            self.left.clear()
        elif code == -3:
            self.out.append(product((self._take(code), self._take(code))))
        elif code == -4:
            self.out += self._split(self._take(code))
        else:
            raise self._error(f"found {code} in newshape, expected an extent or a code 0 to -4")

    def _skip(self) -> None:
        """Move past an input extent that no output extent takes over."""
        if self.left:
            self.unclaimed.append(self.left.pop(0))

    def _take(self, code: int) -> int:
        if not self.left:
            raise self._error(f"code {code} in newshape finds no dimension left in the operand")
        return self.left.pop(0)

    def _split(self, extent: int) -> tuple[int, int]:
        """The two extents that follow a -4, one of which may be -1."""
        if len(self.codes) < 2:
            raise self._error("code -4 in newshape expects two extents after it")
        first, second = self.codes.pop(0), self.codes.pop(0)
        known = second if first == -1 else first
        other = extent if extent == DYNAMIC else extent // known if known > 0 else 0
        if known <= 0 or min(first, second) < -1 or max(first, second) == -1:
            raise self._error(f"code -4 in newshape cannot split into {first} and {second}")
        first, second = (other, second) if first == -1 else (first, second)
        second = other if second == -1 else second
        if is_static((extent, first, second)) and first * second != extent:
            raise self._error(f"code -4 in newshape splits {extent} into {first} and {second}")
        return first, second

    def _infer(self) -> int:
        """The extent of the -1: what the unclaimed extents leave for it."""
        total, known = product((*self.unclaimed, *self.left)), prod(self.new)
        if total == DYNAMIC:
            return DYNAMIC
        if known == 0 or total % known:
            raise self._error(f"cannot infer -1 in newshape: {total} elements over {known}")
        return total // known

    def _error(self, message: str) -> VerifyException:
        return VerifyException(f"{self.op.name}: {message}")


def resolve_newshape(
    op: RelayOp, shape: Shape, newshape: Sequence[int], allowzero: bool = False
) -> Shape:
    """The shape that Relay's reshape codes ``newshape`` give to a tensor of ``shape``.

    Raises:
        VerifyException: when a code does not apply or the element counts differ.
    """
    found = _Reshape(op, shape, newshape, allowzero).run()
    have, want = product(shape), product(found)
    if DYNAMIC not in (have, want) and have != want:
        raise VerifyException(
            f"{op.name}: newshape {list(newshape)} makes {extents_text(found)} of {want} elements, "
            f"expected {have} as in operand 'data' of shape {extents_text(shape)}"
        )
    return found


def _infer_reshape(op: ReshapeOp) -> Sequence[Attribute]:
    shape = resolve_newshape(op, operand_shape(op, 0), ints(op.newshape), bool(op.allowzero))
    return [tensor(dtype_of(op.data.type), shape)]


def _evaluate_reshape(op: ReshapeOp, data: Array) -> Array:
    return data.reshape(resolve_newshape(op, data.shape, ints(op.newshape), bool(op.allowzero)))


@irdl_op_definition
class ReshapeOp(ShapeOp):
    """The elements in row-major order under another shape.

    ``newshape`` holds extents and Relay's codes: 0 copies the input extent at that place
    (or is an extent of zero under ``allowzero``), -1 is inferred from the rest, -2 copies all
    that remain, -3 multiplies the next two, -4 splits the next into the two that follow it.
    """

    name = "relay.reshape"
    newshape = prop_def(I64Array)
    allowzero = prop_def(BoolAttr, default_value=BoolAttr.from_bool(False))
    ROWS: ClassVar = Rows(
        infer=_infer_reshape,
        evaluate=_evaluate_reshape,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
    )


# reshape_like


def _like_shape(op: ReshapeLikeOp, shape: Shape, like: Shape) -> Shape:
    """``shape`` with its dimensions lhs_begin to lhs_end replaced by those of ``like``."""
    start, stop = _range(op.lhs_begin, op.lhs_end, len(shape))
    like_start, like_stop = _range(op.rhs_begin, op.rhs_end, len(like))
    old, new = shape[start:stop], like[like_start:like_stop]
    have, want = product(old), product(new)
    if DYNAMIC not in (have, want) and have != want:
        raise VerifyException(
            f"{op.name}: dimensions {extents_text(new)} of operand 'shape_like' hold "
            f"{want} elements, expected {have} as {extents_text(old)} of operand 'data'"
        )
    return (*shape[:start], *new, *shape[stop:])


def _range(begin: IntegerAttr[I64], end: IntegerAttr[I64] | None, rank: int) -> tuple[int, int]:
    """Python's reading of begin:end over ``rank`` dimensions."""
    stop = rank if end is None else end.value.data
    start, stop, _ = slice(begin.value.data, stop).indices(rank)
    return start, max(start, stop)


def _infer_reshape_like(op: ReshapeLikeOp) -> Sequence[Attribute]:
    shape = _like_shape(op, operand_shape(op, 0), operand_shape(op, 1))
    return [tensor(dtype_of(op.data.type), shape)]


def _evaluate_reshape_like(op: ReshapeLikeOp, data: Array, shape_like: Array) -> Array:
    return data.reshape(_like_shape(op, data.shape, shape_like.shape))


@irdl_op_definition
class ReshapeLikeOp(RelayOp):
    """``data`` with dimensions lhs_begin:lhs_end reshaped as rhs_begin:rhs_end of ``shape_like``.

    Ranges are Python's: negative ends count from the right, an absent end is the rank.
    """

    name = "relay.reshape_like"
    data = operand_def(Tensor)
    shape_like = operand_def(Tensor)
    output = result_def(Tensor)
    lhs_begin = prop_def(IntegerAttr[I64], default_value=IntegerAttr(0, i64))
    lhs_end = opt_prop_def(IntegerAttr[I64])
    rhs_begin = prop_def(IntegerAttr[I64], default_value=IntegerAttr(0, i64))
    rhs_end = opt_prop_def(IntegerAttr[I64])
    ROWS: ClassVar = Rows(
        infer=_infer_reshape_like,
        evaluate=_evaluate_reshape_like,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
    )


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


@irdl_op_definition
class TransposeOp(ShapeOp):
    """The dimensions in the order ``axes``; reversed when ``axes`` is empty."""

    name = "relay.transpose"
    axes = prop_def(I64Array, default_value=DenseArrayBase.from_list(i64, []))
    ROWS: ClassVar = Rows(
        infer=_infer_transpose,
        evaluate=_evaluate_transpose,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
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
    axis = opt_prop_def(I64Array)
    ROWS: ClassVar = Rows(
        infer=_infer_squeeze,
        evaluate=_evaluate_squeeze,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        layout=_squeeze_layout,
        keeps_finite=True,
    )


def expanded(op: RelayOp, shape: Shape, axis: int, count: int) -> Shape:
    """``shape`` with ``count`` extents of 1 before ``axis``.

    Raises:
        VerifyException: when ``axis`` is out of range or ``count`` negative.
    """
    if count < 0:
        raise VerifyException(f"{op.name}: num_newaxis is {count}, expected 0 or more")
    at = normalize_axis(op, axis, len(shape) + 1)
    return (*shape[:at], *(1,) * count, *shape[at:])


def _expanded(op: ExpandDimsOp, shape: Shape) -> Shape:
    return expanded(op, shape, op.axis.value.data, op.num_newaxis.value.data)


def _infer_expand_dims(op: ExpandDimsOp) -> Sequence[Attribute]:
    return [tensor(dtype_of(op.data.type), _expanded(op, operand_shape(op, 0)))]


def _evaluate_expand_dims(op: ExpandDimsOp, data: Array) -> Array:
    return data.reshape(_expanded(op, data.shape))


@irdl_op_definition
class ExpandDimsOp(ShapeOp):
    """With ``num_newaxis`` dimensions of extent 1 inserted before ``axis``.

    ``axis`` is in [-rank - 1, rank]: -1 appends.
    """

    name = "relay.expand_dims"
    axis = prop_def(IntegerAttr[I64])
    num_newaxis = prop_def(IntegerAttr[I64], default_value=IntegerAttr(1, i64))
    ROWS: ClassVar = Rows(
        infer=_infer_expand_dims,
        evaluate=_evaluate_expand_dims,
        pattern=Pattern.BROADCAST,
        dtypes=ALL,
        keeps_finite=True,
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


def _infer_broadcast_to(op: BroadcastToOp) -> Sequence[Attribute]:
    target = check_broadcast(op, operand_shape(op, 0), static_shape(op, op.shape))
    return [tensor(dtype_of(op.data.type), target)]


def _evaluate_broadcast_to(op: BroadcastToOp, data: Array) -> Array:
    return np.broadcast_to(data, ints(op.shape))


@irdl_op_definition
class BroadcastToOp(ShapeOp):
    """``data`` repeated along dimensions of extent 1, and new leading ones, up to ``shape``."""

    name = "relay.broadcast_to"
    shape = prop_def(I64Array)
    ROWS: ClassVar = Rows(
        infer=_infer_broadcast_to,
        evaluate=_evaluate_broadcast_to,
        pattern=Pattern.BROADCAST,
        dtypes=ALL,
        keeps_finite=True,
    )


# batch_flatten


def _infer_batch_flatten(op: BatchFlattenOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    if not shape:
        raise VerifyException(f"{op.name}: operand 'data' has rank 0, expected 1 or more")
    return [tensor(dtype_of(op.data.type), (shape[0], product(shape[1:])))]


def _evaluate_batch_flatten(op: BatchFlattenOp, data: Array) -> Array:
    return data.reshape(data.shape[0], prod(data.shape[1:]))


@irdl_op_definition
class BatchFlattenOp(ShapeOp):
    """All dimensions after the first made one, in row-major order: ``(d0, d1 * d2 * ...)``."""

    name = "relay.nn.batch_flatten"
    ROWS: ClassVar = Rows(
        infer=_infer_batch_flatten,
        evaluate=_evaluate_batch_flatten,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
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
    )


OPS: tuple[type[RelayOp], ...] = (
    ReshapeOp,
    ReshapeLikeOp,
    TransposeOp,
    SqueezeOp,
    ExpandDimsOp,
    BroadcastToOp,
    BatchFlattenOp,
    LayoutTransformOp,
)
"""The ops of this family."""

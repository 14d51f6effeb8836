"""Ops that give a tensor's elements, in row-major order, another shape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

from xdsl.dialects.builtin import I64, BoolAttr, IntegerAttr, i64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..tl.index import Index
from .base import BOOL_ATTR, I64_ARRAY, I64_ATTR, RelayOp, ints, operand_shape
from .compute import Pointwise
from .kernel_builder import Point, raveled
from .rows import Array, Pattern, Rows
from .scalar import Scalar
from .shape import ShapeOp, extents_text, product
from .types import ALL, DYNAMIC, TENSOR, Shape, dtype_of, is_static, shape_of, tensor

# Where elements are.


def reshaped(at: Sequence[Index], shape: Shape, to: Shape) -> list[Index]:
    """The index into shape ``to`` of the element at an index of ``shape``, in row-major order.

    Only dimensions whose extents differ are put together and taken apart: runs of both shapes that
    hold equally many elements correspond.
    """
    if 0 in shape:
        nowhere = at[shape.index(0)]
        return [Index.of(0) if extent else nowhere for extent in to]
    places: list[Index] = []
    start, stop, begin = 0, 0, 0
    for end in range(1, len(to) + 1):
        have, want = prod(shape[start:stop]), prod(to[begin:end])
        while have < want:
            have *= shape[stop]
            stop += 1
        if have == want:
            places += unraveled(raveled(at[start:stop], shape[start:stop]), to[begin:end])
            start, begin = stop, end
    return places


def unraveled(number: Index, shape: Shape) -> list[Index]:
    """The index of the element of a row-major number."""
    places: list[Index] = []
    for axis in range(len(shape)):
        quotient = number // prod(shape[axis + 1 :])
        places.append(quotient % shape[axis] if axis else quotient)
    return places


def reshaped_element(
    op: ReshapeOp | ReshapeLikeOp | BatchFlattenOp, point: Point, at: Sequence[Index]
) -> Scalar:
    """The element of an op that reshapes its first operand."""
    place = reshaped(at, shape_of(op.output.type), shape_of(op.data.type))
    return point.read(op.data, place)


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
    newshape = prop_def(I64_ARRAY)
    allowzero = prop_def(BOOL_ATTR, default_value=BoolAttr.from_bool(False))
    ROWS: ClassVar = Rows(
        infer=_infer_reshape,
        evaluate=_evaluate_reshape,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(reshaped_element),
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
    data = operand_def(TENSOR)
    shape_like = operand_def(TENSOR)
    output = result_def(TENSOR)
    lhs_begin = prop_def(I64_ATTR, default_value=IntegerAttr(0, i64))
    lhs_end = opt_prop_def(I64_ATTR)
    rhs_begin = prop_def(I64_ATTR, default_value=IntegerAttr(0, i64))
    rhs_end = opt_prop_def(I64_ATTR)
    ROWS: ClassVar = Rows(
        infer=_infer_reshape_like,
        evaluate=_evaluate_reshape_like,
        pattern=Pattern.INJECTIVE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(reshaped_element),
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
        compute=Pointwise(reshaped_element),
    )


OPS: tuple[type[RelayOp], ...] = (
    ReshapeOp,
    ReshapeLikeOp,
    BatchFlattenOp,
)
"""The ops of this family."""

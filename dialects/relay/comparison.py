"""Comparisons, logic, bits and selection on tensors that broadcast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, result_def
from xdsl.utils.exceptions import VerifyException

from .base import RelayOp, same_dtype
from .broadcast import (
    BinaryOp,
    binary_rows,
    broadcast_layout,
    broadcast_shape,
    run_time_shape,
)
from .compute import Elementwise
from .kernel_builder import Point
from .rows import Array, Pattern, Rows
from .scalar import Scalar, integer_bits
from .types import ALL, BOOL, INTS, TENSOR, dtype_of, tensor


def _infer_bool(op: BinaryOp) -> Sequence[Attribute]:
    same_dtype(op)
    return [tensor("i1", broadcast_shape(op, (0, 1)))]


# Comparisons. Those with NaN are false, but for not_equal; zeros of both signs are equal.


@irdl_op_definition
class EqualOp(BinaryOp):
    """Whether lhs equals rhs, as i1; false if one is NaN."""

    name = "relay.equal"
    ROWS: ClassVar = binary_rows(
        np.equal, ALL, infer=_infer_bool, keeps_finite=True, compute=Scalar.eq
    )


@irdl_op_definition
class NotEqualOp(BinaryOp):
    """Whether lhs differs from rhs, as i1; true if one is NaN."""

    name = "relay.not_equal"
    ROWS: ClassVar = binary_rows(
        np.not_equal, ALL, infer=_infer_bool, keeps_finite=True, compute=Scalar.ne
    )


@irdl_op_definition
class LessOp(BinaryOp):
    """Whether lhs is less than rhs, as i1; false if one is NaN."""

    name = "relay.less"
    ROWS: ClassVar = binary_rows(np.less, infer=_infer_bool, keeps_finite=True, compute=Scalar.lt)


@irdl_op_definition
class LessEqualOp(BinaryOp):
    """Whether lhs is at most rhs, as i1; false if one is NaN."""

    name = "relay.less_equal"
    ROWS: ClassVar = binary_rows(
        np.less_equal, infer=_infer_bool, keeps_finite=True, compute=Scalar.le
    )


@irdl_op_definition
class GreaterOp(BinaryOp):
    """Whether lhs is greater than rhs, as i1; false if one is NaN."""

    name = "relay.greater"
    ROWS: ClassVar = binary_rows(
        np.greater, infer=_infer_bool, keeps_finite=True, compute=Scalar.gt
    )


@irdl_op_definition
class GreaterEqualOp(BinaryOp):
    """Whether lhs is at least rhs, as i1; false if one is NaN."""

    name = "relay.greater_equal"
    ROWS: ClassVar = binary_rows(
        np.greater_equal, infer=_infer_bool, keeps_finite=True, compute=Scalar.ge
    )


# Truth values and bits.


@irdl_op_definition
class LogicalAndOp(BinaryOp):
    """Whether both are true."""

    name = "relay.logical_and"
    ROWS: ClassVar = binary_rows(
        np.logical_and, BOOL, keeps_finite=True, compute=lambda x, y: x & y
    )


@irdl_op_definition
class LogicalOrOp(BinaryOp):
    """Whether either is true."""

    name = "relay.logical_or"
    ROWS: ClassVar = binary_rows(np.logical_or, BOOL, keeps_finite=True, compute=lambda x, y: x | y)


@irdl_op_definition
class LogicalXorOp(BinaryOp):
    """Whether exactly one is true."""

    name = "relay.logical_xor"
    ROWS: ClassVar = binary_rows(
        np.logical_xor, BOOL, keeps_finite=True, compute=lambda x, y: x ^ y
    )


@irdl_op_definition
class BitwiseAndOp(BinaryOp):
    """The bits set in both."""

    name = "relay.bitwise_and"
    ROWS: ClassVar = binary_rows(
        np.bitwise_and, INTS | BOOL, keeps_finite=True, compute=lambda x, y: x & y
    )


@irdl_op_definition
class BitwiseOrOp(BinaryOp):
    """The bits set in either."""

    name = "relay.bitwise_or"
    ROWS: ClassVar = binary_rows(
        np.bitwise_or, INTS | BOOL, keeps_finite=True, compute=lambda x, y: x | y
    )


@irdl_op_definition
class BitwiseXorOp(BinaryOp):
    """The bits set in exactly one."""

    name = "relay.bitwise_xor"
    ROWS: ClassVar = binary_rows(
        np.bitwise_xor, INTS | BOOL, keeps_finite=True, compute=lambda x, y: x ^ y
    )


def _has_digit(lhs: Scalar, rhs: Scalar) -> Scalar:
    """Whether rhs is neither negative nor lhs's width or more."""
    width = integer_bits(lhs.dtype)
    return rhs.cast(f"ui{width}").lt(width)


def _left_shift(lhs: Scalar, rhs: Scalar) -> Scalar:
    inside = _has_digit(lhs, rhs)
    return inside.select(lhs << inside.select(rhs, 0), 0)


def _right_shift(lhs: Scalar, rhs: Scalar) -> Scalar:
    inside = _has_digit(lhs, rhs)
    shifted = lhs >> inside.select(rhs, integer_bits(lhs.dtype) - 1)
    return inside.select(shifted, 0) if lhs.is_unsigned else shifted


@irdl_op_definition
class LeftShiftOp(BinaryOp):
    """lhs shifted left by rhs bits; 0 where rhs is negative or not below lhs's width."""

    name = "relay.left_shift"
    ROWS: ClassVar = binary_rows(np.left_shift, INTS, keeps_finite=True, compute=_left_shift)


@irdl_op_definition
class RightShiftOp(BinaryOp):
    """lhs shifted right by rhs bits, keeping the sign of signed integers.

    Where rhs is negative or not below lhs's width, every bit is a copy of the sign.
    """

    name = "relay.right_shift"
    ROWS: ClassVar = binary_rows(np.right_shift, INTS, keeps_finite=True, compute=_right_shift)


# Selection and bias.


def _infer_where(op: WhereOp) -> Sequence[Attribute]:
    if dtype_of(op.condition.type) != "i1":
        raise VerifyException(
            f"{op.name}: operand 'condition' has element type {dtype_of(op.condition.type)}, "
            "expected i1"
        )
    shape = broadcast_shape(op, (0, 1, 2))
    x, y = dtype_of(op.x.type), dtype_of(op.y.type)
    if x != y:
        raise VerifyException(
            f"{op.name}: operand 'y' has element type {y}, expected {x} as in operand 'x'"
        )
    return [tensor(x, shape)]


def _where(op: WhereOp, condition: Array, x: Array, y: Array) -> Array:
    return np.where(condition, x, y)


def _where_element(op: WhereOp, point: Point, condition: Scalar, x: Scalar, y: Scalar) -> Scalar:
    return condition.select(x, y)


@irdl_op_definition
class WhereOp(RelayOp):
    """x where the condition is true, else y; all three broadcast together."""

    name = "relay.where"
    condition = operand_def(TENSOR)
    x = operand_def(TENSOR)
    y = operand_def(TENSOR)
    output = result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_where,
        evaluate=_where,
        pattern=Pattern.BROADCAST,
        dtypes=ALL,
        layout=broadcast_layout,
        keeps_finite=True,
        shape=run_time_shape,
        compute=Elementwise(_where_element),
    )


OPS: tuple[type[RelayOp], ...] = (
    EqualOp,
    NotEqualOp,
    LessOp,
    LessEqualOp,
    GreaterOp,
    GreaterEqualOp,
    LogicalAndOp,
    LogicalOrOp,
    LogicalXorOp,
    BitwiseAndOp,
    BitwiseOrOp,
    BitwiseXorOp,
    LeftShiftOp,
    RightShiftOp,
    WhereOp,
)

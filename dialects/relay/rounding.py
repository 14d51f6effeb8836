"""Elementwise ops that round, or take or change a sign. NaN gives NaN; integers wrap."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from xdsl.dialects import math
from xdsl.irdl import irdl_op_definition

from .base import RelayOp
from .elementwise import UnaryOp, applied, pointwise, unary_rows
from .rows import Array
from .scalar import Scalar
from .types import NUMERIC


@irdl_op_definition
class CeilOp(UnaryOp):
    """The nearest integer not below x. Keeps the sign: -0.5 gives -0."""

    name = "relay.ceil"
    ROWS: ClassVar = unary_rows(pointwise(np.ceil), keeps_finite=True, compute=applied(math.CeilOp))


@irdl_op_definition
class FloorOp(UnaryOp):
    """The nearest integer not above x."""

    name = "relay.floor"
    ROWS: ClassVar = unary_rows(
        pointwise(np.floor), keeps_finite=True, compute=applied(math.FloorOp)
    )


def _round(data: Array) -> Array:
    truncated = np.trunc(data)
    return np.where(np.abs(data - truncated) >= 0.5, truncated + np.sign(data), truncated)


@irdl_op_definition
class RoundOp(UnaryOp):
    """The nearest integer, halves away from zero like C's round. Keeps the sign of a zero."""

    name = "relay.round"
    ROWS: ClassVar = unary_rows(pointwise(_round), keeps_finite=True, compute=applied(math.RoundOp))


@irdl_op_definition
class TruncOp(UnaryOp):
    """The integer part of x. Keeps the sign: -0.5 gives -0."""

    name = "relay.trunc"
    ROWS: ClassVar = unary_rows(
        pointwise(np.trunc), keeps_finite=True, compute=applied(math.TruncOp)
    )


def _sign(x: Scalar) -> Scalar:
    # The sum keeps NaN, and makes a -0 +0.
    return x.gt(0).select(x.like(1), x.lt(0).select(x.like(-1), x + 0))


@irdl_op_definition
class SignOp(UnaryOp):
    """-1, 0 or 1. Zeros of either sign give +0."""

    name = "relay.sign"
    ROWS: ClassVar = unary_rows(pointwise(np.sign), NUMERIC, keeps_finite=True, compute=_sign)


@irdl_op_definition
class NegativeOp(UnaryOp):
    """-x. Flips the sign of zeros and NaNs; integers wrap."""

    name = "relay.negative"
    ROWS: ClassVar = unary_rows(
        pointwise(np.negative), NUMERIC, keeps_finite=True, compute=lambda x: -x
    )


@irdl_op_definition
class AbsOp(UnaryOp):
    """|x|. The most negative integer gives itself."""

    name = "relay.abs"
    ROWS: ClassVar = unary_rows(
        pointwise(np.abs), NUMERIC, keeps_finite=True, compute=lambda x: x.abs()
    )


OPS: tuple[type[RelayOp], ...] = (
    CeilOp,
    FloorOp,
    RoundOp,
    TruncOp,
    SignOp,
    NegativeOp,
    AbsOp,
)

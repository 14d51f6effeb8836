"""Ops that make tensors from shapes and scalars, and shapes from tensors."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import FloatAttr, f32, f64, i32
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..tl.index import Index
from .base import F64_ATTR, I64_ARRAY, RelayOp, ints, operand_shape, same_dtype
from .compute import Pointwise
from .elementwise import filled
from .kernel_builder import Point
from .rows import Array, Pattern, Rows
from .scalar import Scalar
from .shape import static_shape
from .types import (
    ALL,
    FLOATS,
    INTS,
    NUMERIC,
    TENSOR,
    dtype_of,
    element_name,
    numpy_dtype,
    shape_of,
    tensor,
)


def element_of(op: RelayOp, dtype: Attribute, allowed: frozenset[str]) -> str:
    """The element type that a ``dtype`` property names.

    Raises:
        VerifyException: when it is not among ``allowed``.
    """
    try:
        name = element_name(dtype)
    except VerifyException as error:
        raise VerifyException(f"{op.name}: dtype: {error}") from error
    if name not in allowed:
        raise VerifyException(
            f"{op.name}: dtype is {name}, expected one of {', '.join(sorted(allowed))}"
        )
    return name


# full, full_like, zeros, ones


def _fill_element(op: FullOp | FullLikeOp, point: Point, at: Sequence[Index]) -> Scalar:
    return point.read(op.fill_value, ())


def _infer_full(op: FullOp) -> Sequence[Attribute]:
    operand_shape(op, 0, 0)
    return [tensor(dtype_of(op.fill_value.type), static_shape(op, op.shape))]


def _evaluate_full(op: FullOp, fill_value: Array) -> Array:
    return np.full(ints(op.shape), fill_value)


@irdl_op_definition
class FullOp(RelayOp):
    """A tensor of ``shape`` whose elements all are the scalar ``fill_value``.

    The element type is the scalar's: Relay's ``dtype`` is a cast before it.
    """

    name = "relay.full"
    fill_value = operand_def(TENSOR)
    output = result_def(TENSOR)
    shape = prop_def(I64_ARRAY)
    ROWS: ClassVar = Rows(
        infer=_infer_full,
        evaluate=_evaluate_full,
        pattern=Pattern.ELEMWISE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(_fill_element),
    )


def _infer_full_like(op: FullLikeOp) -> Sequence[Attribute]:
    operand_shape(op, 1, 0)
    return [tensor(same_dtype(op), operand_shape(op, 0))]


def _evaluate_full_like(op: FullLikeOp, data: Array, fill_value: Array) -> Array:
    return np.full(data.shape, fill_value)


@irdl_op_definition
class FullLikeOp(RelayOp):
    """The scalar ``fill_value`` in the shape of ``data``."""

    name = "relay.full_like"
    data = operand_def(TENSOR)
    fill_value = operand_def(TENSOR)
    output = result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_full_like,
        evaluate=_evaluate_full_like,
        pattern=Pattern.ELEMWISE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(_fill_element),
    )


class _FilledOp(RelayOp):
    """A tensor of ``shape`` and element type ``dtype`` without operands."""

    output = result_def(TENSOR)
    shape = prop_def(I64_ARRAY)
    dtype = prop_def(Attribute)


def _infer_filled(op: _FilledOp) -> Sequence[Attribute]:
    return [tensor(element_of(op, op.dtype, ALL), static_shape(op, op.shape))]


def _evaluate_zeros(op: ZerosOp) -> Array:
    return np.zeros(ints(op.shape), numpy_dtype(op.output.type))


def _evaluate_ones(op: OnesOp) -> Array:
    return np.ones(ints(op.shape), numpy_dtype(op.output.type))


@irdl_op_definition
class ZerosOp(_FilledOp):
    """A tensor of ``shape`` of zeros (false in i1)."""

    name = "relay.zeros"
    ROWS: ClassVar = Rows(
        infer=_infer_filled,
        evaluate=_evaluate_zeros,
        pattern=Pattern.ELEMWISE,
        dtypes=ALL,
        keeps_finite=True,
        compute=filled(0),
    )


@irdl_op_definition
class OnesOp(_FilledOp):
    """A tensor of ``shape`` of ones (true in i1)."""

    name = "relay.ones"
    ROWS: ClassVar = Rows(
        infer=_infer_filled,
        evaluate=_evaluate_ones,
        pattern=Pattern.ELEMWISE,
        dtypes=ALL,
        keeps_finite=True,
        compute=filled(1),
    )


# arange


def arange_length(op: RelayOp, start: float, stop: float, step: float) -> int:
    """How many values an arange holds.

    Raises:
        VerifyException: when the step is 0 or a bound is not finite.
    """
    if step == 0 or not np.isfinite([start, stop, step]).all():
        raise VerifyException(
            f"{op.name}: found start {start}, stop {stop}, step {step}, "
            "expected finite values and a step other than 0"
        )
    return max(0, ceil((stop - start) / step))


def _bounds(op: ArangeOp) -> tuple[float, float, float]:
    return op.start.value.data, op.stop.value.data, op.step.value.data


def _infer_arange(op: ArangeOp) -> Sequence[Attribute]:
    element = element_of(op, op.dtype, NUMERIC)
    bounds = _bounds(op)
    if element not in FLOATS and not all(bound.is_integer() for bound in bounds):
        raise VerifyException(
            f"{op.name}: found start, stop, step {bounds}, expected whole numbers for {element}"
        )
    return [tensor(element, (arange_length(op, *bounds),))]


def _evaluate_arange(op: ArangeOp) -> Array:
    start, _, step = _bounds(op)
    places = np.arange(arange_length(op, *_bounds(op)))
    if dtype_of(op.output.type) in FLOATS:
        return start + step * places
    exact = int(start) + int(step) * places.astype(np.object_)
    return (exact % 2**64).astype(np.uint64).astype(numpy_dtype(op.output.type))


def _arange_element(op: ArangeOp, point: Point, at: Sequence[Index]) -> Scalar:
    start, _, step = _bounds(op)
    dtype = dtype_of(op.output.type)
    place = point.index(at[0])
    if dtype in FLOATS:
        return (place.cast("f64") * step + start).cast(dtype)
    return (place.cast("ui64") * (int(step) % 2**64) + int(start) % 2**64).cast(dtype)


@irdl_op_definition
class ArangeOp(RelayOp):
    """start, start + step, ... up to and without ``stop``; floats in f64, integers wrap.

    The bounds are properties, so the length is static; ``dyn.arange`` takes operands.
    """

    name = "relay.arange"
    output = result_def(TENSOR)
    start = prop_def(F64_ATTR, default_value=FloatAttr(0.0, f64))
    stop = prop_def(F64_ATTR)
    step = prop_def(F64_ATTR, default_value=FloatAttr(1.0, f64))
    dtype = prop_def(Attribute, default_value=f32)
    ROWS: ClassVar = Rows(
        infer=_infer_arange,
        evaluate=_evaluate_arange,
        pattern=Pattern.INJECTIVE,
        dtypes=NUMERIC,
        keeps_finite=True,
        compute=Pointwise(_arange_element),
    )


# shape_of


def _infer_shape_of(op: ShapeOfOp) -> Sequence[Attribute]:
    return [tensor(element_of(op, op.dtype, INTS), (len(operand_shape(op, 0)),))]


def _evaluate_shape_of(op: ShapeOfOp, data: Array) -> Array:
    return np.array(data.shape, dtype=numpy_dtype(op.output.type))


def _shape_of_element(op: ShapeOfOp, point: Point, at: Sequence[Index]) -> Scalar:
    place = point.index(at[0])
    found = point.constant(0, "i64")
    for axis, extent in enumerate(shape_of(op.data.type)):
        found = place.eq(axis).select(found.like(extent), found)
    return found.cast(dtype_of(op.output.type))


@irdl_op_definition
class ShapeOfOp(RelayOp):
    """The extents of ``data``, as a vector of ``dtype``."""

    name = "relay.shape_of"
    data = operand_def(TENSOR)
    output = result_def(TENSOR)
    dtype = prop_def(Attribute, default_value=i32)
    ROWS: ClassVar = Rows(
        infer=_infer_shape_of,
        evaluate=_evaluate_shape_of,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        keeps_finite=True,
        compute=Pointwise(_shape_of_element),
    )


OPS: tuple[type[RelayOp], ...] = (
    FullOp,
    FullLikeOp,
    ZerosOp,
    OnesOp,
    ArangeOp,
    ShapeOfOp,
)
"""The ops of this family."""

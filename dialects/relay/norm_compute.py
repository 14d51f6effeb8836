"""What computes norms: per slice its statistics, in two passes where there are two, then all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import prod
from typing import TYPE_CHECKING

from xdsl.dialects import math
from xdsl.ir import SSAValue

from ..tl.attributes import Reduction
from ..tl.index import Index
from .base import ints
from .kernel_builder import KernelBuilder, Point
from .scalar import Scalar
from .slices import slices
from .types import dtype_of, shape_of

if TYPE_CHECKING:
    from .norm import (
        AffineNormOp,
        BatchNormOp,
        GroupNormOp,
        InstanceNormOp,
        L2NormalizeOp,
        LayerNormOp,
        RmsNormOp,
    )


def batch_norm(op: BatchNormOp, point: Point, at: Sequence[Index]) -> Scalar:
    """An element times the scale of its channel, plus the shift."""
    axis = op.axis.value.data % len(at)

    def parameter(vector: SSAValue) -> Scalar:
        return point.read(vector, [at[axis]])

    scale = _inverse_root(parameter(op.moving_var) + op.epsilon.value.data)
    if op.scale:
        scale = scale * parameter(op.gamma)
    shift = -parameter(op.moving_mean) * scale
    if op.center:
        shift = shift + parameter(op.beta)
    return point.read(op.data, at).times_plus(scale, shift)


def layer_norm(op: LayerNormOp, kernel: KernelBuilder) -> None:
    """Append the nests of ``nn.layer_norm``."""
    axis = op.axis.value.data % len(shape_of(op.data.type))
    _standardize(op, kernel, axis, [axis])


def instance_norm(op: InstanceNormOp, kernel: KernelBuilder) -> None:
    """Append the nests of ``nn.instance_norm``."""
    rank = len(shape_of(op.data.type))
    axis = op.axis.value.data % rank
    _standardize(op, kernel, axis, set(range(1, rank)) - {axis})


def group_norm(op: GroupNormOp, kernel: KernelBuilder) -> None:
    """Append the nests of ``nn.group_norm``."""
    rank = len(shape_of(op.data.type))
    axis = op.axis.value.data % rank
    _standardize(op, kernel, axis, range(1, rank), op.num_groups.value.data)


def _standardize(
    op: AffineNormOp,
    kernel: KernelBuilder,
    axis: int,
    reduced: Collection[int],
    groups: int | None = None,
) -> None:
    """Append the nests of a norm by mean and variance along dimensions.

    ``axis`` is that of the parameters, which may be in groups.
    """
    shape, dtype = shape_of(op.data.type), dtype_of(op.data.type)
    epsilon = op.epsilon.value.data
    with slices(kernel, shape, reduced, {axis: groups} if groups else None) as each:
        count = prod(each.reduced.values())

        def value(point: Point) -> Scalar:
            return point.read(op.data, each.at(point))

        mean = each.reduce("mean", dtype, Reduction.ADD, value, lambda sum: sum / count)

        def squared(point: Point) -> Scalar:
            centered = value(point) - mean.at(point)
            return centered * centered

        def scale_of(total: Scalar) -> Scalar:
            return _inverse_root(total / count + epsilon)

        scale = each.reduce("scale", dtype, Reduction.ADD, squared, scale_of)
        with each.elements() as point:
            at = each.at(point)
            normal = (value(point) - mean.at(point)) * scale.at(point)
            if op.scale:
                normal = normal * point.read(op.gamma, [at[axis]])
            if op.center:
                normal = normal + point.read(op.beta, [at[axis]])
            point.store(op.output, at, normal)


def rms_norm(op: RmsNormOp, kernel: KernelBuilder) -> None:
    """Append the nests of a norm by the root of the mean square."""
    shape = shape_of(op.data.type)
    axis = op.axis.value.data % len(shape)
    epsilon = op.epsilon.value.data

    def scale_of(total: Scalar) -> Scalar:
        return _inverse_root(total / shape[axis] + epsilon)

    def weight(point: Point, at: Sequence[Index]) -> Scalar:
        return point.read(op.weight, [at[axis]])

    _scale_by_squares(op, kernel, [axis], scale_of, weight)


def l2_normalize(op: L2NormalizeOp, kernel: KernelBuilder) -> None:
    """Append the nests of a norm by the root of the sum of squares."""
    rank = len(shape_of(op.data.type))
    axes = {axis % rank for axis in ints(op.axis)} or range(rank)
    least = op.eps.value.data
    _scale_by_squares(op, kernel, axes, lambda total: _inverse_root(total.max(least)), None)


def _scale_by_squares(
    op: RmsNormOp | L2NormalizeOp,
    kernel: KernelBuilder,
    axes: Collection[int],
    scale_of: Callable[[Scalar], Scalar],
    weight: Callable[[Point, Sequence[Index]], Scalar] | None,
) -> None:
    """Append the nests that scale each slice by what its sum of squares gives."""
    with slices(kernel, shape_of(op.data.type), axes) as each:

        def squared(point: Point) -> Scalar:
            x = point.read(op.data, each.at(point))
            return x * x

        scale = each.reduce("scale", dtype_of(op.data.type), Reduction.ADD, squared, scale_of)
        with each.elements() as point:
            at = each.at(point)
            normal = point.read(op.data, at) * scale.at(point)
            point.store(op.output, at, normal if weight is None else normal * weight(point, at))


def _inverse_root(x: Scalar) -> Scalar:
    return 1.0 / x.apply(math.SqrtOp)

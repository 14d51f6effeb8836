"""What computes the ops of scatter.py: a copy of the data, then updates one after the other.

Where an update goes is known only when it is read, so that the loops over updates that may meet
are serial, in row-major order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..tl.index import Index
from .gather_compute import along_axis, named_places
from .kernel_builder import KernelBuilder, Point, Scratch
from .scalar import Scalar, computed
from .types import dtype_of, shape_of

if TYPE_CHECKING:
    from .scatter import ScatterElementsOp, ScatterNdOp

Places = Callable[[Point, Sequence[Index]], Sequence[Index]]
"""The place that an update at an index goes to."""


def scatter_elements(op: ScatterElementsOp, kernel: KernelBuilder) -> None:
    """Append the nests of a scatter along an axis."""
    shape = shape_of(op.data.type)
    axis = op.axis.value.data % len(shape)

    def places(point: Point, at: Sequence[Index]) -> Sequence[Index]:
        return along_axis(point, op.indices, at, axis, shape[axis])

    _scatter(op, kernel, places, op.reduction.data)


def scatter_nd(op: ScatterNdOp, kernel: KernelBuilder) -> None:
    """Append the nests of a scatter to index tuples."""
    depth, *outer = shape_of(op.indices.type)
    extents = shape_of(op.data.type)[:depth]

    def places(point: Point, at: Sequence[Index]) -> Sequence[Index]:
        named = named_places(point, op.indices, at[: len(outer)], extents)
        return [*named, *at[len(outer) :]]

    _scatter(op, kernel, places, op.mode.data)


def _scatter(
    op: ScatterElementsOp | ScatterNdOp, kernel: KernelBuilder, places: Places, reduction: str
) -> None:
    shape, updates = shape_of(op.data.type), shape_of(op.updates.type)
    if 0 in shape:
        return
    sums = _sums(op, kernel, reduction)
    if sums is None:
        kernel.keep(op.output)
    with kernel.points(shape) as (point, at):
        old = point.read(op.data, at)
        if sums is None:
            point.store(op.output, at, old)
        else:
            point.put(old, sums, at)
    if 0 not in updates:
        with kernel.points(updates) as (point, at):
            place, update = places(point, at), point.read(op.updates, at)
            if sums is None:
                old = None if reduction == "update" else point.read(op.output, place)
                point.store(op.output, place, _reduced(reduction, old, update))
            else:
                old = point.load(sums, place)
                point.put(_reduced(reduction, old, update), sums, place)
    if sums is not None:
        with kernel.points(shape) as (point, at):
            point.store(op.output, at, point.load(sums, at))


def _sums(
    op: ScatterElementsOp | ScatterNdOp, kernel: KernelBuilder, reduction: str
) -> Scratch | None:
    """Memory for sums or products that are rounded only when all are done; None if not needed."""
    dtype = dtype_of(op.output.type)
    if reduction not in ("add", "mul") or computed(dtype) == dtype:
        return None
    return kernel.scratch(dtype, shape_of(op.output.type), "sums")


_COMBINE: Mapping[str, Callable[[Scalar, Scalar], Scalar]] = {
    "add": lambda old, update: old | update if old.dtype == "i1" else old + update,
    "mul": lambda old, update: old * update,
    "min": lambda old, update: old.min(update),
    "max": lambda old, update: old.max(update),
}


def _reduced(reduction: str, old: Scalar | None, update: Scalar) -> Scalar:
    """What is written where ``old`` was; None stands for what does not matter."""
    return update if old is None else _COMBINE[reduction](old, update)

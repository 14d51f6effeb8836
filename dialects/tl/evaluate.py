"""The meaning of kernels, in numpy: what compiled code is compared with.

A nest is evaluated as it is defined, whatever its schedule: its points in axis order, all spatial
points at once where their stores are shown to write different places. ``scheduled=True`` follows
the schedule instead, point by point, with a partial result for every lane and chain: what the
compiled code does, up to the order in which partial results are combined.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import cast

import numpy as np
from xdsl.dialects import memref
from xdsl.dialects.builtin import DYNAMIC_INDEX
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import AffineExpr

from .access import AccessOp, LoadOp, StoreOp
from .attributes import Reduction
from .footprint import meet_elsewhere, undetermined_axes
from .kernel import KernelOp
from .linear import LinearOp
from .loops import AllocOp, ForOp
from .nest import Axis, NestOp, YieldOp
from .scalars import Array, EvaluationError, combine, dtype_of, evaluate_scalar, identity
from .syntax import as_memref
from .walk import walk_visits

Values = dict[SSAValue, Array]
"""Buffers and scalars; inside a nest, scalars of all points at once, broadcast over its axes."""


def evaluate_kernel(
    kernel: KernelOp, buffers: Sequence[Array] | Mapping[str, Array], *, scheduled: bool = False
) -> bool:
    """Run a kernel on its buffers, in place.

    Args:
        kernel: a legal kernel.
        buffers: an array for each of its arguments: in order, or by their names in text. Their
            shapes are those of the types, strides aside.
        scheduled: visit points as the schedules say.

    Returns:
        Whether all `checked` indices were in bounds.

    Raises:
        EvaluationError: when an array does not fit, an op has no rule, or an access without
            `else` leaves its buffer.
    """
    arrays = (
        [buffers[argument.name_hint or ""] for argument in kernel.args]
        if isinstance(buffers, Mapping)
        else list(buffers)
    )
    if len(arrays) != len(kernel.args):
        raise EvaluationError(
            f"@{kernel.sym_name.data}: found {len(arrays)} buffers, expected {len(kernel.args)}"
        )
    for argument, array in zip(kernel.args, arrays, strict=True):
        _check_fits(argument, array)
    run = _Run(scheduled)
    run.ops(kernel.block.ops, dict(zip(kernel.args, arrays, strict=True)))
    return run.in_bounds


def _check_fits(argument: SSAValue, array: Array) -> None:
    type_ = as_memref(argument.type)
    shape = type_.get_shape()
    fits = len(shape) == array.ndim and all(
        want in (DYNAMIC_INDEX, have) for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits or array.dtype != dtype_of(type_.element_type):
        raise EvaluationError(
            f"buffer %{argument.name_hint}: found {array.dtype} {array.shape}, expected {type_}"
        )


@dataclass
class _Run:
    """One evaluation."""

    scheduled: bool
    in_bounds: bool = True
    parallel: dict[NestOp, bool] = field(default_factory=dict[NestOp, bool])
    """Whether the spatial points of a nest may be run at once; found once for each."""

    def ops(self, ops: Iterable[Operation], values: Values) -> None:
        """Run the ops of a kernel's or a loop's body."""
        for op in ops:
            match op:
                case ForOp():
                    self.loop(op, values)
                case NestOp():
                    self.nest(op, values)
                case AllocOp():
                    values[op.memref] = _scratch(op, values)
                case memref.DimOp():
                    extent = values[op.source].shape[int(values[op.index])]
                    values[op.result] = np.array(extent)
                case memref.CollapseShapeOp():
                    shape = as_memref(op.result.type).get_shape()
                    values[op.result] = values[op.src].reshape(shape, copy=False)
                case _:
                    operands = [values[operand] for operand in op.operands]
                    values[op.results[0]] = evaluate_scalar(op, operands)

    def loop(self, loop: ForOp, values: Values) -> None:
        """Run the body of a `tl.for` for each piece."""
        for segment in loop.entry.segments(_extent(loop.extent, values)):
            for start in segment.starts:
                piece = {loop.index: np.array(start), loop.length: np.array(segment.size)}
                self.ops(loop.block.ops, values | piece)

    def nest(self, nest: NestOp, values: Values) -> None:
        """Run a nest over all of its points."""
        extents = {axis.name: _extent(axis.extent, values) for axis in nest.axes}
        if self.scheduled:
            self.visit_in_order(nest, values, extents)
            return
        spatial = [extents[axis.name] for axis in nest.spatial]
        if nest not in self.parallel:
            self.parallel[nest] = _is_parallel(nest)
        if self.parallel[nest]:
            grids = [_open_grid(spatial)]
        else:
            grids = [tuple(map(np.array, point)) for point in product(*map(range, spatial))]
        for grid in grids:
            self.points(nest, values, grid, extents)

    def points(
        self, nest: NestOp, values: Values, grid: tuple[Array, ...], extents: Mapping[str, int]
    ) -> None:
        """Run a nest over the spatial points ``grid``, all at once."""
        shape = np.broadcast_shapes(*(part.shape for part in grid))
        accumulators = self.start(nest, values, grid, shape)
        if nest.update.blocks:
            ranges = (range(extents[axis.name]) for axis in nest.reduction)
            for point in product(*ranges):
                indices = (*grid, *map(np.array, point))
                accumulators = self.update(nest, values, indices, accumulators, shape)
        self.finish(nest, values, grid, accumulators, shape)

    def visit_in_order(self, nest: NestOp, values: Values, extents: Mapping[str, int]) -> None:
        """Run a nest in scheduled order, with a partial result for each lane and chain."""
        partial: dict[tuple[int, ...], dict[tuple[int, ...], list[Array]]] = {}
        count = len(nest.spatial)
        for point, part in walk_visits(nest.schedule, extents):
            indices = tuple(np.array(point[axis.name]) for axis in nest.axes)
            spatial = tuple(point[axis.name] for axis in nest.spatial)
            parts = partial.setdefault(spatial, {})
            if part not in parts:
                first = not parts
                parts[part] = self.start(nest, values, indices[:count], (), first=first)
            if nest.update.blocks:
                parts[part] = self.update(nest, values, indices, parts[part], ())
        for spatial in product(*(range(extents[axis.name]) for axis in nest.spatial)):
            grid = tuple(map(np.array, spatial))
            parts = partial.get(spatial) or {(): self.start(nest, values, grid, ())}
            first, *others = parts.values()
            for other in others:
                first = self.combine(nest, values, first, other)
            self.finish(nest, values, grid, first, ())

    def start(
        self,
        nest: NestOp,
        values: Values,
        grid: tuple[Array, ...],
        shape: tuple[int, ...],
        *,
        first: bool = True,
    ) -> list[Array]:
        """The accumulators before any update: those of `init` in the first partial result."""
        custom = any(acc.kind is Reduction.CUSTOM for acc in nest.accumulators)
        starts: Sequence[Array]
        if nest.init.blocks and (first or custom):
            starts = self.region(nest.init.block, values, grid, shape).yielded
        else:
            starts = [identity(acc.kind, acc.type) for acc in nest.accumulators]
        if custom and not first:
            starts = [
                start if acc.kind is Reduction.CUSTOM else identity(acc.kind, acc.type)
                for acc, start in zip(nest.accumulators, starts, strict=True)
            ]
        return [np.broadcast_to(start, shape) for start in starts]

    def update(
        self,
        nest: NestOp,
        values: Values,
        indices: tuple[Array, ...],
        accumulators: Sequence[Array],
        shape: tuple[int, ...],
    ) -> list[Array]:
        """The accumulators after one point; unchanged where a load says `else skip`."""
        region = self.region(nest.update.block, values, (*indices, *accumulators), shape)
        return [
            np.where(region.kept, new, old)
            for new, old in zip(region.yielded, accumulators, strict=True)
        ]

    def combine(
        self, nest: NestOp, values: Values, a: Sequence[Array], b: Sequence[Array]
    ) -> list[Array]:
        """Two sets of partial results as one."""
        custom: Sequence[Array] = a
        if nest.combine.blocks:
            custom = self.region(nest.combine.block, values, (*a, *b), ()).yielded
        return [
            own if acc.kind is Reduction.CUSTOM else combine(acc.kind, left, right)
            for acc, own, left, right in zip(nest.accumulators, custom, a, b, strict=True)
        ]

    def finish(
        self,
        nest: NestOp,
        values: Values,
        grid: tuple[Array, ...],
        accumulators: Sequence[Array],
        shape: tuple[int, ...],
    ) -> None:
        """Store the results."""
        if nest.finish.blocks:
            self.region(nest.finish.block, values, (*grid, *accumulators), shape)

    def region(
        self, block: Block, values: Values, arguments: Sequence[Array], shape: tuple[int, ...]
    ) -> _Region:
        """Run a region's block over points of the given shape."""
        inner = values | dict(zip(block.args, arguments, strict=True))
        region = _Region(inner, shape)
        for op in block.ops:
            match op:
                case LoadOp():
                    self.in_bounds &= region.load(op)
                case StoreOp():
                    region.pending.append(op)
                case LinearOp():
                    region.linear(op)
                case YieldOp():
                    region.yielded = [inner[value] for value in op.arguments]
                case _:
                    operands = [inner[operand] for operand in op.operands]
                    inner[op.results[0]] = evaluate_scalar(op, operands)
        self.in_bounds &= region.flush()
        return region


@dataclass
class _Region:
    """A region's values at points of one shape; stores wait until all skips are known."""

    values: Values
    shape: tuple[int, ...]
    kept: Array = field(default_factory=lambda: np.array(True))
    yielded: Sequence[Array] = ()
    pending: list[StoreOp] = field(default_factory=list[StoreOp])

    def load(self, op: LoadOp) -> bool:
        """Run a load; returns whether checked indices were in bounds."""
        if any(store.buffer is op.buffer for store in self.pending):
            self.flush()
        in_bounds = True
        for place, result in zip(op.span or range(1), op.loaded, strict=True):
            indices, inside = self.indices(op, place)
            loaded = self.values[op.buffer][indices]
            if op.otherwise is not None:
                loaded = np.where(inside, loaded, np.array(op.otherwise.value.data, loaded.dtype))
            elif op.skip is not None:
                self.kept = self.kept & inside
            else:
                in_bounds &= self.require(op, inside)
            self.values[result] = np.asarray(loaded)
        return in_bounds

    def flush(self) -> bool:
        """Run the stores that wait; returns whether checked indices were in bounds."""
        in_bounds = True
        for op in self.pending:
            for place, value in zip(op.span or range(1), op.stored, strict=True):
                indices, inside = self.indices(op, place)
                written = self.kept
                if op.skip is not None:
                    written = written & inside
                else:
                    in_bounds &= self.require(op, inside | ~self.kept)
                mask = np.broadcast_to(written, self.shape)
                where = tuple(np.broadcast_to(index, self.shape)[mask] for index in indices)
                stored = np.broadcast_to(self.values[value], self.shape)[mask]
                if where:
                    self.values[op.buffer][where] = stored
                elif stored.size:
                    self.values[op.buffer][()] = stored[-1]
        self.pending.clear()
        return in_bounds

    def indices(self, op: AccessOp, place: int) -> tuple[tuple[Array, ...], Array]:
        """The indices of an access, moved into the buffer, and whether they were inside."""
        dims = [self.values[operand] for operand in op.index_operands]
        inside = np.array(True)
        moved: list[Array] = []
        for expr, extent in zip(op.exprs, self.values[op.memory].shape, strict=True):
            index = _at(expr, dims, place)
            inside = inside & (index >= 0) & (index < extent)
            if extent == 0:
                raise EvaluationError(f"{op.name}: %{op.memory.name_hint} has no elements")
            moved.append(np.clip(index, 0, extent - 1))
        return tuple(moved), inside

    def require(self, op: AccessOp, inside: Array) -> bool:
        """Whether an access stayed inside; if not, it must be checked."""
        if bool(np.all(inside)):
            return True
        if op.checked is None:
            raise EvaluationError(f"{op.name}: an index of %{op.memory.name_hint} is outside")
        return False

    def linear(self, op: LinearOp) -> None:
        """Run a product with a constant matrix, exactly up to the last rounding."""
        inputs = [np.asarray(self.values[value], np.float64) for value in op.inputs]
        for row, result in zip(op.matrix.data, op.outputs, strict=True):
            total = sum((float(c) * x for c, x in zip(row, inputs, strict=True)), np.zeros(()))
            self.values[result] = np.asarray(total).astype(dtype_of(result.type))


def _at(expr: AffineExpr, dims: Sequence[Array], place: int) -> Array:
    """An index at points; xDSL's evaluation of expressions works on arrays as on integers."""
    return np.asarray(expr.eval(cast("Sequence[int]", dims), [place]))


def _open_grid(extents: Sequence[int]) -> tuple[Array, ...]:
    """The indices of each axis, along that axis of the box ``extents``."""
    rank = len(extents)
    return tuple(
        np.arange(extent).reshape([-1 if other == axis else 1 for other in range(rank)])
        for axis, extent in enumerate(extents)
    )


def _extent(extent: int | SSAValue, values: Values) -> int:
    return extent if isinstance(extent, int) else int(values[extent])


def _scratch(op: AllocOp, values: Values) -> Array:
    """Scratch full of what is easily seen when read before it is written."""
    sizes = iter(op.sizes)
    shape = [
        int(values[next(sizes)]) if extent == DYNAMIC_INDEX else extent
        for extent in op.type.get_shape()
    ]
    dtype = dtype_of(op.type.element_type)
    poison = np.iinfo(dtype).max if dtype.kind == "i" else True if dtype.kind == "b" else np.nan
    return np.full(shape, poison).astype(dtype)


def _is_parallel(nest: NestOp) -> bool:
    """Whether no spatial point writes where another one does."""
    axes: Sequence[Axis] = nest.spatial
    stores = [op for block in nest.blocks for op in block.ops if isinstance(op, StoreOp)]
    return not any(undetermined_axes(nest, store, axes) for store in stores) and not any(
        meet_elsewhere(nest, a, b) for a, b in combinations(stores, 2)
    )

"""How many floating-point operations a kernel does, counted from its nests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np
from xdsl.dialects import memref
from xdsl.dialects.builtin import AnyFloat, IndexType
from xdsl.ir import Block, Operation, SSAValue

from .access import AccessOp
from .kernel import KernelOp
from .linear import LinearOp
from .loops import AllocOp, ForOp
from .nest import NestOp
from .scalars import evaluate_scalar
from .schedule import ScheduleError
from .syntax import as_memref

Flops = Mapping[int, int]
"""Operations by the bits of what they are done on, at least 32: smaller floats are computed so."""

_FMA = 2
# What gives a float without being an operation on floats; everything else counts once.
_UNCOUNTED = frozenset(
    f"arith.{name}"
    for name in ("constant", "select", "bitcast", "extf", "truncf", "sitofp", "uitofp")
)
_LEAST_BITS = 32


def count_flops(kernel: KernelOp, shapes: Sequence[Sequence[int]]) -> Flops | None:
    """The operations of a call on buffers of these shapes; None where a nest does not tell.

    Every point counts, those too that a guard skips; a fused multiply-add is two operations. A
    product with a constant matrix is what it takes without common parts.
    """
    count = _Count(dict(zip(kernel.args, map(tuple, shapes), strict=True)))
    try:
        count.ops(kernel.block.ops, {}, 1)
    except _UnknownError:
        return None
    return count.flops


class _UnknownError(Exception):
    """An op says nothing of how often it runs what."""


Values = Mapping[SSAValue, int]
"""Indices that are known."""


@dataclass
class _Count:
    """The count so far, and the shapes of buffers."""

    shapes: dict[SSAValue, tuple[int, ...]]
    flops: Counter[int] = field(default_factory=Counter[int])

    def ops(self, ops: Iterable[Operation], values: Values, times: int) -> None:
        """Count the ops of a kernel's or a loop's body, which runs so often."""
        values = dict(values)
        for op in ops:
            match op:
                case ForOp():
                    self.loop(op, values, times)
                case NestOp():
                    self.nest(op, values, times)
                case AllocOp():
                    sizes = iter(op.sizes)
                    self.shapes[op.memref] = tuple(
                        extent if extent >= 0 else _extent(next(sizes), values)
                        for extent in op.type.get_shape()
                    )
                case memref.DimOp() if op.source in self.shapes:
                    values[op.result] = self.shapes[op.source][_extent(op.index, values)]
                case memref.CollapseShapeOp():
                    self.shapes[op.result] = as_memref(op.result.type).get_shape()
                case _:
                    self.scalar(op, values)

    def scalar(self, op: Operation, values: dict[SSAValue, int]) -> None:
        """Compute an index."""
        if op.regions or len(op.results) != 1:
            raise _UnknownError
        is_index = isinstance(op.results[0].type, IndexType)
        if is_index and all(operand in values for operand in op.operands):
            operands = [np.array(values[operand]) for operand in op.operands]
            values[op.results[0]] = int(evaluate_scalar(op, operands))

    def loop(self, loop: ForOp, values: Values, times: int) -> None:
        """Count a body for all pieces at once where only their length matters."""
        same = all(isinstance(use.operation, AccessOp) for use in loop.index.uses)
        try:
            segments = loop.entry.segments(_extent(loop.extent, values))
        except ScheduleError as error:  # the code takes such of the pieces as fit
            raise _UnknownError from error
        for segment in segments:
            starts = list(segment.starts)
            repeated = len(starts) if same else 1
            for start in starts[:1] if same else starts:
                piece = {loop.index: start, loop.length: segment.size}
                self.ops(loop.block.ops, {**values, **piece}, times * repeated)

    def nest(self, nest: NestOp, values: Values, times: int) -> None:
        """Count a nest."""
        spatial = times * prod(_extent(axis.extent, values) for axis in nest.spatial)
        points = spatial * prod(_extent(axis.extent, values) for axis in nest.reduction)
        for block in nest.blocks:
            if block.parent is not nest.combine:
                self.block(block, points if block.parent is nest.update else spatial)

    def block(self, block: Block, times: int) -> None:
        """Count a region's block."""
        for op in block.ops:
            if op.regions:
                raise _UnknownError
            if isinstance(op, LinearOp):
                self.add(op.outputs[0], _matrix_operations(op) * times)
            elif op.dialect_name() in ("arith", "math") and op.name not in _UNCOUNTED:
                self.add(op.results[0], (_FMA if op.name == "math.fma" else 1) * times)

    def add(self, result: SSAValue, count: int) -> None:
        """Count operations with such a result, if it is a float."""
        if isinstance(result.type, AnyFloat) and count:
            self.flops[max(result.type.bitwidth, _LEAST_BITS)] += count


def _extent(extent: int | SSAValue, values: Values) -> int:
    if isinstance(extent, int):
        return extent
    if extent not in values:
        raise _UnknownError
    return values[extent]


def _matrix_operations(op: LinearOp) -> int:
    """A multiplication for each coefficient but 0, 1 and -1, and the sum of each row."""
    total = 0
    for row in op.matrix.data:
        coefficients = [coefficient for coefficient in row if coefficient]
        total += sum(abs(coefficient) != 1 for coefficient in coefficients)
        total += max(0, len(coefficients) - 1)
    return total

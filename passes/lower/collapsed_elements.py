"""Nests of elementwise ops with as few axes as their shapes allow.

Neighbouring dimensions are one axis where every operand either spans all of them or is stretched
along all of them: `[2, 3, 4] + [4]` has the axes 6 and 4, and with an operand of one shape there is
but one axis, however short the innermost dimension. The buffers are seen through
`memref.collapse_shape`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod

from xdsl.dialects import memref
from xdsl.dialects.builtin import ArrayAttr, IntegerAttr, MemRefType, i64
from xdsl.ir import Operation, SSAValue

from ...dialects.relay.compute import Elementwise
from ...dialects.relay.kernel_builder import KernelBuilder, Point, Scratch, axis_name
from ...dialects.relay.scalar import STORED, Scalar
from ...dialects.relay.types import Shape, dtype_of, shape_of
from ...dialects.tl.index import Index
from ...dialects.tl.syntax import as_memref


def write_elements(kernel: KernelBuilder, values: Sequence[SSAValue]) -> None:
    """Append a nest that computes pointwise values of one shape into their buffers."""
    shape = shape_of(values[0].type)
    leaves = list(dict.fromkeys(leaf for value in values for leaf in _leaves(kernel, value)))
    groups = _groups(shape, [shape_of(leaf.type) for leaf in leaves if leaf is not None])
    if None in leaves or len(groups) == len(shape) or set(shape) & set(kernel.symbols):
        kernel.elements(values)
        return
    collapsed = _Collapsed(kernel, shape, groups)
    collapsed.write(values)


def _leaves(kernel: KernelBuilder, value: SSAValue) -> Iterator[SSAValue | None]:
    """The values in memory that elementwise ops compute a value from; None for any others."""
    op = value.owner
    compute = kernel.definitions(op) if isinstance(op, Operation) else None
    if not isinstance(op, Operation) or not isinstance(compute, Elementwise):
        yield None
        return
    for operand in op.operands:
        if operand in kernel.buffers:
            yield operand
        else:
            yield from _leaves(kernel, operand)


def _groups(shape: Shape, operands: Sequence[Shape]) -> list[list[int]]:
    """The dimensions that are one axis, in order; those of extent 1 go with any other."""
    groups: list[list[int]] = []
    last: tuple[bool, ...] | None = None
    for dimension, extent in enumerate(shape):
        spans = tuple(_spans(operand, dimension - len(shape), extent) for operand in operands)
        if groups and (extent == 1 or last is None or spans == last):
            groups[-1].append(dimension)
        else:
            groups.append([dimension])
        last = last if extent == 1 else spans
    return groups


def _spans(operand: Shape, axis: int, extent: int) -> bool:
    """Whether an operand has a dimension, counted from the right, in full."""
    return -axis <= len(operand) and operand[axis] == extent


@dataclass
class _Collapsed:
    """Writes one nest; ``groups`` are the dimensions of ``shape`` that are one axis."""

    kernel: KernelBuilder
    shape: Shape
    groups: Sequence[Sequence[int]]
    views: dict[SSAValue, Scratch] = field(default_factory=dict[SSAValue, Scratch])

    def write(self, values: Sequence[SSAValue]) -> None:
        """Append the views, then the nest."""
        inputs = [leaf for value in values for leaf in _leaves(self.kernel, value) if leaf]
        self.views = {value: self._view(value) for value in (*inputs, *values)}
        extents = [prod(self.shape[at] for at in group) for group in self.groups]
        axes = {axis_name(at): extent for at, extent in enumerate(extents)}
        with self.kernel.nest(axes).finish() as point:
            at = [point[name] for name in axes]
            elements: dict[SSAValue, Scalar] = {}
            for value in values:
                point.put(self._computed(value, point, at, elements), self.views[value], at)

    def _view(self, value: SSAValue) -> Scratch:
        """A value's memory with a dimension for each axis."""
        shape = shape_of(value.type)
        missing = len(self.shape) - len(shape)
        own = [[at - missing for at in group if at >= missing] for group in self.groups]
        own = [group for group in own if group]
        memory = self.kernel.buffers[value]
        if len(own) != len(shape):
            collapse = memref.CollapseShapeOp.create(
                operands=[memory],
                properties={
                    "reassociation": ArrayAttr(
                        ArrayAttr(IntegerAttr(at, i64) for at in group) for group in own
                    )
                },
                result_types=[
                    MemRefType(
                        STORED[dtype_of(value.type)],
                        [prod(shape[at] for at in group) for group in own],
                    )
                ],
            )
            collapse.result.name_hint = memory.name_hint
            self.kernel.block.add_op(collapse)
            memory = collapse.result
        return Scratch(memory, dtype_of(value.type))

    def _element(
        self, value: SSAValue, point: Point, at: Sequence[Index], known: dict[SSAValue, Scalar]
    ) -> Scalar:
        if value not in known:
            if value in self.views and value in self.kernel.buffers:
                view = self.views[value]
                rank = as_memref(view.memory.type).get_num_dims()
                known[value] = point.load(view, at[len(at) - rank :])
            else:
                known[value] = self._computed(value, point, at, known)
        return known[value]

    def _computed(
        self, value: SSAValue, point: Point, at: Sequence[Index], known: dict[SSAValue, Scalar]
    ) -> Scalar:
        op = value.owner
        assert isinstance(op, Operation), "a leaf is in memory"
        compute = self.kernel.definitions(op)
        assert isinstance(compute, Elementwise), "as all that the nest computes"
        elements = [self._element(operand, point, at, known) for operand in op.operands]
        known[value] = compute.function(op, point, *elements)
        return known[value]

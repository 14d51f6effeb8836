"""Writes every primitive function as a tl kernel of the same name.

The kernel's buffers are the function's parameters, then its results. Ops whose row computes them
in nests write theirs in order; what is elementwise behind one is computed in its `finish`, and all
other pointwise ops where their elements are read. Only what must lie in memory does: results, and
operands of nests that depend on other nests.

Before:

    relay.func private @fused_add_nn_relu(%p0: tensor<8x7xf32>, %p1: tensor<7xf32>)
        -> tensor<8x7xf32> attributes {primitive} {
      %0 = relay.add %p0, %p1 : (tensor<8x7xf32>, tensor<7xf32>) -> tensor<8x7xf32>
      %1 = relay.nn.relu %0 : (tensor<8x7xf32>) -> tensor<8x7xf32>
      relay.return %1 : tensor<8x7xf32>
    }

After:

    tl.kernel @fused_add_nn_relu(%p0: memref<8x7xf32>, %p1: memref<7xf32>,
                                 %y0: memref<8x7xf32> out) {
      tl.nest (%i = 8, %j = 7) schedule [i, j] finish {
        %0 = tl.load %p0[%i, %j]
        %1 = tl.load %p1[%j]
        %2 = arith.addf %0, %1 : f32
        %3 = arith.constant 0.0 : f32
        %4 = arith.maximumf %2, %3 : f32
        tl.store %4, %y0[%i, %j]
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import VerifyException

from ...dialects.relay.base import RelayOp, rows
from ...dialects.relay.compute import ByProperties, Compute, Elementwise, KernelBuilder, Nests
from ...dialects.relay.module import FuncOp
from ...dialects.relay.scalar import memory_type
from ...dialects.relay.tuple import forward_fields
from ...dialects.relay.types import DYNAMIC, dtype_of, is_tensor, shape_of, tensor
from ...dialects.tl.attributes import Buffer, Direction
from ...dialects.tl.kernel import KernelOp
from .collapsed_elements import write_elements
from .symbolic_shapes import STARTS, has_symbols, with_symbols


@dataclass(frozen=True)
class RelayToTl(ModulePass):
    """Write primitive functions as tl kernels."""

    name = "relay-to-tl"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in [each for each in op.ops if isinstance(each, FuncOp)]:
            if function.is_primitive:
                op.body.block.insert_op_before(lower_function(function), function)
                function.detach()
                function.erase()


def lower_function(function: FuncOp) -> KernelOp:
    """The kernel that computes a function, from which tuples are removed.

    Raises:
        VerifyException: for an op that no kernel computes, or a parameter or result that is not a
            tensor, or where run-time extents are computed with in a way that is not supported.
    """
    forward_fields(function.block)
    if not has_symbols(function):
        return _write_kernel(function, {})
    kernels = [_write_kernel(*with_symbols(function, start)) for start in STARTS]
    if not kernels[0].is_structurally_equivalent(kernels[1]):
        raise VerifyException(
            f"{function.name}: @{function.sym_name.data} computes with an extent that is known "
            "only at run time, expected it to be that of a parameter or result"
        )
    return kernels[0]


def _write_kernel(function: FuncOp, symbols: Mapping[int, str]) -> KernelOp:
    results = function.return_op.operands
    values: list[SSAValue] = [*function.args, *results]
    names = [argument.name_hint or f"p{at}" for at, argument in enumerate(function.args)]
    directions = [Direction.IN] * len(names) + [Direction.OUT] * len(results)
    for value in values:
        if not is_tensor(value.type):
            raise VerifyException(
                f"{function.name}: @{function.sym_name.data} has a parameter or result of type "
                f"{value.type}, expected a tensor"
            )
    kernel = KernelOp.of(
        function.sym_name.data,
        [_memory(value, symbols) for value in values],
        [
            Buffer(direction, sizes=_sizes(value, symbols))
            for value, direction in zip(values, directions, strict=True)
        ],
        [*names, *(f"y{at}" for at in range(len(results)))],
    )
    builder = KernelBuilder(kernel, definition, symbols=symbols)
    copies: list[tuple[SSAValue, SSAValue]] = []
    for value, buffer in zip(values, kernel.args, strict=True):
        if builder.buffers.setdefault(value, buffer) is not buffer:
            copies.append((value, buffer))
    _Writer(function, builder).write()
    for value, buffer in copies:
        builder.copy(value, buffer)
    return kernel


def _memory(value: SSAValue, symbols: Mapping[int, str]) -> MemRefType[Attribute]:
    """The type of a buffer for a value, with `?` for the numbers that stand for one."""
    shape = [DYNAMIC if extent in symbols else extent for extent in shape_of(value.type)]
    return memory_type(tensor(dtype_of(value.type), shape))


def _sizes(value: SSAValue, symbols: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(symbols[extent] for extent in shape_of(value.type) if extent in symbols)


def definition(op: Operation) -> Compute[Operation]:
    """What computes an op.

    Raises:
        VerifyException: when nothing does.
    """
    compute = rows(op).compute if isinstance(op, RelayOp) else None
    if isinstance(compute, ByProperties):
        compute = cast("ByProperties[Operation]", compute).choose(op)
    if compute is None:
        raise VerifyException(f"{op.name}: no kernel computes it")
    return cast("Compute[Operation]", compute)


@dataclass
class _Writer:
    """Writes the ops of a function into a kernel, nests in program order."""

    function: FuncOp
    builder: KernelBuilder
    anchors: list[Operation] = field(init=False)
    # After which anchor, by its number, a value lies in memory.
    ready: dict[SSAValue, int] = field(default_factory=dict[SSAValue, int])

    def __post_init__(self) -> None:
        *ops, _ = self.function.block.ops
        self.anchors = [op for op in ops if isinstance(definition(op), Nests)]
        self.number = {op: at for at, op in enumerate(self.anchors)}
        self.dependent: set[SSAValue] = set()
        for op in ops:
            if op in self.number or any(operand in self.dependent for operand in op.operands):
                self.dependent.update(op.results)

    def write(self) -> None:
        """Write all nests."""
        results = list(dict.fromkeys(self.function.return_op.operands))
        alone: dict[int, list[SSAValue]] = {}
        for at, anchor in enumerate(self.anchors):
            for value in anchor.operands:
                if value in self.dependent and value not in self.ready:
                    self._place(value, at, alone)
        for value in results:
            if isinstance(value.owner, Operation) and value not in self.ready:
                self._place(value, len(self.anchors), alone)
        for at, anchor in enumerate(self.anchors):
            self._write_alone(alone.get(at, ()))
            nests = definition(anchor)
            assert isinstance(nests, Nests), "an anchor"
            if not all(0 in shape_of(result.type) for result in anchor.results):
                nests.write(anchor, self.builder)
        self._write_alone(alone.get(len(self.anchors), ()))

    def _place(self, value: SSAValue, before: int, alone: dict[int, list[SSAValue]]) -> None:
        """Decide where a value that must lie in memory before an anchor is computed."""
        self.builder.keep(value)
        if (own := self._number(value)) is not None:
            self.ready[value] = own
            return
        anchor = max(self._anchors_at(value), default=None)
        leaves = None if anchor is None else self._leaves(value, self.anchors[anchor])
        if anchor is None or leaves is None:
            alone.setdefault(before, []).append(value)
            leaves = [leaf for leaf, _ in self._walk(value, None)]
            self.ready[value] = before
        else:
            root = next(r for r in self.anchors[anchor].results if self._is_at(value, r))
            self.builder.epilogues.setdefault(root, []).append(value)
            self.ready[value] = anchor
        for leaf in leaves:
            self.builder.keep(leaf)
            self.ready.setdefault(leaf, self._number(leaf) or 0)

    def _write_alone(self, values: Sequence[SSAValue]) -> None:
        """Write nests of their own for pointwise values: one for neighbours of one shape."""
        group: list[SSAValue] = []
        for value in values:
            if group and shape_of(group[0].type) != shape_of(value.type):
                write_elements(self.builder, group)
                group = []
            group.append(value)
        if group:
            write_elements(self.builder, group)

    def _number(self, value: SSAValue) -> int | None:
        """The number of the anchor that gives a value, if one does."""
        return self.number.get(value.owner) if isinstance(value.owner, Operation) else None

    # ------------------------------------------------------------ what a value is computed from

    def _anchors_at(self, value: SSAValue) -> set[int]:
        """The anchors whose results elementwise ops turn into the value, index by index."""
        if (own := self._number(value)) is not None:
            return {own}
        return {at for operand in _same_place(value) for at in self._anchors_at(operand)}

    def _is_at(self, value: SSAValue, root: SSAValue) -> bool:
        return value is root or any(self._is_at(v, root) for v in _same_place(value))

    def _leaves(self, value: SSAValue, anchor: Operation) -> list[SSAValue] | None:
        """The results of earlier anchors that a value also needs, computed in ``anchor``'s finish.

        None when it cannot be computed there: it needs later ones, or other places of its result.
        """
        leaves: list[SSAValue] = []
        for leaf, in_place in self._walk(value, anchor):
            at = self.ready.get(leaf, self._number(leaf) or 0)
            if leaf.owner is anchor or at == self.number[anchor]:
                if not in_place:
                    return None
            elif at > self.number[anchor]:
                return None
            elif leaf.owner in self.number:
                leaves.append(leaf)
        return leaves

    def _walk(
        self, value: SSAValue, anchor: Operation | None, in_place: bool = True
    ) -> Iterator[tuple[SSAValue, bool]]:
        """The values in memory that a value is computed from, and if at the same place."""
        op = value.owner
        assert isinstance(op, Operation), "parameters are not walked"
        same = set(_same_place(value))
        for operand in op.operands:
            if operand not in self.dependent:
                continue
            stays = in_place and operand in same
            if operand.owner in self.number or operand in self.ready:
                yield operand, stays
            else:
                yield from self._walk(operand, anchor, stays)


def _same_place(value: SSAValue) -> list[SSAValue]:
    """The operands of which a pointwise op reads the element at the index of the result's."""
    op = value.owner
    if not isinstance(op, RelayOp) or not isinstance(definition(op), Elementwise):
        return []
    shape = shape_of(value.type)
    return [
        operand
        for operand in op.operands
        if is_tensor(operand.type) and shape_of(operand.type) == shape
    ]

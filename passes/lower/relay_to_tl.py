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

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import MemRefType, ModuleOp
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import VerifyException

from ...dialects.relay.base import RelayOp, rows
from ...dialects.relay.compute import ByProperties, Compute, Elementwise, Nests
from ...dialects.relay.kernel_builder import KernelBuilder
from ...dialects.relay.module import FuncOp
from ...dialects.relay.scalar import memory_type
from ...dialects.relay.tuple import forward_fields
from ...dialects.relay.types import DYNAMIC, dtype_of, is_tensor, shape_of, tensor
from ...dialects.tl.attributes import Buffer, Direction
from ...dialects.tl.kernel import KernelOp
from ...dialects.tl.syntax import MOST_ELEMENTS
from .collapsed_elements import write_elements
from .symbolic_shapes import STARTS, has_symbols, with_symbols


class NoKernelError(VerifyException):
    """``op`` is no part of any kernel, or a function that cannot be one."""

    def __init__(self, op: Operation, message: str):
        self.op = op
        super().__init__(f"{op.name}: {message}")


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
        NoKernelError: for an op that no kernel computes, or a parameter or result that is not a
            tensor, or where run-time extents are computed with in a way that is not supported.
    """
    forward_fields(function.block)
    _require_addressable(function)
    if not has_symbols(function):
        return _write_kernel(function, {})
    kernels = [_write_kernel(*with_symbols(function, start)) for start in STARTS]
    if not kernels[0].is_structurally_equivalent(kernels[1]):
        raise NoKernelError(
            function,
            f"@{function.sym_name.data} computes with an extent that is known "
            "only at run time, expected it to be that of a parameter or result",
        )
    return kernels[0]


def _require_addressable(function: FuncOp) -> None:
    """Raise NoKernelError for a value that no memory holds: its kernel cannot be written."""
    results = [result for op in function.block.ops for result in op.results]
    for value in (*function.args, *results):
        extents = shape_of(value.type) if is_tensor(value.type) else ()
        if math.prod(extent for extent in extents if extent > 0) > MOST_ELEMENTS:
            raise NoKernelError(
                function,
                f"@{function.sym_name.data} computes with a {value.type}, "
                f"expected at most {MOST_ELEMENTS} elements",
            )


def _write_kernel(function: FuncOp, symbols: Mapping[int, str]) -> KernelOp:
    results = function.return_op.operands
    values: list[SSAValue] = [*function.args, *results]
    names = [argument.name_hint or f"p{at}" for at, argument in enumerate(function.args)]
    directions = [Direction.IN] * len(names) + [Direction.OUT] * len(results)
    for value in values:
        if not is_tensor(value.type):
            raise NoKernelError(
                function,
                f"@{function.sym_name.data} has a parameter or result of type "
                f"{value.type}, expected a tensor",
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
        NoKernelError: when nothing does.
    """
    compute = rows(op).compute if isinstance(op, RelayOp) else None
    if isinstance(compute, ByProperties):
        compute = cast("ByProperties[Operation]", compute).choose(op)
    if compute is None:
        raise NoKernelError(op, "no kernel computes it")
    return cast("Compute[Operation]", compute)


@dataclass
class _Writer:
    """Writes the ops of a function into a kernel, nests in program order.

    Anchors are the ops that nests compute. Time counts steps: at ``2*k + 1`` the nests of anchor k
    are written, at ``2*k``, just before, nests of pointwise values alone. ``ready`` says when a
    value that lies in memory is written.
    """

    function: FuncOp
    builder: KernelBuilder
    anchors: list[Operation] = field(init=False)
    ready: dict[SSAValue, int] = field(default_factory=dict[SSAValue, int])
    alone: dict[int, list[SSAValue]] = field(default_factory=dict[int, list[SSAValue]])

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
        for anchor in self.anchors:
            for value in anchor.operands:
                if value in self.dependent or value in self.builder.buffers:
                    self._place(value)
                else:
                    self._place_all(self._leaves(value))
        self._place_all(self.function.return_op.operands)
        for at, anchor in enumerate(self.anchors):
            self._write_alone(self.alone.get(2 * at, ()))
            nests = definition(anchor)
            assert isinstance(nests, Nests), "an anchor"
            if not all(0 in shape_of(result.type) for result in anchor.results):
                nests.write(anchor, self.builder)
        self._write_alone(self.alone.get(2 * len(self.anchors), ()))

    # ------------------------------------------------------------ placement

    def _place(self, value: SSAValue) -> None:
        """Decide when a value that must lie in memory is computed: as early as it can be."""
        if value in self.ready or not isinstance(value.owner, Operation):
            return
        time = self._time(value)
        if time is None:
            leaves = self._leaves(value)
            self._place_all(leaf for leaf in leaves if self._time(leaf) is None)
            time = self._place_pointwise(value, leaves)
        self.ready[value] = time
        self.builder.keep(value)

    def _place_all(self, values: Iterable[SSAValue]) -> None:
        for value in list(values):
            self._place(value)

    def _place_pointwise(self, value: SSAValue, leaves: Mapping[SSAValue, bool]) -> int:
        """Place a pointwise value that is computed from these; give the time."""
        times = {leaf: time for leaf in leaves if (time := self._time(leaf)) is not None}
        roots = {root: time for root in self._roots(value) if (time := self._time(root))}
        if roots:
            root = max(roots, key=lambda root: roots[root])
            there = {root, *self.builder.epilogues.get(root, ())}
            # In the anchor's finish, what is stored there is known at the same index alone.
            if all(
                times[leaf] < roots[root] or (in_place and leaf in there)
                for leaf, in_place in leaves.items()
            ):
                self._place_all(leaf for leaf in leaves if times[leaf] < roots[root])
                self.builder.epilogues.setdefault(root, []).append(value)
                return roots[root]
        self._place_all(leaves)
        # The even time that is not before any of them.
        time = max((time + time % 2 for time in times.values()), default=0)
        self.alone.setdefault(time, []).append(value)
        return time

    def _time(self, value: SSAValue) -> int | None:
        """When a value is computed; None where that is not decided."""
        if isinstance(value.owner, Operation) and value.owner in self.number:
            return 2 * self.number[value.owner] + 1
        return self.ready.get(value)

    # ------------------------------------------------------------ what a value is computed from

    def _roots(self, value: SSAValue) -> set[SSAValue]:
        """The anchors' results that elementwise ops turn into the value, index by index."""
        found: set[SSAValue] = set()
        pending = [value]
        seen: set[SSAValue] = set()
        while pending:
            current = pending.pop()
            if current in seen:
                continue
            seen.add(current)
            if current.owner in self.number:
                found.add(current)
            else:
                pending.extend(_same_place(current))
        return found

    def _leaves(self, value: SSAValue) -> dict[SSAValue, bool]:
        """The values in memory that a pointwise value is computed from.

        Each with whether it is read at the value's own index only. Parameters are left out.
        """
        found: dict[SSAValue, bool] = {}
        pending = [(value, True)]
        seen: set[tuple[SSAValue, bool]] = set()
        while pending:
            current, in_place = pending.pop()
            if (current, in_place) in seen or not isinstance(current.owner, Operation):
                continue
            seen.add((current, in_place))
            same = set(_same_place(current))
            for operand in current.owner.operands:
                stays = in_place and operand in same
                if not isinstance(operand.owner, Operation):
                    continue
                if operand in self.builder.buffers or operand.owner in self.number:
                    found[operand] = found.get(operand, True) and stays
                else:
                    pending.append((operand, stays))
        return found

    # ------------------------------------------------------------ nests of pointwise values

    def _write_alone(self, values: Sequence[SSAValue]) -> None:
        """Write nests for pointwise values: one for neighbours that can share it."""
        group: list[SSAValue] = []
        for value in values:
            if group and not self._joins(value, group):
                write_elements(self.builder, group)
                group = []
            group.append(value)
        if group:
            write_elements(self.builder, group)

    def _joins(self, value: SSAValue, group: Sequence[SSAValue]) -> bool:
        """Whether one nest can compute a value with others: element by element from them."""
        if shape_of(group[0].type) != shape_of(value.type):
            return False
        return all(in_place or leaf not in group for leaf, in_place in self._leaves(value).items())


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

"""tl-fuse-nests: let nests that follow each other share the loop over their first axis.

Before:

    tl.nest (%i = 8, %j = 64) schedule [i, j] finish {
      ...
      tl.store %x, %S[%i, %j]
    }
    tl.nest (%r = 8) reduce (%k = 64) acc (%a : f32 add) schedule [r, k] update {
      %s = tl.load %S[%r, %k]
      ...
    }

After:

    tl.for %i = 8 {
      tl.nest (%j = 64) schedule [j] finish {
        ...
        tl.store %x, %S[%i, %j]
      }
      tl.nest () reduce (%k = 64) acc (%a : f32 add) schedule [k] update {
        %s = tl.load %S[%i, %k]
        ...
      }
    }

The axes have one extent and are scheduled as a loop over points. Fusion is legal where no iteration
touches what another one writes, so that the loop might as well be parallel; it is, if all of the
loops that it replaces were. Without `phases`, all top-level neighbours are fused that can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import PassFailedException

from ...dialects.tl.footprint import conflict
from ...dialects.tl.kernel import KernelOp
from ...dialects.tl.loops import ForOp
from ...dialects.tl.nest import Axis, NestOp
from ...dialects.tl.schedule import Entry, LoopKind
from .entries import EditError, is_points
from .selection import kernels_in


def fuse_nests(nests: Sequence[NestOp]) -> ForOp:
    """Put neighbouring nests under one loop over their first spatial axis.

    Args:
        nests: two or more with nothing but ops without regions between them; erased.

    Raises:
        EditError: when they are no neighbours, have no such axis in common, it is divided by a
            schedule, or an iteration touches what another one writes. Nothing is changed then.
    """
    _check_neighbours(nests)
    axes = [_shared_axis(nest, nests[0]) for nest in nests]
    kinds = {
        nest.schedule[nest.schedule.indices(axis.name)[0]].kind
        for nest, axis in zip(nests, axes, strict=True)
    }
    kind = LoopKind.PARALLEL if kinds == {LoopKind.PARALLEL} else LoopKind.SERIAL
    loop = ForOp.of(axes[0].extent, Entry(axes[0].name, kind=kind))
    Rewriter.insert_op(loop, InsertPoint.before(nests[-1]))
    for nest, axis in zip(nests, axes, strict=True):
        loop.block.add_op(_without_axis(nest, axis, loop.index))
    if conflict(loop) is not None:
        Rewriter.erase_op(loop)
        names = ", ".join(axis.name for axis in axes)
        raise EditError(nests[0], f"iterations over axes {names} touch what others write")
    for nest in nests:
        Rewriter.erase_op(nest)
    return loop


def _check_neighbours(nests: Sequence[NestOp]) -> None:
    block = nests[0].parent_block()
    around = [] if block is None else [op for op in block.ops if op.regions]
    first = around.index(nests[0]) if nests[0] in around else 0
    if len(nests) < 2 or around[first : first + len(nests)] != list(nests):
        raise EditError(nests[0], f"{len(nests)} nests do not follow each other")


def _shared_axis(nest: NestOp, first: NestOp) -> Axis:
    """The first axis of a nest, if it can be the loop that stands for that of ``first``."""
    if not nest.spatial or not first.spatial:
        raise EditError(nest, "there is no spatial axis to share")
    axis, wanted = nest.spatial[0], first.spatial[0]
    if axis.extent != wanted.extent:
        raise EditError(nest, f"axes {wanted.name} and {axis.name} have different extents")
    entries = nest.schedule.of_axis(axis.name)
    if len(entries) != 1 or not is_points(entries[0]):
        raise EditError(nest, f"axis {axis.name} is divided in {nest.schedule}")
    return axis


def _without_axis(nest: NestOp, axis: Axis, index: SSAValue) -> NestOp:
    """A copy of a nest at one point of an axis: ``index``, outside."""
    position = nest.schedule.indices(axis.name)[0]
    copy = nest.clone()
    result = NestOp.of(
        {other.name: other.extent for other in nest.spatial if other != axis},
        {other.name: other.extent for other in nest.reduction},
        nest.accumulators,
        nest.schedule.replace(position),
    )
    result.attributes = dict(nest.attributes)
    for block in copy.blocks:
        argument = copy.arguments_of(block).get(axis.name)
        if argument is not None:
            argument.replace_all_uses_with(index)
            block.erase_arg(argument)
    for old, new in zip(copy.regions, result.regions, strict=True):
        old.move_blocks(new)
    return result


def fuse_neighbours(kernel: KernelOp) -> None:
    """Fuse the top-level nests of a kernel, from the first on as many as possible at a time."""
    phases = kernel.phases
    first = 0
    while first < len(phases):
        run = list(takewhile(lambda phase: isinstance(phase, NestOp), phases[first:]))
        first += _fuse_most([phase for phase in run if isinstance(phase, NestOp)])


def _fuse_most(nests: Sequence[NestOp]) -> int:
    """Fuse as many of the first nests as possible; returns how many phases are dealt with."""
    for count in range(len(nests), 1, -1):
        try:
            fuse_nests(nests[:count])
        except EditError:
            continue
        return count
    return 1


@dataclass(frozen=True, kw_only=True)
class TlFuseNests(ModulePass):
    """Let nests that follow each other share the loop over their first axis."""

    name = "tl-fuse-nests"

    kernel: str | None = field(
        default=None, metadata={"doc": "the kernel whose nests are fused; none: all kernels"}
    )
    phases: tuple[int, ...] = field(
        default=(), metadata={"doc": "the phases to fuse, from 0; by default all that can be"}
    )

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in kernels_in(op, self.kernel):
            if self.phases:
                fuse_nests(self._chosen(kernel))
            else:
                fuse_neighbours(kernel)

    def _chosen(self, kernel: KernelOp) -> list[NestOp]:
        found = dict(enumerate(kernel.phases))
        nests = [found.get(number) for number in self.phases]
        chosen = [nest for nest in nests if isinstance(nest, NestOp)]
        if len(chosen) < len(nests):
            numbers = ", ".join(map(str, self.phases))
            name = kernel.sym_name.data
            raise PassFailedException(f"phases {numbers} of @{name} are not all there and nests")
        return chosen

"""tl-parallelize: run the outermost loops of kernels in parallel.

Before:

    tl.nest (%i = 8, %j = 64) schedule [i, j] finish { ... }
    tl.for %r = 128 by 4 { ... }

After:

    tl.nest (%i = 8, %j = 64) schedule [i parallel, j] finish { ... }
    tl.for %r = 128 by 4 parallel { ... }

A kernel's phases are its top-level nests and loops. `entries` loops of a nest become parallel, 1 by
default: their pieces are counted together. Without `phase`, a phase that has fewer spatial loops
outside, such as a reduction to one number, is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import PassFailedException

from ...dialects.tl.loops import ForOp
from ...dialects.tl.nest import NestOp
from ...dialects.tl.schedule import Entry, LoopKind
from .entries import EditError
from .selection import kernels_in


def parallelize(phase: NestOp | ForOp, entries: int = 1) -> None:
    """Make the first ``entries`` loops of a phase parallel.

    Raises:
        EditError: when it does not have so many spatial loops outside.
    """
    found = leading_spatial(phase)
    if found < entries:
        what = phase.entry if isinstance(phase, ForOp) else phase.schedule
        raise EditError(phase, f"'{what}' starts with {found} spatial loops, expected {entries}")
    if isinstance(phase, ForOp):
        phase.entry = replace(phase.entry, kind=LoopKind.PARALLEL)
        return
    for position in range(entries):
        phase.schedule = phase.schedule.with_kind(position, LoopKind.PARALLEL)


def leading_spatial(phase: NestOp | ForOp) -> int:
    """How many of a phase's outermost loops might be parallel."""
    if isinstance(phase, ForOp):
        return 1

    def is_loop(entry: Entry) -> bool:
        return entry.kind is not LoopKind.VECTOR and not phase.axis(entry.axis).is_reduction

    return sum(1 for _ in takewhile(is_loop, phase.schedule))


@dataclass(frozen=True, kw_only=True)
class TlParallelize(ModulePass):
    """Run the outermost loops of kernels in parallel."""

    name = "tl-parallelize"

    entries: int = field(default=1, metadata={"doc": "how many loops of a nest become parallel"})
    kernel: str | None = field(
        default=None, metadata={"doc": "the kernel whose phases are edited; none: all kernels"}
    )
    phase: int | None = field(
        default=None, metadata={"doc": "the phase, counted from 0 in its kernel; none: all phases"}
    )

    def __post_init__(self) -> None:
        if self.entries < 1:
            raise ValueError(f"entries is {self.entries}, expected at least 1")

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        phases = list(self._select(op))
        if not phases and self.phase is not None:
            raise PassFailedException(f"no kernel has a phase {self.phase}")
        for phase in phases:
            parallelize(phase, self.entries)

    def _select(self, module: ModuleOp) -> Iterator[NestOp | ForOp]:
        for kernel in kernels_in(module, self.kernel):
            for number, phase in enumerate(kernel.phases):
                if not isinstance(phase, NestOp | ForOp):
                    continue
                fits = self.phase is None and leading_spatial(phase) >= self.entries
                if fits or number == self.phase:
                    yield phase

"""tl-interchange: reorder the loops of nests, as `tl-interchange{order=k,i,j,j}` says.

Before:

    tl.nest (%i = 8, %j = 64) reduce (%k = 32) ... schedule [i, j by 16, k, j vector]

After:

    tl.nest (%i = 8, %j = 64) reduce (%k = 32) ... schedule [k, i, j by 16, j vector]

Entries are named by their axes; those of one axis keep their order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...dialects.tl.nest import NestOp
from ...target.description import Target
from .entries import EditError, axis_named
from .selection import NestPass


def interchange(nest: NestOp, order: Sequence[str]) -> None:
    """Reorder the entries of a nest's schedule.

    Args:
        nest: edited in place.
        order: the axis of each entry; the first ``j`` stands for the outermost entry of ``j``.

    Raises:
        EditError: when ``order`` does not name every entry once.
    """
    for axis in order:
        axis_named(nest, axis)
    axes = [entry.axis for entry in nest.schedule]
    if Counter(order) != Counter(axes):
        raise EditError(
            nest, f"order {', '.join(order)} does not name each entry of {nest.schedule} once"
        )
    left = {axis: iter(nest.schedule.indices(axis)) for axis in axes}
    nest.schedule = nest.schedule.reorder([next(left[axis]) for axis in order])


@dataclass(frozen=True, kw_only=True)
class TlInterchange(NestPass):
    """Reorder the loops of nests."""

    name = "tl-interchange"

    order: tuple[str, ...] = field(metadata={"doc": "the axis of each entry, outermost first"})

    @property
    def axes_named(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.order))

    def edit(self, nest: NestOp, target: Target) -> None:
        interchange(nest, self.order)

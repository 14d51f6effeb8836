"""tl-peel: cut loops where guards change, so that in the pieces they are decided.

Before, with a load of `%X[%i + %k - 1] else skip` from a buffer of 1000:

    tl.nest (%i = 1000) reduce (%k = 3) ... schedule [i by 6 parallel, i, k]

After:

    tl.nest (%i = 1000) reduce (%k = 3) ... schedule [i by (1x6, *x6, 1x4) parallel, i, k]

For each index of a guarded access, what the other axes add lies between two bounds; that gives the
points of an axis from which on the index may be inside the buffer, must be inside, may be outside
and must be outside. The axis's first entry, or a `tl.for`, is cut between the tiles that hold such
points and the others; tiles stay whole. With `exact` the tiles start anew at each such point, as
vectors want it: `i by (1x1, *x6, 1x1)`.

Without `axis`, those entries are cut that materialisation does not look at point by point: loops
that are longer, and every `tl.for`. Accesses with `mod` of the axis, and extents known only at run
time, change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from xdsl.context import Context
from xdsl.dialects.builtin import DYNAMIC_INDEX, ModuleOp
from xdsl.ir import Operation, SSAValue

from ...dialects.tl.access import AccessOp
from ...dialects.tl.affine import Linear, Quasi, QuasiKind, Term
from ...dialects.tl.loops import ForOp
from ...dialects.tl.nest import NestOp
from ...dialects.tl.ranges import index_forms, interval_of_form
from ...dialects.tl.schedule import Entry, LoopKind, Piece, Segment
from ...target.description import Target
from ..lower.tl_plan import MOST_ENUMERATED
from .entries import EditError, entry_of
from .selection import NestPass, kernels_in


def peel(nest: NestOp, axis: str, *, exact: bool = False) -> None:
    """Cut the first entry of an axis where guards change; ``exact``: tiles start anew there.

    Raises:
        EditError: when there is no such axis, or its first entry is a vector.
    """
    position = entry_of(nest, axis, 0)
    entry = nest.schedule[position]
    if entry.kind is LoopKind.VECTOR:
        raise EditError(nest, f"entry '{entry}' is one vector; divide the axis, then peel")
    extent = nest.axis(axis).extent
    if isinstance(extent, int):
        pieces = _cut(entry, extent, boundaries(nest, axis), exact=exact)
        nest.schedule = nest.schedule.with_pieces(position, pieces)


def peel_loop(loop: ForOp, *, exact: bool = False) -> None:
    """Cut a `tl.for` where guards of the nests in it change; ``exact``: tiles start anew there."""
    if isinstance(loop.extent, int):
        pieces = _cut(loop.entry, loop.extent, loop_boundaries(loop), exact=exact)
        loop.entry = replace(loop.entry, pieces=pieces)


def boundaries(nest: NestOp, axis: str) -> list[int]:
    """The points of an axis, in order, from which on a guard of the nest says something else."""
    found: set[int] = set()
    for block in nest.blocks:
        argument = nest.arguments_of(block).get(axis)
        if argument is not None:
            found.update(_changes(block.ops, argument))
    return sorted(found)


def loop_boundaries(loop: ForOp) -> list[int]:
    """The points of a loop, in order, from which on a guard in it says something else."""
    return sorted(set(_changes(loop.walk(), loop.index)))


def _changes(ops: Iterable[Operation], value: SSAValue) -> Iterator[int]:
    for op in ops:
        if isinstance(op, AccessOp) and op.is_guarded:
            shape = op.memory_type.get_shape()
            for form, extent in zip(index_forms(op), shape, strict=True):
                if extent != DYNAMIC_INDEX:
                    yield from _thresholds(form, extent, value, op.span)


def _thresholds(form: Linear, extent: int, value: SSAValue, span: range | None) -> Iterator[int]:
    """Where ``0 <= form < extent`` starts or ceases to be possible, and to be certain."""
    terms = [term for term in form.terms if value in Linear.of(term).values()]
    if len(terms) != 1:
        return
    (term,) = terms
    coefficient = form[term]
    rest = interval_of_form(form - Linear.of(term, coefficient), span)
    if rest.lo is None or rest.hi is None:
        return
    lo, hi = rest.lo, rest.hi
    if coefficient < 0:  # the form and extent - 1 - form are inside together
        coefficient, lo, hi = -coefficient, extent - 1 - hi, extent - 1 - lo
    possible, certain, doubtful, impossible = (
        -(-bound // coefficient) for bound in (-hi, -lo, extent - hi, extent - lo)
    )
    inside = (certain, doubtful) if certain < doubtful else ()
    for threshold in (possible, *inside, impossible):
        yield from _first_point(term, value, threshold)


def _first_point(term: Term, value: SSAValue, threshold: int) -> Iterator[int]:
    """The first point of ``value`` where ``term`` is at least ``threshold``, if it is monotone."""
    if term is value:
        yield threshold
    elif isinstance(term, Quasi) and term.kind is QuasiKind.FLOORDIV:
        step = term.inner[value]
        if step > 0 and len(term.inner.terms) == 1:
            yield -(-(threshold * term.divisor - term.inner.constant) // step)


def _cut(entry: Entry, extent: int, boundaries: Sequence[int], *, exact: bool) -> tuple[Piece, ...]:
    """The pieces of an entry that divides ``extent``, cut at the boundaries."""
    segments = entry.segments(extent)
    inner = [point for point in boundaries if 0 < point < extent]
    divided = _restarted(segments, inner, extent) if exact else _split(segments, inner)
    if divided == segments:
        return entry.pieces
    last = len(divided) - 1
    # The star is the piece with most points; of equals, one that is no edge.
    largest = max(
        range(len(divided)), key=lambda n: (divided[n].count * divided[n].size, 0 < n < last)
    )
    return tuple(
        Piece(None if n == largest else segment.count, segment.size)
        for n, segment in enumerate(divided)
    )


def _split(segments: Sequence[Segment], inner: Sequence[int]) -> list[Segment]:
    """The segments cut before and after every piece that holds a boundary inside."""
    divided: list[Segment] = []
    for segment in segments:
        places = [(point - segment.offset, segment.size) for point in inner]
        cuts = {place // size for place, size in places}
        cuts |= {-(-place // size) for place, size in places}
        edges = [0, *sorted(cut for cut in cuts if 0 < cut < segment.count), segment.count]
        divided += [
            Segment(segment.offset + first * segment.size, last - first, segment.size)
            for first, last in pairwise(edges)
        ]
    return divided


def _restarted(segments: Sequence[Segment], inner: Sequence[int], extent: int) -> list[Segment]:
    """Pieces of the size that most points are in, counted anew from every boundary."""
    if not segments:
        return []
    size = max(segments, key=lambda segment: segment.count * segment.size).size
    divided: list[Segment] = []
    edges = [0, *inner, extent]
    for first, last in pairwise(edges):
        count, rest = divmod(last - first, size)
        if count:
            divided.append(Segment(first, count, size))
        if rest:
            divided.append(Segment(last - rest, 1, rest))
    return divided


def _long_axes(nest: NestOp) -> Iterator[str]:
    """The axes whose first entry is too long to be looked at point by point."""
    for axis in nest.axes:
        entries = nest.schedule.of_axis(axis.name)
        if not entries or entries[0].kind in (LoopKind.VECTOR, LoopKind.UNROLL):
            continue
        if isinstance(axis.extent, int) and any(
            segment.count > MOST_ENUMERATED for segment in entries[0].segments(axis.extent)
        ):
            yield axis.name


@dataclass(frozen=True, kw_only=True)
class TlPeel(NestPass):
    """Cut loops where guards change."""

    name = "tl-peel"

    axis: str | None = field(
        default=None, metadata={"doc": "the axis or loop to cut; none: those that need it"}
    )
    exact: bool = field(default=False, metadata={"doc": "start tiles anew at each boundary"})

    @property
    def axes_named(self) -> tuple[str, ...]:
        return () if self.axis is None else (self.axis,)

    def edit(self, nest: NestOp, target: Target) -> None:
        for axis in _long_axes(nest) if self.axis is None else (self.axis,):
            peel(nest, axis, exact=self.exact)

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        loops = self._loops(op) if self.nest is None else []
        for loop in loops:
            peel_loop(loop, exact=self.exact)
        if not loops or any(self.selected(op)):
            super().apply(ctx, op)

    def _loops(self, module: ModuleOp) -> list[ForOp]:
        return [
            op
            for kernel in kernels_in(module, self.kernel)
            for op in kernel.walk()
            if isinstance(op, ForOp) and self.axis in (None, op.entry.axis)
        ]

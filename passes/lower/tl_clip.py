"""Guards that a loop's bounds hold: taps outside of the image are not visited.

Where a load says `else skip` at an index such as ``%oh + %kh - 1``, and the points of ``%kh`` are a
loop inside of those of ``%oh``, that loop runs from ``max(0, 1 - %oh)`` to ``min(3, 57 - %oh)``.
One copy of the code then serves all rows; copies of their own, as the plan makes for loops that
are unrolled, would each be as large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xdsl.dialects import arith
from xdsl.ir import SSAValue

from ...dialects.tl.affine import Interval, Linear, Term
from ...dialects.tl.nest import NestOp
from ...dialects.tl.ranges import lengths_of
from ...dialects.tl.schedule import Entry, LoopKind
from .tl_emit import Emitter
from .tl_plan import Run

_ROLLED = (LoopKind.SERIAL, LoopKind.PARALLEL)


@dataclass(frozen=True)
class Clip:
    """An index that must lie below ``extent``: ``form``, over axes, plus the loop's own."""

    form: Linear
    extent: int


def clipping_depth(
    nest: NestOp,
    form: Linear,
    arguments: Mapping[str, SSAValue],
    entries: Sequence[tuple[int, Entry]],
) -> int | None:
    """The depth of the loop whose bounds can keep an index inside; None where none can.

    It is the only one of a reduction axis of constant extent, serial and by points; all other axes
    of the index are known before it.
    """
    names: dict[Term, str] = {value: name for name, value in arguments.items()}
    axes = [nest.axis(names[term]) for term in form.terms if term in names]
    own = [axis for axis in axes if axis.is_reduction]
    if not form.is_linear or len(own) != 1 or lengths_of(own[0].extent) is None:
        return None
    loops = [at for at in entries if at[1].axis == own[0].name]
    is_loop = len(loops) == 1 and loops[0][1].kind is LoopKind.SERIAL and loops[0][1].is_points
    if not is_loop or form[arguments[own[0].name]] != 1:
        return None
    others = {axis.name for axis in axes if not axis.is_reduction}
    around = [at for at in entries if at[1].axis in others]
    is_known = all(depth < loops[0][0] and entry.kind in _ROLLED for depth, entry in around)
    return loops[0][0] if is_known else None


def bounds_of_run(
    run: Run, clips: Sequence[tuple[Linear, Interval, int]], to: Emitter
) -> tuple[Linear, Linear]:
    """Where a loop over the points of a run starts and ends.

    Each clip is the rest of an index at this place, the interval that it lies in, and the extent.
    """
    assert run.count is not None, "of a constant length"
    start, end = Linear({}, run.offset), Linear({}, run.offset + run.count)
    for rest, interval, extent in clips:
        if interval.lo is None or interval.lo + run.offset < 0:
            start = _larger(start, rest * -1, to)
        if interval.hi is None or interval.hi + run.offset + run.count > extent:
            end = _smaller(end, rest * -1 + extent, to)
    return start, end


def _larger(a: Linear, b: Linear, to: Emitter) -> Linear:
    if a.is_constant and b.is_constant:
        return Linear({}, max(a.constant, b.constant))
    return Linear.of(to.add(arith.MaxSIOp(to.index(a), to.index(b))))


def _smaller(a: Linear, b: Linear, to: Emitter) -> Linear:
    if a.is_constant and b.is_constant:
        return Linear({}, min(a.constant, b.constant))
    return Linear.of(to.add(arith.MinSIOp(to.index(a), to.index(b))))

"""What index values can be: intervals, possible lengths of pieces, and proofs of bounds.

A bound is proved by *elimination*: in the linear form of, say, ``extent - 1 - index``, the value
defined innermost is replaced by its worst case, which is a form over what is defined outside it,
until only constants and extents known at run time are left. Thus ``%i + %t < 56`` holds where
``%t`` runs to the length of the piece of 56 that starts at ``%i``, whatever the pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from xdsl.dialects import arith, memref
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    IntegerAttr,
    MemRefType,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue

from .access import AccessOp
from .affine import SPAN, Extent, Interval, Linear, Quasi, Term, term_interval
from .attributes import Buffer, BufferAttr
from .loops import AllocOp, ForOp
from .nest import Axis, NestOp
from .schedule import ScheduleError
from .syntax import as_memref

Lengths = frozenset[int] | None
"""The lengths a piece can have; None when they are known only at run time."""


def buffer_of(value: SSAValue) -> Buffer | None:
    """What a kernel says of a buffer, if the value is one of its arguments."""
    if not isinstance(value, BlockArgument) or (owner := value.block.parent_op()) is None:
        return None
    buffers: Attribute | None = owner.properties.get("buffers")
    if not isinstance(buffers, ArrayAttr):
        return None
    attr = cast("ArrayAttr[Attribute]", buffers).data[value.index]
    return attr.data if isinstance(attr, BufferAttr) else None


def storage_of(memory: SSAValue) -> SSAValue:
    """The buffer or scratch that a memref is, or is a view of."""
    while isinstance(memory.owner, memref.CollapseShapeOp):
        memory = memory.owner.src
    return memory


def axis_of(value: SSAValue) -> Axis | None:
    """The axis that a block argument of a nest's region stands for."""
    if not isinstance(value, BlockArgument):
        return None
    nest = value.block.parent_op()
    return nest.axis_of(value) if isinstance(nest, NestOp) else None


def loop_of(value: SSAValue) -> ForOp | None:
    """The loop whose start or length the value is."""
    if not isinstance(value, BlockArgument):
        return None
    loop = value.block.parent_op()
    return loop if isinstance(loop, ForOp) else None


def lengths_of(extent: int | SSAValue) -> Lengths:
    """The values an extent can have, if they are known: those of a loop's length may be several."""
    if isinstance(extent, int):
        return frozenset([extent])
    loop = loop_of(extent)
    if loop is not None and extent is loop.length:
        return divided(lengths_of(loop.extent), loop.entry.sizes, loop)
    form = form_of(extent)
    return frozenset([form.constant]) if form.is_constant else None


def divided(lengths: Lengths, sizes: Callable[[frozenset[int]], Lengths], loop: ForOp) -> Lengths:
    """The sizes of a loop's pieces; those of the pieces as written under a run-time length."""
    if lengths is None:
        return frozenset(piece.size for piece in loop.entry.pieces)
    try:
        return sizes(lengths)
    except ScheduleError:
        return None


def extent_form(extent: int | SSAValue) -> Linear:
    """An extent as a linear form."""
    return Linear({}, extent) if isinstance(extent, int) else form_of(extent)


def dimension_form(buffer: SSAValue, dimension: int) -> Linear:
    """The extent of one dimension of a buffer as a linear form."""
    extent = as_memref(buffer.type).get_shape()[dimension]
    if extent != DYNAMIC_INDEX:
        return Linear({}, extent)
    place = as_memref(buffer.type).get_shape()[:dimension].count(DYNAMIC_INDEX)
    if isinstance(buffer.owner, AllocOp):
        return form_of(buffer.owner.sizes[place])
    contract = buffer_of(buffer)
    if contract is not None and contract.sizes and contract.sizes[place]:
        return Linear.of(Extent(contract.sizes[place]))
    return Linear.of(Extent(buffer, dimension))


def form_of(value: SSAValue) -> Linear:
    """A value as a linear form over axes, loop indices, run-time extents and opaque values."""
    op = value.owner
    match op:
        case arith.ConstantOp():
            attr = op.value
            return (
                Linear({}, attr.value.data) if isinstance(attr, IntegerAttr) else Linear.of(value)
            )
        case arith.AddiOp():
            return form_of(op.lhs) + form_of(op.rhs)
        case arith.SubiOp():
            return form_of(op.lhs) - form_of(op.rhs)
        case arith.MuliOp():
            return _product(value, form_of(op.lhs), form_of(op.rhs))
        case arith.IndexCastOp():
            return form_of(op.input)
        case memref.DimOp():
            index = form_of(op.index)
            rank = as_memref(op.source.type).get_num_dims()
            if index.is_constant and index.constant in range(rank):
                return dimension_form(op.source, index.constant)
            return Linear.of(value)
        case _:
            return Linear.of(value)


def _product(value: SSAValue, lhs: Linear, rhs: Linear) -> Linear:
    if rhs.is_constant:
        return lhs * rhs.constant
    return rhs * lhs.constant if lhs.is_constant else Linear.of(value)


def index_forms(access: AccessOp) -> tuple[Linear, ...]:
    """The linear form of each index of an access, with computed values written out."""
    computed: dict[Term, Linear] = {
        value: form_of(value)
        for value in access.index_operands
        if not isinstance(value, BlockArgument)
    }
    forms = access.forms
    return tuple(form.substitute(computed) for form in forms) if computed else forms


def interval_of(value: SSAValue) -> Interval:
    """The values that an axis, loop index, piece length or computed index can have."""
    if isinstance(value, BlockArgument):
        if (axis := axis_of(value)) is not None:
            hi = _extent_interval(axis.extent).hi
            return Interval(0, None if hi is None else hi - 1)
        loop = loop_of(value)
        return Interval() if loop is None else _loop_interval(loop, value)
    form = form_of(value)
    if form != Linear.of(value):
        return interval_of_form(form)
    return _computed_interval(value)


def interval_of_form(form: Linear, span: range | None = None) -> Interval:
    """The values that an index can have, at all points of all enclosing loops."""
    return form.interval(box_of(form, span))


def box_of(form: Linear, span: range | None = None) -> dict[Term, Interval]:
    """The interval of every value, extent and range in a form."""
    box: dict[Term, Interval] = {value: interval_of(value) for value in form.values()}
    if span is not None:
        box[SPAN] = Interval(span.start, span.stop - 1)
    for term in form.terms:
        if isinstance(term, Extent):
            box[term] = Interval(0)
    return box


def _extent_interval(extent: int | SSAValue) -> Interval:
    if isinstance(extent, int):
        return Interval.point(extent)
    lengths = lengths_of(extent)
    if lengths:
        return Interval(min(lengths), max(lengths))
    return Interval(0)


def _loop_interval(loop: ForOp, value: SSAValue) -> Interval:
    if value is loop.length:
        return _extent_interval(value)
    lengths = lengths_of(loop.extent)
    if lengths is None:
        return Interval(0)
    try:
        segments = [segment for n in lengths for segment in loop.entry.segments(n)]
    except ScheduleError:
        return Interval(0)
    return Interval(0, max((segment.end - segment.size for segment in segments), default=0))


def _computed_interval(value: SSAValue) -> Interval:
    """The interval of an integer that carries its own clamp, or that its type bounds."""
    op = value.owner
    match op:
        case arith.MinSIOp() | arith.MaxSIOp():
            a, b = interval_of(op.lhs), interval_of(op.rhs)
            return (
                _minimum(a, b) if isinstance(op, arith.MinSIOp) else _minimum(a * -1, b * -1) * -1
            )
        case arith.SelectOp():
            a, b = interval_of(op.lhs), interval_of(op.rhs)
            return _minimum(a, b) if a == b else _hull(a, b)
        case arith.IndexCastOp():
            return interval_of(op.input)
        case _:
            return Interval()


def _minimum(a: Interval, b: Interval) -> Interval:
    lo = None if a.lo is None or b.lo is None else min(a.lo, b.lo)
    his = [hi for hi in (a.hi, b.hi) if hi is not None]
    return Interval(lo, min(his) if his else None)


def _hull(a: Interval, b: Interval) -> Interval:
    lo = None if a.lo is None or b.lo is None else min(a.lo, b.lo)
    hi = None if a.hi is None or b.hi is None else max(a.hi, b.hi)
    return Interval(lo, hi)


def is_nonnegative(form: Linear, span: range | None = None) -> bool:
    """Whether a form is proved to be at least 0 at all points of all enclosing loops."""
    return any(
        bound.constant >= 0 and all(coefficient > 0 for coefficient in bound.terms.values())
        for bound in lower_bounds(form, span)
    )


def lower_bounds(
    form: Linear, span: range | None = None, eliminated: Callable[[SSAValue], bool] | None = None
) -> Iterator[Linear]:
    """Forms that ``form`` is never below, with every value eliminated that can be.

    ``eliminated`` restricts which values are. Of several bounds none need be the best.
    """
    term = _innermost(form, eliminated)
    if term is None:
        yield form
        return
    coefficient = form[term]
    rest = form - Linear.of(term, coefficient)
    worst = _lower_ends(term, span) if coefficient > 0 else _upper_ends(term, span)
    for end in worst:
        yield from lower_bounds(rest + end * coefficient, span, eliminated)


def _innermost(form: Linear, eliminated: Callable[[SSAValue], bool] | None) -> Term | None:
    """The term to eliminate next: what is not linear, the range, then values from inside out."""
    candidates: list[tuple[tuple[int, int], Term]] = []
    for term in form.terms:
        if isinstance(term, Quasi) or term is SPAN:
            return term
        if isinstance(term, SSAValue) and (eliminated is None or eliminated(term)):
            candidates.append((_order(term), term))
    return max(candidates, key=lambda pair: pair[0], default=(None, None))[1]


def _order(value: SSAValue) -> tuple[int, int]:
    """Greater for values that are defined further inside; the start of a piece before its length.

    A computed value comes before the arguments of the blocks it is computed from.
    """
    owner = value.owner
    depth = 0
    op = owner.parent_op() if isinstance(owner, Block) else owner
    while op is not None:
        depth += 1
        op = op.parent_op()
    if isinstance(value, BlockArgument):
        return 2 * depth, -value.index if loop_of(value) is not None else 0
    return 2 * depth + 1, 0


def _lower_ends(term: Term, span: range | None) -> Iterator[Linear]:
    """Forms that a term is never below."""
    lo = _term_interval(term, span).lo
    if lo is not None:
        yield Linear({}, lo)
    if isinstance(term, SSAValue) and isinstance(term.owner, arith.MaxSIOp):
        yield from (form_of(operand) for operand in term.owner.operands)


def _upper_ends(term: Term, span: range | None) -> Iterator[Linear]:
    """Forms that a term is never above."""
    if isinstance(term, SSAValue):
        if (axis := axis_of(term)) is not None:
            yield extent_form(axis.extent) - 1
            return
        loop = loop_of(term)
        if loop is not None and term is loop.index:
            yield extent_form(loop.extent) - Linear.of(loop.length)
            return
        if isinstance(term.owner, arith.MinSIOp):
            yield from (form_of(operand) for operand in term.owner.operands)
    hi = _term_interval(term, span).hi
    if hi is not None:
        yield Linear({}, hi)


def _term_interval(term: Term, span: range | None) -> Interval:
    if isinstance(term, SSAValue):
        return interval_of(term)
    return term_interval(term, box_of(Linear.of(term), span))


def is_inside(value: SSAValue, op: Operation) -> bool:
    """Whether a value is defined in a region of ``op``, at any depth, but not as its argument."""
    owner = value.owner
    if isinstance(owner, Block):
        return owner.parent_op() is not op and op.is_ancestor(owner)
    return owner is not op and op.is_ancestor(owner)


def strides_of(type_: Attribute) -> list[int | None]:
    """The stride of each dimension of a memref, in elements; None where known at run time."""
    assert isinstance(type_, MemRefType), f"expected a memref, found {type_}"
    strides = type_.get_strides()
    return [None] * type_.get_num_dims() if strides is None else list(strides)

"""What makes a kernel legal beyond the definitions of its ops: rules V1 to V10, one function each.

Each rule takes a nest, loop or access and raises `LegalityError`, whose message names the axis,
entry or access. ``verify_kernel`` runs them all, in program order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from xdsl.dialects import arith
from xdsl.dialects.builtin import AnyFloat
from xdsl.ir import Block, Operation, SSAValue
from xdsl.utils.exceptions import VerifyException

from .access import AccessOp, LoadOp, StoreOp
from .affine import Interval, Linear, Quasi
from .attributes import Direction, Reduction
from .footprint import conflict, is_written_alike, meet_elsewhere, undetermined_axes
from .loops import AllocOp, ForOp
from .nest import Axis, NestOp, YieldOp
from .ranges import (
    Lengths,
    box_of,
    buffer_of,
    dimension_form,
    index_forms,
    interval_of_form,
    is_nonnegative,
    lengths_of,
    storage_of,
    strides_of,
)
from .schedule import Entry, LoopKind, ScheduleError
from .walk import vectors_of

_BITWISE = (Reduction.AND, Reduction.OR, Reduction.XOR)


MOST_POINTS = 2**14
"""Of a nest, unrolled or in a vector: LLVM's time grows with their square."""


class LegalityError(VerifyException):
    """An op that breaks one of the rules."""

    def __init__(self, op: Operation, message: str):
        self.op = op
        super().__init__(f"{op.name}: {message}")


def verify_kernel(kernel: Operation) -> None:
    """Check every nest, loop and access of a kernel.

    Raises:
        LegalityError: for the first op, in program order, that breaks a rule.
    """
    for op in kernel.walk():
        if isinstance(op, ForOp | NestOp | AllocOp) and isinstance(op.parent_op(), NestOp):
            raise LegalityError(op, "stands in a region of a nest, which holds scalar code only")
        match op:
            case ForOp():
                verify_loop(op, kernel)
            case NestOp():
                verify_nest(op, kernel)
            case AccessOp():
                verify_access(op)
            case _:
                pass


def verify_loop(loop: ForOp, kernel: Operation) -> None:
    """Check a `tl.for`: its pieces fit (V1), and if parallel, it may be (V2, V9)."""
    divide(loop, loop.entry, lengths_of(loop.extent))
    if loop.entry.kind is LoopKind.PARALLEL:
        if loop.parent_op() is not kernel:
            raise LegalityError(
                loop, f"entry '{loop.entry}' is parallel, which only top-level loops can be"
            )
        verify_iterations(loop)


def verify_nest(nest: NestOp, kernel: Operation) -> None:
    """Check a nest: its schedule (V1, V2, V3, V8) and its stores (V4, V5, V9)."""
    lengths = verify_pieces(nest)
    verify_kinds(nest, kernel, lengths)
    verify_copies(nest, lengths)
    verify_reductions(nest)
    verify_tile(nest, lengths)
    verify_finish_stores(nest)
    verify_update_stores(nest)
    verify_pairs_of_stores(nest)
    verify_same_index(nest)


def verify_access(access: AccessOp) -> None:
    """Check a load or a store: V6, V7 and V10."""
    verify_place(access)
    verify_bounds(access)
    verify_lanes(access)


def divide(op: Operation, entry: Entry, lengths: Lengths) -> Lengths:
    """The lengths of an entry's pieces when the current piece has one of ``lengths``.

    Raises:
        LegalityError: V1: when the fixed pieces do not fit, or a run-time length is left over.
    """
    if lengths is None:
        if entry.kind is not LoopKind.VECTOR and str(entry.pieces[-1]) != "*x1":
            raise LegalityError(
                op, f"entry '{entry}' divides a length known at run time; expected *x1 at its end"
            )
        return frozenset(piece.size for piece in entry.pieces) or None
    try:
        return entry.sizes(lengths)
    except ScheduleError as error:
        raise LegalityError(op, str(error)) from error


def verify_pieces(nest: NestOp) -> list[Lengths]:
    """V1: every axis is scheduled down to points or a vector, and all pieces fit.

    Returns:
        The lengths that the current piece can have at each entry, before it divides them.
    """
    current = {axis.name: lengths_of(axis.extent) for axis in nest.axes}
    lengths: list[Lengths] = []
    vectors: set[str] = set()
    for entry in nest.schedule:
        if entry.axis not in current:
            raise LegalityError(nest, f"entry '{entry}': the nest has no axis {entry.axis}")
        if entry.axis in vectors:
            raise LegalityError(nest, f"entry '{entry}' follows the vector of axis {entry.axis}")
        lengths.append(current[entry.axis])
        current[entry.axis] = divide(nest, entry, current[entry.axis])
        if entry.kind is LoopKind.VECTOR:
            vectors.add(entry.axis)
    for axis in nest.axes:
        entries = nest.schedule.of_axis(axis.name)
        if not entries:
            raise LegalityError(nest, f"axis {axis.name} is not scheduled")
        left = current[axis.name]
        if axis.name not in vectors and (left is None or not left <= {1}):
            raise LegalityError(
                nest,
                f"axis {axis.name} ends in entry '{entries[-1]}', "
                "expected pieces of one point or a vector",
            )
    return lengths


def verify_kinds(nest: NestOp, kernel: Operation, lengths: Sequence[Lengths]) -> None:
    """V2: one vector at most, the last entry, of static lengths; parallel entries lead."""
    leading = True
    for index, (entry, length) in enumerate(zip(nest.schedule, lengths, strict=True)):
        if entry.kind is LoopKind.VECTOR:
            if index != len(nest.schedule) - 1:
                raise LegalityError(nest, f"entry '{entry}' must be the last of the schedule")
            if length is None:
                raise LegalityError(nest, f"entry '{entry}' takes a piece of unknown length")
        leading = leading and entry.kind is LoopKind.PARALLEL
        if entry.kind is not LoopKind.PARALLEL:
            continue
        if nest.parent_op() is not kernel:
            raise LegalityError(
                nest, f"entry '{entry}' is parallel, which only those of a top-level nest can be"
            )
        if nest.axis(entry.axis).is_reduction:
            raise LegalityError(nest, f"entry '{entry}' is parallel on a reduction axis")
        if not leading:
            raise LegalityError(nest, f"entry '{entry}' is parallel after one that is not")


def verify_copies(nest: NestOp, lengths: Sequence[Lengths]) -> None:
    """What is unrolled or a vector has few enough points that code for it can be generated."""
    points = 1
    for entry, length in zip(nest.schedule, lengths, strict=True):
        if entry.kind in (LoopKind.UNROLL, LoopKind.CHAIN, LoopKind.VECTOR) and length:
            copies = {sum(s.count for s in entry.segments(points)) for points in length}
            points *= max(length) if entry.kind is LoopKind.VECTOR else max(copies)
        if points > MOST_POINTS:
            raise LegalityError(
                nest,
                f"entry '{entry}' makes {points} points that are unrolled or of a vector, expected "
                f"at most {MOST_POINTS}",
            )


def verify_reductions(nest: NestOp) -> None:
    """V3: `vector` and `chain` on a reduction axis need a way to combine partial results."""
    for accumulator in nest.accumulators:
        if accumulator.kind in _BITWISE and isinstance(accumulator.type, AnyFloat):
            raise LegalityError(
                nest, f"accumulator {accumulator.name} of kind {accumulator.kind} is a float"
            )
    for entry in nest.schedule:
        if entry.kind not in (LoopKind.VECTOR, LoopKind.CHAIN):
            continue
        if nest.axis(entry.axis).is_reduction:
            _verify_combinable(nest, entry)
        elif entry.kind is LoopKind.CHAIN:
            raise LegalityError(nest, f"entry '{entry}' is a chain on an axis that is not reduced")


def _verify_combinable(nest: NestOp, entry: Entry) -> None:
    for index, accumulator in enumerate(nest.accumulators):
        if accumulator.kind is not Reduction.CUSTOM:
            continue
        if not nest.combine.blocks:
            raise LegalityError(
                nest, f"entry '{entry}' needs combine for accumulator {accumulator.name}"
            )
        last = nest.init.block.last_op
        if not isinstance(last, YieldOp) or not isinstance(
            last.arguments[index].owner, arith.ConstantOp
        ):
            raise LegalityError(
                nest,
                f"entry '{entry}' needs a constant identity for accumulator {accumulator.name}, "
                "yielded by init",
            )


def verify_finish_stores(nest: NestOp) -> None:
    """V4: stores in `finish` write different places at different points, or in order."""
    for store in _stores(nest.finish.blocks):
        _require_order(nest, store, undetermined_axes(nest, store, nest.spatial))


def verify_update_stores(nest: NestOp) -> None:
    """V5: as V4 over all axes; a value that depends on an accumulator orders the reduction."""
    for store in _stores(nest.update.blocks):
        ordered = undetermined_axes(nest, store, nest.axes)
        if depends_on_accumulator(nest, store):
            names = {axis.name for axis in ordered}
            ordered = [a for a in nest.axes if a.is_reduction or a.name in names]
        _require_order(nest, store, ordered)


def verify_pairs_of_stores(nest: NestOp) -> None:
    """V4: where two stores may write one place at different points, the points are in order."""
    for a, b in combinations(_stores(nest.blocks), 2):
        if meet_elsewhere(nest, a, b):
            in_finish = a.parent_block() in nest.finish.blocks and a.parent is b.parent
            _require_order(nest, b, nest.spatial if in_finish else nest.axes)


def _require_order(nest: NestOp, store: StoreOp, axes: Sequence[Axis]) -> None:
    """The points of ``axes`` must be visited one after the other, in axis order."""
    places = {axis.name: index for index, axis in enumerate(axes)}
    last = 0
    for entry in nest.schedule:
        place = places.get(entry.axis)
        if place is None:
            continue
        if entry.kind not in (LoopKind.SERIAL, LoopKind.UNROLL) or place < last:
            raise LegalityError(
                nest,
                f"entry '{entry}': {_text(store)} depends on the order of axes "
                f"{', '.join(places)}; expected serial entries in this order",
            )
        last = place


def depends_on_accumulator(nest: NestOp, store: StoreOp) -> bool:
    """Whether what a store writes, or where, is computed from an accumulator of its region."""
    block = store.parent_block()
    accumulators = set(nest.accumulators_of(block)) if block is not None else set[SSAValue]()
    pending = [*store.operands]
    seen: set[SSAValue] = set()
    while pending:
        value = pending.pop()
        if value in accumulators:
            return True
        if value not in seen and isinstance(value.owner, Operation):
            pending.extend(value.owner.operands)
        seen.add(value)
    return False


def verify_bounds(access: AccessOp) -> None:
    """V6: without `else` or `checked`, every index is provably in bounds."""
    if access.is_guarded or access.checked is not None:
        return
    shape = access.memory_type.get_shape()
    for dimension, form in enumerate(index_forms(access)):
        if interval_of_form(form, access.span).within(Interval(0, shape[dimension] - 1)):
            continue
        extent = dimension_form(access.memory, dimension)
        if not is_nonnegative(form, access.span):
            raise LegalityError(
                access, f"index {dimension} of {_text(access)} may be negative; expected an else"
            )
        if not is_nonnegative(extent - form - 1, access.span):
            raise LegalityError(
                access,
                f"index {dimension} of {_text(access)} is not provably below its extent; "
                "expected an else",
            )


def verify_lanes(access: AccessOp) -> None:
    """V7: over the lanes of a vector addresses are linear, and contiguous for stores.

    Under `unroll` every run is evaluated point by point, so its addresses are linear anyway.
    """
    nest = access.parent_op()
    block = access.parent_block()
    if not isinstance(nest, NestOp) or block is None:
        return
    entry = next((e for e in nest.schedule if e.kind is LoopKind.VECTOR), None)
    axis = None if entry is None else nest.arguments_of(block).get(entry.axis)
    if entry is None or axis is None:
        return
    forms = index_forms(access)
    if any(_bends(form, axis) for form in forms):
        box = dict(item for form in forms for item in box_of(form, access.span).items())
        for lanes in vectors_of(nest, entry.axis):
            resolved = [form.resolve(box | {axis: lanes}) for form in forms]
            _verify_step(access, entry, axis, resolved)
    else:
        _verify_step(access, entry, axis, forms)


def _bends(form: Linear, axis: SSAValue) -> bool:
    """Whether `floordiv` or `mod` applies to the axis."""
    return any(isinstance(term, Quasi) and axis in term.inner.values() for term in form.terms)


def _verify_step(access: AccessOp, entry: Entry, axis: SSAValue, forms: Sequence[Linear]) -> None:
    if any(_bends(form, axis) for form in forms):
        raise LegalityError(
            access, f"the address of {_text(access)} is not linear over entry '{entry}'"
        )
    if not isinstance(access, StoreOp):
        return
    step: int | None = 0
    for form, stride in zip(forms, strides_of(access.memory_type), strict=True):
        if form[axis]:
            step = None if stride is None or step is None else step + form[axis] * stride
    if step != 1:
        raise LegalityError(
            access,
            f"{_text(access)} has step {'unknown' if step is None else step} over the lanes of "
            f"entry '{entry}', expected 1",
        )


def verify_tile(nest: NestOp, lengths: Sequence[Lengths]) -> None:
    """V8: spatial entries after the first reduction entry have static lengths."""
    reducing = False
    for entry, length in zip(nest.schedule, lengths, strict=True):
        is_reduction = nest.axis(entry.axis).is_reduction
        if reducing and not is_reduction and length is None:
            raise LegalityError(
                nest,
                f"entry '{entry}' divides a length known at run time inside the reduction, "
                "where it would size the accumulators",
            )
        reducing = reducing or is_reduction


def verify_same_index(nest: NestOp) -> None:
    """V9: a buffer that a nest stores is loaded by it only at the same index."""
    stores = list(_stores(nest.blocks))
    for load in _accesses(nest.blocks):
        if not isinstance(load, LoadOp):
            continue
        for store in stores:
            is_shared = storage_of(load.memory) is storage_of(store.memory)
            if is_shared and not is_written_alike(nest, load, store):
                raise LegalityError(
                    load, f"{_text(load)} is stored by the same nest at another index"
                )


def verify_iterations(loop: ForOp) -> None:
    """V9: iterations of a parallel loop write disjoint places, and read none another writes."""
    found = conflict(loop)
    if found is not None:
        raise LegalityError(
            found,
            f"iterations of parallel loop {loop.entry.axis} are not shown to keep "
            f"{_text(found)} apart from what others write",
        )


def verify_place(access: AccessOp) -> None:
    """V10: accesses stand in nests, `else skip` of a load in `update`, stores in no `in` buffer."""
    nest = access.parent_op()
    if not isinstance(nest, NestOp):
        raise LegalityError(access, f"{_text(access)} stands outside the regions of a nest")
    if isinstance(access, LoadOp) and access.skip is not None:
        block = access.parent_block()
        if block is None or block.parent is not nest.update:
            raise LegalityError(access, f"{_text(access)} has else skip outside update")
    buffer = buffer_of(storage_of(access.memory))
    if isinstance(access, StoreOp):
        if buffer is not None and buffer.direction is Direction.IN:
            raise LegalityError(access, f"{_text(access)} is an input of the kernel")
        if access.parent_block() not in (*nest.update.blocks, *nest.finish.blocks):
            raise LegalityError(access, f"{_text(access)} stands outside update and finish")


def _accesses(blocks: Iterable[Block]) -> Iterator[AccessOp]:
    for block in blocks:
        for op in block.ops:
            if isinstance(op, AccessOp):
                yield op


def _stores(blocks: Iterable[Block]) -> Iterator[StoreOp]:
    for access in _accesses(blocks):
        if isinstance(access, StoreOp):
            yield access


def _text(access: AccessOp) -> str:
    """What is accessed, for messages: ``%X``."""
    kind = "the load of" if isinstance(access, LoadOp) else "the store to"
    return f"{kind} %{access.memory.name_hint or '?'}"

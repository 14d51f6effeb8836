"""Emits `tl.load` and `tl.store` at one place in the loops. (L10 and L11 of the specification.)

Along the vector axis a uniform access is one of a scalar, neighbours in memory are one of a vector,
anything else goes lane by lane. What the plan could not decide becomes an `scf.if`.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import DYNAMIC_INDEX, VectorType, i1, i32
from xdsl.ir import BlockArgument, SSAValue
from xdsl.utils.exceptions import VerifyException

from ...dialects.memref import PrefetchOp
from ...dialects.tl.access import AccessOp, LoadOp, StoreOp
from ...dialects.tl.affine import SPAN, Interval, Linear
from ...dialects.tl.ranges import (
    dimension_form,
    index_forms,
    interval_of_form,
    is_nonnegative,
    strides_of,
)
from . import tl_build
from .llvm_handlers.types import as_vector, byte_size
from .tl_emit import OUT_OF_BOUNDS, Emitter
from .tl_plan import Verdict
from .tl_point import Bounds, Point, from_lanes

Forms = tuple[Linear, ...]


def forms_of(op: AccessOp) -> list[Forms]:
    """The index forms of each value of an access, over axes where they are computed from those."""
    forms = index_forms(op)
    if any(not isinstance(value, BlockArgument) for form in forms for value in form.values()):
        forms = op.forms
    if op.span is None:
        return [forms]
    return [tuple(f.substitute({SPAN: Linear({}, place)}) for f in forms) for place in op.span]


def emit_load(point: Point, op: LoadOp, to: Emitter) -> None:
    """Emit a load of one value or several."""
    for place, (forms, result) in enumerate(zip(forms_of(op), op.values, strict=True)):
        verdict = point.verdict(op, place)
        forms = verdict.forms or forms
        if verdict.inside is False:
            point.known.values[result] = _otherwise(op, to)
            if _is_zero(op):
                point.known.zeros.add(result)
        elif verdict.inside:
            point.known.values[result] = _read(point, op, forms, to)
        else:
            point.known.values[result] = _guarded_read(point, op, forms, verdict, to)
        if verdict.inside is not False:
            point.known.values[result].name_hint = result.name_hint


def _otherwise(op: LoadOp, to: Emitter) -> SSAValue:
    """What is loaded outside of the buffer; any number where such a point does nothing."""
    value = op.otherwise.value.data if op.otherwise is not None else 0
    return to.function.number(value, op.memory_type.element_type)


def _is_zero(op: LoadOp) -> bool:
    return op.otherwise is not None and op.otherwise.value.data == 0


def _open_bounds(op: AccessOp, forms: Forms, verdict: Verdict) -> Bounds:
    extents = tuple(dimension_form(op.memory, d) for d in verdict.open)
    return tuple(forms[d] for d in verdict.open), extents


def _guarded_read(
    point: Point, op: LoadOp, forms: Forms, verdict: Verdict, to: Emitter
) -> SSAValue:
    """A load that may be out of bounds; a scalar's if, or that of every lane."""
    bounds = _open_bounds(op, forms, verdict)
    if not point.differs(bounds):
        if op.skip is not None:
            return _read(point, op, forms, to)  # the whole point is inside an if
        condition, then = point.in_bounds(bounds, to), to.inner()
        value, other = _read(point, op, forms, then), _otherwise(op, to)
        if (type_ := as_vector(value.type)) is not None:
            other = to.function.number(_number(op), VectorType(type_.element_type, type_.shape))
        return to.choose(condition, then, value, other)
    lanes: list[SSAValue] = []
    for lane in range(point.lanes):
        condition, then = point.in_bounds(bounds, to, lane), to.inner()
        value = _read_lane(point, op, forms, lane, then)
        lanes.append(to.choose(condition, then, value, _otherwise(op, to)))
    return from_lanes(lanes, to)


def _number(op: LoadOp) -> float:
    return op.otherwise.value.data if op.otherwise is not None else 0


def _read(point: Point, op: LoadOp, forms: Forms, to: Emitter) -> SSAValue:
    """A load that is in bounds."""
    step = _step(point, op, forms)
    if step not in (0, 1):
        lanes = [_read_lane(point, op, forms, lane, to) for lane in range(point.lanes)]
        return from_lanes(lanes, to)
    indices = _indices(point, op, forms, None, to)
    memory = point.scope.value(op.memory, to)
    if op.prefetch is not None:
        _prefetch(op, memory, forms, point, to)
    if step == 0:
        return to.add(tl_build.load(memory, indices))
    return to.add(tl_build.load_vector(memory, indices, point.lanes))


def _read_lane(point: Point, op: LoadOp, forms: Forms, lane: int, to: Emitter) -> SSAValue:
    indices = _indices(point, op, forms, lane, to)
    return to.add(tl_build.load(point.scope.value(op.memory, to), indices))


def read_row(point: Point, op: LoadOp, lane: int, to: Emitter) -> SSAValue:
    """As many neighbours in memory as there are lanes, from where one lane of a load reads."""
    (forms,) = forms_of(op)
    indices = _indices(point, op, forms, lane, to)
    memory = point.scope.value(op.memory, to)
    return to.add(tl_build.load_vector(memory, indices, point.lanes))


def _prefetch(op: LoadOp, memory: SSAValue, forms: Forms, point: Point, to: Emitter) -> None:
    """One prefetch beside the load, as many bytes ahead as it says."""
    assert op.prefetch is not None
    if not forms:
        return
    ahead = op.prefetch.value.data // byte_size(op.memory_type.element_type)
    places = [point.locate(form, to) for form in forms]
    places[-1] = places[-1] + ahead
    to.do(PrefetchOp(memory, [to.index(place) for place in places]))


def _step(point: Point, op: AccessOp, forms: Forms) -> int | None:
    """How many elements apart neighbouring lanes lie; None where that differs or is not known."""
    step = 0
    strides = strides_of(point.scope.values[op.memory].type)
    for dimension, (form, stride) in enumerate(zip(forms, strides, strict=True)):
        if point.bends(form):
            return None
        for term, factor in form.terms.items():
            if not isinstance(term, SSAValue) or not point.varies(term):
                continue
            if term is not point.lane_axis or stride is None or _needs_check(op, dimension, form):
                return None
            step += factor * stride
    return step


def _indices(
    point: Point, op: AccessOp, forms: Forms, lane: int | None, to: Emitter
) -> list[SSAValue]:
    places = [point.locate(form, to, lane) for form in forms]
    indices = [to.index(place) for place in places]
    checked = [d for d, form in enumerate(forms) if _needs_check(op, d, form)]
    if checked:
        extents = {d: point.locate(dimension_form(op.memory, d), to) for d in checked}
        _report([places[d] for d in checked], list(extents.values()), to)
        for dimension, extent in extents.items():
            indices[dimension] = _clamped(indices[dimension], extent, to)
    return indices


def _needs_check(op: AccessOp, dimension: int, form: Linear) -> bool:
    """Whether an index is clamped: not if it is in bounds anyway."""
    if op.checked is None:
        return False
    if is_nonnegative(form) and is_nonnegative(dimension_form(op.memory, dimension) - form - 1):
        return False
    extent = op.memory_type.get_shape()[dimension]
    return extent == DYNAMIC_INDEX or not interval_of_form(form).within(Interval(0, extent - 1))


def _report(places: Sequence[Linear], extents: Sequence[Linear], to: Emitter) -> None:
    """Set the call's status where an index is out of bounds.

    All threads store the same number, so that the order in which they do is nothing to them.
    """
    status = to.function.status
    assert status is not None, "a function with checked accesses has one"
    inside = to.in_bounds(places, extents)
    outside = to.add(arith.XOrIOp(inside, to.function.number(1, i1)))
    with to.branch(outside) as body:
        body.do(tl_build.store(to.function.number(OUT_OF_BOUNDS, i32), status, []))


def _clamped(index: SSAValue, extent: Linear, to: Emitter) -> SSAValue:
    """An index moved into an extent."""
    most = to.add(arith.MinSIOp(index, to.index(extent - 1)))
    return to.add(arith.MaxSIOp(most, to.function.index(0)))


def emit_store(point: Point, op: StoreOp, to: Emitter) -> None:
    """Emit a store of one value or several."""
    for place, (forms, value) in enumerate(zip(forms_of(op), op.values, strict=True)):
        verdict = point.verdict(op, place)
        forms = verdict.forms or forms
        if verdict.inside is False:
            continue
        stored = point.value(value, to)
        bounds = _open_bounds(op, forms, verdict)
        if point.masks or point.differs(bounds):
            _masked_write(point, op, forms, bounds, stored, to)
        elif verdict.open:
            with to.branch(point.in_bounds(bounds, to)) as body:
                _write(point, op, forms, stored, body)
        else:
            _write(point, op, forms, stored, to)


def _write(point: Point, op: StoreOp, forms: Forms, stored: SSAValue, to: Emitter) -> None:
    """A store that is in bounds."""
    step = _step(point, op, forms)
    if step == 0 and as_vector(stored.type) is not None:
        raise VerifyException(
            f"tl.store: %{op.memory.name_hint} has the same index in all lanes of a vector"
        )
    if step not in (0, 1):
        for lane in range(point.lanes):
            _write_lane(point, op, forms, lane, stored, to)
        return
    memory = point.scope.value(op.memory, to)
    indices = _indices(point, op, forms, None, to)
    if step == 0:
        to.do(tl_build.store(stored, memory, indices))
    else:
        to.do(tl_build.store_vector(point.as_vector(stored, to), memory, indices))


def _masked_write(
    point: Point, op: StoreOp, forms: Forms, bounds: Bounds, stored: SSAValue, to: Emitter
) -> None:
    """A store that happens in some lanes."""
    for lane in range(point.lanes):
        conditions: list[SSAValue] = []
        if bounds[0]:
            conditions.append(point.in_bounds(bounds, to, lane))
        if point.masks:
            conditions.append(point.is_masked_in(lane, to))
        condition = conditions[0]
        for other in conditions[1:]:
            condition = to.add(tl_build.both(condition, other))
        with to.branch(condition) as body:
            _write_lane(point, op, forms, lane, stored, body)


def _write_lane(
    point: Point, op: StoreOp, forms: Forms, lane: int, stored: SSAValue, to: Emitter
) -> None:
    indices = _indices(point, op, forms, lane, to)
    if as_vector(stored.type) is not None:
        stored = to.add(tl_build.extract(stored, lane, op.memory_type.element_type))
    to.do(tl_build.store(stored, point.scope.value(op.memory, to), indices))


def bounds_of(point: Point, op: AccessOp) -> list[Bounds]:
    """For each value of an access whose bounds are undecided, the indices that may not fit."""
    found: list[Bounds] = []
    for place, forms in enumerate(forms_of(op)):
        verdict = point.verdict(op, place)
        if verdict.open:
            found.append(_open_bounds(op, verdict.forms or forms, verdict))
    return found

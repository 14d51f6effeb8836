"""Which places accesses touch: whether points or iterations write different ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import gcd
from typing import TypeAlias

from xdsl.ir import SSAValue

from .access import AccessOp, StoreOp
from .affine import SPAN, Interval, Linear, Quasi, QuasiKind, Term, term_interval
from .loops import ForOp
from .nest import Axis, NestOp
from .ranges import (
    box_of,
    index_forms,
    interval_of_form,
    is_inside,
    is_nonnegative,
    lengths_of,
    lower_bounds,
    storage_of,
)

Sizes: TypeAlias = Mapping[Term, int | None]
"""How many values each unknown takes; None when that is known only at run time."""


def undetermined_axes(nest: NestOp, store: StoreOp, axes: Sequence[Axis]) -> list[Axis]:
    """The ``axes`` whose points are not shown to write different places.

    The mixed-radix test: an index ``c1*x1 + c2*x2 + …`` determines all of its unknowns when, in
    ascending order, each coefficient exceeds the largest sum that those before it can make.
    """
    block = store.parent_block()
    if block is None:
        return list(axes)
    arguments = nest.arguments_of(block)
    forms = index_forms(store)
    solved = _solved(forms, _sizes(nest, store, forms))
    return [
        axis
        for axis in axes
        if lengths_of(axis.extent) not in (frozenset([0]), frozenset([1]))
        and arguments[axis.name] not in solved
    ]


def _sizes(nest: NestOp, store: StoreOp, forms: Iterable[Linear]) -> dict[Term, int | None]:
    """The unknowns of a store's indices: what varies from point to point of the nest."""
    sizes: dict[Term, int | None] = {}
    block = store.parent_block()
    axes = nest.axes_of(block) if block is not None else {}
    for form in forms:
        box = box_of(form, store.span)
        for term in (*form.terms, *form.values()):
            axis = axes.get(term) if isinstance(term, SSAValue) else None
            if axis is not None:
                lengths = lengths_of(axis.extent)
                sizes[term] = max(lengths) if lengths else None
            elif _varies(term, nest):
                sizes[term] = _count(term_interval(term, box))
    return sizes


def _count(interval: Interval) -> int | None:
    if interval.lo is None or interval.hi is None:
        return None
    return interval.hi - interval.lo + 1


def _varies(term: Term, nest: NestOp) -> bool:
    if term is SPAN:
        return True
    if isinstance(term, Quasi):
        return any(_varies(value, nest) for value in term.inner.values())
    if not isinstance(term, SSAValue):
        return False
    owner = term.owner
    return nest.is_ancestor(owner)


def _solved(forms: Sequence[Linear], sizes: Sizes) -> set[Term]:
    """The unknowns that the values of the forms determine."""
    solved: set[Term] = set()
    equations = list(forms)
    count = -1
    while count != len(solved):
        count = len(solved)
        for form in equations:
            unknown = [(abs(c), t) for t, c in form.terms.items() if t in sizes and t not in solved]
            if _is_mixed_radix([(coefficient, sizes[term]) for coefficient, term in unknown]):
                solved.update(term for _, term in unknown)
        equations = [*forms, *_rejoined(solved)]
    return solved


def _is_mixed_radix(digits: Sequence[tuple[int, int | None]]) -> bool:
    reach: int | None = 0
    for coefficient, size in sorted(digits, key=lambda digit: digit[0]):
        if reach is None or coefficient <= reach:
            return False
        reach = None if size is None else reach + coefficient * (size - 1)
    return True


def _rejoined(solved: Iterable[Term]) -> list[Linear]:
    """What is known once both its quotient and its remainder by one divisor are."""
    quasis = [term for term in solved if isinstance(term, Quasi)]
    quotients = [term for term in quasis if term.kind is QuasiKind.FLOORDIV]
    return [
        term.inner for term in quotients if Quasi(QuasiKind.MOD, term.inner, term.divisor) in quasis
    ]


def is_written_alike(nest: NestOp, access: AccessOp, store: StoreOp) -> bool:
    """Whether an access and a store of one nest have the same memory and indices, axis by axis."""
    return (
        access.memory is store.memory
        and access.span == store.span
        and _over_axes(nest, access) == _over_axes(nest, store)
    )


def meet_elsewhere(nest: NestOp, a: StoreOp, b: StoreOp) -> bool:
    """Whether two stores of a nest may write one place, other than at one point."""
    if storage_of(a.memory) is not storage_of(b.memory) or is_written_alike(nest, a, b):
        return False
    return a.memory is not b.memory or not _are_apart(nest, a, b)


def _are_apart(nest: NestOp, a: StoreOp, b: StoreOp) -> bool:
    """Whether two stores to one memory are shown to write different places, at any two points.

    In some dimension their indices differ by what no multiple of the coefficients makes, or lie
    in intervals that do not meet.
    """
    forms = zip(_over_axes(nest, a), _over_axes(nest, b), strict=True)
    return any(_never_equal(*pair) for pair in forms) or any(
        _do_not_meet(interval_of_form(x, a.span), interval_of_form(y, b.span))
        for x, y in zip(index_forms(a), index_forms(b), strict=True)
    )


def _never_equal(a: Linear, b: Linear) -> bool:
    """Whether forms differ for any values of their terms, one's not being the other's."""
    step = gcd(*a.terms.values(), *b.terms.values())
    difference = a.constant - b.constant
    return difference % step != 0 if step else difference != 0


def _do_not_meet(a: Interval, b: Interval) -> bool:
    return any(
        low.hi is not None and high.lo is not None and low.hi < high.lo
        for low, high in ((a, b), (b, a))
    )


def _over_axes(nest: NestOp, access: AccessOp) -> list[Linear]:
    """The indices over the arguments of the nest's first region that has them all."""
    block = access.parent_block()
    reference = next(iter((*nest.update.blocks, *nest.finish.blocks)))
    if block is None:
        return list(index_forms(access))
    names = nest.arguments_of(reference)
    places: dict[Term, Linear] = {
        argument: Linear.of(names[name]) for name, argument in nest.arguments_of(block).items()
    }
    return [form.substitute(places) for form in index_forms(access)]


def conflict(loop: ForOp) -> AccessOp | None:
    """An access of a parallel loop that may touch what another iteration writes, if any.

    For each buffer from outside that the loop stores there must be a dimension in which each
    iteration's accesses stay within a window, and the windows of iterations do not meet.
    """
    touched: dict[SSAValue, list[AccessOp]] = {}
    for op in loop.walk():
        if isinstance(op, AccessOp) and not is_inside(storage_of(op.memory), loop):
            touched.setdefault(storage_of(op.memory), []).append(op)
    for accesses in touched.values():
        if not any(isinstance(access, StoreOp) for access in accesses):
            continue
        if len({access.memory_type for access in accesses}) > 1:
            return next(access for access in accesses if isinstance(access, StoreOp))
        rank = accesses[0].memory_type.get_num_dims()
        if not any(_keeps_apart(loop, accesses, dimension) for dimension in range(rank)):
            return next(access for access in accesses if isinstance(access, StoreOp))
    return None


def _keeps_apart(loop: ForOp, accesses: Sequence[AccessOp], dimension: int) -> bool:
    """Whether iterations touch disjoint windows of a dimension.

    With indices ``c*start + rest`` that is ``max rest < min rest + c*length``: the first window
    ends before the next begins.
    """
    forms = [index_forms(access)[dimension] for access in accesses]
    steps = {form[loop.index] for form in forms}
    if len(steps) != 1 or (step := steps.pop()) <= 0:
        return False
    start = Linear.of(loop.index, step)
    rests = [(form - start, access.span) for form, access in zip(forms, accesses, strict=True)]

    def inside(value: SSAValue) -> bool:
        return is_inside(value, loop)

    def inside_or_length(value: SSAValue) -> bool:
        return value is loop.length or is_inside(value, loop)

    # The length in the upper end is that of the iteration itself, in the lower end of a later one.
    uppers = [[low * -1 for low in lower_bounds(rest * -1, span, inside)] for rest, span in rests]
    lowers = [list(lower_bounds(rest, span, inside_or_length)) for rest, span in rests]
    window = Linear.of(loop.length, step) - 1
    return all(
        any(is_nonnegative(window + low - high) for high in highs for low in lows)
        for highs in uppers
        for lows in lowers
    )

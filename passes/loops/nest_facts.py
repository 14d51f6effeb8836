"""What a policy has to know of a nest: how its accesses move along each axis, and what may move.

The *step* of an access along an axis is the distance in elements between neighbouring points: 0
where the access stays (the value is reused), 1 where neighbours are neighbours in memory, and None
where the distance varies or is known only at run time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import BFloat16Type, FixedBitwidthType
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ...dialects.tl.access import AccessOp, StoreOp
from ...dialects.tl.affine import Interval, Linear, Quasi, Term
from ...dialects.tl.attributes import Reduction
from ...dialects.tl.footprint import undetermined_axes
from ...dialects.tl.nest import NestOp, YieldOp
from ...dialects.tl.ranges import index_forms, interval_of_form, strides_of

ASSUMED_EXTENT = 128
"""How long an axis is taken to be whose extent is known only at run time."""

_INDEX_BITS = 64

Step = int | None


@dataclass(frozen=True)
class Access:
    """A load or a store, seen from the nest.

    ``steps`` has the axes that it moves along. ``size`` is that of an element in bytes, ``count``
    how many values it has (those of a literal range). ``dimensions`` has for each dimension of the
    buffer its extent (None if that is not a constant) and how fast the index grows along each axis.
    """

    op: AccessOp
    steps: Mapping[str, Step]
    size: int
    count: int
    dimensions: tuple[tuple[int | None, Mapping[str, int]], ...]

    @property
    def is_store(self) -> bool:
        """Whether it writes."""
        return isinstance(self.op, StoreOp)

    def moves_along(self, axis: str) -> bool:
        """Whether points along the axis access different elements."""
        return axis in self.steps

    def is_contiguous(self, axis: str) -> bool:
        """Whether neighbours along the axis are neighbours in memory."""
        return self.steps.get(axis) == 1

    def footprint(self, lengths: Mapping[str, int]) -> int:
        """About how many bytes it touches while each axis passes over that many points."""
        points = self.size * self.count
        for extent, rates in self.dimensions:
            reach = 1 + sum(rate * (lengths[axis] - 1) for axis, rate in rates.items())
            points *= reach if extent is None else min(extent, reach)
        return points


@dataclass(frozen=True)
class Body:
    """A region: its accesses, and what its arithmetic costs for one point.

    ``cost`` counts additions; a division or a transcendental function counts for several.
    """

    accesses: tuple[Access, ...] = ()
    cost: float = 0

    @cached_property
    def loads(self) -> tuple[Access, ...]:
        """What it reads."""
        return tuple(access for access in self.accesses if not access.is_store)

    @cached_property
    def stores(self) -> tuple[Access, ...]:
        """What it writes."""
        return tuple(access for access in self.accesses if access.is_store)


@dataclass(frozen=True)
class Facts:
    """The facts of one nest."""

    nest: NestOp

    @cached_property
    def extents(self) -> Mapping[str, int]:
        """How many points each axis has; ``ASSUMED_EXTENT`` where that is not a constant."""
        return {
            axis.name: axis.extent if isinstance(axis.extent, int) else ASSUMED_EXTENT
            for axis in self.nest.axes
        }

    @cached_property
    def dynamic(self) -> frozenset[str]:
        """The axes whose extents are no constants."""
        return frozenset(a.name for a in self.nest.axes if not isinstance(a.extent, int))

    @cached_property
    def spatial(self) -> tuple[str, ...]:
        """The axes that are not reduced, in order."""
        return tuple(axis.name for axis in self.nest.spatial)

    @cached_property
    def reduction(self) -> tuple[str, ...]:
        """The axes that are reduced, in order."""
        return tuple(axis.name for axis in self.nest.reduction)

    @cached_property
    def points(self) -> int:
        """How many points a reduction has."""
        return prod(self.extents[axis] for axis in self.reduction)

    @cached_property
    def init(self) -> Body:
        """What happens once at each spatial point before the reduction."""
        return self._body(self.nest.init.blocks)

    @cached_property
    def update(self) -> Body:
        """What happens at each point of all axes."""
        return self._body(self.nest.update.blocks)

    @cached_property
    def finish(self) -> Body:
        """What happens once at each spatial point at the end."""
        return self._body(self.nest.finish.blocks)

    @cached_property
    def is_reduction(self) -> bool:
        """Whether there is an `update`."""
        return bool(self.nest.update.blocks)

    @cached_property
    def accumulators(self) -> int:
        """How many values a point keeps: its accumulators, or what it stores."""
        return max(1, len(self.nest.accumulators)) if self.is_reduction else 1

    @cached_property
    def hot(self) -> Body:
        """The body that is run most: `update`, or `finish` where there is none."""
        return self.update if self.is_reduction else self.finish

    @property
    def accesses(self) -> Iterator[Access]:
        """Those of all regions."""
        for body in (self.init, self.update, self.finish):
            yield from body.accesses

    @cached_property
    def ordered(self) -> frozenset[str]:
        """The axes whose points have to be visited one after the other (V4, V5)."""
        nest = self.nest
        found: set[str] = set()
        for store in self.finish.stores:
            found |= {axis.name for axis in undetermined_axes(nest, _store(store), nest.spatial)}
        for store in self.update.stores:
            found |= {axis.name for axis in undetermined_axes(nest, _store(store), nest.axes)}
            if _reaches_accumulator(nest, store.op):
                found |= set(self.reduction)
        return frozenset(found)

    @cached_property
    def is_combinable(self) -> bool:
        """Whether partial results of the reduction can be combined (V3)."""
        custom = [a.kind is Reduction.CUSTOM for a in self.nest.accumulators]
        if not any(custom):
            return True
        last = self.nest.init.block.last_op
        return (
            bool(self.nest.combine.blocks)
            and isinstance(last, YieldOp)
            and all(
                isinstance(value.owner, arith.ConstantOp)
                for value, is_custom in zip(last.arguments, custom, strict=True)
                if is_custom
            )
        )

    @cached_property
    def element_bits(self) -> int:
        """The width of the widest value that is loaded, stored or accumulated."""
        widths = [8 * access.size for access in self.accesses]
        widths += [_bits(accumulator.type) for accumulator in self.nest.accumulators]
        return max(widths, default=_INDEX_BITS)

    def edges(self, axis: str) -> tuple[int, int]:
        """How many points at the start and at the end of an axis have undecided guards.

        (0, 0) also where guards are undecided at every point.
        """
        return self._edges[axis]

    @cached_property
    def _edges(self) -> Mapping[str, tuple[int, int]]:
        return {axis: self._find_edges(axis) for axis in self.extents}

    def _find_edges(self, axis: str) -> tuple[int, int]:
        extent = self.extents[axis]
        first, last = 0, extent - 1
        for access in self.accesses:
            if access.op.is_guarded and axis not in self.dynamic:
                inner = _decided(self.nest, access.op, axis)
                first, last = max(first, inner.lo or 0), min(last, _or(inner.hi, last))
        return (first, extent - 1 - last) if first <= last else (0, 0)

    def _body(self, blocks: Iterable[Block]) -> Body:
        accesses: list[Access] = []
        cost = 0.0
        for block in blocks:
            reach = _axes_reached(self.nest, block)
            for op in block.ops:
                if isinstance(op, AccessOp):
                    accesses.append(_access(self.nest, block, op, reach))
                else:
                    cost += _COSTS.get(op.name, _DEFAULT_COST)
        return Body(tuple(accesses), cost)


_DEFAULT_COST = 1.0

_COSTS: Mapping[str, float] = {
    "tl.yield": 0,
    "arith.constant": 0,
    "arith.divf": 6,
    "arith.divsi": 20,
    "arith.divui": 20,
    "arith.remsi": 20,
    "arith.remui": 20,
    "math.sqrt": 8,
    "math.rsqrt": 10,
    "math.exp": 14,
    "math.log": 20,
    "math.tanh": 16,
    "math.erf": 18,
    "math.sin": 20,
    "math.cos": 20,
    "math.powf": 40,
}
"""Arithmetic whose cost is not that of an addition, in additions."""


def _store(access: Access) -> StoreOp:
    assert isinstance(access.op, StoreOp)
    return access.op


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _bits(type_: Attribute) -> int:
    if isinstance(type_, FixedBitwidthType):
        return max(8, type_.bitwidth)
    return 16 if isinstance(type_, BFloat16Type) else _INDEX_BITS


def _axes_reached(nest: NestOp, block: Block) -> dict[SSAValue, frozenset[str]]:
    """The axes that each value of a region depends on."""
    reach = {value: frozenset([axis.name]) for value, axis in nest.axes_of(block).items()}
    for op in block.ops:
        axes = frozenset[str]().union(*(reach.get(operand, frozenset()) for operand in op.operands))
        reach |= dict.fromkeys(op.results, axes)
    return reach


def _access(
    nest: NestOp, block: Block, op: AccessOp, reach: Mapping[SSAValue, frozenset[str]]
) -> Access:
    axes = nest.axes_of(block)
    steps: dict[str, Step] = {}
    dimensions: list[tuple[int | None, Mapping[str, int]]] = []
    shape = op.memory_type.get_shape()
    for form, stride, extent in zip(
        index_forms(op), strides_of(op.memory_type), shape, strict=True
    ):
        rates: dict[str, int] = {}
        for term, coefficient in form.terms.items():
            if isinstance(term, SSAValue) and term in axes:
                name = axes[term].name
                steps[name] = _moved(steps.get(name, 0), coefficient, stride)
                rates[name] = rates.get(name, 0) + abs(coefficient)
            else:
                names = _names(term, reach)
                steps |= dict.fromkeys(names, None)
                rates |= dict.fromkeys(names, 1)
        dimensions.append((None if extent < 0 else extent, rates))
    # Along an axis of one point nothing moves.
    steps = {a.name: steps[a.name] for a in nest.axes if a.name in steps and a.extent != 1}
    bits = _bits(op.memory_type.element_type)
    kept = {name: step for name, step in steps.items() if step != 0}
    return Access(op, kept, -(-bits // 8), len(op.values), tuple(dimensions))


def _moved(step: Step, coefficient: int, stride: int | None) -> Step:
    return None if step is None or stride is None else step + coefficient * stride


def _names(term: Term, reach: Mapping[SSAValue, frozenset[str]]) -> frozenset[str]:
    """The axes that a term depends on which is none itself."""
    if isinstance(term, Quasi):
        return frozenset[str]().union(*(reach.get(v, frozenset()) for v in term.inner.values()))
    return reach.get(term, frozenset()) if isinstance(term, SSAValue) else frozenset()


def _reaches_accumulator(nest: NestOp, op: Operation) -> bool:
    """Whether an operand of an op of `update` depends on an accumulator."""
    block = op.parent_block()
    assert block is not None
    tainted: set[SSAValue] = set(nest.accumulators_of(block))
    for other in block.ops:
        if tainted.intersection(other.operands):
            if other is op:
                return True
            tainted |= set(other.results)
    return False


def _decided(nest: NestOp, op: AccessOp, axis: str) -> Interval:
    """The points of an axis at which an access is in bounds wherever the other axes stand."""
    block = op.parent_block()
    assert block is not None
    value = nest.arguments_of(block).get(axis)
    inside = Interval()
    if value is None:
        return inside
    for form, extent in zip(index_forms(op), op.memory_type.get_shape(), strict=True):
        factor = form[value]
        if factor <= 0 or extent < 0:
            continue
        rest = interval_of_form(form - Linear.of(value, factor), op.span)
        if rest.lo is None or rest.hi is None:
            continue
        inside = _meet(inside, Interval(-(rest.lo // factor), (extent - 1 - rest.hi) // factor))
    return inside


def _meet(a: Interval, b: Interval) -> Interval:
    los = [end for end in (a.lo, b.lo) if end is not None]
    his = [end for end in (a.hi, b.hi) if end is not None]
    return Interval(max(los, default=None), min(his, default=None))

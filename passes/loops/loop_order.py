"""In which order the tiles of a nest are visited: the one that moves least between caches.

What the loops inside some depth touch stays in a cache if it fits; then each iteration outside
brings it there once. The cost of an order is the time to move all of that, for every cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from math import inf, prod

from .cost_model import LOAD, MEMORY, STREAMS, USABLE, CostModel, tile_lengths
from .nest_facts import Facts
from .register_tile import Tile, is_hoisted

_MOST_PERMUTED = 5
"""With more loops than these the outer ones stay as they are."""

_WORTH = 0.8
"""An order other than the axes' own has to be this much better."""


def tile_order(model: CostModel, tile: Tile) -> list[str]:
    """The spatial axes, outermost first."""
    facts = model.facts
    trips = {axis: model.division(tile, axis).count for axis in facts.spatial}
    moving = [axis for axis in facts.spatial if trips[axis] > 1 or axis in facts.dynamic]
    still = [axis for axis in facts.spatial if axis not in moving]
    if not facts.is_reduction:
        return [*still, *_as_stored(facts, moving)]
    fixed, free = moving[:-_MOST_PERMUTED], moving[-_MOST_PERMUTED:]
    best, least = free, _cost(model, tile, free, trips)
    for order in _orders(facts, free):
        cost = _cost(model, tile, order, trips)
        if cost < least * _WORTH:
            best, least = order, cost
    return [*still, *fixed, *best]


def _orders(facts: Facts, axes: Sequence[str]) -> Iterator[list[str]]:
    """The permutations that keep the order of axes that have one."""
    fixed = [axis for axis in axes if axis in facts.ordered]
    for order in permutations(axes):
        if [axis for axis in order if axis in facts.ordered] == fixed:
            yield list(order)


def _as_stored(facts: Facts, axes: Sequence[str]) -> list[str]:
    """Axes along which results lie far apart outside of those along which they are neighbours."""
    if facts.ordered:
        return list(axes)

    def distance(axis: str) -> float:
        steps = [store.steps.get(axis, 0) for store in facts.finish.stores]
        return max((inf if step is None else abs(step) for step in steps), default=0)

    return sorted(axes, key=distance, reverse=True)


def _cost(model: CostModel, tile: Tile, order: Sequence[str], trips: Mapping[str, int]) -> float:
    """Cycles spent on moving data between caches, and on operands kept in registers."""
    facts = model.facts
    lengths = tile_lengths(facts, tile)
    inside: list[list[float]] = [[model.touched(load, lengths) for load in facts.update.loads]]
    for axis in reversed(order):
        lengths[axis] = facts.extents[axis]
        inside.append([model.touched(load, lengths) for load in facts.update.loads])
    outside = [prod(trips[axis] for axis in order[: len(order) - n]) for n in range(len(inside))]
    cost = 0.0
    for (level, _), (_, bandwidth) in zip(STREAMS, (*STREAMS[1:], ("", MEMORY)), strict=True):
        size = getattr(model.target, level) * USABLE
        fitting = [n for n, parts in enumerate(inside) if sum(parts) <= size]
        # What fits stays from one iteration of the loop around it to the next.
        depth = min(max(fitting) + 1, len(order)) if fitting else 0
        moved = sum(inside[depth]) * outside[depth]
        cost += moved / bandwidth
    return cost + _refills(model, tile, order, trips)


def _refills(model: CostModel, tile: Tile, order: Sequence[str], trips: Mapping[str, int]) -> float:
    """Cycles of loading what stays in registers during the loops it does not move along."""
    cost, facts = 0.0, model.facts
    for load in facts.update.loads:
        if is_hoisted(facts, model.target, tile, load):
            depth = max((n for n, axis in enumerate(order, 1) if load.moves_along(axis)), default=0)
            cost += prod(trips[axis] for axis in order[:depth]) * facts.points * LOAD
    return cost

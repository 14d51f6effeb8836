"""What the layout rows of several families share."""

from __future__ import annotations

from collections.abc import Sequence

from ..layout import Layout
from .rows import LayoutInference


def keep_original(old: Sequence[Layout | None], results: int = 1) -> LayoutInference:
    """The op runs in the layouts it was written for; its results are laid out as operand 0."""
    return LayoutInference(tuple(old), (old[0],) * results)


def whole_axis(old: Layout, new: Layout, axis: int) -> int | None:
    """Where ``new`` holds the dimension at ``axis`` of ``old``; None where a block splits it."""
    letter = old.primal_axis_of(axis)
    if not old.bijective_to(new):
        return None
    if len(old.positions(letter)) > 1 or len(new.positions(letter)) > 1:
        return None
    return new.index(letter)


def whole_axes(old: Layout, new: Layout, axes: Sequence[int]) -> tuple[int, ...] | None:
    """``whole_axis`` of each axis; None if a block splits one of them."""
    found = [whole_axis(old, new, axis) for axis in axes]
    whole = tuple(axis for axis in found if axis is not None)
    return whole if len(whole) == len(found) else None


def follow_axis(
    axis: int, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    """Take the layout that operand 0 arrives in while ``axis`` is whole; renumber ``axis``.

    ``axis`` counts from the left. The other operands keep their layouts.
    """
    if new is None or new[0] is None or old[0] is None:
        return keep_original(old)
    moved = whole_axis(old[0], new[0], axis)
    if moved is None:
        return keep_original(old)
    return LayoutInference((new[0], *old[1:]), (new[0],), {"axis": moved})

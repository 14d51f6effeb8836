"""Indices of windows that slide: where taps meet the data, and how many do."""

from __future__ import annotations

from ..tl.index import Index
from .kernel_builder import Point
from .scalar import Scalar
from .windows import Window


def tap(output: Index, number: Index, window: Window) -> Index:
    """Where a tap of a window meets the data."""
    return output * window.stride + number * window.dilation - window.before


def leaves(window: Window, extent: int) -> bool:
    """Whether taps of some window lie outside the data."""
    last = (window.positions(extent) - 1) * window.stride + window.span - window.before
    return window.before > 0 or last > extent


def elements(
    point: Point, output: Index, window: Window, extent: int, *, padding: bool
) -> Scalar | int:
    """How many taps of a window meet an element of the data, or also of its padding.

    It is what ``Window.elements`` counts.
    """
    counts = {int(count) for count in window.elements(extent, padding=padding)}
    if len(counts) == 1:
        return counts.pop()
    low, high = (-window.before, extent + window.after) if padding else (0, extent)
    start = output * window.stride - window.before
    # Taps number `skipped` to `end` are those from `low` on and before `high`.
    skipped = _steps(point.index(low - start).max(0), window.dilation)
    end = _steps(point.index(high - start).max(0), window.dilation).min(window.taps)
    return end - skipped


def _steps(distance: Scalar, step: int) -> Scalar:
    """How many steps cover a distance."""
    return distance if step == 1 else (distance + (step - 1)) / step

"""Windows that slide over height and width: what convolutions and pools have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, i64
from xdsl.irdl import prop_def
from xdsl.utils.exceptions import VerifyException

from .base import I64_ARRAY, I64Array, RelayOp, ints
from .rows import Array
from .types import DYNAMIC


@dataclass(frozen=True)
class Window:
    """A window that slides along one axis, over an input padded at both ends.

    It has ``taps`` elements ``dilation`` apart. With ``ceil`` the last window may reach past
    the padded input.
    """

    taps: int
    stride: int
    dilation: int
    before: int
    after: int
    ceil: bool = False

    @property
    def span(self) -> int:
        """The number of neighbouring elements from the first tap to the last."""
        return (self.taps - 1) * self.dilation + 1

    def positions(self, extent: int) -> int:
        """How many windows an input has: less than 1 when none fits, dynamic when unknown."""
        if DYNAMIC in (extent, self.taps):
            return DYNAMIC
        room = extent + self.before + self.after - self.span
        return (room + (self.stride - 1 if self.ceil else 0)) // self.stride + 1

    def elements(self, extent: int, *, padding: bool) -> Array:
        """Per window, how many taps meet an element of the input, or also of its padding."""
        starts = np.arange(self.positions(extent)) * self.stride - self.before
        taps = starts[:, np.newaxis] + np.arange(self.taps) * self.dilation
        low, high = (-self.before, extent + self.after) if padding else (0, extent)
        return np.count_nonzero((low <= taps) & (taps < high), axis=1)


class WindowedOp(RelayOp):
    """An op with windows over height and width. Padding is (top, left, bottom, right)."""

    strides = prop_def(I64_ARRAY, default_value=DenseArrayBase.from_list(i64, [1, 1]))
    padding = prop_def(I64_ARRAY, default_value=DenseArrayBase.from_list(i64, [0, 0, 0, 0]))
    dilation = prop_def(I64_ARRAY, default_value=DenseArrayBase.from_list(i64, [1, 1]))

    def windows(self, taps: tuple[int, int], *, ceil: bool = False) -> tuple[Window, Window]:
        """The windows along height and width.

        Raises:
            VerifyException: when a property has a wrong length or a value out of range.
        """
        strides = int_pair(self, "strides", self.strides)
        dilation = int_pair(self, "dilation", self.dilation)
        top, left, bottom, right = checked_ints(self, "padding", self.padding, 4, 0)
        if any(extent < 1 and extent != DYNAMIC for extent in taps):
            raise VerifyException(f"{self.name}: window is {list(taps)}, expected extents >= 1")
        return (
            Window(taps[0], strides[0], dilation[0], top, bottom, ceil),
            Window(taps[1], strides[1], dilation[1], left, right, ceil),
        )


def checked_ints(
    op: RelayOp, name: str, array: I64Array, length: int, least: int
) -> tuple[int, ...]:
    """The values of an integer array property.

    Raises:
        VerifyException: unless there are ``length`` values, each at least ``least``.
    """
    values = ints(array)
    if len(values) != length or any(value < least for value in values):
        raise VerifyException(
            f"{op.name}: {name} is {list(values)}, expected {length} values >= {least}"
        )
    return values


def int_pair(op: RelayOp, name: str, array: I64Array, least: int = 1) -> tuple[int, int]:
    """The two values, for height and width, of an integer array property.

    Raises:
        VerifyException: unless there are two values, each at least ``least``.
    """
    height, width = checked_ints(op, name, array, 2, least)
    return height, width


def slid_extents(
    op: RelayOp, windows: tuple[Window, Window], extents: tuple[int, int]
) -> tuple[int, int]:
    """How many windows fit along height and width.

    Raises:
        VerifyException: when not one fits.
    """
    height, width = (w.positions(extent) for w, extent in zip(windows, extents, strict=True))
    for axis, count, window, extent in zip(
        ("height", "width"), (height, width), windows, extents, strict=True
    ):
        if count != DYNAMIC and count < 1:
            raise VerifyException(
                f"{op.name}: window spans {window.span} elements of the {axis}, expected at most "
                f"{extent + window.before + window.after} ({extent} and its padding)"
            )
    return height, width


def slide(
    array: Array, axes: tuple[int, int], windows: tuple[Window, Window], fill: float
) -> Array:
    """All windows of an array padded with ``fill``, as a view.

    Along each of ``axes`` it has one entry per window; two axes of taps are appended:
    ``[N, C, H, W]`` gives ``[N, C, OH, OW, KH, KW]``.
    """
    pads = [(0, 0)] * array.ndim
    steps = [slice(None)] * array.ndim
    for axis, window in zip(axes, windows, strict=True):
        extent = array.shape[axis]
        reach = (window.positions(extent) - 1) * window.stride + window.span
        # A window of ceil mode may need more than the padding asked for.
        pads[axis] = (window.before, max(window.after, reach - window.before - extent))
        steps[axis] = slice(None, None, window.stride)
    if any(map(any, pads)):
        array = np.pad(array, pads, constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(array, [w.span for w in windows], axis=axes)
    taps = [slice(None, None, window.dilation) for window in windows]
    # Ceil's extra padding is never wide enough for one more window, so the counts agree.
    return view[(*steps, *taps)]

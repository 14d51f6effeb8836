"""What computes a transposed convolution: one nest per phase of the result, as it gathers.

With stride s the tap kh spreads element ih of the data to row ``s * ih + kh * dilation - top``.
The rows ``oh = s * u + phase`` are met by every period-th tap from some first one on, and by each
at an affine place of the data: for a phase, it is a convolution of stride 1 with those taps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import gcd
from typing import TYPE_CHECKING

from ..tl.index import Index
from .conv_base import extents_of
from .conv_compute import channel_at, output_channels, spatial_axes
from .dense_compute import sum_products
from .kernel_builder import KernelBuilder, Point, Scratch
from .scalar import Scalar
from .types import dtype_of, shape_of
from .windows import Window

if TYPE_CHECKING:
    from .conv_transpose import Conv2dTransposeOp


@dataclass(frozen=True)
class Phase:
    """Every ``stride``-th row of the result from ``number`` on: how many, and what meets them.

    Row u is met by the taps ``first + period * t``, each at the element ``u + start - step * t``.
    """

    number: int
    stride: int
    rows: int
    taps: int
    first: int
    period: int
    start: int
    step: int

    def row(self, row: Index) -> Index:
        """The row of the result."""
        return row * self.stride + self.number

    def tap(self, tap: Index) -> Index:
        """The tap of the weight."""
        return tap * self.period + self.first

    def element(self, row: Index, tap: Index) -> Index:
        """The place in the data that a tap meets."""
        return row + self.start - tap * self.step

    def leaves(self, extent: int) -> bool:
        """Whether a tap meets a place outside the data."""
        return self.start - (self.taps - 1) * self.step < 0 or self.rows - 1 + self.start >= extent


def phases(window: Window, extent: int) -> list[Phase]:
    """The phases of a result of ``extent`` rows."""
    stride, dilation = window.stride, window.dilation
    period, step = stride // gcd(stride, dilation), dilation // gcd(stride, dilation)
    found: list[Phase] = []
    for number in range(min(stride, extent)):
        reached = number + window.before
        met = (k for k in range(min(period, window.taps)) if not (reached - k * dilation) % stride)
        first = next(met, None)
        taps = 0 if first is None else -((window.taps - first) // -period)
        first = first or 0
        start = (reached - first * dilation) // stride
        rows = -((extent - number) // -stride)
        found.append(Phase(number, stride, rows, taps, first, period, start, step))
    return found


def transposed_convolution(op: Conv2dTransposeOp, kernel: KernelBuilder) -> None:
    """Append the nests of a transposed convolution.

    Where the result's innermost axis is one that windows slide along, a phase's elements lie
    ``stride`` apart: they are computed side by side in scratch memory, then put in place.
    """
    out_layout = op.layouts[2]
    windows = dict(zip("HW", op.windows(extents_of(op).kernel), strict=True))
    sizes = dict(zip(out_layout.letters, shape_of(op.output.type), strict=True))
    strides = {letter: window.stride for letter, window in windows.items()}
    scratch = None
    if strides.get(out_layout.letters[-1], 1) > 1:
        parts = [-(sizes[letter] // -strides.get(letter, 1)) for letter in out_layout.letters]
        shape = (strides["H"], strides["W"], *parts)
        scratch = kernel.scratch(dtype_of(op.output.type), shape, "phases")
    for vertical, horizontal in product(*(phases(windows[key], sizes[key]) for key in "HW")):
        _write_phase(op, kernel, vertical, horizontal, scratch)
    if scratch is not None:
        _interleave(op, kernel, scratch, strides)


def _write_phase(
    op: Conv2dTransposeOp,
    kernel: KernelBuilder,
    vertical: Phase,
    horizontal: Phase,
    scratch: Scratch | None,
) -> None:
    """Append the nest of a phase, which goes to its part of the scratch memory if there is any."""
    data_layout, kernel_layout, out_layout = op.layouts
    found = extents_of(op)
    groups = op.groups.value.data
    inner = found.in_channels // groups
    outputs = output_channels(found.weight_outputs * groups, groups, 1)
    sizes = dict(zip(out_layout.letters, shape_of(op.output.type), strict=True))
    rows = {"H": vertical.rows, "W": horizontal.rows}
    spatial = spatial_axes(out_layout, {**sizes, **rows}, outputs)
    reduction = {"kh": vertical.taps, "kw": horizontal.taps, "ic": inner}
    is_guarded = vertical.leaves(found.in_size[0]) or horizontal.leaves(found.in_size[1])

    def factors(point: Point) -> tuple[Scalar, Scalar]:
        channel = point["g"] * inner + point["ic"]
        place = {
            "N": point["n"],
            "C": channel,
            "H": vertical.element(point["oh"], point["kh"]),
            "W": horizontal.element(point["ow"], point["kw"]),
        }
        x = point.read(op.data, data_layout.place(place), skip=is_guarded)
        place = {
            "I": channel,
            "O": point["oc"] if "oc" in outputs else Index.of(0),
            "H": vertical.tap(point["kh"]),
            "W": horizontal.tap(point["kw"]),
        }
        return x, point.read(op.weight, kernel_layout.place(place))

    def finish(point: Point, total: Scalar) -> None:
        place = {
            "N": point["n"],
            "C": channel_at(point, outputs),
            "H": point["oh"],
            "W": point["ow"],
        }
        if scratch is not None:
            phase = (vertical.number, horizontal.number)
            point.put(total, scratch, (*phase, *out_layout.place(place)))
        else:
            place |= {"H": vertical.row(point["oh"]), "W": horizontal.row(point["ow"])}
            point.store(op.output, out_layout.place(place), total)

    sum_products(op, kernel, (spatial, reduction), factors, finish)


def _interleave(
    op: Conv2dTransposeOp, kernel: KernelBuilder, scratch: Scratch, strides: Mapping[str, int]
) -> None:
    """Append the nest that puts the phases' elements in place."""
    axes: dict[str, int] = {}
    steps: dict[str, tuple[str, str, int]] = {}
    out_layout = op.layouts[2]
    for letter, extent in zip(out_layout.letters, shape_of(op.output.type), strict=True):
        axis, stride = letter.lower(), strides.get(letter, 1)
        # Where the phases are all of one length, the place is linear in these two axes.
        factor = stride if extent % stride == 0 else 1
        steps[letter] = (axis, f"{axis}p", factor)
        axes |= {axis: extent // factor, f"{axis}p": factor}
    with kernel.nest(axes).finish() as point:
        place = {
            letter: point[axis] * factor + point[phase]
            for letter, (axis, phase, factor) in steps.items()
        }
        phase = [place[letter] % strides[letter] for letter in "HW"]
        rows = {letter: place[letter] // stride for letter, stride in strides.items()}
        total = point.load(scratch, (*phase, *out_layout.place({**place, **rows})))
        point.store(op.output, out_layout.place(place), total)

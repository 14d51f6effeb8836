"""Two-dimensional pools: the maximum or the average of windows over height and width.

All take data in any layout of N, C, H and W that does not split H or W, blocked ones too, and
give the result in the same. A maximum is NaN where any element is NaN. Averages of integers are
summed in 64 bits and truncated.

A window without any element of the data is an error where extents are known. Where they are `?`,
its maximum is -inf (of integers: the lowest) and its average 0.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import BoolAttr
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ..layout import Layout, LayoutAttr
from .base import BOOL_ATTR, I64_ARRAY, RelayOp, operand_extents
from .compute import Nests
from .kernel_builder import KernelBuilder
from .pool_compute import Spans, adaptive, avg_pool, max_pool, sliding, whole
from .rows import Array, LayoutInference, Pattern, Rows
from .types import DYNAMIC, NUMERIC, TENSOR, dtype_of, shape_of, tensor
from .windows import Window, WindowedOp, int_pair, slid_extents, slide

_NCHW = Layout.parse("NCHW")


class _PoolOp(RelayOp):
    """An op that reduces over height and width."""

    data = operand_def(TENSOR)
    layout = prop_def(LayoutAttr, default_value=LayoutAttr.get(_NCHW))
    output = result_def(TENSOR)

    @property
    def axes(self) -> tuple[int, int]:
        """The axes of height and width."""
        return self.layout.data.index("H"), self.layout.data.index("W")


def _keeps_rows_and_columns(layout: Layout) -> bool:
    """Whether a pool can run in the layout: H and W, which windows slide along, are whole."""
    if not layout.bijective_to(_NCHW):
        return False
    return len(layout.positions("H")) == len(layout.positions("W")) == 1


def _size(op: _PoolOp) -> tuple[int, int]:
    """The height and width of the data, after checking its layout."""
    layout = op.layout.data
    if not _keeps_rows_and_columns(layout):
        raise VerifyException(
            f"{op.name}: layout is {layout}, expected the axes N, C, H and W with H and W unsplit"
        )
    _, _, height, width = operand_extents(op, 0, layout, "NCHW")
    if 0 in (height, width):
        raise VerifyException(
            f"{op.name}: operand 'data' has height {height} and width {width}, expected at least 1"
        )
    return height, width


def _extents(op: _PoolOp) -> tuple[int, int]:
    """The height and width of the data, as they are."""
    shape, (height, width) = shape_of(op.data.type), op.axes
    return shape[height], shape[width]


def _resized(op: _PoolOp, size: Sequence[int]) -> Sequence[Attribute]:
    """The data's type with another height and width."""
    shape = list(shape_of(op.data.type))
    for axis, extent in zip(op.axes, size, strict=True):
        shape[axis] = extent
    return [tensor(dtype_of(op.data.type), shape)]


def _follow(
    op: _PoolOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    """Run in the layout that arrives where that is possible, else in the op's own."""
    arriving = new[0] if new else None
    if arriving is None or not _keeps_rows_and_columns(arriving):
        arriving = op.layout.data
    return LayoutInference((arriving,), (arriving,), {"layout": arriving})


def _lowest(array: Array) -> float:
    """What padding is for a maximum: nothing is less."""
    return int(np.iinfo(array.dtype).min) if array.dtype.kind in "iu" else -np.inf


def _wide(array: Array) -> Array:
    """Integers in 64 bits, floats as they are."""
    wide = {"i": np.dtype(np.int64), "u": np.dtype(np.uint64)}
    return array.astype(wide.get(array.dtype.kind, array.dtype), copy=False)


def _average(total: Array, count: Array) -> Array:
    """Sums over counts, or over 1 where there is nothing to count; integers truncate."""
    divisor = np.maximum(count, 1).astype(total.dtype)
    if total.dtype.kind not in "iu":
        return total / divisor
    quotient = total // divisor
    # Floor division rounds down; C's rounds towards zero.
    return quotient + ((total < 0) & (quotient * divisor != total))


def _along(axes: tuple[int, int], rank: int, rows: Array, columns: Array) -> Array:
    """The outer product of a value per row and a value per column, to broadcast at ``axes``."""
    height, width = axes
    shape = [1] * rank
    shape[height] = len(rows)
    down = rows.reshape(shape)
    shape[height], shape[width] = 1, len(columns)
    return down * columns.reshape(shape)


# nn.max_pool2d and nn.avg_pool2d.


class _SlidingPoolOp(_PoolOp, WindowedOp):
    """A pool whose windows of ``pool_size`` slide by ``strides`` over the padded data.

    OH = (H + top + bottom - ((KH - 1) * dilation + 1)) // stride + 1, rounded up instead of
    down with ``ceil_mode``; OW likewise.
    """

    pool_size = prop_def(I64_ARRAY)
    ceil_mode = prop_def(BOOL_ATTR, default_value=BoolAttr.from_bool(False))

    def pool_windows(self) -> tuple[Window, Window]:
        """The windows along height and width."""
        taps = int_pair(self, "pool_size", self.pool_size)
        return self.windows(taps, ceil=bool(self.ceil_mode))


def _infer_sliding(op: _SlidingPoolOp) -> Sequence[Attribute]:
    size = _size(op)
    windows = op.pool_windows()
    result = slid_extents(op, windows, size)
    for axis, window, extent in zip(("height", "width"), windows, size, strict=True):
        if extent != DYNAMIC:
            _check_elements(op, axis, window, extent)
    return _resized(op, result)


def _check_elements(op: _SlidingPoolOp, axis: str, window: Window, extent: int) -> None:
    (empty,) = np.nonzero(window.elements(extent, padding=False) == 0)
    if empty.size:
        raise VerifyException(
            f"{op.name}: window {empty[0]} along the {axis} lies wholly in the padding, "
            f"expected it to hold an element of the data's {extent}"
        )


def _reduce_windows(
    op: _SlidingPoolOp, combine: Callable[[Array, Array], Array], data: Array, fill: float
) -> Array:
    """Combine the taps of each window one after the other."""
    rows, columns = windows = op.pool_windows()
    view = slide(data, op.axes, windows, fill)
    return functools.reduce(
        combine, (view[..., i, j] for i in range(rows.taps) for j in range(columns.taps))
    )


def _evaluate_max(op: MaxPool2dOp, data: Array) -> Array:
    return _reduce_windows(op, np.maximum, data, _lowest(data))


def _evaluate_avg(op: AvgPool2dOp, data: Array) -> Array:
    padding = bool(op.count_include_pad)
    rows, columns = (
        window.elements(data.shape[axis], padding=padding)
        for window, axis in zip(op.pool_windows(), op.axes, strict=True)
    )
    total = _reduce_windows(op, np.add, _wide(data), 0)
    return _average(total, _along(op.axes, data.ndim, rows, columns))


def _compute_max(op: MaxPool2dOp, kernel: KernelBuilder) -> None:
    max_pool(op, kernel, sliding(op.pool_windows(), _extents(op), padding=False))


@irdl_op_definition
class MaxPool2dOp(_SlidingPoolOp):
    """The maximum of each window; the padding of floats is -inf, of integers the lowest."""

    name = "relay.nn.max_pool2d"
    ROWS: ClassVar = Rows(
        infer=_infer_sliding,
        evaluate=_evaluate_max,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=_follow,
        keeps_finite=True,
        compute=Nests(_compute_max),
    )


def _compute_avg(op: AvgPool2dOp, kernel: KernelBuilder) -> None:
    padding = bool(op.count_include_pad)
    avg_pool(op, kernel, sliding(op.pool_windows(), _extents(op), padding=padding))


@irdl_op_definition
class AvgPool2dOp(_SlidingPoolOp):
    """The average of each window over the elements of the data that it holds.

    With ``count_include_pad`` also over the padding (of zeros), but never over what lies
    beyond it, which ``ceil_mode`` may reach.
    """

    name = "relay.nn.avg_pool2d"
    count_include_pad = prop_def(BOOL_ATTR, default_value=BoolAttr.from_bool(False))
    ROWS: ClassVar = Rows(
        infer=_infer_sliding,
        evaluate=_evaluate_avg,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=_follow,
        keeps_finite=True,
        compute=Nests(_compute_avg),
    )


# Global pools.


def _infer_global(op: _PoolOp) -> Sequence[Attribute]:
    _size(op)
    return _resized(op, (1, 1))


def _evaluate_global_max(op: GlobalMaxPool2dOp, data: Array) -> Array:
    return np.max(data, axis=op.axes, keepdims=True, initial=_lowest(data))


def _evaluate_global_avg(op: GlobalAvgPool2dOp, data: Array) -> Array:
    height, width = op.axes
    total = np.sum(_wide(data), axis=op.axes, keepdims=True)
    return _average(total, np.asarray(data.shape[height] * data.shape[width]))


def _compute_global_max(op: GlobalMaxPool2dOp, kernel: KernelBuilder) -> None:
    max_pool(op, kernel, whole(_extents(op)))


@irdl_op_definition
class GlobalMaxPool2dOp(_PoolOp):
    """The maximum over all of height and width, which become 1."""

    name = "relay.nn.global_max_pool2d"
    ROWS: ClassVar = Rows(
        infer=_infer_global,
        evaluate=_evaluate_global_max,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=_follow,
        keeps_finite=True,
        compute=Nests(_compute_global_max),
    )


def _compute_global_avg(op: GlobalAvgPool2dOp, kernel: KernelBuilder) -> None:
    avg_pool(op, kernel, whole(_extents(op)))


@irdl_op_definition
class GlobalAvgPool2dOp(_PoolOp):
    """The average over all of height and width, which become 1."""

    name = "relay.nn.global_avg_pool2d"
    ROWS: ClassVar = Rows(
        infer=_infer_global,
        evaluate=_evaluate_global_avg,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=_follow,
        keeps_finite=True,
        compute=Nests(_compute_global_avg),
    )


# Adaptive pools.


class _AdaptivePoolOp(_PoolOp):
    """A pool to a given size: window i of n along H holds rows i*H//n up to ceil((i+1)*H/n)."""

    output_size = prop_def(I64_ARRAY)


def _infer_adaptive(op: _AdaptivePoolOp) -> Sequence[Attribute]:
    _size(op)
    return _resized(op, int_pair(op, "output_size", op.output_size))


def _bounds(extent: int, windows: int) -> list[tuple[int, int]]:
    """The first element of each window and the one past its last."""
    return [(i * extent // windows, -((i + 1) * extent // -windows)) for i in range(windows)]


def _reduce_adaptive(op: _AdaptivePoolOp, reduce: Callable[..., Array], data: Array) -> Array:
    """Reduce along height, then along width."""
    for axis, count in zip(op.axes, int_pair(op, "output_size", op.output_size), strict=True):
        lines = np.moveaxis(data, axis, 0)
        parts = [reduce(lines[low:high], axis=0) for low, high in _bounds(len(lines), count)]
        data = np.moveaxis(np.stack(parts), 0, axis)
    return data


def _evaluate_adaptive_max(op: AdaptiveMaxPool2dOp, data: Array) -> Array:
    return _reduce_adaptive(op, functools.partial(np.max, initial=_lowest(data)), data)


def _evaluate_adaptive_avg(op: AdaptiveAvgPool2dOp, data: Array) -> Array:
    rows, columns = (
        np.array([high - low for low, high in _bounds(data.shape[axis], count)])
        for axis, count in zip(op.axes, int_pair(op, "output_size", op.output_size), strict=True)
    )
    total = _reduce_adaptive(op, np.sum, _wide(data))
    return _average(total, _along(op.axes, data.ndim, rows, columns))


def _adaptive_spans(op: _AdaptivePoolOp) -> Spans:
    return adaptive(_extents(op), int_pair(op, "output_size", op.output_size))


def _compute_adaptive_max(op: AdaptiveMaxPool2dOp, kernel: KernelBuilder) -> None:
    max_pool(op, kernel, _adaptive_spans(op))


@irdl_op_definition
class AdaptiveMaxPool2dOp(_AdaptivePoolOp):
    """The maximum of each of ``output_size`` windows, which overlap where sizes do not divide."""

    name = "relay.nn.adaptive_max_pool2d"
    ROWS: ClassVar = Rows(
        infer=_infer_adaptive,
        evaluate=_evaluate_adaptive_max,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=_follow,
        keeps_finite=True,
        compute=Nests(_compute_adaptive_max),
    )


def _compute_adaptive_avg(op: AdaptiveAvgPool2dOp, kernel: KernelBuilder) -> None:
    avg_pool(op, kernel, _adaptive_spans(op))


@irdl_op_definition
class AdaptiveAvgPool2dOp(_AdaptivePoolOp):
    """The average of each of ``output_size`` windows, which overlap where sizes do not divide."""

    name = "relay.nn.adaptive_avg_pool2d"
    ROWS: ClassVar = Rows(
        infer=_infer_adaptive,
        evaluate=_evaluate_adaptive_avg,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=_follow,
        keeps_finite=True,
        compute=Nests(_compute_adaptive_avg),
    )


OPS: tuple[type[RelayOp], ...] = (
    MaxPool2dOp,
    AvgPool2dOp,
    GlobalMaxPool2dOp,
    GlobalAvgPool2dOp,
    AdaptiveMaxPool2dOp,
    AdaptiveAvgPool2dOp,
)

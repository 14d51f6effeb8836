"""Ops that write into a tensor at computed places.

Indices are integers of any width, clipped into the tensor: none writes outside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import IntegerAttr, StringAttr, i64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from .base import I64_ATTR, RelayOp, normalize_axis, operand_name, operand_shape
from .compute import Nests
from .gather import (
    along_axis,
    check_within,
    index_depth,
    nd_places,
    require_indices,
    require_nonempty,
)
from .rows import Array, Pattern, Rows
from .scatter_compute import scatter_elements, scatter_nd
from .shape import check_choice, extents_text
from .types import ALL, DYNAMIC, TENSOR, Shape, dtype_of


def _require_same_dtype(op: RelayOp, index: int) -> None:
    expected, found = dtype_of(op.operands[0].type), dtype_of(op.operands[index].type)
    if found != expected:
        raise VerifyException(
            f"{op.name}: operand {operand_name(op, index)} has element type {found}, "
            f"expected {expected} as in operand {operand_name(op, 0)}"
        )


_REDUCTIONS: dict[str, np.ufunc | None] = {
    "update": None,
    "add": np.add,
    "mul": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
}


def _scatter(data: Array, places: tuple[Array, ...], updates: Array, reduction: str) -> Array:
    result = data.copy()
    ufunc = _REDUCTIONS[reduction]
    if ufunc is None:
        result[places] = updates
    else:
        ufunc.at(result, places, updates)
    return result


def _infer_scatter_elements(op: ScatterElementsOp) -> Sequence[Attribute]:
    shape = operand_shape(op, 0)
    axis = normalize_axis(op, op.axis.value.data, len(shape))
    check_choice(op, "reduction", op.reduction.data, tuple(_REDUCTIONS))
    require_indices(op, 1)
    indices = check_within(op, 1, axis, shape)
    _require_same_dtype(op, 2)
    _require_updates(op, indices)
    require_nonempty(op, shape[axis], indices)
    return [op.data.type]


def _require_updates(op: RelayOp, expected: Shape) -> None:
    updates = operand_shape(op, 2, len(expected))
    if any(
        have != want and DYNAMIC not in (have, want)
        for have, want in zip(updates, expected, strict=True)
    ):
        raise VerifyException(
            f"{op.name}: operand 'updates' has shape {extents_text(updates)}, "
            f"expected {extents_text(expected)}"
        )


def _evaluate_scatter_elements(
    op: ScatterElementsOp, data: Array, indices: Array, updates: Array
) -> Array:
    axis = op.axis.value.data % data.ndim
    places = along_axis(indices, axis, data.shape[axis])
    return _scatter(data, places, updates, op.reduction.data)


@irdl_op_definition
class ScatterElementsOp(RelayOp):
    """``data`` with ``updates`` written where ``gather`` with these indices would read.

    ``reduction`` combines an update with what is there: "update" (the last in row-major order
    stays), "add" (integers wrap), "mul", "min" or "max" (NaN wins).
    """

    name = "relay.scatter_elements"
    data = operand_def(TENSOR)
    indices = operand_def(TENSOR)
    updates = operand_def(TENSOR)
    output = result_def(TENSOR)
    axis = prop_def(I64_ATTR, default_value=IntegerAttr(0, i64))
    reduction = prop_def(StringAttr, default_value=StringAttr("update"))
    ROWS: ClassVar = Rows(
        infer=_infer_scatter_elements,
        evaluate=_evaluate_scatter_elements,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        compute=Nests(scatter_elements),
    )


def _infer_scatter_nd(op: ScatterNdOp) -> Sequence[Attribute]:
    shape, indices = operand_shape(op, 0), require_indices(op, 1)
    check_choice(op, "mode", op.mode.data, tuple(_REDUCTIONS))
    depth = index_depth(op, indices, len(shape), 0)
    _require_same_dtype(op, 2)
    _require_updates(op, (*indices[1:], *shape[depth:]))
    require_nonempty(op, 0 if 0 in shape[:depth] else 1, indices[1:])
    return [op.data.type]


def _evaluate_scatter_nd(op: ScatterNdOp, data: Array, indices: Array, updates: Array) -> Array:
    # A leading unit dimension, so that even an index of no dimensions has a place.
    shape, outer = (1, *data.shape), (1, *indices.shape[1:])
    zero = np.zeros(outer, np.int64)
    places = (zero, *(place[None] for place in nd_places(indices, data.shape, 0)))
    return _scatter(data.reshape(shape), places, updates[None], op.mode.data).reshape(data.shape)


@irdl_op_definition
class ScatterNdOp(RelayOp):
    """``data`` with ``updates`` written where ``gather_nd`` with these indices would read.

    ``mode`` combines an update with what is there, as scatter_elements' ``reduction``.
    """

    name = "relay.scatter_nd"
    data = operand_def(TENSOR)
    indices = operand_def(TENSOR)
    updates = operand_def(TENSOR)
    output = result_def(TENSOR)
    mode = prop_def(StringAttr, default_value=StringAttr("update"))
    ROWS: ClassVar = Rows(
        infer=_infer_scatter_nd,
        evaluate=_evaluate_scatter_nd,
        pattern=Pattern.OPAQUE,
        dtypes=ALL,
        compute=Nests(scatter_nd),
    )


OPS: tuple[type[RelayOp], ...] = (
    ScatterElementsOp,
    ScatterNdOp,
)
"""The ops of this family."""

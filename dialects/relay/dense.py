"""Matrix products: dense layers, plain and packed, and batched multiplication.

Floats accumulate in at least the operands' precision; a sum's order is free. Integers wrap
at the width of the result. NaN and infinities follow IEEE 754: 0 * inf is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from xdsl.dialects.builtin import BoolAttr
from xdsl.ir import Attribute, TypeAttribute
from xdsl.irdl import irdl_op_definition, operand_def, opt_prop_def, prop_def, result_def
from xdsl.utils.exceptions import VerifyException

from ... import InlayError
from ..layout import Layout, LayoutAttr
from .base import BOOL_ATTR, RelayOp, operand_extents, operand_shape
from .compute import Nests
from .dense_compute import dense, dense_pack, matrix_product
from .rows import (
    Altered,
    Array,
    BlockChooser,
    LayoutInference,
    Pattern,
    Rows,
    ScaleBackward,
    ScaleForward,
    ScaleRule,
)
from .types import (
    DYNAMIC,
    ELEMENT_TYPES,
    FLOATS,
    INTS,
    NUMERIC,
    TENSOR,
    Shape,
    dtype_of,
    is_static,
    numpy_dtype,
    shape_of,
    tensor,
)

_NC = Layout.parse("NC")

# Integers below this magnitude are exact in float64.
_EXACT_IN_FLOAT64 = 2**53


# What every sum of products shares, convolutions too.


def product_dtype(op: RelayOp, out_dtype: TypeAttribute | None) -> str:
    """The element type of a sum of products of the first two operands.

    It is ``out_dtype``, or else the first operand's. Both operands are the same float type,
    or any two integer types (8-bit data and weights may differ in sign).

    Raises:
        VerifyException: when the element types do not fit together.
    """
    left, right = (dtype_of(operand.type) for operand in op.operands[:2])
    if left != right and not {left, right} <= INTS:
        raise VerifyException(
            f"{op.name}: operands have element types {left} and {right}, "
            "expected the same, or two integer types"
        )
    if out_dtype is None:
        return left
    same_kind = sorted(FLOATS if left in FLOATS else INTS)
    for name in same_kind:
        if ELEMENT_TYPES[name][0] == out_dtype:
            return name
    raise VerifyException(
        f"{op.name}: out_dtype is {out_dtype}, expected one of {', '.join(same_kind)}"
    )


def has_one_dtype(op: RelayOp) -> bool:
    """Whether a scale may move from the result to an operand: in a wider type it would not fit."""
    return len({dtype_of(value.type) for value in (*op.operands, *op.results)}) == 1


def multiply_matrices(op: RelayOp, left: Array, right: Array) -> Array:
    """``left @ right`` accumulated in the op's result type, or the arrays' if that is wider."""
    result = numpy_dtype(op.results[0].type)
    if left.dtype.kind not in "iu":
        wide = np.promote_types(left.dtype, result)
        return np.matmul(left.astype(wide, copy=False), right.astype(wide, copy=False))
    largest = left.shape[-1] << 8 * (left.itemsize + right.itemsize)
    if largest <= _EXACT_IN_FLOAT64:
        # numpy hands only floats to BLAS.
        product = np.matmul(left.astype(np.float64), right.astype(np.float64))
        return product.astype(np.int64).astype(result)
    return np.matmul(left.astype(result), right.astype(result))


def static_product(op: RelayOp, factors: Sequence[int]) -> int:
    """The product of extents, for a count of multiply-accumulates.

    Raises:
        InlayError: when one is unknown.
    """
    if not is_static(factors):
        raise InlayError(f"{op.name}: multiply-accumulates depend on an unknown (`?`) extent")
    return math.prod(factors)


def _check_inner(op: RelayOp, left: int, right: int) -> None:
    if DYNAMIC not in (left, right) and left != right:
        raise VerifyException(
            f"{op.name}: second operand has inner extent {right}, expected {left} as in the first"
        )


# nn.dense and nn.contrib_dense_pack.


def _rows_of_data(op: DenseOp | ContribDensePackOp) -> tuple[Shape, int]:
    """The extents of the data before the last, and the last."""
    shape = operand_shape(op, 0)
    if not shape:
        raise VerifyException(f"{op.name}: operand 'data' has rank 0, expected at least 1")
    return shape[:-1], shape[-1]


def _infer_dense(op: DenseOp) -> Sequence[Attribute]:
    outer, inner = _rows_of_data(op)
    units, weight_inner = operand_shape(op, 1, rank=2)
    _check_inner(op, inner, weight_inner)
    return [tensor(product_dtype(op, op.out_dtype), (*outer, units))]


def _evaluate_dense(op: DenseOp, data: Array, weight: Array) -> Array:
    return multiply_matrices(op, data, weight.T)


def _matrix_layout(op: DenseOp | ContribDensePackOp) -> Layout | None:
    return _NC if len(shape_of(op.data.type)) == 2 else None


def _dense_layouts(
    op: DenseOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    return LayoutInference((_matrix_layout(op), _NC), (_matrix_layout(op),))


def _scale_dense_backward(op: DenseOp, axis: int) -> ScaleBackward | None:
    return ScaleBackward(((1, -2),)) if has_one_dtype(op) and axis == -1 else None


def _scale_dense_forward(op: DenseOp, operand: int, axis: int) -> ScaleForward | None:
    if not has_one_dtype(op) or (operand, axis) != (0, -1):
        return None
    return ScaleForward(multiply=((1, -1),))


def _alter_dense(op: DenseOp, chooser: BlockChooser, data: Layout | None) -> Altered | None:
    units, inner = shape_of(op.weight.type)
    if DYNAMIC in (units, inner):
        return None
    block = chooser.dense_block(units, inner)
    if block is None:
        return None
    layout = Layout.parse(f"NC{block}n")
    kept = {"out_dtype": op.out_dtype} if op.out_dtype is not None else {}
    return Altered(ContribDensePackOp, {"weight_layout": layout, **kept})


def _dense_macs(op: DenseOp | ContribDensePackOp) -> int:
    return static_product(op, (*shape_of(op.output.type), shape_of(op.data.type)[-1]))


@irdl_op_definition
class DenseOp(RelayOp):
    """data [..., K] times the transpose of weight [N, K]: [..., N]."""

    name = "relay.nn.dense"
    data = operand_def(TENSOR)
    weight = operand_def(TENSOR)
    out_dtype = opt_prop_def(TypeAttribute)
    output = result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_dense,
        evaluate=_evaluate_dense,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=_dense_layouts,
        keeps_finite=True,
        scale=ScaleRule(_scale_dense_backward, _scale_dense_forward),
        alter=_alter_dense,
        macs=_dense_macs,
        compute=Nests(dense),
    )


def _infer_pack(op: ContribDensePackOp) -> Sequence[Attribute]:
    layout = op.weight_layout.data
    if str(layout) != f"NC{layout.axes[-1].size}n":
        raise VerifyException(f"{op.name}: weight_layout is {layout}, expected one such as NC8n")
    outer, inner = _rows_of_data(op)
    units, weight_inner = operand_extents(op, 1, layout, "NC")
    _check_inner(op, inner, weight_inner)
    return [tensor(product_dtype(op, op.out_dtype), (*outer, units))]


def _evaluate_pack(op: ContribDensePackOp, data: Array, weight: Array) -> Array:
    return multiply_matrices(op, data, op.weight_layout.data.convert_array(weight, _NC).T)


def _pack_layouts(
    op: ContribDensePackOp, new: Sequence[Layout | None] | None, old: Sequence[Layout | None]
) -> LayoutInference:
    return LayoutInference((_matrix_layout(op), op.weight_layout.data), (_matrix_layout(op),))


@irdl_op_definition
class ContribDensePackOp(RelayOp):
    """nn.dense with the weight in blocks of b units, ``NC{b}n``.

    data [..., K], weight [N/b, K, b]: [..., N].
    """

    name = "relay.nn.contrib_dense_pack"
    data = operand_def(TENSOR)
    weight = operand_def(TENSOR)
    weight_layout = prop_def(LayoutAttr)
    out_dtype = opt_prop_def(TypeAttribute)
    output = result_def(TENSOR)
    ROWS: ClassVar = Rows(
        infer=_infer_pack,
        evaluate=_evaluate_pack,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        layout=_pack_layouts,
        keeps_finite=True,
        macs=_dense_macs,
        compute=Nests(dense_pack),
    )


# nn.matmul and nn.batch_matmul.


class _MatrixProductOp(RelayOp):
    """A product of two matrices, each of which may be stored transposed."""

    tensor_a = operand_def(TENSOR)
    tensor_b = operand_def(TENSOR)
    transpose_a = prop_def(BOOL_ATTR, default_value=BoolAttr.from_bool(False))
    transpose_b = prop_def(BOOL_ATTR, default_value=BoolAttr.from_bool(False))
    out_dtype = opt_prop_def(TypeAttribute)
    output = result_def(TENSOR)

    @property
    def transposed(self) -> tuple[bool, bool]:
        """Whether each operand is stored transposed."""
        return bool(self.transpose_a), bool(self.transpose_b)

    def matrices(self, left: Shape, right: Shape) -> tuple[Shape, Shape]:
        """The operands' last two extents as they multiply: (M, K) and (K, N).

        Raises:
            VerifyException: when the inner extents differ.
        """
        a, b = self.transposed
        left, right = (left[::-1] if a else left), (right[::-1] if b else right)
        _check_inner(self, left[1], right[0])
        return left, right


def _evaluate_product(op: _MatrixProductOp, left: Array, right: Array) -> Array:
    a, b = op.transposed
    return multiply_matrices(
        op, left.swapaxes(-1, -2) if a else left, right.swapaxes(-1, -2) if b else right
    )


def _product_macs(op: _MatrixProductOp) -> int:
    inner = shape_of(op.tensor_a.type)[-2 if op.transposed[0] else -1]
    return static_product(op, (*shape_of(op.output.type), inner))


def _infer_matmul(op: MatmulOp) -> Sequence[Attribute]:
    left, right = op.matrices(operand_shape(op, 0, rank=2), operand_shape(op, 1, rank=2))
    return [tensor(product_dtype(op, op.out_dtype), (left[0], right[1]))]


@irdl_op_definition
class MatmulOp(_MatrixProductOp):
    """The product of two matrices: [M, K] and [K, N] give [M, N]."""

    name = "relay.nn.matmul"
    ROWS: ClassVar = Rows(
        infer=_infer_matmul,
        evaluate=_evaluate_product,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        keeps_finite=True,
        macs=_product_macs,
        compute=Nests(matrix_product),
    )


def _infer_batch_matmul(op: BatchMatmulOp) -> Sequence[Attribute]:
    first, *left = operand_shape(op, 0, rank=3)
    second, *right = operand_shape(op, 1, rank=3)
    (rows, _), (_, columns) = op.matrices(tuple(left), tuple(right))
    shape = (_batch(op, first, second), rows, columns)
    return [tensor(product_dtype(op, op.out_dtype), shape)]


def _batch(op: BatchMatmulOp, first: int, second: int) -> int:
    """The batch extent two operands broadcast to; an unknown one yields to one that is not 1."""
    if first == second or second == 1:
        return first
    if first in (1, DYNAMIC):
        return second
    if second == DYNAMIC:
        return first
    raise VerifyException(
        f"{op.name}: operand 'tensor_b' has batch {second}, expected {first} or 1"
    )


@irdl_op_definition
class BatchMatmulOp(_MatrixProductOp):
    """One matrix product per batch: [B, M, K] and, transposed by default, [B, N, K].

    The result is [B, M, N]; a batch of 1 is repeated.
    """

    name = "relay.nn.batch_matmul"
    transpose_b = prop_def(BOOL_ATTR, default_value=BoolAttr.from_bool(True))
    ROWS: ClassVar = Rows(
        infer=_infer_batch_matmul,
        evaluate=_evaluate_product,
        pattern=Pattern.OUT_ELEMWISE_FUSABLE,
        dtypes=NUMERIC,
        keeps_finite=True,
        macs=_product_macs,
        compute=Nests(matrix_product),
    )


OPS: tuple[type[RelayOp], ...] = (DenseOp, ContribDensePackOp, MatmulOp, BatchMatmulOp)

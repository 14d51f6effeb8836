"""What computes sums of products: matrix products here, convolutions beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..tl.attributes import Reduction
from .kernel_builder import Extents, KernelBuilder, Place, Point
from .scalar import Scalar, computed
from .types import FLOATS, dtype_of, numpy_dtype, shape_of

if TYPE_CHECKING:
    from .base import RelayOp
    from .dense import BatchMatmulOp, ContribDensePackOp, DenseOp, MatmulOp

Factors = Callable[[Point], tuple[Scalar, Scalar]]


def sum_products(
    op: RelayOp,
    kernel: KernelBuilder,
    axes: tuple[Extents, Extents],
    factors: Factors,
    finish: Callable[[Point, Scalar], None],
) -> None:
    """Append a nest over spatial and reduction axes that sums products.

    ``factors`` gives the two factors at a point, ``finish`` stores the sum, of the element type
    that the op's result is computed in.
    """
    spatial, reduction = axes
    nest = kernel.nest(spatial, reduction, {"a": (_sum_dtype(op), Reduction.ADD)})
    with nest.update() as point:
        left, right = factors(point)
        total = point.accumulator("a")
        point.yields(left.cast(total.dtype).times_plus(right.cast(total.dtype), total))
    with nest.finish() as point:
        finish(point, point.accumulator("a").cast(computed(dtype_of(op.results[0].type))))


def _sum_dtype(op: RelayOp) -> str:
    """The result's element type, or the operands' where that is a wider float."""
    given, wanted = op.operands[0].type, op.results[0].type
    is_wider = numpy_dtype(given).itemsize > numpy_dtype(wanted).itemsize
    return dtype_of(given if is_wider and dtype_of(given) in FLOATS else wanted)


def dense(op: DenseOp, kernel: KernelBuilder) -> None:
    """Append the nest of ``nn.dense``."""
    *outer, inner = shape_of(op.data.type)
    rows = _rows(outer)
    (units, _) = shape_of(op.weight.type)

    def factors(point: Point) -> tuple[Scalar, Scalar]:
        x = point.read(op.data, (*_at(point, rows), point["k"]))
        return x, point.read(op.weight, (point["n"], point["k"]))

    def finish(point: Point, total: Scalar) -> None:
        point.store(op.output, (*_at(point, rows), point["n"]), total)

    sum_products(op, kernel, ({**rows, "n": units}, {"k": inner}), factors, finish)


def dense_pack(op: ContribDensePackOp, kernel: KernelBuilder) -> None:
    """Append the nest of ``nn.contrib_dense_pack``: units in blocks of lanes."""
    *outer, inner = shape_of(op.data.type)
    rows = _rows(outer)
    blocks, _, lanes = shape_of(op.weight.type)

    def factors(point: Point) -> tuple[Scalar, Scalar]:
        x = point.read(op.data, (*_at(point, rows), point["k"]))
        return x, point.read(op.weight, (point["n"], point["k"], point["l"]))

    def finish(point: Point, total: Scalar) -> None:
        point.store(op.output, (*_at(point, rows), point["n"] * lanes + point["l"]), total)

    sum_products(op, kernel, ({**rows, "n": blocks, "l": lanes}, {"k": inner}), factors, finish)


def matrix_product(op: MatmulOp | BatchMatmulOp, kernel: KernelBuilder) -> None:
    """Append the nest of a product of matrices, or of a batch of them."""
    *batch, rows, columns = shape_of(op.output.type)
    transpose_a, transpose_b = op.transposed
    inner = shape_of(op.tensor_a.type)[-2 if transpose_a else -1]
    images = dict(zip("b" * len(batch), batch, strict=True))

    def factors(point: Point) -> tuple[Scalar, Scalar]:
        image = _at(point, images)
        left, right = (point["m"], point["k"]), (point["k"], point["n"])
        x = point.read(op.tensor_a, (*image, *(left[::-1] if transpose_a else left)))
        return x, point.read(op.tensor_b, (*image, *(right[::-1] if transpose_b else right)))

    def finish(point: Point, total: Scalar) -> None:
        point.store(op.output, (*_at(point, images), point["m"], point["n"]), total)

    sum_products(op, kernel, ({**images, "m": rows, "n": columns}, {"k": inner}), factors, finish)


def _rows(outer: Sequence[int]) -> dict[str, int]:
    """The axes of a tensor before its last."""
    names = ["m"] if len(outer) == 1 else [f"m{axis}" for axis in range(len(outer))]
    return dict(zip(names, outer, strict=True))


def _at(point: Point, axes: Extents) -> list[Place]:
    return [point[name] for name in axes]

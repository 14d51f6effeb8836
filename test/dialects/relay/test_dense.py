"""Matrix products against einsum in wide arithmetic, and the rows that passes read."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from xdsl.dialects.builtin import f64, i32
from xdsl.utils.test_value import create_ssa_value

from inlay.dialects.layout import Layout
from inlay.dialects.relay.base import RelayOp, rows
from inlay.dialects.relay.dense import BatchMatmulOp, ContribDensePackOp, DenseOp, MatmulOp
from inlay.dialects.relay.evaluate import evaluate_op
from inlay.dialects.relay.rows import Altered, AttrValue, ConvWorkload, LayoutInference
from inlay.dialects.relay.types import DYNAMIC, shape_of, tensor, tensor_of

Array = NDArray[Any]

NC = Layout.parse("NC")


def run(cls: type[RelayOp], *operands: Array, **properties: AttrValue) -> Array:
    """The op's result, checked to have the inferred shape."""
    values = [create_ssa_value(tensor_of(array)) for array in operands]
    op = cls.make(values, properties)
    op.verify()
    (result,) = evaluate_op(op, operands)
    assert result.shape == shape_of(op.result.type)
    return result


def typed(cls: type[RelayOp], shapes: Sequence[Sequence[int]], **properties: AttrValue) -> RelayOp:
    values = [create_ssa_value(tensor("f32", shape)) for shape in shapes]
    return cls.make(values, properties)


def random(*shape: int, dtype: str = "float64") -> Array:
    return np.random.default_rng(math.prod(shape)).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("outer", [(), (1,), (3,), (0,), (2, 3), (2, 0, 3)], ids=str)
@pytest.mark.parametrize(("inner", "units"), [(5, 8), (1, 4), (0, 4), (5, 0)])
def test_dense(outer: tuple[int, ...], inner: int, units: int):
    data, weight = random(*outer, inner), random(units, inner)
    expected = np.einsum("...k,nk->...n", data, weight)
    np.testing.assert_allclose(run(DenseOp, data, weight), expected, atol=1e-12)
    if units:
        packed = Layout.parse("NC4n")
        result = run(
            ContribDensePackOp, data, NC.convert_array(weight, packed), weight_layout=packed
        )
        np.testing.assert_allclose(result, expected, atol=1e-12)


@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("transpose_b", [False, True])
@pytest.mark.parametrize("batches", [None, (2, 2), (1, 3), (3, 1), (0, 1)])
def test_matrix_products(transpose_a: bool, transpose_b: bool, batches: tuple[int, int] | None):
    left, right = ((5, 3) if transpose_a else (3, 5)), ((4, 5) if transpose_b else (5, 4))
    flags = {"transpose_a": transpose_a, "transpose_b": transpose_b}
    if batches is None:
        a, b = random(*left), random(*right)
        result = run(MatmulOp, a, b, **flags)
    else:
        a, b = random(batches[0], *left), random(batches[1], *right)
        result = run(BatchMatmulOp, a, b, **flags)
    expected = np.einsum(
        f"...{'km' if transpose_a else 'mk'},...{'nk' if transpose_b else 'kn'}->...mn", a, b
    )
    np.testing.assert_allclose(result, expected, atol=1e-12)


def test_defaults_are_relays():
    a, b = random(2, 3, 5), random(2, 4, 5)
    np.testing.assert_allclose(run(BatchMatmulOp, a, b), a @ b.swapaxes(1, 2))
    np.testing.assert_allclose(run(MatmulOp, a[0], b[0].T.copy()), a[0] @ b[0].T)


@pytest.mark.parametrize("types", [("int8", "int8"), ("uint8", "int8"), ("int64", "int32")])
def test_integers_are_exact_and_wrap(types: tuple[str, str]):
    rng = np.random.default_rng(0)
    data, weight = (
        rng.integers(np.iinfo(t).min, np.iinfo(t).max, (2, 300), dtype=t, endpoint=True)
        for t in types
    )
    exact = data.astype(object) @ weight.astype(object).T
    result = run(DenseOp, data, weight, out_dtype=i32)
    assert result.dtype == np.int32
    half = 1 << 31
    assert result.tolist() == [[(x + half) % (2 * half) - half for x in row] for row in exact]


def test_wide_result_accumulates_wide():
    data = np.array([[1.0, 2.0**-30]], np.float32)
    weight = np.array([[1.0, 1.0]], np.float32)
    assert run(DenseOp, data, weight, out_dtype=f64).item() == 1 + 2.0**-30
    assert run(DenseOp, data, weight).item() == 1


def test_special_values():
    data = np.array([[np.inf, 1], [np.nan, 1], [1, -np.inf]], np.float32)
    weight = np.array([[0, 1], [1, 1]], np.float32)
    expected = [[np.nan, np.inf], [np.nan, np.nan], [-np.inf, -np.inf]]
    np.testing.assert_array_equal(run(DenseOp, data, weight), expected)


@pytest.mark.parametrize(
    ("cls", "shapes", "properties", "expected"),
    [
        (DenseOp, [(DYNAMIC, 5), (4, 5)], {}, (DYNAMIC, 4)),
        (DenseOp, [(2, DYNAMIC), (DYNAMIC, 5)], {}, (2, DYNAMIC)),
        (
            ContribDensePackOp,
            [(2, 5), (DYNAMIC, 5, 8)],
            {"weight_layout": Layout.parse("NC8n")},
            (2, DYNAMIC),
        ),
        (MatmulOp, [(DYNAMIC, 3), (DYNAMIC, 7)], {}, (DYNAMIC, 7)),
        (BatchMatmulOp, [(1, 3, 5), (DYNAMIC, 4, 5)], {}, (DYNAMIC, 3, 4)),
        (BatchMatmulOp, [(DYNAMIC, 3, 5), (1, 4, 5)], {}, (DYNAMIC, 3, 4)),
        (BatchMatmulOp, [(DYNAMIC, 3, 5), (2, 4, 5)], {}, (2, 3, 4)),
        (BatchMatmulOp, [(2, 3, 5), (DYNAMIC, 4, 5)], {}, (2, 3, 4)),
        (BatchMatmulOp, [(DYNAMIC, 3, 5), (DYNAMIC, 4, 5)], {}, (DYNAMIC, 3, 4)),
    ],
)
def test_unknown_extents(
    cls: type[RelayOp],
    shapes: Sequence[Sequence[int]],
    properties: dict[str, AttrValue],
    expected: tuple[int, ...],
):
    assert shape_of(typed(cls, shapes, **properties).result.type) == expected


# The rows that passes read.


@dataclass(frozen=True)
class Chooser:
    """Gives the same block to every dense layer."""

    block: int | None

    def conv_blocks(self, workload: ConvWorkload, data: Layout | None) -> tuple[int, int] | None:
        return None

    def dense_block(self, units: int, inner: int) -> int | None:
        return self.block


@pytest.mark.parametrize(
    ("weight", "block", "expected"),
    [
        ((16, 5), 8, Altered(ContribDensePackOp, {"weight_layout": Layout.parse("NC8n")})),
        ((16, 5), None, None),
        ((DYNAMIC, 5), 8, None),
    ],
)
def test_dense_is_altered_to_pack(
    weight: tuple[int, int], block: int | None, expected: Altered | None
):
    op = typed(DenseOp, [(1, 5), weight])
    row = rows(op).alter
    assert row is not None
    assert row(op, Chooser(block), None) == expected


@pytest.mark.parametrize(("data", "layout"), [((1, 5), NC), ((1, 2, 5), None)])
def test_layouts(data: tuple[int, ...], layout: Layout | None):
    packed = Layout.parse("NC8n")
    dense = typed(DenseOp, [data, (16, 5)])
    pack = typed(ContribDensePackOp, [data, (2, 5, 8)], weight_layout=packed)
    for op, weight in ((dense, NC), (pack, packed)):
        row = rows(op).layout
        assert row is not None
        assert row(op, None, (None, None)) == LayoutInference((layout, weight), (layout,))


def test_scales_pass_through_dense():
    data, weight, scale = random(2, 4), random(4, 4), np.array([2.0, -1.0, 0.0, 0.5])
    op = typed(DenseOp, [(2, 4), (4, 4)])
    rule = rows(op).scale
    assert rule.backward is not None
    assert rule.forward is not None
    backward, forward = rule.backward(op, -1), rule.forward(op, 0, -1)
    assert backward is not None
    assert forward is not None
    assert (backward.operands, forward.multiply) == (((1, -2),), ((1, -1),))
    np.testing.assert_allclose(
        run(DenseOp, data, weight * scale[:, np.newaxis]), run(DenseOp, data, weight) * scale
    )
    np.testing.assert_allclose(
        run(DenseOp, data, weight * scale), run(DenseOp, data * scale, weight)
    )
    assert rule.backward(op, -2) is None
    assert rule.forward(op, 0, -2) is None
    assert rule.forward(op, 1, -1) is None


@pytest.mark.parametrize(
    ("cls", "shapes", "properties", "macs"),
    [
        (DenseOp, [(3, 5), (4, 5)], {}, 60),
        (ContribDensePackOp, [(3, 5), (2, 5, 8)], {"weight_layout": Layout.parse("NC8n")}, 240),
        (MatmulOp, [(5, 3), (5, 4)], {"transpose_a": True}, 60),
        (BatchMatmulOp, [(1, 3, 5), (2, 4, 5)], {}, 120),
    ],
)
def test_macs(
    cls: type[RelayOp],
    shapes: Sequence[Sequence[int]],
    properties: dict[str, AttrValue],
    macs: int,
):
    op = typed(cls, shapes, **properties)
    row = rows(op).macs
    assert row is not None
    assert row(op) == macs

"""Reshapes: results, reshape's codes, unknown extents."""

import numpy as np
import pytest

from any_op import result
from inlay.dialects.relay.reshape import BatchFlattenOp, ReshapeLikeOp, ReshapeOp
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import DYNAMIC, tensor
from single_op import make, same


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@pytest.mark.parametrize(
    ("shape", "newshape", "expected"),
    [
        # The examples in Relay's documentation.
        ((2, 3, 4), (4, 0, 2), (4, 3, 2)),
        ((2, 3, 4), (2, 0, 0), (2, 3, 4)),
        ((2, 3, 4), (6, 1, -1), (6, 1, 4)),
        ((2, 3, 4), (3, -1, 8), (3, 1, 8)),
        ((2, 3, 4), (-1,), (24,)),
        ((2, 3, 4), (-2,), (2, 3, 4)),
        ((2, 3, 4), (2, -2), (2, 3, 4)),
        ((2, 3, 4), (-2, 1, 1), (2, 3, 4, 1, 1)),
        ((2, 3, 4), (-3, 4), (6, 4)),
        ((2, 3, 4, 5), (-3, -3), (6, 20)),
        ((2, 3, 4), (0, -3), (2, 12)),
        ((2, 3, 4), (-3, -2), (6, 4)),
        ((2, 3, 4), (-4, 1, 2, -2), (1, 2, 3, 4)),
        ((2, 3, 4), (2, -4, -1, 3, -2), (2, 1, 3, 4)),
        # The edges.
        ((), (), ()),
        ((), (1, 1), (1, 1)),
        ((), (-1,), (1,)),
        ((1,), (), ()),
        ((0, 3), (0, -1), (0, 3)),
        ((0, 3), (-1, 3), (0, 3)),
        ((2, 0), (-2,), (2, 0)),
        ((2, 0), (-3,), (0,)),
        ((0, 4), (0, -4, 2, -1), (0, 2, 2)),
        ((6,), (-4, -1, 2), (3, 2)),
    ],
)
def test_reshape(shape: tuple[int, ...], newshape: tuple[int, ...], expected: tuple[int, ...]):
    data = counted(*shape)
    same(result(ReshapeOp, data, newshape=newshape), data.reshape(expected))


def test_reshape_to_zero_extents():
    assert result(ReshapeOp, counted(2, 0), newshape=(0, 5), allowzero=True).shape == (0, 5)


@pytest.mark.parametrize(
    ("shape", "newshape", "expected"),
    [
        ((DYNAMIC, 3, 4), (0, -1), (DYNAMIC, 12)),
        ((DYNAMIC, 3, 4), (-1, 12), (DYNAMIC, 12)),
        ((DYNAMIC, 3, 4), (-3, 0), (DYNAMIC, 4)),
        ((2, DYNAMIC, 4), (0, -4, -1, 3, 0), (2, DYNAMIC, 3, 4)),
        ((2, DYNAMIC, 4), (-2, 1), (2, DYNAMIC, 4, 1)),
        ((DYNAMIC,), (2, 3), (2, 3)),
    ],
)
def test_reshape_of_unknown_extents(
    shape: tuple[int, ...], newshape: tuple[int, ...], expected: tuple[int, ...]
):
    op = make(ReshapeOp, [tensor("f32", shape)], newshape=newshape)
    assert op.result.type == tensor("f32", expected)


@pytest.mark.parametrize(
    ("begins", "shape", "like", "expected"),
    [
        ((0, None, 0, None), (1, 2, 3), (6,), (6,)),
        ((1, 3, 0, 1), (4, 2, 3), (6, 7), (4, 6)),
        ((-2, None, -1, None), (4, 2, 3), (7, 6), (4, 6)),
        ((1, 1, 0, 0), (4, 2), (5,), (4, 2)),
    ],
)
def test_reshape_like(
    begins: tuple[int, int | None, int, int | None],
    shape: tuple[int, ...],
    like: tuple[int, ...],
    expected: tuple[int, ...],
):
    names = ("lhs_begin", "lhs_end", "rhs_begin", "rhs_end")
    properties = {name: at for name, at in zip(names, begins, strict=True) if at is not None}
    data = counted(*shape)
    op = make(ReshapeLikeOp, [tensor("f32", shape), tensor("f32", like)], **properties)
    assert op.result.type == tensor("f32", expected)
    if begins[1] is None:
        found = result(
            ReshapeLikeOp, data, counted(*like), lhs_begin=begins[0], rhs_begin=begins[2]
        )
        same(found, data.reshape(expected))


@pytest.mark.parametrize("shape", [(2,), (2, 3), (2, 3, 4), (0, 3), (2, 0, 5)])
def test_batch_flatten(shape: tuple[int, ...]):
    flat = (shape[0], int(np.prod(shape[1:])))
    same(result(BatchFlattenOp, counted(*shape)), counted(*shape).reshape(flat))

"""Ops that join, cut and repeat: results, empty pieces, unknown extents, layouts."""

import numpy as np
import pytest
from xdsl.dialects.builtin import IntegerAttr, i64

from any_op import moved, result, results
from inlay.dialects.relay.assemble import (
    ConcatenateOp,
    RepeatOp,
    ReverseOp,
    SplitOp,
    StackOp,
    TileOp,
)
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import DYNAMIC, tensor
from single_op import array, make, same


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("extents", [(3,), (1, 2), (2, 0, 3)])
def test_concatenate(axis: int, extents: tuple[int, ...]):
    parts = [np.moveaxis(counted(extent, 2, 4), 0, axis).copy() for extent in extents]
    found = result(ConcatenateOp, *parts, axis=axis)
    at = 0
    for part, extent in zip(parts, extents, strict=True):
        same(np.take(found, np.arange(at, at + extent), axis), part)
        at += extent
    assert found.shape[axis] == at


def test_extents_known_of_one_operand_are_known():
    types = [tensor("f32", (DYNAMIC, 2)), tensor("f32", (3, DYNAMIC))]
    assert make(ConcatenateOp, types, axis=1).result.type == tensor("f32", (3, DYNAMIC))
    assert make(ConcatenateOp, types, axis=0).result.type == tensor("f32", (DYNAMIC, 2))
    assert make(StackOp, types).result.type == tensor("f32", (2, 3, 2))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_stack(axis: int):
    found = result(StackOp, counted(2, 3), -counted(2, 3), axis=axis)
    same(np.take(found, 0, axis), counted(2, 3))
    same(np.take(found, 1, axis), -counted(2, 3))


def test_stack_of_scalars():
    assert result(StackOp, np.array(1), np.array(2)).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (1, [[0, 1, 2, 3, 4, 5]]),
        (3, [[0, 1], [2, 3], [4, 5]]),
        ((2, 3), [[0, 1], [2], [3, 4, 5]]),
        ((), [[0, 1, 2, 3, 4, 5]]),
        ((0, 0, 6), [[], [], [0, 1, 2, 3, 4, 5], []]),
    ],
)
@pytest.mark.parametrize("axis", [0, -1])
def test_split(how: int | tuple[int, ...], expected: list[list[int]], axis: int):
    data = np.arange(6, dtype=np.int32)
    data = data[:, None] if axis == 0 else data[None]
    pieces = results(SplitOp, data, indices_or_sections=how, axis=axis)
    assert [piece.ravel().tolist() for piece in pieces] == expected


@pytest.mark.parametrize(
    ("shape", "reps", "expected"),
    [
        ([[1, 2]], (2, 2), [[1, 2, 1, 2], [1, 2, 1, 2]]),
        ([1, 2], (2, 1), [[1, 2], [1, 2]]),
        ([[1], [2]], (2,), [[1, 1], [2, 2]]),
        ([1, 2], (0,), []),
        (7, (), 7),
        (7, (2,), [7, 7]),
    ],
)
def test_tile(shape: object, reps: tuple[int, ...], expected: object):
    assert result(TileOp, array("i32", shape), reps=reps).tolist() == expected


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("repeats", [0, 1, 3])
def test_repeat(axis: int, repeats: int):
    data = counted(2, 3)
    found = result(RepeatOp, data, repeats=repeats, axis=axis)
    rows = [np.take(data, at // repeats, axis) for at in range(data.shape[axis] * repeats)]
    assert found.shape[axis] == len(rows)
    for at, row in enumerate(rows):
        same(np.take(found, at, axis), row)


def test_reverse():
    data = counted(2, 3, 2)
    same(result(ReverseOp, data, axis=(0, -1)), data[::-1, :, ::-1])
    same(result(ReverseOp, data, axis=()), data)
    assert result(ReverseOp, counted(0, 2), axis=(0,)).shape == (0, 2)


# ---------------------------------------------------------------- layouts


@pytest.mark.parametrize(
    ("channels", "arrive", "taken"),
    [
        ((8, 4), ["NCHW4c", "NCHW"], "NCHW4c"),
        ((8, 4), [None, "NCHW4c"], "NCHW4c"),
        ((8, 4), ["NCHW8c", "NCHW4c"], "NCHW"),
        ((8, 8), ["NCHW8c", "NCHW4c"], "NCHW8c"),
        ((8, 4), ["NHWC", None], "NHWC"),
        ((8, 4), [None, None], "NCHW"),
    ],
)
def test_concatenate_keeps_a_layout_that_divides_all(
    channels: tuple[int, int], arrive: list[str | None], taken: str
):
    first, second = (counted(1, count, 2, 3) for count in channels)
    found = moved(ConcatenateOp, first, second, axis=1, old=["NCHW", "NCHW"], new=arrive)
    assert found == [taken, taken]
    found = moved(ConcatenateOp, first, second, axis=-3, old=["NCHW", None], new=arrive)
    assert found == [taken, taken]


def test_blocks_themselves_and_unlike_layouts():
    data = counted(1, 2, 3, 4)
    found = moved(ConcatenateOp, data, data, axis=1, old=["NCW4c"] * 2, new=["NCW2c", None])
    assert found == ["NCW2c"] * 2
    found = moved(ConcatenateOp, data, data, axis=3, old=["NCW4c"] * 2, new=["NCW8c", None])
    assert found == ["NCW4c"] * 2
    found = moved(SplitOp, data, indices_or_sections=2, axis=3, old=["NCW4c"], new=["NCW8c"])
    assert found == ["NCW4c"]
    found = moved(ConcatenateOp, data, data, axis=1, old=["NCHW", "NHWC"], new=["NCHW2c", None])
    assert found == ["NCHW", "NHWC"]


@pytest.mark.parametrize(
    ("how", "arrives", "taken"),
    [
        (2, "NCHW4c", "NCHW4c"),
        (2, "NCHW8c", "NCHW"),
        ((4,), "NCHW4c", "NCHW4c"),
        ((2, 4), "NCHW4c", "NCHW"),
        ((2, 4), "NHWC", "NHWC"),
        ((2, 4), None, "NCHW"),
    ],
)
def test_split_follows_layouts(how: int | tuple[int, ...], arrives: str | None, taken: str):
    data = counted(1, 8, 2, 3)
    found = moved(SplitOp, data, indices_or_sections=how, axis=1, old=["NCHW"], new=[arrives])
    assert found == [taken]


def test_split_of_blocks():
    data, sections = counted(1, 4, 3, 2), IntegerAttr(2, i64)
    found = moved(SplitOp, data, indices_or_sections=sections, axis=1, old=["NCW2c"], new=["NCW4c"])
    assert found == ["NCW4c"]
    found = moved(SplitOp, data, indices_or_sections=(1,), axis=1, old=["NCW2c"], new=["NWC"])
    assert found == ["NWC"]

"""Padding: every mode, at the edges, layouts."""

import numpy as np
import pytest

from any_op import moved, result
from inlay.dialects.relay.pad import PadOp
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import ALL
from single_op import array, same


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@pytest.mark.parametrize(
    ("mode", "widths", "expected"),
    [
        ("constant", (2, 1), [9, 9, 1, 2, 3, 9]),
        ("edge", (2, 1), [1, 1, 1, 2, 3, 3]),
        ("reflect", (2, 1), [3, 2, 1, 2, 3, 2]),
        ("constant", (0, 0), [1, 2, 3]),
    ],
)
def test_pad(mode: str, widths: tuple[int, int], expected: list[int]):
    for name in ALL - {"i1"}:
        data = array(name, [1, 2, 3])
        found = result(PadOp, data, pad_width=widths, pad_value=9.0, pad_mode=mode)
        same(found, array(name, expected))


def test_pad_at_the_edges():
    lowest = result(PadOp, counted(1), pad_width=(1, 0), pad_value=-np.inf)
    same(lowest, array("f32", [-np.inf, 0]))
    assert result(PadOp, np.ones((0, 2)), pad_width=(1, 1, 0, 0)).tolist() == [[0, 0]] * 2
    assert result(PadOp, np.array(5.0), pad_width=()).tolist() == 5
    truth = result(PadOp, array("i1", [False]), pad_width=(1, 0), pad_value=1.0)
    assert truth.tolist() == [True, False]
    data = counted(2, 3)
    same(
        result(PadOp, data, pad_width=(1, 1, 2, 0), pad_mode="reflect"),
        np.pad(data, ((1, 1), (2, 0)), mode="reflect"),
    )


@pytest.mark.parametrize(
    ("widths", "mode", "arrives", "taken"),
    [
        ((0, 0, 0, 0, 1, 2, 3, 0), "constant", "NCHW4c", "NCHW4c"),
        ((0, 0, 0, 0, 1, 1, 1, 0), "edge", "NHWC", "NHWC"),
        ((0, 0, 0, 4, 1, 1, 1, 1), "constant", "NCHW4c", "NCHW4c"),
        ((0, 0, 1, 3, 0, 0, 0, 0), "constant", "NCHW4c", "NCHW"),
        ((0, 0, 0, 4, 0, 0, 0, 0), "edge", "NCHW4c", "NCHW"),
        ((0, 0, 0, 0, 1, 1, 1, 1), "constant", None, "NCHW"),
    ],
)
def test_pad_follows_layouts(widths: tuple[int, ...], mode: str, arrives: str | None, taken: str):
    data = counted(1, 8, 2, 3)
    found = moved(
        PadOp, data, pad_width=widths, pad_mode=mode, old=["NCHW"], new=[arrives], pad_value=7.0
    )
    assert found == [taken]


def test_a_padded_block_stays():
    data, widths = counted(1, 2, 3, 4), (0, 0, 0, 0, 0, 0, 1, 0)
    assert moved(PadOp, data, pad_width=widths, old=["NCW4c"], new=["NCW8c"]) == ["NCW4c"]

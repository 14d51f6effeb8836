"""Slices: against Python's own indexing, unknown extents, layouts."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from any_op import moved, result
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.slice import SliceLikeOp, StridedSliceOp
from inlay.dialects.relay.types import DYNAMIC, tensor
from single_op import make, same


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


BOUND = st.integers(-8, 8)


@given(st.integers(0, 5), BOUND, BOUND, st.sampled_from([1, 2, 3, -1, -2, -3]))
def test_strided_slice_slices_as_python_does(extent: int, begin: int, end: int, stride: int):
    data = np.arange(extent)
    found = result(StridedSliceOp, data, begin=(begin,), end=(end,), strides=(stride,))
    assert found.tolist() == list(range(extent))[begin:end:stride]


@given(st.integers(0, 5), BOUND, st.integers(-1, 6))
def test_strided_slice_by_size(extent: int, begin: int, size: int):
    found = result(
        StridedSliceOp, np.arange(extent), begin=(begin,), end=(size,), slice_mode="size"
    )
    rest = list(range(extent))[begin:]
    assert found.tolist() == (rest if size < 0 else rest[:size])


def test_strided_slice_of_axes():
    data = counted(3, 4, 5)
    same(result(StridedSliceOp, data, begin=(1,), end=(3,)), data[1:3])
    same(result(StridedSliceOp, data, begin=(1, 0), end=(9, 2), axes=(-1, 0)), data[:2, :, 1:])
    same(result(StridedSliceOp, data, begin=(0, 3), end=(3, 0), strides=(2,)), data[0:3:2, 3:0])
    same(result(StridedSliceOp, np.array(1.0), begin=(), end=()), np.array(1.0))


def test_only_whole_dimensions_of_unknown_extent_are_known_unknown():
    op = make(StridedSliceOp, [tensor("f32", (DYNAMIC, 6, 4))], begin=(0, 1), end=(2, 3))
    assert op.result.type == tensor("f32", (DYNAMIC, 2, 4))


def test_slice_like():
    data, like = counted(3, 4, 5), np.empty((2, 1, 5, 7))
    same(result(SliceLikeOp, data, like), data[:2, :1, :5])
    same(result(SliceLikeOp, data, like, axes=(-2,)), data[:, :1])


# ---------------------------------------------------------------- layouts


@pytest.mark.parametrize(
    ("arrives", "taken"),
    [("NCHW4c", "NCHW4c"), ("NHWC", "NHWC"), ("NCHW2w", "NCHW"), (None, "NCHW")],
)
def test_strided_slice_follows_layouts(arrives: str | None, taken: str):
    data = counted(1, 8, 6, 4)
    for axes, strides in itertools.product([None, (2, 3)], [(), (2, -1)]):
        begin, end = ((1, 3), (5, 0)) if axes else ((0, 0, 1, 3), (1, 8, 5, 0))
        properties = {"axes": axes} if axes else {}
        padded = strides if axes else (1, 1, *strides)
        found = moved(
            StridedSliceOp,
            data,
            begin=begin,
            end=end,
            strides=padded,
            old=["NCHW"],
            new=[arrives],
            **properties,
        )
        # Without axes it slices the channels too, whole blocks of them where there is no stride.
        follows = axes or arrives == "NHWC" or not strides
        assert found == [taken if follows else "NCHW"]


@pytest.mark.parametrize(("begin", "end", "taken"), [(4, 12, "NCHW4c"), (4, 10, "NCHW")])
def test_strided_slice_of_whole_blocks(begin: int, end: int, taken: str):
    data = counted(1, 12, 3, 2)
    bounds = {"begin": (begin,), "end": (end,), "axes": (1,)}
    assert moved(StridedSliceOp, data, old=["NCHW"], new=["NCHW4c"], **bounds) == [taken]


def test_slicing_a_block_leaves_no_layout():
    data = counted(2, 3, 4)
    found = moved(StridedSliceOp, data, begin=(1,), end=(3,), axes=(2,), old=["NC4c"], new=["NC2c"])
    assert found == ["NC4c"]

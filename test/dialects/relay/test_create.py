"""Ops that make tensors: values, element types, lengths."""

import numpy as np
import pytest

from any_op import result
from inlay.dialects.relay.create import (
    ArangeOp,
    FullLikeOp,
    FullOp,
    OnesOp,
    ShapeOfOp,
    ZerosOp,
)
from inlay.dialects.relay.types import ALL, DYNAMIC, ELEMENT_TYPES, NUMERIC, tensor
from single_op import array, make, same

SHAPES = [(), (0,), (2, 3), (2, 0, 1)]


@pytest.mark.parametrize("shape", SHAPES)
def test_filled_tensors(shape: tuple[int, ...]):
    for name in ALL:
        element, dtype = ELEMENT_TYPES[name]
        same(result(ZerosOp, shape=shape, dtype=element), np.zeros(shape, dtype))
        same(result(OnesOp, shape=shape, dtype=element), np.ones(shape, dtype))
        value = array(name, 1)
        same(result(FullOp, value, shape=shape), np.full(shape, value))
        same(result(FullLikeOp, np.zeros(shape, dtype), value), np.full(shape, value))


def test_full_keeps_special_values():
    same(result(FullOp, array("f32", -0.0), shape=(2,)), array("f32", [-0.0, -0.0]))
    same(result(FullOp, array("f16", np.nan), shape=(1,)), array("f16", [np.nan]))


@pytest.mark.parametrize(
    ("start", "stop", "step", "expected"),
    [
        (0.0, 4.0, 1.0, [0, 1, 2, 3]),
        (1.0, 6.0, 2.0, [1, 3, 5]),
        (5.0, 0.0, -2.0, [5, 3, 1]),
        (0.0, 0.0, 1.0, []),
        (3.0, 1.0, 1.0, []),
    ],
)
def test_arange(start: float, stop: float, step: float, expected: list[int]):
    for name in NUMERIC:
        if name.startswith("ui") and step < 0:
            continue
        element, _ = ELEMENT_TYPES[name]
        found = result(ArangeOp, start=start, stop=stop, step=step, dtype=element)
        same(found, array(name, expected))


def test_arange_of_fractions():
    same(result(ArangeOp, stop=1.0, step=0.25), array("f32", [0, 0.25, 0.5, 0.75]))
    same(result(ArangeOp, start=0.5, stop=2.4), array("f32", [0.5, 1.5]))


@pytest.mark.parametrize("shape", SHAPES)
def test_shape_of(shape: tuple[int, ...]):
    data = np.zeros(shape, np.int8)
    same(result(ShapeOfOp, data), np.array(shape, np.int32))
    wide = result(ShapeOfOp, data, dtype=ELEMENT_TYPES["i64"][0])
    same(wide, np.array(shape, np.int64))


def test_shape_of_an_unknown_shape_has_a_known_length():
    op = make(ShapeOfOp, [tensor("f32", (DYNAMIC, 3))])
    assert op.result.type == tensor("i32", (2,))

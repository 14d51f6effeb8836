"""Dyn ops that move elements: the same as the ops without dyn, shapes at run time, constants."""

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException

from dyn_case import Case, check_result, check_static_form, count, counted, ints
from inlay.dialects.relay.assemble import TileOp
from inlay.dialects.relay.base import RelayOp
from inlay.dialects.relay.dyn_shape import (
    OPS,
    DynBroadcastToOp,
    DynExpandDimsOp,
    DynPadOp,
    DynReshapeOp,
    DynSqueezeOp,
    DynStridedSliceOp,
    DynTileOp,
)
from inlay.dialects.relay.evaluate import evaluate_op
from inlay.dialects.relay.pad import PadOp
from inlay.dialects.relay.reshape import ReshapeOp
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.shape import BroadcastToOp, ExpandDimsOp, SqueezeOp
from inlay.dialects.relay.slice import StridedSliceOp
from inlay.dialects.relay.types import DYNAMIC, tensor, tensor_of
from single_op import array, make

CASES = [
    Case(DynReshapeOp, (counted(2, 3, 4), ints(0, -1)), ReshapeOp, {"newshape": (2, 12)}),
    Case(
        DynReshapeOp,
        (counted(0, 3), ints(3, 0)),
        ReshapeOp,
        {"newshape": (3, 0)},
        {"allowzero": True},
    ),
    Case(DynReshapeOp, (np.array(1.0), ints()), ReshapeOp, {"newshape": ()}),
    Case(
        DynStridedSliceOp,
        (counted(4, 5, 2), ints(1, -1), ints(9, 0), ints(2, -1)),
        StridedSliceOp,
        {"begin": (1, -1), "end": (9, 0), "strides": (2, -1)},
    ),
    Case(
        DynStridedSliceOp,
        (counted(4, 5), ints(1), ints(2), ints()),
        StridedSliceOp,
        {"begin": (1,), "end": (2,)},
        {"slice_mode": "size"},
    ),
    Case(
        DynBroadcastToOp,
        (counted(3, 1), ints(2, 3, 0)),
        BroadcastToOp,
        {"shape": (2, 3, 0)},
    ),
    Case(
        DynPadOp,
        (counted(2, 3), np.array([[1, 0], [0, 2]]), np.array(-np.inf, np.float32)),
        PadOp,
        {"pad_width": (1, 0, 0, 2), "pad_value": -np.inf},
    ),
    Case(
        DynPadOp,
        (array("i8", [1, 2, 3]), np.array([[2, 1]]), array("i8", 0)),
        PadOp,
        {"pad_width": (2, 1)},
        {"pad_mode": "reflect"},
    ),
    Case(DynTileOp, (counted(2), ints(2, 3)), TileOp, {"reps": (2, 3)}),
    Case(
        DynExpandDimsOp,
        (counted(2, 3), count(-2)),
        ExpandDimsOp,
        {"axis": -2},
        {"num_newaxis": 2},
    ),
    Case(DynSqueezeOp, (counted(1, 2, 1), ints(-1)), SqueezeOp, {"axis": (-1,)}),
]
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.form.name)


@EACH
def test_computes_what_the_static_op_does(case: Case):
    check_result(case)


@EACH
def test_becomes_the_static_op_once_its_shape_is_constant(case: Case):
    check_static_form(case)


def test_every_op_has_a_case():
    assert {case.form for case in CASES} == set(OPS)


@pytest.mark.parametrize(
    ("form", "operands", "message"),
    [
        (DynReshapeOp, (counted(2, 3), ints(4)), "expected 6"),
        (DynReshapeOp, (counted(2, 3), ints(-2)), "expected extents, 0 or -1"),
        (DynBroadcastToOp, (counted(3), ints(2)), "broadcasts to 2"),
        (DynTileOp, (counted(3), ints(-1)), "expected 0 or more"),
        (DynExpandDimsOp, (counted(3), count(3)), "axis 3 is out of range"),
        (DynSqueezeOp, (counted(3), ints(0)), "has extent 3, expected 1"),
        (
            DynPadOp,
            (counted(1), np.array([[-1, 0]]), array("f32", 0)),
            "expected 0 or more",
        ),
        (
            DynStridedSliceOp,
            (counted(3), ints(0), ints(1), ints(0)),
            "none of them 0",
        ),
    ],
)
def test_shapes_that_cannot_be(form: type[RelayOp], operands: tuple[Array, ...], message: str):
    op = make(form, [tensor_of(operand) for operand in operands])
    with pytest.raises(VerifyException, match=message):
        evaluate_op(op, operands)


def test_only_sliced_extents_are_unknown():
    data, bounds = tensor("f32", (2, DYNAMIC, 4)), tensor("i64", (1,))
    op = make(DynStridedSliceOp, [data, bounds, bounds, bounds])
    assert op.result.type == tensor("f32", (DYNAMIC, DYNAMIC, 4))


@pytest.mark.parametrize("length", [DYNAMIC, None])
def test_ranks_are_static(length: int | None):
    type_ = tensor("i32", () if length is None else (length,))
    with pytest.raises(VerifyException, match=r"operand 'newshape' has (rank 0|a length of \?)"):
        make(DynReshapeOp, [tensor("f32", (2,)), type_])

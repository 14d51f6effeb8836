"""Dyn ops that compute elements: the same as the ops without dyn, shapes at run time, constants."""

import pytest
from xdsl.utils.exceptions import VerifyException

from dyn_case import Case, check_result, check_static_form, count, counted, ints
from inlay.dialects.relay.base import RelayOp
from inlay.dialects.relay.create import ArangeOp, FullOp, OnesOp, ZerosOp
from inlay.dialects.relay.dyn_compute import (
    OPS,
    DynArangeOp,
    DynFullOp,
    DynOneHotOp,
    DynOnesOp,
    DynResize2dOp,
    DynTopkOp,
    DynUpsamplingOp,
    DynZerosOp,
)
from inlay.dialects.relay.evaluate import evaluate_op
from inlay.dialects.relay.gather import OneHotOp
from inlay.dialects.relay.image import Resize2dOp, UpsamplingOp
from inlay.dialects.relay.order import TopkOp
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import DYNAMIC, ELEMENT_TYPES, tensor, tensor_of
from single_op import array, make

F16 = ELEMENT_TYPES["f16"][0]


IMAGE = counted(1, 2, 3, 4)

CASES = [
    Case(DynFullOp, (array("bf16", 1.5), ints(2, 0)), FullOp, {"shape": (2, 0)}),
    Case(DynFullOp, (array("i1", True), ints(2)), FullOp, {"shape": (2,)}),
    Case(DynZerosOp, (ints(2, 1),), ZerosOp, {"shape": (2, 1)}, {"dtype": F16}, ()),
    Case(DynOnesOp, (ints(),), OnesOp, {"shape": ()}, {"dtype": F16}, ()),
    Case(
        DynArangeOp,
        (array("f16", 1), array("f16", 2), array("f16", 0.25)),
        ArangeOp,
        {"start": 1.0, "stop": 2.0, "step": 0.25, "dtype": F16},
        {},
        (),
    ),
    Case(
        DynArangeOp,
        (count(5), count(-2), count(-3)),
        ArangeOp,
        {"start": 5.0, "stop": -2.0, "step": -3.0, "dtype": ELEMENT_TYPES["i32"][0]},
        {},
        (),
    ),
    Case(DynTopkOp, (counted(3, 4), count(2)), TopkOp, {"k": 2}, {"axis": 0}),
    Case(DynTopkOp, (counted(3), count(0)), TopkOp, {"k": 0}, {"ret_type": "indices"}),
    Case(
        DynOneHotOp,
        (ints(0, 2), array("f32", 1), array("f32", -1), count(3)),
        OneHotOp,
        {"depth": 3},
        {"axis": 0},
        (0, 1, 2),
    ),
    Case(DynResize2dOp, (IMAGE, ints(5, 2)), Resize2dOp, {"size": (5, 2)}),
    Case(
        DynUpsamplingOp,
        (IMAGE, array("f32", 2), array("f32", 1.5)),
        UpsamplingOp,
        {"scale_h": 2.0, "scale_w": 1.5},
        {"method": "bilinear"},
    ),
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
        (DynFullOp, (count(3), ints(-1)), "expected extents of 0 or more"),
        (DynArangeOp, (count(0), count(1), count(0)), "a step other than 0"),
        (DynTopkOp, (counted(3), count(4)), "k is 4, expected 3 at most"),
    ],
)
def test_shapes_that_cannot_be(form: type[RelayOp], operands: tuple[Array, ...], message: str):
    op = make(form, [tensor_of(operand) for operand in operands])
    with pytest.raises(VerifyException, match=message):
        evaluate_op(op, operands)


def test_only_what_depends_on_the_operands_is_unknown():
    op = make(
        DynTopkOp,
        [tensor("f32", (2, DYNAMIC, 4)), tensor("i32", ())],
        axis=0,
        ret_type="values",
    )
    assert op.results[0].type == tensor("f32", (DYNAMIC, DYNAMIC, 4))
    op = make(DynResize2dOp, [tensor("f32", (1, 3, 8, 8)), tensor("i32", (2,))])
    assert op.result.type == tensor("f32", (1, 3, DYNAMIC, DYNAMIC))

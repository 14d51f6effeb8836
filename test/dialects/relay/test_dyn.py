"""Dyn ops: the same as the ops without dyn, shapes at run time, constants made properties."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException

from any_op import replaced, results
from inlay.dialects.relay import dyn
from inlay.dialects.relay.assemble import PadOp, TileOp
from inlay.dialects.relay.base import RelayOp
from inlay.dialects.relay.create import ArangeOp, FullOp, OnesOp, ZerosOp
from inlay.dialects.relay.evaluate import evaluate_op
from inlay.dialects.relay.image import Resize2dOp, UpsamplingOp
from inlay.dialects.relay.index import OneHotOp, StridedSliceOp
from inlay.dialects.relay.order import TopkOp
from inlay.dialects.relay.rows import Array, AttrValue
from inlay.dialects.relay.shape import BroadcastToOp, ExpandDimsOp, ReshapeOp, SqueezeOp
from inlay.dialects.relay.types import DYNAMIC, ELEMENT_TYPES, tensor, tensor_of
from single_op import array, make, same


def counted(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def ints(*values: int) -> Array:
    return np.array(values, np.int64)


def count(value: int) -> Array:
    return np.array(value, np.int32)


F16 = ELEMENT_TYPES["f16"][0]


@dataclass
class Case:
    """A dyn op on operands, and the op without dyn: its operands are the first ones."""

    form: type[RelayOp]
    operands: tuple[Array, ...]
    static: type[RelayOp]
    properties: dict[str, AttrValue]
    shared: dict[str, AttrValue] = field(default_factory=dict[str, AttrValue])
    data: tuple[int, ...] = (0,)

    @property
    def shapes(self) -> set[int]:
        """The operands that stand for properties."""
        return set(range(len(self.operands))) - set(self.data)

    def expected(self) -> list[Array]:
        kept = [self.operands[at] for at in self.data]
        op = make(
            self.static, [tensor_of(operand) for operand in kept], **self.properties, **self.shared
        )
        return evaluate_op(op, kept)


IMAGE = counted(1, 2, 3, 4)
CASES = [
    Case(dyn.DynReshapeOp, (counted(2, 3, 4), ints(0, -1)), ReshapeOp, {"newshape": (2, 12)}),
    Case(
        dyn.DynReshapeOp,
        (counted(0, 3), ints(3, 0)),
        ReshapeOp,
        {"newshape": (3, 0)},
        {"allowzero": True},
    ),
    Case(dyn.DynReshapeOp, (np.array(1.0), ints()), ReshapeOp, {"newshape": ()}),
    Case(
        dyn.DynStridedSliceOp,
        (counted(4, 5, 2), ints(1, -1), ints(9, 0), ints(2, -1)),
        StridedSliceOp,
        {"begin": (1, -1), "end": (9, 0), "strides": (2, -1)},
    ),
    Case(
        dyn.DynStridedSliceOp,
        (counted(4, 5), ints(1), ints(2), ints()),
        StridedSliceOp,
        {"begin": (1,), "end": (2,)},
        {"slice_mode": "size"},
    ),
    Case(dyn.DynBroadcastToOp, (counted(3, 1), ints(2, 3, 0)), BroadcastToOp, {"shape": (2, 3, 0)}),
    Case(
        dyn.DynPadOp,
        (counted(2, 3), np.array([[1, 0], [0, 2]]), np.array(-np.inf, np.float32)),
        PadOp,
        {"pad_width": (1, 0, 0, 2), "pad_value": -np.inf},
    ),
    Case(
        dyn.DynPadOp,
        (array("i8", [1, 2, 3]), np.array([[2, 1]]), array("i8", 0)),
        PadOp,
        {"pad_width": (2, 1)},
        {"pad_mode": "reflect"},
    ),
    Case(dyn.DynTileOp, (counted(2), ints(2, 3)), TileOp, {"reps": (2, 3)}),
    Case(dyn.DynFullOp, (array("bf16", 1.5), ints(2, 0)), FullOp, {"shape": (2, 0)}),
    Case(dyn.DynFullOp, (array("i1", True), ints(2)), FullOp, {"shape": (2,)}),
    Case(dyn.DynZerosOp, (ints(2, 1),), ZerosOp, {"shape": (2, 1)}, {"dtype": F16}, ()),
    Case(dyn.DynOnesOp, (ints(),), OnesOp, {"shape": ()}, {"dtype": F16}, ()),
    Case(
        dyn.DynArangeOp,
        (array("f16", 1), array("f16", 2), array("f16", 0.25)),
        ArangeOp,
        {"start": 1.0, "stop": 2.0, "step": 0.25, "dtype": F16},
        {},
        (),
    ),
    Case(
        dyn.DynArangeOp,
        (count(5), count(-2), count(-3)),
        ArangeOp,
        {"start": 5.0, "stop": -2.0, "step": -3.0, "dtype": ELEMENT_TYPES["i32"][0]},
        {},
        (),
    ),
    Case(
        dyn.DynExpandDimsOp,
        (counted(2, 3), count(-2)),
        ExpandDimsOp,
        {"axis": -2},
        {"num_newaxis": 2},
    ),
    Case(dyn.DynSqueezeOp, (counted(1, 2, 1), ints(-1)), SqueezeOp, {"axis": (-1,)}),
    Case(dyn.DynTopkOp, (counted(3, 4), count(2)), TopkOp, {"k": 2}, {"axis": 0}),
    Case(dyn.DynTopkOp, (counted(3), count(0)), TopkOp, {"k": 0}, {"ret_type": "indices"}),
    Case(
        dyn.DynOneHotOp,
        (ints(0, 2), array("f32", 1), array("f32", -1), count(3)),
        OneHotOp,
        {"depth": 3},
        {"axis": 0},
        (0, 1, 2),
    ),
    Case(dyn.DynResize2dOp, (IMAGE, ints(5, 2)), Resize2dOp, {"size": (5, 2)}),
    Case(
        dyn.DynUpsamplingOp,
        (IMAGE, array("f32", 2), array("f32", 1.5)),
        UpsamplingOp,
        {"scale_h": 2.0, "scale_w": 1.5},
        {"method": "bilinear"},
    ),
]
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.form.name)


@EACH
def test_computes_what_the_static_op_does(case: Case):
    found = results(case.form, *case.operands, known=case.shapes, **case.shared)
    for value, expected in zip(found, case.expected(), strict=True):
        same(value, expected)


@EACH
def test_becomes_the_static_op_once_its_shape_is_constant(case: Case):
    replacement = replaced(
        "static", case.form, *case.operands, constants=case.shapes, **case.shared
    )
    assert replacement is not None
    names, values = replacement
    assert names == [case.static.name]
    for value, expected in zip(values, case.expected(), strict=True):
        same(value, expected)
    assert replaced("static", case.form, *case.operands, constants=(), **case.shared) is None


def test_every_op_has_a_case():
    assert {case.form for case in CASES} == set(dyn.OPS)


@pytest.mark.parametrize(
    ("form", "operands", "message"),
    [
        (dyn.DynReshapeOp, (counted(2, 3), ints(4)), "expected 6"),
        (dyn.DynReshapeOp, (counted(2, 3), ints(-2)), "expected extents, 0 or -1"),
        (dyn.DynBroadcastToOp, (counted(3), ints(2)), "broadcasts to 2"),
        (dyn.DynTileOp, (counted(3), ints(-1)), "expected 0 or more"),
        (dyn.DynFullOp, (count(3), ints(-1)), "expected extents of 0 or more"),
        (dyn.DynArangeOp, (count(0), count(1), count(0)), "a step other than 0"),
        (dyn.DynExpandDimsOp, (counted(3), count(3)), "axis 3 is out of range"),
        (dyn.DynSqueezeOp, (counted(3), ints(0)), "has extent 3, expected 1"),
        (dyn.DynTopkOp, (counted(3), count(4)), "k is 4, expected 3 at most"),
        (
            dyn.DynPadOp,
            (counted(1), np.array([[-1, 0]]), array("f32", 0)),
            "expected 0 or more",
        ),
        (
            dyn.DynStridedSliceOp,
            (counted(3), ints(0), ints(1), ints(0)),
            "none of them 0",
        ),
    ],
)
def test_shapes_that_cannot_be(form: type[RelayOp], operands: tuple[Array, ...], message: str):
    op = make(form, [tensor_of(operand) for operand in operands])
    with pytest.raises(VerifyException, match=message):
        evaluate_op(op, operands)


def test_only_what_depends_on_the_operands_is_unknown():
    data, bounds = tensor("f32", (2, DYNAMIC, 4)), tensor("i64", (1,))
    op = make(dyn.DynStridedSliceOp, [data, bounds, bounds, bounds])
    assert op.result.type == tensor("f32", (DYNAMIC, DYNAMIC, 4))
    op = make(dyn.DynTopkOp, [data, tensor("i32", ())], axis=0, ret_type="values")
    assert op.results[0].type == tensor("f32", (DYNAMIC, DYNAMIC, 4))
    op = make(dyn.DynResize2dOp, [tensor("f32", (1, 3, 8, 8)), tensor("i32", (2,))])
    assert op.result.type == tensor("f32", (1, 3, DYNAMIC, DYNAMIC))


@pytest.mark.parametrize("length", [DYNAMIC, None])
def test_ranks_are_static(length: int | None):
    type_ = tensor("i32", () if length is None else (length,))
    with pytest.raises(VerifyException, match=r"operand 'newshape' has (rank 0|a length of \?)"):
        make(dyn.DynReshapeOp, [tensor("f32", (2,)), type_])

"""What broadcasting ops share: shapes, layouts, scales."""

import math

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.test_value import create_ssa_value

from inlay.dialects.layout import Layout
from inlay.dialects.relay import arithmetic, comparison
from inlay.dialects.relay.arithmetic import AddOp, MultiplyOp, SubtractOp
from inlay.dialects.relay.base import rows
from inlay.dialects.relay.broadcast import BinaryOp
from inlay.dialects.relay.comparison import EqualOp
from inlay.dialects.relay.rows import ScaleBackward, ScaleForward
from inlay.dialects.relay.types import DYNAMIC, ELEMENT_TYPES, tensor
from single_op import make, run

BINARY = [form for form in (*arithmetic.OPS, *comparison.OPS) if issubclass(form, BinaryOp)]


# Shapes.

SHAPES = [
    ((), ()),
    ((), (3,)),
    ((2, 1, 4), (3, 1)),
    ((3,), (2, 3)),
    ((0,), (1,)),
    ((2, 0, 1), (1, 5)),
    ((1, 1), (1,)),
]


@pytest.mark.parametrize("form", BINARY)
@pytest.mark.parametrize(("lhs", "rhs"), SHAPES)
def test_shapes_broadcast(form: type[BinaryOp], lhs: tuple[int, ...], rhs: tuple[int, ...]):
    for name in form.ROWS.dtypes:
        ones = [np.ones(shape, ELEMENT_TYPES[name][1]) for shape in (lhs, rhs)]
        assert run(form, *ones).shape == np.broadcast_shapes(lhs, rhs)


@pytest.mark.parametrize(
    ("lhs", "rhs", "expected"),
    [
        ((DYNAMIC,), (1,), (DYNAMIC,)),
        ((DYNAMIC,), (4,), (4,)),
        ((DYNAMIC,), (0,), (0,)),
        ((DYNAMIC,), (DYNAMIC,), (DYNAMIC,)),
        ((DYNAMIC, 3), (3,), (DYNAMIC, 3)),
        ((), (DYNAMIC,), (DYNAMIC,)),
    ],
)
def test_unknown_extents(lhs: tuple[int, ...], rhs: tuple[int, ...], expected: tuple[int, ...]):
    for first, second in ((lhs, rhs), (rhs, lhs)):
        op = make(AddOp, [tensor("f32", first), tensor("f32", second)])
        assert op.result.type == tensor("f32", expected)


def test_operands_that_do_not_fit_are_refused():
    with pytest.raises(
        VerifyException,
        match=r"relay.add: operand 'rhs' has shape 3x1, which does not broadcast with 2x4x5: "
        r"found 3 in dimension -2, expected 1 or 4",
    ):
        make(AddOp, [tensor("f32", (2, 4, 5)), tensor("f32", (3, 1))])
    with pytest.raises(VerifyException, match=r"found 0 in dimension -1, expected 1 or 2"):
        make(AddOp, [tensor("f32", (2,)), tensor("f32", (0,))])
    with pytest.raises(VerifyException, match=r"'rhs' has element type f16, expected f32"):
        make(EqualOp, [tensor("f32", (2,)), tensor("f16", (2,))])
    with pytest.raises(VerifyException, match=r"relay.add: operand 'lhs' has element type i1"):
        make(AddOp, [tensor("i1", (2,)), tensor("i1", (2,))])


# Layouts.


def layouts(*texts: str | None) -> list[Layout | None]:
    return [None if text is None else Layout.parse(text) for text in texts]


@pytest.mark.parametrize(
    ("shapes", "old", "new", "operands", "result"),
    [
        # The layout that is written: the operands' own, or that of the other's inner axes.
        ([(1, 32, 4, 4), (32, 1, 1)], "NCHW -", None, "NCHW CHW", "NCHW"),
        ([(32, 1, 1), (1, 32, 4, 4)], "- NCHW", None, "CHW NCHW", "NCHW"),
        ([(1, 32, 4, 4), ()], "NCHW -", None, "NCHW -", "NCHW"),
        ([(1, 2, 4, 4, 16), (2, 1, 1, 16)], "NCHW16c -", None, "NCHW16c CHW16c", "NCHW16c"),
        ([(1, 2, 4, 4, 16), (1, 1, 4, 4, 1)], "NCHW16c -", None, "NCHW16c NCHW1c", "NCHW16c"),
        ([(1, 2, 4, 4, 16), (2, 1, 1, 1)], "NCHW16c -", None, "NCHW16c -", "NCHW16c"),
        ([(1, 2, 4, 4, 16), (4, 16)], "NCHW16c -", None, "NCHW16c -", "NCHW16c"),
        ([(32, 1, 1), (1, 32, 4, 4)], "CHW -", None, "CHW -", "-"),
        ([(2, 3), (2, 3)], "- -", None, "- -", "-"),
        # The layout that arrives.
        ([(1, 32, 4, 4), (32, 1, 1)], "NCHW CHW", "NCHW16c CHW", "NCHW16c NCHW16c", "NCHW16c"),
        ([(32, 1, 1), (1, 32, 4, 4)], "CHW NCHW", "- NCHW16c", "NCHW16c NCHW16c", "NCHW16c"),
        ([(1, 32, 4, 4), (1, 1, 4, 4)], "NCHW NCHW", "NCHW16c -", "NCHW16c NCHW1c", "NCHW16c"),
        ([(1, 32, 4, 4), (4,)], "NCHW W", "NCHW16c -", "NCHW16c NCHW1c", "NCHW16c"),
        ([(1, 32, 4, 4), ()], "NCHW -", "NCHW16c -", "NCHW16c -", "NCHW16c"),
        ([(1, 4, 4, 32), (32,)], "NHWC C", "NCHW16c -", "NCHW16c NCHW16c", "NCHW16c"),
        ([(1, 4, 4, 32), (32,)], "NHWC C", "NCHW -", "NCHW NCHW", "NCHW"),
        ([(2, 32, 4, 4)] * 2, "NCHW NCHW", "NCHW8c NCHW16c", "NCHW8c NCHW8c", "NCHW8c"),
        ([(1, 32, 4, 4), (32, 1, 1)], "NCHW CHW", "- -", "NCHW NCHW", "NCHW"),
        ([(1, 2, 4, 4, 16), (2, 1, 1, 16)], "NCHW16c -", "NCHW8c -", "NCHW8c NCHW8c", "NCHW8c"),
        # Unknown extents: only what is not blocked may be either 1 or not.
        ([(DYNAMIC, 32, 4, 4)] * 2, "NCHW NCHW", "NCHW8c -", "NCHW8c NCHW8c", "NCHW8c"),
        ([(1, 32, 4, 4), (1, DYNAMIC, 1, 1)], "NCHW NCHW", "NCHW8c -", "NCHW NCHW", "NCHW"),
        # What cannot be reconciled stays as it was written.
        ([(1, 2, 4, 4, 16), (4, 16)], "NCHW16c -", "NCHW8c -", "NCHW16c -", "NCHW16c"),
        ([(8, 8, 8, 8)] * 2, "NCHW NHWC", "NCHW8c -", "NCHW NHWC", "NCHW"),
    ],
)
def test_layouts(
    shapes: list[tuple[int, ...]], old: str, new: str | None, operands: str, result: str
):
    def parse(text: str) -> list[Layout | None]:
        return layouts(*(None if item == "-" else item for item in text.split()))

    op = make(AddOp, [tensor("f32", shape) for shape in shapes])
    rule = rows(op).layout
    assert rule is not None
    inferred = rule(op, None if new is None else parse(new), parse(old))
    assert (list(inferred.operands), list(inferred.results)) == (parse(operands), parse(result))


def test_blocked_operands_give_the_blocked_result():
    x = np.arange(2 * 32 * 3 * 3, dtype=np.float32).reshape(2, 32, 3, 3)
    nchw, blocked = Layout.parse("NCHW"), Layout.parse("NCHW16c")
    for shape in [(32, 1, 1), (2, 1, 3, 3), (3,), (1, 32, 1, 3)]:
        y = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
        op = make(MultiplyOp, [tensor("f32", x.shape), tensor("f32", shape)])
        rule = rows(op).layout
        assert rule is not None
        written = rule(op, None, [nchw, None])
        layout = rule(op, [blocked, written.operands[1]], written.operands).operands[1]
        assert layout is not None
        expanded = y.reshape((1,) * (4 - y.ndim) + shape)
        result = run(
            MultiplyOp, nchw.convert_array(x, blocked), nchw.convert_array(expanded, layout)
        )
        np.testing.assert_array_equal(result, nchw.convert_array(x * y, blocked))


# Scales.

DATA, VECTOR = tensor("f32", (2, 3, 4, 4)), tensor("f32", (3, 1, 1))


@pytest.mark.parametrize("form", [AddOp, SubtractOp])
def test_scale_of_a_sum(form: type[BinaryOp]):
    scale = rows(op := make(form, [DATA, VECTOR])).scale
    assert scale.backward is not None
    assert scale.backward(op, -3) == ScaleBackward(((0, -3), (1, -3)))
    assert scale.forward is not None
    assert scale.forward(op, 0, -3) == ScaleForward(divide=((1, -3),), carries=-3)
    assert scale.forward(op, 1, -3) == ScaleForward(divide=((0, -3),), carries=-3)
    # The vector has one element along the innermost axis, where the result has more.
    assert scale.forward(op, 1, -1) is None
    assert scale.forward(op, 0, -1) == ScaleForward(divide=((1, -1),), carries=-1)


def test_scale_of_a_product():
    scale = rows(op := make(MultiplyOp, [VECTOR, DATA])).scale
    assert scale.backward is not None
    assert scale.backward(op, -3) == ScaleBackward(((0, -3),))
    assert scale.backward(op, -1) == ScaleBackward(((1, -1),))
    assert scale.backward(op, -4) == ScaleBackward(((1, -4),))
    assert scale.forward is not None
    assert scale.forward(op, 1, -3) == ScaleForward(carries=-3)
    assert scale.forward(op, 0, -1) is None


@pytest.mark.parametrize("form", [AddOp, SubtractOp, MultiplyOp])
def test_scales_that_cannot_be_told_apart_or_are_not_exact_stay(form: type[BinaryOp]):
    value = create_ssa_value(DATA)
    twice = form.make([value, value])
    integers = make(form, [tensor("i32", (2, 3)), tensor("i32", (2, 3))])
    unknown = make(form, [tensor("f32", (DYNAMIC,)), tensor("f32", (DYNAMIC,))])
    for op in (twice, integers, unknown):
        forward = rows(op).scale.forward
        assert forward is not None
        assert forward(op, 0, -1) is None
    backward = rows(integers).scale.backward
    assert backward is not None
    assert backward(integers, -1) is None

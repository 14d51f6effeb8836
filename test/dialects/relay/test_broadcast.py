"""Broadcasting ops: numerics at the edges, shapes, layouts, scales, bias_add's replacement."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.test_value import create_ssa_value

from inlay.dialects.layout import Layout
from inlay.dialects.relay.base import rows
from inlay.dialects.relay.broadcast import (
    OPS,
    AddOp,
    BiasAddOp,
    BinaryOp,
    BitwiseAndOp,
    BitwiseOrOp,
    BitwiseXorOp,
    DivideOp,
    EqualOp,
    FloorDivideOp,
    FloorModOp,
    GreaterEqualOp,
    GreaterOp,
    LeftShiftOp,
    LessEqualOp,
    LessOp,
    LogicalAndOp,
    LogicalOrOp,
    LogicalXorOp,
    MaximumOp,
    MinimumOp,
    ModOp,
    MultiplyOp,
    NotEqualOp,
    PowerOp,
    RightShiftOp,
    SubtractOp,
    WhereOp,
)
from inlay.dialects.relay.rows import ScaleBackward, ScaleForward
from inlay.dialects.relay.types import DYNAMIC, ELEMENT_TYPES, SIGNED_INTS, UNSIGNED_INTS, tensor
from single_op import array, make, run, run_replacement, same

INF, NAN = math.inf, math.nan
BINARY = [form for form in OPS if issubclass(form, BinaryOp)]


@pytest.mark.parametrize(
    ("form", "lhs", "rhs", "expected"),
    [
        (AddOp, [INF, -0.0, 1], [-INF, -0.0, NAN], [NAN, -0.0, NAN]),
        (SubtractOp, [INF, 0, 1], [INF, 0, NAN], [NAN, 0, NAN]),
        (MultiplyOp, [INF, -1, 2], [0, 0, 3], [NAN, -0.0, 6]),
        (DivideOp, [1, -1, 0, 7], [0, 0, 0, 2], [INF, -INF, NAN, 3.5]),
        (FloorDivideOp, [7, -7, 1, 0], [2, 2, 0, 0], [3, -4, INF, NAN]),
        (ModOp, [7, -7, 7, 1, -0.0, 5], [3, 3, -3, 0, 3, INF], [1, -1, 1, NAN, -0.0, 5]),
        (FloorModOp, [7, -7, 7, 1, 5], [3, 3, -3, 0, INF], [1, 2, -2, NAN, 5]),
        (PowerOp, [NAN, 1, 0, -8, -2], [0, NAN, -1, 1 / 3, 3], [1, 1, INF, NAN, -8]),
        (MaximumOp, [1, NAN, 2, -INF], [NAN, 1, 3, INF], [NAN, NAN, 3, INF]),
        (MinimumOp, [1, NAN, 2, -INF], [NAN, 1, 3, INF], [NAN, NAN, 2, -INF]),
    ],
)
def test_special_values(
    form: type[BinaryOp], lhs: list[float], rhs: list[float], expected: list[float]
):
    same(run(form, array("f32", lhs), array("f32", rhs)), array("f32", expected))


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (EqualOp, [False, True, False, False]),
        (NotEqualOp, [True, False, True, True]),
        (LessOp, [True, False, False, False]),
        (LessEqualOp, [True, True, False, False]),
        (GreaterOp, [False, False, False, False]),
        (GreaterEqualOp, [False, True, False, False]),
    ],
)
def test_comparisons_with_nan_and_signed_zeros(form: type[BinaryOp], expected: list[bool]):
    lhs, rhs = array("f32", [1, -0.0, NAN, 1]), array("f32", [2, 0.0, NAN, NAN])
    assert run(form, lhs, rhs).tolist() == expected


def c_divide(a: int, b: int) -> int:
    return 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def python_floor_divide(a: int, b: int) -> int:
    return 0 if b == 0 else a // b


def c_mod(a: int, b: int) -> int:
    return 0 if b == 0 else a - c_divide(a, b) * b


def python_mod(a: int, b: int) -> int:
    return 0 if b == 0 else a % b


def c_power(a: int, b: int) -> int:
    if b >= 0:
        return a**b
    return 0 if a == 0 else c_divide(1, a**-b)


def larger(a: int, b: int) -> int:
    return max(a, b)


def smaller(a: int, b: int) -> int:
    return min(a, b)


def left_shift(a: int, b: int) -> int:
    return a << b if 0 <= b < 8 else 0


def right_shift(a: int, b: int) -> int:
    return a >> (b if 0 <= b < 8 else 8)


@pytest.mark.parametrize(
    ("form", "function"),
    [
        (AddOp, int.__add__),
        (SubtractOp, int.__sub__),
        (MultiplyOp, int.__mul__),
        (DivideOp, c_divide),
        (FloorDivideOp, python_floor_divide),
        (ModOp, c_mod),
        (FloorModOp, python_mod),
        (PowerOp, c_power),
        (MaximumOp, larger),
        (MinimumOp, smaller),
        (BitwiseAndOp, int.__and__),
        (BitwiseOrOp, int.__or__),
        (BitwiseXorOp, int.__xor__),
        (LeftShiftOp, left_shift),
        (RightShiftOp, right_shift),
    ],
)
@pytest.mark.parametrize("name", ["i8", "ui8"])
def test_integers_wrap_and_divide_like_c(
    form: type[BinaryOp], function: Callable[[int, int], int], name: str
):
    values = [-128, -127, -9, -8, -3, -2, -1, 0, 1, 2, 3, 7, 8, 9, 126, 127]
    if name == "ui8":
        values = [value + 128 for value in values]
    result = run(form, array(name, values)[:, None], array(name, values))
    expected = [[function(a, b) & 0xFF for b in values] for a in values]
    np.testing.assert_array_equal(result.view(np.uint8), expected)


@pytest.mark.parametrize("name", sorted(SIGNED_INTS | UNSIGNED_INTS))
def test_division_at_the_limits_of_each_width(name: str):
    limits = np.iinfo(ELEMENT_TYPES[name][1])
    low, high = int(limits.min), int(limits.max)
    lhs, rhs = array(name, high), array(name, [1, 0])
    assert run(DivideOp, lhs, rhs).tolist() == [high, 0]
    if low:
        lowest, minus_one = array(name, [low]), array(name, [-1])
        assert run(DivideOp, lowest, minus_one).tolist() == [low]
        assert run(FloorDivideOp, lowest, minus_one).tolist() == [low]
        assert run(ModOp, lowest, minus_one).tolist() == [0]
        assert run(FloorModOp, lowest, minus_one).tolist() == [0]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (LogicalAndOp, [True, False, False, False]),
        (LogicalOrOp, [True, True, True, False]),
        (LogicalXorOp, [False, True, True, False]),
        (BitwiseAndOp, [True, False, False, False]),
        (BitwiseOrOp, [True, True, True, False]),
        (BitwiseXorOp, [False, True, True, False]),
        (EqualOp, [True, False, False, True]),
    ],
)
def test_truth_values(form: type[BinaryOp], expected: list[bool]):
    lhs, rhs = array("i1", [True, True, False, False]), array("i1", [True, False, True, False])
    assert run(form, lhs, rhs).tolist() == expected


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


# where and bias_add


def test_where_broadcasts_all_three():
    condition = array("i1", [[True], [False]])
    x, y = array("f32", [1, NAN, 3]), array("f32", -1)
    same(run(WhereOp, condition, x, y), array("f32", [[1, NAN, 3], [-1, -1, -1]]))
    assert run(WhereOp, array("i1", True), array("i8", 1), array("i8", 2)) == 1


def test_where_needs_a_truth_value_and_equal_types():
    data = tensor("f32", (2,))
    with pytest.raises(VerifyException, match=r"'condition' has element type f32, expected i1"):
        make(WhereOp, [data, data, data])
    with pytest.raises(VerifyException, match=r"'y' has element type i8, expected f32 as in"):
        make(WhereOp, [tensor("i1", (2,)), data, tensor("i8", (2,))])


@pytest.mark.parametrize(
    ("axis", "expands"), [(0, True), (1, True), (2, False), (-1, False), (-2, True)]
)
def test_bias_add_is_an_add_along_its_axis(axis: int, expands: bool):
    data = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    bias = np.arange(1, data.shape[axis] + 1, dtype=np.float32) * 100
    expected = np.moveaxis(np.moveaxis(data, axis, -1) + bias, -1, axis)
    np.testing.assert_array_equal(run(BiasAddOp, data, bias, axis=axis), expected)
    names, replaced = run_replacement("canonical", BiasAddOp, data, bias, axis=axis)
    assert names == ["relay.expand_dims"] * expands + ["relay.add"]
    np.testing.assert_array_equal(replaced, expected)


def test_bias_add_infers_an_unknown_extent_from_its_bias():
    types = [tensor("f32", (DYNAMIC, DYNAMIC)), tensor("f32", (7,))]
    assert make(BiasAddOp, types).result.type == tensor("f32", (DYNAMIC, 7))


@pytest.mark.parametrize(
    ("data", "bias", "axis", "message"),
    [
        ((2, 3), (2,), 1, r"'bias' has 2 elements, expected 3 \(axis 1 of data 2x3\)"),
        ((2, 3), (1, 3), 1, "operand 'bias' has rank 2, expected 1"),
        ((2, 3), (3,), 2, "axis 2 is out of range for rank 2"),
        ((), (3,), 0, "axis 0 is out of range for rank 0"),
    ],
)
def test_bias_that_does_not_fit_is_refused(
    data: tuple[int, ...], bias: tuple[int, ...], axis: int, message: str
):
    with pytest.raises(VerifyException, match="relay.nn.bias_add: .*" + message):
        make(BiasAddOp, [tensor("f32", data), tensor("f32", bias)], axis=axis)


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


@pytest.mark.parametrize(
    ("new", "operands", "axis"),
    [(None, "NCHW", None), ("NHWC", "NHWC", 3), ("NCHW16c", "NCHW", None)],
)
def test_bias_add_layout_follows_while_its_axis_is_whole(
    new: str | None, operands: str, axis: int | None
):
    op = make(BiasAddOp, [tensor("f32", (1, 32, 4, 4)), tensor("f32", (32,))])
    rule = rows(op).layout
    assert rule is not None
    inferred = rule(op, None if new is None else layouts(new, "C"), layouts("NCHW", None))
    assert list(inferred.operands) == layouts(operands, "C")
    assert list(inferred.results) == layouts(operands)
    assert inferred.attributes == ({} if axis is None else {"axis": axis})


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


def test_scale_of_a_bias_add():
    scale = rows(op := make(BiasAddOp, [DATA, tensor("f32", (3,))])).scale
    assert scale.backward is not None
    assert scale.backward(op, -3) == ScaleBackward(((0, -3), (1, -1)))
    assert scale.backward(op, -1) is None
    assert scale.forward is not None
    assert scale.forward(op, 0, -3) == ScaleForward(divide=((1, -1),), carries=-3)
    assert scale.forward(op, 0, -1) is None
    assert scale.forward(op, 1, -1) is None

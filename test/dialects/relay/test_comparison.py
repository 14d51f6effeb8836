"""Comparisons, logic, bits and selection: numerics at the edges."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from xdsl.utils.exceptions import VerifyException

from inlay.dialects.relay.broadcast import BinaryOp
from inlay.dialects.relay.comparison import (
    BitwiseAndOp,
    BitwiseOrOp,
    BitwiseXorOp,
    EqualOp,
    GreaterEqualOp,
    GreaterOp,
    LeftShiftOp,
    LessEqualOp,
    LessOp,
    LogicalAndOp,
    LogicalOrOp,
    LogicalXorOp,
    NotEqualOp,
    RightShiftOp,
    WhereOp,
)
from inlay.dialects.relay.types import tensor
from single_op import array, make, run, same

INF, NAN = math.inf, math.nan


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


def left_shift(a: int, b: int) -> int:
    return a << b if 0 <= b < 8 else 0


def right_shift(a: int, b: int) -> int:
    return a >> (b if 0 <= b < 8 else 8)


@pytest.mark.parametrize(
    ("form", "function"),
    [
        (BitwiseAndOp, int.__and__),
        (BitwiseOrOp, int.__or__),
        (BitwiseXorOp, int.__xor__),
        (LeftShiftOp, left_shift),
        (RightShiftOp, right_shift),
    ],
)
@pytest.mark.parametrize("name", ["i8", "ui8"])
def test_bits_of_integers(form: type[BinaryOp], function: Callable[[int, int], int], name: str):
    values = [-128, -127, -9, -8, -3, -2, -1, 0, 1, 2, 3, 7, 8, 9, 126, 127]
    if name == "ui8":
        values = [value + 128 for value in values]
    result = run(form, array(name, values)[:, None], array(name, values))
    expected = [[function(a, b) & 0xFF for b in values] for a in values]
    np.testing.assert_array_equal(result.view(np.uint8), expected)


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

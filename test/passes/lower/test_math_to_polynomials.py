"""Functions as arithmetic, compiled, against references of higher precision."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from compiled_kernel import DTYPES, to_ir
from inlay import InlayError
from inlay.passes.lower.vector_math import FUNCTIONS
from inlay.runtime.jit import emit_assembly
from inlay.target.description import TARGETS, Target
from math_functions import (
    LANES,
    ODD_LANES,
    PIPELINE,
    REFERENCES,
    Array,
    Functions,
    module,
    pairs,
    reference,
    sample,
    ulps,
)

OPS = tuple(REFERENCES)
BINARY = ("arith.remf", "math.atan2", "math.powf")
WITHOUT_FMA = 2
"""How many ulps more an error may be on machines without fused multiply-add."""


def operands(op: str, type_: str, count: int) -> Sequence[Array]:
    rng = np.random.default_rng(1)
    dtype = DTYPES[type_]
    if op in BINARY:
        return pairs(dtype, rng, count)
    x = sample(dtype, rng, count)
    if op != "math.fpowi":
        return (x,)
    return x, rng.integers(-40, 40, x.size).astype(np.int32)


@pytest.fixture(scope="module")
def native() -> Functions:
    single = module(OPS, ("f32",), (1, LANES, ODD_LANES))
    return Functions(single + module(OPS, ("f64",), (LANES, ODD_LANES)))


@pytest.mark.parametrize("type_", ["f32", "f64"])
@pytest.mark.parametrize("op", OPS)
def test_error_is_as_stated(native: Functions, op: str, type_: str):
    """On vectors; scalars and vectors of odd length give the same numbers."""
    row = FUNCTIONS[op]
    inputs = operands(op, type_, 30000)
    found = native.apply(op, type_, LANES, *inputs)
    errors = ulps(found, reference(op, *inputs))
    worst = int(np.argmax(errors))
    bound = row.ulp_single if type_ == "f32" else row.ulp_double
    assert errors[worst] <= bound, [each[worst] for each in (*inputs, found)]
    few = [each[:4001] for each in inputs]
    for lanes in (1, ODD_LANES) if type_ == "f32" else (ODD_LANES,):
        np.testing.assert_array_equal(native.apply(op, type_, lanes, *few), found[:4001])


def test_error_without_fused_multiply_add():
    native = Target.native()
    target = replace(native, features=tuple(each for each in native.features if each != "fma"))
    older = Functions(module(OPS, ("f32", "f64"), (4,)), target)
    for op in OPS:
        for type_, bound in (("f32", FUNCTIONS[op].ulp_single), ("f64", FUNCTIONS[op].ulp_double)):
            inputs = operands(op, type_, 10000)
            errors = ulps(older.apply(op, type_, 4, *inputs), reference(op, *inputs))
            assert errors.max() <= bound + WITHOUT_FMA * (bound > 0), (op, type_)


@pytest.mark.parametrize("type_", ["f32", "f64"])
def test_limits(native: Functions, type_: str):
    """What saturates does so at 1 exactly, and sine and cosine never exceed it."""
    x = np.array([30, 1e3, 1e30, np.inf], DTYPES[type_])
    for op in ("math.tanh", "math.erf"):
        for sign in (1, -1):
            assert set(native.apply(op, type_, LANES, sign * x)) == {sign}
    for op in ("math.sin", "math.cos", "math.tanh", "math.erf"):
        (inputs,) = operands(op, type_, 30000)
        values = native.apply(op, type_, LANES, inputs)
        assert np.nanmax(np.abs(values)) <= 1, op


# x, y, x^y: C99 annex F.9.4.4; what is not there follows from it.
INF, NAN = math.inf, math.nan
POWERS = [
    *((0.0, -3.0, INF), (-0.0, -3.0, -INF), (0.0, -2.0, INF), (-0.0, -2.0, INF)),
    *((0.0, -2.5, INF), (-0.0, -2.5, INF), (0.0, -INF, INF), (-0.0, -INF, INF)),
    *((0.0, 3.0, 0.0), (-0.0, 3.0, -0.0), (0.0, 2.0, 0.0), (-0.0, 2.0, 0.0)),
    *((0.0, 2.5, 0.0), (-0.0, 2.5, 0.0), (0.0, INF, 0.0), (-0.0, INF, 0.0)),
    *((-1.0, INF, 1.0), (-1.0, -INF, 1.0), (1.0, INF, 1.0), (1.0, NAN, 1.0), (1.0, -INF, 1.0)),
    *((0.0, 0.0, 1.0), (NAN, 0.0, 1.0), (NAN, -0.0, 1.0), (INF, 0.0, 1.0), (-2.0, -0.0, 1.0)),
    *((-2.0, 0.5, NAN), (-2.0, -1.5, NAN), (NAN, 1.0, NAN), (-1.0, NAN, NAN), (0.0, NAN, NAN)),
    *((0.5, -INF, INF), (-0.5, -INF, INF), (2.0, -INF, 0.0), (-2.0, -INF, 0.0)),
    *((0.5, INF, 0.0), (-0.5, INF, 0.0), (2.0, INF, INF), (-2.0, INF, INF)),
    *((-INF, -3.0, -0.0), (-INF, -2.0, 0.0), (-INF, -2.5, 0.0), (-INF, 3.0, -INF)),
    *((-INF, 2.0, INF), (-INF, 2.5, INF), (INF, -2.0, 0.0), (INF, 0.5, INF), (INF, NAN, NAN)),
    *((-2.0, 3.0, -8.0), (-2.0, 2.0, 4.0), (-2.0, 2.0**60 + 256, INF), (10.0, 400.0, INF)),
]


@pytest.mark.parametrize("type_", ["f32", "f64"])
def test_special_powers(native: Functions, type_: str):
    x, y, expected = np.array(POWERS, DTYPES[type_]).T.copy()
    found = native.apply("math.powf", type_, LANES, x, y)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found[found == 0]), np.signbit(expected[found == 0]))


@pytest.mark.parametrize("type_", ["f16", "bf16"])
def test_sixteen_bits_are_rounded_from_f32(type_: str):
    ops = ("math.exp", "math.tanh", "math.sin")
    halves = Functions(module(ops, (type_,), (1, LANES)))
    x = np.arange(1 << 16, dtype=np.uint16).view(DTYPES[type_])
    for op in ops:
        with np.errstate(all="ignore"):
            exact = REFERENCES[op](x.astype(np.float64))
            expected = exact.astype(np.float32).astype(x.dtype)
        for lanes in (1, LANES):
            found = halves.apply(op, type_, lanes, x)
            # An error of f32 turns the rounding of few numbers.
            away = np.abs(found.view(np.int16).astype(int) - expected.view(np.int16).astype(int))
            away[np.isnan(found) & np.isnan(expected)] = 0
            assert away.max() <= 1
            assert np.count_nonzero(away) < 100


@pytest.mark.parametrize("lanes", [1, LANES])
def test_integer_powers(lanes: int):
    types = f"vector<{lanes}xi32>" if lanes > 1 else "i32"
    text = module(("math.ipowi",), ("i32",), (lanes,))
    assert f": {types}" in text
    bases, exponents = np.meshgrid(
        np.array([0, 1, -1, 2, -2, 3, 7, -11, 2**31 - 1, -(2**31)], np.int32),
        np.array([0, 1, 2, 3, 5, 30, 31, 32, -1, -2, -5, 2**31 - 1, -(2**31)], np.int32),
    )
    x, n = bases.ravel().copy(), exponents.ravel().copy()
    found = Functions(text).apply("math.ipowi", "i32", lanes, x, n)
    for base, exponent, power in zip(x.tolist(), n.tolist(), found.tolist(), strict=True):
        if exponent >= 0:
            expected = pow(base, exponent, 1 << 32)
        else:
            expected = pow(base, exponent % 2) if base in (1, -1) else 0
        assert (power - expected) % (1 << 32) == 0, (base, exponent)


def test_one_lane_out_of_range_leaves_the_others(native: Functions):
    """A branch for large numbers, and a loop for large quotients, change their lanes only."""
    x = np.full(LANES, 0.75, np.float32)
    x[3] = 1e30
    for op in ("math.sin", "math.cos", "math.tan"):
        alone = native.apply(op, "f32", 1, x)
        np.testing.assert_array_equal(native.apply(op, "f32", LANES, x), alone)
    y = np.full(LANES, 0.5, np.float32)
    np.testing.assert_array_equal(native.apply("arith.remf", "f32", LANES, x, y), np.fmod(x, y))


@pytest.mark.parametrize(
    ("name", "type_"), [("x86-64-v2", "f32"), ("x86-64-v3", "f64"), ("aarch64", "f32")]
)
def test_code_needs_no_library(name: str, type_: str):
    target = TARGETS[name]
    text = module(OPS, (type_,), (4,))
    assembly = emit_assembly(to_ir(text, target, PIPELINE), target)
    assert re.findall(r"\s(?:callq?|bl|jmp)\s+\*?([A-Za-z_]\w+)", assembly) == []


def test_a_function_without_a_row_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(FUNCTIONS, "math.exp")
    with pytest.raises(InlayError, match=r"math.exp has no row in the table of functions"):
        to_ir(module(("math.exp",), ("f32",), (1,)), TARGETS["x86-64-v3"], PIPELINE)

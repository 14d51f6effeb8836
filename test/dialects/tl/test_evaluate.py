"""The evaluator against numpy, as defined and in scheduled order."""

import itertools
import re
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from xdsl.dialects import arith
from xdsl.dialects.builtin import i1, i8
from xdsl.irdl import IRDLOperation
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.test_value import create_ssa_value

from inlay.dialects.parsing import parse_module
from inlay.dialects.registry import make_context
from inlay.dialects.tl import (
    Entry,
    KernelOp,
    LoopKind,
    NestOp,
    Piece,
    Reduction,
    Schedule,
    ScheduleError,
)
from inlay.dialects.tl.evaluate import evaluate_kernel
from inlay.dialects.tl.scalars import EvaluationError, combine, evaluate_scalar, identity
from inlay.dialects.tl.walk import walk_points

Array = NDArray[Any]
RNG = np.random.default_rng(0)
EXAMPLES = (Path(__file__).parent / "ops.mlir").read_text()

ORDERS = pytest.mark.parametrize("scheduled", [False, True], ids=["defined", "scheduled"])


def kernel(text: str, name: str | None = None) -> KernelOp:
    module = parse_module(make_context(), text)
    module.verify()
    kernels = [op for op in module.ops if isinstance(op, KernelOp)]
    return next(op for op in kernels if name in (None, op.sym_name.data))


def floats(*shape: int) -> Array:
    return RNG.standard_normal(shape).astype(np.float32)


def conv2d(x: Array, w: Array, stride: int = 1, pad: int = 1) -> Array:
    """NCHW by OIHW in float64."""
    n, _, rows, columns = x.shape
    out, _, kh, kw = w.shape
    padded = np.pad(x.astype(np.float64), [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    h, v = (rows + 2 * pad - kh) // stride + 1, (columns + 2 * pad - kw) // stride + 1
    y = np.zeros((n, out, h, v))
    for i, j in itertools.product(range(kh), range(kw)):
        window = padded[:, :, i : i + stride * h : stride, j : j + stride * v : stride]
        y += np.einsum("nchw,oc->nohw", window, w[:, :, i, j].astype(np.float64))
    return y


CONV = """
tl.kernel @conv(%X: memref<1x4x5x3xf32>, %W: memref<2x1x3x3x3x2xf32>, %B: memref<2x2xf32>,
                %Y: memref<2x4x5x2xf32> out, %Z: memref<2x4x5x2xf32> out) {
  tl.nest (%oh = 4, %oc = 2, %ow = 5, %l = 2) reduce (%cb = 1, %kh = 3, %kw = 3, %ic = 3)
    acc (%a : f32 add)
    schedule [oh by (1x1, *x1, 1x1) parallel, oc, ow by 4, cb, kh, kw, ic by 2, ic unroll,
              ow unroll, l vector]
  init { %b = tl.load %B[%oc, %l]
    tl.yield %b }
  update {
    %x = tl.load %X[%cb, %oh + %kh - 1, %ow + %kw - 1, %ic] else skip
    %w = tl.load %W[%oc, %cb, %kh, %kw, %ic, %l]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  } finish {
    tl.store %a, %Y[%oc, %oh, %ow, %l]
    %zero = arith.constant 0.0 : f32
    %t = arith.maximumf %a, %zero : f32
    tl.store %t, %Z[%oc, %oh, %ow, %l]
  } }
"""


@ORDERS
def test_convolution_with_two_outputs(scheduled: bool):
    x, w, b = floats(1, 4, 5, 3), floats(2, 1, 3, 3, 3, 2), floats(2, 2)
    y, z = np.empty((2, 4, 5, 2), np.float32), np.empty((2, 4, 5, 2), np.float32)
    assert evaluate_kernel(kernel(CONV), [x, w, b, y, z], scheduled=scheduled)
    plain = conv2d(
        x.transpose(0, 3, 1, 2).reshape(1, 3, 4, 5),
        w.transpose(0, 5, 1, 4, 2, 3).reshape(4, 3, 3, 3),
    )
    expected = plain.reshape(2, 2, 4, 5).transpose(0, 2, 3, 1) + b[:, None, None, :]
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(z, np.maximum(y, 0))


def test_winograd_is_a_convolution():
    """The specification's kernel at 12×12, with its weights transformed exactly."""
    text = EXAMPLES.replace("56x56", "12x12").replace("strided<[912, 224,", "strided<[192, 48,")
    text = text.replace("strided<[464, 224,", "strided<[96, 48,").replace("x14x16", "x3x16")
    text = re.sub(r"(%t[yx]?) = 14", r"\1 = 3", text)
    wino = kernel(text[text.index("#BT") : text.index("tl.kernel @softmax")])
    g = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
    x, w, b = floats(4, 12, 12, 16), floats(64, 64, 3, 3), floats(4, 16)
    u = np.einsum("pi,ocij,qj->pqco", g, w, g).reshape(36, 64, 2, 32)
    u = np.ascontiguousarray(u.transpose(2, 0, 1, 3)).astype(np.float32)
    y = np.empty((4, 12, 12, 16), np.float32)
    assert evaluate_kernel(wino, {"X": x, "U": u, "B": b, "Y": y})
    expected = conv2d(x.transpose(0, 3, 1, 2).reshape(1, 64, 12, 12), w)
    expected = expected.reshape(4, 16, 12, 12).transpose(0, 2, 3, 1) + b[:, None, None, :]
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("rows", [0, 1, 3])
@ORDERS
def test_softmax_of_a_dynamic_number_of_rows(rows: int, scheduled: bool):
    """The specification's kernel, with rows of two pieces of 64, one of 16 and one of 5."""
    softmax = kernel(EXAMPLES.replace("1000", "149"), "softmax")
    x = floats(rows, 149)
    y = np.empty_like(x)
    assert evaluate_kernel(softmax, [x, y], scheduled=scheduled)
    e = np.exp(x.astype(np.float64) - x.max(1, keepdims=True))
    np.testing.assert_allclose(y, e / e.sum(1, keepdims=True), rtol=1e-5)


@ORDERS
def test_argmax_combines_lanes(scheduled: bool):
    x = RNG.integers(-5, 5, (8, 40)).astype(np.float32)
    x[3] = -np.inf
    x[4, 7:] = x[4].max() + 1
    y = np.empty(8, np.int32)
    assert evaluate_kernel(kernel(EXAMPLES, "argmax"), [x, y], scheduled=scheduled)
    expected = x.argmax(1)
    expected[3] = -1
    np.testing.assert_array_equal(y, expected)


@ORDERS
def test_flat_tiles(scheduled: bool):
    x, z, y = floats(7, 7), np.empty(49, np.float32), np.full((8, 16), 5, np.float32)
    assert evaluate_kernel(kernel(EXAMPLES, "flat"), [x, z, y], scheduled=scheduled)
    np.testing.assert_array_equal(z, x.reshape(49))
    np.testing.assert_array_equal(y[::2], 0)
    np.testing.assert_array_equal(y[1::2], 5)


@ORDERS
def test_gather_and_scatter(scheduled: bool):
    gather = kernel(EXAMPLES, "gather")
    x, y, z = floats(100, 16), np.empty((8, 16), np.float32), floats(100, 16)
    at = np.array([3, 99, 0, 3, 50, 3, 7, 99], np.int32)
    scattered = z.copy()
    assert evaluate_kernel(gather, [at, x, y, z], scheduled=scheduled)
    np.testing.assert_array_equal(y, x[at] + x[at])
    for place, row in zip(at, y, strict=True):
        scattered[place] = row
    np.testing.assert_array_equal(z, scattered)


@ORDERS
def test_checked_indices_are_clamped_and_reported(scheduled: bool):
    gather = kernel(EXAMPLES, "gather")
    x, y, z = floats(100, 16), np.empty((8, 16), np.float32), floats(100, 16)
    at = np.array([-1, 100, 0, 1, 2, 3, 4, 5], np.int32)
    assert not evaluate_kernel(gather, [at, x, y, z], scheduled=scheduled)
    np.testing.assert_array_equal(y[:2], 2 * x[[0, 99]])


@ORDERS
def test_cumsum_is_ordered(scheduled: bool):
    x = RNG.integers(-9, 9, (8, 16)).astype(np.float32)
    y = np.empty_like(x)
    assert evaluate_kernel(kernel(EXAMPLES, "cumsum"), [x, y], scheduled=scheduled)
    np.testing.assert_array_equal(y, np.cumsum(x, axis=1))


@ORDERS
def test_pieces_of_a_shared_loop(scheduled: bool):
    x, y = floats(13, 8), np.zeros((13, 8), np.float32)
    assert evaluate_kernel(kernel(EXAMPLES, "rows"), [x, y], scheduled=scheduled)
    np.testing.assert_array_equal(y, x)


@ORDERS
def test_what_stands_outside_a_buffer(scheduled: bool):
    x, p, i = floats(8), RNG.integers(0, 2, 8).astype(np.bool_), np.arange(8, dtype=np.int8)
    y, q, j = np.empty(9, np.float32), np.empty(9, np.bool_), np.empty(9, np.int8)
    assert evaluate_kernel(kernel(EXAMPLES, "constants"), [x, p, i, y, q, j], scheduled=scheduled)
    np.testing.assert_array_equal(y, [-np.inf, *x])
    np.testing.assert_array_equal(q, [*p, True])
    np.testing.assert_array_equal(j, [*range(8), -3])


POOL = """
tl.kernel @pool(%X: memref<5x7xf32>, %M: memref<5x7xf32> out, %A: memref<5x7xf32> out) {
  tl.nest (%i = 5, %j = 7) reduce (%u = 3, %v = 3) acc (%m : f32 max, %s : f32 add, %n : f32 add)
    schedule [u, i by 2, i, v, j by 3, j] update {
    %x = tl.load %X[%i + %u - 1, %j + %v - 1] else skip
    %one = arith.constant 1.0 : f32
    %m1 = arith.maximumf %m, %x : f32
    %s1 = arith.addf %s, %x : f32
    %n1 = arith.addf %n, %one : f32
    tl.yield %m1, %s1, %n1
  } finish {
    %mean = arith.divf %s, %n : f32
    tl.store %m, %M[%i, %j]
    tl.store %mean, %A[%i, %j]
  } }
"""


@ORDERS
def test_pools_skip_the_padding(scheduled: bool):
    x = floats(5, 7)
    highest, mean = np.empty_like(x), np.empty_like(x)
    assert evaluate_kernel(kernel(POOL), [x, highest, mean], scheduled=scheduled)
    for i, j in itertools.product(range(5), range(7)):
        window = x[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2]
        assert highest[i, j] == window.max()
        np.testing.assert_allclose(mean[i, j], window.mean(dtype=np.float64), atol=1e-6)


SKIPPED_STORE = """
tl.kernel @skipped(%X: memref<4xf32>, %Y: memref<6xf32> inout) {
  tl.nest () reduce (%k = 6) schedule [k] update {
    %c = arith.constant 7.0 : f32
    tl.store %c, %Y[%k]
    %x = tl.load %X[%k - 1] else skip
    tl.yield
  } }
"""


@ORDERS
def test_skipped_points_store_nothing(scheduled: bool):
    y = np.zeros(6, np.float32)
    assert evaluate_kernel(kernel(SKIPPED_STORE), [floats(4), y], scheduled=scheduled)
    np.testing.assert_array_equal(y, [0, 7, 7, 7, 7, 0])


@pytest.mark.parametrize("k", [0, 1, 7])
@pytest.mark.parametrize("kind", ["add", "mul", "min", "max"])
@ORDERS
def test_reductions_of_any_length_start_from_the_identity(k: int, kind: str, scheduled: bool):
    op = {"add": "addf", "mul": "mulf", "min": "minimumf", "max": "maximumf"}[kind]
    text = f"""
    tl.kernel @k(%X: memref<{k}xf64>, %Y: memref<f64> out) {{
      tl.nest () reduce (%k = {k}) acc (%a : f64 {kind}) schedule [k by 4, k by 2 chain, k vector]
      update {{
        %x = tl.load %X[%k]
        %n = arith.{op} %a, %x : f64
        tl.yield %n
      }} finish {{ tl.store %a, %Y[] }} }}"""
    x, y = RNG.standard_normal(k), np.empty(())
    assert evaluate_kernel(kernel(text), [x, y], scheduled=scheduled)
    function = {"add": np.add, "mul": np.multiply, "min": np.minimum, "max": np.maximum}[kind]
    start = {"add": 0, "mul": 1, "min": np.inf, "max": -np.inf}[kind]
    np.testing.assert_allclose(y, function.reduce(x, initial=start), rtol=1e-12)


def test_buffers_must_fit():
    rows = kernel(EXAMPLES, "rows")
    x, y = floats(13, 8), floats(13, 8)
    with pytest.raises(EvaluationError, match="found 1 buffers, expected 2"):
        evaluate_kernel(rows, [x])
    with pytest.raises(EvaluationError, match="buffer %Y: found float64"):
        evaluate_kernel(rows, [x, y.astype(np.float64)])
    with pytest.raises(EvaluationError, match=r"buffer %X: found float32 \(12, 8\)"):
        evaluate_kernel(rows, [x[:12], y])


def test_unproved_accesses_are_caught():
    """The evaluator does not rely on the verifier: here a kernel it refuses."""
    text = """
    tl.kernel @k(%X: memref<4xf32>, %Y: memref<4xf32> out) {
      tl.nest (%i = 4) schedule [i] finish {
        %x = tl.load %X[%i + 1]
        tl.store %x, %Y[%i]
      } }"""
    module = parse_module(make_context(), text)
    (op,) = module.ops
    assert isinstance(op, KernelOp)
    with pytest.raises(VerifyException):
        op.verify()
    with pytest.raises(EvaluationError, match="an index of %X is outside"):
        evaluate_kernel(op, [floats(4), floats(4)])


def test_ops_without_a_rule():
    text = """
    tl.kernel @k() {
      %x = "test.op"() : () -> f32
    }"""
    with pytest.raises(EvaluationError, match="the evaluator has no rule"):
        evaluate_kernel(kernel(text), [])


# ---------------------------------------------------------------- scalars


def on_ints(op: type[IRDLOperation], a: Array, b: Array) -> list[int]:
    values = [create_ssa_value(i8), create_ssa_value(i8)]
    return evaluate_scalar(op.create(operands=values, result_types=[i8]), [a, b]).tolist()


def test_integers_wrap_and_divide_as_their_op_says():
    a, b = np.array([-128, 127, -7, 7], np.int8), np.array([-1, 1, 2, -2], np.int8)
    assert on_ints(arith.AddiOp, a, b) == [127, -128, -5, 5]
    assert on_ints(arith.DivSIOp, a[1:], b[1:]) == [127, -3, -3]
    assert on_ints(arith.FloorDivSIOp, a[1:], b[1:]) == [127, -4, -4]
    assert on_ints(arith.CeilDivSIOp, a[1:], b[1:]) == [127, -3, -3]
    assert on_ints(arith.RemSIOp, a[1:], b[1:]) == [0, -1, 1]
    assert on_ints(arith.DivUIOp, a, b) == [0, 127, 124, 0]
    assert on_ints(arith.RemUIOp, a, b) == [-128, 0, 1, 7]
    assert on_ints(arith.MaxUIOp, a, b) == [-1, 127, -7, -2]
    assert on_ints(arith.ShRUIOp, a, np.abs(b)) == [64, 63, 62, 1]
    assert on_ints(arith.ShRSIOp, a, np.abs(b)) == [-64, 63, -2, 1]


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("slt", [1, 0, 0]),
        ("ult", [0, 0, 1]),
        ("sge", [0, 1, 1]),
        ("uge", [1, 1, 0]),
        ("ne", [1, 0, 1]),
    ],
)
def test_comparisons_of_integers(predicate: str, expected: list[int]):
    a, b = np.array([-1, 3, 5], np.int8), np.array([1, 3, -5], np.int8)
    op = arith.CmpiOp(create_ssa_value(i8), create_ssa_value(i8), predicate)
    assert evaluate_scalar(op, [a, b]).tolist() == [bool(x) for x in expected]


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("olt", [1, 0, 0]),
        ("ult", [1, 0, 1]),
        ("one", [1, 0, 0]),
        ("une", [1, 0, 1]),
        ("oeq", [0, 1, 0]),
        ("ueq", [0, 1, 1]),
        ("ord", [1, 1, 0]),
        ("uno", [0, 0, 1]),
        ("true", [1, 1, 1]),
        ("false", [0, 0, 0]),
    ],
)
def test_comparisons_of_floats(predicate: str, expected: list[int]):
    text = f"""
    tl.kernel @k(%A: memref<3xbf16>, %B: memref<3xbf16>, %Y: memref<3xi1> out) {{
      tl.nest (%i = 3) schedule [i] finish {{
        %a = tl.load %A[%i]
        %b = tl.load %B[%i]
        %c = arith.cmpf {predicate}, %a, %b : bf16
        tl.store %c, %Y[%i]
      }} }}"""
    a = np.array([1, 2, np.nan], ml_dtypes.bfloat16)
    b = np.array([2, 2, 2], ml_dtypes.bfloat16)
    y = np.empty(3, np.bool_)
    assert evaluate_kernel(kernel(text), [a, b, y])
    assert y.tolist() == [bool(x) for x in expected]


CASTS = """
tl.kernel @casts(%B: memref<2xi1>, %I: memref<2xi8>, %F: memref<2xf32>, %Y: memref<8x2xi32> out,
                 %Z: memref<4x2xf32> out) {
  tl.nest (%i = 2) schedule [i] finish {
    %b = tl.load %B[%i]
    %n = tl.load %I[%i]
    %f = tl.load %F[%i]
    %0 = arith.extsi %b : i1 to i32
    %1 = arith.extui %b : i1 to i32
    %2 = arith.extsi %n : i8 to i32
    %3 = arith.extui %n : i8 to i32
    %4 = arith.fptosi %f : f32 to i32
    %5 = arith.bitcast %f : f32 to i32
    %6 = arith.trunci %5 : i32 to i8
    %7 = arith.extsi %6 : i8 to i32
    %8 = arith.fptoui %f : f32 to i32
    tl.store %0, %1, %2, %3, %4, %5, %7, %8, %Y[0:8, %i]
    %s = arith.sitofp %n : i8 to f32
    %u = arith.uitofp %n : i8 to f32
    %h = arith.truncf %f : f32 to f16
    %g = arith.extf %h : f16 to f32
    %r = math.roundeven %f : f32
    tl.store %s, %u, %g, %r, %Z[0:4, %i]
  } }
"""


def test_casts():
    f = np.array([2.5, 1000.1], np.float32)
    y, z = np.empty((8, 2), np.int32), np.empty((4, 2), np.float32)
    flags, ints = np.array([True, False]), np.array([-3, 5], np.int8)
    assert evaluate_kernel(kernel(CASTS), [flags, ints, f, y, z])
    bits = f.view(np.int32)
    low = bits.astype(np.int8)
    expected = [[-1, 0], [1, 0], [-3, 5], [253, 5], [2, 1000], bits, low, [2, 1000]]
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(z[:2], [[-3, 5], [253, 5]])
    np.testing.assert_array_equal(z[2], f.astype(np.float16).astype(np.float32))
    np.testing.assert_array_equal(z[3], [2, 1000])


def test_identities_leave_values_alone():
    for kind in Reduction:
        if kind is Reduction.CUSTOM:
            continue
        for type_, values in (
            (i8, np.array([-128, -1, 0, 127], np.int8)),
            (i1, np.array([0, 1], bool)),
        ):
            combined = combine(kind, identity(kind, type_), values)
            if type_ is i1 and kind in (Reduction.ADD, Reduction.MUL):
                continue
            np.testing.assert_array_equal(combined, values)
            assert combined.dtype == values.dtype
    with pytest.raises(EvaluationError, match="no identity"):
        identity(Reduction.CUSTOM, i8)


# ---------------------------------------------------------------- random schedules


@st.composite
def schedules(draw: st.DrawFn, extents: dict[str, int]) -> Schedule:
    """Entries for each axis, in any order that keeps those of one axis in theirs."""
    piece = st.builds(Piece, st.sampled_from([None, None, 1, 2]), st.integers(1, 5))
    queues: dict[str, list[Entry]] = {}
    for axis, extent in extents.items():
        kinds = [LoopKind.SERIAL, LoopKind.UNROLL, *([LoopKind.CHAIN] if axis == "k" else [])]
        lengths, queues[axis] = frozenset([extent]), []
        for _ in range(draw(st.integers(0, 2))):
            pieces = tuple(draw(st.lists(piece, min_size=1, max_size=3)))
            entry = Entry(axis, pieces, draw(st.sampled_from(kinds)))
            try:
                lengths = entry.sizes(lengths)
            except ScheduleError:
                continue  # fixed pieces that do not fit
            queues[axis].append(entry)
        queues[axis].append(Entry(axis))
    order = draw(st.permutations([axis for axis, queue in queues.items() for _ in queue]))
    schedule = Schedule(tuple(queues[axis].pop(0) for axis in order))
    # Rows are not contiguous, so not i.
    as_vector = order[-1] != "i" and draw(st.booleans())
    return schedule.with_kind(len(schedule) - 1, LoopKind.VECTOR) if as_vector else schedule


@settings(max_examples=60)
@given(st.data())
def test_schedules_change_nothing_but_the_order(data: st.DataObject):
    rows, columns, taps, stride = (data.draw(st.integers(1, high)) for high in (7, 6, 3, 2))
    inputs = data.draw(st.integers(1, 9))
    shift = data.draw(st.integers(-2, 2))
    text = f"""
    tl.kernel @k(%X: memref<{inputs}x{columns}xi32>, %Y: memref<{rows}x{columns}xi32> out) {{
      tl.nest (%i = {rows}, %j = {columns}) reduce (%k = {taps}) acc (%a : i32 add, %m : i32 max)
        schedule {data.draw(schedules({"i": rows, "j": columns, "k": taps}))} update {{
        %x = tl.load %X[{stride}*%i + %k {"+" if shift >= 0 else "-"} {abs(shift)}, %j] else skip
        %b = arith.addi %a, %x : i32
        %n = arith.maxsi %m, %x : i32
        tl.yield %b, %n
      }} finish {{
        %y = arith.xori %a, %m : i32
        tl.store %y, %Y[%i, %j]
      }} }}"""
    op = kernel(text)
    x = RNG.integers(-50, 50, (inputs, columns), np.int32)
    defined, ordered = (np.zeros((rows, columns), np.int32) for _ in range(2))
    assert evaluate_kernel(op, [x, defined])
    assert evaluate_kernel(op, [x, ordered], scheduled=True)
    np.testing.assert_array_equal(ordered, defined)
    expected = np.zeros((rows, columns), np.int32)
    for i in range(rows):
        taken = [x[r] for k in range(taps) if 0 <= (r := stride * i + k + shift) < inputs]
        lowest = np.full(columns, np.iinfo(np.int32).min)
        expected[i] = sum(taken, np.zeros(columns, np.int32)) ^ np.max([lowest, *taken], axis=0)
    np.testing.assert_array_equal(defined, expected)
    (nest,) = (inner for inner in op.walk() if isinstance(inner, NestOp))
    visited = sorted((p["i"], p["j"], p["k"]) for p in walk_points(nest))
    assert visited == list(itertools.product(range(rows), range(columns), range(taps)))


def test_walks_need_all_extents():
    text = """
    tl.kernel @k(%X: memref<?xf32> inout) {
      %c0 = arith.constant 0 : index
      %n = memref.dim %X, %c0 : memref<?xf32>
      tl.nest (%i = %n) schedule [i by (*x4, *x1), i] finish {
        %x = tl.load %X[%i]
        tl.store %x, %X[%i]
      } }"""
    (nest,) = (op for op in kernel(text).walk() if isinstance(op, NestOp))
    assert [point["i"] for point in walk_points(nest, {"i": 6})] == list(range(6))
    with pytest.raises(ScheduleError, match="axis i: the extent is known only at run time"):
        list(walk_points(nest))
    assert nest.schedule == Schedule.parse("[i by (*x4, *x1), i]")


@ORDERS
def test_where_stores_meet_the_last_point_has_its_say(scheduled: bool) -> None:
    op = kernel("""tl.kernel @k(%X: memref<5xf32>, %Y: memref<6xf32> out) {
      tl.nest (%i = 5) schedule [i] finish {
        %x = tl.load %X[%i]
        %n = arith.negf %x : f32
        tl.store %x, %Y[%i]
        tl.store %n, %Y[%i + 1] } }""")
    x, y = floats(5), np.zeros(6, np.float32)
    evaluate_kernel(op, [x, y], scheduled=scheduled)
    np.testing.assert_array_equal(y, [*x, -x[-1]])

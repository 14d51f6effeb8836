"""Samples of numbers, references of higher precision, and compiled functions to hold against them.

A reference computes in float64 for f32 and in numpy's long double for f64, which has 11 bits more.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compiled_kernel import Kernel
from inlay.target.description import Target

Array: TypeAlias = NDArray[Any]

LANES = 8
ODD_LANES = 5

PIPELINE = "math-to-polynomials,loops-to-llvm"


def function(op: str, type_: str, lanes: int, second: str = "") -> str:
    """``@op_type_lanes(n, a, [b,] result)``: the op on each of n elements, a multiple of lanes.

    second: the type of a second operand, if there is one.
    """
    element = type_ if lanes == 1 else f"vector<{lanes}x{type_}>"
    other = second if lanes == 1 else f"vector<{lanes}x{second}>"
    load = "memref.load" if lanes == 1 else "vector.load"

    def suffix(buffer: str, of: str) -> str:
        return f"memref<?x{buffer}>" + ("" if lanes == 1 else f", {of}")

    name = f"{op.split('.')[1]}_{type_}_{lanes}"
    if not second:
        argument, load_second, body = "", "", f"%r = {op} %x : {element}"
    else:
        argument = f"%b: memref<?x{second}>, "
        load_second = f"%y = {load} %b[%i] : {suffix(second, other)}"
        types = f"{element}, {other}" if op == "math.fpowi" else element
        body = f"%r = {op} %x, %y : {types}"
    store = "memref.store" if lanes == 1 else "vector.store"
    return f"""
func.func @{name}(%n: index, %a: memref<?x{type_}>, {argument}%c: memref<?x{type_}>) {{
  %c0 = arith.constant 0 : index
  %step = arith.constant {lanes} : index
  scf.for %i = %c0 to %n step %step {{
    %x = {load} %a[%i] : {suffix(type_, element)}
    {load_second}
    {body}
    {store} %r, %c[%i] : {suffix(type_, element)}
  }}
  func.return
}}"""


class Functions:
    """Compiled ops; ``apply`` runs one on arrays of any length."""

    def __init__(self, text: str, target: Target | None = None):
        self.kernel = Kernel(text, target, PIPELINE)

    def apply(self, op: str, type_: str, lanes: int, *operands: Array) -> Array:
        count = -(-operands[0].size // lanes) * lanes
        padded = [np.ones(count, operand.dtype) for operand in operands]
        for whole, operand in zip(padded, operands, strict=True):
            whole[: operand.size] = operand
        result = np.empty(count, operands[0].dtype)
        self.kernel(f"{op.split('.')[1]}_{type_}_{lanes}", count, *padded, result)
        return result[: operands[0].size]


# ---------------------------------------------------------------- references


def erf(x: Array) -> Array:
    """In long double, by a series whose terms are all positive; 1 from 7 on."""
    x = x.astype(np.longdouble)
    magnitude = np.minimum(np.abs(x), np.longdouble(7))
    term, total = magnitude.copy(), magnitude.copy()
    for n in range(1, 260):
        term = term * (2 * magnitude * magnitude / (2 * n + 1))
        total = total + term
    half_sqrt_pi = np.sqrt(np.arctan(np.longdouble(1)) * 4) / 2
    return np.copysign(total * np.exp(-magnitude * magnitude) / half_sqrt_pi, x)


def fpowi(x: Array, n: Array) -> Array:
    return np.power(x, n.astype(x.dtype))


def rsqrt(x: Array) -> Array:
    return 1 / np.sqrt(x)


REFERENCES: Mapping[str, Callable[..., Array]] = {
    "arith.remf": np.fmod,
    "math.acos": np.arccos,
    "math.acosh": np.arccosh,
    "math.asin": np.arcsin,
    "math.asinh": np.arcsinh,
    "math.atan": np.arctan,
    "math.atan2": np.arctan2,
    "math.atanh": np.arctanh,
    "math.cbrt": np.cbrt,
    "math.cos": np.cos,
    "math.cosh": np.cosh,
    "math.erf": erf,
    "math.exp": np.exp,
    "math.exp2": np.exp2,
    "math.expm1": np.expm1,
    "math.fpowi": fpowi,
    "math.log": np.log,
    "math.log10": np.log10,
    "math.log1p": np.log1p,
    "math.log2": np.log2,
    "math.powf": np.power,
    "math.rsqrt": rsqrt,
    "math.sin": np.sin,
    "math.sinh": np.sinh,
    "math.tan": np.tan,
    "math.tanh": np.tanh,
}

WIDER = {np.dtype(np.float32): np.dtype(np.float64), np.dtype(np.float64): np.dtype(np.longdouble)}


def reference(op: str, *operands: Array) -> Array:
    """The op in a wider type."""
    wider = WIDER[operands[0].dtype]
    with np.errstate(all="ignore"):
        return REFERENCES[op](*(x.astype(wider) if x.dtype.kind == "f" else x for x in operands))


def ulps(found: Array, exact: Array) -> Array:
    """How far each number is from the exact one, in the last place of the exact one.

    0 where both are NaN or the same infinity, infinite where only one is, or zeros differ in sign.
    What rounds to infinity counts as the power of two after the largest number.
    """
    dtype = found.dtype
    with np.errstate(all="ignore"):
        rounded = exact.astype(dtype)
        largest = np.finfo(dtype).max
        spacing = np.spacing(np.abs(np.where(np.isfinite(rounded), rounded, largest)))
        error = np.abs(found.astype(exact.dtype) - exact) / spacing.astype(exact.dtype)
        same = (found == rounded) | (np.isnan(found) & np.isnan(rounded))
        same &= (np.signbit(found) == np.signbit(rounded)) | np.isnan(found) | (rounded != 0)
        finite = np.isfinite(found) & np.isfinite(rounded)
        signs_differ = (found == 0) & (rounded == 0) & ~same
    error = np.where(finite & ~signs_differ, error, np.inf)
    return np.where(same & ~finite, 0, error).astype(np.float64)


# ---------------------------------------------------------------- samples


def special(dtype: np.dtype[Any]) -> Array:
    """Zeros, subnormal and extreme numbers, infinities, NaN, of both signs; small integers."""
    info = np.finfo(dtype)
    positive = np.array(
        [
            *(0, info.smallest_subnormal, info.smallest_normal, info.smallest_normal / 3),
            *(info.eps, 1e-5, 0.25, 1 / 3, 0.5, 1 - info.epsneg, 1, 1 + info.eps, 1.5, 2, 3, 4, 5),
            *(17, 33, 255, 88.5, 88.7, 88.73, 104, 709.7, 709.8, 746, 1e5, 2.0**24, 2.0**53),
            *(info.max / 2, info.max, np.inf, np.nan),
        ]
    ).astype(dtype)
    return np.concatenate([positive, -positive])


def sample(dtype: np.dtype[Any], rng: np.random.Generator, count: int) -> Array:
    """Special numbers, all exponents, and dense samples of the ranges where functions bend."""
    width = dtype.itemsize
    words = rng.integers(0, 1 << 8 * width, count, f"u{width}")
    ranges = (1e-3, 1, 2, 8, 20, 100, 750, 1e5, 1e6)
    dense = [rng.uniform(-limit, limit, count // 4).astype(dtype) for limit in ranges]
    near_one = (1 + rng.uniform(-1, 1, count // 4) ** 3 / 2).astype(dtype)
    return np.concatenate([special(dtype), words.view(dtype), *dense, near_one])


def pairs(dtype: np.dtype[Any], rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """All pairs of special numbers, and pairs of random ones."""
    few = special(dtype)
    left, right = np.meshgrid(few, few)
    x, y = sample(dtype, rng, count), sample(dtype, rng, count)
    return np.concatenate([left.ravel(), x]), np.concatenate([right.ravel(), rng.permutation(y)])


def module(ops: Sequence[str], types: Sequence[str], lane_counts: Sequence[int]) -> str:
    """A module with each op on each type."""
    seconds = {
        "math.powf": "",
        "math.atan2": "",
        "arith.remf": "",
        "math.fpowi": "i32",
        "math.ipowi": "",
    }
    return "\n".join(
        function(op, type_, lanes, (seconds[op] or type_) if op in seconds else "")
        for op in ops
        for type_ in types
        for lanes in lane_counts
    )

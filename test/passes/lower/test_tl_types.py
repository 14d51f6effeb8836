"""Vectors of 1 to 17 lanes of every type: casts, comparisons, divisions, bools, index values.

Each case is one kernel with a phase for each length, so that it is compiled once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import ml_dtypes
import numpy as np
import pytest

from tl_kernels import Array, check

LENGTHS = range(1, 18)


class Case(NamedTuple):
    """The types of the inputs X, Y … and of the output Z, and what is stored to it."""

    inputs: str
    output: str
    body: str


def _ops(type_: str, *ops: str) -> str:
    """The exclusive or of %x and of what ops give for %x and %y."""
    lines: list[str] = []
    total = "%x"
    for n, op in enumerate(ops):
        lines.append(f"%v{n} = {op} %x, %y : {type_}")
        result = "%z" if n == len(ops) - 1 else f"%w{n}"
        lines.append(f"{result} = arith.xori {total}, %v{n} : {type_}")
        total = result
    return "\n".join(lines)


_SIGNED = ("arith.divsi", "arith.remsi", "arith.floordivsi", "arith.ceildivsi")
_UNSIGNED = ("arith.divui", "arith.remui", "arith.minui", "arith.maxui", "arith.shrui")
_OTHERS = ("arith.minsi", "arith.maxsi", "arith.shli", "arith.shrsi", "arith.muli", "arith.subi")

CASES: dict[str, Case] = {
    "bools in bytes": Case(
        "i8 i8",
        "i8",
        """%zero = arith.constant 0 : i8
        %p = arith.cmpi ne, %x, %zero : i8
        %q = arith.cmpi ne, %y, %zero : i8
        %a = arith.andi %p, %q : i1
        %o = arith.xori %p, %q : i1
        %t = arith.ori %a, %o : i1
        %s = arith.select %t, %o, %a : i1
        %z = arith.extui %s : i1 to i8""",
    ),
    "bools": Case(
        "i1 i1",
        "i1",
        """%true = arith.constant true
        %n = arith.xori %x, %true : i1
        %a = arith.andi %n, %y : i1
        %z = arith.select %y, %a, %n : i1""",
    ),
    "bools and floats": Case(
        "f32 i8",
        "f32",
        """%zero = arith.constant 0 : i8
        %p = arith.cmpi ne, %y, %zero : i8
        %f = arith.uitofp %p : i1 to f32
        %c = arith.cmpf ogt, %x, %f : f32
        %b = arith.andi %p, %c : i1
        %z = arith.select %b, %x, %f : f32""",
    ),
    "widening": Case(
        "i8 i16",
        "i64",
        """%a = arith.extsi %x : i8 to i64
        %b = arith.extui %y : i16 to i64
        %c = arith.extsi %y : i16 to i32
        %d = arith.extsi %c : i32 to i64
        %e = arith.muli %a, %b : i64
        %z = arith.addi %e, %d : i64""",
    ),
    "narrowing": Case(
        "i64 i32",
        "i8",
        """%a = arith.trunci %x : i64 to i8
        %b = arith.trunci %y : i32 to i16
        %c = arith.trunci %b : i16 to i8
        %z = arith.muli %a, %c : i8""",
    ),
    "halves": Case(
        "f16 bf16",
        "f16",
        """%a = arith.extf %x : f16 to f32
        %b = arith.extf %y : bf16 to f32
        %c = math.fma %a, %b, %a : f32
        %z = arith.truncf %c : f32 to f16""",
    ),
    "brain floats": Case(
        "f32 f16",
        "bf16",
        """%a = arith.extf %y : f16 to f32
        %b = arith.mulf %a, %x : f32
        %z = arith.truncf %b : f32 to bf16""",
    ),
    "doubles": Case(
        "f32 f64",
        "f64",
        """%a = arith.extf %x : f32 to f64
        %b = arith.divf %y, %a : f64
        %m = arith.minimumf %b, %y : f64
        %z = arith.maxnumf %m, %a : f64""",
    ),
    "floats of integers": Case(
        "i16 i64",
        "f32",
        """%a = arith.sitofp %x : i16 to f32
        %b = arith.uitofp %x : i16 to f32
        %c = arith.sitofp %y : i64 to f32
        %d = arith.addf %a, %b : f32
        %z = arith.subf %d, %c : f32""",
    ),
    "integers of floats": Case(
        "f32 f64",
        "i32",
        """%a = arith.fptosi %x : f32 to i32
        %b = arith.fptosi %y : f64 to i64
        %c = arith.trunci %b : i64 to i32
        %z = arith.subi %a, %c : i32""",
    ),
    "places": Case(
        "i32 f32",
        "i64",
        """%a = arith.index_cast %i : index to i64
        %b = arith.index_cast %i : index to i32
        %c = arith.addi %b, %x : i32
        %d = arith.extsi %c : i32 to i64
        %e = arith.muli %a, %d : i64
        %c2 = arith.constant 2 : index
        %j = arith.muli %i, %c2 : index
        %k = arith.addi %j, %i : index
        %f = arith.index_cast %k : index to i64
        %z = arith.xori %e, %f : i64""",
    ),
    "places compared": Case(
        "f32 f32",
        "f32",
        """%c3 = arith.constant 3 : index
        %p = arith.cmpi ult, %i, %c3 : index
        %r = arith.remui %i, %c3 : index
        %c1 = arith.constant 1 : index
        %q = arith.cmpi eq, %r, %c1 : index
        %b = arith.xori %p, %q : i1
        %n = arith.index_cast %r : index to i32
        %f = arith.sitofp %n : i32 to f32
        %a = arith.select %b, %x, %y : f32
        %z = arith.addf %a, %f : f32""",
    ),
    "float comparisons": Case(
        "f32 f32",
        "i8",
        """%a = arith.cmpf olt, %x, %y : f32
        %b = arith.cmpf une, %x, %y : f32
        %c = arith.cmpf uge, %x, %y : f32
        %d = arith.select %a, %b, %c : i1
        %m = arith.minnumf %x, %y : f32
        %e = arith.cmpf oeq, %m, %x : f32
        %f = arith.xori %d, %e : i1
        %z = arith.extsi %f : i1 to i8""",
    ),
    "bits": Case(
        "f32 i32",
        "i32",
        """%a = arith.bitcast %x : f32 to i32
        %z = arith.xori %a, %y : i32""",
    ),
    **{
        f"{name} of {type_}": Case(f"{type_} {type_}", type_, _ops(type_, *ops))
        for type_ in ("i8", "i16", "i32", "i64")
        for name, ops in (("signed", _SIGNED), ("unsigned", _UNSIGNED), ("others", _OTHERS))
    },
    "comparisons of i8": Case(
        "i8 i8",
        "i32",
        """%a = arith.cmpi slt, %x, %y : i8
        %b = arith.cmpi ult, %x, %y : i8
        %c = arith.cmpi sge, %x, %y : i8
        %s = arith.select %a, %b, %c : i1
        %d = arith.extui %s : i1 to i32
        %e = arith.extsi %b : i1 to i32
        %z = arith.muli %d, %e : i32""",
    ),
}

NUMPY: Mapping[str, type] = {"f16": np.float16, "bf16": ml_dtypes.bfloat16} | {
    "f32": np.float32,
    "f64": np.float64,
    "i1": np.bool_,
    "i8": np.int8,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
}


def inputs(case: Case, name: str) -> dict[str, Array]:
    """Numbers of both signs; divisors are not 0, shifts less than the width."""
    rng = np.random.default_rng(len(name))
    shape = (LENGTHS.stop, LENGTHS.stop)
    arrays: dict[str, Array] = {}
    for buffer, type_ in zip("XY", case.inputs.split(), strict=True):
        numbers = rng.integers(-100, 100, shape)
        if buffer == "Y" and " of i" in name:
            numbers = rng.integers(1, 7, shape)
            if name.startswith("signed"):
                numbers *= rng.choice([-1, 1], shape)
        if type_ == "i1":
            numbers = numbers > 0
        if type_ == "i8" and "bools" in name:
            numbers = numbers * (rng.random(shape) > 0.5)
        scale = 8 if type_[0] != "i" else 1
        numbers = np.where(numbers == 0, 3, numbers) if type_ == "f32" else numbers
        arrays[buffer] = (numbers / scale if scale > 1 else numbers).astype(NUMPY[type_])
    return arrays


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("split", ["", "i by (*x5, *x2), "])
def test_elementwise(name: str, split: str) -> None:
    case = CASES[name]
    x, y = case.inputs.split()
    n = LENGTHS.stop
    nests = "\n".join(
        f"""tl.nest (%i = {length}) schedule [{split}i vector] finish {{
          %x = tl.load %X[{length}, %i]
          %y = tl.load %Y[{length}, %i]
          {case.body}
          tl.store %z, %Z[{length}, %i] }}"""
        for length in LENGTHS
    )
    check(
        f"""tl.kernel @types(%X: memref<{n}x{n}x{x}>, %Y: memref<{n}x{n}x{y}>,
                             %Z: memref<{n}x{n}x{case.output}> out) {{ {nests} }}""",
        inputs(case, name),
    )


class Fold(NamedTuple):
    """A reduction: the type loaded, that of the accumulator, its kind, and the update to %n."""

    input: str
    type: str
    kind: str
    body: str


FOLDS = {
    "sum of bytes": Fold(
        *("i8", "i32", "add"), "%w = arith.extsi %x : i8 to i32\n%n = arith.addi %a, %w : i32"
    ),
    "product": Fold("i16", "i16", "mul", "%n = arith.muli %a, %x : i16"),
    "largest byte": Fold("i8", "i8", "max", "%n = arith.maxsi %a, %x : i8"),
    "smallest i64": Fold("i64", "i64", "min", "%n = arith.minsi %a, %x : i64"),
    "all": Fold("i1", "i1", "and", "%n = arith.andi %a, %x : i1"),
    "any": Fold("i1", "i1", "or", "%n = arith.ori %a, %x : i1"),
    "parity": Fold("i1", "i1", "xor", "%n = arith.xori %a, %x : i1"),
    "count": Fold(
        *("f32", "i64", "add"),
        """%zero = arith.constant 0.0 : f32
        %p = arith.cmpf ogt, %x, %zero : f32
        %w = arith.extui %p : i1 to i64
        %n = arith.addi %a, %w : i64""",
    ),
    "sum of halves": Fold(
        *("f16", "f32", "add"), "%w = arith.extf %x : f16 to f32\n%n = arith.addf %a, %w : f32"
    ),
    "largest half": Fold("f16", "f16", "max", "%n = arith.maximumf %a, %x : f16"),
    "largest brain float": Fold("bf16", "bf16", "max", "%n = arith.maximumf %a, %x : bf16"),
    "smallest double": Fold("f64", "f64", "min", "%n = arith.minimumf %a, %x : f64"),
}


@pytest.mark.parametrize("name", FOLDS)
@pytest.mark.parametrize("schedule", ["k vector", "k by (*x5, *x2) chain, k vector"])
def test_reductions(name: str, schedule: str) -> None:
    fold = FOLDS[name]
    n = LENGTHS.stop
    nests = "\n".join(
        f"""tl.nest () reduce (%k = {length}) acc (%a : {fold.type} {fold.kind})
          schedule [{schedule}] update {{
            %x = tl.load %X[{length}, %k]
            {fold.body}
            tl.yield %n
          }} finish {{ tl.store %a, %Z[{length}] }}"""
        for length in LENGTHS
    )
    numbers = np.random.default_rng(1).integers(-60, 60, (n, n))
    numbers = numbers > -50 if fold.input == "i1" else numbers
    check(
        f"""tl.kernel @fold(%X: memref<{n}x{n}x{fold.input}>, %Z: memref<{n}x{fold.type}> out) {{
          {nests} }}""",
        {"X": numbers.astype(np.dtype(NUMPY[fold.input]))},
    )


def test_special_floats() -> None:
    """NaN, infinities and -0 through comparisons and extremes, in vectors of odd length."""
    specials = [math.nan, -math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0]
    x, y = (each.ravel().astype(np.float32) for each in np.meshgrid(specials, specials))
    check(
        """tl.kernel @specials(%X: memref<49xf32>, %Y: memref<49xf32>, %Z: memref<49xf32> out,
                               %C: memref<49xi8> out) {
          tl.nest (%i = 49) schedule [i by 7, i vector] finish {
            %x = tl.load %X[%i]
            %y = tl.load %Y[%i]
            %a = arith.maximumf %x, %y : f32
            %b = arith.minnumf %x, %y : f32
            %c = arith.cmpf ole, %x, %y : f32
            %s = arith.select %c, %a, %b : f32
            tl.store %s, %Z[%i]
            %d = arith.cmpf ueq, %x, %y : f32
            %e = arith.extui %d : i1 to i8
            tl.store %e, %C[%i] } }""",
        {"X": x, "Y": y},
    )

"""Every relay op, compiled, against the reference evaluator.

All samples of an op are compiled into one module: in f32 at every size around the width of a
vector, in each other element type at one size, a different one from type to type.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from compiled_ops import Array, CompiledFunctions
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import FuncOp
from op_samples import SAMPLES
from op_sampling import Sample

# Largest error over largest magnitude: a few roundings of a sum, or 1e-5 where a float has 24 bits.
LEAST = {
    "float16": 2.0**-24,
    "bfloat16": 2.0**-133,
    "float32": 2.0**-149,
    "float64": 2.0**-1074,
}
"""The least number of each type, which a product that underflows is rounded to."""
TOLERANCES = {"float16": 4e-3, "bfloat16": 3e-2, "float32": 1e-5, "float64": 1e-11}


# A constant of several values is a parameter of its kernel, and tuples are seen through. Any other
# op without a `compute` row fails here.
NOT_IN_KERNELS = {"relay.constant", "relay.tuple", "relay.tuple_get_item"}
OPS = [op for op in SAMPLES if op not in NOT_IN_KERNELS]


@dataclass(frozen=True)
class Use:
    """A sample at an element type and a size."""

    sample: Sample
    element: str
    size: int

    def build(self) -> ModuleOp:
        return self.sample.build(self.element, self.size)

    def __str__(self) -> str:
        return f"{self.sample} {self.element} n={self.size}"


def uses(op: str) -> Iterator[Use]:
    """The uses of an op to compile."""
    for at, sample in enumerate(SAMPLES[op]):
        for number, element in enumerate(sample.elements):
            sizes = sample.sizes
            if element != "f32":
                sizes = [sizes[(at + number) % len(sizes)]]
            yield from (Use(sample, element, size) for size in sizes)


def function_of(module: ModuleOp) -> FuncOp:
    (function,) = module.ops
    assert isinstance(function, FuncOp)
    return function


@pytest.mark.parametrize("op", OPS)
def test_compiled_as_evaluated(op: str) -> None:
    cases = list(uses(op))
    compiled = CompiledFunctions([function_of(use.build()) for use in cases])
    wrong: list[str] = []
    for number, use in enumerate(cases):
        module = use.build()
        inputs = use.sample.inputs(use.element, use.size, np.random.default_rng(number))
        declared = evaluate(module, inputs)
        exact = evaluate(module, inputs, precision="float64")
        found = compiled(number, inputs, [array.shape for array in declared])
        for f, d, e in zip(found, declared, exact, strict=True):
            if not agree(f, d, e):
                wrong.append(f"{use}\nfound {f}\nexpected {d}")
    assert not wrong, f"{len(wrong)} of {len(cases)}: " + "\n".join(wrong[:3])


def agree(found: Array, declared: Array, exact: Array) -> bool:
    """Whether results are those of the evaluator, floats within the tolerance of their type.

    Infinities and NaN must stand where the evaluator, in the declared type, has them.
    """
    name = declared.dtype.name
    if name not in TOLERANCES:
        return bool(np.array_equal(found, declared))
    got, want = found.astype(np.float64), declared.astype(np.float64)
    finite = np.isfinite(want)
    if not np.array_equal(got[~finite], want[~finite], equal_nan=True):
        return False
    reference = exact[finite].astype(np.float64)
    # Where only the declared type is finite, as at a limit, that is what counts.
    reference = np.where(np.isfinite(reference), reference, want[finite])
    allowed = TOLERANCES[name] * np.abs(reference).max(initial=0)
    return bool((np.abs(got[finite] - reference) <= allowed + LEAST[name]).all())

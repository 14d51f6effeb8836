"""How results of relay ops are compared, and how a failing comparison says what it compared."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import numpy as np

from inlay.dialects.relay.rows import Array

TOLERANCES: Mapping[str, float] = {"f16": 2e-3, "bf16": 1.6e-2, "f32": 1e-5, "f64": 1e-12}
"""By how much a result may differ from one computed in float64, over its largest magnitude."""


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@contextmanager
def naming(*what: object) -> Generator[None]:
    """Adds what was tested to the errors of the block."""
    try:
        yield
    except Exception as error:
        error.add_note(" ".join(map(str, what)))
        raise


def assert_same(found: Array, expected: Array) -> None:
    """Assert equality, of dtypes too; NaN equals NaN."""
    assert found.dtype == expected.dtype
    # numpy does not know that bfloat16 has NaN.
    if expected.dtype.kind not in "iub":
        found, expected = found.astype(np.float64), expected.astype(np.float64)
    np.testing.assert_array_equal(found, expected)


def differing(found: Array, expected: Array) -> Array:
    """Where two arrays differ; NaN equals NaN."""
    return (found != expected) & ~((found != found) & (expected != expected))


def assert_close(found: Array, expected: Array, tolerance: float) -> None:
    """Assert equality but for ``tolerance`` of the largest magnitude; integers agree exactly."""
    assert found.shape == expected.shape
    if expected.dtype.kind in "iub":
        np.testing.assert_array_equal(found, expected)
        return
    wide = expected.astype(np.float64)
    largest = np.max(np.abs(wide), where=np.isfinite(wide), initial=0.0)
    np.testing.assert_allclose(found.astype(np.float64), wide, tolerance, tolerance * largest)

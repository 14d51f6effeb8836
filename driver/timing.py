"""How long a call takes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

_LEAST_SECONDS = 100e-6
_LEAST_SAMPLES = 5


def times(run: Callable[[int], object], seconds: float) -> list[float]:
    """Seconds of a call, sampled for so long, after some calls to warm up; ``run(n)`` makes n.

    Each sample is the mean of as many calls as take 100 µs: what starting them and reading the
    clock take, under 1 µs, vanishes.
    """
    sample(run, 1)
    count = 1
    while count * (once := sample(run, count)) < _LEAST_SECONDS:
        count = max(2 * count, math.ceil(_LEAST_SECONDS / max(once, 1e-9)))
    found: list[float] = []
    end = time.perf_counter() + seconds
    while len(found) < _LEAST_SAMPLES or time.perf_counter() < end:
        found.append(sample(run, count))
    return found


def sample(run: Callable[[int], object], count: int) -> float:
    """Seconds of a call, as the mean of so many in a row."""
    start = time.perf_counter()
    run(count)
    return (time.perf_counter() - start) / count

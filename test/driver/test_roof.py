"""The machine's roof: what bounds what, the cache, and what the probes do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inlay.driver import roof as roof_module
from inlay.driver.roof import (
    Memory,
    Roof,
    fma_probe,
    machine_roof,
    measure_roof,
    read_probe,
    read_sizes,
)
from inlay.runtime.object_cache import ObjectCache
from inlay.target.description import Target

ROOF = Roof(100e9, (Memory("L1", 1000, 50e9), Memory("L2", 8000, 20e9), Memory("DRAM", None, 5e9)))


@pytest.mark.parametrize(
    ("footprint", "name"), [(0, "L1"), (1000, "L1"), (1001, "L2"), (8000, "L2"), (10**9, "DRAM")]
)
def test_memory_is_the_nearest_that_fits(footprint: int, name: str):
    assert ROOF.memory_of(footprint).name == name


def test_the_slower_of_computing_and_reading_binds():
    bound = ROOF.bound(flops=1e6, footprint=1000)
    assert (bound.name, bound.seconds) == ("FMA", 1e6 / 100e9)
    bound = ROOF.bound(flops=1e6, footprint=500_000)
    assert (bound.name, bound.seconds) == ("DRAM", 500_000 / 5e9)


def test_a_roof_reads_back_from_bytes():
    assert Roof.from_bytes(ROOF.to_bytes()) == ROOF


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[Target]:
    """The targets that were measured."""
    found: list[Target] = []

    def measure(target: Target) -> Roof:
        found.append(target)
        return ROOF

    monkeypatch.setattr(roof_module, "measure_roof", measure)
    return found


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1]", b'{"flops": 1, "memories": [{"a": 1}]}'])
def test_a_roof_is_measured_once(damage: bytes, measured: list[Target], tmp_path: Path):
    cache = ObjectCache(tmp_path / "roofs")
    assert machine_roof(cache=cache) == ROOF
    assert machine_roof(cache=cache) == ROOF
    assert len(measured) == 1
    machine_roof(remeasure=True, cache=cache)
    assert len(measured) == 2
    (path,) = cache.folder.iterdir()
    cache.put(path.stem, damage)
    assert machine_roof(cache=cache) == ROOF
    assert len(measured) == 3


@pytest.mark.parametrize(
    ("caches", "expected"),
    [
        ((32, 512, 32768), [("L1", 32, 16), ("L2", 512, 256), ("L3", 32768, 4096)]),
        ((64, 0, 128), [("L1", 64, 32), ("L3", 128, 64)]),
        ((0, 0, 0), []),
    ],
)
def test_what_is_read_fits_one_memory_and_none_before(
    caches: tuple[int, int, int], expected: list[tuple[str, int, int]]
):
    l1d, l2, l3 = (size * 1024 for size in caches)
    target = replace(Target.native(), l1d=l1d, l2=l2, l3=l3)
    *found, last = read_sizes(target)
    assert found == [(name, size * 1024, read * 1024) for name, size, read in expected]
    assert last == ("DRAM", None, max(8 * max(l1d, l2, l3), 64 * 2**20))


def test_this_machine_has_a_roof():
    target = Target.native()
    roof = measure_roof(target, seconds=0)
    assert roof.flops > 0
    assert [memory.size for memory in roof.memories][-1] is None
    assert all(memory.bandwidth > 0 for memory in roof.memories)
    assert [memory.size for memory in roof.memories[:-1]] == sorted(
        size for size in (target.l1d, target.l2, target.l3) if size
    )


def test_probes_do_the_work_they_say():
    """The sums of what is read end in the buffer: its first vector, and as much of each stream."""
    target = Target.native()
    lanes = target.lanes(32)
    data = roof_module.aligned_array(lanes * 8 * 3)
    data[...] = 1
    probe = read_probe(target, data)
    probe.call()
    rounds = probe.work / data.nbytes
    assert rounds == 4 * 2**20 // data.nbytes
    np.testing.assert_array_equal(data[:lanes], 1 + 3 * rounds)
    np.testing.assert_array_equal(data[lanes:], 1)
    assert fma_probe(target, 4).work * 2 == fma_probe(target, 8).work

"""Which leading loops run in parallel: enough chunks for the cores, each worth starting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...dialects.tl.schedule import Entry, LoopKind
from ...target.description import Target

CHUNK_CYCLES = 30_000
"""The least work of a chunk, some 10 µs: handing one out and joining costs about 1 µs."""

CHUNKS_PER_CORE = 8
"""How many chunks a core should have, so that a slow one holds up little."""

ASSUMED_CORES = 8
"""How many cores there may be where the target does not say."""


@dataclass(frozen=True)
class Loop:
    """An outer loop: its entry and how many pieces that has."""

    entry: Entry
    count: int


def wanted_chunks(cycles: float, target: Target, cores: int | None) -> int:
    """How many chunks work of so many cycles is best cut into; 1 for none."""
    cores = cores or target.cores or ASSUMED_CORES
    if cores == 1:
        return 1
    return max(1, min(int(cycles / CHUNK_CYCLES), cores * CHUNKS_PER_CORE))


def group_size(count: int, wanted: int) -> int:
    """How many of ``count`` iterations to join for about ``wanted`` chunks, all nearly alike."""
    most = max(1, count // max(1, wanted))
    divisors = (size for size in range(most, most // 2, -1) if count % size == 0)
    groups = -(-count // most)
    return next(divisors, -(-count // groups))


def parallel_entries(loops: Sequence[Loop], wanted: int) -> list[Entry]:
    """The entries of the loops, the leading ones parallel so that there are ``wanted`` chunks.

    Loops are taken whole as long as chunks are missing; of the last one pieces are joined, where
    they are even, so that there are not many more.
    """
    entries: list[Entry] = []
    chunks = 1
    for loop in loops:
        entry, missing = loop.entry, wanted // chunks
        if missing < 2:
            entries.append(entry)
            continue
        joined = group_size(loop.count, missing)
        if joined > 1 and (entry.is_points or len(entry.pieces) == 1):
            size = joined * entry.pieces[-1].size
            entries.append(Entry.by(entry.axis, size, LoopKind.PARALLEL))
            entries.append(Entry.by(entry.axis, entry.pieces[-1].size))
            chunks *= -(-loop.count // joined)
        else:
            entries.append(replace(entry, kind=LoopKind.PARALLEL))
            chunks *= loop.count
    return entries

"""Which leading loops run in parallel: enough chunks for the cores, each worth starting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...dialects.tl.schedule import Entry, LoopKind, Piece
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


def parallel_entries(loops: Sequence[Loop], wanted: int) -> list[Entry]:
    """The entries of the loops, the leading ones parallel so that there are ``wanted`` chunks.

    Loops are taken whole as long as chunks are missing; of the last one pieces are joined where
    they are even, so that there are about as many chunks as wanted and never several times more.
    """
    entries: list[Entry] = []
    chunks = 1
    for loop in loops:
        missing = wanted // chunks
        joined = max(1, loop.count // max(1, missing))
        if missing < 2 or loop.count < 2:
            entries.append(loop.entry)
            # A loop of one piece parallelises nothing, but those inside may still.
            if loop.count < 2 and missing >= 2 and loop.entry.kind is LoopKind.SERIAL:
                entries[-1] = _parallel(loop.entry)
            else:
                missing = 0
        elif joined == 1:
            entries.append(_parallel(loop.entry))
        elif len(loop.entry.pieces) == 1:
            size = loop.entry.pieces[0].size
            entries.append(Entry(loop.entry.axis, (Piece(None, joined * size),), LoopKind.PARALLEL))
            entries.append(loop.entry)
        elif loop.entry.is_points:
            entries.append(Entry(loop.entry.axis, (Piece(None, joined),), LoopKind.PARALLEL))
            entries.append(Entry(loop.entry.axis))
        else:
            entries.append(_parallel(loop.entry))
        chunks = chunks * (loop.count // joined) if missing else wanted
    return entries


def _parallel(entry: Entry) -> Entry:
    return Entry(entry.axis, entry.pieces, LoopKind.PARALLEL)

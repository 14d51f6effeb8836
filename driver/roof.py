"""What one core can do at most: floating-point operations, and bytes read from each memory.

Both are measured by kernels generated for the purpose, once per machine: the figures are kept in
the user's cache folder.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Self

import numpy as np
from platformdirs import user_cache_path

from ..dialects.parsing import parse_module
from ..dialects.registry import make_context
from ..passes.lower.llvm_to_llvmlite import translate_module
from ..passes.manager import PassManager
from ..passes.pipeline import CODE_PHASE, pipeline_to
from ..passes.target_attribute import set_target
from ..runtime.jit import emit_object, load_object
from ..runtime.object_cache import ObjectCache
from ..target.description import MIB, Target
from .compiled_kernel import Array, Call, aligned_bytes
from .timing import times

FLOAT_BITS = 32
_BYTES = FLOAT_BITS // 8

# Two units of latency 4 or 5 need so many at a time; they fit 16 registers with the factor.
_CHAINS = 12
_ROUNDS = 20_000

# What is read is too large for the cache before and small for its own, which others may share.
_SHARE = 2
_OVER = 8
_LEAST_BEYOND, _MOST_BEYOND = 64 * MIB, 512 * MIB
_READ_PER_CALL = 4 * MIB
_STREAMS = 8


@dataclass(frozen=True)
class Memory:
    """A memory that a core reads: its bytes, None where they are as good as endless; bytes/s."""

    name: str
    size: int | None
    bandwidth: float


@dataclass(frozen=True)
class Bound:
    """What a computation cannot be faster than, in seconds, and what holds it there."""

    seconds: float
    name: str


@dataclass(frozen=True)
class Roof:
    """A core's limits: FLOP/s on vectors of f32, and its memories from the nearest on."""

    flops: float
    memories: tuple[Memory, ...]

    def memory_of(self, footprint: int) -> Memory:
        """The nearest memory that so many bytes fit."""
        return next(
            memory for memory in self.memories if memory.size is None or footprint <= memory.size
        )

    def bound(self, flops: float, footprint: int) -> Bound:
        """The bound of work that touches so many bytes once, and left them in the caches before.

        ``flops`` are operations on f32; those on f64 are two each.
        """
        memory = self.memory_of(footprint)
        reading = Bound(footprint / memory.bandwidth, memory.name)
        computing = Bound(flops / self.flops, "FMA")
        return max(computing, reading, key=lambda bound: bound.seconds)

    def to_bytes(self) -> bytes:
        """JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What ``to_bytes`` was called on. Raises ValueError, KeyError or TypeError."""
        fields = json.loads(data)
        return cls(float(fields["flops"]), tuple(Memory(**memory) for memory in fields["memories"]))


def machine_roof(*, remeasure: bool = False, cache: ObjectCache | None = None) -> Roof:
    """This machine's roof, from the cache or measured, which takes a second or two.

    ``cache``: where it is kept, by default the user's cache folder.

    Raises:
        CacheError: when others may write to the user's cache folder.
    """
    target = Target.native()
    if cache is None:
        cache = ObjectCache(user_cache_path("inlay", appauthor=False) / "roofs")
    key = ObjectCache.key(_fma_text(1) + _read_text(1), target)
    kept = None if remeasure else cache.get(key)
    if kept is not None:
        with suppress(ValueError, KeyError, TypeError):  # of a foreign format: measured anew
            return Roof.from_bytes(kept)
    roof = measure_roof(target)
    cache.put(key, roof.to_bytes())
    return roof


def measure_roof(target: Target, seconds: float = 0.2) -> Roof:
    """Measure this machine, for so long at each figure."""
    reads = read_sizes(target)
    data = aligned_bytes(reads[-1][2], target.cache_line).view(np.float32)
    data[...] = 1  # pages never written are all one page
    return Roof(
        fma_probe(target).rate(seconds),
        tuple(
            Memory(name, size, read_probe(target, data[: read // _BYTES]).rate(seconds))
            for name, size, read in reads
        ),
    )


def read_sizes(target: Target) -> list[tuple[str, int | None, int]]:
    """Each memory's name and size in bytes, and how much of it to read for its bandwidth."""
    caches = [("L1", target.l1d), ("L2", target.l2), ("L3", target.l3)]
    reads: list[tuple[str, int | None, int]] = []
    before = 0
    for name, size in caches:
        if size:
            share = size // _SHARE
            reads.append((name, size, min(share, _OVER * before) if before else share))
            before = size
    beyond = min(max(_OVER * before, _LEAST_BEYOND), _MOST_BEYOND)
    return [*reads, ("DRAM", None, beyond)]


# ---------------------------------------------------------------- probes


@dataclass(frozen=True)
class Probe:
    """A call that does a known amount of one kind of work."""

    call: Call
    work: float

    def rate(self, seconds: float) -> float:
        """The most work per second that a call did, over calls for as long as given."""
        return self.work / min(times(self._repeat, seconds))

    def _repeat(self, count: int) -> None:
        for _ in range(count):
            self.call()


def fma_probe(target: Target, lanes: int | None = None) -> Probe:
    """FMAs on vectors of f32, by default the target's, that stay in registers; work is FLOPs."""
    lanes = lanes or target.lanes(FLOAT_BITS)
    call = _compile("peak", _fma_text(lanes), target, aligned_array(lanes), _ROUNDS)
    return Probe(call, 2.0 * lanes * _CHAINS * _ROUNDS)


def read_probe(target: Target, data: Array) -> Probe:
    """Reads of f32s, again and again; work is bytes. What does not fill all streams is left out."""
    lanes = target.lanes(FLOAT_BITS)
    count = data.size // (lanes * _STREAMS) * lanes * _STREAMS
    rounds = max(1, _READ_PER_CALL // (count * _BYTES))
    call = _compile("read", _read_text(lanes), target, data, count, rounds)
    return Probe(call, float(count * _BYTES * rounds))


def aligned_array(size: int) -> Array:
    """So many zeros of f32, from the start of a cache line."""
    return aligned_bytes(size * _BYTES, 64).view(np.float32)


def _compile(name: str, text: str, target: Target, data: Array, *numbers: int) -> Call:
    """A call of a function of a buffer and of indices, given as loops."""
    module = parse_module(make_context(), text)
    set_target(module, target)
    PassManager([pipeline_to(CODE_PHASE, after="loops")]).run(make_context(), module)
    library = load_object(emit_object(translate_module(module), target))
    types = [ctypes.c_void_p, *(ctypes.c_int64 for _ in numbers)]
    function = ctypes.CFUNCTYPE(None, *types)(library.address(name))
    address = data.ctypes.data

    def call(_kept: object = (library, data)) -> None:
        function(address, *numbers)

    return call


def _fma_text(lanes: int) -> str:
    """A loop of independent FMAs; the results are stored, so that they are computed."""
    vector, buffer = f"vector<{lanes}xf32>", f"memref<{lanes}xf32>"
    names = [f"%a{n}" for n in range(_CHAINS)]
    step = [f"%n{n} = math.fma %x, %x, {name} : {vector}" for n, name in enumerate(names)]
    return f"""
func.func @peak(%X: {buffer}, %rounds: index) {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = vector.load %X[%c0] : {buffer}, {vector}
  %r:{_CHAINS} = scf.for %i = %c0 to %rounds step %c1
      iter_args({_starts(names, "%x")}) -> ({_types(vector, _CHAINS)}) {{
    {_lines(step)}
    scf.yield {_names("%n", _CHAINS)} : {_types(vector, _CHAINS)}
  }}
  {_stores("%r", _CHAINS, buffer, vector)}
  func.return
}}"""


def _read_text(lanes: int) -> str:
    """Sums of a buffer's elements, from its start to its end, as often as asked."""
    vector, buffer = f"vector<{lanes}xf32>", "memref<?xf32>"
    types = _types(vector, _STREAMS)
    outer, inner = ([f"%{name}{n}" for n in range(_STREAMS)] for name in "ab")
    offsets = [f"%o{n} = arith.constant {n * lanes} : index" for n in range(_STREAMS)]
    step = [
        f"%p{n} = arith.addi %i, %o{n} : index\n"
        f"%x{n} = vector.load %X[%p{n}] : {buffer}, {vector}\n"
        f"%n{n} = arith.addf %b{n}, %x{n} : {vector}"
        for n in range(_STREAMS)
    ]
    starts = ", ".join(f"{own} = {other}" for own, other in zip(inner, outer, strict=True))
    return f"""
func.func @read(%X: {buffer}, %size: index {{tl.extent = [array<i64: 0, 0>]}}, %rounds: index) {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %step = arith.constant {lanes * _STREAMS} : index
  {_lines(offsets)}
  %x = vector.load %X[%c0] : {buffer}, {vector}
  %r:{_STREAMS} = scf.for %round = %c0 to %rounds step %c1
      iter_args({_starts(outer, "%x")}) -> ({types}) {{
    %s:{_STREAMS} = scf.for %i = %c0 to %size step %step iter_args({starts}) -> ({types}) {{
      {_lines(step)}
      scf.yield {_names("%n", _STREAMS)} : {types}
    }}
    scf.yield {_names("%s#", _STREAMS)} : {types}
  }}
  {_stores("%r", _STREAMS, buffer, vector)}
  func.return
}}"""


def _starts(names: Sequence[str], start: str) -> str:
    return ", ".join(f"{name} = {start}" for name in names)


def _names(prefix: str, count: int) -> str:
    return ", ".join(f"{prefix}{n}" for n in range(count))


def _types(type_: str, count: int) -> str:
    return ", ".join([type_] * count)


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(lines)


def _stores(results: str, count: int, buffer: str, vector: str) -> str:
    """What uses all results, so that they are computed."""
    return _lines(
        [f"vector.store {results}#{n}, %X[%c0] : {buffer}, {vector}" for n in range(count)]
    )

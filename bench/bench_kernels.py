"""Times kernels that tl-schedule scheduled by its rules alone: one thread, warm.

    python bench/bench_kernels.py [--only conv] [--seconds 0.5]

Prints for each kernel the best time of a call in µs, GFLOP/s and the share of the FMA peak, which
is measured in turns with the kernel. Every tap of a convolution counts, so that skipped padding
may bring it above 100 %. Compile time is that of all passes, LLVM's included.
"""

from __future__ import annotations

import argparse
import ctypes
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from bench_conv_tl import aligned, compile_loops, parse
from xdsl.dialects.builtin import IntegerAttr, ModuleOp

from inlay.dialects.registry import make_context
from inlay.dialects.tl.evaluate import evaluate_kernel
from inlay.dialects.tl.kernel import KernelOp
from inlay.dialects.tl.nest import NestOp
from inlay.dialects.tl.syntax import as_memref
from inlay.driver.roof import Probe, fma_probe
from inlay.passes.loops.tl_schedule import TlSchedule
from inlay.passes.lower.tl_to_loops import CHUNKS, TlToLoops
from inlay.target.description import Target


class Case(NamedTuple):
    """A kernel: its name, text, and the floating-point operations of a call."""

    name: str
    text: str
    flops: float


def conv(inputs: int, outputs: int, size: int, taps: int, stride: int, lanes: int = 16) -> Case:
    """A convolution of a square map with bias and relu; channels in blocks."""
    block = f"x{lanes}xf32> align 64"
    pad = taps // 2
    result = (size + 2 * pad - taps) // stride + 1
    c, o = inputs // lanes, outputs // lanes
    guard = " else skip" if pad else ""
    rows, columns = (f"{stride}*%{axis} + %k{axis[1]} - {pad}" for axis in ("oh", "ow"))
    text = f"""
tl.kernel @conv(%X: memref<{c}x{size}x{size}{block},
                %W: memref<{o}x{c}x{taps}x{taps}x{lanes}{block}, %B: memref<{o}{block},
                %Y: memref<{o}x{result}x{result}x{lanes}xf32> out align 64) {{
  tl.nest (%oc = {o}, %oh = {result}, %ow = {result}, %l = {lanes})
    reduce (%cb = {c}, %kh = {taps}, %kw = {taps}, %ic = {lanes}) acc (%a : f32 add)
  init {{
    %b = tl.load %B[%oc, %l]
    tl.yield %b
  }} update {{
    %x = tl.load %X[%cb, {rows}, {columns}, %ic]{guard}
    %w = tl.load %W[%oc, %cb, %kh, %kw, %ic, %l]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  }} finish {{
    %zero = arith.constant 0.0 : f32
    %t = arith.maximumf %a, %zero : f32
    tl.store %t, %Y[%oc, %oh, %ow, %l]
  }}
}}"""
    name = f"conv {taps}x{taps}/{stride} {inputs}->{outputs} @{result} blocks of {lanes}"
    return Case(name, text, 2.0 * taps**2 * inputs * outputs * result**2)


def depthwise(channels: int, size: int, stride: int, lanes: int = 16) -> Case:
    """A depthwise 3×3 convolution with bias and relu."""
    block = f"x{lanes}xf32> align 64"
    result = (size - 1) // stride + 1
    c = channels // lanes
    text = f"""
tl.kernel @depthwise(%X: memref<{c}x{size}x{size}{block}, %W: memref<{c}x3x3{block},
                     %B: memref<{c}{block}, %Y: memref<{c}x{result}x{result}x{lanes}xf32> out
                     align 64) {{
  tl.nest (%c = {c}, %oh = {result}, %ow = {result}, %l = {lanes}) reduce (%kh = 3, %kw = 3)
    acc (%a : f32 add)
  init {{
    %b = tl.load %B[%c, %l]
    tl.yield %b
  }} update {{
    %x = tl.load %X[%c, {stride}*%oh + %kh - 1, {stride}*%ow + %kw - 1, %l] else skip
    %w = tl.load %W[%c, %kh, %kw, %l]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  }} finish {{
    %zero = arith.constant 0.0 : f32
    %t = arith.maximumf %a, %zero : f32
    tl.store %t, %Y[%c, %oh, %ow, %l]
  }}
}}"""
    name = f"depthwise 3x3/{stride} {channels} @{result}"
    return Case(name, text, 18.0 * channels * result**2)


def matmul(m: int, n: int, k: int, layout: str) -> Case:
    """A matrix product; the right operand is ``packed`` in blocks of 16, ``kn`` or ``nk``."""
    types = {"packed": f"{n // 16}x{k}x16", "kn": f"{k}x{n}", "nk": f"{n}x{k}"}
    places = {"packed": "%nb, %k, %l", "kn": "%k, %n", "nk": "%n, %k"}
    packed = layout == "packed"
    axes = f"%nb = {n // 16}, %l = 16" if packed else f"%n = {n}"
    text = f"""
tl.kernel @matmul(%X: memref<{m}x{k}xf32> align 64, %W: memref<{types[layout]}xf32> align 64,
                  %Y: memref<{m}x{n}xf32> out align 64) {{
  tl.nest (%m = {m}, {axes}) reduce (%k = {k}) acc (%a : f32 add)
  update {{
    %x = tl.load %X[%m, %k]
    %w = tl.load %W[{places[layout]}]
    %s = math.fma %x, %w, %a : f32
    tl.yield %s
  }} finish {{
    tl.store %a, %Y[%m, {"16*%nb + %l" if packed else "%n"}]
  }}
}}"""
    return Case(f"matmul {m}x{n}x{k} {layout}", text, 2.0 * m * n * k)


def cases() -> Iterator[Case]:
    """The table's rows."""
    yield conv(64, 64, 56, 3, 1)
    yield conv(128, 128, 28, 3, 1)
    yield conv(256, 256, 14, 3, 1)
    yield conv(512, 512, 7, 3, 1)
    yield conv(64, 64, 56, 3, 1, 8)
    yield conv(512, 512, 7, 3, 1, 8)
    yield conv(64, 128, 56, 3, 2)
    yield conv(64, 128, 56, 1, 2)
    yield conv(256, 512, 14, 3, 2)
    yield conv(256, 64, 56, 1, 1)
    yield depthwise(64, 56, 1)
    yield depthwise(384, 14, 1)
    yield depthwise(144, 56, 2)
    for layout in ("packed", "kn", "nk"):
        yield matmul(128, 768, 768, layout)
    yield matmul(12, 768, 768, "packed")
    for layout in ("packed", "nk"):
        yield matmul(1, 1024, 512, layout)


def best_times(calls: list[Callable[[], object]], seconds: float) -> list[float]:
    """The least time of each call in seconds, the calls taking turns for as long as given."""
    best = [float("inf")] * len(calls)
    for call in calls:
        call()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for number, call in enumerate(calls):
            start = time.perf_counter()
            call()
            best[number] = min(best[number], time.perf_counter() - start)
    return best


def compiled(module: ModuleOp, addresses: list[int]) -> Callable[[], object]:
    """A call of the module's kernel, which has one phase, with all of its chunks."""
    TlToLoops().apply(make_context(), module)
    function_op = module.body.block.first_op
    assert function_op is not None
    chunks = function_op.attributes.get(CHUNKS)
    name = str(function_op.attributes.get("sym_name", function_op.properties["sym_name"]))
    library = compile_loops(module)
    pointers = [ctypes.c_void_p] * len(addresses)
    address = library.address(name.strip('"'))
    if not isinstance(chunks, IntegerAttr):
        plain = ctypes.CFUNCTYPE(None, *pointers)(address)
        return lambda: (library, plain(*addresses))
    function = ctypes.CFUNCTYPE(None, *pointers, ctypes.c_int64)(address)
    count = chunks.value.data
    return lambda: (library, [function(*addresses, chunk) for chunk in range(count)])


def measure(case: Case, peak: Probe, seconds: float) -> str:
    """One row of the table."""
    module = parse(case.text)
    kernel = module.body.block.first_op
    assert isinstance(kernel, KernelOp)
    rng = np.random.default_rng(0)
    shapes = [as_memref(argument.type).get_shape() for argument in kernel.args]
    buffers = [aligned(s, rng.standard_normal(s).astype(np.float32)) for s in shapes]
    expected = [buffer.copy() for buffer in buffers]
    evaluate_kernel(kernel, expected)
    start = time.perf_counter()
    TlSchedule(parallel=False).apply(make_context(), module)
    scheduled = time.perf_counter() - start
    schedules = [str(op.schedule) for op in module.walk() if isinstance(op, NestOp)]
    call = compiled(module, [buffer.ctypes.data for buffer in buffers])
    total = time.perf_counter() - start
    best, best_peak = best_times([call, peak.call], seconds)
    roof = peak.work / best_peak
    error = np.abs(buffers[-1] - expected[-1]).max() / np.abs(expected[-1]).max()
    return (
        f"{case.name:42} {best * 1e6:8.1f} µs {case.flops / best / 1e9:6.1f} GFLOP/s "
        f"{case.flops / best / roof:6.1%}  error {error:.0e}  "
        f"scheduled in {scheduled * 1e3:3.0f}, compiled in {total * 1e3:4.0f} ms\n"
        + "\n".join(f"    {schedule}" for schedule in schedules)
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", default="", help="kernels whose name has this")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each kernel")
    options = parser.parse_args()
    peak = fma_probe(Target.native())
    for case in cases():
        if options.only in case.name:
            print(measure(case, peak, options.seconds), flush=True)


if __name__ == "__main__":
    main()

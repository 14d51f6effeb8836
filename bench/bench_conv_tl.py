"""Times a convolution compiled from tl on one thread, against the measured FMA peak.

    python bench/bench_conv_tl.py [--layer 56]

Prints, for each schedule of the layer, the best time of a call in µs, GFLOP/s counting every tap
(so that skipped padding may bring it above 100 %), the share of peak, and what compiling took.
"""

from __future__ import annotations

import argparse
import ctypes
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.parser import Parser

from inlay.dialects.registry import make_context
from inlay.dialects.tl.evaluate import evaluate_kernel
from inlay.dialects.tl.kernel import KernelOp
from inlay.dialects.tl.syntax import as_memref
from inlay.driver.roof import fma_probe
from inlay.passes.lower.llvm_to_llvmlite import translate_module
from inlay.passes.lower.loops_to_llvm import LoopsToLLVM
from inlay.passes.lower.tl_to_loops import CHUNKS, TlToLoops
from inlay.passes.target_attribute import set_target
from inlay.runtime.jit import Library, emit_object, load_object
from inlay.target.description import Target

CACHE_LINE = 64
FLOATS_PER_LINE = CACHE_LINE // 4


class Layer(NamedTuple):
    """A 3×3 convolution, stride 1, of a square map, with schedules for vectors of 8 lanes."""

    channels: int
    size: int
    schedules: tuple[str, ...]


_TAPS = "cb, kh, kw, ic by 2, ic unroll, ow unroll"
_ONE, _TWO = f"{_TAPS}, l vector", f"{_TAPS}, l by 8 unroll, l vector"

# 16 registers hold 6 pixels × 2 vectors or 12 × 1, with the weights and one pixel.
LAYERS = {
    56: Layer(
        *(64, 56),
        (
            f"oh parallel, oc, ow by (8x6, 2x4), {_TWO}",
            f"oh parallel, oc, l by 8, ow by (4x12, 1x8), {_ONE}",
        ),
    ),
    28: Layer(
        *(128, 28),
        (
            f"oc parallel, oh, ow by (2x6, 4x4), {_TWO}",
            f"oc parallel, l by 8, oh, ow by (1x12, 2x8), {_ONE}",
        ),
    ),
    14: Layer(
        *(256, 14),
        (
            f"oc parallel, oh, ow by (1x6, 2x4), {_TWO}",
            f"oc parallel, l by 8, oh, ow by (1x8, 1x6), {_ONE}",
        ),
    ),
}


def conv_text(layer: Layer, schedule: str) -> str:
    """The kernel: convolution, bias, relu; channels in blocks of 16."""
    c, n = layer.channels // 16, layer.size
    image = f"memref<{c}x{n}x{n}x16xf32>"
    return f"""
tl.kernel @conv(%X: {image} align 64, %W: memref<{c}x{c}x3x3x16x16xf32> align 64,
                %B: memref<{c}x16xf32> align 64, %Y: {image} out align 64) {{
  tl.nest (%oh = {n}, %oc = {c}, %ow = {n}, %l = 16)
    reduce (%cb = {c}, %kh = 3, %kw = 3, %ic = 16) acc (%a : f32 add)
    schedule [{schedule}]
  init {{
    %b = tl.load %B[%oc, %l]
    tl.yield %b
  }} update {{
    %x = tl.load %X[%cb, %oh + %kh - 1, %ow + %kw - 1, %ic] else skip
    %w = tl.load %W[%oc, %cb, %kh, %kw, %ic, %l]
    %n = math.fma %x, %w, %a : f32
    tl.yield %n
  }} finish {{
    %zero = arith.constant 0.0 : f32
    %t = arith.maximumf %a, %zero : f32
    tl.store %t, %Y[%oc, %oh, %ow, %l]
  }}
}}
"""


def parse(text: str) -> ModuleOp:
    """The module that a text holds."""
    module = Parser(make_context(), text).parse_module()
    set_target(module, Target.native())
    return module


def compile_loops(module: ModuleOp) -> Library:
    """A module at the loop level as machine code."""
    LoopsToLLVM().apply(make_context(), module)
    return load_object(emit_object(translate_module(module), Target.native()))


def aligned(shape: Sequence[int], fill: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """An array that starts at a cache line."""
    size = int(np.prod(shape))
    memory = np.zeros(size + FLOATS_PER_LINE, np.float32)
    start = (-memory.ctypes.data % CACHE_LINE) // 4
    array = memory[start : start + size].reshape(shape)
    if fill is not None:
        array[...] = fill
    return array


def best_time(call: Callable[[], object], seconds: float) -> float:
    """The least time of a call in seconds, over calls for as long as given."""
    call()
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def measure_conv(layer: Layer, schedule: str, peak: float, seconds: float) -> str:
    """One row of the table."""
    module = parse(conv_text(layer, schedule))
    kernel = module.body.block.first_op
    assert isinstance(kernel, KernelOp)
    rng = np.random.default_rng(0)
    shapes = [as_memref(argument.type).get_shape() for argument in kernel.args]
    buffers = [aligned(s, rng.standard_normal(s).astype(np.float32)) for s in shapes]
    expected = [buffer.copy() for buffer in buffers]
    evaluate_kernel(kernel, expected)
    start = time.perf_counter()
    TlToLoops().apply(make_context(), module)
    function_op = module.body.block.first_op
    assert function_op is not None
    chunks = function_op.attributes[CHUNKS]
    assert isinstance(chunks, IntegerAttr)
    library = compile_loops(module)
    compiled = time.perf_counter() - start
    pointers = [ctypes.c_void_p] * len(buffers)
    function = ctypes.CFUNCTYPE(None, *pointers, ctypes.c_int64)(library.address("conv"))
    addresses = [buffer.ctypes.data for buffer in buffers]

    def call() -> None:
        for chunk in range(chunks.value.data):
            function(*addresses, chunk)

    best = best_time(call, seconds)
    error = np.abs(buffers[-1] - expected[-1]).max() / np.abs(expected[-1]).max()
    flops = 2 * 9 * layer.channels**2 * layer.size**2
    return (
        f"{best * 1e6:8.0f} µs  {flops / best / 1e9:6.1f} GFLOP/s  {flops / best / peak:6.1%}  "
        f"error {error:.1e}  compiled in {compiled * 1e3:.0f} ms  [{schedule}]"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--layer", type=int, choices=sorted(LAYERS), default=56)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each schedule")
    options = parser.parse_args()
    layer = LAYERS[options.layer]
    peak = fma_probe(Target.native(), lanes=8).rate(seconds=0.3)
    print(f"peak {peak / 1e9:.1f} GFLOP/s (FMAs on vectors of 8 floats)")
    for schedule in layer.schedules:
        print(measure_conv(layer, schedule, peak, options.seconds))


if __name__ == "__main__":
    main()

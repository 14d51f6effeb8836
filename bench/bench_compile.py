"""Times the way from relay functions to loaded code, on one core and without a cache, then with it.

    python bench/bench_compile.py [--kernels 40]

The kernels are the distinct ones of ResNet-18 and ResNet-50. Prints seconds of wall and processor
time: cold, with one process; warm, from the cache that the cold run filled.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp

from inlay.dialects.registry import make_context
from inlay.dialects.relay.module import FuncOp
from inlay.driver.kernels import compile_kernels
from inlay.frontends import zoo
from inlay.passes.manager import PassManager
from inlay.passes.pipeline import pipeline_to
from inlay.passes.target_attribute import set_target
from inlay.runtime.object_cache import ObjectCache
from inlay.target.description import Target

MODELS = ("preact_resnet18", "resnet50")


def primitives(model: str) -> list[FuncOp]:
    """The primitive functions of a model, detached."""
    module = zoo.build(model)
    set_target(module, Target.native())
    PassManager.parse(pipeline_to("kernels")).run(make_context(), module)
    functions = [op for op in module.ops if isinstance(op, FuncOp) and op.is_primitive]
    for function in functions:
        function.detach()
    return functions


def distinct(count: int) -> ModuleOp:
    """A module of ``count`` functions whose hashes differ."""
    found = {str(f.attributes["hash"]): f for model in MODELS for f in primitives(model)}
    module = ModuleOp([])
    set_target(module, Target.native())
    for number, function in enumerate(list(found.values())[:count]):
        function.properties["sym_name"] = type(function.sym_name)(f"kernel{number}")
        module.body.block.add_op(function)
    return module


def measure(module: ModuleOp, cache: ObjectCache) -> tuple[int, float, float]:
    """The number of kernels, and the wall and processor time of compiling them."""
    wall, processor = time.perf_counter(), time.process_time()
    # As when kernels are compiled: what passes leave is verified in tests.
    PassManager(["builtin.module(relay-to-tl)"], verify=False).run(make_context(), module)
    kernels = compile_kernels(module, cache, processes=1)
    return len(kernels), time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kernels", type=int, default=40)
    module = distinct(parser.parse_args().kernels)
    print(f"load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        cache = ObjectCache(Path(folder))
        for name in ("cold", "warm"):
            count, wall, processor = measure(module.clone(), cache)
            print(f"{name}: {count} kernels, {wall:.2f} s wall, {processor:.2f} s on a core")


if __name__ == "__main__":
    main()

"""`make demo`: ResNet-18 before and after the graph passes, and where to look next."""

from __future__ import annotations

import shutil
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TextIO

from xdsl.dialects.builtin import ModuleOp

from ..dialects.printing import print_module
from ..dialects.registry import make_context
from ..dialects.relay.base import RelayOp
from ..dialects.relay.module import CallOp, FuncOp
from ..dialects.relay.resources import save
from ..frontends.zoo.preact_resnet import preact_resnet
from ..passes.manager import PassManager
from ..passes.pipeline import pipeline_to
from ..passes.target_attribute import set_target
from ..target.description import target_named

OUTPUT = Path("build") / "demo"
_TARGET = "x86-64-v4"
_SHOWN = 14


def main(out: TextIO = sys.stdout) -> int:
    """Build, lower and show the model; leave its files in build/demo."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    module = preact_resnet(layers=18)
    set_target(module, target_named(_TARGET))
    built = time.perf_counter()
    text = print_module(module)
    (OUTPUT / "resnet18.mlir").write_text(text)
    save(module, OUTPUT / "resnet18.safetensors")
    _section(out, f"ResNet-18 as built: {_describe(module)}", text)

    lowering = time.perf_counter()
    PassManager.parse(pipeline_to("kernels")).run(make_context(), module)
    lowered = time.perf_counter()
    text = print_module(module)
    (OUTPUT / "resnet18.kernels.mlir").write_text(text)
    _section(out, f"After the graph passes: {_describe(module)}", text)

    out.write(
        f"Built in {built - start:.2f} s, lowered in {lowered - lowering:.2f} s on one core.\n"
        f"The whole text is in {OUTPUT}; run the passes yourself:\n\n"
        f"  .venv/bin/inlay-opt {OUTPUT}/resnet18.mlir --compile-to=kernels --timing\n"
        f"  .venv/bin/inlay-opt {OUTPUT}/resnet18.mlir --compile-to=kernels"
        f" --dump-ir-dir {OUTPUT}/ir\n"
    )
    return 0


def _describe(module: ModuleOp) -> str:
    """What the main function holds: ops of the dialect, or calls of kernels."""
    (main_function,) = (
        op for op in module.ops if isinstance(op, FuncOp) and op.sym_name.data == "main"
    )
    calls = [
        op.callee.root_reference.data for op in main_function.body.walk() if isinstance(op, CallOp)
    ]
    if calls:
        return f"{len(calls)} calls of {len(set(calls))} kernels"
    ops = Counter(op.name for op in main_function.body.walk() if isinstance(op, RelayOp))
    del ops["relay.constant"]
    most = ", ".join(f"{count} {name.removeprefix('relay.')}" for name, count in ops.most_common(3))
    return f"{ops.total()} ops ({most}, ...)"


def _section(out: TextIO, title: str, text: str) -> None:
    """The first lines of the text, cut to the terminal's width."""
    width = shutil.get_terminal_size((100, 24)).columns
    lines = text.splitlines()
    out.write(f"{title}\n{'-' * min(len(title), width)}\n")
    for line in lines[:_SHOWN]:
        out.write(line if len(line) <= width else f"{line[: width - 1]}…")
        out.write("\n")
    out.write(f"  … {len(lines) - _SHOWN} more lines\n\n")


if __name__ == "__main__":
    sys.exit(main())

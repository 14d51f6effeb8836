"""The proof: our passes turn pre-activation ResNets into the kernels Relay's rules give.

ResNet-18 is held against the 47 calls of the reference profile; other depths, sizes and blocks
against a model of the rules written out below, which must itself reproduce those 47 calls.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from xdsl.dialects.builtin import ModuleOp

from inlay.dialects.layout import LayoutAttr
from inlay.dialects.registry import make_context
from inlay.dialects.relay.module import CallOp, FuncOp
from inlay.dialects.relay.types import relay_text
from inlay.frontends.zoo.preact_resnet import preact_resnet
from inlay.passes.manager import PassManager
from inlay.passes.pipeline import pipeline_to

REFERENCE = Path(__file__).parents[1] / "reference"
BLOCKS = REFERENCE / "resnet18_conv_blocks.json"

Call = tuple[str, tuple[str, ...]]
Workload = tuple[int, int, int, int, int]
Blocks = dict[Workload, tuple[int, int]]

UNITS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}


def compile_calls(module: ModuleOp, blocks: Path) -> tuple[list[Call], dict[str, FuncOp]]:
    """The kernel calls of @main in order, and the kernels by name."""
    pipeline = pipeline_to("kernels").replace(
        "alter-op-layout", f'alter-op-layout{{blocks="{blocks}" dense-block=8}}'
    )
    PassManager.parse(pipeline).run(make_context(), module)
    functions = {op.sym_name.data: op for op in module.ops if isinstance(op, FuncOp)}
    calls = [op for op in functions["main"].block.ops if isinstance(op, CallOp)]
    texts = [
        (
            call.callee.root_reference.data,
            tuple(relay_text(value.type) for value in (*call.operands, *call.results)),
        )
        for call in calls
    ]
    return texts, functions


def reference_calls() -> list[Call]:
    entries = json.loads((REFERENCE / "resnet18_calls.json").read_text())
    return [(entry["kernel"], tuple(entry["args"])) for entry in entries]


def read_blocks(path: Path) -> Blocks:
    return {
        (e["in_channels"], e["out_channels"], e["kernel"], e["stride"], e["in_size"]): (
            e["ic_block"],
            e["oc_block"],
        )
        for e in json.loads(path.read_text())
    }


def float32(*shape: int) -> str:
    return f"float32[{', '.join(map(str, shape))}]"


@dataclass
class Rules:
    """Relay's rules for pre-activation ResNets of basic units, written out as a sequence of calls.

    A value is (channels, size, block). A layout transform is a call of its own after a
    convolution or a pool, and part of the kernel after an elementwise op.
    """

    blocks: Blocks
    calls: list[Call] = field(default_factory=list[Call])
    names: dict[Call, str] = field(default_factory=dict[Call, str])
    counts: dict[str, int] = field(default_factory=dict[str, int])

    def call(self, base: str, *args: str) -> None:
        if (base, args) not in self.names:
            number = self.counts.get(base, 0)
            self.counts[base] = number + 1
            self.names[base, args] = f"{base}_{number}" if number else base
        self.calls.append((self.names[base, args], args))

    def value(self, channels: int, size: int, block: int) -> str:
        return float32(1, channels // block, size, size, block)

    def bias(self, channels: int, block: int) -> str:
        return float32(1, channels // block, 1, 1, block)

    def transform(self, channels: int, size: int, source: int, to: int) -> None:
        if source != to:
            args = (self.value(channels, size, source), self.value(channels, size, to))
            self.call("fused_layout_transform", *args)

    def conv(
        self, workload: Workload, epilogue: str, *extra: str, padding: int
    ) -> tuple[int, int, int]:
        ic, oc, kernel, stride, size = workload
        ib, ob = self.blocks[workload]
        weight = float32(oc // ob, ic // ib, kernel, kernel, ib, ob)
        out = (size + 2 * padding - kernel) // stride + 1
        result = (oc, out, ob)
        args = (self.value(ic, size, ib), weight, *extra, self.value(*result))
        self.call(f"fused_nn_contrib_conv2d_NCHWc{epilogue}", *args)
        return result

    def network(self, units: tuple[int, ...], size: int, classes: int = 1000) -> list[Call]:
        stem = (3, 64, 7, 2, size)
        ib, ob = self.blocks[stem]
        shift = float32(3, 1, 1)
        data = float32(1, 3, size, size)
        self.call("fused_add_layout_transform", data, shift, self.value(3, size, ib))
        channels, size, block = self.conv(stem, "_add_nn_relu", self.bias(64, ob), padding=3)
        pooled = (channels, (size - 1) // 2 + 1, block)
        args = (self.value(channels, size, block), self.bias(channels, block), self.value(*pooled))
        self.call("fused_nn_max_pool2d_add_nn_relu", *args)
        act = pooled
        for stage, count in enumerate(units):
            act = self.stage(act, 64 << stage, count, 2 if stage else 1, stage == len(units) - 1)
        channels, size, block = act
        self.call("fused_nn_global_avg_pool2d", self.value(*act), self.bias(channels, block))
        flat = float32(1, channels)
        self.call("fused_layout_transform_nn_batch_flatten", self.bias(channels, block), flat)
        row = float32(1, classes)
        pack = float32(classes // 8, channels, 8)
        self.call("fused_nn_contrib_dense_pack_add", flat, pack, row, row)
        self.call("fused_nn_fast_softmax", row, row)
        return self.calls

    def stage(
        self, act: tuple[int, int, int], channels: int, count: int, stride: int, is_last: bool
    ) -> tuple[int, int, int]:
        total = act
        for unit in range(count):
            ic, size, block = act
            first = (ic, channels, 3, stride if unit == 0 else 1, size)
            if unit == 0:
                self.transform(ic, size, block, self.blocks[first][0])
            mid = self.conv(
                first, "_add_nn_relu", self.bias(channels, self.blocks[first][1]), padding=1
            )
            second = (channels, channels, 3, 1, mid[1])
            to_block, out_block = self.blocks[second]
            self.transform(channels, mid[1], mid[2], to_block)
            if unit == 0:
                self.shortcut(act, first, (channels, channels, 3, 1, mid[1]))
            residual = self.value(channels, mid[1], out_block)
            bias = self.bias(channels, out_block)
            total = (channels, mid[1], out_block)
            if unit < count - 1:
                self.conv(second, "_add", residual, padding=1)
                wanted = self.blocks[second][0]
                act = (channels, mid[1], wanted)
                suffix = "" if wanted == out_block else "_layout_transform"
                args = (self.value(*total), bias, self.value(*act))
                self.call(f"fused_add_nn_relu{suffix}", *args)
            elif is_last:
                act = self.conv(
                    second, "_add_multiply_add_nn_relu", residual, bias, bias, padding=1
                )
            else:
                act = self.conv(second, "_add_add_nn_relu", residual, bias, padding=1)
        return act

    def shortcut(self, act: tuple[int, int, int], first: Workload, second: Workload) -> None:
        """The 1x1 convolution on the first unit's activation, brought to conv2's output block."""
        ic, size, block = act
        workload = (ic, first[1], 1, first[3], size)
        wanted = self.blocks[workload][0]
        if wanted != self.blocks[first][0]:  # else conv1's transform serves both
            self.transform(ic, size, block, wanted)
        channels, out, out_block = self.conv(workload, "", padding=0)
        self.transform(channels, out, out_block, self.blocks[second][1])


def reblocked(size: int, seed: int) -> Blocks:
    """Blocks drawn at random from the divisors of the channels, for a ResNet on size x size."""
    rng = random.Random(seed)

    def draw(channels: int) -> int:
        return rng.choice([b for b in range(1, min(channels, 64) + 1) if channels % b == 0])

    blocks: Blocks = {(3, 64, 7, 2, size): (3, draw(64))}
    size = ((size + 1) // 2 + 1) // 2
    channels = 64
    for stage in range(4):
        out, stride = 64 << stage, 2 if stage else 1
        for kernel in (3, 1):
            blocks[channels, out, kernel, stride, size] = (draw(channels), draw(out))
        size = (size - 1) // stride + 1
        # The first unit of stage 1 has the workload of all its units.
        blocks.setdefault((out, out, 3, 1, size), (draw(out), draw(out)))
        channels = out
    return blocks


def write_blocks(blocks: Blocks, path: Path) -> Path:
    names = ("in_channels", "out_channels", "kernel", "stride", "in_size")
    entries = [
        dict(zip(names, workload, strict=True)) | {"ic_block": ic, "oc_block": oc}
        for workload, (ic, oc) in blocks.items()
    ]
    path.write_text(json.dumps(entries))
    return path


def test_resnet18_gives_the_47_calls_of_the_reference_in_order() -> None:
    calls, functions = compile_calls(preact_resnet(layers=18), BLOCKS)
    assert calls == reference_calls()
    assert len(calls) == 47
    assert len({name for name, _ in calls}) == 42 == len(functions) - 1


def test_resnet18_kernels_have_the_layouts_of_the_reference() -> None:
    _, functions = compile_calls(preact_resnet(layers=18), BLOCKS)
    rows = json.loads((REFERENCE / "resnet18_table.json").read_text())["rows"]
    kernels = {row["Name"]: row for row in rows if row["Name"].startswith("vm_mod_fused")}
    found = {
        f"vm_mod_{name}": {
            key: str(value.data)
            for op in function.block.ops
            for key, value in op.properties.items()
            if isinstance(value, LayoutAttr)
        }
        for name, function in functions.items()
        if name != "main"
    }
    expected = {
        name: {key: value for key, value in row.items() if "layout" in key}
        for name, row in kernels.items()
    }
    assert found == expected


def test_the_rules_reproduce_the_reference() -> None:
    assert Rules(read_blocks(BLOCKS)).network(UNITS[18], 224) == reference_calls()


def test_resnet34_follows_the_rules() -> None:
    calls, _ = compile_calls(preact_resnet(layers=34), BLOCKS)
    assert calls == Rules(read_blocks(BLOCKS)).network(UNITS[34], 224)


@pytest.mark.parametrize(("size", "seed"), [(160, 1), (96, 2), (200, 3)])
def test_resized_and_reblocked_resnet18_follows_the_rules(
    size: int, seed: int, tmp_path: Path
) -> None:
    blocks = reblocked(size, seed)
    path = write_blocks(blocks, tmp_path / "blocks.json")
    calls, _ = compile_calls(preact_resnet(layers=18, image=(size, size)), path)
    assert calls == Rules(blocks).network(UNITS[18], size)

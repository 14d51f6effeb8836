"""The text of each phase, read in a fresh process, compiles to the same object, byte for byte.

Held for the kernels of `kernel_zoo` and for those that relay ops of every kind become.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from xdsl.dialects.builtin import ModuleOp, StringAttr, UnitAttr

from inlay.dialects.parsing import parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay.module import PRIMITIVE, FuncOp
from inlay.driver.emission import FORMS, emit
from inlay.passes.manager import PassManager
from inlay.passes.pipeline import CODE_PHASE, KERNEL_PHASES, pipeline_to
from inlay.passes.target_attribute import set_target, target_of
from inlay.runtime.jit import emit_object
from inlay.target.description import TARGETS
from kernel_zoo import KERNELS
from op_samples import SAMPLES

FOLDER = str(Path(__file__).parent)
IR = "llvm-ir"
GRAPH = "kernels"
LEVELS = [GRAPH, *(phase.name for phase in KERNEL_PHASES), IR]

OPS = (
    *("nn.contrib_conv2d_NCHWc", "nn.contrib_dense_pack", "nn.max_pool2d", "nn.softmax", "power"),
    *("argmax", "cumsum", "sort", "concatenate", "layout_transform", "scatter_elements"),
    *("image.resize2d", "dyn.strided_slice"),
)
"""Relay ops that become kernels of every kind."""


def relay_text(op: str) -> str:
    """A module with a primitive function of one op on floats."""
    sample = SAMPLES[f"relay.{op}"][0]
    module = sample.build("f32", 17)
    (function,) = module.ops
    assert isinstance(function, FuncOp)
    function.sym_visibility = StringAttr("private")
    function.attributes[PRIMITIVE] = UnitAttr()
    return print_module(module)


# For one target, which takes long enough.
RELAY_KERNELS = {op: relay_text(op) for op in OPS}


def run(module: ModuleOp, pipeline: str) -> ModuleOp:
    PassManager([pipeline]).run(make_context(), module)
    return module


def texts_of(source: str, target: str) -> tuple[dict[str, str], bytes]:
    """The text at each level of one compilation, and the object at its end."""
    module = parse_module(make_context(), source)
    set_target(module, TARGETS[target])
    texts = {GRAPH: print_module(module)}
    for before, phase in pairwise(LEVELS[:-1]):
        run(module, pipeline_to(phase, after=before))
        texts[phase] = print_module(module)
    text = emit(module, FORMS[IR])
    assert isinstance(text, str)
    texts[IR] = text
    return texts, emit_object(text, target_of(module))


def object_from(text: str, level: str, target: str) -> bytes:
    """The object that the text of a level becomes."""
    if level == IR:
        return emit_object(text, TARGETS[target])
    module = run(parse_module(make_context(), text), pipeline_to(CODE_PHASE, after=GRAPH))
    made = emit(module, FORMS["obj"])
    assert isinstance(made, bytes)
    return made


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


CHILD = """
import json, sys
from test_text_levels import digest, object_from
jobs = json.load(sys.stdin)
print(json.dumps([digest(object_from(*job)) for job in jobs]))
"""


@pytest.mark.parametrize(
    ("target", "sources"),
    [("x86-64-v3", KERNELS), ("aarch64", KERNELS), ("x86-64-v4", RELAY_KERNELS)],
    ids=["x86-64-v3", "aarch64", "relay"],
)
def test_text_of_every_level_compiles_to_the_same_object(
    target: str, sources: Mapping[str, str]
) -> None:
    jobs: list[tuple[str, str, str]] = []
    expected: list[tuple[str, str, str]] = []
    for name, source in sources.items():
        texts, made = texts_of(source, target)
        for level in LEVELS:
            jobs.append((texts[level], level, target))
            expected.append((name, level, digest(made)))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path[:] = {[FOLDER, *sys.path]!r}\n{CHILD}",
        ],
        input=json.dumps(jobs),
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    wrong = [
        f"{name} from {level}"
        for (name, level, digest), other in zip(expected, found, strict=True)
        if digest != other
    ]
    assert not wrong

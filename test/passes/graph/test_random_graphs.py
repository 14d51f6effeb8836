"""Graph passes keep the meaning of programs nobody drew: alone, in the phases, in any order.

INLAY_EXAMPLES=100 runs 100 times as many examples.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from xdsl.dialects.builtin import ModuleOp

from inlay.dialects.parsing import parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.rows import Array
from inlay.passes.manager import PassManager, verify_ir
from inlay.passes.pipeline import GRAPH_PHASES, pipeline_to
from inlay.passes.registry import PASSES
from inlay.passes.target_attribute import set_target
from inlay.target.description import TARGETS, Target
from random_graphs import NETWORKS, Program, programs

CONTEXT = make_context()

GRAPH_PASSES = (
    "alter-op-layout",
    "alter-op-layout{dense-block=4}",
    "canonicalize-ops",
    "combine-parallel-conv2d{min-num-branches=2}",
    "combine-parallel-dense{min-num-branches=2}",
    "convert-layout{desired-layout=NHWC}",
    "convert-layout{desired-layout=NCHW}",
    "dead-code-elimination",
    "eliminate-common-subexpr",
    "fast-math",
    "fold-constant",
    "fold-scale-axis{direction=backward}",
    "fold-scale-axis{direction=forward}",
    "fold-scale-axis",
    "fuse-ops",
    "fuse-ops{max-depth=3}",
    "lambda-lift",
    "simplify-expr",
    "simplify-inference",
)
"""The passes of passes/graph, with options that make them act on small graphs."""

IDEMPOTENT = (
    "dead-code-elimination",
    "eliminate-common-subexpr",
    "fold-constant",
    "simplify-expr",
)

targets = st.sampled_from([TARGETS[name] for name in ("x86-64-v3", "x86-64-v4")])
pipelines = st.lists(st.sampled_from(GRAPH_PASSES), min_size=1, max_size=7).map(",".join)
images = programs(recipes=NETWORKS, most=6)


def examples(number: int) -> settings:
    return settings(max_examples=number * int(os.environ.get("INLAY_EXAMPLES", "1")))


def run(program: Program, pipeline: str) -> ModuleOp:
    """A copy of the program after a pipeline, each step of which is verified."""
    module = program.module.clone()
    PassManager.parse(pipeline).run(CONTEXT, module)
    return module


def tolerance(program: Program, pipeline: str) -> float:
    """How far results may lie apart; folding computes constants in their own precision."""
    return 1e-5 if "fold-constant" in pipeline and not program.is_double else 1e-9


def check_same(found: Sequence[Array], expected: Sequence[Array], within: float) -> None:
    """Floats agree relative to the largest of them all, other values exactly."""
    floats = [np.abs(array) for array in expected if array.dtype.kind == "f"]
    largest = max((float(array.max(initial=1.0)) for array in floats), default=1.0)
    assert len(found) == len(expected)
    for actual, wanted in zip(found, expected, strict=True):
        assert (actual.dtype, actual.shape) == (wanted.dtype, wanted.shape)
        if wanted.dtype.kind == "f":
            np.testing.assert_allclose(actual, wanted, rtol=0, atol=within * largest)
        else:
            np.testing.assert_array_equal(actual, wanted)


def check_keeps_meaning(program: Program, pipeline: str) -> ModuleOp:
    note(repr(program))
    expected = evaluate(program.module, program.inputs, precision="float64")
    after = run(program, pipeline)
    note(f"After {pipeline}:\n{print_module(after)}")
    found = evaluate(after, program.inputs, precision="float64")
    check_same(found, expected, tolerance(program, pipeline))
    return after


def test_table_lists_every_graph_pass() -> None:
    modules = {name: str(target) for name, target in PASSES.items()}
    graph = {name for name, module in modules.items() if "passes.graph" in module}
    assert graph == {spec.partition("{")[0] for spec in GRAPH_PASSES}


@given(programs())
@examples(30)
def test_programs_are_valid_and_finite(program: Program) -> None:
    note(repr(program))
    verify_ir(program.module)
    for result in evaluate(program.module, program.inputs, precision="float64"):
        assert np.isfinite(result).all()


@pytest.mark.parametrize("name", GRAPH_PASSES)
@given(program=st.one_of(images, programs()), target=targets)
@examples(12)
def test_pass_keeps_meaning(name: str, program: Program, target: Target) -> None:
    set_target(program.module, target)
    check_keeps_meaning(program, name)


@pytest.mark.parametrize("phase", [phase.name for phase in GRAPH_PHASES if phase.passes])
@given(program=st.one_of(images, programs()), target=targets)
@examples(20)
def test_phase_keeps_meaning(phase: str, program: Program, target: Target) -> None:
    set_target(program.module, target)
    after = check_keeps_meaning(program, pipeline_to(phase))
    text = print_module(after, resources=True)
    assert print_module(run(program, pipeline_to(phase)), resources=True) == text


@given(program=st.one_of(images, programs()), pipeline=pipelines, target=targets)
@examples(120)
def test_any_sequence_keeps_meaning(program: Program, pipeline: str, target: Target) -> None:
    set_target(program.module, target)
    check_keeps_meaning(program, pipeline)


@pytest.mark.parametrize("name", IDEMPOTENT)
@given(
    program=st.one_of(images, programs()),
    before=st.sampled_from(("", "fuse-ops,", "alter-op-layout,")),
)
@examples(20)
def test_pass_is_idempotent(name: str, program: Program, before: str) -> None:
    note(repr(program))
    once, twice = (run(program, before + times) for times in (name, f"{name},{name}"))
    assert print_module(twice, resources=True) == print_module(once, resources=True)


@given(program=programs(), pipeline=pipelines)
@examples(20)
def test_text_round_trips(program: Program, pipeline: str) -> None:
    note(repr(program))
    after = run(program, pipeline)
    for generic in (False, True):
        text = print_module(after, generic=generic, resources=True)
        again = parse_module(CONTEXT, text)
        assert print_module(again, generic=generic, resources=True) == text

"""Upstream MLIR reads what inlay prints, and inlay what upstream prints.

The generic form is the common language: ``mlir-opt --allow-unregistered-dialect`` checks its
syntax, the types of its attributes and SSA dominance.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp, StringAttr, UnitAttr
from xdsl.ir import Operation

from inlay.dialects.parsing import ParseError, parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay.constant import ConstantOp
from inlay.dialects.relay.module import PRIMITIVE, FuncOp
from inlay.dialects.relay.types import ELEMENT_TYPES, FLOATS
from inlay.frontends.builder import GraphBuilder
from inlay.frontends.zoo import build
from inlay.passes.manager import PassError, PassManager, verify_ir
from inlay.passes.pipeline import GRAPH_PHASES, pipeline_to
from inlay.passes.target_attribute import set_target
from inlay.target.description import TARGETS
from lit_script import features
from op_samples import SAMPLES

ROOT = Path(__file__).parent.parent
MLIR_OPT = features()["mlir-opt"]

pytestmark = pytest.mark.skipif(MLIR_OPT is None, reason="needs mlir-opt")


def mlir_opt(text: str) -> subprocess.CompletedProcess[str]:
    assert MLIR_OPT is not None
    command = [MLIR_OPT, "--allow-unregistered-dialect", "--mlir-print-op-generic"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def canonical(module: ModuleOp) -> str:
    """The module in generic form with its values; without names, attributes in order."""
    for op in module.walk():
        op.properties = dict(sorted(op.properties.items()))
        op.attributes = dict(sorted(op.attributes.items()))
        for value in (*op.results, *(a for r in op.regions for b in r.blocks for a in b.args)):
            value.name_hint = None
    return print_module(module, generic=True, resources=True)


def through_upstream(text: str) -> ModuleOp:
    """The module that mlir-opt prints for a text."""
    upstream = mlir_opt(text)
    assert upstream.returncode == 0, upstream.stderr
    module = parse_module(make_context(), upstream.stdout)
    verify_ir(module)
    return module


def check_round_trip(module: ModuleOp) -> None:
    """Check that the module is the same after a detour through mlir-opt."""
    expected = canonical(module)
    assert canonical(through_upstream(expected)) == expected


def examples(folder: str) -> pytest.MarkDecorator:
    """Parametrizes by the lit files that show the ops of a dialect."""
    paths = sorted((ROOT / "dialects" / folder).rglob("ops.mlir"))
    return pytest.mark.parametrize("path", paths, ids=[str(p.relative_to(ROOT)) for p in paths])


@examples("relay")
def test_relay_examples(path: Path) -> None:
    check_round_trip(parse_module(make_context(), path.read_text()))


@examples("tl")
def test_tl_examples(path: Path) -> None:
    """Upstream reorders the terms of affine maps, once."""
    module = through_upstream(canonical(parse_module(make_context(), path.read_text())))
    check_round_trip(module)


def test_samples_of_every_op() -> None:
    """One module of many, so that mlir-opt starts once."""
    modules = [
        sample.build(sample.exact_element, max(3, sample.least))
        for samples in SAMPLES.values()
        for sample in samples[::2]
    ]
    check_round_trip(ModuleOp(modules))


def test_kernels_of_every_op_as_loops() -> None:
    """What a kernel is at the loop level, also with its functions as polynomials, is valid MLIR."""
    module = ModuleOp([])
    set_target(module, TARGETS["x86-64-v3"])
    for number, (sample, *_) in enumerate(SAMPLES.values()):
        if sample.op.ROWS.compute is None or issubclass(sample.op, ConstantOp):
            continue
        (function,) = sample.build(sample.elements[number % len(sample.elements)], 17).ops
        assert isinstance(function, FuncOp)
        function.detach()
        function.sym_name = StringAttr(f"kernel{number}")
        function.sym_visibility = StringAttr("private")
        function.attributes[PRIMITIVE] = UnitAttr()
        module.body.block.add_op(function)
    for pipeline in ("relay-to-tl,tl-schedule,tl-to-loops", "math-to-polynomials"):
        PassManager.parse(pipeline).run(make_context(), module)
        upstream = mlir_opt(print_module(module))
        assert upstream.returncode == 0, upstream.stderr


def test_values_of_every_element_type() -> None:
    """Both as text in the attribute and as a resource."""
    builders = [GraphBuilder(f"f{at}") for at in range(2 * len(ELEMENT_TYPES))]
    functions: list[Operation] = []
    for at, (name, (_, dtype)) in enumerate(ELEMENT_TYPES.items()):
        for count, builder in zip((4, 40), builders[2 * at :], strict=False):
            values = np.arange(count).astype(dtype)
            if name in FLOATS:
                values[1:4] = [np.nan, -np.inf, -0.0]
            module = builder.finish(builder.constant(values, f"{name}_{count}"))
            functions += [function.clone() for function in module.ops]
    check_round_trip(ModuleOp(functions))


@pytest.mark.parametrize("phase", [GRAPH_PHASES[0].name, GRAPH_PHASES[-1].name])
def test_resnet18(phase: str) -> None:
    """Before and after the passes; without its values, which would take minutes to print."""
    context = make_context()
    module = build("preact_resnet18")
    PassManager([pipeline_to(phase)]).run(context, module)
    check_round_trip(parse_module(context, print_module(module, generic=True)))


USE_BEFORE_DEFINITION = """
"func.func"() <{function_type = (tensor<4xf32>) -> tensor<4xf32>, sym_name = "main"}> ({
^bb0(%x: tensor<4xf32>):
  %0 = "relay.add"(%x, %1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = "relay.nn.relu"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  "func.return"(%0) : (tensor<4xf32>) -> ()
}) : () -> ()
"""


def test_use_before_definition() -> None:
    upstream = mlir_opt(USE_BEFORE_DEFINITION)
    assert upstream.returncode == 1
    assert "operand #1 does not dominate this use" in upstream.stderr
    module = parse_module(make_context(), USE_BEFORE_DEFINITION)
    with pytest.raises(PassError, match=r"operand #1 .* does not dominate this use"):
        PassManager([]).run(make_context(), module)


DAMAGED = [
    '"relay.zeros"() <{shape = array<i64: 2>, dtype = f31}> : () -> tensor<2xf32>',
    '%0 = "relay.nn.relu"(%y) : (tensor<4xf32>) -> tensor<4xf32>',
    '"relay.constant"() <{value = dense<[1, 2]> : tensor<3xi32>}> : () -> tensor<3xi32>',
    '"relay.constant"() <{value = dense<300> : tensor<2xi8>}> : () -> tensor<2xi8>',
    '"relay.zeros"() <{shape = array<i64: 2> : () -> tensor<2xf32>',
]


@pytest.mark.parametrize("text", DAMAGED)
def test_both_refuse(text: str) -> None:
    assert mlir_opt(text).returncode == 1
    with pytest.raises(ParseError):
        parse_module(make_context(), text)

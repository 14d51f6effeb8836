"""IR to text: which form, with which values and locations."""

from __future__ import annotations

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from inlay.dialects.parsing import parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay import OPS
from inlay.dialects.relay.module import FuncOp
from inlay.frontends.builder import GraphBuilder


def example() -> ModuleOp:
    """One function with a constant and a named layer."""
    builder = GraphBuilder()
    x = builder.input("x", (20,))
    weight = builder.constant(np.arange(20, dtype=np.float32), "weight")
    return builder.finish(builder.emit(OPS["relay.add"], x, weight, name="layer0"))


CUSTOM = """builtin.module {
  relay.func @main(%x: tensor<20xf32>) -> tensor<20xf32> {
    %weight = relay.constant dense_resource<weight> : tensor<20xf32>
    %layer0 = relay.add %x, %weight : (tensor<20xf32>, tensor<20xf32>) -> tensor<20xf32>
    relay.return %layer0 : tensor<20xf32>
  }
}
"""


def test_values_are_elided_by_default() -> None:
    assert print_module(example()) == CUSTOM


def test_values_are_appended_when_asked_for() -> None:
    text = print_module(example(), resources=True)
    assert text.startswith(CUSTOM)
    data = np.arange(20, dtype=np.float32).tobytes().hex().upper()
    assert text.removeprefix(CUSTOM) == (
        "\n{-#\n  dialect_resources: {\n    builtin: {\n"
        f'      weight: "0x40000000{data}"\n'
        "    }\n  }\n#-}\n"
    )


def test_without_values_there_is_no_section() -> None:
    elided = parse_module(make_context(), CUSTOM)
    assert print_module(elided, resources=True) == CUSTOM
    assert print_module(ModuleOp([]), resources=True) == "builtin.module {\n}\n"


def test_generic_form() -> None:
    text = print_module(example(), generic=True, resources=True)
    assert text.startswith('"builtin.module"() ({\n  "relay.func"() <{')
    assert '"relay.add"(%x, %weight) : (tensor<20xf32>, tensor<20xf32>) -> tensor<20xf32>' in text
    assert "relay.resource" not in text
    again = parse_module(make_context(), text)
    assert print_module(again, resources=True) == print_module(example(), resources=True)


def test_locations() -> None:
    assert "loc(" not in print_module(example())
    text = print_module(example(), debuginfo=True)
    (line,) = (line for line in text.splitlines() if "relay.add" in line)
    assert line.endswith('loc("layer0")')
    assert print_module(parse_module(make_context(), text), debuginfo=True).count('loc("layer0")')


def test_any_op_prints() -> None:
    (function,) = example().ops
    assert isinstance(function, FuncOp)
    text = print_module(function)
    assert text.startswith("relay.func @main(%x: tensor<20xf32>)")
    assert text.endswith("}\n")
    assert "{-#" in print_module(function, resources=True)

"""Counting multiply-accumulates through calls, groups and branches."""

import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import Builtin, ModuleOp
from xdsl.parser import Parser

from inlay import InlayError
from inlay.dialects.relay import Relay
from inlay.dialects.relay.analysis import AnalysisError, macs

DENSE = """
  relay.func private @dense(%x: tensor<2x3xf32>, %w: tensor<5x3xf32>) -> tensor<2x5xf32> {
    %0 = relay.nn.dense %x, %w : (tensor<2x3xf32>, tensor<5x3xf32>) -> tensor<2x5xf32>
    relay.return %0 : tensor<2x5xf32>
  }
"""


def parse(text: str) -> ModuleOp:
    context = Context()
    context.load_dialect(Builtin)
    context.load_dialect(Relay)
    module = Parser(context, f"builtin.module {{ {text} }}").parse_module()
    module.verify()
    return module


def test_a_callee_counts_at_each_call():
    call = "relay.call @dense(%x, %w) : (tensor<2x3xf32>, tensor<5x3xf32>) -> tensor<2x5xf32>"
    module = parse(
        f"""{DENSE}
        relay.func @main(%x: tensor<2x3xf32>, %w: tensor<5x3xf32>) -> tensor<2x5xf32> {{
          %0 = {call}
          %1 = {call}
          %2 = relay.add %0, %1 : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
          relay.return %2 : tensor<2x5xf32>
        }}"""
    )
    assert macs(module, "dense") == 30
    assert macs(module) == 60


def test_the_larger_branch_counts_and_groups_are_entered():
    module = parse(
        """
        relay.func @main(%c: tensor<i1>, %x: tensor<2x2xf32>) -> tensor<2x2xf32> {
          %0 = relay.if %c -> tensor<2x2xf32> {
            relay.yield %x : tensor<2x2xf32>
          } else {
            %1 = relay.group -> tensor<2x2xf32> {
              %2 = relay.nn.dense %x, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
              relay.yield %2 : tensor<2x2xf32>
            }
            relay.yield %1 : tensor<2x2xf32>
          }
          relay.return %0 : tensor<2x2xf32>
        }"""
    )
    assert macs(module) == 8


def test_zero_extents_do_no_work():
    module = parse(
        """
        relay.func @main(%x: tensor<0x3xf32>, %w: tensor<5x3xf32>) -> tensor<0x5xf32> {
          %0 = relay.nn.dense %x, %w : (tensor<0x3xf32>, tensor<5x3xf32>) -> tensor<0x5xf32>
          relay.return %0 : tensor<0x5xf32>
        }"""
    )
    assert macs(module) == 0


def test_unknown_extents_are_an_error():
    module = parse(
        """
        relay.func @main(%x: tensor<?x3xf32>, %w: tensor<5x3xf32>) -> tensor<?x5xf32> {
          %0 = relay.nn.dense %x, %w : (tensor<?x3xf32>, tensor<5x3xf32>) -> tensor<?x5xf32>
          relay.return %0 : tensor<?x5xf32>
        }"""
    )
    with pytest.raises(InlayError, match=r"relay\.nn\.dense: .*unknown"):
        macs(module)


def test_recursion_is_an_error():
    module = parse(
        """
        relay.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
          %0 = relay.call @main(%x) : (tensor<2xf32>) -> tensor<2xf32>
          relay.return %0 : tensor<2xf32>
        }"""
    )
    with pytest.raises(AnalysisError, match="@main: the function is recursive"):
        macs(module)


def test_a_missing_function_is_an_error():
    with pytest.raises(AnalysisError, match="@nowhere: no such function in the module"):
        macs(parse(DENSE), "nowhere")

"""Removes the graph around the kernels, which is not theirs to lower.

Kernels are what compiles to machine code: every op of the module but the graph's functions. A
function of the graph that is itself a kernel, one with the attribute `primitive`, stays.

Before:

    relay.func @main(%x: tensor<64xf32>) -> tensor<64xf32> {
      %0 = relay.call @scale(%x) : (tensor<64xf32>) -> tensor<64xf32>
      relay.return %0 : tensor<64xf32>
    }
    tl.kernel @scale(%X: memref<64xf32>, %Y: memref<64xf32> out) {
      ...
    }

After:

    tl.kernel @scale(%X: memref<64xf32>, %Y: memref<64xf32> out) {
      ...
    }
"""

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ...dialects.relay.module import FuncOp


@dataclass(frozen=True)
class IsolateKernels(ModulePass):
    """Remove the functions of the graph and leave the kernels."""

    name = "isolate-kernels"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for function in [each for each in op.ops if isinstance(each, FuncOp)]:
            if not function.is_primitive:
                function.detach()
                function.erase(safe_erase=False)

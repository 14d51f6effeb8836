"""What can be told of a relay program without running it."""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block

from ... import InlayError
from .base import RelayOp, rows
from .module import CallOp, FuncOp, GroupOp, IfOp


class AnalysisError(InlayError):
    """A program does not have the property that was asked for."""


def macs(module: ModuleOp, function: str = "main") -> int:
    """The multiply-accumulates of one run of a function.

    A callee counts at each of its calls; of an `if`, the branch with more of them counts.

    Raises:
        AnalysisError: when a function is missing or recursive.
        InlayError: when the count depends on an unknown extent.
    """
    functions = {op.sym_name.data: op for op in module.ops if isinstance(op, FuncOp)}
    return _Macs(functions).function(function)


class _Macs:
    """Counts each function once; one that is still being counted is recursive."""

    def __init__(self, functions: dict[str, FuncOp]):
        self.functions = functions
        self.counts: dict[str, int | None] = {}

    def function(self, name: str) -> int:
        if name not in self.functions:
            raise AnalysisError(f"@{name}: no such function in the module")
        if name not in self.counts:
            self.counts[name] = None
            self.counts[name] = self.block(self.functions[name].block)
        count = self.counts[name]
        if count is None:
            raise AnalysisError(f"@{name}: the function is recursive, its work is unbounded")
        return count

    def block(self, block: Block) -> int:
        total = 0
        for op in block.ops:
            match op:
                case RelayOp():
                    count = rows(op).macs
                    total += count(op) if count else 0
                case CallOp():
                    total += self.function(op.callee.root_reference.data)
                case GroupOp():
                    total += self.block(op.body.block)
                case IfOp():
                    total += max(self.block(region.block) for region in op.regions)
                case _:
                    pass
        return total

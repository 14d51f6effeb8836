"""lambda-lift: outline every relay.group to a private function, one per distinct kernel.

A function is named as Relay names it: ``fused`` and the names of its ops in post-DFS order,
dots as underscores, then ``_1``, ``_2``, ... where another kernel has the name already, in order
of first use. Groups of equal structure share one function.

Before:

    %0 = relay.group -> tensor<8xf32> {
      %1 = relay.add %x, %y : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
      %2 = relay.nn.relu %1 : (tensor<8xf32>) -> tensor<8xf32>
      relay.yield %2 : tensor<8xf32>
    }

After:

    %0 = relay.call @fused_add_nn_relu(%x, %y) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    ...
    relay.func private @fused_add_nn_relu(%p0: tensor<8xf32>, %p1: tensor<8xf32>) -> tensor<8xf32>
        attributes {primitive, hash = "..."} { ... }
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, StringAttr, UnitAttr
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass

from ...dialects.relay.base import RelayOp
from ...dialects.relay.constant import ConstantOp
from ...dialects.relay.module import PRIMITIVE, CallOp, FuncOp, GroupOp, ReturnOp
from ..statistics import count

HASH = "hash"
"""The attribute that holds a primitive function's structural hash, 16 hexadecimal digits."""

_MAX_NAME = 80


def structural_hash(
    ops: Sequence[Operation], inputs: Sequence[SSAValue], outputs: Sequence[SSAValue]
) -> str:
    """16 hexadecimal digits that depend on the ops, their properties and types alone.

    Values count by position, so that neither names nor locations matter.
    """
    numbers = {value: f"p{index}" for index, value in enumerate(inputs)}
    lines = [f"{numbers[value]}:{value.type}" for value in inputs]
    for op in ops:
        operands = ",".join(numbers[value] for value in op.operands)
        properties = ",".join(f"{key}={op.properties[key]}" for key in sorted(op.properties))
        types = ",".join(str(type_) for type_ in op.result_types)
        lines.append(f"{op.name}({operands})<{properties}>:{types}")
        for result in op.results:
            numbers[result] = f"v{len(numbers)}"
    lines.append(",".join(numbers[value] for value in outputs))
    return blake2b("\n".join(lines).encode(), digest_size=8).hexdigest()


def kernel_name(ops: Sequence[Operation]) -> str:
    """Relay's name for a fused function: `fused_nn_conv2d_add_nn_relu`, 80 characters at most.

    A longer one is cut and gets a hash of the whole.
    """
    names = [op.name.partition(".")[2].replace(".", "_") for op in ops if _is_named(op)]
    name = "_".join(["fused", *names])
    if len(name) > _MAX_NAME:
        digest = blake2b(name.encode(), digest_size=8).hexdigest()
        return f"{name[:_MAX_NAME]}_{digest}"
    return name


def _is_named(op: Operation) -> bool:
    return isinstance(op, RelayOp) and not isinstance(op, ConstantOp)


def _live(group: GroupOp) -> tuple[list[SSAValue], list[Operation]]:
    """What the group takes, in the order a depth-first walk from its results meets it, and its ops.

    Ops that no result depends on are left out, and so is what only they take.
    """
    block = group.body.block
    yielded = block.last_op
    assert yielded is not None
    captured: dict[SSAValue, None] = {}
    seen: set[Operation] = set()
    stack = list(reversed(yielded.operands))
    while stack:
        value = stack.pop()
        owner = value.owner
        if not isinstance(owner, Operation) or owner.parent is not block:
            captured[value] = None
        elif owner not in seen:
            seen.add(owner)
            stack.extend(reversed(owner.operands))
    return list(captured), [op for op in block.ops if op in seen]


def _hash_of(function: FuncOp) -> str:
    """The structural hash of a primitive function that is there already."""
    *ops, last = function.block.ops
    return structural_hash(ops, function.args, last.operands)


class _Kernels:
    """The functions outlined so far, by hash, and the names in use."""

    def __init__(self, module: ModuleOp):
        self.module = module
        present = [op for op in module.ops if isinstance(op, FuncOp)]
        self.functions = {_hash_of(op): op for op in present if op.is_primitive}
        self.names = {op.sym_name.data for op in present}
        self.next_suffix: dict[str, int] = {}

    def outline(self, group: GroupOp) -> None:
        """Replace the group by a call of its function, made if there is none yet."""
        inputs, ops = _live(group)
        yielded = group.body.block.last_op
        assert yielded is not None
        digest = structural_hash(ops, inputs, yielded.operands)
        if digest not in self.functions:
            self.functions[digest] = self._function(inputs, ops, yielded.operands, digest)
            count("functions")
        callee = self.functions[digest].sym_name.data
        call = CallOp.of(callee, inputs, group.result_types, group.location)
        assert group.parent is not None
        group.parent.insert_op_before(call, group)
        for old, new in zip(group.results, call.results, strict=True):
            new.name_hint = old.name_hint
            old.replace_all_uses_with(new)
        group.detach()
        group.erase()
        count("calls")

    def _function(
        self,
        inputs: Sequence[SSAValue],
        ops: Sequence[Operation],
        outputs: Sequence[SSAValue],
        digest: str,
    ) -> FuncOp:
        name = self._unique(kernel_name(ops))
        function = FuncOp.of(name, [value.type for value in inputs], visibility="private")
        function.attributes = {PRIMITIVE: UnitAttr(), HASH: StringAttr(digest)}
        for index, argument in enumerate(function.args):
            argument.name_hint = f"p{index}"
        values: dict[SSAValue, SSAValue] = dict(zip(inputs, function.args, strict=True))
        for op in ops:
            function.block.add_op(copy := op.clone(values))
            for old, new in zip(op.results, copy.results, strict=True):
                new.name_hint = old.name_hint
        function.block.add_op(ReturnOp.of([values[value] for value in outputs]))
        function.update_type()
        self.module.body.block.add_op(function)
        return function

    def _unique(self, name: str) -> str:
        suffix = self.next_suffix.get(name, 0)
        while (unique := f"{name}_{suffix}" if suffix else name) in self.names:
            suffix += 1
        self.next_suffix[name] = suffix + 1
        self.names.add(unique)
        return unique


@dataclass(frozen=True)
class LambdaLift(ModulePass):
    """Outline every relay.group to a private primitive function, one per distinct kernel."""

    name = "lambda-lift"
    statistics: ClassVar[dict[str, str]] = {
        "functions": "functions made",
        "calls": "groups replaced by calls",
    }

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Outline the groups of all functions, in program order."""
        kernels = _Kernels(op)
        for group in [inner for inner in op.walk() if isinstance(inner, GroupOp)]:
            kernels.outline(group)

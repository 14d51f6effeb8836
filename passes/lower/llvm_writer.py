"""Writes functions of the llvm dialect as LLVM IR text: blocks, phis, names, attributes.

Constants stand where they are used. Block arguments become phis. A branch backwards closes a loop
and gets loop metadata: full unrolling if it has the attribute ``tl.unroll``, no unrolling else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from xdsl.dialects import llvm
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, IntegerAttr, StringAttr, UnitAttr
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.utils.hints import isa

from ...dialects import llvm as llvm_ops
from .llvm_handlers.builder import UNROLL
from .llvm_text import (
    TranslationError,
    constant_text,
    linkage_text,
    quoted,
    refuse_others,
    type_text,
)

_FUNCTION_PROPERTIES = frozenset(
    (
        *("sym_name", "function_type", "CConv", "linkage", "sym_visibility", "visibility_"),
        *("arg_attrs", "unnamed_addr", "no_inline", "no_unwind", "passthrough"),
        *("target_cpu", "target_features", "tune_cpu"),
    )
)
_REFUSED_ATTRIBUTES = frozenset(("frame_pointer", "optimize_none", "res_attrs", "personality"))
_FLAG_ATTRIBUTES = {
    "llvm.nocapture": "captures(none)",
    **{
        f"llvm.{name}": name
        for name in (
            *("inreg", "noalias", "nofree", "nonnull", "noundef", "readnone", "readonly"),
            *("returned", "signext", "writeonly", "zeroext"),
        )
    },
}
_NUMBER_ATTRIBUTES = {
    "llvm.align": "align {}",
    "llvm.dereferenceable": "dereferenceable({})",
    "llvm.dereferenceable_or_null": "dereferenceable_or_null({})",
}


@dataclass
class ModuleWriter:
    """What belongs to the whole module."""

    globals: list[str] = field(default_factory=list[str])
    declarations: dict[str, str] = field(default_factory=dict[str, str])
    metadata: list[str] = field(default_factory=list[str])
    numbers: dict[str, int] = field(default_factory=dict[str, int])

    def node(self, text: str) -> str:
        """The reference to a metadata node, one for each text."""
        if text not in self.numbers:
            self.numbers[text] = len(self.metadata)
            self.metadata.append(text)
        return f"!{self.numbers[text]}"

    def loop(self, *, unroll: bool) -> str:
        """The reference to a new node that identifies a loop."""
        kind = "full" if unroll else "disable"
        hint = self.node(f'!{{!"llvm.loop.unroll.{kind}"}}')
        self.metadata.append(f"distinct !{{!{len(self.metadata)}, {hint}}}")
        return f"!{len(self.metadata) - 1}"

    def text(self, triple: str, bodies: Sequence[str]) -> str:
        """The module's text."""
        parts = [f"target triple = {quoted(triple)}\n", *self.globals, *bodies]
        parts += self.declarations.values()
        parts += [f"!{number} = {text}" for number, text in enumerate(self.metadata)]
        return "\n".join(parts) + "\n"


class FunctionWriter:
    """Writes one function, its ops by the table of translators, by their names."""

    def __init__(
        self, writer: ModuleWriter, op: llvm.FuncOp, translators: Mapping[str, Translator]
    ):
        self.writer = writer
        self.op = op
        self._translators = translators
        self._names: dict[SSAValue, str] = {}
        self._blocks = {block: number for number, block in enumerate(op.body.blocks)}
        self._incoming: dict[Block, list[tuple[Block, Sequence[SSAValue]]]] = {}

    def text(self) -> str:
        """The definition, or the declaration of a function without a body."""
        op, blocks = self.op, self.op.body.blocks
        refuse_others(op, _FUNCTION_PROPERTIES)
        for name in _REFUSED_ATTRIBUTES & op.attributes.keys():
            raise TranslationError(f"attribute {name} has no translation to LLVM", op)
        result = type_text(op.function_type.output)
        signature = f"{result} @{quoted(op.sym_name.data)}({self._parameters()})"
        if not blocks:
            return f"declare {signature}"
        lines = [f"define {linkage_text(op)}{signature} {_function_attributes(op)} {{"]
        for block in blocks:
            self._note_branches(block)
        for block in blocks:
            lines.append(f"b{self._blocks[block]}:")
            lines += (f"  {line}" for line in self._phis(block))
            lines += (f"  {line}" for op in block.ops for line in self._lines(op))
        return "\n".join([*lines, "}\n"])

    def _parameters(self) -> str:
        op, texts = self.op, list[str]()
        entry = op.body.blocks.first
        for number, type_ in enumerate(op.function_type.inputs):
            own = op.arg_attrs.data[number] if op.arg_attrs else DictionaryAttr({})
            name = "" if entry is None else f" {self.name(entry.args[number])}"
            texts.append(f"{type_text(type_)}{_argument_attributes(own)}{name}")
        return ", ".join([*texts, "..."] if op.function_type.is_variadic else texts)

    # ------------------------------------------------------------ blocks

    def _note_branches(self, block: Block) -> None:
        """Note which values the branch at the block's end gives to the blocks it goes to."""
        last = block.last_op
        match last:
            case llvm.BrOp():
                edges = [(last.successor, last.arguments)]
            case llvm.CondBrOp():
                edges = [
                    (last.then_block, last.then_arguments),
                    (last.else_block, last.else_arguments),
                ]
                if last.then_block is last.else_block and last.then_arguments:
                    raise TranslationError("both edges pass values to one block", last)
            case _:
                return
        for target, values in edges:
            self._incoming.setdefault(target, []).append((block, values))

    def _phis(self, block: Block) -> list[str]:
        if self._blocks[block] == 0:
            return []
        edges = self._incoming.get(block, [])
        lines: list[str] = []
        for number, argument in enumerate(block.args):
            values = ", ".join(
                f"[ {self.name(values[number])}, %b{self._blocks[source]} ]"
                for source, values in edges
            )
            lines.append(f"{self.name(argument)} = phi {type_text(argument.type)} {values}")
        return lines

    def loop_metadata(self, op: Operation) -> str:
        """What a branch says of the loop that it closes, if it does."""
        source = op.parent
        assert source is not None
        end = self._blocks[source]
        if all(self._blocks[target] > end for target in op.successors):
            return ""
        return f", !llvm.loop {self.writer.loop(unroll=UNROLL in op.attributes)}"

    # ------------------------------------------------------------ values

    def name(self, value: SSAValue) -> str:
        """How an operand is written, without its type."""
        name = self._names.get(value)
        if name is None:
            name = self._names[value] = self._literal(value) or f"%v{len(self._names)}"
        return name

    def typed(self, value: SSAValue) -> str:
        """An operand with its type."""
        return f"{type_text(value.type)} {self.name(value)}"

    def block(self, block: Block) -> str:
        """A block as the operand of a branch."""
        return f"label %b{self._blocks[block]}"

    def _literal(self, value: SSAValue) -> str | None:
        match value.owner:
            case llvm.ConstantOp() as op:
                return constant_text(op.value, value.type)
            case llvm.AddressOfOp() as op:
                return f"@{quoted(op.global_name.root_reference.data)}"
            case llvm.UndefOp():
                return "undef"
            case llvm_ops.PoisonOp():
                return "poison"
            case llvm.ZeroOp():
                return "null" if isinstance(value.type, llvm.LLVMPointerType) else "zeroinitializer"
            case _:
                return None

    def _lines(self, op: Operation) -> list[str]:
        translate = self._translators.get(op.name)
        if translate is None:
            raise TranslationError(f"{op.name} has no translation to LLVM", op)
        try:
            text = translate(self, op)
        except TranslationError as error:
            if error.op is None:
                error.op = op
                error.args = (f"{op.name}: {error}",)
            raise
        if text is None:
            return []
        return [f"{self.name(op.results[0])} = {text}" if op.results else text]


def _argument_attributes(attributes: DictionaryAttr) -> str:
    texts: list[str] = []
    for name, value in attributes.data.items():
        if name in _FLAG_ATTRIBUTES and isinstance(value, UnitAttr):
            texts.append(_FLAG_ATTRIBUTES[name])
        elif name in _NUMBER_ATTRIBUTES and isinstance(value, IntegerAttr):
            texts.append(_NUMBER_ATTRIBUTES[name].format(value.value.data))
        elif name.startswith("llvm."):
            raise TranslationError(f"argument attribute {name} has no translation to LLVM")
    return "".join(f" {text}" for text in texts)


def _function_attributes(op: llvm.FuncOp) -> str:
    """Attributes that xDSL has as properties, but reads from text as attributes."""
    own = {**op.attributes, **op.properties}
    texts = ["nounwind"]
    if "no_inline" in own:
        texts.append("noinline")
    for name in ("target_cpu", "tune_cpu"):
        value = own.get(name)
        if isinstance(value, StringAttr):
            texts.append(f"{quoted(name.replace('_', '-'))}={quoted(value.data)}")
    features = own.get("target_features")
    if isinstance(features, llvm.TargetFeaturesAttr):
        listed = ",".join(each.data for each in features.features)
        texts.append(f'"target-features"={quoted(listed)}')
    passed = own.get("passthrough", ArrayAttr[Attribute](()))
    assert isa(passed, ArrayAttr[Attribute])
    for each in passed:
        match each:
            case StringAttr():
                texts.append(each.data)
            case ArrayAttr(data=(StringAttr() as key, StringAttr() as value)):
                texts.append(f"{quoted(key.data)}={quoted(value.data)}")
            case _:
                raise TranslationError(f"passthrough {each} has no translation to LLVM")
    return " ".join(texts)


Translator: TypeAlias = Callable[[FunctionWriter, Operation], str | None]
"""The text of an op without the name of its result; None for one that is written where it is used.
"""

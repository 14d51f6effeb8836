"""Moves a function's values to new layouts: what alter-op-layout and convert-layout share.

Each value is known in an old layout, the one the program was written in, and a new one. Ops are
asked, through the ``layout`` rows, what they make of the layouts that arrive; a transform stands
wherever a value is needed in another layout than it has, once per value and layout. An op without
a rule gets its operands back in their old layouts. After TVM's transform_layout.h.

Where a block does not divide a dimension, the dimension is padded with zeros: weights and other
constants in the graph, where fold-constant evaluates it; a value is sliced back to its extent as
soon as it leaves the blocked layouts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import FloatAttr
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import VerifyException

from ...dialects.layout import Layout, LayoutError
from ...dialects.relay.base import RelayOp, refines, rows, to_attribute
from ...dialects.relay.constant import ConstantOp, constant_array
from ...dialects.relay.pad import PadOp
from ...dialects.relay.rows import Altered, AttrValue, LayoutInference, Pattern
from ...dialects.relay.shape import ExpandDimsOp, LayoutTransformOp
from ...dialects.relay.slice import StridedSliceOp
from ...dialects.relay.types import (
    DYNAMIC,
    Shape,
    Tensor,
    as_tensor,
    dtype_of,
    is_tensor,
    shape_of,
    tensor,
)
from ..statistics import count

Alter = Callable[[RelayOp, Layout | None], Altered | None]
"""Gives the altered form of an op, if it has one, from the layout its first operand arrives in."""


@dataclass(frozen=True)
class Laid:
    """A value as it now stands, and the layouts it had (old) and has (new); None: unknown."""

    value: SSAValue
    old: Layout | None = None
    new: Layout | None = None


class LayoutRewriter:
    """Rewrites the ops of one block, and of the regions inside it, in program order."""

    def __init__(self, block: Block, alter: Alter):
        self.block = block
        self.alter = alter
        self.laid: dict[SSAValue, Laid] = {}
        self.transformed: dict[tuple[SSAValue, Layout | None, Layout], SSAValue] = {}
        self.builder = Builder(InsertPoint.at_start(block))

    def run(self) -> None:
        """Rewrite the block."""
        replaced: list[Operation] = []
        for op in list(self.block.ops):
            self.builder.insertion_point = InsertPoint.before(op)
            if isinstance(op, ConstantOp):
                continue
            new = self._rewrite(op) if isinstance(op, RelayOp) else None
            if new is None:
                self._keep(op)
            elif new is not op:
                replaced.append(op)
        for op in reversed(replaced):
            op.detach()
            op.erase()

    def _keep(self, op: Operation) -> None:
        """Leave an op without a layout rule as it is, its operands in their old layouts."""
        for region in op.regions:
            for inner in region.walk():
                self._restore_operands(inner)
            for block in region.blocks:
                LayoutRewriter(block, self.alter).run()
        self._restore_operands(op)

    def _restore_operands(self, op: Operation) -> None:
        for index, operand in enumerate(op.operands):
            if operand in self.laid:
                op.operands[index] = self._restored(operand)

    def _restored(self, original: SSAValue) -> SSAValue:
        """The value in its old layout and shape."""
        laid = self.laid.get(original)
        if laid is None or laid.old is None or laid.new is None:
            return original if laid is None else laid.value
        return self._transform(laid.value, original, laid.old, laid.new, laid.old)

    def _rewrite(self, op: RelayOp) -> RelayOp | None:
        """The op in new layouts; None where it must stay as it was written."""
        rule = rows(op).layout
        if rule is None or not all(is_tensor(type_) for type_ in op.result_types):
            return None
        laid = [self.laid.get(operand, Laid(operand)) for operand in op.operands]
        written = rule(op, None, [entry.old for entry in laid])
        sources = [
            self._source(original, entry, old)
            for original, entry, old in zip(op.operands, laid, written.operands, strict=True)
        ]
        arriving = [source.new for source in sources]
        altered = self.alter(op, arriving[0] if arriving else None)
        if altered is None:
            wanted = rule(op, arriving, written.operands)
            form = Altered(type(op), {**op.properties, **wanted.attributes})
        else:
            form, wanted = altered, _own_layouts(altered, op.operands, written.operands)
        padded = _padded_letters(op, written, wanted)
        if padded and altered is None and not _carries_padding(op, padded, wanted):
            return None
        return self._replace(op, form, sources, written, wanted)

    def _source(self, original: SSAValue, laid: Laid, written: Layout | None) -> Laid:
        """An operand as the op sees it: in its new layout if the op names its axes the same way."""
        if laid.old is None:
            return Laid(laid.value, written, written)
        if laid.old != written:
            return Laid(self._restored(original), written, written)
        return laid

    def _replace(
        self,
        op: RelayOp,
        form: Altered,
        sources: Sequence[Laid],
        written: LayoutInference,
        wanted: LayoutInference,
    ) -> RelayOp | None:
        try:
            operands = [
                self._transform(source.value, original, source.old, source.new, to)
                for original, source, to in zip(op.operands, sources, wanted.operands, strict=True)
            ]
            if form == Altered(type(op), op.properties) and operands == list(op.operands):
                new = op
            else:
                new = form.op.make(operands, form.properties, location=op.location)
                self._take_over(op, new, written, wanted)
        except (LayoutError, VerifyException):
            return None
        for index, (old_result, result) in enumerate(zip(op.results, new.results, strict=True)):
            self.laid[old_result] = Laid(result, written.results[index], wanted.results[index])
        return new

    def _take_over(
        self, op: RelayOp, new: RelayOp, written: LayoutInference, wanted: LayoutInference
    ) -> None:
        """Insert the op in its new layouts, with the names and the extents its results had."""
        new.attributes = dict(op.attributes)
        self.builder.insert(new)
        for index, (old_result, result) in enumerate(zip(op.results, new.results, strict=True)):
            result.name_hint = old_result.name_hint
            known = _converted(old_result.type, written.results[index], wanted.results[index])
            if known is not None and refines(known, result.type) and known != result.type:
                Rewriter.replace_value_with_new_type(result, known)
        if type(new) is not type(op):
            count("altered")

    def _transform(
        self,
        value: SSAValue,
        original: SSAValue,
        old: Layout | None,
        source: Layout | None,
        to: Layout | None,
    ) -> SSAValue:
        """``value``, which holds ``original`` in the layout ``source``, in the layout ``to``."""
        if to is None or source is None or source == to:
            return value if to == source or source is None else self._restored(original)
        key = (value, source, to)
        if key not in self.transformed:
            extents = _extents(shape_of(original.type), old or source)
            self.transformed[key] = _Transform(self.builder, extents).apply(value, source, to)
            count("transforms")
        return self.transformed[key]


@dataclass(frozen=True)
class _Transform:
    """Builds the ops between two layouts of a value whose true extents are known by letter."""

    builder: Builder
    extents: Mapping[str, int]

    def apply(self, value: SSAValue, source: Layout, to: Layout) -> SSAValue:
        missing = [letter for letter in to.letters if not source.has(letter)]
        if missing:
            value = self._emit(ExpandDimsOp, value, axis=0, num_newaxis=len(missing))
            source = Layout.parse("".join(missing) + str(source))
        if any(self._padded(source, a) != self._padded(to, a) for a in to.letters):
            value, source = self._whole(value, source)
            value = self._pad(value, source, to)
        if source == to:
            return value
        return self._emit(LayoutTransformOp, value, src_layout=source, dst_layout=to)

    def _padded(self, layout: Layout, letter: str) -> int:
        """The extent of a letter made a multiple of its block."""
        extent, block = self.extents.get(letter, 1), layout.block(letter)
        return extent if extent == DYNAMIC else -(-extent // block) * block

    def _whole(self, value: SSAValue, source: Layout) -> tuple[SSAValue, Layout]:
        """The value without blocks and without padding."""
        primal = source.primal
        if source != primal:
            value = self._emit(LayoutTransformOp, value, src_layout=source, dst_layout=primal)
        cut = [a for a in primal.letters if self._padded(source, a) != self.extents.get(a, 1)]
        if cut:
            value = self._emit(
                StridedSliceOp,
                value,
                begin=[0] * len(cut),
                end=[self.extents[letter] for letter in cut],
                axes=[primal.index(letter) for letter in cut],
            )
        return value, primal

    def _pad(self, value: SSAValue, primal: Layout, to: Layout) -> SSAValue:
        after = [self._padded(to, a) - self.extents.get(a, 1) for a in primal.letters]
        if not any(after):
            return value
        return self._emit(PadOp, value, pad_width=[n for pad in after for n in (0, pad)])

    def _emit(self, op: type[RelayOp], value: SSAValue, **properties: AttrValue) -> SSAValue:
        return self.builder.insert(op.make([value], properties)).result


def _extents(shape: Shape, layout: Layout) -> dict[str, int]:
    """The extent of each letter of a value of this shape in this layout."""
    return {
        letter: extent
        if (extent := shape[layout.index(letter)]) == DYNAMIC
        else extent * layout.block(letter)
        for letter in layout.letters
    }


def _converted(type_: Attribute, written: Layout | None, wanted: Layout | None) -> Tensor | None:
    """A result's type in its new layout; None where that is padded or not known."""
    if written is None or wanted is None or written == wanted:
        return as_tensor(type_)
    try:
        return tensor(dtype_of(type_), written.convert_shape(shape_of(type_), wanted))
    except LayoutError:
        return None


def _own_layouts(
    altered: Altered, operands: Sequence[SSAValue], old: Sequence[Layout | None]
) -> LayoutInference:
    """The layouts of an altered op: its properties and its operands' ranks decide them."""
    probe = altered.op.create(
        operands=operands,
        properties={key: to_attribute(value) for key, value in altered.properties.items()},
    )
    rule = rows(probe).layout
    assert rule is not None, f"{probe.name}: an altered form has a layout row"
    inference = rule(probe, None, old)
    probe.drop_all_references()
    return inference


def _padded_letters(op: RelayOp, written: LayoutInference, wanted: LayoutInference) -> set[str]:
    """The dimensions of operands that their wanted blocks do not divide."""
    padded: set[str] = set()
    for operand, old, new in zip(op.operands, written.operands, wanted.operands, strict=True):
        if old is not None and new is not None:
            extents = _extents(shape_of(operand.type), old)
            padded |= {a for a in extents if extents[a] != DYNAMIC and extents[a] % new.block(a)}
    return padded


def _carries_padding(op: RelayOp, padded: set[str], wanted: LayoutInference) -> bool:
    """Whether padded channels may ride through: each depends on itself alone and stays finite.

    An operand that is stretched over the channels meets the padding, so it has to be known and
    finite; one with channels of its own is padded with zeros.
    """
    pattern = op.ROWS.pattern
    per_channel = pattern <= Pattern.BROADCAST or pattern is Pattern.OUT_ELEMWISE_FUSABLE
    if not (op.ROWS.keeps_finite and per_channel):
        return False
    numbers = [a.value.data for a in op.properties.values() if isinstance(a, FloatAttr)]
    stretched = [
        operand
        for operand, layout in zip(op.operands, wanted.operands, strict=True)
        if layout is None or any(layout.block(letter) == 1 for letter in padded)
    ]
    arrays = [constant_array(operand) for operand in stretched]
    known = [array for array in arrays if array is not None]
    return len(known) == len(arrays) and all(
        bool(np.isfinite(values).all()) for values in (numbers, *known)
    )

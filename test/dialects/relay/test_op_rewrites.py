"""The rows that passes rewrite by: each rewriting leaves what the op computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, permutations
from typing import cast

import numpy as np
import pytest
from xdsl.builder import Builder
from xdsl.ir import SSAValue
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.test_value import create_ssa_value

from inlay.dialects.layout import Layout
from inlay.dialects.relay import OPS
from inlay.dialects.relay.base import RelayOp, refines, rows, to_attribute
from inlay.dialects.relay.evaluate import evaluate, evaluate_op
from inlay.dialects.relay.module import FuncOp
from inlay.dialects.relay.rows import (
    Altered,
    Array,
    AttrValue,
    ConvWorkload,
    LayoutInference,
    Pattern,
    Rows,
)
from inlay.dialects.relay.types import FLOATS, Shape, dtype_of, numpy_dtype, shape_of, tensor_of
from inlay.passes.manager import verify_ir
from op_checks import assert_close, naming, rng
from op_samples import SAMPLES
from op_sampling import Sample

TOLERANCE = 1e-12

Layouts = Sequence[Layout | None]


def each_op_with(row: Callable[[Rows[RelayOp]], object]) -> pytest.MarkDecorator:
    """Parametrizes by the names of the ops that have a row."""
    tables = {name: cast("Rows[RelayOp]", op.ROWS) for name, op in OPS.items()}
    return pytest.mark.parametrize("name", [n for n, table in tables.items() if row(table)])


def of_form(
    form: type[RelayOp], properties: Mapping[str, AttrValue], arrays: Sequence[Array]
) -> RelayOp:
    """A verified op on operands of the arrays' types."""
    op = form.make([create_ssa_value(tensor_of(array)) for array in arrays], properties)
    op.verify()
    return op


def remade(op: RelayOp, arrays: Sequence[Array]) -> RelayOp:
    """The op on operands of the arrays' types."""
    return of_form(type(op), op.properties, arrays)


# fold-scale-axis.


def scaled(array: Array, axis: int, factors: Array, *, up: bool = True) -> Array:
    """The array scaled along an axis counted from the right; an extent of 1 grows."""
    along = factors.reshape(-1, *(1,) * (-axis - 1))
    return array * along if up else array / along


def factors_for(op: RelayOp, channels: int, *, positive: bool) -> Array:
    """Factors of the result's type, powers of two, of both signs unless ``positive``."""
    choices: list[float] = [1, 2, 4] if positive else [-2, -1, 1, 2, 4]
    if dtype_of(op.result.type) in FLOATS:
        choices.append(0.5)
    return rng(channels).choice(choices, channels).astype(numpy_dtype(op.result.type))


def check_factor_types(op: RelayOp, pairs: Sequence[tuple[int, int]]) -> None:
    """What the factors are multiplied with must have their type, the result's."""
    for index, _ in pairs:
        assert dtype_of(op.operands[index].type) == dtype_of(op.result.type)


def scale_cases(name: str) -> Iterator[tuple[Sample, RelayOp, list[Array]]]:
    """Samples in every type that is computed exactly enough to compare."""
    for sample in SAMPLES[name]:
        for element in sample.elements:
            if element not in FLOATS or element == "f64":
                op = sample.op_in(sample.build(element, 8))
                yield sample, op, sample.inputs(element, 8, rng(), special=False)


@each_op_with(lambda row: row.scale.backward)
def test_scale_backward(name: str) -> None:
    applied = 0
    for sample, op, inputs in scale_cases(name):
        backward = rows(op).scale.backward
        assert backward is not None
        shape = shape_of(op.result.type)
        for axis in range(-len(shape), 0):
            rule = backward(op, axis)
            if rule is None:
                continue
            with naming(sample, inputs[0].dtype, f"axis {axis}", rule):
                check_factor_types(op, rule.operands)
                factors = factors_for(op, shape[axis], positive=rule.positive_only)
                arrays = list(inputs)
                for index, at in rule.operands:
                    arrays[index] = scaled(arrays[index], at, factors)
                (found,) = evaluate_op(remade(op, arrays), arrays)
                assert_close(found, scaled(evaluate_op(op, inputs)[0], axis, factors), TOLERANCE)
            applied += 1
    assert applied


@each_op_with(lambda row: row.scale.forward)
def test_scale_forward(name: str) -> None:
    applied = 0
    for sample, op, inputs in scale_cases(name):
        forward = rows(op).scale.forward
        assert forward is not None
        for operand, array in enumerate(inputs):
            for axis in range(-array.ndim, 0):
                rule = forward(op, operand, axis)
                if rule is None:
                    continue
                with naming(sample, array.dtype, f"operand {operand} axis {axis}", rule):
                    check_factor_types(op, (*rule.multiply, *rule.divide, (operand, axis)))
                    factors = factors_for(op, array.shape[axis], positive=rule.positive_only)
                    whole, bare = list(inputs), list(inputs)
                    whole[operand] = scaled(array, axis, factors)
                    for index, at in rule.multiply:
                        bare[index] = scaled(bare[index], at, factors)
                    for index, at in rule.divide:
                        bare[index] = scaled(bare[index], at, factors, up=False)
                    (found,) = evaluate_op(remade(op, bare), bare)
                    if rule.carries is not None:
                        found = scaled(found, rule.carries, factors)
                    assert_close(found, evaluate_op(remade(op, whole), whole)[0], TOLERANCE)
                applied += 1
    assert applied


# alter-op-layout and convert-layout.

BY_RANK = {1: "C", 2: "NC", 3: "CHW", 4: "NCHW"}


def laid_out(array: Array, source: Layout | None, to: Layout | None) -> Array:
    """The array in another layout as the passes move it: expanded, and padded with zeros."""
    if source is None or to is None or source == to:
        return array
    missing = "".join(letter for letter in to.letters if not source.has(letter))
    array = array.reshape((1,) * len(missing) + array.shape)
    source = Layout.parse(missing + str(source))
    whole = source.convert_array(array, source.primal)
    blocks = [to.block(letter) for letter in source.letters]
    pads = [(0, -extent % block) for extent, block in zip(whole.shape, blocks, strict=True)]
    return source.primal.convert_array(np.pad(whole, pads), to)


def taken_back(array: Array, source: Layout | None, to: Layout | None, shape: Shape) -> Array:
    """A result in its old layout and shape, without padding."""
    if source is None or to is None or source == to:
        return array
    whole = source.convert_array(array, to.primal)
    extents = to.convert_shape(shape, to.primal)
    return to.primal.convert_array(whole[tuple(map(slice, extents))], to)


def alternatives(layout: Layout, shape: Shape, *, padded: bool) -> list[Layout]:
    """Layouts that a value in ``layout`` may arrive in."""
    primal = layout.primal
    extents = dict(zip(primal.letters, layout.convert_shape(shape, primal), strict=True))
    orders = [primal.with_primal_order("".join(order)) for order in permutations(primal.letters)]
    found = [layout]
    for order in islice(orders, 0, None, 5):
        found.append(order)
        found += [
            order.split(letter, block)
            for letter in primal.letters
            for block in (2, 3, 4)
            if extents[letter] % block == 0 or (padded and letter == "C")
        ]
    if extents.get("C", 1) % 8 == 0:
        found.append(primal.split("C", 2).split("C", 4))
    return found


def carries_padding(op: RelayOp) -> bool:
    """Whether the passes let zero-padded channels through the op."""
    pattern = op.ROWS.pattern
    per_channel = pattern <= Pattern.BROADCAST or pattern is Pattern.OUT_ELEMWISE_FUSABLE
    return op.ROWS.keeps_finite and per_channel


def is_padded(shape: Shape, layout: Layout | None, to: Layout | None) -> bool:
    """Whether a block of ``to`` does not divide a value of this shape in ``layout``."""
    if layout is None or to is None:
        return False
    extents = zip(layout.letters, layout.convert_shape(shape, layout.primal), strict=True)
    return any(extent % to.block(letter) for letter, extent in extents)


@dataclass(frozen=True)
class Move:
    """An op as it was written, and the form and the layouts it is to run in."""

    op: RelayOp
    written: LayoutInference
    form: Altered
    wanted: LayoutInference

    def pads(self, inputs: Sequence[Array]) -> bool:
        """Whether a block does not divide an operand's dimension."""
        return any(
            is_padded(array.shape, source, to)
            for array, source, to in zip(
                inputs, self.written.operands, self.wanted.operands, strict=True
            )
        )

    def check(self, inputs: Sequence[Array]) -> None:
        """Check that it computes the same there."""
        arrays = [
            laid_out(array, source, to)
            for array, source, to in zip(
                inputs, self.written.operands, self.wanted.operands, strict=True
            )
        ]
        there = of_form(self.form.op, self.form.properties, arrays)
        for found, source, to, expected in zip(
            evaluate_op(there, arrays),
            self.wanted.results,
            self.written.results,
            evaluate_op(self.op, inputs),
            strict=True,
        ):
            if found.dtype.kind == "f":
                assert (
                    np.isfinite(found[np.isfinite(found) | True]).all()
                    or not np.isfinite(expected).all()
                )
            assert_close(taken_back(found, source, to, expected.shape), expected, TOLERANCE)


@each_op_with(lambda row: row.layout)
def test_layout(name: str) -> None:
    for sample in SAMPLES[name]:
        element = sample.exact_element
        op = sample.op_in(sample.build(element, 8))
        rule = rows(op).layout
        assert rule is not None
        inputs = sample.inputs(element, 8, rng(), special=False)
        for seed in range(10):
            generator = rng(seed)
            old = [known_layout(array, generator) for array in inputs]
            written = rule(op, None, old)
            operands = list(zip(inputs, old, written.operands, strict=True))
            arriving = [arriving_layout(op, *operand, generator) for operand in operands]
            with naming(sample, old, written, arriving):
                wanted = rule(op, arriving, written.operands)
                form = Altered(type(op), {**op.properties, **wanted.attributes})
                move = Move(op, written, form, wanted)
                if not move.pads(inputs) or carries_padding(op):
                    with naming(wanted):
                        move.check(inputs)


def known_layout(array: Array, generator: np.random.Generator) -> Layout | None:
    """The layout an operand is known to have, if any."""
    known = array.ndim in BY_RANK and generator.random() < 0.8
    return Layout.parse(BY_RANK[array.ndim]) if known else None


def arriving_layout(
    op: RelayOp,
    array: Array,
    old: Layout | None,
    written: Layout | None,
    generator: np.random.Generator,
) -> Layout | None:
    """A layout that an operand arrives in; as it was written where it was not known."""
    if written is None or old != written:
        return written
    choices = alternatives(written, array.shape, padded=carries_padding(op))
    return choices[generator.integers(len(choices))]


class SmallBlocks:
    """Blocks of a few channels, that divide them or not; those of units always do."""

    def __init__(self, conv: tuple[int, int], dense: int | None):
        self.conv, self.dense = conv, dense

    def conv_blocks(self, workload: ConvWorkload, data: Layout | None) -> tuple[int, int]:
        return self.conv

    def dense_block(self, units: int, inner: int) -> int | None:
        return None if self.dense is None or units % self.dense else self.dense


def check_altered(op: RelayOp, altered: Altered, inputs: Sequence[Array]) -> None:
    """Check an op's altered form, in the layouts that form has by itself."""
    rule = rows(op).layout
    assert rule is not None
    written = rule(op, None, [None] * len(inputs))
    probe = altered.op.create(
        operands=op.operands,
        properties={key: to_attribute(value) for key, value in altered.properties.items()},
    )
    own = rows(probe).layout
    assert own is not None
    Move(op, written, altered, own(probe, None, written.operands)).check(inputs)


@each_op_with(lambda row: row.alter)
def test_alter(name: str) -> None:
    forms: set[str] = set()
    for sample in SAMPLES[name]:
        element = sample.exact_element
        op = sample.op_in(sample.build(element, 8))
        inputs = sample.inputs(element, 8, rng(), special=False)
        alter = rows(op).alter
        assert alter is not None
        for chooser in (SmallBlocks((4, 2), 2), SmallBlocks((8, 4), 1), SmallBlocks((3, 3), None)):
            altered = alter(op, chooser, None)
            if altered is None:
                continue
            with naming(sample, chooser.conv, altered):
                forms.add(altered.op.name)
                check_altered(op, altered, inputs)
    assert forms


@each_op_with(lambda row: row.convert)
def test_convert(name: str) -> None:
    converted = 0
    for sample in SAMPLES[name]:
        element = sample.exact_element
        op = sample.op_in(sample.build(element, 8))
        convert = rows(op).convert
        assert convert is not None
        for layout in ("NCHW", "NHWC", "HWNC"):
            altered = convert(op, Layout.parse(layout))
            if altered is not None:
                with naming(sample, altered):
                    inputs = sample.inputs(element, 8, rng(), special=False)
                    check_altered(op, altered, inputs)
                converted += 1
    assert converted


# Replacements.

REPLACEMENTS = ("inference", "canonical", "fast", "static")


def replace(op: RelayOp, row: str) -> Sequence[SSAValue] | None:
    """What a row replaces an op by, in front of it."""
    of = rows(op)
    rewrite = {
        "inference": of.inference,
        "canonical": of.canonical,
        "fast": of.fast,
        "static": of.static,
    }[row]
    return None if rewrite is None else rewrite(op, Builder(InsertPoint.before(op)))


def put_in_place(op: RelayOp, values: Sequence[SSAValue]) -> None:
    """Give the uses of an op's results the values, whose types must be as exact or more so."""
    function = op.parent_op()
    assert isinstance(function, FuncOp)
    for value, result in zip(values, op.results, strict=True):
        assert refines(value.type, result.type)
        result.replace_all_uses_with(value)
    Rewriter.erase_op(op)
    function.update_type()


@each_op_with(lambda row: row.inference or row.canonical or row.fast or row.static)
@pytest.mark.parametrize("row", REPLACEMENTS)
def test_replacement(name: str, row: str) -> None:
    replaced = 0
    for sample in SAMPLES[name]:
        elements = [e for e in sample.elements if e not in FLOATS or e == "f64"]
        for element in elements or sample.elements:
            for n in (sample.least, 7):
                inputs = sample.inputs(element, n, rng(n))
                constants = inputs if row == "static" else ()
                module = sample.build(element, n, constants=constants)
                arguments = [] if constants else inputs
                expected = evaluate(module, arguments)
                op = sample.op_in(module)
                with naming(sample, element, n):
                    values = replace(op, row)
                    if values is None:
                        continue
                    put_in_place(op, values)
                    verify_ir(module)
                    for found, was in zip(evaluate(module, arguments), expected, strict=True):
                        assert_close(found, was, TOLERANCE)
                    replaced += 1
    assert replaced or getattr(OPS[name].ROWS, row) is None

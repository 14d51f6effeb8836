"""What a sample of a relay op is, and shorthands to write samples with: see ``op_samples.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from xdsl.builder import Builder
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import SSAValue
from xdsl.rewriter import InsertPoint

from inlay.dialects.layout import Layout
from inlay.dialects.relay import OPS
from inlay.dialects.relay.base import RelayOp
from inlay.dialects.relay.constant import ConstantOp
from inlay.dialects.relay.module import FuncOp, ReturnOp
from inlay.dialects.relay.rows import Array, AttrValue
from inlay.dialects.relay.tuple import TupleGetItemOp, TupleOp
from inlay.dialects.relay.types import ALL, DYNAMIC, ELEMENT_TYPES, FLOATS, Shape, tensor

SIZES = (0, 1, 7, 8, 15, 16, 17, 31, 33)
"""Sizes around the widths of vectors; a sample takes those not below its ``least``."""

Fill: TypeAlias = Callable[[np.random.Generator, Shape, str, bool], Array]
"""Makes an operand's values: generator, shape, element type, and whether NaN and such may occur."""


# Values of operands.


def numbers(rng: np.random.Generator, extents: Shape, element: str, special: bool) -> Array:
    """Any numbers, zeros among them; if ``special``, NaN, infinities and extremes too.

    Integers are small or, if ``special``, of all sizes.
    """
    dtype = ELEMENT_TYPES[element][1]
    if element == "i1":
        return rng.integers(0, 2, extents).astype(dtype)
    if element not in FLOATS:
        return _integers(rng, extents, dtype, special)
    values = (rng.normal(0, 2, extents) * (rng.random(extents) > 0.1)).astype(dtype)
    if not special:
        return values
    least = np.finfo(np.float32).smallest_subnormal if element == "f32" else 0
    extremes = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -1.0, least], dtype)
    return np.where(rng.random(extents) < 0.2, rng.choice(extremes, extents), values)


def _integers(
    rng: np.random.Generator, extents: Shape, dtype: np.dtype[np.integer], special: bool
) -> Array:
    limits = np.iinfo(dtype)
    low, high = max(limits.min, -9), 9
    small = rng.integers(low, high, extents, dtype=dtype, endpoint=True)
    if not special:
        return small
    wide = rng.integers(limits.min, limits.max, extents, dtype=dtype, endpoint=True)
    extremes = rng.choice(np.array([limits.min, limits.max, 0, 1], dtype), extents)
    kind = rng.integers(0, 4, extents)
    return np.where(kind == 0, extremes, np.where(kind == 1, wide, small)).astype(dtype)


def finite(rng: np.random.Generator, extents: Shape, element: str, special: bool) -> Array:
    """Small numbers, zeros among them."""
    return numbers(rng, extents, element, False)


def halves(rng: np.random.Generator, extents: Shape, element: str, special: bool) -> Array:
    """As ``numbers``, but floats are multiples of 1/2, so that quotients do not round up."""
    values = numbers(rng, extents, element, special)
    return np.asarray(np.round(values * 2) / 2) if element in FLOATS else values


def positive(rng: np.random.Generator, extents: Shape, element: str, special: bool) -> Array:
    """Numbers between 1/4 and 4."""
    return (2.0 ** rng.uniform(-2, 2, extents)).astype(ELEMENT_TYPES[element][1])


def given(values: object) -> Fill:
    """These values."""

    def fill(rng: np.random.Generator, extents: Shape, element: str, special: bool) -> Array:
        return np.array(values).astype(ELEMENT_TYPES[element][1]).reshape(extents)

    return fill


def indices(limit: int) -> Fill:
    """Integers from just below 0 to just past ``limit``."""

    def fill(rng: np.random.Generator, extents: Shape, element: str, special: bool) -> Array:
        low = 0 if element.startswith("u") else -2
        return rng.integers(low, limit + 2, extents).astype(ELEMENT_TYPES[element][1])

    return fill


# Samples.


@dataclass(frozen=True)
class Operand:
    """An operand: its shape, its values and, unless it is the sample's, its element type.

    ``known``: type inference needs its extents.
    """

    shape: Shape
    fill: Fill = numbers
    element: str | None = None
    known: bool = False


@dataclass(frozen=True)
class Case:
    """An op's operands and properties."""

    operands: Sequence[Operand]
    properties: Mapping[str, AttrValue] = field(default_factory=dict[str, AttrValue])


Emit: TypeAlias = Callable[[Builder, "Sample", Sequence[SSAValue], Case], Sequence[SSAValue]]


def emit_op(
    builder: Builder, sample: Sample, operands: Sequence[SSAValue], case: Case
) -> Sequence[SSAValue]:
    """The op on the operands."""
    return builder.insert(sample.op.make(operands, case.properties)).results


def emit_tuple(
    builder: Builder, sample: Sample, operands: Sequence[SSAValue], case: Case
) -> Sequence[SSAValue]:
    """The operands through a tuple, in reverse."""
    packed = builder.insert(TupleOp.make(operands)).result
    fields = reversed(range(len(operands)))
    return [builder.insert(TupleGetItemOp.of(packed, index)).result for index in fields]


@dataclass(frozen=True)
class Sample:
    """One way to use an op, for any size from ``least`` on."""

    op: type[RelayOp]
    name: str
    case: Callable[[str, int], Case]
    dtypes: frozenset[str] = ALL
    least: int = 0
    emit: Emit = emit_op

    @property
    def elements(self) -> list[str]:
        """The element types that the sample and the op's row allow."""
        return [name for name in ELEMENT_TYPES if name in self.dtypes & self.op.ROWS.dtypes]

    @property
    def exact_element(self) -> str:
        """The element type that is computed most exactly: f64, unless the op has no floats."""
        return "f64" if "f64" in self.elements else self.elements[0]

    @property
    def sizes(self) -> list[int]:
        """The sizes at which to run it."""
        return [n for n in SIZES if n >= self.least]

    def build(
        self, element: str, n: int, *, dynamic: bool = False, constants: Sequence[Array] = ()
    ) -> ModuleOp:
        """A module whose ``@main`` runs the op on its parameters.

        With ``dynamic``, extents that inference need not know are `?`. With ``constants``,
        constants of these values take the place of the parameters.
        """
        case = self.case(element, n)
        types = [
            tensor(
                operand.element or element,
                (DYNAMIC,) * len(operand.shape) if dynamic and not operand.known else operand.shape,
            )
            for operand in case.operands
        ]
        function = FuncOp.of("main", types[len(constants) :])
        builder = Builder(InsertPoint.at_end(function.block))
        values: list[SSAValue] = [
            builder.insert(ConstantOp.of(array, f"constant_{at}")).result
            for at, array in enumerate(constants)
        ]
        results = self.emit(builder, self, [*values, *function.args], case)
        builder.insert(ReturnOp.of(results))
        function.update_type()
        return ModuleOp([function])

    def op_in(self, module: ModuleOp) -> RelayOp:
        """The sampled op of a module that ``build`` gave."""
        return next(op for op in module.walk() if isinstance(op, self.op))

    def inputs(
        self, element: str, n: int, rng: np.random.Generator, *, special: bool = True
    ) -> list[Array]:
        """Arrays for the parameters; all finite and small unless ``special``."""
        arrays = [
            np.asarray(operand.fill(rng, operand.shape, operand.element or element, special))
            for operand in self.case(element, n).operands
        ]
        for array in arrays:
            array.flags.writeable = False
        return arrays

    def __str__(self) -> str:
        return f"{self.op.name}:{self.name}"


# Shorthands.


def x(*extents: int) -> Operand:
    """An operand of any numbers."""
    return Operand(extents)


def tame(*extents: int) -> Operand:
    """An operand of small numbers, for sums of products."""
    return Operand(extents, finite)


def blocked(*extents: int) -> Operand:
    """An operand in a blocked layout, whose blocks inference needs to know."""
    return Operand(extents, finite, known=True)


def ints(*values: int, element: str = "i64") -> Operand:
    """A vector operand that stands for a property."""
    return Operand((len(values),), given(values), element, known=True)


def at(limit: int, *extents: int, element: str = "i32") -> Operand:
    """An operand of indices into an extent of ``limit``."""
    return Operand(extents, indices(limit), element, known=True)


def scalar(value: float, element: str | None = None) -> Operand:
    """A rank-0 operand of one value."""
    return Operand((), given(value), element, known=True)


def case(*operands: Operand, **properties: AttrValue) -> Case:
    """Operands and properties."""
    return Case(operands, properties)


def layout(text: str) -> Layout:
    """A layout property."""
    return Layout.parse(text)


def dtype(element: str) -> AttrValue:
    """The property that names an element type."""
    return ELEMENT_TYPES[element][0]


def wider(element: str) -> AttrValue:
    """A wider element type of the same kind, if there is one."""
    wide = {"f16": "f32", "bf16": "f32", "f32": "f64", "i8": "i32", "i16": "i32", "i32": "i64"}
    wide |= {"ui8": "i32", "ui16": "ui32", "ui32": "ui64"}
    return dtype(wide.get(element, element))


def unary(*ops: str, fill: Fill = numbers, **properties: AttrValue) -> Sequence[Sample]:
    """The samples of ops that map a tensor elementwise."""
    shapes: dict[str, Callable[[int], Shape]] = {
        "rows": lambda n: (3, n),
        "channels": lambda n: (1, n, 2, 3),
        "scalar": lambda n: (),
    }
    return [
        Sample(op_named(op), name, lambda e, n, of=of: Case([Operand(of(n), fill)], properties))
        for op in ops
        for name, of in shapes.items()
    ]


def binary(*ops: str, fill: Fill = numbers) -> Sequence[Sample]:
    """The samples of ops on two tensors that broadcast."""
    shapes: dict[str, Callable[[int], tuple[Shape, Shape]]] = {
        "same": lambda n: ((3, n), (3, n)),
        "row": lambda n: ((2, 3, n), (n,)),
        "outer": lambda n: ((2, 1, n), (3, 1)),
        "scalar": lambda n: ((n,), ()),
        "image": lambda n: ((2, 8, 3, n), (1, 8, 3, n)),
        "channels": lambda n: ((2, n, 2, 3), (n, 1, 1)),
    }
    return [
        Sample(op_named(op), name, lambda e, n, of=of: Case([Operand(s, fill) for s in of(n)]))
        for op in ops
        for name, of in shapes.items()
    ]


def reduction(*ops: str, fill: Fill = numbers) -> Sequence[Sample]:
    """The samples of reductions."""
    cases: dict[str, Callable[[str, int], Case]] = {
        "last": lambda e, n: Case([Operand((3, n), fill)], {"axis": [-1]}),
        "first": lambda e, n: Case([Operand((5, n), fill)], {"axis": [0], "keepdims": True}),
        "all": lambda e, n: Case([Operand((2, n), fill)]),
        "image": lambda e, n: Case([Operand((2, 8, 3, n), fill)], {"axis": [2, 3]}),
        "channels": lambda e, n: Case(
            [Operand((2, n, 2, 3), fill)], {"axis": [0, 2, 3], "exclude": True, "keepdims": True}
        ),
    }
    return [Sample(op_named(op), name, of) for op in ops for name, of in cases.items()]


def op_named(name: str) -> type[RelayOp]:
    """The op of this name, without its ``relay.``."""
    return OPS[f"relay.{name}"]


def samples(
    op: str,
    dtypes: frozenset[str] = ALL,
    least: int = 0,
    emit: Emit = emit_op,
    **cases: Callable[[str, int], Case],
) -> Sequence[Sample]:
    """The samples of one op, by name."""
    return [Sample(op_named(op), name, of, dtypes, least, emit) for name, of in cases.items()]


def weights(element: str, n: int) -> Array:
    """The value of a constant."""
    return numbers(np.random.default_rng(n), (2, n), element, False)

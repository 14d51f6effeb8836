"""How a random relay program grows: see ``random_graphs.py``, which says of what.

A program grows op by op: a recipe picks operands among the values that the place sees, or makes
new ones. Each step has a seed of its own, so that a failure shrinks to the steps it takes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import prod
from random import Random
from typing import TypeVar

import numpy as np
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from inlay.dialects.printing import print_module
from inlay.dialects.relay import OPS
from inlay.dialects.relay.constant import ConstantOp
from inlay.dialects.relay.module import CallOp, FuncOp, IfOp, ReturnOp, YieldOp
from inlay.dialects.relay.rows import Array, AttrValue
from inlay.dialects.relay.types import (
    FLOATS,
    INTS,
    dtype_of,
    is_tensor,
    numpy_dtype,
    shape_of,
    tensor,
)

T = TypeVar("T")

CHANNELS = (4, 1, 3, 5, 7, 8, 9, 15, 16, 17, 21, 24, 31, 32, 33)
"""Extents of channels: around the blocks that layouts use, and odd ones."""

_MOST_ELEMENTS = 3000
_MOST_NESTING = 2


class Program:
    """A random program, with arrays to call its @main on."""

    def __init__(self, module: ModuleOp, inputs: Sequence[Array]):
        self.module = module
        self.inputs = inputs

    def __repr__(self) -> str:
        shapes = [array.shape for array in self.inputs]
        return f"Program of inputs {shapes}:\n{print_module(self.module, resources=True)}"

    @property
    def is_double(self) -> bool:
        """Whether no value is of a float type narrower than f64."""
        return not any(
            is_tensor(value.type) and dtype_of(value.type) in FLOATS - {"f64"}
            for op in self.module.walk()
            for value in (*op.results, *op.operands)
        )


class Choices:
    """What chance decides in one step after the other."""

    def __init__(self, seed: int):
        self.begin(seed)

    def begin(self, seed: int) -> None:
        """Begin a step."""
        self._random = Random(seed)
        self.arrays = np.random.default_rng(seed)

    def number(self, least: int, most: int) -> int:
        """A number from ``least`` to ``most``."""
        return self._random.randint(least, most)

    def one_of(self, alternatives: Sequence[T]) -> T:
        """One of the alternatives."""
        return self._random.choice(alternatives)

    def rarely(self) -> bool:
        """True about one time in four."""
        return self.number(0, 3) == 3

    def axis(self, rank: int) -> int:
        """An axis, counted from the left or from the right."""
        return self.number(-rank, rank - 1)

    def axes(self, rank: int) -> list[int]:
        """Some axes, at least one, counted from the left."""
        chosen = self.number(1, 2**rank - 1)
        return [axis for axis in range(rank) if chosen >> axis & 1]


@dataclass
class _Growing:
    """What all functions of one program share."""

    choices: Choices
    element: str
    functions: list[FuncOp] = field(default_factory=list[FuncOp])
    names: Iterator[int] = field(default_factory=itertools.count)


Recipe = Callable[["Scope"], None]
"""Adds an op or a few to a scope, or nothing where it finds no operands."""


class TooLarge(Exception):
    """An op would make the program slow to run."""


class Scope:
    """The end of a growing block, and the values that can be used there, the newest last."""

    def __init__(
        self,
        growing: _Growing,
        function: FuncOp,
        block: Block,
        values: Sequence[SSAValue],
        nesting: int,
    ):
        self.growing = growing
        self.choices = growing.choices
        self.element = growing.element
        self.function = function
        self.block = block
        self.values = list(values)
        self.nesting = nesting

    @property
    def is_exact(self) -> bool:
        """Whether no rounding can come between a pass's result and what it replaced.

        Ops that jump (floor, argmax, comparisons) stand in such programs only.
        """
        return self.element != "f32"

    # Adding.

    def insert(self, op: Operation) -> Sequence[SSAValue]:
        """Add an op at the end; its results can be used from here on."""
        self.block.add_op(op)
        self.values.extend(op.results)
        return op.results

    def emit_all(self, op: str, *operands: SSAValue, **properties: AttrValue) -> Sequence[SSAValue]:
        """Add the op `relay.{op}`.

        Raises:
            TooLarge: when its results would be; the recipe ends there.
        """
        made = OPS[f"relay.{op}"].make(operands, properties)
        if any(is_tensor(t) and prod(shape_of(t)) > _MOST_ELEMENTS for t in made.result_types):
            made.erase()
            raise TooLarge
        return self.insert(made)

    def emit(self, op: str, *operands: SSAValue, **properties: AttrValue) -> SSAValue:
        """Add an op that has one result, and give it. Raises as ``emit_all`` does."""
        (result,) = self.emit_all(op, *operands, **properties)
        return result

    def hold(self, array: Array) -> SSAValue:
        """Add a constant. It is an operand to where it was made for, and to nothing else."""
        op = ConstantOp.of(array, f"c{next(self.growing.names)}")
        self.block.add_op(op)
        return op.result

    def constant(self, shape: Sequence[int], element: str, spread: float = 1.0) -> SSAValue:
        """Add a constant of random values: floats around 0, small integers, truth values."""
        return self.hold(random_array(self.choices.arrays, tensor(element, shape), spread))

    def positive(self, shape: Sequence[int], element: str) -> SSAValue:
        """Add a constant of floats between 1/2 and 2."""
        values = self.choices.arrays.uniform(0.5, 2.0, shape)
        return self.hold(values.astype(numpy_dtype(tensor(element, ()))))

    def scales(self, shape: Sequence[int], element: str) -> SSAValue:
        """Add factors that are all positive, of both signs, or partly zero."""
        values = self.choices.arrays.uniform(0.5, 2.0, shape)
        kind = self.choices.number(0, 2)
        if kind:
            values = values * self.choices.arrays.choice([-1.0, 1.0 if kind == 1 else 0.0], shape)
        return self.hold(np.asarray(values).astype(numpy_dtype(tensor(element, ()))))

    def argument(self, type_: Attribute) -> SSAValue:
        """A new parameter of the function."""
        block = self.function.block
        argument = block.insert_arg(type_, len(block.args))
        self.values.insert(0, argument)
        return argument

    # Picking.

    def pick(self, suits: Callable[[SSAValue], bool]) -> SSAValue | None:
        """A value that suits, the newest first, or None."""
        found = [value for value in reversed(self.values) if suits(value)]
        return self.choices.one_of(found) if found else None

    def pick_typed(self, type_: Attribute) -> SSAValue:
        """A value of the type, made if there is none."""
        found = self.pick(lambda value: value.type == type_)
        return found or self.constant(shape_of(type_), dtype_of(type_))

    def number_tensor(self, least_rank: int = 0) -> SSAValue:
        """A tensor of numbers of some rank or more; a new parameter if there is none."""
        found = self.pick(
            lambda v: element_in(v, FLOATS | INTS) and len(shape_of(v.type)) >= least_rank
        )
        return found or self.argument(tensor(self.element, (2, 3, 4, 4)))

    def float_tensor(self, least_rank: int = 0) -> SSAValue | None:
        """A tensor of floats of some rank or more."""
        return self.pick(lambda v: element_in(v, FLOATS) and len(shape_of(v.type)) >= least_rank)

    def image(self) -> SSAValue:
        """A tensor of numbers of rank 4; a new parameter if there is none."""
        found = self.pick(lambda v: element_in(v, FLOATS | INTS) and len(shape_of(v.type)) == 4)
        return found or self.argument(random_image(self.choices, self.element))

    # Structure.

    def inside(self) -> Scope:
        """A scope for a region of an op that is yet to be added here."""
        return Scope(self.growing, self.function, Block(), self.values, self.nesting + 1)

    def of_newest(self) -> Scope:
        """The same place, seeing nothing but the newest value."""
        return Scope(self.growing, self.function, self.block, self.values[-1:], self.nesting)

    def grow(self, recipes: Sequence[Recipe], most: int) -> None:
        """Add up to ``most`` times what a random recipe adds."""
        for _ in range(self.choices.number(1, most)):
            self.step(recipes)

    def step(self, recipes: Sequence[Recipe]) -> None:
        """Add what a random recipe adds, to any values or to the newest alone."""
        scope = self if self.choices.number(0, 1) else self.of_newest()
        with suppress(TooLarge):
            self.choices.one_of(recipes)(scope)
        self.values.extend(value for value in scope.values if value not in self.values)

    def results(self) -> list[SSAValue]:
        """Values to give out: the newest, maybe others, rarely parameters and constants."""
        tensors = [value for value in reversed(self.values) if is_tensor(value.type)]
        given = [tensors[0]]
        while self.choices.rarely():
            given.append(self.choices.one_of(tensors))
        if self.choices.rarely() and self.choices.rarely():
            given.append(self.constant((3,), self.element))
        return given


def element_in(value: SSAValue, elements: frozenset[str]) -> bool:
    """Whether a value is a tensor of one of the element types, and not empty."""
    return (
        is_tensor(value.type) and dtype_of(value.type) in elements and 0 not in shape_of(value.type)
    )


def random_image(choices: Choices, element: str) -> Attribute:
    """The type of a small image, in NCHW or any other order."""
    size = (choices.number(1, 2), choices.one_of(CHANNELS))
    return tensor(element, (*size, choices.number(1, 6), choices.number(1, 6)))


def random_array(rng: np.random.Generator, type_: Attribute, spread: float = 1.0) -> Array:
    """An array of the type: floats around 0, small integers, truth values."""
    shape, dtype = shape_of(type_), numpy_dtype(type_)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu":
        return rng.integers(0 if dtype.kind == "u" else -3, 4, shape).astype(dtype)
    return np.asarray(rng.standard_normal(shape) * spread).astype(dtype)


# Regions and calls.


def branch(scope: Scope, recipes: Sequence[Recipe]) -> None:
    """Add an ``if`` on a parameter, whose branches use what is around them."""
    if scope.nesting == _MOST_NESTING:
        return
    condition = scope.pick(lambda value: value.type == tensor("i1", ()))
    condition = condition or scope.argument(tensor("i1", ()))
    sides = [scope.inside(), scope.inside()]
    for side in sides:
        side.grow(recipes, 3)
    types = [[v.type for v in side.values if is_tensor(v.type)] for side in sides]
    shared = [type_ for type_ in dict.fromkeys(reversed(types[0])) if type_ in types[1]]
    yielded = [scope.choices.one_of(shared) for _ in range(scope.choices.number(1, 2))]
    for side in sides:
        side.block.add_op(YieldOp.of([side.pick_typed(type_) for type_ in yielded]))
    regions = [Region(side.block) for side in sides]
    scope.insert(IfOp.create(operands=[condition], result_types=yielded, regions=regions))


def call(scope: Scope, recipes: Sequence[Recipe]) -> None:
    """Call a function, a new one or one that was called before."""
    if scope.nesting == _MOST_NESTING:
        return
    known = scope.growing.functions
    if known and scope.choices.rarely():
        function = scope.choices.one_of(known)
    else:
        function = _function(scope, recipes)
    arguments = [scope.pick_typed(argument.type) for argument in function.args]
    results = function.function_type.outputs.data
    scope.insert(CallOp.of(function.sym_name.data, arguments, results))


def _function(scope: Scope, recipes: Sequence[Recipe]) -> FuncOp:
    function = FuncOp.of(f"callee{next(scope.growing.names)}", [scope.number_tensor().type])
    if scope.choices.rarely():
        function.sym_visibility = StringAttr("private")
    inner = Scope(scope.growing, function, function.block, function.args, _MOST_NESTING - 1)
    inner.grow(recipes, 4)
    inner.block.add_op(ReturnOp.of(inner.results()))
    function.update_type()
    scope.growing.functions.append(function)
    return function


# Programs.


def make_program(seeds: Sequence[int], recipes: Sequence[Recipe]) -> Program:
    """The program of a first seed, for its frame, and one seed for each step."""
    frame, *steps = seeds
    choices = Choices(frame)
    growing = _Growing(choices, choices.one_of(("f64", "f32", "f32", "i32")))
    main = FuncOp.of("main", [random_image(choices, growing.element)])
    scope = Scope(growing, main, main.block, main.args, nesting=0)
    for seed in steps:
        choices.begin(seed)
        scope.step(recipes)
    choices.begin(frame)
    scope.block.add_op(ReturnOp.of(scope.results()))
    main.update_type()
    inputs = [random_array(choices.arrays, argument.type) for argument in main.args]
    return Program(ModuleOp([main, *growing.functions]), inputs)

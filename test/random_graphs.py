"""Random relay programs, for properties that hold of every graph.

``programs()`` is a hypothesis strategy; ``RECIPES`` says what programs are made of. Values stay
near 1 and away from the singularities of the ops, so that the same function computed in another
order agrees closely.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from inlay.dialects.relay.base import RelayOp
from random_elements import activation, binary, conversion, guarded, scaling, selection
from random_layers import (
    blocked_convolution,
    conv2d,
    conv2d_transpose,
    conv_block,
    dense_layer,
    matrix_product,
    normalisation,
    pooling,
    reduction,
    residual,
)
from random_scope import Program, Recipe, Scope, branch, call, make_program
from random_shapes import (
    creation,
    extending,
    joining,
    known_reshape,
    nothing,
    parting,
    reordering,
    reshaping,
)

# Structure.


def sandwich(scope: Scope) -> None:
    """Two convolutions with a few ops between them, each on what is newest."""
    conv_block(scope)
    middle = scope.of_newest()
    middle.grow(BETWEEN, 3)
    last = middle.of_newest()
    conv_block(last)
    scope.values.extend(value for value in last.values if value not in scope.values)


def tuples(scope: Scope) -> None:
    """Values put into a tuple, some of which are taken out again."""
    fields = [scope.number_tensor() for _ in range(scope.choices.number(1, 3))]
    packed = scope.emit("tuple", *fields)
    for _ in range(scope.choices.number(0, 2)):
        scope.emit("tuple_get_item", packed, index=scope.choices.number(0, len(fields) - 1))


def repetition(scope: Scope) -> None:
    """An op that stands there already, once more."""
    found = scope.pick(
        lambda value: isinstance(value.owner, RelayOp) and bool(value.owner.operands)
    )
    if found is not None and isinstance(found.owner, RelayOp):
        visible = all(
            v in scope.values or v.owner.parent is scope.block for v in found.owner.operands
        )
        if visible:
            scope.insert(found.owner.clone())


def _branch(scope: Scope) -> None:
    branch(scope, RECIPES)


def _call(scope: Scope) -> None:
    call(scope, RECIPES)


CONVOLUTIONS: tuple[Recipe, ...] = (
    conv_block,
    conv2d,
    residual,
    sandwich,
    conv2d_transpose,
    blocked_convolution,
)

BETWEEN: tuple[Recipe, ...] = (
    activation,
    scaling,
    guarded,
    binary,
    activation,
    scaling,
    guarded,
    normalisation,
    guarded,
    pooling,
    reduction,
    joining,
    parting,
    selection,
    extending,
)
"""What stands between convolutions."""

RECIPES: tuple[Recipe, ...] = (
    activation,
    binary,
    *CONVOLUTIONS,
    pooling,
    dense_layer,
    matrix_product,
    normalisation,
    reduction,
    guarded,
    selection,
    conversion,
    joining,
    parting,
    reshaping,
    reordering,
    extending,
    creation,
    nothing,
    known_reshape,
    tuples,
    repetition,
    _branch,
    _call,
    binary,
    activation,
)
"""What programs are made of."""

NETWORKS: tuple[Recipe, ...] = (*(sandwich,) * 6, *CONVOLUTIONS, *BETWEEN, _branch, _call)
"""What programs of convolutions are made of."""


def programs(*, recipes: Sequence[Recipe] = RECIPES, most: int = 10) -> SearchStrategy[Program]:
    """Programs of up to ``most`` steps, each of which adds an op or a few."""
    seeds = st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=most + 1)
    return seeds.map(lambda drawn: make_program(drawn, recipes))

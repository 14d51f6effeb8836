"""The row types of the relay op table: one field per fact a pass asks of an op.

Every op class carries ``ROWS``; passes read the row and never the op's name.
An axis in a scale row counts from the right (-1 is the innermost), so that it
means the same dimension in every operand of a broadcasting op.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Concatenate, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from xdsl.builder import Builder
from xdsl.ir import Attribute, Operation, SSAValue

from ..layout import Layout

if TYPE_CHECKING:
    from .base import RelayOp
    from .compute import ByProperties, Compute

Array: TypeAlias = NDArray[Any]
"""A numpy array of any element type: what row functions compute on."""

Value: TypeAlias = "Array | tuple[Value, ...]"
"""What the evaluator computes on: an array, or a tuple of values."""

Number: TypeAlias = int | float | np.integer[Any] | np.floating[Any]

AttrValue: TypeAlias = "bool | Number | str | Sequence[int] | Layout | Attribute"
"""A Python value that ``base.to_attribute`` turns into an attribute."""

OpT = TypeVar("OpT", bound=Operation, contravariant=True)


class Pattern(IntEnum):
    """Relay's operator patterns, in the order its fusion rules compare (fuse_ops.cc)."""

    ELEMWISE = 0
    BROADCAST = 1
    INJECTIVE = 2
    COMM_REDUCE = 3
    OUT_ELEMWISE_FUSABLE = 4
    TUPLE = 7
    OPAQUE = 8


@dataclass(frozen=True)
class LayoutInference:
    """The layouts an op takes and gives; None stands for a value without a known layout.

    ``attributes`` are the op's properties to replace when it runs in these layouts
    (a pool's ``layout``, a concatenation's ``axis``).
    """

    operands: tuple[Layout | None, ...]
    results: tuple[Layout | None, ...]
    attributes: Mapping[str, AttrValue] = field(default_factory=dict[str, AttrValue])


@dataclass(frozen=True)
class ScaleBackward:
    """Scaling the result along an axis equals scaling these ``(operand, axis)`` pairs."""

    operands: tuple[tuple[int, int], ...]
    positive_only: bool = False


@dataclass(frozen=True)
class ScaleForward:
    """What makes up for an operand that arrives without its per-channel scale.

    ``multiply`` and ``divide`` list the ``(operand, axis)`` pairs to scale; ``carries``
    is the axis of the result that then lacks the scale, or None when it is absorbed.
    """

    multiply: tuple[tuple[int, int], ...] = ()
    divide: tuple[tuple[int, int], ...] = ()
    carries: int | None = None
    positive_only: bool = False


@dataclass(frozen=True)
class ScaleRule(Generic[OpT]):
    """How fold-scale-axis moves a per-channel scale across the op.

    ``backward(op, axis)`` takes an axis of the result, ``forward(op, operand, axis)``
    an axis of that operand; both return None where the scale cannot pass.
    """

    backward: Callable[[OpT, int], ScaleBackward | None] | None = None
    forward: Callable[[OpT, int, int], ScaleForward | None] | None = None


NO_SCALE: ScaleRule[Operation] = ScaleRule()


@dataclass(frozen=True)
class ConvWorkload:
    """What a block choice may depend on: the shape of one convolution, never its name."""

    in_channels: int
    out_channels: int
    kernel: tuple[int, int]
    strides: tuple[int, int]
    in_size: tuple[int, int]
    groups: int


class BlockChooser(Protocol):
    """Chooses the inner blocks of a layout; alter-op-layout implements it."""

    def conv_blocks(self, workload: ConvWorkload, data: Layout | None) -> tuple[int, int] | None:
        """The (input, output) channel blocks, given the layout ``data`` arrives in.

        None leaves the convolution as it is.
        """
        ...

    def dense_block(self, units: int, inner: int) -> int | None:
        """The block of the output units of a packed dense, or None to leave it."""
        ...


@dataclass(frozen=True)
class Altered:
    """An op's altered form: another class and its properties, on the same operands."""

    op: type[RelayOp]
    properties: Mapping[str, AttrValue]


@dataclass(frozen=True)
class Rows(Generic[OpT]):
    """All that inlay knows of one op. See each field's comment for its reader."""

    # Result types from operand types and properties. Read by builders, parser, verifier.
    infer: Callable[[OpT], Sequence[Attribute]]
    # numpy semantics; arrays arrive in the working precision. Read by the evaluator.
    evaluate: Callable[Concatenate[OpT, ...], Array | Sequence[Value]]
    # Read by fuse-ops.
    pattern: Pattern
    # Element types the tensor operands may have. Read by the verifier.
    dtypes: frozenset[str]
    # Relay's InferCorrectLayout: (op, new operand layouts or None, old ones). None: the op
    # keeps the original layouts. Read by alter-op-layout and convert-layout.
    layout: (
        Callable[[OpT, Sequence[Layout | None] | None, Sequence[Layout | None]], LayoutInference]
        | None
    ) = None
    # Whether finite inputs give finite outputs, so that padded channels stay harmless.
    keeps_finite: bool = False
    # Read by fold-scale-axis.
    scale: ScaleRule[OpT] = NO_SCALE
    # Relay's FTVMAlterOpLayout: the op in blocked layouts. Read by alter-op-layout.
    alter: Callable[[OpT, BlockChooser, Layout | None], Altered | None] | None = None
    # Relay's FTVMConvertOpLayout: the op with a wanted data layout. Read by convert-layout.
    convert: Callable[[OpT, Layout], Altered | None] | None = None
    # Replacements: for inference (simplify-inference), into fewer kinds of op
    # (canonicalize-ops), for a faster and less exact op (fast-math).
    inference: Callable[[OpT, Builder], Sequence[SSAValue] | None] | None = None
    canonical: Callable[[OpT, Builder], Sequence[SSAValue] | None] | None = None
    fast: Callable[[OpT, Builder], Sequence[SSAValue] | None] | None = None
    # Relay's DynamicToStatic: a dyn op whose shape operands are constants as the op that has
    # them as properties; None while one is not. Read by simplify-expr.
    static: Callable[[OpT, Builder], Sequence[SSAValue] | None] | None = None
    # Shapes of the results from operand arrays, for results typed with `?`. None: inference
    # on the operands' run-time shapes gives them (see base.result_shapes).
    shape: Callable[Concatenate[OpT, ...], Sequence[tuple[int, ...]]] | None = None
    # What computes the op in loops over elements. Read by relay-to-tl. None: nothing does, the
    # op's operands are not data of a kernel.
    compute: Compute[OpT] | ByProperties[OpT] | None = None
    # Multiply-accumulates of one execution. Read by the zoo's tests and the profiler.
    macs: Callable[[OpT], int] | None = None

"""Tensor layouts in TVM's notation, the algebra over them, and ``#relay.layout<NCHW16c>``.

A layout names the axes of a tensor from the outermost to the innermost. An upper-case letter is a
primal axis; a number and a lower-case letter is an inner block of that primal axis, to the right
of it: ``NCHW16c`` holds channel ``c`` at ``[n, c // 16, h, w, c % 16]``. Several blocks of one axis
are ordered from outer to inner (``NCHW4c8c``: ``[n, c // 32, h, w, c // 8 % 4, c % 8]``).

Every conversion rests on one number per axis, its *unit*: how many elements of the primal axis one
step along it covers. In ``NCHW4c8c`` the units are 1, 32, 1, 1, 8, 1.
"""

import functools
import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt
from xdsl.dialects.builtin import DYNAMIC_INDEX
from xdsl.ir import Data
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from .. import InlayError

_Scalar = TypeVar("_Scalar", bound=np.generic)


class _Divisible(Protocol):
    """What an index may be: a number, or an expression to compute with likewise."""

    def __add__(self, other: Self, /) -> Self: ...

    def __mul__(self, factor: int, /) -> Self: ...

    def __floordiv__(self, divisor: int, /) -> Self: ...

    def __mod__(self, divisor: int, /) -> Self: ...


_Index = TypeVar("_Index", bound=_Divisible)

_AXIS = re.compile(r"([A-Z])|([0-9]+)([a-z])")

# Bounds the digits of a block: far above any real one, far below what int() refuses to read.
_MAX_BLOCK_DIGITS = 9


class LayoutError(InlayError, ValueError):
    """A malformed layout, or a shape, index or array that a layout does not fit."""


class Axis(NamedTuple):
    """One axis of a layout: ``Axis("C", 0)`` is primal, ``Axis("c", 16)`` a block of 16."""

    name: str
    size: int = 0

    @property
    def is_primal(self) -> bool:
        """Whether this is a primal axis, not a block of one."""
        return self.size == 0

    @property
    def primal(self) -> str:
        """The upper-case letter of the primal axis this one belongs to."""
        return self.name.upper()

    def __str__(self) -> str:
        return self.name if self.is_primal else f"{self.size}{self.name}"


class _Piece(NamedTuple):
    """A factor of a primal axis that neither side of a conversion divides further."""

    letter: str
    unit: int


@dataclass(frozen=True)
class Layout:
    """The axes of a tensor, outermost first. Usually made by `Layout.parse`, which interns.

    Raises `LayoutError` if there is no axis, a primal axis appears twice, or a block does not
    follow its primal axis.
    """

    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        if not self.axes:
            raise LayoutError("layout is empty: expected axes such as NCHW or NCHW16c")
        seen: set[str] = set()
        for axis in self.axes:
            self._check_axis(axis, seen)
            seen.add(axis.primal)

    def _check_axis(self, axis: Axis, seen: set[str]) -> None:
        """Check `axis` given the letters `seen` to the left of it."""
        expected_name = axis.name.upper() if axis.is_primal else axis.name.lower()
        is_letter = len(axis.name) == 1 and axis.name.isascii() and axis.name.isalpha()
        if not is_letter or axis.name != expected_name or axis.size < 0:
            raise LayoutError(
                f"layout '{self}': found axis '{axis}', expected an upper-case letter (C) "
                "or a positive block of a lower-case one (16c)"
            )
        if axis.is_primal and axis.primal in seen:
            raise LayoutError(f"layout '{self}': primal axis {axis} appears twice, expected once")
        if not axis.is_primal and axis.primal not in seen:
            raise LayoutError(
                f"layout '{self}': found block '{axis}', expected its primal axis "
                f"{axis.primal} to the left of it"
            )

    # Text.

    @staticmethod
    def parse(text: str) -> "Layout":
        """The layout written `text`: the same object for the same text; `str` gives it back.

        Raises `LayoutError` naming the offending part of `text`.
        """
        return _parse(text)

    @functools.cached_property
    def _text(self) -> str:
        return "".join(map(str, self.axes))

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Layout.parse({self._text!r})"

    # What a layout holds.

    @property
    def rank(self) -> int:
        """The number of axes, blocks included."""
        return len(self.axes)

    @functools.cached_property
    def primal(self) -> "Layout":
        """The primal axes alone, in order: NCHW16c -> NCHW."""
        return Layout.parse(self.letters)

    @functools.cached_property
    def letters(self) -> str:
        """The letters of the primal axes, in order: NCHW16c -> "NCHW"."""
        return "".join(axis.name for axis in self.axes if axis.is_primal)

    @property
    def is_blocked(self) -> bool:
        """Whether any axis is a block."""
        return self.rank > len(self.letters)

    def has(self, letter: str) -> bool:
        """Whether `letter` (upper-case) is a primal axis of this layout."""
        return Axis(letter) in self.axes

    def index(self, letter: str) -> int:
        """The position of primal axis `letter`; raises `LayoutError` if there is none."""
        return self.positions(letter)[0]

    def positions(self, letter: str) -> tuple[int, ...]:
        """The positions of primal axis `letter` and of its blocks, outer to inner.

        Raises `LayoutError` if there is no such axis.
        """
        self._check_has(letter)
        return tuple(i for i, axis in enumerate(self.axes) if axis.primal == letter)

    def block(self, letter: str) -> int:
        """The product of the block sizes of primal axis `letter`: 1 if it is not blocked.

        Raises `LayoutError` if there is no such axis.
        """
        return self._units[self.index(letter)]

    def primal_axis_of(self, position: int) -> str:
        """The letter of the primal axis that the axis at `position` belongs to.

        Raises `LayoutError` if `position` is outside 0..rank-1.
        """
        if not 0 <= position < self.rank:
            raise LayoutError(
                f"layout {self}: found axis position {position}, expected 0 to {self.rank - 1}"
            )
        return self.axes[position].primal

    # Layouts from layouts.

    def split(self, letter: str, factor: int) -> "Layout":
        """Append a block of `factor` of axis `letter`: NCHW split by ("C", 16) -> NCHW16c.

        Raises `LayoutError` if there is no such axis or `factor` is not positive.
        """
        self._check_has(letter)
        return Layout.parse(f"{self}{factor}{letter.lower()}")

    def project(self, letters: Collection[str]) -> "Layout":
        """The axes and blocks of the primal axes `letters`: NCHW16c projected on "C" -> C16c.

        Raises `LayoutError` if one of them is not an axis, or none is given.
        """
        for letter in letters:
            self._check_has(letter)
        return Layout.parse("".join(str(axis) for axis in self.axes if axis.primal in letters))

    def with_primal_order(self, letters: str) -> "Layout":
        """The primal axes in the order of `letters`, then the blocks: NC16cHW -> NHWC16c.

        Raises `LayoutError` if `letters` is not a permutation of the primal letters.
        """
        if sorted(letters) != sorted(self.letters):
            raise LayoutError(
                f"layout {self}: found order '{letters}', expected a permutation of {self.letters}"
            )
        blocks = "".join(str(axis) for axis in self.axes if not axis.is_primal)
        return Layout.parse(letters + blocks)

    def with_unit_blocks(self, letters: Collection[str]) -> "Layout":
        """Make the blocks of the primal axes `letters` 1: NCHW16c with "C" -> NCHW1c.

        The layout of an operand whose extent along `letters` is 1 and that broadcasts against one
        in this layout. Raises `LayoutError` if one of `letters` is not an axis.
        """
        for letter in letters:
            self._check_has(letter)
        return Layout.parse(
            "".join(
                f"1{axis.name}" if not axis.is_primal and axis.primal in letters else str(axis)
                for axis in self.axes
            )
        )

    def bijective_to(self, other: "Layout") -> bool:
        """Whether both have the same primal axes, so that one converts to the other and back.

        Whether the blocks divide is a matter of the shape: see `blocks_divide`.
        """
        return set(self.letters) == set(other.letters)

    # Shapes, indices and arrays.

    def blocks_divide(self, shape: Sequence[int]) -> bool:
        """Whether each block divides its axis in `shape`, a shape in the layout `self.primal`.

        A dynamic dimension counts as divided. Raises `LayoutError` on a wrong rank.
        """
        self.primal._check_rank("shape", shape)
        return all(
            dim == DYNAMIC_INDEX or dim % self.block(letter) == 0
            for letter, dim in zip(self.letters, shape, strict=True)
        )

    def convert_shape(self, shape: Sequence[int], to: "Layout") -> tuple[int, ...]:
        """The shape, in `to`, of a tensor whose shape in this layout is `shape`.

        A dynamic dimension (`DYNAMIC_INDEX`) stays dynamic in the primal axis; blocks are static.
        Raises `LayoutError` if the primal axes differ, the rank or a block of `shape` is not this
        layout's, or a block of `to` does not divide its dimension.
        """
        if not self.bijective_to(to):
            raise LayoutError(
                f"cannot convert {self} to {to}: found primal axes {to.letters}, "
                f"expected those of {self.letters}"
            )
        return to._shape_of(self._extents(shape))

    def convert_index(
        self, index: Sequence[int], shape: Sequence[int], to: "Layout"
    ) -> tuple[int, ...]:
        """Where, in `to`, the element is that stands at `index` of `shape` in this layout.

        Raises `LayoutError` as `convert_shape` does, and if `index` is outside `shape`.
        """
        self.convert_shape(shape, to)
        self._check_rank("index", index)
        for i, dim in zip(index, shape, strict=True):
            if i < 0 or (dim != DYNAMIC_INDEX and i >= dim):
                raise LayoutError(
                    f"layout {self}: found index {_shape_text(index)}, "
                    f"expected one inside {_shape_text(shape)}"
                )
        return to.place(self.elements(index))

    def elements(self, index: Sequence[_Index]) -> dict[str, _Index]:
        """The indices of primal axes that the element at `index` of this layout has.

        The inverse of `place`. An index is a number, or anything else with sums and multiples.
        """
        found: dict[str, _Index] = {}
        for axis, unit, i in zip(self.axes, self._units, index, strict=True):
            step = i * unit if unit > 1 else i
            found[axis.primal] = found[axis.primal] + step if axis.primal in found else step
        return found

    def place(self, elements: Mapping[str, _Index]) -> tuple[_Index, ...]:
        """Where, in this layout, the element is that stands at these indices of primal axes.

        An index is a number, or anything else with `//` and `%` by one.
        """
        steps = [
            elements[axis.primal] // unit if unit > 1 else elements[axis.primal]
            for axis, unit in zip(self.axes, self._units, strict=True)
        ]
        return tuple(
            step if axis.is_primal else step % axis.size
            for axis, step in zip(self.axes, steps, strict=True)
        )

    def convert_array(self, array: npt.NDArray[_Scalar], to: "Layout") -> npt.NDArray[_Scalar]:
        """The elements of `array`, which is in this layout, in `to`; C-contiguous.

        Copies once (twice where the blocks have no common refinement, as 4c and 6c); where
        nothing moves, the result may share the memory of `array`. Raises as `convert_shape` does.
        """
        shape = self.convert_shape(array.shape, to)
        cuts = {letter: self._cuts(letter) | to._cuts(letter) for letter in self.letters}
        if not all(map(_is_divisor_chain, cuts.values())):
            return self.primal.convert_array(self.convert_array(array, self.primal), to)
        sizes = _piece_sizes(cuts, self._extents(array.shape))
        source, target = self._pieces(cuts), to._pieces(cuts)
        pieces = array.reshape([sizes[piece] for piece in source])
        moved = pieces.transpose([source.index(piece) for piece in target])
        return np.ascontiguousarray(moved).reshape(shape)

    # The arithmetic beneath.

    @functools.cached_property
    def _units(self) -> tuple[int, ...]:
        """Per axis, how many elements of its primal axis one step covers."""
        inner = dict.fromkeys(self.letters, 1)
        units: list[int] = []
        for axis in reversed(self.axes):
            units.append(inner[axis.primal])
            if not axis.is_primal:
                inner[axis.primal] *= axis.size
        return tuple(reversed(units))

    def _cuts(self, letter: str) -> set[int]:
        """The units at which this layout divides primal axis `letter`; 1 is always one."""
        return {1} | {self._units[position] for position in self.positions(letter)}

    def _pieces(self, cuts: Mapping[str, Collection[int]]) -> list[_Piece]:
        """The pieces that `cuts`, per letter, make of this layout's axes, outermost first."""
        return [
            _Piece(axis.primal, cut)
            for axis, unit in zip(self.axes, self._units, strict=True)
            for cut in sorted(cuts[axis.primal], reverse=True)
            if unit <= cut and (axis.is_primal or cut < unit * axis.size)
        ]

    def _extents(self, shape: Sequence[int]) -> dict[str, int]:
        """The extent of each primal axis of a tensor with `shape` in this layout."""
        self._check_rank("shape", shape)
        extents: dict[str, int] = {}
        for axis, unit, dim in zip(self.axes, self._units, shape, strict=True):
            if not axis.is_primal and dim != axis.size:
                raise LayoutError(
                    f"layout {self}: found {_dim_text(dim)} for block '{axis}' in shape "
                    f"{_shape_text(shape)}, expected {axis.size}"
                )
            if dim < 0 and dim != DYNAMIC_INDEX:
                raise LayoutError(
                    f"layout {self}: found negative dimension {dim} in shape {_shape_text(shape)}, "
                    "expected 0 or more, or a dynamic one"
                )
            if axis.is_primal:
                extents[axis.name] = dim if dim == DYNAMIC_INDEX else dim * unit
        return extents

    def _shape_of(self, extents: Mapping[str, int]) -> tuple[int, ...]:
        """The shape in this layout of a tensor with `extents` per primal axis."""
        shape: list[int] = []
        for axis, unit in zip(self.axes, self._units, strict=True):
            extent = extents[axis.primal]
            if not axis.is_primal:
                shape.append(axis.size)
            elif extent == DYNAMIC_INDEX:
                shape.append(DYNAMIC_INDEX)
            elif extent % unit:
                raise LayoutError(
                    f"layout {self}: found extent {extent} of axis {axis}, "
                    f"expected a multiple of its block {unit}"
                )
            else:
                shape.append(extent // unit)
        return tuple(shape)

    def _check_has(self, letter: str) -> None:
        if not self.has(letter):
            raise LayoutError(
                f"layout {self}: found axis '{letter}', expected one of {', '.join(self.letters)}"
            )

    def _check_rank(self, what: str, values: Sequence[int]) -> None:
        if len(values) != self.rank:
            raise LayoutError(
                f"layout {self}: found {what} {_shape_text(values)} of rank {len(values)}, "
                f"expected rank {self.rank}"
            )


@functools.cache
def _parse(text: str) -> Layout:
    axes: list[Axis] = []
    position = 0
    while position < len(text):
        match = _AXIS.match(text, position)
        if match is None:
            raise LayoutError(
                f"layout {text!r}: found {text[position:]!r} at offset {position}, "
                "expected an upper-case axis (C) or a block (16c)"
            )
        primal, digits, block = match.groups()
        axes.append(Axis(primal) if primal else Axis(block, _block_size(text, digits)))
        position = match.end()
    return Layout(tuple(axes))


def _block_size(text: str, digits: str) -> int:
    """The block size written `digits` in layout `text`."""
    if digits.startswith("0") or len(digits) > _MAX_BLOCK_DIGITS:
        raise LayoutError(
            f"layout {text!r}: found block size {digits}, expected a positive number "
            f"of at most {_MAX_BLOCK_DIGITS} digits without a leading zero"
        )
    return int(digits)


def _is_divisor_chain(cuts: Collection[int]) -> bool:
    """Whether each cut divides the next larger one."""
    return all(large % small == 0 for small, large in itertools.pairwise(sorted(cuts)))


def _piece_sizes(
    cuts: Mapping[str, Collection[int]], extents: Mapping[str, int]
) -> dict[_Piece, int]:
    """The size of each piece that `cuts` make of the primal axes."""
    return {
        _Piece(letter, unit): next_unit // unit
        for letter, units in cuts.items()
        for unit, next_unit in itertools.pairwise((*sorted(units), extents[letter]))
    }


def _dim_text(dim: int) -> str:
    return "?" if dim == DYNAMIC_INDEX else str(dim)


def _shape_text(shape: Sequence[int]) -> str:
    return f"({', '.join(map(_dim_text, shape))})"


@irdl_attr_definition
class LayoutAttr(Data[Layout]):
    """A layout in the IR: ``#relay.layout<NCHW16c>``."""

    name = "relay.layout"

    @classmethod
    def get(cls, attr: str | Layout | Data[Layout]) -> "LayoutAttr":
        """The attribute of a layout or its text; cached.

        Raises `LayoutError` if the text is malformed.
        """
        layout = attr.data if isinstance(attr, Data) else attr
        return _layout_attr(Layout.parse(layout) if isinstance(layout, str) else layout)

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Layout:
        """Parse ``<NCHW16c>``; an error points at the layout."""
        with parser.in_angle_brackets():
            start = parser.pos
            text = parser.expect(
                parser.parse_optional_identifier, "expected a layout such as NCHW16c"
            )
            try:
                return Layout.parse(text)
            except LayoutError as error:
                parser.raise_error(str(error), start, start + len(text))

    def print_parameter(self, printer: Printer) -> None:
        """Print ``<NCHW16c>``."""
        printer.print_string(f"<{self.data}>")


@functools.cache
def _layout_attr(layout: Layout) -> LayoutAttr:
    return LayoutAttr(layout)

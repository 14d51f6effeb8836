"""The layout algebra: examples, errors, and properties over random layouts."""

import math
import re
from dataclasses import dataclass
from io import StringIO

import ml_dtypes
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from xdsl.context import Context
from xdsl.dialects.builtin import DYNAMIC_INDEX, Builtin
from xdsl.ir import Operation
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import ParseError

from inlay import InlayError
from inlay.dialects.layout import Axis, Layout, LayoutAttr, LayoutError

LETTERS = "NCHWDOIG"

NCHW = Layout.parse("NCHW")
NCHW16c = Layout.parse("NCHW16c")

# A busy machine makes no example wrong.
untimed = settings(deadline=None)


# Random layouts.


def _layout(letters: list[str], blocks: list[tuple[str, int]], slots: list[int]) -> Layout:
    """`letters` with each of `blocks` inserted somewhere to the right of its primal axis."""
    axes = list(letters)
    for (letter, size), slot in zip(blocks, slots, strict=True):
        first = axes.index(letter) + 1
        axes.insert(first + slot % (len(axes) - first + 1), f"{size}{letter.lower()}")
    return Layout.parse("".join(axes))


@st.composite
def layouts(draw: st.DrawFn, of: str | None = None) -> Layout:
    """A layout with 1 to 5 primal axes, or those in `of`, and up to 3 blocks of 1 to 4."""
    if of is None:
        letters = draw(st.lists(st.sampled_from(LETTERS), min_size=1, max_size=5, unique=True))
    else:
        letters = draw(st.permutations(of))
    blocks = draw(st.lists(st.tuples(st.sampled_from(letters), st.integers(1, 4)), max_size=3))
    slots = [draw(st.integers(0, 8)) for _ in blocks]
    return _layout(letters, blocks, slots)


@dataclass(frozen=True)
class Case:
    """Three layouts of one tensor, and its shape in the first."""

    a: Layout
    b: Layout
    c: Layout
    shape: tuple[int, ...]


@st.composite
def cases(draw: st.DrawFn, min_extent: int = 0) -> Case:
    """Small tensors whose extents the blocks of all three layouts divide."""
    a = draw(layouts())
    b, c = draw(layouts(of=a.letters)), draw(layouts(of=a.letters))
    extents = [
        math.lcm(*(layout.block(letter) for layout in (a, b, c))) * draw(st.integers(min_extent, 2))
        for letter in a.letters
    ]
    assume(math.prod(extents) <= 20_000)
    return Case(a, b, c, a.primal.convert_shape(extents, a))


def indices(shape: tuple[int, ...]) -> st.SearchStrategy[tuple[int, ...]]:
    """Any index inside `shape`."""
    positions = st.integers(0, math.prod(shape) - 1)
    return positions.map(lambda flat: tuple(int(i) for i in np.unravel_index(flat, shape)))


def _numbered(shape: tuple[int, ...]) -> npt.NDArray[np.int32]:
    return np.arange(math.prod(shape), dtype=np.int32).reshape(shape)


# Parsing.


@pytest.mark.parametrize(
    "text",
    ["NCHW", "NCHW16c", "OIHW16i16o", "NC8n", "OIHW3i32o", "NCHW4c8c", "NC16cHW", "C", "C1c"],
)
def test_parse_gives_back_its_text(text: str):
    layout = Layout.parse(text)
    assert str(layout) == text
    assert Layout.parse(text) is layout
    assert repr(layout) == f"Layout.parse('{text}')"


def test_parse_reads_axes_in_order():
    layout = Layout.parse("OIHW16i8o")
    assert layout.axes == (*map(Axis, "OIHW"), Axis("i", 16), Axis("o", 8))
    assert layout == Layout(layout.axes)
    assert hash(layout) == hash(Layout(layout.axes))
    assert layout != Layout.parse("OIHW8o16i")
    assert [axis.is_primal for axis in layout.axes] == [True] * 4 + [False] * 2
    assert [axis.primal for axis in layout.axes] == list("OIHWIO")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "layout is empty: expected axes such as NCHW or NCHW16c"),
        ("NCHC", "layout 'NCHC': primal axis C appears twice, expected once"),
        ("NHW16c", "found block '16c', expected its primal axis C to the left of it"),
        ("16cNCHW", "found block '16c', expected its primal axis C to the left of it"),
        ("NCHW0c", "layout 'NCHW0c': found block size 0, expected a positive number"),
        ("NCHW016c", "found block size 016, expected a positive number"),
        ("NCHW9999999999c", "of at most 9 digits"),
        ("NCHW" + "9" * 5000 + "c", "of at most 9 digits"),
        ("NCHWc", "layout 'NCHWc': found 'c' at offset 4, expected an upper-case axis"),
        ("NC16HW", "found '16HW' at offset 2, expected an upper-case axis (C) or a block (16c)"),
        ("NCHW16", "found '16' at offset 4"),
        ("NCHW 16c", "found ' 16c' at offset 4"),
        ("NCHW-1c", "found '-1c' at offset 4"),
        ("NCHW\n", r"found '\n' at offset 4"),
        ("NCHÉ", "found 'É' at offset 3"),
        ("NCHW٣c", "found '٣c' at offset 4"),
    ],
)
def test_parse_names_what_is_wrong(text: str, message: str):
    with pytest.raises(LayoutError) as caught:
        Layout.parse(text)
    assert message in str(caught.value)
    assert isinstance(caught.value, InlayError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "axes",
    [
        (),
        (Axis("c"),),
        (Axis("C", 4),),
        (Axis("C"), Axis("c", -4)),
        (Axis("CH"),),
        (Axis("1"),),
        (Axis(""),),
        (Axis("ß"),),
        (Axis("C"), Axis("C")),
        (Axis("c", 4), Axis("C")),
    ],
)
def test_constructor_rejects_what_no_text_spells(axes: tuple[Axis, ...]):
    with pytest.raises(LayoutError):
        Layout(axes)


@untimed
@given(st.text() | st.text("NCHWnchw0123456789 "))
@example("N" * 1000)
def test_parse_of_any_text_raises_only_layout_error(text: str):
    try:
        layout = Layout.parse(text)
    except LayoutError:
        return
    assert str(layout) == text


@untimed
@given(layouts())
def test_str_and_parse_are_inverse(layout: Layout):
    assert Layout.parse(str(layout)) is layout
    assert Layout(layout.axes) == layout


# What a layout holds.


def test_queries():
    layout = Layout.parse("NC4cHW8c")
    assert layout.rank == 6
    assert layout.letters == "NCHW"
    assert layout.primal is NCHW
    assert layout.is_blocked
    assert not NCHW.is_blocked
    assert NCHW.primal is NCHW
    assert layout.index("H") == 3
    assert layout.positions("C") == (1, 2, 5)
    assert layout.positions("W") == (4,)
    assert (layout.block("C"), layout.block("H")) == (32, 1)
    assert [layout.primal_axis_of(i) for i in range(6)] == list("NCCHWC")
    assert layout.has("C")
    assert not layout.has("c")
    assert not layout.has("D")
    assert not layout.has("NC")


@pytest.mark.parametrize("letter", ["D", "c", "", "NC"])
def test_queries_of_a_missing_axis(letter: str):
    message = f"layout NCHW16c: found axis '{letter}', expected one of N, C, H, W"
    for query in (NCHW16c.index, NCHW16c.positions, NCHW16c.block):
        with pytest.raises(LayoutError) as caught:
            query(letter)
        assert str(caught.value) == message
    for derive in (NCHW16c.project, NCHW16c.with_unit_blocks):
        with pytest.raises(LayoutError):
            derive([letter])
    with pytest.raises(LayoutError):
        NCHW16c.split(letter, 4)


@pytest.mark.parametrize("position", [-1, 5])
def test_primal_axis_of_a_position_outside(position: int):
    with pytest.raises(LayoutError, match="expected 0 to 4"):
        NCHW16c.primal_axis_of(position)


# Layouts from layouts.


def test_split():
    assert NCHW.split("C", 16) is NCHW16c
    assert str(NCHW16c.split("C", 4).split("N", 2)) == "NCHW16c4c2n"
    for factor in (0, -4):
        with pytest.raises(LayoutError):
            NCHW.split("C", factor)


def test_project():
    assert str(NCHW16c.project("C")) == "C16c"
    assert str(NCHW16c.project("WN")) == "NW"
    assert NCHW16c.project(NCHW.letters) is NCHW16c
    with pytest.raises(LayoutError):
        NCHW16c.project("")


def test_with_primal_order():
    assert str(NCHW16c.with_primal_order("NHWC")) == "NHWC16c"
    assert str(Layout.parse("NC4cHW8c").with_primal_order("WHCN")) == "WHCN4c8c"
    for letters in ("NCH", "NCHWD", "NCHH", ""):
        with pytest.raises(LayoutError, match="expected a permutation of NCHW"):
            NCHW16c.with_primal_order(letters)


def test_with_unit_blocks():
    assert str(NCHW16c.with_unit_blocks("C")) == "NCHW1c"
    assert str(Layout.parse("OIHW4i8o2i").with_unit_blocks("IH")) == "OIHW1i8o1i"
    assert NCHW16c.with_unit_blocks("") is NCHW16c


def test_bijective_to():
    assert NCHW.bijective_to(Layout.parse("NHWC8c"))
    assert not NCHW.bijective_to(Layout.parse("NCH"))
    assert not NCHW.bijective_to(Layout.parse("OIHW"))


@untimed
@given(layouts())
def test_projections_partition_the_axes(layout: Layout):
    parts = [layout.project(letter) for letter in layout.letters]
    assert sum(part.rank for part in parts) == layout.rank
    assert [part.block(part.letters) for part in parts] == [
        layout.block(letter) for letter in layout.letters
    ]


# Shapes.


@pytest.mark.parametrize(
    ("source", "shape", "to", "expected"),
    [
        ("NCHW", (1, 64, 7, 5), "NCHW16c", (1, 4, 7, 5, 16)),
        ("NCHW32c", (1, 4, 7, 5, 32), "NCHW64c", (1, 2, 7, 5, 64)),
        ("NCHW4c8c", (1, 2, 7, 5, 4, 8), "NHWC", (1, 7, 5, 64)),
        ("NCHW4c", (1, 3, 7, 5, 4), "NCHW6c", (1, 2, 7, 5, 6)),
        ("OIHW", (64, 3, 7, 7), "OIHW3i32o", (2, 1, 7, 7, 3, 32)),
        ("NCHW", (0, 16, 7, 7), "NCHW16c", (0, 1, 7, 7, 16)),
        ("NCHW", (1, 0, 7, 7), "NCHW16c", (1, 0, 7, 7, 16)),
        ("NC", (DYNAMIC_INDEX, 64), "NC8c", (DYNAMIC_INDEX, 8, 8)),
        ("NC", (1, DYNAMIC_INDEX), "NC8c", (1, DYNAMIC_INDEX, 8)),
        ("NC8c", (1, DYNAMIC_INDEX, 8), "NC16c", (1, DYNAMIC_INDEX, 16)),
    ],
)
def test_convert_shape(source: str, shape: tuple[int, ...], to: str, expected: tuple[int, ...]):
    assert Layout.parse(source).convert_shape(shape, Layout.parse(to)) == expected
    assert Layout.parse(to).convert_shape(expected, Layout.parse(source)) == shape


@pytest.mark.parametrize(
    ("source", "shape", "to", "message"),
    [
        ("NCHW", (1, 3, 7, 7), "OIHW", "found primal axes OIHW, expected those of NCHW"),
        ("NCHW", (1, 3, 7, 7), "NCH", "found primal axes NCH, expected those of NCHW"),
        ("NCHW", (1, 3, 7), "NHWC", "found shape (1, 3, 7) of rank 3, expected rank 4"),
        ("NC", (), "CN", "found shape () of rank 0, expected rank 2"),
        ("NC", (1, 24), "NC16c", "found extent 24 of axis C, expected a multiple of its block 16"),
        ("NC4c", (1, 6, 4), "NC16c", "found extent 24 of axis C"),
        ("NC4c", (1, 6, 8), "NC", "found 8 for block '4c' in shape (1, 6, 8), expected 4"),
        (
            "NC4c",
            (1, 6, DYNAMIC_INDEX),
            "NC",
            "found ? for block '4c' in shape (1, 6, ?), expected 4",
        ),
        ("NC", (1, -1), "CN", "found negative dimension -1 in shape (1, -1)"),
    ],
)
def test_convert_shape_names_what_is_wrong(
    source: str, shape: tuple[int, ...], to: str, message: str
):
    with pytest.raises(LayoutError) as caught:
        Layout.parse(source).convert_shape(shape, Layout.parse(to))
    assert message in str(caught.value)
    if DYNAMIC_INDEX not in shape and min(shape, default=0) >= 0:
        with pytest.raises(LayoutError, match=re.escape(message)):
            Layout.parse(source).convert_array(np.zeros(shape), Layout.parse(to))


def test_blocks_divide():
    assert NCHW16c.blocks_divide((1, 64, 7, 7))
    assert NCHW16c.blocks_divide((1, 0, 7, 7))
    assert NCHW16c.blocks_divide((1, DYNAMIC_INDEX, 7, 7))
    assert not NCHW16c.blocks_divide((16, 3, 16, 16))
    assert not Layout.parse("NCHW4c4c").blocks_divide((1, 8, 7, 7))
    with pytest.raises(LayoutError, match="expected rank 4"):
        NCHW16c.blocks_divide((1, 4, 7, 7, 16))


@untimed
@given(layouts(), st.data())
def test_blocks_divide_says_whether_the_shape_converts(layout: Layout, data: st.DataObject):
    shape = [data.draw(st.integers(0, 12)) for _ in layout.letters]
    try:
        layout.primal.convert_shape(shape, layout)
    except LayoutError:
        assert not layout.blocks_divide(shape)
    else:
        assert layout.blocks_divide(shape)


@untimed
@given(cases())
def test_shapes_convert_there_and_back(case: Case):
    there = case.a.convert_shape(case.shape, case.b)
    assert math.prod(there) == math.prod(case.shape)
    assert case.b.convert_shape(there, case.a) == case.shape


@untimed
@given(cases())
def test_shape_conversions_compose(case: Case):
    b_shape = case.a.convert_shape(case.shape, case.b)
    assert case.b.convert_shape(b_shape, case.c) == case.a.convert_shape(case.shape, case.c)


@untimed
@given(cases(), st.data())
def test_dynamic_dimensions_convert_there_and_back(case: Case, data: st.DataObject):
    letter = data.draw(st.sampled_from(case.a.letters))
    shape = list(case.shape)
    shape[case.a.index(letter)] = DYNAMIC_INDEX
    there = case.a.convert_shape(shape, case.b)
    dynamic = [i for i, dim in enumerate(there) if dim == DYNAMIC_INDEX]
    assert dynamic == [case.b.index(letter)]
    assert case.b.convert_shape(there, case.a) == tuple(shape)


# Indices.


def test_convert_index():
    shape = (1, 64, 7, 7)
    assert NCHW.convert_index((0, 37, 2, 5), shape, NCHW16c) == (0, 2, 2, 5, 5)
    blocked = Layout.parse("NCHW4c8c")
    assert NCHW.convert_index((0, 37, 2, 5), shape, blocked) == (0, 1, 2, 5, 0, 5)
    assert blocked.convert_index((0, 1, 2, 5, 3, 5), (1, 2, 7, 7, 4, 8), NCHW) == (0, 61, 2, 5)


def test_convert_index_of_a_dynamic_shape():
    shape = (1, DYNAMIC_INDEX)
    assert Layout.parse("NC").convert_index((0, 1000), shape, Layout.parse("NC8c")) == (0, 125, 0)


@pytest.mark.parametrize(
    "index", [(0, 64, 0, 0), (0, 0, -1, 0), (0, 0, 0), (0, 0, 0, 0, 0), ()], ids=str
)
def test_convert_index_outside(index: tuple[int, ...]):
    with pytest.raises(LayoutError, match="found index"):
        NCHW.convert_index(index, (1, 64, 7, 7), NCHW16c)


def test_convert_index_of_a_shape_the_block_does_not_divide():
    with pytest.raises(LayoutError, match="found extent 24"):
        NCHW.convert_index((0, 0, 0, 0), (1, 24, 7, 7), NCHW16c)


@untimed
@given(cases(min_extent=1), st.data())
def test_index_conversions_compose(case: Case, data: st.DataObject):
    index = data.draw(indices(case.shape))
    b_shape = case.a.convert_shape(case.shape, case.b)
    b_index = case.a.convert_index(index, case.shape, case.b)
    assert case.b.convert_index(b_index, b_shape, case.a) == index
    assert case.b.convert_index(b_index, b_shape, case.c) == case.a.convert_index(
        index, case.shape, case.c
    )


# Arrays.


def test_convert_array_of_a_weight():
    oihw = _numbered((4, 6, 3, 2))
    blocked = Layout.parse("OIHW").convert_array(oihw, Layout.parse("OIHW3i2o"))
    # O, I, H, W, i, o  <-  O, o, I, i, H, W
    assert np.array_equal(blocked, oihw.reshape(2, 2, 2, 3, 3, 2).transpose(0, 2, 4, 5, 3, 1))
    assert blocked.flags.c_contiguous


@pytest.mark.parametrize(("source", "to"), [("C4c", "C6c"), ("C2c3c", "C3c2c"), ("C1c", "C12c")])
def test_convert_array_of_one_axis_moves_nothing(source: str, to: str):
    shape = Layout.parse("C").convert_shape((12,), Layout.parse(source))
    converted = Layout.parse(source).convert_array(_numbered(shape), Layout.parse(to))
    assert converted.shape == Layout.parse("C").convert_shape((12,), Layout.parse(to))
    assert np.array_equal(converted.ravel(), np.arange(12))


def test_convert_array_without_a_common_refinement():
    nhwc4c, nhwc6c = Layout.parse("NHCW4c"), Layout.parse("NHCW6c")
    nchw = _numbered((2, 12, 3, 2))
    converted = nhwc4c.convert_array(NCHW.convert_array(nchw, nhwc4c), nhwc6c)
    assert np.array_equal(converted, NCHW.convert_array(nchw, nhwc6c))
    assert converted.flags.c_contiguous


def test_convert_array_keeps_any_element_type():
    for dtype in (np.bool_, np.uint8, np.float16, np.float64, ml_dtypes.bfloat16):
        array = _numbered((1, 4, 1, 3)).astype(dtype)
        converted = NCHW.convert_array(array, Layout.parse("NCHW2c"))
        assert converted.dtype == array.dtype
        assert np.array_equal(converted[0, 1, 0, :, 1], array[0, 3, 0])


def test_convert_array_takes_any_strides():
    array = _numbered((7, 6, 4, 2)).transpose(3, 2, 1, 0)[:, ::-1]
    array.flags.writeable = False
    for to in ("NCHW", "NCHW2c", "WHCN"):
        converted = NCHW.convert_array(array, Layout.parse(to))
        assert converted.flags.c_contiguous
        expected = NCHW.convert_array(np.ascontiguousarray(array), Layout.parse(to))
        assert np.array_equal(converted, expected)


@untimed
@given(cases())
def test_arrays_convert_there_and_back(case: Case):
    array = _numbered(case.shape)
    there = case.a.convert_array(array, case.b)
    assert there.shape == case.a.convert_shape(case.shape, case.b)
    assert there.flags.c_contiguous
    assert np.array_equal(case.b.convert_array(there, case.a), array)


@untimed
@given(cases())
def test_array_conversions_compose(case: Case):
    array = _numbered(case.shape)
    via_b = case.b.convert_array(case.a.convert_array(array, case.b), case.c)
    assert np.array_equal(via_b, case.a.convert_array(array, case.c))


@untimed
@given(cases(min_extent=1), st.data())
def test_arrays_and_indices_agree(case: Case, data: st.DataObject):
    array = _numbered(case.shape)
    converted = case.a.convert_array(array, case.b)
    index = data.draw(indices(case.shape))
    assert converted[case.a.convert_index(index, case.shape, case.b)] == array[index]


@pytest.mark.parametrize(("source", "to"), [("NCHW4c", "NC2nHW8c"), ("NHC2cW2c", "WCHN2h3c")])
def test_arrays_and_indices_agree_everywhere(source: str, to: str):
    a, b = Layout.parse(source), Layout.parse(to)
    shape = NCHW.convert_shape((2, 24, 2, 3), a)
    array = _numbered(shape)
    converted = a.convert_array(array, b)
    for index in np.ndindex(shape):
        assert converted[a.convert_index(index, shape, b)] == array[index]


# The attribute.


def _context() -> Context:
    context = Context(allow_unregistered=True)
    context.load_dialect(Builtin)
    context.load_attr_or_type(LayoutAttr)
    return context


def _printed(module: Operation, generic: bool) -> str:
    stream = StringIO()
    Printer(stream, print_generic_format=generic).print_op(module)
    return stream.getvalue()


def test_attribute_get():
    attr = LayoutAttr.get("NCHW16c")
    assert attr.data is NCHW16c
    assert LayoutAttr.get(NCHW16c) is attr
    assert LayoutAttr.get(attr) is attr
    assert LayoutAttr(NCHW16c) == attr
    assert LayoutAttr.get("NCHW") != attr
    with pytest.raises(LayoutError):
        LayoutAttr.get("NCHWc")


@untimed
@given(layouts())
def test_attribute_prints_and_parses(layout: Layout):
    attr = LayoutAttr.get(layout)
    assert str(attr) == f"#relay.layout<{layout}>"
    assert Parser(_context(), str(attr)).parse_attribute() == attr
    assert Parser(_context(), f"#relay<layout<{layout}>>").parse_attribute() == attr


@pytest.mark.parametrize("generic", [False, True])
def test_attribute_round_trips_in_a_module(generic: bool):
    text = """
        builtin.module attributes {a = #relay.layout<NCHW16c>} {
          "test.op"() <{b = [#relay.layout<OIHW>, #relay.layout< C1c >]}> : () -> ()
        }"""
    module = Parser(_context(), text).parse_module()
    assert module.attributes["a"] == LayoutAttr.get("NCHW16c")
    printed = _printed(module, generic)
    assert "[#relay.layout<OIHW>, #relay.layout<C1c>]" in printed
    again = Parser(_context(), printed).parse_module()
    assert again.is_structurally_equivalent(module)


@pytest.mark.parametrize(
    ("text", "message", "column", "length"),
    [
        ("#relay.layout<NCHC>", "primal axis C appears twice, expected once", 14, 4),
        ("#relay.layout<NCHWc>", "found 'c' at offset 4, expected an upper-case axis", 14, 5),
        ("#relay.layout<>", "expected a layout such as NCHW16c", 14, 1),
        ("#relay.layout<16c>", "expected a layout such as NCHW16c", 14, 2),
        ('#relay.layout<"NCHW">', "expected a layout such as NCHW16c", 14, 6),
        ("#relay.layout<NCHW 16c>", "'>' expected", 19, 2),
        ("#relay.layout", "'<' expected", 13, 1),
    ],
)
def test_attribute_parse_errors_point_at_the_layout(
    text: str, message: str, column: int, length: int
):
    with pytest.raises(ParseError) as caught:
        Parser(_context(), text).parse_attribute()
    span = caught.value.span
    assert message in caught.value.msg
    assert (span.start, span.end) == (column, column + length)

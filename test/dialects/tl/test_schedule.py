"""Schedules as data: text, division of lengths into segments, edits, and exact cover."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inlay.dialects.tl import Entry, LoopKind, Piece, Schedule, ScheduleError, Segment
from inlay.dialects.tl.walk import walk_visits

CONV = (
    "[oh by (1x1, *x1, 1x1) parallel, oc, ow by 28, cb, kh, kw, ic by 2, ic unroll, "
    "ow unroll, l vector]"
)


def entry(text: str) -> Entry:
    return Schedule.parse(f"[{text}]")[0]


def test_text_round_trips():
    schedule = Schedule.parse(CONV)
    assert str(schedule) == CONV
    assert Schedule.parse(str(schedule)) == schedule
    assert schedule[0] == Entry("oh", (Piece(1, 1), Piece(None, 1), Piece(1, 1)), LoopKind.PARALLEL)
    assert schedule[2] == Entry.by("ow", 28)
    assert schedule[9] == Entry.vector("l")
    assert str(Schedule()) == "[]"
    assert Schedule.parse("[]") == Schedule()


def test_spellings_of_one_entry_are_equal():
    assert entry("i by (*x1)") == entry("i by 1") == entry("i") == entry("i serial")
    assert str(entry("i by (*x4) serial")) == "i by 4"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("i", "'\\[' expected"),
        ("[i by]", "integer"),
        ("[i by 0]", "at least 1"),
        ("[i by (0x4)]", "x and the size"),
        ("[i by (2x0)]", "found x0"),
        ("[i by (2y4)]", "found y4"),
        ("[i by (2 4)]", "x and the size"),
        ("[i fast]", "expected"),
        ("[i by 4 vector]", "takes the whole current piece"),
        ("[i] j", "end of the schedule"),
    ],
)
def test_malformed_text(text: str, message: str):
    with pytest.raises(ScheduleError, match=f"(?i){message}"):
        Schedule.parse(text)


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("i", 5, [(0, 5, 1)]),
        ("i by 16", 1000, [(0, 62, 16), (992, 1, 8)]),
        ("i by 16", 5, [(0, 1, 5)]),
        ("i by (*x28, *x4, *x1)", 101, [(0, 3, 28), (84, 4, 4), (100, 1, 1)]),
        ("i by (1x1, *x1, 1x1)", 56, [(0, 1, 1), (1, 54, 1), (55, 1, 1)]),
        ("i by (1x1, *x1, 1x1)", 2, [(0, 1, 1), (1, 1, 1)]),
        ("i by (1x13, *x12)", 49, [(0, 1, 13), (13, 3, 12)]),
        ("i by (1x13, *x12)", 50, [(0, 1, 13), (13, 3, 12), (49, 1, 1)]),
        ("i by (*x4, 1x1)", 7, [(0, 1, 4), (4, 1, 2), (6, 1, 1)]),
        ("i by (3x4)", 12, [(0, 3, 4)]),
        ("i by 4", 0, []),
        ("i vector", 16, [(0, 1, 16)]),
        ("i vector", 0, []),
    ],
)
def test_segments(text: str, length: int, expected: list[tuple[int, int, int]]):
    assert entry(text).segments(length) == [Segment(*item) for item in expected]


@pytest.mark.parametrize(("text", "length"), [("i by (1x1, *x1, 1x1)", 1), ("i by (3x4)", 13)])
def test_pieces_that_do_not_fit(text: str, length: int):
    with pytest.raises(ScheduleError, match=f"a piece of {length}"):
        entry(text).segments(length)


def test_sizes_of_several_lengths():
    assert entry("i by 4").sizes([8, 10]) == {4, 2}
    assert entry("i").sizes([]) == frozenset()


pieces = st.lists(
    st.builds(Piece, st.none() | st.integers(1, 3), st.integers(1, 9)), min_size=1, max_size=4
)


@given(pieces, st.integers(0, 60))
def test_segments_cover_exactly(parts: list[Piece], length: int):
    divided = Entry("i", tuple(parts))
    fixed = sum(piece.count * piece.size for piece in parts if piece.count)
    starred = any(piece.count is None for piece in parts)
    if fixed > length or (fixed < length and not starred):
        with pytest.raises(ScheduleError):
            divided.segments(length)
        return
    segments = divided.segments(length)
    covered = [(start, segment.size) for segment in segments for start in segment.starts]
    assert [start for start, _ in covered] == list(
        itertools.accumulate((size for _, size in covered), initial=0)
    )[:-1]
    assert sum(size for _, size in covered) == length
    # A piece of another size than one that is written is the one remainder.
    written = {piece.size for piece in parts}
    assert sum(segment.count for segment in segments if segment.size not in written) <= 1


BASE = Schedule.parse("[a, b by 4, c]")


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        (BASE.replace(1, Entry("x"), Entry("y")), "[a, x, y, c]"),
        (BASE.replace(0), "[b by 4, c]"),
        (BASE.insert(3, Entry("d")), "[a, b by 4, c, d]"),
        (BASE.insert(0, Entry.by("c", 8)), "[c by 8, a, b by 4, c]"),
        (BASE.split(2, [Piece(1, 3), Piece(None, 2)]), "[a, b by 4, c by (1x3, *x2), c]"),
        (BASE.split(0, [Piece(None, 2)], LoopKind.PARALLEL), "[a by 2 parallel, a, b by 4, c]"),
        (BASE.with_kind(1, LoopKind.UNROLL), "[a, b by 4 unroll, c]"),
        (BASE.with_kind(2, LoopKind.VECTOR), "[a, b by 4, c vector]"),
        (BASE.with_kind(2, LoopKind.VECTOR).with_kind(2, LoopKind.SERIAL), "[a, b by 4, c]"),
        (BASE.with_pieces(1, [Piece(None, 2)]), "[a, b by 2, c]"),
        (BASE.move(0, 2), "[b by 4, c, a]"),
        (BASE.move(2, 0), "[c, a, b by 4]"),
        (BASE.reorder([2, 0, 1]), "[c, a, b by 4]"),
        (BASE.rename({"b": "z"}), "[a, z by 4, c]"),
    ],
)
def test_edits(edited: Schedule, expected: str):
    assert str(edited) == expected
    assert str(BASE) == "[a, b by 4, c]"


REFUSED: list[Callable[[Schedule], Schedule]] = [
    lambda s: s.replace(3, Entry("x")),
    lambda s: s.replace(-1),
    lambda s: s.insert(4, Entry("x")),
    lambda s: s.reorder([0, 1]),
    lambda s: s.reorder([0, 1, 1]),
    lambda s: s.with_kind(1, LoopKind.VECTOR),
]


@pytest.mark.parametrize("edit", REFUSED)
def test_edits_that_do_not_apply(edit: Callable[[Schedule], Schedule]):
    with pytest.raises(ScheduleError):
        edit(BASE)


def test_entries_of_an_axis():
    schedule = Schedule.parse(CONV)
    assert schedule.indices("ow") == (2, 8)
    assert schedule.of_axis("ic") == (Entry.by("ic", 2), Entry("ic", kind=LoopKind.UNROLL))
    assert schedule.of_axis("nowhere") == ()


def test_walk_is_in_scheduled_order():
    points = [
        (point["i"], point["j"])
        for point, _ in walk_visits(Schedule.parse("[j by 2, i, j]"), {"i": 2, "j": 3})
    ]
    assert points == [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (1, 2)]


def test_walk_numbers_partial_results():
    visits = walk_visits(Schedule.parse("[j by 4, j by 2 chain, j vector]"), {"j": 7})
    assert [part for _, part in visits] == [(0, 0), (0, 1), (1, 0), (1, 1), (0, 0), (0, 1), (1, 0)]


def test_walk_of_no_axes_is_one_point():
    assert list(walk_visits(Schedule(), {})) == [({}, ())]
    assert list(walk_visits(Schedule.parse("[i]"), {"i": 0})) == []


def test_walk_refuses_what_is_left_undivided():
    with pytest.raises(ScheduleError, match="axis i: a piece of 2 points is left undivided"):
        list(walk_visits(Schedule.parse("[i by 2]"), {"i": 4}))
    with pytest.raises(ScheduleError, match="no axis k"):
        list(walk_visits(Schedule.parse("[k]"), {"i": 4}))


@st.composite
def scheduled_boxes(draw: st.DrawFn) -> tuple[dict[str, int], Schedule]:
    """A box of one to three axes and a schedule that divides it down to points."""
    extents = {axis: draw(st.integers(0, 13)) for axis in "abc"[: draw(st.integers(1, 3))]}
    entries: list[Entry] = []
    for axis, extent in extents.items():
        lengths = {extent}
        for _ in range(draw(st.integers(0, 2))):
            parts = tuple(draw(pieces))
            kind = draw(st.sampled_from([LoopKind.SERIAL, LoopKind.UNROLL, LoopKind.CHAIN]))
            outer = Entry(axis, parts, kind)
            try:
                lengths = set(outer.sizes(lengths))
            except ScheduleError:
                continue
            entries.append(outer)
        entries.append(draw(st.sampled_from([Entry(axis), Entry.vector(axis)])))
    # Interleave the axes at random; the entries of one axis keep their order.
    order = draw(st.permutations([item.axis for item in entries]))
    queues = {axis: [item for item in entries if item.axis == axis] for axis in extents}
    return extents, Schedule(tuple(queues[axis].pop(0) for axis in order))


@given(scheduled_boxes())
def test_every_point_is_visited_once(drawn: tuple[dict[str, int], Schedule]):
    extents, schedule = drawn
    visited = sorted(tuple(point.values()) for point, _ in walk_visits(schedule, extents))
    assert visited == sorted(itertools.product(*(range(extent) for extent in extents.values())))


@given(scheduled_boxes())
def test_text_of_any_schedule_round_trips(drawn: tuple[dict[str, int], Schedule]):
    _, schedule = drawn
    assert Schedule.parse(str(schedule)) == schedule

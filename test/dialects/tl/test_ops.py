"""Building tl in Python, text that does not parse, and what analyses read off values."""

import pytest
from xdsl.builder import Builder
from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, MemRefType, ModuleOp, f32, i8
from xdsl.ir import Block, Operation
from xdsl.rewriter import InsertPoint
from xdsl.utils.exceptions import VerifyException

from inlay.dialects.parsing import ParseError, parse_module
from inlay.dialects.registry import make_context
from inlay.dialects.tl import (
    Accumulator,
    AllocOp,
    Buffer,
    Direction,
    Entry,
    ForOp,
    Index,
    Interval,
    KernelOp,
    LinearOp,
    LoadOp,
    MatrixAttr,
    NestOp,
    Reduction,
    Schedule,
    StoreOp,
    YieldOp,
)
from inlay.dialects.tl.ranges import (
    form_of,
    index_forms,
    interval_of,
    is_nonnegative,
    lengths_of,
    strides_of,
)


def parse(text: str) -> ModuleOp:
    return parse_module(make_context(), text)


def builder_at(block: Block) -> Builder:
    return Builder(InsertPoint.at_end(block))


def matmul(n: int = 8, k: int = 5) -> KernelOp:
    types = [MemRefType(f32, [n, k]), MemRefType(f32, [k, 16]), MemRefType(f32, [n, 16])]
    buffers = [Buffer(), Buffer(), Buffer(Direction.OUT, alignment=64)]
    kernel = KernelOp.of("matmul", types, buffers, ["A", "B", "C"])
    a, b, c = kernel.args
    nest = NestOp.of(
        {"i": n, "l": 16},
        {"k": k},
        [Accumulator("acc", f32, Reduction.ADD)],
        Schedule.parse("[i by 4 parallel, k, i unroll, l vector]"),
    )
    kernel.block.add_op(nest)
    i, column, inner, acc = nest.add_update().args
    body = builder_at(nest.update.block)
    x = body.insert(LoadOp.of(a, [i, inner])).result
    y = body.insert(LoadOp.of(b, [inner, column])).result
    product = body.insert(arith.MulfOp(x, y)).result
    body.insert(YieldOp.of(body.insert(arith.AddfOp(acc, product)).result))
    i, column, acc = nest.add_finish().args
    builder_at(nest.finish.block).insert(StoreOp.of(acc, c, [i, column]))
    return kernel


MATMUL = """\
tl.kernel @matmul(%A: memref<8x5xf32>, %B: memref<5x16xf32>, %C: memref<8x16xf32> out align 64) {
  tl.nest (%i = 8, %l = 16) reduce (%k = 5) acc (%acc : f32 add)
    schedule [i by 4 parallel, k, i unroll, l vector] update {
    %0 = tl.load %A[%i, %k]
    %1 = tl.load %B[%k, %l]
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %acc, %2 : f32
    tl.yield %3
  } finish {
    tl.store %acc, %C[%i, %l]
  }
}"""


def test_kernel_built_in_python():
    kernel = matmul()
    kernel.verify()
    assert str(kernel) == MATMUL
    assert str(parse(MATMUL).body.block.first_op) == MATMUL


def test_clones_are_equal_and_apart():
    kernel = matmul()
    clone = kernel.clone()
    assert str(clone) == MATMUL
    nest = next(op for op in clone.body.walk() if isinstance(op, NestOp))
    nest.schedule = nest.schedule.move(1, 0).replace(1, Entry.by("i", 2))
    assert "schedule [k, i by 2, i unroll, l vector]" in str(clone)
    assert str(kernel) == MATMUL


def test_axes_follow_their_properties():
    nest = next(op for op in matmul().body.walk() if isinstance(op, NestOp))
    assert [(axis.name, axis.extent) for axis in nest.axes] == [("i", 8), ("l", 16), ("k", 5)]
    other = NestOp.of({"i": 3, "l": 16}, {"k": 5}, nest.accumulators)
    nest.static_extents = other.static_extents
    assert [axis.extent for axis in nest.axes] == [3, 16, 5]
    assert [axis.name for axis in nest.reduction] == ["k"]
    assert nest.axis("k").is_reduction
    with pytest.raises(KeyError):
        nest.axis("acc")
    arguments = nest.arguments_of(nest.finish.block)
    assert list(arguments) == ["i", "l"]
    assert nest.axis_of(nest.finish.block.args[2]) is None
    assert nest.accumulators_of(nest.finish.block) == nest.finish.block.args[2:]


def test_nests_without_a_schedule_run_point_by_point():
    nest = NestOp.of({"i": 4}, {"k": 2}, [Accumulator("a", f32)])
    assert str(nest.schedule) == "[i, k]"


def test_ranges_and_matrices_in_python():
    kernel = KernelOp.of(
        "k", [MemRefType(f32, [3, 4]), MemRefType(f32, [2, 4])], [Buffer(), Buffer(Direction.OUT)]
    )
    x, y = kernel.args
    nest = NestOp.of({"j": 4})
    kernel.block.add_op(nest)
    (j,) = nest.add_finish().args
    body = builder_at(nest.finish.block)
    column = body.insert(LoadOp.of(x, [Index.range(0, 3), j]))
    assert len(column.values) == 3
    product = body.insert(LinearOp.of(MatrixAttr.of([[1, 0, 2], [0, 1, 1]]), column.loaded))
    body.insert(StoreOp.of(product.outputs, y, [Index.range(0, 2), j]))
    kernel.verify()
    assert "%5, %6 = tl.linear #tl.matrix<[[1, 0, 2], [0, 1, 1]]>, %2, %3, %4" in str(kernel)
    assert "tl.store %5, %6, %1[0:2, %j]" in str(kernel)


def test_loops_and_scratch_in_python():
    kernel = KernelOp.of("k", [MemRefType(f32, [13, 4])], [Buffer(Direction.OUT)], ["Y"])
    loop = ForOp.of(13, Entry.by("y", 4))
    kernel.block.add_op(loop)
    scratch = AllocOp.of(MemRefType(f32, [-(2**63), 4]), [loop.length])
    nest = NestOp.of({"t": loop.length, "x": 4})
    loop.block.add_ops([scratch, nest])
    t, x = nest.add_finish().args
    body = builder_at(nest.finish.block)
    value = body.insert(LoadOp.of(scratch.memref, [t, x])).result
    body.insert(StoreOp.of(value, kernel.args[0], [Index.of(loop.index) + t, x]))
    kernel.verify()
    loop.entry = Entry.by("y", 1)
    kernel.verify()
    assert "tl.for %y, %y_length = 13 {" in str(kernel)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "tl.nest (%i = 8, %i_1 as i = 4) finish {}",
            "found axes i, i, expected names that differ",
        ),
        ("tl.nest (%i = %X) finish {}", "%X has type memref<8xf32>, expected index"),
        ("tl.nest (%i = %n) finish {}", "%n is not defined before its use"),
        ("tl.nest (%i = 8) finish {} finish {}", "found finish twice"),
        ("tl.nest (%i = 8) acc (%a : f32 mean) finish {}", "add"),
        ("tl.for %i = 8 by 4 vector {}", "takes the whole current piece"),
        ("tl.nest () acc (%a : f32 custom) combine (%b, %c), (%d) {}", "combine has sets of 2"),
    ],
)
def test_ops_that_do_not_parse(text: str, message: str):
    with pytest.raises(ParseError, match=message):
        parse(f"tl.kernel @k(%X: memref<8xf32>) {{ {text} }}")


@pytest.mark.parametrize(
    ("access", "message"),
    [
        ("%x = tl.load %X[%i * %j]", "one factor must be a constant"),
        ("%x = tl.load %X[%i floordiv 0]", "floordiv by 0"),
        ("%x = tl.load %X[%i floordiv %j]", "integer"),
        ("%x = tl.load %X[0:2 + 0:2]", "at most one literal range"),
        ("%x = tl.load %X[]", "found 0 indices, expected 1"),
        ("%x = tl.load %i[0]", "found index, expected a memref"),
        ("%x = tl.load %Q[0]", "%Q is not defined"),
        ("%x = tl.load %X[%c]", "type f32, expected index"),
        ("%x = tl.load %X[%i] else %c", "number|literal|integer"),
        ("%b = tl.load %P[%i] else 0.5", "expected a constant of i8"),
        ("tl.store %c, %c[%i]", "found f32, expected a memref"),
        ("tl.store %c, %X[%i] else 0.0", "skip"),
        ("%y = tl.linear #tl.matrix<[[1, 2], [3]]>, %c, %c", "all of one length"),
        ("%y = tl.linear #tl.matrix<[[1/0]]>, %c", "a fraction over 0"),
        ("%y = tl.linear 1, %c", "expected #tl.matrix"),
        ("%d:2 = tl.load %X[0:2]\n%y = arith.addf %c, %c : f32\ntl.store %d#2, %X[%i]", "#2"),
        ("tl.nest (%i_1 = 8) finish {}", "not ending in an underscore and a number"),
    ],
)
def test_accesses_that_do_not_parse_or_verify(access: str, message: str):
    text = f"""
      tl.kernel @k(%X: memref<8xf32> inout, %P: memref<8xi8>) {{
        tl.nest (%i = 8, %j = 2) finish {{
          %c = arith.constant 0.0 : f32
          {access}
        }} }}"""
    with pytest.raises((ParseError, VerifyException), match=f"(?s){message}"):
        parse(text).verify()


def ops_of(text: str) -> dict[str, Operation]:
    """The ops of a kernel by the name of their first result."""
    return {op.results[0].name_hint or "": op for op in parse(text).walk() if len(op.results) == 1}


SHARED = """
  tl.kernel @k(%X: memref<13x?xf32> sizes (n), %Y: memref<?xf32> sizes (n), %Z: memref<?xf32>) {
    %c1 = arith.constant 1 : index
    %c0 = arith.constant 0 : index
    %n = memref.dim %X, %c1 : memref<13x?xf32>
    %m = memref.dim %Y, %c0 : memref<?xf32>
    %z = memref.dim %Z, %c0 : memref<?xf32>
    %s = memref.dim %X, %c0 : memref<13x?xf32>
    %double = arith.addi %n, %m : index
    tl.for %y, %len = 13 by (1x1, *x5) {
      tl.nest (%t = %len, %i = %n) schedule [t, i] finish {
        %a = tl.load %X[%y + %t, %i]
        %sum = arith.addi %t, %c1 : index
        %b = tl.load %X[%y + %sum, %i] checked
        %clamped = arith.minsi %i, %c1 : index
        %c = tl.load %Y[%i]
      } } }
"""


def test_named_extents_are_equal():
    ops = ops_of(SHARED)
    n, m, z, double = (form_of(ops[name].results[0]) for name in ("n", "m", "z", "double"))
    assert n == m
    assert n != z
    assert double == n * 2
    assert form_of(ops["s"].results[0]).constant == 13


def test_pieces_bound_what_runs_to_their_length():
    ops = ops_of(SHARED)
    loop = next(op for op in parse(SHARED).walk() if isinstance(op, ForOp))
    assert lengths_of(loop.length) == {1, 5, 2}
    assert interval_of(loop.index) == Interval(0, 11)
    assert interval_of(loop.length) == Interval(1, 5)
    load, shifted = ops["a"], ops["b"]
    assert isinstance(load, LoadOp)
    assert isinstance(shifted, LoadOp)
    row = index_forms(load)[0]
    assert is_nonnegative(row)
    assert is_nonnegative(row * -1 + 12)
    assert not is_nonnegative(row * -1 + 11)
    assert index_forms(shifted)[0] == row + 1


def test_clamps_are_seen():
    ops = ops_of(SHARED)
    clamped = ops["clamped"].results[0]
    assert interval_of(clamped) == Interval(0, 1)
    assert is_nonnegative(form_of(clamped) * -1 + 1)


def test_opaque_values_are_unbounded():
    block = Block(arg_types=[IndexType(), i8])
    assert interval_of(block.args[0]) == Interval()
    assert not is_nonnegative(form_of(block.args[0]))
    assert lengths_of(block.args[0]) is None


def test_strides():
    assert strides_of(MemRefType(f32, [2, 3, 4])) == [12, 4, 1]
    assert strides_of(MemRefType(f32, [])) == []
    dynamic = parse("tl.kernel @k(%X: memref<2x?x4xf32>) {}").body.block.first_op
    assert isinstance(dynamic, KernelOp)
    assert strides_of(dynamic.args[0].type) == [None, 4, 1]


GENERIC = """
"tl.kernel"() <{{buffers = [#tl.buffer<>], sym_name = "k"}}> ({{
^bb0(%X: memref<8xf32>):
  "tl.nest"() <{{accumulators = [], extents = array<i64: {extents}>, reduction = [],
                schedule = #tl.schedule<[i]>, spatial = ["i"]}}> ({{}}, {{}}, {{}}, {{
  ^bb1(%i: index):
    %x = "tl.load"({operands}) <{{map = affine_map<{map}>{more}}}> : ({types}) -> f32
  }}) : () -> ()
}}) : () -> ()
"""
LOAD = {
    "extents": "8",
    "operands": "%X, %i",
    "types": "memref<8xf32>, index",
    "map": "(d0) -> (d0)",
    "more": "",
}


def test_generic_form():
    parse(GENERIC.format(**LOAD)).verify()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"map": "(d0) -> (d0 floordiv 0)"}, "an index is not affine"),
        ({"map": "(d0) -> (d0 mod -2)"}, "an index is not affine"),
        ({"map": "(d0) -> (d0, d0)"}, "found 2 indices, expected 1"),
        ({"map": "() -> (0)"}, "found 1 index operands, expected 0"),
        ({"map": "(d0)[s0] -> (s0)"}, "must stand in just one index"),
        ({"more": ", range = array<i64: 0, 2>"}, "must stand in just one index"),
        ({"map": "(d0)[s0] -> (s0)", "more": ", range = array<i64: 2>"}, "not lo:hi"),
        ({"map": "(d0)[s0] -> (s0)", "more": ", range = array<i64: 2, 2>"}, "not lo:hi"),
        ({"map": "(d0)[s0] -> (s0)", "more": ", range = array<i64: 0, 2>"}, "found 1 values"),
        ({"more": ", skip, otherwise = 0.0 : f32"}, "both else skip and else with a constant"),
        ({"more": ", otherwise = 0.0 : f64"}, "else has type f64, expected f32"),
        ({"extents": "8, 4"}, "found 2 extents and 0 operands for 1 axes"),
        ({"extents": "-9223372036854775808"}, "found 1 extents and 0 operands"),
        ({"extents": "-1"}, "axis i has extent -1"),
    ],
)
def test_generic_form_is_verified(change: dict[str, str], message: str):
    with pytest.raises(VerifyException, match=message):
        parse(GENERIC.format(**LOAD | change)).verify()

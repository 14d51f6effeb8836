"""Each rule of simplify-expr on an example: it fires once, and no bit of the result changes."""

from collections.abc import Sequence

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

from inlay.dialects.parsing import parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.dialects.relay.arithmetic import MaximumOp, MinimumOp
from inlay.dialects.relay.base import RelayOp
from inlay.dialects.relay.evaluate import evaluate
from inlay.dialects.relay.module import FuncOp
from inlay.dialects.relay.rows import Array
from inlay.dialects.relay.types import DYNAMIC, FLOATS, dtype_of, numpy_dtype, shape_of
from inlay.frontends.builder import GraphBuilder
from inlay.passes.graph.simplify_rules import RULES
from inlay.passes.manager import PassManager
from inlay.passes.statistics import collect


def parse(text: str) -> ModuleOp:
    return parse_module(make_context(), text, "test.mlir")


def simplify(module: ModuleOp) -> int:
    """Run simplify-expr and give how many rewrites it counted."""
    with collect() as counts:
        PassManager.parse("simplify-expr").run(make_context(), module)
    return counts["simplified"]


def main_inputs(module: ModuleOp, seed: int = 0) -> list[Array]:
    """Random arrays for @main, with the special values of each type among them; `?` is 3."""
    main = next(op for op in module.ops if isinstance(op, FuncOp) and op.sym_name.data == "main")
    rng = np.random.default_rng(seed)
    inputs: list[Array] = []
    for argument in main.args:
        shape = [3 if extent == DYNAMIC else extent for extent in shape_of(argument.type)]
        dtype = numpy_dtype(argument.type)
        values = rng.standard_normal(shape) * 3
        if dtype_of(argument.type) in FLOATS:
            special = np.array([-0.0, 0.0, np.nan, np.inf, -np.inf, 0.5, -2.5, 1e30])
            np.put(values, rng.permutation(values.size)[: special.size], special)
            with np.errstate(over="ignore"):
                inputs.append(values.astype(dtype))
        else:
            inputs.append(rng.integers(0, 256, shape).astype(np.uint8).astype(dtype))
            if dtype.itemsize >= 4:
                inputs[-1] = inputs[-1] * dtype.type(1_000_003)
    return inputs


def bits(arrays: Sequence[Array]) -> list[tuple[str, bytes]]:
    """The arrays' types and bytes, all NaNs being one."""
    return [
        (
            str((array.dtype, array.shape)),
            np.where(array != array, array.dtype.type(0), array).tobytes(),
        )
        for array in arrays
    ]


F32 = "tensor<4x6xf32>"
I32 = "tensor<4x6xi32>"
I1 = "tensor<4x6xi1>"

# For each rule: its text, the parameters of a function, its body up to %r, and the type of %r.
EXAMPLES: list[tuple[str, str, str, str]] = [
    ("copy(x) = x", f"%x: {F32}", f"%r = relay.copy %x : ({F32})", F32),
    (
        "view(x) = x, where the shape stays",
        "%x: tensor<?x6xf32>",
        "%r = relay.reshape %x {newshape = array<i64: -1, 6>} : (tensor<?x6xf32>)",
        "tensor<?x6xf32>",
    ),
    (
        "view(x) = x, where the shape stays",
        f"%x: {F32}, %y: {F32}",
        f"%r = relay.reshape_like %x, %y : ({F32}, {F32})",
        F32,
    ),
    ("view(x) = x, where the shape stays", f"%x: {F32}", f"%r = relay.squeeze %x : ({F32})", F32),
    (
        "view(view(x)) = x, where the shape returns",
        f"%x: {F32}",
        f"""%0 = relay.expand_dims %x {{axis = -1 : i64, num_newaxis = 2 : i64}} : ({F32})
        %r = relay.squeeze %0 {{axis = array<i64: 2, -1>}} : (tensor<4x6x1x1xf32>)""",
        F32,
    ),
    (
        "reshape_like(x, y) = reshape(x)",
        f"%x: {F32}, %y: tensor<3x8xf32>",
        f"%r = relay.reshape_like %x, %y : ({F32}, tensor<3x8xf32>)",
        "tensor<3x8xf32>",
    ),
    (
        "shape_of(x) = its shape, where static",
        "%x: tensor<4x0x6xf32>",
        "%r = relay.shape_of %x {dtype = i64} : (tensor<4x0x6xf32>)",
        "tensor<3xi64>",
    ),
    (
        "shape_of(x) = its shape, where static",
        "%x: tensor<f32>",
        "%r = relay.shape_of %x : (tensor<f32>)",
        "tensor<0xi32>",
    ),
    (
        "view(view(x)) = reshape(x), where one is a reshape",
        "%x: tensor<0x3x2xf32>",
        """%0 = relay.nn.batch_flatten %x : (tensor<0x3x2xf32>)
        %r = relay.expand_dims %0 {axis = 0 : i64} : (tensor<0x6xf32>)""",
        "tensor<1x0x6xf32>",
    ),
    (
        "transpose(x) = x, where the order stays",
        f"%x: {F32}",
        f"%r = relay.transpose %x {{axes = array<i64: 0, -1>}} : ({F32})",
        F32,
    ),
    (
        "transpose(x) = x, where the order stays",
        "%x: tensor<f32>",
        "%r = relay.transpose %x : (tensor<f32>)",
        "tensor<f32>",
    ),
    (
        "transpose(transpose(x)) = transpose(x)",
        "%x: tensor<2x3x4xf32>",
        """%0 = relay.transpose %x {axes = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>)
        %r = relay.transpose %0 {axes = array<i64: 0, 2, 1>} : (tensor<4x2x3xf32>)""",
        "tensor<4x3x2xf32>",
    ),
    (
        "layout_transform(x, A to A) = x",
        f"%x: {F32}",
        f"""%r = relay.layout_transform %x
        {{src_layout = #relay.layout<NC>, dst_layout = #relay.layout<NC>}} : ({F32})""",
        F32,
    ),
    (
        "x, A to B, B to C = x, A to C",
        f"%x: {F32}",
        f"""%0 = relay.layout_transform %x
            {{src_layout = #relay.layout<NC>, dst_layout = #relay.layout<NC3c>}} : ({F32})
        %r = relay.layout_transform %0
            {{src_layout = #relay.layout<NC3c>, dst_layout = #relay.layout<CN2c>}}
            : (tensor<4x2x3xf32>)""",
        "tensor<3x4x2xf32>",
    ),
    (
        "broadcast_to(x) = x, where the shape stays",
        f"%x: {F32}",
        f"%r = relay.broadcast_to %x {{shape = array<i64: 4, 6>}} : ({F32})",
        F32,
    ),
    (
        "broadcast_to(broadcast_to(x)) = broadcast_to(x)",
        "%x: tensor<6xf32>",
        """%0 = relay.broadcast_to %x {shape = array<i64: 1, 6>} : (tensor<6xf32>)
        %r = relay.broadcast_to %0 {shape = array<i64: 4, 6>} : (tensor<1x6xf32>)""",
        F32,
    ),
    (
        "strided_slice(x) = x, where it takes all",
        f"%x: {F32}",
        f"""%r = relay.strided_slice %x
        {{begin = array<i64: -9, 0>, end = array<i64: 9, 6>}} : ({F32})""",
        F32,
    ),
    (
        "split(x) = x, where in one piece",
        f"%x: {F32}",
        f"%r = relay.split %x {{indices_or_sections = array<i64>}} : ({F32})",
        F32,
    ),
    (
        "concatenate(x, y) = x, where y is empty",
        f"%x: {F32}, %y: tensor<4x0xf32>",
        f"""%r = relay.concatenate %x, %y, %x {{axis = -1 : i64}}
        : ({F32}, tensor<4x0xf32>, {F32})""",
        "tensor<4x12xf32>",
    ),
    (
        "concatenate(x, y) = x, where y is empty",
        "%x: tensor<0xf32>, %y: tensor<0xf32>",
        """%r = relay.concatenate %x, %y {axis = 0 : i64} : (tensor<0xf32>, tensor<0xf32>)""",
        "tensor<0xf32>",
    ),
    (
        "concatenate(split(x)) = x, of all slices in order",
        f"%x: {F32}",
        f"""%0, %1 = relay.split %x {{indices_or_sections = 2 : i64, axis = -1 : i64}} : ({F32})
        %r = relay.concatenate %0, %1 {{axis = 1 : i64}} : (tensor<4x3xf32>, tensor<4x3xf32>)""",
        F32,
    ),
    (
        "concatenate(split(x)) = x, of all slices in order",
        f"%x: {F32}",
        f"""%0 = relay.strided_slice %x
            {{begin = array<i64: 0>, end = array<i64: 3>, axes = array<i64: 0>}} : ({F32})
        %1 = relay.strided_slice %x
            {{begin = array<i64: 3>, end = array<i64: 4>, axes = array<i64: 0>}} : ({F32})
        %r = relay.concatenate %0, %1 {{axis = 0 : i64}} : (tensor<3x6xf32>, tensor<1x6xf32>)""",
        F32,
    ),
    (
        "tile(x) = repeat(x) = x, where once",
        f"%x: {F32}",
        f"%r = relay.tile %x {{reps = array<i64: 1>}} : ({F32})",
        F32,
    ),
    (
        "tile(x) = repeat(x) = x, where once",
        f"%x: {F32}",
        f"%r = relay.repeat %x {{repeats = 1 : i64, axis = 0 : i64}} : ({F32})",
        F32,
    ),
    (
        "reverse(x) = x, along no axis",
        f"%x: {F32}",
        f"%r = relay.reverse %x {{axis = array<i64>}} : ({F32})",
        F32,
    ),
    (
        "reverse(reverse(x)) = x, along the same axes",
        f"%x: {F32}",
        f"""%0 = relay.reverse %x {{axis = array<i64: 0, 1>}} : ({F32})
        %r = relay.reverse %0 {{axis = array<i64: -1, 0>}} : ({F32})""",
        F32,
    ),
    (
        "pad(x) = x, where by nothing",
        f"%x: {F32}",
        f"%r = relay.nn.pad %x {{pad_width = array<i64: 0, 0, 0, 0>}} : ({F32})",
        F32,
    ),
    (
        "tuple(..., x, ...)[i] = x",
        f"%x: {F32}, %y: {I32}",
        f"""%0 = relay.tuple %y, %x : ({I32}, {F32})
        %r = relay.tuple_get_item %0 {{index = 1 : i64}} : (tuple<{I32}, {F32}>)""",
        F32,
    ),
    (
        "cast(x) = x, where the type stays",
        f"%x: {F32}",
        f"%r = relay.cast %x {{dtype = f32}} : ({F32})",
        F32,
    ),
    *(
        (
            "cast(cast(x)) = cast(x), where the first loses nothing",
            f"%x: tensor<4x6x{start}>",
            f"""%0 = relay.cast %x {{dtype = {middle}}} : (tensor<4x6x{start}>)
            %r = relay.cast %0 {{dtype = {end}}} : (tensor<4x6x{middle}>)""",
            f"tensor<4x6x{end}>",
        )
        for start, middle, end in [
            ("f32", "f64", "i8"),
            ("bf16", "f32", "f16"),
            ("i1", "f16", "i8"),
            ("ui8", "bf16", "i64"),
            ("i16", "f32", "f64"),
            ("i32", "i64", "ui8"),
            ("ui32", "f64", "i1"),
        ]
    ),
    *(
        (
            "f(f(x)) = f(x): relu, abs, ceil, ...",
            f"%x: {F32}",
            f"%0 = relay.{name} %x : ({F32})\n%r = relay.{name} %0 : ({F32})",
            F32,
        )
        for name in ("nn.relu", "abs", "ceil", "floor", "round", "trunc", "sign")
    ),
    *(
        (
            "f(f(x)) = x: negative, logical_not, ...",
            f"%x: {type_}",
            f"%0 = relay.{name} %x : ({type_})\n%r = relay.{name} %0 : ({type_})",
            type_,
        )
        for name, type_ in [
            ("negative", F32),
            ("negative", I32),
            ("logical_not", I1),
            ("bitwise_not", I32),
        ]
    ),
    (
        "abs(-x) = abs(x)",
        f"%x: {F32}",
        f"%0 = relay.negative %x : ({F32})\n%r = relay.abs %0 : ({F32})",
        F32,
    ),
    *(
        (
            "clip(clip(x)) = clip(x)",
            f"%x: {type_}",
            f"""%0 = relay.clip %x {{a_min = {a} : f64, a_max = {b} : f64}} : ({type_})
            %r = relay.clip %0 {{a_min = {c} : f64, a_max = {d} : f64}} : ({type_})""",
            type_,
        )
        for a, b, c, d in [
            ("-1.5", "2.5", "-2.0", "1.0"),
            ("-1.5", "-0.5", "1.25", "3.0"),
            ("4.0", "5.0", "1.25", "3.0"),
        ]
        for type_ in (F32, I32)
    ),
    *(
        (
            "x + -0 = x - 0 = x * 1 = x / 1 = x, ...",
            f"%x: tensor<4x6x{element}>",
            f"""%c = relay.constant dense<{value}> : tensor<6x{element}>
            %r = relay.{name} {order} : (tensor<{first}x{element}>, tensor<{second}x{element}>)""",
            f"tensor<4x6x{element}>",
        )
        for name, element, value, orders in [
            ("add", "f32", "-0.0", 2),
            ("add", "i32", "0", 2),
            ("subtract", "f32", "0.0", 1),
            ("subtract", "bf16", "0.0", 1),
            ("multiply", "f16", "1.0", 2),
            ("multiply", "ui8", "1", 2),
            ("divide", "f32", "1.0", 1),
            ("divide", "i32", "1", 1),
            ("floor_divide", "i32", "1", 1),
            ("power", "f32", "1.0", 1),
            ("logical_and", "i1", "true", 2),
            ("logical_or", "i1", "false", 2),
        ]
        for order, first, second in [("%x, %c", "4x6", "6"), ("%c, %x", "6", "4x6")][:orders]
    ),
    (
        "where(c, x, x) = x",
        f"%c: tensor<6xi1>, %x: {F32}",
        f"%r = relay.where %c, %x, %x : (tensor<6xi1>, {F32}, {F32})",
        F32,
    ),
]

# Graphs that look like a rule's but are none.
COUNTEREXAMPLES: list[tuple[str, str, str]] = [
    ("%x: tensor<?x6xf32>", "%r = relay.shape_of %x : (tensor<?x6xf32>)", "tensor<2xi32>"),
    # An extent that the element type cannot hold.
    (
        "%x: tensor<200xf32>",
        "%r = relay.shape_of %x {dtype = i8} : (tensor<200xf32>)",
        "tensor<1xi8>",
    ),
    (f"%x: {F32}", f"%r = relay.reverse %x {{axis = array<i64: 0>}} : ({F32})", F32),
    (
        f"%x: {F32}",
        f"""%0 = relay.reverse %x {{axis = array<i64: 0>}} : ({F32})
        %r = relay.reverse %0 {{axis = array<i64: 1>}} : ({F32})""",
        F32,
    ),
    (
        "%x: tensor<4x4xf32>",
        "%r = relay.transpose %x : (tensor<4x4xf32>)",
        "tensor<4x4xf32>",
    ),
    (
        f"%x: {F32}",
        f"""%r = relay.strided_slice %x
        {{begin = array<i64: 3>, end = array<i64: -9>, strides = array<i64: -1>}} : ({F32})""",
        F32,
    ),
    (
        f"%x: {F32}",
        f"""%0, %1 = relay.split %x {{indices_or_sections = 2 : i64, axis = 0 : i64}} : ({F32})
        %r = relay.concatenate %1, %0 {{axis = 0 : i64}} : (tensor<2x6xf32>, tensor<2x6xf32>)""",
        F32,
    ),
    (
        "%x: tensor<4x4xf32>",
        """%0, %1 = relay.split %x {indices_or_sections = 2 : i64} : (tensor<4x4xf32>)
        %r = relay.concatenate %0, %1 {axis = 1 : i64} : (tensor<2x4xf32>, tensor<2x4xf32>)""",
        "tensor<2x8xf32>",
    ),
    *(
        (
            f"%x: tensor<4x6x{start}>",
            f"""%0 = relay.cast %x {{dtype = {middle}}} : (tensor<4x6x{start}>)
            %r = relay.cast %0 {{dtype = {end}}} : (tensor<4x6x{middle}>)""",
            f"tensor<4x6x{end}>",
        )
        for start, middle, end in [
            ("f32", "f16", "f32"),
            ("i64", "f64", "i64"),
            ("i32", "f64", "i8"),
            ("i8", "ui8", "i32"),
            ("f32", "i32", "f32"),
            ("i32", "i1", "i32"),
        ]
    ),
    *(
        (
            f"%x: {F32}",
            f"""%c = relay.constant dense<{value}> : tensor<6xf32>
            %r = relay.{name} {order} : ({types})""",
            F32,
        )
        for name, value, order, types in [
            ("add", "0.0", "%x, %c", f"{F32}, tensor<6xf32>"),
            ("subtract", "-0.0", "%x, %c", f"{F32}, tensor<6xf32>"),
            ("subtract", "0.0", "%c, %x", f"tensor<6xf32>, {F32}"),
            ("divide", "1.0", "%c, %x", f"tensor<6xf32>, {F32}"),
            ("floor_divide", "1.0", "%x, %c", f"{F32}, tensor<6xf32>"),
            ("multiply", "[1.0, 1.0, 1.0, 1.0, 1.0, 1.5]", "%x, %c", f"{F32}, tensor<6xf32>"),
        ]
    ),
    (
        f"%x: {F32}",
        f"""%0 = relay.clip %x {{a_min = 2.0 : f64, a_max = 1.0 : f64}} : ({F32})
        %r = relay.clip %0 {{a_min = 0.0 : f64, a_max = 3.0 : f64}} : ({F32})""",
        F32,
    ),
]


def function(parameters: str, body: str, result: str) -> str:
    return f"""relay.func @main({parameters}) -> {result} {{
        {body}
        relay.return %r : {result}
    }}"""


def test_each_rule_has_an_example():
    assert {text for text, *_ in EXAMPLES} == {rule.text for rule in RULES}


@pytest.mark.parametrize(("text", "parameters", "body", "result"), EXAMPLES)
def test_a_rule_is_exact(text: str, parameters: str, body: str, result: str):
    module = parse(function(parameters, body, result))
    module.verify()
    inputs = main_inputs(module)
    expected = bits(evaluate(module, inputs))
    assert simplify(module) >= 1, text
    assert bits(evaluate(module, inputs)) == expected
    once = print_module(module)
    assert simplify(module) == 0
    assert print_module(module) == once


@pytest.mark.parametrize(("parameters", "body", "result"), COUNTEREXAMPLES)
def test_no_rule_fits_what_would_differ(parameters: str, body: str, result: str):
    module = parse(function(parameters, body, result))
    module.verify()
    assert simplify(module) == 0


@pytest.mark.parametrize(("op", "neutral"), [(MaximumOp, -np.inf), (MinimumOp, np.inf)])
@pytest.mark.parametrize("element", ["f32", "bf16"])
def test_an_infinity_is_neutral(op: type[RelayOp], neutral: float, element: str):
    builder = GraphBuilder()
    x = builder.input("x", (4, 6), element)
    once = builder.emit(op, x, builder.scalar(neutral, element))
    twice = builder.emit(op, builder.scalar(neutral, element), once)
    module = builder.finish(twice, builder.emit(op, x, builder.scalar(-neutral, element)))
    inputs = main_inputs(module)
    expected = bits(evaluate(module, inputs))
    assert simplify(module) == 2
    assert bits(evaluate(module, inputs)) == expected

"""Text to IR: places of ops and of errors, and what damaged text ends in."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from xdsl.dialects.builtin import ModuleOp

from inlay.dialects.parsing import ParseError, location_of, parse_module
from inlay.dialects.printing import print_module
from inlay.dialects.registry import make_context
from inlay.passes.manager import PassError, PassManager
from inlay.tools import opt
from op_samples import SAMPLES

RELU = """relay.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = relay.nn.relu %x : (tensor<4xf32>)
  relay.return %0 : tensor<4xf32>
}
"""


def parse(text: str, name: str = "f.mlir", first_line: int = 1) -> ModuleOp:
    return parse_module(make_context(), text, name, first_line=first_line)


def error_of(text: str) -> str:
    with pytest.raises(ParseError) as caught:
        parse(text)
    return str(caught.value)


# Modules.


@pytest.mark.parametrize("text", ["", "\n  // nothing\n", "builtin.module {\n}", "module {}"])
def test_no_ops(text: str) -> None:
    assert not list(parse(text).ops)


def test_a_module_may_be_written_out() -> None:
    assert parse(f"builtin.module {{\n{RELU}}}").is_structurally_equivalent(parse(RELU))


def test_a_module_is_not_verified() -> None:
    wrong = RELU.replace("-> tensor<4xf32>", "-> tensor<5xf32>")
    (function,) = parse(wrong).ops
    with pytest.raises(PassError):
        PassManager([]).run(make_context(), parse(wrong))
    assert function.name == "relay.func"


def test_generic_form() -> None:
    module = parse(RELU)
    assert parse(print_module(module, generic=True)).is_structurally_equivalent(module)


def test_unregistered_ops_need_leave() -> None:
    text = '"foo.bar"() : () -> ()'
    assert "foo.bar" in error_of(text)
    module = parse_module(make_context(allow_unregistered=True), text)
    assert print_module(module) == f"builtin.module {{\n  {text}\n}}\n"


# Locations.


def test_every_op_knows_its_place() -> None:
    places = [location_of(op) for op in parse(RELU).walk()]
    assert places[1:] == [("f.mlir", 1, 1), ("f.mlir", 2, 3), ("f.mlir", 3, 3)]


def test_lines_count_from_the_first_line_of_the_piece() -> None:
    _, function, *_ = parse(RELU, first_line=11).walk()
    assert location_of(function) == ("f.mlir", 11, 1)
    with pytest.raises(ParseError, match=r"^f\.mlir:12:8: error: "):
        parse("\nmodule ?", first_line=11)


def test_a_written_location_wins() -> None:
    text = RELU.replace("(tensor<4xf32>)\n", '(tensor<4xf32>) -> tensor<4xf32> loc("a.py":7:5)\n')
    places = [location_of(op) for op in parse(text).walk()]
    assert places[2] == ("a.py", 7, 5)


# Errors.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("relay.func", "1:11: error: "),
        ("relay.frob %x : ()", "1:12: error: Operation relay.frob is not registered"),
        (RELU.replace("%x :", "%y :"), "2:22: error: use of undefined value '%y'"),
        (RELU.replace("%x :", "%x, %x :"), "2:31: error: expected 1 operand types but had 2"),
        (RELU.replace("(tensor<4xf32>)\n", "(tensor<4xi1>)\n"), "2:22: error: operand is used wi"),
        (RELU.replace("%0 = relay.nn.relu", "relay.nn.relu"), "3:16: error: use of undefined val"),
        (RELU.replace("%0 = relay.nn.relu", "%0, %1 = relay.nn.relu"), "2:3: error: "),
        (RELU.replace(": (tensor<4xf32>)\n", "(tensor<4xf32>)\n"), "2:25: error: "),
        (RELU.removesuffix("}\n"), "4:1: error: "),
        (RELU.replace("4xf32", "-4xf32"), "1:29: error: Expected shape type."),
        (RELU.replace("4xf32", "4xf31"), "1:"),
        (RELU + '"open', "5:1: error: "),
        (RELU + "\0", "5:1: error: "),
        ("%0 = relay.constant dense<300> : tensor<2xi8>", "1:"),
        ("%0 = relay.constant dense<0xFFFFFFFFFF> : tensor<2xf32>", "1:27: error: expected the 32"),
        ("%0 = relay.zeros {shape = array<i64: 99999999999999999999>} : ()", "1:"),
        ("relay.func @f(%x: tensor<4xf32>, %x: tensor<4xf32>) {}", "1:34: error: "),
    ],
)
def test_errors_name_the_place(text: str, message: str) -> None:
    found = error_of(text)
    assert found.startswith(f"f.mlir:{message}")
    assert "\n" not in found


def test_an_error_of_inference_points_at_the_types() -> None:
    text = RELU.replace(
        "nn.relu %x : (tensor<4xf32>)", "nn.dense %x, %x : (tensor<4xf32>, tensor<4xf32>)"
    )
    assert error_of(text) == (
        "f.mlir:2:32: error: relay.nn.dense: operand 'weight' has rank 1, expected 2"
    )


def test_deep_nesting_is_an_error() -> None:
    depth = 10_000
    assert "f.mlir:1:" in error_of('"test.op"() ({' * depth + "})" * depth)


# Damage.

HERE = Path(__file__).parent


def corpus() -> list[str]:
    """Programs in both forms, with values and with errors of all kinds."""
    texts = [RELU]
    for path in sorted(HERE.glob("relay/*/*.mlir")):
        texts += path.read_text().split("// -----\n")
    for samples in SAMPLES.values():
        module = samples[0].build(samples[0].exact_element, 9)
        texts.append(print_module(module, generic=True, resources=True, debuginfo=True))
    return texts


CORPUS = corpus()
SNIPPETS = (*'{}()<>[]"\\%@#!^-+*:;,.=?0xE \n\0\u2603', "0x", "99999999999", "->", "dense<", "loc(")


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A program with a few pieces deleted, repeated, put elsewhere or replaced."""
    text = draw(st.sampled_from(CORPUS))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        stop = min(len(text), start + draw(st.sampled_from([1, 2, 5, 20, 100])))
        match draw(st.integers(0, 3)):
            case 0:
                text = text[:start] + text[stop:]
            case 1:
                text = text[:stop] + text[start:]
            case 2:
                other = draw(st.sampled_from(CORPUS))
                place = draw(st.integers(0, len(other)))
                text = text[:start] + other[place : place + stop - start] + text[start:]
            case _:
                text = text[:start] + draw(st.sampled_from(SNIPPETS)) + text[stop:]
    return text


@settings(max_examples=150)
@given(damaged())
def test_damaged_text_ends_in_a_parse_or_a_pass_error(text: str) -> None:
    context = make_context()
    try:
        module = parse_module(context, text, "f.mlir")
        PassManager([]).run(context, module)
    except ParseError as error:
        event("does not parse")
        message = str(error)
    except PassError as error:
        event("does not verify")
        message = str(error)
    else:
        event("is right")
        message = f"f.mlir:{len(print_module(module, resources=True))}"
    assert message
    assert message.count("\n") == 0 or not message.startswith("f.mlir:")


@settings(max_examples=30)
@given(damaged())
def test_inlay_opt_reports_damage_on_one_line(text: str) -> None:
    output, errors = StringIO(), StringIO()
    status = opt.main([], stdin=StringIO(text), stdout=output, stderr=errors)
    if status == 0:
        assert errors.getvalue() == ""
        return
    assert status == 1
    (line,) = errors.getvalue().splitlines()
    assert line.startswith("<stdin>:")
    assert ": error: " in line
    assert "internal error" not in line


@settings(max_examples=50)
@given(st.text(max_size=50))
def test_any_text_parses_or_is_an_error(text: str) -> None:
    try:
        parse(text)
    except ParseError as error:
        assert str(error).startswith("f.mlir:")  # noqa: PT017 (both ends are right)

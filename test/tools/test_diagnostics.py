"""Designators and one-line messages, beyond what the lit tests of --verify-diagnostics show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inlay.dialects.parsing import Diagnostic
from inlay.tools.diagnostics import (
    DesignatorError,
    Emitted,
    mismatches,
    one_line,
    parse_expectations,
)


def emitted(line: int, message: str = "bad", severity: str = "error") -> Emitted:
    return Emitted(Diagnostic("f.mlir", line, 3, message), severity)


def lines_expected(text: str, first_line: int = 1) -> list[int | None]:
    return [each.line for each in parse_expectations(text, "f.mlir", first_line)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("op // expected-error {{bad}}", [1]),
        ("// expected-error@+2 {{bad}}\n\nop", [3]),
        ("op\n\n// expected-error @-2 {{bad}}", [1]),
        ("// expected-error @below {{a}}\n// expected-note @below {{b}}\nop", [3, 3]),
        ("op\n// expected-error @above {{a}}\n// expected-error @above {{b}}", [1, 1]),
        ("// expected-error @unknown {{bad}}", [None]),
        ("// expected-error without braces", []),
        ("// expected-failure {{bad}}", []),
    ],
)
def test_places(text: str, lines: list[int | None]) -> None:
    assert lines_expected(text) == lines
    assert lines_expected(text, 11) == [None if line is None else line + 10 for line in lines]


@pytest.mark.parametrize(
    "text",
    [
        "// expected-error @above {{bad}}",
        "op\n// expected-error @below {{bad}}",
        "// expected-error-re {{bad {{(}} }}",
    ],
)
def test_designators_that_make_no_sense(text: str) -> None:
    with pytest.raises(DesignatorError, match=r"f\.mlir:"):
        list(parse_expectations(text, "f.mlir"))
    assert len(mismatches(text, "f.mlir", [])) == 1


@pytest.mark.parametrize("severity", ["error", "warning", "note", "remark"])
def test_severities(severity: str) -> None:
    text = f"op // expected-{severity} {{{{bad}}}}"
    assert mismatches(text, "f.mlir", [emitted(1, "very bad", severity)]) == []
    other = "note" if severity == "error" else "error"
    wrong, missing = mismatches(text, "f.mlir", [emitted(1, "very bad", other)])
    assert str(wrong).startswith(f"f.mlir:1:3: error: '{other}' diagnostic emitted when expecting")
    assert str(missing) == f'f.mlir:1:7: error: expected {severity} "bad" was not produced'


def test_two_designators_of_a_line_want_a_diagnostic_each() -> None:
    text = "// expected-error @below {{bad}}\n// expected-error @below {{bad}}\nop"
    assert len(mismatches(text, "f.mlir", [emitted(3)])) == 1
    assert mismatches(text, "f.mlir", [emitted(3), emitted(3)]) == []
    # As in MLIR one designator takes any number.
    assert mismatches("op // expected-error {{bad}}", "f.mlir", [emitted(1), emitted(1)]) == []


def test_a_general_designator_leaves_the_exact_one_its_diagnostic() -> None:
    text = "// expected-error @below {{bad}}\n// expected-error @below {{bad luck}}\nop"
    assert mismatches(text, "f.mlir", [emitted(3, "bad luck"), emitted(3, "bad")]) == []
    assert mismatches(text, "f.mlir", [emitted(3, "bad"), emitted(3, "bad luck")]) == []


def test_text_is_literal_without_re() -> None:
    text = "op // expected-error {{a.c [1]}}"
    assert mismatches(text, "f.mlir", [emitted(1, "see a.c [1]")]) == []
    assert mismatches(text, "f.mlir", [emitted(1, "see abc [1]")]) != []


def test_regular_expressions_stand_in_braces() -> None:
    text = "op // expected-error-re {{a.c {{[0-9]+|none}} left}}"
    assert mismatches(text, "f.mlir", [emitted(1, "a.c 12 left")]) == []
    assert mismatches(text, "f.mlir", [emitted(1, "a.c none left")]) == []
    assert mismatches(text, "f.mlir", [emitted(1, "abc 12 left")]) != []


def test_only_expected_passes_over_the_rest() -> None:
    assert mismatches("op", "f.mlir", [emitted(1)], only_expected=True) == []
    assert len(mismatches("op", "f.mlir", [emitted(1)])) == 1


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("", ""),
        ("plain", "plain"),
        ("  a\n\n  b  \r\nc ", "a b c"),
        ("error in\n  op x\n     ^^^^~~\nbad", "error in op x bad"),
        ("esc \x1b[31m nul \0 tab\t", "esc \\x1b[31m nul \\x00 tab"),
        ("caf\u00e9 \udcff", "caf\u00e9 \\udcff"),
        ("x" * 5000, "x" * 1000 + "..."),
    ],
)
def test_one_line(message: str, line: str) -> None:
    assert one_line(message) == line


@given(st.text())
def test_one_line_is_one_printable_line(message: str) -> None:
    line = one_line(message)
    assert line.isprintable()
    assert len(line.splitlines()) <= 1
    line.encode()


@given(st.text(alphabet="expectd-roawnin @+1{}\n/belovuk"))
def test_any_text_can_be_searched_for_designators(text: str) -> None:
    # Raises nothing: a designator that makes no sense is a mismatch of its own.
    assert all(each.severity == "error" for each in mismatches(text, "f.mlir", []))

"""`inlay-opt` as a function: what lit tests cannot see or provoke."""

import gc
import io
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from xdsl.context import Context
from xdsl.dialects import test as test_dialect
from xdsl.dialects.builtin import ModuleOp, i64
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from inlay import InlayError
from inlay.passes import registry
from inlay.passes.statistics import count
from inlay.tools.opt import main, split
from inlay.tools.opt_options import UsageError, make_parser, parse_options

VALID = """\
func.func @f() -> i32 {
  %0 = arith.constant 1 : i32
  func.return %0 : i32
}
"""
WEIGHT = """\
relay.func @f() -> tensor<2xf32> {
  %0 = relay.constant dense_resource<w> : tensor<2xf32>
  relay.return %0 : tensor<2xf32>
}
"""
# 1.0 and 2.0, after the alignment.
BLOB = "0x400000000000803F00000040"
SECTION = f'{{-#\n  dialect_resources: {{ builtin: {{ w: "{BLOB}" }} }}\n#-}}\n'


class Outcome(NamedTuple):
    status: int
    output: str
    errors: str


def opt(*argv: str | Path, stdin: str = "") -> Outcome:
    output, errors = io.StringIO(), io.StringIO()
    status = main(list(map(str, argv)), stdin=io.StringIO(stdin), stdout=output, stderr=errors)
    return Outcome(status, output.getvalue(), errors.getvalue())


# ---------------------------------------------------------------- failing passes


@dataclass(frozen=True)
class Failing(ModulePass):
    """Fails as its option says."""

    name = "test-failing"
    how: str = "error"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        count("attempts")
        match self.how:
            case "error":
                raise InlayError("this pass\nnever succeeds")
            case "fault":
                raise KeyError("missing")
            case "invalid":
                for inner in op.walk():
                    if inner.name == "arith.constant":
                        Rewriter.replace_op(inner, test_dialect.TestOp.create(result_types=[i64]))
            case _:
                raise AssertionError


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.PASSES, Failing.name, Failing)


@pytest.mark.usefixtures("failing")
def test_a_failing_pass_is_one_line_at_the_module() -> None:
    status, output, errors = opt("-p", "cse,test-failing", stdin=VALID)
    assert (status, output) == (1, "")
    assert errors == "<stdin>:1:1: error: pass 'test-failing' failed: this pass never succeeds\n"


@pytest.mark.usefixtures("failing")
def test_a_faulty_pass_is_one_line_with_the_place_of_the_fault() -> None:
    status, _, errors = opt("-p", "test-failing{how=fault}", stdin=VALID)
    assert status == 1
    assert errors.startswith("<stdin>:1:1: error: pass 'test-failing' failed: KeyError: 'missing'")
    assert "test_opt.py:" in errors
    assert errors.count("\n") == 1


@pytest.mark.usefixtures("failing")
def test_a_pass_that_breaks_ir_is_reported_at_the_op() -> None:
    status, output, errors = opt("-p", "test-failing{how=invalid}", stdin=VALID)
    assert (status, output) == (1, "")
    assert errors.startswith(
        "<stdin>:3:3: error: pass 'test-failing' left invalid IR: func.return: "
    )


@pytest.mark.usefixtures("failing")
def test_without_verification_invalid_ir_is_printed() -> None:
    status, output, errors = opt("-p", "test-failing{how=invalid}", "--no-verify-each", stdin=VALID)
    assert (status, errors) == (0, "")
    assert "test.op" in output


@pytest.mark.usefixtures("failing")
def test_the_reproducer_fails_in_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "crash.mlir"
    status, _, errors = opt("-p", "cse,test-failing", "--crash-reproducer", path, stdin=VALID)
    assert status == 1
    assert errors.splitlines()[1:] == [
        f"inlay-opt: note: to reproduce: inlay-opt --run-reproducer {path}"
    ]
    assert "builtin.module(cse,test-failing)" in path.read_text()
    status, _, errors = opt("--run-reproducer", path)
    assert status == 1
    assert "pass 'test-failing' failed: this pass never succeeds" in errors


@pytest.mark.usefixtures("failing")
def test_a_local_reproducer_holds_the_failing_pass_alone(tmp_path: Path) -> None:
    path = tmp_path / "crash.mlir"
    opt("-p", "cse,test-failing", f"--crash-reproducer={path}", "--local-reproducer", stdin=VALID)
    assert '"builtin.module(test-failing)"' in path.read_text()


@pytest.mark.usefixtures("failing")
def test_print_ir_after_failure() -> None:
    _, _, errors = opt("-p", "cse,test-failing", "--print-ir-after-failure", stdin=VALID)
    assert "IR Dump After test-failing Failed (test-failing)" in errors
    assert "IR Dump After cse" not in errors


@pytest.mark.usefixtures("failing")
def test_reports_are_printed_for_a_failed_run() -> None:
    _, _, errors = opt("-p", "test-failing", "--timing", "--pass-statistics", stdin=VALID)
    assert "Execution time report" in errors
    assert "1 attempts" in errors


@pytest.mark.usefixtures("failing")
def test_debug_shows_the_traceback() -> None:
    _, _, errors = opt("-p", "test-failing{how=fault}", "--debug", stdin=VALID)
    assert 'raise KeyError("missing")' in errors


@pytest.mark.usefixtures("failing")
def test_expected_errors_of_passes() -> None:
    expected = f"// expected-error @unknown {{{{never succeeds}}}}\n{VALID}"
    assert opt("-p", "test-failing", "--verify-diagnostics", stdin=expected) == (0, "", "")


# ---------------------------------------------------------------- constants


def test_constants_come_from_the_file_beside_the_input(tmp_path: Path) -> None:
    model = tmp_path / "model.mlir"
    assert opt(
        *("-", "-o", model, "--save-resources", tmp_path / "model.safetensors"),
        stdin=WEIGHT + SECTION,
    ) == (0, "", "")
    assert BLOB not in model.read_text()
    assert BLOB in opt(model, "--print-resources").output
    assert BLOB not in opt(model, "--print-resources", "--elide-resources").output


def test_constants_come_from_the_file_named(tmp_path: Path) -> None:
    values = tmp_path / "values.safetensors"
    assert opt("--save-resources", values, stdin=WEIGHT + SECTION).status == 0
    assert BLOB in opt("--print-resources", "--resources", values, stdin=WEIGHT).output
    assert BLOB not in opt("--print-resources", stdin=WEIGHT).output


def test_constants_of_the_wrong_type_are_refused(tmp_path: Path) -> None:
    values = tmp_path / "values.safetensors"
    opt("--save-resources", values, stdin=WEIGHT + SECTION)
    status, _, errors = opt("--resources", values, stdin=WEIGHT.replace("2xf32", "3xf32"))
    assert status == 1
    assert "resource w" in errors
    assert errors.count("\n") == 1


def test_elided_constants_cannot_be_saved(tmp_path: Path) -> None:
    status, _, errors = opt("--save-resources", tmp_path / "x.safetensors", stdin=WEIGHT)
    assert status == 1
    assert "w is elided" in errors


def test_only_one_module_can_be_saved(tmp_path: Path) -> None:
    status, _, errors = opt(
        *("--split-input-file", "--save-resources", tmp_path / "x.safetensors"),
        stdin=f"{VALID}// -----\n{VALID}",
    )
    assert (status, errors) == (
        1,
        "inlay-opt: error: --save-resources takes one module, found 2\n",
    )


@pytest.mark.parametrize("name", ["missing.safetensors", "."])
def test_a_file_of_constants_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    status, output, errors = opt("--resources", tmp_path / name, stdin=WEIGHT)
    assert (status, output) == (1, "")
    assert errors.startswith("inlay-opt: error: ")
    assert errors.count("\n") == 1


# ---------------------------------------------------------------- behaviour as a process


def test_calls_do_not_see_each_other() -> None:
    plain = opt(stdin=WEIGHT)
    first = opt("--print-resources", "--target=aarch64", "-p", "cse", stdin=WEIGHT + SECTION)
    assert opt("--frobnicate").status == 1
    assert opt(stdin=WEIGHT) == plain
    again = opt("--print-resources", "--target=aarch64", "-p", "cse", stdin=WEIGHT + SECTION)
    assert again == first
    assert BLOB in first.output
    assert BLOB not in opt("--print-resources", stdin=WEIGHT).output


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collection_is_left_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        opt(stdin=VALID)
        opt(stdin="nonsense")
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()


class Interrupted(io.StringIO):
    def read(self, size: int | None = -1, /) -> str:
        raise KeyboardInterrupt


class Closed(io.StringIO):
    def write(self, text: str, /) -> int:
        raise BrokenPipeError


def test_an_interrupt_ends_quietly() -> None:
    errors = io.StringIO()
    assert main([], stdin=Interrupted(), stdout=io.StringIO(), stderr=errors) == 130
    assert errors.getvalue() == ""


def test_a_reader_that_has_gone_ends_quietly() -> None:
    errors = io.StringIO()
    assert main([], stdin=io.StringIO(VALID), stdout=Closed(), stderr=errors) == 1
    assert errors.getvalue() == ""


def test_a_closed_pipe_ends_the_process_quietly() -> None:
    # More than a pipe holds, so that the process writes after the reader has gone.
    text = "".join(VALID.replace("@f", f"@f{i}") for i in range(2000))
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; from inlay.tools.opt import main; sys.exit(main())"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(text.encode())
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 1


def test_plugins_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise InlayError("plug-in 'acme' is broken")

    monkeypatch.setattr("inlay.tools.opt.load_plugins", broken)
    assert opt(stdin=VALID) == (1, "", "inlay-opt: error: plug-in 'acme' is broken\n")
    assert opt("--no-plugins", stdin=VALID).status == 0


def test_start_up_imports_only_what_every_run_needs() -> None:
    rare = ("importlib.metadata", "llvmlite", "onnx", "rich", "safetensors", "inlay.tools.listings")
    script = (
        "import io, sys; from inlay.tools.opt import main\n"
        f"main(['-p', 'cse'], stdin=io.StringIO({VALID!r}), stdout=io.StringIO())\n"
        f"print(*(name for name in {rare} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_input_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "binary.mlir"
    path.write_bytes(b"\xff\xfe\x00")
    assert opt(path).errors == (
        f"inlay-opt: error: cannot read '{path}': 'utf-8' codec can't decode byte 0xff in "
        "position 0: invalid start byte\n"
    )
    stdin = io.TextIOWrapper(io.BytesIO(b"\xff"), encoding="utf-8")
    errors = io.StringIO()
    assert main([], stdin=stdin, stdout=io.StringIO(), stderr=errors) == 1
    assert errors.getvalue().startswith("inlay-opt: error: cannot read <stdin>: ")


# ---------------------------------------------------------------- options


def test_every_option_is_documented_and_tested() -> None:
    here = Path(__file__).parent
    tests = "".join(path.read_text() for path in [*here.glob("*.mlir"), Path(__file__)])
    for action in make_parser()._actions:  # pyright: ignore[reportPrivateUsage]
        assert action.help, action.dest
        if action.option_strings:
            assert any(f"{name}" in tests for name in action.option_strings), action.dest


@pytest.mark.parametrize(
    ("argv", "marker", "file"),
    [
        (["--split-input-file", "x.mlir"], "// -----", "x.mlir"),
        (["-split-input-file=#", "x.mlir"], "#", "x.mlir"),
        (["x.mlir"], None, "x.mlir"),
    ],
)
def test_an_optional_value_must_follow_an_equals_sign(
    argv: list[str], marker: str | None, file: str
) -> None:
    options = parse_options(argv)
    assert (options.split_input_file, options.input) == (marker, file)


def test_options_are_not_abbreviated() -> None:
    with pytest.raises(UsageError):
        parse_options(["--timin"])


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", [("", 1)]),
        ("a", [("a", 1)]),
        ("a\n// -----\nb\n", [("a", 1), ("b\n", 3)]),
        ("// -----", [("", 1), ("", 2)]),
        ("a // -----\n // -----\n// ------\n", [("a // -----\n // -----\n// ------\n", 1)]),
        ("a\r\n// -----\r\nb", [("a\r", 1), ("b", 3)]),
    ],
)
def test_split(text: str, pieces: list[tuple[str, int]]) -> None:
    assert list(split(text, "// -----")) == pieces
    assert list(split(text, None)) == [(text, 1)]


@given(st.lists(st.text(alphabet="ab\n", max_size=8), min_size=1, max_size=5))
def test_pieces_keep_all_lines_and_their_numbers(texts: list[str]) -> None:
    whole = "\n#\n".join(texts)
    pieces = list(split(whole, "#"))
    assert [piece.text for piece in pieces] == texts
    lines = whole.split("\n")
    for text, first_line in pieces:
        count = text.count("\n") + 1
        assert lines[first_line - 1 : first_line - 1 + count] == text.split("\n")


# ---------------------------------------------------------------- whatever the user types

ERROR = re.compile(r"^(inlay-opt|.*:[0-9]+:[0-9]+): error: .", re.MULTILINE)
FLAGS = [
    name
    for action in make_parser()._actions  # pyright: ignore[reportPrivateUsage]
    for name in action.option_strings
    # Listing every dialect takes a second.
    if name != "--show-dialects"
]
VALUES = [
    *("in.mlir", "none.mlir", "-", ".", "", "all", "true", "x86-64-v4", "native", "cse", "# x"),
    *("cse,canonicalize", "builtin.module(dce)", "relay.func(fuse-ops{max-depth=1})", "cse{a=1}"),
    *("out/x", "kernels", "input", "only-expected", "fuse-ops,lambda-lift"),
]
TOKENS = [
    *("func.func", "@f", "(", ")", "{", "}", "->", ":", "%0", "%1", "=", "i32", "tensor<2xf32>"),
    *("arith.constant", "relay.add", "relay.func", "func.return", '"test.op"', "1", "^bb0", "\n"),
    *("// -----\n", "// expected-error {{x}}\n", "{-#", "#-}", "dense_resource<w>", "loc(unknown)"),
    *("builtin.module", "attributes", "<", ">", '"', "\\", "\0", "é", "?", "-", "!", "#", "affine"),
]


def inserted(text: str, at: int, token: str) -> str:
    return text[:at] + token + text[at:]


arguments = st.one_of(
    st.sampled_from(FLAGS),
    st.builds("{}={}".format, st.sampled_from(FLAGS), st.sampled_from(VALUES)),
    st.sampled_from(VALUES),
    st.text(alphabet=st.characters(exclude_characters="/"), max_size=6),
)
programs = st.one_of(
    st.sampled_from([VALID, WEIGHT, WEIGHT + SECTION, f"{VALID}// -----\n{VALID}"]),
    st.lists(st.sampled_from(TOKENS), max_size=20).map(" ".join),
    st.builds(
        inserted,
        st.sampled_from([VALID, WEIGHT + SECTION]),
        st.integers(0, 200),
        st.sampled_from(TOKENS),
    ),
    st.text(max_size=20),
)


@settings(
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(arguments, max_size=4), programs)
@example(["--split-input-file", "--verify-diagnostics"], "// expected-error-re {{ {{(}} }}\n")
@example(["-p", "cse", "-o", "out/x"], VALID)
@example([], "\0")
def test_any_input_ends_in_a_status_and_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str], program: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.mlir").write_text(program, encoding="utf-8")
    status, output, errors = opt(*argv, stdin=program)
    assert status in (0, 1)
    assert (status == 1) == bool(ERROR.search(errors))
    if "--debug" not in argv:
        assert "Traceback" not in errors
    if status == 1 and "--split-input-file" not in " ".join(argv):
        assert output == ""

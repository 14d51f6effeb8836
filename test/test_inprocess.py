"""The lit engine: what passes, what fails and with which message."""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

import pytest

import inprocess
from inprocess import Outcome, Result
from lit_tools import cat, diff, filecheck


def echo(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    stdout.write("\n".join(argv) + "\n")
    return 0


def fail(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """Writes to both streams through the process's own, exits like argparse does."""
    sys.stdout.write("to stdout\n")
    sys.stderr.write("to stderr\n")
    raise SystemExit(int(argv[0]) if argv else "no status given")


def crash(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    raise KeyError("lost")


def litter(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    os.environ["INLAY_LITTER"] = "1"
    gc.disable()
    Path("litter.txt").write_text("litter")
    return 0


def getenv(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    stdout.write(os.environ.get(argv[0], "unset") + "\n")
    return 0


Run = Callable[..., Result]

TOOLS: dict[str, inprocess.Tool] = {
    "cat": cat,
    "crash": crash,
    "diff": diff,
    "echo": echo,
    "fail": fail,
    "filecheck": filecheck,
    "getenv": getenv,
    "litter": litter,
}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a test whose text is the given lines."""

    def run_lines(*lines: str) -> Result:
        path = tmp_path / "sample test.mlir"  # the space: paths are quoted where they must be
        path.write_text("\n".join(lines) + "\n")
        return inprocess.run_file(path, TOOLS)

    return run_lines


PASSING = {
    "no output": ["// RUN: echo a"],
    "check": ["// RUN: echo a b | filecheck %s", "// CHECK: a", "// CHECK-NEXT: b"],
    "empty input allowed": ["// RUN: cat < %s | filecheck %s", "// CHECK-LABEL: RUN"],
    "prefix": ["// RUN: echo a | filecheck %s --check-prefix=A", "// A: a"],
    "two prefixes": [
        "// RUN: echo a b | filecheck %s --check-prefixes=A,B",
        "// A: a",
        "// B-NOT: c",
    ],
    "file as input": ["// RUN: echo a > %t", "// RUN: filecheck %s --input-file %t", "// CHECK: a"],
    "not inverts": ["// RUN: not fail 1"],
    "not not": ["// RUN: not not echo a"],
    "text as exit status": ["// RUN: not fail 2>&1 | filecheck %s", "// CHECK: no status given"],
    "exit status 0": ["// RUN: fail 0"],
    "stderr into the pipe": [
        "// RUN: not fail 3 2>&1 | filecheck %s",
        "// CHECK: to stdout",
        "// CHECK-NEXT: to stderr",
    ],
    "stderr to a file": [
        "// RUN: not fail 3 2> %t.err | filecheck %s --check-prefix=OUT",
        "// RUN: filecheck %s < %t.err",
        "// OUT-NOT: stderr",
        "// OUT: to stdout",
        "// CHECK-NOT: stdout",
        "// CHECK: to stderr",
    ],
    "both to a file": [
        "// RUN: not fail 3 > %t 2>&1 && filecheck %s < %t",
        "// CHECK: to stdout",
        "// CHECK: to stderr",
    ],
    "only stderr in the pipe": [
        "// RUN: not fail 3 2>&1 > %t | filecheck %s",
        "// CHECK-NOT: stdout",
        "// CHECK: to stderr",
    ],
    "env": [
        "// RUN: env INLAY_A=1 getenv INLAY_A | filecheck %s",
        "// RUN: not env B=2 fail 1",
        "// RUN: getenv INLAY_A | filecheck %s --check-prefix=AFTER",
        "// CHECK: 1",
        "// AFTER: unset",
    ],
    "continuation": ["// RUN: echo a \\", "// RUN:   b | filecheck %s", "// CHECK: b"],
    "quotes": [
        """// RUN: echo 'a | "b" && c' "d > e" 100%% | filecheck %s""",
        '// CHECK: a | "b" && c',
        "// CHECK-NEXT: d > e",
        "// CHECK-NEXT: 100%",
    ],
    "options in braces": [
        "// RUN: echo -p a{x=1,y=[2]} | filecheck %s",
        "// CHECK{LITERAL}: a{x=1,y=[2]}",
    ],
    "equal files": ["// RUN: echo a > %t && echo a | diff %t -"],
    "folders": ["// RUN: echo a > %T/a && cat %T/a && diff %s %S/'sample test.mlir'"],
    "shell": ["// REQUIRES: shell", "// RUN: for i in 1 2; do echo $i; done | grep 2"],
    "not in the shell": ["// REQUIRES: shell", "// RUN: not false && not grep absent < /dev/null"],
}

FAILING = {
    "no RUN": (["// CHECK: a"], "no RUN line"),
    "check does not match": (
        ["// RUN: echo a | filecheck %s", "// CHECK: b"],
        """Couldn't match "b".""",
    ),
    "input of filecheck is shown": (
        ["// RUN: echo surprise | filecheck %s", "// CHECK: b"],
        "---- stdin\nsurprise",
    ),
    "excluded text": (["// RUN: echo a | filecheck %s", "// CHECK-NOT: a"], "excluded string"),
    "next at the end": (
        ["// RUN: echo a | filecheck %s", "// CHECK: a", "// CHECK-NEXT: b"],
        """Couldn't match "b".""",
    ),
    "empty input": (["// RUN: echo a > %t | filecheck %s", "// CHECK: a"], "is empty"),
    "no check lines": (["// RUN: echo a | filecheck %s"], "no check line has prefix 'CHECK'"),
    "unused prefix": (
        ["// RUN: echo a | filecheck %s --check-prefixes=A,B", "// A: a"],
        "no check line has prefix 'B'",
    ),
    "check that nobody reads": (
        ["// RUN: echo a | filecheck %s --check-prefix=A", "// A: a", "// CHECK: b"],
        "line 3: no RUN line reads 'CHECK:'",
    ),
    "misspelt check": (
        ["// RUN: echo a | filecheck %s", "// CHECK: a", "op // CHECK-NXT: b"],
        "line 3: no RUN line reads 'CHECK-NXT:'",
    ),
    "spaced check": (
        ["// RUN: echo a | filecheck %s", "// CHECK: a", "// CHECK-NOT : b"],
        "line 3: no RUN line reads 'CHECK-NOT :'",
    ),
    "unknown filecheck option": (
        ["// RUN: echo a | filecheck %s --frobnicate", "// CHECK: a"],
        "--frobnicate",
    ),
    "exit status": (["// RUN: echo a", "// RUN: fail 4"], "exit status 4 of: fail 4"),
    "stderr is shown": (["// RUN: fail 4"], "---- stderr\nto stderr"),
    "first command of a pipe": (["// RUN: fail 1 | cat"], "exit status 1 of: fail 1"),
    "first command of &&": (["// RUN: fail 1 && echo a"], "exit status 1 of: fail 1"),
    "not": (["// RUN: not echo a"], "exit status 1 of: not echo a"),
    "crash": (["// RUN: crash"], "'crash' raised KeyError"),
    "crash under not": (["// RUN: not crash"], "'crash' raised KeyError"),
    "unknown command": (["// RUN: frobnicate %s"], "unknown command 'frobnicate', expected one of"),
    "unknown command under not": (["// RUN: not frobnicate"], "unknown command 'frobnicate'"),
    "not alone": (["// RUN: not"], "unknown command 'not'"),
    "missing file": (["// RUN: cat < %t"], "No such file"),
    "different files": (["// RUN: echo a > %t && echo b | diff %t -"], "+b"),
    "or": (["// RUN: fail 1 || echo a"], "a command is missing"),
    "semicolon": (["// RUN: fail 1; echo a"], "unsupported shell syntax at '; echo a'"),
    "append": (["// RUN: echo a >> %t"], "'>' needs a file name"),
    "variable": (["// RUN: echo $HOME"], "unsupported shell syntax at '$HOME'"),
    "open quote": (["// RUN: echo 'a"], "unsupported shell syntax"),
    "no file after >": (["// RUN: echo a >"], "'>' needs a file name"),
    "empty RUN": (["// RUN:"], "a command is missing"),
    "open continuation": (["// RUN: echo a \\"], "ends in a continuation"),
    "unknown substitution": (["// RUN: cat %q"], "unknown substitution '%q'"),
    "undeclared mlir-opt": (["// RUN: %mlir-opt %s"], "say 'REQUIRES: mlir-opt'"),
    "unknown feature": (["// REQUIRES: mlir-top", "// RUN: echo a"], "unknown feature 'mlir-top'"),
    "unsupported keyword": (["// XFAIL: *", "// RUN: fail 1"], "'XFAIL:' is not supported"),
    "shell": (["// REQUIRES: shell", "// RUN: exit 3"], "exit status 3 of:"),
    "shell, first line": (["// REQUIRES: shell", "// RUN: false", "// RUN: true"], "exit status 1"),
    "shell, &&": (["// REQUIRES: shell", "// RUN: false && true", "// RUN: true"], "exit status 1"),
    "shell, pipe": (["// REQUIRES: shell", "// RUN: false | cat"], "exit status 1"),
}


@pytest.mark.parametrize("name", PASSING)
def test_passes(name: str, run: Run):
    assert run(*PASSING[name]) == Result(Outcome.PASSED)


@pytest.mark.parametrize("name", FAILING)
def test_fails_and_says_why(name: str, run: Run):
    lines, message = FAILING[name]
    result = run(*lines)
    assert result.outcome is Outcome.FAILED
    assert "sample test.mlir: " in result.text
    assert message in result.text


def test_what_a_test_changes_is_put_back(run: Run):
    before = (dict(os.environ), Path.cwd(), gc.isenabled(), sys.stdin, sys.stdout, sys.stderr)
    assert run("// RUN: litter && not fail 1").outcome is Outcome.PASSED
    assert run("// RUN: litter && fail 1").outcome is Outcome.FAILED
    after = (dict(os.environ), Path.cwd(), gc.isenabled(), sys.stdin, sys.stdout, sys.stderr)
    assert before == after
    assert not Path("litter.txt").exists()


def test_the_users_knobs_do_not_reach_tests(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("INLAY_KNOB", "on")
    assert run("// RUN: getenv INLAY_KNOB | filecheck %s", "// CHECK: unset") == Result(
        Outcome.PASSED
    )
    assert os.environ["INLAY_KNOB"] == "on"


def write_mlir_opt(folder: Path, body: str) -> None:
    program = folder / "mlir-opt"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def test_mlir_opt_runs_as_a_program(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    lines = [
        "// REQUIRES: mlir-opt",
        "// RUN: echo a | not %mlir-opt -x | filecheck %s",
        "// CHECK: a -x",
    ]
    write_mlir_opt(tmp_path, 'echo "$(cat) $1"; exit 1')
    assert run(*lines) == Result(Outcome.PASSED)
    write_mlir_opt(tmp_path, 'echo "$(cat) $1"; kill -SEGV $$')
    assert "died of signal 11" in run(*lines).text


def test_mlir_opt_is_missing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("// REQUIRES: mlir-opt", "// RUN: %mlir-opt %s")
    assert result == Result(Outcome.SKIPPED, "needs mlir-opt")

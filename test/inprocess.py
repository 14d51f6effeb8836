"""Runs lit tests inside this process, so that xDSL is imported once and not once per RUN line.

A test is a file whose ``//`` comments hold its commands::

    // RUN: inlay-opt %s -p fuse-ops | filecheck %s
    // RUN: not inlay-opt %s --frobnicate 2>&1 | filecheck %s --check-prefix=ERROR

``lit test/`` (through ``lit_format.py``) and ``pytest`` (through ``conftest.py``) both come here.

What a RUN line may say:
  commands       the tool table's (``inlay``, ``inlay-opt``, ``filecheck``, ``cat``, ``diff``),
                 ``%mlir-opt``, each possibly behind ``not`` or ``env NAME=VALUE``
  joined by      ``|`` (a pipeline fails when any of its commands fails) and ``&&``
  redirected by  ``< file``, ``> file``, ``2> file``, ``2>&1``
  substitutions  ``%s`` the test, ``%S`` its folder, ``%t`` a scratch path, ``%T`` its folder,
                 ``%%`` a percent sign
Anything else fails the test, unless it says ``REQUIRES: shell``: then bash runs its RUN lines, with
the installed scripts on the path. ``REQUIRES: mlir-opt`` skips the test where that tool is missing.

Commands run in a scratch folder that is gone afterwards, with a fixed environment; a CHECK line
that no command of the test reads (a misspelt directive, an unused prefix) fails the test.
"""

import contextlib
import enum
import gc
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from xdsl.dialect_interfaces.op_asm import OpAsmDialectInterface
from xdsl.dialects.builtin import Builtin

from lit_script import (
    Command,
    TestFailure,
    TestFile,
    features,
    parse_run_line,
    refuse_unread_checks,
    substitute,
)

SUFFIX = ".mlir"
# Folders whose .mlir files are data of other tests, not tests.
DATA_FOLDERS = ("Inputs", "reference")


class Outcome(enum.Enum):
    """How a test ended."""

    PASSED = enum.auto()
    FAILED = enum.auto()
    SKIPPED = enum.auto()


@dataclass(frozen=True)
class Result:
    """A test's outcome; ``text`` explains a failure, or is the reason of a skip."""

    outcome: Outcome
    text: str = ""


class Tool(Protocol):
    """A command: reads and writes the given streams, returns its exit status."""

    def __call__(
        self, argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO, /
    ) -> int: ...


def run_file(path: Path, tools: Mapping[str, Tool]) -> Result:
    """Runs one test; never raises for what the test does wrong."""
    try:
        test = TestFile.read(path)
        for name in sorted(test.requires):
            if features()[name] is None:
                return Result(Outcome.SKIPPED, f"needs {name}")
        with _isolated() as scratch:
            substitutions = _substitutions(test, scratch)
            if "shell" in test.requires:
                _run_in_shell(test, substitutions)
            else:
                _run_in_process(test, substitutions, tools)
    except TestFailure as failure:
        return Result(Outcome.FAILED, f"{path}: {failure}")
    return Result(Outcome.PASSED)


def _substitutions(test: TestFile, scratch: Path) -> dict[str, str]:
    table = {
        "s": str(test.path),
        "S": str(test.path.parent),
        "t": str(scratch / f"{test.path.name}.tmp"),
        "T": str(scratch),
        "%": "%",
    }
    if "mlir-opt" in test.requires:
        table["mlir-opt"] = features()["mlir-opt"] or ""
    return table


@contextlib.contextmanager
def _isolated() -> Generator[Path]:
    """A scratch folder to run in; whatever the commands change in the process is put back."""
    folder, collecting = Path.cwd(), gc.isenabled()
    interface = Builtin.get_interface(OpAsmDialectInterface)
    assert interface is not None
    # xDSL keeps the dense resources of every module it parsed in this one table.
    resources = interface._blob_storage  # pyright: ignore[reportPrivateUsage]
    saved_resources = dict(resources)
    fixed = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    try:
        with _environment(fixed), tempfile.TemporaryDirectory(prefix="inlay-lit-") as scratch:
            for name in [name for name in os.environ if name.startswith("INLAY_")]:
                del os.environ[name]
            os.chdir(scratch)
            try:
                yield Path(scratch)
            finally:
                os.chdir(folder)
    finally:
        resources.clear()
        resources.update(saved_resources)
        (gc.enable if collecting else gc.disable)()


@contextlib.contextmanager
def _environment(assignments: Mapping[str, str]) -> Generator[None]:
    """Sets variables for a while; afterwards the whole environment is as it was."""
    saved = dict(os.environ)
    os.environ.update(assignments)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


def _run_in_process(
    test: TestFile, substitutions: Mapping[str, str], tools: Mapping[str, Tool]
) -> None:
    lines = [(line, parse_run_line(line, substitutions)) for line in test.runs]
    commands = [command for _, pipelines in lines for pipeline in pipelines for command in pipeline]
    refuse_unread_checks(test, commands)
    mlir_opt = substitutions.get("mlir-opt")
    if mlir_opt is not None:
        tools = {**tools, mlir_opt: _external(mlir_opt)}
    for line, pipelines in lines:
        for pipeline in pipelines:
            try:
                _run_pipeline(pipeline, tools)
            except TestFailure as failure:
                raise TestFailure(f"RUN: {line}\n{failure}") from failure


def _run_pipeline(pipeline: Sequence[Command], tools: Mapping[str, Tool]) -> None:
    data = ""
    for command in pipeline:
        piped_in = data
        status, data, errors = _run_command(command, data, tools)
        if status != 0:
            streams = {"stdin": piped_in, "stdout": data, "stderr": errors}
            parts = [f"exit status {status} of: {command}"]
            for name, content in streams.items():
                if content:
                    parts.append(f"---- {name}\n{content.rstrip()}")
            raise TestFailure("\n".join(parts))


def _run_command(command: Command, data: str, tools: Mapping[str, Tool]) -> tuple[int, str, str]:
    """The command's exit status and what it left on stdout and on stderr."""
    out, err = _text(), _text()
    with contextlib.ExitStack() as files:
        stdin, stdout, stderr = _text(data), out, err
        try:
            for operator, name in command.redirections:
                if operator == "2>&1":
                    # One stream for both, so that what is written keeps its order.
                    stderr = stdout
                    continue
                mode = "r" if operator == "<" else "w"
                file = files.enter_context(open(name, mode, encoding="utf-8", newline=""))
                if operator == "<":
                    stdin = file
                elif operator == ">":
                    stdout = file
                else:
                    stderr = file
        except OSError as error:
            raise TestFailure(f"{command}: {error}") from error
        status = _call(command.argv, tools, stdin, stdout, stderr)
        stdout.flush()
        stderr.flush()
        return status, _content(out), _content(err)


def _text(content: str = "") -> TextIO:
    """A text stream in memory that has a ``buffer``, as the process's own streams do."""
    stream = io.BytesIO(content.encode())
    return io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")


def _content(stream: TextIO) -> str:
    stream.seek(0)
    return stream.read()


def _call(
    argv: Sequence[str],
    tools: Mapping[str, Tool],
    stdin: TextIO,
    stdout: TextIO,
    stderr: TextIO,
) -> int:
    name, *arguments = argv
    if name == "not" and arguments:
        return int(_call(arguments, tools, stdin, stdout, stderr) == 0)
    if name == "env":
        assignments: dict[str, str] = {}
        while arguments and re.match(r"\w+=", arguments[0]):
            variable, _, value = arguments.pop(0).partition("=")
            assignments[variable] = value
        if not arguments:
            raise TestFailure("'env' needs a command")
        with _environment(assignments):
            return _call(arguments, tools, stdin, stdout, stderr)
    if name not in tools:
        raise TestFailure(
            f"unknown command '{name}', expected one of {', '.join(['env', 'not', *tools])}; "
            "'REQUIRES: shell' runs a test in a real shell"
        )
    old_stdin, sys.stdin = sys.stdin, stdin
    try:
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            return tools[name](arguments, stdin, stdout, stderr)
    except SystemExit as request:
        if isinstance(request.code, str):
            stderr.write(f"{request.code}\n")
            return 1
        return request.code or 0
    except TestFailure:
        raise
    except Exception as error:
        # Not an exit status, which 'not' would accept: a crash is never what a test wants.
        trace = traceback.format_exc()
        raise TestFailure(f"'{name}' raised {type(error).__name__}\n{trace}") from error
    finally:
        sys.stdin = old_stdin


def _external(program: str) -> Tool:
    """The installed program as a tool; its crash (a signal) is a failure even under ``not``."""

    def run(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
        process = subprocess.run(
            [program, *argv], input=stdin.read(), capture_output=True, text=True, check=False
        )
        stdout.write(process.stdout)
        stderr.write(process.stderr)
        if process.returncode < 0:
            raise TestFailure(f"{program} died of signal {-process.returncode}\n{process.stderr}")
        return process.returncode

    return run


# `not` as LLVM has it: a status above 127 is a crash and never passes.
_SHELL_PRELUDE = """set -u -o pipefail
not() { local status=0; "$@" || status=$?; [ $status -ne 0 ] && [ $status -lt 128 ]; }
FileCheck() { filecheck "$@"; }
"""


def _run_in_shell(test: TestFile, substitutions: Mapping[str, str]) -> None:
    quoted = {name: shlex.quote(value) for name, value in substitutions.items()}
    lines = [f"{{ {substitute(line, quoted)}; }}" for line in test.runs]
    script = _SHELL_PRELUDE + " &&\n".join(lines)
    scripts = str(Path(sys.executable).parent)
    process = subprocess.run(
        ["bash", "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": scripts + os.pathsep + os.environ.get("PATH", "")},
    )
    if process.returncode != 0:
        raise TestFailure(
            f"exit status {process.returncode} of:\n{script}\n{process.stdout}{process.stderr}"
        )

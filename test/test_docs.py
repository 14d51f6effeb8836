"""Every example in the Markdown files runs, in order, and prints what the file says.

A ``mlir`` block whose first line is ``// NAME`` is a file of that name (with RUN lines, a test);
``console`` blocks hold ``$ command`` lines, each with its output; ``python`` blocks share one
namespace, and a ``text`` block holds what the python block before it printed.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

import inprocess
from inlay.passes import registry
from lit_tools import TOOLS

ROOT = Path(__file__).parents[1]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(path: Path) -> list[tuple[str, str]]:
    """The (language, content) of the file's fenced blocks that name a language."""
    return _BLOCK.findall(path.read_text(encoding="utf-8"))


def run_command(line: str) -> str:
    """The standard output of a pipe of tools."""
    text = ""
    for command in line.split("|"):
        name, *argv = shlex.split(command)
        out, errors = io.StringIO(), io.StringIO()
        status = TOOLS[name](argv, io.StringIO(text), out, errors)
        assert status == 0, f"{command}: exit status {status}\n{errors.getvalue()}"
        text = out.getvalue()
    return text


def run_console(content: str) -> None:
    """Run each ``$`` line of a block and compare the lines that follow it."""
    _, *entries = re.split(r"^\$ ", content, flags=re.MULTILINE)
    assert entries, "a console block has a line that starts with '$ '"
    for entry in entries:
        command, _, expected = entry.partition("\n")
        assert run_command(command) == expected, command


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_the_examples_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "PASSES", dict(registry.PASSES))
    found = blocks(path)
    for language, content in found:
        if language == "mlir":
            name = content.partition("\n")[0].removeprefix("// ")
            assert re.fullmatch(r"[\w.-]+", name), "the first line of a mlir block names its file"
            Path(name).write_text(content, encoding="utf-8")
    namespace: dict[str, object] = {"__name__": "docs"}
    printed = ""
    for language, content in found:
        match language:
            case "console":
                run_console(content)
            case "python":
                with contextlib.redirect_stdout(io.StringIO()) as out:
                    exec(compile(content, str(path), "exec", dont_inherit=True), namespace)
                printed = out.getvalue()
            case "text":
                assert printed == content
            case "mlir" if "RUN:" in content:
                file = Path(content.partition("\n")[0].removeprefix("// ")).resolve()
                result = inprocess.run_file(file, TOOLS)
                assert result.outcome is inprocess.Outcome.PASSED, result.text
            case "mlir":
                pass
            case _:
                pytest.fail(f"a block in '{language}': expected console, mlir, python or text")


def test_there_are_examples() -> None:
    assert any(blocks(path) for path in DOCS)

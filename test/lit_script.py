"""What a lit test says: its RUN lines, the features it requires, the CHECK lines it must read.

``inprocess.py`` documents the syntax and runs the result.
"""

import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from filecheck.options import parse_argv_options


class TestFailure(Exception):
    """Ends a test; the message is what the user reads."""

    __test__ = False  # pytest: this is no test class


_KEYWORD = re.compile(
    r"^\s*//\s*(RUN|REQUIRES|XFAIL|UNSUPPORTED|DEFINE|REDEFINE|ALLOW_RETRIES):(.*)$"
)


def features() -> dict[str, str | None]:
    """What ``REQUIRES:`` may name, with the program that provides it where there is one."""
    return {
        "mlir-opt": shutil.which("mlir-opt") or shutil.which("mlir-opt-22"),
        "shell": shutil.which("bash"),
    }


@dataclass
class TestFile:
    """A test's RUN lines (continuations joined) and the features it requires."""

    __test__ = False

    path: Path
    text: str
    runs: list[str] = field(default_factory=list[str])
    requires: set[str] = field(default_factory=set[str])

    @classmethod
    def read(cls, path: Path) -> "TestFile":
        """Raises TestFailure when there is no RUN line or a keyword is not supported."""
        test = cls(path, path.read_text(encoding="utf-8"))
        continued = False
        for line in test.text.splitlines():
            if (match := _KEYWORD.match(line)) is None:
                continue
            keyword, rest = match[1], match[2].strip()
            if keyword == "REQUIRES":
                test.requires.update(name.strip() for name in rest.split(","))
            elif keyword != "RUN":
                raise TestFailure(f"'{keyword}:' is not supported; use RUN: and REQUIRES: only")
            else:
                command = rest.removesuffix("\\")
                if continued:
                    test.runs[-1] += command
                else:
                    test.runs.append(command)
                continued = rest.endswith("\\")
        if continued:
            raise TestFailure("the last RUN line ends in a continuation '\\'")
        if not test.runs:
            raise TestFailure("no RUN line: the file tests nothing")
        if unknown := test.requires - set(features()):
            raise TestFailure(
                f"REQUIRES: unknown feature '{min(unknown)}', expected one of "
                + ", ".join(features())
            )
        return test


# ---------------------------------------------------------------- the RUN line's syntax

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<operator>2>&1|2>|&&|[|<>])
      | (?P<word>(?:[^\s|&;<>()'"\\$`*?]|\\.|'[^']*'|"(?:[^"$`\\]|\\.)*")+)""",
    re.VERBOSE,
)
_SUBSTITUTION = re.compile(r"%(mlir-opt|[A-Za-z%])")


@dataclass
class Command:
    """One command of a pipeline; redirections, such as ``(">", "out.txt")``, in written order."""

    argv: list[str] = field(default_factory=list[str])
    redirections: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def __str__(self) -> str:
        redirections = ("".join(redirection) for redirection in self.redirections)
        return " ".join([*map(shlex.quote, self.argv), *redirections])


def parse_run_line(line: str, substitutions: Mapping[str, str]) -> list[list[Command]]:
    """The pipelines, joined by ``&&``, of one RUN line. Raises TestFailure on other syntax."""
    pipelines = [[Command()]]
    redirection = ""
    position = 0
    while position < len(line):
        if (match := _TOKEN.match(line, position)) is None:
            raise TestFailure(
                f"unsupported shell syntax at '{line[position:]}'; "
                "'REQUIRES: shell' runs a test in a real shell"
            )
        position = match.end()
        command = pipelines[-1][-1]
        if match["word"]:
            (word,) = shlex.split(match["word"])
            word = substitute(word, substitutions)
            if redirection:
                command.redirections.append((redirection, word))
                redirection = ""
            else:
                command.argv.append(word)
        elif match["operator"]:
            if redirection:
                raise TestFailure(f"'{redirection}' needs a file name in '{line}'")
            if match["operator"] == "&&":
                pipelines.append([Command()])
            elif match["operator"] == "|":
                pipelines[-1].append(Command())
            elif match["operator"] == "2>&1":
                command.redirections.append(("2>&1", ""))
            else:
                redirection = match["operator"]
    if redirection:
        raise TestFailure(f"'{redirection}' needs a file name in '{line}'")
    if not all(command.argv for pipeline in pipelines for command in pipeline):
        raise TestFailure(f"a command is missing in '{line}'")
    return pipelines


def substitute(text: str, substitutions: Mapping[str, str]) -> str:
    """Replaces ``%name``. Raises TestFailure on a name that is not in the table."""

    def replacement(match: re.Match[str]) -> str:
        if match[1] not in substitutions:
            hint = "; say 'REQUIRES: mlir-opt'" if match[1] == "mlir-opt" else ""
            raise TestFailure(f"unknown substitution '{match[0]}'{hint}")
        return substitutions[match[1]]

    return _SUBSTITUTION.sub(replacement, text)


# ---------------------------------------------------------------- CHECK lines nobody reads

_DIRECTIVE = re.compile(r"//\s*([A-Z][A-Z0-9_-]*(?:\{LITERAL\})?\s*):")
_KIND = re.compile(r"(-(DAG|COUNT-\d+|NOT|EMPTY|NEXT|SAME|LABEL))?(\{LITERAL\})?$")


def refuse_unread_checks(test: TestFile, commands: Sequence[Command]) -> None:
    """Raises TestFailure for a CHECK line that no filecheck command of the test reads."""
    prefixes: set[str] = set()
    for command in commands:
        for name in ("filecheck", "FileCheck"):
            if name in command.argv:
                prefixes.update(_prefixes(command.argv[command.argv.index(name) :]))
    for number, line in enumerate(test.text.splitlines(), 1):
        if (match := _DIRECTIVE.search(line)) is None:
            continue
        directive = match[1]
        looks_like_check = any(directive.startswith(prefix) for prefix in {"CHECK", *prefixes})
        if looks_like_check and _KIND.sub("", directive, count=1) not in prefixes:
            raise TestFailure(f"line {number}: no RUN line reads '{directive}:'")


def _prefixes(argv: Sequence[str]) -> list[str]:
    try:
        return parse_argv_options(list(argv)).check_prefixes
    except RuntimeError as error:
        raise TestFailure(f"filecheck: {error}") from error

"""The commands of lit tests that run in process: see ``inprocess.py``."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from filecheck.error import ParseError
from filecheck.finput import FInput
from filecheck.matcher import Matcher
from filecheck.options import Options, parse_argv_options
from filecheck.parser import Parser

from inprocess import Tool


def inlay_opt(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """``inlay-opt``."""
    # Here, so that a broken tool fails the tests that run it and not the import of all others.
    from inlay.tools import opt  # noqa: PLC0415

    return opt.main(argv, stdin=stdin, stdout=stdout, stderr=stderr)


def inlay(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """``inlay``."""
    from inlay.tools import inlay as tool  # noqa: PLC0415 (as above)

    return tool.main(argv, stdin=stdin, stdout=stdout, stderr=stderr)


def filecheck(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """``filecheck``; like LLVM's, and unlike the PyPI package, it refuses an unused prefix."""
    try:
        options = parse_argv_options(["filecheck", *argv])
        unused = _unused_prefixes(options)
    except (RuntimeError, OSError) as error:
        print(f"filecheck: {error}", file=stderr)
        return 2
    if unused:
        print(f"filecheck: no check line has prefix '{unused[0]}'", file=stderr)
        return 2
    text = stdin.read() if options.input_file == "-" else Path(options.input_file).read_text()
    content = FInput.canonicalize_line_ends(text)
    # A line without its end makes the package's CHECK-NEXT run off the text.
    if content and not content.endswith("\n"):
        content += "\n"
    return Matcher(options, FInput(options.input_file, content), Parser.from_opts(options)).run()


def _unused_prefixes(options: Options) -> list[str]:
    try:
        used = {operation.prefix for operation in Parser.from_opts(options)}
    except ParseError:
        return []  # the matcher reports it, with its line
    return [prefix for prefix in options.check_prefixes if prefix not in used]


def cat(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """``cat [file]...``."""
    stdout.writelines(_read(name, stdin) for name in argv or ["-"])
    return 0


def diff(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int:
    """``diff [-u] old new``."""
    names = [name for name in argv if name != "-u"]
    if len(names) != 2:
        print(f"diff: expected two files, found {len(names)}", file=stderr)
        return 2
    old, new = (_read(name, stdin).splitlines(keepends=True) for name in names)
    lines = list(difflib.unified_diff(old, new, names[0], names[1]))
    stdout.writelines(lines)
    return int(bool(lines))


def _read(name: str, stdin: TextIO) -> str:
    return stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")


TOOLS: Mapping[str, Tool] = {
    "inlay": inlay,
    "inlay-opt": inlay_opt,
    "filecheck": filecheck,
    "FileCheck": filecheck,
    "cat": cat,
    "diff": diff,
}

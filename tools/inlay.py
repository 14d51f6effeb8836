"""``inlay``: what users do with models and kernels, a command for each.

Results go to standard output, errors to standard error: one line each, and the exit status is 1.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NoReturn, TextIO

from ..passes.registry import did_you_mean
from .arguments import Command, UsageError
from .diagnostics import described
from .streams import Streams, discard

PROGRAM = "inlay"

COMMANDS: Mapping[str, str] = {
    "bench-kernel": "bench_kernel",
}
"""The commands; each is the ``COMMAND`` of a module here, imported when it is asked for."""


def script() -> NoReturn:
    """The installed command. It ends the process at once: tearing xDSL down takes 0.1 s."""
    status = main()
    sys.stderr.flush()
    os._exit(status)


def main(
    argv: Sequence[str] | None = None,
    *,
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> int:
    """Run the tool; the exit status is 0, 1 for any error, or 130 where it was interrupted."""
    argv = sys.argv[1:] if argv is None else argv
    streams = Streams(stdin or sys.stdin, stdout or sys.stdout, stderr or sys.stderr)
    try:
        status = _run(argv, streams)
        streams.output.flush()
    except BrokenPipeError:
        discard(streams.output)
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 (nobody should see a traceback unasked)
        if "--debug" in argv:
            traceback.print_exception(error, file=streams.errors)
        print(described(error, PROGRAM), file=streams.errors)
        return 1
    return status


def _run(argv: Sequence[str], streams: Streams) -> int:
    """Run the command that comes first. Raises UsageError."""
    name = argv[0] if argv else None
    match name:
        case "-h" | "--help":
            streams.output.write(_help())
            return 0
        case "--version":
            from importlib.metadata import version  # noqa: PLC0415 (50 ms)

            streams.output.write(f"{PROGRAM} {version('inlay')}\n")
            return 0
        case None:
            raise UsageError(f"expected a command: {', '.join(COMMANDS)}")
        case _ if name not in COMMANDS:
            raise UsageError(
                f"unknown command '{name}'{did_you_mean(name, list(COMMANDS))}; "
                f"expected {', '.join(COMMANDS)}"
            )
        case _:
            return _command(name).run(argv[1:], streams)


def _command(name: str) -> Command:
    command: object = import_module(f".{COMMANDS[name]}", __package__).COMMAND
    assert isinstance(command, Command)
    return command


def _help() -> str:
    lines = [f"  {name:16} {_command(name).doc}" for name in COMMANDS]
    return "\n".join(
        [
            f"usage: {PROGRAM} COMMAND [OPTION]...",
            "",
            "commands; each has a --help of its own:",
            *lines,
            "",
        ]
    )

"""``inlay-opt``: reads IR, runs passes on it, prints IR.

IR goes to standard output; dumps, reports and errors go to standard error. Each error is one line,
``FILE:LINE:COLUMN: error: message``, and makes the exit status 1.

With ``-t llvm-ir``, ``asm`` or ``obj`` machine code goes to standard output instead of IR.
"""

import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from pathlib import Path
from shlex import quote
from typing import NamedTuple, NoReturn, TextIO

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from .. import InlayError
from ..dialects.parsing import parse_module
from ..dialects.printing import print_module
from ..dialects.registry import make_context
from ..dialects.relay.resources import save
from ..dialects.relay.rows import Array
from ..driver.plugins import load_plugins
from ..passes.instruments import Timing
from ..passes.manager import PassError, PassManager, garbage_kept, verify_ir
from ..passes.pipeline import CODE_PHASE, PHASES, pipeline_to
from ..passes.registry import did_you_mean
from ..passes.reproducer import read_reproducer
from ..passes.target_attribute import set_target
from ..target.description import Target, target_named
from .arguments import UsageError
from .diagnostics import Emitted, described, diagnostic_of, mismatches
from .opt_options import (
    MLIR,
    PROGRAM,
    Options,
    make_instruments,
    make_parser,
    make_printer,
    parse_options,
)
from .streams import Streams, discard, input_name, read_input, read_resources


def script() -> NoReturn:
    """The installed command. It ends the process at once: tearing xDSL down takes 0.1 s."""
    status = main()
    sys.stderr.flush()
    os._exit(status)


class Piece(NamedTuple):
    """Text that is parsed on its own, and the number of its first line in the input."""

    text: str
    first_line: int


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
        with garbage_kept():
            status = _run(parse_options(argv), streams)
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


def _run(options: Options, streams: Streams) -> int:
    """Do what the options say. Raises InlayError for what concerns no piece of the input."""
    if options.help:
        streams.output.write(make_parser().format_help())
        return 0
    if options.version:
        from importlib.metadata import version  # noqa: PLC0415 (50 ms)

        streams.output.write(f"{PROGRAM} {version('inlay')} (xdsl {version('xdsl')})\n")
        return 0
    if options.plugins:
        load_plugins()
    if options.list_passes or options.list_phases or options.show_dialects:
        return _list(options, streams)

    text = read_input(options.input, streams.input)
    verify_each = options.verify_each
    if options.run_reproducer:
        text, reproduced, verify_each = read_reproducer(text)
        pipeline: Sequence[str] = [reproduced]
    else:
        pipeline = _pipeline(options)
    pieces = list(split(text, options.split_input_file))
    for option, needs_one in (
        ("--save-resources", options.save_resources is not None),
        ("-t obj", options.form == "obj"),
    ):
        if needs_one and len(pieces) > 1:
            raise UsageError(f"{option} takes one module, found {len(pieces)}")

    timing = Timing(streams.errors) if options.timing else None
    manager = PassManager(
        pipeline,
        instruments=make_instruments(options, streams.errors, timing),
        verify=verify_each,
        reproducer_path=options.crash_reproducer,
        reproducer_local=options.local_reproducer,
    )
    if options.dump_pass_pipeline:
        spec = manager.spec(defaults=True)
        streams.errors.write(f"Pass Manager with {len(manager.elements)} passes:\n{spec}\n")
    job = _Job(options, streams.errors, manager, timing)
    with ExitStack() as reports:
        for instrument in manager.instruments:
            reports.enter_context(instrument)
        outputs = [job.run(piece) for piece in pieces]
    if options.verify_diagnostics is None:
        _write(options, streams, outputs, failed=job.failed)
    return int(job.failed)


@dataclass
class _Job:
    """What is done with each piece of the input."""

    options: Options
    errors: TextIO
    manager: PassManager
    timing: Timing | None
    failed: bool = False
    name: str = field(init=False)
    context: Context = field(init=False)
    resources: dict[str, Array] = field(init=False)
    target: Target | None = field(init=False)
    printer: Callable[[ModuleOp], str | bytes] = field(init=False)

    def __post_init__(self) -> None:
        options = self.options
        self.name = input_name(options.input)
        self.context = make_context(allow_unregistered=options.allow_unregistered_dialect)
        self.resources = read_resources(options.input, options.resources)
        self.target = None if options.target is None else target_named(options.target)
        self.printer = make_printer(options) if options.form == MLIR else _emitter(options.form)

    def run(self, piece: Piece) -> str | bytes:
        """What to write for a piece; empty where it fails, with its errors reported."""
        emitted: list[Emitted] = []
        output: str | bytes = ""
        module: ModuleOp | None = None
        reproducer: Path | None = None
        try:
            with self._scope("Parser"):
                module = self._parse(piece.text, piece.first_line)
            self._transform(module)
            with self._scope("Output"):
                output = self.printer(module)
        except Exception as error:  # noqa: BLE001 (the other pieces must be processed)
            if self.options.debug:
                traceback.print_exception(error, file=self.errors)
            place = (self.name, piece.first_line, 1)
            emitted = [Emitted(diagnostic_of(error, place, module))]
            if isinstance(error, PassError) and error.reproducer is not None:
                reproducer = error.reproducer
        if self.options.verify_diagnostics is not None:
            emitted = mismatches(
                piece.text,
                self.name,
                emitted,
                piece.first_line,
                only_expected=self.options.verify_diagnostics == "only-expected",
            )
        for message in emitted:
            print(message, file=self.errors)
        if reproducer is not None:
            command = f"{PROGRAM} --run-reproducer {quote(str(reproducer))}"
            print(f"{PROGRAM}: note: to reproduce: {command}", file=self.errors)
        self.failed |= bool(emitted)
        return output

    def _parse(self, text: str, first_line: int = 1) -> ModuleOp:
        return parse_module(self.context, text, self.name, self.resources, first_line)

    def _transform(self, module: ModuleOp) -> None:
        if self.options.verify_roundtrip:
            self._check_roundtrip(module)
        if self.target is not None:
            set_target(module, self.target)
        if not self.manager.verify:
            verify_ir(module)  # as mlir-opt does: the option is about what passes leave
        self.manager.run(self.context, module)
        if self.options.save_resources is not None:
            save(module, self.options.save_resources)

    def _check_roundtrip(self, module: ModuleOp) -> None:
        verify_ir(module)
        for generic in (False, True):
            text = print_module(module, generic=generic)
            again = print_module(self._parse(text), generic=generic)
            if again != text:
                raise InlayError(f"printed IR reads back differently: {_difference(text, again)}")

    def _scope(self, name: str) -> AbstractContextManager[None]:
        return nullcontext() if self.timing is None else self.timing.scope(name)


def _difference(old: str, new: str) -> str:
    lines = zip_longest(old.split("\n"), new.split("\n"), fillvalue="")
    before, after = next((before, after) for before, after in lines if before != after)
    return f"'{before.strip()}' became '{after.strip()}'"


# ---------------------------------------------------------------- input and output


def split(text: str, marker: str | None) -> Iterator[Piece]:
    """The pieces between lines that are ``marker``; all of the text where it is None."""
    if marker is None:
        yield Piece(text, 1)
        return
    lines: list[str] = []
    first_line = 1
    for number, line in enumerate(text.split("\n"), 1):
        if line.rstrip() == marker:
            yield Piece("\n".join(lines), first_line)
            lines, first_line = [], number + 1
        else:
            lines.append(line)
    yield Piece("\n".join(lines), first_line)


def _emitter(form: str) -> Callable[[ModuleOp], str | bytes]:
    """What writes a module in a form of machine code. Raises UsageError for an unknown form."""
    # Not at start-up: they import the way to machine code, which takes 0.3 s.
    from ..driver.emission import FORMS, emit  # noqa: PLC0415

    if form not in FORMS:
        names = [MLIR, *FORMS]
        raise UsageError(
            f"unknown form '{form}'{did_you_mean(form, names)}; expected {', '.join(names)}"
        )
    return partial(emit, form=FORMS[form])


def _write(
    options: Options, streams: Streams, outputs: Sequence[str | bytes], *, failed: bool
) -> None:
    """Write the output; a file is written only where everything succeeded."""
    marker = f"{options.output_split_marker}\n".encode()
    data = marker.join(
        output if isinstance(output, bytes) else output.encode() for output in outputs
    )
    if options.output == "-":
        _write_stream(streams.output, data)
    elif not failed:
        try:
            Path(options.output).write_bytes(data)
        except OSError as error:
            raise InlayError(f"cannot write '{options.output}': {error.strerror}") from error


def _write_stream(stream: TextIO, data: bytes) -> None:
    """Write to a text stream: bytes as they are where it has a place for them."""
    if hasattr(stream, "buffer"):
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    else:
        try:
            stream.write(data.decode())
        except UnicodeDecodeError as error:
            raise InlayError("standard output takes text only; -o FILE takes bytes") from error


# ---------------------------------------------------------------- rare options


def _list(options: Options, streams: Streams) -> int:
    """The lists asked for; the status is 1 where an entry cannot be loaded."""
    # Not at start-up: it imports what it lists.
    from .listings import list_dialects, list_passes, list_phases  # noqa: PLC0415

    lists = (
        (options.list_passes, list_passes),
        (options.list_phases, list_phases),
        (options.show_dialects, list_dialects),
    )
    complete = [show(streams.output, streams.errors) for asked, show in lists if asked]
    return int(not all(complete))


def _pipeline(options: Options) -> Sequence[str]:
    """The pipeline that the options ask for. Raises UsageError."""
    phase = options.compile_to
    if phase is None:
        return options.pipeline or ([] if options.form == MLIR else [pipeline_to(CODE_PHASE)])
    names = [known.name for known in PHASES]
    if phase not in names:
        raise UsageError(
            f"unknown phase '{phase}'{did_you_mean(phase, names)}; the phases: {', '.join(names)}"
        )
    return [pipeline_to(phase)]

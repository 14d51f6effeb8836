"""The command line of ``inlay-opt``."""

import argparse
from collections.abc import Callable, Container, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from xdsl.ir import Operation

from ..dialects.printing import print_module
from ..passes.instruments import ALL, DumpIRDir, Instrument, PrintIR, Statistics, Timing
from ..passes.registry import did_you_mean, pass_names
from ..target.description import TARGETS
from .arguments import Parser, UsageError

PROGRAM = "inlay-opt"
SPLIT_MARKER = "// -----"
MLIR = "mlir"
"""The form of output that is not machine code."""


class Options(argparse.Namespace):
    """The command line, typed."""

    input: str
    output: str
    help: bool
    version: bool
    debug: bool
    allow_unregistered_dialect: bool
    plugins: bool
    target: str | None
    form: str

    pipeline: list[str]
    compile_to: str | None
    list_passes: bool
    list_phases: bool
    show_dialects: bool
    dump_pass_pipeline: bool
    run_reproducer: bool
    crash_reproducer: Path | None
    local_reproducer: bool

    split_input_file: str | None
    output_split_marker: str
    verify_diagnostics: str | None
    verify_each: bool
    verify_roundtrip: bool

    print_ir_before: str | None
    print_ir_after: str | None
    print_ir_after_change: bool
    print_ir_after_failure: bool
    print_ir_module_scope: bool
    dump_ir_dir: Path | None
    timing: bool
    pass_statistics: bool

    print_op_generic: bool
    print_debuginfo: bool
    print_resources: bool
    resources: Path | None
    save_resources: Path | None


# Options whose value, given only after '=', may be left out, and what they mean then.
_DEFAULT_VALUES = {
    "--split-input-file": SPLIT_MARKER,
    "--verify-diagnostics": "all",
    "--verify-each": "true",
    "--print-ir-before": "all",
    "--print-ir-after": "all",
    "--mlir-print-ir-before": "all",
    "--mlir-print-ir-after": "all",
}


def make_parser() -> argparse.ArgumentParser:
    """The table of options. Spellings that start with ``--mlir-`` are those of mlir-opt."""
    parser = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [OPTION]... [FILE]",
        description="Reads IR, runs passes on it, prints IR.",
        add_help=False,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("input", nargs="?", default="-", metavar="FILE", help="the IR; '-', the default, is stdin")
    add("-o", dest="output", default="-", metavar="FILE", help="where the IR goes; '-' is stdout")
    add("-h", "--help", action="store_true", help="print this")
    add("--version", action="store_true", help="print the version")
    add("--debug", action="store_true", help="print the Python traceback of an error")
    add(
        *("--allow-unregistered-dialect", "--mlir-allow-unregistered-dialect"),
        action="store_true",
        help="accept ops and types of unknown dialects in generic form",
    )
    add("--no-plugins", dest="plugins", action="store_false", help="load no plug-ins")
    add(
        "--target",
        metavar="NAME",
        help=f"set the machine to compile for: {', '.join(TARGETS)}, or native for this one",
    )
    add(
        "-t",
        dest="form",
        default=MLIR,
        metavar="FORM",
        help=f"what to write: {MLIR}, the default, or machine code as llvm-ir, asm or obj; "
        "without --compile-to or a pipeline these compile to the llvm phase first",
    )

    add = parser.add_argument_group("passes").add_argument
    add(
        *("-p", "--pass-pipeline"),
        dest="pipeline",
        action="append",
        default=[],
        metavar="PIPELINE",
        help="passes to run, such as 'fold-constant,relay.func(fuse-ops{max-depth=8})'",
    )
    add("--compile-to", metavar="PHASE", help="run all phases up to this one")
    add("--list-passes", action="store_true", help="list passes and their options")
    add("--list-phases", action="store_true", help="list the phases of --compile-to")
    add("--show-dialects", action="store_true", help="list dialects and their ops")
    add("--dump-pass-pipeline", action="store_true", help="print the pipeline before running it")
    add(
        *("--verify-each", "--mlir-verify-each"),
        type=_boolean,
        default=True,
        metavar="[=BOOL]",
        help="verify the IR after each pass; on by default",
    )
    add("--no-verify-each", dest="verify_each", action="store_false", help="do not")
    add(
        *("--crash-reproducer", "--mlir-pass-pipeline-crash-reproducer"),
        type=Path,
        metavar="FILE",
        help="where a failing pipeline leaves its input and itself",
    )
    add(
        *("--local-reproducer", "--mlir-pass-pipeline-local-reproducer"),
        action="store_true",
        help="reproduce only the failing pass",
    )
    add("--run-reproducer", action="store_true", help="run the pipeline that the input embeds")

    add = parser.add_argument_group("input and checks").add_argument
    add(
        "--split-input-file",
        metavar="[=MARKER]",
        help=f"process the pieces between lines '{SPLIT_MARKER}' on their own",
    )
    add(
        "--output-split-marker",
        default=SPLIT_MARKER,
        metavar="MARKER",
        help="what separates the pieces of the output",
    )
    add(
        "--verify-diagnostics",
        metavar="[=all|only-expected]",
        choices=("all", "only-expected"),
        help="compare errors with the input's 'expected-error {{...}}' comments; prints no IR",
    )
    add("--verify-roundtrip", action="store_true", help="check that printed IR reads back the same")
    add("--resources", type=Path, metavar="FILE", help="safetensors with the values of constants")

    add = parser.add_argument_group("instruments, all to stderr").add_argument
    for when in ("before", "after"):
        add(
            *(f"--print-ir-{when}", f"--mlir-print-ir-{when}"),
            metavar="[=PASSES]",
            help=f"print the IR {when} these passes, separated by commas; by default all",
        )
        add(
            *(f"--print-ir-{when}-all", f"--mlir-print-ir-{when}-all"),
            dest=f"print_ir_{when}",
            action="store_const",
            const="all",
            help=f"print the IR {when} every pass",
        )
    add(
        *("--print-ir-after-change", "--mlir-print-ir-after-change"),
        action="store_true",
        help="print the IR after a pass only where it changed",
    )
    add(
        *("--print-ir-after-failure", "--mlir-print-ir-after-failure"),
        action="store_true",
        help="print the IR after a pass only where it failed",
    )
    add(
        *("--print-ir-module-scope", "--mlir-print-ir-module-scope"),
        action="store_true",
        help="print the whole module around a nested pipeline's op",
    )
    add("--dump-ir-dir", type=Path, metavar="DIR", help="write the IR after each pass to a file")
    add("--timing", "--mlir-timing", action="store_true", help="report where the time went")
    add(
        *("--pass-statistics", "--mlir-pass-statistics"),
        action="store_true",
        help="report what the passes counted",
    )

    add = parser.add_argument_group("printing").add_argument
    add(
        *("--print-op-generic", "--mlir-print-op-generic"),
        action="store_true",
        help="print ops in generic form",
    )
    add(
        *("--print-debuginfo", "--mlir-print-debuginfo"),
        action="store_true",
        help="print source locations",
    )
    add("--print-resources", action="store_true", help="print the values of constants")
    add(
        "--elide-resources",
        dest="print_resources",
        action="store_false",
        help="do not; this is the default",
    )
    add("--save-resources", type=Path, metavar="FILE", help="write them to a safetensors file")
    return parser


def _boolean(text: str) -> bool:
    values = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    if text.lower() not in values:
        raise argparse.ArgumentTypeError(f"expected true or false, found '{text}'")
    return values[text.lower()]


def parse_options(argv: Sequence[str]) -> Options:
    """The options of a command line. Raises UsageError.

    As for LLVM's tools one dash does for two, and an optional value must follow '='.
    """
    parser = make_parser()
    known = {name for action in parser._actions for name in action.option_strings}  # pyright: ignore[reportPrivateUsage]
    arguments: list[str] = []
    for argument in argv:
        name = argument.partition("=")[0]
        if name not in known and "-" + name in known:
            argument, name = "-" + argument, "-" + name
        if argument in _DEFAULT_VALUES:
            argument = f"{name}={_DEFAULT_VALUES[name]}"
        arguments.append(argument)
    options = parser.parse_args(arguments, namespace=Options())
    if options.run_reproducer and (options.pipeline or options.compile_to):
        raise UsageError("--run-reproducer brings its pipeline: give no other")
    if options.pipeline and options.compile_to:
        raise UsageError("--compile-to and --pass-pipeline exclude each other")
    if options.split_input_file == "":
        raise UsageError("--split-input-file: the marker is empty")
    return options


def make_printer(options: Options) -> Callable[[Operation], str]:
    """The printer of IR that the options ask for."""
    return partial(
        print_module,
        generic=options.print_op_generic,
        resources=options.print_resources,
        debuginfo=options.print_debuginfo,
    )


def make_instruments(
    options: Options, stream: TextIO, timing: Timing | None
) -> tuple[Instrument, ...]:
    """The instruments that the options ask for, with ``timing`` innermost. Raises UsageError."""
    printer = make_printer(options)
    instruments: list[Instrument] = []
    before, after = _names(options.print_ir_before), _names(options.print_ir_after)
    if options.print_ir_after_change and options.print_ir_after is None:
        after = ALL
    if before or after or options.print_ir_after_failure:
        instruments.append(
            PrintIR(
                before=before,
                after=after,
                only_if_changed=options.print_ir_after_change,
                only_on_failure=options.print_ir_after_failure,
                module_scope=options.print_ir_module_scope,
                stream=stream,
                printer=printer,
            )
        )
    if options.dump_ir_dir is not None:
        instruments.append(DumpIRDir(options.dump_ir_dir, printer))
    if options.pass_statistics:
        instruments.append(Statistics(stream))
    if timing is not None:
        instruments.append(timing)
    return tuple(instruments)


def _names(text: str | None) -> Container[str]:
    """The pass names that an option's value lists. Raises UsageError for one that is unknown."""
    if text is None:
        return ()
    if text == "all":
        return ALL
    names = text.split(",")
    for name in names:
        if name not in pass_names():
            raise UsageError(f"unknown pass '{name}'{did_you_mean(name, pass_names())}")
    return names

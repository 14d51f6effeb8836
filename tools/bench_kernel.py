"""``inlay bench-kernel``: times kernels given as IR, and holds them against the machine's roof."""

from __future__ import annotations

import argparse
import traceback
from collections.abc import Sequence
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.exceptions import VerifyException

from .. import InlayError
from ..dialects.parsing import parse_module
from ..dialects.registry import make_context
from ..driver.benchmark import DEFAULT_SIZE, Candidate, Result, check_sizes, load_candidates
from ..driver.hot_loop import hot_loop
from ..driver.plugins import load_plugins
from ..driver.roof import Roof, machine_roof
from ..passes.manager import garbage_kept, verify_ir
from ..passes.registry import did_you_mean
from ..passes.target_attribute import TARGET, set_target
from ..runtime.object_cache import ObjectCache
from ..target.description import TARGETS, Target, target_named
from .arguments import Command, Parser, UsageError
from .diagnostics import Emitted, diagnostic_of
from .streams import STDIN, Streams, input_name, read_input, read_resources

_GIGA = 1e9
_MICRO = 1e-6


class Options(argparse.Namespace):
    """The command line, typed."""

    input: str
    help: bool
    debug: bool
    plugins: bool
    resources: Path | None
    target: Target | None
    kernel: list[str]
    size: list[tuple[str, int]]
    seconds: float
    flops: int | None
    assembly: bool
    remeasure: bool


def run(argv: Sequence[str], streams: Streams) -> int:
    """Time the kernels of a file; the status is 1 where one of them fails."""
    options = make_parser().parse_args(argv, namespace=Options())
    if options.help:
        streams.output.write(make_parser().format_help())
        return 0
    if options.plugins:
        load_plugins()
    name = input_name(options.input)
    text = read_input(options.input, streams.input)
    cache = ObjectCache()
    module: ModuleOp | None = None
    try:
        with garbage_kept():
            resources = read_resources(options.input, options.resources)
            module = parse_module(make_context(), text, name, resources)
            candidates = _candidates(module, options, cache)
        return _report(candidates, machine_roof(remeasure=options.remeasure), options, streams)
    except UsageError:
        raise
    except (InlayError, VerifyException) as error:
        if options.debug:
            traceback.print_exception(error, file=streams.errors)
        print(Emitted(diagnostic_of(error, (name, 1, 1), module)), file=streams.errors)
        return 1


COMMAND = Command("time kernels given as IR", run)


def make_parser() -> Parser:
    """The table of options."""
    parser = Parser(
        prog="inlay bench-kernel",
        usage="inlay bench-kernel [OPTION]... [FILE]",
        description="Times kernels on one thread, on random inputs, their buffers in the caches as "
        "far as they fit. The IR may be of any level from relay to llvm.",
        add_help=False,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "input", nargs="?", default=STDIN, metavar="FILE", help="the IR; '-', the default, is stdin"
    )
    add("-h", "--help", action="store_true", help="print this")
    add("--debug", action="store_true", help="print the Python traceback of an error")
    add("--no-plugins", dest="plugins", action="store_false", help="load no plug-ins")
    add("--resources", type=Path, metavar="FILE", help="safetensors with the values of constants")
    add(
        "--target",
        type=target_named,
        metavar="NAME",
        help=f"compile for this machine: {', '.join(TARGETS)}, or native; by default what the IR "
        "names, else native",
    )
    add(
        "--kernel",
        action="append",
        default=[],
        metavar="NAME",
        help="time this kernel and no other; may be given several times",
    )
    add(
        "--size",
        action="append",
        default=[],
        type=_size,
        metavar="NAME=N",
        help=f"an extent that the IR leaves open, such as n0=128; by default {DEFAULT_SIZE}",
    )
    add(
        "--seconds",
        type=_seconds,
        default=0.2,
        metavar="S",
        help="how long to time each kernel; by default 0.2",
    )
    add(
        "--flops",
        type=_count,
        metavar="N",
        help="floating-point operations of a call, which are counted from tl nests otherwise",
    )
    add("--asm", dest="assembly", action="store_true", help="print the hot loop's assembly")
    add(
        "--remeasure",
        action="store_true",
        help="measure the machine's roof again, instead of reading it from the cache",
    )
    return parser


def _size(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not name or not number.isdecimal():
        raise argparse.ArgumentTypeError(f"expected NAME=NUMBER, found '{text}'")
    return name, int(number)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds, found '{text}'")
    return seconds


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number, found '{text}'")
    return int(text)


# ---------------------------------------------------------------- what is timed


def _candidates(module: ModuleOp, options: Options, cache: ObjectCache) -> list[Candidate]:
    """The kernels asked for, compiled. Raises InlayError."""
    if options.target is not None or TARGET not in module.attributes:
        set_target(module, options.target or Target.native())
    verify_ir(module)
    candidates = load_candidates(module, cache)
    check_sizes(candidates, dict(options.size))
    names = [candidate.kernel.name for candidate in candidates]
    for name in options.kernel:
        if name not in names:
            raise UsageError(
                f"--kernel: no kernel is called '{name}'{did_you_mean(name, names)}; "
                f"expected {', '.join(names)}"
            )
    wanted = options.kernel or names
    return [candidate for candidate in candidates if candidate.kernel.name in wanted]


# ---------------------------------------------------------------- what is printed


def _report(candidates: Sequence[Candidate], roof: Roof, options: Options, streams: Streams) -> int:
    """Time the kernels and print a table; the status."""
    out, status = streams.output, 0
    reading = ", ".join(f"{each.name} {each.bandwidth / _GIGA:.0f}" for each in roof.memories)
    out.write(f"roof of a core: FMA {roof.flops / _GIGA:.1f} GFLOP/s; {reading} GB/s\n")
    width = max(len(candidate.kernel.name) for candidate in candidates)
    out.write(
        f"{'kernel':{width}}  {'min µs':>10}  {'median µs':>10}  {'GFLOP/s':>8}  {'GB/s':>7}  "
        f"{'% of roof':>9}  bound by\n"
    )
    for candidate in candidates:
        try:
            result = candidate.time(
                roof, sizes=dict(options.size), flops=options.flops, seconds=options.seconds
            )
        except InlayError as error:
            if options.debug:
                traceback.print_exception(error, file=streams.errors)
            name = input_name(options.input)
            print(Emitted(diagnostic_of(error, (name, 1, 1))), file=streams.errors)
            status = 1
            continue
        out.write(_row(result, width))
        if options.assembly:
            out.write(_hot_loop(candidate))
        out.flush()
    return status


def _row(result: Result, width: int) -> str:
    flops = share = name = "-"
    if result.flops is not None and result.bound is not None:
        flops = f"{result.flops / result.least / _GIGA:.1f}"
        share = f"{result.bound.seconds / result.least:.1%}"
        name = result.bound.name
    return (
        f"{result.name:{width}}  {result.least / _MICRO:10.3f}  {result.median / _MICRO:10.3f}  "
        f"{flops:>8}  {result.touched / result.least / _GIGA:7.1f}  {share:>9}  {name}\n"
    )


def _hot_loop(candidate: Candidate) -> str:
    loop = hot_loop(candidate.assembly())
    if loop is None:
        return "    no loop\n"
    lines = "".join(f"    {line.expandtabs(8)}\n" for line in loop.lines)
    return (
        f"    hot loop, in {loop.function}: {loop.instructions} instructions, "
        f"{loop.vectors} on vectors, {loop.fmas} of them multiply and add\n{lines}"
    )

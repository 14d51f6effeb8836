"""The built-in instruments: IR dumps, timing and statistics."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import ClassVar

import pytest
from xdsl.context import Context
from xdsl.dialects import builtin, func, test
from xdsl.dialects.builtin import ModuleOp, UnitAttr
from xdsl.ir import Operation
from xdsl.parser import Parser

from inlay import InlayError
from inlay.passes.instruments import ALL, DumpIRDir, PrintIR, Statistics, Timing
from inlay.passes.manager import FunctionPass, PassError, PassManager
from inlay.passes.statistics import collect, count

RULE = "===-------------------------------------------------------------------------===\n"


@dataclass(frozen=True)
class Mark(FunctionPass):
    """Marks functions that are not marked yet."""

    name = "mark"
    anchor = "func.func"
    statistics: ClassVar[Mapping[str, str]] = {
        "marked": "functions marked",
        "skipped": "functions left alone",
    }

    fail: bool = False

    def run_on(self, ctx: Context, op: Operation) -> None:
        if "marked" not in op.attributes:
            op.attributes["marked"] = UnitAttr()
            count("marked")
        if self.fail:
            raise InlayError("asked to fail")


class Clear(FunctionPass):
    """Erases all operations but the terminator."""

    name = "clear"
    anchor = "func.func"

    def run_on(self, ctx: Context, op: Operation) -> None:
        block = op.regions[0].block
        for inner in list(block.ops)[:-1]:
            inner.detach()
            inner.erase()
            count("erased")


class Nothing(FunctionPass):
    name = "nothing"
    anchor = "func.func"

    def run_on(self, ctx: Context, op: Operation) -> None:
        pass


NEST = PassManager([Mark(), Nothing()], "func.func")


@pytest.fixture
def ctx() -> Context:
    ctx = Context()
    for dialect in (builtin.Builtin, func.Func, test.Test):
        ctx.load_dialect(dialect)
    return ctx


@pytest.fixture
def module(ctx: Context) -> ModuleOp:
    body = '{\n  "test.op"() : () -> ()\n  func.return\n}\n'
    return Parser(ctx, f"func.func @f() {body}func.func @g() {body}").parse_module()


def banners(stream: StringIO) -> list[str]:
    return [line for line in stream.getvalue().splitlines() if line.startswith("// -----//")]


# Dumps


def test_print_before_and_after(ctx: Context, module: ModuleOp):
    stream = StringIO()
    printing = PrintIR({"mark"}, {"nothing"}, stream=stream)
    PassManager([Nothing(), Mark()], instruments=[printing]).run(ctx, module)
    after, before = stream.getvalue().split("\n\n\n")[:-1]
    assert after.startswith(
        "// -----// IR Dump After nothing (nothing) //----- //\nbuiltin.module {"
    )
    assert before.startswith("// -----// IR Dump Before mark (mark) //----- //\nbuiltin.module {")
    assert "marked" not in before


def test_print_after_all_if_changed(ctx: Context, module: ModuleOp):
    stream = StringIO()
    printing = PrintIR(after=ALL, only_if_changed=True, stream=stream)
    PassManager([Mark(), Nothing(), Mark(), NEST, Clear()], instruments=[printing]).run(ctx, module)
    assert banners(stream) == [
        "// -----// IR Dump After mark (mark) //----- //",
        "// -----// IR Dump After clear (clear) //----- //",
    ]


def test_print_of_a_failed_pass(ctx: Context, module: ModuleOp):
    stream = StringIO()
    printing = PrintIR(only_on_failure=True, stream=stream)
    with pytest.raises(PassError):
        PassManager([Mark(), Mark(fail=True)], instruments=[printing]).run(ctx, module)
    assert banners(stream) == ["// -----// IR Dump After mark Failed (mark) //----- //"]


def test_print_nested_and_module_scope(ctx: Context, module: ModuleOp):
    stream = StringIO()
    PassManager([NEST], instruments=[PrintIR(after={"mark"}, stream=stream)]).run(ctx, module)
    assert "builtin.module" not in stream.getvalue()
    assert len(banners(stream)) == 2
    stream = StringIO()
    printing = PrintIR(after={"mark"}, module_scope=True, stream=stream)
    PassManager([NEST], instruments=[printing]).run(ctx, module)
    assert banners(stream) == [
        "// -----// IR Dump After mark (mark) ('func.func' operation: @f) //----- //",
        "// -----// IR Dump After mark (mark) ('func.func' operation: @g) //----- //",
    ]
    assert stream.getvalue().count("builtin.module") == 2


def test_dumps_go_to_stderr(ctx: Context, module: ModuleOp, capsys: pytest.CaptureFixture[str]):
    PassManager([Mark()], instruments=[PrintIR(after=ALL), Timing(), Statistics()]).run(ctx, module)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "IR Dump After" in captured.err
    assert "Execution time report" in captured.err
    assert "Pass statistics report" in captured.err


def test_dump_directory(ctx: Context, module: ModuleOp, tmp_path: Path):
    directory = tmp_path / "a" / "b"
    dump = DumpIRDir(directory)
    with pytest.raises(PassError):
        PassManager([Mark(), NEST, Mark(fail=True)], instruments=[dump]).run(ctx, module)
    assert sorted(path.name for path in directory.iterdir()) == [
        *("000_input.mlir", "001_mark.mlir"),
        *("002_mark_f.mlir", "003_nothing_f.mlir", "004_mark_g.mlir", "005_nothing_g.mlir"),
        "006_mark_failed.mlir",
    ]
    assert "marked" not in (directory / "000_input.mlir").read_text()
    assert "marked" in (directory / "001_mark.mlir").read_text()
    assert (directory / "004_mark_g.mlir").read_text().startswith("func.func @g")
    PassManager([], instruments=[dump]).run(ctx, module)
    assert (directory / "007_input.mlir").exists()


def test_dump_directory_that_is_a_file(ctx: Context, module: ModuleOp, tmp_path: Path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InlayError, match=f"cannot write IR to {file}/000_input.mlir"):
        PassManager([], instruments=[DumpIRDir(file)]).run(ctx, module)


def test_symbols_in_file_names(ctx: Context, tmp_path: Path):
    module = Parser(ctx, 'func.func private @"../x y"() -> ()').parse_module()
    PassManager([NEST], instruments=[DumpIRDir(tmp_path)]).run(ctx, module)
    assert (tmp_path / "001_mark_.._x_y.mlir").exists()


# Reports


def rows(report: str) -> list[str]:
    """The names of a timing report, with their indents."""
    return re.findall(r"^  +-?\d+\.\d{4} \( *-?\d+\.\d%\)  (.*)$", report, re.MULTILINE)


def seconds(report: str) -> dict[str, float]:
    return {
        name: float(value)
        for value, name in re.findall(r"^ +(-?\d+\.\d{4}) \([^)]*\)  (\w.*)$", report, re.MULTILINE)
    }


def test_timing(ctx: Context, module: ModuleOp):
    stream = StringIO()
    with Timing(stream) as timing:
        with timing.scope("Parser"):
            pass
        PassManager([Mark(), NEST, Mark()], instruments=[timing]).run(ctx, module)
        assert stream.getvalue() == ""
    report = stream.getvalue()
    title = " " * 25 + "... Execution time report ...\n"
    assert report.startswith(RULE + title + RULE + "  Total Execution Time: ")
    assert "\n\n  ----Wall Time----  ----Name----\n" in report
    verify = "(V) DominanceAndVerify"
    assert rows(report) == [
        *("Parser", verify, "mark", f"  {verify}"),
        *("'func.func' Pipeline", "  mark", f"    {verify}", "  nothing", f"    {verify}"),
        *("mark", f"  {verify}", "Rest", "Total"),
    ]
    assert report.endswith("(100.0%)  Total\n")


def test_timing_adds_up(ctx: Context, module: ModuleOp):
    stream = StringIO()
    PassManager([Clear(), Nothing()], instruments=[Timing(stream)]).run(ctx, module)
    found = seconds(stream.getvalue())
    total = found.pop("Total")
    assert total > 0
    # Four rows, each rounded to 0.1 ms; the verifier of the input is one without a letter first.
    verifier = re.search(r"^ +(\d+\.\d{4}).*  \(V\)", stream.getvalue(), re.MULTILINE)
    assert verifier is not None
    assert sum(found.values()) + float(verifier[1]) == pytest.approx(total, abs=3e-4)


def test_timing_of_a_failure(ctx: Context, module: ModuleOp):
    stream = StringIO()
    nest = PassManager([Mark(fail=True)], "func.func")
    with pytest.raises(PassError):
        PassManager([nest], instruments=[Timing(stream)]).run(ctx, module)
    assert rows(stream.getvalue()) == [
        *("(V) DominanceAndVerify", "'func.func' Pipeline", "  mark", "Rest", "Total")
    ]


def test_statistics(ctx: Context, module: ModuleOp):
    stream = StringIO()
    statistics = Statistics(stream)
    PassManager([NEST, Clear()], instruments=[statistics]).run(ctx, module)
    title = " " * 25 + "... Pass statistics report ...\n"
    assert stream.getvalue() == (
        RULE + title + RULE + "'func.func' Pipeline\n"
        "  mark\n"
        "    (S) 2 marked     - functions marked\n"
        "    (S) 4 ops-after  - operations after the pass\n"
        "    (S) 4 ops-before - operations before the pass\n"
        "    (S) 0 skipped    - functions left alone\n"
        "  nothing\n"
        "    (S) 4 ops-after  - operations after the pass\n"
        "    (S) 4 ops-before - operations before the pass\n"
        "clear\n"
        "  (S) 2 erased\n"
        "  (S) 4 ops-after  - operations after the pass\n"
        "  (S) 6 ops-before - operations before the pass\n"
        "\n"
    )


def test_counting_without_a_collector_does_nothing():
    count("nobody listens")
    with collect() as outer:
        count("a")
        with collect() as inner:
            count("a", 2)
    count("a", 4)
    assert outer == {"a": 3}
    assert inner == {"a": 2}

"""Running pipelines: order, nesting, verification, failures and what they leave behind."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from xdsl.context import Context
from xdsl.dialects import arith, builtin, func, test
from xdsl.dialects.builtin import FunctionType, ModuleOp, StringAttr
from xdsl.ir import Operation
from xdsl.parser import Parser
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import VerifyException

from inlay import InlayError
from inlay.passes import registry
from inlay.passes.instruments import Instrument
from inlay.passes.manager import FunctionPass, PassError, PassManager
from inlay.passes.pipeline_spec import PipelineError
from inlay.passes.reproducer import ReproducerError, read_reproducer, write_reproducer

TWO_FUNCTIONS = """
func.func @f(%a: i32) -> i32 {
  %b = arith.addi %a, %a : i32
  func.return %b : i32
}
"test.op"() : () -> ()
func.func @g() {
  func.return
}
"""


@dataclass(frozen=True)
class Trace(FunctionPass):
    """Appends its tag to the "trace" attribute of each function."""

    name = "trace"
    anchor = "func.func"

    tag: str = "t"

    def run_on(self, ctx: Context, op: Operation) -> None:
        before = op.attributes.get("trace", StringAttr(""))
        assert isinstance(before, StringAttr)
        op.attributes["trace"] = StringAttr(before.data + self.tag)


@dataclass(frozen=True)
class Raise(ModulePass):
    name = "raise"

    message: str = "boom"
    kind: str = "inlay"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        op.attributes["half_done"] = StringAttr("")
        kinds = {"inlay": InlayError, "verify": VerifyException, "key": KeyError}
        raise kinds[self.kind](self.message)


class RaiseOnG(FunctionPass):
    name = "raise-on-g"
    anchor = "func.func"

    def run_on(self, ctx: Context, op: Operation) -> None:
        if op.get_attr_or_prop("sym_name") == StringAttr("g"):
            raise InlayError("g is not wanted")


class SwapFirstTwo(FunctionPass):
    """Moves the first operation of each function behind the second."""

    name = "swap-first-two"
    anchor = "func.func"

    def run_on(self, ctx: Context, op: Operation) -> None:
        block = op.regions[0].block
        first, second, *_ = block.ops
        first.detach()
        block.insert_op_after(first, second)


class DropTerminator(FunctionPass):
    name = "drop-terminator"
    anchor = "func.func"

    def run_on(self, ctx: Context, op: Operation) -> None:
        block = op.regions[0].block
        assert block.last_op is not None
        block.erase_op(block.last_op)


class TakeNothing(FunctionPass):
    """Takes the arguments from declarations; their callers are wrong from then on."""

    name = "take-nothing"
    anchor = "func.func"

    def run_on(self, ctx: Context, op: Operation) -> None:
        if not op.regions[0].blocks:
            op.properties["function_type"] = FunctionType.from_lists([], [])


PASSES: Sequence[type[ModulePass]] = (Trace, Raise, RaiseOnG, SwapFirstTwo, DropTerminator)


@pytest.fixture(autouse=True)
def known_passes(monkeypatch: pytest.MonkeyPatch):
    for cls in PASSES:
        monkeypatch.setitem(registry.PASSES, cls.name, cls)


@pytest.fixture
def ctx() -> Context:
    ctx = Context()
    for dialect in (builtin.Builtin, func.Func, arith.Arith, test.Test):
        ctx.load_dialect(dialect)
    return ctx


@pytest.fixture
def module(ctx: Context) -> ModuleOp:
    return Parser(ctx, TWO_FUNCTIONS).parse_module()


def traces(module: ModuleOp) -> list[str]:
    found = [op.attributes.get("trace") for op in module.ops if isinstance(op, func.FuncOp)]
    return [attribute.data if isinstance(attribute, StringAttr) else "" for attribute in found]


@dataclass
class Log(Instrument):
    """Writes down every call it gets."""

    name: str = ""
    calls: list[str] = field(default_factory=list[str])

    def _log(self, hook: str, op: Operation, subject: str = "") -> None:
        symbol = op.get_attr_or_prop("sym_name")
        place = symbol.data if isinstance(symbol, StringAttr) else "module"
        self.calls.append(f"{self.name}{hook} {subject} {place}".replace("  ", " "))

    def before_pipeline(self, ctx: Context, op: Operation, pm: object) -> None:
        self._log("{", op)

    def after_pipeline(self, ctx: Context, op: Operation, pm: object) -> None:
        self._log("}", op)

    def before_pass(self, ctx: Context, pass_: ModulePass, op: Operation) -> None:
        self._log("before", op, str(pass_))

    def after_pass(self, ctx: Context, pass_: ModulePass, op: Operation) -> None:
        self._log("after", op, str(pass_))

    def after_pass_failed(
        self, ctx: Context, pass_: ModulePass, op: Operation, error: Exception
    ) -> None:
        self._log("failed", op, str(pass_))

    def before_verify(self, ctx: Context, op: Operation) -> None:
        self._log("verify", op)


def failure(pm: PassManager, ctx: Context, module: ModuleOp) -> PassError:
    with pytest.raises(PassError) as caught:
        pm.run(ctx, module)
    assert "\n" not in str(caught.value)
    return caught.value


# Building


def test_building_from_objects_names_specs_and_nests():
    nested = PassManager([Trace("b"), "trace{tag=c}"], anchor="func.func")
    pm = PassManager([Trace("a"), "trace,dce", nested, "func.func(trace)"])
    assert str(pm) == (
        "builtin.module(trace{tag=a},trace,dce,func.func(trace{tag=b},trace{tag=c}),func.func(trace))"
    )
    assert PassManager.parse(str(pm)) == pm


def test_conditions_do_not_tell_pipelines_apart():
    assert PassManager(["trace"], verify=False) == PassManager(["trace"], instruments=[Log()])
    assert PassManager(["trace"]) != PassManager(["trace{tag=a}"])


def test_objects_must_fit_too():
    with pytest.raises(PipelineError, match=r"pass 'raise' runs on builtin\.module, it cannot be"):
        PassManager([Raise()], anchor="func.func")


def test_instruments_belong_outside():
    nested = PassManager(["trace"], "func.func", instruments=[Log()])
    with pytest.raises(PipelineError, match="belong to the outermost pass manager"):
        PassManager([nested])


# Running


def test_empty_pipeline_verifies_its_input(ctx: Context, module: ModuleOp):
    log = Log()
    PassManager([], instruments=[log]).run(ctx, module)
    assert log.calls == ["{ module", "verify module", "} module"]


def test_function_pass_in_a_module_pipeline_runs_on_every_function(ctx: Context, module: ModuleOp):
    PassManager.parse("trace{tag=a},trace{tag=b}").run(ctx, module)
    assert traces(module) == ["ab", "ab"]


def test_nested_pipeline_runs_all_passes_on_one_op_before_the_next(ctx: Context, module: ModuleOp):
    log = Log()
    PassManager(["func.func(trace{tag=a},trace{tag=b})"], instruments=[log], verify=False).run(
        ctx, module
    )
    assert traces(module) == ["ab", "ab"]
    assert log.calls == [
        "{ module",
        *("{ f", 'before trace{tag="a"} f', 'after trace{tag="a"} f'),
        *('before trace{tag="b"} f', 'after trace{tag="b"} f', "} f"),
        *("{ g", 'before trace{tag="a"} g', 'after trace{tag="a"} g'),
        *('before trace{tag="b"} g', 'after trace{tag="b"} g', "} g"),
        "} module",
    ]


def test_a_nest_takes_direct_children_only(ctx: Context, module: ModuleOp):
    outer = ModuleOp([module])
    PassManager.parse("func.func(trace)").run(ctx, outer)
    assert traces(module) == ["", ""]
    PassManager.parse("builtin.module(builtin.module(func.func(trace),trace))").run(ctx, outer)
    assert traces(module) == ["tt", "tt"]


def test_verification_after_each_pass_and_each_nest(ctx: Context, module: ModuleOp):
    log = Log()
    PassManager(["dce", "func.func(trace)"], instruments=[log]).run(ctx, module)
    assert log.calls == [
        *("{ module", "verify module", "before dce module", "verify module", "after dce module"),
        *("{ f", "before trace f", "verify f", "after trace f", "} f"),
        *("{ g", "before trace g", "verify g", "after trace g", "} g"),
        *("verify module", "} module"),
    ]


def test_instruments_nest(ctx: Context, module: ModuleOp):
    calls: list[str] = []
    logs = [Log("1:", calls), Log("2:", calls)]
    PassManager(["trace"], instruments=logs, verify=False).run(ctx, module)
    assert [call[:8] for call in calls] == [
        *("1:{ modu", "2:{ modu", "1:before", "2:before"),
        *("2:after ", "1:after ", "2:} modu", "1:} modu"),
    ]


def test_running_on_the_wrong_operation(ctx: Context, module: ModuleOp):
    error = failure(PassManager(["trace"], "func.func"), ctx, module)
    assert str(error) == "cannot run the pipeline func.func(trace) on 'builtin.module'"


def test_running_on_a_function(ctx: Context, module: ModuleOp):
    first = module.body.block.first_op
    assert first is not None
    PassManager(["trace"], "func.func").run(ctx, first)
    assert traces(module) == ["t", ""]


def test_nests_need_isolated_operations(ctx: Context, module: ModuleOp):
    error = failure(PassManager([PassManager([], "test.op")]), ctx, module)
    assert str(error) == "cannot nest a pipeline on 'test.op': it is not isolated from above"


# Failures


@pytest.mark.parametrize(
    ("kind", "message", "text"),
    [
        ("inlay", "two\nlines", "pass 'raise' failed: two lines"),
        ("verify", "bad op", "pass 'raise' failed: bad op"),
        ("key", "x", "pass 'raise' failed: KeyError: 'x' (test_manager.py:"),
    ],
)
def test_exceptions_of_passes(kind: str, message: str, text: str, ctx: Context, module: ModuleOp):
    log = Log()
    error = failure(PassManager([Raise(message, kind)], instruments=[log]), ctx, module)
    assert str(error).startswith(text)
    assert error.pass_name == "raise"
    assert error.reproducer is None
    assert type(error.__cause__) in (InlayError, VerifyException, KeyError)
    assert [call.split()[0] for call in log.calls[-2:]] == ["failed", "}"]


def test_failure_in_a_nest_closes_every_pipeline(ctx: Context, module: ModuleOp):
    log = Log()
    pm = PassManager(["func.func(raise-on-g,trace)"], instruments=[log], verify=False)
    assert str(failure(pm, ctx, module)) == "pass 'raise-on-g' failed: g is not wanted"
    assert log.calls[-3:] == ["failed raise-on-g g", "} g", "} module"]
    assert traces(module) == ["t", ""]


def test_invalid_input(ctx: Context):
    module = Parser(ctx, '"test.op"(%a) : (i32) -> ()\n%a = "test.op"() : () -> i32').parse_module()
    error = failure(PassManager.parse("trace"), ctx, module)
    assert str(error) == (
        "the input is invalid: 'test.op' op operand #0 (%a, result #0 of 'test.op') "
        "does not dominate this use"
    )
    assert error.pass_name is None
    PassManager(["trace"], verify=False).run(ctx, module)


@pytest.mark.parametrize("form", ["{}", "func.func({})"])
@pytest.mark.parametrize(
    ("name", "found"),
    [
        (
            "swap-first-two",
            "'test.op' op operand #0 (%b, result #0 of 'test.op') does not",
        ),
        ("drop-terminator", "Operation test.op terminates block in single-block region but is not"),
    ],
)
def test_passes_that_leave_invalid_ir(form: str, name: str, found: str, ctx: Context):
    module = Parser(
        ctx,
        'func.func @f() {\n  %b = "test.op"() : () -> i32\n  "test.op"(%b) : (i32) -> ()\n'
        "  func.return\n}",
    ).parse_module()
    log = Log()
    error = failure(PassManager([form.format(name)], instruments=[log]), ctx, module)
    assert str(error).startswith(f"pass '{name}' left invalid IR: {found}")
    assert error.pass_name == name
    assert any(call.startswith(f"failed {name}") for call in log.calls)


def test_a_nest_that_breaks_its_surroundings(ctx: Context, tmp_path: Path):
    module = Parser(
        ctx,
        "func.func @f(%a: i32) {\n  func.call @callee(%a) : (i32) -> ()\n  func.return\n}\n"
        "func.func private @callee(i32) -> ()",
    ).parse_module()
    pm = PassManager(
        [Trace(), PassManager([TakeNothing(), Trace()], "func.func")],
        reproducer_path=tmp_path / "crash.mlir",
        reproducer_local=True,
    )
    error = failure(pm, ctx, module)
    assert str(error).startswith("pipeline 'func.func(take-nothing,trace)' left invalid IR: ")
    assert error.pass_name == "func.func(take-nothing,trace)"
    found = read_reproducer((tmp_path / "crash.mlir").read_text())
    assert found.pipeline == "builtin.module(func.func(take-nothing,trace))"
    assert traces(Parser(ctx, found.ir).parse_module()) == ["t", "t"]


# Reproducers


def reparse(ctx: Context, text: str) -> ModuleOp:
    return Parser(ctx, text).parse_module()


@pytest.mark.parametrize("local", [False, True])
def test_reproducer(local: bool, ctx: Context, module: ModuleOp, tmp_path: Path):
    path = tmp_path / "crash.mlir"
    pm = PassManager(
        ["trace{tag=a}", "func.func(trace{tag=b},raise-on-g)", "dce"],
        reproducer_path=path,
        reproducer_local=local,
    )
    error = failure(pm, ctx, module)
    assert error.reproducer == path
    text = path.read_text()
    assert text.startswith(f"// inlay-opt --run-reproducer {path}\n")
    ir, pipeline, verify_each = read_reproducer(text)
    assert verify_each
    again = reparse(ctx, ir)
    if local:
        assert pipeline == "builtin.module(func.func(raise-on-g))"
        assert traces(again) == ["ab", "ab"]
    else:
        assert pipeline == str(pm)
        assert traces(again) == ["", ""]
    assert str(failure(PassManager.parse(pipeline), ctx, again)) == str(error)


def test_reproducer_of_invalid_input(ctx: Context, tmp_path: Path):
    module = Parser(ctx, '"test.op"(%a) : (i32) -> ()\n%a = "test.op"() : () -> i32').parse_module()
    path = tmp_path / "crash.mlir"
    error = failure(PassManager(["dce"], reproducer_path=path), ctx, module)
    again = reparse(ctx, read_reproducer(path.read_text()).ir)
    assert str(failure(PassManager(["dce"]), ctx, again)) == str(error)


def test_success_leaves_no_reproducer(ctx: Context, module: ModuleOp, tmp_path: Path):
    PassManager(["trace"], reproducer_path=tmp_path / "crash.mlir").run(ctx, module)
    assert list(tmp_path.iterdir()) == []


def test_unwritable_reproducer_does_not_hide_the_failure(
    ctx: Context, module: ModuleOp, tmp_path: Path
):
    path = tmp_path / "missing" / "crash.mlir"
    error = failure(PassManager([Raise()], reproducer_path=path), ctx, module)
    assert str(error) == (
        f"pass 'raise' failed: boom; no reproducer: cannot write reproducer {path}: "
        "No such file or directory"
    )
    assert error.reproducer is None
    assert isinstance(error.__cause__, InlayError)


@pytest.mark.parametrize("pipeline", ["builtin.module()", 'a{s="x \\" é \\\\ \n{-# }"}'])
@pytest.mark.parametrize("verify", [True, False])
def test_reproducer_text_round_trips(pipeline: str, verify: bool, tmp_path: Path):
    path = tmp_path / "a b.mlir"
    ir = '// {-# "\n"x.y"() {s = "{-# external_resources: {} #-}"} : () -> ()'
    write_reproducer(path, ir, pipeline, verify)
    text = path.read_text()
    assert text.startswith(f"// inlay-opt --run-reproducer '{path}'\n")
    found = read_reproducer(text)
    assert found.ir.split("\n", 1)[1].strip() == ir
    assert found[1:] == (pipeline, verify)


def test_reproducer_keeps_other_resources():
    found = read_reproducer(
        "module {}\n"
        '{-#\n  dialect_resources: { builtin: { k: "0x00,}" } },\n'
        "  external_resources: { other: { x: 1 }, mlir_reproducer: {\n"
        '    pipeline: "builtin.module(cse)", disable_threading: true, verify_each: false\n'
        "  } }\n#-}\n"
    )
    assert found.pipeline == "builtin.module(cse)"
    assert not found.verify_each
    assert found.ir == ('module {}\n{-#\n  dialect_resources: { builtin: { k: "0x00,}" } }\n#-}\n')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "module {}",
        "{-#",
        "{-# #-}",
        "{-# external_resources #-}",
        "{-# external_resources: #-}",
        "{-# external_resources: { mlir_reproducer: 1 } #-}",
        "{-# external_resources: { mlir_reproducer: { } } #-}",
        "{-# external_resources: { mlir_reproducer: { pipeline: cse } } #-}",
        '// {-# external_resources: { mlir_reproducer: { pipeline: "cse" } } #-}',
        '{-# external_resources: { mlir_reproducer: { pipeline: "cse } } #-}',
    ],
)
def test_texts_that_are_not_reproducers(text: str):
    with pytest.raises(ReproducerError):
        read_reproducer(text)

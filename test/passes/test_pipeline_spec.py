"""Textual pipelines: syntax, typed options, printing back, and error positions."""

import string
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass

from inlay.passes import registry
from inlay.passes.manager import FunctionPass, PassManager
from inlay.passes.options import format_pass, pass_options
from inlay.passes.pipeline_spec import NestSpec, PassSpec, PipelineError, parse_pipeline
from inlay.passes.registry import RegistryError


class Mode(StrEnum):
    FAST = "fast"
    SAFE = "safe-mode"


class Level(Enum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Options(ModulePass):
    """One option of each type."""

    name = "options"

    count: int = 1
    ratio: float = 0.5
    flag: bool = False
    text: str = ""
    mode: Mode = Mode.FAST
    level: Level = Level.LOW
    kind: Literal["a", "b"] = "a"
    path: Path = Path("x")
    max_depth: int | None = None
    label: str | None = None
    switch: bool | None = None
    sizes: tuple[int, ...] = (1, 2)
    words: tuple[str, ...] = ()
    pair: tuple[int, str] = (1, "a")
    either: int | float | str = 0
    modes: tuple[Mode, ...] | None = None

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        pass


@dataclass(frozen=True)
class Needs(ModulePass):
    name = "needs"

    size: int = field(metadata={"doc": "in bytes"})
    even: int = 0

    def __post_init__(self):
        if self.even % 2:
            raise ValueError(f"expected 'even' to be even, found {self.even}")

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        pass


class Plain(ModulePass):
    name = "plain"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        pass


class OnFunctions(FunctionPass):
    name = "on-functions"
    anchor = "func.func"

    def run_on(self, ctx: Context, op: Operation) -> None:
        pass


@pytest.fixture(autouse=True, scope="module")
def known_passes():
    with pytest.MonkeyPatch.context() as patch:
        for cls in (Options, Needs, Plain, OnFunctions):
            patch.setitem(registry.PASSES, cls.name, cls)
        patch.setitem(
            registry.PIPELINES, "both", registry.NamedPipeline("plain,needs{size=1}", "two passes")
        )
        patch.setitem(registry.PIPELINES, "loop", registry.NamedPipeline("plain,pool", ""))
        patch.setitem(registry.PIPELINES, "pool", registry.NamedPipeline("loop", ""))
        patch.setitem(registry.PIPELINES, "wrong", registry.NamedPipeline("plain,\n plian", ""))
        yield


def parse_options(text: str) -> Options:
    (pass_,) = PassManager.parse(f"options{{{text}}}").elements
    assert isinstance(pass_, Options)
    return pass_


def error_of(text: str) -> str:
    with pytest.raises(PipelineError) as caught:
        PassManager.parse(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Syntax


@pytest.mark.parametrize("text", ["", "  ", "builtin.module()", " builtin.module ( ) "])
def test_empty_pipelines(text: str):
    assert parse_pipeline(text) == ()
    assert str(PassManager.parse(text)) == "builtin.module()"


def test_nests_options_and_spaces():
    plain, nest = parse_pipeline(" builtin.module( a , func.func( b { x = 1  ys=2,3\n f } ,c ) ) ")
    assert isinstance(plain, PassSpec)
    assert isinstance(nest, NestSpec)
    assert (plain.name, nest.anchor) == ("a", "func.func")
    b, c = nest.elements
    assert isinstance(b, PassSpec)
    assert isinstance(c, PassSpec)
    options = [(o.name, [v.text for v in o.values]) for o in b.options]
    assert options == [("x", ["1"]), ("ys", ["2", "3"]), ("f", [])]
    assert c.options == ()
    assert (b.options[2].position.line, b.options[2].position.column) == (2, 2)


def test_only_the_outermost_module_may_be_left_out():
    assert str(PassManager.parse("builtin.module(plain),plain")) == (
        "builtin.module(builtin.module(plain),plain)"
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("plain,", "pipeline:1:7: expected a pass name, found the end of the pipeline"),
        (",plain", "pipeline:1:1: expected a pass name, found ','"),
        ("plain plain", "pipeline:1:7: expected ',' or the end of the pipeline, found 'p'"),
        ("plain)", "pipeline:1:6: expected ',' or the end of the pipeline, found ')'"),
        (
            "func.func(plain",
            "pipeline:1:16: expected ',' or ')', found the end of the pipeline",
        ),
        (
            "plain,\nfunc(plain)",
            (
                "pipeline:2:1: expected the name of an operation such as relay.func before '(', "
                "found 'func'"
            ),
        ),
        ("options{", "pipeline:1:9: expected an option name or '}', found the end of the pipeline"),
        ("options{count=}", "pipeline:1:15: expected a value, found '}'"),
        ("options{sizes=1,}", "pipeline:1:17: expected a value, found '}'"),
        ("options{text='a}", "pipeline:1:14: this string has no end"),
        (r"options{text='\q'}", r"pipeline:1:14: unknown escape '\q' in this string"),
        ("options{count=1 count=1}", "pipeline:1:17: option 'count' is given twice"),
        ("a.b(" * 40 + ")" * 40, "pipeline:1:129: pipelines nest deeper than 32"),
    ],
)
def test_syntax_errors(text: str, error: str):
    assert error_of(text) == error


# Options


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("count=-7", "count", -7),
        ("ratio=3", "ratio", 3.0),
        ("ratio=-1.5e-3", "ratio", -0.0015),
        ("ratio=1e-5", "ratio", 1e-5),
        ("flag=true", "flag", True),
        ("flag=false", "flag", False),
        ("flag", "flag", True),
        ("text=NCHW16c", "text", "NCHW16c"),
        ("text=16", "text", "16"),
        ("text=a/b.json", "text", "a/b.json"),
        ('text="a b,}\\"\\\\\'"', "text", "a b,}\"\\'"),
        ("text='a \"b'", "text", 'a "b'),
        ("text=''", "text", ""),
        ("mode=safe-mode", "mode", Mode.SAFE),
        ("level=2", "level", Level.HIGH),
        ("kind=b", "kind", "b"),
        ("path=/a/b", "path", Path("/a/b")),
        ("max-depth=4", "max_depth", 4),
        ("max-depth=none", "max_depth", None),
        ("max-depth", "max_depth", None),
        ("label=none", "label", None),
        ("label='none'", "label", "none"),
        ("switch", "switch", True),
        ("switch=none", "switch", None),
        ("sizes=4", "sizes", (4,)),
        ("sizes=4,5,6", "sizes", (4, 5, 6)),
        ("sizes", "sizes", ()),
        ("words=a,'b c'", "words", ("a", "b c")),
        ("pair=3,b", "pair", (3, "b")),
        ("either=3", "either", 3),
        ("either=3.0", "either", 3.0),
        ("either='3'", "either", "3"),
        ("modes=fast,safe-mode", "modes", (Mode.FAST, Mode.SAFE)),
        ("modes=none", "modes", None),
    ],
)
def test_option_values(text: str, name: str, value: object):
    found = getattr(parse_options(text), name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("count=a", "option 'count' of pass 'options' expects int, found 'a'"),
        ("count=1.5", "option 'count' of pass 'options' expects int, found '1.5'"),
        ("count=true", "option 'count' of pass 'options' expects int, found 'true'"),
        ("count='1'", "option 'count' of pass 'options' expects int, found '1'"),
        ("count=1,2", "option 'count' of pass 'options' expects int, found '1,2'"),
        ("count=" + "9" * 5000, "option 'count' of pass 'options' expects int, found '9"),
        ("count=\u0663", "option 'count' of pass 'options' expects int, found '\u0663'"),
        ("flag=1", "option 'flag' of pass 'options' expects bool, found '1'"),
        ("text", "option 'text' of pass 'options' expects str, found no value"),
        ("mode=slow", "option 'mode' of pass 'options' expects fast|safe-mode, found 'slow'"),
        ("kind=c", "option 'kind' of pass 'options' expects a|b, found 'c'"),
        ("max-depth=x", "option 'max-depth' of pass 'options' expects int or none, found 'x'"),
        ("sizes=1,x", "option 'sizes' of pass 'options' expects a list of int, found '1,x'"),
        ("pair=1", "option 'pair' of pass 'options' expects (int, str), found '1'"),
    ],
)
def test_wrong_option_values(text: str, error: str):
    assert error in error_of(f"options{{{text}}}")


def test_position_of_a_wrong_value():
    assert error_of("plain,options{flag count=a}").startswith("pipeline:1:26: ")


def test_unknown_option_lists_the_options():
    assert error_of("needs{size=1 evn=2}") == (
        "pipeline:1:14: pass 'needs' has no option 'evn'; its options: size (int), even (int); "
        "did you mean 'even'?"
    )
    assert error_of("plain{x}") == "pipeline:1:7: pass 'plain' has no option 'x'; it has no options"


def test_options_have_one_spelling():
    assert "did you mean 'max-depth'?" in error_of("options{max_depth=1}")


def test_missing_option():
    assert error_of("plain,needs") == (
        "pipeline:1:7: pass 'needs' needs option 'size'; its options: size (int), even (int)"
    )


def test_option_refused_by_the_pass():
    assert error_of("needs{size=1 even=3}") == (
        "pipeline:1:1: pass 'needs': expected 'even' to be even, found 3"
    )


def test_pass_options():
    size, even = pass_options(Needs)
    assert size == ("size", "int", None, "in bytes")
    assert even == ("even", "int", "0", "")
    described = {option.name: (option.type, option.default) for option in pass_options(Options)}
    assert described["sizes"] == ("a list of int", "1,2")
    assert described["modes"] == ("a list of fast|safe-mode or none", "none")
    assert described["text"] == ("str", '""')


# Passes and pipelines by name


def test_unknown_pass_lists_close_names():
    assert error_of("plain,func.func(on-function)") == (
        "pipeline:1:17: unknown pass 'on-function'; did you mean 'on-functions'?"
    )
    assert error_of("zzzzzz") == "pipeline:1:1: unknown pass 'zzzzzz'"


def test_close_names_include_pipelines():
    assert error_of("bothh") == "pipeline:1:1: unknown pass 'bothh'; did you mean 'both'?"


def test_module_pass_cannot_be_nested_on_functions():
    assert error_of("func.func(plain)") == (
        "pipeline:1:11: pass 'plain' runs on builtin.module, it cannot be nested on func.func"
    )


def test_function_pass_needs_its_anchor():
    assert error_of("relay.func(on-functions)") == (
        "pipeline:1:12: pass 'on-functions' runs on func.func, it cannot be nested on relay.func"
    )


def test_named_pipeline_expands_in_place():
    assert str(PassManager.parse("plain,both,plain")) == (
        "builtin.module(plain,plain,needs{size=1},plain)"
    )


def test_named_pipeline_takes_no_options():
    assert error_of("both{x}") == "pipeline:1:6: pipeline 'both' takes no options"


def test_named_pipeline_that_contains_itself():
    assert error_of("loop") == "pipeline 'pool':1:1: pipeline 'loop' contains itself"


def test_error_inside_a_named_pipeline():
    assert error_of("wrong") == (
        "pipeline 'wrong':2:2: unknown pass 'plian'; did you mean 'plain'?"
    )


def test_registering_a_taken_name():
    with pytest.raises(RegistryError, match="cannot register 'plain': a pass has that name"):
        registry.register_pass("plain", Plain)
    with pytest.raises(RegistryError, match="cannot register 'both': a pipeline has that name"):
        registry.register_pass("both", Plain)
    with pytest.raises(RegistryError, match="cannot register 'plain': a pass has that name"):
        registry.register_pipeline("plain", "plain", "")


def test_registering(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry, "PASSES", dict[str, str | type[ModulePass]]())
    monkeypatch.setattr(registry, "PIPELINES", dict[str, registry.NamedPipeline]())
    registry.register_pass("dce", "xdsl.transforms.dead_code_elimination:DeadCodeElimination")
    registry.register_pass("plain", Plain)
    registry.register_pipeline("all", "dce,plain", "everything")
    assert registry.pass_names() == ["dce", "plain"]
    assert registry.get_pass("dce").name == "dce"
    assert registry.get_pass("plain") is Plain
    assert registry.PIPELINES["all"] == ("dce,plain", "everything")


@pytest.mark.parametrize(
    ("name", "target", "error"),
    [
        ("x", "no.such.module:X", "pass 'x' is registered as no.such.module:X, which cannot be"),
        ("x", "os:no_such", "pass 'x' is registered as os:no_such, which cannot be imported"),
        ("x", "", "pass 'x' is registered as , which cannot be imported"),
        ("x", "os:path", "pass 'x' is registered as os:path, which is not a ModulePass"),
        ("x", Plain, "which calls itself 'plain'"),
    ],
)
def test_entries_that_lead_to_no_pass(
    name: str, target: str | type[ModulePass], error: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(registry.PASSES, name, target)
    with pytest.raises(RegistryError, match=error):
        registry.get_pass(name)


@pytest.mark.parametrize(
    "name", [n for n, t in registry.PASSES.items() if isinstance(t, str) and t.startswith("xdsl.")]
)
def test_passes_of_xdsl_exist(name: str):
    assert registry.get_pass(name).name == name


# Printing


def test_printing_leaves_out_defaults():
    assert format_pass(Options()) == "options"
    assert format_pass(Options(count=1, sizes=(), flag=True)) == "options{flag=true sizes}"
    assert format_pass(Needs(1)) == "needs{size=1}"
    assert format_pass(Needs(1), defaults=True) == "needs{size=1 even=0}"


def test_printing_a_nested_pipeline():
    text = "builtin.module(plain,func.func(on-functions,on-functions),options{max-depth=256})"
    assert str(PassManager.parse(text)) == text


NUMBERS = st.floats(allow_nan=False)
OPTIONS = st.builds(
    Options,
    count=st.integers(),
    ratio=NUMBERS,
    flag=st.booleans(),
    text=st.text(),
    mode=st.sampled_from(Mode),
    level=st.sampled_from(Level),
    kind=st.sampled_from(["a", "b"]),
    path=st.text(string.ascii_letters + " ,{}/\"'", min_size=1).map(Path),
    max_depth=st.none() | st.integers(),
    label=st.none() | st.text(),
    switch=st.none() | st.booleans(),
    sizes=st.lists(st.integers()).map(tuple),
    words=st.lists(st.text()).map(tuple),
    pair=st.tuples(st.integers(), st.text()),
    either=st.integers() | NUMBERS | st.text(),
    modes=st.none() | st.lists(st.sampled_from(Mode)).map(tuple),
)
ON_FUNCTIONS = st.lists(st.builds(OnFunctions), max_size=3).map(
    lambda passes: PassManager(passes, "func.func")
)
PIPELINES = st.recursive(
    st.lists(OPTIONS | st.builds(Plain) | ON_FUNCTIONS, max_size=4).map(PassManager),
    lambda inner: st.lists(inner | st.builds(Plain), max_size=3).map(PassManager),
    max_leaves=6,
)


@given(PIPELINES, st.booleans())
def test_pipelines_round_trip(pm: PassManager, defaults: bool):
    text = pm.spec(defaults=defaults)
    again = PassManager.parse(text)
    assert again == pm
    assert again.spec(defaults=defaults) == text


NAMES = ["plain", "options", "both", "loop", "func.func", "builtin.module", "count", "sizes"]
PIECES = st.sampled_from([*NAMES, *"(){},= \n\"'\\-.", "max-depth", "1", "none", "true"])


@given(st.text() | st.lists(PIECES, max_size=20).map("".join))
def test_only_pipeline_errors_escape(text: str):
    try:
        spec = PassManager.parse(text).spec()
    except PipelineError:
        return
    assert PassManager.parse(spec).spec() == spec

"""Plug-ins, as distributions that stand in a folder of ``sys.path``."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from io import StringIO
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import pytest
from xdsl.ir import Dialect
from xdsl.transforms.common_subexpression_elimination import CommonSubexpressionElimination

from inlay.dialects.registry import DIALECTS, make_context
from inlay.driver import plugins
from inlay.driver.plugins import GROUP, LOADED, Plugin, PluginError, load_plugins
from inlay.passes.registry import PASSES, PIPELINES, NamedPipeline, get_pass
from inlay.target.description import TARGETS, Target
from inlay.tools.opt import main

V = TypeVar("V")

ACME = '''
from dataclasses import dataclass
from xdsl.ir import Dialect
from xdsl.irdl import IRDLOperation, irdl_op_definition
from xdsl.passes import ModulePass
from inlay.driver.plugins import Plugin
from inlay.passes.registry import NamedPipeline
from inlay.target.description import Target


@irdl_op_definition
class Ping(IRDLOperation):
    """Pings."""
    name = "acme.ping"
    assembly_format = "attr-dict"


Acme = Dialect("acme", [Ping])


@dataclass(frozen=True)
class Silence(ModulePass):
    """Erases pings."""
    name = "acme-silence"

    def apply(self, ctx, op):
        for ping in [inner for inner in op.walk() if isinstance(inner, Ping)]:
            ping.detach()
            ping.erase()


PLUGIN = Plugin(
    dialects={"acme": "acme:Acme"},
    passes={"acme-silence": "acme:Silence"},
    pipelines={"acme-all": NamedPipeline("acme-silence,canonicalize", "All of Acme's passes.")},
    targets=(Target("acme-9000", "x86_64-unknown-linux-gnu", "x86-64", (), 128, 16, 1, 2, 3),),
)


def make():
    return PLUGIN
'''


def install(folder: Path, distribution: str, entry: str, module: str = "", text: str = "") -> None:
    """A distribution with one entry point of the group, and a module where one is named."""
    info = folder / f"{distribution}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry}\n")
    if module:
        (folder / f"{module}.py").write_text(text)


class Outcome(NamedTuple):
    status: int
    output: str
    errors: str


class Tool(Protocol):
    def __call__(self, folder: Path, *argv: str, stdin: str = "") -> Outcome: ...


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Generator[Tool]:
    """``inlay-opt`` with the folder's distributions installed."""

    def tool(folder: Path, *argv: str, stdin: str = "") -> Outcome:
        monkeypatch.syspath_prepend(folder)  # pyright: ignore[reportUnknownMemberType]
        plugins._discovered.cache_clear()  # pyright: ignore[reportPrivateUsage]
        output, errors = StringIO(), StringIO()
        status = main(argv, stdin=StringIO(stdin), stdout=output, stderr=errors)
        return Outcome(status, output.getvalue(), errors.getvalue())

    yield tool
    plugins._discovered.cache_clear()  # pyright: ignore[reportPrivateUsage]
    sys.modules.pop("acme", None)


@contextmanager
def restored(table: dict[str, V]) -> Generator[None]:
    rows = dict(table)
    yield
    table.clear()
    table.update(rows)


@pytest.fixture(autouse=True)
def tables() -> Generator[None]:
    """Puts the tables back as they were."""
    with (
        restored(DIALECTS),
        restored(PASSES),
        restored(PIPELINES),
        restored(TARGETS),
        restored(LOADED),
    ):
        yield


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    install(tmp_path, "acme-inlay", "acme = acme:PLUGIN", "acme", ACME)
    return tmp_path


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, GROUP)


OTHER = Plugin(passes={"cse": "acme:Cse"})
ONE = Plugin(passes={"one": "acme:One"}, dialects={"one": "acme:One"})
SAME_PASS = Plugin(pipelines={"one": NamedPipeline("cse", "")}, dialects={"two": "acme:Two"})
SAME_TARGET = Plugin(targets=(TARGETS["znver4"],))
NATIVE = Plugin(targets=(Target.from_dict({**TARGETS["znver4"].to_dict(), "name": "native"}),))
BUILTIN = Plugin(dialects={"builtin": "acme:Builtin"})
SAME_DIALECT = Plugin(dialects={"relay": "acme:Relay"})


def make_one() -> Plugin:
    return ONE


HERE = __name__


# ---------------------------------------------------------------- the tool


def test_dialects_ops_and_passes_of_a_plugin_are_found(run: Tool, acme: Path) -> None:
    done = run(acme, stdin="acme.ping")
    assert (done.status, done.errors) == (0, "")
    assert "acme.ping" in done.output
    done = run(acme, "-p", "acme-silence", stdin="acme.ping")
    assert (done.status, done.errors) == (0, "")
    assert "acme.ping" not in done.output
    done = run(
        acme, "-p", "acme-all", "--target=acme-9000", "--dump-pass-pipeline", stdin="acme.ping"
    )
    assert "acme-silence,canonicalize" in done.errors
    assert 'name = "acme-9000"' in done.output


def test_plugins_are_listed(run: Tool, acme: Path) -> None:
    done = run(acme, "--list-passes", "--show-dialects")
    assert "acme-silence                     Erases pings.\n" in done.output
    assert "acme-all                         All of Acme's passes.\n" in done.output
    assert "    acme.ping                      Pings.\n" in done.output


def test_no_plugins(run: Tool, acme: Path) -> None:
    done = run(acme, "--no-plugins", stdin="acme.ping")
    assert done.status == 1
    assert "acme.ping is not registered" in done.errors


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of"),
        ("this is no Python", "SyntaxError: "),
        ("raise RuntimeError('two\\nlines')", "RuntimeError: two lines"),
        ("OTHER = 1", "AttributeError: "),
        ("PLUGIN = 3", "'acme:PLUGIN' is 3, expected a Plugin or a function"),
        ("def PLUGIN(): return None", "'acme:PLUGIN' is None, expected a Plugin"),
        ("def PLUGIN(needed): pass", "TypeError: PLUGIN() missing 1 required"),
    ],
)
def test_a_broken_plugin_is_one_line_that_names_it(
    run: Tool, tmp_path: Path, text: str, reason: str
) -> None:
    install(tmp_path, "acme-inlay", "acme = acme:PLUGIN", "acme", text)
    done = run(tmp_path)
    assert (done.status, done.output) == (1, "")
    assert done.errors.startswith("inlay-opt: error: plug-in 'acme' (acme-inlay 1.0)")
    assert reason in done.errors
    assert done.errors.count("\n") == 1


def test_two_distributions_with_plugins_of_one_name(run: Tool, acme: Path) -> None:
    install(acme, "other-inlay", "acme = acme:make")
    done = run(acme)
    assert done.status == 1
    assert "plug-in 'acme' is in both " in done.errors
    assert "acme-inlay 1.0" in done.errors
    assert "other-inlay 1.0" in done.errors


def test_a_dialect_that_cannot_be_imported_is_listed_as_such(run: Tool, tmp_path: Path) -> None:
    text = "from inlay.driver.plugins import Plugin\nPLUGIN = Plugin({'acme': 'nowhere:Acme'})"
    install(tmp_path, "acme-inlay", "acme = acme:PLUGIN", "acme", text)
    done = run(tmp_path, "--show-dialects")
    assert done.status == 1
    assert done.errors.startswith("inlay-opt: error: dialect 'acme' cannot be loaded: ")
    assert "relay.add" in done.output


def test_an_installed_plugin_is_found_by_the_script(acme: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("inlay-opt")],
        input="acme.ping",
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(acme)},
    )
    assert "acme.ping" in done.stdout
    assert done.stderr == ""


def test_xdsl_sees_inlay_and_its_plugins(acme: Path) -> None:
    script = (
        "from inlay.driver.universe import UNIVERSE as u\n"
        "print(u.all_dialects['acme']().name, u.all_passes['acme-silence']().name,"
        " u.all_dialects['relay']().name, u.all_passes['fuse-ops']().name)\n"
        "from xdsl.universe import XDSL_UNIVERSE as x\n"
        "print(sorted({*u.all_dialects} & {*x.all_dialects}),"
        " sorted({*u.all_passes} & {*x.all_passes}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(acme)},
    )
    assert done.stdout == "acme acme-silence relay fuse-ops\n[] []\n"


# ---------------------------------------------------------------- discovery and registration


def test_rows_enter_the_tables() -> None:
    load_plugins([entry("one", f"{HERE}:make_one")])
    assert PASSES["one"] == "acme:One"
    assert "one" in make_context().registered_dialect_names
    load_plugins([entry("one", f"{HERE}:make_one")])  # once only
    assert [*LOADED] == ["one"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("OTHER", "plug-in 'b': pass 'cse' is inlay's own"),
        ("SAME_PASS", "plug-in 'b': pass 'one' is also in plug-in 'a'"),
        ("SAME_TARGET", "plug-in 'b': target 'znver4' is inlay's own"),
        ("SAME_DIALECT", "plug-in 'b': dialect 'relay' is inlay's own"),
        ("NATIVE", "plug-in 'b': target 'native' is inlay's own"),
        ("BUILTIN", "plug-in 'b': dialect 'builtin' is inlay's own"),
        ("make_one", "plug-in 'b': dialect 'one' is also in plug-in 'a'"),
    ],
)
def test_clashes_name_both_sides_and_leave_nothing_behind(value: str, message: str) -> None:
    with pytest.raises(PluginError, match=f"^{message}$"):
        load_plugins([entry("b", f"{HERE}:{value}"), entry("a", f"{HERE}:ONE")])
    assert [*LOADED] == ["a"]
    assert "two" not in DIALECTS


def make_renamed() -> Plugin:
    return Plugin(passes={"acme-cse": AcmeCse}, dialects={"acme": lambda: Dialect("acme", [])})


class AcmeCse(CommonSubexpressionElimination):
    name = "acme-cse"


def test_objects_may_stand_for_their_names() -> None:
    load_plugins([entry("acme", f"{HERE}:make_renamed")])
    assert get_pass("acme-cse").__name__ == "AcmeCse"
    assert make_context().get_dialect("acme").name == "acme"

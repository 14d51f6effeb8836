"""pytest runs the lit tests too, and answers for every skip.

A skip passes only when its reason stands in ``allowed_skips.txt``; an expected failure counts as a
skip with the reason ``xfail: ...``. A session in which no test ran fails.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import inprocess
from inprocess import Outcome
from lit_tools import TOOLS

# A property fails for what it computes, never for how long a busy machine took; continuous
# integration draws the same examples every time.
settings.register_profile(
    "inlay",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("inlay")

ALLOWED_SKIPS = Path(__file__).parent / "allowed_skips.txt"


# ---------------------------------------------------------------- lit tests


class LitFailure(Exception):
    """A lit test failed; the message says how."""


class LitTest(pytest.Item):
    """One .mlir file, run by the engine that ``lit`` uses."""

    def runtest(self) -> None:
        result = inprocess.run_file(self.path, TOOLS)
        if result.outcome is Outcome.SKIPPED:
            pytest.skip(result.text)
        if result.outcome is Outcome.FAILED:
            raise LitFailure(result.text)

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> str:
        if isinstance(excinfo.value, LitFailure):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"lit: {self.path.name}"


class LitFile(pytest.File):
    """A .mlir file is a test of its own."""

    def collect(self) -> Iterator[LitTest]:
        yield LitTest.from_parent(self, name="lit")  # pyright: ignore[reportUnknownMemberType]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix != inprocess.SUFFIX or file_path.name.startswith("."):
        return None
    if any(part in inprocess.DATA_FOLDERS for part in file_path.parts):
        return None
    return LitFile.from_parent(parent, path=file_path)  # pyright: ignore[reportUnknownMemberType]


# ---------------------------------------------------------------- skips


class SkipLedger:
    """Counts the tests that ran and keeps those that did not, by reason."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed = allowed
        self.ran = 0
        self.skips: defaultdict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self.skips[skip_reason(report)].add(report.nodeid)
        elif report.when == "call":
            self.ran += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.skips[skip_reason(report)].add(report.nodeid)

    @property
    def unlisted(self) -> list[str]:
        return sorted(set(self.skips) - self.allowed)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.config.getoption("collectonly"):
            return
        if session.exitstatus == pytest.ExitCode.OK:
            if self.unlisted:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
            elif self.ran == 0:
                session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.skips:
            return
        terminalreporter.section("skips by reason")
        for reason, tests in sorted(self.skips.items()):
            terminalreporter.write_line(f"{len(tests):5d}  {reason}")
        for reason in self.unlisted:
            terminalreporter.write_line(
                f"ERROR: the reason '{reason}' is not in test/{ALLOWED_SKIPS.name}, e.g. "
                f"{min(self.skips[reason])}",
                red=True,
            )


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why the test was skipped, without pytest's own words around it."""
    if hasattr(report, "wasxfail"):
        return f"xfail: {report.wasxfail}"
    # pytest keeps a skip as (path, line, message).
    message = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return re.sub(r"^Skipped:? ?", "", message) or "unconditional skip"


def read_allowed_skips(path: Path) -> frozenset[str]:
    """The reasons of the file: one a line, ``#`` starts a comment."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return frozenset(line for line in lines if line)


def pytest_configure(config: pytest.Config) -> None:
    # With pytest-xdist the workers' reports arrive at the process that started them.
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipLedger(read_allowed_skips(ALLOWED_SKIPS)))

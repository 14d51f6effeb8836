"""``conftest.py``: skips must be listed, a session without tests fails, .mlir files are tests."""

from pathlib import Path

import pytest

FAILED = pytest.ExitCode.TESTS_FAILED
NO_TESTS = pytest.ExitCode.NO_TESTS_COLLECTED
OK = pytest.ExitCode.OK

PASSES = "def test_passes(): pass\n"
HEADER = "import pytest\n"
SKIPS = {
    "mark": "@pytest.mark.skip(reason='needs luck')\ndef test_mark(): pass\n",
    "call": "def test_call(): pytest.skip('needs luck')\n",
    "module": "pytest.skip('needs luck', allow_module_level=True)\n",
    "fixture": (
        "@pytest.fixture\ndef luck(): pytest.skip('needs luck')\ndef test_fixture(luck): pass\n"
    ),
}


@pytest.fixture(autouse=True)
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with our conftest and its own list of reasons."""
    here = Path(__file__).parent
    pytester.makeconftest((here / "conftest.py").read_text())
    # Loading hypothesis again for each session would take most of the time.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest")
    (pytester.path / "allowed_skips.txt").write_text("# why\nneeds mlir-opt  # comment\n\n")
    return pytester


@pytest.mark.parametrize("kind", SKIPS)
def test_an_unlisted_skip_fails_the_session(project: pytest.Pytester, kind: str):
    project.makepyfile(test_a=PASSES, test_b=HEADER + SKIPS[kind])
    result = project.runpytest()
    assert result.ret == FAILED
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(
        ["*skips by reason*", "    1  needs luck", "ERROR: the reason 'needs luck' is not in *"]
    )


@pytest.mark.parametrize("kind", SKIPS)
def test_a_listed_skip_passes_and_is_printed(project: pytest.Pytester, kind: str):
    (project.path / "allowed_skips.txt").write_text("needs luck\n")
    project.makepyfile(test_a=PASSES, test_b=HEADER + SKIPS[kind])
    result = project.runpytest()
    assert result.ret == OK
    result.stdout.fnmatch_lines(["    1  needs luck"])
    result.stdout.no_fnmatch_line("ERROR*")


def test_an_expected_failure_counts_as_a_skip(project: pytest.Pytester):
    source = "@pytest.mark.xfail(reason='later')\ndef test_b(): assert False\n"
    project.makepyfile(HEADER + PASSES + source)
    assert project.runpytest().ret == FAILED
    (project.path / "allowed_skips.txt").write_text("xfail: later\n")
    assert project.runpytest().ret == OK


def test_a_session_of_skips_alone_fails(project: pytest.Pytester):
    (project.path / "allowed_skips.txt").write_text("needs luck\n")
    project.makepyfile(HEADER + SKIPS["call"])
    assert project.runpytest().ret == NO_TESTS


def test_a_session_without_tests_fails(project: pytest.Pytester):
    assert project.runpytest().ret == NO_TESTS


def test_a_failure_stays_a_failure(project: pytest.Pytester):
    project.makepyfile("def test_a(): assert False\n")
    assert project.runpytest().ret == FAILED


def test_listing_tests_is_not_a_session_without_tests(project: pytest.Pytester):
    project.makepyfile(PASSES)
    assert project.runpytest("--collect-only").ret == OK


def test_mlir_files_are_tests(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    project.makefile(
        ".mlir",
        good="// RUN: cat %s | filecheck %s\n// CHECK-LABEL: RUN",
        bad="// RUN: cat %s | filecheck %s\n// CHECK: module{{x}}",
        none="module {}",
        upstream="// REQUIRES: mlir-opt\n// RUN: %mlir-opt %s",
    )
    data = project.mkdir("Inputs") / "data.mlir"
    data.write_text("no test")
    result = project.runpytest("-v")
    assert result.ret == FAILED
    result.assert_outcomes(passed=1, failed=2, skipped=1)
    result.stdout.fnmatch_lines(
        ["*bad.mlir*Couldn't match*", "*none.mlir: no RUN line*", "    1  needs mlir-opt"]
    )

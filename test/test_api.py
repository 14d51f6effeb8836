"""The names that ``import inlay`` offers, and what asking for them costs."""

import subprocess
import sys

import pytest

import inlay


@pytest.mark.parametrize("name", inlay.__all__)
def test_every_public_name_is_there_and_listed(name: str) -> None:
    assert getattr(inlay, name) is not None
    assert name in dir(inlay)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'compiler'"):
        getattr(inlay, "compiler")  # noqa: B009 (type checkers know the name is missing)


def test_importing_inlay_imports_nothing_else() -> None:
    code = "import sys, inlay; print({'numpy', 'xdsl', 'llvmlite'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"

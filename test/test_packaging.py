"""The repository root is the package ``inlay``: the lists that say so agree with the folders."""

import importlib
import importlib.metadata
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PROJECT["tool"]["setuptools"]
# Top folders that hold no part of the package.
OUTSIDE = {"test", "bench", "docs", "build", "dist"}


def top_folders() -> list[Path]:
    return sorted(
        path
        for path in ROOT.iterdir()
        if path.is_dir() and path.name not in OUTSIDE and (path / "__init__.py").exists()
    )


def package_name(folder: Path) -> str:
    return ".".join(("inlay", *folder.relative_to(ROOT).parts))


def package_folders() -> list[Path]:
    """Every folder with Python in it, except those outside the package."""
    files = (
        file
        for top in ROOT.iterdir()
        if top.is_dir() and not top.name.startswith(".") and top.name not in OUTSIDE
        for file in top.rglob("*.py")
    )
    return [ROOT, *sorted({file.parent for file in files})]


def test_packages_are_the_folders_with_python():
    assert SETUPTOOLS["packages"] == [package_name(folder) for folder in package_folders()]


def test_every_folder_with_python_is_a_package():
    assert [folder for folder in package_folders() if not (folder / "__init__.py").exists()] == []


def test_the_root_is_the_package_and_holds_no_other_module():
    assert SETUPTOOLS["package-dir"] == {"inlay": "."}
    assert [path.name for path in ROOT.glob("*.py")] == ["__init__.py"]
    assert not (ROOT / "test" / "__init__.py").exists()


def test_the_type_checkers_links_name_every_folder():
    links = {link.name: link for link in (ROOT / ".src" / "inlay").iterdir()}
    expected = {"__init__.py", "py.typed", *(folder.name for folder in top_folders())}
    assert set(links) == expected
    for name, link in links.items():
        assert link.is_symlink()
        assert link.readlink() == Path("../..") / name
        assert link.exists()


def test_the_type_checker_and_the_import_bans_name_every_folder():
    names = {folder.name for folder in top_folders()}
    assert names <= set(PROJECT["tool"]["pyright"]["include"])
    assert names <= set(PROJECT["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"])


@pytest.mark.parametrize("name", SETUPTOOLS["packages"])
def test_the_installed_package_is_the_folder(name: str):
    folder = ROOT.joinpath(*name.split(".")[1:])
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).resolve() == (folder / "__init__.py").resolve()


def test_the_installed_metadata_is_the_projects():
    metadata = importlib.metadata.metadata("inlay")
    assert metadata["Version"] == PROJECT["project"]["version"]
    assert metadata["License-Expression"] == "Apache-2.0 WITH LLVM-exception"


@pytest.mark.parametrize("script", PROJECT["project"]["scripts"])
def test_scripts_name_existing_functions(script: str):
    module, _, function = PROJECT["project"]["scripts"][script].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_the_licence_is_apache_with_the_llvm_exception():
    text = (ROOT / "LICENSE").read_text()
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "---- LLVM Exceptions to the Apache 2.0 License ----" in text


def test_the_readme_is_there():
    assert (ROOT / PROJECT["project"]["readme"]).read_text().startswith("# inlay")

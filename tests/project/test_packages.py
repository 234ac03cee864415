"""The project file says what is there: packages, extras, the command."""

from __future__ import annotations

import tomllib
from importlib.metadata import distribution

import pytest


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())


def test_every_folder_with_code_is_a_package(root, project):
    folders = {path.parent for path in (root / "roimask").rglob("*.py")}
    found = {".".join(folder.relative_to(root).parts) for folder in folders}
    assert sorted(found | {"roimask.cli"}) == project["tool"]["setuptools"]["packages"]


def test_every_package_has_an_init(root, project):
    for name in project["tool"]["setuptools"]["packages"]:
        folder = project["tool"]["setuptools"]["package-dir"].get(name, name.replace(".", "/"))
        assert (root / folder / "__init__.py").is_file(), name


def test_data_files_come_along(root, project):
    patterns = project["tool"]["setuptools"]["package-data"]
    for path in (root / "roimask").rglob("*.toml"):
        package = ".".join(path.parent.relative_to(root).parts)
        assert any(path.match(pattern) for pattern in patterns.get(package, [])), path


def test_all_is_every_extra_but_the_heavy_and_the_developers(project):
    extras = project["project"]["optional-dependencies"]
    assert extras["all"] == [f"roimask[{','.join(n for n in extras if n not in _NOT_IN_ALL)}]"]
    assert set(extras) >= _NOT_IN_ALL


_NOT_IN_ALL = {"all", "torch", "docs", "test", "bench"}


def test_the_command_is_installed_and_no_package_called_cli():
    scripts = {entry.name: entry.value for entry in distribution("roimask").entry_points}
    assert scripts["roimask"] == "roimask.cli:main"
    assert (distribution("roimask").read_text("top_level.txt") or "").split() == ["roimask"]


def test_types_are_shipped(root):
    assert (root / "roimask" / "py.typed").is_file()
    assert (root / "roimask" / "__init__.pyi").is_file()

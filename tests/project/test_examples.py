"""What the documents show runs as written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FENCE = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
PAGES = ("first-steps", "mask-files", "clouds", "matching", "zonal", "rasters", "recipes", "arrays")
DOCUMENTS = ["README.md", *(f"docs/{page}.md" for page in PAGES)]
WITHOUT_COMMANDS = {"docs/arrays.md"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_python_snippets_run(root, document, tmp_path, monkeypatch):
    """One after another, in one name space, in a folder with the sample pictures."""
    shutil.copytree(root / "sample_images", tmp_path / "sample_images")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for number, code in enumerate(FENCE.findall((root / document).read_text()), 1):
        exec(compile(code, f"{document}, snippet {number}", "exec"), names)


@pytest.mark.parametrize("document", [page for page in DOCUMENTS if page not in WITHOUT_COMMANDS])
def test_commands_run(root, document, tmp_path):
    """Each line of a fence marked ``sh`` that starts with roimask."""
    shutil.copytree(root / "sample_images", tmp_path / "sample_images")
    fences = re.findall(r"^```sh\n(.*?)^```", (root / document).read_text(), re.M | re.S)
    lines = [line.partition("  #")[0] for fence in fences for line in fence.splitlines() if line.startswith("roimask ")]
    assert lines
    for line in lines:
        command = line.replace("roimask", str(Path(sys.executable).with_name("roimask")), 1)
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_the_ten_lines_of_contributing(root, tmp_path):
    """Follow them in a copy of the project: one file, ``make stubs``, and the operation is everywhere."""
    code = FENCE.search((root / "CONTRIBUTING.md").read_text())
    name = re.search(r"roimask/operations/(\w+)\.py`:", (root / "CONTRIBUTING.md").read_text())
    assert code and name
    for folder in ("roimask", "cli", "tools", "tests", "docs", "benchmarks"):
        shutil.copytree(root / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "_build"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    (tmp_path / "roimask" / "cli").symlink_to(tmp_path / "cli")
    (tmp_path / "roimask" / "operations" / f"{name[1]}.py").write_text(code[1])

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=_with_path(tmp_path), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("-m", "tools.generate")
    run("-m", "tools.pages")
    run("-m", "tools.generate", "--check")
    assert name[1] in run("-c", f"import roimask as rm; print(rm.__file__, rm.{name[1]}.__name__)")
    assert "--level" in run(
        "-c", f"import sys; sys.argv[1:] = ['{name[1]}', '--help']; from roimask.cli import main; main()"
    )
    assert (tmp_path / "docs" / "operations" / f"{name[1]}.md").is_file()
    run("-m", "pytest", "-q", "-p", "no:cacheprovider", f"roimask/operations/{name[1]}.py")
    assert " passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/laws", "-k", name[1])


def _with_path(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(folder)}

"""Run a module where PyTorch is: in an environment outside this folder, made once.

``python -m tools.with_torch pytest tests/learn``. The environment lies in the user's cache folder and is named by what
is installed in it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(words: list[str]) -> int:
    """Run ``python -m`` with these words."""
    command = [str(environment(requirements())), "-m", *words]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}).returncode


def requirements() -> list[str]:
    """What roimask needs, PyTorch, and what the tests need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    tools = [name for name in extras["test"] if name.startswith(("pytest>", "hypothesis>"))]
    return sorted([*project["dependencies"], *extras["geo"], *extras["torch"], *tools, "torchvision"])


def environment(needs: list[str]) -> Path:
    """The interpreter of the environment that holds these, made if it is not there."""
    key = hashlib.sha256("\n".join([*needs, sys.version]).encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    folder = cache / "roimask" / f"learn-{key}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        print(f"installing PyTorch and what goes with it, some gigabytes, once, into {folder}", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *needs], check=True)
        ready.touch()
    return python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A small folder of pictures with masks, and two ways to run the command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from roimask.cli import main

import roimask as rm

ROIMASK = Path(sys.executable).with_name("roimask")


def run(*words: object, input: bytes | None = None):
    """Run the command in this process; ``exit_code``, ``stdout``, ``stderr``."""
    return CliRunner().invoke(main, [str(word) for word in words], input=input)


def process(*words: object, **options):
    """Run the command in a process of its own."""
    return subprocess.run([ROIMASK, *map(str, words)], capture_output=True, text=True, timeout=60, **options)


def picture(seed: int, shape=(20, 30)) -> np.ndarray:
    """Noise."""
    return np.random.default_rng(seed).integers(1, 255, shape, np.uint8)


@pytest.fixture
def place(tmp_path: Path, monkeypatch) -> Path:
    """An empty folder, entered, with ``in/`` (three images) and ``masks/`` (a mask for each)."""
    (tmp_path / "in").mkdir()
    (tmp_path / "masks").mkdir()
    for seed, name in enumerate(("a.png", "b.tif", "c.png")):
        rm.write(tmp_path / "in" / name, picture(seed))
    circle = rm.circle((20, 30), (10, 15), 6)
    circle.save(tmp_path / "masks" / "a.png")
    circle.save(tmp_path / "masks" / "b_mask.png")
    rm.components(circle | rm.circle((20, 30), (2, 2), 1)).save(tmp_path / "masks" / "c.tif")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    """What lies in a folder and below."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

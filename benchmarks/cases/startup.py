"""Groups 12a to 12c: what a new process pays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.case import Call, Race, case

BIN = Path(sys.executable).parent
CHIP = (
    "import numpy as np; image = np.full((64, 64), 7, np.uint8); mask = np.zeros((64, 64), bool); mask[8:56] = True; "
)


def process(*command: object) -> Call:
    """A call that starts a process and answers what it prints."""
    words = [str(word) for word in command]
    return lambda: subprocess.run(words, check=True, capture_output=True, text=True).stdout


def python(code: str) -> Call:
    """A call that starts Python on a few words."""
    return process(sys.executable, "-c", code)


@case("12a", "import roimask, a new process", 1.3)
def importing() -> Race:
    """Beside numpy, which it needs."""
    return Race(python("import roimask"), {"import numpy": python("import numpy")})


@case("12b", "roimask --help", 0.4)
def helping() -> Race:
    """Beside the command line of rasterio."""
    other = frozenset({"rio --help"})
    return Race(process(BIN / "roimask", "--help"), {"rio --help": process(BIN / "rio", "--help")}, other_answers=other)


@case("12c", "a new process that extracts one 64² chip", 1.5)
def first_chip() -> Race:
    """Beside the same work with numpy and OpenCV, and beside the import of numba alone."""
    peers = {
        "numpy + cv2": python(CHIP + "import cv2; print(cv2.copyTo(image, mask.view(np.uint8)).sum())"),
        "import numba": python("import numba"),
    }
    ours = python(CHIP + "import roimask as rm; print(rm.extract(image, rm.Mask(mask)).sum())")

    def check(ours: str, theirs: str) -> None:
        assert ours == theirs, f"{ours} is not {theirs}"

    return Race(ours, peers, check, frozenset({"import numba"}))

"""Processes that start together with nothing compiled yet do not trip over each other's cache."""

from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
import numpy as np
from roimask.kernels.compiled import select
image = np.arange(12, dtype=np.uint8).reshape(3, 4)
out = select.select(image, (image % 2).astype(np.uint8), np.zeros(1, np.uint8), np.empty_like(image))
print(out.sum())
"""


def test_four_cold_processes(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "ROIMASK_QUIET": "1"}
    start = [sys.executable, "-c", SCRIPT]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(start, env=environment, **pipes) for _ in range(4)]
    for process in running:
        out, errors = process.communicate(timeout=120)
        assert (process.returncode, out.strip()) == (0, "36"), errors
    assert any(tmp_path.rglob("*.nbc")), "compiled code is kept"

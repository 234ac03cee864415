"""What is generated is fresh: ``make stubs`` would change nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["tools.generate", "tools.pages"])
def test_generated_files_are_fresh(root, module):
    done = subprocess.run([sys.executable, "-m", module, "--check"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

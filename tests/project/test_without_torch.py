"""Without PyTorch, masks in training say what to install."""

from __future__ import annotations

import subprocess
import sys

HIDDEN = """
import sys
sys.modules["torch"] = None
try:
    from roimask import learn
except ImportError as error:
    print(error)
"""


def test_the_extra_is_named():
    done = subprocess.run([sys.executable, "-c", HIDDEN], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("Install it with: pip install 'roimask[torch]'")

"""``make demo``: a batch over the sample pictures, a table, and one page of image, mask and result side by side."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROIMASK = Path(sys.executable).with_name("roimask")
BATCHES = [
    "extract sample_images --mask sample_images/masks -o demo/extract"
    " --contact-sheet demo/index.html --report demo/report.csv",
    "statistics sample_images --mask sample_images/masks -o demo/statistics.csv",
    "gaussian sample_images --mask sample_images/masks --sigma 4 -o demo/gaussian",
]


def main() -> None:
    """Run the batches into an empty folder and say what to open."""
    shutil.rmtree(ROOT / "demo", ignore_errors=True)
    start = time.perf_counter()
    for words in BATCHES:
        print("roimask", words, flush=True)
        subprocess.run([str(ROIMASK), *words.split()], cwd=ROOT, check=True)
    print(f"done in {time.perf_counter() - start:.1f} s; open {ROOT / 'demo' / 'index.html'}")


if __name__ == "__main__":
    main()

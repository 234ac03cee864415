"""``RESULTS.md``: the table of all rows; a run of some groups replaces their rows and keeps the others."""

from __future__ import annotations

import os
import platform
import re
import time
from dataclasses import astuple, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.case import order
from benchmarks.timing import Row

PATH = Path(__file__).with_name("RESULTS.md")
README = PATH.parents[1] / "README.md"
HEADLINE = "2a uint16"  # the row that the README shows
TITLES = (
    "row",
    "work",
    "bar",
    "fastest peer",
    "ours, ms",
    "peer, ms",
    "ratio",
    "verdict",
    "other peers, ms",
    "measured",
)
PACKAGES = (
    *("numpy", "opencv-python-headless", "numba", "scipy", "pandas", "pillow", "scikit-image", "SimpleITK"),
    *("numpy-groupies", "rasterio", "exactextract", "pycocotools", "faster-coco-eval"),
)

INTRODUCTION = """\
# Measured beside the peers

Made by `make bench`; nothing here is typed by hand, and rows that are lost are shown. Each ratio is our time divided
by that of the fastest way that a user has otherwise: both on the same arrays in one run, answers compared first,
everything called before the clock starts, then all contestants in turn, round after round, and the median of the
ratios of the rounds. The bar is the ratio that we set ourselves beforehand.
"""


def write(rows: list[Row], path: Path = PATH) -> None:
    """Put the rows into the table, in the place of older ones of the same name."""
    table = {row.id: row for row in [*read(path), *rows]}
    lines = [astuple(table[id]) for id in sorted(table, key=order)]
    lost = sum(row.verdict != "reached" for row in table.values())
    text = [INTRODUCTION, machine(), f"{len(table) - lost} of {len(table)} rows reach their bar.\n"]
    text += [_line(TITLES), _line(["---"] * len(TITLES)), *map(_line, lines)]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    if path == PATH and HEADLINE in table:
        headline(table[HEADLINE])


def headline(row: Row) -> None:
    """Put the one figure of the README in its place there."""
    sentence = (
        f"**{row.ratio} × the time of {row.peer}**: {row.work} ({row.ours_ms} beside {row.peer_ms} ms). Both on the "
        "same arrays, in turn, answers compared first, median of the ratios: "
        "[all rows, lost ones too](benchmarks/RESULTS.md)."
    )
    text = README.read_text(encoding="utf-8")
    marked = re.sub(r"(<!-- figure -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{sentence}\n{m[2]}", text, flags=re.S)
    README.write_text(marked, encoding="utf-8")


def read(path: Path = PATH) -> list[Row]:
    """The rows of a table written before; none where there is no file."""
    if not path.is_file():
        return []
    cells = [
        line.strip("|\n ").split(" | ") for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "|"
    ]
    return [Row(*(cell.strip() for cell in line)) for line in cells[2:] if len(line) == len(fields(Row))]


def machine() -> str:
    """The machine and the versions, of the newest run."""
    names = [f"{name} {_version(name)}" for name in PACKAGES if _version(name)]
    return (
        f"Machine of the newest rows: {_processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}; {', '.join(names)}. Last run {time.strftime('%Y-%m-%d')}.\n"
    )


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _line(cells) -> str:
    return "| " + " | ".join(cell or " " for cell in cells) + " |"

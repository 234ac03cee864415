"""Group 10: a folder of pictures in, a folder of masked pictures out, whole processes with their start."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from benchmarks.case import Call, Race, case

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "benchmarks" / "scripts"
COUNT, SIDE = 200, 1024
PHOTOS = ("astronaut", "coffee", "houses_green", "river_bend", "freeway", "tanks")


@lru_cache(maxsize=1)
def folder() -> tempfile.TemporaryDirectory:
    """200 pictures of 1024², half PNG and half JPEG, from the sample pictures turned and shifted; and a mask."""
    place = tempfile.TemporaryDirectory(prefix="roimask-bench-")
    pictures = Path(place.name, "in")
    pictures.mkdir()
    for number in range(COUNT):
        photo = np.asarray(cv2.imread(str(ROOT / "sample_images" / f"{PHOTOS[number % len(PHOTOS)]}.png")))
        image = cv2.resize(np.rot90(photo, number % 4), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        image = np.roll(image, 37 * number, axis=1)
        cv2.imwrite(str(pictures / f"{number:03}.{'png' if number % 2 else 'jpg'}"), image)
    mask = cv2.circle(np.zeros((SIDE, SIDE), np.uint8), (SIDE // 2, SIDE // 2), int(SIDE * 0.4), 255, -1)
    cv2.imwrite(str(Path(place.name, "mask.png")), mask)
    return place


def process(out: Path, *command: object) -> Call:
    """A call that runs a command into an empty folder and answers the folder."""

    def run() -> Path:
        shutil.rmtree(out, ignore_errors=True)
        done = subprocess.run([str(part) for part in command], capture_output=True, cwd=ROOT, text=True)
        assert not done.returncode, f"exit {done.returncode}: {done.stderr.strip().rpartition('/')[2]}"
        return out

    return run


def same_pictures(ours: Path, theirs: Path) -> None:
    """The PNGs hold the same pixels and are at most 15 % larger; the JPEGs look the same."""
    names = [sorted(path.name for path in place.iterdir()) for place in (ours, theirs)]
    assert names[0] == names[1], "not the same files"
    sizes = [sum(path.stat().st_size for path in place.glob("*.png")) for place in (ours, theirs)]
    assert sizes[0] <= 1.15 * sizes[1], f"our PNGs take {sizes[0]} bytes, theirs {sizes[1]}"
    for name in names[0][::20] + names[0][1::20]:
        a, b = (np.asarray(cv2.imread(str(place / name)), int) for place in (ours, theirs))
        limit = 0 if name.endswith("png") else 4
        assert abs(a - b).mean() <= limit, f"{name} differs"


@case("10a", "a folder of 200 RGB pictures of 1024²: mask each by a circle and write", 1.0, True)
@case("10b", "the same beside decoding and encoding alone on two threads", 1.0, False)
def masked(by_hand: bool) -> Race:
    """The peers are scripts that a user would write."""
    place = Path(folder().name)
    source, mask, out = place / "in", place / "mask.png", place / "theirs"
    roimask = Path(sys.executable).with_name("roimask")
    ours = process(place / "ours", roimask, "extract", source, "--mask", mask, "-o", place / "ours", "--jobs", 2)
    if by_hand:
        script = process(out, sys.executable, SCRIPTS / "mask_folder.py", source, mask, out)
        return Race(ours, {"cv2 script, 2 processes": script}, same_pictures)
    script = process(out, sys.executable, SCRIPTS / "recode_folder.py", source, out)
    name = "cv2 decode + encode, 2 threads"
    return Race(ours, {name: script}, other_answers=frozenset({name}))

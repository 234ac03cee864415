"""Decode and encode each picture of a folder with OpenCV on two threads, no mask: ``recode_folder.py IN OUT``."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2

folder, out = map(Path, sys.argv[1:])
out.mkdir(exist_ok=True)


def one(path):
    """Read and write one picture."""
    cv2.imwrite(str(out / path.name), cv2.imread(str(path), cv2.IMREAD_UNCHANGED))


with ThreadPoolExecutor(2) as threads:
    list(threads.map(one, sorted(folder.iterdir())))

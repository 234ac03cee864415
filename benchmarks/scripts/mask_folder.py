"""Mask each picture of a folder with OpenCV on two processes: ``mask_folder.py IN MASK OUT``."""

import sys
from multiprocessing import Pool
from pathlib import Path

import cv2


def one(job):
    """Read, mask, write one picture."""
    source, mask, target = job
    image = cv2.imread(str(source), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(target), cv2.copyTo(image, cv2.imread(mask, cv2.IMREAD_GRAYSCALE)))


if __name__ == "__main__":
    folder, mask, out = sys.argv[1:]
    Path(out).mkdir(exist_ok=True)
    with Pool(2) as pool:
        pool.map(one, [(path, mask, Path(out) / path.name) for path in sorted(Path(folder).iterdir())], chunksize=8)

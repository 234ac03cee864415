"""Grey reconstruction by dilation: a marker spreads under an image until nothing changes."""

from __future__ import annotations

import numpy as np

from roimask.kernels.extremes import extreme
from roimask.kernels.footprints import disk, square

__all__ = ["reconstruct"]


def reconstruct(image: np.ndarray, inside: np.ndarray, marker: np.ndarray, diagonal: bool) -> np.ndarray:
    """The marker, nowhere above the image, dilated under it to the end; all of one type, ``inside`` uint8 0/1.

    Pixels outside are neither read nor crossed and stay as the marker has them.
    """
    out, footprint = np.array(marker), square(3) if diagonal else disk(3)
    everything = slice(0, image.shape[0]), slice(0, image.shape[1])
    while True:
        grown = np.minimum(extreme(out, inside, footprint, True, everything), image)
        grown = np.where(inside > 0, grown, out)
        if np.array_equal(grown, out):
            return out
        out = grown

"""An image at the resolution that a feature is looked for at: means of whole cells, read by windows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame, Window
from roimask.mask import Mask
from roimask.path import weights_in
from roimask.sources import Source

__all__ = ["Coarse", "averaged", "metres_a_pixel"]

_ROWS = 512  # of the image that are read at a time, about
_UNKNOWN = 0.3  # metres a pixel of a picture that does not say: an aerial photograph


class Coarse(NamedTuple):
    """Planes made of an image's bands, averaged over square cells.

    Attributes
    ----------
    planes : array (h, w, P)
        float32; 0 where nothing takes part.
    weight : array (h, w)
        The share of a cell that takes part.
    inside : array (H, W)
        bool: which pixels of the image take part.
    factor : int
        Pixels along the side of a cell.
    metres : float
        The same in metres.
    """

    planes: np.ndarray
    weight: np.ndarray
    inside: np.ndarray
    factor: int
    metres: float

    def full(self, values: np.ndarray) -> np.ndarray:
        """Values of cells as values of pixels, linear in between."""
        if self.factor == 1:
            return values
        import cv2

        shape = values.shape[1] * self.factor, values.shape[0] * self.factor
        height, width = self.inside.shape
        return cv2.resize(values.astype(np.float32), shape, interpolation=cv2.INTER_LINEAR)[:height, :width]


def metres_a_pixel(frame: Frame, gsd: float | None) -> float:
    """The ground resolution: as given, else what the file says, else that of an aerial photograph."""
    if gsd is not None:
        return gsd
    return math.sqrt(frame.pixel_area(frame.height / 2, frame.width / 2)) if frame.georeferenced else _UNKNOWN


def averaged(
    source: Source, mask: Mask | None, wanted: float, gsd: float | None, make: Callable[[np.ndarray], np.ndarray]
) -> Coarse:
    """The planes that ``make`` forms of (h, w, C) pixels, over cells of about ``wanted`` metres.

    Cells lie fixed to the frame, and each is summed by itself, so windows change nothing.
    """
    frame, metres = source.frame, metres_a_pixel(source.frame, gsd)
    if not 0 < metres < math.inf:
        raise ParameterError(f"gsd is metres a pixel, above 0, got {metres}")
    factor = max(round(wanted / metres), 1)
    inside = np.zeros(frame.shape, bool)
    step = max(_ROWS // factor, 1) * factor
    parts = [
        _strip(source, mask, Window(top, 0, min(top + step, frame.height), frame.width), factor, make, inside)
        for top in range(0, max(frame.height, 1), step)
    ]
    planes, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Coarse(planes, weight, inside, factor, metres * factor)


def _strip(
    source: Source,
    mask: Mask | None,
    window: Window,
    factor: int,
    make: Callable[[np.ndarray], np.ndarray],
    inside: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    block, known = source.read_valid(window)
    pixels = (block if block.ndim == 3 else block[..., None]).astype(np.float32)
    there = np.isfinite(pixels).all(axis=2)
    if known is not None:
        there &= known.all(axis=2) if known.ndim == 3 else known
    share = weights_in(mask, window) * there
    inside[window.slices] = share > 0
    planes = make(np.where(share[..., None] > 0, pixels, 0))
    sums = _cells(planes * share[..., None], factor)
    weight = _cells(share.astype(np.float32)[..., None], factor)
    return sums / np.where(weight > 0, weight, 1), weight[..., 0] / factor**2


def _cells(values: np.ndarray, factor: int) -> np.ndarray:
    """Sums over cells; those that reach beyond the image hold less."""
    height, width, planes = values.shape
    room = [(0, -height % factor), (0, -width % factor), (0, 0)]
    padded = np.pad(values, room).astype(np.float32)
    return padded.reshape(padded.shape[0] // factor, factor, -1, factor, planes).sum(axis=(1, 3))

"""A mask from the picture of a shape: a logo, a drawing, a cutout."""

from __future__ import annotations

import numpy as np

from roimask.frame import Frame
from roimask.mask import Mask
from roimask.masks.draw import check_finite, check_positive
from roimask.masks.select import opacity
from roimask.operation import shape
from roimask.parameters import Image, Length, Point
from roimask.sources import ArraySource, as_source

__all__ = ["silhouette"]

_LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601


@shape
def silhouette(
    frame: Frame, center: Point, image: Image, *, size: Length | None = None, coverage: bool = False
) -> Mask:
    """Draw the silhouette that another picture shows, scaled to the frame.

    Where the picture has alpha, what is opaque; else what is dark.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    center : (float, float)
        Row and column of the picture's middle, to the nearest pixel.
    image : array (H, W) or (H, W, C), PIL image or Raster
        The picture; of a plain array of 2 or 4 bands the last is alpha.
    size : float or str, optional
        Its longer side, above 0: pixels, per cent of the shorter side, or metres. Default: as large as the frame
        holds it in its middle.
    coverage : bool, default False
        Give how opaque or dark it is as weights, with smooth edges.

    Returns
    -------
    Mask
        Binary, where the picture is at least half opaque or dark; or weights with ``coverage=True``. Empty where it
        lies outside the frame.

    Raises
    ------
    ParameterError
        Where the size is not above 0.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> logo = np.array([[0, 255], [0, 0]], np.uint8)
    >>> np.asarray(rm.silhouette((2, 4), ("50%", "50%"), logo)).astype(int)
    array([[0, 1, 0, 0],
           [0, 1, 1, 0]])
    >>> rm.silhouette((2, 4), ("50%", "50%"), np.full((2, 2), 255, np.uint8)).area
    0
    """
    check_finite(center=center)
    shown = _shade(as_source(image).whole())
    fitting = min(side / own for side, own in zip(frame.shape, shown.shape, strict=True))
    scale = fitting if size is None else size / max(shown.shape)
    check_positive(size=scale)
    scaled = _scaled(shown, [max(round(side * scale), 1) for side in shown.shape])
    origin = round(center[0] - scaled.shape[0] / 2), round(center[1] - scaled.shape[1] / 2)
    if coverage:
        return Mask.from_crop(scaled, origin, frame, "weights")
    return Mask.from_crop(scaled >= 0.5, origin, frame, "binary")


def _shade(source: ArraySource) -> np.ndarray:
    """How opaque the picture is, or how dark, 0 to 1."""
    opaque = opacity(source)
    if opaque is not None:
        return opaque
    pixels = source.array.view(np.uint8) * np.uint8(255) if source.dtype == np.bool_ else source.array
    white = 1.0 if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)
    bands = pixels if pixels.ndim == 2 else pixels @ _LUMINANCE if pixels.shape[2] == 3 else pixels[..., 0]
    return np.clip(1 - np.nan_to_num(bands, nan=white) / white, 0, 1).astype(np.float32)


def _scaled(shade: np.ndarray, shape: list[int]) -> np.ndarray:
    """By area where it becomes smaller, by straight lines where it becomes larger."""
    import cv2

    if list(shade.shape) == shape:
        return shade
    way = cv2.INTER_AREA if shape[0] < shade.shape[0] else cv2.INTER_LINEAR
    return np.clip(cv2.resize(shade, shape[::-1], interpolation=way), 0, 1)

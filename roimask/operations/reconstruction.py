"""Grey morphology that spreads as far as the image allows, through pixels that take part alone."""

from __future__ import annotations

from typing import Literal

import numpy as np

from roimask import kernels
from roimask.errors import FrameMismatch
from roimask.kernels.windows import taking_part
from roimask.operation import operation
from roimask.operations.rank import Answer

__all__ = ["reconstruction"]


@operation(halo="all", weights="above 0")
def reconstruction(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    marker: np.ndarray,
    method: Literal["dilation", "erosion"] = "dilation",
    neighbours: Literal["4", "8"] = "8",
) -> Answer:
    """Reconstruct an image from a marker, which spreads as far as the image allows.

    By dilation, the peaks that the marker touches come back and the others are cut down to what surrounds them; by
    erosion, the same of hollows. The marker spreads through pixels that take part alone, so regions that the mask
    parts stay apart. A pixel of any weight above 0 takes part in full; the answer is blended in by the weight.

    Parameters
    ----------
    marker : array (H, W)
        Where to start from, in the image's unit; what is above the image (by erosion: below it) counts as the image,
        and NaN starts nothing. Of an image with bands, the marker of each.
    method : {"dilation", "erosion"}, optional
        Whether the marker grows up under the image, or down onto it. Default "dilation".
    neighbours : {"4", "8"}, optional
        Whether pixels that share a corner alone are neighbours ("8", the default) or not ("4").

    Returns
    -------
    array
        Of the image's shape and dtype; a pixel that is written but not read stays as it was.

    Raises
    ------
    FrameMismatch
        Where image and marker are not of one size.

    Notes
    -----
    The hybrid algorithm: a scan each way, then a queue. It needs the whole image.

    References
    ----------
    L. Vincent, "Morphological grayscale reconstruction in image analysis", IEEE TIP 2 (1993) 176-201.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[0, 5, 7, 5, 0, 6, 0]], np.uint8)
    >>> marker = np.array([[0, 4, 0, 0, 0, 0, 0]], np.uint8)
    >>> rm.reconstruction(image, marker=marker)
    array([[0, 4, 4, 4, 0, 0, 0]], dtype=uint8)
    >>> rm.reconstruction(image, np.array([[1, 1, 0, 1, 1, 1, 1]]), marker=marker)
    array([[0, 4, 7, 0, 0, 0, 0]], dtype=uint8)
    >>> rm.reconstruction(image, np.zeros((1, 7), bool), marker=marker)
    array([[0, 5, 7, 5, 0, 6, 0]], dtype=uint8)
    """
    if marker.shape != image.shape:
        raise FrameMismatch(f"the marker is {marker.shape}, but the image is {image.shape}; give one of its size")
    inside = taking_part(weight)
    limit, start = _together(image, marker, up=method == "dilation")
    spread = kernels.pick("reconstruction", 100 * image.size).reconstruct
    answer = spread(limit, inside, np.minimum(start, limit), neighbours == "8")
    return (answer if method == "dilation" else _turned(answer)), inside.astype(np.float32)


def _together(image: np.ndarray, marker: np.ndarray, up: bool) -> tuple[np.ndarray, np.ndarray]:
    """Image and marker in a type that holds both, upside down for what goes down; NaN starts nothing."""
    dtype = np.result_type(image.dtype, marker.dtype)
    limit, start = (array.astype(dtype) if up else _turned(array.astype(dtype)) for array in (image, marker))
    return limit, start if dtype.kind != "f" else np.where(np.isnan(start), -np.inf, start).astype(dtype)


def _turned(values: np.ndarray) -> np.ndarray:
    """The highest value becomes the lowest."""
    return -values if values.dtype.kind == "f" else ~values

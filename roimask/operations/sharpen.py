"""Contrast between a pixel and those around it that take part."""

from __future__ import annotations

import numpy as np

from roimask.operation import operation
from roimask.operations.linear import gaussian_reach, gaussian_taps, normalised
from roimask.operations.smoothing import guided
from roimask.operations.tones import white
from roimask.parameters import Count, Positive

__all__ = ["local_contrast", "sharpen"]

Core = tuple[slice, slice]
_TRUNCATE = 4.0
_guided = guided.operation.kernel  # type: ignore[attr-defined]


@operation(halo=lambda *, sigma: gaussian_reach(sigma=sigma, truncate=_TRUNCATE), finite=True)
def sharpen(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    sigma: Positive = 1.0,
    amount: float = 1.0,
    threshold: float = 0.0,
    core: Core,
) -> tuple[np.ndarray, np.ndarray]:
    """Sharpen by an unsharp mask: what differs from a smoothed image is made to differ more.

    Only pixels of the mask are smoothed, so its edge does not ring.

    Parameters
    ----------
    sigma : float, optional
        Standard deviation of the smoothing in pixels: how wide the details are that are sharpened. Default 1.
    amount : float, optional
        How many times a difference is added; below 0 the image is softened. Default 1.
    threshold : float, optional
        Differences below this, in the image's own unit, are left alone, so that noise is not sharpened. Default 0.

    Raises
    ------
    ParameterError
        Where sigma is not above 0.

    Notes
    -----
    x + amount (x - g) where abs(x - g) >= threshold, g the normalised Gaussian up to 4 sigma.

    References
    ----------
    R. C. Gonzalez, R. E. Woods, Digital Image Processing, 4th ed., section 3.6.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 10, 20, 20, 250]], np.uint8)
    >>> rm.sharpen(image)
    array([[  9,   6,  10,   0, 255]], dtype=uint8)
    >>> rm.sharpen(image, image < 100)
    array([[  9,   7,  23,  21, 250]], dtype=uint8)
    >>> rm.sharpen(image, np.zeros((1, 5), bool))
    array([[ 10,  10,  20,  20, 250]], dtype=uint8)
    """
    taps = gaussian_taps(sigma, _TRUNCATE)
    smooth, coverage = normalised(image, weight, taps, taps, core)
    difference = _own(image, weight, smooth, core) - smooth
    if threshold > 0:
        difference = np.where(np.abs(difference) >= threshold, difference, 0)
        return _own(image, weight, smooth, core) + amount * difference, coverage
    return smooth + (1 + amount) * difference, coverage


def _own(image: np.ndarray, weight: np.ndarray, smooth: np.ndarray, core: Core) -> np.ndarray:
    """Each pixel's own value; that of its surroundings for one that is written but takes no part."""
    return np.where(weight[core] > 0, image[core], smooth)


@operation(halo=lambda *, radius: 2 * radius, finite=True)
def local_contrast(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    radius: Count = 20,
    amount: float = 0.5,
    edge: Positive | None = None,
    core: Core,
) -> tuple[np.ndarray, np.ndarray]:
    """Raise the contrast of structures up to some width, and leave strong edges without halos ("clarity").

    Only pixels of the mask are looked at, so its edge makes no halo either.

    Parameters
    ----------
    radius : int, optional
        Half the width of the structures in pixels. Default 20.
    amount : float, optional
        How many times a difference from the surroundings is added; below 0 the contrast is lowered. Default 0.5.
    edge : float, optional
        Contrast, in the image's own unit, from which on an edge is left as it is. Default: a tenth of the largest
        value of the image's type; 0.1 for floats.

    Raises
    ------
    ParameterError
        Where the radius is below 1, or the edge not above 0.

    Notes
    -----
    b + (1 + amount) (x - b), b the image smoothed by a guided filter of that radius and of epsilon = edge².

    References
    ----------
    K. He, J. Sun, X. Tang, "Guided image filtering", IEEE TPAMI 35 (2013) 1397-1409, section 4.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 14, 10, 14, 250]], np.uint8)
    >>> rm.local_contrast(image, image < 100, radius=2)
    array([[  9,  15,   9,  15, 250]], dtype=uint8)
    >>> rm.local_contrast(image, radius=2)
    array([[  9,  14,   9,  13, 255]], dtype=uint8)
    >>> rm.local_contrast(image, np.zeros((1, 5), bool))
    array([[ 10,  14,  10,  14, 250]], dtype=uint8)
    """
    epsilon = (0.1 * white(image.dtype) if edge is None else edge) ** 2
    base, coverage = _guided(image, weight, radius=radius, epsilon=epsilon, guide=None, core=core)
    return base + (1 + amount) * (_own(image, weight, base, core) - base), coverage

"""Radar speckle, taken away by what the pixels around it that take part say of it."""

from __future__ import annotations

import numpy as np

from roimask import kernels
from roimask.kernels.footprints import square
from roimask.kernels.windows import Core
from roimask.operation import operation
from roimask.parameters import Positive, Size

__all__ = ["lee"]


@operation(halo=lambda *, size: size // 2, finite=True)
def lee(
    image: np.ndarray, weight: np.ndarray, *, size: Size, looks: Positive = 1.0, core: Core
) -> tuple[np.ndarray, np.ndarray]:
    """Take radar speckle away with a Lee filter: even ground is smoothed, what varies more than speckle does stays.

    Mean and spread are those of the pixels in the window that take part, each by its weight: no shore shines into the
    water. A pixel that is written but takes no part becomes the mean.

    Parameters
    ----------
    looks : float, optional
        Of how many looks the image is averaged, whose speckle spreads by ``1 / sqrt(looks)`` of the mean; of
        amplitudes, which spread less, give 3.66 times as many. Default 1.

    Raises
    ------
    ParameterError
        Where the size is even.

    Notes
    -----
    mean + k (f - mean), where k = max(0, 1 - mean² / (looks variance)). The time grows with the logarithm of the size.

    References
    ----------
    J.-S. Lee, "Digital image enhancement and noise filtering by use of local statistics", IEEE Transactions on Pattern
    Analysis and Machine Intelligence 2 (1980) 165-168.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 14, 9, 11, 250]], np.uint8)
    >>> rm.lee(image, size=3, looks=4)
    array([[ 12,  11,  11,  23, 214]], dtype=uint8)
    >>> rm.lee(image, image < 100, size=3, looks=4)
    array([[ 12,  11,  11,  10, 250]], dtype=uint8)
    >>> rm.lee(image, np.zeros((1, 5), bool), size=3, looks=4)
    array([[ 10,  14,   9,  11, 250]], dtype=uint8)
    """
    moments = kernels.pick("window_moments", 4 * image.size).moments
    mean, std, share = moments(image, weight, square(size), core)
    varies = looks * std**2
    kept = np.divide(varies - mean**2, varies, out=np.zeros_like(mean), where=(varies > mean**2) & (weight[core] > 0))
    return mean + kept * (image[core] - mean), share

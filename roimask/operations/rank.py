"""Rank filters: order statistics of the pixels in a window that take part, exact for every type."""

from __future__ import annotations

from typing import Literal

import numpy as np

from roimask import kernels
from roimask.kernels.extremes import extreme
from roimask.kernels.footprints import window as footprint_of
from roimask.kernels.windows import Core, Coverage, taking_part
from roimask.operation import operation
from roimask.parameters import Percent, Size

__all__ = ["maximum", "median", "minimum", "mode", "percentile", "rank_range"]

Window = Literal["square", "disk"]
Answer = tuple[np.ndarray, Coverage]


def _reach(*, size: int) -> int:
    return size // 2


@operation(halo=_reach, weights="above 0")
def median(image: np.ndarray, weight: np.ndarray, *, size: Size, window: Window = "square", core: Core) -> Answer:
    """Take the median of the pixels in a window that take part.

    Noise goes and edges stay; neither the mask's edge nor the border counts as an edge, for nothing is made up
    beyond them. A pixel of any weight above 0 counts in full; the answer is blended in by the weight.

    Returns
    -------
    array
        Of the image's shape and dtype. Of an even count the mean of the two middle values, which an integer image
        rounds half to even; of an infinite and a finite one that mean is infinite.

    Raises
    ------
    ParameterError
        Where the size is even.

    Notes
    -----
    Exact. Small windows are sorted by a network; large squares of 8 bit images are counted in histograms that move
    along, in a time that does not grow with the size; of other large windows the set of ranks moves along, in a time
    that grows with the number of rows.

    References
    ----------
    K. E. Batcher, "Sorting networks and their applications", AFIPS 1968, 307-314. S. Perreault, P. Hébert, "Median
    filtering in constant time", IEEE TIP 16 (2007) 2389-2394. J. Suomela, "Median filtering is equivalent to sorting",
    2014, arXiv:1406.1717.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 99, 20, 30, 250]], np.uint8)
    >>> rm.median(image, size=3)
    array([[ 54,  20,  30,  30, 140]], dtype=uint8)
    >>> rm.median(image, np.array([[1, 1, 1, 1, 0]]), size=3)
    array([[ 54,  20,  30,  25, 250]], dtype=uint8)
    >>> rm.median(image, np.zeros((1, 5), bool), size=3)
    array([[ 10,  99,  20,  30, 250]], dtype=uint8)
    """
    return _quantile(image, weight, 0.5, footprint_of(window, size), core)


@operation(halo=_reach, weights="above 0")
def percentile(
    image: np.ndarray, weight: np.ndarray, *, size: Size, q: Percent, window: Window = "square", core: Core
) -> Answer:
    """Take a percentile of the pixels in a window that take part.

    A pixel of any weight above 0 counts in full; the answer is blended in by the weight.

    Parameters
    ----------
    q : float
        The percentile, 0 (the lowest value) to 100 (the highest).

    Returns
    -------
    array
        Of the image's shape and dtype; between two values linearly, as ``numpy.percentile``. Where one of the two is
        infinite, so is the answer.

    Raises
    ------
    ParameterError
        Where the size is even or q is not between 0 and 100.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 99, 20, 30, 250]], np.uint8)
    >>> rm.percentile(image, size=3, q=100)
    array([[ 99,  99,  99, 250, 250]], dtype=uint8)
    >>> rm.percentile(image, np.array([[1, 1, 1, 1, 0]]), size=3, q=100)
    array([[ 99,  99,  99,  30, 250]], dtype=uint8)
    >>> rm.percentile(image, np.zeros((1, 5), bool), size=3, q=100)
    array([[ 10,  99,  20,  30, 250]], dtype=uint8)
    """
    return _quantile(image, weight, q / 100, footprint_of(window, size), core)


@operation(halo=_reach, weights="above 0", selects=True)
def minimum(image: np.ndarray, weight: np.ndarray, *, size: Size, window: Window = "square", core: Core) -> Answer:
    """Take the lowest of the pixels in a window that take part.

    A pixel of any weight above 0 counts in full; the answer is blended in by the weight.

    Raises
    ------
    ParameterError
        Where the size is even.

    Notes
    -----
    Exact. The time grows with the logarithm of a square's size, and in proportion to that of a disk.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 99, 20, 30, 5]], np.uint8)
    >>> rm.minimum(image, size=3)
    array([[10, 10, 20,  5,  5]], dtype=uint8)
    >>> rm.minimum(image, np.array([[1, 1, 1, 1, 0]]), size=3)
    array([[10, 10, 20, 20,  5]], dtype=uint8)
    >>> rm.minimum(image, np.zeros((1, 5), bool), size=3)
    array([[10, 99, 20, 30,  5]], dtype=uint8)
    """
    return extreme_of(image, weight, footprint_of(window, size), False, core)


@operation(halo=_reach, weights="above 0", selects=True)
def maximum(image: np.ndarray, weight: np.ndarray, *, size: Size, window: Window = "square", core: Core) -> Answer:
    """Take the highest of the pixels in a window that take part.

    A pixel of any weight above 0 counts in full; the answer is blended in by the weight.

    Raises
    ------
    ParameterError
        Where the size is even.

    Notes
    -----
    Exact. The time grows with the logarithm of a square's size, and in proportion to that of a disk.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 99, 20, 30, 250]], np.uint8)
    >>> rm.maximum(image, size=3)
    array([[ 99,  99,  99, 250, 250]], dtype=uint8)
    >>> rm.maximum(image, np.array([[1, 1, 1, 1, 0]]), size=3)
    array([[ 99,  99,  99,  30, 250]], dtype=uint8)
    >>> rm.maximum(image, np.zeros((1, 5), bool), size=3)
    array([[ 10,  99,  20,  30, 250]], dtype=uint8)
    """
    return extreme_of(image, weight, footprint_of(window, size), True, core)


@operation(result="map", halo=_reach, weights="above 0", selects=True)
def rank_range(image: np.ndarray, weight: np.ndarray, *, size: Size, window: Window = "square", core: Core) -> Answer:
    """Measure the range of the pixels in a window that take part: the highest less the lowest.

    A map, for it is a spread as :func:`local_std` is, and no brightness any more. A pixel of any weight above 0
    counts in full.

    Raises
    ------
    ParameterError
        Where the size is even.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 99, 20, 30, 250]], np.uint8)
    >>> rm.rank_range(image, size=3)
    array([[ 89.,  89.,  79., 230., 220.]], dtype=float32)
    >>> rm.rank_range(image, np.array([[1, 1, 1, 1, 0]]), size=3)
    array([[89., 89., 79., 10., nan]], dtype=float32)
    >>> np.isnan(rm.rank_range(image, np.zeros((1, 5), bool), size=3)).all()
    np.True_
    """
    footprint = footprint_of(window, size)
    highest = extreme(image, taking_part(weight), footprint, True, core).astype(np.float64)
    lowest, coverage = extreme_of(image, weight, footprint, False, core)
    with np.errstate(invalid="ignore"):  # inf - inf, or nothing in the window
        return highest - lowest, coverage


@operation(halo=_reach, weights="above 0")
def mode(image: np.ndarray, weight: np.ndarray, *, size: Size, window: Window = "square", core: Core) -> Answer:
    """Take the value that occurs most often among the pixels in a window that take part.

    Of several as often the lowest. It suits images of classes; of a continuous image hardly a value occurs twice. A
    pixel of any weight above 0 counts in full; the answer is blended in by the weight.

    Raises
    ------
    ParameterError
        Where the size is even.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> classes = np.array([[7, 7, 3, 3, 3]], np.uint8)
    >>> rm.mode(classes, size=5)
    array([[7, 3, 3, 3, 3]], dtype=uint8)
    >>> rm.mode(classes, np.array([[1, 1, 1, 0, 0]]), size=5)
    array([[7, 7, 7, 3, 3]], dtype=uint8)
    >>> rm.mode(classes, np.zeros((1, 5), bool), size=5)
    array([[7, 7, 3, 3, 3]], dtype=uint8)
    """
    footprint = footprint_of(window, size)
    find = kernels.pick("modes", 300 * image.size).mode
    return find(image, taking_part(weight), footprint, core)


# -- on blocks -----------------------------------------------------------------------------------------------------


def _quantile(image: np.ndarray, weight: np.ndarray, q: float, footprint: np.ndarray, core: Core) -> Answer:
    rank = kernels.pick("ranks", image.size * footprint.size).order_statistic
    return rank(image, taking_part(weight), footprint, q, core)


def extreme_of(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, highest: bool, core: Core) -> Answer:
    """The highest (or lowest) value of each window that takes part, and the share of it that does."""
    inside = taking_part(weight)
    share = kernels.pick("window_sums", image.size).share
    return extreme(image, inside, footprint, highest, core), lambda: share(inside, footprint, core)

"""Statistics of the window around each pixel, over what takes part of it."""

from __future__ import annotations

from typing import Literal

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.kernels.footprints import window as footprint_of
from roimask.kernels.windows import Core, summing_type, taking_part
from roimask.operation import operation
from roimask.parameters import Size
from roimask.summary.histogram import Extent

__all__ = ["local_entropy", "local_mean", "local_std", "local_zscore"]

Window = Literal["square", "disk"]
Answer = tuple[np.ndarray, np.ndarray]


def _reach(*, size: int) -> int:
    return size // 2


@operation(result="map", halo=_reach, finite=True, selects=True)
def local_mean(image: np.ndarray, weight: np.ndarray, *, size: Size, window: Window = "square", core: Core) -> Answer:
    """Measure the mean of the pixels in a window that take part, each by its weight.

    The map of what :func:`box` smooths an image to: not rounded to the image's type, and NaN outside the mask.

    Raises
    ------
    ParameterError
        Where the size is even.

    Notes
    -----
    sum(w f) / sum(w), by additions alone, so that a huge value spoils no window but its own. The time grows with the
    logarithm of a square's size, and in proportion to that of a disk.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 20, 31, 250]], np.uint8)
    >>> rm.local_mean(image, size=3)
    array([[ 15.      ,  20.333334, 100.333336, 140.5     ]], dtype=float32)
    >>> rm.local_mean(image, np.array([[1, 1, 1, 0]]), size=3)
    array([[15.      , 20.333334, 25.5     ,       nan]], dtype=float32)
    >>> np.isnan(rm.local_mean(image, np.zeros((1, 4), bool), size=3)).all()
    np.True_
    """
    footprint = footprint_of(window, size)
    mean = kernels.pick("window_sums", image.size).mean
    return mean(image, weight, footprint, core, summing_type(image.dtype, footprint.size))


@operation(result="map", halo=_reach, finite=True, selects=True)
def local_std(image: np.ndarray, weight: np.ndarray, *, size: Size, window: Window = "square", core: Core) -> Answer:
    """Measure the standard deviation of the pixels in a window that take part, each by its weight.

    What is masked out adds no contrast: the mask's edge is no texture.

    Returns
    -------
    array
        float32 (float64 from float64), NaN outside the mask; in units of the image, 0 where one pixel takes part.

    Raises
    ------
    ParameterError
        Where the size is even.

    Notes
    -----
    sqrt(sum(w (f - mean)²) / sum(w)), over N. Parts of a window are merged by their means and squares about these,
    so neither a large offset nor a huge value elsewhere costs a digit. The time grows with the logarithm of a
    square's size, and in proportion to that of a disk.

    References
    ----------
    T. Chan, G. Golub, R. LeVeque, "Algorithms for computing the sample variance", The American Statistician 37 (1983)
    242-247.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 20, 30, 250]], np.uint8)
    >>> rm.local_std(image, size=3)
    array([[  5.      ,   8.164966, 106.144554, 110.      ]], dtype=float32)
    >>> rm.local_std(image, np.array([[1, 1, 1, 0]]), size=3)
    array([[5.      , 8.164966, 5.      ,      nan]], dtype=float32)
    >>> np.isnan(rm.local_std(image, np.zeros((1, 4), bool), size=3)).all()
    np.True_
    """
    moments = kernels.pick("window_moments", 4 * image.size).moments
    _, std, share = moments(image, weight, footprint_of(window, size), core)
    return std, share


@operation(result="map", halo=_reach, finite=True)
def local_zscore(image: np.ndarray, weight: np.ndarray, *, size: Size, window: Window = "square", core: Core) -> Answer:
    """Measure how many local standard deviations each pixel lies above its local mean.

    Both are of the pixels in the window that take part, each by its weight.

    Returns
    -------
    array
        float32 (float64 from float64), NaN outside the mask; 0 where the window is flat.

    Raises
    ------
    ParameterError
        Where the size is even.

    Notes
    -----
    (f - :func:`local_mean`) / :func:`local_std`.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 20, 30, 250]], np.uint8)
    >>> rm.local_zscore(image, size=3).round(2)
    array([[-1.  ,  0.  , -0.66,  1.  ]], dtype=float32)
    >>> rm.local_zscore(image, np.array([[1, 1, 1, 0]]), size=3).round(2)
    array([[-1.,  0.,  1., nan]], dtype=float32)
    >>> np.isnan(rm.local_zscore(image, np.zeros((1, 4), bool), size=3)).all()
    np.True_
    """
    moments = kernels.pick("window_moments", 4 * image.size).moments
    mean, std, share = moments(image, weight, footprint_of(window, size), core)
    above = image[core] - mean
    return np.divide(above, std, out=np.zeros_like(above), where=std > 0), share


def _extent(image: np.ndarray, weight: np.ndarray, *, range: tuple[float, float] | None = None) -> Extent:
    """The lowest and highest value, where the bins depend on them."""
    return Extent() if range is not None or _limits(image.dtype) else Extent.of(image, weight)


@operation(result="map", halo=_reach, observe=_extent, weights="above 0", finite=True)
def local_entropy(
    image: np.ndarray,
    weight: np.ndarray,
    seen: Extent,
    *,
    size: Size,
    window: Window = "square",
    bins: int = 256,
    range: tuple[float, float] | None = None,
    core: Core,
) -> Answer:
    """Measure the Shannon entropy of the values in a window that take part: how many bits a pixel of it needs.

    A pixel of any weight above 0 counts in full.

    Parameters
    ----------
    bins : int, optional
        Into how many equal bins the values are sorted, 1 to 256. Default 256: each value of an 8 bit image its own.
    range : (float, float), optional
        Lower edge of the first and upper edge of the last bin; what lies beyond is put into these. Default: all values
        of an 8 or 16 bit type; of others the lowest and the highest value of the region, which takes a pass of its own.

    Returns
    -------
    array
        float32 (float64 from float64), NaN outside the mask; in bits, 0 to 8.

    Raises
    ------
    ParameterError
        Where the size is even, there are no bins or more than 256, or the range is not two finite numbers that ascend.

    Notes
    -----
    log2 N - sum(n log2 n) / N over the counts n of the bins, N of all.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 1, 2, 3]], np.uint8)
    >>> rm.local_entropy(image, size=3)
    array([[0.        , 0.91829586, 1.5849625 , 1.        ]], dtype=float32)
    >>> rm.local_entropy(image, np.array([[1, 1, 1, 0]]), size=3)
    array([[0.        , 0.91829586, 1.        ,        nan]], dtype=float32)
    >>> np.isnan(rm.local_entropy(image, np.zeros((1, 4), bool), size=3)).all()
    np.True_
    """
    footprint = footprint_of(window, size)
    measure = kernels.pick("window_entropies", 200 * image.size).entropy
    return measure(_binned(image, seen, bins, range), taking_part(weight), footprint, core)


def _binned(image: np.ndarray, seen: Extent, bins: int, range: tuple[float, float] | None) -> np.ndarray:
    """The bin of each pixel, as uint8."""
    low, high = range or _limits(image.dtype) or seen.range
    if not 1 <= bins <= 256:
        raise ParameterError(f"bins is 1 to 256, got {bins}")
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ParameterError(f"range is two finite numbers, the lower first, got {range}")
    if image.dtype == np.uint8 and (low, high, bins) == (0, 256, 256):
        return image
    place = (image.astype(np.float64) - low) * (bins / (high - low))
    return np.clip(place, 0, bins - 1).astype(np.uint8)


def _limits(dtype: np.dtype) -> tuple[int, int] | None:
    """All that a type of 8 or 16 bits can hold."""
    if dtype.kind == "f" or dtype.itemsize > 2:
        return None
    return np.iinfo(dtype).min, np.iinfo(dtype).max + 1

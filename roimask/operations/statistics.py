"""Statistics of the pixels that take part."""

from __future__ import annotations

import numpy as np

from roimask.errors import ParameterError
from roimask.operation import reduction
from roimask.parameters import Share
from roimask.summary import GroupedHistogram, Groups, Histogram, Statistics
from roimask.summary.histogram import Extent

__all__ = ["histogram", "statistics"]


@reduction(any_value=True)
def statistics(
    image: np.ndarray, weight: np.ndarray, *, quantiles: tuple[Share, ...] = (0.02, 0.5, 0.98)
) -> Statistics | Groups:
    """Measure a region: count, weight, sum, mean, standard deviation, extremes, quantiles, mode and entropy.

    A pixel counts by its weight; those outside the mask and NaN pixels do not. A labels mask is answered by a table
    with a row a region, the same to the bit for integers as the statistics of that region alone.

    Parameters
    ----------
    quantiles : sequence of float, optional
        Probabilities, 0 to 1. With ``()`` the distribution is not kept: faster, and without mode and entropy.
        Default ``(0.02, 0.5, 0.98)``.

    Returns
    -------
    Statistics or pandas.DataFrame
        With ``count``, ``weight``, ``sum``, ``mean``, ``std``, ``min``, ``max``, ``quantiles``, ``mode`` and
        ``entropy``, each an array with an entry a band where the image has bands. ``a + b`` are the statistics of
        both regions. For a labels mask a table, indexed by the labels: ``label``, ``name`` (where they have names),
        the same seven, and a column like ``q0.5`` for each quantile; of several bands ``count_1``, ..., ``count_2``.
        An empty region has ``count``, ``weight`` and ``sum`` 0, and all else NaN.

    Raises
    ------
    ParameterError
        Where a probability is not between 0 and 1.
    FrameMismatch
        Where image and mask are not of one size.

    Notes
    -----
    With weights w: mean Σwx / Σw, standard deviation √(Σw(x - mean)² / Σw), over N. Quantiles are NumPy's linear
    ones, reckoned in float64; by weight Akinshin's of type 7 with Kish's effective sample size (Σw)² / Σw², which is
    the same where all weights are equal. Entropy is in bits. Sums of integers are exact; others are merged by Chan's
    formulas, tile by tile in a fixed order, and lose no digits far from zero. inf is a value: it makes the mean
    infinite and the standard deviation NaN.

    One pass over the tiles that the mask touches. For quantiles 8 and 16-bit images are counted, of others the values
    that take part are kept.

    References
    ----------
    T. Chan, G. Golub, R. LeVeque, Algorithms for computing the sample variance, The American Statistician, 1983.
    A. Akinshin, Weighted quantile estimators, 2023, https://arxiv.org/abs/2304.07265

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 2, 200], [3, 4, 200]], np.uint8)
    >>> valid = np.array([[1, 1, 0], [1, 1, 0]])
    >>> rm.statistics(image, valid, quantiles=[0.5])
    Statistics(count=4, weight=4.0, sum=10, mean=2.5, std=1.11803, min=1, max=4, quantiles={0.5: 2.5}, \
mode=1, entropy=2.0)
    >>> rm.statistics(image).max
    np.uint8(200)
    >>> empty = rm.statistics(image, np.zeros((2, 3), bool))
    >>> empty.count, empty.mean
    (0, nan)
    >>> rm.statistics(image, np.array([[1, 1, 2], [1, 1, 2]]), quantiles=())
       label  count  weight  sum   mean       std  min  max
    1      1      4     4.0   10    2.5  1.118034    1    4
    2      2      2     2.0  400  200.0  0.000000  200  200
    """
    kind = Groups if weight.dtype == np.int32 else Statistics
    return kind.of(image, weight, quantiles)


def _extent(image: np.ndarray, weight: np.ndarray, *, range: tuple[float, float] | None = None) -> Extent:
    """Look for the lowest and highest finite value, where the bins depend on them."""
    return Extent() if range is not None or _limits(image.dtype) else Extent.of(image, weight)


@reduction(observe=_extent, any_value=True)
def histogram(
    image: np.ndarray, weight: np.ndarray, seen: Extent, *, bins: int = 256, range: tuple[float, float] | None = None
) -> Histogram | GroupedHistogram:
    """Count how many pixels of a region lie in each of many equal bins.

    A pixel counts by its weight; those outside the mask, NaN and what lies beyond the range do not. A labels mask is
    answered by a table with a row a region and a column a bin.

    Parameters
    ----------
    bins : int, optional
        How many, 1 or more. Default 256.
    range : (float, float), optional
        Lower edge of the first and upper edge of the last bin. Default: all values of an 8 or 16-bit type (0 to 256,
        0 to 65536, -32768 to 32768), so that the bins of two images are the same; of other types the lowest and the
        highest finite value of the region, which takes a pass of its own.

    Returns
    -------
    Histogram or pandas.DataFrame
        With ``counts`` (bins,), int64 or for a weights mask float64, and ``edges`` (bins + 1,), each with a row a band
        where the image has bands. ``a + b`` is the histogram of both regions, where their bins are the same. For a
        labels mask a table indexed by the labels: ``label``, ``name`` (where they have names), and a column for each
        bin, called by its lower edge. An empty region has counts of 0.

    Raises
    ------
    ParameterError
        Where there is no bin, or the range is not two finite numbers that ascend.
    FrameMismatch
        Where image and mask are not of one size.

    Notes
    -----
    As ``numpy.histogram(values, bins, range)``, reckoned in float64: a value on an edge is in the bin above it, on
    the last edge in the last bin.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 2, 200], [3, 4, 200]], np.uint8)
    >>> rm.histogram(image, np.array([[1, 1, 0], [1, 1, 0]]), bins=4).counts
    array([4, 0, 0, 0])
    >>> rm.histogram(image, bins=4).counts
    array([4, 0, 0, 2])
    >>> rm.histogram(image, np.array([[1, 0.5, 0], [0, 0, 0]]), bins=2, range=(1, 3)).counts
    array([1. , 0.5])
    >>> rm.histogram(image, np.zeros((2, 3), bool), bins=2).counts
    array([0, 0])
    """
    if bins < 1:
        raise ParameterError(f"bins is 1 or more, got {bins}")
    low, high = range or _limits(image.dtype) or seen.range
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ParameterError(f"range is two finite numbers, the lower first, got {range}")
    kind = GroupedHistogram if weight.dtype == np.int32 else Histogram
    return kind.of(image, weight, np.linspace(low, high, bins + 1))


def _limits(dtype: np.dtype) -> tuple[int, int] | None:
    """All that a type of 8 or 16 bits can hold."""
    if dtype.kind == "f" or dtype.itemsize > 2:
        return None
    return np.iinfo(dtype).min, np.iinfo(dtype).max + 1

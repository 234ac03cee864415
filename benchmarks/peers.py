"""What a user has today for the same job, by name; the benchmarks time these and tests compare with them."""

from __future__ import annotations

import warnings
from typing import Any

import cv2
import numpy as np


def opencv_statistics(image: np.ndarray, mask_255: np.ndarray) -> dict[str, float]:
    """Count, mean, std, min, max of one band by three calls of OpenCV."""
    mean, std = cv2.meanStdDev(image, mask=mask_255)
    low, high, _, _ = cv2.minMaxLoc(image, mask_255)
    count = cv2.countNonZero(mask_255)
    return {"count": count, "mean": mean[0, 0], "std": std[0, 0], "min": low, "max": high}


def numpy_statistics(image: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """The same of the pixels picked by a boolean index."""
    values = image[mask]
    return {"count": values.size, "mean": values.mean(), "std": values.std(), "min": values.min(), "max": values.max()}


def masked_array_statistics(image: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """The same by numpy.ma, whose mask means the opposite."""
    values = np.ma.array(image, mask=~mask)
    return {
        "count": values.count(),
        "mean": values.mean(),
        "std": values.std(),
        "min": values.min(),
        "max": values.max(),
    }


def opencv_quantiles(image: np.ndarray, mask_255: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    """Linear quantiles of 16-bit pixels from a histogram by OpenCV."""
    histogram = cv2.calcHist([image], [0], mask_255, [65536], [0, 65536]).ravel().astype(np.int64)
    upto = np.cumsum(histogram)
    places = np.asarray(shares) * (upto[-1] - 1)
    low, high = np.floor(places), np.ceil(places)
    left, right = np.searchsorted(upto, low, "right"), np.searchsorted(upto, high, "right")
    return left + (right - left) * (places - low)


def numpy_quantiles(image: np.ndarray, mask: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    """The same by numpy."""
    return np.quantile(image[mask], shares)


def simpleitk_zonal(image: np.ndarray, labels: np.ndarray):
    """Count, mean, std, min, max a label by SimpleITK; returns a function from a label to the five numbers."""
    import SimpleITK as sitk

    filter_ = sitk.LabelStatisticsImageFilter()
    filter_.UseHistogramsOff()
    filter_.Execute(sitk.GetImageFromArray(image), sitk.GetImageFromArray(labels))

    def of(label: int) -> dict[str, float]:
        count = filter_.GetCount(label)
        population = np.sqrt(filter_.GetVariance(label) * (count - 1) / count)
        return {
            "count": count,
            "mean": filter_.GetMean(label),
            "std": population,
            "min": filter_.GetMinimum(label),
            "max": filter_.GetMaximum(label),
        }

    return of


def groupies_zonal(image: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The same by numpy_groupies with its numba kernels; a value a label, label 0 first."""
    import numpy_groupies

    aggregate: Any = numpy_groupies.aggregate_nb
    where, values = labels.ravel(), image.ravel()
    names = {"count": "len", "mean": "mean", "std": "std", "min": "min", "max": "max"}
    return {name: aggregate(where, values, func=func) for name, func in names.items()}


def pandas_medians(image: np.ndarray, labels: np.ndarray):
    """The median of each label by pandas."""
    import pandas as pd

    return pd.Series(image.ravel()).groupby(labels.ravel()).median()


def opencv_normalised(image: np.ndarray, mask_255: np.ndarray, smooth) -> np.ndarray:
    """A masked linear filter by hand: smooth image times mask and mask, divide, copy back; for 8 bit too in float32."""
    weight = cv2.threshold(mask_255, 0, 1, cv2.THRESH_BINARY)[1]
    values = cv2.multiply(image, weight.astype(image.dtype), dtype=cv2.CV_32F)
    smoothed = cv2.divide(smooth(values), smooth(weight.astype(np.float32)))
    if image.dtype == np.uint8:
        smoothed = cv2.convertScaleAbs(smoothed)
    return cv2.copyTo(smoothed, mask_255, image.copy())


def opencv_gaussian(sigma: float):
    """OpenCV's Gaussian cut at four sigmas, zeros beyond the border."""
    size = 2 * int(np.ceil(4 * sigma)) + 1
    return lambda image: cv2.GaussianBlur(image, (size, size), sigma, borderType=cv2.BORDER_CONSTANT)


def astropy_gaussian(image: np.ndarray, mask: np.ndarray, sigma: float, *, fft: bool) -> np.ndarray:
    """astropy's normalised convolution, cut at four sigmas; what is masked out or beyond the border takes no part."""
    from astropy.convolution import Gaussian2DKernel, convolve, convolve_fft

    more = {"allow_huge": True} if fft else {}
    work = convolve_fft if fft else convolve
    with warnings.catch_warnings():  # where no window holds anything, it answers NaN and says so
        warnings.simplefilter("ignore")
        return work(image, Gaussian2DKernel(sigma), mask=~mask, boundary="fill", fill_value=np.nan, **more)


def opencv_box(size: int):
    """OpenCV's box mean, zeros beyond the border."""
    return lambda image: cv2.blur(image, (size, size), borderType=cv2.BORDER_CONSTANT)


def opencv_local_std(image: np.ndarray, mask_255: np.ndarray, size: int) -> np.ndarray:
    """Local standard deviation of what takes part, by hand; not set outside."""
    smooth = opencv_box(size)
    weight = cv2.threshold(mask_255, 0, 1, cv2.THRESH_BINARY)[1].astype(np.float32)
    values = cv2.multiply(image, weight)
    share = smooth(weight)
    mean = cv2.divide(smooth(values), share)
    squares = cv2.divide(smooth(cv2.multiply(values, values)), share)
    return cv2.sqrt(np.maximum(cv2.subtract(squares, cv2.multiply(mean, mean)), 0))


def opencv_maximum(image: np.ndarray, mask_255: np.ndarray, size: int) -> np.ndarray:
    """Masked maximum by hand: zeros outside, dilate, copy back."""
    window = np.ones((size, size), np.uint8)
    return cv2.copyTo(cv2.dilate(cv2.copyTo(image, mask_255), window), mask_255, image.copy())


def skimage_median(image: np.ndarray, mask: np.ndarray, size: int) -> np.ndarray:
    """scikit-image's rank median under a mask."""
    from skimage.filters.rank import median

    return median(image, np.ones((size, size), np.uint8), mask=mask)


def _opencv_histogram(image: np.ndarray, mask_255: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts and their levels: all values of an integer type, 65536 bins over the range of a float image."""
    if image.dtype == np.float32:
        low, high, _, _ = cv2.minMaxLoc(image, mask_255)
        edges = np.linspace(low, high, 65537)
        counts = cv2.calcHist([image], [0], mask_255, [65536], [low, np.nextafter(np.float32(high), np.inf)])
        return counts.ravel(), (edges[1:] + edges[:-1]) / 2
    levels = np.arange(np.iinfo(image.dtype).max + 1)
    return cv2.calcHist([image], [0], mask_255, [levels.size], [0, levels.size]).ravel(), levels


def opencv_stretch(image: np.ndarray, mask_255: np.ndarray, low: float, high: float) -> np.ndarray:
    """Percentile stretch by hand: histogram under the mask, a table (or a line, of floats), copy back."""
    counts, levels = _opencv_histogram(image, mask_255)
    upto = np.cumsum(counts.astype(np.int64))
    first, last = levels[np.searchsorted(upto, np.array([low, high]) * (upto[-1] - 1), side="right")]
    if image.dtype == np.float32:
        lifted: Any = cv2.subtract(image, float(first))  # type: ignore[call-overload]
        scaled: Any = cv2.multiply(lifted, float(1 / (last - first)))  # type: ignore[call-overload]
        stretched: Any = cv2.min(cv2.max(scaled, 0.0), 1.0)  # type: ignore[call-overload]
    else:
        line = np.clip((levels - first) / (last - first), 0, 1) * levels[-1]
        stretched = cv2.LUT(image, np.rint(line).astype(image.dtype))
    return cv2.copyTo(stretched, mask_255, image.copy())


def opencv_equalize(image: np.ndarray, mask_255: np.ndarray) -> np.ndarray:
    """Histogram equalisation by hand: histogram under the mask, a table, copy back."""
    counts, levels = _opencv_histogram(image, mask_255)
    upto = np.cumsum(counts.astype(np.int64))
    first = counts[np.argmax(counts > 0)]
    table = np.maximum(upto - first, 0) * (levels[-1] / (upto[-1] - first))
    return cv2.copyTo(cv2.LUT(image, np.rint(table).astype(image.dtype)), mask_255, image.copy())

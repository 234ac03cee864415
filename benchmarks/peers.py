"""What a user has today for the same job, by name; the benchmarks time these and tests compare with them."""

from __future__ import annotations

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

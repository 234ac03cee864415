"""What several images of one place come to, pixel by pixel: arrays (N, h, w), one image behind another.

Images are put in order plane by plane through a sorting network, which is a row of minima and maxima: no pixel is
sorted alone.
"""

from __future__ import annotations

import numpy as np

from roimask.kernels.networks import sorting_network

__all__ = ["best", "mean", "median"]


def median(stack: np.ndarray, part: np.ndarray) -> np.ndarray:
    """The median, float64, of what takes part at each pixel; anything where nothing does.

    Parameters
    ----------
    stack : ndarray (N, h, w)
    part : bool ndarray (N, h, w)
    """
    count = part.sum(axis=0, dtype=np.intp)
    planes = _in_order(list(np.where(part, stack, _highest(stack.dtype))))
    below, above = (_plane_of(planes, place) for place in (np.maximum(count - 1, 0) // 2, count // 2))
    return below.astype(np.float64) / 2 + above.astype(np.float64) / 2


def mean(stack: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The weighted mean, float64; NaN where nothing takes part.

    Parameters
    ----------
    stack, weight : ndarray (N, h, w)
    """
    total = np.zeros(stack.shape[1:])
    for plane, share in zip(stack, weight, strict=True):
        total += np.where(share > 0, plane, 0) * share.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return total / weight.sum(axis=0, dtype=np.float64)


def best(stack: np.ndarray, part: np.ndarray, score: np.ndarray | None) -> np.ndarray:
    """The pixels of the image with the highest score of those that take part, the first of equals; any where none does.

    Parameters
    ----------
    stack : ndarray (N, h, w, C)
    part : bool ndarray (N, h, w)
    score : ndarray (N, h, w) or None
        NaN is lower than any number. None: all are equal.
    """
    if score is None:
        return _plane_of(list(stack), part.argmax(axis=0)[..., None])
    lowest = np.finfo(np.float64).min
    known = np.where(np.isnan(score), lowest, np.maximum(score, lowest))
    return _plane_of(list(stack), np.where(part, known, -np.inf).argmax(axis=0)[..., None])


def _highest(dtype: np.dtype) -> np.generic:
    """A value that nothing is above, which stands last where it does not count."""
    if dtype.kind == "b":
        return np.bool_(True)
    return dtype.type(np.inf) if dtype.kind == "f" else dtype.type(np.iinfo(dtype).max)


def _in_order(planes: list[np.ndarray]) -> list[np.ndarray]:
    """The planes with each pixel's values from the lowest to the highest; written over."""
    spare = np.empty_like(planes[0])
    for i, j, _ in sorting_network(len(planes), tuple(range(len(planes)))):
        np.minimum(planes[i], planes[j], out=spare)
        np.maximum(planes[i], planes[j], out=planes[j])
        planes[i], spare = spare, planes[i]
    return planes


def _plane_of(planes: list[np.ndarray], place: np.ndarray) -> np.ndarray:
    """Each pixel's value from the plane that ``place`` says; the last where there are not so many."""
    found = planes[-1].copy()
    for number, plane in enumerate(planes[:-1]):
        np.copyto(found, plane, where=place == number)
    return found

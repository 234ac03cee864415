"""Order statistics of windows, exact over the pixels that take part."""

from __future__ import annotations

import numpy as np

from roimask.kernels.windows import Core, shape_of, surrounded

__all__ = ["order_statistic"]

_AT_ONCE = 1 << 22  # values of windows that are sorted together


def order_statistic(
    image: np.ndarray, inside: np.ndarray, footprint: np.ndarray, q: float, core: Core
) -> tuple[np.ndarray, np.ndarray]:
    """The quantile ``q`` (linear, 0 to 1) of each window of the core, and the share of it that takes part.

    ``inside`` is uint8 0/1; ``footprint`` is bool, of odd height and width. Windows in which nothing takes part answer
    anything.
    """
    shape = shape_of(core)
    values, taking = (_windows(image, footprint, core, "values"), _windows(inside, footprint, core, "inside"))
    out = np.zeros(shape, np.float32 if image.dtype.itemsize <= 2 or image.dtype == np.float32 else np.float64)
    count = np.zeros(shape, np.int64)
    rows = max(1, _AT_ONCE // max(1, shape[1] * footprint.size))
    for top in range(0, shape[0], rows):
        part = slice(top, top + rows)
        out[part], count[part] = _of_windows(values[part][..., footprint], taking[part][..., footprint] > 0, q)
    return out, count.astype(np.float32) / np.float32(footprint.sum())


def _windows(array: np.ndarray, footprint: np.ndarray, core: Core, name: str) -> np.ndarray:
    reach = footprint.shape[0] // 2, footprint.shape[1] // 2
    around = surrounded(array, core, reach, 0, f"ranks: {name}")
    return np.lib.stride_tricks.sliding_window_view(around, footprint.shape)


def _of_windows(values: np.ndarray, taking: np.ndarray, q: float) -> tuple[np.ndarray, np.ndarray]:
    highest = np.inf if values.dtype.kind == "f" else np.iinfo(values.dtype).max
    ordered = np.sort(np.where(taking, values, np.array(highest, values.dtype)), axis=-1)
    count = taking.sum(axis=-1)
    place = q * np.maximum(count - 1, 0)
    low = place.astype(np.int64)
    a = np.take_along_axis(ordered, low[..., None], -1)[..., 0].astype(np.float64)
    b = np.take_along_axis(ordered, np.minimum(low + 1, np.maximum(count - 1, 0))[..., None], -1)[..., 0].astype(
        np.float64
    )
    share = place - low
    with np.errstate(invalid="ignore", over="ignore"):
        between = np.where(share == 0.5, a * 0.5 + b * 0.5, a + share * (b - a))
    return np.where((share == 0) | (a == b), a, between), count

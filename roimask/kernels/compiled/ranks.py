"""Order statistics of windows, exact over the pixels that take part: four ways, by the size of the window."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import _column_histograms, _nines, _sorted_blocks, _sorted_windows
from roimask.kernels.windows import Core, shape_of, surrounded

__all__ = ["order_statistic"]

# Pixels of a window up to which sorting it is fastest, by the size of an item.
_SORTED = {1: 121, 2: 121, 4: 121, 8: 81}


def order_statistic(
    image: np.ndarray, inside: np.ndarray, footprint: np.ndarray, q: float, core: Core
) -> tuple[np.ndarray, np.ndarray]:
    """The quantile ``q`` (linear, 0 to 1) of each window of the core, and the share of it that takes part.

    ``inside`` is uint8 0/1; ``footprint`` is bool, of odd height and width, its rows runs. Windows in which nothing
    takes part answer anything.
    """
    out = np.empty(shape_of(core), np.float32 if image.itemsize <= 2 or image.dtype == np.float32 else np.float64)
    share = np.empty(out.shape, np.float32)
    reach = footprint.shape[0] // 2, footprint.shape[1] // 2
    values = surrounded(image, core, reach, 0, "ranks: values")
    taking = surrounded(inside, core, reach, 0, "ranks: inside")
    _way(image.dtype, footprint, q)(values, taking, footprint, q, out, share)
    return out, share


def _way(dtype: np.dtype, footprint: np.ndarray, q: float):
    if footprint.all() and len(footprint) == 3 and q == 0.5:
        return _nines.scan
    if footprint.sum() <= _SORTED[dtype.itemsize]:
        return _sorted_windows.scan
    if dtype == np.uint8 and footprint.all() and len(footprint) <= _column_histograms.LARGEST:
        return _column_histograms.scan
    return _sorted_blocks.scan

"""What several tests compare with, written as plainly as can be."""

from __future__ import annotations

import numpy as np

__all__ = ["area_mean", "majority"]


def area_mean(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Mean of ``values`` over each cell between consecutive edges, in pixels of the array; 0 beyond it."""
    down = _overlap(rows, values.shape[0])
    along = _overlap(columns, values.shape[1])
    area = np.outer(np.diff(rows), np.diff(columns))
    return down @ values.astype(np.float64) @ along.T / area


def _overlap(edges: np.ndarray, size: int) -> np.ndarray:
    """How much of each pixel 0..size - 1 lies between each pair of edges."""
    low, high = np.asarray(edges[:-1])[:, None], np.asarray(edges[1:])[:, None]
    pixel = np.arange(size)
    return np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, 1)


def majority(labels: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The label (0: none) with the largest area in each cell; of equal ones the lowest label, and any before none."""
    names = [int(n) for n in np.unique(labels) if n]
    shares = [area_mean(labels == name, rows, columns) for name in names]
    none = 1 - sum(shares, np.zeros((len(rows) - 1, len(columns) - 1)))
    if not names:
        return np.zeros(none.shape, np.int32)
    best = np.max(shares, axis=0)
    winner = np.array(names)[np.argmax(np.array(shares) >= best - 1e-9, axis=0)]
    return np.where(best >= none - 1e-9, winner, 0).astype(np.int32)

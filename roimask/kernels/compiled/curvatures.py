"""The two curvatures of a smoothed image at each pixel."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit
from roimask.kernels.scratch import borrow

__all__ = ["curvatures"]


def curvatures(smooth: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the higher eigenvalue of the Hessian times ``factor``, in borrowed memory.

    ``smooth`` reaches beyond the pixels that are wanted by one to all sides.
    """
    shape = smooth.shape[0] - 2, smooth.shape[1] - 2
    lower, higher = (borrow(f"curvatures: {name}", shape, smooth.dtype) for name in ("lower", "higher"))
    _curvatures(smooth, smooth.dtype.type(factor), lower, higher)
    return lower, higher


@jit(fastmath={"contract"})
def _curvatures(smooth, factor, lower, higher):
    kind = lower.dtype.type
    half, quarter, two = kind(0.5), kind(0.25), kind(2)
    for y in range(lower.shape[0]):
        above, here, below = smooth[y], smooth[y + 1], smooth[y + 2]
        low, high = lower[y], higher[y]
        for x in range(low.size):
            middle = two * here[x + 1]
            down = above[x + 1] + below[x + 1] - middle
            along = here[x] + here[x + 2] - middle
            mixed = quarter * (above[x] + below[x + 2] - above[x + 2] - below[x])
            mean, off = half * (down + along), half * (down - along)
            root = np.sqrt(off * off + mixed * mixed)
            a, b = factor * (mean - root), factor * (mean + root)
            low[x], high[x] = min(a, b), max(a, b)

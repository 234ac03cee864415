"""Between two values of a sorted window."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit

__all__ = ["between"]


@jit
def between(a, b, share):
    """Linearly; equal ones, and inf beside inf, are the answer themselves."""
    if share == 0 or a == b:
        return np.float64(a)
    if share == 0.5:
        return np.float64(a) * 0.5 + np.float64(b) * 0.5
    return np.float64(a) + share * (np.float64(b) - np.float64(a))

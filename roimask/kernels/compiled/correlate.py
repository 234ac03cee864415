"""Correlation with any small kernel: zeros beyond the block."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit, rows

__all__ = ["correlate"]


def correlate(image: np.ndarray, kernel: np.ndarray, core: tuple[slice, slice], out: np.ndarray) -> np.ndarray:
    """The core of a float block correlated with a kernel of odd height and width."""
    taps = np.ascontiguousarray(kernel, image.dtype)
    _correlate(rows(image), image.shape[1], taps, core[0].start, core[1].start, out)
    return out


@jit
def _correlate(image, width, kernel, top, left, out):
    """Row by row of the kernel; each output is summed in the kernel's order wherever it lies in the block."""
    down, across = kernel.shape[0] // 2, kernel.shape[1] // 2
    line = np.zeros(width + 2 * across, image.dtype)
    for y in range(out.shape[0]):
        sums = out[y]
        sums[:] = 0
        for dy in range(kernel.shape[0]):
            source = top + y + dy - down
            if source < 0 or source >= image.shape[0]:
                continue
            line[across : across + width] = image[source, :width]
            for dx in range(kernel.shape[1]):
                k = kernel[dy, dx]
                if k != 0:
                    part = line[left + dx : left + dx + sums.size]
                    for x in range(sums.size):
                        sums[x] += k * part[x]

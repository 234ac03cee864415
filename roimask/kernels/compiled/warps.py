"""An image laid on another grid by an affine map, and how to change that map so that two images agree."""

from __future__ import annotations

import math

import numpy as np

from roimask.kernels.compiled import jit

__all__ = ["moments", "resample"]

_FLAT = 1e-9  # a variance below this share of the mean square is rounding


@jit
def _taps(at, method, taps):
    """The first pixel under an interpolation kernel at ``at`` (the middle of pixel 0 is 0.5); its weights in taps."""
    if method == 0:  # nearest
        taps[0] = 1.0
        return math.floor(at)
    first = math.floor(at - 0.5)
    x = at - 0.5 - first
    if method == 1:  # linear
        taps[0], taps[1] = 1 - x, x
        return first
    for k in range(4):  # Keys' cubic convolution, a = -1/2
        d = abs(x + 1 - k)
        if d < 1:
            taps[k] = (1.5 * d - 2.5) * d * d + 1
        else:
            taps[k] = ((-0.5 * d + 2.5) * d - 4) * d + 2 if d < 2 else 0.0
    return first - 1


@jit
def resample(values, weight, matrix, method, out, coverage):
    """``out[y, x]`` is the image at ``matrix`` @ (y, x, 1), in places whose whole numbers are corners of pixels.

    What is missing under the kernel is taken to be the weighted mean of what is there; ``coverage`` is its share.
    """
    height, width, bands = values.shape
    size = 1 if method == 0 else 2 if method == 1 else 4
    down, along = np.zeros(4), np.zeros(4)
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            row = matrix[0, 0] * (y + 0.5) + matrix[0, 1] * (x + 0.5) + matrix[0, 2]
            column = matrix[1, 0] * (y + 0.5) + matrix[1, 1] * (x + 0.5) + matrix[1, 2]
            coverage[y, x] = 0.0
            out[y, x] = 0.0
            if not (-2 < row < height + 2 and -2 < column < width + 2):
                continue
            top, left = _taps(row, method, down), _taps(column, method, along)
            share, whole, held, under = 0.0, 0.0, 0.0, 0.0
            for i in range(size):
                for j in range(size):
                    k, r, c = down[i] * along[j], top + i, left + j
                    whole += abs(k)
                    under += k
                    if 0 <= r < height and 0 <= c < width:
                        share += abs(k) * weight[r, c]
                        held += k * weight[r, c]
            if share <= 1e-9 * whole:
                continue
            coverage[y, x] = share / whole
            for band in range(bands):
                total, mean = 0.0, 0.0
                for i in range(size):
                    for j in range(size):
                        r, c = top + i, left + j
                        if 0 <= r < height and 0 <= c < width and weight[r, c] > 0:
                            k = down[i] * along[j]
                            total += k * weight[r, c] * values[r, c, band]
                            mean += abs(k) * weight[r, c] * values[r, c, band]
                out[y, x, band] = total + mean / share * (under - held)


@jit(fastmath={"reassoc", "contract", "nsz"})
def moments(values, weight, reference, part, matrix, products):
    """Second moments, around the mean, of [image, reference, six slopes] over the pixels that take part in both.

    The slopes are those of the image, seen through ``matrix``, by the matrix's own six numbers, with places counted
    from the reference's middle. Answers the weight of both; 0 where one of them is flat.
    """
    height, width, bands = values.shape
    sums, seen = np.zeros((bands, 8)), np.zeros(8)
    products[:] = 0.0
    total = 0.0
    middle_r, middle_c = part.shape[0] / 2, part.shape[1] / 2
    for i in range(part.shape[0]):
        for j in range(part.shape[1]):
            if part[i, j] == 0:
                continue
            y = matrix[0, 0] * (i + 0.5) + matrix[0, 1] * (j + 0.5) + matrix[0, 2] - 0.5
            x = matrix[1, 0] * (i + 0.5) + matrix[1, 1] * (j + 0.5) + matrix[1, 2] - 0.5
            top, left = math.floor(y), math.floor(x)
            if top < 0 or left < 0 or top + 1 >= height or left + 1 >= width:
                continue
            w00, w01 = weight[top, left], weight[top, left + 1]
            w10, w11 = weight[top + 1, left], weight[top + 1, left + 1]
            if w00 == 0 or w01 == 0 or w10 == 0 or w11 == 0:
                continue
            v, u = y - top, x - left
            k00, k01, k10, k11 = (1 - v) * (1 - u) * w00, (1 - v) * u * w01, v * (1 - u) * w10, v * u * w11
            n = k00 + k01 + k10 + k11
            a = n * part[i, j]
            total += a
            r, c = i + 0.5 - middle_r, j + 0.5 - middle_c
            for band in range(bands):
                f00, f01 = values[top, left, band], values[top, left + 1, band]
                f10, f11 = values[top + 1, left, band], values[top + 1, left + 1, band]
                slope_r = (1 - u) * (f10 - f00) + u * (f11 - f01)
                slope_c = (1 - v) * (f01 - f00) + v * (f11 - f10)
                seen[0] = (k00 * f00 + k01 * f01 + k10 * f10 + k11 * f11) / n
                seen[1] = reference[i, j, band]
                seen[2], seen[3], seen[4] = slope_r * r, slope_r * c, slope_r
                seen[5], seen[6], seen[7] = slope_c * r, slope_c * c, slope_c
                for p in range(8):
                    sums[band, p] += a * seen[p]
                    for q in range(p + 1):
                        products[p, q] += a * seen[p] * seen[q]
    squares, other = products[0, 0], products[1, 1]
    for p in range(8):
        for q in range(p + 1):
            for band in range(bands):
                if total > 0:
                    products[p, q] -= sums[band, p] * sums[band, q] / total
            products[q, p] = products[p, q]
    if products[0, 0] <= _FLAT * squares or products[1, 1] <= _FLAT * other:
        return 0.0
    return total

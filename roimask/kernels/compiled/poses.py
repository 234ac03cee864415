"""A template laid over an image at any place, angle and scale: how well it fits, and how to move it to fit better."""

from __future__ import annotations

import math

import numpy as np

from roimask.kernels.compiled import jit

__all__ = ["distinct", "halve", "polish", "score", "smooth"]

_LOOSE = {"reassoc", "contract", "nsz"}
_FLAT = 1e-9  # a variance below this share of the mean square is rounding


@jit
def halve(values, weight, out, out_weight):
    """Means of 2 × 2 pixels by weight, and the mean weight; what lies beyond the border takes no part."""
    height, width, bands = values.shape
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            n = 0.0
            for i in range(2 * y, min(2 * y + 2, height)):
                for j in range(2 * x, min(2 * x + 2, width)):
                    n += weight[i, j]
            out_weight[y, x] = n / 4
            for band in range(bands):
                total = 0.0
                for i in range(2 * y, min(2 * y + 2, height)):
                    for j in range(2 * x, min(2 * x + 2, width)):
                        total += weight[i, j] * values[i, j, band]
                out[y, x, band] = total / n if n > 0 else 0.0


@jit
def smooth(values, weight, out, out_weight):
    """Binomial means over 3 × 3 pixels, of those whose neighbours all take part; the others take no part."""
    height, width, bands = values.shape
    taps = np.array([0.25, 0.5, 0.25])
    out[:], out_weight[:] = 0, 0
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            known = True
            for i in range(3):
                for j in range(3):
                    known &= weight[y + i - 1, x + j - 1] > 0
            if not known:
                continue
            out_weight[y, x] = weight[y, x]
            for band in range(bands):
                total = 0.0
                for i in range(3):
                    for j in range(3):
                        total += taps[i] * taps[j] * values[y + i - 1, x + j - 1, band]
                out[y, x, band] = total


@jit(fastmath=_LOOSE)
def _moments(values, weight, template, part, pose, products):
    """Second moments around the mean of [image, template, four slopes] over the pixels that take part in both.

    The slopes are those of the image as the template moves down, along, turns, grows. Answers the weight of both, and
    the weight of the template on the image's frame.
    """
    height, width, bands = values.shape
    down, along = pose[3] * math.cos(pose[2]), pose[3] * math.sin(pose[2])
    half_h, half_w = pose[4], pose[5]
    sums, seen = np.zeros((bands, 6)), np.zeros(6)
    products[:] = 0.0
    total, framed = 0.0, 0.0
    for i in range(part.shape[0]):
        for j in range(part.shape[1]):
            if part[i, j] == 0:
                continue
            dr, dc = i + 0.5 - half_h, j + 0.5 - half_w
            r, c = down * dr - along * dc, down * dc + along * dr
            y, x = pose[0] + r - 0.5, pose[1] + c - 0.5
            top, left = math.floor(y), math.floor(x)
            v, u = y - top, x - left
            if v < 1e-9:
                v = 0.0
            if u < 1e-9:
                u = 0.0
            bottom, right = top + (1 if v > 0 else 0), left + (1 if u > 0 else 0)
            if top < 0 or left < 0 or bottom >= height or right >= width:
                if top >= -1 and left >= -1 and top < height and left < width:
                    framed += part[i, j]
                continue
            framed += part[i, j]
            w00, w01, w10, w11 = weight[top, left], weight[top, right], weight[bottom, left], weight[bottom, right]
            if w00 == 0 or w01 == 0 or w10 == 0 or w11 == 0:
                continue
            k00, k01, k10, k11 = (1 - v) * (1 - u) * w00, (1 - v) * u * w01, v * (1 - u) * w10, v * u * w11
            n = k00 + k01 + k10 + k11
            a = n * part[i, j]
            total += a
            above, below = max(top - 1, 0), min(bottom + 1, height - 1)
            before, after = max(left - 1, 0), min(right + 1, width - 1)
            rows = below - above if weight[above, left] > 0 and weight[below, left] > 0 else 0
            columns = after - before if weight[top, before] > 0 and weight[top, after] > 0 else 0
            for band in range(bands):
                f00, f01 = values[top, left, band], values[top, right, band]
                f10, f11 = values[bottom, left, band], values[bottom, right, band]
                seen[0] = (k00 * f00 + k01 * f01 + k10 * f10 + k11 * f11) / n
                seen[1] = template[i, j, band]
                if v > 0:
                    slope_r = (1 - u) * (f10 - f00) + u * (f11 - f01)
                else:
                    slope_r = _central(values[above, left, band], values[below, left, band], rows)
                if u > 0:
                    slope_c = (1 - v) * (f01 - f00) + v * (f11 - f10)
                else:
                    slope_c = _central(values[top, before, band], values[top, after, band], columns)
                seen[2], seen[3] = slope_r, slope_c
                seen[4], seen[5] = slope_c * r - slope_r * c, slope_r * r + slope_c * c
                for p in range(6):
                    sums[band, p] += a * seen[p]
                    for q in range(p + 1):
                        products[p, q] += a * seen[p] * seen[q]
    squares, other = products[0, 0], products[1, 1]
    _about_the_mean(products, sums, total)
    if products[0, 0] <= _FLAT * squares or products[1, 1] <= _FLAT * other:
        total = 0.0
    return total, framed


@jit
def _central(before, after, apart):
    """The slope between two neighbours; 0 where one of them takes no part."""
    return (after - before) / apart if apart > 0 else 0.0


@jit(fastmath=_LOOSE)
def _about_the_mean(products, sums, total):
    """From sums of products to those about the mean of each band."""
    if total > 0:
        for band in range(len(sums)):
            for p in range(6):
                for q in range(p + 1):
                    products[p, q] -= sums[band, p] * sums[band, q] / total


@jit
def _score_of(products, total, framed, limits):
    """The correlation; -1 where too little of the template lies on what takes part, or on the frame."""
    if total < limits[0] or framed < limits[1] or total <= 0:
        return -1.0
    return min(products[1, 0] / math.sqrt(products[0, 0] * products[1, 1]), 1.0)


@jit
def score(values, weight, template, part, pose, limits):
    """The correlation at a pose (row, column, radians, scale, the template's middle row and column)."""
    products = np.zeros((6, 6))
    total, framed = _moments(values, weight, template, part, pose, products)
    return _score_of(products, total, framed, limits)


@jit
def _solved(products, free, out):
    """The move that, with a gain, brings the image closest to the template: normal equations, by elimination.

    False where they have no single solution.
    """
    size = 0
    index = np.zeros(5, np.int64)
    for p in range(4):
        if free[p]:
            index[size] = p + 2
            size += 1
    index[size] = 1
    size += 1
    system = np.zeros((size, size + 1))
    for p in range(size):
        for q in range(size):
            a, b = max(index[p], index[q]), min(index[p], index[q])
            system[p, q] = products[a, b]
        system[p, size] = -products[index[p], 0]
    for p in range(size):
        if system[p, p] <= 1e-10 * products[index[p], index[p]] or system[p, p] <= 0:
            return False
        for q in range(p + 1, size):
            system[q] -= system[p] * (system[q, p] / system[p, p])
    for p in range(size - 1, -1, -1):
        for q in range(p + 1, size):
            system[p, size] -= system[p, q] * system[q, size]
        system[p, size] /= system[p, p]
    out[:] = 0.0
    for p in range(size - 1):
        out[index[p] - 2] = system[p, size]
    return True


@jit
def polish(values, weight, template, part, pose, free, limits, reach, rounds):
    """Move a pose to where the template fits best, by least squares with gain and offset free.

    ``free`` says which of row, column, angle and scale may move, ``reach`` is the template's radius in pixels; a step
    moves no pixel by more than about one. ``pose`` is changed; answers its score.
    """
    products, move, trial = np.zeros((6, 6)), np.zeros(4), pose.copy()
    total, framed = _moments(values, weight, template, part, pose, products)
    best = _score_of(products, total, framed, limits)
    for _ in range(rounds):
        if best < 0 or not _solved(products, free, move):
            return best
        largest = max(abs(move[0]), abs(move[1]), abs(move[2]) * reach, abs(move[3]) * reach)
        share = 1 / max(largest, 1.0)
        better = False
        for _ in range(4):
            for p in range(3):
                trial[p] = pose[p] + share * move[p]
            trial[3] = pose[3] * math.exp(share * move[3])
            total, framed = _moments(values, weight, template, part, trial, products)
            found = _score_of(products, total, framed, limits)
            if found > best:
                better = True
                break
            share /= 3
        if not better:
            return best
        gain, best = found - best, found
        pose[:] = trial
        if share * largest < 2e-3 or gain < 1e-7:
            return best
    return best


@jit
def distinct(facts, apart, turn, most):
    """Indices of the poses (row, column, radians, log scale) that differ from each one before that was taken."""
    kept = np.empty(min(most, len(facts)), np.int64)
    count = 0
    for index in range(len(facts)):
        if count == len(kept):
            break
        new = True
        for other in kept[:count]:
            angle = abs(facts[index, 2] - facts[other, 2]) % math.tau
            if (
                abs(facts[index, 0] - facts[other, 0]) <= apart
                and abs(facts[index, 1] - facts[other, 1]) <= apart
                and min(angle, math.tau - angle) <= turn
                and abs(facts[index, 3] - facts[other, 3]) <= turn
            ):
                new = False
                break
        if new:
            kept[count] = index
            count += 1
    return kept[:count]

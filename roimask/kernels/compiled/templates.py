"""The strongest answer of a bank of templates, in one pass over the block.

A row is worked on in short chunks, whose sums for all templates stay in the nearest cache; eight taps are added at a
time. Of templates that look the same when turned by 180 degrees, two opposite pixels are added before they are
weighed. Where all of a chunk's windows take part, the weights are not looked at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from roimask.kernels.compiled import jit

__all__ = ["Taps", "strongest", "taps_of"]

_CHUNK = 256  # pixels of a row that are worked on at once
_GROUP = 8  # taps that are added at once


class Taps(NamedTuple):
    """A bank as the kernel reads it: where each tap lies, its weight in each template, and which weights count."""

    places: np.ndarray  # (G, 8, 2)
    weights: np.ndarray  # (G, K, 8)
    counts: np.ndarray  # (G, K)
    mirrored: bool


def taps_of(kernels: np.ndarray, dtype: np.dtype) -> tuple[Taps, Taps, Taps]:
    """The taps of a bank, and those that are positive and those that are negative, made positive, alone."""
    mirrored = bool((kernels == kernels[:, ::-1, ::-1]).all())
    used = np.abs(kernels).max(axis=0) > 0
    if mirrored:
        used &= np.arange(used.size).reshape(used.shape) <= used.size // 2
    rows, columns = np.nonzero(used)
    scaled = kernels[:, rows, columns].astype(np.float64)
    if mirrored:  # the middle one is added to itself
        scaled[:, (rows == kernels.shape[1] // 2) & (columns == kernels.shape[2] // 2)] /= 2
    return tuple(  # type: ignore[return-value]
        _grouped(part, rows, columns, mirrored, dtype)
        for part in (scaled, np.maximum(scaled, 0), np.maximum(-scaled, 0))
    )


def _grouped(weights: np.ndarray, rows: np.ndarray, columns: np.ndarray, mirrored: bool, dtype: np.dtype) -> Taps:
    groups = -(-len(rows) // _GROUP)
    places = np.zeros((groups * _GROUP, 2), np.int64)
    places[: len(rows)] = np.stack([rows, columns], axis=1)
    padded = np.zeros((len(weights), groups * _GROUP), dtype)
    padded[:, : len(rows)] = weights
    by_group = np.ascontiguousarray(padded.reshape(len(weights), groups, _GROUP).transpose(1, 0, 2))
    return Taps(places.reshape(groups, _GROUP, 2), by_group, (by_group != 0).any(axis=2), mirrored)


@jit(fastmath={"contract"})
def _add(source, y, x, count, height, width, taps, parts, sums):
    """The sums of all templates over ``count`` windows, the first with its top left corner at (y, x)."""
    places, weights, counts, mirrored = taps
    sums[:] = 0
    for g in range(places.shape[0]):
        for j in range(_GROUP):
            part = parts[j]
            row, column = places[g, j, 0], places[g, j, 1]
            near = source[y + row, x + column : x + column + count]
            if mirrored:
                left = x + width - 1 - column
                far = source[y + height - 1 - row, left : left + count]
                for i in range(count):
                    part[i] = near[i] + far[i]
            else:
                for i in range(count):
                    part[i] = near[i]
        a, b, c, d = parts[0], parts[1], parts[2], parts[3]
        e, f, h, k = parts[4], parts[5], parts[6], parts[7]
        for t in range(weights.shape[1]):
            if counts[g, t]:
                ka, kb, kc, kd = weights[g, t, 0], weights[g, t, 1], weights[g, t, 2], weights[g, t, 3]
                ke, kf, kh, kk = weights[g, t, 4], weights[g, t, 5], weights[g, t, 6], weights[g, t, 7]
                of = sums[t]
                for i in range(count):
                    left = ka * a[i] + kb * b[i] + kc * c[i] + kd * d[i]
                    of[i] += left + (ke * e[i] + kf * f[i] + kh * h[i] + kk * k[i])


@jit
def _all_there(weight, y, x, count):
    """Whether every pixel of a stretch of a row takes part in full."""
    missing = 0
    for i in range(x, x + count):
        missing += weight[y, i] != 1
    return missing == 0


@jit
def _complete(p, n, pw, nw, total, count, sums):
    """What is missing taken to be the weighted mean of what is there: the answers, and the shares left in ``pw``."""
    for t in range(total.size):
        for i in range(count):
            there = pw[t, i] + nw[t, i]
            answer = -np.inf  # of a template that lies on nothing
            if there > 0:
                answer = p[t, i] - n[t, i] + (p[t, i] + n[t, i]) / there * (total[t] - (pw[t, i] - nw[t, i]))
            sums[t, i] = answer
            pw[t, i] = there


@jit
def _choose(sums, shares, known, count, best, which, share):
    """The strongest template of each window, with the share of it that takes part."""
    for i in range(count):
        best[i], which[i], share[i] = sums[0, i], 0, shares[0, i]
    for t in range(1, known):
        for i in range(count):
            better = sums[t, i] > best[i]  # chosen, not branched, so that it vectorises
            best[i] = sums[t, i] if better else best[i]
            which[i] = np.int32(t) if better else which[i]
            share[i] = shares[t, i] if better else share[i]


@jit
def strongest(values, weight, taps, positive, negative, size, total, reach, best, which, share):
    """Fill the strongest answer, the number of its template and the share of it that takes part, of each window.

    ``values`` are weighed already; they and ``weight`` reach beyond ``best`` by half a window to all sides.
    """
    height, width = size
    known, kind = total.size, values.dtype
    sums, p, n = np.empty((known, _CHUNK), kind), np.empty((known, _CHUNK), kind), np.empty((known, _CHUNK), kind)
    pw, nw = np.empty((known, _CHUNK), kind), np.empty((known, _CHUNK), kind)
    parts = np.empty((_GROUP, _CHUNK), kind)
    for x in range(0, best.shape[1], _CHUNK):
        count = min(_CHUNK, best.shape[1] - x)
        end, whole_rows = x + count, 0
        for below in range(values.shape[0]):
            whole_rows = whole_rows + 1 if _all_there(weight, below, x, count + width - 1) else 0
            y = below - height + 1
            if y < 0:
                continue
            if whole_rows >= height:
                _add(values, y, x, count, height, width, taps, parts, sums)
                for t in range(known):
                    pw[t] = reach[t]
            else:
                _add(values, y, x, count, height, width, positive, parts, p)
                _add(values, y, x, count, height, width, negative, parts, n)
                _add(weight, y, x, count, height, width, positive, parts, pw)
                _add(weight, y, x, count, height, width, negative, parts, nw)
                _complete(p, n, pw, nw, total, count, sums)
            _choose(sums, pw, known, count, best[y, x:end], which[y, x:end], share[y, x:end])
            for i in range(x, end):
                share[y, i] /= reach[which[y, i]]

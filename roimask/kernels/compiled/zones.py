"""What many zones hold, summed up along their spans in one pass over a block; no mask is made for any of them."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit

__all__ = ["gather", "measure", "quantiles", "tally"]

# The columns of a table of sums, a row a zone: distances are from the shift, the first finite value.
COUNT, WEIGHT, TOTAL, SQUARES, LOW, HIGH, SHIFT, SHIFTED = range(8)


@jit
def measure(image, weight, height, width, top, left, spans, shares, full, table):
    """Add the pixels of a block, whose corner is (top, left), to the sums of their zones.

    Parameters
    ----------
    image, weight : ndarray (h, w)
        Pixels of weight 0 hold anything.
    full : bool
        Whether every pixel takes part in full, so that the weights need not be looked at.
    table : float64 ndarray (K, 8)
        The sums so far; a zone of which none are known has LOW inf and HIGH -inf.
    """
    for k in range(len(spans)):
        start, stop = max(spans[k, 1] - left, 0), min(spans[k, 2] - left, width)
        y = spans[k, 0] - top
        if start < stop and 0 <= y < height:
            values, weights, sums = image[y, start:stop], weight[y, start:stop], table[spans[k, 3]]
            if sums[SHIFTED] == 0.0:
                _shift(values, weights, sums)
            if full and stop - start > 4:
                _add_all(values, shares[k], sums)
            else:
                _add(values, weights, shares[k], sums)


@jit
def _shift(values, weights, sums):
    for i in range(len(values)):
        if weights[i] > 0 and np.isfinite(values[i]):
            sums[SHIFT], sums[SHIFTED] = values[i], 1.0
            return


@jit
def _add(values, weights, share, sums):
    shift, count = sums[SHIFT], 0
    weight, total, squares, low, high = 0.0, 0.0, 0.0, sums[LOW], sums[HIGH]
    for i in range(len(values)):
        if weights[i] > 0:
            value, w = np.float64(values[i]), np.float64(weights[i])
            distance = value - shift
            count += 1
            weight += w
            total += w * distance
            squares += w * distance * distance
            low, high = min(low, value), max(high, value)
    sums[COUNT] += count
    sums[WEIGHT] += share * weight
    sums[TOTAL] += share * total
    sums[SQUARES] += share * squares
    sums[LOW], sums[HIGH] = low, high


@jit(fastmath={"reassoc"})
def _add_all(values, share, sums):
    shift, total, squares = sums[SHIFT], 0.0, 0.0
    low = high = values[0]
    for i in range(len(values)):
        distance = np.float64(values[i]) - shift
        total += distance
        squares += distance * distance
    for i in range(len(values)):
        value = values[i]
        low = value if value < low else low
        high = value if value > high else high
    sums[COUNT] += len(values)
    sums[WEIGHT] += share * len(values)
    sums[TOTAL] += share * total
    sums[SQUARES] += share * squares
    sums[LOW], sums[HIGH] = min(sums[LOW], low), max(sums[HIGH], high)


@jit
def gather(image, weight, height, width, top, left, spans, shares, weigh, counts):
    """The values of the pixels that take part, by zone, and their weights where ``weigh`` asks for these.

    How many values a zone has is added to ``counts``.
    """
    room = 0
    for k in range(len(spans)):
        start, stop = max(spans[k, 1] - left, 0), min(spans[k, 2] - left, width)
        if start < stop and 0 <= spans[k, 0] - top < height:
            room += stop - start
    values, weights, n = np.empty(room, image.dtype), np.empty(room if weigh else 0, np.float32), 0
    for k in range(len(spans)):
        y = spans[k, 0] - top
        if 0 <= y < height:
            before = n
            for x in range(max(spans[k, 1] - left, 0), min(spans[k, 2] - left, width)):
                if weight[y, x] > 0:
                    values[n] = image[y, x]
                    if weigh:
                        weights[n] = shares[k] * weight[y, x]
                    n += 1
            counts[spans[k, 3]] += n - before
    return values[:n], weights[:n]


@jit
def tally(classes, weight, height, width, top, left, spans, shares, ground, counts, sums):
    """Count the pixels of each class (h, w), numbered from 0, in each zone.

    Parameters
    ----------
    ground : float64 ndarray (h,)
        What a pixel of each row covers.
    counts : int64 ndarray (K, C)
        Of zones and classes; added to.
    sums : float64 ndarray (K, C, 2)
        The sum of the weights, and of what their pixels cover; added to.
    """
    for k in range(len(spans)):
        y = spans[k, 0] - top
        if 0 <= y < height:
            of_zone, by_weight, share = counts[spans[k, 3]], sums[spans[k, 3]], shares[k]
            for x in range(max(spans[k, 1] - left, 0), min(spans[k, 2] - left, width)):
                if weight[y, x] > 0:
                    place, part = classes[y, x], share * weight[y, x]
                    of_zone[place] += 1
                    by_weight[place, 0] += part
                    by_weight[place, 1] += part * ground[y]


@jit
def quantiles(values, weights, starts, probabilities):
    """Quantiles of groups of weighted values that lie side by side; see ``summary.distribution.weighted_quantiles``.

    Parameters
    ----------
    values : ndarray (N,)
        Without NaN.
    weights : float32 ndarray (N,)
        Above 0.
    starts : int64 ndarray (K + 1,)
        Group k is ``values[starts[k]:starts[k + 1]]``.
    probabilities : float64 ndarray (P,)

    Returns
    -------
    float64 ndarray (K, P)
        NaN for a group without values.
    """
    answer = np.full((len(starts) - 1, len(probabilities)), np.nan)
    for group in range(len(starts) - 1):
        of_group = values[starts[group] : starts[group + 1]]
        if len(of_group):
            order = np.argsort(of_group)
            _weighted(of_group[order], weights[starts[group] : starts[group + 1]][order], probabilities, answer[group])
    return answer


@jit
def _weighted(values, weights, probabilities, answer):
    squares, sums = 0.0, np.zeros(len(values) + 1)
    for i in range(len(values)):
        weight = np.float64(weights[i])
        sums[i + 1] = sums[i] + weight
        squares += weight * weight
    size = max(sums[-1] * sums[-1] / squares, 1.0)  # Kish's
    places = sums * (size / sums[-1])
    for k in range(len(probabilities)):
        start = probabilities[k] * (size - 1)
        i, total, taken = max(np.searchsorted(places, start, side="right") - 1, 0), 0.0, 0.0
        while i < len(values) and places[i] < start + 1:
            share = min(places[i + 1] - start, 1.0) - max(places[i] - start, 0.0)
            if share > 0:
                total, taken = total + share * values[i], taken + share
            i += 1
        answer[k] = total / taken if taken > 0 else values[-1]

"""Quantiles of many groups of values at once."""

from __future__ import annotations

import numpy as np

__all__ = ["interpolate", "regroup", "select"]


def select(values, starts, probabilities):
    """Quantiles of groups that lie side by side, by linear interpolation.

    Parameters
    ----------
    values : ndarray (N,)
        Without NaN; may be put into another order.
    starts : int64 ndarray (K + 1,)
        Group k is ``values[starts[k]:starts[k + 1]]``.
    probabilities : float64 ndarray (P,)
        Between 0 and 1, ascending.

    Returns
    -------
    float64 ndarray (K, P)
        NaN for a group without values.
    """
    groups = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    ordered = values[np.lexsort((values, groups))].astype(np.float64)
    lengths = np.diff(starts)[:, None]
    answer = np.full((lengths.size, probabilities.size), np.nan)
    some = lengths[:, 0] > 0
    places = (lengths[some] - 1) * probabilities
    below = places.astype(np.int64)
    above = np.minimum(below + 1, lengths[some] - 1)
    first = starts[:-1][some][:, None]
    answer[some] = interpolate(ordered[first + below], ordered[first + above], places - below)
    return answer


def interpolate(low, high, share):
    """From ``low`` to ``high`` by ``share``, from the nearer end as numpy does it; inf counts where it is reached."""
    with np.errstate(invalid="ignore", over="ignore"):
        step = high - low
        between = np.where(share < 0.5, low + step * share, high - step * (1 - share))
        outer = np.where(share > 0, np.where(np.isinf(low), low, 0) + np.where(np.isinf(high), high, 0), low)
    return np.where(np.isfinite(low) & np.isfinite(high), between, np.where(low == high, low, outer))


def regroup(values, groups, counts, starts):
    """Bring the values of each group together.

    Parameters
    ----------
    values : ndarray (N,)
        Runs of values, one behind the other.
    groups, counts : int64 ndarray (R,)
        The group of each run, and its length.
    starts : int64 ndarray (K + 1,)
        Where each group begins in the answer.

    Returns
    -------
    ndarray (N,)
        Within a group the runs keep their order.
    """
    return values[np.argsort(np.repeat(groups, counts), kind="stable")]

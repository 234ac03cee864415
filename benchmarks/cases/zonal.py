"""Groups 3a to 3c: statistics of many labels at once."""

from __future__ import annotations

import numpy as np

import roimask as rm
from benchmarks import inputs, peers
from benchmarks.case import Race, case

NAMES = ("count", "mean", "std", "min", "max")


def same(ours, theirs) -> None:
    """The five columns agree; SimpleITK is asked for a few labels only, as asking for all takes it seconds."""
    if callable(theirs):
        for label in ours.index[:: max(len(ours) // 50, 1)]:
            row = theirs(int(label))
            np.testing.assert_allclose([ours.loc[label, name] for name in NAMES], list(row.values()), rtol=1e-6)
    else:
        for name in NAMES:
            np.testing.assert_allclose(ours[name], theirs[name][1:], rtol=1e-6, err_msg=name)


@case("3a", "count, mean, std, min, max of 1,000 labels, 16 Mpx uint16", 0.5, 1_000)
@case("3b", "count, mean, std, min, max of 100,000 labels, 16 Mpx uint16", 0.6, 100_000)
def moments(count: int) -> Race:
    """One table, one row a label."""
    image, labels = inputs.image("uint16"), inputs.zones(count)
    ours = rm.Mask(labels)
    others = {
        "numpy_groupies": lambda: peers.groupies_zonal(image, labels),
        "SimpleITK LabelStatistics": lambda: peers.simpleitk_zonal(image, labels),
    }
    return Race(lambda: rm.statistics(image, ours, quantiles=()), others, same)


@case("3c 1,000", "medians of 1,000 labels, 16 Mpx uint16", 0.5, 1_000)
@case("3c 100,000", "medians of 100,000 labels, 16 Mpx uint16", 0.5, 100_000)
def medians(count: int) -> Race:
    """Exact medians."""
    image, labels = inputs.image("uint16"), inputs.zones(count)
    ours = rm.Mask(labels)
    others = {"pandas groupby": lambda: peers.pandas_medians(image, labels)}

    def check(ours, theirs) -> None:
        column = next(name for name in ours.columns if "50" in str(name) or "0.5" in str(name) or "median" in str(name))
        np.testing.assert_allclose(ours[column], theirs.to_numpy())

    return Race(lambda: rm.statistics(image, ours, quantiles=(0.5,)), others, check)

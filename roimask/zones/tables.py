"""The tables that a scan of zones answers with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from roimask.zones.on_grid import OnGrid
from roimask.zones.scan import Scan

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["classes_table", "statistics_table"]


def statistics_table(zones: OnGrid, scan: Scan) -> pd.DataFrame:
    """A row a zone; of several bands the columns of each, numbered."""
    columns = dict(zones.facts)
    for k, band in enumerate(scan.run(), 1):
        suffix = f"_{k}" if scan.by_band else ""
        for name, column in (band.sums.columns() | band.values.columns()).items():
            columns[name + suffix] = column
    return _table(zones.ids, zones.about, columns, index=True)


def classes_table(zones: OnGrid, scan: Scan) -> pd.DataFrame:
    """A row for each class that occurs in a zone, band after band within a zone."""
    tables = [band.tallies.table() for band in scan.run()]
    number = np.repeat(np.arange(1, len(tables) + 1), [len(table.zone) for table in tables])
    zone, value, pixels, sums = (np.concatenate(column) for column in zip(*tables, strict=True))
    key = zone * len(tables) + number - 1
    weight, area = sums.T
    with np.errstate(invalid="ignore"):
        share = weight / np.bincount(key, weight)[key] if len(key) else weight
    columns = {"band": number} if scan.by_band else {}
    columns |= {"class": value, "count": pixels, "weight": weight, "share": share}
    if scan.source.frame.georeferenced and scan.weights is None:
        columns["area_m2"] = area
    about = {name: np.asarray(column)[zone] for name, column in zones.about.items()}
    order = np.argsort(key, kind="stable")
    return _table(zones.ids[zone], about, columns, index=False).iloc[order].reset_index(drop=True)


def _table(ids: np.ndarray, about: Mapping[str, Any], columns: Mapping[str, np.ndarray], index: bool) -> pd.DataFrame:
    """Zone, what is known of it, what was found; where a name is twice there, what was found has it."""
    import pandas as pd

    taken = {"zone", "geometry", *columns}
    known = {name + "_" * (name in taken): column for name, column in about.items()}
    return pd.DataFrame({"zone": ids, **known, **columns}, index=ids if index else None)

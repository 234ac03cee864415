"""Facts about coordinate reference systems that need no more than their text where they can."""

from __future__ import annotations

from functools import lru_cache

from roimask.errors import import_extra

__all__ = ["unit_in_metres"]


@lru_cache
def unit_in_metres(crs: str) -> float:
    """Metres in the linear unit of a CRS.

    Raises
    ------
    MissingExtra
        Where rasterio, which knows the CRS, is not installed.
    """
    rasterio_crs = import_extra("rasterio.crs", "geo", "turning metres into pixels")
    return float(rasterio_crs.CRS.from_string(crs).linear_units_factor[1])

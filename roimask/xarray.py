"""``import roimask.xarray`` gives every DataArray the operations as methods: ``da.rm.gaussian(mask, sigma=2)``."""

from __future__ import annotations

from functools import partial, update_wrapper
from typing import Any

from roimask.arrays.labelled import rows_first
from roimask.errors import import_extra
from roimask.mask import Mask
from roimask.operation import registry
from roimask.parameters import unknown_name
from roimask.sources import as_source

__all__ = ["Operations"]


class Operations:
    """The operations of roimask on one DataArray, as methods.

    Those that take an image take the DataArray; those that take a mask take it as a mask.

    Examples
    --------
    >>> import numpy as np, xarray as xr, roimask.xarray
    >>> da = xr.DataArray(np.arange(9.0).reshape(3, 3), dims=("y", "x"), coords={"y": [30, 20, 10]}, name="height")
    >>> smooth = da.rm.box(da > 1, size=3)
    >>> smooth.name, smooth.y.values.tolist(), float(smooth[0, 0])
    ('height', [30, 20, 10], 0.0)
    >>> float(da.rm.statistics(da > 9).count)
    0.0
    """

    def __init__(self, array: Any):
        self._array = array

    @property
    def frame(self) -> Any:
        """The grid of the DataArray, for masks that are drawn on it."""
        return as_source(self._array).frame

    def __getattr__(self, name: str) -> Any:
        known = _methods()
        if name not in known:
            raise AttributeError(str(unknown_name(name, list(known), "the operation")))
        operation = known[name]
        first = self._array if operation.takes == "image" else Mask(rows_first(self._array).values)
        return update_wrapper(partial(operation.function, first), operation.function)

    def __dir__(self) -> list[str]:
        return ["frame", *_methods()]


def _methods() -> dict[str, Any]:
    return {name: operation for name, operation in registry().items() if operation.takes in ("image", "mask")}


import_extra("xarray", "dask", "da.rm").register_dataarray_accessor("rm")(Operations)

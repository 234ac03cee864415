"""The three kinds of mask: which values each allows, and which kind an array is taken for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from roimask.brought import library_of
from roimask.errors import MaskValueError, ParameterError

__all__ = ["DTYPES", "Kind", "listing", "values_and_kind"]

Kind = Literal["binary", "labels", "weights"]
DTYPES: dict[str, np.dtype] = {
    "binary": np.dtype(np.bool_),
    "labels": np.dtype(np.int32),
    "weights": np.dtype(np.float32),
}


def values_and_kind(array: Any, kind: Kind | None) -> tuple[np.ndarray, Kind]:
    """The array as values that a kind allows, and that kind: the one given, or the one guessed."""
    if kind is not None and kind not in DTYPES:
        raise ParameterError(f"the kind of a mask is one of {listing(DTYPES)}, got {kind!r}")
    values = _array_of(array)
    if values.ndim != 2:
        raise MaskValueError(
            f"a mask has two axes (height, width), got an array of shape {values.shape}. "
            f"Choose one band, such as array[..., 0]."
        )
    if values.dtype.kind not in "biuf":
        raise MaskValueError(f"a mask holds booleans, integers or floats, got {values.dtype}")
    kind = kind or _guess(values)
    return _CONVERT[kind](values), kind


def _array_of(array: Any) -> np.ndarray:
    """What was given as an array; what nobody would take for a mask, and what means the opposite, is refused."""
    if type(array) is not np.ndarray and isinstance(array, np.ma.MaskedArray):
        raise MaskValueError(
            "a numpy.ma array carries a mask of the opposite polarity. Give rm.Mask.from_numpy_ma(array) or array.data."
        )
    if type(array) is not np.ndarray and library_of(array) == "xarray":  # its axes may stand in any order
        from roimask.arrays.labelled import rows_first

        array = rows_first(array)
    values = np.asarray(array)
    if values.ndim == 0:
        raise MaskValueError(
            f"a mask is a Mask or an array (height, width), got {array!r}. Read a file with rm.read_mask(path)."
        )
    return values


def _guess(values: np.ndarray) -> Kind:
    if values.dtype.kind in "bf":
        return "weights" if values.dtype.kind == "f" else "binary"
    low, high = values.min(initial=0), values.max(initial=0)
    if low >= 0 and (high <= 1 or (high == 255 and bool(np.isin(values, (0, 255)).all()))):
        return "binary"
    return "labels"


def _as_binary(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "f":
        _refuse_nan(values)
    return values if values.dtype == np.bool_ else values != 0


def _as_labels(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "f":
        _refuse_nan(values)
        if not np.array_equal(values, np.rint(values)):
            raise MaskValueError("labels are whole numbers, got fractions. Use kind='weights', or round them first.")
    low, high = values.min(initial=0), values.max(initial=0)
    if low < 0:
        raise MaskValueError(f"labels are 0 (no region) or above, got {low}. Move them, as with array - array.min().")
    if high > np.iinfo(np.int32).max:
        raise MaskValueError(f"labels go up to {np.iinfo(np.int32).max}, got {high}. Number the regions 1, 2, 3, ...")
    return values.astype(np.int32, copy=False)


def _as_weights(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind in "iu" and values.max(initial=0) > 1:
        values = values / np.iinfo(values.dtype).max
    if values.dtype.kind == "f":
        _refuse_nan(values)
    low, high = values.min(initial=0), values.max(initial=0)
    if low < 0 or high > 1:
        raise MaskValueError(f"weights lie between 0 and 1, got {low:.6g} to {high:.6g}. Divide them by their maximum.")
    return values.astype(np.float32, copy=False)


def _refuse_nan(values: np.ndarray) -> None:
    if np.isnan(values).any():
        raise MaskValueError("a mask holds no NaN. For an image's pixels that are not NaN use Mask(~np.isnan(image)).")


_CONVERT = {"binary": _as_binary, "labels": _as_labels, "weights": _as_weights}


def listing(things: Iterable[Any], most: int = 12) -> str:
    """Up to a dozen things in words."""
    texts = [str(thing) for thing in things]
    return (", ".join(texts[:most]) + (f", ... ({len(texts)} in all)" if len(texts) > most else "")) or "none"

"""Which band of an image is which colour."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Window
from roimask.parameters import TextForm, unknown_name
from roimask.sources import Source

__all__ = ["BandNames", "brightness", "named_bands", "saturation"]

_KNOWN = (
    "pan", "coastal", "blue", "green1", "green", "yellow", "red", "rededge1", "rededge2", "rededge3", "nir", "nir2",
    "swir1", "swir2", "vapour", "cirrus", "thermal", "thermal2",
)  # fmt: skip
_BY_COUNT = {1: "pan", 3: "rgb"}  # what a file without names is taken for


def _names(value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping) or not all(isinstance(n, int) and n >= 0 for n in value.values()):
        raise ValueError("bands by name, numbered from 0, such as {'red': 0, 'nir': 3}")
    for name in value:
        if name not in _KNOWN:
            raise unknown_name(name, _KNOWN, "the band")
    return dict(value)


def _parse(text: str) -> dict[str, int]:
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    return {name.strip(): int(number) for name, _, number in pairs}


BandNames = Annotated[Any, TextForm("bands by name, numbered from 0: red=0,green=1,nir=3", _names, _parse)]


@cache
def _sensors() -> dict[str, list[list[str]]]:
    return tomllib.loads((Path(__file__).parent / "sensors.toml").read_text("utf-8"))


def named_bands(source: Source, sensor: str | None, bands: Mapping[str, int] | None) -> dict[str, int]:
    """The number of each band by its name: as given, by the sensor, as the file says, or by how many there are.

    Raises
    ------
    ParameterError
        Where a name, a sensor or a number is not known, or nothing says what the bands are.
    """
    shape = source.read(Window(0, 0, 0, 0)).shape
    count = shape[2] if len(shape) == 3 else 1
    if bands is not None:
        for name, number in bands.items():
            if number >= count:
                raise ParameterError(f"the image has {count} bands, numbered from 0; {name} cannot be band {number}")
        return dict(bands)
    if sensor is not None:
        return _of_sensor(sensor, count)
    told = {name.lower(): number for number, name in enumerate(getattr(source, "names", ())) if name}
    known = {name: number for name, number in told.items() if name in _KNOWN}
    if known or count in _BY_COUNT:
        return known or _of_sensor(_BY_COUNT[count], count)
    raise ParameterError(
        f"nothing says what the {count} bands are; give sensor= ({', '.join(_sensors())}) or "
        "bands=, such as {'red': 2, 'nir': 3}"
    )


def _of_sensor(sensor: str, count: int) -> dict[str, int]:
    orders = _sensors().get(sensor)
    if orders is None:
        raise unknown_name(sensor, list(_sensors()), "the sensor")
    order = next((order for order in orders if len(order) == count), None)
    if order is None:
        counts = " or ".join(str(len(order)) for order in orders)
        raise ParameterError(f"{sensor} has {counts} bands, the image {count}; give bands= by name instead")
    return {name: number for number, name in enumerate(order)}


def brightness(pixels: np.ndarray, bands: Mapping[str, int]) -> np.ndarray:
    """The panchromatic band, else the mean of the visible ones, else the first."""
    if "pan" in bands and pixels.shape[2] == 1:
        return pixels[..., bands["pan"]]
    visible = [bands[name] for name in ("red", "green", "blue") if name in bands]
    return pixels[..., visible].mean(axis=2) if visible else pixels[..., next(iter(bands.values()), 0)]


def saturation(pixels: np.ndarray, bands: Mapping[str, int]) -> np.ndarray | None:
    """How far from grey each pixel is, 0 to 1; None where there is no colour."""
    if not {"red", "green", "blue"} <= set(bands):
        return None
    colours = pixels[..., [bands[name] for name in ("red", "green", "blue")]]
    high = colours.max(axis=2)
    return (high - colours.min(axis=2)) / np.maximum(high, 1e-6)

"""Scenes for runs: small ones, cut into small tiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

import roimask as rm
from roimask import call
from roimask.sources import ArraySource

GEO = {"transform": rasterio.Affine(10, 0, 500000, 0, -10, 4100000), "crs": "EPSG:32618"}


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Write an array (H, W) or (H, W, C) as a tiled GeoTIFF."""

    def write(image: np.ndarray, name: str = "scene.tif", **profile: Any) -> Path:
        planes = image[None] if image.ndim == 2 else np.moveaxis(image, -1, 0)
        facts = {
            "driver": "GTiff", "count": len(planes), "height": image.shape[0], "width": image.shape[1],
            "dtype": image.dtype.name, "tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "deflate", **GEO,
        }  # fmt: skip
        with rasterio.open(tmp_path / name, "w", **{**facts, **profile}) as dataset:
            dataset.write(planes)
        return tmp_path / name

    return write


def noise(shape: tuple[int, ...], dtype: Any = np.uint16, seed: int = 0) -> np.ndarray:
    """An image that is smooth here and rough there."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    smooth = 100 + 80 * np.sin(rows / 17) * np.cos(columns / 23)
    smooth = smooth if len(shape) == 2 else smooth[..., None]
    return (smooth + rng.random(shape) * 60).astype(dtype)


def pixels(path: Path) -> np.ndarray:
    """What rasterio reads, bands last."""
    with rasterio.open(path) as dataset:
        planes = dataset.read()
    return planes[0] if len(planes) == 1 else np.moveaxis(planes, 0, -1)


def one_by_one(path: Path, steps: list[dict[str, Any]], mask: Any = None) -> tuple[np.ndarray, list[Any]]:
    """The steps on the whole raster in memory, each after the one before it."""
    image, answers = rm.Raster(path).whole(), []
    for step in steps:
        operation = rm.registry()[step["op"]]
        params = operation.ready({name: value for name, value in step.items() if name != "op"}, image.frame)
        if operation.result == "summary":
            answers.append(call.answer(call.reduced(operation, image, mask, params), mask, image))
        else:
            image = _after(operation, image, call.run(operation, image, mask, params))
    return image.array, answers


def _after(operation: Any, before: ArraySource, result: np.ndarray) -> ArraySource:
    """The image that the next step works on, with what a file would say of it."""
    if operation.result == "map":
        return ArraySource(result, before.frame, None, np.nan)
    valid = before.valid if before.nodata is None else result != before.nodata
    return ArraySource(result, before.frame, valid, before.nodata)

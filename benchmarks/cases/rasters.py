"""Group 11: a scene larger than memory should be: masked by 200 polygons, with statistics, from file to file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import rasterio
from rasterio.features import rasterize
from rasterio.windows import Window

import roimask as rm
from benchmarks.case import Call, Race, case

SIDE = int(os.environ.get("ROIMASK_BENCH_SIDE", "10000"))  # 20000: 0.6 GB of disk and half a minute to make; 11b: × 4
BLOCK = 2048
THREADS = rasterio.Env(GDAL_NUM_THREADS=2)  # for the peers
STEPS = [{"op": "extract"}, {"op": "statistics", "quantiles": ()}]
PEAK = """
import sys
import roimask as rm
rm.run(sys.argv[1], {steps}, sys.argv[2], mask=sys.argv[3], mask_kind="binary")
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@lru_cache(maxsize=1)
def folder() -> tempfile.TemporaryDirectory:
    """Where scenes are made, once."""
    return tempfile.TemporaryDirectory(prefix="roimask-bench-")


@lru_cache(maxsize=2)
def scene(side: int) -> Path:
    """A uint16 GeoTIFF in tiles of 512, deflate with predictor 2: hills and noise, which pack as imagery does."""
    path, rng = Path(folder().name, f"scene{side}.tif"), np.random.default_rng(0)
    hills = cv2.GaussianBlur(rng.normal(0, 1, (BLOCK, BLOCK)).astype(np.float32), (0, 0), 8)
    hills = hills / hills.std() * 1500 + 6000
    with rasterio.open(path, "w", **profile(side)) as dataset:
        for window in windows(side):
            noise = rng.normal(0, 40, (window.height, window.width)).astype(np.float32)
            turned = np.roll(hills, (window.row_off // 7, window.col_off // 3), (0, 1))
            pixels = turned[: window.height, : window.width] + noise
            dataset.write(pixels.clip(0, 65535).astype(np.uint16), 1, window=window)
    return path


def profile(side: int) -> dict:
    """What rasterio needs to write such a scene."""
    place = {"transform": rasterio.Affine(10, 0, 500000, 0, -10, 4100000), "crs": "EPSG:32618"}
    codec = {"compress": "deflate", "predictor": 2, "tiled": True, "blockxsize": 512, "blockysize": 512}
    facts = {"driver": "GTiff", "height": side, "width": side, "count": 1, "dtype": "uint16", "num_threads": 2}
    return {**facts, **codec, **place, "bigtiff": "IF_SAFER"}


def windows(side: int) -> list[Window]:
    """Blocks of whole tiles."""
    starts = range(0, side, BLOCK)
    return [Window(left, top, min(BLOCK, side - left), min(BLOCK, side - top)) for top in starts for left in starts]


@lru_cache(maxsize=2)
def fields(side: int) -> Path:
    """200 polygons of 24 corners that cover a third of the scene."""
    rng, path = np.random.default_rng(1), Path(folder().name, f"fields{side}.geojson")
    features = []
    for center in rng.uniform(0.03, 0.97, (200, 2)) * side:
        angles, far = np.sort(rng.uniform(0, 2 * np.pi, 24)), rng.uniform(0.015, 0.05) * side
        reach = far * rng.uniform(0.6, 1, 24)
        points = center + np.stack([reach * np.cos(angles), reach * np.sin(angles)], axis=1)
        ring = np.vstack([points, points[:1]]) * (10, -10) + (500000, 4100000)
        geometry = {"type": "Polygon", "coordinates": [ring.tolist()]}
        features.append({"type": "Feature", "properties": {}, "geometry": geometry})
    crs = {"type": "name", "properties": {"name": "EPSG:32618"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, "crs": crs}))
    return path


def by_hand(source: Path, polygons: Path, out: Path) -> tuple[int, float]:
    """What a rasterio user writes: block by block, rasterised, masked, summed up and written."""
    geometries = [feature["geometry"] for feature in json.loads(polygons.read_text())["features"]]
    count = total = 0
    with THREADS, rasterio.open(source) as dataset, rasterio.open(out, "w", **profile(dataset.width)) as target:
        for window in windows(dataset.width):
            pixels, place = dataset.read(1, window=window), dataset.window_transform(window)
            inside = rasterize(geometries, pixels.shape, transform=place, dtype="uint8").view(bool)
            chosen = pixels[inside]
            count, total = count + chosen.size, total + int(chosen.sum(dtype=np.int64))
            target.write(np.where(inside, pixels, 0), 1, window=window)
    return count, total / count


def recoded(source: Path, out: Path) -> None:
    """Reading and writing alone."""
    with THREADS, rasterio.open(source) as dataset, rasterio.open(out, "w", **profile(dataset.width)) as target:
        for window in windows(dataset.width):
            target.write(dataset.read(1, window=window), 1, window=window)


def ours(source: Path, polygons: Path, out: Path) -> tuple[int, float]:
    """The same in one call."""
    (found,) = rm.run(source, STEPS, out, mask=polygons, mask_kind="binary").answers
    return found.count, found.mean


def same(ours: tuple[int, float], theirs: tuple[int, float]) -> None:
    """Both count the same pixels."""
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    pixels = [rasterio.open(Path(folder().name, name)).read(1, window=Window(0, 0, 4096, 4096)) for name in OUTPUTS]
    assert np.array_equal(*pixels), "the files differ"


OUTPUTS = ("ours.tif", "theirs.tif")


@case("11a by hand", f"mask by 200 polygons + statistics, uint16 deflate GeoTIFF of {SIDE:,}²", 0.7, True)
@case("11a read + write", "the same beside reading and writing alone with the same codec", 1.0, False)
def masked(hand: bool) -> Race:
    """Beside a loop over blocks in rasterio, on GDAL's two threads."""
    source, polygons = scene(SIDE), fields(SIDE)
    first, second = (Path(folder().name, name) for name in OUTPUTS)
    call: Call = lambda: ours(source, polygons, first)  # noqa: E731
    if hand:
        return Race(call, {"rasterio, block by block": lambda: by_hand(source, polygons, second)}, same)
    name = "rasterio, read + write"
    return Race(call, {name: lambda: recoded(source, second)}, other_answers=frozenset({name}))


@case("11b", f"its peak memory, a process of its own, {SIDE:,}²", 400, 1, unit="MB")
@case("11b × 4", f"the same of a scene four times as large, {2 * SIDE:,}²", 400, 2, unit="MB")
def memory(times: int) -> Race:
    """What Linux says of the process at its end."""
    source, polygons, out = scene(times * SIDE), fields(times * SIDE), Path(folder().name, OUTPUTS[0])
    command = [sys.executable, "-c", PEAK.format(steps=STEPS), source, out, polygons]

    def peak() -> float:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
        return int(done.stdout) / 1024

    return Race(peak, {})

"""Group 3: statistics of many labels, and of many polygons, at once."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

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


@case("3d small", "zonal over 2,000 small polygons, exact coverage, GeoTIFF of 16 Mpx uint16", 0.2, 5, 18)
@case("3d large", "zonal over 2,000 large polygons, exact coverage, GeoTIFF of 16 Mpx uint16", 0.2, 60, 200)
def polygons(least: float, most: float) -> Race:
    """Ours from a GeoPackage; exactextract has the features in memory already."""
    from exactextract import exact_extract

    folder = TemporaryDirectory()
    raster, zones, features = _files(Path(folder.name), least, most)
    operations = ["count", "mean", "stdev", "min", "max"]

    def check(ours, theirs) -> None:
        for name, other in zip(("weight", "mean", "std", "min", "max"), operations, strict=True):
            np.testing.assert_allclose(ours[name], theirs[other].astype(float), rtol=1e-5, err_msg=name)

    return Race(
        lambda: rm.zonal(rm.Raster(raster), zones),
        {"exactextract": lambda: exact_extract(str(raster), features, operations, output="pandas")},
        check,
        close=folder.cleanup,
    )


def _files(folder: Path, least: float, most: float) -> tuple[Path, Path, list]:
    """A tiled GeoTIFF, and polygons in pixels of some radius over it: as a GeoPackage and as features."""
    import rasterio
    import shapely
    from pyogrio import raw

    image, place = inputs.image("uint16"), rasterio.Affine(10, 0, 500_000, 0, -10, 4_600_000)
    facts = dict(driver="GTiff", height=inputs.SIDE, width=inputs.SIDE, count=1, dtype="uint16", crs="EPSG:32633")
    with rasterio.open(folder / "scene.tif", "w", transform=place, tiled=True, **facts) as file:
        file.write(image, 1)
    found = [shapely.Polygon(ring * (10, -10) + (500_000, 4_600_000)) for ring in inputs.rings(2_000, least, most)]
    raw.write(
        folder / "zones.gpkg", shapely.to_wkb(np.array(found, object)), [np.arange(len(found))], ["id"],
        crs="EPSG:32633", geometry_type="Polygon",
    )  # fmt: skip
    features = [{"type": "Feature", "properties": {}, "geometry": shape.__geo_interface__} for shape in found]
    return folder / "scene.tif", folder / "zones.gpkg", features

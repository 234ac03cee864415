"""GeoPackage, Shapefile and FlatGeobuf."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm

pyogrio = pytest.importorskip("pyogrio")
shapely = pytest.importorskip("shapely")

UTM = rm.Frame(40, 60, (10, 0, 500000, 0, -10, 4100000), "EPSG:32618")


def masks(frame: rm.Frame) -> list[rm.Mask]:
    labels = np.zeros(frame.shape, int)
    labels[3:20, 5:30], labels[8:12, 10:14], labels[30:35, 20:50], labels[30:40, 0:5] = 2, 0, 7, 2
    named = rm.Mask(labels, "labels", frame, {2: "wheat", 7: "Mais äöü"})
    return [named, rm.Mask(labels > 0, frame=frame), rm.Mask(labels > 99, frame=frame)]


@pytest.mark.parametrize(
    "frame", [UTM, rm.Frame(40, 60), rm.Frame(40, 60, UTM.transform)], ids=["UTM", "plain", "no CRS"]
)
@pytest.mark.filterwarnings("error")
def test_nothing_is_lost(tmp_path, frame):
    for mask in masks(frame):
        mask.save(tmp_path / "a.gpkg")
        again = rm.read_mask(tmp_path / "a.gpkg", frame)
        assert again == mask and dict(again.names) == dict(mask.names)


@pytest.mark.parametrize("suffix", [".shp", ".fgb", ".gpkg"])
def test_files_of_others(tmp_path, suffix):
    shapes = shapely.to_wkb(
        np.array([shapely.box(500050, 4099850, 500250, 4099950), shapely.box(500300, 4099800, 500400, 4099950)])
    )
    columns = [np.array(["rye", None], object), np.array([1.5, np.nan])]
    path = tmp_path / f"a{suffix}"
    pyogrio.raw.write(
        path, shapes, columns, ["Name", "x"], geometry_type="Polygon", crs="EPSG:32618", SPATIAL_INDEX="NO"
    )
    mask = rm.read_mask(path, UTM)
    assert mask[1] == rm.rectangle(UTM, 5, 5, 10, 20) and mask[2].area == 150
    assert dict(mask.names) == {1: "rye"}
    with pytest.raises(rm.ReadError, match=r"is in EPSG:32618, the frame 40 × 60 has no place"):
        rm.read_mask(path, (40, 60))
    with pytest.raises(rm.ReadError, match="give frame="):
        rm.read_mask(path)


def test_what_cannot_be_written_or_read(tmp_path):
    with pytest.raises(rm.WriteError, match=r"a\.shp cannot be written as a mask: \.shp is only read"):
        masks(UTM)[0].save(tmp_path / "a.shp")
    with pytest.raises(rm.WriteError, match="cannot hold weights"):
        rm.Mask(np.array([[0.5]])).save(tmp_path / "a.gpkg")
    (tmp_path / "b.gpkg").write_bytes(b"nothing")
    for name in ("b.gpkg", "c.shp"):
        with pytest.raises(rm.ReadError, match=rf"{name} cannot be read"):
            rm.read_mask(tmp_path / name, UTM)


def test_a_real_park(data):
    rasterio = pytest.importorskip("rasterio")
    features, warp = pytest.importorskip("rasterio.features"), pytest.importorskip("rasterio.warp")
    folder = data / "raster_zones_rmnp"
    with rasterio.open(folder / "rmnp-dem.tif") as source:
        shape, transform, crs = source.shape, source.transform, source.crs
    mask = rm.read_mask(folder / "rmnp.shp", rm.Frame(*shape, transform, crs))
    _, _, (shape_,), _ = pyogrio.raw.read(folder / "rmnp.shp")
    geometry = warp.transform_geom("EPSG:4326", crs, shapely.from_wkb(shape_).__geo_interface__)
    theirs = features.geometry_mask([geometry], shape, transform, invert=True)
    assert mask.area > 1000 and np.count_nonzero((np.asarray(mask) > 0) != theirs) == 0
    with pytest.raises(rm.ReadError, match="a Point has no area"):
        rm.read_mask(folder / "colorado-glaciers.geojson", mask.frame)

"""TIFF and GeoTIFF: windows, layouts, nodata, internal masks, virtual rasters."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import tifffile

import roimask as rm
from roimask.raster.drivers import tiff
from roimask.raster.drivers.source import Options

RNG = np.random.default_rng(5)
GEO = {"transform": rasterio.Affine(10, 0, 500000, 0, -10, 4100000), "crs": "EPSG:32618"}


def dataset_mask(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.dataset_mask() != 0


def band_masks(path: Path, bands: int) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return np.moveaxis(dataset.read_masks(list(range(1, bands + 1))), 0, -1) != 0


def all_rasters(data: Path) -> list[Path]:
    folders = ("raster_nodata", "raster_landsat8_qa_newyork", "raster_landsat7_roi_northcarolina", "raster_zones_rmnp")
    return [path for folder in folders for path in sorted((data / folder).iterdir()) if path.suffix.lower() == ".tif"]


def test_pixels_and_validity_equal_rasterio(data: Path) -> None:
    for path in all_rasters(data):
        raster = rm.Raster(path)
        with rasterio.open(path) as dataset:
            pixels = np.moveaxis(dataset.read(), 0, -1)
        assert np.array_equal(np.atleast_3d(raster.read(alpha=True)), pixels, equal_nan=pixels.dtype.kind == "f"), path
        valid = raster.validity()
        expected = band_masks(path, raster.count)
        if valid is None:
            assert expected.all(), path
        else:
            per_band = valid if valid.ndim == 3 else np.repeat(valid[..., np.newaxis], raster.count, axis=2)
            assert np.array_equal(per_band, expected), path
        assert np.array_equal(np.asarray(raster.valid()), dataset_mask(path)), path
        assert raster.valid().frame == raster.frame


def test_a_window_of_the_valid_mask(data: Path) -> None:
    raster = rm.Raster(data / "raster_nodata" / "shade.tif")
    window = (100, 50, 700, 900)
    outside = np.asarray(raster.valid()).copy()
    outside[100:700, 50:900] = False
    assert np.array_equal(np.asarray(raster.valid(window)), np.asarray(raster.valid()) & ~outside)


def test_georeference_read_by_hand_equals_rasterio(data: Path) -> None:
    options = Options(memory_limit=1 << 32)
    compared = 0
    for path in all_rasters(data):
        expected, by_hand = rm.Raster(path), tiff.TiffSource(str(path), path.name, options)
        if by_hand.header.metadata.crs and expected.frame.crs and expected.frame.crs.startswith("EPSG"):
            assert by_hand.header.frame.fits(expected.frame), path
            compared += 1
        assert np.array_equal(by_hand.pixels(by_hand.header.frame.window), expected.read(alpha=True), equal_nan=True)
        assert by_hand.header.count == expected.count and by_hand.header.alpha == expected.alpha, path
    assert compared > 5


LAYOUTS = {
    "strips": {},
    "tiles": {"tile": (32, 48)},
    "planes": {"planarconfig": "separate"},
    "planes of tiles": {"planarconfig": "separate", "tile": (16, 16)},
    "deflate": {"compression": "adobe_deflate", "predictor": 2, "rowsperstrip": 7},
    "lzw tiles": {"compression": "lzw", "tile": (64, 32)},
    "zstd": {"compression": "zstd", "rowsperstrip": 10},
    "big endian": {"byteorder": ">"},
    "bigtiff": {"bigtiff": True, "tile": (16, 32)},
}


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "uint32", "float64"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_by_windows(tmp_path: Path, layout: str, dtype: str) -> None:
    image = (RNG.random((75, 101, 3)) * 200).astype(dtype)
    settings = dict(LAYOUTS[layout])
    planar = settings.get("planarconfig") == "separate"
    if np.dtype(dtype).kind == "f":
        settings.pop("predictor", None)
    stored = np.moveaxis(image, -1, 0) if planar else image
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", metadata=None, **settings)
    with rm.Raster(tmp_path / "a.tif") as raster:
        assert raster.dtype == dtype and raster.count == 3
        assert np.array_equal(raster.read(), image)
        for top, left, bottom, right in [(0, 0, 1, 1), (31, 47, 33, 50), (70, 90, 75, 101), (5, 0, 60, 101)]:
            part = raster.read((top, left, bottom, right))
            assert part.dtype.isnative and part.flags.c_contiguous
            assert np.array_equal(part, image[top:bottom, left:right])


def test_a_window_reads_only_its_tiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((256, 256), np.uint8), tile=(64, 64), metadata=None)
    read = []
    monkeypatch.setattr(tiff, "_stored_bytes", lambda page, index: read.append(index))
    rm.Raster(tmp_path / "a.tif").read((60, 70, 130, 80))
    assert sorted(read) == [1, 5, 9]


def test_many_bands_and_few_bits(tmp_path: Path) -> None:
    bands = RNG.integers(0, 60000, (20, 30, 7), np.uint16)
    rm.write(tmp_path / "bands.tif", bands)
    assert np.array_equal(rm.read(tmp_path / "bands.tif"), bands) and rm.Raster(tmp_path / "bands.tif").count == 7
    tifffile.imwrite(tmp_path / "bits.tif", RNG.random((20, 30)) > 0.5, photometric="minisblack")
    assert set(np.unique(rm.read(tmp_path / "bits.tif"))) == {0, 255}
    channels = RNG.integers(0, 255, (3, 20, 30), np.uint8)
    tifffile.imwrite(tmp_path / "imagej.tif", channels, imagej=True, metadata={"axes": "CYX"})
    assert np.array_equal(rm.read(tmp_path / "imagej.tif"), np.moveaxis(channels, 0, -1))


def test_palette(tmp_path: Path) -> None:
    indices = RNG.integers(0, 3, (8, 9), np.uint8)
    colors = np.zeros((3, 256), np.uint16)
    colors[:, 1], colors[:, 2] = (0xFFFF, 0, 0), (0, 0xFFFF, 0x8000)
    tifffile.imwrite(tmp_path / "p.tif", indices, photometric="palette", colormap=colors)
    assert np.array_equal(rm.read(tmp_path / "p.tif"), (colors.T >> 8)[indices])
    assert np.array_equal(rm.Raster(tmp_path / "p.tif", indexed=True).read(), indices)


@pytest.mark.parametrize("geo", [{}, GEO], ids=["plain", "georeferenced"])
def test_internal_mask(tmp_path: Path, geo: dict) -> None:
    image = RNG.integers(1, 255, (2, 40, 50), np.uint8)
    mask = np.zeros((40, 50), np.uint8)
    mask[3:20, 7:30] = 255
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(
            tmp_path / "m.tif", "w", driver="GTiff", width=50, height=40, count=2, dtype="uint8", **geo
        ) as out,
    ):
        out.write(image)
        out.write_mask(mask)
    raster = rm.Raster(tmp_path / "m.tif")
    assert np.array_equal(raster.validity(), mask > 0)
    assert np.array_equal(raster.validity((0, 5, 10, 45)), mask[:10, 5:45] > 0)
    assert raster.valid().area == 17 * 23


def test_nan_takes_no_part_and_bands_differ(tmp_path: Path) -> None:
    image = RNG.random((6, 5, 2)).astype(np.float32)
    image[0, 0, 0] = np.nan
    image[1, 1] = np.nan
    image[2, 2] = -9999
    rm.write(tmp_path / "f.tif", image, nodata=-9999)
    raster = rm.Raster(tmp_path / "f.tif")
    expected = ~np.isnan(image) & (image != -9999)
    assert raster.nodata == -9999 and np.array_equal(raster.validity(), expected)
    assert np.array_equal(np.asarray(raster.valid()), expected.any(axis=2))
    assert raster.validity((3, 0, 6, 5)) is None


def test_nodata_written_with_few_digits(tmp_path: Path) -> None:
    image = np.array([[1, -3.4028235e38]], np.float32)
    tifffile.imwrite(tmp_path / "n.tif", image, extratags=[(42113, 2, 0, "-3.40282e+38", True)])
    assert rm.valid(tmp_path / "n.tif").area == 2  # -3.40282e38 is another number, 50 digits' places away
    tifffile.imwrite(tmp_path / "n.tif", image, extratags=[(42113, 2, 0, "-3.4028235e+38", True)])
    assert rm.valid(tmp_path / "n.tif").area == 1


def test_nodata_that_no_pixel_can_have(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "n.tif", np.zeros((2, 2), np.uint8), extratags=[(42113, 2, 0, "-9999", True)])
    assert rm.Raster(tmp_path / "n.tif").validity() is None


def test_virtual_rasters_stay_in_their_folder(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    for folder in (inside, outside):
        rm.write(
            folder / "a.tif",
            np.full((4, 4), 7, np.uint8),
            frame=rm.Frame(4, 4, tuple(GEO["transform"])[:6], GEO["crs"]),
        )
    text = """<VRTDataset rasterXSize="4" rasterYSize="4"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>
    <SourceFilename relativeToVRT="1">{}</SourceFilename><SourceBand>1</SourceBand>
    </SimpleSource></VRTRasterBand></VRTDataset>"""
    (inside / "good.vrt").write_text(text.format("a.tif"))
    assert (rm.read(inside / "good.vrt") == 7).all()
    for name, source in {
        "up": "../out/a.tif",
        "root": str(outside / "a.tif"),
        "net": "/vsicurl/http://host/a.tif",
        "part": f"GTIFF_DIR:1:{outside / 'a.tif'}",
    }.items():
        (inside / f"{name}.vrt").write_text(text.format(source))
        with pytest.raises(rm.ReadError, match=r"outside|remote"):
            rm.read(inside / f"{name}.vrt")


def test_without_rasterio_geotiff_is_read_by_hand(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = data / "raster_nodata" / "RGB.byte.tif"
    with_gdal = rm.Raster(path)
    monkeypatch.setattr("roimask.raster.drivers.find_spec", lambda name: None)
    without = rm.Raster(path)
    assert without.format == "TIFF" and with_gdal.format == "GeoTIFF"
    assert without.frame.fits(with_gdal.frame) and without.nodata == with_gdal.nodata == 0
    assert without.valid() == with_gdal.valid() or np.array_equal(without.validity(), with_gdal.validity())
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(rm.MissingExtra, match=r"roimask\[geo\]"):
        rm.write("out.tif", with_gdal.read(), like=without)


def test_without_imagecodecs_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tifffile.imwrite(tmp_path / "l.tif", np.zeros((8, 8), np.uint8), compression="lzw")
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    with pytest.raises(rm.MissingExtra, match=r"roimask\[formats\]"):
        rm.read(tmp_path / "l.tif")

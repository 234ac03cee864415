"""The pixels that hold no data, against what GDAL says of the same files."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm

FILES = (
    "RGB.byte.tif", "RGBA.uint16.tif", "float_nan.tif", "float_raster_with_nodata.tif", "rotated.tif", "shade.tif",
    "world.rgb.tif",
)  # fmt: skip


@pytest.fixture
def opened(data):
    rasterio = pytest.importorskip("rasterio")
    return lambda name: rasterio.open(data / "raster_nodata" / name)


@pytest.mark.parametrize("name", FILES)
def test_of_a_raster_it_is_where_no_band_holds_data(name, data, opened):
    with opened(name) as dataset:
        anywhere = dataset.dataset_mask() > 0
    found = rm.nodata(rm.Raster(data / "raster_nodata" / name))
    assert np.array_equal(np.asarray(found), ~anywhere)
    assert ~found == rm.valid(data / "raster_nodata" / name)


@pytest.mark.parametrize("name", ["RGB.byte.tif", "float_nan.tif", "float_raster_with_nodata.tif", "shade.tif"])
def test_of_an_array_the_value_is_given(name, data, opened):
    with opened(name) as dataset:
        bands, value = dataset.read_masks() > 0, dataset.nodata
    image = rm.read(data / "raster_nodata" / name)
    assert np.array_equal(np.asarray(rm.nodata(image, value)), ~bands.any(axis=0))
    for band in range(len(bands)):
        one = image if image.ndim == 2 else image[..., band]
        assert np.array_equal(np.asarray(rm.nodata(one, value)), ~bands[band])


def test_a_value_beside_what_the_file_says(tmp_path):
    rm.write(tmp_path / "a.tif", np.array([[0, 7, 9]], np.uint8), nodata=0)
    assert np.asarray(rm.nodata(rm.Raster(tmp_path / "a.tif"), 9)).tolist() == [[True, False, True]]
    assert rm.nodata(rm.Raster(tmp_path / "a.tif", ignore_nodata=True)).area == 0

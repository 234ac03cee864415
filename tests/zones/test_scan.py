"""One pass: blocks of any size, each read once, none that no zone touches, and nothing kept longer than needed."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest
import rasterio
import shapely

import roimask as rm
from roimask.frame import Window
from roimask.sources import ArraySource
from roimask.zones import scan, values
from tests.zones import reference

SHAPE = (83, 131)
TILES = [(7, 9), (16, 16), (64, 32), (83, 131), (512, 2048)]


class Recorder(ArraySource):
    """An image that notes which windows are read."""

    def __init__(self, array):
        super().__init__(array)
        self.read_windows = []

    def read_valid(self, window):
        self.read_windows.append(window)
        return super().read_valid(window)


@pytest.fixture
def tiles(monkeypatch):
    """Say how large the blocks are that are read at a time."""
    return lambda tile: monkeypatch.setattr(scan, "TILE", tile)


def image_of(dtype):
    return np.random.default_rng(1).integers(0, 60000, SHAPE).astype(dtype)


@pytest.mark.parametrize("rule", ["exact", "centre", "touched"])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_blocks_equal_the_whole(tiles, rule, dtype):
    image, zones = image_of(dtype), reference.polygons(60, SHAPE, 2)
    weight = np.random.default_rng(3).random(SHAPE) < 0.9
    tables = []
    for tile in TILES:
        tiles(tile)
        tables.append(rm.zonal(image, zones, weight, rule=rule, quantiles=[0.25, 0.5]))
    for table in tables[:-1]:
        for name in table:
            same = table[name].dtype.kind == "i" or name in ("min", "max")
            np.testing.assert_allclose(table[name], tables[-1][name], rtol=0 if same else 1e-9, err_msg=name)


@pytest.mark.parametrize("tile", TILES)
def test_classes_and_labels_by_blocks(tiles, tile):
    image, labels = image_of("uint16") // 6000, np.random.default_rng(4).integers(0, 5, SHAPE)
    whole, sums = rm.zonal(image, labels, classes=True), rm.zonal(image, labels)
    tiles(tile)
    np.testing.assert_allclose(rm.zonal(image, labels, classes=True).to_numpy(), whole.to_numpy())
    np.testing.assert_allclose(rm.zonal(image, labels).to_numpy(), sums.to_numpy())


def test_threads_change_nothing(tiles):
    tiles((16, 32))
    image, zones = image_of("float32"), reference.polygons(40, SHAPE, 5)
    answers = []
    try:
        for count in (1, 2):
            rm.set_threads(count)
            answers.append(rm.zonal(image, zones, quantiles=[0.5]))
    finally:
        rm.set_threads(None)
    assert answers[0].equals(answers[1])


def test_no_pixel_is_read_twice_and_none_for_nothing(tiles):
    tiles((16, 32))
    zones = reference.polygons(80, SHAPE, 6)
    source = Recorder(image_of("uint8"))
    rm.zonal(source, zones)
    seen = np.zeros(SHAPE, int)
    for window in source.read_windows:
        seen[window.slices] += 1
    assert seen.max() == 1
    covered = np.sum([reference.weights(zone, SHAPE, "touched") for zone in zones[:5]], axis=0)
    few = Recorder(image_of("uint8"))
    rm.zonal(few, zones[:5])
    touched = np.zeros(SHAPE, bool)
    for window in few.read_windows:
        assert covered[window.slices].any()
        touched[window.slices] = True
    assert touched[covered > 0].all()


def test_what_the_mask_leaves_out_is_not_read(tiles):
    tiles((16, 32))
    source, mask = Recorder(image_of("uint8")), np.zeros(SHAPE, bool)
    mask[:5, :5] = True
    rm.zonal(source, [shapely.box(0, 0, SHAPE[1], SHAPE[0])], mask)
    assert source.read_windows == [Window(0, 0, 16, 32)]


def test_values_are_released_when_the_scan_has_passed(tiles, monkeypatch):
    """Of many small zones one below the other, no more values are kept than two strips hold."""
    tiles((8, 200))
    kept, release = [], values.Values.release

    def watched(self, passed):
        release(self, passed)
        kept.append(sum(chunk.values.size for chunk in self._open))

    monkeypatch.setattr(values.Values, "release", watched)
    zones = [shapely.box(1, top, 40, top + 3) for top in range(0, 80, 4)]
    table = rm.zonal(image_of("float32"), [*zones, shapely.box(50, 0, 52, 83)], rule="centre", quantiles=[0.5])
    assert table["count"].tolist() == [117] * 20 + [166]
    assert max(kept) <= 117 + 166 and kept[-1] == 0


# -- files -----------------------------------------------------------------------------------------------------------


def scene(path, side=1024, dtype="uint16", **facts):
    facts = {"tiled": True, "blockxsize": 256, "blockysize": 256, "count": 1, **facts}
    place = rasterio.Affine(10, 0, 500_000, 0, -10, 4_600_000)
    with rasterio.open(path, "w", "GTiff", side, side, dtype=dtype, crs="EPSG:32633", transform=place, **facts) as file:
        if np.dtype(dtype).kind != "c":
            rows = np.arange(side, dtype=dtype)[:, None] + np.arange(side, dtype=dtype)
            file.write(np.stack([rows + band for band in range(facts["count"])]).astype(dtype))
    return path


def box(left, top, right, bottom):
    return shapely.box(500_000 + 10 * left, 4_600_000 - 10 * bottom, 500_000 + 10 * right, 4_600_000 - 10 * top)


@pytest.mark.parametrize(
    ("facts", "tile"),
    [
        ({"tiled": True, "blockxsize": 256, "blockysize": 256}, (512, 2048)),
        ({"tiled": True, "blockxsize": 384, "blockysize": 384}, (768, 2304)),
        ({"tiled": False, "blockysize": 5}, (350, 3000)),
        ({"tiled": True, "blockxsize": 256, "blockysize": 256, "count": 100}, (512, 512)),
    ],
)
def test_whole_blocks_of_the_file_are_read(tmp_path, facts, tile):
    path, place = tmp_path / "wide.tif", rasterio.Affine(10, 0, 500_000, 0, -10, 4_600_000)
    facts = {"count": 1, "dtype": "uint8", "sparse_ok": True, **facts}
    rasterio.open(path, "w", "GTiff", 3000, 700, crs="EPSG:32633", transform=place, **facts).close()
    assert scan.Scan(rm.Raster(path), None).tile == tile


def test_nodata_is_honoured_band_by_band(tmp_path):
    scene(tmp_path / "scene.tif", 64, "int16", count=2, nodata=3, blockxsize=16, blockysize=16)
    raster, zones = rm.Raster(tmp_path / "scene.tif"), [box(0, 0, 10, 10)]
    pixels = raster.read()
    row = rm.zonal(raster, zones).iloc[0]
    for band in (1, 2):
        good = pixels[:10, :10, band - 1] != 3
        assert row[f"count_{band}"] == good.sum() and row[f"mean_{band}"] == pixels[:10, :10, band - 1][good].mean()
    assert rm.zonal(rm.Raster(tmp_path / "scene.tif", ignore_nodata=True), zones)["count_1"].item() == 100


def test_a_corrupt_block_is_named(tmp_path):
    path = scene(tmp_path / "scene.tif", compress="deflate")
    content = bytearray(path.read_bytes())
    with rasterio.open(path) as file:
        offset = int(file.get_tag_item("BLOCK_OFFSET_2_1", "TIFF", bidx=1))
    content[offset : offset + 40] = bytes(40)
    path.write_bytes(content)
    assert rm.zonal(rm.Raster(path), [box(0, 0, 256, 256)])["count"].item() == 65536
    with pytest.raises(rm.ReadError, match=r"scene\.tif .*in rows 300 to 400, columns 512 to 612"):
        rm.zonal(rm.Raster(path), [box(512, 300, 612, 400)])


def test_complex_rasters_and_those_without_bands_are_refused(tmp_path):
    path = scene(tmp_path / "complex.tif", dtype="complex64")
    with pytest.raises(rm.RoimaskError, match="complex64"):
        rm.zonal(rm.Raster(path), [box(0, 0, 9, 9)])
    (tmp_path / "none.vrt").write_text('<VRTDataset rasterXSize="9" rasterYSize="9"></VRTDataset>')
    with pytest.raises(rm.RoimaskError, match=r"no(ne\.vrt| band)"):
        rm.zonal(rm.Raster(tmp_path / "none.vrt"), [box(0, 0, 9, 9)])
    with pytest.raises(rm.ParameterError, match="no band"):
        rm.zonal(np.zeros((9, 9, 0), np.uint8), [shapely.box(0, 0, 9, 9)])


@pytest.mark.parametrize("dtype", ["uint32", "bool"])
def test_other_numbers(tmp_path, dtype):
    if dtype == "bool":
        assert rm.zonal(np.eye(9, dtype=bool), [shapely.box(0, 0, 9, 9)])["mean"].item() == 1 / 9
        return
    path = scene(tmp_path / "scene.tif", 32, dtype, blockxsize=16, blockysize=16)
    pixels = rm.read(path)
    assert rm.zonal(rm.Raster(path), [box(0, 0, 32, 32)])["mean"].item() == pixels.mean()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is read from /proc")
def test_memory_does_not_grow_with_the_raster(tmp_path):
    """The same zones on four times as many pixels, in a process of its own, with quantiles: the same peak."""
    code = r"""
        import re, sys
        import numpy as np, shapely
        import roimask as rm
        raster = rm.Raster(sys.argv[1])
        corners = np.stack(np.meshgrid(np.arange(40), np.arange(40)), -1).reshape(-1, 2) * raster.frame.width / 4
        left, up = 500_000 + corners[:, 0], 4_600_000 - corners[:, 1]
        table = rm.zonal(raster, shapely.box(left, up - 605, left + 605, up), quantiles=[0.5])
        assert np.allclose(table["weight"], 60.5**2)
        print(int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) >> 10)
    """
    peaks = []
    facts = {"tiled": True, "blockxsize": 512, "blockysize": 512, "sparse_ok": True}
    place = rasterio.Affine(10, 0, 500_000, 0, -10, 4_600_000)
    for side in (4096, 8192):
        path = tmp_path / f"{side}.tif"
        rasterio.open(path, "w", "GTiff", side, side, 1, "EPSG:32633", place, "uint16", **facts).close()
        command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout.splitlines()[-1]))
    assert peaks[0] < 400 and peaks[1] < peaks[0] + 50, peaks

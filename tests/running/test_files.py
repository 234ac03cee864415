"""What a run keeps of its input, what it refuses, and what it does where the input is damaged."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import rasterio
import tifffile
from rasterio.enums import ColorInterp

import roimask as rm
from roimask.errors import LimitError, ParameterError, ReadError, WriteError
from tests.running.conftest import noise, pixels

INVERT = [{"op": "invert"}]


def left_half(path: Path) -> rm.Mask:
    frame = rm.Raster(path).frame
    return rm.rectangle(frame, 0, 0, frame.height, frame.width // 2)


def test_everything_is_kept(make, tmp_path: Path) -> None:
    scene = make(noise((200, 220, 2)), nodata=7, predictor=2)
    with rasterio.open(scene, "r+") as dataset:
        dataset.update_tags(sensor="OLI")
        dataset.descriptions = ("red", "nir")
        dataset.scales, dataset.offsets, dataset.units = (0.1, 0.2), (5.0, 0.0), ("K", "m")
        dataset.build_overviews([2, 4])
    rm.run(scene, [{"op": "gaussian", "sigma": 1}], tmp_path / "out.tif", mask=left_half(scene), block=64)
    with rasterio.open(scene) as before, rasterio.open(tmp_path / "out.tif") as after:
        for fact in ("crs", "transform", "nodata", "dtypes", "descriptions", "scales", "offsets", "units"):
            assert getattr(before, fact) == getattr(after, fact), fact
        for fact in ("compression", "interleaving", "block_shapes", "colorinterp"):
            assert getattr(before, fact) == getattr(after, fact), fact
        assert before.overviews(1) == after.overviews(1) == [2, 4]
        assert after.tags()["sensor"] == "OLI"
        assert json.loads(after.tags()["ROIMASK_RECIPE"])["steps"] == [{"op": "gaussian", "sigma": 1}]


def test_a_colour_table_is_kept(make, tmp_path: Path) -> None:
    scene = make(noise((80, 90), np.uint8) % 4)
    with rasterio.open(scene, "r+") as dataset:
        dataset.write_colormap(1, {0: (0, 0, 0, 255), 1: (200, 10, 10, 255), 2: (10, 200, 10, 255)})
    rm.run(scene, [{"op": "mode", "size": 3}], tmp_path / "out.tif")
    with rasterio.open(scene) as before, rasterio.open(tmp_path / "out.tif") as after:
        assert before.colormap(1) == after.colormap(1) and after.colorinterp == (ColorInterp.palette,)


def test_alpha_is_carried_over(make, tmp_path: Path) -> None:
    image = noise((90, 100, 4), np.uint8)
    image[20:50, 20:50, 3] = 0
    scene = make(image, photometric="RGB", alpha="NON-PREMULTIPLIED")
    rm.run(scene, [{"op": "median", "size": 3}], tmp_path / "out.tif", block=64)
    found = pixels(tmp_path / "out.tif")
    assert np.array_equal(found[..., 3], image[..., 3])
    assert np.array_equal(found[..., :3], rm.median(rm.Raster(scene), size=3))
    assert np.array_equal(found[image[..., 3] == 0], image[image[..., 3] == 0])


def test_a_mask_of_its_own_is_carried_over(make, tmp_path: Path) -> None:
    scene, valid = make(noise((150, 170))), noise((150, 170), seed=3) > 130
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(scene, "r+") as dataset:
        dataset.write_mask(valid)
    rm.run(scene, [{"op": "box", "size": 3}], tmp_path / "out.tif", block=64)
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert np.array_equal(dataset.dataset_mask() != 0, valid)
    assert np.array_equal(pixels(tmp_path / "out.tif"), rm.box(pixels(scene), valid, size=3))
    assert len(list(tmp_path.iterdir())) == 2


def test_maps_are_floats_without_data_outside(make, tmp_path: Path) -> None:
    scene = make(noise((90, 100), np.int16), nodata=-1)
    mask = left_half(scene)
    rm.run(scene, [{"op": "local_std", "size": 5}], tmp_path / "out.tif", mask=mask, block=64)
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.dtypes == ("float32",) and np.isnan(dataset.nodata)
        assert np.array_equal(dataset.dataset_mask() != 0, np.asarray(mask))


def test_tiles_without_data_are_left_out(make, tmp_path: Path) -> None:
    scene = make(noise((256, 256)), nodata=0)
    mask = rm.rectangle(rm.Raster(scene).frame, 10, 10, 30, 30)
    rm.run(scene, [{"op": "extract"}], tmp_path / "out.tif", mask=mask, block=64)
    with tifffile.TiffFile(tmp_path / "out.tif") as tiff:
        counts = tiff.pages.first.databytecounts
    assert counts[0] > 0 and not any(counts[1:])
    assert np.array_equal(pixels(tmp_path / "out.tif"), rm.extract(pixels(scene), mask))


def test_only_what_the_mask_touches_is_decoded(make, tmp_path: Path, monkeypatch) -> None:
    scene = make(noise((256, 256)))
    asked = []
    read = rm.Raster.read_valid
    monkeypatch.setattr(rm.Raster, "read_valid", lambda self, window: asked.append(window) or read(self, window))
    mask = rm.rectangle(rm.Raster(scene).frame, 70, 80, 20, 10)
    rm.run(scene, [{"op": "extract"}, {"op": "gradient"}], tmp_path / "out.tif", mask=mask, block=64)
    touched = [window for window in asked if not window.empty]
    assert touched and all(w.meet((69, 79, 91, 91)) == w for w in touched)


@pytest.mark.parametrize("compress", ["deflate", "lzw", "zstd", "none"])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64"])
def test_codecs(compress: str, dtype: str, make, tmp_path: Path) -> None:
    image = noise((90, 100, 3), dtype)
    for interleave in ("pixel", "band"):
        rm.run(make(image, interleave=interleave), [{"op": "extract"}], tmp_path / "out.tif", compress=compress)
        assert np.array_equal(pixels(tmp_path / "out.tif"), image)
        assert np.array_equal(tifffile.imread(tmp_path / "out.tif").transpose(
            (1, 2, 0) if interleave == "band" else (0, 1, 2)), image)  # fmt: skip


def test_a_cog(make, tmp_path: Path) -> None:
    scene = make(noise((700, 800)))
    rm.run(scene, INVERT, tmp_path / "out.tif", cog=True)
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG" and dataset.overviews(1)
        assert "ROIMASK_RECIPE" in dataset.tags()
        assert np.array_equal(dataset.read(1), rm.invert(pixels(scene)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.tif", "scene.tif"]


def test_plain_pictures_can_be_run_too(tmp_path: Path) -> None:
    image = noise((90, 100, 3), np.uint8)
    rm.write(tmp_path / "photo.png", image)
    rm.run(tmp_path / "photo.png", INVERT, tmp_path / "out.tif", block=64)
    assert np.array_equal(pixels(tmp_path / "out.tif"), rm.invert(image))


def test_a_virtual_raster(make, tmp_path: Path) -> None:
    scene = make(noise((90, 100)))
    source = f'<SimpleSource><SourceFilename relativeToVRT="1">{scene.name}</SourceFilename></SimpleSource>'
    band = f'<VRTRasterBand dataType="UInt16" band="1">{source}</VRTRasterBand>'
    (tmp_path / "a.vrt").write_text(f'<VRTDataset rasterXSize="100" rasterYSize="90">{band}</VRTDataset>')
    rm.run(tmp_path / "a.vrt", INVERT, tmp_path / "out.tif", block=64)
    assert np.array_equal(pixels(tmp_path / "out.tif"), rm.invert(pixels(scene)))


def test_real_rasters(data: Path, tmp_path: Path) -> None:
    """Nodata 0, 255, -3.4e38 and NaN, alpha of 16 bit, strips, turned grids."""
    for path in sorted(data.glob("raster_*/*.tif")):
        raster = rm.Raster(path)
        rm.run(path, [{"op": "box", "size": 5}], tmp_path / "out.tif", block=64)
        found = np.atleast_3d(pixels(tmp_path / "out.tif"))[..., : raster.count]
        np.testing.assert_allclose(found, np.atleast_3d(rm.box(raster, size=5)), rtol=1e-5, err_msg=path.name)
        assert rm.valid(tmp_path / "out.tif") == raster.valid(), path.name


def test_jpeg_2000_with_a_place_in_the_world_is_read_by_windows(make, tmp_path: Path) -> None:
    from rasterio.shutil import copy

    scene = make(noise((300, 320)), nodata=0)
    copy(
        scene,
        tmp_path / "band.jp2",
        driver="JP2OpenJPEG",
        quality=100,
        reversible="YES",
        blockxsize=128,
        blockysize=128,
    )
    raster = rm.Raster(tmp_path / "band.jp2")
    assert raster.frame.fits(rm.Raster(scene).frame) and raster.layout().block == (128, 128)
    rm.run(tmp_path / "band.jp2", [{"op": "box", "size": 3}], tmp_path / "out.tif", block=128)
    assert np.array_equal(pixels(tmp_path / "out.tif"), rm.box(noise((300, 320)), size=3))


@pytest.mark.parametrize("profile", [{"crs": None}, {"transform": rasterio.Affine(7, 3, 0, 3, -7, 0)}])
def test_without_crs_and_turned(profile, make, tmp_path: Path) -> None:
    scene = make(noise((90, 100)), **profile)
    rm.run(scene, [{"op": "box", "size": 3}], tmp_path / "out.tif", mask=left_half(scene), block=64)
    with rasterio.open(scene) as before, rasterio.open(tmp_path / "out.tif") as after:
        assert (before.crs, before.transform) == (after.crs, after.transform)
    assert np.array_equal(pixels(tmp_path / "out.tif"), rm.box(rm.Raster(scene), left_half(scene), size=3))


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([], "one step or more"),
        ({"op": "invert"}, "steps are a list"),
        ([{"sigma": 2}], "step 1 is a dict that names its operation"),
        ([{"op": "gausian", "sigma": 2}], "did you mean 'gaussian'"),
        ([{"op": "invert"}, {"op": "gaussian", "sgima": 2}], "step 2: gaussian: the parameter 'sgima'"),
        ([{"op": "gaussian"}], "sigma is missing"),
        ([{"op": "resize", "shape": (3, 3)}], "resize answers an image on another grid"),
        ([{"op": "threshold", "above": 3}], "threshold answers a mask"),
        ([{"op": "extract", "crop": True}], "crop=True makes another grid"),
        ([{"op": "gaussian", "sigma": 1, "out": 3}], "out is an array in memory"),
        ([{"op": "stretch", "per_region": True}], "per_region=True cannot go by blocks"),
        ([{"op": "gaussian", "sigma": 1, "per_region": True}], "needs a mask with regions"),
        ([{"op": "extract", "fill": -1}], "fill is a value that uint16 can hold"),
    ],
)
def test_steps_that_cannot_be(steps, says: str, make, tmp_path: Path) -> None:
    scene = make(noise((40, 50)))
    with pytest.raises(ParameterError, match=says):
        rm.run(scene, steps, tmp_path / "out.tif")
    assert not (tmp_path / "out.tif").exists()


def test_outputs_that_cannot_be(make, tmp_path: Path) -> None:
    scene = make(noise((40, 50)))
    left_half(scene).save(tmp_path / "mask.tif")
    for out in (scene, tmp_path / "mask.tif"):
        before = out.read_bytes()
        with pytest.raises(WriteError, match="is read by the run itself"):
            rm.run(scene, INVERT, out, mask=f"~ {tmp_path / 'mask.tif'}")
        assert out.read_bytes() == before
    with pytest.raises(WriteError, match=r"give a name that ends in \.tif"):
        rm.run(scene, INVERT, tmp_path / "out.png")
    with pytest.raises(WriteError, match="No such file or directory"):
        rm.run(scene, INVERT, tmp_path / "nowhere" / "out.tif")
    with pytest.raises(ParameterError, match="out= is missing"):
        rm.run(scene, INVERT)


def test_a_method_of_the_whole_image_is_refused_beyond_the_limit(make, tmp_path: Path) -> None:
    scene = rm.Raster(make(noise((90, 100))), memory_limit=10_000)
    with pytest.raises(LimitError, match="fill looks at the whole image and cannot go by blocks.*Crop it first"):
        rm.run(scene, [{"op": "fill"}], tmp_path / "out.tif", block=64)
    with pytest.raises(LimitError, match=r"scene\.tif: 90 × 100 pixels.*block by block with rm\.run"):
        rm.box(scene, size=3)
    rm.run(scene, [{"op": "box", "size": 3}], tmp_path / "out.tif", block=48)


def test_complex_numbers_and_no_bands(make, tmp_path: Path) -> None:
    scene = make(noise((40, 50)).astype(np.complex64), predictor=1)
    with pytest.raises(ParameterError, match="got complex64"):
        rm.run(scene, INVERT, tmp_path / "out.tif")
    (tmp_path / "none.vrt").write_text('<VRTDataset rasterXSize="10" rasterYSize="10"></VRTDataset>')
    with pytest.raises(ReadError, match="none.vrt"):
        rm.run(tmp_path / "none.vrt", INVERT, tmp_path / "out.tif")


def test_a_full_disk(make, tmp_path: Path, monkeypatch) -> None:
    scene = make(noise((200, 220)))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("roimask.raster.drivers.tiled.file._write", full)
    with pytest.raises(WriteError, match=r"out\.tif cannot be written: No space left on device"):
        rm.run(scene, INVERT, tmp_path / "out.tif", block=64)
    assert [path.name for path in tmp_path.iterdir()] == ["scene.tif"]


# -- damaged files -------------------------------------------------------------------------------------------------


@pytest.fixture
def damaged(make) -> Path:
    """A scene of 4 × 4 tiles, one of which is noise: rows 64 to 128, columns 128 to 192."""
    scene = make(noise((256, 256)), nodata=0)
    with tifffile.TiffFile(scene) as tiff:
        page = tiff.pages.first
        place, size = page.dataoffsets[6], page.databytecounts[6]
    with open(scene, "r+b") as file:
        file.seek(place)
        file.write(b"\xff" * size)
    return scene


def test_a_damaged_tile_is_named(damaged: Path, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"scene\.tif .* in rows 64 to 128, columns 128 to 192; on_error='skip'"):
        rm.run(damaged, INVERT, tmp_path / "out.tif", block=128)
    assert not (tmp_path / "out.tif").exists()


def test_a_damaged_tile_is_skipped(damaged: Path, tmp_path: Path) -> None:
    steps = [{"op": "gaussian", "sigma": 2}, {"op": "statistics"}]
    result = rm.run(damaged, steps, tmp_path / "out.tif", block=128, on_error="skip")
    assert result.lost == [(64, 128, 128, 192)]
    image = noise((256, 256))
    image[64:128, 128:192] = 0
    expected = rm.gaussian(image, image > 0, sigma=2)
    assert np.array_equal(pixels(tmp_path / "out.tif"), expected)
    assert result.answers[0].count == (image > 0).sum()
    with pytest.raises(ParameterError, match="on_error"):
        rm.run(damaged, steps, tmp_path / "out.tif", on_error="ignore")


def test_what_the_mask_leaves_out_may_be_damaged(damaged: Path, tmp_path: Path) -> None:
    mask = rm.rectangle(rm.Raster(damaged).frame, 0, 0, 60, 250)
    rm.run(damaged, [{"op": "extract"}], tmp_path / "out.tif", mask=mask, block=64)
    assert np.array_equal(pixels(tmp_path / "out.tif"), rm.extract(noise((256, 256)), mask))


def test_virtual_paths_are_opened_only_if_that_is_allowed(make, tmp_path: Path) -> None:
    scene = make(noise((90, 100)))
    with ZipFile(tmp_path / "scenes.zip", "w") as file:
        file.write(scene, "scene.tif")
    path = f"/vsizip/{tmp_path / 'scenes.zip'}/scene.tif"
    with pytest.raises(ReadError, match="is a remote or virtual path"):
        rm.run(path, INVERT, tmp_path / "out.tif")
    rm.run(path, INVERT, tmp_path / "out.tif", block=64, allow_remote=True)
    assert np.array_equal(pixels(tmp_path / "out.tif"), rm.invert(pixels(scene)))

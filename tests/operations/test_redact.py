"""Redaction: what comes out is a function of coarse averages alone, and no file keeps a picture of what was there."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

import roimask as rm
from tests.cli.conftest import run

RNG = np.random.default_rng(11)
SHAPE = (64, 96)
MASK = rm.circle(SHAPE, (30, 40), 22)
INSIDE = np.asarray(MASK)


def shuffled_in_blocks(image: np.ndarray, side: int) -> np.ndarray:
    """Another picture whose pixels in the mask have the same sum in each block."""
    other = image.copy()
    for top in range(0, SHAPE[0], side):
        for left in range(0, SHAPE[1], side):
            part = slice(top, top + side), slice(left, left + side)
            other[part][INSIDE[part]] = RNG.permutation(image[part][INSIDE[part]])
    return other


@pytest.mark.parametrize("method", ["blur", "pixelate"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_only_sums_of_blocks_are_left(method, dtype):
    image = RNG.integers(0, 250, SHAPE).astype(dtype)
    other = shuffled_in_blocks(image, 16)
    assert (image != other)[INSIDE].mean() > 0.9
    found = rm.redact(image, MASK, method=method, size=16)
    assert np.array_equal(found, rm.redact(other, MASK, method=method, size=16))
    assert np.array_equal(found[~INSIDE], image[~INSIDE])


def test_pixelated_blocks_are_means_of_the_mask_alone():
    image = RNG.integers(0, 250, SHAPE).astype(np.uint8)
    found = rm.redact(image, MASK, method="pixelate", size=16)
    for top in range(0, SHAPE[0], 16):
        for left in range(0, SHAPE[1], 16):
            part = slice(top, top + 16), slice(left, left + 16)
            inside = INSIDE[part]
            if inside.sum() >= 32:
                assert (found[part][inside] == np.rint(image[part][inside].mean())).all()


def test_slivers_do_not_show():
    """A mask of few pixels a block shows none of them: they take a neighbour's mean, or the fill value."""
    image = RNG.integers(1, 250, SHAPE).astype(np.uint8)
    dots = np.zeros(SHAPE, bool)
    dots[::20, ::20] = True
    for method in ("blur", "pixelate"):
        assert (rm.redact(image, dots, method=method, fill=3)[dots] == 3).all()
    tail = INSIDE.copy()
    tail[30, :90] = True
    found = rm.redact(image, tail, method="pixelate", size=16)
    changed = image.copy()
    changed[30, 66:79] = 7  # pixels of blocks that the disk does not reach
    assert np.array_equal(rm.redact(changed, tail, method="pixelate", size=16), found)


def test_blur_is_smooth_and_within_the_means():
    image = np.where(np.arange(SHAPE[1]) < 40, 50, 200) * np.ones((SHAPE[0], 1))
    found = rm.redact(image, np.ones(SHAPE, bool), size=16)
    assert found.min() >= 50 and found.max() <= 200
    assert np.abs(np.diff(found, axis=1)).max() < 10


def test_fill_depends_on_nothing():
    image = RNG.integers(0, 250, (*SHAPE, 3)).astype(np.uint8)
    assert (rm.redact(image, MASK, method="fill", fill=9)[INSIDE] == 9).all()


def test_soft_masks_are_refused():
    image = RNG.random(SHAPE)
    with pytest.raises(rm.ParameterError, match=r"as_binary"):
        rm.redact(image, rm.feather(MASK, 3))
    with pytest.raises(rm.ParameterError, match=r"as_binary"):
        rm.redact(image, MASK, write=rm.feather(MASK, 3))
    labels = rm.redact(image, rm.components(MASK), per_region=True)
    assert np.array_equal(labels, rm.redact(image, MASK))


# -- files -----------------------------------------------------------------------------------------------------------


def jpeg_with_thumbnail(picture: np.ndarray, path) -> bytes:
    """A JPEG that holds EXIF with a description and, as cameras write it, a small JPEG of itself; answers that one."""
    small = io.BytesIO()
    Image.fromarray(picture).resize((48, 32)).save(small, "JPEG")
    thumbnail, words = small.getvalue(), b"Taken at home\0\0\0"
    first, second = 8, 8 + 2 + 12 + 4 + len(words)
    start = second + 2 + 3 * 12 + 4
    exif = struct.pack("<2sHI", b"II", 42, first)
    exif += struct.pack("<HHHIII", 1, 0x010E, 2, 14, first + 18, second) + words
    exif += struct.pack("<H", 3) + struct.pack("<HHIHH", 0x0103, 3, 1, 6, 0)
    exif += struct.pack("<HHII", 0x0201, 4, 1, start) + struct.pack("<HHII", 0x0202, 4, 1, len(thumbnail))
    exif += struct.pack("<I", 0) + thumbnail
    Image.fromarray(picture).save(path, "JPEG", exif=b"Exif\0\0" + exif, icc_profile=srgb())
    held = Image.open(path).getexif()
    assert held[0x010E] == "Taken at home" and held.get_ifd(ExifTags.IFD.IFD1)[0x0202] == len(thumbnail)
    return thumbnail


def srgb() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def photo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture = np.repeat(np.repeat(RNG.integers(0, 256, (16, 24, 3), np.uint8), 4, 0), 4, 1)
    return jpeg_with_thumbnail(picture, tmp_path / "photo.jpg")


@pytest.mark.parametrize("name", ["out.jpg", "out.png", "out.webp", "out.tif"])
def test_no_metadata_in_the_file(photo, name):
    """Neither thumbnail nor any other word of EXIF; the colour profile stays, without which colours are wrong."""
    assert run("redact", "photo.jpg", "--mask", "circle", "-o", name).exit_code == 0
    data = Path(name).read_bytes()
    assert photo[-40:] not in data and b"home" not in data and b"Exif\0\0" not in data
    assert not Image.open(name).getexif().get_ifd(ExifTags.IFD.IFD1)
    if not name.endswith(".tif"):
        assert Image.open(name).info["icc_profile"] == Image.open("photo.jpg").info["icc_profile"]


@pytest.mark.parametrize("name", ["out.jpg", "out.png", "out.webp"])
def test_other_verbs_keep_words_but_no_stale_thumbnail(photo, name):
    assert run("gaussian", "photo.jpg", "--sigma", "2", "-o", name).exit_code == 0
    data = Path(name).read_bytes()
    assert b"Taken at home" in data and photo[-40:] not in data
    assert not Image.open(name).getexif().get_ifd(ExifTags.IFD.IFD1)


def test_exif_that_leads_nowhere_is_not_kept(tmp_path):
    from roimask.raster.drivers.exif import without_preview

    assert without_preview(b"II*\0\xff\xff\xff\x00") is None
    assert without_preview(None) is None


def test_what_lies_under_clear_pixels_is_redacted_too(tmp_path, monkeypatch):
    """Colours under alpha 0 and the outline that alpha draws are part of the picture."""
    monkeypatch.chdir(tmp_path)
    image = RNG.integers(1, 256, (64, 64, 4), np.uint8)
    image[..., 3] = np.where(RNG.random((64, 64)) < 0.5, 0, 255)
    rm.write("clear.png", image)
    rm.circle((64, 64), (32, 32), 20).save("mask.png")
    inside = np.asarray(rm.circle((64, 64), (32, 32), 20))
    assert run("redact", "clear.png", "--mask", "mask.png", "--method", "fill", "-o", "out.png").exit_code == 0
    assert not rm.read("out.png")[inside].any()
    assert np.array_equal(rm.read("out.png")[~inside], image[~inside])
    assert run("redact", "clear.png", "--mask", "mask.png", "-o", "blur.png").exit_code == 0
    assert rm.read("blur.png")[inside][:, 3].std() < 20


def test_nodata_and_tags_of_a_tiff(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = RNG.integers(0, 3, (64, 64)).astype(np.uint16)
    rm.write("in.tif", image, nodata=0, tags={"comment": "the old words"})
    done = run("redact", "in.tif", "--mask", "circle", "--method", "fill", "--fill", "7", "-o", "out.tif")
    assert done.exit_code == 0, done.stderr
    assert (rm.read("out.tif")[np.asarray(rm.circle((64, 64), (32, 32), 32))] == 7).all()
    assert b"old words" not in Path("out.tif").read_bytes()
    assert rm.Raster("out.tif").nodata == 0

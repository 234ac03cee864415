"""Writing: what comes back, what is refused, and that a file is there whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from PIL import Image, ImageCms, features

import roimask as rm
from roimask.raster.atomic import atomic
from roimask.raster.drivers import png_encode

RNG = np.random.default_rng(11)
EXACT = {
    ".png": (["uint8", "uint16"], [1, 2, 3, 4]),
    ".tif": (
        ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64", "float16", "int64"],
        [1, 2, 3, 4, 5],
    ),
    ".npy": (["bool", "uint8", "int16", "int32", "float32", "float64"], [1, 2, 3, 4, 5]),
    ".bmp": (["uint8"], [1, 3]),
}

has_avif = pytest.mark.skipif("avif" not in features.modules or not features.check("avif"), reason="no AVIF codec")
AVIF = pytest.param(".avif", marks=has_avif)


def picture(dtype: str, channels: int, shape: tuple[int, int] = (37, 53)) -> np.ndarray:
    image = (RNG.random((*shape, channels)) * 120).astype(dtype)
    return image[..., 0] if channels == 1 else image


@pytest.mark.parametrize(
    ("suffix", "dtype", "channels"),
    [(s, d, c) for s, (dtypes, counts) in EXACT.items() for d in dtypes for c in counts],
)
def test_round_trip(tmp_path: Path, suffix: str, dtype: str, channels: int) -> None:
    image = picture(dtype, channels)
    path = tmp_path / f"a{suffix}"
    rm.write(path, image)
    again = rm.read(path)
    expected = image.view(np.uint8) * 255 if dtype == "bool" else image
    assert again.dtype == expected.dtype and np.array_equal(again, expected)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32", "float64", "int32"])
@pytest.mark.parametrize("compress", [None, "deflate", "lzw", "zstd", "none"])
def test_round_trip_of_geotiff(tmp_path: Path, dtype: str, compress: str | None) -> None:
    image = picture(dtype, 3, (600, 530))
    frame = rm.Frame(600, 530, (10, 0, 500000, 0, -10, 4100000), "EPSG:32618")
    rm.write(tmp_path / "a.tif", image, frame=frame, nodata=3, compress=compress, tags={"season": "spring"})
    raster = rm.Raster(tmp_path / "a.tif")
    assert np.array_equal(raster.read(), image) and raster.dtype == dtype
    assert (raster.frame, raster.nodata, raster.tags["season"]) == (frame, 3, "spring")
    assert not list(tmp_path.glob("*.xml"))


def test_round_trip_of_photos(tmp_path: Path, sample: Path) -> None:
    image = rm.read(sample / "astronaut.png")
    rm.write(tmp_path / "a.jpg", image)
    assert np.abs(rm.read(tmp_path / "a.jpg").astype(int) - image).mean() < 3
    rm.write(tmp_path / "gray.jpg", image[..., 0])
    assert rm.read(tmp_path / "gray.jpg").shape == image.shape[:2]
    rm.write(tmp_path / "a.webp", image, quality=100)
    assert np.array_equal(rm.read(tmp_path / "a.webp"), image)
    rm.write(tmp_path / "b.webp", image)
    assert (tmp_path / "b.webp").stat().st_size < (tmp_path / "a.webp").stat().st_size
    for quality in (30, 80):
        rm.write(tmp_path / f"{quality}.jpg", image, quality=quality)
    assert (tmp_path / "30.jpg").stat().st_size < (tmp_path / "80.jpg").stat().st_size


@pytest.mark.parametrize("codecs", [True, False], ids=["with imagecodecs", "without"])
def test_png_is_small_and_others_read_the_same(
    tmp_path: Path, sample: Path, codecs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not codecs:
        monkeypatch.setattr(png_encode, "_imagecodecs", lambda: None)
    for channels in (1, 2, 3, 4):
        for dtype in ("uint8", "uint16"):
            small = picture(dtype, channels)
            rm.write(tmp_path / "small.png", small, compress=channels)
            assert np.array_equal(rm.read(tmp_path / "small.png"), small)
    image = rm.read(sample / "astronaut.png")
    rm.write(tmp_path / "ours.png", image)
    cv2.imwrite(str(tmp_path / "theirs.png"), image[..., ::-1])
    assert (tmp_path / "ours.png").stat().st_size <= 1.15 * (tmp_path / "theirs.png").stat().st_size
    assert np.array_equal(cv2.imread(str(tmp_path / "ours.png"))[..., ::-1], image)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "ours.png")), image)


@pytest.mark.parametrize(
    "array",
    [np.zeros((4, 6), ">u2") + 700, np.zeros((12, 6), np.uint8)[::3], np.asfortranarray(np.eye(5, dtype=np.uint8))],
)
def test_any_layout(tmp_path: Path, array: np.ndarray) -> None:
    for suffix in (".png", ".tif", ".npy"):
        rm.write(tmp_path / f"a{suffix}", array)
        assert np.array_equal(rm.read(tmp_path / f"a{suffix}"), array)


@pytest.mark.parametrize(
    ("name", "image", "words"),
    [
        ("a.png", np.zeros((2, 2), np.float32), r"float32; \.tif, \.npy can"),
        ("a.png", np.zeros((2, 2, 5), np.uint8), r"5 channels of uint8; \.tif, \.npy can"),
        ("a.jpg", np.zeros((2, 2), np.uint16), r"uint16; \.png, \.tif, \.npy can"),
        ("a.jpg", np.zeros((2, 2, 4), np.uint8), r"4 channels of uint8; \.png, \.tif, \.webp, \.avif, \.npy can"),
        ("a.bmp", np.zeros((2, 2, 4), np.uint8), r"BMP cannot hold"),
        ("a.pgn", np.zeros((2, 2), np.uint8), r"Did you mean \.png"),
        ("a", np.zeros((2, 2), np.uint8), r"no suffix"),
        ("a.png", np.zeros((0, 2), np.uint8), r"at least one pixel"),
        ("a.png", np.zeros(3), r"shape"),
        ("a.tif", np.zeros((2, 2), complex), r"complex"),
        ("a.tif", np.array([["x"]]), r"numbers"),
    ],
)
def test_what_no_format_or_not_this_one_holds(tmp_path: Path, name: str, image: np.ndarray, words: str) -> None:
    with pytest.raises(rm.WriteError, match=words) as caught:
        rm.write(tmp_path / name, image)
    assert name in str(caught.value) and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {"nodata": 0}),
        ("a.png", {"quality": 90}),
        ("a.jpg", {"compress": 3}),
        ("a.png", {"compress": 11}),
        ("a.tif", {"compress": "zip"}),
        ("a.jpg", {"quality": 0}),
        ("a.tif", {"nodata": -1}),
        ("a.tif", {"frame": rm.Frame(9, 9, (1, 0, 0, 0, -1, 0))}),
        ("http://host/a.png", {}),
    ],
)
def test_options_are_heeded_or_refused(tmp_path: Path, name: str, options: dict) -> None:
    with pytest.raises(rm.RoimaskError):
        rm.write(name if "://" in name else tmp_path / name, np.zeros((3, 3), np.uint8), **options)
    assert not list(tmp_path.iterdir())


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("source", [".jpg", ".png", ".webp", AVIF])
@pytest.mark.parametrize("target", [".jpg", ".png", ".webp", AVIF])
def test_exif_and_profile_come_back(tmp_path: Path, source: str, target: str) -> None:
    image = picture("uint8", 3)
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    icc = profile() * 300 if (source, target) == (".jpg", ".jpg") else profile()
    Image.fromarray(image).save(tmp_path / f"a{source}", exif=exif.tobytes(), icc_profile=icc)
    rm.write(tmp_path / f"b{target}", rm.read(tmp_path / f"a{source}"), like=tmp_path / f"a{source}")
    again = Image.open(tmp_path / f"b{target}")
    again.load()
    assert again.getexif()[0x010F] == "a camera"
    assert again.info["icc_profile"] == icc
    gray = image if target == ".webp" else image[..., 0]
    rm.write(tmp_path / f"gray{target}", gray, like=tmp_path / f"a{source}")
    assert ("icc_profile" in Image.open(tmp_path / f"gray{target}").info) == (target == ".webp")


@has_avif
def test_avif_holds_pictures_with_exact_alpha(tmp_path: Path, sample: Path) -> None:
    image = rm.read(sample / "astronaut.png")[:200, :200]
    rm.write(tmp_path / "a.avif", image, quality=100)
    assert np.abs(rm.read(tmp_path / "a.avif").astype(int) - image).max() <= 2
    rm.write(tmp_path / "gray.avif", image[..., 0], quality=100)
    assert np.abs(rm.read(tmp_path / "gray.avif").astype(int) - image[..., 0]).max() <= 2
    clear = np.dstack([image, np.arange(200, dtype=np.uint8)[:, None] * np.ones(200, np.uint8)])
    for quality in (20, 95):
        rm.write(tmp_path / f"{quality}.avif", clear, quality=quality)
        assert (rm.read(tmp_path / f"{quality}.avif")[..., 3] == clear[..., 3]).all()
    assert (tmp_path / "20.avif").stat().st_size < (tmp_path / "95.avif").stat().st_size
    assert rm.Raster(tmp_path / "95.avif").alpha


@has_avif
def test_without_a_codec_avif_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rm.write(tmp_path / "a.avif", picture("uint8", 3))
    monkeypatch.setattr("PIL.features.check", lambda name: False)
    monkeypatch.setattr("PIL.AvifImagePlugin.SUPPORTED", False)
    with pytest.raises(rm.ReadError, match="Pillow has no AVIF codec"):
        rm.read(tmp_path / "a.avif")
    with pytest.raises(rm.WriteError, match="Pillow has no AVIF codec"):
        rm.write(tmp_path / "b.avif", picture("uint8", 3))


def test_text_comes_back(tmp_path: Path) -> None:
    rm.write(tmp_path / "a.png", picture("uint8", 1), tags={"place": "Zürich 像", "note": "plain"})
    rm.write(tmp_path / "b.png", picture("uint8", 3), like=tmp_path / "a.png")
    rm.write(tmp_path / "c.tif", picture("uint8", 3), like=tmp_path / "a.png")
    for name in ("b.png", "c.tif"):
        assert dict(rm.Raster(tmp_path / name).tags) == {"place": "Zürich 像", "note": "plain"}, name
    assert Image.open(tmp_path / "b.png").text["note"] == "plain"


def test_like_a_geotiff(tmp_path: Path, data: Path) -> None:
    path = data / "raster_nodata" / "RGB.byte.tif"
    with rasterio.open(path) as dataset:
        expected = dataset.profile
    raster = rm.Raster(path)
    rm.write(tmp_path / "out.tif", raster.read(), like=raster)
    with rasterio.open(tmp_path / "out.tif") as out:
        assert out.transform == expected["transform"] and out.crs == expected["crs"] and out.nodata == 0
        assert np.array_equal(np.moveaxis(out.read(), 0, -1), raster.read())
    window = (10, 20, 110, 220)
    rm.write(tmp_path / "crop.tif", raster.read(window), like=path, frame=raster.frame.crop(window))
    assert rm.Raster(tmp_path / "crop.tif").frame == raster.frame.crop(window)
    rm.write(tmp_path / "lost.tif", raster.read(window), like=path)
    assert not rm.Raster(tmp_path / "lost.tif").frame.georeferenced
    rm.write(tmp_path / "float.tif", raster.read() / 2.0, like=path)
    assert rm.Raster(tmp_path / "float.tif").nodata == 0


def test_names_of_bands_come_back(tmp_path: Path) -> None:
    frame = rm.Frame(9, 8, (10, 0, 500000, 0, -10, 4100000), "EPSG:32618")
    rm.write(tmp_path / "a.tif", picture("uint16", 2, (9, 8)), frame=frame)
    with rasterio.open(tmp_path / "a.tif", "r+") as dataset:
        dataset.descriptions = ("red", "near infrared")
    rm.write(tmp_path / "b.tif", rm.read(tmp_path / "a.tif"), like=tmp_path / "a.tif")
    assert rm.Raster(tmp_path / "b.tif").names == ("red", "near infrared")
    header = rm.Raster(tmp_path / "b.tif").header
    from roimask.raster.drivers import tiff

    tiff.write(
        tmp_path / "c.tif", rm.read(tmp_path / "a.tif"), header.metadata.but(transform=None, crs=None), alpha=False
    )
    assert rm.Raster(tmp_path / "c.tif").names == ("red", "near infrared")


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_alpha_of_like_is_attached_again(tmp_path: Path, suffix: str) -> None:
    image = picture("uint8", 4)
    rm.write(tmp_path / "a.png", image)
    options = {"quality": 100} if suffix == ".webp" else {}
    rm.write(tmp_path / f"b{suffix}", image[..., :3] // 2, like=tmp_path / "a.png", **options)
    raster = rm.Raster(tmp_path / f"b{suffix}")
    assert raster.alpha and raster.count == 3
    assert np.array_equal(raster.read(alpha=True)[..., 3], image[..., 3])
    assert np.array_equal(raster.read(), image[..., :3] // 2)
    rm.write(tmp_path / "c.jpg", image[..., :3], like=tmp_path / "a.png")
    assert rm.read(tmp_path / "c.jpg").shape == (37, 53, 3)
    rm.write(tmp_path / "d.png", image[:10, :10, :3], like=tmp_path / "a.png")
    assert not rm.Raster(tmp_path / "d.png").alpha


def test_four_bands_of_a_tiff_are_alpha_only_when_said(tmp_path: Path) -> None:
    image = picture("uint16", 4)
    for frame in (None, rm.Frame(37, 53, (10, 0, 500000, 0, -10, 4100000), "EPSG:32618")):
        rm.write(tmp_path / "a.tif", image, frame=frame)
        assert rm.Raster(tmp_path / "a.tif").count == 4
        rm.write(tmp_path / "b.tif", image, frame=frame, alpha=True)
        assert rm.Raster(tmp_path / "b.tif").count == 3 and rm.Raster(tmp_path / "b.tif").alpha
        assert np.array_equal(rm.read(tmp_path / "b.tif"), image)


# -- whole or not at all ----


def test_an_error_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_kill_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom roimask.raster.atomic import atomic\n"
        "with atomic(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('half')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.png")])
    assert done.returncode == -9
    assert [path.name[:9] for path in tmp_path.iterdir()] == [".roimask-"]


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target.png"
    target.write_text("precious")
    link = tmp_path / "link.png"
    link.symlink_to(target)
    rm.write(link, np.zeros((2, 2), np.uint8))
    assert not link.is_symlink() and target.read_text() == "precious"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", AVIF, ".bmp", ".npy"])
def test_a_full_disk(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(rm.WriteError, match="No space left"):
        rm.write(tmp_path / f"a{suffix}", picture("uint8", 3))
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_fills_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = open
    monkeypatch.setattr(
        "builtins.open", lambda path, mode="r", *a, **k: real("/dev/full" if "w" in mode else path, mode, *a, **k)
    )
    for suffix in (".png", ".jpg", ".bmp", ".npy"):
        with pytest.raises(rm.WriteError, match="No space left"):
            rm.write(tmp_path / f"a{suffix}", picture("uint8", 3, (300, 300)))
    assert not list(tmp_path.iterdir())


def test_folders_that_are_not_there_or_closed(tmp_path: Path) -> None:
    with pytest.raises(rm.WriteError, match="No such file"):
        rm.write(tmp_path / "no" / "a.png", np.zeros((2, 2), np.uint8))
    (tmp_path / "a.png").mkdir()
    with pytest.raises(rm.WriteError):
        rm.write(tmp_path / "a.png", np.zeros((2, 2), np.uint8))
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_read_only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object) -> int:  # root, who may run this, may write anywhere
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", closed)
    with pytest.raises(rm.WriteError, match=r"a\.png cannot be written: Permission denied"):
        rm.write(tmp_path / "a.png", np.zeros((2, 2), np.uint8))


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        rm.write(tmp_path / "a.png", np.zeros((2, 2), np.uint8))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o640

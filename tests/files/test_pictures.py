"""Pictures: what is read equals what Pillow reads; what is broken is refused in one sentence."""

from __future__ import annotations

import csv
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

import roimask as rm


def rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "expected_pillow13.csv").open()))


def by_pillow(path: Path) -> np.ndarray:
    """The pixels as Pillow shows them, upright."""
    image = Image.open(path)
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode == "1":
        image = image.convert("L")
    if image.mode in ("P", "PA") or (image.mode == "RGB" and "transparency" in image.info):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "L" and "transparency" in image.info:
        image = image.convert("LA")
    return np.asarray(image)


def same_pixels(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Equal, as far as Pillow can hold it: 16 bits of colour or gray with alpha lose half their digits there."""
    if ours.dtype == np.uint16 and theirs.dtype == np.uint8:
        ours = (ours >> 8).astype(np.uint8)
    if ours.ndim == 3 and ours.shape[2] == 2 and theirs.ndim == 3 and theirs.shape[2] == 4:
        theirs = theirs[..., [0, 3]]
    if ours.ndim == 3 and ours.shape[2] == 2 and theirs.ndim == 2:
        ours = ours[..., 0]
    if ours.ndim == 3 and ours.shape[2] == 4 and theirs.shape[2] == 3:
        ours = ours[..., :3]
    return ours.shape == theirs.shape and bool((ours == theirs).all())


def test_pngsuite(data: Path) -> None:
    for path in sorted((data / "pngsuite").glob("*.png")):
        if path.name.startswith("x"):
            with pytest.raises(rm.ReadError, match=path.name):
                rm.read(path)
        else:
            image = rm.read(path)
            assert image.flags.c_contiguous and image.dtype.isnative, path.name
            assert same_pixels(image, by_pillow(path)), path.name


def test_odd_but_valid(data: Path) -> None:
    for row in rows(data / "odd_but_valid_pillow"):
        path = data / "odd_but_valid_pillow" / row["file"]
        if row["result_with_pillow_13.0.0"] != "OK":
            with pytest.raises(rm.ReadError):
                rm.read(path)
            continue
        with rm.Raster(path) as raster:
            width, height = map(int, row["size"].split("x"))
            assert raster.shape[:2] == (height, width), path.name
            image = raster.read(alpha=True)
        assert image.shape[:2] == (height, width)
        assert same_pixels(image, by_pillow(path)), path.name


PROBE = """
import json, resource, sys, time
import roimask as rm
from roimask.raster.chatter import silence_decoders

silence_decoders()
found = {}
for path in sys.argv[1:]:
    began = time.perf_counter()
    try:
        rm.Raster(path).validity()
        outcome = list(rm.read(path).shape)
    except rm.RoimaskError as error:
        outcome = str(error)
    found[path] = outcome, time.perf_counter() - began
print(json.dumps([found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""


def test_hostile_files_end_cleanly(data: Path) -> None:
    folder = data / "hostile_pillow"
    paths = [str(folder / row["file"]) for row in rows(folder)]
    done = subprocess.run([sys.executable, "-c", PROBE, *paths], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    found, peak_kilobytes = json.loads(done.stdout)
    assert peak_kilobytes < 1 << 20
    for path, (outcome, seconds) in found.items():
        assert seconds < 5, path
        if isinstance(outcome, str):
            assert Path(path).name in outcome and "\n" not in outcome and len(outcome) < 500
    refused = {Path(path).name for path, (outcome, _) in found.items() if isinstance(outcome, str)}
    assert {"truncated_image.png", "truncated_jpeg.jpg", "broken.png", "corrupt.tif"} <= refused


def test_decompression_bombs_are_refused_from_the_header(data: Path) -> None:
    for name in ("bmp_b_reallybig.bmp", "decompression_bomb.gif"):
        with pytest.raises(rm.LimitError, match=name):
            rm.Raster(data / "hostile_pillow" / name)


def test_memory_limit(tmp_path: Path) -> None:
    rm.write(tmp_path / "a.png", np.zeros((64, 64), np.uint8))
    rm.write(tmp_path / "a.tif", np.zeros((64, 64), np.uint8))
    with pytest.raises(rm.LimitError, match=r"a\.png"):
        rm.Raster(tmp_path / "a.png", memory_limit=1000)
    lazy = rm.Raster(tmp_path / "a.tif", memory_limit=4096)
    assert lazy.read((0, 0, 10, 10)).shape == (10, 10)
    with pytest.raises(rm.LimitError, match=r"a\.tif"):
        rm.Raster(tmp_path / "a.tif", memory_limit=4095).read()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_truncated(tmp_path: Path, suffix: str) -> None:
    image = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    whole = tmp_path / f"whole{suffix}"
    rm.write(whole, image)
    part = tmp_path / f"part{suffix}"
    data = whole.read_bytes()
    if suffix == ".tif":  # the directory first, as camera and scanner files have it
        Image.fromarray(image).save(whole)
        data = whole.read_bytes()
    part.write_bytes(data[: len(data) * 2 // 3])
    try:
        raster = rm.Raster(part)
    except rm.ReadError as error:
        assert suffix == ".tif" and "part" in str(error)
        return
    with pytest.raises(rm.ReadError, match="truncated"):
        raster.read()
    rest = rm.Raster(part, allow_truncated=True).read()
    assert rest.shape == image.shape
    assert np.abs(rest[:50].astype(int) - rm.read(whole)[:50]).max() == 0


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_and_reset(tmp_path: Path, suffix: str, orientation: int) -> None:
    image = np.zeros((16, 48, 3), np.uint8)
    image[:8, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned{suffix}"
    Image.fromarray(image).save(path, exif=exif.tobytes(), **({"lossless": True} if suffix == ".webp" else {}))
    seen = rm.read(path)
    assert np.array_equal(seen > 127, by_pillow(path) > 127)
    again = tmp_path / f"again{suffix}"
    rm.write(again, seen, like=path, **({} if suffix == ".png" else {"quality": 100}))
    assert np.array_equal(rm.read(again) > 127, seen > 127)
    assert Image.open(again).getexif().get(0x0112, 1) == 1


def test_cmyk_becomes_rgb_by_the_stated_rule(tmp_path: Path) -> None:
    ink = np.full((16, 16, 4), (10, 200, 90, 40), np.uint8)
    Image.fromarray(ink, "CMYK").save(tmp_path / "ink.jpg", quality=100)
    stored = np.asarray(Image.open(tmp_path / "ink.jpg")).astype(float)
    expected = (255 - stored[..., :3]) * (255 - stored[..., 3:]) / 255
    assert np.abs(rm.read(tmp_path / "ink.jpg") - expected).max() <= 1
    Image.fromarray(ink, "CMYK").save(tmp_path / "ink.tif")
    assert rm.read(tmp_path / "ink.tif").shape == (16, 16, 3)


def test_windows_of_a_picture_are_decoded_once(sample: Path) -> None:
    path = sample / "astronaut.png"
    raster = rm.Raster(path)
    assert raster.count == 3 and raster.dtype == np.uint8 and raster.format == "PNG"
    whole = rm.read(path)
    for window in [(0, 0, 10, 20), (100, 37, 200, 38), raster.frame.window]:
        part = raster.read(window)
        assert part.flags.c_contiguous and part.flags.writeable
        assert np.array_equal(part, whole[window[0] : window[2], window[1] : window[3]])
        part[:] = 0
    assert np.array_equal(raster.read(), whole)


@pytest.mark.parametrize("window", [(0, 0, 0, 5), (-1, 0, 2, 2), (0, 0, 5000, 5), (3, 3, 2, 2)])
def test_windows_outside_are_refused(sample: Path, window: tuple[int, int, int, int]) -> None:
    with pytest.raises(rm.ParameterError, match="window"):
        rm.Raster(sample / "astronaut.png").read(window)


def test_alpha_is_no_band(tmp_path: Path) -> None:
    image = np.zeros((4, 5, 4), np.uint8)
    image[1:3, 1:4] = 200
    rm.write(tmp_path / "a.png", image)
    raster = rm.Raster(tmp_path / "a.png")
    assert raster.count == 3 and raster.alpha and raster.shape == (4, 5, 3)
    assert raster.read().shape == (4, 5, 3) and raster.read(alpha=True).shape == (4, 5, 4)
    assert raster.validity().sum() == raster.valid().area == 6
    assert rm.valid(tmp_path / "a.png").area == 6
    assert rm.Raster(tmp_path / "a.png", ignore_nodata=True).valid().area == 20
    image, valid = raster.read_valid((0, 0, 2, 5))
    assert image.shape == (2, 5, 3) and valid.sum() == 3


def test_pickled_and_printed(sample: Path, tmp_path: Path) -> None:
    raster = rm.Raster(sample / "astronaut.png", ignore_nodata=True)
    again = pickle.loads(pickle.dumps(raster))
    assert np.array_equal(again.read(), raster.read()) and again.ignore_nodata
    assert "astronaut.png" in repr(raster) and "PNG" in repr(raster) and "uint8" in repr(raster)


@pytest.mark.parametrize(
    "path", ["http://host/a.tif", "s3://bucket/a.tif", "/vsicurl/http://host/a.tif", "/vsizip/a.zip/a.tif", "/vsimem/a"]
)
def test_remote_paths_are_refused(path: str) -> None:
    with pytest.raises(rm.ReadError, match="remote"):
        rm.read(path)
    with pytest.raises(rm.ReadError, match="remote"):
        rm.read_mask(path)


def test_what_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("no image")
    for name in ("empty.png", "text.png", "missing.png", "."):
        with pytest.raises(rm.ReadError):
            rm.read(tmp_path / name)


def test_control_characters_in_names_are_escaped(tmp_path: Path) -> None:
    with pytest.raises(rm.ReadError) as caught:
        rm.read(tmp_path / "a\n\x1b[31mred.png")
    assert "\\n\\x1b[31mred.png" in str(caught.value) and "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["with space.png", "ünïcödé 像.png", "new\nline.tif", "-dash.png", "q?#%&!.tif", "x" * 251 + ".png"]
)
def test_names(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    frame = rm.Frame(3, 4, (10, 0, 500000, 0, -10, 4100000), "EPSG:32618") if name.endswith("tif") else None
    rm.write(name, image, frame=frame)
    assert np.array_equal(rm.read(name), image)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_several_threads_read_one_raster(data: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for path in (data / "raster_nodata" / "RGB.byte.tif", data / "aerial_ucmerced" / "river20.tif"):
        raster = rm.Raster(path)
        whole = raster.read()
        windows = [(row, 0, row + 16, 200) for row in range(0, 240, 8)]
        with ThreadPoolExecutor(4) as threads:
            parts = list(threads.map(raster.read, windows))
        for (top, left, bottom, right), part in zip(windows, parts, strict=True):
            assert np.array_equal(part, whole[top:bottom, left:right])

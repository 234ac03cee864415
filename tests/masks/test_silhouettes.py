"""Silhouettes: by alpha or by darkness, scaled without jaggies, as a shape on the command line."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import roimask as rm
from tests.cli.conftest import run

DISK = np.asarray(rm.circle((80, 80), (40, 40), 30, coverage=True))
MIDDLE = ("50%", "50%")


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("bands", [None, 3])
def test_what_is_dark_is_in_it(dtype: str, bands: int | None) -> None:
    white = 1 if dtype == "float32" else np.iinfo(dtype).max
    picture = ((1 - DISK) * white).astype(dtype)
    picture = picture if bands is None else np.repeat(picture[..., None], 3, axis=2)
    found = rm.silhouette((80, 80), MIDDLE, picture, coverage=True)
    np.testing.assert_allclose(np.asarray(found), DISK, atol=1 / 200)
    assert rm.silhouette((80, 80), MIDDLE, picture) == rm.circle((80, 80), (40, 40), 30)


def test_alpha_counts_where_there_is_one(tmp_path) -> None:
    picture = np.dstack([np.full((80, 80), 255, np.uint8), np.rint(DISK * 255).astype(np.uint8)])
    Image.fromarray(picture, "LA").save(tmp_path / "logo.png")
    for given in (picture, Image.fromarray(picture, "LA"), rm.Raster(tmp_path / "logo.png")):
        np.testing.assert_allclose(
            np.asarray(rm.silhouette((80, 80), MIDDLE, given, coverage=True)), DISK, atol=1 / 200
        )


@pytest.mark.parametrize("factor", [0.25, 0.4, 3])
def test_it_keeps_its_form_and_covers_as_much(factor: float) -> None:
    side = round(80 * factor)
    found = rm.silhouette((side, 2 * side), MIDDLE, 1 - DISK, coverage=True)
    values = np.asarray(found)
    assert abs(values.sum() - DISK.sum() * factor**2) < 0.005 * side**2
    rows, columns = np.nonzero(values >= 0.5)
    assert abs((rows.max() - rows.min()) - (columns.max() - columns.min())) <= 1
    assert abs(columns.mean() + 0.5 - side) < 0.6


def test_size_and_place() -> None:
    found = rm.silhouette((100, 200), (30, 50), np.zeros((10, 20)), size=40)
    assert found.bbox == (20, 30, 40, 70)
    assert rm.silhouette((100, 200), (30, 500), np.zeros((10, 20)), size=40).area == 0
    with pytest.raises(rm.ParameterError, match="size is above 0"):
        rm.silhouette((100, 200), (30, 50), np.zeros((10, 20)), size=0)


def test_on_the_command_line(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    rm.write("logo.png", np.rint((1 - DISK) * 255).astype(np.uint8))
    rm.write("photo.png", np.full((40, 60, 3), 90, np.uint8))
    found = run("cutout", "photo.png", "--mask", "silhouette image=logo.png", "-o", "out.png")
    assert found.exit_code == 0, found.stderr
    assert rm.read("out.png").shape == (30, 30, 4)
    found = run("mask", "silhouette", "--like", "photo.png", "--image", "logo.png", "-o", "m.png")
    assert found.exit_code == 0, found.stderr
    assert rm.read_mask("m.png").bbox == (5, 15, 35, 45)

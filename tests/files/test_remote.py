"""Paths of elsewhere: refused unless they are allowed. An archive stands for a server."""

from __future__ import annotations

import pickle
import zipfile

import numpy as np
import pytest

import roimask as rm
from tests.cli.conftest import run

IMAGE = np.random.default_rng(8).integers(1, 255, (60, 70), np.uint8)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> str:
    """A scene that only GDAL can open."""
    monkeypatch.chdir(tmp_path)
    rm.write("scene.tif", IMAGE, frame=rm.Frame(60, 70, (10, 0, 0, 0, -10, 0), "EPSG:32618"))
    with zipfile.ZipFile("scenes.zip", "w") as archive:
        archive.write("scene.tif")
        archive.writestr("a.png", b"")
    return f"/vsizip/{tmp_path}/scenes.zip/scene.tif"


@pytest.mark.parametrize("path", ["https://example.org/a.tif", "s3://bucket/a.tif", "/vsicurl/http://a/b.tif"])
def test_refused_unless_allowed(path):
    with pytest.raises(rm.ReadError, match="remote or virtual path: allow it with allow_remote=True"):
        rm.Raster(path)
    found = run("median", path, "--size", 3, "-o", "out.tif")
    assert found.exit_code == 1 and "allow it with --allow-remote" in found.stderr
    with pytest.raises(rm.ReadError, match="remote or virtual path"):
        rm.read_mask(path)
    with pytest.raises(rm.ReadError, match="remote or virtual path"):
        rm.write(path, IMAGE)


def test_allowed(elsewhere):
    raster = rm.Raster(elsewhere, allow_remote=True)
    assert (raster.read() == IMAGE).all() and raster.frame.georeferenced
    assert (pickle.loads(pickle.dumps(raster)).read() == IMAGE).all()
    rm.run(raster, [{"op": "invert"}], "out.tif", resume=True)
    assert (rm.read("out.tif") == 255 - IMAGE).all()


def test_allowed_on_the_command_line(elsewhere):
    assert run("invert", elsewhere, "-o", "one.tif", "--allow-remote").exit_code == 0
    assert run("pipe", elsewhere, "!", "invert", "-o", "two.tif", "--allow-remote").exit_code == 0
    assert (rm.read("one.tif") == 255 - IMAGE).all() and (rm.read("two.tif") == 255 - IMAGE).all()


def test_only_what_gdal_is_told_to_read(elsewhere):
    with pytest.raises(rm.ReadError, match="a.png cannot be read from elsewhere; .tif, "):
        rm.Raster(elsewhere.replace("scene.tif", "a.png"), allow_remote=True)
    with pytest.raises(rm.ReadError):
        rm.Raster(elsewhere.replace("scene.tif", "gone.tif"), allow_remote=True)

"""Runs that are interrupted leave nothing under the final name, and can go on; memory stays flat."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import roimask as rm
from tests.running.conftest import noise, pixels

STEPS = [{"op": "median", "size": 5}, {"op": "stretch"}]
CHILD = """
import sys, time
import roimask as rm
from roimask.raster.drivers.tiled import file as tiff_file
put = tiff_file.TiledFile.put
def slow(self, tile):
    time.sleep(0.02)
    put(self, tile)
tiff_file.TiledFile.put = slow
rm.run(sys.argv[1], {steps}, sys.argv[2], block=64, resume={resume})
"""


def killed_half_way(scene: Path, out: Path, resume: bool, how: int) -> None:
    """Start a run in a process of its own, and end it when some of the file is there."""
    code = CHILD.format(steps=STEPS, resume=resume)
    with subprocess.Popen([sys.executable, "-c", code, scene, out], stderr=subprocess.PIPE) as child:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and child.poll() is None:
            if sum(path.stat().st_size for path in out.parent.glob(".roimask-*") if path.exists()) > 40_000:
                break
            time.sleep(0.01)
        assert child.poll() is None, "it was over before it could be killed"
        os.kill(child.pid, how)
        child.wait()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "ctrl-c"])
def test_a_run_goes_on_after_it_was_killed(how: int, make, tmp_path: Path, monkeypatch) -> None:
    scene, out = make(noise((640, 640))), tmp_path / "out.tif"
    killed_half_way(scene, out, True, how)
    assert not out.exists()
    rm.run(scene, STEPS, tmp_path / "other.tif", block=64)
    written = []
    from roimask.raster.drivers.tiled.file import TiledFile

    put = TiledFile.put
    monkeypatch.setattr(TiledFile, "put", lambda self, tile: written.append(tile) or put(self, tile))
    result = rm.run(scene, [*STEPS, {"op": "statistics"}][: len(STEPS)], out, block=64, resume=True)
    assert 0 < len(written) < 100
    assert result.out == str(out) and out.read_bytes() == (tmp_path / "other.tif").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.tif", "out.tif", "scene.tif"]


def test_ctrl_c_leaves_nothing_behind(make, tmp_path: Path) -> None:
    killed_half_way(make(noise((640, 640))), tmp_path / "out.tif", False, signal.SIGINT)
    assert [path.name for path in tmp_path.iterdir()] == ["scene.tif"]


def test_other_work_does_not_go_on(make, tmp_path: Path) -> None:
    """What was left is of use only to the very same run."""
    scene, out = make(noise((640, 640))), tmp_path / "out.tif"
    killed_half_way(scene, out, True, signal.SIGKILL)
    rm.run(scene, [{"op": "invert"}], out, block=64, resume=True)
    assert np.array_equal(pixels(out), rm.invert(pixels(scene)))


def test_reductions_see_all_blocks_when_a_run_goes_on(make, tmp_path: Path, monkeypatch) -> None:
    from roimask.raster.drivers.tiled.file import TiledFile

    scene, out, steps = make(noise((256, 256))), tmp_path / "out.tif", [{"op": "invert"}, {"op": "statistics"}]
    put, count = TiledFile.put, iter(range(100))

    def breaks(self, tile):
        if next(count) == 7:
            raise KeyboardInterrupt
        put(self, tile)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(TiledFile, "put", breaks)
        rm.run(scene, steps, out, block=64, resume=True)
    result = rm.run(scene, steps, out, block=64, resume=True)
    assert str(result.answers[0]) == str(rm.statistics(rm.invert(pixels(scene))))
    assert np.array_equal(pixels(out), rm.invert(pixels(scene)))


def test_progress_is_told(make, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    scene = make(noise((150, 150)))
    rm.run(scene, STEPS, tmp_path / "out.tif", block=64, progress=lambda *now: told.append(now))
    total = 9 * (1 + sum(step.passes - 1 for step in rm.plan(scene, STEPS, block=64).steps))
    assert told == [(n + 1, total) for n in range(total)], "nine blocks, in all passes"


PEAK = """
import sys
import roimask as rm
steps = [{"op": "median", "size": 3}, {"op": "stretch"}, {"op": "extract"}, {"op": "statistics", "quantiles": ()}]
rm.run(sys.argv[1], steps, sys.argv[2], mask=sys.argv[3])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak of a process is read as Linux tells it")
def test_memory_is_flat(make, tmp_path: Path) -> None:
    """A scene four times as large takes no more; both under 400 MB (the same code on 20,000² is a benchmark)."""
    peaks = []
    for side in (500, 2500, 5000):  # the first of them is for kernels that are not compiled yet
        tile = np.tile(noise((500, 500)), (side // 500, side // 500))
        scene = make(tile, blockxsize=512, blockysize=512)
        rm.circle(rm.Raster(scene).frame, (side / 2, side / 2), side / 2.2).save(tmp_path / "field.geojson")
        done = subprocess.run(
            [sys.executable, "-c", PEAK, scene, tmp_path / "out.tif", tmp_path / "field.geojson"],
            capture_output=True, text=True, check=True, env={**os.environ, "ROIMASK_THREADS": "2"},
        )  # fmt: skip
        peaks.append(int(done.stdout) // 1024)
    assert peaks[2] < 400 and peaks[2] < peaks[1] + 60, peaks

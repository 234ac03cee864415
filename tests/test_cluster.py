"""Runs on a cluster of two worker processes, one of which is killed on the way."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest

import roimask as rm

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of one thread each, which are started again where one dies."""
    with distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None, protocol="tcp") as cluster:
        yield cluster


@pytest.fixture
def scene(tmp_path):
    """A scene of 25 blocks with places without data, and a mask over most of it."""
    image = np.random.default_rng(1).integers(1, 4000, (320, 320)).astype(np.uint16)
    image[100:140, 200:300] = 0
    rm.write(tmp_path / "scene.tif", image, nodata=0)
    rm.circle((320, 320), (160, 160), 150).save(tmp_path / "mask.tif")
    return tmp_path


STEPS = [{"op": "median", "size": 5}, {"op": "stretch", "low": 5}, {"op": "statistics"}]


def test_a_run_on_a_cluster_is_the_run(cluster, scene):
    given = {"mask": str(scene / "mask.tif"), "block": 64}
    here = rm.run(scene / "scene.tif", STEPS, scene / "here.tif", **given)
    there = rm.run(scene / "scene.tif", STEPS, scene / "there.tif", **given, scheduler=cluster.scheduler_address)
    assert (rm.read(scene / "here.tif") == rm.read(scene / "there.tif")).all()
    assert repr(here.answers) == repr(there.answers)


def test_a_worker_is_killed_on_the_way(cluster, scene):
    given = {"mask": str(scene / "mask.tif"), "block": 64}
    rm.run(scene / "scene.tif", STEPS, scene / "here.tif", **given)
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        if done > total // 3 and not killed:
            worker = next(iter(cluster.workers.values()))
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    rm.run(scene / "scene.tif", STEPS, scene / "there.tif", **given, scheduler=cluster.scheduler_address, progress=kill)
    assert killed
    assert (rm.read(scene / "here.tif") == rm.read(scene / "there.tif")).all()


def test_errors_come_back(cluster, scene):
    with (
        distributed.Client(cluster) as client,
        pytest.raises(rm.RoimaskError, match="a colour has red, green and blue"),
    ):
        steps = [{"op": "color_transfer", "reference": str(scene / "scene.tif")}]
        rm.run(scene / "scene.tif", steps, scene / "out.tif", scheduler=client, block=64)
    assert not (scene / "out.tif").exists()


@pytest.mark.parametrize("scheduler", ["fast", 3, "cluster:8786"])
def test_what_is_no_scheduler(scene, scheduler):
    with pytest.raises(rm.ParameterError, match="scheduler is None, 'threads', 'serial' or the address"):
        rm.run(scene / "scene.tif", [{"op": "invert"}], scene / "out.tif", scheduler=scheduler)


def test_a_dask_array_on_a_cluster(cluster):
    import dask.array as da

    image = np.random.default_rng(2).integers(0, 255, (90, 80), np.uint8)
    mask = rm.circle((90, 80), (40, 40), 30)
    lazy = da.from_array(image, chunks=32)
    with distributed.Client(cluster) as client:
        answer = rm.stretch(rm.median(lazy, mask, size=5), mask)
        assert (client.compute(answer).result() == rm.stretch(rm.median(image, mask, size=5), mask)).all()
        total = client.compute(rm.statistics(lazy, mask)).result()
    assert repr(total) == repr(rm.statistics(image, mask))


def test_a_folder_on_a_cluster(cluster, tmp_path, monkeypatch):
    from tests.cli.conftest import run

    monkeypatch.chdir(tmp_path)
    for seed in range(4):
        rm.write(f"{seed}.png", np.random.default_rng(seed).integers(0, 255, (50, 60), np.uint8))
    (tmp_path / "4.png").write_bytes(b"no image")
    steps = ["!", "median", "--size", "5", "!", "stretch", "--scheduler", cluster.scheduler_address]
    found = run("pipe", "*.png", "-m", "circle", "-o", "out", *steps)
    assert found.exit_code == 1 and "4.png is not an image" in found.stderr and "4 done, 1 failed" in found.stderr
    recipe = rm.Recipe([{"op": "median", "size": 5}, {"op": "stretch"}])
    mask = rm.circle((50, 60), ("50%", "50%"), "50%")
    assert all((rm.read(f"out/{n}.png") == recipe(rm.read(f"{n}.png"), mask)).all() for n in range(4))
    assert run("pipe", "0.png", "-m", "circle", "-o", "one.tif", *steps).exit_code == 0  # in blocks
    assert (rm.read("one.tif") == recipe(rm.read("0.png"), mask)).all()
    gone = run("pipe", "*.png", "-o", "gone", *steps[:-1], "cluster")
    assert gone.exit_code == 2 and "address of a dask scheduler" in gone.stderr


def test_a_worker_is_killed_over_a_folder(cluster, tmp_path, monkeypatch):
    from tests.cli.conftest import names, run

    monkeypatch.chdir(tmp_path)
    images = [np.random.default_rng(seed).integers(0, 255, (300, 300), np.uint8) for seed in range(8)]
    (tmp_path / "in").mkdir()
    for number, image in enumerate(images):
        rm.write(f"in/{number}.png", image)
    killer = threading.Thread(target=kill_when_there_is, args=(cluster, tmp_path / "out"))
    killer.start()
    found = run("pipe", "in", "!", "median", "--size", 9, "-o", "out", "--scheduler", cluster.scheduler_address)
    killer.join()
    assert found.exit_code == 0, found.stderr
    assert [name for name in names(tmp_path / "out") if not name.startswith(".")] == [f"{n}.png" for n in range(8)]
    assert all((rm.read(f"out/{n}.png") == rm.median(image, size=9)).all() for n, image in enumerate(images))


def kill_when_there_is(cluster, folder) -> None:
    """Kill a worker as soon as a result is there, of which more are to come."""
    for _ in range(3000):
        if folder.exists() and any(folder.glob("*.png")):
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            return
        time.sleep(0.01)

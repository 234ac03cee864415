"""Law 3 from file to file: what a run makes of blocks of any size is what the whole image gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import roimask as rm
from roimask.errors import ParameterError
from tests.laws import draw as drawn
from tests.laws.compare import close
from tests.running.conftest import noise, one_by_one, pixels

BY_BLOCKS = [name for name, operation in rm.registry().items() if operation.blocks and operation.result != "summary"]
SHAPE = (150, 170)
BLOCKS = st.sampled_from([64, 96, 2048])


def region(frame: Any) -> rm.Mask:
    """A region over several blocks, and one that lies in one."""
    return rm.circle(frame, (70, 80), 60) | rm.rectangle(frame, 140, 5, 8, 8)


def images(operation: Any) -> st.SearchStrategy:
    """Images that the operation takes, of a size that makes several blocks."""
    wanted = drawn.example_of(operation).images
    dtypes = [name for name in wanted.get("dtypes", ("uint8", "uint16", "float32")) if name != "bool"]
    shapes = [SHAPE if bands is None else (*SHAPE, bands) for bands in wanted.get("bands", (None, 3))]
    return st.builds(noise, st.sampled_from(shapes), st.sampled_from(dtypes), st.integers(0, 99))


@pytest.mark.parametrize("name", BY_BLOCKS)
def test_blocks_equal_the_whole(name: str, make, tmp_path: Path) -> None:
    operation = rm.registry()[name]

    @settings(max_examples=2, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data: Any) -> None:
        image = data.draw(images(operation))
        params = data.draw(drawn.parameters(operation, image)) | data.draw(drawn.of_window(operation))
        if any(callable(value) for value in params.values()):
            params["context"] = "crop"
        scene, block = make(image), data.draw(BLOCKS)
        mask = data.draw(st.sampled_from([None, region(rm.Raster(scene).frame)]))
        steps = [{"op": name, **params}]
        try:
            expected, _ = one_by_one(scene, steps, mask)
        except ParameterError:
            return
        rm.run(scene, steps, tmp_path / "out.tif", mask=mask, block=block)
        found = pixels(tmp_path / "out.tif").reshape(expected.shape)
        close(found, expected, f"blocks of {block}", np.abs(image).max())

    check()


STEPS = [
    [{"op": "gaussian", "sigma": 2.0}, {"op": "median", "size": 5}, {"op": "stretch"}],
    [{"op": "extract"}, {"op": "equalize"}, {"op": "gradient"}],
    [{"op": "maximum", "size": 3}, {"op": "statistics"}, {"op": "clahe"}, {"op": "histogram", "bins": 5}],
    [{"op": "fill"}, {"op": "gaussian", "sigma": 1.5}],
]


@pytest.mark.parametrize("steps", STEPS, ids=lambda steps: "-".join(step["op"] for step in steps))
@pytest.mark.parametrize("block", [64, 2048])
@pytest.mark.parametrize("masked", [False, True])
def test_fused_steps_equal_one_after_the_other(steps, block: int, masked: bool, make, tmp_path: Path) -> None:
    image = noise((200, 230))
    image[40:60, 90:130] = 0
    scene = make(image, nodata=0)
    mask = region(rm.Raster(scene).frame) if masked else None
    expected, answers = one_by_one(scene, steps, mask)
    result = rm.run(scene, steps, tmp_path / "out.tif", mask=mask, block=block)
    close(pixels(tmp_path / "out.tif"), expected, "the fused steps", 255)
    assert list(map(str, result.answers)) == list(map(str, answers))


def test_any_number_of_threads_gives_the_same_bits(make, tmp_path: Path) -> None:
    scene = make(noise((300, 300), np.float32))
    steps = [{"op": "gaussian", "sigma": 3.0}, {"op": "stretch"}, {"op": "statistics"}]
    made = []
    try:
        for count in (1, 3):
            rm.set_threads(count)
            result = rm.run(scene, steps, tmp_path / "out.tif", block=64)
            made.append(((tmp_path / "out.tif").read_bytes(), str(result.answers)))
    finally:
        rm.set_threads(None)
    assert made[0] == made[1]


@pytest.mark.parametrize("layout", [{"tiled": False, "blockysize": 7}, {"interleave": "pixel"}, {"compress": "lzw"}])
def test_layouts_of_the_input(layout: dict[str, Any], make, tmp_path: Path) -> None:
    profile = {key: value for key, value in layout.items() if key != "tiled"}
    if "tiled" in layout:
        profile |= {"tiled": False, "blockxsize": None}
    scene = make(noise((150, 170, 3)), **profile)
    steps = [{"op": "box", "size": 5}]
    rm.run(scene, steps, tmp_path / "out.tif", block=64)
    assert np.array_equal(pixels(tmp_path / "out.tif"), one_by_one(scene, steps)[0])


def test_each_region_by_itself(make, tmp_path: Path) -> None:
    scene = make(noise((150, 170)))
    labels = np.zeros((150, 170), np.int32)
    labels[:, :85], labels[:, 85:] = 1, 2
    steps = [{"op": "gaussian", "sigma": 2.0, "per_region": True}]
    rm.run(scene, steps, tmp_path / "out.tif", mask=labels, block=64)
    expected = rm.gaussian(pixels(scene), labels, sigma=2.0, per_region=True)
    close(pixels(tmp_path / "out.tif"), expected, "each region", 255)


def test_writing_elsewhere_than_reading(make, tmp_path: Path) -> None:
    image = noise((150, 170))
    image[20:50, 30:90] = 0
    scene = make(image, nodata=0)
    holes = rm.Mask(image == 0, frame=rm.Raster(scene).frame)
    holes.save(tmp_path / "holes.tif")
    for write in (str(tmp_path / "holes.tif"), "all"):
        steps = [{"op": "median", "size": 5, "write": write}, {"op": "invert"}]
        rm.run(scene, steps, tmp_path / "out.tif", block=64)
        given = holes if write != "all" else write
        expected, _ = one_by_one(scene, [{**steps[0], "write": given}, steps[1]])
        assert np.array_equal(pixels(tmp_path / "out.tif"), expected)

"""The galleries lack no operation, and what their pictures say holds."""

from __future__ import annotations

import pytest

import roimask as rm
from tools.gallery import catalogue, filters, leaks, masks, pages, samples, show

WRITTEN = masks.PLATES + filters.PLATES + masks.ALGEBRA
# One plate of each kind of picture.
KINDS = [
    "rm.circle((36, 48), (18, 24), 14)",
    "rm.threshold(coins, above=120)",
    "rm.shrink(star, 2)",
    "rm.components(bright)",
    "rm.distance(star)",
    "rm.gaussian(tennis_courts, tennis_courts_mask, sigma=5)",
    "rm.gradient(camera, camera_mask)",
    "rm.chips(tennis_courts, tennis_courts_mask, pad=4)",
    "rm.histogram(camera, camera_mask)",
    "rm.regions(houses_desert_mask)",
    "soft & bar",
]
GUESSED = [o for o in rm.registry().values() if o.name not in {plate.operation for plate in WRITTEN}]


@pytest.fixture(scope="module")
def names():
    return samples.Samples()


@pytest.mark.parametrize("operation", rm.registry().values(), ids=str)
def test_every_operation_has_a_picture(operation):
    assert catalogue.plates_of(operation), (
        f"no plate of {operation.name} can be guessed: write one into tools/gallery/filters.py or masks.py"
    )


@pytest.mark.parametrize("plate", WRITTEN, ids=lambda plate: plate.code)
def test_a_plate_names_what_there_is(plate, root):
    assert plate.operation in {"", *rm.registry()}
    for name in samples.names_in(plate.code):
        sample = name.removesuffix("_mask")
        assert name in samples.MADE or list((root / "sample_images").glob(f"{sample}.*")), name


@pytest.mark.parametrize("code", KINDS)
def test_a_picture_is_drawn(code, names):
    plate = next(plate for plate in WRITTEN if plate.code == code)
    picture = show.picture(plate, names)
    assert picture.shape[0] > 200 and picture.shape[1] > 400 and len(set(picture.ravel().tolist())) > 10


@pytest.mark.parametrize("operation", GUESSED, ids=str)
def test_a_guessed_picture_is_drawn(operation, names):
    for _, plate in catalogue.plates_of(operation):
        assert show.picture(plate, names).size


@pytest.mark.parametrize("leak", leaks.LEAKS, ids=lambda leak: leak.name)
def test_the_usual_tool_leaks_and_ours_does_not(leak, names):
    image, mask, other, _ = leaks.scene(leak, names)
    assert leaks.moves(leak.usual, image, other, mask).area > 1000
    assert leaks.moves(leak.ours, image, other, mask).area == 0


def test_a_page_shows_the_line_that_is_run():
    text = pages.section(rm.registry()["circle"])
    assert "rm.circle((36, 48), (18, 24), 14)\n" in text and "14, coverage=True)" in text and "circle.png" in text

"""Similarity beside a double loop, and what may not change it."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm
from roimask.matching import correlation


def by_definition(image, template, weight, part, min_overlap=0.5):
    """Masked normalised cross-correlation, window by window, in float64."""
    image, template = (np.atleast_3d(array).astype(np.float64) for array in (image, template))
    (h, w), (rows, columns) = template.shape[:2], image.shape[:2]
    found = np.zeros((rows - h + 1, columns - w + 1))
    for r, c in np.ndindex(*found.shape):
        a = (weight[r : r + h, c : c + w].astype(np.float64) * part)[..., None]
        if a.sum() < min_overlap * part.sum() or not a.any():
            continue
        f, t = image[r : r + h, c : c + w], template
        f, t = (np.where(a > 0, x - (a * x).sum((0, 1)) / a.sum(), 0) for x in (f, t))
        squares = (a * f * f).sum() * (a * t * t).sum()
        found[r, c] = (a * f * t).sum() / np.sqrt(squares) if squares > 1e-9 else 0
    return found


def picture(bands=1, seed=0, shape=(46, 57)):
    """Noise with a flat part."""
    image = np.random.default_rng(seed).integers(0, 255, (*shape, bands)).astype(np.uint8)
    image[5:22, 8:30] = 71
    return image[..., 0] if bands == 1 else image


def weights(kind, shape, seed):
    """A mask of that kind, as numbers."""
    random = np.random.default_rng(seed).random(shape)
    return {"none": np.ones(shape), "binary": (random < 0.7) * 1.0, "weights": random.astype(np.float32)}[kind]


def as_mask(kind, values):
    return None if kind == "none" else rm.Mask(values if kind == "weights" else values > 0)


@pytest.fixture(params=["direct", "fourier"])
def way(request, monkeypatch):
    """Both ways to the sums."""
    monkeypatch.setattr(correlation, "_TERM", 1e-9 if request.param == "direct" else 1e9)


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("of_template", ["none", "binary", "weights"])
@pytest.mark.parametrize("of_image", ["none", "binary", "weights"])
def test_is_the_definition(way, bands, of_image, of_template):
    image, template = picture(bands), picture(bands, 1, (9, 12))
    weight, part = weights(of_image, image.shape[:2], 2), weights(of_template, template.shape[:2], 3)
    for dtype, close in ((np.uint8, 2e-6), (np.float64, 1e-9)):
        found = rm.similarity(
            image.astype(dtype), template.astype(dtype), as_mask(of_image, weight), as_mask(of_template, part)
        )
        np.testing.assert_allclose(found, by_definition(image, template, weight, part), atol=close)


def test_float32_keeps_the_accuracy_it_states_where_windows_are_faint():
    """A bright block beside a faint texture: the sums of squares of the one drown those of the other."""
    rng = np.random.default_rng(4)
    image = rng.normal(0, 1, (300, 300)).astype(np.float32)
    image[:, 150:] += 2000 * rng.random((300, 150), np.float32)
    template = image[40:70, 50:85]
    mask = rng.random(image.shape) < 0.9
    found = rm.similarity(image, template, mask)
    exact = rm.similarity(image.astype(np.float64), template.astype(np.float64), mask)
    assert found.dtype == np.float32 and np.abs(found - exact).max() < 1e-4
    assert found[40, 50] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("gain, offset", [(1, 1e6), (1e-7, 0), (1e5, -3e7)])
def test_gain_and_offset_change_nothing(way, gain, offset):
    image, template = picture().astype(np.float64), picture(1, 1, (9, 12)).astype(np.float64)
    mask = weights("weights", image.shape, 5)
    before = rm.similarity(image, template, mask)
    np.testing.assert_allclose(rm.similarity(gain * image + offset, template, mask), before, atol=1e-7)
    np.testing.assert_allclose(rm.similarity(image, gain * template + offset, mask), before, atol=1e-7)


@pytest.mark.parametrize("method", ["ncc", "ssd", "sad", "gradient"])
@pytest.mark.parametrize("junk", [np.nan, np.inf, -1e30, 1e30])
def test_nothing_leaks_in_on_either_side(method, junk):
    image, template = picture().astype(np.float32), picture(1, 1, (9, 12)).astype(np.float32)
    mask, part = weights("binary", image.shape, 5) > 0, weights("binary", template.shape, 6) > 0
    before = rm.similarity(image, template, mask, part, method=method)
    spoiled, other = np.where(mask, image, np.float32(junk)), np.where(part, template, np.float32(junk))
    assert (rm.similarity(spoiled, other, mask, part, method=method) == before).all()
    if not np.isfinite(junk):
        assert (rm.similarity(spoiled, other, None, None, method=method) == before).all()


def test_a_mask_is_the_same_in_all_its_kinds():
    image, template = picture(), picture(1, 1, (9, 12))
    mask = weights("binary", image.shape, 5) > 0
    found = rm.similarity(image, template, mask)
    assert (rm.similarity(image, template, mask.astype(np.float32)) == found).all()
    assert (rm.similarity(image, template, rm.Mask(mask * 7, kind="labels")) == found).all()


@pytest.mark.parametrize("method", ["ncc", "ssd", "sad", "gradient"])
def test_an_exact_copy_scores_one_and_the_rest_less(method):
    image = picture()
    mask = rm.circle(image, (25, 28), 20)
    found = rm.similarity(image, image[24:35, 20:33], mask, method=method)
    assert np.abs(found).max() <= 1 and np.isfinite(found).all()
    assert np.unravel_index(found.argmax(), found.shape) == (24, 20)
    assert found[24, 20] == pytest.approx(1, abs=1e-5)


def test_other_measures_by_their_formulas():
    image, template = picture(), picture(1, 1, (9, 12))
    f, t = image[3:12, 4:16].astype(float), template.astype(float)
    ssd, sad = (rm.similarity(image, template, method=method)[3, 4] for method in ("ssd", "sad"))
    assert ssd == pytest.approx(1 - ((f - t) ** 2).sum() / (f**2 + t**2).sum(), abs=1e-5)
    f, t = f - f.mean(), t - t.mean()
    assert sad == pytest.approx(1 - np.abs(f - t).sum() / (np.abs(f) + np.abs(t)).sum(), abs=1e-5)


def test_what_cannot_be_told_is_zero(way):
    image = picture()
    assert not rm.similarity(np.full((20, 30), 9, np.uint8), image[:5, :5]).any()  # a flat image
    assert not rm.similarity(image, np.full((5, 6), 9, np.uint8)).any()  # a flat template
    assert not rm.similarity(image, image[:1, :1]).any()  # one pixel is flat
    assert not rm.similarity(image, image[:9, :9], np.zeros(image.shape, bool)).any()
    assert not rm.similarity(np.full((20, 30), 0.1), np.random.default_rng(0).random((5, 5))).any()
    half = np.zeros(image.shape, bool)
    half[:, :30] = True
    found = rm.similarity(image, image[25:35, 20:40], half, min_overlap=0.5)
    assert found[25, 20] == pytest.approx(1, abs=1e-5) and found[25, 21] == 0


def test_says_what_does_not_go_together():
    image = picture()
    with pytest.raises(rm.ParameterError, match="larger than the image"):
        rm.similarity(image[:5], image[:6])
    with pytest.raises(rm.ParameterError, match="no pixel of the template takes part"):
        rm.similarity(image, image[:6, :6], template_mask=np.zeros((6, 6), bool))
    with pytest.raises(rm.ParameterError, match="bands"):
        rm.similarity(image, picture(3)[:6, :6])
    with pytest.raises(rm.FrameMismatch, match="the mask of the template"):
        rm.similarity(image, image[:6, :6], template_mask=np.ones((5, 6), bool))


def test_many_blocks_are_one(monkeypatch):
    image, template = picture(shape=(200, 230)), picture(1, 1, (11, 14))
    mask = weights("binary", image.shape, 5) > 0
    monkeypatch.setattr(correlation, "_TERM", 1e9)
    whole = rm.similarity(image, template, mask)
    monkeypatch.setattr(correlation, "_best_size", lambda template, places: 40)
    np.testing.assert_allclose(rm.similarity(image, template, mask), whole, atol=1e-5)

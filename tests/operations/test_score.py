"""Scores, beside their definitions written plainly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from sklearn.metrics import precision_recall_curve

import roimask as rm


def masks(seed=0, shape=(40, 50)):
    draw = np.random.default_rng(seed)
    truth = ndimage.gaussian_filter(draw.normal(size=shape), 3) > 0.05
    return np.roll(truth, 2, axis=1), truth


def near(mask, buffer):
    return ndimage.distance_transform_edt(~mask) <= buffer if mask.any() else mask


@pytest.mark.parametrize("buffer", [0, 1, 3])
def test_relaxed_precision_and_recall(buffer):
    found, truth = masks()
    scored = rm.score(found, truth, buffer=buffer)
    precision = (found & near(truth, buffer)).sum() / found.sum()
    recall = (truth & near(found, buffer)).sum() / truth.sum()
    assert scored.precision == pytest.approx(precision) and scored.recall == pytest.approx(recall)
    assert scored.f1 == pytest.approx(2 * precision * recall / (precision + recall))
    assert scored.iou == pytest.approx((found & truth).sum() / (found | truth).sum())


def test_what_the_mask_leaves_out_changes_nothing():
    found, truth = masks()
    mask = np.arange(50)[None].repeat(40, 0) < 25
    other = np.where(mask, found, ~found)
    expected = rm.score(found[:, :25], truth[:, :25], buffer=2, lines=True, objects=0.5)
    for given in (found, other):
        assert rm.score(given, truth, mask, buffer=2, lines=True, objects=0.5)._asdict() == expected._asdict()


def test_the_curve_of_a_response():
    draw = np.random.default_rng(1)
    truth = draw.random((20, 25)) < 0.3
    response = (truth + draw.normal(0, 0.6, truth.shape)).astype(np.float32)
    scored = rm.score(response, truth)
    precision, recall, thresholds = precision_recall_curve(truth.ravel(), response.ravel())
    at = np.searchsorted(thresholds, scored.curve.thresholds)
    np.testing.assert_allclose(scored.curve.precision, precision[at])
    np.testing.assert_allclose(scored.curve.recall, recall[at])
    assert scored.f1 == pytest.approx(scored.curve.f1.max())
    assert scored.curve.picture(200).shape == (200, 200, 3)
    assert rm.score(response, truth, threshold=0.5).threshold == 0.5


def test_a_response_with_a_buffer_scores_as_its_mask_does():
    _, truth = masks()
    response = ndimage.gaussian_filter(np.roll(truth, 3, axis=0).astype(np.float32), 2)
    scored = rm.score(response, truth, buffer=2)
    assert scored._asdict() == {
        **rm.score(response >= scored.threshold, truth, buffer=2)._asdict(),
        "threshold": scored.threshold,
    }
    place = np.searchsorted(scored.curve.thresholds, scored.threshold)
    assert scored.curve.recall[place] == pytest.approx(scored.recall)
    assert scored.curve.precision[place] == pytest.approx(scored.precision)


def test_lines_by_their_lengths():
    truth, found = np.zeros((2, 21, 60), bool)
    truth[9:12, 5:55] = True
    found[10:13, 5:30] = True
    scored = rm.score(found, truth, buffer=2, lines=True)
    assert scored.correctness == 1 and scored.completeness == pytest.approx(0.5, abs=0.08)
    assert scored.quality == pytest.approx(0.5, abs=0.08)


def test_objects_by_their_overlap():
    truth = np.asarray(rm.rectangle((30, 30), 2, 2, 8, 8) | rm.rectangle((30, 30), 18, 18, 8, 8))
    found = np.asarray(rm.rectangle((30, 30), 3, 2, 8, 8) | rm.rectangle((30, 30), 18, 2, 3, 3))
    scored = rm.score(found, truth, objects=0.5)
    assert (scored.object_precision, scored.object_recall) == (0.5, 0.5)
    assert rm.score(found, truth, objects=0.9).object_recall == 0


def test_bad_calls():
    with pytest.raises(rm.ParameterError, match="one band"):
        rm.score(np.ones((4, 4, 3)), np.ones((4, 4), bool))
    with pytest.raises(rm.ParameterError, match="no threshold"):
        rm.score(np.ones((4, 4), bool), np.ones((4, 4), bool), threshold=0.5)
    with pytest.raises(rm.FrameMismatch):
        rm.score(np.ones((4, 4), bool), np.ones((4, 5), bool))
    nothing = rm.score(np.full((4, 4), np.nan), np.ones((4, 4), bool))
    assert np.isnan(nothing.f1) and np.isnan(nothing.threshold)

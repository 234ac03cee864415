"""Ridges at several scales, beside scikit-image where nothing is masked, and with masks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.filters import frangi, meijering, sato

import roimask as rm


def blurred(shape=(90, 120), seed=0) -> np.ndarray:
    return ndimage.gaussian_filter(np.random.default_rng(seed).normal(100, 60, shape), 1.5)


def plain(image, scales, method, dark, structure):
    """The definition, by scipy's Gaussian and second differences."""
    best = np.zeros(image.shape)
    for s in scales:
        g = s * s * (-1 if dark else 1) * ndimage.gaussian_filter(image, s, truncate=4, mode="nearest")
        p = np.pad(g, 1, "edge")
        rr = p[2:, 1:-1] + p[:-2, 1:-1] - 2 * g
        cc = p[1:-1, 2:] + p[1:-1, :-2] - 2 * g
        rc = (p[:-2, :-2] + p[2:, 2:] - p[:-2, 2:] - p[2:, :-2]) / 4
        low, high = np.linalg.eigvalsh(np.stack([[rr, rc], [rc, cc]]).transpose(2, 3, 0, 1)).transpose(2, 0, 1)
        if method == "sato":
            found = -low
        elif method == "meijering":
            found = np.where(abs(low) >= abs(high), high / 3 - low, low / 3 - high)
        else:
            big = np.where(abs(low) >= abs(high), low, high)
            small = np.where(abs(low) >= abs(high), high, low)
            found = np.exp(-2 * (small / big) ** 2) * (1 - np.exp(-(low**2 + high**2) / (2 * structure**2)))
            found = np.where(big < 0, found, 0)
        best = np.maximum(best, found)
    return best


@pytest.mark.parametrize("method", ["sato", "meijering", "frangi"])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint16])
def test_where_all_takes_part_it_is_the_definition(method, dark, dtype):
    image = blurred().astype(dtype)
    found = rm.ridge(image, scales=(1, 2), method=method, dark=dark)
    expected = plain(image.astype(np.float64), (1, 2), method, dark, image.std(dtype=np.float64) / 2)
    np.testing.assert_allclose(found[12:-12, 12:-12], expected[12:-12, 12:-12], atol=2e-3 * expected.max())


@pytest.mark.parametrize(("method", "theirs"), [("sato", sato), ("meijering", meijering), ("frangi", frangi)])
def test_it_goes_with_scikit_image(method, theirs):
    image = blurred()
    ours = rm.ridge(image, scales=(2, 3), method=method)[20:-20, 20:-20]
    peer = theirs(image, sigmas=(2, 3), black_ridges=False)[20:-20, 20:-20]
    assert np.corrcoef(ours.ravel(), peer.ravel())[0, 1] > 0.9


def test_neither_the_masks_edge_nor_the_border_is_a_ridge():
    image = np.full((50, 50), 300, np.uint16)
    mask = np.ones((50, 50), bool)
    mask[20:24] = False
    image[20:24] = 9000
    assert np.nanmax(rm.ridge(image, mask)) < 1e-3
    assert rm.ridge(image).max() > 1000


def test_a_line_answers_along_it_and_on_the_scale_that_suits_it():
    image = np.zeros((60, 60), np.float32)
    image[28:32] = 50
    by_scale = [rm.ridge(image, scales=(s,))[30, 30] for s in (1, 2, 8)]
    assert by_scale[1] == max(by_scale)
    assert rm.ridge(image, method="frangi")[30, 30] > 0.7
    assert (rm.ridge(-image, dark=True) == rm.ridge(image)).all()


def test_without_a_scale_it_says_so():
    with pytest.raises(rm.ParameterError, match="scales"):
        rm.ridge(np.ones((4, 4)), scales=())

"""The Lee filter against its formula written out, and on speckle that was made."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm

RNG = np.random.default_rng(3)
IMAGE = RNG.gamma(2.0, 50.0, (19, 23))
HOLES = RNG.random(IMAGE.shape) < 0.7
WEIGHTS = np.where(HOLES, RNG.random(IMAGE.shape), 0).astype(np.float32)


def lee(image: np.ndarray, weight: np.ndarray, size: int, looks: float) -> np.ndarray:
    """Each window by itself."""
    reach, out = size // 2, image.copy()
    for r, c in np.argwhere(weight > 0):
        part = slice(max(r - reach, 0), r + reach + 1), slice(max(c - reach, 0), c + reach + 1)
        f, w = image[part], weight[part].astype(np.float64)
        mean = (w * f).sum() / w.sum()
        variance = (w * (f - mean) ** 2).sum() / w.sum()
        kept = max(0.0, 1 - mean**2 / (looks * variance)) if variance > 0 else 0.0
        out[r, c] += weight[r, c] * (mean + kept * (image[r, c] - mean) - image[r, c])
    return out


@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize("weight", [HOLES, WEIGHTS], ids=["binary", "weights"])
def test_the_formula(weight: np.ndarray, size: int) -> None:
    expected = lee(IMAGE, weight, size, looks=3)
    np.testing.assert_allclose(rm.lee(IMAGE, weight, size=size, looks=3), expected, rtol=1e-5)


def test_even_ground_is_smoothed_and_an_edge_stays() -> None:
    truth = np.where(np.arange(60) < 30, 20.0, 200.0) * np.ones((60, 1))
    image = truth * RNG.gamma(16, 1 / 16, truth.shape)  # speckle of 16 looks
    found = rm.lee(image, size=7, looks=16)
    assert found[:, 5:20].std() < image[:, 5:20].std() / 3
    edge = slice(28, 32)
    assert np.abs(found - truth)[:, edge].mean() < np.abs(rm.box(image, size=7) - truth)[:, edge].mean() / 2


def test_what_is_written_only_becomes_the_mean() -> None:
    read = np.ones((1, 5), bool)
    read[0, 2] = False
    image = np.array([[10.0, 20, 999, 20, 10]])
    assert rm.lee(image, read, size=3, write=~read)[0, 2] == 20

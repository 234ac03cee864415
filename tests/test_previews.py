"""The picture of before and after: what stands where, and on which scale."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm

RAMP = np.arange(64, dtype=np.uint8).reshape(8, 8)


def test_both_pictures_stand_side_by_side() -> None:
    shown = rm.preview(RAMP, RAMP[::-1])
    np.testing.assert_array_equal(shown[:8, :8], RAMP[..., None].repeat(3, axis=2))
    np.testing.assert_array_equal(shown[:8, 16:24], RAMP[::-1, :, None].repeat(3, axis=2))


def test_histograms_count_the_mask_alone() -> None:
    dark, bright = (rm.preview(RAMP, RAMP, part)[16:] for part in (RAMP < 32, RAMP >= 32))
    lit = [(half[:, :8, 0] > 100).any(axis=0) for half in (dark, bright)]  # a column a bin of 32 values
    assert lit[0].tolist() == [True] + [False] * 7 and lit[1].tolist() == [False, True] + [False] * 6


@pytest.mark.parametrize("kind", ["binary", "weights", "labels"])
def test_the_mask_is_outlined_in_both_pictures_on_its_own_pixels(kind: str) -> None:
    mask = np.zeros((8, 8), {"binary": bool, "weights": np.float32, "labels": np.int32}[kind])
    mask[2:6, 3:] = 1
    shown = rm.preview(RAMP, RAMP[::-1], mask)
    lit = np.zeros((8, 8), bool)
    lit[[2, 5], 3:] = lit[2:6, 3] = True  # not along the rim
    for picture in (shown[:8, :8], shown[:8, 16:24]):
        assert ((picture == (0, 200, 255)).all(axis=2) == lit).all()
    assert (shown[:8, :8][~lit] == RAMP[~lit][:, None]).all()


@pytest.mark.parametrize("dtype", ["bool", "uint16", "int16", "float32"])
@pytest.mark.parametrize("bands", [None, 1, 2, 3, 4])
def test_any_image_can_be_shown(dtype: str, bands: int | None) -> None:
    image = np.random.default_rng(1).random((40, 50) if bands is None else (40, 50, bands)) * 300
    image = (image > 150) if dtype == "bool" else image.astype(dtype)
    shown = rm.preview(image, image, size=30)
    assert shown.dtype == np.uint8 and shown.shape == (24 + 8 + 104, 30 + 8 + 30, 3)


def test_both_are_shown_on_one_scale() -> None:
    image = np.full((8, 8), 100.0)
    shown = rm.preview(image, image + np.eye(8) * 100)
    assert (shown[:8, :8] == 0).all() and (shown[np.arange(8), 16 + np.arange(8)] == 255).all()


def test_nan_is_black_and_counted_nowhere() -> None:
    image = np.full((8, 8), np.nan)
    assert rm.preview(image, image).max() < 30


def test_sizes_must_agree() -> None:
    with pytest.raises(rm.ParameterError, match="before and after have one size"):
        rm.preview(RAMP, RAMP[:4])

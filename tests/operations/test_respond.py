"""Banks laid over images, beside each template by itself, written plainly."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm

LINES = rm.bank("line", size=9, orientations=5, widths=(1, 3))


def plain(image: np.ndarray, weight: np.ndarray, templates) -> np.ndarray:
    """The answer of each template at each pixel by the linear rule; -inf where it lies on nothing."""
    out = np.full((len(templates), *image.shape), -np.inf)
    half = templates.size // 2
    f, w = (np.pad(part.astype(np.float64), half) for part in (image * weight, weight))
    for number, k in enumerate(templates):
        for y, x in np.ndindex(image.shape):
            window = np.s_[y : y + k.shape[0], x : x + k.shape[1]]
            there = (np.abs(k) * w[window]).sum()
            if there > 0:
                usual = (np.abs(k) * f[window]).sum() / there
                out[number, y, x] = (k * f[window]).sum() + usual * (k * (1 - w[window])).sum()
    return out


@pytest.mark.parametrize("bank", [LINES, rm.bank("edge", size=5), rm.bank("laws"), rm.bank("nevatia_babu")])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
def test_the_strongest_answer_of_the_bank(bank, dtype):
    draw = np.random.default_rng(3)
    image, mask = draw.integers(0, 200, (17, 40)).astype(dtype), draw.random((17, 40)) < 0.6
    expected = plain(image, mask, bank).max(axis=0)
    found = rm.respond(image, mask, bank=bank)
    np.testing.assert_allclose(found[mask], expected[mask], atol=2e-4)
    assert np.isnan(found[~mask]).all() and found.dtype == (np.float64 if dtype == np.float64 else np.float32)


def test_weights_count_in_proportion():
    draw = np.random.default_rng(4)
    image, weight = draw.integers(0, 200, (9, 14)).astype(np.float64), draw.random((9, 14))
    expected = plain(image, rm.Mask(weight).weight, LINES).max(axis=0)
    np.testing.assert_allclose(rm.respond(image, weight, bank=LINES), expected, atol=1e-9)


def test_its_direction_its_width_and_its_number():
    image = np.zeros((60, 60), np.float32)
    rows, columns = np.indices(image.shape)
    image[np.abs((columns - 30) * np.sin(np.pi / 6) + (rows - 30) * np.cos(np.pi / 6)) < 1.5] = 100
    bank = rm.bank("line", size=15, orientations=6, widths=(1, 3, 5))
    maps = {name: rm.respond(image, bank=bank, output=name)[30, 30] for name in ("orientation", "width", "index")}
    assert maps == {"orientation": 30, "width": 3, "index": 7}
    assert np.isnan(rm.respond(image, bank=np.ones((3, 3)), output="orientation")).all()


def test_neither_border_nor_nodata_is_a_line():
    image = np.full((40, 40), 500, np.uint16)
    mask = np.ones((40, 40), bool)
    mask[10:14, :] = False
    image[10:14] = 60000
    assert np.nanmax(np.abs(rm.respond(image, mask, bank=LINES))) < 1e-3


def test_divided_by_the_spread_faint_lines_count_as_bold_ones():
    draw = np.random.default_rng(0)
    image = draw.normal(0, 1, (40, 80)) + 4 * (np.arange(80) == 20)
    image[:, 40:] = 10 * image[:, :40]
    found = rm.respond(image, bank=LINES, normalize=True)
    np.testing.assert_allclose(found[10:30, 20], found[10:30, 60], rtol=1e-6)
    assert (rm.respond(np.ones((9, 9)), bank=LINES, normalize=True) == 0).all()


def test_a_huge_value_spoils_no_window_but_its_own():
    image = np.random.default_rng(1).normal(100, 5, (30, 60)).astype(np.float32)
    spoilt = image.copy()
    spoilt[15, 50] = 1e30
    ours, theirs = rm.respond(spoilt, bank=LINES), rm.respond(image, bank=LINES)
    np.testing.assert_allclose(ours[:, :45], theirs[:, :45], atol=1e-3)

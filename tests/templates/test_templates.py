"""Templates and banks: their forms, their numbers, and the ways in which they are given."""

from __future__ import annotations

import json

import numpy as np
import pytest

import roimask as rm
from roimask.templates.classic import COMPASS
from roimask.templates.drawn import DRAWN

NAMES = [*DRAWN, *COMPASS]


@pytest.mark.parametrize("name", NAMES)
def test_a_template_answers_nothing_on_a_constant_and_its_contrast_on_its_form(name):
    template = rm.template(name)
    assert abs(template.sum()) < 1e-12
    assert 0.5 < template[template > 0].sum() < 1 + 1e-9
    assert (rm.template(name, dark=True) == -template).all()


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"spot", "ring"}))
def test_turned_by_90_degrees_it_is_the_same_turned_array(name):
    if name == "nevatia_babu" or name not in DRAWN:
        angles = (0, COMPASS[name])
    else:
        angles = (0, 20)
    for angle in angles:
        np.testing.assert_allclose(
            rm.template(name, angle=angle + 90), np.rot90(rm.template(name, angle=angle)), atol=1e-9
        )


def test_a_line_lies_along_its_angle_counter_clockwise_as_seen():
    template = rm.template("line", 9, 45)
    assert (np.diag(template[:, ::-1])[1:-1] > 0).all()
    assert rm.template("line", 9, 0)[4].min() > 0
    assert rm.template("line", 15, 30, 3).max() <= 1 / (15 * 3) * 1.5


def test_classic_numbers():
    np.testing.assert_array_equal(rm.template("prewitt") * 3, [[1, 1, 1], [0, 0, 0], [-1, -1, -1]])
    np.testing.assert_array_equal(rm.template("sobel", angle=90) * 4, [[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    np.testing.assert_allclose(rm.template("kirsch", angle=45) * 15, [[5, 5, -3], [5, 0, -3], [-3, -3, -3]])
    np.testing.assert_allclose(rm.template("nevatia_babu", angle=30)[1] * 1102, [100, 100, 100, 78, -32])
    np.testing.assert_allclose(rm.template("laws", kind="L5E5")[2] * 96, [-6, -12, 0, 12, 6])


def test_a_bank_has_each_angle_and_width():
    found = rm.bank("line", orientations=4, widths=(1, 3), polarity="both")
    assert len(found) == 16 and found.size == 9
    assert found.angles.tolist() == [0, 45, 90, 135] * 4
    assert found.widths.tolist() == [1] * 4 + [3] * 4 + [1] * 4 + [3] * 4
    np.testing.assert_array_equal(found[8], -found[0])
    assert len(rm.bank("laws")) == 25 and len(rm.bank("nevatia_babu")) == 12 and len(rm.bank("kirsch")) == 8
    assert not found.kernels.flags.writeable


def test_a_bank_of_ones_own(tmp_path):
    own = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    (tmp_path / "t.csv").write_text("0,1,0\n1,-4,1\n0,1,0\n")
    (tmp_path / "t.txt").write_text("0 1 0\n1 -4 1\n0 1 0\n")
    (tmp_path / "t.json").write_text(json.dumps([own, own]))
    image = np.random.default_rng(0).integers(0, 255, (9, 12), np.uint8)
    expected = rm.respond(image, bank=own)
    for name in ("t.csv", "t.txt", "t.json"):
        np.testing.assert_array_equal(rm.respond(image, bank=str(tmp_path / name)), expected)
    cut = rm.template_from(image, (4, 5), size=5)
    assert np.unravel_index(np.argmax(cut), cut.shape) == np.unravel_index(np.argmax(image[2:7, 3:8]), (5, 5))


def test_it_is_printed_and_drawn():
    found = rm.bank("line", size=5, orientations=2)
    assert str(found).splitlines()[0] == "0°, 1 wide" and "0.200" in str(found)
    picture = found.picture(cell=10)
    assert picture.shape == (58, 116, 3) and (picture[29, 29] == [255, 0, 0]).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: rm.template("lien"), "did you mean 'line'"),
        (lambda: rm.template("line", size=4), "odd number"),
        (lambda: rm.template("line", size=7, width=5), "need a size of 15"),
        (lambda: rm.template("sobel", angle=30), "steps of 45"),
        (lambda: rm.template("sobel", size=5), "3 × 3"),
        (lambda: rm.template("edge", width=2), "no width"),
        (lambda: rm.template("laws", kind="E5X5"), "two of"),
        (lambda: rm.bank("line", polarity="grey"), "bright, dark, both"),
        (lambda: rm.bank("line", orientations=0), "1 or more"),
        (lambda: rm.template([[1, 2], [3, 4]]), "odd height"),
        (lambda: rm.template([[np.nan]]), "finite"),
        (lambda: rm.template("gone.csv"), "cannot be read"),
        (lambda: rm.respond(np.ones((9, 9)), bank="line:sizes=3"), "did you mean 'size'"),
        (lambda: rm.template_from(np.ones((9, 9)), (4, 4), size=3), "flat"),
    ],
)
def test_bad_calls_say_what_was_expected(call, said):
    with pytest.raises(rm.RoimaskError, match=said):
        call()

"""Wrong command lines: one line that says what was given and what to do, no traceback, the right exit code."""

from __future__ import annotations

import numpy as np
import pytest

import roimask as rm
from tests.cli.conftest import run

GAUSSIAN = ("gaussian", "in/a.png", "--sigma", "1")
# The words, the exit code, and what is said; 2: the call is wrong, 1: something that it names is.
LINES = [
    (("gaussian",), 2, "Missing argument 'IMAGE...'"),
    (("gaussian", "in/a.png", "-o", "o.png"), 2, "Missing option '--sigma'"),
    (("gaussian", "in/a.png", "--sigma", "-3", "-o", "o.png"), 2, "sigma is a number above 0, got -3.0"),
    (("gaussian", "in/a.png", "--sigma", "nan", "-o", "o.png"), 2, "sigma is a number above 0, got nan"),
    (("gaussian", "in/a.png", "--sigma", "two", "-o", "o.png"), 2, "sigma is a number above 0, got 'two'"),
    (("gaussian", "in/a.png", "--sgima", "2", "-o", "o.png"), 2, "No such option '--sgima'"),
    ((*GAUSSIAN,), 2, "give -o: a file, a folder or a pattern"),
    ((*GAUSSIAN, "-o", "o.xyz"), 1, "o.xyz cannot be written: the suffix '.xyz' is not known"),
    ((*GAUSSIAN, "-o", "in/a.png"), 2, "in/a.png is read and would be overwritten: give another -o"),
    ((*GAUSSIAN, "-o", "{stm}.png"), 2, "-o knows no {stm}: known are {stem}"),
    ((*GAUSSIAN, "-o", "o.png", "-m", "no.png"), 2, "there is no mask no.png: give a file, a folder"),
    ((*GAUSSIAN, "-o", "o.png", "-m", "small.png"), 1, "the mask small.png is 4 × 4, the image 20 × 30"),
    ((*GAUSSIAN, "-o", "o.png", "-m", "text.png"), 1, "text.png is not an image in a format that is known"),
    ((*GAUSSIAN, "-o", "o.png", "-m", "empty"), 1, "no mask in empty: neither a nor a_mask"),
    ((*GAUSSIAN, "-o", "o.png", "--mask-kind", "polar"), 2, "'polar' is not one of 'binary', 'labels', 'weights'"),
    ((*GAUSSIAN, "-o", "o.png", "--border", "wrap"), 2, "'wrap' is not one of 'outside'"),
    ((*GAUSSIAN, "-o", "o.png", "--empty", "nan"), 1, "--empty nan needs a floating point image, this one is uint8"),
    ((*GAUSSIAN, "-o", "o.png", "--per-region"), 1, "--per-region needs a mask with regions, got none"),
    ((*GAUSSIAN, "-o", "o.png", "-j", "0"), 2, "0 is not in the range x>=1"),
    ((*GAUSSIAN, "-o", "o.png", "--memory-limit", "0"), 2, "0 is not in the range x>=1"),
    ((*GAUSSIAN, "-o", "o.png", "--report", "r.doc"), 2, "r.doc: a table is written as .csv, .json"),
    ((*GAUSSIAN, "-o", "o.png", "--contact-sheet", "s.png"), 2, "s.png: a contact sheet is written as .html"),
    (("gaussian", "no.png", "--sigma", "1", "-o", "o.png"), 1, "no.png cannot be opened: No such file"),
    (("gaussian", "no*.png", "--sigma", "1", "-o", "o"), 2, "no file matches 'no*.png'"),
    (("gaussian", "empty", "--sigma", "1", "-o", "o"), 2, "there is no image in empty"),
    (("gaussian", "in", "--sigma", "1", "-o", "o.png"), 2, "3 inputs cannot go to o.png: give a folder or a pattern"),
    (("median", "in/a.png", "--size", "4", "-o", "o.png"), 2, "size is an odd whole number of pixels"),
    (("gamma", "in/a.png", "--gamma", "0", "-o", "o.png"), 2, "gamma is a number above 0, got 0.0"),
    (("statistics", "in/a.png", "-m", "small.png"), 1, "the mask small.png is 4 × 4"),
    (("statistics", "in/a.png", "-m", "masks/a.png", "--by", "name"), 1, "leave --by name out"),
    (("statistics", "in/a.png", "-o", "s.xyz"), 2, "s.xyz: a table is written as .csv, .json"),
    (("regions", "masks/a.png", "--image", "small.png"), 1, "regions: the mask is 20 × 30, the image 4 × 4"),
    (("mask", "circle", "--radius", "3", "-o", "m.png"), 2, "give either --like IMAGE or --frame HEIGHT,WIDTH"),
    (("mask", "circle", "--like", "in/a.png", "--radius", "3m", "-o", "m.png"), 2, "3m cannot be turned into pixels"),
    (("mask", "circel", "--like", "in/a.png"), 2, "there is no command circel: did you mean circle?"),
    (("mask", "combine", "masks/a.png", "&", "-o", "m.png"), 2, "expression"),
    (("mask", "convert", "masks/a.png", "-o", "m.shp"), 1, "m.shp cannot be written as a mask: .shp is only read"),
    (("gausian", "in/a.png"), 2, "there is no command gausian: did you mean gaussian?"),
    (("nothing.png",), 2, "there is no command and no file nothing.png"),
    (("check", "in", "-m", "nowhere"), 2, "there is no mask nowhere"),
]


@pytest.mark.parametrize(("words", "code", "said"), LINES, ids=[" ".join(words) for words, *_ in LINES])
def test_a_wrong_line_says_what_is_wrong(place, words, code, said):
    (place / "empty").mkdir()
    (place / "text.png").write_text("no picture")
    rm.Mask(np.ones((4, 4), bool)).save("small.png")
    found = run(*words)
    assert found.exit_code == code, found.stderr
    assert said in found.stderr
    assert len(found.stderr.splitlines()) == 1 and "Traceback" not in found.stderr
    assert not (place / "o.png").exists() and not (place / "s.png").exists()


def test_a_fault_of_roimask_is_one_line_too(place, monkeypatch):
    monkeypatch.setattr("roimask.cli.combine.write_mask", lambda *_, **__: {}["gone"])
    found = run("mask", "combine", "masks/a.png", "-o", "m.png")
    assert (found.exit_code, found.stderr) == (1, "roimask: unexpected KeyError: 'gone'\n")

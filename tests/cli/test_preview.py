"""--preview: what an operation did to each image, where the command runs and in the contact sheet."""

from __future__ import annotations

import numpy as np

import roimask as rm
from tests.cli.conftest import names, run


def test_a_preview_of_each_image_is_written_where_the_command_runs(place) -> None:
    found = run("stretch", "in", "--mask", "masks", "-o", "out", "--preview", "--contact-sheet", "sheet.html")
    assert found.exit_code == 0, found.stderr
    assert {"a_preview.png", "b_preview.png", "c_preview.png", "out/a.png"} <= set(names(place))
    before, after = rm.read("in/a.png"), rm.read("out/a.png")
    shown = rm.read("a_preview.png")
    np.testing.assert_array_equal(shown, rm.preview(before, after, rm.read_mask("masks/a.png")))
    page = (place / "sheet.html").read_text()
    assert page.count("<figcaption>preview</figcaption>") == 3


def test_a_preview_is_not_overwritten_unasked(place) -> None:
    assert run("equalize", "in/a.png", "-o", "out.png", "--preview").exit_code == 0
    again = run("equalize", "in/a.png", "-o", "other.png", "--preview")
    assert again.exit_code == 2 and "a_preview.png would be overwritten" in again.stderr
    assert run("equalize", "in/a.png", "-o", "other.png", "--preview", "--overwrite").exit_code == 0


def test_previews_keep_the_tree(place) -> None:
    (place / "in" / "below").mkdir()
    rm.write(place / "in" / "below" / "d.png", rm.read("in/a.png"))
    found = run("gamma", "in", "--gamma", "0.5", "-r", "-o", "out", "--preview")
    assert found.exit_code == 0, found.stderr
    assert "below/d_preview.png" in names(place)

"""What the library says in the words of Python is said in those of the shell; warnings are plain lines."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from roimask.cli.notes import kept, plain_warnings
from roimask.cli.wording import for_shell

import roimask as rm
from tests.cli.conftest import run


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ('Read it with kind="binary" (True from half on).', "Read it with --mask-kind binary (True from half on)."),
        ("read what is there with allow_truncated.", "read what is there with --allow-truncated."),
        ("Read a window, or raise memory_limit.", "Read a window, or raise --memory-limit."),
        ("give frame= (an image, a shape).", "give --like IMAGE."),
        ("choose one with image=.", "choose one with --of."),
        ("one of above=, below= and method= is needed", "one of --above, --below and --method is needed"),
        ("per_region=True and write= exclude each other", "--per-region and --write exclude each other"),
        ("give sigma=... (a number)", "give --sigma (a number)"),
        ("Give element='line'.", "Give --element line."),
        ("set fill=-1.", "set --fill -1."),
        ("Align with mask.to_frame(frame).", "Align with roimask mask convert MASK --like IMAGE."),
        ("can (or write mask.as_binary()).", "can (or give --mask-kind binary)."),
    ],
)
def test_keywords_become_options(said, typed):
    assert for_shell(said) == typed
    assert for_shell(typed) == typed


@pytest.mark.parametrize("said", ["my a=b.png is truncated", "in/a=b.png is truncated", "x = 3", "1 < 2"])
def test_paths_and_formulas_stay(said):
    assert for_shell(said) == said


def test_a_lossy_mask_says_which_option_helps(place):
    rm.write("m.jpg", rm.circle((20, 30), (10, 15), 6).as_binary().read((0, 0, 20, 30)).astype(np.uint8) * 255)
    found = run("extract", "in/a.png", "--mask", "m.jpg", "-o", "out.png")
    assert "Read it with --mask-kind binary" in found.stderr
    assert run("extract", "in/a.png", "--mask", "m.jpg", "--mask-kind", "binary", "-o", "out.png").exit_code == 0


def test_a_truncated_file_says_which_option_helps(place):
    whole = (place / "in" / "a.png").read_bytes()
    (place / "cut.png").write_bytes(whole[: len(whole) * 2 // 3])
    found = run("extract", "cut.png", "--mask", "circle", "-o", "out.png")
    assert "--allow-truncated" in found.stderr
    assert run("extract", "cut.png", "--mask", "circle", "-o", "out.png", "--allow-truncated").exit_code == 0


def test_python_itself_shows_warnings_as_before(capsys):
    with plain_warnings():
        warnings.warn("a.txt: 1 of them is lost, give kind='binary'.", stacklevel=1)
        with kept() as notes:
            warnings.warn("b.txt: lost", stacklevel=1)
            warnings.warn("b.txt: lost", stacklevel=1)
    assert capsys.readouterr().err == "a.txt: 1 of them is lost, give --mask-kind binary.\n"
    assert notes == ["b.txt: lost"]
    with pytest.warns(UserWarning, match="kind='binary'"):
        warnings.warn("kind='binary'", stacklevel=1)

"""What a verb conceals is shown by nothing that it writes: not the result, no page, no picture beside it."""

from __future__ import annotations

import base64
import re

import cv2
import numpy as np
import pytest

import roimask as rm
from tests.cli.conftest import names, run

CONCEALING = sorted(name for name, operation in rm.registry().items() if operation.conceals)


def pictures(page: str) -> list[np.ndarray]:
    """All pictures in a page."""
    found = (base64.b64decode(text) for text in re.findall(r"base64,([^\"]+)", page))
    return [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) for data in found]


@pytest.fixture
def secret(place):
    """A picture with a red secret in a grey field, and the mask of the secret."""
    image = np.full((64, 64, 3), 128, np.uint8)
    image[24:40:8, 24:40] = (255, 0, 0)
    rm.write("secret.png", image)
    rm.rectangle((64, 64), 16, 16, 32, 32).save("m.png")
    return place


@pytest.mark.parametrize("verb", CONCEALING)
def test_the_contact_sheet_does_not_show_what_was_there(secret, verb) -> None:
    found = run(verb, "secret.png", "--mask", "m.png", "-o", "out.png", "--contact-sheet", "page.html")
    assert found.exit_code == 0, found.stderr
    page = (secret / "page.html").read_text()
    captions = re.findall("<figcaption>(.*?)</figcaption>", page)
    assert captions == ["mask", "result"]
    reds = [int((shown[..., 2].astype(int) - shown[..., 1]).max()) for shown in pictures(page)]
    assert max(reds) < 100, "the secret's red is in the page"


@pytest.mark.parametrize("verb", CONCEALING)
def test_there_is_no_picture_of_before_and_after(secret, verb) -> None:
    found = run(verb, "secret.png", "--mask", "m.png", "-o", "out.png", "--preview")
    assert found.exit_code == 2 and "preview" in found.stderr
    assert "out.png" not in names(secret)


def test_a_recipe_that_conceals_shows_nothing_either(secret) -> None:
    (secret / "recipe.toml").write_text('[[step]]\nop = "redact"\nmethod = "fill"\n')
    words = ["run", "recipe.toml", "secret.png", "--mask", "m.png", "-o", "out.png", "--contact-sheet", "page.html"]
    found = run(*words)
    assert found.exit_code == 0, found.stderr
    shown = pictures((secret / "page.html").read_text())
    assert len(shown) == 2 and max(int((one[..., 2].astype(int) - one[..., 1]).max()) for one in shown) < 20

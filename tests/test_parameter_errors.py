"""What the parameters of every operation say of values that they do not take."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import roimask as rm
from roimask.operation import Operation

WRONG = (math.nan, math.inf, "nonsense", object(), [], [math.nan, "x"], {}, np.zeros((3, 4)), np.array([1, 2]), b"x")


@pytest.mark.parametrize("operation", rm.registry().values(), ids=rm.registry())
def test_no_error_of_another_library_shows(operation: Operation) -> None:
    for name, parameter in operation.parameters.items():
        for value in WRONG:
            try:
                parameter.check(value, operation.name)
            except rm.RoimaskError as error:
                text = str(error)
                assert text.startswith(f"{operation.name}: {name}") and "\n" not in text, text
                assert "got " in text or "is not known" in text, text
                assert "truth value" not in text and "converted to Python" not in text


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"sigma": np.inf}, "gaussian: sigma is a finite number, got inf"),
        ({"sigma": np.array([1, 2])}, "gaussian: sigma is a number, got array([1, 2])"),
        ({"sigma": np.zeros((3, 4))}, "gaussian: sigma is a number, got an array of shape (3, 4) and float64"),
        ({"sigma": 1, "write": "al"}, "gaussian: write is a mask, or a mask file or 'all', got 'al'"),
        ({"sigma": 1, "write": np.full((2, 2), 7.0)}, "gaussian: write: weights lie between 0 and 1, got 0 to 7"),
    ],
)
def test_what_was_expected_is_said(params: dict, text: str) -> None:
    with pytest.raises(rm.RoimaskError) as raised:
        rm.gaussian(np.zeros((2, 2), np.uint8), **params)
    assert text in str(raised.value)


def test_one_of_several_values_is_said_with_all() -> None:
    with pytest.raises(rm.ParameterError, match=r"quantiles is some values, each a share, 0 to 1, got \(1.5,\)"):
        rm.statistics(np.zeros((2, 2), np.uint8), quantiles=(1.5,))
    with pytest.raises(rm.ParameterError, match="apply_inside: function is a function, got 3"):
        rm.apply_inside(np.zeros((2, 2), np.uint8), function=3)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    write = rm.registry()["gaussian"].parameters["write"]
    with pytest.raises(rm.ReadError, match="gaussian: write: .*missing.png cannot be opened: No such file"):
        write.parse(str(tmp_path / "missing.png"), "gaussian")

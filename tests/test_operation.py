"""Declared once: signature, checks, texts and messages all come from the definition."""

from __future__ import annotations

import inspect
import re
from typing import Literal

import numpy as np
import pytest

import roimask as rm
from roimask import operation as declared
from roimask.errors import FrameMismatch, MaskValueError, MissingExtra, ParameterError, RoimaskError, import_extra
from roimask.operation import operation
from roimask.parameters import Angle, Color, Length, Point, Points, Rings, Share, Size, type_form
from tests.meta.right import RIGHT, registered

REGISTRY = rm.registry()
IMAGE = np.zeros((4, 6), np.uint8)


@pytest.fixture(scope="module")
def box_mean():
    with registered(RIGHT["box_mean"]) as record:
        yield record


# -- what comes of a definition --------------------------------------------------------------------------------------


def test_the_signature_is_the_public_one(box_mean):
    signature = inspect.signature(box_mean.function)
    names = list(signature.parameters)
    assert names[:3] == ["image", "mask", "size"]
    assert {"write", "per_region", "out", "min_coverage", "empty", "channel_axis"} <= set(names)
    assert signature.parameters["mask"].default is None and signature.parameters["size"].default == 3
    assert all(p.kind is p.KEYWORD_ONLY for p in list(signature.parameters.values())[2:])
    assert box_mean.function.__name__ == "box_mean" and box_mean.function.operation is box_mean
    assert rm.registry()["box_mean"] is box_mean


def test_the_docstring_words_what_all_have_once(box_mean):
    parameters = box_mean.documentation.parameters
    assert {"image", "mask", "write", "out", "min_coverage"} <= set(parameters)
    assert "No pixel outside changes the result" in parameters["mask"]
    assert box_mean.documentation.summary == "Average a square window."


def test_maps_and_reductions_have_fewer():
    for name, has_not in (("local_range", "write"), ("value_range", "out"), ("offset", "empty")):
        with registered(RIGHT[name]) as record:
            assert has_not not in record.parameters and "channel_axis" in record.parameters


def test_a_name_belongs_to_one_operation():
    def other(image, weight):
        """Do something else."""
        return image

    other.__name__ = "extract"
    with pytest.raises(RoimaskError, match=r"two operations are called extract.*roimask\.operations\.extract"):
        operation()(other)
    assert REGISTRY["extract"] is rm.registry()["extract"]


def test_what_was_registered_for_a_test_is_forgotten():
    with registered(RIGHT["offset"]):
        assert "offset" in rm.registry()
    assert "offset" not in rm.registry() and "offset" not in declared.FUNCTIONS


def test_halo_may_depend_on_parameters(box_mean):
    assert box_mean.halo_of({"size": 7, "other": 1}) == 3
    with registered(RIGHT["whole_mean"]) as record:
        assert record.halo_of({}) is None


EMPTY = re.compile(r"zeros\(|& ~|\* 0\b|\[\[0(, 0)*\]\]")  # how examples write a mask without a pixel


@pytest.mark.parametrize("name", REGISTRY)
def test_every_operation_is_documented(name):
    record = REGISTRY[name]
    documentation = record.documentation
    assert documentation.summary.endswith(".") and len(documentation.summary) < 160
    examples = documentation.sections.get("Examples", "")
    assert ">>>" in examples, "no example"
    takes_mask = record.blocks or record.takes == "mask" or "mask" in record.parameters
    assert not takes_mask or EMPTY.search(examples), "no example shows an empty mask"
    undocumented = set(inspect.signature(record.function).parameters) - set(documentation.parameters)
    assert not undocumented, f"not documented: {undocumented}"
    assert getattr(rm, name) is record.function, "not among the public names"


@pytest.mark.parametrize("name", [name for name, o in REGISTRY.items() if o.takes == "image"])
def test_mask_is_the_second_argument_and_the_rest_by_keyword(name):
    parameters = inspect.signature(REGISTRY[name].function).parameters
    if "mask" in parameters:
        after = list(parameters.values())[list(parameters).index("mask") + 1 :]
        before = list(parameters)[: list(parameters).index("mask")]
        allowed = 1 if REGISTRY[name].blocks else 4
        assert len(before) <= allowed
        positional = [p.name for p in after if p.kind is not p.KEYWORD_ONLY and not p.name.endswith("_mask")]
        assert not positional or name in ("apply_inside", "convolve"), f"{positional} may be positional"


# -- parameters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (float, "2.5", 2.5),
        (int, "7", 7),
        (bool, "yes", True),
        (bool, "false", False),
        (str, "abc", "abc"),
        (Size, "5", 5),
        (Share, "0.25", 0.25),
        (Angle, "-30", -30),
        (Length, "40%", "40%"),
        (Length, "12", "12"),
        (Point, "10,50%", (10, "50%")),
        (Color, "red", "red"),
        (Color, "255,0,10", (255, 0, 10)),
        (Color, "7", 7),
        (Literal["a", "b"], "b", "b"),
        (tuple[float, float], "1,2", (1, 2)),
        (tuple[float, ...], "1,2,3", (1, 2, 3)),
        (float | None, "3", 3),
        (Literal["all"] | float, "all", "all"),
        (Literal["all"] | float, "0.5", 0.5),
        (np.ndarray | float, "2", 2),
    ],
)
def test_text_becomes_a_value(annotation, text, value):
    form = type_form(annotation)
    found = form.check(form.parse(text))
    assert found == value and type(found) is not np.str_


def test_points_become_places():
    form = type_form(Points)
    frame = rm.Frame(10, 20)
    for places in (form.parse("1,2 3,4 50%,50%"), [(1, 2), (3, 4), ("50%", "50%")]):
        assert [tuple(map(float, p)) for p in form.resolve(form.check(places), frame)] == [(1, 2), (3, 4), (5, 10)]
    rings = type_form(Rings)
    assert len(rings.check(rings.parse("0,0 0,2 2,2; 1,1 1,2 2,2"))) == 2


@pytest.mark.parametrize(
    ("length", "frame", "pixels"),
    [
        ("50%", rm.Frame(10, 20), 5),
        ("12px", rm.Frame(10, 20), 12),
        (3, rm.Frame(10, 20), 3),
        ("30m", rm.Frame(10, 20, (10, 0, 0, 0, -10, 0), "EPSG:32618"), 3),
        ("0.3km", rm.Frame(10, 20, (10, 0, 0, 0, -10, 0), "EPSG:32618"), 30),
    ],
)
def test_lengths_become_pixels(length, frame, pixels):
    form = type_form(Length)
    assert form.resolve(form.check(length), frame) == pytest.approx(pixels)


@pytest.mark.parametrize("frame", [rm.Frame(10, 20), rm.Frame(10, 20, (1, 0, 0, 0, -1, 0), "EPSG:4326")])
def test_metres_need_a_grid_in_metres(frame):
    with pytest.raises(ParameterError, match="30m cannot be turned into pixels"):
        type_form(Length).resolve("30m", frame)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (float, "2"),
        (float, True),
        (float, None),
        (int, 2.5),
        (int, True),
        (bool, 1),
        (str, 5),
        (Size, 4),
        (Size, 0),
        (Share, 1.01),
        (Angle, float("nan")),
        (Length, "3 miles"),
        (Point, (1, 2, 3)),
        (Point, "1,2"),
        (Points, "1,2"),
        (Literal["a", "b"], "c"),
        (Literal["a", "b"], np.zeros(3)),
        (tuple[float, float], (1,)),
        (tuple[float, float], "1,2"),
    ],
)
def test_what_a_type_does_not_allow(annotation, value):
    with pytest.raises(ValueError, match=r"\w"):
        type_form(annotation).check(value)


def test_numpy_numbers_are_numbers():
    assert type_form(float).check(np.float32(0.5)) == 0.5 and type_form(int).check(np.int16(3)) == 3
    assert type_form(bool).check(np.True_) is True and type_form(int).check(3.0) == 3


# -- what goes wrong says what was given, what was expected, and what to do -------------------------------------------


MASK = np.ones((4, 6), bool)
WRONG = {
    "an unknown parameter": (lambda: rm.extract(IMAGE, MASK, fil=0), ParameterError, "extract: .*'fil'.*'fill'"),
    "a misspelt one": (
        lambda: rm.statistics(IMAGE, quantile=0.5),
        ParameterError,
        "statistics: .*'quantile'.*'quantiles'",
    ),
    "a missing one": (lambda: rm.gaussian(IMAGE), ParameterError, "gaussian: sigma is missing.*sigma=.*above 0"),
    "text for a number": (lambda: rm.gaussian(IMAGE, sigma="2"), ParameterError, "gaussian: sigma is a number.*'2'"),
    "a number out of range": (lambda: rm.gaussian(IMAGE, sigma=0), ParameterError, "gaussian: sigma is .*above 0.*0"),
    "an even size": (lambda: rm.box(IMAGE, size=4), ParameterError, "box: size is an odd .*4"),
    "a mask of another size": (
        lambda: rm.extract(IMAGE, np.ones((5, 6), bool)),
        FrameMismatch,
        r"extract: the mask is 5 × 6, the image 4 × 6\. .*to_frame",
    ),
    "a mask with bands": (
        lambda: rm.extract(IMAGE, np.ones((4, 6, 3), bool)),
        MaskValueError,
        r"two axes.*\(4, 6, 3\)",
    ),
    "a mask with NaN": (lambda: rm.extract(IMAGE, np.full((4, 6), np.nan)), MaskValueError, "NaN.*isnan"),
    "weights beyond 1": (
        lambda: rm.extract(IMAGE, np.full((4, 6), 2.5)),
        MaskValueError,
        "between 0 and 1.*2.5.*Divide",
    ),
    "negative labels": (lambda: rm.extract(IMAGE, np.full((4, 6), -3)), MaskValueError, "0 .*or above, got -3"),
    "an image of text": (lambda: rm.extract(np.array([["a"]])), ParameterError, "uint8.*<U1.*astype"),
    "64 bit integers": (lambda: rm.extract(np.zeros((2, 2), np.int64)), ParameterError, "int64.*astype"),
    "an image with one axis": (lambda: rm.extract(np.zeros(5)), ParameterError, r"two axes.*\(5,\)"),
    "no image": (lambda: rm.extract(None), ParameterError, "an image was expected.*NoneType"),
    "numpy.ma": (lambda: rm.extract(np.ma.zeros((4, 6))), ParameterError, "opposite polarity.*from_numpy_ma"),
    "a fill that does not fit": (lambda: rm.extract(IMAGE, MASK, fill=300), ParameterError, "fill is .*uint8.*300"),
    "a fill of too many bands": (lambda: rm.extract(IMAGE, MASK, fill=(1, 2)), ParameterError, "fill is .*1 band"),
    "a shape without frame": (
        lambda: rm.circle("here", (1, 1), 2),
        ParameterError,
        "circle: a frame was expected.*str",
    ),
    "a missing argument": (lambda: rm.circle((4, 6)), ParameterError, "circle: .*center"),
    "a mask that is none": (lambda: rm.grow("m.png", 2), RoimaskError, "grow: "),
    "a region that is not there": (lambda: rm.Mask([[1, 2, 4]])[3], MaskValueError, "no region 3; it has 1, 2, 4"),
    "no threads": (lambda: rm.set_threads(0), ParameterError, "1 or more, got 0"),
    "an unknown choice": (
        lambda: rm.gradient(IMAGE, operator="sobl"),
        ParameterError,
        "gradient: operator is one of sobel",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_calls(what):
    call, kind, says = WRONG[what]
    with pytest.raises(kind, match=says) as error:
        call()
    text = str(error.value)
    assert "\n" not in text and len(text) < 300 and error.value.__suppress_context__ | (error.value.__context__ is None)


def test_errors_are_also_the_builtin_ones():
    with pytest.raises(ValueError):
        rm.extract(IMAGE, np.ones((9, 9), bool))
    with pytest.raises(TypeError):
        rm.gaussian(IMAGE, sigma="wide")


def test_a_missing_extra_is_named():
    with pytest.raises(MissingExtra, match=r"reading moons needs no_such_thing.*pip install 'roimask\[geo\]'"):
        import_extra("no_such_thing.inside", "geo", "reading moons")
    assert import_extra("math", "geo", "anything").pi > 3


def test_threads_are_set_and_taken_back(monkeypatch):
    monkeypatch.setenv("ROIMASK_THREADS", "3")
    assert rm.get_threads() == 3
    rm.set_threads(2)
    try:
        assert rm.get_threads() == 2
    finally:
        rm.set_threads(None)
    assert rm.get_threads() == 3

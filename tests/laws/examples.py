"""What cannot be guessed from an operation's signature: an operation with plain parameters needs no line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

import roimask as rm


@dataclass(frozen=True)
class Example:
    """How one operation is called.

    ``images`` narrows the images that are drawn (dtypes, bands, least); ``call`` says for an image which parameters
    go together, instead of drawing each by its type.
    """

    images: dict[str, Any] = field(default_factory=dict)
    call: Callable[[np.ndarray], st.SearchStrategy[dict[str, Any]]] | None = None


def calls(*parameters: dict[str, Any]) -> Callable[[np.ndarray], st.SearchStrategy]:
    """One of several calls, whatever the image."""
    return lambda image: st.sampled_from(parameters)


def place(image: np.ndarray) -> st.SearchStrategy:
    """A pixel of the image."""
    return st.tuples(*(st.integers(0, max(n - 1, 0)).map(float) for n in image.shape[:2]))


def kernels() -> st.SearchStrategy:
    """Kernels of each kind: positive, of sum 0, of any sign."""
    edge = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    return st.sampled_from([np.ones((3, 5)) / 15, edge, np.array([[0.0, 1, 0], [2, -1, 0], [0, 0, 0.5]])])


def seeds(image: np.ndarray) -> rm.Mask:
    """A few labelled pixels."""
    labels = np.zeros(image.shape[:2], int)
    labels[::5, ::4] = np.arange(1, labels[::5, ::4].size + 1).reshape(labels[::5, ::4].shape)
    return rm.Mask(labels, kind="labels")


def triangle(image: np.ndarray) -> dict[str, Any]:
    """The upper left half, as GeoJSON has it."""
    height, width = image.shape[:2]
    return {"type": "Polygon", "coordinates": [[[0, 0], [width, 0], [0, height], [0, 0]]]}


def white(image: np.ndarray) -> float:
    """What white is in an image's type."""
    return 1.0 if image.dtype.kind == "f" else float(np.iinfo(image.dtype).max)


def halved(image: np.ndarray) -> np.ndarray:
    """A function that somebody may apply."""
    return image / 2


def first_band(image: np.ndarray) -> np.ndarray:
    """An image without bands: the first one."""
    return image if image.ndim == 2 else image[..., 0]


RGB = {"bands": (3,)}
COLORED = {**RGB, "dtypes": ("float32", "uint8", "uint16"), "top": 1.0, "holes": False}
ONE_BAND = {"bands": (None,)}


def corner_of(image: np.ndarray) -> st.SearchStrategy:
    """A template for an image: its corner, without what is no number."""
    return st.just({"template": np.nan_to_num(image[:4, :3], nan=1, posinf=2, neginf=3), "min_overlap": 0.3})


GREY_OR_COLOR = {"bands": (None, 3, 3, 4)}
TO_BALANCE = {"bands": (2, 3, 4)}
ELEMENTS = calls(
    {"size": 5},
    {"size": 3, "element": "square"},
    {"size": 5, "element": "line", "angle": 35.0},
    {"size": 9, "element": "line"},
)
WITH_ELEMENTS = "black_tophat closing dilation erosion morphological_gradient opening white_tophat".split()
EXAMPLES: dict[str, Example] = {
    **dict.fromkeys(WITH_ELEMENTS, Example(call=ELEMENTS)),
    "apply_inside": Example(call=calls({"function": halved}, {"function": halved, "context": "crop"})),
    "adjust": Example(
        RGB, calls({"brightness": 0.5}, {"contrast": 1.5}, {"saturation": 0.3, "contrast": 0.5}, {"hue": 100.0})
    ),
    "clahe": Example(GREY_OR_COLOR),
    "color_near": Example(
        COLORED, lambda image: st.just({"color": white(image) * np.array([0.5, 0.1, 0.2]), "distance": 40.0})
    ),
    "color_transfer": Example(RGB, calls({"reference": np.arange(0, 252, 7, np.uint8).reshape(4, 3, 3)})),
    "colorize": Example(RGB, calls({"hue": 30.0}, {"hue": 200.0, "saturation": 0.9})),
    "color_range": Example(
        COLORED,
        calls({"low": (20, 0.1, 0), "high": (200, 1, 1)}, {"low": (300, 0, 0.2), "high": (60, 1, 1)}),
    ),
    "convolve": Example(call=lambda image: st.fixed_dictionaries({"kernel": kernels()})),
    "curve": Example(call=calls({"points": [(0, 0), (50, 120), (255, 255)]}, {"points": [(0, 900), (1, 0)]})),
    "cutout": Example(  # neither refine nor background="blur", which look at what lies outside on purpose
        {"bands": (None, 1, 3)},
        calls(
            {},
            {"feather": 2.0, "margin": 1.0, "aspect": 1.5},
            {"crop": False, "clean": 0.0, "premultiplied": True},
            {"background": "black", "linear": True},
            {"outline": 1.5, "outline_color": 0.0, "shadow": 2.0, "shadow_offset": (1.0, -2.0)},
        ),
    ),
    "difference": Example(call=lambda image: st.just({"reference": np.roll(image, 1, axis=0), "tolerance": 1.0})),
    "equalize": Example(GREY_OR_COLOR),
    "flood": Example(
        call=lambda image: st.fixed_dictionaries({"seed": place(image), "tolerance": st.sampled_from([0.0, 20.0])})
    ),
    "grabcut": Example(
        {**RGB, "dtypes": ("uint8",), "least": 6},
        lambda image: st.just({"box_or_scribbles": (2, 2, image.shape[0] - 2, image.shape[1] - 2), "iterations": 1}),
    ),
    "match": Example({"least": 4}, corner_of),
    "match_histogram": Example(call=lambda image: st.just({"reference": np.roll(np.nan_to_num(image), 1, axis=0)[:5]})),
    "nlmeans": Example(
        call=calls(
            {"strength": 20.0, "size": 3, "search": 7},
            {"strength": 300.0, "size": 1, "search": 5},
            {"strength": 2.0, "size": 5},
        )
    ),
    "outpaint": Example(
        call=calls(
            {"margin": 2.0}, {"margin": 3.0, "method": "exemplar", "radius": 1}, {"margin": 1.0, "method": "mean"}
        )
    ),
    "paste": Example(
        call=lambda image: st.fixed_dictionaries(
            {
                "source": st.just(np.roll(image, 1, axis=0)),
                "mode": st.sampled_from(["normal", "soft-light", "color-burn", "luminosity", "seamless"]),
                "opacity": st.sampled_from([0.0, 0.5, 1.0]),
                "linear": st.booleans(),
            }
        )
    ),
    "respond": Example(
        call=calls(
            {"bank": "line:size=5,orientations=4", "output": "response"},
            {"bank": "edge:size=3,orientations=4", "normalize": True},
            {"bank": "laws"},
        )
    ),
    "register": Example(
        {"least": 12},
        lambda image: st.just({"reference": np.nan_to_num(image, nan=1, posinf=2, neginf=3), "min_overlap": 0.05}),
    ),
    "resize": Example(call=calls({"shape": (7, 9)}, {"shape": (50, 20)})),
    "reconstruction": Example(
        call=lambda image: st.fixed_dictionaries(
            {"marker": st.just(np.roll(first_band(image), 3)), "method": st.sampled_from(["dilation", "erosion"])}
        )
    ),
    "score": Example(
        {"bands": (None,)},
        lambda image: st.sampled_from(
            [
                {"truth": np.roll(np.nan_to_num(image) > 9, 1), "buffer": 1.0, "objects": 0.3},
                {"truth": np.roll(np.nan_to_num(image) > 50, 2, axis=0), "lines": True},
            ]
        ),
    ),
    "sprites": Example({"bands": (None, 1, 3)}, calls({}, {"size": 7, "gap": 0}, {"columns": 1, "background": 0.0})),
    "similarity": Example({"least": 4}, corner_of),
    "stretch": Example(
        call=calls({}, {"low": 0, "high": 90}, {"linked": True}, {"method": "minmax", "to": (5, 90)}, {"method": "std"})
    ),
    "tv": Example(call=calls({"strength": 5.0, "iterations": 4}, {"strength": 200.0, "iterations": 9})),
    "threshold": Example(
        ONE_BAND,
        calls(
            {"above": 10.0},
            {"below": 100.0, "above": 5.0},
            {"method": "otsu"},
            {"method": "li"},
            {"method": "triangle"},
            {"method": "multiotsu", "classes": 3},
            {"method": "local", "size": 5},
        ),
    ),
    "watershed": Example(call=lambda image: st.just({"seeds": seeds(image)})),
    "warp": Example(
        call=calls(
            {"transform": rm.Transform((1, 0.1, -2.3, -0.1, 0.9, 1.7), (8, 9))},
            {"transform": rm.Transform((1, 0, 1, 0, 1, 0.5), (12, 7)), "method": "cubic", "min_coverage": 0.1},
        )
    ),
    "white_balance": Example(
        TO_BALANCE, calls({}, {"method": "white-patch"}, {"method": "white-patch", "percentile": 50.0})
    ),
    "zonal": Example(
        call=lambda image: st.sampled_from(
            [
                {"zones": seeds(image)},
                {"zones": [triangle(image)], "quantiles": (0.5,)},
                {"zones": [triangle(image), triangle(image)], "rule": "touched"},
                {"zones": [triangle(image)], "rule": "centre", "classes": True},
            ]
        )
    ),
}

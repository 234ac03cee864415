"""What the path gives to all operations of a kind, worded once: their parameters and the docstring that names them."""

from __future__ import annotations

import textwrap
from typing import Any, Literal

from roimask.docs import Documentation
from roimask.mask import Mask
from roimask.parameters import Parameter, Share, type_form
from roimask.record import Operation

__all__ = ["RESERVED", "public_docstring", "shared_parameters"]

# What the path, not the caller, gives to a kernel that names it.
RESERVED = frozenset({"block", "core", "out", "wanted"})

_SHARED: dict[str, Parameter] = {
    name: Parameter(name, type_form(annotation), default, help, shared=True)
    for name, annotation, default, help in (
        (
            "write",
            Mask | Literal["all"],
            None,
            "Which pixels change, where these are not the ones that are read: a mask, or ``'all'`` for every pixel "
            "with data. A mask given here also writes the NaN pixels in it.",
        ),
        (
            "per_region",
            bool,
            False,
            "Work on each region of a labels mask as if it stood alone, instead of on all as one.",
        ),
        ("out", Any, None, "Where the result is put: ``image`` itself, or an array of the result's shape and dtype."),
        (
            "min_coverage",
            Share,
            0.0,
            "The share of a window's weight, 0 to 1, that must take part for an answer; 0: any will do. What lies "
            "beyond the border takes no part.",
        ),
        (
            "empty",
            Literal["keep", "nan"] | float,
            None,
            "What stands where too little of the window takes part: ``'keep'`` the pixel as it was (the default of "
            "images), ``'nan'`` (the default of maps), or a value.",
        ),
        (
            "border",
            Literal["outside", "reflect", "mirror", "nearest"],
            "outside",
            "What lies beyond the image's border: nothing that takes part, or the image gone on with, as in "
            "scipy.ndimage: ``'reflect'`` (c b a | a b c), ``'mirror'`` (c b | a b c), ``'nearest'`` (a a | a b c).",
        ),
        ("crop", bool, False, "Cut the result to the mask's bounding box."),
        ("channel_axis", int, -1, "The axis of the bands of an array with three axes: -1 last, 0 first."),
    )
}
_GIVEN_BY_RESULT: dict[str, tuple[str, ...]] = {
    "image": ("write", "per_region", "out", "channel_axis"),
    "map": ("per_region", "out", "channel_axis"),
    "picture": ("crop", "channel_axis"),
    "summary": ("channel_axis",),
}
_GIVEN_TO_WINDOWS = ("min_coverage", "empty", "border")
_MASK_HELP = (
    "Which pixels take part: a Mask, an array (True and 1 take part), or None for every pixel with data. "
    "No pixel outside changes the result."
)


def shared_parameters(result: str, *, window: bool) -> dict[str, Parameter]:
    """The parameters of all operations on blocks that answer this, and of those that look at a window."""
    names = _GIVEN_BY_RESULT.get(result, ()) + (_GIVEN_TO_WINDOWS if window else ())
    return {name: _SHARED[name] for name in names}


def public_docstring(operation: Operation) -> str:
    """The docstring of the public function: the kernel's own, with image, mask and the shared parameters added."""
    written = Documentation.of(operation.kernel.__doc__ or "")
    entries = [
        "image : array (H, W) or (H, W, C), PIL image or Raster\n"
        f"    bool, uint8, uint16, int16, int32, float32 or float64{_left_out(operation)}.",
        f"mask : Mask or array (H, W), optional\n{_wrapped(_MASK_HELP)}",
        *filter(None, [written.sections.get("Parameters")]),
        *(f"{p.name} : {p.form.name}, optional\n{_wrapped(p.help)}" for p in operation.parameters.values() if p.shared),
    ]
    return str(Documentation(written.lead, {"Parameters": "\n".join(entries), **_but_parameters(written.sections)}))


def _left_out(operation: Operation) -> str:
    if operation.any_value:
        return ""
    return (
        "; NaN and inf take no part and stay as they are"
        if operation.finite
        else "; NaN takes no part and stays as it is"
    )


def _but_parameters(sections: dict[str, str]) -> dict[str, str]:
    return {heading: body for heading, body in sections.items() if heading != "Parameters"}


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 110, initial_indent="    ", subsequent_indent="    ")

"""What the path gives to all operations of a kind, worded once: their parameters and the docstring that names them."""

from __future__ import annotations

import textwrap
from typing import Annotated, Any, Literal

from roimask.docs import Documentation
from roimask.mask import Mask
from roimask.parameters import Parameter, Share, TextForm, Value, type_form
from roimask.record import Operation

__all__ = ["RESERVED", "USUAL", "public_docstring", "shared_parameters"]

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
        (
            "out",
            Annotated[Any, TextForm("an array", lambda array: array)],
            None,
            "Where the result is put: ``image`` itself, or an array of the result's shape and dtype.",
        ),
        (
            "min_coverage",
            Share,
            0.0,
            "The share of a window's weight, 0 to 1, that must take part for an answer; 0: any will do. What lies "
            "beyond the border takes no part.",
        ),
        (
            "empty",
            Literal["keep", "nan"] | Value,
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
# What is said of these parameters and answers where the kernel's own docstring says nothing of them.
USUAL = {
    "size": "Height and width of the window in pixels, odd.",
    "window": "Its form: all of the square, or the pixels no further than ``size // 2`` from the middle.",
}
_ANSWERS = {
    "image": "array\n    Of the image's shape and dtype.",
    "map": "array\n    float32 (float64 from float64), NaN outside the mask; in units of the image.",
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
    own = [p for name, p in operation.own(operation.parameters).items() if name not in written.parameters]
    entries = [
        "image : array (H, W) or (H, W, C), PIL image, Raster, DataArray or dask array\n"
        f"    bool, uint8, uint16, int16, int32, float32 or float64{_left_out(operation)}.",
        f"mask : Mask or array (H, W), optional\n{_wrapped(_MASK_HELP)}",
        *filter(None, [written.sections.get("Parameters")]),
        *map(_entry, own),
        *(_entry(p) for p in operation.parameters.values() if p.shared),
    ]
    sections = {"Parameters": "\n".join(entries), "Returns": _ANSWERS.get(operation.result, ""), **written.sections}
    sections["Parameters"] = "\n".join(entries)
    return str(Documentation(written.lead, {heading: body for heading, body in sections.items() if body}))


def _left_out(operation: Operation) -> str:
    if operation.any_value:
        return ""
    return (
        "; NaN and inf take no part and stay as they are"
        if operation.finite
        else "; NaN takes no part and stays as it is"
    )


def _entry(parameter: Parameter) -> str:
    kind = parameter.form.name if parameter.required else f"{parameter.form.name}, optional"
    default = f' Default "{parameter.default}".' if isinstance(parameter.default, str) and not parameter.shared else ""
    return f"{parameter.name} : {kind}\n{_wrapped(parameter.help + default)}"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 110, initial_indent="    ", subsequent_indent="    ")

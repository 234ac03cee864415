"""An example for each verb, made from its parameters: what must be given is, with a value of its form."""

from __future__ import annotations

import shlex
from typing import Any

from .names import shown_name, words_of
from .options import on_command_line
from .task import takes_mask

__all__ = ["epilog", "example"]

_BY_FORM = {
    "a number": "20",
    "a number above 0": "2",
    "a whole number": "6",
    "a whole number, 1 or more": "4",
    "an odd number of pixels": "5",
    "a length in pixels, per cent or metres": "5",
    "a length in pixels, per cent of the height or metres": "20%",
    "a length in pixels, per cent of the width or metres": "20%",
    "a place: row,column": "50%,50%",
    "places: row,column row,column ...": "10,10 80,10 80,90",
    "rings: row,column ...; row,column ...": "10,10 60,10 60,60; 20,70 60,70 60,90",
    "pairs of numbers: before,after before,after ...": "0,0 128,170 255,255",
    "values with commas between, each a whole number": "240,320",
    "a number, a colour name, or numbers with commas": "red",
    "degrees": "30",
    "a percentage, 0 to 100": "90",
    "a share, 0 to 1": "0.5",
    "a text": "roi",
}
# Where the form says too little.
_BY_NAME = {
    "low": "90,0.3,0.2",
    "high": "150,1,1",
    "height": "60%",
    "width": "60%",
    "image": "logo.png",
    "inner_radius": "20%",
    "stop": "120",
    "epsilon": "0.01",
    "zones": "fields.geojson",
    "template": "part.png",
    "transform": "shift.json",
    "bank": "line",
    "box_or_scribbles": "20,30,180,240",
}
_ON_A_FRAME = {"a length in pixels, per cent or metres": "30%"}  # nothing is known of its size
_MORE = {
    "threshold": "--method otsu",
    "regions": "--image photo.png",
    "cutout": "--feather 3",
    "qa_bits": "--preset landsat8-c2 --select cloud,cloud_shadow",
    "classes": "--preset sentinel2-scl --values cloud_shadow,thin_cirrus",
}
_INPUTS = {"image": "photo.png", "mask": "mask.png", "frame": "--like photo.png"}
_BANDS = {"qa_bits": "qa.tif", "classes": "scl.tif", "score": "found.png"}  # what they take is no photo
_OUTPUTS = {"map": "out.tif", "summary": "out.csv", "table": "out.csv", "objects": "out/"}
_OUTPUT_OF = {
    "match": "matches.json",
    "register": "aligned.png",
    "roads": "roads.geojson",
    "similarity": "likeness.tif",
}


def epilog(command: str) -> str:
    """The last paragraph of a help text."""
    return f"\b\nExample:\n  {command}"


def example(operation: Any) -> str:
    """A command that works, if the files are there."""
    words = [words_of(operation.name), _BANDS.get(operation.name, _INPUTS[operation.takes])]
    if operation.takes == "image" and operation.result != "mask" and takes_mask(operation):
        words += ["--mask", "mask.png"]
    for name, parameter in on_command_line(operation.parameters).items():
        if parameter.required and name not in ("mask", "center"):  # the centre is the middle where it is not given
            words += [f"--{shown_name(name)}", shlex.quote(_value(parameter, operation.takes))]
    more = _MORE.get(operation.name, "")
    return " ".join([*words, *filter(None, [more]), "-o", _output_of(operation)])


def _output_of(operation: Any) -> str:
    return _OUTPUT_OF.get(operation.name) or _OUTPUTS.get(operation.result, "out.png")


def _value(parameter: Any, takes: str) -> str:
    form = parameter.form
    if parameter.name in _BY_NAME:
        return _BY_NAME[parameter.name]
    if form.choices or form.file:
        return form.choices[0] if form.choices else f"{parameter.name}.png"
    known = {**_BY_FORM, **(_ON_A_FRAME if takes == "frame" else {})}
    return known.get(form.name) or form.name.partition(": ")[2] or form.name

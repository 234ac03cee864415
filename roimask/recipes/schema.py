"""The JSON schema of recipes, by which editors complete and check TOML files."""

from __future__ import annotations

from typing import Any

from roimask.parameters import Parameter
from roimask.recipes.step import NOT_WRITTEN, possible_steps
from roimask.record import Operation

__all__ = ["schema"]

_FILE = {"type": "string", "description": "A mask file, an expression of several, or a pattern such as {stem}.png."}
# What JSON says of a type of parameter; of others an editor knows name and help alone.
_TYPES: dict[str, dict[str, Any]] = {
    "true or false": {"type": "boolean"},
    "a number": {"type": "number"},
    "a number above 0": {"type": "number", "exclusiveMinimum": 0},
    "a share, 0 to 1": {"type": "number", "minimum": 0, "maximum": 1},
    "a percentage, 0 to 100": {"type": "number", "minimum": 0, "maximum": 100},
    "degrees": {"type": "number"},
    "a whole number": {"type": "integer"},
    "a whole number, 1 or more": {"type": "integer", "minimum": 1},
    "an odd number of pixels": {"type": "integer", "minimum": 1},
    "a text": {"type": "string"},
    "a length in pixels, per cent or metres": {"type": ["number", "string"]},
    "an image, or an image file": {"type": "string"},
    "an image of one band, or an image file": {"type": "string"},
    "a mask, or a mask file": {"type": "string"},
}


def schema() -> dict[str, Any]:
    """The schema, made from the signatures of all operations that can be a step."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A recipe of roimask",
        "type": "object",
        "properties": {
            "mask": _FILE,
            "exclude": {"anyOf": [_FILE, {"type": "array", "items": _FILE}]},
            "mask_kind": {"enum": ["binary", "labels", "weights"]},
            "out": {"type": "string", "description": "A file, a folder, or a pattern such as out/{stem}.tif."},
            "step": {"type": "array", "minItems": 1, "items": {"oneOf": list(map(_step, possible_steps().values()))}},
        },
        "required": ["step"],
        "additionalProperties": False,
    }


def _step(operation: Operation) -> dict[str, Any]:
    parameters = {name: p for name, p in operation.parameters.items() if name not in NOT_WRITTEN and p.form.parse}
    return {
        "title": operation.name,
        "description": operation.documentation.summary,
        "type": "object",
        "properties": {"op": {"const": operation.name}, **{n: _parameter(p) for n, p in parameters.items()}},
        "required": ["op", *(name for name, p in parameters.items() if p.required)],
        "additionalProperties": False,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    form = parameter.form
    choices = [int(choice) if choice.isdecimal() else choice for choice in form.choices]
    known = {"enum": choices} if choices else _TYPES.get(form.name, {})
    return {**known, "description": parameter.help or form.name}

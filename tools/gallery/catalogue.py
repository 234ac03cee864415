"""Which plates an operation has: those that are written down, or a usual one."""

from __future__ import annotations

from typing import Any

import roimask as rm
from roimask.operation import Operation
from roimask.parameters import Parameter
from tools.gallery import filters, masks
from tools.gallery.plate import Plate

# What an operation without a plate of its own is shown on, and what its parameters are where they must be given.
USUAL_ON = {
    "image": ["tennis_courts", "tennis_courts_mask"],
    "map": ["camera", "camera_mask"],
    "mask": ["coins_mask"],
    "frame": ["(36, 48)"],
}
USUAL = {"sigma": 3, "size": 9, "radius": 5, "q": 90, "center": (18, 24)}
USUAL_FILES = {"image": "tanks", "mask": "tanks_mask", "zones": "tanks_mask"}
ANYTHING = (5, 0.5, (18, 24))


def plates_of(operation: Operation) -> list[tuple[str, Plate]]:
    """The plates of an operation by the names of their pictures; the first is shown on its own page too."""
    found = [plate for plate in masks.PLATES + filters.PLATES if plate.operation == operation.name]
    return numbered(operation.name, found or usual(operation))


def numbered(name: str, plates: list[Plate]) -> list[tuple[str, Plate]]:
    """Names for the pictures of one subject."""
    return [(f"{name}_{number}" if number > 1 else name, plate) for number, plate in enumerate(plates, 1)]


def usual(operation: Operation) -> list[Plate]:
    """An operation on the usual picture, with the usual parameters; none where one cannot be guessed."""
    given = [_usual_value(parameter) for parameter in operation.parameters.values() if parameter.required]
    if None in given:
        return []
    subject = USUAL_ON["map" if (operation.takes, operation.result) == ("image", "map") else operation.takes]
    return [Plate(f"rm.{operation.name}({', '.join([*subject, *map(str, given)])})")]


def _usual_value(parameter: Parameter) -> str | None:
    if parameter.form.file:
        return f"{parameter.name}={USUAL_FILES[parameter.form.file]}"
    candidates = (USUAL.get(parameter.name), *parameter.form.choices, *ANYTHING)
    fitting = (f"{parameter.name}={value!r}" for value in candidates if value is not None and _fits(parameter, value))
    return next(fitting, None)


def _fits(parameter: Parameter, value: Any) -> bool:
    try:
        parameter.check(value, "gallery")
    except rm.ParameterError:
        return False
    return True

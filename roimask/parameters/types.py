"""From the annotation of a parameter to its text form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os.path import splitext
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np

from roimask.errors import RoimaskError
from roimask.mask import Mask
from roimask.parameters.form import Expected, TextForm
from roimask.parameters.images import MASK, PIXELS
from roimask.parameters.numbers import FLAG, NUMBER, TEXT, WHOLE

__all__ = ["type_form"]


_PLAIN: Mapping[Any, TextForm] = {
    float: NUMBER,
    int: WHOLE,
    bool: FLAG,
    str: TEXT,
    Mask: MASK,
    np.ndarray: PIXELS,
}


def type_form(annotation: Any) -> TextForm:
    """The text form that stands for a parameter's annotation."""
    if get_origin(annotation) is Annotated:
        return next(note for note in get_args(annotation)[1:] if isinstance(note, TextForm))
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _choice(parts)
    if origin is Callable:
        return TextForm("a function", _function)
    if origin in (Union, UnionType):
        return _either([type_form(part) for part in parts if part is not NoneType])
    if origin is tuple and Ellipsis not in parts:
        return _several(type_form(parts[0]), len(parts))
    if origin in (tuple, list, get_origin(Sequence[int])):
        return _several(type_form(parts[0]), None)
    return TextForm(getattr(annotation, "__name__", str(annotation)), lambda value: value)


def _function(value: Any) -> Any:
    if not callable(value):
        raise Expected("a function")
    return value


def _choice(choices: tuple[str | int, ...]) -> TextForm:
    by_text = {str(choice): choice for choice in choices}
    name = f"one of {', '.join(by_text)}" if len(choices) > 1 else repr(choices[0])

    def check(value: Any) -> str | int:
        chosen = by_text.get(value, value) if isinstance(value, str) else value
        if chosen not in choices:
            raise Expected(name)
        return chosen

    return TextForm(name, check, str, choices=tuple(by_text))


def _either(forms: list[TextForm]) -> TextForm:
    if len(forms) == 1:
        return forms[0]
    name = " or ".join(form.name for form in forms)

    def first(forms: list[TextForm], make: Callable[[TextForm], Any], value: Any) -> Any:
        reason: RoimaskError | None = None
        for form in forms:
            try:
                return make(form)
            except RoimaskError as error:  # such as a file that cannot be read
                reason = error
            except (ValueError, TypeError):
                continue
        if reason is not None and not (isinstance(value, str) and not splitext(value)[1]):
            raise reason
        raise Expected(name)

    texts = [form for form in forms if form.parse is not None]
    return TextForm(
        name,
        lambda value: first(forms, lambda form: form.check(value), value),
        (lambda text: first(texts, lambda form: form.check(form.parse(text)), text)) if texts else None,  # type: ignore[misc]
        file=next((form.file for form in forms if form.file), ""),
    )


def _several(form: TextForm, count: int | None) -> TextForm:
    expected = f"{count or 'some'} values, each {form.name}"

    def check(value: Any) -> tuple[Any, ...]:
        if isinstance(value, str) or not hasattr(value, "__len__") or (count is not None and len(value) != count):
            raise Expected(expected)
        try:
            return tuple(form.check(part) for part in value)
        except (ValueError, TypeError):
            raise Expected(expected) from None

    parse = form.parse
    return TextForm(
        f"values with commas between, each {form.name}",
        check,
        None if parse is None else lambda text: tuple(parse(part.strip()) for part in text.split(",") if part.strip()),
    )

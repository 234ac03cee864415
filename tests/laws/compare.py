"""Answers of any sort taken apart into arrays, and compared: to the bit, or to rounding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import roimask as rm

__all__ = ["close", "parts", "same"]


def parts(answer: Any, name: str = "answer") -> dict[str, np.ndarray]:
    """The arrays and numbers that an answer is made of, by name."""
    if answer is None or isinstance(answer, (np.ndarray, np.generic, int, float, str)):
        return {name: np.asarray(answer)}
    if isinstance(answer, rm.Mask):
        return {name: np.asarray(answer)}
    if hasattr(answer, "to_dict") and hasattr(answer, "columns"):  # a table
        return parts({"index": answer.index.to_numpy(), **{str(c): answer[c].to_numpy() for c in answer}}, name)
    if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], rm.Mask):
        return parts(list(_where_taking_part(*answer)), name)
    if isinstance(answer, Mapping):
        items = answer.items()
    elif isinstance(answer, (list, tuple)):
        items = enumerate(answer)
    else:
        items = _public(answer).items()
    found: dict[str, np.ndarray] = {}
    for key, value in items:
        found.update(parts(value, f"{name}.{key}"))
    return found


def _where_taking_part(image: np.ndarray, mask: rm.Mask) -> tuple[np.ndarray, rm.Mask]:
    """An image and its mask: what lies outside may be anything."""
    inside = np.asarray(mask) > 0
    return np.where(inside if image.ndim == 2 else inside[..., None], image, np.zeros((), image.dtype)), mask


def _public(thing: Any) -> dict[str, Any]:
    names = [name for name in dir(thing) if not name.startswith("_")]
    values = {name: getattr(thing, name) for name in names}
    return {name: value for name, value in values.items() if not callable(value)}


def same(ours: Any, expected: Any, what: str) -> None:
    """Fail unless both answers are the same to the bit (one NaN is as good as another)."""
    ours, expected = parts(ours), parts(expected)
    assert ours.keys() == expected.keys(), f"{what}: {sorted(ours)}, but should be {sorted(expected)}"
    for name, a in ours.items():
        b = expected[name]
        assert a.dtype == b.dtype and a.shape == b.shape, (
            f"{what}: {name} is {a.dtype}{a.shape}, not {b.dtype}{b.shape}"
        )
        _report(~_equal_bits(a, b), a, b, f"{what}: {name}")


def _equal_bits(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.dtype.kind != "f":
        return np.asarray(a == b)
    return np.asarray(((a == b) & (np.signbit(a) == np.signbit(b))) | (np.isnan(a) & np.isnan(b)))


def close(ours: Any, expected: Any, what: str, scale: float = 1.0) -> None:
    """Fail unless integers are the same to the bit and floats to rounding (relative to ``scale`` too)."""
    ours, expected = parts(ours), parts(expected)
    assert ours.keys() == expected.keys(), f"{what}: {sorted(ours)}, but should be {sorted(expected)}"
    for name, a in ours.items():
        b = expected[name]
        assert a.shape == b.shape, f"{what}: {name} has shape {a.shape}, not {b.shape}"
        if a.dtype.kind == "f":
            rounding = 1e-5 if a.dtype == np.float32 else 1e-9
            wrong = ~np.isclose(a, b, rtol=rounding, atol=rounding * scale, equal_nan=True)
        else:
            wrong = np.asarray(a != b)
        _report(wrong, a, b, f"{what}: {name}")


def _report(wrong: np.ndarray, a: np.ndarray, b: np.ndarray, what: str) -> None:
    if np.any(wrong):
        place = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(wrong)))
        raise AssertionError(
            f"{what}{list(place)} = {np.atleast_1d(a)[place]}, but should be {np.atleast_1d(b)[place]} "
            f"({int(np.sum(wrong))} of {np.size(wrong)} differ)"
        )

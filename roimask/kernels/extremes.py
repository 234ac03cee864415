"""Extremes of flat windows: the highest or lowest pixel that takes part."""

from __future__ import annotations

import numpy as np

from roimask import kernels
from roimask.kernels.scratch import borrow
from roimask.kernels.windows import Core, surrounded

__all__ = ["extreme", "neutral"]


def neutral(highest: bool, dtype: np.dtype) -> float:
    """What changes no extreme: the lowest value of a type for the highest, the highest for the lowest."""
    if dtype.kind == "f":
        return -np.inf if highest else np.inf
    limits = np.iinfo(dtype)
    return int(limits.min if highest else limits.max)


def extreme(image: np.ndarray, inside: np.ndarray, footprint: np.ndarray, highest: bool, core: Core) -> np.ndarray:
    """The highest (or lowest) value of each window of the core, in memory borrowed for highest (or lowest) values.

    ``inside`` is uint8 0/1; ``footprint`` is bool, of odd height and width, its rows runs and mirror images about the
    middle. A window in which nothing takes part answers :func:`neutral`.
    """
    nothing, name = neutral(highest, image.dtype), "highest" if highest else "lowest"
    reach = footprint.shape[0] // 2, footprint.shape[1] // 2
    filled = _filled(image, inside, nothing, f"{name}: filled")
    values = surrounded(filled, core, reach, nothing, f"{name}: margin")
    family = kernels.pick("extremes", values.nbytes * footprint.shape[0] // 256)  # numpy is but little slower
    if footprint.all():
        return family.of_rectangle(values, footprint, highest)
    of = family.of_line if footprint.sum() == max(footprint.shape) else family.of_disk
    return of(values, footprint, highest)


def _filled(image: np.ndarray, inside: np.ndarray, nothing: float, purpose: str) -> np.ndarray:
    if inside.all():
        return image
    fill = np.array([nothing], image.dtype)
    return kernels.pick("select", image.size).select(image, inside, fill, borrow(purpose, image.shape, image.dtype))

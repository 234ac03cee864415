"""Templates that a user brings: files of numbers, and what is cut out of an image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from roimask.errors import ParameterError, ReadError

__all__ = ["read_template", "template_from"]

_LARGEST = 1 << 20  # bytes of a file of numbers: a template is small


def read_template(path: str) -> np.ndarray:
    """The numbers of a text, CSV or JSON file: (n, m), or of JSON (K, n, m)."""
    file = Path(path)
    try:
        if file.stat().st_size > _LARGEST:
            raise ReadError(f"{path} is too large for a template; give a file of at most 1 MiB")
        text = file.read_text("utf-8")
        return np.array(json.loads(text) if file.suffix.lower() == ".json" else _rows(text), np.float64)
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror}. Give a template's name or a file.") from None
    except (ValueError, TypeError):
        raise ReadError(f"{path} holds no rows of numbers of one length, as a template does.") from None


def _rows(text: str) -> list[list[float]]:
    return [
        [float(part) for part in line.replace(",", " ").replace(";", " ").split()]
        for line in text.splitlines()
        if line.strip()
    ]


def template_from(image: Any, center: tuple[int, int], size: int = 15) -> np.ndarray:
    """Cut a template out of an image: the window around a pixel, less its mean, scaled as :func:`template` does.

    Parameters
    ----------
    image : array (H, W)
    center : (row, column)
        The pixel in the middle.
    size : int, optional
        Height and width in pixels, odd. Default 15.

    Returns
    -------
    array (size, size)
        float64, of sum 0; what is positive sums to 1.

    Raises
    ------
    ParameterError
        Where the window leaves the image, is flat, or holds a value that is not finite.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.zeros((9, 9)); image[4] = 6
    >>> rm.template_from(image, (4, 4), size=3).round(2) + 0.0
    array([[-0.17, -0.17, -0.17],
           [ 0.33,  0.33,  0.33],
           [-0.17, -0.17, -0.17]])
    """
    values, half = np.asarray(image), size // 2
    if values.ndim != 2 or size % 2 == 0:
        raise ParameterError(f"a template is cut from one band, its size is odd; got {values.shape} and size {size}")
    top, left = center[0] - half, center[1] - half
    if min(top, left) < 0 or top + size > values.shape[0] or left + size > values.shape[1]:
        raise ParameterError(f"the window of {size} pixels around {center} leaves the image of {values.shape}")
    window = values[top : top + size, left : left + size].astype(np.float64)
    contrast = window - window.mean()
    if not np.isfinite(window).all() or np.ptp(window) == 0:
        raise ParameterError(f"the window around {center} is flat or not finite; choose another place")
    return contrast / contrast[contrast > 0].sum()

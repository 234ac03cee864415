"""Any function of the caller's, only inside the mask."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.operation import operation

__all__ = ["apply_inside"]

Function = Callable[[np.ndarray], np.ndarray]


@operation(halo="all", bands="all", any_value=True)
def apply_inside(
    image: np.ndarray,
    weight: np.ndarray,
    function: Callable[[np.ndarray], np.ndarray],
    *,
    context: Literal["keep", "fill", "crop"] = "fill",
    probe: bool = False,
) -> np.ndarray:
    """Apply any function, and change only the inside: the answer is blended in by the weight of each pixel.

    Parameters
    ----------
    function : callable
        Takes an image and answers one of its height and width (and bands). It may be any call of OpenCV,
        scikit-image, PyTorch or your own.
    context : {"keep", "fill", "crop"}, optional
        What the function sees of the outside: ``"keep"`` the image as it is (what it looks at there leaks in);
        ``"fill"`` each pixel outside as the nearest one inside; ``"crop"`` the same, of the bounding box alone.
        Default "fill".
    probe : bool, optional
        Run the function a second time with other values outside, and warn where the inside changes: then it leaks.
        Default False.

    Raises
    ------
    ParameterError
        Where the function answers something of another size.

    Notes
    -----
    The function is called once with the whole image, so the operation does not run by blocks.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 2, 3, 200]], np.uint8)
    >>> rm.apply_inside(image, image < 100, lambda i: i.max() - i)
    array([[  2,   1,   0, 200]], dtype=uint8)
    >>> rm.apply_inside(image, image < 100, lambda i: i.max() - i, context="keep")
    array([[199, 198, 197, 200]], dtype=uint8)
    >>> rm.apply_inside(image, np.zeros((1, 4), bool), lambda i: i * 0)
    array([[  1,   2,   3, 200]], dtype=uint8)
    """
    inside = weight > 0
    if not inside.any():
        return image
    seen = image if context == "keep" else nearest_inside(image, inside)
    answer = _applied(function, seen, inside, crop=context == "crop")
    if probe:
        _warn_of_leaks(function, image if context == "keep" else seen, inside, answer, context == "crop")
    return answer


def _applied(function: Function, image: np.ndarray, inside: np.ndarray, *, crop: bool) -> np.ndarray:
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)) if crop else (slice(None), slice(None))
    given = image[part].copy()
    answer = np.asarray(function(given))
    if answer.shape != given.shape:
        raise ParameterError(
            f"the function was given an image of shape {given.shape} and answers one of {answer.shape}"
        )
    whole = np.zeros(image.shape, answer.dtype)
    whole[part] = answer
    return whole


def _warn_of_leaks(function: Function, seen: np.ndarray, inside: np.ndarray, answer: np.ndarray, crop: bool) -> None:
    other = seen.copy()
    other[~inside] = np.roll(seen[inside], 1, axis=0).max(axis=0, initial=0)
    again = _applied(function, other, inside, crop=crop)
    changed = np.atleast_3d(~np.isclose(again, answer, equal_nan=True))[inside].any(axis=-1)
    if changed.any():
        warnings.warn(
            f"the function leaks: {changed.mean():.1%} of the pixels inside change with those outside", stacklevel=2
        )


def nearest_inside(image: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The image with each pixel outside replaced by the nearest one inside."""
    from scipy.ndimage import distance_transform_edt

    if inside.all() or not inside.any():
        return image
    rows, columns = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return image[rows, columns]

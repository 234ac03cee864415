"""Grey morphology with flat elements in which masked-out pixels take no part.

The morphology of masks has other names (``shrink``, ``grow``, ``opened``, ``closed``).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.kernels.extremes import extreme
from roimask.kernels.footprints import disk, line, square
from roimask.kernels.windows import Core, grown, taking_part, within
from roimask.operation import operation
from roimask.operations.rank import Answer, extreme_of
from roimask.parameters import Angle, Size

__all__ = [
    "black_tophat",
    "closing",
    "dilation",
    "erosion",
    "morphological_gradient",
    "opening",
    "white_tophat",
]

Element = Literal["disk", "square", "line"]

# What the docstrings of all operations with an element say before their notes, and after them.
_GIVEN = """Parameters
----------
size : int
    Height and width of the element in pixels, odd; of a line the number of its pixels.
element : {{"disk", "square", "line"}}, optional
    Form of the flat element: the pixels no further than ``size // 2`` from the middle, a square, or a line.
    Default "disk".
angle : float, optional
    Direction of a line in degrees counter-clockwise as seen, 0 (the default) along the row; of lines alone.

Returns
-------
array
    {}

Raises
------
ParameterError
    Where the size is even, or an angle is given for another element than a line.

"""
_RETURNED = {
    "image": "Of the image's shape and dtype.",
    "map": "float32 (float64 from float64), NaN outside the mask; in units of the image.",
}
_REFERENCES = """References
----------
P. Soille, "Morphological Image Analysis", 2nd ed., Springer 2004, ch. 3 and 4.

"""


def _flat(steps: int, result: Literal["image", "map"] = "image") -> Callable[..., Callable[..., Any]]:
    """Declare an operation with a flat element, over which its kernel looks in so many steps.

    The kernel is given the element's pixels; parameters and docstring are those of all.
    """

    def declare(kernel: Callable[..., Answer]) -> Callable[..., Any]:
        def over_element(
            image: np.ndarray,
            weight: np.ndarray,
            *,
            size: Size,
            element: Element = "disk",
            angle: Angle | None = None,
            core: Core,
        ) -> Answer:
            return kernel(image, weight, _footprint(size, element, angle), core)

        before, notes, after = inspect.cleandoc(kernel.__doc__ or "").partition("Notes\n")
        notes += after.replace("Examples\n", f"{_REFERENCES}Examples\n")
        over_element.__name__ = kernel.__name__
        over_element.__doc__ = before + _GIVEN.format(_RETURNED[result]) + notes
        return operation(result=result, halo=lambda *, size: steps * (size // 2), weights="above 0")(over_element)

    return declare


@_flat(1)
def erosion(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, core: Core) -> Answer:
    """Erode an image: the lowest of the pixels under the element that take part.

    Neither the mask's edge nor the border erodes what is inside. A pixel of any weight above 0 takes part in full; the
    answer is blended in by the weight.

    Notes
    -----
    Exact. The time grows with the logarithm of a square's size, and in proportion to that of a disk or a line, many
    pixels at once: with a hundred pixels three to five times that with ten.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[9, 9, 9, 1, 9, 9, 0]], np.uint8)
    >>> rm.erosion(image, size=3)
    array([[9, 9, 1, 1, 1, 0, 0]], dtype=uint8)
    >>> rm.erosion(image, np.array([[1, 1, 1, 1, 1, 1, 0]]), size=3)
    array([[9, 9, 1, 1, 1, 9, 0]], dtype=uint8)
    >>> rm.erosion(image, np.zeros((1, 7), bool), size=3)
    array([[9, 9, 9, 1, 9, 9, 0]], dtype=uint8)
    """
    return extreme_of(image, weight, footprint, False, core)


@_flat(1)
def dilation(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, core: Core) -> Answer:
    """Dilate an image: the highest of the pixels under the element that take part.

    What is masked out does not spread, however bright. A pixel of any weight above 0 takes part in full; the answer is
    blended in by the weight.

    Notes
    -----
    Exact. The time grows with the logarithm of a square's size, and in proportion to that of a disk or a line, many
    pixels at once: with a hundred pixels three to five times that with ten.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 1, 1, 5, 1, 1, 9]], np.uint8)
    >>> rm.dilation(image, size=3)
    array([[1, 1, 5, 5, 5, 9, 9]], dtype=uint8)
    >>> rm.dilation(image, np.array([[1, 1, 1, 1, 1, 1, 0]]), size=3)
    array([[1, 1, 5, 5, 5, 1, 9]], dtype=uint8)
    >>> rm.dilation(image, np.zeros((1, 7), bool), size=3)
    array([[1, 1, 1, 5, 1, 1, 9]], dtype=uint8)
    """
    return extreme_of(image, weight, footprint, True, core)


@_flat(2)
def opening(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, core: Core) -> Answer:
    """Open an image: erode, then dilate, which takes away what is brighter and narrower than the element.

    What is masked out neither takes away nor gives back. A pixel of any weight above 0 takes part in full; the answer
    is blended in by the weight.

    Notes
    -----
    Both steps see the same pixels: max min f, over the pixels of the element that take part, nowhere above f. The
    halo is ``2 * (size // 2)`` pixels.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 5, 5, 0, 5, 1, 1]], np.uint8)
    >>> rm.opening(image, size=3)
    array([[1, 1, 1, 0, 1, 1, 1]], dtype=uint8)
    >>> rm.opening(image, np.array([[1, 1, 1, 0, 1, 1, 1]]), size=3)
    array([[1, 5, 5, 0, 1, 1, 1]], dtype=uint8)
    >>> rm.opening(image, np.zeros((1, 7), bool), size=3)
    array([[1, 5, 5, 0, 5, 1, 1]], dtype=uint8)
    """
    return _two_steps(image, weight, footprint, False, core)


@_flat(2)
def closing(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, core: Core) -> Answer:
    """Close an image: dilate, then erode, which fills what is darker and narrower than the element.

    What is masked out neither fills nor wears off. A pixel of any weight above 0 takes part in full; the answer is
    blended in by the weight.

    Notes
    -----
    Both steps see the same pixels: min max f, over the pixels of the element that take part, nowhere below f. The
    halo is ``2 * (size // 2)`` pixels.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[5, 1, 1, 9, 1, 5, 5]], np.uint8)
    >>> rm.closing(image, size=3)
    array([[5, 5, 5, 9, 5, 5, 5]], dtype=uint8)
    >>> rm.closing(image, np.array([[1, 1, 1, 0, 1, 1, 1]]), size=3)
    array([[5, 1, 1, 9, 5, 5, 5]], dtype=uint8)
    >>> rm.closing(image, np.zeros((1, 7), bool), size=3)
    array([[5, 1, 1, 9, 1, 5, 5]], dtype=uint8)
    """
    return _two_steps(image, weight, footprint, True, core)


@_flat(2, "map")
def white_tophat(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, core: Core) -> Answer:
    """Measure what an opening takes away: details brighter than what is around them, narrower than the element.

    A pixel of any weight above 0 takes part in full, the others not at all.

    Notes
    -----
    f less its :func:`opening`, 0 or more.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 5, 5, 0, 5, 1, 1]], np.uint8)
    >>> rm.white_tophat(image, size=3)
    array([[0., 4., 4., 0., 4., 0., 0.]], dtype=float32)
    >>> rm.white_tophat(image, np.array([[1, 1, 1, 0, 1, 1, 1]]), size=3)
    array([[ 0.,  0.,  0., nan,  4.,  0.,  0.]], dtype=float32)
    >>> np.isnan(rm.white_tophat(image, np.zeros((1, 7), bool), size=3)).all()
    np.True_
    """
    opened, share = _two_steps(image, weight, footprint, False, core)
    return _difference(image[core], opened), share


@_flat(2, "map")
def black_tophat(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, core: Core) -> Answer:
    """Measure what a closing fills: details darker than what is around them, narrower than the element.

    A pixel of any weight above 0 takes part in full, the others not at all.

    Notes
    -----
    The :func:`closing` of f less f, 0 or more.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[5, 1, 1, 9, 1, 5, 5]], np.uint8)
    >>> rm.black_tophat(image, size=3)
    array([[0., 4., 4., 0., 4., 0., 0.]], dtype=float32)
    >>> rm.black_tophat(image, np.array([[1, 1, 1, 0, 1, 1, 1]]), size=3)
    array([[ 0.,  0.,  0., nan,  4.,  0.,  0.]], dtype=float32)
    >>> np.isnan(rm.black_tophat(image, np.zeros((1, 7), bool), size=3)).all()
    np.True_
    """
    closed, share = _two_steps(image, weight, footprint, True, core)
    return _difference(closed, image[core]), share


@_flat(1, "map")
def morphological_gradient(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, core: Core) -> Answer:
    """Measure the range under the element, :func:`dilation` less :func:`erosion`: high at edges.

    The mask's edge is no edge. A pixel of any weight above 0 takes part in full, the others not at all.

    Notes
    -----
    max f - min f over the pixels of the element that take part.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 1, 1, 5, 5, 5, 0]], np.uint8)
    >>> rm.morphological_gradient(image, size=3)
    array([[0., 0., 4., 4., 0., 5., 5.]], dtype=float32)
    >>> rm.morphological_gradient(image, np.array([[1, 1, 1, 1, 1, 1, 0]]), size=3)
    array([[ 0.,  0.,  4.,  4.,  0.,  0., nan]], dtype=float32)
    >>> np.isnan(rm.morphological_gradient(image, np.zeros((1, 7), bool), size=3)).all()
    np.True_
    """
    inside = taking_part(weight)
    lowest, share = extreme_of(image, weight, footprint, False, core)
    return _difference(extreme(image, inside, footprint, True, core), lowest), share


# -- on blocks -----------------------------------------------------------------------------------------------------


def _footprint(size: int, element: Element, angle: float | None) -> np.ndarray:
    if element == "line":
        return line(size, angle or 0.0)
    if angle is not None:
        raise ParameterError(f"angle is the direction of a line, but the element is a {element}. Give element='line'.")
    return square(size) if element == "square" else disk(size)


def _two_steps(image: np.ndarray, weight: np.ndarray, footprint: np.ndarray, highest: bool, core: Core) -> Answer:
    """The highest (or lowest) values, and then the lowest (or highest) of those."""
    inside = taking_part(weight)
    wide = grown(core, (footprint.shape[0] // 2, footprint.shape[1] // 2), image.shape)
    first = extreme(image, inside, footprint, highest, wide)
    return extreme_of(first, inside[wide], footprint, not highest, within(core, wide))


def _difference(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    """In a type that holds it: float32 for 8 and 16 bit integers and float32."""
    with np.errstate(invalid="ignore"):  # inf - inf, or nothing under the element
        return np.subtract(high, low, dtype=np.result_type(high.dtype, np.float32))

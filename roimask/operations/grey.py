"""Grey morphology with flat elements in which masked-out pixels take no part.

The morphology of masks has other names (``shrink``, ``grow``, ``opened``, ``closed``).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from roimask import kernels
from roimask.errors import FrameMismatch, ParameterError
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
    "reconstruction",
    "white_tophat",
]

Element = Literal["disk", "square", "line"]


def _once(*, size: int) -> int:
    return size // 2


def _twice(*, size: int) -> int:
    return 2 * (size // 2)


@operation(halo=_once, weights="above 0")
def erosion(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    size: Size,
    element: Element = "disk",
    angle: Angle | None = None,
    core: Core,
) -> Answer:
    """Erode an image: the lowest of the pixels under the element that take part.

    Neither the mask's edge nor the border erodes what is inside. A pixel of any weight above 0 takes part in full; the
    answer is blended in by the weight.

    Parameters
    ----------
    size : int
        Height and width of the element in pixels, odd; of a line the number of its pixels.
    element : {"disk", "square", "line"}, optional
        Form of the flat element: the pixels no further than ``size // 2`` from the middle, a square, or a line.
        Default "disk".
    angle : float, optional
        Direction of a line in degrees counter-clockwise as seen, 0 (the default) along the row; of lines alone.

    Returns
    -------
    array
        Of the image's shape and dtype.

    Raises
    ------
    ParameterError
        Where the size is even, or an angle is given for another element than a line.

    Notes
    -----
    Exact. The time grows with the logarithm of a square's size, and in proportion to that of a disk or a line, many
    pixels at once.

    References
    ----------
    P. Soille, "Morphological Image Analysis", 2nd ed., Springer 2004, ch. 3.

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
    return extreme_of(image, weight, _footprint(size, element, angle), False, core)


@operation(halo=_once, weights="above 0")
def dilation(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    size: Size,
    element: Element = "disk",
    angle: Angle | None = None,
    core: Core,
) -> Answer:
    """Dilate an image: the highest of the pixels under the element that take part.

    What is masked out does not spread, however bright. A pixel of any weight above 0 takes part in full; the answer is
    blended in by the weight.

    Parameters
    ----------
    size : int
        Height and width of the element in pixels, odd; of a line the number of its pixels.
    element : {"disk", "square", "line"}, optional
        Form of the flat element: the pixels no further than ``size // 2`` from the middle, a square, or a line.
        Default "disk".
    angle : float, optional
        Direction of a line in degrees counter-clockwise as seen, 0 (the default) along the row; of lines alone.

    Returns
    -------
    array
        Of the image's shape and dtype.

    Raises
    ------
    ParameterError
        Where the size is even, or an angle is given for another element than a line.

    Notes
    -----
    Exact. The time grows with the logarithm of a square's size, and in proportion to that of a disk or a line, many
    pixels at once.

    References
    ----------
    P. Soille, "Morphological Image Analysis", 2nd ed., Springer 2004, ch. 3.

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
    return extreme_of(image, weight, _footprint(size, element, angle), True, core)


@operation(halo=_twice, weights="above 0")
def opening(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    size: Size,
    element: Element = "disk",
    angle: Angle | None = None,
    core: Core,
) -> Answer:
    """Open an image: erode, then dilate, which takes away what is brighter and narrower than the element.

    What is masked out neither takes away nor gives back. A pixel of any weight above 0 takes part in full; the answer
    is blended in by the weight.

    Parameters
    ----------
    size : int
        Height and width of the element in pixels, odd; of a line the number of its pixels.
    element : {"disk", "square", "line"}, optional
        Form of the flat element: the pixels no further than ``size // 2`` from the middle, a square, or a line.
        Default "disk".
    angle : float, optional
        Direction of a line in degrees counter-clockwise as seen, 0 (the default) along the row; of lines alone.

    Returns
    -------
    array
        Of the image's shape and dtype. Nowhere above the image.

    Raises
    ------
    ParameterError
        Where the size is even, or an angle is given for another element than a line.

    Notes
    -----
    Both steps see the same pixels: max min f, over the pixels of the element that take part. The halo is
    ``2 * (size // 2)`` pixels.

    References
    ----------
    P. Soille, "Morphological Image Analysis", 2nd ed., Springer 2004, ch. 4.

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
    return _two_steps(image, weight, _footprint(size, element, angle), False, core)


@operation(halo=_twice, weights="above 0")
def closing(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    size: Size,
    element: Element = "disk",
    angle: Angle | None = None,
    core: Core,
) -> Answer:
    """Close an image: dilate, then erode, which fills what is darker and narrower than the element.

    What is masked out neither fills nor wears off. A pixel of any weight above 0 takes part in full; the answer is
    blended in by the weight.

    Parameters
    ----------
    size : int
        Height and width of the element in pixels, odd; of a line the number of its pixels.
    element : {"disk", "square", "line"}, optional
        Form of the flat element: the pixels no further than ``size // 2`` from the middle, a square, or a line.
        Default "disk".
    angle : float, optional
        Direction of a line in degrees counter-clockwise as seen, 0 (the default) along the row; of lines alone.

    Returns
    -------
    array
        Of the image's shape and dtype. Nowhere below the image.

    Raises
    ------
    ParameterError
        Where the size is even, or an angle is given for another element than a line.

    Notes
    -----
    Both steps see the same pixels: min max f, over the pixels of the element that take part. The halo is
    ``2 * (size // 2)`` pixels.

    References
    ----------
    P. Soille, "Morphological Image Analysis", 2nd ed., Springer 2004, ch. 4.

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
    return _two_steps(image, weight, _footprint(size, element, angle), True, core)


@operation(result="map", halo=_twice, weights="above 0")
def white_tophat(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    size: Size,
    element: Element = "disk",
    angle: Angle | None = None,
    core: Core,
) -> Answer:
    """Measure what an opening takes away: details brighter than what is around them, narrower than the element.

    A pixel of any weight above 0 takes part in full, the others not at all.

    Parameters
    ----------
    size : int
        Height and width of the element in pixels, odd; of a line the number of its pixels.
    element : {"disk", "square", "line"}, optional
        Form of the flat element: the pixels no further than ``size // 2`` from the middle, a square, or a line.
        Default "disk".
    angle : float, optional
        Direction of a line in degrees counter-clockwise as seen, 0 (the default) along the row; of lines alone.

    Returns
    -------
    array
        float32 (float64 from float64), NaN outside the mask; in units of the image.

    Raises
    ------
    ParameterError
        Where the size is even, or an angle is given for another element than a line.

    Notes
    -----
    f less its :func:`opening`, 0 or more.

    References
    ----------
    P. Soille, "Morphological Image Analysis", 2nd ed., Springer 2004, ch. 4.

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
    opened, share = _two_steps(image, weight, _footprint(size, element, angle), False, core)
    return _difference(image[core], opened), share


@operation(result="map", halo=_twice, weights="above 0")
def black_tophat(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    size: Size,
    element: Element = "disk",
    angle: Angle | None = None,
    core: Core,
) -> Answer:
    """Measure what a closing fills: details darker than what is around them, narrower than the element.

    A pixel of any weight above 0 takes part in full, the others not at all.

    Parameters
    ----------
    size : int
        Height and width of the element in pixels, odd; of a line the number of its pixels.
    element : {"disk", "square", "line"}, optional
        Form of the flat element: the pixels no further than ``size // 2`` from the middle, a square, or a line.
        Default "disk".
    angle : float, optional
        Direction of a line in degrees counter-clockwise as seen, 0 (the default) along the row; of lines alone.

    Returns
    -------
    array
        float32 (float64 from float64), NaN outside the mask; in units of the image.

    Raises
    ------
    ParameterError
        Where the size is even, or an angle is given for another element than a line.

    Notes
    -----
    The :func:`closing` of f less f, 0 or more.

    References
    ----------
    P. Soille, "Morphological Image Analysis", 2nd ed., Springer 2004, ch. 4.

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
    closed, share = _two_steps(image, weight, _footprint(size, element, angle), True, core)
    return _difference(closed, image[core]), share


@operation(result="map", halo=_once, weights="above 0")
def morphological_gradient(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    size: Size,
    element: Element = "disk",
    angle: Angle | None = None,
    core: Core,
) -> Answer:
    """Measure the range under the element, :func:`dilation` less :func:`erosion`: high at edges.

    The mask's edge is no edge. A pixel of any weight above 0 takes part in full, the others not at all.

    Parameters
    ----------
    size : int
        Height and width of the element in pixels, odd; of a line the number of its pixels.
    element : {"disk", "square", "line"}, optional
        Form of the flat element: the pixels no further than ``size // 2`` from the middle, a square, or a line.
        Default "disk".
    angle : float, optional
        Direction of a line in degrees counter-clockwise as seen, 0 (the default) along the row; of lines alone.

    Returns
    -------
    array
        float32 (float64 from float64), NaN outside the mask; in units of the image.

    Raises
    ------
    ParameterError
        Where the size is even, or an angle is given for another element than a line.

    Notes
    -----
    max f - min f over the pixels of the element that take part.

    References
    ----------
    P. Soille, "Morphological Image Analysis", 2nd ed., Springer 2004, ch. 3.

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
    footprint, inside = _footprint(size, element, angle), taking_part(weight)
    lowest, share = extreme_of(image, weight, footprint, False, core)
    return _difference(extreme(image, inside, footprint, True, core), lowest), share


@operation(halo="all", weights="above 0")
def reconstruction(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    marker: np.ndarray,
    method: Literal["dilation", "erosion"] = "dilation",
    neighbours: Literal["4", "8"] = "8",
) -> Answer:
    """Reconstruct an image from a marker, which spreads as far as the image allows.

    By dilation, the peaks that the marker touches come back and the others are cut down to what surrounds them; by
    erosion, the same of hollows. The marker spreads through pixels that take part alone, so regions that the mask
    parts stay apart. A pixel of any weight above 0 takes part in full; the answer is blended in by the weight.

    Parameters
    ----------
    marker : array (H, W)
        Where to start from, in the image's unit; what is above the image (by erosion: below it) counts as the image,
        and NaN starts nothing. Of an image with bands, the marker of each.
    method : {"dilation", "erosion"}, optional
        Whether the marker grows up under the image, or down onto it. Default "dilation".
    neighbours : {"4", "8"}, optional
        Whether pixels that share a corner alone are neighbours ("8", the default) or not ("4").

    Returns
    -------
    array
        Of the image's shape and dtype; a pixel that is written but not read stays as it was.

    Raises
    ------
    FrameMismatch
        Where image and marker are not of one size.

    Notes
    -----
    The hybrid algorithm: a scan each way, then a queue. It needs the whole image.

    References
    ----------
    L. Vincent, "Morphological grayscale reconstruction in image analysis", IEEE TIP 2 (1993) 176-201.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[0, 5, 7, 5, 0, 6, 0]], np.uint8)
    >>> marker = np.array([[0, 4, 0, 0, 0, 0, 0]], np.uint8)
    >>> rm.reconstruction(image, marker=marker)
    array([[0, 4, 4, 4, 0, 0, 0]], dtype=uint8)
    >>> rm.reconstruction(image, np.array([[1, 1, 0, 1, 1, 1, 1]]), marker=marker)
    array([[0, 4, 7, 0, 0, 0, 0]], dtype=uint8)
    >>> rm.reconstruction(image, np.zeros((1, 7), bool), marker=marker)
    array([[0, 5, 7, 5, 0, 6, 0]], dtype=uint8)
    """
    if marker.shape != image.shape:
        raise FrameMismatch(f"the marker is {marker.shape}, but the image is {image.shape}; give one of its size")
    inside = taking_part(weight)
    limit, start = _together(image, marker, up=method == "dilation")
    spread = kernels.pick("reconstruction", 100 * image.size).reconstruct
    answer = spread(limit, inside, np.minimum(start, limit), neighbours == "8")
    return (answer if method == "dilation" else _turned(answer)), inside.astype(np.float32)


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


def _together(image: np.ndarray, marker: np.ndarray, up: bool) -> tuple[np.ndarray, np.ndarray]:
    """Image and marker in a type that holds both, upside down for what goes down; NaN starts nothing."""
    dtype = np.result_type(image.dtype, marker.dtype)
    limit, start = (array.astype(dtype) if up else _turned(array.astype(dtype)) for array in (image, marker))
    return limit, start if dtype.kind != "f" else np.where(np.isnan(start), -np.inf, start).astype(dtype)


def _turned(values: np.ndarray) -> np.ndarray:
    """The highest value becomes the lowest."""
    return -values if values.dtype.kind == "f" else ~values

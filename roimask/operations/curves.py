"""Contrast by a curve that is given: each pixel becomes a function of its own value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from roimask.errors import ParameterError
from roimask.operation import operation
from roimask.operations.tones import Range, checked, through, white
from roimask.parameters import Count, Pairs, Positive

__all__ = ["burn", "curve", "dodge", "gamma", "invert", "levels", "log", "posterize", "sigmoid"]


def _on_unit(image: np.ndarray, range: Range | None, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Each pixel through a function that keeps 0 and 1, where 0 and 1 are the ends of a range."""
    low, high = checked(range, image.dtype)
    return through(image, lambda values: low + function((values - low) / (high - low)) * (high - low))


def _odd(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """The function, carried on below 0 as its own mirror image: it goes on ascending."""
    return lambda values: np.copysign(function(np.abs(values)), values)


@operation(any_value=True)
def gamma(
    image: np.ndarray, weight: np.ndarray, *, gamma: Positive, range: tuple[float, float] | None = None
) -> np.ndarray:
    """Correct the brightness by a power: the middle tones become brighter below 1 and darker above it.

    Each pixel of the mask is changed by its own value alone; black and white stay.

    Parameters
    ----------
    gamma : float
        The exponent, above 0.
    range : (float, float), optional
        Which values are black and white. Default: 0 and the largest value of the image's type; 0 and 1 for floats.

    Raises
    ------
    ParameterError
        Where gamma is not above 0, or the range does not ascend.

    Notes
    -----
    t ** gamma with t = (x - black) / (white - black), as scikit-image's ``adjust_gamma``. Below black the curve goes
    on as its own mirror image.

    References
    ----------
    C. Poynton, Digital Video and HD, 2nd ed., chapter 27.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[0, 64, 128, 255]], np.uint8)
    >>> rm.gamma(image, gamma=0.5)
    array([[  0, 128, 181, 255]], dtype=uint8)
    >>> rm.gamma(image, image < 100, gamma=0.5)
    array([[  0, 128, 128, 255]], dtype=uint8)
    >>> rm.gamma(image, np.zeros((1, 4), bool), gamma=0.5)
    array([[  0,  64, 128, 255]], dtype=uint8)
    """
    return _on_unit(image, range, _odd(lambda t: t**gamma))


@operation(any_value=True)
def log(
    image: np.ndarray, weight: np.ndarray, *, strength: Positive = 1.0, range: tuple[float, float] | None = None
) -> np.ndarray:
    """Brighten dark tones by a logarithm, so that what is many times as bright still fits.

    Each pixel of the mask is changed by its own value alone; black and white stay.

    Parameters
    ----------
    strength : float, optional
        How steep the curve starts, above 0; near 0 it is a straight line. Default 1.
    range : (float, float), optional
        Which values are black and white. Default: 0 and the largest value of the image's type; 0 and 1 for floats.

    Raises
    ------
    ParameterError
        Where the strength is not above 0, or the range does not ascend.

    Notes
    -----
    log(1 + strength t) / log(1 + strength) with t = (x - black) / (white - black); with strength 1 it is
    scikit-image's ``adjust_log``. Below black the curve goes on as its own mirror image.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[0, 10, 100, 255]], np.uint8)
    >>> rm.log(image, strength=20)
    array([[  0,  48, 183, 255]], dtype=uint8)
    >>> rm.log(image, image < 50, strength=20)
    array([[  0,  48, 100, 255]], dtype=uint8)
    >>> rm.log(image, np.zeros((1, 4), bool), strength=20)
    array([[  0,  10, 100, 255]], dtype=uint8)
    """
    return _on_unit(image, range, _odd(lambda t: np.log1p(strength * t) / np.log1p(strength)))


@operation(any_value=True)
def sigmoid(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    middle: float = 0.5,
    slope: Positive = 10.0,
    range: tuple[float, float] | None = None,
) -> np.ndarray:
    """Raise the contrast about a middle tone by an S-shaped curve.

    Each pixel of the mask is changed by its own value alone; black and white stay.

    Parameters
    ----------
    middle : float, optional
        The tone about which contrast is raised, as a share of the range. Default 0.5.
    slope : float, optional
        How steep the curve is there, above 0. Default 10.
    range : (float, float), optional
        Which values are black and white. Default: 0 and the largest value of the image's type; 0 and 1 for floats.

    Raises
    ------
    ParameterError
        Where the slope is not above 0, or the range does not ascend.

    Notes
    -----
    (s(t) - s(0)) / (s(1) - s(0)) with s(t) = 1 / (1 + exp(slope (middle - t))) and t = (x - black) / (white - black).

    References
    ----------
    G. J. Braun, M. D. Fairchild, "Image lightness rescaling using sigmoidal contrast enhancement functions", Journal
    of Electronic Imaging 8 (1999) 380-393.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[0, 64, 128, 255]], np.uint8)
    >>> rm.sigmoid(image)
    array([[  0,  18, 129, 255]], dtype=uint8)
    >>> rm.sigmoid(image, image < 100)
    array([[  0,  18, 128, 255]], dtype=uint8)
    >>> rm.sigmoid(image, np.zeros((1, 4), bool))
    array([[  0,  64, 128, 255]], dtype=uint8)
    """

    def s(t: np.ndarray | float) -> Any:
        return 1 / (1 + np.exp(slope * (middle - t)))

    return _on_unit(image, range, lambda t: (s(t) - s(0)) / (s(1) - s(0)))


@operation(any_value=True)
def levels(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    black: float | None = None,
    white: float | None = None,
    gamma: Positive = 1.0,
    to: tuple[float, float] | None = None,
) -> np.ndarray:
    """Set the levels: which values are black and white, how bright the middle is, and what range results.

    Each pixel of the mask is changed by its own value alone; what lies beyond black and white is clamped. For levels
    that the region sets by itself, see ``stretch``.

    Parameters
    ----------
    black, white : float, optional
        In the image's own unit. Default: 0 and the largest value of the image's type; 0 and 1 for floats.
    gamma : float, optional
        Exponent of the middle tones: brighter below 1, darker above it. Default 1.
    to : (float, float), optional
        What black and white become. Default: as ``black`` and ``white`` by default.

    Raises
    ------
    ParameterError
        Where black is not below white, or ``to`` does not ascend.

    Notes
    -----
    to[0] + t ** gamma · (to[1] - to[0]) with t = (x - black) / (white - black), clamped to 0 and 1.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 50, 100, 200]], np.uint8)
    >>> rm.levels(image, black=50, white=150)
    array([[  0,   0, 128, 255]], dtype=uint8)
    >>> rm.levels(image, image < 150, black=50, white=150)
    array([[  0,   0, 128, 200]], dtype=uint8)
    >>> rm.levels(image, np.zeros((1, 4), bool), black=50, white=150)
    array([[ 10,  50, 100, 200]], dtype=uint8)
    """
    lowest, highest = checked(to, image.dtype, "to")
    default = checked(None, image.dtype)
    low, high = checked(
        (default[0] if black is None else black, default[1] if white is None else white), image.dtype, "black, white"
    )
    return through(
        image,
        lambda values: lowest + np.clip((values - low) / (high - low), 0, 1) ** gamma * (highest - lowest),
    )


@operation(any_value=True)
def curve(image: np.ndarray, weight: np.ndarray, *, points: Pairs) -> np.ndarray:
    """Bend the tones along a smooth curve through given points.

    Each pixel of the mask is changed by its own value alone.

    Parameters
    ----------
    points : sequence of (before, after)
        Two or more, in the image's own unit, in any order. Before the first and after the last the curve is level.

    Raises
    ------
    ParameterError
        Where there are fewer than two points, or two with the same value before.

    Notes
    -----
    A monotone cubic (PCHIP): between two points the curve never leaves their range, so it ascends where they do.

    References
    ----------
    F. N. Fritsch, J. Butland, "A method for constructing local monotone piecewise cubic interpolants", SIAM Journal
    on Scientific and Statistical Computing 5 (1984) 300-304.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[0, 64, 128, 255]], np.uint8)
    >>> rm.curve(image, points=[(0, 0), (128, 160), (255, 255)])
    array([[  0,  89, 160, 255]], dtype=uint8)
    >>> rm.curve(image, image < 100, points=[(0, 0), (128, 160), (255, 255)])
    array([[  0,  89, 128, 255]], dtype=uint8)
    >>> rm.curve(image, np.zeros((1, 4), bool), points=[(0, 255), (255, 0)])
    array([[  0,  64, 128, 255]], dtype=uint8)
    """
    from scipy.interpolate import PchipInterpolator

    before, after = np.array(sorted(points)).T
    if not (np.diff(before) > 0).all() or not np.isfinite([before, after]).all():
        raise ParameterError(f"points are finite pairs with different values before, got {points}")
    bent = PchipInterpolator(before, after)
    return through(image, lambda values: bent(np.clip(values, before[0], before[-1])))


@operation(any_value=True)
def invert(image: np.ndarray, weight: np.ndarray, *, range: tuple[float, float] | None = None) -> np.ndarray:
    """Invert the tones: black becomes white.

    Each pixel of the mask is changed by its own value alone.

    Parameters
    ----------
    range : (float, float), optional
        Which values change places. Default: the smallest and the largest value of the image's type; 0 and 1 for
        floats.

    Raises
    ------
    ParameterError
        Where the range does not ascend.

    Notes
    -----
    range[0] + range[1] - x.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[0, 100, 255]], np.uint8)
    >>> rm.invert(image)
    array([[255, 155,   0]], dtype=uint8)
    >>> rm.invert(image, image < 200)
    array([[255, 155, 255]], dtype=uint8)
    >>> rm.invert(image, np.zeros((1, 3), bool))
    array([[  0, 100, 255]], dtype=uint8)
    """
    low = 0.0 if image.dtype.kind == "f" else float(np.iinfo(image.dtype).min)
    ends = (low, white(image.dtype)) if range is None else checked(range, image.dtype)
    return through(image, lambda values: sum(ends) - values)


@operation(any_value=True)
def posterize(
    image: np.ndarray, weight: np.ndarray, *, levels: Count = 4, range: tuple[float, float] | None = None
) -> np.ndarray:
    """Reduce the tones to a few.

    Each pixel of the mask is changed by its own value alone.

    Parameters
    ----------
    levels : int, optional
        How many tones are left, 2 or more. Default 4.
    range : (float, float), optional
        The first and the last tone. Default: 0 and the largest value of the image's type; 0 and 1 for floats.

    Raises
    ------
    ParameterError
        Where there are fewer than two levels, or the range does not ascend.

    Notes
    -----
    The range is cut into equal parts, and each becomes one of as many equally spaced tones, black and white among
    them.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[0, 100, 130, 255]], np.uint8)
    >>> rm.posterize(image, levels=2)
    array([[  0,   0, 255, 255]], dtype=uint8)
    >>> rm.posterize(image, image < 120, levels=2)
    array([[  0,   0, 130, 255]], dtype=uint8)
    >>> rm.posterize(image, np.zeros((1, 4), bool), levels=2)
    array([[  0, 100, 130, 255]], dtype=uint8)
    """
    if levels < 2:
        raise ParameterError(f"levels is 2 or more, got {levels}")
    return _on_unit(image, range, lambda t: np.clip(np.floor(t * levels), 0, levels - 1) / (levels - 1))


@operation(any_value=True)
def dodge(
    image: np.ndarray, weight: np.ndarray, *, amount: float = 0.3, range: tuple[float, float] | None = None
) -> np.ndarray:
    """Dodge: lighten, as if the print had been held under less light; bright tones gain most.

    A soft mask (``feather``) shades it off: each pixel is changed by its own value and weight alone.

    Parameters
    ----------
    amount : float, optional
        How much of it, 0 (nothing) to less than 1. Default 0.3.
    range : (float, float), optional
        Which values are black and white. Default: 0 and the largest value of the image's type; 0 and 1 for floats.

    Raises
    ------
    ParameterError
        Where the amount is not within 0 and 1, or the range does not ascend.

    Notes
    -----
    min(1, t / (1 - amount)) with t = (x - black) / (white - black): W3C's color-dodge with a grey of that amount.

    References
    ----------
    Compositing and Blending Level 1, https://www.w3.org/TR/compositing-1/

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[0, 100, 200]], np.uint8)
    >>> rm.dodge(image, amount=0.5)
    array([[  0, 200, 255]], dtype=uint8)
    >>> rm.dodge(image, np.array([[0, 0.5, 1]]), amount=0.5)
    array([[  0, 150, 255]], dtype=uint8)
    >>> rm.dodge(image, np.zeros((1, 3), bool), amount=0.5)
    array([[  0, 100, 200]], dtype=uint8)
    """
    share = _share(amount)
    return _on_unit(image, range, lambda t: np.minimum(t / (1 - share), np.maximum(t, 1)))


@operation(any_value=True)
def burn(
    image: np.ndarray, weight: np.ndarray, *, amount: float = 0.3, range: tuple[float, float] | None = None
) -> np.ndarray:
    """Burn: darken, as if the print had been held under more light; dark tones lose most.

    A soft mask (``feather``) shades it off: each pixel is changed by its own value and weight alone.

    Parameters
    ----------
    amount : float, optional
        How much of it, 0 (nothing) to less than 1. Default 0.3.
    range : (float, float), optional
        Which values are black and white. Default: 0 and the largest value of the image's type; 0 and 1 for floats.

    Raises
    ------
    ParameterError
        Where the amount is not within 0 and 1, or the range does not ascend.

    Notes
    -----
    1 - min(1, (1 - t) / (1 - amount)) with t = (x - black) / (white - black): W3C's color-burn with a grey of
    1 - amount.

    References
    ----------
    Compositing and Blending Level 1, https://www.w3.org/TR/compositing-1/

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[55, 155, 255]], np.uint8)
    >>> rm.burn(image, amount=0.5)
    array([[  0,  55, 255]], dtype=uint8)
    >>> rm.burn(image, np.array([[0, 0.5, 1]]), amount=0.5)
    array([[ 55, 105, 255]], dtype=uint8)
    >>> rm.burn(image, np.zeros((1, 3), bool), amount=0.5)
    array([[ 55, 155, 255]], dtype=uint8)
    """
    share = _share(amount)
    return _on_unit(image, range, lambda t: np.maximum(1 - (1 - t) / (1 - share), np.minimum(t, 0)))


def _share(amount: float) -> float:
    if not 0 <= amount < 1:
        raise ParameterError(f"amount is 0 to less than 1, got {amount}")
    return amount

"""Linear filters in which only masked-in pixels take part: normalised convolution."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from roimask import kernels
from roimask.kernels.footprints import square
from roimask.kernels.windows import Core, shape_of, summing_type
from roimask.operation import operation
from roimask.parameters import Kernel, Positive, Size

__all__ = ["box", "convolve", "difference_of_gaussians", "gaussian", "gradient", "laplacian"]


def gaussian_reach(*, sigma: float, truncate: float) -> int:
    return math.ceil(truncate * sigma)


@operation(halo=gaussian_reach, finite=True, selects=True)
def gaussian(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    sigma: Positive,
    truncate: Positive = 4.0,
    core: Core,
    wanted: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Smooth with a Gaussian in which only masked-in pixels take part.

    The mask's edge is no edge in the image: a pixel is the mean of the pixels around it that take part, weighted by
    the Gaussian and by their own weight.

    Parameters
    ----------
    sigma : float
        Standard deviation of the Gaussian in pixels, above 0.
    truncate : float, optional
        The Gaussian ends at this many standard deviations. Default 4.

    Raises
    ------
    ParameterError
        Where sigma or truncate is not above 0.

    Notes
    -----
    Normalised convolution: sum(k w f) / sum(k w) over the window. The halo is ``ceil(truncate * sigma)`` pixels; the
    cost a pixel grows with sigma.

    References
    ----------
    H. Knutsson, C.-F. Westin, "Normalized and differential convolution", CVPR 1993, 515-523.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 10, 10, 250]], np.uint8)
    >>> rm.gaussian(image, np.array([[1, 1, 1, 0]]), sigma=2)
    array([[ 10,  10,  10, 250]], dtype=uint8)
    >>> rm.gaussian(image, sigma=2)
    array([[38, 53, 73, 95]], dtype=uint8)
    >>> rm.gaussian(image, np.zeros((1, 4), bool), sigma=2)
    array([[ 10,  10,  10, 250]], dtype=uint8)
    """
    taps = gaussian_taps(sigma, truncate)
    return normalised(image, weight, taps, taps, core, wanted)


@operation(halo=lambda *, size: size // 2, finite=True, selects=True)
def box(image: np.ndarray, weight: np.ndarray, *, size: Size, core: Core) -> tuple[np.ndarray, np.ndarray]:
    """Smooth with a box: the mean of the pixels in a square window that take part.

    Raises
    ------
    ParameterError
        Where the size is even.

    Notes
    -----
    sum(w f) / sum(w) over the window. Sums of integers are exact; others are put together from runs of 1, 2, 4, 8 …
    pixels that make up the size, by additions alone, so that a huge value spoils no window but its own. The time grows
    with the logarithm of the size. The halo is ``size // 2``.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 20, 30, 250]], np.uint8)
    >>> rm.box(image, np.array([[1, 1, 1, 0]]), size=3)
    array([[ 15,  20,  25, 250]], dtype=uint8)
    >>> rm.box(image, np.zeros((1, 4), bool), size=3)
    array([[ 10,  20,  30, 250]], dtype=uint8)
    """
    mean = kernels.pick("window_sums", image.size).mean
    return mean(image, weight, square(size), core, summing_type(image.dtype, size * size))


def _reach_of(*, kernel: np.ndarray) -> int:
    return max(kernel.shape) // 2


@operation(halo=_reach_of, finite=True)
def convolve(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    kernel: Kernel,
    dtype: Literal["float32", "float64"] | None = None,
    core: Core,
) -> tuple[np.ndarray, np.ndarray]:
    """Convolve with any kernel; what is missing of a window is taken to be the weighted mean of what is there.

    So the mask's edge is no edge in the image: a smoothing kernel is normalised convolution, and a kernel of sum
    zero answers nothing on a constant image whatever the mask.

    Parameters
    ----------
    kernel : array (m, n)
        Odd height and width, any finite values. As in any convolution it is turned by 180 degrees.
    dtype : {"float32", "float64"}, optional
        Answer a map of this type, NaN outside the mask, instead of an image of the image's own type, so that
        negative answers stay.

    Returns
    -------
    array
        Of the image's shape.

    Raises
    ------
    ParameterError
        Where the kernel is not 2-D, has an even side, or is not finite.

    Notes
    -----
    sum(k w f) + mu sum(k (1 - w)), mu = sum(abs(k) w f) / sum(abs(k) w); the coverage is sum(abs(k) w) / sum(abs(k)).

    References
    ----------
    H. Knutsson, C.-F. Westin, "Normalized and differential convolution", CVPR 1993, 515-523.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 20, 30, 250]], np.uint8)
    >>> kernel = np.array([[-1, 0, 1]])
    >>> rm.convolve(image, np.array([[1, 1, 1, 0]]), kernel=kernel, dtype="float32")
    array([[  0., -20.,   0.,  nan]], dtype=float32)
    >>> rm.convolve(image, np.zeros((1, 4), bool), kernel=kernel)
    array([[ 10,  20,  30, 250]], dtype=uint8)
    """
    return completed(image, weight, np.ascontiguousarray(kernel[::-1, ::-1]), core)


_LAPLACIANS = {
    4: np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float64),
    8: np.array([[1, 1, 1], [1, -8, 1], [1, 1, 1]], np.float64) / 3,
}


@operation(result="map", halo=1, finite=True)
def laplacian(
    image: np.ndarray, weight: np.ndarray, *, neighbours: Literal["4", "8"] = "4", core: Core
) -> tuple[np.ndarray, np.ndarray]:
    """Measure the Laplacian, the sum of the second derivatives, from the pixels that take part.

    Parameters
    ----------
    neighbours : {"4", "8"}, optional
        The 3 × 3 kernel: the four nearest neighbours, or all eight. Default "4".

    Returns
    -------
    array
        float32 (float64 from float64), NaN outside the mask; in units of the image a square pixel.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[0, 1, 4, 9, 16]], np.float32).repeat(3, 0)
    >>> rm.laplacian(image)[1]
    array([ 1.1428572,  2.       ,  2.       ,  2.       , -8.       ],
          dtype=float32)
    >>> np.isnan(rm.laplacian(image, np.zeros((3, 5), bool))).all()
    np.True_
    """
    return completed(image, weight, _LAPLACIANS[int(neighbours)], core)


def _wider_reach(*, sigma: float, ratio: float, truncate: float) -> int:
    return gaussian_reach(sigma=sigma * max(ratio, 1), truncate=truncate)


@operation(result="map", halo=_wider_reach, finite=True, selects=True)
def difference_of_gaussians(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    sigma: Positive,
    ratio: Positive = 1.6,
    truncate: Positive = 4.0,
    core: Core,
) -> tuple[np.ndarray, np.ndarray]:
    """Measure the difference of two Gaussians: what is between ``sigma`` and ``ratio * sigma`` wide stands out.

    Parameters
    ----------
    sigma : float
        Standard deviation of the narrower Gaussian in pixels, above 0.
    ratio : float, optional
        How many times as wide the other one is. Default 1.6, which comes nearest to the Laplacian of a Gaussian.
    truncate : float, optional
        The Gaussians end at this many standard deviations. Default 4.

    Returns
    -------
    array
        float32 (float64 from float64), NaN outside the mask; narrower minus wider, in units of the image.

    References
    ----------
    D. Marr, E. Hildreth, "Theory of edge detection", Proc. R. Soc. B 207 (1980) 187-217.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.full((5, 5), 7, np.uint8)
    >>> float(abs(rm.difference_of_gaussians(image, sigma=1)).max()) < 1e-5
    True
    >>> np.isnan(rm.difference_of_gaussians(image, np.zeros((5, 5), bool), sigma=1)).all()
    np.True_
    """
    fine, coarse = gaussian_taps(sigma, truncate), gaussian_taps(sigma * ratio, truncate)
    narrow, coverage = (part.copy() for part in normalised(image, weight, fine, fine, core))
    wide, _ = normalised(image, weight, coarse, coarse, core)
    return narrow - wide, coverage


# Smoothing across an edge, and the slope along it divided by the distance: the plane fitted with their product as
# weights has the slope that the operator answers.
_OPERATORS: dict[str, tuple[list[float], list[float]]] = {
    "sobel": ([1, 2, 1], [1, 2, 1]),
    "scharr": ([3, 10, 3], [3, 10, 3]),
    "prewitt": ([1, 1, 1], [1, 1, 1]),
    "farid": (
        [0.0376593171958126, 0.249153396177344, 0.426374573253687, 0.249153396177344, 0.0376593171958126],
        [0.109603762960254 / 2, 0.276690988455557, 0.426374573253687, 0.276690988455557, 0.109603762960254 / 2],
    ),
}


@operation(result="map", halo=lambda *, operator: len(_OPERATORS[operator][0]) // 2, finite=True)
def gradient(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    operator: Literal["sobel", "scharr", "prewitt", "farid"] = "sobel",
    output: Literal["magnitude", "direction", "down", "along"] = "magnitude",
    core: Core,
) -> tuple[np.ndarray, np.ndarray]:
    """Measure the gradient as the slope of a plane fitted to the pixels around that take part.

    At full coverage it is the usual operator; at any coverage it is exact on a ramp, so that neither the mask's edge
    nor the border makes a false edge. Where fewer than three pixels take part, or all in a line, there is no plane.

    Parameters
    ----------
    operator : {"sobel", "scharr", "prewitt", "farid"}, optional
        Whose weights are used. Default "sobel".
    output : {"magnitude", "direction", "down", "along"}, optional
        The steepest slope; its direction in degrees counter-clockwise as seen, 0 along the row; or the slope down
        the rows or along them. Default "magnitude".

    Returns
    -------
    array
        float32 (float64 from float64), NaN outside the mask; slopes in units of the image a pixel.

    Notes
    -----
    Normalised differential convolution: weighted least squares with the weights of mask times operator.

    References
    ----------
    H. Knutsson, C.-F. Westin, "Normalized and differential convolution", CVPR 1993, 515-523. H. Farid, E. P.
    Simoncelli, "Differentiation of discrete multidimensional signals", IEEE TIP 13 (2004) 496-508.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> ramp = np.arange(0, 50, 10, dtype=np.uint8)[None].repeat(3, 0)
    >>> rm.gradient(ramp, ramp < 30)[1]
    array([10., 10., 10., nan, nan], dtype=float32)
    >>> np.isnan(rm.gradient(ramp, np.zeros((3, 5), bool))).all()
    np.True_
    """
    across, slope = (np.array(part, np.float64) for part in _OPERATORS[operator])
    fit = kernels.pick("plane", image.size).slopes
    down, along, coverage = fit(image, weight, np.outer(slope, across), core)
    if operator == "farid":  # whose weights for the two directions are not the same
        _, along, _ = fit(image, weight, np.outer(across, slope), core)
    return _OUTPUTS[output](down, along), coverage


_OUTPUTS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "magnitude": np.hypot,
    "direction": lambda down, along: np.degrees(np.arctan2(-down, along)),
    "down": lambda down, along: down,
    "along": lambda down, along: along,
}


def gaussian_taps(sigma: float, truncate: float) -> np.ndarray:
    """The weights of a Gaussian along a line, of sum 1."""
    reach = gaussian_reach(sigma=sigma, truncate=truncate)
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return taps / taps.sum()


def normalised(
    image: np.ndarray,
    weight: np.ndarray,
    down: np.ndarray,
    along: np.ndarray,
    core: Core,
    wanted: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean under a separable, positive kernel of sum 1, and the share of the kernel that took part.

    Where ``wanted`` is 0 both are 0. They are good until the next call.
    """
    wanted = np.ones(shape_of(core), np.uint8) if wanted is None else wanted
    mean = kernels.pick("separable", image.size).mean
    return mean(image, weight, down, along, core, wanted, working_type(image.dtype))


def working_type(dtype: np.dtype) -> np.dtype:
    """float32 holds what 8 bits and float32 need; more bits are summed in float64."""
    return np.dtype(np.float32 if dtype in (np.float32, np.uint8, np.bool_) else np.float64)


def completed(image: np.ndarray, weight: np.ndarray, kernel: np.ndarray, core: Core) -> tuple[np.ndarray, np.ndarray]:
    """Correlation with any kernel, what is missing taken to be the weighted mean of what is there, and the coverage."""
    precise = working_type(image.dtype)
    share = weight.astype(precise)
    values = image.astype(precise, copy=False) * share
    sums = _correlation(kernel, core)
    size = np.abs(kernel)
    reach, coverage = size.sum() or 1.0, sums(share, size)
    answer, missing = sums(values, kernel), kernel.sum() - sums(share, kernel)
    with np.errstate(divide="ignore", invalid="ignore"):
        answer += np.where(missing == 0, 0, sums(values, size) / coverage * missing)
    return answer, coverage / reach


def _correlation(kernel: np.ndarray, core: Core):
    """The correlation of the core of an array with this kernel, directly, or by FFT where that is faster."""
    wanted = (core[0].stop - core[0].start, core[1].stop - core[1].start)

    def direct(array: np.ndarray, taps: np.ndarray) -> np.ndarray:
        return kernels.pick("correlate", array.size * 4).correlate(array, taps, core, np.empty(wanted, array.dtype))

    def by_fft(array: np.ndarray, taps: np.ndarray) -> np.ndarray:
        from scipy.signal import fftconvolve

        return fftconvolve(array.astype(np.float64), taps[::-1, ::-1], mode="same")[core]

    return direct if kernel.size <= _DIRECT else by_fft


_DIRECT = 31 * 31  # taps; beyond that the FFT of a tile is faster than the sums

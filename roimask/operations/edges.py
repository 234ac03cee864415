"""Edges and corners that see no masked pixel."""

from __future__ import annotations

from typing import Literal

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.mask import Mask
from roimask.operation import operation, selector
from roimask.operations.linear import gaussian, gaussian_reach, gaussian_taps, gradient, normalised
from roimask.parameters import Positive

__all__ = ["canny", "corner"]


@selector
def canny(
    image: np.ndarray,
    mask: Mask | None = None,
    *,
    sigma: Positive = 1.4,
    low: float | None = None,
    high: float | None = None,
) -> Mask:
    """Find edges by Canny's method; smoothing, slopes, thinning and linking see only pixels that take part.

    Neither the mask's edge nor the border is an edge of the image. With bands, the steepest band counts.

    Parameters
    ----------
    image : array (H, W) or (H, W, C)
    mask : Mask or array (H, W), optional
        Which pixels take part.
    sigma : float, optional
        Standard deviation of the Gaussian that smooths first, in pixels. Default 1.4.
    low, high : float, optional
        Slopes in units of the image a pixel: an edge starts where the slope is ``high`` and goes on while it is
        ``low``. Default: ``high`` is the 0.9 quantile of the slopes, ``low`` 0.4 times that.

    Returns
    -------
    Mask
        Binary, lines one pixel wide.

    Raises
    ------
    ParameterError
        Where ``low`` is above ``high``.

    References
    ----------
    J. Canny, "A computational approach to edge detection", IEEE TPAMI 8 (1986) 679-698.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.where(np.arange(20) < 10, 0, 200).astype(np.uint8)[None].repeat(9, 0)
    >>> rm.canny(image).bbox
    (0, 9, 9, 10)
    >>> rm.canny(image, image == 0).area  # the step lies at the edge of the mask
    0
    >>> rm.canny(image, np.zeros(image.shape, bool)).area
    0
    """
    smooth = gaussian(image.astype(np.float64), mask, sigma=sigma)
    down, along = (gradient(smooth, mask, output=output) for output in ("down", "along"))
    slope, down, along = _steepest(np.hypot(down, along), down, along)
    known = np.isfinite(slope)
    slope = np.where(known, slope, 0)
    low, high = _thresholds(slope[known], low, high)
    crests = _thinned(slope, known, down, along)
    rounding = 1e-9 * np.abs(smooth[known]).max(initial=0)
    return _linked(crests & (slope >= low) & (slope > rounding), slope >= high)


def _steepest(slope: np.ndarray, down: np.ndarray, along: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The band of the steepest slope at each pixel."""
    if slope.ndim == 2:
        return slope, down, along
    band = np.where(np.isnan(slope), -1, slope).argmax(axis=2)[..., None]
    return tuple(np.take_along_axis(part, band, 2)[..., 0] for part in (slope, down, along))  # type: ignore[return-value]


def _thresholds(slopes: np.ndarray, low: float | None, high: float | None) -> tuple[float, float]:
    if high is None:
        high = float(np.quantile(slopes, 0.9)) if slopes.size else 0.0
        high = max(high, low or 0.0)
    low = 0.4 * high if low is None else low
    if low > high:
        raise ParameterError(f"low is not above high, got low {low:.6g} and high {high:.6g}")
    return low, high


_EQUAL = 1e-5  # slopes that differ by a smaller share are equal: they carry rounding


def _thinned(slope: np.ndarray, known: np.ndarray, down: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Pixels whose slope no neighbour across the edge exceeds; a neighbour that is not known exceeds nothing.

    Of two equal neighbours the first counts, so that a line is one pixel wide.
    """
    height, width = slope.shape
    rows, columns = np.mgrid[:height, :width]
    with np.errstate(invalid="ignore", divide="ignore"):
        tilt = np.degrees(np.arctan2(down, along)) % 180
    sector = np.round(np.nan_to_num(tilt) / 45).astype(int) % 4
    step_down, step_along = np.array([0, 1, 1, 1])[sector], np.array([1, 1, 0, -1])[sector]

    def beside(sign: int) -> np.ndarray:
        r, c = rows + sign * step_down, columns + sign * step_along
        inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
        r, c = r.clip(0, height - 1), c.clip(0, width - 1)
        return np.where(inside & known[r, c], slope[r, c], 0)

    return known & (slope > beside(-1) * (1 + _EQUAL)) & (slope >= beside(1) * (1 - _EQUAL))


def _linked(weak: np.ndarray, strong: np.ndarray) -> Mask:
    """The connected pieces of the weak that hold a strong pixel (hysteresis)."""
    import cv2

    if not weak.any():  # OpenCV does not take an image without pixels
        return Mask(weak)
    count, pieces = cv2.connectedComponents(weak.view(np.uint8), connectivity=8)
    holds = np.zeros(count, bool)
    holds[pieces[weak & strong]] = True
    return Mask(holds[pieces] & weak)


# Where a plane hangs on a pixel of little weight it is a plane all the same, so weights only soften the sums over it.
@operation(
    result="map",
    halo=lambda *, sigma: 1 + gaussian_reach(sigma=sigma, truncate=4.0),
    weights="above 0",
    finite=True,
)
def corner(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    sigma: Positive = 1.5,
    method: Literal["shi-tomasi", "harris"] = "shi-tomasi",
    core: tuple[slice, slice],
) -> tuple[np.ndarray, np.ndarray]:
    """Measure how much a place is a corner: the slopes around it point in more than one direction.

    Slopes are those of planes fitted to the pixels that take part, so the mask's own corners are none.

    Parameters
    ----------
    sigma : float, optional
        Standard deviation in pixels of the Gaussian over which slopes are gathered. Default 1.5.
    method : {"shi-tomasi", "harris"}, default "shi-tomasi"
        The smaller eigenvalue of the structure tensor, or its determinant less 0.04 times its trace squared.

    Returns
    -------
    array
        float32 (float64 from float64), NaN outside the mask; in units of the image a pixel, squared (harris: to the
        fourth power).

    References
    ----------
    C. Harris, M. Stephens, "A combined corner and edge detector", Alvey 1988, 147-151. J. Shi, C. Tomasi, "Good
    features to track", CVPR 1994, 593-600.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.zeros((15, 15), np.uint8)
    >>> image[7:, 7:] = 100
    >>> found = rm.corner(image)
    >>> tuple(int(i) for i in np.unravel_index(found.argmax(), found.shape))
    (8, 8)
    >>> float(rm.corner(image, image > 0)[7:, 7:].max())
    0.0
    >>> np.isnan(rm.corner(image, np.zeros((15, 15), bool))).all()
    np.True_
    """
    whole = (slice(0, image.shape[0]), slice(0, image.shape[1]))
    fit = kernels.pick("plane", image.size).slopes
    down, along, defined = fit(image, weight, np.outer([1.0, 2, 1], [1.0, 2, 1]), whole)
    weights = np.where(defined > 0, weight, 0).astype(np.float64)
    taps = gaussian_taps(sigma, 4.0)
    yy, xx, yx = (_gathered(part, weights, taps, core) for part in (down * down, along * along, down * along))
    _, coverage = normalised(down, weights, taps, taps, core)
    if method == "harris":
        return yy * xx - yx * yx - 0.04 * (yy + xx) ** 2, coverage
    return (yy + xx) / 2 - np.sqrt(((yy - xx) / 2) ** 2 + yx * yx), coverage


def _gathered(part: np.ndarray, weights: np.ndarray, taps: np.ndarray, core: tuple[slice, slice]) -> np.ndarray:
    return normalised(part, weights, taps, taps, core)[0].copy()

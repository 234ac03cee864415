"""Ridges and valleys at several scales."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.kernels.windows import Core, grown, shape_of
from roimask.operation import operation
from roimask.operations.linear import gaussian_taps, normalised, working_type
from roimask.parameters import Positive
from roimask.summary.moments import Moments, moments

__all__ = ["ridge"]

_TRUNCATE = 4.0


def _reach_of(*, scales: Sequence[float]) -> int:
    if not scales:
        raise ParameterError("scales are one or more numbers of pixels, got none")
    return math.ceil(_TRUNCATE * max(scales)) + 1


def _spread(image: np.ndarray, weight: np.ndarray) -> Moments:
    return moments(image, weight)


@operation(result="map", halo=_reach_of, observe=_spread, finite=True, selects=True)
def ridge(
    image: np.ndarray,
    weight: np.ndarray,
    seen: Moments,
    *,
    scales: Sequence[Positive] = (1.0, 2.0, 4.0),
    method: Literal["sato", "frangi", "meijering"] = "sato",
    dark: bool = False,
    core: Core,
) -> tuple[np.ndarray, np.ndarray]:
    """Measure how like a ridge the image is at each pixel: roads, rivers, vessels, cracks of several widths.

    The image is smoothed over the pixels that take part alone, so that neither the mask's edge nor the border is a
    ridge; its curvatures then tell lines from spots and slopes. The strongest scale is answered.

    Parameters
    ----------
    scales : sequence of float, optional
        Standard deviations of the Gaussians in pixels; a line of width d answers most at about d / 2 to d / 3. Default
        (1, 2, 4).
    method : {"sato", "frangi", "meijering"}, optional
        ``"sato"`` (the default): the curvature across, in units of the image. ``"frangi"``: 0 to 1, spots and faint
        lines suppressed. ``"meijering"``: as Sato, and more where the line is straight; neurites.
    dark : bool, optional
        Look for valleys, lines darker than their surroundings. Default False.

    Returns
    -------
    array
        float32 (float64 from float64), 0 or more, NaN outside the mask.

    Raises
    ------
    ParameterError
        Where a scale is not above 0.

    Notes
    -----
    Curvatures are second differences of the normalised Gaussian mean, times sigma squared. Frangi's beta is 0.5; what
    counts as structure (his c) is half the standard deviation of the pixels that take part. Three passes a scale: the
    Gaussian down and along, and the curvatures.

    References
    ----------
    Y. Sato et al., "Three-dimensional multi-scale line filter", Medical Image Analysis 2 (1998) 143-168. A. F. Frangi
    et al., "Multiscale vessel enhancement filtering", MICCAI 1998, 130-137. E. Meijering et al., "Design and
    validation of a tool for neurite tracing and analysis", Cytometry A 58 (2004) 167-176.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.zeros((9, 9), np.float32); image[:, 3] = 10; image[:, 7:] = 90
    >>> valid = np.arange(9)[None].repeat(9, 0) < 7
    >>> rm.ridge(image, valid, scales=(1,))[4].round(1) + 0
    array([0. , 0. , 0.3, 3.1, 0.3, 0. , 0. , nan, nan], dtype=float32)
    >>> rm.ridge(image, scales=(1,))[4, 6] > 5
    np.False_
    >>> np.isnan(rm.ridge(image, np.zeros((9, 9), bool))).all()
    np.True_
    """
    from roimask.kernels.compiled.curvatures import curvatures

    image, weight, core = _with_room(image, weight, core)
    wide = grown(core, (1, 1), image.shape)
    best, coverage = np.zeros((2, *shape_of(core)), working_type(image.dtype))
    for scale in scales:
        taps = gaussian_taps(scale, _TRUNCATE)
        smooth, share = normalised(image, weight, taps, taps, wide)
        found = curvatures(smooth, -scale * scale if dark else scale * scale)
        best = np.maximum(best, _MEASURES[method](*found, _structure(seen)))
        coverage = np.maximum(coverage, share[1:-1, 1:-1])
    return best, coverage


def _with_room(image: np.ndarray, weight: np.ndarray, core: Core) -> tuple[np.ndarray, np.ndarray, Core]:
    """The block with a pixel that takes no part beyond each side that the core touches."""
    room = [(int(part.start == 0), int(part.stop == side)) for part, side in zip(core, image.shape, strict=True)]
    if not np.any(room):
        return image, weight, core
    rows, columns = (slice(p.start + before, p.stop + before) for p, (before, _) in zip(core, room, strict=True))
    return np.pad(image, room), np.pad(weight, room), (rows, columns)


def _structure(seen: Moments) -> float:
    return 0.5 * math.sqrt(seen.spread / seen.weight) if seen.weight else 0.0


def _sato(lower: np.ndarray, higher: np.ndarray, structure: float) -> np.ndarray:
    return np.negative(lower, out=lower)


def _meijering(lower: np.ndarray, higher: np.ndarray, structure: float) -> np.ndarray:
    """The larger of the two modified curvatures, if it is that of a ridge."""
    return np.where(np.abs(lower) >= np.abs(higher), higher / 3 - lower, lower / 3 - higher)


def _frangi(lower: np.ndarray, higher: np.ndarray, structure: float) -> np.ndarray:
    """A line has one large curvature, a spot two; both against what counts as structure."""
    if not structure:
        return np.zeros_like(lower)
    ridged = (lower < 0) & (-lower >= np.abs(higher))
    across, along = lower[ridged], higher[ridged]
    strength = (across * across + along * along) * lower.dtype.type(-0.5 / structure**2)
    found = np.zeros_like(lower)
    found[ridged] = np.exp(np.square(along / across) * lower.dtype.type(-2)) * -np.expm1(strength)
    return found


_MEASURES: dict[str, Callable[[np.ndarray, np.ndarray, float], np.ndarray]] = {
    "sato": _sato,
    "meijering": _meijering,
    "frangi": _frangi,
}

"""Contrast by what the region holds: stretched to its percentiles, equalised, matched to another region."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np

from roimask import kernels
from roimask.errors import ParameterError
from roimask.kernels.scratch import borrow
from roimask.operation import operation
from roimask.operations import tones
from roimask.operations.tones import Bands, Range
from roimask.parameters import AnyMask, Image, Percent, Positive
from roimask.summary.digits import High, Sifted
from roimask.summary.moments import moments

__all__ = ["match_histogram", "stretch"]

Curve = Callable[[np.ndarray], np.ndarray]
Method = Literal["percentile", "minmax", "std"]


def _halves(image: np.ndarray, weight: np.ndarray, *, method: Method) -> Bands:
    """The upper halves of float32 numbers, of which percentiles are then found without keeping them."""
    if not _sifts(image, weight, method):
        return Bands(())
    return Bands(High.of(band, weight) for band in tones.layers(image))


def _sifts(image: np.ndarray, weight: np.ndarray, method: Method) -> bool:
    return method == "percentile" and image.dtype == np.float32 and weight.dtype == np.uint8


def _spread(
    image: np.ndarray,
    weight: np.ndarray,
    seen: Bands,
    *,
    method: Method,
    low: Percent | None,
    high: Percent | None,
    linked: bool,
) -> Bands:
    """What a method must know of each band."""
    if _sifts(image, weight, method):
        ends = _probabilities(low, high)
        halves = seen.linked() if linked else seen
        return Bands(
            Sifted.of(band, weight, half, ends) for band, half in zip(tones.layers(image), halves.parts, strict=True)
        )
    if method == "percentile":
        return tones.tones(image, weight)
    return Bands(moments(band, tones.finite(band, weight)) for band in tones.layers(image))


@operation(observe=(_halves, _spread), bands="all", weights="above 0", any_value=True)
def stretch(
    image: np.ndarray,
    weight: np.ndarray,
    seen: Bands,
    *,
    method: Method = "percentile",
    low: Percent | None = None,
    high: Percent | None = None,
    deviations: Positive | None = None,
    to: tuple[float, float] | None = None,
    linked: bool = False,
) -> np.ndarray:
    """Stretch the contrast linearly, from the low and high values of the region to black and white.

    The two values are measured in the mask alone; what lies beyond them is clamped. Where all pixels of the mask are
    alike, nothing changes.

    Parameters
    ----------
    method : {"percentile", "minmax", "std"}, optional
        Where the two values lie: at percentiles, at the lowest and the highest value, or some standard deviations
        below and above the mean. Default "percentile".
    low, high : float, optional
        The percentiles of ``"percentile"``, 0 to 100. Default 2 and 98.
    deviations : float, optional
        The standard deviations of ``"std"``. Default 2.
    to : (float, float), optional
        What the two values become. Default: 0 and the largest value of the image's type; 0 and 1 for floats.
    linked : bool, optional
        Stretch all bands alike, by the values of all of them together, so that colours keep their hue. Default: each
        band by its own values.

    Raises
    ------
    ParameterError
        Where low is not below high, a parameter is given that the method does not have, or ``to`` does not ascend.

    Notes
    -----
    (x - low) / (high - low) · (to[1] - to[0]) + to[0]. Percentiles are exact, as those of ``statistics``. inf is not
    measured. A pixel of which a file says that one of its bands holds no data stays in all bands.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[50, 60, 70, 250]], np.uint8)
    >>> rm.stretch(image, low=0, high=100)
    array([[  0,  13,  26, 255]], dtype=uint8)
    >>> rm.stretch(image, image < 100, low=0, high=100)
    array([[  0, 128, 255, 250]], dtype=uint8)
    >>> rm.stretch(image, np.zeros((1, 4), bool))
    array([[ 50,  60,  70, 250]], dtype=uint8)
    """
    _refuse_strangers(method, percentile=(low, high), std=(deviations,))
    ends = tones.checked(to, image.dtype, "to")

    def limits() -> list[Range]:
        parts = seen.linked().parts if linked else seen.parts
        return _limits(parts, method, (low, high), 2.0 if deviations is None else deviations)

    if not tones.counted(image.dtype):
        return _ramp(image, seen.once(limits), ends)
    return tones.by_tables(
        image,
        seen.once(lambda: tones.tables_of(image.dtype, (partial(_line, pair, ends) for pair in limits()))),
    )


def _refuse_strangers(method: str, **given: tuple[Any, ...]) -> None:
    for owner, values in given.items():
        if owner != method and any(value is not None for value in values):
            raise ParameterError(f"method {method!r} does not have the parameters of method {owner!r}; leave them out")


def _limits(
    parts: tuple[Any, ...], method: Method, percent: tuple[float | None, float | None], deviations: float
) -> list[Range]:
    """The value that becomes black and the one that becomes white, for each band; NaN of nothing."""
    if method == "percentile":
        ends = _probabilities(*percent)
        return [tuple(part.quantiles(ends)) for part in parts]
    if method == "minmax":
        return [(np.nan, np.nan) if p.low is None else (float(p.low), float(p.high)) for p in parts]
    reach = [deviations * np.sqrt(p.spread / p.weight) if p.weight else np.nan for p in parts]
    return [(p.mean - r, p.mean + r) for p, r in zip(parts, reach, strict=True)]


def _probabilities(low: float | None, high: float | None) -> Range:
    ends = (2.0 if low is None else low) / 100, (98.0 if high is None else high) / 100
    if not ends[0] < ends[1]:
        raise ParameterError(f"low is below high, got {ends[0] * 100:g} and {ends[1] * 100:g}")
    return ends


def _line(limits: Range, ends: Range, values: np.ndarray) -> np.ndarray:
    low, high = limits
    if not low < high:
        return values
    return np.clip((values - low) * ((ends[1] - ends[0]) / (high - low)) + ends[0], *ends)


def _ramp(image: np.ndarray, limits: list[Range], ends: Range) -> np.ndarray:
    """The same of types that have too many values for a table."""
    lows, highs = np.array(limits).T
    flat = ~(lows < highs)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (ends[1] - ends[0]) / (highs - lows)
    real = image.dtype if image.dtype.kind == "f" else np.dtype(np.float64)
    out = kernels.pick("lut", image.size).ramp(image, lows, slopes, ends, borrow("toned", image.shape, real))
    if flat.any():  # nothing was seen, or it is all the same
        np.copyto(out, image, where=flat if image.ndim == 3 else flat[0])
    return out


def _tones(image: np.ndarray, weight: np.ndarray) -> Bands:
    """How the values of each band are distributed."""
    return tones.tones(image, weight)


@operation(observe=_tones, bands="all", any_value=True)
def match_histogram(
    image: np.ndarray, weight: np.ndarray, seen: Bands, *, reference: Image, reference_mask: AnyMask | None = None
) -> np.ndarray:
    """Match the histogram of a region to that of a region of another image, band by band.

    Both histograms are taken from the masks alone, and only pixels of the mask change.

    Parameters
    ----------
    reference : image
        Of any size and dtype, with as many bands as the image, or one.
    reference_mask : Mask or array, optional
        Which pixels of the reference are looked at. Default: all that hold data.

    Raises
    ------
    ParameterError
        Where the reference has another number of bands, or no pixel of it takes part.
    FrameMismatch
        Where the reference's mask is not of its size.

    Notes
    -----
    A value becomes the reference's value of the same cumulative share, linear between the values that occur. inf is
    not measured.

    References
    ----------
    R. C. Gonzalez, R. E. Woods, Digital Image Processing, 4th ed., section 3.3.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image, bright = np.array([[1, 2, 3, 9]], np.uint8), np.array([[100, 150, 200]], np.uint8)
    >>> rm.match_histogram(image, image < 9, reference=bright)
    array([[100, 150, 200,   9]], dtype=uint8)
    >>> rm.match_histogram(image, image < 9, reference=bright, reference_mask=bright > 100)
    array([[150, 167, 200,   9]], dtype=uint8)
    >>> rm.match_histogram(image, np.zeros((1, 4), bool), reference=bright)
    array([[1, 2, 3, 9]], dtype=uint8)
    """

    def curves() -> list[Curve]:
        return _matching(seen, reference, reference_mask)

    if tones.counted(image.dtype):
        return tones.by_tables(image, seen.once(lambda: tones.tables_of(image.dtype, curves())))
    answers = [
        curve(band.astype(np.float64)) for curve, band in zip(seen.once(curves), tones.layers(image), strict=True)
    ]
    return answers[0] if image.ndim == 2 else np.stack(answers, axis=2)


def _matching(seen: Bands, reference: Any, mask: Any) -> list[Curve]:
    """For each band a function from its values to those of the reference."""
    theirs = tones.tones(*tones.region_of(reference, mask))
    if len(theirs.parts) not in (1, len(seen.parts)):
        raise ParameterError(
            f"the reference has as many bands as the image ({len(seen.parts)}), or one; got {len(theirs.parts)}"
        )
    pairs = zip(seen.parts, theirs.parts * (len(seen.parts) // len(theirs.parts)), strict=True)
    return [_curve(mine.distinct(), other.distinct()) for mine, other in pairs]


def _curve(mine: tuple[np.ndarray, np.ndarray], theirs: tuple[np.ndarray, np.ndarray]) -> Curve:
    values, goals = mine[0].astype(np.float64), theirs[0].astype(np.float64)
    if not goals.size:
        raise ParameterError("no pixel of the reference takes part; give another reference_mask")
    if not values.size:
        return lambda pixels: pixels
    matched = np.interp(np.cumsum(mine[1]) / mine[1].sum(), np.cumsum(theirs[1]) / theirs[1].sum(), goals)
    return lambda pixels: np.where(np.isnan(pixels), pixels, np.interp(pixels, values, matched))

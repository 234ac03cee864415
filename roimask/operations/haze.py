"""Haze taken out of a region by what its darkest pixels show of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from roimask import kernels
from roimask.kernels.extremes import extreme
from roimask.kernels.footprints import square
from roimask.kernels.windows import Core
from roimask.operation import operation
from roimask.operations.smoothing import guided
from roimask.operations.tones import is_color, luminance, white
from roimask.parameters import Count, Positive, Share, Size
from roimask.path import Place

__all__ = ["dehaze"]

_guided = guided.operation.kernel  # type: ignore[attr-defined]
_BRIGHTEST = 0.001  # of the pixels, by the dark channel: so much of a picture is sky or fog
_EPSILON = 1e-3  # of the guided filter, white being 1


@dataclass(frozen=True)
class _Cells:
    """Squares of a grid fixed to the frame, as far as they take part.

    Attributes
    ----------
    parts : tuple of ndarray (N, 3 + bands)
        Of each tile a row a cell: its number, its lowest value, how many pixels it has, and the sums of its bands.
    """

    parts: tuple[np.ndarray, ...]

    def __add__(self, other: _Cells) -> _Cells:
        return _Cells(self.parts + other.parts)

    @cached_property
    def airlight(self) -> np.ndarray | None:
        """The colour of haze: the mean of the cells whose lowest value is highest; None where that is not above 0."""
        rows = np.concatenate(self.parts)
        if not rows.size:
            return None
        numbers, places = np.unique(rows[:, 0], return_inverse=True)
        dark, sums = np.full(numbers.size, np.inf), np.zeros((numbers.size, rows.shape[1] - 2))
        np.minimum.at(dark, places, rows[:, 1])
        np.add.at(sums, places, rows[:, 2:])
        sums, dark = (part[sums[:, 0] >= sums[:, 0].max() / 2] for part in (sums, dark))  # a sliver's is high by chance
        sums = sums[np.argsort(-dark, kind="stable")]
        before = np.cumsum(sums[:, 0]) - sums[:, 0]
        count, *totals = sums[before < max(_BRIGHTEST * sums[:, 0].sum(), 1)].sum(axis=0)
        return np.array(totals) / count if min(totals) > 0 else None


def _cells(image: np.ndarray, weight: np.ndarray, *, size: Size, block: Place) -> _Cells:
    """What is known of the cells of a block."""
    bands = image if image.ndim == 3 else image[..., np.newaxis]
    if not bands.size:
        return _Cells((np.zeros((0, 3 + bands.shape[2])),))
    inside = _inside(bands, weight)
    starts = [_starts(start, side, size) for start, side in zip(block.origin, weight.shape, strict=True)]
    across = -(-block.shape[1] // size)
    numbers = np.add.outer(
        *(
            (start + origin) // size * unit
            for start, origin, unit in zip(starts, block.origin, (across, 1), strict=True)
        )
    )
    lowest = np.where(inside, bands.min(axis=2), np.inf)
    dark = np.minimum.reduceat(np.minimum.reduceat(lowest, starts[0], axis=0), starts[1], axis=1)
    layers = (inside, *(np.where(inside, bands[..., band], 0) for band in range(bands.shape[2])))
    sums = [np.add.reduceat(np.add.reduceat(layer, starts[0], 0, np.float64), starts[1], 1) for layer in layers]
    held = sums[0] > 0
    return _Cells((np.stack([numbers[held], dark[held], *(part[held] for part in sums)], axis=1),))


def _inside(bands: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Which pixels take part: with a weight above 0, and finite in all bands."""
    return (weight > 0) if bands.dtype.kind != "f" else (weight > 0) & np.isfinite(bands).all(axis=2)


def _starts(origin: int, side: int, size: int) -> np.ndarray:
    """Where cells begin along a side of a block, the first perhaps cut off."""
    return np.unique(np.maximum(np.arange(-(origin % size), side, size), 0))


def _reach(*, size: int, radius: int) -> int:
    return size // 2 + 2 * radius


@operation(observe=_cells, halo=_reach, bands="all", weights="above 0", any_value=True)
def dehaze(
    image: np.ndarray,
    weight: np.ndarray,
    seen: _Cells,
    *,
    size: Size = 15,
    amount: Share = 0.95,
    radius: Count = 60,
    floor: Positive = 0.1,
    core: Core,
) -> tuple[np.ndarray, np.ndarray]:
    """Remove haze: tell its thickness by the darkest pixels around, and take its light away (dark channel prior).

    The colour of the haze, the darkest pixels and the smoothing are those of the mask alone: neither a white frame
    nor the sky outside is taken for haze.

    Parameters
    ----------
    size : int, optional
        Height and width of the windows in which some pixel is expected to be dark without haze, odd. Default 15.
    amount : float, optional
        How much of the haze is taken away, 0 to 1; a little of it tells what is far. Default 0.95.
    radius : int, optional
        How far the thickness is smoothed, along the edges of the image. Default 60.
    floor : float, optional
        The least share of light from the scene that is reckoned with, so that noise in thick haze is not raised
        above 1 / floor times. Default 0.1.

    Raises
    ------
    ParameterError
        Where the size is even, the amount not within 0 and 1, or the floor not above 0.

    Notes
    -----
    (x - a) / max(t, floor) + a with the transmission t = 1 - amount · the lowest of x / a in the window and all
    bands, smoothed by a guided filter whose guide is the luminance. The airlight a is the mean colour of the cells
    (squares of that size) with the highest minimum, a thousandth of the region; He takes their brightest pixel, which
    noise decides. An image whose airlight is not above 0 in all bands stays as it is. Pixels that are written but lie
    beyond the windows of those that are read stay, too. A pixel of any weight above 0 is read in full.

    References
    ----------
    K. He, J. Sun, X. Tang, "Single image haze removal using dark channel prior", IEEE TPAMI 33 (2011) 2341-2353.
    K. He, J. Sun, X. Tang, "Guided image filtering", IEEE TPAMI 35 (2013) 1397-1409.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[100, 110, 140, 200, 200, 255]], np.uint8)
    >>> rm.dehaze(image, size=1, radius=1)
    array([[  3,  10,  15,  41,  37, 255]], dtype=uint8)
    >>> rm.dehaze(image, image < 255, size=1, radius=1)
    array([[  4,  12,  22, 200, 200, 255]], dtype=uint8)
    >>> rm.dehaze(image, np.zeros((1, 6), bool), size=1, radius=1)
    array([[100, 110, 140, 200, 200, 255]], dtype=uint8)
    """
    bands = image if image.ndim == 3 else image[..., np.newaxis]
    air = seen.airlight
    if air is None:
        return image[core], np.zeros(weight[core].shape)
    inside = _inside(bands, weight).view(np.uint8)
    transmission = _transmission(bands, inside, air, size, amount)
    guide = _guide(image, inside, radius)
    smooth, coverage = _guided(transmission, inside, radius=radius, epsilon=_EPSILON, guide=guide, core=core)
    share = np.maximum(smooth, floor)[..., np.newaxis]
    clear = ((bands[core] - air) / share + air).reshape(image[core].shape)
    return clear, coverage * np.isfinite(clear.reshape(*coverage.shape, -1)).all(axis=2)


def _transmission(bands: np.ndarray, inside: np.ndarray, air: np.ndarray, size: int, amount: float) -> np.ndarray:
    """How much of the light of each pixel that takes part comes from the scene, by the darkest around it."""
    working = np.result_type(bands.dtype, np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        haze = (bands / air.astype(working)).min(axis=2)
    whole = slice(0, haze.shape[0]), slice(0, haze.shape[1])
    dark = extreme(haze, inside, square(size), False, whole)
    return np.where(inside, 1 - amount * np.clip(dark, 0, 1), 0)


def _guide(image: np.ndarray, inside: np.ndarray, radius: int) -> np.ndarray:
    """The luminance, white being 1; that of its surroundings where a pixel does not take part."""
    grey = luminance(image) if is_color(image) else image if image.ndim == 2 else image.mean(axis=2)
    grey = np.where(inside, grey / np.float64(white(image.dtype)), 0)
    if inside.all():
        return grey
    whole = slice(0, grey.shape[0]), slice(0, grey.shape[1])
    means = kernels.pick("window_sums", grey.size).mean
    around, _ = means(grey, inside, square(2 * radius + 1), whole, grey.dtype)
    return np.where(inside, grey, np.nan_to_num(around))

"""What a bank of templates answers: how strongly, in which direction, how wide."""

from __future__ import annotations

from typing import Literal

import numpy as np

from roimask import kernels
from roimask.kernels.footprints import square
from roimask.kernels.scratch import borrow
from roimask.kernels.windows import Core, shape_of, surrounded
from roimask.operation import operation
from roimask.templates.bank import Bank, BankLike

__all__ = ["respond", "strongest"]


def _reach_of(*, bank: Bank) -> int:
    return bank.size // 2


@operation(result="map", halo=_reach_of, finite=True)
def respond(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    bank: BankLike,
    output: Literal["response", "orientation", "width", "index"] = "response",
    normalize: bool = False,
    core: Core,
) -> tuple[np.ndarray, np.ndarray]:
    """Lay a bank of templates over an image: the strongest answer at each pixel, its direction or its width.

    What a template misses beyond the mask or the border is taken to be the weighted mean of what is there, so that
    neither nodata nor clouds nor borders leave a false line or edge.

    Parameters
    ----------
    bank : Bank, array, list of arrays, or str
        As :func:`bank` and :func:`template` make them; a name, with what goes with it, such as
        ``"line:size=15,orientations=12,widths=1+3"``; or a file of numbers. One template is a bank of one.
    output : {"response", "orientation", "width", "index"}, optional
        The answer of the template that answers most, in units of the image for the banks that roimask makes; its
        angle in degrees counter-clockwise as seen, 0 along the row; its width in pixels; or its number in the bank.
        Default "response".
    normalize : bool, optional
        Divide the answer by the standard deviation of the window, so that faint forms on even ground count as much
        as bold ones on busy ground. Default False.

    Returns
    -------
    array
        float32 (float64 from float64), NaN outside the mask, and where the bank does not know angle or width.

    Raises
    ------
    ParameterError
        Where the bank is none.

    Notes
    -----
    sum(k w f) + mu sum(k (1 - w)), mu = sum(abs(k) w f) / sum(abs(k) w) for each template k, the largest of which is
    answered. All templates are worked out in one pass over the image; taps of 0 cost nothing, and templates that look
    the same when turned by 180 degrees half.

    References
    ----------
    H. Knutsson, C.-F. Westin, "Normalized and differential convolution", CVPR 1993, 515-523.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.zeros((7, 7), np.uint8); image[:, 3] = 10; image[:, 6] = 90
    >>> valid = np.arange(7)[None].repeat(7, 0) < 6
    >>> rm.respond(image, valid, bank="line:size=3")[3].round(2)
    array([ 0.  ,  0.  ,  0.78, 10.  ,  0.78,  0.  ,   nan], dtype=float32)
    >>> rm.respond(image, valid, bank="line:size=3", output="orientation")[3, 3]
    np.float32(90.0)
    >>> rm.respond(image, bank="line:size=3")[3, 6] > 50
    np.True_
    >>> np.isnan(rm.respond(image, np.zeros((7, 7), bool), bank="line:size=3")).all()
    np.True_
    """
    best, which, share = strongest(image, weight, bank.kernels, core)
    if output == "response" and normalize:
        moments = kernels.pick("window_moments", 4 * image.size).moments
        _, spread, _ = moments(image, weight, square(bank.size), core)
        best = np.where(spread > 0, best / np.where(spread > 0, spread, 1), 0)
    known = {"response": best, "index": which, "orientation": bank.angles, "width": bank.widths}
    return (known[output][which] if output in ("orientation", "width") else known[output]), share


def strongest(
    image: np.ndarray, weight: np.ndarray, templates: np.ndarray, core: Core
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The strongest answer in the core, the number of its template and the share of it that takes part; borrowed."""
    from roimask.kernels.compiled.templates import strongest as kernel
    from roimask.kernels.compiled.templates import taps_of

    precise = np.dtype(np.float64 if image.dtype in (np.float64, np.int32) else np.float32)
    reach = (templates.shape[1] // 2, templates.shape[2] // 2)
    share, level = weight.astype(precise), _level(image, weight, templates, precise)
    values = (image.astype(precise, copy=False) - level) * share
    around = [surrounded(part, core, reach, 0, f"templates: {n}") for n, part in enumerate((values, share))]
    best, which, coverage = (
        borrow(f"templates: {name}", shape_of(core), np.dtype(kind))
        for name, kind in (("best", precise), ("which", np.int32), ("coverage", precise))
    )
    total, size = templates.sum(axis=(1, 2)), np.abs(templates).sum(axis=(1, 2))
    taps = taps_of(templates, precise)
    kernel(
        *map(np.ascontiguousarray, around),
        *taps,
        templates.shape[1:],
        total.astype(precise),
        size.astype(precise),
        best,
        which,
        coverage,
    )
    return best, which, coverage


def _level(image: np.ndarray, weight: np.ndarray, templates: np.ndarray, precise: np.dtype) -> np.floating:
    """A usual value, which templates of sum 0 do not see: without it sums of many pixels lose no digits.

    It is a median, so that a huge value does not move it.
    """
    some = image[::8, ::8][weight[::8, ::8] > 0]
    blind = np.abs(templates.sum(axis=(1, 2))).max() < 1e-9
    return precise.type(np.median(some) if blind and some.size else 0)

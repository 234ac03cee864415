"""How well something was found, beside the truth."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from roimask.errors import ParameterError
from roimask.features.accuracy import Score, curve_of, lines_of, objects_of, overlap_of
from roimask.mask import Mask
from roimask.operation import measure
from roimask.parameters import Share, TextForm

__all__ = ["score"]


def _pixels(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < np.inf:
        raise ValueError("a number of pixels, 0 or more")
    return float(value)


Pixels = Annotated[float, TextForm("a number of pixels, 0 or more", _pixels, float)]


@measure(takes="image", result="table")
def score(
    predicted: np.ndarray,
    truth: Mask,
    mask: Mask | None = None,
    *,
    buffer: Pixels = 0.0,
    threshold: float | None = None,
    lines: bool = False,
    objects: Share | None = None,
) -> Score:
    """Measure how well something was found: precision, recall, F1, IoU, of lines, of objects, at the best threshold.

    Parameters
    ----------
    predicted : Mask, array (H, W) or Raster
        A mask, or whole numbers of which all but 0 are found. Floating point numbers are a response or probability,
        which counts from a threshold on; where it is NaN nothing is scored.
    truth : Mask or array (H, W)
        What there is. For objects, the regions of a labels mask are one each.
    mask : Mask or array (H, W), optional
        Which pixels are scored.
    buffer : float, optional
        Within how many pixels something counts as found: relaxed precision and recall. Default 0.
    threshold : float, optional
        From which value on a response counts. Default: the one with the best F1.
    lines : bool, optional
        Score centre lines too: completeness, correctness and quality, by their lengths. Default False.
    objects : float, optional
        Score whole objects too: a connected piece is found where its IoU with one of the other side is this or more.

    Returns
    -------
    Score

    Raises
    ------
    ParameterError
        Where the prediction has bands, or a threshold is given for a mask.
    FrameMismatch
        Where prediction and truth are not of one size.

    References
    ----------
    V. Mnih, "Machine learning for aerial image labeling", PhD thesis, Toronto 2013. C. Heipke et al., "Evaluation of
    automatic road extraction", IAPRS 32 (1997) 151-160.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> truth = np.array([[0, 1, 1, 1, 1, 0]])
    >>> found = rm.score(np.array([[1, 1, 1, 0, 0, 0]], bool), truth)
    >>> round(found.precision, 2), found.recall, round(found.f1, 2), found.iou
    (0.67, 0.5, 0.57, 0.4)
    >>> rm.score(np.array([[1, 1, 1, 0, 0, 0]], bool), truth, buffer=1).precision
    1.0
    >>> rm.score(np.array([[1, 1, 1, 0, 0, 0]], bool), truth, np.array([[0, 1, 1, 1, 0, 0]])).precision
    1.0
    >>> rm.score(np.array([[0.1, 0.8, 0.9, 0.6, 0.7, 0.2]]), truth).threshold
    0.6
    >>> rm.score(np.zeros((1, 6), bool), np.zeros((1, 6), bool)).f1
    nan
    """
    if predicted.ndim != 2:
        raise ParameterError(f"a prediction has one band, got an array of shape {predicted.shape}; choose one")
    if predicted.dtype.kind != "f":
        if threshold is not None:
            raise ParameterError("a mask has no threshold; leave it out, or give a response of floating point numbers")
        return _scored(Mask(predicted != 0), truth, mask, buffer, lines, objects)
    scored = Mask(~np.isnan(predicted))
    inside = scored if mask is None else mask.as_binary() & scored
    response = np.where(np.asarray(inside, bool), predicted, np.nan)
    curve = curve_of(response, truth.as_binary() & inside, buffer)
    at = curve.best if threshold is None else threshold
    found = Mask(response >= at)
    return _scored(found, truth, inside, buffer, lines, objects, threshold=at, curve=curve)


def _scored(
    found: Mask, truth: Mask, mask: Mask | None, buffer: float, lines: bool, objects: float | None, **more: Any
) -> Score:
    known = truth if mask is None else truth & mask.as_binary()
    ours, theirs = found if mask is None else found & mask.as_binary(), known.as_binary()
    of_lines: dict[str, Any] = lines_of(ours, theirs, buffer) if lines else {}
    of_objects: dict[str, Any] = (
        {} if objects is None else objects_of(ours, known if known.kind == "labels" else theirs, objects)
    )
    return Score(**{**overlap_of(ours, theirs, buffer), **of_lines, **of_objects, **more})

"""What people get wrong most about an image and its mask, found in the data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import numpy as np

from roimask.errors import FrameMismatch, MaskValueError
from roimask.frame import Frame
from roimask.mask import Mask
from roimask.raster.raster import Raster
from roimask.sources import Source, as_source

__all__ = ["Finding", "check"]

Severity = Literal["error", "warning", "note"]

_BORDER, _CENTER = 0.9, 0.1  # a mask that holds more of the border and less of the middle than this looks inverted
_MOSTLY = 0.9  # a picture is a spoiled 0/255 mask where at least so many pixels lie near one of the two ends
_NEAR = 32  # how far from 0 or 255 lossy compression moves a pixel


class Finding(NamedTuple):
    """One thing that was seen.

    Attributes
    ----------
    code : str
        ``size``, ``frame``, ``channels``, ``values``, ``fringes``, ``empty``, ``full``, ``inverted``, ``no-data``,
        ``labels`` or ``share``.
    severity : {"error", "warning", "note"}
        An error: the pair cannot be worked on. A warning: it looks wrong. A note: for information.
    sentence : str
        What was seen and what to do.
    """

    code: str
    severity: Severity
    sentence: str


def check(image: Any, mask: Any) -> list[Finding]:
    """Look for what is wrong with a mask for an image: size, place, channels, fringes, polarity, share.

    Parameters
    ----------
    image : array (H, W) or (H, W, C), PIL image or Raster
    mask : Mask, array or Raster
        As it came: also of the wrong size, with three channels, or with the gray fringes that JPEG leaves. A Raster
        is checked for its place as well.

    Returns
    -------
    list of Finding
        Errors first, then warnings, then notes.

    Notes
    -----
    Inverted is a guess: the mask holds more than 90 % of the image's border and less than 10 % of its middle (the
    middle third in height and width). Of the image, the mask's bounding box is read.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.zeros((30, 40), np.uint8)
    >>> [finding.code for finding in rm.check(image, ~rm.circle(image, (15, 20), 14))]
    ['inverted', 'share']
    >>> [finding.code for finding in rm.check(image, np.zeros((30, 40), bool))]
    ['empty']
    >>> rm.check(image, np.zeros((40, 30), bool))[0].sentence
    'the mask is 40 × 30, the image 30 × 40: it is turned by 90 degrees.'
    """
    source = as_source(image)
    values, frame = _as_it_came(mask)
    seen = list(_channels(values))
    flat = values if values.ndim == 2 else values[..., 0]
    seen += _place(frame, source.frame)
    fringes = list(_fringes(flat))
    seen += fringes
    ready, wrong = _as_mask(mask, flat > 127 if fringes else flat, frame)
    seen += wrong
    if ready is not None and not any(finding.severity == "error" and finding.code != "fringes" for finding in seen):
        seen += _content(ready.to_frame(source.frame), source)
    return sorted(seen, key=lambda finding: ("error", "warning", "note").index(finding.severity))


def _as_it_came(mask: Any) -> tuple[np.ndarray, Frame]:
    if isinstance(mask, Raster):
        return mask.read(), mask.frame
    if isinstance(mask, Mask):
        return np.asarray(mask), mask.frame
    values = np.asarray(mask)
    if values.ndim not in (2, 3):
        raise MaskValueError(f"check: a mask has two axes, got an array of shape {values.shape}")
    return values, Frame(*values.shape[:2])


def _as_mask(mask: Any, flat: np.ndarray, frame: Frame) -> tuple[Mask | None, list[Finding]]:
    if isinstance(mask, Mask):
        return mask, []
    try:
        return Mask(flat, frame=frame), []
    except MaskValueError as error:
        return None, [Finding("values", "error", f"{error}")]


# -- what is seen --------------------------------------------------------------------------------------------------


def _channels(values: np.ndarray) -> Iterator[Finding]:
    if values.ndim == 2 or values.shape[2] == 1:
        return
    count = values.shape[2]
    colors = values[..., :3] if count >= 3 else values[..., :1]
    if (colors == colors[..., :1]).all():
        yield Finding("channels", "warning", f"the mask has {count} channels, the colours alike: save one of them.")
    else:
        yield Finding(
            "channels", "error", f"the mask has {count} different channels, it is a picture: choose what takes part."
        )


def _place(ours: Frame, theirs: Frame) -> Iterator[Finding]:
    if ours.georeferenced and theirs.georeferenced:
        yield from _place_in_the_world(ours, theirs)
    elif ours.shape != theirs.shape:
        turned = ours.shape == theirs.shape[::-1]
        hint = "it is turned by 90 degrees." if turned else "resize it, or take the mask that belongs to the image."
        yield Finding("size", "error", f"the mask is {ours.describe()}, the image {theirs.describe()}: {hint}")


def _place_in_the_world(ours: Frame, theirs: Frame) -> Iterator[Finding]:
    if ours.fits(theirs):
        return
    grids = f"the mask is {ours.describe()}, the image {theirs.describe()}"
    if ours.crs == theirs.crs and not _overlap(ours, theirs):
        yield Finding("frame", "error", f"{grids}: they do not overlap.")
        return
    try:
        Mask(np.zeros(ours.shape, bool), frame=ours).to_frame(theirs)
    except FrameMismatch as error:
        yield Finding("frame", "error", f"{error}")
    else:
        yield Finding("frame", "note", f"{grids}: the mask is aligned with mask.to_frame(frame).")


def _overlap(ours: Frame, theirs: Frame) -> bool:
    boxes = []
    for frame in (ours, theirs):
        corners = np.array([frame.xy(r, c) for r in (0, frame.height) for c in (0, frame.width)])
        boxes.append((corners.min(axis=0), corners.max(axis=0)))
    (low, high), (other_low, other_high) = boxes
    return bool((np.maximum(low, other_low) < np.minimum(high, other_high)).all())


def _fringes(values: np.ndarray) -> Iterator[Finding]:
    """Grays near 0 and 255, as JPEG makes of a mask."""
    if values.dtype != np.uint8 or not values.size:
        return
    counts = np.bincount(values.ravel(), minlength=256)
    near = counts[: _NEAR + 1].sum() + counts[255 - _NEAR :].sum()
    between = int(counts[1:255].sum())
    levels = int(np.count_nonzero(counts[1:255]))
    if between and levels >= 8 and counts[255 - _NEAR :].any() and near >= _MOSTLY * values.size:
        yield Finding(
            "fringes",
            "error",
            f"the mask has {between} gray pixels of {levels} values between 0 and 255, as lossy compression leaves: "
            'read it with kind="binary", and save masks as PNG.',
        )


def _content(mask: Mask, source: Source) -> Iterator[Finding]:
    share = mask.area / max(mask.frame.height * mask.frame.width, 1)
    if not mask.area:
        yield Finding("empty", "error", "the mask is empty: no pixel takes part.")
        return
    if share == 1:
        yield Finding("full", "warning", "the mask is full: every pixel takes part.")
    elif _looks_inverted(mask):
        yield Finding(
            "inverted",
            "warning",
            "the mask holds the border of the image and not its middle: it looks inverted (here 1 means takes part).",
        )
    yield from _without_data(mask, source)
    if mask.kind == "labels":
        yield Finding("labels", "note", _labels_found(mask))
    yield Finding("share", "note", f"{share:.2%} of the pixels take part.")


def _looks_inverted(mask: Mask) -> bool:
    height, width = mask.shape
    if min(height, width) < 3:
        return False
    sides = [(0, 0, 1, width), (height - 1, 0, height, width), (0, 0, height, 1), (0, width - 1, height, width)]
    border = np.concatenate([(mask.read(side) > 0).ravel() for side in sides])
    middle = mask.read((height // 3, width // 3, height - height // 3, width - width // 3)) > 0
    return bool(border.mean() > _BORDER and middle.mean() < _CENTER)


def _without_data(mask: Mask, source: Source) -> Iterator[Finding]:
    block, known = source.read_valid(mask.window)
    valid = block == block if known is None else known
    taken = mask.values > 0
    bad = ~(valid.any(axis=2) if valid.ndim == 3 else valid) & taken
    share = np.count_nonzero(bad) / np.count_nonzero(taken)
    if share:
        severity: Severity = "warning" if share > 0.5 else "note"
        yield Finding(
            "no-data", severity, f"{share:.2%} of the mask lies where the image holds no data; these take no part."
        )


def _labels_found(mask: Mask) -> str:
    areas = np.bincount(mask.values.ravel())[list(mask.labels)]
    count, top = len(mask.labels), mask.labels[-1]
    missing = f", {top - count} of 1 to {top} missing" if top != count else ""
    return f"{count} labels up to {top}{missing}; their areas go from {int(areas.min())} to {int(areas.max())} pixels."

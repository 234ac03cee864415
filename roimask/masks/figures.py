"""Masks from drawn figures: line, regular polygon, star, heart, text; the rules are those of ``shapes``."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from roimask.errors import ParameterError, ReadError
from roimask.frame import Frame
from roimask.mask import Mask
from roimask.masks.draw import Arc, check_finite, check_positive, cover_outline, fill_where
from roimask.masks.shapes import polygon
from roimask.operation import shape
from roimask.parameters import Angle, Length, Point, Points

__all__ = ["heart", "line", "regular_polygon", "star", "text"]

# The inner radius of the pentagram as a share of the outer one: its edges run straight from tip to tip.
_PENTAGRAM = (3 - math.sqrt(5)) / 2


@shape
def line(frame: Frame, points: Points, width: Length = 1, *, coverage: bool = False) -> Mask:
    """Draw a line through points, with a width and round ends.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    points : sequence of (float, float), or array (n, 2)
        Row and column of its corners, two or more.
    width : float or str, default 1
        Above 0: pixels, per cent of the shorter side, or metres.
    coverage : bool, default False
        Give the share of each pixel, as weights: exact for a straight line; where two parts of a line meet in a
        pixel, the larger share of the two.

    Returns
    -------
    Mask
        Binary: the pixels whose centres are at most half the width away from the line; or weights with
        ``coverage=True``. Empty where the line lies outside the frame.

    Raises
    ------
    ParameterError
        Where there are under two points, one is not finite, or the width is not above 0.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> np.asarray(rm.line((3, 6), [(0.5, 0.5), (2.5, 5.5)])).astype(int)
    array([[1, 1, 0, 0, 0, 0],
           [0, 0, 1, 1, 0, 0],
           [0, 0, 0, 0, 1, 1]])
    >>> rm.line((3, 6), [(9, 0), (9, 5)]).area
    0
    >>> round(rm.line((30, 60), [(9, 9), (9, 19)], width=2, coverage=True).area - 20 - np.pi, 5)
    0.0
    """
    points = np.asarray(points, dtype=np.float64)
    if len(points) < 2:
        raise ParameterError(f"a line has two points or more, got {len(points)}")
    check_finite(points=points)
    check_positive(width=width)
    draw = _cover_stroke if coverage else _fill_stroke
    strokes = [draw(frame, start, stop, width / 2) for start, stop in pairwise(points)]
    return strokes[0] if len(strokes) == 1 else _largest(strokes, frame)


def _largest(masks: list[Mask], frame: Frame) -> Mask:
    """The union, or the larger weights, of many small masks."""
    window = masks[0].window
    for mask in masks[1:]:
        window = window.join(mask.window)
    values = np.zeros(window.shape, masks[0].values.dtype)
    for mask in masks:
        part = values[mask.window.within(window)] if mask.values.size else values[:0, :0]
        np.maximum(part, mask.values, out=part)
    return Mask.from_crop(values, window[:2], frame, masks[0].kind)


def _stroke_box(start: np.ndarray, stop: np.ndarray, radius: float) -> tuple[float, ...]:
    return (*(np.minimum(start, stop) - radius).tolist(), *(np.maximum(start, stop) + radius).tolist())


def _fill_stroke(frame: Frame, start: np.ndarray, stop: np.ndarray, radius: float) -> Mask:
    """The pixels whose centres are at most a radius away from the segment."""
    step = stop - start
    length = float(step @ step) or 1.0

    def inside(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        y, x = rows - start[0], columns - start[1]
        along = np.clip((y * step[0] + x * step[1]) / length, 0, 1)
        return (y - along * step[0]) ** 2 + (x - along * step[1]) ** 2 <= radius**2

    return fill_where(frame, _stroke_box(start, stop, radius), inside)


def _cover_stroke(frame: Frame, start: np.ndarray, stop: np.ndarray, radius: float) -> Mask:
    """Two parallel edges and a half circle at each end."""
    turn = math.atan2(stop[0] - start[0], stop[1] - start[1])
    aside = radius * np.array([math.cos(turn), -math.sin(turn)])  # (row, column): a quarter turn from the segment
    edges = np.array([[*(start - aside)[::-1], *(stop - aside)[::-1]], [*(stop + aside)[::-1], *(start + aside)[::-1]]])
    ends = ((stop, turn - math.pi / 2), (start, turn + math.pi / 2))
    arcs = [Arc((end[1], end[0]), (radius, 0), (0, radius), first, first + math.pi) for end, first in ends]
    return cover_outline(frame, _stroke_box(start, stop, radius), edges, arcs)


@shape
def regular_polygon(
    frame: Frame, center: Point, radius: Length, sides: int, *, angle: Angle = 90, coverage: bool = False
) -> Mask:
    """Draw a polygon with equal sides and angles.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    center : (float, float)
        Row and column; pixels, or per cent of height and width.
    radius : float or str
        From the centre to a corner, above 0: pixels, per cent of the shorter side, or metres.
    sides : int
        3 or more.
    angle : float, default 90
        Direction of the first corner in degrees, counter-clockwise as seen, 0 along the row; 90 is up.
    coverage : bool, default False
        Give the exact share of each pixel, as weights.

    Returns
    -------
    Mask
        Binary, or weights with ``coverage=True``, by the rule of :func:`polygon`. Empty outside the frame.

    Raises
    ------
    ParameterError
        Where the radius is not above 0, or there are under three sides.

    Examples
    --------
    >>> import roimask as rm
    >>> rm.regular_polygon((40, 40), (20, 20), 10, 4).area
    201
    >>> rm.regular_polygon((40, 40), (90, 90), 10, 6).area
    0
    """
    if sides < 3:
        raise ParameterError(f"sides is 3 or more, got {sides}")
    return _spikes(frame, center, [radius] * sides, angle, coverage)


@shape
def star(
    frame: Frame,
    center: Point,
    radius: Length,
    points: int = 5,
    *,
    inner: float = _PENTAGRAM,
    angle: Angle = 90,
    coverage: bool = False,
) -> Mask:
    """Draw a star.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    center : (float, float)
        Row and column; pixels, or per cent of height and width.
    radius : float or str
        From the centre to a tip, above 0: pixels, per cent of the shorter side, or metres.
    points : int, default 5
        Number of tips, 2 or more.
    inner : float, default 0.382
        Radius of the corners between the tips as a share of ``radius``, above 0 and up to 1; the default gives the
        pentagram.
    angle : float, default 90
        Direction of the first tip in degrees, counter-clockwise as seen, 0 along the row; 90 is up.
    coverage : bool, default False
        Give the exact share of each pixel, as weights.

    Returns
    -------
    Mask
        Binary, or weights with ``coverage=True``, by the rule of :func:`polygon`. Empty outside the frame.

    Raises
    ------
    ParameterError
        Where the radius is not above 0, there are under two tips, or ``inner`` is not in 0..1.

    Examples
    --------
    >>> import roimask as rm
    >>> rm.star((40, 40), (20, 20), 10).bbox
    (12, 11, 28, 29)
    >>> rm.star((40, 40), (20, 90), 10).area
    0
    """
    if points < 2:
        raise ParameterError(f"points is the number of tips, 2 or more, got {points}")
    if not 0 < inner <= 1:
        raise ParameterError(f"inner is a share of the radius, above 0 and up to 1, got {inner:g}")
    return _spikes(frame, center, [radius, radius * inner] * points, angle, coverage)


def _spikes(frame: Frame, center: Point, radii: list[float], angle: float, coverage: bool) -> Mask:
    """A polygon whose corners lie in evenly spread directions, each at its own distance."""
    check_finite(center=center, angle=angle)
    check_positive(radius=radii)
    turns = math.radians(angle) + 2 * math.pi * np.arange(len(radii)) / len(radii)
    reach = np.asarray(radii)
    corners = np.stack([center[0] - reach * np.sin(turns), center[1] + reach * np.cos(turns)], axis=1)
    return polygon(frame, corners, coverage=coverage)


@shape
def heart(frame: Frame, center: Point, width: Length, *, coverage: bool = False) -> Mask:
    """Draw a heart: a square on its tip with a half circle on each of its upper sides.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    center : (float, float)
        Row and column of the middle of its bounding box; pixels, or per cent of height and width.
    width : float or str
        Above 0: pixels, per cent of the shorter side, or metres. The height is 0.914 times the width.
    coverage : bool, default False
        Give the exact share of each pixel, as weights.

    Returns
    -------
    Mask
        Binary: the pixels whose centres lie in the heart or on its outline; or weights with ``coverage=True``.
        Empty where it lies outside the frame.

    Raises
    ------
    ParameterError
        Where the width is not above 0, or a number is not finite.

    Examples
    --------
    >>> import roimask as rm
    >>> rm.heart((40, 40), (20, 20), 20).bbox
    (11, 10, 29, 30)
    >>> rm.heart((40, 40), (-20, 20), 20).area
    0
    """
    check_finite(center=center)
    check_positive(width=width)
    half = width / (math.sqrt(2) + 1)  # of the square's diagonal
    lobe = half / math.sqrt(2)  # radius of the half circles
    top = half / 2 + lobe  # above the square's middle
    y, x = center[0] + (top - half) / 2, center[1]
    box = y - top, x - half / 2 - lobe, y + half, x + half / 2 + lobe
    if coverage:
        return cover_outline(frame, box, *_heart_outline(x, y, half, lobe))

    def inside(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        down, aside = rows - y, abs(columns - x)
        return (abs(down) + aside <= half) | ((down + half / 2) ** 2 + (aside - half / 2) ** 2 <= lobe**2)

    return fill_where(frame, box, inside)


def _heart_outline(x: float, y: float, half: float, lobe: float) -> tuple[np.ndarray, list[Arc]]:
    """From the tip to the right, over both lobes to the left, and back to the tip: counter-clockwise as seen."""
    edges = np.array([[x, y + half, x + half, y], [x - half, y, x, y + half]])
    lobes = ((x + half / 2, -math.pi / 4), (x - half / 2, math.pi / 4))
    return edges, [Arc((at, y - half / 2), (lobe, 0), (0, -lobe), first, first + math.pi) for at, first in lobes]


@shape
def text(
    frame: Frame,
    text: str,
    center: Point,
    size: Length | None = None,
    *,
    font: str | None = None,
    coverage: bool = False,
) -> Mask:
    """Write text.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    text : str
        What is written; ``\\n`` begins a new line.
    center : (float, float)
        Row and column of the middle of the letters' bounding box, to the nearest pixel.
    size : float or str, optional
        Size of the font, above 0: pixels, per cent of the shorter side, or metres. Default: as large as the frame
        holds the text in its middle.
    font : str, optional
        A TrueType or OpenType file; default: the font that Pillow brings.
    coverage : bool, default False
        Give the share of each pixel (in steps of 1/255), as weights.

    Returns
    -------
    Mask
        Binary: the pixels of which the letters cover at least half; or weights with ``coverage=True``. Empty where
        the text is empty or lies outside the frame.

    Raises
    ------
    ParameterError
        Where the size is not above 0.
    ReadError
        Where the font cannot be read.

    Examples
    --------
    >>> import roimask as rm
    >>> mask = rm.text((40, 80), "roi", (20, 40), 30)
    >>> mask.bbox[0] < 20 < mask.bbox[2], mask.bbox[1] < 40 < mask.bbox[3]
    (True, True)
    >>> rm.text((40, 80), "roi", ("50%", "50%")).bbox[1::2]
    (12, 68)
    >>> rm.text((40, 80), "", (20, 40), 30).area
    0
    """
    check_finite(center=center)
    size = _fitting(text, font, frame) if size is None else size
    check_positive(size=size)
    ink = _ink(text, _font(font, size))
    origin = round(center[0] - ink.shape[0] / 2), round(center[1] - ink.shape[1] / 2)
    if coverage:
        return Mask.from_crop(ink / np.float32(255), origin, frame, "weights")
    return Mask.from_crop(ink >= 128, origin, frame, "binary")


def _fitting(text: str, font: str | None, frame: Frame) -> float:
    """The size at which the letters reach from side to side, or from top to bottom."""
    tried = 100.0
    ink = _ink(text, _font(font, tried))
    return max(math.floor(tried * min(side / inked for side, inked in zip(frame.shape, ink.shape, strict=True))), 1)


def _font(path: str | None, size: float):
    from PIL import ImageFont

    try:
        return ImageFont.load_default(size) if path is None else ImageFont.truetype(path, size)
    except OSError as error:
        raise ReadError(f"the font {path} cannot be read ({error}); give a TrueType or OpenType file") from None


def _ink(text: str, font) -> np.ndarray:
    """How much the letters cover of each pixel of their bounding box, 0 to 255."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox((0, 0), text, font=font)
    page = Image.new("L", (max(math.ceil(right - left), 1), max(math.ceil(bottom - top), 1)))
    ImageDraw.Draw(page).text((-left, -top), text, fill=255, font=font)
    return np.asarray(page)

"""Masks from plain shapes: rectangle, circle, ellipse, ring, sector, polygon.

One rule holds for all: a pixel belongs to a shape when its centre (row + 0.5, column + 0.5) lies in it. With
``coverage=True`` the answer is a mask of weights: the exact share of each pixel's area that lies in the shape.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame
from roimask.mask import Mask
from roimask.masks.draw import (
    Arc,
    Corners,
    Inside,
    check_finite,
    check_positive,
    cover_outline,
    cover_rings,
    direction,
    fill_rings,
    fill_where,
    pixels_of,
)
from roimask.operation import shape
from roimask.parameters import Angle, Columns, Length, Point, Points, Rings, Rows

__all__ = ["circle", "ellipse", "polygon", "polygons", "rectangle", "ring", "rounded_rectangle", "sector"]

_TURN = 2 * math.pi
_NO_EDGES = np.empty((0, 4))


@shape
def rectangle(frame: Frame, top: Rows, left: Columns, height: Rows, width: Columns, *, coverage: bool = False) -> Mask:
    """Draw an upright rectangle.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    top, left : float or str
        Row and column of its first corner in pixels (may be fractional), per cent of the frame's height and width
        (``"10%"``), or metres.
    height, width : float or str
        Its size, above 0; in the same units.
    coverage : bool, default False
        Give the exact share of each pixel, as weights.

    Returns
    -------
    Mask
        Binary, or weights with ``coverage=True``. Empty where the rectangle lies outside the frame.

    Raises
    ------
    ParameterError
        Where a size is not above 0, or a number is not finite.

    Notes
    -----
    A centre on the upper or right side belongs to it, one on the lower or left side does not (as GDAL has it), so
    that rectangles side by side share no pixel and lose none.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.rectangle((4, 6), 1, 2, 2, 3).bbox
    (1, 2, 3, 5)
    >>> rm.rectangle((4, 6), 10, 10, 2, 2).area
    0
    >>> np.asarray(rm.rectangle((2, 3), 0, 0.5, 1, 2, coverage=True))[0]
    array([0.5, 1. , 0.5], dtype=float32)
    """
    check_finite(top=top, left=left)
    check_positive(height=height, width=width)
    bottom, right = top + height, left + width
    if coverage:
        window = pixels_of((top, left, bottom, right), frame)
        rows = _overlap(top, bottom, window.top, window.bottom)
        values = np.outer(rows, _overlap(left, right, window.left, window.right)).astype(np.float32)
        return Mask.from_crop(values, window[:2], frame, "weights")
    return fill_where(
        frame,
        (top, left, bottom, right),
        lambda rows, columns: ((rows >= top) & (rows < bottom)) & ((columns > left) & (columns <= right)),
    )


def _overlap(start: float, stop: float, first: int, last: int) -> np.ndarray:
    """The share of each pixel first..last-1 of a line that lies between start and stop."""
    pixels = np.arange(first, last)
    return np.clip(np.minimum(pixels + 1, stop) - np.maximum(pixels, start), 0, 1)


@shape
def rounded_rectangle(
    frame: Frame, top: Rows, left: Columns, height: Rows, width: Columns, radius: Length, *, coverage: bool = False
) -> Mask:
    """Draw an upright rectangle with rounded corners.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    top, left : float or str
        Row and column of its first corner in pixels, per cent of the frame's height and width, or metres.
    height, width : float or str
        Its size, above 0; in the same units.
    radius : float or str
        Radius of the corners, 0 or more; at most half of the shorter side is used.
    coverage : bool, default False
        Give the exact share of each pixel, as weights.

    Returns
    -------
    Mask
        Binary, or weights with ``coverage=True``. Empty where the shape lies outside the frame.

    Raises
    ------
    ParameterError
        Where a size is not above 0, the radius is negative, or a number is not finite.

    Notes
    -----
    Centres on the outline belong to it.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> np.asarray(rm.rounded_rectangle((4, 5), 0, 0, 4, 5, 2)).astype(int)
    array([[0, 1, 1, 1, 0],
           [1, 1, 1, 1, 1],
           [1, 1, 1, 1, 1],
           [0, 1, 1, 1, 0]])
    >>> rm.rounded_rectangle((4, 5), -9, 0, 4, 5, 2).area
    0
    """
    check_finite(top=top, left=left)
    check_positive(height=height, width=width)
    if not radius >= 0:
        raise ParameterError(f"radius is 0 or more, got {radius:g}")
    radius = min(radius, height / 2, width / 2)
    box = (top, left, top + height, left + width)
    if coverage:
        return cover_outline(frame, box, *_rounded_outline(box, radius))
    center = top + height / 2, left + width / 2
    straight = height / 2 - radius, width / 2 - radius

    def inside(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        y, x = abs(rows - center[0]) - straight[0], abs(columns - center[1]) - straight[1]
        return np.maximum(y, 0) ** 2 + np.maximum(x, 0) ** 2 <= radius**2

    return fill_where(frame, box, inside)


def _rounded_outline(box: Sequence[float], radius: float) -> tuple[np.ndarray, list[Arc]]:
    """The four sides and the four quarter circles between them, clockwise as seen."""
    top, left, bottom, right = box
    x0, x1, y0, y1 = left + radius, right - radius, top + radius, bottom - radius
    sides = np.array([[x0, top, x1, top], [right, y0, right, y1], [x1, bottom, x0, bottom], [left, y1, left, y0]])
    corners = ((x0, y0, 2), (x1, y0, 3), (x1, y1, 0), (x0, y1, 1))
    arcs = [Arc((x, y), (radius, 0), (0, radius), q * math.pi / 2, (q + 1) * math.pi / 2) for x, y, q in corners]
    return sides, arcs


@shape
def circle(frame: Frame, center: Point, radius: Length, *, coverage: bool = False) -> Mask:
    """Draw a circle, filled.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    center : (float, float)
        Row and column; the centre of pixel (r, c) is (r + 0.5, c + 0.5). Pixels, or per cent of height and width.
    radius : float or str
        Above 0: pixels, per cent of the shorter side (``"40%"``), or metres (``"30m"``) on a georeferenced frame.
    coverage : bool, default False
        Give the exact share of each pixel, as weights.

    Returns
    -------
    Mask
        Binary: the pixels whose centres are at most ``radius`` away; or weights with ``coverage=True``. Empty where
        the circle lies outside the frame.

    Raises
    ------
    ParameterError
        Where the radius is not above 0, or a number is not finite.

    Notes
    -----
    The share is that of the true circle, not of a polygon: error below 1e-6. Cost follows the bounding box.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> np.asarray(rm.circle((5, 5), (2.5, 2.5), 2)).astype(int)
    array([[0, 0, 1, 0, 0],
           [0, 1, 1, 1, 0],
           [1, 1, 1, 1, 1],
           [0, 1, 1, 1, 0],
           [0, 0, 1, 0, 0]])
    >>> rm.circle((5, 5), (90, 2), 2).area
    0
    >>> round(rm.circle((5, 5), (2.5, 2.5), 2, coverage=True).area, 4)
    12.5664
    """
    check_finite(center=center)
    check_positive(radius=radius)
    if coverage:
        return cover_outline(frame, _around(center, radius), _NO_EDGES, [_circular(center, radius)])
    return fill_where(frame, _around(center, radius), _disk(center, radius))


@shape
def ellipse(frame: Frame, center: Point, radii: Point, angle: Angle = 0, *, coverage: bool = False) -> Mask:
    """Draw an ellipse, filled.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    center : (float, float)
        Row and column; pixels, or per cent of height and width.
    radii : (float, float)
        Half its extent along the rows' axis (vertical) and the columns' axis (horizontal), before it is turned.
    angle : float, default 0
        Degrees counter-clockwise as seen.
    coverage : bool, default False
        Give the exact share of each pixel, as weights.

    Returns
    -------
    Mask
        Binary: the pixels whose centres lie in the ellipse or on it; or weights with ``coverage=True``. Empty where
        the ellipse lies outside the frame.

    Raises
    ------
    ParameterError
        Where a radius is not above 0, or a number is not finite.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.ellipse((20, 40), (10, 20), (5, 15)).bbox
    (5, 5, 15, 35)
    >>> rm.ellipse((20, 40), (10, 20), (5, 8), angle=90).bbox
    (2, 15, 18, 25)
    >>> rm.ellipse((20, 40), (10, -20), (5, 15)).area
    0
    """
    check_finite(center=center, angle=angle)
    check_positive(radii=radii)
    cosine, sine = direction(angle)
    across = radii[1] * cosine, -radii[1] * sine  # (column, row); rows count downwards
    down = radii[0] * sine, radii[0] * cosine
    reach = math.hypot(across[1], down[1]), math.hypot(across[0], down[0])
    box = center[0] - reach[0], center[1] - reach[1], center[0] + reach[0], center[1] + reach[1]
    if coverage:
        return cover_outline(frame, box, _NO_EDGES, [Arc((center[1], center[0]), across, down, 0.0, _TURN)])

    def inside(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        y, x = rows - center[0], columns - center[1]
        return ((x * cosine - y * sine) / radii[1]) ** 2 + ((x * sine + y * cosine) / radii[0]) ** 2 <= 1

    return fill_where(frame, box, inside)


@shape
def ring(frame: Frame, center: Point, radius: Length, inner_radius: Length, *, coverage: bool = False) -> Mask:
    """Draw a ring: a circle without a smaller one about the same centre.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    center : (float, float)
        Row and column; pixels, or per cent of height and width.
    radius, inner_radius : float or str
        Outer and inner radius, 0 < inner < outer: pixels, per cent of the shorter side, or metres.
    coverage : bool, default False
        Give the exact share of each pixel, as weights.

    Returns
    -------
    Mask
        Binary: the pixels whose centres are farther than ``inner_radius`` and at most ``radius`` away; or weights
        with ``coverage=True``. Empty where the ring lies outside the frame.

    Raises
    ------
    ParameterError
        Where the radii are not 0 < inner < outer, or a number is not finite.

    Examples
    --------
    >>> import roimask as rm
    >>> outer, inner = rm.circle((9, 9), (4, 4), 4), rm.circle((9, 9), (4, 4), 2)
    >>> rm.ring((9, 9), (4, 4), 4, 2) == outer - inner
    True
    >>> rm.ring((9, 9), (4, 4), 90, 80).area
    0
    """
    check_finite(center=center)
    check_positive(radius=radius, inner_radius=inner_radius)
    if inner_radius >= radius:
        raise ParameterError(f"inner_radius is less than radius, got {inner_radius:g} and {radius:g}")
    box = _around(center, radius)
    if coverage:
        hole = _circular(center, inner_radius)._replace(start=_TURN, stop=0.0)
        return cover_outline(frame, box, _NO_EDGES, [_circular(center, radius), hole])
    outer, inner = _disk(center, radius), _disk(center, inner_radius)
    return fill_where(frame, box, lambda rows, columns: outer(rows, columns) & ~inner(rows, columns))


@shape
def sector(frame: Frame, center: Point, radius: Length, start: Angle, stop: Angle, *, coverage: bool = False) -> Mask:
    """Draw a sector of a circle: a slice from one direction to another.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    center : (float, float)
        Row and column of the tip; pixels, or per cent of height and width.
    radius : float or str
        Above 0: pixels, per cent of the shorter side, or metres.
    start, stop : float
        Directions in degrees, counter-clockwise as seen, 0 along the row; the slice goes from start on to stop.
    coverage : bool, default False
        Give the exact share of each pixel, as weights.

    Returns
    -------
    Mask
        Binary: the pixels whose centres lie in the sector or on its outline; or weights with ``coverage=True``.
        Empty where the sector lies outside the frame.

    Raises
    ------
    ParameterError
        Where the radius is not above 0, both directions are one, or a number is not finite.

    Examples
    --------
    >>> import roimask as rm
    >>> rm.sector((20, 20), (10, 10), 8, 0, 90).bbox
    (2, 10, 10, 18)
    >>> rm.sector((20, 20), (10, 10), 8, 0, 360) == rm.circle((20, 20), (10, 10), 8)
    True
    >>> rm.sector((20, 20), (10, -10), 8, 90, 270).area
    0
    """
    check_finite(center=center, start=start, stop=stop)
    check_positive(radius=radius)
    if start == stop:
        raise ParameterError(f"start and stop are two directions, got {start:g} for both; a whole circle is 0 to 360")
    extent = (stop - start) % 360 or 360.0
    box = _around(center, radius)
    if coverage:
        first = math.radians(start)
        arc = Arc((center[1], center[0]), (radius, 0), (0, -radius), first, first + math.radians(extent))
        return cover_outline(frame, box, _spokes(center, radius, start, stop), [arc])
    disk, wedge = _disk(center, radius), _wedge(center, start, stop, extent <= 180)
    return fill_where(frame, box, lambda rows, columns: disk(rows, columns) & wedge(rows, columns))


def _spokes(center: Point, radius: float, start: float, stop: float) -> np.ndarray:
    """The edges from the tip out to the first direction and back from the last."""
    y, x = center
    rim = [(x + radius * cosine, y - radius * sine) for cosine, sine in (direction(start), direction(stop))]
    return np.array([[x, y, *rim[0]], [*rim[1], x, y]])


def _wedge(center: Point, start: float, stop: float, convex: bool) -> Inside:
    """Whether centres lie counter-clockwise of the first direction and clockwise of the last."""

    def side(angle: float, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        cosine, sine = direction(angle)
        return cosine * (center[0] - rows) - sine * (columns - center[1])

    def inside(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        after, before = side(start, rows, columns) >= 0, side(stop, rows, columns) <= 0
        return after & before if convex else after | before

    return inside


@shape
def polygon(frame: Frame, points: Points, holes: Rings = (), *, coverage: bool = False) -> Mask:
    """Draw a polygon, with holes where given.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    points : sequence of (float, float), or array (n, 2)
        The corners, row and column, three or more; closed or not, either way around.
    holes : sequence of such sequences, optional
        Rings that are cut out.
    coverage : bool, default False
        Give the exact share of each pixel, as weights.

    Returns
    -------
    Mask
        Binary: the pixels whose centres lie inside, the same pixels as GDAL's default; or weights with
        ``coverage=True``. Empty where the polygon lies outside the frame or has no area.

    Raises
    ------
    ParameterError
        Where a ring has under three points or one that is not finite.

    Notes
    -----
    A centre on an upper or right edge belongs to the polygon, one on a lower or left edge does not, so that polygons
    side by side share no pixel and lose none. Rings are even-odd: where a polygon crosses itself, what is wound
    around twice is outside. As in GDAL, a hole whose upper edge lies on a line of pixel centres keeps that line.
    Cost: O(vertices + edge length + area).

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> np.asarray(rm.polygon((4, 5), [(0, 0), (0, 5), (4, 0)])).astype(int)
    array([[1, 1, 1, 1, 0],
           [1, 1, 1, 0, 0],
           [1, 1, 0, 0, 0],
           [1, 0, 0, 0, 0]])
    >>> rm.polygon((4, 5), [(1, 1), (1, 3), (1, 4)]).area
    0
    >>> round(rm.polygon((4, 5), [(0, 0), (0, 5), (4, 0)], coverage=True).area, 6)
    10.0
    """
    rings = Corners.of([points, *holes], lambda number: f"hole {number}" if number else "the polygon")
    return cover_rings(rings, frame) if coverage else fill_rings(rings, frame)


@shape
def polygons(frame: Frame, list_of_points: Rings) -> Mask:
    """Draw many polygons at once into one mask of labels.

    Parameters
    ----------
    frame : Frame, shape, image or Raster
        The grid of the mask.
    list_of_points : sequence of sequences of (float, float), or of arrays (n, 2)
        The corners of each polygon, row and column. Polygon k (from 1) becomes region k.

    Returns
    -------
    Mask
        Labels, by the rule of :func:`polygon`. Where polygons overlap, the later one wins.

    Raises
    ------
    ParameterError
        Where a polygon has under three points or one that is not finite; the text says which.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> squares = [[(0, 0), (0, 2), (2, 2), (2, 0)], [(1, 1), (1, 4), (3, 4), (3, 1)]]
    >>> np.asarray(rm.polygons((3, 4), squares))
    array([[1, 1, 0, 0],
           [1, 2, 2, 2],
           [0, 2, 2, 2]], dtype=int32)
    >>> rm.polygons((3, 4), []).labels
    ()
    """
    rings = Corners.of(list_of_points, lambda number: f"polygon {number + 1}")
    starts = np.arange(len(list_of_points) + 1)
    return fill_rings(rings, frame, starts, starts[1:].astype(np.int32))


def _around(center: Point, radius: float) -> tuple[float, float, float, float]:
    return center[0] - radius, center[1] - radius, center[0] + radius, center[1] + radius


def _circular(center: Point, radius: float) -> Arc:
    return Arc((center[1], center[0]), (radius, 0), (0, radius), 0.0, _TURN)


def _disk(center: Point, radius: float) -> Inside:
    """Whether centres are at most a radius away."""
    return lambda rows, columns: (rows - center[0]) ** 2 + (columns - center[1]) ** 2 <= radius**2

"""The grid on which a mask lives: its size and, where it is georeferenced, its affine transform and CRS."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from roimask.brought import library_of
from roimask.errors import FrameMismatch, ParameterError

__all__ = ["Frame", "Window"]

# Transforms that differ by less than this share of a pixel over the whole frame are the same grid.
_PIXEL_TOLERANCE = 1e-3


class Window(NamedTuple):
    """A rectangle of pixels, half open: rows ``top`` to ``bottom - 1``, columns ``left`` to ``right - 1``."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels; never negative."""
        height, width = self.bottom - self.top, self.right - self.left
        return height if height > 0 else 0, width if width > 0 else 0

    @property
    def pixels(self) -> int:
        """How many pixels the window holds."""
        height, width = self.shape
        return height * width

    @property
    def empty(self) -> bool:
        """Whether the window holds no pixel."""
        return self.bottom <= self.top or self.right <= self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """The window as an index of a full-frame array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grow(self, halo: int) -> Window:
        """The window with ``halo`` more pixels on every side (it may leave the frame)."""
        return Window(self.top - halo, self.left - halo, self.bottom + halo, self.right + halo)

    def meet(self, other: tuple[int, int, int, int]) -> Window:
        """The part that both windows cover; empty (and at the origin) where they do not meet."""
        top, left = max(self.top, other[0]), max(self.left, other[1])
        bottom, right = min(self.bottom, other[2]), min(self.right, other[3])
        return Window(top, left, bottom, right) if top < bottom and left < right else Window(0, 0, 0, 0)

    def join(self, other: tuple[int, int, int, int]) -> Window:
        """The smallest window that covers both; an empty one adds nothing."""
        if self.empty:
            return Window(*other)
        if Window(*other).empty:
            return self
        return Window(
            min(self.top, other[0]), min(self.left, other[1]), max(self.bottom, other[2]), max(self.right, other[3])
        )

    def within(self, outer: tuple[int, int, int, int]) -> tuple[slice, slice]:
        """This window as an index of an array that holds ``outer``."""
        top, left = outer[0], outer[1]
        return slice(self.top - top, self.bottom - top), slice(self.left - left, self.right - left)


class Frame:
    """A grid of pixels: height, width and, where it is georeferenced, transform and CRS.

    Parameters
    ----------
    height, width : int
        Size in pixels, 0 or more.
    transform : sequence of 6 float, optional
        Affine transform ``(a, b, c, d, e, f)`` from pixel to world: ``x = a * column + b * row + c``,
        ``y = d * column + e * row + f``, where (0, 0) is the outer corner of the first pixel. An
        ``affine.Affine`` will do.
    crs : str, optional
        Coordinate reference system, as ``"EPSG:32618"`` or WKT. A rasterio or pyproj CRS will do.

    Raises
    ------
    ParameterError
        Where the size is negative or the transform has not six finite numbers.

    Notes
    -----
    A frame is a value: it cannot be changed, compares by what it holds, and can be a key.
    Pixel (r, c) covers r..r+1, c..c+1; its centre is (r + 0.5, c + 0.5).

    Examples
    --------
    >>> from roimask import Frame
    >>> Frame(512, 640)
    Frame(512 × 640)
    >>> Frame(2, 3, transform=(10, 0, 500000, 0, -10, 4100000), crs="EPSG:32618").pixel_size
    (10.0, 10.0)
    >>> Frame(0, 0).shape
    (0, 0)
    """

    __slots__ = ("crs", "height", "transform", "width")

    height: int
    width: int
    transform: tuple[float, float, float, float, float, float] | None
    crs: str | None

    def __init__(self, height: int, width: int, transform: Any = None, crs: Any = None):
        set_ = object.__setattr__
        set_(self, "height", _size(height, "height"))
        set_(self, "width", _size(width, "width"))
        set_(self, "transform", None if transform is None else _six(transform))
        set_(self, "crs", None if crs is None else _crs_text(crs))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Frame cannot be changed ({name}); make a new one")

    __delattr__ = __setattr__  # type: ignore[assignment]

    def __reduce__(self):
        return Frame, (self.height, self.width, self.transform, self.crs)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.height, self.width

    @property
    def window(self) -> Window:
        """The window that covers the whole frame."""
        return Window(0, 0, self.height, self.width)

    @property
    def georeferenced(self) -> bool:
        """Whether the frame knows its place in the world."""
        return self.transform is not None

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Height and width of a pixel in units of the CRS; (1.0, 1.0) where there is no transform."""
        if self.transform is None:
            return 1.0, 1.0
        a, b, _, d, e, _ = self.transform
        return math.hypot(b, e), math.hypot(a, d)

    @property
    def geographic(self) -> bool:
        """Whether the CRS counts in degrees."""
        crs = (self.crs or "").upper()
        return crs in ("EPSG:4326", "OGC:CRS84", "EPSG:4269", "EPSG:4258") or crs.startswith(("GEOGCS", "GEOGCRS"))

    @property
    def unit_in_metres(self) -> float:
        """Metres in a unit of the CRS; 1.0 where the CRS is unknown."""
        from roimask.raster.crs import unit_in_metres

        return 1.0 if self.crs is None else unit_in_metres(self.crs)

    def pixel_area(self, row: Any, column: Any) -> Any:
        """Square metres of the pixel at a place, or of those at arrays of places; pixels where there is no transform.

        A grid in degrees is reckoned at the latitude of the place, on the WGS 84 ellipsoid.
        """
        if self.transform is None:
            return 1.0
        a, b, _, d, e, f = self.transform
        unit = _square_degree(d * column + e * row + f) if self.geographic else self.unit_in_metres**2
        return abs(a * e - b * d) * unit

    @classmethod
    def of(cls, thing: Any) -> Frame:
        """The frame of a Frame, a shape tuple, an image, a mask or a Raster.

        Raises
        ------
        ParameterError
            Where ``thing`` has neither a frame nor a shape.
        """
        if isinstance(thing, Frame):
            return thing
        frame = getattr(thing, "frame", None)
        if isinstance(frame, Frame):
            return frame
        if isinstance(thing, (tuple, list)) and len(thing) in (2, 3) and all(hasattr(n, "__index__") for n in thing):
            return cls(thing[0], thing[1])
        if library_of(thing) == "xarray":  # a DataArray, which may know its place
            from roimask.sources import as_source

            return as_source(thing).frame
        shape = getattr(thing, "shape", None)
        if shape is not None and len(shape) in (2, 3):
            return cls(shape[0], shape[1])
        if hasattr(thing, "getbands") and hasattr(thing, "size"):  # a PIL image, whose size is width, height
            return cls(thing.size[1], thing.size[0])
        raise ParameterError(
            f"a frame was expected (a Frame, a shape such as (512, 640), an image, a mask or a Raster), "
            f"got {type(thing).__name__}"
        )

    def crop(self, window: tuple[int, int, int, int]) -> Frame:
        """The frame of a window (top, left, bottom, right) of this one."""
        top, left, bottom, right = window
        transform = None
        if self.transform is not None:
            a, b, c, d, e, f = self.transform
            transform = (a, b, c + a * left + b * top, d, e, f + d * left + e * top)
        return Frame(bottom - top, right - left, transform, self.crs)

    def fits(self, other: Frame) -> bool:
        """Whether both are one grid: the same size and, where both are georeferenced, the same place.

        A frame without transform and CRS fits any of its size.
        """
        if self is other:
            return True
        if self.height != other.height or self.width != other.width:
            return False
        if self.crs is not None and other.crs is not None and self.crs != other.crs:
            return False
        if self.transform is None or other.transform is None or self.transform == other.transform:
            return True
        size = min(self.pixel_size)
        corners = [(0, 0), (0, self.width), (self.height, 0), (self.height, self.width)]
        return all(math.dist(self.xy(*p), other.xy(*p)) <= _PIXEL_TOLERANCE * size for p in corners)

    def require(self, other: Frame, ours: str = "the mask", theirs: str = "the image") -> None:
        """Raise FrameMismatch, naming both frames and the call that aligns them, unless they fit."""
        if not self.fits(other):
            raise FrameMismatch(
                f"{ours} is {self.describe()}, {theirs} {other.describe()}. Align with mask.to_frame(frame)."
            )

    def xy(self, row: float, column: float) -> tuple[float, float]:
        """World coordinates of a place in pixels; (column, row) where there is no transform."""
        if self.transform is None:
            return float(column), float(row)
        a, b, c, d, e, f = self.transform
        return a * column + b * row + c, d * column + e * row + f

    def rowcol(self, x: float, y: float) -> tuple[float, float]:
        """Place in pixels of world coordinates: the inverse of :meth:`xy`."""
        if self.transform is None:
            return float(y), float(x)
        a, b, c, d, e, f = self.transform
        determinant = a * e - b * d
        x, y = x - c, y - f
        return (a * y - d * x) / determinant, (e * x - b * y) / determinant

    def describe(self) -> str:
        """Size and place in a few words, for messages."""
        place = "" if self.transform is None else f" at {self.transform[2]:.10g}, {self.transform[5]:.10g}"
        pixels = "" if self.transform is None else f" in pixels of {self.pixel_size[1]:.6g}"
        crs = "" if self.crs is None else f" ({self.crs if len(self.crs) < 40 else self.crs[:37] + '...'})"
        return f"{self.height} × {self.width}{pixels}{place}{crs}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frame):
            return NotImplemented
        return (self.height, self.width, self.transform, self.crs) == (
            other.height,
            other.width,
            other.transform,
            other.crs,
        )

    def __hash__(self) -> int:
        return hash((self.height, self.width, self.transform, self.crs))

    def __repr__(self) -> str:
        return f"Frame({self.describe()})"


def _square_degree(latitude: Any) -> Any:
    """Square metres of a square degree on the WGS 84 ellipsoid."""
    radius, flatness = 6378137.0, 0.0066943799901413165
    angle = np.radians(latitude)
    bent = 1 - flatness * np.sin(angle) ** 2
    return radius**2 * (1 - flatness) / bent**2 * np.cos(angle) * math.radians(1) ** 2


def _size(value: Any, name: str) -> int:
    try:
        size = value.__index__()
    except AttributeError:
        raise ParameterError(f"the {name} of a frame is a whole number of pixels, got {value!r}") from None
    if size < 0:
        raise ParameterError(f"the {name} of a frame is 0 or more, got {size}")
    return size


def _six(transform: Any) -> tuple[float, float, float, float, float, float]:
    numbers = tuple(float(n) for n in tuple(transform)[:6])
    if len(numbers) != 6 or not all(map(math.isfinite, numbers)) or numbers[0] * numbers[4] == numbers[1] * numbers[3]:
        raise ParameterError(
            f"a transform is six finite numbers (a, b, c, d, e, f) that can be inverted, got {transform!r}"
        )
    return numbers  # type: ignore[return-value]


def _crs_text(crs: Any) -> str:
    if isinstance(crs, str):
        return crs
    if isinstance(crs, int):
        return f"EPSG:{crs}"
    code = crs.to_epsg() if hasattr(crs, "to_epsg") else None
    return f"EPSG:{code}" if code else str(crs.to_wkt())

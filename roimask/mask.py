"""The one mask type: which pixels take part, as an immutable value on a frame."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from roimask.errors import MaskValueError, ParameterError
from roimask.frame import Frame, Window
from roimask.kinds import DTYPES, Kind, listing, values_and_kind
from roimask.masks import store

if TYPE_CHECKING:
    from os import PathLike

    from roimask.masks.vectorise import Polygon

__all__ = ["Kind", "Mask", "mask_on"]

_NO_NAMES: Mapping[int, str] = MappingProxyType({})
_STRIP = 256  # rows


class Mask:
    """Which pixels of a frame take part: 1 and True always mean "takes part".

    Parameters
    ----------
    array : array_like (H, W)
        The whole frame. bool, or integers that are only 0 and 1 or only 0 and 255, make a *binary* mask; other
        integers a *labels* mask (0 = no region, k = region k); floats in 0..1 a *weights* mask (how much a
        pixel takes part).
    kind : {"binary", "labels", "weights"}, optional
        Overrides the guess. Integers beyond 1 as weights are divided by the largest value of their dtype;
        anything but 0 is True as binary.
    frame : Frame, optional
        Where the grid lies in the world; default: a plain frame of the array's shape.
    names : mapping of int to str, optional
        Names of labels.

    Attributes
    ----------
    window : Window
        The bounding box: rows top..bottom, columns left..right, half open; empty: all 0.
    frame : Frame
    kind : {"binary", "labels", "weights"}
    names : mapping of int to str, read-only

    Raises
    ------
    MaskValueError
        Where the array is not 2-D, or holds negative labels, weights outside 0..1, or NaN.
    FrameMismatch
        Where the array has not the frame's shape.

    Notes
    -----
    A mask cannot be changed, compares by frame, kind and full values, and can be a key. It copies what it is
    given, so the caller's array stays the caller's. A binary mask that comes from run lengths or from an outline is
    kept as run lengths where these are much smaller than its pixels, which are decoded when somebody asks for them.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> mask = rm.Mask(np.array([[0, 0, 1], [0, 1, 1]]))
    >>> mask.kind, mask.area, mask.bbox
    ('binary', 3, (0, 1, 2, 3))
    >>> rm.Mask(np.zeros((2, 3))).area
    0.0
    >>> (~mask).area
    3
    """

    __slots__ = ("_cache", "_pixels", "_runs", "frame", "kind", "names", "window")

    window: Window
    frame: Frame
    kind: Kind
    names: Mapping[int, str]
    _cache: dict[Any, Any]
    _pixels: np.ndarray | None  # inside the window; None where the mask is kept as runs
    _runs: np.ndarray | None  # as in masks.store

    def __init__(
        self,
        array: Any,
        kind: Kind | None = None,
        frame: Frame | None = None,
        names: Mapping[int, str] | None = None,
    ):
        if isinstance(array, Mask):
            frame, names, kind = frame or array.frame, names or array.names, kind or array.kind
            array = (array.as_binary() if kind == "weights" and array.kind == "labels" else array).read(
                array.frame.window
            )
        values, kind = values_and_kind(array, kind)
        grid = Frame(*values.shape) if frame is None else frame
        Frame(*values.shape).require(grid, "the mask's array", "its frame")
        self._fill(values, (0, 0), grid, kind, names)

    def _fill(
        self, values: np.ndarray, origin: tuple[int, int], frame: Frame, kind: Kind, names: Any, copy: bool = True
    ) -> None:
        """Trim to the bounding box, and take an own read-only copy."""
        box = _bounding_box(values)
        copy = copy or box.shape != values.shape
        owned = np.array(values[box.slices], dtype=DTYPES[kind], order="C", copy=copy or None)
        _lock(owned)
        window = box if box.empty else Window(*np.add(box, (*origin, *origin)).tolist())
        self._set(owned.view(), None, window, frame, kind, names)  # a view: its write flag cannot be set again

    def _set(self, pixels: Any, runs: Any, window: Window, frame: Frame, kind: Kind, names: Any) -> None:
        """Set every attribute once."""
        set_ = object.__setattr__
        set_(self, "_pixels", pixels)
        set_(self, "_runs", runs)
        set_(self, "window", window)
        set_(self, "frame", frame)
        set_(self, "kind", kind)
        set_(self, "names", MappingProxyType({int(k): str(v) for k, v in names.items()}) if names else _NO_NAMES)
        set_(self, "_cache", {})

    @classmethod
    def from_crop(
        cls,
        values: np.ndarray,
        origin: tuple[int, int],
        frame: Any,
        kind: Kind | None = None,
        names: Mapping[int, str] | None = None,
    ) -> Mask:
        """Make a mask from a window of its values, without ever holding the full frame.

        Parameters
        ----------
        values : ndarray (h, w)
            The values of the window whose first pixel is ``origin``; what leaves the frame is cut off.
        origin : (int, int)
            Row and column in the frame, also negative.
        frame : Frame, shape, image or Raster
        kind, names
            As in :class:`Mask`.
        """
        frame = Frame.of(frame)
        values, kind = values_and_kind(values, kind)
        window = Window(origin[0], origin[1], origin[0] + values.shape[0], origin[1] + values.shape[1])
        inside = window.meet(frame.window)
        mask = cls.__new__(cls)
        held = values[:0, :0] if inside.empty else values[inside.within(window)]
        mask._fill(held, inside[:2], frame, kind, names)
        return mask

    @classmethod
    def _adopt(cls, values: np.ndarray, origin: tuple[int, int], frame: Frame, kind: Kind, names: Any = None) -> Mask:
        """Make a mask of values inside the frame that were just made for it: valid, of the kind's dtype, not copied."""
        mask = cls.__new__(cls)
        mask._fill(values, origin, frame, kind, names, copy=False)
        return mask

    @classmethod
    def _of_runs(cls, runs: np.ndarray, frame: Frame) -> Mask:
        """Make a binary mask of runs as in masks.store, and keep them where they are much smaller than pixels."""
        window = store.box_of(runs, frame.height)
        if not store.is_worth(len(runs), window):
            return cls._adopt(store.decode(runs, frame.height, window), window[:2], frame, "binary")
        owned = runs.copy()
        owned.setflags(write=False)
        mask = cls.__new__(cls)
        mask._set(None, owned.view(), window, frame, "binary", None)
        return mask

    @classmethod
    def from_numpy_ma(cls, array: np.ma.MaskedArray) -> Mask:
        """Make a binary mask from a ``numpy.ma`` array: its True means "masked out", so the polarity is turned.

        Parameters
        ----------
        array : MaskedArray (H, W) or (H, W, C)
            With bands, a pixel takes part where every band does.

        Examples
        --------
        >>> import numpy as np, roimask as rm
        >>> rm.Mask.from_numpy_ma(np.ma.masked_equal([[0, 7], [7, 7]], 0)).area
        3
        """
        masked_out = np.ma.getmaskarray(array)
        return cls(~(masked_out.any(axis=2) if masked_out.ndim == 3 else masked_out))

    @classmethod
    def from_invalid(cls, array: Any) -> Mask:
        """Make a mask from an array in which 1 or True means "does not take part": the polarity is turned.

        Parameters
        ----------
        array : array_like (H, W)
            bool, 0/1, 0/255, or floats 0..1 (the weight is then 1 minus the value).

        Examples
        --------
        >>> import numpy as np, roimask as rm
        >>> rm.Mask.from_invalid(np.isnan([[1.0, np.nan]])).area
        1
        """
        return ~cls(array)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Mask cannot be changed ({name}); make a new one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Mask cannot be changed ({name}); make a new one")

    def __reduce__(self):
        if self._runs is not None:
            return Mask._of_runs, (self._runs, self.frame)
        return Mask.from_crop, (self.values, self.origin, self.frame, self.kind, dict(self.names))

    # -- what it holds -------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the frame in pixels."""
        return self.frame.shape

    @property
    def values(self) -> np.ndarray:
        """The part of the mask inside its bounding box: bool, int32 or float32, by kind; (h, w), read-only.

        A mask kept as run lengths decodes them, again whenever nobody holds the array any more.
        """
        pixels = self._in_memory()
        if pixels is None:
            pixels = self._decode(self.window)
            self._cache["decoded"] = ref(pixels.base)
        return pixels

    def _in_memory(self) -> np.ndarray | None:
        """The pixels where they are kept, or where somebody still holds the decoded ones."""
        if self._runs is None:
            return self._pixels
        owner = self._cache["decoded"]() if "decoded" in self._cache else None
        return None if owner is None else owner.view(bool)

    def _decode(self, window: Window) -> np.ndarray:
        return store.decode(self._runs, self.frame.height, window)  # type: ignore[arg-type]

    @property
    def origin(self) -> tuple[int, int]:
        """Row and column of ``values[0, 0]`` in the frame."""
        return self.window[:2]

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the mask holds: its pixels or run lengths, and what it keeps of them decoded."""
        arrays = [a for a in (self._pixels, self._runs, *self._cache.values()) if isinstance(a, np.ndarray)]
        owners = {id(a if a.base is None else a.base): a.nbytes for a in arrays}
        return sum(owners.values())

    @property
    def bbox(self) -> tuple[int, int, int, int]:
        """The bounding box (top, left, bottom, right) in pixels, half open; (0, 0, 0, 0) for an empty mask."""
        return tuple(self.window)  # type: ignore[return-value]

    @property
    def area(self) -> int | float:
        """Pixels that take part; for weights the sum of the weights, as a float."""
        return self._once("area", self._measure_area)

    def _measure_area(self) -> int | float:
        if self.kind == "weights":
            return float(self.values.sum(dtype=np.float64))
        if self._runs is not None:
            return int(np.diff(self._runs).sum())
        return int(np.count_nonzero(self.values))

    @property
    def labels(self) -> tuple[int, ...]:
        """The labels that occur, ascending; (1,) for a mask of another kind that is not empty."""
        return self._once("labels", self._find_labels)

    def _find_labels(self) -> tuple[int, ...]:
        if self.kind != "labels":
            return () if self.window.empty else (1,)
        top = int(self.values.max(initial=0))
        if top > 4 * self.values.size + 256:
            found = np.unique(self.values)
        else:  # strip by strip, because numpy counts in a copy of 64 bit
            strips = (self.values[row : row + _STRIP] for row in range(0, len(self.values), _STRIP))
            counts = (np.bincount(strip.ravel(), minlength=top + 1) for strip in strips)
            found = np.flatnonzero(sum(counts, np.zeros(top + 1, np.intp)))
        return tuple(found[found > 0].tolist())

    @property
    def weight(self) -> np.ndarray:
        """What kernels see of :attr:`values`: uint8 0/1, or float32 where a weight lies between; all labels as one."""
        return self._once("weight", self._reduce_weight)

    def _reduce_weight(self) -> np.ndarray:
        if self.kind == "binary":
            return self.values.view(np.uint8)
        taking_part = self.values > 0
        if self.kind == "weights" and not np.array_equal(taking_part, self.values):
            return self.values
        taking_part.setflags(write=False)
        return taking_part.view(np.uint8)

    def _once(self, key: Any, compute: Any) -> Any:
        """A fact about the values, found when first asked for."""
        if key not in self._cache:
            self._cache[key] = compute()
        return self._cache[key]

    def read(self, window: tuple[int, int, int, int]) -> np.ndarray:
        """The mask's values in a window (top, left, bottom, right) of the frame; 0 beyond its bounding box.

        Returns
        -------
        ndarray (bottom - top, right - left)
            Read-only where the window lies inside the bounding box; bool, int32 or float32 by kind.
        """
        window, held = Window(*window), self.window
        inside = window.meet(held)
        if inside != held and self._in_memory() is None:
            return read_crop(self._decode(inside), inside, window)
        return read_crop(self.values, held, window)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The full frame as an array; read-only unless a copy is asked for."""
        full = self.read(self.frame.window)
        fresh = full.flags.writeable
        if dtype is not None and np.dtype(dtype) != full.dtype:
            full, fresh = full.astype(dtype), True
        if copy is False and fresh and full.size:
            raise ValueError("the full frame of this mask cannot be had without a copy")
        if copy:
            return full if fresh else full.copy()
        full.setflags(write=False)
        return full

    def as_binary(self) -> Mask:
        """The pixels that take part at all (weight above 0, any label), as a binary mask."""
        if self.kind == "binary":
            return self
        return Mask.from_crop(self.values > 0, self.origin, self.frame, "binary")

    def __getitem__(self, label: int | str) -> Mask:
        """One region of a labels mask, by number or by name, as a binary mask.

        Raises
        ------
        MaskValueError
            Where the mask has no such region.
        """
        number = self._number_of(label)
        if number not in self.labels:
            raise MaskValueError(f"the mask has no region {label!r}; it has {listing(self.labels)}")
        if self.kind != "labels":
            return self.as_binary()
        return Mask.from_crop(self.values == number, self.origin, self.frame, "binary")

    def _number_of(self, label: int | str) -> int:
        if not isinstance(label, str):
            if not hasattr(label, "__index__"):
                raise ParameterError(f"a region is named by a whole number or a text, got {label!r}")
            return label.__index__()
        for number, name in self.names.items():
            if name == label:
                return number
        raise MaskValueError(f"the mask has no region named {label!r}; named are {listing(self.names.values())}")

    # -- set algebra ---------------------------------------------------------------------------------------------

    def __and__(self, other: Any) -> Mask:
        from roimask.masks.algebra import intersection

        return intersection(self, Mask._other(other))

    def __or__(self, other: Any) -> Mask:
        from roimask.masks.algebra import union

        return union(self, Mask._other(other))

    def __sub__(self, other: Any) -> Mask:
        from roimask.masks.algebra import difference

        return difference(self, Mask._other(other))

    def __xor__(self, other: Any) -> Mask:
        from roimask.masks.algebra import symmetric_difference

        return symmetric_difference(self, Mask._other(other))

    def __invert__(self) -> Mask:
        from roimask.masks.algebra import complement

        return complement(self)

    @staticmethod
    def _other(other: Any) -> Mask:
        return other if isinstance(other, Mask) else Mask(other)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mask):
            return NotImplemented
        if self is other:
            return True
        if (self.kind, self.window, self.frame) != (other.kind, other.window, other.frame):
            return False
        if self._runs is not None and other._runs is not None:
            return np.array_equal(self._runs, other._runs)
        return np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        def digest() -> int:
            facts = (self.kind, self.window, self.frame)
            return hash((*facts, self.area if self.kind == "binary" else _unsigned_zeros(self.values).tobytes()))

        return self._once("hash", digest)

    # -- elsewhere -----------------------------------------------------------------------------------------------

    def to_frame(self, frame: Any) -> Mask:
        """Align the mask with another frame: shift, crop, scale.

        Parameters
        ----------
        frame : Frame, shape, image or Raster
            The grid to align with. Two georeferenced frames are aligned by their places in the world; otherwise
            both are taken to cover the same scene.

        Returns
        -------
        Mask
            Of the same kind: weights by exact area, labels and binary masks by majority (half is enough). What
            the old frame does not cover takes no part.

        Raises
        ------
        FrameMismatch
            Where the two grids are turned against each other or lie in different CRS, or only one of them lies in the
            world.

        Examples
        --------
        >>> import numpy as np, roimask as rm
        >>> coarse = rm.Mask(np.array([[1, 0], [0, 0]]))
        >>> np.asarray(coarse.to_frame((4, 4))).astype(int)
        array([[1, 1, 0, 0],
               [1, 1, 0, 0],
               [0, 0, 0, 0],
               [0, 0, 0, 0]])
        """
        from roimask.masks.align import to_frame

        return to_frame(self, Frame.of(frame))

    def save(self, path: str | PathLike[str], format: str | None = None) -> None:
        """Write the mask to a file, whole or not at all (``rm.read_mask`` reads it back).

        Parameters
        ----------
        path : path
            The suffix says the format.
        format : str, optional
            Which format, where several have the suffix: of ``.json`` ``"coco"`` (default), ``"geojson"``,
            ``"labelme"`` or ``"labelstudio"``, of ``.png`` ``"png"`` (default) or ``"voc"``.
        """
        from roimask.formats import write_mask

        write_mask(self, path, format)

    def polygons(self, tolerance: float = 0.0) -> list[Polygon]:
        """Vectorise the mask: the outlines of its regions along the sides of their pixels.

        Parameters
        ----------
        tolerance : float, default 0
            0: exact. Above: simplified, so that corners are left out which matter less than a triangle of about
            ``tolerance`` by ``tolerance`` pixels; what two regions share stays shared.

        Returns
        -------
        list of Polygon
            Each with ``label``, ``points`` (n, 2) of row and column, and ``holes``, by label. Pixels that touch at a
            corner alone are separate polygons. ``rm.polygon(mask.frame, p.points, p.holes)`` fills one again, exact
            ones to the pixel.

        Raises
        ------
        ParameterError
            For a mask of weights, or a negative tolerance.
        MissingExtra
            Where a tolerance is given and shapely is not installed (``roimask[geo]``).

        Notes
        -----
        Outer rings run counter-clockwise in (x, y) = (column, row), holes the other way. Simplified by Visvalingam and
        Whyatt's method on the whole coverage. Cost: O(pixels of the bounding box + length of outlines).

        Examples
        --------
        >>> import numpy as np, roimask as rm
        >>> mask = rm.Mask(np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]))
        >>> (square,) = mask.polygons()
        >>> square.points.tolist(), square.holes[0].tolist()
        ([[0.0, 0.0], [0.0, 3.0], [3.0, 3.0], [3.0, 0.0]], [[1.0, 2.0], [1.0, 1.0], [2.0, 1.0], [2.0, 2.0]])
        >>> rm.polygon(mask.frame, square.points, square.holes) == mask
        True
        >>> (mask & ~mask).polygons()
        []
        """
        from roimask.masks.vectorise import polygons_of

        return polygons_of(self, tolerance)

    def __repr__(self) -> str:
        pixels = self.frame.height * self.frame.width
        share = f" ({self.area / pixels:.1%})" if pixels else ""
        regions = f", {len(self.labels)} regions" if self.kind == "labels" else ""
        area = f"{self.area:.6g}" if self.kind == "weights" else f"{self.area}"
        return f"Mask({self.kind}, {self.frame.describe()}, area {area}{share}, bbox {self.bbox}{regions})"

    def _repr_png_(self) -> bytes:
        from roimask.view import thumbnail

        return thumbnail(self)


def mask_on(mask: Any, frame: Frame, name: str = "the mask") -> Mask | None:
    """The mask as a Mask on a frame; None stays None. An error calls it by its name.

    Raises
    ------
    FrameMismatch
        Where it lives on another.
    """
    if mask is None:
        return None
    if hasattr(mask, "compute"):  # a dask array or a DataArray
        mask = mask.compute()  # which pixels take part must be known now
    if not isinstance(mask, Mask):
        mask = Mask(mask)
    if mask.frame is not frame:
        mask.frame.require(frame, name)
    return mask


def read_crop(values: np.ndarray, held: Window, window: Window) -> np.ndarray:
    """The window of an array that covers ``held`` and is 0 elsewhere; a view where it can be one."""
    inside = window.meet(held)
    if inside == window:
        return values[window.within(held)]
    block = np.zeros((*window.shape, *values.shape[2:]), values.dtype)
    if not inside.empty:
        block[inside.within(window)] = values[inside.within(held)]
    return block


def _lock(array: Any) -> None:
    """Make an array read-only, and what it is a view of: a view of a writable array can be made writable again."""
    while isinstance(array, np.ndarray):
        array.setflags(write=False)
        array = array.base


def _unsigned_zeros(values: np.ndarray) -> np.ndarray:
    """-0.0 equals 0.0, so it must be hashed as 0.0."""
    return values + np.float32(0) if values.dtype == np.float32 else values


def _bounding_box(values: np.ndarray) -> Window:
    """The tight box around what is not 0; empty where there is nothing."""
    if values.size and all(side.any() for side in (values[0], values[-1], values[:, 0], values[:, -1])):
        return Window(0, 0, *values.shape)  # tight already: what is mostly given, and quickly seen
    filled = values if values.dtype == np.bool_ else values != 0
    rows = np.flatnonzero(filled.any(axis=1))
    if not rows.size:
        return Window(0, 0, 0, 0)
    columns = np.flatnonzero(filled[rows[0] : rows[-1] + 1].any(axis=0))
    return Window(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)

"""The one mask type: which pixels take part, as an immutable value on a frame."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from roimask.errors import MaskValueError, ParameterError
from roimask.frame import Frame, Window

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Kind", "Mask", "mask_on"]

Kind = Literal["binary", "labels", "weights"]
DTYPES: dict[str, np.dtype] = {
    "binary": np.dtype(np.bool_),
    "labels": np.dtype(np.int32),
    "weights": np.dtype(np.float32),
}
_NO_NAMES: Mapping[int, str] = MappingProxyType({})


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
    values : ndarray (h, w), read-only
        The part of the mask inside its bounding box: bool, int32 or float32, by kind.
    origin : (int, int)
        Row and column of ``values[0, 0]`` in the frame.
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
    given, so the caller's array stays the caller's.

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

    __slots__ = ("_cache", "frame", "kind", "names", "origin", "values")

    values: np.ndarray
    origin: tuple[int, int]
    frame: Frame
    kind: Kind
    names: Mapping[int, str]
    _cache: dict[Any, Any]

    def __init__(
        self,
        array: Any,
        kind: Kind | None = None,
        frame: Frame | None = None,
        names: Mapping[int, str] | None = None,
    ):
        if isinstance(array, Mask):
            frame, names = frame or array.frame, names or array.names
        values, kind = _values_and_kind(array, kind)
        grid = Frame(*values.shape) if frame is None else frame
        Frame(*values.shape).require(grid, "the mask's array", "its frame")
        self._fill(values, (0, 0), grid, kind, names)

    def _fill(self, values: np.ndarray, origin: tuple[int, int], frame: Frame, kind: Kind, names: Any) -> None:
        """Trim to the bounding box, take an own read-only copy, and set every attribute once."""
        box = _bounding_box(values)
        owned = np.array(values[box.slices], dtype=DTYPES[kind], order="C", copy=True)
        owned.setflags(write=False)
        set_ = object.__setattr__
        set_(self, "values", owned.view())  # a view: its write flag cannot be set again
        set_(self, "origin", (0, 0) if box.empty else (origin[0] + box.top, origin[1] + box.left))
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
        values, kind = _values_and_kind(values, kind)
        window = Window(origin[0], origin[1], origin[0] + values.shape[0], origin[1] + values.shape[1])
        inside = window.meet(frame.window)
        mask = cls.__new__(cls)
        mask._fill(values[inside.within(window)] if not inside.empty else values[:0, :0], inside[:2], frame, kind, names)
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
        return Mask.from_crop, (self.values, self.origin, self.frame, self.kind, dict(self.names))

    # -- what it holds -------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the frame in pixels."""
        return self.frame.shape

    @property
    def window(self) -> Window:
        """The bounding box as a Window: rows top..bottom, columns left..right, half open; empty: all 0."""
        top, left = self.origin
        return Window(top, left, top + self.values.shape[0], left + self.values.shape[1])

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
        return int(np.count_nonzero(self.values))

    @property
    def labels(self) -> tuple[int, ...]:
        """The labels that occur, ascending; (1,) for a mask of another kind that is not empty."""
        return self._once("labels", self._find_labels)

    def _find_labels(self) -> tuple[int, ...]:
        if self.kind != "labels":
            return (1,) if self.values.size else ()
        top = int(self.values.max(initial=0))
        if top > 4 * self.values.size + 256:
            found = np.unique(self.values)
        else:
            found = np.flatnonzero(np.bincount(self.values.ravel(), minlength=top + 1))
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
        return read_crop(self.values, self.window, Window(*window))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The full frame as an array; read-only unless a copy is asked for."""
        full = self.read(self.frame.window)
        fresh = full.base is None or full.base is not self.values.base
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
            raise MaskValueError(f"the mask has no region {label!r}; it has {_listing(self.labels)}")
        return Mask.from_crop(self.values == number if self.kind == "labels" else self.values > 0, self.origin, self.frame, "binary")

    def _number_of(self, label: int | str) -> int:
        if not isinstance(label, str):
            return int(label)
        for number, name in self.names.items():
            if name == label:
                return number
        raise MaskValueError(f"the mask has no region named {label!r}; named are {_listing(self.names.values())}")

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
        return self is other or (
            (self.kind, self.origin, self.frame) == (other.kind, other.origin, other.frame)
            and np.array_equal(self.values, other.values)
        )

    def __hash__(self) -> int:
        return self._once("hash", lambda: hash((self.kind, self.origin, self.frame, self.values.tobytes())))

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
            Where the two grids are turned against each other or lie in different CRS.

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

    def save(self, path: str | PathLike[str]) -> None:
        """Write the mask to a file; the format follows the suffix (``rm.read_mask`` reads it back)."""
        from roimask.formats import write_mask

        write_mask(self, path)

    def __repr__(self) -> str:
        share = f" ({self.area / (self.frame.height * self.frame.width):.1%})" if self.frame.height * self.frame.width else ""
        regions = f", {len(self.labels)} regions" if self.kind == "labels" else ""
        area = f"{self.area:.6g}" if self.kind == "weights" else f"{self.area}"
        return f"Mask({self.kind}, {self.frame.describe()}, area {area}{share}, bbox {self.bbox}{regions})"

    def _repr_png_(self) -> bytes:
        from roimask.view import thumbnail

        return thumbnail(self)


def mask_on(mask: Any, frame: Frame) -> Mask | None:
    """The mask as a Mask on a frame; None stays None.

    Raises
    ------
    FrameMismatch
        Where it lives on another.
    """
    if mask is None:
        return None
    if not isinstance(mask, Mask):
        mask = Mask(mask)
    if mask.frame is not frame:
        mask.frame.require(frame)
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


def _bounding_box(values: np.ndarray) -> Window:
    """The tight box around what is not 0; empty where there is nothing."""
    filled = values if values.dtype == np.bool_ else values != 0
    rows = np.flatnonzero(filled.any(axis=1))
    if not rows.size:
        return Window(0, 0, 0, 0)
    columns = np.flatnonzero(filled[rows[0] : rows[-1] + 1].any(axis=0))
    return Window(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def _values_and_kind(array: Any, kind: Kind | None) -> tuple[np.ndarray, Kind]:
    """The array as values that a kind allows, and that kind: the one given, or the one guessed."""
    if kind is not None and kind not in DTYPES:
        raise ParameterError(f"the kind of a mask is one of {_listing(DTYPES)}, got {kind!r}")
    if isinstance(array, Mask):
        array, kind = array.read(array.frame.window), kind or array.kind
    values = np.asarray(array)
    if values.ndim != 2:
        raise MaskValueError(
            f"a mask has two axes (height, width), got an array of shape {values.shape}. "
            f"Choose one band, such as array[..., 0]."
        )
    if values.dtype.kind not in "biuf":
        raise MaskValueError(f"a mask holds booleans, integers or floats, got {values.dtype}")
    kind = kind or _guess(values)
    return _CONVERT[kind](values), kind


def _guess(values: np.ndarray) -> Kind:
    if values.dtype.kind in "bf":
        return "weights" if values.dtype.kind == "f" else "binary"
    low, high = values.min(initial=0), values.max(initial=0)
    if low >= 0 and (high <= 1 or (high == 255 and bool(np.isin(values, (0, 255)).all()))):
        return "binary"
    return "labels"


def _as_binary(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "f":
        _refuse_nan(values)
    return values if values.dtype == np.bool_ else values != 0


def _as_labels(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "f":
        _refuse_nan(values)
        if not np.array_equal(values, np.rint(values)):
            raise MaskValueError("labels are whole numbers, got fractions. Use kind='weights', or round them first.")
    low, high = values.min(initial=0), values.max(initial=0)
    if low < 0:
        raise MaskValueError(f"labels are 0 (no region) or above, got {low}. Move them, for instance with array - array.min().")
    if high > np.iinfo(np.int32).max:
        raise MaskValueError(f"labels go up to {np.iinfo(np.int32).max}, got {high}. Number the regions 1, 2, 3, ...")
    return values.astype(np.int32, copy=False)


def _as_weights(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind in "iu" and values.max(initial=0) > 1:
        values = values / np.iinfo(values.dtype).max
    if values.dtype.kind == "f":
        _refuse_nan(values)
    low, high = values.min(initial=0), values.max(initial=0)
    if low < 0 or high > 1:
        raise MaskValueError(f"weights lie between 0 and 1, got {low:.6g} to {high:.6g}. Divide them by their maximum.")
    return values.astype(np.float32, copy=False)


def _refuse_nan(values: np.ndarray) -> None:
    if np.isnan(values).any():
        raise MaskValueError("a mask holds no NaN. For the pixels of an image that are not NaN use Mask(~np.isnan(image)).")


_CONVERT = {"binary": _as_binary, "labels": _as_labels, "weights": _as_weights}


def _listing(things: Any, most: int = 12) -> str:
    """Up to a dozen things in words."""
    texts = [str(thing) for thing in things]
    return (", ".join(texts[:most]) + (f", ... ({len(texts)} in all)" if len(texts) > most else "")) or "none"

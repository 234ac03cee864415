"""What an operation reads from: anything that gives windows of pixels and says which of them are valid.

A container (Raster, DataArray, dask array) registers an adapter here once, and every operation takes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame, Window

__all__ = ["ArraySource", "Source", "adapter", "as_source"]

_DTYPES = ("bool", "uint8", "uint16", "int16", "int32", "float32", "float64")
_SUPPORTED = frozenset(map(np.dtype, _DTYPES))


class Source(Protocol):
    """An image that can be read by windows; bands, if any, are last."""

    frame: Frame
    nodata: Any

    @property
    def dtype(self) -> np.dtype: ...

    def read(self, window: Window) -> np.ndarray:
        """The pixels of a window, (h, w) or (h, w, C)."""

    def read_valid(self, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
        """The same, and where it holds data, (h, w) or (h, w, C); None where all of it does."""

    def whole(self) -> ArraySource:
        """The same image in memory."""


class ArraySource:
    """An image in memory.

    Parameters
    ----------
    array : ndarray (H, W) or (H, W, C)
    frame : Frame, optional
    valid : bool ndarray of the array's shape or (H, W), optional
        False where the container says that there is no data.
    nodata : number, optional
        A value that means "no data", which no result may take.
    alpha : ndarray (H, W), optional
        How opaque the container says that pixels are (bool: True is opaque). A plain array says nothing: of 2 or 4
        bands the last may be it.
    wrap : callable, optional
        Turns a result on the same grid into what the caller gave.
    channel_axis : int, default -1
        Where the bands were in what the caller gave.
    """

    __slots__ = ("alpha", "array", "channel_axis", "frame", "nodata", "valid", "wrap")

    def __init__(
        self,
        array: np.ndarray,
        frame: Frame | None = None,
        valid: np.ndarray | None = None,
        nodata: Any = None,
        wrap: Callable[[np.ndarray], Any] | None = None,
        channel_axis: int = -1,
        alpha: np.ndarray | None = None,
    ):
        self.array = array
        self.alpha = alpha
        self.frame = frame or Frame(array.shape[0], array.shape[1])
        self.valid = valid
        self.nodata = nodata
        self.wrap = wrap
        self.channel_axis = channel_axis

    @property
    def dtype(self) -> np.dtype:
        """The pixels' type."""
        return self.array.dtype

    def read(self, window: Window) -> np.ndarray:
        """A view of the window."""
        return self.array[window.slices]

    def read_valid(self, window: Window) -> tuple[np.ndarray, np.ndarray | None]:
        """A view of the window, and where it holds data; NaN is not looked for here."""
        return self.read(window), None if self.valid is None else self.valid[window.slices]

    def whole(self) -> ArraySource:
        """Itself."""
        return self

    def of(self, array: np.ndarray) -> ArraySource:
        """The same image with its pixels elsewhere in memory."""
        return ArraySource(array, self.frame, self.valid, self.nodata, self.wrap, self.channel_axis, self.alpha)


_ADAPTERS: list[tuple[Callable[[Any], bool], Callable[[Any], Source]]] = []


def adapter(fits: Callable[[Any], bool]) -> Callable[[Callable[[Any], Source]], Callable[[Any], Source]]:
    """Register how a container that ``fits`` becomes a source."""

    def register(make: Callable[[Any], Source]) -> Callable[[Any], Source]:
        _ADAPTERS.append((fits, make))
        return make

    return register


def as_source(image: Any, channel_axis: int = -1) -> Source:
    """The source of an image: a numpy array, a PIL image, or a container with an adapter.

    Raises
    ------
    ParameterError
        Where the image has neither two axes nor three, a dtype that no operation takes, or no such channel axis.
    """
    if type(image) is not np.ndarray:
        for fits, make in _ADAPTERS:
            if fits(image):
                return make(image)
        image = _to_array(image)
    if image.dtype not in _SUPPORTED:
        image = _native(image)
    if image.ndim == 2:
        return ArraySource(image)
    if image.ndim != 3:
        raise ParameterError(f"an image has two axes, or three with bands, got an array of shape {image.shape}")
    if channel_axis in (-1, 2):
        return ArraySource(image)
    if channel_axis not in (-3, -2, 0, 1):
        raise ParameterError(f"channel_axis is an axis of the image, -3 to 2, got {channel_axis!r}")
    bands_last = np.moveaxis(image, channel_axis, -1)
    return ArraySource(bands_last, wrap=lambda result: np.moveaxis(result, -1, channel_axis), channel_axis=channel_axis)


def _native(image: np.ndarray) -> np.ndarray:
    """The image in the machine's own byte order."""
    dtype = image.dtype.newbyteorder("=")
    if dtype not in _SUPPORTED:
        raise ParameterError(
            f"an image is one of {', '.join(_DTYPES)}, got {image.dtype}. Convert it with image.astype(...)."
        )
    return image.astype(dtype)


def _to_array(image: Any) -> np.ndarray:
    if hasattr(image, "getbands"):  # a PIL image
        if image.mode in ("P", "PA"):
            image = image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
        return np.asarray(image)
    if isinstance(image, np.ma.MaskedArray):
        raise ParameterError(
            "a numpy.ma array carries a mask of the opposite polarity. "
            "Give image.data and rm.Mask.from_numpy_ma(image)."
        )
    if not hasattr(image, "__array__") and not isinstance(image, (list, tuple)):
        raise ParameterError(f"an image was expected (an array, a PIL image, a Raster), got {type(image).__name__}")
    array = np.asarray(image)
    return array.view(np.ndarray)

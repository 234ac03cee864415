"""What an operation reads from: anything that gives windows of pixels and says which of them are valid.

A container (Raster, DataArray, dask array) registers an adapter here once, and every operation takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from os import PathLike
from typing import Any, Protocol

import numpy as np

from roimask.brought import library_of
from roimask.errors import ParameterError
from roimask.frame import Frame, Window

__all__ = ["ArraySource", "Deferred", "Source", "adapter", "as_source", "supported"]

_DTYPES = ("bool", "uint8", "uint16", "int16", "int32", "float32", "float64")
_SUPPORTED = frozenset(map(np.dtype, _DTYPES))


class Source(Protocol):
    """An image that can be read by windows; bands, if any, are last."""

    @property
    def frame(self) -> Frame: ...

    @property
    def nodata(self) -> Any: ...

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
        Turns a result, and the window that it is of (None: all, or another grid), into what the caller gave.
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
        wrap: Callable[[Any, Window | None], Any] | None = None,
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

    def plain(self) -> ArraySource:
        """The same pixels as a plain array is taken: alpha is a band like any other, and all hold data."""
        if self.alpha is None or self.alpha.dtype != self.dtype:
            return ArraySource(self.array, self.frame)
        return ArraySource(np.dstack([self.array, self.alpha]), self.frame)

    def of(self, array: np.ndarray) -> ArraySource:
        """The same image with its pixels elsewhere in memory."""
        return ArraySource(array, self.frame, self.valid, self.nodata, self.wrap, self.channel_axis, self.alpha)


class Deferred:
    """A source whose pixels are not there yet: what an operation answers is worked out when somebody asks for it."""

    def worked(self, operation: Any, read: Any, params: Mapping[str, Any]) -> Any:
        """What an operation on blocks answers."""
        raise NotImplementedError

    def reduced(self, operation: Any, read: Any, params: Mapping[str, Any]) -> Any:
        """What a reduction answers."""
        raise NotImplementedError

    def called(self, function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
        """What a function of the whole image answers."""
        raise NotImplementedError


Adapt = Callable[[Any, int], Source]  # of a container, and where its bands are if it does not say so itself
_ADAPTERS: list[tuple[Callable[[Any], bool], Adapt]] = []
# What callers bring of libraries that roimask does not import: the adapter loads when the first of it comes.
_BROUGHT = {"dask": "roimask.arrays.lazy", "PIL": "roimask.arrays.pillow", "xarray": "roimask.arrays.labelled"}


def adapter(fits: Callable[[Any], bool]) -> Callable[[Adapt], Adapt]:
    """Register how a container that ``fits`` becomes a source."""

    def register(make: Adapt) -> Adapt:
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
        _load_adapter(image)
        for fits, make in _ADAPTERS:
            if fits(image):
                return make(image, channel_axis)
        image = _to_array(image)
    image = supported(image)
    if not isinstance(channel_axis, int) or not -3 <= channel_axis < 3:
        raise ParameterError(f"channel_axis is an axis of the image, -3 to 2, got {channel_axis!r}")
    if image.ndim == 2:
        return ArraySource(image)
    if image.ndim != 3:
        raise ParameterError(f"an image has two axes, or three with bands, got an array of shape {image.shape}")
    if channel_axis in (-1, 2):
        return ArraySource(image)
    bands_last = np.moveaxis(image, channel_axis, -1)
    return ArraySource(
        bands_last, wrap=lambda result, _: np.moveaxis(result, -1, channel_axis), channel_axis=channel_axis
    )


def _load_adapter(image: Any) -> None:
    """Load the adapter of a container that another library brings."""
    if library := library_of(image):
        import_module(_BROUGHT[library])


def supported(image: Any) -> Any:
    """The array in the machine's own byte order; one whose type no operation takes is refused."""
    if image.dtype in _SUPPORTED:
        return image
    dtype = image.dtype.newbyteorder("=")
    if dtype not in _SUPPORTED:
        raise ParameterError(
            f"an image is one of {', '.join(_DTYPES)}, got {image.dtype}. Convert it with image.astype(...)."
        )
    return image.astype(dtype)


def _to_array(image: Any) -> np.ndarray:
    if isinstance(image, np.ma.MaskedArray):
        raise ParameterError(
            "a numpy.ma array carries a mask of the opposite polarity. "
            "Give image.data and rm.Mask.from_numpy_ma(image)."
        )
    if not hasattr(image, "__array__") and not isinstance(image, (list, tuple)):
        opened = ". A file is opened by rm.Raster(path)" if isinstance(image, (str, PathLike)) else ""
        given = type(image).__name__
        raise ParameterError(f"an image was expected (an array, a PIL image, a Raster), got {given}{opened}")
    array = np.asarray(image)
    return array.view(np.ndarray)


adapter(lambda image: isinstance(image, ArraySource))(lambda source, _: source)

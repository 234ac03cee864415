"""Paste one image into another: by a blend mode, or seamlessly."""

from __future__ import annotations

from typing import Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame
from roimask.operation import operation
from roimask.operations.blending import Mode
from roimask.operations.fill import harmonic
from roimask.operations.layers import Layer, composite, from_linear, layer_of, to_linear, unit
from roimask.parameters import Image, Share
from roimask.sources import ArraySource, as_source

__all__ = ["over", "paste", "seamless"]


@operation(halo="all", bands="all", weights="above 0", any_value=True)
def paste(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    source: Image,
    mode: Mode | Literal["seamless"] = "normal",
    opacity: Share = 1.0,
    linear: bool = False,
) -> np.ndarray:
    """Paste another image of the same size into the mask: by a blend mode, or seamlessly.

    The mask says where, and a mask of weights how much; the other image's own alpha counts, too. What is not finite,
    in any band of either image, takes no part and stays as it is.

    Parameters
    ----------
    source : image or image file
        What is pasted, of the image's size; grey, or with its bands, and alpha where it has one. Of another type,
        white stays white.
    mode : str, default "normal"
        A blend mode of W3C Compositing and Blending Level 1, as for :func:`compose`; or ``"seamless"``, which keeps
        the other image's differences from pixel to pixel and the image's own values along the edge of the mask.
    opacity : float, default 1
        0 to 1, of what is pasted.
    linear : bool, default False
        Blend in linear light (colours decoded from sRGB, and coded again).

    Raises
    ------
    ParameterError
        Where the other image has another size or other bands, or the mode needs RGB and the image is not.

    Notes
    -----
    ``"seamless"`` adds to the other image the membrane through the differences of both along the outermost pixels of
    the mask: Poisson's equation of its gradients, solved as :func:`fill` with ``method="harmonic"`` does. Where the
    mask meets the border of the image is no edge.

    References
    ----------
    W3C, "Compositing and Blending Level 1", 2015. P. Pérez, M. Gangnet, A. Blake, "Poisson Image Editing", ACM
    Trans. Graphics 22 (2003) 313-318.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image, other = np.full((1, 5), 100, np.uint8), np.array([[0, 51, 102, 51, 0]], np.uint8)
    >>> rm.paste(image, np.array([[0, 1, 1, 1, 0]]), source=other, mode="screen")
    array([[100, 131, 162, 131, 100]], dtype=uint8)
    >>> rm.paste(image, np.array([[0, 1, 1, 1, 0]]), source=other, mode="seamless")
    array([[100, 100, 151, 100, 100]], dtype=uint8)
    >>> rm.paste(image, np.zeros((1, 5), bool), source=other)
    array([[100, 100, 100, 100, 100]], dtype=uint8)
    """
    target = layer_of(_opaque(image))
    pasted = _fitting(as_source(source).whole(), target)
    pasted = pasted._replace(alpha=pasted.alpha * target.alpha * np.float32(opacity))
    if mode == "seamless":
        pasted, mode = seamless(target, pasted, (weight > 0) & (pasted.alpha[..., 0] > 0)), "normal"
    blended = over(target, pasted, mode, linear).color * unit(image.dtype)
    holds = target.alpha > 0
    return np.where(holds if image.ndim == 3 else holds[..., 0], blended.reshape(image.shape), image)


def _opaque(image: np.ndarray) -> ArraySource:
    """An image of which no band is alpha."""
    return ArraySource(image, alpha=np.broadcast_to(True, image.shape[:2]))


def _fitting(source: ArraySource, target: Layer) -> Layer:
    """The other image as a layer with the target's bands; as many bands are bands, one more is alpha."""
    if source.frame.shape != target.shape:
        raise ParameterError(
            f"source is {source.frame.describe()}, the image {Frame(*target.shape).describe()}. Give one of the same "
            "size, or use compose, whose layers may lie anywhere."
        )
    bands = target.color.shape[2]
    if source.alpha is None and source.array.ndim == 3 and source.array.shape[2] == bands:
        source = _opaque(source.array)
    layer = layer_of(source).with_bands(bands)
    return Layer(*(part.astype(target.color.dtype) for part in layer))


def over(backdrop: Layer, source: Layer, mode: str, linear: bool) -> Layer:
    """One layer over another, in linear light where that is asked for."""
    if not linear:
        return composite(backdrop, source, mode)
    below, above = (Layer(to_linear(color), alpha) for color, alpha in (backdrop, source))
    flat = composite(below, above, mode)
    return Layer(from_linear(flat.color), flat.alpha)


def seamless(target: Layer, source: Layer, inside: np.ndarray) -> Layer:
    """The source, its colours moved so that they meet the target's along the edge of what is inside."""
    rim = _rim(inside)
    if not rim.any():
        return source
    rows, columns = (slice(int(places.min()), int(places.max()) + 1) for places in np.nonzero(inside))
    box = rows, columns
    apart = np.where(inside[..., None], target.color - source.color, 0)
    for band in range(apart.shape[2]):
        apart[(*box, band)] = _membrane(apart[(*box, band)], (rim | ~inside)[box])
    return source._replace(color=source.color + apart)


def _membrane(apart: np.ndarray, known: np.ndarray) -> np.ndarray:
    return apart if known.all() else harmonic(apart, known)


def _rim(inside: np.ndarray) -> np.ndarray:
    """The pixels inside with a side in common with one outside; what lies beyond the border is none."""
    around = np.pad(inside, 1, constant_values=True)
    return inside & ~(around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:])

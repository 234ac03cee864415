"""Lay one image on another: find how it lies, and carry it over."""

from __future__ import annotations

import math
import os
from typing import Annotated, Any, Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Window
from roimask.mask import Mask
from roimask.matching.alignment import Model, aligned
from roimask.matching.pixels import Pixels
from roimask.matching.transform import Transform, resampled
from roimask.operation import measure
from roimask.parameters import AnyMask, Image, Share, TextForm
from roimask.sources import Source, as_source

__all__ = ["register", "warp"]


def _transform(value: Any) -> Transform:
    if not isinstance(value, Transform):
        raise ValueError("a Transform, such as rm.register answers")
    return value


def _read_transform(text: str) -> Transform:
    return Transform.load(text) if os.path.isfile(text) else _transform(text)


AnyTransform = Annotated[Any, TextForm("a Transform, or a file of one", _transform, _read_transform, file="transform")]


@measure(takes="image", result="objects")
def register(
    image: Source,
    reference: Image,
    mask: Mask | None = None,
    reference_mask: AnyMask | None = None,
    *,
    model: Model = "translation",
    min_overlap: Share = 0.5,
) -> Transform:
    """Find how an image lies on a reference: shifted, turned, scaled or sheared; masks on both sides are honoured.

    Brightness and contrast may differ. Clouds on either side do no harm where a mask names them.

    Parameters
    ----------
    image : array (H, W) or (H, W, C), PIL image or Raster
    reference : array (h, w) or (h, w, C), PIL image or Raster
        What it is laid on, of as many bands.
    mask : Mask or array (H, W), optional
        Which pixels of the image take part.
    reference_mask : Mask or array (h, w), optional
        Which pixels of the reference take part.
    model : {"translation", "rigid", "similarity", "affine"}, optional
        What is looked for: a shift (the default); a turn too, by any angle; a scale from 0.5 to 2 too; or any affine
        map that is near to a shift and a turn.
    min_overlap : float, optional
        The share of the weight, of the one of which less takes part, that must lie on pixels of the other that take
        part. Default 0.5.

    Returns
    -------
    Transform
        With ``shift``, ``angle``, ``scale``, ``score``, ``at(row, col)``, ``inverse(frame)``, ``mask(mask)``,
        ``save(path)``; :func:`warp` lays the image on the reference by it.

    Raises
    ------
    ParameterError
        Where the bands differ, or too little of both takes part where they are alike.

    Notes
    -----
    All shifts (and turns and scales) are tried by masked normalised cross-correlation on a coarse level of a pyramid.
    The best go on to finer levels by least squares with gain and offset free (masked ECC). Both images are in memory.

    References
    ----------
    D. Padfield, "Masked object registration in the Fourier domain", IEEE TIP 21 (2012) 2706-2718.
    G. D. Evangelidis, E. Z. Psarakis, "Parametric image alignment using enhanced correlation coefficient
    maximization", IEEE TPAMI 30 (2008) 1858-1865.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> ground = rm.gaussian(np.random.default_rng(0).random((80, 90)), sigma=2)
    >>> found = rm.register(ground[5:65, 8:78], ground[:60, :70])
    >>> [round(part, 2) + 0.0 for part in found.shift]
    [-5.0, -8.0]
    >>> clouded = np.where(np.arange(70) < 20, np.nan, ground[5:65, 8:78])
    >>> [round(part, 2) + 0.0 for part in rm.register(clouded, ground[:60, :70], min_overlap=0.3).shift]
    [-5.0, -8.0]
    >>> rm.register(ground, ground, np.zeros(ground.shape, bool))
    Traceback (most recent call last):
        ...
    roimask.errors.ParameterError: register: too little of both images takes part where they are alike, or one is flat
    """
    other = as_source(reference)
    mask_of_other = None if reference_mask is None else _on(reference_mask, other)
    moving, fixed = Pixels(image, mask), Pixels(other, mask_of_other)
    if moving.bands != fixed.bands:
        raise ParameterError(
            f"the image has {moving.bands} bands and the reference {fixed.bands}; give both as grey, as by rm.grayscale"
        )
    blocks = moving.whole(), fixed.whole()
    fewer = min(blocks[0].total / max(blocks[1].total, 1e-30), 1)  # the overlap is counted in the reference's weight
    matrix, score = aligned(*blocks, model, min_overlap * fewer)
    return Transform(tuple(matrix.ravel()), other.frame, score)  # type: ignore[arg-type]


def _on(mask: Mask, source: Source) -> Mask:
    mask.frame.require(source.frame, "the mask of the reference", "the reference")
    return mask


@measure(takes="image", result="picture")
def warp(
    image: Source,
    transform: AnyTransform,
    mask: Mask | None = None,
    *,
    method: Literal["nearest", "linear", "cubic"] = "linear",
    min_coverage: Share = 0.5,
) -> np.ndarray:
    """Lay an image on another grid by a transform; only pixels that take part are mixed.

    ``transform.mask(mask)`` is the mask that goes with the result.

    Parameters
    ----------
    image : array (H, W) or (H, W, C), PIL image or Raster
    transform : Transform
        How the image lies on the grid, as :func:`register` finds it.
    mask : Mask or array (H, W), optional
        Which pixels take part; NaN does not.
    method : {"nearest", "linear", "cubic"}, optional
        How values between pixels are made. Default "linear".
    min_coverage : float, optional
        The share of what is mixed for a pixel that must take part, 0 to 1. Default 0.5.

    Returns
    -------
    array (h, w) or (h, w, C)
        On ``transform.frame``, of the image's dtype; 0 (NaN for floats) where too little takes part.

    Notes
    -----
    sum(k w f) + mu sum(k (1 - w)) with mu = sum(abs(k) w f) / sum(abs(k) w), over the kernel k.

    References
    ----------
    R. G. Keys, "Cubic convolution interpolation", IEEE TASSP 29 (1981) 1153-1160.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 20, 30, 250]], np.uint8)
    >>> half = rm.Transform((1, 0, 0, 0, 1, 0.5), (1, 4))
    >>> rm.warp(image, half)
    array([[ 15,  25, 140, 250]], dtype=uint8)
    >>> rm.warp(image, half, image < 100)
    array([[15, 25, 30,  0]], dtype=uint8)
    >>> rm.warp(image, half, np.zeros((1, 4), bool))
    array([[0, 0, 0, 0]], dtype=uint8)
    """
    from roimask.path import to_dtype

    block = Pixels(image, mask).whole()
    found, coverage = resampled(block, transform, method)
    enough = (coverage > 1e-9) & (coverage >= min_coverage * (1 - 1e-9))
    found = np.where(enough[..., np.newaxis], found, math.nan if image.dtype.kind == "f" else 0)
    laid = to_dtype(found, image.dtype)
    return laid if image.read(Window(0, 0, 0, 0)).ndim == 3 else laid[..., 0]

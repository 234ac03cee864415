"""How like a template each place of an image is, where both have masks."""

from __future__ import annotations

from typing import Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.mask import Mask
from roimask.matching.correlation import correlate
from roimask.matching.pixels import Block, Pixels, as_block
from roimask.operation import measure
from roimask.operations.linear import gradient
from roimask.parameters import AnyMask, Share
from roimask.sources import ArraySource

__all__ = ["similarity"]


@measure(takes="image", result="picture")
def similarity(
    image: np.ndarray,
    template: np.ndarray,
    mask: Mask | None = None,
    template_mask: AnyMask | None = None,
    *,
    method: Literal["ncc", "ssd", "sad", "gradient"] = "ncc",
    min_overlap: Share = 0.5,
) -> np.ndarray:
    """Measure how like a template an image is at each place; what either mask leaves out changes nothing.

    Each window is compared over the pixels that take part in both, their means and spreads taken over those alone.

    Parameters
    ----------
    image : array (H, W) or (H, W, C)
        NaN and inf take no part.
    template : array (h, w) or (h, w, C)
        What to look for, no larger than the image and of as many bands.
    mask : Mask or array (H, W), optional
        Which pixels of the image take part. Weights count in proportion.
    template_mask : Mask or array (h, w), optional
        Which pixels of the template take part.
    method : {"ncc", "ssd", "sad", "gradient"}, optional
        ``"ncc"`` (the default): normalised cross-correlation, whatever the image's gain and offset. ``"ssd"``: 1 less
        the squared differences as a share of the squares, which minds gain and offset. ``"sad"``: 1 less the absolute
        differences as a share of the absolute values, means taken away; robust, slow. ``"gradient"``: correlation of
        the slopes, whatever the offset.
    min_overlap : float, optional
        The share of the template's weight that must lie on pixels of the image that take part, 0 to 1. Default 0.5.

    Returns
    -------
    array (H - h + 1, W - w + 1)
        float32 (float64 from float64), from -1 to 1, 1 for an exact copy. Place [r, c] is that with the template's
        top left corner on pixel (r, c). 0 where too little takes part in both, or one of them is flat there.

    Raises
    ------
    ParameterError
        Where the template is larger than the image, has other bands, or none of its pixels takes part.

    Notes
    -----
    With a = w_f w_t, the weights of both, and sums over a window: S = sum(a),
    (sum(a f t) - sum(a f) sum(a t) / S) / sqrt((sum(a f^2) - sum(a f)^2 / S) (sum(a t^2) - sum(a t)^2 / S)).
    Bands are summed, each around its own mean. Sums are taken in float64, term by term where that is cheaper, else by
    blocks through the FFT; scores are within 1e-6 of the definition where a window varies by more than 1e-4 of the
    block around it. Windows that vary less than rounding could are flat.

    References
    ----------
    D. Padfield, "Masked object registration in the Fourier domain", IEEE TIP 21 (2012) 2706-2718.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[9, 1, 2, 4, 8, 9, 5]], np.uint8)
    >>> rm.similarity(image, np.array([[1, 2, 4]], np.uint8)).round(3)
    array([[-0.676,  1.   ,  1.   ,  0.866, -0.839]], dtype=float32)
    >>> rm.similarity(image, np.array([[1, 7, 4]], np.uint8), template_mask=np.array([[1, 0, 1]])).round(3)
    array([[-1.,  1.,  1.,  1., -1.]], dtype=float32)
    >>> rm.similarity(image, np.array([[1, 2, 4]], np.uint8), np.zeros((1, 7), bool))
    array([[0., 0., 0., 0., 0.]], dtype=float32)
    """
    known = as_block(template, template_mask, "the template")
    _require_fit(image.shape, template.shape, known)
    pixels: Pixels | Block = Pixels(ArraySource(image), mask)
    places = [n - h + 1 for n, h in zip(image.shape[:2], known.shape, strict=True)]
    out: np.ndarray = np.zeros(places, _dtype_of(image.dtype))
    if method == "gradient":
        pixels, known = _slopes(pixels.whole()), _slopes(known)
    correlate(pixels, known, method, min_overlap, out)
    return out


def _dtype_of(image: np.dtype) -> type:
    return np.float64 if image == np.float64 else np.float32


def _require_fit(image: tuple[int, ...], template: tuple[int, ...], known: Block) -> None:
    if image[2:] != template[2:]:
        raise ParameterError(f"the template has the image's bands, but it is {template} and the image {image}")
    if template[0] > image[0] or template[1] > image[1]:
        raise ParameterError(f"the template {template[:2]} is larger than the image {image[:2]}; give a smaller one")
    if not known.weight.any():
        raise ParameterError("no pixel of the template takes part; give a template_mask with some")


def _slopes(block: Block) -> Block:
    """The slopes down and along, of pixels whose neighbours all take part: a copy then has those of the original."""
    values, inside = block.values.astype(np.float64), block.weight > 0
    slopes = [gradient(values, inside, output=to, min_coverage=1.0) for to in ("down", "along")]
    both = np.concatenate([part[..., np.newaxis] if part.ndim == 2 else part for part in slopes], axis=2)
    known = np.isfinite(both).all(axis=2)
    return Block(np.where(known[..., np.newaxis], both, 0), block.weight * known)

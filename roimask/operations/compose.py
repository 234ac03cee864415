"""Put images over each other: layers with masks, blend modes and opacities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Window
from roimask.mask import mask_on
from roimask.operations.blending import MODES
from roimask.operations.layers import Layer, layer_of, paint, picture_of, plain
from roimask.operations.paste import over, seamless
from roimask.parameters import unknown_name
from roimask.sources import ArraySource, as_source

__all__ = ["compose"]


@dataclass(frozen=True)
class _Sheet:
    """One layer as the caller describes it."""

    image: Any
    mask: Any = None
    mode: str = "normal"
    opacity: float = 1.0
    at: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, given: Any) -> _Sheet:
        """A layer from an image, a pair, or a dict; what is wrong with it is said."""
        if isinstance(given, tuple) and len(given) == 2:
            return cls(*given)
        if not isinstance(given, Mapping):
            return cls(given)
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                raise unknown_name(name, known, "compose: of a layer, the key")
        if "image" not in given:
            raise ParameterError("compose: a layer without an image: give dict(image=..., mask=..., mode=...)")
        sheet = cls(**given)
        if sheet.mode not in (*MODES, "seamless"):
            raise unknown_name(sheet.mode, [*MODES, "seamless"], "compose: the mode")
        if not 0 <= sheet.opacity <= 1:
            raise ParameterError(f"compose: opacity is a share, 0 to 1, got {sheet.opacity!r}")
        return sheet


def compose(layers: Sequence[Any], *, linear: bool = False) -> np.ndarray:
    """Compose layers, bottom first, into one image.

    The mask of a layer says where it is seen: by weight, or inside alone. No pixel outside it counts.

    Parameters
    ----------
    layers : sequence
        Each an image (array, PIL image or Raster; alpha counts), a pair ``(image, mask)``, or a dict of

        - ``image``: an image, or a colour by name or ``"#rrggbb"``, which fills everything;
        - ``mask``: a Mask or array of the image's size;
        - ``mode``: ``"normal"`` (default), ``"multiply"``, ``"screen"``, ``"overlay"``, ``"darken"``, ``"lighten"``,
          ``"color-dodge"``, ``"color-burn"``, ``"hard-light"``, ``"soft-light"``, ``"difference"``, ``"exclusion"``,
          ``"hue"``, ``"saturation"``, ``"color"``, ``"luminosity"`` or ``"seamless"`` (:func:`paste`);
        - ``opacity``: 0 to 1;
        - ``at``: row and column of its first pixel, also negative.
    linear : bool, default False
        Blend in linear light (colours decoded from sRGB, and coded again).

    Returns
    -------
    ndarray (H, W), or (H, W, C)
        Of the size and dtype of the lowest image (uint8 for bool); in layers of other types white stays white. RGB
        where any layer has colour; with alpha unless the lowest layer is opaque and covers everything.

    Raises
    ------
    ParameterError
        Where there is no image, a layer is not described as above, or their bands do not go together.
    FrameMismatch
        Where a mask has not the size of its image.

    Notes
    -----
    Simple alpha compositing after blending: co = cs αs + cb αb (1 - αs), with Cs = (1 - αb) Cs + αb B(Cb, Cs).

    References
    ----------
    W3C, "Compositing and Blending Level 1", 2015.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> gray, half = np.full((1, 2), 100, np.uint8), np.array([[0, 0.5]])
    >>> rm.compose([gray, (gray * 2, half)])
    array([[100, 150]], dtype=uint8)
    >>> rm.compose([gray, dict(image="white", mode="multiply"), (gray * 2, half * 0)])
    array([[100, 100]], dtype=uint8)
    >>> rm.compose([(gray, half)])
    array([[[  0,   0],
            [100, 128]]], dtype=uint8)
    """
    if not isinstance(layers, Iterable) or isinstance(layers, (str, Mapping)) or hasattr(layers, "ndim"):
        raise ParameterError(f"compose: layers is a list of images, the lowest first, got {type(layers).__name__}")
    sheets = [_Sheet.of(given) for given in layers]
    images = [None if isinstance(sheet.image, str) else as_source(sheet.image).whole() for sheet in sheets]
    ground = next((image for image in images if image is not None), None)
    if ground is None:
        raise ParameterError("compose: no layer is an image, so nothing says how large the result is")
    placed = [_placed(sheet, image, ground) for sheet, image in zip(sheets, images, strict=True)]
    bands = max(layer.color.shape[2] for layer, _ in placed)
    kind = np.result_type(*(layer.color.dtype for layer, _ in placed))
    flat = Layer(np.zeros((*ground.frame.shape, bands), kind), np.zeros((*ground.frame.shape, 1), kind))
    for sheet, (layer, window) in zip(sheets, placed, strict=True):
        _add(flat, layer.with_bands(bands), window, sheet.mode, linear)
    return picture_of([flat], ground.dtype, alpha=not _covers(sheets[0], images[0]))


def _placed(sheet: _Sheet, image: ArraySource | None, ground: ArraySource) -> tuple[Layer, Window]:
    """A layer as far as it lies on the ground, and where."""
    frame = (image or ground).frame
    whole = Window(*sheet.at, sheet.at[0] + frame.height, sheet.at[1] + frame.width)
    window = whole.meet(ground.frame.window)
    part = Window(*(a - b for a, b in zip(window, (*sheet.at, *sheet.at), strict=True)))
    if image is None:
        layer = plain(paint(sheet.image, ground.dtype), np.ones((*window.shape, 1), np.float32))
    else:
        layer = layer_of(image, part)
    mask = mask_on(sheet.mask, frame)
    if mask is not None:
        weight = (mask.as_binary() if mask.kind == "labels" else mask).read(part)
        layer = layer._replace(alpha=layer.alpha * weight[..., None])
    return layer._replace(alpha=layer.alpha * np.float32(sheet.opacity)), window


def _add(flat: Layer, layer: Layer, window: Window, mode: str, linear: bool) -> None:
    """Put a layer over what is there, in place."""
    below = flat.at(window.slices)
    if mode == "seamless":
        layer, mode = seamless(below, layer, (layer.alpha[..., 0] > 0) & (below.alpha[..., 0] > 0)), "normal"
    above = over(below, layer, mode, linear)
    below.color[...], below.alpha[...] = above


def _covers(lowest: _Sheet, image: ArraySource | None) -> bool:
    """Whether a lowest layer hides what lies under it everywhere, whatever its pixels."""
    if lowest.mask is not None or lowest.opacity < 1 or (image is not None and lowest.at != (0, 0)):
        return False
    if image is None or (image.alpha is not None and image.alpha.dtype == np.bool_):
        return True
    return image.alpha is None and not (image.array.ndim == 3 and image.array.shape[2] in (2, 4))

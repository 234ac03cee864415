"""Cut the inside of a mask out of an image, with an alpha of its own or on another background."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from roimask.frame import Window
from roimask.mask import Mask, read_crop
from roimask.masks.distance import feather as softened
from roimask.masks.nearness import checked
from roimask.operation import measure
from roimask.operations import backdrops
from roimask.operations.gradients import Ramp
from roimask.operations.layers import Layer, layer_of, paint, picture_of
from roimask.operations.matting import alpha_near_edge, cleaned
from roimask.parameters import Image, Length, Paint, Point, Ratio, Share, SoftMask
from roimask.sources import ArraySource

__all__ = ["cutout"]


@measure(takes="image", result="picture")
def cutout(
    image: ArraySource,
    mask: SoftMask | None = None,
    *,
    feather: Length = 0,
    crop: bool = True,
    background: Literal["blur", "gray"] | Ramp | Paint | Image | None = None,
    margin: Length = 0,
    aspect: Ratio | None = None,
    refine: Length = 0,
    clean: Length = 3,
    outline: Length = 0,
    outline_color: Paint = "white",
    shadow: Length | None = None,
    shadow_offset: Point | None = None,
    shadow_opacity: Share = 0.5,
    premultiplied: bool = False,
    linear: bool = False,
) -> np.ndarray:
    """Cut the inside of a mask out of an image, clear around it or on another background.

    The mask becomes alpha: weights are opacities, so a mask of exact coverage (``rm.circle(..., coverage=True)``;
    shapes by name on the command line) has a smooth edge. All labels are taken as one. The image's own alpha counts,
    too; nothing of the image is left where alpha is 0.

    Parameters
    ----------
    image : array (H, W) or (H, W, C), PIL image or Raster
        Of a plain array of 2 or 4 bands the last is alpha; a file says so itself. What is not finite is clear.
    mask : Mask or array (H, W), optional
        Default: the image's own alpha, else all of it.
    feather : float or str, default 0
        Width of a soft edge inside the mask, in pixels, per cent of the shorter side or metres.
    crop : bool, default True
        Cut to the mask's bounding box, and to outline and shadow.
    background : str, colour or image, optional
        What stands behind: ``"blur"`` or ``"gray"`` the image itself, blurred or without colour; a colour name,
        ``"#rrggbb"`` or numbers in the image's unit; a gradient as CSS writes it, such as
        ``"linear-gradient(90deg, navy, white)"`` (degrees clockwise from upwards, by default 180) or
        ``"radial-gradient(white, gray 60%, black)"``; an image or image file, scaled to cover. Default: nothing, the
        result has alpha.
    margin : float or str, default 0
        Added around the box, clear or background.
    aspect : float or str, optional
        Width by height of the box (``"16:9"``, 1), which is made larger for it.
    refine : float or str, default 0
        How far from its edge the mask may be wrong: there alpha is found anew, by :func:`matte`. Looks at pixels
        outside the mask, as far as that.
    clean : float or str, default 3
        Pixels of the mask with a weight below 1, not farther than that from full ones, take their colour from these,
        so that nothing of the old background shows on another. 0: every pixel keeps its colour. A feathered edge is
        no such pixel: its colours are the object's own.
    outline : float or str, default 0
        Width of a line around the mask, outside.
    outline_color : colour, default "white"
    shadow : float or str, optional
        Softness of a black drop shadow; default: none.
    shadow_offset : (row, column), optional
        Where the shadow falls; default: half its softness down and right.
    shadow_opacity : float, default 0.5
        0 to 1.
    premultiplied : bool, default False
        Multiply the colours by alpha; default straight, as files hold them.
    linear : bool, default False
        Blend in linear light (colours decoded from sRGB, and coded again).

    Returns
    -------
    array (h, w, C + 1), or (h, w, C)
        Of the image's dtype (uint8 for bool): with alpha, white and opaque being the largest integer or 1.0; without
        alpha where a background is given. Grey stays grey, with alpha 2 bands, unless a colour is brought in, which
        makes it RGB.

    Notes
    -----
    With ``refine=0`` no pixel outside the mask changes the result, but of ``background="blur"`` and ``"gray"``,
    which show the outside.

    References
    ----------
    T. Porter, T. Duff, "Compositing Digital Images", SIGGRAPH 1984.
    CSS Images Module Level 3, section 3, https://www.w3.org/TR/css-images-3/

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.full((3, 4, 3), 200, np.uint8)
    >>> rm.cutout(image, np.array([[0, 0, 0, 0], [0, 1, 0.5, 0], [0, 0, 0, 0]])).tolist()
    [[[200, 200, 200, 255], [200, 200, 200, 128]]]
    >>> rm.cutout(image, np.array([[0, 0, 0, 0], [0, 1, 0.5, 0], [0, 0, 0, 0]]), background="black").tolist()
    [[[200, 200, 200], [100, 100, 100]]]
    >>> rm.cutout(image, np.zeros((3, 4), bool), crop=False).max()
    np.uint8(0)
    """
    for name, length in dict(feather=feather, margin=margin, refine=refine, clean=clean, outline=outline).items():
        checked(length, name)
    offset = shadow_offset or (0 if shadow is None else shadow / 2,) * 2
    reach = refine + 2 + outline + (0 if shadow is None else backdrops.reach_of(checked(shadow, "shadow"), offset))
    region = _region(image, mask)
    room = region.window.grow(math.ceil(reach))
    stack = [_object(image, region, room, feather, refine, clean)]
    if outline:
        stack.insert(0, backdrops.outline_of(stack[0], outline, paint(outline_color, image.dtype)))
    if shadow is not None:
        stack.insert(0, backdrops.shadow_of(stack[0], shadow, offset, shadow_opacity))
    box = _box(stack, room, margin, aspect) if crop else image.frame.window
    stack = [_moved(layer, room, box) for layer in stack]
    if background is not None and not box.empty:
        stack.insert(0, backdrops.background_of(background, image, box, stack[-1].alpha))
    clear = background is None
    return picture_of(stack, image.dtype, alpha=clear, linear=linear, premultiplied=premultiplied)


def _region(image: ArraySource, mask: Mask | None) -> Mask:
    """The mask, labels as one; of none, the whole image."""
    if mask is None:
        return Mask(np.ones(image.frame.shape, bool), frame=image.frame)
    return mask.as_binary() if mask.kind == "labels" else mask


def _object(image: ArraySource, region: Mask, room: Window, feather: float, refine: float, clean: float) -> Layer:
    """What is cut out, in its own colours, on a window that may reach beyond the image."""
    near = room.meet(image.frame.window)
    color, own = layer_of(image, near)
    weights = region.read(near).astype(color.dtype)
    if refine:
        weights = alpha_near_edge(color, weights > 0, refine).astype(color.dtype)
    weights = weights * own[..., 0]
    color = cleaned(color, weights, max(clean, 2 * refine), behind=refine > 0)
    if feather:
        soft = softened(Mask.from_crop(weights, near[:2], image.frame, "weights"), feather)
        weights = soft.read(near).astype(color.dtype)
    return _moved(Layer(color, weights[..., None]), near, room)


def _moved(layer: Layer, held: Window, window: Window) -> Layer:
    """A layer that lies on one window, on another: clear beyond its own."""
    return Layer(read_crop(layer.color, held, window), read_crop(layer.alpha, held, window))


def _box(stack: list[Layer], room: Window, margin: float, aspect: float | None) -> Window:
    """The box around what is not clear, with a margin, as wide as asked for."""
    seen = Mask(np.any([layer.alpha[..., 0] > 0 for layer in stack], axis=0)).window
    if seen.empty:
        return seen
    box = seen.grow(math.ceil(margin))
    height, width = box.shape
    more_rows = max(math.ceil(width / aspect) - height, 0) if aspect else 0
    more_columns = max(math.ceil(height * aspect) - width, 0) if aspect else 0
    top, left = room.top + box.top - more_rows // 2, room.left + box.left - more_columns // 2
    return Window(top, left, top + height + more_rows, left + width + more_columns)

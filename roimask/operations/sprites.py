"""Sprite sheets: all regions of a mask cut out into one picture, and where each lies in it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from roimask.errors import ParameterError
from roimask.mask import Mask
from roimask.operation import measure
from roimask.operations.cutout import cutout
from roimask.operations.layers import layer_of, paint, picture_of, plain, unit
from roimask.operations.resample import resize
from roimask.parameters import Count, Paint
from roimask.sources import ArraySource

__all__ = ["Sprite", "SpriteSheet", "sprites"]

_cutout = cutout.operation.kernel  # type: ignore[attr-defined]


class Sprite(NamedTuple):
    """Where a region lies in the sheet, and where it lay in the image."""

    name: str
    label: int
    top: int
    left: int
    height: int
    width: int
    source_top: int
    source_left: int
    source_height: int
    source_width: int


@dataclass(frozen=True, eq=False)
class SpriteSheet(Sequence[Sprite]):
    """One picture of many sprites, and the places of these.

    Attributes
    ----------
    picture : array (H, W, C + 1), or (H, W, C) with a background
    places : tuple of Sprite
    """

    picture: np.ndarray
    places: tuple[Sprite, ...]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, number: Any) -> Any:
        return self.places[number]

    def frames(self, image: str) -> dict[str, Any]:
        """The places in an image file of that name, as game engines read them in JSON (TexturePacker's "hash")."""
        height, width = self.picture.shape[:2]
        frames = {
            place.name: {
                "frame": {"x": place.left, "y": place.top, "w": place.width, "h": place.height},
                "rotated": False,
                "trimmed": False,
                "spriteSourceSize": {"x": 0, "y": 0, "w": place.width, "h": place.height},
                "sourceSize": {"w": place.width, "h": place.height},
            }
            for place in self.places
        }
        return {
            "frames": frames,
            "meta": {"app": "roimask", "image": image, "size": {"w": width, "h": height}, "scale": 1},
        }


@measure(takes="image", result="objects")
def sprites(
    image: ArraySource,
    mask: Mask,
    *,
    size: Count | None = None,
    gap: int = 2,
    columns: Count | None = None,
    background: Paint | None = None,
) -> SpriteSheet:
    """Cut out all regions of a mask into one picture, a cell for each, and say where each lies (a sprite sheet).

    A labels mask gives a sprite for each label, ascending, row by row; any other mask gives one. Each is cut out as
    by :func:`cutout`: nothing of its neighbours is in it.

    Parameters
    ----------
    image : array (H, W) or (H, W, C), PIL image or Raster
    mask : Mask or array (H, W)
        Sprites are named as its regions are, or by their labels.
    size : int, optional
        Scale each sprite so that its longer side has that many pixels. Default: as in the image.
    gap : int, default 2
        Clear pixels between cells and around them, so that none bleeds into the next.
    columns : int, optional
        Cells in a row. Default: about as many as there are rows.
    background : colour, optional
        What stands behind. Default: nothing, the picture has alpha.

    Returns
    -------
    SpriteSheet
        ``picture``, and as a sequence the places: ``name``, ``label``, ``top``, ``left``, ``height``, ``width`` in the
        picture, and those in the image (``source_top`` ...). ``frames("sheet.png")`` says the same as TexturePacker
        does, for ``json.dump``. On the command line ``-o sheet.png`` writes the picture and ``sheet.json``, and
        ``-o places.csv`` the places alone.

    Raises
    ------
    ParameterError
        Where the gap is below 0, or no pixel takes part.
    FrameMismatch
        Where image and mask are not of one size.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.arange(1, 13, dtype=np.uint8).reshape(3, 4)
    >>> sheet = rm.sprites(image, np.array([[1, 1, 0, 0], [0, 0, 0, 2], [0, 0, 0, 2]]), gap=0)
    >>> sheet.picture[..., 0]
    array([[ 1,  2,  8,  0],
           [ 0,  0, 12,  0]], dtype=uint8)
    >>> sheet[1].name, sheet[1].left, sheet[1].source_left
    ('2', 2, 3)
    >>> rm.sprites(image, np.zeros((3, 4), bool))
    Traceback (most recent call last):
        ...
    roimask.errors.ParameterError: sprites: no pixel takes part, so there is nothing to cut out; give another mask
    """
    if gap < 0:
        raise ParameterError(f"gap is 0 pixels or more, got {gap}")
    regions = [mask[label] for label in mask.labels] if mask.kind == "labels" else [mask] * bool(mask.area)
    if not regions:
        raise ParameterError("no pixel takes part, so there is nothing to cut out; give another mask")
    cut = [_cut(image, region, size) for region in regions]
    cell = [max(sides) for sides in zip(*(sprite.shape[:2] for sprite in cut), strict=True)]
    columns = min(columns or math.ceil(math.sqrt(len(cut))), len(cut))
    corners = [
        [gap + n * (side + gap) for n, side in zip(divmod(k, columns), cell, strict=True)] for k in range(len(cut))
    ]
    shape = [number * (side + gap) + gap for number, side in zip((-(-len(cut) // columns), columns), cell, strict=True)]
    picture = np.zeros((*shape, cut[0].shape[2]), cut[0].dtype)
    for sprite, (top, left) in zip(cut, corners, strict=True):
        picture[top : top + sprite.shape[0], left : left + sprite.shape[1]] = sprite
    return SpriteSheet(_before(picture, background), _places(mask, regions, cut, corners))


def _cut(image: ArraySource, region: Mask, size: int | None) -> np.ndarray:
    """One region with its alpha, scaled; colours are mixed by their alpha."""
    sprite = _cutout(image, region)
    if size is None or not sprite.size:
        return sprite
    longest = max(sprite.shape[:2])
    height, width = (max(round(side * size / longest), 1) for side in sprite.shape[:2])
    opacity = sprite[..., -1] / np.float32(unit(sprite.dtype))
    color = resize(sprite[..., :-1], Mask(opacity), shape=(height, width))
    alpha = resize(sprite[..., -1], shape=(height, width))
    return np.dstack([np.where(alpha[..., np.newaxis] > 0, color, 0), alpha])


def _before(picture: np.ndarray, background: Any) -> np.ndarray:
    """The picture on a background of one colour."""
    if background is None:
        return picture
    layer = layer_of(ArraySource(picture[..., :-1], alpha=picture[..., -1]))
    behind = plain(paint(background, picture.dtype), np.ones_like(layer.alpha))
    return picture_of([behind, layer], picture.dtype, alpha=False)


def _places(mask: Mask, regions: list[Mask], cut: list[np.ndarray], corners: list[list[int]]) -> tuple[Sprite, ...]:
    labels = list(mask.labels) if mask.kind == "labels" else [1]
    given = [mask.names.get(label) or str(label) for label in labels]
    often = Counter(given)
    names = [name if often[name] == 1 else f"{name}_{label}" for name, label in zip(given, labels, strict=True)]
    return tuple(
        Sprite(name, label, top, left, height, width, *region.window[:2], *region.window.shape)
        for name, label, (top, left), (height, width), region in zip(
            names, labels, corners, (sprite.shape[:2] for sprite in cut), regions, strict=True
        )
    )

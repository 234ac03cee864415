"""Pictures for people: a mask over its image, thumbnails, and a page of many."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from roimask.errors import ParameterError
from roimask.mask import Mask, mask_on
from roimask.parameters import named_color
from roimask.raster.atomic import atomic
from roimask.sources import as_source

__all__ = ["contact_sheet", "overlay", "thumbnail"]

# Distinct on light and dark pictures: the colours of regions, in turn; the first is rare in photographs.
_COLORS = np.array(
    [[0, 200, 255], [255, 64, 64], [255, 200, 0], [64, 220, 96], [220, 96, 255], [64, 120, 255], [255, 128, 0]],
    np.uint8,
)


def overlay(
    image: Any,
    mask: Any,
    *,
    color: Sequence[float] | str | None = None,
    alpha: float = 0.4,
    outline: bool = True,
) -> np.ndarray:
    """Show a mask over its image: tinted where it takes part, with its outline.

    Parameters
    ----------
    image : array (H, W) or (H, W, C), PIL image or Raster
        Of three bands or more the first three are red, green and blue. uint8 is shown as it is; other types are
        stretched from the 2nd to the 98th percentile of the region.
    mask : Mask or array (H, W), optional
        Regions of a labels mask have colours of their own; weights tint in proportion. None shows the image alone.
    color : (red, green, blue) or str, optional
        0 to 255, or a colour name or #rrggbb, one for all regions; default: cyan for the first region, then six
        others in turn.
    alpha : float, default 0.4
        How strong the tint is, 0 to 1.
    outline : bool, default True
        Draw the border pixels of each region in its full colour.

    Returns
    -------
    ndarray (H, W, 3), uint8

    Raises
    ------
    FrameMismatch
        Where image and mask are not of one size.
    ParameterError
        Where alpha is not within 0 to 1, or there is no such colour.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.full((2, 3), 100, np.uint8)
    >>> rm.overlay(image, np.array([[1, 0, 0], [0, 0, 0]]), alpha=0.5, outline=False)[0, :2]
    array([[ 50, 150, 178],
           [100, 100, 100]], dtype=uint8)
    >>> (rm.overlay(image, np.zeros((2, 3), bool)) == 100).all()
    np.True_
    """
    if not 0 <= alpha <= 1:
        raise ParameterError(f"overlay: alpha lies between 0 and 1, got {alpha}")
    source = as_source(image).whole()
    region = mask_on(mask, source.frame)
    picture = _as_rgb(source.array, region)
    if region is None or not region.values.size:
        return picture
    labels = region.values if region.kind == "labels" else (region.values > 0).astype(np.int32)
    colors = _COLORS[(labels - 1) % len(_COLORS)] if color is None else np.broadcast_to(_rgb(color), (*labels.shape, 3))
    tint = alpha * (region.values if region.kind == "weights" else (labels > 0).astype(np.float32))[..., np.newaxis]
    part = picture[region.window.slices]
    part[...] = np.rint(part * (1 - tint) + colors * tint).astype(np.uint8)
    if outline:
        border = _borders(labels)
        part[border] = colors[border]
    return picture


def _rgb(color: Sequence[float] | str) -> np.ndarray:
    try:
        values = np.asarray(named_color(color) if isinstance(color, str) else color, np.float64)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.shape != (3,) or not ((values >= 0) & (values <= 255)).all():
        raise ParameterError(f"overlay: color is (red, green, blue), each 0 to 255, or a colour name, got {color!r}")
    return values.astype(np.uint8)


def _borders(labels: np.ndarray) -> np.ndarray:
    """Pixels of a region with a neighbour of another value; the array's rim counts as another."""
    padded = np.pad(labels, 1)
    middle = padded[1:-1, 1:-1]
    around = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    return (labels > 0) & np.logical_or.reduce([middle != neighbour for neighbour in around])


def _as_rgb(image: np.ndarray, region: Mask | None = None) -> np.ndarray:
    """A copy of the image as red, green, blue in 8 bits."""
    bands = image[..., np.newaxis] if image.ndim == 2 else image
    bands = bands[..., :3] if bands.shape[2] >= 3 else bands[..., :1]
    if bands.dtype == np.bool_:
        bands = bands.view(np.uint8) * np.uint8(255)
    elif bands.dtype != np.uint8:
        bands = np.dstack([_stretched(bands[..., band], region) for band in range(bands.shape[2])])
    return np.array(np.broadcast_to(bands, (*bands.shape[:2], 3)))


def _stretched(band: np.ndarray, region: Mask | None) -> np.ndarray:
    """A band in 8 bits, from the 2nd to the 98th percentile of the region; what is no number is black."""
    values = band if region is None or not region.values.size else band[region.window.slices][region.values > 0]
    values = values[np.isfinite(values)]
    low, high = np.percentile(values, (2, 98)) if values.size else (0.0, 1.0)
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = (band.astype(np.float32) - low) * (255 / (high - low if high > low else 1))
    return np.clip(np.nan_to_num(scaled, nan=0, posinf=255, neginf=0), 0, 255).astype(np.uint8)


def thumbnail(picture: Any, size: int = 320) -> bytes:
    """Make a small picture of an image or a mask.

    Parameters
    ----------
    picture : array (H, W) or (H, W, C), PIL image, Raster or Mask
        A mask is shown white on black, labels in colours.
    size : int, default 320
        Longest side in pixels; what is smaller stays as it is.

    Returns
    -------
    bytes
        Of a PNG file for a mask, of a JPEG file for an image.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> rm.thumbnail(np.zeros((4, 4), np.uint8))[6:10]
    b'JFIF'
    >>> rm.thumbnail(rm.Mask(np.zeros((4, 4), bool)))[1:4]
    b'PNG'
    """
    if isinstance(picture, Mask):
        return _encoded(".png", reduced(_mask_picture(picture), size))
    return _encoded(".jpg", _as_rgb(reduced(as_source(picture).whole().array, size)))


def _mask_picture(mask: Mask) -> np.ndarray:
    """White on black by weight; regions in their colours."""
    values = np.asarray(mask)
    if mask.kind != "labels":
        return np.rint(values * np.float32(255)).astype(np.uint8)
    return _COLORS[(values - 1) % len(_COLORS)] * (values > 0)[..., np.newaxis].astype(np.uint8)


def reduced(image: np.ndarray, size: int) -> np.ndarray:
    """The image with its longest side at most ``size``."""
    height, width = image.shape[:2]
    scale = size / max(height, width, 1)
    if scale >= 1 or not image.size:
        return image
    import cv2

    kind = np.float32 if image.dtype.kind not in "u" else image.dtype
    shape = max(round(width * scale), 1), max(round(height * scale), 1)
    return cv2.resize(
        np.ascontiguousarray(image[..., :3] if image.ndim == 3 else image, kind), shape, interpolation=cv2.INTER_AREA
    )


def _encoded(suffix: str, picture: np.ndarray) -> bytes:
    import cv2

    if 0 in picture.shape:
        picture = np.zeros((1, 1), np.uint8)  # no pixel: one black one
    ordered = picture[..., ::-1] if picture.ndim == 3 else picture
    return cv2.imencode(suffix, np.ascontiguousarray(ordered))[1].tobytes()


def contact_sheet(rows: Iterable[Mapping[str, Any]], path: str | PathLike[str], title: str = "roimask") -> None:
    """Write one HTML page that shows images, their masks and what was made of them, side by side.

    Parameters
    ----------
    rows : iterable of mapping
        One an image: ``name`` (str), ``image``, ``mask``, ``result`` and ``preview`` (arrays, masks, or bytes that
        :func:`thumbnail` made; each may be missing or None), ``share`` (0 to 1, of the pixels that take part).
    path : path
        The page; it holds everything that it shows.
    title : str, default "roimask"

    Raises
    ------
    WriteError
        Where the page cannot be written.

    Notes
    -----
    A row at a time is held in memory beside the page: about 50 kB an image.

    Examples
    --------
    >>> import numpy as np, roimask as rm, tempfile, os
    >>> image, mask = np.full((4, 4), 9, np.uint8), rm.circle((4, 4), (2, 2), 2)
    >>> path = os.path.join(tempfile.mkdtemp(), "sheet.html")
    >>> rm.contact_sheet([dict(name="a", image=image, mask=mask, result=rm.extract(image, mask))], path)
    >>> os.path.getsize(path) > 1000
    True
    """
    from jinja2 import Environment

    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        Path(__file__).with_name("contact_sheet.html").read_text(encoding="utf-8")
    )
    page = template.render(title=title, rows=[_sheet_row(row) for row in rows])
    with atomic(path) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="backslashreplace")


def _sheet_row(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = [what for what in ("image", "mask", "result", "preview") if row.get(what) is not None]
    pictures = {what: _as_url(row[what]) for what in shown}
    share = row.get("share")
    return {"name": str(row["name"]), "share": None if share is None else f"{share:.1%}", "pictures": pictures}


def _as_url(picture: Any) -> str:
    data = picture if isinstance(picture, bytes) else thumbnail(picture)
    kind = "png" if data[1:4] == b"PNG" else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"

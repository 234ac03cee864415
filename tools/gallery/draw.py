"""From arrays and masks to pictures of one size, side by side, with a line of text below each."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import roimask as rm

SIDE, GAP, LINE = 384, 12, 26
MARK, GAINED, LOST, BAR = (255, 128, 0), (90, 180, 255), (150, 70, 20), (40, 70, 120)
View = tuple[int, int, int, int] | None
Color = tuple[int, int, int] | None
Panels = list[tuple[str, np.ndarray]]


def photo(image: np.ndarray, view: View, mask: rm.Mask | None = None) -> np.ndarray:
    """An image, with the outline of a mask where one is given."""
    shown = _on_checks(image) if image.shape[2:] == (4,) else rm.overlay(image, None)
    return outlined(fitted(shown, view), mask, view)


def _on_checks(image: np.ndarray) -> np.ndarray:
    """Red, green, blue by alpha, over light checks."""
    checks = np.add.outer(*(np.arange(n) // 8 for n in image.shape[:2]))
    background = np.where(checks % 2, 255, 220)[..., None]
    share = image[..., 3:] / 255
    return (image[..., :3] * share + background * (1 - share)).astype(np.uint8)


def selection(image: np.ndarray, mask: rm.Mask, view: View, color: Color = None) -> np.ndarray:
    """A mask over its image: tinted by weight or label, and outlined."""
    tinted = rm.overlay(image, mask, alpha=0.45, outline=False, color=color)
    return outlined(fitted(tinted, view), None if mask.kind == "weights" else mask, view, color)


def silhouette(mask: rm.Mask, view: View) -> np.ndarray:
    """A mask, white on black by weight, labels in colours."""
    color = None if mask.kind == "labels" else (255, 255, 255)
    black = np.zeros((*mask.shape, 3), np.uint8)
    return fitted(rm.overlay(black, mask, color=color, alpha=1, outline=False), view)


def change(mask: rm.Mask, before: rm.Mask, view: View) -> tuple[str, np.ndarray]:
    """A mask made of another one, with what was gained and lost in colours, or the outline of what was before."""
    picture = silhouette(mask, view)
    gained, lost = (_support(part) for part in (mask - before, before - mask))
    if not gained.area + lost.area:
        return "result", picture
    if mask.kind != "binary":
        return "result, the mask outlined", outlined(picture, before, view, MARK)
    picture[silhouette(gained, view)[..., 0] > 127] = GAINED
    picture[silhouette(lost, view)[..., 0] > 127] = LOST
    text = ", ".join(what for what, part in {"gained blue": gained, "lost brown": lost}.items() if part.area)
    return f"result: {text}", picture


def _support(mask: rm.Mask) -> rm.Mask:
    """Where a mask is above 0."""
    return rm.Mask(np.asarray(mask) > 0)


def outlined(picture: np.ndarray, mask: rm.Mask | None, view: View, color: Color = None) -> np.ndarray:
    """The outline of a mask on a picture that is already as large as it is shown."""
    if mask is None:
        return picture
    values = np.asarray(mask) if mask.kind == "labels" else (np.asarray(mask) > 0).astype(np.int32)
    large = cv2.resize(cut(values, view), picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    lines = rm.outline(rm.Mask(large, kind="labels"), 2)
    return rm.overlay(picture, lines, alpha=1, outline=False, color=color)


def image_or_map(values: np.ndarray, view: View) -> np.ndarray:
    """An answer as what its type says that it is."""
    return photo(values, view) if values.dtype == np.uint8 else colored(values, view)


def colored(values: np.ndarray, view: View) -> np.ndarray:
    """A map: blue to red about 0 where it has both signs, dark to bright where not; grey where there is none."""
    shown = cut(values, view)
    known = np.isfinite(shown)
    low, high = np.percentile(shown[known], (1, 99))
    both = low < 0 < high
    if both:
        low, high = -max(-low, high), max(-low, high)
    levels = np.clip((np.nan_to_num(shown) - low) / max(high - low, 1e-9) * 255, 0, 255).astype(np.uint8)
    picture = _diverging(levels) if both else cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)[..., ::-1]
    return fitted(np.where(known[..., None], picture, np.uint8(225)), None)


def _diverging(levels: np.ndarray) -> np.ndarray:
    """Blue below the middle, white in it, red above."""
    stops = np.array([[33, 60, 172], [250, 250, 250], [178, 24, 43]], float)
    table = np.stack([np.interp(range(256), (0, 128, 255), channel) for channel in stops.T], axis=1)
    return table.astype(np.uint8)[levels]


def fitted(picture: np.ndarray, view: View) -> np.ndarray:
    """The part in view, its longest side as near to ``SIDE`` as whole pixels allow, or reduced to it."""
    part = np.ascontiguousarray(cut(picture, view))
    scale = SIDE / max(part.shape[:2])
    if scale >= 1:
        return part.repeat(int(scale), axis=0).repeat(int(scale), axis=1)
    return cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def cut(values: np.ndarray, view: View) -> np.ndarray:
    """The part in view: (top, left, bottom, right)."""
    return values if view is None else values[view[0] : view[2], view[1] : view[3]]


def table(frame: Any) -> np.ndarray:
    """The first columns of a table."""
    columns = [[str(name), *(f"{value:.6g}" for value in frame[name])] for name in list(frame)[:5]]
    return written({SIDE * (number + 1) // len(columns) - 8: column for number, column in enumerate(columns)})


def written(columns: dict[int, list[str]]) -> np.ndarray:
    """Columns of text, each by its right end."""
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    for right, lines in columns.items():
        ImageDraw.Draw(picture).multiline_text((right, 12), "\n".join(lines[:16]), "black", _font(13), "ra", 7, "right")
    return np.asarray(picture)


def bars(counts: np.ndarray) -> np.ndarray:
    """A histogram."""
    heights = np.rint(counts / max(counts.max(), 1) * (SIDE - 20)).astype(int)
    wide = heights[np.arange(SIDE) * len(heights) // SIDE]
    filled = np.arange(SIDE)[::-1, None] < wide
    return np.where(filled[..., None], np.array(BAR, np.uint8), np.uint8(255))


def beside(panels: Panels) -> np.ndarray:
    """Panels in a row, each with its text below."""
    height = max(panel.shape[0] for _, panel in panels)
    width = sum(panel.shape[1] for _, panel in panels) + GAP * (len(panels) - 1)
    page = Image.new("RGB", (width, height + LINE), "white")
    left = 0
    for text, panel in panels:
        page.paste(Image.fromarray(panel), (left, 0))
        ImageDraw.Draw(page).text((left, height + 5), text, "#404040", _font(15))
        left += panel.shape[1] + GAP
    return np.asarray(page)


def below(rows: list[np.ndarray]) -> np.ndarray:
    """Rows of panels, one below another."""
    width = max(row.shape[1] for row in rows)
    return np.vstack(
        [cv2.copyMakeBorder(row, 0, 6, 0, width - row.shape[1], cv2.BORDER_CONSTANT, value=[255] * 3) for row in rows]
    )


def _font(size: int) -> Any:
    return ImageFont.load_default(size)

"""PIL images: their alpha says which pixels hold data, and comes back with the result, as that of files does."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from roimask.frame import Window
from roimask.sources import ArraySource, Source, adapter, supported


@adapter(lambda image: hasattr(image, "getbands"))
def _source(image: Any, channel_axis: int) -> Source:
    """A PIL image; palettes become colours, and what is clear takes no part."""
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    pixels = supported(np.asarray(image))
    if image.getbands()[-1] != "A":
        return ArraySource(pixels)
    colors, alpha = pixels[..., :-1], pixels[..., -1]
    array = colors[..., 0] if colors.shape[2] == 1 else colors
    valid = None if alpha.all() else alpha > 0
    return ArraySource(np.ascontiguousarray(array), valid=valid, alpha=alpha, wrap=partial(_with_alpha, alpha))


def _with_alpha(alpha: np.ndarray, result: Any, window: Window | None) -> Any:
    """An image with its part of the alpha as last band; a map, or what lies on another grid, as it is."""
    if window is None or result.dtype != alpha.dtype:
        return result
    return np.dstack([result, alpha[window.slices]])

"""The file that a run makes: what it keeps of the file that it is made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from roimask.errors import ParameterError
from roimask.raster.drivers import Layout, Metadata
from roimask.raster.drivers.tiled.encode import CODECS, Encoder
from roimask.raster.drivers.tiled.file import Target
from roimask.raster.io import RECIPE_TAG
from roimask.raster.nodata import holds
from roimask.raster.raster import Raster
from roimask.running.applied import bands_of
from roimask.running.blocks import Grid
from roimask.running.steps import Chain
from roimask.sources import Source

__all__ = ["target_of"]

_MASK_TAG = "roimask"  # what a mask file says of itself is not so of what is made from it


def target_of(
    chain: Chain, raster: Raster | None, grid: Grid, recipe: Mapping[str, Any], compress: str | None, cog: bool
) -> Target:
    """The file for what the last step answers."""
    source = chain.source
    made_of = Layout() if raster is None else raster.layout()
    kept = Metadata() if raster is None else raster.header.metadata
    alpha = raster is not None and raster.alpha and not chain.is_map
    channels = max(bands_of(source), default=1) + alpha
    layout = _layout(made_of, raster, chain, channels)
    nodata = _nodata(source)
    encoder = Encoder(
        source.frame.shape, grid.tile, _dtype(source), channels, layout.planar and channels > 1,
        _codec(compress, made_of), nodata if nodata is not None else 0,
    )  # fmt: skip
    tags = {name: text for name, text in kept.tags.items() if name not in (_MASK_TAG, RECIPE_TAG)}
    return Target(
        source.frame, encoder, kept.but(tags=tags), layout, nodata, alpha, () if cog else made_of.overviews, cog,
        {RECIPE_TAG: json.dumps(recipe, default=str)},
    )  # fmt: skip


def _dtype(source: Source) -> np.dtype:
    return np.dtype(np.uint8) if source.dtype == np.bool_ else source.dtype


def _layout(layout: Layout, raster: Raster | None, chain: Chain, channels: int) -> Layout:
    """Colours and scales are so of pixels that stay what they were; not of a map, whose NaN says where it is none."""
    if raster is None or chain.is_map or len(layout.roles) != channels:
        return Layout(planar=layout.planar)
    colors = layout.colors if channels == 1 else {}
    return replace(layout, colors=colors, masked=layout.masked and not raster.ignore_nodata)


def _nodata(source: Source) -> Any:
    """The one value that a TIFF can name."""
    values = source.nodata if isinstance(source.nodata, tuple) else (source.nodata,)
    if len({repr(value) for value in values}) > 1:  # NaN is no other than NaN
        raise ParameterError(f"the bands have different nodata values, {values}, and a TIFF holds one for all")
    return values[0] if values[0] is not None and holds(source.dtype, values[0]) else None


def _codec(asked: str | None, layout: Layout) -> str:
    """The codec asked for, else the input's, else deflate."""
    if asked is None and layout.block is not None:
        asked = layout.compress or "none"
    if asked is not None and asked not in CODECS and asked != layout.compress:
        raise ParameterError(f"compress is {', '.join(CODECS)}, got {asked!r}")
    return asked if asked in CODECS else "deflate"

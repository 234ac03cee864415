"""Zones of any kind on the grid of a raster, with what is to be said of each in a table."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from roimask.errors import ParameterError
from roimask.frame import Frame
from roimask.mask import Mask, mask_on
from roimask.zones.layer import Layer, is_layer, layer_of
from roimask.zones.place import rings_on
from roimask.zones.spans import Labels, Outlines, Rule, Zones

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OnGrid", "on_grid"]


@dataclass(frozen=True)
class OnGrid:
    """Zones, and the columns that say which they are.

    Attributes
    ----------
    zones : Zones
    ids : ndarray (Z,)
        Labels, or numbers from 1.
    about : mapping of str to ndarray (Z,)
        Names or attributes.
    facts : mapping of str to ndarray (Z,)
        What is known of them before the raster is read.
    origin : Mask or Layer
    frame : Frame
    """

    zones: Zones
    ids: np.ndarray
    about: Mapping[str, Any]
    facts: Mapping[str, np.ndarray]
    origin: Mask | Layer
    frame: Frame

    def with_geometry(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the outlines of its zones, as shapely geometries."""
        shapes, crs = _outlines_of(self.origin, self.frame)
        table["geometry"] = shapes[np.searchsorted(self.ids, table["zone"].to_numpy())]
        table.attrs["crs"] = crs
        return table


def on_grid(zones: Any, frame: Frame, rule: Rule, by: str | None, crs: str | None) -> OnGrid:
    """Zones of any kind on a frame.

    Raises
    ------
    ParameterError
        Where they are no zones, or nobody can say where they lie.
    """
    if is_layer(zones):
        layer = layer_of(zones, crs)
        return _of_outlines(layer if by is None else layer.united(by), frame, rule)
    return _of_labels(_labels(zones, frame), by)


def _of_outlines(layer: Layer, frame: Frame, rule: Rule) -> OnGrid:
    rings, area = rings_on(frame, layer)
    zones = Outlines(rings, len(area), frame, rule)
    with np.errstate(invalid="ignore"):
        inside = np.clip(zones.areas() / area, 0.0, 1.0)
    inside[np.isnan(area)] = 0.0  # far from the frame
    inside[(area > 0) & zones.fit()] = 1.0  # but for rounding
    without = int(np.isnan(inside).sum())
    if without:
        warnings.warn(f"{layer.name}: zones without area ({without} of {len(inside)}) are empty.", stacklevel=2)
    return OnGrid(zones, np.arange(1, len(inside) + 1), layer.attributes, {"inside": inside}, layer, frame)


def _labels(zones: Any, frame: Frame) -> Mask:
    """Zones as a mask of labels."""
    if isinstance(zones, (str, PathLike)):
        from roimask.formats import read_mask

        zones = read_mask(zones, frame)
    mask = mask_on(zones, frame)
    if mask is None or mask.kind == "weights":
        held = "nothing" if mask is None else "weights"
        raise ParameterError(f"zones are a mask of labels, or outlines; this mask holds {held}. See rm.statistics.")
    return mask if mask.kind == "labels" else Mask.from_crop(mask.values.astype(np.int32), mask.origin, frame, "labels")


def _of_labels(mask: Mask, by: str | None) -> OnGrid:
    if by not in (None, "name"):
        raise ParameterError(f"by is 'name' where zones are a mask, whose regions have nothing else; got {by!r}")
    if by == "name":
        from roimask.masks.naming import merge_names

        mask = merge_names(mask)
    ids = np.array(mask.labels, np.int32)
    about = {"name": np.array([mask.names.get(label, "") for label in mask.labels], object)} if mask.names else {}
    return OnGrid(Labels(mask), ids, about, {}, mask, mask.frame)


def _outlines_of(origin: Mask | Layer, frame: Frame) -> tuple[np.ndarray, str | None]:
    """The geometries of zones, and the CRS of their coordinates; None where it has none."""
    if isinstance(origin, Layer):
        return origin.shapes, origin.world(frame)
    from roimask.formats._regions import regions
    from roimask.formats.vector import shape_of

    found = regions(origin, "the zones")
    shapes = np.empty(len(found), object)
    shapes[:] = [shape_of(region, frame) for region in found]
    return shapes, frame.crs

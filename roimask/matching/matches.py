"""What is found: places with an angle, a scale and a score, which can be drawn, cut out and written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from roimask.frame import Frame, Window
from roimask.mask import Mask
from roimask.sources import as_source

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Match", "Matches", "corners_of"]


@dataclass(frozen=True)
class Match:
    """A template found in an image.

    Attributes
    ----------
    row, col : float
        The top left corner of the template, scaled, and turned upright about its middle; pixel (r, c) covers r..r+1.
    angle : float
        Degrees counter-clockwise as seen by which the template is turned.
    scale : float
        How large it is, 1 as it was given.
    score : float
        At most 1, for an exact copy.
    template : str
        Which of several templates it is.
    weight : array (h, w)
        The template's weight.
    geometry : shapely polygon or None
        The outline in the world of the image's frame, where it was asked for.
    """

    row: float
    col: float
    angle: float
    scale: float
    score: float
    template: str = ""
    weight: np.ndarray = field(default_factory=lambda: np.ones((1, 1), np.float32), repr=False, compare=False)
    geometry: Any = field(default=None, repr=False, compare=False)

    @property
    def center(self) -> tuple[float, float]:
        """Row and column of the template's middle."""
        height, width = self.weight.shape
        return self.row + self.scale * height / 2, self.col + self.scale * width / 2

    @property
    def corners(self) -> np.ndarray:
        """The corners (row, column) of the template where it was found, from its top left clockwise as it was given."""
        return corners_of(self.center, math.radians(self.angle), self.scale, self.weight.shape)

    def mask(self, frame: Any) -> Mask:
        """The template's mask where it was found.

        Parameters
        ----------
        frame : Frame, shape, image or Raster

        Returns
        -------
        Mask
            Binary; what leaves the frame is cut off.
        """
        frame = Frame.of(frame)
        low, high = np.floor(self.corners.min(axis=0)).astype(int), np.ceil(self.corners.max(axis=0)).astype(int)
        window = Window(int(low[0]), int(low[1]), int(high[0]), int(high[1])).meet(frame.window)
        if window.empty:
            return Mask(np.zeros(frame.shape, bool), frame=frame)
        rows, cols = np.mgrid[window[0] : window[2], window[1] : window[3]] + 0.5
        down, along = self._upright(rows, cols)
        inside = (down >= 0) & (down < self.weight.shape[0]) & (along >= 0) & (along < self.weight.shape[1])
        down, along = (np.where(inside, place, 0).astype(int) for place in (down, along))
        return Mask.from_crop(inside & (self.weight[down, along] > 0), window[:2], frame, "binary")

    def _upright(self, rows: np.ndarray, cols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places of the image as places of the template."""
        cos, sin = (part(math.radians(self.angle)) / self.scale for part in (math.cos, math.sin))
        r, c = rows - self.center[0], cols - self.center[1]
        return cos * r + sin * c + self.weight.shape[0] / 2, cos * c - sin * r + self.weight.shape[1] / 2

    def crop(self, image: Any) -> np.ndarray:
        """The part of an image where the template was found, upright and of the template's size.

        Parameters
        ----------
        image : array (H, W) or (H, W, C), PIL image or Raster

        Returns
        -------
        array (h, w) or (h, w, C)
            Of the image's dtype, bilinear where it lies between pixels; 0 beyond the border.
        """
        import cv2

        array = as_source(image).whole().array
        height, width = self.weight.shape
        cos, sin = (self.scale * part(math.radians(self.angle)) for part in (math.cos, math.sin))
        turn = np.array([[cos, sin], [-sin, cos]])  # of (x, y), from the template to the image
        middle = np.array(self.center[::-1]) - turn @ [width / 2, height / 2]
        move = np.column_stack([turn, middle + turn @ [0.5, 0.5] - 0.5])
        held: Any = array.astype(np.float64 if array.dtype.itemsize > 2 else np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut = cv2.warpAffine(held, move, (width, height), flags=flags).reshape(height, width, *array.shape[2:])
        return cut.astype(array.dtype) if array.dtype.kind == "f" else np.rint(cut).astype(array.dtype)

    def _asdict(self) -> dict[str, Any]:
        """A row of a table."""
        (down, along), (height, width) = self.center, self.weight.shape
        named = {"template": self.template} if self.template else {}
        facts = dict(row=self.row, col=self.col, angle=self.angle, scale=self.scale, score=self.score)
        more = {"center_row": down, "center_col": along, "height": height, "width": width}
        return {**named, **facts, **more, **({} if self.geometry is None else {"geometry": self.geometry})}


class Matches(list[Match]):
    """The finds in an image, best first: a list that can be drawn, and written as a table."""

    attrs: Mapping[str, Any] = {}

    def table(self) -> pd.DataFrame:
        """A row a find, as a DataFrame; with outlines where they were asked for, for ``rm.write_features``."""
        import pandas as pd

        table = pd.DataFrame([match._asdict() for match in self])
        table.attrs.update(self.attrs)
        return table

    def mask(self, frame: Any) -> Mask:
        """The finds as regions of a labels mask, 1 the best; where two overlap, the better one is on top.

        Parameters
        ----------
        frame : Frame, shape, image or Raster
        """
        frame = Frame.of(frame)
        labels = np.zeros(frame.shape, np.int32)
        for label in range(len(self), 0, -1):
            region = self[label - 1].mask(frame)
            labels[region.window.slices][region.values] = label
        return Mask(labels, kind="labels", frame=frame)

    def placed(self, frame: Frame) -> Matches:
        """The same, each with its outline as a polygon in the frame's world; ``attrs`` names the CRS."""
        from roimask.errors import import_extra
        from roimask.formats._features import in_world

        shapely = import_extra("shapely", "geo", "an outline as a geometry")
        placed = Matches(replace(match, geometry=shapely.Polygon(in_world(match.corners, frame))) for match in self)
        placed.attrs = {"crs": frame.crs}
        return placed


def corners_of(center: Sequence[float], angle: float, scale: float, shape: tuple[int, ...]) -> np.ndarray:
    """The corners (row, column) of a rectangle turned about its middle, from its top left clockwise."""
    height, width = shape
    corners = np.array([[-height, -width], [-height, width], [height, width], [height, -width]]) / 2
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    return corners @ np.array([[cos, sin], [-sin, cos]]) + np.asarray(center)

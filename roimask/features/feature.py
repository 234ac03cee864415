"""What a feature extractor answers: where it is, how sure that is, and its lines or outlines on the ground."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from roimask.errors import import_extra
from roimask.features.coarse import Coarse
from roimask.formats._features import in_world
from roimask.frame import Frame
from roimask.mask import Mask

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Feature", "Piece"]

_PURPOSE = "Lines and outlines"


@dataclass(frozen=True)
class Piece:
    """One line or outline.

    Attributes
    ----------
    geometry : shapely geometry
        In the world of the frame; in pixels (x, y) where it has no place.
    facts : mapping of str to number
        Length and width, or area, in metres; how sure it is.
    """

    geometry: Any
    facts: Mapping[str, float]

    def _asdict(self) -> dict[str, Any]:
        """A row of a table."""
        return {**self.facts, "geometry": self.geometry}


@dataclass(frozen=True, eq=False)
class Feature(Sequence[Piece]):
    """Roads, rivers or buildings of an image: a sequence of their lines or outlines.

    Attributes
    ----------
    frame : Frame
    mask : Mask
        Where the feature is.
    """

    frame: Frame
    mask: Mask
    _cells: Coarse
    _strength: np.ndarray
    _sure: tuple[float, float]  # the strength at which it is as likely as not, and what makes it much more likely
    _traced: Sequence[tuple[np.ndarray, Mapping[str, float]]] = ()  # lines in rows and columns of the image

    @property
    def response(self) -> np.ndarray:
        """How strongly each pixel answers, float32 (H, W); NaN where nothing takes part."""
        return np.where(self._cells.inside, self._cells.full(self._strength), np.nan).astype(np.float32)

    @property
    def probability(self) -> np.ndarray:
        """How likely each pixel is of the feature, 0 to 1, float32 (H, W); NaN where nothing takes part."""
        middle, step = self._sure
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp((middle - self.response) / step))

    @property
    def attrs(self) -> dict[str, Any]:
        """The CRS of the geometries."""
        return {"crs": self.frame.crs}

    @cached_property
    def _pieces(self) -> list[Piece]:
        shapely = import_extra("shapely", "geo", _PURPOSE)
        if self._traced:
            return [Piece(shapely.LineString(in_world(line, self.frame)), facts) for line, facts in self._traced]
        return [] if not self.mask.area else list(self._outlines(shapely))

    def _outlines(self, shapely: Any) -> Iterator[Piece]:
        from roimask.masks.pieces import components

        area = (self._cells.metres / self._cells.factor) ** 2
        for found in components(self.mask).polygons():
            rings = [in_world(ring, self.frame) for ring in (found.points, *found.holes)]
            size = abs(shapely.Polygon(found.points, found.holes).area)
            yield Piece(shapely.Polygon(rings[0], rings[1:]), {"area": round(size * area, 2)})

    def __len__(self) -> int:
        return len(self._pieces)

    @overload
    def __getitem__(self, index: int) -> Piece: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Piece]: ...
    def __getitem__(self, index: int | slice) -> Piece | Sequence[Piece]:
        return self._pieces[index]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.mask, dtype)

    def table(self) -> pd.DataFrame:
        """A row a line or outline, with its geometry; ``attrs`` names the CRS, as for ``rm.write_features``."""
        import pandas as pd

        table = pd.DataFrame([piece._asdict() for piece in self], columns=None if len(self) else ["geometry"])
        table.attrs.update(self.attrs)
        return table

    def lines(self) -> dict[str, Any]:
        """The centre lines as GeoJSON, with length and width in metres: none where the feature is an area."""
        return self._geojson("LineString")

    def polygons(self) -> dict[str, Any]:
        """The outlines as GeoJSON, with the area in square metres: of a line feature, those of its mask."""
        return self._geojson("Polygon")

    def _geojson(self, kind: str) -> dict[str, Any]:
        shapely = import_extra("shapely", "geo", _PURPOSE)
        pieces = self._pieces if kind == "LineString" or not self._traced else list(self._outlines(shapely))
        features = [
            {
                "type": "Feature",
                "properties": dict(piece.facts),
                "geometry": json.loads(shapely.to_geojson(piece.geometry)),
            }
            for piece in pieces
            if piece.geometry.geom_type == kind
        ]
        named = {} if self.frame.crs is None else {"crs": {"type": "name", "properties": {"name": self.frame.crs}}}
        return {"type": "FeatureCollection", **named, "features": features}

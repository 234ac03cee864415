"""An affine map from one image's grid to another's."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from roimask.errors import ParameterError, ReadError
from roimask.frame import Frame
from roimask.mask import Mask
from roimask.matching.pixels import Block

__all__ = ["Transform", "resampled"]

Numbers = tuple[float, float, float, float, float, float]
METHODS = ("nearest", "linear", "cubic")


@dataclass(frozen=True)
class Transform:
    """How an image lies on a reference: a place (row, column) of the reference is the place ``at(row, col)`` of it.

    Attributes
    ----------
    matrix : six floats
        a, b, c, d, e, f: row = a r + b c + c, column = d r + e c + f, in places whose whole numbers are corners of
        pixels.
    frame : Frame
        The reference's grid, which results are on.
    score : float
        Masked normalised cross-correlation of both where they overlap, at most 1; NaN where nobody measured it.

    Examples
    --------
    >>> import roimask as rm
    >>> shift = rm.Transform((1, 0, 2.5, 0, 1, -1), (10, 12))
    >>> shift.shift, shift.angle, shift.scale
    ((2.5, -1.0), 0.0, 1.0)
    >>> shift.inverse((10, 12)).at(2.5, 0)
    (0.0, 1.0)
    """

    matrix: Numbers
    frame: Frame
    score: float = field(default=math.nan, compare=False)

    def __post_init__(self) -> None:
        numbers = tuple(float(number) for number in self.matrix)
        if len(numbers) != 6 or not all(map(math.isfinite, numbers)) or abs(np.linalg.det(_square(numbers))) < 1e-12:
            raise ParameterError(f"a transform has six finite numbers that can be undone, got {self.matrix!r}")
        object.__setattr__(self, "matrix", numbers)
        object.__setattr__(self, "frame", Frame.of(self.frame))

    @property
    def array(self) -> np.ndarray:
        """The matrix as an array (2, 3)."""
        return np.array(self.matrix).reshape(2, 3)

    @property
    def shift(self) -> tuple[float, float]:
        """Rows and columns by which the image's content lies further down and along than in the reference's middle."""
        height, width = self.frame.shape
        row, column = self.at(height / 2, width / 2)
        return row - height / 2, column - width / 2

    @property
    def angle(self) -> float:
        """Degrees counter-clockwise as seen by which the image is turned."""
        a, b, _, d, e, _ = self.matrix
        return math.degrees(math.atan2(d - b, a + e)) + 0.0

    @property
    def scale(self) -> float:
        """How many of the image's pixels a side of the reference's is long."""
        return math.sqrt(abs(float(np.linalg.det(self.array[:, :2]))))

    def at(self, row: float, col: float) -> tuple[float, float]:
        """The place of the image where the reference has this place."""
        found = self.array @ [row, col, 1]
        return float(found[0]), float(found[1])

    def inverse(self, frame: Any) -> Transform:
        """The way back: how the reference lies on the image, whose frame is given."""
        back = np.linalg.inv(_square(self.matrix))
        return Transform(tuple(back[:2].ravel()), Frame.of(frame), self.score)  # type: ignore[arg-type]

    def mask(self, mask: Any) -> Mask:
        """Carry a mask of the image over to the reference's grid.

        Parameters
        ----------
        mask : Mask or array (H, W)
            Binary masks and labels by the nearest pixel; weights bilinear.

        Returns
        -------
        Mask
        """
        given = mask if isinstance(mask, Mask) else Mask(mask)
        values = np.asarray(given)
        method = "linear" if given.kind == "weights" else "nearest"
        block = Block(values.astype(np.float64)[..., None], np.ones(values.shape, np.float32))
        found, coverage = resampled(block, self, method)
        carried = np.where(coverage > 0, found[..., 0] * coverage, 0)
        if given.kind == "weights":
            return Mask(np.clip(carried, 0, 1).astype(np.float32), "weights", self.frame)
        return Mask(np.rint(carried).astype(values.dtype), given.kind, self.frame, given.names)

    def save(self, path: str | PathLike[str]) -> None:
        """Write it to a .json file, as ``roimask register -o FILE.json`` does.

        Parameters
        ----------
        path : path
        """
        from roimask.raster.atomic import atomic

        with atomic(path) as temporary:
            temporary.write_text(json.dumps([self._asdict()], indent=2))

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Transform:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ReadError
            Where the file is not one of these.
        """
        try:
            row = json.loads(Path(path).read_text())[0]
            frame = Frame(row["height"], row["width"], row["transform"], row["crs"])
            return cls(tuple(row[name] for name in "abcdef"), frame, row["score"])  # type: ignore[arg-type]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReadError(f"{fspath(path)} is not a transform that roimask wrote: {error}") from None

    def _asdict(self) -> dict[str, Any]:
        """A row of a table."""
        (down, along), frame = self.shift, self.frame
        facts = {"shift_row": down, "shift_col": along, "angle": self.angle, "scale": self.scale, "score": self.score}
        grid = {"height": frame.height, "width": frame.width, "transform": frame.transform, "crs": frame.crs}
        return {**facts, **dict(zip("abcdef", self.matrix, strict=True)), **grid}


def _square(matrix: tuple[float, ...]) -> np.ndarray:
    return np.array([*matrix, 0, 0, 1], np.float64).reshape(3, 3)


def resampled(block: Block, transform: Transform, method: str) -> tuple[np.ndarray, np.ndarray]:
    """A block on the transform's frame, (H, W, C) of float64, and how much of it took part in each pixel."""
    from roimask.kernels.compiled import warps

    out = np.empty((*transform.frame.shape, block.bands))
    coverage = np.empty(transform.frame.shape)
    values, weight = np.ascontiguousarray(block.values, np.float64), np.ascontiguousarray(block.weight, np.float32)
    warps.resample(values, weight, transform.array, METHODS.index(method), out, coverage)
    return out, coverage

"""From masks and rasters to tensors and back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from roimask.errors import ParameterError, import_extra
from roimask.learn.fitting import as_tensor, keep
from roimask.mask import Kind, Mask
from roimask.raster.tiles import Tile, tiles

__all__ = ["MaskedDataset", "to_mask", "to_tensor"]


def to_tensor(mask: Mask) -> Tensor:
    """Turn a Mask into a tensor (H, W): bool of a binary one, int32 of labels, float32 of weights.

    Examples
    --------
    >>> import roimask as rm
    >>> from roimask import learn
    >>> learn.to_tensor(rm.Mask([[0, 1], [1, 1]])).tolist()
    [[False, True], [True, True]]
    """
    return torch.from_numpy(np.array(mask))


def to_mask(tensor: Tensor, kind: Kind | None = None, frame: Any = None) -> Mask:
    """Turn a tensor (H, W) into a Mask.

    Parameters
    ----------
    tensor : Tensor (H, W)
        bool, integers or floats, as ``rm.Mask`` takes them; of one image.
    kind : {"binary", "labels", "weights"}, optional
    frame : Frame, optional
        Where it lies in the world, such as ``raster.frame``.

    Returns
    -------
    Mask

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.to_mask(torch.tensor([[0.2, 0.9]]) > 0.5)
    Mask(binary, 1 × 2, area 1 (50.0%), bbox (0, 1, 1, 2))
    """
    return Mask(tensor.detach().cpu().numpy(), kind=kind, frame=frame)


class MaskedDataset(Dataset):
    """The tiles of rasters as samples: image, label, and the mask of what is valid.

    Parameters
    ----------
    rasters : Raster, path's Raster or array (H, W, C), or a sequence of them
    size : int or (int, int)
        Of a tile.
    labels : Mask, Raster or array, optional
        What is to be learnt; a sequence, one for each raster.
    masks : Mask or array, optional
        Which pixels are valid, of those that hold data; a sequence, one for each raster. Of a quality band
        ``~rm.qa_bits(qa, preset=...)``.
    overlap, min_valid
        As ``rm.tiles`` takes them.
    transform : callable, optional
        Called with each sample.
    tv_tensors : bool, default False
        Wrap image, label and mask for ``torchvision.transforms.v2``, which turns and crops them alike.

    Notes
    -----
    A sample is a dict: ``image`` (C, h, w) float32, 0 where it is not valid; ``mask`` (h, w), bool, or float32 of
    weights; ``label`` (h, w), int64, where there are labels. Padding and nodata are not valid.

    Examples
    --------
    >>> import numpy as np
    >>> from roimask import learn
    >>> scene = np.arange(20.0).reshape(4, 5, 1)
    >>> scene[0, 0] = np.nan
    >>> data = learn.MaskedDataset(scene, 4, labels=scene[..., 0] > 9)
    >>> len(data), data[0]["image"].shape, int(data[0]["mask"].sum()), int(data[1]["mask"].sum())
    (2, torch.Size([1, 4, 4]), 15, 4)
    """

    def __init__(
        self,
        rasters: Any,
        size: int | tuple[int, int],
        labels: Any = None,
        masks: Any = None,
        *,
        overlap: int = 0,
        min_valid: float = 0.0,
        transform: Callable[[dict[str, Any]], Any] | None = None,
        tv_tensors: bool = False,
    ):
        scenes = _several(rasters)
        alike = {"labels": _beside(labels, len(scenes)), "masks": _beside(masks, len(scenes))}
        for name, given in alike.items():
            if len(given) != len(scenes):
                raise ParameterError(f"MaskedDataset: {len(given)} {name} do not go with {len(scenes)} rasters")
        self.tiles = [
            tiles(scene, size, overlap, min_valid, mask=mask, labels=label)
            for scene, label, mask in zip(scenes, alike["labels"], alike["masks"], strict=True)
        ]
        self._ends = list(accumulate(map(len, self.tiles)))
        self.transform, self._wrap = transform, _tv_wrap if tv_tensors else None

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, number: int) -> Any:
        if not -len(self) <= number < len(self):
            raise IndexError(f"sample {number} of {len(self)}")
        scene = bisect_right(self._ends, number % len(self))
        sample = sample_of(self.tiles[scene][number % len(self) - self._ends[scene]])
        sample = sample if self._wrap is None else self._wrap(sample)
        return sample if self.transform is None else self.transform(sample)


def sample_of(tile: Tile) -> dict[str, Tensor]:
    """A tile as tensors."""
    mask = as_tensor(tile.valid)
    pixels = torch.from_numpy(np.atleast_3d(tile.image).astype(np.float32)).movedim(-1, 0)
    sample = {"image": keep(pixels, mask > 0), "mask": mask}
    return sample if tile.label is None else {**sample, "label": torch.from_numpy(tile.label.astype(np.int64))}


def _several(given: Any) -> list[Any]:
    return list(given) if isinstance(given, Sequence) else [given]


def _beside(given: Any, count: int) -> list[Any]:
    """One for each raster."""
    return [None] * count if given is None else _several(given)


def _tv_wrap(sample: dict[str, Tensor]) -> dict[str, Any]:
    """The same as tv_tensors."""
    tv = import_extra("torchvision.tv_tensors", "torch", "MaskedDataset(tv_tensors=True)")
    return {name: tv.Image(part) if name == "image" else tv.Mask(part) for name, part in sample.items()}

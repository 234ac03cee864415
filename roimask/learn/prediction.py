"""A model over a whole raster, tile by tile, its answers blended where tiles overlap."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from roimask.errors import ParameterError
from roimask.learn.bridge import sample_of
from roimask.raster.io import write
from roimask.raster.tiles import Tile, Tiles, tiles

__all__ = ["predict"]


def predict(
    model: nn.Module,
    raster: Any,
    size: int | tuple[int, int],
    overlap: int = 0,
    mask: Any = None,
    *,
    out: Any = None,
    batch_size: int = 8,
    call: Callable | None = None,
) -> np.ndarray:
    """Run a model over the tiles of a raster and stitch its answers together, blended where tiles overlap.

    Parameters
    ----------
    model : nn.Module
        Answers (B, C, h, w) to images (B, bands, h, w); it runs in evaluation mode, on the device of its parameters.
    raster : Raster or array (H, W) or (H, W, C)
    size : int or (int, int)
        Of a tile.
    overlap : int, default 0
        How many pixels neighbours share: there an answer counts the less, the nearer its tile ends.
    mask : Mask or array (H, W), optional
        Which pixels are valid, of those that hold data.
    out : path, optional
        A GeoTIFF to write the answer to, NaN as its nodata value.
    batch_size : int, default 8
    call : callable (model, batch, mask), optional
        How the model is run; default: ``model(batch, mask)`` where its ``forward`` takes two, else ``model(batch)``.

    Returns
    -------
    ndarray (H, W, C), float32
        NaN where nothing is valid.

    Notes
    -----
    The answer, and a weight a pixel, are held in memory; the raster is read tile by tile.

    Examples
    --------
    >>> import numpy as np, torch
    >>> from roimask import learn
    >>> scene = np.arange(20.0).reshape(4, 5)
    >>> scene[0, 0] = np.nan
    >>> learn.predict(torch.nn.Identity(), scene, 3, overlap=1)[..., 0].round(3)[:2]
    array([[nan,  1.,  2.,  3.,  4.],
           [ 5.,  6.,  7.,  8.,  9.]], dtype=float32)
    """
    call = caller(model) if call is None else call
    found = tiles(raster, size, overlap, mask=mask)
    total, weight = (np.zeros((*found.source.frame.shape, 1), np.float32) for _ in range(2))
    for batch in _batches(found, batch_size):
        for tile, answer in zip(batch, _answers(model, call, batch), strict=True):
            if total.shape[-1] != answer.shape[-1]:
                total = np.zeros((*total.shape[:2], answer.shape[-1]), np.float32)
            _add(tile, answer, _ramp(found), total, weight)
    with np.errstate(invalid="ignore"):
        stitched = total / weight
    if out is not None:
        write(out, stitched, frame=found.source.frame, nodata=np.nan)
    return stitched


def _batches(found: Tiles, size: int) -> Iterator[list[Tile]]:
    """The tiles in which anything is valid, some at a time."""
    kept = (tile for tile in found if tile.valid.area)
    while batch := list(islice(kept, size)):
        yield batch


def _answers(model: nn.Module, call: Callable, batch: list[Tile]) -> np.ndarray:
    """What the model answers to some tiles, (B, h, w, C)."""
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    samples = [sample_of(tile) for tile in batch]
    image, mask = (torch.stack([sample[name] for sample in samples]).to(device) for name in ("image", "mask"))
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            answer: Tensor = call(model, image, mask)
    finally:
        model.train(training)
    if answer.ndim != 4 or answer.shape[-2:] != image.shape[-2:]:
        raise ParameterError(
            f"predict: to {tuple(image.shape)} the model answers {tuple(answer.shape)}, not (B, C, h, w)"
        )
    return answer.movedim(1, -1).float().cpu().numpy()


def _add(tile: Tile, answer: np.ndarray, ramp: np.ndarray, total: np.ndarray, weight: np.ndarray) -> None:
    """Add what of a tile is valid, where it lies."""
    rows, columns = (min(a, b) for a, b in zip(ramp.shape, np.subtract(total.shape[:2], tile.window[:2]), strict=True))
    inside, place = np.s_[:rows, :columns], tile.window
    counts = (ramp * (np.asarray(tile.valid) > 0))[inside][..., None]
    there = np.s_[place.top : place.top + rows, place.left : place.left + columns]
    total[there] += np.where(counts > 0, answer[inside] * counts, 0)
    weight[there] += counts


def _ramp(found: Tiles) -> np.ndarray:
    """How much each pixel of a tile counts: 1, and less where neighbours overlap, the nearer its end."""
    lines = []
    for side in found.shape:
        from_end = np.minimum(np.arange(side), np.arange(side)[::-1]) + 0.5
        lines.append(np.minimum(from_end / max(found.overlap, 0.5), 1).astype(np.float32))
    return np.outer(*lines)


def caller(model: nn.Module) -> Callable[[nn.Module, Tensor, Any], Any]:
    """Run a model with the mask where it takes one."""
    takes = [
        p
        for p in inspect.signature(model.forward).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if len(takes) > 1:
        return lambda model, batch, mask: model(batch, mask)
    return lambda model, batch, mask: model(batch)

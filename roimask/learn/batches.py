"""Batches for a DataLoader: what is collated is padded, and what is batched together has nearly one length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import Sampler, default_collate

from roimask.errors import ParameterError
from roimask.learn.padding import pad_images, pad_sequences

__all__ = ["BucketSampler", "collate"]

_SPREAD = 0.02  # how far a length is moved before sorting: batches differ between epochs, and waste little


def collate(samples: Sequence[Any], value: Any = 0, images: bool = False) -> Any:
    """Collate samples of unequal size into one batch with its mask.

    Parameters
    ----------
    samples : sequence of Tensor, or of tuples or dicts of them
        Sequences (T, ...), or images (C, H, W). Of a tuple or a dict, all fields as long (as high and wide) as the
        first are padded; others are stacked as PyTorch does.
    value : float, or a tuple or dict of floats
        What is put into padding; one for each field, where they differ.
    images : bool, default False
        Whether height and width are what differs.

    Returns
    -------
    tuple or dict
        The batch's fields, then the mask, (B, T) or (B, H, W), in a dict under ``"mask"``.

    Examples
    --------
    >>> import torch
    >>> from torch.utils.data import DataLoader
    >>> from roimask import learn
    >>> samples = [(torch.tensor([1, 2]), 0), (torch.tensor([3]), 1)]
    >>> (tokens, label, mask), = DataLoader(samples, batch_size=2, collate_fn=learn.collate)
    >>> tokens.tolist(), label.tolist(), mask.int().tolist()
    ([[1, 2], [3, 0]], [0, 1], [[1, 1], [1, 0]])
    """
    first = samples[0]
    if isinstance(first, Mapping):
        named = value if isinstance(value, Mapping) else dict.fromkeys(first, value)
        fields = [[sample[name] for sample in samples] for name in first]
        *batch, mask = _columns(fields, [named.get(name, 0) for name in first], images)
        return {**dict(zip(first, batch, strict=True)), "mask": mask}
    rows = [sample if isinstance(sample, tuple) else (sample,) for sample in samples]
    values = value if isinstance(value, tuple) else (value,) * len(rows[0])
    return tuple(_columns(list(zip(*rows, strict=True)), values, images))


def _columns(fields: Sequence[Sequence[Any]], values: Sequence[float], images: bool) -> list[Any]:
    """Each field as a batch, and the mask last."""
    pad = pad_images if images else pad_sequences
    sizes = [_size(item, images) for item in fields[0]]
    batch: list[Any] = []
    mask = None
    for items, value in zip(fields, values, strict=True):
        if [_size(item, images) for item in items] == sizes:
            padded, alike = pad(items, value)
            batch, mask = [*batch, padded], alike if mask is None else mask
        else:
            batch.append(default_collate(list(items)))
    return [*batch, mask]


def _size(item: Any, images: bool) -> tuple[int, ...] | None:
    """What must agree for two fields to share a mask."""
    if not isinstance(item, Tensor) or not item.ndim:
        return None
    return tuple(item.shape[-2:]) if images else tuple(item.shape[:1])


class BucketSampler(Sampler[list[int]]):
    """Batch samples of nearly one length, in a new random order each epoch, on one or several ranks.

    Parameters
    ----------
    lengths : sequence of int, array or Tensor (N,)
        How long each sample is.
    batch_size : int
        At most so many samples a batch; batches are as equal as can be.
    seed : int, default 0
        The same on every rank.
    rank, ranks : int, default 0 and 1
        Which of how many processes this is.

    Notes
    -----
    Each epoch sorts by lengths that were moved by up to 2 %, cuts, and shuffles the batches. Every sample comes once
    an epoch, on one rank; all ranks have as many batches, those of one step of nearly one length. Cost: O(N).

    Examples
    --------
    >>> from roimask import learn
    >>> sampler = learn.BucketSampler([9, 1, 8, 2, 1, 9], batch_size=2)
    >>> sorted(sorted(batch) for batch in sampler)
    [[0, 5], [1, 4], [2, 3]]
    >>> list(learn.BucketSampler([], batch_size=2))
    []
    """

    def __init__(self, lengths: Any, batch_size: int, seed: int = 0, rank: int = 0, ranks: int = 1):
        if batch_size < 1:
            raise ParameterError(f"BucketSampler: batch_size is 1 or more, got {batch_size!r}")
        if not 0 <= rank < ranks:
            raise ParameterError(f"BucketSampler: rank is 0 to ranks - 1, got {rank!r} of {ranks!r}")
        self.lengths = np.asarray(lengths, dtype=np.float32)
        if 0 < len(self.lengths) < ranks:
            raise ParameterError(f"BucketSampler: {len(self.lengths)} samples are not enough for {ranks} ranks")
        self.batch_size, self.seed, self.rank, self.ranks, self.epoch = batch_size, seed, rank, ranks, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order comes next; without it every epoch has the same one."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.lengths) // (self.batch_size * self.ranks))

    def __iter__(self) -> Iterator[list[int]]:
        random = np.random.default_rng((self.seed, self.epoch))
        count, samples = len(self), len(self.lengths)
        order = self._sorted(random)
        edges = np.arange(count * self.ranks + 1) * samples // max(count * self.ranks, 1)
        for step in random.permutation(count):
            mine = step * self.ranks + (self.rank + step) % self.ranks
            yield order[edges[mine] : edges[mine + 1]].tolist()

    def _sorted(self, random: np.random.Generator) -> np.ndarray:
        """The samples by their moved lengths, in 65536 steps, which numpy sorts in linear time."""
        moved = self.lengths * (1 + _SPREAD * random.random(len(self.lengths), dtype=np.float32))
        moved *= 65535 / max(moved.max(initial=0), 1)
        return np.argsort(moved.astype(np.uint16), kind="stable")

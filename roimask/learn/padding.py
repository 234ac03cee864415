"""Sequences and images of unequal size in one batch, and the mask that says what is real."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_sequence, pad_packed_sequence, pad_sequence

from roimask.errors import ParameterError
from roimask.learn.fitting import as_tensor, taking_part

__all__ = [
    "from_nested",
    "pack",
    "pad_images",
    "pad_sequences",
    "padding_mask",
    "to_nested",
    "token_mask",
    "unpack",
    "unpad",
]


def padding_mask(lengths: Any, max_length: int | None = None) -> Tensor:
    """Make the mask of a padded batch from the lengths of its sequences.

    Parameters
    ----------
    lengths : sequence of int or Tensor (B,)
        How many places of each sequence are real.
    max_length : int, optional
        Length of the batch; default: that of the longest sequence.

    Returns
    -------
    Tensor (B, T), bool
        True takes part.

    Raises
    ------
    ParameterError
        Where a length is below 0 or above ``max_length``.

    Examples
    --------
    >>> from roimask import learn
    >>> learn.padding_mask([2, 0, 3]).int()
    tensor([[1, 1, 0],
            [0, 0, 0],
            [1, 1, 1]], dtype=torch.int32)
    """
    lengths = torch.as_tensor(lengths)
    longest = int(lengths.max()) if lengths.numel() else 0
    if lengths.numel() and int(lengths.min()) < 0:
        raise ParameterError(f"padding_mask: lengths are 0 or more, got {int(lengths.min())}")
    if max_length is not None and longest > max_length:
        raise ParameterError(f"padding_mask: a sequence is {longest} long, beyond max_length {max_length}")
    places = torch.arange(longest if max_length is None else max_length, device=lengths.device)
    return places < lengths.unsqueeze(-1)


def token_mask(tokens: Tensor, pad: int) -> Tensor:
    """Make the mask of a padded batch from the token that stands for padding.

    Parameters
    ----------
    tokens : Tensor, integers
    pad : int
        The token that takes no part.

    Returns
    -------
    Tensor, bool
        Of the same shape; True takes part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.token_mask(torch.tensor([[5, 7, 0], [0, 0, 0]]), pad=0).tolist()
    [[True, True, False], [False, False, False]]
    """
    return tokens != pad


def pad_sequences(sequences: Sequence[Any], value: float = 0) -> tuple[Tensor, Tensor]:
    """Put sequences of unequal length into one batch.

    Parameters
    ----------
    sequences : sequence of Tensor (T, ...) or of lists
        Alike but for their lengths; one may be empty.
    value : float, default 0
        What is put where a sequence has ended.

    Returns
    -------
    batch : Tensor (B, T, ...)
    mask : Tensor (B, T), bool
        True takes part.

    Examples
    --------
    >>> from roimask import learn
    >>> batch, mask = learn.pad_sequences([[3, 4], [5]], value=9)
    >>> batch.tolist(), mask.tolist()
    ([[3, 4], [5, 9]], [[True, True], [True, False]])
    """
    parts = [torch.as_tensor(sequence) for sequence in sequences]
    if not parts or any(part.ndim == 0 for part in parts):
        raise ParameterError(f"pad_sequences: one or more sequences are needed, got {sequences!r}")
    batch = pad_sequence(parts, batch_first=True, padding_value=value)
    return batch, padding_mask([len(part) for part in parts]).to(batch.device)


def pad_images(images: Sequence[Tensor], value: float = 0, size_divisor: int = 1) -> tuple[Tensor, Tensor]:
    """Put images of unequal size into one batch, each in the top left corner.

    Parameters
    ----------
    images : sequence of Tensor (C, H, W) or (H, W)
    value : float, default 0
        What is put beside and below a smaller image.
    size_divisor : int, default 1
        The batch's height and width are multiples of it, as nets with strides want them.

    Returns
    -------
    batch : Tensor (B, C, H, W) or (B, H, W)
    mask : Tensor (B, H, W), bool
        True takes part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> batch, mask = learn.pad_images([torch.ones(3, 2, 5), torch.ones(3, 4, 1)], size_divisor=4)
    >>> batch.shape, mask.sum((1, 2)).tolist()
    (torch.Size([2, 3, 4, 8]), [10, 4])
    """
    if not images or any(image.ndim not in (2, 3) for image in images):
        raise ParameterError("pad_images: one or more images (C, H, W) or (H, W) are needed")
    sides = [max(image.shape[axis] for image in images) for axis in (-2, -1)]
    height, width = (-(-side // size_divisor) * size_divisor for side in sides)
    batch = images[0].new_full((len(images), *images[0].shape[:-2], height, width), value)
    mask = torch.zeros(len(images), height, width, dtype=torch.bool, device=batch.device)
    for image, place, real in zip(images, batch, mask, strict=True):
        place[..., : image.shape[-2], : image.shape[-1]] = image
        real[: image.shape[-2], : image.shape[-1]] = True
    return batch, mask


def unpad(batch: Tensor, mask: Any) -> list[Tensor]:
    """Take a batch apart again: of sequences what takes part, of images the box around what takes part.

    Parameters
    ----------
    batch : Tensor (B, T, ...), or (B, C, H, W) or (B, H, W) with a mask (B, H, W)
    mask : Tensor (B, T) or (B, H, W)

    Returns
    -------
    list of Tensor

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> [part.tolist() for part in learn.unpad(torch.tensor([[3, 4], [5, 9], [9, 9]]), learn.padding_mask([2, 1, 0]))]
    [[3, 4], [5], []]
    """
    real = taking_part(as_tensor(mask)).to(batch.device)
    if real.ndim == 2:
        return [sequence[places] for sequence, places in zip(batch, real, strict=True)]
    if real.ndim != 3:
        raise ParameterError(f"unpad: the mask is (B, T) or (B, H, W), got shape {tuple(real.shape)}")
    return [image[..., _span(places.any(1)), _span(places.any(0))] for image, places in zip(batch, real, strict=True)]


def _span(line: Tensor) -> slice:
    places = line.nonzero()
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, 0)


def pack(batch: Tensor, mask: Any) -> PackedSequence:
    """Pack what takes part of each sequence, as the recurrent nets of PyTorch take it.

    Parameters
    ----------
    batch : Tensor (B, T, ...)
    mask : Tensor (B, T)
        Any: padding may lie in front or between, too.

    Returns
    -------
    PackedSequence
        Gradients go back to the batch, 0 at padding.

    Raises
    ------
    ParameterError
        Where nothing of a sequence takes part, which PyTorch cannot pack.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> packed = learn.pack(torch.tensor([[1, 2, 0], [3, 4, 5]]), learn.padding_mask([2, 3]))
    >>> packed.data.tolist()
    [3, 1, 4, 2, 5]
    """
    parts = unpad(batch, mask)
    if not all(len(part) for part in parts):
        raise ParameterError("pack: nothing of a sequence takes part; leave empty sequences out of the batch")
    return pack_sequence(parts, enforce_sorted=False)


def unpack(packed: PackedSequence, value: float = 0, max_length: int | None = None) -> tuple[Tensor, Tensor]:
    """Turn a packed sequence into a padded batch and its mask.

    Parameters
    ----------
    packed : PackedSequence
    value : float, default 0
        What is put where a sequence has ended.
    max_length : int, optional
        Length of the batch; default: that of the longest sequence.

    Returns
    -------
    batch : Tensor (B, T, ...)
    mask : Tensor (B, T), bool

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> mask = learn.padding_mask([2, 3])
    >>> batch, same = learn.unpack(learn.pack(torch.tensor([[1, 2, 9], [3, 4, 5]]), mask))
    >>> batch.tolist(), bool((same == mask).all())
    ([[1, 2, 0], [3, 4, 5]], True)
    """
    batch, lengths = pad_packed_sequence(packed, batch_first=True, padding_value=value, total_length=max_length)
    return batch, padding_mask(lengths, batch.shape[1]).to(batch.device)


def to_nested(batch: Tensor, mask: Any) -> Tensor:
    """Turn a padded batch into a nested tensor (jagged layout) of what takes part.

    Parameters
    ----------
    batch : Tensor (B, T, ...)
    mask : Tensor (B, T)

    Returns
    -------
    Tensor
        Nested; gradients go back to the batch.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> nested = learn.to_nested(torch.ones(2, 3, 4), learn.padding_mask([2, 3]))
    >>> [part.shape[0] for part in nested.unbind()]
    [2, 3]
    """
    return torch.nested.as_nested_tensor(unpad(batch, mask), layout=torch.jagged)


def from_nested(nested: Tensor, value: float = 0) -> tuple[Tensor, Tensor]:
    """Turn a nested tensor into a padded batch and its mask.

    Parameters
    ----------
    nested : Tensor
    value : float, default 0

    Returns
    -------
    batch : Tensor (B, T, ...)
    mask : Tensor (B, T), bool

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> batch, mask = learn.from_nested(learn.to_nested(torch.ones(2, 3, 1), learn.padding_mask([2, 3])), value=7)
    >>> batch.squeeze(-1).tolist()
    [[1.0, 1.0, 7.0], [1.0, 1.0, 1.0]]
    """
    return pad_sequences(list(nested.unbind()), value)

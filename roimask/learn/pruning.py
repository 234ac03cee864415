"""Masks that say which weights are worth keeping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from roimask.errors import ParameterError

__all__ = ["magnitude_mask", "pattern_mask", "structure_mask"]


def magnitude_mask(weights: Tensor | Sequence[Tensor], share: float) -> Any:
    """Mask out the smallest weights.

    Parameters
    ----------
    weights : Tensor, or a sequence of them
        Of several the smallest of all are masked out.
    share : float
        How many are masked out, 0 to 1.

    Returns
    -------
    Tensor, bool, or a list of them
        For ``set_mask`` of the layers; True takes part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.magnitude_mask(torch.tensor([[3.0, -1.0], [0.5, -4.0]]), share=0.5)
    tensor([[ True, False],
            [False,  True]])
    """
    several = [weights] if isinstance(weights, Tensor) else list(weights)
    sizes = torch.cat([weight.detach().abs().reshape(-1) for weight in several])
    parts = _largest(sizes, share).split([weight.numel() for weight in several])
    masks = [part.reshape(weight.shape) for part, weight in zip(parts, several, strict=True)]
    return masks[0] if isinstance(weights, Tensor) else masks


def structure_mask(weight: Tensor, share: float, dim: int = 0, norm: float = 2.0) -> Tensor:
    """Mask out whole rows, channels or filters: those of the smallest norm.

    Parameters
    ----------
    weight : Tensor
    share : float
        How many of them are masked out, 0 to 1.
    dim : int, default 0
        Along which axis they lie: 0 outputs, 1 inputs.
    norm : float, default 2

    Returns
    -------
    Tensor, bool
        Of the shape of the weight.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.structure_mask(torch.tensor([[3.0, -1.0], [0.5, -2.0]]), share=0.5)
    tensor([[ True,  True],
            [False, False]])
    """
    rows = weight.detach().movedim(dim, 0).flatten(1)
    part = _largest(torch.linalg.vector_norm(rows, norm, dim=1), share)
    return part.reshape([-1 if axis == dim % weight.ndim else 1 for axis in range(weight.ndim)]).expand_as(weight)


def pattern_mask(weight: Tensor, n: int = 2, m: int = 4) -> Tensor:
    """Keep the ``n`` largest of every ``m`` neighbouring inputs, as sparse tensor cores want it.

    Parameters
    ----------
    weight : Tensor (outputs, inputs, ...)
        The inputs a multiple of ``m``.
    n, m : int, default 2 and 4

    Returns
    -------
    Tensor, bool

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.pattern_mask(torch.tensor([[1.0, -5.0, 0.0, 2.0]])).int().tolist()
    [[0, 1, 0, 1]]
    """
    if not 0 < n <= m or weight.shape[1] % m:
        raise ParameterError(f"pattern_mask: {n} of {m} does not go into {weight.shape[1]} inputs")
    groups = weight.detach().abs().movedim(1, -1)
    parted = groups.unflatten(-1, (-1, m))
    kept = torch.zeros_like(parted, dtype=torch.bool).scatter_(-1, parted.topk(n).indices, True)
    return kept.flatten(-2).movedim(-1, 1)


def _largest(sizes: Tensor, share: float) -> Tensor:
    """All but the smallest share, exactly so many, also among equals."""
    if not 0 <= share <= 1:
        raise ParameterError(f"share is 0 to 1, got {share!r}")
    part = torch.ones_like(sizes, dtype=torch.bool)
    part[sizes.argsort(stable=True)[: round(share * len(sizes))]] = False
    return part

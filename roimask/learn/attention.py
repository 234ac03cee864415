"""Attention: who may see whom, and that what may not be seen changes nothing."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from roimask.errors import ParameterError
from roimask.learn.fitting import as_tensor, keep, taking_part
from roimask.learn.polarity import to_sdpa

__all__ = ["attention_mask", "masked_attention"]


def attention_mask(
    mask: Any, causal: bool = False, window: int | None = None, segments: Tensor | None = None
) -> Tensor:
    """Make the mask of self attention: which query may see which key.

    Parameters
    ----------
    mask : Tensor (B, T)
        Which keys take part.
    causal : bool, default False
        A query sees no later key.
    window : int, optional
        A query sees keys less than so many places away, itself included.
    segments : Tensor (B, T), optional
        A query sees its own segment alone: several sequences packed into one row.

    Returns
    -------
    Tensor (B, 1, T, T), bool
        As ``scaled_dot_product_attention`` takes it; :func:`to_attn_mask` and :func:`to_flex` give the other forms.

    Examples
    --------
    >>> from roimask import learn
    >>> learn.attention_mask(learn.padding_mask([3, 1]), causal=True, window=2).int()[:, 0]
    tensor([[[1, 0, 0],
             [1, 1, 0],
             [0, 1, 1]],
    <BLANKLINE>
            [[1, 0, 0],
             [1, 0, 0],
             [0, 0, 0]]], dtype=torch.int32)
    """
    keys = taking_part(as_tensor(mask))
    if keys.ndim != 2:
        raise ParameterError(f"attention_mask: the mask is (B, T), got shape {tuple(keys.shape)}")
    places = torch.arange(keys.shape[1], device=keys.device)
    away = places[:, None] - places
    seen = keys[:, None, None].expand(-1, 1, len(places), -1)
    if causal:
        seen = seen & (away >= 0)
    if window is not None:
        seen = seen & (away.abs() < window)
    if segments is not None:
        seen = seen & (segments[:, None, :, None] == segments[:, None, None])
    return seen


def masked_attention(q: Tensor, k: Tensor, v: Tensor, mask: Any, causal: bool = False) -> Tensor:
    """Attend to what takes part: keys and values that do not, change nothing, NaN and inf included.

    Parameters
    ----------
    q : Tensor (B, H, Tq, E)
    k, v : Tensor (B, H, Tk, E)
    mask : Tensor (B, Tk), (B, Tq, Tk) or (B, 1 or H, Tq, Tk)
        Which keys take part, or which query may see which key.
    causal : bool, default False
        A query sees no later key.

    Returns
    -------
    Tensor (B, H, Tq, E)
        0, with a gradient of 0, where a query sees no key; NaN where it is not finite or sees what is not.

    Notes
    -----
    ``scaled_dot_product_attention``, whose answers and speed it has. Attention would multiply NaN by a weight of 0,
    so keys and values are made finite before, and queries that see one that was not are marked after. Cost: that of
    attention and of reading the inputs once more.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> v = torch.tensor([1.0, 3.0, torch.nan]).reshape(1, 1, 3, 1)
    >>> learn.masked_attention(torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 3, 1), v, learn.padding_mask([2], 3))
    tensor([[[[2.]]]])
    >>> learn.masked_attention(torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 3, 1), v, learn.padding_mask([0], 3))
    tensor([[[[0.]]]])
    """
    seen = to_sdpa(mask).to(q.device)
    if causal:
        seen = seen & torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool, device=q.device).tril()
    some = seen.any(-1, keepdim=True)
    attended = F.scaled_dot_product_attention(_finite(q), _finite(k), _finite(v), attn_mask=seen | ~some)
    wrong = _is_bad(q) | _see_bad(seen, _is_bad(k) | _is_bad(v))
    return keep(torch.where(wrong, torch.nan, attended), some)


def _finite(x: Tensor) -> Tensor:
    return torch.nan_to_num(x, 0.0, 0.0, 0.0)


def _is_bad(x: Tensor) -> Tensor:
    """Where a vector is not finite, (B, H, T, 1): infinite numbers and NaN stay so in a sum of 0 times each."""
    return (x.detach() * 0).sum(-1, keepdim=True) != 0


def _see_bad(seen: Tensor, bad: Tensor) -> Tensor:
    """Which queries see a bad key, (B, H, Tq, 1)."""
    return seen.to(torch.float32) @ bad.to(torch.float32) > 0

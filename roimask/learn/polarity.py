"""Each of PyTorch's own conventions by its name; here True always takes part."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from roimask.errors import ParameterError
from roimask.learn.fitting import as_tensor, taking_part

__all__ = [
    "from_attn_mask",
    "from_ignore_index",
    "from_key_padding",
    "from_sdpa",
    "to_attn_mask",
    "to_flex",
    "to_ignore_index",
    "to_key_padding",
    "to_sdpa",
]


def to_key_padding(mask: Any) -> Tensor:
    """Make the ``key_padding_mask`` of ``nn.MultiheadAttention`` and ``nn.Transformer``, in which True is padding.

    Examples
    --------
    >>> from roimask import learn
    >>> learn.to_key_padding(learn.padding_mask([1, 2])).tolist()
    [[False, True], [False, False]]
    """
    return ~taking_part(as_tensor(mask))


def from_key_padding(padding: Tensor) -> Tensor:
    """Read a ``key_padding_mask``: bool, in which True is padding, or floats, in which -inf is.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.from_key_padding(torch.tensor([[0.0, -torch.inf]])).tolist()
    [[True, False]]
    """
    return _read_additive(padding) if padding.is_floating_point() else ~padding.bool()


def to_sdpa(mask: Any) -> Tensor:
    """Make the ``attn_mask`` of ``scaled_dot_product_attention``, in which True takes part.

    Parameters
    ----------
    mask : Tensor (B, T), or (B, Tq, Tk), or (B, H, Tq, Tk)
        Keys that take part; or which query may see which key.

    Returns
    -------
    Tensor (B, 1, 1, T), or (B, 1, Tq, Tk), or (B, H, Tq, Tk), bool

    Examples
    --------
    >>> from roimask import learn
    >>> learn.to_sdpa(learn.padding_mask([1, 2])).shape
    torch.Size([2, 1, 1, 2])
    """
    seen = taking_part(as_tensor(mask))
    if seen.ndim == 2:
        return seen[:, None, None]
    if seen.ndim not in (3, 4):
        raise ParameterError(f"to_sdpa: the mask has 2, 3 or 4 axes, got shape {tuple(seen.shape)}")
    return seen[:, None] if seen.ndim == 3 else seen


def from_sdpa(attn_mask: Tensor) -> Tensor:
    """Read an ``attn_mask`` of ``scaled_dot_product_attention``: bool, or floats, in which -inf takes no part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.from_sdpa(torch.tensor([[0.0, -torch.inf], [0.0, 0.0]])).tolist()
    [[True, False], [True, True]]
    """
    return _read_additive(attn_mask) if attn_mask.is_floating_point() else attn_mask.bool()


def to_attn_mask(mask: Any, heads: int) -> Tensor:
    """Make the ``attn_mask`` of ``nn.MultiheadAttention``, in which True takes no part.

    Parameters
    ----------
    mask : Tensor (B, 1 or H, Tq, Tk)
        As :func:`attention_mask` makes it.
    heads : int

    Returns
    -------
    Tensor (B * heads, Tq, Tk), bool

    Examples
    --------
    >>> from roimask import learn
    >>> learn.to_attn_mask(learn.attention_mask(learn.padding_mask([1, 2]), causal=True), heads=4).shape
    torch.Size([8, 2, 2])
    """
    seen = taking_part(as_tensor(mask))
    return ~seen.expand(seen.shape[0], heads, *seen.shape[2:]).reshape(-1, *seen.shape[2:])


def from_attn_mask(attn_mask: Tensor, heads: int) -> Tensor:
    """Read an ``attn_mask`` (B * heads, Tq, Tk) of ``nn.MultiheadAttention``: bool, or floats as :func:`from_sdpa`.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.from_attn_mask(torch.eye(2, dtype=torch.bool).repeat(6, 1, 1), heads=3).shape
    torch.Size([2, 3, 2, 2])
    """
    return from_key_padding(attn_mask).unflatten(0, (-1, heads))


def to_flex(mask: Any) -> Any:
    """Make the ``block_mask`` of ``flex_attention``.

    Parameters
    ----------
    mask : Tensor (B, 1 or H, Tq, Tk)
        As :func:`attention_mask` makes it.

    Returns
    -------
    BlockMask

    Examples
    --------
    >>> from roimask import learn
    >>> learn.to_flex(learn.attention_mask(learn.padding_mask([1, 2]), causal=True)).shape
    (2, 1, 2, 2)
    """
    from torch.nn.attention.flex_attention import create_block_mask

    seen = taking_part(as_tensor(mask))
    batch, heads, queries, keys = seen.shape
    last = heads - 1

    def may_see(b: Tensor, h: Tensor, q: Tensor, k: Tensor) -> Tensor:
        return seen[b, torch.clamp(h, max=last), q, k]

    return create_block_mask(may_see, batch, heads, queries, keys, device=seen.device)


def _read_additive(added: Tensor) -> Tensor:
    return added != -torch.inf


def to_ignore_index(target: Tensor, mask: Any, ignore_index: int = -100) -> Tensor:
    """Put ``ignore_index`` into a target where it takes no part, for PyTorch's own losses.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.to_ignore_index(torch.tensor([[4, 5]]), learn.padding_mask([1], 2)).tolist()
    [[4, -100]]
    """
    return torch.where(taking_part(as_tensor(mask)).to(target.device), target, ignore_index)


def from_ignore_index(target: Tensor, ignore_index: int = -100) -> tuple[Tensor, Tensor]:
    """Read a target that holds ``ignore_index``: the target, with 0 there, and the mask.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> target, mask = learn.from_ignore_index(torch.tensor([4, -100]))
    >>> target.tolist(), mask.tolist()
    ([4, 0], [True, False])
    """
    mask = target != ignore_index
    return torch.where(mask, target, 0), mask

"""A mask beside a tensor: of what kind it is, and which axes it lies along."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from roimask.errors import FrameMismatch

__all__: list[str] = []  # for the other parts alone


def as_tensor(mask: Any) -> Tensor:
    """Read a tensor, a Mask or an array as a mask: bool, or floats of 0 to 1; of integers all but 0 take part."""
    tensor = mask if isinstance(mask, Tensor) else torch.from_numpy(np.array(mask))
    return tensor if tensor.dtype == torch.bool or tensor.is_floating_point() else tensor != 0


def taking_part(mask: Tensor) -> Tensor:
    """Where a mask is above 0, as bool."""
    return mask if mask.dtype == torch.bool else mask > 0


def fit(mask: Any, x: Tensor) -> Tensor:
    """Give a mask as many axes as ``x``, on its device.

    With as many axes it must broadcast. With fewer it lies along the first axes of ``x``, (B, T) along (B, T, E); of
    images, (B, H, W) beside (B, C, H, W), it is one mask for all channels.
    """
    mask = as_tensor(mask).to(x.device)
    shape = tuple(mask.shape)
    if mask.ndim < x.ndim:
        if x.ndim >= 4 and shape == (x.shape[0], *x.shape[2:]):
            return mask.unsqueeze(1)
        if shape == tuple(x.shape[: mask.ndim]):
            return mask.reshape(*shape, *[1] * (x.ndim - mask.ndim))
    elif mask.ndim == x.ndim and all(m in (1, n) for m, n in zip(shape, x.shape, strict=True)):
        return mask
    raise FrameMismatch(
        f"a mask of shape {shape} does not lie along a tensor of shape {tuple(x.shape)}: "
        "give it the same first axes, or as many axes with 1 where it is the same along one"
    )


def keep(x: Tensor, mask: Tensor) -> Tensor:
    """``x`` times a fitted mask, with 0 and a gradient of 0 where it takes no part, NaN or not."""
    kept = _Keep.apply(x, taking_part(mask))
    return kept * mask.to(x.dtype) if mask.is_floating_point() else kept


def is_eager(x: Tensor) -> bool:
    """Whether looking at values first costs nothing: on a CPU, not compiled."""
    return x.device.type == "cpu" and not torch.compiler.is_compiling()


def blank(x: Tensor, part: Tensor) -> Tensor:
    """``where(part, x, 0)`` outside autograd: on a CPU by its bits, five times as fast."""
    if not is_eager(x) or x.dtype not in _WORDS:
        return torch.where(part, x, 0)
    word = _WORDS[x.dtype]
    return (x.detach().view(word) & _ones(part, word)).view(x.dtype)


def blank_(x: Tensor, part: Tensor) -> Tensor:
    """:func:`blank` in place."""
    if not is_eager(x) or x.dtype not in _WORDS:
        return x.masked_fill_(~part, 0)
    word = _WORDS[x.dtype]
    x.view(word).bitwise_and_(_ones(part, word))
    return x


_WORDS = {
    torch.float64: torch.int64,
    torch.float32: torch.int32,
    torch.float16: torch.int16,
    torch.bfloat16: torch.int16,
    torch.int64: torch.int64,
    torch.int32: torch.int32,
}


def _ones(part: Tensor, word: torch.dtype) -> Tensor:
    """All bits where it takes part, none elsewhere."""
    return part.view(torch.int8).neg().to(word)


class _Keep(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, part: Tensor) -> Tensor:
        return blank(x, part)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(inputs[1])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        return _Keep.apply(grad, ctx.saved_tensors[0]), None


def summing(dtype: torch.dtype) -> torch.dtype:
    """What sums and counts are held in: half precision knows no 70,000."""
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


def measure(mask: Tensor, shape: torch.Size, dtype: torch.dtype) -> Tensor:
    """How much of a tensor of this shape takes part: the sum of a fitted mask, spread over its axes of 1."""
    amount = mask.sum(dtype=dtype) if mask.is_floating_point() else mask.count_nonzero().to(dtype)
    return amount * (shape.numel() / max(mask.numel(), 1))


def divide(total: Tensor, amount: Tensor, empty: float = 0.0) -> Tensor:
    """``total / amount``, and ``empty`` with a gradient of 0 where the amount is 0."""
    some = amount > 0
    return torch.where(some, total / torch.where(some, amount, 1), empty)

"""Convolution and pooling that read only what takes part, and say where their answer does."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from roimask.errors import ParameterError
from roimask.learn.fitting import divide, fit, keep, taking_part

__all__ = ["NormalizedConv2d", "PartialConv2d", "masked_avg_pool2d", "masked_max_pool2d"]


class PartialConv2d(nn.Conv2d):
    """Partial convolution (Liu 2018): windows are made up for what of them takes no part.

    Parameters
    ----------
    inputs, outputs : int
    size : int or (int, int)
    **options
        As ``nn.Conv2d`` has them.

    Notes
    -----
    Called as ``(x, mask)``, with a mask (B, H, W) or (B, 1, H, W); answers ``(y, mask)``, the mask (B, 1, h, w) where a
    window held anything: W (x × M) · h w / ΣM + b there, 0 elsewhere. Beyond the border nothing takes part, unless
    ``padding_mode`` says what lies there.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> layer = learn.PartialConv2d(1, 1, 3, padding=1, bias=False)
    >>> _ = torch.nn.init.constant_(layer.weight, 1 / 9)
    >>> x = torch.full((1, 1, 3, 5), 6.0)
    >>> x[..., 3:] = torch.nan
    >>> y, mask = layer(x, ~x[:, 0].isnan())
    >>> y[0, 0, 1].round().tolist(), mask[0, 0, 1].int().tolist()
    ([6.0, 6.0, 6.0, 6.0, 0.0], [1, 1, 1, 1, 0])
    """

    def __init__(self, inputs: int, outputs: int, size: Any, **options: Any):
        super().__init__(inputs, outputs, size, **options)

    def forward(self, x: Tensor, mask: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        mask = fit(mask, x)
        if mask.shape[1] != 1:
            raise ParameterError(f"PartialConv2d: one mask for all channels, (B, 1, H, W), got {tuple(mask.shape)}")
        once = torch.ones_like(self.weight[: self.groups, :1])
        held = self._conv_forward(mask.to(x.dtype).expand(-1, self.groups, -1, -1), once, None)[:, :1]
        y = self._conv_forward(keep(x, mask), self.weight, None)
        y = divide(y * self.weight[0, 0].numel(), held)
        some = held > 0
        return (y if self.bias is None else keep(y + self.bias[:, None, None], some)), some


class NormalizedConv2d(nn.Conv2d):
    """Normalised convolution (Knutsson 1993): an average weighted by what takes part, and by learnt positive weights.

    Parameters
    ----------
    inputs, outputs : int
    size : int or (int, int)
    **options
        As ``nn.Conv2d`` has them.

    Notes
    -----
    Called as ``(x, mask)``, with a mask or confidence (B, H, W) or (B, 1, H, W); answers ``(y, confidence)``, both
    (B, outputs, h, w): Σ a c x / Σ a c + b, and Σ a c / Σ a, with a = softplus(weight). 0 where nothing takes part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> layer = learn.NormalizedConv2d(1, 1, 3, padding=1, bias=False)
    >>> x = torch.full((1, 1, 3, 5), 6.0)
    >>> x[..., 3:] = torch.nan
    >>> y, confidence = layer(x, ~x[:, 0].isnan())
    >>> y[0, 0, 1].round(decimals=3).tolist(), confidence[0, 0, 1, -1].item()
    ([6.0, 6.0, 6.0, 6.0, 0.0], 0.0)
    """

    def __init__(self, inputs: int, outputs: int, size: Any, **options: Any):
        super().__init__(inputs, outputs, size, **options)

    def forward(self, x: Tensor, mask: Any) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        mask = fit(mask, x)
        positive = F.softplus(self.weight)
        held = self._conv_forward(mask.to(x.dtype).expand_as(x), positive, None)
        y = divide(self._conv_forward(keep(x, mask), positive, None), held)
        confidence = held / positive.sum((1, 2, 3))[:, None, None]
        return (y if self.bias is None else keep(y + self.bias[:, None, None], held > 0)), confidence


def masked_avg_pool2d(x: Tensor, mask: Any, size: Any, stride: Any = None, padding: Any = 0) -> tuple[Tensor, Tensor]:
    """Average what of each window takes part.

    Parameters
    ----------
    x : Tensor (B, C, H, W)
    mask : Tensor, Mask or array (B, H, W), or four axes
    size, stride, padding : int or (int, int)
        As ``avg_pool2d`` has them.

    Returns
    -------
    y : Tensor (B, C, h, w)
        0 where nothing of a window takes part.
    mask : Tensor, bool
        Where anything does.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> x = torch.tensor([[[[1.0, torch.nan], [3.0, 8.0]]]])
    >>> learn.masked_avg_pool2d(x, ~x.isnan(), 2)
    (tensor([[[[4.]]]]), tensor([[[[True]]]]))
    """
    mask = fit(mask, x)
    held = F.avg_pool2d(mask.to(x.dtype), size, stride, padding)
    return divide(F.avg_pool2d(keep(x, mask), size, stride, padding), held), held > 0


def masked_max_pool2d(x: Tensor, mask: Any, size: Any, stride: Any = None, padding: Any = 0) -> tuple[Tensor, Tensor]:
    """Take the largest of what of each window takes part; parameters and answers as :func:`masked_avg_pool2d`.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> x = torch.tensor([[[[1.0, 9.0], [3.0, 8.0]]]])
    >>> learn.masked_max_pool2d(x, x < 9, 2)
    (tensor([[[[8.]]]]), tensor([[[[True]]]]))
    """
    part = taking_part(fit(mask, x))
    some = F.max_pool2d(part.to(x.dtype), size, stride, padding) > 0
    return torch.where(some, F.max_pool2d(torch.where(part, x, -torch.inf), size, stride, padding), 0), some

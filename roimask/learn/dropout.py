"""Dropout whose mask is given, or drawn by a generator of one's own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from roimask.errors import ParameterError
from roimask.learn.fitting import fit, keep

__all__ = ["ChannelDropout", "DropBlock2d", "DropPath", "ElementDropout", "TimeDropout"]


class _Dropout(nn.Module):
    """Called as ``(x, mask=None, generator=None)``: a given mask is used in evaluation, too."""

    def __init__(self, p: float = 0.5):
        super().__init__()
        if not 0 <= p < 1:
            raise ParameterError(f"{type(self).__name__}: p is 0 or more and below 1, got {p!r}")
        self.p = p

    def forward(self, x: Tensor, mask: Any = None, generator: Generator | None = None) -> Tensor:
        if mask is None:
            if not self.training or self.p == 0:
                return x
            mask = self.draw(x, generator)
        fitted = fit(mask, x)
        return keep(x, fitted) * self._gain(fitted)

    def draw(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Draw a mask for ``x``, to be given to one call or to several."""
        return torch.rand(self._shape(x), device=x.device, generator=generator) >= self.p

    def _gain(self, mask: Tensor) -> Any:
        return 1 / (1 - self.p)

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        raise NotImplementedError

    def extra_repr(self) -> str:
        return f"p={self.p}"


class ElementDropout(_Dropout):
    """Drop single elements, as ``nn.Dropout`` does.

    Parameters
    ----------
    p : float, default 0.5
        How likely an element is dropped.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.ElementDropout(0.5)(torch.ones(3), torch.tensor([True, False, True]))
    tensor([2., 0., 2.])
    """

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        return tuple(x.shape)


class ChannelDropout(_Dropout):
    """Drop whole channels of (B, C, ...), as ``nn.Dropout2d`` does.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.ChannelDropout(0.5).draw(torch.ones(2, 3, 4, 4)).shape
    torch.Size([2, 3, 1, 1])
    """

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        return (*x.shape[:2], *[1] * (x.ndim - 2))


class TimeDropout(_Dropout):
    """Drop the same features at every time of (B, T, E): variational dropout (Gal and Ghahramani 2016).

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.TimeDropout(0.5).draw(torch.ones(2, 7, 3)).shape
    torch.Size([2, 1, 3])
    """

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        return (x.shape[0], 1, *x.shape[2:])


class DropPath(_Dropout):
    """Drop whole samples of a residual branch (B, ...): stochastic depth (Huang 2016).

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.DropPath(0.5)(torch.ones(2, 2), torch.tensor([True, False]))
    tensor([[2., 2.],
            [0., 0.]])
    """

    def _shape(self, x: Tensor) -> tuple[int, ...]:
        return (x.shape[0], *[1] * (x.ndim - 1))


class DropBlock2d(_Dropout):
    """Drop square blocks of (B, C, H, W), the same in every channel (Ghiasi 2018).

    Parameters
    ----------
    p : float, default 0.1
        Which share of the pixels is dropped, about.
    size : int, default 7
        Side of a block, odd.

    Notes
    -----
    What is left is multiplied so that the share of what takes part does not matter.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> mask = learn.DropBlock2d(0.2, size=3).draw(torch.ones(2, 3, 32, 32))
    >>> mask.shape, 0.6 < mask.float().mean() < 0.95
    (torch.Size([2, 1, 32, 32]), tensor(True))
    """

    def __init__(self, p: float = 0.1, size: int = 7):
        super().__init__(p)
        if size < 1 or size % 2 == 0:
            raise ParameterError(f"DropBlock2d: size is odd and 1 or more, got {size!r}")
        self.size = size

    def draw(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Draw a mask for ``x``: centres at random, so that whole blocks lie inside."""
        inner = [max(side - self.size + 1, 1) for side in x.shape[-2:]]
        pixels = x.shape[-1] * x.shape[-2]
        likely = self.p * pixels / (self.size**2 * inner[0] * inner[1])
        centres = torch.rand((x.shape[0], 1, *inner), device=x.device, generator=generator) < likely
        margin = self.size - 1
        spread = F.max_pool2d(F.pad(centres.float(), [margin] * 4), self.size, stride=1)
        return spread[..., : x.shape[-2], : x.shape[-1]] == 0

    def _gain(self, mask: Tensor) -> Any:
        return mask.numel() / mask.sum().clamp(min=1)

    def extra_repr(self) -> str:
        return f"p={self.p}, size={self.size}"

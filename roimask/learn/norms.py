"""Norm layers whose statistics skip what takes no part, and whose answer is 0 there."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from roimask.errors import ParameterError
from roimask.learn.fitting import as_tensor, blank, fit, keep, summing, taking_part

__all__ = ["MaskedBatchNorm1d", "MaskedBatchNorm2d", "MaskedGroupNorm", "MaskedInstanceNorm2d", "MaskedLayerNorm"]


class _Normalise(torch.autograd.Function):
    """(x - mean) / sqrt(variance + eps) · scale + offset of what takes part, 0 elsewhere.

    Statistics run over ``dims``, along which ``scale`` and ``offset`` do not vary. Answers mean, variance and how much
    took part, too.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, mask: Tensor, scale: Tensor, offset: Tensor, dims: list[int], eps: float) -> Any:
        part, share = taking_part(mask), mask.to(x.dtype)
        whole = part.to(x.dtype)
        amount = share.sum(dims, keepdim=True) * (_span(x, dims) / _span(share, dims))
        safe = torch.where(amount > 0, amount, 1)
        centred = blank(x, part)
        mean = _weighted(centred, mask).sum(dims, keepdim=True) / safe
        centred.addcmul_(mean, whole, value=-1)
        variance = _weighted(centred.square(), mask).sum(dims, keepdim=True) / safe
        steep = torch.rsqrt(variance + eps)
        ctx.save_for_backward(centred, share, part, steep, safe, scale)
        ctx.dims = dims
        ctx.mark_non_differentiable(mean, variance, amount)
        return (centred * (steep * scale)).addcmul_(offset, whole), mean, variance, amount

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Any) -> Any:
        centred, share, part, steep, safe, scale = ctx.saved_tensors
        grad = blank(grad, part)
        total = grad.sum(ctx.dims, keepdim=True)
        along = (grad * centred).sum(ctx.dims, keepdim=True) * steep
        slope = steep * scale / safe
        result = torch.addcmul(-slope * total, centred, -slope * along * steep).mul_(share)
        result.addcmul_(grad, steep * scale)
        return result, None, along.sum_to_size(scale.shape), total.sum_to_size(scale.shape), None, None


def _weighted(x: Tensor, mask: Tensor) -> Tensor:
    return x * mask if mask.is_floating_point() else x


def _span(x: Tensor, dims: list[int]) -> int:
    """How many elements lie along these axes."""
    return torch.Size(x.shape[axis] for axis in dims).numel()


def _normalise(x: Tensor, mask: Tensor, scale: Tensor, offset: Tensor, dims: list[int], eps: float) -> Any:
    """The answer in the dtype of ``x``, and mean, variance, and how much took part, summed in no less than float32."""
    wide = summing(x.dtype)
    answer, *facts = _Normalise.apply(x.to(wide), mask, scale.to(wide), offset.to(wide), dims, eps)
    return answer.to(x.dtype), *facts


class _MaskedBatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch norm of what takes part."""

    def forward(self, x: Tensor, mask: Any) -> Tensor:  # type: ignore[override]
        self._check_input_dim(x)
        mask = as_tensor(mask)
        mask = fit(mask.unsqueeze(1) if mask.ndim == x.ndim - 1 else mask, x)
        axes = [-1 if axis == 1 else 1 for axis in range(x.ndim)]
        if not self.training and self.running_mean is not None:
            answer = F.batch_norm(
                keep(x, taking_part(mask)), self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
            return keep(answer, taking_part(mask))
        dims = [axis for axis in range(x.ndim) if axis != 1]
        scale, offset = (p.reshape(axes) for p in _affine(self, x))
        answer, mean, variance, amount = _normalise(x, mask, scale, offset, dims, self.eps)
        if self.training and self.running_mean is not None:
            self._remember(mean.reshape(-1), variance.reshape(-1), amount.reshape(-1))
        return answer

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, amount: Tensor) -> None:
        """Update the running statistics, as PyTorch does, where anything took part."""
        assert self.running_mean is not None and self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        momentum = 1 / self.num_batches_tracked if self.momentum is None else self.momentum
        step = torch.where(amount > 0, momentum, 0)
        unbiased = variance * amount / (amount - 1).clamp(min=1)
        self.running_mean.add_(step * (mean - self.running_mean))
        self.running_var.add_(step * (unbiased - self.running_var))


def _affine(layer: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """Weight and bias of a layer, or 1 and 0 where it has none."""
    size = layer.num_features
    return (
        x.new_ones(size) if layer.weight is None else layer.weight,
        x.new_zeros(size) if layer.bias is None else layer.bias,
    )


class MaskedBatchNorm1d(_MaskedBatchNorm):
    """Batch norm of (B, C) or (B, C, T) whose statistics, running ones too, skip what takes no part.

    Parameters
    ----------
    n : int
        Channels.
    **options
        As ``nn.BatchNorm1d`` has them.

    Notes
    -----
    Called as ``(x, mask)``, with a mask (B,) or (B, T), or as many axes as ``x``; weights count as much as they say.
    0 where nothing takes part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> layer = learn.MaskedBatchNorm1d(1)
    >>> layer(torch.tensor([[1.0], [3.0], [torch.nan]]), torch.tensor([True, True, False])).round(decimals=2)
    tensor([[-1.],
            [ 1.],
            [ 0.]], grad_fn=<RoundBackward1>)
    """

    def _check_input_dim(self, x: Tensor) -> None:
        if x.ndim not in (2, 3):
            raise ParameterError(f"MaskedBatchNorm1d takes (B, C) or (B, C, T), got shape {tuple(x.shape)}")


class MaskedBatchNorm2d(_MaskedBatchNorm):
    """Batch norm of (B, C, H, W) whose statistics, running ones too, skip what takes no part.

    Parameters
    ----------
    n : int
        Channels.
    **options
        As ``nn.BatchNorm2d`` has them.

    Notes
    -----
    Called as ``(x, mask)``, with a mask (B, H, W), or four axes; 0 where nothing takes part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> x = torch.rand(2, 3, 4, 4)
    >>> layer, plain = learn.MaskedBatchNorm2d(3), torch.nn.BatchNorm2d(3)
    >>> bool(torch.allclose(layer(x, torch.ones(2, 4, 4, dtype=torch.bool)), plain(x), atol=1e-6))
    True
    """

    def _check_input_dim(self, x: Tensor) -> None:
        if x.ndim != 4:
            raise ParameterError(f"MaskedBatchNorm2d takes (B, C, H, W), got shape {tuple(x.shape)}")


class MaskedLayerNorm(nn.LayerNorm):
    """Layer norm whose statistics skip what takes no part.

    Parameters
    ----------
    shape : int or sequence of int
        The last axes, over which statistics run.
    **options
        As ``nn.LayerNorm`` has them.

    Notes
    -----
    Called as ``(x, mask)``. A mask (B, T) takes whole vectors of (B, T, E) out; one of as many axes as ``x`` single
    features, too. 0 where nothing takes part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> x = torch.tensor([[[1.0, 3.0, 99.0]], [[torch.nan, 1.0, 1.0]]])
    >>> learn.MaskedLayerNorm(3)(x, torch.tensor([[[True, True, False]], [[False] * 3]])).round(decimals=2)
    tensor([[[-1.,  1.,  0.]],
    <BLANKLINE>
            [[ 0.,  0.,  0.]]], grad_fn=<RoundBackward1>)
    """

    def forward(self, x: Tensor, mask: Any) -> Tensor:  # type: ignore[override]
        mask = fit(mask, x)
        part, rank = taking_part(mask), len(self.normalized_shape)
        if all(side == 1 for side in mask.shape[-rank:]):
            return keep(super().forward(keep(x, part)), part)
        return _affine_after(self, x, mask, list(range(x.ndim - rank, x.ndim)), part)


def _affine_after(layer: Any, x: Tensor, mask: Tensor, dims: list[int], part: Tensor) -> Tensor:
    """Normalise, then weigh by what varies along ``dims``."""
    answer = _normalise(x, mask, x.new_ones(()), x.new_zeros(()), dims, layer.eps)[0]
    if layer.weight is None:
        return answer
    return keep(answer * layer.weight if layer.bias is None else answer * layer.weight + layer.bias, part)


class MaskedGroupNorm(nn.GroupNorm):
    """Group norm of (B, C, ...) whose statistics skip what takes no part.

    Parameters
    ----------
    groups, n : int
        Groups and channels.
    **options
        As ``nn.GroupNorm`` has them.

    Notes
    -----
    Called as ``(x, mask)``, with a mask (B, H, W), or as many axes as ``x``; 0 where nothing takes part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> x = torch.rand(2, 4, 3, 3)
    >>> layer, plain = learn.MaskedGroupNorm(2, 4), torch.nn.GroupNorm(2, 4)
    >>> bool(torch.allclose(layer(x, torch.ones(2, 3, 3)), plain(x), atol=1e-5))
    True
    """

    def forward(self, x: Tensor, mask: Any) -> Tensor:  # type: ignore[override]
        mask = as_tensor(mask)
        mask = fit(mask.unsqueeze(1) if mask.ndim == x.ndim - 1 else mask, x)
        shares = mask if mask.shape[1] == 1 else mask.unflatten(1, (self.num_groups, -1))
        grouped = x.unflatten(1, (self.num_groups, -1))
        shares = shares.unsqueeze(1) if shares.ndim < grouped.ndim else shares
        dims = list(range(2, grouped.ndim))
        answer = _normalise(grouped, shares, x.new_ones(()), x.new_zeros(()), dims, self.eps)[0].flatten(1, 2)
        if self.weight is None:
            return answer
        axes = (-1, *[1] * (x.ndim - 2))
        return keep(answer * self.weight.reshape(axes) + self.bias.reshape(axes), taking_part(mask))


class MaskedInstanceNorm2d(nn.InstanceNorm2d):
    """Instance norm of (B, C, H, W) whose statistics skip what takes no part; it keeps no running ones.

    Parameters
    ----------
    n : int
        Channels.
    **options
        ``eps``, ``affine``, ``device`` and ``dtype``, as ``nn.InstanceNorm2d`` has them.

    Notes
    -----
    Called as ``(x, mask)``, with a mask (B, H, W), or four axes; 0 where nothing takes part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> x = torch.tensor([1.0, 3.0, torch.nan, 7.0]).reshape(1, 1, 2, 2)
    >>> learn.MaskedInstanceNorm2d(1)(x, torch.tensor([[[True, True], [False, False]]])).round(decimals=2)
    tensor([[[[-1.,  1.],
              [ 0.,  0.]]]])
    """

    def __init__(self, n: int, eps: float = 1e-5, affine: bool = False, **options: Any):
        super().__init__(n, eps, affine=affine, **options)

    def forward(self, x: Tensor, mask: Any) -> Tensor:  # type: ignore[override]
        scale, offset = (p.reshape(1, -1, 1, 1) for p in _affine(self, x))
        return _normalise(x, fit(mask, x), scale, offset, [2, 3], self.eps)[0]

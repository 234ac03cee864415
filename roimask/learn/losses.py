"""The common losses with a mask, in as few passes over memory as their own in PyTorch take."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from roimask.errors import FrameMismatch
from roimask.learn.fitting import blank, blank_, divide, fit, is_eager, keep, measure, summing, taking_part
from roimask.learn.reduction import known, masked_loss, reduce

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "huber_loss",
    "l1_loss",
    "mse_loss",
]

Rule = Callable[[Tensor, Tensor, Tensor, float], tuple[Tensor, Tensor, int]]


class _Sum(torch.autograd.Function):
    """Σ w·loss by a rule that gives the sum, and its slope as a tensor and a factor: nothing else is kept."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, target: Tensor, mask: Tensor, rule: Rule, knee: float) -> Tensor:
        total, slope, ctx.factor = rule(input, target, mask, knee)
        ctx.save_for_backward(slope)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Any:
        slope = ctx.saved_tensors[0] * (grad * ctx.factor)
        return slope, (-slope if ctx.needs_input_grad[1] else None), None, None, None


def _weigh(slope: Tensor, mask: Tensor) -> Tensor:
    return slope * mask if mask.is_floating_point() else slope


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return torch.dot(a.reshape(-1), b.reshape(-1))


def _absolute(input: Tensor, target: Tensor, mask: Tensor, _: float) -> tuple[Tensor, Tensor, int]:
    apart = blank_(input - target, taking_part(mask))
    slope = _weigh(apart.sign(), mask)
    return _dot(apart, slope), slope, 1


def _squared(input: Tensor, target: Tensor, mask: Tensor, _: float) -> tuple[Tensor, Tensor, int]:
    apart = blank_(input - target, taking_part(mask))
    slope = _weigh(apart, mask)
    return _dot(apart, slope), slope, 2


def _huber(input: Tensor, target: Tensor, mask: Tensor, knee: float) -> tuple[Tensor, Tensor, int]:
    apart = blank_(input - target, taking_part(mask))
    bent = apart.clamp(-knee, knee)
    slope = _weigh(bent, mask)
    return _dot(apart.sub_(bent, alpha=0.5), slope), slope, 1


def _logistic(input: Tensor, target: Tensor, mask: Tensor, _: float) -> tuple[Tensor, Tensor, int]:
    part = taking_part(mask)
    input, target = blank(input, part), blank(target, part)
    values = F.binary_cross_entropy_with_logits(input, target, reduction="none")
    slope = input.sigmoid_().sub_(target)
    return _dot(values, mask.to(values.dtype).expand_as(values)), slope.mul_(mask), 1


class _RowEntropy(torch.autograd.Function):
    """Σ w·cross-entropy of rows (N, C) by one softmax, which is its gradient, too."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, target: Tensor, mask: Tensor) -> Tensor:
        likely, target = torch.softmax(input, 1), target.unsqueeze(1)
        loss = -likely.gather(1, target).log()
        if not is_eager(input) or not (loss < _FAR).all():
            loss = input.amax(1, keepdim=True) - input.gather(1, target) - likely.amax(1, keepdim=True).log()
            likely.masked_fill_((loss != loss) & ~taking_part(mask).unsqueeze(1), 0)
        ctx.save_for_backward(likely, target, mask)
        return keep(loss.squeeze(1), mask).sum()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Any:
        likely, target, mask = ctx.saved_tensors
        share = (mask * grad).unsqueeze(1)
        return (likely * share).scatter_add_(1, target, -share), None, None


_FAR = 60.0  # beyond, a probability is too small to take the logarithm of: the loss is reckoned from the largest one


class _MapEntropy(torch.autograd.Function):
    """Σ w·cross-entropy of (B, C, ...) with a mask (B, ...)."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, target: Tensor, mask: Tensor) -> Tensor:
        logs, target = torch.log_softmax(input, 1), target.unsqueeze(1)
        picked = logs.gather(1, target).squeeze(1)
        share = mask.to(logs.dtype)
        ctx.clean = is_eager(input) and bool(picked.sum().isfinite())
        ctx.save_for_backward(logs, target, share)
        return -(_dot(picked, share) if ctx.clean else keep(picked, mask).sum())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Any:
        logs, target, share = ctx.saved_tensors
        pull = torch.zeros_like(logs).scatter_(1, target, (share * -grad).unsqueeze(1))
        slope = torch.ops.aten._log_softmax_backward_data(pull, logs, 1, logs.dtype)
        return slope if ctx.clean else blank_(slope, taking_part(share).unsqueeze(1)), None, None


def _existing(target: Tensor, part: Tensor, classes: int) -> Tensor:
    """The target with 0 for what may lie where nothing takes part, if classes lie there that do not exist."""
    if is_eager(target) and target.numel():
        least, most = target.aminmax()
        if least >= 0 and most < classes:
            return target
    return blank(target, part)


def _entropy(input: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Σ w·cross-entropy of (N, C) or (B, C, ...)."""
    entropy = _RowEntropy if input.ndim == 2 else _MapEntropy
    return entropy.apply(input, target, mask.expand_as(target))


def _reduced(total: Tensor, mask: Tensor, shape: torch.Size, reduction: str) -> Tensor:
    return total if reduction == "sum" else divide(total, measure(mask, shape, total.dtype))


def _full(x: Tensor) -> Tensor:
    """Half precision is summed as float32, as autocast does."""
    return x.to(summing(x.dtype))


def cross_entropy(
    input: Tensor,
    target: Tensor,
    mask: Any,
    reduction: str = "mean",
    *,
    weight: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross-entropy of what takes part.

    Parameters
    ----------
    input : Tensor (N, C) or (B, C, ...)
        Logits.
    target : Tensor (N,) or (B, ...), integers
        What lies where nothing takes part does not matter, classes that do not exist included.
    mask : Tensor, Mask or array
        Along the target; floats of 0 to 1 weigh.
    reduction : {"mean", "sum", "none"}
    weight : Tensor (C,), optional
        Of each class; the mean is weighted by it, too, as in PyTorch.
    label_smoothing : float, default 0

    Returns
    -------
    Tensor
        0 with a gradient of 0 where nothing takes part.

    Notes
    -----
    Equal to ``cross_entropy`` of PyTorch with ``ignore_index``, which gives NaN gradients where NaN lies under a mask,
    and NaN where all is ignored.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> logits = torch.tensor([[0.0, 0.0], [torch.nan, 0.0]], requires_grad=True)
    >>> loss = learn.cross_entropy(logits, torch.tensor([1, -100]), torch.tensor([True, False]))
    >>> loss.backward()
    >>> loss, logits.grad
    (tensor(0.6931, grad_fn=<WhereBackward0>), tensor([[ 0.5000, -0.5000],
            [ 0.0000,  0.0000]]))
    """
    known(reduction)
    mask, input = fit(mask, target), _full(input)
    target = _existing(target, taking_part(mask), input.shape[1])
    if reduction != "none" and weight is None and not label_smoothing:
        return _reduced(_entropy(input, target, mask), mask, target.shape, reduction)
    safe = keep(input, taking_part(mask).unsqueeze(1))
    values = F.cross_entropy(safe, target, weight, reduction="none", label_smoothing=label_smoothing)
    if weight is None or reduction != "mean":
        return reduce(values, mask, reduction)
    return divide(keep(values, mask).sum(), keep(weight[target], mask).sum())


def _elementwise(
    name: str, each: Callable, rule: Rule, input: Tensor, target: Tensor, mask: Any, reduction: str, knee: float = 1.0
) -> Tensor:
    """Reduce by a rule, or give each element's loss."""
    known(reduction)
    if input.shape != target.shape:
        raise FrameMismatch(f"{name}: input {tuple(input.shape)} and target {tuple(target.shape)} are not of one shape")
    if reduction == "none":
        return masked_loss(each, "none")(input, target, mask)
    mask, input = fit(mask, input), _full(input)
    total = _Sum.apply(input, target.to(input.dtype), mask, rule, knee)
    return _reduced(total, mask, input.shape, reduction)


def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, mask: Any, reduction: str = "mean") -> Tensor:
    """Binary cross-entropy of what takes part.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Of the same shape, 0 to 1.
    mask : Tensor, Mask or array
        As :func:`mask_input` takes it; floats of 0 to 1 weigh.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
        0 with a gradient of 0 where nothing takes part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> logits, mask = torch.tensor([0.0, torch.nan]), torch.tensor([True, False])
    >>> learn.binary_cross_entropy_with_logits(logits, torch.ones(2), mask)
    tensor(0.6931)
    """
    each = F.binary_cross_entropy_with_logits
    if target.requires_grad:
        return masked_loss(each, reduction)(input, target, mask)
    return _elementwise("binary_cross_entropy_with_logits", each, _logistic, input, target, mask, reduction)


def l1_loss(input: Tensor, target: Tensor, mask: Any, reduction: str = "mean") -> Tensor:
    """Absolute error of what takes part; parameters as :func:`mse_loss`.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.l1_loss(torch.tensor([1.0, torch.nan]), torch.tensor([4.0, 0.0]), torch.tensor([True, False]))
    tensor(3.)
    """
    return _elementwise("l1_loss", F.l1_loss, _absolute, input, target, mask, reduction)


def mse_loss(input: Tensor, target: Tensor, mask: Any, reduction: str = "mean") -> Tensor:
    """Squared error of what takes part.

    Parameters
    ----------
    input, target : Tensor
        Of one shape.
    mask : Tensor, Mask or array
        As :func:`mask_input` takes it; floats of 0 to 1 weigh.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
        0 with a gradient of 0 where nothing takes part.

    Notes
    -----
    Its gradient cannot be derived again; ``masked_loss(F.mse_loss)`` can.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.mse_loss(torch.tensor([1.0, torch.nan]), torch.tensor([4.0, 0.0]), torch.tensor([True, False]))
    tensor(9.)
    """
    return _elementwise("mse_loss", F.mse_loss, _squared, input, target, mask, reduction)


def huber_loss(input: Tensor, target: Tensor, mask: Any, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Huber's loss of what takes part, linear from ``delta`` on; parameters as :func:`mse_loss`.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.huber_loss(torch.tensor([1.0, torch.nan]), torch.tensor([4.0, 0.0]), torch.tensor([True, False]))
    tensor(2.5000)
    """
    return _elementwise("huber_loss", partial(F.huber_loss, delta=delta), _huber, input, target, mask, reduction, delta)

"""Losses of overlap, and those that look at hard pixels more than at easy ones."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from roimask.errors import FrameMismatch
from roimask.learn.fitting import blank, divide, fit, keep, taking_part
from roimask.learn.reduction import known, reduce

__all__ = ["dice_loss", "focal_loss", "lovasz_loss", "tversky_loss"]


def dice_loss(input: Tensor, target: Tensor, mask: Any, smooth: float = 1.0) -> Tensor:
    """1 - Dice of what takes part: (2 TP + s) / (2 TP + FP + FN + s), the mean over classes.

    Parameters
    ----------
    input : Tensor (B, C, ...), or of the target's shape
        Logits, of classes, or of one class and its opposite.
    target : Tensor (B, ...), integers, or of the input's shape, 0 to 1
    mask : Tensor, Mask or array
        Along the target; floats of 0 to 1 weigh.
    smooth : float, default 1
        Pixels that are taken to be right beforehand.

    Returns
    -------
    Tensor
        0 with a gradient of 0 where nothing takes part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> logits, truth = torch.tensor([[9.0, -9.0, torch.nan]]), torch.tensor([[1.0, 0.0, 1.0]])
    >>> bool(learn.dice_loss(logits, truth, learn.padding_mask([2], 3)) < 0.001)
    True
    """
    return tversky_loss(input, target, mask, 0.5, 0.5, smooth / 2)


def tversky_loss(
    input: Tensor, target: Tensor, mask: Any, alpha: float = 0.3, beta: float = 0.7, smooth: float = 1.0
) -> Tensor:
    """1 - Tversky's index of what takes part: (TP + s) / (TP + α FP + β FN + s), the mean over classes.

    Parameters
    ----------
    input, target, mask
        As :func:`dice_loss` takes them.
    alpha, beta : float, default 0.3 and 0.7
        How much what is found wrongly costs, and what is missed.
    smooth : float, default 1

    Returns
    -------
    Tensor
        0 with a gradient of 0 where nothing takes part.

    References
    ----------
    Salehi, Erdogmus and Gholipour 2017.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.tversky_loss(torch.rand(1, 3, 4, 4), torch.zeros(1, 4, 4, dtype=torch.long), torch.zeros(1, 4, 4))
    tensor(0.)
    """
    likely, truth, share = _classes(input, target, mask)
    hit = (likely * truth * share).sum(1)
    found, there = (likely * share).sum(1), (truth * share).sum(1)
    index = divide(hit + smooth, hit + alpha * (found - hit) + beta * (there - hit) + smooth, empty=1.0)
    return 1 - index.mean()


def _classes(input: Tensor, target: Tensor, mask: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Probabilities and truth (C, N), and the mask (1, N); 0 where nothing takes part."""
    mask = fit(mask, target)
    part = taking_part(mask)
    share = mask.expand_as(target).reshape(1, -1).to(input.dtype)
    if input.shape == target.shape:
        return keep(input, part).sigmoid().reshape(1, -1), keep(target, part).reshape(1, -1).to(input.dtype), share
    logits, target = beside_classes(input, target, part)
    truth = F.one_hot(target.reshape(-1), input.shape[1]).T.to(input.dtype)
    return logits.softmax(1).movedim(1, 0).flatten(1), truth, share


def beside_classes(input: Tensor, target: Tensor, part: Tensor) -> tuple[Tensor, Tensor]:
    """Logits of classes and their numbers, 0 where nothing takes part."""
    if input.ndim != target.ndim + 1 or (input.shape[0], *input.shape[2:]) != tuple(target.shape):
        raise FrameMismatch(
            f"logits {tuple(input.shape)} do not go with a target {tuple(target.shape)}: "
            "give logits (B, C, ...) and classes (B, ...), or both of one shape"
        )
    return keep(input, part.unsqueeze(1)), blank(target, part)


def focal_loss(
    input: Tensor,
    target: Tensor,
    mask: Any,
    gamma: float = 2.0,
    alpha: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Focal loss of what takes part: -(1 - p)^γ log p, with p the probability of the truth.

    Parameters
    ----------
    input, target, mask
        As :func:`dice_loss` takes them.
    gamma : float, default 2
        How much less easy pixels count; 0 is the cross-entropy.
    alpha : Tensor (C,), optional
        What each class counts; of one class and its opposite (not it, it).
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    Tensor
        0 with a gradient of 0 where nothing takes part.

    References
    ----------
    Lin et al. 2017.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> logits, truth = torch.tensor([[0.0, torch.nan]]), torch.tensor([[1.0, 1.0]])
    >>> learn.focal_loss(logits, truth, learn.padding_mask([1], 2))
    tensor(0.1733)
    """
    known(reduction)
    mask = fit(mask, target)
    part = taking_part(mask)
    if input.shape == target.shape:
        input, truth = keep(input, part), keep(target, part)
        loss = F.binary_cross_entropy_with_logits(input, truth.to(input.dtype), reduction="none")
    else:
        input, truth = beside_classes(input, target, part)
        loss = F.cross_entropy(input, truth, reduction="none")
    loss = (1 - torch.exp(-loss)) ** gamma * loss
    return reduce(loss if alpha is None else loss * alpha[truth.long()], mask, reduction)


def lovasz_loss(input: Tensor, target: Tensor, mask: Any) -> Tensor:
    """Lovász loss of what takes part: the convex extension of 1 - IoU, the mean over classes that occur.

    Parameters
    ----------
    input, target, mask
        As :func:`dice_loss` takes them; weights above 0 take part in full.

    Returns
    -------
    Tensor
        0 with a gradient of 0 where nothing takes part.

    References
    ----------
    Berman, Rannen Triki and Blaschko 2018: the hinge of one class, softmax of several.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> logits, truth = torch.tensor([[2.0, -2.0, torch.nan]]), torch.tensor([[1.0, 0.0, 1.0]])
    >>> learn.lovasz_loss(logits, truth, learn.padding_mask([2], 3))
    tensor(0.)
    """
    part = taking_part(fit(mask, target)).expand_as(target).reshape(-1)
    if input.shape == target.shape:
        truth = blank(target, part.reshape(target.shape)).reshape(-1) > 0.5
        logits = keep(input, part.reshape(input.shape)).reshape(-1)
        return _lovasz(torch.relu(1 - logits * (2 * truth.to(logits.dtype) - 1)), truth, part)
    logits, target = beside_classes(input, target, part.reshape(target.shape))
    likely = logits.softmax(1).movedim(1, 0).flatten(1)
    truths = torch.stack([(target.reshape(-1) == number) & part for number in range(input.shape[1])])
    losses = [_lovasz((truth.to(p.dtype) - p).abs(), truth, part) for p, truth in zip(likely, truths, strict=True)]
    there = truths.any(1)
    return divide((torch.stack(losses) * there).sum(), there.sum())


def _lovasz(errors: Tensor, truth: Tensor, part: Tensor) -> Tensor:
    """Errors from the largest on, each times what it takes off the IoU; what takes no part comes last."""
    order = torch.where(part, errors.detach(), -1).argsort(descending=True, stable=True)
    ours = (truth & part)[order].to(errors.dtype)
    total = ours.sum()
    union = total + (1 - ours).cumsum(0)
    apart = 1 - divide(total - ours.cumsum(0), union, empty=1.0)
    steps = torch.cat([apart[:1], apart[1:] - apart[:-1]])
    return (keep(errors[order], part[order]) * steps).sum()

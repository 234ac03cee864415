"""Means of what takes part, in one batch or over several; the shift from tokens to targets."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import torch
from torch import Tensor, nn

from roimask.errors import ParameterError
from roimask.learn.fitting import as_tensor, divide, fit, keep, measure, summing, taking_part
from roimask.learn.padding import token_mask

__all__ = ["masked_loss", "masked_max", "masked_mean", "masked_select", "masked_sum", "share", "shift_targets"]


def masked_sum(x: Tensor, mask: Any) -> tuple[Tensor, Tensor]:
    """Sum what takes part, and say how much it is: what :func:`share` takes.

    Parameters
    ----------
    x : Tensor
    mask : Tensor, Mask or array
        As :func:`mask_input` takes it.

    Returns
    -------
    total, amount : Tensor ()
        Σ w x and Σ w; of half precision as float32.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.masked_sum(torch.tensor([1.0, 5.0, torch.nan]), torch.tensor([True, True, False]))
    (tensor(6.), tensor(2.))
    """
    mask = fit(mask, x)
    total = keep(x, mask).sum(dtype=summing(x.dtype))
    return total, measure(mask, x.shape, total.dtype)


def masked_mean(x: Tensor, mask: Any, empty: float = 0.0, dim: int | tuple[int, ...] | None = None) -> Tensor:
    """Average what takes part, weighted by the mask.

    Parameters
    ----------
    x : Tensor
    mask : Tensor, Mask or array
        As :func:`mask_input` takes it.
    empty : float, default 0
        The answer where nothing takes part; its gradient is 0.
    dim : int or tuple of int, optional
        The axes to average over, as in pooling; default: all.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> x = torch.tensor([[1.0, 5.0, torch.nan], [7.0, 7.0, 7.0]])
    >>> mask = learn.padding_mask([2, 0], 3)
    >>> learn.masked_mean(x, mask), learn.masked_mean(x, mask, dim=1), learn.masked_mean(x, mask & False)
    (tensor(3.), tensor([3., 0.]), tensor(0.))
    """
    mask = fit(mask, x)
    if dim is None:
        return divide(*masked_sum(x, mask), empty).to(x.dtype)
    wide = summing(x.dtype)
    amount = mask.expand_as(x).sum(dim, dtype=wide)
    return divide(keep(x, mask).sum(dim, dtype=wide), amount, empty).to(x.dtype)


def masked_max(x: Tensor, mask: Any, empty: float = 0.0, dim: int | tuple[int, ...] | None = None) -> Tensor:
    """Take the largest of what takes part; parameters as :func:`masked_mean`.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.masked_max(torch.tensor([[1.0, 9.0], [2.0, 3.0]]), learn.padding_mask([1, 2]), dim=1)
    tensor([1., 3.])
    """
    part = taking_part(fit(mask, x)).expand_as(x)
    dims = tuple(range(x.ndim)) if dim is None else dim
    return torch.where(part.sum(dims) > 0, torch.where(part, x, -torch.inf).amax(dims), empty)


def masked_select(x: Tensor, mask: Any) -> Tensor:
    """Select what takes part; a loss of the selection is a masked loss.

    Parameters
    ----------
    x : Tensor
    mask : Tensor, Mask or array
        Along the first axes of ``x``, or (B, H, W) beside (B, C, H, W).

    Returns
    -------
    Tensor (N, ...)
        With the axes that the mask does not have: (N, C) of (B, C, H, W).

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.masked_select(torch.tensor([[1, 2], [3, 4]]), learn.padding_mask([1, 2])).tolist()
    [1, 3, 4]
    """
    part = taking_part(as_tensor(mask)).to(x.device)
    if x.ndim >= 4 and tuple(part.shape) == (x.shape[0], *x.shape[2:]):
        x = x.movedim(1, -1)
    elif tuple(part.shape) != tuple(x.shape[: part.ndim]):
        part = fit(part, x).expand_as(x)
    return x[part]


def masked_loss(loss_fn: Callable, reduction: str = "mean") -> Callable[[Tensor, Tensor, Any], Tensor]:
    """Make a masked loss of any loss that is taken element by element.

    Parameters
    ----------
    loss_fn : callable
        ``loss_fn(input, target)``: a function or a module of PyTorch, or one of your own. One that has a ``reduction``
        is asked for ``"none"``.
    reduction : {"mean", "sum", "none"}
        The mean is over what takes part, weighted by the mask, and 0 with a gradient of 0 where nothing does.

    Returns
    -------
    callable (input, target, mask)
        Input and target are made 0 where they take no part before the loss sees them, and the loss after: NaN and inf
        there change nothing. The mask lies along the target.

    Examples
    --------
    >>> import torch
    >>> from torch.nn import functional as F
    >>> from roimask import learn
    >>> loss = learn.masked_loss(F.smooth_l1_loss)
    >>> loss(torch.tensor([0.0, torch.nan]), torch.tensor([3.0, 1.0]), torch.tensor([True, False]))
    tensor(2.5000)
    """
    known(reduction)
    each = _each(loss_fn)

    def loss(input: Tensor, target: Tensor, mask: Any) -> Tensor:
        fitted = fit(mask, target)
        part = taking_part(fitted)
        beside = part.unsqueeze(1) if input.ndim == target.ndim + 1 else part
        values = each(keep(input, fit(beside, input)), keep(target, part))
        if values.ndim == 0 and target.ndim:
            raise ParameterError("masked_loss: the loss gives one number, not one for each element")
        return reduce(values, fitted, reduction)

    return loss


def reduce(values: Tensor, mask: Tensor, reduction: str) -> Tensor:
    """The mean or the sum of what takes part, or each of it."""
    if reduction == "none":
        return keep(values, fit(mask, values))
    return masked_mean(values, mask) if reduction == "mean" else masked_sum(values, mask)[0]


def known(reduction: str) -> None:
    if reduction not in ("mean", "sum", "none"):
        raise ParameterError(f'reduction is "mean", "sum" or "none", got {reduction!r}')


def _each(loss_fn: Callable) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss that gives one number for each element."""
    if isinstance(loss_fn, nn.Module) and hasattr(loss_fn, "reduction"):
        each = copy(loss_fn)
        each.__dict__["reduction"] = "none"
        return each
    if "reduction" in inspect.signature(loss_fn).parameters:
        return lambda input, target: loss_fn(input, target, reduction="none")
    return loss_fn


def shift_targets(tokens: Tensor, eos: int, pad: int, mask: Any = None) -> tuple[Tensor, Tensor]:
    """Make the targets of a language model: the next token of each, ``eos`` of the last.

    Parameters
    ----------
    tokens : Tensor (B, T)
        Padded with ``pad``, behind or in front.
    eos, pad : int
        What follows the last token, and what stands for padding.
    mask : Tensor (B, T), optional
        What takes part, where ``pad`` is a token like others.

    Returns
    -------
    target : Tensor (B, T)
        ``pad`` where nothing takes part.
    mask : Tensor (B, T), bool

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> target, mask = learn.shift_targets(torch.tensor([[5, 6, 7], [8, 0, 0]]), eos=2, pad=0)
    >>> target.tolist(), mask.int().tolist()
    ([[6, 7, 2], [2, 0, 0]], [[1, 1, 1], [1, 0, 0]])
    """
    real = token_mask(tokens, pad) if mask is None else taking_part(as_tensor(mask))
    after = torch.cat([real[:, 1:], torch.zeros_like(real[:, :1])], 1)
    following = torch.cat([tokens[:, 1:], tokens[:, :1]], 1)
    return torch.where(real, torch.where(after, following, eos), pad), real


def share(sums: Any, counts: Any, group: Any = None) -> Any:
    """Divide sums by what took part in all micro-batches, on all ranks: gradients as of one big batch.

    Parameters
    ----------
    sums : Tensor, or a sequence of them
        Σ w·loss of a micro-batch, or of each, as ``masked_sum`` or a loss with ``reduction="sum"`` gives it.
    counts : number, Tensor, or a sequence of them
        How much takes part in all of this rank's micro-batches of the step.
    group : torch.distributed.ProcessGroup, optional
        The ranks; default: all, where ``torch.distributed`` runs.

    Returns
    -------
    Tensor, or a list of them
        To call ``backward`` on; 0 where nothing takes part anywhere. Their sum, averaged over the ranks, is the mean
        over the big batch, because ``DistributedDataParallel`` averages gradients.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> learn.share([torch.tensor(6.0), torch.tensor(2.0)], counts=[3, 1])
    [tensor(1.5000), tensor(0.5000)]
    >>> learn.share(torch.tensor(0.0), 0)
    tensor(0.)
    """
    several = [sums] if isinstance(sums, Tensor) else list(sums)
    total, ranks = _add_up(counts, several[0], group)
    shared = [divide(part * ranks, total) for part in several]
    return shared[0] if isinstance(sums, Tensor) else shared


def _add_up(counts: Any, like: Tensor, group: Any) -> tuple[Tensor, int]:
    """The counts of all ranks, and how many ranks there are."""
    several = counts if isinstance(counts, Sequence) else [counts]
    parts = [torch.as_tensor(count, dtype=torch.float64, device="cpu") for count in several]
    total = torch.stack([part.detach().sum() for part in parts]).sum().to(like.device, like.dtype)
    distributed = torch.distributed
    if not (distributed.is_available() and distributed.is_initialized()):
        return total, 1
    distributed.all_reduce(total, group=group)
    return total, distributed.get_world_size(group)

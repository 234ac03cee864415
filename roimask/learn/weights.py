"""W × M: layers whose masked weights take no part and stay as they are, whatever the optimizer remembers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from roimask.errors import ParameterError
from roimask.learn.fitting import as_tensor, fit, keep, taking_part

__all__ = ["Hold", "MaskedConv2d", "MaskedLinear", "hold"]


class _MaskedWeight(nn.Module):
    """What masked layers share: a buffer ``mask`` of the shape of ``weight``."""

    weight: Tensor
    bias: Any
    mask: Tensor

    def _adopt(self, module: nn.Module) -> None:
        """Take over the parameters of another layer: the same ones, not copies."""
        self.weight, self.bias = module.weight, module.bias  # type: ignore[assignment]

    def _begin(self, mask: Any) -> None:
        self.register_buffer("mask", torch.ones_like(self.weight, dtype=torch.bool))
        if mask is not None:
            self.set_mask(mask)

    def set_mask(self, mask: Any) -> None:
        """Say which weights take part from now on; the weights themselves stay as they are."""
        fitted = fit(self._on_weight(as_tensor(mask)), self.weight)
        self.mask = fitted.expand_as(self.weight).contiguous()

    def _on_weight(self, mask: Tensor) -> Tensor:
        return mask

    @property
    def masked_weight(self) -> Tensor:
        """W × M, what the layer multiplies by."""
        return keep(self.weight, self.mask)

    def masked_parameters(self) -> list[tuple[Tensor, Tensor]]:
        """The weights and their mask: what ``hold`` keeps in place."""
        return [(self.weight, self.mask)]


class MaskedLinear(_MaskedWeight, nn.Linear):
    """A linear layer by W × M: masked weights have no say, and get a gradient of exactly 0.

    Parameters
    ----------
    inputs : int, or nn.Linear
        Of a layer the parameters are taken over, and the second parameter is the mask.
    outputs : int
    bias : bool, default True
    mask : Tensor, Mask or array (outputs, inputs), optional
        True takes part; floats of 0 to 1 multiply. Default: all take part.
    **options
        ``device`` and ``dtype``.

    Notes
    -----
    :func:`hold` keeps masked weights in place in training. Cost above ``nn.Linear``: one multiplication of the weights.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> layer = learn.MaskedLinear(torch.nn.Linear(3, 2), torch.tensor([[1, 1, 0], [0, 0, 0]]))
    >>> layer(torch.ones(1, 3)).sum().backward()
    >>> layer.weight.grad
    tensor([[1., 1., 0.],
            [0., 0., 0.]])
    """

    def __init__(self, inputs: int | nn.Linear, outputs: Any = None, bias: bool = True, *, mask: Any = None, **options):
        if isinstance(inputs, nn.Linear):
            nn.Linear.__init__(self, inputs.in_features, inputs.out_features, inputs.bias is not None, device="meta")
            self._adopt(inputs)
            mask = outputs if mask is None else mask
        else:
            nn.Linear.__init__(self, inputs, outputs, bias, **options)
        self._begin(mask)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.masked_weight, self.bias)


class MaskedConv2d(_MaskedWeight, nn.Conv2d):
    """A convolution by W × M: masked weights have no say, and get a gradient of exactly 0.

    Parameters
    ----------
    inputs : int, or nn.Conv2d
        Channels; of a layer the parameters are taken over, and the second parameter is the mask.
    outputs : int
    size : int or (int, int)
    mask : Tensor, Mask or array, optional
        Of the shape of the weights (outputs, inputs, h, w), with 1 where it is the same along an axis; or (h, w): the
        footprint of every kernel. True takes part; floats of 0 to 1 multiply.
    **options
        As ``nn.Conv2d`` has them: ``stride``, ``padding``, ``groups`` …

    Examples
    --------
    >>> import torch, roimask as rm
    >>> from roimask import learn
    >>> cross = rm.Mask([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    >>> layer = learn.MaskedConv2d(1, 1, 3, mask=cross)
    >>> layer(torch.ones(1, 1, 3, 3)).sum().backward()
    >>> layer.weight.grad[0, 0]
    tensor([[0., 1., 0.],
            [1., 1., 1.],
            [0., 1., 0.]])
    """

    def __init__(
        self, inputs: int | nn.Conv2d, outputs: Any = None, size: Any = None, *, mask: Any = None, **options: Any
    ):
        if isinstance(inputs, nn.Conv2d):
            same = ("kernel_size", "stride", "padding", "dilation", "groups", "padding_mode")
            options = {name: getattr(inputs, name) for name in same}
            sizes = inputs.in_channels, inputs.out_channels
            nn.Conv2d.__init__(self, *sizes, bias=inputs.bias is not None, device="meta", **options)
            self._adopt(inputs)
            mask = outputs if mask is None else mask
        else:
            nn.Conv2d.__init__(self, inputs, outputs, size, **options)
        self._begin(mask)

    def _on_weight(self, mask: Tensor) -> Tensor:
        return mask[None, None] if mask.ndim == 2 else mask

    def forward(self, x: Tensor) -> Tensor:
        return self._conv_forward(x, self.masked_weight, self.bias)


class Hold:
    """Masked weights held in place; see :func:`hold`."""

    def __init__(self, optimizer: Optimizer, model: nn.Module):
        self._model, self._values = model, list[tuple[Tensor, Tensor, Tensor]]()
        before, after = optimizer.register_step_pre_hook, optimizer.register_step_post_hook
        self._handles = [before(self._remember), after(self._restore)]

    def remove(self) -> None:
        """Let the optimizer have them again."""
        for handle in self._handles:
            handle.remove()

    def _remember(self, *_: Any) -> None:
        pairs = _masked_parameters(self._model)
        self._values = [(weight, taking_part(mask), weight.detach().clone()) for weight, mask in pairs]

    @torch.no_grad()
    def _restore(self, optimizer: Optimizer, *_: Any) -> None:
        for weight, part, before in self._values:
            weight.copy_(torch.where(part, weight, before))
            for memory in optimizer.state.get(weight, {}).values():
                if isinstance(memory, Tensor) and memory.shape == weight.shape:
                    memory.copy_(torch.where(part, memory, 0))
        self._values = []


def hold(optimizer: Optimizer, model: nn.Module) -> Hold:
    """Keep masked weights as they are, whatever the optimizer does: momentum, weight decay and all.

    After each step the masked weights of ``MaskedLinear``, ``MaskedConv2d`` and ``MaskedEmbedding`` are what they were
    before it, to the bit, and the optimizer's memory of them is 0: also where a mask is set in mid-training.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
    model : nn.Module
        Or a single masked layer.

    Returns
    -------
    Hold
        ``.remove()`` ends it.

    Raises
    ------
    ParameterError
        Where the model has no masked layer.

    Notes
    -----
    Of two layers that share a weight, what neither uses is held. Cost: a copy of these weights each step.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> layer = learn.MaskedLinear(2, 1)
    >>> before = layer.weight.detach().clone()
    >>> optimizer = torch.optim.AdamW(layer.parameters())
    >>> _ = learn.hold(optimizer, layer)
    >>> layer.set_mask(torch.tensor([[True, False]]))
    >>> layer(torch.ones(1, 2)).sum().backward()
    >>> optimizer.step()
    >>> (layer.weight == before).tolist()
    [[False, True]]
    """
    if not list(_masked_parameters(model)):
        raise ParameterError(
            f"hold: {type(model).__name__} has no masked layer; put MaskedLinear or MaskedConv2d into it"
        )
    return Hold(optimizer, model)


def _masked_parameters(model: nn.Module) -> Iterator[tuple[Tensor, Tensor]]:
    """Each weight once, with what of it any layer uses."""
    found: dict[Tensor, Tensor] = {}
    for module in model.modules():
        if hasattr(module, "masked_parameters"):
            for weight, mask in module.masked_parameters():  # type: ignore[operator]
                part = taking_part(mask)
                found[weight] = found[weight] | part if weight in found else part
    yield from found.items()

"""Which module lets through what takes no part."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from roimask.errors import FrameMismatch
from roimask.learn.fitting import as_tensor, fit, keep, taking_part
from roimask.learn.prediction import caller

__all__ = ["Leaks", "check"]

_CLOSE: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-5, "equal_nan": True}


@dataclass(frozen=True)
class Leaks:
    """Where a model leaks; see :func:`check`.

    Attributes
    ----------
    forward : str or None
        The module whose answer first depends on what takes no part.
    gradient : str or None
        The module, from the loss backwards, whose gradient first does; ``"the input"`` where the gradient of what
        takes no part is not 0.
    """

    forward: str | None
    gradient: str | None

    @property
    def clean(self) -> bool:
        """Whether nothing leaks."""
        return self.forward is None and self.gradient is None

    def __str__(self) -> str:
        if self.clean:
            return "nothing leaks"
        places = {"forward": self.forward, "in gradients": self.gradient}
        return "leaks: " + "; ".join(f"{way}, first in {name}" for way, name in places.items() if name is not None)


def check(model: nn.Module, batch: Tensor, mask: Any, call: Callable | None = None) -> Leaks:
    """Put other values, and NaN, where nothing takes part, and see which module's answer or gradient changes first.

    Parameters
    ----------
    model : nn.Module
        It stays as it is: a copy runs.
    batch : Tensor (B, T, ...), (B, C, H, W) or (B, T) of tokens
    mask : Tensor (B, T) or (B, H, W)
        True takes part.
    call : callable (model, batch, mask), optional
        How the model is run; default: ``model(batch, mask)`` where its ``forward`` takes two, else ``model(batch)``.

    Returns
    -------
    Leaks
        ``print`` says it in words.

    Notes
    -----
    Answers are compared where they take part: along the mask, or, of a coarser grid, where any of a cell does; answers
    of other shapes (a loss, a class) as a whole. The model runs forward and backward four times, with the same random
    numbers.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> net = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Conv1d(5, 5, 3, padding=1))
    >>> print(learn.check(net, torch.rand(2, 5, 4), learn.padding_mask([5, 2])))
    leaks: forward, first in 1 (Conv1d); in gradients, first in 1 (Conv1d)
    >>> print(learn.check(net[0], torch.rand(2, 5, 4), learn.padding_mask([5, 5])))
    nothing leaks
    """
    part = taking_part(as_tensor(mask))
    call = caller(model) if call is None else call
    traces = [_Trace(model, call, given, mask, part) for given in _fillings(batch, part)]
    return Leaks(_first_forward(traces), _first_gradient(traces))


def _fillings(batch: Tensor, part: Tensor) -> list[Tensor]:
    """The batch with 0, two kinds of junk, and NaN where nothing takes part; tokens with other tokens."""
    random = torch.Generator().manual_seed(0)
    places = fit(part, batch)
    if not batch.is_floating_point():
        others = [batch.reshape(-1)[torch.randint(batch.numel(), batch.shape, generator=random)] for _ in range(3)]
        return [torch.where(places, batch, other) for other in others]
    noise = [torch.randn(batch.shape, generator=random).to(batch) * size for size in (0, 1, 1000)]
    return [torch.where(places, batch, other) for other in (*noise, torch.full_like(batch, torch.nan))]


class _Trace:
    """One run: what each module answered, in the order in which they ended, and which gradients came back."""

    def __init__(self, model: nn.Module, call: Callable, batch: Tensor, mask: Any, part: Tensor):
        self.part = part
        self.answers: list[tuple[str, Any, Any]] = []
        model = deepcopy(model)
        batch = batch.clone().requires_grad_(batch.is_floating_point())
        for name, module in model.named_modules():
            module.register_forward_hook(self._note(f"{name} ({type(module).__name__})".lstrip()))
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.manual_seed(0)
            answer = _tensors(call(model, batch, mask))[0]
            self.gradients = self._backward(model, batch, answer)

    def _note(self, name: str) -> Callable:
        def hook(module: nn.Module, given: Any, answer: Any) -> None:
            self.answers.append((name, self._seen(given), self._seen(answer)))

        return hook

    def _seen(self, values: Any) -> list[Tensor]:
        return [seen(value.detach(), self.part).clone() for value in _tensors(values)]

    def _backward(self, model: nn.Module, batch: Tensor, answer: Tensor) -> list[tuple[str, list[Tensor]]]:
        """From the loss backwards: the gradients of each module's own parameters, last of what takes no part."""
        ours = seen(answer, self.part)
        if not ours.requires_grad:
            return []
        pull = torch.linspace(0.5, 1.5, ours.numel(), device=ours.device, dtype=ours.dtype)
        torch.dot(ours.reshape(-1), pull).backward()
        modules = {f"{name} ({type(module).__name__})".lstrip(): module for name, module in model.named_modules()}
        order = dict.fromkeys(name for name, *_ in reversed(self.answers))
        found = [
            (name, [p.grad for p in modules[name].parameters(recurse=False) if p.grad is not None]) for name in order
        ]
        if batch.grad is None:
            return found
        return [*found, ("the input", [batch.grad.masked_fill(fit(self.part, batch), 0)])]


def seen(values: Tensor, part: Tensor) -> Tensor:
    """What of an answer takes part: elsewhere 0. One of another shape is seen as a whole."""
    try:
        return keep(values, fit(part, values))
    except FrameMismatch:
        if values.ndim == 4 and part.ndim == 3 and len(values) == len(part):
            coarse = F.adaptive_max_pool2d(part[:, None].float(), values.shape[-2:]) > 0
            return keep(values, coarse)
        return values


def _tensors(values: Any) -> list[Tensor]:
    """The floats among what a module was given or answers."""
    if isinstance(values, Tensor):
        return [values] if values.is_floating_point() else []
    if isinstance(values, dict):
        values = tuple(values.values())
    return [tensor for value in values for tensor in _tensors(value)] if isinstance(values, (tuple, list)) else []


def _first_forward(traces: list[_Trace]) -> str | None:
    """The first module whose answers differ between runs; where what it was given does, what called it."""
    for runs in zip(*(trace.answers for trace in traces), strict=True):
        name = runs[0][0]
        if _differ([answer for _, _, answer in runs]):
            return f"what comes before {name}" if _differ([given for _, given, _ in runs]) else name
    return None


def _first_gradient(traces: list[_Trace]) -> str | None:
    for runs in zip(*(trace.gradients for trace in traces), strict=True):
        name, found = runs[0][0], [gradients for _, gradients in runs]
        if _differ(found) or (name == "the input" and any(outside.any() for (outside,) in found)):
            return name
    return None


def _differ(runs: list[list[Tensor]]) -> bool:
    """Whether any run's tensors are not those of the first."""
    return not all(torch.allclose(a, b, **_CLOSE) for run in runs[1:] for a, b in zip(runs[0], run, strict=True))

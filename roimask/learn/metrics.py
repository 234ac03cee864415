"""Metrics that add up what takes part over batches and ranks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from roimask.errors import ParameterError
from roimask.learn.fitting import fit, keep, measure, taking_part
from roimask.learn.losses import cross_entropy
from roimask.learn.overlap import beside_classes

__all__ = ["Calibration", "Confusion", "Perplexity"]


class _Metric:
    """Sums in ``totals``, from which the metrics follow."""

    def __init__(self, *shape: int):
        self.totals = torch.zeros(shape, dtype=torch.float64)

    def reset(self) -> None:
        """Begin anew."""
        self.totals.zero_()

    def share(self, group: Any = None) -> None:
        """Add up the totals of all ranks, on all ranks."""
        torch.distributed.all_reduce(self.totals, group=group)

    def _add(self, sums: Tensor) -> None:
        self.totals = self.totals.to(sums.device) + sums.detach()


class Confusion(_Metric):
    """Which class was taken for which: accuracy, IoU, F1.

    Parameters
    ----------
    classes : int

    Attributes
    ----------
    totals : Tensor (truth, answer)
        How much of what took part, by the weights of the masks.
    accuracy, mean_iou : Tensor ()
    iou, f1 : Tensor (classes,)
        NaN of a class that neither is nor was found.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> metric = learn.Confusion(2)
    >>> metric.update(torch.tensor([[0, 1, 1]]), torch.tensor([[0, 1, 255]]), learn.padding_mask([2], 3))
    >>> metric.update(torch.tensor([[1, 1]]), torch.tensor([[0, 1]]), learn.padding_mask([2]))
    >>> float(metric.accuracy), metric.iou.tolist(), float(metric.f1[1])
    (0.75, [0.5, 0.6666666666666666], 0.8)
    >>> float(learn.Confusion(2).accuracy)
    nan
    """

    def __init__(self, classes: int):
        super().__init__(classes, classes)
        self.classes = classes

    def update(self, input: Tensor, target: Tensor, mask: Any) -> None:
        """Count a batch: classes or logits (B, C, ...), the truth (B, ...), and a mask along it."""
        answer = input.argmax(1) if input.ndim == target.ndim + 1 else input
        mask = fit(mask, target).expand_as(target)
        part = taking_part(mask)
        answer, target = answer[part].long(), target[part].long()
        if answer.numel() and (int(target.min()) < 0 or int(torch.maximum(answer, target).max()) >= self.classes):
            raise ParameterError(f"Confusion: a class that takes part is not one of 0 to {self.classes - 1}")
        pairs = torch.bincount(target * self.classes + answer, mask[part].double(), self.classes**2)
        self._add(pairs.reshape(self.classes, self.classes))

    @property
    def accuracy(self) -> Tensor:
        """Which share was right."""
        return self.totals.diagonal().sum() / self.totals.sum()

    @property
    def iou(self) -> Tensor:
        """Intersection over union of each class."""
        hit = self.totals.diagonal()
        return hit / (self.totals.sum(0) + self.totals.sum(1) - hit)

    @property
    def mean_iou(self) -> Tensor:
        """The mean over classes that are or were found."""
        return self.iou.nanmean()

    @property
    def f1(self) -> Tensor:
        """2 TP / (2 TP + FP + FN) of each class."""
        return 2 * self.totals.diagonal() / (self.totals.sum(0) + self.totals.sum(1))


class Perplexity(_Metric):
    """exp of the mean cross-entropy of tokens that take part.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> metric = learn.Perplexity()
    >>> metric.update(torch.zeros(2, 4), torch.tensor([3, -100]), torch.tensor([True, False]))
    >>> round(float(metric.value), 3)
    4.0
    """

    def __init__(self) -> None:
        super().__init__(2)

    @torch.no_grad()
    def update(self, input: Tensor, target: Tensor, mask: Any) -> None:
        """Count a batch: logits (N, C) or (B, C, T), the tokens, and a mask along them."""
        mask = fit(mask, target)
        total = cross_entropy(input, target, mask, "sum").double()
        self._add(torch.stack([total, measure(mask, target.shape, torch.float64)]))

    @property
    def value(self) -> Tensor:
        """The perplexity so far; NaN of nothing."""
        return torch.exp(self.totals[0] / self.totals[1])


class Calibration(_Metric):
    """How far confidence and accuracy are apart: the expected calibration error.

    Parameters
    ----------
    bins : int, default 15
        Of equal width, from 0 to 1.

    Attributes
    ----------
    totals : Tensor (3, bins)
        How much took part, its confidence and its right answers.

    References
    ----------
    Guo et al. 2017.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> metric = learn.Calibration()
    >>> metric.update(torch.tensor([[9.0, -9.0], [9.0, -9.0]]), torch.tensor([0, 1]), torch.tensor([True, True]))
    >>> round(float(metric.value), 3)
    0.5
    """

    def __init__(self, bins: int = 15):
        super().__init__(3, bins)

    @torch.no_grad()
    def update(self, input: Tensor, target: Tensor, mask: Any) -> None:
        """Count a batch: logits (B, C, ...), the truth (B, ...), and a mask along it."""
        mask = fit(mask, target).expand_as(target)
        logits, target = beside_classes(input, target, taking_part(mask))
        sure, answer = logits.softmax(1).double().max(1)
        place = (sure * self.totals.shape[1]).long().clamp(max=self.totals.shape[1] - 1).reshape(-1)
        facts = (torch.ones_like(sure), sure, (answer == target).double())
        self._add(
            torch.stack([torch.bincount(place, keep(fact, mask).reshape(-1), self.totals.shape[1]) for fact in facts])
        )

    @property
    def value(self) -> Tensor:
        """How far confidence and accuracy are apart, the mean over what took part; NaN of nothing."""
        amount, sure, right = self.totals
        return (sure - right).abs().sum() / amount.sum()

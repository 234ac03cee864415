"""Metrics add up what takes part."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

import roimask as rm
from roimask import learn


def batches(count=3):
    for _ in range(count):
        logits, target = torch.randn(2, 4, 5, 5), torch.randint(4, (2, 5, 5))
        yield logits, target, torch.rand(2, 5, 5) > 0.4


def test_confusion_over_batches():
    metric, pairs = learn.Confusion(4), []
    for logits, target, mask in batches():
        metric.update(logits, torch.where(mask, target, 255), mask)
        pairs.append(torch.stack([logits.argmax(1)[mask], target[mask]]))
    answer, truth = torch.cat(pairs, 1)
    assert metric.accuracy == (answer == truth).double().mean()
    for c in range(4):
        both, either = ((answer == c) & (truth == c)).sum(), ((answer == c) | (truth == c)).sum()
        torch.testing.assert_close(metric.iou[c], (both / either).double(), rtol=1e-6, atol=0)
        torch.testing.assert_close(metric.f1[c], (2 * both / (both + either)).double(), rtol=1e-6, atol=0)
    assert metric.mean_iou == metric.iou.mean()
    metric.reset()
    assert not metric.totals.any()


def test_confusion_weighs_and_refuses():
    metric = learn.Confusion(2)
    metric.update(torch.tensor([0, 1]), torch.tensor([0, 0]), torch.tensor([0.25, 0.75]))
    assert metric.accuracy == 0.25
    with pytest.raises(rm.ParameterError, match="0 to 1"):
        metric.update(torch.tensor([0]), torch.tensor([2]), torch.tensor([True]))


def test_perplexity_over_batches():
    metric, losses = learn.Perplexity(), []
    for logits, target, mask in batches():
        metric.update(torch.where(mask[:, None], logits, torch.nan), target, mask)
        losses.append(F.cross_entropy(logits, target, reduction="none")[mask])
    torch.testing.assert_close(metric.value.float(), torch.cat(losses).mean().exp())


def test_calibration_over_batches():
    metric, facts = learn.Calibration(10), []
    for logits, target, mask in batches():
        metric.update(torch.where(mask[:, None], logits, torch.nan), torch.where(mask, target, -1), mask)
        sure, answer = logits.softmax(1).max(1)
        facts.append(torch.stack([sure[mask], (answer == target)[mask].float()]))
    sure, right = torch.cat(facts, 1)
    bins = (sure * 10).long()
    apart = [(sure[bins == b].sum() - right[bins == b].sum()).abs() for b in range(10)]
    torch.testing.assert_close(metric.value.float(), sum(apart) / len(sure), rtol=1e-4, atol=1e-6)

"""``check`` names the module that leaks first, and no other."""

from __future__ import annotations

import torch
from torch import nn

from roimask import learn

MASK = learn.padding_mask([5, 2, 3])


class Pooled(nn.Module):
    """Tokens to a class, the mean over time with padding or without."""

    def __init__(self, masked: bool):
        super().__init__()
        self.embed, self.head, self.masked = learn.MaskedEmbedding(20, 8), nn.Linear(8, 2), masked

    def forward(self, tokens, mask):
        x = self.embed(tokens, mask)
        return self.head(
            learn.masked_mean(x, mask, dim=1) if self.masked else torch.nn.functional.pad(tokens, (0, 3)).float()
        )


class Net(nn.Module):
    """Images through one norm."""

    def __init__(self, norm):
        super().__init__()
        self.first, self.norm, self.last = nn.Conv2d(2, 4, 1), norm, nn.Conv2d(4, 1, 1)

    def forward(self, x, mask):
        x = self.first(learn.mask_input(x, mask))
        x = self.norm(x, mask) if hasattr(self.norm, "_remember") else self.norm(x)
        return self.last(x)


def test_a_clean_net_is_clean():
    mask = torch.rand(2, 6, 6) > 0.3
    assert learn.check(Net(learn.MaskedBatchNorm2d(4)), torch.randn(2, 2, 6, 6), mask).clean
    assert learn.check(Pooled(True), torch.randint(1, 20, (3, 5)), MASK).clean


def test_nan_reaches_a_plain_first_layer_in_gradients_alone():
    report = learn.check(nn.Linear(4, 2), torch.randn(3, 5, 4), MASK)
    assert report.forward is None and report.gradient == "(Linear)"


def test_the_first_module_is_named():
    net = nn.Sequential(nn.Linear(4, 6), nn.Conv1d(5, 5, 3, padding=1), nn.Linear(6, 2))
    report = learn.check(net, torch.randn(3, 5, 4), MASK, call=lambda net, x, mask: net(learn.mask_input(x, mask)))
    assert report.clean
    report = learn.check(net, torch.randn(3, 5, 4), MASK)
    assert report.forward == "1 (Conv1d)" and "first in 1 (Conv1d)" in str(report)


def test_a_leak_between_modules_is_named_by_what_follows():
    report = learn.check(Pooled(False), torch.randint(1, 20, (3, 5)), MASK)
    assert report.forward == "what comes before head (Linear)"


def test_the_model_stays_as_it_is():
    net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(5))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    learn.check(net, torch.randn(3, 5, 4), MASK)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(parameter.grad is None for parameter in net.parameters()) and not net[0]._forward_hooks

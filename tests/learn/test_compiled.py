"""A masked step compiles, and does what it did."""

from __future__ import annotations

import shutil

import pytest
import torch

from roimask import learn

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")


class Step(torch.nn.Module):
    """Norm, masked weights and a loss."""

    def __init__(self):
        super().__init__()
        self.linear, self.norm = learn.MaskedLinear(6, 4, mask=torch.eye(4, 6)), learn.MaskedLayerNorm(4)

    def forward(self, x, target, mask):
        y = self.norm(self.linear(learn.mask_input(x, mask)), mask)
        return learn.cross_entropy(y.flatten(0, 1), target.flatten(), mask.flatten()) + learn.mse_loss(
            y, torch.zeros_like(y), mask
        )


def test_a_step_compiles_whole():
    net, x, mask = Step(), torch.randn(3, 5, 6), learn.padding_mask([3, 5, 1])
    x[~mask] = torch.nan
    target = torch.randint(4, (3, 5))
    plain = net(x, target, mask)
    plain.backward()
    expected = [parameter.grad.clone() for parameter in net.parameters()]
    net.zero_grad()
    compiled = torch.compile(net, fullgraph=True)(x, target, mask)
    compiled.backward()
    torch.testing.assert_close(compiled, plain)
    for parameter, gradient in zip(net.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-4, atol=1e-5)

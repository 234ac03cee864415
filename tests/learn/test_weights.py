"""Masked weights get gradients of exactly 0 and stay as they are."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F
from torch.optim import SGD, Adam, AdamW, RMSprop

import roimask as rm
from roimask import learn

OPTIMIZERS = {
    "SGD": lambda p: SGD(p, 0.1, momentum=0.9, weight_decay=0.1, nesterov=True),
    "Adam": lambda p: Adam(p, 0.01, weight_decay=0.1, amsgrad=True),
    "AdamW": lambda p: AdamW(p, 0.01, weight_decay=0.1),
    "RMSprop": lambda p: RMSprop(p, 0.01, momentum=0.9, centered=True),
}


def layers():
    return {
        "linear": (learn.MaskedLinear(6, 4), torch.randn(3, 6)),
        "conv": (learn.MaskedConv2d(2, 4, 3, padding=1), torch.randn(3, 2, 5, 5)),
    }


@pytest.mark.parametrize("kind", ["linear", "conv"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_200_steps_leave_masked_weights_to_the_bit(kind, name):
    net, x = layers()[kind]
    optimizer = OPTIMIZERS[name](net.parameters())
    learn.hold(optimizer, net)
    mask = torch.ones_like(net.weight, dtype=torch.bool)
    for step in range(200):
        if step in (0, 50):  # the second mask is set when the optimizer has a memory
            mask = torch.rand_like(net.weight) > 0.5
            net.set_mask(mask)
            before = net.weight.detach().clone()
        optimizer.zero_grad()
        net(x).square().mean().backward()
        assert not net.weight.grad[~mask].any()
        optimizer.step()
        assert torch.equal(net.weight[~mask], before[~mask])
    assert not torch.equal(net.weight[mask], before[mask])
    for memory in optimizer.state[net.weight].values():
        assert memory.shape != mask.shape or not memory[~mask].any()


def test_without_hold_they_move():
    net, x = layers()["linear"]
    optimizer = OPTIMIZERS["SGD"](net.parameters())
    handle = learn.hold(optimizer, net)
    handle.remove()
    net.set_mask(torch.zeros(4, 6))
    before = net.weight.detach().clone()
    net(x).sum().backward()
    optimizer.step()
    assert not torch.equal(net.weight, before)


def test_the_row_of_padding_is_held():
    net = learn.MaskedEmbedding(5, 3)
    with torch.no_grad():
        net.weight[0] = 7
    optimizer = AdamW(net.parameters(), weight_decay=0.5)
    learn.hold(optimizer, net)
    for _ in range(5):
        net(torch.tensor([[0, 1]])).sum().backward()
        optimizer.step()
    assert (net.weight[0] == 7).all()


def test_a_weight_that_another_layer_uses_is_not_held():
    shared = torch.nn.Linear(3, 2)
    one, two = (
        learn.MaskedLinear(shared, torch.tensor([[1, 1, 0]] * 2)),
        learn.MaskedLinear(shared, torch.tensor([[0, 1, 0]] * 2)),
    )
    net = torch.nn.ModuleList([one, two])
    before = shared.weight.detach().clone()
    optimizer = SGD(net.parameters(), 1.0)
    learn.hold(optimizer, net)
    (one(torch.ones(1, 3)) + two(torch.ones(1, 3))).sum().backward()
    optimizer.step()
    assert (shared.weight != before).any(0).tolist() == [True, True, False]


def test_hold_wants_masked_layers():
    net = torch.nn.Linear(2, 2)
    with pytest.raises(rm.ParameterError, match="no masked layer"):
        learn.hold(SGD(net.parameters(), 1.0), net)


@pytest.mark.parametrize("weights", [False, True])
def test_layers_multiply_by_the_mask(weights):
    for net, x in layers().values():
        mask = torch.rand_like(net.weight)
        mask = torch.where(mask > 0.5, mask, 0) if weights else mask > 0.5
        net.set_mask(mask)
        product = net.weight * mask
        theirs = F.linear(x, product, net.bias) if x.ndim == 2 else F.conv2d(x, product, net.bias, padding=1)
        torch.testing.assert_close(net(x), theirs)


def test_layers_take_over_parameters():
    linear, conv = (
        torch.nn.Linear(6, 4, bias=False),
        torch.nn.Conv2d(2, 4, 3, stride=2, groups=2, padding_mode="reflect", padding=1),
    )
    ours = learn.MaskedLinear(linear, torch.ones(4, 6)), learn.MaskedConv2d(conv)
    for layer, plain, x in zip(ours, (linear, conv), (torch.randn(3, 6), torch.randn(3, 2, 6, 6)), strict=True):
        assert layer.weight is plain.weight and layer.bias is plain.bias
        torch.testing.assert_close(layer(x), plain(x))


def test_masks_are_saved_with_the_weights():
    net, again = learn.MaskedLinear(6, 4, mask=torch.rand(4, 6) > 0.5), learn.MaskedLinear(6, 4)
    again.load_state_dict(net.state_dict())
    assert torch.equal(again.mask, net.mask)


def test_masks_of_another_shape_are_refused():
    with pytest.raises(rm.FrameMismatch):
        learn.MaskedLinear(6, 4, mask=torch.ones(6, 4))


def test_magnitude_over_several_weights():
    weights = [torch.randn(4, 6), torch.randn(3, 3)]
    masks = learn.magnitude_mask(weights, 0.4)
    sizes = torch.cat([w.abs().reshape(-1) for w in weights])
    parts = torch.cat([m.reshape(-1) for m in masks])
    assert (~parts).sum() == round(0.4 * 33) and sizes[~parts].max() <= sizes[parts].min()
    assert (~learn.magnitude_mask(torch.ones(10), 0.5)).sum() == 5


def test_structure_and_patterns():
    conv = torch.randn(8, 4, 3, 3)
    norms = conv.flatten(1).norm(dim=1)
    kept = learn.structure_mask(conv, 0.25)
    assert kept.shape == conv.shape and torch.equal(kept[:, 0, 0, 0], norms >= norms.sort().values[2])
    inputs = learn.structure_mask(conv, 0.5, dim=1)
    assert inputs[0, :, 0, 0].sum() == 2 and torch.equal(inputs, inputs[:1, :, :1, :1].expand_as(conv))
    pattern = learn.pattern_mask(torch.randn(5, 12))
    assert (pattern.unflatten(1, (3, 4)).sum(2) == 2).all()
    with pytest.raises(rm.ParameterError, match="2 of 4"):
        learn.pattern_mask(torch.ones(2, 6))

"""Norms, dropout, convolution and pooling read only what takes part."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import roimask as rm
from roimask import learn
from tests.learn.leaks import nothing_leaks

MASK = torch.tensor([[[1, 1, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]], [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]]) > 0
IMAGES = {
    "batch": lambda: learn.MaskedBatchNorm2d(4),
    "group": lambda: learn.MaskedGroupNorm(2, 4),
    "instance": lambda: learn.MaskedInstanceNorm2d(4, affine=True),
}
PLAIN = {
    "batch": lambda: nn.BatchNorm2d(4),
    "group": lambda: nn.GroupNorm(2, 4),
    "instance": lambda: nn.InstanceNorm2d(4, affine=True),
}


def images():
    return torch.randn(2, 4, 3, 4) * 3 + 5


def shuffled(net):
    """A layer whose weights are not 1 and 0."""
    for parameter in net.parameters():
        nn.init.normal_(parameter)
    return net


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("training", [True, False])
def test_norms_equal_pytorch_where_all_takes_part(name, training):
    ours, plain, x = shuffled(IMAGES[name]()).train(training), PLAIN[name]().train(training), images()
    plain.load_state_dict(ours.state_dict())
    given = [x.clone().requires_grad_() for _ in range(2)]
    answers = [ours(given[0], torch.ones(2, 3, 4)), plain(given[1])]
    for answer in answers:
        (answer * torch.arange(96.0).reshape(answer.shape)).sum().backward()
    torch.testing.assert_close(*answers, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(given[0].grad, given[1].grad, rtol=1e-3, atol=1e-3)
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-4, atol=1e-3)
    for a, b in zip(ours.buffers(), plain.buffers(), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("name", IMAGES)
def test_norms_do_not_leak(name):
    net = shuffled(IMAGES[name]())
    nothing_leaks(lambda x: net(x, MASK).square().sum(), [images()], [MASK[:, None]], list(net.parameters()))


def test_batch_norm_is_that_of_the_selection():
    ours, plain = learn.MaskedBatchNorm2d(4), nn.BatchNorm1d(4)
    x = images()
    expected = plain(x.movedim(1, -1)[MASK])
    torch.testing.assert_close(ours(x, MASK).movedim(1, -1)[MASK], expected)
    torch.testing.assert_close(ours.running_mean, plain.running_mean)
    torch.testing.assert_close(ours.running_var, plain.running_var)


def test_sequences_of_channels():
    net, x = learn.MaskedBatchNorm1d(4), torch.randn(2, 4, 5)
    mask = learn.padding_mask([5, 2])
    selected = torch.cat([x[0].T, x[1, :, :2].T])
    torch.testing.assert_close(
        learn.masked_select(net(x, mask).mT, mask), F.batch_norm(selected, None, None, training=True)
    )
    with pytest.raises(rm.ParameterError, match="MaskedBatchNorm1d"):
        net(images(), MASK)


def test_an_empty_batch_changes_no_statistics():
    net = learn.MaskedBatchNorm2d(4)
    assert not net(images(), MASK & False).any()
    assert not net.running_mean.any() and (net.running_var == 1).all()


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("kind", ["binary", "weights"])
def test_gradients_of_norms(name, kind):
    net = shuffled(IMAGES[name]()).double()
    mask = MASK if kind == "binary" else MASK * torch.rand(2, 3, 4, dtype=torch.float64)
    x = images().double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: net(x, mask), (x, *net.parameters()))


def test_weights_weigh_in_norms():
    x, weights = torch.randn(1, 1, 1, 3, dtype=torch.float64), torch.tensor([[[[1.0, 2.0, 0.0]]]])
    twice = torch.cat([x[..., :1], x[..., 1:2], x[..., 1:2]], -1)
    net = learn.MaskedInstanceNorm2d(1)
    torch.testing.assert_close(net(x, weights / 2)[..., :2], net(twice, torch.ones(1, 1, 3))[..., :2])


def test_layer_norm_of_sequences():
    net, plain = shuffled(learn.MaskedLayerNorm(6)), nn.LayerNorm(6)
    plain.load_state_dict(net.state_dict())
    x, mask = torch.randn(2, 5, 6), learn.padding_mask([5, 2])
    torch.testing.assert_close(net(x, mask), plain(x) * mask[..., None])
    nothing_leaks(lambda x: net(x, mask).square().sum(), [x], [mask[..., None]], list(net.parameters()))


def test_layer_norm_of_features():
    net, x, mask = shuffled(learn.MaskedLayerNorm(6)), torch.randn(2, 5, 6), torch.rand(2, 5, 6) > 0.4
    nothing_leaks(lambda x: net(x, mask).square().sum(), [x], [mask], list(net.parameters()))
    part = mask[0, 0]
    expected = F.layer_norm(x[0, 0, part], (int(part.sum()),)) * net.weight[part] + net.bias[part]
    torch.testing.assert_close(net(x, mask)[0, 0, part], expected)


DROPOUTS = {
    "element": (learn.ElementDropout(0.3), (64, 8, 6, 6)),
    "channel": (learn.ChannelDropout(0.3), (64, 8, 6, 6)),
    "time": (learn.TimeDropout(0.3), (64, 20, 30)),
    "path": (learn.DropPath(0.3), (512, 4)),
    "block": (learn.DropBlock2d(0.3, 3), (64, 2, 20, 20)),
}


@pytest.mark.parametrize("name", DROPOUTS)
def test_dropout_keeps_the_mean_and_obeys_its_generator(name):
    net, shape = DROPOUTS[name]
    x = torch.ones(shape)
    draws = [net(x, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])
    assert 0.9 < draws[0].mean() < 1.1 and 0.2 < (draws[0] == 0).float().mean() < 0.4
    assert torch.equal(net.eval()(x), x)
    net.train()


@pytest.mark.parametrize("name", DROPOUTS)
def test_a_given_mask_is_obeyed(name):
    net, shape = DROPOUTS[name]
    x = torch.randn(shape)
    mask = net.draw(x)
    assert torch.equal(net(x, mask) == 0, ~mask.expand(shape)) and torch.equal(net(x, mask), net.eval()(x, mask))
    net.train()


def test_blocks_are_whole():
    mask = learn.DropBlock2d(0.1, 5).draw(torch.ones(8, 1, 40, 40))
    holes = (~mask).float()
    whole = F.max_pool2d(F.pad(-F.max_pool2d(-holes, 5, 1), [4] * 4), 5, 1)
    assert torch.equal(whole, holes)
    with pytest.raises(rm.ParameterError, match="odd"):
        learn.DropBlock2d(0.1, 4)


@pytest.mark.parametrize(
    "options", [{}, {"padding": 1}, {"stride": 2, "padding": 1}, {"dilation": 2, "padding": 2}, {"groups": 2}]
)
def test_partial_convolution_by_hand(options):
    net, x, mask = learn.PartialConv2d(4, 6, 3, **options), torch.randn(2, 4, 9, 9), torch.rand(2, 1, 9, 9) > 0.7
    held = F.conv2d(mask.float(), torch.ones(1, 1, 3, 3), **{**options, "groups": 1})
    sums = F.conv2d(x * mask, net.weight, **options)
    expected = torch.where(held > 0, sums * 9 / held + net.bias[:, None, None], 0)
    y, after = net(x, mask[:, 0])
    torch.testing.assert_close(y, expected)
    assert torch.equal(after, held > 0)


def test_partial_convolution_of_a_reflected_border():
    net, x, mask = (
        learn.PartialConv2d(4, 6, 3, padding=1, padding_mode="reflect"),
        torch.randn(2, 4, 9, 9),
        torch.rand(2, 1, 9, 9),
    )
    inner = learn.PartialConv2d(4, 6, 3)
    inner.load_state_dict(net.state_dict())
    mask = (mask > 0.7).float()
    padded = F.pad(x, [1] * 4, "reflect"), F.pad(mask, [1] * 4, "reflect")
    torch.testing.assert_close(net(x, mask), inner(*padded))
    with pytest.raises(rm.ParameterError, match="one mask for all channels"):
        net(x, mask.expand(-1, 4, -1, -1))


@pytest.mark.parametrize("net", [learn.PartialConv2d(2, 3, 3, padding=1), learn.NormalizedConv2d(2, 3, 3, padding=1)])
def test_convolutions_do_not_leak(net):
    x, mask = torch.randn(2, 2, 6, 6), torch.rand(2, 1, 6, 6) > 0.7
    nothing_leaks(lambda x: net(x, mask)[0].square().sum(), [x], [mask], list(net.parameters()))


def test_normalised_convolution_is_an_average():
    net = learn.NormalizedConv2d(1, 1, 3, padding=1, bias=False)
    x, confidence = torch.rand(1, 1, 8, 8), torch.rand(1, 1, 8, 8)
    y, sure = net(x, confidence)
    a = F.softplus(net.weight)
    expected = F.conv2d(x * confidence, a, padding=1) / F.conv2d(confidence, a, padding=1)
    torch.testing.assert_close(y, expected)
    assert x.min() <= y.min() and y.max() <= x.max() and sure.min() > 0 and sure.max() <= 1


def test_pooling_by_hand():
    x, mask = torch.randn(2, 3, 6, 6), torch.rand(2, 6, 6) > 0.6
    mean, some = learn.masked_avg_pool2d(x, mask, 2)
    largest, _ = learn.masked_max_pool2d(x, mask, 2)
    for b in range(2):
        for i in range(3):
            for j in range(3):
                window = (b, slice(None), slice(2 * i, 2 * i + 2), slice(2 * j, 2 * j + 2))
                part = mask[b, window[2], window[3]]
                values = x[window][:, part]
                assert some[b, 0, i, j] == part.any()
                expected = values.mean(1) if part.any() else torch.zeros(3)
                torch.testing.assert_close(mean[b, :, i, j], expected)
                assert torch.equal(largest[b, :, i, j], values.amax(1) if part.any() else torch.zeros(3))


@pytest.mark.parametrize("pool", [learn.masked_avg_pool2d, learn.masked_max_pool2d])
def test_pooling_does_not_leak(pool):
    x, mask = torch.randn(2, 3, 6, 6), torch.rand(2, 1, 6, 6) > 0.6
    nothing_leaks(lambda x: pool(x, mask, 3, 2, 1)[0].square().sum(), [x], [mask])


def test_half_precision_norms():
    x = images().to(torch.bfloat16)
    x[~MASK[:, None].expand_as(x)] = torch.nan
    for make in IMAGES.values():
        answer = make().to(torch.bfloat16)(x, MASK)
        assert answer.dtype == torch.bfloat16 and answer.isfinite().all()
    many = torch.rand(1, 1, 300, 300).half()
    answer = learn.MaskedInstanceNorm2d(1)(many, torch.ones(1, 300, 300))
    torch.testing.assert_close(answer, F.instance_norm(many.float()).half(), rtol=1e-2, atol=1e-2)

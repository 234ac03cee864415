"""Losses: what takes no part has no say in value or gradient, and what does has PyTorch's."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

import roimask as rm
from roimask import learn
from tests.learn.leaks import JUNK, nothing_leaks

SAME = ["mse_loss", "l1_loss", "huber_loss", "binary_cross_entropy_with_logits"]
SHAPES = [(12, 5), (3, 5, 4), (2, 5, 4, 3)]


def classes(shape, seed=0):
    """Logits, classes and a mask along them."""
    random = torch.Generator().manual_seed(seed)
    places = (shape[0], *shape[2:])
    target = torch.randint(shape[1], places, generator=random)
    return torch.randn(shape, generator=random), target, torch.rand(places, generator=random) > 0.4


def selected(loss, input, target, mask, **options):
    """PyTorch's loss of what is selected before."""
    return loss(learn.masked_select(input, mask), learn.masked_select(target, mask), **options)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", SAME)
def test_element_wise_losses_equal_those_of_the_selection(name, reduction):
    input, target, mask = torch.randn(3, 4, 5) * 3, torch.rand(3, 4, 5), torch.rand(3, 4, 5) > 0.4
    ours, theirs = input.clone().requires_grad_(), input.clone().requires_grad_()
    a = getattr(learn, name)(ours, target, mask, reduction)
    b = selected(getattr(F, name), theirs, target, mask, reduction=reduction)
    (3 * a).backward()
    (3 * b).backward()
    torch.testing.assert_close(a, b)
    torch.testing.assert_close(ours.grad, theirs.grad)
    assert not ours.grad[~mask].any()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "options", [{}, {"weight": torch.tensor([1.0, 2.0, 0.5, 1.0, 3.0])}, {"label_smoothing": 0.1}], ids=str
)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_equals_ignore_index(shape, options, reduction):
    input, target, mask = classes(shape)
    ours, theirs = input.clone().requires_grad_(), input.clone().requires_grad_()
    a = learn.cross_entropy(ours, target, mask, reduction, **options)
    b = F.cross_entropy(theirs, learn.to_ignore_index(target, mask), reduction=reduction, **options)
    a.sum().backward()
    b.sum().backward()
    torch.testing.assert_close(a, b)
    torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("size", [1e4, 1e-4])
def test_cross_entropy_of_extreme_logits(size):
    input, target, mask = classes((12, 5))
    expected = F.cross_entropy(input * size, learn.to_ignore_index(target, mask))
    torch.testing.assert_close(learn.cross_entropy(input * size, target, mask), expected)


@pytest.mark.parametrize("weights", [False, True], ids=["binary", "weights"])
@pytest.mark.parametrize("name", SAME)
def test_element_wise_losses_do_not_leak(name, weights):
    input, target, part = torch.randn(3, 4), torch.rand(3, 4), torch.rand(3, 4) > 0.4
    mask = torch.where(part, torch.rand(3, 4) + 0.1, 0) if weights else part
    clean = input.clone().requires_grad_()
    expected = learn.masked_loss(getattr(F, name))(clean, target, mask)
    expected.backward()
    for junk in JUNK:
        x, y = (torch.where(part, v, junk) for v in (input, target))
        value = getattr(learn, name)(x.requires_grad_(), y, mask)
        value.backward()
        torch.testing.assert_close(value, expected)
        torch.testing.assert_close(x.grad, clean.grad)
        assert not x.grad[~part].any()


@pytest.mark.parametrize("name", ["cross_entropy", "focal_loss", "dice_loss", "tversky_loss", "lovasz_loss"])
@pytest.mark.parametrize("shape", SHAPES)
def test_losses_of_classes_do_not_leak(name, shape):
    input, target, mask = classes(shape)
    target = torch.where(mask, target, -100)
    nothing_leaks(lambda x: getattr(learn, name)(x, target, mask), [input], [mask.unsqueeze(1)])


@pytest.mark.parametrize("name", ["focal_loss", "dice_loss", "tversky_loss", "lovasz_loss"])
def test_losses_of_one_class_do_not_leak(name):
    input, target, mask = torch.randn(2, 1, 4, 3), (torch.rand(2, 1, 4, 3) > 0.5).float(), torch.rand(2, 4, 3) > 0.4
    nothing_leaks(lambda x: getattr(learn, name)(x, target, mask), [input], [mask.unsqueeze(1)])


def test_similarity_does_not_leak():
    x, y, mask = torch.rand(1, 2, 12, 12), torch.rand(1, 2, 12, 12), torch.rand(1, 1, 12, 12) > 0.3
    nothing_leaks(lambda a, b: 1 - learn.masked_ssim(a, b, mask), [x, y], [mask, mask])


@pytest.mark.parametrize("name", [*SAME, "focal_loss", "dice_loss", "tversky_loss", "lovasz_loss"])
def test_an_all_masked_batch_gives_0(name):
    input, target = torch.full((2, 4), torch.nan, requires_grad=True), torch.full((2, 4), torch.nan)
    value = getattr(learn, name)(input, target, torch.zeros(2, 4, dtype=torch.bool))
    value.backward()
    assert value.item() == 0 and not input.grad.any()


@pytest.mark.parametrize("shape", SHAPES)
def test_an_all_masked_cross_entropy_gives_0(shape):
    input, target, mask = classes(shape)
    input = torch.full_like(input, torch.nan).requires_grad_()
    value = learn.cross_entropy(input, target, mask & False)
    value.backward()
    assert value.item() == 0 and not input.grad.any()


@pytest.mark.parametrize("kind", ["binary", "weights"])
@pytest.mark.parametrize("name", SAME)
def test_gradients_of_element_wise_losses(name, kind):
    target, mask = torch.rand(3, 4, dtype=torch.float64), torch.rand(3, 4, dtype=torch.float64)
    mask = mask > 0.4 if kind == "binary" else torch.where(mask > 0.4, mask, 0)
    input = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    target.requires_grad_()
    assert torch.autograd.gradcheck(lambda x, y: getattr(learn, name)(x, y, mask), (input, target))


@pytest.mark.parametrize("name", ["cross_entropy", "focal_loss", "dice_loss", "lovasz_loss"])
@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_of_losses_of_classes(name, shape):
    input, target, mask = classes(shape)
    input = input.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: getattr(learn, name)(x, target, mask), (input,))


def test_weights_weigh():
    input, target, mask = classes((12, 5))
    weights = torch.rand(12)
    expected = (F.cross_entropy(input, target, reduction="none") * weights).sum() / weights.sum()
    torch.testing.assert_close(learn.cross_entropy(input, target, weights), expected)
    twice = learn.cross_entropy(
        torch.cat([input, input[mask]]), torch.cat([target, target[mask]]), torch.ones(12 + int(mask.sum()))
    )
    torch.testing.assert_close(learn.cross_entropy(input, target, (1.0 + mask) / 2), twice)


def test_means():
    x = torch.randn(3, 5, 2)
    mask = learn.padding_mask([3, 5, 0], 5)
    torch.testing.assert_close(learn.masked_mean(x, mask), x[mask].mean())
    pooled = learn.masked_mean(x, mask, dim=1)
    torch.testing.assert_close(pooled, torch.stack([x[0, :3].mean(0), x[1].mean(0), torch.zeros(2)]))
    largest = learn.masked_max(x, mask, dim=1, empty=-9)
    assert torch.equal(largest, torch.stack([x[0, :3].amax(0), x[1].amax(0), torch.full((2,), -9.0)]))
    assert learn.masked_mean(x, mask & False, empty=5.0) == 5


def test_any_element_wise_loss_is_masked():
    input, target, mask = torch.randn(3, 4), torch.rand(3, 4), torch.rand(3, 4) > 0.4
    for loss in (F.smooth_l1_loss, torch.nn.SmoothL1Loss(), lambda a, b: (a - b).abs().sqrt()):
        nothing_leaks(lambda x: learn.masked_loss(loss)(x, target, mask), [input], [mask])  # noqa: B023
    module = torch.nn.MSELoss(reduction="sum")
    torch.testing.assert_close(learn.masked_loss(module)(input, target, mask), F.mse_loss(input[mask], target[mask]))
    assert module.reduction == "sum"


def test_a_loss_of_one_number_is_refused():
    with pytest.raises(rm.ParameterError, match="one number"):
        learn.masked_loss(lambda a, b: (a - b).mean())(torch.ones(2), torch.ones(2), torch.ones(2))
    with pytest.raises(rm.ParameterError, match='"mean", "sum" or "none"'):
        learn.mse_loss(torch.ones(2), torch.ones(2), torch.ones(2), "avg")
    with pytest.raises(rm.FrameMismatch, match="one shape"):
        learn.mse_loss(torch.ones(2), torch.ones(3), torch.ones(2))


def test_full_masks_give_the_usual_losses():
    input, target, _ = classes((2, 3, 8, 8))
    mask, truth = torch.ones(2, 8, 8, dtype=torch.bool), F.one_hot(target, 3).movedim(-1, 1)
    p = input.softmax(1)
    hit, sums = (p * truth).sum((0, 2, 3)), (p + truth).sum((0, 2, 3))
    torch.testing.assert_close(learn.dice_loss(input, target, mask, smooth=0), 1 - (2 * hit / sums).mean())
    torch.testing.assert_close(learn.focal_loss(input, target, mask, gamma=0), F.cross_entropy(input, target))
    right = F.one_hot(target, 3).movedim(-1, 1) * 40.0
    assert learn.lovasz_loss(right, target, mask) < 1e-6 and learn.dice_loss(right, target, mask) < 1e-6


def test_lovasz_at_the_corners_is_1_minus_iou():
    found, truth = torch.rand(1, 8, 8) > 0.5, torch.rand(1, 8, 8) > 0.5
    mask = torch.rand(1, 8, 8) > 0.3
    logits = torch.stack([~found, found], 1) * 100.0
    ious = [
        ((found == c) & (truth == c) & mask).sum() / (((found == c) | (truth == c)) & mask).sum() for c in (False, True)
    ]
    torch.testing.assert_close(learn.lovasz_loss(logits, truth.long(), mask), 1 - sum(ious) / 2)


def test_targets_are_shifted():
    tokens = torch.tensor([[0, 5, 6], [7, 8, 0], [0, 0, 0]])
    target, mask = learn.shift_targets(tokens, eos=2, pad=0)
    assert target.tolist() == [[0, 6, 2], [8, 2, 0], [0, 0, 0]] and torch.equal(mask, tokens != 0)
    target, _ = learn.shift_targets(tokens[1:2], eos=0, pad=0, mask=torch.tensor([[1, 1, 1]]))
    assert target.tolist() == [[8, 0, 0]]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype):
    input, target, mask = classes((12, 5))
    part = mask.unsqueeze(1)
    half = torch.where(part, input, torch.nan).to(dtype).requires_grad_()
    for loss, truth in ((learn.cross_entropy, target), (learn.mse_loss, torch.zeros(12, 5))):
        value = loss(half, truth, mask)
        value.backward()
        assert value.dtype == torch.float32 and half.grad.dtype == dtype
        torch.testing.assert_close(value, loss(input.to(dtype).float(), truth, mask))
        assert half.grad.isfinite().all()


def test_half_precision_counts_beyond_its_range():
    x, mask = torch.ones(400, 400, dtype=torch.float16), torch.ones(400, 400, dtype=torch.bool)
    assert learn.masked_mean(x, mask) == 1 and learn.masked_mean(x, mask, dim=(0, 1)) == 1
    assert learn.mse_loss(x, 0 * x, mask) == 1


def test_autocast():
    net, (_, target, mask) = torch.nn.Linear(8, 5), classes((12, 5))
    x = torch.randn(12, 8)
    x[~mask] = torch.nan
    with torch.autocast("cpu", torch.bfloat16):
        value = learn.cross_entropy(net(learn.mask_input(x, mask)), target, mask)
    value.backward()
    torch.testing.assert_close(value, F.cross_entropy(net(x[mask]), target[mask]), rtol=0.05, atol=0.05)
    assert net.weight.grad.isfinite().all()

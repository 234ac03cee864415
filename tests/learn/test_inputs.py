"""Inputs, embeddings and attention times mask."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import roimask as rm
from roimask import learn
from tests.learn.leaks import nothing_leaks

MASK = learn.padding_mask([3, 5, 0], 5)


@pytest.mark.parametrize(
    ("mask", "shape"),
    [
        ((3, 5), (3, 5, 2)),
        ((3, 5, 1), (3, 5, 2)),
        ((3, 4, 6), (3, 2, 4, 6)),
        ((3, 1, 4, 6), (3, 2, 4, 6)),
        ((4, 6), (4, 6)),
    ],
)
@pytest.mark.parametrize("dtype", [torch.bool, torch.float32, torch.uint8])
@pytest.mark.parametrize("x", [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64])
def test_masks_lie_along_inputs(mask, shape, dtype, x):
    mask = (torch.rand(mask) > 0.5).to(dtype)
    values = (torch.randn(shape) * 4).to(x)
    spread = mask.reshape(mask.shape[0], 1, *mask.shape[1:]) if mask.ndim == 3 and len(shape) == 4 else mask
    spread = spread.reshape(*spread.shape, *[1] * (len(shape) - spread.ndim))
    assert torch.equal(learn.mask_input(values, mask), (values * spread).to(x))


def test_masks_of_roimask_and_numpy_are_masks():
    mask = rm.Mask([[0, 1], [2, 0]])
    x = torch.ones(2, 2)
    assert learn.mask_input(x, mask).tolist() == [[0, 1], [1, 0]] == learn.mask_input(x, np.asarray(mask)).tolist()


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(rm.FrameMismatch, match=r"\(2, 5\) does not lie along .* \(3, 5, 2\)"):
        learn.mask_input(torch.ones(3, 5, 2), torch.ones(2, 5))


@pytest.mark.parametrize("weights", [False, True])
def test_inputs_do_not_leak(weights):
    given = torch.where(MASK, torch.rand(3, 5), 0) if weights else MASK
    part = MASK[..., None].expand(3, 5, 2)
    nothing_leaks(lambda x: learn.mask_input(x, given).square().sum(), [torch.randn(3, 5, 2)], [part])


def test_learnt_weights_get_gradients():
    mask = torch.rand(3, 5, 1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(learn.mask_input, (torch.randn(3, 5, 2, dtype=torch.float64), mask))


def test_inputs_are_derived_twice():
    x = torch.randn(3, 5, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: learn.mask_input(x, MASK).sin(), (x,))


def test_each_sample_of_a_vmap():
    x = torch.randn(3, 5)
    per_sample = torch.func.vmap(torch.func.grad(lambda x, m: learn.mask_input(x, m).square().sum()))(x, MASK)
    assert torch.equal(per_sample, 2 * x * MASK)


def test_embedding_equals_padding_idx():
    ours, plain = learn.MaskedEmbedding(9, 4, padding_idx=2), torch.nn.Embedding(9, 4, padding_idx=2)
    plain.load_state_dict(ours.state_dict())
    tokens = torch.randint(9, (6, 7))
    for net in (ours, plain):
        net(tokens).sin().sum().backward()
    assert torch.equal(ours(tokens), plain(tokens)) and torch.equal(ours.weight.grad, plain.weight.grad)
    assert not ours.weight.grad[2].any()


def test_embedding_under_a_mask():
    net = learn.MaskedEmbedding(9, 4)
    tokens = torch.randint(1, 9, (3, 5))
    answer = net(torch.where(MASK, tokens, -100), MASK)
    answer.sum().backward()
    expected = torch.bincount(tokens[MASK], minlength=9).float()
    assert not answer[~MASK].any() and torch.equal(net.weight.grad[:, 0], expected)
    with torch.no_grad():
        net.weight[0] = torch.nan  # padding that somebody filled
    assert not net(torch.zeros(2, 2, dtype=torch.long)).any()


def test_attention_masks_combine():
    mask = learn.padding_mask([4, 6], 6)
    segments = torch.tensor([[0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 2]])
    seen = learn.attention_mask(mask, causal=True, window=2, segments=segments)
    for b, i, j in np.ndindex(2, 6, 6):
        assert seen[b, 0, i, j] == (bool(mask[b, j]) and 0 <= i - j < 2 and segments[b, i] == segments[b, j])


def test_packed_segments_attend_as_alone():
    q, k, v = torch.randn(3, 1, 2, 7, 4)
    segments = torch.tensor([[0, 0, 0, 1, 1, 1, 1]])
    seen = learn.attention_mask(torch.ones(1, 7, dtype=torch.bool), causal=True, segments=segments)
    together = learn.masked_attention(q, k, v, seen)
    for part in (slice(0, 3), slice(3, 7)):
        alone = F.scaled_dot_product_attention(q[:, :, part], k[:, :, part], v[:, :, part], is_causal=True)
        torch.testing.assert_close(together[:, :, part], alone)


def heads(*shape):
    return [torch.randn(3, 2, 5, 4) for _ in range(3)]


@pytest.mark.parametrize("causal", [False, True])
def test_attention_equals_pytorch(causal):
    q, k, v = heads()
    mask = learn.padding_mask([3, 5, 1], 5)
    theirs = F.scaled_dot_product_attention(q, k, v, attn_mask=learn.attention_mask(mask, causal))
    torch.testing.assert_close(learn.masked_attention(q, k, v, mask, causal), theirs)


def test_attention_does_not_leak():
    keys = MASK[:, None, :, None].expand(3, 2, 5, 4)
    nothing_leaks(lambda q, k, v: learn.masked_attention(q, k, v, MASK).square().sum(), heads(), [None, keys, keys])


def test_a_query_that_sees_nothing_answers_0_with_gradients_of_0():
    given = [x.requires_grad_() for x in heads()]
    answer = learn.masked_attention(*given, MASK)
    answer.sum().backward()
    assert not answer[2].any() and all(x.grad.isfinite().all() and not x.grad[2].any() for x in given)


def test_a_later_nan_spoils_no_earlier_query():
    q, k, v = heads()
    expected = learn.masked_attention(q, k, v, MASK | True, causal=True)
    for spoilt in (k, v):
        spoilt[:, :, 3, 1] = torch.nan
    answer = learn.masked_attention(q, k, v, MASK | True, causal=True)
    assert torch.equal(answer[:, :, :3], expected[:, :, :3]) and answer[:, :, 3:].isnan().all()


def test_multihead_attention_takes_both_forms():
    net = torch.nn.MultiheadAttention(8, 2, batch_first=True)
    x, mask = torch.randn(2, 5, 8), learn.padding_mask([3, 5])
    by_keys = net(x, x, x, key_padding_mask=learn.to_key_padding(mask))[0]
    by_mask = net(x, x, x, attn_mask=learn.to_attn_mask(learn.attention_mask(mask), 2))[0]
    torch.testing.assert_close(by_keys, by_mask)


@pytest.mark.filterwarnings("ignore:flex_attention called without")
def test_flex_attention_takes_its_form():
    from torch.nn.attention.flex_attention import flex_attention

    q, k, v = torch.randn(3, 2, 2, 128, 16)
    seen = learn.attention_mask(learn.padding_mask([100, 128]), causal=True, window=9)
    answer = flex_attention(q, k, v, block_mask=learn.to_flex(seen))
    torch.testing.assert_close(answer[:, :, :100], learn.masked_attention(q, k, v, seen)[:, :, :100])


def test_conventions_there_and_back():
    seen = learn.attention_mask(MASK, causal=True)
    additive = torch.zeros(3, 5).masked_fill(~MASK, -torch.inf)
    target = torch.randint(5, (3, 5))
    assert torch.equal(learn.from_key_padding(learn.to_key_padding(MASK)), MASK)
    assert torch.equal(learn.from_key_padding(additive), MASK)
    assert torch.equal(learn.from_sdpa(learn.to_sdpa(seen)), seen)
    assert torch.equal(learn.from_attn_mask(learn.to_attn_mask(seen, 2), 2), seen.expand(-1, 2, -1, -1))
    again, mask = learn.from_ignore_index(learn.to_ignore_index(target, MASK, 255), 255)
    assert torch.equal(mask, MASK) and torch.equal(again, target * MASK)
    with pytest.raises(rm.ParameterError, match="to_sdpa"):
        learn.to_sdpa(MASK[0])

"""Padding, there and back."""

from __future__ import annotations

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

import roimask as rm
from roimask import learn

LENGTHS = [3, 5, 1]


def batch_of(lengths=LENGTHS, *features):
    return learn.pad_sequences([torch.randn(n, *features) for n in lengths])


def test_padding_mask_has_the_lengths():
    mask = learn.padding_mask(torch.tensor(LENGTHS), 7)
    assert mask.shape == (3, 7) and mask.sum(1).tolist() == LENGTHS
    assert learn.padding_mask([]).shape == (0, 0)


@pytest.mark.parametrize(("lengths", "longest"), [([3], 2), ([-1], None)])
def test_impossible_lengths_are_refused(lengths, longest):
    with pytest.raises(rm.ParameterError, match="padding_mask"):
        learn.padding_mask(lengths, longest)


def test_sequences_come_back():
    parts = [torch.randn(n, 2) for n in (3, 0, 5)]
    batch, mask = learn.pad_sequences(parts, value=-1)
    assert (batch[~mask] == -1).all()
    assert all(torch.equal(a, b) for a, b in zip(learn.unpad(batch, mask), parts, strict=True))


def test_images_come_back():
    parts = [torch.rand(3, 5, 7), torch.rand(3, 9, 2)]
    batch, mask = learn.pad_images(parts, value=9, size_divisor=4)
    assert batch.shape == (2, 3, 12, 8) and (batch.movedim(1, -1)[~mask] == 9).all()
    assert all(torch.equal(a, b) for a, b in zip(learn.unpad(batch, mask), parts, strict=True))


def test_packed_as_by_pytorch():
    batch, mask = batch_of(LENGTHS, 2)
    ours = learn.pack(batch, mask)
    theirs = pack_padded_sequence(batch, torch.tensor(LENGTHS), batch_first=True, enforce_sorted=False)
    assert torch.equal(ours.data, theirs.data) and torch.equal(ours.batch_sizes, theirs.batch_sizes)
    again, same = learn.unpack(ours)
    assert torch.equal(again, batch) and torch.equal(same, mask)


def test_a_recurrent_net_sees_no_padding():
    net = torch.nn.GRU(2, 4, batch_first=True)
    batch, mask = batch_of(LENGTHS, 2)
    answers, _ = learn.unpack(net(learn.pack(batch, mask))[0])
    for sequence, answer, n in zip(batch, answers, LENGTHS, strict=True):
        torch.testing.assert_close(answer[:n], net(sequence[None, :n])[0][0])


def test_padding_in_front_is_packed_too():
    batch, mask = torch.tensor([[0, 0, 4], [1, 2, 3]]), torch.tensor([[0, 0, 1], [1, 1, 1]])
    assert sorted(learn.pack(batch, mask).data.tolist()) == [1, 2, 3, 4]
    with pytest.raises(rm.ParameterError, match="empty"):
        learn.pack(batch, mask & False)


def test_nested_and_back():
    batch, mask = batch_of(LENGTHS, 2)
    batch.requires_grad_()
    again, same = learn.from_nested(learn.to_nested(batch, mask))
    assert torch.equal(again, batch) and torch.equal(same, mask)
    again.sum().backward()
    assert torch.equal(batch.grad, mask[..., None].expand_as(batch).float())


def test_token_mask():
    assert learn.token_mask(torch.tensor([4, 0, 4]), 4).tolist() == [False, True, False]

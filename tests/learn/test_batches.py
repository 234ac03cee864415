"""Batches: every sample once, little padding, another order each epoch."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import roimask as rm
from roimask import learn

LENGTHS = np.random.default_rng(0).lognormal(4, 0.8, 10_000).astype(int) + 1


def waste(batches, lengths=LENGTHS):
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    return 1 - lengths.sum() / padded


def test_every_sample_once_and_little_waste():
    batches = list(learn.BucketSampler(LENGTHS, 32))
    assert sorted(chain(*batches)) == list(range(len(LENGTHS)))
    assert max(map(len, batches)) == 32 and waste(batches) <= 0.05


def test_batches_are_not_sorted_and_epochs_differ():
    sampler = learn.BucketSampler(LENGTHS, 32)
    first, again = list(sampler), list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    longest = [LENGTHS[batch].max() for batch in first]
    assert first == again and first != second and abs(np.corrcoef(longest, range(len(longest)))[0, 1]) < 0.2
    assert {frozenset(batch) for batch in first} != {frozenset(batch) for batch in second}


@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_share_the_samples(ranks):
    each = [list(learn.BucketSampler(LENGTHS, 32, rank=rank, ranks=ranks)) for rank in range(ranks)]
    assert sorted(chain(*chain(*each))) == list(range(len(LENGTHS)))
    assert {len(batches) for batches in each} == {len(learn.BucketSampler(LENGTHS, 32, ranks=ranks))}
    longest = np.array([[LENGTHS[batch].max() for batch in batches] for batches in each])
    assert longest.max(0).sum() <= 1.1 * longest.mean(0).sum(), "ranks wait for each other"


@pytest.mark.parametrize("options", [{"batch_size": 0}, {"rank": 2, "ranks": 2}, {"ranks": 3}])
def test_impossible_samplers_are_refused(options):
    with pytest.raises(rm.ParameterError, match="BucketSampler"):
        learn.BucketSampler([1, 2], **{"batch_size": 1, **options})


def test_collate_in_a_loader():
    samples = [(torch.arange(n), torch.arange(n) * 2, n) for n in (2, 4, 1)]
    sampler = learn.BucketSampler([2, 4, 1], 3)
    ((tokens, labels, n, mask),) = DataLoader(
        samples, batch_sampler=sampler, collate_fn=lambda s: learn.collate(s, value=(0, -100, 0))
    )
    assert torch.equal(mask, learn.padding_mask(n)) and (labels[~mask] == -100).all() and (tokens[~mask] == 0).all()


def test_collate_dicts_of_images():
    samples = [{"image": torch.ones(3, h, 4), "label": torch.ones(h, 4), "name": str(h)} for h in (2, 5)]
    batch = learn.collate(samples, images=True)
    assert batch["image"].shape == (2, 3, 5, 4) and batch["label"].shape == (2, 5, 4) and batch["name"] == ["2", "5"]
    assert batch["mask"].sum((1, 2)).tolist() == [8, 20]

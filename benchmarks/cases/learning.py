"""Group 16: masks in training, forward and backward; its rows are there where PyTorch is installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.case import Call, Race, case


def row(*facts: Any, **options: Any) -> Callable:
    """A case, where PyTorch is there."""
    return case(*facts, **options) if find_spec("torch") else lambda setup: setup


def step(answer: Callable, *leaves: Any) -> Call:
    """Forward and backward; answers the gradient of the first leaf."""

    def call() -> Any:
        for leaf in leaves:
            leaf.grad = None
        value = answer()
        (value if value.ndim == 0 else value.square().sum()).backward()
        return leaves[0].grad

    return call


def close(ours: Any, theirs: Any) -> None:
    """Gradients agree."""
    import torch

    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


@row("16a rows", "masked cross-entropy, 4096 × 1000, 30 % masked", 1.0, (4096, 1000), False)
@row("16a rows plain", "the same beside the unmasked loss", 1.0, (4096, 1000), True)
@row("16a maps", "masked cross-entropy, 4 × 6 × 512², 30 % masked", 1.1, (4, 6, 512, 512), False)
@row("16a maps plain", "the same beside the unmasked loss", 1.1, (4, 6, 512, 512), True)
def entropy(shape: tuple[int, ...], unmasked: bool) -> Race:
    """Beside ``ignore_index``, whose gradients NaN under the mask spoils, or beside the unmasked loss."""
    import torch
    from torch.nn import functional as F

    from roimask import learn

    torch.manual_seed(0)
    input, places = torch.randn(shape, requires_grad=True), (shape[0], *shape[2:])
    target, mask = torch.randint(shape[1], places), torch.rand(places) > 0.3
    ignored = learn.to_ignore_index(target, mask)
    plain = step(lambda: F.cross_entropy(input, target), input)
    peers = {"unmasked": plain} if unmasked else {"ignore_index": step(lambda: F.cross_entropy(input, ignored), input)}
    ours = step(lambda: learn.cross_entropy(input, target, mask), input)
    return Race(ours, peers, close, frozenset({"unmasked"}))


@row("16a BCE", "masked binary cross-entropy, 8 × 512²", 1.45, "binary_cross_entropy_with_logits", True)
@row("16a BCE where", "the same beside where before and after", 0.6, "binary_cross_entropy_with_logits", False)
@row("16a L1", "masked L1 loss, 8 × 512²", 1.5, "l1_loss", True)
@row("16a L1 where", "the same beside where before and after", 0.5, "l1_loss", False)
@row("16a MSE", "masked squared error, 8 × 512²", 2.1, "mse_loss", True)
@row("16a MSE where", "the same beside where before and after", 0.4, "mse_loss", False)
@row("16a Huber where", "masked Huber loss, 8 × 512², beside where before and after", 0.85, "huber_loss", False)
def elements(name: str, unmasked: bool) -> Race:
    """Beside the unmasked loss, or beside the exact way by hand."""
    import torch
    from torch.nn import functional as F

    from roimask import learn

    torch.manual_seed(0)
    input, target, mask = (make(8, 512, 512) for make in (torch.randn, torch.rand, torch.rand))
    input.requires_grad_()
    mask, plain, masked = mask > 0.3, getattr(F, name), getattr(learn, name)

    def by_hand() -> Any:
        safe, truth = torch.where(mask, input, 0), torch.where(mask, target, 0)
        return torch.where(mask, plain(safe, truth, reduction="none"), 0).sum() / mask.sum()

    peers = {"unmasked": step(lambda: plain(input, target), input)} if unmasked else {"where": step(by_hand, input)}
    return Race(step(lambda: masked(input, target, mask), input), peers, close, frozenset({"unmasked"}))


@row("16b sampler", "an epoch of 100,000 samples, batches of 32", 2.0)
def sampler() -> Race:
    """Beside batches at random, which waste three quarters on padding."""
    from torch.utils.data import BatchSampler, RandomSampler

    from roimask import learn

    lengths = np.random.default_rng(0).lognormal(4, 0.8, 100_000).astype(int) + 1
    buckets = learn.BucketSampler(lengths, 32)
    at_random = BatchSampler(RandomSampler(range(len(lengths))), 32, drop_last=False)

    def check(ours: list[list[int]], theirs: list[list[int]]) -> None:
        assert sum(map(len, ours)) == sum(map(len, theirs)) == len(lengths)
        padded = sum(len(batch) * lengths[batch].max() for batch in ours)
        assert 1 - lengths.sum() / padded <= 0.05

    return Race(lambda: list(buckets), {"RandomSampler": lambda: list(at_random)}, check)


@row("16c batch norm", "masked batch norm, 16 × 32 × 64²", 2.0, "batch")
@row("16c layer norm", "masked layer norm, 32 × 128 × 512", 2.6, "layer")
def norm(kind: str) -> Race:
    """Beside the unmasked norm."""
    import torch
    from torch import nn

    from roimask import learn

    torch.manual_seed(0)
    shape = (16, 32, 64, 64) if kind == "batch" else (32, 128, 512)
    x, mask = (
        torch.randn(shape, requires_grad=True),
        torch.rand(shape[0], *shape[2:] if kind == "batch" else shape[1:2]),
    )
    mask, pull = mask > 0.3, torch.randn(shape)
    layers: dict[str, Any] = {
        "batch": (learn.MaskedBatchNorm2d(32), nn.BatchNorm2d(32)),
        "layer": (learn.MaskedLayerNorm(512), nn.LayerNorm(512)),
    }
    ours, plain = layers[kind]
    peers = {"unmasked": pulled(lambda: plain(x), pull, x)}
    return Race(pulled(lambda: ours(x, mask), pull, x), peers, other_answers=frozenset({"unmasked"}))


def pulled(answer: Callable, pull: Any, *leaves: Any) -> Call:
    """Forward, and backward from a gradient that is given."""

    def call() -> Any:
        for leaf in leaves:
            leaf.grad = None
        answer().backward(pull)
        return leaves[0].grad

    return call


@row("16c linear 32", "MaskedLinear 512 × 512, a batch of 32", 1.25, "linear", 32)
@row("16c linear 256", "MaskedLinear 512 × 512, a batch of 256", 1.1, "linear", 256)
@row("16c conv", "MaskedConv2d 64 to 64, 3 × 3, 8 × 64 × 32²", 1.1, "conv", 8)
def weights(kind: str, batch: int) -> Race:
    """Beside the layer without a mask."""
    import torch
    from torch import nn

    from roimask import learn

    torch.manual_seed(0)
    plain = nn.Linear(512, 512) if kind == "linear" else nn.Conv2d(64, 64, 3, padding=1)
    x = torch.randn((batch, 512) if kind == "linear" else (batch, 64, 32, 32), requires_grad=True)
    mask = torch.rand_like(plain.weight) > 0.3
    ours = learn.MaskedLinear(plain, mask) if kind == "linear" else learn.MaskedConv2d(plain, mask)
    pull = torch.randn_like(plain(x))
    peers = {"unmasked": pulled(lambda: plain(x), pull, plain.weight, x)}
    return Race(pulled(lambda: ours(x), pull, plain.weight, x), peers, other_answers=frozenset({"unmasked"}))


@row("16c embedding", "MaskedEmbedding 10,000 × 256, 32 × 128 tokens", 1.2)
def embedding() -> Race:
    """Beside ``padding_idx``."""
    import torch
    from torch import nn

    from roimask import learn

    torch.manual_seed(0)
    ours, plain = learn.MaskedEmbedding(10_000, 256), nn.Embedding(10_000, 256, padding_idx=0)
    plain.load_state_dict(ours.state_dict())
    tokens = torch.randint(10_000, (32, 128)) * (torch.rand(32, 128) > 0.3)
    pull = torch.randn(32, 128, 256)
    peers = {"padding_idx": pulled(lambda: plain(tokens), pull, plain.weight)}
    return Race(pulled(lambda: ours(tokens), pull, ours.weight), peers, close)

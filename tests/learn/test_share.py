"""Micro-batches and ranks give the gradient of one big batch."""

from __future__ import annotations

import os

import pytest
import torch
import torch.multiprocessing as mp
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from roimask import learn


def big():
    random = torch.Generator().manual_seed(1)
    x, y = torch.randn(8, 6, generator=random), torch.randint(3, (8,), generator=random)
    return x, y, torch.tensor([1, 0, 0, 0, 1, 1, 1, 1]) > 0


def net():
    torch.manual_seed(2)
    return torch.nn.Linear(6, 3)


def gradient_of_one_batch():
    whole, (x, y, mask) = net(), big()
    F.cross_entropy(whole(x[mask]), y[mask]).backward()
    return whole.weight.grad


@pytest.mark.parametrize("size", [1, 2, 3])
def test_micro_batches(size):
    ours, (x, y, mask) = net(), big()
    scale = learn.share(torch.ones(()), [part.sum() for part in mask.split(size)])
    for a, b, m in zip(x.split(size), y.split(size), mask.split(size), strict=True):
        (learn.cross_entropy(ours(a), b, m, "sum") * scale).backward()
    torch.testing.assert_close(ours.weight.grad, gradient_of_one_batch())


def _rank(rank, port, queue):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", rank=rank, world_size=2)
    ours, (x, y, mask) = DistributedDataParallel(net()), big()
    mine = slice(4 * rank, 4 * rank + 4)  # the first rank holds one that takes part, the second four
    total = learn.cross_entropy(ours(x[mine]), y[mine], mask[mine], "sum")
    loss = learn.share(total, mask[mine].sum())
    loss.backward()
    metric = learn.Perplexity()
    metric.update(ours(x[mine]), y[mine], mask[mine])
    metric.share()
    queue.put((rank, ours.module.weight.grad.tolist(), float(loss.detach()), float(metric.value)))
    torch.distributed.destroy_process_group()


def test_two_ranks():
    context = mp.get_context("spawn")
    queue, port = context.Queue(), _free_port()
    ranks = [context.Process(target=_rank, args=(rank, port, queue)) for rank in range(2)]
    for process in ranks:
        process.start()
    found = [queue.get(timeout=60) for _ in ranks]
    for process in ranks:
        process.join()
    whole, (x, y, mask) = net(), big()
    loss = F.cross_entropy(whole(x[mask]), y[mask]).detach()
    for _, gradient, _, perplexity in found:
        torch.testing.assert_close(torch.tensor(gradient), gradient_of_one_batch())
        assert perplexity == pytest.approx(float(loss.exp()), rel=1e-5)
    assert sum(value for _, _, value, _ in found) / 2 == pytest.approx(float(loss), rel=1e-5)


def _free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

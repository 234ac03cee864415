"""A tiny language model over the sentences of Aesop's fables: what is padding has no say.

``python examples/fables.py``
"""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from roimask import learn

PAD, EOS = 0, 1  # tokens; others are characters
TEXT = Path(__file__).with_name("fables.txt")


def sentences() -> list[str]:
    """The sentences of the text, each on one line."""
    whole = re.sub(r"\s+", " ", TEXT.read_text())
    return [part for part in re.split(r"(?<=[.!?]) +(?=[A-Z\"])", whole) if 20 < len(part) < 250]


def tokens(parts: list[str]) -> list[Tensor]:
    """Characters as numbers from 2 on."""
    alphabet = {character: number for number, character in enumerate(sorted(set("".join(parts))), 2)}
    return [torch.tensor([alphabet[character] for character in part]) for part in parts]


class Block(nn.Module):
    """Attention to what came before, then a step for each token."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm, self.ask, self.mix = (
            learn.MaskedLayerNorm(width),
            nn.Linear(width, 3 * width),
            nn.Linear(width, width),
        )
        self.step = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        q, k, v = self.ask(self.norm(x, mask)).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        x = x + self.mix(learn.masked_attention(q, k, v, mask, causal=True).transpose(1, 2).flatten(2))
        return x + self.step(x)


class Model(nn.Module):
    """Characters in, the next character out."""

    def __init__(self, size: int, width: int = 64, heads: int = 4, longest: int = 256):
        super().__init__()
        self.embed, self.place = learn.MaskedEmbedding(size, width, padding_idx=PAD), nn.Embedding(longest, width)
        self.blocks, self.head = nn.ModuleList([Block(width, heads) for _ in range(2)]), nn.Linear(width, size)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        y = self.embed(x, mask) + self.place.weight[: x.shape[1]]
        for block in self.blocks:
            y = block(y, mask)
        return self.head(y)


def loss_of(model: Model, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The summed loss of a batch, and how many tokens it is of."""
    target, mask = learn.shift_targets(x, EOS, PAD, mask)
    return learn.cross_entropy(model(x, mask).mT, target, mask, "sum"), mask.sum()


def main(epochs: int = 15) -> None:
    """Train, and hold the loss of padded batches beside that of each sentence alone."""
    torch.set_num_threads(1)  # so small a net is fastest on one
    torch.manual_seed(0)
    parts = sentences()
    data = tokens(parts)
    model = Model(int(torch.cat(data).max()) + 1)
    sampler = learn.BucketSampler([len(part) for part in data], batch_size=16)
    loader = DataLoader(data, batch_sampler=sampler, collate_fn=learn.collate)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    print(f"{len(data)} sentences, {sum(map(len, data))} characters")
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        metric = learn.Perplexity()
        for x, mask in loader:
            optimizer.zero_grad()
            learn.share(*loss_of(model, x, mask)).backward()
            optimizer.step()
            metric.update(model(x, mask).detach().mT, *learn.shift_targets(x, EOS, PAD, mask))
        print(f"epoch {epoch + 1}: perplexity {float(metric.value):.2f}")
    compare(model, data)


@torch.no_grad()
def compare(model: Model, data: list[Tensor]) -> None:
    """One padded batch of the shortest and the longest, beside each of them alone."""
    data = sorted(data, key=len)
    chosen = data[:4] + data[-4:]
    x, mask = learn.pad_sequences(chosen, PAD)
    together = learn.share(*loss_of(model, x, mask))
    alone = [loss_of(model, part[None], torch.ones(1, len(part), dtype=torch.bool)) for part in chosen]
    apart = learn.share([total for total, _ in alone], [count for _, count in alone])
    target = learn.to_ignore_index(*learn.shift_targets(x, EOS, PAD, mask))
    plain = nn.functional.cross_entropy(model(x, mask).mT, target)
    unmasked = nn.functional.cross_entropy(model(x, mask).mT, target.clamp(min=PAD))
    print(f"a batch of lengths {[len(part) for part in chosen]}, {float((~mask).float().mean()):.0%} padding:")
    print(f"  masked loss               {float(together):.6f}")
    print(f"  of each sentence alone    {float(sum(apart)):.6f}")
    print(f"  PyTorch with ignore_index {float(plain):.6f}")
    print(f"  padding counted as text   {float(unmasked):.6f}")
    print(f"where the model leaks: {learn.check(model, x, mask)}")


if __name__ == "__main__":
    main()

"""A small U-Net that finds water in a cloudy scene, trained with the clouds masked and with them in.

``python examples/water.py`` prints both and writes ``water.png``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

import roimask as rm
from roimask import learn

SCENE = Path(__file__).parents[1] / "sample_images" / "landsat_amazon.tif"
SIDE, EPOCHS = 64, 25
GREEN, NEAR, SHORT = 1, 3, 4  # bands


def water(image: np.ndarray) -> np.ndarray:
    """Where the water index (green - short-wave infrared) / (green + short-wave infrared) is above 0."""
    green, short = image[..., GREEN].astype(float), image[..., SHORT].astype(float)
    return green > short


def cloudy(image: np.ndarray, seed: int) -> tuple[np.ndarray, rm.Mask]:
    """The scene under clouds, which are some ten times as bright as forest and water, and where they are."""
    random = np.random.default_rng(seed)
    rows, columns = random.uniform(0, image.shape[0], 40), random.uniform(0, image.shape[1], 40)
    clouds = rm.Mask(np.zeros(image.shape[:2], bool))
    for row, column, radius in zip(rows, columns, random.uniform(6, 26, 40), strict=True):
        clouds |= rm.circle(image, (row, column), radius)
    white = random.normal(600, 150, (*image.shape[:2], 1)) + random.normal(0, 40, image.shape)
    return np.where(np.asarray(clouds)[..., None], white.clip(0), image).astype(np.uint16), clouds


class Level(nn.Module):
    """A convolution that reads 0 where nothing takes part, and a norm that skips it."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(inputs, outputs, 3, padding=1), learn.MaskedBatchNorm2d(outputs)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.norm(self.conv(learn.mask_input(x, mask)), mask).relu()


class UNet(nn.Module):
    """Two levels down and up again, the mask beside them all the way."""

    def __init__(self, bands: int, width: int = 12):
        super().__init__()
        self.enter, self.below = Level(bands, width), Level(width, 2 * width)
        self.deep, self.back = Level(2 * width, 2 * width), Level(3 * width, width)
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.enter(x / 128, mask)
        small, coarse = learn.masked_avg_pool2d(x, mask, 2)
        small = self.deep(self.below(small, coarse), coarse)
        wide = F.interpolate(small, scale_factor=2.0)
        return self.head(self.back(torch.cat([x, wide], 1), mask))


def train(data: learn.MaskedDataset, bands: int) -> UNet:
    """Fit a net to what of the tiles takes part."""
    torch.manual_seed(0)
    net = UNet(bands)
    optimizer = torch.optim.AdamW(net.parameters(), 3e-3)
    for _ in range(EPOCHS):
        for batch in DataLoader(data, batch_size=8, shuffle=True):
            logits, truth, mask = net(batch["image"], batch["mask"]), batch["label"].unsqueeze(1).float(), batch["mask"]
            loss = learn.binary_cross_entropy_with_logits(logits, truth, mask) + learn.dice_loss(logits, truth, mask)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net


def main() -> None:
    """Train both on the left, and compare them on the right where it is clear."""
    torch.set_num_threads(1)  # so small a net is fastest on one
    clean = rm.read(SCENE)
    middle = clean.shape[1] // 2
    seen, clouds = cloudy(clean[:, :middle], 1)
    tested, above = cloudy(clean[:, middle:], 2)
    truth, clear = water(clean[:, middle:]), ~np.asarray(above)
    print(f"{clouds.area / seen[..., 0].size:.0%} of the scene that is learnt from lies under clouds")
    seen_by_eye = tested[..., [SHORT, NEAR, GREEN]].clip(0, 255).astype(np.uint8)
    panels = [rm.stretch(seen_by_eye, ~above, write="all")]
    for name, masks, mask in (("clouds masked", ~clouds, ~above), ("clouds left in", None, None)):
        data = learn.MaskedDataset(seen, SIDE, labels=water(seen), masks=masks, overlap=SIDE // 2)
        net = train(data, seen.shape[2])
        logits = learn.predict(net, tested, SIDE, SIDE // 4, mask)[..., 0]
        score = rm.score(logits > 0, truth, rm.Mask(clear))
        print(f"{name}: F1 {score.f1:.3f}, IoU {score.iou:.3f} where it is clear")
        panels.append(np.where(clear[..., None], [[[255, 255, 255]]] * (logits > 0)[..., None], 96).astype(np.uint8))
    panels.append(np.repeat(truth[..., None] * np.uint8(255), 3, 2))
    rm.write("water.png", np.concatenate(panels, 1))
    print("water.png: the scene, water with clouds masked, water with clouds left in, water")


if __name__ == "__main__":
    main()

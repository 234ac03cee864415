"""Masks and rasters to tensors and back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import roimask as rm
from roimask import learn


@pytest.mark.parametrize(
    "array", [np.eye(3, 4, dtype=bool), np.arange(12).reshape(3, 4), np.linspace(0, 1, 12).reshape(3, 4)]
)
def test_masks_there_and_back(array):
    mask = rm.Mask(array)
    tensor = learn.to_tensor(mask)
    assert np.array_equal(tensor.numpy(), np.asarray(mask)) and learn.to_mask(tensor, mask.kind) == mask
    tensor.zero_()
    assert mask.area > 0


@pytest.fixture
def scene(tmp_path):
    """A raster with nodata in one corner."""
    pixels = np.random.default_rng(0).integers(1, 255, (50, 70, 3), dtype=np.uint8)
    pixels[:10, :10] = 0
    rm.write(tmp_path / "scene.tif", pixels, nodata=0)
    return rm.Raster(tmp_path / "scene.tif"), pixels


def test_samples_of_rasters(scene):
    raster, pixels = scene
    clouds = rm.circle((50, 70), (30, 30), 8)
    data = learn.MaskedDataset([raster, pixels], 32, labels=[pixels[..., 0] > 99] * 2, masks=[~clouds, ~clouds])
    assert len(data) == 12
    first, last = data[0], data[-1]
    assert first["image"].shape == (3, 32, 32) and first["label"].dtype == torch.int64
    assert not first["mask"][:10, :10].any() and not first["image"][:, ~first["mask"]].any()
    assert torch.equal(
        first["image"][:, first["mask"]].T, torch.from_numpy(pixels[:32, :32].astype("f4"))[first["mask"]]
    )
    assert last["mask"].sum() == (50 - 32) * (70 - 64) and data[6]["mask"][:10, :10].all()
    with pytest.raises(IndexError):
        data[12]
    with pytest.raises(rm.ParameterError, match="1 masks do not go with 2 rasters"):
        learn.MaskedDataset([raster, raster], 32, masks=[clouds])


def test_samples_in_a_loader_with_workers(scene):
    raster, _ = scene
    data = learn.MaskedDataset(raster, 25, min_valid=0.9, transform=lambda sample: sample["image"].mean())
    alone = [float(part) for part in data]
    assert len(alone) == 3
    loaded = DataLoader(learn.MaskedDataset(raster, 25, min_valid=0.9), batch_size=2, num_workers=1)
    assert sum(batch["image"].shape[0] for batch in loaded) == 3


def test_samples_as_tv_tensors(scene):
    tv = pytest.importorskip("torchvision.tv_tensors", reason="torchvision is not installed")
    sample = learn.MaskedDataset(scene[0], 25, tv_tensors=True)[0]
    assert isinstance(sample["image"], tv.Image) and isinstance(sample["mask"], tv.Mask)


@pytest.mark.parametrize("overlap", [0, 8])
def test_prediction_of_each_pixel_is_stitched_exactly(scene, tmp_path, overlap):
    raster, pixels = scene
    net = torch.nn.Conv2d(3, 2, 1).train()
    answer = learn.predict(net, raster, 24, overlap, out=tmp_path / "out.tif")
    with torch.no_grad():
        expected = net(torch.from_numpy(pixels.astype("f4")).movedim(-1, 0)[None])[0].movedim(0, -1).numpy()
    assert np.isnan(answer[:10, :10]).all() and np.isfinite(answer[10:]).all() and net.training
    np.testing.assert_allclose(answer[10:], expected[10:], rtol=1e-3, atol=1e-2)
    assert np.array_equal(rm.read(tmp_path / "out.tif"), answer, equal_nan=True)


class Mean(torch.nn.Module):
    """Answers the mean of a tile, everywhere in it."""

    def forward(self, x, mask):
        return learn.masked_mean(x, mask, dim=(2, 3))[..., None, None].expand_as(x)


def test_answers_are_blended_where_tiles_overlap():
    ramp = np.repeat(np.arange(40.0)[None], 16, 0)
    hard, soft = learn.predict(Mean(), ramp, 16), learn.predict(Mean(), ramp, 16, 8)
    assert np.abs(np.diff(hard[0, :, 0])).max() > 11 and np.abs(np.diff(soft[0, :, 0])).max() < 2
    with pytest.raises(rm.ParameterError, match=r"not \(B, C, h, w\)"):
        learn.predict(torch.nn.Flatten(), ramp, 16)

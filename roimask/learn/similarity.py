"""How alike two images are, where they take part."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from roimask.errors import FrameMismatch, ParameterError
from roimask.learn.fitting import divide, fit, keep
from roimask.learn.reduction import masked_mean

__all__ = ["masked_ssim"]


def masked_ssim(
    x: Tensor, y: Tensor, mask: Any, size: int = 11, sigma: float = 1.5, value_range: float = 1.0
) -> Tensor:
    """Structural similarity of what takes part, 1 where both are equal; ``1 - masked_ssim(...)`` is a loss.

    Parameters
    ----------
    x, y : Tensor (B, C, H, W)
    mask : Tensor, Mask or array
        (B, H, W), or as many axes as ``x``; floats of 0 to 1 weigh.
    size : int, default 11
        Side of the Gaussian window, odd.
    sigma : float, default 1.5
    value_range : float, default 1
        From the least to the largest value that there can be.

    Returns
    -------
    Tensor
        The mean over what takes part; 1 with a gradient of 0 where nothing does.

    Notes
    -----
    Means, variances and covariance of a window are those of what of it takes part (normalised convolution); beyond the
    border nothing does. Constants as in Wang et al. 2004.

    Examples
    --------
    >>> import torch
    >>> from roimask import learn
    >>> x = torch.rand(1, 1, 16, 16)
    >>> y = x.clone()
    >>> y[..., 8:, :] = torch.nan
    >>> learn.masked_ssim(x, y, ~y.isnan()).round(decimals=4)
    tensor(1.)
    """
    if x.shape != y.shape or x.ndim != 4:
        raise FrameMismatch(f"masked_ssim: two images (B, C, H, W), got {tuple(x.shape)} and {tuple(y.shape)}")
    if size < 1 or size % 2 == 0:
        raise ParameterError(f"masked_ssim: size is odd and 1 or more, got {size!r}")
    mask = fit(mask, x)
    share = mask.to(x.dtype).expand_as(x)
    x, y = keep(x, mask > 0), keep(y, mask > 0)
    held = _smooth(share, size, sigma)
    mean_x, mean_y, xx, yy, xy = (
        divide(_smooth(share * part, size, sigma), held) for part in (x, y, x * x, y * y, x * y)
    )
    small, smaller = (0.01 * value_range) ** 2, (0.03 * value_range) ** 2
    alike = (2 * mean_x * mean_y + small) / (mean_x**2 + mean_y**2 + small)
    together = 2 * (xy - mean_x * mean_y) + smaller
    apart = (xx - mean_x**2) + (yy - mean_y**2) + smaller
    return masked_mean(alike * together / apart, mask, empty=1.0)


def _smooth(x: Tensor, size: int, sigma: float) -> Tensor:
    """A Gaussian window, axis by axis; 0 beyond the border."""
    places = torch.arange(size, dtype=x.dtype, device=x.device) - size // 2
    line = torch.exp(-(places**2) / (2 * sigma**2))
    line = (line / line.sum()).expand(x.shape[1], 1, -1)
    x = F.conv2d(x, line[..., None], padding=(size // 2, 0), groups=x.shape[1])
    return F.conv2d(x, line[:, :, None], padding=(0, size // 2), groups=x.shape[1])

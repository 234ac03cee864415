"""Smoothing that keeps edges, in which only masked-in pixels take part."""

from __future__ import annotations

import math

import numpy as np

from roimask import kernels
from roimask.kernels.footprints import square
from roimask.operation import operation
from roimask.parameters import Beside, Count, Positive, Share

__all__ = ["bilateral", "diffusion", "guided"]

_STEPS = 4096  # of the table of weights by difference; between them it is linear, to 1e-6 of the exact weight
_FARTHEST = 6.0  # standard deviations; a pixel that differs by more has no weight


@operation(halo=lambda *, sigma_space, truncate: math.ceil(truncate * sigma_space), finite=True)
def bilateral(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    sigma_space: Positive,
    sigma_range: Positive,
    truncate: Positive = 2.0,
    core: tuple[slice, slice],
) -> tuple[np.ndarray, np.ndarray]:
    """Smooth with a bilateral filter: near pixels count, and of them those of a like value.

    Only pixels that take part are averaged; one that is written but takes no part has no value to be compared with,
    and becomes the Gaussian mean of those around it.

    Parameters
    ----------
    sigma_space : float
        Standard deviation of the nearness in pixels, above 0.
    sigma_range : float
        Standard deviation of the likeness in units of the image, above 0.
    truncate : float, optional
        The window ends at this many ``sigma_space``. Default 2.

    Notes
    -----
    sum(g_s g_r w f) / sum(g_s g_r w). The cost a pixel grows with the square of ``sigma_space``.

    References
    ----------
    C. Tomasi, R. Manduchi, "Bilateral filtering for gray and color images", ICCV 1998, 839-846.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 12, 10, 12, 200, 202]], np.uint8)
    >>> rm.bilateral(image, sigma_space=2, sigma_range=10)
    array([[ 11,  11,  11,  11, 201, 201]], dtype=uint8)
    >>> rm.bilateral(image, image != 12, sigma_space=2, sigma_range=10)
    array([[ 10,  12,  10,  12, 201, 201]], dtype=uint8)
    >>> rm.bilateral(image, np.zeros((1, 6), bool), sigma_space=2, sigma_range=10)
    array([[ 10,  12,  10,  12, 200, 202]], dtype=uint8)
    """
    reach = math.ceil(truncate * sigma_space)
    line = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_space) ** 2)
    near = np.outer(line, line) / line.sum() ** 2
    alike = np.exp(-0.5 * np.linspace(0, _FARTHEST, _STEPS + 2) ** 2)
    precise = np.float64 if image.dtype == np.float64 else np.float32
    mean = kernels.pick("bilateral", image.size * near.size).bilateral
    return mean(
        image.astype(precise), weight.astype(precise), near, alike, (_STEPS + 1) / _FARTHEST / sigma_range, core
    )


@operation(halo=lambda *, radius: 2 * radius, finite=True)
def guided(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    radius: Count,
    epsilon: Positive,
    guide: Beside | None = None,
    core: tuple[slice, slice],
) -> tuple[np.ndarray, np.ndarray]:
    """Smooth with a guided filter: in each window the answer is a linear function of the guide.

    Only pixels that take part are fitted and averaged; where the guide holds no data, nothing takes part.

    Parameters
    ----------
    radius : int
        The windows are squares of ``2 * radius + 1`` pixels.
    epsilon : float
        Variance of the guide, in its units squared, below which a window is smoothed flat; above 0.
    guide : image (H, W), optional
        Whose edges are kept. Default: the image itself.

    References
    ----------
    K. He, J. Sun, X. Tang, "Guided image filtering", IEEE TPAMI 35 (2013) 1397-1409.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 12, 10, 12, 200, 202]], np.uint8)
    >>> rm.guided(image, radius=1, epsilon=100)
    array([[ 11,  11,  11,  13, 200, 201]], dtype=uint8)
    >>> rm.guided(image, image < 100, radius=1, epsilon=100)
    array([[ 11,  11,  11,  11, 200, 202]], dtype=uint8)
    >>> rm.guided(image, np.zeros((1, 6), bool), radius=1, epsilon=100)
    array([[ 10,  12,  10,  12, 200, 202]], dtype=uint8)
    """
    whole = (slice(0, image.shape[0]), slice(0, image.shape[1]))
    window, means = square(2 * radius + 1), kernels.pick("window_sums", image.size).mean

    def mean(values: np.ndarray, of: np.ndarray = weight, part: tuple[slice, slice] = whole) -> np.ndarray:
        averaged, covered = means(values, of, window, part, np.dtype(np.float64))
        return np.where(covered > 0, averaged, 0)

    values = image.astype(np.float64)
    leader = values if guide is None else guide.astype(np.float64)
    mean_leader, mean_values = mean(leader), mean(values)
    variance = np.maximum(mean(leader * leader) - mean_leader**2, 0)
    slope = (mean(leader * values) - mean_leader * mean_values) / (variance + epsilon)
    offset = mean_values - slope * mean_leader
    if guide is None:  # a pixel that is written but not read has no value of its own to follow
        leader = np.where(weight > 0, leader, mean_leader)
    coverage = means(values, weight, window, core, np.dtype(np.float64))[1].copy()
    return mean(slope, weight, core) * leader[core] + mean(offset, weight, core), coverage


@operation(halo=lambda *, iterations: iterations, finite=True)
def diffusion(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    kappa: Positive,
    iterations: Count = 10,
    step: Share = 0.2,
    core: tuple[slice, slice],
) -> tuple[np.ndarray, np.ndarray]:
    """Smooth by anisotropic diffusion: what differs little flows together, edges stand; nothing flows across the mask.

    Parameters
    ----------
    kappa : float
        Difference between neighbours, in units of the image, that counts as an edge; above 0.
    iterations : int, optional
        How many steps. Default 10.
    step : float, optional
        How much flows in one step; stable up to 0.25. Default 0.2.

    Notes
    -----
    The flow between neighbours of difference d is w d / (1 + (d / kappa)**2); the halo is one pixel a step.

    References
    ----------
    P. Perona, J. Malik, "Scale-space and edge detection using anisotropic diffusion", IEEE TPAMI 12 (1990) 629-639.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 12, 10, 12, 200, 202]], np.uint8)
    >>> rm.diffusion(image, image < 100, kappa=20)
    array([[ 11,  11,  11,  11, 200, 202]], dtype=uint8)
    >>> rm.diffusion(image, np.zeros((1, 6), bool), kappa=20)
    array([[ 10,  12,  10,  12, 200, 202]], dtype=uint8)
    """
    flow = kernels.pick("bilateral", image.size * iterations * 8).diffuse
    values, weights = image.astype(np.float64), weight.astype(np.float64)
    for _ in range(iterations):
        values = flow(values, weights, step, 1 / kappa)
    return values[core], weights[core]

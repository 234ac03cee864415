"""Noise taken away, details kept: methods in which only masked-in pixels take part."""

from __future__ import annotations

import numpy as np

from roimask import kernels
from roimask.kernels.footprints import square
from roimask.kernels.windows import Core, surrounded
from roimask.operation import operation
from roimask.parameters import Count, Positive, Size

__all__ = ["nlmeans", "tv"]


@operation(halo=lambda *, size, search: search // 2 + size // 2, bands="all", finite=True)
def nlmeans(
    image: np.ndarray, weight: np.ndarray, *, strength: Positive, size: Size = 7, search: Size = 21, core: Core
) -> tuple[np.ndarray, np.ndarray]:
    """Denoise by non-local means: a pixel is averaged with those around it whose surroundings look like its own.

    Only pixels that take part are averaged, and patches are compared over the pixels that take part in both, all
    bands at once. Weights count in both. A pixel that is written but takes no part is compared by what is around it.

    Parameters
    ----------
    strength : float
        How strongly, in units of the image, above 0 (the h of the paper): patches that differ by it, in the root mean
        square, count a third of equal ones. About the standard deviation of the noise, or somewhat less.
    size : int, optional
        Height and width of a patch in pixels, odd. Default 7.
    search : int, optional
        Height and width of the window in which patches are looked for, odd. Default 21.

    Returns
    -------
    array
        Of the image's shape and dtype.

    Raises
    ------
    ParameterError
        Where a size is even.

    Notes
    -----
    sum(w_q e f_q) / sum(w_q e) over the pixels q of the search window, e = exp(-d / strength**2), where d is the mean
    of (f - f')**2 over the bands and the pixels of both patches, weighted by the product of their weights. Exact to
    1e-5 of e; the cost a pixel grows with ``search ** 2`` times ``size``, many pixels at once.

    References
    ----------
    A. Buades, B. Coll, J.-M. Morel, "A non-local algorithm for image denoising", CVPR 2005, 60-65. J. Darbon,
    A. Cunha, T. F. Chan, S. Osher, G. J. Jensen, "Fast nonlocal filtering applied to electron cryomicroscopy",
    ISBI 2008, 1331-1334.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 12, 10, 12, 200, 202]], np.uint8)
    >>> rm.nlmeans(image, strength=10, size=1)
    array([[ 11,  11,  11,  11, 201, 201]], dtype=uint8)
    >>> rm.nlmeans(image, image != 12, strength=10, size=1)
    array([[ 10,  12,  10,  12, 201, 201]], dtype=uint8)
    >>> rm.nlmeans(image, np.zeros((1, 6), bool), strength=10, size=1)
    array([[ 10,  12,  10,  12, 200, 202]], dtype=uint8)
    """
    from roimask.kernels.compiled.nlmeans import nlmeans as means

    bands = np.moveaxis(np.atleast_3d(image), -1, 0)
    values, weights = _precise(bands, weight)
    reach = (search // 2 + size // 2,) * 2
    around = [np.array(surrounded(band, core, reach, 0, "nlmeans: band")) for band in values]
    taking_part = surrounded(weight if weight.dtype == np.uint8 else weights, core, reach, 0, "nlmeans: weight")
    total, share = means(np.stack(around), taking_part, size, search // 2, 1 / (len(bands) * strength**2))
    coverage = kernels.pick("window_sums", weight.size).share(weight, square(search), core)
    return (total[0] if image.ndim == 2 else np.moveaxis(total, 0, -1)), np.where(share > 0, coverage, 0)


@operation(halo=lambda *, iterations: iterations, finite=True)
def tv(
    image: np.ndarray, weight: np.ndarray, *, strength: Positive, iterations: Count = 50, core: Core
) -> tuple[np.ndarray, np.ndarray]:
    """Denoise by total variation: areas become even, edges stay sharp; the mask's edge is no edge.

    No gradient is seen between two pixels unless both take part, so nothing crosses the mask's edge; weights count by
    their product. A pixel that is written but takes no part stays as it was.

    Parameters
    ----------
    strength : float
        How strongly, in units of the image, above 0: a wide step loses next to none of its height, a spot of radius r
        about ``2 * strength / r``.
    iterations : int, optional
        How many steps; more come closer to the minimum. Default 50.

    Returns
    -------
    array
        Of the image's shape and dtype. The mean of each connected part of the mask is kept.

    Notes
    -----
    Comes near the u that minimises sum((u - f)**2) / 2 + strength sum(abs(w grad u)), by so many steps of 1/4 on the
    dual field, from 0; the halo is one pixel a step.

    References
    ----------
    L. I. Rudin, S. Osher, E. Fatemi, "Nonlinear total variation based noise removal algorithms", Physica D 60 (1992)
    259-268. A. Chambolle, "An algorithm for total variation minimization and applications", J. Math. Imaging Vis. 20
    (2004) 89-97.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 12, 10, 12, 200, 202]], np.uint8)
    >>> rm.tv(image, strength=4)
    array([[ 12,  12,  12,  12, 199, 199]], dtype=uint8)
    >>> rm.tv(image, image < 100, strength=4)
    array([[ 11,  11,  11,  11, 200, 202]], dtype=uint8)
    >>> rm.tv(image, np.zeros((1, 6), bool), strength=4)
    array([[ 10,  12,  10,  12, 200, 202]], dtype=uint8)
    """
    from roimask.kernels.compiled.total_variation import total_variation

    values, weights = _precise(image, weight)
    return total_variation(values, weights, strength, iterations)[core], weights[core]


def _precise(image: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Image and weight in one floating type, the image 0 where nothing takes part."""
    dtype = np.result_type(image.dtype, np.float32)
    return np.where(weight > 0, image, 0).astype(dtype), weight.astype(dtype)

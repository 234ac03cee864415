"""How opaque the pixels near an edge are, and what colour the object itself has there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from roimask.mask import Mask
from roimask.masks.nearness import checked, distance_to_other
from roimask.operation import selector
from roimask.operations.layers import layer_of
from roimask.parameters import Length
from roimask.sources import ArraySource

__all__ = ["alpha_near_edge", "cleaned", "matte"]

_EPSILON = 1e-4  # how much colours may vary in a window before they tell anything, squared
_STEPS, _TOLERANCE = 500, 1e-4  # of the conjugate gradients
_SIDE = 3  # of the windows
_ROUNDED = 0.02  # alphas as near as that to 0 or 1 are taken to be it


@selector
def matte(image: ArraySource, region: Mask, *, radius: Length) -> Mask:
    """Find how opaque each pixel near the edge of a roughly cut region is (closed-form matting).

    Parameters
    ----------
    image : array (H, W) or (H, W, C), PIL image or Raster
        On both sides of the edge; alpha does not count.
    region : Mask or array (H, W)
        Roughly the object. Pixels of any weight or label belong to it.
    radius : float or str
        How far from the edge it may be wrong, in pixels, per cent of the shorter side or metres: within that
        distance alpha is found, beyond it the region is believed.

    Returns
    -------
    Mask
        Weights: 1 where the object hides all that is behind it.

    Raises
    ------
    ParameterError
        Where the radius is negative or not finite.

    Notes
    -----
    The alpha that is nearest to a linear function of the colours in every window of 3 by 3 pixels, its sides being
    given (a trimap grown out of the region), by conjugate gradients. Time and memory (about 2 kB a pixel) follow the
    band around the edge. Alphas within 2 % of 0 or 1 are 0 or 1.

    References
    ----------
    A. Levin, D. Lischinski, Y. Weiss, "A Closed-Form Solution to Natural Image Matting", IEEE TPAMI 30 (2008)
    228-242.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.repeat(np.array([[0, 0, 0, 0, 0, 64, 255, 255, 255, 255, 255]], np.uint8), 5, axis=0)
    >>> rough = np.repeat(np.array([[0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]]), 5, axis=0)
    >>> np.asarray(rm.matte(image, rough, radius=3))[2, 3:8].round(1)
    array([0. , 0. , 0.3, 1. , 1. ], dtype=float32)
    >>> rm.matte(image, rough, radius=0) == rm.Mask(rough.astype(np.float32))
    True
    >>> rm.matte(image, rough * 0, radius=3).area
    0.0
    """
    checked(radius)
    window = region.window.grow(math.ceil(radius) + 2).meet(region.frame.window)
    inside = region.as_binary().read(window)
    alpha = alpha_near_edge(layer_of(image, window).color, inside, radius)
    return Mask.from_crop(alpha, window[:2], region.frame, "weights")


def alpha_near_edge(color: np.ndarray, inside: np.ndarray, radius: float) -> np.ndarray:
    """The alpha (h, w), float32, of a region that may be wrong within a radius of its edge."""
    depth = distance_to_other(np.ascontiguousarray(inside).view(np.uint8)) - 0.5
    unknown = depth < radius
    alpha = inside.astype(np.float64)
    if unknown.any() and min(inside.shape) >= _SIDE:
        first = np.clip(0.5 + np.where(inside, depth, -depth) / (2 * radius), 0, 1)
        alpha[unknown] = _solved(_laplacian(color, unknown), np.where(unknown, 0, alpha), unknown, first[unknown])
    alpha = np.where(alpha < _ROUNDED, 0, np.where(alpha > 1 - _ROUNDED, 1, alpha))
    return alpha.astype(np.float32)


def _laplacian(color: np.ndarray, unknown: np.ndarray) -> Any:
    """The matting Laplacian of the windows with an unknown pixel, over all pixels (Levin 2008, equation 12)."""
    from scipy.ndimage import maximum_filter
    from scipy.sparse import coo_array

    middles = maximum_filter(unknown, _SIDE)[1:-1, 1:-1]
    pixels = sliding_window_view(np.arange(unknown.size).reshape(unknown.shape), (_SIDE, _SIDE))[middles].reshape(-1, 9)
    apart = color.reshape(unknown.size, -1)[pixels].astype(np.float64)
    apart -= apart.mean(axis=1, keepdims=True)
    spread = apart.swapaxes(1, 2) @ apart / 9 + _EPSILON / 9 * np.eye(apart.shape[2])
    alike = apart @ np.linalg.solve(spread, apart.swapaxes(1, 2))
    entries = np.eye(9) - (1 + alike) / 9
    places = np.repeat(pixels, 9, axis=1).ravel(), np.tile(pixels, 9).ravel()
    return coo_array((entries.ravel(), places), shape=(unknown.size, unknown.size)).tocsr()


def _solved(laplacian: Any, known: np.ndarray, unknown: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The alpha of the unknown pixels that the Laplacian makes 0."""
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import cg

    rows = laplacian[np.flatnonzero(unknown)]
    system = rows[:, np.flatnonzero(unknown)]
    shares = diags_array(1 / np.maximum(system.diagonal(), 1e-9))
    found, _ = cg(system, -(rows @ known.ravel()), x0=first, rtol=_TOLERANCE, maxiter=_STEPS, M=shares)
    return found


def cleaned(color: np.ndarray, alpha: np.ndarray, reach: float, behind: bool = False) -> np.ndarray:
    """Colours (h, w, C) rid of what shone through: soft pixels take the colour of the full ones near them.

    Only pixels of alpha 1 give colour, to softer ones within ``reach``. With ``behind`` the clear pixels say what
    shines through, and the part of a pixel's own colour that this explains is taken off instead, the more so the
    more opaque it is.
    """
    full = alpha >= 1
    soft = (alpha > 0) & ~full
    if reach <= 0 or not soft.any() or not full.any():
        return color
    nearest = _Nearest(full)
    near = np.nonzero(soft & (nearest.distance <= reach))
    own = nearest.colors(color, near)
    if behind and (alpha <= 0).any():
        share = alpha[near][:, None]
        rest = (color[near] - (1 - share) * _Nearest(alpha <= 0).colors(color, near)) / share
        own = share * np.clip(rest, 0, 1) + (1 - share) * own
    answer = color.copy()
    answer[near] = own
    return answer


class _Nearest:
    """For each pixel the nearest one of some source pixels (to 2 %, as OpenCV finds it)."""

    def __init__(self, source: np.ndarray):
        import cv2

        blank = (~source).view(np.uint8)
        self.distance, self._label = cv2.distanceTransformWithLabels(
            blank, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        self._place = np.zeros(int(self._label.max()) + 1, np.intp)
        self._place[self._label[source]] = np.flatnonzero(source)

    def colors(self, color: np.ndarray, where: tuple[np.ndarray, ...]) -> np.ndarray:
        """The colours of the nearest source pixels, smoothed a little: a mean over 3 by 3 places."""
        height, width, bands = color.shape
        total = np.zeros((len(where[0]), bands), color.dtype)
        for down, along in np.ndindex(3, 3):
            rows, columns = np.clip(where[0] + down - 1, 0, height - 1), np.clip(where[1] + along - 1, 0, width - 1)
            total += color.reshape(-1, bands)[self._place[self._label[rows, columns]]]
        return total / 9

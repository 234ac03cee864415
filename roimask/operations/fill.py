"""Replace what is masked out from what is in."""

from __future__ import annotations

from typing import Literal

import numpy as np

from roimask.errors import import_extra
from roimask.mask import Mask
from roimask.operation import measure, operation
from roimask.operations.inside import nearest_inside
from roimask.parameters import Count, Length

__all__ = ["fill", "harmonic", "outpaint"]

Method = Literal["nearest", "mean", "harmonic", "telea", "navier-stokes", "biharmonic", "exemplar"]


def _bands(*, method: Method) -> Literal["each", "all"]:
    """A patch brings all of its bands along."""
    return "all" if method == "exemplar" else "each"


@operation(halo="all", writes="outside", bands=_bands)
def fill(
    image: np.ndarray, weight: np.ndarray, *, method: Method = "harmonic", radius: Count = 3
) -> tuple[np.ndarray, np.ndarray | None]:
    """Fill the pixels outside the mask from those inside.

    The mask says what is known; everything else is replaced, a NaN or nodata pixel too. With ``write=`` only the
    pixels named there are; without a mask, those that hold no data. Where nothing is known, nothing changes.

    Parameters
    ----------
    method : str, optional
        ``"nearest"`` the nearest known pixel; ``"mean"`` the mean of the known ones; ``"harmonic"`` the smoothest
        surface through the edge of the hole (Laplace's equation, the default); ``"biharmonic"`` one that goes on
        with its slopes (small holes only; needs the extra ``features``); ``"telea"`` and ``"navier-stokes"`` carry
        lines on into the hole, as OpenCV's inpainting does; ``"exemplar"`` puts in patches of what is known that go
        on with what is around them, so that texture goes on, too.
    radius : int, optional
        How many pixels around the hole ``"telea"`` and ``"navier-stokes"`` look at; the patches of ``"exemplar"`` are
        squares of ``2 * radius + 1`` pixels. Default 3.

    Returns
    -------
    array
        Of the image's shape and dtype.

    Notes
    -----
    Needs the whole image. Each connected hole of ``"harmonic"`` costs a sparse linear system of its pixels, solved by
    conjugate gradients from a coarser solution, to a residual of 1e-6. ``"exemplar"`` looks at all bands at once, and
    for the like of a patch up to 128 pixels around it (further where no whole patch is known there): every pixel that
    it fills is the copy of one that takes part.

    References
    ----------
    A. Criminisi, P. Pérez, K. Toyama, IEEE TIP 13 (2004) 1200-1212 (exemplar).
    A. Telea, J. Graphics Tools 9 (2004) 23-34. M. Bertalmio, A. L. Bertozzi, G. Sapiro, CVPR 2001, 355-362.
    S. B. Damelin, N. S. Hoang, J. Math. Imaging Vis. 60 (2018) 816-830 (biharmonic).

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10.0, np.nan, 30.0]])
    >>> rm.fill(image)
    array([[10., 20., 30.]])
    >>> rm.fill(np.array([[10, 0, 0, 40]], np.uint8), np.array([[1, 0, 0, 1]]))
    array([[10, 20, 30, 40]], dtype=uint8)
    >>> rm.fill(np.array([[10, 0]], np.uint8), np.zeros((1, 2), bool))
    array([[10,  0]], dtype=uint8)
    """
    known = weight > 0
    if known.all() or not known.any():
        return image, known
    if method == "exemplar":
        return _copied(image, known, radius), None
    answer = _inpainted(image, known, method, radius) if method in _OPENCV else _METHODS[method](image, known)
    return np.where(known, image, answer), None


@measure(takes="image", result="picture")
def outpaint(
    image: np.ndarray, mask: Mask | None = None, *, margin: Length, method: Method = "harmonic", radius: Count = 3
) -> np.ndarray:
    """Add a margin around an image, filled from what is in.

    What is masked out is filled as the margin is, so nothing of it is left.

    Parameters
    ----------
    image : array (H, W) or (H, W, C)
    mask : Mask or array (H, W), optional
        Which pixels are known; NaN is not.
    margin : float or str
        How wide, in whole pixels, per cent of the shorter side or metres.
    method : str, optional
        As of :func:`fill`. Default ``"harmonic"``.
    radius : int, optional
        As of :func:`fill`. Default 3.

    Returns
    -------
    array (H + 2 * margin, W + 2 * margin) or (..., C)
        Of the image's dtype. Where nothing is known, 0 around the image.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[10, 20, 250]], np.uint8)
    >>> rm.outpaint(image, margin=1, method="nearest")[0]
    array([ 10,  10,  20, 250, 250], dtype=uint8)
    >>> rm.outpaint(image, image < 100, margin=1, method="nearest")[0]
    array([10, 10, 20, 20, 20], dtype=uint8)
    >>> rm.outpaint(image, np.zeros((1, 3), bool), margin=1)[0]
    array([0, 0, 0, 0, 0], dtype=uint8)
    """
    wide = round(margin)
    around = [(wide, wide), (wide, wide), (0, 0)]
    known = np.ones(image.shape[:2], bool) if mask is None else np.asarray(mask) > 0
    held = np.where(known if image.ndim == 2 else known[..., None], image, np.zeros((), image.dtype))
    return fill(np.pad(held, around[: image.ndim]), np.pad(known, around[:2]), method=method, radius=radius)


def _mean(image: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known, image, image[known].mean(dtype=np.float64))


def harmonic(image: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The solution of Laplace's equation in the holes; the border of the image is no known value."""
    from scipy.sparse.linalg import cg, splu

    filled = image.astype(np.float64)
    filled[~known] = _guess(filled, known)[~known]
    system, known_sum = _laplace(filled, known)
    if system.shape[0] <= _DIRECT:
        filled[~known] = splu(system.tocsc()).solve(known_sum)
    else:
        filled[~known], _ = cg(system, known_sum, x0=filled[~known], rtol=1e-6, maxiter=5000)
    return filled


_DIRECT = 20_000  # unknown pixels; beyond that the factors of the system take too much room


def _guess(image: np.ndarray, known: np.ndarray) -> np.ndarray:
    """A first answer from the image of half the size, filled in the same way; at the smallest the nearest pixel."""
    import cv2

    height, width = image.shape
    if min(height, width) < 16 or known.mean() > 0.98:
        return nearest_inside(image, known)
    half = (-(-width // 2), -(-height // 2))
    share = cv2.resize(known.astype(np.float64), half, interpolation=cv2.INTER_AREA)
    total = cv2.resize(np.where(known, image, 0), half, interpolation=cv2.INTER_AREA)
    coarse = np.divide(total, share, out=np.zeros_like(total), where=share > 0)
    if (share > 0).all():
        return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.resize(harmonic(coarse, share > 0), (width, height), interpolation=cv2.INTER_LINEAR)


def _laplace(image: np.ndarray, known: np.ndarray):
    """For each unknown pixel: the number of its neighbours times it, less the unknown ones, is the sum of the known."""
    from scipy.sparse import coo_array

    number = np.full(known.shape, -1)
    unknown = ~known
    count = int(unknown.sum())
    number[unknown] = np.arange(count)
    neighbours = np.zeros(count)
    known_sum = np.zeros(count)
    rows, columns = [np.arange(count)], [np.arange(count)]
    for here, there in _NEIGHBOURS:
        touching = unknown[here]
        at = number[here][touching]
        neighbours[at] += 1
        fixed = known[there][touching]
        known_sum[at[fixed]] += image[there][touching][fixed]
        rows.append(at[~fixed])
        columns.append(number[there][touching][~fixed])
    values = [neighbours, *(np.full(part.size, -1.0) for part in rows[1:])]
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return coo_array(entries, shape=(count, count)).tocsr(), known_sum


_ALL, _BUT_LAST, _BUT_FIRST = slice(None), slice(None, -1), slice(1, None)
_NEIGHBOURS = [
    ((_BUT_LAST, _ALL), (_BUT_FIRST, _ALL)),
    ((_BUT_FIRST, _ALL), (_BUT_LAST, _ALL)),
    ((_ALL, _BUT_LAST), (_ALL, _BUT_FIRST)),
    ((_ALL, _BUT_FIRST), (_ALL, _BUT_LAST)),
]


def _biharmonic(image: np.ndarray, known: np.ndarray) -> np.ndarray:
    restoration = import_extra("skimage.restoration", "features", "fill(method='biharmonic')")
    low, high = float(image[known].min()), float(image[known].max())
    scale = high - low or 1.0
    return restoration.inpaint_biharmonic((image - low) / scale, ~known) * scale + low


def _copied(image: np.ndarray, known: np.ndarray, radius: int) -> np.ndarray:
    from roimask.kernels.compiled.exemplar import exemplar

    bands = np.atleast_3d(image)
    values = np.where(known[..., None], bands, bands[known][0]).astype(np.float64)
    finite = values[np.isfinite(values)]
    low, high = finite.min(initial=np.inf), finite.max(initial=-np.inf)
    scale = high - low if low < high else 1.0
    source = exemplar(((values - low) / scale).clip(0, 1).astype(np.float32), known, radius)
    return bands.reshape(-1, bands.shape[2])[source].reshape(image.shape)


def _inpainted(image: np.ndarray, known: np.ndarray, method: str, radius: int) -> np.ndarray:
    import cv2

    dtype = image.dtype if image.dtype in (np.uint8, np.uint16, np.float32) else np.float32
    started = _mean(image, known).astype(dtype)  # OpenCV reads what lies in a hole, too,
    thin = [(int(n == 1),) * 2 for n in image.shape]  # and beyond an image that is one pixel wide
    padded, holes = (np.pad(part, thin, mode="edge") for part in (started, (~known).view(np.uint8)))
    answer = cv2.inpaint(padded, holes, radius, getattr(cv2, _OPENCV[method]))
    return answer[thin[0][0] :, thin[1][0] :][: image.shape[0], : image.shape[1]]


_OPENCV = {"telea": "INPAINT_TELEA", "navier-stokes": "INPAINT_NS"}
_METHODS = {"nearest": nearest_inside, "mean": _mean, "harmonic": harmonic, "biharmonic": _biharmonic}

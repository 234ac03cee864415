"""Make a region unrecognisable, so that nothing of its old pixels is left but coarse averages, or nothing at all."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.operation import operation
from roimask.parameters import Length

__all__ = ["redact"]

_LEAST = 8  # pixels: the side of the smallest block
_ENOUGH = 32  # pixels of which a mean tells no single one
Cells = tuple[np.ndarray, np.ndarray]  # of each block the mean, and whether it has one


@operation(halo="all", finite=True, conceals=True)
def redact(
    image: np.ndarray,
    weight: np.ndarray,
    *,
    method: Literal["blur", "pixelate", "fill"] = "blur",
    size: Length = "5%",
    fill: float = 0,
    wanted: np.ndarray,
) -> np.ndarray:
    """Make a region unrecognisable: blur, pixelate or fill it, so that its old pixels cannot be had back.

    Each pixel of the mask is replaced in full: a mask of weights is refused, as part of the old pixels would stay.
    Alpha is redacted as a band is, and so are pixels that hold no data; NaN stays NaN. The file that the command line
    writes has no EXIF, previews or tags, which may show the old picture, and its contact sheet shows the result alone.
    In Python, write with ``metadata=False``.

    Parameters
    ----------
    method : {"blur", "pixelate", "fill"}, default "blur"
        ``"pixelate"``: the mean of each block. ``"blur"``: the same means, with smooth passages between. ``"fill"``:
        one value; the result does not depend on the old pixels at all.
    size : float or str, default "5%"
        Side of the blocks, in pixels, per cent of the shorter side or metres; 8 pixels at least.
    fill : float, default 0
        The value of ``"fill"``, and of blocks without a mean.

    Raises
    ------
    ParameterError
        Where a mask holds weights between 0 and 1, or the size is not above 0.

    Notes
    -----
    Blocks lie on a grid fixed to the frame. A block's mean is that of its pixels in the mask, where there are 32 or
    more; with fewer, which would show, it takes the mean of its neighbours' means, or else ``fill``. A plain blur can
    be undone, as a linear map of all pixels; here what is seen is a function of these means alone, one number a block
    and band (of integers, rounded), between which ``"blur"`` interpolates by quadratic B-splines. What so few numbers
    tell may still be enough to choose among known faces or texts: against that, only ``"fill"`` helps.

    References
    ----------
    S. Hill, Z. Zhou, L. Saul, H. Shacham, "On the (In)effectiveness of Mosaicing and Blurring as Tools for Document
    Redaction", PoPETs 2016 (4) 403-417.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.arange(256, dtype=np.uint8).reshape(16, 16)
    >>> np.unique(rm.redact(image, rm.rectangle(image, 0, 0, 8, 8), method="pixelate")[:8, :8])
    array([60], dtype=uint8)
    >>> np.unique(rm.redact(image, rm.rectangle(image, 0, 0, 8, 8), method="fill", fill=7)[:8, :8])
    array([7], dtype=uint8)
    >>> np.array_equal(rm.redact(image, np.zeros((16, 16), bool)), image)
    True
    """
    if not 0 < size < math.inf:
        raise ParameterError(f"size is a length above 0, got {size:g}")
    if method == "fill" or not (weight.any() and wanted.any()):
        return np.broadcast_to(np.float64(fill), image.shape)
    side = max(math.ceil(size), _LEAST)
    means, known = _borrowed(*_borrowed(*_means(image, weight, side)))
    means = np.where(known, np.rint(means) if image.dtype.kind in "iu" else means, fill)
    means = means.astype(np.result_type(image.dtype, np.float32))
    rows, columns = box = _box(wanted, 1)
    answer = np.zeros(image.shape, means.dtype)
    work = _passages if method == "blur" else _blocks
    answer[box] = work(work(means, side, rows).T, side, columns).T
    return answer


def _box(weights: np.ndarray, side: int) -> tuple[slice, slice]:
    """Rows and columns of what is not 0, from the start of a block on."""
    rows, columns = (np.flatnonzero(weights.any(axis=axis)) for axis in (1, 0))
    return slice(rows[0] // side * side, rows[-1] + 1), slice(columns[0] // side * side, columns[-1] + 1)


def _means(image: np.ndarray, weight: np.ndarray, side: int) -> Cells:
    """The mean of each block's pixels, where enough of them take part."""
    box = _box(weight, side)
    shares = weight[box].astype(np.float64)
    count = _summed(shares, box, side, image.shape)
    total = _summed(np.where(shares > 0, image[box], 0).astype(np.float64), box, side, image.shape)
    full = count >= _ENOUGH
    return np.divide(total, count, out=np.zeros_like(total), where=full), full


def _summed(values: np.ndarray, box: tuple[slice, slice], side: int, shape: tuple[int, ...]) -> np.ndarray:
    """The sum of each block of the whole image, of values on a box that starts with a block."""
    rows, columns = (np.arange(0, length, side) for length in values.shape)
    sums = np.zeros([-(-length // side) for length in shape])
    top, left = (part.start // side for part in box)
    summed = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
    sums[top : top + len(rows), left : left + len(columns)] = summed
    return sums


def _borrowed(means: np.ndarray, full: np.ndarray) -> Cells:
    """Blocks without a mean of their own take that of the neighbours which have one."""
    near, count = np.zeros_like(means), np.zeros(full.shape, int)
    around, known = np.pad(means, 1), np.pad(full, 1)
    height, width = means.shape
    for row, column in np.ndindex(3, 3):
        part = slice(row, row + height), slice(column, column + width)
        near, count = near + around[part] * known[part], count + known[part]
    borrowed = np.divide(near, count, out=np.zeros_like(near), where=count > 0)
    return np.where(full, means, borrowed), full | (count > 0)


def _blocks(means: np.ndarray, side: int, rows: slice) -> np.ndarray:
    """Each row of pixels the row of blocks that it lies in."""
    return means[np.arange(rows.start, rows.stop) // side]


def _passages(means: np.ndarray, side: int, rows: slice) -> np.ndarray:
    """The same with quadratic B-splines of the means along columns, which go on with beyond the border."""
    block, place = np.divmod(np.arange(rows.start, rows.stop), side)
    t = ((place + 0.5) / side)[:, None].astype(means.dtype)
    before, after = np.maximum(block - 1, 0), np.minimum(block + 1, len(means) - 1)
    return (1 - t) ** 2 / 2 * means[before] + (0.5 + t - t * t) * means[block] + t * t / 2 * means[after]

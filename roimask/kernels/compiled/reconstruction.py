"""Grey reconstruction by dilation: a marker spreads under an image until nothing changes.

The hybrid of L. Vincent, "Morphological grayscale reconstruction in image analysis", IEEE TIP 2 (1993) 176-201: one
scan each way does most of the work, a queue the rest.
"""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit

__all__ = ["reconstruct"]


def reconstruct(image: np.ndarray, inside: np.ndarray, marker: np.ndarray, diagonal: bool) -> np.ndarray:
    """The marker, nowhere above the image, dilated under it to the end; all of one type, ``inside`` uint8 0/1.

    Pixels outside are neither read nor crossed and stay as the marker has them.
    """
    out = np.array(marker, order="C")
    image, inside = np.array(image, order="C"), np.array(inside, order="C")
    before = np.array([(0, -1), (-1, 0), (-1, -1), (-1, 1)][: 4 if diagonal else 2])
    _scan(image, inside, out, before, False)
    _scan(image, inside, out, -before, True)
    _spread(image, inside, out, np.concatenate([before, -before]))
    return out


@jit
def _scan(image, inside, out, neighbours, backwards):
    """Take the highest of the neighbours that the scan has passed, as far as the image allows."""
    height, width = image.shape
    for i in range(height):
        y = height - 1 - i if backwards else i
        for j in range(width):
            x = width - 1 - j if backwards else j
            if inside[y, x]:
                highest = out[y, x]
                for k in range(neighbours.shape[0]):
                    r, c = y + neighbours[k, 0], x + neighbours[k, 1]
                    if 0 <= r < height and 0 <= c < width and inside[r, c]:
                        highest = max(highest, out[r, c])
                out[y, x] = min(highest, image[y, x])


@jit
def _spread(image, inside, out, neighbours):
    """Every pixel that can still raise a neighbour waits in a queue, each at most once at a time."""
    height, width = image.shape
    queue, waiting = np.empty(image.size, np.int64), np.zeros(image.size, np.bool_)
    first, length = 0, 0
    for p in range(image.size):
        if inside[p // width, p % width] and _raises(image, inside, out, neighbours, p // width, p % width):
            queue[length], waiting[p] = p, True
            length += 1
    while length:
        p = queue[first]
        first, length, waiting[p] = (first + 1) % queue.size, length - 1, False
        y, x = p // width, p % width
        for k in range(neighbours.shape[0]):
            r, c = y + neighbours[k, 0], x + neighbours[k, 1]
            if 0 <= r < height and 0 <= c < width and inside[r, c] and out[r, c] < min(out[y, x], image[r, c]):
                out[r, c] = min(out[y, x], image[r, c])
                if not waiting[r * width + c]:
                    queue[(first + length) % queue.size], waiting[r * width + c] = r * width + c, True
                    length += 1


@jit
def _raises(image, inside, out, neighbours, y, x):
    for k in range(neighbours.shape[0]):
        r, c = y + neighbours[k, 0], x + neighbours[k, 1]
        within = 0 <= r < image.shape[0] and 0 <= c < image.shape[1]
        if within and inside[r, c] and out[r, c] < out[y, x] and out[r, c] < image[r, c]:
            return True
    return False

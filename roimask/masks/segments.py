"""Masks grown from seeds, scribbles or colours: flood, grabcut, watershed, superpixels."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from roimask.errors import ParameterError, import_extra
from roimask.frame import Frame, Window
from roimask.mask import Mask
from roimask.masks.select import found, one_band, taking_part
from roimask.operation import selector
from roimask.parameters import Point

__all__ = ["flood", "grabcut", "superpixels", "watershed"]


@selector
def flood(
    image: np.ndarray, seed: Point, tolerance: float, mask: Mask | None = None, *, connectivity: Literal[4, 8] = 4
) -> Mask:
    """Select the region of similar pixels around a seed: the magic wand.

    The flood passes through pixels of the mask only.

    Parameters
    ----------
    image : ndarray (H, W) or (H, W, C)
        Any dtype. NaN stops the flood.
    seed : (float, float)
        Row and column where it starts: pixels, or per cent of height and width.
    tolerance : float
        The greatest difference from the seed's pixel, in every band, in the image's unit.
    mask : Mask, optional
        Which pixels take part; default: all.
    connectivity : {4, 8}, default 4
        Whether pixels touch by their sides, or by their corners too.

    Returns
    -------
    Mask
        Binary.

    Raises
    ------
    ParameterError
        Where the seed lies outside the image or the mask, or on NaN, or the tolerance is negative.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[1, 1, 9, 1], [2, 1, 9, 1]], np.uint8)
    >>> np.asarray(rm.flood(image, (0, 0), 1)).astype(int)
    array([[1, 1, 0, 0],
           [1, 1, 0, 0]])
    >>> rm.flood(image, (0, 0), 8).area, rm.flood(image, (0, 0), 8, [[1, 0, 1, 1], [1, 0, 1, 1]]).area
    (8, 2)
    >>> rm.flood(image, (0, 0), 8, np.zeros((2, 4), bool))
    Traceback (most recent call last):
        ...
    roimask.errors.ParameterError: flood: seed lies on a pixel that takes part; (0.0, 0.0) is outside ...
    """
    import cv2

    if not tolerance >= 0:
        raise ParameterError(f"tolerance is 0 or more, got {tolerance:g}")
    window, part = taking_part(image, mask)
    row, column = _seed_in(window, part, seed)
    pixels = image[window.slices]
    near = _near(pixels, pixels[row, column], tolerance) & part
    region = near.astype(np.uint8)
    cv2.floodFill(region, None, (column, row), 2, flags=int(connectivity))
    return found(region == 2, window, image)


def _seed_in(window: Window, part: np.ndarray, seed: Point) -> tuple[int, int]:
    """The seed's pixel in the window."""
    if not all(map(math.isfinite, seed)):
        raise ParameterError(f"seed is a place in the image, got {seed}")
    row, column = math.floor(seed[0]) - window.top, math.floor(seed[1]) - window.left
    if not (0 <= row < part.shape[0] and 0 <= column < part.shape[1] and part[row, column]):
        raise ParameterError(f"seed lies on a pixel that takes part; {seed} is outside the image or the mask, or NaN")
    return row, column


def _near(pixels: np.ndarray, value: np.ndarray, tolerance: float) -> np.ndarray:
    """Where every band is at most the tolerance away from a value, without wrapping."""
    value = np.asarray(value, np.float64)
    near = (pixels >= value - tolerance) & (pixels <= value + tolerance)
    return np.asarray(near.all(axis=2) if near.ndim == 3 else near)


@selector
def grabcut(
    image: np.ndarray,
    box_or_scribbles: tuple[float, float, float, float] | Mask,
    mask: Mask | None = None,
    *,
    iterations: int = 5,
    seed: int = 0,
) -> Mask:
    """Cut an object out of its background by GrabCut, from a box or scribbles.

    Pixels outside the mask take no part: they stand for background that looks like the nearest background in it.

    Parameters
    ----------
    image : ndarray (H, W) or (H, W, 3)
        Any dtype; what is not 8 bit is stretched to it from its least to its greatest value in the mask.
    box_or_scribbles : (top, left, bottom, right) or Mask
        A box around the object in pixels, half open; or a labels mask, 1 on some of the object, 2 on some of the
        background.
    mask : Mask, optional
        Which pixels take part; default: all.
    iterations : int, default 5
        1 or more.
    seed : int, default 0
        What the first colour models are drawn by; the same seed gives the same answer.

    Returns
    -------
    Mask
        Binary.

    Raises
    ------
    ParameterError
        Where the image has not 1 or 3 bands, or the box or the scribbles leave no object or no background.

    References
    ----------
    Rother, Kolmogorov & Blake 2004, as OpenCV has it.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.random.default_rng(0).integers(0, 40, (30, 30, 3)).astype(np.uint8)
    >>> image[10:20, 8:18] += 200
    >>> rm.grabcut(image, (7, 5, 24, 22)).bbox
    (10, 8, 20, 18)
    >>> rm.grabcut(image, (7, 5, 24, 22), rm.rectangle((30, 30), 0, 0, 30, 14)).bbox
    (10, 8, 20, 14)
    >>> rm.grabcut(image, (7, 5, 24, 22), np.zeros((30, 30), bool)).area
    0
    """
    import cv2

    if iterations < 1:
        raise ParameterError(f"iterations is 1 or more, got {iterations}")
    window, part = taking_part(image, mask)
    guess = _guess(box_or_scribbles, Frame.of(image), window, part)
    if not part.any():
        return found(part, window, image)
    if not np.isin(guess, _OBJECT).any() or not np.isin(guess, _BACKGROUND).any():
        raise ParameterError("box_or_scribbles leaves no object or no background among the pixels that take part")
    colors = _filled(_as_rgb8(image[window.slices], part), part, part & np.isin(guess, _BACKGROUND))
    cv2.setRNGSeed(seed)
    _cut(colors, guess, part, iterations)
    return found(np.isin(guess, _OBJECT) & part, window, image)


_BACKGROUND, _OBJECT = (0, 2), (1, 3)  # OpenCV's codes: sure, probable


def _guess(given: tuple[float, ...] | Mask, frame: Frame, window: Window, part: np.ndarray) -> np.ndarray:
    """What each pixel is taken for at first, in OpenCV's codes."""
    if isinstance(given, Mask):
        scribbles = given.read(window)
        guess = np.select([scribbles == 1, scribbles == 2], [1, 0], 2)
    else:
        box = np.zeros(frame.shape, np.uint8)
        top, left, bottom, right = (max(int(side), 0) for side in given)
        box[top:bottom, left:right] = 3
        guess = box[window.slices]
    return np.where(part, guess, 0).astype(np.uint8)


def _cut(colors: np.ndarray, guess: np.ndarray, part: np.ndarray, iterations: int) -> None:
    """Turn the guess into the cut. Where both are scribbled, the first colour models are those of the scribbles."""
    import cv2

    nowhere, models = (0, 0, 0, 0), (np.zeros((1, 65)), np.zeros((1, 65)))
    sure = part & (guess < 2)
    if len(np.unique(guess[sure])) < 2:
        cv2.grabCut(colors, guess, nowhere, *models, iterations, cv2.GC_INIT_WITH_MASK)
        return
    cv2.grabCut(colors[sure][None], guess[sure][None], nowhere, *models, 1, cv2.GC_INIT_WITH_MASK)
    cv2.grabCut(colors, guess, nowhere, *models, 1, cv2.GC_EVAL_FREEZE_MODEL)
    if iterations > 1:
        cv2.grabCut(colors, guess, nowhere, *models, iterations - 1, cv2.GC_EVAL)


def _as_rgb8(pixels: np.ndarray, part: np.ndarray) -> np.ndarray:
    """The image as OpenCV's GrabCut takes it: three bands of 8 bit."""
    if pixels.ndim == 3 and pixels.shape[2] not in (1, 3):
        raise ParameterError(f"grabcut takes 1 or 3 bands, got {pixels.shape[2]}; choose them, as in image[..., :3]")
    bands = np.atleast_3d(pixels)
    if bands.dtype != np.uint8:
        inside = bands[part].astype(np.float64)
        inside = inside[np.isfinite(inside)]
        low, high = inside.min(initial=np.inf), inside.max(initial=-np.inf)
        scaled = (np.where(part[..., None], bands, low).astype(np.float64) - low) / ((high - low) or 1)
        bands = np.rint(np.clip(scaled, 0, 1) * 255).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(bands, (*bands.shape[:2], 3)))


def _filled(pixels: np.ndarray, part: np.ndarray, background: np.ndarray) -> np.ndarray:
    """The pixels, those that take no part replaced by the nearest of the background."""
    import cv2

    if part.all():
        return pixels
    cells = cv2.distanceTransformWithLabels(
        (~background).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )[1]
    nearest = np.zeros((int(cells.max()) + 1, 3), np.uint8)
    nearest[cells[background]] = pixels[background]
    return np.where(part[..., None], pixels, nearest[cells])


@selector
def watershed(
    image: np.ndarray,
    seeds: Mask,
    mask: Mask | None = None,
    *,
    compactness: float = 0,
    connectivity: Literal[4, 8] = 4,
    band: int | None = None,
) -> Mask:
    """Part an image into basins that grow from seeds, as water rises over a relief.

    Water runs over pixels of the mask only.

    Parameters
    ----------
    image : ndarray (H, W) or (H, W, C)
        The relief: basins are dark, ridges bright; often a gradient, or minus a distance.
    seeds : Mask
        Where water springs: a labels mask, one basin a label; or a binary mask, one basin a component.
    mask : Mask, optional
        Which pixels take part; default: all. NaN takes no part.
    compactness : float, default 0
        0 or more; more gives rounder basins.
    connectivity : {4, 8}, default 4
        Whether water runs over sides, or corners too.
    band : int, optional
        The band to look at, from 0; default: the brightness (0.299 R + 0.587 G + 0.114 B) of an RGB image.

    Returns
    -------
    Mask
        Labels, those of the seeds (or components, from 1).

    Raises
    ------
    ParameterError
        Where the image has no such band, or no seed lies in the mask.
    MissingExtra
        Where scikit-image (``roimask[features]``) is not installed.

    References
    ----------
    Beucher & Meyer 1993; Neubert & Protzel 2014 (compact), as scikit-image has them.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> relief = np.array([[0, 1, 5, 1, 0, 7, 0]], np.uint8)
    >>> np.asarray(rm.watershed(relief, [[1, 0, 0, 0, 2, 0, 0]]))
    array([[1, 1, 1, 2, 2, 2, 2]], dtype=int32)
    >>> np.asarray(rm.watershed(relief, [[1, 0, 0, 0, 2, 0, 0]], [[1, 1, 1, 1, 1, 0, 1]]))
    array([[1, 1, 1, 2, 2, 0, 0]], dtype=int32)
    >>> rm.watershed(relief, [[1, 0, 0, 0, 2, 0, 0]], np.zeros((1, 7), bool))
    Traceback (most recent call last):
        ...
    roimask.errors.ParameterError: watershed: no seed lies on a pixel that takes part; give seeds inside the mask
    """
    segmentation = import_extra("skimage.segmentation", "features", "watershed")
    grey = one_band(image, band)
    window, part = taking_part(grey, mask)
    markers = np.where(part, _basins(seeds, connectivity)[window.slices], 0)
    if not markers.any():
        raise ParameterError("no seed lies on a pixel that takes part; give seeds inside the mask")
    # scikit-image looks at what its mask hides: give it something that does not depend on it.
    relief = np.where(part, grey[window.slices], 0)
    basins = segmentation.watershed(relief, markers, connectivity // 4, mask=part, compactness=compactness)
    return found(basins, window, image, "labels")


def _basins(seeds: Mask, connectivity: int) -> np.ndarray:
    import cv2

    array = np.asarray(seeds)
    if seeds.kind == "labels" or not array.size:
        return array.astype(np.int32)
    return cv2.connectedComponents((array > 0).view(np.uint8), connectivity=int(connectivity))[1]


@selector
def superpixels(image: np.ndarray, count: int = 100, mask: Mask | None = None, *, compactness: float = 10) -> Mask:
    """Part an image into small regions of one colour by SLIC.

    Regions lie in the mask and are made of its pixels alone.

    Parameters
    ----------
    image : ndarray (H, W) or (H, W, C)
        Three bands are RGB. inf takes no part.
    count : int, default 100
        About how many regions, 1 or more.
    mask : Mask, optional
        Which pixels take part; default: all.
    compactness : float, default 10
        Above 0: what nearness counts beside colour; more gives squarer regions.

    Returns
    -------
    Mask
        Labels, from 1.

    Raises
    ------
    ParameterError
        Where ``count`` is under 1 or ``compactness`` not above 0.
    MissingExtra
        Where scikit-image (``roimask[features]``) is not installed.

    References
    ----------
    Achanta et al. 2012; Irving 2016 (mask), as scikit-image has them.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.zeros((20, 20), np.uint8)
    >>> image[:, 9:] = 200
    >>> mask = rm.superpixels(image, 4)
    >>> len(mask.labels) >= 2, mask.area
    (True, 400)
    >>> rm.superpixels(image, 4, rm.rectangle((20, 20), 5, 0, 10, 20)).area
    200
    >>> rm.superpixels(image, 4, np.zeros((20, 20), bool)).labels
    ()
    """
    segmentation = import_extra("skimage.segmentation", "features", "superpixels")
    if count < 1:
        raise ParameterError(f"count is 1 or more, got {count}")
    if not compactness > 0:
        raise ParameterError(f"compactness is above 0, got {compactness:g}")
    window, part = taking_part(image, mask)
    bands = np.atleast_3d(image[window.slices])
    part &= np.isfinite(bands).all(axis=2)
    if not part.any():
        return found(part.astype(np.int32), window, image, "labels")
    pixels = np.where(part[..., None], bands, bands[part].min(axis=0)).astype(np.float64)
    regions = segmentation.slic(
        pixels, count, compactness, mask=None if part.all() else part, start_label=1, channel_axis=-1
    )
    return found(np.where(part, regions, 0), window, image, "labels")

"""The arrays that the cases share: made from fixed seeds, each once a run."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

SIDE = 4096  # 16 Mpixel


@lru_cache(maxsize=4)
def image(dtype: str, side: int = SIDE, channels: int = 1) -> np.ndarray:
    """Smooth structure with noise, over most of the range of the type."""
    random = np.random.default_rng(1)
    small = random.random((max(side // 64, 2), max(side // 64, 2), channels), np.float32)
    smooth = cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC).reshape(side, side, channels)
    values = np.clip(0.8 * smooth + 0.2 * random.random(smooth.shape, np.float32), 0, 1)
    top = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1000
    values = (values * np.float32(top)).astype(dtype)
    return values[..., 0].copy() if channels == 1 else values


@lru_cache(maxsize=4)
def half(side: int = SIDE) -> np.ndarray:
    """A boolean mask of blobs that covers half of the image."""
    small = np.random.default_rng(2).random((side // 128, side // 128), np.float32)
    smooth = cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
    return smooth > np.median(smooth)


@lru_cache(maxsize=4)
def one_percent(side: int = SIDE) -> np.ndarray:
    """A boolean mask of one disk, a hundredth of the image, away from the middle."""
    rows, columns = np.ogrid[:side, :side]
    return (rows - side * 0.3) ** 2 + (columns - side * 0.6) ** 2 < side**2 * 0.01 / np.pi


@lru_cache(maxsize=2)
def zones(count: int, side: int = SIDE) -> np.ndarray:
    """Labels 1..count as int32: the cells nearest to points strewn at random (a Voronoi tessellation)."""
    random = np.random.default_rng(3)
    places = random.choice(side * side, count, replace=False)
    background = np.full(side * side, 255, np.uint8)
    background[places] = 0
    kind = cv2.DIST_LABEL_PIXEL
    _, labels = cv2.distanceTransformWithLabels(background.reshape(side, side), cv2.DIST_L2, 5, labelType=kind)
    return labels


def as_255(mask: np.ndarray) -> np.ndarray:
    """The mask as OpenCV takes it."""
    return mask.astype(np.uint8) * 255


@lru_cache(maxsize=1)
def instances(count: int = 500, height: int = 480, width: int = 640) -> np.ndarray:
    """Instance masks (count, height, width) of bool: turned ellipses of many sizes."""
    random = np.random.default_rng(4)
    masks = np.zeros((count, height, width), np.uint8)
    for mask in masks:
        center = int(random.integers(width)), int(random.integers(height))
        axes = int(random.integers(5, 120)), int(random.integers(5, 120))
        cv2.ellipse(mask, center, axes, float(random.integers(180)), 0, 360, 1, -1)
    return masks.astype(bool)


@lru_cache(maxsize=1)
def small_polygons(count: int = 10_000, side: int = SIDE) -> list[np.ndarray]:
    """Polygons of 5 to 12 points, (row, column), some ten pixels wide."""
    random = np.random.default_rng(7)
    found = []
    for _ in range(count):
        angles = np.sort(random.uniform(0, 2 * np.pi, random.integers(5, 13)))
        radii = random.uniform(5, 18, angles.size)
        center = random.uniform(20, side - 20, 2)
        found.append(center + radii[:, None] * np.column_stack([np.sin(angles), np.cos(angles)]))
    return found


@lru_cache(maxsize=1)
def large_polygon(points: int = 100_000, side: int = 8192) -> np.ndarray:
    """One star-shaped polygon with a rough outline, (row, column)."""
    random = np.random.default_rng(8)
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radii = side * (0.35 + 0.08 * np.sin(9 * angles)) + random.uniform(-2, 2, points)
    return side / 2 + radii[:, None] * np.column_stack([np.sin(angles), np.cos(angles)])


def rings(count: int, least: float, most: float, side: int = SIDE) -> list[np.ndarray]:
    """Rings of 12 points, or of 120 where they are wide, (x, y), all within the image, that do not cross themselves."""
    random, found = np.random.default_rng(9), []
    for _ in range(count):
        points = 12 if most < 50 else 120
        angles = (np.arange(points) + random.uniform(0, 0.9, points)) * (2 * np.pi / points)
        radii = random.uniform(least, most) * random.uniform(0.8, 1.0, points)
        center = random.uniform(most, side - most, 2)
        found.append(center + radii[:, None] * np.column_stack([np.cos(angles), np.sin(angles)]))
    return found

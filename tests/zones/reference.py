"""Zones pixel by pixel, as plainly as can be said."""

from __future__ import annotations

import numpy as np
import shapely


def share(polygon, row: int, column: int, rule: str) -> float:
    """How much of a pixel is in a polygon (column, row)."""
    pixel = shapely.box(column, row, column + 1, row + 1)
    area = polygon.intersection(pixel).area
    if rule == "centre":
        return float(polygon.covers(shapely.Point(column + 0.5, row + 0.5)))
    return float(area > 1e-9) if rule == "touched" else area


def weights(polygon, shape: tuple[int, int], rule: str) -> np.ndarray:
    return np.array([[share(polygon, r, c, rule) for c in range(shape[1])] for r in range(shape[0])])


def row(image: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """The statistics of one band by weight."""
    taken = (weight > 0) & ~np.isnan(image.astype(float))
    values, w = image[taken].astype(float), weight[taken]
    if not values.size:
        return {"count": 0, "weight": 0, "sum": 0, **dict.fromkeys(("mean", "std", "min", "max"), np.nan)}
    mean = np.average(values, weights=w)
    std = np.sqrt(np.average((values - mean) ** 2, weights=w))
    return {
        "count": values.size, "weight": w.sum(), "sum": (w * values).sum(), "mean": mean, "std": std,
        "min": values.min(), "max": values.max(),
    }  # fmt: skip


def polygons(count: int, shape: tuple[int, int], seed: int) -> list[shapely.Polygon]:
    """Valid polygons of all sizes around a frame, some partly and some wholly outside, some with a hole."""
    random, found = np.random.default_rng(seed), []
    while len(found) < count:
        angles = np.sort(random.uniform(0, 2 * np.pi, random.integers(3, 12)))
        radii = random.uniform(0.3, 1.0, angles.size) * random.choice([0.6, 3.0, 12.0])
        center = random.uniform(-4, max(shape) + 4, 2)
        polygon = shapely.Polygon(center + radii[:, None] * np.column_stack([np.cos(angles), np.sin(angles)]))
        if polygon.is_valid and random.random() < 0.3:
            polygon = polygon.difference(polygon.centroid.buffer(radii.mean() / 3))
        if polygon.is_valid and polygon.area > 0:
            found.append(polygon)
    return found


def snapped(zones: list[shapely.Polygon], step: float) -> list[shapely.Polygon]:
    """The polygons with their corners on a grid; those that are polygons still."""
    found = [shapely.set_precision(shapely.set_precision(zone, step), 0) for zone in zones]
    return [zone for zone in found if zone.geom_type == "Polygon" and zone.area > 0]

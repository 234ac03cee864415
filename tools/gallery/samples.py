"""The names that a plate's line of code may use."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage

import roimask as rm

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_images"
NEW_YORK = SAMPLES / "raster_landsat8_qa_newyork"
MODULES = {"rm": rm, "np": np, "cv2": cv2, "skimage": skimage}

# Masks that lines of code start from.
MADE = {
    "star": "rm.star((36, 48), (19, 24), 17)",
    "disk": "rm.circle((36, 48), (18, 18), 12)",
    "bar": "rm.rectangle((36, 48), 14, 10, 8, 34)",
    "soft": "rm.feather(disk, 10)",
    "classes": 'np.asarray(rm.threshold(camera, method="multiotsu", classes=4))',
    "quality": f"rm.read({str(NEW_YORK / 'LC08_L1TP_013032_20180405_BQA.TIF')!r})",
    "bright": 'rm.threshold(coins, method="otsu")',
}
# The part of each sample picture, or of a mask made from it, that is enlarged: (top, left, bottom, right).
VIEWS = {
    "tennis_courts": (16, 70, 144, 198),
    "bright": (0, 256, 128, 384),
    "coins": (0, 256, 128, 384),
    "camera": (62, 180, 254, 372),
    "classes": (62, 180, 254, 372),
    "astronaut": (0, 128, 192, 320),
    "freeway": (30, 60, 158, 188),
    "freeway_bright": (74, 68, 202, 196),
    "houses_desert": (50, 50, 242, 242),
    "houses_green": (10, 20, 202, 212),
    "road_crossing": (32, 32, 224, 224),
    "tanks": (60, 20, 252, 212),
    "landsat_amazon": (0, 0, 192, 192),
    "river_bend": (0, 64, 192, 256),
}


class Samples(dict):
    """A name space in which ``coins`` is a sample picture, ``coins_mask`` its mask, both read when first named."""

    def __missing__(self, name: str) -> Any:
        self[name] = self._made(name)
        return self[name]

    def _made(self, name: str) -> Any:
        if name in MADE:
            return self.run(MADE[name])
        if name.endswith("_mask"):
            return rm.read_mask(SAMPLES / "masks" / f"{name.removesuffix('_mask')}.png")
        found = sorted(SAMPLES.glob(f"{name}.*"))
        if not found:
            raise KeyError(name)
        return rm.read(found[0])

    def run(self, code: str | ast.expr) -> Any:
        """What an expression comes to."""
        tree = ast.parse(code, mode="eval").body if isinstance(code, str) else code
        return eval(compile(ast.Expression(tree), "plate", "eval"), dict(MODULES), self)


def names_in(code: str) -> list[str]:
    """The sample names of a line, in the order in which it is read."""
    nodes = list(ast.walk(ast.parse(code)))
    bound = {node.arg for node in nodes if isinstance(node, ast.arg)} | set(MODULES)
    found = sorted((node for node in nodes if isinstance(node, ast.Name)), key=lambda node: node.col_offset)
    return [node.id for node in found if node.id not in bound]


def view_of(code: str) -> tuple[int, int, int, int] | None:
    """Which part of the picture of a line to show."""
    subjects = [name.removesuffix("_mask") for name in names_in(code)]
    return next((VIEWS[name] for name in subjects if name in VIEWS), None)

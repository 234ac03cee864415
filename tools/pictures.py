"""The pictures of the README and the docs, made from ``sample_images/``: ``python -m tools.pictures``."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

import roimask as rm

ROOT = Path(__file__).resolve().parents[1]
SAMPLES, IMAGES = ROOT / "sample_images", ROOT / "docs" / "images"
ZOOM, GAP = 4, 12
VIEW = np.s_[16:144, 70:198]  # the upper three courts


def main() -> None:
    """Write each picture."""
    IMAGES.mkdir(exist_ok=True)
    rm.write(IMAGES / "teaser.png", teaser())


def teaser() -> np.ndarray:
    """Picture, mask, blur that leaks, blur that does not: side by side, each named."""
    image = rm.read(SAMPLES / "tennis_courts.png")
    courts = rm.read_mask(SAMPLES / "masks" / "tennis_courts.png")
    inside = np.asarray(courts) > 0
    leaking = cv2.copyTo(cv2.GaussianBlur(image, (0, 0), 5), inside.astype(np.uint8), image.copy())
    smooth = rm.gaussian(image, courts, sigma=5)
    panels = {
        "image": image,
        "mask": np.repeat(inside[..., None] * np.uint8(255), 3, axis=2),
        "blur, then copy back": leaking,
        "rm.gaussian(image, mask)": smooth,
    }
    return beside([captioned(panel[VIEW], name) for name, panel in panels.items()])


def captioned(image: np.ndarray, text: str) -> np.ndarray:
    """The image, enlarged without smoothing, with a line of text below."""
    large = cv2.resize(image, None, fx=ZOOM, fy=ZOOM, interpolation=cv2.INTER_NEAREST)
    strip = np.full((44, large.shape[1], 3), 255, np.uint8)
    cv2.putText(strip, text, (4, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (40, 40, 40), 2, cv2.LINE_AA)
    return np.vstack([large, strip])


def beside(panels: list[np.ndarray]) -> np.ndarray:
    """Panels in a row on white."""
    gap = np.full((panels[0].shape[0], GAP, 3), 255, np.uint8)
    row = [part for panel in panels for part in (panel, gap)][:-1]
    return np.hstack(row)


if __name__ == "__main__":
    main()

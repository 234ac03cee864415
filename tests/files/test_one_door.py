"""One package opens image files; nothing else in the library or the command line does."""

from __future__ import annotations

import re
from pathlib import Path

OPENERS = re.compile(
    r"cv2\.(imread|imwrite|imdecode|imreadmulti)\b|Image\.open\b|TiffFile\b|tifffile\.im(read|write)\b|"
    r"rasterio\.open\b|imageio|PIL\.ImageFile|gdal\.Open"
)


def test_only_drivers_open_images(root: Path) -> None:
    door = root / "roimask" / "raster" / "drivers"
    found = [
        f"{path.relative_to(root)}:{number}"
        for folder in ("roimask", "cli")
        for path in sorted((root / folder).rglob("*.py"))
        if not path.is_relative_to(door)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if OPENERS.search(line)
    ]
    assert not found, f"read with Raster, write with roimask.write: {found}"


def test_the_rule_would_notice() -> None:
    assert OPENERS.search("image = cv2.imread(path)") and OPENERS.search("with Image.open(path) as image:")
    assert not OPENERS.search("with open(path) as file:")

"""Make the pictures and pages of the galleries in ``docs/gallery``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import roimask as rm
from tools.gallery import catalogue, leaks, masks, pages, samples, show
from tools.gallery.plate import Plate

GALLERY = samples.ROOT / "docs" / "gallery"


def main() -> None:
    """Write all of it anew."""
    shutil.rmtree(GALLERY, ignore_errors=True)
    GALLERY.mkdir()
    names = samples.Samples()
    for name, plate in everything():
        rm.write(GALLERY / f"{name}.png", show.picture(plate, names))
    for leak in leaks.LEAKS:
        rm.write(GALLERY / f"{leak.name}.png", leaks.picture(leak, names))
    for name, text in pages.texts().items():
        (GALLERY / name).write_text(text)


def everything() -> Iterator[tuple[str, Plate]]:
    """Every plate by the name of its picture."""
    for operation in rm.registry().values():
        yield from catalogue.plates_of(operation)
    yield from catalogue.numbered("algebra", masks.ALGEBRA)


if __name__ == "__main__":
    main()

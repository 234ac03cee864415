"""The pages of the galleries: chapters of operations, each with its lines of code, pictures and captions."""

from __future__ import annotations

from collections.abc import Iterable

import roimask as rm
from roimask.operation import Operation
from tools.gallery import catalogue, leaks, masks, samples, show
from tools.gallery.plate import Plate
from tools.pages import TITLES, families

SOURCES = (
    "`coins` is `rm.read` of `sample_images/coins.png`, `coins_mask` its mask in `sample_images/masks`, and so on."
)
INDEX = """# Gallery

Each picture is made from `sample_images/` by the line of code above it, when these pages are built.

```{toctree}
:maxdepth: 2

leaks
masks
filters
```
"""


def texts() -> dict[str, str]:
    """Every page by its name."""
    return {
        "index.md": INDEX,
        "leaks.md": leak_page(),
        "masks.md": f"# Masks\n\n{SOURCES}\n\n{_made()}\n\n{_chapters(_about_masks(True))}\n\n{_algebra()}",
        "filters.md": f"# Operations on images\n\n{SOURCES}\n\n{_chapters(_about_masks(False))}",
    }


def leak_page() -> str:
    """The usual tools beside ours."""
    intro = (
        "Two lines that want the same, at the edge of a mask; then other pixels are put outside, and every pixel "
        "inside that moves is red. `inside` is the mask as 0 and 1 of uint8."
    )
    parts = [
        f"## {leak.title}\n\n{code(leak.usual, leak.ours)}\n\n{figure(leak.name, leak.title, leak.caption)}"
        for leak in leaks.LEAKS
    ]
    return "\n\n".join(["# The leak at a mask's edge", intro, *parts]) + "\n"


def _about_masks(wanted: bool) -> list[Operation]:
    """The operations that make or take masks, or the others."""
    return [o for o in rm.registry().values() if ("mask" in (o.takes, o.result)) == wanted]


def _made() -> str:
    return code(*(f"{name} = {line}" for name, line in samples.MADE.items()))


def _chapters(operations: Iterable[Operation]) -> str:
    """Chapters by family."""
    return "\n\n".join(
        "\n\n".join([f"## {TITLES.get(name, name.capitalize())}", *map(section, members)])
        for name, members in families(operations).items()
    )


def section(operation: Operation) -> str:
    """One operation: its plates."""
    summary = operation.documentation.summary
    plates = [plate(name, one, summary) for name, one in catalogue.plates_of(operation)]
    return "\n\n".join([f"### [{operation.name}](../operations/{operation.name}.md)", *plates])


def _algebra() -> str:
    plates = [plate(name, one, "") for name, one in catalogue.numbered("algebra", masks.ALGEBRA)]
    return "\n\n".join(["## Set algebra and labels", *plates]) + "\n"


def plate(name: str, one: Plate, summary: str) -> str:
    """A line of code and its picture."""
    return f"{code(*show.lines(one))}\n\n{figure(name, one.code, one.caption or summary)}"


def code(*lines: str) -> str:
    """A fence."""
    return "\n".join(["```python", *lines, "```"])


def figure(name: str, alt: str, caption: str) -> str:
    """A picture with its caption."""
    return f"```{{figure}} {name}.png\n:alt: {alt}\n\n{caption}\n```"

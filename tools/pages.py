"""The pages of the docs that follow from the registry and from the command line's own help.

``python -m tools.pages``, after ``tools.generate``, whose names it shows; ``--check`` exits 1 where one is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import roimask as rm
from roimask.operation import Operation
from tools.gallery.catalogue import plates_of
from tools.generate import settle

DOCS = Path(__file__).resolve().parents[1] / "docs"
OPERATIONS = DOCS / "operations"
WRITTEN = "<!-- Written by make stubs; do not edit. -->\n"

# Titles of the families, which are the modules of masks/ and operations/; one without a title goes by its name.
TITLES = {
    "shapes": "Masks from shapes",
    "figures": "Masks from figures",
    "select": "Masks from content",
    "by_colour": "Masks by colour",
    "quality": "Masks from quality bands",
    "segments": "Masks grown from seeds and colours",
    "morphology": "Masks from masks",
    "distance": "Distance and soft edges",
    "pieces": "Pieces and holes",
    "outlines": "Outlines, skeletons, hulls",
    "regions": "Regions",
    "extract": "Regions of interest",
    "statistics": "Statistics",
    "inside": "Any function, only inside",
    "linear": "Linear filters",
    "rank": "Rank filters",
    "smoothing": "Edge-preserving smoothing",
    "denoising": "Denoising",
    "speckle": "Speckle",
    "grey": "Grey morphology",
    "reconstruction": "Grey reconstruction",
    "local": "Local statistics",
    "edges": "Edges and corners",
    "resample": "Resampling",
    "contrast": "Contrast",
    "fill": "Filling",
    "cutout": "Cutouts",
    "sprites": "Sprite sheets",
    "matting": "Mattes",
    "paste": "Pasting",
    "redact": "Redaction",
}
RESULTS = {
    "image": "an image of the same grid and dtype",
    "map": "a map: float, NaN outside",
    "picture": "a picture",
    "mask": "a mask",
    "table": "a table",
    "summary": "a summary, or a table for labels",
    "objects": "objects",
}


def texts() -> dict[Path, str]:
    """Every generated page with what it should hold."""
    operations = rm.registry().values()
    pages = {OPERATIONS / f"{operation.name}.md": page(operation) for operation in operations}
    others = {"operations/index": index(operations), "api": api(), "cli": cli(), "presets": presets()}
    return {**pages, **{DOCS / f"{name}.md": text for name, text in others.items()}}


def page(operation: Operation) -> str:
    """One operation: the facts of its declaration, its picture, then its docstring."""
    parts = [WRITTEN, f"# {operation.name}\n", f"{facts(operation)}\n", *picture(operation)]
    return "\n".join([*parts, directive("autofunction", operation.name)])


def picture(operation: Operation) -> list[str]:
    """The first of its plates in the gallery, where it has one; ``make docs`` makes the picture."""
    return [
        f"```python\n{plate.code}\n```\n\n```{{image}} ../gallery/{name}.png\n:alt: {plate.code}\n```\n"
        for name, plate in plates_of(operation)[:1]
    ]


def facts(operation: Operation) -> str:
    """What the declaration says, in one line."""
    parts = [
        f"Takes {'an' if operation.takes == 'image' else 'a'} {operation.takes}, answers {RESULTS[operation.result]}."
    ]
    if operation.blocks:
        parts.append(f"Looks {reach(operation)}.")
    if operation.observe:
        parts.append(f"Measures the whole region first, with {operation.observe.name}.")
    if operation.weights == "above 0":
        parts.append("Reads every weight above 0 in full.")
    parts.append(f"On the command line: `{verb(operation)}`." if in_text(operation) else "Python only.")
    return " ".join(parts)


def reach(operation: Operation) -> str:
    """How far a kernel looks, in words."""
    if operation.halo == "all":
        return "at the whole image"
    if operation.halo == 0:
        return "at each pixel alone"
    return "at neighbours" if callable(operation.halo) else f"{operation.halo} pixels far"


def verb(operation: Operation) -> str:
    """The words that start it on the command line."""
    return f"roimask {'mask ' if operation.result == 'mask' else ''}{operation.name.replace('_', '-')}"


def in_text(operation: Operation) -> bool:
    """Whether every parameter that must be given can be written as text."""
    return all(p.form.parse is not None for p in operation.parameters.values() if p.required)


def index(operations: Iterable[Operation]) -> str:
    """All operations, by family."""
    found = families(operations)
    chapters = [f"## {TITLES.get(name, name.capitalize())}\n\n{table(members)}" for name, members in found.items()]
    hidden = "\n".join(operation.name for members in found.values() for operation in members)
    toctree = f"```{{toctree}}\n:hidden:\n\n{hidden}\n```\n"
    return f"{WRITTEN}\n# Operations\n\n" + "\n\n".join(chapters) + f"\n\n{toctree}"


def families(operations: Iterable[Operation]) -> dict[str, list[Operation]]:
    """Operations by family, in the order of the titles."""
    found: dict[str, list[Operation]] = {}
    for operation in operations:
        found.setdefault(operation.family, []).append(operation)
    order = [*(name for name in TITLES if name in found), *sorted(set(found) - set(TITLES))]
    return {name: found[name] for name in order}


def table(operations: list[Operation]) -> str:
    """Names and summaries."""
    rows = [f"| [{o.name}]({o.name}.md) | {o.documentation.summary.replace('|', '/')} |" for o in operations]
    return "\n".join(["| | |", "|---|---|", *rows])


def api() -> str:
    """Every public name that is no operation."""
    names = sorted(set(rm.__all__) - set(rm.registry()) - {"__version__"})
    classes = [name for name in names if isinstance(getattr(rm, name), type)]
    errors = [name for name in classes if issubclass(getattr(rm, name), Exception)]
    values = [name for name in classes if name not in errors]
    functions = [name for name in names if name not in classes]
    chapters = {
        "Values": [directive("autoclass", name, ":members:") for name in values],
        "Functions": [directive("autofunction", name) for name in functions],
        "Errors": [directive("autoexception", name) for name in errors],
    }
    text = "\n".join(f"## {title}\n\n" + "\n".join(parts) for title, parts in chapters.items() if parts)
    return (
        f"{WRITTEN}\n# Types and functions\n\nThe operations have [pages of their own](operations/index.md).\n\n{text}"
    )


def presets() -> str:
    """What the presets of quality bands and classifications hold."""
    text = (
        "Names that [`rm.qa_bits` and `rm.classes`](clouds.md) know by `preset=`. Bold: what is selected where nothing "
        "is named. A bit number selects where the bit is set; `8-9>=2` is some bits as a number, compared.\n"
    )
    found = rm.known_presets()
    chapters = {"Quality bands": [p for p in found if p.bits], "Classifications": [p for p in found if p.classes]}
    parts = [f"## {title}\n\n" + "\n".join(map(preset, members)) for title, members in chapters.items()]
    return f"{WRITTEN}\n# Presets\n\n{text}\n" + "\n".join(parts)


def preset(found: rm.Preset) -> str:
    """One preset: its names and where its facts come from."""
    also = f" (also {', '.join(f'`{name}`' for name in found.also)})" if found.also else ""
    fill = f" Fill: {', '.join(map(str, found.fill))}." if found.fill else ""
    meanings = {name: found.meaning(name).replace("|", "\\|") for name in found.names}
    rows = [f"| {_bold(name, found)} | `{meaning}` |" for name, meaning in meanings.items()]
    table = "\n".join([f"| name | {'class' if found.classes else 'bits'} |", "|---|---|", *rows])
    return f"### {found.name}\n\n{found.title}{also}.{fill} Source: {found.source}.\n\n{table}\n"


def _bold(name: str, found: rm.Preset) -> str:
    return f"**`{name}`**" if name in found.usual else f"`{name}`"


def directive(kind: str, name: str, *options: str) -> str:
    """One object, documented from its docstring."""
    lines = [f".. {kind}:: roimask.{name}", *(f"   {option}" for option in options)]
    return "\n".join(["```{eval-rst}", *lines, "```", ""])


def cli() -> str:
    """The help of each command, as it prints it."""
    from roimask.cli import main

    text = f"{WRITTEN}\n# Command line\n\n"
    return text + "\n".join(_helps(main, ["roimask"]))


def _helps(command, words: list[str]) -> list[str]:
    import click

    context = click.Context(command, info_name=" ".join(words), terminal_width=100, max_content_width=100)
    text = f"{'#' * min(len(words) + 1, 4)} {' '.join(words)}\n\n```text\n{command.get_help(context)}\n```\n"
    if not isinstance(command, click.Group):
        return [text]
    children = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [text, *(part for name, child in children if child for part in _helps(child, [*words, name]))]


if __name__ == "__main__":
    OPERATIONS.mkdir(exist_ok=True)
    pages = texts()
    sys.exit(settle(pages, set(OPERATIONS.glob("*.md")) - set(pages)))

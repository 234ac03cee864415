"""The honours table: what each operation does with junk under the mask, beside the usual tools.

``python -m tests.laws.honours`` writes it into the docs; a test holds our part fresh.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import Phase, given, settings

import roimask as rm
from benchmarks.honours import JUNK, clean, disk, spoiled
from roimask.errors import ParameterError
from roimask.operation import Operation
from tests.laws import draw as drawn
from tests.laws.compare import parts
from tests.laws.laws import takes_mask

PAGE = Path(__file__).resolve().parents[2] / "docs" / "honours.md"
DTYPES = ("float32", "uint8")
CELLS = ("noise", "nan", "inf", "maximum", "finite", "outside")
OURS, THEIRS = "<!-- ours -->\n", "<!-- the usual tools -->\n"


def operations() -> list[Operation]:
    """Every operation that takes an image and a mask."""
    return [operation for operation in rm.registry().values() if operation.blocks or takes_mask(operation)]


def row_of(operation: Operation) -> dict[str, bool | None]:
    """One row, measured: junk of each kind under the mask, on float32 where the operation takes it, else on uint8."""
    taken = drawn.example_of(operation).images.get("dtypes", DTYPES)
    image = _image(operation, next(dtype for dtype in DTYPES if dtype in taken))
    return _measured(operation, image, _params(operation, image))


def _measured(operation: Operation, image: np.ndarray, params: dict[str, Any]) -> dict[str, bool | None]:
    mask = disk()
    before = _call(operation, image, mask, params)
    row: dict[str, bool | None] = dict.fromkeys(CELLS)
    if operation.result in ("image", "map", "picture"):
        row["finite"] = all(np.isfinite(part).all() for part in _inside(before, mask))
    for name, junk in _junk(image, mask):
        after = _call(operation, junk, mask, params)
        asked = mask if operation.writes == "inside" else np.ones_like(mask)
        pairs = zip(_inside(before, asked), _inside(after, asked), strict=True)
        row[name] = all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs)
        if operation.result == "image" and operation.writes == "inside":
            kept = np.array_equal(after[~mask], junk[~mask], equal_nan=junk.dtype.kind == "f")
            row["outside"] = kept and row["outside"] is not False
    return row


def _image(operation: Operation, dtype: str) -> np.ndarray:
    image = clean(dtype)
    if dtype == "float32":
        image *= drawn.example_of(operation).images.get("top", 1000) / 1000
    bands = drawn.example_of(operation).images.get("bands", (None,))[0]
    return image if bands is None else np.repeat(image[..., None], bands, axis=2)


def _junk(image: np.ndarray, mask: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    for band in (image,) if image.ndim == 2 else (image[..., 0],):
        for name, junk in spoiled(band, mask):
            yield name, junk if image.ndim == 2 else np.repeat(junk[..., None], image.shape[2], axis=2)


def _params(operation: Operation, image: np.ndarray) -> dict[str, Any]:
    """The first parameters that the operation takes."""
    found: list[dict[str, Any]] = []

    @settings(phases=[Phase.generate], max_examples=20, database=None, derandomize=True, deadline=None)
    @given(drawn.parameters(operation, image))
    def look(params):
        if not found:
            try:
                _call(operation, image, disk(), params)
            except ParameterError:
                return
            found.append(params)

    look()
    assert found, f"{operation.name} takes nothing that is drawn; add a line to tests/laws/examples.py"
    return found[0]


def _call(operation: Operation, image: np.ndarray, mask: np.ndarray, params: dict[str, Any]) -> Any:
    return drawn.Case(operation, image, rm.Mask(mask), params).whole(image.copy())


def _inside(answer: Any, mask: np.ndarray) -> list[np.ndarray]:
    arrays = parts(answer).values()
    return [a[mask] if a.shape[:2] == mask.shape else a for a in arrays]


# -- the page --------------------------------------------------------------------------------------------------------

_HEAD = """<!-- Written by python -m tests.laws.honours; do not edit. -->

# Which tools keep the laws

Junk is put where the mask says that no pixel takes part: noise, NaN, inf, the largest value of the type. Is the answer
inside the same to the bit? Is it a finite number everywhere inside? Do the pixels outside stay as they were? ✓ yes,
✗ no, – where that cannot be asked: of a pixel type without such a value, of an answer without such pixels. Every cell
is measured.

"""


def ours() -> str:
    """The table of our operations."""
    return _table("operation", [(operation.name, row_of(operation)) for operation in operations()])


def theirs() -> str:
    """The table of the usual tools."""
    from benchmarks.honours import usual_tools

    return _table("tool", [(f"{row['version']}: {row['tool']}", row) for row in usual_tools()])


def _table(what: str, rows: list[tuple[str, dict[str, Any]]]) -> str:
    lines = [f"| {what} | {' | '.join((*JUNK, 'finite', 'outside'))} |", "|---|" + ":-:|" * len(CELLS)]
    lines += [f"| {name} | " + " | ".join(_sign(row[cell]) for cell in CELLS) + " |" for name, row in rows]
    return "\n".join(lines) + "\n"


def _sign(fact: bool | None) -> str:
    return {True: "✓", False: "✗", None: "–"}[fact]


def page() -> str:
    """The whole page."""
    return f"{_HEAD}## roimask\n\n{OURS}{ours()}\n## The usual tools\n\n{THEIRS}{theirs()}"


if __name__ == "__main__":
    PAGE.write_text(page())

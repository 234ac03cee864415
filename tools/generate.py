"""Write what follows from the registry: the table of names, the stub, the index of verbs.

``python -m tools.generate`` writes the files, ``--check`` exits 1 where one of them is stale.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Annotated, Literal, get_args, get_origin

import roimask
from roimask import parameters
from roimask.operation import Operation, registry

ROOT = Path(__file__).resolve().parent.parent
# Public names that are no operations.
VALUES = {
    "errors": [],  # every name of the module that is an exception
    "features.accuracy": ["Curve", "Score"],
    "features.feature": ["Feature", "Piece"],
    "formats": ["MaskFormat", "mask_formats", "read_mask"],
    "frame": ["Frame"],
    "mask": ["Mask"],
    "masks.compare": ["boundary_distance", "dice", "hausdorff", "suppress"],
    "masks.expression": ["MaskExpression"],
    "masks.naming": ["merge_names"],
    "masks.overlap": ["iou"],
    "masks.rle": ["decode_rle", "encode_rle"],
    "masks.check": ["Finding", "check"],
    "matching.matcher": ["Matcher"],
    "matching.matches": ["Match", "Matches"],
    "matching.transform": ["Transform"],
    "operation": ["registry"],
    "operations.compose": ["compose"],
    "operations.sprites": ["Sprite", "SpriteSheet"],
    "previews": ["preview"],
    "presets": ["Preset", "find_preset", "known_presets"],
    "raster.atomic": ["atomic"],
    "raster.chatter": ["silence_decoders"],
    "raster.io": ["read", "valid", "write"],
    "raster.paths": ["is_remote", "named_after", "shown"],
    "raster.raster": ["Raster"],
    "running": ["Plan", "Run", "plan", "run"],
    "raster.tiles": ["Tile", "Tiles", "tiles"],
    "recipes": ["Recipe"],
    "running.composite": ["composite"],
    "running.cluster": ["dask_client"],
    "summary": ["Histogram", "Statistics"],
    "templates.bank": ["Bank", "bank", "template"],
    "templates.user": ["template_from"],
    "threads": ["get_threads", "set_threads"],
    "view": ["contact_sheet", "overlay", "thumbnail"],
    "zones.write": ["write_features"],
}
RETURNS = {"image": "np.ndarray", "map": "np.ndarray", "picture": "np.ndarray", "summary": "Any"}
SHARED_TYPES = {
    "write": "Mask | np.ndarray | Literal['all'] | None",
    "per_region": "bool",
    "out": "np.ndarray | None",
    "min_coverage": "float",
    "empty": "float | Literal['keep', 'nan'] | None",
    "border": "Literal['outside', 'reflect', 'mirror', 'nearest']",
    "crop": "bool",
    "channel_axis": "int",
}


def names() -> dict[str, list[str]]:
    """Public names by module, relative to the package."""
    table = {module: list(given) for module, given in VALUES.items()}
    errors = importlib.import_module("roimask.errors")
    table["errors"] = [name for name in errors.__all__ if inspect.isclass(getattr(errors, name))]
    for operation in registry().values():
        table.setdefault(_module_of(operation), []).append(operation.name)
    return {module: sorted(found) for module, found in sorted(table.items()) if _exists(module, found)}


def _module_of(operation: Operation) -> str:
    return operation.kernel.__module__.removeprefix("roimask.")


def _exists(module: str, found: list[str]) -> bool:
    return bool(found) and importlib.util.find_spec(f"roimask.{module}") is not None


def init_text(table: dict[str, list[str]]) -> str:
    """``roimask/__init__.py`` with the table of today."""
    lines = ["_NAMES: dict[str, list[str]] = {"]
    for module, found in table.items():
        lines += [f'    "{module}": [', *(f'        "{name}",' for name in found), "    ],"]
    block = "\n".join([*lines, "}"])
    text = Path(roimask.__file__).read_text()
    return re.sub(r"(?s)(# <table>\n).*?(\n# </table>)", lambda m: m[1] + block + m[2], text)


def stub_text(table: dict[str, list[str]]) -> str:
    """The stub that type checkers read in place of the lazy table."""
    operations = registry()
    head = [
        '"""Written by `make stubs`; do not edit."""',
        "",
        "from collections.abc import *",
        "from typing import Any, Literal",
        "",
        "import numpy as np",
        "import pandas as pd",
        "",
        "from roimask.parameters import *",
    ]
    for module, found in table.items():
        plain = [name for name in found if name not in operations]
        head += [f"from roimask.{module} import {name} as {name}" for name in plain]
    body = [_stub_of(operation) for operation in operations.values()]
    return "\n".join([*head, "", "__version__: str", "__all__: list[str]", "", *body]) + "\n"


def _stub_of(operation: Operation) -> str:
    signature = inspect.signature(operation.function)
    written = inspect.signature(operation.kernel)
    parts: list[str] = []
    starred = False
    for p in signature.parameters.values():
        if p.kind is p.KEYWORD_ONLY and not starred:
            parts, starred = [*parts, "*"], True
        default = "" if p.default is p.empty else " = ..."
        stars = "**" if p.kind is p.VAR_KEYWORD else ""
        parts.append(f"{stars}{p.name}: {_annotation(operation, p)}{default}")
    answer = RETURNS.get(operation.result) or str(written.return_annotation)
    return f"def {operation.name}({', '.join(parts)}) -> {answer}: ..."


def _annotation(operation: Operation, parameter: inspect.Parameter) -> str:
    if operation.blocks and parameter.name in ("image", "mask"):
        return "Any" if parameter.name == "image" else "Any | None"
    if operation.blocks and parameter.name in SHARED_TYPES:
        return SHARED_TYPES[parameter.name]
    if parameter.name == next(iter(inspect.signature(operation.kernel).parameters)):
        return "Any"
    if parameter.annotation is parameter.empty:
        return "Any"
    return _spelt_out(operation, str(parameter.annotation)).replace("Mask |", "Mask | np.ndarray |")


def _spelt_out(operation: Operation, annotation: str) -> str:
    """An annotation with the names that a module gives to types of its own replaced by what they stand for."""
    known = operation.kernel.__globals__

    def choices(name: re.Match[str]) -> str:
        meant = known.get(name[0])
        if get_origin(meant) is Annotated and name[0] not in parameters.__all__:
            return str(get_args(meant)[0].__name__)
        return str(meant).removeprefix("typing.") if get_origin(meant) is Literal else name[0]

    return re.sub(r"\b[A-Z]\w*", choices, annotation)


def index_text() -> str:
    """The verbs of the command line with their group and first line, so that help loads no operation."""
    rows = [
        f"    {o.name!r}: ({o.family!r}, {o.takes!r}, {o.result!r}, {o.documentation.summary!r}),"
        for o in registry().values()
        if all(p.form.parse is not None for p in o.parameters.values() if p.required)  # can be written as text
    ]
    return "\n".join(
        [
            '"""Written by `make stubs`; do not edit: name, family, what it takes, what it answers, summary."""',
            "",
            "# fmt: off",
            "# ruff: noqa: E501",
            "VERBS: dict[str, tuple[str, str, str, str]] = {",
            *rows,
            "}",
            "",
        ]
    )


def formats_text() -> str:
    """The formats of mask files, so that reading one loads no other."""
    package = Path(roimask.__file__).parent / "formats"
    modules = [importlib.import_module(f"roimask.formats.{p.stem}") for p in sorted(package.glob("[a-z]*.py"))]
    rows = [f"    {_row_of(module)}," for module in modules]
    return "\n".join(
        [
            '"""Written by `make stubs`; do not edit: name, suffixes, those it writes, if it is pixels, summary."""',
            "",
            "# fmt: off",
            "# ruff: noqa: E501",
            "FORMATS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], bool, str], ...] = (",
            *rows,
            ")",
            "",
        ]
    )


def _row_of(module: ModuleType) -> tuple[str, tuple[str, ...], tuple[str, ...], bool, str]:
    written = getattr(module, "WRITES", module.SUFFIXES) if hasattr(module, "write") else ()
    summary = " ".join(inspect.cleandoc(module.__doc__ or "").partition("\n\n")[0].split())
    return module.__name__.rpartition(".")[2], module.SUFFIXES, written, getattr(module, "RASTER", False), summary


def texts() -> dict[Path, str]:
    """Every generated file with what it should hold."""
    table = names()
    return {
        ROOT / "roimask/__init__.py": init_text(table),
        ROOT / "roimask/__init__.pyi": stub_text(table),
        ROOT / "cli/index.py": index_text(),
        ROOT / "roimask/formats/_index.py": formats_text(),
    }


def settle(wanted: dict[Path, str], superfluous: Iterable[Path] = ()) -> int:
    """Write what is stale, or with ``--check`` say what is; what there should be no longer goes."""
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        for path in [*stale, *superfluous]:
            print(f"{path.relative_to(ROOT)} is stale: run make stubs", file=sys.stderr)
        return int(bool([*stale, *superfluous]))
    for path in stale:
        path.write_text(wanted[path])
    for path in superfluous:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(settle(texts()))

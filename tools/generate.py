"""Write what follows from the registry: the table of names, the stub, the index of verbs.

``python -m tools.generate`` writes the files, ``--check`` exits 1 where one of them is stale.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from pathlib import Path

import roimask
from roimask.operation import Operation, registry

ROOT = Path(__file__).resolve().parent.parent
# Public names that are no operations.
VALUES = {
    "errors": [],  # every name of the module that is an exception
    "formats": ["read_mask"],
    "frame": ["Frame"],
    "mask": ["Mask"],
    "operation": ["registry"],
    "raster.io": ["read", "valid", "write"],
    "raster.raster": ["Raster"],
    "summary": ["Histogram", "Statistics"],
    "threads": ["get_threads", "set_threads"],
    "view": ["contact_sheet", "overlay"],
}
RETURNS = {"image": "np.ndarray", "map": "np.ndarray", "picture": "np.ndarray", "summary": "Any"}
SHARED_TYPES = {
    "write": "Mask | np.ndarray | Literal['all'] | None",
    "per_region": "bool",
    "out": "np.ndarray | None",
    "min_coverage": "float",
    "empty": "float | Literal['keep', 'nan'] | None",
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
        "from roimask.parameters import Angle, Color, Length, Point, Points, Rings, Size",
    ]
    for module, found in table.items():
        plain = [name for name in found if name not in operations]
        head += [f"from roimask.{module} import {name} as {name}" for name in plain]
    body = [_stub_of(operation) for operation in operations.values()]
    return "\n".join([*head, "", "__version__: str", "", *body]) + "\n"


def _stub_of(operation: Operation) -> str:
    signature = inspect.signature(operation.function)
    written = inspect.signature(operation.kernel)
    parts, starred = [], False
    for p in signature.parameters.values():
        if p.kind is p.KEYWORD_ONLY and not starred:
            parts, starred = [*parts, "*"], True
        default = "" if p.default is p.empty else " = ..."
        parts.append(f"{p.name}: {_annotation(operation, p)}{default}")
    answer = RETURNS.get(operation.result) or str(written.return_annotation)
    return f"def {operation.name}({', '.join(parts)}) -> {answer}: ..."


def _annotation(operation: Operation, parameter: inspect.Parameter) -> str:
    if operation.blocks and parameter.name in ("image", "mask"):
        return "Any" if parameter.name == "image" else "Any | None"
    if operation.blocks and parameter.name in SHARED_TYPES:
        return SHARED_TYPES[parameter.name]
    if parameter.name == next(iter(inspect.signature(operation.kernel).parameters)):
        return "Any"
    return "Any" if parameter.annotation is parameter.empty else str(parameter.annotation).replace("Mask |", "Mask | np.ndarray |")


def index_text() -> str:
    """The verbs of the command line with their group and first line, so that help loads no operation."""
    rows = [
        f"    {o.name!r}: ({o.family!r}, {o.takes!r}, {o.result!r}, {o.documentation.summary!r}),"
        for o in registry().values()
    ]
    return "\n".join(
        [
            '"""Written by `make stubs`; do not edit: name, family, what it takes, what it answers, summary."""',
            "",
            "# fmt: off",
            "VERBS: dict[str, tuple[str, str, str, str]] = {",
            *rows,
            "}",
            "",
        ]
    )


def texts() -> dict[Path, str]:
    """Every generated file with what it should hold."""
    table = names()
    return {
        ROOT / "roimask/__init__.py": init_text(table),
        ROOT / "roimask/__init__.pyi": stub_text(table),
        ROOT / "cli/index.py": index_text(),
    }


def main() -> int:
    """Write, or with ``--check`` say what is stale."""
    stale = [path for path, text in texts().items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if "--check" in sys.argv:
            print(f"{path.relative_to(ROOT)} is stale: run make stubs", file=sys.stderr)
        else:
            path.write_text(texts()[path])
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())

"""Imports point one way, and what is slow to import is imported where it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SLOW = {"numba", "cv2", "scipy", "pandas", "rasterio", "PIL", "tifffile", "shapely", "skimage", "dask", "torch"}
SLOW |= {"distributed", "xarray"}
PLAIN = {"numpy", "cv2", "math", "numba"} | set(sys.stdlib_module_names)
# Which parts of the library each part may import: arrows point one way.
VALUES = {"errors", "frame", "mask", "summary", "parameters", "presets", "threads", "version"}
ALLOWED = {
    "kernels": {"kernels", "errors"},
    "masks": VALUES | {"kernels", "operation", "path", "sources", "masks", "raster"},
    "matching": VALUES | {"kernels", "sources", "raster", "formats", "matching"},
    "operations": VALUES
    | {"kernels", "operation", "path", "sources", "masks", "operations", "zones", "matching"}
    | {"templates", "features"},
    "templates": VALUES | {"templates", "view"},
    "features": VALUES | {"path", "sources", "masks", "formats", "templates", "features"},
    "zones": VALUES | {"kernels", "path", "sources", "masks", "formats", "raster", "running", "zones"},
    "formats": VALUES | {"masks", "raster", "formats"},
    "raster": VALUES | {"sources", "operation", "raster"},
    "recipes": VALUES | {"kinds", "operation", "record", "sources", "masks", "raster", "formats", "recipes"},
    "arrays": VALUES | {"brought", "call", "path", "record", "sources", "raster", "running", "arrays"},
    "running": VALUES
    | {"kinds", "call", "path", "record", "operation", "sources", "kernels", "masks", "formats", "raster", "recipes"}
    | {"running", "__version__"},
}


def imports(path: Path, top_level_only: bool = False) -> list[str]:
    """Dotted names that a file imports."""
    tree = ast.parse(path.read_text())
    nodes = _at_import_time(tree.body) if top_level_only else ast.walk(tree)
    names = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def _at_import_time(body):
    """Statements that run when a module is imported; what is for type checkers alone does not."""
    for node in body:
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from _at_import_time(node.body + node.orelse)
        elif isinstance(node, ast.Try):
            yield from _at_import_time(node.body)


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def test_the_library_imports_nothing_slow_at_the_top(root):
    for path in sources(root / "roimask"):
        if "compiled" not in path.parts:
            banned = SLOW - {"torch"} if "learn" in path.parts else SLOW
            slow = {name.partition(".")[0] for name in imports(path, top_level_only=True)} & banned
            assert not slow, f"{path} imports {slow} at the top"


def test_kernels_know_plain_arrays_only(root):
    for path in sources(root / "roimask" / "kernels"):
        outside = {name for name in imports(path) if name.partition(".")[0] not in PLAIN}
        assert all(name.startswith("roimask.kernels") for name in outside), f"{path} imports {outside}"


@pytest.mark.parametrize("part", sorted(ALLOWED))
def test_arrows_point_one_way(root, part):
    for path in sources(root / "roimask" / part):
        for name in imports(path):
            if name.startswith("roimask."):
                target = name.split(".")[1]
                assert target in ALLOWED[part] or target[:1].isupper(), f"{path} imports {name}"


def test_the_library_does_not_import_the_command_line(root):
    for path in sources(root / "roimask"):
        banned = {name for name in imports(path) if name.partition(".")[0] in ("click", "rich", "cli")}
        assert not banned, f"{path} imports {banned}"


def test_the_command_line_uses_public_names_only(root):
    import roimask as rm

    for path in sources(root / "cli"):
        inner = {name for name in imports(path) if name.startswith("roimask.")}
        assert not inner, f"{path} imports {inner}; use rm.NAME"
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rm":
                assert not node.attr.startswith("_") or node.attr == "__version__", f"{path} uses rm.{node.attr}"
                assert hasattr(rm, node.attr), f"{path} uses rm.{node.attr}, which is not there"


def test_the_command_line_has_no_circles(root):
    beside = {path.stem: _beside(path) for path in sources(root / "cli")}
    del beside["__init__"]
    list(TopologicalSorter(beside).static_order())  # raises CycleError, which names the modules


def _beside(path: Path) -> set[str]:
    """Modules of its own package that a file imports."""
    tree = ast.parse(path.read_text())
    tree.body = [node for node in tree.body if not isinstance(node, ast.If)]  # what is for type checkers alone
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    return {name for n in nodes for name in ([n.module] if n.module else [a.name for a in n.names])}


def test_no_module_hides_a_public_name(root):
    import roimask as rm

    modules = {path.stem for path in (root / "roimask").glob("*.py")} | {p.name for p in (root / "roimask").glob("*/")}
    assert not modules & set(rm.registry())


START = (
    "import sys\nsys.argv = ['roimask', '--help']\nfrom roimask.cli import main\ntry: main()\nexcept SystemExit: pass"
)


@pytest.mark.parametrize("code", ["import roimask", START], ids=["import roimask", "roimask --help"])
def test_starting_loads_nothing_slow(code):
    code += f"\nimport sys; print('loaded:', *sorted(set(sys.modules) & {SLOW}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded:"

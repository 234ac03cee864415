"""Every verb has help and stands in the index; errors are one line and a code; starting is light."""

from __future__ import annotations

import ast
import shlex
import subprocess
import sys

import click
import pytest
from roimask.cli import main, options
from roimask.cli.group import _TASKS
from roimask.cli.index import VERBS

import roimask as rm
from tests.cli.conftest import picture, process, run

SLOW = {"numba", "cv2", "scipy", "pandas", "rasterio", "PIL", "tifffile", "shapely", "rich", "jinja2"}
OPERATIONS = sorted(rm.registry())


def words(name: str) -> list[str]:
    return [*(["mask"] if VERBS[name][2] == "mask" else []), name.replace("_", "-")]


def test_the_index_is_the_registry():
    found = {o.name: (o.family, o.takes, o.result, o.documentation.summary) for o in rm.registry().values()}
    assert {name: found[name] for name in VERBS} == VERBS
    assert not {name for name in set(found) - set(VERBS) if _in_text(rm.registry()[name])}


def _in_text(operation) -> bool:
    return all(p.form.parse is not None for p in operation.parameters.values() if p.required)


@pytest.mark.parametrize("name", sorted(VERBS))
def test_every_operation_has_help(name):
    found = run(*words(name), "--help")
    assert found.exit_code == 0, found.stderr
    for parameter in options.on_command_line(rm.registry()[name].parameters):
        assert f"--{parameter.replace('_', '-')}" in found.stdout or parameter == "mask"


@pytest.mark.parametrize("name", sorted(VERBS))
def test_no_parameter_has_the_name_of_a_shared_option(name):
    shared = {option.name for option in (*options.BATCH, *options.READING)}
    shared |= {"target", "as_json", "exclude", "mask_kind", "contact_sheet", "inputs", "like", "frame", "of"}
    shared |= {"by"} if rm.registry()[name].result == "summary" else set()
    assert not shared & set(rm.registry()[name].parameters)


@pytest.mark.parametrize("name", ["mask combine", "mask convert", "mask info", "check", "completion"])
def test_commands_that_are_no_operations_have_help(name):
    found = run(*name.split(), "--help")
    assert found.exit_code == 0
    assert f"roimask {name}" in found.stdout.partition("Options:")[2] or name == "completion"


GRAY = {"watershed", "reconstruction"}  # which take one band


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """The files that the examples speak of."""
    folder, image = tmp_path_factory.mktemp("examples"), rm.gaussian(picture(1, (90, 120, 4)), sigma=3)
    for name in ("logo", "photo", "reference", "source"):
        rm.write(folder / f"{name}.png", image[..., :3])
    rm.write(folder / "marker.png", image[..., 0] // 2)
    rm.write(folder / "part.png", image[20:50, 30:70, :3])
    rm.Transform((1, 0, 2.5, 0, 1, -1), image.shape[:2]).save(folder / "shift.json")
    mask = rm.rectangle(image, 10, 10, 40, 50)
    mask.save(folder / "fields.geojson")
    for name in ("found", "mask", "region", "truth"):
        mask.save(folder / f"{name}.png")
    rm.components(rm.circle(image, (20, 20), 4) | rm.circle(image, (60, 90), 4)).save(folder / "seeds.png")
    rm.write(folder / "gray.png", image[..., 0])
    for name in ("qa", "scl"):
        rm.write(folder / f"{name}.tif", image[..., 0])
    rm.write(folder / "clear.png", image, alpha=True)
    return folder


@pytest.mark.parametrize("name", sorted(VERBS))
def test_every_verb_ends_its_help_with_an_example_that_runs(pictures, tmp_path, monkeypatch, name):
    monkeypatch.chdir(pictures)
    line = run(*words(name), "--help").stdout.splitlines()[-1].strip()
    other = "gray.png" if name in GRAY else "clear.png" if name == "alpha" else "photo.png"
    program, *given, target = shlex.split(line.replace("photo.png", other))
    assert program == "roimask"
    found = run(*given, tmp_path / target if not target.endswith("/") else f"{tmp_path}/")
    assert found.exit_code == 0, found.stderr
    assert any(tmp_path.iterdir())


def test_help_lists_every_command_in_sections():
    text = run("--help").stdout
    for name, row in VERBS.items():
        assert row[2] == "mask" or name.replace("_", "-") in text
    titles = [line[:-1] for line in text.splitlines() if line.endswith(":")]
    others = {row[0] for row in VERBS.values() if row[2] != "mask"} - {f for known in _TASKS.values() for f in known}
    assert titles[: len(_TASKS) + 1] == ["Options", *_TASKS]
    assert set(titles[len(_TASKS) + 1 : -1]) == {family.replace("_", " ").capitalize() for family in others}
    assert titles[-1] == "Masks and files"


@pytest.mark.parametrize("given", [[], ["mask"]])
def test_no_words_at_all_show_the_help(given):
    assert run(*given).exit_code == 0
    assert "Usage:" in run(*given).stdout


def test_version():
    assert run("--version").stdout == f"roimask {rm.__version__}\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["extrct"], "did you mean extract?"),
        (["mask", "cirle"], "did you mean circle?"),
        (["canny", "a.png"], "did you mean roimask mask canny?"),
        (["mask", "gaussian", "a.png"], "did you mean roimask gaussian?"),
        (["mask", "combine", "a.png-b.png", "-o", "c.png"], "a minus has blanks around it"),
        (["extract"], "IMAGE"),
        (["extract", "a.png", "--fil", "3"], "--fill"),
        (["extract", "a.png"], "give -o"),
        (["gaussian", "a.png", "-o", "b.png"], "--sigma"),
        (["gaussian", "a.png", "-o", "b.png", "--sigma", "wide"], "sigma is a number"),
        (["extract", "a.png", "-o", "b.png", "--mask", "gone.png"], "there is no mask gone.png"),
        (["extract", "none-*.png", "-o", "out"], "no file matches"),
        (["mask", "circle", "--radius", "3", "-o", "m.png"], "--like"),
    ],
)
def test_usage_errors_are_one_line_and_exit_2(place, given, said):
    found = run(*given)
    assert found.exit_code == 2
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
    assert not found.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell):
    assert "_ROIMASK_COMPLETE" in run("completion", shell).stdout


def test_completion_loads_no_operation():
    code = (
        "import sys; from click.shell_completion import BashComplete; from roimask.cli import main;"
        "found = BashComplete(main, {}, 'roimask', '_X').get_completions([], 'ext');"
        "print([item.value for item in found], 'roimask.operation' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['extract'] False"


@pytest.mark.parametrize("given", [["--help"], ["--version"], ["extract", "--help"], ["mask", "--help"]])
def test_starting_loads_nothing_slow(given):
    code = f"import sys; from roimask.cli import main\ntry: main({given!r})\nexcept SystemExit: pass\n"
    code += f"print('loaded:', *sorted(set(sys.modules) & {SLOW}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "loaded:\n"


def test_help_of_a_verb_loads_that_verb_only():
    code = "import sys; from roimask.cli import main\ntry: main(['extract', '--help'])\nexcept SystemExit: pass\n"
    code += "print(*[name for name in sys.modules if name.startswith('roimask.operations.')], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.split() == ["roimask.operations.extract"]


def test_the_command_line_imports_public_names_and_what_it_draws_with(root):
    allowed = set(sys.stdlib_module_names) | {"click", "rich", "pandas"}
    for path in (root / "cli").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module.partition(".")[0] in allowed, f"{path.name} imports from {node.module}"
            for alias in node.names if isinstance(node, ast.Import) else ():
                named = (alias.name, alias.asname) == ("roimask", "rm")
                assert named or alias.name.partition(".")[0] in allowed, f"{path.name} imports {alias.name}"


def test_file_says_what_it_is(place):
    found = run("in/a.png", "in/b.tif")
    assert found.exit_code == 0
    assert "in/a.png: PNG, 20 × 30, 1 band of uint8" in found.stdout
    assert run("masks/a.png", "gone.png").exit_code == 1


def test_a_verb_wins_over_a_file_of_its_name(place):
    (place / "extract").write_text("no picture")
    assert "IMAGE" in run("extract").stderr


def test_every_option_is_defined_once():
    seen: dict[str, click.Option] = {}
    for name in ("extract", "gaussian", "statistics"):
        command = main.get_command(click.Context(main), name)
        for option in command.params:
            if isinstance(option, click.Option) and option.name not in rm.registry()[name].parameters:
                assert seen.setdefault(option.name, option) is option


def test_no_color_and_no_bar_where_there_is_no_terminal(place):
    done = process("extract", "in", "--mask", "circle", "-o", "out", "--report", "r.json")
    assert done.returncode == 0
    assert "\x1b" not in done.stderr + done.stdout
    assert "in/a.png -> out/a.png" in done.stderr
    assert not done.stdout

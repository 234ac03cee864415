"""``roimask run`` and ``roimask pipe``: the same steps from a file and on a line."""

from __future__ import annotations

import json
import re

import pytest

import roimask as rm
from tests.cli.conftest import names, picture, run

RECIPE = 'mask = "masks/{stem}.png"\nout = "made"\n[[step]]\nop = "median"\nsize = 5\n[[step]]\nop = "clahe"\n'


@pytest.fixture
def recipe(place):
    """A recipe beside the images, whose masks lie in a folder of its own."""
    (place / "masks" / "b_mask.png").rename(place / "masks" / "b.png")
    (place / "masks" / "c.tif").unlink()
    (place / "in" / "c.png").unlink()
    (place / "recipe.toml").write_text(RECIPE)
    return place


def expected(name: str):
    mask = rm.read_mask("masks/a.png")
    return rm.clahe(rm.median(rm.read(f"in/{name}"), mask, size=5), mask)


def test_a_recipe_over_a_folder(recipe):
    found = run("run", "recipe.toml", "in", "-o", "out", "--jobs", 2)
    assert found.exit_code == 0, found.stderr
    assert names(recipe / "out") == ["a.png", "b.tif"]
    assert all((rm.read(f"out/{name}") == expected(name)).all() for name in ("a.png", "b.tif"))


def test_where_results_go_by_the_recipe(recipe, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    assert run("run", recipe / "recipe.toml", recipe / "in" / "*.png").exit_code == 0
    assert names(recipe / "made") == ["a.png"]
    again = run("run", recipe / "recipe.toml", recipe / "in")
    assert (again.exit_code, names(recipe / "made")) == (2, ["a.png"])
    assert "would be overwritten: give --overwrite or --skip-existing" in again.stderr
    assert run("run", recipe / "recipe.toml", recipe / "in", "--skip-existing").exit_code == 0
    assert names(recipe / "made") == ["a.png", "b.tif"]


def test_a_pipe_does_the_same(recipe):
    words = ["!", "median", "--size", "5", "!", "clahe", "--mask", "masks/{stem}.png", "-o", "out"]
    assert run("pipe", "in", *words).exit_code == 0
    assert (rm.read("out/b.tif") == expected("b.tif")).all()
    before = ["-m", "masks/{stem}.png", "-o", "{stem}-{verb}.{ext}", "!", "median", "--size", "5", "!", "clahe"]
    assert run("pipe", "in/a.png", *before).exit_code == 0
    assert (rm.read("a-median-clahe.png") == expected("a.png")).all()


def test_the_mask_of_the_command_stands_for_the_recipes(recipe):
    (recipe / "recipe.toml").write_text('exclude = "masks/a.png"\n' + RECIPE)
    assert run("run", "recipe.toml", "in/a.png", "--mask", "circle - masks/b.png", "-o", "out.png").exit_code == 0
    mask = rm.circle((20, 30), (10, 15), 10) - rm.read_mask("masks/a.png")
    assert (rm.read("out.png") == rm.clahe(rm.median(picture(0), mask, size=5), mask)).all()


def test_a_dry_run_says_what_it_takes(recipe):
    (recipe / "in" / "z.png").write_bytes(b"no image")
    rm.circle((20, 30), (10, 15), 6).save("masks/z.png")
    found = run("run", "recipe.toml", "in", "-n")
    assert found.stdout.splitlines() == [
        "mask: binary",
        "in/a.png + masks/a.png -> made/a.png",
        "  20 × 30, 1 band of uint8",
        "  1 median: halo 2 -> uint8",
        "  2 clahe: halo 0, 3 passes -> uint8",
        "  in memory, 0.0 MB and as much for each result",
        "in/b.tif + masks/b.png -> made/b.tif",
        "  20 × 30, 1 band of uint8",
        "  1 median: halo 2 -> uint8",
        "  2 clahe: halo 0, 3 passes -> uint8",
        "  in memory, 0.0 MB and as much for each result",
        "in/z.png + masks/z.png -> made/z.png",
        "  in/z.png is not an image in a format that is known.",
    ]
    assert not (recipe / "made").exists()


def test_tables_masks_and_files_of_steps(recipe):
    found = run("pipe", "in/a.png", "!", "median", "--size", "3", "!", "statistics", "--json")
    assert found.exit_code == 0 and '"mean"' in found.stdout
    words = ["!", "threshold", "--method", "otsu", "!", "grow", "--radius", "1.5", "-o", "m.png"]
    assert run("pipe", "in/a.png", *words).exit_code == 0
    assert rm.read_mask("m.png") == rm.grow(rm.threshold(picture(0), method="otsu"), 1.5)
    words = ["!", "shrink", "--radius", "1", "!", "outline", "-o", "o.png"]
    assert run("pipe", "masks/a.png", *words).exit_code == 0
    assert rm.read_mask("o.png") == rm.outline(rm.shrink(rm.read_mask("masks/a.png"), 1))
    words = ["!", "paste", "--source", "in/b.tif", "!", "fill", "--write", "masks/{stem}.png", "-o", "p.png"]
    assert run("pipe", "in/a.png", *words).exit_code == 0
    pasted = rm.paste(picture(0), source=picture(1))
    assert (rm.read("p.png") == rm.fill(pasted, write=rm.read_mask("masks/a.png"))).all()


def test_what_conceals_keeps_nothing(recipe):
    rm.write("told.tif", picture(0), tags={"who": "me"})
    assert run("pipe", "told.tif", "!", "median", "--size", "3", "-o", "kept.tif").exit_code == 0
    assert "who" in rm.Raster("kept.tif").tags
    assert run("pipe", "told.tif", "!", "redact", "!", "median", "--size", "3", "-o", "gone.tif").exit_code == 0
    assert "who" not in rm.Raster("gone.tif").tags


@pytest.fixture
def scenes(place):
    """Three georeferenced scenes in folder ``scenes/``, with an outline of what counts."""
    (place / "scenes").mkdir()
    frame = rm.Frame(200, 300, (30, 0, 500_000, 0, -30, 4_100_000), "EPSG:32618")
    for seed in range(3):
        rm.write(place / "scenes" / f"{seed}.tif", picture(seed, (200, 300)), frame=frame, nodata=0)
    rm.circle(frame, (100, 150), 80).save("field.tif")
    rm.rectangle(frame, 0, 0, 90, 300).save("clouds.tif")
    return place


STEPS = ["!", "median", "--size", "5", "!", "stretch"]


def in_memory(path: str, mask):
    """What the steps answer on the whole raster."""
    return rm.Recipe([{"op": "median", "size": 5}, {"op": "stretch"}])(rm.Raster(path), mask)


def test_a_raster_goes_by_blocks(scenes):
    words = [*STEPS, "-m", "field.tif - clouds.tif", "-o", "out.tif", "--block", 64]
    dry = run("pipe", "scenes/0.tif", *words, "-n")
    assert dry.stdout.splitlines()[-4:] == [
        "  200 × 300 in pixels of 30 at 500000, 4100000 (EPSG:32618), 1 band of uint8",
        "  1 median: halo 2 -> uint8",
        "  2 stretch: halo 0, 3 passes -> uint8",
        dry.stdout.splitlines()[-1],
    ]
    blocks = re.search(r"  (\d+) of (\d+) blocks of \d+ × \d+, about \d+ MB", dry.stdout)
    assert blocks and 1 < int(blocks[1]) <= int(blocks[2])
    assert "  1 of 1 blocks" in run("pipe", "scenes/0.tif", *words[:-2], "-n").stdout
    assert run("pipe", "scenes/0.tif", *words).exit_code == 0
    mask = rm.read_mask("field.tif") - rm.read_mask("clouds.tif")
    assert (rm.read("out.tif") == in_memory("scenes/0.tif", mask)).all()
    with rm.Raster("out.tif") as made:
        assert made.frame == rm.Raster("scenes/0.tif").frame and made.nodata == 0


@pytest.mark.parametrize("mask", ["field.tif", "circle", "circle & field.tif", "masks", "masks/{stem}_mask.tif"])
def test_any_mask_goes_by_blocks(scenes, mask):
    for seed in range(3):
        rm.read_mask("field.tif").save(f"masks/{seed}_mask.tif")
    assert run("pipe", "scenes", *STEPS, "-m", mask, "-x", "clouds.tif", "-o", "out").exit_code == 0
    drawn = rm.circle(rm.Raster("scenes/0.tif"), ("50%", "50%"), "50%")
    fields = {"circle": drawn, "circle & field.tif": drawn & rm.read_mask("field.tif")}
    field = fields.get(mask, rm.read_mask("field.tif")) - rm.read_mask("clouds.tif")
    assert (rm.read("out/2.tif") == in_memory("scenes/2.tif", field)).all()


def test_a_table_of_a_large_raster(scenes):
    found = run("pipe", "scenes/0.tif", "!", "median", "--size", 3, "!", "statistics", "-m", "field.tif", "--json")
    expected = rm.statistics(
        rm.median(rm.Raster("scenes/0.tif"), rm.read_mask("field.tif"), size=3), rm.read_mask("field.tif")
    )
    assert found.exit_code == 0 and f'"sum": {expected.sum}' in found.stdout


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["!", "threshold", "--method", "otsu"], "--cog is about rasters that go by blocks"),
        (["!", "resize", "--shape", "9,9"], "--cog is about rasters that go by blocks"),
        (["!", "redact"], "--cog is about rasters that go by blocks"),
        (["!", "invert", "-o", "out.png"], "a run writes GeoTIFF"),
        (["!", "invert", "--compress", "rar"], "'rar' is not one of 'deflate', 'lzw', 'zstd', 'none'"),
        (["!", "invert", "--contact-sheet", "s.html"], "--contact-sheet"),
    ],
)
def test_what_does_not_go_by_blocks_says_so(scenes, words, text):
    found = run("pipe", "scenes/0.tif", "-o", "out.tif", "--cog", *words)
    assert found.exit_code in (1, 2) and text in found.stderr and not (scenes / "out.tif").exists()


def test_results_say_how_they_were_made(scenes):
    assert run("pipe", "in/a.png", *STEPS, "-m", "masks/a.png", "-o", "out.png").exit_code == 0
    made = run("recipe", "from-history", "out.png", "-o", "made.toml")
    assert made.exit_code == 0
    assert rm.Recipe.read("made.toml") == rm.Recipe(
        [{"op": "median", "size": 5}, {"op": "stretch"}], mask="masks/a.png"
    )
    assert run("run", "made.toml", "in/a.png", "-o", "again.png").exit_code == 0
    assert (rm.read("again.png") == rm.read("out.png")).all()
    assert run("pipe", "scenes/1.tif", *STEPS, "-m", "field.tif - clouds.tif", "-o", "out.tif").exit_code == 0
    assert 'mask = "field.tif - clouds.tif"' in run("recipe", "from-history", "out.tif").stdout
    assert run("gaussian", "in/b.tif", "--sigma", 2, "-x", "circle", "-o", "g.tif").exit_code == 0
    told = run("recipe", "from-history", "g.tif").stdout
    assert told == 'exclude = ["circle"]\n\n[[step]]\nop = "gaussian"\nsigma = 2.0\n'
    plain = run("recipe", "from-history", "in/b.tif")
    assert (plain.exit_code, plain.stderr.count("\n")) == (1, 1) and "does not say how it was made" in plain.stderr
    assert run("redact", "in/b.tif", "-m", "masks/a.png", "-o", "r.tif").exit_code == 0
    assert run("recipe", "from-history", "r.tif").exit_code == 1


def test_the_schema_is_json(place):
    assert run("recipe", "schema", "-o", "s.json").exit_code == 0
    assert json.loads((place / "s.json").read_text()) == rm.Recipe.schema()
    assert run("recipe", "schema", "-o", "s.json").exit_code == 2


WRONG = {
    ("run", "gone.toml", "in"): (1, "gone.toml cannot be read"),
    ("run", "in", "in"): (1, "in cannot be read: Is a directory"),
    ("run", "recipe.toml"): (2, "Missing argument"),
    ("run", "recipe.toml", "in", "-o", "in"): (2, "is read and would be overwritten"),
    ("run", "bad.toml", "in"): (2, "bad.toml, line 3: step 1: median: size is an odd whole number"),
    ("run", "file.toml", "in", "-o", "out"): (2, "step 1: paste: source: there is no file gone.png"),
    ("run", "mask.toml", "in", "-o", "out"): (2, "there is no mask gone.png"),
    ("run", "stem.toml", "in", "-o", "out"): (1, "in/a.png: no mask gone/a.png"),
    ("run", "word.toml", "in", "-o", "out"): (2, "knows no {stam}: known are {stem}"),
    ("pipe", "in", "-o", "out"): (2, "a recipe has one step or more"),
    ("pipe", "in", "!", "-o", "out"): (2, "there is no operation '-o'"),
    ("pipe", "in", "!", "invert", "!"): (2, "after a ! stands an operation"),
    ("pipe", "in", "!", "medain", "--size", "5"): (2, "step 1: there is no operation 'medain': did you mean 'median'?"),
    ("pipe", "in", "!", "invert", "!", "medain"): (2, "step 2: there is no operation"),
    ("pipe", "in", "!", "median", "!", "invert"): (2, "Missing option '--size'. (roimask median --help)"),
    ("pipe", "in", "!", "median", "--size", "4"): (2, "median: size is an odd whole number"),
    ("pipe", "in", "!", "median", "--sise", "5"): (2, "No such option '--sise'"),
    ("pipe", "in", "!", "invert", "-m", "circle", "!", "invert"): (2, "-m holds for all steps"),
    ("pipe", "in", "!", "invert"): (2, "give -o"),
    ("pipe", "in", "!", "invert", "-o", "out", "--json"): (2, "--json is not about what these steps answer: an image"),
    ("pipe", "in", "!", "invert", "-o", "out", "--by", "name"): (2, "--by is not about"),
    ("pipe", "in", "!", "statistics", "--contact-sheet", "s.html"): (2, "--contact-sheet is not about"),
    ("pipe", "in", "!", "circle", "--radius", "3", "-o", "out"): (2, "step 1: circle draws a mask"),
    ("pipe", "in", "!", "grow", "--radius", "3", "!", "invert", "-o", "out"): (2, "step 2: invert takes an image"),
    ("pipe", "in", "!", "paste", "--source", "gone.png", "-o", "out"): (1, "gone.png cannot be opened"),
    ("pipe", "in/a.png", "!", "invert", "-m", "masks/a.png -", "-o", "o.png"): (2, "there is no mask"),
    ("pipe", "in/a.png", "!", "invert", "-m", "(masks/a.png", "-o", "o.png"): (2, "a parenthesis is not closed"),
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_is_wrong_is_one_sentence_before_anything_runs(recipe, words):
    step = '[[step]]\nop = "invert"\n'
    (recipe / "bad.toml").write_text('[[step]]\nop = "median"\nsize = 4\n')
    (recipe / "file.toml").write_text('[[step]]\nop = "paste"\nsource = "gone.png"\n')
    (recipe / "mask.toml").write_text(f'mask = "gone.png"\n{step}')
    (recipe / "stem.toml").write_text(f'mask = "gone/{{stem}}.png"\n{step}')
    (recipe / "word.toml").write_text(f'mask = "gone/{{stam}}.png"\n{step}')
    code, text = WRONG[words]
    found = run(*words)
    assert found.exit_code == code and text in found.stderr, found.stderr
    assert "Traceback" not in found.stderr
    assert not names(recipe / "out") if (recipe / "out").exists() else True

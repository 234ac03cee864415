"""Recipes as values: made, compared, written, read, refused; and worked on arrays."""

from __future__ import annotations

import pickle
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import roimask as rm

NOISE = np.random.default_rng(3).integers(0, 255, (40, 60), np.uint8)
CIRCLE = rm.circle((40, 60), (20, 30), 15)


def names_of_steps() -> list[str]:
    """The operations that can be a step of their own: what must be given has a text form."""
    return [
        name
        for name, operation in rm.registry().items()
        if operation.takes != "frame" and all(p.form.parse for p in operation.parameters.values() if p.required)
    ]


def test_it_does_what_the_calls_do():
    recipe = rm.Recipe([{"op": "median", "size": 5}, {"op": "stretch", "low": 5}])
    expected = rm.stretch(rm.median(NOISE, CIRCLE, size=5), CIRCLE, low=5)
    assert (recipe(NOISE, CIRCLE) == expected).all()
    assert (recipe.takes, recipe.result) == ("image", "image")


def test_from_an_image_to_a_mask_to_a_map():
    recipe = rm.Recipe([{"op": "threshold", "method": "otsu"}, {"op": "grow", "radius": 2}, {"op": "distance"}])
    expected = rm.distance(rm.grow(rm.threshold(NOISE, CIRCLE, method="otsu"), 2))
    np.testing.assert_array_equal(recipe(NOISE, CIRCLE), expected)
    assert rm.Recipe([{"op": "grow", "radius": 2}])(CIRCLE) == rm.grow(CIRCLE, 2)


def test_bits_by_name():
    quality = np.random.default_rng(4).integers(0, 64, (20, 20)).astype(np.uint16)
    recipe = rm.Recipe([{"op": "qa_bits", "bits": "cloud=3,shadow=4-5>=2"}, {"op": "grow", "radius": 1}])
    assert recipe(quality) == rm.grow(rm.qa_bits(quality, cloud=3, shadow="4-5>=2"), 1)
    assert rm.Recipe.from_toml(recipe.to_toml()) == recipe
    with pytest.raises(rm.ParameterError, match="step 1: qa_bits: bits is"):
        rm.Recipe([{"op": "qa_bits", "bits": "cloud"}])


def test_what_holds_no_data_holds_none_in_each_step(tmp_path):
    path = tmp_path / "scene.tif"
    image = NOISE.astype(np.int16)
    image[5:9, 5:20] = -1
    rm.write(path, image, nodata=-1)
    valid = rm.valid(path)
    recipe = rm.Recipe([{"op": "median", "size": 5}, {"op": "gaussian", "sigma": 1.5}])
    expected = rm.gaussian(rm.median(image, valid, size=5), valid, sigma=1.5)
    assert (recipe(rm.Raster(path)) == expected).all()
    filled = rm.Recipe([{"op": "fill"}, {"op": "box", "size": 3}])(rm.Raster(path))
    holes = ~valid
    np.testing.assert_array_equal(filled, rm.box(rm.fill(image, valid, write=holes), size=3))


def test_its_own_masks_are_read_beside_it(tmp_path):
    (tmp_path / "masks").mkdir()
    CIRCLE.save(tmp_path / "masks" / "a_clear.png")
    half = rm.rectangle((40, 60), 0, 0, 40, 30)
    half.save(tmp_path / "clouds.png")
    rm.write(tmp_path / "a.png", NOISE)
    (tmp_path / "r.toml").write_text(
        'mask = "masks/{stem}_clear.png - clouds.png"\n[[step]]\nop = "invert"\nwrite = "clouds.png"\n'
        '[[step]]\nop = "paste"\nsource = "a.png"\nopacity = 0.5\n'
    )
    recipe = rm.Recipe.read(tmp_path / "r.toml")
    mask = CIRCLE - half
    inverted = rm.invert(NOISE, mask, write=half)
    assert (recipe(rm.Raster(tmp_path / "a.png")) == rm.paste(inverted, mask, source=NOISE, opacity=0.5)).all()
    with pytest.raises(rm.ParameterError, match="needs the name of an image file"):
        recipe(NOISE)
    without = rm.Recipe([{"op": "invert"}], exclude="clouds.png", folder=str(tmp_path))
    assert (without(NOISE) == rm.invert(NOISE, ~half)).all()


def test_arrays_of_other_libraries_stay_what_they_are():
    import dask.array as da
    import xarray as xr

    recipe = rm.Recipe([{"op": "median", "size": 5}, {"op": "gradient"}, {"op": "gaussian", "sigma": 1}])
    expected = recipe(NOISE, CIRCLE)
    lazy = recipe(da.from_array(NOISE, chunks=17), CIRCLE)
    np.testing.assert_allclose(lazy.compute(), expected, rtol=1e-5, atol=1e-4)
    labelled = recipe(xr.DataArray(NOISE, {"y": np.arange(40)}, ("y", "x")), CIRCLE)
    np.testing.assert_array_equal(labelled.values, expected)
    assert labelled.y.values.tolist() == list(range(40))


def test_an_error_says_its_step():
    recipe = rm.Recipe([{"op": "resize", "shape": [20, 20]}, {"op": "invert"}])
    with pytest.raises(rm.FrameMismatch, match="^step 2: invert: .*20 × 20"):
        recipe(NOISE, CIRCLE)


# -- values --------------------------------------------------------------------------------------------------------

EVERYTHING = rm.Recipe(
    [
        {"op": "curve", "points": [(0, 0), (128, 170.5), (255, 255)]},
        {"op": "convolve", "kernel": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])},
        {"op": "paste", "source": Path("other.png"), "mode": "soft-light", "linear": True},
        {"op": "gaussian", "sigma": 2, "write": "all"},
        {"op": "cutout", "background": "white", "crop": False},
    ],
    mask='fields "a" | b.tif',
    exclude=["clouds.tif", "é\\n.png"],
    mask_kind="binary",
    out="out/{stem}.png",
)


@pytest.mark.parametrize("copy", [lambda r: rm.Recipe.from_toml(r.to_toml()), lambda r: pickle.loads(pickle.dumps(r))])
def test_a_copy_is_equal(copy):
    twin = copy(EVERYTHING)
    assert twin == EVERYTHING and hash(twin) == hash(EVERYTHING)
    assert twin.to_toml() == EVERYTHING.to_toml()
    assert rm.Recipe([step.to_dict() for step in twin.steps], mask=twin.mask) != EVERYTHING


@pytest.mark.parametrize("name", names_of_steps())
def test_each_operation_with_a_text_form_can_be_a_step(name):
    operation = rm.registry()[name]
    needed = {n: p for n, p in operation.parameters.items() if p.required and n != "mask"}
    step = {"op": name, **{n: _any_value(p) for n, p in needed.items()}}
    recipe = rm.Recipe([step])
    assert rm.Recipe.from_toml(recipe.to_toml()) == recipe


def _any_value(parameter):
    """A value that a parameter allows, as a recipe may hold it."""
    if parameter.form.file:
        return "file.png"
    tries = [*parameter.form.choices, 5, 1.5, [5, 5], [5, 5, 5], [[5, 5], [50, 70], [5, 70]], [[1.0]], "5", "file.png"]
    for value in tries:
        with suppress(rm.RoimaskError):
            parameter.check(value, "test")
            return value
    raise AssertionError(f"no value is known for {parameter.name}")


def test_it_cannot_be_changed():
    with pytest.raises(AttributeError):
        EVERYTHING.steps = ()
    with pytest.raises(AttributeError):
        EVERYTHING.steps[0].op = "invert"
    EVERYTHING.steps[0].params["points"] = ()
    assert EVERYTHING.steps[0].params["points"] == ((0, 0), (128, 170.5), (255, 255))


# -- what is wrong, and where ------------------------------------------------------------------------------------

WRONG = {
    "": "one step or more",
    "step = 3": "line 1: the steps are a list",
    "step = []": "one step or more",
    "x = [": "r.toml is not TOML: .*line 1|end of document",
    'maks = "a.png"\n[[step]]\nop = "invert"': "line 1: the key 'maks' is not known: did you mean 'mask'",
    'mask = 3\n[[step]]\nop = "invert"': "line 1: mask is a text that names a file, got 3",
    'mask_kind = "soft"\n[[step]]\nop = "invert"': "line 1: mask_kind is one of binary, labels, weights, got 'soft'",
    'exclude = 7\n[[step]]\nop = "invert"': "line 1: exclude is a text that names a mask, or a list",
    "[[step]]\nsigma = 2": "line 1: step 1: a step names its operation",
    "[[step]]\nop = 7": "line 2: step 1: op is the name of an operation, got 7",
    '[[step]]\nop = "medain"': "line 2: step 1: there is no operation 'medain': did you mean 'median'",
    '[[step]]\nop = "gaussian"\nsgima = 2': "line 3: step 1: gaussian: the parameter 'sgima' .* did you mean 'sigma'",
    '[[step]]\nop = "invert"\n\n[[step]]\nop = "median"\nsize = 4': "line 6: step 2: median: size is an odd",
    '[[step]]\nop = "median"': "line 1: step 1: median: size is missing",
    '[[step]]\nop = "gaussian"\nsigma = "wide"': "line 3: step 1: gaussian: sigma is .*, got 'wide'",
    '[[step]]\nop = "invert"\nmask = "m.png"': "line 3: step 1: invert: mask is the same for all steps",
    '[[step]]\nop = "invert"\nout = "m.png"': "line 3: step 1: invert: out is an array in memory",
    '[[step]]\nop = "invert"\nchannel_axis = 0': "line 3: step 1: invert: channel_axis is about arrays",
    '[[step]]\nop = "apply_inside"': "line 2: step 1: apply_inside needs function, which has no text form",
    '[[step]]\nop = "circle"': "line 2: step 1: circle draws a mask",
    '[[step]]\nop = "statistics"\n[[step]]\nop = "invert"': "line 1: step 1: statistics answers no image",
    '[[step]]\nop = "invert"\n[[step]]\nop = "grow"\nradius = 2': "line 3: step 2: grow takes a mask, invert before it",
    '[[step]]\nop = "invert"\nwrite = {a = 1}': "line 3: step 1: invert: write is text, a number",
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_with_its_place(text):
    with pytest.raises(rm.ParameterError, match=f"^r.toml.*(?:{WRONG[text]})") as found:
        rm.Recipe.from_toml(text, name="r.toml")
    assert "\n" not in str(found.value)


def test_files_that_are_no_recipes(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(rm.ReadError, match="not text in UTF-8"):
        rm.Recipe.read(tmp_path / "a.toml")
    with pytest.raises(rm.ReadError, match="No such file"):
        rm.Recipe.read(tmp_path / "gone.toml")
    (tmp_path / "b.toml").write_bytes(b"#" * (2 << 20))
    with pytest.raises(rm.ReadError, match="larger than 1 MiB"):
        rm.Recipe.read(tmp_path / "b.toml")


@pytest.mark.parametrize("value", [NOISE, CIRCLE, lambda image: image])
def test_what_cannot_be_written_down_is_refused(value):
    with pytest.raises(rm.ParameterError, match="step 1: paste: source is text, a number"):
        rm.Recipe([{"op": "paste", "source": value}])


# -- how a file was made ---------------------------------------------------------------------------------------------


def test_a_file_says_how_it_was_made(tmp_path):
    rm.write(tmp_path / "a.tif", NOISE, tags={"place": "Oslo", **EVERYTHING.tags()})
    history = rm.Recipe.from_history(tmp_path / "a.tif")
    assert history == rm.Recipe(
        EVERYTHING.steps, mask=EVERYTHING.mask, exclude=EVERYTHING.exclude, mask_kind=EVERYTHING.mask_kind
    )
    rm.write(tmp_path / "b.tif", NOISE, like=tmp_path / "a.tif")
    assert "place" in rm.Raster(tmp_path / "b.tif").tags
    with pytest.raises(rm.ReadError, match="b.tif does not say how it was made"):
        rm.Recipe.from_history(tmp_path / "b.tif")
    rm.write(tmp_path / "c.tif", NOISE, tags={"ROIMASK_RECIPE": '{"steps": 3}'})
    with pytest.raises(rm.ReadError, match="the recipe in its tags cannot be read: the steps are a list"):
        rm.Recipe.from_history(tmp_path / "c.tif")


def test_paths_may_be_those_of_another_folder(tmp_path):
    for name in ("fields.png", "over.png"):
        CIRCLE.save(tmp_path / name)
    text = 'mask = "fields.png - {stem}.png"\nout = "o"\n[[step]]\nop = "paste"\nsource = "over.png"\n'
    there = rm.Recipe.from_toml(text, "deep").anchored()
    assert (there.mask, there.out, there.steps[0].params) == (
        "fields.png - deep/{stem}.png",
        "deep/o",
        {"source": "deep/over.png"},
    )
    assert (
        rm.Recipe.from_toml(text, str(tmp_path)).anchored().mask == f"{tmp_path}/fields.png - {tmp_path}/{{stem}}.png"
    )
    assert rm.Recipe.from_toml(text).anchored() == rm.Recipe.from_toml(text)


# -- the schema ------------------------------------------------------------------------------------------------------

_KINDS = {
    "boolean": bool,
    "number": (int, float),
    "integer": int,
    "string": str,
    "array": (list, tuple),
    "object": dict,
}


def fits(value, schema) -> bool:
    """Whether a value is one that a schema allows, as far as the schema of recipes goes."""
    kinds = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", [])
    if kinds and not any(isinstance(value, _KINDS[kind]) for kind in kinds):
        return False
    if ("enum" in schema and value not in schema["enum"]) or ("const" in schema and value != schema["const"]):
        return False
    if not isinstance(value, dict) or "properties" not in schema:
        return not (isinstance(value, (int, float)) and value < schema.get("minimum", value))
    known = schema["properties"]
    return set(schema["required"]) <= value.keys() <= known.keys() and all(fits(v, known[n]) for n, v in value.items())


STEPS_ALLOWED = rm.Recipe.schema()["properties"]["step"]["items"]["oneOf"]


@pytest.mark.parametrize("name", names_of_steps())
def test_the_schema_knows_each_step(name):
    operation = rm.registry()[name]
    needed = {n: _any_value(p) for n, p in operation.parameters.items() if p.required and n != "mask"}
    step = {"op": name, **needed}
    assert [schema["title"] for schema in STEPS_ALLOWED if fits(step, schema)] == [name]
    assert not any(fits({**step, "sgima": 2}, schema) for schema in STEPS_ALLOWED)


def test_the_schema_refuses_what_recipes_refuse():
    bad = [{"op": "median"}, {"op": "median", "size": "5"}, {"op": "median", "size": -1}, {"op": "circle", "radius": 3}]
    assert not any(fits(step, schema) for step in bad for schema in STEPS_ALLOWED)
    assert any(fits({"op": "paste", "source": "a.png", "linear": True}, schema) for schema in STEPS_ALLOWED)

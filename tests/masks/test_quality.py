"""Quality bits and classes against plain arithmetic, and against the counts of a real scene."""

from __future__ import annotations

import json

import numpy as np
import pytest

import roimask as rm
from roimask.presets import find_preset
from roimask.presets.rules import Rule

BITS = [preset for preset in rm.known_presets() if preset.bits]
CLASSES = [preset for preset in rm.known_presets() if preset.classes]


def _numbers(dtype="uint16", shape=(60, 70)):
    info = np.iinfo(dtype)
    return np.random.default_rng(5).integers(info.min, info.max, shape, dtype, endpoint=True)


def _field(qa, first, last):
    """Some bits as a number, with Python's own integers."""
    bits, width = 8 * qa.dtype.itemsize, last - first + 1
    return np.array([[(int(n) % (1 << bits) >> first) % (1 << width) for n in row] for row in qa])


# -- bits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32"])
@pytest.mark.parametrize("shape", [(3, 4), (300, 300)])  # worked out, and looked up in a table
def test_bits_by_names_of_ones_own(dtype, shape):
    qa = _numbers(dtype, shape)
    expected = (_field(qa, 3, 3) == 1) | (_field(qa, 7, 7) == 1)
    assert np.array_equal(np.asarray(rm.qa_bits(qa, cloud=3, shadow=7)), expected)
    assert rm.qa_bits(qa, bits={"cloud": 3}, shadow="7") == rm.qa_bits(qa, cloud=3, shadow=7)


@pytest.mark.parametrize(
    ("rule", "meant"),
    [
        ("5-6>=2", lambda field: field >= 2),
        ("5-6 > 2", lambda field: field > 2),
        ("5-6<=1", lambda field: field <= 1),
        ("5-6<1", lambda field: field < 1),
        ("5-6=2", lambda field: field == 2),
        ("5-6=0|3", lambda field: (field == 0) | (field == 3)),
        ("5-6!=1|2", lambda field: (field != 1) & (field != 2)),
    ],
)
def test_some_bits_compared(rule, meant):
    qa = _numbers()
    assert np.array_equal(np.asarray(rm.qa_bits(qa, haze=rule)), meant(_field(qa, 5, 6)))


@pytest.mark.parametrize("text", ["3", "3=0", "8-9>=2", "0-1=1|2", "5-6!=0"])
def test_a_rule_is_shown_as_it_is_written(text):
    assert str(Rule.of(text)) == text


def test_a_bit_that_is_not_set():
    qa = _numbers()
    assert rm.qa_bits(qa, clear="3=0") == ~rm.qa_bits(qa, cloud=3)


@pytest.mark.parametrize("preset", BITS, ids=lambda preset: preset.name)
def test_each_flag_of_each_preset(preset):
    qa = _numbers("uint8" if preset.name in ("hls-fmask", "viirs-qf1", "viirs-qf2") else "uint16")
    if preset.fill:
        qa[qa == preset.fill[0]] = 0
    for name, rule in preset.bits.items():
        field = _field(qa, rule.first, rule.last)
        expected = field >= rule.values[0] if rule.comparison == ">=" else np.isin(field, rule.values)
        assert np.array_equal(np.asarray(rm.qa_bits(qa, preset=preset.name, select=[name])), expected), name
    usual = [np.asarray(rm.qa_bits(qa, preset=preset.name, select=[name])) for name in preset.usual]
    assert np.array_equal(np.asarray(rm.qa_bits(qa, preset=preset.name)), np.logical_or.reduce(usual))


@pytest.mark.parametrize(("confidence", "least"), [("low", 1), ("medium", 2), ("high", 3)])
def test_confidence_of_what_has_any(confidence, least):
    qa = _numbers()
    found = rm.qa_bits(qa, preset="landsat8-c2", select=["cloud", "cirrus", "water"], confidence=confidence)
    expected = (_field(qa, 8, 9) >= least) | (_field(qa, 14, 15) >= least) | (_field(qa, 7, 7) == 1)
    assert np.array_equal(np.asarray(found), expected)


def test_values_of_landsat_8_that_the_usgs_publishes():
    """Table of QA_PIXEL values: clear land, water, cloud of high confidence, cloud shadow, snow, cirrus, fill.

    LSDS-1619, version 2.0, table 6-3; snow and cirrus as the lists of the same values in public code name them.
    """
    values = {
        21824: "clear",
        21888: "water",
        22280: "cloud",
        23888: "cloud_shadow",
        30048: "snow",
        54596: "cirrus",
        1: "fill",
    }
    qa = np.array([list(values)], np.uint16)
    for column, name in enumerate(values.values()):
        assert rm.qa_bits(qa, preset="landsat8-c2", select=[name]).read((0, column, 1, column + 1)).all(), name
    assert np.asarray(rm.qa_bits(qa, preset="landsat9-c2")).astype(int).tolist() == [[0, 0, 1, 1, 0, 1, 1]]


def test_bits_that_the_files_of_hls_describe():
    """Values that two HLS v2.0 tiles hold, by the bit description in those files."""
    hls = np.array([[64, 66, 68, 72, 80, 96, 192, 255]], np.uint8)
    assert _selected(hls, "hls-fmask", "cloud") == [0, 1, 0, 0, 0, 0, 0, 0]
    assert _selected(hls, "hls-fmask", "adjacent_to_cloud") == [0, 0, 1, 0, 0, 0, 0, 0]
    assert _selected(hls, "hls-fmask", "cloud_shadow") == [0, 0, 0, 1, 0, 0, 0, 0]
    assert _selected(hls, "hls-fmask", "snow") == [0, 0, 0, 0, 1, 0, 0, 0]
    assert _selected(hls, "hls-fmask", "water") == [0, 0, 0, 0, 0, 1, 0, 0]
    assert _selected(hls, "hls-fmask", "high_aerosol") == [0, 0, 0, 0, 0, 0, 1, 0]
    assert _selected(hls, "hls-fmask", "fill") == [0, 0, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("preset", ["modis-state", "viirs-state"])
def test_the_state_of_modis_and_viirs_has_the_same_bits(preset):
    state = np.array([[0b01, 0b10, 0b11, 1 << 2, 1 << 3, 1 << 8, 2 << 8, 3 << 8, 1 << 12, 1 << 13]], np.uint16)
    assert _selected(state, preset, "cloud") == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert _selected(state, preset, "mixed") == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert _selected(state, preset, "cloud_shadow") == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert _selected(state, preset, "land") == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert _selected(state, preset, "cirrus") == [0, 0, 0, 0, 0, 0, 1, 1, 0, 0]
    assert _selected(state, preset, "snow") == [0, 0, 0, 0, 0, 0, 0, 0, 1, 0]
    assert _selected(state, preset, "adjacent_to_cloud") == [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def _selected(numbers, preset, name):
    return np.asarray(rm.qa_bits(numbers, preset=preset, select=[name])).astype(int)[0].tolist()


# -- no data ---------------------------------------------------------------------------------------------------------


def test_fill_is_selected_by_its_own_name_alone():
    qa = np.array([[65535, 0b100, 1]], np.uint16)  # all bits of a fill value are set, and mean nothing

    def found(select):
        return np.asarray(rm.qa_bits(qa, preset="modis-state", select=select)).astype(int).tolist()

    assert found(["cloud_shadow"]) == [[0, 1, 0]]
    assert found(["cloud"]) == [[0, 0, 1]]
    assert found(["fill"]) == [[1, 0, 0]]
    assert found(["fill", "cloud_shadow"]) == [[1, 1, 0]]


def test_what_the_file_says_holds_no_data_is_fill(tmp_path):
    rm.write(tmp_path / "qa.tif", np.array([[255, 2, 0]], np.uint8), nodata=255)
    qa = rm.Raster(tmp_path / "qa.tif")
    assert np.asarray(rm.qa_bits(qa, cloud=1)).tolist() == [[False, True, False]]
    assert np.asarray(rm.qa_bits(qa, cloud=1, fill=7)).tolist() == [[True, True, False]]
    assert np.asarray(rm.classes(qa, [255, 2])).tolist() == [[False, True, False]]
    assert np.asarray(rm.classes(qa, ["no_data"], preset="fmask")).tolist() == [[True, False, False]]


# -- a real scene ----------------------------------------------------------------------------------------------------


@pytest.fixture
def new_york(sample):
    return sample / "raster_landsat8_qa_newyork"


def test_the_counts_of_a_real_scene(new_york):
    known = json.loads((new_york / "expected.json").read_text())
    qa = rm.Raster(new_york / "LC08_L1TP_013032_20180405_BQA.TIF")

    def count(select, confidence=None):
        return rm.qa_bits(qa, preset="landsat8-c1", select=select, confidence=confidence).area

    assert count(["fill"]) == known["fill"] == rm.qa_bits(qa, fill=0).area
    assert count(["cloud"]) == known["cloud_bit4"] == rm.qa_bits(qa, cloud=4).area
    assert count(["cloud"], "high") == known["cloud_conf_high"] == rm.qa_bits(qa, cloud="5-6=3").area
    assert count(["cloud_shadow"]) == known["shadow_conf_high"] == rm.qa_bits(qa, shadow="7-8=3").area
    assert count(["cirrus"]) == known["cirrus_conf_high"] == rm.qa_bits(qa, cirrus="11-12=3").area
    for value, expected in known["values"].items():
        assert rm.classes(qa, [int(value)]).area == expected


def test_clouds_grow_by_metres_and_go_to_another_grid(new_york):
    """The quality band has pixels of 3024 m, the panchromatic one of 1502 m, and neither lies on the other's grid."""
    clouds = rm.qa_bits(
        rm.Raster(new_york / "LC08_L1TP_013032_20180405_BQA.TIF"), preset="landsat8-c1", select=["cloud"]
    )
    pan = rm.Raster(new_york / "LC08_L1TP_013032_20180405_B8.TIF")
    wide = rm.grow(clouds, "4 km")
    assert wide == rm.grow(clouds, 4000 / np.sqrt(np.prod(clouds.frame.pixel_size)))
    fine = wide.to_frame(pan.frame)
    assert fine.frame == pan.frame
    ground = np.prod(pan.frame.pixel_size) * fine.area, np.prod(wide.frame.pixel_size) * wide.area
    assert ground[0] == pytest.approx(ground[1], rel=0.01)
    assert rm.statistics(pan, ~fine).count == np.prod(pan.shape) - fine.area


def test_a_mask_of_20_metres_on_a_band_of_10():
    coarse = rm.Frame(4, 5, (20, 0, 500_000, 0, -20, 4_000_000), "EPSG:32633")
    fine = rm.Frame(8, 10, (10, 0, 500_000, 0, -10, 4_000_000), "EPSG:32633")
    scl = np.full((4, 5), 4, np.uint8)
    scl[1, 2] = 9
    clouds = rm.Mask(rm.classes(scl, ["cloud_high_probability"], preset="sentinel2-scl"), frame=coarse)
    assert np.array_equal(np.asarray(clouds.to_frame(fine)), np.kron(scl == 9, np.ones((2, 2), bool)))
    assert np.array_equal(
        np.asarray(rm.grow(clouds.to_frame(fine), "10m")), _one_pixel_more(np.kron(scl == 9, np.ones((2, 2))))
    )


def _one_pixel_more(mask):
    padded = np.pad(mask > 0, 1)
    return padded[1:-1, 1:-1] | padded[2:, 1:-1] | padded[:-2, 1:-1] | padded[1:-1, 2:] | padded[1:-1, :-2]


# -- classes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", CLASSES, ids=lambda preset: preset.name)
def test_each_class_of_each_preset(preset):
    image = _numbers("uint8")
    for name, number in preset.classes.items():
        assert np.array_equal(np.asarray(rm.classes(image, [name], preset=preset.name)), image == number)
    if preset.usual:
        numbers = [preset.classes[name] for name in preset.usual]
        assert rm.classes(image, preset=preset.name) == rm.classes(image, numbers)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32"])
@pytest.mark.parametrize("shape", [(3, 4), (300, 300)])
def test_classes_by_number(dtype, shape):
    image = np.random.default_rng(2).integers(-3 if dtype != "uint8" else 0, 9, shape).astype(dtype)
    for values in ([4, 5, 6], [-3, 8], [300]):
        assert np.array_equal(np.asarray(rm.classes(image, values)), np.isin(image, values))


# -- presets of one's own --------------------------------------------------------------------------------------------

OWN = 'title = "Ours"\nusual = ["fog"]\nfill = [9]\n[bits]\nfog = 1\nsmoke = "2-3>=2"\n[confidence]\nsmoke = "2-3"\n'


def test_a_file_of_ones_own(tmp_path):
    (tmp_path / "ours.toml").write_text(OWN)
    qa = np.arange(16, dtype=np.uint8).reshape(4, 4)
    path = str(tmp_path / "ours.toml")
    assert np.array_equal(np.asarray(rm.qa_bits(qa, preset=path)), (qa >> 1 & 1 == 1) & (qa != 9))
    smoke = rm.qa_bits(qa, preset=path, select=["smoke"], confidence="low")
    assert np.array_equal(np.asarray(smoke), (qa >> 2 >= 1) & (qa != 9))


def test_a_folder_of_ones_own_goes_first(tmp_path, monkeypatch):
    (tmp_path / "ours.toml").write_text(OWN)
    (tmp_path / "worldcover.toml").write_text('title = "Not ESA"\n[classes]\nfield = 7\n')
    monkeypatch.setenv("ROIMASK_PRESETS", str(tmp_path))
    assert find_preset("ours").title == "Ours"
    assert find_preset("worldcover").classes == {"field": 7}
    assert {"ours", "landsat8-c2"} <= {preset.name for preset in rm.known_presets()}


def test_every_preset_says_where_its_facts_come_from():
    assert all(preset.title and preset.source for preset in rm.known_presets())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[bits]\ncloud = 'three'", "bad.toml: cloud is a bit such as 3, or some bits"),
        ("[bits]\ncloud = '4-2=1'", "bad.toml: cloud is bits from 0 to 63, the lower one first"),
        ("[bits]\ncloud = '2-3'", "bad.toml: cloud is some bits compared with a value"),
        ("[bits]\ncloud = '2-3=4'", "bad.toml: cloud is a value up to 3"),
        ("[bits]\ncloud = '2-3>1|2'", "bad.toml: cloud is one value after >"),
        ("[bits]\ncloud = true", "bad.toml: cloud is a bit such as 3"),
        ("[bits]\ncloud = 1\n[classes]\ncloud = 1", "bad.toml: a preset has either a table"),
        ("title = 'nothing'", "bad.toml: a preset has either a table"),
        ("[classes]\ncloud = 'x'", "bad.toml: cloud is the whole number of a class"),
        ("usual = ['clud']\n[bits]\ncloud = 1", "bad.toml: of bad, the name 'clud' is not known: did you mean 'cloud'"),
        (
            "usuall = []\n[bits]\ncloud = 1",
            "bad.toml: of a preset, the key 'usuall' is not known: did you mean 'usual'",
        ),
        ("fill = ['x']\n[bits]\ncloud = 1", "bad.toml: fill is a list of whole numbers"),
        ("title = 3\n[bits]\ncloud = 1", "bad.toml: title is a text"),
        ("bits = 3", "bad.toml: bits is a table of names"),
        ("[bits]\ncloud = 1\n[confidence]\nclod = '2-3'", "bad.toml: of bad, the name 'clod' is not known"),
        ("[bits]\ncloud = 1\n[confidence]\ncloud = '2'", "bad.toml: cloud is a value up to 1"),
    ],
)
def test_a_file_that_is_no_preset(tmp_path, text, message):
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(rm.ParameterError, match=message):
        rm.qa_bits(np.zeros((2, 2), np.uint8), preset=str(tmp_path / "bad.toml"))


def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "bad.toml").write_text("[bits\n")
    for name in ("bad.toml", "gone.toml"):
        with pytest.raises(rm.ReadError, match=f"the preset .*{name}"):
            rm.classes(np.zeros((2, 2), np.uint8), preset=str(tmp_path / name))


QA = np.zeros((2, 2), np.uint8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rm.qa_bits(QA), "qa_bits: nothing is named: give bits="),
        (lambda: rm.qa_bits(QA, preset="landsat8-c3"), "qa_bits: the preset 'landsat8-c3' is not known: did you mean"),
        (lambda: rm.qa_bits(QA, presett="landsat8-c2"), "qa_bits: bits is for each name a bit such as 3.*'presett'"),
        (lambda: rm.qa_bits(QA, bits=3), "qa_bits: bits is bits by name"),
        (lambda: rm.qa_bits(QA, cloud=3, select=["cloud"]), "qa_bits: select= and confidence= go with preset="),
        (
            lambda: rm.qa_bits(QA, preset="hls-fmask", select=["clouds"]),
            "the name 'clouds' is not known: did you mean 'cloud'",
        ),
        (lambda: rm.qa_bits(QA, preset="hls-fmask", select=["cloud"], confidence="sure"), "confidence is one of low"),
        (
            lambda: rm.qa_bits(QA, preset="worldcover"),
            "qa_bits: worldcover is a preset of classes: give it to rm.classes",
        ),
        (lambda: rm.qa_bits(QA, cloud=12), "qa_bits: there is no bit 12 in an image of 8 bits"),
        (lambda: rm.qa_bits(QA.astype(float), cloud=1), "qa_bits: one band of whole numbers was expected, got float64"),
        (lambda: rm.qa_bits(np.zeros((2, 2, 3), np.uint8), cloud=1), "qa_bits: one band of whole numbers"),
        (lambda: rm.classes(QA), "classes: no class is named"),
        (lambda: rm.classes(QA, []), "classes: no class is named"),
        (lambda: rm.classes(QA, ["cloud"]), "classes: the class 'cloud' is a name: say with preset="),
        (lambda: rm.classes(QA, ["watr"], preset="worldcover"), "the name 'watr' is not known"),
        (lambda: rm.classes(QA, preset="worldcover"), "classes: worldcover does not say what most people leave out"),
        (
            lambda: rm.classes(QA, preset="landsat8-c2"),
            "classes: landsat8-c2 is a preset of bits: give it to rm.qa_bits",
        ),
        (lambda: rm.classes(QA.astype(np.float32), [1]), "classes: one band of whole numbers"),
        (lambda: rm.grow(QA, radius=1, cloud=3), "grow: the parameter 'cloud' is not known"),
    ],
)
def test_what_cannot_be_selected_is_one_clear_error(call, message):
    with pytest.raises(rm.ParameterError, match=message):
        call()

"""Cutouts: what alpha says, nothing of the photo under it, no old colour at the edge; mattes; on the command line."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import roimask as rm
from roimask.operations import matting
from tests.cli.conftest import run

RNG = np.random.default_rng(7)
SHAPE = (60, 80)
DISK = rm.circle(SHAPE, (30.3, 40.6), 20, coverage=True)


def red_on_green() -> np.ndarray:
    """A red disk before green, its edge pixels mixed by the area that they cover."""
    share = np.asarray(DISK, np.float64)[..., None]
    return np.rint(share * (220, 20, 20) + (1 - share) * (20, 200, 20)).astype(np.uint8)


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.uint16, np.int16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("bands", [None, 1, 3, 5])
def test_alpha_is_the_weight_and_colours_are_kept(dtype, bands):
    image = (RNG.random(SHAPE if bands is None else (*SHAPE, bands)) * 1).astype(np.float32)
    scale = 1 if np.dtype(dtype).kind in "fb" else np.iinfo(dtype).max
    image = image > 0.5 if dtype == np.bool_ else (image.astype(np.float64) * scale).astype(dtype)
    found = rm.cutout(image, DISK, crop=False, clean=0)
    kind = np.uint8 if dtype == np.bool_ else dtype
    white = 1 if np.dtype(kind).kind == "f" else np.iinfo(kind).max
    weight = np.asarray(DISK, np.float64)
    assert found.dtype == kind and found.shape == (*SHAPE, (bands or 1) + 1)
    np.testing.assert_allclose(found[..., -1], weight * white, rtol=1e-6, atol=0.5 if white > 1 else 0)
    expected = np.atleast_3d(image.view(np.uint8) * 255 if dtype == np.bool_ else image)
    seen = found[..., -1] > 0
    assert np.array_equal(found[seen][:, :-1], expected[seen])
    assert not found[~seen].any()


def test_nothing_is_left_under_clear_pixels():
    """Nor where alpha is so small that it comes to 0 in the image's type."""
    image = np.full((1, 3, 3), 200, np.uint8)
    assert rm.cutout(image, [[1, 0.001, 0]], crop=False).tolist() == [[[200, 200, 200, 255], [0] * 4, [0] * 4]]


def test_no_old_colour_at_the_edge():
    """A red disk cut out of green, on white: the edge lies between red and white, nowhere greener than white is red."""
    image = red_on_green()
    found = rm.cutout(image, DISK, crop=False, background="white").astype(int)
    share = np.asarray(DISK, np.float64)[..., None]
    ideal = share * (220, 20, 20) + (1 - share) * 255
    assert np.abs(found - ideal).max() <= 1
    kept = rm.cutout(image, DISK, crop=False, background="white", clean=0).astype(int)
    assert np.abs(kept - ideal).max() > 30


def test_a_rough_mask_is_refined_to_the_true_edge():
    image = red_on_green()
    for rough in (rm.circle(SHAPE, (30.3, 40.6), 21.5), rm.circle(SHAPE, (30.3, 40.6), 18.5)):
        found = rm.matte(image, rough, radius=4)
        np.testing.assert_allclose(np.asarray(found), np.asarray(DISK), atol=0.03)
        flat = rm.cutout(image, rough, crop=False, background="white", refine=4).astype(int)
        share = np.asarray(DISK, np.float64)[..., None]
        assert np.abs(flat - (share * (220, 20, 20) + (1 - share) * 255)).max() <= 8


def test_the_matting_laplacian_is_levins():
    """Against equation 12, entry by entry."""
    color = RNG.random((6, 7, 3))
    unknown = np.zeros((6, 7), bool)
    unknown[2:4, 2:5] = True
    expected = np.zeros((42, 42))
    for row in range(1, 5):
        for column in range(1, 6):
            box = slice(row - 1, row + 2), slice(column - 1, column + 2)
            if not unknown[box].any():
                continue
            values = color[box].reshape(9, 3)
            ids = np.arange(42).reshape(6, 7)[box].ravel()
            mean, spread = values.mean(axis=0), np.cov(values.T, bias=True) + matting._EPSILON / 9 * np.eye(3)
            for i in range(9):
                for j in range(9):
                    alike = (values[i] - mean) @ np.linalg.inv(spread) @ (values[j] - mean)
                    expected[ids[i], ids[j]] += (i == j) - (1 + alike) / 9
    np.testing.assert_allclose(matting._laplacian(color, unknown).toarray(), expected, atol=1e-9)


def test_a_feathered_edge_keeps_its_colours():
    image = RNG.integers(0, 256, (*SHAPE, 3), np.uint8)
    mask = rm.circle(SHAPE, (30, 40), 20)
    found = rm.cutout(image, mask, feather=6, crop=False)
    assert np.array_equal(found[..., 3], np.rint(np.asarray(rm.feather(mask, 6)) * 255))
    seen = found[..., 3] > 0
    assert np.array_equal(found[seen][:, :3], image[seen])


def test_own_alpha_counts(tmp_path):
    image = RNG.integers(1, 256, (*SHAPE, 4), np.uint8)
    image[..., 3] = RNG.choice([0, 100, 255], SHAPE)
    whole = np.where(image[..., 3:] > 0, image, 0)
    assert np.array_equal(rm.cutout(image, crop=False, clean=0), whole)
    rm.write(tmp_path / "a.png", image)
    assert np.array_equal(rm.cutout(rm.Raster(tmp_path / "a.png"), crop=False, clean=0), whole)
    half = rm.cutout(image, np.full(SHAPE, 0.5), crop=False, clean=0)
    assert np.array_equal(half[..., 3], np.rint(image[..., 3] / 2))


def test_a_raster_of_four_bands_has_no_alpha(tmp_path):
    image = RNG.integers(1, 256, (*SHAPE, 4), np.uint8)
    rm.write(tmp_path / "rgbn.tif", image, alpha=False)
    found = rm.cutout(rm.Raster(tmp_path / "rgbn.tif"), rm.rectangle(SHAPE, 0, 0, 5, 5))
    assert found.shape == (5, 5, 5)
    assert np.array_equal(found[..., :4], image[:5, :5])


def test_the_box():
    image = np.full((40, 50), 9, np.uint8)
    mask = rm.rectangle((40, 50), 10, 20, 8, 12)
    assert rm.cutout(image, mask).shape == (8, 12, 2)
    assert rm.cutout(image, mask, margin=3).shape == (14, 18, 2)
    assert rm.cutout(image, mask, aspect=1).shape == (12, 12, 2)
    assert rm.cutout(image, mask, aspect="1:2").shape == (24, 12, 2)
    beyond = rm.cutout(image, mask, margin=30)
    assert beyond.shape == (68, 72, 2)
    assert np.argwhere(beyond[..., 1])[0].tolist() == [30, 30]
    assert rm.cutout(image, mask & ~mask).shape == (0, 0, 2)


def test_backgrounds():
    photo = RNG.random((*SHAPE, 3)).astype(np.float32)
    inside = np.asarray(DISK) == 1
    for background in ("blur", "gray", "teal", (0.1, 0.2, 0.3), RNG.random((20, 30)).astype(np.float32), photo * 0):
        found = rm.cutout(photo, DISK, crop=False, background=background)
        assert found.shape == photo.shape
        assert np.array_equal(found[inside], photo[inside])
    outside = np.asarray(DISK) == 0
    gray = rm.cutout(photo, DISK, crop=False, background="gray")[outside]
    assert np.array_equal(gray[:, 0], gray[:, 2])
    blurred = rm.cutout(photo, DISK, crop=False, background="blur")[outside]
    assert blurred.std() < 0.5 * photo[outside].std()
    own = rm.cutout(photo, DISK, crop=False, background=np.rot90(photo, 2))
    assert np.allclose(own[outside], np.rot90(photo, 2)[outside])


GRADIENTS = [  # as CSS Images 3 has them: the ends of the line meet the corners
    ("linear-gradient(90deg, black, white)", lambda y, x: (x + 0.5) / 80),
    ("linear-gradient(black, white)", lambda y, x: (y + 0.5) / 60),
    ("linear-gradient(0deg, black, white)", lambda y, x: 1 - (y + 0.5) / 60),
    ("linear-gradient(45deg, black, white)", lambda y, x: (x + 0.5 + 59.5 - y) / 140),
    (
        "linear-gradient(90deg, black, rgb(51, 51, 51) 50%, white)",
        lambda y, x: np.interp(x + 0.5, [0, 40, 80], [0, 0.2, 1]),
    ),
    ("radial-gradient(black, white)", lambda y, x: np.hypot((x - 39.5) / 40, (y - 29.5) / 30) / np.sqrt(2)),
]


@pytest.mark.parametrize(("text", "place"), GRADIENTS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_gradients_are_those_of_css(text, place, dtype):
    white = 1 if dtype == "float32" else np.iinfo(dtype).max
    found = rm.cutout(np.zeros(SHAPE, dtype), np.zeros(SHAPE), crop=False, background=text)
    rows, columns = np.indices(SHAPE)
    np.testing.assert_allclose(found, place(rows, columns) * white, rtol=1e-5, atol=0.51 if white > 1 else 1e-6)


def test_a_gradient_in_colour_makes_a_grey_image_rgb_and_stands_behind():
    image = np.full(SHAPE, 90, np.uint8)
    found = rm.cutout(image, DISK, crop=False, clean=0, background="linear-gradient(red, blue)").astype(int)
    assert (found[30, 40] == 90).all()
    assert found[0, 0, 0] > 250 and found[-1, 0, 2] > 250
    assert (found[:, 0, 0] + found[:, 0, 2] - 255 <= 1).all() and not found[:, 0, 1].any()


@pytest.mark.parametrize(
    "text", ["linear-gradient(red)", "linear-gradient(45, red, blue)", "radial-gradient(red, , blue)"]
)
def test_what_is_no_gradient_is_said(text):
    with pytest.raises(rm.ParameterError, match="linear-gradient\\(90deg, navy, white\\)"):
        rm.cutout(np.zeros(SHAPE, np.uint8), DISK, background=text)


def test_a_blurred_background_does_not_shine_of_what_stands_before_it():
    """Around a white object before black, the black stays black."""
    image = np.where(np.asarray(rm.circle(SHAPE, (30, 40), 15)), 255, 0).astype(np.uint8)
    found = rm.cutout(image, rm.circle(SHAPE, (30, 40), 15), crop=False, background="blur")
    assert found[np.asarray(rm.circle(SHAPE, (30, 40), 15)) == 0].max() <= 3


def test_outline_and_shadow():
    image = np.full((60, 60), 100, np.uint8)
    mask = rm.rectangle((60, 60), 20, 20, 20, 20)
    lined = rm.cutout(image, mask, outline=4)
    assert lined.shape == (28, 28, 2)
    assert (lined[4:24, 4:24] == (100, 255)).all()
    assert lined[1, 14].tolist() == [255, 255]
    cast = rm.cutout(image, mask, shadow=0, shadow_offset=(3, 5), shadow_opacity=0.4)
    assert cast.shape == (23, 25, 2)
    assert cast[-1, -1].tolist() == [0, 102]
    assert cast[0, 0].tolist() == [100, 255] and cast[-1, 0].tolist() == [0, 0]
    colored = rm.cutout(image, mask, outline=2, outline_color="red")
    assert colored.shape == (24, 24, 4)
    assert colored[1, 12].tolist() == [255, 0, 0, 255]


@pytest.mark.parametrize("width", [1.0, 2.5, 6.0])
def test_the_outline_of_a_smooth_edge_is_smooth(width):
    """That of a disk is a larger disk."""
    image = np.full((90, 90, 3), 100, np.uint8)
    disk, larger = (rm.circle(image, (45.3, 44.6), 20.4 + by, coverage=True) for by in (0, width))
    found = rm.cutout(image, disk, outline=width, crop=False)[..., 3] / 255
    apart = np.abs(found - np.asarray(larger))
    assert apart.max() < 0.5 and apart.mean() < 0.0015 and abs((found - np.asarray(larger)).mean()) < 0.001


def test_premultiplied_and_linear():
    image = np.full((1, 2), 200, np.uint8)
    assert rm.cutout(image, [[1, 0.5]], premultiplied=True).tolist() == [[[200, 255], [100, 128]]]
    assert rm.cutout(image, [[1, 0.5]], background="black", linear=True).tolist() == [[200, 146]]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (dict(background="no such colour"), "background is .*colour"),
        (dict(outline_color="reddish"), "outline_color is a colour"),
        (dict(aspect="0:3"), "aspect is a ratio"),
        (dict(feather=-1), "feather"),
        (dict(shadow=-1), "shadow"),
        (dict(backgrund="red"), "did you mean 'background'"),
    ],
)
def test_what_is_wrong_is_said(given, says):
    with pytest.raises(rm.ParameterError, match=says):
        rm.cutout(np.zeros((9, 9, 3), np.uint8), rm.circle((9, 9), (4, 4), 3), **given)


# -- on the command line -------------------------------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A JPEG and a 16-bit PNG, in a folder."""
    (tmp_path / "in").mkdir()
    rm.write(tmp_path / "in" / "a.jpg", RNG.integers(0, 256, (40, 60, 3), np.uint8))
    rm.write(tmp_path / "in" / "b.png", RNG.integers(0, 60_000, (40, 60), np.uint16))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("shape", ["circle", "ellipse", "star", "heart", "rounded-rectangle"])
def test_shapes_by_name_have_smooth_edges(photos, shape):
    assert run("cutout", "in/a.jpg", "--mask", shape, "-o", "out.png").exit_code == 0
    alpha = np.asarray(Image.open("out.png"))[..., 3]
    assert ((alpha > 0) & (alpha < 255)).sum() > 8


def test_a_folder_becomes_what_can_be_clear(photos):
    assert run("cutout", "in", "--mask", "circle", "-o", "out", "--feather", "3").exit_code == 0
    assert sorted(path.name for path in (photos / "out").iterdir()) == ["a.png", "b.png"]
    gray = rm.read("out/b.png")
    assert gray.dtype == np.uint16 and gray.shape == (40, 40, 2)
    assert Image.open("out/a.png").mode == "RGBA"


def test_jpeg_asks_for_a_background(photos):
    found = run("cutout", "in/a.jpg", "--mask", "circle", "-o", "out.jpg")
    assert found.exit_code == 2
    assert "give --background" in found.stderr
    assert run("cutout", "in/a.jpg", "--mask", "circle", "-o", "out.jpg", "--background", "white").exit_code == 0
    assert rm.read("out.jpg").shape == (40, 40, 3)
    assert run("cutout", "in", "--mask", "circle", "-o", "out", "--background", "in/b.png").exit_code == 0
    assert sorted(path.name for path in (photos / "out").iterdir()) == ["a.jpg", "b.png"]


def test_tiff_says_which_channel_is_alpha(photos):
    assert run("cutout", "in/b.png", "--mask", "circle", "-o", "out.tif").exit_code == 0
    with rm.Raster("out.tif") as raster:
        assert raster.alpha and raster.count == 1 and raster.dtype == np.uint16


def test_a_gradient_on_the_command_line(photos):
    words = ["cutout", "in/a.jpg", "--mask", "circle", "-o", "g.jpg", "--background"]
    found = run(*words, "linear-gradient(90deg, navy, white)")
    assert found.exit_code == 0, found.stderr
    assert rm.read("g.jpg").ndim == 3


def test_a_clear_image_on_a_background_is_opaque(photos):
    rm.write("clear.png", np.full((20, 20, 4), 99, np.uint8))
    assert run("cutout", "clear.png", "-o", "out.png", "--no-crop", "--background", "0,0,0").exit_code == 0
    assert rm.read("out.png").shape == (20, 20, 3)


def test_paste_on_the_command_line(photos):
    rm.write("other.png", np.zeros((40, 60, 3), np.uint8))
    done = run("paste", "in/a.jpg", "--source", "other.png", "--mask", "circle", "--mode", "multiply", "-o", "out.png")
    assert done.exit_code == 0, done.stderr
    assert not rm.read("out.png")[20, 30].any()


def test_chips_of_one_size():
    """The region in the middle of a square, scaled by area, with nothing of the outside mixed in."""
    image = np.full((40, 60), 255, np.uint8)
    mask = rm.rectangle(image, 4, 10, 8, 16)
    image[np.asarray(mask)] = 100
    (chip,) = rm.chips(image, mask, size=8)
    expected = np.zeros((8, 8), np.uint8)
    expected[2:6] = 100
    assert np.array_equal(chip, expected)
    assert [chip.shape for chip in rm.chips(np.dstack([image] * 3), mask, pad=3, size=32)] == [(32, 32, 3)]


def test_chips_and_mattes_on_the_command_line(photos):
    labels = np.zeros((40, 60), int)
    labels[5:15, 5:25], labels[20:35, 30:50] = 2, 7
    rm.Mask(labels, names={2: "red car", 7: "bus"}).save("regions.geojson")
    done = run("chips", "in/a.jpg", "--mask", "regions.geojson", "--size", "16", "-o", "chips/{stem}.png")
    assert done.exit_code == 0, done.stderr
    assert sorted(path.name for path in (photos / "chips").iterdir()) == ["a_bus_7.png", "a_red_car_2.png"]
    done = run("mask", "matte", "in/a.jpg", "--region", "regions.geojson", "--radius", "3", "-o", "matte.tif")
    assert done.exit_code == 0, done.stderr
    assert rm.read_mask("matte.tif").kind == "weights"

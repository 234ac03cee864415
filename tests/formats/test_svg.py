"""SVG: every shape, the path language, transforms, both fill rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import roimask as rm
from roimask.formats._svgpath import rings_of

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20" viewBox="0 0 30 20">'
SHAPE = (20, 30)


def write(path, *shapes, head=HEAD):
    path.write_text(f"{head}{''.join(shapes)}</svg>")
    return path


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ('<rect x="2" y="3" width="5" height="4"/>', rm.rectangle(SHAPE, 3, 2, 4, 5)),
        ('<circle cx="10" cy="9" r="6"/>', rm.circle(SHAPE, (9, 10), 6)),
        ('<ellipse cx="10" cy="9" rx="8" ry="5"/>', rm.ellipse(SHAPE, (9, 10), (5, 8))),
        ('<polygon points="2,3 7,3 7,7 2,7"/>', rm.rectangle(SHAPE, 3, 2, 4, 5)),
        ('<polyline points="2 3 7 3 7 7 2 7"/>', rm.rectangle(SHAPE, 3, 2, 4, 5)),
        ('<path d="M2 3h5v4h-5z"/>', rm.rectangle(SHAPE, 3, 2, 4, 5)),
        ('<path d="M2,3 7,3 7,7 2,7"/>', rm.rectangle(SHAPE, 3, 2, 4, 5)),
        ('<path d="m2 3 5 0 0 4-5 0Z"/>', rm.rectangle(SHAPE, 3, 2, 4, 5)),
        ('<path d="M2.0.3e1L7 3V7H2"/>', rm.rectangle(SHAPE, 3, 2, 4, 5)),
        ('<path d="M4 9A6 6 0 0016 9a6 6 0 01-12 0"/>', rm.Mask(np.zeros(SHAPE, bool))),
        ('<path d="M4 9A6 6 0 1116 9 6 6 0 114 9z"/>', rm.circle(SHAPE, (9, 10), 6)),
        ('<rect x="2" y="3" width="12" height="10" rx="3"/>', rm.rounded_rectangle(SHAPE, 3, 2, 10, 12, 3)),
        ('<rect x="2" y="3" width="12" height="10" rx="30" ry="3"/>', None),
        ('<g transform="translate(2 3) scale(5,4)"><rect width="1" height="1"/></g>', rm.rectangle(SHAPE, 3, 2, 4, 5)),
        ('<rect x="2" y="3" width="6" height="4" transform="rotate(90 5 5)"/>', rm.rectangle(SHAPE, 2, 3, 6, 4)),
        ('<path d="M2 3h5v4h-5z" transform="matrix(0 1 1 0 0 0)"/>', rm.rectangle(SHAPE, 2, 3, 5, 4)),
        ('<path d="M5 5h10v10h-10zM8 8h4v4h-4z"/>', rm.rectangle(SHAPE, 5, 5, 10, 10)),
        (
            '<path d="M5 5h10v10h-10zM8 8v4h4v-4z"/>',
            rm.rectangle(SHAPE, 5, 5, 10, 10) - rm.rectangle(SHAPE, 8, 8, 4, 4),
        ),
        (
            '<path style="fill-rule:evenodd" d="M5 5h10v10h-10zM8 8h4v4h-4z"/>',
            rm.rectangle(SHAPE, 5, 5, 10, 10) - rm.rectangle(SHAPE, 8, 8, 4, 4),
        ),
    ],
)
def test_shapes(tmp_path, shape, expected):
    mask = rm.read_mask(write(tmp_path / "a.svg", shape))
    assert mask.shape == SHAPE
    if expected is not None:
        assert np.count_nonzero((np.asarray(mask) > 0) != np.asarray(expected)) <= 2, "a centre may lie on the outline"


def test_names_numbers_and_order(tmp_path):
    path = write(
        tmp_path / "a.svg",
        '<defs><rect width="30" height="20"/></defs><g style="display:none"><rect width="30" height="20"/></g>',
        '<g fill="none"><rect id="a" width="9" height="9" fill="red"><title>first</title></rect></g>',
        '<rect id="b" x="5" y="5" width="9" height="9"/>',
    )
    mask = rm.read_mask(path)
    assert dict(mask.names) == {1: "first", 2: "b"} and (mask[1].area, mask[2].area) == (81 - 16, 81)


def test_the_view_box_is_the_image(tmp_path):
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="9cm" height="6cm" viewBox="10 10 30 20">'
    path = write(tmp_path / "a.svg", '<rect x="12" y="13" width="5" height="4"/>', head=head)
    assert rm.read_mask(path) == rm.Mask(rm.rectangle(SHAPE, 3, 2, 4, 5), "labels")
    assert rm.read_mask(path, (40, 60)) == rm.Mask(rm.rectangle((40, 60), 6, 4, 8, 10), "labels")
    path = write(tmp_path / "a.svg", '<rect x="2" y="3" width="5" height="4"/>', head='<svg width="30px" height="20">')
    assert rm.read_mask(path).shape == SHAPE
    path = write(tmp_path / "a.svg", '<rect x="2" y="3" width="5" height="4"/>', head='<svg width="100%">')
    with pytest.raises(rm.ReadError, match="does not say how large its image is"):
        rm.read_mask(path)
    assert rm.read_mask(path, SHAPE).area == 20


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ('<line x1="1" x2="5"/>', r"shape 1 \(line\): it has no area"),
        ('<text id="t">a</text>', r"shape 1 \(text t\): it is not drawn"),
        ('<image width="3" height="3"/>', r"shape 1 \(image\): it is not drawn"),
        ('<path d="M1 1h5v5z" fill="none"/>', "it is not filled"),
        ('<path d="M1 1h5v5z" style="stroke:red; fill: none"/>', "it is not filled"),
        ('<path d="M1 1h5vz"/>', "its path is damaged at character 8"),
        ('<path d="L1 1"/>', "its path does not start with a move"),
        ('<path d="M1 1L2 2"/>', "it has no outline"),
        ("<path/>", "it has no outline"),
        ('<path d="M1 1L1e999 2L3 3"/>', "not finite"),
        ('<path d="M1 1C1e999 2 3 3 4 4"/>', "not finite"),
        ('<circle r="0"/>', "its radius is not above 0"),
        ('<circle r="x"/>', r"shape 1 \(circle\)"),
        ('<rect width="5"/>', "it is 0 × 5 large"),
        ('<rect width="5" height="5" transform="turn(5)"/>', "not finite"),
        ('<rect width="5" height="5" transform="matrix(1 2)"/>', "not finite"),
    ],
)
def test_what_cannot_be_drawn_is_left_out_by_name(tmp_path, bad, reason):
    path = write(tmp_path / "a.svg", bad, '<rect id="good" width="2" height="2"/>')
    with pytest.warns(UserWarning, match=rf"a\.svg: 1 object left out: .*{reason}"):
        mask = rm.read_mask(path)
    assert dict(mask.names) == {2: "good"} and mask.area == 4


@given(st.lists(st.complex_numbers(max_magnitude=9, allow_subnormal=False), min_size=4, max_size=4))
def test_curves_are_where_they_should_be(points):
    text = [f"{p.real:.6f},{p.imag:.6f}" for p in points]
    p = np.array([complex(*map(float, one.split(","))) for one in text])
    rings = rings_of(f"M{text[0]}C{text[1]} {text[2]} {text[3]}")
    t = np.linspace(0, 1, 400)[:, None]
    curve = (np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]) @ p[:, None])[:, 0]
    if rings:
        ours = rings[0] @ [1, 1j]
        ends, starts = ours[1:], ours[:-1]
        along = np.clip(
            ((curve[:, None] - starts) * np.conj(ends - starts)).real / np.maximum(np.abs(ends - starts) ** 2, 1e-30),
            0,
            1,
        )
        assert np.abs(curve[:, None] - starts - along * (ends - starts)).min(axis=1).max() < 0.011


def test_smooth_curves_go_on():
    assert np.allclose(rings_of("M0 0C0 4 4 4 4 0S8-4 8 0"), rings_of("M0 0C0 4 4 4 4 0C4-4 8-4 8 0"))
    assert np.allclose(rings_of("M0 0Q2 4 4 0T8 0"), rings_of("M0 0Q2 4 4 0Q6-4 8 0"))
    assert np.allclose(rings_of("M0 0h4S6 4 8 0"), rings_of("M0 0h4C4 0 6 4 8 0"))


@pytest.mark.parametrize(
    "head", ['<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE svg [<!ENTITY x "ha">]>']
)
def test_entities_are_refused(tmp_path, head):
    path = write(tmp_path / "a.svg", "<text>&x;</text>", head=f"{head}{HEAD}")
    with pytest.raises(rm.ReadError, match=r"a\.svg declares entities"):
        rm.read_mask(path)
    path = write(
        tmp_path / "b.svg",
        '<rect width="2" height="2"/>',
        head=f'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x">{HEAD}',
    )
    assert rm.read_mask(path).area == 4
    (tmp_path / "c.svg").write_text("<html/>")
    with pytest.raises(rm.ReadError, match=r"c\.svg is no SVG: its root is html"):
        rm.read_mask(tmp_path / "c.svg")

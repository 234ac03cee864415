"""Every kernel that there is twice, in numpy and compiled, answers the same to the bit.

Nobody makes up arguments: operations run on what hypothesis draws, and each kernel that they ask for is called twice.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import roimask as rm
from roimask import kernels
from roimask.errors import RoimaskError
from roimask.kernels import compiled, plain
from tests.laws import draw as drawn
from tests.laws.laws import takes_mask

REGISTRY = rm.registry()
IMAGE_OPERATIONS = [name for name, o in REGISTRY.items() if o.blocks or takes_mask(o)]
MASK_OPERATIONS = [name for name, o in REGISTRY.items() if o.takes == "mask"]
ANY_ORDER = {("groups", "exact"), ("groups", "real")}  # a row a group, the group's number first
ANY_REST = {("quantiles", "select")}  # values are put in order as far as is needed
asked: set[tuple[str, str]] = set()


class Both:
    """A family of kernels, each call of which is made in numpy and compiled, and compared."""

    def __init__(self, family: str):
        self._family = family
        self._plain = import_module(f"roimask.kernels.plain.{family}")
        self._compiled = import_module(f"roimask.kernels.compiled.{family}")

    def __getattr__(self, name: str) -> Any:
        if not hasattr(self._plain, name) or not hasattr(self._compiled, name):
            return getattr(self._compiled, name, None) or getattr(self._plain, name)

        def call(*arguments: Any) -> Any:
            others = copied(arguments)
            theirs = getattr(self._plain, name)(*others)
            ours = getattr(self._compiled, name)(*arguments)
            asked.add((self._family, name))
            answer = ours
            if (self._family, name) in ANY_ORDER:
                ours, theirs = ([part[np.argsort(parts[0])] for part in parts] for parts in (ours, theirs))
            assert_same(ours, theirs, f"{self._family}.{name} answers")
            if (self._family, name) not in ANY_REST:
                assert_same(arguments, others, f"{self._family}.{name} writes")
            return answer

        return call


def copied(thing: Any) -> Any:
    if isinstance(thing, np.ndarray):
        return thing.copy(order="K")
    if isinstance(thing, tuple):
        parts = [copied(part) for part in thing]
        return type(thing)(*parts) if hasattr(thing, "_fields") else tuple(parts)
    return thing


def assert_same(ours: Any, theirs: Any, what: str) -> None:
    if isinstance(ours, (tuple, list)):
        assert len(ours) == len(theirs), what
        for number, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            assert_same(a, b, f"{what} ({number})")
    elif isinstance(ours, (np.ndarray, np.generic, int, float)):
        a, b = np.asarray(ours), np.asarray(theirs)
        assert a.dtype == b.dtype and a.shape == b.shape, f"{what}: {a.dtype}{a.shape}, in numpy {b.dtype}{b.shape}"
        np.testing.assert_array_equal(a, b, err_msg=what)


@pytest.fixture(autouse=True)
def both(monkeypatch):
    monkeypatch.setattr(kernels, "pick", lambda family, pixels: Both(family))


def attempt(call):
    """Make a call; what does not go together is refused, and no matter here."""
    try:
        with np.errstate(all="ignore"):
            call()
    except RoimaskError:
        pass


@pytest.mark.parametrize("name", IMAGE_OPERATIONS)
def test_image_operations(name):
    @settings(max_examples=8)
    @given(drawn.cases(REGISTRY[name]))
    def run(case):
        attempt(lambda: case.operation.function(case.image, mask=case.mask, **case.params))

    run()


@pytest.mark.parametrize("name", MASK_OPERATIONS)
def test_mask_operations(name):
    operation = REGISTRY[name]

    @settings(max_examples=8)
    @given(st.data())
    def run(data):
        mask = data.draw(drawn.masks(data.draw(st.tuples(st.integers(0, 30), st.integers(0, 30)))))
        params = data.draw(drawn.parameters(operation, np.asarray(mask)))
        attempt(lambda: operation.function(mask, **params))

    run()


@settings(max_examples=15)
@given(st.data())
def test_shapes(data):
    side, place = st.integers(1, 30), st.floats(-5, 35, width=16)
    frame = data.draw(st.tuples(side, side))
    corners = data.draw(st.lists(st.tuples(place, place), min_size=3, max_size=8))
    coverage = data.draw(st.booleans())
    attempt(lambda: rm.polygon(frame, corners, coverage=coverage))
    attempt(lambda: rm.ellipse(frame, corners[0], (abs(corners[1][0]), 3.3), angle=30, coverage=coverage))
    attempt(lambda: rm.polygons(frame, [corners, corners[:3]]))


@pytest.mark.parametrize("name", [name for name in IMAGE_OPERATIONS if REGISTRY[name].bands == "all"])
def test_colours(name):
    operation = REGISTRY[name]

    @settings(max_examples=8)
    @given(drawn.cases(operation, bands=(3,), least=3))
    def run(case):
        attempt(lambda: operation.function(case.image, mask=case.mask, **case.params))

    run()


@settings(max_examples=15)
@given(*[st.lists(st.tuples(st.integers(-9, 130), st.integers(-9, 130)), min_size=3, max_size=6)] * 2)
def test_masks_kept_as_runs(first, second):
    a, b = (rm.polygon((110, 120), corners) for corners in (first, second))
    for mask in (a & b, a | b, a - b, a ^ b, ~a):
        np.asarray(mask)


@settings(max_examples=15)
@given(st.data())
def test_run_lengths(data):
    shape = data.draw(st.tuples(st.integers(1, 12), st.integers(1, 12)))
    masks = data.draw(st.lists(drawn.masks(shape, "binary"), min_size=1, max_size=4))
    stack = np.stack([np.asarray(mask) for mask in masks])
    for given_masks in (stack, masks):
        np.testing.assert_array_equal(rm.decode_rle(rm.encode_rle(given_masks)), stack)
    rm.iou(masks, rm.encode_rle(stack))


@settings(max_examples=15)
@given(drawn.masks((20, 25), "labels"))
def test_labels(mask):
    rm.grow(mask, 2.5)
    mask.polygons()


@settings(max_examples=15)
@given(drawn.images(dtypes=("uint8", "int16", "int32")), st.data())
def test_sums_of_integers(image, data):
    rm.statistics(image, data.draw(drawn.masks(image.shape[:2], "binary")), quantiles=())


def test_every_kernel_was_asked(request):
    """Those that have a twin, and are not only called by other kernels."""
    if request.config.getoption("keyword") or not asked:
        pytest.skip("only some operations were tried")
    twins = set()
    for module in pkgutil.iter_modules(plain.__path__):
        ours = import_module(f"{compiled.__name__}.{module.name}")
        theirs = import_module(f"{plain.__name__}.{module.name}")
        twins |= {(module.name, name) for name in set(ours.__all__) & set(theirs.__all__)}
    assert twins <= asked, f"no operation that is tried here asks for {sorted(twins - asked)}"

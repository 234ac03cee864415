"""Each law catches what is wrong on purpose: in operations, and, by breaking it, in the path itself."""

from __future__ import annotations

import numpy as np
import pytest

from roimask import call, path
from roimask.frame import Window
from roimask.mask import Mask
from tests.laws.laws import LAWS, check
from tests.meta.right import RIGHT, registered
from tests.meta.wrong import WRONG


def assert_caught(law, declare):
    with registered(declare) as operation:
        assert LAWS[law].applies(operation)
        with pytest.raises((AssertionError, ExceptionGroup)):
            check(law, operation, examples=200, shrink=False)


@pytest.mark.parametrize(("declare", "law"), WRONG, ids=[f"{declare.__name__}-{law}" for declare, law in WRONG])
def test_wrong_operation(declare, law):
    assert_caught(law, declare)


def test_a_kernel_cannot_write_into_its_block():
    def declare():
        def wrong(image, weight):
            """Clear the block."""
            image[...] = 0
            return image

        from roimask.operation import operation

        return operation()(wrong)

    with registered(declare) as operation, pytest.raises(ValueError, match="read-only"):
        check("nothing_leaks_out", operation, examples=200, shrink=False)


# -- a path that is broken: no kernel can do this -------------------------------------------------------------------

BROKEN = {}


def broken(law, operation="box_mean"):
    """Note a way of breaking the path, and the law that must catch it."""

    def note(break_it):
        BROKEN[f"{break_it.__name__}-{law}"] = (break_it, law, operation)
        return break_it

    return note


@broken("nothing_leaks_out")
@broken("nothing_leaks_out", "local_range")
@broken("write_alone_is_written")
def writes_outside(monkeypatch):
    blend = path._blend

    def wrong(request, out, result, weight, nodata):
        blend(request, out, result, np.ones(weight.shape, np.uint8), nodata)

    monkeypatch.setattr(path, "_blend", wrong)


@broken("write_all_is_write_everywhere")
def ignores_all(monkeypatch):
    monkeypatch.setattr(call, "_write_mask", lambda o, read, write, frame: read if isinstance(write, str) else write)


@broken("cost_follows_the_region")
def visits_every_tile(monkeypatch):
    def wrong(self, mask, halo=0):
        return list(path.grid(self.source.frame.window, self.tile))

    monkeypatch.setattr(path.Request, "tiles", wrong)


@broken("cost_follows_the_region")
def reads_the_whole(monkeypatch):
    monkeypatch.setattr(path, "_context", lambda request, window, halo: request.source.frame.window)


@broken("bands_are_worked_on_alone", "offset")
def bands_share_their_holes(monkeypatch):
    def wrong(operation, block, known, right=path._layers):
        for layer in right(operation, block, known):
            yield layer._replace(valid=(block == block).all(axis=2) if block.ndim == 3 else layer.valid)

    monkeypatch.setattr(path, "_layers", wrong)


@broken("kinds_agree", "offset")
@broken("regions_taken_as_one", "offset")
def labels_are_weights(monkeypatch):
    def wrong(self):
        values = self.values.astype(np.float32) / max(1, self.values.max(initial=1))
        return values if self.kind == "labels" and self.values.max(initial=0) > 1 else (self.values > 0).view(np.uint8)

    monkeypatch.setattr(
        Mask, "_reduce_weight", lambda self: wrong(self) * np.float32(1 - 0.5 * (self.kind == "labels"))
    )


@broken("per_region_is_each_alone")
def regions_see_each_other(monkeypatch):
    monkeypatch.setattr(call, "_regions", lambda request, per_region, write: [request])


@broken("shape_and_dtype_are_kept", "local_range")
def a_map_of_doubles(monkeypatch):
    monkeypatch.setattr(call, "_target", lambda source, *_: (source, np.full(source.array.shape, np.nan)))


@broken("shape_and_dtype_are_kept", "offset")
def changes_the_image(monkeypatch):
    def wrong(source, *_):
        source.array.flags.writeable = True
        return source, source.array

    monkeypatch.setattr(call, "_target", wrong)


@broken("out_is_the_answer", "offset")
def out_is_not_filled(monkeypatch):
    def wrong(source, out, of_map, right=call._target):
        return right(source, out, of_map) if out is None else (source, out)

    monkeypatch.setattr(call, "_target", wrong)


@broken("another_frame_is_refused")
def crops_what_does_not_fit(monkeypatch):
    monkeypatch.setattr(call, "mask_on", lambda mask, frame: Mask.from_crop(np.asarray(mask), (0, 0), frame))


@broken("no_mask_is_every_pixel")
def no_mask_is_one_pixel(monkeypatch):
    right = call.mask_on

    def wrong(mask, frame):
        return Mask.from_crop(np.ones((1, 1), bool), (0, 0), frame) if mask is None else right(mask, frame)

    monkeypatch.setattr(call, "mask_on", wrong)


@broken("tiles_equal_the_whole")
def skips_a_tile(monkeypatch):
    monkeypatch.setattr(path, "grid", lambda window, tile, right=path.grid: list(right(window, tile))[:1])


@broken("nothing_leaks_in")
def blanks_nothing(monkeypatch):
    monkeypatch.setattr(path, "weights_in", lambda mask, window: np.ones(Window(*window).shape, np.uint8))


@pytest.mark.parametrize("name", BROKEN)
def test_broken_path(name, monkeypatch):
    break_it, law, operation = BROKEN[name]
    break_it(monkeypatch)
    assert_caught(law, RIGHT[operation])


def test_every_law_catches_something():
    caught = {law for _, law in WRONG} | {law for _, law, _ in BROKEN.values()}
    assert caught == set(LAWS)

"""What every call keeps: shape and dtype, layouts, bands, ``out=``, frames."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from roimask.errors import FrameMismatch
from roimask.operation import Operation
from tests.laws import draw as drawn
from tests.laws.compare import same
from tests.laws.law import GRIDS, law


@law(GRIDS, by_the_path=True)
def shape_and_dtype_are_kept(operation: Operation, draw: Any) -> None:
    """An image keeps shape and dtype; a map is float32, or float64 from float64."""
    case = draw(drawn.cases(operation))
    before = case.image.copy()
    result = case()
    dtype = case.image.dtype
    if operation.result == "map":
        dtype = np.dtype(np.float64 if dtype == np.float64 else np.float32)
    assert isinstance(result, np.ndarray) and (result.shape, result.dtype) == (case.image.shape, dtype)
    same(case.image, before, "the caller's image")
    assert not np.shares_memory(result, case.image)


@law()
def layouts_agree(operation: Operation, draw: Any) -> None:
    """How an array lies in memory, and where its bands are, changes nothing."""
    case = draw(drawn.cases(operation))
    answer = case()
    for layout in drawn.LAYOUTS:
        same(case(drawn.laid_out(case.image, layout)), answer, layout)
    if case.image.ndim == 3:
        first = case(np.moveaxis(case.image, -1, 0), channel_axis=0)
        same(first if operation.result == "summary" else np.moveaxis(first, 0, -1), answer, "channel_axis=0")


@law(GRIDS, only=lambda operation: operation.bands != "all")
def bands_are_worked_on_alone(operation: Operation, draw: Any) -> None:
    """Each band of the answer is the answer for that band; so is NaN honoured band by band."""
    case = draw(drawn.cases(operation, least=1))
    assume(case.image.ndim == 3 and operation.bands_of({**operation.defaults, **case.params}) == "each")
    answer = case()
    for band in range(case.image.shape[2]):
        same(answer[:, :, band], case(case.image[:, :, band]), f"band {band}")


@law(GRIDS, by_the_path=True)
def out_is_the_answer(operation: Operation, draw: Any) -> None:
    """out= takes what is answered without it: a new array, and the image itself."""
    case = draw(drawn.cases(operation))
    expected = case(**(more := {"per_region": draw(st.booleans())}))
    out = drawn.laid_out(np.ones_like(expected), draw(st.sampled_from(["C", "F", "strided", "reversed"])))
    assert case(out=out, **more) is out
    same(out, expected, "out=")
    if expected.dtype == case.image.dtype:
        image = case.image.copy()
        assert case(image, out=image, **more) is image
        same(image, expected, "out=image")
        both = np.stack([case.image, np.ones_like(case.image)], axis=2)
        case(both[:, :, 0], out=both[:, :, 1], **more)
        same(both[:, :, 1], expected, "out= interleaved with the image")


@law(by_the_path=True)
def another_frame_is_refused(operation: Operation, draw: Any) -> None:
    """A mask of another size is an error that names both."""
    case = draw(drawn.cases(operation))
    height, width = case.image.shape[:2]
    for shape in ((height + 1, width), (height, width + 1)):
        try:
            case(mask=np.ones(shape, bool))
        except FrameMismatch as error:
            assert f"{shape[0]} × {shape[1]}" in str(error) and f"{height} × {width}" in str(error)
        else:
            raise AssertionError("a mask that does not fit was taken")


@law(only=lambda operation: operation.writes == "inside", by_the_path=True)
def no_mask_is_every_pixel(operation: Operation, draw: Any) -> None:
    """Without a mask every pixel with data takes part."""
    case = draw(drawn.cases(operation))
    everything = np.ones(case.image.shape[:2], bool)
    with np.errstate(all="ignore"):
        same(operation.function(case.image, **case.params), case(mask=everything), "without a mask")

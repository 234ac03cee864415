"""Group 2: statistics and quantiles of one region."""

from __future__ import annotations

import numpy as np

import roimask as rm
from benchmarks import inputs, peers
from benchmarks.case import Race, case

SHARES = (0.02, 0.5, 0.98)


def same(ours, theirs) -> None:
    """The five numbers agree."""
    for name, value in theirs.items():
        np.testing.assert_allclose(np.squeeze(getattr(ours, name)), value, rtol=1e-6, err_msg=name)


@case("2a uint8", "count, mean, std, min, max, 16 Mpx uint8, 50 %", 0.8, "uint8")
@case("2a uint16", "count, mean, std, min, max, 16 Mpx uint16, 50 %", 0.4, "uint16")
@case("2a float32", "count, mean, std, min, max, 16 Mpx float32, 50 %", 0.6, "float32")
def half(dtype: str) -> Race:
    """Half of the image takes part."""
    image, mask = inputs.image(dtype), inputs.half()
    ours, mask_255 = rm.Mask(mask), inputs.as_255(mask)
    others = {
        "cv2.meanStdDev + minMaxLoc": lambda: peers.opencv_statistics(image, mask_255),
        "numpy.ma": lambda: peers.masked_array_statistics(image, mask),
    }
    return Race(lambda: rm.statistics(image, ours, quantiles=()), others, same)


@case("2b uint8", "count, mean, std, min, max, 16 Mpx uint8, 1 % region", 0.4, "uint8")
@case("2b uint16", "count, mean, std, min, max, 16 Mpx uint16, 1 % region", 0.4, "uint16")
@case("2b float32", "count, mean, std, min, max, 16 Mpx float32, 1 % region", 0.4, "float32")
def region(dtype: str) -> Race:
    """A hundredth of the image takes part."""
    image, mask = inputs.image(dtype), inputs.one_percent()
    ours, mask_255 = rm.Mask(mask), inputs.as_255(mask)
    others = {
        "image[mask] in numpy": lambda: peers.numpy_statistics(image, mask),
        "cv2.meanStdDev + minMaxLoc": lambda: peers.opencv_statistics(image, mask_255),
    }
    return Race(lambda: rm.statistics(image, ours, quantiles=()), others, same)


@case("2c", "quantiles 2, 50, 98 %, 16 Mpx uint16, 50 %", 0.4)
def quantiles() -> Race:
    """Exact quantiles."""
    image, mask = inputs.image("uint16"), inputs.half()
    ours, mask_255 = rm.Mask(mask), inputs.as_255(mask)
    others = {
        "cv2.calcHist": lambda: peers.opencv_quantiles(image, mask_255, SHARES),
        "np.quantile": lambda: peers.numpy_quantiles(image, mask, SHARES),
    }

    def check(ours, theirs) -> None:
        np.testing.assert_allclose(np.ravel(list(ours.quantiles.values())), theirs)

    return Race(lambda: rm.statistics(image, ours, quantiles=SHARES), others, check)

"""Operations that are wrong on purpose, each with the law that must catch it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

import roimask as rm
from roimask import operation as declared
from roimask.operation import measure, operation, reduction, selector
from roimask.parameters import Size
from tests.meta.right import Range, weighted_mean

WRONG: list[tuple[Callable, str]] = []


def caught_by(law: str) -> Callable:
    """Note which law must catch what a function declares."""

    def note(declare: Callable) -> Callable:
        WRONG.append((declare, law))
        return declare

    return note


@caught_by("tiles_equal_the_whole")
def halo_one_short():
    @operation(halo=lambda *, size: max(size // 2 - 1, 0), finite=True)
    def wrong(image, weight, *, size: Size):
        """Average a window that reaches further than is said."""
        return weighted_mean(image, weight, size)

    return wrong


@caught_by("nothing_leaks_in")
def one_leaked_pixel():
    @operation(halo=1, finite=True)
    def wrong(image, weight):
        """Average a window and, whether it takes part or not, the pixel to the left."""
        mean, share = weighted_mean(image, weight, 3)
        return mean + 0.25 * np.pad(image.astype(np.float64), ((0, 0), (1, 0)))[:, :-1], share

    return wrong


@caught_by("nothing_leaks_in")
def relies_on_blanks():
    @operation(halo=1, finite=True)
    def wrong(image, weight):
        """Average a window as if pixels that take no part held 0."""
        mean, share = weighted_mean(image, np.ones_like(weight), 3)
        part = weighted_mean(weight, np.ones_like(weight), 3)[0]
        return np.divide(mean, part, out=np.zeros_like(mean), where=part > 0), share * (part > 0)

    return wrong


@caught_by("a_tiny_weight_is_nearly_none")
def weights_ignored():
    @operation(halo=1, finite=True)
    def wrong(image, weight):
        """Average a window with every pixel above 0 in full."""
        return weighted_mean(image, (weight > 0).astype(np.uint8), 3)

    return wrong


@caught_by("tiles_equal_the_whole")
def statistic_of_the_block():
    @operation(finite=True)
    def wrong(image, weight):
        """Subtract the highest value of the block."""
        return image - np.where(weight > 0, image, 0).max(initial=0).astype(np.float64)

    return wrong


@caught_by("tiles_equal_the_whole")
def place_in_the_block():
    @operation(result="map")
    def wrong(image, weight):
        """Number the rows, from the top of the block."""
        return np.repeat(np.arange(image.shape[0])[:, None], image.shape[1], axis=1)

    return wrong


@caught_by("threads_change_nothing")
def answer_of_the_thread():
    @operation()
    def wrong(image, weight):
        """Add whether a thread of the pool is at work."""
        return image.astype(np.float64) + (threading.current_thread() is not threading.main_thread()) / 2

    return wrong


@caught_by("layouts_agree")
def order_in_memory():
    @reduction()
    def wrong(image, weight):
        """Sum the values, each by its place in memory."""
        return Range(0, float(image.ravel(order="K") @ np.arange(image.size, dtype=np.float64)))

    return wrong


@caught_by("tiles_equal_the_whole")
def sum_of_means():
    @reduction()
    def wrong(image, weight):
        """Find the mean; means of tiles cannot be added."""
        values = image[weight > 0].astype(np.float64)
        return Mean(values.mean() if values.size else 0.0)

    return wrong


class Mean(float):
    """A mean that is merged wrongly."""

    def __add__(self, other):
        return Mean((float(self) + float(other)) / 2)

    stack = staticmethod(list)


@caught_by("nothing_leaks_in")
def reduction_of_everything():
    @reduction()
    def wrong(image, weight):
        """Find the lowest and highest value of the tile, mask or no mask."""
        return Range(np.nanmin(image), np.nanmax(image), image.size) if np.any(weight) else Range()

    return wrong


@caught_by("kinds_agree")
def reads_the_number_of_the_label():
    @reduction()
    def wrong(image, weight):
        """Count pixels by their label's number."""
        return Range(0, 0, int(weight.sum(dtype=np.int64)))

    return wrong


@caught_by("rows_are_regions_alone")
def rows_are_of_all_regions():
    @reduction()
    def wrong(image, weight):
        """Count the pixels of all labels."""
        return Count(np.count_nonzero(weight))

    return wrong


class Count(int):
    """A count whose table has the same in each row."""

    def __add__(self, other):
        return Count(int(self) + int(other))

    stack = staticmethod(lambda bands: Count(sum(bands)))
    counts = property(int)

    def answer(self, mask):
        import pandas as pd

        labels = mask is not None and mask.kind == "labels"
        return pd.DataFrame({"label": mask.labels, "count": int(self)}) if labels else self


@caught_by("nothing_leaks_in")
def observes_everything():
    @reduction()
    def highest(image, weight):
        """Find the highest value of the tile."""
        return Range(high=np.nanmax(image, initial=0))

    @operation(observe=highest, finite=True)
    def wrong(image, weight, seen):
        """Subtract from the highest value, mask or no mask."""
        return seen.high - image.astype(np.float64)

    declared.forget("highest")
    return wrong


@caught_by("answers_the_same_whatever_lies_outside")
def threshold_of_everything():
    @selector
    def wrong(image: np.ndarray, mask: rm.Mask | None = None) -> rm.Mask:
        """Find what is above the mean of the whole image."""
        grey = image if image.ndim == 2 else image[..., 0]
        found = rm.Mask(grey > grey.mean()) if grey.size else rm.Mask(np.zeros(grey.shape, bool))
        return found if mask is None else found & mask

    return wrong


@caught_by("answers_the_same_whatever_lies_outside")
def selects_outside():
    @selector
    def wrong(image: np.ndarray, mask: rm.Mask | None = None) -> rm.Mask:
        """Find every pixel."""
        return rm.Mask(np.ones(image.shape[:2], bool))

    return wrong


@caught_by("answers_the_same_whatever_lies_outside")
def measures_beside_the_mask():
    @measure(takes="mask", result="objects")
    def wrong(mask: rm.Mask, *, image: np.ndarray | None = None) -> list:
        """List the mean of the whole image."""
        return [float(np.nanmean(image))]

    return wrong


@caught_by("answers_the_same_whatever_lies_outside")
def measures_everything():
    @measure(takes="image", result="objects")
    def wrong(image: np.ndarray, mask: rm.Mask) -> list:
        """List the mean of the whole image."""
        return [float(np.nanmean(image))]

    return wrong

"""Correlation of an image with a template, each under its mask: by the definition, or by blocks through the FFT."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Literal

import numpy as np

from roimask.frame import Window
from roimask.matching.pixels import Block, Pixels
from roimask.threads import each

__all__ = ["Method", "correlate"]

Method = Literal["ncc", "ssd", "sad", "gradient"]
Sums = tuple[np.ndarray, np.ndarray, np.ndarray]  # product, and squares of image and template, at each place

_DOUBLE = np.dtype(np.float64)
_CENTRED, _SCALED = frozenset({"ncc", "sad"}), frozenset({"ncc", "gradient"})  # what does not change the score
# Error of a correlation through the FFT, as a share of the norms of what is correlated.
_ROUNDING = {np.dtype(np.float32): 1e-7, np.dtype(np.float64): 4e-15}
_TOLERANCE = 1e-4  # by how much rounding may change a score
_TERM, _PIXEL = 1.2, 20.0  # nanoseconds: a term of the definition, and a pixel of a block with all its transforms


def correlate(
    pixels: Pixels | Block, template: Block, method: Method, min_overlap: float, out: np.ndarray, rough: bool = False
) -> None:
    """Score every place where the template lies inside the image, ``out`` (H - h + 1, W - w + 1).

    The image is read by blocks with a margin of the template's size (overlap-save), so it may be larger than memory.
    ``rough`` scores may be wrong where a window is nearly flat.
    """
    least = max(min_overlap * template.total * (1 - 1e-5), 1e-6)
    scorer = _scorer(_moved(template, method), method, out, least, rough)
    height, width = template.shape

    def work(places: Window) -> None:
        needed = Window(places[0], places[1], places[2] + height - 1, places[3] + width - 1)
        block = pixels.part(needed)
        out[places.slices] = scorer.scores(_moved(block, method), places.shape) if block.weight.any() else 0

    with np.errstate(over="ignore", invalid="ignore"):  # squares beyond float64: such windows score 0
        each(work, _windows(out.shape, scorer.places))


def _windows(shape: tuple[int, ...], step: tuple[int, ...]) -> Iterator[Window]:
    for top in range(0, shape[0], step[0]):
        for left in range(0, shape[1], step[1]):
            yield Window(top, left, min(top + step[0], shape[0]), min(left + step[1], shape[1]))


def _moved(block: Block, method: Method) -> Block:
    """Around 0 and about 1 in size, where the score does not mind: sums of squares then lose the fewest digits."""
    values, weight = block.values.astype(np.float64), block.weight[..., np.newaxis]
    if method in _CENTRED:
        values -= (values * weight).sum(axis=(0, 1)) / max(block.total, 1e-300)
        values *= weight > 0
    largest = np.abs(values).max(initial=0) if method in _SCALED else 1.0
    return Block(np.ldexp(values, -math.frexp(largest)[1]), block.weight)


def _scorer(template: Block, method: Method, out: np.ndarray, least: float, rough: bool) -> _Direct | _Fourier:
    size = tuple(_best_size(h, n) for h, n in zip(template.shape, out.shape, strict=True))
    fourier = _Fourier(template, method, size, least, out.dtype, rough)
    blocks = sum(1 for _ in _windows(out.shape, fourier.places))
    by_terms = out.size * template.weight.size * _TERM
    return (
        _Direct(template, method, least) if method == "sad" or by_terms < blocks * math.prod(size) * _PIXEL else fourier
    )


def _noise(values: np.ndarray, weight: np.ndarray, across: np.ndarray, dtype: np.dtype = _DOUBLE) -> float:
    """What rounding may leave of a sum of squares that is 0."""
    squares = np.square(values).sum(axis=2) * weight
    return _ROUNDING[dtype] * float(np.sqrt(np.square(squares).sum() * np.square(across).sum()))


# -- by the definition ---------------------------------------------------------------------------------------------


class _Direct:
    """Term by term: for small templates, or few places."""

    places = (256, 256)

    def __init__(self, template: Block, method: Method, least: float):
        self.template, self.method, self.least = template, method, least

    def scores(self, block: Block, shape: tuple[int, int]) -> np.ndarray:
        """The score of each place in a block."""
        from roimask.kernels.compiled import ncc

        template, out = self.template, np.zeros(shape)
        total, product, image2, template2 = sums = np.zeros((4, *shape))
        weight, part = (one.weight.astype(np.float64) for one in (block, template))
        arrays = (block.values, weight, template.values, part, *shape)
        if self.method == "sad":
            ncc.absolute(*arrays, self.least, out)
            return out
        ncc.direct(*arrays, self.method in _CENTRED, *sums)
        noise = [_noise(*one, template.weight) for one in (block, template)]
        ncc.settle(total, product, image2, template2, self.least, noise[0], noise[1], self.method == "ssd", out)
        return out


# -- by the FFT ----------------------------------------------------------------------------------------------------


class _Fourier:
    """Blocks of one size. Transforms are as precise as the answer, and taken in float64 where float32 would not do."""

    def __init__(
        self, template: Block, method: Method, size: tuple[int, ...], least: float, dtype: np.dtype, rough: bool
    ):
        self.template, self.method, self.size, self.least = template, method, size, least
        self.dtype, self.rough = dtype, rough
        self.places = tuple(n - h + 1 for n, h in zip(size, template.shape, strict=True))

    @cached_property
    def _exact(self) -> _Fourier:
        return _Fourier(self.template, self.method, self.size, self.least, _DOUBLE, self.rough)

    @cached_property
    def _of_weight(self) -> np.ndarray | None:
        """None where all of the template takes part in full: sums over a rectangle need no transform."""
        weight = self.template.weight
        return None if (weight == 1).all() else self._spectrum(weight)

    @cached_property
    def _of_values(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The template and its square, each times its weight, a band at a time."""
        values, weight = self.template.values, self.template.weight
        bands = np.moveaxis(values, 2, 0)
        return [(self._spectrum(weight * band), self._spectrum(weight * band * band)) for band in bands]

    def scores(self, block: Block, shape: tuple[int, int]) -> np.ndarray:
        """The score of each place in a block."""
        from roimask.kernels.compiled import ncc

        product, image2, template2 = sums = np.zeros((3, *shape))
        out = np.zeros(shape)
        whole = bool((block.weight == 1).all())
        total = np.full(shape, self.template.total) if whole else self._total(block.weight, shape)
        of_weight = None if whole else self._spectrum(block.weight)
        for band in range(block.bands):
            self._add(block, band, total, of_weight, sums)
        of_image = _noise(*block, self.template.weight, self.dtype)
        of_template = _noise(*self.template, block.weight, self.dtype)
        doubt = ncc.settle(
            total, product, image2, template2, self.least, of_image, of_template, self.method == "ssd", out
        )
        if doubt > _TOLERANCE and self.dtype != _DOUBLE and not self.rough:
            return self._exact.scores(block, shape)
        return out

    def _total(self, weight: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        """The weight of both at each place, of which windows are refused, so in whole numbers where it must be one."""
        total = self._under_weight(weight, shape)
        binary = all((np.square(part) == part).all() for part in (weight, self.template.weight))
        return np.rint(total) if binary else total

    def _add(self, block: Block, band: int, total: np.ndarray, of_weight: np.ndarray | None, sums: np.ndarray) -> None:
        """Add what one band brings to each place; ``of_weight`` None where the block takes part in full."""
        from roimask.kernels.compiled import ncc

        shape, centred = total.shape, self.method in _CENTRED
        values = np.ascontiguousarray(block.values[..., band])
        weighted = values if of_weight is None else values * block.weight
        of_part, of_squares = self._of_values[band]
        light, light2 = self._under_weight(weighted, shape), self._under_weight(weighted * values, shape)
        both = self._windows(self._spectrum(weighted), of_part, shape)
        if of_weight is None:
            part = self.template.weight * self.template.values[..., band]
            dark, dark2 = part.sum(), (part * self.template.values[..., band]).sum()
            ncc.whole_band(self.template.total, light, light2, dark, dark2, both, centred, *sums)
        else:
            dark, dark2 = (self._windows(of_weight, other, shape) for other in (of_part, of_squares))
            ncc.masked_band(total, light, light2, dark, dark2, both, centred, *sums)

    def _under_weight(self, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """The sum of values under the template's weight, at each place."""
        if self._of_weight is not None:
            return self._windows(self._spectrum(values), self._of_weight, shape)
        import cv2

        size = self.template.shape[::-1]
        values = np.asarray(values, np.float64)  # running sums
        sums = cv2.boxFilter(values, -1, size, None, (0, 0), normalize=False, borderType=cv2.BORDER_CONSTANT)
        return sums[: shape[0], : shape[1]]

    def _spectrum(self, values: np.ndarray) -> np.ndarray:
        import cv2

        padded = np.empty(self.size, self.dtype)
        height, width = values.shape
        padded[:height, :width] = values
        padded[:height, width:] = 0
        padded[height:] = 0
        return cv2.dft(padded, padded)

    def _windows(self, image: np.ndarray, template: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """The correlation of two spectra, at each place."""
        import cv2

        product = cv2.mulSpectrums(image, template, 0, conjB=True)
        back = cv2.dft(product, product, cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)
        return back[: shape[0], : shape[1]]


def _best_size(template: int, places: int) -> int:
    """The side of the blocks that cover all places soonest."""

    def cost(size: int) -> float:
        return -(-places // (size - template + 1)) * size * (1 + (size / 1200) ** 2)  # large ones leave the cache

    enough = [size for size in _sizes(4 * template + 4096) if size >= template]
    last = next(size for size in _sizes(2 * (template + places) + 32) if size >= template + places - 1)
    return min([size for size in enough if size <= last] or [last], key=cost)


def _sizes(limit: int) -> list[int]:
    """Sizes whose transform is fast: products of 2, 3 and 5; with more twos, rows would share lines of the cache."""
    twos, threes, fives = (8, 16, 32, 64), (1, 3, 9, 27, 81, 243), (1, 5, 25, 125)
    return sorted(n for two in twos for three in threes for five in fives if (n := two * three * five) <= limit)

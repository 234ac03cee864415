"""Masks from quality bands and classifications, by bit and by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.mask import Mask
from roimask.operation import selector
from roimask.parameters import Bits
from roimask.presets import Preset, find_preset
from roimask.presets.rules import Rule
from roimask.sources import ArraySource
from roimask.threads import each

__all__ = ["classes", "qa_bits"]

_FILL = "fill"
_ROWS = 128  # that are looked up at a time


@selector
def qa_bits(
    qa: ArraySource,
    *,
    bits: Bits | None = None,
    preset: str | None = None,
    select: Sequence[str] | None = None,
    confidence: Literal["low", "medium", "high"] | None = None,
) -> Mask:
    """Select the pixels that a quality band flags: clouds, shadows, snow, fill.

    What is named is selected: the bad pixels, as a rule, and ``~rm.qa_bits(...)`` are the good ones.

    Parameters
    ----------
    qa : ndarray (H, W) or Raster
        A quality band of whole numbers, in which each bit, or some bits together, say something.
    bits : mapping of str to int or str, optional
        What is selected, by names of your own, of which each is a bit number (bit 0 the lowest; selected where it is
        set) or some bits compared with a value, as in ``"8-9>=2"``, ``"0-1=1|2"``, ``"5=0"``.
    preset : str, optional
        What the bits mean: ``"landsat8-c2"``, ``"landsat7-c2"``, ``"landsat8-c1"``, ``"landsat7-c1"``,
        ``"landsat8-radsat"``, ``"landsat7-radsat"``, ``"modis-state"``, ``"viirs-state"``, ``"viirs-qf1"``,
        ``"viirs-qf2"``, ``"hls-fmask"``, ``"sentinel2-qa60"`` (``rm.known_presets()`` tells all), one in a folder
        that the environment variable ROIMASK_PRESETS names, or a file of your own that ends in ``.toml``.
    select : sequence of str, optional
        Which names of the preset are selected; default: those that most people leave out.
    confidence : {"low", "medium", "high"}, optional
        Selects by the preset's confidence bits, at least so sure, those names that have any; default: by their flags.
    **by_name : int or str
        The same as ``bits``, each a keyword of its own: ``cloud=3, haze="8-9>=2"``.

    Returns
    -------
    Mask
        Binary: where any of the names is so.

    Raises
    ------
    ParameterError
        Where nothing is named, a name or a preset is not known, the image has not the bit, or holds no whole numbers.

    Notes
    -----
    A pixel without data (the file's nodata value, or the preset's fill value, whose bits mean nothing) is selected by
    the name ``fill`` and by no other. Bands of 8 and 16 bits are looked up in a table, where they are large.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> qa = np.array([[0b0000, 0b1000, 0b10000, 0b11000]], np.uint16)
    >>> np.asarray(rm.qa_bits(qa, cloud=3)).astype(int)
    array([[0, 1, 0, 1]])
    >>> np.asarray(rm.qa_bits(qa, cloud=3, shadow=4)).astype(int)
    array([[0, 1, 1, 1]])
    >>> rm.qa_bits(qa, preset="landsat8-c2", select=["cloud"]) == rm.qa_bits(qa, cloud=3)
    True
    >>> rm.qa_bits(qa, snow="12-13>=2").area
    0
    """
    if preset is None and (select is not None or confidence is not None):
        raise ParameterError("select= and confidence= go with preset=, which says what the bits mean; give it too")
    if preset is None and bits is None:
        raise ParameterError("nothing is named: give bits=, a bit for each name, or preset='landsat8-c2'")
    known = Preset("") if preset is None else _preset_of("bits", preset)
    names = _names(known, select) if preset is not None else []
    rules = {**{name: known.rule(name, confidence) for name in names if name in known.bits}, **(bits or {})}
    fill_is_named = _FILL in names or _FILL in rules
    fill = rules.pop(_FILL, None)

    def flagged(numbers: np.ndarray) -> np.ndarray:
        empty = np.isin(numbers, known.fill)
        found = _any(numbers, rules.values()) & ~empty
        if fill_is_named:
            found |= empty if fill is None else empty | fill.among(numbers)
        return found

    return _selected(qa, flagged, fill_is_named)


@selector
def classes(
    classification: ArraySource, values: Sequence[int | str] | None = None, *, preset: str | None = None
) -> Mask:
    """Select the pixels of some classes of a classification: clouds, water, forest.

    Parameters
    ----------
    classification : ndarray (H, W) or Raster
        A class number a pixel; whole numbers.
    values : sequence of int or str, optional
        The class numbers, or with a preset also their names; default: those that most people leave out.
    preset : str, optional
        What the numbers mean: ``"sentinel2-scl"``, ``"worldcover"``, ``"dynamic-world"``, ``"fmask"``
        (``rm.known_presets()`` tells all), one in a folder that the environment variable ROIMASK_PRESETS names, or a
        file of your own that ends in ``.toml``.

    Returns
    -------
    Mask
        Binary: the pixels of any of the classes; ``~rm.classes(...)`` are the others.

    Raises
    ------
    ParameterError
        Where no class is named, a name or a preset is not known, or the image holds no whole numbers.

    Notes
    -----
    A pixel that the file says holds no data is of no class, but for that of the preset that is called ``no_data``.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> scl = np.array([[4, 8, 9, 3]], np.uint8)
    >>> np.asarray(rm.classes(scl, [8, 9])).astype(int)
    array([[0, 1, 1, 0]])
    >>> np.asarray(rm.classes(scl, ["cloud_shadow", 9], preset="sentinel2-scl")).astype(int)
    array([[0, 0, 1, 1]])
    >>> rm.classes(scl, ["snow"], preset="sentinel2-scl").area
    0
    """
    known = Preset("") if preset is None else _preset_of("classes", preset)
    chosen = values if values is not None or preset is None else _names(known, None)
    if not chosen:
        raise ParameterError("no class is named: give their numbers, such as [8, 9], or with preset= their names")
    numbers = [_number(known, value) for value in chosen]
    stored = classification.dtype if classification.dtype.kind == "i" else None

    def of_class(pixels: np.ndarray) -> np.ndarray:
        return np.isin(pixels if stored is None else pixels.view(stored), numbers)

    return _selected(classification, of_class, known.classes.get("no_data") in numbers)


# -- names -----------------------------------------------------------------------------------------------------------


def _preset_of(kind: Literal["bits", "classes"], name: str) -> Preset:
    """The preset of a name, which must be of that kind."""
    preset = find_preset(name)
    if not getattr(preset, kind):
        of, selector = ("classes", "rm.classes") if kind == "bits" else ("bits", "rm.qa_bits")
        raise ParameterError(f"{preset.name} is a preset of {of}: give it to {selector}")
    return preset


def _names(preset: Preset, given: Sequence[str] | None) -> Sequence[str]:
    """The names that are selected, each of which the preset has."""
    names = preset.usual if given is None else given
    if not names:
        raise ParameterError(f"{preset.name} does not say what most people leave out: name some of {preset.listing}")
    preset.require(names)
    return names


def _number(preset: Preset, value: int | str) -> int:
    """The number of a class that is given by number or by name."""
    if not isinstance(value, str):
        return value
    if not preset.classes:
        raise ParameterError(f"the class {value!r} is a name: say with preset= what the numbers mean")
    preset.require([value])
    return preset.classes[value]


# -- pixels ----------------------------------------------------------------------------------------------------------


def _any(numbers: np.ndarray, rules: Iterable[Rule]) -> np.ndarray:
    """Where any of the rules holds."""
    found = np.zeros(numbers.shape, bool)
    for rule in rules:
        found |= rule.among(numbers)
    return found


def _selected(source: ArraySource, where: Callable[[np.ndarray], np.ndarray], missing: bool) -> Mask:
    """The pixels that ``where`` chooses, and those without data if they are ``missing`` by name."""
    numbers = _unsigned(source.array)
    levels = 1 << 8 * numbers.dtype.itemsize
    found = _looked_up(numbers, where) if numbers.size > levels else where(numbers)
    if source.valid is not None:
        valid = source.valid if source.valid.ndim == 2 else source.valid[..., 0]
        found = np.where(valid, found, missing)
    return Mask(found, "binary", source.frame)


def _looked_up(numbers: np.ndarray, where: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The same as ``where(numbers)``, by asking it of each number that there is."""
    table = where(np.arange(1 << 8 * numbers.dtype.itemsize, dtype=numbers.dtype))
    found = np.empty(numbers.shape, bool)

    def look_up(top: int) -> None:
        rows = slice(top, top + _ROWS)
        found[rows] = table[numbers[rows]]  # numpy makes wide indices of the numbers, so not of all at once

    each(look_up, range(0, len(numbers), _ROWS))
    return found


def _unsigned(array: np.ndarray) -> np.ndarray:
    """One band of whole numbers, as unsigned ones of the same bits."""
    band = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
    if band.ndim != 2 or band.dtype.kind not in "bui":
        raise ParameterError(
            f"one band of whole numbers was expected, got {array.dtype} of shape {array.shape}. "
            "Choose the band, such as image[..., 0]; of a file with a palette rm.Raster(path, indexed=True)."
        )
    return band.view(f"u{band.dtype.itemsize}")

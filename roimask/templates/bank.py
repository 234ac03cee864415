"""Banks: templates of one form at several angles and widths, or any that a user brings."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

import numpy as np

from roimask.errors import ParameterError
from roimask.parameters import TextForm, unknown_name
from roimask.templates.classic import COMPASS, LAWS, compass, laws
from roimask.templates.drawn import DRAWN
from roimask.templates.user import read_template

__all__ = ["Bank", "BankLike", "bank", "template"]

Polarity = Literal["bright", "dark", "both"]
_EDGES = frozenset({*COMPASS, "edge", "corner"} - {"duda"})  # these differ when turned by 180 degrees
_UNTURNED = frozenset({"spot", "ring", "laws"})


@dataclass(frozen=True, eq=False)
class Bank:
    """Templates of one size that are tried together.

    Attributes
    ----------
    kernels : array (K, n, m)
        The templates, laid over the image as they are printed; read-only.
    angles, widths : array (K,)
        What each is an answer for: degrees counter-clockwise as seen, and pixels; NaN where that is not known.

    Examples
    --------
    >>> import roimask as rm
    >>> rm.bank("line", size=5, orientations=4)
    Bank(4 templates of 5 × 5)
    """

    kernels: np.ndarray
    angles: np.ndarray
    widths: np.ndarray

    @classmethod
    def of(cls, given: Any) -> Bank:
        """A bank of whatever can stand for one: a Bank, a template, several of one size, or a name.

        Raises
        ------
        ParameterError
            Where an array is no template, or sizes differ.
        """
        if isinstance(given, Bank):
            return given
        if isinstance(given, str):
            return _parsed(given)
        kernels = _stacked(given)
        unknown = np.full(len(kernels), np.nan)
        return cls(kernels, unknown, unknown)

    def __post_init__(self) -> None:
        for values in (self.kernels, self.angles, self.widths):
            values.setflags(write=False)

    @property
    def size(self) -> int:
        """The longer side of the templates in pixels."""
        return max(self.kernels.shape[1:])

    def __len__(self) -> int:
        return len(self.kernels)

    def __getitem__(self, index: int) -> np.ndarray:
        return self.kernels[index]

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter(self.kernels)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.kernels, dtype) if dtype or copy else self.kernels

    def __repr__(self) -> str:
        return f"Bank({len(self)} templates of {self.kernels.shape[1]} × {self.kernels.shape[2]})"

    def __str__(self) -> str:
        """The numbers of each, under its angle and width."""
        facts = zip(self.kernels, self.angles.tolist(), self.widths.tolist(), strict=True)
        return "\n\n".join("\n".join([*_heading(*about), _numbers(kernel)]) for kernel, *about in facts)

    def picture(self, cell: int = 12) -> np.ndarray:
        """The templates drawn side by side: red is above 0, blue below, white is 0.

        Parameters
        ----------
        cell : int, optional
            Pixels along the side of one number. Default 12.

        Returns
        -------
        array (H, W, 3)
            uint8.
        """
        tiles = [np.pad(_colored(kernel).repeat(cell, 0).repeat(cell, 1), [(4, 4), (4, 4), (0, 0)]) for kernel in self]
        columns = math.ceil(math.sqrt(len(tiles)))
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
        return np.vstack([np.hstack(tiles[at : at + columns]) for at in range(0, len(tiles), columns)])

    def _repr_png_(self) -> bytes:
        from roimask.view import thumbnail

        return thumbnail(self.picture())


def _heading(angle: float, width: float) -> list[str]:
    known = [f"{angle:g}°"] * (angle == angle) + [f"{width:g} wide"] * (width == width)
    return [", ".join(known)] if known else []


def _numbers(kernel: np.ndarray) -> str:
    return "\n".join(" ".join(f"{number + 0.0:7.3f}" for number in row) for row in kernel.round(4).tolist())


def _colored(kernel: np.ndarray) -> np.ndarray:
    strength = kernel / (np.abs(kernel).max() or 1.0)
    fade = 1 - np.abs(strength)
    red, blue = np.where(strength >= 0, 1, fade), np.where(strength <= 0, 1, fade)
    return np.rint(255 * np.stack([red, fade, blue], axis=2)).astype(np.uint8)


def _stacked(given: Any) -> np.ndarray:
    try:
        array = np.array(given, np.float64)
    except (ValueError, TypeError):
        raise ParameterError(
            f"a bank is templates of one size, arrays of numbers (n, m) or (K, n, m), got {given!r:.80}"
        ) from None
    kernels = array[None] if array.ndim == 2 else array
    if kernels.ndim != 3 or not len(kernels) or not all(side % 2 for side in kernels.shape[1:]):
        raise ParameterError(f"templates have an odd height and width, got an array of shape {array.shape}")
    if not np.isfinite(kernels).all():
        raise ParameterError("templates are finite numbers, got NaN or inf")
    return kernels


# -- by name ---------------------------------------------------------------------------------------------------------


def template(
    name: Any,
    size: int | None = None,
    angle: float = 0.0,
    width: float | None = None,
    *,
    length: float | None = None,
    kind: str = "E5L5",
    dark: bool = False,
) -> np.ndarray:
    """Make a template: a small array with the form of what is looked for, to be laid over an image.

    Parameters
    ----------
    name : str or array
        ``"line"``, ``"edge"``, ``"second_derivative"``, ``"gabor"``, ``"spot"``, ``"corner"``, ``"ring"``,
        ``"rectangle"``, drawn at any size and angle; ``"prewitt"``, ``"sobel"``, ``"scharr"``, ``"kirsch"``,
        ``"robinson"`` (3 × 3, steps of 45 degrees), ``"nevatia_babu"`` (5 × 5, steps of 30), ``"duda"`` (5 × 5, steps
        of 45, a road operator), ``"laws"``; an array of your own; or a file of numbers (.txt, .csv, .json).
    size : int, optional
        Height and width in pixels, odd. Default: 7, or what its width needs; the classic ones have their own.
    angle : float, optional
        Degrees counter-clockwise as seen, 0 along the row. Default 0.
    width : float, optional
        Of a line, a ring or a roof, or the diameter of a spot, in pixels.
    length : float, optional
        Of a rectangle, in pixels. Default: its width.
    kind : str, optional
        Which of Laws' textures: two of L5, E5, S5, W5, R5, down and along. Default E5L5.
    dark : bool, optional
        Look for what is darker than what lies beside it. Default False.

    Returns
    -------
    array (n, n)
        float64. What is drawn has sum 0; what is positive sums to 1, so that the answer is a contrast.

    Raises
    ------
    ParameterError
        Where the name is not known, or does not go with the size, the angle or the width.

    References
    ----------
    R. Nevatia, K. R. Babu, "Linear feature extraction and description", CGIP 13 (1980) 257-269. M. A. Fischler, J. M.
    Tenenbaum, H. C. Wolf, "Detection of roads and linear structures in low-resolution aerial imagery using a
    multisource knowledge integration technique", CGIP 15 (1981) 201-223. K. I. Laws, "Textured image segmentation",
    1980.

    Examples
    --------
    >>> import roimask as rm
    >>> rm.template("line", size=3).round(2) + 0.0
    array([[-0.13, -0.25, -0.13],
           [ 0.33,  0.33,  0.33],
           [-0.13, -0.25, -0.13]])
    >>> rm.template("kirsch", angle=90).round(2)
    array([[ 0.33, -0.2 , -0.2 ],
           [ 0.33,  0.  , -0.2 ],
           [ 0.33, -0.2 , -0.2 ]])
    """
    made = _made(name, size, angle, width, length, kind)
    return -made + 0.0 if dark else made


def _made(
    name: Any, size: int | None, angle: float, width: float | None, length: float | None, kind: str
) -> np.ndarray:
    if not isinstance(name, str):
        return _one(name)
    known = [*DRAWN, *COMPASS, "laws"]
    if name in DRAWN:
        given = {"width": width, "length": length}
        extra = {parameter: value for parameter, value in given.items() if value is not None}
        _require_known(name, extra)
        return DRAWN[name](_size_of(name, size, width, length), angle, **extra)
    if name not in known:
        return read_template(name) if "." in name else _refuse(name, known)
    found = laws(kind) if name == "laws" else compass(name, angle)
    if size not in (None, len(found)):
        raise ParameterError(f"{name} is {len(found)} × {len(found)}, got size {size}; leave it out")
    return found


def _one(array: Any) -> np.ndarray:
    kernels = _stacked(array)
    if len(kernels) != 1:
        raise ParameterError(f"a template has two axes, got an array of shape {np.shape(array)}; several are a bank")
    return kernels[0]


def _refuse(name: str, known: Sequence[str]) -> np.ndarray:
    raise unknown_name(name, known, "the template")


def _require_known(name: str, extra: dict[str, Any]) -> None:
    for parameter, value in extra.items():
        if parameter not in inspect.signature(DRAWN[name]).parameters:
            raise ParameterError(f"{name} has no {parameter}; leave it out")
        if not 0 < value < math.inf:
            raise ParameterError(f"{parameter} is a number of pixels above 0, got {value!r}")


def _size_of(name: str, size: int | None, width: float | None, length: float | None) -> int:
    """The size that was given; else one that leaves room on either side."""
    if size is None:
        needed = max(3.0 * (width or 1), 1.5 * (length or 1))
        return max(7, 2 * math.ceil((needed - 1) / 2) + 1)
    if isinstance(size, bool) or size != int(size) or size < 3 or size % 2 == 0:
        raise ParameterError(f"size is an odd number of pixels, 3 or more, got {size!r}")
    if name == "line" and width is not None and 3 * width > size:
        raise ParameterError(f"a line {width:g} wide and its sides need a size of {3 * width:g} or more, got {size}")
    return int(size)


def bank(
    name: Any = "line",
    size: int | None = None,
    orientations: int | None = None,
    widths: Sequence[float] | None = None,
    *,
    length: float | None = None,
    polarity: Polarity = "bright",
) -> Bank:
    """Make a bank: a template at several angles and widths.

    Parameters
    ----------
    name : str, array or list of arrays, optional
        As in :func:`template`; several arrays of one size are a bank as they are. ``"laws"`` are all 25. Default
        ``"line"``.
    size : int, optional
        Height and width in pixels, odd. Default: what the widest needs, 7 at least.
    orientations : int, optional
        How many angles there are, spread over 180 degrees (360 for edges and corners). Default: 12, 8 or what a
        compass template has; 1 for what has no angle.
    widths : sequence of float, optional
        Default: the template's own.
    length : float, optional
        Of a rectangle, in pixels.
    polarity : {"bright", "dark", "both"}, optional
        What is looked for. Default "bright".

    Returns
    -------
    Bank

    Raises
    ------
    ParameterError
        As in :func:`template`.

    Examples
    --------
    >>> import roimask as rm
    >>> found = rm.bank("line", size=9, orientations=6, widths=(1, 3))
    >>> len(found), found.angles[:3].tolist(), found.widths[[0, 6]].tolist()
    (12, [0.0, 30.0, 60.0], [1.0, 3.0])
    """
    if not isinstance(name, str) or name not in {*DRAWN, *COMPASS, "laws"}:
        made = Bank.of(read_template(name) if isinstance(name, str) and "." in name else _listed(name))
        return _polarised(made, polarity)
    if name == "laws":
        kinds = [f"{down}5{along}5" for down in LAWS for along in LAWS]
        return _polarised(Bank.of(np.array([laws(kind) for kind in kinds])), polarity)
    angles = _angles_of(name, orientations)
    side = size if name in COMPASS or size is not None else _size_of(name, None, max(widths or (1,)), length)
    pairs = [(angle, width) for width in (widths or (None,)) for angle in angles]
    kernels = np.array([template(name, side, angle, width, length=length) for angle, width in pairs])
    known = np.array([np.nan if name in _UNTURNED else angle for angle, _ in pairs])
    return _polarised(Bank(kernels, known, np.array([_width_of(name, w) for _, w in pairs], np.float64)), polarity)


def _listed(name: Any) -> Any:
    """What is no name must be arrays."""
    return _refuse(name, [*DRAWN, *COMPASS, "laws"]) if isinstance(name, str) else name


def _angles_of(name: str, orientations: int | None) -> list[float]:
    turn = 360 if name in _EDGES else 180
    own = turn // COMPASS[name] if name in COMPASS else 1 if name in _UNTURNED else 8 if name in _EDGES else 12
    count = own if orientations is None else orientations
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ParameterError(f"orientations are a whole number, 1 or more, got {orientations!r}")
    return [turn * step / count for step in range(count)]


def _width_of(name: str, width: float | None) -> float:
    if width is not None or name not in DRAWN:
        return np.nan if width is None else width
    written = inspect.signature(DRAWN[name]).parameters.get("width")
    return np.nan if written is None else written.default


def _polarised(made: Bank, polarity: str) -> Bank:
    if polarity not in ("bright", "dark", "both"):
        raise ParameterError(f"polarity is one of bright, dark, both, got {polarity!r}")
    if polarity == "bright":
        return made
    dark = Bank(-made.kernels + 0.0, made.angles, made.widths)
    return (
        dark
        if polarity == "dark"
        else Bank(
            *map(np.concatenate, zip(*((part.kernels, part.angles, part.widths) for part in (made, dark)), strict=True))
        )
    )


# -- as text ---------------------------------------------------------------------------------------------------------


@cache
def _parsed(text: str) -> Bank:
    """``line``, ``line:size=15,widths=1+3``, or a file of numbers."""
    name, _, rest = text.partition(":")
    pairs = [pair.partition("=") for pair in rest.split(",") if pair]
    return bank(name, **{key.strip(): _value(key.strip(), value) for key, _, value in pairs})


def _value(key: str, text: str) -> Any:
    readers = {"size": int, "orientations": int, "length": float, "polarity": str}
    if key == "widths":
        return tuple(float(width) for width in text.split("+"))
    if key not in readers:
        raise unknown_name(key, [*readers, "widths"], "of a bank")
    return readers[key](text)


_FORM = "a bank: a name or a file of numbers, such as line:size=15,orientations=12,widths=1+3"
BankLike = Annotated[Any, TextForm(_FORM, Bank.of, str)]

"""What the laws are tried on: images, masks and parameters, drawn by hypothesis from an operation's own signature."""

from __future__ import annotations

import contextlib
import inspect
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from hypothesis import strategies as st

import roimask as rm
from roimask.operation import Operation
from roimask.parameters import TextForm, type_form
from tests.laws.examples import EXAMPLES, Example

DTYPES = ("bool", "uint8", "uint16", "int16", "int32", "float32", "float64")
LAYOUTS = ("C", "F", "strided", "reversed", "read-only", "big-endian")
KINDS = ("binary", "labels", "weights")
STYLES = ("dense", "dense", "dense", "sparse", "sparse", "box", "full", "empty", "pixel")

# Parameters whose name says more than their type.
BY_NAME: dict[str, st.SearchStrategy] = {
    "q": st.sampled_from([0.0, 10.0, 50.0, 90.0, 100.0]),
    "quantiles": st.sampled_from([(), (0.5,), (0.0, 0.25, 1.0)]),
    "bins": st.sampled_from([1, 7, 256]),
}
_BY_TYPE: dict[Any, list[Any]] = {
    bool: [False, True],
    int: [1, 2, 3, 4, 5],
    float: [0.0, 0.5, 1.0, 2.0],
}


@dataclass(frozen=True)
class Case:
    """One call to be tried: an image, a mask on it, and the operation's own parameters."""

    operation: Operation
    image: np.ndarray
    mask: rm.Mask
    params: dict[str, Any]

    def __call__(self, image: np.ndarray | None = None, mask: Any = None, **more: Any) -> Any:
        """Call the public function, with another image or mask where one is given."""
        mask = self.mask if mask is None else mask
        with np.errstate(all="ignore"):
            return self.operation.function(self.image if image is None else image, mask, **{**self.params, **more})

    @property
    def inside(self) -> np.ndarray:
        """Where a pixel takes part at all."""
        return np.asarray(self.mask) > 0

    def whole(self, image: np.ndarray) -> Any:
        """Call with another image, whichever of image and mask is the first argument."""
        function, params = self.operation.function, self.params
        with np.errstate(all="ignore"):
            if self.operation.takes == "image":
                return function(image, **params, mask=self.mask)
            return function(self.mask, **params, image=image)

    @property
    def scale(self) -> float:
        """The largest finite value that takes part: rounding is judged by it."""
        values = self.image[self.inside].astype(np.float64)
        return max(1.0, float(np.abs(values[np.isfinite(values)]).max(initial=0)))


def over(where: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Pixels of a frame, for indexing all bands of an image."""
    return where if image.ndim == 2 else where[..., None]


def generator(draw: Any, *also: int) -> np.random.Generator:
    """Chance, of which hypothesis knows the seed alone: what it chooses itself repeats too much in 25 examples."""
    return np.random.default_rng([draw(st.integers(0, 2**32 - 1)), *also])


# -- images ------------------------------------------------------------------------------------------------------


@st.composite
def images(
    draw, dtypes=DTYPES, bands=(None, None, 1, 2, 3, 4, 5), least: int = 0, holes: bool = True, top: float = 1000
) -> np.ndarray:
    """A read-only image (H, W) or (H, W, C): noise, ramp, flat or extreme; floats, below top, may hold NaN and inf."""
    height, width = draw(st.integers(max(least, 1), 36)), draw(st.integers(max(least, 1), 36))
    rng = generator(draw, height, width)
    if least == 0 and rng.random() < 0.05:
        height, width = rng.choice([[0, width], [height, 0], [0, 0]])
    dtype, bands = np.dtype(rng.choice(dtypes)), bands[rng.integers(len(bands))]
    shape = (int(height), int(width)) + (() if bands is None else (bands,))
    image = _content(rng.choice(["noise", "noise", "ramp", "flat", "extreme"]), shape, dtype, rng, top)
    if dtype.kind == "f" and holes:
        image[rng.random(shape) < rng.choice([0, 0.1])] = np.nan
        image[rng.random(shape) < rng.choice([0, 0, 0.05])] = np.inf
    image.setflags(write=False)
    return image


def _content(style: str, shape: tuple[int, ...], dtype: np.dtype, rng: np.random.Generator, top: float) -> np.ndarray:
    if dtype.kind != "f":
        top = 1 if dtype.kind == "b" else min(np.iinfo(dtype).max, 60_000)
    if style == "flat":
        return np.full(shape, top / 2, dtype)
    if style == "ramp":
        return (np.arange(np.prod(shape)).reshape(shape) % 1001 * top / 1000).astype(dtype)
    if style == "extreme" and dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return rng.choice(np.array([limits.min, limits.max], dtype), shape)
    return (rng.random(shape) * (top if dtype.kind == "f" else top + 1)).astype(dtype)


def junk_like(image: np.ndarray, style: str, rng: np.random.Generator) -> np.ndarray:
    """What is put under the mask: noise over the whole range, NaN, inf, or the largest value."""
    if image.dtype == bool:
        return rng.random(image.shape) < 0.5 if style == "noise" else np.ones_like(image)
    if image.dtype.kind in "iu":
        limits = np.iinfo(image.dtype)
        noise = rng.integers(limits.min, limits.max, image.shape, image.dtype, endpoint=True)
        return noise if style == "noise" else np.full_like(image, limits.max)
    values = {"nan": np.nan, "inf": np.inf, "maximum": np.finfo(image.dtype).max}
    if style == "noise":
        return rng.normal(0, 1e6, image.shape).astype(image.dtype)
    return np.full_like(image, values[style])


def laid_out(image: np.ndarray, layout: str) -> np.ndarray:
    """The same pixels, lying differently in memory."""
    if layout == "F":
        return np.asfortranarray(image)
    if layout == "strided":
        wide = np.zeros(tuple(2 * n for n in image.shape), image.dtype)
        wide[tuple(slice(None, None, 2) for _ in image.shape)] = image
        return wide[tuple(slice(None, None, 2) for _ in image.shape)]
    if layout == "reversed":
        return np.ascontiguousarray(image[::-1, ::-1])[::-1, ::-1]
    if layout == "big-endian":
        return image.astype(image.dtype.newbyteorder(">"))
    copy = image.copy()
    copy.setflags(write=layout != "read-only")
    return copy


# -- masks -------------------------------------------------------------------------------------------------------


@st.composite
def masks(draw, shape: tuple[int, int], kind: str | None = None) -> rm.Mask:
    """A mask: empty, full, random, one pixel or a box; of a kind, or of any."""
    rng = generator(draw, *shape)
    kind = kind or rng.choice(KINDS)
    where = _region(rng.choice(STYLES), shape, rng)
    if kind == "binary":
        return rm.Mask(where)
    if kind == "labels":
        return rm.Mask(np.where(where, rng.integers(1, 5, shape), 0), kind="labels")
    share = rng.random(shape).astype(np.float32)
    weights = np.where(rng.random(shape) < rng.choice([0, 0.5]), 1, np.maximum(share, 0.01))
    return rm.Mask(np.where(where, weights, 0).astype(np.float32))


def _region(style: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    where = np.zeros(shape, bool)
    if where.size == 0 or style == "empty":
        return where
    if style in ("dense", "sparse"):
        return rng.random(shape) < (0.7 if style == "dense" else 0.2)
    rows, columns = (np.sort(rng.integers(0, n, 2)) for n in shape)
    box = {
        "full": (slice(None), slice(None)),
        "pixel": (rows[0], columns[0]),
        "box": (slice(rows[0], rows[1] + 1), slice(columns[0], columns[1] + 1)),
    }
    where[box[style]] = True
    return where


# -- parameters --------------------------------------------------------------------------------------------------


@st.composite
def cases(draw, operation: Operation, kind: str | None = None, least: int = 0, **of_image: Any) -> Case:
    """A call of an operation on an image under a mask."""
    image = draw(images(**{"least": least, **example_of(operation).images, **of_image}))
    mask = draw(masks(image.shape[:2], kind))
    return Case(operation, image, mask, {**draw(parameters(operation, image)), **draw(of_window(operation))})


@st.composite
def of_window(draw, operation: Operation) -> dict[str, Any]:
    """What every window operation takes: mostly its default."""
    choices = {"min_coverage": [0.0, 0.0, 0.0, 0.5], "border": ["outside", "outside", "reflect", "mirror", "nearest"]}
    return {name: draw(st.sampled_from(choices[name])) for name in choices if name in operation.parameters}


def example_of(operation: Operation) -> Example:
    """What the table says of an operation; of most it says nothing."""
    return EXAMPLES.get(operation.name, Example())


@st.composite
def parameters(draw, operation: Operation, image: np.ndarray) -> dict[str, Any]:
    """The operation's own parameters: some left at their defaults."""
    call = example_of(operation).call
    if call is not None:
        return draw(call(image))
    drawn = {name: draw(strategy) for name, strategy in strategies(operation).items()}
    return {name: value for name, value in drawn.items() if operation.parameters[name].required or draw(st.booleans())}


def strategies(operation: Operation) -> dict[str, st.SearchStrategy]:
    """A strategy for each of the operation's own parameters; none for an optional one that cannot be guessed."""
    hints = get_type_hints(operation.kernel, include_extras=True)
    written = inspect.signature(operation.kernel).parameters
    own = [name for name in operation.own(operation.parameters) if name in written and name not in ("mask", "image")]
    guesses = {name: _strategy(operation, name, hints.get(name)) for name in own}
    return {name: guess for name, guess in guesses.items() if guess is not None}


def cannot_be_guessed(operation: Operation) -> list[str]:
    """Required parameters for which nothing can be drawn: they need a line in EXAMPLES."""
    if example_of(operation).call is not None:
        return []
    known = strategies(operation)
    own = operation.own(operation.parameters)
    return [name for name in own if operation.parameters[name].required and name not in (*known, "mask", "image")]


def _strategy(operation: Operation, name: str, hint: Any) -> st.SearchStrategy | None:
    if name in BY_NAME:
        return BY_NAME[name]
    default = operation.parameters[name].default
    if isinstance(default, (int, float)) and not isinstance(
        default, bool
    ):  # half of it: what else is sensible, only its own examples can say
        return st.sampled_from([default, type(default)(default / 2) or default])
    return _of_type(hint)


def _of_type(hint: Any) -> st.SearchStrategy | None:
    if hint in _BY_TYPE:
        return st.sampled_from(_BY_TYPE[hint])
    if get_origin(hint) is Annotated:
        return _allowed(get_args(hint)[0], type_form(hint))
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) in (Union, UnionType):
        parts = [_of_type(part) for part in get_args(hint) if part is not NoneType]
        known = [part for part in parts if part is not None]
        nothing = [st.none()] if NoneType in get_args(hint) else []
        return st.one_of(*nothing, *known) if known else None
    return None


def _allowed(base: Any, form: TextForm) -> st.SearchStrategy | None:
    """The plain values that a type of parameter lets pass."""
    allowed = []
    for value in (v for plain in _BY_TYPE for v in _BY_TYPE[plain] if plain in (base, *get_args(base))):
        with contextlib.suppress(ValueError):
            form.check(value)
            allowed.append(value)
    return st.sampled_from(allowed) if allowed else None

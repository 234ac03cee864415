"""A recipe: steps, the masks that hold for all of them, and where results go."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from roimask.errors import ParameterError, ReadError
from roimask.kinds import DTYPES
from roimask.parameters import unknown_name
from roimask.raster.io import RECIPE_TAG
from roimask.raster.paths import named_after, shown
from roimask.raster.raster import Raster
from roimask.recipes import toml
from roimask.recipes.masks import anchored
from roimask.recipes.schema import schema
from roimask.recipes.step import Step, StepError, require_chain
from roimask.recipes.work import run

__all__ = ["Recipe"]

_KEYS = ("step", "mask", "exclude", "mask_kind", "out")


@dataclass(frozen=True)
class Recipe:
    """What is done to images, one step after another, as a value: it can be compared, written down and read again.

    Everything is checked when the recipe is made, before anything runs.

    Parameters
    ----------
    steps : sequence of mapping
        What is done, in order: ``[{"op": "median", "size": 5}, {"op": "clahe"}]``. Each names an operation and its
        parameters as text, numbers, flags and lists; files by their paths. A step takes what the one before answers,
        an image or a mask; one that answers a table can only be the last.
    mask : str, optional
        Which pixels take part, in all steps: a mask file, an expression of several (``fields.png - clouds.tif``), or a
        pattern with ``{stem}``, ``{name}`` or ``{folder}`` of the image (``masks/{stem}.png``).
    exclude : str or sequence of str, optional
        Masks, given in the same ways, of pixels that take no part.
    mask_kind : {"binary", "labels", "weights"}, optional
        What mask files hold; by default they say it themselves.
    out : str, optional
        Where results go if nothing else is said: a file, a folder, or a pattern.
    folder : str, default ""
        What paths are relative to: the folder of the file that the recipe was read from. No part of the comparison.

    Raises
    ------
    ParameterError
        Where a step is unknown, a parameter unknown, wrong or missing, or a step cannot go on from the one before.

    Notes
    -----
    The same file in TOML::

        mask = "fields.geojson"

        [[step]]
        op = "median"
        size = 5

        [[step]]
        op = "clahe"

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> recipe = rm.Recipe([{"op": "median", "size": 3}, {"op": "invert"}])
    >>> image = np.array([[1, 2, 3], [4, 250, 6], [7, 8, 9]], np.uint8)
    >>> bool((recipe(image) == rm.invert(rm.median(image, size=3))).all())
    True
    >>> mask = image < 200
    >>> bool((recipe(image, mask) == rm.invert(rm.median(image, mask, size=3), mask)).all())
    True
    >>> bool((recipe(image, np.zeros((3, 3), bool)) == image).all())
    True
    >>> rm.Recipe.from_toml(recipe.to_toml()) == recipe
    True
    >>> rm.Recipe([{"op": "medain", "size": 3}])
    Traceback (most recent call last):
        ...
    roimask.recipes.step.StepError: step 1: there is no operation 'medain': did you mean 'median'?
    """

    steps: tuple[Step, ...]
    mask: str | None = None
    exclude: tuple[str, ...] = ()
    mask_kind: str | None = None
    out: str | None = None
    folder: str = field(default="", compare=False)

    def __init__(
        self,
        steps: Sequence[Mapping[str, Any] | Step],
        *,
        mask: str | os.PathLike[str] | None = None,
        exclude: str | Iterable[str] = (),
        mask_kind: str | None = None,
        out: str | os.PathLike[str] | None = None,
        folder: str = "",
    ):
        set_ = object.__setattr__
        set_(self, "steps", _steps(steps))
        set_(self, "mask", _text(mask, "mask"))
        set_(self, "exclude", _texts(exclude))
        set_(self, "mask_kind", _kind(mask_kind))
        set_(self, "out", _text(out, "out"))
        set_(self, "folder", folder)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Recipe:
        """Read a recipe from a TOML file; paths in it are relative to its folder.

        Raises
        ------
        ReadError
            Where the file cannot be read.
        ParameterError
            Where it is no recipe; with the line.
        """
        name = os.fspath(path)
        return cls.from_toml(toml.text_of(name), os.path.dirname(name), name)

    @classmethod
    def from_toml(cls, text: str, folder: str = "", name: str = "the recipe") -> Recipe:
        """The recipe that a TOML text describes; ``name`` is what errors call it.

        Raises
        ------
        ParameterError
            Where it is no recipe; with the line.
        """
        content = toml.parsed(text, name)
        try:
            for key in content:
                if key not in _KEYS:
                    raise StepError(str(unknown_name(key, _KEYS, "the key")), key)
            steps = content.pop("step", None)
            return cls(steps if steps is not None else (), **content, folder=folder)
        except ParameterError as error:
            raise ParameterError(f"{name}{toml.place(text, error)}: {error}") from None

    @classmethod
    def from_history(cls, path: str | os.PathLike[str]) -> Recipe:
        """The recipe that an image was made by, which files that roimask writes say in a tag.

        Raises
        ------
        ReadError
            Where the file cannot be read, or says of no recipe.
        """
        with Raster(path) as raster:
            said = raster.tags.get(RECIPE_TAG)
        if said is None:
            raise ReadError(f"{shown(path)} does not say how it was made: it has no tag {RECIPE_TAG}.")
        try:
            return cls(**json.loads(said))
        except (ValueError, TypeError) as error:
            raise ReadError(f"{shown(path)}: the recipe in its tags cannot be read: {error}") from None

    def tags(self) -> dict[str, str]:
        """What a file that it made says of it: ``rm.write(path, result, tags=recipe.tags())``."""
        said = {"steps": [step.to_dict() for step in self.steps], "mask": self.mask, "exclude": self.exclude}
        kept = {name: value for name, value in {**said, "mask_kind": self.mask_kind}.items() if value not in (None, ())}
        return {RECIPE_TAG: json.dumps(kept, ensure_ascii=False)}

    def anchored(self) -> Recipe:
        """The same recipe with its paths as they are opened, whatever folder it was read from."""
        steps = [step.to_dict() | {p.name: self.at(text) for p, text in step.files} for step in self.steps]
        return Recipe(
            steps,
            mask=None if self.mask is None else anchored(self.mask, self.folder),
            exclude=[anchored(text, self.folder) for text in self.exclude],
            mask_kind=self.mask_kind,
            out=None if self.out is None else self.at(self.out),
        )

    @staticmethod
    def schema() -> dict[str, Any]:
        """The JSON schema of recipe files, for editors."""
        return schema()

    def to_toml(self) -> str:
        """The recipe as TOML, which :meth:`from_toml` reads."""
        head = {"mask": self.mask, "exclude": self.exclude, "mask_kind": self.mask_kind, "out": self.out}
        return toml.text(head, [step.to_dict() for step in self.steps])

    def at(self, path: str) -> str:
        """A path of the recipe, as it is to be opened."""
        return os.path.join(self.folder, path)

    @property
    def takes(self) -> str:
        """What the first step works on: "image" or "mask"."""
        return self.steps[0].operation.takes

    @property
    def result(self) -> str:
        """What the last step answers: "image", "map", "picture", "mask", "table", ..."""
        return self.steps[-1].operation.result

    @property
    def by_blocks(self) -> bool:
        """Whether every step can go block by block, so that :func:`roimask.run` works the recipe on any size."""
        return all(step.by_blocks for step in self.steps)

    @property
    def conceals(self) -> bool:
        """Whether what a step takes away must be gone, also from what a file says beside its pixels."""
        return any(step.operation.conceals for step in self.steps)

    def steps_for(self, path: str) -> list[dict[str, Any]]:
        """The steps as :func:`roimask.run` takes them, for an image: files by the names that they are opened by."""
        return [
            step.to_dict() | {parameter.name: self.at(named_after(text, path)) for parameter, text in step.files}
            for step in self.steps
        ]

    def __call__(self, image: Any, mask: Any = None) -> Any:
        """Work the steps on an image in memory, or on a raster that is read whole.

        Parameters
        ----------
        image : array, PIL image, Raster or Mask
            What the first step takes.
        mask : Mask or array, optional
            Which pixels take part, instead of what ``mask`` and ``exclude`` of the recipe name.

        Returns
        -------
        What the last step answers.

        Raises
        ------
        RoimaskError
            Where a step cannot be worked, with its number.
        """
        return run(self, image, mask)


def _steps(given: Any) -> tuple[Step, ...]:
    if isinstance(given, (str, Mapping)) or not hasattr(given, "__iter__"):
        raise StepError(f"the steps are a list, each such as {{'op': 'gaussian', 'sigma': 2}}; got {given!r}", "step")
    found = tuple(_numbered(number, step) for number, step in enumerate(given, 1))
    if not found:
        raise ParameterError("a recipe has one step or more, got none: begin with [[step]] and op = 'gaussian'")
    require_chain(found)
    return found


def _numbered(number: int, given: Any) -> Step:
    """The step; an error says its number."""
    try:
        return Step.of(given)
    except ParameterError as error:
        raise StepError(f"step {number}: {error}", getattr(error, "key", None)) from None


def _text(value: Any, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, (str, os.PathLike)) or not os.fspath(value):
        raise StepError(f"{name} is a text that names a file, got {value!r}", name)
    return os.fspath(value)  # type: ignore[return-value]


def _texts(value: Any) -> tuple[str, ...]:
    several = (value,) if isinstance(value, (str, os.PathLike)) else value
    if not isinstance(several, (list, tuple)):
        raise StepError(f"exclude is a text that names a mask, or a list of these, got {value!r}", "exclude")
    return tuple(str(_text(text, "exclude")) for text in several)


def _kind(value: Any) -> str | None:
    if value is not None and value not in DTYPES:
        raise StepError(f"mask_kind is one of {', '.join(DTYPES)}, got {value!r}", "mask_kind")
    return value

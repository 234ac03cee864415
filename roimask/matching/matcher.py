"""Templates with what is asked of their finds: made once, used on many images, kept in a file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from os import PathLike, fspath
from typing import Any, Literal

import numpy as np

from roimask.errors import ParameterError, ReadError
from roimask.mask import Mask
from roimask.matching.matches import Match, Matches, corners_of
from roimask.matching.peaks import without_overlap
from roimask.matching.pixels import Block, Pixels, as_block, filled
from roimask.matching.search import ByCorrelation, Pose, Range
from roimask.matching.shape import ByShape
from roimask.parameters import unknown_name
from roimask.sources import as_source

__all__ = ["Matcher", "Settings"]

Span = tuple[float, float] | tuple[float, float, float]


@dataclass(frozen=True)
class Settings:
    """What is asked of a find; see ``match``."""

    threshold: float = 0.8
    angles: Span | None = None
    scales: Span | None = None
    method: Literal["ncc", "shape"] = "ncc"
    max_matches: int | None = None
    max_overlap: float = 0.5
    min_overlap: float = 0.5


@dataclass(frozen=True, eq=False)
class Matcher:
    """Templates to look for, and how; what :func:`match` makes of its parameters, to be used on many images.

    Parameters
    ----------
    template : array (h, w) or (h, w, C), or a list or dict of them
        What to look for; of a dict, by its name.
    template_mask : Mask or array (h, w), optional
        Which pixels take part. The template is what it leaves, cut to its bounding box; of a labels mask, each region
        is a template, so that a mask cuts templates straight out of an image.
    **settings
        ``threshold``, ``angles``, ``scales``, ``method``, ``max_matches``, ``max_overlap``, ``min_overlap`` as in
        :func:`match`.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.random.default_rng(0).integers(0, 255, (60, 80), np.uint8)
    >>> matcher = rm.Matcher(image, rm.circle(image, (30, 40), 8), threshold=0.9)
    >>> matcher.match(image)
    [Match(row=22.0, col=32.0, angle=0.0, scale=1.0, score=1.0, template='')]
    >>> matcher.match(image, ~rm.circle(image, (30, 40), 8))
    []
    """

    templates: Mapping[str, Block] = field(repr=False)
    settings: Settings = field(default_factory=Settings)

    def __init__(self, template: Any, template_mask: Any = None, **settings: Any):
        object.__setattr__(self, "templates", _templates(template, template_mask))
        for name in settings.keys() - Settings.__dataclass_fields__.keys():
            raise unknown_name(name, list(Settings.__dataclass_fields__), "Matcher: the setting")
        object.__setattr__(self, "settings", _checked(Settings(**settings)))

    @classmethod
    def _of(cls, templates: Mapping[str, Block], settings: Settings) -> Matcher:
        matcher = cls.__new__(cls)
        object.__setattr__(matcher, "templates", templates)
        object.__setattr__(matcher, "settings", _checked(settings))
        return matcher

    def changed(self, **settings: Any) -> Matcher:
        """The same templates with other settings."""
        return self._of(self.templates, replace(self.settings, **settings))

    def match(self, image: Any, mask: Any = None) -> Matches:
        """Find the templates in an image, as :func:`match` does.

        Parameters
        ----------
        image : array (H, W) or (H, W, C), PIL image or Raster
        mask : Mask or array (H, W), optional
            Which pixels of the image take part.
        """
        from roimask.mask import mask_on

        source = as_source(image)
        return self.found(Pixels(source, mask_on(mask, source.frame)))

    def found(self, pixels: Pixels) -> Matches:
        """The finds in an image that is ready to be read."""
        found = [
            (pose, name) for name, template in self.templates.items() for pose in self._poses(name, template, pixels)
        ]
        found.sort(key=lambda find: -find[0].score)
        outlines = [_corners(pose, self.templates[name].shape) for pose, name in found]
        kept = without_overlap(outlines, self.settings.max_overlap, self.settings.max_matches)
        return Matches(_match(*found[index], self.templates[found[index][1]]) for index in kept)

    def _poses(self, name: str, template: Block, pixels: Pixels) -> list[Pose]:
        if template.bands != pixels.bands:
            what = f"the template {name}" if name else "the template"
            raise ParameterError(
                f"{what} has {template.bands} bands and the image {pixels.bands}; give both as grey or both in colour"
            )
        s = self.settings
        ranges = _range(s.angles, 0.0), _range(s.scales, 1.0)
        search = ByShape if s.method == "shape" else ByCorrelation
        return search(template, *ranges, s.threshold, s.min_overlap).found(pixels)

    # -- files -------------------------------------------------------------------------------------------------

    def save(self, path: str | PathLike[str]) -> None:
        """Write templates and settings to an .npz file, which runs no code when it is read.

        Parameters
        ----------
        path : path
        """
        from roimask.raster.atomic import atomic

        arrays = {f"values_{k}": block.values for k, block in enumerate(self.templates.values())}
        arrays |= {f"weight_{k}": block.weight for k, block in enumerate(self.templates.values())}
        about = json.dumps({"names": list(self.templates), "settings": asdict(self.settings)})
        with atomic(path) as temporary, open(temporary, "wb") as file:
            np.savez_compressed(file, about=np.array(about), **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Matcher:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ReadError
            Where the file is not one of these.
        """
        try:
            with np.load(fspath(path), allow_pickle=False) as held:
                about = json.loads(str(held["about"]))
                names = enumerate(about["names"])
                templates = {str(name): Block(held[f"values_{k}"], held[f"weight_{k}"]) for k, name in names}
                return cls._of(templates, Settings(**about["settings"]))
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise ReadError(f"{fspath(path)} is not a matcher that roimask wrote: {error}") from None


def _checked(settings: Settings) -> Settings:
    if settings.method not in ("ncc", "shape"):
        raise ParameterError(f"method is one of ncc, shape, got {settings.method!r}")
    for name in ("threshold", "max_overlap", "min_overlap"):
        if not 0 <= getattr(settings, name) <= 1:
            raise ParameterError(f"{name} is a share, 0 to 1, got {getattr(settings, name)!r}")
    for name in ("angles", "scales"):
        span = getattr(settings, name)
        if span is not None:
            _range(span, 0.0, name)
    if settings.scales is not None and min(settings.scales) <= 0:
        raise ParameterError(f"scales are above 0, got {settings.scales}")
    return settings


def _range(span: Sequence[float] | None, single: float, name: str = "range") -> Range:
    """From, to and a step as a range; None is a single value."""
    if span is None:
        return Range(single, single)
    if not 2 <= len(span) <= 3 or not span[0] <= span[1] or (len(span) == 3 and span[2] <= 0):
        raise ParameterError(f"{name} are (from, to) or (from, to, step), from low to high, got {tuple(span)}")
    return Range(*span)


def _templates(template: Any, template_mask: Any) -> dict[str, Block]:
    """The templates by name, each cut to what its mask leaves."""
    if isinstance(template, Mapping):
        return {str(name): one for name, image in template.items() for one in _templates(image, template_mask).values()}
    if isinstance(template, (list, tuple)) and all(hasattr(image, "shape") for image in template):
        return _templates({str(k): image for k, image in enumerate(template, 1)}, template_mask)
    image = as_source(template).whole().array
    mask = template_mask if template_mask is None or isinstance(template_mask, Mask) else Mask(template_mask)
    if mask is None or mask.kind != "labels":
        return {"": _cut(as_block(image, mask, "the template"))}
    names = {label: mask.names.get(label, str(label)) for label in mask.labels}
    return {names[label]: _cut(as_block(image, mask[label], "the template")) for label in mask.labels}


def _cut(block: Block) -> Block:
    if not block.weight.any():
        raise ParameterError("no pixel of the template takes part; give a template_mask with some")
    return block.part(filled(block.weight))


def _corners(pose: Pose, shape: tuple[int, int]) -> np.ndarray:
    return corners_of((pose.row, pose.column), pose.angle, pose.scale, shape)


def _match(pose: Pose, name: str, template: Block) -> Match:
    height, width = template.shape
    row, col = pose.row - pose.scale * height / 2, pose.column - pose.scale * width / 2
    return Match(row, col, math.degrees(pose.angle), pose.scale, pose.score, name, template.weight)

"""Find the places of an image that look like a template."""

from __future__ import annotations

import os
import zipfile
from typing import Annotated, Any, Literal

import numpy as np

from roimask.mask import Mask
from roimask.matching.matcher import Matcher
from roimask.matching.matches import Matches
from roimask.matching.pixels import Pixels
from roimask.operation import measure
from roimask.parameters import AnyMask, Count, Share, TextForm, type_form
from roimask.sources import Source

__all__ = ["match"]


def _span(value: Any) -> tuple[float, ...]:
    if isinstance(value, str) or not hasattr(value, "__len__") or len(value) not in (2, 3):
        raise ValueError("from and to, and perhaps a step")
    return tuple(float(part) for part in value)


def _parse_span(text: str) -> tuple[float, ...]:
    return _span([float(part) for part in text.split(":")])


def _read_template(text: str) -> Any:
    if os.path.isfile(text) and zipfile.is_zipfile(text):
        return Matcher.load(text)
    return type_form(np.ndarray).parse(text)  # type: ignore[misc]  # images have a text form


Span = Annotated[Any, TextForm("a range: from:to or from:to:step", _span, _parse_span)]
Templates = Annotated[Any, TextForm("an image, or a file of one or of a matcher", lambda value: value, _read_template)]


@measure(takes="image", result="objects")
def match(
    image: Source,
    template: Templates,
    mask: Mask | None = None,
    template_mask: AnyMask | None = None,
    *,
    threshold: Share | None = None,
    angles: Span | None = None,
    scales: Span | None = None,
    method: Literal["ncc", "shape"] | None = None,
    max_matches: Count | None = None,
    max_overlap: Share | None = None,
    min_overlap: Share | None = None,
    geometry: bool = False,
) -> Matches:
    """Find a template in an image: where it lies, how it is turned and scaled; masks on both sides are honoured.

    Brightness and contrast do not matter. What lies outside either mask changes nothing.

    Parameters
    ----------
    image : array (H, W) or (H, W, C), PIL image or Raster
        A Raster is read by windows, so it may be larger than memory.
    template : array (h, w) or (h, w, C), a list or dict of them, or Matcher
        What to look for; several at once, of a dict by their names. Of a Matcher, its own settings hold where none
        are given here.
    mask : Mask or array (H, W), optional
        Which pixels of the image take part.
    template_mask : Mask or array (h, w), optional
        Which pixels of the template take part. The template is what it leaves, cut to its bounding box; of a labels
        mask, each region is a template.
    threshold : float, optional
        The score from which on a place counts, 0 to 1. Default 0.8.
    angles : (from, to) or (from, to, step), optional
        Degrees counter-clockwise as seen through which the template may be turned, such as (0, 360). Default: none.
        The step, by which a coarse grid is set, follows from the template's size; finds lie between its values.
    scales : (from, to) or (from, to, step), optional
        How large it may be, such as (0.8, 1.2). Default: as it is.
    method : {"ncc", "shape"}, optional
        ``"ncc"`` (the default): normalised cross-correlation as in :func:`similarity`. ``"shape"``: directions of
        edges alone, which stay where light changes and still count where part of the object is hidden; the score is
        the share of the template's edges that is seen.
    max_matches : int, optional
        The most that are answered, best first. Default: all.
    max_overlap : float, optional
        The share of the smaller of two that may lie on a better one, 0 to 1. Default 0.5.
    min_overlap : float, optional
        The share of the template that must lie on pixels of the image that take part, 0 to 1. Default 0.5.
    geometry : bool, optional
        Give each its outline as a polygon (shapely) in the world of the image's frame. Default False.

    Returns
    -------
    list of Match
        Best first, with ``.table()`` and ``.mask(frame)``; each has ``row``, ``col`` (the top
        left corner of the template, scaled, and upright about its middle), ``angle``, ``scale``, ``score``,
        ``center``, ``corners``, ``.mask(frame)`` and ``.crop(image)``.

    Raises
    ------
    ParameterError
        Where image and template have other bands, none of the template's pixels takes part, or a range is no range.

    Notes
    -----
    Upright, every place is scored by the definition. With angles or scales, all poses are tried on a coarse level of a
    pyramid, on a grid so fine that the template's outer pixels move by about one; those that come near the threshold
    are followed to finer levels, on each of which place, angle and scale move to where the template fits best (least
    squares, gain and offset free). Places are found to about a tenth of a pixel. Only whole templates are found: at
    least 97 % must lie on the image's frame.

    References
    ----------
    D. Padfield, "Masked object registration in the Fourier domain", IEEE TIP 21 (2012) 2706-2718. S. Hinterstoisser et
    al., "Gradient response maps for real-time detection of textureless objects", IEEE TPAMI 34 (2012) 876-888.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.random.default_rng(0).integers(0, 255, (40, 60), np.uint8)
    >>> template = image[10:22, 30:45]
    >>> rm.match(image, template)
    [Match(row=10.0, col=30.0, angle=0.0, scale=1.0, score=1.0, template='')]
    >>> turned = np.rot90(image)
    >>> found = rm.match(turned, template, angles=(0, 360))[0]
    >>> [round(float(x), 1) for x in (*found.center, found.angle)]
    [22.5, 16.0, 90.0]
    >>> rm.match(image, template, np.zeros(image.shape, bool))
    []
    """
    matcher = template if isinstance(template, Matcher) else Matcher(template, template_mask)
    given = dict(threshold=threshold, angles=angles, scales=scales, method=method, max_matches=max_matches)
    given |= dict(max_overlap=max_overlap, min_overlap=min_overlap)
    found = matcher.changed(**{k: v for k, v in given.items() if v is not None}).found(Pixels(image, mask))
    return found.placed(image.frame) if geometry else found

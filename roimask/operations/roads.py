"""Roads out of aerial and satellite images."""

from __future__ import annotations

import numpy as np

from roimask.features.bands import BandNames, brightness, named_bands, saturation
from roimask.features.centrelines import centre_cells, lasting, linked
from roimask.features.coarse import Coarse, averaged
from roimask.features.feature import Feature
from roimask.features.lines import drawn_wide, traced
from roimask.features.strips import Strips, strips
from roimask.mask import Mask
from roimask.operation import measure
from roimask.parameters import Positive
from roimask.sources import Source

__all__ = ["roads"]

_CELL = 0.8  # metres: a road of one lane is a few cells wide, its marks and cars are not seen any more
_WIDTHS, _LENGTH, _SIDE, _GAP, _SURROUNDINGS = (5.0, 8.0, 12.0, 18.0), 80.0, 3.0, 1.0, 120.0  # metres
_SEEN, _SURE = 0.9, 1.5  # contrasts, in deviations, from which on a road goes on and from which on it is one
_SHORTEST, _BRIDGED = 40.0, 25.0  # metres of a road, and of a gap in it
_CARRIAGEWAY = 0.7  # of the width that answers most: the rest are its verges


@measure(takes="image", result="objects")
def roads(
    image: Source,
    mask: Mask | None = None,
    *,
    sensor: str | None = None,
    bands: BandNames | None = None,
    gsd: Positive | None = None,
) -> Feature:
    """Find roads: long even strips that stand out from both of their sides, in brightness or by being greyer.

    Parameters
    ----------
    image : array (H, W) or (H, W, C), PIL image or Raster
        Panchromatic, RGB or of more bands; a Raster is read by windows. NaN and nodata take no part.
    mask : Mask or array (H, W), optional
        Which pixels take part.
    sensor : str, optional
        Whose bands they are, in the usual order: ``"pan"``, ``"rgb"``, ``"rgbn"``, ``"landsat5"`` to ``"landsat9"``,
        ``"sentinel2"``, ``"planet"``, ``"worldview2"``, ``"worldview3"``. Default: as the file names them; one band
        is pan, three are RGB.
    bands : mapping of str to int, optional
        The same by name, numbered from 0: ``{"red": 0, "green": 1, "blue": 2}``.
    gsd : float, optional
        Metres a pixel. Default: as the file says; else 0.3, an aerial photograph.

    Returns
    -------
    Feature
        ``.mask``, ``.response`` (contrasts in deviations), ``.probability``, ``.lines()`` and ``.polygons()`` as
        GeoJSON in the image's CRS; itself the sequence of its lines, with length and width in metres.

    Raises
    ------
    ParameterError
        Where nothing says what the bands are.

    Notes
    -----
    Over cells of about 0.8 m, strips of 24 angles, 5 to 18 m wide and 80 m long are compared with strips of 3 m on
    either side: the smaller of the two contrasts counts, divided by how much the strip varies within. The middle of
    each strip is followed by hysteresis; what is shorter than 40 m is left out, gaps of 25 m are closed where the
    contrast goes on. Time and memory grow with the ground covered, not with the pixels.

    References
    ----------
    M. A. Fischler, J. M. Tenenbaum, H. C. Wolf, "Detection of roads and linear structures in low-resolution aerial
    imagery using a multisource knowledge integration technique", CGIP 15 (1981) 201-223. C. Steger, "An unbiased
    detector of curvilinear structures", IEEE TPAMI 20 (1998) 113-125.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> field = np.random.default_rng(0).normal(100, 10, (400, 400)).astype(np.float32)
    >>> field[190:210] = 60
    >>> found = rm.roads(field, gsd=0.5)
    >>> len(found), found[0].facts["length"] > 150, bool(found.mask.read((200, 200, 201, 201))[0, 0])
    (1, True, True)
    >>> len(rm.roads(field, np.arange(400)[:, None].repeat(400, 1) < 150, gsd=0.5))
    0
    >>> rm.roads(field, np.zeros((400, 400), bool), gsd=0.5).mask.area
    0
    """
    known = named_bands(image, sensor, bands)

    def planes(pixels: np.ndarray) -> np.ndarray:
        grey = saturation(pixels, known)
        return np.stack([brightness(pixels, known), *([] if grey is None else [grey])], axis=2)

    cells = averaged(image, mask, _CELL, gsd, planes)
    found = _strips_of(cells)
    lines = _lines_of(found, cells.metres)
    lines = np.asarray(lines & (cells.weight > 0))
    wide = cells.full(drawn_wide(lines, found.width * _CARRIAGEWAY).astype(np.float32)) >= 0.5
    followed = tuple(traced(lines, found, cells, _CARRIAGEWAY))
    return Feature(
        image.frame, Mask(wide & cells.inside, frame=image.frame), cells, found.strength, (1.2, 0.2), followed
    )


def _strips_of(cells: Coarse) -> Strips:
    metres = cells.metres
    signs = [(1, -1), (-1,)][: cells.planes.shape[2]]  # brighter or darker than either side; less coloured
    widths = sorted({max(width / metres, 1.5) for width in _WIDTHS})  # a coarse image sees narrow roads as one cell
    return strips(
        cells.planes,
        cells.weight,
        signs,
        widths,
        max(_LENGTH / metres, 15.0),
        max(_SIDE / metres, 1.0),
        _GAP / metres,
        max(_SURROUNDINGS / metres, 31.0),
    )


def _lines_of(found: Strips, metres: float) -> np.ndarray:
    sure = lasting(centre_cells(found, _SEEN), found.strength, _SURE, max(_SHORTEST / metres, 8.0))
    return linked(sure, found.strength, _BRIDGED / metres, _SEEN / 2)

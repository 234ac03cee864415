"""Images whose brightness spans more than a screen shows."""

from __future__ import annotations

import numpy as np

from roimask.operation import operation
from roimask.operations import tones
from roimask.operations.tones import Bands
from roimask.parameters import Positive
from roimask.summary.moments import moments

__all__ = ["tone_map"]

_LEAST = 1e-6  # of white: what is darker has no useful logarithm


def _brightness(image: np.ndarray) -> np.ndarray:
    """The luminance of colours, or the mean of any other number of bands, white being 1."""
    if tones.is_color(image):
        values = tones.luminance(image).astype(np.float64)
    else:
        values = image.astype(np.float64) if image.ndim == 2 else image.mean(axis=2, dtype=np.float64)
    return values / tones.white(image.dtype)


def _logarithms(image: np.ndarray, weight: np.ndarray) -> Bands:
    """The moments of the logarithm of the brightness."""
    with np.errstate(invalid="ignore"):
        return Bands([moments(np.log(np.maximum(_brightness(image), _LEAST)), weight)])


@operation(observe=_logarithms, bands="all", weights="above 0", finite=True)
def tone_map(
    image: np.ndarray, weight: np.ndarray, seen: Bands, *, key: Positive = 0.18, burn: Positive | None = None
) -> np.ndarray:
    """Map the tones of a scene of high dynamic range to what a screen can show, 0 to white.

    The exposure is set by the mask alone: its mean brightness (of logarithms) becomes the key, its brightest pixel
    white. Colours keep their hue.

    Parameters
    ----------
    key : float, optional
        What the mean brightness becomes before bright tones are pressed together: 0.18 for an ordinary scene, 0.05
        for one by night, 0.7 for snow. Default 0.18.
    burn : float, optional
        From which brightness on, after that, all is white. Default: that of the brightest pixel.

    Returns
    -------
    array
        Of the image's shape and dtype; floats within 0 and 1.

    Raises
    ------
    ParameterError
        Where key or burn are not above 0.

    Notes
    -----
    Reinhard's global operator: with L the brightness times key / exp(mean of log L), L (1 + L / burn²) / (1 + L).
    Floats may have any unit; integers are taken from 0 to the largest value of their type.

    References
    ----------
    E. Reinhard, M. Stark, P. Shirley, J. Ferwerda, "Photographic tone reproduction for digital images", ACM
    Transactions on Graphics 21 (2002) 267-276, equation 4.

    Examples
    --------
    >>> import numpy as np, roimask as rm
    >>> image = np.array([[0.1, 1, 10, 1e6]], np.float32)
    >>> rm.tone_map(image, image < 100).round(3)
    array([[1.80e-02, 1.61e-01, 1.00e+00, 1.00e+06]], dtype=float32)
    >>> rm.tone_map(image, image < 5).round(3)
    array([[6.3e-02, 1.0e+00, 1.0e+01, 1.0e+06]], dtype=float32)
    >>> (rm.tone_map(image, np.zeros((1, 4), bool)) == image).all()
    np.True_
    """
    (found,) = seen.parts
    if not found.count:
        return image
    exposure = key / np.exp(found.mean)
    top = np.exp(float(found.high)) * exposure if burn is None else burn
    before = _brightness(image)
    bright = np.maximum(before, 0) * exposure
    after = np.minimum(bright * (1 + bright / top**2) / (1 + bright), 1)
    return _relit(image, before, after)


def _relit(image: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    scale = tones.white(image.dtype)
    if tones.is_color(image):
        return tones.recolored(image, before * scale, after * scale, scale)
    if image.ndim == 2:
        return after * scale
    with np.errstate(divide="ignore", invalid="ignore"):
        return image * np.where(before > 0, after / before, 0)[..., np.newaxis]

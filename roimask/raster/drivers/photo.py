"""Pictures that Pillow opens (WebP, AVIF, BMP, GIF, ...), and what the picture formats share.

Of several frames the first is read.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from roimask.errors import LimitError, ReadError, WriteError
from roimask.raster.drivers import exif as exif_block
from roimask.raster.drivers.source import Header, Metadata, Options, WholeSource

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "PhotoSource",
    "encode_avif",
    "encode_bmp",
    "encode_webp",
    "is_gray",
    "opened",
    "profile_fits",
    "to_array",
    "to_bgr",
]

# No format that runs a program (EPS), reaches for other files, or is but a container of more formats.
FORMATS = ("WEBP", "BMP", "DIB", "GIF", "PPM", "TGA", "JPEG2000", "AVIF", "ICO", "PCX", "SGI", "QOI")
# Modes that are kept; the others become the one named (CMYK by R = (255 - C)(255 - K) / 255).
_BECOMES = {
    "1": "L", "P": "RGB", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "CMYK": "RGB", "YCbCr": "RGB",
}  # fmt: skip
_DTYPES = {"I;16": "u2", "I;16L": "u2", "I;16B": "u2", "I;16N": "u2", "I": "i4", "F": "f4"}
_THREE_BANDS = ("RGB", "RGBA", "LAB", "HSV")
_PROFILES = {1: b"GRAY", 3: b"RGB "}
_NO_AVIF = "this Pillow has no AVIF codec; pip install 'pillow>=11.3' brings one"
_truncated = Lock()


class PhotoSource(WholeSource):
    """A picture in a format that Pillow knows."""

    def __init__(self, path: str, name: str, options: Options):
        super().__init__(name, options)
        self.path = path
        with opened(path, name, FORMATS) as image:
            mode = _mode(image, options)
            exif = exif_block.without_mark(image.info.get("exif") or b"") or None
            self.orientation = exif_block.orientation(exif)
            width, height = image.size
            if exif_block.swaps_axes(self.orientation):
                height, width = width, height
            self.header = Header(
                image.format or "", height, width, 3 if mode in _THREE_BANDS else 1,
                np.dtype(_DTYPES.get(mode, "u1")), alpha=mode.endswith("A"),
                metadata=Metadata(exif=exif_block.upright(exif), icc=_profile(image)),
            )  # fmt: skip
        self.check_size()

    def decode(self) -> np.ndarray:
        """All pixels of the first frame."""
        with opened(self.path, self.name, FORMATS) as image:
            return to_array(image, self.name, self.options)


@contextmanager
def opened(path: str, name: str, formats: Sequence[str]) -> Iterator[Image]:
    """Open a picture with Pillow; what it raises becomes a ReadError that names the file."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sizes are checked by limits.py, odd metadata are read as none
            image = Image.open(path, formats=list(formats))
    except Image.DecompressionBombError as error:
        raise LimitError(f"{name} is too large: {error}") from error
    except Image.UnidentifiedImageError as error:
        raise ReadError(f"{name} is not an image in a format that is known{_lacking(path)}.") from error
    except Exception as error:  # Pillow's readers raise whatever the bytes make them stumble over
        raise _broken(name, error) from error
    with image:
        yield image


def _has_avif() -> bool:
    from PIL import features

    return "avif" in features.modules and bool(features.check("avif"))


def _lacking(path: str) -> str:
    """What is missing to read a file that looks like AVIF."""
    with open(path, "rb") as file:
        avif = file.read(12)[4:] in (b"ftypavif", b"ftypavis")
    return f": {_NO_AVIF}" if avif and not _has_avif() else ""


def to_array(image: Image, name: str, options: Options) -> np.ndarray:
    """The pixels of an opened picture in a mode that has an array; palette indices where they are asked for."""
    try:
        mode = _mode(image, options)
        _load(image, options)
        return np.array(image if image.mode == mode else image.convert(mode))
    except ReadError:
        raise
    except Exception as error:
        raise _broken(name, error) from error


def _load(image: Image, options: Options) -> None:
    """Decode; Pillow knows "truncated files, too" only for the whole process."""
    from PIL import ImageFile

    if not options.allow_truncated:
        image.load()
        return
    with _truncated:
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
        try:
            image.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _mode(image: Image, options: Options) -> str:
    """The mode whose array is what the user sees."""
    if image.mode == "P" and options.indexed and not is_gray(bytes(image.getpalette() or ())):
        return "P"
    see_through = "transparency" in image.info
    if see_through and image.mode in ("1", "L", "P", "RGB"):
        return "RGBA" if image.mode in ("P", "RGB") else "LA"
    return _BECOMES.get(image.mode, image.mode)


def is_gray(palette: bytes) -> bool:
    """Whether a palette of RGB triples has no colours: its grays then say more than its indices."""
    colors = np.frombuffer(palette[: len(palette) // 3 * 3], np.uint8).reshape(-1, 3)
    return bool((colors == colors[:, :1]).all())


def _broken(name: str, error: Exception) -> ReadError:
    text = " ".join(str(error).split()) or type(error).__name__
    if "truncated" in text:
        return ReadError(f"{name} is truncated ({text}). Get it again, or read what is there with allow_truncated.")
    return ReadError(f"{name} cannot be read: {text[:200].rstrip('.')}.")


def _profile(image: Image) -> bytes | None:
    return None if image.mode == "CMYK" else image.info.get("icc_profile")


def profile_fits(icc: bytes | None, image: np.ndarray) -> bool:
    """Whether a colour profile is for pictures with the bands of this one."""
    bands = 1 if image.ndim == 2 else image.shape[2] - (image.shape[2] in (2, 4))
    return icc is not None and icc[16:20] == _PROFILES.get(bands)


def to_bgr(image: np.ndarray) -> np.ndarray:
    """The same picture with its channels in OpenCV's order."""
    import cv2

    if image.ndim == 2:
        return image
    return cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR)


def encode_webp(image: np.ndarray, metadata: Metadata, *, quality: int = 95, **_: Any) -> list[bytes]:
    """The parts of a WebP file that holds ``image``: uint8, RGB or RGBA; lossless at quality 100."""
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    icc = metadata.icc if profile_fits(metadata.icc, image) else b""
    settings = {"lossless": True, "exact": True, "quality": 40, "method": 2} if quality == 100 else {"quality": quality}
    Image.fromarray(image).save(file, "WEBP", exif=metadata.exif or b"", icc_profile=icc, **settings)
    return [file.getvalue()]


def encode_avif(image: np.ndarray, metadata: Metadata, *, quality: int = 95, **_: Any) -> list[bytes]:
    """The parts of an AVIF file that holds ``image``: uint8, gray, RGB or RGBA; alpha is lossless, as in WebP."""
    from io import BytesIO

    from PIL import Image

    if not _has_avif():
        raise WriteError(f"AVIF cannot be written: {_NO_AVIF}.")
    file = BytesIO()
    icc = metadata.icc if profile_fits(metadata.icc, image) else None
    settings: dict[str, Any] = {"quality": quality, "subsampling": "4:0:0" if image.ndim == 2 else "4:4:4"}
    if image.ndim == 3 and image.shape[2] == 4:
        settings |= {"codec": "aom", "advanced": {"alpha:lossless": "1"}}
    Image.fromarray(image).save(file, "AVIF", exif=metadata.exif or b"", icc_profile=icc, **settings)
    return [file.getvalue()]


def encode_bmp(image: np.ndarray, metadata: Metadata, **_: Any) -> list[bytes]:
    """The parts of a BMP file that holds ``image``: uint8, gray or RGB."""
    import cv2

    done, data = cv2.imencode(".bmp", to_bgr(image))
    return [data.tobytes()]

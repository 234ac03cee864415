"""GeoTIFF and what else GDAL knows, by rasterio (the ``geo`` extra)."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from threading import Lock, local
from typing import Any
from xml.etree import ElementTree

import numpy as np

from roimask.errors import ReadError, import_extra
from roimask.frame import Window
from roimask.raster.drivers.source import Header, Layout, Metadata, Options, Source
from roimask.raster.nodata import holds
from roimask.raster.paths import is_remote, shown
from roimask.raster.paths import local as local_path

__all__ = ["GeoSource", "is_virtual", "write"]

# Formats that GDAL alone reads, by suffix; none of them reaches for files elsewhere.
DRIVERS = {
    ".img": "HFA", ".asc": "AAIGrid", ".bil": "EHdr", ".dat": "ENVI", ".bsq": "ENVI", ".hgt": "SRTMHGT",
    ".dem": "USGSDEM", ".dt2": "DTED", ".ntf": "NITF", ".pix": "PCIDSK",
}  # fmt: skip
_SETTINGS = {"GDAL_VRT_ENABLE_PYTHON": "NO", "GDAL_PAM_ENABLED": "YES"}
# Megabytes of decoded tiles that GDAL keeps, as it takes note of when it first reads; left alone it takes a twentieth
# of the machine's memory.
_CACHE = {} if "GDAL_CACHEMAX" in os.environ else {"GDAL_CACHEMAX": 64}
_SOURCES = frozenset({"SourceFilename", "SourceDataset", "SrcDSName", "OverviewFile"})
_JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
_GEO_JP2 = bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03")
_HEAD = 1 << 16
_LARGE = 512
_BLOCK = 256
# Tags that describe the pixels as they were, or what the profile already says.
_NOT_CARRIED = ("STATISTICS_", "AREA_OR_POINT", "TIFFTAG_")


class GeoSource(Source):
    """A raster that GDAL opens; each thread has its own handle, because GDAL's cannot be shared."""

    def __init__(self, path: str, name: str, options: Options, driver: str):
        super().__init__(name)
        self.rasterio = import_extra("rasterio", "geo", f"{name}: reading this file")
        self.path, self.options, self.driver = path, options, driver
        self.header = Header(driver, 0, 0, 1, np.dtype(np.uint8))
        self._here, self._lock = local(), Lock()
        self._all: list[Any] = []
        try:
            self._read_header(self._dataset())
        except Exception as error:
            self.close()
            raise self._error(error) from error

    def _dataset(self) -> Any:
        """This thread's handle."""
        dataset = getattr(self._here, "dataset", None)
        if dataset is None or dataset.closed:
            with self.rasterio.Env(**_SETTINGS), warnings.catch_warnings():
                warnings.simplefilter("ignore", self.rasterio.errors.NotGeoreferencedWarning)
                place = self.path if is_remote(self.path) else Path(self.path).absolute()
                dataset = self.rasterio.open(place, driver=self.driver)
            self._here.dataset = dataset
            with self._lock:
                self._all.append(dataset)
        return dataset

    def _read_header(self, dataset: Any) -> None:
        enums = self.rasterio.enums
        alpha = [band for band, role in enumerate(dataset.colorinterp, 1) if role == enums.ColorInterp.alpha]
        self.bands = [band for band in dataset.indexes if band not in alpha]
        self.order = self.bands + alpha[:1]
        self.has_mask = any(flags == [enums.MaskFlags.per_dataset] for flags in dataset.mask_flag_enums)
        nodata = tuple(dataset.nodatavals[band - 1] for band in self.bands)
        names = tuple(dataset.descriptions[band - 1] or "" for band in self.bands)
        dtype = np.dtype(dataset.dtypes[self.bands[0] - 1] if self.bands else dataset.dtypes[0])
        self.header = Header(
            {"GTiff": "GeoTIFF"}.get(dataset.driver, dataset.driver), dataset.height, dataset.width, len(self.bands),
            dtype, alpha=bool(alpha),
            metadata=Metadata(
                transform=None if dataset.transform.is_identity else tuple(dataset.transform)[:6],
                crs=_crs_text(dataset.crs),
                nodata=tuple(map(_plain, nodata)) if any(value is not None for value in nodata) else (),
                names=names if any(names) else (),
                tags={key: text for key, text in dataset.tags().items() if not key.startswith(_NOT_CARRIED)},
            ),
        )  # fmt: skip

    def layout(self) -> Layout:
        """As GDAL tells it of the first band."""
        dataset = self._dataset()
        compress, chosen = dataset.compression, [band - 1 for band in self.order]
        return Layout(
            block=dataset.block_shapes[self.order[0] - 1],
            compress=None if compress is None else compress.value.lower(),
            planar=dataset.interleaving is not None and dataset.interleaving.value == "BAND",
            overviews=tuple(dataset.overviews(self.order[0])),
            masked=self.has_mask,
            colors=_color_table(dataset, self.order[0]),
            roles=tuple(dataset.colorinterp[band].name for band in chosen),
            scales=tuple(dataset.scales[band] for band in chosen),
            offsets=tuple(dataset.offsets[band] for band in chosen),
            units=tuple(dataset.units[band] or "" for band in chosen),
        )

    def pixels(self, window: Window) -> np.ndarray:
        """The window, with bands last."""
        try:
            with self.rasterio.Env(**_CACHE):
                planes = self._dataset().read(self.order, window=_gdal_window(window))
        except Exception as error:
            raise self._error(error) from error
        return planes[0] if len(planes) == 1 else _bands_last(planes)

    def internal_mask(self, window: Window) -> np.ndarray | None:
        """What a mask page, or a mask file beside the raster, says."""
        if not self.has_mask:
            return None
        try:
            return self._dataset().read_masks(self.bands[0], window=_gdal_window(window)) != 0
        except Exception as error:
            raise self._error(error) from error

    def close(self) -> None:
        """Close the handles of all threads."""
        with self._lock:
            for dataset in self._all:
                dataset.close()
            self._all.clear()

    def _error(self, error: BaseException) -> ReadError:
        """What GDAL raised first, as an error that names the file."""
        while error.__cause__ is not None:
            error = error.__cause__
        return self.broken(error)


def open_tiff(path: str, name: str, options: Options) -> GeoSource:
    """Open a GeoTIFF."""
    return GeoSource(path, name, options, "GTiff")


def is_virtual(magic: bytes) -> bool:
    """Whether a file that starts so is a GDAL virtual raster."""
    return magic.lstrip().startswith(b"<VRTDataset")


def is_placed_jp2(path: str, magic: bytes) -> bool:
    """Whether a file is JPEG 2000 with a place in the world, as GeoJP2 or GMLJP2 write it before the pixels."""
    if not magic.startswith(_JP2):
        return False
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    return _GEO_JP2 in head or b"gml.root-instance" in head


def open_virtual(path: str, name: str, options: Options) -> GeoSource:
    """Open a virtual raster whose sources all lie in its folder or below."""
    _require_inside(Path(path), Path(path).absolute().parent.resolve(), depth=0)
    return GeoSource(path, name, options, "VRT")


def _require_inside(path: Path, folder: Path, depth: int) -> None:
    if depth > 8:
        raise ReadError(f"{shown(path)} is a virtual raster of virtual rasters more than 8 deep.")
    try:
        tree = ElementTree.parse(path)
    except (ElementTree.ParseError, OSError, ValueError) as error:
        raise ReadError(f"{shown(path)} cannot be read as VRT: {error}.") from error
    for element in tree.iter():
        if element.tag in _SOURCES and element.text:
            source = path.absolute().parent / local_path(element.text.strip())
            if not source.resolve().is_relative_to(folder) or not source.is_file():
                raise ReadError(
                    f"{shown(path)} reads {shown(element.text)}, which is missing or lies outside its folder; "
                    f"put the sources beside the VRT."
                )
            if source.suffix.lower() == ".vrt":
                _require_inside(source, folder, depth + 1)


def _gdal_window(window: Window) -> tuple[tuple[int, int], tuple[int, int]]:
    return (window.top, window.bottom), (window.left, window.right)


def _bands_last(planes: np.ndarray) -> np.ndarray:
    """(C, h, w) to (h, w, C); OpenCV does it several times faster, for the dtypes that it has."""
    if planes.dtype.name in ("uint8", "uint16", "int16", "float32") and planes.size:
        import cv2

        return cv2.merge(list(planes))
    return np.ascontiguousarray(np.moveaxis(planes, 0, -1))


def _color_table(dataset: Any, band: int) -> dict[int, tuple[int, ...]]:
    try:
        return dataset.colormap(band)
    except ValueError:  # it has none
        return {}


def _crs_text(crs: Any) -> str | None:
    if not crs:
        return None
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.to_wkt()


def _plain(value: float | None) -> float | int | None:
    return int(value) if value is not None and float(value).is_integer() and abs(value) < 2**53 else value


def write(path: Path, image: np.ndarray, metadata: Metadata, *, alpha: bool, compress: str | None = None) -> None:
    """Write a GeoTIFF; tiled where it is large."""
    rasterio = import_extra("rasterio", "geo", "writing a georeferenced TIFF")
    planes = image[np.newaxis] if image.ndim == 2 else np.moveaxis(image, -1, 0)
    profile = _profile(planes, metadata, alpha, compress)
    with rasterio.Env(GDAL_PAM_ENABLED="NO"), rasterio.open(path, "w", **profile) as dataset:
        dataset.write(planes)
        dataset.update_tags(**metadata.tags)
        for band, name in enumerate(metadata.names[: len(planes) - alpha], 1):
            dataset.set_band_description(band, name)


def _profile(planes: np.ndarray, metadata: Metadata, alpha: bool, compress: str | None) -> dict[str, Any]:
    count, height, width = planes.shape
    known = next((value for value in metadata.nodata if value is not None and holds(planes.dtype, value)), None)
    rgb = count - alpha == 3 and planes.dtype.name in ("uint8", "uint16")
    profile: dict[str, Any] = {
        "driver": "GTiff", "height": height, "width": width, "count": count, "dtype": planes.dtype.name,
        "transform": _affine(metadata.transform), "crs": metadata.crs, "nodata": known,
        "compress": compress or "deflate", "bigtiff": "IF_SAFER", "photometric": "RGB" if rgb else "MINISBLACK",
    }  # fmt: skip
    if profile["compress"] in ("deflate", "lzw", "zstd") and planes.dtype.itemsize < 8:
        profile["predictor"] = 3 if planes.dtype.kind == "f" else 2
    if alpha:
        profile["alpha"] = "NON-PREMULTIPLIED"
    if min(height, width) >= _LARGE:
        profile.update(tiled=True, blockxsize=_BLOCK, blockysize=_BLOCK)
    return profile


def _affine(transform: tuple[float, ...] | None) -> Any:
    from affine import Affine

    return None if transform is None else Affine(*transform)

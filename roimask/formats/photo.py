"""Masks in other picture formats, read only: lossy ones as binary when asked."""

from __future__ import annotations

from roimask.formats._pixels import read

__all__ = ["RASTER", "SUFFIXES", "read"]

SUFFIXES = (".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".avif", ".pgm", ".pbm", ".tga", ".jp2", ".vrt", ".img", ".asc")
RASTER = True

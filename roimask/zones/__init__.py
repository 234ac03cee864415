"""Zones of a raster: read from anything that has outlines or labels, laid on the grid, scanned once, written."""

from __future__ import annotations

__all__: list[str] = []

"""Tiled GeoTIFF written block by block: packed on threads, filled in any order, finished in place."""

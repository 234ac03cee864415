"""Arrays of other libraries as images: dask arrays, which stay lazy, and DataArrays, which keep their labels.

Neither library is imported here: what a caller brings has been imported by the caller.
"""

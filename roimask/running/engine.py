"""Run steps over a raster block by block, from file to file."""

from __future__ import annotations

import os
from typing import Any, Literal

from roimask import threads
from roimask.errors import ParameterError
from roimask.kinds import Kind
from roimask.running.applied import Each
from roimask.running.cluster import Cluster
from roimask.running.going import Progress, Run, go
from roimask.running.job import Job, Plan

__all__ = ["plan", "run"]


def run(
    image: Any,
    steps: Any,
    out: str | os.PathLike[str] | None = None,
    *,
    mask: Any = None,
    exclude: Any = None,
    mask_kind: Kind | None = None,
    block: int = 2048,
    scheduler: Any = None,
    compress: str | None = None,
    cog: bool = False,
    on_error: Literal["stop", "skip"] = "stop",
    resume: bool = False,
    ignore_nodata: bool = False,
    allow_remote: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Run operations over a raster larger than memory, block by block, from file to file.

    Pixels outside the mask, and those without data, take no part in any step: the answer is that of the whole image.
    Blocks that the mask does not touch are not worked on.

    Parameters
    ----------
    image : path or Raster
        Any format that :class:`Raster` reads; it is read by windows where the format can.
    steps : list of dict, or Recipe
        What is done, in order: ``[{"op": "gaussian", "sigma": 2}, {"op": "extract"}]``. Each answers an image on the
        same grid, or is a reduction (``statistics``, ``histogram``), which looks on and lets the image through.
    out : path, optional
        The GeoTIFF to write. Not needed where only a reduction is asked for.
    mask : Mask, array, path or expression, optional
        Which pixels take part in all steps: a mask of the whole frame, a raster or vector file, or set algebra of files
        in words (``"fields.geojson - clouds.tif"``). Rasters are read and outlines drawn block by block. Default: the
        recipe's own, else every pixel with data.
    exclude : the same, or a list of these, optional
        What takes no part.
    mask_kind : {"binary", "labels", "weights"}, optional
        What mask files hold; by default they say it themselves.
    block : int, default 2048
        Side of a block in pixels. Blocks are whole tiles of the output, whole rows of an input in strips, and smaller
        where so large ones would not fit into some 400 MB.
    scheduler : None, "threads", "serial" or the address of a dask scheduler, optional
        Who works the blocks. Default: as many threads as ``rm.get_threads()`` says.
    compress : {"deflate", "lzw", "zstd", "none"}, optional
        Default: as the input, else deflate.
    cog : bool, default False
        Write a cloud-optimised GeoTIFF, with overviews.
    on_error : {"stop", "skip"}, default "stop"
        What to do where a part of the input cannot be read: stop with an error that names it, or go on with pixels
        without data in its place.
    resume : bool, default False
        Go on with what an interrupted run of the same work left, and leave what this one does if it is interrupted.
    ignore_nodata : bool, default False
        Take every pixel of the raster for data.
    allow_remote : bool, default False
        Read a raster on another machine (``https://...``, ``/vsicurl/...``).
    progress : callable, optional
        Called after each block as ``progress(done, total)``, over all passes.

    Returns
    -------
    Run
        With ``out``, ``answers`` and ``lost``.

    Raises
    ------
    ParameterError
        Where a step is unknown or wrong, or cannot go by blocks.
    ReadError
        Where the input or a mask cannot be read; LimitError where a step that needs the whole image meets one that is
        too large.
    WriteError
        Where the file cannot be written, or is one of those that are read.
    MissingExtra
        Without ``roimask[geo]``.

    Notes
    -----
    Steps are fused: a block is read with the halos of all steps around it, and nothing is written in between. Steps
    that measure first (``stretch``, ``equalize``) go through the image once more. Threads overlap reading, working,
    packing and writing. The file is written under a hidden name and renamed; tiles without data are left out of it. It
    keeps CRS, transform, nodata, overviews, band names, scales, colour table and tags, and says in the tag
    ``ROIMASK_RECIPE`` how it was made. Maps are written as floats with NaN for nodata.

    Examples
    --------
    >>> import numpy as np, roimask as rm, tempfile, os
    >>> folder = tempfile.mkdtemp()
    >>> scene, out = os.path.join(folder, "scene.tif"), os.path.join(folder, "out.tif")
    >>> rm.write(scene, np.array([[1, 2, 9], [3, 4, 9]], np.uint16))
    >>> left = np.array([[1, 1, 0], [1, 1, 0]])
    >>> result = rm.run(scene, [{"op": "extract"}, {"op": "statistics"}], out, mask=left)
    >>> rm.read(out)
    array([[1, 2, 0],
           [3, 4, 0]], dtype=uint16)
    >>> result.answers[0].mean
    2.5
    >>> rm.run(scene, [{"op": "statistics"}], mask=np.zeros((2, 3), bool)).answers[0].count
    0
    """
    each = _each(scheduler)
    job = Job.of(
        image, steps, mask=mask, exclude=exclude, mask_kind=mask_kind, block=block, on_error=on_error,
        ignore_nodata=ignore_nodata, allow_remote=allow_remote,
    )  # fmt: skip
    if out is None and not job.chain.taps:
        raise ParameterError("out= is missing: the file that the run writes, such as out='out.tif'")
    return go(job, out, each, progress, compress, cog, resume)


def plan(image: Any, steps: Any, **given: Any) -> Plan:
    """Say what :func:`run` will do: steps with their halos, blocks, and memory; no pixel is read.

    Parameters
    ----------
    image, steps
        As for :func:`run`.
    **given
        ``mask``, ``exclude``, ``mask_kind``, ``block`` and ``ignore_nodata``, as for :func:`run`.

    Returns
    -------
    Plan

    Raises
    ------
    ParameterError
        As :func:`run` does.

    Notes
    -----
    A mask file is read to count the blocks that it touches.

    Examples
    --------
    >>> import numpy as np, roimask as rm, tempfile, os
    >>> scene = os.path.join(tempfile.mkdtemp(), "scene.tif")
    >>> rm.write(scene, np.zeros((300, 200), np.uint16))
    >>> plan = rm.plan(scene, [{"op": "gaussian", "sigma": 2}, {"op": "gradient"}], block=128)
    >>> plan.blocks, plan.touched, [(step.op, step.halo, step.dtype) for step in plan.steps]
    (6, 6, [('gaussian', 8, 'uint16'), ('gradient', 1, 'float32')])
    >>> rm.plan(scene, [{"op": "invert"}], mask=np.zeros((300, 200), bool), block=128).touched
    0
    """
    return Job.of(image, steps, **given).plan()


def _each(scheduler: Any) -> Each:
    """What maps work over blocks, in order."""
    known: dict[Any, Each] = {None: threads.in_order, "threads": threads.in_order, "serial": map}
    return known[scheduler] if scheduler in known else Cluster(scheduler)

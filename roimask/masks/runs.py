"""Masks as run lengths: read down the columns, as COCO counts them, compared and drawn without decoding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from roimask import kernels
from roimask.errors import FrameMismatch, MaskValueError, ParameterError
from roimask.frame import Frame
from roimask.mask import Mask
from roimask.masks.store import maximal
from roimask.threads import each

__all__ = ["Runs"]

# Pixels of a stack that one thread takes at a time.
_PIECE = 1 << 22
# What a mask costs the plain kernels beside its runs, in pixels as kernels.pick counts them.
_PIXELS_A_MASK = 500


class Runs(NamedTuple):
    """Runs of several masks on one grid, down the columns; see :mod:`roimask.kernels.plain.runs`."""

    runs: np.ndarray
    offsets: np.ndarray
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def areas(self) -> np.ndarray:
        """Pixels of each mask."""
        upto = np.concatenate([[0], np.cumsum(self.runs[:, 1] - self.runs[:, 0])])
        return np.diff(upto[self.offsets])

    def boxes(self) -> np.ndarray:
        """Bounding box of each mask: (n, 4) top, left, bottom, right, half open."""
        return _kernel(len(self)).boxes(self.runs, self.offsets, self.shape[0])

    def rles(self) -> list[dict[str, Any]]:
        """Each as COCO has it: ``{"size": [height, width], "counts": bytes}``."""
        size = self.shape[0] * self.shape[1]
        text, ends = _kernel(len(self)).write_counts(self.runs, self.offsets, size)
        whole = text.tobytes()
        return [{"size": list(self.shape), "counts": whole[a:b]} for a, b in pairwise(ends.tolist())]

    def stack(self) -> np.ndarray:
        """All as an array (N, H, W) of bool."""
        stack = np.zeros((len(self), *self.shape), np.uint8)
        kernel = kernels.pick("runs", stack.size)
        pieces = _pieces(stack)
        each(lambda p: kernel.fill_runs(stack[p], self.runs, self.offsets[p.start : p.stop + 1]), pieces)
        return stack.view(bool)

    def masks(self, frame: Frame) -> list[Mask]:
        """Each as a Mask on a frame of this size; decoded only where its runs are no smaller."""
        return [Mask._of_runs(maximal(self.runs[a:b]), frame) for a, b in pairwise(self.offsets.tolist())]

    @classmethod
    def of_stack(cls, stack: np.ndarray) -> Runs:
        """Of an array (N, H, W)."""
        stack = _as_stack(stack)
        parts = each(lambda piece: _stack_runs(stack[piece]), _pieces(stack))
        ends = np.cumsum([0, *(count for _, offsets in parts for count in np.diff(offsets))], dtype=np.int64)
        return cls(np.concatenate([np.empty((0, 2), np.int64), *(runs for runs, _ in parts)]), ends, stack.shape[1:])

    @classmethod
    def of_masks(cls, masks: Sequence[Any]) -> Runs:
        """Of masks and arrays (H, W) of one size."""
        return cls(*_joined(each(runs_of, masks)), _one_shape([mask.shape for mask in masks], "mask"))

    @classmethod
    def of_regions(cls, mask: Mask) -> Runs:
        """Of each region of a labels mask, in the order of its labels; of a mask of another kind as one."""
        if mask.kind != "labels":
            return cls.of_masks([mask])
        runs, labels = _region_runs(mask)
        order = np.argsort(labels, kind="stable")
        ends = np.searchsorted(labels[order], mask.labels, side="right")
        return cls(runs[order], np.concatenate([[0], ends]), mask.shape)

    @classmethod
    def of_rles(cls, rles: Sequence[Mapping[str, Any]]) -> Runs:
        """Of COCO run lengths of one size."""
        shape = _one_shape([_size_of(rle, k) for k, rle in enumerate(rles)], "RLE")
        counts, offsets = _joined(_read_counts(rles))
        places = np.concatenate([[0], np.cumsum(counts)])
        totals = places[offsets[1:]] - places[offsets[:-1]]
        wrong = np.flatnonzero(totals != shape[0] * shape[1])
        if len(wrong):
            raise MaskValueError(
                f"RLE {wrong[0]} counts {totals[wrong[0]]} pixels, its size is {shape[0]} × {shape[1]}; it is damaged."
            )
        return cls(*_ones(places, offsets), shape)


def _region_runs(mask: Mask) -> tuple[np.ndarray, np.ndarray]:
    """The runs of all regions down the columns, and the label of each."""
    (top, left), height = mask.origin, mask.frame.height
    columns = mask.values.T
    if columns.shape[1] < height:  # no run goes on into the next column
        columns = np.pad(columns, ((0, 0), (0, 1)))
    down = columns.ravel()
    starts = np.flatnonzero(np.concatenate([down[:1] > 0, down[1:] != down[:-1]]))
    edges = np.stack([starts, np.append(starts, len(down))[1:] - 1], axis=1)[down[starts] > 0]
    column, row = np.divmod(edges, max(columns.shape[1], 1))
    return (left + column) * height + top + row + [0, 1], down[edges[:, 0]]


def runs_of(mask: Any) -> np.ndarray:
    """The runs (m, 2) of a Mask or an array (H, W): of all pixels that take part at all."""
    if not isinstance(mask, Mask):
        return _crop_runs(_as_stack(np.asarray(mask)[None])[0], (0, 0), mask.shape)
    if mask._runs is not None:
        return mask._runs
    return mask._once("runs", lambda: _crop_runs((mask.values != 0).view(np.uint8), mask.origin, mask.shape))


def _kernel(masks: int) -> ModuleType:
    return kernels.pick("runs", masks * _PIXELS_A_MASK)


def _crop_runs(values: np.ndarray, origin: tuple[int, int], shape: tuple[int, int]) -> np.ndarray:
    return kernels.pick("runs", values.size).crop_runs(values, *origin, shape[0])


def _as_stack(masks: Any) -> np.ndarray:
    """An array (N, H, W) uint8 in rows' order, in which anything but 0 takes part."""
    stack = np.asarray(masks)
    if stack.ndim != 3:
        raise ParameterError(f"masks are an array (N, H, W) or a list of masks, got an array of shape {stack.shape}")
    if stack.dtype == np.bool_:
        stack = stack.view(np.uint8)
    elif stack.dtype != np.uint8:
        stack = (stack != 0).view(np.uint8)
    return np.ascontiguousarray(stack)


def _pieces(stack: np.ndarray) -> Iterator[slice]:
    """Parts of a stack that threads take."""
    step = max(_PIECE // max(stack[0].size, 1), 1) if len(stack) else 1
    return (slice(start, min(start + step, len(stack))) for start in range(0, len(stack), step))


def _stack_runs(stack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return kernels.pick("runs", stack.size).stack_runs(stack)


def _joined(parts: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Runs (or counts) of several masks as one array, and where each mask's start."""
    none = np.empty((0, *parts[0].shape[1:]) if parts else (0, 2), np.int64)
    return np.concatenate([none, *parts]), np.cumsum([0, *map(len, parts)], dtype=np.int64)


def _size_of(rle: Mapping[str, Any], number: int) -> tuple[int, int]:
    try:
        height, width = rle["size"]
        if "counts" in rle and height >= 0 <= width and height == int(height) and width == int(width):
            return int(height), int(width)
    except (KeyError, TypeError, ValueError):
        pass
    raise MaskValueError(f"RLE {number} is a dict with size [height, width] and counts, got {rle!r:.80}")


def _one_shape(shapes: Sequence[tuple[int, int]], what: str) -> tuple[int, int]:
    for k, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise FrameMismatch(
                f"{what} {k} is {shape[0]} × {shape[1]}, the first {shapes[0][0]} × {shapes[0][1]}; "
                f"give those of one size at a time."
            )
    return shapes[0] if shapes else (0, 0)


def _read_counts(rles: Sequence[Mapping[str, Any]]) -> list[np.ndarray]:
    """The counts of each RLE, the compressed ones read together."""
    texts = {k: _as_bytes(rle["counts"]) for k, rle in enumerate(rles) if isinstance(rle["counts"], (str, bytes))}
    offsets = np.cumsum([0, *map(len, texts.values())], dtype=np.int64)
    text = np.frombuffer(bytearray(b"".join(texts.values())), np.uint8)
    counts, ends, good = _kernel(len(texts)).read_counts(text, offsets)
    if not good.all():
        raise MaskValueError(f"RLE {list(texts)[int(np.argmin(good))]} has damaged counts: no COCO run lengths.")
    read = dict(zip(texts, np.split(counts, ends[1:-1]), strict=False))
    return [read[k] if k in read else _checked(rle["counts"], k) for k, rle in enumerate(rles)]


def _as_bytes(counts: str | bytes) -> bytes:
    return counts.encode("utf-8") if isinstance(counts, str) else counts


def _checked(counts: Any, number: int) -> np.ndarray:
    numbers = np.asarray(counts)
    if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu") or (numbers < 0).any():
        raise MaskValueError(f"RLE {number} has counts that are neither text nor whole numbers from 0 on.")
    return numbers.astype(np.int64)


def _ones(places: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The runs of ones, which are every other of each mask's, from the places where runs start; empty ones left out."""
    mask = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    odd = np.flatnonzero((np.arange(offsets[-1]) - offsets[mask]) % 2)
    odd = odd[places[odd] < places[odd + 1]]
    runs = np.stack([places[odd], places[odd + 1]], axis=1) - places[offsets[mask[odd]]][:, None]
    return runs, np.concatenate([[0], np.cumsum(np.bincount(mask[odd], minlength=len(offsets) - 1))])

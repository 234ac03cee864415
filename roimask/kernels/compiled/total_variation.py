"""Steps of Chambolle's dual method for total variation."""

from __future__ import annotations

import numpy as np

from roimask.kernels.compiled import jit

__all__ = ["total_variation"]


def total_variation(values: np.ndarray, weight: np.ndarray, strength: float, iterations: int) -> np.ndarray:
    """The values after so many steps; the gradient between two pixels counts by the product of their weights.

    Values and weights are of one floating type, and a value is 0 where its weight is.
    """
    height, width = values.shape
    below, beside = np.zeros((height + 1, width), values.dtype), np.zeros_like(values)
    below[1:-1] = weight[:-1] * weight[1:]
    beside[:, :-1] = weight[:, :-1] * weight[:, 1:]
    down, along = np.zeros_like(below), np.zeros_like(beside)
    for _ in range(iterations):
        _turn_all(values, below, beside, down, along, values.dtype.type(0.25 / strength))
    return _with_flow(values, below, beside, down, along)


@jit
def _turn_all(values, below, beside, down, along, shrink):
    """One step: the dual field turns towards the gradient, and what is longer than 1 is shortened.

    ``down[y + 1]`` lies between the rows y and y + 1, ``along[:, x]`` between the columns x and x + 1.
    """
    height, width = values.shape
    here, beyond = np.zeros(width, values.dtype), np.zeros(width, values.dtype)
    _flow_of_row(values, below, beside, down, along, 0, here)
    for y in range(height):
        if y + 1 < height:
            _flow_of_row(values, below, beside, down, along, y + 1, beyond)
        _turn_row(here, beyond, below[y + 1], beside[y], down[y + 1], along[y], shrink)
        here, beyond = beyond, here


@jit
def _with_flow(values, below, beside, down, along):
    out = np.empty_like(values)
    for y in range(values.shape[0]):
        _flow_of_row(values, below, beside, down, along, y, out[y])
    return out


@jit
def _flow_of_row(values, below, beside, down, along, y, out):
    """A row of the values with what flows in and out."""
    width = out.size
    value, gain, loss = values[y], below[y], below[y + 1]
    into, out_of = down[y], down[y + 1]
    for x in range(width):
        out[x] = value[x] + gain[x] * into[x] - loss[x] * out_of[x]
    by, flow = beside[y], along[y]
    for x in range(width - 1):
        out[x] -= by[x] * flow[x]
    for x in range(width - 1):
        out[x + 1] += by[x] * flow[x]


@jit(error_model="numpy")
def _turn_row(here, beyond, below, beside, down, along, shrink):
    step, one = here.dtype.type(0.25), here.dtype.type(1)
    last = here.size - 1
    for x in range(last):
        fall, rise = below[x] * (beyond[x] - here[x]), beside[x] * (here[x + 1] - here[x])
        length = one + shrink * np.sqrt(fall * fall + rise * rise)
        down[x] = (down[x] - step * fall) / length
        along[x] = (along[x] - step * rise) / length
    fall = below[last] * (beyond[last] - here[last])
    down[last] = (down[last] - step * fall) / (one + shrink * abs(fall))

"""Directions of edges: measured, spread, looked up; and a template's edges laid over those of an image."""

from __future__ import annotations

import math

import numpy as np

from roimask.kernels.compiled import jit

__all__ = ["accumulate", "fit", "slopes", "spread"]


@jit
def slopes(values, weight, down, along):
    """Slopes by Sobel of the band that is steepest; 0 where not all pixels around take part."""
    height, width, bands = values.shape
    down[:], along[:] = 0, 0
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            known = True
            for i in range(y - 1, y + 2):
                for j in range(x - 1, x + 2):
                    known &= weight[i, j] > 0
            if not known:
                continue
            best = 0.0
            for b in range(bands):
                a00, a01, a02 = values[y - 1, x - 1, b], values[y - 1, x, b], values[y - 1, x + 1, b]
                a10, a12 = values[y, x - 1, b], values[y, x + 1, b]
                a20, a21, a22 = values[y + 1, x - 1, b], values[y + 1, x, b], values[y + 1, x + 1, b]
                r = (a20 + 2 * a21 + a22 - a00 - 2 * a01 - a02) / 8
                c = (a02 + 2 * a12 + a22 - a00 - 2 * a10 - a20) / 8
                if r * r + c * c > best:
                    best = r * r + c * c
                    down[y, x], along[y, x] = r, c


@jit
def spread(bits, reach, out):
    """The bits of all pixels no further than ``reach`` rows and columns away."""
    height, width = bits.shape
    across = np.zeros_like(bits)
    for y in range(height):
        for x in range(width):
            found = np.uint8(0)
            for j in range(max(x - reach, 0), min(x + reach + 1, width)):
                found |= bits[y, j]
            across[y, x] = found
    for y in range(height):
        for x in range(width):
            found = np.uint8(0)
            for i in range(max(y - reach, 0), min(y + reach + 1, height)):
                found |= across[i, x]
            out[y, x] = found


@jit
def accumulate(responses, bins, rows, columns, out):
    """Add, at each place, the responses (8, H, W) of features that lie so far from it, all of them inside."""
    for k in range(len(bins)):
        plane, top, left = responses[bins[k]], rows[k], columns[k]
        for y in range(out.shape[0]):
            for x in range(out.shape[1]):
                out[y, x] += plane[y + top, x + left]


@jit
def _steepest(down, along, row, column, nr, nc, reach, least, found):
    """How far along a normal the edge lies whose direction agrees best, and how well; found[1] is 0 for none.

    found[2] is 1 where the place itself lies on pixels that are known.
    """
    height, width = down.shape
    best, at, agreement = 0.0, 0.0, 0.0
    count = int(2 * reach / 0.5) + 1
    strengths = np.zeros(count)
    for k in range(count):
        t = -reach + 0.5 * k
        y, x = row + t * nr - 0.5, column + t * nc - 0.5
        top, left = math.floor(y), math.floor(x)
        if top < 0 or left < 0 or top + 1 >= height or left + 1 >= width:
            continue
        v, u = y - top, x - left
        k00, k01, k10, k11 = (1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u
        r = (
            k00 * down[top, left]
            + k01 * down[top, left + 1]
            + k10 * down[top + 1, left]
            + k11 * down[top + 1, left + 1]
        )
        c = (
            k00 * along[top, left]
            + k01 * along[top, left + 1]
            + k10 * along[top + 1, left]
            + k11 * along[top + 1, left + 1]
        )
        size = math.sqrt(r * r + c * c)
        agree = abs(r * nr + c * nc) / size if size > 0 else 0.0
        strengths[k] = size * agree
        nearness = 1 - 0.5 * abs(t) / (reach + 1)
        if size > least and agree > 0.9 and size * agree * nearness > best:
            best, at, agreement = size * agree * nearness, t, agree
    found[0], found[1] = at, agreement
    k = round((at + reach) / 0.5)
    if agreement > 0 and 0 < k < count - 1:
        bend = strengths[k - 1] - 2 * strengths[k] + strengths[k + 1]
        if bend < 0:
            found[0] += 0.25 * min(max((strengths[k - 1] - strengths[k + 1]) / bend, -1.0), 1.0)


@jit
def fit(down, along, known, points, pose, free, least, reach, rounds, enough):
    """Move a pose so that a template's edges lie on those of an image, by least squares along their normals.

    ``points`` (n, 4): row and column from the template's middle, and the normal there. ``pose`` (row, column, radians,
    scale) is changed; where after two rounds less than ``enough`` is seen, it is given up. Answers the share of the
    edges seen where the image is known, and the share that is known.
    """
    system, move, found = np.zeros((4, 5)), np.zeros(4), np.zeros(2)
    near = reach
    for turn in range(rounds + 1):
        last = turn == rounds
        cos, sin = math.cos(pose[2]), math.sin(pose[2])
        system[:] = 0.0
        seen, inside = 0.0, 0
        for k in range(len(points)):
            r = pose[3] * (cos * points[k, 0] - sin * points[k, 1])
            c = pose[3] * (cos * points[k, 1] + sin * points[k, 0])
            row, column = pose[0] + r, pose[1] + c
            y, x = math.floor(row), math.floor(column)
            if y < 0 or x < 0 or y >= known.shape[0] or x >= known.shape[1] or not known[y, x]:
                continue
            inside += 1
            nr, nc = cos * points[k, 2] - sin * points[k, 3], cos * points[k, 3] + sin * points[k, 2]
            _steepest(down, along, row, column, nr, nc, 1.5 if last else near, least, found)
            if found[1] == 0:
                continue
            seen += found[1]
            weight = 1 - (found[0] / (near + 0.5)) ** 2
            weight *= weight
            turned = (nr, nc, nc * r - nr * c, nr * r + nc * c)
            for p in range(4):
                for q in range(4):
                    system[p, q] += weight * turned[p] * turned[q]
                system[p, 4] += weight * turned[p] * found[0]
        if last or inside == 0 or (turn == 2 and seen < enough * inside):
            return (seen / inside if inside else 0.0), inside / len(points)
        if not _solved(system, free, move):
            continue
        pose[0] += move[0]
        pose[1] += move[1]
        pose[2] += move[2]
        pose[3] *= math.exp(min(max(move[3], -0.2), 0.2))
        near = max(0.6 * near, 1.0)
    return 0.0, 0.0


@jit
def _solved(system, free, out):
    """The least squares move, by elimination; directions that nothing holds stay. False where nothing is seen."""
    out[:] = 0.0
    some = False
    for p in range(4):
        if not free[p] or system[p, p] < 1e-9:
            system[p, :] = 0.0
            system[:, p] = 0.0
            system[p, p] = 1.0
        else:
            some = True
            system[p, p] *= 1 + 1e-6
    if not some:
        return False
    for p in range(4):
        if system[p, p] < 1e-12:
            return False
        for q in range(p + 1, 4):
            system[q] -= system[p] * (system[q, p] / system[p, p])
    for p in range(3, -1, -1):
        out[p] = system[p, 4]
        for q in range(p + 1, 4):
            out[p] -= system[p, q] * out[q]
        out[p] /= system[p, p]
    return True

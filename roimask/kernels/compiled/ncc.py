"""Sums over the windows of a correlation, one window at a time, and the scores that come of such sums."""

from __future__ import annotations

import math

from roimask.kernels.compiled import jit, rows

__all__ = ["absolute", "direct", "masked_band", "settle", "whole_band"]

_LOOSE = {"reassoc", "contract", "nsz"}


def masked_band(total, light, light2, dark, dark2, both, centred, product, image2, template2):
    """Add what one band brings to each window: the product, and the squares of image and template.

    The sums over a window, with a the weight of both: total Σa, light Σaf, light2 Σaf², dark Σat, dark2 Σat²,
    both Σaft. ``centred`` takes the means away.
    """
    _masked_band(*map(rows, (total, light, light2, dark, dark2, both)), centred, product, image2, template2)


@jit(fastmath=_LOOSE)
def _masked_band(total, light, light2, dark, dark2, both, centred, product, image2, template2):
    for y in range(product.shape[0]):
        for x in range(product.shape[1]):
            f, t, share = light[y, x], dark[y, x], 0.0
            if centred and total[y, x] > 0:
                share = 1 / total[y, x]
            product[y, x] += both[y, x] - f * t * share
            image2[y, x] += light2[y, x] - f * f * share
            template2[y, x] += dark2[y, x] - t * t * share


def whole_band(total, light, light2, dark, dark2, both, centred, product, image2, template2):
    """The same where the image takes part in full: total, dark and dark2 are one number for all windows."""
    light, light2, both = map(rows, (light, light2, both))
    _whole_band(total, light, light2, dark, dark2, both, centred, product, image2, template2)


@jit(fastmath=_LOOSE)
def _whole_band(total, light, light2, dark, dark2, both, centred, product, image2, template2):
    share = 1 / total if centred else 0.0
    squared = dark2 - dark * dark * share
    for y in range(product.shape[0]):
        for x in range(product.shape[1]):
            f = light[y, x]
            product[y, x] += both[y, x] - f * dark * share
            image2[y, x] += light2[y, x] - f * f * share
            template2[y, x] += squared


def settle(total, product, image2, template2, least, image_noise, template_noise, difference, out):
    """The score of each window, -1 to 1; 0 where too little takes part, or image or template is flat.

    ``difference`` scores 2ab / (a² + b²) in place of ab / sqrt(a² b²). Answers by how much rounding may have changed a
    score.
    """
    return _settle(rows(total), product, image2, template2, least, image_noise, template_noise, difference, out)


@jit
def _settle(total, product, image2, template2, least, image_noise, template_noise, difference, out):
    doubt, factor = 0.0, 1.0
    if difference:
        image_noise = template_noise = image_noise + template_noise
        factor = 2.0
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            a, b, score = image2[y, x], template2[y, x], 0.0
            if total[y, x] >= least:
                if difference:
                    a = b = a + b
                doubt = max(
                    doubt, image_noise / max(a, image_noise, 1e-300) + template_noise / max(b, template_noise, 1e-300)
                )
                if a > image_noise and b > template_noise:
                    score = factor * product[y, x] / math.sqrt(a * b)
            out[y, x] = min(max(score, -1.0), 1.0) if math.isfinite(score) else 0.0
    return doubt


@jit(fastmath=_LOOSE)
def direct(image, weight, template, part, height, width, centred, total, product, image2, template2):
    """The sums of ``masked_band`` over all bands, term by term: ``image`` (H, W, C), ``template`` (h, w, C)."""
    for y in range(height):
        for x in range(width):
            n = 0.0
            for i in range(part.shape[0]):
                for j in range(part.shape[1]):
                    n += weight[y + i, x + j] * part[i, j]
            total[y, x] = n
            ab, aa, bb = 0.0, 0.0, 0.0
            if n > 0:
                for band in range(template.shape[2]):
                    sf, st, ff, tt, ft = 0.0, 0.0, 0.0, 0.0, 0.0
                    for i in range(part.shape[0]):
                        for j in range(part.shape[1]):
                            a = weight[y + i, x + j] * part[i, j]
                            f, t = image[y + i, x + j, band], template[i, j, band]
                            sf += a * f
                            st += a * t
                            ff += a * f * f
                            tt += a * t * t
                            ft += a * f * t
                    share = 1 / n if centred else 0.0
                    ab += ft - sf * st * share
                    aa += ff - sf * sf * share
                    bb += tt - st * st * share
            product[y, x], image2[y, x], template2[y, x] = ab, aa, bb


@jit(fastmath=_LOOSE)
def absolute(image, weight, template, part, height, width, least, out):
    """1 - Σa|f' - t'| / Σa(|f'| + |t'|) of each window, where f' and t' are less their means; 0 where flat."""
    for y in range(height):
        for x in range(width):
            n, apart, size, scale = 0.0, 0.0, 0.0, 0.0
            for i in range(part.shape[0]):
                for j in range(part.shape[1]):
                    n += weight[y + i, x + j] * part[i, j]
            for band in range(template.shape[2] if n >= least else 0):
                sf, st = 0.0, 0.0
                for i in range(part.shape[0]):
                    for j in range(part.shape[1]):
                        a = weight[y + i, x + j] * part[i, j]
                        sf += a * image[y + i, x + j, band]
                        st += a * template[i, j, band]
                sf, st = sf / n, st / n
                for i in range(part.shape[0]):
                    for j in range(part.shape[1]):
                        a = weight[y + i, x + j] * part[i, j]
                        f, t = image[y + i, x + j, band] - sf, template[i, j, band] - st
                        apart += a * abs(f - t)
                        size += a * (abs(f) + abs(t))
                scale += n * (abs(sf) + abs(st))
            out[y, x] = 1 - apart / size if size > 1e-12 * scale else 0.0

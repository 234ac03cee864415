"""Law 1 for training: what lies where nothing takes part changes no value and no gradient."""

from __future__ import annotations

import math

import torch

JUNK = (0.0, 1e30, math.inf, -math.inf, math.nan)


def runs(function, inputs, masks, parameters=()):
    """The value and the gradients of inputs and parameters, once for each kind of junk under the masks.

    ``function`` is given the inputs; ``masks`` (one each, of its shape, or None) say where junk is put.
    """
    for junk in JUNK:
        given = [x if m is None else torch.where(m, x, junk) for x, m in zip(inputs, masks, strict=True)]
        given = [x.clone().requires_grad_() if x.is_floating_point() else x for x in given]
        for parameter in parameters:
            parameter.grad = None
        value = function(*given)
        value.backward()
        yield [value.detach(), *(x.grad for x in given if x.requires_grad), *(p.grad for p in parameters)]


def nothing_leaks(function, inputs, masks, parameters=()):
    """Assert that all runs agree to the bit, are finite, and that gradients under the masks are 0."""
    first, *others = runs(function, inputs, masks, parameters)
    for part in first:
        assert part is not None and part.isfinite().all()
    for other in others:
        for a, b in zip(first, other, strict=True):
            assert torch.equal(a, b)
    gradients = iter(first[1:])
    for x, m in zip(inputs, masks, strict=True):
        if x.is_floating_point():
            gradient = next(gradients)
            assert m is None or not gradient[~m.expand_as(x)].any()

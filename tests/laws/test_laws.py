"""Every law on every operation of the registry."""

from __future__ import annotations

import pytest

import roimask as rm
from tests.laws.draw import cannot_be_guessed
from tests.laws.examples import EXAMPLES
from tests.laws.laws import LAWS, check, takes_mask

REGISTRY = rm.registry()
PAIRS = [
    pytest.param(law, name, id=f"{name}-{law}")
    for name, operation in REGISTRY.items()
    for law in LAWS
    if LAWS[law].applies(operation)
]


@pytest.mark.parametrize(("law", "name"), PAIRS)
def test_law(law, name):
    check(law, REGISTRY[name])


@pytest.mark.parametrize("name", [n for n, o in REGISTRY.items() if o.blocks or takes_mask(o)])
def test_every_parameter_can_be_drawn(name):
    missing = cannot_be_guessed(REGISTRY[name])
    assert not missing, f"{name}: {missing} cannot be guessed; add a line to tests/laws/examples.py"


def test_no_example_is_left_over():
    assert set(EXAMPLES) <= set(REGISTRY)

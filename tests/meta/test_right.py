"""Operations of each sort keep every law by nothing but their declaration."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.laws.laws import LAWS, check
from tests.meta.right import RIGHT, registered


def pairs():
    for name, declare in RIGHT.items():
        with registered(declare) as operation:
            yield from (pytest.param(law, declare, id=f"{name}-{law}") for law in LAWS if LAWS[law].applies(operation))


@pytest.mark.parametrize(("law", "declare"), list(pairs()))
def test_law(law, declare):
    with registered(declare) as operation:
        check(law, operation, settings.default.max_examples)

"""The honours table in the docs is what is measured."""

from __future__ import annotations

import pytest

from tests.laws.honours import OURS, PAGE, operations, ours, row_of


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.name)
def test_every_operation_keeps_the_laws(operation):
    row = row_of(operation)
    assert all(row[cell] is not False for cell in ("noise", "nan", "inf", "maximum", "outside")), row


def test_our_part_of_the_table_is_fresh():
    assert OURS + ours() in PAGE.read_text(), "stale: run python -m tests.laws.honours"

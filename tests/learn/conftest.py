"""What the tests of masks in training share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def seed():
    """The same random numbers in every test, and sums in one order."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)

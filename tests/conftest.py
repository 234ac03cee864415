"""What all tests share: where the pictures are, and how many examples hypothesis draws."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("ROIMASK_DATA", ROOT.parent / "shared" / "data"))

_COMMON = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("default", max_examples=25, **_COMMON)
settings.register_profile("long", max_examples=500, **_COMMON)
settings.load_profile(os.environ.get("ROIMASK_EXAMPLES", "default"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real test data, which is not part of the repository."""
    if not DATA.is_dir():
        pytest.skip(f"no test data in {DATA} (set ROIMASK_DATA)")
    return DATA


@pytest.fixture(scope="session")
def sample() -> Path:
    """The pictures that come with the project."""
    return ROOT / "sample_images"


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT

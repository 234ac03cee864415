"""Masks in training are tested where PyTorch is installed: ``make test-learn`` installs it."""

from __future__ import annotations

from importlib.util import find_spec

WITHOUT_TORCH = find_spec("torch") is None
collect_ignore_glob = ["roimask/learn/*", "tests/learn/*"] if WITHOUT_TORCH else []


def pytest_report_header() -> list[str]:
    return ["roimask.learn: not tested, torch is not installed (make test-learn)"] if WITHOUT_TORCH else []

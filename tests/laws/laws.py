"""All the laws, by name."""

from __future__ import annotations

from tests.laws import blocks, calls, kinds, leaks
from tests.laws.law import LAWS, Law, check, takes_mask

__all__ = ["LAWS", "Law", "blocks", "calls", "check", "kinds", "leaks", "takes_mask"]

"""Mergeable summaries: ``a + b`` is the summary of both regions."""

from __future__ import annotations

from roimask.summary.groups import Groups
from roimask.summary.histogram import GroupedHistogram, Histogram
from roimask.summary.statistics import Statistics

__all__ = ["GroupedHistogram", "Groups", "Histogram", "Statistics"]

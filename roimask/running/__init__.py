"""Runs over rasters larger than memory: block by block, from file to file."""

from __future__ import annotations

from roimask.running.engine import plan, run
from roimask.running.going import Run
from roimask.running.job import Plan

__all__ = ["Plan", "Run", "plan", "run"]

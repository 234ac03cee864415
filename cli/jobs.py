"""One input of a batch: what is to be done with it, what the work answers, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .inputs import Input

__all__ = ["Done", "Job", "Outcome"]


@dataclass(frozen=True)
class Job:
    """One input and where its result and its preview go; ``problem`` says why it cannot be done."""

    image: Input
    output: str | None
    problem: str = ""
    skip: bool = False
    preview: str | None = None


@dataclass(frozen=True)
class Done:
    """What the work on one input answers: the share of its pixels that took part, rows of a table, where these lie."""

    share: float | None = None
    rows: Sequence[dict[str, Any]] = ()
    sheet: Any = None
    crs: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What happened to one input."""

    job: Job
    status: str
    reason: str = ""
    seconds: float = 0.0
    done: Done = field(default_factory=Done)
    warnings: Sequence[str] = ()

    def row(self) -> dict[str, Any]:
        """Its row in the report."""
        return {
            "input": self.job.image.path,
            "output": self.job.output,
            "status": self.status,
            "reason": self.reason or " ".join(self.warnings),
            "seconds": round(self.seconds, 4),
            "share": self.done.share,
        }

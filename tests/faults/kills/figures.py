"""What came out of an experiment? Counts, and a sentence for each thing that should not have happened."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any


class NotHere(Exception):
    """This machine cannot do the experiment; the sentence says why."""


@dataclass
class Figures:
    """`violations`: what must never happen, each as a sentence; `lost`: attempts nobody accounts for."""

    runs: int = 0
    lost: int = 0
    uncertain: int = 0
    violations: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def wrong(self, sentence: str) -> None:
        self.violations.append(sentence)

    def counts(self) -> dict[str, Any]:
        """As `build/faults.json` has it."""
        seconds = round(time.monotonic() - self.began, 1)
        return {"runs": self.runs, "violations": len(self.violations), "lost": self.lost,
                "uncertain": self.uncertain, "seconds": seconds}  # fmt: skip

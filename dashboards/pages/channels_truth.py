"""What is true on practice data, where both futures of everybody are known?"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.kit.choices import Choice
from opportune.store import notes
from opportune.store.db import Database

NOTE = "practice_truth"


@dataclass(frozen=True, slots=True)
class Truth:
    """Shares of the same people who would meet the goal, called first and written to first."""

    people: int
    call: float
    email: float

    @property
    def difference(self) -> float:
        return self.call - self.email


def truth(db: Database, chosen: Choice) -> Truth | None:
    """As the practice run left it, for the campaign, goal and status chosen; None where nobody worked it out."""
    parts = [
        part
        for part in notes.get(db, NOTE, [])
        if chosen.campaign in (None, part["campaign"])
        and chosen.goal in (None, part["goal"])
        and chosen.status in (None, part["status"])
    ]
    n = sum(part["people"] for part in parts)
    return Truth(n, *(sum(part[side] for part in parts) / n for side in ("call", "email"))) if n else None

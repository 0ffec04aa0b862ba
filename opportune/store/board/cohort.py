"""Whom do the board's numbers speak of, and what did the reader choose?

Of every contact x campaign once: at the first decision that put the person on a channel, under that channel, whatever
followed. What came of it counts only within the outcome window that the campaign fixed in advance; until that window
is over for everybody of the same day a person is *still maturing*, and is never counted as a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from opportune.rules.facts import Instant
from opportune.statistics import wilson
from opportune.store.models import Campaign, Decision
from opportune.store.said_rows import ANSWERED, CONVERSED

__all__ = ["ANSWERED", "CONVERSED", "STAGES", "WINDOW_DAYS", "Filters", "KOfN", "chosen_campaigns", "chosen_people"]

WINDOW_DAYS = 14
STAGES = ("decided", "attempted", "reached", "conversation", "goal")


class KOfN:
    """What can be said of any k of n."""

    __slots__ = ()
    k: int
    n: int

    @property
    def share(self) -> float | None:
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.k, self.n)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader chose: campaign key, goal, whole UTC days from `since` on and begun before `until`; the person's
    status as it was known, the key of the source, the id of the version. None: everything."""

    campaign: str | None = None
    goal: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    status: str | None = None
    source: str | None = None
    version: int | None = None


def chosen_campaigns(chosen: Filters) -> list[ColumnElement[bool]]:
    by_key = [Campaign.key == chosen.campaign] if chosen.campaign else []
    by_goal = [Campaign.goal == chosen.goal] if chosen.goal else []
    return [*by_key, *by_goal]


def chosen_people(chosen: Filters, enrolment: Any) -> list[ColumnElement[bool]]:
    """Status and version, as the first decision has them of whoever is in this enrolment: so all counts choose."""
    d, x = aliased(Decision), aliased(Decision)
    first = select(func.min(x.id)).where(x.enrolment_id == d.enrolment_id, x.first, x.verdict == "act", x.channel != "")
    by_status = [func.coalesce(d.status, "unknown") == chosen.status] if chosen.status else []
    by_version = [d.version_id == chosen.version] if chosen.version is not None else []
    wanted = [*by_status, *by_version]
    return [exists().where(d.enrolment_id == enrolment, d.id == first.scalar_subquery(), *wanted)] if wanted else []

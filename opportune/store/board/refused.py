"""How many say no to what we send, and what comes back of it (E7)?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from opportune.rules.facts import DAY, HOUR, Instant
from opportune.statistics import poisson, wilson
from opportune.store.board.cells import people, tries
from opportune.store.board.cohort import Filters
from opportune.store.db import Database
from opportune.store.models import SendingTally

MONTH = 30 * DAY


@dataclass(frozen=True, slots=True)
class OptOuts:
    """So many people said no within their window, and so many contact attempts left; per 1,000 of them, with the exact
    interval."""

    campaign: str  # its key; "": all together
    people: int
    attempts: int

    @property
    def rate(self) -> float | None:
        return 1_000 * self.people / self.attempts if self.attempts else None

    @property
    def interval(self) -> tuple[float, float]:
        return poisson(self.people, self.attempts / 1_000)


@dataclass(frozen=True, slots=True)
class Domain:
    """What a sending domain sent in 30 days, and what came back of it."""

    name: str
    sent: int
    bounced: int
    blocked: int
    complained: int

    def interval(self, k: int) -> tuple[float, float]:
        return wilson(min(k, self.sent), self.sent)


def opt_outs(db: Database, now: Instant, chosen: Filters) -> list[OptOuts]:
    """Of each campaign, and of all of them first ("")."""
    attempts, people_out = Counter[str](), Counter[str]()
    for tried in tries(db, now, chosen, ["campaign"]):
        attempts[tried.by[0]] += tried.tried
    for cell in people(db, now, chosen, ["campaign"]):
        people_out[cell.by[0]] += cell.opted_out
    each = [OptOuts(key, people_out[key], attempts[key]) for key in sorted(attempts)]
    return [OptOuts("", people_out.total(), attempts.total()), *each]


def domains(db: Database, now: Instant) -> list[Domain]:
    """By sending domain, over 30 days."""
    with db.read() as session:
        return [Domain(key.removeprefix("from:"), *map(int, sums)) for key, *sums in session.execute(_tallies(now))]


def _tallies(now: Instant) -> Select[Any]:
    t = SendingTally
    sums = [func.sum(column) for column in (t.sent, t.bounced, t.blocked, t.complained)]
    where = (t.key.startswith("from:"), t.hour >= (now - MONTH) // HOUR)
    return select(t.key, *sums).where(*where).group_by(t.key).having(sums[0] > 0).order_by(sums[0].desc())

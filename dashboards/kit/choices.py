"""What did the reader choose? Campaign, version, goal, status and period: from the address and back into it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

import flask

from dashboards.context import board
from opportune.rules.facts import DAY, Goal, Instant, Status
from opportune.store.board import Filters, campaigns
from opportune.store.board.choices import versions

PERIODS = {"4w": 28, "10w": 70, "26w": 182, "all": 0}  # days
GOALS, STATUSES = tuple(map(str, Goal)), tuple(map(str, Status))


@dataclass(frozen=True, slots=True)
class Choice:
    campaign: str | None = None
    version: str | None = None  # of the campaign: its id
    goal: str | None = None
    status: str | None = None
    period: str = "all"

    def filters(self, now: Instant) -> Filters:
        """As the queries of `store.board` take it; a period begins with a whole day (UTC)."""
        days = PERIODS[self.period]
        since = (now - days * DAY) // DAY * DAY if days else None
        version = int(self.version) if self.version else None
        return Filters(self.campaign, self.goal, since, status=self.status, version=version)

    @property
    def address(self) -> dict[str, str]:
        """What differs from the usual."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) and value != f.default}

    @property
    def query(self) -> str:
        return urlencode(self.address)

    def but(self, **changes: str | None) -> str:
        """The address with this changed: for a link from a row to what it speaks of."""
        return "?" + replace(self, **changes).query  # type: ignore[arg-type]


def choice(
    campaign: str = "", version: str = "", goal: str = "", status: str = "", period: str = "", **_other: str
) -> Choice:
    """What an address asks for; whatever does not exist is left out."""
    key = next((key for key, *_ in campaigns(board().db) if key == campaign), None) if campaign else None
    found = Choice(
        key,
        version if key and version in [str(id) for id, *_ in versions(board().db, key)] else None,
        goal if goal in GOALS else None,
        status if status in STATUSES else None,
        period if period in PERIODS else "all",
    )
    flask.g.chosen = found
    return found


def query() -> str:
    """The choices of the page that is being answered: its charts' files and links carry them on."""
    found: Choice = flask.g.get("chosen", Choice())
    return found.query

"""What did the reader choose? Campaign, goal and period, from the address and back into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from dashboards.words import GOALS
from opportune.rules.facts import DAY, Instant

PERIODS = {"4w": (28, "4 weeks"), "10w": (70, "10 weeks"), "all": (0, "All")}
FUNNEL_DEFINITION = (
    "Of all people whose first decision chose this channel and whose window (14 days, unless the campaign says "
    "otherwise) is over: the share that got this far within it, on either channel, with its 95 % Wilson interval."
)
STAGE_DEFINITIONS = (
    "Attempted: something left. Reached: a human answered the call, or a reply came. Conversation: they talked, or "
    "replied. Goal met: what the campaign asks for happened, with or without a conversation. "
    "The people are the same at every stage."
)


@dataclass(frozen=True, slots=True)
class Choice:
    campaign: str | None = None
    goal: str | None = None
    period: str = "all"

    def filters(self, now: Instant) -> dict[str, Any]:
        """As the queries of `store.board` take it."""
        days = PERIODS[self.period][0]
        return {"campaign": self.campaign, "goal": self.goal, "since": now - days * DAY if days else None}

    @property
    def address(self) -> dict[str, str]:
        named = {"campaign": self.campaign, "goal": self.goal, "period": self.period if self.period != "all" else None}
        return {name: value for name, value in named.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.address)


def choice(campaign: str | None = None, goal: str | None = None, period: str | None = None, **_other: str) -> Choice:
    """What an address asks for; a goal or period that does not exist is left out."""
    return Choice(campaign or None, goal if goal in GOALS else None, period if period in PERIODS else "all")

"""Whom do the board's numbers speak of?

Of every contact x campaign once: at the first decision that put the person on a channel, under that channel, whatever
followed. What came of it counts only within the outcome window that the campaign fixed in advance; until that window
is over a person is *still maturing*, and is never counted as a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from opportune.rules.facts import DAY, Instant
from opportune.rules.facts import CallResult as Call
from opportune.store.models import Campaign, CampaignVersion, Decision, Outcome, Touch

WINDOW_DAYS = 14
STAGES = ("decided", "attempted", "reached", "conversation", "goal")
CONVERSED = (Call.INTERESTED, Call.NOT_INTERESTED, Call.MEETING, Call.TALKED)
ANSWERED = (*CONVERSED, Call.SECRETARY, Call.CALL_BACK, Call.EMAIL_PLEASE, Call.DO_NOT_CALL)


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


def cohort(now: Instant, chosen: Filters) -> Select[Any]:
    """One row a person and campaign: contact, channel, at, mode, end of the window, matured, 1 or 0 for each stage."""
    end = Decision.at + _window()
    return (
        select(
            Decision.contact_id,
            Decision.channel.label("channel"),
            Decision.at.label("at"),
            Decision.mode.label("mode"),
            end.label("end"),
            (end <= now).label("matured"),
            literal(1).label("decided"),
            _flag(_touched(end, Touch.sending_at.is_not(None))).label("attempted"),
            _flag(or_(_touched(end, _answered(ANSWERED)), _came(end, "reply"))).label("reached"),
            _flag(or_(_touched(end, _answered(CONVERSED)), _came(end, "reply"))).label("conversation"),
            _flag(_came(end, "goal_met")).label("goal"),
        )
        .join(Campaign, Campaign.id == Decision.campaign_id)
        .join(CampaignVersion, CampaignVersion.id == Decision.version_id)
        .where(Decision.id == _first_of_enrolment(), *chosen_campaigns(chosen))
        .where(Decision.at >= (chosen.since or 0))
    )


def chosen_campaigns(chosen: Filters) -> list[ColumnElement[bool]]:
    by_key = [Campaign.key == chosen.campaign] if chosen.campaign else []
    by_goal = [Campaign.goal == chosen.goal] if chosen.goal else []
    return [*by_key, *by_goal]


def _window() -> ColumnElement[int]:
    return func.coalesce(CampaignVersion.document["outcome_days"].as_integer(), WINDOW_DAYS) * DAY


def _first_of_enrolment() -> ColumnElement[int]:
    """A first decision that was taken again (a fact changed before anything left) still counts once."""
    twin = aliased(Decision)
    acted = and_(twin.enrolment_id == Decision.enrolment_id, twin.first, twin.verdict == "act", twin.channel != "")
    return select(func.min(twin.id)).where(acted).correlate(Decision).scalar_subquery()


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _touched(end: ColumnElement[int], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = and_(Touch.campaign_id == Decision.campaign_id, Touch.contact_id == Decision.contact_id)
    return exists().where(mine, Touch.sending_at < end, condition).correlate(Decision, CampaignVersion)


def _answered(results: tuple[Call, ...]) -> ColumnElement[bool]:
    return and_(Touch.channel == "call", Touch.result.in_([str(result) for result in results]))


def _came(end: ColumnElement[int], kind: str) -> ColumnElement[bool]:
    mine = and_(Outcome.enrolment_id == Decision.enrolment_id, Outcome.kind == kind)
    return exists().where(mine, Outcome.at >= Decision.at, Outcome.at < end).correlate(Decision, CampaignVersion)

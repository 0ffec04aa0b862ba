"""What may a day cost, for one campaign and for all calls together (F1)?

A call that is under way counts as if it took two minutes, or fifty would leave before the first one is billed. A call
that a colleague takes has two legs. A promise (C4) is kept whatever it costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case as sql_case
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, Instant
from opportune.store import models as m
from opportune.store import pacing
from opportune.work import costs
from opportune.work.cases import Case
from opportune.work.world import World

SPENT, SPENT_ON_CALLS = "the day's spend is reached", "the day's spend on calls is reached"
EXPECTED = 2 * costs.MINUTE  # of each leg of a call whose minutes are not known yet
UNDER_WAY = ("sending", "uncertain", "sent", "ringing", "answered", "cancel_requested")
OURS = ("approach", "follow_up", "nurture")
Held = dict[int, tuple[str, Instant]]  # touch -> why, and when to ask again


def over(session: Session, touches: Sequence[m.Touch], case: Case, now: Instant) -> Held:
    """Those that would cost more than a day of this campaign may."""
    most, campaign_id = case.campaign.caps.daily_spend, case.enrolment.campaign_id
    if most is None or not touches:
        return {}
    session.get_one(m.CampaignVersion, case.enrolment.version_id, with_for_update={"key_share": True})  # in turn
    left = most - spent_today(session, campaign_id, now)
    return _beyond(touches, left, SPENT, now)


def over_all(world: World, session: Session, touches: Sequence[m.Touch], now: Instant) -> Held:
    """Those that would cost more than all calls of a day may together."""
    most = world.settings.calls_daily_spend
    calls = [touch for touch in touches if touch.channel == "call" and touch.kind in OURS]
    if not most or not calls:
        return {}
    pacing.turns(session, "spend", space=0, number=0, now=now)  # two workers count in turn
    return _beyond(calls, most - _spent(session, now, m.Touch.channel == "call"), SPENT_ON_CALLS, now)


def _beyond(touches: Sequence[m.Touch], left: float, why: str, now: Instant) -> Held:
    """Mails cost next to nothing: they leave until the day's sum is spent."""
    held: Held = {}
    for touch in touches:
        if left <= 0:
            held[touch.id] = (why, now - now % DAY + DAY)
        elif touch.channel == "call":
            left -= expected(touch)
    return held


def expected(touch: m.Touch) -> float:
    return EXPECTED if touch.automated else 2 * EXPECTED


def spent_today(session: Session, campaign_id: int, now: Instant) -> float:
    """In the deployment's currency, since midnight UTC, with what is under way."""
    return _spent(session, now, m.Touch.campaign_id == campaign_id)


def _spent(session: Session, now: Instant, whose: Any) -> float:
    today = (whose, m.Touch.sending_at >= now - now % DAY)
    billed = select(func.sum(m.TouchCost.amount)).join(m.Touch, m.Touch.id == m.TouchCost.touch_id)
    legs = func.sum(sql_case((m.Touch.automated, 1), else_=2))
    open_calls = select(legs).where(*today, m.Touch.channel == "call", m.Touch.state.in_(UNDER_WAY))
    return (session.scalar(billed.where(*today)) or 0.0) + EXPECTED * (session.scalar(open_calls) or 0)

"""What holds a live campaign back for a while: the first so many people (B17), and what a day may cost?

Asked at the gate, so that it holds whatever was planned. A promise (C4) and what somebody just asked for go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from opportune.rules.campaign import Campaign
from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.store.ledger import LEFT
from opportune.work import calls_held, dialling, numbers, places, react, spending
from opportune.work.cases import Case
from opportune.work.spending import Held
from opportune.work.world import World

CANARY = "canary"
ASK_AGAIN = 15 * 60  # seconds until a held touch is looked at again


def held(world: World, session: Session, touches: Sequence[m.Touch], known: Mapping[int, Case], now: Instant) -> Held:
    """Which of these touches must wait, with the reason and when to ask again."""
    found: Held = spending.over_all(world, session, touches, now) | _calls(world, session, touches, now)
    for case, group in _by_version(touches, known):
        found |= spending.over(session, [touch for touch in group if touch.id not in found], case, now)
        found |= _beyond_canary(session, [touch for touch in group if touch.id not in found], case, now)
    return found


def _calls(world: World, session: Session, touches: Sequence[m.Touch], now: Instant) -> Held:
    """Promised ones too: what stops calls stops all of them, and whom nobody dials is written to instead."""
    calls = [touch for touch in touches if touch.channel == "call"]
    if not calls:
        return {}
    stopped, ours, found = calls_held.why_held(session, now), numbers.ours(world, session), Held()
    for touch in calls:
        phone = session.get_one(m.Contact, touch.contact_id).phone
        if phone and (wrong := dialling.never(phone, ours)):
            react.address_is_wrong(session, touch, wrong, now)
            found[touch.id] = (wrong, now)
        elif phone and stopped and (why := calls_held.of(stopped, places.country_of_number(phone))):
            found[touch.id] = (why, now + ASK_AGAIN)
    return found


def _by_version(touches: Sequence[m.Touch], known: Mapping[int, Case]) -> list[tuple[Case, list[m.Touch]]]:
    groups: dict[int, tuple[Case, list[m.Touch]]] = {}
    for touch in touches:
        case = known.get(touch.enrolment_id or 0)
        if case and case.state == "live" and touch.kind in ("approach", "follow_up", "nurture"):
            groups.setdefault(case.enrolment.version_id, (case, []))[1].append(touch)
    return list(groups.values())


def _beyond_canary(session: Session, touches: Sequence[m.Touch], case: Case, now: Instant) -> Held:
    """New approaches wait once the first so many people were reached; the mail after a talk still follows (B4)."""
    approaches = [touch for touch in touches if touch.kind == "approach"]
    version_id, most = case.enrolment.version_id, case.campaign.canary
    if not most or not approaches:
        return {}
    version = session.get_one(
        m.CampaignVersion, version_id, with_for_update={"key_share": True}
    )  # two workers count in turn
    if version.continued_at is not None:
        return {}
    begun = begun_with(session, case.enrolment.campaign_id, version_id)
    full = len(begun) >= most
    waiting: Held = {}
    for touch in approaches:
        if full or (touch.enrolment_id not in begun and len(begun) >= most):
            waiting[touch.id] = (CANARY, now + ASK_AGAIN)
        else:
            begun.add(touch.enrolment_id or 0)
    if full:
        session.get_one(m.Campaign, case.enrolment.campaign_id).paused_why = CANARY
    return waiting


def begun_with(session: Session, campaign_id: int, version_id: int) -> set[int]:
    """Enrolments of this version from which something left."""
    here = (m.Touch.campaign_id == campaign_id, m.Touch.sending_at.is_not(None), m.Touch.state.in_(LEFT))
    query = select(m.Touch.enrolment_id).join(m.Enrolment, m.Enrolment.id == m.Touch.enrolment_id).distinct()
    return {id for id in session.scalars(query.where(*here, m.Enrolment.version_id == version_id)) if id is not None}


def canary_room(session: Session, campaign: Campaign, campaign_id: int, version_id: int) -> int | None:
    """How many more may come in; None: no limit. Whoever waits for data to be mended takes nobody's place."""
    version = session.get_one(m.CampaignVersion, version_id)
    if not campaign.canary or version.continued_at is not None:
        return None
    may = or_(m.Enrolment.first_channel.is_not(None), m.Enrolment.decide_at.is_not(None))
    here = (m.Enrolment.campaign_id == campaign_id, m.Enrolment.version_id == version_id, may)
    inside = session.scalar(select(func.count()).where(*here)) or 0
    return max(0, campaign.canary - inside)

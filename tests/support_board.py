"""What does a board need to show something? A few hundred made-up people, decided, contacted and followed up."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, HOUR
from opportune.store import models as m
from opportune.store.db import Database

NOW = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp())
ZONES = ("Europe/Chisinau", "Europe/Berlin", "Asia/Kathmandu", "America/Chicago", "Europe/London")
FIRST = ("Ana", "Jana", "Omar", "Ivan", "Mei", "Łucja", "Ștefan", "Грета", "Noor", "Paul")
LAST = ("Novak", "Rusu", "Okafor", "Petrov", "Lindqvist", "Moraru", "Schmidt", "O'Neill", "Tamang", "Дуда")
FIRMS = ("Blue Harbour", "Nordwind GmbH", "Vera & Sons", "Himal Traders", "Codru Systems", "Lakeside Foods")
ANSWERS = ("no_answer", "no_answer", "voicemail_left", "busy", "talked", "interested", "secretary", "not_interested")
STATE_OF = {"no_answer": "no_answer", "busy": "busy", "voicemail_left": "voicemail_left"}
SOME_TEXT = {"rules_version": "2026.11.1", "step": 1}


def seed(db: Database, people: int = 420, luck: int = 7, now: int = NOW) -> None:
    """The same people every time."""
    dice = random.Random(luck)
    with db.write() as session:
        firms = [m.Company(name=name, facts={}, created_at=now - 90 * DAY) for name in FIRMS]
        source = m.Source(key="spring fair", kind="import", created_at=now - 90 * DAY)
        session.add_all([*firms, source])
        campaigns = [
            _campaign(session, *about, now)
            for about in (("meetings", "meeting", 14), ("clarify", "clarification", None))
        ]
        session.flush()
        days = sorted((dice.uniform(0, 56) for _ in range(people)), reverse=True)
        for index in range(people):
            contact = _contact(dice, firms, source.id, index, now)
            session.add(contact)
            session.flush()
            _live(session, dice, contact, campaigns[index % 3 == 2], now, now - int(days[index] * DAY))


def _campaign(
    session: Session, key: str, goal: str, days: int | None, now: int
) -> tuple[m.Campaign, m.CampaignVersion]:
    campaign = m.Campaign(key=key, name=f"{goal.capitalize()} this autumn", goal=goal, state="live")
    session.add(campaign)
    session.flush()
    document = {"key": key, **({"outcome_days": days} if days else {})}
    version = m.CampaignVersion(
        campaign_id=campaign.id, sha=f"{key}4f1c9a", document=document, text="", created_at=now - 80 * DAY
    )
    session.add(version)
    session.flush()
    campaign.version_id = version.id
    return campaign, version


def _contact(dice: random.Random, firms: list[m.Company], source: int, index: int, now: int) -> m.Contact:
    name = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
    zones = [] if index % 9 == 4 else [ZONES[index % len(ZONES)]]
    return m.Contact(
        name="<script>alert('x')</script> Mallory" if index == 3 else name,
        title="Head of purchasing" if index % 3 else None, company_id=dice.choice(firms).id, source_id=source,
        status=("executive", "staff", "manager", "unknown")[index % 4],
        business=True, interest="cold", bought=False, language="en", email=f"person{index}@example.com",
        phone=f"+3732260{index:04d}", country="MD" if zones else None, zones=zones,
        held=None if zones else "needs a time zone", asked_for_contact=False, created_at=now - 60 * DAY - index,
        version=1,
    )  # fmt: skip


def _live(session: Session, dice: random.Random, contact: m.Contact, running: Any, now: int, at: int) -> None:
    """One person's way through one campaign."""
    campaign, version = running
    lot = dice.random()
    enrolment = m.Enrolment(
        campaign_id=campaign.id, contact_id=contact.id, version_id=version.id, since=at - HOUR, state="active", lot=lot
    )
    session.add(enrolment)
    session.flush()
    ids = {"enrolment_id": enrolment.id, "campaign_id": campaign.id, "contact_id": contact.id}
    decision = _decision(contact, campaign, version, ids, at, lot)
    session.add(decision)
    session.flush()
    if decision.channel:
        enrolment.first_channel = decision.channel
        _follow(session, dice, decision, ids, now)


def _decision(
    contact: m.Contact, campaign: m.Campaign, version: m.CampaignVersion, ids: dict[str, int], at: int, lot: float
) -> m.Decision:
    known: dict[str, Any] = {
        **SOME_TEXT,
        **ids,
        "version_id": version.id,
        "at": at,
        "kind": "approach",
        "mode": "policy",
    }
    known |= {"context": {}, "ruled_out": {}, "changes": [], "propensities": {}, "first": False}
    if not contact.zones:
        return m.Decision(**known, verdict="held", held="needs a time zone", reasons=[_why("needs_zone", "A4")])
    if contact.id % 17 == 0:
        return m.Decision(**known, verdict="never", reasons=[_why("cadence_over", "B7")])
    if contact.id % 23 == 0:
        return m.Decision(**known, verdict="wait", again_at=at + 2 * DAY, reasons=[_why("call_open", "B7")])
    serious = campaign.goal == "meeting"
    usual, other = ("call", "email") if serious else ("email", "call")
    sampled = lot < 0.5
    channel = ("call" if lot < 0.25 else "email") if sampled else usual
    reasons = (
        [_why("comparison", "F1", channel=channel)]
        if sampled
        else [_why(*(("goal_calls", "A5") if serious else ("goal_writes", "A5")), goal=campaign.goal)]
    )
    there = datetime.fromtimestamp(at + 3 * HOUR, ZoneInfo(contact.zones[0]))
    clock = {"time": f"{there:%Y-%m-%d %H:%M}", "zone": contact.zones[0]}
    reasons.append(_why("cold_hour", "A1", **clock) if channel == "call" else _why("mail_slot", "A4", **clock))
    known |= {"first": True, "mode": "explore" if sampled else "policy", "propensities": {usual: 0.75, other: 0.25}}
    known |= {"changes": [{"fact": "goal", "value": "inform" if serious else "meeting", "channel": other}]}
    return m.Decision(
        **known,
        verdict="act",
        channel=channel,
        propensity=known["propensities"][channel],
        reasons=reasons,
        moment=at + 3 * HOUR,
    )


def _why(code: str, rule: str, **values: str) -> dict[str, Any]:
    return {"code": code, "rule": rule, "values": values}


def _follow(session: Session, dice: random.Random, decision: m.Decision, ids: dict[str, int], now: int) -> None:
    """Up to three attempts, a reply now and then, and the goal for some."""
    met = False
    for step in range(1, dice.choice((2, 3, 4))):
        channel = decision.channel if step == 1 else dice.choice(("call", "email"))
        due = (decision.moment or 0) + (step - 1) * 3 * DAY
        if met or due > now:
            session.add(_touch(decision, ids, step, channel, due, "planned", None))
            break
        result = dice.choice(ANSWERS) if channel == "call" else None
        state = STATE_OF.get(result or "", "completed") if channel == "call" else "delivered"
        state = "uncertain" if dice.random() < 0.01 else state
        touch = _touch(decision, ids, step, channel, due, state, result)
        session.add(touch)
        session.flush()
        session.add_all(_moves(touch, state))
        if channel == "email" and dice.random() < 0.16:
            session.add(m.Outcome(**ids, touch_id=touch.id, kind="reply", at=due + 5 * HOUR))
        chance = 0.24 if result in ("talked", "interested") else 0.05
        met = dice.random() < chance and due + 6 * HOUR < now
        if met:
            session.add(m.Outcome(**ids, touch_id=touch.id, kind="goal_met", at=due + 6 * HOUR))


def _touch(
    decision: m.Decision, ids: dict[str, int], step: int, channel: str | None, due: int, state: str, result: str | None
) -> m.Touch:
    key = f"{ids['campaign_id']}:{ids['contact_id']}:{step}:1"
    left = None if state == "planned" else due + 20
    return m.Touch(
        **ids, key=key, token=f"t{key}", decision_id=decision.id if step == 1 else None, step=step,
        attempt=1, channel=channel or "",
        kind="approach" if step == 1 else "follow_up", template="approach", automated=False, voicemail=False,
        state=state,
        due_at=due, not_after=due + 600, fence=1, sending_at=left, sent_at=left, rules_version="2026.11.1",
        result=result, result_at=left, rank=0,
    )  # fmt: skip


def _moves(touch: m.Touch, state: str) -> list[Any]:
    steps = ["planned", "claimed", "sending", "sent", state]
    return [
        m.TouchEvent(
            touch_id=touch.id,
            at=touch.due_at + 5 * i,
            was=steps[i - 1] if i else None,
            now=now,
            who="planner" if i == 0 else "dispatcher",
            fence=1,
            data={},
        )
        for i, now in enumerate(steps)
    ]

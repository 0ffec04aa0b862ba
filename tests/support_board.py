"""What does a board need to show something? A few hundred made-up people, decided, contacted and followed up."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from opportune.rules.facts import DAY, HOUR
from opportune.rules.zones import ahead
from opportune.store import models as m
from opportune.store.db import Database

NOW = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp())
ZONES = ("Europe/Chisinau", "Europe/Berlin", "Asia/Kathmandu", "America/Chicago", "Europe/London")
FIRST = ("Ana", "Jana", "Omar", "Ivan", "Mei", "Łucja", "Ștefan", "Грета", "Noor", "Paul")
LAST = ("Novak", "Rusu", "Okafor", "Petrov", "Lindqvist", "Moraru", "Schmidt", "O'Neill", "Tamang", "Дуда")
FIRMS = ("Blue Harbour", "Nordwind GmbH", "Vera & Sons", "Himal Traders", "Codru Systems", "Lakeside Foods")
ANSWERS = ("no_answer", "no_answer", "voicemail_left", "busy", "talked", "interested", "secretary", "not_interested")
COLLEAGUES = ("Kim", "Lou", "Max")
STATE_OF = {"no_answer": "no_answer", "busy": "busy", "voicemail_left": "voicemail_left"}
CAMPAIGNS = (("meetings", "meeting", None), ("clarify", "clarification", 7))  # key, goal, its own outcome window


def seed(db: Database, people: int = 420, luck: int = 7, now: int = NOW) -> None:
    """The same people every time."""
    dice = random.Random(luck)
    days = sorted((dice.uniform(0, 56) for _ in range(people)), reverse=True)
    with db.write() as session:
        firms = [m.Company(name=name, facts={}, created_at=now - 90 * DAY) for name in FIRMS]
        source = m.Source(key="spring fair", kind="import", created_at=now - 90 * DAY)
        _add(session, [*firms, source])
        running = [_campaign(session, *about, now) for about in CAMPAIGNS]
        contacts = _add(session, [_contact(dice, firms, source.id, index, now) for index in range(people)])
        enrolments = _add(
            session, [_enrolment(dice, c, running, now - int(d * DAY)) for c, d in zip(contacts, days, strict=True)]
        )
        decisions = _add(session, [_decision(*pair, running) for pair in zip(contacts, enrolments, strict=True)])
        chosen = [d for d in decisions if d.channel]
        for decision in chosen:
            enrolments[decision.contact_id - contacts[0].id].first_channel = decision.channel
        followed = [step for decision in chosen for step in _follow(dice, decision, now)]
        _add(session, [touch for touch, _ in followed])
        _add(session, [move for touch, _ in followed for move in _moves(touch)])
        _add(session, [_outcome(touch, kind) for touch, kinds in followed for kind in kinds])
        _add(
            session, [m.Operator(name=name, phone=f"+4420794608{n}", active=True) for n, name in enumerate(COLLEAGUES)]
        )
        _add(session, [_taken(touch) for touch, _ in followed if touch.result in ("talked", "interested")])


def _add(session: Session, rows: list[Any]) -> list[Any]:
    session.add_all(rows)
    session.flush()
    return rows


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


def _enrolment(dice: random.Random, contact: m.Contact, running: list[Any], at: int) -> m.Enrolment:
    campaign, version = running[contact.id % 3 == 0]
    return m.Enrolment(
        campaign_id=campaign.id,
        contact_id=contact.id,
        version_id=version.id,
        since=at,
        state="active",
        lot=dice.random(),
    )


def _decision(contact: m.Contact, enrolment: m.Enrolment, running: list[Any]) -> m.Decision:
    """Held, refused, put off, or a channel: by the rules, or for half of the people by a toss."""
    at, serious = enrolment.since + HOUR, enrolment.campaign_id == running[0][0].id
    known: dict[str, Any] = {
        "enrolment_id": enrolment.id, "campaign_id": enrolment.campaign_id, "contact_id": contact.id, "at": at,
        "version_id": enrolment.version_id, "rules_version": "2026.11.1", "step": 1, "kind": "approach",
        "mode": "policy",
        "context": {}, "ruled_out": {}, "changes": [], "propensities": {}, "first": False,
        "status": contact.status, "template": "approach", "ahead": ahead(contact.zones, at),
    }  # fmt: skip
    if not contact.zones:
        return m.Decision(**known, verdict="held", held="needs a time zone", reasons=[_why("needs_zone", "A4")])
    if contact.id % 17 == 0:
        return m.Decision(**known, verdict="never", reasons=[_why("cadence_over", "B7")])
    if contact.id % 23 == 0:
        return m.Decision(**known, verdict="wait", again_at=at + 2 * DAY, reasons=[_why("call_open", "B7")])
    return m.Decision(**known | _choice(contact, enrolment.lot, at, serious))


def _choice(contact: m.Contact, lot: float, at: int, serious: bool) -> dict[str, Any]:
    usual, other = ("call", "email") if serious else ("email", "call")
    sampled = lot < 0.5
    channel = ("call" if lot < 0.25 else "email") if sampled else usual
    by_goal = _why(
        *(("goal_calls", "A5") if serious else ("goal_writes", "A5")), goal="meeting" if serious else "clarification"
    )
    there = datetime.fromtimestamp(at + 3 * HOUR, ZoneInfo(contact.zones[0]))
    clock = {"time": f"{there:%Y-%m-%d %H:%M}", "zone": contact.zones[0]}
    then = _why("cold_hour", "A1", **clock) if channel == "call" else _why("mail_slot", "A4", **clock)
    chances = {usual: 0.75, other: 0.25}
    return {
        "verdict": "act", "channel": channel, "first": True, "mode": "explore" if sampled else "policy",
        "propensities": chances, "propensity": chances[channel], "moment": at + 3 * HOUR,
        "reasons": [_why("comparison", "F1", channel=channel) if sampled else by_goal, then],
        "changes": [{"fact": "goal", "value": "clarification" if serious else "meeting", "channel": other}],
    }  # fmt: skip


def _why(code: str, rule: str, **values: str) -> dict[str, Any]:
    return {"code": code, "rule": rule, "values": values}


def _follow(dice: random.Random, decision: m.Decision, now: int) -> list[tuple[m.Touch, list[str]]]:
    """Up to three attempts, each with what came of it: a reply now and then, and the goal for some."""
    followed: list[tuple[m.Touch, list[str]]] = []
    for step in range(1, dice.choice((2, 3, 4))):
        channel = decision.channel if step == 1 else dice.choice(("call", "email"))
        due = (decision.moment or 0) + (step - 1) * 3 * DAY
        if due + 6 * HOUR > now or any("goal_met" in kinds for _, kinds in followed):
            return [*followed, (_touch(decision, step, channel, due, "planned", None), [])]
        result = dice.choice(ANSWERS) if channel == "call" else None
        state = STATE_OF.get(result or "", "completed") if channel == "call" else "delivered"
        state = "uncertain" if dice.random() < 0.02 else state
        replied = channel == "email" and dice.random() < 0.16
        met = dice.random() < (0.24 if result in ("talked", "interested") else 0.05)
        kinds = ["reply"] * replied + ["goal_met"] * met
        followed.append((_touch(decision, step, channel, due, state, result), kinds))
    return followed


def _touch(decision: m.Decision, step: int, channel: str | None, due: int, state: str, result: str | None) -> m.Touch:
    key = f"{decision.campaign_id}:{decision.contact_id}:{step}:1"
    left = None if state == "planned" else due + 20
    return m.Touch(
        enrolment_id=decision.enrolment_id, campaign_id=decision.campaign_id, contact_id=decision.contact_id,
        decision_id=decision.id if step == 1 else None, key=key, token=f"t{key}", step=step, attempt=1,
        channel=channel or "", kind="approach" if step == 1 else "follow_up", template="approach", automated=False,
        voicemail=False, state=state, due_at=due, not_after=due + 600, ahead=decision.ahead, fence=1,
        sending_at=left, sent_at=left,
        rules_version="2026.11.1", result=result, result_at=left, rank=0,
    )  # fmt: skip


def _taken(touch: m.Touch) -> m.OperatorCall:
    """A colleague took the call and talked for a minute."""
    touch.talk_seconds, at = 60, touch.sending_at or 0
    taken = {"operator_id": touch.contact_id % len(COLLEAGUES) + 1, "touch_id": touch.id, "token": f"o{touch.id}"}
    return m.OperatorCall(**taken, state="over", created_at=at, moved_at=at, accepted_at=at, over_at=at + 60)


def _moves(touch: m.Touch) -> list[m.TouchEvent]:
    steps = (
        [None, "planned"] if touch.state == "planned" else [None, "planned", "claimed", "sending", "sent", touch.state]
    )
    common: dict[str, Any] = {"touch_id": touch.id, "fence": 1, "data": {}}
    return [
        m.TouchEvent(at=touch.due_at + 5 * i, was=was, now=now, who="dispatcher" if i else "planner", **common)
        for i, (was, now) in enumerate(pairwise(steps))
    ]


def _outcome(touch: m.Touch, kind: str) -> m.Outcome:
    ids = {"enrolment_id": touch.enrolment_id, "campaign_id": touch.campaign_id, "contact_id": touch.contact_id}
    return m.Outcome(**ids, touch_id=touch.id, kind=kind, at=touch.due_at + 5 * HOUR)

"""What is true of made-up people: would more of them meet the goal if they were called first, or written to first?

Nobody real lives two lives, but a made-up person can: each is followed by the rules into both futures, before anything
happens, with the chances of `behaviour`. What ends it (the goal, a no) is counted by its chance; everything else is
drawn, by the same lot in both futures. Colleagues of the same company and what other campaigns do are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rehearsal import behaviour
from opportune.rules.campaign import SERIOUS, Campaign
from opportune.rules.consent import LawRow
from opportune.rules.decide import decide
from opportune.rules.facts import (
    DAY,
    HOUR,
    CallResult,
    Channel,
    Decision,
    History,
    Instant,
    PastTouch,
    Person,
    Preference,
)
from opportune.store import models as m
from opportune.store import notes
from opportune.work import audience, cases, signatures
from opportune.work.world import World

NOTE = "practice_truth"
MOST = 400  # people a campaign: enough to know it to a fraction of a point
MET, NO = "met", "no"

#: What a callee's script comes to (keys of `behaviour.CALLEES`); "talk" is drawn from `behaviour.TALKS`.
COMES_TO = {
    "secretary": CallResult.SECRETARY, "presses:1": "talk", "presses:2": CallResult.EMAIL_PLEASE, "presses:9": NO,
    "human": CallResult.DECLINED, "machine": CallResult.MACHINE, "machine-silent": CallResult.MACHINE,
    "no-answer": CallResult.NO_ANSWER, "busy": CallResult.BUSY, "declines": CallResult.DECLINED,
}  # fmt: skip
TALK_ENDS: dict[CallResult, str] = {CallResult.MEETING: MET, CallResult.DO_NOT_CALL: NO}


@dataclass(frozen=True, slots=True)
class Life:
    """One person before a campaign."""

    person: Person
    campaign: Campaign
    law: LawRow
    key: str
    seed: int


def note(world: World, seed: int) -> None:
    """Keep the truth in the practice database: shares by campaign, goal and status, as sums."""
    sums: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    now = world.clock.now()
    with world.db.read() as session:
        for life in _lives(world, session, seed, now):
            futures = [chance_of_goal(life, channel, now) for channel in (Channel.CALL, Channel.EMAIL)]
            if None not in futures:
                part = sums[life.campaign.key, life.campaign.goal.value, life.person.status.value]
                part[:] = [a + (b or 0.0) for a, b in zip(part, (1, *futures), strict=True)]
    names = ("campaign", "goal", "status", "people", "call", "email")
    notes.put(world.db, NOTE, [dict(zip(names, (*key, *part), strict=True)) for key, part in sums.items()])


def _lives(world: World, session: Session, seed: int, now: Instant) -> Iterator[Life]:
    """Whomever a campaign with a comparison sample means."""
    for row in session.scalars(select(m.Campaign).where(m.Campaign.version_id.is_not(None)).order_by(m.Campaign.id)):
        campaign = cases.campaign_of(world, session, row.version_id or 0)
        if not campaign.comparison_sample:
            continue
        meant = (
            select(m.Contact).where(*audience.meant(session, campaign.audience, now)).order_by(m.Contact.id).limit(MOST)
        )
        contacts = list(session.scalars(meant))
        people = cases.persons(world, session, contacts)
        for contact in contacts:
            law = signatures.law_of(world, session, contact, now)
            yield Life(people[contact.id], campaign, law, f"{campaign.key}|{contact.id}", seed)


def chance_of_goal(life: Life, first: Channel, now: Instant) -> float | None:
    """Within the campaign's window, when the lot sends them this way; None for whom only one way was open."""
    share = life.campaign.comparison_sample
    lot = share / 4 if first is Channel.CALL else share * 3 / 4
    history, person, at = History(), life.person, now
    alive, met, end = 1.0, 0.0, now + life.campaign.outcome_days * DAY
    for turn in range(200):
        found = decide(person, life.campaign, history, life.law, at, lot)
        then = found.moment or found.again_at
        if found.channel and not history.touches and found.channel is not first:
            return None
        if then is None or then >= end:
            return met if history.touches else None
        at = max(then, at + HOUR)
        if found.channel is None:
            continue
        ends, result = _comes_of(life, found, turn)
        met += alive * ends[MET]
        alive *= 1 - ends[MET] - ends[NO]
        history, person = _remember(history, person, found, result)
    return met


def _comes_of(life: Life, found: Decision, turn: int) -> tuple[dict[str, float], CallResult | None]:
    """The chances that this attempt ends it, and what it came to if it does not."""
    if found.channel is Channel.EMAIL:
        return _read(life, found.kind), None
    key = f"truth|{life.key}|{found.channel}|{turn}"
    script = behaviour.callee(life.seed, life.person.phone or "", life.person.status.value)
    if isinstance(script, str):
        return {MET: 0.0, NO: 0.0}, CallResult.NO_SUCH_NUMBER
    weights = _results(script)
    total = sum(weights.values())
    ends = {end: weights.pop(end, 0.0) / total for end in (MET, NO)}
    drawn = behaviour.choose(life.seed, key, {str(result): weight for result, weight in weights.items()})
    return ends, CallResult(drawn or CallResult.NO_ANSWER)


def _results(script: behaviour.Shares) -> dict[Any, float]:
    weights: dict[Any, float] = defaultdict(float)
    talks = sum(behaviour.TALKS.values())
    for name, weight in script.items():
        result = COMES_TO[name]
        if result != "talk":
            weights[result] += weight
            continue
        for said, share in behaviour.TALKS.items():
            weights[TALK_ENDS.get(CallResult(said), CallResult(said))] += weight * share / talks
    return weights


def _read(life: Life, kind: str) -> dict[str, float]:
    """A reply meets a goal that asks for words; where more was asked for it only ends the contacts."""
    if behaviour.mail_trouble(life.seed, life.person.email or ""):
        return {MET: 0.0, NO: 0.0}
    goal = life.campaign.goal
    about = kind if kind == "follow_up" else goal.value
    acts = behaviour.READERS.get(about, behaviour.READERS["clarification"])
    replies, books = acts.get("reply", 0) / 100, acts.get("book", 0) / 100
    gone = (acts.get("stop", 0) + acts.get("unsubscribe", 0)) / 100
    return {MET: books, NO: gone + replies} if goal in SERIOUS else {MET: books + replies, NO: gone}


def _remember(history: History, person: Person, found: Decision, result: CallResult | None) -> tuple[History, Person]:
    assert found.channel is not None
    assert found.moment is not None
    state = "completed" if found.channel is Channel.CALL else "delivered"
    step = PastTouch(0, found.channel, found.kind, found.step, 1, found.moment, state, result)
    promised = found.moment + 600 if result is CallResult.CALL_BACK else history.promised_at
    refused = found.moment if result is CallResult.NOT_INTERESTED else history.refused_at
    if result is CallResult.EMAIL_PLEASE:
        person = replace(person, preference=Preference(Channel.EMAIL, "asked for mail"))
    if result in (CallResult.NO_SUCH_NUMBER, CallResult.WRONG_PERSON):  # cleaned out (E7)
        person = replace(person, phone=None)
    after = replace(
        history,
        touches=(*history.touches, step),
        elsewhere=(*history.elsewhere, (found.channel, found.moment)),
        first_channel=history.first_channel or found.channel,
        promised_at=promised,
        refused_at=refused,
    )
    return after, person

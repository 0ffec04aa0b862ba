"""What would one person see of a campaign in the next days? Decided step by step on an assumed history; nothing is
written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from opportune.rules.campaign import Campaign
from opportune.rules.consent import LawRow
from opportune.rules.decide import decide
from opportune.rules.facts import DAY, HOUR, CallResult, Channel, Decision, History, Instant, PastTouch, Person
from opportune.rules.reasons import phrase
from opportune.store import models as m
from opportune.store.ledger import LEFT
from opportune.work import campaigns, cases, signatures, telling, whom
from opportune.work.whom import NotFound
from opportune.work.world import World

MOST = 40  # more contacts in a few days than any cap allows


def preview(world: World, what: str, who: str, days: int = 12, language: str = "en") -> dict[str, Any]:
    """The timeline of this person. `what`: the key of a campaign, or a file with a draft.

    Raises:
        NotFound: no such person, campaign or file.
        campaigns.Refused: the draft has errors.
    """
    now = world.clock.now()
    with world.db.read() as session:
        contact = whom.the_one(session, who)
        campaign = _campaign(world, session, what)
        person, history, law, lot = _facts(world, session, contact, campaign, now)
    steps, end = _timeline(person, campaign, history, law, lot, now, now + days * DAY)
    zones = list(person.zones)
    return {
        "campaign": campaign.key,
        "contact": contact.id,
        "name": contact.name,
        "from": now,
        "days": days,
        "whereabouts": telling.whereabouts(contact, now, language),
        "assumed": phrase("assumed", language),
        "steps": [_step(decision, zones, language) for decision in steps],
        "then": _then(end, bool(steps), zones, language),
        "if_they_answer": phrase("answered", language),
    }


def _campaign(world: World, session: Session, what: str) -> Campaign:
    row = session.scalar(select(m.Campaign).where(m.Campaign.key == what))
    if row is not None and row.version_id is not None:
        return cases.campaign_of(world, session, row.version_id)
    if not Path(what).is_file():
        raise NotFound(f"{what!r} is neither the key of a published campaign nor a file")
    drafts, problems = campaigns.check([Path(what)])
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or not drafts:
        raise campaigns.Refused(errors)
    return drafts[0]


def _facts(
    world: World, session: Session, contact: m.Contact, campaign: Campaign, now: Instant
) -> tuple[Person, History, LawRow, float]:
    """As the planner would see them; who is not inside yet starts afresh, with what other campaigns sent."""
    mine = select(m.Enrolment.id).join(m.Campaign).where(m.Enrolment.contact_id == contact.id)
    found = cases.load(world, session, session.scalars(mine.where(m.Campaign.key == campaign.key)).all(), now)
    if found:
        case = found[0]
        return case.person, case.history, case.law, case.enrolment.lot
    person = cases.persons(world, session, [contact])[contact.id]
    lot = world.signer.lot(campaign.key, contact.id)
    return person, _elsewhere(session, contact, now), signatures.law_of(world, session, contact, now), lot


def _elsewhere(session: Session, contact: m.Contact, now: Instant) -> History:
    """Nothing of this campaign yet; what the others sent counts in the caps."""
    left = select(m.Touch.channel, m.Touch.sending_at).where(
        m.Touch.contact_id == contact.id,
        m.Touch.state.in_(LEFT),
        m.Touch.kind != "requested",
        m.Touch.sending_at > now - cases.CAP_DAYS * DAY,
    )
    sent = tuple((Channel(channel), at) for channel, at in session.execute(left.order_by(m.Touch.sending_at)))
    stopped = "disqualified" if contact.disqualified_at else None
    return History(elsewhere=sent, refused_at=contact.refused_at, stopped=stopped)


def _timeline(
    person: Person, campaign: Campaign, history: History, law: LawRow, lot: float, at: Instant, end: Instant
) -> tuple[list[Decision], Decision]:
    """The contacts until `end`, and the decision that ended it."""
    steps: list[Decision] = []
    for found in _decisions(person, campaign, history, law, lot, at):
        at = found.moment or found.again_at or end
        if at >= end or len(steps) == MOST:
            return steps, found
        if found.channel is not None:
            steps.append(found)
    return steps, found


def _decisions(
    person: Person, campaign: Campaign, history: History, law: LawRow, lot: float, at: Instant
) -> Iterator[Decision]:
    """One after the other, each on the history that the ones before would leave; without end."""
    while True:
        found = decide(person, campaign, history, law, at, lot)
        yield found
        if found.moment is not None:
            history = _unanswered(history, found)
            at = found.moment + (1 if found.channel is Channel.CALL else HOUR)
        else:
            at = found.again_at or at + DAY


def _unanswered(history: History, found: Decision) -> History:
    """Nobody picked up, nobody wrote back."""
    assert found.channel is not None
    assert found.moment is not None
    call = found.channel is Channel.CALL
    result = (CallResult.VOICEMAIL if found.voicemail else CallResult.NO_ANSWER) if call else None
    state = "no_answer" if call else "delivered"
    touch = PastTouch(0, found.channel, found.kind, found.step, 1, found.moment, state, result)
    return replace(
        history,
        touches=(*history.touches, touch),
        elsewhere=(*history.elsewhere, (found.channel, found.moment)),
        first_channel=history.first_channel or found.channel,
    )


def _step(found: Decision, zones: list[str], language: str) -> dict[str, Any]:
    assert found.moment is not None
    local = telling.clock(zones, found.moment, language)
    return {
        "moment": found.moment,
        "local": local,
        "channel": found.channel,
        "kind": found.kind,
        "mode": found.mode,
        "voicemail": found.voicemail,
        "headline": phrase(f"{found.channel}_would", language, time=local),
        "reasons": [telling.reason(reason, language) for reason in found.reasons],
    }


def _then(end: Decision, contacted: bool, zones: list[str], language: str) -> dict[str, Any]:
    """What comes after the last contact of these days."""
    later = end.moment or end.again_at
    if later is None:
        told = phrase("would_held", language, held=phrase(end.held, language)) if end.held else None
        told = told or phrase("would_never", language)
    else:
        words = f"{end.channel}_would" if end.channel else "would_wait"
        told = phrase(words, language, time=telling.clock(zones, later, language))
    opening = phrase("quiet" if contacted else "nothing_planned", language)
    reasons = [telling.reason(reason, language) for reason in end.reasons]
    return {"moment": later, "told": f"{opening} {told}", "reasons": reasons}

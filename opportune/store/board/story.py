"""Why was this person called, written to, or left alone? Everything we know about one decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from opportune.rules.facts import Instant
from opportune.store.db import Database
from opportune.store.models import (
    Campaign,
    CampaignVersion,
    Company,
    Contact,
    Decision,
    Enrolment,
    Outcome,
    ProviderEvent,
    Touch,
    TouchEvent,
)

TIMELINE = 100


@dataclass(frozen=True, slots=True)
class Event:
    """One move of a contact attempt (`was` -> `now`), or, when `told`, what a provider said, in its own kinds."""

    at: Instant
    was: str | None
    now: str
    who: str
    why: str | None = None
    told: bool = False


@dataclass(frozen=True, slots=True)
class TouchStory:
    touch: Touch
    events: tuple[Event, ...]

    @property
    def outside(self) -> bool:
        """Left before it was due or after its window had closed: this must never happen, so it is shouted."""
        left = self.touch.sending_at
        return left is not None and not self.touch.due_at <= left <= self.touch.not_after


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the person's history: a decision, a contact attempt, or what the person did."""

    at: Instant
    kind: str  # decision | touch | outcome
    id: int
    campaign: str | None
    channel: str | None
    state: str  # verdict, state of the attempt, or kind of outcome
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    decision: Decision
    contact: Contact
    company: Company | None
    campaign: Campaign
    version: CampaignVersion
    enrolled: Instant
    touches: tuple[TouchStory, ...]
    history: tuple[Moment, ...]


def decision_story(db: Database, decision_id: int) -> Story | None:
    """The whole story of one decision; None when there is no such decision."""
    with db.read() as session:
        decision = session.get(Decision, decision_id)
        if decision is None:
            return None
        contact = session.get_one(Contact, decision.contact_id)
        company = session.get(Company, contact.company_id) if contact.company_id else None
        return Story(
            decision,
            contact,
            company,
            session.get_one(Campaign, decision.campaign_id),
            session.get_one(CampaignVersion, decision.version_id),
            session.get_one(Enrolment, decision.enrolment_id).since,
            _touches(session, decision.id),
            _history(session, contact.id),
        )


def _touches(session: Session, decision_id: int) -> tuple[TouchStory, ...]:
    touches = session.scalars(select(Touch).where(Touch.decision_id == decision_id).order_by(Touch.id))
    return tuple(TouchStory(touch, _events(session, touch.id)) for touch in touches)


def _events(session: Session, touch_id: int) -> tuple[Event, ...]:
    moves = session.scalars(select(TouchEvent).where(TouchEvent.touch_id == touch_id).order_by(TouchEvent.id))
    told = session.execute(_told().where(ProviderEvent.touch_id == touch_id).order_by(ProviderEvent.id))
    events = [Event(move.at, move.was, move.now, move.who, move.why) for move in moves]
    events += [Event(at, None, kind, provider, status, True) for at, kind, provider, status in told]
    return tuple(sorted(events, key=lambda event: event.at))


def _told() -> Select[Any]:
    """Without the payload: it holds whole mails."""
    at = func.coalesce(ProviderEvent.occurred_at, ProviderEvent.received_at)
    status = ProviderEvent.payload["CallStatus"].as_string()
    return select(at, ProviderEvent.kind, ProviderEvent.provider, status)


def _history(session: Session, contact_id: int) -> tuple[Moment, ...]:
    """Everything of this person in every campaign, newest first."""
    moments = [*_decided(session, contact_id), *_attempted(session, contact_id), *_did(session, contact_id)]
    return tuple(sorted(moments, key=lambda moment: (moment.at, moment.kind), reverse=True)[:TIMELINE])


def _latest(session: Session, model: Any, at: Any, columns: tuple[Any, ...], contact_id: int) -> Any:
    query = select(at, model.id, Campaign.name, *columns).outerjoin(Campaign, Campaign.id == model.campaign_id)
    return session.execute(query.where(model.contact_id == contact_id).order_by(at.desc()).limit(TIMELINE))


def _decided(session: Session, contact_id: int) -> list[Moment]:
    rows = _latest(session, Decision, Decision.at, (Decision.channel, Decision.verdict, Decision.held), contact_id)
    return [Moment(at, "decision", id_, name, channel, verdict, held) for at, id_, name, channel, verdict, held in rows]


def _attempted(session: Session, contact_id: int) -> list[Moment]:
    rows = _latest(
        session, Touch, Touch.due_at, (Touch.channel, Touch.state, Touch.result, Touch.sending_at), contact_id
    )
    return [
        Moment(left or due, "touch", id_, name, channel, state, result)
        for due, id_, name, channel, state, result, left in rows
    ]


def _did(session: Session, contact_id: int) -> list[Moment]:
    rows = _latest(session, Outcome, Outcome.at, (Outcome.kind,), contact_id)
    return [Moment(at, "outcome", id_, name, None, kind) for at, id_, name, kind in rows]

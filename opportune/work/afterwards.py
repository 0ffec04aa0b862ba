"""What left and what did not, around a pause or a crash? One sentence, and the lists behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from opportune.rules.facts import DAY, Instant
from opportune.store import ledger, notes
from opportune.store import models as m
from opportune.work import plan
from opportune.work.gate import KILL_SWITCH
from opportune.work.stops import CAUGHT, EVERYTHING, RESUME
from opportune.work.world import World

STOPS = ("paused", "campaign_paused", "clock_jumped", "was_down")  # in the audit: when something stopped
GOES_ON = ("resumed", "campaign_resumed")
DOUBT = ("uncertain", "sending")
Where = ColumnElement[bool]


@dataclass(frozen=True)
class Span:
    """From when on it is told, and of which campaigns. `event`: the last one before the stop; `back`: when we were
    there again, since nothing is on pause after a crash: who was due by then was stopped."""

    since: Instant
    of: frozenset[str] = frozenset({EVERYTHING})
    event: int | None = None
    back: Instant = 0


def report(world: World, since: Instant | None = None, *, of: str | None = None, lists: bool = True) -> dict[str, Any]:
    """Counted since then; or around the latest stop, `of` that campaign or of everything. `lists`: the attempts too."""
    now = world.clock.now()
    with world.db.read() as session:
        span = Span(since) if since is not None else _around_stop(session, now, of) or Span(now - DAY)
        asked, twice = _asked(session, span, now), _twice(session, span)
        counts = {name: session.scalar(select(func.count(m.Touch.id)).where(where)) for name, where in asked.items()}
        behind = {name: _touches(session, where) for name, where in asked.items()} if lists else {}
    counts["twice"] = len(twice)
    told = "{left:,} left, {stopped:,} stopped, {not_sure:,} not sure, {twice:,} twice".format(**counts)
    return {"since": span.since, **counts, "sentence": told, "lists": behind | {"twice": twice}}


def around(world: World, campaign: str | None = None) -> dict[str, Any]:
    """The figures alone, around the latest stop of this campaign, or of everything."""
    return report(world, of=campaign or EVERYTHING, lists=False)


def _around_stop(session: Session, now: Instant, of: str | None) -> Span | None:
    """It begins where we went on before it, a day before it at most. None: it is over for a day, or there was none."""
    stop = _last(session, STOPS, m.Audit.subject == of if of else true())
    if stop is None:
        return None
    at = min(stop.at, now)  # a clock that jumped may have written it in a time that is yet to come
    after = _last(session, GOES_ON, m.Audit.id > stop.id, m.Audit.subject == stop.subject)
    if not _lasts(session, stop.subject) and now - min((after or stop).at, now) > DAY:
        return None
    before = _last(session, GOES_ON, m.Audit.id < stop.id, m.Audit.subject.in_((stop.subject, EVERYTHING)))
    since = max(at - DAY, before.at if before and before.at <= at else 0)
    within = or_(m.Audit.id == stop.id, and_(m.Audit.id > (before.id if before else 0), m.Audit.at >= since))
    theirs = m.Audit.subject == of if of else true()
    rows = session.scalars(select(m.Audit).where(m.Audit.act.in_(STOPS), within, theirs)).all()
    events = [int(row.data["event"]) for row in rows if "event" in row.data]
    first = min(events) if len(events) == len(rows) else None  # an older release noted none
    back = max(row.data.get("back", 0) for row in rows)
    return Span(since, frozenset(row.subject or "" for row in rows), first, back)


def _last(session: Session, acts: tuple[str, ...], *where: Where) -> m.Audit | None:
    found = select(m.Audit).where(m.Audit.act.in_(acts), *where).order_by(m.Audit.id.desc()).limit(1)
    return session.scalars(found).first()


def _lasts(session: Session, subject: str | None) -> bool:
    if subject == EVERYTHING:
        return bool(notes.get_in(session, KILL_SWITCH))
    return session.scalar(select(m.Campaign.state).where(m.Campaign.key == subject)) == "paused"


def _asked(session: Session, span: Span, now: Instant) -> dict[str, Where]:
    here = _of(span, m.Touch.campaign_id)
    gone = and_(here, m.Touch.sending_at >= span.since)
    return {
        "left": and_(gone, m.Touch.state.in_(set(ledger.LEFT) - set(DOUBT))),
        "stopped": and_(here, _stopped(session, span, now)),
        "not_sure": and_(gone, m.Touch.state.in_(DOUBT)),
    }


def _of(span: Span, campaign: Any) -> Where:
    named = select(m.Campaign.id).where(m.Campaign.key.in_(span.of))
    return true() if EVERYTHING in span.of else campaign.in_(named)


def _stopped(session: Session, span: Span, now: Instant) -> Where:
    """Due, and held by a pause that lasts; or the gate put it back for one, or whoever resumed said what becomes of it,
    and it never left."""
    paused = select(m.Campaign.id).where(m.Campaign.state == "paused")
    alone = and_(m.Touch.campaign_id.in_(paused), m.Touch.kind.not_in(plan.LASTING))
    held = true() if notes.get_in(session, KILL_SWITCH) else alone
    due = and_(m.Touch.state.in_(ledger.OPEN), or_(and_(held, m.Touch.due_at <= now), m.Touch.due_at <= span.back))
    later = m.TouchEvent.at >= span.since if span.event is None else m.TouchEvent.id > span.event
    by_it = or_(m.TouchEvent.why.in_(CAUGHT), m.TouchEvent.who == RESUME)
    touched = select(m.TouchEvent.touch_id).where(later, by_it)
    return or_(due, and_(m.Touch.id.in_(touched), m.Touch.state.not_in(ledger.LEFT)))


def _touches(session: Session, where: Where) -> list[dict[str, Any]]:
    query = select(m.Touch, m.Contact.name, m.Contact.email, m.Contact.phone).join(m.Contact).where(where)
    rows = session.execute(query.order_by(m.Touch.due_at, m.Touch.id))
    return [
        {"id": t.id, "attempt": t.key, "name": name, "to": email if t.channel == "email" else phone}
        | {"channel": t.channel, "state": t.state, "due_at": t.due_at, "at": t.sending_at}
        for t, name, email, phone in rows
    ]


def _twice(session: Session, span: Span) -> list[dict[str, Any]]:
    """More than one attempt of a step that left: must be none."""
    other = aliased(m.Touch)
    step = (m.Touch.campaign_id, m.Touch.contact_id, m.Touch.step)
    same = (other.campaign_id == step[0], other.contact_id == step[1], other.step == step[2], other.id != m.Touch.id)
    gone = [each for t in (m.Touch, other) for each in (t.state.in_(ledger.LEFT), t.kind != "requested")]
    here = (m.Touch.sending_at >= span.since, _of(span, m.Touch.campaign_id))
    rows = session.execute(select(*step).join(other, and_(*same)).where(*gone, *here).distinct())
    return [{"campaign": campaign, "contact": contact, "step": number} for campaign, contact, number in rows]

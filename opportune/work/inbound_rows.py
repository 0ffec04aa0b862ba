"""Who calls us, and what follows from the mere fact that they do (C1)?

Each report is kept first, by a commit of its own, then understood; asked twice, the carrier gets the same words. A
call that comes in is a reply: planned outreach to that person waits a day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from channels import voice
from channels.voice import VoiceEvent
from opportune.rules.facts import DAY, CallKind, Instant, Kind
from opportune.store import addresses, events, ledger
from opportune.store import models as m
from opportune.store.once import insert_once
from opportune.work import callers, cases, hearing, operator_rows, operators, people, react, signals
from opportune.work.binding import PROVIDER
from opportune.work.world import World

OUTREACH = (Kind.APPROACH.value, Kind.FOLLOW_UP.value, Kind.NURTURE.value)  # what was promised or asked for goes on
WAITS = DAY
BESIDE = ("/status", "/brief", "/text")  # these do not answer the caller's own leg


def once(world: World, event: VoiceEvent, leaf: str, now: Instant, act: Callable[[Session, m.InboundCall], str]) -> str:
    """Kept by a commit of its own, then understood once: `act` gives the caller's next words."""
    key = f"inbound{leaf}:{event.event_key}"[:300]
    facts = {"touch_id": None, "kind": f"inbound{leaf}", "payload": dict(event.raw), "received_at": now}
    with world.db.write() as session:
        id, _ = events.keep(session, PROVIDER, key, occurred_at=event.occurred_at, **facts)
    hearing.stored()

    def understand(session: Session) -> str:
        row = _row(world, session, event, now)
        if not events.take(session, id, now):
            return (row.told if row.told_key == key else None) or voice.hang_up()
        answer = act(session, row)
        if leaf not in BESIDE:
            row.told_key, row.told = key, answer
        return answer

    return events.apply(world.db, id, understand)


def _row(world: World, session: Session, event: VoiceEvent, now: Instant) -> m.InboundCall:
    mine = select(m.InboundCall).where(m.InboundCall.sid == event.sid).with_for_update()
    row = session.scalar(mine)
    if row is not None:
        return row
    number = callers.number_of(event.caller, _country(event))
    known = addresses.people_at(session, [number]).get(number, []) if number else []
    cases.lock(session, [each.id for each in known])
    new = insert_once(session, m.InboundCall, _values(session, event, number, known, now))
    row = session.scalars(mine).one()
    if new:
        _came_in(world, session, row, known, now)
    return row


def _country(event: VoiceEvent) -> str | None:
    """Of a number that is written without its country: the carrier may say, else ours."""
    said = event.raw.get("FromCountry", "")
    return said.upper() if len(said) == 2 else callers.country_of(event.to)


def _values(
    session: Session, event: VoiceEvent, number: str | None, known: Sequence[m.Contact], now: Instant
) -> dict[str, Any]:
    tongues = {each.language for each in known}
    language = tongues.pop() if len(tongues) == 1 else people.language_of("", callers.country_of(number or event.to))
    return {
        "sid": event.sid,
        "at": now,
        "caller": event.caller[:500],
        "number": number,
        "called": event.to[:64],
        "caller_name": event.raw.get("CallerName", "")[:500] or None,
        "contact_id": known[0].id if len(known) == 1 else None,  # of several nobody is guessed
        "people": min(len(known), 99),
        "kind": _kind_of_stranger(session, number, now),
        "language": language[:64],
        "state": "greeted",
        "rings": 0,
    }


def _kind_of_stranger(session: Session, number: str | None, now: Instant) -> CallKind:
    """C1. Of whom we know, signals say it: see `_came_in`."""
    earlier = (m.InboundCall.number == number, m.InboundCall.at < now - DAY)
    before = number and session.scalar(select(m.InboundCall.id).where(*earlier).limit(1))
    return CallKind.RETURNED if before else CallKind.FIRST_TIME


def _came_in(world: World, session: Session, row: m.InboundCall, known: Sequence[m.Contact], now: Instant) -> None:
    """B11: calling us is a raised hand. With several at one number it may have been any of them, so nobody's warmth
    grows; but none of them is written to or called as if nothing had happened."""
    if len(known) == 1:
        contact = known[0]
        contact.bought = False  # A14: the person came to us
        contact.version += 1
        signals.append(session, [signals.row(contact.id, "called_us", now, f"called {row.called}")])
        signals.recompute(world, session, [contact.id], now)
        row.kind = contact.call_kind
    pause(session, [each.id for each in known], now)


def pause(session: Session, ids: Sequence[int], now: Instant) -> None:
    """Their outreach is decided anew in a day; what we promised or they asked for goes on."""
    if not ids:
        return
    waits = "contact_id = ANY(?) AND kind = ANY(?)"
    ledger.cancel_open(session, waits, list(ids), list(OUTREACH), now=now, who="inbound", why="they called us")
    mine = (m.Enrolment.contact_id.in_(ids), m.Enrolment.state == "active")
    react.decide_at(session, list(session.scalars(select(m.Enrolment.id).where(*mine))), now + WAITS)


def claimed(world: World, session: Session, row: m.InboundCall, now: Instant) -> bool:
    """The free colleague who suits best is this caller's from now on: nothing else rings them (B9)."""
    if not operators.listed(session):
        operators.stand_in(world, session, now)
    caller = session.get(m.Contact, row.contact_id) if row.contact_id else None
    first = operators.rested(session, caller).limit(1).with_for_update(skip_locked=True)
    colleague = session.scalar(first.execution_options(populate_existing=True))
    if colleague is None:
        return False
    try:
        with session.begin_nested():
            operator_rows.opened(session, colleague.id, None, "ringing", now, row.sid)
    except IntegrityError:  # another caller was faster: one open row for each colleague
        return False
    row.operator_id = colleague.id
    return True

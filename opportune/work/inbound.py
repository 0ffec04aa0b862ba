"""Somebody calls us: what do they hear, and who talks with them (C1, D1, D5, B9)?

A greeting of few words, then a colleague who is free; while all are talking, a queue that key 1 leaves for a call back;
nobody there, or closed: a call back at a time that is said, or a message. Key 9 ends all contact, at any moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import voice
from channels import voice_inbound as documents
from channels.carrier import CarrierUnreachable
from channels.voice import VoiceEvent
from opportune.rules.facts import Instant
from opportune.store import models as m
from opportune.work import hearing, inbound_ends, operator_rows, operators, optout
from opportune.work import inbound_words as words
from opportune.work.calls import OVER
from opportune.work.inbound_rows import claimed, once
from opportune.work.talks import TALK_LIMIT
from opportune.work.world import World

KIND = "inbound"  # how the kinds of our events begin
SILENT = 30 * 60  # seconds: greeting, queue, talk and message together take less
MOST_RINGS = 3  # colleagues who do not pick up, before we offer to call back


def greet(world: World, event: VoiceEvent, now: Instant) -> str:
    """Who we are, and the way out."""

    return once(world, event, "", now, lambda _session, row: words.greeting(world, row))


def keys(world: World, event: VoiceEvent, now: Instant) -> str:
    """After the greeting, on hold, or asked whether we shall call back."""
    sids: list[str] = []

    def act(session: Session, row: m.InboundCall) -> str:
        row.pressed = (event.digits or "")[:8] or row.pressed
        if event.digits == "9" and row.number:
            sids[:] = inbound_ends.never_again(world, session, row, "pressed 9", now)
            return _never_again(world, row)
        if event.status in OVER:
            return voice.hang_up()
        if row.state == "queued":
            row.state = "wants_call" if event.digits == "1" and row.number else "queued"
            return documents.leave_queue() if row.state == "wants_call" else documents.wait_on()
        if row.state == "offered":
            return _promised(world, session, row, now) if event.digits == "1" else _record(world, row)
        return _to_somebody(world, session, row, now)

    answer = once(world, event, "/keys", now, act)
    optout.cancel_calls(world, sids)
    return answer


def _never_again(world: World, row: m.InboundCall) -> str:
    """In a queue the last words are said by what follows it."""
    queued, row.state = row.state == "queued", "opted_out"
    return documents.leave_queue() if queued else words.never_again(world, row)


def _to_somebody(world: World, session: Session, row: m.InboundCall, now: Instant) -> str:
    if not inbound_ends.hours(world.settings).is_open(now):
        return _offer(world, row, "closed", now)
    if row.rings < MOST_RINGS and claimed(world, session, row, now):
        return _ring(world, session, row, first=not row.rings)
    here = [each for each in operators.listed(session) if each.on_duty_since is not None]
    if row.rings >= MOST_RINGS or not here or not world.settings.queue_minutes:
        return _offer(world, row, "nobody", now)
    row.state, row.queued_at = "queued", row.queued_at or now
    return words.queue(world)


def _ring(world: World, session: Session, row: m.InboundCall, *, first: bool = True) -> str:
    row.state = "ringing"
    return words.through(world, row, session.get_one(m.Operator, row.operator_id), TALK_LIMIT, first=first)


def brief(world: World, event: VoiceEvent, now: Instant) -> str:
    """The colleague picked up and hears who calls (B9). Their leg names the caller's as its parent."""

    def act(session: Session, row: m.InboundCall) -> str:
        for id in operator_rows.by_leg(session, row.sid):
            operator_rows.step(operator_rows.held(session, id), "accepted", now)
        colleague = session.get(m.Operator, row.operator_id) if row.operator_id else None
        contact = session.get(m.Contact, row.contact_id) if row.contact_id else None
        language = colleague.language if colleague else row.language
        return words.brief(world, row, contact.name if contact else "", language)

    return once(world, event, "/brief", now, act)


def after(world: World, event: VoiceEvent, now: Instant) -> str:
    """The talk is over; or the colleague did not pick up, and the next one's phone rings."""

    def act(session: Session, row: m.InboundCall) -> str:
        talked = event.dial_status in ("completed", "answered")
        gone = event.status in OVER
        why = f"{event.dial_status} {hearing.on_record(session, event, now)}".strip()
        _let_go(session, row, "over" if talked or gone else "missed", why, now)
        if talked:
            inbound_ends.talked(world, session, row, event.dial_duration or 0, now)
            return voice.hang_up()
        row.rings += 1
        return voice.hang_up() if gone else _to_somebody(world, session, row, now)

    return once(world, event, "/after", now, act)


def _let_go(session: Session, row: m.InboundCall, state: str, why: str, now: Instant) -> None:
    for id in operator_rows.by_leg(session, row.sid):
        operator_rows.close(session, operator_rows.held(session, id), state, why, now)


def wait(world: World, event: VoiceEvent, now: Instant) -> str:
    """On hold, asked anew after each silence: is somebody free, or is it enough?"""

    def act(session: Session, row: m.InboundCall) -> str:
        if row.state != "queued":
            return documents.leave_queue()
        if claimed(world, session, row, now):
            row.state = "next"
        elif now - (row.queued_at or now) >= world.settings.queue_minutes * 60:
            row.state = "waited"
        else:
            return words.on_hold(world, row, now)
        return documents.leave_queue()

    return once(world, event, "/wait", now, act)


def from_queue(world: World, event: VoiceEvent, now: Instant) -> str:
    """Why they left the queue stands in the row."""

    def act(session: Session, row: m.InboundCall) -> str:
        if event.status in OVER or event.raw.get("QueueResult") == "hangup":
            return voice.hang_up()
        if row.state == "next":
            return _ring(world, session, row)
        if row.state == "wants_call":
            return _promised(world, session, row, now)
        if row.state == "opted_out":
            return _never_again(world, row)
        return _offer(world, row, "nobody", now)

    return once(world, event, "/queue", now, act)


def _offer(world: World, row: m.InboundCall, why: str, now: Instant) -> str:
    """A call back, promised only to whoever asks for it; a withheld number cannot be called, so it is a message."""
    row.state = "offered" if row.number else "recording"
    return words.offer(world, row, why, now) if row.number else words.record(world, row, why)


def _record(world: World, row: m.InboundCall) -> str:
    row.state = "recording"
    return words.record(world, row)


def _promised(world: World, session: Session, row: m.InboundCall, now: Instant) -> str:
    return words.promised(world, row, inbound_ends.promised(world, session, row, now), now)


def left(world: World, event: VoiceEvent, now: Instant) -> str:
    """A message was left: when we answer, and the number of the request (D3)."""
    sids: list[str] = []

    def act(session: Session, row: m.InboundCall) -> str:
        sids[:] = inbound_ends.left(world, session, row, event, now)
        return words.left(world, row, now)

    answer = once(world, event, "/left", now, act)
    optout.cancel_calls(world, sids)
    return answer


def text(world: World, event: VoiceEvent, now: Instant) -> str:
    """What the carrier understood of the message comes later than the message."""
    sids: list[str] = []

    def act(session: Session, row: m.InboundCall) -> str:
        sids[:] = inbound_ends.read(world, session, row, event.raw.get("TranscriptionText", ""), now)
        return ""

    once(world, event, "/text", now, act)
    optout.cancel_calls(world, sids)
    return ""


def status(world: World, event: VoiceEvent, now: Instant) -> str:
    """The caller's leg has ended."""

    def act(session: Session, row: m.InboundCall) -> str:
        if event.status in OVER:
            _let_go(session, row, "over", "the caller hung up", now)
            inbound_ends.over(world, row, now)
        return ""

    return once(world, event, "/status", now, act)


def missing(world: World) -> int:
    """Calls whose end was never told are asked for at the carrier: else a colleague would stay taken."""
    now = world.clock.now()
    silent = (m.InboundCall.over_at.is_(None), m.InboundCall.at < now - SILENT)
    with world.db.read() as session:
        sids = session.scalars(select(m.InboundCall.sid).where(*silent).order_by(m.InboundCall.at).limit(50)).all()
    for sid in sids:
        try:
            state = world.carrier.fetch(sid)
        except CarrierUnreachable:
            break
        ended = state.status if state else "completed"
        status(world, VoiceEvent(sid, ended, f"poll:{sid}:{ended}"), now)
    return len(sids)


#: What was kept and not understood is applied later, when nobody is on the line: no colleague is rung for it.
LATER: dict[str, Callable[[World, VoiceEvent, Instant], str]] = {
    "": greet,
    "/keys": keys,
    "/after": after,
    "/left": left,
    "/text": text,
    "/status": status,
}


def later(world: World, kind: str, event: VoiceEvent, now: Instant) -> None:
    leaf, gone = kind.removeprefix(KIND), replace(event, status="completed")
    if leaf in LATER:
        LATER[leaf](world, gone, now)
    else:
        once(world, gone, leaf, now, lambda _session, _row: "")

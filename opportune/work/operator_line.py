"""What does the colleague's line say, and what do its keys and its end mean?

A colleague hears whom they would speak with (B10) and presses 1 to call, 2 for the next one, 3 for a pause. Accepting
is the point of no return: claim, gate and `sending` are committed before the answer that makes the carrier dial. Each
report is kept first and understood once; a second accept hangs up and dials nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels import voice, voice_words
from channels.voice import VoiceEvent, parse_event
from opportune.rules.facts import Instant
from opportune.rules.words.colleague import said
from opportune.store import events, ledger
from opportune.store import models as m
from opportune.work import (
    bridged,
    briefing,
    cases,
    gate,
    hearing,
    numbers,
    operator_rows,
    operators,
    optout,
    spoken,
    waiting_calls,
)
from opportune.work.binding import PROVIDER
from opportune.work.calls import OVER
from opportune.work.talks import TALK_LIMIT
from opportune.work.world import World

KIND = "operator"  # of the stored events: "operator accept"
PAUSE = 10  # seconds of silence on the line
MOST_WAITS = 6  # pauses while somebody is due soon
RING_SECONDS = 25
Act = Callable[[Session, m.OperatorCall, bool], str]


def briefed(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """Their phone was answered: whom would they speak with?"""

    def act(session: Session, row: m.OperatorCall, first: bool) -> str:
        if row.over_at is not None or (row.provider_id or event.sid) != event.sid:
            return voice.hang_up()  # we had given it up, or it is a second ring
        row.provider_id = event.sid
        session.get_one(m.Operator, row.operator_id).misses = 0  # somebody is there
        if first and row.state == "ringing":
            return _brief(world, session, row, now)
        return _words(world, session, row) if row.state == "briefed" else voice.hang_up()

    return _once(world, token, event, "briefed", now, act)


def _brief(world: World, session: Session, row: m.OperatorCall, now: Instant) -> str:
    touch = operator_rows.touch_of(session, row)
    if touch is None or touch.state != "planned":
        return _another(world, session, row, "over", "gone", now)
    operator_rows.step(row, "briefed", now)
    return _words(world, session, row)


def _words(world: World, session: Session, row: m.OperatorCall) -> str:
    touch, language = session.get_one(m.Touch, row.touch_id), _language(session, row)
    told = briefing.of(session, touch, language).spoken
    return voice_words.briefing(told, spoken.LOCALES.get(language, "en-US"), f"{_url(world, row)}/accept")


def pressed(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """1 call, 2 the next one, 3 pause; nothing: nobody listens."""

    def act(session: Session, row: m.OperatorCall, first: bool) -> str:
        if not first or row.state != "briefed" or row.provider_id != event.sid:
            return voice.hang_up()
        if event.digits == "1":
            return _accept(world, session, row, now)
        if event.digits == "3":
            operators.send_off(session.get_one(m.Operator, row.operator_id), "paused at the phone")
            operator_rows.close(session, row, "declined", "paused", now)
            return _last_words(session, row, "paused")
        if event.digits:
            return _another(world, session, row, "declined", "", now)
        operator_rows.close(session, row, "missed", "pressed nothing", now)
        return voice.hang_up()

    return _once(world, token, event, "accept", now, act)


def _accept(world: World, session: Session, row: m.OperatorCall, now: Instant) -> str:
    """The same gate as for everything that leaves; what it says is true at this very second."""
    touch = operator_rows.touch_of(session, row)
    if touch is None or touch.state != "planned":
        return _another(world, session, row, "over", "gone", now)
    lease = {"lease_owner": world.owner, "lease_until": now + ledger.LEASE, "fence": touch.fence + 1}
    ledger.move(
        session, touch, "claimed", now=now, who=world.owner, why=f"colleague {row.operator_id} accepts", **lease
    )
    claimed = ledger.Claimed(touch.id, touch.contact_id, touch.fence, now + ledger.LEASE)
    going = gate.pass_through(world, session, [claimed], now)
    if not going:
        return _another(world, session, row, "over", "later" if touch.state == "planned" else "gone", now)
    [(touch, words)] = going
    operator_rows.step(row, "accepted", now)
    row.accepted_at = now
    return _bridge(world, session, row, touch, words.recipient or "", now)


def _bridge(world: World, session: Session, row: m.OperatorCall, touch: m.Touch, number: str, now: Instant) -> str:
    enrolment = session.get(m.Enrolment, touch.enrolment_id) if touch.enrolment_id else None
    campaign = cases.campaign_of(world, session, enrolment.version_id) if enrolment else None
    country = session.get_one(m.Contact, touch.contact_id).country
    caller = numbers.caller_for(world, session, touch, country, now)
    ring = campaign.calls.ring_seconds if campaign else RING_SECONDS
    theirs = f"{world.settings.public_url.rstrip('/')}/voice/{touch.token}"
    return voice_words.bridge(number, caller, _url(world, row), theirs, ring, TALK_LIMIT)


def next_one(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """They are on the line already: the next call that is due, silence, or a goodbye."""

    def act(session: Session, row: m.OperatorCall, first: bool) -> str:
        if row.over_at is not None or row.provider_id != event.sid:
            return voice.hang_up()
        if row.state == "briefed":
            return _words(world, session, row)
        if not first or row.state != "waiting":
            return voice.hang_up()
        return _offer(world, session, row, now)

    return _once(world, token, event, "next", now, act)


def _offer(world: World, session: Session, row: m.OperatorCall, now: Instant) -> str:
    colleague = session.get_one(m.Operator, row.operator_id)
    if colleague.on_duty_since is None:
        operator_rows.close(session, row, "over", "went off duty", now)
        return _last_words(session, row, "paused")
    touch = waiting_calls.offer(world, session, operators.within(world, session, colleague), now)
    if touch is not None:
        row.touch_id = touch.id
        operator_rows.step(row, "briefed", now)
        session.flush()
        return _words(world, session, row)
    row.waits += 1
    if row.waits > MOST_WAITS or not waiting_calls.soon(session, now, PAUSE * MOST_WAITS):
        operator_rows.close(session, row, "over", "nobody waits", now)
        return _last_words(session, row, "nobody")
    operator_rows.step(row, "waiting", now)
    return voice_words.wait(f"{_url(world, row)}/next", PAUSE)


def after(world: World, token: str, event: VoiceEvent, now: Instant) -> str:
    """The talk is over, or it never came about: a word on that, and the next one on the same line."""
    sids: list[str] = []

    def act(session: Session, row: m.OperatorCall, first: bool) -> str:
        if not first or row.state != "accepted" or row.provider_id != event.sid:
            return voice.hang_up()
        sids[:] = bridged.talked(world, session, row, event, now)
        word = event.dial_status or ""
        return _another(world, session, row, "over", "" if word in ("completed", "answered") else word, now)

    answer = _once(world, token, event, "after", now, act)
    if sids:
        optout.cancel_calls(world, sids)
    return answer


def _another(world: World, session: Session, row: m.OperatorCall, ends: str, word: str, now: Instant) -> str:
    """This one is done with; they stay on the line, and wait for the next one under a row of its own."""
    operator_rows.close(session, row, ends, word or "at the phone", now)
    following = operator_rows.opened(session, row.operator_id, None, "waiting", now, row.provider_id)
    language = _language(session, row)
    words = said(language, word) if word in WORDS else ""
    return voice_words.wait(f"{_url(world, following)}/next", 0, words, spoken.LOCALES.get(language, "en-US"))


WORDS = ("gone", "later", "busy", "no-answer", "failed", "canceled")


def _last_words(session: Session, row: m.OperatorCall, word: str) -> str:
    language = _language(session, row)
    return voice.say_and_hang_up(said(language, word), spoken.LOCALES.get(language, "en-US"))


def status(world: World, token: str, event: VoiceEvent, now: Instant) -> bool:
    """How the colleague's own leg goes. Its end ends whatever they were asked on it. False: no such line."""

    def act(session: Session, row: m.OperatorCall, first: bool) -> str:
        if not first or (row.provider_id or event.sid) != event.sid:
            return "known"
        row.provider_id = event.sid
        session.flush()
        if event.status in OVER:
            for id in operator_rows.by_leg(session, event.sid):
                operator_rows.leg_over(session, operator_rows.held(session, id), event.status, now)
        return "applied"

    return _once(world, token, event, "status", now, act, unknown="") != ""


def _once(
    world: World, token: str, event: VoiceEvent, leaf: str, now: Instant, act: Act, unknown: str | None = None
) -> str:
    """Kept by a commit of its own, then understood: `act` is told whether it is the first time."""
    with world.db.write() as session:
        row = session.scalar(select(m.OperatorCall).where(m.OperatorCall.token == token))
        if row is None:
            return voice.hang_up() if unknown is None else unknown
        facts = {"touch_id": row.touch_id, "kind": f"{KIND} {leaf}", "payload": dict(event.raw), "received_at": now}
        key = f"{KIND} {leaf}:{token}:{event.event_key}"
        id, _ = events.keep(session, PROVIDER, key, occurred_at=event.occurred_at, **facts)
    hearing.stored()

    def understand(session: Session) -> str:
        mine = operator_rows.held(session, row.id)
        return act(session, mine, events.take(session, id, now))

    return events.apply(world.db, id, understand)


def heard_late(world: World, kept: m.ProviderEvent, now: Instant) -> None:
    """Kept, and the process died before it understood: how a leg or a talk ended still counts. Nobody waits for words
    any more, and an accept that nobody heard of dials nobody."""
    _, token, key = kept.event_key.split(":", 2)
    leaf = kept.kind.removeprefix(f"{KIND} ")
    if leaf not in ("after", "status"):
        events.apply(world.db, kept.id, lambda session: events.take(session, kept.id, now))
        return
    event = replace(parse_event(urlencode(kept.payload).encode("ascii")), event_key=key)
    (after if leaf == "after" else status)(world, token, event, now)


def _language(session: Session, row: m.OperatorCall) -> str:
    return session.get_one(m.Operator, row.operator_id).language[:2]


def _url(world: World, row: m.OperatorCall) -> str:
    return f"{world.settings.public_url.rstrip('/')}/voice/operator/{row.token}"
